"""Vega-Lite to pages, PNG and SVG.

Nothing is fetched: the runtime of the charts is part of the page, and PNG and SVG are drawn
without a browser, with fonts that come with the extra.
"""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from connhub.code_cache import kept_script
from connhub.errors import extra
from connhub.staging import staging
from connhub.text.catalogue import Message

__all__ = [
    "EMBEDDING",
    "check_addresses",
    "drawn",
    "html_page",
    "image",
    "laid_out",
    "runtime",
    "script_json",
]

EMBEDDING = {"actions": {"export": True, "source": False, "compiled": False, "editor": False}}
"""The menu of a chart in a page: save as PNG or SVG, and nothing that opens another site."""


_FONTS = (
    ("matplotlib_fontja", "fonts/ipaexg.ttf"),
    ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf"),
)
_FONTS_LISTED = "FONTCONFIG_FILE"
"""Where the engine reads which folders hold fonts, on Linux."""
_ADDRESSES = 66 << 30
"""What its engine maps, two spaces of 32 GiB; where it cannot, it aborts the process."""
_JOINERS = "\u200d\ufe0e\ufe0f"


def check_addresses() -> None:
    """Refuse to draw where the engine would abort the process.

    Raises
    ------
    LimitError
    """
    from connhub.memory import require_addresses  # loads NumPy, which a process that draws spares

    require_addresses(_ADDRESSES, Message("memory.pictures"))


@cache
def _converter() -> Any:
    """The converter, with fonts of the extra: Japanese, and one for signs that this lacks."""
    with extra("viz", Message("errors.a_picture")):
        import vl_convert
    # Out of their folders: a font beside them has a box for every sign there is, and whatever holds
    # one sign that is missed would be drawn as boxes from end to end.
    until_exit = ExitStack()
    atexit.register(until_exit.close)
    alone = until_exit.enter_context(staging(gettempdir()))
    for font in _fonts():
        (alone / font.name).write_bytes(font.read_bytes())  # at once: it is mapped in larger pieces
    with _only_fonts_in(alone):
        vl_convert.register_font_directory(str(alone))
    return vl_convert


@contextmanager
def _only_fonts_in(folder: Path) -> Iterator[None]:
    """Let the engine, which looks for fonts now, find none of the same names elsewhere.

    It opens a font for each sign that it measures or draws; of a copy just made that takes half as
    long as of a file that has been there for long.
    """
    listed = folder / "fonts.conf"
    listed.write_text(f"<fontconfig><dir>{escape(str(folder))}</dir></fontconfig>", "utf-8")
    usual = os.environ.get(_FONTS_LISTED)
    os.environ[_FONTS_LISTED] = str(listed)
    try:
        yield
    finally:
        del os.environ[_FONTS_LISTED]
        if usual is not None:
            os.environ[_FONTS_LISTED] = usual


@cache
def _signs() -> frozenset[int]:
    """Every sign that the fonts of the extra can draw."""
    with extra("viz", Message("errors.a_picture")):
        from fontTools.ttLib import TTFont
    known: set[int] = set()
    for path in _fonts():
        with TTFont(path) as font:
            known.update(font.getBestCmap())
    return frozenset(known)


def _drawable(text: str) -> str:
    """Put 〓 for signs that no font has: boxes would be drawn over the text that follows.

    Examples
    --------
    >>> _drawable("甲😀🏭商店")
    '甲😀〓商店'
    """
    lacking = {ord(c) for c in text if not c.isascii()} - _signs()
    return text.translate({c: None if chr(c) in _JOINERS else "〓" for c in lacking})


def _fonts() -> list[Path]:
    """The fonts of the extra: one for Japanese, one for signs that this lacks."""
    found = []
    for package, name in _FONTS:
        spec = find_spec(package)
        places = (spec.submodule_search_locations or ()) if spec else ()
        found += [path for p in places if (path := Path(p) / name).is_file()]
    return found


def image(spec: Mapping[str, Any], ending: str, scale: float) -> bytes:
    """A chart as PNG or SVG.

    Parameters
    ----------
    spec : mapping
        Of Vega-Lite.
    ending : {".png", ".svg"}
    scale : float
        Pixels of a PNG for each point.
    """
    if ending == ".png":
        return drawn(laid_out(spec).decode(), scale)
    return _svg(dict(spec))


def laid_out(spec: Mapping[str, Any]) -> bytes:
    """A chart as SVG of signs that can be drawn: the first step of a PNG.

    Parameters
    ----------
    spec : mapping
        Of Vega-Lite.
    """
    return _svg(_drawable(json.dumps(spec, ensure_ascii=False)))


def drawn(svg: str, scale: float) -> bytes:
    """The PNG of an SVG.

    Parameters
    ----------
    svg : str
    scale : float
        Pixels for each point.
    """
    png: bytes = _converter().svg_to_png(svg, scale=scale)
    return png


def _svg(spec: str | dict[str, Any]) -> bytes:
    svg: str = _converter().vegalite_to_svg(spec, allowed_base_urls=[])  # nothing is fetched
    return svg.encode()


@cache
def runtime() -> str:
    """The scripts that draw charts in a page, about 0.9 MB; they define ``vegaEmbed``."""

    def bundle() -> str:
        return str(_converter().javascript_bundle("window.vegaEmbed = vegaEmbed;"))

    from importlib.metadata import version  # takes longer to load than all else here

    with extra("viz", Message("errors.a_picture")):
        import vl_convert  # noqa: F401
    return kept_script(__file__, f"vega-{version('vl-convert-python')}.js", bundle)


def script_json(value: Any) -> str:
    r"""JSON that may stand in a script of a page whatever the data holds.

    Parameters
    ----------
    value : dict, list, str, number or None

    Examples
    --------
    >>> print(script_json({"name": "</script>"}))
    {"name": "\u003c/script>"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for sign in "<\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def html_page(spec: Mapping[str, Any]) -> str:
    """A page with a chart that needs nothing else.

    Parameters
    ----------
    spec : mapping
        Of Vega-Lite.
    """
    title = spec.get("title", "")
    name = title.get("text", "") if isinstance(title, Mapping) else title
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(str(name))}</title></head>\n<body><div id="picture"></div>\n'
        f"<script>{runtime()}</script>\n"
        f"<script>vegaEmbed('#picture', {script_json(spec)}, {script_json(EMBEDDING)});</script>\n"
        "</body></html>\n"
    )
