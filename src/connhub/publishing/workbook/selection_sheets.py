"""Sheets of a selection: the lists, what they rest on, and each firm's reason in words."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from connhub.publishing.option_values import choice
from connhub.publishing.scope import Subject
from connhub.publishing.workbook.cell_values import Field, headed, kind_of, unit_of
from connhub.publishing.workbook.sheet_layout import Book, Sheet, fields_of
from connhub.schema import columns, label
from connhub.selection.explain import indicator_label
from connhub.text.notes import note

if TYPE_CHECKING:
    from connhub.selection import Selection

__all__ = ["write_lists"]

NEXT = 20
"""How many firms are shown of each list after the selected ones."""


def write_lists(book: Book, s: Subject, *, each: bool) -> None:
    """Write the sheets of a selection: an overview, the lists, and the reasons.

    Parameters
    ----------
    book : Book
    s : Subject
        With a selection.
    each : bool
        One sheet a region instead of one for all.
    """
    selection = s.selection
    if selection is None:
        raise AssertionError
    lists = _lists(s, selection)
    shown = s.own(_shown(selection))
    _overview(book, s, selection, lists)
    regions = s.own(s.result.regions.frame)["region"].tolist() or [s.code]
    if each:
        for code in regions:
            here = shown["region"] == code
            rest = int(lists.loc[lists["region"] == code, "rest"].sum())
            _list(book, s, selection, shown[here], rest, s.names[code])
    else:
        rest = int(lists["rest"].sum())
        title = s.say("重点支援企業の候補", "Priority-support firms")
        _list(book, s, selection, shown, rest, title)
    _reasons(book, s, selection, shown)


def _shown(selection: Selection) -> pd.DataFrame:
    """The selected of each list, and who comes next."""
    standing = selection.standing
    place = np.arange(len(selection.frame)) - np.repeat(standing.start, standing.size)
    return selection.frame[place < np.repeat(_chosen(selection) + NEXT, standing.size)]


def _chosen(selection: Selection) -> Any:
    """How many are selected of each list."""
    standing = selection.standing
    which = np.repeat(np.arange(standing.size.size), standing.size)
    return np.bincount(which[standing.selected], minlength=standing.size.size)


def _lists(s: Subject, selection: Selection) -> pd.DataFrame:
    """One row a list: how long it is, who is selected and how many are shown."""
    standing, chosen = selection.standing, _chosen(selection)
    begins = selection.frame.iloc[standing.start][["region", "field"]].reset_index(drop=True)
    last = np.where(chosen > 0, standing.start + chosen - 1, 0)
    lowest = standing.score[last] if standing.score.size else np.empty(0)
    lists = begins.assign(
        ranked=standing.size,
        places=standing.places.astype(float) if selection.cut.threshold is None else np.nan,
        selected=chosen,
        lowest=np.where(chosen > 0, lowest, np.nan),
        shown=np.minimum(standing.size, chosen + NEXT),
    )
    regions = s.result.regions.frame["region"]
    none = regions[~regions.isin(lists["region"])]
    if s.code and s.code not in set(regions):
        none = pd.Series([s.code])
    empty = pd.DataFrame({"region": none}).assign(ranked=0, selected=0, shown=0)
    joined = pd.concat([lists, empty], ignore_index=True) if len(empty) else lists
    joined = joined.sort_values("region", kind="stable")
    return s.own(joined.assign(rest=joined["ranked"] - joined["shown"]))


def _list(
    book: Book, s: Subject, selection: Selection, shown: pd.DataFrame, rest: int, title: str
) -> None:
    several = shown["region"].nunique() > 1
    named = fields_of("selection", ["region", "region_name"] if several else [], book)
    if shown["field"].notna().any():
        named += fields_of("selection", ["field"], book)
    named += fields_of("selection", ["rank", "selected", "firm_id", "name", "score"], book)
    named = [
        replace(f, kind="mark") if f.name == "selected" else replace(f, bar=f.name == "score")
        for f in named
    ]
    fields = named + [
        f for n, w in selection.scheme.weights.items() for f in _indicator(n, w, book)
    ]
    sheet = book.sheet(title)
    sheet.about = s.say(
        f"選ばれた企業(●)と、各リストの次点{NEXT}社まで。指標ごとに値、順位、偏差値、寄与",
        f"The selected firms (●) and the next {NEXT} of each list; of each indicator the value, "
        "rank, deviation score and contribution",
    )
    nobody = s.say("順位のある企業がない。", "No firm is ranked here.")
    marked = shown["selected"].tolist()
    sheet.table(shown, fields, frozen=len(named) - 1, marked=marked, empty=nobody)
    if len(shown) and not any(marked):
        sheet.say(s.say("選ばれた企業はない。", "No firm is selected."), bold=True)
    if rest:
        sheet.say(
            s.say(
                f"このほかに順位のある企業が {rest:,} 社ある。",
                f"{rest:,} more firms are ranked and not shown.",
            )
        )


def _indicator(name: str, weight: float, book: Book) -> list[Field]:
    """The four columns of an indicator."""
    own, lang = indicator_label(name, book.lang), book.lang
    heads = (
        ("順位", "偏差値", "寄与") if lang == "ja" else ("Rank", "Deviation score", "Contribution")
    )
    known = (columns(t).get(name) for t in ("degrees", "indicators", "financials"))
    column = next((c for c in known if c is not None), None)
    unit = "" if column is None else unit_of(column, book.unit, lang)
    kind = "number" if column is None else kind_of(column)
    value = headed("値" if lang == "ja" else "Value", unit, lang)
    group = f"{own} {'重み ' if lang == 'ja' else 'x '}{100 * weight:.4g}%"
    found = [Field(name, value, kind, most=20, group=group)]
    kinds = ("rank", "count"), ("deviation_score", "points"), ("contribution", "points")
    for words, (part, how) in zip(heads, kinds, strict=True):
        found.append(Field(f"{name}_{part}", words, how, most=16, group=group))
    return found


def _overview(book: Book, s: Subject, selection: Selection, lists: pd.DataFrame) -> None:
    sheet = book.sheet(s.say("選定の概要", "Selection"))
    sheet.about = s.say(
        "評点方式、リストごとの数、枠をまたぐ同点、順位のない企業の数(理由別)",
        "The scheme, the lists in numbers, ties across the cut, and who is not ranked by reason",
    )
    sheet.say(
        s.say(f"選定の概要: {s.name}", f"Selection: {s.name}"),
        bold=True,
        font_size=14,
    )
    for words in selection.notes:
        sheet.say(f"! {note(words, book.lang)}", bold=True)
    _scheme(sheet, s, selection)
    _counted_lists(sheet, s, lists)
    _ties(sheet, s, selection)
    _not_ranked(sheet, s, selection)


def _title(sheet: Sheet, words: str) -> None:
    sheet.at += 1
    sheet.say(words, bold=True, font_size=12)


def _scheme(sheet: Sheet, s: Subject, selection: Selection) -> None:
    scheme, cut, say = selection.scheme, selection.cut, s.say
    told = partial(choice, lang=s.lang, of_scheme=True)
    if cut.threshold is not None:
        ends = say(f"得点 {cut.threshold:g} 以上", f"score of at least {cut.threshold:g}")
    elif cut.share is not None:
        ends = say(
            f"各リストの {cut.share:.4%}(端数切り上げ)", f"{cut.share:.4%} of each list, rounded up"
        )
    else:
        ends = say(f"各リストの上位 {cut.per_region} 社", f"the best {cut.per_region} of each list")
    lower = say("(低いほど良い)", " (lower is better)")
    weights = say("、", ", ").join(
        f"{indicator_label(n, s.lang)} {100 * w:.4g}%"
        + (lower if n in scheme.lower_is_better else "")
        for n, w in scheme.weights.items()
    )
    lines = [
        (say("評点方式", "Scheme"), told(scheme.name)),
        (say("重み", "Weights"), weights),
        (
            say("得点", "Score"),
            say("得点 = Σ 重み × 偏差値", "score = sum of weight x deviation score"),
        ),
        (say("順位から偏差値へ", "From rank to deviation score"), told(scheme.reading)),
        (say("順位をつける母集団", "Ranked among"), told(scheme.population)),
        (say("指標の同順位", "Ties of an indicator"), told(scheme.ties)),
        (say("指標の欠損", "Indicator missing"), choice(scheme.missing, s.lang)),
        (say("選ぶ数", "Selected are"), ends),
        (say("最後の枠をまたぐ同点", "Ties across the last place"), choice(cut.ties, s.lang)),
    ]
    _title(sheet, say("評点方式と選び方", "Scheme and cut"))
    for name, words in lines:
        sheet.say(f"{name}: {words}")


def _counted_lists(sheet: Sheet, s: Subject, lists: pd.DataFrame) -> None:
    book, say = sheet.book, s.say
    names = ["region", "region_name", *(["field"] if lists["field"].notna().any() else [])]
    told = {
        "ranked": (say("順位のある企業", "Ranked"), "count"),
        "places": (say("枠", "Places"), "count"),
        "selected": (say("選定", "Selected"), "count"),
        "lowest": (say("選定の最低得点", "Lowest selected score"), "points"),
        "shown": (say("この帳票に示す数", "Shown in this book"), "count"),
        "rest": (say("示さない数", "Not shown"), "count"),
    }
    fields = fields_of("selection", names, book)
    fields += [Field(n, words, kind) for n, (words, kind) in told.items()]
    _title(sheet, say("リスト", "Lists"))
    sheet.table(lists, fields)


def _ties(sheet: Sheet, s: Subject, selection: Selection) -> None:
    ties = s.own(selection.crossing_ties)
    names = ["region", "region_name", *(["field"] if ties["field"].notna().any() else [])]
    names += ["rank", "score", "tied", "places_left", "decision"]
    words = [choice(d, s.lang) for d in ties["decision"]]
    _title(sheet, s.say("最後の枠をまたぐ同点", "Ties across the last place"))
    none = s.say("なし", "None")
    sheet.table(ties.assign(decision=words), fields_of("selection", names, sheet.book), empty=none)


def _not_ranked(sheet: Sheet, s: Subject, selection: Selection) -> None:
    """Counts by reason: of the regions in view, and what every policy did in all."""
    book, lang, say = sheet.book, s.lang, s.say
    unranked = selection.not_ranked
    if s.code:
        unranked = unranked[unranked["region"] == s.code]
    found = unranked.groupby(["reason", "indicator"], dropna=False, sort=False).size()
    by_reason = found.rename("firms").reset_index()
    _title(
        sheet,
        say(f"順位のない企業(理由別): {s.name}", f"Not ranked, by reason: {s.name}"),
    )
    none = say("なし", "None")
    fields = fields_of("counts", ["reason", "indicator", "firms"], book)
    sheet.table(_worded(by_reason, lang), fields, empty=none)
    _title(sheet, say("集計(全地域)", "Counts (all regions)"))
    sheet.table(_worded(selection.counts, lang), fields)


def _worded(counts: pd.DataFrame, lang: Any) -> pd.DataFrame:
    names = [indicator_label(n, lang) if isinstance(n, str) else "" for n in counts["indicator"]]
    return counts.assign(
        reason=[label("reason", r, lang) for r in counts["reason"]], indicator=names
    )


def _reasons(book: Book, s: Subject, selection: Selection, shown: pd.DataFrame) -> None:
    sheet = book.sheet(s.say("理由", "Reasons"))
    sheet.about = s.say(
        "リストに示した企業ごとの、選ばれた(選ばれない)理由",
        "Why each firm of the lists is selected, or not",
    )
    firms = shown.drop_duplicates("firm_id")
    # Ids as codes: a firm of a national table is found in a tenth of the time.
    coded = replace(selection, frame=selection.frame.astype({"firm_id": "category"}))
    said = [coded.explain(i, lang=s.lang) for i in firms["firm_id"]]
    names = ["rank", "selected", "firm_id", "name"]
    names = names if s.code else ["region_name", *names]
    fields = [
        replace(f, kind="mark" if f.name == "selected" else f.kind, most=26)
        for f in fields_of("selection", names, book)
    ]
    fields.append(Field("reason", s.say("理由", "Reason"), "wrapped", most=105))
    nobody = s.say("順位のある企業がない。", "No firm is ranked here.")
    told = firms.assign(reason=[_without_scheme(s) for s in said])
    sheet.table(told, fields, frozen=len(names), marked=firms["selected"].tolist(), empty=nobody)


def _without_scheme(words: str) -> str:
    """A reason without its last line, which is the same for all and on another sheet."""
    return words.rpartition("\n")[0] or words
