"""Acts and people at risk by day, and days of events -> statistics of the true calendar of events and of moved ones.

Arrays have one column for each of m imputations of the dates; a cohort whose dates are days is one column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.models.imputation.repeated import imputation
from clemency.models.imputation.rubin import spread
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

_CHUNK = 20_000_000  # days in one block of redrawn calendars


def calendars(cohorts: Sequence[Cohort | RateTable], names: list[str]) -> tuple[int, Floats, Floats]:
    """First day of one calendar for all m cohorts; acts and people at risk per day, each of shape (days, m)."""
    parts = []
    for number, cohort in enumerate(cohorts, 1):
        with imputation(number, len(cohorts)):
            parts.append(_calendar(cohort, names))
    first = min(p[0] for p in parts)
    size = max(p[0] + len(p[1]) for p in parts) - first
    acts, risk = np.zeros((size, len(parts))), np.zeros((size, len(parts)))
    for k, (begin, own_acts, own_risk) in enumerate(parts):
        here = slice(begin - first, begin - first + len(own_acts))
        acts[here, k], risk[here, k] = own_acts, own_risk
    return first, acts, risk


def _calendar(cohort: Cohort | RateTable, names: list[str]) -> tuple[int, Floats, Floats]:
    """First day, acts per day and people at risk per day."""
    if isinstance(cohort, RateTable):
        return _of_table(cohort, names)
    spells = cohort.spells
    if not len(spells):
        raise DataError([Problem("cohort", None, "", "", "nobody is at risk", "Make another cohort.")])
    start, stop = (np.floor(v).astype("int64") for v in cohort._days())
    first, last = int(start.min()) + 1, int(stop.max())
    change = np.bincount(start + 1 - first, minlength=last - first + 2)[: last - first + 2].astype(np.float64)
    change -= np.bincount(stop + 1 - first, minlength=last - first + 2)[: last - first + 2]
    hit = spells["event"].isin(names).to_numpy()
    acts = np.bincount(np.maximum(stop[hit] - first, 0), minlength=last - first + 1).astype(np.float64)
    if not acts.sum():
        raise DataError([Problem("cohort", None, "event", "", "no act is in the cohort", "Choose another outcome.")])
    return first, acts, np.cumsum(change)[:-1]


def _of_table(table: RateTable, names: list[str]) -> tuple[int, Floats, Floats]:
    """The same, from a rate table with days as periods."""
    cells = table.to_pandas().groupby("day", observed=True)[["spells", *names]].sum()
    day = pd.to_datetime(cells.index.astype(str)).to_numpy().astype("datetime64[D]").astype("int64")
    first, size = int(day.min()), int(day.max() - day.min()) + 1
    acts, risk = np.zeros(size), np.zeros(size)
    acts[day - first], risk[day - first] = cells[names].sum(axis=1), cells["spells"]
    if not acts.sum():
        raise DataError([Problem("table", None, "", "", "no act is in the table", "Choose another outcome.")])
    return first, acts, risk


def covered(days: Ints, length: int, size: int) -> Bools:
    """Days in (event, event + length] of each row of events, shape (m, size)."""
    m = len(days)
    change = np.zeros((m, size + 1), dtype=np.int32)
    row = np.repeat(np.arange(m), days.shape[1])
    np.add.at(change, (row, np.clip(days + 1, 0, size).ravel()), 1)
    np.add.at(change, (row, np.clip(days + 1 + length, 0, size).ravel()), -1)
    return np.cumsum(change, axis=1)[:, :size] > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Statistic, rate ratio, acts in exposed time, its share of the time and the exposed time, of one shape all."""

    statistic: Floats
    ratio: Floats
    after: Floats
    share: Floats
    time: Floats
    acts: Floats
    risk: Floats


def compared(after: Floats, time: Floats, acts: Floats, risk: Floats) -> Comparison:
    """Compare acts and time in exposed days, shape (..., m), with those of all days, shape (days, m)."""
    return _ratios(after, time, acts.sum(axis=0), risk.sum(axis=0))


def _ratios(after: Floats, time: Floats, acts: Floats, risk: Floats) -> Comparison:
    share = time / risk
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (after - acts * share) / np.sqrt(acts * share * (1 - share))
        ratio = (after / time) / ((acts - after) / (risk - time))
    usable = (share > 0) & (share < 1)
    statistic, ratio = np.where(usable, statistic, 0.0), np.where(usable, ratio, np.nan)
    return Comparison(statistic, ratio, after, share, time, acts, risk)


def joined(c: Comparison) -> Comparison:
    """Join over the imputations, which are the last axis: mean statistics, and the ratio of the mean numbers."""

    def mean(values: Floats) -> Floats:
        return np.asarray(spread(np.moveaxis(values, -1, 0))[0])

    found = _ratios(mean(c.after), mean(c.time), mean(c.acts), mean(c.risk))
    return replace(found, statistic=mean(c.statistic))


def p_values(true: Floats, moved: Floats, scheme: str) -> tuple[Floats, Floats]:
    """Share of calendars whose statistics, shape (c, ...), lie as far from zero as the true one, and its error."""
    as_far = np.abs(moved) >= np.abs(true) - 1e-9
    if scheme == "shift":  # the true calendar is one of the shifts, and there are no others
        return np.mean(as_far, axis=0), np.zeros(np.shape(true))
    p = (1 + np.sum(as_far, axis=0)) / (1 + len(moved))
    return p, np.sqrt(p * (1 - p) / (1 + len(moved)))


def shifted(exposed: Bools, acts: Floats, risk: Floats) -> Comparison:
    """Statistics of every circular shift of the exposed days, the true calendar first, shape (days, m)."""
    turned = np.conj(np.fft.rfft(exposed.astype(np.float64)))[:, None]
    n = len(exposed)
    after = np.rint(np.fft.irfft(turned * np.fft.rfft(acts, axis=0), n, axis=0))
    time = np.rint(np.fft.irfft(turned * np.fft.rfft(risk, axis=0), n, axis=0))
    return compared(after, time, acts, risk)


def reordered(days: Ints, length: int, acts: Floats, risk: Floats, repetitions: int, seed: int) -> Comparison:
    """Statistics of calendars in which the distances between events come in another order, shape (repetitions, m)."""
    if len(days) < 3:
        raise UsageError("The order of the distances needs at least three events: use scheme='shift'.")
    random = np.random.default_rng(seed)
    n = len(risk)
    gaps = np.diff(np.r_[-length - 1, days, n - 1])  # events may lie from day -length to day n - 2
    after, time = [], []
    size = max(1, min(repetitions, _CHUNK // n))
    for begin in range(0, repetitions, size):
        order = random.permuted(np.tile(gaps, (min(size, repetitions - begin), 1)), axis=1)
        drawn = np.cumsum(order, axis=1)[:, :-1] - length - 1
        exposed = covered(drawn, length, n)
        after.append(exposed @ acts)
        time.append(exposed @ risk)
    return compared(np.concatenate(after), np.concatenate(time), acts, risk)
