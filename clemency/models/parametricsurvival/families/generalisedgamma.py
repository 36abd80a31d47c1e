"""Generalised gamma times in Prentice's form; Weibull (Q = 1), gamma (Q = scale) and log-normal (Q = 0) are among them.

With w = (log t - location) / scale and k = 1 / Q^2, the survival is 1 - P(k, k exp(Q w)) for Q > 0 and P(k, k exp(Q w))
for Q < 0, where P is the regularised incomplete gamma function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.models.parametricsurvival.families import jets
from clemency.models.parametricsurvival.families.family import Family, Seen
from clemency.models.parametricsurvival.families.jets import Jet
from clemency.models.parametricsurvival.families.locationscale import LocationScale, standardised
from clemency.typing import Floats

#: Below this |Q| tails are read off a polynomial through six others: for 1 / Q^2 in the millions the incomplete gamma
#: functions of SciPy lose their digits six errors from the centre (they keep 12 from 0.002 on, against quadrature).
NEAR = 2e-3
_NODES = NEAR * np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
_STEP = 3e-3
_FLAT = 1e-3
_HALF_LOG_2PI = 0.5 * float(np.log(2 * np.pi))
_N = np.arange(14)
#: Coefficients of (exp(x) - 1 - x) / x^2 and of its derivatives, and of the derivative of (exp(x) - 1) / x.
_CURVE = [special.poch(_N + 1, k) / special.factorial(_N + k + 2) for k in range(3)]
_EXPM1_SLOPE = 1 / (special.factorial(_N) * (_N + 2))


@dataclass(frozen=True, slots=True)
class GeneralisedGamma:
    """Location, scale (as a logarithm) and Q."""

    name: str = "gengamma"
    title: str = "generalised gamma"
    hazard: bool = False
    constant: bool = True
    parameters: tuple[tuple[str, str, bool], ...] = (("scale", "", True), ("Q", "", False))
    shifted: tuple[int, ...] = ()

    def log_survival(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the chance of no event up to a time."""
        w, Q = standardised(time, at, more), more[1]
        q = float(Q.value[0])
        value = log_tail(w.value, q)
        if not len(w.first):
            return Jet(value, w.first, w.second)
        hazard = np.exp(_log_error_density(w.value, q) - value)
        by_q, by_qq = _by_q(w.value, q)
        log_hazard_q = _density_by_q(w.value, q)[0] - by_q
        bend = -hazard * (_density_slope(w.value, q) + hazard)
        return jets.of_two(w, Q, value, (-hazard, by_q), (bend, -hazard * log_hazard_q, by_qq))

    def log_density(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the density at a time."""
        w, Q = standardised(time, at, more), more[1]
        q = float(Q.value[0])
        by_q, by_wq, by_qq = _density_by_q(w.value, q)
        slope = _density_slope(w.value, q)
        bend = -np.exp(q * w.value)
        out = jets.of_two(w, Q, _log_error_density(w.value, q), (slope, by_q), (bend, by_wq, by_qq))
        return out - more[0] - np.log(time)

    def log_hazard(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the hazard at a time; infinite where the survival is below what numbers hold."""
        return self.log_density(time, at, more) - self.log_survival(time, at, more)

    def log_mean(self, parameters: Floats) -> tuple[float, Floats]:
        """Log of the mean at location zero; with Q below zero it is finite for small scales only."""
        value, step = _log_mean(*parameters), 1e-4
        moved = [[_log_mean(*(parameters + side * step * e)) for side in (1, -1)] for e in np.eye(2)]
        return value, np.array([(up - down) / (2 * step) for up, down in moved])

    def starts(self, seen: Seen) -> list[Floats]:
        """The Weibull time."""
        return [np.r_[start, 1.0] for start in LocationScale("weibull").starts(seen)]

    def within(self) -> tuple[tuple[Family, Floats], ...]:
        """Weibull and log-normal times."""
        return (LocationScale("weibull"), np.array([1.0])), (LocationScale("lognormal"), np.array([0.0]))


def _log_mean(log_scale: float, q: float) -> float:
    """Log of the mean of exp(scale * w): near Q = 0 off a straight line, as there digits are lost."""
    s = float(np.exp(log_scale))
    if abs(q) < _FLAT:
        low, high = (_log_mean(log_scale, side * _FLAT) for side in (-1, 1))
        return low + (q + _FLAT) / (2 * _FLAT) * (high - low)
    k = q**-2
    if k + s / q <= 0:
        return np.inf
    return float(special.gammaln(k + s / q) - special.gammaln(k) - s / q * np.log(k))


def log_tail(w: Floats, q: float) -> Floats:
    """Log of the chance of an error above w."""
    if abs(q) >= NEAR:
        return _log_tail(w, q)
    out = np.zeros_like(w)
    for node in _NODES:
        others = _NODES[node != _NODES]
        out += np.prod((q - others) / (node - others)) * _log_tail(w, float(node))
    return out


def _log_tail(w: Floats, q: float) -> Floats:
    k = q**-2
    u = k * np.exp(q * w)
    tail, other = (special.gammaincc, special.gammainc)[:: 1 if q > 0 else -1]
    small = (u >= k) == (q > 0)  # the tail is the smaller of the two chances
    out = np.empty_like(w)
    out[small] = np.log(tail(k, u[small]))
    out[~small] = np.log1p(-other(k, u[~small]))
    return out


def _by_q(w: Floats, q: float) -> tuple[Floats, Floats]:
    """First and second derivative of the log tail by Q, of fourth order in a step of 0.003."""
    far, near, here, next_, beyond = (log_tail(w, q + j * _STEP) for j in range(-2, 3))
    first = (8 * (next_ - near) - (beyond - far)) / (12 * _STEP)
    second = (16 * (next_ + near) - (beyond + far) - 30 * here) / (12 * _STEP**2)
    return first, second


def _log_error_density(w: Floats, q: float) -> Floats:
    return np.asarray(-_HALF_LOG_2PI - _remainder(q)[0] - w * w * _curve(q * w)[0], dtype=np.float64)


def _density_slope(w: Floats, q: float) -> Floats:
    """Derivative of the log density by w: -(exp(Q w) - 1) / Q."""
    x = q * w
    return np.asarray(-w * np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x)), dtype=np.float64)


