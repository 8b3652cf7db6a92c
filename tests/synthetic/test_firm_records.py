"""What is recorded about firms: valid codes, and financials that go with the trade."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.regions.codes import PREFECTURES, is_corporate_number, is_municipality_code
from connhub.schema import columns
from connhub.selection.reported import rooms
from connhub.synthetic import synthesize
from connhub.synthetic.firm_records import financials_table, firm_ids, firm_table
from connhub.synthetic.firms import ABROAD, populate
from connhub.synthetic.links import connect
from tests.builders import SAMPLE


def test_codes_are_valid():
    firms = pq.read_table(SAMPLE / "firms.parquet")
    assert firms.num_rows == 3000
    assert is_corporate_number(firms["firm_id"]).all()
    assert is_municipality_code(firms["municipality_code"].combine_chunks().drop_null()).all()
    assert set(firms["prefecture_code"].drop_null().to_pylist()) == set(PREFECTURES)
    assert len(set(firms["firm_id"].to_pylist())) == 3000
    assert firms["country_code"].null_count == 2910
    codes = firms["industry_code"].to_pandas()
    assert codes.str.fullmatch(r"\d{4}").all()
    assert codes.str[:2].between("01", "99").all()  # major groups of JSIC


def test_financials_go_with_the_trade(tmp_path):
    paths = synthesize(tmp_path, firms=5_000, transactions=50_000)
    books = pq.read_table(paths["financials"]).to_pandas()
    assert books["firm_id"].is_monotonic_increasing
    assert not books.duplicated(["firm_id", "year"]).any()
    assert set(books["year"]) == {2023, 2024, 2025}
    assert 0.9 < len(books) / (3 * 0.97 * 5_000) < 1
    assert 0.01 < books["net_sales"].isna().mean() < 0.03
    assert 0.1 < (books["operating_profit"] < 0).mean() < 0.4
    assert books["employees"].min() >= 1
    deals = pq.read_table(paths["transactions"]).to_pandas()
    sold = deals.groupby("seller_id")["amount"].sum()
    told = books[books["year"] == 2025].set_index("firm_id")["net_sales"].dropna()
    both = pd.concat([sold[sold > 0], told], axis=1).dropna()
    assert np.corrcoef(np.log(both.T.to_numpy(dtype=float)))[0, 1] > 0.9


@pytest.fixture(scope="module")
def population():
    return populate(2_000, 6, 9)


def test_ids_are_valid_and_differ(population):
    ids = firm_ids(population)
    assert np.unique(ids).size == population.size
    assert is_corporate_number(pa.array(ids).cast(pa.string())).all()
    assert not np.isin(firm_ids(populate(2_000, 6, 10)), ids).any()


def test_firms_abroad_have_a_country_and_no_prefecture(population):
    links = connect(population, 12_000, None)
    table = firm_table(population, pa.array(firm_ids(population)), links)
    abroad = population.place == ABROAD
    for name, missing in (
        ("country_code", ~abroad),
        ("prefecture_code", abroad),
        ("municipality_code", abroad),
    ):
        assert (table[name].is_null().to_numpy() == missing).all(), name
    frame = table.to_pandas()
    home = frame[~abroad]
    assert (home["municipality_code"].str[:2] == home["prefecture_code"]).all()
    assert (home["prefecture_code"].astype(int) == population.place[~abroad] + 1).all()
    tokyo = home[home["prefecture_code"] == "13"]
    assert tokyo["municipality_code"].str[2:5].between("101", "123").all()  # its wards
    assert frame["group_id"].dropna().str.fullmatch(r"G\d{5}").all()
    assert 0.02 < frame["group_id"].notna().mean() < 0.06
    forms = frame["name"].str.extract("(株式会社|有限会社|合同会社)")[0]
    assert forms.notna().all()
    front = frame["name"].str.startswith("株式会社")
    assert (front == (forms == "株式会社")).all()


def test_financials_are_of_three_years_up_to_the_one_given(population):
    table = financials_table(population, pa.array(firm_ids(population)), 2020)
    assert set(table["year"].to_pylist()) == {2018, 2019, 2020}
    assert list(table.column_names) == [c for c in columns("financials") if c != "wages"]
    at_home = firm_ids(population)[population.place != ABROAD]
    assert set(table["firm_id"].to_pylist()) <= set(at_home.tolist())
    money = table["net_sales"].drop_null().to_numpy()
    assert (money % 1000 == 0).all()


def test_reports_cover_the_deals_of_nearly_all_firms(tmp_path):
    paths = synthesize(tmp_path, firms=1000, transactions=8000)
    result = connhub.analyze(paths["transactions"], paths["firms"])
    chosen = result.select(financials=paths["financials"], scheme="two-degrees")
    for side, room in rooms(result.degrees, chosen.basis.reports).items():
        trades = result.degrees.frame[side].to_numpy() > 0
        contradicted = (room.contradicted & trades).sum() / trades.sum()
        assert 0 < contradicted < 0.04, side
        assert (room.bounded & trades).sum() > 0.85 * trades.sum(), side
    assert not result.ledger.residual_amount
