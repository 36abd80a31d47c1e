"""Arguments that several models share -> their values, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np

from clemency.figures.theme.units import PER_YEAR
from clemency.records.errors import UsageError
from clemency.typing import Floats


def check_level(level: float) -> float:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < level < 1:
        raise UsageError(f"ci_level must lie between 0 and 1, not {level}")
    return float(level)


def months(times: float | Sequence[float], name: str = "times") -> Floats:
    """Times as numbers, shape (T,), in their order; `name` is that of the argument, for errors.

    A time that is there twice has two rows in an answer with a row for each time; see `refuse_repeated` for others.

    Raises
    ------
    UsageError
        For text, missing or infinite numbers, and times before 0, where no clock begins.
    """
    try:
        values = np.atleast_1d(np.asarray(times))
    except (TypeError, ValueError):  # a list of lists that are not alike
        values = np.empty((0, 0))
    yes_no = isinstance(times, list | tuple) and any(isinstance(t, bool | np.bool_) for t in times)
    if yes_no or values.ndim > 1 or (values.dtype.kind not in "iuf" and values.size):
        raise UsageError(f"{name}= must be numbers on the clock, such as months, not {times!r}.")
    found = values.astype(np.float64)
    if not np.isfinite(found).all():
        raise UsageError(f"{name}= must be numbers on the clock: one is missing or infinite.")
    if (found < 0).any():
        raise UsageError(f"{name}={found.min():g} is before 0, where the clock begins.")
    return found


def shares(p: float | Sequence[float], name: str = "p") -> Floats:
    """Shares between 0 and 1, each named once, as numbers, shape (P,); `name` is that of the argument, for errors.

    Raises
    ------
    UsageError
        For text, missing numbers, shares outside (0, 1), and one that is there twice.
    """
    if isinstance(p, Set | Mapping):  # without an order
        raise UsageError(
            f"{name}= takes a number or a list of numbers between 0 and 1, not a {type(p).__name__}: {p!r}."
        )
    try:
        values = np.atleast_1d(np.asarray(p))
    except (TypeError, ValueError):  # a list of lists that are not alike
        values = np.empty((0, 0))
    if values.ndim > 1 or not values.size or values.dtype.kind not in "iuf" or not ((values > 0) & (values < 1)).all():
        raise UsageError(f"{name} must lie between 0 and 1, such as 0.5 for the median, and be numbers: not {p!r}.")
    found = values.astype(np.float64)
    refuse_repeated(found, name)
    return found


def refuse_repeated(values: Floats, name: str) -> None:
    """Refuse numbers of which one is there twice, where each makes a column or a part of the answer."""
    found, n = np.unique(values, return_counts=True)
    if (n > 1).any():
        raise UsageError(f"{name}= names {found[n > 1][0]:g} twice: give it once.")


UNITS = tuple(PER_YEAR)
MONTHS = "months"
_SHOWN = {MONTHS: (12.0, 24.0, 36.0, 60.0, 120.0), "years": (1.0, 2.0, 3.0, 5.0, 10.0)}


def unit_of(cohort: bool, time_unit: str | None) -> str | None:
    """Give the unit of the clock: months for a cohort, else the one that the call names, if any.

    Raises
    ------
    UsageError
        For another unit than a cohort has, and for a word that is no unit.
    """
    if time_unit is None:
        return MONTHS if cohort else None
    if time_unit not in UNITS:
        raise UsageError(f"time_unit={time_unit!r} is not one of: {', '.join(UNITS)}.")
    if cohort and time_unit != MONTHS:
        raise UsageError(f"a cohort counts months: leave time_unit={time_unit!r} out.")
    return time_unit


def person_time(unit: str | None) -> str:
    """Time at risk in words: ``person-years``, or ``person-time`` where the unit is not known."""
    return f"person-{unit or 'time'}"


def column_of(unit: str | None) -> str:
    """Name of the column of time at risk: ``person_months`` where it counts months, else ``person_time``."""
    return "person_months" if unit == MONTHS else "person_time"


def summed(total: Any, unit: str | None) -> dict[str, Any]:
    """Entries of a summary: the time at risk, and its unit if the name does not give it ("" if not known)."""
    return {column_of(unit): total} | ({} if unit == MONTHS else {"time_unit": unit or ""})


def per_time(per: float, unit: str | None) -> str:
    """Denominator of a rate in words, such as ``per 1000 person-months``."""
    return f"per {per:g} {person_time(unit) if unit else 'units of person-time'}"


def axis(unit: str | None) -> str:
    """Label of an axis of times."""
    return unit or "time"


def at_times(shown: str, unit: str | None) -> str:
    """Times in words, such as ``12, 24 months`` or ``time 12, 24``."""
    return f"{shown} {unit}" if unit else f"time {shown}"


def hundred_years(unit: str | None) -> float:
    """Factor from a rate to one per 100 person-years; per 100 units where the unit is not known."""
    return 100 * PER_YEAR.get(unit or "", 1.0)


def shown_times(top: float, unit: str | None) -> list[float]:
    """Up to five times for a table of a curve that ends at `top`; the end itself where none is earlier."""
    if unit in _SHOWN:
        return [t for t in _SHOWN[unit] if t <= top] or [top]
    if not 0 < top < np.inf:
        return [top]
    size = 10.0 ** np.floor(np.log10(top / 5))
    step = size * next(k for k in (1, 2, 5, 10) if 5 * k * size >= top * (1 - 1e-9))
    return [float(t) for t in step * np.arange(1, 6) if t <= top * (1 + 1e-9)] or [top]
