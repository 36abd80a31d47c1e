"""Numbers at risk and events of groups, at every event time -> scores of a comparison of groups, and one statistic.

All tables have shape (D, K), for D event times and K groups.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.kernel.riskset import RiskSets
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Comparison:
    """Observed and expected events, shape (K,), and the covariance of their difference, shape (K, K)."""

    observed: Floats
    expected: Floats
    covariance: Floats


def count_at_risk(sets: RiskSets, code: Ints, K: int, weight: Floats | None = None) -> Floats:
    """Count the cases of each group that are at risk just before each event time, shape (D, K)."""
    D = len(sets.time)
    gone, come = (np.bincount(v * K + code, weight, minlength=(D + 1) * K) for v in (sets.hi, sets.lo))
    change = gone - come
    late_first = np.cumsum(change.reshape(D + 1, K)[:0:-1], axis=0)
    return late_first[::-1].astype(np.float64)


def count_events(sets: RiskSets, code: Ints, which: Bools, K: int, weight: Floats | None = None) -> Floats:
    """Count the events of each group at each event time, shape (D, K)."""
    D, own = len(sets.time), None if weight is None else weight[which]
    number = sets.at
    return np.bincount(number[which] * K + code[which], own, minlength=D * K).reshape(D, K).astype(np.float64)


Weighting = Literal["logrank", "gehan", "tarone-ware", "peto"]


@dataclass(frozen=True, slots=True)
class TimeWeights:
    """How much each event time counts in a comparison of hazards.

    Attributes
    ----------
    kind : {"logrank", "gehan", "tarone-ware", "peto"}
    rho, gamma : float
        Powers of the pooled survival just before, and of one minus it; for ``"logrank"``.
    """

    kind: Weighting = "logrank"
    rho: float = 0.0
    gamma: float = 0.0

    def at(self, sets: RiskSets, n: Floats, d: Floats) -> Floats:
        """Weights of the event times, from the numbers at risk and of events in all groups, shape (D,)."""
        if self.kind == "gehan":
            return n
        if self.kind == "tarone-ware":
            return np.sqrt(n)
        if self.kind == "peto":  # a survival that does not reach zero, at the time itself
            factors = 1 - d / (n + 1)
            return just_before(sets, factors) * factors
        if not (self.rho or self.gamma):
            return np.ones(len(n))
        before = just_before(sets, 1 - d / n)
        return before**self.rho * (1 - before) ** self.gamma


_PLAIN = TimeWeights()


class Tables(Protocol):
    """Numbers of groups from which some of them can be compared."""

    def compare(self, groups: Ints) -> Comparison:
        """Compare some of the groups, as if there were no others."""
        ...


@dataclass(frozen=True, slots=True)
class HazardTables:
    """Numbers at risk and of events by group, shape (D, K), for a comparison of hazards."""

    sets: RiskSets
    at_risk: Floats
    n_event: Floats
    weights: TimeWeights

    def compare(self, groups: Ints) -> Comparison:
        """Compare some of the groups, as if there were no others."""
        return compare_hazards(self.sets, self.at_risk[:, groups], self.n_event[:, groups], self.weights)


@dataclass(frozen=True, slots=True)
class IncidenceTables:
    """Numbers at risk, of events and of competing ones by group, shape (D, K), at all times of any event."""

    sets: RiskSets
    at_risk: Floats
    n_event: Floats
    n_competing: Floats
    rho: float

    def compare(self, groups: Ints) -> Comparison:
        """Compare some of the groups, as if there were no others; their scores are added up over strata."""
        parts = []
        for first, after in itertools.pairwise(self.sets.first):
            n, d, other = (v[first:after][:, groups] for v in (self.at_risk, self.n_event, self.n_competing))
            here = (d + other).sum(axis=1) > 0
            if here.any():
                parts.append(compare_incidences(n[here], d[here], other[here], self.rho))
        K = len(groups)
        added = Comparison(np.zeros(K), np.zeros(K), np.zeros((K, K)))
        for p in parts:
            added = Comparison(
                added.observed + p.observed, added.expected + p.expected, added.covariance + p.covariance
            )
        return added


#: Corrections for several tests.
ADJUSTMENTS = ("holm", "bonferroni", "bh", "none")


def adjusted(p: Floats, adjust: str) -> Floats:
    """Correct p values for their number.

    Examples
    --------
    >>> import numpy as np
    >>> adjusted(np.array([0.01, 0.04, 0.03]), "holm").round(12).tolist()
    [0.03, 0.06, 0.06]
    """
    m, order, out = len(p), np.argsort(p, kind="stable"), np.empty(len(p))
    if adjust == "holm":
        out[order] = np.maximum.accumulate(p[order] * np.arange(m, 0, -1))
    elif adjust == "bh":
        out[order[::-1]] = np.minimum.accumulate(p[order[::-1]] * m / np.arange(m, 0, -1))
    else:
        out[:] = p * (m if adjust == "bonferroni" else 1)
    return np.minimum(out, 1.0)


def pairs_of_groups(tables: Tables, names: list[str], adjust: str) -> pd.DataFrame:
    """Compare each two groups by themselves; see :meth:`Test.pairs`."""
    if adjust not in ADJUSTMENTS:
        raise UsageError(f"adjust={adjust!r} is not one of: {', '.join(ADJUSTMENTS)}.")
    rows = []
    for i, j in itertools.combinations(range(len(names)), 2):
        found = tables.compare(np.array([i, j]))
        try:
            statistic, _ = quadratic_form(found.observed - found.expected, found.covariance)
        except UsageError:  # never at risk together
            statistic = np.nan
        p_value = float(special.chdtrc(1, statistic)) if np.isfinite(statistic) else np.nan
        rows.append((names[i], names[j], statistic, p_value))
    out = pd.DataFrame(rows, columns=["group", "other", "statistic", "p_value"])
    p = out["p_value"].to_numpy(copy=True)
    known = np.isfinite(p)
    p[known] = adjusted(p[known], adjust)
    return out.assign(p_adjusted=p)


def trend_of_groups(difference: Floats, covariance: Floats, groups: pd.DataFrame, scores: Any) -> pd.DataFrame:
    """Test whether the hazard rises or falls with a score of the groups; see :meth:`Test.trend`."""
    score = _scores(groups, scores)
    variance = float(score @ covariance @ score)
    spread = float(np.diag(covariance).max(initial=0.0)) * float(np.ptp(score)) ** 2
    if not variance > 1e-12 * spread:
        raise UsageError("the groups that are compared have one score: there is no trend to test.")
    statistic = float(score @ difference) / np.sqrt(variance)
    return pd.DataFrame({"statistic": [statistic], "p_value": [float(2 * special.ndtr(-abs(statistic)))]})


def _scores(groups: pd.DataFrame, scores: Any) -> Floats:
    """Score of each group: as given, its own number, or its place in an order that the data declare."""
    names = [", ".join(str(v) for v in row) for row in groups.itertuples(index=False)]
    if scores is None:
        column = groups.iloc[:, 0]
        if groups.shape[1] == 1 and getattr(column.dtype, "ordered", False):
            return np.arange(1.0, len(groups) + 1)
        if groups.shape[1] == 1 and pd.api.types.is_numeric_dtype(column.dtype):
            return column.to_numpy(dtype=np.float64)
        raise UsageError(
            f"the groups have no order of their own: give scores= with a number for each of {', '.join(names)}, or "
            "make the column an ordered categorical."
        )
    if not isinstance(scores, Mapping):
        raise UsageError("scores= takes a mapping of groups to numbers, such as {'county': 1, 'province': 2}.")
    given = {str(k): v for k, v in scores.items()}
    wrong = [n for n in names if n not in given] + [n for n in given if n not in names]
    if wrong or len(given) < len(scores):
        raise UsageError(f"scores= must name each group once; the groups are: {', '.join(names)}.")
    found = pd.to_numeric(pd.Series([given[n] for n in names], dtype=object), errors="coerce").to_numpy(np.float64)
    if not np.isfinite(found).all() or any(isinstance(v, bool | str) for v in given.values()):
        raise UsageError("scores= must be finite numbers.")
    return found


def compare_hazards(sets: RiskSets, at_risk: Floats, n_event: Floats, weights: TimeWeights = _PLAIN) -> Comparison:
    """Sum weighted observed and expected events over event times and strata.

    Parameters
    ----------
    sets : RiskSets
    at_risk, n_event : ndarray, shape (D, K)
        Numbers at risk and of events, by group; times at which nobody of them is at risk do not count.
    weights : TimeWeights

    Returns
    -------
    Comparison
    """
    n, d = at_risk.sum(axis=1), n_event.sum(axis=1)
    there = np.maximum(n, 1)
    share = at_risk / there[:, None]
    weight = weights.at(sets, there, d)
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
