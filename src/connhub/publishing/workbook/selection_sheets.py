"""Sheets of a selection: the lists, what they rest on, and the reasons for each firm."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from connhub.cutoff import Cutoff
from connhub.labels import Language
from connhub.measures.sector_degrees import SECTOR_DEGREES
from connhub.publishing.option_values import option_value
from connhub.publishing.scope import Scope
from connhub.publishing.workbook.cell_values import (
    SheetColumn,
    cell_kind,
    column_unit,
    header_text,
)
from connhub.publishing.workbook.sheet_layout import Sheet, Workbook, schema_columns
from connhub.schema import columns, label
from connhub.selection.indicators import indicator_label
from connhub.selection.not_ranked import DEGREE_RANKS, highest_first
from connhub.selection.reasons import why_not_ranked
from connhub.selection.result import Selection
from connhub.text.catalogue import Texts

__all__ = ["write_selection"]

NEXT = 20
"""How many firms are shown of each list after the selected ones."""
MAX_WITHOUT_RANK = 1000
"""How many firms without a rank are shown."""
_INDICATORS_A_PAGE = 3
_PARTS = {"rank": "count", "deviation_score": "points", "contribution": "points"}
"""Columns of an indicator beside its value, and how they are written."""
_ESTIMATED = (
    *(f"{degree}_{end}" for degree in DEGREE_RANKS for end in ("low", "high")),
    "share_estimated",
)
"""What the degrees of estimated amounts have besides."""
_COUNTS = ("ranked", "places", "selected", "lowest_selected_score", "shown", "rest")


def write_selection(book: Workbook, scope: Scope, *, each: bool) -> None:
    """Write the sheets of a selection: an overview, the lists, and the reasons.

    Parameters
    ----------
    book : Workbook
    scope : Scope
        Without a selection nothing is written.
    each : bool
        One sheet a region instead of one for all.
    """
    selection = scope.selection
    if selection is None:
        return
    lists = _lists(scope, selection)
    shown = _with_degrees(scope, scope.rows(_shown(selection)))
    _overview(book, scope, selection, lists)
    if each:
        codes = scope.rows(scope.result.regions.frame)["region"].tolist()
        for code in codes or [scope.region]:
            rest = int(lists.loc[lists["region"] == code, "rest"].sum())
            rows = shown[shown["region"] == code]
            _candidates(book, rows, rest, scope.label(code))
    else:
        title = Texts("workbook", scope.lang)("candidates")
        _candidates(book, shown, int(lists["rest"].sum()), title)
    _indicators(book, selection, shown)
    _reasons(book, scope, selection, shown)
    _without_rank(book, scope, selection)


def _shown(selection: Selection) -> pd.DataFrame:
    """The selected of each list, and who comes next."""
    ranking = selection.ranking
    return selection.frame[ranking.place_in_list < ranking.n_selected[ranking.list_of_row] + NEXT]


def _with_degrees(scope: Scope, shown: pd.DataFrame) -> pd.DataFrame:
    """With the degrees, their intervals, and the share that is estimated, where amounts are."""
    degrees = scope.degrees.frame
    chosen = [n for n in degrees if n in (*DEGREE_RANKS, *_ESTIMATED) and n not in shown]
    return shown.merge(degrees[["firm_id", *chosen]], on="firm_id", how="left")


def _lists(scope: Scope, selection: Selection) -> pd.DataFrame:
    """One row a list: how long it is, who is selected and how many are shown."""
    lists = selection.lists
    shown = np.minimum(lists["ranked"], lists["selected"] + NEXT)
    lists = lists.assign(shown=shown, rest=lists["ranked"] - shown)
    regions = scope.result.regions.frame["region"]
    without = regions[~regions.isin(lists["region"])]
    empty = pd.DataFrame({"region": without}).assign(ranked=0, selected=0, shown=0, rest=0)
    joined = pd.concat([lists, empty], ignore_index=True) if len(empty) else lists
    return scope.rows(joined.sort_values("region", kind="stable"))


def _candidates(book: Workbook, shown: pd.DataFrame, rest: int, title: str) -> None:
    """The lists as one reads them: who, with which score and degrees."""
    texts = Texts("workbook", book.lang)
    leading = _leading(book, shown)
    degrees = [n for n in (*DEGREE_RANKS, *_ESTIMATED) if n in shown]
    estimated = texts("basis_modelled") if {*degrees} & {*_ESTIMATED} else ""
    of_degrees = [replace(c, group=estimated) for c in schema_columns("degrees", degrees, book)]
    sector = schema_columns("selection", [n for n in SECTOR_DEGREES if n in shown], book)
    sheet = book.add_sheet(title)
    sheet.description = texts("about_candidates", limit=NEXT)
    marked = shown["selected"].tolist()
    sheet.write_table(
        shown,
        [*leading, *of_degrees, *sector],
        frozen=len(leading) - 1,
        marked=marked,
        empty=texts("none_ranked"),
    )
    if len(shown) and not any(marked):
        sheet.write_line(texts("none_selected"), bold=True)
    if rest:
        sheet.write_line(texts("more_ranked", firms=rest))


def _leading(book: Workbook, shown: pd.DataFrame) -> list[SheetColumn]:
    """Columns that say which firm, on which list; the score is the last."""
    names = [
        *(("region", "region_name") if shown["region"].nunique() > 1 else ()),
        *(("field",) if shown["field"].notna().any() else ()),
        *("rank", "selected", "firm_id", "name", "score"),
    ]
    return [
        replace(c, kind="mark") if c.name == "selected" else c
        for c in schema_columns("selection", names, book, bars=("score",))
    ]


def _indicators(book: Workbook, selection: Selection, shown: pd.DataFrame) -> None:
    """What the scores are made of: too wide for a page, so so many indicators on each."""
    texts = Texts("workbook", book.lang)
    leading, weights = _leading(book, shown), selection.scheme.weights
    sheet = book.add_sheet(texts("indicators"))
    sheet.description = texts("about_indicators")
    sheet.write_table(
        shown,
        [*leading, *(c for n, w in weights.items() for c in _indicator_columns(n, w, book))],
        frozen=len(leading) - 1,
        marked=shown["selected"].tolist(),
        empty=texts("none_ranked"),
        pages_wide=math.ceil(len(weights) / _INDICATORS_A_PAGE),
    )


def _indicator_columns(name: str, weight: float, book: Workbook) -> list[SheetColumn]:
    """The four columns of an indicator, each with a header of its own."""
    texts = Texts("workbook", book.lang)
    known = (columns(t).get(name) for t in ("degrees", "indicators", "financials"))
    column = next((c for c in known if c is not None), None)
    unit = "" if column is None else column_unit(column, book.unit, book.lang)
    kind = "number" if column is None else cell_kind(column)
    indicator = indicator_label(name, book.lang)
    group = texts("weighted_indicator", indicator=indicator, percent=100 * weight)
    value = header_text(indicator, unit, book.lang)
    headers = {p: texts(f"indicator_{p}", indicator=indicator) for p in _PARTS}
    return [
        SheetColumn(name, value, kind, max_width=20, group=group),
        *(
            SheetColumn(f"{name}_{p}", headers[p], k, max_width=16, group=group)
            for p, k in _PARTS.items()
        ),
    ]


def _overview(book: Workbook, scope: Scope, selection: Selection, lists: pd.DataFrame) -> None:
    texts = Texts("workbook", scope.lang)
    sheet = book.add_sheet(texts("overview"))
    sheet.description = texts("about_overview")
    sheet.write_line(texts("overview_of", place=scope.name), bold=True, font_size=14)
    for note in () if scope.region else selection.notes:
        sheet.write_line(texts("warning", text=note.text(scope.lang)), bold=True)
    _scheme(sheet, scope, selection, texts)
    _counts_of_lists(sheet, lists, texts)
    _crossing_ties(sheet, scope, selection, texts)
    _not_ranked(sheet, scope, selection, texts)


def _scheme(sheet: Sheet, scope: Scope, selection: Selection, texts: Texts) -> None:
    scheme, cutoff = selection.scheme, selection.cutoff
    weights = [
        texts(
            "weight_lower_is_better" if n in scheme.lower_is_better else "weight",
            indicator=indicator_label(n, scope.lang),
            percent=100 * w,
        )
        for n, w in scheme.weights.items()
    ]
    values = {
        "score_method": scheme.score_method,
        "rank_within": scheme.rank_within,
        "ties": scheme.ties,
        "missing": scheme.missing,
    }
    lines = [
        (texts("scheme"), scope.scheme_name),
        (texts("weights"), texts("separator").join(weights)),
        (texts("score"), texts("score_equation")),
        *((texts(n), option_value(n, v, scope.lang)) for n, v in values.items()),
        (texts("chosen_of_list"), _chosen(cutoff, texts)),
        (texts("cut_ties"), option_value("cut_ties", cutoff.cut_ties, scope.lang)),
    ]
    sheet.write_heading(texts("scheme_and_cut"))
    for item, content in lines:
        sheet.write_line(texts("line", item=item, content=content))


def _chosen(cutoff: Cutoff, texts: Texts) -> str:
    if cutoff.threshold is not None:
        return texts("chosen_by_threshold", threshold=cutoff.threshold)
    if cutoff.share is not None:
        return texts("chosen_by_share", share=cutoff.share)
    return texts("chosen_by_number", firms=cutoff.list_places)


def _counts_of_lists(sheet: Sheet, lists: pd.DataFrame, texts: Texts) -> None:
    names = ["region", "region_name", *(["field"] if lists["field"].notna().any() else [])]
    table_columns = schema_columns("selection", names, sheet.book)
    table_columns += [
        SheetColumn(n, texts(n), "points" if n == "lowest_selected_score" else "count")
        for n in _COUNTS
    ]
    sheet.write_heading(texts("lists"))
    sheet.write_table(lists, table_columns)


def _crossing_ties(sheet: Sheet, scope: Scope, selection: Selection, texts: Texts) -> None:
    ties = scope.rows(selection.crossing_ties)
    names = ["region", "region_name", *(["field"] if ties["field"].notna().any() else [])]
    names += ["rank", "score", "tied", "places_left", "decision"]
    decisions = [option_value("cut_ties", d, scope.lang) for d in ties["decision"]]
    sheet.write_heading(texts("cut_ties"))
    table_columns = schema_columns("selection", names, sheet.book)
    sheet.write_table(ties.assign(decision=decisions), table_columns, empty=texts("none"))


def _not_ranked(sheet: Sheet, scope: Scope, selection: Selection, texts: Texts) -> None:
    """Counts by reason: of the regions in view, and what every policy did in all."""
    by = ["reason", "indicator"]
    counts = selection.not_ranked.groupby(by, dropna=False, sort=False).size()
    frame = counts.rename("firms").reset_index()
    table_columns = schema_columns("counts", ["reason", "indicator", "firms"], sheet.book)
    sheet.write_heading(texts("not_ranked", place=scope.name))
    sheet.write_table(_labelled(frame, scope.lang), table_columns, empty=texts("none"))
    sheet.write_heading(texts("counts"))
    sheet.write_table(_labelled(selection.counts, scope.lang), table_columns)


def _labelled(counts: pd.DataFrame, lang: Language) -> pd.DataFrame:
    names = [indicator_label(n, lang) if isinstance(n, str) else "" for n in counts["indicator"]]
    reasons = [label("reason", r, lang) for r in counts["reason"]]
    return counts.assign(reason=reasons, indicator=names)


def _reasons(book: Workbook, scope: Scope, selection: Selection, shown: pd.DataFrame) -> None:
    texts = Texts("workbook", scope.lang)
    sheet = book.add_sheet(texts("reasons"))
    sheet.description = texts("about_reasons")
    firms = shown.drop_duplicates("firm_id")
    reasons = ["\n".join(r.lines(scope.lang)) for r in selection.reasons(firms["firm_id"])]
    names = ["rank", "selected", "firm_id", "name"]
    names = names if scope.region else ["region_name", *names]
    table_columns = [
        replace(c, kind="mark" if c.name == "selected" else c.kind, max_width=26)
        for c in schema_columns("selection", names, book)
    ]
    table_columns.append(SheetColumn("reason", texts("reason"), "wrapped", max_width=105))
    sheet.write_table(
        firms.assign(reason=reasons),
        table_columns,
        frozen=len(names),
        marked=firms["selected"].tolist(),
        empty=texts("none_ranked"),
    )


def _without_rank(book: Workbook, scope: Scope, selection: Selection) -> None:
    """The firms without a rank by name, those that are high by a degree first."""
    texts = Texts("workbook", scope.lang)
    sheet = book.add_sheet(texts("without_rank"))
    sheet.description = texts("about_without_rank")
    everyone = highest_first(selection.not_ranked)
    shown = everyone.head(MAX_WITHOUT_RANK)
    reasons = [
        why_not_ranked(reason, indicator, cause, scope.lang)
        for reason, indicator, cause in zip(
            shown["reason"], shown["indicator"], shown["cause"], strict=True
        )
    ]
    shown = shown.assign(region_name=scope.labels(shown["region"]), reason=reasons)
    ranks = [name for pair in DEGREE_RANKS.items() for name in pair]
    names = [*([] if scope.region else ["region_name"]), "firm_id", "name", "reason", *ranks]
    table_columns = [
        replace(c, max_width=60)
        for c in schema_columns("not_ranked", names, book, bars=tuple(DEGREE_RANKS))
    ]
    frozen = names.index("name") + 1
    sheet.write_table(shown, table_columns, frozen=frozen, empty=texts("none"))
    if rest := len(everyone) - len(shown):
        sheet.write_line(texts("more_without_rank", firms=rest))
