"""The tables of a report: cells written for people, numbers to the right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from connhub.measures.linkages import rank_linkages
from connhub.publishing.report.candidates import raised_most
from connhub.publishing.scope import Subject
from connhub.schema import label
from connhub.selection.explain import indicator_label
from connhub.text.names import plain, shortened
from connhub.text.numbers import NOTHING, money_scale

__all__ = ["Column", "Table", "candidates", "largest_linkages", "regional_sums", "top_degrees"]

NAME = 60
"""Columns of a firm's name in a table; the id beside it is whole."""
_MOST_REGIONS = 60
_TITLES = {
    "connector_degree": ("コネクター度の上位", "Highest connector degrees"),
    "hub_degree": ("ハブ度の上位", "Highest hub degrees"),
}


@dataclass(frozen=True)
class Column:
    """One column: its head, its cells, and how they stand."""

    head: str
    cells: tuple[str, ...]
    kind: Literal["text", "name", "number", "code"] = "text"


@dataclass(frozen=True)
class Table:
    """A table with a caption.

    Parameters
    ----------
    caption : str
    columns : tuple of Column
    note : str
        Below the table.
    own : int or None
        Row to mark.
    """

    caption: str
    columns: tuple[Column, ...]
    note: str = ""
    own: int | None = None

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The cells, row by row."""
        return list(zip(*(c.cells for c in self.columns), strict=True))


def texts(head: str, values: Iterable[Any]) -> Column:
    """A column of the user's texts, cut where they are very long."""
    return Column(head, tuple(shortened(v, NAME) or NOTHING for v in values))


def codes(head: str, values: Iterable[Any]) -> Column:
    """A column of ids."""
    return Column(head, tuple(shortened(v, NAME) or NOTHING for v in values), "code")


def numbers(head: str, values: Iterable[Any], form: Callable[[Any], str] = "{:,}".format) -> Column:
    """A column of numbers; a dash where there is none."""
    cells = tuple(NOTHING if pd.isna(v) else form(v) for v in values)
    return Column(head, cells, "number")


def amounts(
    subject: Subject, head: str, values: Iterable[Any], *, among: Iterable[Any] | None = None
) -> Column:
    """A column of money in one unit that suits most of its cells, or most of `among`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> subject = SimpleNamespace(lang="en", result=SimpleNamespace(
    ...     ledger=SimpleNamespace(unit="円")))
    >>> amounts(subject, "Sales", [1_200_000_000, 30_000_000, 4_000_000])
    Column(head='Sales (million yen)', cells=('1,200.0', '30.0', '4.0'), kind='number')
    """
    said = list(values)
    sizes = [abs(v) for v in (said if among is None else among) if v]
    middle = float(np.median(sizes)) if sizes else 0.0
    by, unit = money_scale(middle, subject.result.ledger.unit, subject.lang)
    digits = 0 if by == 1 or middle / by >= 100 else 1 if middle / by >= 10 else 2
    return numbers(f"{head} ({unit})", said, lambda v: f"{v / by:,.{digits}f}")


def shares(head: str, values: Iterable[Any]) -> Column:
    """A column of percentages with as many decimals as suit most of its cells.

    Examples
    --------
    >>> shares("Degree", [0.42, 0.031, 0.00086, float("nan")])
    Column(head='Degree', cells=('42.00%', '3.10%', '0.09%', '—'), kind='number')
    """
    said = list(values)
    sizes = [abs(100 * v) for v in said if not pd.isna(v) and v]
    middle = float(np.median(sizes)) if sizes else 10.0
    digits = 1 if middle >= 10 else 2 if middle >= 0.1 else 4
    return numbers(head, said, lambda v: f"{100 * v:.{digits}f}%")


def top_degrees(subject: Subject, by: str, *, n: int = 15) -> Table:
    """The firms with the highest degrees of one kind."""
    s = subject
    top = s.degrees.top(n, by)
    other = "hub_degree" if by == "connector_degree" else "connector_degree"
    pair = ("out_of_region_sales", "out_of_region_sales_ratio")
    amount, ratio = pair if by == "connector_degree" else _PURCHASES
    columns = [numbers(_of("degrees", "rank", s), top["rank"])]
    columns += _who(s, top)
    columns += [
        amounts(s, _of("degrees", amount, s), top[amount]),
        shares(_of("degrees", by, s), top[by]),
        shares(_of("degrees", other, s), top[other]),
        shares(_of("degrees", ratio, s), top[ratio]),
    ]
    return Table(s.say(*_TITLES[by]), tuple(columns))


_PURCHASES = ("in_region_purchases", "in_region_purchase_ratio")


def _of(table: str, name: str, s: Subject) -> str:
    return label(table, name, s.lang)


def _who(s: Subject, frame: pd.DataFrame) -> list[Column]:
    """Name and id, and the region where there are several."""
    who = [replace(texts(_of("degrees", "name", s), frame["name"]), kind="name")]
    who.append(codes(_of("degrees", "firm_id", s), frame["firm_id"]))
    if not s.code:
        places = (s.names[c] for c in frame["region"])
        who.insert(0, texts(_of("degrees", "region_name", s), places))
    return who


