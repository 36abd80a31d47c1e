"""A step function and shares -> the times at which it reaches them."""

from __future__ import annotations

import numpy as np

from clemency.typing import Floats

#: Differences below this are rounding: R's tolerance in the quantiles of a curve.
_FLAT = float(np.sqrt(np.finfo(float).eps))


def reaches(time: Floats, share: Floats, p: Floats, end: float) -> Floats:
    """Time at which a rising step function reaches p; the middle of the stretch where it equals p.

    Parameters
    ----------
    time, share : ndarray, shape (D,)
        Steps, ascending, and the value from each of them on.
    p : ndarray, shape (k,)
    end : float
        Until when the function is known: a stretch that has no other end ends here.

    Returns
    -------
    ndarray, shape (k,)
        Missing where p is not reached.

    Examples
    --------
    >>> import numpy as np
    >>> reaches(np.array([1.0, 4.0]), np.array([0.5, 0.75]), np.array([0.4, 0.5, 0.9]), 6.0)
    array([1. , 2.5, nan])
    """
    rising = np.maximum.accumulate(share)
    steps = np.flatnonzero(np.diff(np.r_[0.0, rising]) > 0)
    level, when = rising[steps], np.r_[time[steps], np.nan]
    here = np.searchsorted(level, p - _FLAT, side="left")
    there = np.searchsorted(level, p + _FLAT, side="left")
    over = (there == len(level)) & (here < there)  # flat at p to the end of observation
    return (when[here] + np.where(over, end, when[there])) / 2
