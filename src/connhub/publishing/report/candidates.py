"""Who was chosen and why, in sentences."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from connhub.publishing.scope import Scope
from connhub.selection.indicators import indicator_label
from connhub.selection.not_ranked import DEGREE_RANKS
from connhub.selection.reasons import why_not_ranked
from connhub.selection.result import Selection
from connhub.text.catalogue import Texts
from connhub.text.names import as_clause, firm_label, plain
from connhub.text.numbers import share

__all__ = [
    "MAX_LEADERS",
    "MAX_NAME",
    "MAX_RANK_OF_ABSENTEES",
    "about_candidates",
    "absentee_sentences",
    "indicator_name",
    "raised_most",
    "reasons",
]

MAX_LEADERS = 3
"""How many a sentence names."""
MAX_NAME = 40
"""Columns of a firm's name in a sentence."""
_MAX_REASONS, _MAX_NAME_IN_REASON = 30, 60
MAX_RANK_OF_ABSENTEES = 3
"""Who is no lower by a degree and has no rank is named."""


def raised_most(selection: Selection, frame: pd.DataFrame) -> pd.Series:
    """Which indicator raised the score of each row most above the mean; none where none did."""
    if not len(frame):
        return pd.Series(dtype=object)
    weights = selection.scheme.weights
    above = pd.DataFrame({n: w * (frame[f"{n}_deviation_score"] - 50) for n, w in weights.items()})
    return above.idxmax(axis=1).where(above.max(axis=1) > 0)


def about_candidates(scope: Scope) -> list[str]:
    """Who was chosen, and what made the difference, in sentences."""
    selection, texts = scope.selection, Texts("summary", scope.lang)
    if selection is None:
        return []
    chosen = selection.selected
    count, ranked = chosen["firm_id"].nunique(), selection.frame["firm_id"].nunique()
    first = (
        texts("ranked", scheme=scope.scheme_name, ranked=ranked, chosen=count)
        if ranked
        else texts("none_ranked")
    )
    sentences = [first, *_not_ranked(scope, selection, texts)]
    if not count:
        return sentences
    raised_by = raised_most(selection, chosen)
    if scope.region and chosen["field"].isna().all():
        sentences.append(_first(scope, chosen.iloc[0], raised_by.iloc[0], texts))
    counts = raised_by.value_counts()
    if len(counts) > 1:
        indicators = [
            texts("indicator_of_firms", indicator=indicator_name(scope, str(n)), firms=int(c))
            for n, c in counts.head(MAX_LEADERS).items()
        ]
        sentences.append(texts("raised_by", indicators=indicators))
    ties = selection.crossing_ties
    if scope.region and len(ties):
        key = "ties_chosen" if ties["decision"].iloc[0] == "include" else "ties_not_chosen"
        sentences.append(texts(key, firms=int(ties["tied"].sum())))
    if scope.stability is not None:
        frame = scope.stability
        robust = frame[frame["selected"] & (frame["verdict"] == "robust")]
        sentences.append(texts("robust", firms=robust["firm_id"].nunique()))
    return sentences


def indicator_name(scope: Scope, name: str) -> str:
    """Label of an indicator within a sentence; a column of the user's stays as it is."""
    text = indicator_label(name, scope.lang)
    return text if text == name else as_clause(text, scope.lang)


def _first(scope: Scope, row: pd.Series, raised_by: object, texts: Texts) -> str:
    """Which firm ranks first, and by what."""
    firm = firm_label(row["name"], row["firm_id"], MAX_NAME)
    if not isinstance(raised_by, str):
        return texts("first", firm=firm, score=row["score"])
    indicator = indicator_name(scope, raised_by)
    return texts("first_raised_by", firm=firm, score=row["score"], indicator=indicator)


def _not_ranked(scope: Scope, selection: Selection, texts: Texts) -> list[str]:
    """How many firms have no rank, and the most frequent reason."""
    if not len(selection.not_ranked):
        return []
    counts = selection.not_ranked["reason"].value_counts()
    values = {
        "firms": len(selection.not_ranked),
        "reason": scope.column("reason", str(counts.index[0])),
    }
    if len(counts) == 1:
        sentences = [texts("not_ranked", **values)]
    else:
        sentences = [texts("not_ranked_mostly", most=int(counts.iloc[0]), **values)]
    if firms := absentee_sentences(scope):
        sentences.append(texts("absentees", firms=firms))
    return sentences


def absentee_sentences(scope: Scope) -> list[str]:
    """The firms of a region that are among the first by a degree and have no rank, and why."""
    if scope.selection is None or not scope.region:
        return []
    texts = Texts("summary", scope.lang)
    absent = scope.selection.absentees(MAX_RANK_OF_ABSENTEES).head(MAX_LEADERS)
    return [_absentee(scope, row, texts) for row in absent.to_dict("records")]


def _absentee(scope: Scope, row: dict[Hashable, Any], texts: Texts) -> str:
    """A firm without a rank: its degrees, and why it has none."""
    degrees = [
        texts(
            "absentee_degree",
            measure=scope.column("degrees", degree),
            share=share(row[degree]),
            rank=int(row[rank]),
        )
        for degree, rank in DEGREE_RANKS.items()
        if not pd.isna(row[rank])
    ]
    return texts(
        "absentee",
        firm=firm_label(row["name"], row["firm_id"], MAX_NAME),
        degrees=texts("absentee_separator").join(degrees),
        reason=why_not_ranked(row["reason"], row["indicator"], row["cause"], scope.lang),
    )


def reasons(scope: Scope) -> list[tuple[str, list[str]]]:
    """Why each candidate of a region was chosen: a heading, and lines."""
    selection = scope.selection
    if selection is None or not scope.region:
        return []
    firm_ids = selection.selected["firm_id"].drop_duplicates().head(_MAX_REASONS)
    return [
        (
            plain(reason.heading(scope.lang, _MAX_NAME_IN_REASON)),
            [plain(line) for line in reason.details(scope.lang, _MAX_NAME_IN_REASON)],
        )
        for reason in selection.reasons(firm_ids)
    ]
