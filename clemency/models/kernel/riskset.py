"""The one risk-set kernel: spells (entry, exit] to who is at risk just before each event time.

Every estimator, residual, baseline, prediction, concordance and at-risk count of this package reads the sums made
here, so that delayed entry, strata, weights and ties are honoured everywhere or nowhere.

Conventions
-----------
* A spell is half-open: a row is at risk at t when ``entry < t <= exit``. Who enters at t is not yet at risk at t; who
  is censored at t still is.
* Times are compared as they are: those that differ by rounding alone are made equal where they are read
  (:mod:`clemency.models.kernel.sametime`).
* The D event times are numbered over all strata, stratum after stratum and ascending within each. ``first[s]`` is the
  number of the first event time of stratum s, and ``first[-1] == D``.
* Row i is at risk at the event times ``lo[i], lo[i] + 1, ..., hi[i] - 1`` of its own stratum (none if ``lo == hi``).

Sums over risk sets are therefore differences of cumulative sums; no loop over event times is needed. They are made in
tables with one line more for each stratum than it has event times, its first for who is at risk from the beginning: a
sum begins anew in each stratum, and a small risk set is not the difference of large numbers of other strata.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from clemency.models.kernel.parallel import accumulate, both, in_parts, kernels_for
from clemency.typing import Bools, Floats, Ints

#: Sizes of covariates and weights between which sums of products neither overflow nor vanish.
SMALLEST, LARGEST = 1e-40, 1e100


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Which rows are at risk at which event times.

    Attributes
    ----------
    time : ndarray of float, shape (D,)
        Event times, ascending within a stratum.
    stratum : ndarray of int, shape (D,)
        Stratum of each event time.
    first : ndarray of int, shape (S + 1,)
        Number of the first event time of each stratum; the last entry is D.
    lo, hi : ndarray of int, shape (n,)
        A row is at risk at event times ``lo`` to ``hi - 1``.
    at : ndarray of int, shape (n,)
        Number of the row's own event time, -1 for a row without event.
    n_event : ndarray of int, shape (D,)
        Rows with an event at each time, unweighted.
    delayed : bool
        False when every row is at risk from the first event time of its stratum.
    block : ndarray of int, shape (n,), or None
        Stratum of each row; None where there is one.
    cell : ndarray of int, shape (n,), or None
        Pair of the lines (of L) where a row comes to be at risk and ceases to be, ``first * L + last``, kept where many
        rows share few such pairs (times in whole months): sums are then made over the pairs.
    n_own : int
        Rows from this one on stay at risk after an event of another kind (Fine and Gray), with a weight that falls
        as ``fade``; their number is 0 in all other models.
    fade : ndarray of float, shape (D,), or None
    """

    time: Floats
    stratum: Ints
    first: Ints
    lo: Ints
    hi: Ints
    at: Ints
    n_event: Ints
    delayed: bool
    block: Ints | None
    cell: Ints | None
    n_own: int
    fade: Floats | None = None

    @property
    def n_lines(self) -> int:
        """Lines of a table of sums, L."""
        return len(self.time) + len(self.first) - 1

    @property
    def begin(self) -> Ints:
        """First line of each stratum, and L at the end, shape (S + 1,)."""
        return self.first + np.arange(len(self.first))

    @property
    def line_of_time(self) -> Ints | slice:
        """Line of each event time, shape (D,)."""
        return slice(1, None) if self.block is None else 1 + np.arange(len(self.time)) + self.stratum

    def lines(self, rows: slice = slice(None)) -> tuple[Ints, Ints]:
        """Index of entry and of exit of each row in the table of sums."""
        lo, hi = self.lo[rows], self.hi[rows]
        return (lo, hi) if self.block is None else (lo + self.block[rows], hi + self.block[rows])


