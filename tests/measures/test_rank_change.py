"""Places that moved, surely or not."""

import pandas as pd
import pytest

from connhub.errors import OptionError
from connhub.measures.rank_change import rank_change


def listed(*rows):
    names = ["firm_id", "rank", "rank_low", "rank_high"]
    return pd.DataFrame(rows, columns=names).assign(name="n", region="15", field=None)


def test_a_move_is_sure_where_the_bounds_do_not_overlap():
    before = listed(("a", 1, 1, 2), ("b", 2, 1, 3), ("c", 3, 3, 3), ("gone", 4, 4, 4))
    after = listed(("c", 1, 1, 1), ("a", 2, 2, 3), ("b", 3, None, None), ("new", 4, 4, 4))
    moves = rank_change(before, after).set_index("firm_id")
    assert moves["moved"].dropna().to_dict() == {"c": 2, "a": -1, "b": -1}
    assert moves["moved"].isna().sum() == 2
    assert moves.loc["c", "surely_moved"]
    assert not moves.loc["a", "surely_moved"]
    assert moves["surely_moved"].isna().sum() == 3
    back = rank_change(after, before).set_index("firm_id")
    assert back.loc["c", "moved"] == -2


def test_another_frame_is_refused():
    with pytest.raises(OptionError, match="rank_low"):
        rank_change(listed(("a", 1, 1, 1)), listed(("a", 1, 1, 1)).drop(columns="rank_low"))


def test_the_rows_are_those_of_both_lists_in_the_order_of_the_later():
    before = listed(("a", 1, 1, 1), ("gone", 2, 2, 2))
    after = listed(("new", 1, 1, 1), ("a", 2, 2, 2))
    moves = rank_change(before, after)
    assert list(moves.columns) == [
        *("firm_id", "name", "region", "field"),
        *("rank_before", "rank_after", "moved", "surely_moved"),
    ]
    assert moves.index.tolist() == [0, 1, 2]
    assert moves["firm_id"].tolist() == ["new", "a", "gone"]
    assert moves["field"].isna().all()
    assert moves["name"].tolist() == ["n"] * 3


def test_bounds_that_only_touch_may_be_the_same_place():
    touching = rank_change(listed(("a", 2, 2, 3)), listed(("a", 1, 1, 2)))
    apart = rank_change(listed(("a", 2, 3, 3)), listed(("a", 1, 1, 2)))
    assert [bool(m["surely_moved"].iloc[0]) for m in (touching, apart)] == [False, True]
    back = rank_change(listed(("a", 1, 1, 2)), listed(("a", 2, 3, 3)))
    assert bool(back["surely_moved"].iloc[0])
