"""The commands: each takes the arguments that were typed, works, and prints."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connhub.analysis import Analysis, analyze, load
from connhub.cli.console import Console
from connhub.cli.parser import DOUBTS, Arguments
from connhub.errors import Fault, InputError, OptionError, in_file
from connhub.firm_totals import analyze_firm_totals
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.region_map import read_region_map
from connhub.measures.results import DESCRIPTION, FILES
from connhub.measures.saved_tables import save_tables
from connhub.options import TableOptions
from connhub.prepared.reader import is_prepared
from connhub.storage import check_free, is_described
from connhub.text.catalogue import flag

if TYPE_CHECKING:
    from connhub.certainty_options import CertaintyOptions
    from connhub.selection.certainty_result import Certainty
    from connhub.selection.result import Selection

__all__ = [
    "READING",
    "RUN",
    "analysis_options",
    "given_tables",
    "out_folder",
    "save",
]

_DISPLAY = frozenset(("lang", "out", "csv", "excel", "labels", "rows", "of_region"))
_SELECTING = (
    *("scheme", "financials", "fields", "per_region", "share", "threshold", "cut_ties"),
    *("missing", "eligible", "financials_unit"),
)
READING = tuple(f.name for f in fields(TableOptions))
"""Options of reading: those of the tables that a saved analysis is selected from."""
_CHECKING = ("write_clean",)
_TABLES = ("firm_totals", "financials", "fields")
_DEAL_ROWS = 30
_FOLLOWING = ("firm", "digits")
_LINKING = ("by", "side", "backbone", "graph")
_BESIDE = ("before", "targets", "scenario", "plan", "industries")
"""What a report shows beside the analysis: earlier years, targets, a scenario, a plan."""
_REPORTING = ("year_label", "source", "geometry", "code_property", "sheets")
_TABLES_OF_LISTS = ("selection.parquet", "not_ranked.parquet", "counts.parquet")
_JUDGING = (*DOUBTS, "deal_rows")
_OWN = _DISPLAY.union(_SELECTING, _JUDGING, _CHECKING, _FOLLOWING, _LINKING, _REPORTING, _BESIDE)
"""Options that do not concern the analysis itself."""


def analysis_options(arguments: Arguments) -> dict[str, Any]:
    """The options of the analysis itself."""
    options = {n: v for n, v in arguments.options.items() if n not in _OWN}
    if "region_map" in options:
        if "region" in options:
            raise OptionError(Fault("cli.two_regions"))
        options["region"] = read_region_map(options.pop("region_map"))
    return options


def given_tables(arguments: Arguments) -> tuple[Any, str]:
    """Transactions, one table or several, and firms."""
    *transactions, firms = arguments.tables or ("",)
    if not transactions:
        if firms and not Path(firms).exists() and not has_magic(firms):
            raise InputError(Fault("intake.no_file", file=firms))
        before = " scenario.toml" * (arguments.command == "whatif")
        raise OptionError(Fault("cli.two_tables", command=arguments.command + before))
    return (transactions if len(transactions) > 1 else transactions[0]), firms


def _firm_totals(arguments: Arguments) -> tuple[str, dict[str, Any]] | None:
    """The table of firm totals and its options, where one is given."""
    options = analysis_options(arguments)
    table = options.pop("firm_totals", None)
    known = inspect.signature(analyze_firm_totals).parameters
    of_deals = inspect.signature(analyze).parameters
    if table is None:
        if others := [n for n in options if n not in of_deals]:
            raise OptionError(Fault("cli.needs_firm_totals", names=[flag(n) for n in others]))
        return None
    if arguments.tables:
        raise OptionError(Fault("cli.tables_beside_firm_totals", tables=arguments.tables))
    if others := [n for n in options if n not in known]:
        raise OptionError(Fault("cli.needs_transactions", names=[flag(n) for n in others]))
    return table, options


def _analysis(arguments: Arguments, grain: str = "firms") -> tuple[Analysis, str | None]:
    """A saved analysis, or one of the tables; and the firm table, where one is given."""
    if (firm_totals := _firm_totals(arguments)) is not None:
        table, options = firm_totals
        return analyze_firm_totals(table, **options), table
    options = analysis_options(arguments)
    folder, *firms = arguments.tables or ("",)
    if folder and is_described(Path(folder), DESCRIPTION):
        selects = arguments.command not in ("analyze", "linkages")
        if settled := [n for n in options if n not in READING or not selects]:
            raise OptionError(Fault("cli.settled_by_analysis", names=settled))
        if len(firms) > (arguments.command != "linkages"):
            raise OptionError(Fault("cli.too_many_tables", file=folder))
        return load(folder), (firms[0] if firms else None)
    options = {"grain": grain, **options}
    if folder and not firms and is_prepared(folder):
        return analyze(folder, **options), None
    if not firms and Path(folder).is_dir() and arguments.command != "analyze":
        raise OptionError(Fault("storage.not_an_analysis", folder=folder))
    transactions, table = given_tables(arguments)
    return analyze(transactions, table, **options), table


def _check_out(arguments: Arguments, description: str, *files: str) -> None:
    """Refuse a folder in which files of others have names that are needed, before the work."""
    if "out" in arguments.options:
        check_free(Path(arguments.options["out"]), description, files)


def _select(arguments: Arguments, result: Analysis, firms: str | FirmTable | None) -> Selection:
    read = _layout(arguments, result)
    return result.select(firms, read=read, **arguments.pick(*_SELECTING))


def _layout(arguments: Arguments, result: Analysis) -> TableOptions:
    """How tables are read: as those of the analysis were, but for what is typed."""
    return replace(result.table_options, **arguments.pick(*READING))


def _read_firms(arguments: Arguments, result: Analysis, path: str) -> FirmTable:
    layout = _layout(arguments, result)
    return read_firms(path, region=result.options["region"], read=layout)


def _doubts(arguments: Arguments) -> CertaintyOptions | None:
    """Which doubts a list is put to; None where nothing was typed of them."""
    from connhub.certainty_options import CertaintyOptions

    typed = arguments.pick(*DOUBTS)
    return CertaintyOptions(**typed) if typed or arguments.options.get("deal_rows") else None


def run_analyze(arguments: Arguments, console: Console) -> None:
    """Degrees, linkages and regional sums, printed and perhaps written."""
    _check_out(arguments, DESCRIPTION, *FILES)
    result, _ = _analysis(arguments)
    rows, of_region = arguments.options.get("rows", 10), arguments.options.get("of_region")
    console.print_analysis(result, rows, of_region)
    save(arguments, console, result)


def run_select(arguments: Arguments, console: Console) -> None:
    """The lists of selected firms, printed and perhaps written; how sure they are, if asked."""
    _check_out(arguments, "selection.json", *_TABLES_OF_LISTS, "scheme.toml")
    of_region, doubts = arguments.options.get("of_region"), _doubts(arguments)
    first, *others = arguments.tables or ("",)
    saved = is_described(Path(first), DESCRIPTION) or is_prepared(first)
    if arguments.options.get("deal_rows") and (saved or not others):
        raise OptionError(Fault("cli.deal_rows_need_tables"))
    pairs = arguments.options.get("deal_rows") or (doubts is not None and doubts.amount_error)
    selection = _select(arguments, *_analysis(arguments, "pairs" if pairs else "firms"))
    console.print_selection(selection, of_region)
    if doubts is not None:
        lists = selection if of_region is None else selection.of_region(of_region)
        certainty = lists.certainty(doubts=doubts)
        console.print_certainty(certainty, one_region=of_region is not None)
        save(arguments, None, certainty)
        if arguments.options.get("deal_rows"):
            _find_deals(arguments, console, certainty)
    save(arguments, console, selection)


def _find_deals(arguments: Arguments, console: Console, certainty: Certainty) -> None:
    """Where the deals that decide the lists stand in the tables."""
    from connhub.deal_rows import deal_rows

    options = analysis_options(arguments)
    known = inspect.signature(deal_rows).parameters
    rows = deal_rows(
        certainty.deals,
        *given_tables(arguments),
        **{n: v for n, v in options.items() if n in known},
    )
    console.print_heading(console.texts("deal_rows"))
    console.print_table(rows.head(_DEAL_ROWS), "deal_rows", certainty.unit)
    if "out" in arguments.options:
        forms, folder = arguments.forms(), arguments.options["out"]
        save_tables(folder, "deal_rows.json", {"deal_rows": rows}, certainty.ledger, **forms)


def run_lookup(arguments: Arguments, console: Console) -> None:
    """Degrees and ranks of some firms of a saved analysis, and whether they are selected."""
    folder, *applicants = arguments.tables or ("",)
    if not applicants:
        raise OptionError(Fault("cli.nobody_to_look_up"))
    result = load(folder)
    found = {applicant: result.search(applicant) for applicant in applicants}
    if unknown := [applicant for applicant, firms in found.items() if not len(firms)]:
        raise InputError(Fault("cli.no_such_firm", file=folder, examples=unknown))
    selection = _select(arguments, result, arguments.options.get("firm_table"))
    for applicant, firms in found.items():
        console.print_lookup(result, selection, applicant, firms)


def run_report(arguments: Arguments, console: Console) -> None:
    """Report, workbook and pictures."""
    from connhub.cli.report_pages import PagesBeside
    from connhub.publishing.publish import DESCRIPTION as REPORT
    from connhub.publishing.publish import FILES as REPORT_FILES
    from connhub.publishing.report.write_report import check_extra

    check_extra()  # before the work, not after it
    _check_out(arguments, REPORT, *REPORT_FILES)
    beside = PagesBeside.read(arguments)
    result, path = _analysis(arguments, grain="pairs")
    firms = None if path is None else _read_firms(arguments, result, path)
    selection = _select(arguments, result, firms)
    console.print_readings(result.ledger)
    console.print_notes(result.ledger.notes)
    folder = result.report(
        arguments.options.get("out", "report"),
        selection=selection,
        beside=beside.made(result, firms),
        lang=arguments.lang,
        **arguments.pick("of_region", *_REPORTING, *DOUBTS),
    )
    console.print_files(folder)


def run_linkages(arguments: Arguments, console: Console) -> None:
    """Linkages by one measure, and the graph of regions."""
    from connhub.measures.linkages import rank_linkages
    from connhub.networks.export import check_format, write_graph
    from connhub.networks.region_graph import backbone, region_graph

    path, level = arguments.options.get("graph"), arguments.options.get("backbone")
    if path:
        check_format(path)  # before the work, not after it
    result, _ = _analysis(arguments, grain="firms_by_region")
    ranked = rank_linkages(result.linkages, **arguments.pick("by", "side", "of_region"))
    graph = None
    if level is not None or path:
        graph = region_graph(result.linkages, regions=result.regions, outside=True)
    if graph is not None and level is not None:
        graph = backbone(graph, level=level)
        ends = zip(ranked["seller_region"], ranked["buyer_region"], strict=True)
        ranked = ranked[[graph.has_edge(*pair) for pair in ends]]
    console.print_readings(result.ledger)
    if (note := result.linkages.intensity_note) is not None:
        console.print_notes([note])
    console.print_linkages(
        result,
        ranked.head(arguments.options.get("rows", 10)),
        arguments.options.get("rows", 10),
        **arguments.pick("by", "side", "of_region"),
    )
    if graph is not None and path:
        console.print_file(Path(write_graph(graph, path)))


def run_ripple(arguments: Arguments, console: Console) -> None:
    """What becomes of the money that a region's firms bring in."""
    from connhub.cli.print_ripple import print_ripple

    of_region = _region(arguments)
    result, firms = _analysis(arguments, grain="pairs")
    reports = arguments.pick("financials", "financials_unit", "reported_year")
    firm = _firm(result, arguments.options.get("firm"))
    ripple = result.ripple(of_region, firms, **reports)
    print_ripple(console, ripple, arguments.options.get("rows", 10), firm)
    save(arguments, console, ripple)


