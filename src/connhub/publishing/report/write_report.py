"""The report: one file for a prefecture or the nation, to read on a screen or on paper."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connhub.errors import extra
from connhub.options import CaptionOptions
from connhub.plots.picture import caption_line
from connhub.plots.rendering import EMBEDDING, runtime, script_json
from connhub.publishing.report import candidates, method, tables
from connhub.publishing.report import summary as words
from connhub.publishing.report.figures import Figure, figures
from connhub.publishing.scope import Subject
from connhub.schema import Language
from connhub.storage import replacing
from connhub.text.numbers import share

if TYPE_CHECKING:
    from connhub.analysis import Analysis
    from connhub.selection import Selection

__all__ = ["Prepared", "check_extra", "write_report"]

_MENU = {
    "PNG_ACTION": ("PNG画像で保存", "Save as PNG"),
    "SVG_ACTION": ("SVG画像で保存", "Save as SVG"),
    "CLICK_TO_VIEW_ACTIONS": ("保存", "Save"),
}


def check_extra() -> None:
    """Say before any work which extra is missing.

    Raises
    ------
    MissingExtraError
    """
    with extra("report", "a report"):
        import altair  # noqa: F401
        import jinja2  # noqa: F401
        import vl_convert  # noqa: F401
        import xlsxwriter  # noqa: F401


def write_report(
    result: Analysis,
    path: str | os.PathLike[str],
    *,
    region: str | None = None,
    selection: Selection | None = None,
    lang: Language = "ja",
    year: str | int | None = None,
    source: str | None = None,
    geometry: str | os.PathLike[str] | dict[str, Any] | None = None,
    key: str | None = None,
    made: datetime.date | None = None,
) -> Path:
    """Write one HTML file that needs nothing else: summary, pictures, tables, method and ledger.

    Parameters
    ----------
    result : Analysis
        For the pictures of single firms, of a finer grain than ``firms``.
    path : path
    region : str, optional
        Code or name of a region; by default all of them.
    selection : Selection, optional
        From ``result.select``: candidates, and why.
    lang : {"ja", "en"}
    year, source : str, optional
        What captions say; by default the years counted and the files read.
    geometry, key
        Shapes of the regions for the maps, and the property that holds their codes: see
        `connhub.plots.tile_map`.
    made : date, optional
        Day of making; today by default.

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        For a region or language that is not known.
    MissingExtraError, StorageError

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b"], "name": ["甲", "乙"],
    ...                   "prefecture_code": ["15", "13"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report(analyze(trade, firms), f"{folder}/report.html", region="15")
    ...     "新潟県" in path.read_text(encoding="utf-8")
    True
    """
    prepared = Prepared.of(
        result,
        region=region,
        selection=selection,
        lang=lang,
        year=year,
        source=source,
        geometry=geometry,
        key=key,
        made=made,
    )
    with replacing(path) as temporary:
        temporary.write_text(prepared.page(), encoding="utf-8")
    return Path(path)


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a report shows, before it is a page: its subject and its pictures."""

    subject: Subject
    drawn: Mapping[str, Figure]
    missing: Mapping[str, str]
    line: str
    made: datetime.date

    @classmethod
    def of(
        cls,
        result: Analysis,
        *,
        region: str | None,
        selection: Selection | None,
        lang: Language,
        year: str | int | None,
        source: str | None,
        geometry: str | os.PathLike[str] | dict[str, Any] | None,
        key: str | None,
        made: datetime.date | None,
    ) -> Prepared:
        """Draw the pictures; see `write_report`."""
        check_extra()
        subject = Subject.of(result, region, selection, lang)
        drawn, missing = figures(subject, year=year, source=source, geometry=geometry, key=key)
        line = caption_line(result.ledger, CaptionOptions(lang, year, source))
        today = datetime.datetime.now().astimezone().date()
        return cls(subject, drawn, missing, line, made or today)

    def page(self) -> str:
        """The page."""
        s = self.subject
        charts = [{"at": f"chart-{f.number}", "spec": f.spec} for f in self.drawn.values()]
        menu = {name: s.say(*said) for name, said in _MENU.items()}
        embedding = {**EMBEDDING, "renderer": "svg", "i18n": menu}
        page: str = _template().render(
            s=s,
            say=s.say,
            style=files(__package__).joinpath("report.css").read_text(encoding="utf-8"),
            line=self.line,
            made=self.made,
            version=version("connhub"),
            figures=self.drawn,
            missing=self.missing,
            warnings=words.warnings(s),
            summary=words.summary(s),
            key_figures=_key_figures(s),
            reasons=candidates.reasons(s),
            tables=tables,
            method=method,
            runtime=runtime(),
            charts=script_json(charts),
            embedding=script_json(embedding),
        )
        return page


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("connhub.publishing.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _key_figures(s: Subject) -> list[tuple[str, str, str]]:
    """The numbers that open the report: what, how much, and a word on it."""
    sums, frame = s.sums, s.degrees.frame
    out, inside = sums["out_of_region_sales"], sums["in_region_transactions"]
    sold = frame["out_of_region_sales"]
    first = float(sold.max() / sold.sum()) if len(sold) and sold.sum() > 0 else float("nan")
    told = [
        (s.say("企業数", "Firms"), f"{sums['firms']:,}", s.say("企業表の収録数", "in the table")),
        (
            s.say("域外販売額", "Sales out of the region"),
            s.money(out),
            s.say(
                f"うち海外 {s.money(sums['overseas_sales'])}",
                f"abroad {s.money(sums['overseas_sales'])}",
            ),
        ),
        (
            s.say("域内取引額", "Trade inside the region"),
            s.money(inside),
            s.say(
                f"販売額全体の{share(inside / (inside + out))}",
                f"{share(inside / (inside + out))} of sales",
            )
            if inside + out > 0
            else "",
        ),
        (
            s.say("最大の1社の割合", "Share of the largest firm"),
            share(first),
            s.say("域外販売額に占める", "of sales out of the region"),
        ),
    ]
    if s.selection is not None:
        chosen = s.selection.selected["firm_id"].nunique()
        ranked = s.selection.frame["firm_id"].nunique()
        told.append(
            (
                s.say("候補", "Candidates"),
                s.firms(chosen),
                s.say(f"順位のある{ranked:,}社から", f"of {ranked:,} ranked"),
            )
        )
    return told
