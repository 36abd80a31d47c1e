"""What is known of each case and the parameters -> log-likelihood, scores and information.

With S(t) the chance of no event by t and f its density, a case gives log f(t) for an exact time,
log(S(lower) - S(upper)) for an interval and log S(t) without the event, less log S(entry). With a share c to whom the
event never happens, S is c + (1 - c) S and f is (1 - c) f.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clemency.models.parametricsurvival.families import jets
from clemency.models.parametricsurvival.families.family import Family, Seen
from clemency.models.parametricsurvival.families.jets import Jet
from clemency.typing import Bools, Floats

Values = list[Floats | float]


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """n cases with p columns of the location and q of the share that never has the event.

    Attributes
    ----------
    lower, upper, entry, weight : ndarray, shape (n,)
        The event is at `lower` where both are equal, in (lower, upper] where they are not; `upper` is infinite without.
    X : ndarray, shape (n, p)
        Centred, the constant last if there is one.
    Z : ndarray, shape (n, q), or None
        Centred, the constant last; None if everybody has the event some day.
    """

    lower: Floats
    upper: Floats
    entry: Floats
    weight: Floats
    X: Floats
    Z: Floats | None

    @property
    def exact(self) -> Bools:
        """Cases with an exact time."""
        return self.lower == self.upper

    @property
    def between(self) -> Bools:
        """Cases whose event lies in an interval."""
        return (self.lower < self.upper) & np.isfinite(self.upper)

    def seen(self) -> Seen:
        """Times to begin a search with."""
        middle = np.where(self.between, (self.lower + np.where(self.between, self.upper, 0.0)) / 2, self.lower)
        event = (self.exact | self.between).astype(np.float64)
        return Seen(middle, event, np.maximum(middle - self.entry, 0.0), self.weight)


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The likelihood at q parameters: those of the location, of the family, of the share that never has the event.

    Attributes
    ----------
    theta, gradient : ndarray, shape (q,)
    loglik : float
    scores : ndarray, shape (n, q)
        Of each case, unweighted.
    information : ndarray, shape (q, q)
        Negative Hessian.
    """

    theta: Floats
    loglik: float
    scores: Floats
    gradient: Floats
    information: Floats


def locals_of(family: Family, X: Floats, Z: Floats | None, theta: Floats) -> Values:
    """Location of each row, further parameters, and the log odds of never having the event (if any)."""
    p, m = X.shape[1], len(family.parameters)
    own: Values = [X @ theta[:p], *theta[p : p + m]]
    return own if Z is None else [*own, Z @ theta[p + m :]]


def log_survival(family: Family, time: Floats, values: Values, cure: bool, slopes: bool = True) -> Jet:
    """Log of the chance of no event up to times above zero, among all."""
    at, *more = jets.variables(values, len(time), slopes)
    if not cure:
        return family.log_survival(time, at, more)
    return never_or_later(family.log_survival(time, at, more[:-1]), more[-1])


def never_or_later(log_survival: Jet, odds: Jet) -> Jet:
    """log(c + (1 - c) S) for the log odds of c."""
    return jets.softplus(log_survival - odds) - jets.softplus(-odds)


def log_density(family: Family, time: Floats, values: Values, cure: bool, slopes: bool = True) -> Jet:
    """Log of the density at times above zero, among all."""
    at, *more = jets.variables(values, len(time), slopes)
    if not cure:
        return family.log_density(time, at, more)
    return family.log_density(time, at, more[:-1]) - jets.softplus(more[-1])


def log_hazard(family: Family, time: Floats, values: Values, cure: bool) -> Jet:
    """Log of the hazard at times above zero, among all."""
    at, *more = jets.variables(values, len(time))
    if not cure:
        return family.log_hazard(time, at, more)
    own, odds = more[:-1], more[-1]
    later = jets.softplus(odds - family.log_survival(time, at, own))
    return family.log_hazard(time, at, own) - later


