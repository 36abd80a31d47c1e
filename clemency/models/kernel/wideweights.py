"""Weights of very different size -> weights at risk and influence functions without loss of digits.

A risk set of light cases is a small difference of large sums where heavy ones leave before it or enter after it, and
the share that is left after an event of heavy cases is a small difference from one. What is left is therefore summed
by itself, in whole numbers where rounding would drown it, and influences are followed from event to event.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from clemency.models.kernel.paths import Path
from clemency.models.kernel.riskset import RiskSets, at_events, at_risk, sums_by
from clemency.typing import Bools, Floats, Ints

#: Largest over smallest weight from which on sums of both are not left to rounding.
WIDE = 1e4


def wide(weight: Floats | None) -> bool:
    """Whether weights are so different that sums lose the light ones."""
    return weight is not None and len(weight) > 0 and float(weight.max()) > WIDE * float(weight.min())


def weight_at_risk(sets: RiskSets, weight: Floats | None, ended: Bools) -> tuple[Floats, Floats, Floats]:
    """Sum the weight at risk at each event time, of those who come to an end then, and of the others.

    Parameters
    ----------
    sets : RiskSets
    weight : ndarray, shape (n,), or None
    ended : ndarray of bool, shape (n,)
        Rows whose event is an end.

    Returns
    -------
    at_risk, n_ending, n_free : ndarray, shape (D,)
        ``n_free`` is zero where all come to an end, and only there.
    """
    n_ending = at_events(sets, weight, ended)
    if weight is None:
        at_risk_weight = at_risk(sets)
        return at_risk_weight, n_ending, at_risk_weight - n_ending
    not_ending = replace(sets, hi=np.where(ended, sets.at, sets.hi), cell=None)
    some = at_risk(not_ending) > 0
    summed = _exactly(not_ending, weight) if sets.delayed and wide(weight) else at_risk(not_ending, weight)
    n_free = np.where(some, summed, 0.0)
    return n_free + n_ending, n_ending, n_free


def _exactly(sets: RiskSets, weight: Floats) -> Floats:
    """Sum weights over the rows at risk as whole numbers of a unit that all of them are multiples of, shape (D,)."""
    digits, power = np.frexp(weight)
    least = int(power.min())
    shift = (power - least).tolist()
    whole = np.array([int(d) << s for d, s in zip(np.ldexp(digits, 53).tolist(), shift, strict=True)], dtype=object)
    come, go = sets.lines()
    change = np.zeros(sets.n_lines, dtype=object)
    np.add.at(change, go, whole)
    np.subtract.at(change, come, whole)
    summed = np.empty(len(sets.time))
    for g, (i, j) in enumerate(itertools.pairwise(sets.first)):
        start = i + g  # the first line of the stratum is for those at risk from the beginning
        total = np.cumsum(change[start + 1 : start + 1 + j - i][::-1])[::-1]
        summed[i:j] = [float(np.ldexp(_rounded(v)[0], _rounded(v)[1] + least - 53)) for v in total.tolist()]
    return summed


def _rounded(value: int) -> tuple[float, int]:
    """Give a whole number of any size as a number and a power of two."""
    more = max(value.bit_length() - 64, 0)
    return float(value >> more), more


def followed(path: Path, weight: Floats, cluster: Ints | None) -> Floats:
    """Variance of a curve at each event time as the sum of squared influences of cases, shape (D,).

    Parameters
    ----------
    path : Path
    weight : ndarray, shape (n,)
    cluster : ndarray of int, shape (n,), optional
        Rows with the same code count as one case.
    """
    sets, out = path.sets, np.zeros(len(path.sets.time))
    rows_at_risk = np.flatnonzero(sets.hi > sets.lo)
    for rows in _by_stratum(sets, rows_at_risk):
        case = np.arange(len(rows)) if cluster is None else np.unique(cluster[rows], return_inverse=True)[1]
        for d, influence in _influence(path, weight, rows):
            summed = sums_by(case, influence, len(rows))
            out[d] = summed @ summed
    return out


def influences(path: Path, weight: Floats, chosen: Ints, width: Floats) -> Floats:
    """Influence of some rows, each of them at risk at some time, on the sum of a curve times a width, shape (k,).

    Parameters
    ----------
    path : Path
    weight : ndarray, shape (n,)
    chosen : ndarray of int, shape (k,)
    width : ndarray, shape (D,)
        Zero or more at each event time.
    """
    out = np.zeros(len(weight))
    for rows in _by_stratum(path.sets, chosen):
        total = np.zeros(len(rows))
        for d, influence in _influence(path, weight, rows):
            total += width[d] * influence
        out[rows] = total
    return np.asarray(out[chosen], dtype=np.float64)


def _by_stratum(sets: RiskSets, chosen: Ints) -> list[Ints]:
    group = sets.stratum[sets.lo[chosen]]
    order = np.argsort(group, kind="stable")
    return np.split(chosen[order], np.flatnonzero(np.diff(group[order])) + 1) if len(chosen) else []


def _influence(path: Path, weight: Floats, rows: Ints) -> Iterator[tuple[int, Floats]]:
    """Give each event time of a stratum and the weighted influence of its rows on the curve there, shape (k,).

    From one event time to the next the influence on the share that is left shrinks as that share does, and gains what
    a row adds: its own end less the part of all ends that falls to it while it is at risk. No large numbers cancel.
    """
    sets = path.sets
    lo, hi, at, w = sets.lo[rows], sets.hi[rows], sets.at[rows], weight[rows]
    is_ending = at >= 0 if path.is_ending is None else path.is_ending[rows]
    is_event = None if path.is_event is None else path.is_event[rows]
    free, curve = np.zeros(len(rows)), np.zeros(len(rows))
    stratum = sets.stratum[lo[0]]
    for d in range(int(sets.first[stratum]), int(sets.first[stratum + 1])):
        each, left = path.before[d] / path.at_risk[d], path.n_free[d] / path.at_risk[d]
        there, now = (lo <= d) & (d < hi), at == d
        if is_event is not None:
            share = path.n_event[d] / path.at_risk[d]
            curve += free * share + w * each * ((is_event & now) - there * share)
        free = free * left - w * each * np.where(is_ending & now, left, there * (-path.n_ending[d] / path.at_risk[d]))
        yield d, free if is_event is None else curve
