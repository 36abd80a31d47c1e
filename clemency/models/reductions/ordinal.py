"""Whole months as ordered categories, and columns -> a cumulative logit: coefficients, thresholds, expected months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.models.regression.separation import separated
from clemency.records.errors import DataError, Problem
from clemency.typing import Bools, Floats, Ints

_STEPS = 100


@dataclass(frozen=True, slots=True)
class OrdinalFit:
    """A cumulative logit at its maximum: logit P(size <= category j) = threshold j - x'b.

    Attributes
    ----------
    theta : ndarray, shape (p + k - 1,)
        Coefficients, then thresholds.
    scores : ndarray, shape (n, p + k - 1)
        Weighted.
    bread : ndarray, shape (p + k - 1, p + k - 1)
        Inverse of the information.
    loglik : float
    """

    theta: Floats
    scores: Floats
    bread: Floats
    loglik: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """Derivatives of each row's logarithm of its probability by its upper and its lower end."""

    log: Floats
    upper: Floats
    lower: Floats
    upper_two: Floats
    lower_two: Floats
    both: Floats


def fit_ordinal(code: Ints, X: Floats, weight: Floats) -> OrdinalFit:
    """Fit a cumulative logit by Newton's method; its log-likelihood is concave, so the maximum is the only one.

    Parameters
    ----------
    code : ndarray of int, shape (n,)
        Category, 0 to k - 1, each there.
    X : ndarray, shape (n, p)
        Without a constant.
    weight : ndarray, shape (n,)

    Returns
    -------
    OrdinalFit

    Raises
    ------
    DataError
        If the search does not end.

    References
    ----------
    McCullagh, Journal of the Royal Statistical Society B 42 (1980), 109-142. Pratt, Journal of the American Statistical
    Association 76 (1981), 103-106 (concavity).
    """
    k, p = int(code.max()) + 1, X.shape[1]
    last, first = code == k - 1, code == 0
    up, down = _ends(code, X, k)
    share = np.cumsum(np.bincount(code, weights=weight, minlength=k))[:-1] / weight.sum()
    theta = np.concatenate([np.zeros(p), special.logit(share)])
    rows = _rows(up @ theta, down @ theta, last, first)
    for _ in range(_STEPS):
        scores = weight[:, None] * (rows.upper[:, None] * up + rows.lower[:, None] * down)
        information = _information(up, down, rows, weight)
        step = np.linalg.solve(information, scores.sum(axis=0))
        if float(step @ information @ step) < 1e-18 * max(1.0, abs(float(weight @ rows.log))):
            bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
            return OrdinalFit(theta, scores, bread, float(weight @ rows.log))
        for _half in range(40):
            tried = _rows(up @ (theta + step), down @ (theta + step), last, first)
            if float(weight @ tried.log) >= float(weight @ rows.log) - 1e-12 * abs(float(weight @ rows.log)):
                break
            step = step / 2
        theta, rows = theta + step, tried
    remedy = "Leave terms out or rescale them."
    raise DataError([Problem("data", None, "", "", "the search for the coefficients does not converge", remedy)])


def _ends(code: Ints, X: Floats, k: int) -> tuple[Floats, Floats]:
    """Derivatives of each row's upper and lower end, threshold less x'b, by coefficients and thresholds."""
    n, p = X.shape
    up, down = np.zeros((n, p + k - 1)), np.zeros((n, p + k - 1))
    up[:, :p] = down[:, :p] = -X
    below, above = np.flatnonzero(code < k - 1), np.flatnonzero(code > 0)
    up[below, p + code[below]] = 1
    down[above, p + code[above] - 1] = 1
    return up, down


def _rows(a: Floats, b: Floats, last: Bools, first: Bools) -> _Rows:
    """The probability between two ends is F(a) F(-b) (1 - exp(b - a)), which loses no digits in the tails."""
    inner = ~last & ~first
    width = np.where(inner, a - b, 1.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gap = np.where(inner, np.log(-np.expm1(-width)), 0.0)
        gap = np.where(inner & (width <= 0), -np.inf, gap)
        g = np.where(inner, 1 / np.expm1(width), 0.0)
        h = np.where(inner, g * (1 + g), 0.0)
    upper, lower = np.where(last, 0.0, special.expit(-a)), np.where(first, 0.0, special.expit(b))
    log = np.where(last, 0.0, special.log_expit(a)) + np.where(first, 0.0, special.log_expit(-b)) + gap
    return _Rows(log, upper + g, -lower - g, upper * (1 - upper) + h, lower * (1 - lower) + h, h)


def _information(up: Floats, down: Floats, rows: _Rows, weight: Floats) -> Floats:
    cross = up.T @ (down * (weight * rows.both)[:, None])
    own = up.T @ (up * (weight * rows.upper_two)[:, None]) + down.T @ (down * (weight * rows.lower_two)[:, None])
    return np.asarray(own - cross - cross.T, dtype=np.float64)


def probabilities(theta: Floats, X: Floats) -> tuple[Floats, Floats]:
    """Probability of each category for rows, (n, k), and its derivatives by coefficients and thresholds, (n, k, m)."""
    p = X.shape[1]
    ends = theta[p:] - (X @ theta[:p])[:, None]
    below, slope = special.expit(ends), special.expit(ends) * special.expit(-ends)
    n, cuts = ends.shape
    move = np.zeros((n, cuts + 2, len(theta)))  # of P(size <= category), with none and all at the ends
    move[:, 1:-1, :p] = -slope[:, :, None] * X[:, None, :]
    move[:, np.arange(1, cuts + 1), p + np.arange(cuts)] = slope
    whole = np.column_stack([np.zeros(n), below, np.ones(n)])
    return np.diff(whole, axis=1), np.diff(move, axis=1)


def expected(theta: Floats, X: Floats, categories: Floats) -> tuple[Floats, Floats]:
    """Expected size for rows, (n,), and its derivatives, (n, m)."""
    share, move = probabilities(theta, X)
    return share @ categories, np.einsum("nkm,k->nm", move, categories)


def refuse_separated_order(code: Ints, X: Floats, terms: tuple[str, ...], levels: tuple[str, ...]) -> None:
    """Refuse terms along which the categories lie in order, so that the likelihood rises for ever.

    Each row with its lower and its upper threshold is a row of a binary problem with thresholds as constants.
    """
    up, down = _ends(code, X, int(code.max()) + 1)
    below, above = code < code.max(), code > 0
    stacked = np.vstack([-down[above], -up[below]])
    events = np.r_[np.ones(above.sum(), dtype=bool), np.zeros(below.sum(), dtype=bool)]
    found = [int(j) for j in separated(stacked, events) if j < X.shape[1]]
    message = "the sizes lie in its order, so it has no finite coefficient"
    remedy = "Merge the level with another, or leave the term out."
    if found:
        raise DataError([Problem("data", None, terms[j], levels[j], message, remedy) for j in found])
