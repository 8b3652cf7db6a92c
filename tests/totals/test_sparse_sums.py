"""Sums of the finer grains: what is summed by hand, sorted, and refused before memory runs out."""

from collections import defaultdict

import numpy as np
import pytest

import connhub
from connhub.errors import LimitError
from connhub.totals import sparse_sums
from connhub.totals.sparse_sums import Nodes, SumTable, _Shard
from tests.totals.builders import GRAINS, ROWS, economy, same, totals


def test_cells_are_sorted_and_unique(large):
    *_, found = large
    for grain in GRAINS[1:]:
        assert (np.diff(found[grain].cells.key) > 0).all()
        assert len(found[grain].cells) > ROWS // 4


@pytest.mark.parametrize("seed", range(30))
def test_small_tables_by_hand(seed):
    deals, firms = economy(200, 12, seed)
    region = dict(enumerate(firms.region_of[:-1]))
    codes = {c: i for i, c in enumerate(firms.regions.all_codes)}
    index = {f: i for i, f in enumerate(firms.table["firm_id"].to_pylist())}
    unknown, overseas, n = codes["unknown"], codes["overseas"], len(firms)
    pairs, by_region = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])

    def node(firm, given):
        if firm in index:
            return index[firm], region[index[firm]]
        place = unknown if given is None else codes[given]
        return n + place, place

    for row in deals.to_pylist():
        s, p = node(row["seller_id"], row["seller_region"])
        b, q = node(row["buyer_id"], row["buyer_region"])
        if (p == unknown and q == unknown) or (p == overseas and q == overseas):
            continue
        keys = (pairs, (s, b)), (by_region, (s, 0, q)), (by_region, (b, 1, p))
        for where, key in keys:
            where[key][0] += row["amount"]
            where[key][1] += 1
    for grain, wanted in (("pairs", pairs), ("firms_by_region", by_region)):
        found = totals(deals, firms, grain)
        parts = [c.tolist() for c in found.cells.split(found.nodes(firms))]
        sums = zip(found.cells.amount.tolist(), found.cells.counts.tolist(), strict=True)
        got = dict(zip(zip(*parts, strict=True), map(list, sums), strict=True))
        assert got == dict(wanted)


def test_too_many_cells_are_refused_before_memory_runs_out(monkeypatch):
    deals, firms = economy(200_000, 5_000, 4)
    monkeypatch.setattr("connhub.memory._room", lambda: (100_000, 0))
    with pytest.raises(LimitError, match=r"MiB are needed, 0 MiB are free") as error:
        connhub.total(deals, firms, grain="pairs")
    assert "coarser grain=" in str(error.value)
    with pytest.raises(LimitError, match="sums of 5,000 firms"):
        connhub.total(deals, firms)


def test_memory_is_what_the_documentation_says(monkeypatch):
    assert 24 * sparse_sums.WAITING < 202e6  # rows that wait where cells are few
    monkeypatch.setattr("connhub.totals.sparse_sums.WAITING", 1 << 18)
    firms = economy(10, 10, 1)[1]
    table = SumTable("pairs", Nodes.of(firms.region_of, firms.regions.size + 2))
    rng = np.random.default_rng(1)
    for _ in range(40):  # the same cells again and again
        parties = rng.integers(0, 10, (2, 10_000))
        table.add(parties, parties[0], np.zeros((2, 10_000), dtype=np.int64))
    assert sum(shard.cells.nbytes for shard in table._shards) == 24 * 100
    many = Nodes(np.zeros(2_000_000, dtype=np.int64), 1_999_999)
    table = SumTable("pairs", many)
    for _ in range(30):
        parties = rng.integers(0, 1_999_999, (2, 100_000))
        table.add(parties, parties[0], np.zeros((2, 100_000), dtype=np.int64))
        for shard in table._shards:
            assert shard.rows < shard.most
            assert shard.order.base is None  # how rows were sorted is not kept
            assert not shard.order.size
            assert shard.waiting.nbytes <= max(shard.cells.nbytes, 24 * shard.fewest)
    cells = len(table.finish())
    assert 2_900_000 < cells <= 3_000_000


@pytest.mark.parametrize("bits", [0, 1, 11, 34, 57, 59])
@pytest.mark.parametrize("fewest", [0, 7, 1000])
def test_a_shard_adds_up_as_a_dictionary_does(bits, fewest):
    """Also where keys leave few bits for the position of a row."""
    rng = np.random.default_rng([bits, fewest])
    low = 3 << bits
    shard = _Shard(low, bits, fewest)
    wanted = defaultdict(lambda: [0, 0])
    for size in (0, 1, 40, 3, 900, 0, 20):
        rows = np.stack([low + rng.integers(0, 1 << bits, size), *rng.integers(-9, 9, (2, size))])
        rows[0, ::3] = low + (1 << bits) - 1  # some are the same
        shard.add(rows.T)
        for key, amount, count in rows.T.tolist():
            wanted[key][0] += amount
            wanted[key][1] += count
    cells = np.empty((3, shard.size()), dtype=np.int64)
    assert shard.write(list(cells)) == len(wanted)
    assert cells.T.tolist() == [[key, *wanted[key]] for key in sorted(wanted)]


def test_memory_is_asked_for_before_it_is_taken(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "connhub.totals.sparse_sums.require", lambda size, what, _: asked.append((size, what))
    )
    monkeypatch.setattr("connhub.totals.sparse_sums.WAITING", 8 * 40)  # shards
    nodes = Nodes(np.zeros(64 * 100, dtype=np.int64), 6399)
    table = SumTable("pairs", nodes)
    seller = np.repeat([0, 6390], [30, 5])  # 30 cells of the first shard, 5 of the last
    parties = np.stack([seller, np.arange(35)])
    for _ in range(2):
        table.add(parties, parties[1], np.zeros((2, 35), dtype=np.int64))
    assert [size for size, _ in asked] == [24 * 2 * 35, 24 * (2 * 35 + 3 * 30)]
    assert [what.values["cells"] for _, what in asked] == [0, 35]
    asked.clear()
    assert len(table.finish()) == 35
    ((size, what),) = asked
    assert size == 24 * 35
    assert (what.values["cells"], what.values["grain"]) == (35, "pairs")


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_tables_that_grow_lose_nothing(monkeypatch, grain):
    deals, firms = economy(400, 30, 3)
    wanted = totals(deals, firms, grain)
    monkeypatch.setattr(sparse_sums, "WAITING", 4 * 32)
    assert same(totals(deals, firms, grain), wanted)
    cells = wanted.cells
    assert (cells.counts.sum(), cells.amount.sum()) == (
        wanted.flows[:, :, 1].sum() * (1 if grain == "pairs" else 2),
        wanted.flows[:, :, 0].sum() * (1 if grain == "pairs" else 2),
    )
