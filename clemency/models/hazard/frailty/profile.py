"""The profile likelihood of the variance of the frailties: its maximum, its limits, and the test that it is zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.models.hazard.frailty.penalised import Grouped, Point, maximum_at, precise
from clemency.models.likelihood.partial import Evaluation
from clemency.records.errors import DataError, Problem
from clemency.typing import Floats

#: Variances at which another top is looked for where the likelihood falls from zero on.
_LOOKED_AT = (0.05, 0.5, 5.0)
#: Logarithms of variances: below is zero, above is infinite.
_ZERO, _INFINITE = np.log(1e-8), np.log(1e4)
_MAX_STEPS = 100


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of the variance.

    Attributes
    ----------
    top : Point
        At the maximum, or at the variance that was given.
    loglik_none : float
        Without frailties.
    low, high : float
        Profile-likelihood limits; missing where the variance was given.
    fixed : bool
        Whether the variance was given.
    """

    top: Point
    loglik_none: float
    low: float
    high: float
    fixed: bool

    @property
    def statistic(self) -> float:
        """Likelihood ratio of no frailty."""
        return max(2 * (self.top.loglik - self.loglik_none), 0.0)

    @property
    def p_value(self) -> float:
        """By the half-and-half mixture of zero and chi-square with one degree of freedom; 1 at the boundary."""
        return 1.0 if self.statistic == 0 else float(special.chdtrc(1, self.statistic)) / 2

    @property
    def variance(self) -> float:
        """Of the estimated theta, by the profile's curvature; missing at the boundary."""
        if self.fixed or self.top.theta == 0 or not self.top.bend < 0:
            return np.nan
        return -1 / self.top.bend


def without_frailty(grouped: Grouped, at: Evaluation) -> Point:
    """The fit without frailties as the point of variance zero, with the slope of the profile there."""
    if at.state is None:
        raise ValueError("the evaluation comes with its state")
    share = grouped.by_group(at.state.risk * at.state.hazard)
    slope = float(((grouped.events - share) ** 2 - grouped.events).sum() / 2)
    groups = len(grouped.events)
    moved = np.zeros(len(at.beta) + groups)
    return Point(0.0, at.beta, np.zeros(groups), at, share, at.loglik, slope, np.nan, moved)


def profiled(grouped: Grouped, none: Point, theta: float | None, ci_level: float) -> Profile:
    """Find the variance with its limits, or look at the one that is given."""
    if theta is not None:
        top = none if theta == 0 else maximum_at(grouped, theta, none.beta, none.w)
        return Profile(precise(grouped, top), none.loglik, np.nan, np.nan, True)
    top = precise(grouped, _top(grouped, none))
    drop = float(special.chdtri(1, 1 - ci_level)) / 2
    low, high = _limits(grouped, none, top, top.loglik - drop)
    return Profile(top, none.loglik, low, high, False)


def _top(grouped: Grouped, none: Point) -> Point:
    """Highest maximum of the profile."""
    if none.slope > 0:
        spread = 2 * none.slope / float(none.share @ none.share)
        return _climbed(grouped, none, float(np.clip(spread, 0.01, 2.0)))
    here = none
    for theta in _LOOKED_AT:
        here = maximum_at(grouped, theta, *_guess(here, theta))
        if here.slope > 0:
            found = _climbed(grouped, here, theta)
            return found if found.loglik > none.loglik else none
    return none


def _climbed(grouped: Grouped, near: Point, theta: float) -> Point:
    """Find where the slope is zero by Newton's method in the logarithm of theta, kept between known bounds."""
    low, high, x, here = -np.inf, np.inf, float(np.log(theta)), near
    for _ in range(_MAX_STEPS):
        here = maximum_at(grouped, float(np.exp(x)), *_guess(here, float(np.exp(x))))
        slope, bend = here.slope * here.theta, here.bend * here.theta**2 + here.slope * here.theta
        low, high = (x, high) if slope > 0 else (low, x)
        step = -slope / bend if bend < 0 else np.copysign(1.0, slope)
        step = float(np.clip(step, -1.5, 1.5))
        if abs(step) < 1e-9 and bend < 0:
            return here
        x = x + step if low < x + step < high else _middle(low, high)
        if x > _INFINITE:
            raise DataError([_endless()])
        if x < _ZERO or high - low < 1e-13:
            return here
    return here


def _middle(low: float, high: float) -> float:
    if np.isinf(low) or np.isinf(high):
        return high - 1.0 if np.isinf(low) else low + 1.0
    return (low + high) / 2


def _guess(here: Point, theta: float) -> tuple[Floats, Floats]:
    """Coefficients and log frailties at another variance, along the tangent of the profile."""
    p = len(here.beta)
    if here.theta == 0:
        return here.beta, here.w
    far = here.theta * np.log(theta / here.theta)  # along the logarithm, so that small variances are not overshot
    step = far * here.moved
    if np.abs(step).max(initial=0.0) > 1:
        return here.beta, here.w
    return here.beta + step[:p], here.w + step[p:]


def _limits(grouped: Grouped, none: Point, top: Point, level: float) -> tuple[float, float]:
    """Where the profile has fallen to a level, on both sides of its top."""
    low = 0.0 if top.theta == 0 or none.loglik >= level else _crossing(grouped, top, level, -1)
    return low, _crossing(grouped, top, level, 1)


def _crossing(grouped: Grouped, top: Point, level: float, side: int) -> float:
    """Find the variance on one side of the top at which the profile has a given height."""
    if top.theta == 0:
        x, inside = np.log(0.01), -np.inf
    else:
        bend = top.bend * top.theta**2
        error = np.sqrt(-1 / bend) if bend < 0 else 1.0
        inside, x = np.log(top.theta), np.log(top.theta) + side * min(1.96 * error, 2.0)
    outside, here = side * np.inf, top
    for _ in range(_MAX_STEPS):
        here = maximum_at(grouped, float(np.exp(x)), *_guess(here, float(np.exp(x))))
        above = here.loglik - level
        inside, outside = (x, outside) if above > 0 else (inside, x)
        slope = here.slope * here.theta
        step = -above / slope if slope * side < 0 else side * 1.0
        step = float(np.clip(step, -1.5, 1.5))
        if abs(step) < 1e-8 and slope * side < 0:
            return float(np.exp(x + step))
        x, between = x + step, sorted((inside, outside))
        if not between[0] < x < between[1]:
            x = _middle(between[0], between[1])
        if x > _INFINITE:
            return np.inf
        if x < _ZERO:
            return 0.0
    return float(np.exp(x))


def _endless() -> Problem:
    what = "the likelihood rises for ever larger variances of the frailties: the groups tell of no finite one"
    remedy = "Take larger groups, give the variance with theta=, or leave the frailty out: cl.cox(cluster=)."
    return Problem("data", None, "", "", what, remedy)
