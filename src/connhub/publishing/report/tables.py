"""The tables of a report: cells written for people, numbers to the right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from connhub.measures.linkages import rank_linkages
from connhub.publishing.report.candidates import raised_most
from connhub.publishing.scope import Scope
from connhub.schema import label
from connhub.selection.indicators import indicator_label
from connhub.selection.not_ranked import DEGREE_RANKS
from connhub.selection.reasons import why_not_ranked
from connhub.text.catalogue import Texts
from connhub.text.names import plain, shortened
from connhub.text.numbers import (
    NOTHING,
    decimal_text,
    money_decimals,
    money_scale,
    money_unit,
    split_unit,
)

__all__ = [
    "Column",
    "Table",
    "absentees",
    "candidates",
    "exact_money_column",
    "item_table",
    "largest_linkages",
    "number_column",
    "points_column",
    "regional_sums",
    "text_column",
    "top_degrees",
]

MAX_NAME = 60
"""Columns of a firm's name in a table; the id beside it is whole."""
_MAX_REGIONS = 60
_SUMS = (
    "in_region_transactions",
    "out_of_region_sales",
    "out_of_region_purchases",
    "overseas_sales",
)


@dataclass(frozen=True)
class Column:
    """One column: its header, its cells, and how they are set."""

    header: str
    cells: tuple[str, ...]
    kind: Literal["text", "name", "word", "number", "code", "sentence"] = "text"


@dataclass(frozen=True)
class Table:
    """A table with a caption.

    Parameters
    ----------
    caption : str
    columns : tuple of Column
    note : str
        Below the table.
    marked_row : int or None
    """

    caption: str
    columns: tuple[Column, ...]
    note: str = ""
    marked_row: int | None = None

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells, row by row."""
        return list(zip(*(c.cells for c in self.columns), strict=True))

    @property
    def named(self) -> bool:
        """Whether every row has a name, so that there is no need of its code."""
        names = [c.cells for c in self.columns if c.kind == "name"]
        return bool(names) and all(cell != NOTHING for cell in names[0])


def text_column(
    header: str, values: Iterable[Any], kind: Literal["text", "name", "word", "code"] = "text"
) -> Column:
    """A column of the user's texts, cut where they are very long."""
    return Column(header, tuple(shortened(v, MAX_NAME) or NOTHING for v in values), kind)


def number_column(
    header: str, values: Iterable[Any], write: Callable[[Any], str] = "{:,}".format
) -> Column:
    """A column of numbers; a dash where there is none."""
    cells = tuple(NOTHING if pd.isna(v) else write(v) for v in values)
    return Column(header, cells, "number")


def money_column(
    scope: Scope, header: str, values: Iterable[Any], *, among: Iterable[Any] | None = None
) -> Column:
    """A column of money in one unit that suits most of its cells, or most of `among`.

    Beside the sums of the scope: small money is in their unit too.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from functools import partial
    >>> from connhub.text.numbers import one_unit
    >>> of_page = partial(one_unit, 2_000_000_000, "円")
    >>> scope = SimpleNamespace(lang="en", unit="円", one_unit=of_page)
    >>> money_column(scope, "Sales", [12_000_000_000, 300_000_000, 4_000_000])
    Column(header='Sales (billion yen)', cells=('12.000', '0.300', '0.004'), kind='number')
    >>> scope = SimpleNamespace(lang="en", unit="0.01 EUR", one_unit=of_page)
    >>> money_column(scope, "Sales", [1_200_000, 30])
    Column(header='Sales (EUR)', cells=('12,000.00', '0.30'), kind='number')
    """
    values = list(values)
    sizes = [abs(v) for v in (values if among is None else among) if not pd.isna(v) and v]
    typical = float(np.median(sizes)) if sizes else 0.0
    with scope.one_unit():
        by, unit = money_scale(typical, scope.unit, scope.lang)
    header = Texts("report", scope.lang)("in_unit", column=header, unit=unit)
    if by == split_unit(scope.unit)[0]:
        return number_column(header, values, lambda v: decimal_text(v, scope.unit))
    digits = money_decimals(typical / by)

    def write(amount: float) -> str:
        shown = f"{amount / by:,.{digits}f}"  # what would be lost has decimals of its own
        lost = amount and float(shown.replace(",", "")) == 0
        return f"{amount / by:,.{money_decimals(abs(amount / by))}f}" if lost else shown

    return number_column(header, values, write)


