"""Spells with a treatment that starts once -> rows in order of person and time, and who was untreated when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.measures import measures
from clemency.models.treatment.personperiods import check_course
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints


def require_columns(frame: pd.DataFrame, needed: Sequence[str]) -> None:
    """Refuse a frame without these columns."""
    missing = [c for c in needed if c not in frame]
    if missing:
        raise UsageError(f"there is no column '{missing[0]}'; the columns are: {', '.join(map(str, frame.columns))}")


def refuse_made(frame: pd.DataFrame, made: Sequence[str], what: str = "data") -> None:
    """Refuse a frame with a column of the name of one that will be made."""
    taken = [c for c in made if c in frame]
    if taken:
        raise UsageError(f"the {what} have a column '{taken[0]}' already: rename it")


def refuse_recurrent(data: Any, name: str) -> None:
    """Refuse a cohort that goes on after an act: trials are of the first one."""
    if isinstance(data, Cohort) and data.rules.recurrent:
        raise UsageError(
            f"{name} is about the first act, and the cohort goes on after it (recurrent=True), so that people who had "
            "one would be eligible again: make the cohort with recurrent=False. For later acts, see cl.cox on the "
            "recurrent cohort."
        )


def after_first(frame: pd.DataFrame, ended: Bools, id: str, entry: str, exit: str) -> Bools:
    """Rows that come after one of the same person that ended in an event.

    Parameters
    ----------
    frame : DataFrame, n rows
    ended : ndarray of bool, shape (n,)
    id, entry, exit : str

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    who = pd.factorize(frame[id])[0]
    order = np.lexsort((measures(frame[exit], exit), measures(frame[entry], entry), who))
    hits: Ints = np.cumsum(ended[order]) - ended[order]
    new = np.r_[True, who[order][1:] != who[order][:-1]][: len(order)]
    later = np.empty(len(order), dtype=bool)
    later[order] = hits > np.maximum.accumulate(np.where(new, hits, 0))
    return later


@dataclass(frozen=True, slots=True)
class Course:
    """Rows in order of person and time.

    Attributes
    ----------
    row : ndarray of int, shape (k,)
        Position in the data.
    who : ndarray of int, shape (k,)
        Person, numbered in order of key.
    key : Index
        Keys of the persons.
    begin, end : ndarray of float, shape (k,)
        Spells (begin, end]; times that differ by rounding alone are equal.
    exposed : ndarray of bool, shape (k,)
    first : ndarray of bool, shape (k,)
        Whether the row is a person's first.
    """

    row: Ints
    who: Ints
    key: Any
    begin: Floats
    end: Floats
    exposed: Bools
    first: Bools

    @classmethod
    def of(
        cls, frame: pd.DataFrame, exposure: str, entry: str, exit: str, id: str, shift: Floats | float = 0.0
    ) -> Course:
        """Read and check spells.

        Parameters
        ----------
        frame : DataFrame, k rows
        exposure, entry, exit, id : str
        shift : ndarray, shape (k,), or float
            Added to the times of each row, to put them on another scale.

        Returns
        -------
        Course

        Raises
        ------
        DataError
            For missing values, gaps and overlaps, and a treatment that stops.
        """
        for column in (exposure, entry, exit, id):
            gone = np.flatnonzero(frame[column].isna())
            if len(gone):
                missing = f"missing in {counted(len(gone), 'row')}"
                raise DataError([Problem("data", int(gone[0]), column, "", missing, "Leave these cases out.")])
        # Numbered in order of key, so that the order of rows does not matter.
        who, key = pd.factorize(frame[id], sort=True)
        begin, end = made_equal(*(measures(frame[c], c) + shift for c in (entry, exit)))
        row = np.lexsort((begin, who))
        who, begin, end = who[row].astype(np.intp), begin[row], end[row]
        exposed = check_course(frame.reset_index(drop=True).iloc[row], exposure, begin, end, who, id)
        return cls(row, who, key, begin, end, exposed, np.r_[True, who[1:] != who[:-1]])

    def onsets(self) -> Ints:
        """Places at which treatment starts, or had started when the person was first seen, in order of time."""
        onset = np.flatnonzero(self.exposed & (self.first | ~np.r_[False, self.exposed[:-1]]))
        return onset[np.lexsort((self.who[onset], self.begin[onset]))]

    def untreated(self, time: float) -> Ints:
        """Places of the rows of those at risk at a time and not treated by then, also not at that time."""
        return np.flatnonzero((self.begin <= time) & (self.end > time) & ~self.exposed)

    def last(self) -> Ints:
        """Place of the last row of each row's person, shape (k,)."""
        ends = np.flatnonzero(np.r_[self.first[1:], True])
        return ends[np.cumsum(self.first) - 1]
