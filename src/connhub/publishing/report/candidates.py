"""Who was chosen and why, in sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from connhub.publishing.scope import Subject
from connhub.schema import label
from connhub.selection.explain import indicator_label
from connhub.text.names import firm_label, plain, shortened

__all__ = ["LEADERS", "NAME", "about_candidates", "raised_most", "reasons"]

LEADERS = 3
"""How many a sentence names."""
NAME = 40
"""Columns of a firm's name in a sentence."""
_REASONS = 30
_IN = ("すべて候補とした", "all chosen")
_OUT = ("候補としなかった", "not chosen")


def raised_most(selection: Any, frame: pd.DataFrame) -> pd.Series:
    """Which indicator raised the score of each row most above the mean; none where none did."""
    if not len(frame):
        return pd.Series(dtype=object)
    weights = selection.scheme.weights
    above = pd.DataFrame({n: w * (frame[f"{n}_deviation_score"] - 50) for n, w in weights.items()})
    return above.idxmax(axis=1).where(above.max(axis=1) > 0)


def about_candidates(subject: Subject) -> list[str]:
    """Who was chosen, and what made the difference, in sentences."""
    s, selection = subject, subject.selection
    if selection is None:
        return []
    chosen = selection.selected
    count, ranked = chosen["firm_id"].nunique(), selection.frame["firm_id"].nunique()
    name = s.scheme_name
    said = [
        s.say("順位づけできる企業がない。", "No firm can be ranked.")
        if not ranked
        else s.say(
            f"評点方式「{name}」により{s.firms(ranked)}を順位づけし、{s.firms(count)}を候補とした。",
            f"By the scheme “{name}”, {s.firms(ranked)} were ranked and {s.firms(count)} chosen as "
            "candidates.",
        )
    ]
    said += _unranked(s)
    if not count:
        return said
    most = raised_most(selection, chosen)
    if s.code and chosen["field"].isna().all():
        best = chosen.iloc[0]
        first = firm_label(best["name"], best["firm_id"], NAME)
        end = ("である", "")
        if isinstance(most.iloc[0], str):
            indicator = indicator_label(most.iloc[0], s.lang)
            end = (
                f"で、得点を最も上げたのは{indicator}である",
                f", raised most by {indicator.lower()}",
            )
        said.append(
            s.say(
                f"1位は「{first}」(得点{best['score']:.1f}){end[0]}。",
                f"First is {first} (score {best['score']:.1f}){end[1]}.",
            )
        )
    often = most.value_counts()
    named = [(indicator_label(str(n), s.lang), c) for n, c in often.head(LEADERS).items()]
    if len(often) > 1:
        ja, en = ([f"{n}({c:,}社)" for n, c in named], [f"{n.lower()} ({c:,})" for n, c in named])
        said.append(
            s.say(
                f"候補の得点を最も上げた指標は、{'、'.join(ja)}の順に多い。",
                f"What raised the scores of the candidates most: {', '.join(en)}.",
            )
        )
    ties = selection.crossing_ties
    if s.code and len(ties):
        tied, all_in = int(ties["tied"].sum()), ties["decision"].iloc[0] == "include"
        done = s.say(*(_IN if all_in else _OUT))
        said.append(
            s.say(
                f"最後の枠で同点の{tied}社は、{done}。",
                f"{tied} firms tied across the last place were {done}.",
            )
        )
    if s.stability is not None:
        robust = s.stability[s.stability["selected"] & (s.stability["verdict"] == "robust")]
        kept = robust["firm_id"].nunique()
        said.append(
            s.say(
                f"重みと偏差値の読み方を変えても95%以上の場合に選ばれる候補は{s.firms(kept)}である。",
                f"Of these, {s.firms(kept)} would be selected in at least 95% of the cases when "
                "the weights and the reading of ranks vary.",
            )
        )
    return said


def _unranked(s: Subject) -> list[str]:
    """How many firms have no rank, and the most frequent reason."""
    without = None if s.selection is None else s.selection.not_ranked
    if without is None or not len(without):
        return []
    why = without["reason"].value_counts()
    reason = label("reason", str(why.index[0]), s.lang)
    firms, most = s.firms(len(without)), s.firms(int(why.iloc[0]))
    ja, en = f"理由は「{reason}」である", f": {reason.lower()}"
    if len(why) > 1:
        ja = f"最も多い{ja.removesuffix('である')}({most})である"
        en = f", mostly for{en} ({most})"
    return [s.say(f"順位のない企業は{firms}で、{ja}。", f"{firms} could not be ranked{en}.")]


def reasons(subject: Subject) -> list[tuple[str, list[str]]]:
    """Why each candidate of a region was chosen: a heading, and lines."""
    s = subject
    if s.selection is None or not s.code:
        return []
    told = []
    for firm in list(dict.fromkeys(s.selection.selected["firm_id"]))[:_REASONS]:
        said = s.selection.explain(firm, lang=s.lang)
        name = s.selection.frame.loc[s.selection.frame["firm_id"] == firm, "name"].iloc[0]
        if isinstance(name, str) and name:
            said = said.replace(name, shortened(name, 60))
        head, *rest = said.splitlines()[:-1]
        told.append((plain(head), [plain(r.strip()) for r in rest]))
    return told
