"""A failed call and its signature -> the name of the argument that has the wrong type.

What a public function takes stands once, in its annotations; the reader of the documentation, the type checker and this
border all go by them. A function's own refusals come first, since they say more.
"""

from __future__ import annotations

import difflib
import inspect
import math
import numbers
import os
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Callable as AnyCallable
from functools import wraps
from itertools import repeat
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np
import pandas as pd

from clemency.records.arguments.anyframe import as_pandas, columns_as_frame, is_foreign
from clemency.records.arguments.beforehand import Check, checks_of, first_problem, shown
from clemency.records.arguments.namesofothers import renamed
from clemency.records.errors import CallError, ClemencyError, UsageError

P = ParamSpec("P")
R = TypeVar("R")


def typed(function: Callable[P, R]) -> Callable[P, R]:
    """Name the argument that is not what the signature says, where a call ends in an error of Python or NumPy.

    Yes and no and complex numbers, which pass for numbers without an error, are refused after a call that went well.
    What would be taken for something else is refused before the call: anything but True and False where those are
    asked, seeds that are none, and lists that are empty or name something twice.

    Parameters
    ----------
    function : callable
        With annotations. One that cannot be read (a name that only the type checker knows) is not checked.

    Returns
    -------
    callable
        The same function; it raises `UsageError` naming the argument, what it takes and what was given.

    Examples
    --------
    >>> @typed
    ... def share(level: float = 0.95) -> float:
    ...     return 1 - level
    >>> share("high")
    Traceback (most recent call last):
    ...
    clemency.records.errors.UsageError: level= takes a number, not 'high'.
    """
    parameters = list(inspect.signature(function).parameters.values())
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    kinds: dict[str, Any] = {}
    early: dict[str, Check] = {}
    tables: set[str] = set()

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if not kinds:
            kinds.update(_kinds(function, parameters))
            early.update(checks_of(kinds))
            tables.update(n for n, kind in kinds.items() if _is_table(kind))
        given = (*zip(positional, args, strict=False), *kwargs.items())
        if any(is_foreign(v) or (isinstance(v, dict) and n in tables) for n, v in given):
            names = (*positional, *repeat("", len(args)))
            args = tuple(map(_taken, repeat(tables), names, args))  # type: ignore[assignment]
            kwargs = {n: _taken(tables, n, v) for n, v in kwargs.items()}  # type: ignore[assignment]
            given = (*zip(positional, args, strict=False), *kwargs.items())
        if told := first_problem(early, given):
            raise UsageError(told)
        try:
            result = function(*args, **kwargs)
        except ClemencyError:
            raise  # says more than a signature can
        # A complex number that loses its second part is a warning, which some take for an error.
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RuntimeWarning) as error:
            wrong = _misfit(kinds, given) or _unlike(function, args, kwargs)
            if wrong is not None:
                raise wrong from error
            raise
        if (wrong := _misfit(kinds, ((n, v) for n, v in given if _passes(v)))) is not None:
            raise wrong  # the call accepted a value that is not a number
        return result

    return checked


def _is_table(kind: Any) -> bool:
    """Whether an argument takes a frame, and no mapping means anything else there."""
    parts = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    return pd.DataFrame in parts and not any(get_origin(p) in (Mapping, dict) for p in parts)


def _taken(tables: Collection[str], name: str, value: Any) -> Any:
    """A table of any package, or a mapping of columns where a frame is asked for, as a frame of pandas."""
    if is_foreign(value):
        return as_pandas(name, value)
    return columns_as_frame(name, value) if name in tables and isinstance(value, dict) else value


def _misfit(kinds: Mapping[str, Any], given: Iterable[tuple[str, Any]]) -> UsageError | None:
    """The first argument that is not what its annotation says."""
    for name, value in given:
        kind = kinds.get(name)
        if kind is not None and not _is(value, kind):
            return UsageError(f"{name}= takes {_said(kind)}, not {shown(value)}.{_hint(value, kind)}")
    return None


