"""A cohort or any frame with named columns -> an event history as arrays, with what was left out and why.

All columns that an analysis uses (times, event, strata, cluster, weights, offset, groups, covariates) are read in one
go, so that a row with a missing value is left out of all of them, once, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.models.designmatrix.coding import plain
from clemency.models.kernel.sametime import made_equal, moved_onto
from clemency.models.modelframe.arguments import unit_of
from clemency.models.modelframe.exclusions import Exclusions, check_weights, column_names, require_columns
from clemency.models.modelframe.frames import Table, as_table, numbers
from clemency.models.modelframe.groups import Labels, codes, ids_alike, labels, levels_of
from clemency.models.modelframe.status import CENSORED, event_codes
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.values.lookalikes import lookalikes, said
from clemency.typing import Bools, Floats, Ints

Names = str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class History:
    """Spells as arrays; n rows are left after exclusions, in the order of the data.

    Attributes
    ----------
    entry : ndarray of float, shape (n,), or None
        None where none was named: all are at risk from the beginning, at 0 too.
    exit : ndarray of float, shape (n,)
        Times that differ by rounding alone are equal here (:mod:`clemency.models.kernel.sametime`).
    event : ndarray of int, shape (n,)
        0 is censored, k the outcome ``outcomes[k - 1]``.
    outcomes : tuple of str
        Kinds of event, in order of declaration; ``("event",)`` for a 0/1 or boolean column.
    strata, groups : Labels
        By ``strata=`` and ``by=``.
    clusters : tuple of ndarray of int
        One array of codes per cluster column.
    cluster_names : tuple of str
    weight, offset : ndarray of float, shape (n,), or None
    rows : ndarray of int, shape (n,)
        Positions of these rows in the data as given.
    covariates : dict of Series, n values each
        The covariate columns that were asked for, in simple storage: numbers, yes/no, text or categories.
    index : Index
        Of the data, for these rows.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: one row per reason; ``first_rows`` names up to five rows by their index.
    columns : dict
        Which column served as what.
    unit : str or None
        Of the times: ``"months"`` for a cohort, else what ``time_unit=`` names.
    since : str
        What a cohort counts its months from, such as ``custody``; empty for a frame.
    alike : tuple of str
        What to say of strata, groups and clusters whose names differ by blanks, capitals or the form of a letter only.
    """

    entry: Floats | None
    exit: Floats
    event: Ints
    outcomes: tuple[str, ...]
    strata: Labels
    groups: Labels
    clusters: tuple[Ints, ...]
    cluster_names: tuple[str, ...]
    weight: Floats | None
    offset: Floats | None
    rows: Ints
    covariates: dict[str, pd.Series]
    index: pd.Index
    exclusions: pd.DataFrame
    columns: dict[str, Any]
    unit: str | None = None
    since: str = ""
    alike: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.exit)

    def has(self, outcome: str | Iterable[str] | None = None) -> Bools:
        """Which spells ended in the outcome (any of several); every event if None, which must then be of one kind.

        Raises
        ------
        UsageError
            For an outcome that is not among ``outcomes``, or none named where there are several.
        """
        code = self.code_of(outcome)
        return np.isin(self.event, code) if len(self.outcomes) > 1 else self.event == 1

    def code_of(self, outcome: str | Iterable[str] | None) -> list[int]:
        """Codes of the named outcomes in ``event``."""
        column = self.columns.get("event")
        if outcome is None:
            if len(self.outcomes) > 1:
                raise UsageError(
                    f"'{column}' holds several kinds of event ({', '.join(self.outcomes)}): name one with outcome="
                )
            return [1]
        wanted = levels_of(outcome)
        unknown = [w for w in wanted if w not in self.outcomes]
        if unknown:
            raise UsageError(
                f"outcome {unknown[0]!r} is not an event in '{column}'; its events are: {', '.join(self.outcomes)}"
            )
        return [self.outcomes.index(w) + 1 for w in wanted]

    @property
    def counted(self) -> bool:
        """Whether the weights, if there are any, are numbers of cases."""
        return self.weight is None or bool((self.weight == np.floor(self.weight)).all())

    def matched(self, times: Floats) -> Floats:
        """Times asked for, each that is the same as one of the data made equal to it."""
        return moved_onto(times, self.entry, self.exit)

    @property
    def frame(self) -> pd.DataFrame:
        """The covariates as a table of n rows."""
        return pd.DataFrame(self.covariates, index=self.index, copy=False)

    @property
    def person_time(self) -> float:
        """Time at risk in units of the clock: the sum of (exit - entry), weighted if there are weights."""
        span = self.exit if self.entry is None else self.exit - self.entry
        return float(span.sum() if self.weight is None else span @ self.weight)


def history(
    data: Any,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    strata: Names = None,
    cluster: Names = None,
    weights: str | None = None,
    offset: str | None = None,
    by: Names = None,
    covariates: Iterable[str] = (),
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    without: tuple[Bools, str, str] | None = None,
) -> History:
    """Read spells from a cohort or a frame.

    Parameters
    ----------
    data : Cohort, DataFrame, mapping of columns, anything with ``to_pandas()``, or a Table made of one
        A cohort supplies ``entry``, ``exit`` and ``event``.
    exit, event, entry, weights, offset : str
        Column names. Times are numbers on one clock; those that differ by rounding alone are made equal. Without
        ``entry`` all are at risk from the beginning, and a spell that ends at 0 is one like any other; with it, and in
        a cohort, a spell without length is left out. ``event`` is 0/1, boolean, yes/no, true/false, alive/dead, or a
        column of words (text or categorical) of which ``"censored"`` means censoring, as does the first level of an
        ordered categorical. Numbers above 1 are refused: they may be counts or kinds.
    strata, cluster, by : str or sequence of str
        Columns whose combinations form strata or groups; each cluster column is a clustering of its own.
    covariates : iterable of str
        Further columns that must be present and complete.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored and each word is a kind of event.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count; a cohort counts months.
    without : (ndarray of bool, shape (N,), str, str), optional
        Further rows to leave out, the reason, and the column that it is told of.

    Returns
    -------
    History

    Raises
    ------
    UsageError
        For a column that is not there, is there twice or is not named by text, for an event without a word that is
        known to mean censoring, and for an unknown unit.
    DataError
        For values that cannot be read (text, yes and no, infinite or complex numbers where a number is meant, an event
        code other than 0 and 1, a negative weight), where most rows have impossible times, and where no spell is left.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = pd.DataFrame({"exit": [5, 7, None, 0], "event": [1, 0, 1, 1], "entry": 0})
    >>> history(spells, exit="exit", event="event").exit
    array([5., 7., 0.])
    >>> read = history(spells, exit="exit", event="event", entry="entry")
    >>> read.exit
    array([5., 7.])
    >>> read.exclusions[["reason", "column", "n"]]
              reason column  n
    0  missing value   exit  1
    1    zero-length   exit  1
    """
    table = as_table(data)
    frame, unit = table.frame, unit_of(table.cohort is not None, time_unit)
    exit, event, entry = _time_columns(table, exit, event, entry)
    c = _Columns(
        exit, event, entry, column_names(strata), column_names(cluster, repeated=True), weights, offset,
        column_names(by), tuple(dict.fromkeys(covariates)),
    )  # fmt: skip
    require_columns(frame, c.named())
    if not len(frame):
        raise DataError([_everybody_excluded(table) or Exclusions(frame.index).nothing_left()])
    given = _arrays(frame, c, censored)
    sieve = _sieve(frame, given, c)
    if without is not None:
        sieve.drop(*without)
    if not sieve.keep.any():
        raise DataError([sieve.nothing_left()])
    whole = bool(sieve.keep.all())
    keep, kept = (slice(None), frame) if whole else (sieve.keep, frame[sieve.keep])
    strata_labels, group_labels = labels(kept, c.strata), labels(kept, c.by)
    return History(
        entry=None if given.entry is None else given.entry[keep],
        exit=given.exit[keep],
        event=given.event[keep],
        outcomes=given.outcomes,
        strata=strata_labels,
        groups=group_labels,
        clusters=tuple(codes(kept[name]) for name in c.cluster),
        cluster_names=c.cluster,
        weight=None if given.weight is None else given.weight[keep],
        offset=None if given.offset is None else given.offset[keep],
        rows=np.flatnonzero(sieve.keep),
        covariates={name: plain(kept[name]) for name in c.covariates},
        index=kept.index,
        exclusions=sieve.table(),
        columns=c.told(),
        unit=unit,
        since=str(getattr(getattr(table.cohort, "rules", None), "clock", "")),
        alike=_alike(kept, c, strata_labels, group_labels, table.cohort is None),
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column of a frame serves as what."""

    exit: str
    event: str
    entry: str | None
    strata: tuple[str, ...]
    cluster: tuple[str, ...]
    weights: str | None
    offset: str | None
    by: tuple[str, ...]
    covariates: tuple[str, ...]

    def grouping(self) -> tuple[str, ...]:
        """Columns of strata, clusters and groups."""
        return (*self.strata, *self.cluster, *self.by)

    def named(self) -> list[str]:
        """All columns."""
        single = (self.exit, self.event, self.entry, self.weights, self.offset)
        return [c for c in (*single, *self.grouping(), *self.covariates) if c is not None]

    def told(self) -> dict[str, Any]:
        """As a history keeps them: the arguments of the call, covariates apart."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "covariates"}


@dataclass(frozen=True, slots=True)
class _Arrays:
    """Columns of all N rows as numbers, missing where empty; ``event`` is -1 where it is missing."""

    entry: Floats | None
    exit: Floats
    event: Ints
    outcomes: tuple[str, ...]
    weight: Floats | None
    offset: Floats | None


def _arrays(frame: pd.DataFrame, c: _Columns, censored: str | None) -> _Arrays:
    start, end = made_equal(None if c.entry is None else numbers(frame, c.entry), numbers(frame, c.exit))
    code, outcomes = event_codes(frame[c.event], c.event, censored)
    weight, offset = (None if name is None else numbers(frame, name) for name in (c.weights, c.offset))
    return _Arrays(start, end, code, outcomes, weight, offset)


def _sieve(frame: pd.DataFrame, given: _Arrays, c: _Columns) -> Exclusions:
    """Which rows are left, and why the others are not."""
    sieve = Exclusions(frame.index)
    times = ((c.exit, given.exit), (c.entry, given.entry), (c.weights, given.weight), (c.offset, given.offset))
    for name, values in times:
        if name is not None and values is not None:
            sieve.require(values, name)
    sieve.drop(given.event < 0, "missing value", c.event)
    for name in dict.fromkeys([*c.grouping(), *c.covariates]):
        sieve.require(frame[name], name)
    _check_times(sieve, given.entry, given.exit, c.entry, c.exit)
    if given.weight is not None:
        check_weights(sieve, given.weight, str(c.weights), frame.index)
    return sieve


def _alike(kept: pd.DataFrame, c: _Columns, strata: Labels, groups: Labels, foreign: bool) -> tuple[str, ...]:
    """Messages about names that look alike; a cohort's own ids are told of where it is made."""
    ids = [line for name in dict.fromkeys(c.cluster) if foreign for line in ids_alike(kept[name])]
    return tuple(dict.fromkeys([*names_alike(strata), *names_alike(groups), *ids]))


