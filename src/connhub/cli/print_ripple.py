"""Printing what becomes of a region's money: ripple, losses, leaks, local matches."""

from __future__ import annotations

import pandas as pd

from connhub.cli.console import Console
from connhub.industries import industry_label
from connhub.measures.leaks import LeakMap
from connhub.measures.ripple_result import Ripple
from connhub.text.numbers import money_unit

__all__ = ["print_leaks", "print_ripple"]

_FIRMS = (
    *("firm_id", "name", "out_of_region_sales", "multiplier", "kept_or_unobserved"),
    *("attributed_turnover", "share_of_region"),
)
_LEAKS = (
    *("industry", "in_region_sales", "out_of_region_sales", "out_of_region_purchases"),
    *("cross_hauling", "self_sufficiency"),
)
_MATCHES = ("buyer_name", "seller_name", "industry", "potential", "trade_today")


def print_ripple(console: Console, ripple: Ripple, rows: int, firm: str | None) -> None:
    """Print the tiers of a firm or region, the firms most is traced to, and the largest losses.

    Parameters
    ----------
    console : Console
    ripple : Ripple
        Of one region.
    rows : int
        How many firms of each list.
    firm : str, optional
        Id of the firm whose yen is followed, instead of the region's.
    """
    texts, place = console.texts, ripple.directory.label(str(ripple.of_region), console.lang)
    unit = money_unit(ripple.unit, console.lang)
    console.print_readings(ripple.ledger)
    console.print_notes((*ripple.ledger.notes, *ripple.notes))
    print(texts("ripple_modelled"))
    if firm is not None or ripple.has_exports(str(ripple.of_region)):
        who = place if firm is None else " ".join(filter(None, ripple.name_of(firm)[::-1]))
        console.print_heading(texts("ripple_tiers", who=who))
        console.print_table(ripple.tiers(firm), "ripple_tiers", ripple.unit)
    console.print_heading(texts("ripple_firms", place=place, unit=unit))
    largest = ripple.frame.sort_values("attributed_turnover", ascending=False, kind="stable")
    console.print_table(largest[list(_FIRMS)].head(rows), "ripple", ripple.unit)
    console.print_heading(texts("ripple_losses", place=place, unit=unit))
    lost = ripple.losses(n=rows)[["firm_id", "name", "lost_turnover", "share"]]
    console.print_table(lost, "losses", ripple.unit)


def print_leaks(console: Console, leaks: LeakMap, of_region: str, rows: int) -> None:
    """Print what a region buys outside by industry, and pairs of firms to talk to.

    Parameters
    ----------
    console : Console
    leaks : LeakMap
    of_region : str
        Code or name of the region.
    rows : int
        How many industries, and pairs.
    """
    code = leaks.directory.find_home(of_region)
    texts, place = console.texts, leaks.directory.label(code, console.lang)
    unit = money_unit(leaks.unit, console.lang)
    console.print_readings(leaks.ledger)
    console.print_notes(leaks.ledger.notes)
    console.print_heading(texts("leaks", place=place, unit=unit))
    shown = leaks.frame[leaks.frame["region"] == code]
    shown = shown.nlargest(rows, "out_of_region_purchases")[list(_LEAKS)]
    console.print_table(_named(shown, console), "leaks", leaks.unit)
    console.print_heading(texts("local_matches", place=place, unit=unit))
    matches = leaks.matches(code, n=rows)
    for side in ("buyer", "seller"):  # firms without a name by their id
        ids = matches[f"{side}_id"].astype("str")
        matches[f"{side}_name"] = matches[f"{side}_name"].fillna(ids)
    console.print_table(_named(matches[list(_MATCHES)], console), "local_matches", leaks.unit)
    print(texts("local_matches_claim"))


def _named(frame: pd.DataFrame, console: Console) -> pd.DataFrame:
    """The rows with names of industries."""
    names = [industry_label(code, console.lang) for code in frame["industry"]]
    return frame.assign(industry=names)
