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
#: Largest number in the inverse of a product of steps that may be used: it costs at most four digits of sixteen.
LARGEST = 1e4


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
def _eliminate(k: int, rest: Floats, out: Floats) -> bool:
    """Clear a column but for its largest number below, which comes to the diagonal; false where all are too small."""
    S, top = len(rest), k
    for i in range(k + 1, S):
        if abs(rest[i, k]) > abs(rest[top, k]):
            top = i
    size = rest[top, k]
    if abs(size) < 1 / LARGEST:
        return False
    for j in range(S):
        rest[k, j], rest[top, j] = rest[top, j] / size, rest[k, j] if top != k else rest[k, j] / size
        out[k, j], out[top, j] = out[top, j] / size, out[k, j] if top != k else out[k, j] / size
    for i in range(S):
        factor = rest[i, k]
        if i != k and factor != 0.0:
            for j in range(S):
                rest[i, j] -= factor * rest[k, j]
                out[i, j] -= factor * out[k, j]
    return True


@_compile
def _invert(C: Floats, out: Floats, rest: Floats) -> bool:
    """Write the inverse of a matrix (Gauss and Jordan); say whether it is good for what is multiplied by it."""
    S = len(C)
    for i in range(S):
        for j in range(S):
            rest[i, j] = C[i, j]
            out[i, j] = 1.0 if i == j else 0.0
    for k in range(S):
        if not _eliminate(k, rest, out):
            return False
    largest = 0.0
    for i in range(S):
        for j in range(S):
            largest = max(largest, abs(out[i, j]))
    return largest <= LARGEST


@_compile
def _moving(T: Floats, rows: Ints) -> int:
    """Write which rows of a step are not those of the identity: for continuous times one; say how many."""
    S, many = len(T), 0
    for i in range(S):
        for k in range(S):
            if T[i, k] != (1.0 if i == k else 0.0):
                rows[many] = i
                many += 1
                break
    return many


@_compile
def stretches(step: Floats, pull: Floats, C: Floats, inverse: Floats, B: Floats, of: Ints) -> int:
    """Cut the times into stretches over which products of steps can be undone, and write those products.

    Parameters
    ----------
    step, pull : ndarray, shape (D, S, S)
        T and R.
    C, inverse, B : ndarray, shape (D, S, S)
        Written: T, its inverse, and R of all steps from the beginning of the stretch on. At the last time of a stretch
        there is no inverse.
    of : ndarray of int, shape (D,)
        Written: stretch of each time.

    Returns
    -------
    int
        Number of stretches.
    """
    D, S = step.shape[0], step.shape[1]
    n, fresh, rest, rows = 0, True, np.empty((S, S)), np.empty(S, dtype=np.intp)
    for d in range(D):
        for i in range(S):
            for k in range(S):
                C[d, i, k] = (1.0 if i == k else 0.0) if fresh else C[d - 1, i, k]
                B[d, i, k] = 0.0 if fresh else B[d - 1, i, k]
        many = _moving(step[d], rows)
        for i in range(S):
            for n_row in range(many):
                j = rows[n_row]
                by_step = 1.0 if fresh and i == j else 0.0 if fresh else C[d - 1, i, j]
                by_sum = 0.0 if fresh else B[d - 1, i, j]
                for k in range(S):
                    turn = step[d, j, k] - (1.0 if j == k else 0.0)
                    C[d, i, k] += by_step * turn
                    B[d, i, k] += by_sum * turn
        for n_row in range(many):
            j = rows[n_row]
            for k in range(S):
                B[d, j, k] += pull[d, j, k]
        of[d] = n
        fresh = not _invert(C[d], inverse[d], rest)
        n += fresh
    return n + (not fresh)


@_compile
def _within(
    u: Floats, w: Floats, at: int, stop: int, begins: bool, C: Floats, inverse: Floats, B: Floats, into: Floats
) -> None:
    """Take the influence from one place to another within a stretch, from whose beginning or not."""
    S = len(u)
    if not begins:
        for k in range(S):
            if w[k] != 0.0:
                for j in range(S):
                    u[j] -= w[k] * B[at - 1, k, j]
        for k in range(S):
            total = 0.0
            for j in range(S):
                total += u[j] * inverse[at - 1, j, k]
            into[k] = total
        for k in range(S):
            u[k] = into[k]
    _add(u, w, C, B, stop - 1, into)


