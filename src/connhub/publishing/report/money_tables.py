"""The tables of what stays in a region, what leaks, and on whom it depends."""

from __future__ import annotations

import pandas as pd

from connhub.industries import industry_label
from connhub.measures.resilience import resilience
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
from connhub.text.catalogue import Texts

__all__ = ["dependence", "local_matches", "losses", "traced_turnover"]


def traced_turnover(scope: Scope, *, n: int = 10) -> Table:
    """Firms to whose out-of-region sales most turnover of the region is traced; modelled."""
    texts, frame = Texts("report", scope.lang), pd.DataFrame()
    if scope.ripple is not None:
        frame = scope.ripple.frame.nlargest(n, "attributed_turnover")
    if frame.empty:
        return Table(texts("traced_turnover"), ())

    def head(name: str) -> str:
        return label("ripple", name, scope.lang)

    columns = [
        *_firm(scope, frame),
        money_column(scope, head("out_of_region_sales"), frame["out_of_region_sales"]),
        number_column(head("multiplier"), frame["multiplier"], "{:.2f}".format),
        share_column(head("leaked_at_least"), frame["leaked_at_least"]),
        money_column(scope, head("attributed_turnover"), frame["attributed_turnover"]),
    ]
    return Table(texts("traced_turnover"), tuple(columns), texts("traced_turnover_note"))


def losses(scope: Scope, *, n: int = 10) -> Table:
    """Firms whose loss costs the region most turnover; modelled."""
    texts = Texts("report", scope.lang)
    if scope.ripple is None:
        return Table(texts("losses"), ())
    frame = scope.ripple.losses(n=n)
    columns = [
        *_firm(scope, frame),
        money_column(scope, label("losses", "lost_turnover", scope.lang), frame["lost_turnover"]),
        share_column(label("ripple", "share_of_region", scope.lang), frame["share"]),
    ]
    return Table(texts("losses"), tuple(columns), texts("losses_note"))


def dependence(scope: Scope, *, n: int = 5) -> Table:
    """On whom the region depends: single suppliers, concentrated partners, sources; counted."""
    texts = Texts("report", scope.lang)
    if scope.ripple is None or scope.leaks is None:
        return Table(texts("dependence"), ())
    frame = resilience(scope.ripple, scope.leaks, scope.region, n=n)
    frame = frame[frame["aspect"] != "loss_of_a_firm"]
    about = [
        str(name) if isinstance(name, str) else scope.label(code) if isinstance(code, str) else ""
        for name, code in zip(
            frame["name"].where(frame["name"].notna(), frame["firm_id"]),
            frame["partner_region"],
            strict=True,
        )
    ]
    industries = [
        industry_label(c, scope.lang) if isinstance(c, str) else "" for c in frame["industry"]
    ]
    columns = [
        text_column(texts("aspect"), [texts(f"aspect_{name}") for name in frame["aspect"]]),
        text_column(texts("on_whom"), about, "name"),
        text_column(label("resilience", "industry", scope.lang), industries),
        share_column(label("resilience", "value", scope.lang), frame["value"]),
        money_column(scope, label("resilience", "amount", scope.lang), frame["amount"]),
    ]
    return Table(texts("dependence"), tuple(columns), texts("dependence_note"))


def local_matches(scope: Scope, *, n: int = 15) -> Table:
    """Pairs of firms of the region that could talk to each other; bounded."""
    texts = Texts("report", scope.lang)
    if scope.matches is None:
        return Table(texts("local_matches"), ())
    frame = scope.matches.head(n)

    def head(name: str) -> str:
        return label("local_matches", name, scope.lang)

    names = {
        side: frame[f"{side}_name"].where(
            frame[f"{side}_name"].notna(), frame[f"{side}_id"].astype("str")
        )
        for side in ("buyer", "seller")
    }
    columns = [
        text_column(head("buyer_name"), names["buyer"], "name"),
        text_column(head("seller_name"), names["seller"], "name"),
        text_column(head("industry"), [industry_label(c, scope.lang) for c in frame["industry"]]),
        money_column(scope, head("potential"), frame["potential"]),
        money_column(scope, head("trade_today"), frame["trade_today"], among=frame["potential"]),
    ]
    return Table(texts("local_matches"), tuple(columns), texts("local_matches_note"))


def _firm(scope: Scope, frame: pd.DataFrame) -> list[Column]:
    return [
        text_column(label("degrees", "name", scope.lang), frame["name"], "name"),
        text_column(
            label("degrees", "firm_id", scope.lang), frame["firm_id"].astype("str"), "code"
        ),
    ]
