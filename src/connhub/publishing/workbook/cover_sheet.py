"""The first sheet of a workbook: what it holds, what the numbers mean, and what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from connhub.publishing.option_values import choice
from connhub.publishing.scope import Subject
from connhub.publishing.workbook.cell_values import Field, headed, kind_of, unit_of
from connhub.publishing.workbook.sheet_layout import Sheet
from connhub.schema import columns, label
from connhub.text.notes import note

__all__ = ["confidential", "write_cover"]

_WIDTHS = (36, 26, 28, 62)
_LISTED = (
    *("region", "region_name", "field", "rank", "firm_id", "name", "score", "selected"),
    *("{indicator}", "{indicator}_rank", "{indicator}_deviation_score"),
    *("{indicator}_contribution", "tied", "places_left", "decision"),
)
_KINDS = {"read": "読込", "counted": "計上", "excluded": "除外", "of which": "内数"}


def confidential(s: Subject) -> str:
    """What is printed on every page."""
    return s.say("取扱注意(企業の秘密情報)", "Confidential: firms' own figures")


def write_cover(sheet: Sheet, s: Subject, *, about: str) -> None:
    """Write the notes: warnings first, then contents, definitions, options, ledger and sources.

    Parameters
    ----------
    sheet : Sheet
        The first one, with no row yet; the others are written.
    s : Subject
    about : str
        Years and source.
    """
    say = s.say
    sheet.widen(_WIDTHS)
    title = say(f"コネクター度・ハブ度: {s.name}", f"Connector and hub degrees: {s.name}")
    sheet.say(title, bold=True, font_size=16)
    sheet.say(about)
    made = date.today().isoformat()
    sheet.say(say(f"作成日: {made}", f"Made: {made}") + f" · connhub {version('connhub')}")
    sheet.at += 1
    _warnings(sheet, s)
    _contents(sheet, s)
    _degrees(sheet, s)
    _ledger(sheet, s)
    _files(sheet, s)
    _cells(sheet, s)
    _options(sheet, s)
    _columns(sheet, s)


def _title(sheet: Sheet, words: str) -> None:
    sheet.at += 1
    sheet.say(words, bold=True, font_size=12)


def _warnings(sheet: Sheet, s: Subject) -> None:
    say, ledger = s.say, s.result.ledger
    words = [
        say(
            "取扱注意: 企業の正確な度と地域の合計が分かれば、その企業の販売額と仕入額が計算できる。"
            "この帳票は秘密情報として扱い、このまま公表・配布しない。",
            "Confidential: from a firm's exact degree and the total of its region anybody can "
            "compute the firm's sales and purchases. Do not publish or pass on this book as it is.",
        ),
        say(
            "二つの度を実務でどう計算するかを定めた公的な手引きはない。ここでの選択はすべて下の"
            "「オプション」に示す。特定の制度や要領への適合をうたうものではない。",
            "No official guidance says how the two degrees are to be computed in practice. Each "
            "choice made here is listed under “Options”; no compliance is claimed.",
        ),
    ]
    notes = [*ledger.notes, *(s.selection.notes if s.selection is not None else ())]
    words += [note(n, s.lang) for n in notes]
    for line in words:
        sheet.paragraph(f"! {line}", len(_WIDTHS), bold=True)
    for line in _missing(s):
        sheet.paragraph(f"! {line}", len(_WIDTHS), bold=True)


def _missing(s: Subject) -> list[str]:
    """What a reader looks for and does not find."""
    say, frame = s.say, s.own(s.result.regions.frame)
    said = []
    if s.selection is None:
        said.append(
            say(
                "選定の結果が渡されていないため、重点支援企業の候補のシートはない。",
                "No selection was given: there are no sheets of priority-support firms.",
            )
        )
    if s.code and not (len(frame) and frame["firms"].iloc[0]):
        return [
            *said,
            say(f"{s.name}には企業がない。", f"There is no firm in {s.name}."),
        ]
    for flag, degree in (("connector_defined", "connector_degree"), ("hub_defined", "hub_degree")):
        if lacking := s.named(frame.loc[~frame[flag], "region"]).tolist():
            places = say("、", ", ").join(lacking[:10])
            more = say(f" ほか{len(lacking) - 10}地域", f" and {len(lacking) - 10} more")
            measure = label("degrees", degree, s.lang)
            places += more if len(lacking) > 10 else ""
            said.append(
                say(
                    f"分母が正でないため{measure}が定義されない地域: {places}",
                    f"{measure} is undefined, as its denominator is not positive, in: {places}",
                )
            )
    return said


def _contents(sheet: Sheet, s: Subject) -> None:
    _title(sheet, s.say("シート", "Sheets"))
    book, page = sheet.book, sheet.page
    link = book.style("text", font_color="#0B5394", underline=1)
    for other in book.sheets:
        if other is not sheet:
            place = other.name.replace("'", "''")
            page.write_url(sheet.at, 0, f"internal:'{place}'!A1", link, string=other.name)
            page.write_string(sheet.at, 1, other.about, book.style("text"))
            sheet.at += 1


def _degrees(sheet: Sheet, s: Subject) -> None:
    say = s.say
    given = s.result.options.get("official_region_totals")
    bottom = (
        say(
            "分母には利用者が与えた公的な合計を使った(与えられた地域のみ)。",
            "Denominators are the official sums that were given, where they were.",
        )
        if given
        else say(
            "分母は企業表にある地域の全企業の合計。",
            "Denominators are sums over all firms of the region in the firm table.",
        )
    )
    lines = [
        say(
            "コネクター度 = 企業の域外販売額 ÷ その企業の地域の域外販売額",
            "Connector degree = out-of-region sales of the firm / those of its region",
        ),
        say(
            "　外から稼ぐ力: 他の地域と海外への販売額に占める割合。",
            "  Who brings money in: the share in sales to other regions and abroad.",
        ),
        say(
            "ハブ度 = 企業の域内仕入額 ÷ その企業の地域の域内仕入額",
            "Hub degree = in-region purchases of the firm / those of its region",
        ),
        say(
            "　域内に回す力: 同じ地域の企業からの仕入額に占める割合。",
            "  Who passes it on at home: the share in purchases from firms of the same region.",
        ),
        bottom,
        say(
            "度は割合(0〜100%)。返品の相殺により0%未満や100%超もありうる。分母が正でなければ定義されず、空欄とする。",
            "Degrees are shares, 0% to 100%; below or above only after netted returns. Where the "
            "denominator is not positive they are undefined and the cell is empty.",
        ),
    ]
    _title(sheet, say("度の意味", "What the degrees mean"))
    for line in lines:
        sheet.paragraph(line, len(_WIDTHS))


def _ledger(sheet: Sheet, s: Subject) -> None:
    ledger, say, lang = s.result.ledger, s.say, s.lang
    frame = ledger.frame
    words = [label("entry", e, lang) for e in frame["entry"]]
    kinds = [_KINDS[k] if lang == "ja" else k for k in frame["kind"]]
    rows, amounts = frame["rows"].tolist(), frame["amount"].tolist()
    table = pd.DataFrame(
        {
            "entry": [
                *words,
                say("残差(読込 − 計上 − 除外)", "Residual (read - counted - excluded)"),
            ],
            "rows": pd.Series([*rows, ledger.residual_rows], dtype=object),
            "amount": pd.Series([*amounts, ledger.residual_amount], dtype=object),
            "kind": [*kinds, ""],
        }
    )
    _title(
        sheet, say("台帳: すべての行と金額の行き先", "Ledger: where every row and every yen went")
    )
    sheet.table(table, _fields(sheet, ["entry", "rows", "amount", "kind"]))


def _fields(sheet: Sheet, names: Sequence[str]) -> list[Field]:
    book, found = sheet.book, []
    for i, name in enumerate(names):
        column = columns("ledger")[name]
        unit = unit_of(column, book.unit, book.lang) if name == "amount" else ""
        words = headed(label("ledger", name, book.lang), unit, book.lang)
        found.append(Field(name, words, kind_of(column), most=_WIDTHS[i]))
    return found


def _files(sheet: Sheet, s: Subject) -> None:
    say, files = s.say, s.result.ledger.files
    table = pd.DataFrame(
        {
            "file": [Path(f.name).name for f in files],
            "rows": pd.Series([f.rows for f in files], dtype=object),
            "amount": pd.Series([f.amount for f in files], dtype=object),
        }
    )
    fields = _fields(sheet, ["entry", "rows", "amount"])
    fields[0] = Field("file", say("ファイル", "File"), "wrapped", most=_WIDTHS[0])
    _title(sheet, say("取引の入力ファイル", "Files of transactions"))
    none = say("ファイルではなく表が渡された。", "Tables were given, not files.")
    sheet.table(table, fields, empty=none)


def _options(sheet: Sheet, s: Subject) -> None:
    say, options, known = s.say, s.result.options, columns("option")
    table = pd.DataFrame(
        {
            "option": [label("option", n, s.lang) if n in known else n for n in options],
            "value": [choice(v, s.lang)[:400] for v in options.values()],
            "name": list(options),
        }
    )
    fields = [
        Field("option", say("オプション", "Option"), "wrapped", most=_WIDTHS[0]),
        Field("value", say("選択", "Chosen"), "wrapped", most=_WIDTHS[1]),
        Field("name", say("プログラムでの名前", "Name in the program"), most=_WIDTHS[2]),
    ]
    _title(sheet, say("オプション", "Options"))
    sheet.table(table, fields)


def _columns(sheet: Sheet, s: Subject) -> None:
    say, book = s.say, sheet.book
    result, selection = s.result, s.selection
    tables = {
        "selection": () if selection is None else _LISTED,
        "indicators": () if selection is None else selection.scheme.indicators,
        "degrees": ("rank", "connector_rank", "hub_rank", *result.degrees.frame.columns),
        "regions": tuple(result.regions.frame.columns),
        "linkages": ("rank", *result.linkages.frame.columns),
    }
    rows = []
    for table, names in tables.items():
        for name in names:
            if (column := columns(table).get(name)) is not None:
                unit = unit_of(column, book.unit, book.lang)
                words = label(table, name, book.lang)
                rows.append((words, unit, name, column.meaning(book.lang)))
    told = pd.DataFrame(list(dict.fromkeys(rows)), columns=["words", "unit", "name", "meaning"])
    fields = [
        Field("words", say("列", "Column"), "wrapped", most=_WIDTHS[0]),
        Field("unit", say("単位", "Unit"), most=_WIDTHS[1]),
        Field("name", say("プログラムでの名前", "Name in the program"), "wrapped", most=_WIDTHS[2]),
        Field("meaning", say("意味", "Meaning"), "wrapped", most=_WIDTHS[3]),
    ]
    _title(sheet, say("列の意味と単位", "What the columns mean, and their units"))
    sheet.table(told, fields)


def _cells(sheet: Sheet, s: Subject) -> None:
    say, count = s.say, sheet.book.as_text
    lines = [
        say(
            "空欄は、値がないか定義されないことを示す。0とは異なる。",
            "An empty cell has no value or is undefined; it is not 0.",
        ),
        say(
            "企業IDと地域コードは文字列で、先頭の0を保つ。",
            "Ids and codes are text and keep their leading zeros.",
        ),
        say(
            "Excelは数値を15桁までしか保てない。それを超え、値が変わってしまう金額は文字列で書いた"
            f"(この帳票では{count:,}個)。合計などの計算には含まれない。",
            "Excel keeps 15 digits of a number. Amounts that it would change are written as text "
            f"({count:,} in this book) and do not enter formulas.",
        ),
    ]
    _title(sheet, say("セルについて", "About the cells"))
    for line in lines:
        sheet.paragraph(line, len(_WIDTHS))
