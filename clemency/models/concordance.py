"""Harrell's concordance under delayed entry, strata and weights, with its infinitesimal-jackknife error.

At each event the case that has it is compared with everyone at risk who lasts longer: the pair agrees if the one with
the event had the higher risk. Counting who has a lower risk and is at risk is counting points in rectangles (risk by
time); a merge over powers of two does that in n log n without a loop over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clemency.records.errors import UsageError

from .riskset import Bools, Floats, Ints, sums_by

if TYPE_CHECKING:
    from .estimate import Estimate


@dataclass(frozen=True, slots=True)
class Concordance:
    """Share of comparable pairs in which the model ranks rightly.

    Attributes
    ----------
    estimate : float
        (concordant + tied_risk / 2) / (concordant + discordant + tied_risk).
    std_error : float
        Infinitesimal jackknife, summed within clusters where the fit has them.
    concordant, discordant, tied_risk : float
        Weights of pairs; pairs with equal event times are not compared.
    """

    estimate: float
    std_error: float
    concordant: float
    discordant: float
    tied_risk: float

    def tidy(self) -> pd.DataFrame:
        """Give one row: ``estimate, std_error, concordant, discordant, tied_risk``."""
        return pd.DataFrame({name: [getattr(self, name)] for name in self.__slots__})


def concordance(fit: Estimate) -> Concordance:
    """Compute the concordance of a fit with its own data; see :meth:`Estimate.concordance`."""
    kept = fit.needed("the concordance")
    if kept.parent is not None:
        raise UsageError("the concordance is not defined for reweighted risk sets (Fine-Gray)")
    clusters = kept.clusters
    if len(clusters) > 1:
        raise UsageError("the error of the concordance clusters one way: use with_variance(cluster=) with one column")
    spells = kept.history
    return count_pairs(
        kept.state.eta,
        np.full(len(spells), -np.inf) if spells.entry is None else spells.entry,
        spells.exit,
        kept.data.event,
        spells.strata.code,
        spells.weight,
        clusters[0] if clusters else None,
    )


def count_pairs(
    risk: Floats,
    entry: Floats,
    exit: Floats,
    event: Bools,
    stratum: Ints,
    weight: Floats | None = None,
    cluster: Ints | None = None,
) -> Concordance:
    """Count concordant and discordant pairs.

    Parameters
    ----------
    risk, entry, exit : ndarray of float, shape (n,)
    event : ndarray of bool, shape (n,)
    stratum : ndarray of int, shape (n,)
        Pairs are compared within strata.
    weight : ndarray of float, shape (n,), optional
        A pair counts the product.
    cluster : ndarray of int, shape (n,), optional

    Returns
    -------
    Concordance

    References
    ----------
    .. [1] F. E. Harrell et al. (1982), JAMA 247:2543-2546; the error as in R's survival.
    """
    w = np.ones(len(risk)) if weight is None else weight
    rank = np.unique(risk, return_inverse=True)[1]
    counts, difference, total = np.zeros(3), np.zeros(len(risk)), np.zeros(len(risk))
    order = np.argsort(stratum, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1):
        if event[rows].any():
            found = _within(rank[rows], entry[rows], exit[rows], event[rows], w[rows])
            counts += found[0]
            difference[rows], total[rows] = found[1], found[2]
    agree, differ, tied = counts
    pairs = counts.sum()
    if not pairs > 0:
        raise UsageError("there is no comparable pair: the concordance is not defined")
    somers = (agree - differ) / pairs
    influence = w * (difference - somers * total) / pairs
    if cluster is not None:
        influence = sums_by(cluster, influence, int(cluster.max()) + 1)
    return Concordance(
        float((somers + 1) / 2), float(np.sqrt(influence @ influence) / 2), float(agree), float(differ), float(tied)
    )


def _within(rank: Ints, entry: Floats, exit: Floats, event: Bools, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Count pairs in one stratum.

    Returns
    -------
    counts : ndarray, shape (3,)
        Concordant, discordant, tied in risk.
    difference, total : ndarray, shape (n,)
        For each row, the weight of its partners: those it agrees with less the others, and all.
    """
    grid = np.unique(exit[event])
    # event times are even codes; who is censored at an event's time outlasts it, who enters then is not there yet
    ends = 2 * np.searchsorted(grid, exit, side="right") - np.where(event, 2, 1)
    starts = 2 * np.searchsorted(grid, entry, side="right") - 1
    mine, case = ends[event], rank[event]
    # as the one with the event: those at risk who last longer
    later = _by_rank(case, mine, rank, ends, w) - _by_rank(case, mine, rank, starts, w)
    # as the one who lasts: the events met while at risk
    met = _by_rank(rank, -ends, case, -mine, w[event]) - _by_rank(rank, -starts, case, -mine, w[event])
    lower, equal, higher = later
    counts = np.array([w[event] @ lower, w[event] @ higher, w[event] @ equal])
    difference, total = met[2] - met[0], met.sum(axis=0)
    difference[event] += lower - higher
    total[event] += later.sum(axis=0)
    return counts, difference, total


def _by_rank(rank: Ints, beyond: Ints, ranks: Ints, codes: Ints, w: Floats) -> Floats:
    """Weight of the points with ``codes > beyond``, by rank below, equal to and above each query's, shape (3, q).

    The points, latest first, are cut into blocks of every power of two and sorted by rank within; the points beyond a
    code are a prefix, which is a union of such blocks, one for each binary digit of its length.
    """
    order = np.argsort(-codes, kind="stable")
    prefix = np.searchsorted(-codes[order], -beyond, side="left")
    ranks, w = ranks[order], w[order]
    width = int(max(ranks.max(initial=0), rank.max(initial=0))) + 2
    place = np.arange(len(ranks))
    below, not_above = np.zeros(len(rank)), np.zeros(len(rank))
    for level in range(len(ranks).bit_length()):
        key = (place >> level) * width + ranks
        inner = np.argsort(key)
        key, total = key[inner], np.concatenate([[0.0], np.cumsum(w[inner])])
        ask = np.flatnonzero((prefix >> level) & 1)
        block = (prefix[ask] >> (level + 1)) * 2
        start = total[block << level]
        sought = block * width + rank[ask]
        below[ask] += total[np.searchsorted(key, sought)] - start
        not_above[ask] += total[np.searchsorted(key, sought + 1)] - start
    every = np.concatenate([[0.0], np.cumsum(w)])[prefix]
    return np.array([below, not_above - below, every - not_above])
