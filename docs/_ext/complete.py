"""What must hold of the built pages: every public name is there, and nothing is fetched."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sphinx.util import logging

__all__ = ["DOCUMENTED", "setup"]

DOCUMENTED = (
    "connhub",
    "connhub.selection",
    "connhub.networks",
    "connhub.measures.roles",
    "connhub.plots",
    "connhub.publishing",
    "connhub.errors",
    "connhub.options",
    "connhub.regions",
    "connhub.schema",
)
"""Modules whose ``__all__`` is the public face."""
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|embed|audio)\b[^>]*?\ssrc\s*=\s*["']?(?:https?:)?//[^\s>]*"""
    r"""|<link\b(?=[^>]*\srel\s*=\s*["']?(?:stylesheet|preload|icon|preconnect|modulepreload))"""
    r"""[^>]*?\shref\s*=\s*["']?(?:https?:)?//[^\s>]*"""
    r"""|@import\s+(?:url\()?["']?(?:https?:)?//[^\s;]*"""
    r"""|url\(\s*["']?(?:https?:)?//[^)]*""",
    re.IGNORECASE,
)
_LINK = re.compile(r"""<(?:a|img|link|script)\b[^>]*?\s(?:href|src)="(?![a-z]+:|//)([^"]+)\"""")
logger = logging.getLogger(__name__)


def fetched(content: str) -> list[str]:
    """What a page or style sheet would fetch from a network when it is opened."""
    return _FETCHED.findall(content)


def dead_links(page: Path, content: str) -> list[str]:
    """Links of a page to files beside it that are not there."""
    targets = (unquote(urlsplit(link).path) for link in _LINK.findall(content))
    return [target for target in targets if target and not (page.parent / target).exists()]


def undocumented(objects: set[str]) -> list[str]:
    """Public names that are documented neither under this name nor where they are defined."""
    known = {id(_found(name)) for name in objects if name.startswith("connhub.")}
    missing = []
    for module in DOCUMENTED:
        for name in import_module(module).__all__:
            full = f"{module}.{name}"
            if full not in objects and id(_found(full)) not in known:
                missing.append(full)
    return missing


def _found(full: str) -> Any:
    module, _, name = full.rpartition(".")
    try:
        return getattr(import_module(module), name, None)
    except ImportError:  # a method: its class is documented
        return None


def _check(app: Any, error: Exception | None) -> None:
    if error or app.builder.name != "html":
        return
    objects = {name for name, *_ in app.env.domains["py"].get_objects()}
    for name in undocumented(objects):
        logger.warning("public, and not in the API reference: %s", name)
    for path in sorted(Path(app.outdir).rglob("*")):
        if path.suffix in (".html", ".css"):
            for element in fetched(path.read_text(encoding="utf-8")):
                logger.warning("%s would fetch %s", path.name, element[-120:])
        if path.suffix == ".html" and "_static" not in path.parts:
            for target in dead_links(path, path.read_text(encoding="utf-8")):
                logger.warning("%s leads to %s, which is not there", path.name, target)


def setup(app: Any) -> dict[str, bool]:
    """Check once all pages are built."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
