"""Stability against a direct loop; ranks and fronts against direct loops; what is written."""

import numpy as np
import pandas as pd
import pytest
from test_six_indicators import selection

from connhub.errors import OptionError
from connhub.schema import columns, label
from connhub.selection import FY2019, SCHEMES, STRATEGIC_FIELDS, TWO_DEGREES, Scheme
from connhub.selection.cutoff import Cut
from connhub.selection.rank_scores import pareto_front, rank_in_groups
from connhub.storage import read_parquet


@pytest.mark.parametrize("options", [{"per_region": 2}, {"share": 0.5}, {"threshold": 50.0}])
def test_stability_is_that_of_a_direct_loop(options):
    options = {"per_region": None, **options}
    found = selection(**options)
    told = found.stability(vectors=40, seed=3).set_index("firm_id")
    weights = np.array(list(FY2019.weights.values()))
    draws = np.random.default_rng(3).dirichlet(100 * weights, size=40)
    times = dict.fromkeys(found.frame["firm_id"], 0)
    for reading in ("linear", "normal"):
        for draw in draws:
            scheme = Scheme(
                dict(zip(FY2019.weights, draw / draw.sum(), strict=True)), reading=reading
            )
            again = selection(scheme, **options)
            for firm in again.selected["firm_id"]:
                times[firm] += 1
    assert {f: n for f, n in times.items() if n} == (told["share"] * 80).round().astype(
        int
    ).to_dict()
    for firm, share in told["share"].items():
        verdict = "robust" if share >= 0.95 else "out" if share <= 0.05 else "borderline"
        assert told.loc[firm, "verdict"] == verdict
    pd.testing.assert_frame_equal(told, found.stability(vectors=40, seed=3).set_index("firm_id"))


def test_stability_options():
    for wrong in ({"vectors": 0}, {"concentration": 0}, {"seed": -1}):
        with pytest.raises(OptionError, match="out of range"):
            selection().stability(**wrong)


@pytest.mark.parametrize("seed", range(30))
def test_ranks_and_front_are_those_of_direct_loops(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 60))
    x, y, group = (rng.integers(0, 6, n).astype(float) for _ in range(3))
    group = group.astype(int)
    missing = np.where(rng.random(n) < 0.2, np.nan, x)
    ranks = rank_in_groups(missing, group, groups=6)
    for i in range(n):
        peers = missing[(group == group[i]) & ~np.isnan(missing)]
        better, same = (peers > missing[i]).sum(), (peers == missing[i]).sum()
        assert ranks.shown[i] == (0 if np.isnan(missing[i]) else better + 1)
        if not np.isnan(missing[i]):
            assert ranks.used[i] == better + (same + 1) / 2
    front = pareto_front(x, y, group)
    for i in range(n):
        rivals = (group == group[i]) & (x >= x[i]) & (y >= y[i]) & ((x > x[i]) | (y > y[i]))
        assert front[i] == (not rivals.any())


def test_a_share_is_rounded_up_exactly():
    assert Cut(share=0.1).places(np.array([30, 31, 1])).tolist() == [3, 4, 1]
    assert Cut(share=0.07).places(np.array([100])).tolist() == [7]


def test_the_built_in_schemes():
    assert list(FY2019.weights.values()) == [0.15, 0.15, 0.15, 0.15, 0.20, 0.20]
    assert (FY2019.population, TWO_DEGREES.population) == ("all", "region")
    assert "follows the published FY2019 scheme" in FY2019.name
    assert set(SCHEMES) == {"two-degrees", "follows-published-fy2019"}
    assert len(set(STRATEGIC_FIELDS)) == 17
    with pytest.raises(TypeError):
        FY2019.weights["connector_degree"] = 1.0


def test_the_vocabulary_knows_every_column_and_reason():
    found = selection()
    known = set(columns("selection"))
    for name in found.frame.columns:
        pattern = name
        for indicator in FY2019.weights:
            if name == indicator or name.startswith(f"{indicator}_"):
                pattern = "{indicator}" + name.removeprefix(indicator)
        assert pattern in known
    assert set(found.crossing_ties) <= known
    assert set(found.stability(vectors=2)) <= known
    assert list(found.not_ranked) == list(columns("not_ranked"))
    assert list(found.counts) == list(columns("counts"))
    for reason in {*found.not_ranked["reason"], *found.counts["reason"]}:
        assert label("reason", reason)


def test_what_is_written(tmp_path):
    found = selection()
    found.save(tmp_path, csv=True)
    kept = read_parquet(tmp_path / "selection.parquet").to_pylist()
    assert kept == found.to_arrow().to_pylist()
    assert Scheme.load(tmp_path / "scheme.toml") == FY2019
    assert (tmp_path / "not_ranked.csv").read_bytes().startswith(b"\xef\xbb\xbf")
