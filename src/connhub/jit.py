"""Loops that are compiled, how they are called, and how they ask for memory ahead.

Compiling takes seconds, so the machine code is kept between processes, see `code_cache`, and made
again when any compiled module, numba, its compiler or the processor is another. A loop is compiled
for the arrays and numbers that it is given. It makes no arrays of its own, so that its code needs
nothing of numba: numba is loaded to compile alone, since loading it takes longer than most tables
do. With ``NUMBA_DISABLE_JIT=1`` all runs as plain Python.

Firms are looked up and added to in random order, so a loop would wait for main memory at every
row. Asked for some rows ahead, the waits overlap: measured, lookups take a third of the time and
additions half.
"""

from __future__ import annotations

import hashlib
import os
import threading as th
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ctypes import CFUNCTYPE, byref, c_bool, c_double, c_int32, c_int64, c_void_p
from functools import cache, update_wrapper
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from connhub.code_cache import keep_code, kept_code

__all__ = ["AHEAD", "compiled", "inner", "made_ready", "prefetch", "telling_of_compiling"]

_COMPILED = ("estimation", "intake", "totals")
"""Packages that hold compiled functions."""
_NUMBERS: dict[type, tuple[str, Any]] = {
    bool: ("bool", c_bool),
    int: ("int64", c_int64),
    float: ("float64", c_double),
}
"""How numbers are called here, and handed over."""
_RETURNED: dict[str, Any] = {"none": c_int64, "int64": c_int64, "float64": c_double}
_DONE = (0, -2)
"""What a loop says of itself when all went well; of one that returns nothing it is the second."""
_Kind = str | tuple[Any, ...]
"""What is known of an argument when a loop is compiled: see `_take_apart`."""

_telling: list[Callable[[], None]] = []
_compiling = th.RLock()


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function of arrays and numbers, and tuples of them; it returns one number or none.

    Other threads go on while it works.
    """
    return function if _is_plain() else _Loop(function)


def inner(function: Any) -> Any:
    """Mark a function that compiled ones call."""
    function.part_of_loops = "inner"
    return function


AHEAD = 64
"""How many rows ahead of its use a line is asked for; with 16 a lookup takes a third longer."""


def prefetch(array: Any, row: Any) -> None:
    """Ask for the line on which a row of an array begins, which must exist; done if compiled."""


prefetch.part_of_loops = "prefetch"  # type: ignore[attr-defined]


@contextmanager
def telling_of_compiling(told: Callable[[], None]) -> Iterator[None]:
    """Be told when a loop is about to be compiled, by the thread that does.

    Parameters
    ----------
    told : callable
    """
    _telling.append(told)
    try:
        yield
    finally:
        _telling.remove(told)


@contextmanager
def made_ready() -> Iterator[None]:
    """Load what loops are loaded with on another thread meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_processor)
        pool.submit(_stamp)  # what fails here fails again, and is reported, where it is needed
        yield


def _is_plain() -> bool:
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


class _Loop:
    """A function that is compiled when it is first called with arguments of a kind."""

    __name__: str

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self._function = function
        self._made: dict[tuple[_Kind, ...], Callable[[Sequence[Any]], Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        values: list[Any] = []
        kinds = tuple(_take_apart(argument, values) for argument in arguments)
        loop = self._made.get(kinds)
        if loop is None:
            with _compiling:
                loop = self._made.get(kinds) or self._make(kinds)
                self._made[kinds] = loop
        return loop(values)

    def _make(self, kinds: tuple[_Kind, ...]) -> Callable[[Sequence[Any]], Any]:
        """Machine code that was kept, or is made now."""
        beside, processor = self._function.__code__.co_filename, _processor()
        digest = hashlib.sha256(repr((kinds, processor)).encode()).hexdigest()[:12]
        name = f"{Path(beside).stem}.{self.__name__}-{digest}.o"
        kept = kept_code(beside, name, _stamp())
        if kept is not None:
            symbol, returned, code = kept.split(b"\n", 2)
            address, owner = _load(code, symbol.decode())
            return _caller(self.__name__, address, returned.decode(), kinds, owner)
        for told in _telling:
            told()
        from connhub.compiler import build

        made = build(self._function, kinds)
        if made.code is not None:
            head = f"{made.symbol}\n{made.returned}\n".encode()
            keep_code(beside, name, head + made.code, _stamp())
        return _caller(self.__name__, made.address, made.returned, kinds, made.owner)


def _take_apart(argument: Any, values: list[Any]) -> _Kind:
    """Add what is handed over of an argument to the values; return its kind.

    Of an array that is (number type, dimensions, whether it lies in one piece).
    """
    if isinstance(argument, np.ndarray):
        values += (None, None, argument.size, argument.itemsize, argument.ctypes.data)
        values += argument.shape
        values += argument.strides
        return argument.dtype.str, argument.ndim, argument.flags.c_contiguous
    if isinstance(argument, tuple):
        return tuple(_take_apart(part, values) for part in argument)
    number = argument.item() if isinstance(argument, np.generic) else argument
    values.append(number)
    return _NUMBERS[type(number)][0]


def _handed_over(kind: _Kind) -> Iterator[Any]:
    """Types of C of what `_take_apart` adds."""
    if isinstance(kind, str):
        yield next(of_c for name, of_c in _NUMBERS.values() if name == kind)
    elif kind and isinstance(kind[-1], bool):
        yield from (c_void_p, c_void_p, c_int64, c_int64, c_void_p)
        yield from [c_int64] * 2 * kind[1]
    else:
        for part in kind:
            yield from _handed_over(part)


def _caller(
    name: str, address: int, returned: str, kinds: tuple[_Kind, ...], owner: Any
) -> Callable[[Sequence[Any]], Any]:
    """What calls machine code as numba lays it out: with room for a number and for an error."""
    handed = [of_c for kind in kinds for of_c in _handed_over(kind)]
    call: Any = CFUNCTYPE(c_int32, c_void_p, c_void_p, *handed)(address)
    call.owner = owner  # whose memory the code is

    def loop(values: Sequence[Any]) -> Any:
        number, error = _RETURNED[returned](), c_void_p()
        if call(byref(number), byref(error), *values) not in _DONE:
            raise ArithmeticError(f"{name} failed")
        return None if returned == "none" else number.value

    return loop


# --- kept code ------------------------------------------------------------------------


@cache
def _stamp() -> str:
    """What machine code depends on: all compiled modules, since functions call one another."""
    package = Path(__file__).parent
    own = (Path(__file__), package / "compiler.py")
    sources = [*own, *(p for name in _COMPILED for p in sorted((package / name).glob("*.py")))]
    content = hashlib.sha256(repr(_installed("numba")).encode())
    for source in sources:
        content.update(source.read_bytes())
    return content.hexdigest()


def _installed(package: str) -> tuple[int, int]:
    """What tells one version of a package from another, without loading it."""
    spec = find_spec(package)
    state = Path(spec.origin if spec and spec.origin else __file__).stat()
    return state.st_mtime_ns, state.st_size


@cache
def _processor() -> tuple[str, ...]:
    """What this machine understands, and what will make it do so."""
    import llvmlite
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    name, triple = llvm.get_host_cpu_name(), llvm.get_process_triple()
    return llvmlite.__version__, triple, name, features


def _load(code: bytes, symbol: str) -> tuple[int, Any]:
    """Address of a function of machine code, and what keeps it in memory."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine.get_function_address(symbol), engine
