"""Score residuals of the Cox model, and the robust and clustered variances made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clemency.models.kernel.parallel import BLOCK, accumulate, compiled_scores, in_parts
from clemency.models.kernel.riskset import between, running, sums_by
from clemency.models.kernel.sums import Sums, to_times
from clemency.models.kernel.ties import Tied
from clemency.models.likelihood.partial import CoxData, State, first_moments
from clemency.models.regression.sandwich import clustered
from clemency.typing import Floats, Ints


def score_residuals(data: CoxData, at: State, sums: Sums | None = None) -> Floats:
    """Score residuals of the rows, unweighted, shape (n, p); they sum (weighted) to the score.

    Sums at the event times, if given, are those of the state; they are used up.
    """
    out, pulls = np.empty(data.X.shape), _Pulls.of(data, at, sums)

    def part(start: int, stop: int) -> int:
        for rows in _slices(start, stop):
            _write_scores(data, at, pulls, rows, out[rows])
        return 0

    in_parts(part, len(out))
    return out


def _slices(start: int, stop: int) -> Iterator[slice]:
    for i in range(start, stop, BLOCK):
        yield slice(i, min(i + BLOCK, stop))


@dataclass(frozen=True, slots=True)
class _Pulls:
    """Risk-set means and their cumulative sums, as score residuals need them.

    Attributes
    ----------
    mean : ndarray, shape (D, p)
        Mean of the covariates in each risk set, averaged over the stages of a tie.
    total, faded : ndarray, shape (D + 1 + k, p) and (D + 1, p) or None
        Running sum of the mean times the step of the baseline, and that of each tied time without ``extra``; the same
        for fading rows.
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
    def of(cls, data: CoxData, at: State, sums: Sums | None = None) -> _Pulls:
        """Compute them from the sums at the event times, which are used up; from the state if they are not at hand."""
        if sums is None:
            sums = to_times(data.sets, data.tied, data.lines, at.risk, data.X)
        S1, T1, ties, tied, weight = sums.S1, sums.T1, at.ties, data.tied, _event_weight(data)
        (D, p), k = S1.shape, len(sums.T1)
        total, extra = np.empty((D + 1 + k, p)), np.empty((0, p))
        total[0] = 0
        if tied is not None:
            extra = S1[tied.times] * ties.b[:, None] - T1 * ties.c[:, None]

        def part(start: int, stop: int) -> int:
            for rows in _slices(start, stop):
                np.multiply(S1[rows], ties.a[rows, None], out=total[1 + rows.start : 1 + rows.stop])
                S1[rows] *= (ties.step[rows] / weight[rows])[:, None]  # in place: from here on it is the mean
            return 0

        in_parts(part, D)
        if tied is not None:
            total[1 + tied.times] -= T1 * ties.b[:, None]
            S1[tied.times] -= T1 * (ties.own / weight[tied.times])[:, None]
        faded = None if data.sets.fade is None else running(total[1 : D + 1] * data.sets.fade[:, None])
        accumulate(total[: D + 1])
        if tied is not None:
            total[D + 1 :] = total[1 + tied.times] - extra
        return cls(S1, total, faded, tied, extra)

    def drift(self, data: CoxData, rows: slice) -> Floats:
        """Integral of the risk set's mean against the baseline while each row is at risk."""
        out = between(data.sets, self.total, self.faded, rows)
        if self.tied is not None:
            mine = slice(self.tied.before[rows.start], self.tied.before[min(rows.stop, len(data.X))])
            out[self.tied.rows[mine] - rows.start] -= self.extra[self.tied.place[mine]]
        return out


def _write_scores(data: CoxData, at: State, pulls: _Pulls, rows: slice, out: Floats) -> None:
    """Write the score residuals of a slice of rows.

    For a row, x minus the mean of the risk set at its own event (averaged over Efron's d stages), less the integral
    of the same difference against the hazard that the row meets.
    """
    Z = data.X[rows]
    risk = at.risk[rows] if data.weight is None else at.risk[rows] / data.weight[rows]
    own = data.sets.at[rows]
    if data.lines is None:
        out[:] = pulls.drift(data, rows)
        out -= Z * at.hazard[rows, None]
        out *= risk[:, None]
        own_rows = np.flatnonzero(own >= 0)
        out[own_rows] += Z[own_rows] - pulls.mean[own[own_rows]]
        return
    late, kernels = max(data.sets.n_own - rows.start, 0), compiled_scores()
    for total, part in ((pulls.total, slice(late)), (pulls.faded, slice(late, None))):
        if total is not None:
            lo, line = data.lines.lo[rows][part], data.lines.line[rows][part]
            which = Z[part], risk[part], at.hazard[rows][part], lo, line, own[part]
            if kernels is None:
                _write_by_numpy(which, pulls.mean, total, out[part])
            else:
                kernels.write_scores(*which, pulls.mean, total, out[part], kernels.rows_that_ask(total, len(lo)))


def _write_by_numpy(
    which: tuple[Floats, Floats, Floats, Ints, Ints, Ints], mean: Floats, total: Floats, out: Floats
) -> None:
    """Write what :func:`clemency.models.kernel.compiled.write_scores` writes, where that does not compile."""
    Z, risk, hazard, lo, line, own = which
    out[:] = risk[:, None] * (total[line] - total[lo] - hazard[:, None] * Z)
    has_event = np.flatnonzero(own >= 0)
    out[has_event] += Z[has_event] - mean[own[has_event]]


def integrated_means(data: CoxData, at: State) -> Floats:
    """Mean of each risk set times the step of the baseline, shape (D, p)."""
    S1, T1 = first_moments(data, at)
    out = S1 * at.ties.a[:, None]
    if data.tied is not None and T1 is not None:
        out[data.tied.times] -= T1 * at.ties.b[:, None]
    return out


def drifts(data: CoxData, at: State, sums: Sums | None = None) -> Floats:
    """Integral, for each row while at risk, of the risk set's mean against the baseline, shape (n, p).

    The sums of that state, where they are at hand, are used up.
    """
    return _Pulls.of(data, at, sums).drift(data, slice(0, len(data.X)))


def _event_weight(data: CoxData) -> Floats | Ints:
    """Weight of the events at each time, shape (D,)."""
    if data.weight is None:
        return data.sets.n_event
    rows = np.flatnonzero(data.event)
    return sums_by(data.sets.at[rows], data.weight[rows], len(data.sets.time))


def sandwich(
    data: CoxData, at: State, bread: Floats, clusters: tuple[Ints, ...] = (), sums: Sums | None = None
) -> Floats:
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
    sums : Sums, optional
        Of that state, if they are at hand; they are used up.

    Returns
    -------
    ndarray, shape (p, p)

    Notes
    -----
    As in R's survival, without a small-sample factor.
    """
    if not clusters:
        pulls = _Pulls.of(data, at, sums)

        def part(start: int, stop: int) -> Floats:
            meat, held = np.zeros(bread.shape), np.empty((BLOCK, len(bread)))
            for rows in _slices(start, stop):
                block = held[: rows.stop - rows.start]
                _write_scores(data, at, pulls, rows, block)
                if data.weight is not None:
                    block *= data.weight[rows, None]
                meat += block.T @ block
            return meat

        return bread @ in_parts(part, len(data.X)) @ bread
    scores = score_residuals(data, at, sums)
    if data.weight is not None:
        scores *= data.weight[:, None]
    meat = clustered(scores, clusters)
    return bread @ meat @ bread
