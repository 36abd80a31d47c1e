"""Spells, or rows of counts with their time at risk -> events and time of each row, for rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.models.modelframe.arguments import unit_of
from clemency.models.modelframe.exclusions import Exclusions, column_names, require_columns
from clemency.models.modelframe.frames import Table, as_table, numbers
from clemency.models.modelframe.groups import Labels, labels, levels_of
from clemency.models.modelframe.history import Names, history
from clemency.models.modelframe.measures import measures, refuse, refuse_counts
from clemency.models.modelframe.status import CENSORED
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.records.values.numbers import LARGEST_WHOLE
from clemency.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Tally:
    """Events and time at risk of the n rows that are kept.

    Attributes
    ----------
    groups : Labels
        By ``by=``.
    hits : dict of ndarray of float, shape (n,)
        Events of each outcome: 0 or 1 of a spell, any whole number of a row of counts.
    length : ndarray of float, shape (n,)
        Time at risk.
    frame : DataFrame
        The covariates.
    rows : ndarray of int, shape (n,)
        Positions of these rows in the data as given.
    exclusions : DataFrame
        ``reason, column, n, first_rows``.
    unit : str or None
        Of the time at risk.
    warnings : tuple of str
        Rows of counts that are the same as an earlier one, and are added to it.
    """

    groups: Labels
    hits: dict[str, Floats]
    length: Floats
    frame: pd.DataFrame
    rows: Ints
    exclusions: pd.DataFrame
    unit: str | None
    warnings: tuple[str, ...] = ()

    def total(self) -> Floats:
        """Events of all outcomes together, shape (n,)."""
        return np.sum(list(self.hits.values()), axis=0, dtype=np.float64)


def tally(
    data: Any,
    by: Names,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    count: Names = None,
    exposure: str | None = None,
    covariates: Sequence[str] = (),
    each: bool = False,
) -> Tally:
    """Read spells (exit, event), or rows of counts with their time at risk (count, exposure).

    Parameters
    ----------
    each : bool
        Every kind of event if no outcome is named; else there must be one kind only.

    Raises
    ------
    UsageError
        For arguments that contradict each other, and columns that are not there.
    DataError
        For counts that are not whole or negative, a time at risk that is negative or infinite, and events without it.
    """
    if isinstance(data, RateTable):
        data, count, exposure, time_unit = _of_table(
            data, {"exit": exit, "event": event, "entry": entry, "count": count, "exposure": exposure}, outcome, each
        )
        outcome = None
    table = as_table(data)
    if count is not None or exposure is not None:
        given = {"exit": exit, "event": event, "entry": entry, "outcome": outcome}
        given["censored"] = None if censored == CENSORED else str(censored)
        _refuse_both(table, given, count, exposure)
        return _counted(table.frame, by, column_names(count), str(exposure), covariates, time_unit)
    h = history(
        table, exit=exit, event=event, entry=entry, by=by, covariates=covariates, censored=censored, time_unit=time_unit
    )
    names = levels_of(outcome) or (list(h.outcomes) if each else [])
    if names:
        hits = {name: (h.event == k).astype(float) for name, k in zip(names, h.code_of(names), strict=True)}
    else:
        hits = {h.outcomes[0]: h.has(None).astype(float)}
    length = h.exit if h.entry is None else h.exit - h.entry
    return Tally(h.groups, hits, length, h.frame, h.rows, h.exclusions, h.unit)


def _of_table(
    table: RateTable, given: dict[str, Any], outcome: str | Sequence[str] | None, each: bool
) -> tuple[pd.DataFrame, list[str], str, str]:
    """Cells of a rate table as rows of counts, the columns of the counts and of the time, and its unit."""
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise UsageError(f"a rate table names its own columns: leave {named[0]}= out")
    names = levels_of(outcome) or (list(table.outcomes) if each else [outcome_of(table, None)])
    frame = table.to_pandas()
    frame = frame.drop(columns=["person_months_sq", *(f"{name}_months" for name in table.outcomes)])
    return frame, [outcome_of(table, name) for name in names], "person_months", "months"


def outcome_of(table: RateTable, outcome: str | None) -> str:
    """One of the table's outcomes, or the only one."""
    known = ", ".join(table.outcomes)
    if outcome is None and len(table.outcomes) > 1:
        raise UsageError(f"The table has several outcomes ({known}): say with outcome= which.")
    if outcome is not None and outcome not in table.outcomes:
        raise UsageError(f"outcome={outcome!r} is not among those of the table: {known}.")
    return outcome or table.outcomes[0]


def _refuse_both(table: Table, given: dict[str, Any], count: Names, exposure: str | None) -> None:
    if table.cohort is not None:
        raise UsageError("a cohort counts its own acts and months: leave count= and exposure= out")
    if count is None or exposure is None:
        lacks, has = ("count", "exposure") if count is None else ("exposure", "count")
        raise UsageError(f"{has}= needs {lacks}= too: the columns of events and of the time at risk in which they fell")
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise UsageError(
            f"{named[0]}= belongs to rows of spells and count=, exposure= to rows of counts: leave one of them out"
        )


