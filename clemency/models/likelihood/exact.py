"""Cox's exact (discrete) partial likelihood: which d of those at risk have the event, given that d have it.

The denominator is an elementary symmetric function of the risks. Up to a factor it is the probability that a sum of
independent indicators equals d, which the characteristic function gives by a sum over points of the circle. Tilted so
that the expected sum is d, a few dozen points reach machine precision, whatever the number at risk; the same points
give the mean and the covariance of the covariates of the d, which are the score and the information.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from clemency.models.likelihood.partial import CoxData, Evaluation
from clemency.typing import Floats


def evaluate_exact(data: CoxData, beta: Floats) -> Evaluation:
    """Compute the exact log-likelihood, its score and its information at a coefficient vector.

    Parameters
    ----------
    data : CoxData
        Without weights.
    beta : ndarray, shape (p,)

    Returns
    -------
    Evaluation

    References
    ----------
    .. [1] D. R. Cox (1972), JRSS B 34:187-220, section 6; M. H. Gail, J. H. Lubin and L. V. Rubinstein (1981),
       Biometrika 68:703-707.
    """
    sets = data.sets
    Z = data.X
    eta = Z @ beta
    if data.offset is not None:
        eta = eta + data.offset - data.offset.mean()
    happened = np.flatnonzero(data.event)
    loglik, score = float(eta[happened].sum()), Z[happened].sum(axis=0)
    information = np.zeros((len(beta), len(beta)))
    for k, d in enumerate(sets.n_event):
        rows = np.flatnonzero((sets.lo <= k) & (k < sets.hi))
        if d == len(rows):
            loglik -= eta[rows].sum()
            score -= Z[rows].sum(axis=0)
            continue
        log, mean, spread = conditional_moments(eta[rows], Z[rows], int(d))
        loglik -= log
        score -= mean
        information += spread
    return Evaluation(beta, float(loglik), score, information)


def conditional_moments(eta: Floats, X: Floats, d: int) -> tuple[float, Floats, Floats]:
    """Weigh all sets of d out of m rows by the product of their risks.

    Parameters
    ----------
    eta : ndarray, shape (m,)
        Logarithms of the risks.
    X : ndarray, shape (m, p)
    d : int
        Less than m.

    Returns
    -------
    log : float
        Logarithm of the summed products.
    mean : ndarray, shape (p,)
        Mean of the sum of X over the chosen rows.
    spread : ndarray, shape (p, p)
        Its covariance.

    Examples
    --------
    >>> import numpy as np
    >>> log, _, _ = conditional_moments(np.log([1.0, 2.0, 3.0]), np.zeros((3, 1)), 2)
    >>> round(float(np.exp(log)), 12)  # 1*2 + 1*3 + 2*3
    11.0
    """
    tilt = _tilt(eta, d)
    odds = eta + tilt
    p = special.expit(odds)
    sd = np.sqrt((p * (1 - p)).sum())
    points = min(len(eta) + 1, int(12 * sd) + 40)
    turn = np.exp(2j * np.pi * np.arange(points) / points)
    factors = 1 + p[:, None] * (turn - 1)
    weight = np.exp(np.log(factors).sum(axis=0)) * turn ** (-d) / points
    total = weight.sum().real
    weight = weight / total
    share = p[:, None] * turn / factors
    moved = X.T @ share
    mean = (moved @ weight).real
    own = ((share * (1 - share)) @ weight).real
    spread = ((moved * weight) @ moved.T).real + X.T @ (X * own[:, None]) - np.outer(mean, mean)
    return float(np.logaddexp(0, odds).sum() - d * tilt + np.log(total)), mean, spread


def _tilt(eta: Floats, d: int) -> float:
    """Shift of the log odds at which d rows are expected."""
    low, high = -eta.max() - 50.0, -eta.min() + 50.0
    tilt = float(np.clip(np.log(d / (len(eta) - d)) - eta.mean(), low, high))
    for _ in range(100):
        p = special.expit(eta + tilt)
        gap = p.sum() - d
        if gap > 0:
            high = tilt
        else:
            low = tilt
        step = tilt - gap / max(float((p * (1 - p)).sum()), 1e-300)
        new = step if low < step < high else (low + high) / 2
        if abs(new - tilt) < 1e-6:
            return new
        tilt = new
    return tilt