def _log_between(family: Family, lower: Floats, upper: Floats, values: Values, cure: bool, slopes: bool = True) -> Jet:
    """Log of the chance of an event between two times, among all; the lower one may be zero."""
    at, *more = jets.variables(values, len(upper), slopes)
    own = more[:-1] if cure else more
    late = family.log_survival(upper, at, own)
    early = family.log_survival(np.maximum(lower, np.finfo(float).tiny), at, own)
    start = (lower > 0).astype(np.float64)
    early = Jet(*(np.where(start > 0, part, 0.0) for part in (early.value, early.first, early.second)))
    out = early + jets.log1mexp(early - late)
    return out - jets.softplus(more[-1]) if cure else out


def evaluate(family: Family, cases: Cases, theta: Floats) -> Point:
    """Compute log-likelihood, scores and information; a log-likelihood of minus infinity where one has no value."""
    with np.errstate(all="ignore"):
        total = _total(family, cases, theta)
        found = _spread(cases, theta, total, float(cases.weight @ total.value))
    known = np.isfinite(found.loglik) and np.isfinite(found.gradient).all() and np.isfinite(found.information).all()
    return found if known else nowhere(theta)


def nowhere(theta: Floats) -> Point:
    """A point at which the likelihood has no value."""
    q = len(theta)
    return Point(theta, -np.inf, np.empty((0, q)), np.zeros(q), np.full((q, q), np.nan))


def loglik(family: Family, cases: Cases, theta: Floats) -> float:
    """Log-likelihood alone; minus infinity where it has no value."""
    with np.errstate(all="ignore"):
        value = float(cases.weight @ _total(family, cases, theta, slopes=False).value)
    return value if np.isfinite(value) else -np.inf


def _total(family: Family, cases: Cases, theta: Floats, slopes: bool = True) -> Jet:
    """Log-likelihood of each case, by the location, the further parameters and the odds."""
    values = locals_of(family, cases.X, cases.Z, theta)
    n, cure = len(cases.lower), cases.Z is not None
    K = len(values) if slopes else 0
    value, first, second = np.zeros(n), np.zeros((K, n)), np.zeros((K, K, n))

    def add(which: Bools, part: Callable[..., Jet], sign: float, *times: Floats) -> None:
        if not which.any():
            return
        own = [v[which] if isinstance(v, np.ndarray) else v for v in values]
        made = part(family, *(t[which] for t in times), own, cure, slopes)
        value[which] += sign * made.value
        first[:, which] += sign * made.first
        second[:, :, which] += sign * made.second

    exact, between = cases.exact, cases.between
    add(exact, log_density, 1.0, cases.lower)
    add(between, _log_between, 1.0, cases.lower, cases.upper)
    add(~exact & ~between & (cases.lower > 0), log_survival, 1.0, cases.lower)
    add(cases.entry > 0, log_survival, -1.0, cases.entry)
    return Jet(value, first, second)


def _spread(cases: Cases, theta: Floats, total: Jet, value: float) -> Point:
    """Scores and information by the coefficients, from those by location, parameters and odds."""
    w, blocks = cases.weight, _blocks(cases, total)
    scores = np.column_stack([block * total.first[k][:, None] for k, block in enumerate(blocks)])
    ends = np.cumsum([0, *(block.shape[1] for block in blocks)])
    information = np.empty((len(theta), len(theta)))
    for j, left in enumerate(blocks):
        for k, right in enumerate(blocks[: j + 1]):
            part = -(left.T * (w * total.second[j, k])) @ right
            information[ends[j] : ends[j + 1], ends[k] : ends[k + 1]] = part
            information[ends[k] : ends[k + 1], ends[j] : ends[j + 1]] = part.T
    return Point(theta, value, scores, w @ scores, information)


def _blocks(cases: Cases, total: Jet) -> list[Floats]:
    one = np.ones((len(cases.lower), 1))
    further = len(total.first) - 1 - (cases.Z is not None)
    return [cases.X, *([one] * further), *([] if cases.Z is None else [cases.Z])]