def _counted(
    frame: pd.DataFrame,
    by: Names,
    count: tuple[str, ...],
    exposure: str,
    covariates: Sequence[str],
    time_unit: str | None,
) -> Tally:
    groups = column_names(by)
    if not count:
        raise UsageError("count= names no column")
    twice = [c for c in (*count, exposure, *groups) if [*count, exposure, *groups].count(c) > 1]
    if twice:
        raise UsageError(f"'{twice[0]}' is named twice among count=, exposure= and by=: each is a column of its own")
    require_columns(frame, [*count, exposure, *groups, *covariates])
    sieve = Exclusions(frame.index)
    counts = {name: numbers(frame, name) for name in count}
    time = numbers(frame, exposure)
    for name, values in counts.items():
        refuse_counts(values, name, LARGEST_WHOLE)
    refuse(time < 0, time, exposure, "time at risk is a number of 0 or more")
    for name, values in counts.items():
        what = f"events ({name}) without time at risk"
        refuse((time == 0) & (values > 0), time, exposure, what, "Give the time at risk, or leave it empty.")
    for name, values in {**counts, exposure: time}.items():
        sieve.drop(np.isnan(values), "missing value", name)
    sieve.drop(time == 0, "no time at risk", exposure)
    for name in dict.fromkeys([*groups, *covariates]):
        sieve.require(frame[name], name)
    if not sieve.keep.any():
        raise DataError([sieve.nothing_left()])
    rows = np.flatnonzero(sieve.keep)
    kept = frame.iloc[rows]
    hits = {name: values[rows] for name, values in counts.items()}
    covariate = kept[list(dict.fromkeys(covariates))]
    left, unit = sieve.table(), unit_of(False, time_unit)
    return Tally(labels(kept, groups), hits, time[rows], covariate, rows, left, unit, _twice(kept, {*count, exposure}))


def _twice(kept: pd.DataFrame, numbers_: set[str]) -> tuple[str, ...]:
    """What to say of rows that are the same in every column, those that say which row it is among them."""
    if not set(kept.columns) - numbers_:
        return ()  # nothing says what the rows are of
    try:
        again = np.flatnonzero(kept.duplicated().to_numpy())
    except TypeError:  # cells that cannot be compared, such as lists
        return ()
    if not len(again):
        return ()
    first = f"row {kept.index[again[0]]}" if len(again) == 1 else f"the first is row {kept.index[again[0]]}"
    verb = "is" if len(again) == 1 else "are"
    return (
        f"{counted(len(again), 'row')} {verb} the same as an earlier one in all columns ({first}), and counted again: "
        "if the totals were entered twice, drop the repeated rows (d.drop_duplicates()).",
    )


def totals_of(h: Tally, expected: str | None, strata: list[str]) -> pd.DataFrame:
    """One row per group: its columns, ``events, months`` and the ``exposure`` of the model."""
    length, hit = h.length, h.total()
    code, G = h.groups.code, len(h.groups)
    months = np.bincount(code, length, G)
    counted = h.groups.levels.assign(events=np.bincount(code, hit, G).astype(int), months=months)
    if expected:
        return counted.assign(exposure=np.bincount(code, _expectations(h, expected, hit), G))
    if strata:
        cell = labels(h.frame, strata)
        acts, time = np.bincount(cell.code, hit), np.bincount(cell.code, length)
        unexpected = np.flatnonzero((acts > 0) & (time == 0))
        if len(unexpected):
            what, level = (
                f"{acts[unexpected[0]]:.0f} events and no person-time to expect them by",
                cell.names()[unexpected[0]],
            )
            raise DataError([Problem("data", None, ", ".join(strata), level, what, "Merge or leave out the level.")])
        at = np.divide(acts, time, out=np.zeros(len(acts)), where=time > 0)
        return counted.assign(exposure=np.bincount(code, length * at[cell.code], G))
    return counted.assign(exposure=months)


def _expectations(h: Tally, expected: str, hit: Floats) -> Floats:
    values = measures(h.frame[expected], expected, rows=h.rows)
    bad = np.flatnonzero(~(values >= 0) | ((values == 0) & (hit > 0)))
    if len(bad):
        i = int(bad[0])
        shown, why = (
            str(h.frame[expected].iloc[i]),
            "not an expected number of events, or 0 for a row with one",
        )
        raise DataError([Problem("data", int(h.rows[i]), expected, shown, why, "Give numbers above 0.")])
    return values


def lost_levels(given: Table, h: Tally, frame: pd.DataFrame) -> dict[str, list[str]]:
    """Names of groups that cannot be estimated, by reason."""
    columns = list(h.groups.columns)
    raw = given.frame[columns].dropna().drop_duplicates()
    names = [", ".join(str(v) for v in row) for row in raw.itertuples(index=False)]
    first = raw[columns[0]]
    if len(columns) == 1 and isinstance(first.dtype, pd.CategoricalDtype):
        names = [str(c) for c in first.cat.categories]
    there = h.groups.names()
    months = dict(zip(there, frame["months"], strict=True))
    empty = [n for n, x in zip(there, frame["exposure"], strict=True) if not x > 0 and months[n] > 0]
    lost = {
        "group without follow-up": sorted(n for n in names if not months.get(n, 0) > 0),
        "group without expected events": empty,
    }
    return {k: v for k, v in lost.items() if v}


def exclusions_of(h: Tally, lost: dict[str, list[str]], groups: list[str]) -> pd.DataFrame:
    """Exclusions, including the groups that cannot be estimated."""
    more = [
        {"reason": k, "column": ", ".join(groups), "n": len(v), "first_rows": "; ".join(v)} for k, v in lost.items()
    ]
    if not more:
        return h.exclusions
    if h.exclusions.empty:
        return pd.DataFrame(more)
    return pd.concat([h.exclusions, pd.DataFrame(more)], ignore_index=True)
