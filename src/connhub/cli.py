"""The command line: connhub analyze, check, prepare, synth. Exit 0 done, 2 bad input."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints
from unicodedata import east_asian_width

from connhub.errors import ConnhubError, ConnhubWarning, Fault, OptionError
from connhub.intake.ledger import Policies
from connhub.totals.cells import GRAINS

if TYPE_CHECKING:
    import pandas as pd

    from connhub.analysis import Analysis

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="connhub",
        description="Connector and hub degrees of firms. Nothing leaves this machine.",
    )
    parser.add_argument("--version", action="version", version=f"connhub {version('connhub')}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("analyze", "compute degrees, linkages and regional sums"),
        ("check", "validate the tables and print the ledger"),
        ("prepare", "check the tables once, and keep them for many analyses"),
    ):
        _add_reading(commands.add_parser(name, help=words, description=words), name)
    commands.choices["prepare"].add_argument("--out", metavar="DIR", required=True)
    analyze = commands.choices["analyze"]
    analyze.add_argument("--out", metavar="DIR", help="write the results there")
    analyze.add_argument("--csv", action="store_true", help="write CSV for spreadsheets as well")
    analyze.add_argument("--top", type=int, default=10, help="rows of each list (default 10)")
    analyze.add_argument(
        "--prefecture",
        "--show-region",
        dest="show",
        metavar="CODE",
        help="list the firms of this region (code or name)",
    )
    analyze.add_argument("--grain", choices=GRAINS, default="firms")
    synth = commands.add_parser("synth", help="write a synthetic economy")
    synth.add_argument("--firms", type=int, default=3000)
    synth.add_argument("--transactions", type=int, default=20_000)
    synth.add_argument("--seed", type=int, default=1)
    synth.add_argument("--year", type=int, default=2025)
    synth.add_argument(
        "--delivered", action="store_true", help="also as a prefecture would receive it (CP932)"
    )
    synth.add_argument("--ids", choices=["text", "int64"], default="text", help="type of the ids")
    synth.add_argument(
        "--max-partners",
        type=int,
        metavar="N",
        help="a firm reports at most so many customers and suppliers (24 in TSR data)",
    )
    synth.add_argument("--out", metavar="DIR", required=True)
    return parser


def _add_reading(parser: argparse.ArgumentParser, command: str) -> None:
    tables = "TRANSACTIONS FIRMS, or a prepared DIR" if command == "analyze" else None
    parser.add_argument("transactions", nargs="+", metavar="TRANSACTIONS FIRMS", help=tables)
    parser.add_argument("--region", default="prefecture", help="a level or a column of the firms")
    parser.add_argument(
        "--column", action="append", default=[], metavar="ROLE=NAME", help="which column is what"
    )
    parser.add_argument("--unit", help="円, 千円, 百万円, ...")
    parser.add_argument("--resolution", default="1")
    parser.add_argument("--encoding")
    parser.add_argument(
        "--fold-ids", action="store_true", help="full-width digits equal plain ones"
    )
    parser.add_argument("--manifest", metavar="JSON", help="rows, amount, sha256 of each file")
    parser.add_argument("--threads", type=int)
    if command != "prepare":
        parser.add_argument(
            "--engine",
            choices=["local", "spark"],
            default="local",
            help="where to add up: on this machine, or on a Spark cluster",
        )
    parser.add_argument("--lang", choices=["ja", "en"], default="ja")
    if command != "prepare":  # years and policies are chosen at each analysis
        parser.add_argument("--year", type=int, action="append")
    for name, choices in get_type_hints(Policies).items():
        if command != "prepare" or name == "missing_amount":
            parser.add_argument(f"--{name.replace('_', '-')}", choices=get_args(choices))


def _reading_options(given: argparse.Namespace) -> dict[str, Any]:
    columns = dict(word.partition("=")[::2] for word in given.column)
    if bad := [role for role, name in columns.items() if not name]:
        raise OptionError(Fault(f"--column {bad[0]!r} is not of the form ROLE=NAME"))
    policies = {
        n: v for n in get_type_hints(Policies) if (v := getattr(given, n, None)) is not None
    }
    names = ["region", "unit", "resolution", "year", "encoding", "fold_ids", "manifest"]
    names += ["threads", "engine"]
    return {"columns": columns, **{n: getattr(given, n) for n in names if n in given}, **policies}


def _tables(given: argparse.Namespace) -> tuple[Any, str | None]:
    from connhub.prepared.reading import is_prepared

    *transactions, firms = given.transactions
    if given.command == "analyze" and not transactions and is_prepared(firms):
        return firms, None
    if not transactions:
        raise OptionError(Fault("two tables are needed", fix="connhub analyze TRANSACTIONS FIRMS"))
    return (transactions if len(transactions) > 1 else transactions[0]), firms


def _analyze(given: argparse.Namespace) -> None:
    from connhub.analysis import analyze

    options = {**_reading_options(given), "grain": given.grain}
    result = analyze(*_tables(given), **options)
    _print_analysis(result, given)
    if given.out:
        folder = result.save(given.out, csv=given.csv)
        _heading("ファイル" if given.lang == "ja" else "Files")
        for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
            print(f"  {path}  {path.stat().st_size:,} B")


def _check(given: argparse.Namespace) -> None:
    from connhub.analysis import check

    ledger = check(*_tables(given), **_reading_options(given))
    print(ledger.to_text(given.lang))


def _prepare(given: argparse.Namespace) -> None:
    from connhub.prepared.writing import prepare

    ledger = prepare(*_tables(given), **_reading_options(given), out=given.out)
    print(ledger.to_text(given.lang))


def _synth(given: argparse.Namespace) -> None:
    from connhub.synthetic import synthesize

    written = synthesize(
        given.out,
        firms=given.firms,
        transactions=given.transactions,
        seed=given.seed,
        year=given.year,
        delivered=given.delivered,
        ids=given.ids,
        max_partners=given.max_partners,
    )
    for path in written.values():
        print(f"{path}  {Path(path).stat().st_size:,} B")


# --- tables in a terminal -----------------------------------------------------------


def _heading(words: str) -> None:
    print(f"\n{words}\n{'─' * _width(words)}")


def _print_analysis(result: Analysis, given: argparse.Namespace) -> None:
    ja = given.lang == "ja"
    _heading("台帳" if ja else "Ledger")
    print(result.ledger.to_text(given.lang))
    unit = result.ledger.unit
    for by, amount in (
        ("connector_degree", "out_of_region_sales"),
        ("hub_degree", "in_region_purchases"),
    ):
        top = result.degrees.top(given.top, by, region=given.show)
        place = top["region_name"].iloc[0] if given.show and len(top) else ("全国" if ja else "all")
        _heading(f"{_label('degrees', by, given)} · {place} · {amount_label(amount, unit, given)}")
        shown = top[["rank", "firm_id", "name", "region_name", amount, by]]
        _print_table(shown, "degrees", given)
    _heading(
        f"地域間取引 上位{given.top} ({unit})" if ja else f"Linkages, top {given.top} ({unit})"
    )
    names = dict(
        zip(result.regions.frame["region"], result.regions.frame["region_name"], strict=True)
    )
    links = result.linkages.top(given.top)
    for column in ("seller_region", "buyer_region"):
        links[column] = links[column].map(lambda code: names.get(code, code))
    kept = ["seller_region", "buyer_region", "amount", "deals", "share_of_out_of_region_sales"]
    _print_table(links[[*kept, "intensity"]], "linkages", given)
    undefined = result.regions.undefined
    if len(undefined):
        words = "度が定義されない地域" if ja else "Regions with an undefined degree"
        print(f"\n{words}: {', '.join(undefined['region_name'])}")


def amount_label(amount: str, unit: str, given: argparse.Namespace) -> str:
    """Label of a money column with its unit."""
    return f"{_label('degrees', amount, given)} ({unit})"


def _label(table: str, name: str, given: argparse.Namespace) -> str:
    from connhub.vocabulary import label

    return label(table, name, given.lang)


def _print_table(frame: pd.DataFrame, table: str, given: argparse.Namespace) -> None:
    cells = [[_label(table, str(c), given) for c in frame.columns]]
    cells += [[_cell(v) for v in row] for row in frame.itertuples(index=False)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    right = [
        len(frame) > 0 and not isinstance(v, str) for v in (frame.iloc[0] if len(frame) else [])
    ]
    for row in cells:
        line = []
        for words, width, to_right in zip(row, widths, right or [False] * len(row), strict=True):
            blanks = " " * (width - _width(words))
            line.append(blanks + words if to_right else words + blanks)
        print("  " + "  ".join(line).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, str):
        printable = "".join(c if c.isprintable() else "?" for c in value)
        return printable if len(printable) <= 40 else printable[:39] + "…"
    if value is None or value != value:  # noqa: PLR0124  # NaN
        return "-"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.6f}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{int(value):,}" if abs(value) >= 1 or value == 0 else f"{value:.6f}"


def _width(words: str) -> int:
    return sum(2 if east_asian_width(c) in "WFA" and c != "─" else 1 for c in words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 done, 2 bad input.

    Examples
    --------
    >>> main(["check", "no-such-file.csv", "firms.csv"])
    2
    """
    given = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    commands = {"analyze": _analyze, "check": _check, "prepare": _prepare, "synth": _synth}
    run = commands[given.command]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConnhubWarning)  # the ledger prints them first
            run(given)
    except ConnhubError as error:
        print(f"connhub: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("connhub: interrupted", file=sys.stderr)
        return 130
    except MemoryError:
        print("connhub: out of memory; use fewer --threads", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
