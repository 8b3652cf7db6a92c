"""How loops are compiled, and how they ask for a cache line before it is needed.

Compiling takes a second or two in each process: numba can keep its work on disk only as pickle.
So a function is compiled for the call it gets, without wrappers for callers that it has not.

Firms are looked up and added to in random order, so a loop would wait for main memory at every
row. Asked for some rows ahead, the waits overlap: measured, lookups take a third of the time and
additions half.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["AHEAD", "compiled", "inner", "prefetch"]

_njit: Any = njit  # its stubs lack options it has

compiled: Any = _njit(nogil=True, no_cfunc_wrapper=True)
"""Compile a function that Python calls; other threads go on meanwhile."""

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
