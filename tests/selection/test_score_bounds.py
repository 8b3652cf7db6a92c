"""Bounds of scores against the scores themselves, of all fillings and with newcomers."""

from itertools import combinations_with_replacement, pairwise, product

import numpy as np
import pytest

from connhub.measures.bounds import Bounds
from connhub.selection.rank_scores import rank_in_groups
from connhub.selection.schemes import Scheme
from connhub.selection.score_bounds import ScoreBounds, rank_range

METHODS = ("linear", "normal")
TIES = ("average", "lowest")
ONE_GROUP = np.zeros(6, dtype=int)


def scores(values, method, ties="average"):
    """Deviation scores of one group, as they are without any doubt."""
    values = np.asarray(values, dtype=float)
    return rank_in_groups(values, np.zeros(values.size, int), ties=ties).scores(method)


def certain(values):
    values = np.asarray(values, dtype=float)
    return Bounds(values, values)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ties", TIES)
def test_without_doubt_the_bounds_are_the_scores(method, ties):
    rng = np.random.default_rng(3)
    for _ in range(30):
        n, groups = int(rng.integers(1, 25)), int(rng.integers(1, 4))
        values = rng.permutation(n).astype(float) if ties == "lowest" else rng.integers(0, 9, n)
        values = np.where(rng.random(n) < 0.1, np.nan, values)
        group = rng.integers(0, groups, n)
        found = rank_range(certain(values), group, ties=ties)
        ranks = rank_in_groups(values, group, groups=found.count.size, ties=ties)
        bounds = found.deviation_scores(method)
        assert bounds.low == pytest.approx(ranks.scores(method), abs=1e-9)
        assert bounds.high == pytest.approx(ranks.scores(method), abs=1e-9)
        assert found.best_shown.tolist() == found.worst_shown.tolist() == ranks.shown.tolist()
        assert found.best == pytest.approx(ranks.used, nan_ok=True)
        assert found.worst == pytest.approx(ranks.used, nan_ok=True)
        assert found.count.tolist() == ranks.count.tolist()
        ranked = ranks.count > 0
        assert found.mean_low[ranked] == pytest.approx(ranks.mean[ranked])
        assert found.mean_high[ranked] == pytest.approx(ranks.mean[ranked])


@pytest.mark.parametrize("ties", TIES)
def test_the_mean_of_lowest_ranks_is_known_where_ties_are(ties):
    found = rank_range(certain([5, 5, 5, 2, 2, 1]), ONE_GROUP, ties=ties)
    mean = {"average": 3.5, "lowest": (1 + 1 + 1 + 4 + 4 + 6) / 6}[ties]
    assert found.mean_low == found.mean_high == pytest.approx([mean])


def test_where_some_may_be_tied_the_spread_is_that_of_both_cases():
    """Three firms at zero, each perhaps a little more, below seven others."""
    low = np.array([0.0, 0, 0, 1, 2, 3, 4, 5, 6, 7])
    found = rank_range(Bounds(low, low + 0.5 * (low == 0)), np.zeros(10, int))
    apart = np.std(np.arange(1, 11))
    tied = np.std([1, 2, 3, 4, 5, 6, 7, 9, 9, 9])
    assert found.steep_low == pytest.approx([1 / apart])
    assert found.steep_high == pytest.approx([1 / tied])


def test_where_all_may_be_tied_the_scores_may_be_50():
    found = rank_range(Bounds(np.zeros(4), np.ones(4)), np.zeros(4, int))
    assert found.steep_low.tolist() == [0.0]
    for method in METHODS:
        bounds = found.deviation_scores(method)
        assert (bounds.low <= 50).all()
        assert (bounds.high >= 50).all()
    alone = rank_range(certain([3]), np.zeros(1, int))
    for method in METHODS:
        bounds = alone.deviation_scores(method)
        assert (bounds.low[0], bounds.high[0]) == (50, 50)


def test_a_firm_without_a_value_has_50_and_no_rank():
    found = rank_range(certain([7, np.nan, 3]), np.array([0, 0, 0]))
    assert found.best_shown.tolist() == found.worst_shown.tolist() == [1, 0, 2]
    for method in METHODS:
        bounds = found.deviation_scores(method)
        assert (bounds.low[1], bounds.high[1]) == (50, 50)


