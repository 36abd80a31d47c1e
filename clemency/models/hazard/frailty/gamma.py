"""The gamma frailty on arrays: what it adds to a log-likelihood for a given variance, and the derivatives of that.

With variance t, weighted events d and log frailties w of the groups, the log-likelihood with the frailties integrated
out is, at the w that maximise it, the partial likelihood with offsets w less ``penalty(w, t)``, plus
``correction(d, t)`` [1]_. Both go to zero with t.

References
----------
.. [1] T. M. Therneau, P. M. Grambsch and V. S. Pankratz (2003), Penalized survival models and frailty, Journal of
   Computational and Graphical Statistics 12:156-175.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clemency.typing import Floats, Ints

#: Below this a difference of nearly equal numbers is summed as a series.
_SMALL = 1e-3


@dataclass(frozen=True, slots=True)
class Correction:
    """``correction(d, t)`` with its first two derivatives by t."""

    value: float
    slope: float
    bend: float


def penalty(w: Floats, theta: float) -> float:
    """Penalty of log frailties: the sum of (exp(w) - 1 - w) / theta."""
    return float(excess(w).sum() / theta)


def excess(w: Floats) -> Floats:
    """exp(w) - 1 - w without loss of digits near zero."""
    series = w * w * (1 / 2 + w * (1 / 6 + w * (1 / 24 + w * (1 / 120 + w / 720))))
    with np.errstate(over="ignore"):
        return np.where(np.abs(w) < 10 * _SMALL, series, np.expm1(w) - w)


def correction(events: Ints, theta: float) -> Correction:
    """What integrating the frailties out adds, summed over the groups.

    For a group with d events: the sum of log(1 + k t) over k < d, plus d - (1/t + d) log(1 + d t).

    Parameters
    ----------
    events : ndarray of int, shape (G,)
        Events of each group.
    theta : float
        Above zero.

    Returns
    -------
    Correction
    """
    d, number = np.unique(events[events > 0], return_counts=True)
    if not len(d):
        return Correction(0.0, 0.0, 0.0)
    k = np.arange(int(d[-1]), dtype=np.float64)
    ratio = k / (1 + k * theta)
    sums = [np.cumsum(v)[d - 1] for v in (np.log1p(k * theta), ratio, -(ratio**2))]
    x = np.asarray(d * theta, dtype=np.float64)
    value = sums[0] - d * x * _first(x) - d * np.log1p(x)
    size = d.astype(np.float64)
    slope = sums[1] + size * size * _first(x)
    bend = sums[2] + size * size * size * _second(x)
    return Correction(*(float(number @ v) for v in (value, slope, bend)))


def _first(x: Floats) -> Floats:
    """(log(1 + x) - x) / x**2."""
    series = -1 / 2 + x * (1 / 3 + x * (-1 / 4 + x * (1 / 5 - x / 6)))
    return np.where(x < _SMALL, series, (np.log1p(x) - x) / np.square(np.maximum(x, _SMALL)))


def _second(x: Floats) -> Floats:
    """-2 (log(1 + x) - x) / x**3 - 1 / (x (1 + x)), whose terms cancel near zero."""
    series = 1 / 3 + x * (-1 / 2 + x * (3 / 5 + x * (-2 / 3 + x * 5 / 7)))
    large = np.maximum(x, 10 * _SMALL)
    return np.where(x < 10 * _SMALL, series, -2 * (np.log1p(large) - large) / large**3 - 1 / (large * (1 + large)))
