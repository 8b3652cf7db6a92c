"""Intensity: amount over the amount expected under quasi-independence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import connhub

CODES = ["01", "02", "13", "15", "27", "40"]


def linkages(flows):
    """Linkages of one firm a region, from a matrix of flows in ten-thousands."""
    n = len(flows)
    p, q = np.nonzero(np.asarray(flows))
    firms = pa.table({"firm_id": [f"f{i}" for i in range(n)], "prefecture_code": CODES[:n]})
    deals = pa.table(
        {
            "seller_id": [f"f{i}" for i in p],
            "buyer_id": [f"f{i}" for i in q],
            "amount": pa.array(np.asarray(flows)[p, q], pa.int64()),
        }
    )
    return connhub.analyze(deals, firms, self_trade="include").linkages


def fitted(flows, rounds=20_000):
    """Plain iterative proportional fitting of the cells p != q."""
    flows = np.array(flows, dtype=float)
    np.fill_diagonal(flows, 0)
    expected = 1.0 - np.eye(len(flows))
    expected[flows.sum(1) == 0] = 0
    expected[:, flows.sum(0) == 0] = 0
    for _ in range(rounds):
        rows = expected.sum(1, keepdims=True)
        expected *= np.divide(flows.sum(1, keepdims=True), rows, where=rows > 0, out=rows * 0)
        cols = expected.sum(0, keepdims=True)
        expected *= np.divide(flows.sum(0, keepdims=True), cols, where=cols > 0, out=cols * 0)
        if np.allclose(expected.sum(1), flows.sum(1), rtol=1e-14, atol=0):
            break
    return expected


@pytest.mark.parametrize("seed", range(12))
def test_equals_a_plain_loop_of_proportional_fitting(seed):
    rng = np.random.default_rng(seed)
    flows = rng.integers(1, 10 ** rng.integers(2, 7), (6, 6))
    if seed % 3 == 1:  # zeros among the observed flows are fitted as well
        flows[rng.random((6, 6)) < 0.25] = 0
    if seed % 3 == 2:  # a region that only buys
        flows[2] = 0
    frame = linkages(flows).frame
    expected = fitted(flows)
    at = {c: i for i, c in enumerate(CODES)}
    assert len(frame) == np.count_nonzero(flows - np.diag(np.diag(flows)))
    for row in frame.itertuples():
        p, q = at[row.seller_region], at[row.buyer_region]
        assert row.intensity == pytest.approx(flows[p, q] / expected[p, q], rel=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_fitted_margins_equal_the_observed_ones(seed):
    flows = np.random.default_rng(100 + seed).integers(1, 10**6, (6, 6))
    frame = linkages(flows).frame
    frame = frame.assign(expected=frame["amount"] / frame["intensity"])
    for side in ("seller_region", "buyer_region"):
        sums = frame.groupby(side)[["amount", "expected"]].sum()
        assert sums["expected"].to_numpy() == pytest.approx(sums["amount"].to_numpy(), rel=1e-9)


@pytest.mark.parametrize(("there", "back"), [(10, 10), (1000, 1), (3, 10**12)])
def test_two_regions_that_trade_only_with_each_other_give_one(there, back):
    frame = linkages([[50, there], [back, 7]]).frame
    assert frame["intensity"].tolist() == pytest.approx([1, 1], rel=1e-12)


def test_one_direction_only_gives_one():
    assert linkages([[0, 8], [0, 0]]).frame["intensity"].tolist() == pytest.approx([1], rel=1e-12)


def test_two_separate_pairs():
    """Independence within the margins, not one in each pair: checked against the loop."""
    flows = np.zeros((4, 4), int)
    flows[0, 1] = flows[1, 0] = flows[2, 3] = flows[3, 2] = 100
    frame = linkages(flows).frame
    # by symmetry every region spreads its 100 evenly over the three others
    assert frame["intensity"].tolist() == pytest.approx([3] * 4, rel=1e-9)


def test_a_star_is_expected_exactly():
    """All trade goes through one region: only its cells can carry the margins."""
    flows = np.zeros((5, 5), int)
    flows[0, 1:], flows[1:, 0] = [10, 20, 30, 40], [4, 3, 2, 1]
    assert linkages(flows).frame["intensity"].tolist() == pytest.approx([1] * 8, rel=1e-6)


def test_the_diagonal_does_not_matter():
    rng = np.random.default_rng(5)
    flows = rng.integers(1, 1000, (6, 6))
    other = flows.copy()
    np.fill_diagonal(other, rng.integers(1, 10**9, 6))
    assert linkages(flows).frame.equals(linkages(other).frame)


def test_margins_that_are_not_positive_leave_the_intensity_undefined_or_finite():
    frame = linkages([[0, 5, -9], [3, 0, 4], [2, 2, 0]]).frame
    values = frame["intensity"].dropna().to_numpy(dtype=float)
    assert np.isfinite(values).all()
