"""Sizes and the columns of a regression -> coefficients, and what each row contributes to them.

The fits are those of statsmodels. A fit keeps its scores and its bread, so that every robust variance is made in one
way: a row's influence on the coefficients is its score times the bread.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from clemency.records.errors import DataError, Problem

from .riskset import Floats

SizeModel = Literal["gamma", "lognormal", "fractional", "quantile"]
#: Residuals of a quantile that are nearer to zero than this, in months, are taken as zero by the last step of the fit.
_NEAR = 1e-4


@dataclass(frozen=True, slots=True)
class SizeFit:
    """A fitted regression of sizes.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    scores : ndarray, shape (n, p)
        Weighted; they sum to zero (for a quantile, nearly).
    bread : ndarray, shape (p, p)
        Inverse of the derivative of the summed scores.
    dispersion : float
        Pearson's estimate, the variance of the logarithms, or for a quantile the density of the errors at zero.
    loglik : float
        Of the months; missing where there is no likelihood.
    log_smear : float
        Logarithm of the smearing factor of the log-normal model; else zero.
    smearing : ndarray, shape (n,), or None
        Influence of each row on it.
    """

    beta: Floats
    scores: Floats
    bread: Floats
    dispersion: float
    loglik: float
    log_smear: float = 0.0
    smearing: Floats | None = None

    @property
    def influence(self) -> Floats:
        """Influence of each row on the coefficients and on the smearing factor, if any; shape (n, p) or (n, p + 1)."""
        rows = self.scores @ self.bread
        return rows if self.smearing is None else np.column_stack([rows, self.smearing])


def fit_sizes(y: Floats, X: Floats, weight: Floats | None, model: SizeModel, q: float = 0.5) -> SizeFit:
    """Fit sizes to columns.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Months, or shares for ``"fractional"``.
    X : ndarray, shape (n, p)
        With a constant, of full rank.
    weight : ndarray, shape (n,), or None
    model : {"gamma", "lognormal", "fractional", "quantile"}
    q : float
        The quantile.

    Returns
    -------
    SizeFit

    Raises
    ------
    DataError
        Where the likelihood has no maximum, nothing is left to estimate a spread from, or the density at the quantile
        cannot be estimated.
    """
    if len(y) <= X.shape[1]:
        raise _refused(f"{len(y)} acts for {X.shape[1]} coefficients", "Leave terms out.")
    w = np.ones(len(y)) if weight is None else weight
    if model == "quantile":
        return _quantile(y, X, q)
    fit = _lognormal(y, X, w) if model == "lognormal" else _glm(y, X, w, model)
    if not fit.dispersion > 1e-20:
        raise _refused("the terms explain every size exactly, so there is no error to estimate", "Leave terms out.")
    if weight is None:
        return fit
    return SizeFit(fit.beta, fit.scores, fit.bread, fit.dispersion, np.nan, fit.log_smear, fit.smearing)


def _refused(message: str, remedy: str) -> DataError:
    return DataError([Problem("data", None, "", "", message, remedy)])


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _glm(y: Floats, X: Floats, w: Floats, model: str) -> SizeFit:
    import statsmodels.api as sm

    gamma = model == "gamma"
    family = sm.families.Gamma(sm.families.links.Log()) if gamma else sm.families.Binomial()
    with warnings.catch_warnings():  # what they say is said below, as an error
        warnings.simplefilter("ignore")
        found = sm.GLM(y, X, family=family, var_weights=w).fit(maxiter=200, tol=1e-11, tol_criterion="params")
    beta = np.asarray(found.params, dtype=np.float64)
    if not (found.converged and np.isfinite(beta).all()):
        raise _refused("the search for the coefficients does not converge", "Leave terms out or rescale them.")
    mean = np.asarray(found.mu, dtype=np.float64)
    spread = mean if gamma else np.sqrt(mean * (1 - mean))
    pearson = (y - mean) / spread
    info = w if gamma else w * mean * (1 - mean)
    bread = _inverse(X.T @ (X * info[:, None]))
    scores = X * (w * (pearson if gamma else y - mean))[:, None]
    dispersion = float(w @ pearson**2 / (len(y) - X.shape[1]))
    return SizeFit(beta, scores, bread, dispersion, _gamma_loglik(y, mean) if gamma else np.nan)


def _gamma_loglik(y: Floats, mean: Floats) -> float:
    """Log-likelihood with the mean deviance as dispersion, as R has it."""
    dispersion = float(2 * np.mean((y - mean) / mean - np.log(y / mean)))
    return float(stats.gamma.logpdf(y, 1 / dispersion, scale=mean * dispersion).sum()) if dispersion > 0 else np.inf


def _lognormal(y: Floats, X: Floats, w: Floats) -> SizeFit:
    import statsmodels.api as sm

    log = np.log(y)
    beta = np.asarray(sm.WLS(log, X, weights=w).fit().params, dtype=np.float64)
    error, n = log - X @ beta, len(y)
    bread = _inverse(X.T @ (X * w[:, None]))
    scores = X * (w * error)[:, None]
    rss = float(w @ error**2)
    loglik = -n / 2 * (np.log(2 * np.pi * rss / n) + 1) - log.sum() if rss > 0 else np.inf
    part = w * np.exp(error)
    smear = part.sum() / w.sum()
    pull = X.T @ part / part.sum()
    smearing = (part / smear - w) / w.sum() - scores @ bread @ pull
    return SizeFit(beta, scores, bread, rss / (n - X.shape[1]), float(loglik), float(np.log(smear)), smearing)


def model_covariance(fit: SizeFit, X: Floats) -> Floats:
    """Covariance of the coefficients if the dispersion is the same for all rows, without weights.

    Returns
    -------
    ndarray, shape (p, p), or (p + 1, p + 1) with the logarithm of the smearing factor as last

    Notes
    -----
    With errors e of the logarithms, B the bread, m the mean row and u = exp(e) / mean(exp(e)) - 1, the influence of a
    row on the factor is u / n - m'B x e; what is taken over from the errors is their variance, that of u, and their
    covariance.
    """
    base = fit.dispersion * fit.bread
    if fit.smearing is None:
        return base
    n, p = X.shape
    mean = X.mean(axis=0)
    error = fit.scores[:, -1]  # the constant is last
    u = np.exp(error - fit.log_smear) - 1
    both, own = float(error @ u) / (n - p), float(u @ u) / (n - p)
    out = np.empty((p + 1, p + 1))
    out[:p, :p] = base
    out[p, :p] = out[:p, p] = fit.bread @ mean * (both - fit.dispersion)
    out[p, p] = (own - 2 * both + fit.dispersion) / n
    return out


def _quantile(y: Floats, X: Floats, q: float) -> SizeFit:
    from statsmodels.regression.quantile_regression import QuantReg

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found: Any = QuantReg(y, X).fit(q=q, p_tol=1e-9, max_iter=5000)
    beta = _at_vertex(y, X, np.asarray(found.params, dtype=np.float64), q)
    if any("iteration" in str(s.message).lower() or "cycle" in str(s.message).lower() for s in said):
        raise _refused("the search for the quantile does not converge", "Leave terms out or choose another q.")
    density = 1 / float(found.sparsity)
    if not (np.isfinite(density) and density > 0 and np.isfinite(float(found.bandwidth))):
        raise _refused(
            f"the density of the sizes at the quantile {q:g} cannot be estimated from {len(y)} acts: too few lie near "
            "it, or most are equal",
            "Choose a q nearer to 0.5, fewer terms, or another model.",
        )
    side = np.where(_residual(y, X, beta) > 0, q, q - 1)
    return SizeFit(beta, X * side[:, None], _inverse(X.T @ X) / density, density, np.nan)


def _residual(y: Floats, X: Floats, beta: Floats) -> Floats:
    error = y - X @ beta
    return np.where(np.abs(error) < 1e-9 * np.abs(y).max(), 0.0, error)


def _at_vertex(y: Floats, X: Floats, beta: Floats, q: float) -> Floats:
    """Coefficients that meet exactly the rows which the search all but meets, where these determine them."""
    near = np.abs(y - X @ beta) < _NEAR
    if np.linalg.matrix_rank(X[near]) < X.shape[1]:
        return beta  # the quantile is not unique
    exact = np.asarray(np.linalg.lstsq(X[near], y[near], rcond=None)[0], dtype=np.float64)
    return exact if _loss(y - X @ exact, q) <= _loss(y - X @ beta, q) else beta


def _loss(error: Floats, q: float) -> float:
    return float(np.sum(error * (q - (error < 0))))
