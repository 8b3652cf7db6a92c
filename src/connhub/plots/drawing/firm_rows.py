"""Pictures that are tables: a row a firm, its rank and name on the left.

Places are pixels, so that texts have columns and never meet.
"""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import pandas as pd

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.plots.drawing.pixel_marks import texts
from connhub.plots.picture import altair, in_region
from connhub.regions.directory import region_label
from connhub.schema import Language
from connhub.selection.result import Selection
from connhub.text.names import firm_label, plain, shortened, width

__all__ = ["NAME_WIDTH", "ROW", "lists_of", "names", "ranked", "wrapped"]

ROW = 22
"""Height of a row."""
NAME_WIDTH = 236
"""Width of mark, rank and name."""
SELECTED_MARK = "●"
_NAME = 31  # columns of a name, with what follows it


def lists_of(region_name: str, field: str | None, lang: Language) -> str:
    """Name of a list: the region, and the field if there is one."""
    join = "・" if lang == "ja" else ", "
    return join.join(p for p in (region_name, plain(field)) if p)


def ranked(
    selection: Selection, of_region: str | None, field: str | None = None
) -> tuple[pd.DataFrame, str]:
    """Ranked firms of one region, and of one field.

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
        if field not in known:
            fix = did_you_mean(field, known) if known else "leave field= out"
            raise OptionError(Fault(f"no field {field!r} in this selection", fix=fix))
        rows = rows[rows["field"] == field]
    return rows, code


def names(frame: pd.DataFrame, lang: Language, *, region: bool, field: bool) -> Any:
    """Mark of the selected, rank and name of each row, left of the picture.

    Parameters
    ----------
    frame : DataFrame
        ``region, region_name, rank, firm_id, name, field, selected``, in the order of the rows.
    lang : {"ja", "en"}
    region, field : bool
        Say the region, and the field if there is one.
    """
    left, marks, ranks, said = -NAME_WIDTH, [], [], []
    for i, row in enumerate(frame.to_dict("records")):
        y = i * ROW + ROW / 2
        if row["selected"]:
            marks.append({"x": left + 6, "y": y, "t": SELECTED_MARK})
        ranks.append({"x": left + 36, "y": y, "t": f"{row['rank']:,}"})
        where = region_label(row["region"], plain(row["region_name"]), lang, short=True)
        parts = [shortened(where, 9)] if region else []
        parts += [shortened(row["field"], 10)] if field and plain(row["field"]) else []
        more = f" ({', '.join(parts)})" if parts else ""
        words = firm_label(row["name"], row["firm_id"], _NAME - width(more)) + more
        said.append({"x": left + 44, "y": y, "t": words})
    return altair().layer(
        texts(marks, align="center", fontSize=9), texts(ranks, align="right"), texts(said)
    )


def wrapped(words: str, most: int) -> list[str]:
    """Break a label into two lines of `most` columns, the second cut if need be.

    Examples
    --------
    >>> wrapped("Employment contribution", 14), wrapped("利益貢献度の伸び", 10)
    (['Employment', 'contribution'], ['利益貢献度', 'の伸び'])
    """
    wide = width(words) > len(words)
    parts = wrap(plain(words), most // 2 if wide else most) or [""]
    rest = ("" if wide else " ").join(parts[1:])
    return [parts[0], shortened(rest, most)] if rest else parts
