"""Memory for large sums: asked for before it runs out, and laid out for the processor."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.errors import ConnhubError, Fault, LimitError
from connhub.text.catalogue import Message

__all__ = ["available", "begin", "is_shortage", "limited", "require", "zeros"]

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
    import psutil

    free = [int(psutil.virtual_memory().available)]
    with suppress(OSError, ValueError):  # no such limit
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        free.append(limit - int((_CGROUP / "memory.current").read_text(encoding="ascii")))
    if (unmapped := _address_space()) is not None:
        free.append(unmapped - (_LOOPS if _compiles() else _COMPILER))
    return max(0, min(free) - SPARE)


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
    """Refuse to begin where there is no room to load the compiler and to compile.

    Raises
    ------
    LimitError
    """
    if not _compiles():
        require(_BEGIN, Message("memory.beginning"), Message("memory.larger_machine"))


def is_shortage(error: BaseException) -> bool:
    """Whether an error says, in one of the ways of the libraries, that memory ran out.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    bool

    Examples
    --------
    >>> is_shortage(RuntimeError("can't start new thread")), is_shortage(RuntimeError("no"))
    (True, False)
    """
    return isinstance(error, MemoryError) or any(phrase in str(error) for phrase in _SHORTAGES)


_SHORTAGES = (
    "can't start new thread",  # Python
    "Failed to launch worker thread",  # Arrow
    "bad_alloc",  # C++
    "Cannot allocate memory",  # the system
    "failed to map segment",  # its loader
)


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
    connhub.errors.LimitError: ... of 1,000,000,000,000 rows: 1,073,741,824.00 GiB are needed, ...
      fix: use a machine with more memory
    """
    if size > (free := available()):
        raise LimitError(
            Fault(
                "memory.too_little",
                purpose=purpose,
                need=f"{size / 2**30:,.2f}",
                free=f"{free / 2**30:,.1f}",
                advice=advice,
            )
        )


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