def risk_sets(entry: Floats | None, exit: Floats, event: Bools, stratum: Ints | None = None) -> RiskSets:
    """Find which rows are at risk at each event time of their stratum.

    Parameters
    ----------
    entry : ndarray of float, shape (n,), or None
        Start of each spell; None means that all are at risk from the beginning.
    exit : ndarray of float, shape (n,)
        End of each spell, ``exit > entry``.
    event : ndarray of bool, shape (n,)
        Whether the spell ended in an event (of any kind that is to have a place in the time axis).
    stratum : ndarray of int, shape (n,), optional
        Codes 0 to S - 1; one stratum if None.

    Returns
    -------
    RiskSets

    Examples
    --------
    >>> import numpy as np
    >>> sets = risk_sets(np.array([0.0, 0, 2]), np.array([2.0, 3, 4]), np.array([True, True, False]))
    >>> sets.time
    array([2., 3.])
    >>> at_risk(sets)  # the third row enters at 2 and is not yet at risk at 2
    array([2., 2.])
    """
    event = np.asarray(event, dtype=bool)
    counted = _in_months(entry, exit, event)
    grid, lo, hi = _on_grid(entry, exit, event) if counted is None else counted
    if stratum is None or not len(stratum) or not stratum.any():
        number, first = np.zeros(len(grid), dtype=np.intp), np.array([0, len(grid)], dtype=np.intp)
        time, lo = grid, np.zeros(len(exit), dtype=np.intp) if lo is None else lo
    else:
        time, number, first, lo, hi = _number_within(grid, lo, hi, event, np.asarray(stratum, dtype=np.intp))
    at = np.where(event, hi - 1, -1)
    n_event = np.bincount(at + 1, minlength=len(time) + 1)[1:]
    delayed = bool(np.any(lo > 0)) if len(first) == 2 else bool(np.any(lo > first[stratum]))
    block = None if len(first) == 2 else np.asarray(stratum, dtype=np.intp)
    sets = RiskSets(time, number, first, lo, hi, at, n_event, delayed, block, None, len(exit))
    if delayed and sets.n_lines**2 <= len(exit) // 2 and kernels_for(len(exit)) is None:
        come, go = sets.lines()
        sets = replace(sets, cell=come * sets.n_lines + go)
    return sets


def with_fading(sets: RiskSets, after: Floats, stratum: Ints, fade: Floats) -> RiskSets:
    """Append rows that are at risk from a time to the end of their stratum, with a weight that changes with time.

    Parameters
    ----------
    sets : RiskSets
    after : ndarray of float, shape (m,)
        At risk at event times later than this.
    stratum : ndarray of int, shape (m,)
    fade : ndarray of float, shape (D,)
        Factor of these rows' values at each event time.

    Returns
    -------
    RiskSets
        Of n + m rows.
    """
    low = np.empty(len(after), dtype=np.intp)
    for s in range(len(sets.first) - 1):
        inside = stratum == s
        own = sets.time[sets.first[s] : sets.first[s + 1]]
        low[inside] = sets.first[s] + np.searchsorted(own, after[inside], side="right")
    return replace(
        sets,
        lo=np.concatenate([sets.lo, low]),
        hi=np.concatenate([sets.hi, sets.first[stratum + 1]]),
        at=np.concatenate([sets.at, np.full(len(after), -1, dtype=np.intp)]),
        block=None if sets.block is None else np.concatenate([sets.block, stratum]),
        fade=fade,
    )


def at_risk(sets: RiskSets, values: Floats | None = None) -> Floats:
    """Sum values over the rows at risk just before each event time.

    Parameters
    ----------
    sets : RiskSets
    values : ndarray of float, shape (n,) or (n, p), optional
        What to sum; ones if None, which counts the rows.

    Returns
    -------
    ndarray of float, shape (D,) or (D, p)
    """
    if values is None:
        values = np.ones(len(sets.lo))
    if values.ndim == 2:
        out = np.empty((len(sets.time), values.shape[1]))
        for j in range(values.shape[1]):
            out[:, j] = at_risk(sets, values[:, j])
        return out
    if sets.fade is None:
        return _at_risk(sets, values, slice(None))
    own = _at_risk(sets, values[: sets.n_own], slice(sets.n_own))
    return own + sets.fade * _at_risk(sets, values[sets.n_own :], slice(sets.n_own, None))


def _at_risk(sets: RiskSets, values: Floats, rows: slice) -> Floats:
    """Sum values of some rows over the risk sets, shape (D,)."""
    L = sets.n_lines
    if sets.cell is not None and rows.start is None:
        table = sums_by(sets.cell, values, L**2).reshape(L, L)
        change: Floats = table.sum(axis=0) - table.sum(axis=1)
    else:
        come, go = sets.lines(rows)
        change = sums_by(go, values, L)
        if sets.delayed or sets.block is not None or rows.start is not None:
            change -= sums_by(come, values, L)
    return sums_from_the_end(sets, change)


def sums_from_the_end(sets: RiskSets, change: Floats) -> Floats:
    """Sum the increments of the later lines of the same stratum, for each event time.

    Backwards, so that late, small risk sets are not the difference of large numbers.

    Parameters
    ----------
    sets : RiskSets
    change : ndarray, shape (L,) or (L, p)
        Overwritten.

    Returns
    -------
    ndarray, shape (D,) or (D, p)
    """
    if sets.block is None:
        accumulate(change[:0:-1])
        return change[1:]
    accumulate(change[::-1])
    # whoever comes to be at risk in a stratum leaves in it: what is left at its first line is rounding
    left = np.concatenate([change[sets.begin[1:-1]], np.zeros((1, *change.shape[1:]))])
    sums: Floats = change[sets.line_of_time] - left[sets.stratum]
    return sums


