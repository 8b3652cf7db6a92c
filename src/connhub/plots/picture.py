"""What every picture has in common: fonts, colors, the caption, the region."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from connhub.arguments import checked
from connhub.errors import Fault, OptionError, did_you_mean, extra
from connhub.intake.ledger import Ledger
from connhub.labels import Language
from connhub.measures.result_table import Result
from connhub.options import CaptionOptions
from connhub.plots.vega_lite import Chart
from connhub.regions.directory import RegionDirectory
from connhub.rendering.engine import EMBEDDING, check_addresses, html_page, image
from connhub.staging import replacing
from connhub.text.catalogue import Message, Texts
from connhub.text.names import file_names, shortened

__all__ = [
    "FONTS",
    "INSIDE",
    "MUTED",
    "OUTSIDE",
    "SCALE",
    "SELECTED",
    "Picture",
    "at_least",
    "blank",
    "caption_line",
    "heading",
    "in_region",
    "place_name",
    "sentences",
]

FONTS = 'IPAexGothic, "Hiragino Sans", "Yu Gothic", Meiryo, "Noto Sans CJK JP", sans-serif'
# Distinct in grayscale by lightness, and for color-blind readers by hue.
INSIDE = "#08519c"
"""Inside the region: dark blue."""
OUTSIDE = "#e6862b"
"""Out of the region: light orange."""
SELECTED = "#08306b"
"""What a picture points at."""
MUTED = "#a6a6a6"
"""The rest."""
_INK, _SOFT_INK, _GRID = "#1a1a1a", "#555555", "#e3e3e3"
SCALE = 2.0
"""Pixels of a PNG for each point of a picture."""
_ENDINGS = (".html", ".png", ".svg")


@dataclass(frozen=True, eq=False)
class Picture:
    """A chart: shown in a notebook, saved as HTML, PNG or SVG.

    Parameters
    ----------
    drawn : Chart
        Without what every picture has in common.
    reason : str
        Why there is nothing to show, as the picture says; empty where it shows something.
    """

    drawn: Chart
    reason: str = ""

    @property
    def shows(self) -> bool:
        """Whether there is anything to show."""
        return not self.reason

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The chart as Vega-Lite, data included."""
        styled = self.drawn.properties(config=_config(), usermeta={"embedOptions": EMBEDDING})
        return styled.whole()

    @property
    def chart(self) -> Any:
        """The chart of Altair, to change it further; what is saved and shown is `spec`.

        Raises
        ------
        MissingExtraError
        """
        with extra("viz", Message("errors.a_picture")):
            import altair
        return altair.Chart.from_dict(self.spec)

    @checked
    def save(self, path: str | os.PathLike[str], *, scale: float = SCALE) -> Path:
        """Write the picture; the ending of the name says how.

        Parameters
        ----------
        path : path
            ``.html``: one file that needs nothing else, values on hover. ``.png``, ``.svg``.
        scale : float
            Pixels of a PNG for each point of the picture; above 0.

        Returns
        -------
        Path

        Raises
        ------
        OptionError
            For another ending.
        StorageError
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in _ENDINGS:
            suggestion = did_you_mean(ending, _ENDINGS)
            raise OptionError(Fault("pictures.no_form", ending=ending, suggestion=suggestion))
        check_addresses()
        spec = self.spec
        content = html_page(spec).encode() if ending == ".html" else image(spec, ending, scale)
        with replacing(path) as temporary:
            temporary.write_bytes(content)
        return path

    def __or__(self, other: Picture) -> Picture:
        """The other picture to the right."""
        return self._beside(other, "hconcat")

    def __and__(self, other: Picture) -> Picture:
        """The other picture below."""
        return self._beside(other, "vconcat")

    def _beside(self, other: Picture, how: str) -> Picture:
        own = dict.fromkeys(("color", "fill", "opacity", "shape", "size", "stroke"), "independent")
        both = Chart({how: [self.drawn.spec, other.drawn.spec], "resolve": {"scale": own}})
        return Picture(both, reason="" if other.shows else self.reason)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        check_addresses()
        spec = self.spec
        return {
            "application/vnd.vegalite.v6+json": spec,
            "image/svg+xml": image(spec, ".svg", 1).decode(),
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        title = self.spec.get("title", {})
        return f"Picture: {title.get('text', '') if isinstance(title, Mapping) else title}"


def heading(
    title: str,
    ledger: Ledger,
    caption: CaptionOptions,
    *,
    unit: str | None = None,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Title of a picture, and below it year, unit, source and notes.

    Parameters
    ----------
    title : str
    ledger : Ledger
        Years and files, where the caption does not give them.
    caption : CaptionOptions
    unit : str, optional
        Of the values shown.
    notes : sequence of str
        Further lines, such as what is left out.

    Returns
    -------
    dict
        The title of a Vega-Lite chart.

    Examples
    --------
    >>> ledger = Ledger({"read": 1}, {"read": 1}, years=(2024, 2025))
    >>> heading("題", ledger, CaptionOptions(source="調査"), unit="%", notes=["注"])
    {'text': '題', 'subtitle': ['2024〜2025年 · 単位: % · 出典: 調査', '注']}
    """
    subtitle = [caption_line(ledger, caption, unit=unit), *notes]
    return {"text": shortened(title, 90), "subtitle": subtitle}


