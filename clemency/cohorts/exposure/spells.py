"""Spells as arrays -> the same person-time in smaller pieces.

A spell is half-open, (start, stop], in days since 1970-01-01. Day numbers are whole for dates, so that
an act on a day belongs to the piece that ends on that day or later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clemency.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of n spells, m in all.

    Attributes
    ----------
    source : ndarray of int, shape (m,)
        Spell that each piece was cut from; pieces of a spell are consecutive and in order of time.
    start, stop : ndarray of float, shape (m,)
        Days; the pieces of a spell cover it without gap or overlap.
    last : ndarray of bool, shape (m,)
        Whether the piece ends where its spell ends, and so carries its event.
    """

    source: Ints
    start: Floats
    stop: Floats
    last: NDArray[np.bool_]


def cut(start: Floats, stop: Floats, points: Floats) -> Pieces:
    """Cut spells at common points of calendar time.

    Parameters
    ----------
    start, stop : ndarray of float, shape (n,)
        Spells (start, stop] in days.
    points : ndarray of float, shape (k,)
        Days at which to cut, in any order; a point inside a spell ends one piece and starts the next.

    Returns
    -------
    Pieces
    """
    points = np.unique(points)
    first = np.searchsorted(points, start, side="right")
    after = np.searchsorted(points, stop, side="left")
    inside = after - first
    return _assembled(start, stop, inside, points[_ranges(first, inside)])


def cut_each(start: Floats, stop: Floats, points: Floats) -> Pieces:
    """Cut each spell at points of its own.

    Parameters
    ----------
    start, stop : ndarray of float, shape (n,)
        Spells (start, stop].
    points : ndarray of float, shape (n, k)
        Ascending in each row.

    Returns
    -------
    Pieces
    """
    hit = (points > start[:, None]) & (points < stop[:, None])
    return _assembled(start, stop, hit.sum(axis=1), points[hit])


def _assembled(start: Floats, stop: Floats, inside: Ints, at: Floats) -> Pieces:
    source = np.repeat(np.arange(len(start)), inside + 1)
    last = np.zeros(len(source), dtype=bool)
    last[np.cumsum(inside + 1) - 1] = True
    begins, ends = np.empty(len(source)), np.empty(len(source))
    ends[last], ends[~last] = stop, at
    first = np.r_[True, last[:-1]] if len(last) else last
    begins[first], begins[~first] = start, at
    return Pieces(source, begins, ends, last)


def _ranges(first: Ints, count: Ints) -> Ints:
    """Concatenate ``first[i] + arange(count[i])``."""
    total = np.cumsum(count)
    if not len(total) or total[-1] == 0:
        return np.zeros(0, dtype=np.intp)
    return np.repeat(first - (total - count), count) + np.arange(total[-1])


def covered(start: Floats, opens: Floats, closes: Floats) -> Ints:
    """How many windows (opens, closes] cover the moment just after each start.

    Parameters
    ----------
    start : ndarray of float, shape (m,)
        Starts of pieces that were cut at every end of a window.
    opens, closes : ndarray of float, shape (k,)
        Windows in days.

    Returns
    -------
    ndarray of int, shape (m,)
    """
    began = np.searchsorted(np.sort(opens), start, side="right")
    ended = np.searchsorted(np.sort(closes), start, side="right")
    return np.asarray(began - ended, dtype=np.intp)