def at_events(sets: RiskSets, values: Floats | None = None, which: Bools | None = None) -> Floats:
    """Sum values over the rows whose own event falls on each event time.

    Parameters
    ----------
    sets : RiskSets
    values : ndarray of float, shape (n,) or (n, p), optional
        Ones if None, which counts the events.
    which : ndarray of bool, shape (n,), optional
        Only these rows (for example one kind of event).

    Returns
    -------
    ndarray of float, shape (D,) or (D, p)
    """
    D = len(sets.time)
    if values is not None and values.ndim == 1 and which is None:
        return sums_by(sets.at + 1, values, D + 1)[1:]
    rows = np.flatnonzero(sets.at >= 0 if which is None else (sets.at >= 0) & which)
    at = sets.at[rows]
    if values is None:
        return np.bincount(at, minlength=D).astype(np.float64)
    if values.ndim == 1:
        return sums_by(at, values[rows], D)
    out = np.empty((D, values.shape[1]))
    for j in range(values.shape[1]):
        out[:, j] = sums_by(at, values[rows, j], D)
    return out


def while_at_risk(sets: RiskSets, steps: Floats) -> Floats:
    """Sum steps over the event times at which each row is at risk.

    Parameters
    ----------
    sets : RiskSets
    steps : ndarray of float, shape (D,)
        For example the steps of a cumulative hazard: the result is then each row's increment of it.

    Returns
    -------
    ndarray of float, shape (n,)
    """
    total = running(steps)
    if sets.fade is not None:
        return between(sets, total, running(steps * sets.fade), slice(None))
    out = np.empty(len(sets.hi))
    later = sets.delayed or len(sets.first) > 2

    def part(start: int, stop: int) -> int:
        np.take(total, sets.hi[start:stop], out=out[start:stop], mode="clip")
        if later:
            out[start:stop] -= total[sets.lo[start:stop]]
        return 0

    in_parts(part, len(out))
    return out


def running(steps: Floats) -> Floats:
    """Cumulative sum over event times with a leading zero, shape (D + 1,) or (D + 1, p)."""
    total = np.empty((len(steps) + 1, *steps.shape[1:]))
    total[0] = 0
    np.cumsum(steps, axis=0, out=total[1:])
    return total


def between(sets: RiskSets, total: Floats, faded: Floats | None, rows: slice) -> Floats:
    """Take the part of a cumulative sum that falls in each row's time at risk.

    Parameters
    ----------
    sets : RiskSets
    total : ndarray, shape (D + 1,) or (D + 1, p)
        From :func:`running`.
    faded : the same of the steps times ``sets.fade``, or None
    rows : slice
        Rows wanted.

    Returns
    -------
    ndarray, shape (k,) or (k, p)
    """
    out: Floats = total[sets.hi[rows]] - total[sets.lo[rows]]
    if faded is not None:
        start, stop, _ = rows.indices(len(sets.lo))
        late = slice(max(start, sets.n_own), max(stop, sets.n_own))
        out[late.start - start :] = faded[sets.hi[late]] - faded[sets.lo[late]]
    return out


def within_stratum(sets: RiskSets, steps: Floats) -> Floats:
    """Cumulative sum over event times that starts anew in each stratum, shape (D,)."""
    total = np.empty(len(steps))
    for start, stop in itertools.pairwise(sets.first.tolist()):  # one sum over all would drown a small stratum
        np.cumsum(steps[start:stop], out=total[start:stop])
    return total


def tie_fractions(sets: RiskSets) -> tuple[Ints, Floats]:
    """Efron's fractions: for each event, its time's number and j / d, where it is the j-th (from 0) of d tied ones.

    Returns
    -------
    number : ndarray of int, shape (n_events,)
        Ascending.
    fraction : ndarray of float, shape (n_events,)
        0, 1/d, ..., (d - 1)/d within each time.
    """
    number = np.repeat(np.arange(len(sets.time)), sets.n_event)
    start = np.cumsum(sets.n_event) - sets.n_event
    return number, (np.arange(len(number)) - start[number]) / sets.n_event[number]


def sums_by(code: Ints, values: Floats, size: int) -> Floats:
    """Sum values by code, shape (size,)."""
    return np.asarray(np.bincount(code, values, minlength=size), dtype=np.float64)


