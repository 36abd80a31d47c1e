"""An imputed cohort -> the fits of its cohorts, pooled into one result: a decorator of estimating functions."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import pandas as pd

from clemency.cohorts import ImputedCohort
from clemency.models.modelframe.frames import as_table
from clemency.records.errors import ClemencyError, NotPooledError, UsageError

P = ParamSpec("P")
R = TypeVar("R")


def over_imputations(
    pool: Callable[[list[Any]], Any], settle: Callable[[Any], dict[str, Any]] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function of a cohort take an imputed one: fit each of its cohorts, and pool.

    Parameters
    ----------
    pool : callable
        What makes one result of the list of fits.
    settle : callable, optional
        Arguments for the other fits that the first one has settled, such as knots, so that all fits are of one model.

    Returns
    -------
    callable
        Decorator; with anything but an `ImputedCohort` as first argument the function is as it was. Pooled fits among
        the other arguments give each cohort the fit of its own imputation.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        first = next(iter(inspect.signature(function).parameters))

        @functools.wraps(function)
        def taking_both(*args: P.args, **kwargs: P.kwargs) -> R:
            data = args[0] if args else kwargs.get(first)
            if not isinstance(data, ImputedCohort):
                return function(*args, **kwargs)
            if data.m < 2:
                raise UsageError(f"Pooling needs two imputations or more, not {data.m}.")
            rest, options = args[1:], {k: v for k, v in kwargs.items() if k != first}
            options |= _one_clustering(inspect.signature(function).parameters, data, options)
            fits: list[Any] = []
            for number, cohort in enumerate(data.cohorts, 1):
                own = [of_one(v, number - 1, data.m) for v in rest]
                named = {k: of_one(v, number - 1, data.m) for k, v in options.items()}
                with imputation(number, data.m):
                    fits.append(function(cohort, *own, **named))  # type: ignore[arg-type]
                if settle is not None and number == 1:
                    options |= settle(fits[0])
            return pool(fits)

        return taking_both

    return decorate


@contextmanager
def imputation(number: int, m: int) -> Iterator[None]:
    """Name the imputation in an error, where there are several."""
    try:
        yield
    except ClemencyError as error:
        if m > 1:
            error.add_note(f"This was imputation {number} of {m}: cohort.cohorts[{number - 1}].")
            if "firth" in str(error):
                error.add_note("Firth's penalty has limits that cannot be pooled: take another remedy.")
        raise


#: Where pooled results keep those of the imputations.
_HOLDING = ("fits", "curves", "tests")


class OfImputations:
    """What pooled results have in common: a method that only the result of one imputation has is refused by name."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say where a method of the single results is to be had; called for what is not there otherwise."""
            raise _no_attribute(self, name)


def _no_attribute(pooled: Any, name: str) -> AttributeError:
    kind = type(pooled).__name__
    plain = AttributeError(f"'{kind}' object has no attribute '{name}'")
    if name.startswith("_") or name in _HOLDING:
        return plain
    for held in _HOLDING:
        try:
            several = object.__getattribute__(pooled, held)
        except AttributeError:
            continue
        if len(several) and hasattr(several[0], name):
            return NotPooledError(
                f"{name} is not pooled over imputations, each of which has it: [one.{name}(...) for one in "
                f"pooled.{held}]."
            )
    return plain


def of_one(value: Any, k: int, m: int) -> Any:
    """Of a pooled fit, or a mapping with such fits, what belongs to one imputation; anything else as it is."""
    if isinstance(value, Mapping):
        return {name: of_one(v, k, m) for name, v in value.items()}
    if not isinstance(value, OfImputations) or not hasattr(value, "fits"):
        return value
    if len(value.fits) != m:
        raise UsageError(f"A fit is pooled over {len(value.fits)} imputations, and the cohort has {m}: fit it to this.")
    return value.fits[k]


_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def told(tables: list[pd.DataFrame], key: str) -> pd.DataFrame:
    """Messages of several imputations as one list.

    Parameters
    ----------
    tables : list of DataFrame, length m
        With `key` and ``message``.
    key : str

    Returns
    -------
    DataFrame
        `key`, ``message`` and ``n_imputations``; messages that differ in their numbers alone are one, with ranges.
    """
    every = pd.concat([t[[key, "message"]].assign(imputation=i) for i, t in enumerate(tables)], ignore_index=True)
    form = every["message"].map(lambda text: _NUMBER.sub("#", text))
    rows = [
        (part[key].iloc[0], _ranged(part["message"].tolist()), part["imputation"].nunique())
        for _, part in every.groupby([every[key].astype(str), form], sort=False)
    ]
    return pd.DataFrame(rows, columns=[key, "message", "n_imputations"])


def _ranged(messages: list[str]) -> str:
    numbers = list(zip(*(_NUMBER.findall(text) for text in messages), strict=True))
    ends = [(min(column, key=float), max(column, key=float)) for column in numbers]
    said = iter(low if low == high else f"{low} to {high}" for low, high in ends)
    return _NUMBER.sub(lambda _: next(said), messages[0])


#: Arguments with which functions that cluster on the person by themselves do not.
_UNCLUSTERED = ("cluster", "robust", "penalty", "shrink")


def _one_clustering(names: Container[str], data: ImputedCohort, options: dict[str, Any]) -> dict[str, Any]:
    """Cluster all fits on the person if somebody has several spells in some of the imputations only."""
    asked = any(options.get(name) is not None for name in _UNCLUSTERED)
    if "cluster" not in names or asked or options.get("ties") == "exact" or options.get("variance") == "greenwood":
        return {}
    columns = {as_table(cohort).person for cohort in data.cohorts}
    return {"cluster": "person_id"} if len(columns) > 1 else {}