def points_column(header: str, values: pd.Series) -> Column:
    """A column of changes of shares, in percentage points.

    Examples
    --------
    >>> points_column("Change", pd.Series([0.0123, -0.00001]))
    Column(header='Change', cells=('+1.23', '0.00'), kind='number')
    """
    return number_column(header, 100 * values, lambda v: f"{v:+.2f}" if abs(v) >= 0.005 else "0.00")


def exact_money_column(scope: Scope, header: str, values: Iterable[Any]) -> Column:
    """A column of money in base units, with every digit."""
    unit = money_unit(scope.unit, scope.lang)
    header = Texts("report", scope.lang)("in_unit", column=header, unit=unit)
    return number_column(header, values, lambda v: decimal_text(v, scope.unit))


def share_column(header: str, values: Iterable[Any]) -> Column:
    """A column of percentages with as many decimals as suit most of its cells.

    Examples
    --------
    >>> share_column("Degree", [0.42, 0.031, 0.00086, float("nan")])
    Column(header='Degree', cells=('42.00%', '3.10%', '0.09%', '—'), kind='number')
    """
    values = list(values)
    digits = _decimals(values)
    return number_column(header, values, lambda v: f"{100 * v:.{digits}f}%")


def _decimals(shares: Iterable[Any]) -> int:
    sizes = [abs(100 * v) for v in shares if not pd.isna(v) and v]
    typical = float(np.median(sizes)) if sizes else 10.0
    return 1 if typical >= 10 else 2 if typical >= 0.1 else 4


