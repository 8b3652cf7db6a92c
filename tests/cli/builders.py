"""The workbooks of an office, as it keeps them: nothing is made for a program to read."""

from pathlib import Path

import openpyxl

FIRMS = (
    ("1100001000001", "北浦精機", "新潟県", 280),
    ("2100001000002", "越路食品", "新潟県", 45),
    ("6100001000006", "佐渡運輸", "新潟県", 30),
    ("3100001000003", "東雲商事", "東京都", 1200),
    ("4100001000004", "浪速部品", "大阪府", 90),
    ("5100001000005", "信濃電子", "長野県", 150),
)
DEALS = (
    (0, 3, "12,000"),
    (0, 4, "8,500"),
    (1, 3, "3,000"),
    (2, 0, "650"),
    (3, 0, "9,000"),
    (5, 0, "2,400"),
    (4, 1, "1,100"),
    (1, 2, "－"),
    (0, 5, "▲200"),
)
"""Seller, buyer, and amount in thousands of yen, as it is typed."""


def office_workbooks(folder: Path) -> tuple[str, str, str]:
    """Write three workbooks: transactions, firms and financials.

    Cover sheet, titles with the unit, merged cells, years of eras, marks for what is withheld,
    rows of totals and notes, numbers as text, a column for each year.
    """
    paths = [folder / name for name in ("取引 調査.xlsx", "企業一覧.xlsx", "財務.xlsx")]
    for path, make in zip(paths, (_deals, _firms, _financials), strict=True):
        book = openpyxl.Workbook()
        make(book)
        book.save(path)
    return tuple(map(str, paths))


def _deals(book):
    sheet = book.active
    sheet.title = "取引"
    sheet.append(["企業間取引(単位:千円)"])
    sheet.append(["※自己申告による"])
    sheet.append(["年度", "販売元法人番号", "販売先法人番号", "取引金額", "摘要"])
    for seller, buyer, amount in DEALS:
        sheet.append(["令和5年度", FIRMS[seller][0], FIRMS[buyer][0], amount])
    sheet.append([None, "合計", None, "36,450"])
    sheet.append(["(注)－は秘匿。"])
    book.create_sheet("メモ").append(["担当者の控え"])


def _firms(book):
    book.active.title = "表紙"
    book.active["A1"] = "県内企業取引調査(令和5年度)"
    sheet = book.create_sheet("企業一覧")
    sheet.append(["企業一覧(令和6年3月31日現在)"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["法人番号", "企業名", "都道府県名", "備考"])
    for firm_id, name, prefecture, _ in FIRMS:
        sheet.append([firm_id, name, prefecture])
    sheet.append(["合計", None, f"{len(FIRMS)}社"])


def _financials(book):
    sheet = book.active
    years = ("R3", "R4", "R5")
    sheet.append(["財務状況(単位:千円)"])
    sheet.append(["法人番号", *(f"{n}{y}" for n in ("営業利益", "従業員数") for y in years)])
    for i, (firm_id, _, _, employees) in enumerate(FIRMS, start=1):
        profits = [f"{1000 * i + 70 * i * year:,}" for year in range(3)]
        sheet.append([firm_id, *profits, *(employees + year for year in range(3))])
    sheet.append(["合計", "21,000", None, None, "1,795"])
