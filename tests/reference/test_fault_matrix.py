"""Faults of files as people have them, each as CSV, Parquet and workbook: none passes in silence.

A fault is either refused, or dealt with by a stated policy: counted in the ledger, or told in a
note. Of the refusals of a fault that lies in a row, 95 in 100 name the file, the row and the
column; all name the file. ``python -m tests.reference.test_fault_matrix`` writes the pages of the
documentation that list them.
"""

from __future__ import annotations

import datetime
import gzip
import re
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

import connhub
from connhub.errors import ConnhubError, Fault
from connhub.examination import examine
from connhub.text.catalogue import Message
from tests.builders import ROOT
from tests.reference.faulty_files import (
    FORMATS,
    IDS,
    SHEET_XML,
    Bytes,
    Damage,
    Formula,
    add,
    archive,
    beside,
    content,
    cut,
    drop,
    empty,
    every,
    grid,
    header,
    hidden_behind,
    in_float32,
    in_member,
    in_memory,
    in_packed,
    insert,
    many_rows,
    merge,
    no_rows,
    nothing,
    put,
    repeat,
    several,
    swap,
    zeros,
)

DEALS, FIRMS, FINANCIALS, FIELDS, TOTALS = (
    "transactions",
    "firms",
    "financials",
    "fields",
    "firm_totals",
)
SELLER, BUYER, AMOUNT, YEAR = "販売元", "販売先", "取引金額(円)", "年度"
ID, PREFECTURE, MUNICIPALITY, COUNTRY, GROUP = (
    "法人番号",
    "都道府県",
    "市区町村コード",
    "国コード",
    "企業グループID",
)
PROFIT, EMPLOYEES = "営業利益(千円)", "従業員数"
OUTSIDE, INSIDE = "域外販売額(千円)", "域内仕入額(千円)"
STRANGER = "9999999999999"
ENCRYPTED = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
DAY = datetime.date(2024, 4, 1)


@dataclass(frozen=True)
class Refused:
    """An error. `row` counts records from 1; None where the fault is of no row."""

    kind: str
    column: str = ""
    row: int | None = None
    in_file: str = ""
    """By default the file that is damaged."""


@dataclass(frozen=True)
class Counted:
    """A policy: an entry of the ledger, with its rows and yen."""

    entry: str
    rows: int
    amount: int


@dataclass(frozen=True)
class Noted:
    """A policy: a note, or what is told of how the tables were read."""

    kind: str


Outcome = Refused | Counted | Noted


@dataclass(frozen=True, eq=False)
class Case:
    """A fault of one table, and what becomes of it in each format that can have it."""

    name: str
    table: str
    damage: Damage
    outcome: Outcome | Mapping[str, Outcome]
    options: Mapping[str, Any] = field(default_factory=dict)
    bytes: Bytes | Mapping[str, Bytes] = field(default_factory=dict)
    given: Callable[[Path], Any] = str
    """What is given for the file."""
    cannot: Mapping[str, str] = field(default_factory=dict)
    """Formats that cannot have the fault, and why."""

    def expected(self, form: str) -> Outcome:
        return self.outcome[form] if isinstance(self.outcome, Mapping) else self.outcome

    def write(self, folder: Path, form: str) -> Any:
        cells = grid(self.table)
        self.damage(cells)
        change = self.bytes.get(form) if isinstance(self.bytes, Mapping) else self.bytes
        whole = content(cells, form)
        path = folder / f"{self.table}.{form}"
        path.write_bytes(change(whole) if change else whole)
        return self.given(path)


UNREADABLE, YEARS = "intake.unreadable_number", {"year": 2024}
NO_TYPES = {"csv": "text has no types", "xlsx": "a sheet has no types of columns"}
NO_SHEETS = {"csv": "it is one table", "parquet": "it is one table"}
NO_CELLS = {"csv": "text has no cells with formulas or formats", "parquet": "nor have values"}
NO_LINES = {"parquet": "it has no lines of text", "xlsx": "it has no lines of text"}


def cell(
    name: str, table: str, column: str, filled: Any, kind: str, row: int = 2, **options: Any
) -> Case:
    """One cell of a record that is refused."""
    return Case(name, table, put(row, **{column: filled}), Refused(kind, column, row), options)


def of_type(kind: str, column: str) -> Mapping[str, Outcome]:
    """What becomes of a whole column of a wrong type, which only Parquet has."""
    rows = Refused(UNREADABLE, column, 1)
    return {"csv": rows, "parquet": Refused(kind, column), "xlsx": rows}


