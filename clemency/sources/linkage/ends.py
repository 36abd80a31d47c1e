"""Records -> when their terms end, and when people left custody or died; pairs -> how far two such ends agree.

An end is stated (``term_end_date``) or expected (``expiry_date``, else custody plus a fixed term, less ``months_cut``
where the table has it). A release is ``release_date``, or ``status_date`` under a status of release; a death likewise.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.schema import ACTS, CASES
from clemency.records.terms import term_end
from clemency.records.values.numbers import read_numbers

STATED = ("term_end_date", "expiry_date")
RELEASED = ("released", "released_early", "released_on_expiry", "medical_parole", "parole")
DIED = ("died_in_custody", "executed")
LEVELS = ("day", "month", "agree", "year", "different")
LIFE = 9_999.0  # stands for the months of a life sentence, which agrees with nothing but another one
_OPEN = 200_000  # days from 1970 to an end that is open
_VAGUE = 731  # days within which an end must be known to agree with another one
Days = NDArray[np.float64]


def days(values: pd.Series, name: str) -> tuple[Days, Days]:
    """First and last day of partial dates, in days from 1970; NaN where unknown."""
    span = dates.bounds(values, name=name)
    unknown = np.isnat(span.earliest) & np.isnat(span.latest)
    ends = []
    for bound, side in ((span.earliest, -_OPEN), (span.latest, _OPEN)):
        numbers = np.where(np.isnat(bound), side, bound.astype("int64")).astype("float64")
        ends.append(np.where(unknown, np.nan, numbers))
    return ends[0], ends[1]


def spans(records: pd.DataFrame) -> dict[str, Days]:
    """First and last days of stated and expected ends, release, death, trial: ``end_low``, ``end_high`` and so on."""
    columns: dict[str, Days] = {}
    for name, (low, high) in {
        "end": days(records["term_end_date"], "term_end_date")
        if "term_end_date" in records
        else _nothing(len(records)),
        "expiry": _expected(records),
        "release": _left(records, "release_date", RELEASED),
        "death": _left(records, "death_date", DIED),
        "trial": days(records["trial_date"], "trial_date") if "trial_date" in records else _nothing(len(records)),
    }.items():
        columns[f"{name}_low"], columns[f"{name}_high"] = low, high
    return columns


def _nothing(n: int) -> tuple[Days, Days]:
    return np.full(n, np.nan), np.full(n, np.nan)


def _first(one: tuple[Days, Days], other: tuple[Days, Days]) -> tuple[Days, Days]:
    known = ~np.isnan(one[0])
    return np.where(known, one[0], other[0]), np.where(known, one[1], other[1])


def _expected(records: pd.DataFrame) -> tuple[Days, Days]:
    end = days(records["expiry_date"], "expiry_date") if "expiry_date" in records else _nothing(len(records))
    if "detention_date" not in records or "sentence_months" not in records:
        return end
    months = read_numbers(records["sentence_months"], CASES["sentence_months"])[0].astype("float64")
    if "sentence_type" in records:
        kind = records["sentence_type"].astype(object)
        months = np.where(kind.isna() | (kind == "fixed"), months, np.nan)
    if "months_cut" in records:
        months = months - np.nan_to_num(read_numbers(records["months_cut"], ACTS["months"])[0])
    span = dates.bounds(records["detention_date"], name="detention_date")
    custody = [term_end(d, np.where(np.isnat(d), np.nan, months)) for d in (span.earliest, span.latest)]
    numbers = [np.where(np.isnat(d), np.nan, d.astype("datetime64[D]").astype("int64")) for d in custody]
    both = ~np.isnan(numbers[0]) & ~np.isnan(numbers[1])
    return _first(end, (np.where(both, numbers[0], np.nan), np.where(both, numbers[1], np.nan)))


def _left(records: pd.DataFrame, column: str, statuses: tuple[str, ...]) -> tuple[Days, Days]:
    span = days(records[column], column) if column in records else _nothing(len(records))
    if "status" in records and "status_date" in records:
        under = records["status"].astype(object).isin(statuses).to_numpy()
        low, high = days(records["status_date"], "status_date")
        span = _first(span, (np.where(under, low, np.nan), np.where(under, high, np.nan)))
    return span


def agreement(left: pd.DataFrame, right: pd.DataFrame) -> NDArray[np.object_]:
    """The best of :data:`LEVELS` between the ends or releases of paired rows; None where nothing can be said.

    Where both records state custody and term, the ends of terms say what these have said already: then only the
    releases are compared. A release before the end of a term is usual, and says nothing against a pair. An end also
    meets the day on which the other record was tried or sentenced, for some are let go on it, and whole years of the
    other one's custody, where that has no term; both only speak for a pair.
    """
    counted = _custody_and_term(left) & _custody_and_term(right)
    best = np.full(len(left), len(LEVELS))
    for left_end, right_end in product(("end", "expiry", "release"), repeat=2):
        level, later = _level(left, right, left_end, right_end)
        if (left_end, right_end) != ("release", "release"):
            level = np.where(counted, len(LEVELS), level)
        if (left_end == "release") != (right_end == "release"):
            earlier = later < 0 if right_end == "release" else later > 0
            level = np.where((level == len(LEVELS) - 1) & earlier, len(LEVELS), level)
        best = np.minimum(best, level)
    for one, other in ((left, right), (right, left)):
        best = np.where(_let_go_when_judged(one, other), 0, best)
        best = np.minimum(best, np.where(_whole_years(one, other), LEVELS.index("month"), len(LEVELS)))
    return np.array([*LEVELS, None], dtype=object)[best]


def _to_the_day(records: pd.DataFrame, name: str) -> Days:
    low, high = (records[f"{name}_{side}"].to_numpy("float64") for side in ("low", "high"))
    return np.where(low == high, low, np.nan)


def _let_go_when_judged(one: pd.DataFrame, other: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the one's end or release is the day of the other's sentence or trial, and the one states no sentence."""
    met = [
        np.abs(_to_the_day(one, end) - _to_the_day(other, judged)) < 1
        for end, judged in product(("end", "release"), ("sentence_date", "trial"))
    ]
    return np.asarray(np.logical_or.reduce(met) & np.isnan(one["sentence_date_low"].to_numpy("float64")))


