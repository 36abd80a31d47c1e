"""Counting processes of groups as data: step functions without an upper bound, and what can be read off them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import plotted
from clemency.models.curves.steps import check_seen, count_in_groups, known_by_group, rows_of
from clemency.models.curves.summaries import gaps
from clemency.models.kernel.paths import Path
from clemency.models.modelframe.arguments import at_times, months, shown_times
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.history import History
from clemency.models.regression.limits import critical
from clemency.records.errors import UsageError
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class CountingCurves:
    """Mean numbers of events, or cumulative hazards, by group.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    by : tuple of str
    outcome : str
        What is counted.
    conf_type : {"log", "plain"}
    ci_level : float
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    warnings : DataFrame
        ``group, time, message``: where the estimate says less than it seems to.
    history : History
        The spells.
    path : Path
        The estimate with its counting processes.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    outcome: str
    conf_type: str
    ci_level: float
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    history: History = field(repr=False)
    path: Path = field(repr=False)

    def known(self) -> dict[tuple[Any, ...], float]:
        """Time up to which the curve of each group is known."""
        return known_by_group(self.history, self.path)

    def at_risk(self, group: dict[str, Any], times: Floats) -> Floats:
        """Weight at risk just before given times, in the groups with these values; shape (T,)."""
        return count_in_groups(self.history, group, times)

    def pieces(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        """Rows of the table by outcome and group, also for groups without an event."""
        return {(self.outcome, *g.values()): self.table[rows_of(self.table, g)] for g in labels_of(self)}

    def notes(self) -> list[str]:
        """Warnings and exclusions, one sentence each."""
        return [*self.warnings["message"], *left_out_lines(self.exclusions)]


def check_scale(conf_type: str) -> None:
    """Refuse unknown scales of limits."""
    if conf_type not in ("log", "plain"):
        raise UsageError(f"conf_type={conf_type!r} is not one of: log, plain.")


def times_shown(curves: CountingCurves) -> tuple[list[float], str]:
    """Times for a table of the curves, and these in words."""
    unit = curves.history.unit
    times = shown_times(float(curves.table["time"].max()) if len(curves.table) else 0.0, unit)
    return times, at_times(", ".join(f"{t:g}" for t in times), unit)


def tabulated(h: History, path: Path, outcome: str, error: Floats, limits: tuple[str, float]) -> pd.DataFrame:
    """Rows at the times of events.

    Parameters
    ----------
    h : History
    path : Path
    outcome : str
    error : ndarray, shape (D,)
        Standard error at each time of the path.
    limits : (str, float)
        Scale on which the limits are symmetric, ``"log"`` or ``"plain"``, and their level.
    """
    keep = path.n_event > 0
    estimate, error, group = path.estimate[keep], error[keep], path.sets.stratum[keep]
    z = critical(limits[1])
    if limits[0] == "plain":
        low, high = np.maximum(estimate - z * error, 0.0), estimate + z * error
    else:
        factor = np.exp(z * error / np.where(estimate > 0, estimate, np.inf))
        low, high = estimate / factor, estimate * factor
    columns: dict[str, Any] = {"time": path.sets.time[keep], "outcome": outcome}
    columns |= {c: h.groups.levels[c].array.take(group) for c in h.groups.columns}
    columns |= {"at_risk": path.at_risk[keep], "n_event": path.n_event[keep], "estimate": estimate, "std_error": error}
    return pd.DataFrame(columns | {"ci_low": low, "ci_high": high})


def labels_of(curves: CountingCurves) -> list[dict[Any, Any]]:
    """Values of the ``by`` columns of each group."""
    return curves.history.groups.levels[list(curves.by)].to_dict("records") if curves.by else [{}]


def values_at(curves: CountingCurves, times: float | Sequence[float]) -> pd.DataFrame:
    """Rows of the curves at given times."""
    asked, parts = months(times), []
    wanted = curves.history.matched(asked)
    for label, known in zip(labels_of(curves), curves.known().values(), strict=True):
        part = curves.table[rows_of(curves.table, label)]
        row = np.searchsorted(part["time"].to_numpy(), wanted, side="right")
        here = pd.DataFrame({"time": asked, "outcome": curves.outcome, **label})
        here["at_risk"] = curves.at_risk(label, wanted)
        here["n_event"] = np.r_[0.0, np.cumsum(part["n_event"])][row]
        for column, first in (("estimate", 0.0), ("std_error", 0.0), ("ci_low", np.nan), ("ci_high", np.nan)):
            here[column] = np.where(wanted > known, np.nan, np.r_[first, part[column].to_numpy()][row])
        parts.append(here)
    return pd.concat(parts, ignore_index=True)[curves.table.columns]


def differences(
    curves: CountingCurves,
    times: float | Sequence[float],
    reference: Any,
    moments: Callable[[float], tuple[Floats, Floats]],
) -> pd.DataFrame:
    """Differences of groups from one of them at given times.

    Parameters
    ----------
    curves : CountingCurves
    times : float or sequence of float
    reference : value or tuple of values, or None
        Of the ``by`` columns; the first group if None.
    moments : callable
        From a time to the value of each group's curve, shape (G,), and their covariance, shape (G, G), missing where
        it is not known.

    Raises
    ------
    UsageError
        Without groups, for a reference that is not there, and for times at which a group is no longer seen.
    """
    h, groups = curves.history, curves.history.groups
    if len(groups) < 2:
        raise UsageError("There are no groups to compare: name a column with by=.")
    base = 0 if reference is None else _number(curves, reference)
    others = np.delete(np.arange(len(groups)), base)
    asked, parts = months(times), []
    wanted = h.matched(asked)
    check_seen(h, curves.path, wanted)
    for shown, t in zip(asked, wanted, strict=True):
        value, matrix = moments(t)
        none = ~(np.diag(matrix) > 0)  # a group without an event: its error is not zero, but unknown
        matrix[none], matrix[:, none] = np.nan, np.nan
        front = pd.DataFrame({"time": shown, "outcome": curves.outcome}, index=others)
        front = front.join(groups.levels[list(curves.by)])
        parts.append(front.assign(reference=groups.names()[base], **gaps(value, matrix, base, curves.ci_level)))
    return pd.concat(parts, ignore_index=True)


def _number(curves: CountingCurves, reference: Any) -> int:
    values = reference if isinstance(reference, tuple) else (reference,)
    for i, label in enumerate(labels_of(curves)):
        if tuple(label.values()) == values:
            return i
    names = "; ".join(curves.history.groups.names())
    raise UsageError(f"There is no group {reference!r}; there are: {names}.")


def draw(curves: CountingCurves, ax: Axes | None, until: float | None, ylabel: str, asked: Mapping[str, Any]) -> Axes:
    """Step curves with limits, up to a time if one is given; numbers at risk stand below."""
    from clemency.figures import step_curves

    table, labels = curves.table, labels_of(curves)
    end = until or float(table["time"].max() if len(table) else curves.history.exit.max()) or 1.0
    none = [g for g in labels if not rows_of(table, g).any()]  # a flat line is a finding too
    zero = {"estimate": 0.0, "ci_low": 0.0, "ci_high": 0.0}
    flat = pd.DataFrame([{"time": end, "outcome": curves.outcome, **zero, **g} for g in none])
    shown = pd.concat([table, flat], ignore_index=True) if len(table) and none else table
    return step_curves(
        shown if len(shown) else flat,
        ax=ax, by=list(curves.by), at_risk=curves.at_risk, until=end, unit=curves.history.unit,
        since=curves.history.since, ylabel=ylabel, shares=False, **plotted(asked, step_curves, also=("until",)),
    )  # fmt: skip
