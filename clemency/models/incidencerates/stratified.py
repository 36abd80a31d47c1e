"""Events and time at risk of groups within strata -> exact ratios, limits and tests, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from clemency.typing import Floats, Ints

#: Log ratios beyond which a limit is taken as 0 or infinite; no data of so many events come near them.
_FARTHEST = 60.0
#: p values that differ by rounding alone are one.
_ALIKE = 1 + 1e-9
#: Repetitions that are drawn at a time, and the most numbers of them.
_BATCH, _CELLS = 10_000, 20_000_000
#: What may be left out of a tail, as a share of it: less than rounding does.
_LEFT = 1e-16
#: The smallest share of a stratum's time whose complement still has six digits.
SMALLEST_SHARE = 1e-10


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata in which something can be compared.

    Attributes
    ----------
    events : ndarray of int, shape (S,)
        Events of all groups.
    shares : ndarray, shape (S, G)
        Of the time at risk; each row adds up to 1.
    observed : ndarray of int, shape (G,)
        Events of each group in these strata.
    alone : int
        Events in strata where only one group was at risk, which say nothing.
    """

    events: Ints
    shares: Floats
    observed: Ints
    alone: int

    @property
    def expected(self) -> Floats:
        """Events of each group if all had one rate within each stratum, shape (G,)."""
        return self.events @ self.shares


def strata_of(events: Floats, time: Floats) -> Strata:
    """Keep what is compared: ``events, time`` of shape (S, G)."""
    total = events.sum(axis=1)
    several = (time > 0).sum(axis=1) > 1
    used = several & (total > 0)
    shares = time[used] / time[used].sum(axis=1, keepdims=True)
    whole = events[used].sum(axis=0).astype(np.int64)
    return Strata(total[used].astype(np.int64), shares, whole, int(total[~several].sum()))


def distribution(events: Ints, share: Floats, log_ratio: float = 0.0, most: int | None = None) -> Floats:
    """Probabilities of 0, 1, ... events of a group, given those of each stratum and its rate over that of the others.

    Parameters
    ----------
    events : ndarray of int, shape (S,)
    share : ndarray, shape (S,)
        The group's share of the time at risk.
    log_ratio : float
        Logarithm of the rate ratio between the group and all others together.
    most : int, optional
        The largest number whose probability is wanted; that of each number rests on no larger ones.

    Returns
    -------
    ndarray, shape (D + 1,), or (most + 1,) if that is less
        A sum of independent binomials; D is the sum of `events`.
    """
    with np.errstate(divide="ignore"):
        at = 1 / (1 + np.exp(-(log_ratio + np.log(share) - np.log1p(-share))))
    length = int(np.sum(events) if most is None else most) + 1
    size = np.minimum(np.asarray(events) + 1, length)
    ends = np.cumsum(size)
    number = np.arange(size.sum()) - np.repeat(ends - size, size)
    each = stats.binom.pmf(number, np.repeat(events, size), np.repeat(at, size))  # of all strata at once
    out = np.ones(1)
    for part in np.split(each, ends[:-1]):
        out = np.convolve(out, part)[:length]
    return out


def two_sided(probability: Floats) -> Floats:
    """Exact p value of each possible number: twice the smaller tail, at most 1."""
    below, above = np.cumsum(probability), np.cumsum(probability[::-1])[::-1]
    return np.minimum(1.0, 2 * np.minimum(below, above))


def p_values_to(events: Ints, share: Floats, number: int) -> Floats:
    """Exact p values of 0, 1, ... events of a group, up to a number that may be far below that of all events."""
    total, mean = int(events.sum()), float(events @ share)
    beyond = int(30 + 10 * np.sqrt(mean))
    while True:
        most = min(total, max(number, int(mean)) + beyond)
        probability = distribution(events, share, most=most)
        if most == total or _whole(probability, number):
            return two_sided(probability)[: number + 1]
        beyond *= 2


def _whole(probability: Floats, number: int) -> bool:
    """Whether next to nothing of the tail from a number on is missing.

    Sums of binomials are log-concave: past the mode each probability is to the last one at most as that to the one
    before it.
    """
    before, last = probability[-2:]
    if last >= before:
        return bool(last == 0)
    return bool(last * last / (before - last) <= _LEFT * probability[number:].sum())


