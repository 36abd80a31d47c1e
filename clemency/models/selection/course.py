"""Spells cut at fixed periods -> for each person-period, whether the person was lost in it, with every check of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.models.designmatrix.coding import plain
from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.measures import measures
from clemency.models.modelframe.periods import check_periods
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
    *,
    name: str | None,
    period: str,
    entry: str,
    exit: str,
    id: str,
    covariates: tuple[str, ...],
) -> Observed:
    """Read who was there in which period, and who was lost in it.

    Parameters
    ----------
    frame : DataFrame, n rows
    lost : ndarray of bool, shape (n,)
    name : str or None
        Column that `lost` comes from.
    period, entry, exit, id : str
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
    out, exclusions = _incomplete(frame, [period, entry, exit, *([name] if name else [])], covariates, id)
    row = np.flatnonzero(~out)
    if not len(row):
        remedy = "Look at the missing values in these columns."
        raise DataError([Problem("data", None, "", "", "nobody is left", remedy)])
    begin, stop = made_equal(*(measures(frame[c], c) for c in (entry, exit)))
    row = row[np.lexsort((begin[row], codes(frame[id])[row]))]
    kept = frame.iloc[row]
    begin, end, who = begin[row], stop[row], codes(kept[id])
    gone = lost[row]
    same = np.r_[False, who[1:] == who[:-1]]
    previous = np.r_[0.0, end[:-1]]
    _refuse(kept, id, ~(end > begin), "a spell does not end after it begins", "Mend or drop it.")
    _refuse(kept, id, same & (begin < previous), "spells overlap", "Give each course an id of its own.")
    _refuse(
        kept, id, same & (begin > previous), "a gap between spells", "Fill it, or give each course an id of its own."
    )
    after = "lost, and yet followed further"
    _refuse(kept, id, same & np.r_[False, gone[:-1]], after, f"Only a last spell can have '{name}' 1.")
    label = codes(kept[period])
    first = np.flatnonzero(~same | np.r_[True, label[1:] != label[:-1]])
    last = np.r_[first[1:] - 1, len(row) - 1]
    check_periods(kept, period, id, begin[first], end[last], who[first], label[first])
    number = np.repeat(np.arange(len(first)), last - first + 1)
    found = Observed(row, number, first, who[first], gone[last], exclusions)
    if not found.lost.any() or found.lost.all():
        what = "nobody is lost" if not found.lost.any() else "everybody is lost in the first period"
        remedy = f"There is nothing to weigh; look at {f'the coding of {name}' if name else _OF_COHORTS + '='}."
        raise DataError([Problem("data", None, name or "event", "", what, remedy)])
    return found


def _refuse(kept: pd.DataFrame, id: str, bad: Bools, what: str, remedy: str) -> None:
    if bad.any():
        raise DataError(
            [Problem("data", None, id, str(p), what, remedy) for p in dict.fromkeys(kept[id].to_numpy()[bad])]
        )


def _incomplete(
    frame: pd.DataFrame, needed: list[str], covariates: tuple[str, ...], id: str
) -> tuple[Bools, pd.DataFrame]:
    """Rows of people with a missing value in a column that their weights need, each counted under the first such."""
    if frame[id].isna().any():
        i = int(np.flatnonzero(frame[id].isna())[0])
        raise DataError([Problem("data", i, id, "", "no key", "Name whose spell it is.")])
    who, out, found = frame[id], np.zeros(len(frame), dtype=bool), []
    for name in dict.fromkeys([*needed, *covariates]):
        gone = frame[name].isna().to_numpy(dtype=bool)
        people = who.isin(who[gone & ~out]).to_numpy() & ~out
        if people.any():
            names = who[people].unique()
            found.append(("missing value", name, len(names), ", ".join(map(str, names[:20]))))
            out = out | people
    return out, pd.DataFrame(found, columns=["reason", "column", "n", "who"])
