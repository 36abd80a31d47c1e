"""Symmetric matrices -> their inverse, solutions, and whether they are singular."""

from __future__ import annotations

import numpy as np

from clemency.typing import Floats


def least_eigenvalue(A: Floats) -> float:
    """Smallest eigenvalue of a symmetric matrix with a positive diagonal, scaled to a diagonal of ones."""
    scale = np.sqrt(np.diag(A))
    return float(np.linalg.eigvalsh(A / np.outer(scale, scale))[0])


def solve(A: Floats, b: Floats) -> Floats:
    """Solve a symmetric system after scaling it to unit diagonal; least squares if it is singular."""
    scale = np.sqrt(np.maximum(np.diag(A), 1e-100))
    scaled = A / np.outer(scale, scale)
    right = b / (scale if b.ndim == 1 else scale[:, None])
    try:
        out = np.linalg.solve(scaled, right)
    except np.linalg.LinAlgError:
        out = np.linalg.lstsq(scaled, right, rcond=1e-12)[0]
    return out / (scale if b.ndim == 1 else scale[:, None])


def inverse(A: Floats) -> Floats:
    """Invert a symmetric matrix by :func:`solve` and make it symmetric to the last bit."""
    out = solve(A, np.eye(len(A)))
    return (out + out.T) / 2
