"""The two passes over the rows in one evaluation of a likelihood: from rows to event times, and back.

Both are written here in NumPy and, for many rows, compiled in :mod:`clemency.models.kernel.compiled` where numba is
installed. The numbers are the same but for the order in which they are summed: tests hold the two to 1e-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from clemency.models.kernel.parallel import BLOCK, both, compiled_sums, in_parts, kernels_for
from clemency.models.kernel.riskset import RiskSets, at_risk, running, sums_by, sums_from_the_end, while_at_risk
from clemency.models.kernel.ties import Steps, Tied
from clemency.typing import Floats, Ints

#: Numbers in a table of sums from which on two threads share its lines instead of the rows: it is then held only once.
#: Timed with 8 covariates: at 0.9 million numbers sharing rows is quicker (2.6 ms to 7.2), at 2.9 million lines are.
LARGE = 1_500_000
#: Largest over smallest risk from which on, under delayed entry, sums are made apart for rows whose risks have up to so
#: many binary digits in common: a band loses seven decimal digits of its smallest risk at most.
UNEVEN, BAND = 1e8, 24


@dataclass(frozen=True, slots=True)
class Lines:
    """Inputs of the compiled sums; tables have k further lines for the tied events.

    Attributes
    ----------
    come, go : ndarray of int, shape (n,)
        In a table of sums, of L + k lines: where a row comes to be at risk and where it ceases to be.
    lo, line : ndarray of int, shape (n,)
        The same in a running sum over all event times, of D + 1 + k lines.
    """

    come: Ints
    go: Ints
    lo: Ints
    line: Ints

    @property
    def kernels(self) -> Any:
        """:mod:`clemency.models.kernel.compiled`; no attribute, since a module can be neither copied nor pickled."""
        return compiled_sums()


def lines_for(sets: RiskSets, tied: Tied | None) -> Lines | None:
    """Find the lines of many rows; None for few, or without numba, so that NumPy does the sums."""
    if kernels_for(len(sets.hi)) is None:
        return None
    lo, hi = np.ascontiguousarray(sets.lo), np.ascontiguousarray(sets.hi)
    line = _own_lines(sets, tied, hi, len(sets.time) + 1)
    if sets.block is None:
        return Lines(lo, line, lo, line)
    come, go = sets.lines()
    return Lines(come, _own_lines(sets, tied, go, sets.n_lines), lo, line)


def _own_lines(sets: RiskSets, tied: Tied | None, line: Ints, after: int) -> Ints:
    """Give tied events the lines of their times, which come after those of all rows."""
    if tied is None:
        return line
    of_time = np.append(np.where(tied.number_of_time >= 0, after + tied.number_of_time, -1), -1)
    own = of_time[sets.at]  # the last one for rows without event
    return np.where(own >= 0, own, line)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums at event times.

    Attributes
    ----------
    S0 : ndarray, shape (D,)
        Risk of those at risk.
    S1 : ndarray, shape (D, p)
        Their covariates, weighted with the risk.
    T0, T1 : ndarray, shape (k,) and (k, p)
        The same over the tied events.
    joined : ndarray, shape (D, p + 1), or None
        S1 and S0 side by side, where they were compiled.
    """

    S0: Floats
    S1: Floats
    T0: Floats
    T1: Floats
    joined: Floats | None = None


def weighted_sum(X: Floats, weight: Floats, lines: Lines | None) -> Floats:
    """Sum weighted rows, shape (p,)."""
    if lines is None:
        return weight @ X
    # not by BLAS, whose threads would go on waiting for work on the core that the second half of the rows needs
    return np.asarray(np.einsum("i,ij->j", weight, X), dtype=np.float64)


def linear_predictors(X: Floats, beta: Floats, lines: Lines | None, eta: Floats, start: int, stop: int) -> None:
    """Write the linear predictors of rows ``start`` to ``stop - 1`` into ``eta``, shape (n,)."""
    if lines is None:
        np.dot(X[start:stop], beta, out=eta[start:stop])
    else:
        lines.kernels.predictors(X, beta, eta, start, stop)


