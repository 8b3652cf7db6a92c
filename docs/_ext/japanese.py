"""Pages under ``ja/``: their language, and lines that join without a blank."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

__all__ = ["setup"]

_WIDE = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")


class JoinLines(SphinxTransform):
    """Remove line ends beside Japanese characters from running text.

    Browsers show the end of a line as a blank, which Japanese does not use.
    """

    default_priority = 800

    def apply(self, **_: Any) -> None:
        """Remove them: MyST gives the end of a line as a text node of its own."""
        for end in list(self.document.findall(nodes.Text)):
            if end != "\n" or isinstance(end.parent, nodes.FixedTextElement):
                continue
            at = end.parent.index(end)
            before, after = end.parent[max(at - 1, 0)], end.parent[min(at + 1, len(end.parent) - 1)]
            if _WIDE.match(before.astext()[-1:]) or _WIDE.match(after.astext()[:1]):
                end.parent.remove(end)


def _in_japanese(_app: Any, page: str, _template: str, context: Any, _doctree: Any) -> None:
    if page.startswith("ja/"):
        context["language"] = "ja"


def setup(app: Any) -> dict[str, bool]:
    """Name the language of each page; join its lines."""
    app.add_transform(JoinLines)
    app.connect("html-page-context", _in_japanese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
