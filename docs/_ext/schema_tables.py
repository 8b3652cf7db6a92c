"""The directive ``schema``: columns of a table, or the values of one, from `schema.csv`."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from connhub.schema import Column, columns

__all__ = ["setup"]


def _cells(column: Column) -> list[str]:
    empty = ", may be empty" if column.nullable else ""
    unit = f"({column.unit})" if column.unit else ""
    kind = " ".join(part for part in (column.dtype, unit) if part)
    meaning = "\n".join(dict.fromkeys([column.description, column.meaning()]))
    return [column.name, column.label_ja, column.label_en, kind + empty, meaning]


class Schema(SphinxDirective):
    """``{schema} degrees`` writes the table of columns of the degrees."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        table = columns(self.arguments[0])
        heads = ["Name", "日本語", "English", "Type", "Meaning"]
        rows = [_cells(c) for c in table.values()]
        if not any(row[3] for row in rows):  # values, not columns
            heads.pop(3)
            rows = [[*row[:3], row[4]] for row in rows]
        group = nodes.tgroup("", cols=len(heads))
        group += [nodes.colspec("", colwidth=1) for _ in heads]
        head, body = nodes.thead(), nodes.tbody()
        head += self._row(heads)
        body += [self._row(row, code=True) for row in rows]
        group += [head, body]
        return [nodes.table("", group)]

    def _row(self, cells: list[str], *, code: bool = False) -> nodes.row:
        row = nodes.row()
        for i, cell in enumerate(cells):
            inside = nodes.literal if code and i == 0 else nodes.inline
            lines = cell.split("\n")  # a meaning is in both languages where there are both
            row += nodes.entry("", *(nodes.paragraph("", "", inside("", line)) for line in lines))
        return row


def setup(app: Any) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("schema", Schema)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