def _firm(result: Analysis, word: str | None) -> str | None:
    """Id of the one firm that a word finds: an id, a name, or a part of one."""
    if word is None:
        return None
    found = result.search(word)
    if len(found) == 1:
        return str(found["firm_id"].iloc[0])
    if found.empty:
        raise InputError(Fault("cli.no_such_firm", examples=[word]))
    names = [f"{i} {n}" for i, n in zip(found["firm_id"], found["name"], strict=True)]
    raise InputError(Fault("cli.several_firms", firm=word, examples=names[:10], count=len(names)))


def run_leaks(arguments: Arguments, console: Console) -> None:
    """What a region buys outside, and which of its firms could talk to each other."""
    from connhub.cli.print_ripple import print_leaks

    of_region = _region(arguments)
    result, firms = _analysis(arguments, grain="pairs")
    if firms is None:
        raise OptionError(Fault("cli.needs_firm_table", command=arguments.command))
    leaks = result.leaks(firms, **arguments.pick("digits"))
    print_leaks(console, leaks, of_region, arguments.options.get("rows", 10))
    save(arguments, console, leaks)


def run_whatif(arguments: Arguments, console: Console) -> None:
    """What would change if firms came, left or grew."""
    from connhub.cli.print_what_if import print_what_if
    from connhub.scenario.read_scenario import read_scenario
    from connhub.scenarios import what_if

    scenario, *tables = arguments.tables or ("",)
    if not tables:
        raise OptionError(Fault("cli.needs_scenario"))
    read = read_scenario(scenario)  # before the work, not after it
    _check_out(arguments, "scenario.json", "scenario_firms.parquet")
    rest = {n: v for n, v in arguments.options.items() if n not in ("draws", "seed")}
    arguments_of_tables = replace(arguments, tables=tuple(tables), options=rest)
    result, firms = _analysis(arguments_of_tables, grain="pairs")
    if result.totals is None:  # a saved one, with a firm table or without
        raise OptionError(Fault("scenario.needs_totals"))
    if firms is None:
        raise OptionError(Fault("cli.needs_firm_table", command=arguments.command))
    with in_file(scenario):
        change = what_if(result, read, firms, **arguments.pick("draws", "seed"))
    rows, of_region = arguments.options.get("rows", 10), arguments.options.get("of_region")
    print_what_if(console, change, rows, of_region)
    save(arguments, console, change)


