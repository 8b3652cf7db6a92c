"""The workbook that is handed on: notes, priority-support firms, degrees, regions, linkages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from connhub.errors import Fault, OptionError, extra
from connhub.measures.linkages import rank_linkages
from connhub.options import CaptionOptions
from connhub.plots.picture import caption_line
from connhub.publishing.scope import Subject
from connhub.publishing.workbook.cell_values import Field
from connhub.publishing.workbook.cover_sheet import confidential, write_cover
from connhub.publishing.workbook.selection_sheets import write_lists
from connhub.publishing.workbook.sheet_layout import Book, fields_of
from connhub.regions.directory import region_label
from connhub.regions.scheme import UNKNOWN
from connhub.schema import Language, columns, label
from connhub.storage import replacing
from connhub.text.numbers import money_scale, money_unit

if TYPE_CHECKING:
    from connhub.analysis import Analysis
    from connhub.selection import Selection

__all__ = ["write_workbook"]

MOST_FIRMS = 1_000_000
MOST_SHEETS = 255
MOST_REGIONS = 150
"""Rows and columns of the matrix, of the regions that trade most; 49 by prefecture."""
MOST_LINKAGES = 10_000
_DEGREES = ("connector_degree", "hub_degree")
_RATIOS = ("out_of_region_sales_ratio", "in_region_purchase_ratio")


def write_workbook(
    result: Analysis,
    path: str | os.PathLike[str],
    *,
    selection: Selection | None = None,
    region: str | None = None,
    lang: Language = "ja",
    sheets: Literal["one", "each"] = "one",
    top: int = 1000,
    year: str | int | None = None,
    source: str | None = None,
) -> Path:
    """Write an Excel workbook for officials.

    Its sheets: notes (warnings, contents, definitions, ledger, options, units); with a selection
    an overview, the lists, and each firm's reason; the firms with the highest connector and hub
    degrees; the sums of each region; the matrix and the ranking of linkages.

    Whatever a name looks like, it is text: no formula, link or number is ever made from data.
    Ids are text too. An amount that Excel would change, having 15 digits only, is written as text
    and counted on the notes. It holds exact figures of firms: handle it as confidential.

    Parameters
    ----------
    result : Analysis
    path : path
        Ends in ``.xlsx``; an old file is replaced when the new one is whole.
    selection : Selection, optional
        From ``result.select(...)``.
    region : str, optional
        Code or name of the one region to write; by default all.
    lang : {"ja", "en"}
    sheets : {"one", "each"}
        The lists of all regions on one sheet, or one sheet a region.
    top : int
        How many firms the sheets of degrees show.
    year : str or int, optional
        Of the data; by default what the table said.
    source : str, optional
        Of the data; by default the names of the files.

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        A region, language or choice that is not offered; more regions than sheets.
    MissingExtraError
        Without the extra ``excel``.
    StorageError

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_workbook(analyze(trade, firms), f"{folder}/book.xlsx", region="13")
    ...     path.read_bytes()[:2], path.name
    (b'PK', 'book.xlsx')
    """
    path = Path(path)
    _check(path, lang, sheets, top)
    s = Subject.of(result, region, selection, lang)
    regions = len(s.own(result.regions.frame))
    if sheets == "each" and selection is not None and regions > MOST_SHEETS:
        fix = "choose sheets='one', or a region="
        raise OptionError(Fault(f"{regions:,} regions are too many for a sheet each", fix=fix))
    about = caption_line(result.ledger, CaptionOptions(lang, year, source))
    with replacing(path) as temporary, _opened(temporary, s, about) as book:
        cover = book.sheet(s.say("はじめに", "Notes"))
        if selection is not None:
            write_lists(book, s, each=sheets == "each")
        for by in _DEGREES:
            _degree(book, s, by, top)
        _regions(book, s)
        (_partners if s.code else _matrix)(book, s)
        _linkages(book, s)
        write_cover(cover, s, about=about)
        cover.page.activate()
    return path


def _check(path: Path, lang: str, sheets: str, top: int) -> None:
    faults = []
    if path.suffix.lower() != ".xlsx":
        faults.append(Fault(f"a workbook is no {path.suffix!r}", fix="a path that ends in .xlsx"))
    if lang not in ("ja", "en"):
        faults.append(Fault(f"lang={lang!r} is not offered", fix="'ja', 'en'"))
    if sheets not in ("one", "each"):
        faults.append(Fault(f"sheets={sheets!r} is not offered", fix="'one', 'each'"))
    if not isinstance(top, int) or isinstance(top, bool) or not 1 <= top <= MOST_FIRMS:
        faults.append(Fault(f"top={top!r} is out of range", fix=f"1 to {MOST_FIRMS:,}"))
    if faults:
        raise OptionError(*faults)


@contextmanager
def _opened(path: Path, s: Subject, about: str) -> Iterator[Book]:
    """A workbook that keeps one row a sheet in memory, and its parts beside its place.

    The parts hold what the book holds: they do not belong into a folder that all may read.
    """
    with extra("excel", "a workbook"):
        import xlsxwriter
    title = s.say(f"コネクター度・ハブ度: {s.name}", f"Connector and hub degrees: {s.name}")
    unit = s.result.ledger.unit
    with TemporaryDirectory(prefix=".", dir=path.parent) as parts:
        options = {
            "constant_memory": True,
            "tmpdir": parts,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": "BIZ UDPGothic", "font_size": 10},
        }
        try:
            with xlsxwriter.Workbook(str(path), options) as file:
                told = {
                    "title": title,
                    "s": about,
                    "comments": f"connhub {version('connhub')}",
                }
                file.set_properties({**told, "created": datetime.now()})
                yield Book(file, s.lang, unit, title, confidential(s), about)
        except xlsxwriter.exceptions.XlsxFileError as error:
            raise OSError(str(error)) from error


def _highest(s: Subject, by: str, top: int) -> pd.DataFrame:
    """The firms with the highest of a degree, with their ranks in their regions by both."""
    ranked = s.degrees.top(top, by)
    ranks = s.degrees.firms(ranked["firm_id"].tolist())[["connector_rank", "hub_rank"]]
    chosen = [] if s.selection is None else s.selection.selected["firm_id"].tolist()
    return s.own(ranked.join(ranks)).assign(selected=ranked["firm_id"].isin(chosen))


def _degree(book: Book, s: Subject, by: str, top: int) -> None:
    frame = _highest(s, by, top)
    money = {"connector_degree": "out_of_region_sales", "hub_degree": "in_region_purchases"}
    other = next(d for d in _DEGREES if d != by)
    ranks = ["connector_rank", "hub_rank"]
    lead = sorted(ranks, key=lambda r: r[:3] != by[:3]) if s.code else ["rank", *ranks]
    place = [] if s.code else ["region", "region_name"]
    names = [*lead, "firm_id", "name", *place, by, other, money[by], money[other]]
    names += ["sales", "overseas_sales", "purchases", *_RATIOS]
    if not s.code:  # where they differ
        names += ["region_out_of_region_sales", "region_in_region_purchases"]
    fields = fields_of("degrees", names, book, bars=_DEGREES)
    at = len(lead)
    if s.selection is not None:
        fields.insert(at, Field("selected", label("selection", "selected", s.lang), "mark"))
        at += 1
    measure = label("degrees", by, s.lang)
    sheet = book.sheet(measure)
    sheet.about = s.say(
        f"{measure}の高い順に {len(frame):,} 社",
        f"The first {len(frame):,} firms by {measure.lower()}",
    )
    nobody = s.say(
        f"{measure}が定義される企業がない(企業がないか、分母が正でない)。",
        f"No firm has a {measure.lower()}: there is no firm, or the denominator is not positive.",
    )
    marked = frame["selected"].tolist() if s.selection is not None else None
    sheet.table(frame, fields, frozen=at + 2, marked=marked, empty=nobody)
    whole = s.degrees.frame[by].notna().sum()
    if rest := int(whole) - len(frame):
        sheet.say(s.say(f"このほかに {rest:,} 社ある。", f"{rest:,} more firms are not shown."))


def _regions(book: Book, s: Subject) -> None:
    frame = s.own(s.result.regions.frame)
    sheet = book.sheet(s.say("地域の合計", "Regions"))
    sheet.about = s.say(
        "地域ごとの取引額の合計、度の分母、捕捉率", "Sums by region, denominators, coverage"
    )
    none = s.say("この地域は分析にない。", "This region is not in the analysis.")
    fields = fields_of("regions", frame.columns, book)
    if len(frame) != 1:
        sheet.table(frame, fields, frozen=2, empty=none)
        return
    # One row of many columns is no page: its items stand below each other.
    heads = s.say("項目", "Item"), s.say("値", "Value"), s.say("意味", "Meaning")
    kinds = ("wrapped", "number", "wrapped")
    sheet.widen((46, 26, 70))
    sheet.table(
        frame.head(0), [Field("region", h, k) for h, k in zip(heads, kinds, strict=True)], frozen=1
    )
    for f in fields:
        told = columns("regions")[f.name].meaning(s.lang)
        values = ((f.header, "text"), (frame[f.name].tolist()[0], f.kind), (told, "text"))
        for i, (value, kind) in enumerate(values):
            sheet.put(sheet.at, i, value, kind)
        sheet.at += 1


def _matrix(book: Book, s: Subject) -> None:
    """Sellers by buyers, in a unit in which it can be read; exact amounts are on the ranking."""
    flows = s.result.linkages.matrix("amount")
    idle = [UNKNOWN] if not flows.loc[UNKNOWN].any() and not flows[UNKNOWN].any() else []
    flows = flows.drop(index=idle, columns=idle)
    size = flows.abs().sum(axis=0) + flows.abs().sum(axis=1)
    kept = flows.index[size.rank(method="first", ascending=False) <= MOST_REGIONS]
    left = len(flows) - len(kept)
    flows = flows.loc[kept, kept]
    by, unit = money_scale(float(flows.abs().to_numpy().max(initial=0)) / 100, book.unit, s.lang)
    corner = s.say(f"販売元＼販売先({unit})", f"Seller \\ buyer ({unit})")
    table = (flows / by).set_axis([f"to {c}" for c in kept], axis=1)
    regions = s.result.regions.frame
    short = {
        c: region_label(c, n, s.lang, short=True)
        for c, n in zip(regions["region"], regions["region_name"], strict=True)
    }
    names = [short.get(c, s.names.get(c, c)) for c in kept]
    table.insert(0, "from", names)
    kind = "tenths" if by > 1 else "money"
    fields = [Field("from", corner, most=26)]
    fields += [Field(f"to {c}", n, kind, most=18) for c, n in zip(kept, names, strict=True)]
    sheet = book.sheet(s.say("地域間取引の行列", "Linkages (matrix)"))
    sheet.about = s.say(
        f"行の地域から列の地域への販売額({unit})。対角は域内の取引",
        f"Sales of the region of the row to that of the column ({unit}); the diagonal is inside",
    )
    sheet.table(table, fields, frozen=1)
    if last := len(kept):
        scale = {
            "type": "3_color_scale",
            "mid_type": "percentile",
            "max_type": "percentile",
            "mid_value": 60,
            "max_value": 98,
            "min_color": "#FFFFFF",
            "mid_color": "#EEF3F9",
            "max_color": "#A9C4E2",
        }
        sheet.page.conditional_format(1, 1, last, last, scale)
    sheet.page.repeat_columns(0)
    if left:
        sheet.say(
            s.say(
                f"取引の多い {MOST_REGIONS} 地域を示す。ほかに {left:,} 地域ある。",
                f"The {MOST_REGIONS} regions that trade most; {left:,} more are not shown.",
            )
        )


def _partners(book: Book, s: Subject) -> None:
    """What one region sells to and buys from each: its row and column of the matrix."""
    links, code = s.result.linkages, s.code
    flows = links.matrix("amount")
    table = pd.DataFrame({"name": [], "sold": [], "bought": [], "balance": []})
    if code in flows.index:
        sold, bought = flows.loc[code], flows[code]
        names = [s.names.get(c, c) for c in flows.index]
        inside = flows.index == code
        names = [
            s.say(f"{n}(域内)", f"{n} (inside)") if i else n
            for n, i in zip(names, inside, strict=True)
        ]
        net = np.where(inside, 0, sold.to_numpy() - bought.to_numpy())
        found = {"name": names, "sold": sold, "bought": bought, "balance": net}
        table = pd.DataFrame(found).reset_index(drop=True)
        table = table[(table["sold"] != 0) | (table["bought"] != 0)]
    unit = money_unit(book.unit, s.lang)
    fields = [
        Field("name", s.say("相手の地域", "Partner region")),
        Field("sold", s.say(f"販売額({unit})", f"Sales to it ({unit})"), "money", bar=True),
        Field(
            "bought",
            s.say(f"仕入額({unit})", f"Purchases from it ({unit})"),
            "money",
            bar=True,
        ),
        Field("balance", s.say(f"収支({unit})", f"Balance ({unit})"), "money"),
    ]
    sheet = book.sheet(s.say("相手地域別の取引", "Trade by region"))
    sheet.about = s.say(
        f"{s.name}の企業の、地域ごとの販売額と仕入額",
        f"What the firms of {s.name} sell to and buy from each region",
    )
    none = s.say("取引がない。", "There is no trade.")
    sheet.table(table, fields, frozen=1, empty=none)


def _linkages(book: Book, s: Subject) -> None:
    links, code = s.result.linkages, s.code
    if code and code not in links.codes:
        ranked = links.frame.head(0).assign(rank=pd.Series(dtype="Int64"))
    else:
        ranked = rank_linkages(links, "amount", of_region=code or None)
    shown = ranked.head(MOST_LINKAGES)
    names = {f"{side}_name": s.named(shown[f"{side}_region"]) for side in ("seller", "buyer")}
    fields = fields_of("linkages", ["rank", *links.frame.columns], book)
    for at, (side, ja) in ((3, ("buyer", "販売先地域")), (2, ("seller", "販売元地域"))):
        fields.insert(at, Field(f"{side}_name", s.say(ja, f"Name of the {side} region")))
    sheet = book.sheet(s.say("地域間取引の順位", "Linkages (ranking)"))
    sheet.about = s.say(
        "地域の組ごとの取引額の順位、割合、収支、結合度",
        "Pairs of regions by amount; shares, balance, intensity",
    )
    none = s.say("地域間の取引がない。", "There is no trade between regions.")
    sheet.table(shown.assign(**names), fields, frozen=5, empty=none)
    if rest := len(ranked) - len(shown):
        sheet.say(s.say(f"このほかに {rest:,} 組ある。", f"{rest:,} more pairs are not shown."))