def candidates(subject: Subject, *, most: int = 60) -> Table:
    """The selected firms of a region; of all regions, the first of each list.

    Parameters
    ----------
    subject : Subject
        With a selection.
    most : int
        Rows.
    """
    s, selection = subject, subject.selection
    if selection is None:
        raise AssertionError
    chosen = selection.selected
    whole = len(chosen)
    if not s.code:
        chosen = chosen.drop_duplicates(["region", "field"])
    firsts = len(chosen)
    chosen = chosen.head(most).reset_index(drop=True)
    columns = [] if chosen["field"].isna().all() else [texts(_sel("field", s), chosen["field"])]
    columns.append(numbers(_sel("rank", s), chosen["rank"]))
    columns += _who(s, chosen)
    columns.append(numbers(_sel("score", s), chosen["score"], "{:.1f}".format))
    known = s.degrees.frame
    known = known[known["firm_id"].isin(chosen["firm_id"])].set_index("firm_id")
    for degree in ("connector_degree", "hub_degree"):
        values = known[degree].reindex(chosen["firm_id"])
        columns.append(shares(_of("degrees", degree, s), values))
    most_raised = (
        indicator_label(n, s.lang) if isinstance(n, str) else ""
        for n in raised_most(selection, chosen)
    )
    columns.append(texts(s.say("得点を最も上げた指標", "Raised most by"), most_raised))
    if s.stability is not None:
        kept = s.stability.set_index(["field", "firm_id"])["share"]
        pairs = chosen[["field", "firm_id"]].itertuples(index=False, name=None)
        columns.append(shares(_sel("share", s), [float(kept.loc[[p]].iloc[0]) for p in pairs]))
    if s.code:
        caption = s.say("重点支援企業の候補", "Candidates for priority support")
        total, note = whole, ""
    else:
        caption = s.say("各地域の1位", "The first of each region")
        total = firsts
        note = s.say(
            f"候補は全部で{whole:,}件。地域ごとの一覧はワークブックにある。",
            f"{whole:,} candidates in all; the workbook has the lists of every region.",
        )
    if total > most:
        note += s.say(f"{total:,}件中{most}件を示す。", f" {most} of {total:,} rows are shown.")
    return Table(caption, tuple(columns), note)


def _sel(name: str, s: Subject) -> str:
    return label("selection", name, s.lang)


def largest_linkages(
    subject: Subject, side: Literal["sales", "purchases"], *, n: int = 10
) -> Table:
    """The largest linkages of a region on one side; of all regions, the largest of all."""
    s, links = subject, subject.result.linkages
    known = not s.code or s.code in links.codes
    region = s.code if known else None
    top = rank_linkages(
        links, "amount", direction=side if s.code else "both", of_region=region or None
    )
    top = top.head(n if known else 0)
    columns = [numbers(_of("linkages", "rank", s), top["rank"])]
    for end in ("seller_region", "buyer_region"):
        if not s.code or (end == "buyer_region") == (side == "sales"):
            head = s.say(*_ENDS[end])
            columns.append(texts(head, (s.names.get(c, c) for c in top[end])))
    part = f"share_of_out_of_region_{side}"
    columns += [
        amounts(s, _of("linkages", "amount", s), top["amount"]),
        shares(_of("linkages", part, s), top[part]),
        numbers(_of("linkages", "intensity", s), top["intensity"], "{:.2f}".format),
        numbers(_of("linkages", "deals", s), top["deals"]),
    ]
    columns += [
        numbers(_of("linkages", n, s), top[n]) for n in ("sellers", "buyers") if n in top.columns
    ]
    if not s.code:
        caption = s.say("地域間取引の上位", "Largest linkages")
    elif side == "sales":
        caption = s.say(f"{s.name}からの販売先", f"Where {s.name} sells")
    else:
        caption = s.say(f"{s.name}の仕入元", f"Where {s.name} buys")
    return Table(caption, tuple(columns))


_ENDS = {"seller_region": ("販売元", "From"), "buyer_region": ("販売先", "To")}


def regional_sums(subject: Subject) -> Table:
    """The sums of every region, the own one marked."""
    s = subject
    frame = s.result.regions.frame
    note = ""
    if len(frame) > _MOST_REGIONS:
        largest = frame.nlargest(_MOST_REGIONS, "in_region_transactions").index
        kept = frame.index.isin(largest) | (frame["region"] == s.code)
        note = s.say(
            f"{len(frame):,}地域のうち、域内取引額の大きい{_MOST_REGIONS}地域を示す。",
            f"The {_MOST_REGIONS} of {len(frame):,} regions with the most trade inside.",
        )
        frame = frame[kept].reset_index(drop=True)
    columns = [texts(_of("regions", "region_name", s), (s.names[c] for c in frame["region"]))]
    columns.append(numbers(_of("regions", "firms", s), frame["firms"]))
    money = (
        "in_region_transactions",
        "out_of_region_sales",
        "out_of_region_purchases",
        "overseas_sales",
    )
    # columns that are read against each other have one unit
    every = frame[list(money)].to_numpy().ravel()
    columns += [amounts(s, _of("regions", m, s), frame[m], among=every) for m in money]
    net = frame["out_of_region_sales"] - frame["out_of_region_purchases"]
    columns.append(amounts(s, s.say("域際収支", "Balance"), net, among=every))
    for name in ("sales_coverage", "purchases_coverage"):
        if frame[name].notna().any():
            columns.append(shares(_of("regions", name, s), frame[name]))
    own = np.flatnonzero((frame["region"] == s.code).to_numpy(dtype=bool))
    return Table(
        s.say("地域別の集計", "Sums by region"),
        tuple(columns),
        note,
        int(own[0]) if own.size else None,
    )


def lines(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A small table of texts: a word, and what it says."""
    cells = list(zip(*rows, strict=True)) or [()] * len(heads)
    columns = (Column(h, tuple(map(plain, c))) for h, c in zip(heads, cells, strict=True))
    return Table(caption, tuple(columns))