@_compile
def _pass(u: Floats, w: Floats, at: int, stop: int, within: Any, of: Ints, ends: Ints, tree: Any, into: Floats) -> None:
    """Take the influence from one place to a later one: out of a stretch, over whole ones, and into another."""
    (C, inverse, B), (T, R, first) = within, tree
    here, there = of[at], of[stop - 1]
    if here < there:
        if at > ends[here]:
            _within(u, w, at, ends[here + 1], False, C, inverse, B, into)
            here += 1
        _go_on(u, w, here, there, T, R, first, into)
        at = ends[there]
    _within(u, w, at, stop, at == ends[there], C, inverse, B, into)


@_compile
def _note(u: Floats, w: Floats, new: Floats, more: Floats, dv: Floats, dm: Floats, dk: Floats) -> None:
    """Add what a turn changes of the sums of products, and nothing where it changes none: memory is what it costs."""
    S = len(u)
    jumps = False
    for i in range(S):
        jumps |= new[i] != u[i]
    for i in range(S):
        if jumps:
            for j in range(S):
                dv[i, j] += new[i] * new[j] - u[i] * u[j]
        if w[i] != 0.0 or more[i] != 0.0:
            for j in range(S):
                dm[i, j] += more[i] * new[j] - w[i] * u[j]
                dk[i, j] += more[i] * more[j] - w[i] * w[j]


@_compile
def follow(
    begin: Ints,
    place: Ints,
    jump: Floats,
    change: Floats,
    start: Floats,
    within: tuple[Floats, Floats, Floats],
    of: Ints,
    ends: Ints,
    tree: tuple[Floats, Floats, Ints],
    sums: tuple[Floats, Floats, Floats],
) -> None:
    """Follow each case from turn to turn, and add what it changes at each place.

    Parameters
    ----------
    begin, place, jump, change, start
        As in :class:`clemency.models.states.jackknife.Turns`.
    within, of
        What `stretches` writes: C, inverse and B, and the stretch of each time.
    ends : ndarray of int
        Places at which stretches begin, and the end of the last.
    tree : tuple
        T and R of aligned runs of whole stretches, and where each level of them begins.
    sums : tuple of ndarray, shape (D + 1, S, S)
        Added to: the changes of the sums over cases of u'u, w'u and w'w.
    """
    dv, dm, dk = sums
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
            if stop > at:
                _pass(u, w, at, stop, within, of, ends, tree, into)
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
    a, b, rows = np.empty((S, S)), np.empty((S, S)), np.empty(S, dtype=np.intp)
    for d in range(D):
        T, R = step[d], pull[d]
        many = _moving(T, rows)  # R is zero in the others
        for i in range(S):  # a = v T + m' R, b = m T + k R
            for j in range(S):
                x, y = v[i, j], m[i, j]
                for n in range(many):
                    h = rows[n]
                    turn = T[h, j] - (1.0 if h == j else 0.0)
                    x += v[i, h] * turn + m[h, i] * R[h, j]
                    y += m[i, h] * turn + k[i, h] * R[h, j]
                a[i, j], b[i, j] = x, y
        for i in range(S):  # T' (v T + m' R) + R' (m T + k R)
            for j in range(S):
                x = a[i, j]
                for n in range(many):
                    h = rows[n]
                    x += (T[h, i] - (1.0 if h == i else 0.0)) * a[h, j] + R[h, i] * b[h, j]
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
    within, ends = (table.copy(), table.copy(), table.copy()), np.array([0, 1], dtype=np.intp)
    stretches(table, table.copy(), *within, whole.copy())
    tree = (table, table.copy(), whole)
    follow(ends, whole, one, one.copy(), one.copy(), within, whole.copy(), ends.copy(), tree, sums)
    add_up(table, table.copy(), *sums, one)
    multiply_up(table, one[0], one.copy(), one.copy(), 0, 1)
