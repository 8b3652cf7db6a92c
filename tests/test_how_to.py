"""The how-to pages run as they are written."""

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(
        str(ROOT / "docs" / "how-to" / page), module_relative=False, encoding="utf-8",
        optionflags=doctest.NORMALIZE_WHITESPACE,
    )  # fmt: skip
    assert tried > 5
    assert not failed


def test_dask_and_ray(monkeypatch):
    run("dask-and-ray.md", monkeypatch)


@pytest.mark.java
def test_spark(monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    run("spark.md", monkeypatch)
