"""Firth's penalised partial likelihood: finite hazard ratios where events are few, with profile-likelihood limits.

The penalty is half the logarithm of the determinant of the information. Its slope needs third moments in each risk
set; contracted with the inverse information they are again sums over rows, so no (p, p, p) array is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from clemency.models.kernel.riskset import at_events, at_risk, tie_fractions
from clemency.models.kernel.sums import Sums
from clemency.models.likelihood.partial import CoxData, Evaluation, State, evaluate
from clemency.models.likelihood.score import drifts
from clemency.models.regression.linalg import inverse, learnt, solve
from clemency.typing import Bools, Floats

MAX_STEPS = 200
#: Steps, in standard errors, below which the scores say more than the likelihood, whose changes are lost in rounding;
#: and below which steps that no longer shrink are rounding themselves.
NEAR, FAR = 1e-4, 0.1
MOST_AT_ONCE = 25
#: How much of the fall to a limit may be missing: less than a hundredth of a percent of the level.
FALLEN = 1e-3


@dataclass(frozen=True, slots=True)
class Penalised:
    """The penalised likelihood at one coefficient vector; ``score`` has shape (p,)."""

    plain: Evaluation
    loglik: float
    score: Floats


@dataclass(frozen=True, slots=True)
class FirthFit:
    """A penalised fit.

    Attributes
    ----------
    top, null : Penalised
        At the maximum and at zero.
    limits : ndarray, shape (p, 2)
        Profile-likelihood limits; infinite where the profile does not fall far enough.
    roots : ndarray, shape (p,)
        Signed root of the penalised likelihood ratio against each coefficient being zero.
    steps : int
    off : float
        Standard errors from the maximum at which the search ended, as far as can be told: rounding, where it found it.
    """

    top: Penalised
    null: Penalised
    limits: Floats
    roots: Floats
    steps: int
    off: float


def fit_firth(data: CoxData, ci_level: float) -> FirthFit:
    """Maximise the penalised likelihood and follow its profiles.

    Parameters
    ----------
    data : CoxData
    ci_level : float

    Returns
    -------
    FirthFit

    References
    ----------
    .. [1] D. Firth (1993), Biometrika 80:27-38; G. Heinze and M. Schemper (2001), A solution to the problem of
       monotone likelihood in Cox regression, Biometrics 57:114-119.
    """
    p = data.X.shape[1]
    everything = np.ones(p, dtype=bool)
    null = penalised(data, np.zeros(p))
    top, curvature, steps = _climb(data, null, null.plain.information, everything)
    drop = float(special.chdtri(1, 1 - ci_level)) / 2
    error = np.sqrt(np.diag(inverse(top.plain.information)))
    off = float(np.max(np.abs(solve(curvature, top.score)) / error))
    limits, roots = np.empty((p, 2)), np.empty(p)
    for j in range(p):
        for side, sign in enumerate((-1.0, 1.0)):
            limits[j, side] = _limit(data, top, curvature, _End(j, sign, top.loglik - drop), error[j])
        at_zero, _, _ = _climb(data, _moved(data, top, curvature, j, 0.0), curvature, np.arange(p) != j)
        ratio = max(2 * (top.loglik - at_zero.loglik), 0.0)
        roots[j] = np.sign(top.plain.beta[j]) * np.sqrt(ratio)
    return FirthFit(top, null, limits, roots, steps, off)


def penalised(data: CoxData, beta: Floats) -> Penalised:
    """Compute the penalised log-likelihood and its score."""
    plain = evaluate(data, beta)
    sign, log = np.linalg.slogdet(plain.information) if np.isfinite(plain.loglik) else (0.0, 0.0)
    if sign <= 0 or plain.state is None or plain.sums is None:
        return Penalised(plain, -np.inf, plain.score)
    slope = _determinant_slope(data, plain.state, plain.sums, inverse(plain.information))
    plain = replace(plain, sums=None)
    return Penalised(plain, plain.loglik + log / 2, plain.score + slope / 2)


def _determinant_slope(data: CoxData, at: State, sums: Sums, covariance: Floats) -> Floats:
    """Slope of the log determinant of the information, shape (p,); uses up the sums.

    With Q = x' V x for the inverse information V, the contraction of the third central moment in a risk set is
    Cov(x, Q) - 2 Cov(x, x) V mean(x).
    """
    sets = data.sets
    Z = data.X
    ZV = Z @ covariance
    Q = np.einsum("ij,ij->i", ZV, Z)
    carried = at.risk * at.hazard
    slope = (carried * Q) @ Z

    S1, T1 = sums.S1, sums.T1
    number, c = tie_fractions(sets)
    c = np.zeros_like(c) if data.tied is None else c
    weight = sets.n_event if data.weight is None else at_events(sets, data.weight)
    each = (weight / sets.n_event)[number]
    S = at.at_risk[number]
    means, quadratic = S1[number], at_risk(sets, at.risk * Q)[number]
    if data.tied is not None:
        at_ties, tied_means = np.zeros(len(S1)), np.zeros_like(S1)
        at_ties[data.tied.times], tied_means[data.tied.times] = at.at_ties, T1
        S = S - c * at_ties[number]
        means = means - c[:, None] * tied_means[number]
        quadratic = quadratic - c * at_events(sets, at.risk * Q)[number]
    means = means / S[:, None]
    slope -= 2 * (at.risk * np.einsum("ij,ij->i", ZV, drifts(data, at, sums))) @ Z
    twice = 2 * np.einsum("ij,ij->i", means @ covariance, means)
    return slope + (each * (twice - quadratic / S)) @ means


def _climb(data: CoxData, here: Penalised, curvature: Floats, free: Bools) -> tuple[Penalised, Floats, int]:
    """Maximise over the free coefficients by quasi-Newton steps, halved where they overshoot.

    The information knows nothing of the penalty, which bends the likelihood as much where events are few: steps by it
    alone may circle the maximum. The curvature, shape (p, p), is therefore learnt from the scores on the way (BFGS).
    """
    if not free.any():
        return here, curvature, 0
    steps, stalled, smallest, done = 0, 0, np.inf, False
    while not done and steps < MAX_STEPS:
        steps += 1
        step = np.zeros(len(free))
        step[free] = solve(curvature[np.ix_(free, free)], here.score[free])
        error = 1 / np.sqrt(np.diag(here.plain.information))
        size = float(np.max(np.abs(step) / error))
        stalled = 0 if size < smallest / 2 or size > FAR else stalled + 1
        smallest = min(size, smallest)
        there = _try(data, here, step * min(1.0, 5 / max(size, 1e-300)), 1e-9 if size > NEAR else 1e-7)
        done = size < 1e-9 or there is here or stalled > (3 if size < NEAR else 10)
        curvature = learnt(curvature, there.plain.beta - here.plain.beta, here.score - there.score)
        here = there
    return here, curvature, steps


def _try(data: CoxData, here: Penalised, step: Floats, rounding: float) -> Penalised:
    for _ in range(30):
        there = penalised(data, here.plain.beta + step)
        if there.loglik >= here.loglik - rounding * (abs(here.loglik) + 1):
            return there
        step = step / 2
    return here


def _moved(data: CoxData, here: Penalised, curvature: Floats, j: int, value: float) -> Penalised:
    """Set one coefficient; the others follow along the ridge of the likelihood."""
    covariance = inverse(curvature)
    beta = here.plain.beta + covariance[:, j] / covariance[j, j] * (value - here.plain.beta[j])
    there = penalised(data, beta)
    if np.isfinite(there.loglik):
        return there
    return penalised(data, np.where(np.arange(len(beta)) == j, value, here.plain.beta))


@dataclass(frozen=True, slots=True)
class _End:
    """One end of the limits of coefficient ``j``: ``sign`` is -1 or 1, ``target`` the log-likelihood there."""

    j: int
    sign: float
    target: float


def _limit(data: CoxData, top: Penalised, curvature: Floats, end: _End, error: float) -> float:
    """Coefficient at which the profile falls to the target; Newton's method between bounds, if steps for all fail."""
    j, sign, target = end.j, end.sign, end.target
    free = np.arange(len(top.plain.beta)) != j
    found = _both_at_once(data, top, curvature, end)
    if found is not None:
        return found
    inside, outside = float(top.plain.beta[j]), sign * np.inf
    here, value = top, inside + sign * error * np.sqrt(2 * (top.loglik - target))
    for _ in range(60):
        here, curvature, _ = _climb(data, _moved(data, here, curvature, j, value), curvature, free)
        gap = here.loglik - target
        if abs(gap) < 1e-10:
            return value
        if gap > 0:
            inside = value
        else:
            outside = value
        slope = here.score[j]
        new = value - gap / slope if slope * sign < 0 else np.nan
        low, high = sorted((inside, outside))
        if not low < new < high:
            new = (inside + outside) / 2 if np.isfinite(outside) else value + 2 * sign * error
        new = float(np.clip(new, value - 3 * error, value + 3 * error))
        if abs(new - value) < 1e-12 * (1 + abs(value)):
            break
        value = new
    # Where it has not fallen so far by the last coefficient whose risks numbers can hold, no limit is known.
    return value if np.isfinite(outside) and gap < FALLEN else sign * float("inf")


