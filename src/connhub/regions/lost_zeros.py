"""Municipality codes whose leading zero a spreadsheet has taken."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, text, to_numpy
from connhub.regions.codes import is_municipality_code
from connhub.regions.municipalities import is_known_municipality, with_leading_zero

__all__ = ["lost_zeros", "put_zeros_back"]


def lost_zeros(codes: pa.Array) -> dict[str, str]:
    """Codes of a column that have lost their leading zero, and what they probably were.

    A code of five digits may be right, or a code of six digits without its zero: it is the
    column that tells. It is taken for damaged beside codes of six digits, or where all codes of
    the column fit as six digits and one of them is no municipality as it is.

    Parameters
    ----------
    codes : Array of texts
        Of a whole column.

    Returns
    -------
    dict
        The code with its zero by the one without; empty where nothing was lost.

    Examples
    --------
    >>> lost_zeros(pa.array(["11011", "131016"])), lost_zeros(pa.array(["11101", "131016"]))
    ({'11011': '011011'}, {})
    >>> lost_zeros(pa.array(["1101", "13101"])), lost_zeros(pa.array(["13101", "27100"]))
    ({'1101': '01101'}, {})
    """
    distinct = pc.unique(pc.utf8_trim_whitespace(text(codes)).drop_null())
    digits = to_numpy(pc.match_substring_regex(distinct, "^[0-9]+$"))
    length = to_numpy(pc.binary_length(distinct))
    zero = with_leading_zero(distinct)
    fits = to_numpy(zero.is_valid()) & digits
    lost = fits & (length == 4)
    five = digits & (length == 5)
    six = (length == 6) & is_municipality_code(distinct)
    fits_as_six = fits & five
    if fits_as_six.any():
        if six.any():
            damaged = 2 * fits_as_six.sum() >= five.sum()
        else:
            known = is_known_municipality(distinct) & five
            damaged = fits_as_six.sum() == five.sum() and known.sum() < five.sum()
        if damaged:
            lost |= fits_as_six
    return _pairs(distinct, zero, lost)


def put_zeros_back(
    codes: pa.Array, *, prefectures: bool = False
) -> tuple[pa.Array, dict[str, str]]:
    """The codes of a column with their leading zeros, and what was changed.

    Parameters
    ----------
    codes : Array of texts
        Of a whole column.
    prefectures : bool
        Whether they are those of prefectures, not of municipalities.

    Returns
    -------
    codes : Array
    changed : dict
        As from `lost_zeros`.

    Examples
    --------
    >>> codes, changed = put_zeros_back(text(["11011", "131016"]))
    >>> codes.to_pylist(), changed
    (['011011', '131016'], {'11011': '011011'})
    >>> put_zeros_back(text(["1", "13"]), prefectures=True)[1]
    {'1': '01'}
    """
    if prefectures:
        found = set(pc.unique(pc.utf8_trim_whitespace(codes)).to_pylist())
        changed = {code: f"0{code}" for code in "123456789" if code in found}
    else:
        changed = lost_zeros(codes)
    at = pc.index_in(pc.utf8_trim_whitespace(codes), value_set=text(list(changed)))
    return pc.coalesce(text(list(changed.values())).take(at), codes), changed


def _pairs(distinct: pa.Array, zero: pa.Array, lost: npt.NDArray[np.bool_]) -> dict[str, str]:
    rows = from_numpy(np.flatnonzero(lost))
    return dict(zip(distinct.take(rows).to_pylist(), zero.take(rows).to_pylist(), strict=True))