def to_times(sets: RiskSets, tied: Tied | None, lines: Lines | None, risk: Floats, X: Floats) -> Sums:
    """Sum risks and risk-weighted covariates over the rows at risk, and over the tied events, of each time.

    Parameters
    ----------
    sets : RiskSets
    tied : Tied or None
    lines : Lines or None
        From :func:`lines_for`; None for NumPy.
    risk : ndarray, shape (n,)
    X : ndarray, shape (n, p), row-major

    Returns
    -------
    Sums
    """
    if sets.delayed and _uneven(risk):
        S0, S1 = _in_bands(sets, risk, X)
        T0 = np.empty(0) if tied is None else sums_by(tied.place, risk[tied.rows], len(tied.times))
        return Sums(S0, S1, T0, np.empty((0, X.shape[1])) if tied is None else products_at_ties(tied, risk, X))
    if lines is not None:
        return _to_times_compiled(sets, tied, lines, risk, X)
    S0 = at_risk(sets, risk)
    if tied is None:
        return Sums(S0, products_at_risk(sets, risk, X), np.empty(0), np.empty((0, X.shape[1])))
    T0 = sums_by(tied.place, risk[tied.rows], len(tied.times))
    S1, T1 = both(lambda: products_at_risk(sets, risk, X), lambda: products_at_ties(tied, risk, X), len(X))
    return Sums(S0, S1, T0, T1)


def _uneven(risk: Floats) -> bool:
    """Whether risks differ so much that small risk sets would be lost in rounding error."""
    least, most = float(risk.min()), float(risk.max())
    return bool(least > 0 and UNEVEN * least < most < np.inf)


def _in_bands(sets: RiskSets, risk: Floats, X: Floats) -> tuple[Floats, Floats]:
    """Sum risks, and risk-weighted covariates, over those at risk, apart for rows of similar risk.

    What is left of a band of which nobody is at risk is rounding, and is left out.
    """
    S0, S1 = np.zeros(len(sets.time)), np.zeros((len(sets.time), X.shape[1]))
    band = np.frexp(risk)[1] // BAND
    for b in np.unique(band):
        inside = band == b
        own, some = np.where(inside, risk, 0.0), at_risk(sets, inside.astype(np.float64)) > 0
        S0 += np.where(some, at_risk(sets, own), 0.0)
        S1 += np.where(some[:, None], products_at_risk(sets, own, X), 0.0)
    return S0, S1


def to_rows(
    sets: RiskSets, tied: Tied | None, lines: Lines | None, base: Steps, risk: Floats, X: Floats
) -> tuple[Floats, Floats, Floats]:
    """Give each row what it accumulates of the baseline, and sum the rows' moments weighted with it.

    Parameters
    ----------
    sets, tied, lines, risk, X
        As in :func:`to_times`.
    base : Steps
        Of the baseline.

    Returns
    -------
    hazard : ndarray, shape (n,)
        For tied events Efron's share of their own time.
    second : ndarray, shape (p, p)
        Second moments of the covariates, weighted with risk times hazard.
    first : ndarray, shape (p,)
        Their sums, weighted alike.
    """
    uneven = sets.delayed and _uneven(risk)
    if lines is not None and not uneven:
        return _to_rows_compiled(sets, tied, lines, base, risk, X)
    hazard = while_at_risk(sets, base.step)
    if tied is not None:
        _take_own(hazard, tied, base.own)
    if uneven:
        hazard = by_itself(sets, tied, base, hazard)
    return hazard, *second_moments(X, risk * hazard)