def ratio_with_limits(s: Strata, group: int, ci_level: float) -> tuple[float, float, float]:
    """Ratio of a group's rate to that of all others, at the maximum of the conditional likelihood, with exact limits.

    The distribution is made once, near the maximum: under another ratio it is the same, times the power of that ratio.

    Returns
    -------
    estimate, low, high : float
        0 or infinite where all events, or none, are the others'.
    """
    share, k = s.shares[:, group], int(s.observed[group])
    inside = (share > 0) & (share < 1)
    events, share = s.events[inside], share[inside]
    total, tail = int(events.sum()), (1 - ci_level) / 2
    if not total:
        return np.nan, 0.0, np.inf
    odds = np.log(share) - np.log1p(-share)

    def where_mean_is(wanted: float) -> float:
        return _root(lambda b: float(np.sum(events / (1 + np.exp(-(b + odds))))) - wanted)

    near = where_mean_is(min(max(float(k), 0.5), total - 0.5))
    beyond, edge = int(50 + 12 * np.sqrt(k)), float(special.logit(tail))
    while True:
        most = min(total, k + beyond)
        probability = distribution(events, share, near, most)
        low, high = _limits(probability, k, total, edge)
        tilts = [v for v in (low, high) if np.isfinite(v)]
        if most == total or all(_whole(_tilted(probability, v), k + 1) for v in tilts):
            break
        beyond *= 2
    estimate = 0.0 if k == 0 else np.inf if k == total else np.exp(near)
    return float(estimate), float(np.exp(near + low)), float(np.exp(near + high))


def _limits(probability: Floats, k: int, total: int, edge: float) -> tuple[float, float]:
    """Logarithms of the powers of the ratio that make the tail from k on, and that up to k, as small as is allowed."""
    with np.errstate(divide="ignore"):
        log_at, steps = np.log(probability), np.arange(len(probability))

    def log_odds_above(b: float) -> float:
        tilted = log_at + steps * b
        return _log_sum(tilted[k + 1 :]) - _log_sum(tilted[: k + 1])

    def log_odds_from(b: float) -> float:
        tilted = log_at + steps * b
        return _log_sum(tilted[k:]) - _log_sum(tilted[:k])

    low = -np.inf if k == 0 else _root(lambda b: log_odds_from(b) - edge)
    return low, np.inf if k == total else _root(lambda b: log_odds_above(b) + edge)


def _tilted(probability: Floats, b: float) -> Floats:
    """Probabilities times powers of a ratio, up to a factor."""
    with np.errstate(divide="ignore"):
        tilted = np.log(probability) + np.arange(len(probability)) * b
    return np.asarray(np.exp(tilted - tilted.max()))


def _log_sum(values: Floats) -> float:
    """Logarithm of a sum of exponentials; most calls of a comparison are of this."""
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum())) if np.isfinite(top) else float(top)


def _root(function: Callable[[float], float]) -> float:
    return float(optimize.brentq(function, -_FARTHEST, _FARTHEST, xtol=1e-12, rtol=1e-14))


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Whether the groups' rates are one.

    Attributes
    ----------
    each : ndarray, shape (G,)
        Exact two-sided p value of each group against all others.
    adjusted : ndarray, shape (G,)
        The same for as many groups: the chance that the smallest p value of all is as small.
    joint : float
        The smallest of these, the p value of the hypothesis that all groups have one rate.
    error : float
        Monte Carlo error of `joint`; 0 where nothing was simulated.
    """

    each: Floats
    adjusted: Floats
    joint: float
    error: float


def compare(s: Strata, repetitions: int, seed: int) -> Comparisons:
    """Exact tests of each group, and of all at once by the smallest p value (Westfall and Young's single step).

    Given the events of each stratum, those of the groups are multinomial with their shares of the time at risk as
    probabilities; `repetitions` of them are drawn. With two groups there is but one comparison, and nothing is drawn.
    """
    G = len(s.observed)
    far = np.ceil(s.expected + 8 * np.sqrt(s.expected + 1)).astype(np.int64)
    tops = np.minimum(s.events.sum(), np.maximum(s.observed, far))
    tables = [p_values_to(s.events, s.shares[:, g], int(top)) for g, top in enumerate(tops)]
    each = np.array([t[k] for t, k in zip(tables, s.observed, strict=True)])
    if G == 2:
        return Comparisons(each, each, float(each.min()), 0.0)
    least = _smallest(s, tables, repetitions, np.random.default_rng(seed))
    adjusted = np.array([(1 + np.sum(least <= p * _ALIKE)) / (repetitions + 1) for p in each])
    joint = float(adjusted.min())
    return Comparisons(each, adjusted, joint, float(np.sqrt(joint * (1 - joint) / (repetitions + 1))))


def _smallest(s: Strata, tables: list[Floats], repetitions: int, rng: np.random.Generator) -> Floats:
    """Smallest p value of each repetition, drawn in batches, so that memory does not grow with their number."""
    batch = max(1, min(_BATCH, _CELLS // len(tables)))
    found = []
    for begin in range(0, repetitions, batch):
        size = min(batch, repetitions - begin)
        drawn = np.zeros((size, len(tables)), dtype=np.int64)
        for n, p in zip(s.events, s.shares, strict=True):
            drawn += rng.multinomial(n, p, size=size)
        least = np.ones(size)
        for g, (events, top) in enumerate(zip(drawn.T, drawn.max(axis=0), strict=True)):
            if top >= len(tables[g]):  # hardly ever
                tables[g] = p_values_to(s.events, s.shares[:, g], int(top))
            np.minimum(least, tables[g][events], out=least)
        found.append(least)
    return np.concatenate(found)
