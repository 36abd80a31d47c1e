"""Newton-Raphson with step halving for a partial likelihood; detects monotone likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from clemency.models.likelihood.partial import CoxData, Evaluation, evaluate
from clemency.models.regression.linalg import solve
from clemency.typing import Bools, Floats

MAX_STEPS = 60
LONGEST_STEP = 8.0
#: Information nearer to singular than this may be singular: where columns vary little within risk sets and much between
#: them (strata, columns that change with time), rounding leaves as much of nothing.
DOUBTFUL = 1e-2


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
        Columns along which the likelihood is monotone (all False if it has a maximum).
    flat : ndarray of bool, shape (p,)
        Columns of which the likelihood knows nothing: they, or a combination of them, do not vary within any risk set.
    """

    at: Evaluation
    null: Evaluation
    steps: int
    diverging: Bools
    flat: Bools


def flat_columns(null: Evaluation, data: CoxData) -> tuple[Bools, float]:
    """Find columns without information at zero, where it is greatest in all directions that have any.

    Returns
    -------
    flat : ndarray of bool, shape (p,)
    least : float
        Smallest eigenvalue of the information of the others, scaled to a diagonal of ones; 1 if there are none.
    """
    size = np.diag(null.information)
    flat = size <= 1e-10 * data.span**2
    rest = np.flatnonzero(~flat)
    scale = np.sqrt(size[rest])
    value, vector = np.linalg.eigh(null.information[np.ix_(rest, rest)] / np.outer(scale, scale))
    for k in np.flatnonzero(value < 1e-11):
        flat[rest[np.abs(vector[:, k]) > 1e-3]] = True
    return flat, float(value[0]) if len(value) else 1.0


def maximise(
    data: CoxData,
    ridge: Floats | None = None,
    likelihood: Callable[[CoxData, Floats], Evaluation] = evaluate,
    doubtful: Callable[[], None] = lambda: None,
    start: Floats | None = None,
) -> Maximum:
    """Find the maximum of the partial likelihood by Newton's method with step halving.

    Parameters
    ----------
    data : CoxData
    ridge : ndarray, shape (p,), optional
        The penalty is the sum of ``ridge * beta**2 / 2``.
    likelihood : callable, optional
        Another likelihood of the same data.
    doubtful : callable, optional
        Called before the search where columns could be collinear; it may raise. Under a ridge of all columns it is not.
    start : ndarray, shape (p,), optional
        Where to begin in place of zero, which then is not looked at for columns without information.

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
    null = here = replace(here, state=None, sums=None)
    events = max(float(data.sets.n_event.sum()), 1.0)
    none = np.zeros(p, dtype=bool)
    open_ended = bool((penalty == 0).any())  # some column can grow without limit
    flat, least = _flat_at_zero(null, data, penalty) if open_ended and start is None else (none, 1.0)
    if flat.any() or least < DOUBTFUL:
        doubtful()
    if flat.any():
        return Maximum(here, null, 0, none, flat)
    if start is not None:
        here = replace(likelihood(data, start), state=None, sums=None)
    if not p or not np.isfinite(here.loglik):
        return Maximum(here, null, 0, ~none, flat)
    for steps in range(1, MAX_STEPS + 1):
        step, gain = _newton(here, penalty)
        far = np.abs(step) * data.span
        if far.max() > LONGEST_STEP:  # beyond, the information could vanish and hide where the maximum is
            step, far = step * (LONGEST_STEP / far.max()), far * (LONGEST_STEP / far.max())
            gain = max(gain, 1.0)
        moving = moving + 1 if gain < 1e-4 and far.max() > 0.1 else 0
        if moving >= 3 and open_ended:
            return Maximum(here, null, steps, far > 0.02 * far.max(), flat)
        if gain <= 1e-18 * events:
            if far.max() > 1e-3 and open_ended:  # no information is left along these columns
                return Maximum(here, null, steps, far > 0.02 * far.max(), flat)
            return Maximum(replace(here, beta=here.beta + step), null, steps, none, flat)
        here = replace(here, state=None, sums=None)  # so that not two are held at once
        here = _climb(data, here, step, penalty, likelihood)
    return Maximum(here, null, MAX_STEPS, _newton(here, penalty)[0] != 0, flat)


def _flat_at_zero(null: Evaluation, data: CoxData, penalty: Floats) -> tuple[Bools, float]:
    """As `flat_columns`, where a penalty is information too."""
    return flat_columns(replace(null, information=null.information + np.diag(penalty)), data)


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
