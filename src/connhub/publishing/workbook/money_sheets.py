"""Sheets of what stays in a region, where it leaks, on whom it depends, and local matches.

Above each number stands what it is: counted, bounded or modelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from connhub.industries import industry_label
from connhub.measures.leaks import LeakMap
from connhub.measures.resilience import resilience
from connhub.measures.ripple_result import Ripple
from connhub.publishing.scope import Scope
from connhub.publishing.workbook.cell_values import SheetColumn
from connhub.publishing.workbook.sheet_layout import Sheet, Workbook, schema_columns
from connhub.text.catalogue import Texts
from connhub.text.numbers import NOTHING, share

__all__ = ["columns_of_money", "write_money"]

Parts = Mapping[str, tuple[str, ...]]

_STAYS: Parts = {
    "": ("firm_id", "name"),
    "counted": ("out_of_region_sales", "output", "output_source", "in_region_spend_share"),
    "modelled": (
        *("attributed_turnover", "share_of_region", "multiplier", "lm3"),
        *("kept_or_unobserved", "leaked_at_least"),
    ),
}
_LEAKS: Parts = {
    "": ("industry",),
    "counted": (
        *("out_of_region_purchases", "in_region_sales", "self_sufficiency"),
        "out_of_region_sales",
    ),
    "bounded": ("cross_hauling",),
}
_PARTNERS: Parts = {
    "": ("industry", "partner_region"),
    "counted": ("out_of_region_purchases",),
}
_DEPENDENCE: Parts = {
    "": ("aspect", "firm_id", "name", "industry", "partner_region"),
    "counted": ("value", "amount"),
}
_LOSSES: Parts = {"": ("firm_id", "name"), "modelled": ("lost_turnover", "share")}
_MATCHES: Parts = {
    "": ("buyer_id", "buyer_name", "seller_id", "seller_name", "industry"),
    "bounded": ("potential",),
    "counted": ("buyer_out_of_region_purchases", "seller_out_of_region_sales", "trade_today"),
}
_WIDTHS = (18, 30, 16, 16, 16, 16)
_NARROW = (20, 18, 24, 18, 16, 16)
_EACH, _LOST = 10, 20


def write_money(book: Workbook, scope: Scope, *, max_rows: int) -> None:
    """Write up to five sheets; nothing without a region, or without pairs of firms.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    max_rows : int
        How many firms, or industries and regions, are shown at most.
    """
    if scope.ripple is None:
        return
    _stays(book, scope, scope.ripple, max_rows)
    if scope.leaks is not None:
        _leaks(book, scope, scope.leaks, max_rows)
    _dependence(book, scope, scope.ripple)
    if scope.matches is not None:
        _matches(book, scope, scope.matches)


def columns_of_money(scope: Scope) -> dict[str, tuple[str, ...]]:
    """Columns of the sheets, by table of the schema.

    Parameters
    ----------
    scope : Scope
    """
    tables = {} if scope.ripple is None else {"ripple": _STAYS, "losses": _LOSSES}
    if scope.ripple is not None and scope.leaks is not None:
        tables |= {"leaks": _LEAKS, "resilience": _DEPENDENCE, "local_matches": _MATCHES}
    return {table: tuple(_names(parts)) for table, parts in tables.items()}


def _names(parts: Parts) -> list[str]:
    return [name for names in parts.values() for name in names]


def _columns(
    book: Workbook, scope: Scope, table: str, parts: Parts, *, bars: Sequence[str] = ()
) -> list[SheetColumn]:
    """Columns below what they are; on estimated amounts all are modelled."""
    texts, estimated = Texts("workbook", scope.lang), scope.result.ledger.label == "modelled"
    groups = {
        name: texts(f"basis_{'modelled' if estimated else basis}") if basis else ""
        for basis, names in parts.items()
        for name in names
    }
    found = schema_columns(table, list(groups), book, bars=bars)
    return [
        replace(c, group=groups[c.name], max_width=48 if c.name == "industry" else c.max_width)
        for c in found
    ]


def _added(
    book: Workbook,
    title: str,
    about: str,
    lines: Iterable[str],
    widths: Sequence[int] = _WIDTHS,
) -> Sheet:
    """A new sheet that begins with what one must know."""
    sheet = book.add_sheet(title)
    sheet.description = about
    sheet.set_widths(widths)
    for line in lines:
        sheet.write_paragraph(line, len(widths))
    return sheet


def _industries(codes: pd.Series, scope: Scope) -> list[str]:
    return [industry_label(c, scope.lang) if isinstance(c, str) else "" for c in codes]


def _stays(book: Workbook, scope: Scope, ripple: Ripple, max_rows: int) -> None:
    """The firms to whose out-of-region sales turnover of the region is traced."""
    texts, report = Texts("workbook", scope.lang), Texts("report", scope.lang)
    lines = []
    of_region = ripple.regions[ripple.regions["region"] == scope.region]
    if len(of_region):
        row = of_region.iloc[0]
        lines.append(
            texts(
                "region_yen",
                multiplier=f"{m:.2f}" if (m := row["multiplier"]) == m else NOTHING,
                kept=share(row["kept_or_unobserved"]),
                leaked=share(row["leaked_at_least"]),
            )
        )
    lines += [report("about_stays"), report("traced_turnover_note")]
    lines += [note.text(scope.lang) for note in ripple.notes]
    sheet = _added(book, report("section_stays"), texts("about_stays_sheet"), lines)
    rows = ripple.frame[ripple.frame["attributed_turnover"] > 0]
    rows = rows.sort_values("attributed_turnover", ascending=False, kind="stable")
    shown = rows.head(max_rows)
    sources = [texts(f"output_{source}") for source in shown["output_source"]]
    columns = _columns(book, scope, "ripple", _STAYS, bars=("attributed_turnover",))
    sheet.write_table(shown.assign(output_source=sources), columns, frozen=2, empty=texts("none"))
    _say_rest(sheet, texts, "more_firms", firms=len(rows) - len(shown))


def _leaks(book: Workbook, scope: Scope, leaks: LeakMap, max_rows: int) -> None:
    """What is bought outside, by industry, and on a sheet of its own by partner region too."""
    texts, report = Texts("workbook", scope.lang), Texts("report", scope.lang)
    lines = [report("about_leaks"), texts("at_most_local_note")]
    sheet = _added(book, report("section_leaks"), texts("about_leaks_sheet"), lines)
    rows = leaks.frame[leaks.frame["region"] == scope.region]
    amounts = rows[["in_region_sales", "out_of_region_sales", "out_of_region_purchases"]]
    rows = rows[(amounts != 0).any(axis=1)]
    rows = rows.sort_values("out_of_region_purchases", ascending=False, kind="stable")
    rows = rows.assign(industry=_industries(rows["industry"], scope))
    columns = _columns(book, scope, "leaks", _LEAKS, bars=("out_of_region_purchases",))
    sheet.write_table(rows, columns, frozen=1, empty=texts("none"))
    about = texts("about_leaks_by_region")
    sheet = _added(book, texts("leaks_by_region"), about, [report("about_leaks")])
    partners = leaks.partners[leaks.partners["region"] == scope.region]
    partners = partners[partners["out_of_region_purchases"] != 0]
    shown = partners.head(max_rows)
    names = scope.labels(shown["partner_region"])
    shown = shown.assign(partner_region=names, industry=_industries(shown["industry"], scope))
    columns = _named(_columns(book, scope, "leak_partners", _PARTNERS), texts)
    sheet.write_table(shown, columns, frozen=2, empty=texts("none"))
    _say_rest(sheet, texts, "more_rows", rows=len(partners) - len(shown))


def _dependence(book: Workbook, scope: Scope, ripple: Ripple) -> None:
    """Single suppliers, concentrated customers, sources; then the costliest losses."""
    texts, report = Texts("workbook", scope.lang), Texts("report", scope.lang)
    about = texts("about_dependence_sheet")
    sheet = _added(book, report("section_dependence"), about, (), _NARROW)
    if scope.leaks is None:
        sheet.write_paragraph(Texts("figures", scope.lang)("needs_industries"), len(_WIDTHS))
    else:
        frame = resilience(ripple, scope.leaks, scope.region, n=_EACH)
        frame = frame[frame["aspect"] != "loss_of_a_firm"]
        regions = [scope.label(c) if isinstance(c, str) else "" for c in frame["partner_region"]]
        rows = frame.assign(
            aspect=[report(f"aspect_{name}") for name in frame["aspect"]],
            industry=_industries(frame["industry"], scope),
            partner_region=regions,
        )
        sheet.write_paragraph(report("dependence_note"), len(_WIDTHS))
        columns = _named(_columns(book, scope, "resilience", _DEPENDENCE), texts)
        sheet.write_table(rows, columns, empty=texts("none"))
    sheet.write_heading(report("losses"))
    sheet.write_paragraph(report("losses_note"), len(_WIDTHS))
    columns = _columns(book, scope, "losses", _LOSSES, bars=("lost_turnover",))
    sheet.write_table(ripple.losses(n=_LOST), columns, empty=texts("none"))


def _matches(book: Workbook, scope: Scope, rows: pd.DataFrame) -> None:
    """Pairs of firms of the region that could talk to each other."""
    texts, report = Texts("workbook", scope.lang), Texts("report", scope.lang)
    lines = [report("local_matches_note")]
    sheet = _added(book, texts("local_matches"), texts("about_matches_sheet"), lines)
    rows = rows.assign(industry=_industries(rows["industry"], scope))
    columns = _columns(book, scope, "local_matches", _MATCHES, bars=("potential",))
    sheet.write_table(rows, columns, frozen=0, empty=texts("none"))


def _named(columns: list[SheetColumn], texts: Texts) -> list[SheetColumn]:
    """A region is shown by its name, so that its column is not headed as a code."""
    return [
        replace(c, header=texts("partner")) if c.name == "partner_region" else c for c in columns
    ]


def _say_rest(sheet: Sheet, texts: Texts, key: str, **count: int) -> None:
    if any(count.values()):
        sheet.write_line(texts(key, **count))
