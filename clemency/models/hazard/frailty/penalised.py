"""Cox's likelihood with the frailties of groups as penalised effects: its maximum for a given variance.

The second derivatives by the frailties are never held: where they are needed they are multiplied with a vector, by the
sums over risk sets that the kernel makes, and systems are solved by conjugate gradients. A step then costs a few
passes over the rows, however many groups there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clemency.models.hazard.frailty.gamma import Correction, correction, excess, penalty
from clemency.models.kernel.riskset import at_risk, sums_by, while_at_risk
from clemency.models.likelihood.partial import CoxData, Evaluation, State, evaluate
from clemency.models.regression.linalg import inverse
from clemency.records.errors import DataError, Problem
from clemency.typing import Floats, Ints

_MAX_STEPS, _MAX_PRODUCTS = 60, 2000
#: Longest step of a log frailty or, by a covariate's range, of a log hazard ratio.
_LONGEST = 4.0


@dataclass(frozen=True, slots=True)
class Grouped:
    """Arrays of a fit with groups.

    Attributes
    ----------
    data : CoxData
        Its offset is that of the data, without frailties.
    group : ndarray of int, shape (n,)
    events : ndarray of int, shape (G,)
        Weighted events of each group.
    """

    data: CoxData
    group: Ints
    events: Ints

    def with_frailties(self, w: Floats) -> CoxData:
        """Data whose offset has the log frailties in it."""
        own, base = w[self.group], self.data.offset
        return replace(self.data, offset=own if base is None else own + base)

    def by_group(self, values: Floats) -> Floats:
        """Sum values of rows over each group, shape (G,)."""
        return sums_by(self.group, values, len(self.events))


@dataclass(frozen=True, slots=True)
class Point:
    """The maximum for one variance.

    Attributes
    ----------
    theta : float
    beta : ndarray, shape (p,)
    w : ndarray, shape (G,)
        Log frailties.
    at : Evaluation
        Of the partial likelihood given the frailties, with its state.
    share : ndarray, shape (G,)
        Expected events of each group, its frailty included.
    loglik : float
        With the frailties integrated out.
    slope, bend : float
        First and second derivative of the profile by theta.
    moved : ndarray, shape (p + G,)
        Derivatives of beta and w by theta along the profile.
    """

    theta: float
    beta: Floats
    w: Floats
    at: Evaluation
    share: Floats
    loglik: float
    slope: float
    bend: float
    moved: Floats

    @property
    def state(self) -> State:
        """Risks and baseline at the maximum."""
        assert self.at.state is not None
        return self.at.state


@dataclass(frozen=True, slots=True)
class Curvature:
    """Negative second derivatives by (beta, w) as an operator.

    Attributes
    ----------
    grouped : Grouped
    at : State
    first : ndarray, shape (p, p)
        Inverse of the block of beta.
    stiff : ndarray, shape (G,)
        What the penalty adds for each group: frailty / theta.
    near : ndarray, shape (G,)
        Diagonal of the block of w without the part of the risk sets' means.
    """

    grouped: Grouped
    at: State
    first: Floats
    stiff: Floats
    near: Floats

    def times(self, v: Floats) -> Floats:
        """Multiply with a vector, shape (p + G,)."""
        p, X, data, at = len(self.first), self.grouped.data.X, self.grouped.data, self.at
        of_rows = v[p:][self.grouped.group]
        if p:
            of_rows = of_rows + X @ v[:p]
        moved = at.risk * of_rows
        S, tied, ties = at_risk(data.sets, moved), data.tied, at.ties
        pull = ties.a * S
        if tied is None:
            drift = while_at_risk(data.sets, pull)
        else:
            T = sums_by(tied.place, moved[tied.rows], len(tied.times))
            pull[tied.times] -= ties.b * T
            drift = while_at_risk(data.sets, pull)
            drift[tied.rows] -= (ties.b * S[tied.times] - ties.c * T)[tied.place]
        out = moved * at.hazard - at.risk * drift
        return np.concatenate([out @ X, self.grouped.by_group(out) + self.stiff * v[p:]])

    def solve(self, right: Floats, tolerance: float = 1e-12) -> Floats:
        """Solve the system by preconditioned conjugate gradients."""
        x, r = np.zeros_like(right), right.copy()
        z = self._nearly(r)
        d, rz = z.copy(), float(r @ z)
        start = rz
        for _ in range(_MAX_PRODUCTS):
            if rz <= tolerance**2 * start:
                break
            q = self.times(d)
            bent = float(d @ q)
            if not bent > 0:  # rounding is all that is left
                break
            x += rz / bent * d
            r -= rz / bent * q
            z = self._nearly(r)
            before, rz = rz, float(r @ z)
            d = z + rz / before * d
        return x

    def _nearly(self, r: Floats) -> Floats:
        p = len(self.first)
        return np.concatenate([self.first @ r[:p], r[p:] / self.near])


def curvature(grouped: Grouped, point_at: Evaluation, share: Floats, w: Floats, theta: float) -> Curvature:
    """Second derivatives at a point."""
    assert point_at.state is not None
    stiff = np.exp(w) / theta
    first = inverse(point_at.information) if len(point_at.information) else np.zeros((0, 0))
    return Curvature(grouped, point_at.state, first, stiff, share + stiff)


def maximum_at(grouped: Grouped, theta: float, beta: Floats, w: Floats) -> Point:
    """Maximise by Newton's method for one variance.

    Parameters
    ----------
    grouped : Grouped
    theta : float
        Above zero.
    beta, w : ndarray, shape (p,) and (G,)
        Where to begin.

    Returns
    -------
    Point
    """
    p, here = len(beta), _look(grouped, theta, beta, w)
    events = max(float(grouped.events.sum()), 1.0)
    for _ in range(_MAX_STEPS):
        at, share, value = here
        gradient = np.concatenate([at.score, grouped.events - share - np.expm1(w) / theta])
        bent = curvature(grouped, at, share, w, theta)
        step = bent.solve(gradient, 1e-5)
        gain = float(gradient @ step)
        if gain <= 1e-22 * events:
            break
        far = max(np.abs(step[p:]).max(initial=0.0), (np.abs(step[:p]) * grouped.data.span).max(initial=0.0))
        step *= min(1.0, _LONGEST / far)
        beta, w, here = _climbed(grouped, theta, beta, w, step, value, 1e-9 * (abs(value) + 1))
        if gain <= 1e-14 * events:  # the error of what was just reached is of the order of this squared
            break
    else:
        raise DataError([_lost(theta)])
    return _profiled(grouped, theta, beta, w, here)


_Here = tuple[Evaluation, Floats, float]


def _look(grouped: Grouped, theta: float, beta: Floats, w: Floats) -> _Here:
    """Partial likelihood, expected events of the groups, and penalised log-likelihood."""
    at = evaluate(grouped.with_frailties(w), beta)
    if at.state is None:
        return at, np.full(len(w), np.nan), -np.inf
    return at, grouped.by_group(at.state.risk * at.state.hazard), at.loglik - penalty(w, theta)


def _climbed(
    grouped: Grouped, theta: float, beta: Floats, w: Floats, step: Floats, value: float, slack: float
) -> tuple[Floats, Floats, _Here]:
    """Take the step, halved until the likelihood no longer falls."""
    p = len(beta)
    for _ in range(40):
        there = _look(grouped, theta, beta + step[:p], w + step[p:])
        if there[2] >= value - slack:
            return beta + step[:p], w + step[p:], there
        step = step / 2
    raise DataError([_lost(theta)])


def _profiled(grouped: Grouped, theta: float, beta: Floats, w: Floats, here: _Here) -> Point:
    """Add the profile's value and derivatives by theta."""
    at, share, value = here
    added: Correction = correction(grouped.events, theta)
    left, pull = float(excess(w).sum()), np.expm1(w) / theta**2
    right = np.concatenate([np.zeros(len(beta)), pull])
    moved = curvature(grouped, at, share, w, theta).solve(right, 1e-4)  # enough for the next step of a search
    slope = left / theta**2 + added.slope
    bend = -2 * left / theta**3 + added.bend + float(right @ moved)
    return Point(theta, beta, w, at, share, value + added.value, slope, bend, moved)


def precise(grouped: Grouped, point: Point) -> Point:
    """The same point with derivatives to all digits."""
    if point.theta == 0:
        return point
    pull = np.concatenate([np.zeros(len(point.beta)), np.expm1(point.w) / point.theta**2])
    moved = curvature(grouped, point.at, point.share, point.w, point.theta).solve(pull, 1e-12)
    return replace(point, moved=moved, bend=point.bend + float(pull @ (moved - point.moved)))


def _lost(theta: float) -> Problem:
    what = f"the search for the frailties at variance {theta:.3g} does not settle"
    return Problem("data", None, "", "", what, "Leave terms out, or merge groups with few members.")
