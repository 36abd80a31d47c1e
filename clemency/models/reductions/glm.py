"""Sizes and the columns of a regression -> coefficients, and what each row contributes to them.

The fits are those of statsmodels, but for the quantile, which is a linear program. A fit keeps its scores and its
bread, so that every robust variance is made in one way: a row's influence on the coefficients is its score times the
bread.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from clemency.models.reductions.ordinal import fit_ordinal
from clemency.records.errors import DataError, Problem
from clemency.records.presentation.wording import counted
from clemency.typing import Floats

SizeModel = Literal["gamma", "lognormal", "fractional", "quantile", "ordinal"]
_STEP = 1e-6


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
    unique : bool
        Whether no other coefficients fit as well, which may fail for a quantile.
    categories : ndarray, shape (k,), or None
        Of the ordinal model: the sizes in order. The last k - 1 of ``beta`` then are its thresholds.
    """

    beta: Floats
    scores: Floats
    bread: Floats
    dispersion: float
    loglik: float
    log_smear: float = 0.0
    smearing: Floats | None = None
    unique: bool = True
    categories: Floats | None = None

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
        With a constant as last column, of full rank.
    weight : ndarray, shape (n,), or None
    model : {"gamma", "lognormal", "fractional", "quantile", "ordinal"}
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
        raise _refused(f"{counted(len(y), 'act')} for {counted(X.shape[1], 'coefficient')}", "Leave terms out.")
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise _refused("all sizes are equal, so there is no error to estimate", "Report the one size.")
    w = np.ones(len(y)) if weight is None else weight
    if model == "quantile":
        return _quantile(y, X, q)
    if model == "ordinal":
        return _ordinal(y, X[:, :-1], w, weight is None)
    fit = _lognormal(y, X, w) if model == "lognormal" else _glm(y, X, w, model)
    if not fit.dispersion > 1e-20:
        raise _refused("the terms explain every size exactly, so there is no error to estimate", "Leave terms out.")
    if weight is None:
        return fit
    return SizeFit(fit.beta, fit.scores, fit.bread, fit.dispersion, np.nan, fit.log_smear, fit.smearing)


def _ordinal(y: Floats, X: Floats, w: Floats, counted_once: bool) -> SizeFit:
    categories, code = np.unique(y, return_inverse=True)
    if len(y) <= X.shape[1] + len(categories) - 1:
        raise _refused(
            f"{len(categories)} different sizes of {counted(len(y), 'act')}: too many for categories",
            "Round the months, or choose another model.",
        )
    fit = fit_ordinal(code, X, w)
    loglik = fit.loglik if counted_once else np.nan
    return SizeFit(fit.theta, fit.scores, fit.bread, 1.0, loglik, categories=categories)


def _refused(message: str, remedy: str) -> DataError:
    return DataError([Problem("data", None, "", "", message, remedy)])


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _glm(y: Floats, X: Floats, w: Floats, model: str) -> SizeFit:
    from statsmodels.genmod import families  # the whole of statsmodels takes seconds to load
    from statsmodels.genmod.generalized_linear_model import GLM

    gamma = model == "gamma"
    family = families.Gamma(families.links.Log()) if gamma else families.Binomial()
    with warnings.catch_warnings():  # what they say is said below, as an error
        warnings.simplefilter("ignore")
        fit = GLM(y, X, family=family, var_weights=w).fit(maxiter=200, tol=1e-11, tol_criterion="params")
    beta = np.asarray(fit.params, dtype=np.float64)
    if not (fit.converged and np.isfinite(beta).all()):
        raise _refused("the search for the coefficients does not converge", "Leave terms out or rescale them.")
    mean = np.asarray(fit.mu, dtype=np.float64)
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
    from statsmodels.regression.linear_model import WLS

    log = np.log(y)
    beta = np.asarray(WLS(log, X, weights=w).fit().params, dtype=np.float64)
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
    beta, unique = quantile_optimum(y, X, q)
    error = y - X @ beta
    error[np.abs(error) < 1e-9 * np.abs(y).max()] = 0.0
    density = _density(y, error, q)
    if not (np.isfinite(density) and density > 0):
        raise _refused(
            f"the density of the sizes at the quantile {q:g} cannot be estimated from {counted(len(y), 'act')}: too "
            "few lie near "
            "it, or most are equal",
            "Choose a q nearer to 0.5, fewer terms, or another model.",
        )
    scores = X * np.where(error > 0, q, q - 1)[:, None]
    return SizeFit(beta, scores, _inverse(X.T @ X) / density, density, np.nan, unique=unique)


def quantile_optimum(y: Floats, X: Floats, q: float) -> tuple[Floats, bool]:
    """Coefficients of a quantile regression, shape (p,), and whether they are the only ones.

    A quantile just below and one just above have the vertices of the linear program between which all solutions at `q`
    lie; their middle is one too, as for the median of an even number. The search by reweighting in statsmodels stops
    short of the optimum, by more than a part in a million and depending on the unit of `y`.
    """
    low, high = (_vertex(y, X, q + step) for step in (-_STEP, _STEP))
    loss = [_loss(y - X @ b, q) for b in (low, high)]
    scale = np.ptp(X, axis=0) + (np.ptp(X, axis=0) == 0)
    if np.max(np.abs(high - low) * scale) <= 1e-7 * np.abs(y).max():
        return low, True
    if abs(loss[0] - loss[1]) > 1e-9 * loss[0]:  # q itself has one solution
        return (low, high)[int(np.argmin(loss))], True
    return (low + high) / 2, False


def _vertex(y: Floats, X: Floats, q: float) -> Floats:
    from scipy.optimize import linprog

    found = linprog(-y, A_eq=X.T, b_eq=(1 - q) * X.sum(axis=0), bounds=(0, 1), method="highs-ds")  # the dual
    if found.status != 0:
        raise _refused("the linear program of the quantile has no solution", "Rescale the terms or leave some out.")
    return np.asarray(-found.eqlin.marginals, dtype=np.float64)


def _loss(error: Floats, q: float) -> float:
    return float(np.sum(error * (q - (error < 0))))


def _density(y: Floats, error: Floats, q: float) -> float:
    """Density of the errors at zero, as statsmodels' QuantReg and Stata estimate it; not finite where it cannot be."""
    from statsmodels.regression.quantile_regression import hall_sheather, kernels

    width = hall_sheather(len(y), q)
    spread = np.subtract(*np.percentile(error, [75, 25])) / 1.34
    h = min(np.std(y), spread) * (stats.norm.ppf(q + width) - stats.norm.ppf(q - width))
    return float(np.mean(kernels["epa"](error / h)) / h) if h > 0 else np.nan
