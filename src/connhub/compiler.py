"""Machine code of loops, made by numba: loaded only where code was not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

__all__ = ["MachineCode", "build"]

_njit: Any = njit  # its stubs lack options it has
_OPTIONS = {
    "nogil": True,
    "no_cfunc_wrapper": True,
    "no_cpython_wrapper": True,
    "no_rewrites": True,  # a search for expressions of whole arrays
    "_nrt": False,  # makes no arrays
}


@dataclass(frozen=True, eq=False)
class MachineCode:
    """A function as machine code.

    Parameters
    ----------
    address : int
        Where it begins.
    symbol : str
        Its name.
    returned : str
        Type of the number that it returns; ``"none"`` for none.
    code : bytes or None
        To be kept; None where it needs more than a process has that does not load numba.
    owner : object
        Keeps it in memory.
    """

    address: int
    symbol: str
    returned: str
    code: bytes | None
    owner: Any


def build(function: Callable[..., Any], kinds: tuple[Any, ...]) -> MachineCode:
    """Compile a function.

    Parameters
    ----------
    function : callable
        Of arrays and numbers, and tuples of them.
    kinds : tuple
        Of its arguments; see `jit`.

    Returns
    -------
    MachineCode
    """
    dispatcher = _for_numba(function)
    signature = tuple(map(_type, kinds))
    dispatcher.compile(signature)
    made = dispatcher.overloads[signature]
    library, symbol = made.library, made.fndesc.llvm_func_name
    module = library._final_module
    names = [n for n in (*module.functions, *module.global_variables) if n.is_declaration]
    alone = all(n.name.startswith("llvm.") for n in names)
    code = library._get_compiled_object() if alone else None
    address = library.get_pointer_to_function(symbol)
    return MachineCode(address, symbol, str(made.signature.return_type), code, dispatcher)


def _type(kind: Any) -> Any:
    if isinstance(kind, str):
        return getattr(types, {"bool": "boolean"}.get(kind, kind))
    if kind and isinstance(kind[-1], bool):
        number, dimensions, whole = kind
        return types.Array(from_dtype(np.dtype(number)), dimensions, "C" if whole else "A")
    return types.BaseTuple.from_types(tuple(map(_type, kind)))


@cache
def _for_numba(function: Any) -> Any:
    """A function of which what it calls is what numba knows."""
    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        part = getattr(scope.get(name), "part_of_loops", None)
        if part == "prefetch":
            scope[name] = _prefetch
        elif part == "inner":
            scope[name] = _for_numba(scope[name])
    return _njit(**_OPTIONS)(FunctionType(function.__code__, scope, function.__name__))


@intrinsic
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
