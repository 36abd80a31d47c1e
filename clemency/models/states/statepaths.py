"""Cox models of transitions and covariates -> predicted chances of states, with errors from coefficients and baselines.

At each time the hazards of the transitions make a matrix A, and the chances go on by its exponential, as in R: with
covariates, one plus A could be negative where few are at risk. The influence of a case on what comes out is the sum of
its influences on every step of every baseline, and on the coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clemency.models.kernel.riskset import RiskSets, sums_by, while_at_risk
from clemency.models.likelihood.partial import CoxData, State
from clemency.models.likelihood.score import integrated_means, score_residuals
from clemency.models.regression.sandwich import cluster_sums
from clemency.models.states.stacking import Stack
from clemency.typing import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A stacked fit as predictions need it.

    Attributes
    ----------
    stack : Stack
    data : CoxData
    at : State
        At the maximum.
    beta : ndarray, shape (p,)
    bread : ndarray, shape (p, p)
        Inverse of the information.
    cluster : ndarray of int, shape (N,), or None
        None: errors of the model.
    size : int
        Number of states.
    """

    stack: Stack
    data: CoxData
    at: State
    beta: Floats
    bread: Floats
    cluster: Ints | None
    size: int

    @property
    def sets(self) -> RiskSets:
        """Risk sets of the stacked rows, a stratum for each baseline."""
        return self.data.sets


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Hazards of one person on the U times of all transitions.

    Attributes
    ----------
    time : ndarray, shape (U,)
    place : ndarray of int, shape (D,)
        Where the times of the strata are among them.
    hazard : ndarray, shape (U, Q)
        Steps of each transition's cumulative hazard.
    ratio : ndarray, shape (Q,)
        Hazard over the baseline.
    step : ndarray, shape (U, S, S)
        Exponential of the matrix of steps.
    bend : ndarray, shape (U, Q, S, S)
        Its derivative by the step of each transition.
    """

    time: Floats
    place: Ints
    hazard: Floats
    ratio: Floats
    step: Floats
    bend: Floats


def course(fit: Fitted, z: Floats, start: float) -> Course:
    """Hazards after a time for covariates z of each transition, shape (Q, p)."""
    sets, stack = fit.sets, fit.stack
    time = np.unique(sets.time)
    place = np.searchsorted(time, sets.time)
    ratio = np.exp((z - fit.data.centre) @ fit.beta)
    steps = np.where(sets.time > start, fit.at.ties.step, 0.0)
    hazard = np.zeros((len(time), len(stack.pairs)))
    for q, s in enumerate(stack.baseline):
        i, j = sets.first[s], sets.first[s + 1]
        hazard[place[i:j], q] = ratio[q] * steps[i:j]
    return Course(time, place, hazard, ratio, *_exponentials(hazard, stack.pairs, fit.size))


def _exponentials(hazard: Floats, pairs: Ints, size: int) -> tuple[Floats, Floats]:
    """exp(A), shape (U, S, S), and its derivatives by the steps of hazards that are not zero, shape (U, Q, S, S).

    A state that is left for others which nobody leaves at that time has a row in closed form; where a state is both
    entered and left at one time, the series is summed.
    """
    U, Q = hazard.shape
    A = np.zeros((U, size, size))
    for q, (j, k) in enumerate(pairs):
        A[:, j, k] = hazard[:, q]
    chained = np.flatnonzero(((A.sum(axis=1) > 0) & (A.sum(axis=2) > 0)).any(axis=1))
    total, one = A.sum(axis=2), np.arange(size)
    with np.errstate(divide="ignore", invalid="ignore"):
        left, share = np.exp(-total), np.where(total > 0, -np.expm1(-total) / total, 1.0)
        turn = np.where(total > 1e-5, (left - share) / total, -0.5 + total / 3)  # derivative of the share
    P, bend = A * share[:, :, None], np.zeros((U, Q, size, size))
    P[:, one, one] = left
    for q, (j, k) in enumerate(pairs):
        bend[:, q, j] = A[:, j] * turn[:, j, None]
        bend[:, q, j, k] += share[:, j]
        bend[:, q, j, j] = -left[:, j]
    if len(chained):
        A[:, one, one] = -total
        P[chained] = _series(A[chained])
        double = np.zeros((len(chained), 2 * size, 2 * size))
        double[:, :size, :size] = double[:, size:, size:] = A[chained]
        for q, (j, k) in enumerate(pairs):
            double[:, j, size:] = 0.0
            double[:, j, size + k], double[:, j, size + j] = 1.0, -1.0
            bend[chained, q] = _series(double)[:, :size, size:]
            double[:, j, size:] = 0.0
    return P, bend * (hazard > 0)[:, :, None, None]  # what has no step has none to change


def _series(A: Floats) -> Floats:
    """Matrix exponentials, shape (m, S, S): twelve terms of the series of A / 2**k, squared k times."""
    norm = float(np.abs(A).sum(axis=2).max(initial=0.0))
    k = max(int(np.ceil(np.log2(norm / 0.05))), 0) if norm > 0 else 0  # 0.05**12 / 12! is beyond double precision
    B = A / 2.0**k
    out = np.broadcast_to(np.eye(A.shape[1]), A.shape).copy()
    for n in range(12, 0, -1):
        out = np.eye(A.shape[1]) + B @ out / n
    for _ in range(k):
        out = out @ out
    return out


def chances(c: Course, initial: Floats) -> Floats:
    """Chances before the first time and after each, shape (U + 1, S)."""
    out = np.empty((len(c.time) + 1, len(initial)))
    out[0] = p = initial
    for u in range(len(c.time)):
        out[u + 1] = p = p @ c.step[u]
    return out


def weights_at(c: Course, t: float) -> Floats:
    """What the chances before the first time and after each count for, shape (U + 1,): those at a time."""
    out = np.zeros(len(c.time) + 1)
    out[np.searchsorted(c.time, t, side="right")] = 1.0
    return out


def weights_between(c: Course, start: float, until: float) -> Floats:
    """The same for the time spent in each state between two times."""
    return np.diff(np.clip(np.r_[start, c.time, until], start, until))


def value_and_covariance(fit: Fitted, z: Floats, c: Course, p: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sum of weighted chances, shape (S,), and its covariance, shape (S, S)."""
    S, sets, stack = fit.size, fit.sets, fit.stack
    slope = _slopes(c, p, weights)  # by each step of each hazard
    through = np.zeros((len(sets.time), S))
    drift = np.zeros((S, len(fit.beta)))
    means = integrated_means(fit.data, fit.at)
    for q, s in enumerate(stack.baseline):
        own = slice(sets.first[s], sets.first[s + 1])
        here = c.ratio[q] * slope[c.place[own], q]
        through[own] += here
        drift += np.outer(here.T @ fit.at.ties.step[own], z[q] - fit.data.centre) - here.T @ means[own]
    value = weights @ p
    if fit.cluster is None:
        noise = np.einsum("ds,dt,d->st", through, through, fit.at.ties.a)
        return value, noise + drift @ fit.bread @ drift.T
    each = _own(fit, through) + score_residuals(fit.data, fit.at) @ (fit.bread @ drift.T)
    if fit.data.weight is not None:
        each *= fit.data.weight[:, None]
    summed = cluster_sums(each, fit.cluster)
    return value, summed.T @ summed


