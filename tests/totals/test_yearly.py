"""Each year of a table in one pass, against the totals of each year alone."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.intake.transactions import Transactions
from connhub.options import Policies, ReadOptions, RunOptions
from connhub.totals.threads import THREADS
from connhub.totals.yearly import add_up_by_year, fits
from tests.builders import firm_table
from tests.totals.builders import GRAINS, economy, same

YEARS = (2022, 2023, 2024)


def dated(seed, rows=150, none=0.1):
    """Deals of three years; a few rows name none, or one that is not asked for."""
    deals, firms = economy(rows, 10, seed)
    rng = np.random.default_rng(seed)
    years = rng.choice([2021, *YEARS], rows)
    return deals.append_column("year", [pa.array(years, mask=rng.random(rows) < none)]), firms


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("batch_rows", [1, 7, 1000])
@pytest.mark.parametrize("in_order", [False, True], ids=["mixed", "by year"])
@pytest.mark.parametrize("grain", GRAINS)
def test_a_year_is_that_of_the_table_opened_with_it_alone(grain, in_order, batch_rows, threads):
    deals, firms = dated(3)
    deals = deals.sort_by("year") if in_order else deals
    policies = {"unknown_firm": "outside"}
    table = Transactions(deals, firms, Policies(**policies), ReadOptions(), year=YEARS)
    run = RunOptions(batch_rows=batch_rows, threads=threads, progress=False)
    found = add_up_by_year(table, YEARS, grain, run)
    assert list(found) == list(YEARS)
    for year, totals in found.items():
        alone = connhub.total(deals, firms, year=year, grain=grain, **policies)
        assert same(totals, alone)
        assert totals.to_ledger().to_dict() == alone.to_ledger().to_dict()


def test_a_year_without_rows_has_totals_of_nothing():
    firms = connhub.read_firms(firm_table(a="13", b="27"))
    deals = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [5], "year": [2023]})
    table = Transactions(deals, firms, Policies(), ReadOptions(), year=(2023, 2024))
    found = add_up_by_year(table, (2023, 2024))
    assert found[2023].flows[12, 26].tolist() == [5, 1]
    assert not found[2024].flows.any()


@pytest.mark.parametrize(
    ("grain", "threads", "need"),
    [
        # 400 bytes a firm and year in the result; eight sums a firm, year and two threads, and one
        # more
        ("firms", 2, 400 * 12 * 3 + 64 * 13 * 3),
        ("firms", 3, 400 * 12 * 3 + 64 * 13 * 3 * 2),
        ("firms_by_region", 2, 400 * 12 * 3 + 72 * 50 * 2),  # two cells a row at most
        ("pairs", 2, 400 * 12 * 3 + 72 * 50),
        ("firms", None, 400 * 12 * 3 + 64 * 13 * 3 * ((THREADS + 1) // 2)),
    ],
)
def test_years_fit_where_their_sums_are_smaller_than_what_is_free(
    monkeypatch, grain, threads, need
):
    deals, firms = economy(50, 12, 1)
    table = SimpleNamespace(encoder=SimpleNamespace(firms=firms), size=deals.num_rows)
    unknown = SimpleNamespace(encoder=table.encoder, size=None)  # nothing is known of the cells
    for free, whether in ((need, False), (need + 1, True)):
        monkeypatch.setattr("connhub.totals.yearly.available", lambda free=free: free)
        assert fits(table, 3, grain, RunOptions(threads=threads)) == whether
        monkeypatch.setattr(
            "connhub.totals.yearly.available", lambda free=free: free - need + 400 * 12 * 3
        )
        assert fits(unknown, 3, "pairs", RunOptions(threads=threads)) == whether
