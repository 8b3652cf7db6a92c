"""Years as people write them: 2023年度, 令和5年度, R5, and dates."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import scalar, text, to_numpy
from connhub.text.catalogue import Message

__all__ = ["DATE", "ERA", "FIRST_YEAR", "YEARS", "ReadYears", "read_years", "year_notes", "year_of"]

FIRST_YEAR, YEARS = 1800, 400
FISCAL_MONTH = 4
PLAIN, DATE, ERA = range(3)
"""How a year is written; of the others, which reading was taken is told."""

_ERAS = {
    "令和": (2018, 181), "令": (2018, 181), "r": (2018, 181),
    "平成": (1988, 31), "平": (1988, 31), "h": (1988, 31),
    "昭和": (1925, 64), "昭": (1925, 64), "s": (1925, 64),
    "大正": (1911, 15), "大": (1911, 15), "t": (1911, 15),
    "明治": (1867, 45), "明": (1867, 45), "m": (1867, 45),
}  # fmt: skip
"""The year before each era, and how many years it has."""

_MONTH_AND_DAY = r"(?:[-/.年](?P<month>\d{1,2})(?:[-/.月](?P<day>\d{1,2})?日?)?期?)"
_TIME = re.compile(r"(?<=\d)[t\s]\s*\d{1,2}:\d{2}.*", re.DOTALL)
_PART = r"(?:第?[1-4]四半期|[上下](?:半)?期|-?q[1-4]|h[12])"
_YEAR = re.compile(
    rf"(?:fy)?(?P<year>\d{{4}})(?:\.0+)?(?:(?:年度?)?{_PART}|年度?|fy|{_MONTH_AND_DAY})?"
)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})?")
_ERA = re.compile(
    rf"(?P<era>{'|'.join(_ERAS)})\.?(?P<year>\d{{1,2}}|元)"
    rf"(?:年度?{_PART}?|{_MONTH_AND_DAY})?"
)
_BOTH = re.compile(r"(.+?)\((.+?)(?:年度?)?\)(年度?)?")


@lru_cache(1 << 16)
def year_of(content: str, *, fiscal: bool = False) -> tuple[int, int]:
    """Year that a text means, 0 where it means none, and how it is written.

    Parameters
    ----------
    content : str
    fiscal : bool
        Whether a date means its fiscal year, from April.

    Examples
    --------
    >>> [year_of(t)[0] for t in ("2023", "２０２３年度", "令和5年度", "H31", "S60.4.1", "x")]
    [2023, 2023, 2023, 2019, 1985, 0]
    >>> year_of("2023/03/31")[0], year_of("2023-03-31T00:00:00+09:00", fiscal=True)[0]
    (2023, 2022)
    """
    folded = _TIME.sub("", normalize("NFKC", content).casefold().strip())
    folded = "".join(folded.split())
    if both := _BOTH.fullmatch(folded):  # 令和5(2023)年度
        one, other = (year_of(t, fiscal=fiscal) for t in both.groups()[:2])
        return one if one[0] == other[0] else (0, PLAIN)
    found = _COMPACT.fullmatch(folded) or _YEAR.fullmatch(folded)
    written = PLAIN
    if found:
        year = int(found["year"])
    elif found := _ERA.fullmatch(folded):
        before, last = _ERAS[found["era"]]
        number = 1 if found["year"] == "元" else int(found["year"])
        year, written = (before + number if 1 <= number <= last else 0), ERA
    else:
        return 0, PLAIN
    month, day = found["month"], found["day"]
    if month is not None:
        if not (
            1 <= int(month) <= 12 and 1 <= int(day or 1) <= monthrange(year or 2000, int(month))[1]
        ):
            return 0, PLAIN
        written = DATE
        year -= fiscal and int(month) < FISCAL_MONTH
    inside = FIRST_YEAR <= year < FIRST_YEAR + YEARS
    return (year, written) if inside else (0, PLAIN)


@dataclass(frozen=True, eq=False)
class ReadYears:
    """Years of a column.

    Parameters
    ----------
    years : ndarray of int64
        0 where missing or none.
    bad : ndarray of bool
        Which values are no years; empty when all are.
    written : dict of int to str
        The first value, in order of texts, of each way of writing but the plain one.
    """

    years: npt.NDArray[np.int64]
    bad: npt.NDArray[np.bool_]
    written: dict[int, str]


def read_years(values: Any, *, fiscal: bool = False) -> ReadYears:
    """Read years of any type.

    Parameters
    ----------
    values : Array or ChunkedArray
        Integers, floats, texts, dates or times.
    fiscal : bool
        Whether a date means its fiscal year, from April.

    Examples
    --------
    >>> read_years(pa.array([2023, None, 7])).years.tolist()
    [2023, 0, 0]
    >>> read_years(pa.array(["2023/04/01", "2024/03/31"]), fiscal=True).years.tolist()
    [2023, 2023]
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray):
        found = read_years(values.dictionary, fiscal=fiscal)
        codes = to_numpy(values.indices, len(values.dictionary))
        bad = np.append(found.bad, False)[codes] if found.bad.size else found.bad
        return ReadYears(np.append(found.years, 0)[codes], bad, found.written)
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        found = _of_numbers(values)
        if not found.bad.size:
            return found
        return _of_texts(text(values), fiscal)  # a date may be a number of eight digits
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _of_dates(values, fiscal)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        whole = pc.floor(values.cast(pa.float64()))
        numbers = pc.if_else(pc.equal(whole, values.cast(pa.float64())), whole, scalar(-1.0))
        numbers = pc.if_else(pc.is_finite(numbers), numbers, scalar(-1.0))
        missing = pc.is_null(values, nan_is_null=True)
        numbers = pc.if_else(missing, scalar(None).cast(pa.float64()), numbers)
        return _of_numbers(
            pc.min_element_wise(numbers, scalar(1e9), skip_nulls=False).cast(pa.int64())
        )
    return _of_texts(text(values), fiscal)


