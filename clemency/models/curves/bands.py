"""Critical values of simultaneous bands: how far a Brownian bridge strays, on a stretch and at most.

No tables: the chance that the process stays inside is a series in the eigenfunctions of the process that is killed at
the border, and the critical value the root of that chance.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special

from clemency.models.curves.steps import StepCurves, limits, paths_of
from clemency.models.kernel.paths import Path
from clemency.models.kernel.riskset import count_at_risk
from clemency.models.regression.limits import check_scale, critical
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints

_DRAWS = 2000


def hall_wellner(a: float, b: float, level: float) -> float:
    """Value c with P(abs B(u) < c for all u in [a, b]) = level, B a Brownian bridge.

    Examples
    --------
    >>> round(hall_wellner(0.0, 1.0, 0.95), 4)  # the limit of Kolmogorov's test
    1.3581
    """
    low = min(0.05, 0.01 * np.sqrt(b * (1 - a)))  # below where few have had the event the bridge hardly strays
    return float(optimize.brentq(lambda c: bridge_stays(c, a, b) - level, low, 6, xtol=1e-10))


def equal_precision(a: float, b: float, level: float) -> float:
    """Value c with P(abs B(u) < c sqrt(u (1 - u)) for all u in [a, b]) = level, B a Brownian bridge.

    Examples
    --------
    >>> round(equal_precision(0.3, 0.3, 0.95), 4)  # one time only: the normal quantile
    1.96
    """
    length = 0.5 * np.log(b * (1 - a) / (a * (1 - b)))
    if length <= 1e-9:
        return float(critical(level))
    return float(optimize.brentq(lambda c: stationary_stays(c, length) - level, 0.3, 12, xtol=1e-10))


def bridge_stays(c: float, a: float, b: float) -> float:
    """Probability that a Brownian bridge on [0, 1] stays inside (-c, c) on [a, b].

    The bridge is a Brownian motion that ends at 0: it is spread normally at a, killed at the border up to b, and must
    return to 0 from there.
    """
    if b - a < 1e-12:
        return float(special.erf(c / np.sqrt(2 * a * (1 - a))))
    frequency = ((np.arange(1, 20_001) - 0.5) * np.pi / c).astype(np.float64)
    fading = np.exp(-(frequency**2) * (b - a) / 2)
    inside = _cosine_of_normal(frequency, c, a) * _cosine_of_normal(frequency, c, 1 - b)
    return float(np.sqrt(2 * np.pi) / c * np.sum(fading * inside))


def _cosine_of_normal(frequency: Floats, c: float, variance: float) -> Floats:
    """Integrals of cos(frequency x) times a normal density over (-c, c)."""
    if variance <= 0:
        return np.ones_like(frequency)
    z = (c + 1j * frequency * variance) / np.sqrt(2 * variance)
    outside = np.exp(-(c**2) / (2 * variance) - 1j * c * frequency) * special.wofz(1j * z)
    return np.exp(-(frequency**2) * variance / 2) - outside.real


def stationary_stays(c: float, length: float) -> float:
    """Probability that a stationary process with correlation exp(-lag) stays inside (-c, c) for a time.

    That process is B(u) / sqrt(u (1 - u)) on the scale log(u / (1 - u)) / 2.
    """
    values, shares = _killed(c, _terms(c, length))
    return float(np.sum(np.exp(-values * length) * shares))


def _terms(c: float, length: float) -> int:
    """Cosines to take, at most 160: with more the chance changes by less than 5e-11."""
    left = c / np.pi * np.sqrt(60 / length)
    return int(min(160, 8 * np.ceil((56 + 4 / 3 * left) / 8)))


@lru_cache(maxsize=256)
def _killed(c: float, size: int) -> tuple[Floats, Floats]:
    """Eigenvalues of the process killed at c, and the share of each in its start, over cosines that vanish there."""
    frequency = (np.arange(size) + 0.5) * np.pi / c
    plus, minus = frequency[:, None] + frequency, frequency[:, None] - frequency
    square = _square_cosine(plus, c) + _square_cosine(minus, c)
    operator = np.diag(frequency**2 - 0.5) + square / (4 * c) / 2
    values, vectors = np.linalg.eigh(operator)
    # start: exp(-x^2 / 4), half of the density of the normal
    nodes, weights = _nodes(2 * size + 40)
    x = c * nodes
    start = (np.cos(frequency[:, None] * x) * np.exp(-(x**2) / 4)) @ (c * weights) / np.sqrt(c)
    return values, (vectors.T @ start) ** 2 / np.sqrt(2 * np.pi)


@lru_cache(maxsize=4)
def _nodes(n: int) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss and Legendre on (-1, 1)."""
    return np.polynomial.legendre.leggauss(n)


