"""Seeded national economies: no real firm, but the shape of the real thing.

The data walks through the modules in this order: `firms` draws the firms, `links` who trades with
whom, `transactions` the transactions of each link, `firm_records` what is recorded about firms;
`delivered` writes it all as an office would receive it. Links are held in memory, transactions
never. The values depend on the arguments alone, never on batches.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa

from connhub.arguments import checked
from connhub.errors import Fault, OptionError, check_choice
from connhub.spreadsheets import write_csv
from connhub.storage import check_free, filling, write_parquet
from connhub.synthetic.delivered import deliver
from connhub.synthetic.earlier_years import EarlierYears, former_count
from connhub.synthetic.firm_records import financials_table, firm_ids, firm_table
from connhub.synthetic.firms import Population, populate
from connhub.synthetic.hidden_amounts import hide_amounts
from connhub.synthetic.links import connect
from connhub.synthetic.transactions import SELF_TRADE, TransactionStream, write_stream

__all__ = ["Ids", "synthesize"]

DESCRIPTION = "economy.json"

Ids = Literal["text", "int64"]
"""How ids are written."""
_MOST_YEARS = 10

_LINKS_PER_FIRM = 6.7
_MOST_FIRMS, _MOST_TRANSACTIONS = 10**7, 10**10  # beyond, the arithmetic would need a check


@checked
def synthesize(
    out: str | os.PathLike[str],
    *,
    firms: int = 3000,
    transactions: int = 20_000,
    seed: int = 1,
    year: int = 2025,
    delivered: bool = False,
    ids: Ids = "text",
    max_partners: int | None = None,
    known_share: float | None = None,
    years: int = 1,
) -> dict[str, Path]:
    """Write a synthetic economy: firms, transactions and financials.

    Firms have 6.7 customers and suppliers each on average (fewer where there are not so many
    transactions). The counts follow Zipf's law, large firms trade with small ones, near ones
    more than far ones; sales grow as customers to the power of 1.3. See
    ``docs/synthetic-economy.md`` for what was measured, beside what is published of Japan.

    Parameters
    ----------
    out : path
        Folder; ``firms.parquet``, ``transactions.parquet`` and ``financials.parquet`` are
        written there, in place of an earlier economy, and over no other file; ``economy.json``
        names them, with checksums.
    firms : int
        100 to 10 million; 3% of them are abroad.
    transactions : int
        1 to 10 billion, in yen; 1% are returns (negative), 0.3% of a firm with itself. Memory
        does not grow with them.
    seed : int
        The same arguments give the same values.
    year : int
        Of the transactions; financials cover it and the two years before.
    delivered : bool
        Write ``delivered/*.csv`` as well, as a prefecture would receive the tables: CP932,
        Japanese headers, 千円, ▲ for returns, and some faults: ids that are not in the firm
        table, firms without a prefecture, missing amounts.
    ids : {"text", "int64"}
        Type of the 13-digit corporate numbers, in all tables.
    max_partners : int, optional
        The most customers, and the most suppliers, that a firm reports, its largest; a link is
        in the table where either end reports it. TSR's cap is 24. By default all are.
    known_share : float, optional
        Write ``links.parquet`` and ``totals.parquet`` as well, for `estimate_amounts`: a row a
        link, with an amount for this share of them (0 to 1), and the sales and purchases that all
        links come to.
    years : int
        How many years; with more than one, ``years/*.parquet`` and ``years/firm_changes.csv`` are
        written as well: the earlier years end with `year`, and have firms that came, went and
        merged, and a table that saw less.

    Returns
    -------
    dict
        What was written: name to path.

    Raises
    ------
    OptionError, StorageError

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow.parquet as pq
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = synthesize(folder, firms=200, transactions=500, ids="int64")
    ...     sorted(paths)
    ...     pq.read_schema(paths["transactions"])
    ['financials', 'firms', 'transactions']
    seller_id: int64
    buyer_id: int64
    amount: int64
    year: int32
    """
    _check(firms, transactions, seed, ids, max_partners, known_share, years)
    folder = Path(out)
    tables = ["firms", "transactions", "financials"]
    if known_share is not None:
        tables += ["links", "totals"]
    check_free(folder, DESCRIPTION, [f"{name}.parquet" for name in tables])  # before the work
    # A first turn for every link, and self-trade, must fit into the transactions.
    n_links = min(round(_LINKS_PER_FIRM * firms), max(1, int((1 - SELF_TRADE) * transactions)))
    # Some pairs are drawn twice and count once, hence 3% more than are wanted.
    population = populate(firms, max(1.0, 1.03 * n_links / firms), seed)
    numbers = firm_ids(population)
    column = pa.array(numbers).cast(pa.string() if ids == "text" else pa.int64())
    links = connect(population, n_links, max_partners)
    stream = TransactionStream(
        links, numbers, transactions, seed=seed, year=year, text=ids == "text"
    )
    table = firm_table(population, column, links)
    paths = {name: folder / f"{name}.parquet" for name in tables}
    with filling(folder, DESCRIPTION) as draft:
        write_parquet(table, draft.path / "firms.parquet")
        write_stream(stream.tables(), draft.path / "transactions.parquet")
        financials = financials_table(population, column, year, stream.sold, stream.bought)
        write_parquet(financials, draft.path / "financials.parquet")
        if known_share is not None:
            hidden = hide_amounts(
                stream.tables(), column, known_share=known_share, seed=seed, year=year
            )
            for name, content in zip(("links", "totals"), hidden, strict=True):
                write_parquet(content, draft.path / f"{name}.parquet")
        if years > 1:
            paths |= _write_years(draft.path, folder, population, stream, table, year, years)
        if delivered:
            names = deliver(
                draft.path / "delivered",
                seed=seed,
                firms=table,
                financials=financials,
                transactions=stream.tables(1 << 17),
                count=transactions,
            )
            paths |= {f"delivered {name}": folder / "delivered" / f"{name}.csv" for name in names}
    return paths


def _write_years(
    draft: Path,
    folder: Path,
    population: Population,
    stream: TransactionStream,
    firms: pa.Table,
    year: int,
    count: int,
) -> dict[str, Path]:
    """All years of the transactions, the firms of all of them, and the firms whose ids changed."""
    kind = firms.schema.field("firm_id").type
    ids = pa.array(firm_ids(population, former_count(population.size))).cast(kind)
    earlier = EarlierYears(population, ids, year, count)
    (draft / "years").mkdir()
    every = (table for y in earlier.years for table in earlier.tables(y, stream.tables()))
    write_stream(every, draft / "years" / "transactions.parquet")
    write_parquet(earlier.firm_table(firms), draft / "years" / "firms.parquet")
    write_csv(earlier.firm_changes(), draft / "years" / "firm_changes.csv")
    names = ("transactions.parquet", "firms.parquet", "firm_changes.csv")
    return {f"years {Path(name).stem}": folder / "years" / name for name in names}


def _check(
    firms: int,
    transactions: int,
    seed: int,
    ids: str,
    max_partners: int | None,
    known_share: float | None,
    years: int,
) -> None:
    faults = [
        Fault("synthetic.out_of_range", name=name, value=value, least=low, largest=high)
        for name, value, low, high in (
            ("firms", firms, 100, _MOST_FIRMS),
            ("transactions", transactions, 1, _MOST_TRANSACTIONS),
            ("seed", seed, 0, 2**63 - 1),
            ("years", years, 1, _MOST_YEARS),
            ("known_share", 0 if known_share is None else known_share, 0, 1),
            ("max_partners", 1 if max_partners is None else max_partners, 1, _MOST_FIRMS),
        )
        if not low <= value <= high
    ]
    if faults:
        raise OptionError(*faults)
    check_choice("ids", ids, get_args(Ids))
