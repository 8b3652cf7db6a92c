"""What the command line shows: tables, lists and headings in a terminal."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connhub.regions.directory import region_label
from connhub.text.names import plain, shortened, width
from connhub.text.notes import note

if TYPE_CHECKING:
    import pandas as pd

    from connhub.analysis import Analysis
    from connhub.selection import Selection

__all__ = ["print_analysis", "print_files", "print_linkages", "print_selection"]


def print_files(folder: Path, given: argparse.Namespace) -> None:
    """Print what was written, with sizes."""
    _heading("ファイル" if given.lang == "ja" else "Files")
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        print(f"  {path}  {path.stat().st_size:,} B")


def print_selection(selection: Selection, given: argparse.Namespace) -> None:
    """Print who was selected, why in one region, and what was counted."""
    chosen = selection.selected
    if given.show:
        codes = selection.top(1, region=given.show)["region"]
        chosen = chosen[chosen["region"].isin(codes)]
    ja = given.lang == "ja"
    title = "重点支援企業の候補" if ja else "Candidates for priority support"
    place = selection.top(1, region=given.show)["region_name"].iloc[0] if given.show else None
    _heading(" · ".join(w for w in (title, place, selection.scheme.name) if w))
    for said in (*selection.ledger.notes, *selection.notes):
        print(f"! {note(said, given.lang)}")
    named = ["field"] if given.fields else []
    columns = ["region_name", *named, "rank", "firm_id", "name", "score"]
    _print_table(chosen[columns], "selection", given)
    if given.show:
        _heading("理由" if ja else "Reasons")
        for firm in dict.fromkeys(chosen["firm_id"]):
            for line in selection.explain(firm, lang=given.lang).splitlines()[:-1]:
                print(plain(line))
    _heading("件数" if ja else "Counts")
    counts = selection.counts
    words = [_label("reason", r, given) for r in counts["reason"]]
    names = [_indicator(n, given) for n in counts["indicator"]]
    _print_table(counts.assign(reason=words, indicator=names), "counts", given)


def _indicator(name: Any, given: argparse.Namespace) -> str:
    from connhub.selection.explain import indicator_label

    return indicator_label(name, given.lang) if isinstance(name, str) else ""


def _heading(words: str) -> None:
    print(f"\n{words}\n{'─' * width(words)}")


def print_analysis(result: Analysis, given: argparse.Namespace) -> None:
    """Print the ledger, the highest degrees and the largest linkages."""
    ja = given.lang == "ja"
    _heading("台帳" if ja else "Ledger")
    print(result.ledger.to_text(given.lang))
    unit = result.ledger.unit
    for by, amount in (
        ("connector_degree", "out_of_region_sales"),
        ("hub_degree", "in_region_purchases"),
    ):
        top = result.degrees.top(given.top, by, of_region=given.show)
        place = top["region_name"].iloc[0] if given.show and len(top) else ("全国" if ja else "all")
        _heading(f"{_label('degrees', by, given)} · {place} · {_amount_label(amount, unit, given)}")
        shown = top[["rank", "firm_id", "name", "region_name", amount, by]]
        _print_table(shown, "degrees", given)
    regions = result.regions.frame
    names = dict(zip(regions["region"], regions["region_name"], strict=True))
    print_linkages(result, result.linkages.top(given.top), names, given)
    undefined = result.regions.undefined
    if len(undefined):
        words = "度が定義されない地域" if ja else "Regions with an undefined degree"
        print(f"\n{words}: {', '.join(undefined['region_name'])}")


def print_linkages(
    result: Analysis, links: pd.DataFrame, names: dict[str, str], given: argparse.Namespace
) -> None:
    """Print linkages with the regions' names, and the measure that ranks them."""
    from connhub.measures.linkages import SHARES

    unit = result.ledger.unit
    place = f" · {names.get(given.show, given.show)}" if "by" in given and given.show else ""
    words = "地域間取引" if given.lang == "ja" else "Linkages"
    top = f"上位{given.top}" if given.lang == "ja" else f"top {given.top}"
    _heading(f"{words}{place} · {top} ({unit})")
    kept = ["rank", "seller_region", "buyer_region", "amount", "deals", "sellers", "buyers"]
    kept += ["share_of_out_of_region_sales", "intensity"]
    if "by" in given:
        kept.append(SHARES.get(given.direction, "") if given.by == "share" else given.by)
    shown = links[[c for c in dict.fromkeys(kept) if c in links]].copy()
    for column in ("seller_region", "buyer_region"):
        shown[column] = [region_label(c, names.get(c), given.lang) for c in shown[column]]
    _print_table(shown, "linkages", given)


def _amount_label(amount: str, unit: str, given: argparse.Namespace) -> str:
    """Label of a money column with its unit."""
    return f"{_label('degrees', amount, given)} ({unit})"


def _label(table: str, name: str, given: argparse.Namespace) -> str:
    from connhub.schema import label

    return label(table, name, given.lang)


def _print_table(frame: pd.DataFrame, table: str, given: argparse.Namespace) -> None:
    cells = [[_label(table, str(c), given) for c in frame.columns]]
    cells += [[_cell(v) for v in row] for row in frame.itertuples(index=False)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    right = [
        len(frame) > 0 and not isinstance(v, str) for v in (frame.iloc[0] if len(frame) else [])
    ]
    for row in cells:
        line = []
        for words, wide, to_right in zip(row, widths, right or [False] * len(row), strict=True):
            blanks = " " * (wide - width(words))
            line.append(blanks + words if to_right else words + blanks)
        print("  " + "  ".join(line).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return shortened(value, 40)
    if value is None or value != value:  # noqa: PLR0124  # NaN
        return "-"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.6f}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{int(value):,}" if abs(value) >= 1 or value == 0 else f"{value:.6f}"
