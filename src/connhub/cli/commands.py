"""The command line: connhub analyze, select, report, linkages, check, prepare, synth.

Exit 0 done, 2 bad input.
"""

from __future__ import annotations

import argparse
import signal
import sys
import warnings
from _thread import interrupt_main
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Timer, current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from connhub.cli.console import print_analysis, print_files, print_linkages, print_selection
from connhub.errors import ConnhubError, ConnhubWarning, Fault, OptionError
from connhub.memory import begin, limited
from connhub.options import Policies
from connhub.schema import label
from connhub.text.catalogue import listed
from connhub.text.notes import note
from connhub.totals.sparse_sums import GRAINS

if TYPE_CHECKING:
    from connhub.analysis import Analysis
    from connhub.selection import Selection

__all__ = ["main"]

_ANALYZING = ("analyze", "select", "report", "linkages")
_SELECTING = ("select", "report")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="connhub",
        description="Connector and hub degrees of firms. Nothing leaves this machine.",
    )
    parser.add_argument("--version", action="version", version=f"connhub {version('connhub')}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("analyze", "compute degrees, linkages and regional sums"),
        ("linkages", "rank the trade between regions, and write it as a graph"),
        ("check", "validate the tables and print the ledger"),
        ("prepare", "check the tables once, and keep them for many analyses"),
        ("select", "rank firms by a scheme, and choose the best of each region with reasons"),
        ("report", "write a report, a workbook and pictures of a prefecture, or of all"),
    ):
        _add_reading(commands.add_parser(name, help=words, description=words), name)
    commands.choices["prepare"].add_argument("--out", metavar="DIR", required=True)
    analyze = commands.choices["analyze"]
    analyze.add_argument("--out", metavar="DIR", help="write the results there")
    analyze.add_argument("--csv", action="store_true", help="write CSV for spreadsheets as well")
    for command, shown in (("analyze", "firms"), ("linkages", "linkages")):
        lists = commands.choices[command]
        lists.add_argument("--top", type=int, default=10, help="rows of each list (default 10)")
        lists.add_argument(
            "--prefecture",
            "--show-region",
            dest="show",
            metavar="CODE",
            help=f"list the {shown} of this region (code or name)",
        )
    _add_ranking(commands.choices["linkages"])
    for command in _SELECTING:
        _add_selecting(commands.choices[command])
    select = commands.choices["select"]
    select.add_argument("--out", metavar="DIR", help="write the selection there")
    select.add_argument("--csv", action="store_true", help="write CSV for spreadsheets as well")
    _add_reporting(commands.choices["report"])
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


def _add_ranking(parser: argparse.ArgumentParser) -> None:
    by = "amount, intensity, balance, share, sellers, or another column (default amount)"
    parser.add_argument("--by", default="amount", metavar="MEASURE", help=by)
    side = "the region of --prefecture sells, buys, or either; and what a share is of"
    parser.add_argument(
        "--direction", choices=["sales", "purchases", "both"], default="both", help=side
    )
    parser.add_argument(
        "--backbone",
        type=float,
        metavar="LEVEL",
        help="only linkages that stand out at either end (disparity filter; 0.05, say)",
    )
    parser.add_argument("--graph", metavar="FILE", help="write a .graphml or .gexf, for Gephi")


