"""Counts of capture histories -> a lower bound of the number on no list (Chao), for two lists Chapman's estimate.

Let people differ, and lists too: person h is on list i with odds o_h e_i, independently of the other lists. With w_h
the chance of h to be on no list, the expected counts are sum w_h on no list, e_i sum w_h o_h on list i alone, and
e_i e_j sum w_h o_h^2 on i and j alone. By the inequality of Cauchy and Schwarz the number on no list is at least u_i
u_j / m_ij, of those on i alone, on j alone and on these two alone, and so is the ratio of the sums over all pairs;
they are equal if all people are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clemency.models.multiplesystems.cells import Cells, histories, in_pairs, pairs
from clemency.typing import Floats


@dataclass(frozen=True, slots=True)
class Bound:
    """A number on no list, or one that it is not below, with its standard error."""

    unseen: float
    std_error: float


def lower_bound(cells: Cells) -> Bound:
    """Chao's lower bound for lists of unequal length.

    The ratio has one added below, which takes away nearly all of its bias in small samples and makes it Chapman's
    estimate for two lists.

    Examples
    --------
    Two lists with 11 on the first alone, 5 on the second alone and 4 on both: 11 x 5 / (4 + 1).

    >>> float(lower_bound(Cells(np.array([4.0, 11.0, 5.0]), ("A", "B"))).unseen)
    11.0
    """
    one, two = _alone(cells), _two_alone(cells)
    products = sum(one[i] * one[j] for i, j in pairs(cells.k))
    below = two.sum() + 1
    unseen = products / below
    if cells.k == 2:
        return Bound(unseen, _chapman_error(one[0], one[1], two.sum()))
    slope = np.ones(len(cells.n))
    size = histories(cells.k).sum(axis=1)
    slope[size == 1] += (histories(cells.k)[size == 1] @ (one.sum() - one)) / below
    slope[size == 2] -= products / below**2
    return Bound(unseen, _error(cells.n, slope))


def equal_lists_bound(cells: Cells) -> Bound:
    """Chao's (1987) bound for k samples of one size: (k - 1) / k times f1 (f1 - 1) / (2 (f2 + 1)).

    Where lists differ in length it is no lower bound: it lies above the other one, and may lie above the truth.
    """
    k = cells.k
    one, two = _alone(cells).sum(), _two_alone(cells).sum()
    factor = (k - 1) / k
    unseen = factor * one * max(one - 1, 0) / (2 * (two + 1))
    slope = np.ones(len(cells.n))
    size = histories(k).sum(axis=1)
    slope[size == 1] += factor * (2 * one - 1) / (2 * (two + 1))
    slope[size == 2] -= factor * one * (one - 1) / (2 * (two + 1) ** 2)
    return Bound(unseen, _error(cells.n, slope))


def _alone(cells: Cells) -> Floats:
    """How many are on each list alone, shape (k,)."""
    x = histories(cells.k)
    one = x.sum(axis=1) == 1
    return (cells.n[one, None] * x[one]).sum(axis=0)


def _two_alone(cells: Cells) -> Floats:
    """How many are on each pair of lists and on no third one."""
    two = histories(cells.k).sum(axis=1) == 2
    return cells.n[two] @ in_pairs(cells.k)[two].astype(float)


def _error(n: Floats, slope: Floats) -> float:
    """Standard error of an estimate of the number of all by its slopes in multinomial counts."""
    return float(np.sqrt(n @ slope**2 - (n @ slope) ** 2 / (n @ slope)))


def _chapman_error(first: float, second: float, both: float) -> float:
    """Seber's standard error of Chapman's estimate."""
    a, b = first + both + 1, second + both + 1
    return float(np.sqrt(a * b * first * second / ((both + 1) ** 2 * (both + 2))))
