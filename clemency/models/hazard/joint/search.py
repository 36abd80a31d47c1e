"""The maximum of the joint likelihood, and the second derivatives there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from clemency.models.hazard.joint.likelihood import Joint, Look, look
from clemency.models.regression.linalg import inverse
from clemency.records.errors import DataError, Problem
from clemency.typing import Bools, Floats

#: Powers from which the search begins: an end that has nothing to do with acts, and one that goes with them.
_BEGIN = (0.0, 1.0)
#: Log theta below which no difference between persons is left, and beyond which it is endless.
_ZERO, _INFINITE = np.log(1e-3), np.log(1e3)


@dataclass(frozen=True, slots=True)
class Top:
    """The maximum.

    Attributes
    ----------
    parameters : ndarray, shape (q,)
    at : Look
    covariance : ndarray, shape (q, q)
        Inverse of the negative second derivatives; zero where a parameter was held.
    """

    parameters: Floats
    at: Look
    covariance: Floats


def maximum(joint: Joint, without: bool = False) -> Top:
    """Maximise; with `without` the powers are held at zero, so that the ends have nothing to do with the frailty."""
    K = len(joint.processes) - 1
    begins = (0.0,) if without else _BEGIN
    found = [_climbed(joint, _start(joint, a, K), without) for a in begins]
    best = max(found, key=lambda f: f[1].loglik)
    if best[0][-1] < _ZERO or best[0][-1] > _INFINITE:
        raise DataError([_no_variance(best[0][-1] < _ZERO)])
    free = _free(len(best[0]), K, without)
    parameters, at = _polished(joint, best[0], free)
    bent = _second(joint, parameters, free)
    if np.linalg.eigvalsh(bent)[0] <= 0:
        raise DataError([_flat()])
    covariance = np.zeros((len(parameters), len(parameters)))
    covariance[np.ix_(free, free)] = inverse(bent)
    return Top(parameters, at, covariance)


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


def _climbed(joint: Joint, start: Floats, without: bool) -> tuple[Floats, Look]:
    free = _free(len(start), len(joint.processes) - 1, without)

    def falling(x: Floats) -> tuple[float, Floats]:
        full = start.copy()
        full[free] = x
        at = look(joint, full)
        if not np.isfinite(at.loglik):
            return 1e300, np.zeros(len(x))
        return -at.loglik, -at.score[free]

    bounds = [(-40.0, 40.0)] * (len(start) - 1) + [(_ZERO - 1, _INFINITE + 1)]
    kept = [b for b, f in zip(bounds, free, strict=True) if f]
    done = optimize.minimize(falling, start[free], jac=True, method="L-BFGS-B", bounds=kept,
                             options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-5})  # fmt: skip
    full = start.copy()
    full[free] = done.x
    return full, look(joint, full)


def _polished(joint: Joint, parameters: Floats, free: Bools) -> tuple[Floats, Look]:
    """Newton's method from near the top, second derivatives by differences of the gradient."""
    here = look(joint, parameters)
    for _ in range(20):
        bent = _second(joint, parameters, free)
        step = np.linalg.lstsq(bent, here.score[free], rcond=1e-12)[0]
        gain = float(here.score[free] @ step)
        if abs(gain) < 1e-12:
            return parameters, here
        step *= min(1.0, 2.0 / float(np.abs(step).max()))
        for _ in range(30):
            moved = parameters.copy()
            moved[free] += step
            there = look(joint, moved)
            if there.loglik >= here.loglik - 1e-9:
                break
            step = step / 2
        else:
            break
        parameters, here = moved, there
    if float(np.abs(here.score[free]).max()) > 1e-3:
        raise DataError([_flat()])
    return parameters, here


def _second(joint: Joint, parameters: Floats, free: Bools) -> Floats:
    """Negative second derivatives by the free parameters, by central differences of the gradient."""
    places, h = np.flatnonzero(free), 1e-4
    out = np.empty((len(places), len(places)))
    for j, place in enumerate(places):
        step = np.zeros(len(parameters))
        step[place] = h
        difference = look(joint, parameters - step).score - look(joint, parameters + step).score
        out[j] = difference[places] / (2 * h)
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
