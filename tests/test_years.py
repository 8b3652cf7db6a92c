"""Several years, from memory and from folders."""

import pytest

import connhub
from connhub.errors import OptionError
from tests.builders import SAMPLE
from tests.measures.two_years import two_years, year


def test_saved_analyses_are_compared_like_those_in_memory(tmp_path):
    before, after, firms = two_years(3)
    table = year(3, 2024)[1]
    folders = [r.save(tmp_path / name) for r, name in ((before, "a"), (after, "b"))]
    saved, fresh = (
        connhub.compare(*folders, firms=table),
        connhub.compare(before, after, firms=firms),
    )
    assert saved.degrees().equals(fresh.degrees())
    assert saved.transactions.equals(fresh.transactions)
    assert saved.shift_share().equals(fresh.shift_share())


def test_what_is_no_analysis_is_refused():
    with pytest.raises(OptionError, match="before= cannot be of type 'DataFrame'"):
        connhub.compare(two_years(3)[0].degrees.frame, two_years(3)[1])


def test_the_same_year_twice_is_refused():
    sample = connhub.analyze(str(SAMPLE / "transactions.parquet"), str(SAMPLE / "firms.parquet"))
    with pytest.raises(OptionError, match="2025 are counted twice"):
        connhub.compare(sample, sample)
