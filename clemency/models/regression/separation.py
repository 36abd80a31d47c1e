"""A design and 0/1 outcomes -> the columns that separate them, so that no maximum exists."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from clemency.typing import Bools, Floats, Ints


def separated(X: Floats, y: Bools) -> Ints:
    """Columns whose coefficient has no finite maximum-likelihood estimate.

    A direction b separates if no event row has x'b < 0 and no other row has x'b > 0, with one of them strict; the
    likelihood then rises along b for ever. Column j is in a separating direction if b_j can be other than zero.

    Parameters
    ----------
    X : ndarray, shape (n, p)
        With the constant.
    y : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of int
        Empty if the estimate is finite.

    References
    ----------
    Albert and Anderson, Biometrika 71 (1984), 1-10. Konis, Linear Programming Algorithms for Detecting Separated
    Data in Binary Logistic Regression Models (thesis, Oxford, 2007).

    Examples
    --------
    >>> import numpy as np
    >>> X = np.column_stack([np.ones(4), [0, 0, 1, 1], [0, 1, 0, 1]])
    >>> separated(X, np.array([False, False, True, False])).tolist()
    [0, 1, 2]
    >>> separated(X[:, :2], np.array([False, True, True, False])).tolist()
    []
    """
    signed = np.unique(np.where(y[:, None], X, -X), axis=0)
    p = X.shape[1]
    total = signed.sum(axis=0)
    found = optimize.linprog(-total, A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=[(-1, 1)] * p, method="highs")
    if found.status != 0 or -found.fun <= 1e-7:
        return np.zeros(0, dtype=np.intp)
    inside = np.zeros(p, dtype=bool)
    strict = np.r_[np.zeros(len(signed)), -1e-6]
    A = np.vstack([-signed, -total])
    for j in range(p):
        for direction in (-1.0, 1.0):
            aim = np.zeros(p)
            aim[j] = direction
            best = optimize.linprog(aim, A_ub=A, b_ub=strict, bounds=[(-1, 1)] * p, method="highs")
            inside[j] |= best.status == 0 and -best.fun > 1e-7
    return np.flatnonzero(inside)
