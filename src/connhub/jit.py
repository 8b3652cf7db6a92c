"""How loops are compiled, and how they ask for a cache line before it is needed.

Compiling takes seconds, so the machine code is kept between processes where Python keeps its own:
in ``__pycache__`` beside the source or, where that cannot be written, or others can write there, in
the user's cache folder.
It is as trusted as a ``.pyc``, holds no data, and is made again when any compiled module, numba or
numpy changes; ``CONNHUB_CODE_CACHE=off`` keeps none. A function is compiled for the call it gets,
without wrappers for callers that it has not, nor a search for expressions of whole arrays. It gets
all arrays that it writes to: for those that it made, each process would compile what counts
references to them.

Firms are looked up and added to in random order, so a loop would wait for main memory at every
row. Asked for some rows ahead, the waits overlap: measured, lookups take a third of the time and
additions half.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import caching, cgutils, config
from numba.extending import intrinsic

from connhub.code_cache import keeps_code

__all__ = ["AHEAD", "compiled", "inner", "is_private", "prefetch", "read_only"]

_njit: Any = njit  # its stubs lack options it has
_PLAIN = {"nogil": True, "no_cfunc_wrapper": True, "no_rewrites": True, "_nrt": False}

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


def is_private(folder: str | os.PathLike[str]) -> bool:
    """Whether nobody but this user and root can change what lies in a folder."""
    if sys.platform == "win32":
        return True  # rights are not these
    for place in (path := Path(folder).resolve(), *path.parents):
        state = place.stat()
        closed = state.st_mode & stat.S_ISVTX and place != path  # others may add, not replace
        writable = state.st_mode & stat.S_IWOTH or (
            state.st_mode & stat.S_IWGRP and not _is_own_group(state.st_gid)
        )
        if state.st_uid not in (0, os.getuid()) or (writable and not closed):
            return False
    return True


def _is_own_group(group: int) -> bool:
    """Whether a group is root's, or the user's own, with no other member."""
    import grp
    import pwd

    with suppress(KeyError):
        user = pwd.getpwuid(os.getuid())
        return group in (0, user.pw_gid) and {*grp.getgrgid(group).gr_mem} <= {user.pw_name, "root"}
    return False


class _Private(caching._CacheLocator):
    def ensure_cache_path(self) -> None:
        super().ensure_cache_path()
        if not is_private(self.get_cache_path()):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), self.get_cache_path())


class _BesideSource(_Private, caching.InTreeCacheLocator):
    def get_source_stamp(self) -> str:
        return _stamp()


class _ForUser(_Private, caching.UserWideCacheLocator):
    def get_source_stamp(self) -> str:
        return _stamp()


class _Storage(caching.CompileResultCacheImpl):
    _locator_classes = [_BesideSource, _ForUser]  # noqa: RUF012  # as numba declares it


_THERE = ("llvm.", "Py", "_Py_NoneStruct", "numba_")
"""How names begin that machine code finds without all that numba needs to compile."""


class _CodeCache(caching.FunctionCache):
    """Keeps machine code, and loads it without loading the compiler.

    numba would first load everything that it can compile, and the linear algebra of SciPy: most of
    the time that the first call in a process takes. Code that refers to more than Python and
    numba's own runtime is therefore not kept.
    """

    _impl_class = _Storage

    def save_overload(self, sig: Any, data: Any) -> None:
        module = data.library._final_module
        names = [*module.functions, *module.global_variables]
        if all(n.name.startswith(_THERE) for n in names if n.is_declaration):
            super().save_overload(sig, data)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)
        return None


def _nothing() -> None:
    pass


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls; other threads go on meanwhile."""
    dispatcher = _njit(**_PLAIN)(function)
    dispatcher._compilation_chain_init_hook = _nothing  # looks for extensions in all packages
    if keeps_code():
        with suppress(RuntimeError, OSError):  # no place can be written, or no source be read
            dispatcher._cache = _CodeCache(function)
    return dispatcher


inner: Any = _njit(**_PLAIN, no_cpython_wrapper=True)
"""Compile a function that only compiled ones call."""


def read_only(values: Any) -> Any:
    """A view of an array, so that loops are compiled for one kind: Arrow gives both kinds."""
    view = values.view()
    view.flags.writeable = False
    return view


AHEAD = 64
"""How many rows ahead of its use a line is asked for; with 16 a lookup takes a third longer."""


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


def _without_compiler(array: Any, row: Any) -> None:
    """Nothing to ask for, where ``NUMBA_DISABLE_JIT=1`` runs all as plain Python."""


prefetch: Any = _without_compiler if getattr(config, "DISABLE_JIT", 0) else intrinsic(_prefetch)
"""Ask for the line on which a row of an array begins: ``prefetch(array, row)``, compiled only.

The row must exist.
"""
