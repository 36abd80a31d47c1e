"""Harrell's concordance under delayed entry, strata and weights, with its infinitesimal-jackknife error.

At each event the case that has it is compared with everyone at risk who lasts longer: the pair agrees if the one with
the event had the higher risk. Counting who has a lower risk and is at risk is counting points in rectangles (risk by
time); sorting them by one binary digit of the rank after another (a wavelet matrix) does that in n log n without a loop
over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from clemency.models.kernel.censoring import not_censored
from clemency.models.kernel.parallel import both
from clemency.models.kernel.riskset import sums_by
from clemency.models.likelihood.fit import HazardFit
from clemency.models.modelframe.history import History
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints

Ranks = npt.NDArray[np.int32]
Weighting = Literal["harrell", "uno"]


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


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is counted, and what each row has to do with it; n rows.

    Attributes
    ----------
    counts : ndarray, shape (3,)
        Weights of concordant, discordant and tied pairs.
    influence : ndarray, shape (n,)
        Of each row, or of each cluster, on the estimate, times its weight.
    """

    counts: Floats
    influence: Floats

    @property
    def estimate(self) -> float:
        """Share of concordant pairs, ties counting half."""
        return float((self.counts[0] + self.counts[2] / 2) / self.counts.sum())

    def result(self) -> Concordance:
        """Estimate with its error."""
        error = float(np.sqrt(self.influence @ self.influence))
        return Concordance(self.estimate, error, *map(float, self.counts))


def concordance(fit: HazardFit, weighting: Weighting = "harrell") -> Concordance:
    """Compute the concordance of a fit with its own data; see :meth:`Estimate.concordance`."""
    sources = fit.needed("the concordance")
    if sources.parent is not None:
        raise UsageError("the concordance is not defined for reweighted risk sets (Fine-Gray)")
    clusters = sources.clusters
    if len(clusters) > 1:
        raise UsageError("the error of the concordance clusters one way: use with_variance(cluster=) with one column")
    spells, is_event = sources.history, sources.data.event
    return count_pairs(
        sources.state.eta,
        np.full(len(spells), -np.inf) if spells.entry is None else spells.entry,
        spells.exit,
        is_event,
        spells.strata.code,
        weight=spells.weight,
        cluster=clusters[0] if clusters else None,
        time_weight=time_weights(spells, is_event, weighting),
    ).result()


def time_weights(spells: History, is_event: Bools, weighting: str, until: float | None = None) -> Floats | None:
    """How much the pairs of each row's event count, shape (n,); None where all count alike.

    Parameters
    ----------
    spells : History
    is_event : ndarray of bool, shape (n,)
    weighting : {"harrell", "uno"}
    until : float, optional
        Later events do not count.
    """
    if weighting not in ("harrell", "uno"):
        raise UsageError(f"weighting={weighting!r} is not one of: harrell, uno")
    weight = None if until is None else (spells.exit <= until).astype(np.float64)
    if weighting == "harrell":
        return weight
    if spells.entry is not None and (spells.entry > 0).any():
        raise UsageError(
            "weighting='uno' is not defined where spells enter late: its weights are for censoring alone. Take "
            "weighting='harrell', which compares those at risk together"
        )
    if ((spells.event > 0) & ~is_event).any():
        raise UsageError(
            "weighting='uno' is not defined where other events compete: they would be taken for censoring that is no "
            "matter of risk. Take weighting='harrell', which is of the cause-specific hazard"
        )
    G = np.ones(len(spells))
    for s in range(len(spells.strata)):
        own = spells.strata.code == s
        w = None if spells.weight is None else spells.weight[own]
        G[own] = not_censored(spells.exit[own], spells.exit[own], is_event[own], w)
    with np.errstate(divide="ignore"):
        inverse = np.where(is_event, 1 / G**2, 0.0)
    return inverse if weight is None else weight * inverse


