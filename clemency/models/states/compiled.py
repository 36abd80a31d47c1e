"""Loops of :mod:`clemency.models.states.occupation` and `jackknife`, compiled by numba (the extra ``fast``).

Those modules have the same in NumPy, which is the reference that tests hold these to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from clemency.typing import Floats, Ints

_HOW: Any = {"nogil": True, "cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_compile = njit(**_HOW)


@_compile
def multiply_up(step: Floats, start: Floats, before: Floats, after: Floats, first: int, last: int) -> None:
    """Write the chances before and after each of some times.

    Parameters
    ----------
    step : ndarray, shape (D, S, S)
    start : ndarray, shape (S,)
        Chances before the first of them.
    before, after : ndarray, shape (D, S)
        Written from ``first`` to ``last - 1``.
    first, last : int
    """
    S = len(start)
    for k in range(S):
        if first < last:
            before[first, k] = start[k]
    for d in range(first, last):
        for k in range(S):
            total = 0.0
            for j in range(S):
                total += before[d, j] * step[d, j, k]
            after[d, k] = total
            if d + 1 < last:
                before[d + 1, k] = total


@_compile
def _add(u: Floats, w: Floats, T: Floats, R: Floats, block: int, into: Floats) -> None:
    """Replace the influence u by u T + w R."""
    S = len(u)
    for k in range(S):
        total = 0.0
        for j in range(S):
            total += u[j] * T[block, j, k]
            if w[j] != 0.0:
                total += w[j] * R[block, j, k]
        into[k] = total
    for k in range(S):
        u[k] = into[k]


@_compile
def _go_on(u: Floats, w: Floats, at: int, stop: int, T: Floats, R: Floats, first: Ints, into: Floats) -> None:
    """Take the influence from one place to another by the largest aligned stretches in between."""
    level = 0
    while at < stop:
        length = 1 << level
        if level + 1 < len(first) and at % (2 * length) == 0 and at + 2 * length <= stop:
            level += 1
        elif at + length <= stop:
            _add(u, w, T, R, first[level] + at // length, into)
            at += length
        else:
            level -= 1


@_compile
def _note(u: Floats, w: Floats, new: Floats, more: Floats, dv: Floats, dm: Floats, dk: Floats) -> None:
    """Add what a turn changes of the sums of products."""
    S = len(u)
    for i in range(S):
        for j in range(S):
            dv[i, j] += new[i] * new[j] - u[i] * u[j]
            dm[i, j] += more[i] * new[j] - w[i] * u[j]
            dk[i, j] += more[i] * more[j] - w[i] * w[j]


@_compile
def follow(
    begin: Ints,
    place: Ints,
    jump: Floats,
    change: Floats,
    start: Floats,
    T: Floats,
    R: Floats,
    first: Ints,
    dv: Floats,
    dm: Floats,
    dk: Floats,
) -> None:
    """Follow each case from turn to turn, and add what it changes at each place.

    Parameters
    ----------
    begin, place, jump, change, start
        As in :class:`clemency.models.states.jackknife.Turns`.
    T, R : ndarray, shape (m, S, S)
        Products of aligned stretches of steps.
    first : ndarray of int
        Where each level of them begins.
    dv, dm, dk : ndarray, shape (D + 1, S, S)
        Added to.
    """
    S = start.shape[1]
    u, w, into = np.empty(S), np.empty(S), np.empty(S)
    new, more = np.empty(S), np.empty(S)
    for c in range(len(begin) - 1):
        at = 0
        for k in range(S):
            u[k], w[k] = start[c, k], 0.0
        for i in range(S):
            for j in range(S):
                dv[0, i, j] += u[i] * u[j]
        for t in range(begin[c], begin[c + 1]):
            stop = place[t]
            _go_on(u, w, at, stop, T, R, first, into)
            for k in range(S):
                new[k], more[k] = u[k] + jump[t, k], w[k] + change[t, k]
            _note(u, w, new, more, dv[stop], dm[stop], dk[stop])
            for k in range(S):
                u[k], w[k] = new[k], more[k]
            at = stop


@_compile
def add_up(step: Floats, pull: Floats, dv: Floats, dm: Floats, dk: Floats, out: Floats) -> None:
    """Carry the sums over cases from time to time, and write the diagonal of the first.

    Parameters
    ----------
    step, pull : ndarray, shape (D, S, S)
    dv, dm, dk : ndarray, shape (D + 1, S, S)
    out : ndarray, shape (D, S)
        Written.
    """
    D, S = out.shape
    v, m, k = dv[0].copy(), dm[0].copy(), dk[0].copy()
    a, b = np.empty((S, S)), np.empty((S, S))
    for d in range(D):
        T, R = step[d], pull[d]
        for i in range(S):  # a = v T + m' R, b = m T + k R
            for j in range(S):
                x, y = 0.0, 0.0
                for h in range(S):
                    x += v[i, h] * T[h, j] + m[h, i] * R[h, j]
                    y += m[i, h] * T[h, j] + k[i, h] * R[h, j]
                a[i, j], b[i, j] = x, y
        for i in range(S):  # T' (v T + m' R) + R' (m T + k R)
            for j in range(S):
                x = 0.0
                for h in range(S):
                    x += T[h, i] * a[h, j] + R[h, i] * b[h, j]
                v[i, j] = x + dv[d + 1, i, j]
        for i in range(S):
            out[d, i] = v[i, i]
            for j in range(S):
                m[i, j] = b[i, j] + dm[d + 1, i, j]
                k[i, j] += dk[d + 1, i, j]


def try_out() -> None:
    """Call each function once, with arrays laid out as those of a fit are."""
    one, whole = np.zeros((1, 2)), np.zeros(1, dtype=np.intp)
    table, sums = np.zeros((1, 2, 2)), (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), np.zeros((2, 2, 2)))
    follow(np.array([0, 1], dtype=np.intp), whole, one, one.copy(), one.copy(), table, table.copy(), whole, *sums)
    add_up(table, table.copy(), *sums, one)
    multiply_up(table, one[0], one.copy(), one.copy(), 0, 1)
