"""What each measure of a network says, in a sentence a reader of the ranking needs."""

from __future__ import annotations

from typing import Literal

from connhub.errors import Fault, OptionError, did_you_mean

__all__ = ["MEANINGS", "meaning"]

MEANINGS = {
    "sales_strength": (
        "他の地域・企業への販売額の合計。大きさそのものを表す。",
        "All it sells along the links of the graph: sheer size as a seller.",
    ),
    "purchase_strength": (
        "他の地域・企業からの仕入額の合計。大きさそのものを表す。",
        "All it buys along the links of the graph: sheer size as a buyer.",
    ),
    "pagerank": (
        "モノの流れを販売先へたどり続けたときに行き着く割合。供給網の下流で需要が集まる所ほど高い。",
        "How often one is there who follows the goods from seller to buyer, on and on: high where "
        "supply chains end up.",
    ),
    "pagerank_of_money": (
        "代金の流れを仕入先へたどり続けたときに行き着く割合。供給網の上流で多くの需要を支える所ほど高い。",
        "How often one is there who follows the money from buyer to seller, on and on: high where "
        "the spending of many others finally arrives.",
    ),
    "betweenness": (
        "他の二者を結ぶ最も強いつながり(結合度または取引額の逆数を距離とした最短路)の上にある割合。"
        "仲介役の度合いを表し、規模は問わない。",
        "The share of strongest chains between two others (shortest paths, a link being as long as "
        "the inverse of its intensity, or of its amount between firms) that pass through it: a "
        "go-between, whatever its size.",
    ),
    "in_region_reach": (
        "同じ地域の企業のうち、地域内の仕入れをたどって直接・間接に行き着く企業の割合。"
        "地域内への波及の広さを表し、金額は問わない。",
        "The share of the other firms of its region, as far as they are in the graph, that its "
        "purchases reach inside the region, directly or through others: how widely, not how much.",
    ),
}
"""Measure: sentence in Japanese and in English."""


def meaning(measure: str, lang: Literal["ja", "en"] = "ja") -> str:
    """Say in a sentence what a measure of a network means.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> meaning("sales_strength", "en")
    'All it sells along the links of the graph: sheer size as a seller.'
    """
    if measure not in MEANINGS:
        fix = did_you_mean(measure, MEANINGS)
        raise OptionError(Fault(f"no measure {measure!r} of a network", fix=fix))
    return MEANINGS[measure][0 if lang == "ja" else 1]