def test_newcomers_widen_the_spread_at_most_to_that_of_all_apart():
    found = rank_range(certain(range(8)), np.zeros(8, int), entrants=np.array([2.0]))
    assert found.steep_low == pytest.approx([1 / np.std(np.arange(1, 11))])
    assert found.count.tolist() == [8]
    assert found.entrants.tolist() == [2]
    scores = found.deviation_scores("normal")  # the first is first or third of ten, the last ...
    from scipy.special import ndtri

    first, last = 50 + 10 * ndtri(9.5 / 10), 50 + 10 * ndtri(0.5 / 10)
    assert scores.high[-1] == pytest.approx(first)
    assert scores.low[0] == pytest.approx(last)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("newcomers", [0, 1, 2])
def test_every_filling_lies_within_the_bounds(method, ties, newcomers):
    rng = np.random.default_rng(newcomers)
    for _ in range(12):
        n = int(rng.integers(1, 5))
        low = rng.integers(0, 4, n)
        high = low + rng.integers(0, 3, n) * rng.integers(0, 2, n)
        values = Bounds(low.astype(float), high.astype(float))
        found = rank_range(
            values, np.zeros(n, int), ties=ties, entrants=np.array([float(newcomers)])
        )
        bounds = found.deviation_scores(method)
        places = np.arange(-1, high.max() + 1.5, 0.5)  # level with others, and between them
        for filling in product(*(range(a, b + 1) for a, b in zip(low, high))):
            for entering in range(newcomers + 1):
                for others in combinations_with_replacement(places, entering):
                    actual = scores([*filling, *others], method, ties)[:n]
                    assert (bounds.low - 1e-9 <= actual).all(), (filling, others)
                    assert (actual <= bounds.high + 1e-9).all(), (filling, others)


@pytest.mark.parametrize("ties", TIES)
def test_places_alone_are_the_same_and_wider_bounds_have_a_wider_spread(ties):
    rng = np.random.default_rng(7)
    for _ in range(60):
        n, group = int(rng.integers(2, 30)), np.sort(rng.integers(0, 2, 30))
        low = rng.integers(0, 6, group.size).astype(float)
        room = rng.integers(0, 9, group.size) * (rng.random(group.size) < 0.6)
        low[rng.random(group.size) < 0.1] = np.nan
        order = np.lexsort((np.isnan(low), group))  # without a value last, else in any order
        low, group, options = (
            low[order],
            group[order],
            {"ties": ties, "entrants": np.array([1.0, 0])},
        )
        narrow, own, wide = (
            rank_range(Bounds(low, low + share * room), group, **options)
            for share in (0.2, 0.5, 0.9)
        )
        wanted = rng.integers(0, group.size, n)
        places = rank_range(
            Bounds(low, low + 0.5 * room), group, wanted=wanted, places_only=True, **options
        )
        for name in ("best", "worst", "best_shown", "worst_shown"):
            assert np.array_equal(getattr(places, name), getattr(own, name)[wanted], equal_nan=True)
        under = [
            places.with_spread_of(other, wider=wider)
            for other, wider in ((wide, True), (own, True), (own, False), (narrow, False))
        ]
        asked = np.unique(group[wanted])
        for outer, inner in pairwise([*under[:2], own, *under[2:]]):
            for low_end, high_end in (("mean_low", "mean_high"), ("steep_low", "steep_high")):
                assert (getattr(outer, low_end) <= getattr(inner, low_end))[asked].all()
                assert (getattr(outer, high_end) >= getattr(inner, high_end))[asked].all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ties", TIES)
def test_many_firms_with_a_few_newcomers_lie_within_the_bounds(method, ties):
    rng = np.random.default_rng(8)
    for _ in range(150):
        n, entering = int(rng.integers(5, 25)), int(rng.integers(0, 4))
        low = rng.integers(0, rng.integers(2, 30), n)
        high = low + rng.integers(0, 4, n) * (rng.random(n) < rng.random())
        found = rank_range(
            Bounds(low.astype(float), high.astype(float)),
            np.zeros(n, int),
            ties=ties,
            entrants=np.array([float(entering)]),
        )
        bounds = found.deviation_scores(method)
        for _ in range(5):
            filling = rng.integers(low, high + 1)
            others = rng.choice([-1, 31, *filling, *(filling + 0.5)], rng.integers(0, entering + 1))
            actual = scores([*filling, *others], method, ties)[:n]
            assert (bounds.low - 1e-9 <= actual).all(), (filling, others)
            assert (actual <= bounds.high + 1e-9).all(), (filling, others)
        # Ranks from 1 to N spread by no more than half of N - 1.
        assert found.steep_low == 0 or found.steep_low >= 2 / (n + entering - 1) - 1e-12


# --- the weighted score -----------------------------------------------------------------


