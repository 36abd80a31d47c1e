"""A frame with interval-censored times -> arrays, with what was left out and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.exclusions import Exclusions, check_weights, column_names, require_columns
from clemency.models.modelframe.frames import as_frame, numbers
from clemency.models.modelframe.groups import Labels, codes, labels
from clemency.models.modelframe.history import Names
from clemency.models.modelframe.measures import refuse_infinite
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

#: What to do with an upper end that is no number.
_NOT_YET = "Mend the cell; an empty one means that the event is not known to have happened."


@dataclass(frozen=True, slots=True)
class Intervals:
    """n cases whose event lies in (lower, upper], or at lower where the two are equal.

    Attributes
    ----------
    times : Times
        Of the n cases; ``upper`` is infinite for those without the event, ``weight`` one without weights. Times that
        differ by rounding alone are equal. Without ``entry`` and with events at 0 all are at risk before 0 (from -1).
    weighted : bool
    groups : Labels
        By ``by=``.
    cluster : ndarray of int, shape (n,), or None
    frame : DataFrame, n rows
        The covariate columns that were asked for.
    rows : ndarray of int, shape (n,)
        Positions in the data as given.
    exclusions : DataFrame
        ``reason, column, n, first_rows``.
    """

    times: Times
    weighted: bool
    groups: Labels
    cluster: Ints | None
    frame: pd.DataFrame
    rows: Ints
    exclusions: pd.DataFrame

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def whole(self) -> bool:
        """Whether every weight is a number of cases."""
        return bool(np.all(self.times.weight == np.floor(self.times.weight)))

    def part(self, group: int) -> Times:
        """Times of one group."""
        mine, t = self.groups.code == group, self.times
        return Times(t.lower[mine], t.upper[mine], t.entry[mine], t.weight[mine])


def kinds(times: Times) -> dict[str, Bools]:
    """Which cases are exact, in an interval after they were seen without the event, in one since entry, or censored."""
    exact, open_ = times.lower == times.upper, np.isinf(times.upper)
    since = ~exact & ~open_ & (times.lower == np.maximum(times.entry, 0))
    return {"n_exact": exact, "n_interval": ~exact & ~open_ & ~since, "n_left": since, "n_right": open_}


def intervals(
    data: Any,
    lower: str | None,
    upper: str | None,
    entry: str | None = None,
    *,
    weights: str | None = None,
    cluster: str | None = None,
    by: Names = None,
    covariates: Iterable[str] = (),
) -> Intervals:
    """Read interval-censored times.

    Parameters
    ----------
    data : DataFrame, mapping of columns, anything with ``to_pandas()``, or a Table made of one
    lower, upper : str
        Columns: the last time at which the event is known not to have happened, and the first at which it is known to
        have happened. Equal: an exact time. Missing or infinite ``upper``: not known to have happened.
    entry : str, optional
        Column of the time since which a case could have been seen. Without it a case can have had the event at 0.
    weights, cluster : str, optional
    by : str or sequence of str, optional
    covariates : iterable of str

    Returns
    -------
    Intervals

    Raises
    ------
    UsageError
        For a column that is not there or not named.
    DataError
        For values that cannot be read, negative weights, or where nothing is left.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"seen": [3, 0, 5, 4], "gone": [3, 6, None, 2]})
    >>> read = intervals(d, "seen", "gone")
    >>> read.times.upper.tolist(), read.exclusions["reason"].tolist()
    ([3.0, 6.0, inf], ['upper before lower'])
    """
    frame = as_frame(data)
    if lower is None or upper is None:
        raise UsageError("name both columns of an interval: lower= and upper=")
    names = column_names(by)
    others = list(dict.fromkeys([*([cluster] if cluster else []), *names, *covariates]))
    require_columns(frame, [c for c in (lower, upper, entry, weights, *others) if c is not None])
    low, high = numbers(frame, lower), numbers(frame, upper, infinite=True, mend=_NOT_YET)
    refuse_infinite(np.where(high > 0, 0.0, high), upper)
    high = np.where(np.isnan(high), np.inf, high)
    low, high, start = made_equal(low, high, np.zeros(len(frame)) if entry is None else numbers(frame, entry))
    if entry is None and ((low == 0) & (high == 0)).any():
        start = np.full(len(frame), -1.0)
    weight = np.ones(len(frame)) if weights is None else numbers(frame, weights)
    sieve = Exclusions(frame.index)
    for name, values in ((lower, low), (entry, start), (weights, weight)):
        if name is not None:
            sieve.require(values, name)
    for name in others:
        sieve.require(frame[name], name)
    _check(sieve, low, high, start, (lower, upper, entry))
    if weights is not None:
        check_weights(sieve, weight, weights, frame.index)
    if not sieve.keep.any():
        raise DataError([sieve.nothing_left()])
    keep, kept = sieve.keep, frame[sieve.keep]
    return Intervals(
        times=Times(low[keep], high[keep], start[keep], weight[keep]),
        weighted=weights is not None,
        groups=labels(kept, names),
        cluster=None if cluster is None else codes(kept[cluster]),
        frame=pd.DataFrame({c: kept[c] for c in dict.fromkeys(covariates)}, index=kept.index),
        rows=np.flatnonzero(keep),
        exclusions=sieve.table(),
    )


def _check(sieve: Exclusions, low: Floats, high: Floats, start: Floats, names: tuple[str, str, str | None]) -> None:
    lower, upper, entry = names
    sieve.drop(low < 0, "negative time", lower)
    if entry is not None:
        sieve.drop(start < 0, "negative time", entry)
    sieve.drop(high < low, "upper before lower", upper)
    sieve.drop(low < start, "lower before entry", lower)
    sieve.drop((low == start) & (high == low), "zero-length", upper)
    sieve.drop((low == start) & np.isinf(high), "nothing known after entry", lower)


def refuse_no_event(read: Intervals, upper: str) -> None:
    """Refuse data in which no case is known to have had the event."""
    if np.isinf(read.times.upper).all():
        who = "the only case is not" if len(read) == 1 else f"none of the {len(read)} cases is"
        what = f"{who} known to have had the event"
        remedy = "An estimate needs events; look at the column and at the exclusions."
        raise DataError([Problem("data", None, upper, "", what, remedy)])


@dataclass(frozen=True, slots=True)
class Times:
    """What is known of n cases: times in (lower, upper], entries and weights, each of shape (n,)."""

    lower: Floats
    upper: Floats
    entry: Floats
    weight: Floats
