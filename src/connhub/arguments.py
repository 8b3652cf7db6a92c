"""Arguments of public functions, checked against their annotations: in one place, for all."""

from __future__ import annotations

import builtins
import inspect
import os
import sys
import types
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache, wraps
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from connhub.errors import Fault, OptionError, check_choice
from connhub.text.catalogue import Message

__all__ = ["Id", "Numbers", "Table", "Values", "check_fields", "checked"]

F = TypeVar("F", bound=Callable[..., Any])
Table = Annotated[Any, "table"]
"""A path, a list of paths, or a table of any library that offers Arrow."""
Id = str | int
"""Of one firm."""
Values = Annotated[Any, "values"]
"""An array, column or list of texts or numbers; one alone is none."""
Numbers = Annotated[Any, "numbers"]
"""A number, or an array, column or list of numbers, of any shape."""
_TABLE = ("__arrow_c_stream__", "scanner", "to_reader", "collect_schema", "schema", "columns")
_TO_LIST = ("tolist", "to_pylist", "to_list")
_NO_LIST = (str, bytes, Mapping)
_LOOKED_AT = 100
"""Members of a list whose types are looked at."""
_NAMES = {int: "int", float: "float", bool: "bool", str: "str", type(None): "none"}


def checked(function: F) -> F:
    """Let a function refuse arguments of wrong types in one message, by its annotations.

    Scalars of numpy are taken as the numbers that they are, arrays and columns as lists where a
    list is asked for. A class that is not imported is known by its name, so that checking imports
    nothing. What is annotated as ``Any`` or ``object`` is not checked.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
        With the same signature.

    Examples
    --------
    >>> @checked
    ... def first(names: Sequence[str], n: int = 1) -> list[str]:
    ...     return list(names)[:n]
    >>> import numpy as np
    >>> first(np.array(["a", "b"]), n=np.int64(1))
    ['a']
    >>> first(["a", "b"], n="2")
    Traceback (most recent call last):
    connhub.errors.OptionError: n= cannot be of type 'str'
      fix: give a whole number
    """
    parameters = inspect.signature(function).parameters
    names, defaults = list(parameters), {n: p.default for n, p in parameters.items()}

    def accepted(name: str, value: Any) -> Any:
        if value is defaults.get(name, function):
            return value
        hint = _hint(function, name)
        plain = hint is None or type(value) is hint
        return value if plain else _accepted(name, value, hint)

    @wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        given = [accepted(n, v) for n, v in zip(names, args, strict=False)]
        named = {n: accepted(n, v) for n, v in keywords.items()}
        return function(*given, *args[len(given) :], **named)  # Python counts them

    call.checks_arguments = True  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def check_fields(group: Any) -> None:
    """Check the fields of a frozen dataclass by their annotations, as `checked` does.

    Parameters
    ----------
    group : dataclass instance

    Raises
    ------
    OptionError
    """
    for field in fields(group):
        value = getattr(group, field.name)
        if value is field.default or (hint := _hint(group.__class__, field.name)) is None:
            continue
        object.__setattr__(group, field.name, _accepted(field.name, value, hint))


class _ByName(type):
    """A class that is not imported: its instances are those of a class of that name."""

    def __instancecheck__(cls, value: object) -> bool:
        return any(kind.__name__ == cls.__name__ for kind in type(value).__mro__)

    def __getattr__(cls, name: str) -> _ByName:
        if name.startswith("_"):
            raise AttributeError(name)
        return _ByName(name, (), {})

    def __getitem__(cls, _: object) -> _ByName:
        return cls


class _Names(dict[str, Any]):
    """The names that annotations of a module may use, imported or not."""

    def __missing__(self, name: str) -> Any:
        return vars(builtins).get(name) or _ByName(name, (), {})


@cache
def _annotations(thing: Hashable) -> Mapping[str, tuple[str, Any]]:
    """Annotations of the parameters of a function, or of the fields of a class, as written.

    Each with the module whose names it uses.
    """
    found: dict[str, tuple[str, Any]] = {}
    parts: Iterable[Any] = reversed(thing.__mro__) if isinstance(thing, type) else [thing]
    for part in parts:
        hints = inspect.get_annotations(part)
        found |= {name: (part.__module__, hint) for name, hint in hints.items()}
    found.pop("return", None)
    return found


@cache
def _hint(thing: Hashable, name: str) -> Any:
    """The annotation of a parameter or field; None where there is none to check by."""
    module, hint = _annotations(thing).get(name, ("", None))
    if isinstance(hint, str):
        hint = eval(hint, {}, _Names(vars(sys.modules[module])))  # noqa: S307
    return None if hint in (Any, object) else hint


def _accepted(name: str, value: Any, hint: Any) -> Any:
    """The value, perhaps as plain Python numbers, or an error."""
    if _fits(value, hint):
        return value
    plain = _plain(value)
    if plain is not value and _fits(plain, hint):
        return plain
    choices = [c for part in _parts(hint) if get_origin(part) is Literal for c in get_args(part)]
    if choices and isinstance(value, str):
        check_choice(name, value, choices)
    if type(value).__module__.startswith("pyspark.") and type(value).__name__ == "DataFrame":
        raise OptionError(Fault("options.spark_table", name=name))
    wanted = list(dict.fromkeys(map(_description, _parts(hint))))
    given = _type_name(plain, hint) or type(value).__name__
    raise OptionError(Fault("options.wrong_type", name=name, given=given, wanted=wanted))


