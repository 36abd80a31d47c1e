"""Spells, wherever they lie -> a table of events and person-time, made where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts.cohort import Cohort
from clemency.cohorts.imputation.imputed import ImputedCohort
from clemency.cohorts.inputs import CENSORED
from clemency.cohorts.ratetables.accounts import account_of
from clemency.cohorts.ratetables.cells import framed, located
from clemency.cohorts.ratetables.intake import Columns, read_columns
from clemency.cohorts.ratetables.query import PERIODS, Grid, combinations, tabulation
from clemency.cohorts.ratetables.ratetable import BAND, RateTable
from clemency.cohorts.ratetables.sources import source_of
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Floats

_TAKEN = {BAND, *PERIODS.values(), "spells", "days", "days2", "person_months", "person_months_sq"}


@typed
def rate_table(
    data: Any,
    by: str | Sequence[str] | None = None,
    *,
    clock_breaks: Iterable[float] | None = None,
    calendar: str | None = "Q",
    outcome: str | Sequence[str] | None = None,
    entry: str | None = None,
    exit: str | None = None,
    event: str | None = None,
    start: str | None = None,
    id: str | None = None,
    censored: str | None = CENSORED,
    levels: Sequence[str] | None = None,
    on_error: str = "raise",
    memory: str | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> RateTable:
    """Events and person-time by group, months of the clock and calendar period, tabulated where the data are.

    Parameters
    ----------
    data : Cohort, frame, DuckDB relation or path
        Spells: a cohort; a frame of pandas, Polars (eager or lazy) or PyArrow; a relation of DuckDB; or the path of
        Parquet or CSV files: one, a list, a pattern such as ``"spells/*.parquet"``, or a folder, whose
        ``name=value`` folders are columns.
    by : str or sequence of str, optional
        Columns whose combinations are the groups; a missing value is a group of its own.
    clock_breaks : iterable of float, optional
        Months of the clock at which it is cut, as in `Cohort.split`; the last band is open.
    calendar : {"Q", "Y", "M", "D"} or None
        Cut at the ends of quarters, years, months or days.
    outcome : str or sequence of str, optional
        Events that are counted; all by default.
    entry, exit, event : str, optional
        Columns of spells that are no cohort. ``entry`` and ``exit`` are days (ISO dates as text, or of a type of dates)
        or months since `start`; ``event`` is 0 and 1, or words of which one means censoring.
    start : str, optional
        Day on which each spell's clock starts; without it the clock of days starts at entry.
    id : str, optional
        Whose spell it is. With it, a second spell of one id from the same day on is an error.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored.
    levels : sequence of str, optional
        Words that ``event`` may hold: others are an error. Without them every word is taken as an event.
    on_error : {"raise", "report"}
        Refuse data with rows that cannot be read, naming the first; or set them aside, counted in ``left_out`` and
        listed in ``bad_rows``. Rows with a missing time or event are left out and counted in either case.
    memory : str, optional
        Most memory that the engine may take, such as ``"2GB"``: beyond it, it writes to disk.
    threads : int, optional
    progress : callable, optional
        Called with a text for each step.

    Returns
    -------
    RateTable

    Raises
    ------
    UsageError
        For columns, outcomes and files that are not there, a calendar without days, and names of `by` that the table
        needs itself.
    DataError
        For rows that cannot be read (text in a column of days, an exit not after the entry, a spell that comes twice),
        with file and row; for files that are damaged; and where memory or disk do not suffice.

    Notes
    -----
    Months have 365.25/12 days; a spell is (entry, exit], and a day belongs to the period that it lies in: as in
    `Cohort.split`, whose pieces add up to the same cells. Every spell is cut where it is read, so that memory goes by
    the number of cells and not of pieces. DuckDB does the work for all kinds of data, inside the process and without
    anything to start, and reads pandas, Polars and Arrow where they are. The query keeps to SQL that other engines have
    too; it has been run on DuckDB alone.

    References
    ----------
    R's ``survival::pyears`` tabulates in this way; N. Laird and D. Olivier, JASA 76 (1981), 231-240, on what such a
    table tells.

    Examples
    --------
    >>> import clemency as cl
    >>> cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction")
    >>> table = cl.rate_table(cohort, by="charge_family", clock_breaks=range(12, 121, 12), calendar="Y")
    >>> bool(abs(table.glance()["person_months"][0] - cohort.describe()["person_months"][0]) < 1e-6)
    True
    """
    grid = Grid(_breaks(clock_breaks), _calendar(calendar))
    if on_error not in ("raise", "report"):
        raise UsageError(f"on_error={on_error!r} is not one of: raise, report.")
    groups = [by] if isinstance(by, str) else list(by or [])
    named = {"entry": entry, "exit": exit, "event": event, "start": start}
    data, columns, kinds = _columns(data, groups, named, id)
    names = [outcome] if isinstance(outcome, str) else list(dict.fromkeys(outcome or ()))
    say = progress or str
    say("Opening the data")
    source = source_of(data, memory, threads)
    intake = read_columns(source, columns, calendar, names, censored, levels or kinds)
    _refuse_taken(groups, intake.outcomes)
    say("Looking at every row")
    account = account_of(source, intake, on_error)
    grid = grid.spanning(float(np.floor(account.first_day)) + 1, float(np.ceil(account.last_day)))
    inner = [f"by{k}" for k in range(1, len(groups) + 1)]
    found = pd.DataFrame(index=range(1))
    if groups:
        kept = {c: data[c].dtype for c in groups} if isinstance(data, pd.DataFrame) else {}
        named_groups = dict(zip(inner, groups, strict=True))
        found = framed(source.fetch(combinations(intake.usable(), inner)), named_groups, kept)
    say(f"Cutting {account.n_used:,} spells and adding them up")
    query = tabulation(intake.usable(), inner, grid, len(intake.outcomes), account.repeated)
    time = (BAND if len(grid.months) else "", PERIODS[grid.calendar] if grid.calendar else "")
    return RateTable(
        cells=located(source.fetch(query), found, grid.starts(), grid.labels(), time),
        by=tuple(groups),
        outcomes=intake.outcomes,
        clock_breaks=grid.months,
        calendar=calendar,
        n_rows=account.n_rows,
        n_used=account.n_used,
        left_out=account.left_out,
        bad_rows=account.bad_rows,
    )


def _columns(
    data: Any, groups: list[str], named: dict[str, str | None], id: str | None
) -> tuple[Any, Columns, list[str] | None]:
    """Data for the engine, what their columns mean and, of a cohort, the words of its events."""
    if isinstance(data, ImputedCohort):
        raise UsageError("A table is of one cohort: [rate_table(one, ...) for one in cohort.cohorts], then pool.")
    if isinstance(data, Cohort):
        given = [n for n, v in {**named, "id": id}.items() if v is not None]
        if given:
            raise UsageError(f"a cohort names its own columns: leave {given[0]}= out")
        lost = [c for c in groups if c not in data.spells]
        if lost:
            raise UsageError(f"The spells have no column {lost[0]!r}. There are: {', '.join(data.spells.columns)}.")
        fixed = ["origin", "entry", "exit", "event"]
        spells = data.spells[list(dict.fromkeys([*fixed, *groups]))]
        return spells, Columns(tuple(groups), "entry", "exit", "event", "origin"), [CENSORED, *data.events]
    lacking = [n for n in ("exit", "event") if named[n] is None]
    if lacking:
        raise UsageError(f"name the column of spells that is {lacking[0]}=: only a cohort names its own")
    return (
        data,
        Columns(tuple(groups), named["entry"], str(named["exit"]), str(named["event"]), named["start"], id),
        None,
    )


def _breaks(clock_breaks: Iterable[float] | None) -> Floats:
    if clock_breaks is None:
        return np.zeros(0)
    months = np.unique(np.asarray(list(clock_breaks), dtype=float))
    if not np.isfinite(months).all() or (months < 0).any():
        raise UsageError("clock_breaks= are months of the clock, 0 or more.")
    months = months[months > 0]
    if len(months) and np.diff(np.r_[0, months]).min() * DAYS_PER_MONTH <= 1:
        raise UsageError("clock_breaks= must lie more than a day apart.")
    if len(months) and months[-1] > 1200:
        raise UsageError(f"clock_breaks= go to {months[-1]:g} months, more than a hundred years.")
    return months


def _calendar(calendar: str | None) -> str | None:
    if calendar is not None and calendar not in PERIODS:
        raise UsageError(f"calendar={calendar!r} is not one of: {', '.join(PERIODS)}, None.")
    return calendar


def _refuse_taken(groups: list[str], outcomes: Sequence[str]) -> None:
    twice = [c for c in groups if groups.count(c) > 1]
    if twice:
        raise UsageError(f"'{twice[0]}' is named twice in by=.")
    taken = [c for c in groups if c in _TAKEN or c in outcomes or c.startswith(("events", "event_days"))]
    if taken:
        raise UsageError(f"the table has a column '{taken[0]}' of its own: rename that of the data")
    odd = [c for c in outcomes if c in _TAKEN]
    if odd:
        raise UsageError(f"the table has a column '{odd[0]}' of its own: give the outcome another name")
