"""Intervals of days with an order between them -> days drawn uniformly from all that keep the order.

A case has a chain of dates, each no later than the next, and any number of dates beside the chain (its acts), which lie
between two members of it and have no order among themselves. Every array of days counts days since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clemency.typing import Bools, Ints

Words = NDArray[np.uint64]

FAR = 2**40  # days; beyond any date
_STEP = np.uint64(0x9E3779B97F4A7C15)
_ROWS = 40_000  # proposals worked on at once


@dataclass(frozen=True, slots=True)
class Order:
    """Intervals of n cases and how they hang together; K dates in a chain and q dates beside it.

    Attributes
    ----------
    first, last : ndarray of int, shape (n, K)
        First and last day that each date of the chain can mean, narrowed to what the order allows.
    held : ndarray of bool, shape (n, K)
        Whether the date is known and takes part in the order; the others are drawn alone, or not at all.
    known : ndarray of bool, shape (n, K)
    side_first, side_last : ndarray of int, shape (q,)
        The same of the dates beside the chain.
    side_case : ndarray of int, shape (q,)
        Case of each, which does not fall.
    below, above : ndarray of int, shape (q,)
        Place in the chain of the date that it is no earlier than, -1 for none, and no later than, K for none.
    key : ndarray of uint64, shape (n,)
        What tells the cases' random numbers apart.
    """

    first: Ints
    last: Ints
    held: Bools
    known: Bools
    side_first: Ints
    side_last: Ints
    side_case: Ints
    below: Ints
    above: Ints
    key: Words


@dataclass(frozen=True, slots=True)
class Chain:
    """Intervals of K dates of n cases, in the order that they should have, and which of them are known: (n, K) each."""

    first: Ints
    last: Ints
    known: Bools


@dataclass(frozen=True, slots=True)
class Side:
    """Dates beside the chain, each of shape (q,).

    Attributes
    ----------
    first, last : ndarray of int
        Interval of each.
    case : ndarray of int
        Case of each; cases do not fall.
    top : ndarray of int
        Place of the first date of the chain that each is no later than.
    """

    first: Ints
    last: Ints
    case: Ints
    top: Ints


def ordered(chain: Chain, side: Side, bottom: int, key: Words) -> Order:
    """Work out which dates can keep the order, and narrow their intervals to it.

    Parameters
    ----------
    chain : Chain
    side : Side
    bottom : int
        Place of the last date of the chain that all dates beside it are no earlier than.
    key : ndarray of uint64, shape (n,)

    Returns
    -------
    Order

    Notes
    -----
    Some days in order exist for all dates together if and only if each date can lie before every one that should follow
    it: putting each on the latest of the first days of itself and those before it is such a choice. So a date that
    contradicts one before it in the chain is taken out of the order, and a date beside the chain keeps those of its
    limits that it can.
    """
    first, last, held = chain.first, chain.last, _held(chain)
    begins, ends, case = side.first, side.last, side.case
    below, above = _limits(chain, held, side, bottom)
    low, high = np.where(held, first, -FAR), np.where(held, last, FAR)
    K = first.shape[1]
    # Down the chain each date is at least as late as those before it, and each side date as the date below it.
    ahead = np.maximum.accumulate(low, axis=1)
    begins_ = np.where(below >= 0, np.maximum(begins, ahead[case, below]), begins)
    floor = low.copy()
    some = above < K
    np.maximum.at(floor, (case[some], above[some]), begins_[some])
    low = np.maximum.accumulate(floor, axis=1)
    behind = np.minimum.accumulate(high[:, ::-1], axis=1)[:, ::-1]
    ends_ = np.where(some, np.minimum(ends, behind[case, np.minimum(above, K - 1)]), ends)
    roof = high.copy()
    some = below >= 0
    np.minimum.at(roof, (case[some], below[some]), ends_[some])
    high = np.minimum.accumulate(roof[:, ::-1], axis=1)[:, ::-1]
    low, high = np.where(held, low, first), np.where(held, high, last)
    return Order(low, high, held, chain.known, begins_, ends_, case, below, above, key)


def _held(chain: Chain) -> Bools:
    held = chain.known.copy()
    latest = np.full(len(held), -FAR)
    for k in range(held.shape[1]):
        held[:, k] &= latest <= chain.last[:, k]
        latest = np.where(held[:, k], np.maximum(latest, chain.first[:, k]), latest)
    return held


def _limits(chain: Chain, held: Bools, side: Side, bottom: int) -> tuple[Ints, Ints]:
    case = side.case
    q, K = len(case), held.shape[1]
    below, fits = np.full(q, -1), np.ones(q, dtype=bool)
    for k in range(bottom + 1):
        here = held[case, k]
        fits &= ~here | (chain.first[case, k] <= side.last)
        below = np.where(here & fits, k, below)
    above, fits = np.full(q, K), np.ones(q, dtype=bool)
    for k in range(K - 1, bottom, -1):
        here = held[case, k] & (k >= side.top)
        fits &= ~here | (chain.last[case, k] >= side.first)
        above = np.where(here & fits, k, above)
    return below, above


def draw(order: Order, seed: int, number: int) -> tuple[Ints, Ints]:
    """Draw one imputation.

    Parameters
    ----------
    order : Order
    seed : int
    number : int
        Of the imputation.

    Returns
    -------
    chain : ndarray of int, shape (n, K)
        Days; zero where a date is not known.
    side : ndarray of int, shape (q,)

    Notes
    -----
    Days are drawn independently and uniformly within the narrowed intervals; the first draw of a case that keeps the
    whole order is taken. No choice of days that keeps the order lies outside the narrowed intervals and inside them all
    are equally likely, so what is taken is uniform over the choices that keep the order (rejection: von Neumann, 1951).

    A case with s dates beside the chain and c in it needs no more than (s + 1) ... (s + c) tries on average, however
    wide its intervals are. For a date that precedes another has, after narrowing, both bounds no later, so that
    exchanging two days that are out of order never makes the days less likely; hence no arrangement of the dates is
    likelier than the one in order, and there are (s + 1) ... (s + c) ways to place the chain's dates at the two ends.

    The random numbers are those of SplitMix64, whose state is made of the seed, the case's key and the number of the
    imputation: the days of a case depend on nothing else, neither on other cases nor on the order of rows.

    References
    ----------
    J. von Neumann (1951), Various techniques used in connection with random digits, NBS Applied Mathematics Series 12.
    G. Steele, D. Lea and C. Flood (2014), Fast splittable pseudorandom number generators, OOPSLA, 453-472.
    """
    n, K = order.first.shape
    count = np.bincount(order.side_case, minlength=n)
    begin = np.cumsum(count) - count
    seeded, counted = mixed(np.array([seed], dtype=np.uint64)), np.array([number + 1], dtype=np.uint64)
    state = mixed(mixed(order.key ^ seeded) + _STEP * counted)
    chain, side = order.first.copy(), order.side_first.copy()
    vague = np.asarray((order.last > order.first).any(axis=1))
    np.logical_or.at(vague, order.side_case, order.side_last > order.side_first)
    waiting, tried = np.flatnonzero(vague), 0
    while len(waiting):
        tries = max(1, min(_ROWS // len(waiting), 4096))
        case = np.repeat(waiting, tries)
        counter = (tried + np.tile(np.arange(tries), len(waiting))) * (K + count[case])
        days = _between(order.first[case], order.last[case], state[case, None], counter[:, None] + np.arange(K))
        good = np.flatnonzero(_in_order(days, order.held[case]))
        place, which, beside = _beside(order, _Proposals(days, case, good, state, counter), begin, count)
        good = good[which]
        _, taken = np.unique(case[good], return_index=True)
        chosen = case[good[taken]]
        chain[chosen] = days[good[taken]]
        mine = np.isin(place[0], taken)
        side[place[1][mine]] = beside[mine]
        waiting, tried = np.setdiff1d(waiting, chosen, assume_unique=True), tried + tries
    return np.where(order.known, chain, 0), side


@dataclass(frozen=True, slots=True)
class _Proposals:
    """Days proposed for chains, with case and first random number of each; which are in order; and states of cases."""

    days: Ints
    case: Ints
    good: Ints
    state: Words
    counter: Ints


def _beside(order: Order, p: _Proposals, begin: Ints, count: Ints) -> tuple[tuple[Ints, Ints], Bools, Ints]:
    """Days beside the chains that are in order: where each belongs, which chains they leave in order, and the days."""
    K, days, case, good = order.first.shape[1], p.days, p.case, p.good
    size = count[case[good]]
    run = np.repeat(np.arange(len(good)), size)  # place among the good proposals
    within = np.arange(len(run)) - np.repeat(np.cumsum(size) - size, size)
    item, row = begin[case[good]][run] + within, good[run]
    drawn = _between(order.side_first[item], order.side_last[item], p.state[case[row]], p.counter[row] + K + within)
    low = np.where(order.below[item] >= 0, days[row, order.below[item]], -FAR)
    high = np.where(order.above[item] < K, days[row, np.minimum(order.above[item], K - 1)], FAR)
    fine = np.ones(len(good), dtype=bool)
    fine[run[(drawn < low) | (drawn > high)]] = False
    renumbered = np.cumsum(fine) - 1
    keep = fine[run]
    return (renumbered[run[keep]], item[keep]), fine, drawn[keep]


def _in_order(days: Ints, held: Bools) -> Bools:
    fine, before = np.ones(len(days), dtype=bool), np.full(len(days), -FAR)
    for k in range(days.shape[1]):
        fine &= ~held[:, k] | (days[:, k] >= before)
        before = np.where(held[:, k], days[:, k], before)
    return fine


def _between(first: Ints, last: Ints, state: Words, place: Ints) -> Ints:
    """Days between two days, each equally likely but for one part in 2^53 / (days between)."""
    share = (mixed(state + _STEP * place.astype(np.uint64)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return first + (share * (last - first + 1)).astype(np.int64)


def mixed(state: Words) -> Words:
    """SplitMix64: the random word of each state plus one step, shape as given.

    Examples
    --------
    >>> import numpy as np
    >>> hex(mixed(np.array([0], dtype=np.uint64))[0])
    '0xe220a8397b1dcdaf'
    """
    z = state + _STEP
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
