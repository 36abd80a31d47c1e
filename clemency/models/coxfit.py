"""Numbers of the Cox model on arrays: partial likelihood, score, information, and the search for its maximum.

Nothing here loops over risk sets. A row at risk carries the increment that the cumulative baseline makes while it is
at risk; the score and the second moments are then one weighted product over the rows, and what is left are sums of D
event times (the kernel's cumulative sums) [1]_.

References
----------
.. [1] D. Y. Lin and L. J. Wei (1989), The robust inference for the Cox proportional hazards model, JASA 84:1074-1078,
   for the representation of the score by rows; B. Efron (1977), JASA 72:557-565, for ties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .riskset import Bools, Floats, Ints, RiskSets, at_events, at_risk, sums_by, tie_fractions, while_at_risk

BLOCK = 16384
MAX_STEPS = 60


@dataclass(frozen=True, slots=True)
class CoxData:
    """What one fit needs.

    Attributes
    ----------
    X : ndarray of float, shape (n, p), column-major
    centre : ndarray of float, shape (p,)
        Taken from each row as it is read, so that large means do not eat digits.
    sets : RiskSets
    weight, offset : ndarray of float, shape (n,), or None
    efron : bool
        False for Breslow's likelihood.
    """

    X: Floats
    centre: Floats
    sets: RiskSets
    weight: Floats | None
    offset: Floats | None
    efron: bool

    @property
    def event(self) -> Bools:
        """Whether each row ends in an event, shape (n,)."""
        return self.sets.at >= 0

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Centred rows in blocks that stay in the cache."""
        for i in range(0, len(self.X), BLOCK):
            rows = slice(i, i + BLOCK)
            yield rows, self.X[rows] - self.centre


