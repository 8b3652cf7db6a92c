"""The summary of a report: what the numbers say, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from connhub.intake.ledger import ASKED_FOR
from connhub.measures.linkages import rank_linkages
from connhub.publishing.report.candidates import MAX_LEADERS, MAX_NAME, about_candidates
from connhub.publishing.scope import Scope
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label
from connhub.text.numbers import share

__all__ = ["Paragraph", "coverage", "rank_of", "summary", "warnings"]

_LEAST_SHARE = 0.01
"""Linkages below this share of the trade are too small for their intensity to mean much."""
_MAX_SELLERS = 2
"""A linkage of no more sellers than this rests on single firms."""


@dataclass(frozen=True)
class Paragraph:
    """A heading and the sentences below it."""

    heading: str
    sentences: tuple[str, ...]


def summary(scope: Scope) -> list[Paragraph]:
    """Say what the report shows, number by number.

    Parameters
    ----------
    scope : Scope

    Returns
    -------
    list of Paragraph
    """
    texts = Texts("summary", scope.lang)
    parts = [
        (texts("heading_sales"), _sales(scope, texts)),
        (texts("heading_partners"), _partners(scope, texts)),
        (texts("heading_inside"), _inside(scope, texts)),
        (texts("heading_concentration"), _concentration(scope, texts)),
        (texts("heading_leaders"), _leaders(scope, texts)),
        (texts("heading_candidates"), about_candidates(scope)),
        (texts("heading_linkages"), _linkages(scope, texts)),
        (texts("heading_coverage"), coverage(scope)),
    ]
    return [Paragraph(heading, tuple(sentences)) for heading, sentences in parts if sentences]


def warnings(scope: Scope) -> list[str]:
    """What a reader must know before the numbers, the most important first."""
    notes = [note.text(scope.lang) for note in scope.notes]
    if scope.region and not scope.sums["firms"]:
        notes.append(Texts("summary", scope.lang)("no_firm", place=scope.name))
    return notes


def _sales(scope: Scope, texts: Texts) -> list[str]:
    firms, sales = scope.sums["firms"], scope.sums["out_of_region_sales"]
    abroad, purchases = scope.sums["overseas_sales"], scope.sums["out_of_region_purchases"]
    if not firms and not sales and not purchases:
        return [texts("no_trade")]
    values: dict[str, Any] = {"place": scope.name, "firms": firms, "sales": scope.money(sales)}
    if sales <= 0:
        return [texts("no_sales", **values)]
    rank = rank_of(scope, "out_of_region_sales")
    if "overseas_sales" in scope.unknown:
        sentences = [texts("sales_alone_ranked" if rank else "sales_alone", **values, **rank)]
    else:
        values |= {"abroad": scope.money(abroad), "share": share(abroad / sales)}
        sentences = [texts("sales_ranked" if rank else "sales", **values, **rank)]
    if scope.region and "out_of_region_purchases" not in scope.unknown:
        key = "surplus" if sales >= purchases else "deficit"
        balance = scope.money(abs(sales - purchases))
        sentences.append(texts(key, purchases=scope.money(purchases), balance=balance))
    return sentences


def rank_of(scope: Scope, measure: str) -> dict[str, Any]:
    """The rank of the region among all by a sum; empty for all regions together."""
    frame = scope.result.regions.frame
    frame = frame[frame["firms"] > 0]  # the others are not in the table
    values = frame.set_index("region")[measure]
    if scope.region not in values.index or len(values) < 2:
        return {}
    rank = int((values > values[scope.region]).sum()) + 1
    return {"rank": rank, "regions": len(values), "kind": scope.kind}


def _partners(scope: Scope, texts: Texts) -> list[str]:
    if not scope.region or scope.of_firm_totals:
        return []
    links, sentences = scope.result.linkages.frame, []
    for own, partner, part, only, several in (
        (
            *("seller_region", "buyer_region", "share_of_out_of_region_sales"),
            *("only_customer", "customers"),
        ),
        (
            *("buyer_region", "seller_region", "share_of_out_of_region_purchases"),
            *("only_supplier", "suppliers"),
        ),
    ):
        largest = links[(links[own] == scope.region) & (links["amount"] > 0)].head(MAX_LEADERS)
        names = [
            texts("partner", region=scope.label(p), money=scope.money(a), share=share(q))
            for p, a, q in largest[[partner, "amount", part]].itertuples(index=False)
        ]
        sentences += _ranking(texts, only, several, names)
    return sentences


def _ranking(texts: Texts, only: str, several: str, names: list[str], **values: Any) -> list[str]:
    """A sentence on the first of a ranking and those that follow; none for an empty one."""
    if not names:
        return []
    if len(names) == 1:
        return [texts(only, first=names[0], **values)]
    return [texts(several, first=names[0], others=names[1:], **values)]


def _inside(scope: Scope, texts: Texts) -> list[str]:
    inside, sales = scope.sums["in_region_transactions"], scope.sums["out_of_region_sales"]
    if not scope.sums["firms"] and not inside:
        return []
    if scope.of_firm_totals:
        return [
            texts("inside_stated" if inside > 0 else "no_inside_stated", inside=scope.money(inside))
        ]
    if inside <= 0:
        return [texts("no_inside")]
    part = inside / (inside + sales) if inside + sales > 0 else float("nan")
    rank = rank_of(scope, "in_region_transactions")
    values = {"inside": scope.money(inside), "share": share(part), **rank}
    return [texts("inside_ranked" if rank else "inside", **values)]


def _concentration(scope: Scope, texts: Texts) -> list[str]:
    sentences = []
    for by in ("out_of_region_sales", "in_region_purchases"):
        values = scope.degrees.frame[by].dropna().to_numpy(dtype=np.int64)
        total, trading = int(values.sum()), int((values > 0).sum())
        if total <= 0:
            continue
        cumulative = np.cumsum(np.sort(values)[::-1])
        parts = [
            texts("largest_firm" if n == 1 else "largest_firms", n=n, share=share(part))
            for n in (1, 5, 10)
            if n == 1 or n < trading
            for part in [float(cumulative[n - 1] / total)]
        ]
        measure = scope.column("degrees", by)
        sentences.append(texts("concentration", measure=measure, parts=parts, firms=trading))
    return sentences


def _leaders(scope: Scope, texts: Texts) -> list[str]:
    sentences, tops = [], []
    for by in ("connector_degree", "hub_degree"):
        top = scope.degrees.top(10, by)
        top = top[top[by] > 0]
        tops.append(top)
        names = [_firm(scope, row, row[by], texts) for _, row in top.head(MAX_LEADERS).iterrows()]
        measure = scope.column("degrees", by)
        sentences += _ranking(texts, "only_leader", "leaders", names, measure=measure)
    both = [i for i in tops[0]["firm_id"] if i in set(tops[1]["firm_id"])]
    if both and scope.region and len(scope.degrees.frame) > 10:
        rows = scope.degrees.frame.set_index("firm_id").loc[both[:MAX_LEADERS]]
        names = [firm_label(r["name"], i, MAX_NAME) for i, r in rows.iterrows()]
        more = len(both) - len(names)
        key = "leaders_by_both_and_more" if more else "leaders_by_both"
        sentences.append(texts(key, firms=len(both), names=names, more=more))
    return sentences


def _firm(scope: Scope, row: pd.Series, value: float, texts: Texts) -> str:
    name = firm_label(row["name"], row["firm_id"], MAX_NAME)
    if scope.region:
        return texts("firm", name=name, share=share(value))
    return texts("firm_of_region", name=name, region=scope.label(row["region"]), share=share(value))


def _linkages(scope: Scope, texts: Texts) -> list[str]:
    if scope.of_firm_totals:
        return [texts("needs_transactions")]
    ranked = _strong_linkages(scope)
    if not len(ranked):
        return []
    linkages = []
    for row in ranked.to_dict("records"):
        values: dict[str, Any] = {
            "seller": scope.label(row["seller_region"]),
            "buyer": scope.label(row["buyer_region"]),
            "times": f"{row['intensity']:,.{0 if row['intensity'] >= 100 else 1}f}",
            "money": scope.money(row["amount"]),
        }
        if row.get("sellers", _MAX_SELLERS + 1) <= _MAX_SELLERS:
            linkages.append(texts("linkage_of_few", sellers=int(row["sellers"]), **values))
        else:
            linkages.append(texts("linkage", **values))
    return [texts("linkages", linkages=linkages, least=_LEAST_SHARE)]


def _strong_linkages(scope: Scope) -> pd.DataFrame:
    """The linkages with the highest intensities, without overseas and small ones."""
    ranked = rank_linkages(scope.result.linkages, "intensity", of_region=scope.region or None)
    outside = [OVERSEAS, UNKNOWN]
    domestic = ~(ranked["seller_region"].isin(outside) | ranked["buyer_region"].isin(outside))
    of_sales = ranked["share_of_out_of_region_sales"]
    of_purchases = ranked["share_of_out_of_region_purchases"]
    if scope.region:
        part = of_sales.where(ranked["seller_region"] == scope.region, of_purchases)
    else:
        part = of_sales.combine(of_purchases, np.fmax)
    strong = domestic & (part >= _LEAST_SHARE) & (ranked["intensity"] > 1)
    return ranked[strong].head(MAX_LEADERS)


def coverage(scope: Scope) -> list[str]:
    """What the data covers, in sentences."""
    texts = Texts("summary", scope.lang)
    ledger, regions = scope.result.ledger, scope.result.regions.frame
    passed_over = [ledger.entry(entry) for entry in ASKED_FOR]
    rows = ledger.entry("read")[0] - sum(r for r, _ in passed_over)
    amount = ledger.entry("read")[1] - sum(a for _, a in passed_over)
    values = {"rows": rows, "money": scope.money(amount)}
    if scope.of_firm_totals:
        sentences = [texts("totals_read", rows=rows, used=ledger.entry("firm_totals")[0])]
    elif ledger.excluded_share:
        sentences = [texts("read_and_excluded", share=share(ledger.excluded_share), **values)]
    else:
        sentences = [texts("read", **values)]
    if scope.region and not scope.of_firm_totals:
        excluded = {n: scope.sums[f"excluded_{n}"] for n in ("sales", "purchases")}
        if ledger.excluded_share or any(excluded.values()):
            sums = {n: scope.money(amount) for n, amount in excluded.items()}
            sentences.append(texts("excluded_of_region", place=scope.name, **sums))
    if scope.region:
        regions = regions[regions["region"] == scope.region]
    known = regions["sales_coverage"].dropna()
    if scope.region and len(known):
        shares = {
            f"{n}_share": share(float(regions[f"{n}_coverage"].iloc[0]))
            for n in ("sales", "purchases")
        }
        sentences.append(texts("covered", **shares))
    elif not scope.result.options.get("official_region_totals"):
        sentences.append(texts("no_official_sums"))
    for measure, places in scope.undefined.items():
        sentences.append(texts("undefined", measure=measure, places=places))
    return sentences
