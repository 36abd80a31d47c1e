"""Tied events -> the steps of the baseline at their times, by Efron's likelihood.

An event that is alone at its time needs no correction, so that everything here has the length of the tied times: a
handful where time is continuous, all of them where it is counted in months.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clemency.models.kernel.parallel import BLOCK, in_parts
from clemency.models.kernel.riskset import RiskSets, sums_by
from clemency.typing import Bools, Floats, Ints

#: Ties are summed by a power series where they are many and hold less than this share of each risk set; with 20
#: terms the remainder is below 0.15^20, a relative error of 3e-17.
SMALL_SHARE, TERMS, MANY_TIES = 0.15, 20, 40


@dataclass(frozen=True)
class Tied:
    """The event times with more than one event: k of them, with m events.

    Attributes
    ----------
    times : ndarray of int, shape (k,)
        Their numbers among the event times.
    number_of_time : ndarray of int, shape (D,)
        Which of the k times each event time is, -1 for the others.
    at : ndarray of int, shape (n,)
        Event time of each row, -1 for none.
    size : ndarray of int, shape (k,)
        Events at each of these times.
    powers : ndarray, shape (k, TERMS + 2), or None
        Sums of powers of the fractions, where ties are so many that a series is quicker.
    """

    times: Ints
    number_of_time: Ints
    at: Ints
    size: Ints
    powers: Floats | None

    @cached_property
    def number(self) -> Ints:
        """Which of the k times each of Efron's stages is at, shape (m,)."""
        return np.repeat(np.arange(len(self.size)), self.size)

    @cached_property
    def fraction(self) -> Floats:
        """Fractions j / d of the stages j = 0..d-1 of each time, shape (m,)."""
        number, start = self.number, np.cumsum(self.size) - self.size
        return (np.arange(len(number)) - start[number]) / self.size[number]

    @cached_property
    def rows(self) -> Ints:
        """Rows with these events, in the order of the data, shape (m,)."""
        return np.flatnonzero(self._mine)

    @cached_property
    def place(self) -> Ints:
        """Which of the k times each of these rows' event is at, shape (m,)."""
        return self.number_of_time[self.at[self.rows]]

    @cached_property
    def before(self) -> npt.NDArray[np.int32]:
        """How many of these rows come before each row of the data, shape (n + 1,)."""
        out = np.zeros(len(self.at) + 1, dtype=np.int32)
        np.cumsum(self._mine, out=out[1:])
        return out

    @cached_property
    def _mine(self) -> Bools:
        at_time: Bools = self.at >= 0
        if len(self.times) == len(self.number_of_time):
            return at_time
        return at_time & (self.number_of_time[self.at] >= 0)


def find_tied(sets: RiskSets) -> Tied | None:
    """Find the tied events; None if there are none."""
    several = sets.n_event > 1
    if not several.any():
        return None
    times = np.flatnonzero(several)
    number_of_time = np.where(several, np.cumsum(several) - 1, -1)
    size = sets.n_event[times]
    powers = _power_sums(size) if size.sum() > MANY_TIES * len(times) else None
    return Tied(times, number_of_time, sets.at, size, powers)


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


def steps(tied: Tied | None, n_event: Ints, weight: Floats | Ints, S0: Floats, T0: Floats) -> Steps:
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
    step, a = np.empty(len(S0)), np.empty(len(S0))

    def lone(start: int, stop: int) -> float:
        log = 0.0
        for i in range(start, stop, 4 * BLOCK):
            rows = slice(i, min(i + 4 * BLOCK, stop))
            with np.errstate(all="ignore"):  # in each thread; what is not finite the search finds by itself
                np.divide(np.divide(weight[rows], S0[rows], out=step[rows]), S0[rows], out=a[rows])
                alone = weight[rows] if tied is None else np.where(tied.number_of_time[rows] < 0, weight[rows], 0)
                log += float((alone * np.log(S0[rows])).sum())
        return log

    log = in_parts(lone, len(S0))
    if tied is None:
        return Steps(step, a, _NONE, _NONE, _NONE, log)
    times = tied.times
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
    return Steps(step, a, sums[2], sums[3], sums[4], log + float((each[number] * np.log(left)).sum()))


def _series(
    powers: Floats, each: Floats, S0: Floats, share: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats, float]:
    """Sum over the stages of ties by powers of the share u of the risk that the tied events hold.

    1/(1 - c u) = 1 + c u + (c u)^2 + ..., so that the sums over j need only the sums of powers of c = j/d, which do
    not change from step to step.
    """
    terms = powers.shape[1] - 2
    m, u = np.arange(terms), np.empty((len(share), terms))
    u[:, 0], u[:, 1:] = 1, share[:, None]
    np.cumprod(u, axis=1, out=u)
    first = each / S0
    step = first * np.einsum("km,km->k", u, powers[:, :terms])
    own = first * np.einsum("km,km->k", u, powers[:, 1 : terms + 1])
    log = powers[:, 0] * np.log(S0) - np.einsum("km,km->k", u[:, 1:] / m[1:], powers[:, 1:terms])
    u *= m + 1
    a, b, c = (first / S0 * np.einsum("km,km->k", u, powers[:, k : terms + k]) for k in range(3))
    return step, a, own, b, c, float(each @ log)


def _power_sums(size: Ints) -> Floats:
    """Sum the powers 0 to TERMS + 1 of the fractions j / d, j = 0..d-1, for each d in ``size``, shape (k, TERMS + 2).

    The sums run over j / d_max for all d at once; what is then multiplied is positive, so no digits are lost.
    """
    largest = size.max()
    part, power = np.arange(largest) / largest, np.ones(largest)
    out, stretch, factor = np.empty((len(size), TERMS + 2)), largest / size, np.ones(len(size))
    for m in range(TERMS + 2):
        out[:, m] = np.cumsum(power)[size - 1] * factor
        power *= part
        factor *= stretch
    return out
