"""Matrices of transition -> the variance of the chances at every time: sums of squared influences of cases.

The influence of a case on the chances p is the derivative of the estimate in its weight. While it stays where it is,
its influence u (a row of S numbers) goes on to ``u T + w R``, where w are its weights at risk in each state, and R and
T are the same for all; when it goes from j to k, ``w_j p_j / Y_j`` moves from j to k as well. Both T and R of a stretch
of times are products of those of shorter ones, so that a case needs a look only where one of its spells begins or ends,
and sums over cases of the products of u and w are kept from time to time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clemency.models.states.occupation import Chances, Moves, at_first, compiled_loops
from clemency.typing import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """Where cases of one group change: each turn is a case at a place, before the step of that number.

    Attributes
    ----------
    begin : ndarray of int, shape (C + 1,)
        First turn of each case.
    place : ndarray of int, shape (m,)
        Ascending within a case.
    jump : ndarray, shape (m, S)
        What is added to the influence there, besides what all steps do.
    change : ndarray, shape (m, S)
        Weight that comes to be at risk in each state, or ceases to be.
    start : ndarray, shape (C, S)
        Influence at the start.
    """

    begin: Ints
    place: Ints
    jump: Floats
    change: Floats
    start: Floats


def variances(m: Moves, c: Chances) -> Floats:
    """Variance of the chance of each state at each time, shape (D, S)."""
    found = np.zeros_like(c.after)
    first = m.sets.first.tolist()
    for g in range(len(first) - 1):
        if first[g] < first[g + 1]:
            found[first[g] : first[g + 1]] = _of_group(m, c, g)
    return found


def _of_group(m: Moves, c: Chances, g: int) -> Floats:
    a, b = m.sets.first[g], m.sets.first[g + 1]
    step, before, at_risk = m.step[a:b], c.before[a:b], m.at_risk[a:b]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(at_risk > 0, before / at_risk, 0.0)  # what a case of weight one is of the chance of its state
    pull = share[:, :, None] * (np.eye(step.shape[1]) - step)
    turns = _turns(m, c, g, share)
    kernels = compiled_loops(len(m.state))
    if kernels is None:
        moments = _followed(turns, _products(step, pull), b - a)
        return _summed(step, pull, *moments)
    return _compiled(kernels, turns, step, pull)


def _compiled(kernels: Any, turns: Turns, step: Floats, pull: Floats) -> Floats:
    """As `_followed` and `_summed`, but between turns of one stretch products are undone, not put together anew."""
    D, S = step.shape[:2]
    within, of = (np.empty_like(step), np.empty_like(step), np.empty_like(step)), np.empty(D, dtype=np.intp)
    ends = np.searchsorted(of, np.arange(kernels.stretches(step, pull, *within, of) + 1))
    tree = _products(within[0][ends[1:] - 1], within[2][ends[1:] - 1])
    sums, out = tuple(np.zeros((D + 1, S, S)) for _ in range(3)), np.empty((D, S))
    cases = (turns.begin, turns.place, turns.jump, turns.change, turns.start)
    kernels.follow(*cases, within, of, ends, tree, sums)
    kernels.add_up(step, pull, *sums, out)
    return out


def _turns(m: Moves, c: Chances, g: int, share: Floats) -> Turns:
    """Turns of the cases of a group, those of one case at one place added up."""
    sets, (a, b) = m.sets, m.sets.first[g : g + 2]
    mine = sets.hi > sets.lo
    if sets.block is not None:
        mine &= sets.block == g
    rows = np.flatnonzero(mine)
    w = np.ones(len(rows)) if m.weight is None else m.weight[rows]
    state, to, lo, hi = m.state[rows], m.to[rows], sets.lo[rows] - a, sets.hi[rows] - a
    names, case = np.unique(m.cluster[rows], return_inverse=True)
    S = share.shape[1]
    one = np.arange(len(rows))
    begins, ends, jumps = np.zeros((len(rows), S)), np.zeros((len(rows), S)), np.zeros((len(rows), S))
    begins[one, state], ends[one, state] = w, -w
    went = np.flatnonzero(to >= 0)
    part = w[went] * share[hi[went] - 1, state[went]]
    jumps[went, to[went]] += part
    jumps[went, state[went]] -= part
    key, turn = np.unique(np.r_[case * (b - a + 1) + lo, case * (b - a + 1) + hi], return_inverse=True)
    change, jump = np.zeros((len(key), S)), np.zeros((len(key), S))
    for k in range(S):
        change[:, k] = np.bincount(turn, np.r_[begins[:, k], ends[:, k]], minlength=len(key))
        jump[:, k] = np.bincount(turn[len(rows) :], jumps[:, k], minlength=len(key))
    owner, place = np.divmod(key, b - a + 1)
    start = np.zeros((len(names), S))
    if c.estimated:
        there = at_first(m)[rows]
        part = np.where(there, w, 0.0) / w[there].sum()
        for k in range(S):
            start[:, k] = np.bincount(case, part * ((state == k) - c.initial[g, k]), minlength=len(names))
    return Turns(np.searchsorted(owner, np.arange(len(names) + 1)), place, jump, change, start)


def _products(step: Floats, pull: Floats) -> tuple[Floats, Floats, Ints]:
    """T and R of all aligned stretches of 1, 2, 4, ... steps, level after level, and where each level begins."""
    T, R, first = [step], [pull], [0]
    while len(T[-1]) > 1:
        n = len(T[-1]) // 2
        left, right = T[-1][: 2 * n : 2], T[-1][1 : 2 * n : 2]
        first.append(first[-1] + len(T[-1]))
        R.append(R[-1][: 2 * n : 2] @ right + R[-1][1 : 2 * n : 2])
        T.append(left @ right)
    return np.concatenate(T), np.concatenate(R), np.array(first, dtype=np.intp)


def _followed(t: Turns, tree: tuple[Floats, Floats, Ints], D: int) -> tuple[Floats, Floats, Floats]:
    """Follow all cases side by side, turn after turn, and sum what they change at each place.

    Returns
    -------
    ndarray, shape (D + 1, S, S), three of them
        Changes of the sums over cases of u'u, w'u and w'w.
    """
    S = t.start.shape[1]
    size = (D + 1, S, S)
    dv, dm, dk = np.zeros(size), np.zeros(size), np.zeros(size)
    u, w = t.start.copy(), np.zeros_like(t.start)
    at = np.zeros(len(u), dtype=np.intp)
    dv[0] += u.T @ u
    many = np.diff(t.begin)
    for k in range(int(many.max(initial=0))):
        who = np.flatnonzero(many > k)
        turn = t.begin[who] + k
        here, moved = _gone_on(u[who], w[who], at[who], t.place[turn], tree), t.jump[turn]
        new, more = here + moved, w[who] + t.change[turn]
        place = t.place[turn]
        cross = here[:, :, None] * moved[:, None, :]
        np.add.at(dv, place, cross + cross.transpose(0, 2, 1) + moved[:, :, None] * moved[:, None, :])
        np.add.at(dm, place, more[:, :, None] * new[:, None, :] - w[who][:, :, None] * here[:, None, :])
        np.add.at(dk, place, more[:, :, None] * more[:, None, :] - w[who][:, :, None] * w[who][:, None, :])
        u[who], w[who], at[who] = new, more, place
    return dv, dm, dk


def _gone_on(u: Floats, w: Floats, start: Ints, stop: Ints, tree: tuple[Floats, Floats, Ints]) -> Floats:
    """Influences after the steps from `start` to `stop - 1`, by the largest aligned stretches in between."""
    T, R, first = tree
    u, at = u.copy(), start.copy()
    levels = len(first)
    for n, level in enumerate((*range(levels), *range(levels - 1, -1, -1))):
        length = 1 << level
        up = n < levels  # first up to ever longer stretches, then down again
        go = np.flatnonzero((at + length <= stop) & ((at % (2 * length) != 0) | (not up)))
        if not len(go):
            continue
        block = first[level] + at[go] // length
        u[go] = np.einsum("is,ist->it", u[go], T[block]) + np.einsum("is,ist->it", w[go], R[block])
        at[go] += length
    return u


def _summed(step: Floats, pull: Floats, dv: Floats, dm: Floats, dk: Floats) -> Floats:
    """Carry the sums over cases from time to time; the variances are the diagonal of the first, shape (D, S)."""
    out = np.empty(step.shape[:2])
    v, m, k = dv[0].copy(), dm[0].copy(), dk[0].copy()
    for d in range(len(step)):
        T, R = step[d], pull[d]
        cross = T.T @ m.T @ R
        v = T.T @ v @ T + cross + cross.T + R.T @ k @ R + dv[d + 1]
        m = m @ T + k @ R + dm[d + 1]
        k = k + dk[d + 1]
        out[d] = np.diag(v)
    return out
