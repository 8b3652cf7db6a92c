"""Shift-share: the published example, and that it adds up."""

import numpy as np
import pytest

from connhub.measures.shift_share import shift_share


def test_the_worked_example():
    region = np.array([[20, 30, 50], [25, 28, 62]])
    rest = np.array([[400, 900, 700], [440, 860, 800]]) - region
    effects = [e[0].sum() for e in shift_share(*np.stack([region, rest], axis=1))]
    assert effects == pytest.approx([5, 2.8095, 7.1905], abs=5e-5)
    assert sum(effects) == pytest.approx(15)


def test_it_adds_up_where_industries_come_and_go():
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 50, (2, 4, 6))
    before[:, 0] = 0  # new in the nation
    after[:, 1] = 0  # gone from it
    national, mix, competitive = shift_share(before, after)
    assert national + mix + competitive == pytest.approx(after - before)
    assert competitive[:, 0].tolist() == after[:, 0].tolist()
    assert competitive.sum(axis=0)[1:] == pytest.approx(0, abs=1e-9)  # what one wins, others lose
    assert mix.sum() == pytest.approx(-competitive[:, 0].sum())
    assert np.isnan(shift_share(0 * before, after)[0]).all()
