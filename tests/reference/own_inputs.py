"""Inputs of our own, at least three for each kind of the cases: right, refused, or told.

The cases themselves run beside this file, as they lie in the shared data; these are others of the
same kinds, so that it is the kind that holds and not the one file.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.builders import firm_table, transaction_table

IDS = ("7010001000018", "8010001000017", "9010001000016")
FIRMS = firm_table(a="13", b="27", c="15")
NUMBERED = firm_table(**dict(zip(IDS, ("13", "27", "15"), strict=True)))
RING = transaction_table(("a", "b", 10), ("b", "c", 5), ("c", "a", 3))
HEADER = "販売元,販売先,取引金額"
Tables = tuple[Any, Any]


class Own(NamedTuple):
    """An input, and what must come of it."""

    kind: str
    name: str
    tables: Callable[[Path], Tables]
    options: Mapping[str, Any]
    expected: str | tuple[int, int]
    """A fault, a note, or the rows and the money between regions."""


def ring(ids: Any) -> pa.Table:
    """Each sells 10 to the next."""
    ids = pa.array(ids)
    nexts = ids.take(pa.array([*range(1, len(ids)), 0]))
    return pa.table({"seller_id": ids, "buyer_id": nexts, "amount": [10] * len(ids)})


def table(deals: Any, firms: Any = FIRMS) -> Callable[[Path], Tables]:
    return lambda folder: (deals, firms)


def text(content: str, firms: Any = FIRMS, encoding: str = "utf-8") -> Callable[[Path], Tables]:
    """Deals as a text file."""

    def make(folder: Path) -> Tables:
        (folder / "d.csv").write_bytes(content.encode(encoding))
        return folder / "d.csv", firms

    return make


def firms_text(content: str, deals: Any = RING) -> Callable[[Path], Tables]:
    return lambda folder: (deals, text(content)(folder)[0])


def firms_of(role: str, *codes: Any) -> Callable[[Path], Tables]:
    ids = [f"f{i}" for i in range(len(codes))]
    return table(ring(ids), pa.table({"firm_id": ids, role: list(codes)}))


def files(way: str, *names: str, given: Any = RING) -> Callable[[Path], Tables]:
    """Files below a folder: Parquet where they are called so, else a few bytes of JSON."""

    def make(folder: Path) -> Tables:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".parquet"):
                apart = given.replace_schema_metadata({"name": name})  # no two of one content
                pq.write_table(apart, folder / name)
            else:
                (folder / name).write_text("{}", encoding="utf-8")
        return folder / way, FIRMS

    return make


def firm_files(column: str, **ids_of: str) -> Callable[[Path], Tables]:
    """Firms in folders ``column=value``."""

    def make(folder: Path) -> Tables:
        for i, (ids, value) in enumerate(ids_of.items()):
            place = folder / "firms" / f"{column}={value}"
            place.mkdir(parents=True)
            pq.write_table(pa.table({"firm_id": list(ids)}), place / f"{i}.parquet")
        return RING, folder / "firms"

    return make


def book(
    *rows: list[Any], areas: tuple[str, ...] = (), code: str = "", **sheets: list[list[Any]]
) -> Callable[[Path], Tables]:
    """Deals as a workbook; the format of numbers is for the fourth column."""

    def make(folder: Path) -> Tables:
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        for area in areas:
            made.active.merge_cells(area)
        for cell in made.active["D"] if code else ():
            cell.number_format = code
        for name, others in sheets.items():
            sheet = made.create_sheet(name, 0)
            for row in others:
                sheet.append(row)
        made.save(folder / "d.xlsx")
        return folder / "d.xlsx", FIRMS

    return make


def registry(*places: tuple[str, str], encoding: str = "utf-8", header: str = "") -> Any:
    def make(folder: Path) -> Tables:
        line = (
            "{i},{id},01,1,2030-01-02,2030-01-02,見本{i},,301,県,市,町,,{p},{c},1000001" + "," * 14
        )
        lines = [
            line.format(i=i, id=number, p=p, c=c)
            for i, (number, (p, c)) in enumerate(zip(IDS, places, strict=True), 1)
        ]
        content = header + "\r\n".join(lines) + "\r\n"
        (folder / "15.csv").write_bytes(content.encode(encoding))
        return ring(IDS), folder / "15.csv"

    return make


TITLES = [["取引一覧", None, None, "単位:千円"], [], [*HEADER.split(","), "年度"]]
AB = ["a", "b", 10, 2023]
TOLD_YEARS = "ledger.only_years"
ICEBERG = "w/t/metadata/00000-3f2a0c11-aaaa-bbbb-cccc-0123456789ab.metadata.json"

OWN = [
    Own(kind, name, tables, options, expected)
    for kind, inputs in {
        "01-lake-folder": [
            (
                "a glob from far above",
                files("**/*.parquet", "db/t/_delta_log/0.json", "db/t/a.parquet"),
                {},
                "intake.lake_delta",
            ),
            (
                "data of Iceberg by a glob",
                files("w/*/data/*.parquet", ICEBERG, "w/t/data/a.parquet"),
                {},
                "intake.lake_iceberg",
            ),
            (
                "a partition of Hudi",
                files("t/2024", "t/.hoodie/hoodie.properties", "t/2024/a.parquet"),
                {},
                "intake.lake_hudi",
            ),
            ("a folder called so by name", files("_own", "_own/a.parquet"), {}, (3, 18)),
        ],
        "02-municipality-zero-lost": [
            (
                "six digits of one prefecture",
                firms_of("市区町村コード", "22012", "22021"),
                {},
                "regions.municipality_zero_lost",
            ),
            (
                "five digits as integers",
                firms_of("市区町村コード", 1101, 9201, 13101),
                {},
                "regions.municipality_zero_lost",
            ),
            (
                "in the rows of deals",
                table(RING.append_column("seller_region", pa.array(["11011", "131016", "271004"]))),
                {},
                "regions.municipality_zero_lost",
            ),
            ("right codes of 01 to 09", firms_of("団体コード", "01100", "092011"), {}, (2, 20)),
        ],
        "03-ids-in-e-notation": [
            (
                "in one table alone",
                table(ring(["1.23457E+12", *IDS[1:]]), NUMBERED),
                {},
                "intake.ids_in_exponent_form",
            ),
            (
                "small letters, no decimals",
                table(ring(["7e+12", "8e+12"])),
                {},
                "intake.ids_in_exponent_form",
            ),
            (
                "in a workbook",
                book(HEADER.split(","), ["a", "7.01E+12", 5]),
                {},
                "intake.ids_in_exponent_form",
            ),
            (
                "codes",
                table(ring(["3E10", "4E11"]), firm_table(**{"3E10": "13", "4E11": "27"})),
                {},
                (2, 20),
            ),
        ],
        "04-subtotal-and-blank-rows": [
            ("a total as the buyer", text(f"{HEADER}\na,b,5\na,総計,5\n"), {}, "intake.total_rows"),
            (
                "a subtotal of a firm",
                text(f"{HEADER}\na,b,5\na 集計,,5\n"),
                {},
                "intake.total_rows",
            ),
            (
                "a note at the end",
                text(f"{HEADER}\na,b,5\n\n出典:県の調査,,\n"),
                {},
                "intake.note_rows",
            ),
            ("blank rows alone", text(f"{HEADER}\na,b,5\n,,\n  ,　,\n"), {}, (1, 5)),
        ],
        "05-hive-folder-names": [
            (
                "names of prefectures",
                firm_files("都道府県", a="%E6%96%B0%E6%BD%9F%E7%9C%8C", bc="%E6%9D%B1%E4%BA%AC"),
                {},
                (2, 13),
            ),
            (
                "null prefectures",
                firm_files("prefecture_code", a="__HIVE_DEFAULT_PARTITION__", b="13", c="01"),
                {"unknown_region": "outside"},
                (3, 18),
            ),
            (
                "years by a glob, one null",
                files(
                    "t/year=*/*.parquet",
                    "t/year=2023/a.parquet",
                    "t/year=__HIVE_DEFAULT_PARTITION__/b.parquet",
                ),
                {"year": 2023},
                (3, 18),
            ),
        ],
        "06-unit-in-header": [
            ("in a row below", text(f"{HEADER}\n,,千円\na,b,5\n"), {}, (1, 5000)),
            (
                "in the name of the sheet",
                book(**{"取引(百万円)": [HEADER.split(","), AB[:3]]}),
                {},
                (1, 10**7),
            ),
            ("in a column", text(f"{HEADER},単位\na,b,5,千円\n"), {}, "intake.unit_unsettled"),
            (
                "in a note that is left out",
                text(f"{HEADER}\na,b,5\n※金額は千円,,\n"),
                {"total_rows": "drop"},
                "intake.unit_unsettled",
            ),
        ],
        "07-one-row-is-nearly-all": [
            (
                "the last row",
                text(f"{HEADER}\n" + "a,b,1\n" * 50 + "b,c,99\n"),
                {},
                "ledger.one_row_share",
            ),
            (
                "a hundred times the next",
                text(f"{HEADER}\n" + "a,b,10\n" * 9000 + "b,c,1001\n"),
                {},
                "ledger.one_row_times",
            ),
            (
                "a credit note",
                text(f"{HEADER}\n" + "a,b,1\n" * 50 + "b,c,▲900\n"),
                {},
                "ledger.one_row_share",
            ),
        ],
        "08-year-forms": [
            (
                "the last and first years of eras",
                text(f"{HEADER},年度\na,b,5,平成31年\na,b,6,令和元年度\nb,c,7,R2\n"),
                {"year": 2019},
                (2, 11),
            ),
            (
                "times in a zone",
                table(
                    RING.append_column(
                        "year",
                        pa.array([datetime.datetime(2023, 12, 31, 23)] * 3).cast(
                            pa.timestamp("us", "Asia/Tokyo")
                        ),
                    )
                ),
                {"year": 2024},
                (3, 18),
            ),
            (
                "days as numbers of eight digits",
                text(f"{HEADER},取引年\na,b,5,20230331\na,b,6,20230401\n"),
                {"year": 2022, "fiscal_year": True},
                (1, 5),
            ),
            (
                "a date shown as a year of an era",
                book(
                    [*HEADER.split(","), "年度"],
                    ["a", "b", 5, datetime.date(2023, 4, 1)],
                    code='ggge"年度"',
                ),
                {"year": 2023},
                (1, 5),
            ),
        ],
        "09-carriage-return-only": [
            ("below a title", text(f"取引一覧\r{HEADER}\ra,b,5\r"), {}, (1, 5)),
            ("with tabs", text(f"{HEADER}\ra,b,5\rb,c,6\r".replace(",", "\t")), {}, (2, 11)),
            ("in CP932, quoted", text(f'{HEADER}\r"a","b","5"\r', encoding="cp932"), {}, (1, 5)),
            ("doubled before line feeds", text(f"{HEADER}\r\r\na,b,5\r\r\n"), {}, (1, 5)),
        ],
        "11-registry-without-header": [
            (
                "in CP932",
                registry(("13", "101"), ("14", "201"), ("15", "202"), encoding="cp932"),
                {},
                (3, 30),
            ),
            (
                "by municipality",
                registry(("14", "201"), ("14", "201"), ("01", "100")),
                {"region": "municipality"},
                (2, 20),
            ),
            ("deals without a header", text("a,b,5\nb,c,6\n"), {}, "intake.no_header"),
            (
                "names given",
                text("a,b,5\nb,c,6\n"),
                {"names": {"transactions": HEADER.split(",")}},
                (2, 11),
            ),
        ],
        "12-decimal-ids": [
            (
                "decimals with places",
                table(ring(pa.array([Decimal(i) for i in IDS], pa.decimal128(38, 2))), NUMBERED),
                {},
                (3, 30),
            ),
            (
                "unmarked bytes",
                table(ring(pa.array([i.encode() for i in IDS])), NUMBERED),
                {},
                (3, 30),
            ),
            (
                "huge integers",
                lambda folder: (
                    duckdb.sql(
                        f"select {IDS[0]}::hugeint seller_id, {IDS[1]}::hugeint buyer_id, 5 amount"
                    ),
                    NUMBERED,
                ),
                {},
                (1, 5),
            ),
            ("a fraction", table(ring([Decimal("1.5"), Decimal("2")])), {}, "intake.unusable_id"),
        ],
        "14-office-workbooks": [
            (
                "merged ids",
                book(HEADER.split(","), AB[:3], [None, "c", 5], areas=("A2:A3",)),
                {},
                "intake.merged_cells",
            ),
            (
                "merged ids, filled in",
                book(HEADER.split(","), AB[:3], [None, "c", 5], areas=("A2:A3",)),
                {"merged_cells": "fill"},
                (2, 15),
            ),
            (
                "an error among the ids",
                book(HEADER.split(","), ["#REF!", "b", 5]),
                {},
                "intake.error_cells",
            ),
            (
                "a formula never computed",
                book(HEADER.split(","), ["a", "b", "=1+1"]),
                {},
                "intake.unsaved_formulas",
            ),
            ("a cover sheet", book(*TITLES, AB, 表紙=[["令和5年度"], ["県"]]), {}, (1, 10_000)),
        ],
        "16-ids-of-two-kinds": [
            (
                "T in the firm table",
                table(ring(IDS), firm_table(**{f"T{i}": "13" for i in IDS})),
                {},
                "totals.few_parties_found",
            ),
            (
                "hyphens",
                table(ring([f"{i[0]}-{i[1:]}" for i in IDS]), NUMBERED),
                {},
                "totals.few_parties_found",
            ),
            (
                "full width, folded",
                table(
                    ring([i.translate({48 + k: 0xFF10 + k for k in range(10)}) for i in IDS]),
                    NUMBERED,
                ),
                {"fold_ids": True},
                (3, 30),
            ),
            ("ideographic blanks", table(ring([f"　{i}　" for i in IDS]), NUMBERED), {}, (3, 30)),
        ],
        "user-lost-digits": [
            (
                "integers that end in zeros",
                table(ring([7010001000000, 8010001000000]), NUMBERED),
                {},
                "totals.few_parties_found",
            ),
            (
                "the same in both tables",
                table(
                    ring([7010001000000, 8010001000000]),
                    firm_table(**{"7010001000000": "13", "8010001000000": "27"}),
                ),
                {},
                "intake.ids_with_lost_digits",
            ),
            (
                "after duplicates were removed",
                firms_text("法人番号,都道府県\n7.1E+12,13\n8.1E+12,27\n"),
                {},
                "intake.ids_in_exponent_form",
            ),
        ],
        "user-title-and-total": [
            (
                "a total whose label is merged",
                book(*TITLES, AB, ["合計", None, 10], areas=("A5:B5",)),
                {},
                "intake.total_rows",
            ),
            (
                "the same, left out",
                book(*TITLES, AB, ["合計", None, 10], areas=("A5:B5",)),
                {"total_rows": "drop"},
                (1, 10_000),
            ),
            (
                "in English, in a text",
                text(f"Deals,,\n(thousand yen),,\n{HEADER}\na,b,5\nGrand Total,,5\n"),
                {"total_rows": "drop"},
                (1, 5000),
            ),
        ],
        "user-year-alarm": [
            (
                "one of three years",
                text(f"{HEADER},年\n" + "".join(f"a,b,5,{y}\n" for y in (2021, 2022, 2023))),
                {"year": 2023},
                TOLD_YEARS,
            ),
            (
                "two of three years",
                text(f"{HEADER},年\n" + "".join(f"a,b,5,{y}\n" for y in (2021, 2022, 2023))),
                {"year": [2022, 2023]},
                TOLD_YEARS,
            ),
            (
                "by folders",
                files("t", "t/year=2023/a.parquet", "t/year=2024/b.parquet"),
                {"year": 2024},
                TOLD_YEARS,
            ),
        ],
    }.items()
    for name, tables, options, expected in inputs
]

WIDE = {
    "years of eras": "法人番号,売上高(令和4年度),売上高(令和5年度)\na,1,2\n",
    "the year in front, in millions": "法人番号,R4売上高(百万円),2023売上高（百万円）\na,1,2\n",
    "a total, and a name beside": "法人番号,企業名,2022年度売上高,2023年度売上高\na,あ,1,2\n計,,1,2\n",
}

ABSENT = {
    "no value": ({"firm_id": ["b", "c"], "profit": [1.0, 2.0]}, {}, "a"),
    "a null": ({"firm_id": ["a", "b", "c"], "profit": [1.0, 2.0, None]}, {}, "c"),
    "not in the field": (
        {"firm_id": ["a", "b", "c"], "profit": [1.0, 2.0, 3.0]},
        {"fields": pa.table({"field": ["x", "x"], "firm_id": ["b", "c"]}), "rank_within": "field"},
        "a",
    ),
}

COUNTED = Counter(own.kind for own in OWN)
COUNTED |= Counter({"user-wide-financials": len(WIDE), "user-not-ranked-hub": len(ABSENT)})
"""Inputs by the folder of the case whose kind they are of."""