def count_pairs(
    risk: Floats,
    entry: Floats,
    exit: Floats,
    event: Bools,
    stratum: Ints,
    *,
    weight: Floats | None = None,
    cluster: Ints | None = None,
    time_weight: Floats | None = None,
) -> Pairs:
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
    time_weight : ndarray of float, shape (n,), optional
        How much the pairs of each row's event count besides.

    Returns
    -------
    Pairs

    References
    ----------
    .. [1] F. E. Harrell et al. (1982), JAMA 247:2543-2546; the error as in R's survival.
    """
    rank = np.unique(risk, return_inverse=True)[1].astype(np.int32)
    counts, difference, total = np.zeros(3), np.zeros(len(risk)), np.zeros(len(risk))
    order = np.argsort(stratum, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1):
        if event[rows].any():
            w, of_time = (None if v is None else v[rows] for v in (weight, time_weight))
            counted = _within(rank[rows], entry[rows], exit[rows], event[rows], w, of_time)
            counts += counted[0]
            difference[rows], total[rows] = counted[1], counted[2]
    agree, differ, _ = counts
    pairs = counts.sum()
    if not pairs > 0:
        raise UsageError("there is no comparable pair: the concordance is not defined")
    somers = (agree - differ) / pairs
    influence = (difference - somers * total) / pairs
    if weight is not None:
        influence *= weight
    if cluster is not None:
        influence = sums_by(cluster, influence, int(cluster.max()) + 1)
    return Pairs(counts, influence / 2)


def _within(
    rank: Ranks, entry: Floats, exit: Floats, event: Bools, w: Floats | None, of_time: Floats | None
) -> tuple[Floats, Floats, Floats]:
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
    size: Floats | float = 1.0
    own = None if w is None else w[event]
    if of_time is not None:
        size = of_time[event]
        own = size if own is None else own * size
    late = bool((starts >= 0).any())  # someone enters after the first event

    def counted(
        asking: Ranks, beyond: Ints, without: Ints, points: Ranks, codes: Ints, less: Ints, weight: Floats | None
    ) -> Floats:
        if not late:
            return _by_rank(asking, beyond, points, codes, weight)
        found, taken = both(
            lambda: _by_rank(asking, beyond, points, codes, weight),
            lambda: _by_rank(asking, without, points, less, weight),
            len(rank),
        )
        return np.asarray(found - taken)

    # as the one with the event: those at risk who last longer
    later = counted(case, mine, mine, rank, ends, starts, w)
    # as the one who lasts: the events met while at risk
    met = counted(rank, -ends, -starts, case, -mine, -mine, own)
    lower, equal, higher = later
    counts = np.array([k.sum() if own is None else own @ k for k in (lower, higher, equal)])
    difference, total = met[2] - met[0], met.sum(axis=0)
    difference[event] += size * (lower - higher)
    total[event] += size * later.sum(axis=0)
    return counts, difference, total


def _by_rank(rank: Ranks, beyond: Ints, ranks: Ranks, codes: Ints, w: Floats | None) -> Floats:
    """Weight of the points with ``codes > beyond``, by rank below, equal to and above each query's, shape (3, q).

    The points stand latest first, so that those beyond a code are a prefix, and are sorted by one binary digit of the
    rank after another, highest first. What has the query's digits so far stays together, from ``low`` to ``high``;
    where the query's next digit is one, those with a zero are below it.
    """
    order = np.argsort(-codes, kind="stable")
    high = np.searchsorted(-codes[order], -beyond, side="left").astype(np.int32)
    low, ranks = np.zeros(len(rank), dtype=np.int32), ranks[order]
    w = None if w is None else w[order]
    every = high.astype(np.float64) if w is None else _leading(w)[high]
    below = np.zeros(len(rank))
    largest = int(max(ranks.max(initial=0), rank.max(initial=0)))
    for digit in range(largest.bit_length() - 1, -1, -1):
        zero = (ranks >> digit) & 1 == 0
        zeros = np.zeros(len(ranks) + 1, dtype=np.int32)
        np.cumsum(zero, out=zeros[1:])
        one = np.flatnonzero((rank >> digit) & 1)
        from_, to = zeros[low], zeros[high]
        if w is None:
            below[one] += to[one] - from_[one]
        else:
            weight = _leading(np.where(zero, w, 0.0))
            below[one] += weight[high[one]] - weight[low[one]]
            w = np.concatenate([w[zero], w[~zero]])
        from_[one], to[one] = zeros[-1] + low[one] - from_[one], zeros[-1] + high[one] - to[one]
        low, high = from_, to
        ranks = np.concatenate([ranks[zero], ranks[~zero]])
    if w is None:
        equal = (high - low).astype(np.float64)
    else:
        total = _leading(w)
        equal = total[high] - total[low]
    return np.array([below, equal, every - below - equal])


def _leading(values: Floats) -> Floats:
    """Cumulative sums with a leading zero."""
    return np.concatenate([[0.0], np.cumsum(values)])
