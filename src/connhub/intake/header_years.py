"""Years in headers: 売上高2022, 営業利益(2024年3月期), R5売上高."""

from __future__ import annotations

import re
from unicodedata import normalize

from connhub.intake.years import year_of
from connhub.schema import normal_header

__all__ = ["split_year"]

_END = r"(?:[./年]?\d{1,2}月?期|年度?|fy)?"
_TOKEN = re.compile(
    rf"(?<!\d)(?:fy)?(?:19|20)\d{{2}}(?!\d){_END}"
    rf"|(?:令和|平成|昭和|(?<![a-z])[rhs])\.?(?:\d{{1,2}}(?!\d)|元){_END}",
    re.IGNORECASE,
)
_EMPTY_BRACKETS = re.compile(r"[(\[【〔]\s*[)\]】〕]")
_EDGES = " _-・:、,/の"


def split_year(header: str) -> tuple[str, int] | None:
    """Item and year of a header.

    Parameters
    ----------
    header : str

    Returns
    -------
    (str, int) or None
        None where it names no year, or several.

    Examples
    --------
    >>> split_year("営業利益(令和5年度)"), split_year("2023年度"), split_year("営業利益")
    (('営業利益', 2023), ('', 2023), None)
    """
    folded = normalize("NFKC", header)
    years = {year for token in _TOKEN.findall(folded) if (year := year_of(token)[0])}
    if len(years) != 1:
        return None
    item = _EMPTY_BRACKETS.sub("", _TOKEN.sub("", folded)).strip(_EDGES)
    return normal_header(item).strip(_EDGES), years.pop()