def _add_reading(parser: argparse.ArgumentParser, command: str) -> None:
    tables = {
        "analyze": "TRANSACTIONS FIRMS, or a prepared DIR",
        "linkages": "TRANSACTIONS FIRMS, or a DIR: prepared, or of a saved analysis",
        **dict.fromkeys(
            _SELECTING, "TRANSACTIONS FIRMS, or a DIR that analyze --out wrote and perhaps FIRMS"
        ),
    }.get(command)
    parser.add_argument("transactions", nargs="+", metavar="TRANSACTIONS FIRMS", help=tables)
    parser.add_argument("--region", default="prefecture", help="a level or a column of the firms")
    parser.add_argument(
        "--column", action="append", default=[], metavar="ROLE=NAME", help="which column is what"
    )
    parser.add_argument("--unit", help="円, 千円, 百万円, ...")
    parser.add_argument("--resolution", default="1", help=_about("resolution"))
    parser.add_argument("--encoding", help="of CSV; by default UTF-8 or CP932, as found")
    parser.add_argument(
        "--fold-ids", action="store_true", help="full-width digits equal plain ones"
    )
    parser.add_argument("--manifest", metavar="JSON", help="rows, amount, sha256 of each file")
    parser.add_argument("--threads", type=int, help="default: all processors")
    if command != "prepare":
        parser.add_argument(
            "--engine",
            choices=["local", "spark"],
            default="local",
            help="where to add up: on this machine, or on a Spark cluster",
        )
    parser.add_argument("--lang", choices=["ja", "en"], default="ja", help="of what is shown")
    if command != "prepare":  # years and policies are chosen at each analysis
        years = "only this year; may be given several times"
        parser.add_argument("--year", type=int, action="append", help=years)
    for name, choices in get_type_hints(Policies).items():
        if command != "prepare" or name == "missing_amount":
            words = f"{_about(name)} (default {get_args(choices)[0]})"
            parser.add_argument(
                f"--{name.replace('_', '-')}", choices=get_args(choices), help=words
            )


def _about(option: str) -> str:
    return label("option", option, "en")


def _add_selecting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scheme",
        default="two-degrees",
        metavar="NAME|FILE",
        help="two-degrees, follows-published-fy2019, or a TOML file",
    )
    parser.add_argument("--financials", metavar="TABLE", help="one row a firm and year")
    parser.add_argument("--fields", metavar="TABLE", help="field, and industry_code or firm_id")
    parser.add_argument("--top", type=int, help="firms of each region (and field; default 10)")
    parser.add_argument("--share", type=float, help="or this share of the ranked firms")
    parser.add_argument("--threshold", type=float, help="or all with at least this score")
    parser.add_argument("--cut-ties", choices=["include", "exclude", "error"], default="include")
    parser.add_argument(
        "--prefecture",
        "--show-region",
        dest="show",
        metavar="CODE",
        help="only this region (code or name), with reasons; by default all",
    )


def _add_reporting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="DIR", default="report", help="default: report")
    grain = "how fine the sums are: pairs names the partners of single firms"
    parser.add_argument("--grain", choices=GRAINS, default="firms_by_region", help=grain)
    parser.add_argument("--source", metavar="TEXT", help="what captions name as the source")
    parser.add_argument("--year-shown", metavar="TEXT", help="the year, where the data has none")
    parser.add_argument("--geometry", metavar="FILE", help="shapes for maps: GeoJSON, TopoJSON")
    parser.add_argument("--key", metavar="NAME", help="the property of the shapes with the codes")
    sheets = "one sheet of candidates, or one for each region"
    parser.add_argument("--sheets", choices=["one", "each"], default="one", help=sheets)


def _reading_options(given: argparse.Namespace) -> dict[str, Any]:
    columns = dict(word.partition("=")[::2] for word in given.column)
    if bad := [role for role, name in columns.items() if not name]:
        raise OptionError(Fault(f"--column {bad[0]!r} is not of the form ROLE=NAME"))
    policies = {
        n: v for n in get_type_hints(Policies) if (v := getattr(given, n, None)) is not None
    }
    names = ["region", "unit", "resolution", "year", "encoding", "fold_ids", "manifest"]
    names += ["threads", "engine", "grain"]
    return {"columns": columns, **{n: getattr(given, n) for n in names if n in given}, **policies}


def _tables(given: argparse.Namespace) -> tuple[Any, str | None]:
    from connhub.prepared.reader import is_prepared

    *transactions, firms = given.transactions
    if given.command in _ANALYZING and not transactions and is_prepared(firms):
        return firms, None
    if not transactions:
        raise OptionError(
            Fault("two tables are needed", fix=f"connhub {given.command} TRANSACTIONS FIRMS")
        )
    return (transactions if len(transactions) > 1 else transactions[0]), firms


def _analyze(given: argparse.Namespace) -> None:
    from connhub.analysis import analyze

    result = analyze(*_tables(given), **_reading_options(given))
    print_analysis(result, given)
    if given.out:
        print_files(result.save(given.out, csv=given.csv), given)


def _select(given: argparse.Namespace) -> None:
    _, selection = _selection(given)
    print_selection(selection, given)
    if given.out:
        print_files(selection.save(given.out, csv=given.csv), given)