def by_itself(sets: RiskSets, tied: Tied | None, base: Steps, hazard: Floats) -> Floats:
    """Sum the hazard of a row over its own event times where it is the difference of much larger numbers; in place.

    Parameters
    ----------
    sets, tied, base
        As in :func:`to_rows`.
    hazard : ndarray, shape (n,)
        What each row accumulates of the baseline, from a running sum.
    """
    own = slice(sets.n_own)  # those that fade after another event (Fine and Gray) have no event of their own
    rows = np.flatnonzero(hazard[own] < 1e-6 * running(base.step)[sets.hi[own]])
    if not len(rows):
        return hazard
    steps, lo, at = np.append(base.step, 0.0), sets.lo[rows], sets.at.take(rows)
    end = np.where(at >= 0, at, sets.hi[rows])
    last = np.where(at >= 0, steps[at], 0.0)
    if tied is not None:
        place = np.where(at >= 0, tied.number_of_time[at], -1)
        last -= np.where(place >= 0, base.own[place], 0.0)
    # Every other sum is that of a row; latest first, so that those between are of one time only.
    order = np.argsort(-lo, kind="stable")
    sums = np.empty(len(rows))
    sums[order] = np.add.reduceat(steps, np.column_stack([lo, end])[order].ravel())[::2]
    hazard[rows] = np.where(end > lo, sums, 0.0) + last
    return hazard


def _take_own(hazard: Floats, tied: Tied, own: Floats) -> None:
    """Take from tied events, in place, the part of their own time's step that they do not meet."""

    def part(start: int, stop: int) -> int:
        hazard[tied.rows[start:stop]] -= own[tied.place[start:stop]]
        return 0

    in_parts(part, len(tied.rows))


def _to_times_compiled(sets: RiskSets, tied: Tied | None, lines: Lines, risk: Floats, X: Floats) -> Sums:
    n, L, p = len(X), sets.n_lines, X.shape[1]
    size, kernels = L if tied is None else L + len(tied.times), lines.kernels

    def empty() -> Floats:  # zeros() would come in small pages, and additions in random order take twice as long there
        return np.empty((1 if sets.fade is None else 2, size, p + 1))

    def add(tables: Floats, start: int, stop: int, first: int, last: int) -> None:
        tables[:, first:last] = 0
        for table, a, b in zip(tables, (start, max(start, sets.n_own)), (min(stop, sets.n_own), stop), strict=False):
            asking = kernels.rows_that_ask(table, b)
            kernels.add_rows(X, risk, lines.come, lines.go, table, a, b, first, last, asking)

    def part(start: int, stop: int) -> Floats:
        tables = empty()
        add(tables, start, stop, 0, size)
        return tables

    if size * (p + 1) < LARGE:
        tables = in_parts(part, n)
    else:
        tables, middle = empty(), _middle(lines)
        both(lambda: add(tables, 0, n, 0, middle), lambda: add(tables, 0, n, middle, size), n)
    if tied is not None:
        tables[0, 1 + tied.times + (0 if sets.block is None else sets.stratum[tied.times])] += tables[0, L:]
    for table in tables:
        kernels.sum_backwards(table, sets.begin)
    S, T = tables[0, :L][sets.line_of_time], tables[0, L:]
    if sets.fade is not None:
        S += sets.fade[:, None] * tables[1, :L][sets.line_of_time]
    return Sums(S[:, p].copy(), S[:, :p], T[:, p].copy(), T[:, :p], S)


