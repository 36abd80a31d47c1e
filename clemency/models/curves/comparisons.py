"""Numbers at risk and events of groups, at every event time -> scores of a comparison of groups, and one statistic.

All tables have shape (D, K), for D event times and K groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clemency.models.kernel.riskset import RiskSets
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Comparison:
    """Observed and expected events, shape (K,), and the covariance of their difference, shape (K, K)."""

    observed: Floats
    expected: Floats
    covariance: Floats


def count_at_risk(sets: RiskSets, code: Ints, K: int) -> Floats:
    """Count the rows of each group that are at risk just before each event time, shape (D, K)."""
    D = len(sets.time)
    change = np.bincount(sets.hi * K + code, minlength=(D + 1) * K) - np.bincount(
        sets.lo * K + code, minlength=(D + 1) * K
    )
    late_first = np.cumsum(change.reshape(D + 1, K)[:0:-1], axis=0)
    return late_first[::-1].astype(np.float64)


def count_events(sets: RiskSets, code: Ints, which: Bools, K: int) -> Floats:
    """Count the events of each group at each event time, shape (D, K)."""
    D = len(sets.time)
    number = sets.at
    return np.bincount(number[which] * K + code[which], minlength=D * K).reshape(D, K).astype(np.float64)


def compare_hazards(
    sets: RiskSets, at_risk: Floats, n_event: Floats, rho: float = 0.0, gamma: float = 0.0
) -> Comparison:
    """Sum weighted observed and expected events over event times and strata.

    Parameters
    ----------
    sets : RiskSets
    at_risk, n_event : ndarray, shape (D, K)
        Numbers at risk and of events, by group.
    rho, gamma : float

    Returns
    -------
    Comparison
    """
    n, d = at_risk.sum(axis=1), n_event.sum(axis=1)
    share = at_risk / n[:, None]
    weight = np.ones(len(n))
    if rho or gamma:
        before = just_before(sets, 1 - d / n)
        weight = before**rho * (1 - before) ** gamma
    variance = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag(variance @ share) - (share * variance[:, None]).T @ share
    return Comparison(weight @ n_event, (weight * d) @ share, covariance)


def just_before(sets: RiskSets, factors: Floats) -> Floats:
    """Product of the factors of all earlier event times of the stratum, shape (D,)."""
    result = np.ones(len(factors))
    for start, stop in zip(sets.first[:-1], sets.first[1:], strict=True):
        result[start + 1 : stop] = np.cumprod(factors[start:stop])[:-1]
    return result


def compare_incidences(at_risk: Floats, n_event: Floats, n_competing: Floats, rho: float = 0.0) -> Comparison:
    """Gray's score and its covariance in one stratum.

    Parameters
    ----------
    at_risk, n_event, n_competing : ndarray, shape (D, K)
        Numbers at risk, of the events compared, and of those that compete, by group, at all times of any event.
    rho : float

    Returns
    -------
    Comparison
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        present = at_risk > 0
        survival = np.cumprod(
            np.where(present, 1 - (n_event + n_competing) / at_risk, 1.0), axis=0, dtype=np.float64
        )  # free of any event
        survival_before = _shifted(survival, 1.0)
        incidence = _shifted(np.cumsum(np.where(present, survival_before * n_event / at_risk, 0.0), axis=0), 0.0)
        scaled = np.where(present, at_risk / survival_before, 0.0)
    size = scaled.sum(axis=1)
    d = n_event.sum(axis=1)
    pooled = np.cumsum(d / size, dtype=np.float64)
    before = _shifted(pooled, 0.0)
    # Gray's pooled estimate may end above 1; whole powers are then as in cmprsk, which has no value for others
    weight = (1 - before if float(rho).is_integer() else np.clip(1 - before, 0, None)) ** rho
    subjects = scaled * (1 - incidence)  # as many are at risk in the subdistribution
    expected = subjects / subjects.sum(axis=1)[:, None] * (weight * d)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where((d > 0) & (abs(1 - before) > 1e-12), d / (size * (1 - before)), 0.0)
    K = at_risk.shape[1]
    covariance = np.zeros((K, K))
    for k in range(K):
        group = _Arm(present[:, k], at_risk[:, k], n_competing[:, k], survival_before[:, k], survival[:, k])
        drift = -scaled * (scaled[:, k] / size * weight)[:, None]
        drift[:, k] += weight * scaled[:, k]
        drift[~group.present] = 0.0
        covariance += _from_arm(group, drift, hazard, d, size, 1 - pooled)
    return Comparison((weight[:, None] * n_event).sum(axis=0), expected.sum(axis=0), covariance)


@dataclass(frozen=True, slots=True)
class _Arm:
    """One group at each event time, shape (D,)."""

    present: Bools
    at_risk: Floats
    n_competing: Floats
    survival_before: Floats
    survival: Floats


def _from_arm(arm: _Arm, drift: Floats, hazard: Floats, d: Floats, size: Floats, left: Floats) -> Floats:
    """Part of the covariance of the scores that comes from one group's two counting processes.

    Each process moves the scores, shape (D, K), at once by ``drift`` and later by what its step changes in the
    estimates of later times, which is ``(total - past)`` times a share.
    """
    past = np.cumsum(drift * hazard[:, None], axis=0)
    total = past[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(arm.survival > 0, left / arm.survival, 0.0)
        tied = np.where(d > 1, 1 - (d - 1) / (size * arm.survival_before - 1), 1.0)
        own = np.where(arm.present, tied * arm.survival_before * d / (size * arm.at_risk), 0.0)
        tied = np.where(arm.n_competing > 1, 1 - (arm.n_competing - 1) / (arm.at_risk - 1), 1.0)
        other = np.where(
            arm.present & (arm.survival > 0), tied * arm.survival_before**2 * arm.n_competing / arm.at_risk**2, 0.0
        )
    later = total - past
    by_event = drift + (1 - share)[:, None] * later
    by_other = share[:, None] * later
    return (by_event * own[:, None]).T @ by_event + (by_other * other[:, None]).T @ by_other


def quadratic_form(difference: Floats, covariance: Floats) -> tuple[float, int]:
    """Statistic and degrees of freedom of differences whose covariance is singular (they sum to zero).

    Raises
    ------
    UsageError
        Where the covariance is zero: no two groups were at risk together at an event.
    """
    error = np.sqrt(np.clip(np.diag(covariance), 0, None))
    used = error > 1e-10 * max(error.max(initial=0), 1e-300)
    scale = error[used]
    values, vectors = np.linalg.eigh(covariance[np.ix_(used, used)] / np.outer(scale, scale))
    nonzero = values > 1e-9
    if not nonzero.any():
        raise UsageError("no two groups of 'by' were at risk together at an event: there is nothing to compare")
    turned = vectors[:, nonzero].T @ (difference[used] / scale)
    return float(turned**2 @ (1 / values[nonzero])), int(nonzero.sum())


def _shifted(table: Floats, first: float) -> Floats:
    """Values just before each time."""
    out = np.full_like(table, first)
    out[1:] = table[:-1]
    return out
