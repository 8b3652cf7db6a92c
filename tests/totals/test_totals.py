"""Totals: each grain gives the coarser ones, and parts add up."""

import pytest

from connhub.errors import OptionError
from tests.totals.builders import GRAINS, ROWS, same, totals


def test_a_coarser_grain_of_a_finer_one_is_the_coarser_one(large):
    _, firms, found = large
    for i, fine in enumerate(GRAINS):
        for coarse in GRAINS[: i + 1]:
            assert same(found[fine].coarsen(coarse, firms), found[coarse]), (fine, coarse)
    for i, coarse in enumerate(GRAINS):
        for fine in GRAINS[i + 1 :]:
            with pytest.raises(OptionError, match="cannot be derived"):
                found[coarse].coarsen(fine, firms)


@pytest.mark.parametrize("grain", GRAINS)
def test_totals_add_up_at_every_grain(large, grain):
    deals, firms, found = large
    cut = [0, 300_000, 300_001, ROWS]
    a, b, c = (totals(deals.slice(i, j - i), firms, grain) for i, j in zip(cut, cut[1:]))
    assert same((c + a) + b, found[grain])
    assert same(a + (b + c), found[grain])


def test_grains_are_not_mixed(large):
    *_, found = large
    with pytest.raises(OptionError, match="different grains"):
        _ = found["pairs"] + found["firms"]