def _own(fit: Fitted, through: Floats) -> Floats:
    """Derivative, in the weight of each row, of the sum of baseline steps times `through`, shape (N, S)."""
    ties, sets, tied = fit.at.ties, fit.sets, fit.data.tied
    risk = fit.at.risk if fit.data.weight is None else fit.at.risk / fit.data.weight
    met = np.column_stack([while_at_risk(sets, ties.a * v) for v in through.T])
    if tied is not None:
        met[tied.rows] -= (ties.b[:, None] * through[tied.times])[tied.place]
    out = -risk[:, None] * met
    rows = np.flatnonzero(sets.at >= 0)
    at = sets.at[rows]
    w = np.ones(len(rows)) if fit.data.weight is None else fit.data.weight[rows]
    mass = sums_by(at, w, len(sets.time))
    out[rows] += through[at] * (ties.step / mass)[at, None]
    return out


def _slopes(c: Course, p: Floats, weights: Floats) -> Floats:
    """Derivative of the weighted sum by each step of each transition's hazard, shape (U, Q, S)."""
    U, S = len(c.time), c.step.shape[1]
    B = np.empty((U, S, S))  # what a chance just after each time counts for
    b, one = np.zeros((S, S)), np.eye(S)
    for u in range(U - 1, -1, -1):
        B[u] = b = weights[u + 1] * one + b
        b = c.step[u] @ b
    return np.einsum("uj,uqjk->uqk", p[:-1], c.bend) @ B
