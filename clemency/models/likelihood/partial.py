"""The Cox model on arrays: partial likelihood, score and information.

Nothing here loops over risk sets. A row at risk carries the increment that the cumulative baseline makes while it is
at risk; the score and the second moments are then one weighted product over the rows, and what is left are sums of D
event times (the kernel's cumulative sums) [1]_.

References
----------
.. [1] D. Y. Lin and L. J. Wei (1989), The robust inference for the Cox proportional hazards model, JASA 84:1074-1078,
   for the representation of the score by rows; B. Efron (1977), JASA 72:557-565, for ties.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clemency.models.designmatrix.design import Design
from clemency.models.kernel.parallel import BLOCK, in_parts
from clemency.models.kernel.riskset import RiskSets, at_events, while_at_risk
from clemency.models.kernel.sums import (
    Lines,
    Sums,
    linear_predictors,
    lines_for,
    second_moments,
    squares_of_means,
    to_rows,
    to_times,
    weighted_sum,
)
from clemency.models.kernel.ties import Steps, Tied, find_tied, steps
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class CoxData:
    """Arrays of one fit.

    Attributes
    ----------
    X : ndarray of float, shape (n, p), row-major
        Less ``centre``.
    centre : ndarray of float, shape (p,)
        Column means subtracted for numerical stability; zeros otherwise.
    sets : RiskSets
    weight, offset : ndarray of float, shape (n,), or None
    tied : Tied or None
        The tied events; None for Breslow's likelihood, and where no events are tied.
    lines : Lines or None
        For the compiled sums, where the rows are many and numba is installed.
    span : ndarray, shape (p,)
        Range of each column.
    events_total : ndarray, shape (p,)
        Weighted sum of X over the events.
    """

    X: Floats
    centre: Floats
    sets: RiskSets
    weight: Floats | None
    offset: Floats | None
    tied: Tied | None
    lines: Lines | None
    span: Floats
    events_total: Floats

    @property
    def event(self) -> Bools:
        """Whether each row ends in an event, shape (n,)."""
        return self.sets.at >= 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The partial likelihood at one coefficient vector.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    loglik : float
    score : ndarray, shape (p,)
    information : ndarray, shape (p, p)
    state : State, optional
        What it was computed from.
    sums : Sums, optional
        At the event times, with the state.
    """

    beta: Floats
    loglik: float
    score: Floats
    information: Floats
    state: State | None = None
    sums: Sums | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Quantities of rows and event times at one coefficient vector, from which residuals and baselines are made.

    Attributes
    ----------
    eta : ndarray, shape (n,)
        Linear predictor, with the offset less its mean.
    risk : ndarray, shape (n,)
        exp(eta), times the weight.
    ties : Steps
    hazard : ndarray, shape (n,)
        What each row accumulates of the baseline while at risk (for tied events Efron's share).
    at_risk : ndarray, shape (D,)
        Sum of risk over the risk set.
    at_ties : ndarray, shape (k,)
        Sum of risk over the tied events.
    """

    eta: Floats
    risk: Floats
    ties: Steps
    hazard: Floats
    at_risk: Floats
    at_ties: Floats


def make_data(
    design: Design,
    sets: RiskSets,
    weight: Floats | None,
    offset: Floats | None,
    ties: str,
    X: Floats | None = None,
) -> CoxData:
    """Bundle the arrays of a fit.

    Parameters
    ----------
    design : Design
    sets : RiskSets
    weight, offset : ndarray, shape (n,), or None
    ties : {"efron", "breslow"}
    X : ndarray, shape (n, p), optional
        Where the rows are not those of the design.
    """
    X, centre = np.ascontiguousarray(design.matrix if X is None else X), np.zeros_like(design.mean)
    if (np.abs(design.mean) > 10 * design.span).any():
        centre = design.mean
        X = X - centre
    event = (sets.at >= 0).astype(np.float64)
    if weight is not None:
        event *= weight
    tied = find_tied(sets) if ties == "efron" else None
    lines = lines_for(sets, tied)
    return CoxData(X, centre, sets, weight, offset, tied, lines, design.span, weighted_sum(X, event, lines))


def state(data: CoxData, beta: Floats) -> State:
    """Compute risks and baseline steps at a coefficient vector."""
    return _look(data, beta)[0]


def _look(data: CoxData, beta: Floats) -> tuple[State, Sums, Floats, Floats]:
    """State at a coefficient vector, sums at the event times, and second and first moments over the rows."""
    eta, risk = _risks(data, beta)
    sets, tied = data.sets, data.tied
    with np.errstate(all="ignore"):
        sums = to_times(sets, tied, data.lines, risk, data.X)
        weight = sets.n_event if data.weight is None else at_events(sets, data.weight)
        base = steps(tied, sets.n_event, weight, sums.S0, sums.T0)
        hazard, second, first = to_rows(sets, tied, data.lines, base, risk, data.X)
    return State(eta, risk, base, hazard, sums.S0, sums.T0), sums, second, first


def _risks(data: CoxData, beta: Floats) -> tuple[Floats, Floats]:
    """Linear predictors and weighted risks of the rows, shape (n,) each."""
    n, shift = len(data.X), 0.0 if data.offset is None else float(data.offset.mean())
    if data.offset is None and not beta.any():
        return np.zeros(n), np.ones(n) if data.weight is None else data.weight.copy()
    eta, risk = np.empty(n), np.empty(n)

    def part(start: int, stop: int) -> int:
        with np.errstate(over="ignore"):
            for i in range(start, stop, BLOCK):
                rows = slice(i, min(i + BLOCK, stop))
                linear_predictors(data.X, beta, data.lines, eta, rows.start, rows.stop)
                if data.offset is not None:
                    eta[rows] += data.offset[rows] - shift
                np.exp(eta[rows], out=risk[rows])
                if data.weight is not None:
                    risk[rows] *= data.weight[rows]
        return 0

    in_parts(part, n)
    return eta, risk


def log_likelihood(data: CoxData, at: State, beta: Floats) -> float:
    """Compute the log partial likelihood."""
    out = data.events_total @ beta - at.ties.log
    if data.offset is not None:
        rows = np.flatnonzero(data.event)
        offset = data.offset[rows] - data.offset.mean()
        out += offset.sum() if data.weight is None else offset @ data.weight[rows]
    return float(out)


def evaluate(data: CoxData, beta: Floats) -> Evaluation:
    """Compute log-likelihood, score and information at a coefficient vector.

    Parameters
    ----------
    data : CoxData
    beta : ndarray, shape (p,)

    Returns
    -------
    Evaluation
    """
    at, sums, second, first = _look(data, beta)
    loglik = log_likelihood(data, at, beta)
    p = data.X.shape[1]
    if np.isfinite(loglik):
        with np.errstate(all="ignore"):
            information = second - _between(data, at, sums)
        if np.isfinite(information).all():
            return Evaluation(beta, loglik, data.events_total - first, information, at, sums)
    # risks beyond what numbers hold
    return Evaluation(beta, -np.inf, np.full(p, np.nan), np.full((p, p), np.nan))


def first_moments(data: CoxData, at: State) -> tuple[Floats, Floats | None]:
    """Sum risk-weighted covariates at each event time: over the risk set, and over tied events.

    Returns
    -------
    S1 : ndarray, shape (D, p)
    T1 : ndarray, shape (k, p), or None
        None where no correction for ties is made.
    """
    sums = to_times(data.sets, data.tied, data.lines, at.risk, data.X)
    return sums.S1, None if data.tied is None else sums.T1


def _between(data: CoxData, at: State, sums: Sums, time_weight: Floats | None = None) -> Floats:
    """Sum over event times of the outer products of the risk-set means, shape (p, p)."""
    S1, T1 = sums.S1, sums.T1
    a, b, c = at.ties.a, at.ties.b, at.ties.c
    if time_weight is not None:
        a = a * time_weight
    out = squares_of_means(sums, a, data.lines)
    if data.tied is not None:
        times = data.tied.times
        if time_weight is not None:
            b, c = b * time_weight[times], c * time_weight[times]
        cross = S1[times].T @ (T1 * b[:, None])
        out += T1.T @ (T1 * c[:, None]) - cross - cross.T
    return out


def weighted_information(data: CoxData, at: State, time_weight: Floats) -> Floats:
    """Sum the covariance of the covariates in each risk set with a weight for each event time, shape (p, p)."""
    hazard = while_at_risk(data.sets, at.ties.step * time_weight)
    tied = data.tied
    if tied is not None:
        hazard[tied.rows] -= (at.ties.own * time_weight[tied.times])[tied.place]
    sums = to_times(data.sets, tied, data.lines, at.risk, data.X)
    return second_moments(data.X, hazard * at.risk)[0] - _between(data, at, sums, time_weight)


def collapsed(data: CoxData, pattern: Ints | None) -> CoxData:
    """Count the rows at risk by pattern of covariates and event time, and fit those counts instead of the rows.

    The likelihood is exactly the same: it knows of the rows only how many of each pattern are at risk, and how many
    have the event, at each event time.

    Parameters
    ----------
    data : CoxData
    pattern : ndarray of int, shape (n,), or None
        Equal for rows with equal covariates.

    Returns
    -------
    CoxData
        One row per pattern and event time for those with the event and one for the others, weighted by their number.
        The same object where this would not be far fewer, or the rows differ in weight or offset.
    """
    sets, D = data.sets, len(data.sets.time)
    if pattern is None or len(pattern) < 20_000 or data.weight is not None or data.offset is not None:
        return data
    P = int(pattern.max()) + 1
    if len(pattern) < 8 * P * (D + 1):
        return data
    base = pattern * (D + 1)
    size = P * (D + 1)
    change = np.bincount(base + sets.hi, minlength=size) - np.bincount(base + sets.lo, minlength=size)
    there = np.cumsum(change.reshape(P, D + 1)[:, :0:-1], axis=1)[:, ::-1]
    rows = np.flatnonzero(data.event)
    cases = np.bincount(pattern[rows] * D + sets.at[rows], minlength=P * D).reshape(P, D)
    one = np.zeros(P, dtype=np.intp)
    one[pattern] = np.arange(len(pattern))
    which, when = np.nonzero(cases)
    others, then = np.nonzero(there - cases)
    count = np.concatenate([cases[which, when], (there - cases)[others, then]]).astype(np.float64)
    low = np.concatenate([when, then])
    at = np.concatenate([when, np.full(len(then), -1)])
    block = None if sets.block is None else sets.stratum[low]
    fewer = replace(sets, lo=low, hi=low + 1, at=at, delayed=True, block=block, cell=None, n_own=len(low))
    X, tied = data.X[one[np.concatenate([which, others])]], None if data.tied is None else find_tied(fewer)
    return replace(data, X=X, sets=fewer, weight=count, tied=tied, lines=lines_for(fewer, tied))
