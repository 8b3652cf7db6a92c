"""Memory for large sums: asked for before it runs out, and laid out for the processor."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import ceil, floor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.errors import ConnhubError, Fault, LimitError, is_shortage
from connhub.text.catalogue import Message

__all__ = ["available", "begin", "limited", "require", "require_addresses", "zeros"]

_CGROUP = Path("/sys/fs/cgroup")
_LINE = 64
SPARE = 64 << 20
"""Bytes left to everything else."""
_BEGIN = 192 << 20
_LOOPS, _COMPILER = 128 << 20, 512 << 20
"""Address space, hardly memory, that the loops and threads to come map; before the first, the
compiler and its libraries too. Where they cannot, they abort the process or wait for ever."""


def available() -> int:
    """Bytes this process may still take: of the machine, its container, and its own limit."""
    free, kept = _room()
    return max(0, free - kept)


def _room() -> tuple[int, int]:
    """Bytes that are free where they are fewest, and how many of them are kept for other things."""
    import psutil

    rooms = [(int(psutil.virtual_memory().available), SPARE)]
    with suppress(OSError, ValueError):  # no such limit
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        rooms.append((limit - used, SPARE))
    if (unmapped := _address_space()) is not None:
        rooms.append((unmapped, SPARE + (_LOOPS if _compiles() else _COMPILER)))
    return min(rooms, key=lambda room: room[0] - room[1])


def _address_space() -> int | None:
    """Bytes that this process may still map, where it has a limit of its own (``ulimit -v``)."""
    if sys.platform == "win32":
        return None
    import resource

    import psutil

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    pa.allocate_buffer(_LINE)  # the first takes a gigabyte of addresses: better before counting
    return limit - int(psutil.Process().memory_info().vms)


def _compiles() -> bool:
    """Whether something was compiled in this process: numba then imports this module."""
    return "numba.np.arraymath" in sys.modules


def begin() -> None:
    """Refuse to begin where there is no room to load the loops, and to compile them.

    Raises
    ------
    LimitError
    """
    if "llvmlite" not in sys.modules:  # which every loop is loaded with
        require(_BEGIN, Message("memory.beginning"), Message("memory.larger_machine"))


@contextmanager
def limited() -> Iterator[None]:
    """Raise one kind of error where memory runs out, whatever runs out of it.

    Raises
    ------
    LimitError
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError, ImportError, pa.ArrowException) as error:
        if isinstance(error, ConnhubError) or not is_shortage(error):
            raise
        raise LimitError(Fault("memory.out_of_memory")) from error


def require(size: int, purpose: Message | str, advice: Message | str) -> None:
    """Refuse work that needs more memory than there is.

    Parameters
    ----------
    size : int
        Bytes needed.
    purpose : Message
        What needs them, a noun.
    advice : Message
        What the user can do.

    Raises
    ------
    LimitError
        Naming the need and the limit.

    Examples
    --------
    >>> lookups = Message("memory.lookups", rows=10**12)
    >>> require(1 << 60, lookups, Message("memory.larger_machine"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    connhub.errors.LimitError: ... of 1,000,000,000,000 rows: 1,073,741,824.1 GiB are needed, ...
      fix: use a machine with more memory
    """
    free, kept = _room()
    if size > free - kept:
        need, left = _amount(size + kept, ceil), _amount(max(0, free), floor)
        fault = Fault("memory.too_little", purpose=purpose, need=need, free=left, advice=advice)
        raise LimitError(fault)


def _amount(size: int, rounded: Callable[[float], int]) -> str:
    """Bytes as people read them.

    Examples
    --------
    >>> _amount(3 << 19, ceil), _amount(3 << 19, floor), _amount(3 << 29, floor)
    ('2 MiB', '1 MiB', '1.5 GiB')
    """
    if size < 1 << 30:
        return f"{rounded(size / 2**20)} MiB"
    return f"{rounded(size / 2**30 * 10) / 10:,.1f} GiB"


def require_addresses(size: int, purpose: Message | str) -> None:
    """Refuse work of a library that maps more addresses, hardly memory, than a limit allows.

    Parameters
    ----------
    size : int
        Bytes; without them it would abort the process.
    purpose : Message
        What needs them, a noun.

    Raises
    ------
    LimitError
    """
    free = _address_space()
    if free is not None and free < size:
        need, left = _amount(size, ceil), _amount(max(0, free), floor)
        raise LimitError(Fault("memory.few_addresses", purpose=purpose, need=need, free=left))


def zeros(*shape: int) -> npt.NDArray[np.int64]:
    """Zeros of int64 that begin on a line of cache, so that a row of eight takes one line.

    Parameters
    ----------
    *shape : int

    Returns
    -------
    ndarray of int64
    """
    size = int(np.prod(shape, dtype=np.int64))
    raw = np.zeros(size + _LINE // 8, dtype=np.int64)
    first = -raw.ctypes.data % _LINE // 8
    return raw[first : first + size].reshape(shape)
