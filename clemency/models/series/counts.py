"""Counts by calendar period, time at risk and a design -> coefficients with errors that allow for serial correlation.

Log-linear models of counts with log person-time as offset. The errors are those of Newey and West on the calendar: a
period that is not in the fit stands in it with a score of zero, so that gaps keep their length.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats
from statsmodels.genmod import families  # the whole of statsmodels takes seconds to load
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints

_TOL = 1e-8


@dataclass(frozen=True, slots=True)
class CountFit:
    """Fitted counts.

    Attributes
    ----------
    coefficients : ndarray, shape (p,)
        Log rate ratios; -inf where the periods of a column hold no count at all, NaN where only a combination with
        other columns is known.
    covariance : ndarray, shape (p, p)
        Newey and West's; NaN in rows and columns of coefficients that are not finite, or that rest on one period only.
    mu : ndarray, shape (n,)
        Fitted counts, 0 where separated.
    used : ndarray of bool, shape (n,)
        False for periods that are fitted as 0 whatever the finite coefficients (separation).
    alpha : float
        Dispersion of the negative binomial, variance mu + alpha mu^2; 0 for Poisson.
    loglik, pearson : float
        Log likelihood, and Pearson's chi-squared over its degrees of freedom.
    df_resid : int
        Periods used less finite coefficients.
    """

    coefficients: Floats
    covariance: Floats
    mu: Floats
    used: Bools
    alpha: float
    loglik: float
    pearson: float
    df_resid: int


def fit_counts(y: Floats, X: Floats, offset: Floats, place: Ints, *, negbin: bool, lags: int, small: bool) -> CountFit:
    """Fit counts and their errors.

    Parameters
    ----------
    y, offset : ndarray, shape (n,)
        Counts and log time at risk.
    X : ndarray, shape (n, p)
        Design of full rank with its intercept.
    place : ndarray of int, shape (n,)
        Position of each period on the calendar.
    negbin : bool
        Negative binomial with its dispersion by maximum likelihood, in place of Poisson.
    lags : int
        Lags whose autocovariances are summed, weighted by Bartlett's 1 - l / (lags + 1).
    small : bool
        Divide each score by 1 less its leverage; the residuals at influential periods are too small by that factor.

    Returns
    -------
    CountFit

    Raises
    ------
    UsageError
        If no degree of freedom is left.
    """
    used = ~separated(y, X)
    inside = aliased(X[used])
    kept = _independent(X[used], inside)
    free = int(used.sum() - kept.sum())
    if free < 1:
        raise UsageError(
            f"{counted(used.sum(), 'period')} cannot carry {counted(kept.sum(), 'coefficient')}: ask for fewer "
            "leads and lags, no "
            "season, or shorter periods."
        )
    Z, yy, off = X[np.ix_(used, kept)], y[used], offset[used]
    beta, mu, alpha = _maximum(yy, Z, off, negbin)
    V = newey_west(Z, yy, mu, alpha, place[used], lags, small=small)
    p = X.shape[1]
    b, C, full = np.full(p, np.nan), np.full((p, p), np.nan), np.zeros(len(y))
    b[kept], C[np.ix_(kept, kept)], full[used] = beta, V, mu
    b[inside], C[inside, :], C[:, inside] = np.nan, np.nan, np.nan
    b[inside & ~np.any(X[used] != 0, axis=0)] = -np.inf
    pearson = float(np.sum((yy - mu) ** 2 / (mu + alpha * mu**2)) / free)
    return CountFit(b, C, full, used, alpha, loglik(yy, mu, alpha), pearson, free)


def separated(y: Floats, X: Floats) -> Bools:
    """Periods without a count that a combination of columns fits with a rate of zero, shape (n,).

    The combination is 0 wherever there is a count and never positive elsewhere; along it the likelihood grows without
    end. All such periods are found at once by a linear programme.

    References
    ----------
    Correia, Guimarães and Zylkin, Verifying the existence of maximum likelihood estimates for generalized linear
    models, arXiv:1903.01633 (2019).
    """
    none = y == 0
    out = np.zeros(len(y), dtype=bool)
    m, p = int(none.sum()), X.shape[1]
    if not m:
        return out
    scaled = X / np.maximum(np.abs(X).max(axis=0), 1e-300)
    # Columns: the combination (free), then how far below zero each period without a count may be, at most 1.
    found = optimize.linprog(
        np.r_[np.zeros(p), -np.ones(m)],
        A_ub=np.hstack([scaled[none], np.eye(m)]),
        b_ub=np.zeros(m),
        A_eq=np.hstack([scaled[~none], np.zeros((int((~none).sum()), m))]) if m < len(y) else None,
        b_eq=np.zeros(len(y) - m) if m < len(y) else None,
        bounds=[(None, None)] * p + [(0, 1)] * m,
        method="highs",
    )
    out[none] = found.x[p:] > 0.5
    return out


def aliased(X: Floats) -> Bools:
    """Columns that take part in a linear dependence, shape (p,)."""
    size = np.sqrt((X**2).sum(axis=0))
    _, values, rows = np.linalg.svd(X / np.where(size > 0, size, 1.0), full_matrices=True)
    values = np.r_[values, np.zeros(X.shape[1] - len(values))]
    null = rows[values < _TOL * max(values.max(initial=0.0), 1.0)]
    return np.any(np.abs(null) > 1e-6, axis=0) if len(null) else np.zeros(X.shape[1], dtype=bool)


def _independent(X: Floats, inside: Bools) -> Bools:
    """All columns outside linear dependences, and as many of the others as are independent of them."""
    kept = ~inside
    for j in np.flatnonzero(inside):
        kept[j] = True
        if aliased(X[:, kept]).any():
            kept[j] = False
    return kept


def _maximum(y: Floats, X: Floats, offset: Floats, negbin: bool) -> tuple[Floats, Floats, float]:
    beta, mu = _glm(y, X, offset, 0.0, None)
    alpha = _dispersion(y, mu) if negbin else 0.0
    for _ in range(200 if alpha else 0):
        before = beta
        beta, mu = _glm(y, X, offset, alpha, beta)
        new = _dispersion(y, mu)
        still = abs(new - alpha) <= 1e-10 * alpha and np.allclose(beta, before, rtol=0, atol=1e-10)
        alpha = new
        if still or not alpha:
            break
    if negbin and not alpha:
        beta, mu = _glm(y, X, offset, 0.0, beta)
    return beta, mu, alpha


def _glm(y: Floats, X: Floats, offset: Floats, alpha: float, start: Floats | None) -> tuple[Floats, Floats]:
    family = families.NegativeBinomial(alpha=alpha) if alpha else families.Poisson()
    with warnings.catch_warnings():
        # It is also given where the fit is exact; separation has been dealt with before.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = GLM(y, X, family=family, offset=offset).fit(
            start_params=start, maxiter=200, tol=1e-11, tol_criterion="params"
        )
    if not fit.converged:
        raise UsageError("The fit did not converge in 200 steps: ask for fewer leads and lags, or more periods.")
    return np.asarray(fit.params), np.asarray(fit.mu)


def _dispersion(y: Floats, mu: Floats) -> float:
    """Maximum likelihood dispersion given the means; 0 if the counts vary no more than Poisson counts."""
    if np.sum((y - mu) ** 2 - y) <= 0:
        return 0.0

    def score(log_theta: float) -> float:
        t = np.exp(log_theta)
        parts = special.digamma(t + y) - special.digamma(t) + np.log(t / (t + mu)) + (mu - y) / (mu + t)
        return float(np.sum(parts))

    grid = np.arange(-12.0, 14.0)
    signs = np.array([score(g) for g in grid])
    turn = np.flatnonzero((signs[:-1] > 0) & (signs[1:] <= 0))
    if not len(turn):
        return 0.0
    j = turn[0]
    return float(np.exp(-optimize.brentq(score, grid[j], grid[j + 1], xtol=1e-13, rtol=1e-13)))


def newey_west(
    X: Floats, y: Floats, mu: Floats, alpha: float, place: Ints, lags: int, *, small: bool = False
) -> Floats:
    """Covariance of the coefficients that allows for serial correlation up to some lags, shape (p, p).

    A period that has a coefficient of its own is fitted exactly. Its residual of zero would make that coefficient look
    certain: the rows and columns of all coefficients that it decides are NaN.

    References
    ----------
    Newey and West, Econometrica 55 (1987), 703-708. Gaps: Parzen, Sankhya A 25 (1963), 383-392. Leverage: MacKinnon and
    White, Journal of Econometrics 29 (1985), 305-325 (their HC3, which this is without lags).
    """
    weight = mu / (1 + alpha * mu)
    bread = np.linalg.inv((X.T * weight) @ X)
    pull = X @ bread
    leverage = weight * np.einsum("ij,ij->i", pull, X)
    alone = leverage > 1 - 1e-7
    residual = np.where(alone, 0.0, (y - mu) / (1 + alpha * mu))
    if small:
        residual /= np.where(alone, 1.0, 1 - leverage)
    scores = np.zeros((int(place.max()) + 1, X.shape[1]))
    scores[place] = X * residual[:, None]
    meat = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    covariance = bread @ meat @ bread
    own = np.any(np.abs(pull[alone]) * weight[alone, None] * np.abs(X).max(axis=0) > 1e-6, axis=0)
    covariance[own, :], covariance[:, own] = np.nan, np.nan
    return np.asarray(covariance)


def bandwidth(n: int) -> int:
    """Lags by default, the whole part of 4 (n / 100)^(2/9): 3 for 50 periods, 4 for 100, 4 for 200.

    References
    ----------
    Newey and West, Review of Economic Studies 61 (1994), 631-653.
    """
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


def loglik(y: Floats, mu: Floats, alpha: float) -> float:
    """Log likelihood of Poisson (alpha 0) or negative binomial counts, constants included."""
    if not alpha:
        return float(np.sum(stats.poisson.logpmf(y, mu)))
    return float(np.sum(stats.nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * mu))))


def wald(fit: CountFit, columns: Ints, small: bool) -> tuple[float, int, float, float]:
    """Joint test that coefficients are zero: statistic, its degrees of freedom, those below (inf for a chi-squared), p.

    The statistic is chi-squared, or with `small` an F. Coefficients without an error are left out.
    """
    finite = columns[np.isfinite(np.diag(fit.covariance)[columns])]
    q = len(finite)
    if not q:
        return np.nan, 0, np.nan, np.nan
    b, V = fit.coefficients[finite], fit.covariance[np.ix_(finite, finite)]
    if np.linalg.matrix_rank(V) < q:
        return np.nan, q, np.nan, np.nan
    value = float(b @ np.linalg.solve(V, b))
    if small:
        return value / q, q, float(fit.df_resid), float(stats.f.sf(value / q, q, fit.df_resid))
    return value, q, np.inf, float(stats.chi2.sf(value, q))


def deviance(y: Floats, X: Floats, offset: Floats) -> float:
    """Deviance of the Poisson fit; dependent columns and separated periods do no harm."""
    mu = np.maximum(y, 0.5 * y.mean())
    eta = np.log(mu)
    value = np.inf
    for _ in range(60):
        root = np.sqrt(mu)
        working = eta - offset + (y - mu) / mu
        beta = np.linalg.lstsq(X * root[:, None], working * root, rcond=1e-10)[0]
        eta = np.clip(offset + X @ beta, -30.0, 30.0)
        mu = np.exp(eta)
        new = float(2 * np.sum(special.xlogy(y, y) - special.xlogy(y, mu) - y + mu))
        if abs(value - new) < 1e-9 * (1 + abs(new)):
            return new
        value = new
    return value
