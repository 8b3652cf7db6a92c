"""Region schemes: which region every firm belongs to.

A *region scheme* sends every firm to a region index. Two indices follow the
regions proper: *overseas* (firms abroad) and *unknown* (firms without a region),
so an index is always valid and a flow matrix has a row for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import distinct, distinct_rows, from_numpy, rows_where, scalar, text, to_numpy
from connhub.errors import ColumnError, Fault, InputError, OptionError, did_you_mean
from connhub.regions.codes import (
    BLOCKS,
    PREFECTURES,
    WARD_TO_CITY,
    country_codes,
    is_municipality_code,
)
from connhub.regions.lost_zeros import lost_zeros
from connhub.regions.municipalities import (
    codes_of_names,
    municipality_labels,
    municipality_names,
)
from connhub.regions.places import with_codes
from connhub.regions.prefecture_names import prefecture_codes
from connhub.text.catalogue import SHOWN

__all__ = [
    "LEVELS",
    "OVERSEAS",
    "UNKNOWN",
    "RegionScheme",
    "assign_regions",
    "with_full_city_codes",
]

_PLACES = ("prefecture_code", "municipality_code", "country_code")
OVERSEAS = "overseas"
UNKNOWN = "unknown"
LEVELS = ("municipality", "prefecture", "block")
_OUTSIDE_NAMES = {OVERSEAS: "海外", UNKNOWN: "不明"}


@dataclass(frozen=True, eq=False)
class RegionScheme:
    """A partition of firms: the region of each firm, as an index.

    Parameters
    ----------
    level : str
        What the regions are: a level, the name of a column, or ``"mapping"``.
    codes, names : tuple of str, length R
        Region codes in order, and their names.
    index : ndarray of int32, shape (n,)
        Region of each firm: 0 to R-1, R for overseas, R+1 for unknown.
    """

    level: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    index: npt.NDArray[np.int32]
    _locate: Callable[[pa.Array], pa.Array]

    @property
    def size(self) -> int:
        """Number of regions R, without overseas and unknown."""
        return len(self.codes)

    @property
    def all_codes(self) -> tuple[str, ...]:
        """Codes of the R regions, then ``"overseas"`` and ``"unknown"``."""
        return (*self.codes, OVERSEAS, UNKNOWN)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Names in the order of `all_codes`."""
        return (*self.names, *_OUTSIDE_NAMES.values())

    def resolve(self, values: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Region index of texts a transaction table gives, and which texts are no region.

        Parameters
        ----------
        values : Array of texts

        Returns
        -------
        index : ndarray of int32
            Null and empty give -1; ``"overseas"`` the overseas index.
        bad : ndarray of bool
        """
        distinct = text(values).dictionary_encode()
        texts = distinct.dictionary
        where = {code: i for i, code in enumerate((*self.codes, OVERSEAS))}
        index = np.full(len(texts) + 1, -1, dtype=np.int32)  # the last: null
        bad = np.zeros(len(texts) + 1, dtype=bool)
        located = self._locate(texts).to_pylist()
        for i, (value, code) in enumerate(zip(texts.to_pylist(), located, strict=True)):
            index[i] = where.get(value, where.get(code, -1))
            bad[i] = index[i] < 0 and value.strip() != ""
        codes = to_numpy(distinct.indices, len(texts))
        return index[codes], bad[codes]


def _nonempty(values: pa.Array) -> pa.Array:
    empty = pc.equal(pc.utf8_trim_whitespace(values), scalar(""))
    return pc.if_else(empty, scalar(None), values)


def _translate(values: pa.Array, table: Mapping[str, str]) -> pa.Array:
    """Look texts up in a small table; null where absent."""
    position = pc.index_in(values, value_set=text(list(table)))
    return text(list(table.values())).take(position)


def _to_prefecture(values: pa.Array) -> pa.Array:
    """Prefecture code of prefectures, as people write them, and of municipality codes."""
    direct = prefecture_codes(values)
    values = pc.utf8_trim_whitespace(values)
    of_municipality = pc.if_else(
        from_numpy(is_municipality_code(values)),
        pc.utf8_slice_codeunits(values, 0, 2),
        scalar(None),
    )
    return pc.coalesce(direct, of_municipality)


def _to_municipality(values: pa.Array) -> pa.Array:
    """Five-digit municipality code, wards of designated cities as their city."""
    encoded = values.dictionary_encode()  # few codes, many firms
    codes = pc.utf8_trim_whitespace(encoded.dictionary)
    five = pc.if_else(
        from_numpy(is_municipality_code(codes)),
        pc.utf8_slice_codeunits(codes, 0, 5),
        scalar(None),
    )
    return pc.coalesce(_translate(five, WARD_TO_CITY), five).take(encoded.indices)


def with_full_city_codes(table: pa.Table) -> pa.Table:
    """Put the prefecture in front of city codes of three digits, as registries split the two.

    Parameters
    ----------
    table : Table
        Firms, under role names.

    Returns
    -------
    Table

    Examples
    --------
    >>> split = pa.table({"prefecture_code": ["13", "15"], "municipality_code": ["101", "15202"]})
    >>> with_full_city_codes(split)["municipality_code"].to_pylist()
    ['13101', '15202']
    """
    if not {"prefecture_code", "municipality_code"} <= set(table.column_names):
        return table
    shape = "^[0-9]{3}$"
    if not pc.any(pc.match_substring_regex(distinct(table["municipality_code"]), shape)).as_py():
        return table
    city = text(table["municipality_code"])
    split = pc.match_substring_regex(city, shape)
    prefecture = _to_prefecture(_column(table, "prefecture_code"))
    joined = pc.binary_join_element_wise(prefecture, city, scalar(""))
    full = pc.if_else(pc.and_(split, pc.is_valid(joined)), joined, city)
    return table.set_column(
        table.column_names.index("municipality_code"), "municipality_code", full
    )


def _column(table: pa.Table, name: str) -> pa.Array:
    if name in table.column_names:
        return _nonempty(text(table[name]))
    return pa.nulls(table.num_rows, pa.large_string())


def _invalid(
    kind: str, values: pa.Array, located: pa.Array, header: str, first_row: int, **more: Any
) -> list[Fault]:
    """Fault for values that are there but could not be located."""
    rows = rows_where(pc.and_(pc.is_valid(values), pc.is_null(located)))
    if not rows.size:
        return []
    return [_fault(kind, rows, values.take(from_numpy(rows)), first_row, column=header, **more)]


def _invalid_municipalities(
    values: pa.Array, located: pa.Array, header: str, first_row: int, *, keep_short: bool = False
) -> list[Fault]:
    """Faults for values that are no municipality codes, or have lost a zero; names get codes."""
    if not keep_short and (lost := lost_zeros(values)):
        rows = rows_where(_among(values, lost))
        shown = values.take(from_numpy(rows))
        pairs = [f"{short} → {long}" for short, long in list(lost.items())[:SHOWN]]
        fault = _fault(
            "regions.municipality_zero_lost", rows, shown, first_row, column=header, pairs=pairs
        )
        rest = pc.if_else(_among(values, lost), scalar(None), values)
        return [fault, *_invalid_municipalities(rest, located, header, first_row)]
    wrong = pc.unique(values.filter(pc.is_null(located)).drop_null()).to_pylist()
    found = codes_of_names(wrong) if wrong else []
    kind = "municipality_given_by_name" if found else "municipality_code"
    more = {"found": found} if found else {}
    return _invalid(f"regions.{kind}", values, located, header, first_row, **more)


def _among(values: pa.Array, some: Iterable[str]) -> pa.Array:
    return pc.is_in(pc.utf8_trim_whitespace(values), value_set=text(list(some)))


def _fault(
    kind: str, rows: npt.NDArray[np.int64], values: pa.Array, first_row: int, **more: Any
) -> Fault:
    """Fault of rows, with their distinct values and how often each occurs."""
    distinct = pc.value_counts(values)
    examples = dict(zip(distinct.field(0).to_pylist(), distinct.field(1).to_pylist(), strict=True))
    shown = (rows[:SHOWN] + first_row).tolist()
    return Fault(kind, rows=shown, examples=examples, count=int(rows.size), **more)


def assign_regions(
    table: pa.Table,
    region: str | Mapping[str, str],
    *,
    first_row: int = 1,
    headers: Mapping[str, str] | None = None,
    keep_short: bool = False,
) -> tuple[RegionScheme, list[Fault]]:
    """Assign every firm of a table to a region.

    Parameters
    ----------
    table : Table
        Firms with any of ``prefecture_code``, ``municipality_code``, ``country_code``, and the
        user's own columns.
    region : {"municipality", "prefecture", "block"}, column name, or mapping
        A mapping has prefectures or municipalities as keys, by code or name, and the user's own
        regions as values; the longest match wins, firms not listed keep their prefecture.
    first_row : int
        How the user counts the first row, for messages.
    headers : mapping, optional
        Names of the columns in the user's table by role, for messages.
    keep_short : bool
        Whether codes are taken as they stand that have probably lost a leading zero.

    Returns
    -------
    scheme : RegionScheme
    faults : list of Fault
        Codes that are no codes, and rows whose codes contradict each other.

    Raises
    ------
    OptionError, ColumnError, InputError

    Examples
    --------
    >>> table = pa.table({"prefecture_code": ["13", "新潟県", None]})
    >>> scheme, faults = assign_regions(table, "prefecture")
    >>> [scheme.all_codes[i] for i in scheme.index], faults
    (['13', '15', 'unknown'], [])
    """
    headers = {name: name for name in table.column_names} | dict(headers or {})
    own = [region] if isinstance(region, str) else []
    places = [n for n in dict.fromkeys((*_PLACES, *own)) if n in table.column_names]
    if not places:
        return _assign(table, region, first_row, headers, keep_short)
    first, of_row = distinct_rows([table[name] for name in places])
    scheme, faults = _assign(table.take(from_numpy(first)), region, first_row, headers, keep_short)
    if faults:  # to be counted in all rows
        scheme, faults = _assign(table, region, first_row, headers, keep_short)
    else:
        scheme = replace(scheme, index=to_numpy(from_numpy(scheme.index).take(from_numpy(of_row))))
    if scheme.level == "municipality":
        labels = municipality_labels(scheme.codes, _given_names(table))
        scheme = replace(scheme, names=tuple(labels))
    return scheme, faults


def _assign(
    table: pa.Table,
    region: str | Mapping[str, str],
    first_row: int,
    headers: Mapping[str, str],
    keep_short: bool,
) -> tuple[RegionScheme, list[Fault]]:
    """As `assign_regions`, of each row."""
    faults: list[Fault] = []
    country = country_codes(_column(table, "country_code"))
    abroad = rows_where(pc.and_(pc.is_valid(country), pc.not_equal(country, scalar("JP"))))
    shape = pc.match_substring_regex(country, "^[A-Z]{2}$")
    valid = pc.if_else(shape, country, scalar(None))
    header = headers.get("country_code", "country_code")
    faults += _invalid("regions.country_code", country, valid, header, first_row)

    if isinstance(region, str) and region not in LEVELS:
        located, codes, names, locate = _user_column(table, region, headers)
    else:
        prefecture, municipality, found = _official_codes(
            table, region, first_row, headers, keep_short
        )
        faults += found
        level = region if isinstance(region, str) else _checked_mapping(region)
        located, codes, names, locate = _official_regions(prefecture, municipality, level)

    position = pc.index_in(located, value_set=text(codes))
    index = to_numpy(position, len(codes) + 1).astype(np.int32)
    index[abroad] = len(codes)
    name = region if isinstance(region, str) else "mapping"
    return RegionScheme(name, tuple(codes), tuple(names), index, locate), faults


_Located = tuple[pa.Array, list[str], list[str], Callable[[pa.Array], pa.Array]]
"""Region code of each firm; codes and names of all regions; what locates other texts."""


def _user_column(table: pa.Table, region: str, headers: Mapping[str, str]) -> _Located:
    """Regions that are the values of a column."""
    if region not in table.column_names:
        known = [*LEVELS, *(headers[name] for name in table.column_names)]
        suggestion = did_you_mean(region, known)
        raise OptionError(Fault("regions.no_level", region=region, suggestion=suggestion))
    located = _column(table, region)
    codes = sorted(pc.unique(located.drop_null()).to_pylist())
    if reserved := [c for c in codes if c in _OUTSIDE_NAMES]:
        raise InputError(
            Fault(
                "regions.reserved_names",
                overseas=OVERSEAS,
                unknown=UNKNOWN,
                column=region,
                examples=reserved,
            )
        )
    return located, codes, codes, _nonempty


def _given_names(table: pa.Table) -> dict[str, str]:
    """Names of municipalities that the firm table has, by code."""
    if "municipality_name" not in table.column_names:
        return {}
    return municipality_names(table["municipality_code"], table["municipality_name"])


def _official_codes(
    table: pa.Table,
    region: str | Mapping[str, str],
    first_row: int,
    headers: Mapping[str, str],
    keep_short: bool,
) -> tuple[pa.Array, pa.Array, list[Fault]]:
    """Prefecture and municipality of each firm, checked against each other."""
    given, local = _column(table, "prefecture_code"), _column(table, "municipality_code")
    known = [headers[name] for name in table.column_names]
    no_code = "municipality_code" not in table.column_names
    if region == "municipality" and no_code and "municipality_name" in table.column_names:
        column = headers["municipality_name"]
        raise ColumnError(Fault("regions.names_without_codes", column=column, known=known))
    if {"prefecture_code", "municipality_code"}.isdisjoint(table.column_names):
        raise ColumnError(Fault("regions.no_region_column", known=known))
    if region == "municipality" and no_code:
        raise ColumnError(Fault("regions.no_municipality_column", known=known))
    prefecture = prefecture_codes(given)
    municipality = _to_municipality(local)
    prefecture_header = headers.get("prefecture_code", "prefecture_code")
    local_header = headers.get("municipality_code", "municipality_code")
    faults = _invalid("regions.prefecture_code", given, prefecture, prefecture_header, first_row)
    faults += _invalid_municipalities(
        local, municipality, local_header, first_row, keep_short=keep_short
    )
    of_municipality = pc.utf8_slice_codeunits(municipality, 0, 2)
    rows = rows_where(pc.not_equal(prefecture, of_municipality))
    if rows.size:
        both = [values.take(from_numpy(rows)) for values in (given, local)]
        pairs = pc.binary_join_element_wise(*both, scalar(" / "))
        columns = {"prefecture": prefecture_header, "municipality": local_header}
        kind = "regions.contradicting_codes"
        faults.append(_fault(kind, rows, pairs, first_row, column=local_header, **columns))
    return pc.coalesce(prefecture, of_municipality), municipality, faults


def _official_regions(
    prefecture: pa.Array, municipality: pa.Array, level: str | Mapping[str, str]
) -> _Located:
    """Regions of a level, or of a mapping."""
    names = {p.code: p.name_ja for p in PREFECTURES.values()}
    blocks = {p.code: p.block for p in PREFECTURES.values()}
    if level == "prefecture":
        return prefecture, list(names), list(names.values()), _to_prefecture
    if level == "block":
        return (
            _translate(prefecture, blocks),
            list(BLOCKS),
            list(BLOCKS.values()),
            lambda values: _translate(_to_prefecture(values), blocks),
        )
    if level == "municipality":
        codes = sorted(pc.unique(municipality.drop_null()).to_pylist())
        return municipality, codes, codes, _to_municipality  # named by `assign_regions`
    mapping = dict(cast("Mapping[str, str]", level))

    def locate(prefectures: pa.Array, municipalities: pa.Array) -> pa.Array:
        rest = _translate(prefectures, {code: mapping.get(code, code) for code in names})
        return pc.coalesce(_translate(municipalities, mapping), rest)

    mapped = dict.fromkeys(mapping.values())
    codes = [*mapped, *(c for c in names if c not in mapping and c not in mapped)]
    labels = [names.get(c, c) for c in codes]
    return (
        locate(prefecture, municipality),
        codes,
        labels,
        lambda values: locate(_to_prefecture(values), _to_municipality(values)),
    )


def _checked_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """Check the keys of a mapping; municipalities are keyed by their five digits."""
    pairs = with_codes(mapping.items())
    keys: Sequence[Any] = [key for key, _ in pairs]
    texts = [key if isinstance(key, str) else "" for key in keys]
    local = is_municipality_code(texts)
    bad = [k for k, t, m in zip(keys, texts, local, strict=True) if not (m or t in PREFECTURES)]
    bad_values = [
        v for v in mapping.values() if not isinstance(v, str) or v in ("", *_OUTSIDE_NAMES)
    ]
    if bad or bad_values:
        examples = tuple(map(str, bad or bad_values))
        raise OptionError(
            Fault("regions.mapping", overseas=OVERSEAS, unknown=UNKNOWN, examples=examples)
        )
    five = text([t[:5] if m else t for t, m in zip(texts, local, strict=True)])
    keys = [WARD_TO_CITY.get(k, k) for k in five.to_pylist()]
    folded: dict[str, str] = {}
    for key, value in zip(keys, mapping.values(), strict=True):
        if folded.setdefault(key, value) != value:
            raise OptionError(Fault("regions.mapped_twice", code=key, one=folded[key], other=value))
    return folded
