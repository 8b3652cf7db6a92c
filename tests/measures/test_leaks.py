"""The leak map, local matches and local processing, against loops over the pairs."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.leaks import leak_map
from connhub.measures.region_sums import region_summary
from connhub.measures.trade import trade
from tests.measures.builders import transactions
from tests.measures.economies import REGIONS, economy


def leaks_of(seed, **options):
    totals, firms = economy(seed, **options)
    pairs = trade(totals, firms)
    return leak_map(pairs, degrees(totals, firms), firms), pairs.frame, totals, firms


@pytest.mark.parametrize("seed", range(12))
def test_the_map_adds_up_to_the_flows_of_the_analysis(seed):
    leaks, pairs, totals, firms = leaks_of(seed)
    industry = dict(zip(leaks.flows.firms["firm_id"], leaks.industry, strict=True))
    sums = Counter()
    for row in pairs.itertuples():
        k = leaks.industries[industry.get(row.seller_id, len(leaks.industries) - 1)]
        if row.seller_region == row.buyer_region in REGIONS:
            sums[row.seller_region, k, "in_region_sales"] += row.amount
        elif "unknown" not in (row.seller_region, row.buyer_region):
            sums[row.seller_region, k, "out_of_region_sales"] += row.amount
            sums[row.buyer_region, k, "out_of_region_purchases"] += row.amount
    for row in leaks.frame.to_dict("records"):
        for name in ("in_region_sales", "out_of_region_sales", "out_of_region_purchases"):
            assert row[name] == sums[row["region"], row["industry"], name]
        assert row["cross_hauling"] == max(
            0, min(row["out_of_region_sales"], row["out_of_region_purchases"])
        )
    of_regions = region_summary(totals, firms).frame.set_index("region")
    by_region = leaks.frame.groupby("region").sum(numeric_only=True)
    inside = of_regions["in_region_transactions"]
    assert (by_region["in_region_sales"] == inside.reindex(by_region.index)).all()
    sold = of_regions["out_of_region_sales"] - of_regions["unknown_sales"]
    assert (by_region["out_of_region_sales"] == sold.reindex(by_region.index)).all()
    partners = leaks.partners.groupby("region")["out_of_region_purchases"].sum()
    bought = by_region["out_of_region_purchases"]
    assert (partners.reindex(bought.index).fillna(0) == bought).all()


@pytest.mark.parametrize("seed", range(100))
def test_matches_equal_a_brute_force_list(seed):
    leaks, pairs, *_ = leaks_of(seed, n=20, m=120)
    firms = leaks.flows.firms
    ids, region = (
        firms["firm_id"].tolist(),
        dict(zip(firms["firm_id"], firms["region"], strict=True)),
    )
    industry = {i: leaks.industries[k] for i, k in zip(ids, leaks.industry, strict=True)}
    bought, sold = Counter(), Counter()
    for row in pairs.itertuples():
        if row.seller_region != row.buyer_region and "unknown" not in (
            row.seller_region,
            row.buyer_region,
        ):
            if row.buyer_id in region and industry.get(row.seller_id, "unknown") != "unknown":
                bought[row.buyer_id, industry[row.seller_id]] += row.amount
            if row.seller_id in region:
                sold[row.seller_id] += row.amount
    rng = np.random.default_rng(seed)
    n, per_firm = int(rng.integers(1, 12)), int(rng.integers(1, 4))
    home = rng.choice(REGIONS)
    candidates = [
        (-min(bought[b, industry[s]], sold[s]), ids.index(b), ids.index(s))
        for b in ids
        for s in ids
        if b != s and region[b] == region[s] == home and industry[s] != "unknown"
        if bought[b, industry[s]] > 0 and sold[s] > 0
    ]
    used, expected = Counter(), []
    for potential, b, s in sorted(candidates):
        if max(used[b], used[s]) < per_firm and len(expected) < n:
            used.update([b, s])
            expected.append((ids[b], ids[s], -potential))
    found = leaks.matches(home, n=n, per_firm=per_firm)
    rows = found[["buyer_id", "seller_id", "potential"]].itertuples(index=False, name=None)
    assert list(rows) == expected
    often = Counter([*found["buyer_id"], *found["seller_id"]])
    assert max(often.values(), default=0) <= per_firm


# A farm sells 60 to a mill, 30 to a trader and 10 outside; the trader sells half to the mill and
# half outside; the mill sells what it likes.
FOOD = [("farm", "mill", 60), ("farm", "trader", 30), ("farm", "far", 10), ("trader", "mill", 20),
        ("trader", "far", 20), ("mill", "far", 99)]  # fmt: skip
CODES = {"farm": "01", "mill": "09", "trader": "52", "far": "58"}


def food(deals=FOOD):
    firms = connhub.read_firms(
        pa.table(
            {
                "firm_id": list(CODES),
                "prefecture_code": ["15"] * 3 + ["13"],
                "industry_code": list(CODES.values()),
            }
        )
    )
    totals = connhub.total(transactions(deals), firms, grain="pairs")
    return leak_map(trade(totals, firms), degrees(totals, firms), firms)


def test_how_much_of_the_harvest_is_processed_before_it_leaves():
    table = food().processing("新潟県").set_index("step")
    assert table["amount"].to_dict() == {
        "local_processor": 60, "other_local_firm": 30, "outside": 10, "elsewhere": 0,
        "processed_before_leaving": 75, "left_unprocessed": 25, "not_traced": 0,
    }  # fmt: skip
    assert table["share"].iloc[:4].sum() == pytest.approx(1)
    assert table["basis"].tolist() == ["counted"] * 4 + ["modelled"] * 3


def test_processing_without_a_source_or_with_a_circle():
    with pytest.raises(OptionError, match="no firm of the divisions"):
        food().processing("東京都")
    # what two traders sell to one another for ever is not traced
    circle = [("farm", "trader", 30), ("trader", "farm", 30)]
    table = food(circle).processing("15").set_index("step")["amount"]
    assert table["other_local_firm"] == table["not_traced"] == 30


def test_wrong_questions():
    leaks = food()
    with pytest.raises(OptionError, match="n=0"):
        leaks.matches("15", n=0)
    with pytest.raises(OptionError, match="'77'"):
        leaks.matches("15", industry="77")
    totals, firms = economy(1)
    plain = connhub.read_firms(pa.table({"firm_id": ["a"], "prefecture_code": ["15"]}))
    with pytest.raises(OptionError, match="no industry codes"):
        leak_map(trade(totals, firms), degrees(totals, firms), plain)
    with pytest.raises(OptionError, match="digits"):
        leak_map(trade(totals, firms), degrees(totals, firms), firms, digits=5)
