"""Offending values are counted truly, and shown the same whatever thread found them."""

import random

import numpy as np
import pyarrow as pa

from connhub.intake import offending_rows
from connhub.intake.offending_rows import OffendingRows


def gathered(parts, threads, seed):
    """What several threads find when each takes some of the parts, in their order."""
    rng = random.Random(seed)
    found = [OffendingRows() for _ in range(threads)]
    for number, values in enumerate(parts):
        rows = np.arange(len(values))
        rng.choice(found).add(number, rows, pa.array(values, pa.string()))
    rng.shuffle(found)
    first, *others = found
    for other in others:
        first.merge(other)
    return first


def parts_of(values, size):
    return [values[i : i + size] for i in range(0, len(values), size)]


def test_counts_are_true_whatever_the_threads():
    rng = random.Random(1)
    values = [f"v{int(rng.random() ** 3 * 300)}" for _ in range(5000)]
    wanted = {v: values.count(v) for v in dict.fromkeys(values)}
    for seed in range(20):
        found = gathered(parts_of(values, 37), rng.randint(1, 5), seed)
        assert found.examples == wanted
        assert list(found.examples) == list(wanted)  # in order of first occurrence
        assert found.count == 5000
        assert found.first == [(0, i) for i in range(10)]


def test_too_many_values_are_shown_without_counts(monkeypatch):
    monkeypatch.setattr(offending_rows, "MAX_VALUES", 50)
    rng = random.Random(2)
    for many in (50, 51, 2000):
        values = [f"v{i}" for i in range(many)] * 2
        wanted = (
            {f"v{i}": 2 for i in range(many)} if many == 50 else tuple(f"v{i}" for i in range(10))
        )
        for seed in range(20):
            found = gathered(parts_of(values, 7), rng.randint(1, 5), seed)
            assert found.examples == wanted
            assert len(found.values) <= 50
            assert found.count == 2 * many


def test_empty_cells_and_other_types():
    found = OffendingRows()
    found.add(0, np.arange(3), pa.array([1.5, None, 1.5]))
    found.add(1, np.arange(2), pa.array(["x", None]).dictionary_encode())
    assert found.examples == {"1.5": 2, "": 2, "x": 1}
    found.add(2, np.array([4]), count=12)
    assert found.count == 17
