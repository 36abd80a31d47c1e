"""The one event-history form: a cohort or any frame with named columns to arrays, with what was left out and why.

All columns that an analysis uses (times, event, strata, cluster, weights, offset, groups, covariates) are read in one
go, so that a row with a missing value is left out of all of them, once, and counted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.models.coding import gaps, grouped, plain
from clemency.models.endings import CENSORED, event_codes
from clemency.models.measures import measures, refuse_infinite
from clemency.models.riskset import LARGEST, SMALLEST
from clemency.models.sametime import made_equal, moved_onto
from clemency.models.timeunits import unit_of
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.lookalikes import lookalikes, said
from clemency.typing import Bools, Floats, Ints

Names = str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Labels:
    """A grouping of the rows: codes 0 to G - 1 and a frame of G rows with the value of each column for each code.

    ``columns`` is empty (and G is 1) where nothing was named. Order of groups: categories as declared, else sorted.
    """

    columns: tuple[str, ...]
    code: Ints
    levels: pd.DataFrame

    def __len__(self) -> int:
        return len(self.levels)

    def names(self) -> list[str]:
        """One readable name per group, such as ``"Sichuan"`` or ``"Sichuan, female"``."""
        return [", ".join(str(v) for v in row) for row in self.levels.itertuples(index=False)]


@dataclass(frozen=True, slots=True)
class History:
    """Spells as arrays; n rows are left after exclusions, in the order of the data.

    Attributes
    ----------
    entry : ndarray of float, shape (n,), or None
        None where none was named: all are at risk from the beginning, at 0 too.
    exit : ndarray of float, shape (n,)
        Times that differ by rounding alone are equal here (:mod:`clemency.models.sametime`).
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
) -> History:
    """Read spells from a cohort or a frame.

    Parameters
    ----------
    data : Cohort, DataFrame, mapping of columns, or anything with ``to_pandas()``
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

    Returns
    -------
    History

    Raises
    ------
    UsageError
        For a column that is not there, is there twice or is not named by text, for an event without a word that is
        known to mean censoring, and for a unit that is none.
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
    unit = unit_of(is_cohort(data), time_unit)
    frame, exit, event, entry = _source(data, exit, event, entry)
    covariates = list(dict.fromkeys(covariates))
    strata_names, cluster_names, by_names = column_names(strata), column_names(cluster), column_names(by)
    used = [exit, event, entry, weights, offset, *strata_names, *cluster_names, *by_names, *covariates]
    _require(frame, [c for c in used if c is not None])
    if not len(frame):
        raise DataError([_everybody_excluded(data) or _Sieve(frame.index).nothing_left()])

    start, end = made_equal(None if entry is None else numbers(frame, entry), numbers(frame, exit))
    code, outcomes = event_codes(frame[event], event, censored)
    weight = None if weights is None else numbers(frame, weights)
    shift = None if offset is None else numbers(frame, offset)

    sieve = _Sieve(frame.index)
    for name, values in ((exit, end), (entry, start), (weights, weight), (offset, shift)):
        if name is not None and values is not None:
            sieve.require(values, name)
    sieve.drop(code < 0, "missing value", event)
    columns = {c: frame[c] for c in (*covariates, *strata_names, *cluster_names, *by_names)}
    for name in dict.fromkeys([*strata_names, *cluster_names, *by_names, *covariates]):
        sieve.require(columns[name], name)
    _check_times(sieve, start, end, entry, exit)
    if weight is not None:
        _check_weights(sieve, weight, str(weights), frame.index)

    if not sieve.keep.any():
        raise DataError([sieve.nothing_left()])
    keep = None if sieve.keep.all() else sieve.keep
    kept = frame if keep is None else frame[keep]

    def left(values: npt.NDArray[Any] | None) -> Any:
        return values if values is None or keep is None else values[keep]

    by_strata, by_groups = labels(kept, strata_names), labels(kept, by_names)
    return History(
        entry=left(start),
        exit=left(end),
        event=left(code),
        outcomes=outcomes,
        strata=by_strata,
        groups=by_groups,
        clusters=tuple(codes(kept[c]) for c in cluster_names),
        cluster_names=cluster_names,
        weight=left(weight),
        offset=left(shift),
        rows=np.arange(len(frame)) if keep is None else np.flatnonzero(keep),
        covariates={c: plain(columns[c] if keep is None else kept[c]) for c in covariates},
        index=kept.index,
        exclusions=sieve.table(),
        columns={
            "exit": exit,
            "event": event,
            "entry": entry,
            "strata": strata_names,
            "cluster": cluster_names,
            "weights": weights,
            "offset": offset,
            "by": by_names,
        },
        unit=unit,
        alike=tuple(dict.fromkeys([*names_alike(by_strata), *names_alike(by_groups)])),
    )


def names_alike(groups: Labels) -> list[str]:
    """What to say of groups whose names differ by blanks, capitals or the form of a letter only."""
    found = []
    for name in groups.columns:
        values = groups.levels[name]
        if not pd.api.types.is_numeric_dtype(values.dtype):
            found += said(name, lookalikes(values.dropna().unique()))
    return found


def labels(frame: pd.DataFrame, columns: Sequence[str]) -> Labels:
    """Code the combinations of some columns that occur in the frame; one that is named twice counts once."""
    columns = list(dict.fromkeys(columns))
    if not columns:
        return Labels((), np.zeros(len(frame), dtype=np.intp), _ONE_GROUP)
    parts = [_factor(frame[c]) for c in columns]
    first, code = np.unique(parts[0][0], return_inverse=True)
    chosen = [first]
    for more, levels in parts[1:]:
        # Numbered anew after each column: codes stay below rows times levels, whatever the product of all levels is.
        used, code = np.unique(code.astype(np.int64) * len(levels) + more, return_inverse=True)
        before, place = np.divmod(used, len(levels))
        chosen = [*(c[before] for c in chosen), place]
    values = {c: levels.take(at) for c, (_, levels), at in zip(columns, parts, chosen, strict=True)}
    return Labels(tuple(columns), code.astype(np.intp), pd.DataFrame(values))


def codes(column: pd.Series) -> Ints:
    """Codes 0 to G - 1 of a column's distinct values, in no particular order; -1 where missing."""
    return grouped(column)[0]


