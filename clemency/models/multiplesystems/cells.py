"""Who is on which lists -> counts of capture histories, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Cells:
    """How many have each capture history, of k lists; the history of those on no list is not among them.

    Attributes
    ----------
    n : ndarray, shape (2^k - 1,)
        Counts, in the order of `histories`.
    lists : tuple of str, length k
    """

    n: Floats
    lists: tuple[str, ...]

    @property
    def k(self) -> int:
        """Number of lists."""
        return len(self.lists)

    @property
    def known(self) -> int:
        """Number of people on one list or more."""
        return int(self.n.sum())

    @property
    def shape(self) -> Bools:
        """Histories, shape (2^k - 1, k)."""
        return histories(self.k)

    def with_counts(self, n: Floats) -> Cells:
        """The same lists with other counts."""
        return Cells(n, self.lists)

    def pair_counts(self) -> Floats:
        """How many are on both lists of each pair, whatever else they are on; in the order of `pairs`."""
        return pair_margins(self.n, self.k)

    def several(self) -> int:
        """Number of people on two lists or more."""
        return int(self.n[self.shape.sum(axis=1) > 1].sum())


@lru_cache(maxsize=16)
def histories(k: int) -> Bools:
    """All capture histories of k lists but that of nobody, shape (2^k - 1, k): those on all lists first.

    Examples
    --------
    >>> histories(2).astype(int).tolist()
    [[1, 1], [1, 0], [0, 1]]
    """
    code = np.arange(2**k - 1, 0, -1)
    found = (code[:, None] >> np.arange(k - 1, -1, -1)) & 1 == 1
    found.flags.writeable = False
    return found


@lru_cache(maxsize=16)
def pairs(k: int) -> tuple[tuple[int, int], ...]:
    """Pairs of lists: (0, 1), (0, 2), ..."""
    return tuple(combinations(range(k), 2))


@lru_cache(maxsize=16)
def in_pairs(k: int) -> Bools:
    """Whether each history is on both lists of each pair, shape (2^k - 1, k (k - 1) / 2)."""
    x = histories(k)
    found = np.column_stack([x[:, i] & x[:, j] for i, j in pairs(k)])
    found.flags.writeable = False
    return found


def pair_margins(n: Floats, k: int) -> Floats:
    """Counts of people on both lists of each pair, shape (..., k (k - 1) / 2) for counts of shape (..., 2^k - 1)."""
    return n @ in_pairs(k).astype(float)


def tabulated(on: Bools, weight: Floats) -> Floats:
    """Counts of the histories of people, shape (2^k - 1,); those on no list are left out.

    Parameters
    ----------
    on : ndarray of bool, shape (n, k)
        Whether each is on each list.
    weight : ndarray, shape (n,)
        How many people each row stands for.
    """
    k = on.shape[1]
    code: Ints = (on.astype(np.intp) << np.arange(k - 1, -1, -1)).sum(axis=1)
    return np.bincount(code, weights=weight, minlength=2**k)[:0:-1].astype(np.float64)
