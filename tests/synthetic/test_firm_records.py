"""What is recorded about firms: valid codes, and financials that go with the trade."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from connhub.regions.codes import PREFECTURES, is_corporate_number, is_municipality_code
from connhub.synthetic import synthesize
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
