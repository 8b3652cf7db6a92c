"""The place of each firm on its list: ties, and who is selected."""

import numpy as np
import pyarrow as pa
import pytest

from connhub.selection import Cutoff, Scheme
from connhub.selection.ranking import Entries, Ranking, rounded

SCHEME = Scheme({"x": 1.0})


def ranking(values, lists, ids=None, scheme=SCHEME, **cutoff):
    """Firms on lists by one indicator, ranked among all."""
    n = len(values)
    everyone = np.arange(n)
    entries = Entries(everyone, np.zeros(n, int), everyone, np.zeros(n, int), np.array(lists))
    names = pa.array(ids or [f"f{i}" for i in range(n)], pa.large_string())
    keys = {"x": np.array(values, dtype=float)}
    return entries, Ranking.of(entries, keys, scheme, Cutoff(**cutoff), names)


def test_scores_that_differ_by_the_order_of_addition_are_level():
    assert rounded(np.array([50.0, 50.0 + 4e-10]))[1] == 50.0
    assert rounded(np.array([50.0, 50.0 + 6e-10]))[1] > 50.0


def test_the_best_first_list_after_list_and_ties_by_id():
    #  firm   f0 f1 f2 f3 f4 f5
    values = [5, 9, 5, 1, 7, 7]
    _, found = ranking(values, [0, 0, 0, 1, 1, 1], ids=list("cabfed"), per_region=2)
    assert found.entry.tolist() == [1, 2, 0, 5, 4, 3]  # of the tied b before c, d before e
    assert found.rank.tolist() == [1, 2, 2, 1, 1, 3]
    assert found.tied.tolist() == [1, 2, 2, 2, 2, 1]
    assert found.start.tolist() == [0, 3]
    assert found.size.tolist() == [3, 3]
    assert found.place_in_list.tolist() == [0, 1, 2, 0, 1, 2]
    assert found.list_of_row.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.selected.tolist() == [True, True, True, True, True, False]
    assert found.n_selected.tolist() == [3, 2]
    assert found.crossing().tolist() == [1]  # the second and third of the first list
    assert (np.diff(found.score[:3]) <= 0).all()


@pytest.mark.parametrize(
    ("options", "selected", "crossing"),
    [
        ({"per_region": 1}, [[0], [3, 4]], [3]),
        ({"per_region": 2}, [[0, 1, 2], [3, 4]], [1]),
        ({"per_region": 2, "cut_ties": "exclude"}, [[0], [3, 4]], [1]),
        ({"per_region": 1, "cut_ties": "exclude"}, [[0], []], [3]),
        ({"share": 0.34}, [[0, 1, 2], [3, 4]], [1]),  # of three, rounded up: two
        ({"threshold": 50.0}, [[0], [3, 4]], []),
    ],
)
def test_who_is_selected_and_where_ties_cross_the_last_place(options, selected, crossing):
    _, found = ranking([9, 6, 6, 8, 8, 1], [0, 0, 0, 1, 1, 1], **options)
    rows = np.flatnonzero(found.selected)
    assert [[r for r in rows if found.list_of_row[r] == k] for k in (0, 1)] == selected
    assert found.crossing().tolist() == crossing


def test_level_with_the_threshold_is_selected():
    _, found = ranking([3, 2, 1], [0, 0, 0], threshold=50.0)
    assert found.score[1] == 50.0
    assert found.selected.tolist() == [True, True, False]


def test_less_is_better_where_the_scheme_says_so_and_who_has_no_value_is_last():
    values = [3.0, np.nan, 1.0]
    for scheme, ranks in (
        (Scheme({"x": 1.0}), [1, 0, 2]),
        (Scheme({"x": 1.0}, lower_is_better=("x",)), [2, 0, 1]),
        (Scheme({"x": 1.0}, missing="last"), [1, 3, 2]),
        (Scheme({"x": 1.0}, missing="last", lower_is_better=("x",)), [2, 3, 1]),
    ):
        _, found = ranking(values, [0, 0, 0], scheme=scheme, per_region=1)
        assert found.ranks["x"].shown.tolist() == ranks


def test_a_part_of_the_lists_stays_as_it_is():
    _, whole = ranking([5, 9, 5, 1, 7, 7], [0, 0, 1, 1, 2, 2], per_region=1)
    part = whole.of_rows(np.array([2, 3, 4, 5]))
    assert part.start.tolist() == [0, 2]
    assert part.size.tolist() == [2, 2]
    for name in ("entry", "order", "score", "rank", "tied", "selected"):
        assert getattr(part, name).tolist() == getattr(whole, name)[2:].tolist(), name
    assert part.places.tolist() == [1, 1]
    assert part.deviation_scores["x"].tolist() == whole.deviation_scores["x"][2:].tolist()


@pytest.mark.parametrize(
    ("within", "groups"), [("all", [0, 0, 0]), ("region", [0, 1, 1]), ("field", [1, 0, 1, 1])]
)
def test_among_whom_a_firm_is_ranked_and_on_which_lists_it_stands(within, groups):
    scheme = Scheme({"x": 1.0}, rank_within=within)
    ranked, region = np.array([True, False, True, True]), np.array([0, 0, 1, 1])
    membership = (np.array([0, 1, 2, 2, 3]), np.array([1, 1, 0, 1, 1]), 2)
    found = Entries.of(ranked, region, membership, scheme)
    assert found.group.tolist() == groups
    assert found.field_of_row.tolist() == [1, 0, 1, 1]
    assert found.list_of_row.tolist() == [1, 2, 3, 3]  # region and field
    assert found.firm[found.entry_of_row].tolist() == [0, 2, 2, 3]
    if within != "field":
        alone = Entries.of(ranked, region, None, scheme)
        assert alone.firm.tolist() == [0, 2, 3]
        assert alone.list_of_row.tolist() == [0, 1, 1]
        assert alone.group.tolist() == groups