def save(arguments: Arguments, console: Console | None, result: Any) -> None:
    """Write a result where `--out` says, and print what is there, at the last."""
    if "out" in arguments.options:
        folder = result.save(arguments.options["out"], **arguments.forms())
        if console is not None:
            console.print_files(folder)


def _region(arguments: Arguments) -> str:
    if "of_region" not in arguments.options:
        raise OptionError(Fault("cli.needs_region", command=arguments.command))
    return str(arguments.options["of_region"])


def run_check(arguments: Arguments, console: Console) -> int:
    """What each table was recognized as, the ledger or every fault, and what to run next."""
    from connhub.examination import examine, examine_firm_totals

    tables = arguments.pick("financials", "fields")
    others = arguments.pick("financials_unit", "write_clean")
    if (firm_totals := _firm_totals(arguments)) is not None:
        table, options = firm_totals
        if "write_clean" in others:
            names = [flag("write_clean")]
            raise OptionError(Fault("cli.needs_transactions", names=names))
        found = examine_firm_totals(table, **tables, **others, **options)
        tables["firm_totals"] = table
    else:
        transactions, firms = given_tables(arguments)
        options = analysis_options(arguments)
        found = examine(transactions, firms, **tables, **others, **options)
        tables |= {"transactions": transactions, "firms": firms}
    console.print_recognized(found.tables)
    console.print_notes(found.notes)
    if found.clean_copies is not None:
        console.print_files(found.clean_copies)
    if found.ledger is not None and not found.faults:
        console.print_heading(console.texts("ledger"))
        console.print_ledger(found.ledger)
    if found.faults:
        console.print_error(found.error(*found.faults))
    typed = {n: v for n, v in arguments.options.items() if n not in ("write_clean", *_TABLES)}
    console.print_next_steps(found, found.next_commands({**tables, **typed}))
    return 2 if found.faults else 0


