"""Packages that others load only to see whether they are there, kept out of a short process.

numba loads YAML for a file of settings that hardly anyone has and, when it compiles, the linear
algebra of SciPy, to know whether it could compile a matrix product; SciPy loads all that NumPy has,
the translator of Fortran included. They do without them as where they are not installed. In a
process of the user's own they stay what they are.

Linear algebra begins with a thread for each processor, which waits for work by trying again and
again; no command has much for it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

__all__ = ["spared"]

_UNUSED = "numpy.f2py"
"""Taken by name, as all that NumPy has: it is there, and empty."""


class _Unneeded(MetaPathFinder, Loader):
    """Finds that packages are not there, and nothing in what is unused."""

    def __init__(self, absent: frozenset[str]) -> None:
        self.absent = absent

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        del path, target
        if fullname in self.absent:
            raise ModuleNotFoundError(f"{fullname} is not needed", name=fullname)
        return ModuleSpec(fullname, self) if fullname == _UNUSED else None

    def exec_module(self, module: Any) -> None:
        del module


@contextmanager
def spared(*, statistics: bool) -> Iterator[None]:
    """Keep from being loaded for nothing what is not needed.

    Nor does Python look for garbage, until there are a million more objects than before: what a
    command leaves is seldom any, and what compiling leaves is less than looking takes.

    Parameters
    ----------
    statistics : bool
        Whether SciPy is needed.
    """
    gc.set_threshold(1_000_000)  # to the end of the process, as the next
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    finder = _Unneeded(frozenset({"yaml"} if statistics else {"yaml", "scipy"}))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
