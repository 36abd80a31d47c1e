"""Columns with gaps, numbers and categories -> one draw of what is missing, given all else: chained equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from clemency.typing import Bools, Floats, Ints

DONORS = 5
#: Standard deviation of the normal prior of a log odds ratio per standard deviation of a predictor.
SPREAD = 2.5


@dataclass(frozen=True, slots=True)
class Gap:
    """A column with missing values.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Numbers, or codes 0 to K - 1 of categories, all of which occur; anything where missing.
    missing : ndarray of bool, shape (n,)
    kinds : int
        K, or 0 for numbers.
    """

    values: Floats
    missing: Bools
    kinds: int


def chain(gaps: Sequence[Gap], known: Floats, rng: np.random.Generator, cycles: int) -> list[Floats]:
    """Fill gaps by draws from known values, then draw each column in turn given the others.

    Parameters
    ----------
    gaps : sequence of Gap, length q
    known : ndarray, shape (n, k)
        Predictors, standardised.
    rng : Generator
    cycles : int

    Returns
    -------
    list of ndarray, each of shape (n,)
        Completed columns.
    """
    full = [g.values.copy() for g in gaps]
    for g, values in zip(gaps, full, strict=True):
        values[g.missing] = rng.choice(g.values[~g.missing], int(g.missing.sum()))
    for _ in range(cycles):
        for j, g in enumerate(gaps):
            others = [_columns(gaps[i], full[i]) for i in range(len(gaps)) if i != j]
            X = _standardised(np.column_stack([known, *others]))
            draw = matched(g.values, X, g.missing, rng) if not g.kinds else drawn_kinds(g, X, rng)
            full[j][g.missing] = draw
    return full


def width(gaps: Sequence[Gap]) -> int:
    """Columns that the gaps take as predictors."""
    return sum(max(g.kinds - 1, 1) for g in gaps)


def _columns(g: Gap, values: Floats) -> Floats:
    return values[:, None] if not g.kinds else (values[:, None] == np.arange(1, g.kinds)).astype(np.float64)


def _standardised(X: Floats) -> Floats:
    X = X[:, np.ptp(X, axis=0) > 0]
    return (X - X.mean(axis=0)) / X.std(axis=0)


def matched(y: Floats, X: Floats, missing: Bools, rng: np.random.Generator) -> Floats:
    """Draw numbers by predictive mean matching.

    Parameters
    ----------
    y : ndarray, shape (n,)
    X : ndarray, shape (n, p)
        Predictors without a constant.
    missing : ndarray of bool, shape (n,)
    rng : Generator

    Returns
    -------
    ndarray, shape (m,)
        For each missing value that of one of the known ones whose fitted means are nearest to its own mean, which is
        taken from coefficients drawn from their posterior.

    References
    ----------
    van Buuren, Flexible Imputation of Missing Data (2018), algorithm 3.3 with matching of type 1.
    """
    X = np.column_stack([np.ones(len(X)), X])
    A, b = X[~missing], y[~missing]
    cross = A.T @ A
    root = linalg.cholesky(cross + 1e-5 * np.diag(np.diag(cross)), lower=True)
    beta = linalg.cho_solve((root, True), A.T @ b)
    sigma = np.sqrt(np.sum((b - A @ beta) ** 2) / rng.chisquare(max(len(b) - X.shape[1], 1)))
    drawn = beta + sigma * linalg.solve_triangular(root.T, rng.standard_normal(len(beta)))
    order = rng.permutation(len(b))  # of equal ones any may be the donor
    fitted, donors = (A @ beta)[order], b[order]
    place = np.argsort(fitted, kind="stable")
    fitted, donors = fitted[place], donors[place]
    wanted = X[missing] @ drawn
    k = min(DONORS, len(b))
    first = np.searchsorted(fitted, wanted)
    around = np.clip(first[:, None] + np.arange(-k, k), 0, len(b) - 1)
    far = np.abs(fitted[around] - wanted[:, None])
    far[:, 1:][around[:, 1:] == around[:, :-1]] = np.inf  # the ends, met more than once
    nearest = np.argsort(far, axis=1, kind="stable")[:, :k]
    chosen = nearest[np.arange(len(wanted)), rng.integers(0, k, len(wanted))]
    return np.asarray(donors[around[np.arange(len(wanted)), chosen]])


def drawn_kinds(g: Gap, X: Floats, rng: np.random.Generator) -> Floats:
    """Draw categories from a multinomial logit whose coefficients are drawn from their posterior.

    Parameters
    ----------
    g : Gap
    X : ndarray, shape (n, p)
        Predictors without a constant, standardised.
    rng : Generator

    Returns
    -------
    ndarray, shape (m,)
        Codes.
    """
    X = np.column_stack([np.ones(len(X)), X])
    beta, root = multinomial(g.values[~g.missing].astype(np.intp), X[~g.missing], g.kinds)
    drawn = beta + linalg.solve_triangular(root.T, rng.standard_normal(beta.size)).reshape(beta.shape)
    share = _shares(X[g.missing], drawn)
    return np.asarray((rng.random((len(share), 1)) > np.cumsum(share, axis=1)[:, :-1]).sum(axis=1), dtype=np.float64)


def multinomial(code: Ints, X: Floats, kinds: int) -> tuple[Floats, Floats]:
    """Fit a multinomial logit with a weak normal prior, so that rare categories have finite coefficients.

    Parameters
    ----------
    code : ndarray of int, shape (n,)
    X : ndarray, shape (n, p)
        With a constant first, which has no prior.
    kinds : int

    Returns
    -------
    beta : ndarray, shape (kinds - 1, p)
        Log odds against the first category, at the mode of the posterior.
    root : ndarray, shape ((kinds - 1) p, (kinds - 1) p)
        Lower Cholesky factor of the curvature there.

    References
    ----------
    Gelman, Jakulin, Pittau and Su, Annals of Applied Statistics 2 (2008), 1360-1383, on weak priors of logits.
    """
    p = X.shape[1]
    target = (code[:, None] == np.arange(1, kinds)).astype(np.float64)
    pull = np.tile(np.r_[1e-6, np.full(p - 1, SPREAD**-2)], kinds - 1)
    beta, height = np.zeros((kinds - 1, p)), -np.inf
    step = np.zeros_like(beta)
    for _ in range(60):
        there = beta + step
        share = _shares(X, there)
        reached = float(np.log(share[np.arange(len(code)), code]).sum() - pull @ there.ravel() ** 2 / 2)
        if not reached >= height - 1e-12 * abs(height):
            step = step / 2
            continue
        gain, beta, height = reached - height, there, reached
        slope = ((target - share[:, 1:]).T @ X).ravel() - pull * beta.ravel()
        root = linalg.cholesky(_curvature(X, share[:, 1:]) + np.diag(pull), lower=True)
        if gain < 1e-9:
            break
        step = linalg.cho_solve((root, True), slope).reshape(beta.shape)
    return beta, root


def _curvature(X: Floats, share: Floats) -> Floats:
    k, p = share.shape[1], X.shape[1]
    out = np.empty((k, p, k, p))
    for a in range(k):
        for b in range(k):
            weight = share[:, a] * ((a == b) - share[:, b])
            out[a, :, b] = (X * weight[:, None]).T @ X
    return out.reshape(k * p, k * p)


def _shares(X: Floats, beta: Floats) -> Floats:
    return np.asarray(special.softmax(np.column_stack([np.zeros(len(X)), X @ beta.T]), axis=1))