def of_scheme(values, scheme, group=ONE_GROUP, doubtful=()):
    """Bounds of the scores of six firms, of which some indicators are by ranges."""
    ranks = {name: rank_in_groups(v, group, ties=scheme.ties) for name, v in values.items()}
    ranges = {name: rank_range(certain(values[name]), group, ties=scheme.ties) for name in doubtful}
    exact = sum(w * ranks[name].scores(scheme.score_method) for name, w in scheme.weights.items())
    return ScoreBounds.of(ranks, ranges, scheme), exact


VALUES = {
    "connector_degree": np.array([0.5, 0.2, 0.2, 0.1, 0.0, 0.4]),
    "hub_degree": np.array([0.1, 0.1, 0.3, 0.5, 0.1, 0.2]),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "doubtful", [(), ("hub_degree",), ("connector_degree", "hub_degree")], ids=len
)
def test_certain_values_have_certain_scores_leads_and_places(method, doubtful):
    scheme = Scheme({"connector_degree": 0.75, "hub_degree": 0.25}, score_method=method)
    found, exact = of_scheme(VALUES, scheme, doubtful=doubtful)
    assert found.low == pytest.approx(exact)
    assert found.high == pytest.approx(exact)
    everyone = np.arange(6)
    for k in everyone:
        assert found.least_lead(k, everyone) == pytest.approx(exact[k] - exact, abs=1e-8)
    order = np.argsort(-exact)
    for ties in ("lowest", "highest"):
        for candidates in (0, 2, 6):
            places = found.places(order, candidates, ties=ties)
            assert places.tolist() == [[1, 2, 3, 4, 5, 6]] * 2


def test_firms_are_compared_under_the_same_mean_and_spread():
    """The spread is in doubt, who is ahead is not: each place is certain."""
    low = np.array([9.0, 8, 7, 0, 0, 0])
    ranges = rank_range(Bounds(low, low + 0.5 * (low == 0)), ONE_GROUP)
    scheme = Scheme({"connector_degree": 1.0})
    found = ScoreBounds.of({"connector_degree": rank_in_groups(low, ONE_GROUP)},
                           {"connector_degree": ranges}, scheme)  # fmt: skip
    assert (found.high[:3] - found.low[:3] > 0.1).all()
    # Apart by one rank of 10 / s.d. points: at least where no two are tied, and the s.d. is largest.
    least = 10 / np.std(np.arange(1, 7))
    assert found.least_lead(0, np.array([1, 2])) == pytest.approx([least, 2 * least])
    assert found.least_lead(1, np.array([0]))[0] == pytest.approx(-10 * ranges.steep_high[0])
    places = found.places(np.arange(6), 6, ties="lowest")
    assert places[:, :3].tolist() == [[1, 2, 3], [1, 2, 3]]
    assert places[:, 3:].tolist() == [[4, 4, 4], [6, 6, 6]]


def test_newcomers_may_come_between_two():
    """One more may stand between: the lead in ranks is smaller by as many as may enter."""
    values = np.arange(6.0)[::-1]
    ranges = rank_range(certain(values), ONE_GROUP, entrants=np.array([1.0]))
    scheme = Scheme({"connector_degree": 0.5, "hub_degree": 0.5})
    ranks = {name: rank_in_groups(values, ONE_GROUP) for name in scheme.weights}
    found = ScoreBounds.of(ranks, {"connector_degree": ranges}, scheme)
    apart = 0.5 * (scores(values, "linear")[0] - scores(values, "linear")[3])
    # Ranks 1 and 4, less the newcomer: 2 ranks, of half the weight, at the largest spread of 7.
    lead = 0.5 * 10 * 2 / np.std(np.arange(1, 8))
    assert found.least_lead(0, np.array([3]))[0] == pytest.approx(apart + lead)


def ranged(n, pair, tie, **options):
    """Items n, n - 1, ..., 1, of which the last two may be tied, and the first two surely are."""
    low = np.arange(n, 0, -1.0)
    if tie:
        low[1] = low[0]
    high = low.copy()
    high[-1] += pair
    (found,) = [rank_range(Bounds(low, high), np.zeros(n, int), **options)]
    return found.mean_low[0], found.mean_high[0], found.steep_low[0], found.steep_high[0]