def _both_at_once(data: CoxData, top: Penalised, curvature: Floats, end: _End) -> float | None:
    """Coefficient at which the profile falls to the target, by steps for it and all others; None where these fail.

    References
    ----------
    D. J. Venzon and S. H. Moolgavkar (1988), A method for computing profile-likelihood-based confidence intervals,
    Applied Statistics 37:87-94.
    """
    j, sign, target = end.j, end.sign, end.target
    free = np.arange(len(top.plain.beta)) != j
    here, error = top, 1 / np.sqrt(np.diag(top.plain.information))
    for _ in range(MOST_AT_ONCE):
        others = curvature[np.ix_(free, free)]
        up, across = solve(others, here.score[free]), solve(others, curvature[free, j])
        slope = float(here.score[j] - across @ here.score[free])
        bend = float(curvature[j, j] - across @ curvature[free, j])
        short = target - here.loglik - float(here.score[free] @ up) / 2
        inside = slope**2 - 2 * bend * short
        if not (np.isfinite(inside) and inside >= 0 and bend > 0):
            return None
        step = np.zeros(len(free))
        step[j] = (slope + sign * np.sqrt(inside)) / bend
        step[free] = up - across * step[j]
        size = float(np.max(np.abs(step) / error))
        there = penalised(data, here.plain.beta + step * min(1.0, 5 / max(size, 1e-300)))
        if not np.isfinite(there.loglik):
            return None
        curvature = learnt(curvature, there.plain.beta - here.plain.beta, here.score - there.score)
        here = there
        if size < 1e-8:
            value = float(here.plain.beta[j])
            return value if sign * (value - top.plain.beta[j]) > 0 else None
    return None


def without_penalty(fit: FirthFit) -> Evaluation:
    """Give the unpenalised evaluation at the penalised maximum, with the penalised log-likelihood in its place."""
    return replace(fit.top.plain, loglik=fit.top.loglik)
