"""The bare scan: the three columns that are needed, read and dropped. No tool can do with less."""

from __future__ import annotations

from pathlib import Path

COLUMNS = ["seller_id", "buyer_id", "amount"]


def run(transactions: Path, firms: Path) -> None:  # noqa: ARG001
    """Read batches by pyarrow and drop them."""
    import pyarrow.dataset as ds

    for _ in ds.dataset(transactions).to_batches(columns=COLUMNS):
        pass


def run_polars(transactions: Path, firms: Path) -> None:  # noqa: ARG001
    """Polars cannot drop what it reads, so it adds up; a maximum could come from the metadata."""
    import polars as pl

    pl.scan_parquet(transactions).select(pl.col(COLUMNS).sum()).collect(engine="streaming")


def run_duckdb(transactions: Path, firms: Path) -> None:  # noqa: ARG001
    """DuckDB likewise."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(
            "select sum(seller_id), sum(buyer_id), sum(amount) from read_parquet($path)",
            {"path": str(transactions)},
        ).fetchall()