CASES = [
    # --- columns
    Case("no column of amounts", DEALS, drop(AMOUNT), Refused("intake.column_absent")),
    Case("unknown header", DEALS, header(SELLER, "売った会社"), Refused("intake.column_absent")),
    Case(
        "two columns that could be the amount",
        DEALS,
        add("取引額", 1, 2, 3, 4, 5, 6, 7, 8),
        Refused("intake.ambiguous_column"),
    ),
    Case(
        "two columns of one name",
        DEALS,
        add(AMOUNT, 1, 2, 3, 4, 5, 6, 7, 8),
        Refused("intake.equal_columns", AMOUNT),
    ),
    Case(
        "no region of the firms",
        FIRMS,
        several(drop(PREFECTURE), drop(MUNICIPALITY)),
        Refused("regions.no_region_column"),
    ),
    Case("no ids of the firms", FIRMS, drop(ID), Refused("intake.column_absent")),
    Case("no years of the financials", FINANCIALS, drop(YEAR), Refused("intake.column_absent")),
    Case("header without rows", DEALS, no_rows, Noted("intake.no_rows")),
    Case("header of the firms without rows", FIRMS, no_rows, Refused("intake.no_firms")),
    Case(
        "two units in the header",
        DEALS,
        header(AMOUNT, "取引金額(千円)百万円"),
        Refused("intake.unit_unsettled", "取引金額(千円)百万円"),
    ),
    Case(
        "unit of the option is not that of the header",
        DEALS,
        nothing,
        Refused("intake.units_differ", AMOUNT),
        {"unit": "千円"},
    ),
    Case(
        "currencies in the headers of the financials",
        FINANCIALS,
        header("売上高(千円)", "売上高(USD)"),
        Refused("selection.financial_units_differ"),
    ),
    Case(
        "unit in some headers of firm totals",
        TOTALS,
        header(INSIDE, "域内仕入額"),
        Refused("firm_totals.some_units"),
    ),
    # --- amounts
    cell("word for an amount", DEALS, AMOUNT, "未定", UNREADABLE),
    cell("no amount", DEALS, AMOUNT, None, "intake.missing_amount"),
    Case(
        "no amount, excluded by choice",
        DEALS,
        put(2, **{AMOUNT: None}),
        Counted("missing_amount", 1, 0),
        {"missing_amount": "exclude"},
    ),
    cell("true for an amount", DEALS, AMOUNT, True, UNREADABLE),
    cell("date for an amount", DEALS, AMOUNT, DAY, UNREADABLE),
    Case(
        "true and false for all amounts",
        DEALS,
        every(lambda a: a > 2_000_000, AMOUNT),
        of_type("intake.amount_type", AMOUNT),
    ),
    Case(
        "dates for all amounts",
        DEALS,
        every(lambda a: DAY, AMOUNT),
        of_type("intake.amount_type", AMOUNT),
    ),
    cell("error of a formula among amounts", DEALS, AMOUNT, "#REF!", "intake.error_cells"),
    cell("infinite amount", DEALS, AMOUNT, "inf", UNREADABLE),
    cell("NaN as a word", DEALS, AMOUNT, "NaN", UNREADABLE),
    cell("fraction of a yen", DEALS, AMOUNT, "1200000.5", "intake.not_whole"),
    cell("small negative fraction", DEALS, AMOUNT, "-0.001", "intake.not_whole"),
    cell("amount beyond 64 bits", DEALS, AMOUNT, "92233720368547758080", "intake.too_large"),
    Case(
        "sum beyond 64 bits",
        DEALS,
        every(lambda a: "4611686018427387904", AMOUNT),
        Refused("intake.sum_too_large", AMOUNT),
    ),
    cell("amount in E notation", DEALS, AMOUNT, "1.2E+06", UNREADABLE),
    cell("unit in one cell", DEALS, AMOUNT, "1,200千円", UNREADABLE),
    Case(
        "yen in one cell of a column in thousands",
        DEALS,
        several(put(2, **{AMOUNT: "¥1,200"}), header(AMOUNT, "取引金額(千円)")),
        Refused("intake.yen_in_cell", "取引金額(千円)", 2),
    ),
    cell("dollars in one cell", DEALS, AMOUNT, "$1,200", UNREADABLE),
    cell("point for thousands, comma for decimals", DEALS, AMOUNT, "1.200.000,50", UNREADABLE),
    cell("comma in the wrong place", DEALS, AMOUNT, "12,00,000", UNREADABLE),
    cell("blanks between digits", DEALS, AMOUNT, "1 200 000", UNREADABLE),
    cell("percentage for an amount", DEALS, AMOUNT, "12%", UNREADABLE),
    cell("¥ in front and - behind", DEALS, AMOUNT, "¥1,200,000-", UNREADABLE),
    cell("two signs", DEALS, AMOUNT, "--1200000", UNREADABLE),
    cell("suppressed amount", DEALS, AMOUNT, "X", UNREADABLE),
    cell("letters O for zeros", DEALS, AMOUNT, "12OOOOO", UNREADABLE),
    cell("range for an amount", DEALS, AMOUNT, "1000000~2000000", UNREADABLE),
    Case(
        "negative amount",
        DEALS,
        put(2, **{AMOUNT: -1_200_000}),
        Counted("with_negative", 1, -1_200_000),
    ),
    cell(
        "negative amount, refused by choice",
        DEALS,
        AMOUNT,
        -1_200_000,
        "totals.refused_negative",
        negative="error",
    ),
    Case(
        "one amount is nearly everything",
        DEALS,
        several(many_rows(AMOUNT), put(2, **{AMOUNT: 1_200_000_000_000})),
        Noted("ledger.one_row_share"),
    ),
    # --- parties
    Case("no seller", DEALS, put(2, **{SELLER: None}), Counted("unknown_firm", 1, 1_200_000)),
    Case(
        "party that the firm table lacks",
        DEALS,
        put(2, **{SELLER: STRANGER}),
        Counted("unknown_firm", 1, 1_200_000),
    ),
    cell(
        "party that the firm table lacks, refused by choice",
        DEALS,
        BUYER,
        STRANGER,
        "totals.refused_unknown_firm",
        unknown_firm="error",
    ),
    Case(
        "wrong check digit of a party",
        DEALS,
        put(2, **{SELLER: f"{int(IDS[1][0]) % 9 + 1}{IDS[1][1:]}"}),
        Counted("unknown_firm", 1, 1_200_000),
    ),
    cell("id in E notation", DEALS, SELLER, "7.11E+12", "intake.ids_in_exponent_form"),
    cell("error of a formula among parties", DEALS, BUYER, "#N/A", "intake.error_cells"),
    *(
        Case(
            f"ids of two kinds: {name}",
            DEALS,
            every(change, SELLER, BUYER),
            Refused("totals.few_parties_found"),
        )
        for name, change in {
            ".0 at the end": "{}.0".format,
            "T of invoices": "T{}".format,
            "apostrophe": "'{}".format,
            "without check digit": lambda i: i[1:],
            "lost zeros": lambda i: i[3:],
            "full width": lambda i: i.translate({48 + n: 0xFF10 + n for n in range(10)}),
            "names": lambda i: f"株式会社{i[-2:]}",
        }.items()
    ),
    Case(
        "firm that sells to itself",
        DEALS,
        put(2, **{BUYER: IDS[1]}),
        Counted("self_trade", 1, 1_200_000),
    ),
    # --- rows that are no records
    Case(
        "row of the total",
        DEALS,
        insert(9, "合計", None, 20_870_000),
        Refused("intake.total_rows", SELLER, 9),
    ),
    Case(
        "row of a subtotal",
        DEALS,
        insert(4, "小計", None, 8_700_000),
        Refused("intake.total_rows", SELLER, 4),
    ),
    Case(
        "row of the total, left out by choice",
        DEALS,
        insert(9, "合計", None, 20_870_000),
        Counted("total_row", 1, 20_870_000),
        {"total_rows": "drop"},
    ),
    Case(
        "note below the table",
        DEALS,
        insert(9, "※ 取引金額は税抜である。"),
        Refused("intake.note_rows", SELLER, 9),
    ),
    Case("blank row", DEALS, insert(4), Counted("blank_row", 1, 0)),
    Case(
        "header again among the rows",
        DEALS,
        insert(5, SELLER, BUYER, AMOUNT, YEAR),
        Refused(UNREADABLE, AMOUNT, 5),
    ),
    Case(
        "region of a row that is none",
        DEALS,
        add("販売先都道府県", "新潟県", "江戸", *["東京都"] * 6),
        Refused("intake.unknown_region_code", "販売先都道府県", 2),
    ),
    # --- years
    cell("word for a year", DEALS, YEAR, "昨年", "intake.no_year", **YEARS),
    Case(
        "word for a year, no year chosen",
        DEALS,
        put(2, **{YEAR: "昨年"}),
        Noted("intake.unread_years"),
    ),
    Case("no year", DEALS, put(2, **{YEAR: None}), Counted("missing_year", 1, 1_200_000), YEARS),
    cell("date that does not exist", DEALS, YEAR, "2024-02-30", "intake.no_year", **YEARS),
    cell("month 13", DEALS, YEAR, "2024/13/01", "intake.no_year", **YEARS),
    cell("year of five digits", DEALS, YEAR, "20244", "intake.no_year", **YEARS),
    cell("year after the end of its era", DEALS, YEAR, "平成36年度", "intake.no_year", **YEARS),
    cell("era and year that differ", DEALS, YEAR, "令和5(2024)年度", "intake.no_year", **YEARS),
    cell("serial number of a date", DEALS, YEAR, 45383, "intake.no_year", **YEARS),
    cell("error of a formula among years", DEALS, YEAR, "#VALUE!", "intake.error_cells", **YEARS),
    Case(
        "year that no row has",
        DEALS,
        nothing,
        Refused("totals.years_not_there"),
        {"year": 2031},
    ),
    # --- firms
    Case("firm twice, agreeing", FIRMS, repeat(2), Refused("intake.repeated_id", ID, 9)),
    Case(
        "firm twice, contradicting",
        FIRMS,
        repeat(2, **{PREFECTURE: "東京都", MUNICIPALITY: "13101"}),
        Refused("intake.repeated_id", ID, 9),
    ),
    cell("firm without id", FIRMS, ID, None, "intake.empty_id", 3),
    cell("firm with an id in E notation", FIRMS, ID, "7.11E+12", "intake.ids_in_exponent_form", 3),
    cell("error of a formula among ids", FIRMS, ID, "#NAME?", "intake.error_cells", 3),
    Case(
        "ids that end in 00000",
        FIRMS,
        every(lambda i: i[:8] + "00000", ID),
        Refused("intake.ids_with_lost_digits", ID, 1),
    ),
    cell("prefecture 48", FIRMS, PREFECTURE, "48", "regions.prefecture_code", 3),
    cell("misspelt prefecture", FIRMS, PREFECTURE, "新泻県", "regions.prefecture_code", 1),
    cell("true for a prefecture", FIRMS, PREFECTURE, True, "regions.prefecture_code", 3),
    cell("error of a formula among prefectures", FIRMS, PREFECTURE, "#N/A", "intake.error_cells"),
    Case(
        "lost zero of a municipality code",
        FIRMS,
        every(lambda m: m.removeprefix("0"), MUNICIPALITY),
        Refused("regions.municipality_zero_lost", MUNICIPALITY, 5),
    ),
    cell(
        "wrong check digit of a municipality code",
        FIRMS,
        MUNICIPALITY,
        "151001",
        "regions.municipality_code",
        1,
    ),
    cell(
        "municipality of another prefecture",
        FIRMS,
        MUNICIPALITY,
        "13101",
        "regions.contradicting_codes",
        1,
    ),
    Case(
        "firm without region",
        FIRMS,
        put(3, **{PREFECTURE: None, MUNICIPALITY: None}),
        Counted("unknown_region", 3, 7_200_000),
    ),
    Case(
        "firm without region, refused by choice",
        FIRMS,
        put(5, **{PREFECTURE: None, MUNICIPALITY: None}),
        Refused("totals.refused_unknown_region", SELLER, 5, in_file="table"),
        {"unknown_region": "error"},
    ),
    cell("country that is none", FIRMS, COUNTRY, "ドイツ?", "regions.country_code", 8),
    Case(
        "country abroad and a prefecture",
        FIRMS,
        put(1, **{COUNTRY: "DE"}),
        Noted("intake.abroad_in_prefecture"),
    ),
    Case(
        "row of the total of firms",
        FIRMS,
        insert(9, None, "合計"),
        Refused("intake.total_rows", "企業名", 9),
    ),
    Case(
        "note below the firms",
        FIRMS,
        insert(9, "(注)本社所在地による。"),
        Refused("intake.note_rows", ID, 9),
    ),
    Case("blank row among firms", FIRMS, insert(4), Noted("intake.blank_rows")),
    cell("group in E notation", FIRMS, GROUP, "7.11E+12", "intake.ids_in_exponent_form"),
    cell("error of a formula among groups", FIRMS, GROUP, "#REF!", "intake.error_cells"),
    # --- financials
    cell("word for a profit", FINANCIALS, PROFIT, "黒字", "selection.value_unreadable"),
    cell("date for a profit", FINANCIALS, PROFIT, DAY, "selection.value_unreadable"),
    cell("false for a profit", FINANCIALS, PROFIT, False, "selection.value_unreadable"),
    cell("profit beyond 64 bits", FINANCIALS, PROFIT, "9" * 20, "selection.value_too_large"),
    cell("error of a formula among profits", FINANCIALS, PROFIT, "#DIV/0!", "intake.error_cells"),
    cell("half an employee", FINANCIALS, EMPLOYEES, "12.5", "selection.employees_not_whole"),
    cell("negative employees", FINANCIALS, EMPLOYEES, -12, "selection.negative_employees"),
    cell("employees in words", FINANCIALS, EMPLOYEES, "約120人", "selection.value_unreadable"),
    Case(
        "firm and year twice, agreeing",
        FINANCIALS,
        repeat(2),
        Refused("selection.firm_year_repeated", ID, 6),
    ),
    Case(
        "firm and year twice, contradicting",
        FINANCIALS,
        repeat(2, **{EMPLOYEES: 5}),
        Refused("selection.firm_year_repeated", ID, 6),
    ),
    cell("financials without year", FINANCIALS, YEAR, None, "selection.year_unreadable"),
    cell("financials without firm", FINANCIALS, ID, None, "selection.firm_id_missing"),
    Case(
        "financials of a firm that the firm table lacks",
        FINANCIALS,
        put(5, **{ID: STRANGER}),
        Noted("selection.firms_not_listed"),
    ),
    Case(
        "financials with ids of another kind",
        FINANCIALS,
        every("T{}".format, ID),
        Refused("selection.few_firms_found", ID, 1),
    ),
    Case(
        "row of the total of financials",
        FINANCIALS,
        insert(6, "合計", 2024, 1, 2, 3),
        Refused("intake.total_rows", ID, 6),
    ),
    # --- fields
    cell("firm without field", FIELDS, "分野", None, "selection.field_missing"),
    cell("field without firm", FIELDS, "企業ID", None, "selection.field_without_one_key"),
    cell("field of an unknown firm", FIELDS, "企業ID", STRANGER, "selection.field_unknown_firm"),
    cell("error of a formula among fields", FIELDS, "企業ID", "#N/A", "intake.error_cells"),
    Case(
        "firm twice in a field",
        FIELDS,
        repeat(2),
        Refused("selection.field_repeated", "企業ID", 5),
    ),
    # --- firm totals
    cell("part above the whole", TOTALS, OUTSIDE, 93_000, "firm_totals.part_above_whole"),
    Case(
        "part above the whole, excluded by choice",
        TOTALS,
        put(2, **{OUTSIDE: 93_000}),
        Counted("implausible", 1, 108_500_000),
        {"implausible": "exclude"},
    ),
    cell("negative total", TOTALS, INSIDE, -5, "firm_totals.negative"),
    cell("missing total", TOTALS, INSIDE, None, "firm_totals.missing"),
    Case(
        "share above 100%",
        TOTALS,
        several(
            drop(INSIDE), add("仕入額(千円)", 1, 2, 3, 4), add("域内仕入比率", 50, 150, 20, 30)
        ),
        Refused("firm_totals.share_out_of_range", "域内仕入比率", 2),
    ),
    Case(
        "fractions where percentages are expected",
        TOTALS,
        several(
            drop(INSIDE),
            add("仕入額(千円)", 1, 2, 3, 4),
            add("域内仕入比率", "0.5", "0.15", "0.2", "0.3"),
        ),
        Refused("firm_totals.small_shares", "域内仕入比率", 1),
    ),
    Case(
        "totals of a firm without region",
        TOTALS,
        put(2, **{PREFECTURE: None}),
        Counted("unknown_region", 1, 24_800_000),
    ),
    Case("totals of a firm twice", TOTALS, repeat(2), Refused("intake.repeated_id", ID, 5)),
    # --- files
    Case("empty file", DEALS, nothing, Refused("intake.empty_file"), bytes=lambda whole: b""),
    Case(
        "file that is cut short",
        DEALS,
        nothing,
        {
            "csv": Refused("intake.number_of_fields", "", 6),
            "parquet": Refused("intake.damaged_file"),
            "xlsx": Refused("intake.damaged_file"),
        },
        bytes=cut(0.7),
    ),
    Case(
        "bytes of zero in the middle",
        DEALS,
        nothing,
        {
            "csv": Refused("intake.undecodable_byte", "", 4),
            "parquet": Refused("intake.damaged_groups"),
            "xlsx": Refused("intake.damaged_file"),
        },
        bytes={"csv": zeros(0.5), "parquet": zeros(0.1), "xlsx": in_packed(SHEET_XML, zeros(0.5))},
    ),
    Case(
        "random bytes",
        DEALS,
        nothing,
        {
            "csv": Refused("intake.undecodable_byte", "", 1),
            "parquet": Refused("intake.damaged_file"),
            "xlsx": Refused("intake.damaged_file"),
        },
        bytes=lambda whole: bytes((i * 7919 + 13) % 256 for i in range(2000)),
    ),
    Case(
        "web page under the name of a table",
        DEALS,
        nothing,
        Refused("intake.html_table"),
        bytes=lambda whole: b"<html><body><table><tr><td>1</td></tr></table></body></html>",
    ),
    Case(
        "workbook with a password",
        DEALS,
        nothing,
        Refused("intake.locked_workbook"),
        bytes=lambda whole: ENCRYPTED,
    ),
    Case("archive", DEALS, nothing, Refused("intake.other_workbook"), bytes=archive),
    Case("no file", DEALS, nothing, Refused("intake.no_file"), given=lambda p: f"{p}.gone"),
    Case(
        "one file given twice",
        DEALS,
        nothing,
        Refused("intake.files_named_twice"),
        given=lambda p: [p, p],
    ),
    Case(
        "copy of a file beside it",
        DEALS,
        nothing,
        {
            "csv": Noted("intake.same_content"),
            "parquet": Noted("intake.same_content"),
            "xlsx": Refused("intake.several_workbooks"),
        },
        given=lambda p: [p, Path(copy(p, p.with_stem("copy")))],
    ),
    # --- lines of text
    Case(
        "row with a field too few",
        DEALS,
        nothing,
        Refused("intake.number_of_fields", "", 2),
        bytes=swap(",1200000,2024", b",1200000"),
        cannot=NO_LINES,
    ),
    Case(
        "row with fields too many",
        DEALS,
        nothing,
        Refused("intake.number_of_fields", "", 2),
        bytes=swap(",1200000,2024", b",1,200,000,2024"),
        cannot=NO_LINES,
    ),
    Case(
        "quotation mark that is not closed",
        DEALS,
        nothing,
        Refused("intake.open_quote"),
        bytes=swap(",1200000,2024", b',"1200000,2024'),
        cannot=NO_LINES,
    ),
    Case(
        "text behind a quotation mark",
        DEALS,
        nothing,
        Refused("intake.text_after_quote", "", 2),
        bytes=swap(",1200000,2024", b',"1200000"0,2024'),
        cannot=NO_LINES,
    ),
    Case(
        "byte of zero in an id",
        DEALS,
        nothing,
        Refused("intake.undecodable_byte", "", 1),
        bytes=swap(IDS[1], IDS[1].encode() + b"\0"),
        cannot=NO_LINES,
    ),
    Case(
        "two encodings in one file",
        FIRMS,
        nothing,
        Refused("intake.undecodable_byte", "", 3),
        bytes=swap("千代田商事", "千代田商事".encode("cp932")),
        cannot=NO_LINES,
    ),
    Case(
        "two files in one, with the mark of UTF-8",
        DEALS,
        nothing,
        Refused(UNREADABLE, AMOUNT, 9),
        bytes=lambda whole: whole + b"\xef\xbb\xbf" + whole,
        cannot=NO_LINES,
    ),
    Case(
        "packed file that is cut short",
        DEALS,
        nothing,
        Refused("intake.damaged_file"),
        bytes=lambda whole: gzip.compress(whole)[:-20],
        cannot=NO_LINES,
    ),
    Case(
        "packed file with damage in the middle",
        DEALS,
        nothing,
        Refused("intake.damaged_file"),
        bytes=lambda whole: zeros(0.5)(gzip.compress(whole)),
        cannot=NO_LINES,
    ),
    Case(
        "UTF-32",
        DEALS,
        nothing,
        Refused("intake.wide_encoding"),
        bytes=lambda whole: whole.decode().encode("utf-32"),
        cannot=NO_LINES,
    ),
    Case(
        "another delimiter",
        DEALS,
        nothing,
        Refused("intake.one_column"),
        bytes=lambda whole: whole.replace(b",", b"|"),
        cannot=NO_LINES,
    ),
    Case(
        "JSON",
        DEALS,
        nothing,
        Refused("intake.column_absent"),
        bytes=lambda whole: b'[{"seller_id": "1", "buyer_id": "2", "amount": 3}]',
        cannot=NO_LINES,
    ),
    # --- types of columns
    Case(
        "amounts as lists",
        DEALS,
        every(lambda a: [a], AMOUNT),
        Refused("intake.amount_type", AMOUNT),
        cannot=NO_TYPES,
    ),
    Case(
        "ids that are floating-point numbers",
        DEALS,
        every(float, SELLER),
        Refused("intake.id_float", SELLER),
        cannot=NO_TYPES,
    ),
    Case(
        "ids that are true or false",
        DEALS,
        every(bool, SELLER),
        Refused("intake.id_type", SELLER),
        cannot=NO_TYPES,
    ),
    Case(
        "ids that are dates",
        DEALS,
        every(lambda i: DAY, SELLER),
        Refused("intake.id_type", SELLER),
        cannot=NO_TYPES,
    ),
    Case(
        "ids with a fraction",
        DEALS,
        every(lambda i: Decimal("1.5"), SELLER),
        Refused("intake.unusable_id", SELLER, 1),
        cannot=NO_TYPES,
    ),
    Case(
        "ids of bytes that are no text",
        DEALS,
        every(lambda i: b"\xff\xfe", SELLER),
        Refused("intake.unusable_id", SELLER, 1),
        cannot=NO_TYPES,
    ),
    Case(
        "infinite floating-point number",
        DEALS,
        several(every(float, AMOUNT), put(2, **{AMOUNT: float("inf")})),
        Refused("intake.infinite", AMOUNT, 2),
        cannot=NO_TYPES,
    ),
    Case(
        "short floating-point numbers that skip integers",
        DEALS,
        every(lambda a: 2.0**24 + 2, AMOUNT),
        Refused("intake.too_large_float", AMOUNT, 1),
        bytes=in_float32(AMOUNT),
        cannot=NO_TYPES,
    ),
    Case(
        "floating-point numbers that skip integers",
        DEALS,
        every(lambda a: 2.0**53 + 2, AMOUNT),
        {
            "parquet": Refused("intake.too_large_float", AMOUNT, 1),
            "xlsx": Refused("intake.inexact_numbers", AMOUNT, 1),
        },
        cannot={"csv": "text has no types"},
    ),
    # --- sheets and cells
    Case(
        "formula without a saved value",
        DEALS,
        put(2, **{AMOUNT: Formula()}),
        Refused("intake.unsaved_formulas", AMOUNT, 2),
        cannot=NO_CELLS,
    ),
    Case(
        "formula that is an error",
        DEALS,
        put(2, **{AMOUNT: Formula("#DIV/0!")}),
        Refused("intake.error_cells", AMOUNT, 2),
        cannot=NO_CELLS,
    ),
    Case(
        "percentage as a format",
        DEALS,
        put(2, **{AMOUNT: 0.35}),
        Refused("intake.not_whole", AMOUNT, 2),
        cannot=NO_CELLS,
    ),
    Case(
        "merged cells",
        DEALS,
        several(merge("A3:A4"), put(3, **{SELLER: None})),
        Refused("intake.merged_cells", SELLER, 2),
        cannot=NO_CELLS,
    ),
    Case(
        "two sheets that fit",
        DEALS,
        beside(DEALS),
        Refused("intake.several_sheets"),
        cannot=NO_SHEETS,
    ),
    Case(
        "no sheet that fits",
        DEALS,
        several(header(AMOUNT, "X"), beside(FIELDS)),
        Refused("intake.no_sheet_with_header"),
        cannot=NO_SHEETS,
    ),
    Case(
        "table on a hidden sheet",
        DEALS,
        hidden_behind(FIELDS),
        Noted("intake.hidden_sheet_found"),
        cannot=NO_SHEETS,
    ),
    Case("empty sheet", DEALS, empty, Refused("intake.empty_sheet"), cannot=NO_SHEETS),
    Case(
        "cell far away",
        DEALS,
        nothing,
        Refused("intake.far_cell"),
        bytes=in_member(
            SHEET_XML,
            swap(
                "</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            ),
        ),
        cannot=NO_SHEETS,
    ),
    Case(
        "sheet of damaged XML",
        DEALS,
        nothing,
        Refused("intake.damaged_file"),
        bytes=in_member(SHEET_XML, cut(0.5)),
        cannot=NO_SHEETS,
    ),
]
TRIALS = [(case, form) for case in CASES for form in FORMATS if form not in case.cannot]


def ids_of(trial: tuple[Case, str]) -> str:
    case, form = trial
    return f"{case.name}-{form}"


def read(case: Case, data: Any) -> tuple[connhub.Ledger, list[Message]]:
    """The ledger and all notes of a job with one damaged table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", connhub.ConnhubWarning)
        if case.table == TOTALS:
            ledger = connhub.analyze_firm_totals(data, **case.options).ledger
            return ledger, [*ledger.notes, *ledger.readings]
        tables = {name: in_memory(name) for name in (DEALS, FIRMS)} | {case.table: data}
        found = examine(**tables, **case.options)
        ledger = found.raise_faults()
    return ledger, [*ledger.notes, *ledger.readings, *found.notes]


@cache
def faults_of(trial: tuple[Case, str]) -> tuple[Fault, ...]:
    """What is refused; of what is read, that it follows the policy that is expected of it."""
    case, form = trial
    expected = case.expected(form)
    with tempfile.TemporaryDirectory() as folder:
        try:
            ledger, notes = read(case, case.write(Path(folder), form))
        except ConnhubError as error:
            return error.faults
    if isinstance(expected, Counted):
        assert ledger.entry(expected.entry) == (expected.rows, expected.amount)
    else:
        assert isinstance(expected, Noted), "read, though it should be refused"
        assert expected.kind in {note.kind for note in notes}
    return ()


def shown_row(expected: Refused, form: str) -> int | None:
    """The row as people count it: files with a header have it in row 1."""
    if expected.row is None:
        return None
    return expected.row + (form != "parquet" and not expected.in_file)


@pytest.mark.parametrize("trial", TRIALS, ids=ids_of)
def test_a_fault_is_refused_or_follows_its_policy(trial):
    case, form = trial
    expected, faults = case.expected(form), faults_of(trial)
    if not isinstance(expected, Refused):
        assert not faults
        return
    assert {fault.kind for fault in faults} == {expected.kind}
    assert {fault.column for fault in faults} == {expected.column}
    if (row := shown_row(expected, form)) is not None:
        assert faults[0].rows[0] == row


def test_sixty_faults_are_tried_in_each_format():
    assert len({case.name for case in CASES}) == len(CASES)
    tried = Counter(form for _, form in TRIALS)
    assert min(tried.values()) >= 60
    assert set(tried) == set(FORMATS)


def test_refusals_name_the_file_and_almost_all_the_row_and_column():
    refused = [(e, faults_of(t)) for t in TRIALS if isinstance(e := t[0].expected(t[1]), Refused)]
    nameless = {e.kind for e, faults in refused if not all(fault.file for fault in faults)}
    assert nameless <= {"intake.files_named_twice", "intake.several_workbooks"}  # of several
    in_rows = [faults for expected, faults in refused if expected.row is not None]
    whole = [faults for faults in in_rows if all(f.rows and f.column for f in faults)]
    assert len(whole) >= 0.95 * len(in_rows)


JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_said_of_a_fault_is_japanese_and_names_flags(case):
    for form in FORMATS:
        for fault in () if form in case.cannot else faults_of((case, form)):
            shown = fault.full_text("ja", flags=True)
            for line in shown.splitlines():
                assert JAPANESE.search(line), line
            own = re.sub(r"--\S+|「.*?」|ファイル \S+", "", shown)
            assert not re.search(r"\b(where|values|fix|row|None)\b|[a-z_]=[\d'\[{]", own), own


# --- the pages of the documentation ---------------------------------------------

PAGES = {"en": ROOT / "docs" / "faults.md", "ja": ROOT / "docs" / "ja" / "faults.md"}
_HEADS = {
    "en": "| fault | table | what happens |\n|---|---|---|\n",
    "ja": "| 表示される内容(例) | 対処 |\n|---|---|\n",
}
_NAMES = {"csv": "CSV", "parquet": "Parquet", "xlsx": "Excel"}


def english_row(case: Case) -> str:
    """A fault, and what becomes of it in the first format that can have it."""
    form = next(form for form in FORMATS if form not in case.cannot)
    expected = case.expected(form)
    if isinstance(expected, Counted):
        happens = f"counted in the ledger as `{expected.entry}`"
    elif isinstance(expected, Noted):
        happens = "read, and told"
    else:
        happens = f"error: {cell_of(_example(faults_of((case, form))[0]).text('en'))}"
    only = ", ".join(_NAMES[form] for form in FORMATS if form not in case.cannot)
    of_table = case.table.replace("_", " ") + (f" ({only})" if case.cannot else "")
    return f"| {case.name} | {of_table} | {happens} |"


def japanese_rows() -> list[str]:
    """Every message once, with what to do."""
    faults: dict[str, Fault] = {}
    for trial in TRIALS:
        for fault in faults_of(trial):
            faults.setdefault(fault.kind, _example(fault))
    return [
        f"| {cell_of(fault.text('ja', flags=True))} | {cell_of(fault.fix('ja', flags=True))} |"
        for fault in faults.values()
    ]


def cell_of(text: str) -> str:
    """A text in a table of Markdown."""
    text = re.sub(r"([*|<])", r"\\\1", text)
    return re.sub(r"--[a-z][a-z-]*( [a-zA-Z0-9_=.]+)?", r"`\g<0>`", text)


def _example(fault: Fault) -> Fault:
    """A fault without the words of other libraries, which change with their versions."""
    return Fault(fault.kind, **{**fault.values, "reason": "..."})


def table_of(lang: str) -> str:
    """What stands in the page of a language."""
    rows = list(map(english_row, CASES)) if lang == "en" else japanese_rows()
    return _HEADS[lang] + "\n".join(rows) + "\n"


@pytest.mark.parametrize("lang", PAGES)
def test_the_documentation_lists_the_faults(lang):
    assert table_of(lang) in PAGES[lang].read_text(encoding="utf-8")


def write_pages() -> None:
    """Put the tables into the pages again."""
    for lang, page in PAGES.items():
        text = page.read_text(encoding="utf-8")
        page.write_text(text.partition(_HEADS[lang])[0] + table_of(lang), encoding="utf-8")


if __name__ == "__main__":
    write_pages()
