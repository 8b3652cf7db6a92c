"""Memory for large sums: asked for before it runs out, and laid out for the processor."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from connhub.errors import Fault, LimitError

__all__ = ["available", "require", "zeros"]

_CGROUP = Path("/sys/fs/cgroup")
_LINE = 64
SPARE = 64 << 20
"""Bytes left to everything else."""


def available() -> int:
    """Bytes this process may still take: of the machine, its container, and its own limit."""
    import psutil

    free = [int(psutil.virtual_memory().available)]
    with suppress(OSError, ValueError):  # no such limit
        most = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        free.append(most - int((_CGROUP / "memory.current").read_text(encoding="ascii")))
    if sys.platform != "win32":
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY:
            free.append(most - int(psutil.Process().memory_info().vms))
    return max(0, min(free) - SPARE)


def require(size: int, what: str, fix: str) -> None:
    """Refuse work that needs more memory than there is.

    Raises
    ------
    LimitError
        Naming the need and the limit.

    Examples
    --------
    >>> require(1 << 60, "the sums", "choose a coarser grain=")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    connhub.errors.LimitError: the sums need 1,073,741,824.0 GiB; ... GiB are free
      to do: choose a coarser grain=
    """
    if size > (free := available()):
        need, limit = f"{size / 2**30:,.1f}", f"{free / 2**30:,.1f}"
        raise LimitError(Fault(f"{what} need {need} GiB; {limit} GiB are free", fix=fix))


def zeros(*shape: int) -> npt.NDArray[np.int64]:
    """Zeros of int64 that begin on a line of cache, so that a row of eight takes one line."""
    size = int(np.prod(shape, dtype=np.int64))
    raw = np.zeros(size + _LINE // 8, dtype=np.int64)
    first = -raw.ctypes.data % _LINE // 8
    return raw[first : first + size].reshape(shape)
