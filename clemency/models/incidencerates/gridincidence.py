"""Counts of competing ends and person-time on a grid of time -> the probability of each end by the grid's points.

Within each band the hazards are constant, so that counts and person-time are all that there is to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.models.incidencerates.tallies import tally
from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import column_names, left_out_lines, require_columns
from clemency.models.modelframe.frames import as_table, numbers
from clemency.models.modelframe.history import refuse_taken
from clemency.models.modelframe.measures import NEEDED, refuse
from clemency.models.regression.limits import critical
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("time", "outcome", "person_time", "n_event", "estimate", "std_error", "ci_low", "ci_high")


@dataclass(frozen=True, slots=True, eq=False)
class GridIncidence:
    """Result of `grid_incidence`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    by : tuple of str
    ci_level : float
    exclusions : DataFrame
        ``reason, column, n, first_rows``.
    warnings : tuple of str
        Rows that are the same as an earlier one, and groups whose curve ends before the grid does, and why.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    ci_level: float
    exclusions: pd.DataFrame
    warnings: tuple[str, ...]

    def tidy(self) -> pd.DataFrame:
        """Columns of `by`, then ``time, outcome, person_time, n_event, estimate, std_error, ci_low, ci_high``.

        ``time`` is the end of a band, ``person_time`` and ``n_event`` are those of the band, the estimate is the
        probability of the outcome by then. Limits are missing where there has been no event.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row: ``n_groups, n_bands, events, person_time``."""
        t = self.table
        first = t[t["outcome"] == t["outcome"].iloc[0]]
        groups = len(first[list(self.by)].drop_duplicates()) if self.by else 1
        row = {"n_groups": groups, "n_bands": first["time"].nunique(), "events": int(t["n_event"].sum())}
        return pd.DataFrame([{**row, "person_time": float(first["person_time"].sum())}])

    @typed
    def plot(self, outcome: str | Sequence[str] | None = None, ax: Axes | None = None, **options: Any) -> Axes:
        """One line for each group and outcome, with the estimates at the points of the grid and their limits.

        Parameters
        ----------
        outcome : str or sequence of str, optional
            The first by default.
        ax : Axes, optional
        options
            ``title, labels, palette, band, time_unit, order``: see :class:`clemency.figures.Look`.
        """
        from clemency.figures import grid_curves

        shown = [outcome] if isinstance(outcome, str) else list(outcome or [str(self.table["outcome"].iloc[0])])
        there = list(self.table["outcome"].unique())
        if lacking := [name for name in shown if name not in there]:
            raise UsageError(f"outcome={lacking[0]!r} is not one of: {', '.join(there)}.")
        return grid_curves(
            self.table[self.table["outcome"].isin(shown)],
            ax=ax,
            by=self.by,
            **plotted(options, grid_curves, also=("outcome",)),
        )

    def __repr__(self) -> str:
        lines = ["Incidence on a grid", self.table.to_string(index=False), *self.warnings]
        return "\n".join([*lines, *left_out_lines(self.exclusions)])

    def _repr_html_(self) -> str:
        head = f"Probability by the ends of bands in which hazards are constant, with {self.ci_level:.0%} limits."
        return as_html(head, self.table, [*self.warnings, *left_out_lines(self.exclusions)], "{:.4f}")


@typed
def grid_incidence(
    data: pd.DataFrame,
    by: str | Sequence[str] | None = None,
    *,
    count: str | Sequence[str],
    exposure: str,
    start: str = "start",
    stop: str = "stop",
    ci_level: float = 0.95,
) -> GridIncidence:
    """Cumulative incidence of competing ends from counts and person-time on a grid.

    Parameters
    ----------
    data : DataFrame
        Rows of totals, such as `register_person_time` gives; several of one group and band are added up.
    by : str or sequence of str, optional
        Columns whose combinations are the groups; missing values are excluded and counted.
    count : str or sequence of str
        Columns of counts, one for every end that takes a case out of observation. An end left out counts as censoring.
    exposure : str
        Column of the time at risk.
    start, stop : str
        Columns with the beginning and the end of each row's band, in the unit of the time at risk. The last band, which
        is open (``stop`` missing or infinite), is no part of the curves.
    ci_level : float

    Returns
    -------
    GridIncidence

    Raises
    ------
    UsageError
        For columns that are missing or named twice.
    DataError
        For bands that overlap or do not begin at 0, counts that are missing or not whole, and events without time at
        risk.

    Notes
    -----
    With hazards l_j constant in a band of length d, and l their sum, a share (l_j / l)(1 - exp(-l d)) of those who have
    had no end comes to end j in it. Errors come by the delta method from Poisson counts, limits on the scale
    log(-log(1 - F)). Where a group has no time at risk in a band its curve ends before it.

    References
    ----------
    P. K. Andersen and N. Keiding, Interpretability and importance of functionals in competing risks and multistate
    models, Statistics in Medicine 31 (2012), 1074-1088.

    Examples
    --------
    >>> import pandas as pd
    >>> grid = pd.DataFrame({"start": [0, 12], "stop": [12, 24], "act": [2, 1], "end": [0, 3], "months": [600, 300]})
    >>> found = grid_incidence(grid, count=["act", "end"], exposure="months").tidy()
    >>> found.query("outcome == 'act'")["estimate"].round(4).tolist()
    [0.0392, 0.0747]
    """
    check_level(ci_level)
    groups = list(column_names(by))
    refuse_taken(groups, COLUMNS)
    given = as_table(data)
    t = tally(given, groups, count=count, exposure=exposure, covariates=(start,), each=True)
    edges = [e[t.rows] for e in _edges(given.frame, start, stop, [*t.hits, exposure])]
    bands = _bands(edges[0], edges[1], start)
    open_ = ~np.isfinite(edges[1])
    code, n_groups, names = t.groups.code, len(t.groups), list(t.hits)
    place = np.searchsorted(bands[:, 0], edges[0])
    at = (code * (len(bands) + 1) + np.where(open_, len(bands), place)).astype(np.intp)
    size = n_groups * (len(bands) + 1)
    shape = (n_groups, len(bands) + 1)
    time = np.bincount(at, t.length, size).astype(np.float64).reshape(shape)[:, :-1]
    tallied = [np.bincount(at, t.hits[k], size).reshape(shape)[:, :-1] for k in names]
    events = np.stack(tallied, axis=-1).astype(np.float64)
    parts, warnings = [], list(t.warnings)
    for g in range(n_groups):
        empty = np.flatnonzero(time[g] == 0)
        m = int(empty[0]) if len(empty) else len(bands)
        if m < len(bands):
            who = ", ".join(str(v) for v in t.groups.levels[groups].iloc[g]) if groups else "the whole"
            warnings.append(f"{who}: nobody at risk from {bands[m, 0]:g} to {bands[m, 1]:g}; the curve ends there.")
        value, error = incidence_on_grid(events[g, :m], time[g, :m], np.diff(bands[:m], axis=1)[:, 0])
        for j, name in enumerate(names):
            part = _limits(value[:, j], error[:, j], ci_level)
            first = {c: t.groups.levels[c].iloc[g] for c in groups}
            cols = {"time": bands[:m, 1], "outcome": name, "person_time": time[g, :m]}
            parts.append(pd.DataFrame({**first, **cols, "n_event": events[g, :m, j].astype(np.int64), **part}))
    return GridIncidence(pd.concat(parts, ignore_index=True), tuple(groups), ci_level, t.exclusions, tuple(warnings))


