"""The acceptance of estimates: short here, at full size behind the mark `long`."""

import json

import pytest

from benchmarks.estimation import compare
from benchmarks.estimation_speed import main as measure_speed

EVENLY, GRAVITY = "sales evenly over links", "gravity, fitted on 1% known"
CONVERGED, EXACT = "converged fit, flat prior", "estimate_amounts, exact"


def better_than_others_and_as_good_as_a_converged_fit(found):
    ours, best = found[EXACT], found[CONVERGED]
    assert ours["typical factor"] <= 1.03 * best["typical factor"]
    assert ours["top-20 overlap"] >= 0.98 * best["top-20 overlap"]
    for other in (EVENLY, GRAVITY):
        for name in ("typical factor", "S off", "B off"):
            assert ours[name] < found[other][name]


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_economies_of_20000_firms_with_99_percent_hidden(seed):
    found = compare(20_000, seed)
    better_than_others_and_as_good_as_a_converged_fit(found)
    for name, share in found["intervals"].items():
        assert 0.87 <= share <= 0.94, name


def test_a_small_economy_comes_back_as_from_a_converged_fit():
    found = compare(2000, 1)
    better_than_others_and_as_good_as_a_converged_fit(found)
    assert all(share > 0.8 for share in found["intervals"].values())


@pytest.mark.slow
@pytest.mark.parametrize(("margins", "share"), [("exact", 0.999), ("at_most", 0.999)])
def test_what_the_measurement_of_speed_prints(margins, share, capsys):
    size = ["--firms", "500", "--links", "2500", "--draws", "3"]
    measure_speed([*size, "--margins", margins])
    found = json.loads(capsys.readouterr().out)
    assert found["firms"] == 500
    assert 2000 < found["links"] <= 2500
    assert found["draws"]["count"] == 3
    assert found["within"] >= share
