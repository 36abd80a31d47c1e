"""When spells are censored -> the chance of not having been censored before a time.

The Kaplan-Meier estimate with censoring in the place of the event. Where events and censorings fall on one time, the
events come first: those who have one then can no longer be censored at that time.
"""

from __future__ import annotations

import numpy as np

from clemency.models.kernel.riskset import sums_by
from clemency.typing import Bools, Floats


def not_censored(
    times: Floats, exit: Floats, event: Bools, weight: Floats | None = None, *, by_then: bool = False
) -> Floats:
    """Chance of not having been censored before given times, for spells that all begin at 0.

    Parameters
    ----------
    times : ndarray, shape (T,)
    exit : ndarray, shape (n,)
    event : ndarray of bool, shape (n,)
        Whether a spell ended otherwise than by censoring.
    weight : ndarray, shape (n,), optional
    by_then : bool
        Count who is censored at a time itself, too.

    Returns
    -------
    ndarray, shape (T,)

    Examples
    --------
    >>> import numpy as np
    >>> not_censored(np.array([2.0, 3.0]), np.array([1.0, 2, 2, 4]), np.array([True, True, False, True]))
    array([1. , 0.5])
    """
    w = np.ones(len(exit)) if weight is None else weight
    grid, at = np.unique(exit, return_inverse=True)
    ended, lost = (sums_by(at, w * which, len(grid)) for which in (event, ~event))
    there = np.cumsum((ended + lost)[::-1])[::-1] - ended
    with np.errstate(divide="ignore", invalid="ignore"):
        stay = np.cumprod(np.where(lost > 0, 1 - lost / there, 1.0))
    place = np.searchsorted(grid, times, side="right" if by_then else "left")
    return np.asarray(np.r_[1.0, stay][place], dtype=np.float64)
