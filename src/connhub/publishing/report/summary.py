"""The summary of a report: what the numbers say, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from connhub.measures.linkages import rank_linkages
from connhub.publishing.report.candidates import LEADERS, NAME, about_candidates
from connhub.publishing.scope import Subject
from connhub.regions.scheme import OVERSEAS, UNKNOWN
from connhub.schema import label
from connhub.text.names import firm_label
from connhub.text.notes import note
from connhub.text.numbers import share

__all__ = ["Paragraph", "summary", "warnings"]

_LEAST_SHARE = 0.01
"""Linkages below this share of the trade are too small for their intensity to mean much."""


@dataclass(frozen=True)
class Paragraph:
    """A heading and the sentences below it."""

    heading: str
    sentences: tuple[str, ...]


def summary(subject: Subject) -> list[Paragraph]:
    """Say what the report shows, number by number.

    Parameters
    ----------
    subject : Subject

    Returns
    -------
    list of Paragraph
    """
    s = subject
    parts = [
        (s.say("域外への販売", "Sales out of the region"), _sales(s)),
        (s.say("販売先と仕入先", "Customers and suppliers"), _partners(s)),
        (s.say("域内の取引", "Trade inside the region"), _inside(s)),
        (s.say("集中の度合い", "Concentration"), _concentration(s)),
        (s.say("中核となる企業", "Firms at the centre"), _centre(s)),
        (s.say("重点支援企業の候補", "Candidates for priority support"), about_candidates(s)),
        (s.say("強い結びつき", "Strong linkages"), _strong(s)),
        (s.say("データの範囲", "What the data covers"), _coverage(s)),
    ]
    return [Paragraph(heading, tuple(said)) for heading, said in parts if said]


def warnings(subject: Subject) -> list[str]:
    """What a reader must know before the numbers, the most important first."""
    s = subject
    told = [n.text(s.lang) for n in s.result.ledger.notes]
    if s.selection is not None and not s.code:
        told += [note(n, s.lang) for n in s.selection.notes]
    if s.code and not s.sums["firms"]:
        told.append(
            s.say(
                f"企業表に{s.name}の企業がない。度も順位も求められない。",
                f"The firm table has no firm in {s.name}: there are no degrees and no ranks.",
            )
        )
    return told


def _sales(s: Subject) -> list[str]:
    firms, out = s.sums["firms"], s.sums["out_of_region_sales"]
    abroad, bought = s.sums["overseas_sales"], s.sums["out_of_region_purchases"]
    if not firms and not out and not bought:
        return [s.say("取引のデータがない。", "There is no data on trade.")]
    if out <= 0:
        return [
            s.say(
                f"企業表にある{s.name}の企業{s.firms(firms)}には、域外への販売がない"
                f"(差引{s.money(out)})。このためコネクター度は定義されない。",
                f"The {s.firms(firms)} of {s.name} have no sales out of the region "
                f"(net {s.money(out)}), so the connector degree is undefined.",
            )
        ]
    said = [
        s.say(
            f"{s.name}の企業{s.firms(firms)}の域外販売額(ほかの地域と海外への販売)は"
            f"{s.money(out)}{_place(s, 'out_of_region_sales')}。"
            f"うち海外向けは{s.money(abroad)}({share(abroad / out)})である。",
            f"The {s.firms(firms)} of {s.name} sold {s.money(out)} to other regions and abroad"
            f"{_place(s, 'out_of_region_sales')}, of which {s.money(abroad)} "
            f"({share(abroad / out)}) abroad.",
        )
    ]
    if s.code:
        net = out - bought
        said.append(
            s.say(
                f"域外からの仕入額は{s.money(bought)}で、"
                f"差し引き{s.money(abs(net))}の{'販売' if net >= 0 else '仕入'}超過となる。",
                f"It bought {s.money(bought)} from outside: a "
                f"{'surplus' if net >= 0 else 'deficit'} of {s.money(abs(net))}.",
            )
        )
    return said


def _place(s: Subject, measure: str) -> str:
    """The place of the region among all, as the end of a sentence."""
    values = s.result.regions.frame.set_index("region")[measure]
    if s.code not in values.index or len(values) < 2:
        return s.say("である", "")
    rank = int((values > values[s.code]).sum()) + 1
    return s.say(
        f"で、{len(values)}{s.kind}中{rank}位である", f" (rank {rank} of {len(values)} {s.kind})"
    )


def _partners(s: Subject) -> list[str]:
    links, said = s.result.linkages.frame, []
    if not s.code:
        return []
    for side, partner, part, ja, en in (
        ("seller_region", "buyer_region", "share_of_out_of_region_sales", "販売先", "customer"),
        ("buyer_region", "seller_region", "share_of_out_of_region_purchases", "仕入先", "supplier"),
    ):
        own = links[(links[side] == s.code) & (links["amount"] > 0)].head(LEADERS)
        if not len(own):
            continue
        told = [
            f"{s.names.get(p, p)}({s.money(a)}、{share(q)})"
            if s.lang == "ja"
            else f"{s.names.get(p, p)} ({s.money(a)}, {share(q)})"
            for p, a, q in own[[partner, "amount", part]].itertuples(index=False)
        ]
        rest = "、".join(told[1:]) if s.lang == "ja" else " and ".join(told[1:])
        whole = ("域外販売額", "sales out of the region")
        if ja == "仕入先":
            whole = ("域外仕入額", "purchases from outside")
        said.append(
            s.say(
                f"域外の{ja}で最も大きいのは{told[0]}で"
                + (f"、{rest}が続く" if rest else "ある")
                + f"。割合は{whole[0]}に占めるものである。",
                f"The largest {en} is {told[0]}"
                + (f", followed by {rest}" if rest else "")
                + f"; shares are of the {whole[1]}.",
            )
        )
    return said


def _inside(s: Subject) -> list[str]:
    inside, out = s.sums["in_region_transactions"], s.sums["out_of_region_sales"]
    if not s.sums["firms"] and not inside:
        return []
    if inside <= 0:
        return [
            s.say(
                "域内の企業どうしの取引がない。このためハブ度は定義されない。",
                "There is no trade inside the region, so the hub degree is undefined.",
            )
        ]
    stays = inside / (inside + out) if inside + out > 0 else float("nan")
    return [
        s.say(
            f"域内取引額(同じ地域の企業どうしの取引)は{s.money(inside)}"
            f"{_place(s, 'in_region_transactions')}。"
            f"販売額全体の{share(stays)}が域内にとどまる。",
            f"Trade between firms of the same region is {s.money(inside)}"
            f"{_place(s, 'in_region_transactions')}; {share(stays)} of all sales stay there.",
        )
    ]


def _concentration(s: Subject) -> list[str]:
    said = []
    for by, ja, en in (
        ("out_of_region_sales", "域外販売額", "sales out of the region"),
        ("in_region_purchases", "域内仕入額", "purchases inside the region"),
    ):
        values = s.degrees.frame[by].to_numpy()
        whole, trading = int(values.sum()), int((values > 0).sum())
        if whole <= 0:
            continue
        top = np.sort(values)[::-1]
        counts = [n for n in (1, 5, 10) if n == 1 or n < trading]
        parts = [share(float(top[:n].sum() / whole)) for n in counts]
        told = "、".join(f"上位{n}社で{p}" for n, p in zip(counts, parts, strict=True))
        largest = f"The largest firm carries {parts[0]}"
        if len(counts) > 1:
            largest += f", the largest {_and(counts[1:])} carry {_and(parts[1:])}"
        said.append(
            s.say(
                f"{ja}は、{told}を占める(この取引がある企業は{s.firms(trading)})。",
                f"{largest} of the {en} (of {s.firms(trading)} that have any).",
            )
        )
    return said


def _and(words: Sequence[object]) -> str:
    return " and ".join(map(str, words))


def _centre(s: Subject) -> list[str]:
    said, first = [], []
    for by in ("connector_degree", "hub_degree"):
        top = s.degrees.top(10, by)
        top = top[top[by] > 0]
        first.append(top)
        if not len(top):
            continue
        named = [_firm(s, row, row[by]) for _, row in top.head(LEADERS).iterrows()]
        measure = label("degrees", by, s.lang)
        rest = s.say("、", ", ").join(named[1:])
        said.append(
            s.say(
                f"{measure}が最も高いのは{named[0]}で"
                + (f"、{rest}が続く。" if rest else "ある。"),
                f"The highest {measure.lower()} is that of {named[0]}"
                + (f", followed by {rest}." if rest else "."),
            )
        )
    both = [i for i in first[0]["firm_id"] if i in set(first[1]["firm_id"])]
    if both and s.code and len(s.degrees.frame) > 10:
        rows = s.degrees.frame.set_index("firm_id").loc[both[:LEADERS]]
        names = s.say("、", ", ").join(firm_label(r["name"], i, NAME) for i, r in rows.iterrows())
        more = len(both) - len(rows)
        said.append(
            s.say(
                f"両方の度で上位10社に入る企業は{s.firms(len(both))}ある({names}"
                f"{f'ほか{more}社' if more else ''})。",
                f"{s.firms(len(both))} among the top 10 by both degrees: {names}"
                f"{f' and {more} more' if more else ''}.",
            )
        )
    return said


def _firm(s: Subject, row: pd.Series, value: float) -> str:
    place = "" if s.code else s.say("、", ", ").join([s.names[row["region"]], ""])
    name = firm_label(row["name"], row["firm_id"], NAME)
    return s.say(f"「{name}」({place}{share(value)})", f"{name} ({place}{share(value)})")


def _strong(s: Subject) -> list[str]:
    links = s.result.linkages
    if s.code and s.code not in links.codes:
        return []
    ranked = rank_linkages(links, "intensity", of_region=s.code or None)
    outside = {OVERSEAS, UNKNOWN}
    proper = ~(ranked["seller_region"].isin(outside) | ranked["buyer_region"].isin(outside))
    shares = ranked[["share_of_out_of_region_sales", "share_of_out_of_region_purchases"]]
    if s.code:
        own = ranked["seller_region"] == s.code
        part = shares.iloc[:, 0].where(own, shares.iloc[:, 1])
    else:
        part = shares.max(axis=1)
    ranked = ranked[proper & (part >= _LEAST_SHARE) & (ranked["intensity"] > 1)].head(LEADERS)
    if not len(ranked):
        return []
    told = []
    for row in ranked.to_dict("records"):
        ends = f"{s.names[row['seller_region']]}→{s.names[row['buyer_region']]}"
        few = ""
        if "sellers" in row and row["sellers"] <= 2:
            few = s.say(f"、販売元{row['sellers']}社", f", {s.firms(row['sellers'])} selling")
        times = f"{row['intensity']:,.{0 if row['intensity'] >= 100 else 1}f}"
        told.append(
            s.say(
                f"{ends}({times}倍、{s.money(row['amount'])}{few})",
                f"{ends} ({times} times, {s.money(row['amount'])}{few})",
            )
        )
    listed = s.say("、", ", ").join(told)
    return [
        s.say(
            f"規模から見込まれる額に対する倍率(結合度)が高いのは、{listed}である"
            f"(域外取引の{_LEAST_SHARE:.0%}以上を占めるものに限る)。",
            f"Far above what sizes alone explain (intensity): {listed}; only linkages with at "
            f"least {_LEAST_SHARE:.0%} of the trade.",
        )
    ]


def _coverage(s: Subject) -> list[str]:
    ledger, frame = s.result.ledger, s.result.regions.frame
    rows, amount = ledger.entry("read")
    left = share(ledger.excluded_share)
    out = (f"うち除外したのは絶対額で{left}である", f"{left} of the absolute money was excluded")
    if not ledger.excluded_share:
        out = ("除外した金額はない", "no money was excluded")
    said = [
        s.say(
            f"読み込んだ取引は{rows:,}件、{s.money(amount)}で、{out[0]}。",
            f"{rows:,} transactions of {s.money(amount)} were read; {out[1]}.",
        )
    ]
    if s.code:
        sold, bought = s.sums["excluded_sales"], s.sums["excluded_purchases"]
        said.append(
            s.say(
                f"{s.name}に関わる除外は、販売{s.money(sold)}、仕入{s.money(bought)}である。",
                f"Of {s.name}, {s.money(sold)} of sales and {s.money(bought)} of purchases were "
                "excluded.",
            )
        )
    own = frame[frame["region"] == s.code] if s.code else frame
    known = own["sales_coverage"].dropna()
    if s.code and len(known):
        bought_seen = own["purchases_coverage"].iloc[0]
        said.append(
            s.say(
                f"公的統計などの総額に対する捕捉率は、域外販売額{share(float(known.iloc[0]))}、"
                f"域内仕入額{share(float(bought_seen))}である。",
                f"Of the official sums, the data holds {share(float(known.iloc[0]))} of the sales "
                f"out of the region and {share(float(bought_seen))} of the purchases inside.",
            )
        )
    elif not s.result.options.get("official_region_totals"):
        said.append(
            s.say(
                "地域の総額は与えられていないため、実際の取引に対する捕捉率は分からない。"
                "度の分母は、データにある企業の合計である。",
                "No official sums were given, so how much of the real trade the data holds is not "
                "known; degrees divide by the sum over the firms of the data.",
            )
        )
    return said + _undefined(s, own)


def _undefined(s: Subject, own: pd.DataFrame) -> list[str]:
    said = []
    for flag, degree in (("connector_defined", "connector_degree"), ("hub_defined", "hub_degree")):
        lacking = own[~own[flag]]
        if not len(lacking):
            continue
        measure = label("degrees", degree, s.lang)
        places = s.say("、", ", ").join(s.names[c] for c in lacking["region"].head(10))
        more = s.say("など", " and others") if len(lacking) > 10 else ""
        said.append(
            s.say(
                f"{measure}は、分母が正でないため定義されない地域がある: {places}{more}。",
                f"{measure} is undefined, as its denominator is not positive, in: {places}{more}.",
            )
        )
    return said
