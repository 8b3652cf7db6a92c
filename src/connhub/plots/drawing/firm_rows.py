"""Pictures that are tables: a row a firm, its rank and name on the left.

Places are pixels, so that texts have columns and never meet.
"""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import pandas as pd

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.labels import Language
from connhub.plots.drawing.pixel_marks import text_marks
from connhub.plots.picture import in_region
from connhub.plots.vega_lite import layer
from connhub.regions.directory import RegionDirectory
from connhub.selection.result import Selection
from connhub.text.catalogue import Texts
from connhub.text.names import firm_label, plain, shortened, width

__all__ = ["NAME_WIDTH", "ROW", "firm_names", "list_name", "ranked_rows", "wrapped"]

ROW = 22
"""Height of a row."""
NAME_WIDTH = 236
"""Width of mark, rank and name."""
SELECTED_MARK = "●"
_NAME = 31  # columns of a name, with what follows it


def list_name(place: str, field: str | None, lang: Language) -> str:
    """Name of a list: the region, and the field if there is one.

    Parameters
    ----------
    place : str
    field : str or None
    lang : {"ja", "en"}

    Examples
    --------
    >>> list_name("Tokyo", "Ocean", "en"), list_name("東京都", None, "ja")
    ('Tokyo, Ocean', '東京都')
    """
    if not plain(field):
        return place
    return Texts("pictures", lang)("list_of_field", place=place, field=field)


def ranked_rows(
    selection: Selection, of_region: str | None, field: str | None = None
) -> tuple[pd.DataFrame, str]:
    """Ranked firms of one region, and of one field.

    Parameters
    ----------
    selection : Selection
    of_region : str or None
        Code or name; None for all.
    field : str, optional

    Returns
    -------
    rows : DataFrame
    code : str
        Of the region.

    Raises
    ------
    OptionError
        For what is no region, or no field of the selection.
    """
    rows, code = in_region(selection, of_region)
    if field is not None:
        known = selection.frame["field"].dropna().drop_duplicates().tolist()
        if not known:
            raise OptionError(Fault("pictures.no_fields"))
        if field not in known:
            suggestion = did_you_mean(field, known)
            raise OptionError(Fault("pictures.no_field", field=field, suggestion=suggestion))
        rows = rows[rows["field"] == field]
    return rows, code


def firm_names(
    frame: pd.DataFrame,
    directory: RegionDirectory,
    lang: Language,
    *,
    with_region: bool,
    with_field: bool,
) -> Any:
    """Mark of the selected, rank and name of each row, left of the picture.

    Parameters
    ----------
    frame : DataFrame
        ``region, rank, firm_id, name, field, selected``, in the order of the rows.
    directory : RegionDirectory
    lang : {"ja", "en"}
    with_region, with_field : bool
        Add the region, and the field if there is one.
    """
    left = -NAME_WIDTH
    marks, ranks, names = [], [], []
    for i, row in enumerate(frame.to_dict("records")):
        y = i * ROW + ROW / 2
        if row["selected"]:
            marks.append({"x": left + 6, "y": y, "t": SELECTED_MARK})
        ranks.append({"x": left + 36, "y": y, "t": f"{row['rank']:,}"})
        parts = []
        if with_region:
            parts.append(shortened(directory.label(row["region"], lang, short=True), 9))
        if with_field and plain(row["field"]):
            parts.append(shortened(row["field"], 10))
        more = f" ({', '.join(parts)})" if parts else ""
        name = firm_label(row["name"], row["firm_id"], _NAME - width(more)) + more
        names.append({"x": left + 44, "y": y, "t": name})
    return layer(
        text_marks(marks, align="center"),
        text_marks(ranks, align="right"),
        text_marks(names),
    )


def wrapped(label: str, columns: int) -> list[str]:
    """Break a label into two lines of so many columns, the second cut if need be.

    Parameters
    ----------
    label : str
    columns : int
        A full-width character takes two.

    Examples
    --------
    >>> wrapped("Employment contribution", 14), wrapped("利益貢献度の伸び", 10)
    (['Employment', 'contribution'], ['利益貢献度', 'の伸び'])
    """
    wide = width(label) > len(label)
    parts = wrap(plain(label), columns // 2 if wide else columns) or [""]
    rest = ("" if wide else " ").join(parts[1:])
    return [parts[0], shortened(rest, columns)] if rest else parts
