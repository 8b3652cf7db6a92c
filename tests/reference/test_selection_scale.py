"""Selection among 200,000 firms; that of the nation is measured by benchmarks/selection.py."""

import numpy as np
import pytest

from benchmarks.selection import inputs
from connhub.selection import FY2019, select_priority_firms

FIRMS, PER_REGION = 200_000, 10


def scores(frame):
    """The definition in pandas: rank, deviation score, weight."""
    total = 0.0
    for name, weight in FY2019.weights.items():
        rank = frame[name].rank(ascending=False)
        total += weight * (50 + 10 * (rank.mean() - rank) / rank.std(ddof=0))
    return total


@pytest.mark.slow
def test_all_prefectures_with_six_indicators():
    degrees, indicators = inputs(FIRMS)
    found = select_priority_firms(
        degrees, scheme=FY2019, indicators=indicators, per_region=PER_REGION
    )
    assert len(found.frame) == FIRMS
    joined = degrees.frame.merge(indicators.frame, on="firm_id", validate="1:1")
    joined["score"] = scores(joined)
    ours = found.frame.set_index("firm_id")["score"].loc[joined["firm_id"]]
    np.testing.assert_allclose(ours, joined["score"], rtol=0, atol=1e-8)
    best = joined.groupby("region")["score"].nlargest(PER_REGION).groupby("region").min()
    lowest = joined["region"].map(best)
    expected = set(joined.loc[joined["score"] >= lowest - 1e-8, "firm_id"])
    assert set(found.selected["firm_id"]) == expected

    stability = found.stability(n_draws=20)
    assert set(found.selected["firm_id"]) <= set(stability["firm_id"])
    for share in ("share_linear", "share_normal"):  # every draw selects ten, and who is tied
        by_region = stability.groupby("region")[share].sum()
        assert (by_region.round(9) >= PER_REGION).all()
        assert by_region.sum() < PER_REGION * len(by_region) + 1
