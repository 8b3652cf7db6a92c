"""How the numbers of a report came about: options, scheme, ledger, files, versions, terms."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from connhub.cutoff import Cutoff
from connhub.labels import Language
from connhub.publishing.option_values import option_value
from connhub.publishing.report.tables import (
    Table,
    exact_money_column,
    item_table,
    number_column,
    text_column,
)
from connhub.publishing.scope import Scope
from connhub.release import VERSION
from connhub.schema import columns, label
from connhub.selection.indicators import indicator_label
from connhub.text.catalogue import Texts
from connhub.text.names import file_names, shortened

__all__ = ["files", "ledger", "not_ranked", "options", "scheme", "terms", "versions"]

_MAX_VALUE = 400
"""Columns of the value of an option."""
_TERMS = {
    "connector_degree": "degrees",
    "hub_degree": "degrees",
    "out_of_region_sales": "degrees",
    "in_region_purchases": "degrees",
    "in_region_transactions": "regions",
    "out_of_region_sales_ratio": "degrees",
    "in_region_purchase_ratio": "degrees",
    "intensity": "linkages",
    "deviation_score": None,
    "score": "selection",
    "share": "selection",
    "ledger": None,
}
"""Terms of the glossary: the table of the schema that has their names, if one has."""
_PACKAGES = ("numpy", "pandas", "pyarrow", "altair", "Jinja2")


def terms(scope: Scope) -> list[tuple[str, str]]:
    """The glossary: terms in both languages, and what they mean."""
    report, meanings = Texts("report", scope.lang), Texts("terms", scope.lang)
    other: Language = "en" if scope.lang == "ja" else "ja"
    return [
        (
            report("term", term=_term(name, scope.lang), other=_term(name, other)),
            meanings(name),
        )
        for name in _TERMS
    ]


def _term(name: str, lang: Language) -> str:
    table = _TERMS[name]
    return Texts("terms", lang)(f"name_of_{name}") if table is None else label(table, name, lang)


def options(scope: Scope) -> Table:
    """The options of the analysis, the defaults included."""
    texts, values, known = Texts("report", scope.lang), scope.result.options, columns("option")
    names = [*(n for n in known if n in values), *(n for n in values if n not in known)]
    rows = [
        (
            label("option", name, scope.lang) if name in known else name,
            shortened(option_value(name, values[name], scope.lang), _MAX_VALUE),
        )
        for name in names
    ]
    return item_table(texts("options"), (texts("item"), texts("value")), rows)


def ledger(scope: Scope) -> Table:
    """Where all rows and all money went."""

    def header(name: str) -> str:
        return label("ledger", name, scope.lang)

    texts, record = Texts("report", scope.lang), scope.result.ledger
    frame = record.frame
    entries = [label("entry", name, scope.lang) for name in frame["entry"]]
    kinds = [scope.entry_kind(kind) for kind in frame["kind"]]
    residual = Texts("ledger", scope.lang)("residual")
    table = (
        text_column(header("entry"), [*entries, residual]),
        text_column(header("kind"), [*kinds, texts("balance_check")]),
        number_column(header("rows"), [*frame["rows"], record.residual_rows]),
        exact_money_column(scope, header("amount"), [*frame["amount"], record.residual_amount]),
    )
    note = texts("ledger_note_of_firm_totals" if scope.of_firm_totals else "ledger_note")
    readings = (reading.text(scope.lang) for reading in record.readings)
    return Table(texts("ledger"), table, " ".join((note, *readings)), len(frame))


def files(scope: Scope) -> Table:
    """The transaction files that were read."""
    texts, records = Texts("report", scope.lang), scope.result.ledger.files
    rows, amount = (label("ledger", n, scope.lang) for n in ("rows", "amount"))
    table = (
        text_column(texts("file"), file_names([f.name for f in records])),
        number_column(rows, [f.rows for f in records]),
        exact_money_column(scope, amount, [f.amount for f in records]),
        number_column(texts("bytes"), [f.bytes for f in records]),
    )
    return Table(texts("files"), table)


def versions(scope: Scope) -> Table:
    """The software that computed the report."""
    texts = Texts("report", scope.lang)
    found = [("Python", platform.python_version()), ("connhub", VERSION)]
    for package in _PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return item_table(texts("software"), (texts("name"), texts("version")), found)


def scheme(scope: Scope) -> list[Table]:
    """The scheme of the selection: weights, and how they are used."""
    texts, selection = Texts("report", scope.lang), scope.selection
    if selection is None:
        return []
    used, cutoff = selection.scheme, selection.cutoff
    names = [indicator_label(n, scope.lang) for n in used.indicators]
    directions = [
        texts("lower_is_better" if n in used.lower_is_better else "higher_is_better")
        for n in used.indicators
    ]
    weights = (
        text_column(texts("indicator"), names),
        number_column(texts("weight"), used.weights.values(), lambda w: f"{100 * w:.4g}%"),
        text_column(texts("direction"), directions),
    )
    values = {
        "score_method": used.score_method,
        "rank_within": used.rank_within,
        "ties": used.ties,
        "missing": used.missing,
    }
    rows = [(texts(n), option_value(n, v, scope.lang)) for n, v in values.items()]
    rows.append((texts("chosen"), _chosen(cutoff, texts)))
    rows.append((texts("cut_ties"), option_value("cut_ties", cutoff.cut_ties, scope.lang)))
    headers = (texts("item"), texts("content"))
    return [
        Table(texts("scheme", scheme=scope.scheme_name), weights),
        item_table(texts("score_conditions"), headers, rows),
    ]


def _chosen(cutoff: Cutoff, texts: Texts) -> str:
    if cutoff.threshold is not None:
        return texts("chosen_by_threshold", threshold=cutoff.threshold)
    if cutoff.share is not None:
        return texts("chosen_by_share", percent=100 * cutoff.share)
    return texts("chosen_by_number", firms=cutoff.list_places)


def not_ranked(scope: Scope) -> Table | None:
    """How many firms were not ranked, and why: those of the region, or all."""
    texts, selection = Texts("report", scope.lang), scope.selection
    if selection is None:
        return None
    missing = selection.not_ranked.fillna({"indicator": ""})
    counts = missing.groupby(["reason", "indicator"], observed=True).size()
    reason, indicator, firms = (
        label("counts", n, scope.lang) for n in ("reason", "indicator", "firms")
    )
    table = (
        text_column(reason, [label("reason", r, scope.lang) for r, _ in counts.index]),
        text_column(indicator, [i and indicator_label(i, scope.lang) for _, i in counts.index]),
        number_column(firms, counts.tolist()),
    )
    return Table(texts("not_ranked", place=scope.name), table)
