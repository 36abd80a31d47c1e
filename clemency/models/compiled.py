"""The sums over rows of :mod:`clemency.models.passes`, and ranks in a grid, compiled by numba (the extra ``fast``).

The modules that call them have the same in NumPy, which is the reference that tests hold these to.
Compiled code is kept in the cache folder that numba finds, so that it is made once.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .riskset import Floats, Ints

#: Without the interpreter's lock, so that two threads share the rows; ``numpy`` lets a division by zero give infinity.
_compile = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})


@_compile
def add_rows(
    X: Floats, risk: Floats, lo: Ints, line: Ints, table: Floats, start: int, stop: int, first: int, last: int
) -> None:
    """Add risk times (x, 1) of some rows to some lines of a table, in place.

    Parameters
    ----------
    X : ndarray, shape (n, p)
    risk : ndarray, shape (n,)
    lo, line : ndarray of int, shape (n,)
        Where each row is taken away, and where it is added.
    table : ndarray, shape (m, p + 1)
    start, stop : int
        Only rows from ``start`` to ``stop - 1``.
    first, last : int
        Only lines from ``first`` to ``last - 1``.
    """
    p = X.shape[1]
    for i in range(start, stop):
        r, at = risk[i], line[i]
        if first <= at < last:
            for j in range(p):
                table[at, j] += r * X[i, j]
            table[at, p] += r
        at = lo[i]
        if first <= at < last:
            for j in range(p):
                table[at, j] -= r * X[i, j]
            table[at, p] -= r


@_compile
def sum_backwards(table: Floats, last: int) -> None:
    """Replace lines 1 to ``last`` of a table by their running sums from the last one, in place."""
    for t in range(last - 1, 0, -1):
        for j in range(table.shape[1]):
            table[t, j] += table[t + 1, j]


@_compile
def predictors(X: Floats, beta: Floats, eta: Floats, start: int, stop: int) -> None:
    """Write the linear predictors of rows ``start`` to ``stop - 1``, from ``X`` (n, p) and ``beta`` (p,)."""
    for i in range(start, stop):
        value = 0.0
        for j in range(X.shape[1]):
            value += X[i, j] * beta[j]
        eta[i] = value


@_compile
def hazards(lo: Ints, line: Ints, total: Floats, hazard: Floats, start: int, stop: int) -> None:
    """Write what rows ``start`` to ``stop - 1`` accumulate of the baseline.

    Parameters
    ----------
    lo, line : ndarray of int, shape (n,)
        As in :func:`add_rows`.
    total : ndarray, shape (m,)
        What has been accumulated at each line.
    hazard : ndarray, shape (n,)
        Written.
    start, stop : int
    """
    for i in range(start, stop):
        hazard[i] = total[line[i]] - total[lo[i]]


@_compile
def add_sums(X: Floats, weight: Floats, out: Floats, start: int, stop: int) -> None:
    """Add weighted rows ``start`` to ``stop - 1`` of ``X`` (n, p) to ``out`` (p,), in place."""
    for i in range(start, stop):
        for j in range(X.shape[1]):
            out[j] += weight[i] * X[i, j]


@_compile
def add_moments(X: Floats, weight: Floats, out: Floats, start: int, stop: int) -> None:
    """Add weighted second moments of rows ``start`` to ``stop - 1``, and in the last line their sums, in place.

    Parameters
    ----------
    X : ndarray, shape (n, p)
    weight : ndarray, shape (n,)
    out : ndarray, shape (p + 1, p)
    start, stop : int
    """
    p = X.shape[1]
    whole = start + (stop - start) // 4 * 4
    for i in range(start, whole, 4):  # four rows at a time, so that each sum is read and written once for four
        a, b, c, d = weight[i], weight[i + 1], weight[i + 2], weight[i + 3]
        for j in range(p):
            aj, bj, cj, dj = a * X[i, j], b * X[i + 1, j], c * X[i + 2, j], d * X[i + 3, j]
            out[p, j] += aj + bj + cj + dj
            for m in range(p):
                out[j, m] += aj * X[i, m] + bj * X[i + 1, m] + cj * X[i + 2, m] + dj * X[i + 3, m]
    for i in range(whole, stop):
        for j in range(p):
            v = weight[i] * X[i, j]
            out[p, j] += v
            for m in range(p):
                out[j, m] += v * X[i, m]


@_compile
def count_up_to(grid: Floats, times: Floats, origin: float, scale: float, guide: Ints, out: Ints) -> None:
    """Write how many points of a grid lie at or below each time.

    Parameters
    ----------
    grid : ndarray, shape (D,)
        Ascending.
    times : ndarray, shape (n,)
    origin, scale : float
        A point t lies in cell ``(t - origin) * scale``, cut to the cells that there are.
    guide : ndarray of int, shape (B + 1,)
        How many points of the grid lie in cells before each of the B cells, and in all.
    out : ndarray of int, shape (n,)
        Written.
    """
    top = len(guide) - 2.0
    for i in range(len(times)):
        t = times[i]
        cell = int(min(max((t - origin) * scale, 0.0), top))
        low, high = guide[cell], guide[cell + 1]
        while low < high:
            middle = (low + high) // 2
            if grid[middle] <= t:
                low = middle + 1
            else:
                high = middle
        out[i] = low


def try_out() -> None:
    """Call each function once: a compiler or a cache that fails does so here, and not in the middle of a fit."""
    one, zero, at = np.ones((1, 1)), np.zeros(1), np.zeros(1, dtype=np.intp)
    add_rows(one, zero, at, at, np.zeros((1, 2)), 0, 1, 0, 1)
    sum_backwards(one, 1)
    predictors(one, zero, zero, 0, 1)
    hazards(at, at, zero, zero, 0, 1)
    add_sums(one, zero, zero, 0, 1)
    add_moments(one, zero, np.zeros((2, 1)), 0, 1)
    count_up_to(zero, zero, 0.0, 1.0, np.zeros(2, dtype=np.intp), at)
