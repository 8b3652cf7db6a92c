"""The path to a target: values as they were read off, the range, and the status in words."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import target_path
from tests.measures.two_years import two_years
from tests.plots.builders import notes


def progress(target=10_000, **more):
    plan = {"region": ["15"], "measure": ["sales"], "base_year": [2023], "target_year": [2027],
            "target": [target]}  # fmt: skip
    return connhub.track(list(two_years(3)[:2]), pa.table(plan | more))


def test_lines_points_and_the_range():
    found = progress()
    picture = target_path(found, lang="en")
    path = picture.spec["layer"][0]["data"]["values"]
    assert [row["year"] for row in path] == [2023, 2024, 2027]
    steps = found.steps
    assert [row["path"] for row in path] == steps["path"].tolist()
    reached = picture.spec["layer"][3]["data"]["values"]
    assert [row["a"] for row in reached] == steps["actual"].dropna().tolist()
    (ranged,) = [row for row in reached if row["year"] == 2024]
    figures = steps.loc[1, ["actual", "actual_in_both", "actual_trading_in_both"]].dropna().tolist()
    assert (ranged["low"], ranged["high"]) == (min(figures), max(figures))
    text = notes(picture)
    assert "2024: behind;" in text
    assert "2023 to 2027" in text
    assert ("newly seen is not new" in text) == bool(found.frame["coverage_changed"].iloc[0])


def test_without_a_base_there_is_no_path():
    plan = {"region": ["15"], "measure": ["sales"], "base_year": [2020], "target_year": [2027],
            "target": [5]}  # fmt: skip
    found = connhub.track(list(two_years(3)[:2]), pa.table(plan))
    assert not target_path(found).shows
    with pytest.raises(OptionError, match="no target 1"):
        target_path(found, 1)


def test_money_is_scaled_and_persons_are_not():
    assert "単位: 円" in notes(target_path(progress()))
    assert "単位: 億円" in notes(target_path(progress(3 * 10**9)))
