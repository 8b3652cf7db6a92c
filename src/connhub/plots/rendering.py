"""Vega-Lite to pages, PNG and SVG.

Nothing is fetched: the runtime of the charts is part of the page, and PNG and SVG are drawn
without a browser, with fonts that come with the extra.
"""

from __future__ import annotations

import atexit
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from connhub.errors import extra

__all__ = ["EMBEDDING", "drawn", "embedded", "page", "runtime"]

EMBEDDING = {"actions": {"export": True, "source": False, "compiled": False, "editor": False}}
"""The menu of a chart in a page: save as PNG or SVG, and nothing that opens another site."""


@cache
def _converter() -> Any:
    """The converter, with fonts of the extra: Japanese, and one for signs that this lacks."""
    with extra("viz", "a picture"):
        import vl_convert
    for folder in _installed("matplotlib_fontja", "fonts"):
        vl_convert.register_font_directory(str(folder))
    # Alone, out of its folder: a font beside it has a box for every sign there is, and whatever
    # holds one sign that is missed would be drawn as boxes from end to end.
    alone = TemporaryDirectory(prefix="connhub-")
    atexit.register(alone.cleanup)
    for folder in _installed("matplotlib", "mpl-data/fonts/ttf"):
        copyfile(folder / "DejaVuSans.ttf", Path(alone.name) / "DejaVuSans.ttf")
        vl_convert.register_font_directory(alone.name)
    return vl_convert


def _installed(package: str, folder: str) -> list[Path]:
    found = find_spec(package)
    return [Path(p) / folder for p in (found.submodule_search_locations or ())] if found else []


def drawn(spec: Mapping[str, Any], form: str, scale: float) -> bytes:
    """The picture as ``.png`` or ``.svg``."""
    nothing_fetched: dict[str, Any] = {"allowed_base_urls": []}
    if form == ".png":
        png: bytes = _converter().vegalite_to_png(dict(spec), scale=scale, **nothing_fetched)
        return png
    svg: str = _converter().vegalite_to_svg(dict(spec), **nothing_fetched)
    return svg.encode()


@cache
def runtime() -> str:
    """The scripts that draw charts in a page, about 0.9 MB; they define ``vegaEmbed``."""
    script: str = _converter().javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script


def embedded(value: Any) -> str:
    r"""JSON that may stand in a script of a page whatever the data holds.

    Examples
    --------
    >>> print(embedded({"name": "</script>"}))
    {"name": "\u003c/script>"}
    """
    said = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for sign in "<\u2028\u2029":
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    return said


def page(spec: Mapping[str, Any]) -> str:
    """A page that needs nothing else."""
    title = spec.get("title", "")
    name = title.get("text", "") if isinstance(title, Mapping) else title
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(str(name))}</title></head>\n<body><div id="picture"></div>\n'
        f"<script>{runtime()}</script>\n"
        f"<script>vegaEmbed('#picture', {embedded(spec)}, {embedded(EMBEDDING)});</script>\n"
        "</body></html>\n"
    )