def pairs_of(one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Pairs that occur, in order, each of shape (m,), of two columns of codes from 0 on."""
    size = int(other.max(initial=0)) + 1
    first, second = np.divmod(np.unique(one * size + other), size)
    return first, second


def count_at_risk(times: Floats, entry: Floats | None, exit: Floats, weight: Floats | None = None) -> Floats:
    """Rows (or their weight) at risk just before arbitrary times: ``entry < t <= exit``.

    Parameters
    ----------
    times : ndarray of float, shape (T,)
        In any order.
    entry, exit : ndarray of float, shape (n,)
    weight : ndarray of float, shape (n,), optional

    Returns
    -------
    ndarray of float, shape (T,)
    """
    left = _weight_below(times, exit, weight)
    entered = (
        float(len(exit) if weight is None else weight.sum()) if entry is None else _weight_below(times, entry, weight)
    )
    return entered - left


def _weight_below(times: Floats, bound: Floats, weight: Floats | None) -> Floats:
    """Weight of the rows whose bound lies strictly below each time."""
    order = np.argsort(bound)
    below = np.searchsorted(bound[order], times, side="left")
    if weight is None:
        return below.astype(np.float64)
    return np.concatenate([[0.0], np.cumsum(weight[order])])[below]


def _as_whole(t: Floats) -> Ints | None:
    """Give times as integers if they are whole numbers small enough to count with, else None."""
    if not len(t) or t[0] != np.floor(t[0]) or t.min() < 0 or t.max() >= 100_000:
        return None
    whole: Ints = t.astype(np.intp)
    return whole if (whole == t).all() else None


def _in_months(entry: Floats | None, exit: Floats, event: Bools) -> tuple[Floats, Ints | None, Ints] | None:
    """Event times, and how many of them each spell starts and ends after, by counting; None unless times are whole."""
    month, since = _as_whole(exit), None if entry is None else _as_whole(entry)
    if month is None or (entry is not None and since is None):
        return None
    there: Bools = np.bincount(month, event) > 0
    up_to: Ints = np.cumsum(there)
    lo = None if since is None else up_to[np.minimum(since, len(up_to) - 1)]
    grid: Floats = np.flatnonzero(there).astype(np.float64)
    return grid, lo, up_to[month]


def _on_grid(entry: Floats | None, exit: Floats, event: Bools) -> tuple[Floats, Ints | None, Ints]:
    """Event times, and how many of them each spell starts and ends after."""
    if not len(exit):
        return np.empty(0), None if entry is None else np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    grid = np.sort(exit[event])
    new = np.ones(len(grid), dtype=bool)
    np.greater(grid[1:], grid[:-1], out=new[1:])
    grid = grid[new]
    count = _counter(grid, len(exit))
    if entry is None:
        return grid, None, count(exit)
    started, ended = both(lambda: count(entry), lambda: count(exit), len(exit))
    return grid, started, ended


def _counter(grid: Floats, n: int) -> Callable[[Floats], Ints]:
    """Give a function that counts, for n times, how many points of an ascending grid lie at or below each."""
    kernels, cells = kernels_for(n), len(grid)
    with np.errstate(over="ignore"):
        scale = float(cells / (grid[-1] - grid[0])) if cells > 1 else 0.0
    if kernels is None or not 0 < scale < np.inf:  # nothing to divide, or too wide or narrow for arithmetic
        return lambda times: _ranked(grid, times)
    cell = np.clip((grid - grid[0]) * scale, 0, cells - 1).astype(np.intp)
    guide = np.zeros(cells + 1, dtype=np.intp)
    np.cumsum(np.bincount(cell, minlength=cells), out=guide[1:])

    def count(times: Floats) -> Ints:
        out = np.empty(len(times), dtype=np.intp)
        own = times if times.flags.writeable else times.copy()  # a locked array is another type, compiled anew
        kernels.count_up_to(grid, own, float(grid[0]), scale, guide, out)
        return out

    return count


def _ranked(grid: Floats, times: Floats) -> Ints:
    order, out = np.argsort(times), np.empty(len(times), dtype=np.intp)
    out[order] = np.searchsorted(grid, times[order], side="right")  # in order, so that the grid is gone through once
    return out


def _number_within(
    grid: Floats, lo: Ints | None, hi: Ints, event: Bools, stratum: Ints
) -> tuple[Floats, Ints, Ints, Ints, Ints]:
    """Replace numbers on the common grid by numbers within strata, using one integer key per (stratum, grid time)."""
    G = len(grid) + 1
    base = stratum * G
    keys = np.unique((base + hi)[event])
    number, place = np.divmod(keys, G)
    n_strata = int(stratum.max()) + 1
    first = np.searchsorted(keys, np.arange(n_strata + 1) * G)
    low = first[stratum] if lo is None else np.searchsorted(keys, base + lo, side="right")
    return grid[place - 1], number, first, low, np.searchsorted(keys, base + hi, side="right")
