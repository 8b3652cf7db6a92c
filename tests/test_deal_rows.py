"""Where deals stand in raw tables: every row of a pair, in files as people have them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ColumnError, InputError

FIRMS = pa.table({"firm_id": ["01", "02", "03", "04"], "prefecture_code": ["15", "15", "13", None]})
A_FILE = """取引一覧,,,
販売元,販売先,金額(千円),年度
01,03,30,2024

02,03,5,2024
01,02,7,2024
01,03,4,2023
"""
ANOTHER = "販売元,販売先,金額(千円),年度\n01,03,-2,2024\n01,99,6,2024\n01,98,1,2024\n"


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, content in zip(paths, (A_FILE, ANOTHER), strict=True):
        path.write_text(content, encoding="cp932")
    return [str(path) for path in paths]


def pairs(*rows):
    return pa.table(
        dict(zip(("seller_id", "buyer_id"), map(list, zip(*rows, strict=True)), strict=True))
    )


def found(rows):
    names = ["seller_id", "buyer_id", "file", "row", "year", "amount"]
    assert list(rows) == names
    return [(s, b, f[-5:], r, y, a) for s, b, f, r, y, a in rows.itertuples(index=False)]


def test_rows_are_those_of_an_editor_and_amounts_those_of_the_result(files):
    rows = connhub.deal_rows(pairs(("01", "03"), ("01", "02")), files, FIRMS, header_row=None)
    assert found(rows) == [
        ("01", "03", "a.csv", 3, 2024, 30_000),
        ("01", "02", "a.csv", 6, 2024, 7_000),
        ("01", "03", "a.csv", 7, 2023, 4_000),
        ("01", "03", "b.csv", 2, 2024, -2_000),
    ]
    assert rows.attrs["unit"] == "円"


def test_other_years_are_not_counted(files):
    rows = connhub.deal_rows(pairs(("01", "03")), files, FIRMS, year=2024)
    assert [r[3:] for r in found(rows)] == [(3, 2024, 30_000), (2, 2024, -2_000)]


def test_partners_that_the_firm_table_lacks(files):
    deals = pa.table({"firm_id": ["01"], "partner_id": [None], "side": ["sales"]})
    rows = connhub.deal_rows(deals, files, FIRMS)
    assert [r[:2] for r in found(rows)] == [("01", "99"), ("01", "98")]


def test_sides_tell_who_sells(files):
    deals = pa.table(
        {"firm_id": ["03", "02"], "partner_id": ["02", "03"], "side": ["purchases", "purchases"]}
    )
    assert [r[:4] for r in found(connhub.deal_rows(deals, files, FIRMS))] == [
        ("02", "03", "a.csv", 5)
    ]


def test_no_deal_has_no_row(files):
    rows = connhub.deal_rows(pairs(("03", "01")), files, FIRMS)
    assert found(rows) == []


def test_what_is_refused(files):
    with pytest.raises(InputError, match="not in the firm table"):
        connhub.deal_rows(pairs(("77", "01")), files, FIRMS)
    with pytest.raises(ColumnError, match="'seller_id', 'buyer_id'"):
        connhub.deal_rows(pa.table({"a": ["01"]}), files, FIRMS)


def test_all_rows_of_random_pairs_over_batches_and_row_groups(tmp_path):
    rng = np.random.default_rng(1)
    ids = np.array([f"f{i}" for i in range(30)])
    rows = 2_300_000
    trade = pa.table(
        {
            "seller_id": ids[rng.integers(0, 30, rows)],
            "buyer_id": ids[rng.integers(0, 30, rows)],
            "amount": rng.integers(-5, 100, rows),
        }
    )
    firms = pa.table({"firm_id": ids, "prefecture_code": ["13", "27"] * 15})
    pq.write_table(trade, tmp_path / "t.parquet", row_group_size=70_001)
    found = connhub.deal_rows(pairs(("f3", "f4"), ("f9", "f9")), tmp_path / "t.parquet", firms)
    frame = trade.to_pandas()
    chosen = ((frame["seller_id"] == "f3") & (frame["buyer_id"] == "f4")) | (
        (frame["seller_id"] == "f9") & (frame["buyer_id"] == "f9")
    )
    first = found["row"].min() - np.flatnonzero(chosen)[0]  # as the reader numbers rows
    assert (found["row"] - first).tolist() == np.flatnonzero(chosen).tolist()
    assert found["amount"].tolist() == frame["amount"][chosen].tolist()


def test_the_deals_that_decide_a_list(files, tmp_path):
    result = connhub.analyze(files, FIRMS, year=2024, unknown_firm="outside", grain="pairs")
    certainty = result.select(scheme="two-degrees", per_region=1).certainty()
    rows = connhub.deal_rows(certainty.deals, files, FIRMS, year=2024, unknown_firm="outside")
    assert len(rows)
    total = certainty.deals.drop_duplicates(["firm_id", "partner_id", "side"])["n_transactions"]
    assert len(rows) <= total.sum()
    folder = certainty.save(tmp_path / "out", csv=True)
    names = {"certainty", "certainty_lists", "deciding", "deciding_deals"}
    assert (
        {p.stem for p in folder.glob("*.parquet")}
        == names
        == {p.stem for p in folder.glob("*.csv")}
    )