def _whole_years(one: pd.DataFrame, other: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the one's end lies whole years after the other's custody, give or take a day; both state no term."""
    end, custody = _to_the_day(one, "end"), _to_the_day(other, "detention_date")
    silent = np.isnan(one["detention_date_low"].to_numpy("float64"))
    for table in (one, other):
        silent &= np.isnan(table["sentence_months"].to_numpy("float64"))
    begun, over = (np.where(np.isnan(d), 0, d).astype("datetime64[D]") for d in (custody, end))
    years = np.round((end - custody) / 365.25)
    after = term_end(begun, 12 * np.nan_to_num(np.maximum(years, 0))).astype("datetime64[D]")
    near = np.abs((over - after).astype("int64")) <= 1
    return np.asarray(silent & ~np.isnan(years) & (years >= 1) & near)


def _custody_and_term(records: pd.DataFrame) -> NDArray[np.bool_]:
    months = records["sentence_months"].to_numpy("float64")  # NaN is not below that of life
    return np.asarray((months < LIFE) & ~np.isnan(records["detention_date_low"].to_numpy("float64")))


def _level(left: pd.DataFrame, right: pd.DataFrame, left_end: str, right_end: str) -> tuple[NDArray[np.int64], Days]:
    """Position of the level, and by how many days the right one is later."""
    sides = ((left, left_end), (right, right_end))
    a, b, c, d = (t[f"{what}_{end}"].to_numpy("float64") for t, what in sides for end in ("low", "high"))
    gap = np.maximum(a, c) - np.minimum(b, d)
    wide = np.maximum(b - a, d - c)
    known = ~(np.isnan(a) | np.isnan(c))
    vague = (gap <= 366) & (wide > _VAGUE)  # such as 1989/..: what overlaps with so much says little
    tests = [~known | vague, (wide <= 1) & (gap <= 1), (wide <= 31) & (gap <= 31), gap <= 0, gap <= 366]
    return np.select(tests, [len(LEVELS), 0, 1, 2, 3], len(LEVELS) - 1), c - a
