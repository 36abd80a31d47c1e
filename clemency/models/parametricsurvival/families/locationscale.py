"""Exponential, Weibull, log-normal and log-logistic times: log time is a location plus a scale times a fixed error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.models.parametricsurvival.families import jets
from clemency.models.parametricsurvival.families.family import Family, Seen
from clemency.models.parametricsurvival.families.jets import Jet
from clemency.typing import Floats

_LOG_ROOT_2PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class LocationScale:
    """log T = location + scale * error, with an error of the extreme-value, normal or logistic distribution.

    Attributes
    ----------
    name : {"exponential", "weibull", "lognormal", "loglogistic"}
        An exponential time is a Weibull time with scale one.
    """

    name: str
    hazard: bool = False
    constant: bool = True
    shifted: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """As readers see it."""
        return {"weibull": "Weibull", "lognormal": "log-normal", "loglogistic": "log-logistic"}.get(
            self.name, self.name
        )

    @property
    def parameters(self) -> tuple[tuple[str, str, bool], ...]:
        """The logarithm of the scale."""
        return () if self.name == "exponential" else (("scale", "", True),)

    def log_survival(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the chance of no event up to a time."""
        z = standardised(time, at, more)
        if self.name == "lognormal":
            return _log_normal_tail(z)
        return -jets.softplus(z) if self.name == "loglogistic" else -jets.exp(z)

    def log_density(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the density at a time."""
        z = standardised(time, at, more)
        if self.name == "lognormal":
            out = z.then(-z.value * z.value / 2 - _LOG_ROOT_2PI, -z.value, np.full_like(z.value, -1.0))
        elif self.name == "loglogistic":
            out = z - jets.softplus(z) * 2.0
        else:
            out = z - jets.exp(z)
        return (out - more[0] if more else out) - np.log(time)

    def log_hazard(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the hazard at a time."""
        z = standardised(time, at, more)
        if self.name == "lognormal":
            return self.log_density(time, at, more) - _log_normal_tail(z)
        out = z - jets.softplus(z) if self.name == "loglogistic" else z
        return (out - more[0] if more else out) - np.log(time)

    def within(self) -> tuple[tuple[Family, Floats], ...]:
        """None."""
        return ()

    def log_mean(self, parameters: Floats) -> tuple[float, Floats]:
        """Log of the mean at location zero; that of a log-logistic time is finite for scales below one."""
        if self.name == "exponential":
            return 0.0, np.zeros(0)
        s = float(np.exp(parameters[0]))
        if self.name == "weibull":
            return float(special.gammaln(1 + s)), np.array([s * float(special.digamma(1 + s))])
        if self.name == "lognormal":
            return s * s / 2, np.array([s * s])
        if s >= 1:
            return np.inf, np.array([np.nan])
        return float(np.log(np.pi * s / np.sin(np.pi * s))), np.array([1 - np.pi * s / np.tan(np.pi * s)])

    def starts(self, seen: Seen) -> list[Floats]:
        """The exponential estimate, or mean and spread of log times."""
        w, d = seen.weight, seen.event
        middle = np.log(float(w @ seen.months) / float(w @ d))
        if self.name == "exponential":
            return [np.array([middle])]
        if self.name == "weibull":
            return [np.array([middle, 0.0])]
        y = np.log(seen.time[seen.time > 0])
        spread = max(float(np.std(y)), 0.1) * (1.0 if self.name == "lognormal" else 0.55)
        return [np.array([middle - 0.3, np.log(spread)])]


def standardised(time: Floats, at: Jet, more: list[Jet]) -> Jet:
    """(log time - location) / scale."""
    z = np.log(time) - at
    return z * jets.exp(-more[0]) if more else z


def _log_normal_tail(z: Jet) -> Jet:
    """Log of 1 - the normal distribution, at z."""
    value = special.log_ndtr(-z.value)
    ratio = np.exp(-z.value * z.value / 2 - _LOG_ROOT_2PI - value)
    return z.then(value, -ratio, ratio * (z.value - ratio))
