"""One table in many forms: the sample as delivered gives the same degrees in each."""

import gzip
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import OptionError

DELIVERED = Path(__file__).parents[1] / "data" / "sample" / "delivered"
FIRMS = DELIVERED / "firms.csv"
DEALS = DELIVERED / "transactions.csv"


def as_gzip(folder):
    path = folder / "transactions.csv.gz"
    path.write_bytes(gzip.compress(DEALS.read_bytes()))
    return path


def as_folder(folder):
    table = pa.Table.from_pandas(as_pandas(folder), preserve_index=False)
    for i in range(3):
        pq.write_table(table.slice(i * 7000, 7000), folder / f"{i}.parquet", row_group_size=1000)
    return folder


def as_pandas(_):
    return pd.read_csv(DEALS, encoding="cp932", dtype=str, keep_default_na=False)


def as_polars(folder):
    return pl.from_pandas(as_pandas(folder))


@pytest.mark.parametrize("form", [as_gzip, as_folder, as_pandas, as_polars])
def test_every_form_gives_the_same(tmp_path, form):
    wanted = connhub.analyze(DEALS, FIRMS, missing_amount="exclude")
    found = connhub.analyze(form(tmp_path), FIRMS, missing_amount="exclude")
    pd.testing.assert_frame_equal(found.degrees.frame, wanted.degrees.frame, check_exact=True)
    pd.testing.assert_frame_equal(found.linkages.frame, wanted.linkages.frame, check_exact=True)
    assert found.ledger.rows == wanted.ledger.rows
    assert found.ledger.amounts == wanted.ledger.amounts


def test_applicants_are_looked_up(tmp_path):
    result = connhub.analyze(DEALS, FIRMS, missing_amount="exclude")
    first = result.degrees.top(1, of_region="15")["firm_id"].iloc[0]
    found = result.firms([first, "no such firm"])
    assert found["status"].tolist() == ["ranked", "no degrees"]
    assert found["connector_rank"].iloc[0] == 1
    saved = connhub.load(result.save(tmp_path)).firms([first, "no such firm"])
    pd.testing.assert_frame_equal(found, saved)


def test_official_totals_replace_the_denominators():
    official = pd.DataFrame(
        {"region": ["15"], "out_of_region_sales": [10**12], "in_region_purchases": [10**11]}
    )
    result = connhub.analyze(DEALS, FIRMS, missing_amount="exclude", region_totals=official)
    firms = result.degrees.frame.query("region == '15'")
    assert (firms["connector_degree"] == firms["out_of_region_sales"] / 10**12).all()
    region = result.regions.frame.set_index("region").loc["15"]
    assert region["sales_coverage"] == region["out_of_region_sales"] / 10**12
    with pytest.raises(connhub.ConnhubError, match="unknown or repeated"):
        connhub.analyze(
            DEALS, FIRMS, missing_amount="exclude", region_totals=official.assign(region="x")
        )


def test_net_sales_that_firms_report_are_their_output():
    firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["15", "15", "13"]})
    deals = {"seller_id": list("bac"), "buyer_id": list("cbb"), "amount": [100, 40, 20]}
    result = connhub.analyze(pa.table(deals | {"year": [2025] * 3}), firms, grain="pairs")
    reports = {"firm_id": list("ab"), "year": [2025] * 2, "売上高(千円)": ["1", "0.05"]}
    frame = result.ripple("15", financials=pa.table(reports)).frame
    assert frame["output"].tolist() == [1000, 100]
    assert frame["output_source"].tolist() == ["reported", "counted"]
    plain = result.ripple("新潟").frame
    assert plain["output"].tolist() == [40, 100]
    with pytest.raises(OptionError, match="2024"):
        result.ripple("15", financials=pa.table(reports | {"year": [2024] * 2}))
    with pytest.raises(OptionError, match="grain='pairs'"):
        connhub.analyze(pa.table(deals), firms).ripple("15")