def levels_of(values: Any) -> list[str]:
    """Names of one level (text or a number) or of several, each once and in this order; none for None."""
    if values is None:
        return []
    several = [values] if isinstance(values, Hashable) and not isinstance(values, tuple) else list(values)
    return list(dict.fromkeys(str(v) for v in several))


def refuse_taken(by: Names, taken: Iterable[str]) -> None:
    """Refuse groups whose column has the name of one in the result."""
    for name in set(column_names(by)) & set(taken):
        raise UsageError(f"by={name!r} is the name of a column of the result too: rename that column of the data.")


def left_out(read: History) -> str:
    """Say how many rows are left out and why; "" if none is."""
    found = read.exclusions
    if found.empty:
        return ""
    said = "; ".join(f"{r.n} {r.reason} in '{r.column}'" for r in found.itertuples())
    return f"{found['n'].sum()} of {len(read) + found['n'].sum()} rows are left out ({said})"


def people(data: Any) -> str | None:
    """Column of a cohort by which spells cluster: ``person_id`` where anyone gives more than one spell."""
    if not is_cohort(data) or "person_id" not in data.spells or data.spells["person_id"].is_unique:
        return None
    return "person_id"


def is_cohort(data: Any) -> bool:
    """Whether data have spells that name their columns themselves; a table with a column ``spells`` is no cohort."""
    if isinstance(data, pd.DataFrame | Mapping | np.ndarray):
        return False
    return isinstance(data, Cohort | ImputedCohort) or isinstance(getattr(data, "spells", None), pd.DataFrame)


def as_frame(data: Any) -> pd.DataFrame:
    """Take a cohort, DataFrame, mapping of columns, record array or anything with ``to_pandas()`` as a DataFrame."""
    frame = _table(data)
    if frame.columns.nlevels > 1:
        raise UsageError("the columns have names of several levels: give each a name of its own, as text")
    return frame


def _table(data: Any) -> pd.DataFrame:
    if is_cohort(data):
        return data.spells
    if isinstance(data, pd.DataFrame):
        return data
    if callable(getattr(data, "to_pandas", None)):
        return data.to_pandas()
    if isinstance(data, Mapping) or (isinstance(data, np.ndarray) and data.dtype.names):
        try:
            return pd.DataFrame(data)
        except ValueError as error:
            sizes = {k: np.size(v) for k, v in data.items()} if isinstance(data, Mapping) else {}
            said = ", ".join(f"{k}: {n} values" for k, n in sizes.items())
            raise UsageError(f"the columns make no table ({said or error}): give columns of equal length") from error
    raise UsageError(f"data must be a Cohort, a DataFrame or a mapping of columns, not {type(data).__name__}")


