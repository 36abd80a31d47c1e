"""Symmetric matrices -> their inverse, solutions, and whether they are singular; a curvature learnt from scores."""

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


def learnt(curvature: Floats, step: Floats, fall: Floats) -> Floats:
    """Update a curvature after a step along which the score fell, so that it stays positive definite (BFGS).

    Parameters
    ----------
    curvature : ndarray, shape (p, p)
        Negative second derivatives of what is maximised, as far as they are known.
    step : ndarray, shape (p,)
    fall : ndarray, shape (p,)
        Score before the step, less the score after it.

    Returns
    -------
    ndarray, shape (p, p)
        As given, where the step went uphill so little that nothing can be learnt.

    References
    ----------
    J. Nocedal and S. J. Wright (2006), Numerical Optimization, 2nd ed., section 6.1.
    """
    bent = curvature @ step
    before, after = float(step @ bent), float(step @ fall)
    if not (np.isfinite(after) and after > 1e-4 * before > 0):
        return curvature
    return np.asarray(curvature + np.outer(fall, fall) / after - np.outer(bent, bent) / before, dtype=np.float64)
