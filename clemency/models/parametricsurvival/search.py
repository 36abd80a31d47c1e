"""Cases and a family -> the maximum of the likelihood, or what prevents it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from clemency.models.parametricsurvival.contributions import Cases, Point, evaluate, loglik, nowhere
from clemency.models.parametricsurvival.families.family import Family
from clemency.typing import Bools, Floats

MAX_STEPS = 200
LONGEST_STEP = 3.0
#: Log odds to begin with, for the share that never has the event: parts of the share without it.
_PARTS = (0.9, 0.5, 0.2)


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """Where the search ended.

    Attributes
    ----------
    at : Point
    steps : int
    diverging : ndarray of bool, shape (q,)
        Parameters along which the likelihood is monotone, or that had not come to rest.
    converged : bool
    """

    at: Point
    steps: int
    diverging: Bools
    converged: bool


def search(family: Family, cases: Cases) -> Top:
    """Maximise from each place to begin at, and take the highest maximum.

    Notes
    -----
    Newton's method on the exact second derivatives, with step halving; where the information is not positive definite,
    a multiple of its diagonal is added until it is.
    """
    found: list[Top] = []
    for start in _starts(family, cases):
        top = _climb_to_top(family, cases, start)
        if np.isfinite(top.at.loglik):
            found.append(top)
    if not found:
        q = cases.X.shape[1] + len(family.parameters) + (0 if cases.Z is None else cases.Z.shape[1])
        return Top(nowhere(np.zeros(q)), 0, np.ones(q, dtype=bool), False)
    best = max(top.at.loglik for top in found)
    near = [top for top in found if top.at.loglik >= best - 1e-7 * (1 + abs(best))]
    return max(near, key=lambda top: (top.converged, top.at.loglik))


def _starts(family: Family, cases: Cases) -> list[Floats]:
    """Parameters to begin with: without effects."""
    nested = family.within()
    if nested:
        return [_beginning(inner, further, cases) for inner, further in nested]
    seen, p = cases.seen(), cases.X.shape[1]
    m = len(family.parameters)

    def laid(found: Floats, never: Floats) -> Floats:
        location = np.zeros(p)
        if family.constant:
            location[-1] = found[0]
        return np.r_[location, found[len(found) - m :] if m else np.zeros(0), never]

    if cases.Z is None:
        return [laid(start, np.zeros(0)) for start in family.starts(seen)]
    without = 1 - float(seen.weight @ seen.event) / float(seen.weight.sum())
    made = []
    for part in _PARTS:
        share = min(max(part * without, 0.01), 0.98)
        weight = np.where(seen.event > 0, seen.weight, seen.weight * (1 - part))
        odds = np.r_[np.zeros(cases.Z.shape[1] - 1), np.log(share / (1 - share))]
        kept = type(seen)(seen.time, seen.event, seen.months, np.maximum(weight, 1e-3))
        made += [laid(start, odds) for start in family.starts(kept)]
    return made


def _beginning(inner: Family, further: Floats, cases: Cases) -> Floats:
    """The maximum of a family within, and the parameters that it lacks."""
    top = search(inner, cases)
    theta = top.at.theta
    place = cases.X.shape[1] + len(inner.parameters)
    never = theta[place:]
    if len(never) and not top.converged:
        never = np.r_[np.zeros(len(never) - 1), np.clip(never[-1], -2.0, 2.0)]
    return np.r_[theta[:place], further, never]


def _climb_to_top(family: Family, cases: Cases, start: Floats) -> Top:
    q = len(start)
    span = _spans(family, cases)
    here, moving, none = evaluate(family, cases, start), 0, np.zeros(q, dtype=bool)
    if not np.isfinite(here.loglik):
        return Top(here, 0, ~none, False)
    for steps in range(1, MAX_STEPS + 1):
        step = _newton(here)
        far = np.abs(step) * span
        gain = float(here.gradient @ step)
        if gain <= 1e-15 * (1 + abs(here.loglik)):
            if far.max() > 1e-3:
                return Top(here, steps, far > 0.02 * far.max(), False)
            last = evaluate(family, cases, here.theta + step)
            return Top(last if last.loglik >= here.loglik - 1e-9 else here, steps, none, True)
        moving = moving + 1 if gain < 1e-4 and far.max() > 0.1 else 0
        if moving >= 3:
            return Top(here, steps, far > 0.02 * far.max(), False)
        there = _climb(family, cases, here, step * min(1.0, LONGEST_STEP / far.max()))
        if there is here:
            return Top(here, steps, far > 0.02 * far.max(), gain < 1e-9 and far.max() < 1e-3)
        here = there
    return Top(here, MAX_STEPS, np.abs(_newton(here)) * span > 1e-3, False)


def _spans(family: Family, cases: Cases) -> Floats:
    """How far each parameter moves what it acts on: the range of its column, or one."""
    parts = [_range(cases.X), np.ones(len(family.parameters))]
    return np.concatenate(parts if cases.Z is None else [*parts, _range(cases.Z)])


def _range(columns: Floats) -> Floats:
    width = np.ptp(columns, axis=0) if columns.shape[1] else np.zeros(0)
    return np.where(width > 0, width, 1.0)


def _newton(here: Point) -> Floats:
    scale = np.sqrt(np.maximum(np.abs(np.diag(here.information)), 1e-100))
    A, g = here.information / np.outer(scale, scale), here.gradient / scale
    for more in (0.0, *(10.0**k for k in range(-10, 6))):
        try:
            factor = linalg.cho_factor(A + more * np.eye(len(g)))
        except linalg.LinAlgError:
            continue
        return np.asarray(linalg.cho_solve(factor, g) / scale, dtype=np.float64)
    return g / scale


def _climb(family: Family, cases: Cases, here: Point, step: Floats) -> Point:
    for _ in range(40):
        if loglik(family, cases, here.theta + step) >= here.loglik - 1e-13 * (1 + abs(here.loglik)):
            there = evaluate(family, cases, here.theta + step)
            if np.isfinite(there.loglik):
                return there
        step = step / 2
    return here
