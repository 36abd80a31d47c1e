"""Curves on risk sets -> their variance, by increments (Greenwood) or by cases (infinitesimal jackknife).

Of each curve two things are needed: its variance at every event time, and that of a linear functional of it (its value
at a time, the area below it). Both come from the same two counting processes, the events of interest and all events.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from clemency.models.kernel.paths import Path
from clemency.models.kernel.riskset import (
    RiskSets,
    at_events,
    risk_sets,
    running,
    sums_by,
    while_at_risk,
    within_stratum,
)
from clemency.models.kernel.wideweights import followed, influences, weight_at_risk, wide
from clemency.models.modelframe.history import History
from clemency.typing import Bools, Floats, Ints


def paths(h: History, outcomes: list[int]) -> list[Path]:
    """Survival curve (no outcomes) or cumulative incidences of some outcomes, by their codes."""
    sets = risk_sets(h.entry, h.exit, h.event > 0, h.groups.code)
    at_risk, n_ending, n_free = weight_at_risk(sets, h.weight, h.event > 0)
    free = _products(sets, 1 - n_ending / at_risk if h.weight is None else n_free / at_risk)
    before = _lagged(sets, free)
    if not outcomes:
        return [Path(sets, at_risk, n_ending, n_free, n_ending, before, free, None)]
    incidences = []
    for code in outcomes:
        is_event = h.event == code
        n_event = at_events(sets, h.weight, is_event)
        curve = within_stratum(sets, before * n_event / at_risk)
        n_competing = at_events(sets, None, (h.event > 0) & ~is_event)
        curve[(free == 0) & (within_stratum(sets, np.where(before > 0, n_competing, 0.0)) == 0)] = (
            1.0  # but for rounding
        )
        incidences.append(Path(sets, at_risk, n_ending, n_free, n_event, before, curve, is_event))
    return incidences


def greenwood(path: Path) -> Floats:
    """Variance of the curve at each event time from independent increments, shape (D,).

    For a survival curve Greenwood's; for an incidence F the sum over earlier times s of
    ``a (F(t) - F(s))^2 + b - 2 c (F(t) - F(s))``, expanded so that cumulative sums give it.
    """
    at_risk, n_event, before, f = path.at_risk, path.n_event, path.before, path.estimate
    a = _hazard_variance(path)
    if path.is_event is None:
        return f**2 * within_stratum(path.sets, a)
    b = before**2 * n_event * (at_risk - n_event) / at_risk**3
    c = before * n_event / at_risk**2
    sums = [within_stratum(path.sets, v) for v in (a, a * f, a * f**2, b, c, c * f)]
    plus, minus = f**2 * sums[0] + sums[2] + sums[3] + 2 * sums[5], 2 * f * sums[1] + 2 * f * sums[4]
    # What is left of numbers that cancel is no variance.
    return _at_rest(path, np.where(plus - minus > 1e-13 * plus, plus - minus, 0.0))


def jackknife(path: Path, weight: Floats | None, cluster: Ints | None) -> Floats:
    """Variance of the curve at each event time as the sum of squared influences of cases, shape (D,).

    Parameters
    ----------
    path : Path
    weight : ndarray, shape (n,), optional
    cluster : ndarray of int, shape (n,), optional
        Rows with the same code count as one case.

    Notes
    -----
    The influence of a case on F(t) is ``H(t) - F(t) G(t)``. While it is at risk, G and H fall by sums A and B that are
    the same for all; between, they stand still. A case is therefore three numbers that change only where one of its
    spells begins or ends, and sums over cases of their products are cumulative sums of these changes.
    """
    if weight is not None and wide(weight):
        return _at_rest(path, followed(path, weight, cluster))
    number, m, g, h, first = _changes(path, weight, cluster)
    D = len(path.sets.time)
    a, b = (within_stratum(path.sets, v) for v in _steps(path))

    def total(product: Floats) -> Floats:
        change = product - np.where(first, 0.0, np.r_[0.0, product[:-1]])
        return within_stratum(path.sets, sums_by(number, change, D))

    f = path.estimate
    drift = b - f * a
    own = total(g * g) * f**2
    moved = -f * total(m * g)
    if path.is_event is not None:
        own += total(h * h) - 2 * f * total(g * h)
        moved += total(m * h)
    plus = own + drift**2 * total(m * m)
    variance = plus - 2 * drift * moved
    return _at_rest(path, np.where(variance > 1e-13 * plus, variance, 0.0))


def _at_rest(path: Path, variance: Floats) -> Floats:
    """Keep the variance constant once nobody is left: the curve stays, and further differences are rounding."""
    for i, j in itertools.pairwise(path.sets.first):
        emptied = np.flatnonzero(path.n_free[i:j] <= 0)
        if len(emptied):
            last = i + emptied[0]
            sure = path.is_ending is None and path.estimate[last] in (0.0, 1.0)
            variance[last:j] = 0.0 if sure else variance[last]
    return variance


def alone(code: Ints, cluster: Ints | None) -> Bools:
    """Which groups have a single case (or cluster), whose influence is zero by construction, shape (G,)."""
    size = int(code.max(initial=0)) + 1
    if cluster is None:
        return np.bincount(code, minlength=size) < 2
    some = np.zeros(size, dtype=np.intp)
    some[code] = cluster  # any one of each group; it is alone if all its rows are of that one
    other: Bools = np.bincount(code[cluster != some[code]], minlength=size) > 0
    return ~other


def robust_errors(h: History, path: Path, cluster: Ints | None) -> Floats:
    """Standard errors from the jackknife, missing in groups of one case or cluster; shape (D,)."""
    error = np.sqrt(jackknife(path, h.weight, cluster))
    error[alone(h.groups.code, cluster)[path.sets.stratum]] = np.nan
    return error


def robust_covariance(h: History, path: Path, of: Functional, cluster: Ints | None) -> Floats:
    """The covariance of a functional from the jackknife, missing for groups of one case or cluster; shape (G, G)."""
    matrix, one = covariance(path, of, h.weight, cluster, robust=True), alone(h.groups.code, cluster)
    matrix[one], matrix[:, one] = np.nan, np.nan
    return matrix


def _changes(path: Path, weight: Floats | None, cluster: Ints | None) -> tuple[Ints, Floats, Floats, Floats, Bools]:
    """State of each case after each begin and end of its spells: (event time, m, g, h, whether it is the first)."""
    sets = path.sets
    rows_at_risk = np.flatnonzero(sets.hi > sets.lo)
    at = sets.at
    lo, hi, at = sets.lo[rows_at_risk], sets.hi[rows_at_risk], at[rows_at_risk]
    w = np.ones(len(rows_at_risk)) if weight is None else weight[rows_at_risk]
    begin = sets.first[sets.stratum[lo]] if len(lo) else lo
    with np.errstate(divide="ignore", invalid="ignore"):
        jump_g = np.where(path.n_free > 0, 1 / path.n_free, 0.0)
    jump_h = np.zeros_like(jump_g) if path.is_event is None else jump_g * path.estimate
    event = at >= 0 if path.is_ending is None else path.is_ending[rows_at_risk]
    steps = []
    for k, (jump, step) in enumerate(zip((jump_g, jump_h), _steps(path), strict=True)):
        total = running(step)
        start = total[begin]
        jumped = np.where(event, jump[at], 0.0)
        if k and path.is_event is not None:
            jumped += np.where(path.is_event[rows_at_risk], (path.before / path.at_risk)[at], 0.0)
        steps.append((w * (total[lo] - start), w * (jumped - (total[hi] - start))))
    n = len(rows_at_risk)
    number = np.empty(2 * n, dtype=np.intp)
    number[::2], number[1::2] = lo, hi - 1
    columns = []
    for first, second in ((w, -w), *steps):
        column = np.empty(2 * n)
        column[::2], column[1::2] = first, second
        columns.append(column)
    if cluster is None:
        for column in columns:
            column[1::2] += column[::2]
        return number, *columns, np.arange(2 * n) % 2 == 0
    case = np.repeat(cluster[rows_at_risk] * len(sets.first) + sets.stratum[lo], 2)
    order = np.lexsort((number, case))
    case, number = case[order], number[order]
    first_of = np.r_[True, case[1:] != case[:-1]][: len(case)]  # none where nobody has an event
    columns = [_within_runs(column[order], first_of) for column in columns]
    return number, *columns, first_of


def _within_runs(values: Floats, first: Bools) -> Floats:
    """Cumulative sum that starts anew at each marked place."""
    total = np.cumsum(values, dtype=np.float64)
    start = np.flatnonzero(first)
    return total - np.repeat(total[start] - values[start], np.diff(np.r_[start, len(values)]))


def _steps(path: Path) -> tuple[Floats, Floats]:
    """Decrements of G and H at each event time while a case of weight one is at risk."""
    a = _hazard_variance(path)
    if path.is_event is None:
        return a, np.zeros_like(a)
    return a, a * path.estimate + path.before * path.n_event / path.at_risk**2


@dataclass(frozen=True, slots=True)
class Functional:
    """A linear functional of the curves, such as their values at a time or the areas below them.

    Attributes
    ----------
    value : ndarray, shape (G,)
        Of each group's curve.
    from_ours, from_ends : ndarray, shape (D,)
        How it changes with the hazard of the event of interest, and of all events, at each event time.
    width : ndarray, shape (D,)
        How it changes with the curve at each event time.
    """

    value: Floats
    from_event: Floats
    from_ending: Floats
    width: Floats


def covariance(path: Path, of: Functional, weight: Floats | None, cluster: Ints | None, robust: bool) -> Floats:
    """Covariance between groups of a functional of their curves, shape (G, G).

    Parameters
    ----------
    path : Path
    of : Functional
    weight : ndarray, shape (n,), optional
    cluster : ndarray of int, shape (n,), optional
    robust : bool
        Sum squared influences of cases rather than the variances of increments; a case that is in several groups makes
        these depend on each other.
    """
    sets, at_risk, n_ending, n_event = path.sets, path.at_risk, path.n_ending, path.n_event
    from_event, from_ending = of.from_event, of.from_ending
    G = len(sets.first) - 1
    if not robust:
        steps = from_event**2 * n_event * (at_risk - n_event)
        steps += (from_ending**2 * n_ending + 2 * from_event * from_ending * n_event) * path.n_free
        return np.diag(sums_by(sets.stratum, steps / at_risk**3, G))
    rows_at_risk = np.flatnonzero(sets.hi > sets.lo)
    group = sets.stratum[sets.lo[rows_at_risk]]
    case = rows_at_risk if cluster is None else cluster[rows_at_risk]
    if weight is not None and wide(weight):
        table = csr_array(
            (influences(path, weight, rows_at_risk, of.width), (case, group)), shape=(int(case.max()) + 1, G)
        )
        return (table.T @ table).toarray()
    influence = influence_of(path, of)
    if weight is not None:
        influence *= weight
    table = csr_array((influence[rows_at_risk], (case, group)), shape=(int(case.max(initial=0)) + 1, G))
    return (table.T @ table).toarray()


def influence_of(path: Path, of: Functional) -> Floats:
    """How a functional of its group's curve changes with the weight of each row, shape (n,)."""
    sets, at_risk = path.sets, path.at_risk
    steps = of.from_event * path.n_event + of.from_ending * path.n_ending
    influence, own = -while_at_risk(sets, steps / at_risk**2), sets.at
    for which, part in (
        (own >= 0 if path.is_ending is None else path.is_ending, of.from_ending),
        (path.is_event, of.from_event),
    ):
        if which is not None:
            rows = np.flatnonzero(which)
            influence[rows] += (part / at_risk)[own[rows]]
    return np.asarray(influence, dtype=np.float64)


