"""Proportional hazards over a baseline that is constant in bands, or a spline in log time (Royston and Parmar)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clemency.models.parametricsurvival.families import jets
from clemency.models.parametricsurvival.families.family import Family, Seen
from clemency.models.parametricsurvival.families.jets import Jet
from clemency.typing import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Piecewise:
    """A hazard exp(location + level of the band).

    Attributes
    ----------
    cuts : ndarray, shape (M - 1,)
        Times at which the hazard changes; a time at a cut belongs to the band before it.
    """

    cuts: Floats
    name: str = "piecewise"
    title: str = "piecewise exponential"
    hazard: bool = True
    constant: bool = False

    @property
    def parameters(self) -> tuple[tuple[str, str, bool], ...]:
        """The log hazard of each band."""
        edges = zip(np.r_[0.0, self.cuts], np.r_[self.cuts, np.inf], strict=True)
        return tuple(("hazard", f"({a:g}, {b:g}{')' if np.isinf(b) else ']'}", True) for a, b in edges)

    @property
    def shifted(self) -> tuple[int, ...]:
        """All of them."""
        return tuple(range(len(self.cuts) + 1))

    def log_survival(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Minus the months in each band times its hazard."""
        total = None
        for months, level in zip(months_in_bands(time, self.cuts).T, more, strict=True):
            part = jets.exp(at + level) * (-months)
            total = part if total is None else total + part
        assert total is not None
        return total

    def log_density(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log hazard of the band, and log survival."""
        return self.log_hazard(time, at, more) + self.log_survival(time, at, more)

    def log_hazard(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log hazard of the band."""
        band = np.searchsorted(self.cuts, time)
        inside = (band[:, None] == np.arange(len(self.cuts) + 1)).astype(np.float64)
        return combined(at, more, inside)

    def within(self) -> tuple[tuple[Family, Floats], ...]:
        """None."""
        return ()

    def log_mean(self, parameters: Floats) -> None:
        """There is no formula."""

    def starts(self, seen: Seen) -> list[Floats]:
        """The rate of events per month in every band."""
        rate = np.log(float(seen.weight @ seen.event) / float(seen.weight @ seen.months))
        return [np.full(len(self.cuts) + 1, rate)]


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """A log cumulative hazard that is a natural cubic spline in log time, plus the location.

    Attributes
    ----------
    knots : ndarray, shape (M,)
        Log times, the two ends among them.
    """

    knots: Floats
    name: str = "spline"
    title: str = "spline (Royston-Parmar)"
    hazard: bool = True
    constant: bool = False
    shifted: tuple[int, ...] = (0,)

    @property
    def parameters(self) -> tuple[tuple[str, str, bool], ...]:
        """Coefficients of one, of log time, and of a cubic for each inner knot."""
        return tuple(("spline", f"gamma{k}", False) for k in range(len(self.knots)))

    def log_survival(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Minus the cumulative hazard."""
        return -jets.exp(combined(at, more, natural_cubic(np.log(time), self.knots)[0]))

    def log_density(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log hazard and log survival; missing where the cumulative hazard falls."""
        return self.log_hazard(time, at, more) + self.log_survival(time, at, more)

    def log_hazard(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the derivative of the cumulative hazard; missing where that falls."""
        x = np.log(time)
        basis, slopes = natural_cubic(x, self.knots)
        rising = combined(at * 0.0, more, slopes)
        return combined(at, more, basis) + jets.log(rising) - x

    def falls(self, parameters: Floats, first: float, last: float) -> bool:
        """Whether the cumulative hazard falls somewhere between two times."""
        slopes = natural_cubic(np.linspace(np.log(first), np.log(last), 400), self.knots)[1]
        return bool((slopes @ parameters < 0).any())

    def within(self) -> tuple[tuple[Family, Floats], ...]:
        """None."""
        return ()

    def log_mean(self, parameters: Floats) -> None:
        """There is no formula."""

    def starts(self, seen: Seen) -> list[Floats]:
        """Constant hazards, so that log cumulative hazards rise by one with log time."""
        rate = np.log(float(seen.weight @ seen.event) / float(seen.weight @ seen.months))
        return [np.r_[rate, 1.0, np.zeros(len(self.knots) - 2)]]


def months_in_bands(time: Floats, cuts: Floats) -> Floats:
    """Months from zero to each time, by band, shape (n, M) for M - 1 cuts."""
    start = np.r_[0.0, cuts]
    return np.clip(time[:, None] - start, 0.0, np.r_[cuts, np.inf] - start)


def natural_cubic(x: Floats, knots: Floats) -> tuple[Floats, Floats]:
    """Basis of Royston and Parmar and its derivatives, each of shape (n, M) for M knots.

    Examples
    --------
    >>> import numpy as np
    >>> basis, slopes = natural_cubic(np.array([0.0, 0.5, 3.0]), np.array([0.0, 1.0, 2.0]))
    >>> basis[:, 2].tolist(), slopes[:, 2].tolist()  # straight beyond the last knot
    ([0.0, -0.0625, -6.0], [0.0, -0.375, -3.0])
    """
    first, last = knots[0], knots[-1]

    def cubed(k: float) -> tuple[Floats, Floats]:
        above = np.maximum(x - k, 0.0)
        return above**3, 3 * above**2

    (low, low_slope), (high, high_slope) = cubed(first), cubed(last)
    basis, slopes = [np.ones_like(x), x], [np.zeros_like(x), np.ones_like(x)]
    for k in knots[1:-1]:
        share = (last - k) / (last - first)
        value, slope = cubed(k)
        basis.append(value - share * low - (1 - share) * high)
        slopes.append(slope - share * low_slope - (1 - share) * high_slope)
    return np.column_stack(basis), np.column_stack(slopes)


def combined(at: Jet, more: list[Jet], weights: Floats) -> Jet:
    """A location and a weighted sum of further parameters; each of them is a variable of its own."""
    first = at.first.copy()
    value = at.value.copy()
    for parameter, weight in zip(more, weights.T, strict=True):
        value += weight * parameter.value
        first += weight * parameter.first
    return Jet(value, first, at.second)