def run_prepare(arguments: Arguments, console: Console) -> None:
    """A prepared table on disk."""
    from connhub.prepared.writer import prepare

    tables = given_tables(arguments)
    ledger = prepare(*tables, out=out_folder(arguments), **analysis_options(arguments))
    console.print_ledger(ledger)


def run_estimate(arguments: Arguments, console: Console) -> None:
    """Amounts of links that have none: what was assumed, how good they are, and the folder."""
    from connhub.estimate import estimate_amounts

    tables, out = given_tables(arguments), out_folder(arguments)
    options = analysis_options(arguments)
    if "financials" not in arguments.options:
        raise OptionError(Fault("cli.needs_financials"))
    options |= arguments.pick("financials_unit")
    found = estimate_amounts(*tables, arguments.options["financials"], **options)
    console.print_notes(found.notes)
    if not found.validation.empty:
        console.print_heading(console.texts("validation"))
        console.print_table(console.strata(found.validation), "validation", found.unit)
    console.print_files(found.save(out, **arguments.forms()))


def run_synth(arguments: Arguments, console: Console) -> None:
    """A synthetic economy on disk."""
    from connhub.synthetic import synthesize

    options = {n: v for n, v in arguments.options.items() if n not in ("out", "lang")}
    for path in synthesize(out_folder(arguments), **options).values():
        console.print_file(Path(path))


def out_folder(arguments: Arguments) -> str:
    """The folder of `--out`, which is needed."""
    if "out" not in arguments.options:
        raise OptionError(Fault("cli.needs_out"))
    return str(arguments.options["out"])


RUN: Mapping[str, Callable[[Arguments, Console], int | None]] = {
    "analyze": run_analyze,
    "check": run_check,
    "leaks": run_leaks,
    "linkages": run_linkages,
    "lookup": run_lookup,
    "prepare": run_prepare,
    "report": run_report,
    "ripple": run_ripple,
    "select": run_select,
    "estimate": run_estimate,
    "synth": run_synth,
    "whatif": run_whatif,
}
"""What each command does; the exit code, where it is not 0."""
