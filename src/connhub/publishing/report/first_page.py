"""The first page: what comes in, stays and leaves, the list, who is missing, what to know."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from connhub.industries import industry_label
from connhub.publishing.report.candidates import (
    MAX_RANK_OF_ABSENTEES,
    absentee_sentences,
    indicator_name,
    raised_most,
)
from connhub.publishing.report.certainty_tables import why
from connhub.publishing.report.summary import coverage, rank_of
from connhub.publishing.report.tables import (
    Column,
    Table,
    money_column,
    number_column,
    share_column,
    text_column,
)
from connhub.publishing.scope import Scope
from connhub.regions.municipalities import known_municipalities, municipality_labels
from connhub.regions.neighbors import neighbors
from connhub.schema import label
from connhub.text.catalogue import Texts
from connhub.text.names import plain
from connhub.text.numbers import share

__all__ = ["about_data", "key_figures", "lists", "neighbor_table", "not_computed", "unranked"]

_MAX_ROWS = 20
_MAX_LINES = 2
_TOLD_ELSEWHERE = ("ledger.excluded_share", "selection.first_without_rank")
"""What the coverage says too, and who is named as not ranked."""


def key_figures(scope: Scope) -> list[tuple[str, str, str]]:
    """What comes in, what stays, what leaves, and who was chosen: name, value, and a note."""
    texts, sums = Texts("first_page", scope.lang), scope.sums
    measures = ["out_of_region_sales", "in_region_transactions", "out_of_region_purchases"]
    measures = [name for name in measures if name not in scope.unknown]
    names = dict(zip(measures, ("comes_in", "stays", "leaves"), strict=False))
    figures = []
    for measure in measures:
        stays = measure == "in_region_transactions"
        note = _stays_note(scope, texts) if stays else _note(scope, measure, texts)
        figures.append((texts(names[measure]), scope.money(sums[measure]), note))
    if scope.selection is not None:
        chosen = scope.selection.selected["firm_id"].nunique()
        ranked = scope.selection.frame["firm_id"].nunique()
        note = texts("ranked", firms=ranked)
        if scope.certainty is not None and scope.region:
            certain = scope.certainty.frame
            sure = certain["selected"] & (certain["certainty"] == "certain")
            note = texts("of_these_certain", firms=certain["firm_id"][sure].nunique())
        figures.append((texts("chosen"), texts("firms", firms=chosen), note))
    return figures


def _note(scope: Scope, measure: str, texts: Texts) -> str:
    rank = rank_of(scope, measure)
    note = texts("rank", **rank) if rank else texts("of_firms", firms=scope.sums["firms"])
    more = (*_beside_neighbors(scope, measure, texts), *_since(scope, measure, texts))
    return texts("stop").join((note, *more))


def _beside_neighbors(scope: Scope, measure: str, texts: Texts) -> list[str]:
    """A sum by firm, and that of the neighbors: prefectures differ in size."""
    others, firms = _neighbor_rows(scope), scope.sums["firms"]
    by_firm = (others[measure] / others["firms"]).dropna()
    if by_firm.empty or firms <= 0:
        return []
    own, median = (scope.money(float(v)) for v in (scope.sums[measure] / firms, by_firm.median()))
    return [texts("by_firm", own=own, neighbors=len(by_firm), median=median)]


def _since(scope: Scope, measure: str, texts: Texts) -> list[str]:
    """How a sum grew, of all firms and of those that trade in both years; newly seen is not new."""
    if scope.change is None or not scope.region:
        return []
    rows = scope.change.regions
    rows = rows[(rows["region"] == scope.region) & (rows["figure"] == measure)]
    growth = rows.set_index("basis")["growth"]
    if growth.empty:
        return _since_of_all(scope, measure, texts)
    if growth[["all", "trading_in_both"]].isna().any():
        return []
    grew = {basis: f"{growth[basis]:+.1%}" for basis in ("all", "trading_in_both")}
    key = "since" if grew["all"] != grew["trading_in_both"] else "since_alike"
    return [texts(key, year=scope.change.years[0], **grew)]


def _since_of_all(scope: Scope, measure: str, texts: Texts) -> list[str]:
    """How a sum grew that is compared of all firms alone."""
    if scope.change is None:
        return []
    before, after = (
        frame.loc[frame["region"] == scope.region, measure].sum()
        for frame in (scope.change.before.regions.frame, scope.change.after.regions.frame)
    )
    if pd.isna(before) or before <= 0:
        return []
    return [texts("since_of_all", year=scope.change.years[0], all=f"{after / before - 1:+.1%}")]


def _stays_note(scope: Scope, texts: Texts) -> str:
    """The share of all sales that stays, and that of the neighbors."""
    own = _stays(scope.sums)
    if pd.isna(own) or scope.of_firm_totals:
        return ""
    since = _since(scope, "in_region_transactions", texts)
    others = _neighbor_rows(scope)
    shares = [_stays(row) for row in others.to_dict("records")]
    values = pd.Series(shares, dtype=float).dropna()
    if values.empty:
        return texts("stop").join((texts("share_of_sales", share=share(own)), *since))
    median = share(float(values.median()))
    note = texts("share_and_neighbors", share=share(own), neighbors=len(values), median=median)
    return texts("stop").join((note, *since))


def _stays(sums: Mapping[Any, Any]) -> float:
    inside, sales = int(sums["in_region_transactions"]), int(sums["out_of_region_sales"])
    return inside / (inside + sales) if inside + sales > 0 else float("nan")


def _neighbor_rows(scope: Scope) -> pd.DataFrame:
    frame = scope.result.regions.frame
    if not scope.of_prefectures or not scope.region or scope.of_firm_totals:
        return frame.iloc[:0]
    rows = frame[frame["region"].isin(neighbors(scope.region)) & (frame["firms"] > 0)]
    return rows.reset_index(drop=True)


def neighbor_table(scope: Scope) -> Table | None:
    """The region beside the prefectures that share a border with it; None without any."""
    others = _neighbor_rows(scope)
    if others.empty:
        return None
    texts = Texts("first_page", scope.lang)
    own = scope.rows(scope.result.regions.frame)
    rows = pd.concat([own, others], ignore_index=True)
    firms = rows["firms"].where(rows["firms"] > 0)
    sales, purchases = rows["out_of_region_sales"], rows["out_of_region_purchases"]
    bought = rows["in_region_transactions"] + purchases
    columns = [
        text_column(label("regions", "region_name", scope.lang), scope.labels(rows["region"])),
        number_column(label("regions", "firms", scope.lang), rows["firms"]),
        money_column(scope, texts("sales_a_firm"), _whole(sales / firms)),
        money_column(scope, texts("purchases_a_firm"), _whole(purchases / firms)),
        share_column(texts("sold_inside"), [_stays(row) for row in rows.to_dict("records")]),
        share_column(
            texts("bought_inside"), rows["in_region_transactions"] / bought.where(bought > 0)
        ),
    ]
    return Table(texts("neighbors"), tuple(columns), texts("neighbors_note"), 0)


def _whole(amounts: pd.Series) -> list[int | None]:
    return [None if pd.isna(amount) else round(amount) for amount in amounts]


def lists(scope: Scope) -> list[Table]:
    """Who was chosen, with place, industry, both degrees and a reason; the certain ones apart."""
    selection, texts = scope.selection, Texts("first_page", scope.lang)
    if selection is None or not scope.region:
        return []
    chosen = selection.selected
    if scope.certainty is None:
        return [_list(scope, chosen, texts("list", firms=len(chosen)))]
    verdicts = scope.certainty.frame.set_index(["firm_id", "field"])["certainty"]
    keys = pd.MultiIndex.from_frame(chosen[["firm_id", "field"]])
    certain = (verdicts.reindex(keys) == "certain").to_numpy()
    parts = [("certain", chosen[certain]), ("borderline", chosen[~certain])]
    notes = _what_is_certain(scope, texts)
    return [
        replace(table, note=" ".join(filter(None, (table.note, notes[verdict]))))
        for verdict, part in parts
        if len(part)
        for caption in [texts(f"list_{verdict}", firms=len(part))]
        for table in [_list(scope, part.reset_index(drop=True), caption, by_name=True)]
    ]


def _what_is_certain(scope: Scope, texts: Texts) -> dict[str, str]:
    """What certain and borderline mean here; by verdict."""
    notes = {"certain": "", "borderline": texts("what_is_borderline")}
    if scope.certainty is None or not len(scope.certainty.lists):
        return notes
    unexplained = scope.certainty.lists["unexplained_share"].iloc[0]
    if pd.isna(unexplained):
        return notes
    part = scope.certainty.options.missing_share
    key = "what_is_certain" if part == 1 else "what_is_certain_of_part"
    values = {"share": f"{unexplained:.1%}", "part": f"{100 * part:.3g}%"}
    return notes | {"certain": texts(key, **values)}


def _list(scope: Scope, rows: pd.DataFrame, caption: str, *, by_name: bool = False) -> Table:
    texts = Texts("first_page", scope.lang)
    if by_name:  # no rank is hidden in the order
        rows = rows.sort_values(["name", "firm_id"], kind="stable", ignore_index=True)
    shown = rows.head(_MAX_ROWS)
    degrees = scope.degrees.firms(shown["firm_id"].tolist())
    columns = [text_column(label("degrees", "name", scope.lang), _names(shown), "name")]
    if shown["field"].notna().any():
        columns.insert(0, text_column(label("selection", "field", scope.lang), shown["field"]))
    columns += _place_and_industry(scope, shown["firm_id"])
    columns += [
        share_column(label("degrees", name, scope.lang), degrees[name])
        for name in ("connector_degree", "hub_degree")
    ]
    columns.append(Column(texts("reason"), tuple(_reasons(scope, shown, degrees)), "sentence"))
    more = len(rows) - len(shown)
    return Table(caption, tuple(columns), texts("more", firms=more) if more else "")


def _names(rows: pd.DataFrame) -> pd.Series:
    return rows["name"].where(rows["name"].notna(), rows["firm_id"].astype("str"))


def _place_and_industry(scope: Scope, ids: pd.Series) -> list[Column]:
    """Municipality and industry, where the firm table that came with the partners has them."""
    if scope.leaks is None:
        return []
    firms = scope.leaks.flows.firms
    firms = firms[firms["firm_id"].isin(ids)].drop_duplicates("firm_id")  # few of them
    firms = firms.set_index("firm_id").reindex(ids)
    texts, columns = Texts("first_page", scope.lang), []
    if "municipality_code" in firms:  # names of places have no English form
        codes = firms["municipality_code"].str.slice(0, 5)
        known = [c for c in codes.dropna().unique() if c in known_municipalities()]
        names = dict(zip(known, municipality_labels(known), strict=True))
        columns.append(text_column(texts("place"), codes.map(names), "word"))
    if "industry_code" in firms:
        labels = [
            industry_label(code[:2], scope.lang).split(" ", 1)[-1] if isinstance(code, str) else ""
            for code in firms["industry_code"]
        ]
        columns.append(text_column(texts("industry"), labels))
    return columns


def _reasons(scope: Scope, rows: pd.DataFrame, degrees: pd.DataFrame) -> list[str]:
    """One sentence a firm: its ranks, what raised its score, and why it is no certain one."""
    texts = Texts("first_page", scope.lang)
    if scope.selection is None:
        return []
    raised = raised_most(scope.selection, rows)
    doubtful: dict[Any, Mapping[Hashable, Any]] = {}
    if scope.certainty is not None:
        verdicts = scope.certainty.frame
        verdicts = verdicts[verdicts["firm_id"].isin(rows["firm_id"])]
        doubtful = {
            (row["firm_id"], row["field"]): row
            for row in verdicts.to_dict("records")
            if row["certainty"] != "certain"
        }
    sentences = []
    for row, by, connector, hub in zip(
        rows[["firm_id", "field"]].itertuples(index=False, name=None),
        raised,
        degrees["connector_rank"],
        degrees["hub_rank"],
        strict=True,
    ):
        ranks = [
            texts(key, rank=int(rank))
            for key, rank in (("connector_rank", connector), ("hub_rank", hub))
            if not pd.isna(rank)
        ]
        parts = [texts("separator").join(ranks)] if ranks else []
        if isinstance(by, str):
            parts.append(texts("raised_by", indicator=indicator_name(scope, by)))
        if scope.certainty is not None and (doubt := doubtful.get(row)) is not None:
            parts.append(why(doubt, scope.certainty, scope))
        sentences.append(plain(texts("stop").join(part for part in parts if part)))
    return sentences


def unranked(scope: Scope) -> list[str]:
    """Who is high by a degree and has no rank, by name and with the reason."""
    absent = absentee_sentences(scope)
    if absent or scope.selection is None or not scope.region or not len(scope.selection.frame):
        return absent
    return [Texts("first_page", scope.lang)("nobody_unranked", rank=MAX_RANK_OF_ABSENTEES)]


def about_data(scope: Scope) -> list[str]:
    """What one should know of the data: what warns first, then what it covers."""
    warnings = [n.text(scope.lang) for n in scope.notes if n.kind not in _TOLD_ELSEWHERE]
    return (warnings[:_MAX_LINES] + coverage(scope))[: max(_MAX_LINES, len(warnings) + 1)]


def not_computed(scope: Scope, missing: Mapping[str, str]) -> list[str]:
    """What was not computed, and how to get it, a line each."""
    texts, lines = Texts("first_page", scope.lang), []
    if scope.selection is None:
        lines.append(texts("no_selection"))
    elif scope.certainty is None and scope.region and len(scope.selection.frame):
        lines.append(texts("no_certainty"))
    if scope.region and not scope.of_firm_totals:
        if scope.ripple is None:
            lines.append(texts("no_partners"))
        elif scope.leaks is None:
            lines.append(texts("no_industries"))
        if scope.change is None:
            lines.append(texts("no_change"))
    return lines or list(dict.fromkeys(missing.values()))
