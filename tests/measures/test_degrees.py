"""Connector and hub degrees: every column by hand, what is undefined, and the order of lists."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, OptionError
from connhub.measures.degrees import degrees, denominators, observed
from connhub.schema import columns
from tests.builders import firm_table
from tests.measures.builders import summed


def degrees_of(deals, *, region_totals=None, firms=None, **options):
    table = {} if firms is None else {"firms": firms}
    return degrees(*summed(deals, **table, **options), region_totals=region_totals)


def column(result, name):
    """Values of firms a, b, ... with None where undefined."""
    return [None if pd.isna(v) else v for v in result.frame[name]]


def test_every_column_by_hand():
    result = degrees(*summed())
    assert list(result.frame) == list(columns("degrees"))[:15]  # then those of lists
    wanted = {
        "firm_id": list("abcd"),  # not x, not y
        "name": ["甲", "<乙>", None, "丁"],
        "region": ["13", "13", "27", "27"],
        "region_name": ["東京都", "東京都", "大阪府", "大阪府"],
        "sales": [55, 10, 8, 12],
        "out_of_region_sales": [50, 10, 8, 0],
        "overseas_sales": [20, 0, 0, 0],
        "purchases": [8, 5, 52, 0],
        "in_region_purchases": [0, 5, 12, 0],
        "region_out_of_region_sales": [60, 60, 8, 8],
        "region_in_region_purchases": [5, 5, 12, 12],
        "connector_degree": [50 / 60, 10 / 60, 1, 0],
        "hub_degree": [0, 1, 1, 0],
        "out_of_region_sales_ratio": [50 / 55, 1, 1, 0],
        "in_region_purchase_ratio": [0, 1, 12 / 52, None],  # d buys nothing
    }
    assert {name: column(result, name) for name in wanted} == wanted
    for name, described in columns("degrees").items():
        if name in result.frame and described.dtype in ("int64", "float64"):
            assert result.frame[name].dtype == described.dtype, name
    assert result.frame.attrs["unit"] == result.unit == "円"


def test_parties_outside_count_with_the_policy():
    result = degrees(*summed(unknown_firm="outside", unknown_region="outside"))
    assert column(result, "purchases") == [15, 14, 52, 0]
    assert column(result, "in_region_purchases") == [0, 5, 12, 0]


def test_returns_take_degrees_below_zero_above_one_or_away():
    result = degrees_of([("a", "c", 30), ("b", "c", -10), ("c", "a", -5)])
    assert column(result, "connector_degree") == [1.5, -0.5, None, None]
    assert column(result, "region_out_of_region_sales") == [20, 20, -5, -5]
    assert column(result, "hub_degree") == [None] * 4
    assert column(result, "out_of_region_sales_ratio") == [1, None, None, None]


def test_no_transactions_at_all():
    firms = connhub.read_firms(firm_table(a="13"))
    empty = pa.table(
        {"seller_id": pa.array([], pa.string()), "buyer_id": pa.array([], pa.string()),
         "amount": pa.array([], pa.int64())}
    )  # fmt: skip
    frame = degrees(connhub.total(empty, firms), firms).frame
    assert frame["sales"].tolist() == [0]
    assert frame["connector_degree"].isna().all()
    assert degrees(connhub.total(empty, firms), firms).top().empty


def test_totals_of_another_firm_table_are_refused():
    totals, _ = summed()
    with pytest.raises(OptionError) as caught:
        degrees(totals, connhub.read_firms(firm_table(a="13")))
    assert caught.value.faults[0].kind == "measures.other_firm_table"


# --- official sums ----------------------------------------------------------------------


def official(**changes):
    table = {"region": ["13"], "out_of_region_sales": [600], "in_region_purchases": [None]}
    return pa.table(table | changes)


def test_official_sums_divide_where_they_are_given():
    result = degrees(*summed(), region_totals=official())
    assert column(result, "connector_degree") == [50 / 600, 10 / 600, 1, 0]
    assert column(result, "hub_degree") == [0, 1, 1, 0]  # none given for Tokyo
    assert column(result, "region_out_of_region_sales") == [600, 600, 8, 8]
    totals, firms = summed()
    connector, hub = denominators(totals, firms, official(region=["東京都"]))
    assert (connector[12], connector[26], hub[12]) == (600, 8, 5)
    assert observed(totals, firms)[[12, 26]].tolist() == [[60, 5], [8, 12]]


def test_official_sums_of_zero_leave_the_degree_undefined():
    result = degrees(*summed(), region_totals=official(out_of_region_sales=[0]))
    assert column(result, "connector_degree") == [None, None, 1, 0]


def test_official_sums_are_in_base_units_with_decimals_where_finer():
    amounts = [("a", "c", Decimal("0.30")), ("b", "c", Decimal("0.10"))]
    table = official(out_of_region_sales=[Decimal("1.60")])
    result = degrees_of(amounts, region_totals=table, resolution="0.01")
    assert column(result, "connector_degree")[:2] == [30 / 160, 10 / 160]
    assert column(result, "region_out_of_region_sales")[0] == 160
    assert result.unit == "0.01 円"


@pytest.mark.parametrize(
    ("changes", "kind", "rows"),
    [
        ({"region": ["99"]}, "measures.region_totals_regions", (1,)),
        ({"region": ["overseas"]}, "measures.region_totals_regions", (1,)),
        ({"out_of_region_sales": ["1.5"]}, "measures.region_totals_amounts", (1,)),
        ({"out_of_region_sales": ["many"]}, "measures.region_totals_amounts", (1,)),
        (
            {
                "region": ["13", "27", "13"],
                "out_of_region_sales": [1, 2, 3],
                "in_region_purchases": [1, 2, 3],
            },
            "measures.region_totals_regions",
            (3,),
        ),
    ],
)
def test_official_sums_that_cannot_be_used_name_their_rows(changes, kind, rows):
    with pytest.raises(InputError) as caught:
        degrees(*summed(), region_totals=official(**changes))
    assert [(f.kind, f.rows) for f in caught.value.faults] == [(kind, rows)]


def test_official_sums_that_lack_columns_name_them():
    with pytest.raises(InputError, match="'in_region_purchases'"):
        degrees(*summed(), region_totals=official().drop_columns("in_region_purchases"))


def test_wrong_amounts_of_both_columns_are_named_at_once():
    changes = {"out_of_region_sales": ["a"], "in_region_purchases": ["b"]}
    with pytest.raises(InputError) as caught:
        degrees(*summed(), region_totals=official(**changes))
    assert [f.column for f in caught.value.faults] == ["out_of_region_sales", "in_region_purchases"]


# --- lists ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ranked():
    """Out-of-region sales: b and d 40, a 30, c 30, e none; two regions."""
    firms = firm_table(a="13", b="13", c="13", d="27", e="27")
    deals = [("a", "d", 30), ("b", "d", 40), ("c", "e", 30), ("d", "a", 40)]
    return degrees_of(deals, firms=firms)


def test_ties_share_a_rank_and_are_in_the_order_of_their_ids(ranked):
    top = ranked.top(10, by="out_of_region_sales")
    assert top["firm_id"].tolist() == list("bdace")
    assert top["rank"].tolist() == [1, 1, 3, 3, 5]
    assert list(top) == ["rank", *ranked.frame]
    assert ranked.top(3, by="out_of_region_sales")["firm_id"].tolist() == list("bda")
    assert ranked.top(0).empty


def test_equal_degrees_are_in_the_order_of_their_amounts():
    firms = firm_table(b="27", a="13", c="01")
    deals = [("a", "b", 5), ("b", "a", 50), ("c", "a", 5)]
    top = degrees_of(deals, firms=firms).top()
    assert top["firm_id"].tolist() == list("bac")
    assert top["rank"].tolist() == [1, 1, 1]


def test_what_is_undefined_is_not_listed(ranked):
    assert ranked.top(10, by="hub_degree").empty  # nobody trades inside
    assert ranked.top(10, by="connector_degree")["firm_id"].tolist() == ["d", "b", "a", "c", "e"]


@pytest.mark.parametrize("name", ["27", "大阪府", "大阪", "Osaka"])
def test_the_list_of_a_region(ranked, name):
    top = ranked.top(10, of_region=name)
    assert top["firm_id"].tolist() == ["d", "e"]
    assert top["rank"].tolist() == [1, 2]


def test_what_no_list_is_made_by(ranked):
    with pytest.raises(OptionError, match="Did you mean 'hub_degree'"):
        ranked.top(by="hubdegree")
    with pytest.raises(OptionError) as caught:
        ranked.top(by="region_name")
    assert caught.value.faults[0].kind == "measures.not_a_number"
    assert "'region_name'" not in caught.value.text("en").partition("fix:")[2]
    with pytest.raises(OptionError, match="no region"):
        ranked.top(of_region="Atlantis")


def test_firms_are_looked_up_in_the_order_given(ranked):
    found = ranked.firms(["e", "no such firm", "b", "e", 7])
    assert found["firm_id"].tolist() == ["e", "no such firm", "b", "e", "7"]
    assert found["status"].tolist() == ["ranked", "no degrees", "ranked", "ranked", "no degrees"]
    ranks = [None if pd.isna(r) else int(r) for r in found["connector_rank"]]
    assert ranks == [2, None, 1, 2, None]
    assert found["hub_rank"].isna().all()
    assert found.attrs["unit"] == "円"
    assert ranked.firms([]).empty


def test_a_firm_in_a_region_where_nothing_is_defined_is_undefined():
    found = degrees_of([("a", "b", -5)], firms=firm_table(a="13", b="27")).firms(["a", "b"])
    assert found["status"].tolist() == ["undefined", "undefined"]


def test_firms_may_be_listed_as_numbers():
    firms = pa.table({"firm_id": [10, 20], "prefecture_code": ["13", "27"]})
    found = degrees_of([(10, 20, 1)], firms=firms).firms(np.array([20, 10]))
    assert found["region"].tolist() == ["27", "13"]


def test_the_estimated_share_is_of_all_that_a_firm_sells_and_buys():
    firms = connhub.read_firms(firm_table(a="13", b="27", c="27", us=None))
    table = pa.table(
        {
            "seller_id": ["a", "a", "b"],
            "buyer_id": ["b", "c", "a"],
            "amount": [30, 10, 60],
            "estimated": [True, False, True],
        }
    )
    frame = degrees(connhub.total(table, firms), firms).frame.set_index("firm_id")
    # a sells 30 of 40 and buys 60 estimated; of c nothing is
    assert frame["share_estimated"].to_dict() == {"a": 0.9, "b": 1.0, "c": 0.0}
