"""Counts of capture histories -> log-linear models with chosen pairs of lists that depend on each other.

All models of one data set are fitted at once, by Newton's method on arrays of shape (models, parameters). A pair of
lists that share nobody has, where a model lets the pair interact, an estimate of minus infinity: the cells with both
lists are then left out and the parameter with them, which is the extended maximum-likelihood estimate of Chan,
Silverman and Vincent (2021). A list without anyone, as samples may have, is treated alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize, special

from clemency.models.multiplesystems.cells import Cells, histories, in_pairs, pair_margins, pairs
from clemency.typing import Bools, Floats

_STEPS = 60
_CLOSE = 1e-10
_VANISHING = 1e-7  # a fitted count below which the estimate may not exist; a linear programme decides


@dataclass(frozen=True, slots=True)
class Models:
    """Fits of M models to one set of counts.

    Attributes
    ----------
    interactions : ndarray of bool, shape (M, k (k - 1) / 2)
        Pairs of lists that interact, in the order of `pairs`.
    coefficients : ndarray, shape (M, 1 + k + k (k - 1) / 2)
        Intercept (the log of the number on no list), lists, pairs; minus infinity where a list or a pair has nobody.
    unseen, std_error : ndarray, shape (M,)
        Estimated number on no list, and its standard error.
    deviance, loglik : ndarray, shape (M,)
        Poisson likelihood.
    parameters, df : ndarray of int, shape (M,)
        Number of parameters, those at minus infinity among them, and degrees of freedom left.
    problem : tuple of str, length M
        Why a model has no estimate; empty where it has one.
    """

    interactions: Bools
    coefficients: Floats
    unseen: Floats
    std_error: Floats
    deviance: Floats
    loglik: Floats
    parameters: Floats
    df: Floats
    problem: tuple[str, ...]

    @property
    def usable(self) -> Bools:
        """Models with an estimate."""
        return np.array([not p for p in self.problem], dtype=bool)

    def criterion(self, name: str, known: Floats | float) -> Floats:
        """AIC or BIC of each model, infinite without an estimate; n of the BIC is the number of known people."""
        penalty = 2.0 if name == "AIC" else np.log(known)
        return np.where(self.usable, -2 * self.loglik + penalty * self.parameters, np.inf)


@lru_cache(maxsize=16)
def design(k: int) -> Floats:
    """Matrix of intercept, lists and pairs, shape (2^k - 1, 1 + k + k (k - 1) / 2)."""
    x = np.column_stack([np.ones(2**k - 1), histories(k), in_pairs(k)]).astype(float)
    x.flags.writeable = False
    return x


@lru_cache(maxsize=8)
def all_models(k: int) -> Bools:
    """Every set of pairs, the empty one first, shape (2^(k (k - 1) / 2), k (k - 1) / 2)."""
    p = len(pairs(k))
    found = (np.arange(2**p)[:, None] >> np.arange(p)) & 1 == 1
    order = np.lexsort((np.arange(2**p), found.sum(axis=1)))
    return found[order]


def fit_models(cells: Cells, interactions: Bools, exact: bool = True) -> Models:
    """Fit log-linear models to one set of counts.

    Parameters
    ----------
    cells : Cells
    interactions : ndarray of bool, shape (M, k (k - 1) / 2)
    exact : bool
        Decide by a linear programme whether an estimate exists where a fitted count vanishes; else it is taken not to.

    Returns
    -------
    Models
    """
    return fit_rows(np.broadcast_to(cells.n, (len(interactions), len(cells.n))), cells.k, interactions, exact)


def fit_rows(y: Floats, k: int, interactions: Bools, exact: bool = True) -> Models:
    """Fit as many models as there are rows, each to the counts of its row, shape (M, 2^k - 1)."""
    x = design(k)
    empty = np.column_stack([y @ histories(k) == 0, interactions & (pair_margins(y, k) == 0)])
    kept = ~(empty.astype(float) @ x[:, 1:].T > 0)
    active = np.column_stack([np.ones(len(y), dtype=bool), ~empty[:, :k], interactions & ~empty[:, k:]])
    determined = _determined(x, kept, active)
    beta, information, settled = newton(y, x, kept, active & determined[:, None])
    with np.errstate(over="ignore", invalid="ignore"):
        fitted = np.where(kept, np.exp(beta @ x.T), 0.0)
        unseen = np.exp(beta[:, 0])
        std_error = np.sqrt(unseen + unseen**2 * _first_variance(information))
    problem = np.full(len(interactions), "", dtype=object)
    problem[~determined] = "its parameters cannot be told apart"
    shaky = determined & (~settled | ((fitted < _VANISHING) & kept).any(axis=1))
    for m in np.flatnonzero(shaky):
        if not settled[m] or not exact or not exists(y[m, kept[m]], x[kept[m]][:, active[m]]):
            problem[m] = "its estimate is not finite"
    loglik, deviance = _likelihood(y, fitted)
    return Models(
        interactions,
        np.where(np.column_stack([np.zeros(len(y), dtype=bool), empty]), -np.inf, beta),
        unseen,
        std_error,
        deviance,
        loglik,
        (active.sum(axis=1) + empty.sum(axis=1)).astype(float),
        (kept.sum(axis=1) - active.sum(axis=1)).astype(float),
        tuple(problem),
    )


def _determined(x: Floats, kept: Bools, active: Bools) -> Bools:
    """Whether the columns of each model are independent in its cells; models alike in both are looked at once."""
    both, place = np.unique(np.column_stack([kept, active]), axis=0, return_inverse=True)
    cells = kept.shape[1]
    full = np.array([np.linalg.matrix_rank(x[r[:cells]][:, r[cells:]]) == r[cells:].sum() for r in both], dtype=bool)
    return full[np.ravel(place)]


def newton(y: Floats, x: Floats, kept: Bools, active: Bools) -> tuple[Floats, Floats, Bools]:
    """Coefficients, information and whether the score vanished, of all models at once; inactive parameters stay 0.

    Parameters
    ----------
    y : ndarray, shape (M, C)
    x : ndarray, shape (C, p)
    kept : ndarray of bool, shape (M, C)
        Cells of each model.
    active : ndarray of bool, shape (M, p)
        Parameters of each model.
    """
    idle = np.eye(active.shape[1]) * ~active[:, :, None]
    which = active[:, :, None] & active[:, None, :]
    weight = kept * (y + 0.5)
    beta = _solve(_cross(weight, x) * which + idle, (weight * np.log(y + 0.5)) @ x * active)
    information = np.zeros(which.shape)
    settled = np.zeros(len(active), dtype=bool)
    rows = np.arange(len(active))
    for _ in range(_STEPS):
        mean = np.where(kept[rows], np.exp(np.clip(beta[rows] @ x.T, -60, 60)), 0.0)
        information[rows] = _cross(mean, x) * which[rows] + idle[rows]
        score = np.where(kept[rows], y[rows] - mean, 0.0) @ x * active[rows]
        close = np.abs(score).max(axis=1) <= _CLOSE * (1 + y[rows].sum(axis=1))
        step = _solve(information[rows], score)
        moved = np.abs(step @ x.T).max(axis=1, keepdims=True)
        beta[rows] += step * np.minimum(1.0, 4.0 / np.maximum(moved, 1e-300))
        settled[rows[close]] = True
        rows = rows[~close]
        if not len(rows):
            break
    return beta, information, settled


def _cross(weight: Floats, x: Floats) -> Floats:
    """The matrices X'WX of all models, shape (M, p, p)."""
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    return (weight @ products).reshape(len(weight), x.shape[1], x.shape[1])


