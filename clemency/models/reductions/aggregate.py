"""Spells of a group and weights of its people -> months saved, for many weightings at once, and bootstrap limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Sample:
    """The spells of one group as arrays.

    Attributes
    ----------
    entry, exit : ndarray, shape (n,)
        Months on the clock.
    person : ndarray of int, shape (n,)
        0 to P - 1.
    act, end : ndarray of bool, shape (n,)
        Whether the spell ended in an act, or in an end after which none is possible.
    months : ndarray, shape (n,)
        Of the act; missing where unknown or where there is no act.
    """

    entry: Floats
    exit: Floats
    person: Ints
    act: Bools
    end: Bools
    months: Floats

    @property
    def n_persons(self) -> int:
        """Number of people."""
        return int(self.person.max()) + 1


@dataclass(frozen=True, slots=True)
class Saved:
    """Results for B weightings of the people.

    Attributes
    ----------
    rate, rate_low : ndarray, shape (B,)
        Months per prisoner-year, with unknown sizes as the mean of the known and as zero.
    total, total_low : ndarray, shape (B,)
        Months by the horizon.
    acts, mean : ndarray, shape (B,)
        Mean number of acts by the horizon, and the mean of known sizes.
    stuck : ndarray of bool, shape (B,)
        Whether all at risk came to an end before others entered, from when on nothing is counted.
    error, error_low, total_error, total_error_low : ndarray, shape (B,)
        Standard errors of the logarithms of the first four; missing unless asked for.
    """

    rate: Floats
    rate_low: Floats
    total: Floats
    total_low: Floats
    acts: Floats
    mean: Floats
    stuck: Bools
    error: Floats
    error_low: Floats
    total_error: Floats
    total_error_low: Floats


class _Sums:
    """Sums over the rows of a sample, for many weightings of the people at once."""

    def __init__(self, sample: Sample, horizon: float) -> None:
        s = self.sample = sample
        self.years = (s.exit - s.entry) / 12
        self.known = s.act & np.isfinite(s.months)
        self.unknown = s.act & ~np.isfinite(s.months)
        self.size = np.where(self.known, s.months, 0.0)
        self.time = np.unique(s.exit[(s.act | s.end) & (s.exit <= horizon)])
        self.by_entry, self.by_exit = np.argsort(s.entry, kind="stable"), np.argsort(s.exit, kind="stable")
        self.entered = np.searchsorted(s.entry[self.by_entry], self.time, side="left")
        self.left = np.searchsorted(s.exit[self.by_exit], self.time, side="left")
        self.at = {name: self._at(v) for name, v in (("end", s.end), ("act", s.act), ("unknown", self.unknown))}
        self.at["size"] = self._at(self.size)

    def _at(self, value: Any) -> Any:
        """Matrix that sums a value of the rows at each time, (n, T)."""
        rows = np.flatnonzero((np.asarray(value) != 0) & np.isin(self.sample.exit, self.time))
        place = np.searchsorted(self.time, self.sample.exit[rows])
        shape = (len(self.years), len(self.time))
        return sparse.csr_array((np.asarray(value, dtype=np.float64)[rows], (rows, place)), shape=shape)

    def __call__(self, weight: Floats, errors: bool = False) -> Saved:
        """Estimate for weights of the people, shape (B, P)."""
        w = weight[:, self.sample.person]
        at_risk = self._before(w, self.by_entry, self.entered) - self._before(w, self.by_exit, self.left)
        ends, acts, unknown, size = (w @ self.at[k] for k in ("end", "act", "unknown", "size"))
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.where(at_risk > 0, 1 - ends / at_risk, 1.0)
            share = np.where(at_risk > 0, 1 / at_risk, 0.0)
            share[:, 1:] *= np.cumprod(left, axis=1)[:, :-1]
            blank = w @ self.unknown.astype(float)
            mean = (w @ self.size) / (w @ self.known.astype(float))
            # Without an unknown act nothing needs the mean, which may then be that of no act at all.
            years, known, filled = w @ self.years, w @ self.size, np.where(blank > 0, mean * blank, 0.0)
            low, more = (share * size).sum(axis=1), (share * unknown).sum(axis=1)
            total = low + np.where(more > 0, mean * more, 0.0)
            emptied = np.logical_or.accumulate(left <= 0, axis=1)
            stuck = np.asarray((emptied[:, :-1] & (at_risk[:, 1:] > 0)).any(axis=1), dtype=bool)
            none = np.full(len(weight), np.nan)
            full, zero = (self.log_errors(weight, fill) if errors else (none, none) for fill in (True, False))
            return Saved(
                (known + filled) / years, known / years, total, low, (share * acts).sum(axis=1), mean, stuck,
                full[0], zero[0], full[1], zero[1],
            )  # fmt: skip

    def log_errors(self, weight: Floats, fill: bool) -> tuple[Floats, Floats]:
        """Standard errors of the logarithms of rate and total, shape (B,), by the infinitesimal jackknife over people.

        Parameters
        ----------
        weight : ndarray, shape (B, P)
        fill : bool
            Take unknown sizes as the mean of the known, and not as zero.

        Notes
        -----
        Influence function of the total. A person contributes through the months of his own acts, by being at risk at
        the acts of all, by his own end and by being at risk at the ends of all before later acts, and by his part in
        the mean size.
        """
        s, n = self.sample, len(self.years)
        w = weight[:, s.person]
        people = sparse.csr_array((np.ones(n), (np.arange(n), s.person)), shape=(n, s.n_persons))
        at_risk = self._before(w, self.by_entry, self.entered) - self._before(w, self.by_exit, self.left)
        ends, unknown, size = (w @ self.at[k] for k in ("end", "unknown", "size"))
        with np.errstate(divide="ignore", invalid="ignore"):
            count = (w @ self.known.astype(float))[:, None]
            mean = np.where(fill & (count > 0), (w @ self.size)[:, None] / count, 0.0)
            mine = self.size + mean * self.unknown
            pull = np.where(fill & (count > 0), (self.size - mean * self.known) / count, 0.0)
            part = np.where(at_risk > 0, 1 / at_risk, 0.0)
            part[:, 1:] *= np.cumprod(np.where(at_risk > 0, 1 - ends / at_risk, 1.0), axis=1)[:, :-1]
            step = part * (size + mean * unknown)
            after = np.where(at_risk > ends, (np.cumsum(step[:, ::-1], axis=1)[:, ::-1] - step) / (at_risk - ends), 0.0)
            drift = np.zeros((len(w), len(self.time) + 1))
            np.cumsum(np.where(at_risk > 0, (after * ends - step) / at_risk, 0.0), axis=1, out=drift[:, 1:])
            row = drift[:, np.searchsorted(self.time, s.exit, side="right")]
            row -= drift[:, np.searchsorted(self.time, s.entry, side="right")]
            at = np.flatnonzero(np.isin(s.exit, self.time))
            place = np.searchsorted(self.time, s.exit[at])
            row[:, at] += part[:, place] * mine[:, at] - after[:, place] * s.end[at]
            row += (part * unknown).sum(axis=1)[:, None] * pull
            total = np.sqrt((weight * (row @ people) ** 2).sum(axis=1)) / step.sum(axis=1)
            saved, years = (w * mine).sum(axis=1)[:, None], (w @ self.years)[:, None]
            row = mine - saved / years * self.years + (w @ self.unknown.astype(float))[:, None] * pull
            return np.sqrt((weight * (row @ people) ** 2).sum(axis=1)) / saved[:, 0], total

    @staticmethod
    def _before(w: Floats, order: Ints, count: Ints) -> Floats:
        summed = np.zeros((len(w), w.shape[1] + 1))
        np.cumsum(w[:, order], axis=1, out=summed[:, 1:])
        return summed[:, count]


def months_of(sample: Sample, horizon: float, weights: Iterable[Floats] | None = None, errors: bool = False) -> Saved:
    """Months saved per prisoner-year and by a horizon.

    Parameters
    ----------
    sample : Sample
    horizon : float
        Month of the clock.
    weights : iterable of ndarray, shape (b, P), optional
        Weightings of the people, in blocks; all one by default.
    errors : bool
        Give standard errors too.

    Returns
    -------
    Saved

    Notes
    -----
    By the horizon: the sum over the times u of acts of S(u-) M(u) / Y(u), with Y at risk, M the months of the acts at
    u, and S the product-limit estimate for ends. With every size equal to one it is the mean number of acts of Ghosh
    and Lin.
    """
    sums = _Sums(sample, horizon)
    parts = [sums(w, errors) for w in weights or [np.ones((1, sample.n_persons))]]
    return Saved(*(np.concatenate([getattr(p, name) for p in parts]) for name in Saved.__slots__))