def incidence_on_grid(events: Floats, time: Floats, length: Floats) -> tuple[Floats, Floats]:
    """Incidence of each end by the end of each band, with its error.

    Parameters
    ----------
    events : ndarray, shape (M, J)
    time, length : ndarray, shape (M,)
        Time at risk, and the length of the bands.

    Returns
    -------
    value, error : ndarray, shape (M, J)
    """
    M, J = events.shape
    rate = events / time[:, None]
    total = rate.sum(axis=1)
    stay = np.exp(-total * length)
    some = np.where(total > 0, total, 1.0)
    g = np.where(total > 0, (1 - stay) / some, length)
    slope = np.where(total > 0, (length * stay - g) / some, -(length**2) / 2)
    before = np.r_[1.0, np.cumprod(stay)[:-1]] if M else np.zeros(0)
    share = before[:, None] * rate * g[:, None]
    value = np.cumsum(share, axis=0)
    variance = np.zeros((M, J))
    for m in range(M):
        later = np.cumsum(np.where(np.arange(M)[:, None] > m, share, 0.0), axis=0)
        for i in range(J):
            own = before[m] * ((np.arange(J) == i) * g[m] + rate[m] * slope[m])
            change = np.where(np.arange(M)[:, None] >= m, own, 0.0) - length[m] * later
            variance += change**2 * events[m, i] / time[m] ** 2
    return value, np.sqrt(variance)


def _limits(value: Floats, error: Floats, ci_level: float) -> dict[str, Any]:
    inside = (value > 0) & (value < 1) & (error > 0)
    safe = np.where(inside, value, 0.5)
    log = np.log(-np.log1p(-safe))
    spread = critical(ci_level) * error / ((1 - safe) * -np.log1p(-safe))
    low, high = (np.where(inside, -np.expm1(-np.exp(log + side * spread)), np.nan) for side in (-1, 1))
    return {"estimate": value, "std_error": error, "ci_low": low, "ci_high": high}


#: What to do with an end of a band that is no number.
_OPEN = "Mend the cell; an empty one is the end of an open band."


def _edges(frame: pd.DataFrame, start: str, stop: str, needed: Sequence[str]) -> list[Floats]:
    """Beginnings and ends of the bands, those that differ by rounding alone made equal; all numbers must be there."""
    require_columns(frame, [stop])
    begin, end = numbers(frame, start), numbers(frame, stop, infinite=True, mend=_OPEN)
    refuse(end == -np.inf, end, stop, "a band cannot end there", "Leave the end of the open band empty, or give inf.")
    closed = np.isfinite(end)
    gaps = [
        Problem("data", int(i), name, "", "missing: a band without it is lost", "Fill it, a count of none with 0.")
        for name in (*needed, start)
        for i in np.flatnonzero(closed & np.isnan(numbers(frame, name, mend=NEEDED)))
    ]
    if gaps:
        raise DataError(gaps)
    return made_equal(begin, end)


def _bands(start: Floats, stop: Floats, name: str) -> Floats:
    """Finite bands in order, shape (M, 2); they must follow each other from 0."""
    bands = np.unique(np.column_stack([start, stop])[np.isfinite(stop)], axis=0)
    if not len(bands):
        raise DataError([Problem("data", None, name, "", "no band has an end", "Give the end of each band in stop=.")])
    expected = np.r_[0.0, bands[:-1, 1]]
    wrong = np.flatnonzero((bands[:, 0] != expected) | (bands[:, 1] <= bands[:, 0]))
    if len(wrong):
        a, b = bands[wrong[0]]
        message = f"the band from {a:g} to {b:g} does not begin where the one before ends ({expected[wrong[0]]:g})"
        raise DataError([Problem("data", None, name, f"{a:g}", message, "Cut all rows at the same times, from 0.")])
    return bands
