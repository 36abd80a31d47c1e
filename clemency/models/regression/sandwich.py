"""Score residuals by cluster -> the meat of a sandwich covariance."""

from __future__ import annotations

import numpy as np

from clemency.models.kernel.riskset import sums_by
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints


def clustered(scores: Floats, clusters: tuple[Ints, ...]) -> Floats:
    """Sum of outer products of scores by one or two clusterings, shape (p, p)."""
    meat = np.zeros((scores.shape[1], scores.shape[1]))
    for code in clusters:
        summed = cluster_sums(scores, code)
        meat += summed.T @ summed
    if len(clusters) == 2:
        first, second = clusters
        _, both = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)
        summed = cluster_sums(scores, both)
        meat -= summed.T @ summed
    return meat


def few_clusters(influence: Floats, clusters: Ints) -> tuple[Floats, float]:
    """Cluster-robust covariance with the factor G / (G - 1), and its degrees of freedom.

    Parameters
    ----------
    influence : ndarray, shape (n, p)
        Of each row on the estimates: scores times the inverse of the information.
    clusters : ndarray of int, shape (n,)

    Returns
    -------
    covariance : ndarray, shape (p, p)
    df : float
        G - 1.

    Raises
    ------
    UsageError
        If there is one cluster only.
    """
    _, code = np.unique(clusters, return_inverse=True)
    G = int(code.max()) + 1
    if G < 2:
        raise UsageError(
            "A cluster variance needs at least two clusters: leave cluster= out, or name a column with more values."
        )
    return clustered(influence, (code,)) * (G / (G - 1)), float(G - 1)


def cluster_sums(values: Floats, code: Ints) -> Floats:
    """Sum rows by cluster, shape (G, p)."""
    size = int(code.max()) + 1
    return np.column_stack([sums_by(code, values[:, j], size) for j in range(values.shape[1])])
