"""Weighted rows of a matrix, summed over risk sets and over tied events, and as second moments; it is read once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from clemency.models.parts import BLOCK, both, in_parts
from clemency.models.riskset import Floats, Ints, RiskSets, sums_from_the_end
from clemency.models.ties import Tied


def products_at_risk(sets: RiskSets, weight: Floats, X: Floats) -> Floats:
    """Sum weighted rows of a matrix over the rows at risk just before each event time.

    Parameters
    ----------
    sets : RiskSets
    weight : ndarray of float, shape (n,)
    X : ndarray of float, shape (n, p), row-major
        Read once, without a copy.

    Returns
    -------
    ndarray of float, shape (D, p)
    """
    if sets.fade is None:
        return _products(sets, weight, X, slice(None))
    k = sets.n_own
    late = _products(sets, weight[k:], X[k:], slice(k, None))
    return _products(sets, weight[:k], X[:k], slice(k)) + sets.fade[:, None] * late


def _products(sets: RiskSets, weight: Floats, X: Floats, rows: slice) -> Floats:
    L = sets.n_lines
    change: Floats
    if sets.cell is not None and rows.start is None:
        table = _by_code(sets.cell, weight, X, L**2).reshape(L, L, -1)
        change = table.sum(axis=0) - table.sum(axis=1)
    else:
        come, go = sets.lines(rows)
        if sets.delayed or sets.block is not None or rows.start is not None:
            change, early = both(lambda: _by_code(go, weight, X, L), lambda: _by_code(come, weight, X, L), len(X))
            change -= early
        else:
            change = _by_code(go, weight, X, L)
    return sums_from_the_end(sets, change)


def products_at_ties(tied: Tied, weight: Floats, X: Floats) -> Floats:
    """Sum weighted rows of a matrix over the events of each tied time, shape (k, p)."""
    data, place = weight[tied.rows], tied.place.astype(np.int32)
    return _selected(data, place, tied.before, X, len(tied.times))


def _by_code(code: Ints, weight: Floats, X: Floats, size: int) -> Floats:
    """Sum weighted rows by code, shape (size, p)."""
    return _selected(weight, code.astype(np.int32), np.arange(len(code) + 1, dtype=np.int32), X, size)


def _selected(data: Floats, place: npt.NDArray[np.int32], ends: npt.NDArray[np.int32], X: Floats, size: int) -> Floats:
    """Multiply a sparse matrix, with at most one entry for each row of X, with X."""
    return np.asarray(csc_array((data, place, ends), shape=(size, len(X))) @ X, dtype=np.float64)


def second_moments(X: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted second moments of all rows, shape (p, p), and their weighted sum, shape (p,)."""
    p = X.shape[1]

    def part(start: int, stop: int) -> Floats:
        out = np.zeros((p + 1, p))
        for i in range(start, stop, BLOCK):
            block, w = X[i : min(i + BLOCK, stop)], weight[i : min(i + BLOCK, stop)]
            out[:p] += block.T @ (block * w[:, None])
            out[p] += w @ block
        return out

    found = in_parts(part, len(X))
    return found[:p], found[p]
