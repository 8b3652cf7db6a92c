"""The ranking of linkages: complete order, ties, undefined measures."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.linkages import rank_linkages
from tests.networks.builders import OUTSIDE, economy
from tests.totals.builders import GRAINS


@pytest.fixture(scope="module")
def result():
    return connhub.analyze(*economy(), grain="pairs", self_trade="include", **OUTSIDE)


@pytest.mark.parametrize(
    ("by", "side", "column"),
    [
        ("amount", "both", "amount"),
        ("intensity", "sales", "intensity"),
        ("balance", "purchases", "balance"),
        ("share", "sales", "share_of_out_of_region_sales"),
        ("share", "purchases", "share_of_out_of_region_purchases"),
        ("sellers", "both", "sellers"),
        ("top_seller_share", "both", "top_seller_share"),
    ],
)
@pytest.mark.parametrize("region", [None, "15"])
def test_linkages_in_complete_order(result, by, side, column, region):
    ranked = rank_linkages(result.linkages, by, side=side, of_region=region)
    rows = result.linkages.frame.to_dict("records")
    if region:
        sides = {"sales": ["seller_region"], "purchases": ["buyer_region"]}
        sides = sides.get(side, ["seller_region", "buyer_region"])
        rows = [r for r in rows if region in [r[s] for s in sides]]

    def key(row):
        missing = row[column] != row[column]
        value = 0 if missing else -row[column]
        return (missing, value, -row["amount"], row["seller_region"], row["buyer_region"])

    rows.sort(key=key)
    ends = ["seller_region", "buyer_region"]
    assert ranked[ends].values.tolist() == [[r[e] for e in ends] for r in rows]
    known = [r[column] for r in rows if r[column] == r[column]]
    wanted = [1 + sum(other > value for other in known) for value in known]
    assert ranked["rank"].dropna().tolist() == wanted
    assert ranked["rank"].isna().sum() == len(rows) - len(known)


def test_the_top_is_the_head_of_the_ranking(result):
    top = result.linkages.top(5, by="intensity")
    ranked = rank_linkages(result.linkages, "intensity").head(5)
    pd.testing.assert_frame_equal(top, ranked.drop(columns="rank"))


def test_tables_of_money_name_its_unit(result):
    links, degrees = result.linkages, result.degrees
    for frame in (
        rank_linkages(links),
        links.top(3),
        links.matrix("amount"),
        links.matrix("balance"),
        degrees.top(3),
        degrees.top(3, of_region="新潟"),
        degrees.firms(["0001", "nobody"]),
    ):
        assert frame.attrs["unit"] == "円"
    assert "unit" not in links.matrix("intensity").attrs


def test_what_cannot_be_ranked_is_an_error(result):
    with pytest.raises(OptionError, match="needs a side"):
        rank_linkages(result.linkages, "share")
    with pytest.raises(OptionError, match="Did you mean 'intensity'"):
        rank_linkages(result.linkages, "intensty")
    with pytest.raises(OptionError, match="not a measure"):
        rank_linkages(result.linkages, "seller_region")
    with pytest.raises(OptionError, match="no region '99'"):
        rank_linkages(result.linkages, of_region="99")
    with pytest.raises(OptionError, match="one of 'sales', 'purchases', 'both'"):
        rank_linkages(result.linkages, side="sale")
    coarse = connhub.analyze(*economy(), **OUTSIDE).linkages
    with pytest.raises(OptionError, match="firms_by_region"):
        rank_linkages(coarse, "sellers")


def test_shares_of_the_largest_parties():
    firms = connhub.read_firms(
        pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "27"]})
    )
    deals = pa.table(
        {"seller_id": list("aabbc"), "buyer_id": list("cdcca"), "amount": [10, 20, 30, 40, 5]}
    )
    for grain in GRAINS[1:]:
        frame = connhub.linkages(connhub.total(deals, firms, grain=grain), firms).frame
        row = frame.iloc[0]
        assert (row["seller_region"], row["buyer_region"], row["amount"]) == ("13", "27", 100)
        assert (row["sellers"], row["buyers"]) == (2, 2)
        assert (row["top_seller_share"], row["top_buyer_share"]) == (0.7, 0.8)
    assert "sellers" not in connhub.linkages(connhub.total(deals, firms), firms).frame


def test_an_undefined_intensity_has_its_reason():
    codes = {"a": "13", "b": "15", "c": "27"}
    firms = pa.table({"firm_id": list(codes), "prefecture_code": list(codes.values())})

    def of(*rows):
        columns = zip(("seller_id", "buyer_id", "amount"), map(list, zip(*rows)))
        return connhub.analyze(pa.table(dict(columns)), firms).linkages

    fine = of(("a", "b", 5), ("c", "a", 3), ("c", "b", -1), ("b", "c", 4))
    assert fine.intensity_note is None
    assert fine.frame["intensity"].notna().all()
    returned = of(("a", "b", 5), ("b", "c", -7), ("c", "a", 3))
    assert returned.frame["intensity"].isna().all()
    for part in ("sales or purchases of", "Niigata", "Osaka", "negative"):
        assert part in returned.intensity_note.text("en")
    assert repr(returned).startswith(f"! {returned.intensity_note}\n")
    others = of(("a", "b", 5), ("b", "a", 5), ("a", "c", 5), ("c", "a", 5), ("b", "c", -1))
    assert others.intensity_note.values == {"regions": [{"ja": "東京都", "en": "Tokyo"}]}
    assert "を除く地域間" in others.intensity_note.text("ja")


def test_who_is_not_in_the_table_is_no_seller_and_no_buyer():
    """Known by region alone, also of the first one."""
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "01"]})
    trade = pa.table(
        {
            "seller_id": ["x", "b", "x"],
            "buyer_id": ["a", "a", "b"],
            "amount": [30, 10, 5],
            "seller_region": ["01", None, "13"],
        }
    )
    options = {"grain": "firms_by_region", "unknown_firm": "outside"}
    links = connhub.analyze(trade, firms, **options).linkages.frame
    shown = ["amount", "sellers", "buyers", "top_seller_share", "top_buyer_share"]
    rows = links.set_index(["seller_region", "buyer_region"])[shown].T.to_dict("list")
    assert rows == {("01", "13"): [40, 1, 1, 0.25, 1.0], ("13", "01"): [5, 0, 1, 0.0, 1.0]}


def test_intensity_is_null_where_the_sales_of_a_region_add_up_to_nothing():
    firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["13", "27", "40"]})
    trade = pa.table(
        {"seller_id": list("aab"), "buyer_id": list("bca"), "amount": [5, -5, 9]}
    )  # of 13: 5 to 27, and returns of 5 from 40
    links = connhub.analyze(trade, firms).linkages.frame
    assert links["intensity"].isna().all()
    zero = pa.table({"seller_id": list("ab"), "buyer_id": list("bc"), "amount": [0, 9]})
    links = connhub.analyze(zero, firms).linkages.frame.set_index("seller_region")["intensity"]
    assert links.isna().to_dict() == {"13": True, "27": False}
