"""Where a list ends."""

import numpy as np
import pytest

from connhub.errors import OptionError
from connhub.selection import Cutoff


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"per_region": 3, "share": 0.5}, "per_region=, share= and threshold= exclude each other"),
        ({"per_region": 0}, "1 or more"),
        ({"per_region": True}, "cannot be of type 'bool'"),
        ({"per_region": 2.0}, "give a whole number"),
        ({"share": 1.5}, "above 0"),
        ({"share": 0}, "above 0"),
        ({"threshold": float("nan")}, "must be a score, not nan"),
        ({"cut_ties": "id"}, "cut_ties='id' is not offered"),
    ],
)
def test_cutoffs_that_are_refused(options, message):
    with pytest.raises(OptionError) as error:
        Cutoff(**options)
    assert message in error.value.text("en")


def test_flags_are_named_on_the_command_line():
    with pytest.raises(OptionError) as error:
        Cutoff(per_region=3, share=0.5)
    assert "--per-region, --share and --threshold" in error.value.text("en", flags=True)
    assert "--per-region、--share、--threshold は同時に" in error.value.text("ja", flags=True)


def test_places():
    sizes = np.array([30, 31, 1])
    assert Cutoff(share=0.1).places(sizes).tolist() == [3, 4, 1]  # 0.1 * 30 > 3 as a float
    assert Cutoff(share=0.07).places(np.array([100])).tolist() == [7]
    assert Cutoff().places(sizes).tolist() == [10, 10, 10]
    assert Cutoff(threshold=50).places(sizes).tolist() == sizes.tolist()
    assert Cutoff(per_region=np.int64(2)).places(sizes).tolist() == [2, 2, 2]
    assert [c.list_places for c in (Cutoff(), Cutoff(2), Cutoff(share=0.5))] == [10, 2, None]


@pytest.mark.parametrize("seed", range(20))
def test_selection_is_that_of_a_direct_loop(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, (5, int(rng.integers(1, 9)))).astype(float)
    places = int(rng.integers(1, 5))
    for ties in ("include", "exclude"):
        selected = Cutoff(per_region=places, cut_ties=ties).select(scores)
        for row, line in zip(scores, selected, strict=True):
            for score, chosen in zip(row, line, strict=True):
                others = (row > score).sum() if ties == "include" else (row >= score).sum() - 1
                assert chosen == (others < places)
    assert (Cutoff(threshold=2).select(scores) == (scores >= 2)).all()
