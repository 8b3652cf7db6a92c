"""Everything that is handed on, in one folder: report, workbook and pictures."""

from __future__ import annotations

import datetime
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Literal

from connhub.measures.results import Results
from connhub.options import CaptionOptions, ShapeOptions, flat_options
from connhub.publishing.report.figures import KINDS
from connhub.publishing.report.write_report import Prepared
from connhub.publishing.workbook.write_workbook import write_workbook
from connhub.selection.result import Selection
from connhub.storage import filling

__all__ = ["publish"]

_PICTURES = re.compile(rf"picture-[0-9]+-({'|'.join(KINDS)})\.png")


@flat_options
def publish(
    result: Results,
    folder: str | os.PathLike[str],
    *,
    of_region: str | None = None,
    selection: Selection | None = None,
    sheets: Literal["one", "each"] = "one",
    report_date: datetime.date | None = None,
    caption: CaptionOptions = CaptionOptions(),
    shapes: ShapeOptions = ShapeOptions(),
) -> Path:
    """Write ``report.html``, ``workbook.xlsx`` and the pictures as PNG into one folder.

    Parameters
    ----------
    result : Results
        Of `connhub.analyze` or `connhub.load`.
    folder : path
        Created if needed. All files move in together or none does, the report last; pictures of
        an earlier report that this one lacks are removed.
    of_region : str, optional
        Code or name of a region; by default all of them.
    selection : Selection, optional
        From ``result.select``: candidates, and why.
    sheets : {"one", "each"}
        One sheet of candidates in the workbook, or one for each region.
    report_date : date, optional
        Day of creation to show; today by default.
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
    >>> names[0], names[-2:]
    ('picture-1-connector-hub.png', ['report.html', 'workbook.xlsx'])
    """
    prepared = Prepared.of(
        result,
        of_region=of_region,
        selection=selection,
        report_date=report_date,
        caption=caption,
        shapes=shapes,
    )
    page = prepared.page()
    with filling(folder, last="report.html") as new:
        write_workbook(
            result,
            new / "workbook.xlsx",
            of_region=of_region,
            selection=selection,
            sheets=sheets,
            report_date=report_date,
            caption=caption,
        )
        for figure in prepared.drawn.values():
            figure.picture.save(new / f"{figure.file}.png")
        (new / "report.html").write_text(page, encoding="utf-8")
        written = {p.name for p in new.iterdir()}
    for old in Path(folder).iterdir():
        if _PICTURES.fullmatch(old.name) and old.name not in written:
            with suppress(OSError):
                old.unlink()
    return Path(folder)