@pytest.mark.parametrize(
    ("ties", "pair", "tie", "entrants", "mean", "variance"),
    [
        # n = 20: mean 10.5, mean of squares 143.5, variance (400 - 1) / 12 = 33.25. Two that may be
        # tied: each loses at most one place, and 20.5 of its square.
        ("lowest", 0, 0, 0, (10.5, 10.5), (33.25, 33.25)),
        ("lowest", 1, 0, 0, (10.45, 10.5), (143.5 - 2 * 20.5 / 20 - 10.5**2, 143.5 - 10.45**2)),
        # Two that are tied at the top: mean 10.45; their squares lose 20.5 at most each.
        ("lowest", 0, 1, 0, (10.45, 10.45), (143.5 - 2.05 - 10.45**2, 143.5 - 10.45**2)),
        # A tie of t takes (t**3 - t) / 12 of the sum of squares: 0.5 of 20 for two.
        ("average", 0, 0, 0, (10.5, 10.5), (33.25, 33.25)),
        ("average", 1, 0, 0, (10.5, 10.5), (33.25 - 0.5 / 20, 33.25)),
        ("average", 0, 1, 0, (10.5, 10.5), (33.25 - 0.5 / 20, 33.25 - 0.5 / 20)),
        # A newcomer moves the mean by a half, and the most is that of 21 apart: 440 / 12. The least:
        # all ties are one larger, 18 of 2 and 2 of 3, and it may level itself with all 21.
        (
            *("average", 1, 0, 1, (10.0, 11.0)),
            (33.25 - (18 * 3 + 2 * 8 + 440) / 240, 440 / 12),
        ),
        (
            *("average", 0, 1, 1, (10.0, 11.0)),
            (33.25 - (18 * 3 + 2 * 8 + 440) / 240, 440 / 12 - 6 / (12 * 21)),
        ),
    ],
)
def test_mean_and_spread_of_twenty_by_hand(ties, pair, tie, entrants, mean, variance):
    found = ranged(20, pair, tie, ties=ties, entrants=np.array([float(entrants)]))
    assert found[:2] == pytest.approx(mean)
    assert found[2:] == pytest.approx([variance[1] ** -0.5, variance[0] ** -0.5])


def test_mean_and_spread_of_lowest_ranks_with_a_newcomer_by_hand():
    """Of 100, the last two perhaps tied, and one that may enter: 101 places."""
    found = ranged(100, 1, 0, ties="lowest", entrants=np.array([1.0]))
    assert found[:2] == pytest.approx([50.5 - 2 / 200 - 1, 51])
    # Each may lose a place to the newcomer, and the two one more: 1 * 101 + 0.5, 2 * 101 + 10 / 6.
    least = 101 * 201 / 6 - (98 * 101.5 + 2 * (202 + 10 / 6)) / 100 - 51**2
    most = 102 * 203 / 6 - (50.5 - 2 / 200) ** 2
    assert found[2:] == pytest.approx([most**-0.5, least**-0.5])
    tied = ranged(100, 0, 1, ties="lowest", entrants=np.array([1.0]))
    assert tied[1] == pytest.approx(51 - 2 / 202)


@pytest.mark.parametrize(("n", "entrants"), [(2, 0), (3, 0), (1, 1), (2, 1), (3, 2)])
def test_a_few_that_are_apart_spread_by_something(n, entrants):
    """Two that are not all level: 1 and 2 of two; with lowest ranks one before all others."""
    low = np.zeros(n)
    high = np.arange(n, dtype=float)
    for ties, least in (
        ("average", (max(n, 2) - 1) / 4),
        ("lowest", (n + entrants - 1) / (n + entrants) ** 2),
    ):
        bounds = Bounds(low, high)
        found = rank_range(bounds, np.zeros(n, int), ties=ties, entrants=np.array([entrants * 1.0]))
        assert found.steep_high[0] == pytest.approx(least**-0.5)
        assert found.steep_low[0] == 0  # all may be tied


def test_who_is_ahead_in_every_case_is_ahead_though_scores_overlap():
    """Two before ten that may be tied: 66 to 75 and 63 to 70 points, but never level."""
    low = np.array([9.0, 8, *[0] * 10])
    group = np.zeros(12, dtype=int)
    ranges = rank_range(Bounds(low, low + 0.5 * (low == 0)), group)
    scheme = Scheme({"connector_degree": 1.0})
    found = ScoreBounds.of({"connector_degree": rank_in_groups(low, group)},
                           {"connector_degree": ranges}, scheme)  # fmt: skip
    assert found.high[1] > found.low[0]
    everyone = np.arange(12)
    assert found.places(everyone, 0, ties="lowest")[:, :2].tolist() == [[1, 1], [2, 12]]
    assert found.places(everyone, 1, ties="lowest")[:, :2].tolist() == [[1, 2], [1, 12]]
    assert found.places(everyone, 2, ties="highest")[:, :2].tolist() == [[1, 2], [1, 2]]
