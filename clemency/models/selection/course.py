"""Spells cut at fixed periods -> for each person-period, whether the person was lost in it, with every check of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.models.designmatrix.coding import plain
from clemency.models.modelframe.periods import (
    PeriodColumns,
    PeriodRows,
    check_periods,
    complete_people,
    require_keys,
    uncut,
)
from clemency.models.modelframe.status import CENSORED
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Bools, Ints

_OF_COHORTS = "censored before until"


@dataclass(frozen=True, slots=True)
class Observed:
    """The k rows kept, in order of person and time, and their q person-periods.

    Attributes
    ----------
    row : ndarray of int, shape (k,)
        Positions in the data.
    number : ndarray of int, shape (k,)
        Person-period of each row.
    first : ndarray of int, shape (q,)
        Place among the kept rows of the first row of each person-period.
    who : ndarray of int, shape (q,)
        Person of each person-period.
    lost : ndarray of bool, shape (q,)
        Whether the person was lost in it.
    exclusions : DataFrame
        ``reason, column, n, who``.
    """

    row: Ints
    number: Ints
    first: Ints
    who: Ints
    lost: Bools
    exclusions: pd.DataFrame

    @property
    def n_people(self) -> int:
        """Number of people kept."""
        return len(np.unique(self.who))


def lost_of(data: Any, frame: pd.DataFrame, lost: str | None, id: str) -> Bools:
    """Which rows end in a loss: those of a 0/1 column, or a cohort's cases whose records end before its ``until``.

    Parameters
    ----------
    data : Cohort or DataFrame
    frame : DataFrame, n rows
        Its spells.
    lost : str or None
    id : str

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    UsageError
        If neither says who was lost.
    DataError
        For values other than 0 and 1, each with its row.
    """
    if lost is not None:
        values = pd.to_numeric(plain(frame[lost]), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        bad = np.flatnonzero(~np.isin(values, (0.0, 1.0)) & ~frame[lost].isna().to_numpy(dtype=bool))
        if len(bad):
            text = ("not 0 or 1", "Give 1 to the last spell of whoever was lost, and 0 to every other spell.")
            raise DataError([Problem("data", int(i), lost, str(frame[lost].iloc[i]), *text) for i in bad])
        return np.asarray(values == 1)
    if not isinstance(data, Cohort):
        raise UsageError("name the 0/1 column that says who was lost with lost=: 1 in the spell in which it happened")
    if data.rules.until is None:
        raise UsageError(
            "the cohort has no last day of observation, so that nobody can be told to be lost before it: make it with "
            "until=, or name a 0/1 column with lost="
        )
    days = frame["origin"].to_numpy().astype("datetime64[s]").astype(np.float64) / 86400
    ends = days + frame["exit"].to_numpy(dtype=np.float64) * DAYS_PER_MONTH
    until = float(np.datetime64(data.rules.until, "D").astype("int64"))
    final = frame.groupby(id)["exit"].transform("max").to_numpy() == frame["exit"].to_numpy()
    return np.asarray(final & (frame["event"] == CENSORED).to_numpy(dtype=bool) & (ends < until - 0.5))


def observed(
    frame: pd.DataFrame,
    lost: Bools,
    columns: PeriodColumns,
    *,
    name: str | None,
    covariates: tuple[str, ...],
) -> Observed:
    """Read who was there in which period, and who was lost in it.

    Parameters
    ----------
    frame : DataFrame, n rows
    lost : ndarray of bool, shape (n,)
    columns : PeriodColumns
    name : str or None
        Column that `lost` comes from.
    covariates : tuple of str
        Columns that must be complete.

    Returns
    -------
    Observed

    Raises
    ------
    UsageError, DataError
        As `clemency.models.selection.observation.observation_weights` says.
    """
    period, id = columns.period, columns.id
    require_keys(frame, id)
    used = dict.fromkeys([period, columns.entry, columns.exit, *([name] if name else []), *covariates])
    row, exclusions = complete_people(frame, id, {c: frame[c].isna().to_numpy(dtype=bool) for c in used})
    rows = PeriodRows.of(frame, row, columns)
    kept, begin, end, lost_here, same = frame.iloc[rows.row], rows.begin, rows.end, lost[rows.row], ~rows.new
    previous = np.r_[0.0, end[:-1]]
    _refuse(kept, id, ~(end > begin), "a spell does not end after it begins", "Mend or drop it.")
    _refuse(kept, id, same & (begin < previous), "spells overlap", "Give each course an id of its own.")
    _refuse(
        kept, id, same & (begin > previous), "a gap between spells", "Fill it, or give each course an id of its own."
    )
    after = "lost, and yet followed further"
    _refuse(kept, id, same & np.r_[False, lost_here[:-1]], after, f"Only a last spell can have '{name}' 1.")
    check_periods(kept, period, rows)
    periods = Observed(rows.row, rows.number, rows.first, rows.who[rows.first], lost_here[rows.last], exclusions)
    if not periods.lost.any() or periods.lost.all():
        what = "nobody is lost" if not periods.lost.any() else "everybody is lost in the first period"
        remedy = f"There is nothing to weigh; look at {f'the coding of {name}' if name else _OF_COHORTS + '='}."
        raise DataError([Problem("data", None, name or "event", "", what, remedy)])
    _refuse_uncut(rows, period)
    return periods


def _refuse_uncut(rows: PeriodRows, period: str) -> None:
    """Refuse periods that are one whole follow-up each, or nobody's but one person's."""
    who, label = rows.who[rows.first], rows.label[rows.first]
    people = len(np.unique(who))
    if len(who) == people:
        what = "nobody has a second period, so that nothing says how long one lasts"
        raise DataError([uncut(period, "", what)])
    if people > 1 and len(np.unique(label)) == len(label):
        what = "no period is that of two people, so that there is nobody to compare those who were lost with"
        raise DataError([uncut(period, "", what)])


def _refuse(kept: pd.DataFrame, id: str, bad: Bools, what: str, remedy: str) -> None:
    if bad.any():
        raise DataError(
            [Problem("data", None, id, str(p), what, remedy) for p in dict.fromkeys(kept[id].to_numpy()[bad])]
        )
