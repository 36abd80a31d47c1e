"""The maximum of the joint likelihood, and the second derivatives there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from clemency.models.hazard.joint.likelihood import COARSE, Joint, Look, look
from clemency.models.regression.linalg import inverse
from clemency.records.errors import DataError, Problem
from clemency.typing import Bools, Floats

#: Powers from which the search begins: an end that has nothing to do with acts, and one that goes with them.
_BEGIN = (0.0, 1.0)
#: Log theta below which no difference between persons is left, and beyond which it is endless.
_ZERO, _INFINITE = np.log(1e-3), np.log(1e3)
_MAX_STEPS = 20


@dataclass(frozen=True, slots=True)
class Top:
    """The maximum.

    Attributes
    ----------
    parameters : ndarray, shape (q,)
    at : Look
    covariance : ndarray, shape (q, q)
        Inverse of the negative second derivatives.
    """

    parameters: Floats
    at: Look
    covariance: Floats


def maximum(joint: Joint) -> tuple[Top, float]:
    """Maximise; the second is the highest log-likelihood with the powers at zero, where ends are a matter apart."""
    K = len(joint.processes) - 1
    start, apart = _climbed(joint, _start(joint, 0.0, K), without=True)
    if start[-1] < _ZERO:
        raise DataError([_no_variance(small=True)])
    found = [_climbed(joint, _with_powers(start, a, K)) for a in _BEGIN]
    best = max(found, key=lambda f: f[1].loglik)[0]
    if best[-1] < _ZERO or best[-1] > _INFINITE:
        raise DataError([_no_variance(best[-1] < _ZERO)])
    return _polished(joint, best), apart.loglik


def _with_powers(parameters: Floats, alpha: float, K: int) -> Floats:
    out = parameters.copy()
    out[-1 - K : -1] = alpha
    return out


def _free(q: int, K: int, without: bool) -> Bools:
    free = np.ones(q, dtype=bool)
    free[q - 1 - K : q - 1] = not without
    return free


def _start(joint: Joint, alpha: float, K: int) -> Floats:
    own = []
    for p in joint.processes:
        counts = np.bincount(p.band[p.event], minlength=p.spent.shape[1])
        own += [np.zeros(p.X.shape[1]), np.log(np.maximum(counts, 0.5) / p.spent.sum(axis=0))]
    return np.concatenate([*own, np.full(K, alpha), [np.log(0.5)]])


def _climbed(joint: Joint, start: Floats, without: bool = False) -> tuple[Floats, Look]:
    free = _free(len(start), len(joint.processes) - 1, without)

    def falling(x: Floats) -> tuple[float, Floats]:
        full = start.copy()
        full[free] = x
        at = look(joint, full, COARSE)
        if not np.isfinite(at.loglik):
            return 1e300, np.zeros(len(x))
        return -at.loglik, -at.score[free]

    bounds = [(-40.0, 40.0)] * (len(start) - 1) + [(_ZERO - 1, _INFINITE + 1)]
    kept = [b for b, f in zip(bounds, free, strict=True) if f]
    done = optimize.minimize(falling, start[free], jac=True, method="L-BFGS-B", bounds=kept,
                             options={"maxiter": 1000, "ftol": 1e-11, "gtol": 1e-4})  # fmt: skip
    full = start.copy()
    full[free] = done.x
    return full, look(joint, full)


def _polished(joint: Joint, parameters: Floats) -> Top:
    """Newton's method from near the top, second derivatives by differences of the gradient."""
    here = look(joint, parameters)
    for _ in range(_MAX_STEPS):
        bent = _second(joint, parameters)
        if not np.linalg.eigvalsh(bent)[0] > 0:
            raise DataError([_flat()])
        for _ in range(_MAX_STEPS):
            step = np.linalg.solve(bent, here.score)
            gain = float(here.score @ step)
            if gain < 1e-14:
                return Top(parameters, here, inverse(bent))
            there = look(joint, parameters + step * min(1.0, 1.0 / float(np.abs(step).max())))
            if not there.loglik > here.loglik - 1e-9:
                raise DataError([_flat()])
            parameters, here = parameters + step * min(1.0, 1.0 / float(np.abs(step).max())), there
            if gain > 1e-6:  # too far for the same second derivatives
                break
    raise DataError([_flat()])


def _second(joint: Joint, parameters: Floats) -> Floats:
    """Negative second derivatives, by central differences of the gradient."""
    h = 1e-4
    out = np.empty((len(parameters), len(parameters)))
    for j, step in enumerate(h * np.eye(len(parameters))):
        out[j] = (look(joint, parameters - step).score - look(joint, parameters + step).score) / (2 * h)
    return (out + out.T) / 2


def _no_variance(small: bool) -> Problem:
    what = (
        "the likelihood is highest where persons do not differ at all, so that nothing can be said of how ends go with "
        "their frailty"
        if small
        else "the likelihood rises for ever larger differences between persons"
    )
    remedy = "Fit acts and ends apart: cl.cox(outcome=) for each." if small else "Take fewer bands or covariates."
    return Problem("data", None, "", "", what, remedy)


def _flat() -> Problem:
    what = "the likelihood has no top that can be told from its surroundings: the data do not tell all parameters apart"
    remedy = "Take fewer bands (cuts=), fewer covariates, or fewer kinds of end."
    return Problem("data", None, "", "", what, remedy)
