"""Counts, person-time and a matrix of cells -> a log-linear hazard at its maximum, penalised or not, and its errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats

MAX_STEPS = 100


@dataclass(frozen=True, slots=True)
class CellFit:
    """A fit of n cells and p columns, the constant among them.

    Attributes
    ----------
    coefficients : ndarray, shape (p,)
    inverse : ndarray, shape (p, p)
        Of the information.
    fitted : ndarray, shape (n,)
        Expected events.
    loglik : float
        Poisson log likelihood without its constant, and with the penalty if there is one.
    """

    coefficients: Floats
    inverse: Floats
    fitted: Floats
    loglik: float


def fit_cells(y: Floats, Z: Floats, time: Floats, firth: bool = False) -> CellFit:
    """Fit the hazard exp(Z b) to events y in person-time.

    Parameters
    ----------
    y, time : ndarray, shape (n,)
    Z : ndarray, shape (n, p)
        With the constant first.
    firth : bool
        Take half of the log determinant of the information to the log likelihood (Jeffreys' prior).

    Raises
    ------
    UsageError
        If there is no maximum, or it is not found.

    References
    ----------
    Firth, Biometrika 80 (1993), 27-38.
    """
    beta = np.zeros(Z.shape[1])
    beta[0] = np.log((y.sum() + 0.5 * firth) / time.sum())
    here = _value(beta, y, Z, time, firth)
    for _ in range(MAX_STEPS):
        root = Z * np.sqrt(here.fitted)[:, None]
        pull = np.einsum("ij,jk,ik->i", root, here.inverse, root) / 2 if firth else 0.0
        step = here.inverse @ (Z.T @ (y + pull - here.fitted))
        there = _climb(here, step, y, Z, time, firth)
        moved = float(np.max(np.abs(there.coefficients - here.coefficients)))
        here = there
        if moved <= 1e-12 * (1 + float(np.max(np.abs(here.coefficients)))):
            return here
    raise UsageError("The fit did not converge: take fewer terms, or join levels with few events by their meaning.")


def _value(beta: Floats, y: Floats, Z: Floats, time: Floats, firth: bool) -> CellFit:
    log_hazard = Z @ beta
    fitted = time * np.exp(np.minimum(log_hazard, 50.0))
    information = Z.T @ (Z * fitted[:, None])
    scale = np.sqrt(np.diag(information))
    try:
        factor = linalg.cho_factor(information / np.outer(scale, scale))
    except (linalg.LinAlgError, ValueError):
        return CellFit(beta, np.full(information.shape, np.nan), fitted, -np.inf)
    inverse = linalg.cho_solve(factor, np.eye(len(beta))) / np.outer(scale, scale)
    loglik = float(y @ (log_hazard + np.log(time)) - fitted.sum())
    if firth:
        loglik += float(np.sum(np.log(np.diag(factor[0]))) + np.sum(np.log(scale)))
    return CellFit(beta, inverse, fitted, loglik)


def _climb(here: CellFit, step: Floats, y: Floats, Z: Floats, time: Floats, firth: bool) -> CellFit:
    longest = float(np.max(np.abs(step)))
    step = step * min(1.0, 5.0 / longest) if longest > 0 else step
    for _ in range(40):
        there = _value(here.coefficients + step, y, Z, time, firth)
        if there.loglik >= here.loglik - 1e-12 * (1 + abs(here.loglik)):
            return there
        step = step / 2
    return here


def rows_covariance(fit: CellFit, Z: Floats, time: Floats, squares: Floats, events: Floats, held: Floats) -> Floats:
    """Covariance that is robust by spells within cells, shape (p, p): White's, without a factor.

    Parameters
    ----------
    fit : CellFit
    Z : ndarray, shape (n, p)
    time : ndarray, shape (n,)
    squares, events, held : ndarray, shape (n,)
        Of the spells in a cell: the sum of their squared person-time, the events, and the person-time of those that end
        in the event.
    """
    rate = fit.fitted / time
    spread = events - 2 * rate * held + rate**2 * squares
    return fit.inverse @ (Z.T @ (Z * spread[:, None])) @ fit.inverse


def void_columns(y: Floats, X: Floats) -> Bools:
    """Columns of 0 and 1 that no event falls in, shape (p,): they tell nothing of the rest."""
    return np.array([not np.any(y[X[:, j] != 0]) and np.isin(X[:, j], (0, 1)).all() for j in range(X.shape[1])], bool)
