"""Counts of capture histories -> numbers by the sample coverage of the lists (Chao and Tsay)."""

from __future__ import annotations

import numpy as np

from clemency.models.multiplesystems.cells import histories, pairs
from clemency.typing import Floats


def sample_coverage(n: Floats, k: int) -> tuple[Floats, Floats]:
    """Coverage of the lists, and the number of all by the one-step estimator for lists of low coverage.

    Parameters
    ----------
    n : ndarray, shape (..., 2^k - 1)
        Counts.
    k : int
        Number of lists, three or more.

    Returns
    -------
    coverage : ndarray, shape (...)
        Mean share of a list that is on another list too, an estimate of the share of all people, weighed by how
        easily they are found, that the lists have.
    total : ndarray, shape (...)
        The estimate ``D / C`` that holds for independent lists, plus what their dependence, as far as it shows in
        pairs, adds.

    References
    ----------
    Chao and Tsay, Journal of the American Statistical Association 93 (1998), 283-293. Chao et al., Statistics in
    Medicine 20 (2001), 3123-3157, equations 9 and 13.

    Examples
    --------
    Hepatitis A in a college (Chao et al. 1997): 271 known; the lists cover half, and are positively dependent.

    >>> coverage, total = sample_coverage(np.array([28.0, 21, 17, 69, 18, 55, 63]), 3)
    >>> round(float(coverage), 4), round(float(total), 1)
    (0.5127, 507.8)
    """
    x = histories(k).astype(float)
    alone = x.sum(axis=1) == 1
    single, size = n[..., alone] @ x[alone], n @ x
    known = n.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = 1 - (single / size).mean(axis=-1)
        independent = (known - single.mean(axis=-1)) / coverage
        # Dependence is first measured against the number under independence, then against what comes of that.
        total = independent
        for _ in range(2):
            added = sum(_weight(n, x, i, j) * (total * _overlap(n, x, i, j) - 1) for i, j in pairs(k))
            total = independent + added / (k * coverage)
    return coverage, total


def _overlap(n: Floats, x: Floats, i: int, j: int) -> Floats:
    """How many are on both lists, over the product of their lengths."""
    return n @ (x[:, i] * x[:, j]) / ((n @ x[:, i]) * (n @ x[:, j]))


def _weight(n: Floats, x: Floats, i: int, j: int) -> Floats:
    """People who are on no list but these two, counted twice if they are on both."""
    own = x[:, i] + x[:, j]
    return n @ np.where(own == x.sum(axis=1), own, 0.0)
