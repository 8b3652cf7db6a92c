"""Small economies, names that try to be something else, and how a page and a workbook are read."""

from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pyarrow as pa
from openpyxl.utils.escape import unescape

import connhub
from connhub.publishing import write_workbook

MILLION = 1_000_000
NASTY = {
    "a": "<script>alert(1)</script>",
    "b": '=HYPERLINK("http://example.invalid","x")',
    "c": "甲" * 500,
    "d": "\u202eﾃｽﾄ㈱ 😀 {{ 7*7 }} \"'&",
}
NAMES = [
    '=HYPERLINK("http://x.example/","y")',
    "+1",
    "-1+1",
    "@SUM(1,2)",
    "=cmd|' /C calc'!A0",
    "http://x.example/",
    "<script>alert(1)</script>",
    "<r><t>bold</t></r>",
    "<r>&</r>",
    "長" * 500,
    "😀👍 emoji",
    "ﾃｽﾄ㈱ ①",
    "_x0041_ and _x000D_",
    "bell\x07 tab\t line\nend\x00",
    "\u202eright to left",
    "0012",
    "1e5",
    "TRUE",
    "  blanks around  ",
    "quote \" and ' and &amp;",
    "NA",
]
SHEETS = {
    "ja": {
        "notes": "はじめに",
        "candidates": "重点支援企業の候補",
        "indicators": "指標の内訳",
        "overview": "選定の概要",
        "reasons": "理由",
        "connector": "コネクター度",
        "hub": "ハブ度",
        "regions": "地域の合計",
        "partners": "相手地域別の取引",
        "matrix": "地域間取引の行列",
        "ranking": "地域間取引の順位",
    },
    "en": {
        "notes": "Notes",
        "candidates": "Candidates",
        "indicators": "Indicators",
        "overview": "Selection",
        "reasons": "Reasons",
        "connector": "Connector degree",
        "hub": "Hub degree",
        "regions": "Regions",
        "partners": "Trade by region",
        "matrix": "Linkages (matrix)",
        "ranking": "Linkages (ranking)",
    },
}


def economy(names=None, grain="firms_by_region", factor=MILLION, **options):
    """Niigata: a, b, c; Tokyo: d; Osaka: e. Millions of yen."""
    ids = list("abcde")
    firms = pa.table(
        {
            "firm_id": ids,
            "name": [(names or {}).get(i, f"{i}社") for i in ids],
            "prefecture_code": ["15", "15", "15", "13", "27"],
        }
    )
    trade = [
        ("a", "d", 600),
        ("b", "d", 300),
        ("c", "e", 100),
        ("a", "b", 50),
        ("c", "a", 150),
        ("d", "a", 400),
    ]
    seller, buyer, amount = zip(*trade, strict=True)
    table = pa.table(
        {"seller_id": seller, "buyer_id": buyer, "amount": [x * factor for x in amount]}
    )
    return connhub.analyze(table, firms, grain=grain, **options)


def toy(names=("甲", "乙"), regions=("13", "27"), trade=((0, 1, 30),), **options):
    """Firms 01, 02, ... of these names and regions, and trade between them by position."""
    ids = [f"{i:02d}" for i in range(1, len(names) + 1)]
    place = options.get("region", "prefecture_code")
    firms = pa.table({"firm_id": ids, "name": list(names), place: list(regions)})
    table = pa.table(
        {
            "seller_id": pa.array([ids[s] for s, _, _ in trade], pa.string()),
            "buyer_id": pa.array([ids[b] for _, b, _ in trade], pa.string()),
            "amount": pa.array([a for _, _, a in trade], pa.int64()),
        }
    )
    return connhub.analyze(table, firms, **options)


class Page(HTMLParser):
    """What a reader sees, the elements, and what they point at."""

    def __init__(self, page):
        super().__init__()
        self.parts, self.tags, self.targets, self.hidden = [], [], [], 0
        self.feed(page)
        self.text = "".join(self.parts)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.hidden += tag in ("script", "style")
        self.targets += [v for n, v in attrs if n in ("src", "href", "action", "data")]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def read_page(path):
    return Page(Path(path).read_text(encoding="utf-8"))


def estimated(draws=True):
    """Tokyo: a, b, d; Osaka: c. a sells 30, b 10 million; c and d buy 20 million each."""
    firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "13"]})
    links = pa.table({"seller_id": list("aabb"), "buyer_id": list("cdcd")})
    totals = {"net_sales": [30, 10, 0, 0], "purchases_reported": [0, 0, 20, 20]}
    money = {name: [x * MILLION for x in values] for name, values in totals.items()}
    financials = pa.table({"firm_id": list("abcd"), "year": [2024] * 4} | money)
    found = connhub.estimate_amounts(links, firms, financials, draws=20).transactions
    return connhub.analyze(found if draws else found.to_arrow(), firms)


def written(result, folder, **options):
    return openpyxl.load_workbook(write_workbook(result, folder / "book.xlsx", **options))


def read_cell(cell):
    """The text of a cell; openpyxl leaves the escape of _xHHHH_ as it is, Excel does not."""
    return unescape(cell.value) if isinstance(cell.value, str) else cell.value


def rows(sheet, header=1):
    """The table of a sheet, as records by header."""
    names = [c.value for c in sheet[header]]
    return [
        dict(zip(names, (read_cell(c) for c in r), strict=True))
        for r in sheet.iter_rows(header + 1)
    ]


def sheet_text(sheet):
    return "\n".join(str(c.value) for r in sheet.iter_rows() for c in r if c.value is not None)


def all_cells(book):
    return [c for s in book for r in s.iter_rows() for c in r if c.value is not None]
