"""Sheets of how sure the lists are: certain and borderline apart, and what decides."""

from __future__ import annotations

from dataclasses import replace

from connhub.publishing.scope import Scope
from connhub.publishing.workbook.sheet_layout import Workbook, schema_columns
from connhub.selection.certainty_result import Certainty
from connhub.text.catalogue import Texts

__all__ = ["write_certainty"]

_PLACES = ("rank_low", "rank_high", "score_low", "score_high")


def write_certainty(book: Workbook, scope: Scope) -> None:
    """Write two sheets; nothing where neither missing deals nor errors could be looked at.

    Parameters
    ----------
    book : Workbook
    scope : Scope
    """
    certainty = scope.certainty
    if certainty is None:
        return
    _verdicts(book, scope, certainty)
    _deciding(book, scope, certainty)


def _names(scope: Scope, certainty: Certainty) -> list[str]:
    names = [] if scope.region else ["region_name"]
    names += ["field"] if certainty.lists["field"].notna().any() else []
    return [*names, "firm_id", "name"]


def _verdicts(book: Workbook, scope: Scope, certainty: Certainty) -> None:
    """The certain firms, the borderline ones, and those of which nothing can be said."""
    texts, verdicts = Texts("workbook", scope.lang), Texts("certainty", scope.lang)
    sheet = book.add_sheet(texts("certainty"))
    sheet.description = texts("about_certainty")
    for line in certainty.sentences(scope.lang):
        sheet.write_line(line)
    for key, sources in (
        ("looked_at", certainty.looked_at),
        ("not_looked_at", certainty.not_looked_at),
    ):
        if sources:
            sheet.write_line(verdicts(key, sources=[m.text(scope.lang) for m in sources]))
    more = [n for n in ("share_of_draws", "share_of_weights") if n in certainty.frame]
    names = [*_names(scope, certainty), "selected", *_PLACES, "bound", *more]
    columns = [
        replace(c, kind="mark") if c.name == "selected" else c
        for c in schema_columns("certainty", names, book)
    ]
    for verdict in ("certain", "borderline", "no_bound"):
        rows = scope.rows(certainty.of(verdict))
        bound = [texts(f"bound_{name}") for name in rows["bound"]]
        sheet.write_heading(texts("in_order_of_names", verdict=verdicts(verdict)))
        sheet.write_table(rows.assign(bound=bound), columns, empty=texts("none"))


def _deciding(book: Workbook, scope: Scope, certainty: Certainty) -> None:
    """The firms around the cut, and the deals that decide."""
    texts, verdicts = Texts("workbook", scope.lang), Texts("certainty", scope.lang)
    any_share = Texts("report", scope.lang)("any_share")
    sheet = book.add_sheet(texts("what_decides"))
    sheet.description = texts("about_what_decides")
    rows = scope.rows(certainty.deciding)
    margin = "margin" if rows["margin"].notna().any() else "score_margin"
    names = [*_names(scope, certainty), "selected", "certainty", margin, "largest_deal"]
    names += ["largest_partner", "stays_without_largest", "deciding_deals", "breakdown_share"]
    marks = ("selected", "stays_without_largest")
    shown = rows.assign(
        certainty=[verdicts(v) for v in rows["certainty"]],
        breakdown_share=[any_share if v > 1 else v for v in rows["breakdown_share"]],
    )
    columns = [
        replace(c, kind="mark") if c.name in marks else c
        for c in schema_columns("deciding", names, book)
    ]
    frozen = names.index("name") + 1
    sheet.write_table(shown, columns, frozen=frozen, empty=texts("none_ranked"))
    for note in certainty.deal_notes:
        sheet.write_line(note.text(scope.lang))
    deals = scope.rows(certainty.deals)
    sheet.write_heading(texts("deciding_deals"))
    key = "every_deal_judged" if certainty.every_deal_judged else "largest_deals_judged"
    sheet.write_line(Texts("report", scope.lang)(key))
    sides = {side: texts(f"side_{side}") for side in ("sales", "purchases")}
    of_deals = [
        replace(c, kind="mark") if c.name == "stays" else c
        for c in schema_columns(
            "deciding_deals",
            [
                *_names(scope, certainty),
                *("partner_id", "side", "amount", "n_transactions", "stays"),
            ],
            book,
        )
    ]
    table = deals.assign(side=[sides[s] for s in deals["side"]])
    sheet.write_table(table, of_deals, empty=texts("none"))
