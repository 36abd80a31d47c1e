"""Arguments that a call would take for something else, without an error -> what is wrong with them, before the call.

Text counts as yes where yes or no is asked, an empty list as none, as all or as the default, and a seed that is no
whole number is not used at all or differently by each generator. So these are looked at first, by annotation and name.
"""

from __future__ import annotations

import numbers
import types
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from typing import Any, Union, get_args, get_origin

import numpy as np
import pandas as pd

#: What is wrong with the value of an argument, given its name; empty if nothing is.
Check = Callable[[str, Any], str]

#: Lists of names that must name something. An empty `competing`, `terminal` or `negative` says that there are none.
_NEEDED = ("outcome", "sentence_types", "by", "strata", "adjust", "partner", "frame", "count")
#: Kinds of event and of sentence, each of which stands once; a column that is named twice makes the same groups.
_ONCE = ("outcome", "sentence_types", "competing", "terminal", "negative")
#: Numbers of random draws, and the most of them.
_DRAWS = ("repetitions", "replications", "draws")
MOST_DRAWS = 1_000_000
_SHOWN = 60  # characters of a value in a message


def checks_of(kinds: Mapping[str, Any]) -> dict[str, Check]:
    """The check of each argument that has one.

    Parameters
    ----------
    kinds : mapping of str to type
        Annotations by name.
    """
    found: dict[str, Check] = {}
    for name, kind in kinds.items():
        parts = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
        optional = type(None) in parts
        if bool in parts and len(parts) == 1 + optional:
            found[name] = _flag_or_none if optional else _flag
        elif name == "seed" and int in parts:
            found[name] = _seed_or_none if optional else seed_problem
        elif name in _DRAWS and int in parts:
            found[name] = _draws
        elif name in (*_NEEDED, *_ONCE) and str in parts and Sequence[str] in parts:
            found[name] = _names_or_none if optional else _names
    return found


def first_problem(checks: Mapping[str, Check], given: Iterable[tuple[str, Any]]) -> str:
    """What is wrong with the first argument of those given with which something is; empty if nothing is."""
    for name, value in given:
        check = checks.get(name)
        if check is not None and (wrong := check(name, value)):
            return wrong
    return ""


def shown(value: Any) -> str:
    """A value as it stands in a message."""
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index | np.ndarray) or callable(value):
        return f"a {type(value).__name__}"
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def seed_problem(name: str, value: Any) -> str:
    """What is wrong with the seed of a generator of random numbers; empty if nothing is."""
    if type(value) is int and value >= 0:
        return ""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool | np.timedelta64)
    if whole and value >= 0:
        return ""
    return f"{name}={shown(value)} must be a whole number of 0 or more, so that the draws can be made again."


def _flag(name: str, value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return ""
    return f"{name}= takes True or False, not {shown(value)}."


def _flag_or_none(name: str, value: Any) -> str:
    if value is None or isinstance(value, bool | np.bool_):
        return ""
    return f"{name}= takes True or False or None, not {shown(value)}."


def _seed_or_none(name: str, value: Any) -> str:
    return "" if value is None else seed_problem(name, value)


def _draws(name: str, value: Any) -> str:
    if isinstance(value, int | float | np.number) and value > MOST_DRAWS:
        return f"{name}={shown(value)} is more than {MOST_DRAWS:,}, which leaves no error of drawing that matters."
    return ""


def _names(name: str, value: Any) -> str:
    if value is None:
        return f"{name}= takes text or a list of text, not None."
    return _names_or_none(name, value)


def _names_or_none(name: str, value: Any) -> str:
    if value is None or isinstance(value, str) or not isinstance(value, Sized) or isinstance(value, pd.Series):
        return ""
    if len(value) == 0 and name in _NEEDED:
        return f"{name}={shown(value)} is empty: name at least one, or leave {name}= out if it can be."
    if len(value) < 2 or name not in _ONCE or not all(isinstance(v, str) for v in value):  # type: ignore[attr-defined]
        return ""
    several = list(value)  # type: ignore[call-overload]
    twice = next((v for v in several if several.count(v) > 1), None)
    return "" if twice is None else f"{name}= names {twice!r} twice: each stands once."
