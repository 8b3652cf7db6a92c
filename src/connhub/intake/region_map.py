"""The user's own grouping of prefectures and municipalities, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from connhub.arrow import text
from connhub.errors import ColumnError, Fault, InputError
from connhub.intake.open_table import open_source, read_all
from connhub.options import TableOptions
from connhub.regions.places import is_place
from connhub.schema import columns, normal_header

__all__ = ["read_region_map"]


def read_region_map(table: Any, *, read: TableOptions = TableOptions()) -> dict[str, str]:
    """Read which place belongs to which region, as ``region=`` takes it.

    Parameters
    ----------
    table : path or table
        A row has a prefecture or municipality, by code or name, and the name of its region. Two
        columns need no known headers, and no header at all.
    read : TableOptions

    Returns
    -------
    dict
        Region by place, as the table writes them.

    Raises
    ------
    InputError
        Rows without a place or a region, and places with two regions: all at once.
    ColumnError

    Examples
    --------
    >>> read_region_map(pa.table({"都道府県": ["新潟県", "15202"], "圏域": ["新潟", "長岡圏"]}))
    {'新潟県': '新潟', '15202': '長岡圏'}
    """
    try:
        source = open_source(table, "region_map", read)
    except ColumnError as error:
        if [fault.kind for fault in error.faults] != ["intake.no_header"]:
            raise
        given = replace(read, header_row=0, names=("place", "region"))  # codes from the first row
        source = open_source(table, "region_map", given)
    file, names = source.files[0], source.schema.names
    places, region = _columns(names, file)
    raw = read_all(source, [*places, region])
    cells = [_trimmed(raw[name]) for name in (*places, region)]
    rows = list(zip(*cells, strict=True))
    first = 0
    if is_place(places[0].strip()) and len(names) == 2:  # the file has no header
        rows.insert(0, (places[0].strip(), region.strip()))
        first = -1
    found: dict[str, str] = {}
    empty, twice = [], []
    for number, (*parts, to_region) in enumerate(rows, start=first):
        place = _joined(parts)
        if not place and not to_region:
            continue
        if not place or not to_region:
            empty.append(number)
        elif found.setdefault(place, to_region) != to_region:
            twice.append((number, place))
    faults = []
    if empty:
        faults.append(Fault("intake.region_map_gap", rows=empty[:10], count=len(empty)))
    if twice:
        at, examples = zip(*twice, strict=True)
        faults.append(
            Fault(
                "intake.region_map_twice",
                rows=at[:10],
                examples=examples,
                count=len(twice),
            )
        )
    if faults:
        raise InputError(*map(source.located, faults))
    return found


def _columns(names: Sequence[str], file: str) -> tuple[list[str], str]:
    """Columns of the place (prefecture and municipality may be two), and of the region."""
    found = {}
    for role, column in columns("region_map").items():
        headers = {normal_header(h) for h in (role, *column.aliases)}
        matches = [n for n in names if normal_header(n) in headers]
        if matches:
            found[role] = matches[0]
    region = found.get("region")
    places = [found[r] for r in ("place",) if r in found] or [
        found[r] for r in ("prefecture", "municipality") if r in found
    ]
    places = [name for name in places if name != region]
    if region is not None and places:
        return places, region
    if len(names) == 2:
        return [names[0]], names[1]
    raise ColumnError(Fault("intake.region_map_columns", file=file, known=list(names)))


def _trimmed(values: pa.ChunkedArray) -> list[str]:
    return [(value or "").strip() for value in text(values).to_pylist()]


def _joined(parts: Sequence[str]) -> str:
    """Prefecture and municipality as one name; a code of a municipality stands for itself."""
    last = parts[-1]
    return last if last[:1].isdigit() else "".join(parts)
