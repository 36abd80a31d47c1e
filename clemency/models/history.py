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

from clemency.records.errors import DataError, Problem, UsageError

from .riskset import Bools, Floats, Ints

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
        None where every spell starts at 0.
    exit : ndarray of float, shape (n,)
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
        The covariate columns that were asked for.
    index : Index
        Of the data, for these rows.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: one row per reason; ``first_rows`` names up to five rows by their index.
    columns : dict
        Which column served as what.
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

    def __len__(self) -> int:
        return len(self.exit)

    def has(self, outcome: str | Iterable[str] | None = None) -> Bools:
        """Which spells ended in the outcome (any of several); every event if None, which must then be of one kind.

        Raises
        ------
        UsageError
            For an outcome that is not among ``outcomes``, or none named where there are several.
        """
        return np.isin(self.event, self.code_of(outcome)) if len(self.outcomes) > 1 else self._only(outcome)

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

    def _only(self, outcome: str | Iterable[str] | None) -> Bools:
        self.code_of(outcome)
        return self.event == 1

    @property
    def frame(self) -> pd.DataFrame:
        """The covariates as a table of n rows."""
        return pd.DataFrame(self.covariates, index=self.index, copy=False)

    @property
    def person_months(self) -> float:
        """Time at risk: the sum of (exit - entry), weighted if there are weights."""
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
) -> History:
    """Read spells from a cohort or a frame.

    Parameters
    ----------
    data : Cohort, DataFrame, mapping of columns, or anything with ``to_pandas()``
        A cohort supplies ``entry``, ``exit`` and ``event``.
    exit, event, entry, weights, offset : str
        Column names. Times are numbers on one clock. ``event`` is 0/1, boolean, or a categorical (or text) column
        whose level ``"censored"``, or else first level, is censoring; integers with 0 as censoring may hold several
        kinds.
    strata, cluster, by : str or sequence of str
        Columns whose combinations form strata or groups; each cluster column is a clustering of its own.
    covariates : iterable of str
        Further columns that must be present and complete.

    Returns
    -------
    History

    Raises
    ------
    UsageError
        For a column that is not there or not named.
    DataError
        For values that cannot be read (text among numbers, an event code without censoring, a negative weight), and
        where no spell is left.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = pd.DataFrame({"exit": [5, 7, None, 0], "event": [1, 0, 1, 1]})
    >>> read = history(spells, exit="exit", event="event")
    >>> read.exit
    array([5., 7.])
    >>> read.exclusions[["reason", "column", "n"]]
              reason column  n
    0  missing value   exit  1
    1    zero-length   exit  1
    """
    frame, exit, event, entry = _source(data, exit, event, entry)
    covariates = list(dict.fromkeys(covariates))
    strata_names, cluster_names, by_names = _names(strata), _names(cluster), _names(by)
    used = [exit, event, entry, weights, offset, *strata_names, *cluster_names, *by_names, *covariates]
    _require(frame, [c for c in used if c is not None])

    end, start = numbers(frame, exit), None if entry is None else numbers(frame, entry)
    code, outcomes = event_codes(frame[event], event)
    weight = None if weights is None else numbers(frame, weights)
    shift = None if offset is None else numbers(frame, offset)

    sieve = _Sieve(frame.index)
    for name, values in ((exit, end), (entry, start), (weights, weight), (offset, shift)):
        if name is not None and values is not None:
            sieve.drop(~np.isfinite(values), "missing value", name)
    sieve.drop(code < 0, "missing value", event)
    columns = {c: frame[c] for c in (*covariates, *strata_names, *cluster_names, *by_names)}
    for name in dict.fromkeys([*strata_names, *cluster_names, *by_names, *covariates]):
        sieve.drop(_missing(columns[name]), "missing value", name)
    _check_times(sieve, start, end, entry, exit)
    if weight is not None:
        _check_weights(sieve, weight, str(weights), frame.index)

    if not sieve.keep.any():
        raise DataError([sieve.nothing_left()])
    keep = None if sieve.keep.all() else sieve.keep
    kept = frame if keep is None else frame[keep]

    def left(values: npt.NDArray[Any] | None) -> Any:
        return values if values is None or keep is None else values[keep]

    return History(
        entry=left(start),
        exit=left(end),
        event=left(code),
        outcomes=outcomes,
        strata=labels(kept, strata_names),
        groups=labels(kept, by_names),
        clusters=tuple(codes(kept[c]) for c in cluster_names),
        cluster_names=cluster_names,
        weight=left(weight),
        offset=left(shift),
        rows=np.arange(len(frame)) if keep is None else np.flatnonzero(keep),
        covariates={c: columns[c] if keep is None else kept[c] for c in covariates},
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
    )