def _solve(matrix: Floats, right: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0], dtype=np.float64)
    except np.linalg.LinAlgError:  # one of them is singular: an estimate on its way to infinity
        small = 1e-12 * np.trace(matrix, axis1=1, axis2=2)[:, None, None] * np.eye(matrix.shape[1])
        return np.asarray(np.linalg.solve(matrix + small, right[:, :, None])[:, :, 0], dtype=np.float64)


def _first_variance(information: Floats) -> Floats:
    first = np.zeros(information.shape[:2])
    first[:, 0] = 1.0
    return _solve(information, first)[:, 0]


def _likelihood(y: Floats, fitted: Floats) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = special.xlogy(y, fitted) - fitted
        own = special.xlogy(y, y) - y
        loglik = terms.sum(axis=1) - special.gammaln(y + 1).sum(axis=1)
        return loglik, 2 * (own.sum(axis=1) - terms.sum(axis=1))


def exists(y: Floats, x: Floats) -> bool:
    """Whether a log-linear model has finite estimates: some positive means have the margins of the counts.

    References
    ----------
    Fienberg and Rinaldo, Annals of Statistics 40 (2012), 996-1023.

    Examples
    --------
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> exists(np.array([3.0, 2.0]), x), exists(np.array([3.0, 0.0]), x)
    (True, False)
    """
    cells, p = x.shape
    equal = np.column_stack([x.T, np.zeros(p)])
    above = np.column_stack([-np.eye(cells), np.ones(cells)])
    target = np.zeros(cells + 1)
    target[-1] = -1.0
    bounds = [(0, None)] * cells + [(None, 1.0)]
    found = optimize.linprog(target, A_ub=above, b_ub=np.zeros(cells), A_eq=equal, b_eq=x.T @ y, bounds=bounds)
    return bool(found.status == 0 and -found.fun > 1e-9)


def stepwise(cells: Cells, criterion: str) -> Bools:
    """Pairs chosen one by one from none on, as long as the criterion falls; shape (k (k - 1) / 2,)."""
    p = len(pairs(cells.k))
    chosen = np.zeros(p, dtype=bool)
    best = fit_models(cells, chosen[None]).criterion(criterion, cells.known)[0]
    while not chosen.all():
        more = np.flatnonzero(~chosen)
        trials = np.repeat(chosen[None], len(more), axis=0)
        trials[np.arange(len(more)), more] = True
        values = fit_models(cells, trials).criterion(criterion, cells.known)
        at = int(np.argmin(values))
        if not values[at] < best:
            break
        chosen, best = trials[at], values[at]
    return chosen


def averaged(models: Models, criterion: str, known: float) -> tuple[Floats, float]:
    """Weights of the models, and the number on no list averaged by them; NaN if none has an estimate.

    The weights are exp(-criterion / 2), made to sum to one.
    """
    weight = weights(models.criterion(criterion, known)[None])[0]
    used = weight > 0
    return weight, float(weight[used] @ models.unseen[used]) if used.any() else float("nan")


def weights(criterion: Floats) -> Floats:
    """Weights of models, shape (B, M), from their criterion; all 0 in a row without an estimate."""
    finite = np.isfinite(criterion)
    least = np.where(finite, criterion, np.inf).min(axis=1, keepdims=True)
    weight = np.where(
        finite, np.exp(-(np.where(finite, criterion, 0.0) - np.where(np.isfinite(least), least, 0)) / 2), 0
    )
    total = weight.sum(axis=1, keepdims=True)
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