def names_alike(groups: Labels) -> list[str]:
    """Messages about groups whose names differ only by blanks, capitals or the form of a letter."""
    messages = []
    for name in groups.columns:
        values = groups.levels[name]
        if not pd.api.types.is_numeric_dtype(values.dtype):
            messages += said(name, lookalikes(values.dropna().unique()))
    return messages


def refuse_taken(by: Names, taken: Iterable[str]) -> None:
    """Refuse groups whose column has the name of one in the result."""
    for name in set(column_names(by)) & set(taken):
        raise UsageError(f"by={name!r} is the name of a column of the result too: rename that column of the data.")


def left_out(read: History) -> str:
    """Say how many rows are left out and why; "" if none is."""
    exclusions = read.exclusions
    if exclusions.empty:
        return ""
    reasons = "; ".join(f"{r.n} {r.reason} in '{r.column}'" for r in exclusions.itertuples())
    return f"{exclusions['n'].sum()} of {len(read) + exclusions['n'].sum()} rows are left out ({reasons})"


def _everybody_excluded(table: Table) -> Problem | None:
    """The problem that a cohort has left out every case, with the reasons; None for other data."""
    if not isinstance(table.cohort, Cohort) or table.cohort.exclusions.empty:
        return None
    reasons = "; ".join(f"{n} {why}" for why, n in table.cohort.exclusions["reason"].value_counts().items())
    message = f"no spell is left, since the cohort has left out every case ({reasons})"
    remedy = (
        "Fill in what is missing, or choose other options of cl.cohort; its exclusions name the reason of each case."
    )
    return Problem("data", None, "", "", message, remedy)


