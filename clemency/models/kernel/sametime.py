"""Times that differ by rounding alone -> equal times, made so once, where they are read.

``0.1 + 0.2`` is not ``0.3``, and months computed along two ways may differ in the last bit. Left as they are, such
times break ties, open gaps between the spells of a case, and give a spell a length that it does not have.

Two times are the same where they differ by no more than 1.5e-8 (the square root of the precision of a number) of the
median of the distinct times, zero among them. A run of times of which each is the same as the next becomes its first,
or zero where zero is in it. R's survival does so too (``timefix``), but for two things: it takes the mean for the
median, so that one absurd time could make all others one, and times closer than 1.5e-8 are the same there on any scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from clemency.typing import Floats

#: Of the median time: the square root of the relative precision of a number.
TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
#: Whole numbers below this are never the same time, as the tolerance is less than one.
_WHOLE = 2.0**26
_BITS = 22


def made_equal(*times: Floats | None, within: float | None = None) -> list[Any]:
    """Make times that are the same equal to the last bit.

    Parameters
    ----------
    *times : ndarray of float, or None
        Columns on one clock, such as entry and exit. Missing and infinite values stay as they are.
    within : float, optional
        The tolerance; that of these times if None.

    Returns
    -------
    list
        The columns; one in which nothing changes is the array that was given.

    Examples
    --------
    >>> import numpy as np
    >>> made_equal(np.array([0.1 + 0.2, 1.0]), np.array([0.3, 2.0]))
    [array([0.3, 1. ]), array([0.3, 2. ])]
    """
    columns = [t for t in times if t is not None]
    if within is None and all(_whole(t) for t in columns):
        return list(times)
    grid = _ascending(*columns)
    within = _tolerance(grid) if within is None else within
    zero = np.searchsorted(grid, 0.0)
    below, grid = grid[:zero], grid[zero:]
    below = below[below >= -within]
    near = np.flatnonzero(np.diff(grid) <= within)
    if not len(near) and not len(below):
        return list(times)
    first = near[np.diff(near, prepend=-2) != 1]  # of each run
    old = np.concatenate([below, grid[near + 1]])
    new = np.concatenate([np.zeros(len(below)), grid[first[np.searchsorted(first, near, side="right") - 1]]])
    return [None if t is None else _replaced(t, old, new) for t in times]


def distinct(*times: Floats) -> Floats:
    """Times in ascending order, each once: of those that are the same the first."""
    grid = _ascending(*made_equal(*times))
    return grid if any((t == 0).any() for t in times) else grid[1:]


def moved_onto(times: Floats, *known: Floats | None) -> Floats:
    """Move each time to the known one that it is the same as; others stay.

    Parameters
    ----------
    times : ndarray, shape (k,)
        Such as those that a prediction is asked for.
    *known : ndarray, or None
        Such as entry and exit of the data, in any order. Zero is known too.

    Returns
    -------
    ndarray, shape (k,)

    Examples
    --------
    >>> import numpy as np
    >>> moved_onto(np.array([0.3, 5.0]), np.array([0.1 + 0.2, 2.0])).tolist()
    [0.30000000000000004, 5.0]
    """
    grid = _ascending(*known)
    place = np.searchsorted(grid, times)
    before, after = grid[np.maximum(place - 1, 0)], grid[np.minimum(place, len(grid) - 1)]
    nearest = np.where(np.abs(times - before) < np.abs(after - times), before, after)
    return np.where(np.abs(times - nearest) <= _tolerance(grid), nearest, times)


def tolerance(*times: Floats | None) -> float:
    """Largest difference between two times that are the same, among times such as these."""
    return _tolerance(_ascending(*times))


def _whole(t: Floats) -> bool:
    """Whether all are whole numbers so small that no two of them are the same; false too if some are missing."""
    if not len(t):
        return True
    return bool(t[0] == np.floor(t[0]) and t.max() < _WHOLE and (t == np.floor(t)).all())


def _ascending(*times: Floats | None) -> Floats:
    """Zero and all finite times, in order and each once, shape (m,)."""
    grid = np.concatenate([[0.0], *(t for t in times if t is not None)])
    grid.sort()
    grid = grid[np.searchsorted(grid, -np.inf, side="right") : np.searchsorted(grid, np.inf)]
    rises = np.diff(grid) > 0
    return grid if rises.all() else grid[np.concatenate([[True], rises])]


def _tolerance(grid: Floats) -> float:
    """Tolerance among distinct times; impossible ones (below zero) are ignored."""
    grid = grid[np.searchsorted(grid, 0.0) :]
    return TOLERANCE * float(grid[len(grid) // 2])


def _replaced(t: Floats, old: Floats, new: Floats) -> Floats:
    """Put new values in the place of some ascending ones; the array itself if it has none of them."""
    rows = np.arange(len(t))
    if len(t) > 10_000:  # a search for each row is slow: most are known by their bits to be no old ones
        there = np.zeros(1 << _BITS, dtype=bool)
        there[_hashed(old)] = True
        rows = np.flatnonzero(there[_hashed(t)])
    place = np.minimum(np.searchsorted(old, t[rows]), len(old) - 1)
    found = old[place] == t[rows]
    if not found.any():
        return t
    out = t.copy()
    out[rows[found]] = new[place[found]]
    return out


def _hashed(t: Floats) -> npt.NDArray[np.int64]:
    """A number of few bits for each time, the same for equal ones (Fibonacci hashing)."""
    bits = t.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - _BITS)
    return bits.view(np.int64)  # as which they are quicker to index with
