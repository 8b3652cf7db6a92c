"""How loops are compiled, and how they ask for a cache line before it is needed.

Compiling takes seconds, so the machine code is kept between processes where Python keeps its own:
in ``__pycache__`` beside the source or, where that cannot be written, in the user's cache folder.
It is as trusted as a ``.pyc``, holds no data, and is made again when any compiled module, numba or
numpy changes; ``CONNHUB_CODE_CACHE=off`` keeps none. A function is compiled for the call it gets,
without wrappers for callers that it has not.

Firms are looked up and added to in random order, so a loop would wait for main memory at every
row. Asked for some rows ahead, the waits overlap: measured, lookups take a third of the time and
additions half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import caching, cgutils
from numba.extending import intrinsic

from connhub.code_cache import keeps_code

__all__ = ["AHEAD", "compiled", "inner", "prefetch"]

_njit: Any = njit  # its stubs lack options it has

_COMPILED = ("estimation", "intake", "totals")
"""Packages that hold compiled functions."""


@cache
def _stamp() -> str:
    """What machine code depends on: all compiled modules, since functions call one another."""
    package = Path(__file__).parent
    sources = [Path(__file__), *(p for n in _COMPILED for p in sorted((package / n).glob("*.py")))]
    content = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for source in sources:
        content.update(source.read_bytes())
    return content.hexdigest()


class _BesideSource(caching.InTreeCacheLocator):
    def get_source_stamp(self) -> str:
        return _stamp()


class _ForUser(caching.UserWideCacheLocator):
    def get_source_stamp(self) -> str:
        return _stamp()


class _Storage(caching.CompileResultCacheImpl):
    _locator_classes = [_BesideSource, _ForUser]  # noqa: RUF012  # as numba declares it


class _CodeCache(caching.FunctionCache):
    _impl_class = _Storage


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls; other threads go on meanwhile."""
    dispatcher = _njit(nogil=True, no_cfunc_wrapper=True)(function)
    if keeps_code():
        with suppress(RuntimeError, OSError):  # no place can be written, or no source be read
            dispatcher._cache = _CodeCache(function)
    return dispatcher


inner: Any = _njit(nogil=True, no_cfunc_wrapper=True, no_cpython_wrapper=True)
"""Compile a function that only compiled ones call."""


AHEAD = 16
"""How many rows ahead of its use a line is asked for; from 8 to 32 the time is much the same."""


def _prefetch(typing: Any, array: Any, row: Any) -> Any:
    """Write the machine's instruction; numba calls this when it compiles."""
    del typing, row

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        values = context.make_array(kind)(context, builder, arguments[0])
        first = [context.get_constant(types.intp, 0)] * (kind.ndim - 1)
        place = cgutils.get_item_pointer(
            context, builder, kind, values, [arguments[1], *first], wraparound=False
        )
        address = builder.bitcast(place, cgutils.voidptr_t)
        number = ir.IntType(32)
        call = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, call, "llvm.prefetch.p0")
        # for reading, to be kept in all caches, of data
        builder.call(function, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch: Any = intrinsic(_prefetch)
"""Ask for the line on which a row of an array begins: ``prefetch(array, row)``, compiled only.

The row must exist.
"""
