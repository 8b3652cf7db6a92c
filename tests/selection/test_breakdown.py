"""Breakdown shares against the bounds of whole lists at each share."""

from dataclasses import replace

import numpy as np
import pytest

from connhub.certainty_options import CertaintyOptions
from connhub.selection import breakdown, read_financials
from connhub.selection.breakdown import breakdown_shares
from connhub.selection.list_bounds import Doubts, list_bounds
from connhub.selection.reported import rooms
from tests.selection.economies import SCHEMES, TinyEconomy

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def naive(basis, ranking, scheme, cutoff, room):
    """The last share before the first at which a verdict falls, of every row."""
    stands = []
    for share in SHARES:
        bounds = list_bounds(basis, ranking, scheme, cutoff, Doubts(room, share))
        stands.append(np.where(ranking.selected, bounds.certain, bounds.out))
    falls = ~np.array(stands)
    first = np.where(falls.any(axis=0), falls.argmax(axis=0), len(SHARES))
    return np.array([0.0, *SHARES[:-1], np.inf])[first].tolist()


DOUBTS = CertaintyOptions(weight_draws=0, reported_year=2025, accept_contradicted=1.0)
IN_STEPS = {k: v for k, v in SCHEMES.items() if len(v.weights) > 1 or v.lower_is_better}
CUTOFFS = ({"per_region": 2}, {"per_region": 3, "cut_ties": "exclude"}, {"threshold": 52.0})


@pytest.mark.parametrize("name", IN_STEPS)
def test_only_those_who_may_pass_need_to_be_compared(name, monkeypatch):
    rng, shares = np.random.default_rng([3, len(name)]), set()
    for number, cutoff in enumerate(CUTOFFS):
        economy = TinyEconomy(rng, firms=(60, 50, 40)[number], most_room=40)
        economy.counted *= rng.integers(1, 60, economy.counted.shape)
        economy.reports["net_sales"] = economy.counted[0] + economy.room[0]
        economy.reports["purchases_reported"] = economy.counted[1] + economy.room[1]
        chosen = economy.select(economy.counted, IN_STEPS[name], **cutoff)
        basis = replace(chosen.basis, reports=read_financials(economy.reports))
        room = rooms(basis.degrees, basis.reports, reported_year=2025)
        rest = chosen.ranking, IN_STEPS[name], chosen.cutoff
        found = breakdown_shares(basis, *rest, Doubts(room))
        first = ~np.isnan(found)
        expected = np.array(naive(basis, *rest, room))[first].tolist()
        assert found[first].tolist() == expected
        with monkeypatch.context() as patch:  # sums so large that quotients lose their order
            patch.setattr(breakdown, "_IN_ORDER", 0.0)
            again = breakdown_shares(basis, *rest, Doubts(room))
        assert again[first].tolist() == expected
        certainty = replace(chosen, basis=basis).certainty(doubts=DOUBTS)  # of the share 1 already
        assert certainty.breakdown_share[first].tolist() == expected
        shares |= set(expected)
    assert len(shares) > 2