def _unlike(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> CallError | None:
    """What is wrong with a call that does not fit the signature."""
    signature = inspect.signature(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        told = renamed(signature.parameters.values(), kwargs)
        told = f" {told}" if told else ""
        return CallError(f"{function.__name__}(): {error}.{told}{_call(signature.parameters.values())}")
    return None


def _call(parameters: Iterable[inspect.Parameter]) -> str:
    """How a function is called: what it takes by place, and what by name."""
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    placed = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    said = [f" By place it takes {', '.join(placed)}"] if placed else []
    said += [f"{';' if said else ''} by name {', '.join(f'{n}=' for n in named)}"] if named else []
    return "".join(said) + ("." if said else "")


#: Types that Python accepts as numbers although they are not: True is 1, and 3 + 0j is 3.
_PASSING = (bool, np.bool_, complex, np.complexfloating)
_FEW = 100  # members of a list that are looked at


def _passes(value: Any) -> bool:
    """Whether a value, or one in a list, is yes or no or complex: then it is looked at however the call went."""
    if isinstance(value, list | tuple):
        return any(isinstance(v, _PASSING) for v in value[:_FEW])
    if isinstance(value, dict):
        return any(isinstance(v, _PASSING) for v in value.values())
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "bc"
    return isinstance(value, _PASSING)


def _kinds(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> dict[str, Any]:
    """Annotations by name, but for those that say nothing; an empty one stands for a function without any."""
    kinds: dict[str, Any] = {"": None}
    names = vars(inspect.getmodule(function) or types.ModuleType("")) | getattr(function, "__globals__", {})
    for p in parameters:
        kind = p.annotation
        if isinstance(kind, str):
            try:
                kind = eval(kind, names)  # our own source, as typing.get_type_hints does
            except (NameError, AttributeError, TypeError):
                continue
        if (p.name == "data" and "Cohort" in str(p.annotation)) or str(p.annotation).startswith(("When", "Lasting")):
            continue  # any table will do, and tables, dates and durations have a border of their own that says more
        if kind is not Any and kind is not inspect.Parameter.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            kinds[p.name] = kind
    return kinds


def _is(value: Any, kind: Any) -> bool:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return any(_is(value, k) for k in get_args(kind))
    if origin is Literal:
        return isinstance(value, str | int | bool) and value in get_args(kind)
    if origin is not None:
        return _is_made_of(value, origin, get_args(kind))
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    return isinstance(value, kind) if isinstance(kind, type) else True


_SCALARS: dict[Any, Callable[[Any], bool]] = {
    Any: lambda v: True,
    None: lambda v: v is None,
    type(None): lambda v: v is None,
    str: lambda v: isinstance(v, str),
    bool: lambda v: isinstance(v, bool | np.bool_),
    # NumPy counts its durations among the whole numbers.
    int: lambda v: isinstance(v, numbers.Integral) and not isinstance(v, bool | np.timedelta64),
    float: lambda v: (
        isinstance(v, numbers.Real) and not isinstance(v, bool | np.bool_ | np.timedelta64) and not math.isnan(v)
    ),
}


def _is_made_of(value: Any, origin: Any, parts: tuple[Any, ...]) -> bool:
    if origin in (Mapping, dict):
        return isinstance(value, Mapping) and all(_is(k, parts[0]) and _is(v, parts[1]) for k, v in value.items())
    if origin is AnyCallable:
        return callable(value)
    if origin is tuple and Ellipsis not in parts:
        return _is_list(value) and len(value) == len(parts) and all(map(_is, value, parts))
    if origin in (list, tuple, Sequence) and isinstance(value, set | frozenset):
        return False  # its order is not known
    if origin in (list, tuple, Sequence, Iterable, Collection):
        return _is_list(value) and all(_is(v, parts[0]) for v in value)
    return isinstance(value, origin) if isinstance(origin, type) else True


def _is_list(value: Any) -> bool:
    """Whether a value is several ones, which can be gone through more than once."""
    if isinstance(value, np.ndarray | pd.Index):
        return value.ndim == 1
    return isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping | pd.Series | pd.DataFrame)


_WORDS = {
    str: "text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    type(None): "None",
    None: "None",
    pd.DataFrame: "a DataFrame",
    pd.Series: "a Series",
}


def _said(kind: Any) -> str:
    """What a kind of argument is, in words."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        several = list(dict.fromkeys(_said(k) for k in parts))
        return several[0] if len(several) == 1 else f"{', '.join(several[:-1])} or {several[-1]}"
    if origin is Literal:
        return " or ".join(repr(p) for p in parts) if len(parts) < 3 else f"one of {', '.join(map(repr, parts))}"
    if origin in (Mapping, dict):
        return f"a mapping of {_several(parts[0])} to {_several(parts[1])}"
    if origin is AnyCallable:
        return "a function"
    if origin is tuple and Ellipsis not in parts:
        return f"{len(parts)} values ({' and '.join(map(_said, parts))})"
    if origin in (list, tuple, Sequence, Iterable, Collection):
        return f"a list of {_several(parts[0])}"
    if origin is os.PathLike:
        return "a path"
    name = getattr(kind, "__name__", str(kind))
    return _WORDS.get(kind, "anything" if kind is Any else f"{'an' if name[0] in 'AEIOU' else 'a'} {name}")


def _several(kind: Any) -> str:
    said = _said(kind)
    return {"a number": "numbers", "a whole number": "whole numbers", "text or a whole number": "text or numbers"}.get(
        said, said
    )


def _hint(value: Any, kind: Any) -> str:
    """Nearest of the words that an argument takes."""
    kinds = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    words = [w for k in kinds if get_origin(k) is Literal for w in get_args(k) if isinstance(w, str)]
    near = difflib.get_close_matches(value, words, n=1) if isinstance(value, str) else []
    return f" Did you mean {near[0]!r}?" if near else ""