def _degree_columns(
    scope: Scope, frame: pd.DataFrame, degrees: Sequence[str], bounded: Sequence[str]
) -> tuple[list[Column], str]:
    """Degrees; where amounts are estimated also intervals of some, the estimated share, a note."""
    texts, columns, note = Texts("report", scope.lang), [], ""
    for name in degrees:
        title = label("degrees", name, scope.lang)
        columns.append(share_column(title, frame[name]))
        if name in bounded and f"{name}_low" in frame:
            digits = _decimals(frame[name])
            ends = zip(frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
            cells = (
                NOTHING
                if pd.isna(low)
                else texts(
                    "from_to", low=f"{100 * low:.{digits}f}", high=f"{100 * high:.{digits}f}"
                )
                for low, high in ends
            )
            header = texts("interval_90", measure=title)
            columns.append(Column(header, tuple(cells), "number"))
            note = texts("degrees_modelled")
    if "share_estimated" in frame:
        title = label("degrees", "share_estimated", scope.lang)
        columns.append(share_column(title, frame["share_estimated"]))
        note = note or texts("amounts_modelled")
    return columns, note


def top_degrees(scope: Scope, by: str, *, n: int = 15) -> Table:
    """The firms with the highest degrees of one kind."""

    def header(name: str) -> str:
        return label("degrees", name, scope.lang)

    top = scope.degrees.top(n, by)
    if by == "connector_degree":
        caption, other = "top_connector_degree", "hub_degree"
        amount, ratio = "out_of_region_sales", "out_of_region_sales_ratio"
    else:
        caption, other = "top_hub_degree", "connector_degree"
        amount, ratio = "in_region_purchases", "in_region_purchase_ratio"
    columns = [number_column(header("rank"), top["rank"]), *_firm_columns(scope, top)]
    both = [  # the two tables have one unit
        *scope.degrees.top(n, "connector_degree")["out_of_region_sales"],
        *scope.degrees.top(n, "hub_degree")["in_region_purchases"],
    ]
    columns.append(money_column(scope, header(amount), top[amount], among=both))
    degrees, note = _degree_columns(scope, top, (by, other), (by,))
    columns += [*degrees, share_column(header(ratio), top[ratio])]
    return Table(Texts("report", scope.lang)(caption), tuple(columns), note)


def _firm_columns(scope: Scope, frame: pd.DataFrame) -> list[Column]:
    """Name and id, and the region where there are several."""
    names = ("region_name", "name", "firm_id")
    region, name, firm_id = (label("degrees", n, scope.lang) for n in names)
    columns = [
        text_column(name, frame["name"], "name"),
        text_column(firm_id, frame["firm_id"].astype("str"), "code"),
    ]
    if not scope.region:
        columns.insert(0, text_column(region, scope.labels(frame["region"])))
    return columns


def candidates(scope: Scope, *, max_rows: int = 60) -> Table:
    """The selected firms of a region; of all regions, the first of each list.

    Parameters
    ----------
    scope : Scope
    max_rows : int
    """
    texts, selection = Texts("report", scope.lang), scope.selection
    if selection is None:
        return Table(texts("section_candidates"), ())
    selected = selection.selected
    rows = selected if scope.region else selected.drop_duplicates(["region", "field"])
    shown = rows.head(max_rows).reset_index(drop=True)
    columns, note = _score_columns(scope, shown)
    raised_by = (
        indicator_label(n, scope.lang) if isinstance(n, str) else ""
        for n in raised_most(selection, shown)
    )
    columns.append(text_column(texts("raised_by"), raised_by))
    if scope.stability is not None:
        shares = scope.stability.set_index(["field", "firm_id"])["share"]
        keys = shown[["field", "firm_id"]].itertuples(index=False, name=None)
        header = label("selection", "share", scope.lang)
        columns.append(share_column(header, [float(shares.loc[[k]].iloc[0]) for k in keys]))
    caption = texts("section_candidates" if scope.region else "first_of_regions")
    notes = [] if scope.region else [texts("all_candidates", candidates=len(selected))]
    if len(rows) > max_rows:
        notes.append(texts("rows_shown", shown=max_rows, rows=len(rows)))
    if note:
        notes.append(note)
    return Table(caption, tuple(columns), ("" if scope.lang == "ja" else " ").join(notes))


def absentees(scope: Scope, *, max_rows: int = 20) -> Table | None:
    """The firms that are high by a degree and have no rank, and why; None where there are none.

    Parameters
    ----------
    scope : Scope
    max_rows : int
    """
    selection = scope.selection
    absent = pd.DataFrame() if selection is None else selection.absentees()
    if not len(absent):
        return None
    texts, shown = Texts("report", scope.lang), absent.head(max_rows)

    def header(name: str) -> str:
        return label("not_ranked", name, scope.lang)

    columns = _firm_columns(scope, shown)
    for degree, rank in DEGREE_RANKS.items():
        columns.append(share_column(header(degree), shown[degree]))
        columns.append(number_column(header(rank), shown[rank]))
    reasons = [
        why_not_ranked(reason, indicator, cause, scope.lang)
        for reason, indicator, cause in zip(
            shown["reason"], shown["indicator"], shown["cause"], strict=True
        )
    ]
    columns.append(Column(header("reason"), tuple(reasons)))  # whole, not cut
    more = len(absent) > max_rows
    note = texts("rows_shown", shown=max_rows, rows=len(absent)) if more else ""
    return Table(texts("absentees"), tuple(columns), note)


def _score_columns(scope: Scope, frame: pd.DataFrame) -> tuple[list[Column], str]:
    """Field, rank, firm, score and both degrees; a note where these are modelled."""
    columns = []
    if frame["field"].notna().any():
        columns.append(text_column(label("selection", "field", scope.lang), frame["field"]))
    columns.append(number_column(label("selection", "rank", scope.lang), frame["rank"]))
    columns += _firm_columns(scope, frame)
    score = label("selection", "score", scope.lang)
    columns.append(number_column(score, frame["score"], "{:.1f}".format))
    degrees = scope.degrees.frame
    degrees = degrees[degrees["firm_id"].isin(frame["firm_id"])].set_index("firm_id")
    both = ("connector_degree", "hub_degree")  # their intervals, in the workbook, do not fit
    of_degrees, note = _degree_columns(scope, degrees.reindex(frame["firm_id"]), both, ())
    return columns + of_degrees, note


def largest_linkages(scope: Scope, side: Literal["sales", "purchases"], *, n: int = 10) -> Table:
    """The largest linkages of a region on one side; of all regions, the largest of all."""

    def header(name: str) -> str:
        return label("linkages", name, scope.lang)

    texts, links = Texts("report", scope.lang), scope.result.linkages
    if scope.region:
        top = rank_linkages(links, "amount", side=side, of_region=scope.region).head(n)
        ends = ["buyer_region" if side == "sales" else "seller_region"]
        caption = texts("where_it_sells" if side == "sales" else "where_it_buys", place=scope.name)
    else:
        top = rank_linkages(links, "amount").head(n)
        ends = ["seller_region", "buyer_region"]
        caption = texts("largest_linkages")
    part = f"share_of_out_of_region_{side}"
    columns = [
        number_column(header("rank"), top["rank"]),
        *(text_column(texts(end), scope.labels(top[end])) for end in ends),
        money_column(scope, header("amount"), top["amount"]),
        share_column(header(part), top[part]),
        number_column(header("intensity"), top["intensity"], "{:.2f}".format),
    ]
    of_finer_grains = [c for c in ("sellers", "buyers") if c in top.columns]
    counts = ["n_transactions", *of_finer_grains]
    columns += [number_column(header(c), top[c]) for c in counts]
    return Table(caption, tuple(columns))


def regional_sums(scope: Scope) -> Table:
    """The sums of every region, that of the report marked."""

    def header(name: str) -> str:
        if scope.of_firm_totals and name == "in_region_transactions":
            return label("degrees", "in_region_purchases", scope.lang)
        return label("regions", name, scope.lang)

    texts, frame, note = Texts("report", scope.lang), scope.result.regions.frame, ""
    if scope.of_firm_totals:  # the others were not asked
        frame = frame[frame["firms"] > 0].reset_index(drop=True)
    idle = (frame["firms"] == 0) & frame[list(_SUMS)].fillna(0).eq(0).all(axis=1)
    idle &= frame["region"] != scope.region
    if idle.any():
        note = texts("regions_idle", regions=int(idle.sum()))
        frame = frame[~idle].reset_index(drop=True)
    if len(frame) > _MAX_REGIONS:
        largest = frame.nlargest(_MAX_REGIONS, "in_region_transactions").index
        shown = frame.index.isin(largest) | (frame["region"] == scope.region)
        note = texts("regions_shown", shown=_MAX_REGIONS, regions=len(frame))
        frame = frame[shown].reset_index(drop=True)
    columns = [
        text_column(header("region_name"), scope.labels(frame["region"])),
        number_column(header("firms"), frame["firms"]),
    ]
    # columns that are read against each other have one unit
    every = frame[list(_SUMS)].to_numpy().ravel()
    columns += [money_column(scope, header(m), frame[m], among=every) for m in _SUMS]
    balance = frame["out_of_region_sales"] - frame["out_of_region_purchases"]
    columns.append(money_column(scope, texts("balance"), balance, among=every))
    for name in ("sales_coverage", "purchases_coverage"):
        if frame[name].notna().any():
            columns.append(share_column(header(name), frame[name]))
    marked = np.flatnonzero((frame["region"] == scope.region).to_numpy(dtype=bool))
    return Table(
        texts("section_sums"), tuple(columns), note, int(marked[0]) if marked.size else None
    )


def item_table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A small table of texts: an item, and what it is."""
    cells = list(zip(*rows, strict=True)) or [()] * len(headers)
    columns = (Column(h, tuple(map(plain, c))) for h, c in zip(headers, cells, strict=True))
    return Table(caption, tuple(columns))
