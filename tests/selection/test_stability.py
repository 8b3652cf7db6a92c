"""Stability against a direct loop."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from connhub.errors import OptionError
from connhub.selection import (
    FY2019,
    Scheme,
    financial_indicators,
    read_financials,
    select_priority_firms,
)
from tests.selection.builders import SIX_FINANCIALS, six_analysis, six_indicators


@pytest.mark.parametrize(
    "options",
    [
        {"per_region": 2},
        pytest.param({"share": 0.5}, marks=pytest.mark.slow),
        pytest.param({"threshold": 50.0}, marks=pytest.mark.slow),
    ],
)
def test_stability_is_that_of_a_direct_loop(options):
    options = {"per_region": None, **options}
    found = six_indicators(**options)
    stability = found.stability(n_draws=40, seed=3).set_index("firm_id")
    weights = np.array(list(FY2019.weights.values()))
    draws = np.random.default_rng(3).dirichlet(100 * weights, size=40)
    degrees, given = six_analysis().degrees, financial_indicators(read_financials(SIX_FINANCIALS))
    methods = ("linear", "normal")
    times = {method: Counter() for method in methods}
    for method in methods:
        for draw in draws:
            scheme = Scheme(
                dict(zip(FY2019.weights, draw / draw.sum(), strict=True)), score_method=method
            )
            again = select_priority_firms(degrees, scheme=scheme, indicators=given, **options)
            for firm in again.selected["firm_id"]:
                times[method][firm] += 1
    both = times["linear"] + times["normal"]
    assert {f: n / 80 for f, n in both.items()} == stability["share"][list(both)].to_dict()
    assert set(both) | set(found.selected["firm_id"]) == set(stability.index)
    for method in methods:
        of_method = stability[f"share_{method}"].to_dict()
        assert of_method == {firm: times[method][firm] / 40 for firm in stability.index}
    for firm, share in stability["share"].items():
        verdict = "robust" if share >= 0.95 else "out" if share <= 0.05 else "borderline"
        assert stability.loc[firm, "verdict"] == verdict
    pd.testing.assert_frame_equal(
        stability, found.stability(n_draws=40, seed=3).set_index("firm_id")
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_draws": 0}, "n_draws=0 is out of range"),
        ({"n_draws": 2.0}, "n_draws= cannot be of type 'float'"),
        ({"concentration": 0}, "concentration= must be a positive number, not 0"),
        ({"concentration": float("inf")}, "not inf"),
        ({"seed": -1}, "seed=-1 is out of range"),
    ],
)
def test_options_that_are_refused(options, message):
    with pytest.raises(OptionError) as error:
        six_indicators().stability(**options)
    assert message in str(error.value)


def test_robust_from_19_of_20_on_and_out_to_1_of_20(monkeypatch):
    found = six_indicators()
    rows = len(found.frame)
    times = iter([[10, 9, 1, 2, 0], [9, 9, 0, 0, 0]])  # of ten draws by each method
    monkeypatch.setattr(
        "connhub.selection.stability._times_selected",
        lambda *_: np.array([*next(times), *[0] * (rows - 5)]),
    )
    stability = found.stability(n_draws=10)
    known = dict(zip(stability["firm_id"], stability["verdict"], strict=True))
    assert [known.get(firm) for firm in found.frame["firm_id"][:4]] == [
        *("robust", "borderline", "out", "borderline"),
    ]
