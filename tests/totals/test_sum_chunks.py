"""Sums in chunks: carried by a cluster in any order and any pieces, they are the same sums."""

import random

import numpy as np
import pytest

from connhub import errors
from connhub.errors import ConnhubError, Fault, InputError
from connhub.options import Policies
from connhub.text.catalogue import Message
from connhub.totals import sum_chunks
from connhub.totals.sum_chunks import ChunkSums, error_chunk, join_chunks, split
from tests.totals.builders import GRAINS, accumulated, economy, opened, result_of, same

REFUSING = Policies(unknown_firm="error", unknown_region="outside")


def carried(chunks):
    """As a cluster carries them: bytes."""
    return [
        (name, number, payload if isinstance(payload, bytes) else np.asarray(payload).tobytes())
        for name, number, payload in chunks
    ]


@pytest.mark.parametrize("block", [96, 1 << 16])
@pytest.mark.parametrize("grain", GRAINS)
def test_chunks_of_workers_are_the_sums_of_one(monkeypatch, grain, block):
    monkeypatch.setattr(sum_chunks, "BLOCK", block)
    monkeypatch.setattr(sum_chunks, "NODES", 5)
    deals, firms = economy(600, 40, 2)
    whole = accumulated(deals, firms, grain, policies=REFUSING)
    workers = [
        accumulated(deals, firms, grain, policies=REFUSING, parts=slice(i, None, 3))
        for i in range(3)
    ]
    chunks = carried(chunk for worker in workers for chunk in split(worker))
    assert max(len(p) for n, _, p in chunks if n != "reading") <= 8 * block
    random.Random(1).shuffle(chunks)
    reducers = {}  # each adds up the chunks of some places, and passes on what it has
    for name, number, payload in chunks:
        reducers.setdefault(hash((name, number)) % 4, ChunkSums(grain)).add(name, number, payload)
    summed = carried(chunk for sums in reducers.values() for chunk in sums.chunks())
    assert len(summed) < len(chunks)
    encoder = opened(deals, firms, policies=REFUSING).encoder
    again = join_chunks(summed, encoder, grain)
    assert same(result_of(again), result_of(whole))
    reading, wanted = again.reading, whole.reading
    for name in ("rows", "amount", "magnitude", "part_rows", "rounding"):
        assert getattr(reading, name) == getattr(wanted, name), name
    assert (reading.years == wanted.years).all()
    assert reading.faults.keys() == wanted.faults.keys() != set()
    for key, rows in wanted.faults.items():
        assert reading.faults[key].count == rows.count
        assert reading.faults[key].values == rows.values


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_cells_travel_by_ranges_of_nodes(monkeypatch, grain):
    monkeypatch.setattr(sum_chunks, "NODES", 5)
    deals, firms = economy(600, 40, 2)
    worker = accumulated(deals, firms, grain)
    nodes = worker.tables.nodes
    whole = result_of(accumulated(deals, firms, grain)).cells
    found = {}
    for name, number, payload in split(worker):
        if name == "cells":
            key, *_ = np.asarray(payload).reshape(3, -1)
            assert set(key // nodes.width(grain) // 5) == {number}
            found.setdefault(number, []).extend(key.tolist())
    assert len(found) > 5
    assert sorted(sum(found.values(), [])) == whole.key.tolist()


def test_estimated_amounts_travel_too():
    deals, firms = economy(200, 20, 2)
    table = deals.append_column("estimated", [[i % 3 == 0 for i in range(len(deals))]])
    worker = accumulated(table, firms)
    chunks = carried(split(worker))
    assert {name for name, *_ in chunks} >= {"estimated", "firms"}
    again = join_chunks(chunks, opened(table, firms).encoder, "firms")
    wanted = result_of(accumulated(table, firms))
    assert wanted.estimated.any()
    assert result_of(again).estimated.tolist() == wanted.estimated.tolist()


def test_nothing_is_sent_for_what_is_zero():
    deals, firms = economy(20, 5, 1)
    nothing = [name for name, *_ in split(accumulated(deals.slice(0, 0), firms))]
    assert nothing == ["reading"]
    names = {name for name, *_ in split(accumulated(deals, firms, "pairs"))}
    assert names >= {"reading", "ledger", "cells"}
    assert "firms" not in names  # it follows from the cells


def test_no_chunks_are_empty_sums():
    deals, firms = economy(20, 5, 1)
    encoder = opened(deals, firms).encoder
    for grain in GRAINS:
        empty = result_of(join_chunks([], encoder, grain))
        assert empty.grain == grain
        assert not empty.firms.any()
        assert empty.read_rows == 0


FAULTS = [
    Fault("storage.unreadable", reason="切れた", file="a.csv", column="金額", rows=[3, 4], count=9),
    Fault("errors.missing_extra", purpose=Message("errors.a_picture"), extra="viz"),
    Fault("storage.changed", examples={"x": 120}),
]
KINDS = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_arrives_as_it_was_raised(kind):
    deals, firms = economy(20, 5, 1)
    chunk = carried([error_chunk(0, kind(*FAULTS))])
    with pytest.raises(ConnhubError) as caught:
        join_chunks(chunk, opened(deals, firms).encoder, "firms")
    assert type(caught.value) is kind
    assert list(caught.value.faults) == FAULTS
    assert caught.value.text("ja") == kind(*FAULTS).text("ja")


def test_the_error_of_the_first_task_is_raised_whatever_comes_first():
    deals, firms = economy(20, 5, 1)
    raised = [InputError(Fault("storage.unreadable", reason=str(i))) for i in range(12)]
    chunks = carried(error_chunk(i, error) for i, error in enumerate(raised) if i >= 3)
    chunks += carried(split(accumulated(deals, firms)))
    sums = ChunkSums("firms")
    for chunk in reversed(chunks):
        sums.add(*chunk)
    with pytest.raises(InputError) as caught:
        join_chunks(carried(sums.chunks()), opened(deals, firms).encoder, "firms")
    assert caught.value.faults[0].values["reason"] == "3"


def test_sums_beyond_64_bits_are_read_whole():
    """What was read is counted in integers without end: the limit is checked at the end."""
    deals, firms = economy(20, 5, 1)
    worker = accumulated(deals, firms)
    worker.reading.amount[0] = 2**70
    worker.reading.magnitude = 2**71 + 1
    again = join_chunks(carried(split(worker)), worker.encoder, "firms")
    assert again.reading.amount[0] == 2**70
    assert again.reading.magnitude == 2**71 + 1
