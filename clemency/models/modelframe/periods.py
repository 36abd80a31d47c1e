"""Spells cut at periods -> person-periods in order, and a refusal where periods are not the same for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.groups import codes, ids_alike
from clemency.models.modelframe.measures import measures
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints

_UNEVEN = 1.15  # months have 28 to 31 days, quarters 90 to 92, years 365 or 366


@dataclass(frozen=True, slots=True)
class PeriodColumns:
    """Columns of spells that are cut at fixed periods."""

    period: str
    entry: str
    exit: str
    id: str

    def require(self, frame: pd.DataFrame, others: Sequence[str]) -> None:
        """Refuse a frame without these columns, or without others that are needed too."""
        if self.period not in frame:
            raise UsageError(
                f"there is no column '{self.period}' that names the period of each spell: cut the spells first, as "
                "with cohort.split(clock=range(0, 241, 6)), whose periods are in 'interval'"
            )
        missing = [c for c in others if c not in frame]
        if missing:
            columns = ", ".join(map(str, frame.columns))
            raise UsageError(f"there is no column '{missing[0]}'; the columns are: {columns}")


def complete_people(frame: pd.DataFrame, id: str, missing: Mapping[str, Bools]) -> tuple[Ints, pd.DataFrame]:
    """Rows of people without a missing value, and the others: ``reason, column, n, who``.

    Parameters
    ----------
    frame : DataFrame, n rows
    id : str
    missing : mapping of ndarray of bool, shape (n,)
        Rows with a missing value, by column; people are counted under the first of theirs.

    Raises
    ------
    DataError
        If nobody is left.
    """
    who, out, found = frame[id], np.zeros(len(frame), dtype=bool), []
    for name, gone in missing.items():
        people = who.isin(who[gone & ~out]).to_numpy() & ~out
        if people.any():
            names = who[people].unique()
            found.append(("missing value", name, len(names), ", ".join(map(str, names[:20]))))
            out = out | people
    if out.all():
        remedy = "Look at the missing values in these columns."
        raise DataError([Problem("data", None, "", "", "nobody is left", remedy)])
    return np.flatnonzero(~out), pd.DataFrame(found, columns=["reason", "column", "n", "who"])


def notes_on_people(warnings: pd.DataFrame, exclusions: pd.DataFrame) -> list[str]:
    """Warnings of models of person-periods, and who was left out, one sentence each."""
    notes = [f"{r.term} {r.level}: {r.message}".replace(" :", ":") for r in warnings.itertuples()]
    return notes + [
        f"Left out: {counted(r.n, 'person')}, {r.reason} ({r.column}): {r.who}." for r in exclusions.itertuples()
    ]


def people_alike(ids: pd.Series) -> pd.DataFrame:
    """``term, level, n, message``: ids that differ only by what may be a slip, and are taken as several people."""
    rows = [(str(ids.name), "", 0, text) for text in ids_alike(ids)]
    return pd.DataFrame(rows, columns=["term", "level", "n", "message"])


def require_keys(frame: pd.DataFrame, id: str) -> None:
    """Refuse a row that does not say whose it is."""
    if frame[id].isna().any():
        i = int(np.flatnonzero(frame[id].isna())[0])
        raise DataError([Problem("data", i, id, "", "no key", "Name whose spell it is.")])


@dataclass(frozen=True, slots=True)
class PeriodRows:
    """k rows in order of person and time, and their q person-periods.

    Attributes
    ----------
    row : ndarray of int, shape (k,)
        Positions in the data.
    begin, end : ndarray, shape (k,)
        Times that differ by rounding alone are equal.
    who, label : ndarray of int, shape (k,)
        Codes of the person and of the period.
    number : ndarray of int, shape (k,)
        Person-period of each row.
    first, last : ndarray of int, shape (q,)
        Places of the first and the last row of each person-period.
    """

    row: Ints
    begin: Floats
    end: Floats
    who: Ints
    label: Ints
    number: Ints
    first: Ints
    last: Ints

    @classmethod
    def of(cls, frame: pd.DataFrame, row: Ints, columns: PeriodColumns) -> PeriodRows:
        """Put some rows of a frame in order."""
        begin, end = made_equal(*(measures(frame[c], c) for c in (columns.entry, columns.exit)))
        row = row[np.lexsort((begin[row], codes(frame[columns.id])[row]))]
        who, label = (codes(frame[c].iloc[row]) for c in (columns.id, columns.period))
        first = np.flatnonzero(np.r_[True, who[1:] != who[:-1]] | np.r_[True, label[1:] != label[:-1]])
        last = np.r_[first[1:] - 1, len(row) - 1]
        number = np.repeat(np.arange(len(first)), last - first + 1)
        return cls(row, begin[row], end[row], who, label, number, first, last)

    @property
    def new(self) -> Bools:
        """Whether a row is the first of its person, shape (k,)."""
        return np.r_[True, self.who[1:] != self.who[:-1]]


def check_periods(kept: pd.DataFrame, period: str, rows: PeriodRows) -> None:
    """Refuse labels that come back, and periods of unequal length: a chance is one per period.

    Parameters
    ----------
    kept : DataFrame, k rows
        In the order of `rows`; codes of its column `period` are by place of first occurrence.
    period : str
    rows : PeriodRows

    Raises
    ------
    DataError
        First and last periods of a person may be shorter.
    """
    begin, end = rows.begin[rows.first], rows.end[rows.last]
    who, label = rows.who[rows.first], rows.label[rows.first]
    if len(np.unique(np.column_stack([who, label]), axis=0)) != len(label):
        raise DataError(
            [Problem("data", None, period, "", "a period comes back after another one", "Number them in time.")]
        )
    length = end - begin
    same = who[1:] == who[:-1]
    inside = np.r_[False, same] & np.r_[same, False]
    if not inside.any():
        return
    whole = pd.Series(length[inside]).groupby(label[inside]).agg(["min", "max"])
    odd = whole["max"] > _UNEVEN * whole["min"]
    longest = float(whole["max"].max())
    names = pd.unique(kept[period])
    if odd.any():
        worst = whole[odd].iloc[0]
        what = f"it lasts {worst['min']:.3g} for some and {worst['max']:.3g} for others, first and last periods apart"
        raise DataError([uncut(period, str(names[whole.index[odd][0]]), what)])
    over = np.flatnonzero(length > _UNEVEN * longest)
    if len(over):
        what = f"it lasts {length[over].max():.4g} for someone, longer than any whole period ({longest:.4g})"
        raise DataError([uncut(period, str(names[label[over[0]]]), what)])


def uncut(period: str, value: str, what: str) -> Problem:
    """Say that spells are not cut at fixed periods, and how to cut them."""
    remedy = (
        "Cut the spells at fixed periods to the end of the follow-up, as with cohort.split(clock=range(0, 481, 6))."
    )
    return Problem("data", None, period, value, what, remedy)
