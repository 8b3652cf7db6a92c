"""The whole walk in one call: raw tables to degrees, linkages and regional sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Literal

from connhub.errors import Fault, OptionError, listed
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.ledger import Ledger, Policies
from connhub.measures.degrees import degrees
from connhub.measures.linkages import linkages
from connhub.measures.region_sums import region_summary
from connhub.measures.trade import trade
from connhub.memory import limited
from connhub.prepared.reader import PreparedTable, is_prepared
from connhub.results import Analysis
from connhub.totals.sparse_sums import GRAINS, Grain
from connhub.totals.threads import compiling, run, total
from connhub.totals.totals import Totals

__all__ = ["analyze", "check"]


def check(transactions: Any, firms: Any, **options: Any) -> Ledger:
    """Validate both tables and return the ledger, without computing degrees.

    Parameters
    ----------
    transactions, firms
        As in `analyze`.
    **options
        Those of `analyze` that say how to read: region, columns, unit, year, policies, ...

    Returns
    -------
    Ledger

    Raises
    ------
    InputError
        All faults of a table at once.
    ColumnError, OptionError, LimitError, MissingExtraError

    Examples
    --------
    >>> import pyarrow as pa
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["x"], "amount": [30]})
    >>> check(trade, firms).entry("unknown_firm")
    (1, 30)
    """
    shared = {k: options[k] for k in ("columns", "encoding") if k in options}
    own = {k: options.pop(k) for k in ("region", "fold_ids") if k in options}
    read, add_up = _engine(options.pop("engine", "local"))
    return add_up(transactions, read(firms, **own, **shared), **options).report()


def _engine(name: str) -> tuple[Callable[..., FirmTable], Callable[..., Totals]]:
    """What reads a firm table, and what adds transactions up."""
    _check_choice("engine", name, ("local", "spark"))
    if name == "spark":
        from connhub.totals import spark

        return spark.read_firms, spark.total
    return read_firms, total


@limited()
def analyze(
    transactions: Any,
    firms: Any = None,
    *,
    region: str | Mapping[str, str] = "prefecture",
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    resolution: Any = 1,
    year: int | Sequence[int] | None = None,
    encoding: str | None = None,
    fold_ids: bool = False,
    manifest: Any = None,
    region_totals: Any = None,
    missing_amount: Literal["error", "exclude"] = "error",
    self_trade: Literal["exclude", "include"] = "exclude",
    intragroup: Literal["include", "exclude"] = "include",
    unknown_firm: Literal["exclude", "outside", "error"] = "exclude",
    unknown_region: Literal["exclude", "outside", "error"] = "exclude",
    negative: Literal["net", "error", "drop"] = "net",
    grain: Grain = "firms",
    engine: Literal["local", "spark"] = "local",
    threads: int | None = None,
    batch_rows: int | None = None,
    progress: bool | None = None,
) -> Analysis:
    """Compute connector and hub degrees, linkages and regional sums from raw tables.

    Parameters
    ----------
    transactions : path, glob, folder, list of paths, or table
        One row a transaction: seller, buyer, amount, and perhaps a year and the parties' regions.
        CSV (UTF-8, CP932, gzipped), Parquet, or any table with ``__arrow_c_stream__``; or a
        directory that `prepare` wrote, without `firms`.
    firms : path, list of paths, or table
        One row a firm: id, prefecture or municipality, and perhaps name, country, industry,
        corporate group. Also ``.xlsx``.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is. A mapping sends prefecture or municipality codes to the user's own
        regions; the longest match wins, what is not listed keeps its prefecture.
    columns : mapping, optional
        ``{role: column}`` where a header is not recognised.
    unit : str, optional
        円, 千円, 百万円, ...; read from the header by default. Any other unit has factor 1.
    resolution : int or decimal
        Smallest amount told apart, in base units.
    year : int or sequence of int, optional
        Years to count; by default all are added up.
    encoding : {"utf-8", "cp932", "euc_jp"}, optional
        Of CSV files; detected strictly by default.
    fold_ids : bool
        Fold ids by NFKC, so that full-width digits equal plain ones.
    manifest : path or mapping, optional
        ``{"file name": {"rows": ..., "amount": ..., "sha256": ...}}`` that the files must match.
    region_totals : table, optional
        Official sums by region to divide by; see `degrees`.
    missing_amount, self_trade, intragroup, unknown_firm, unknown_region, negative
        See `Policies`; each is counted in the ledger.
    grain : {"firms", "firms_by_region", "pairs"}
        How fine the sums are kept. ``"firms"`` takes 64 bytes a firm and thread;
        ``"firms_by_region"`` and ``"pairs"`` 36 to 72 bytes for each firm and region, or pair of
        firms, that trade, then 24, and give `Analysis.trade` and more columns of the linkages.
    engine : {"local", "spark"}
        ``"spark"`` adds up on a Spark cluster: the tables may then also be Spark DataFrames, and
        paths are what its workers read. It needs the extra ``spark`` and Java 17.
    threads, batch_rows : int, optional
        See `total`; the result does not depend on them.
    progress : bool, optional
        Show a progress bar; by default in a terminal or a notebook.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError
        All faults of a table at once, with file, column, rows and values.
    ColumnError, OptionError, LimitError, MissingExtraError

    References
    ----------
    総務省, 地域未来戦略について, 2026-05-12. No official guidance says how the degrees are to be
    computed in practice.

    Examples
    --------
    >>> import pyarrow as pa
    >>> firms = pa.table({"法人番号": ["a", "b", "c"], "都道府県コード": ["13", "13", "27"]})
    >>> trade = pa.table({"販売元": ["a", "b", "a"], "販売先": ["c", "c", "b"],
    ...                   "取引金額(千円)": [30, 10, 5]})
    >>> result = analyze(trade, firms)
    >>> result.degrees.top(1)[["firm_id", "out_of_region_sales", "connector_degree"]]
      firm_id  out_of_region_sales  connector_degree
    0       a                30000              0.75
    >>> result.ledger.entry("read"), result.ledger.residual_amount
    ((3, 45000), 0)
    """
    rules = Policies(missing_amount, self_trade, intragroup, unknown_firm, unknown_region, negative)
    running: dict[str, Any] = {
        "grain": grain,
        "threads": threads,
        "batch_rows": batch_rows,
        "progress": progress,
    }
    reading: dict[str, Any] = {
        "columns": columns,
        "unit": unit,
        "resolution": resolution,
        "encoding": encoding,
        "manifest": manifest,
    }
    _check_choice("grain", grain, GRAINS)
    read, add_up = _engine(engine)
    options: dict[str, Any]
    prepared = is_prepared(transactions)
    if prepared != (firms is None):
        fix = "give firms= with raw tables; leave it out with a directory that prepare wrote whole"
        what = "firms= is given with a prepared table" if prepared else "firms= is missing"
        raise OptionError(Fault(what, fix=fix))
    if firms is None:
        _refuse_settled({**reading, "fold_ids": fold_ids})
        if engine != "local":
            fix = "leave engine= out, or give the raw tables"
            raise OptionError(Fault("prepared tables are added up on this machine", fix=fix))
        work = PreparedTable(transactions, region=region, year=year, policies=rules)
        table, options = work.coder.firms, work.options
        totals = run(work, **running)
    else:
        with nullcontext() if engine == "spark" else compiling():
            table = read(
                firms, region=region, columns=columns, encoding=encoding, fold_ids=fold_ids
            )
        totals = add_up(transactions, table, year=year, **reading, **running, **vars(rules))
        table = table.without_lookup()
        options = {
            "columns": dict(columns or {}),
            "unit": totals.money.unit,
            "resolution": str(resolution),
            "encoding": encoding,
            "fold_ids": fold_ids,
        }
    options |= {
        "region": region if isinstance(region, str) else dict(region),
        "year": list(totals.chosen_years) or None,
        "official_region_totals": region_totals is not None,
        **vars(rules),
        "grain": grain,
        "engine": engine,
    }
    links = linkages(totals, table)
    regions = region_summary(totals, table, region_totals=region_totals)
    return Analysis(
        degrees(totals, table, region_totals=region_totals),
        links,
        regions,
        totals.report(),
        options,
        None if totals.cells is None else trade(totals, table),
    )


def _check_choice(name: str, value: str, offered: Sequence[str]) -> None:
    if value not in offered:
        raise OptionError(
            Fault(f"{name}={value!r} is not offered", fix=f"one of {listed(offered)}")
        )


def _refuse_settled(options: Mapping[str, Any]) -> None:
    """Refuse options that were settled when a table was prepared."""
    if given := [n for n, v in options.items() if v not in (None, False, {}) and str(v) != "1"]:
        fix = "leave them out, or prepare the table again with them; raw tables need firms="
        what = f"options that are settled when a table is prepared: {listed(given)}"
        raise OptionError(Fault(what, fix=fix))