def _time_columns(table: Table, exit: str | None, event: str | None, entry: str | None) -> tuple[str, str, str | None]:
    if table.cohort is not None:
        return exit or "exit", event or "event", entry or "entry"
    missing = [n for n, v in (("exit", exit), ("event", event)) if v is None]
    if missing or exit is None or event is None:
        raise UsageError(f"name the column with {missing[0]}= (only a Cohort supplies it)")
    return exit, event, entry


def _check_times(sieve: Exclusions, entry: Floats | None, exit: Floats, entry_name: str | None, exit_name: str) -> None:
    before = int(sieve.keep.sum())
    sieve.drop(exit < 0, "negative time", exit_name)
    if entry is not None:
        sieve.drop(entry < 0, "negative time", str(entry_name))
        sieve.drop(exit < entry, "exit before entry", exit_name)
    wrong = before - int(sieve.keep.sum())
    if entry is not None:
        sieve.drop(exit == entry, "zero-length", exit_name)
    if 2 * wrong > len(exit) and sieve.keep.any():
        what = f"{wrong} of {len(exit)} rows have impossible times ({sieve.said()})"
        remedy = "Look at the columns named in the call and at the clock: entry comes before exit, and is not negative."
        raise DataError([Problem("data", None, "", "", what, remedy)])


@contextmanager
def telling_left_out(read: History) -> Iterator[None]:
    """Add to errors raised inside that more than a quarter of the rows were left out, if so.

    A column read the wrong way round leaves few rows, and a model of few rows fails with separation or a constant term:
    true, and no help.
    """
    try:
        yield
    except DataError as error:
        out = int(read.exclusions["n"].sum())
        if 3 * out <= len(read):
            raise
        remedy = "That may be why the fit fails: look at these columns first."
        raise DataError([Problem("data", None, "", "", left_out(read), remedy), *error.problems]) from error
