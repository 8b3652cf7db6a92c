"""Threads share sums: none waits where another is at them, and nothing is lost."""

import threading as th

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError
from connhub.intake.reading import Reading
from connhub.totals.shared_sums import SharedSums
from tests.totals.builders import economy


class Sums:
    """Stands in for an accumulator: its batches are functions that are called."""

    def __init__(self):
        self.added, self.reading = [], None

    def add_batch(self, batch):
        self.added.append(batch())

    def merge(self, other):
        self.added += other.added


def busy(sums):
    """A thread that is at the sums until the event it gives is set."""
    begun, enough = th.Event(), th.Event()

    def batch():
        begun.set()
        assert enough.wait(30)
        return "long"

    thread = th.Thread(target=sums.add_batch, args=(batch, Reading()))
    thread.start()
    assert begun.wait(30)
    return thread, enough


def test_a_thread_that_finds_none_free_keeps_three_batches_and_adds_them_in_order():
    sums = SharedSums(Sums, 1)
    thread, enough = busy(sums)
    reading = Reading()
    for number in range(3):
        sums.add_batch(lambda number=number: number, reading)
    assert sums.all[0].added == []
    enough.set()
    thread.join(30)
    sums.add_batch(lambda: 3, reading)
    assert sums.all[0].added == ["long", 0, 1, 2, 3]
    assert sums.all[0].reading is reading


def test_with_a_fourth_batch_it_waits_until_they_are_free():
    sums = SharedSums(Sums, 1)
    thread, enough = busy(sums)
    for number in range(3):
        sums.add_batch(lambda number=number: number, Reading())
    th.Timer(0.1, enough.set).start()
    sums.add_batch(lambda: 3, Reading())
    thread.join(30)
    assert sums.all[0].added == ["long", 0, 1, 2, 3]


def test_what_is_kept_at_the_end_is_added_and_what_is_wrong_with_it_is_told():
    sums = SharedSums(Sums, 1)
    thread, enough = busy(sums)
    sums.add_batch(lambda: sums.all[0].reading, Reading())
    enough.set()
    thread.join(30)
    read = Reading()
    merged = sums.merged(read)
    assert merged.added == ["long", read]
    assert merged.reading is read


def test_more_are_made_where_they_are_needed_and_no_more_than_that():
    made = []

    def make():
        made.append(Sums())
        return made[-1]

    sums = SharedSums(make, 2)
    for number in range(5):
        sums.add_batch(lambda number=number: number, Reading())
    assert len(made) == 1
    first, second = busy(sums), busy(sums)
    sums.add_batch(lambda: 5, Reading())
    assert len(made) == 2
    for thread, enough in (first, second):
        enough.set()
        thread.join(30)
    assert sorted(sums.merged(Reading()).added, key=str) == [0, 1, 2, 3, 4, 5, "long", "long"]


def test_sums_are_free_again_where_a_batch_fails():
    def fail():
        raise ValueError("broken")

    sums = SharedSums(Sums, 1)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            sums.add_batch(fail, Reading())


def test_without_rows_there_are_sums_of_nothing():
    assert SharedSums(Sums, 1).merged(Reading()).added == []


@pytest.fixture
def kept_to_the_end(monkeypatch):
    """No thread finds sums that are free before all have ended."""
    monkeypatch.setattr(SharedSums, "_take", lambda self, wait: None)


def test_batches_that_are_kept_to_the_end_count(kept_to_the_end, tmp_path):
    deals, firms = economy(300, 20, 8)
    deals = deals.append_column("year", pa.array([2023, 2024] * 150))
    found = connhub.total(deals, firms, progress=False).to_ledger()
    assert found.amounts["out_of_region"] > 0
    assert found.residual_rows == found.residual_amount == 0
    ledger = connhub.prepare(deals, firms.table, out=tmp_path / "out")
    assert ledger.amounts == found.amounts
    assert connhub.analyze(tmp_path / "out").ledger.amounts == found.amounts
    years = connhub.analyze_years(deals, firms.table, progress=False)
    of_years = [years.year(year).ledger.amounts["in_region"] for year in (2023, 2024)]
    assert sum(of_years) == found.amounts["in_region"]


@pytest.mark.parametrize("walk", [connhub.analyze, connhub.analyze_years])
def test_what_is_wrong_with_them_is_told(kept_to_the_end, walk):
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    deals = pa.table({"seller": ["a", "z"], "buyer": ["b", "b"], "amount": [5, 7],
                      "year": [2023, 2024]})  # fmt: skip
    with pytest.raises(InputError, match="z"):
        walk(deals, firms, unknown_firm="error", progress=False)