def _density_by_q(w: Floats, q: float) -> tuple[Floats, Floats, Floats]:
    """Derivatives of the log density by Q, by w and Q, and twice by Q."""
    _, slope, bend = _curve(q * w)
    _, r1, r2 = _remainder(q)
    x = q * w
    by_wq = -w * w * _expm1_slope(x)
    return -r1 - w**3 * slope, np.asarray(by_wq), -r2 - w**4 * bend


def _expm1_slope(x: Floats) -> Floats:
    """Derivative of (exp(x) - 1) / x."""
    return _mended(x, _EXPM1_SLOPE, lambda y: (y * np.exp(y) - np.expm1(y)) / y**2)


def _curve(x: Floats) -> tuple[Floats, Floats, Floats]:
    """(exp(x) - 1 - x) / x^2 and its first two derivatives."""
    return (
        _mended(x, _CURVE[0], lambda y: (np.expm1(y) - y) / y**2),
        _mended(x, _CURVE[1], lambda y: (np.exp(y) * (y - 2) + y + 2) / y**3),
        _mended(x, _CURVE[2], lambda y: (np.exp(y) * (y * y - 4 * y + 6) - 2 * y - 6) / y**4),
    )


def _mended(x: Floats, series: Floats, function: Callable[[Floats], Floats]) -> Floats:
    """A function, by its series about zero where it would lose digits."""
    small = np.abs(x) < 0.5
    out = np.empty_like(x)
    out[small] = np.polynomial.polynomial.polyval(x[small], series)
    out[~small] = function(x[~small])
    return out


def _remainder(q: float) -> tuple[float, float, float]:
    """Remainder of Stirling's formula for log Gamma(1 / Q^2), and its first two derivatives by Q."""
    k = q**-2 if q else np.inf
    if k > 30:
        terms = [(2, 1 / 12), (6, -1 / 360), (10, 1 / 1260), (14, -1 / 1680), (18, 1 / 1188), (22, -691 / 360360)]
        value = sum(c * q**n for n, c in terms)
        slope = sum(n * c * q ** (n - 1) for n, c in terms)
        return value, slope, sum(n * (n - 1) * c * q ** (n - 2) for n, c in terms)
    value = float(special.gammaln(k)) - (k - 0.5) * np.log(k) + k - _HALF_LOG_2PI
    first = float(special.digamma(k)) - np.log(k) + 0.5 / k
    second = float(special.polygamma(1, k)) - 1 / k - 0.5 / k**2
    dk, ddk = -2 * q**-3, 6 * q**-4
    return value, first * dk, second * dk * dk + first * ddk
