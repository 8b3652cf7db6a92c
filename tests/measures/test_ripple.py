"""Ripple: the worked example, and dense algebra on random economies with returns and circles."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.ripple import ripple
from connhub.measures.trade import trade
from tests.measures.builders import transactions
from tests.measures.economies import DEALS, economy, four_firms


def test_the_worked_example():
    result = four_firms()
    frame = result.frame.set_index("firm_id").loc[list("chst")]
    multipliers = [1.69160305, 1.45038168, 1.11450382, 1.14503817]
    kept = [0.66167939, 0.70992366, 0.77709924, 0.77099237]
    assert frame["multiplier"].tolist() == pytest.approx(multipliers, abs=1e-8)
    assert frame["kept_or_unobserved"].tolist() == pytest.approx(kept, abs=1e-8)
    assert (frame["kept_or_unobserved"] + frame["leaked_at_least"]).tolist() == pytest.approx(
        [1] * 4
    )
    assert frame.loc["c", "lm3"] == pytest.approx(1.67, abs=1e-12)
    assert frame["output_source"].tolist() == ["reported"] * 4
    assert frame.loc["c", "attributed_turnover"] == 1692
    tiers = result.tiers("c", n=4)
    assert tiers["received"].tolist() == pytest.approx([1, 0.5, 0.17, 0.017, 0.0038], abs=1e-12)
    ends = tiers[["kept_or_unobserved", "leaked", "still_circulating"]].sum(axis=1)
    assert ends.tolist() == pytest.approx([1] * 5, abs=1e-12)
    dependent = result.dependents("c").set_index("firm_id")
    assert dependent.loc["h", "share"] == pytest.approx(0.68023749, abs=1e-8)
    losses = result.losses(list("chst")).set_index("firm_id")["lost_turnover"]
    assert losses.to_dict() == {"c": 1692, "h": 855, "s": 334, "t": 225}
    assert result.loss("c")["lost_turnover"].sum() == pytest.approx(1691.603, abs=2)
    assert result.regions["out_of_region_sales"].dtype == "int64"
    region = result.regions.set_index("region").loc["15"]
    assert region["multiplier"] == pytest.approx(multipliers[0])
    niigata = four_firms(of_region="新潟県")
    assert niigata.tiers().equals(result.tiers("c", n=5))
    assert niigata.frame.equals(result.frame.iloc[:4])


# 300 economies of up to 60 firms; the first are small.
SEEDS = [*range(24), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(24, 300))]


def dense(seed):
    """The matrices of an economy, from its pair sums, by loops."""
    size = 14 if seed < 24 else 14 + seed % 47
    totals, firms = economy(seed, n=size, m=4 * size)
    pairs, found = trade(totals, firms), degrees(totals, firms)
    ids = found.frame["firm_id"].tolist()
    region = dict(zip(ids, found.frame["region"], strict=True))
    n = len(ids)
    inside, nation = np.zeros((n, n)), np.zeros((n, n))
    outside, sold, bought = np.zeros(n), np.zeros(n), np.zeros(n)
    for row in pairs.frame.itertuples():
        if row.amount <= 0:
            continue
        s = ids.index(row.seller_id) if row.seller_id in ids else None
        b = ids.index(row.buyer_id) if row.buyer_id in ids else None
        if s is not None:
            sold[s] += row.amount
        if b is not None:
            bought[b] += row.amount
            if "unknown" not in (row.seller_region, row.buyer_region):
                outside[b] += row.amount * (row.seller_region != row.buyer_region)
        if s is not None and b is not None:
            nation[s, b] = row.amount
            inside[s, b] = row.amount * (region[ids[s]] == region[ids[b]])
    return pairs, found, inside, nation, outside, np.maximum(sold, bought)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_economies_by_dense_algebra(seed):
    pairs, found, inside, nation, outside, output = dense(seed)
    result = ripple(pairs, found, feedback="national")
    assert result.circulation.output.tolist() == output.tolist()
    n = output.size
    alive = ~result.circulation.endless
    shares = np.divide(inside, output, where=output > 0, out=np.zeros((n, n)))
    leontief = np.full((n, n), np.nan)
    leontief[np.ix_(alive, alive)] = np.linalg.inv(
        np.eye(alive.sum()) - shares[np.ix_(alive, alive)]
    )
    frame = result.frame
    multiplier = np.where(alive, np.nansum(leontief, axis=0), np.nan)
    assert frame["multiplier"].to_numpy() == pytest.approx(multiplier, nan_ok=True, abs=1e-10)
    final = output - inside.sum(axis=1)
    ids = frame["firm_id"].tolist()
    for i in np.flatnonzero(alive & (output > 0)):
        traced = result.depends_on(ids[i]).set_index("firm_id")["share"]
        expected = np.nan_to_num(leontief[i]) * final / output[i]
        assert traced.reindex(ids).fillna(0).tolist() == pytest.approx(expected.tolist(), abs=1e-10)
        if alive.all():
            assert traced.sum() == pytest.approx(1, abs=1e-10)
        # a firm vanishes: solved anew without its row and column
        rest = alive & (np.arange(n) != i)
        without = np.linalg.solve(np.eye(rest.sum()) - shares[np.ix_(rest, rest)], final[rest])
        before = leontief[np.ix_(rest, alive)] @ final[alive]
        lost = result.loss(ids[i]).set_index("firm_id")["share"].reindex(ids).fillna(0).to_numpy()
        assert lost[rest] * output[rest] == pytest.approx(before - without, abs=1e-6)
        where = result.where(ids[i])
        assert where[["kept_or_unobserved", "leaked"]].to_numpy().sum() == pytest.approx(
            1, abs=1e-10
        )
        assert where["turnover"].sum() == pytest.approx(multiplier[i], abs=1e-10)
    together = np.divide(nation, output, where=output > 0, out=np.zeros((n, n)))
    nationwide = frame["national_multiplier"].to_numpy()
    limits = np.flatnonzero(~np.isnan(nationwide))
    system = np.linalg.inv(np.eye(limits.size) - together[np.ix_(limits, limits)])
    home = frame["region"].to_numpy()[limits]
    expected = [(system[:, k] * (home == home[k])).sum() for k in range(limits.size)]
    assert nationwide[limits].tolist() == pytest.approx(expected, abs=1e-9)
    assert (nationwide[limits] >= multiplier[limits] - 1e-9).all()


def test_without_reports_purchases_raise_the_output():
    raised = four_firms(net_sales=None)
    assert raised.frame.set_index("firm_id")["output_source"].to_dict() == {
        "c": "counted", "h": "counted", "s": "counted", "t": "counted", "o": "raised",
    }  # fmt: skip
    assert ["Tokyo" in raised.notes[0].text("en"), "東京都" in raised.notes[0].text("ja")] == [
        True,
        True,
    ]
    more = four_firms(net_sales=None, deals=[*DEALS, ("o", "t", 4000)])
    # t buys 4060; c, h and s sell 1000, 420 and 250
    assert more.notes[0].values["share"] == f"{4060 / 5730:.0%}"
    shares = more.regions.set_index("region")["raised_share"]
    assert shares.to_dict() == pytest.approx({"13": 0, "15": 4060 / 5730})
    assert not four_firms().notes


def test_pairs_that_returns_have_netted_are_left_out_and_noted():
    result = four_firms(deals=[*DEALS, ("t", "c", -30), ("c", "t", 0)])
    (note,) = [note for note in result.notes if note.kind == "ripple.pairs_left_out"]
    assert (note.values["pairs"], note.values["amount"]) == (2, -30)
    assert four_firms().frame["multiplier"].equals(result.frame["multiplier"])


def test_wrong_options():
    with pytest.raises(OptionError, match="feedback"):
        four_firms(feedback="all")
    totals, firms = economy(0)
    coarser = totals.coarsen("firms_by_region", firms)
    with pytest.raises(OptionError, match="grain"):
        ripple(trade(coarser, firms), degrees(coarser, firms))


def test_a_closed_circle_has_no_limits_but_tiers():
    firms = connhub.read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "15"]}))
    totals = connhub.total(transactions([("a", "b", 5), ("b", "a", 5)]), firms, grain="pairs")
    result = ripple(trade(totals, firms), degrees(totals, firms))
    assert result.frame[["multiplier", "kept_or_unobserved"]].isna().all(axis=None)
    assert result.tiers("a")["still_circulating"].tolist() == [1] * 6
    assert "2 firms goes round" in result.notes[0].text("en")
    with pytest.raises(OptionError, match="closed circle"):
        result.where("a")


@pytest.mark.parametrize("seed", range(6))
def test_a_region_alone_has_the_figures_that_it_has_among_all(seed):
    totals, firms = economy(seed, n=30, m=200)
    pairs, found = trade(totals, firms), degrees(totals, firms)
    whole = ripple(pairs, found, firms, feedback="national")
    for code in ("13", "15", "23"):
        alone = ripple(pairs, found, firms, of_region=code, feedback="national")
        rows = whole.frame[whole.frame["region"] == code].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone.frame, rows)
        if len(rows) and alone.has_exports(code) and not alone.circulation.endless.any():
            pd.testing.assert_frame_equal(alone.tiers(), whole.tiers(of_region=code))
            pd.testing.assert_frame_equal(alone.where(), whole.where(of_region=code))
            pd.testing.assert_frame_equal(
                alone.losses(n=5), whole.losses(of_region=code, n=5), check_dtype=False
            )


def test_output_is_what_a_firm_reports_where_that_is_no_less_than_was_counted():
    """Counted are 1000 of c, 420 of h, 250 of s, 120 of t, of o 420 sold and 1000 bought."""
    found = four_firms(net_sales=np.array([1000, 419, 251, 0, -7])).frame.set_index("firm_id")
    assert found["output"].to_dict() == {"c": 1000, "h": 420, "s": 251, "t": 120, "o": 1000}
    sources = {"c": "reported", "h": "counted", "s": "reported", "t": "counted", "o": "raised"}
    assert found["output_source"].to_dict() == sources


def test_money_that_goes_round_for_long_is_noted():
    """Of 100 each passes 95 on to the other: 1 / (1 - 0.95) = 20; of 90 it is 10, and no note."""
    firms = connhub.read_firms(
        pa.table({"firm_id": list("abo"), "prefecture_code": ["15", "15", "13"]})
    )
    for passed, noted in ((95, ["a", "b"]), (90, None)):
        deals = [("a", "b", passed), ("b", "a", passed)]
        deals += [("a", "o", 100 - passed), ("b", "o", 100 - passed)]
        totals = connhub.total(transactions(deals), firms, grain="pairs")
        found = ripple(trade(totals, firms), degrees(totals, firms))
        of_two = found.frame.set_index("firm_id")["multiplier"][["a", "b"]]
        assert of_two.tolist() == pytest.approx([1 / (1 - passed / 100)] * 2)
        notes = {note.kind: note.values for note in found.notes}
        if noted:
            assert notes["ripple.high_multipliers"] == {"count": 2, "firms": noted}
        else:
            assert "ripple.high_multipliers" not in notes


def test_an_analysis_shows_the_ripple_beyond_the_region_too():
    deals = pa.table(
        {"seller_id": ["a", "b", "c"], "buyer_id": ["b", "c", "z"], "amount": [5, 9, 20]}
    )
    firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "13", "15"]})
    result = connhub.analyze(deals, firms, grain="pairs", unknown_firm="outside")
    frame = result.ripple("15", feedback="national").frame.set_index("firm_id")
    # c spends 9 of 20 on b of another prefecture, who spends 5 of 9 on a
    assert frame.loc["c", "multiplier"] == 1
    assert frame.loc["c", "national_multiplier"] == pytest.approx(1 + 5 / 20)
