"""A large economy for sums at every grain."""

import numpy as np
import pyarrow as pa

import connhub
from connhub.intake.account import Account
from connhub.intake.transactions import Transactions
from connhub.jit import _is_plain
from connhub.options import Policies, ReadOptions
from connhub.totals.accumulator import Accumulator, Tables
from connhub.totals.sparse_sums import SumTable
from connhub.totals.totals import Totals

GRAINS = ("firms", "firms_by_region", "pairs")
ROWS, FIRMS = (1_000, 160) if _is_plain() else (400_000, 16_000)
"""Few enough for plain Python where the compiler is off."""


def economy(rows: int, firms: int, seed: int):
    """Deals with unlisted parties (placed and not), firms abroad and without a region, returns."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"{i + 10**12}" for i in range(firms + max(2, firms // 50))])
    codes = np.array(["01", "13", "15", "27", "47"])
    place = codes[rng.integers(0, 5, firms)].astype(object)
    place[rng.random(firms) < 0.02] = None
    country = np.where(rng.random(firms) < 0.03, "US", None)
    table = pa.table(
        {
            "firm_id": ids[:firms],
            "prefecture_code": pa.array(place, pa.string()),
            "country_code": pa.array(country, pa.string()),
        }
    )
    seller = (rng.random(rows) ** 3 * len(ids)).astype(int)
    buyer = (rng.random(rows) ** 2 * len(ids)).astype(int)
    amount = rng.integers(-1000, 10**9, rows)
    given = [codes[rng.integers(0, 5, rows)].astype(object) for _ in range(2)]
    for column in given:
        column[rng.random(rows) < 0.5] = None
    deals = pa.table(
        {
            "seller_id": ids[seller],
            "buyer_id": ids[buyer],
            "amount": amount,
            "seller_region": pa.array(given[0], pa.string()),
            "buyer_region": pa.array(given[1], pa.string()),
        }
    )
    return deals, connhub.read_firms(table)


def totals(deals, firms, grain, **options):
    outside = {"unknown_firm": "outside", "unknown_region": "outside", "self_trade": "include"}
    return connhub.total(deals, firms, grain=grain, **(outside | options))


def same(a: connhub.Totals, b: connhub.Totals) -> bool:
    arrays = ["firms", "flows", "ledger", "excluded", "years"]
    if a.grain != b.grain or not all(np.array_equal(getattr(a, n), getattr(b, n)) for n in arrays):
        return False
    if a.cells is None or b.cells is None:
        return a.cells is b.cells
    return all(np.array_equal(getattr(a.cells, n), getattr(b.cells, n)) for n in
               ("key", "amount", "counts"))  # fmt: skip


def opened(deals, firms, *, policies=None, **options):
    """A table opened for adding up."""
    read = ReadOptions(**options)
    return Transactions(deals, firms, policies or Policies(), read)


def accumulated(deals, firms, grain="firms", *, policies=None, parts=slice(None), **options):
    """What one thread adds up of some parts of a table, in batches of 50 rows."""
    table = opened(deals, firms, policies=policies, **options)
    tables = Tables(table.encoder.firms, table.encoder.policies, grain)
    cells = None if grain == "firms" else SumTable(grain, tables.nodes)
    accumulator = Accumulator(table.encoder, tables, cells)
    for part in list(table.parts(50, 2))[parts]:
        accumulator.add(part)
    return accumulator


def result_of(accumulator):
    """Totals of all that was added up, without files and notes."""
    return Totals.of(accumulator, Account())