def _square_cosine(k: Floats, c: float) -> Floats:
    """Integrals of x^2 cos(k x) over (-c, c)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2 * (c**2 * np.sin(k * c) / k + 2 * c * np.cos(k * c) / k**2 - 2 * np.sin(k * c) / k**3)
    return np.where(np.abs(k) < 1e-9, 2 * c**3 / 3, found)


def simulated(path: Path, group: int, at: Ints, error: Floats, level: float, random: np.random.Generator) -> float:
    """Critical value for an incidence: quantile of the largest standardised deviation of its limiting process.

    Parameters
    ----------
    path : Path
    group : int
    at : ndarray of int, shape (k,)
        Event times of the group over which the band is to hold.
    error : ndarray, shape (k,)
    level : float
    random : Generator

    Notes
    -----
    The deviation at t is a sum of independent increments of two counting processes, the event of interest and the
    others, times factors that depend on t only through F(t); normal increments of the same variance stand for them.
    """
    own = slice(path.sets.first[group], at[-1] + 1)
    at_risk, n_event = path.at_risk[own], path.n_event[own]
    n_competing = path.n_ending[own] - n_event
    before, f, asked = path.before[own], path.estimate[own], at - path.sets.first[group]
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(at_risk > path.n_ending[own], at_risk / (at_risk - path.n_ending[own]), 0.0)
    mean, rest = n_event / at_risk, n_competing / at_risk
    largest = np.empty(_DRAWS)
    size = max(1, min(_DRAWS, 4_000_000 // max(len(at_risk), 1)))
    for start in range(0, _DRAWS, size):
        m = min(size, _DRAWS - start)
        first = random.standard_normal((m, len(at_risk))) * np.sqrt(mean * (1 - mean) / at_risk)
        # the kinds of event share the risk set: their steps are negatively correlated, as in a multinomial draw
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(mean < 1, -rest / (1 - mean), 0.0)
            spread = np.where(mean < 1, rest * (1 - mean - rest) / (1 - mean) / at_risk, 0.0)
        second = random.standard_normal((m, len(at_risk))) * np.sqrt(np.clip(spread, 0, None)) + slope * first
        every = (first + second) * lift
        direct = np.cumsum(before * first + every * f, axis=1)
        fall = np.cumsum(every, axis=1)
        deviation = (direct - f * fall)[:, asked] / error
        largest[start : start + m] = np.abs(deviation).max(axis=1)
    return float(np.quantile(largest, level))


def bands(
    curves: StepCurves, kind: str, between: tuple[float, float] | None, conf_type: str, seed: int
) -> pd.DataFrame:
    """Simultaneous limits; see :meth:`Curves.band`."""
    _check_band(curves, kind, conf_type)
    rising = curves.kind == "incidence"
    first, last = (0.0, np.inf) if between is None else curves.history.matched(np.asarray(between, dtype=float))
    random, found = np.random.default_rng(seed), []
    for outcome, path in paths_of(curves):
        sets = path.sets
        rows = curves.table[curves.table["outcome"] == outcome] if rising else curves.table
        error = rows["std_error"].to_numpy()
        for g in range(len(sets.first) - 1):
            own = np.arange(sets.first[g], sets.first[g + 1])
            if not path.n_event[own].any():
                raise UsageError(f"{_without_event(curves, g, outcome)}: there is no band of a curve without events.")
            open_ = (path.estimate > 0) & (path.estimate < 1) & (error > 0)
            own = own[open_[own] & (sets.time[own] >= first) & (sets.time[own] <= last)]
            if not len(own):
                raise UsageError(f"no event time lies between {first:g} and {last:g} in every group: widen between=.")
            if rising:
                critical = simulated(path, g, own, error[own], curves.ci_level, random)
                scale = error[own]
            else:
                relative = error[own] / path.estimate[own]  # its square is the variance of the cumulative hazard
                n = _most_at_risk(curves, g)
                share = n * relative**2 / (1 + n * relative**2)
                if kind == "hall-wellner":
                    critical = hall_wellner(share[0], share[-1], curves.ci_level)
                    scale = path.estimate[own] * (1 + n * relative**2) / np.sqrt(n)
                else:
                    critical, scale = equal_precision(share[0], share[-1], curves.ci_level), error[own]
            low, high = limits(path.estimate[own], scale, conf_type, critical)
            found.append(rows.iloc[own].assign(ci_low=low, ci_high=high, critical=critical))
    return pd.concat(found, ignore_index=True)


def _check_band(curves: StepCurves, kind: str, conf_type: str) -> None:
    if kind not in ("equal-precision", "hall-wellner"):
        raise UsageError(f"kind={kind!r} is not one of: equal-precision, hall-wellner.")
    check_scale(conf_type)
    if curves.variance == "robust":
        raise UsageError(
            "A band needs independent increments, which clustered or weighted data do not have: with "
            "variance='greenwood' it is computed as if they had."
        )
    if curves.kind == "incidence" and kind == "hall-wellner":
        raise UsageError("Hall-Wellner bands are of survival curves: use kind='equal-precision' for incidences.")


def _without_event(curves: StepCurves, group: int, outcome: Any) -> str:
    groups = curves.history.groups
    event = "event" if outcome == "event" else f"event of kind {outcome}"
    return f"{groups.names()[group]} has no {event}" if groups.columns else f"There is no {event}"


def _most_at_risk(curves: StepCurves, group: int) -> float:
    """Largest number at risk at any time: the size of the group if nobody enters late, however spells are split."""
    h = curves.history
    rows = h.groups.code == group
    weight = None if h.weight is None else h.weight[rows]
    if h.entry is None:
        return float(rows.sum() if weight is None else weight.sum())
    entry = h.entry[rows]
    return float(count_at_risk(np.nextafter(np.unique(entry), np.inf), entry, h.exit[rows], weight).max())
