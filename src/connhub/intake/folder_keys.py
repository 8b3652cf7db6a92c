"""Constants that the names of folders give: ``year=2024`` as Hive, Spark, DuckDB and others write.

Values are percent-encoded, and null is ``__HIVE_DEFAULT_PARTITION__``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import from_numpy, rows_where, text
from connhub.errors import ColumnError, Fault, InputError
from connhub.intake.table_source import Batches, Part, Source

__all__ = ["FolderKeys", "percent_decoded", "with_keys"]

_BYTE = re.compile(rb"%([0-9A-Fa-f]{2})")
_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class FolderKeys:
    """What the names of the folders of a file give.

    Parameters
    ----------
    values : mapping of str to str or None
        By column; None for null.
    given : frozenset of str
        Columns of folders that the user's path names, rather than leads to.
    """

    values: Mapping[str, str | None]
    given: frozenset[str] = frozenset()

    @classmethod
    def of(cls, path: Path, named: Path) -> FolderKeys:
        """Read them from a path.

        Parameters
        ----------
        path : Path
            Of the file.
        named : Path
            As much of it as the user names.

        Returns
        -------
        FolderKeys

        Raises
        ------
        InputError
            For a key that stands twice in a path, or bytes that are no text.

        Examples
        --------
        >>> FolderKeys.of(Path("deals/year=2024/a%20b=%E6%9D%B1/part-0.csv"), Path("deals")).values
        {'year': '2024', 'a b': '東'}
        """
        values: dict[str, str | None] = {}
        given: set[str] = set()
        for depth, folder in enumerate(path.parts[:-1]):
            raw_name, equals, raw = folder.partition("=")
            if not equals or not raw_name:
                continue
            try:
                name, value = percent_decoded(raw_name), percent_decoded(raw)
            except UnicodeDecodeError as error:
                raise InputError(
                    Fault("intake.folder_name", name=folder, file=str(path))
                ) from error
            is_given = depth < len(named.parts)
            if name in values and name not in given:
                raise InputError(Fault("intake.folder_key_twice", name=name, file=str(path)))
            values[name] = None if raw == _NULL else value
            given = given | {name} if is_given else given - {name}
        return cls(values, frozenset(given))


def percent_decoded(name: str) -> str:
    """A text whose bytes stand as ``%`` and two digits.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Raises
    ------
    UnicodeDecodeError
        When the bytes are no UTF-8.

    Examples
    --------
    >>> percent_decoded("%E4%B8%8A%2f100%")
    '上/100%'
    """
    raw = name.encode("utf-8", "surrogateescape")
    return _BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), raw).decode("utf-8")


def with_keys(source: Source, keys: Sequence[FolderKeys]) -> Source:
    """A source with the columns that the names of folders give.

    A column of the files that is called like a key must hold the value of the key.

    Parameters
    ----------
    source : Source
    keys : sequence of FolderKeys
        One a file.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        For keys that some files lack.
    """
    names = {name.casefold(): name for name in source.schema.names}
    keys = [_without_given(k, names) for k in keys]
    expected = list(dict.fromkeys(name for k in keys for name in k.values))
    if not expected:
        return source
    for name in expected:
        having = [f for f, k in zip(source.files, keys, strict=True) if name in k.values]
        lacking = [f for f, k in zip(source.files, keys, strict=True) if name not in k.values]
        if lacking:
            fault = Fault("intake.folders_differ", name=name, one=having[0], other=lacking[0])
            raise InputError(fault)
    new = [name for name in expected if name.casefold() not in names]
    schema = source.schema
    for name in new:
        schema = schema.append(pa.field(name, pa.string()))
    both = {name: names[name.casefold()] for name in expected if name not in new}

    def parts(columns: Sequence[str], batch_rows: int, threads: int) -> Iterator[Part]:
        stored = [c for c in columns if c not in new]
        for part in source.parts(stored, batch_rows, threads):
            values = keys[part.file].values
            constants = {name: values[name] for name in new if name in columns}
            checks = {c: values[name] for name, c in both.items() if c in stored}
            part.read = partial(_read, part.read, constants, checks, source.files[part.file])
            yield part

    return replace(source, schema=schema, parts=parts)


def _without_given(keys: FolderKeys, names: Mapping[str, str]) -> FolderKeys:
    """Without the keys above what the user named that are columns of the file too."""
    values = {
        name: value
        for name, value in keys.values.items()
        if name not in keys.given or name.casefold() not in names
    }
    return FolderKeys(values)


def _read(
    read: Callable[[], Batches],
    constants: Mapping[str, str | None],
    checks: Mapping[str, str | None],
    file: str,
) -> Batches:
    for stored, position in read():
        for column, value in checks.items():
            _check(stored, column, value, file)
        batch = stored
        for name, value in constants.items():
            values = pa.repeat(pa.scalar(value, pa.string()), stored.num_rows)
            batch = batch.append_column(name, values)
        yield batch, position


def _check(batch: pa.RecordBatch, column: str, value: str | None, file: str) -> None:
    values = text(batch[column])
    if value is None:
        same = pc.or_kleene(values.is_null(), pc.equal(values, ""))
    else:
        number = str(int(value)) if value.isascii() and value.isdigit() else value
        same = pc.is_in(values, value_set=pa.array([value, number], values.type))
    differing = rows_where(pc.invert(same))
    if differing.size:
        examples = [str(v) for v in values.take(from_numpy(differing[:10])).to_pylist()]
        fault = Fault(
            "intake.folder_key_differs",
            value=value or _NULL,
            column=column,
            file=file,
            examples=examples,
        )
        raise ColumnError(fault)
