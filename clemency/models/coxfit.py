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

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .design import Design
from .parts import BLOCK, in_parts
from .riskset import (
    Bools,
    Floats,
    Ints,
    RiskSets,
    at_events,
    at_risk,
    products_at_events,
    products_at_risk,
    sums_by,
    tie_fractions,
    while_at_risk,
)

MAX_STEPS = 60
LONGEST_STEP = 8.0
#: Ties are summed by a power series where they are many and hold less than this share of each risk set; with 20
#: terms the remainder is below 0.15^20, a relative error of 3e-17.
SMALL_SHARE, TERMS, MANY_TIES = 0.15, 20, 40


@dataclass(frozen=True, slots=True)
class CoxData:
    """What one fit needs.

    Attributes
    ----------
    X : ndarray of float, shape (n, p), row-major
        Less ``centre``.
    centre : ndarray of float, shape (p,)
        What was taken from the covariates, where their means are so large that digits would be lost; else zeros.
    sets : RiskSets
    weight, offset : ndarray of float, shape (n,), or None
    efron : bool
        False for Breslow's likelihood, and where no events are tied.
    tied : tuple of ndarray, or None
        Number of the time and j / d of each event, where Efron's likelihood needs them.
    powers : ndarray, shape (D, m), or None
        Sums of powers of the fractions, where ties are so many that a series is quicker.
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
    efron: bool
    tied: tuple[Ints, Floats] | None
    powers: Floats | None
    span: Floats
    events_total: Floats

    @property
    def event(self) -> Bools:
        """Whether each row ends in an event, shape (n,)."""
        return self.sets.at >= 0


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
    state : State, optional
        What it was computed from.
    """

    beta: Floats
    loglik: float
    score: Floats
    information: Floats
    state: State | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Quantities of rows and event times at one coefficient vector, from which residuals and baselines are made.

    Attributes
    ----------
    eta : ndarray, shape (n,)
        Linear predictor, with the offset less its mean.
    risk : ndarray, shape (n,)
        exp(eta), times the weight.
    ties : Ties
    hazard : ndarray, shape (n,)
        What each row accumulates of the baseline while at risk (for tied events Efron's share).
    at_risk, at_events : ndarray, shape (D,)
        Sum of risk over the risk set, and over the events of each time.
    """

    eta: Floats
    risk: Floats
    ties: Ties
    hazard: Floats
    at_risk: Floats
    at_events: Floats


def make_data(
    made: Design,
    sets: RiskSets,
    weight: Floats | None,
    offset: Floats | None,
    ties: str = "efron",
    X: Floats | None = None,
) -> CoxData:
    """Bundle the arrays of a fit.

    Parameters
    ----------
    made : Design
    sets : RiskSets
    weight, offset : ndarray, shape (n,), or None
    ties : {"efron", "breslow"}
    X : ndarray, shape (n, p), optional
        Where the rows are not those of the design.
    """
    X, centre = np.ascontiguousarray(made.matrix if X is None else X), np.zeros_like(made.mean)
    if (np.abs(made.mean) > 10 * made.span).any():
        centre = made.mean
        X = X - centre
    efron = ties == "efron" and bool((sets.n_event > 1).any())
    happened = (sets.at >= 0).astype(np.float64)
    if weight is not None:
        happened *= weight
    tied = tie_fractions(sets) if efron else None
    many = tied is not None and len(tied[0]) > MANY_TIES * len(sets.time)
    powers = _power_sums(tied, len(sets.time)) if tied is not None and many else None
    return CoxData(X, centre, sets, weight, offset, efron, tied, powers, made.span, happened @ X)


def state(data: CoxData, beta: Floats) -> State:
    """Compute risks and baseline steps at a coefficient vector."""
    eta, risk = _risks(data, beta)
    with np.errstate(all="ignore"):
        S0 = at_risk(data.sets, risk)
        T0 = at_events(data.sets, risk)
        ties = _tie_sums(data, S0, T0)
        hazard = while_at_risk(data.sets, ties.step)
        if data.efron:
            rows = np.flatnonzero(data.event)
            hazard[rows] -= ties.own[data.sets.at[rows]]
    return State(eta, risk, ties, hazard, S0, T0)


def _risks(data: CoxData, beta: Floats) -> tuple[Floats, Floats]:
    """Linear predictors and weighted risks of the rows, shape (n,) each."""
    n, shift = len(data.X), 0.0 if data.offset is None else float(data.offset.mean())
    eta, risk = np.empty(n), np.empty(n)

    def part(start: int, stop: int) -> int:
        with np.errstate(over="ignore"):
            for i in range(start, stop, BLOCK):
                rows = slice(i, min(i + BLOCK, stop))
                np.dot(data.X[rows], beta, out=eta[rows])
                if data.offset is not None:
                    eta[rows] += data.offset[rows] - shift
                np.exp(eta[rows], out=risk[rows])
                if data.weight is not None:
                    risk[rows] *= data.weight[rows]
        return 0

    in_parts(part, n)
    return eta, risk


def _tie_sums(data: CoxData, S0: Floats, T0: Floats) -> Ties:
    sets = data.sets
    weight = sets.n_event.astype(np.float64) if data.weight is None else at_events(sets, data.weight)
    if data.tied is None:
        step = weight / S0
        none = np.zeros(len(S0))
        return Ties(step, none, step / S0, none, none, float(weight @ np.log(S0)))
    share = T0 / S0
    if data.powers is not None and share.max(initial=0) < SMALL_SHARE:
        return _tie_series(data.powers, weight / sets.n_event, S0, share)
    number, c = data.tied
    S = S0[number] - c * T0[number]
    each = (weight / sets.n_event)[number]
    q = each / S
    sums = [sums_by(number, v, len(S0)) for v in (q, c * q, q / S, c * q / S, c * c * q / S)]
    return Ties(sums[0], sums[1], sums[2], sums[3], sums[4], float(each @ np.log(S)))


def _tie_series(powers: Floats, each: Floats, S0: Floats, share: Floats) -> Ties:
    """Sum over the stages of ties by powers of the share u of the risk that the tied events hold.

    1/(1 - c u) = 1 + c u + (c u)^2 + ..., so that the sums over j need only the sums of powers of c = j/d, which do
    not change from step to step.
    """
    terms = powers.shape[1] - 2
    u = share[:, None] ** np.arange(terms)
    m = np.arange(terms)
    first = each / S0
    step = first * np.einsum("km,km->k", u, powers[:, :terms])
    own = first * np.einsum("km,km->k", u, powers[:, 1 : terms + 1])
    u *= m + 1
    a, b, c = (first / S0 * np.einsum("km,km->k", u, powers[:, k : terms + k]) for k in range(3))
    log = powers[:, 0] * np.log(S0) - np.einsum("km,km->k", share[:, None] ** m[1:] / m[1:], powers[:, 1:terms])
    return Ties(step, own, a, b, c, float(each @ log))


def _power_sums(tied: tuple[Ints, Floats], D: int) -> Floats:
    """Sum the powers 0 to TERMS + 1 of Efron's fractions at each event time, shape (D, TERMS + 2)."""
    number, c = tied
    start = np.searchsorted(number, np.arange(D))
    power, out = np.ones(len(c)), np.empty((D, TERMS + 2))
    for m in range(TERMS + 2):
        out[:, m] = np.add.reduceat(power, start)
        power *= c
    return out


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
    second, first = _moments(data.X, at.risk * at.hazard)
    return Evaluation(beta, loglik, data.events_total - first, second - _between(data, at), at)


def _moments(X: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted second moments of all rows, shape (p, p), and their weighted sum, shape (p,)."""
    p = X.shape[1]

    def part(start: int, stop: int) -> Floats:
        out = np.zeros((p + 1, p))
        for i in range(start, stop, BLOCK):
            block, w = X[i : min(i + BLOCK, stop)], weight[i : min(i + BLOCK, stop)]
            out[:p] += block.T @ (block * w[:, None])
            out[p] += w @ block
        return out

    found = in_parts(part, len(X))
    return found[:p], found[p]


def first_moments(data: CoxData, at: State) -> tuple[Floats, Floats | None]:
    """Sum risk-weighted covariates at each event time: over the risk set, and over tied events.

    Returns
    -------
    S1 : ndarray, shape (D, p)
    T1 : ndarray, shape (D, p), or None
        None where no correction for ties is made.
    """
    S1 = products_at_risk(data.sets, at.risk, data.X)
    return S1, products_at_events(data.sets, at.risk, data.X) if data.efron else None


def _between(data: CoxData, at: State, time_weight: Floats | None = None) -> Floats:
    """Sum over event times of the outer products of the risk-set means, shape (p, p)."""
    S1, T1 = first_moments(data, at)
    a, b, c = at.ties.a, at.ties.b, at.ties.c
    if time_weight is not None:
        a, b, c = a * time_weight, b * time_weight, c * time_weight
    out = _moments(S1, a)[0]
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
    return _moments(data.X, hazard * at.risk)[0] - _between(data, at, time_weight)


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
    fewer = replace(sets, lo=low, hi=low + 1, at=at, delayed=True, cell=None, n_own=len(low))
    return replace(data, X=data.X[one[np.concatenate([which, others])]], sets=fewer, weight=count)


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
    flat : ndarray of bool, shape (p,)
        Columns of which the likelihood knows nothing: they, or a combination of them, do not vary within any risk set.
    """

    at: Evaluation
    null: Evaluation
    steps: int
    diverging: Bools
    flat: Bools


def flat_columns(null: Evaluation, data: CoxData) -> Bools:
    """Columns without information at zero, where it is greatest in all directions that have any; shape (p,)."""
    size = np.diag(null.information)
    flat = size <= 1e-10 * data.span**2
    rest = np.flatnonzero(~flat)
    scale = np.sqrt(size[rest])
    value, vector = np.linalg.eigh(null.information[np.ix_(rest, rest)] / np.outer(scale, scale))
    for k in np.flatnonzero(value < 1e-11):
        flat[rest[np.abs(vector[:, k]) > 1e-3]] = True
    return flat


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
    here, moving = likelihood(data, np.zeros(p)), 0
    null = here = replace(here, state=None)
    events = max(float(data.sets.n_event.sum()), 1.0)
    none = np.zeros(p, dtype=bool)
    flat = none if ridge is not None else flat_columns(null, data)
    if flat.any():
        return Maximum(here, null, 0, none, flat)
    for steps in range(1, MAX_STEPS + 1):
        step, gain = _newton(here, penalty)
        far = np.abs(step) * data.span
        if far.max() > LONGEST_STEP:  # beyond, the information could vanish and hide where the maximum is
            step, far = step * (LONGEST_STEP / far.max()), far * (LONGEST_STEP / far.max())
            gain = max(gain, 1.0)
        moving = moving + 1 if gain < 1e-4 and far.max() > 0.1 else 0
        if moving >= 3 and ridge is None:
            return Maximum(here, null, steps, far > 0.02 * far.max(), flat)
        if gain <= 1e-18 * events:
            if far.max() > 1e-3 and ridge is None:  # no information is left along these columns
                return Maximum(here, null, steps, far > 0.02 * far.max(), flat)
            return Maximum(replace(here, beta=here.beta + step), null, steps, none, flat)
        here = replace(here, state=None)  # so that not two are held at once
        here = _climb(data, here, step, penalty, likelihood)
    return Maximum(here, null, MAX_STEPS, _newton(here, penalty)[0] != 0, flat)


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
    scale = np.sqrt(np.maximum(np.diag(A), 1e-100))
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
