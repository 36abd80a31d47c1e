"""Tied events -> the steps of the baseline at their times, by Efron's likelihood.

An event that is alone at its time needs no correction, so that everything here has the length of the tied times: a
handful where time is continuous, all of them where it is counted in months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .riskset import Floats, Ints, RiskSets, sums_by

#: Ties are summed by a power series where they are many and hold less than this share of each risk set; with 20
#: terms the remainder is below 0.15^20, a relative error of 3e-17.
SMALL_SHARE, TERMS, MANY_TIES = 0.15, 20, 40


@dataclass(frozen=True, slots=True)
class Tied:
    """The event times with more than one event: k of them, with m events.

    Attributes
    ----------
    times : ndarray of int, shape (k,)
        Their numbers among the event times.
    rows : ndarray of int, shape (m,)
        The rows with these events, in the order of the data.
    place : ndarray of int, shape (m,)
        Which of the k times each row's event is at.
    before : ndarray of int, shape (n + 1,)
        How many of these rows come before each row of the data.
    number, fraction : ndarray, shape (m,)
        Efron's stages, by time: which of the k times, and j / d for j = 0..d-1.
    powers : ndarray, shape (k, TERMS + 2), or None
        Sums of powers of the fractions, where ties are so many that a series is quicker.
    """

    times: Ints
    rows: Ints
    place: Ints
    before: npt.NDArray[np.int32]
    number: Ints
    fraction: Floats
    powers: Floats | None


def find_tied(sets: RiskSets) -> Tied | None:
    """Find the tied events; None if there are none."""
    several = sets.n_event > 1
    if not several.any():
        return None
    times = np.flatnonzero(several)
    happened = sets.at >= 0
    mine = happened if several.all() else happened & several[sets.at]
    rows = np.flatnonzero(mine)
    rank = np.cumsum(several) - 1
    before = np.zeros(len(sets.at) + 1, dtype=np.int32)
    np.cumsum(mine, out=before[1:])
    size = sets.n_event[times]
    number = np.repeat(np.arange(len(times)), size)
    fraction = (np.arange(len(number)) - (np.cumsum(size) - size)[number]) / size[number]
    powers = _power_sums(number, fraction, len(times)) if len(number) > MANY_TIES * len(times) else None
    return Tied(times, rows, rank[sets.at[rows]], before, number, fraction, powers)


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of the baseline and their companions.

    With d tied events j = 0..d-1 and c = j/d (c = 0 for a lone event, and in Breslow's likelihood), S = S0 - c T0 and
    q = mean weight / S: ``step`` sums q, ``own`` sums c q, and ``a, b, c`` sum q/S, c q/S and c^2 q/S.

    Attributes
    ----------
    step, a : ndarray, shape (D,)
    own, b, c : ndarray, shape (k,)
        At the tied times; empty where no correction is made.
    log : float
        Weighted sum of log S over the events.
    """

    step: Floats
    a: Floats
    own: Floats
    b: Floats
    c: Floats
    log: float


_NONE = np.empty(0)


def steps(tied: Tied | None, n_event: Ints, weight: Floats, S0: Floats, T0: Floats) -> Steps:
    """Sum over the events of each time.

    Parameters
    ----------
    tied : Tied or None
        None makes no correction (Breslow).
    n_event, weight : ndarray, shape (D,)
        Number and weight of the events.
    S0 : ndarray, shape (D,)
        Risk of those at risk.
    T0 : ndarray, shape (k,)
        Risk of the tied events.

    Returns
    -------
    Steps
    """
    step = weight / S0
    a = step / S0
    if tied is None:
        return Steps(step, a, _NONE, _NONE, _NONE, float(weight @ np.log(S0)))
    times = tied.times
    alone = weight.copy()
    alone[times] = 0
    log = float(alone @ np.log(S0))
    S, each = S0[times], weight[times] / n_event[times]
    share = T0 / S
    if tied.powers is not None and share.max(initial=0) < SMALL_SHARE:
        step[times], a[times], own, b, c, more = _series(tied.powers, each, S, share)
        return Steps(step, a, own, b, c, log + more)
    number, f = tied.number, tied.fraction
    left = S[number] - f * T0[number]
    q = each[number] / left
    sums = [sums_by(number, v, len(times)) for v in (q, q / left, f * q, f * q / left, f * f * q / left)]
    step[times], a[times] = sums[0], sums[1]
    return Steps(step, a, sums[2], sums[3], sums[4], log + float(each[number] @ np.log(left)))


def _series(
    powers: Floats, each: Floats, S0: Floats, share: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats, float]:
    """Sum over the stages of ties by powers of the share u of the risk that the tied events hold.

    1/(1 - c u) = 1 + c u + (c u)^2 + ..., so that the sums over j need only the sums of powers of c = j/d, which do
    not change from step to step.
    """
    terms = powers.shape[1] - 2
    u = share[:, None] ** np.arange(terms)
    m = np.arange(terms)
    first = each / S0
    step = first * np.einsum("km,km->k", u, powers[:, :terms])
    own = first * np.einsum("km,km->k", u, powers[:, 1 : terms + 1])
    log = powers[:, 0] * np.log(S0) - np.einsum("km,km->k", u[:, 1:] / m[1:], powers[:, 1:terms])
    u *= m + 1
    a, b, c = (first / S0 * np.einsum("km,km->k", u, powers[:, k : terms + k]) for k in range(3))
    return step, a, own, b, c, float(each @ log)


def _power_sums(number: Ints, fraction: Floats, k: int) -> Floats:
    """Sum the powers 0 to TERMS + 1 of Efron's fractions at each tied time, shape (k, TERMS + 2)."""
    start = np.searchsorted(number, np.arange(k))
    power, out = np.ones(len(fraction)), np.empty((k, TERMS + 2))
    for m in range(TERMS + 2):
        out[:, m] = np.add.reduceat(power, start)
        power *= fraction
    return out
