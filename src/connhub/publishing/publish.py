"""Everything that is handed on, in one folder: report, workbook and pictures."""

from __future__ import annotations

import datetime
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from connhub.publishing.report.figures import KINDS
from connhub.publishing.report.write_report import Prepared
from connhub.schema import Language
from connhub.storage import filling

if TYPE_CHECKING:
    from connhub.analysis import Analysis
    from connhub.selection import Selection

__all__ = ["publish"]

_OURS = re.compile(rf"picture-[0-9]+-({'|'.join(KINDS)})\.png")


def publish(
    result: Analysis,
    folder: str | os.PathLike[str],
    *,
    region: str | None = None,
    selection: Selection | None = None,
    lang: Language = "ja",
    year: str | int | None = None,
    source: str | None = None,
    geometry: str | os.PathLike[str] | dict[str, Any] | None = None,
    key: str | None = None,
    sheets: Literal["one", "each"] = "one",
    made: datetime.date | None = None,
) -> Path:
    """Write ``report.html``, ``workbook.xlsx`` and the pictures as PNG into one folder.

    Parameters
    ----------
    result : Analysis
    folder : path
        Made if needed. All files move in together or none does, the report last; pictures of an
        earlier report that this one lacks are removed.
    region, selection, lang, year, source, geometry, key, made
        See `write_report`.
    sheets : {"one", "each"}
        See `write_workbook`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OptionError, MissingExtraError, StorageError

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
    from connhub.publishing.workbook.write_workbook import write_workbook

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
    page = prepared.page()
    with filling(folder, last="report.html") as new:
        write_workbook(
            result,
            new / "workbook.xlsx",
            selection=selection,
            region=region,
            lang=lang,
            sheets=sheets,
            year=year,
            source=source,
        )
        for figure in prepared.drawn.values():
            figure.picture.save(new / f"{figure.file}.png")
        (new / "report.html").write_text(page, encoding="utf-8")
        written = {p.name for p in new.iterdir()}
    for old in Path(folder).iterdir():
        if _OURS.fullmatch(old.name) and old.name not in written:
            with suppress(OSError):
                old.unlink()
    return Path(folder)
