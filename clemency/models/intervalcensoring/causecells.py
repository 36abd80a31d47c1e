"""Intervals with kinds of event and late entry -> the cells that can hold mass, and the factors of the likelihood.

The cells of a kind are innermost intervals: left ends are those of its own cases and of the cases without an event,
right ends those of its own cases, and all entries (mass before an entry is no burden to it). With masses of the cells
the likelihood is a product of powers of sums: P(kind, in the interval) for a case with an event, S(lower) for one
without, each over S(entry), where S sums the cells of all kinds after a time.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array, vstack

from clemency.typing import Bools, Floats, Ints

DENSE = 48  # larger systems are quicker in sparse form


@dataclass(frozen=True, slots=True)
class Caused:
    """What is known of n cases: the event, of a kind, lies in (lower, upper], or at lower where the two are equal.

    Attributes
    ----------
    lower, upper, entry, weight : ndarray, shape (n,)
        ``upper`` is infinite for those without the event.
    kind : ndarray of int, shape (n,)
        From 1; 0 for those without the event.
    """

    lower: Floats
    upper: Floats
    entry: Floats
    weight: Floats
    kind: Ints

    def where(self, rows: Bools) -> Caused:
        """Some of the cases."""
        return Caused(self.lower[rows], self.upper[rows], self.entry[rows], self.weight[rows], self.kind[rows])


@dataclass(frozen=True, slots=True)
class Factors:
    """Cells that can hold mass, and the likelihood as a product of powers of sums of their masses.

    Attributes
    ----------
    low, high : ndarray, shape (M,)
        Ends: mass lies in (low, high], or at low where the two are equal. Cells of one kind stand together, in order.
    kind : ndarray of int, shape (M,)
        From 1; 0 for a cell in which an event of any kind may lie, or none at all.
    first : ndarray of int
        First cell of each kind that has any, and M.
    passed : ndarray, shape (M,)
        Weight of the cases that are known to have passed each cell.
    rows : sparse array, shape (m, M)
        Each factor in sums *from a cell to the last of its kind*.
    power : ndarray, shape (m,)
        Of each factor; negative where more cases enter at a time than are last seen then.
    total : float
        Power of the sum of all masses, with the sign changed.
    table : ndarray, shape (m, M), or None
        Which cells each factor sums; None for so many cells that `rows` is quicker.
    """

    low: Floats
    high: Floats
    kind: Ints
    first: Ints
    passed: Floats
    rows: csr_array
    power: Floats
    total: float
    table: Floats | None = None

    def __len__(self) -> int:
        return len(self.low)

    def with_factor(self, cells: Bools) -> Factors:
        """One more factor, of power 0: the sum of the masses of some cells."""
        here = cells.astype(np.float64)
        before = np.r_[0.0, here[:-1]]
        before[self.first[:-1]] = 0.0
        rows = csr_array(vstack([self.rows, csr_array((here - before)[None])]))
        return with_table(replace(self, rows=rows, power=np.r_[self.power, 0.0]))


@dataclass(frozen=True, slots=True)
class Places:
    """Where cases enter and their intervals begin and end: 2 i at the time number i, 2 i + 1 just after it.

    Attributes
    ----------
    times : ndarray, shape (T,)
    left, right, start : ndarray of int, shape (n,)
    beside : ndarray of int
        Just after the times that were asked for.
    end : int
        After all times.
    """

    times: Floats
    left: Ints
    right: Ints
    start: Ints
    beside: Ints
    end: int


def places_of(data: Caused, extra: Floats) -> Places:
    """Number the times."""
    known = np.isfinite(data.upper)
    times = np.unique(np.concatenate([data.lower, data.upper[known], data.entry, extra]))

    def after(t: Floats) -> Ints:
        return 2 * np.searchsorted(times, t) + 1

    end = 2 * len(times) + 1
    right = np.where(known, after(np.where(known, data.upper, times[-1])), end)
    left = after(data.lower) - (data.lower == data.upper)
    return Places(times, left, right, after(data.entry), after(extra), end)


def factors_of(data: Caused, at: tuple[int, float] | None = None) -> Factors:
    """Find the cells and the factors.

    Parameters
    ----------
    data : Caused
    at : (int, float), optional
        A kind and a time at which its incidence is to be fixed: no cell of the kind straddles the time, and there are
        cells too that hold no mass at the maximum but may hold some if the incidence has another value.

    Returns
    -------
    Factors

    Notes
    -----
    Without `at`, a cell in which no event of its kind is known to be possible is left out, since mass in later cells
    does as well or better. After the last time at which a case is known to be without the event, mass has no kind.

    References
    ----------
    Hudgens, Satten and Longini, Biometrics 57 (2001), 74-80.

    Examples
    --------
    >>> import numpy as np
    >>> upper = np.array([4.0, 4.0, np.inf])
    >>> found = factors_of(Caused(np.array([0.0, 0.0, 2.0]), upper, np.zeros(3), np.ones(3), np.array([1, 2, 0])))
    >>> found.low.tolist(), found.high.tolist(), found.kind.tolist()
    ([2.0, 2.0], [4.0, 4.0], [1, 2])
    """
    where = places_of(data, np.array([] if at is None else [at[1]]))
    open_ = data.kind == 0
    found: list[tuple[Ints, Ints, int]] = []
    for k in (*range(1, max(int(data.kind.max()), 0 if at is None else at[0]) + 1), 0):
        mine = data.kind == k
        own = where.beside if at is not None and k == at[0] else where.beside[:0]
        lefts = np.r_[where.left[mine | open_], own, own - 1]
        begin, end = _innermost(lefts, np.r_[where.right[mine], where.start, own, where.end])
        if k:
            kept = _covered(begin, end, where.left[mine], where.right[mine])
        else:
            kept = begin == max([0, *begin, *(b.max(initial=-1) + 1 for b, _, _ in found)])
        if at is not None and k in (0, at[0]):
            kept |= (_passed(where, begin, np.ones(len(open_))) > 0) | ((end == where.end) & (k == 0))
            kept |= (begin >= where.left.max()) & (
                end <= where.beside.max()
            )  # after all looks nothing speaks against it
        found.append((begin[kept], end[kept], k))
    begin, end = (np.concatenate([f[i] for f in found]) for i in (0, 1))
    kind = np.concatenate([np.full(len(b), k) for b, _, k in found])
    first = np.r_[np.flatnonzero(np.diff(kind, prepend=-1)), len(kind)]
    ends = np.r_[where.times, np.inf]
    rows, power, total = _factors(data, where, begin, end, kind, first)
    passed = _passed(where, begin, data.weight)
    return with_table(Factors(ends[begin // 2], ends[end // 2], kind, first, passed, rows, power, total))


def with_table(f: Factors) -> Factors:
    """Write small systems out."""
    if len(f) > DENSE:
        return replace(f, table=None)
    table = f.rows.toarray()
    for i, j in itertools.pairwise(f.first):
        table[:, i:j] = np.cumsum(table[:, i:j], axis=1)
    return replace(f, table=table)


def fewer(f: Factors, kept: Bools) -> Factors | None:
    """The factors in some of the cells; None if one of them has none of these."""
    place = np.r_[0, np.cumsum(kept)]
    rows = f.rows.tocoo()
    last = f.first[np.searchsorted(f.first, rows.col, side="right")]
    there = place[rows.col] < place[last]
    new = csr_array((rows.data[there], (rows.row[there], place[rows.col][there])), shape=(len(f.power), int(place[-1])))
    new.sum_duplicates()
    new.eliminate_zeros()
    if np.any(np.diff(new.indptr) == 0):
        return None
    first = np.unique(place[f.first])
    return with_table(Factors(f.low[kept], f.high[kept], f.kind[kept], first, f.passed[kept], new, f.power, f.total))


def _innermost(lefts: Ints, rights: Ints) -> tuple[Ints, Ints]:
    """Pairs of a left end and the next right end with no other left end between."""
    lefts, rights = np.unique(lefts), np.unique(rights)
    nearest = rights[np.searchsorted(rights, lefts, side="right")]
    inner = nearest <= np.r_[lefts[1:], np.iinfo(np.intp).max][: len(lefts)]
    return lefts[inner].astype(np.intp), nearest[inner].astype(np.intp)


def _covered(begin: Ints, end: Ints, left: Ints, right: Ints) -> Bools:
    """Which cells lie within one of some intervals, shape (M,)."""
    M = len(begin)
    a, b = np.searchsorted(begin, left), np.searchsorted(end, right, side="right")
    return np.cumsum(np.bincount(a, minlength=M + 1) - np.bincount(b, minlength=M + 1))[:M] > 0


def _passed(where: Places, begin: Ints, weight: Floats) -> Floats:
    """Weight of the cases that entered before each cell and whose interval begins after it, shape (M,)."""
    sums = []
    for place in (where.start, where.left):
        order = np.argsort(place, kind="stable")
        total = np.r_[0.0, np.cumsum(weight[order])]
        sums.append(total[np.searchsorted(place[order], begin, side="right")])
    return np.maximum(sums[0] - sums[1], 0.0)


def _factors(
    data: Caused, where: Places, begin: Ints, end: Ints, kind: Ints, first: Ints
) -> tuple[csr_array, Floats, float]:
    """Rows and powers of the factors, and the power of the sum of all masses with its sign changed."""
    heads, tails, powers = list[Ints](), list[Ints](), list[Any]()
    open_ = data.kind == 0
    later = np.zeros((2 * len(open_), len(first) - 1), dtype=np.intp)  # first cell of each kind after a look, an entry
    for k, (i, j) in enumerate(itertools.pairwise(first)):
        mine = (data.kind == kind[i]) & ~open_
        a, b = np.searchsorted(begin[i:j], where.left[mine]), np.searchsorted(end[i:j], where.right[mine], side="right")
        code, place = np.unique(a * (j - i + 1) + b, return_inverse=True)
        a, b = np.divmod(code, j - i + 1)
        heads, tails = [*heads, i + a], [*tails, np.where(b < j - i, i + b, -1)]
        powers.append(np.bincount(place.ravel(), data.weight[mine], len(code)))
        later[:, k] = i + np.searchsorted(begin[i:j], np.r_[where.left, where.start])
    net, places = _net(later, np.r_[np.where(open_, data.weight, 0.0), -data.weight])
    whole = (places == first[:-1]).all(axis=1)
    used = ~whole & (np.abs(net) > 1e-12 * data.weight.sum())
    head, tail, power = (np.concatenate(v) for v in (heads, tails, [*powers, net[used]]))
    there = places[used] < first[1:]
    m, stops = len(head), np.flatnonzero(tail >= 0)
    row = np.concatenate([np.arange(m), stops, m + np.nonzero(there)[0]])
    column = np.concatenate([head, tail[stops], places[used][there]])
    sign = np.concatenate([np.ones(m), -np.ones(len(stops)), np.ones(int(there.sum()))])
    rows = csr_array((sign, (row, column)), shape=(len(power), len(begin)))
    return rows, power, float(-net[whole].sum())


def _net(later: Ints, signed: Floats) -> tuple[Floats, Ints]:
    """Sums of weights over rows that are alike, and these rows."""
    order = np.lexsort(later.T[::-1])
    there = later[order]
    new = np.r_[True, (there[1:] != there[:-1]).any(axis=1)][: len(there)]
    return np.add.reduceat(signed[order], np.flatnonzero(new)), there[new]


def emptied(data: Caused) -> float | None:
    """Entry by which all who had entered earlier have had an event; None if there is none.

    That is the first entry that nobody of the earlier ones is known to have passed, unless those last seen before it
    without the event are the last of whom anything is known: then nobody is under observation for a while, and the
    curve goes on, as a product-limit estimate does.
    """
    where, open_ = places_of(data, np.empty(0)), data.kind == 0
    order = np.argsort(where.start, kind="stable")
    entries = np.unique(where.start)
    before = np.searchsorted(where.start[order], entries)  # cases that entered earlier

    def latest(places: Ints) -> Ints:
        return np.maximum.accumulate(np.r_[-1, places[order]])[before]

    seen, possible = latest(np.where(open_, where.left, -1)), latest(np.where(open_, -1, where.right))
    stops = np.flatnonzero((latest(where.left) < entries) & (possible > seen))
    return float(where.times[entries[stops[0]] // 2]) if len(stops) else None
