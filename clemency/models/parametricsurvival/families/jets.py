"""Functions of a few parameters -> their values with all first and second derivatives, row by row.

A jet carries a value and its derivatives through sums, products and functions, so that a log-likelihood written as a
formula comes with its exact score and information (forward differentiation of second order).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.typing import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """A function of K parameters in n rows.

    Attributes
    ----------
    value : ndarray, shape (n,)
    first : ndarray, shape (K, n)
    second : ndarray, shape (K, K, n)

    Examples
    --------
    >>> x, y = variables([2.0, 3.0], 1)
    >>> f = x * y + exp(x)
    >>> f.first[:, 0].round(3).tolist(), f.second[0, 1].tolist()
    ([10.389, 2.0], [1.0])
    """

    value: Floats
    first: Floats
    second: Floats
    __array_ufunc__ = None  # an array to the left of an operator leaves it to the jet

    def __add__(self, other: Jet | Floats | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.first + other.first, self.second + other.second)
        return Jet(self.value + other, self.first, self.second)

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.first, -self.second)

    def __sub__(self, other: Jet | Floats | float) -> Jet:
        return self + (-other)

    __radd__ = __add__

    def __rsub__(self, other: Floats | float) -> Jet:
        return -self + other

    def __mul__(self, other: Jet | Floats | float) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value * other, self.first * other, self.second * other)
        cross = self.first[:, None] * other.first
        second = self.value * other.second + other.value * self.second + cross + cross.transpose(1, 0, 2)
        return Jet(self.value * other.value, self.value * other.first + other.value * self.first, second)

    def then(self, value: Floats, slope: Floats, bend: Floats) -> Jet:
        """A function of this one, given by its value and its first and second derivative at `value`."""
        return Jet(value, slope * self.first, slope * self.second + bend * (self.first[:, None] * self.first))


def variables(values: Sequence[Floats | float], n: int, derivatives: bool = True) -> list[Jet]:
    """Parameters as jets: the derivative of each by itself is one; without derivatives K is zero."""
    K, made = len(values) if derivatives else 0, []
    for k, value in enumerate(values):
        first = np.zeros((K, n))
        first[k:][:1] = 1.0
        made.append(Jet(np.broadcast_to(np.asarray(value, dtype=np.float64), (n,)), first, np.zeros((K, K, n))))
    return made


def exp(x: Jet) -> Jet:
    """Exponential function."""
    value = np.exp(x.value)
    return x.then(value, value, value)


def log(x: Jet) -> Jet:
    """Natural logarithm; missing below zero."""
    return x.then(np.log(x.value), 1 / x.value, -1 / x.value**2)


def softplus(x: Jet) -> Jet:
    """log(1 + exp(x))."""
    p = special.expit(x.value)
    return x.then(np.logaddexp(0.0, x.value), p, p * special.expit(-x.value))


def log1mexp(x: Jet) -> Jet:
    """log(1 - exp(-x)) for x above zero."""
    slope = 1 / np.expm1(x.value)
    value = np.where(x.value < 0.7, np.log(-np.expm1(-x.value)), np.log1p(-np.exp(-x.value)))
    return x.then(value, slope, -slope * (1 + slope))


def of_two(x: Jet, y: Jet, value: Floats, slopes: tuple[Floats, Floats], bends: tuple[Floats, Floats, Floats]) -> Jet:
    """A function of two jets by its value, its derivatives by x and y, and those by xx, xy and yy."""
    (dx, dy), (dxx, dxy, dyy) = slopes, bends
    cross = x.first[:, None] * y.first
    second = dx * x.second + dy * y.second + dxx * (x.first[:, None] * x.first)
    second = second + dyy * (y.first[:, None] * y.first) + dxy * (cross + cross.transpose(1, 0, 2))
    return Jet(value, dx * x.first + dy * y.first, second)