def labels(frame: pd.DataFrame, columns: Sequence[str]) -> Labels:
    """Code the combinations of some columns that occur in the frame."""
    if not columns:
        return Labels((), np.zeros(len(frame), dtype=np.intp), _ONE_GROUP)
    parts = [_factor(frame[c]) for c in columns]
    code = parts[0][0]
    for more, levels in parts[1:]:
        code = code * len(levels) + more
    used, code = np.unique(code, return_inverse=True)
    values: dict[str, Any] = {}
    for name, (_, levels) in reversed(list(zip(columns, parts, strict=True))):
        used, place = np.divmod(used, len(levels))
        values[name] = levels.take(place)
    return Labels(tuple(columns), code.astype(np.intp), pd.DataFrame({c: values[c] for c in columns}))


def codes(column: pd.Series) -> Ints:
    """Codes 0 to G - 1 of a column's distinct values, in no particular order."""
    code, _ = pd.factorize(column)
    return code.astype(np.intp, copy=False)


def levels_of(values: Any) -> list[str]:
    """Names of one level (text or a number) or of several, each once and in this order; none for None."""
    if values is None:
        return []
    several = [values] if isinstance(values, Hashable) and not isinstance(values, tuple) else list(values)
    return list(dict.fromkeys(str(v) for v in several))


def refuse_taken(by: Iterable[str], taken: Iterable[str]) -> None:
    """Refuse groups whose column has the name of one in the result."""
    for name in set(by) & set(taken):
        raise UsageError(f"by={name!r} is the name of a column of the result too: rename that column of the data.")


def people(data: Any) -> str | None:
    """Column of a cohort by which spells cluster: ``person_id`` where anyone gives more than one spell."""
    spells = getattr(data, "spells", None)
    if spells is None or "person_id" not in spells or spells["person_id"].is_unique:
        return None
    return "person_id"


def as_frame(data: Any) -> pd.DataFrame:
    """Take a cohort, DataFrame, mapping of columns, record array or anything with ``to_pandas()`` as a DataFrame."""
    if hasattr(data, "spells"):
        return data.spells
    if isinstance(data, pd.DataFrame):
        return data
    if hasattr(data, "to_pandas"):
        return data.to_pandas()
    if isinstance(data, Mapping) or (isinstance(data, np.ndarray) and data.dtype.names):
        return pd.DataFrame(data)
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

    def table(self) -> pd.DataFrame:
        if not self.found:
            return _NO_EXCLUSIONS.copy()
        return pd.DataFrame(self.found, columns=["reason", "column", "n", "first_rows"])

    def nothing_left(self) -> Problem:
        why = "; ".join(f"{f['n']} {f['reason']} in '{f['column']}'" for f in self.found) or "the table is empty"
        return Problem("data", None, "", "", f"no spell is left ({why})", "Check the columns named in the call.")


_ONE_GROUP = pd.DataFrame(index=range(1))
_NO_EXCLUSIONS = pd.DataFrame({"reason": [], "column": [], "n": np.empty(0, dtype=int), "first_rows": []})


def _source(
    data: Any, exit: str | None, event: str | None, entry: str | None
) -> tuple[pd.DataFrame, str, str, str | None]:
    frame = as_frame(data)
    if hasattr(data, "spells"):
        return frame, exit or "exit", event or "event", entry or "entry"
    missing = [n for n, v in (("exit", exit), ("event", event)) if v is None]
    if missing or exit is None or event is None:
        raise UsageError(f"name the column with {missing[0]}= (only a Cohort supplies it)")
    return frame, exit, event, entry


def _names(names: Names) -> tuple[str, ...]:
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def _require(frame: pd.DataFrame, used: list[str]) -> None:
    for name in used:
        if not isinstance(name, str):
            raise UsageError(f"columns are named by text, not by {type(name).__name__}: put the values into the data")
        if name not in frame.columns:
            known = ", ".join(map(str, list(frame.columns)[:30]))
            raise UsageError(f"there is no column '{name}'; the columns are: {known}")


