"""How sure the lists are, for a reader of one page: two lists, and what decides them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from connhub.publishing.report.tables import (
    Column,
    Table,
    money_column,
    number_column,
    share_column,
    text_column,
)
from connhub.publishing.scope import Scope
from connhub.schema import label
from connhub.selection.certainty import BORDERS_OF_DRAWS
from connhub.selection.certainty_result import Certainty
from connhub.text.catalogue import Texts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["counts_of_lists", "deciding", "remarks", "statements", "two_lists", "why"]

_MAX_ROWS = 60


def statements(scope: Scope) -> list[str]:
    """How many firms are certain, and which doubts were looked at, in sentences."""
    certainty, texts = scope.certainty, Texts("certainty", scope.lang)
    if certainty is None:
        return [message.text(scope.lang) for message in scope.doubts_not_looked_at]
    lines = certainty.sentences(scope.lang) if scope.region else []
    for key, sources in (
        ("looked_at", certainty.looked_at),
        ("not_looked_at", certainty.not_looked_at),
    ):
        if sources:
            lines.append(texts(key, sources=[m.text(scope.lang) for m in sources]))
    return lines


def two_lists(scope: Scope) -> list[Table]:
    """The certain firms, and the borderline ones, each in the order of names."""
    certainty, texts = scope.certainty, Texts("report", scope.lang)
    if certainty is None:
        return []
    return [
        _list(scope, certainty, "certain", texts),
        _list(scope, certainty, "borderline", texts),
    ]


def _list(scope: Scope, certainty: Certainty, verdict: str, texts: Texts) -> Table:
    rows = certainty.of(verdict)
    shown = rows.head(_MAX_ROWS)
    columns = _names(scope, shown)
    if verdict == "certain":
        columns.append(number_column(_header(scope, "rank_high"), shown["rank_high"]))
    else:
        columns.append(text_column(texts("listed_as_counted"), map(_mark, shown["selected"])))
    reasons = [why(row, certainty, scope) for row in shown.to_dict("records")]
    columns.append(Column(texts("why"), tuple(reasons)))  # whole, not cut
    note = texts(f"{verdict}_note")
    if len(rows) > _MAX_ROWS:
        note += texts("rows_shown", shown=_MAX_ROWS, rows=len(rows))
    return Table(texts(f"{verdict}_firms"), tuple(columns), note)


def why(row: Mapping[Hashable, Any], certainty: Certainty, scope: Scope) -> str:
    """Why a firm is certain, or what may push it out or let it in.

    Parameters
    ----------
    row : mapping
        Of `Certainty.frame`.
    certainty : Certainty
    scope : Scope

    Returns
    -------
    str
    """
    texts, reasons = Texts("report", scope.lang), []
    lists = certainty.lists
    here = lists["region"] == row["region"]
    if isinstance(row["field"], str):
        here &= lists["field"] == row["field"]
    places = int(lists.loc[here, "places"].iloc[0])
    if row["certainty"] == "certain":
        if _known(row["unless_rivals"]):
            return certainty.unless(row, scope.lang)
        return texts("whatever_is_missing")
    if row["selected"] and row["rank_high"] > places:
        reasons.append(texts("may_fall", worst=int(row["rank_high"])))
    if not row["selected"] and row["rank_low"] <= places:
        reasons.append(texts("may_rise", best=int(row["rank_low"])))
    if row["bound"] != "bounded":
        reasons.append(texts(f"bound_{row['bound']}"))
    reasons += [
        texts(name, share=f"{row[name]:.0%}")
        for name in ("share_of_draws", "share_of_weights")
        if name in row and BORDERS_OF_DRAWS[0] < row[name] < BORDERS_OF_DRAWS[1]
    ]
    return texts("separator").join(reasons)


def _known(value: Any) -> bool:
    import pandas as pd

    return not pd.isna(value)


def _names(scope: Scope, rows: pd.DataFrame) -> list[Column]:
    columns = []
    if not scope.region:
        columns.append(text_column(_header(scope, "region_name"), scope.labels(rows["region"])))
    if rows["field"].notna().any():
        columns.append(text_column(_header(scope, "field"), rows["field"]))
    columns.append(text_column(_header(scope, "name"), rows["name"], "name"))
    return [*columns, text_column(_header(scope, "firm_id"), rows["firm_id"].astype("str"), "code")]


def _header(scope: Scope, name: str) -> str:
    return label("certainty", name, scope.lang)


def _mark(value: Any) -> str:
    return "○" if _known(value) and value else "—"


def counts_of_lists(scope: Scope) -> Table | None:
    """How many are certain and borderline in each region; None for one region."""
    certainty, texts = scope.certainty, Texts("report", scope.lang)
    if certainty is None or scope.region:
        return None
    lists = certainty.lists
    columns = [text_column(_header(scope, "region_name"), scope.labels(lists["region"]))]
    if lists["field"].notna().any():
        columns.append(text_column(_header(scope, "field"), lists["field"]))
    names = ("selected", "certain", "borderline", "no_bound", "contradicted")
    columns += [number_column(texts(f"count_{n}"), lists[n]) for n in names]
    missing = texts("count_missing")
    columns.append(share_column(missing, lists["unexplained_share"]))
    verdicts = [texts("given" if v else "not_given") for v in lists["verdict"]]
    columns.append(text_column(texts("count_verdict"), verdicts))
    return Table(texts("how_sure"), tuple(columns))


def deciding(scope: Scope) -> Table | None:
    """What decides the list of a region: margins, single deals, rivals; None without a verdict."""
    certainty, texts = scope.certainty, Texts("report", scope.lang)
    if certainty is None or not scope.region:
        return None
    rows = certainty.deciding
    verdicts = Texts("certainty", scope.lang)

    def header(name: str) -> str:
        return label("deciding", name, scope.lang)

    columns = _names(scope, rows)
    columns.append(text_column(header("certainty"), [verdicts(v) for v in rows["certainty"]]))
    if rows["margin"].notna().any():
        columns.append(money_column(scope, header("margin"), rows["margin"]))
    else:
        margin = header("score_margin")
        columns.append(number_column(margin, rows["score_margin"], "{:+.1f}".format))
    if rows["largest_deal"].notna().any():
        columns.append(money_column(scope, header("largest_deal"), rows["largest_deal"]))
        stays = map(_mark, rows["stays_without_largest"])
        columns.append(text_column(header("stays_without_largest"), stays))
        columns.append(number_column(header("deciding_deals"), rows["deciding_deals"]))
    columns.append(
        number_column(
            header("breakdown_share"),
            rows["breakdown_share"],
            lambda share: texts("any_share") if share > 1 else f"{share:.0%}",
        )
    )
    return Table(texts("what_decides"), tuple(columns), texts("what_decides_note"))


def remarks(scope: Scope) -> list[str]:
    """What else to know of the table of what decides: rows and deals that stand out."""
    certainty, texts = scope.certainty, Texts("report", scope.lang)
    if certainty is None or not scope.region:
        return []
    lines = [note.text(scope.lang) for note in certainty.deal_notes]
    if certainty.deciding["largest_deal"].isna().all():
        return [texts("deals_need_pairs"), *lines]
    key = "every_deal_judged" if certainty.every_deal_judged else "largest_deals_judged"
    return [texts(key), *lines]