def _type_name(value: Any, hint: Any) -> str:
    """Type of a list or mapping whose members are wrong, with theirs; else an empty text."""
    kind = type(value)
    if kind not in (list, tuple, dict) or not _fits(kind(), hint):
        return ""
    parts = [value, value.values()] if kind is dict else [value]
    names = [" | ".join(dict.fromkeys(type(v).__name__ for v in part)) for part in parts]
    return f"{kind.__name__}[{', '.join(names)}]"


def _plain(value: Any) -> Any:
    """Scalars, arrays and columns as Python has them, and the scalars in a list, tuple or dict."""
    if _is_column(value):
        return next(getattr(value, n)() for n in _TO_LIST if hasattr(value, n))
    if hasattr(value, "dtype") and getattr(value, "ndim", None) == 0:
        return value.tolist()
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
    if type(value) is dict:
        return {_plain(key): _plain(member) for key, member in value.items()}
    return value


def _parts(hint: Any = Any) -> tuple[Any, ...]:
    """The members of a union, or the hint alone."""
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(part for member in get_args(hint) for part in _parts(member))
    return (type(None) if hint is None else hint,)


def _fits(value: Any, hint: Any) -> bool:
    return any(_fits_one(value, part) for part in _parts(hint))


def _fits_one(value: Any, hint: Any) -> bool:
    kind, arguments = get_origin(hint) or hint, get_args(hint)
    if kind is Annotated:
        return _FORMS[hint.__metadata__[0]](value)
    if kind in (Any, object) or isinstance(kind, TypeVar):
        return True
    if kind is Literal:
        return any(
            value is choice or value == choice for choice in arguments if _same(value, choice)
        )
    if kind in (int, float):
        return isinstance(value, int if kind is int else int | float) and type(value) is not bool
    if not isinstance(kind, type):
        return True
    if kind is tuple and arguments[1:] != (...,):
        listed = isinstance(value, tuple | list) and len(value) == len(arguments)
        return listed and all(map(_fits, value, arguments))
    if issubclass(kind, Mapping):
        return (
            isinstance(value, Mapping)
            and _all(value, arguments[:1])
            and (_all(value.values(), arguments[1:]))
        )
    if kind in (Sequence, Iterable) or issubclass(kind, list | tuple):
        listed = isinstance(value, Iterable if kind is Iterable else Sequence)
        return listed and not isinstance(value, _NO_LIST) and _all(value, arguments)
    if getattr(kind, "_is_protocol", False):
        names = {n for n in [*vars(kind), *inspect.get_annotations(kind)] if not n.startswith("_")}
        return names <= set(dir(value))
    return isinstance(value, kind)


def _same(value: object, choice: object) -> bool:
    return isinstance(value, type(choice))


def _all(values: Iterable[Any], hints: tuple[Any, ...]) -> bool:
    """Whether the first members are of the type; an iterator is not used up."""
    if not hints or not hasattr(values, "__len__"):
        return True
    return all(_fits(v, hints[0]) for v, _ in zip(values, range(_LOOKED_AT), strict=False))


def _is_table(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(path, str | os.PathLike) for path in value)
    if isinstance(value, Mapping):
        return all(isinstance(v, list | tuple) or _is_column(v) for v in value.values())
    return isinstance(value, str | os.PathLike) or any(hasattr(value, n) for n in _TABLE)


def _is_column(value: Any) -> bool:
    """Whether this is an array, series or column of a library, of one dimension."""
    kind = type(value)
    listed = hasattr(kind, "__len__") and any(hasattr(kind, name) for name in _TO_LIST)
    return listed and not hasattr(kind, "column_names") and getattr(value, "ndim", 1) == 1


def _is_values(value: Any) -> bool:
    if not isinstance(value, list | tuple):
        return _is_column(value) and (
            str(getattr(value, "dtype", "")) != "object" or _is_values(list(value[:_LOOKED_AT]))
        )
    return all(v is None or isinstance(_plain(v), str | int | float) for v in value[:_LOOKED_AT])


def _is_numbers(value: Any) -> bool:
    """Whether these are numbers, one or many."""
    if isinstance(value, list | tuple):
        return all(part is None or _is_numbers(part) for part in value[:_LOOKED_AT])
    if hasattr(value, "dtypes") and hasattr(value, "iloc"):
        return all(getattr(kind, "kind", "O") in "biuf" for kind in value.dtypes)
    if hasattr(value, "dtype"):
        return getattr(value.dtype, "kind", "O") in "biuf"
    return isinstance(value, int | float) or _is_column(value)


_FORMS = {"table": _is_table, "values": _is_values, "numbers": _is_numbers}


def _description(hint: Any) -> Message:
    """What to give, for people."""
    kind = get_origin(hint) or hint
    if kind is Annotated:
        return Message(f"options.type_{hint.__metadata__[0]}")
    if kind is Literal:
        return Message("options.type_choice", choices=list(get_args(hint)))
    if kind in _NAMES:
        return Message(f"options.type_{_NAMES[kind]}")
    if kind in (list, tuple, Sequence, Iterable):
        members = [_description(part) for part in _parts(*get_args(hint)[:1]) if part is not Any]
        return Message("options.type_members" if members else "options.type_list", members=members)
    for base, name in ((os.PathLike, "path"), (Mapping, "mapping")):
        if isinstance(kind, type) and issubclass(kind, base):
            return Message(f"options.type_{name}")
    name = getattr(kind, "__name__", str(kind))
    return Message("options.type_numbers" if name == "ndarray" else "options.type_class", kind=name)
