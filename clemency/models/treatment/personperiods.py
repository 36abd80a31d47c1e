"""Spells cut at fixed periods -> for each person-period, whether a treatment started in it, with every check of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.models.designmatrix.coding import plain
from clemency.models.modelframe.measures import measures
from clemency.models.modelframe.periods import (
    PeriodColumns,
    PeriodRows,
    check_periods,
    complete_people,
    require_keys,
    uncut,
)
from clemency.records.errors import DataError, Problem
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Periods:
    """The k rows kept, in order of person and time, their periods, and the m trials among these.

    Attributes
    ----------
    row : ndarray of int, shape (k,)
        Positions in the data.
    exposed : ndarray of bool, shape (k,)
    period_of_row : ndarray of int, shape (k,)
        Number of the person-period of each row.
    trial_of_row : ndarray of int, shape (k,)
        Trial that the person-period of the row is, or -1.
    person_of_period : ndarray of int
    trial_period : ndarray of int, shape (m,)
        Person-periods at whose beginning treatment had not started.
    trial_row : ndarray of int, shape (m,)
        Position in the data of the first row of each trial.
    trial_last : ndarray of int, shape (m,)
        Place among the kept rows of its last row.
    started : ndarray of bool, shape (m,)
        Whether treatment started in it.
    n_people, n_given : int
        People kept, and those of them whose treatment had started before they were seen.
    exclusions : DataFrame
        ``reason, column, n, who``.
    """

    row: Ints
    exposed: Bools
    period_of_row: Ints
    trial_of_row: Ints
    person_of_period: Ints
    trial_period: Ints
    trial_row: Ints
    trial_last: Ints
    started: Bools
    n_people: int
    n_given: int
    exclusions: pd.DataFrame

    @property
    def n_periods(self) -> int:
        """Number of person-periods."""
        return len(self.person_of_period)


def person_periods(
    frame: pd.DataFrame,
    *,
    exposure: str,
    period: str,
    entry: str,
    exit: str,
    id: str,
    covariates: tuple[str, ...],
    at_entry: str,
) -> Periods:
    """Read the course of a treatment that starts once, by person and period.

    Parameters
    ----------
    frame : DataFrame
        With a default index.
    exposure, period, entry, exit, id : str
    covariates : tuple of str
        Columns that must be complete before and at the start.
    at_entry : {"modelled", "given"}

    Returns
    -------
    Periods

    Raises
    ------
    UsageError, DataError
        As `clemency.models.treatment.weighting.treatment_weights` says.
    """
    columns, given = PeriodColumns(period, entry, exit, id), at_entry == "given"
    columns.require(frame, [exposure, entry, exit, id, *covariates])
    row, exclusions = complete_people(frame, id, _missing(frame, columns, covariates, exposure, given))
    rows = PeriodRows.of(frame, row, columns)
    kept = frame.iloc[rows.row]
    exposed = check_course(kept, exposure, rows.begin, rows.end, rows.who, id)
    check_periods(kept, period, rows)
    periods = _trials(rows, exposed, given, exclusions)
    _check_started(periods.started, exposure)
    if periods.n_periods == periods.n_people and (periods.started & ~exposed[rows.first[periods.trial_period]]).any():
        what = "nobody has a second period, and treatment starts in the middle of the only one"
        raise DataError([uncut(period, "", what)])
    return periods


def _trials(rows: PeriodRows, exposed: Bools, given: bool, exclusions: pd.DataFrame) -> Periods:
    """Find the person-periods at whose beginning treatment had not started."""
    first, last, new = rows.first, rows.last, rows.new
    before = (np.r_[False, exposed[:-1]] & ~new)[first]
    early = new[first] & exposed[first] & given
    trial = np.flatnonzero(~before & ~early)
    trial_of_period = np.full(len(first), -1)
    trial_of_period[trial] = np.arange(len(trial))
    return Periods(
        row=rows.row,
        exposed=exposed,
        period_of_row=rows.number,
        trial_of_row=trial_of_period[rows.number],
        person_of_period=rows.who[first],
        trial_period=trial,
        trial_row=rows.row[first[trial]],
        trial_last=last[trial],
        started=exposed[last[trial]],
        n_people=int(new.sum()),
        n_given=int(early.sum()),
        exclusions=exclusions,
    )


def _missing(
    frame: pd.DataFrame, columns: PeriodColumns, covariates: tuple[str, ...], exposure: str, given: bool
) -> dict[str, Bools]:
    """Rows with a missing value in a column that the weights need; covariates count only up to the start."""
    require_keys(frame, columns.id)
    on = codes_of(frame[exposure]) == 1
    order = np.argsort(np.nan_to_num(measures(frame[columns.entry], columns.entry), nan=np.inf), kind="stable")
    course = pd.Series(on[order], index=order).groupby(frame[columns.id].to_numpy()[order])
    rank = course.cumsum().sort_index().to_numpy()
    before = course.transform("first").sort_index().to_numpy(dtype=bool) & given
    later = rank > np.where(before, 0, 1)  # rows whose covariates no model uses: after the start, or all if given
    needed = (exposure, columns.period, columns.entry, columns.exit)
    missing = {name: frame[name].isna().to_numpy(dtype=bool) for name in dict.fromkeys([*needed, *covariates])}
    return {name: gone if name in needed else gone & ~later for name, gone in missing.items()}


def check_course(kept: pd.DataFrame, exposure: str, begin: Floats, end: Floats, who: Ints, id: str) -> Bools:
    """Exposure as bool; refuse anything but 0 and 1, gaps and overlaps, and a treatment that stops.

    Parameters
    ----------
    kept : DataFrame, k rows in order of person and time
        Under their positions in the data.
    exposure : str
    begin, end : ndarray, shape (k,)
    who : ndarray of int, shape (k,)
    id : str

    Returns
    -------
    ndarray of bool, shape (k,)
    """
    exposed = codes_of(kept[exposure]) == 1
    same = np.r_[False, who[1:] == who[:-1]]
    previous = np.r_[0.0, end[:-1]]
    refuse_codes(kept, exposure, id)
    checks = (
        (~(end > begin), id, "a spell does not end after it begins", "Mend or drop it."),
        (same & (begin < previous), id, "spells overlap", "Give each course an id of its own."),
        (same & (begin > previous), id, "a gap between spells", "Fill it, or give each course an id of its own."),
        (
            same & ~exposed & np.r_[False, exposed[:-1]],
            exposure,
            "treatment stops",
            "It must start once and then stay.",
        ),
    )
    names = kept[id].to_numpy()
    for bad, column, what, remedy in checks:
        if bad.any():
            people = dict.fromkeys(names[bad])
            raise DataError([Problem("data", None, column, str(p), what, remedy) for p in people])
    return exposed


def codes_of(column: pd.Series) -> Floats:
    """A column of 0 and 1 in any storage as numbers, missing where it is neither."""
    return pd.to_numeric(plain(column), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def refuse_codes(kept: pd.DataFrame, exposure: str, id: str) -> None:
    """Refuse an exposure that is not 0 or 1, with its row and person.

    Parameters
    ----------
    kept : DataFrame
        Under their positions in the data.
    exposure, id : str
    """
    bad = np.flatnonzero(~np.isin(codes_of(kept[exposure]), (0.0, 1.0)))
    remedy = "Code whether treatment has started: 1 in every spell from then on, 0 before."
    rows = ((int(kept.index[i]), str(kept[exposure].iloc[i]), f"not 0 or 1 (of '{kept[id].iloc[i]}')") for i in bad)
    problems = [Problem("data", row, exposure, value, what, remedy) for row, value, what in sorted(rows)]
    if problems:
        raise DataError(problems)


def _check_started(started: Bools, exposure: str) -> None:
    if not started.any() or started.all():
        what = "treatment never starts" if not started.any() else "treatment starts in every period"
        remedy = "There is no chance to estimate; look at the coding and at at_entry=."
        raise DataError([Problem("data", None, exposure, "", what, remedy)])
