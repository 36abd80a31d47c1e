"""Interval-censored, left-truncated times and covariates -> a proportional-hazards fit with a hazard constant in bands.

Everything enters through two matrices of months in bands: those that a case is known to have survived, and those in
which its event lies. The log-likelihood of a case with covariate part ``e = exp(x'b)`` and band hazards h is

    -e (survived' h) + log(1 - exp(-e (within' h)))    for an interval,
    -e (survived' h) + log(h of the band) + x'b        for an exact time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from clemency.models.modelframe.intervals import Times
from clemency.models.regression.linalg import inverse
from clemency.typing import Bools, Floats

MAX_STEPS = 100
LONGEST_STEP = 4.0


@dataclass(frozen=True, slots=True)
class BandData:
    """Data of the likelihood: n cases, M bands and p covariates.

    Attributes
    ----------
    X : ndarray, shape (n, p)
        Centred.
    survived, within : ndarray, shape (n, M)
        Months in each band from entry to lower, and from lower to upper for cases with an interval (zero for others).
    hit : ndarray of float, shape (n, M)
        One in the band of an exact time.
    interval : ndarray of bool, shape (n,)
    weight : ndarray, shape (n,)
    ridge : float
        Half of it times the sum of squared coefficients is taken from the log-likelihood.
    """

    X: Floats
    survived: Floats
    within: Floats
    hit: Floats
    interval: Bools
    weight: Floats
    ridge: float = 0.0


@dataclass(frozen=True, slots=True)
class BandPoint:
    """The likelihood at p coefficients and M log hazards (together q parameters, in this order).

    Attributes
    ----------
    theta : ndarray, shape (q,)
    loglik : float
        Without the ridge.
    scores : ndarray, shape (n, q)
        Of each case, unweighted, without the ridge.
    gradient : ndarray, shape (q,)
    information : ndarray, shape (q, q)
        Negative Hessian, both with the ridge.
    """

    theta: Floats
    loglik: float
    scores: Floats
    gradient: Floats
    information: Floats


@dataclass(frozen=True, slots=True)
class BandFit:
    """Where the search ended.

    Attributes
    ----------
    at : BandPoint
    steps : int
    diverging : ndarray of bool, shape (q,)
        Parameters along which the likelihood is monotone.
    converged : bool
    """

    at: BandPoint
    steps: int
    diverging: Bools
    converged: bool


def months_in_bands(time: Floats, cuts: Floats) -> Floats:
    """Months from zero to each time, by band, shape (n, M) for M - 1 cuts.

    Examples
    --------
    >>> import numpy as np
    >>> months_in_bands(np.array([5.0, 20.0]), np.array([12.0])).tolist()
    [[5.0, 0.0], [12.0, 8.0]]
    """
    start = np.r_[0.0, cuts]
    return np.clip(time[:, None] - start, 0.0, np.r_[cuts, np.inf] - start)


def band_data(times: Times, X: Floats, cuts: Floats, ridge: float = 0.0) -> BandData:
    """Lay times out over bands; a time at a cut belongs to the band before it."""
    exact, known = times.lower == times.upper, np.isfinite(times.upper)
    interval = known & ~exact
    low = months_in_bands(times.lower, cuts)
    high = months_in_bands(np.where(interval, times.upper, times.lower), cuts)
    band = np.searchsorted(cuts, times.lower)
    hit = (exact[:, None] & (band[:, None] == np.arange(len(cuts) + 1))).astype(np.float64)
    survived = low - months_in_bands(times.entry, cuts)
    return BandData(X, survived, high - low, hit, interval, times.weight, ridge)


def evaluate(data: BandData, theta: Floats) -> BandPoint:
    """Compute log-likelihood, scores and information."""
    p = data.X.shape[1]
    beta, alpha = theta[:p], theta[p:]
    linear = data.X @ beta
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        hazard = np.exp(linear[:, None] + alpha)
        lost, inside = data.survived * hazard, data.within * hazard
        r = inside.sum(axis=1)
        some = data.interval
        rows = data.hit.sum(axis=1) * linear + data.hit @ alpha - lost.sum(axis=1)
        rows[some] += np.log(-np.expm1(-r[some]))
        loglik = float(data.weight @ rows)
        slope = np.zeros(len(r))
        slope[some] = 1 / np.expm1(r[some])
    if not np.isfinite(loglik):
        q = len(theta)
        return BandPoint(theta, -np.inf, np.empty((0, q)), np.zeros(q), np.full((q, q), np.nan))
    first = slope[:, None] * inside - lost  # of each case and band, in the log hazard
    bent = slope * (1 + slope)
    scores = np.column_stack([data.X * (first + data.hit).sum(axis=1)[:, None], first + data.hit])
    information = _information(data, first, bent, inside)
    gradient = data.weight @ scores
    gradient[:p] -= data.ridge * beta
    information[np.arange(p), np.arange(p)] += data.ridge
    return BandPoint(theta, loglik, scores, gradient, information)


def _information(data: BandData, first: Floats, bent: Floats, inside: Floats) -> Floats:
    X, w = data.X, data.weight
    p, r = X.shape[1], inside.sum(axis=1)
    cross = (bent * r)[:, None] * inside - first  # (n, M): minus the second derivatives in linear part and log hazard
    out = np.empty((p + inside.shape[1],) * 2)
    out[:p, :p] = (X.T * (w * cross.sum(axis=1))) @ X
    out[:p, p:] = X.T @ (w[:, None] * cross)
    out[p:, :p] = out[:p, p:].T
    out[p:, p:] = (inside.T * (w * bent)) @ inside - np.diag(w @ first)
    return out


def fit_bands(data: BandData) -> BandFit:
    """Maximise the likelihood by Newton's method with step halving.

    Parameters
    ----------
    data : BandData

    Returns
    -------
    BandFit

    Notes
    -----
    With several bands the likelihood need not be concave: where the information is not positive definite, a multiple
    of its diagonal is added until it is. A parameter that still moves on by much while the gain is negligible, three
    steps in a row, has no finite estimate.
    """
    p, q = data.X.shape[1], data.X.shape[1] + data.within.shape[1]
    span = np.r_[np.ptp(data.X, axis=0), np.ones(q - p)]
    here, moving, none = evaluate(data, _start(data)), 0, np.zeros(q, dtype=bool)
    for steps in range(1, MAX_STEPS + 1):
        step = _newton(here)
        far = np.abs(step) * span
        gain = float(here.gradient @ step)
        if gain <= 1e-16 * (1 + abs(here.loglik)):
            if far.max() > 1e-3:
                return BandFit(here, steps, far > 0.02 * far.max(), False)
            last = evaluate(data, here.theta + step)
            return BandFit(last if last.loglik >= here.loglik - 1e-9 else here, steps, none, True)
        moving = moving + 1 if gain < 1e-4 and far.max() > 0.1 else 0
        if moving >= 3:
            return BandFit(here, steps, far > 0.02 * far.max(), False)
        here = _climb(data, here, step * min(1.0, LONGEST_STEP / far.max()))
    return BandFit(here, MAX_STEPS, np.abs(_newton(here)) * span > 1e-3, False)


def _start(data: BandData) -> Floats:
    """No effects, and in every band the rate of events per month, half of an interval's months counted."""
    w = data.weight
    months = float(w @ (data.survived + data.within / 2).sum(axis=1))
    events = float(w @ (data.interval + data.hit.sum(axis=1)))
    p, M = data.X.shape[1], data.within.shape[1]
    return np.r_[np.zeros(p), np.full(M, np.log(events / months))]


def _newton(here: BandPoint) -> Floats:
    scale = np.sqrt(np.maximum(np.abs(np.diag(here.information)), 1e-100))
    A, g = here.information / np.outer(scale, scale), here.gradient / scale
    for more in (0.0, *(10.0**k for k in range(-10, 6))):
        try:
            factor = linalg.cho_factor(A + more * np.eye(len(g)))
        except linalg.LinAlgError:
            continue
        return linalg.cho_solve(factor, g) / scale
    return g / scale


def _climb(data: BandData, here: BandPoint, step: Floats) -> BandPoint:
    p = data.X.shape[1]

    def value(point: BandPoint) -> float:
        return point.loglik - data.ridge / 2 * float(point.theta[:p] @ point.theta[:p])

    for _ in range(50):
        there = evaluate(data, here.theta + step)
        if value(there) >= value(here) - 1e-12 * (1 + abs(here.loglik)):
            return there
        step = step / 2
    return here


def influence(data: BandData, at: BandPoint) -> Floats:
    """Influence of each case on the parameters: weighted scores times the inverse information, shape (n, q)."""
    return data.weight[:, None] * at.scores @ inverse(at.information)