@dataclass(frozen=True, slots=True)
class Ties:
    """Steps of the baseline and its companions at each event time; all have shape (D,).

    With d tied events j = 0..d-1 and c = j/d (Efron; c = 0 for Breslow), S = S0 - c T0 and q = mean weight / S:
    ``step`` sums q, ``own`` sums c q, and ``a, b, c`` sum q/S, c q/S and c^2 q/S.
    """

    step: Floats
    own: Floats
    a: Floats
    b: Floats
    c: Floats
    log: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The partial likelihood at one coefficient vector.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    loglik : float
    score : ndarray, shape (p,)
    information : ndarray, shape (p, p)
    """

    beta: Floats
    loglik: float
    score: Floats
    information: Floats


@dataclass(frozen=True, slots=True)
class State:
    """Quantities of rows and event times at one coefficient vector, from which residuals and baselines are made.

    Attributes
    ----------
    eta : ndarray, shape (n,)
        Linear predictor at centred covariates, offset included.
    risk : ndarray, shape (n,)
        exp(eta), times the weight.
    ties : Ties
    hazard : ndarray, shape (n,)
        What each row accumulates of the baseline while at risk (for tied events Efron's share).
    """

    eta: Floats
    risk: Floats
    ties: Ties
    hazard: Floats


def make_data(X: Floats, sets: RiskSets, weight: Floats | None, offset: Floats | None, ties: str = "efron") -> CoxData:
    """Bundle the arrays of a fit; ties are ``"efron"`` or ``"breslow"``."""
    return CoxData(X, X.mean(axis=0), sets, weight, offset, ties == "efron" and bool((sets.n_event > 1).any()))


def state(data: CoxData, beta: Floats) -> State:
    """Compute risks and baseline steps at a coefficient vector."""
    eta = data.X @ beta
    eta -= data.centre @ beta
    if data.offset is not None:
        eta += data.offset
        eta -= data.offset.mean()
    with np.errstate(over="ignore"):
        risk = np.exp(eta)
    if data.weight is not None:
        risk *= data.weight
    with np.errstate(all="ignore"):
        S0 = at_risk(data.sets, risk)
        ties = _tie_sums(data, S0, risk)
        hazard = while_at_risk(data.sets, ties.step)
        if data.efron:
            rows = np.flatnonzero(data.event)
            hazard[rows] -= ties.own[data.sets.at[rows]]
    return State(eta, risk, ties, hazard)


def _tie_sums(data: CoxData, S0: Floats, risk: Floats) -> Ties:
    sets = data.sets
    weight = sets.n_event.astype(np.float64) if data.weight is None else at_events(sets, data.weight)
    if not data.efron:
        step = weight / S0
        none = np.zeros(len(S0))
        return Ties(step, none, step / S0, none, none, float(weight @ np.log(S0)))
    D = len(S0)
    number, c = tie_fractions(sets)
    S = S0[number] - c * at_events(sets, risk)[number]
    each = (weight / sets.n_event)[number]
    q = each / S
    sums = [sums_by(number, v, D) for v in (q, c * q, q / S, c * q / S, c * c * q / S)]
    return Ties(sums[0], sums[1], sums[2], sums[3], sums[4], float(each @ np.log(S)))


def log_likelihood(data: CoxData, at: State) -> float:
    """Compute the log partial likelihood."""
    rows = np.flatnonzero(data.event)
    eta = at.eta[rows]
    return float((eta.sum() if data.weight is None else eta @ data.weight[rows]) - at.ties.log)


def evaluate(data: CoxData, beta: Floats, at: State | None = None) -> Evaluation:
    """Compute log-likelihood, score and information at a coefficient vector.

    Parameters
    ----------
    data : CoxData
    beta : ndarray, shape (p,)
    at : State, optional
        If it is already known.

    Returns
    -------
    Evaluation
    """
    at = state(data, beta) if at is None else at
    loglik = log_likelihood(data, at)
    p = data.X.shape[1]
    if not np.isfinite(loglik):
        return Evaluation(beta, -np.inf, np.full(p, np.nan), np.full((p, p), np.nan))
    carried = at.risk * at.hazard
    residual = -carried
    rows = np.flatnonzero(data.event)
    residual[rows] += 1.0 if data.weight is None else data.weight[rows]
    score = residual @ data.X - residual.sum() * data.centre
    second = np.zeros((p, p))
    for block, Z in data.blocks():
        second += Z.T @ (Z * carried[block, None])
    return Evaluation(beta, loglik, score, second - _between(data, at))


def first_moments(data: CoxData, at: State) -> tuple[Floats, Floats | None]:
    """Sum risk-weighted centred covariates at each event time: over the risk set, and over tied events.

    Returns
    -------
    S1 : ndarray, shape (D, p)
    T1 : ndarray, shape (D, p), or None
        None where no correction for ties is made.
    """
    D, p = len(data.sets.time), data.X.shape[1]
    S1, T1 = np.empty((D, p), order="F"), np.empty((D, p), order="F") if data.efron else None
    for j in range(p):
        carried = data.X[:, j] - data.centre[j]
        carried *= at.risk
        S1[:, j] = at_risk(data.sets, carried)
        if T1 is not None:
            T1[:, j] = at_events(data.sets, carried)
    return S1, T1


def _between(data: CoxData, at: State, time_weight: Floats | None = None) -> Floats:
    """Sum over event times of the outer products of the risk-set means, shape (p, p)."""
    S1, T1 = first_moments(data, at)
    a, b, c = at.ties.a, at.ties.b, at.ties.c
    if time_weight is not None:
        a, b, c = a * time_weight, b * time_weight, c * time_weight
    out = S1.T @ (S1 * a[:, None])
    if T1 is not None:
        cross = S1.T @ (T1 * b[:, None])
        out += T1.T @ (T1 * c[:, None]) - cross - cross.T
    return out


def weighted_information(data: CoxData, at: State, time_weight: Floats) -> Floats:
    """Sum the covariance of the covariates in each risk set with a weight for each event time, shape (p, p)."""
    hazard = while_at_risk(data.sets, at.ties.step * time_weight)
    if data.efron:
        rows = np.flatnonzero(data.event)
        hazard[rows] -= (at.ties.own * time_weight)[data.sets.at[rows]]
    hazard *= at.risk
    p = data.X.shape[1]
    second = np.zeros((p, p))
    for block, Z in data.blocks():
        second += Z.T @ (Z * hazard[block, None])
    return second - _between(data, at, time_weight)


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the search ended.

    Attributes
    ----------
    at : Evaluation
        At the maximum, of the unpenalised likelihood.
    null : Evaluation
        At zero.
    steps : int
    diverging : ndarray of bool, shape (p,)
        Columns along which the likelihood rises for ever (all False if it has a maximum).
    """

    at: Evaluation
    null: Evaluation
    steps: int
    diverging: Bools


def maximise(
    data: CoxData, ridge: Floats | None = None, likelihood: Callable[[CoxData, Floats], Evaluation] = evaluate
) -> Maximum:
    """Find the maximum of the partial likelihood by Newton's method with step halving.

    Parameters
    ----------
    data : CoxData
    ridge : ndarray, shape (p,), optional
        The penalty is the sum of ``ridge * beta**2 / 2``.
    likelihood : callable, optional
        Another likelihood of the same data.

    Returns
    -------
    Maximum

    Notes
    -----
    Where covariates separate events from survivors, the likelihood has no maximum: each Newton step then moves the
    linear predictor on by about one while the gain falls by a factor e. Three such steps in a row with a negligible
    gain end the search, and the columns that still move are named in ``diverging``.
    """
    p = data.X.shape[1]
    penalty = np.zeros(p) if ridge is None else ridge
    reach = _reach(data)
    null = likelihood(data, np.zeros(p))
    here, moving = null, 0
    events = max(float(data.sets.n_event.sum()), 1.0)
    for steps in range(1, MAX_STEPS + 1):
        step, gain = _newton(here, penalty)
        far = np.abs(step) * reach
        moving = moving + 1 if gain < 1e-4 and far.max() > 0.1 else 0
        if moving >= 3 and ridge is None:
            return Maximum(here, null, steps, far > 0.02 * far.max())
        if gain <= 1e-18 * events:
            return Maximum(replace(here, beta=here.beta + step), null, steps, np.zeros(p, dtype=bool))
        here = _climb(data, here, step, penalty, likelihood)
    return Maximum(here, null, MAX_STEPS, _newton(here, penalty)[0] != 0)


def _reach(data: CoxData) -> Floats:
    """Range of each covariate, shape (p,)."""
    if not len(data.X):
        return np.zeros(data.X.shape[1])
    return data.X.max(axis=0) - data.X.min(axis=0)


def _newton(here: Evaluation, penalty: Floats) -> tuple[Floats, float]:
    """Step and twice the gain in log-likelihood that it promises."""
    score = here.score - penalty * here.beta
    step = solve(here.information + np.diag(penalty), score)
    return step, float(score @ step)


def _climb(
    data: CoxData,
    here: Evaluation,
    step: Floats,
    penalty: Floats,
    likelihood: Callable[[CoxData, Floats], Evaluation],
) -> Evaluation:
    """Take the step, halved until the (penalised) likelihood no longer falls."""
    start = here.loglik - penalty @ here.beta**2 / 2
    slack = 1e-9 * (abs(start) + 1)
    for _ in range(40):
        there = likelihood(data, here.beta + step)
        if there.loglik - penalty @ there.beta**2 / 2 >= start - slack and np.all(np.isfinite(there.information)):
            return there
        step = step / 2
    return here


def solve(A: Floats, b: Floats) -> Floats:
    """Solve a symmetric system after scaling it to unit diagonal; least squares if it is singular."""
    scale = np.sqrt(np.maximum(np.diag(A), 1e-300))
    scaled = A / np.outer(scale, scale)
    right = b / (scale if b.ndim == 1 else scale[:, None])
    try:
        out = np.linalg.solve(scaled, right)
    except np.linalg.LinAlgError:
        out = np.linalg.lstsq(scaled, right, rcond=1e-12)[0]
    return out / (scale if b.ndim == 1 else scale[:, None])


def inverse(A: Floats) -> Floats:
    """Invert a symmetric matrix by :func:`solve` and make it symmetric to the last bit."""
    out = solve(A, np.eye(len(A)))
    return (out + out.T) / 2


def cluster_sums(values: Floats, code: Ints) -> Floats:
    """Sum rows by cluster, shape (G, p)."""
    size = int(code.max()) + 1
    return np.column_stack([sums_by(code, values[:, j], size) for j in range(values.shape[1])])