def _of_numbers(values: pa.Array) -> ReadYears:
    none = np.zeros(0, dtype=np.bool_)
    if not values.null_count and not pa.types.is_null(values.type) and values.type != pa.uint64():
        numbers = to_numpy(values.cast(pa.int64()))
        if numbers.size and numbers.min() >= FIRST_YEAR and numbers.max() < FIRST_YEAR + YEARS:
            return ReadYears(numbers, none, {})
    if values.type == pa.uint64():
        values = pc.min_element_wise(values, scalar(10**9).cast(pa.uint64()), skip_nulls=False)
    numbers = to_numpy(values.cast(pa.int64()), -1)
    missing = to_numpy(values.is_null())
    inside = (numbers >= FIRST_YEAR) & (numbers < FIRST_YEAR + YEARS)
    years, bad = np.where(inside, numbers, 0), ~inside & ~missing
    return ReadYears(years, bad if bad.any() else none, {})


def _of_dates(values: pa.Array, fiscal: bool) -> ReadYears:
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        values = pc.local_timestamp(values)
    years = pc.year(values)
    if fiscal:
        years = pc.subtract(years, pc.less(pc.month(values), FISCAL_MONTH).cast(pa.int64()))
    found = _of_numbers(years)
    first = pc.min(values).as_py()
    return ReadYears(found.years, found.bad, {} if first is None else {DATE: str(first)})


def _of_texts(values: pa.Array, fiscal: bool) -> ReadYears:
    encoded = values.dictionary_encode()
    if len(encoded.dictionary) > 1000:  # times: what matters of them are the days
        day = pc.utf8_slice_codeunits(values, 0, 10)
        times = pc.match_substring_regex(values, r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
        encoded = pc.if_else(times.fill_null(scalar(False)), day, values).dictionary_encode()
    texts = [value or "" for value in encoded.dictionary.to_pylist()]
    read = [year_of(t, fiscal=fiscal) for t in texts]
    written: dict[int, str] = {}
    for value, (_, kind) in zip(texts, read, strict=True):
        if kind:
            written[kind] = min(value, written.get(kind, value))
    years = np.array([year for year, _ in read] + [0], dtype=np.int64)
    bad = np.array([t.strip() != "" and not y for t, (y, _) in zip(texts, read, strict=True)])
    codes = to_numpy(encoded.indices, len(texts))
    wrong = np.append(bad, False)[codes] if bad.any() else np.zeros(0, dtype=np.bool_)
    return ReadYears(years[codes], wrong, written)


def year_notes(
    written: Mapping[int, str], column: str, *, fiscal: bool = False
) -> Iterator[Message]:
    """Note which reading of years was taken, where there are several.

    Parameters
    ----------
    written : mapping of int to str
        A value for each way of writing that occurs.
    column : str
    fiscal : bool
        Whether dates were read as fiscal years.
    """
    for way, kind in ((DATE, "fiscal_dates" if fiscal else "dates"), (ERA, "eras")):
        if (value := written.get(way)) is not None:
            year = str(year_of(value, fiscal=fiscal)[0])
            yield Message(f"intake.years_of_{kind}", value=value, year=year, column=column)
