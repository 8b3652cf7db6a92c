from dataclasses import replace

import numpy as np
import pytest

from connhub.certainty_options import CertaintyOptions
from connhub.selection import read_financials
from connhub.selection.score_bounds import ScoreBounds
from tests.selection.economies import SCHEMES, TinyEconomy

DOUBTS = CertaintyOptions(weight_draws=0, reported_year=2025, accept_contradicted=1.0)


def places(selection):
    """Place of each firm as the cutoff takes ties, its score, and whether it is selected."""
    ranking = selection.ranking
    include = selection.cutoff.cut_ties == "include"
    place = ranking.rank if include else ranking.rank + ranking.tied - 1
    rows = zip(selection.frame["firm_id"], place, ranking.score, ranking.selected, strict=True)
    return {firm: (int(p), s, bool(c)) for firm, p, s, c in rows}


def check(economy, scheme, rng, limit, **options):
    """Every filling lies within the bounds; gives how many calls were made."""
    chosen = economy.select(economy.counted, scheme, **options)
    basis = replace(chosen.basis, reports=read_financials(economy.reports))
    found = replace(chosen, basis=basis).certainty(doubts=DOUBTS).frame
    rows = found.set_index("firm_id").to_dict("index")
    for filling in economy.fillings(limit, rng):
        for firm, (place, score, selected) in places(
            economy.select(filling, scheme, **options)
        ).items():
            if firm not in rows:
                continue  # of a region in which the degree is undefined as counted
            row = rows[firm]
            assert row["rank_low"] <= place <= row["rank_high"], (firm, filling)
            assert row["score_low"] - 1e-8 <= score <= row["score_high"] + 1e-8, (firm, filling)
            assert not (row["certainty"] == "certain" and not selected), (firm, filling)
            assert not (row["certainty"] == "out" and selected), (firm, filling)
    return int(found["certainty"].isin(["certain", "out"]).sum())


def check_many(name, economies, limit):
    rng = np.random.default_rng([7, len(name)])
    calls = 0
    for k in range(economies):
        economy = TinyEconomy(rng, firms=int(rng.integers(3, 7)))
        ties = ("include", "exclude")[k % 2]
        calls += check(economy, SCHEMES[name], rng, limit, per_region=2, cut_ties=ties)
    assert calls >= economies / 4  # the bounds are not idle


@pytest.mark.parametrize("name", SCHEMES)
def test_every_filling_lies_within_the_bounds(name):
    check_many(name, 4, 8)


@pytest.mark.long
@pytest.mark.parametrize("name", SCHEMES)
def test_every_filling_of_many_tied_economies_lies_within_the_bounds(name):
    check_many(name, 60, 300)


def test_a_threshold_has_a_verdict_too():
    rng = np.random.default_rng(3)
    calls = [check(TinyEconomy(rng), SCHEMES["two"], rng, 12, threshold=52.0) for _ in range(3)]
    assert sum(calls) > 0


def test_the_selected_and_the_next_ten_are_compared_one_by_one(monkeypatch):
    seen, real = [], ScoreBounds.places

    def places(self, entries, candidates, *, ties):
        seen.append(candidates)
        return real(self, entries, candidates, ties=ties)

    monkeypatch.setattr(ScoreBounds, "places", places)
    economy = TinyEconomy(np.random.default_rng(1), firms=6)
    chosen = economy.select(economy.counted, SCHEMES["two"], per_region=2)
    basis = replace(chosen.basis, reports=read_financials(economy.reports))
    replace(chosen, basis=basis).certainty(doubts=DOUBTS)
    assert seen[: chosen.ranking.size.size] == (chosen.ranking.n_selected + 10).tolist()
