"""Binomial regression on arrays: maximum likelihood, Firth's penalty and shrunken groups, for two links.

Everything is written in terms of the linear predictor, so that one loop serves both links: the log-likelihood of a
row, its slope, the expected weight, and the slope of the logarithm of that weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import optimize, special

from clemency.models.regression.linalg import learnt
from clemency.typing import Bools, Floats, Ints

Link = Literal["cloglog", "logit"]
MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Rows:
    """Values of n rows at one linear predictor.

    Attributes
    ----------
    mean : ndarray, shape (n,)
        Probability of the event.
    slope : ndarray, shape (n,)
        Derivative of the mean.
    loglik, score : ndarray, shape (n,)
        Log-likelihood and its derivative.
    weight, drift : ndarray, shape (n,)
        Expected information, and the derivative of its logarithm.
    """

    mean: Floats
    slope: Floats
    loglik: Floats
    score: Floats
    weight: Floats
    drift: Floats


def rows_at(eta: Floats, y: Bools, link: Link) -> Rows:
    """Evaluate the likelihood of each row.

    Examples
    --------
    >>> import numpy as np
    >>> at = rows_at(np.zeros(1), np.array([True]), "logit")
    >>> float(at.mean[0]), float(at.weight[0])
    (0.5, 0.25)
    """
    if link == "logit":
        mean = special.expit(eta)
        weight = mean * special.expit(-eta)
        loglik = np.where(y, special.log_expit(eta), special.log_expit(-eta))
        return Rows(mean, weight, loglik, y - mean, weight, 1 - 2 * mean)
    eta = np.clip(eta, -700, 6.0)  # beyond exp(6) = 403 expected events the probability is one in double precision
    rate = np.exp(eta)
    mean = -np.expm1(-rate)
    odds = np.exp(-rate) / mean
    loglik = np.where(y, np.log(mean), -rate)
    score = rate * np.where(y, odds, -1.0)
    return Rows(mean, rate * np.exp(-rate), loglik, score, rate**2 * odds, 2 - rate / mean)


@dataclass(frozen=True, slots=True)
class BinaryFit:
    """A fitted binomial regression with p columns on n rows.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    information : ndarray, shape (p, p)
        Expected information, with the ridge if there is one.
    scores : ndarray, shape (n, p)
        Score of each row, weighted, without penalty.
    rows : Rows
        At the maximum.
    loglik : float
        Without any penalty.
    objective : float
        With it.
    converged : bool
    """

    beta: Floats
    information: Floats
    scores: Floats
    rows: Rows
    loglik: float
    objective: float
    converged: bool

    @property
    def covariance(self) -> Floats:
        """Inverse of the information, shape (p, p)."""
        return np.linalg.inv(self.information).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Trials:
    """What is fitted: design X (n, p), events y, offset, case weights, link, and the penalties."""

    X: Floats
    y: Bools
    offset: Floats
    weight: Floats
    link: Link
    firth: bool = False
    ridge: Floats | None = None


@dataclass(frozen=True, slots=True)
class _Point:
    beta: Floats
    rows: Rows
    information: Floats
    score: Floats
    objective: float


def _point(trials: Trials, beta: Floats) -> _Point:
    X, w = trials.X, trials.weight
    rows = rows_at(X @ beta + trials.offset, trials.y, trials.link)
    information = (X.T * (w * rows.weight)) @ X
    score = X.T @ (w * rows.score)
    objective = float(w @ rows.loglik)
    if trials.ridge is not None:
        information = information + np.diag(trials.ridge)
        score = score - trials.ridge * beta
        objective -= 0.5 * float(trials.ridge @ beta**2)
    if trials.firth:
        sign, log = np.linalg.slogdet(information)
        if sign <= 0 or not np.isfinite(log):
            return _Point(beta, rows, information, score, -np.inf)
        objective += 0.5 * float(log)
        leverage = w * rows.weight * np.einsum("ij,jk,ik->i", X, np.linalg.inv(information), X)
        score = score + 0.5 * X.T @ (leverage * rows.drift)
    return _Point(beta, rows, information, score, objective)


def fit_binary(trials: Trials, start: Floats | None = None, fixed: dict[int, float] | None = None) -> BinaryFit:
    """Maximise the (penalised) likelihood by scoring steps, halved where they overshoot.

    Under Firth's penalty, which the information knows nothing of, scoring steps may circle the maximum: the curvature
    is then learnt from the scores on the way.

    Parameters
    ----------
    trials : Trials
    start : ndarray, shape (p,), optional
    fixed : dict, optional
        Coefficients that are held at a value, by column; profiles are made this way.

    Returns
    -------
    BinaryFit
        ``converged`` is False where the likelihood has no maximum.

    References
    ----------
    McCullagh and Nelder, Generalized Linear Models (1989), chapter 2. Firth, Biometrika 80 (1993), 27-38.
    """
    p = trials.X.shape[1]
    beta = _start(trials) if start is None else start.copy()
    free = np.ones(p, dtype=bool)
    for j, value in (fixed or {}).items():
        free[j], beta[j] = False, value
    here = _point(trials, beta)
    converged = not free.any()
    curvature = here.information
    for _ in range(MAX_STEPS):
        if converged:
            break
        try:
            step = np.zeros(p)
            step[free] = np.linalg.solve(curvature[np.ix_(free, free)], here.score[free])
        except np.linalg.LinAlgError:
            break
        there = _halved(trials, here, step)
        gain = float(here.score @ step)
        converged = abs(gain) < 1e-16 * (abs(here.objective) + 1) or there is here
        learning = trials.firth and not converged
        curvature = (
            learnt(curvature, there.beta - here.beta, here.score - there.score) if learning else there.information
        )
        here = there
    scores = trials.X * (trials.weight * here.rows.score)[:, None]
    loglik = float(trials.weight @ here.rows.loglik)
    small = float(np.max(np.abs(here.score[free]), initial=0.0)) < 1e-6 * (1 + abs(here.objective))
    return BinaryFit(here.beta, here.information, scores, here.rows, loglik, here.objective, small and converged)


def _start(trials: Trials) -> Floats:
    """Zero, but for a constant column, which gets the logarithm of the overall rate."""
    beta = np.zeros(trials.X.shape[1])
    constant = np.flatnonzero((trials.X == 1).all(axis=0))
    if len(constant):
        share = float(trials.weight @ trials.y + 0.5) / float(trials.weight @ np.exp(trials.offset) + 1)
        beta[constant[0]] = np.log(min(share, 0.9))
    return beta


def _halved(trials: Trials, here: _Point, step: Floats) -> _Point:
    size = float(np.max(np.abs(trials.X @ step), initial=0.0))
    step = step * min(1.0, 5.0 / max(size, 1e-300))
    for _ in range(40):
        there = _point(trials, here.beta + step)
        if there.objective >= here.objective - 1e-12 * (abs(here.objective) + 1):
            return there
        step = step / 2
    return here


def profile_limits(trials: Trials, fit: BinaryFit, columns: Ints, ci_level: float) -> tuple[Floats, Floats]:
    """Profile-likelihood limits and signed roots of the likelihood ratio, for some columns.

    Parameters
    ----------
    trials : Trials
    fit : BinaryFit
    columns : ndarray of int, shape (k,)
    ci_level : float

    Returns
    -------
    limits : ndarray, shape (k, 2)
        Infinite where the profile never falls far enough.
    roots : ndarray, shape (k,)
    """
    drop = float(special.chdtri(1, 1 - ci_level)) / 2
    error = np.sqrt(np.diag(fit.covariance))
    limits, roots = np.empty((len(columns), 2)), np.empty(len(columns))
    for i, j in enumerate(columns):
        for side, sign in enumerate((-1.0, 1.0)):
            limits[i, side] = _limit(trials, fit, int(j), sign, error[j], fit.objective - drop)
        ratio = 2 * (fit.objective - fit_binary(trials, fit.beta, {int(j): 0.0}).objective)
        roots[i] = np.sign(fit.beta[j]) * np.sqrt(max(ratio, 0.0))
    return limits, roots


def _limit(trials: Trials, fit: BinaryFit, j: int, sign: float, error: float, target: float) -> float:
    def gap(value: float) -> float:
        return fit_binary(trials, fit.beta, {j: value}).objective - target

    inside, step = float(fit.beta[j]), 2 * error
    for _ in range(12):
        outside = inside + sign * step
        if gap(outside) < 0:
            return float(optimize.brentq(gap, inside, outside, xtol=1e-10, rtol=1e-12))
        inside, step = outside, step * 2
    return float(sign * np.inf)


@dataclass(frozen=True, slots=True)
class Shrunken:
    """A fit whose last columns are group effects drawn from a normal distribution.

    Attributes
    ----------
    fit : BinaryFit
        At the best variance; group effects are posterior modes.
    sigma : float
        Standard deviation of the group effects.
    loglik : float
        Laplace approximation of the marginal log-likelihood.
    loglik_none : float
        The same without group effects.
    """

    fit: BinaryFit
    sigma: float
    loglik: float
    loglik_none: float


def fit_shrunken(trials: Trials, groups: Bools) -> Shrunken:
    """Estimate the spread of group effects by maximum marginal likelihood (Laplace) and shrink them by it.

    Parameters
    ----------
    trials : Trials
        X with one 0/1 column per group.
    groups : ndarray of bool, shape (p,)
        Which columns are group effects.

    Returns
    -------
    Shrunken

    Notes
    -----
    Fixed and group effects are maximised together for each variance, and the determinant is that of the observed
    information of the group effects (R's ``lme4::glmer`` with ``nAGQ = 0`` chooses the fixed effects in this way).

    References
    ----------
    Breslow and Clayton, Journal of the American Statistical Association 88 (1993), 9-25.
    """
    plain = fit_binary(replace(trials, X=trials.X[:, ~groups]))
    start = np.zeros(len(groups))
    start[~groups] = plain.beta

    def marginal(log_sigma: float) -> tuple[float, BinaryFit]:
        ridge = np.where(groups, np.exp(-2 * log_sigma), 0.0)
        fit = fit_binary(replace(trials, ridge=ridge), start)
        own = _observed(trials, fit, groups) * np.exp(2 * log_sigma)
        return fit.objective - 0.5 * float(np.linalg.slogdet(np.eye(len(own)) + own)[1]), fit

    best = _highest(lambda s: marginal(s)[0], -4.0, 1.5)
    value, fit = marginal(best)
    if value <= plain.loglik + 1e-8:
        best, value = -12.0, plain.loglik
        fit = marginal(best)[1]
    return Shrunken(fit, float(np.exp(best)) if best > -12 else 0.0, value, plain.loglik)


def _observed(trials: Trials, fit: BinaryFit, columns: Bools) -> Floats:
    """Observed information of some columns, without the ridge."""
    step = 1e-5
    eta = trials.X @ fit.beta + trials.offset
    up, down = (rows_at(eta + d, trials.y, trials.link).score for d in (step, -step))
    X = trials.X[:, columns]
    return (X.T * (trials.weight * (down - up) / (2 * step))) @ X


def _highest(function: Callable[[float], float], low: float, high: float) -> float:
    """Argument of the maximum of a smooth function: the best of a grid, refined."""
    grid = np.linspace(low, high, 12)
    values = [function(g) for g in grid]
    k = int(np.argmax(values))
    around = (grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)])
    found = optimize.minimize_scalar(lambda s: -function(s), bounds=around, method="bounded", options={"xatol": 1e-6})
    return float(found.x)
