"""Predicted chances and what came of them -> Brier scores and areas under the curve, by time, despite censoring.

Of those who are censored before a time nobody knows whether they had the event by it. The others stand for them: each
counts the inverse of the chance of not having been censored when its outcome was known [1]_ [2]_. Errors are those of
the infinitesimal jackknife, in which these chances are estimates too [3]_.

References
----------
.. [1] E. Graf, C. Schmoor, W. Sauerbrei and M. Schumacher (1999), Statistics in Medicine 18:2529-2545.
.. [2] H. Uno, T. Cai, L. Tian and L. J. Wei (2007), JASA 102:527-537.
.. [3] P. Blanche, J.-F. Dartigues and H. Jacqmin-Gadda (2013), Statistics in Medicine 32:5381-5397.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clemency.models.kernel.censoring import not_censored
from clemency.models.kernel.riskset import sums_by
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What is known of n rows at one time.

    Attributes
    ----------
    weight : ndarray, shape (n,)
        Of the cases.
    exit : ndarray, shape (n,)
    ended : ndarray of bool, shape (n,)
        Whether a row ended otherwise than by censoring.
    had : ndarray of bool, shape (n,)
        Known to have had the event by the time.
    free : ndarray of bool, shape (n,)
        Known not to have had it: nothing has happened, or another end came first.
    inverse : ndarray, shape (n,)
        One over the chance of not having been censored when that was known; 0 for the others.
    known : ndarray, shape (n,)
        When it was known.
    """

    weight: Floats
    exit: Floats
    ended: Bools
    had: Bools
    free: Bools
    inverse: Floats
    known: Floats


def outcomes_at(time: float, exit: Floats, ended: Bools, is_event: Bools, weight: Floats | None) -> Outcomes:
    """Sort rows by what is known of them at a time."""
    w = np.ones(len(exit)) if weight is None else weight
    by_then = ended & (exit <= time)
    had, still = by_then & is_event, (exit > time) | ((exit == time) & ~ended)
    known = np.minimum(exit, time)
    G = not_censored(known, exit, ended, weight)
    certain = by_then | still
    inverse = np.where(certain, 1 / np.where(certain, G, 1.0), 0.0)
    return Outcomes(w, exit, ended, had, certain & ~had, inverse, known)


def brier(o: Outcomes, chance: Floats) -> tuple[float, Floats]:
    """Brier score of predicted chances, and the influence of each row on it, times its weight, shape (n,)."""
    each = o.inverse * (o.had - chance) ** 2
    total = float(o.weight.sum())
    score = float(o.weight @ each) / total
    return score, o.weight * ((each - score) / total + _through_censoring(o, each / total))


def share(o: Outcomes) -> tuple[float, Floats]:
    """Share that had the event by the time, and the influence of each row on it, times its weight, shape (n,)."""
    each, total = o.inverse * o.had, float(o.weight.sum())
    value = float(o.weight @ each) / total
    return value, o.weight * ((each - value) / total + _through_censoring(o, each / total))


def area_under_curve(o: Outcomes, chance: Floats) -> tuple[float, Floats]:
    """Share of pairs of one who had the event and one who had not in which the first had the higher chance.

    Returns
    -------
    area : float
        Missing where there is no such pair.
    influence : ndarray, shape (n,)
        Of each row, times its weight.
    """
    cases, controls = o.had * o.inverse, o.free * o.inverse
    rank = np.unique(chance, return_inverse=True)[1]
    lower_controls, lower_cases = (_lower(rank, o.weight * v) for v in (controls, cases))
    n_cases, n_controls = float(o.weight @ cases), float(o.weight @ controls)
    if not (n_cases > 0 and n_controls > 0):
        return np.nan, np.full(len(chance), np.nan)
    area = float((o.weight * cases) @ lower_controls) / (n_cases * n_controls)
    # share of the other side that a row is on the right side of
    as_case = cases * (lower_controls / n_controls - area) / n_cases
    as_control = controls * ((n_cases - lower_cases) / n_cases - area) / n_controls
    return area, o.weight * (as_case + as_control + _through_censoring(o, as_case + as_control))


def _lower(rank: Ints, values: Floats) -> Floats:
    """Sum of the values of rows with a lower rank, and half of those with the same, shape (n,)."""
    by_rank = sums_by(rank, values, int(rank.max()) + 1)
    return np.asarray((np.cumsum(by_rank) - by_rank / 2)[rank], dtype=np.float64)


def _through_censoring(o: Outcomes, each: Floats) -> Floats:
    """Influence of each row on a sum of values by what it does to the chances of not being censored, shape (n,).

    Parameters
    ----------
    o : Outcomes
    each : ndarray, shape (n,)
        Values, proportional to the inverse chances, of which the sum, weighted with the cases, is taken.
    """
    grid, at = np.unique(o.exit, return_inverse=True)
    ended, lost = (sums_by(at, o.weight * which, len(grid)) for which in (o.ended, ~o.ended))
    there = np.cumsum((ended + lost)[::-1])[::-1] - ended
    place = np.searchsorted(grid, o.known, side="left")  # censored before this place: those that count
    beyond = np.cumsum(sums_by(place, o.weight * each, len(grid) + 1)[::-1])[::-1][1:]
    stays = there - lost
    with np.errstate(divide="ignore", invalid="ignore"):
        pull = np.where((lost > 0) & (stays > 0), beyond / stays, 0.0)
        drag = np.where(lost > 0, pull * lost / there, 0.0)
    met = np.r_[0.0, np.cumsum(drag)][at + ~o.ended]  # events at a time come before censorings at it
    return np.asarray(np.where(o.ended, 0.0, pull[at]) - met, dtype=np.float64)