def at_time(path: Path, t: float) -> Functional:
    """Value of each group's curve at a time."""
    sets, width = path.sets, np.zeros(len(path.sets.time))
    start = 1.0 if path.is_event is None else 0.0
    value = np.full(len(sets.first) - 1, start)
    for g, (i, j) in enumerate(itertools.pairwise(sets.first)):
        upto = int(np.searchsorted(sets.time[i:j], t, side="right"))
        if upto:
            value[g], width[i + upto - 1] = path.estimate[i + upto - 1], 1.0
    inside = sets.time <= t
    here = value[sets.stratum]
    if path.is_event is None:
        return Functional(value, np.zeros(len(here)), np.where(inside, -_lift(path) * here, 0.0), width)
    from_ending = np.where(inside, -_lift(path) * (here - path.estimate), 0.0)
    return Functional(value, np.where(inside, path.before, 0.0), from_ending, width)


def area(path: Path, until: float) -> Functional:
    """Area below each group's curve up to a time."""
    sets, width = path.sets, np.zeros(len(path.sets.time))
    value = np.full(len(sets.first) - 1, float(until) if path.is_event is None else 0.0)
    after = np.zeros(len(sets.time))  # area between each event time and the end
    for g, (i, j) in enumerate(itertools.pairwise(sets.first)):
        if i == j:
            continue
        edges = np.minimum(np.r_[sets.time[i:j], until], until)
        width[i:j] = np.diff(edges)
        pieces = path.estimate[i:j] * width[i:j]
        after[i:j] = np.cumsum(pieces[::-1])[::-1]
        value[g] = after[i] + (edges[0] if path.is_event is None else 0.0)
    left = np.clip(until - sets.time, 0, None)
    if path.is_event is None:
        return Functional(value, np.zeros(len(left)), -_lift(path) * after, width)
    return Functional(value, path.before * left, -_lift(path) * (after - path.estimate * left), width)


def _lift(path: Path) -> Floats:
    """Event-free share just before over that just after; 0 once nobody is left."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(path.n_free > 0, path.at_risk / path.n_free, 0.0)


def _hazard_variance(path: Path) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(path.n_free > 0, path.n_ending / (path.at_risk * path.n_free), 0.0)


def _products(sets: RiskSets, factors: Floats) -> Floats:
    """Cumulative product over event times that starts anew in each stratum, shape (D,)."""
    result = np.empty_like(factors)
    for start, stop in itertools.pairwise(sets.first):
        result[start:stop] = np.cumprod(factors[start:stop])
    return result


def _lagged(sets: RiskSets, values: Floats) -> Floats:
    """Value just before each event time: 1 at the first one of each stratum."""
    result = np.r_[1.0, values[:-1]]
    result[sets.first[:-1][sets.first[:-1] < len(values)]] = 1.0
    return result[: len(values)]
