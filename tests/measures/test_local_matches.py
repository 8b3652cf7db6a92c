"""Local matches: pairs to talk to, against a brute-force list."""

from collections import Counter

import numpy as np
import pytest

from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.leaks import leak_map
from connhub.measures.trade import trade
from tests.measures.economies import REGIONS, economy


def leaks_of(seed, **options):
    totals, firms = economy(seed, **options)
    pairs = trade(totals, firms)
    return leak_map(pairs, degrees(totals, firms), firms), pairs.frame


@pytest.mark.parametrize("seed", range(100))
def test_matches_equal_a_brute_force_list(seed):
    leaks, pairs = leaks_of(seed, n=20, m=120)
    firms = leaks.flows.firms
    ids, region = (
        firms["firm_id"].tolist(),
        dict(zip(firms["firm_id"], firms["region"], strict=True)),
    )
    industry = {i: leaks.industries[k] for i, k in zip(ids, leaks.industry, strict=True)}
    bought, sold = Counter(), Counter()
    for row in pairs.itertuples():
        if row.seller_region != row.buyer_region and "unknown" not in (
            row.seller_region,
            row.buyer_region,
        ):
            if row.buyer_id in region and industry.get(row.seller_id, "unknown") != "unknown":
                bought[row.buyer_id, industry[row.seller_id]] += row.amount
            if row.seller_id in region:
                sold[row.seller_id] += row.amount
    rng = np.random.default_rng(seed)
    n, per_firm = int(rng.integers(1, 12)), int(rng.integers(1, 4))
    home = rng.choice(REGIONS)
    candidates = [
        (-min(bought[b, industry[s]], sold[s]), ids.index(b), ids.index(s))
        for b in ids
        for s in ids
        if b != s and region[b] == region[s] == home and industry[s] != "unknown"
        if bought[b, industry[s]] > 0 and sold[s] > 0
    ]
    used, expected = Counter(), []
    for potential, b, s in sorted(candidates):
        if max(used[b], used[s]) < per_firm and len(expected) < n:
            used.update([b, s])
            expected.append((ids[b], ids[s], -potential))
    found = leaks.matches(home, n=n, per_firm=per_firm)
    rows = found[["buyer_id", "seller_id", "potential"]].itertuples(index=False, name=None)
    assert list(rows) == expected
    often = Counter([*found["buyer_id"], *found["seller_id"]])
    assert max(often.values(), default=0) <= per_firm


def test_wrong_questions():
    leaks, _ = leaks_of(1)
    with pytest.raises(OptionError, match="n=0"):
        leaks.matches("15", n=0)
    with pytest.raises(OptionError, match="'77'"):
        leaks.matches("15", industry="77")


def test_a_match_of_a_chosen_industry_sells_it():
    leaks, _ = leaks_of(4, n=30, m=300)
    found = leaks.matches("13", n=50, per_firm=50)
    chosen = leaks.matches("13", n=50, per_firm=50, industry="28")
    assert len(chosen)
    assert chosen["industry"].unique().tolist() == ["28"]
    assert chosen.equals(found[found["industry"] == "28"].reset_index(drop=True))
