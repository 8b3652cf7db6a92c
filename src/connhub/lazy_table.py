"""A table whose columns are made when they are asked for."""

from __future__ import annotations

import os
import threading as th
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from connhub.arrow import table_of

__all__ = ["LazyTable", "once"]


def once(make: Callable[[], Any]) -> Callable[[], Any]:
    """Make something when it is first asked for, by whichever thread, and keep it.

    Examples
    --------
    >>> ids = once(lambda: [5, 7])
    >>> ids() is ids()
    True
    """
    lock = th.Lock()
    made: list[Any] = []

    def given() -> Any:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return given


class LazyTable:
    """A table whose columns are made when they are first asked for, side by side, and then kept.

    Parameters
    ----------
    rows : int
    makers : mapping of str to callable
        What makes each column, an Array or ndarray of so many rows.

    Examples
    --------
    >>> table = LazyTable(2, {"firm_id": lambda: pa.array([5, 7]), "name": lambda: pa.nulls(2)})
    >>> table.select(["firm_id"]).to_pydict(), len(table), table.column_names
    ({'firm_id': [5, 7]}, 2, ['firm_id', 'name'])
    """

    def __init__(self, rows: int, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._rows, self._makers = rows, makers
        self._made: dict[str, Any] = {}

    def __len__(self) -> int:
        return self._rows

    @property
    def column_names(self) -> list[str]:
        """Names of all columns, in their order."""
        return list(self._makers)

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        return self.select([name])[name]

    def select(self, names: Iterable[str] | None = None) -> pa.Table:
        """Some columns, in the order given; by default all."""
        wanted = self.column_names if names is None else list(names)
        missing = [name for name in wanted if name not in self._made]
        if missing:
            with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow and numpy run side by side
                made = pool.map(lambda name: self._makers[name](), missing)
                self._made.update(zip(missing, made, strict=True))
        return table_of({name: self._made[name] for name in wanted})
