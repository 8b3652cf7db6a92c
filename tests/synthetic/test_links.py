"""Links: who trades with whom, and for how much."""

import pandas as pd
import pytest

from connhub.synthetic.firms import populate
from connhub.synthetic.links import connect


@pytest.mark.parametrize("cap", [1, 3, 24])
def test_a_link_stays_when_either_end_reports_it(cap):
    population = populate(2_000, 6.7, 2)
    every, kept = (connect(population, 13_000, most) for most in (None, cap))
    frame = pd.DataFrame({"seller": every.seller, "buyer": every.buyer, "yen": every.yen})
    ranks = [frame.groupby(end)["yen"].rank(ascending=False) for end in ("seller", "buyer")]
    reported = frame[(ranks[0] <= cap) | (ranks[1] <= cap)]
    assert (kept.seller == reported["seller"]).all()
    assert (kept.buyer == reported["buyer"]).all()
    assert (kept.yen == reported["yen"]).all()
    assert 0 < len(reported) < len(frame)
    assert reported.groupby("seller").size().max() > 24  # hubs: their partners name them
