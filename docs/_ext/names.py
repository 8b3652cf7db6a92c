"""Names in backticks: links to what is documented under them, code otherwise.

Docstrings write `region` for an argument and `analyze` for a function alike.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

__all__ = ["setup"]


def _resolve(app: Any, env: Any, node: Any, inside: nodes.Node) -> nodes.Node | None:
    """Resolve names in plain backticks; roles that the author chose stay strict."""
    if node.get("refdomain") != "py" or node.get("reftype") != "obj":
        return None
    target = node["reftarget"].removesuffix("()")
    if re.search("[A-Z_.]", target):  # a single small word is an argument
        objects = env.domains["py"].objects
        found = [n for n in objects if n.endswith(f".{target}")]
        if len(found) == 1:
            node["reftarget"], node["refspecific"] = found[0], False
            builder, at = app.builder, node.get("refdoc", env.docname)
            return env.domains["py"].resolve_xref(env, at, builder, "obj", found[0], node, inside)
    return inside


def setup(app: Any) -> dict[str, bool]:
    """Resolve references that the Python domain cannot."""
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
