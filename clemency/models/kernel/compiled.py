"""The sums of :mod:`clemency.models.kernel.sums`, and ranks in a grid, compiled by numba (the extra ``fast``).

The modules that call them have the same in NumPy, which is the reference that tests hold these to.
Compiled code is kept in the cache folder that numba finds, so that it is made once.

Rows lie in the order of the data, and the lines that they need in the order of time: where a table is larger than the
processor's cache, nearly every row waits for memory. So the loops ask for the lines of some rows ahead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from clemency.typing import Floats, Ints

#: Prefetch distance, in rows. Timed on 10 million rows: sums at risk take 0.65 s without prefetching, and 0.30,
#: 0.27 and 0.31 s with 8, 16 and 32 rows ahead.
AHEAD = 16
#: Numbers in a table from which on prefetching pays: a smaller one stays in the processor's own cache.
FAR = 100_000


def rows_that_ask(table: Floats, stop: int) -> int:
    """Last row that prefetches the lines of the row ``AHEAD`` rows later; 0 for a small table."""
    return max(stop - AHEAD, 0) if table.size > FAR else 0


def _asking(typing: Any, table: Any, at: Any) -> Any:
    """Prefetch a line of a table (its first and last number; what lies between comes with them).

    A hint to the processor, without effect on any value.
    """

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        held = context.make_array(table)(context, builder, values[0])
        number = ir.IntType(32)
        for j in (0, -1)[: table.ndim]:
            index = [values[1], values[1].type(j)][: table.ndim]
            item = cgutils.get_item_pointer(context, builder, table, held, index, wraparound=True)
            place = builder.bitcast(item, ir.IntType(8).as_pointer())
            kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
            call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            builder.call(call, [place, number(0), number(3), number(1)])  # to be read, kept in all caches, data
        return context.get_dummy_value()

    return types.void(table, types.intp), build


_ask: Any = intrinsic(_asking)


#: Without the interpreter's lock, so that two threads share the rows; ``numpy`` lets a division by zero give infinity.
_HOW: Any = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}, "no_cfunc_wrapper": True}
_compile = njit(**_HOW)


@_compile
def add_rows(
    X: Floats,
    risk: Floats,
    lo: Ints,
    line: Ints,
    table: Floats,
    start: int,
    stop: int,
    first: int,
    last: int,
    asking: int,
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
    asking : int
        From :func:`rows_that_ask`.
    """
    p = X.shape[1]
    for i in range(start, stop):
        if i < asking:
            at = line[i + AHEAD]
            if first <= at < last:
                _ask(table, at)
            at = lo[i + AHEAD]
            if first <= at < last:
                _ask(table, at)
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
def sum_backwards(table: Floats, begin: Ints) -> None:
    """Replace lines of a table by their running sums from the last one of each stratum, but for its first, in place.

    Parameters
    ----------
    table : ndarray, shape (m, p)
    begin : ndarray of int, shape (S + 1,)
        First line of each stratum, and the line after the last one.
    """
    for s in range(len(begin) - 1):
        for t in range(begin[s + 1] - 2, begin[s], -1):
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
def write_scores(
    X: Floats,
    risk: Floats,
    hazard: Floats,
    lo: Ints,
    line: Ints,
    at: Ints,
    mean: Floats,
    total: Floats,
    out: Floats,
    asking: int,
) -> None:
    """Write score residuals of rows.

    Parameters
    ----------
    X : ndarray, shape (n, p)
    risk, hazard : ndarray, shape (n,)
        Risk without the weight, and what the row accumulates of the baseline.
    lo, line : ndarray of int, shape (n,)
        As in :func:`add_rows`.
    at : ndarray of int, shape (n,)
        Event time of each row, -1 for none.
    mean : ndarray, shape (D, p)
        Of the covariates in each risk set.
    total : ndarray, shape (m, p)
        What has been accumulated at each line of mean times baseline.
    out : ndarray, shape (n, p)
        Written.
    asking : int
        From :func:`rows_that_ask`.
    """
    n, p = X.shape
    for i in range(n):
        if i < asking:
            _ask(total, lo[i + AHEAD])
            _ask(total, line[i + AHEAD])
            if at[i + AHEAD] >= 0:
                _ask(mean, at[i + AHEAD])
        r, h, start, stop, own = risk[i], hazard[i], lo[i], line[i], at[i]
        for j in range(p):
            out[i, j] = r * (total[stop, j] - total[start, j] - h * X[i, j])
        if own >= 0:
            for j in range(p):
                out[i, j] += X[i, j] - mean[own, j]


@_compile
def _cell(t: float, origin: float, scale: float, top: float) -> int:
    cell = (t - origin) * scale
    if cell <= 0.0:  # written out, since min and max would be compiled first
        return 0
    return int(cell) if cell < top else int(top)


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
    n, top = len(times), len(guide) - 2.0
    for i in range(n):
        if i + AHEAD < n:
            _ask(guide, _cell(times[i + AHEAD], origin, scale, top))
        if i + AHEAD // 2 < n:
            _ask(grid, guide[_cell(times[i + AHEAD // 2], origin, scale, top)])
        t = times[i]
        cell = _cell(t, origin, scale, top)
        low, high = guide[cell], guide[cell + 1]
        while low < high:
            middle = (low + high) // 2
            if grid[middle] <= t:
                low = middle + 1
            else:
                high = middle
        out[i] = low


def try_out() -> None:
    """Call each function of a fit once: a compiler or a cache that fails does so here, and not in the middle of a fit.

    With arrays laid out in memory as those of a fit are, since others would be compiled for once more.
    """
    n = AHEAD + 1  # so that the first row asks
    one, zero, at = np.ones((n, 1)), np.zeros(n), np.zeros(n, dtype=np.intp)
    add_rows(one, zero, at, at, np.zeros((1, 2)), 0, n, 0, 1, 1)
    sum_backwards(one, at)
    predictors(one, zero[:1], zero, 0, n)
    hazards(at, at, zero, zero, 0, n)
    add_moments(one, zero, np.zeros((2, 1)), 0, n)
    count_up_to(zero, zero, 0.0, 1.0, np.zeros(2, dtype=np.intp), at)


def try_out_scores() -> None:
    """Call :func:`write_scores` once, as :func:`try_out` does the others."""
    n = AHEAD + 1
    one, zero, at = np.ones((n, 1)), np.zeros(n), np.zeros(n, dtype=np.intp)
    write_scores(one, zero, zero, at, at, at, np.ones((2, 2))[:, :1], one, np.zeros((n, 1)), 1)