def numbers(frame: pd.DataFrame, name: str) -> Floats:
    """Read a column as float, missing where empty; text that is no number is refused by row."""
    column = frame[name]
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "other"
    if kind in ("f", "i", "u", "b"):
        return column.to_numpy(dtype=np.float64)
    if kind in ("M", "m"):
        raise UsageError(f"'{name}' holds dates or durations: give numbers, such as months since custody")
    value = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero(value.isna().to_numpy() & ~column.isna().to_numpy())
    if len(bad):
        problems = [
            Problem("data", int(i), name, str(column.iloc[i]), "not a number", "Mend or empty the cell.") for i in bad
        ]
        raise DataError(problems)
    return value.to_numpy(dtype=np.float64, na_value=np.nan)


def _missing(column: pd.Series) -> Bools:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return ~np.isfinite(column.to_numpy())
    return column.isna().to_numpy()


def _factor(column: pd.Series) -> tuple[Ints, pd.Index]:
    """Codes and levels of a column; a categorical keeps its order, anything else is sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.intp), pd.Index(
            pd.CategoricalIndex(column.cat.categories, dtype=column.dtype)
        )
    code, levels = pd.factorize(column, sort=True)
    return code.astype(np.intp), pd.Index(levels)


def event_codes(column: pd.Series, name: str) -> tuple[Ints, tuple[str, ...]]:
    """Codes (-1 missing, 0 censored, k the k-th outcome) and names of the outcomes."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        levels, code = [str(c) for c in dtype.categories], np.asarray(column.cat.codes, dtype=np.intp)
        return _censoring_first(code, levels, "censored" if "censored" in levels else levels[0])
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return _numeric_events(column, name)
    present = column.dropna()
    if len(present) and all(isinstance(v, (bool, int, float, np.number, np.bool_)) for v in present):
        return _numeric_events(pd.to_numeric(column), name)
    code, found = pd.factorize(column, sort=True)
    levels = [str(v) for v in found]
    if "censored" not in levels:
        raise UsageError(f"'{name}' is text without the value 'censored': make it a categorical, censoring first")
    return _censoring_first(code.astype(np.intp), levels, "censored")


def _censoring_first(code: Ints, levels: list[str], censored: str) -> tuple[Ints, tuple[str, ...]]:
    at = levels.index(censored)
    order = [at] + [i for i in range(len(levels)) if i != at]
    place = np.empty(len(levels) + 1, dtype=np.intp)
    place[order] = np.arange(len(levels))
    place[-1] = -1  # code -1, a missing value, reads the last place
    return place[code], tuple(levels[i] for i in order[1:])


def _numeric_events(column: pd.Series, name: str) -> tuple[Ints, tuple[str, ...]]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biu" and len(column):
        code = column.to_numpy(dtype=np.intp)
        if code.min() >= 0 and code.max() <= 1:
            return code, ("event",)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    gone = ~np.isfinite(values)
    code = np.where(gone, -1, values).astype(np.intp)
    wrong = np.flatnonzero(~gone & ((code != values) | (code < 0)))
    if len(wrong):
        i = int(wrong[0])
        raise DataError(
            [
                Problem(
                    "data",
                    i,
                    name,
                    f"{values[i]:g}",
                    "not an event code",
                    "Use 0 for censored and 1, or a categorical.",
                )
            ]
        )
    top = int(code.max(initial=0))
    if top <= 1:
        return code, ("event",)
    kinds = np.unique(code[code > 0])
    if not np.any(code == 0):
        raise DataError(
            [
                Problem(
                    "data",
                    None,
                    name,
                    ", ".join(str(k) for k in kinds[:5]),
                    "several event codes and none is 0 (censored)",
                    "Recode to 0/1, or make it a categorical whose first level is censoring.",
                )
            ]
        )
    return np.where(code > 0, np.searchsorted(kinds, code) + 1, code), tuple(str(k) for k in kinds)


def _check_times(sieve: _Sieve, entry: Floats | None, exit: Floats, entry_name: str | None, exit_name: str) -> None:
    if entry is None:
        sieve.drop(exit < 0, "negative time", exit_name)
        sieve.drop(exit == 0, "zero-length", exit_name)
        return
    sieve.drop((entry < 0) | (exit < 0), "negative time", str(entry_name))
    sieve.drop(exit == entry, "zero-length", exit_name)
    sieve.drop(exit < entry, "exit before entry", exit_name)


def _check_weights(sieve: _Sieve, weight: Floats, name: str, index: pd.Index) -> None:
    negative = np.flatnonzero(weight < 0)
    if len(negative):
        i = int(negative[0])
        raise DataError([Problem("data", i, name, f"{weight[i]:g}", "negative weight", "Weights are zero or more.")])
    sieve.drop(weight == 0, "zero weight", name)
