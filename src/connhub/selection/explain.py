"""Reasons in words and numbers: why a firm is selected, or not, or not ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from connhub.errors import Fault, InputError
from connhub.regions.directory import region_label
from connhub.schema import Column, Language, columns, label
from connhub.text.numbers import money_unit

if TYPE_CHECKING:
    from connhub.selection.result import Selection

__all__ = ["explain", "indicator_label", "indicator_value"]

_WORDS = {
    "ja": {
        "head": "{who}({place})",
        "place": "{size:,} 社中 {rank:,} 位、得点 {score:.2f}: {verdict}",
        "yes": "選定",
        "no": "選定されない",
        "cut": "選定された最も低い得点は {score:.2f}(差 {gap:+.2f})",
        "nobody": "このリストでは選定された企業がない",
        "tied": "同じ得点の企業が {tied:,} 社ある",
        "line": "{name} {value}: {among}{size:,} 社中 {rank:,} 位、"
        "偏差値 {score:.1f} × 重み {weight:.4g}% = {part:.2f}(平均より {above:+.2f})",
        "gap": "{name}: 値がない。{how}、偏差値 {score:.1f} × 重み {weight:.4g}% = {part:.2f}",
        "last": "最下位として扱い",
        "neutral": "平均として扱い",
        "most": "得点を最も上げたのは{name}",
        "least": "最も下げたのは{name}",
        "scheme": "評点方式: {name}; 順位から偏差値へ: {reading}",
        "linear": "線形 50 + 10(平均順位 - 順位)/標準偏差",
        "normal": "正規スコア 50 + 10Φ⁻¹((N - 順位 + 0.5)/N)",
        "all": "全国の",
        "region": "地域の",
        "field": "分野の",
        "not ranked": "{who}: 順位なし。理由: {reason}",
        "join": "、",
        "stop": "。",
    },
    "en": {
        "head": "{who} ({place})",
        "place": "rank {rank:,} of {size:,}, score {score:.2f}: {verdict}",
        "yes": "selected",
        "no": "not selected",
        "cut": "the lowest selected score is {score:.2f} ({gap:+.2f})",
        "nobody": "no firm of this list is selected",
        "tied": "{tied:,} firms have this score",
        "line": "{name} {value}: rank {rank:,} of {size:,} {among}, "
        "deviation score {score:.1f} x weight {weight:.4g}% = {part:.2f} "
        "({above:+.2f} to the mean)",
        "gap": "{name}: no value; {how}, deviation score {score:.1f} x weight {weight:.4g}% "
        "= {part:.2f}",
        "last": "ranked last",
        "neutral": "taken as average",
        "most": "raised most by {name}",
        "least": "lowered most by {name}",
        "scheme": "Scheme: {name}; from rank to deviation score: {reading}",
        "linear": "linear, 50 + 10 (mean rank - rank) / s.d.",
        "normal": "normal scores, 50 + 10 Φ⁻¹((N - rank + 0.5) / N)",
        "all": "of all regions",
        "region": "of the region",
        "field": "of the field",
        "not ranked": "{who}: not ranked. Reason: {reason}",
        "join": "; ",
        "stop": ".",
    },
}


def explain(selection: Selection, firm_id: str, lang: Language) -> str:
    """See `Selection.explain`."""
    frame = selection.frame
    lines = np.flatnonzero((frame["firm_id"] == firm_id).to_numpy(dtype=bool))
    if lines.size:
        parts = [_of_line(selection, int(i), lang) for i in lines]
        words = _WORDS[lang]
        reading = words[selection.scheme.reading]
        parts.append(words["scheme"].format(name=selection.scheme.name, reading=reading))
        return "\n".join(parts)
    listed = selection.not_ranked
    hit = listed[listed["firm_id"] == firm_id]
    if not len(hit):
        fix = "give an id of the firm table"
        raise InputError(Fault("no such firm in this selection", values=(firm_id,), fix=fix))
    row = hit.iloc[0]
    reason = label("reason", row["reason"], lang)
    if isinstance(row["indicator"], str):
        reason += f" ({indicator_label(row['indicator'], lang)})"
    return _WORDS[lang]["not ranked"].format(who=_who(row), reason=reason)


def _who(row: Any) -> str:
    return f"{row['name']} {row['firm_id']}" if isinstance(row["name"], str) else row["firm_id"]


def _of_line(selection: Selection, i: int, lang: Language) -> str:
    words, standing = _WORDS[lang], selection.standing
    row = selection.frame.iloc[i]
    place = region_label(row["region"], row["region_name"], lang)
    if isinstance(row["field"], str):
        place += words["join"] + row["field"]
    which = int(np.searchsorted(standing.start, i, side="right")) - 1
    size = int(standing.size[which])
    verdict = words["yes" if row["selected"] else "no"]
    said = [words["place"].format(size=size, rank=row["rank"], score=row["score"], verdict=verdict)]
    if standing.tied[i] > 1:
        said.append(words["tied"].format(tied=standing.tied[i]))
    said.append(_cut(selection, which, float(row["score"]), lang))
    said += _extremes(selection, row, lang)
    head = words["head"].format(who=_who(row), place=place)
    lines = [f"{head}: {words['join'].join(said)}{words['stop']}"]
    lines += ["  " + _of_indicator(selection, row, i, name, lang) for name in standing.ranks]
    return "\n".join(lines)


def _cut(selection: Selection, which: int, score: float, lang: Language) -> str:
    standing = selection.standing
    part = slice(standing.start[which], standing.start[which] + standing.size[which])
    chosen = standing.score[part][standing.selected[part]]
    if not chosen.size:
        return _WORDS[lang]["nobody"]
    last = float(chosen.min())
    return _WORDS[lang]["cut"].format(score=last, gap=score - last)


def _extremes(selection: Selection, row: Any, lang: Language) -> list[str]:
    """Which indicator raised the score most above the mean, and which lowered it most."""
    weights = selection.scheme.weights
    if len(weights) == 1:
        return []
    above = {n: w * (row[f"{n}_deviation_score"] - 50) for n, w in weights.items()}
    most, least = max(above, key=above.__getitem__), min(above, key=above.__getitem__)
    said = []
    if above[most] > 0:
        said.append(_WORDS[lang]["most"].format(name=indicator_label(most, lang)))
    if above[least] < 0:
        said.append(_WORDS[lang]["least"].format(name=indicator_label(least, lang)))
    return said


def _of_indicator(selection: Selection, row: Any, i: int, name: str, lang: Language) -> str:
    words, scheme = _WORDS[lang], selection.scheme
    ranks = selection.standing.ranks[name]
    score, weight = float(row[f"{name}_deviation_score"]), scheme.weights[name]
    told: dict[str, Any] = {
        "name": indicator_label(name, lang),
        "score": score,
        "weight": 100 * weight,
        "part": row[f"{name}_contribution"],
    }
    if np.isnan(row[name]):
        return words["gap"].format(how=words[scheme.missing], **told)
    size = int(ranks.count[ranks.group[selection.standing.unit[i]]])
    return words["line"].format(
        value=indicator_value(float(row[name]), name, selection.ledger.unit, lang),
        among=words[scheme.population],
        size=size,
        rank=row[f"{name}_rank"],
        above=weight * (score - 50),
        **told,
    )


def _known(name: str) -> Column | None:
    tables = ("degrees", "indicators", "financials")
    return next((columns(t)[name] for t in tables if name in columns(t)), None)


def indicator_label(name: str, lang: Language) -> str:
    """Label of an indicator; the name itself for a column of the user's."""
    column = _known(name)
    if column is None:
        return name
    return column.label_ja if lang == "ja" else column.label_en


def indicator_value(value: float, name: str, money: str, lang: Language) -> str:
    """Write a value of an indicator with its unit; `money` is the unit of money."""
    column = _known(name)
    unit = "" if column is None else column.unit
    if unit in ("share", "share a year"):
        sign = "+" if unit == "share a year" else ""
        return f"{100 * value:{sign}.4g}%"
    if unit == "money":
        return f"{value:,.0f} {money_unit(money, lang)}"
    if unit == "persons":
        return f"{value:,.1f} {'人' if lang == 'ja' else 'persons'}"
    return f"{value:,.6g}"