def caption_line(ledger: Ledger, caption: CaptionOptions, *, unit: str | None = None) -> str:
    """Year, unit and source in one line.

    Parameters
    ----------
    ledger : Ledger
        Years and files, where the caption does not give them.
    caption : CaptionOptions
    unit : str, optional
        Of the values shown.

    Examples
    --------
    >>> ledger = Ledger({"read": 1}, {"read": 1}, years=(2025,))
    >>> caption_line(ledger, CaptionOptions(lang="en", source="survey"))
    '2025 · Source: survey'
    """
    texts = Texts("pictures", caption.lang)
    parts = [
        texts("modelled") if ledger.label == "modelled" else "",
        _years(ledger, caption.year_label, texts),
        texts("unit", unit=unit) if unit else "",
        texts("source", source=_source(ledger, caption.source, texts)),
    ]
    return " · ".join(part for part in parts if part)


def _years(ledger: Ledger, year_label: str | int | None, texts: Texts) -> str:
    if year_label is not None and str(year_label):
        year = str(year_label)
        return texts("year", year=year) if year[-1].isdigit() else year
    if not ledger.years:
        return texts("no_year")
    first, last = min(ledger.years), max(ledger.years)
    return texts("year", year=first) if first == last else texts("years", first=first, last=last)


def _source(ledger: Ledger, source: str | None, texts: Texts) -> str:
    if source is not None:
        return shortened(source, 60)
    names = file_names([f.name for f in ledger.files])
    if not names:
        return texts("data_of_the_user")
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return shortened(names[0], 40) + more


def _config() -> dict[str, Any]:
    """One look for all: left-aligned titles, quiet axes, Japanese type."""
    label = {"labelColor": _INK, "titleColor": _SOFT_INK, "labelFontSize": 11, "titleFontSize": 12}
    return {
        "font": FONTS,
        "background": "white",
        "padding": 12,
        "title": {
            "anchor": "start",
            "frame": "group",
            "fontSize": 16,
            "fontWeight": "bold",
            "color": _INK,
            "subtitleFontSize": 11,
            "subtitleColor": _SOFT_INK,
            "subtitlePadding": 4,
            "offset": 12,
        },
        "axis": {
            **label,
            "titleFontWeight": "normal",
            "gridColor": _GRID,
            "domainColor": _SOFT_INK,
            "tickColor": _SOFT_INK,
        },
        "legend": {**label, "titleFontWeight": "normal", "symbolStrokeWidth": 1},
        "header": {**label, "labelFontWeight": "bold"},
        "view": {"stroke": None},
    }


def blank(title: Mapping[str, Any], reason: str) -> Picture:
    """A picture that says why there is nothing to show.

    Parameters
    ----------
    title : mapping
        From `heading`.
    reason : str

    Returns
    -------
    Picture

    Examples
    --------
    >>> blank({"text": "題", "subtitle": []}, "企業がない")
    Picture: 題
    """
    text = Chart.of([{"reason": reason}]).mark("text", fontSize=14, color=_SOFT_INK)
    text = text.encode(text="reason:N").properties(title=title, width=480, height=160)
    return Picture(text, reason=reason)


def at_least(least: int, **numbers: int) -> None:
    """Check numbers of rows, points and the like.

    Parameters
    ----------
    least : int
    **numbers
        Options by name: whole numbers, `least` or more.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> at_least(1, n=0)
    Traceback (most recent call last):
    connhub.errors.OptionError: n=0 is out of range
      fix: give 1 or more
    """
    faults = [
        Fault("errors.out_of_range", name=name, value=n, least=least)
        for name, n in numbers.items()
        if not isinstance(n, int) or isinstance(n, bool) or n < least
    ]
    if faults:
        raise OptionError(*faults)


def in_region(result: Result, of_region: str | None) -> tuple[pd.DataFrame, str]:
    """Rows of one region, and its code.

    Parameters
    ----------
    result : Result
        Its frame has the column ``region``.
    of_region : str or None
        Code or name; None for all.

    Returns
    -------
    rows : DataFrame
        None where the region has no row.
    code : str
        Empty for all.

    Raises
    ------
    OptionError
        For what is no region.
    """
    if of_region is None:
        return result.frame, ""
    code = result.directory.find_home(of_region)
    return result.frame[result.frame["region"] == code], code


def place_name(directory: RegionDirectory, code: str, lang: Language) -> str:
    """What a picture is about: a region, or all of them where the code is empty.

    Parameters
    ----------
    directory : RegionDirectory
    code : str
    lang : {"ja", "en"}

    Examples
    --------
    >>> directory = RegionDirectory(("15",), ("新潟県",))
    >>> place_name(directory, "15", "en"), place_name(directory, "", "ja")
    ('Niigata', '全国')
    """
    return directory.label(code, lang) if code else Texts("pictures", lang)("all_regions")


def sentences(parts: Iterable[str], lang: Language) -> str:
    """Join sentences that have no full stop of their own; empty ones are left out.

    Parameters
    ----------
    parts : iterable of str
    lang : {"ja", "en"}

    Examples
    --------
    >>> sentences(["Framed: inside", "", "Orange: negative"], "en"), sentences(["枠: 域内"], "ja")
    ('Framed: inside. Orange: negative', '枠: 域内')
    """
    return ("。" if lang == "ja" else ". ").join(part for part in parts if part)
