"""The leak map, against loops over the pairs."""

from collections import Counter

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.leaks import leak_map
from connhub.measures.region_sums import region_summary
from connhub.measures.trade import trade
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
        used = row["in_region_sales"] + row["out_of_region_purchases"]
        if used > 0:
            assert row["self_sufficiency"] == row["in_region_sales"] / used
        else:
            assert row["self_sufficiency"] != row["self_sufficiency"]  # not known
        assert row["cross_hauling"] == max(
            0, min(row["out_of_region_sales"], row["out_of_region_purchases"])
        )
    of_regions = region_summary(totals, firms).frame.set_index("region")
    by_region = leaks.frame.groupby("region").sum(numeric_only=True)
    inside = of_regions["in_region_transactions"]
    assert (by_region["in_region_sales"] == inside.reindex(by_region.index)).all()
    sold = of_regions["out_of_region_sales"] - of_regions["unknown_sales"]
    assert (by_region["out_of_region_sales"] == sold.reindex(by_region.index)).all()
    assert list(leaks.partners.columns) == [
        *("region", "industry", "partner_region", "out_of_region_purchases"),
    ]
    ordered = zip(leaks.partners["region"], -leaks.partners["out_of_region_purchases"])
    assert sorted(rows := list(ordered)) == rows  # the largest of each region first
    partners = leaks.partners.groupby("region")["out_of_region_purchases"].sum()
    bought = by_region["out_of_region_purchases"]
    assert (partners.reindex(bought.index).fillna(0) == bought).all()


def test_wrong_tables():
    totals, firms = economy(1)
    pairs, found = trade(totals, firms), degrees(totals, firms)
    plain = connhub.read_firms(pa.table({"firm_id": ["a"], "prefecture_code": ["15"]}))
    with pytest.raises(OptionError, match="no industry codes"):
        leak_map(pairs, found, plain)
    other = pa.table({"firm_id": ["a"], "prefecture_code": ["15"], "industry_code": ["01"]})
    with pytest.raises(OptionError, match="not that of the analysis"):
        leak_map(pairs, found, connhub.read_firms(other))
    with pytest.raises(OptionError, match="digits"):
        leak_map(pairs, found, firms, digits=5)


def test_of_one_yen_the_way_is_followed_too():
    firms = connhub.read_firms(
        pa.table(
            {
                "firm_id": ["farm", "shop"],
                "prefecture_code": ["15", "13"],
                "industry_code": ["01", "58"],
            }
        )
    )
    deals = pa.table({"seller_id": ["farm"], "buyer_id": ["shop"], "amount": [1]})
    totals = connhub.total(deals, firms, grain="pairs")
    found = leak_map(trade(totals, firms), degrees(totals, firms), firms).processing("15")
    shares = found.set_index("step")["share"]
    assert shares["outside"] == shares["left_unprocessed"] == 1.0


@pytest.mark.parametrize("digits", [1, 2, 3, 4])
def test_industries_have_so_many_digits(digits):
    totals, firms = economy(0)
    found = leak_map(trade(totals, firms), degrees(totals, firms), firms, digits=digits)
    assert {len(code) for code in found.frame["industry"] if code != "unknown"} <= {1, digits}
    with pytest.raises(OptionError):
        leak_map(trade(totals, firms), degrees(totals, firms), firms, digits=5)


def test_workbooks_are_written_only_where_they_are_asked_for(tmp_path):
    totals, firms = economy(1)
    found = leak_map(trade(totals, firms), degrees(totals, firms), firms)
    names = {path.name for path in found.save(tmp_path / "leaks").iterdir()}
    assert {name.rpartition(".")[2] for name in names} == {"parquet", "json"}
