"""Threads share the parts of a table, and change no bit of the sums."""

import pytest

from tests.totals.builders import GRAINS, same, totals


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_batches_change_nothing(large, threads):
    deals, firms, found = large
    for grain in GRAINS:
        again = totals(deals, firms, grain, threads=threads, batch_rows=7_001)
        assert same(again, found[grain])
