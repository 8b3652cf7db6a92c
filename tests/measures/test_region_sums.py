"""Sums of regions: by hand, what lies outside the firm table, and how much was seen."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.measures.region_sums import region_summary
from connhub.schema import columns
from tests.measures.builders import DEALS, FIRMS, summed


def rows_of(result):
    """The rows of Tokyo and Osaka, as plain values."""
    frame = result.frame.set_index("region").loc[["13", "27"]]
    return {name: frame[name].tolist() for name in frame.columns}


def test_every_column_by_hand():
    result = region_summary(*summed())
    assert list(result.frame) == list(columns("regions"))
    assert len(result.frame) == 47
    found = rows_of(result)
    assert np.isnan([found.pop("sales_coverage"), found.pop("purchases_coverage")]).all()
    assert found == {
        "region_name": ["東京都", "大阪府"],
        "firms": [2, 2],  # neither abroad nor without a region
        "in_region_transactions": [5, 12],
        "out_of_region_sales": [60, 8],
        "out_of_region_purchases": [8, 40],
        "overseas_sales": [20, 0],
        "unknown_sales": [0, 0],
        "unknown_purchases": [0, 0],
        "excluded_sales": [0, 0],
        "excluded_purchases": [16, 0],  # from y, who is nowhere, and from whom the table lacks
        "unlisted_out_of_region_sales": [0, 0],
        "unlisted_in_region_purchases": [0, 0],
        "connector_denominator": [60, 8],
        "hub_denominator": [5, 12],
        "connector_defined": [True, True],
        "hub_defined": [True, True],
    }


def test_who_is_outside_is_unknown_with_the_policy():
    found = rows_of(region_summary(*summed(unknown_firm="outside", unknown_region="outside")))
    assert found["unknown_purchases"] == [16, 0]
    assert found["out_of_region_purchases"] == [8 + 16, 40]
    assert found["excluded_purchases"] == [0, 0]


def test_parties_that_only_rows_place_are_in_the_sums_and_not_in_the_denominators():
    deals = [("zz", "c", 100), ("zz", "a", 7), ("a", "zy", 3)]
    given = {"seller_region": ["13", "13", None], "buyer_region": [None, None, "13"]}
    found = rows_of(region_summary(*summed(deals, unknown_firm="outside", **given)))
    assert found["out_of_region_sales"] == [100, 0]
    assert found["unlisted_out_of_region_sales"] == [100, 0]
    assert found["connector_denominator"] == [0, 0]
    assert found["connector_defined"] == [False, False]
    assert found["in_region_transactions"] == [10, 0]
    assert found["unlisted_in_region_purchases"] == [3, 0]  # a buys its 7 itself
    assert found["hub_denominator"] == [7, 0]


def test_the_undefined_are_those_with_a_denominator_that_is_not_positive():
    result = region_summary(*summed([("a", "c", 30), ("c", "a", -5), ("a", "b", 1)]))
    assert "13" not in set(result.undefined["region"])
    assert len(result.undefined) == 46
    assert result.undefined.index.tolist() == list(range(46))


def test_coverage_is_what_was_seen_of_the_official_sum():
    official = pa.table(
        {
            "region": ["13", "27"],
            "out_of_region_sales": [600, 0],
            "in_region_purchases": [None, 48],
        }
    )
    totals, firms = summed()
    found = rows_of(region_summary(totals, firms, region_totals=official))
    assert found["connector_denominator"] == [600, 0]
    assert found["sales_coverage"][0] == 0.1
    assert np.isnan(found["sales_coverage"][1])
    assert np.isnan(found["purchases_coverage"][0])
    assert found["purchases_coverage"][1] == 0.25
    assert found["connector_defined"] == [True, False]
    assert found["out_of_region_sales"] == [60, 8]  # observed, whatever is official


def test_stated_totals_leave_null_what_only_transactions_tell():
    stated = pd.DataFrame(
        {
            "firm_id": ["a", "b"],
            "prefecture_code": ["13", "13"],
            "sales": [55, 10],
            "out_of_region_sales": [50, 10],
            "purchases": [8, 5],
            "in_region_purchases": [0, 5],
        }
    )
    row = connhub.analyze_firm_totals(stated).regions.frame.set_index("region").loc["13"]
    assert (row["out_of_region_sales"], row["in_region_transactions"]) == (60, 5)
    assert row["out_of_region_purchases"] == 8
    assert pd.isna(row["unknown_sales"])


def test_a_sum_of_stated_totals_is_null_where_none_of_them_is_known():
    stated = pd.DataFrame(
        {
            "firm_id": list("abc"),
            "prefecture_code": ["13", "13", "15"],
            "out_of_region_sales": [50, 10, 5],
            "in_region_purchases": [0, 5, 5],
        }
    )

    def overseas(values=None):
        table = stated if values is None else stated.assign(overseas_sales=values)
        frame = connhub.analyze_firm_totals(table).regions.frame.set_index("region")
        return [None if pd.isna(v) else int(v) for v in frame["overseas_sales"][["13", "15", "27"]]]

    assert overseas() == [None, None, None]
    assert overseas([4, None, None]) == [4, None, 0]
    assert overseas([4, 1, 1]) == [5, 1, 0]


def test_columns_of_numbers_have_the_types_of_the_schema():
    frame = region_summary(*summed()).frame
    for name, column in columns("regions").items():
        if column.dtype in ("int64", "float64", "bool"):
            assert frame[name].dtype == column.dtype, name


@pytest.mark.parametrize("region", ["block", {"13": "E", "27": "W"}])
def test_regions_of_any_kind(region):
    totals, firms = summed(DEALS, FIRMS, region=region)
    frame = region_summary(totals, firms).frame
    assert frame["region"].tolist() == list(firms.regions.codes)
    assert frame["out_of_region_sales"].sum() == 68


def test_one_yen_defines_a_degree():
    result = region_summary(*summed([("a", "c", 1), ("a", "b", 1)]))
    found = rows_of(result)
    assert found["connector_denominator"] == [1, 0]
    assert found["connector_defined"] == [True, False]
    assert found["hub_defined"] == [True, False]
