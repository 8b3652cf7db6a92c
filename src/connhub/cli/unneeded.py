"""Packages that others load only to see whether they are there, kept out of a short process.

numba loads YAML for a file of settings that hardly anyone has and, when it compiles, the linear
algebra of SciPy, to know whether it could compile a matrix product. It does without them as where
they are not installed. In a process of the user's own they stay what they are.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Any

__all__ = ["spared"]


class _Absent(MetaPathFinder):
    """Finds that a package is not there."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        del path, target
        if fullname == self.name:
            raise ModuleNotFoundError(f"{fullname} is not needed", name=fullname)


@contextmanager
def _absent(name: str) -> Iterator[None]:
    finder = _Absent(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def spared() -> Iterator[None]:
    """Keep SciPy and YAML from being loaded for nothing: they are absent meanwhile.

    Nor does Python look for garbage, until there are a million more objects than before: what an
    analysis leaves is seldom any, and what compiling leaves is less than looking takes.
    """
    gc.set_threshold(1_000_000)  # to the end of the process
    with _absent("scipy"), _absent("yaml"):
        yield