class _Sieve:
    """Rows still kept, and the reason why each of the others is not (the first reason counts)."""

    def __init__(self, index: pd.Index) -> None:
        self.index, self.keep = index, np.ones(len(index), dtype=bool)
        self.found: list[dict[str, Any]] = []

    def drop(self, bad: Bools, reason: str, column: str) -> None:
        out = np.flatnonzero(bad & self.keep) if bad.any() else np.empty(0, dtype=np.intp)
        if len(out):
            self.keep[out] = False
            rows = ", ".join(str(self.index[i]) for i in out[:5])
            self.found.append({"reason": reason, "column": column, "n": len(out), "first_rows": rows})

    def require(self, column: Floats | pd.Series, name: str) -> None:
        """Drop rows without a value; an infinite one is refused."""
        kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
        if kind in "biu" or (kind == "f" and np.isfinite(np.asarray(column)).all()):
            return
        missing, infinite = gaps(column if isinstance(column, pd.Series) else pd.Series(column))
        if infinite.any():
            refuse_infinite(np.where(infinite, plain(pd.Series(column)).to_numpy(dtype=np.float64), 0.0), name)
        self.drop(missing, "missing value", name)

    def table(self) -> pd.DataFrame:
        if not self.found:
            return _NO_EXCLUSIONS.copy()
        return pd.DataFrame(self.found, columns=["reason", "column", "n", "first_rows"])

    def said(self) -> str:
        return "; ".join(f"{f['n']} {f['reason']} in '{f['column']}'" for f in self.found)

    def nothing_left(self) -> Problem:
        why = self.said() or "the table is empty"
        return Problem("data", None, "", "", f"no spell is left ({why})", "Check the columns named in the call.")


def _everybody_excluded(data: Any) -> Problem | None:
    """What to say of a cohort that has left out every case, with the reasons; None for other data."""
    if not isinstance(data, Cohort) or data.exclusions.empty:
        return None
    reasons = "; ".join(f"{n} {why}" for why, n in data.exclusions["reason"].value_counts().items())
    message = f"no spell is left, since the cohort has left out every case ({reasons})"
    remedy = (
        "Fill in what is missing, or choose other options of cl.cohort; its exclusions name the reason of each case."
    )
    return Problem("data", None, "", "", message, remedy)


_ONE_GROUP = pd.DataFrame(index=range(1))
_NO_EXCLUSIONS = pd.DataFrame({"reason": [], "column": [], "n": np.empty(0, dtype=int), "first_rows": []})


def _source(
    data: Any, exit: str | None, event: str | None, entry: str | None
) -> tuple[pd.DataFrame, str, str, str | None]:
    frame = as_frame(data)
    if is_cohort(data):
        return frame, exit or "exit", event or "event", entry or "entry"
    missing = [n for n, v in (("exit", exit), ("event", event)) if v is None]
    if missing or exit is None or event is None:
        raise UsageError(f"name the column with {missing[0]}= (only a Cohort supplies it)")
    return frame, exit, event, entry


def column_names(names: Any) -> tuple[str, ...]:
    """Names of columns, given as one or several; none for None.

    Raises
    ------
    UsageError
        For values in place of names, such as ``by=d["sex"]``.
    """
    if names is None:
        return ()
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, Iterable) or isinstance(names, (pd.Series, pd.DataFrame, pd.Categorical, np.ndarray)):
        raise _not_a_name(names)
    several = tuple(names)
    for name in several:
        if not isinstance(name, str):
            raise _not_a_name(name)
    return several


def _not_a_name(value: Any) -> UsageError:
    return UsageError(
        f"columns are named by text, such as 'sex', not by {type(value).__name__}: put the values into the data and "
        "name their column"
    )


def _require(frame: pd.DataFrame, used: list[str]) -> None:
    for name in used:
        if not isinstance(name, str):
            raise _not_a_name(name)
        if name not in frame.columns:
            known = ", ".join(map(str, list(frame.columns)[:30]))
            raise UsageError(f"there is no column '{name}'; the columns are: {known}")
        if not frame.columns.is_unique and isinstance(frame[name], pd.DataFrame):
            n = frame[name].shape[1]
            raise UsageError(f"there are {n} columns '{name}': rename or drop all but one")


def numbers(frame: pd.DataFrame, name: str, *, infinite: bool = False) -> Floats:
    """Read a column as float, missing where empty; what is no finite number is refused by row."""
    return measures(frame[name], name, infinite=infinite)


def _factor(column: pd.Series) -> tuple[Ints, pd.Index]:
    """Codes and levels of a column; a categorical keeps its order, anything else is sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.intp), pd.Index(
            pd.CategoricalIndex(column.cat.categories, dtype=column.dtype)
        )
    return grouped(column, ordered=True)


def _check_times(sieve: _Sieve, entry: Floats | None, exit: Floats, entry_name: str | None, exit_name: str) -> None:
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


def _check_weights(sieve: _Sieve, weight: Floats, name: str, index: pd.Index) -> None:
    negative = np.flatnonzero(weight < 0)
    if len(negative):
        i = int(negative[0])
        raise DataError([Problem("data", i, name, f"{weight[i]:g}", "negative weight", "Weights are zero or more.")])
    sieve.drop(weight == 0, "zero weight", name)
    with np.errstate(invalid="ignore"):
        beyond = np.flatnonzero(sieve.keep & ((weight < SMALLEST) | (weight > LARGEST)))
    if len(beyond):
        i = int(beyond[0])
        message = f"a weight outside {SMALLEST:g} to {LARGEST:g}, whose sums are beyond what numbers hold"
        raise DataError([Problem("data", i, name, f"{weight[i]:g}", message, "Divide all weights by one number.")])
