"""Everything that is handed on, in one folder: report, workbook and pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Literal

from connhub.certainty_options import CertaintyOptions
from connhub.measures.results import Results
from connhub.options import ShapeOptions, flat_options
from connhub.plots.picture import SCALE
from connhub.publishing.report.figures import Figure
from connhub.publishing.report.write_report import Prepared, check_extra
from connhub.publishing.scope import Beside
from connhub.publishing.workbook.write_workbook import write_sheets
from connhub.rendering.beside import drawing_beside
from connhub.report_options import ReportOptions
from connhub.selection.result import Selection
from connhub.storage import filling

__all__ = ["DESCRIPTION", "FILES", "publish"]

DESCRIPTION = "report.json"
FILES = ("report.html", "workbook.xlsx")
"""What every report has."""


@flat_options
def publish(
    result: Results,
    folder: str | os.PathLike[str],
    *,
    of_region: str | None = None,
    selection: Selection | None = None,
    beside: Sequence[Beside] = (),
    sheets: Literal["one", "each"] = "one",
    doubts: CertaintyOptions = CertaintyOptions(),
    caption: ReportOptions = ReportOptions(),
    shapes: ShapeOptions = ShapeOptions(),
) -> Path:
    """Write ``report.html``, ``workbook.xlsx`` and the pictures as PNG into one folder.

    Parameters
    ----------
    result : Results
        Of `connhub.analyze` or `connhub.load`.
    folder : path
        Created if needed. All files move in together, or none does; those of an earlier report go,
        and no other file is touched. ``report.json`` names the others, with checksums.
    of_region : str, optional
        Code or name of a region; by default all of them.
    selection : Selection, optional
        From ``result.select``: candidates, and why.
    beside : sequence of results, optional
        Each has a page: what is bought outside (`LeakMap`), what changed (`Change`), how far
        targets are (`Progress`).
    sheets : {"one", "each"}
        One sheet of candidates in the workbook, or one for each region.
    {doubts}
    {caption}
    {shapes}

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OptionError
        For a region or option that is not known.
    MissingExtraError, StorageError

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     names = sorted(p.name for p in publish(analyze(trade, firms), folder).iterdir())
    >>> names[0], names[-3:]
    ('picture-1-concentration.png', ['report.html', 'report.json', 'workbook.xlsx'])
    """
    check_extra()
    images: dict[str, Future[bytes]] = {}
    with drawing_beside() as draw:

        def begin(figure: Figure) -> None:
            images[figure.file] = draw(figure.spec, SCALE)

        prepared = Prepared.of(
            result,
            of_region=of_region,
            selection=selection,
            beside=beside,
            doubts=doubts,
            caption=caption,
            shapes=shapes,
            begin=begin,
        )
        page = prepared.page()
        inputs = [file.name for file in result.ledger.files]
        with filling(folder, DESCRIPTION, inputs=inputs) as draft:
            book = draft.path / "workbook.xlsx"
            write_sheets(prepared.scope, book, sheets=sheets, caption=caption)
            (draft.path / "report.html").write_text(page, encoding="utf-8")
            for name, drawn in images.items():
                (draft.path / f"{name}.png").write_bytes(drawn.result())
    return Path(folder)
