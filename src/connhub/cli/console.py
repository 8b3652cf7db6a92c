"""What the command line prints: tables, lists and headings in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.errors import ConnhubError, Fault
from connhub.intake.ledger import Ledger
from connhub.labels import Language
from connhub.measures.linkages import SHARES
from connhub.measures.result_table import arrow_table
from connhub.measures.results import Results
from connhub.schema import columns, label, money_columns
from connhub.text.catalogue import Message, Texts
from connhub.text.names import file_names, plain, shortened, width
from connhub.text.numbers import decimal_text, money_unit, share

if TYPE_CHECKING:
    import pandas as pd

    from connhub.examination import Examination
    from connhub.recognition import RecognizedTable
    from connhub.selection.certainty_result import Certainty
    from connhub.selection.result import Selection

__all__ = ["Console"]

_CELL_WIDTH = 40
_DELIMITERS = {"\t": "tab"}
_LOOKED_UP = 10
"""How many firms that a word finds are shown."""
_REASON_WIDTH = 80
_CHANGES_OF_SHARES = ("change", "own_effect", "region_effect", "own", "denominator")
_YES_NO = {True: "○", False: "×"}
_ABSENTEES = 10
"""How many firms without a rank are named."""
_LINKAGES = (
    "rank",
    "seller_region",
    "buyer_region",
    "amount",
    "n_transactions",
    "sellers",
    "buyers",
    "share_of_out_of_region_sales",
    "intensity",
)


class Console:
    """Prints results in one language.

    Parameters
    ----------
    lang : {"ja", "en"}
    """

    def __init__(self, lang: Language) -> None:
        self.lang = lang
        self.texts = Texts("console", lang)

    def print_ledger(self, ledger: Ledger) -> None:
        """Print where every row and every yen went."""
        print(ledger.to_text(self.lang))

    def print_recognized(self, tables: Iterable[RecognizedTable]) -> None:
        """Print what each table was recognized as."""
        for table in tables:
            name = self.texts(f"table_{table.table}")
            self.print_heading(self.texts("table_of", table=name, files=file_names(table.files)))
            for line in self._facts(table):
                print(f"  {plain(line)}")

    def _facts(self, table: RecognizedTable) -> Iterator[str]:
        for layout in dict.fromkeys(table.layouts):
            facts = [
                self.texts(f"layout_{name}", value=_DELIMITERS.get(value, value))
                for name in ("sheet", "header_row", "delimiter", "encoding")
                if (value := getattr(layout, name))
            ]
            if facts:
                yield self.texts("separator").join(facts)
        for role, headers in table.roles.items():
            of = next((t for t in (table.table, "firms") if role in columns(t)), None)
            named = self.texts("region_column") if of is None else label(of, role, self.lang)
            yield self.texts("column_read_as", headers=headers, name=named, role=role)
        if table.unused:
            yield self.texts("columns_unused", headers=table.unused)
        for unit in table.units:
            yield unit.text(self.lang)
        if table.years:
            yield self.texts("years", years=table.years)

    def print_next_steps(self, found: Examination, commands: Sequence[str]) -> None:
        """Print options that answer faults, and the commands to run next."""
        from connhub.next_steps import flags_of

        if found.proposals:
            self.print_heading(self.texts("proposals"))
        for proposal in found.proposals:
            print(f"  {plain(' '.join(flags_of(proposal.option, proposal.value)))}")
            for line in self._answered(found, proposal.faults):
                print(f"    {line}")
        if found.left:
            self.print_heading(self.texts("to_mend"))
            for line in self._answered(found, found.left):
                print(f"  {line}")
        if commands:
            self.print_heading(self.texts("check_again" if found.left else "next_commands"))
        for command in commands:
            print(f"  {plain(command)}")
        years = () if found.ledger is None else found.ledger.years
        if len(years) > 1 and "year" not in found.given:
            print(self.texts("one_year", year=max(years), years=years))

    def _answered(self, found: Examination, faults: Iterable[Fault]) -> Iterator[str]:
        """Numbers of faults that were printed, and the texts of those that came to light later."""
        first = list(found.faults)
        if numbers := [first.index(f) + 1 for f in faults if f in first]:
            key = "faults" if len(first) > 1 else "the_fault"
            yield self.texts(key, numbers=numbers)
        for fault in faults:
            if fault not in first:
                yield self.texts("later_fault", fault=fault.text(self.lang))

    def print_error(self, error: ConnhubError) -> None:
        """Print what is wrong, on the other stream."""
        sys.stdout.flush()
        print(f"connhub: {error.text(self.lang)}", file=sys.stderr, flush=True)

    def print_readings(self, ledger: Ledger) -> None:
        """Print as what the tables were read."""
        for reading in ledger.readings:
            print(plain(reading.text(self.lang)))

    def print_notes(self, notes: Iterable[Message]) -> None:
        """Print what the user should know first."""
        for note in notes:
            print(f"! {note.text(self.lang)}")

    def print_file(self, path: Path) -> None:
        """Print a file that was written, with its size."""
        print(f"  {plain(str(path))}  {path.stat().st_size:,} B")

    def print_files(self, folder: Path) -> None:
        """Print what is in a folder, with sizes."""
        self.print_heading(self.texts("files"))
        for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
            self.print_file(path)

    def print_analysis(self, result: Results, rows: int, of_region: str | None) -> None:
        """Print the ledger, the highest degrees and the largest linkages."""
        code = None if of_region is None else result.directory.find(of_region)
        self.print_heading(self.texts("ledger"))
        self.print_ledger(result.ledger)
        place = self.texts("all_regions")
        if code is not None:
            place = result.directory.label(code, self.lang)
        unit = money_unit(result.unit, self.lang)
        for degree, amount in (
            ("connector_degree", "out_of_region_sales"),
            ("hub_degree", "in_region_purchases"),
        ):
            heading = self.texts(
                "degrees_heading",
                measure=label("degrees", degree, self.lang),
                place=place,
                amount_label=label("degrees", amount, self.lang),
                unit=unit,
            )
            self.print_heading(heading)
            top = result.degrees.ranked(rows, degree, of_region=code)
            places = [result.directory.label(c, self.lang) for c in top["region"].to_pylist()]
            shown = top.select(["rank", "firm_id", "name", "region_name", amount, degree])
            shown = shown.set_column(3, "region_name", text(places))
            self.print_table(shown, "degrees", result.unit)
        undefined = result.regions.undefined_to_arrow()
        if result.ledger.table == "firm_totals":  # a survey of one prefecture knows no other
            undefined = undefined.filter(pc.greater(undefined["firms"], 0))
        else:
            ranked = result.linkages.ranked()
            self.print_linkages(result, ranked.drop_columns("rank")[:rows], rows)
        if len(undefined):
            codes = undefined["region"].to_pylist()
            names = [result.directory.label(c, self.lang) for c in codes]
            print("\n" + self.texts("undefined", regions=names))

    def print_linkages(
        self,
        result: Results,
        links: pa.Table | pd.DataFrame,
        rows: int,
        *,
        by: str = "amount",
        side: str = "both",
        of_region: str | None = None,
    ) -> None:
        """Print linkages with the names of the regions, and the measure that ranks them."""
        directory, unit = result.directory, money_unit(result.unit, self.lang)
        if of_region is None:
            heading = self.texts("linkages_heading", rows=rows, unit=unit)
        else:
            place = directory.label(directory.find(of_region), self.lang)
            heading = self.texts("linkages_of_region", place=place, rows=rows, unit=unit)
        self.print_heading(heading)
        measure = SHARES.get(side, by) if by == "share" else by
        names = dict.fromkeys((*_LINKAGES, measure))
        rows_of = arrow_table(links, result.unit)
        shown = rows_of.select([n for n in names if n in rows_of.column_names])
        for column in ("seller_region", "buyer_region"):
            labels = text([directory.label(c, self.lang) for c in shown[column].to_pylist()])
            shown = shown.set_column(shown.column_names.index(column), column, labels)
        self.print_table(shown, "linkages", result.unit)

    def print_selection(self, selection: Selection, of_region: str | None) -> None:
        """Print who was selected, why in one region, and what was counted."""
        from connhub.measures.sector_degrees import SECTOR_DEGREES

        chosen, place = selection.selected, None
        if of_region is not None:
            code = selection.directory.find(of_region)
            place = selection.directory.label(code, self.lang)
            chosen = chosen[chosen["region"] == code]
        title = (self.texts("candidates"), place, selection.scheme.title(self.lang))
        self.print_heading(" · ".join(part for part in title if part))
        of_place = selection if of_region is None else selection.of_region(of_region)
        absences = selection.absence_notes
        notes = [note for note in selection.notes if note not in absences]
        self.print_readings(selection.ledger)
        self.print_notes((*selection.ledger.notes, *of_place.absence_notes, *notes))
        names = ["region_name", "field", "rank", "firm_id", "name", "score", *SECTOR_DEGREES]
        if chosen["field"].isna().all():
            names.remove("field")
        places = [selection.directory.label(c, self.lang) for c in chosen["region"]]
        shown = chosen[[n for n in names if n in chosen]].assign(region_name=places)
        self.print_table(shown, "selection", selection.unit)
        if of_region is not None:
            self.print_heading(self.texts("reasons"))
            for firm in dict.fromkeys(chosen["firm_id"]):
                for line in selection.reason(firm).lines(self.lang):
                    print(plain(line))
        self._print_absentees(of_place)
        self.print_heading(self.texts("counts"))
        counts = selection.counts
        shown = counts.assign(
            reason=[label("reason", r, self.lang) for r in counts["reason"]],
            indicator=[self._indicator(n) for n in counts["indicator"]],
        )
        self.print_table(shown, "counts", selection.unit)

    def print_certainty(self, certainty: Certainty, *, one_region: bool) -> None:
        """Print how sure the lists are: two lists in the order of names, and what decides."""
        texts = Texts("certainty", self.lang)
        self.print_heading(self.texts("certainty"))
        self.print_notes(certainty.notes)
        sources = (("looked_at", certainty.looked_at), ("not_looked_at", certainty.not_looked_at))
        lines = certainty.sentences(self.lang)
        lines += [
            texts(k, sources=[m.text(self.lang) for m in found]) for k, found in sources if found
        ]
        for line in lines:
            print(plain(line))
        if not one_region:
            return
        for verdict in ("certain", "borderline"):
            rows = certainty.of(verdict)
            if len(rows):
                self.print_heading(texts(verdict))
                names = ["firm_id", "name", "selected", "rank_low", "rank_high"]
                shown = rows[names].dropna(axis="columns", how="all")
                shown = shown.assign(selected=shown["selected"].map(_YES_NO))
                self.print_table(shown, "certainty", certainty.unit)
        self.print_heading(self.texts("what_decides"))
        table = certainty.deciding.drop(columns=["region", "region_name", "field", "rank"])
        table = table.drop(columns="selected").dropna(axis="columns", how="all")
        shown = table.assign(certainty=[texts(v) for v in table["certainty"]])
        if "breakdown_share" in shown:
            up_to = [share(min(float(b), 1.0)) for b in shown["breakdown_share"]]
            shown = shown.assign(breakdown_share=up_to)
        if "stays_without_largest" in shown:
            stays = shown["stays_without_largest"].map(_YES_NO)
            shown = shown.assign(stays_without_largest=stays.fillna(""))
        self.print_table(shown, "deciding", certainty.unit)
        for note in certainty.deal_notes:
            print(plain(note.text(self.lang)))

    def _print_absentees(self, selection: Selection) -> None:
        """Print the firms that are high by a degree and have no rank, and why."""
        from connhub.selection.not_ranked import DEGREE_RANKS
        from connhub.selection.reasons import why_not_ranked

        absent = selection.absentees()
        if not len(absent):
            return
        self.print_heading(self.texts("absentees"))
        shown = absent.head(_ABSENTEES)
        regions = [selection.directory.label(code, self.lang) for code in shown["region"]]
        reasons = [
            why_not_ranked(reason, indicator, cause, self.lang)
            for reason, indicator, cause in zip(
                shown["reason"], shown["indicator"], shown["cause"], strict=True
            )
        ]
        names = ["region_name", "firm_id", "name", *chain(*DEGREE_RANKS.items())]
        shown = shown.assign(region_name=regions)[names].assign(reason=reasons)
        self.print_table(shown, "not_ranked", selection.unit, cell_width=_REASON_WIDTH)
        if len(absent) > len(shown):
            print("  " + self.texts("more_absentees", firms=len(absent) - len(shown)))

    def print_lookup(
        self, result: Results, selection: Selection, word: str, firms: pd.DataFrame
    ) -> None:
        """Print what is known of the firms that a word finds."""
        import pandas as pd

        from connhub.selection.not_ranked import DEGREE_RANKS

        self.print_heading(self.texts("lookup_heading", word=word, firms=len(firms)))
        shown = firms.head(_LOOKED_UP)
        reasons = selection.reasons(shown["firm_id"])
        for row, reason in zip(shown.to_dict("records"), reasons, strict=True):
            place = result.directory.label(row["region"], self.lang)
            names = (row["firm_id"], row["name"])
            print(plain(" ".join(name for name in names if isinstance(name, str))))
            in_region = result.degrees.frame["region"] == row["region"]
            for degree, rank in DEGREE_RANKS.items():
                of_firm = {"measure": label("degrees", degree, self.lang), "place": place}
                if pd.isna(row[rank]):
                    print("  " + self.texts("rank_undefined", **of_firm))
                    continue
                size = int(result.degrees.frame.loc[in_region, degree].notna().sum())
                part = share(row[degree])
                line = self.texts(
                    "rank_of_region", share=part, rank=int(row[rank]), size=size, **of_firm
                )
                print(f"  {line}")
            for line in reason.lines(self.lang):
                print(plain(f"  {line}"))
        if len(firms) > len(shown):
            print(self.texts("more_firms", firms=len(firms) - len(shown)))

    def _indicator(self, name: object) -> str:
        from connhub.selection.indicators import indicator_label

        return indicator_label(name, self.lang) if isinstance(name, str) else ""

    def print_heading(self, heading: str) -> None:
        """Print a heading, underlined."""
        shown = plain(heading)
        print(f"\n{shown}\n{'─' * width(shown)}")

    def _points(self, change: float) -> str:
        """A change of a share: in points, since percent of a percentage might be meant."""
        points = f"{100 * change:+.2f}" if abs(change) >= 0.00005 else "0.00"
        return self.texts("points", points=points)

    def strata(self, validation: pd.DataFrame) -> pd.DataFrame:
        """A validation whose strata are named for people."""
        named = {name: self.texts(f"stratum_{name}") for name in validation["stratum"]}
        return validation.replace({"stratum": named})

    def print_table(
        self,
        data: pa.Table | pd.DataFrame,
        table: str,
        unit: str,
        *,
        cell_width: int = _CELL_WIDTH,
    ) -> None:
        """Print a table under the labels of the schema, numbers to the right."""
        values = arrow_table(data, unit).to_pydict()
        kinds = {name: columns(table)[name].dtype for name in values}
        to_right = [kind not in ("string", "") for kind in kinds.values()]
        for name in money_columns(table):
            if name in values:
                values[name] = [None if v is None else decimal_text(v, unit) for v in values[name]]
        for name in (n for n in values if columns(table)[n].unit == "share"):
            if kinds[name] != "string":
                write = self._points if name in _CHANGES_OF_SHARES else _percent
                values[name] = [
                    v if v is None or isinstance(v, str) else write(v) for v in values[name]
                ]
        numbers = [n for n in values if kinds[n] == "string" or columns(table)[n].unit == "year"]
        for name in numbers:  # ids perhaps are integers
            values[name] = [None if v is None else str(v) for v in values[name]]
        for name in (n for n in values if kinds[n] == "bool"):
            words = Texts("option_values", self.lang)
            values[name] = [
                None if v is None else words("yes" if v else "no") for v in values[name]
            ]
        cells = [[label(table, name, self.lang) for name in values]]
        cells += [
            [_cell(value, cell_width) for value in row]
            for row in zip(*values.values(), strict=True)
        ]
        widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = []
            for cell, room, right in zip(row, widths, to_right, strict=True):
                blanks = " " * (room - width(cell))
                padded.append(blanks + cell if right else cell + blanks)
            print("  " + "  ".join(padded).rstrip())


def _percent(value: float) -> str:
    percent = 100 * value
    return f"{percent:.2f}%" if abs(percent) >= 0.1 or not percent else f"{percent:.2g}%"


def _cell(value: Any, cell_width: int) -> str:
    if isinstance(value, str):
        return shortened(value, cell_width)
    if value is None:
        return "-"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.6f}" if abs(value) < 1 else f"{value:,.2f}"
    return f"{int(value):,}"