def _report(given: argparse.Namespace) -> None:
    from connhub.publishing.report.write_report import check_extra

    check_extra()  # before the work, not after it
    result, selection = _selection(given)
    for words in result.ledger.notes:
        print(f"! {note(words, given.lang)}")
    folder = result.report(
        given.out,
        region=given.show,
        lang=given.lang,
        selection=selection,
        year=given.year_shown,
        source=given.source,
        geometry=given.geometry,
        key=given.key,
        sheets=given.sheets,
    )
    print_files(folder, given)


def _selection(given: argparse.Namespace) -> tuple[Analysis, Selection]:
    result, firms = _analysis(given)
    selection = result.select(
        firms,
        financials=given.financials,
        scheme=given.scheme,
        per_region=given.top,
        share=given.share,
        threshold=given.threshold,
        fields=given.fields,
        cut_ties=given.cut_ties,
    )
    return result, selection


def _linkages(given: argparse.Namespace) -> None:
    from connhub.measures.linkages import rank_linkages
    from connhub.networks.export import check_form, write_graph
    from connhub.networks.region_graph import backbone, region_graph

    if given.graph:
        check_form(given.graph)  # before the work, not after it
    result, _ = _analysis(given, grain="firms_by_region")
    regions = result.regions.frame
    names = dict(zip(regions["region"], regions["region_name"], strict=True))
    codes = {name: code for code, name in names.items()}
    show = codes.get(given.show, given.show)
    ranked = rank_linkages(result.linkages, given.by, direction=given.direction, of_region=show)
    graph = None
    if given.backbone is not None or given.graph:
        graph = region_graph(result.linkages, regions=result.regions, outside=True)
    if graph is not None and given.backbone is not None:
        graph = backbone(graph, level=given.backbone)
        ends = zip(ranked["seller_region"], ranked["buyer_region"], strict=True)
        ranked = ranked[[graph.has_edge(*pair) for pair in ends]]
    print_linkages(result, ranked.head(given.top), names, given)
    if graph is not None and given.graph:
        path = write_graph(graph, given.graph)
        print(f"\n  {path}  {path.stat().st_size:,} B")


def _analysis(given: argparse.Namespace, **more: Any) -> tuple[Analysis, Any]:
    """A saved analysis, or one of the tables; and the firm table, where one is given."""
    from connhub.analysis import analyze, load

    options = _reading_options(given)
    folder, *firms = given.transactions
    if not (Path(folder) / "run.json").is_file():
        transactions, table = _tables(given)
        return analyze(transactions, table, **options, **more), table
    usual = _reading_options(_parser().parse_args([given.command, folder]))
    if settled := [n for n, v in options.items() if v != usual.get(n)]:
        fix = "leave them out, or give the tables instead of the directory"
        raise OptionError(Fault(f"settled by the saved analysis: {listed(settled)}", fix=fix))
    if len(firms) > (given.command in _SELECTING):
        fix = "connhub select DIR FIRMS, or connhub linkages DIR"
        raise OptionError(Fault("too many tables beside a saved analysis", file=folder, fix=fix))
    return load(folder), (firms[0] if firms else None)


def _check(given: argparse.Namespace) -> None:
    from connhub.analysis import check

    ledger = check(*_tables(given), **_reading_options(given))
    print(ledger.to_text(given.lang))


def _prepare(given: argparse.Namespace) -> None:
    from connhub.prepared.writer import prepare

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


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ask again, a little later, where Ctrl-C comes inside the compiler: it would be lost there.

    LLVM calls back into Python, and what is raised in such a callback goes nowhere.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number
        while frame is not None:
            if "llvmlite" in frame.f_code.co_filename:
                Timer(0.05, interrupt_main).start()
                return
            frame = frame.f_back
        raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or current_thread() is not main_thread():  # it is ignored, or never comes here
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
    commands = {
        "analyze": _analyze,
        "linkages": _linkages,
        "check": _check,
        "prepare": _prepare,
        "select": _select,
        "report": _report,
        "synth": _synth,
    }
    run = commands[given.command]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConnhubWarning)  # the ledger prints them first
            with limited(), _interruptible():
                begin()
                run(given)
    except ConnhubError as error:
        print(f"connhub: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("connhub: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