def _middle(lines: Lines) -> int:
    """Line of a table of sums before which about half of the additions are made."""
    step = max(len(lines.go) // 1000, 1)
    return int(np.median(np.concatenate([lines.come[::step], lines.go[::step]])))


def _to_rows_compiled(
    sets: RiskSets, tied: Tied | None, lines: Lines, base: Steps, risk: Floats, X: Floats
) -> tuple[Floats, Floats, Floats]:
    p, D, hazard = X.shape[1], len(sets.time), np.empty(len(X))
    total = np.empty(D + 1 + len(base.own))
    total[: D + 1] = running(base.step)
    if tied is not None:
        total[D + 1 :] = total[1 + tied.times] - base.own
    faded = total if sets.fade is None else running(base.step * sets.fade)

    def part(start: int, stop: int) -> Floats:
        out, carried = np.zeros((p + 1, p)), np.empty(BLOCK)
        for sums, a, b in ((total, start, min(stop, sets.n_own)), (faded, max(start, sets.n_own), stop)):
            lines.kernels.hazards(lines.lo, lines.line, sums, hazard, a, b)
        for i in range(start, stop, BLOCK):
            rows = slice(i, min(i + BLOCK, stop))
            weight = np.multiply(risk[rows], hazard[rows], out=carried[: rows.stop - i])
            lines.kernels.add_moments(X[rows], weight, out, 0, len(weight))
        return out

    found = in_parts(part, len(X))
    return hazard, found[:p], found[p]


def squares_of_means(sums: Sums, weight: Floats, lines: Lines | None) -> Floats:
    """Sum S1 S1' over the event times with a weight for each, shape (p, p)."""
    S, p = sums.joined, sums.S1.shape[1]
    if S is None or lines is None:
        return second_moments(sums.S1, weight)[0]

    def part(start: int, stop: int) -> Floats:
        out = np.zeros((p + 2, p + 1))
        lines.kernels.add_moments(S, weight, out, start, stop)
        return out

    return np.asarray(in_parts(part, len(S))[:p, :p], dtype=np.float64)


def products_at_risk(sets: RiskSets, weight: Floats, X: Floats) -> Floats:
    """Sum weighted rows of a matrix over the rows at risk just before each event time.

    Parameters
    ----------
    sets : RiskSets
    weight : ndarray of float, shape (n,)
    X : ndarray of float, shape (n, p), row-major
        Read once, without a copy.

    Returns
    -------
    ndarray of float, shape (D, p)
    """
    if sets.fade is None:
        return _products(sets, weight, X, slice(None))
    k = sets.n_own
    late = _products(sets, weight[k:], X[k:], slice(k, None))
    return _products(sets, weight[:k], X[:k], slice(k)) + sets.fade[:, None] * late


def _products(sets: RiskSets, weight: Floats, X: Floats, rows: slice) -> Floats:
    L = sets.n_lines
    change: Floats
    if sets.cell is not None and rows.start is None:
        table = _by_code(sets.cell, weight, X, L**2).reshape(L, L, -1)
        change = table.sum(axis=0) - table.sum(axis=1)
    else:
        come, go = sets.lines(rows)
        if sets.delayed or sets.block is not None or rows.start is not None:
            change, early = both(lambda: _by_code(go, weight, X, L), lambda: _by_code(come, weight, X, L), len(X))
            change -= early
        else:
            change = _by_code(go, weight, X, L)
    return sums_from_the_end(sets, change)


def products_at_ties(tied: Tied, weight: Floats, X: Floats) -> Floats:
    """Sum weighted rows of a matrix over the events of each tied time, shape (k, p)."""
    data, place = weight[tied.rows], tied.place.astype(np.int32)
    return _selected(data, place, tied.before, X, len(tied.times))


def _by_code(code: Ints, weight: Floats, X: Floats, size: int) -> Floats:
    """Sum weighted rows by code, shape (size, p)."""
    return _selected(weight, code.astype(np.int32), np.arange(len(code) + 1, dtype=np.int32), X, size)


def _selected(data: Floats, place: npt.NDArray[np.int32], ends: npt.NDArray[np.int32], X: Floats, size: int) -> Floats:
    """Multiply a sparse matrix, with at most one entry for each row of X, with X."""
    return np.asarray(csc_array((data, place, ends), shape=(size, len(X))) @ X, dtype=np.float64)


def second_moments(X: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted second moments of all rows, shape (p, p), and their weighted sum, shape (p,)."""
    p = X.shape[1]

    def part(start: int, stop: int) -> Floats:
        out = np.zeros((p + 1, p))
        for i in range(start, stop, BLOCK):
            block, w = X[i : min(i + BLOCK, stop)], weight[i : min(i + BLOCK, stop)]
            out[:p] += block.T @ (block * w[:, None])
            out[p] += w @ block
        return out

    found = in_parts(part, len(X))
    return found[:p], found[p]
