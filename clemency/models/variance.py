"""Score residuals of the Cox model, and the robust and cluster variances made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clemency.records.errors import UsageError

from .coxfit import CoxData, State, cluster_sums, first_moments
from .parts import BLOCK, accumulate, in_parts
from .riskset import Floats, Ints, between, running, sums_by
from .ties import Tied


def score_residuals(data: CoxData, at: State) -> Floats:
    """Score residuals of the rows, unweighted, shape (n, p); they sum (weighted) to the score."""
    out, pulls = np.empty(data.X.shape), _Pulls.of(data, at)

    def part(start: int, stop: int) -> int:
        for rows in _slices(start, stop):
            out[rows] = _scores(data, at, pulls, rows)
        return 0

    in_parts(part, len(out))
    return out


def _slices(start: int, stop: int) -> Iterator[slice]:
    for i in range(start, stop, BLOCK):
        yield slice(i, min(i + BLOCK, stop))


@dataclass(frozen=True, slots=True)
class _Pulls:
    """What the risk sets say to their rows.

    Attributes
    ----------
    mean : ndarray, shape (D, p)
        Mean of the covariates in each risk set, averaged over the stages of a tie.
    total, faded : ndarray, shape (D + 1, p), or None
        Running sum of the mean times the step of the baseline; the same for fading rows.
    tied : Tied or None
    extra : ndarray, shape (k, p)
        Part of its own time's step that a tied event does not meet.
    """

    mean: Floats
    total: Floats
    faded: Floats | None
    tied: Tied | None
    extra: Floats

    @classmethod
    def of(cls, data: CoxData, at: State) -> _Pulls:
        S1, T1 = first_moments(data, at)
        ties, tied, weight = at.ties, data.tied, _event_weight(data)
        total, extra = np.empty((len(S1) + 1, S1.shape[1])), np.empty((0, S1.shape[1]))
        total[0] = 0
        np.multiply(S1, ties.a[:, None], out=total[1:])
        if tied is not None and T1 is not None:
            total[1 + tied.times] -= T1 * ties.b[:, None]
            extra = S1[tied.times] * ties.b[:, None] - T1 * ties.c[:, None]
        S1 *= (ties.step / weight)[:, None]  # in place: from here on it is the mean
        if tied is not None and T1 is not None:
            S1[tied.times] -= T1 * (ties.own / weight[tied.times])[:, None]
        faded = None if data.sets.fade is None else running(total[1:] * data.sets.fade[:, None])
        accumulate(total)
        return cls(S1, total, faded, tied, extra)

    def drift(self, data: CoxData, rows: slice) -> Floats:
        """Integral of the risk set's mean against the baseline while each row is at risk."""
        out = between(data.sets, self.total, self.faded, rows)
        if self.tied is not None:
            mine = slice(self.tied.before[rows.start], self.tied.before[min(rows.stop, len(data.X))])
            out[self.tied.rows[mine] - rows.start] -= self.extra[self.tied.place[mine]]
        return out


def _scores(data: CoxData, at: State, pulls: _Pulls, rows: slice) -> Floats:
    """Score residuals of a slice of rows.

    For a row, x minus the mean of the risk set at its own event (averaged over Efron's d stages), less the integral
    of the same difference against the hazard that the row meets.
    """
    Z = data.X[rows]
    risk = at.risk[rows] if data.weight is None else at.risk[rows] / data.weight[rows]
    out = pulls.drift(data, rows)
    out -= Z * at.hazard[rows, None]
    out *= risk[:, None]
    own = data.sets.at[rows]
    mine = np.flatnonzero(own >= 0)
    out[mine] += Z[mine] - pulls.mean[own[mine]]
    return out


def integrated_means(data: CoxData, at: State) -> Floats:
    """Mean of each risk set times the step of the baseline, shape (D, p)."""
    S1, T1 = first_moments(data, at)
    out = S1 * at.ties.a[:, None]
    if data.tied is not None and T1 is not None:
        out[data.tied.times] -= T1 * at.ties.b[:, None]
    return out


def drifts(data: CoxData, at: State) -> Floats:
    """Integral, for each row while at risk, of the risk set's mean against the baseline, shape (n, p)."""
    return _Pulls.of(data, at).drift(data, slice(0, len(data.X)))


def _event_weight(data: CoxData) -> Floats:
    """Weight of the events at each time, shape (D,)."""
    if data.weight is None:
        return data.sets.n_event.astype(np.float64)
    rows = np.flatnonzero(data.event)
    return sums_by(data.sets.at[rows], data.weight[rows], len(data.sets.time))


def sandwich(data: CoxData, at: State, bread: Floats, clusters: tuple[Ints, ...] = ()) -> Floats:
    """Robust covariance of the coefficients.

    Parameters
    ----------
    data : CoxData
    at : State
        At the maximum.
    bread : ndarray, shape (p, p)
        Model-based covariance.
    clusters : tuple of ndarray of int, shape (n,)
        None: each row for itself (Lin and Wei). One: summed by cluster. Two: the sum of both less that of their
        intersections (Cameron, Gelbach and Miller 2011).

    Returns
    -------
    ndarray, shape (p, p)

    Notes
    -----
    As in R's survival, without a small-sample factor.
    """
    if not clusters:
        pulls = _Pulls.of(data, at)

        def part(start: int, stop: int) -> Floats:
            meat = np.zeros(bread.shape)
            for rows in _slices(start, stop):
                block = _scores(data, at, pulls, rows)
                if data.weight is not None:
                    block *= data.weight[rows, None]
                meat += block.T @ block
            return meat

        return bread @ in_parts(part, len(data.X)) @ bread
    scores = score_residuals(data, at)
    if data.weight is not None:
        scores *= data.weight[:, None]
    meat = clustered(scores, clusters)
    return bread @ meat @ bread


def clustered(scores: Floats, clusters: tuple[Ints, ...]) -> Floats:
    """Sum of outer products of scores by one or two clusterings, shape (p, p)."""
    meat = np.zeros((scores.shape[1], scores.shape[1]))
    for code in clusters:
        summed = cluster_sums(scores, code)
        meat += summed.T @ summed
    if len(clusters) == 2:
        first, second = clusters
        _, both = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)
        summed = cluster_sums(scores, both)
        meat -= summed.T @ summed
    return meat


def few_clusters(influence: Floats, clusters: Ints) -> tuple[Floats, float]:
    """Cluster-robust covariance with the factor G / (G - 1), and its degrees of freedom.

    Parameters
    ----------
    influence : ndarray, shape (n, p)
        Of each row on the estimates: scores times the inverse of the information.
    clusters : ndarray of int, shape (n,)

    Returns
    -------
    covariance : ndarray, shape (p, p)
    df : float
        G - 1.

    Raises
    ------
    UsageError
        If there is one cluster only.
    """
    _, code = np.unique(clusters, return_inverse=True)
    G = int(code.max()) + 1
    if G < 2:
        raise UsageError("A cluster variance needs at least two clusters.")
    return clustered(influence, (code,)) * (G / (G - 1)), float(G - 1)
