"""Intervals with kinds of event -> the masses of greatest likelihood, and what else does as well."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from clemency.models.intervalcensoring.causecells import Caused, Factors, emptied, factors_of
from clemency.models.intervalcensoring.causenpmle import Masses, highest, sums, to_cells
from clemency.models.intervalcensoring.npmle import MOST_DENSE
from clemency.typing import Bools, Floats


@dataclass(frozen=True, slots=True)
class CauseFit:
    """The estimate for some cases.

    Attributes
    ----------
    data : Caused
        As given.
    cells : Factors
        Of the cases that entered before `stopped`.
    masses : Masses
        Of these cells; ``loglik`` and ``gap`` are those of all cases.
    unique : bool or None
        Whether no other masses give the factors of the likelihood the same values; None if that was not checked.
    stopped : float or None
        Entry by which everybody who had entered earlier has had an event: all mass lies before, and cases that enter
        then or later say nothing of it.
    several : bool
        Whether searches met more than one maximum; ``masses`` are those of the highest.
    """

    data: Caused
    cells: Factors
    masses: Masses
    unique: bool | None
    stopped: float | None
    several: bool = False

    def support(self, kind: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Ends of the intervals that hold mass of a kind, the mass, and the incidence after each, shape (J,) each."""
        size, cells = self.masses.size, self.cells
        mine = (cells.kind == kind) & (size > 0)
        return cells.low[mine], cells.high[mine], size[mine], np.cumsum(size[mine])

    def bounds(self, kind: int, t: float) -> tuple[float, float]:
        """Lowest and highest value that the incidence of a kind can have at a time."""
        cells, size = self.cells, self.masses.size
        past = (cells.kind == kind) & (cells.high <= t)
        begun = past | (np.isin(cells.kind, (0, kind)) & (cells.low < t))
        if self.unique is False:
            return share_bounds(cells, self.masses, past, begun)
        return float(size[past].sum()), float(size[begun].sum())


def fit_causes(data: Caused) -> CauseFit:
    """Estimate the masses; where all at risk have had an event before others enter, on each side of that entry."""
    rest, found, stops, several = data, list[Masses](), list[float | None](), False
    cells: list[Factors] = []
    while not stops or stops[-1] is not None:
        stops.append(emptied(rest))
        stop = np.inf if stops[-1] is None else stops[-1]
        early = rest.where(rest.entry < stop)
        cells.append(factors_of(replace(early, upper=np.where(early.kind > 0, np.minimum(early.upper, stop), np.inf))))
        masses, more = highest(cells[-1])
        found, several = [*found, masses], several or more
        rest = rest.where(rest.entry >= stop)
    whole = Masses(found[0].size, sum(m.loglik for m in found), sum(m.gap for m in found))
    return CauseFit(data, cells[0], whole, unique(cells[0], whole), stops[0], several)


def unique(f: Factors, masses: Masses) -> bool | None:
    """Whether no other masses give the factors the same values; None for more cells than a dense matrix should hold.

    Without late entry no others can reach the maximum either, since the likelihood is strictly concave in the factors.
    """
    table = _written_out(f, _free(f, masses))
    known = table[table.sum(axis=1) == 1].any(axis=0)  # by a factor of its own
    rest = table[:, ~known]
    if rest.shape[1] > MOST_DENSE:
        return None
    return not rest.shape[1] or bool(np.linalg.matrix_rank(rest.T @ rest, hermitian=True) == rest.shape[1])


def _free(f: Factors, masses: Masses) -> Bools:
    """Cells that hold mass, or may hold some at no cost, shape (M,)."""
    slope = to_cells(f, f.power / sums(f, masses.size)) - f.total
    return np.asarray((masses.size > 0) | (slope > -1e-7 * max(f.total, 1.0)))


def _written_out(f: Factors, cells: Bools) -> Floats:
    """Which of some cells each factor sums, and the sum of all, shape (m + 1, k)."""
    table = np.vstack([f.rows.toarray(), np.zeros(len(f))])
    for i, j in itertools.pairwise(f.first):
        table[:, i:j] = np.cumsum(table[:, i:j], axis=1)
    table[-1] = 1.0
    return table[:, cells]


def share_bounds(f: Factors, masses: Masses, least: Bools, most: Bools) -> tuple[float, float]:
    """Least mass in some cells and greatest mass in others, of all masses that give the factors the same values."""
    free = _free(f, masses)
    table, found = _written_out(f, free), []
    for cells, sign in ((least, 1.0), (most, -1.0)):
        best = optimize.linprog(
            sign * cells[free].astype(np.float64), A_eq=table, b_eq=table @ masses.size[free], bounds=(0, None)
        )
        here = sign * float(masses.size[cells].sum())
        found.append(sign * (min(best.fun, here) if best.success else here))
    return max(found[0], 0.0), min(found[1], 1.0)
