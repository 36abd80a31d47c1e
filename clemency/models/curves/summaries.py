"""Curves -> limits, quantiles, areas, differences between groups, and simultaneous bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import plotted
from clemency.figures.theme.wording import MOST_CURVES, event_name, share_label
from clemency.models.curves.aalenjohansen import Functional, area, at_time, covariance, paths, robust_covariance
from clemency.models.curves.checks import without_error
from clemency.models.curves.steps import (
    StepCurves,
    check_seen,
    count_in_groups,
    group_of,
    known_by_group,
    known_until,
    parts,
    paths_of,
)
from clemency.models.kernel.paths import Path
from clemency.models.modelframe.arguments import months, shares, summed
from clemency.models.regression.crossings import reaches
from clemency.models.regression.limits import critical
from clemency.records.errors import UsageError
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def values_at(curves: StepCurves, times: float | Sequence[float]) -> pd.DataFrame:
    """Rows of the curves at given times; see :meth:`Curves.at`."""
    asked = months(times)
    wanted, keys = curves.history.matched(asked), ["outcome", *curves.by]
    found, known = [], known_by_group(curves.history, paths(curves.history, [])[0])
    for values, part in parts(curves):
        row = np.searchsorted(part["time"].to_numpy(), wanted, side="right") - 1
        start = {"estimate": 1.0 if curves.kind == "survival" else 0.0, "std_error": 0.0}
        start |= dict.fromkeys(("ci_low", "ci_high"), np.nan)
        here = pd.DataFrame({"time": asked, **dict(zip(keys, values, strict=True))})
        here["at_risk"] = count_in_groups(curves.history, dict(zip(keys[1:], values[1:], strict=True)), wanted)
        here["n_event"] = np.r_[0.0, np.cumsum(part["n_event"])][row + 1]
        late = wanted > known[tuple(values[1:])]
        for column, first in start.items():
            here[column] = np.where(late, np.nan, np.r_[first, part[column].to_numpy()][row + 1])
        found.append(here)
    return pd.concat(found, ignore_index=True)[curves.table.columns]


def quantiles(curves: StepCurves, p: float | Sequence[float]) -> pd.DataFrame:
    """Times at which the curves and their limits reach shares p; see :meth:`Curves.quantile`."""
    wanted = shares(p)
    keys, found = ["outcome", *curves.by], []
    for values, part in parts(curves):
        time, names = part["time"].to_numpy(), ("estimate", "ci_low", "ci_high")
        curve, low, high = (part[c].to_numpy() if curves.kind == "incidence" else 1 - part[c].to_numpy() for c in names)
        if curves.kind == "survival":
            low, high = high, low
        end = _last_exit(curves, values[1:])
        sure = curve < 1  # where all have had the event there are no limits
        low, high = np.nan_to_num(low), np.nan_to_num(high)  # where there are none, they have reached nothing
        # the higher limit of the curve reaches p first
        when = [reaches(time, curve, wanted, end), *(reaches(time[sure], c[sure], wanted, end) for c in (high, low))]
        front = {"p": wanted, **dict(zip(keys, values, strict=True))}
        found.append(pd.DataFrame({**front, "quantile": when[0], "ci_low": when[1], "ci_high": when[2]}))
    return pd.concat(found, ignore_index=True)


def _last_exit(curves: StepCurves, group: tuple[Any, ...]) -> float:
    h = curves.history
    return float(h.exit[h.groups.code == group_of(curves, group)].max()) if group else float(h.exit.max())


def restricted_means(curves: StepCurves, until: float) -> pd.DataFrame:
    """Areas below the curves with limits; see :meth:`Curves.restricted_mean`."""
    pairs = list(paths_of(curves))
    end = _checked_until(curves, pairs[0][1], until)
    z, found = critical(curves.ci_level), []
    for outcome, path in pairs:
        value, matrix = _functional(curves, path, area(path, end))
        error = np.sqrt(np.diag(matrix))
        half = z * np.where(without_error(np.diag(matrix), until), np.nan, error)
        front = _front(curves, {"until": until, "outcome": outcome})
        low, high = np.clip(value - half, 0, None), np.clip(value + half, None, until)
        found.append(front.assign(estimate=value, std_error=error, ci_low=low, ci_high=high))
    return _joined(found, curves)


def differences(
    curves: StepCurves, times: float | Sequence[float] | None, until: float | None, reference: Any
) -> pd.DataFrame:
    """Differences of groups from a reference; see :meth:`Curves.difference`."""
    if (times is None) == (until is None):
        raise UsageError("Give either times= (to compare the curves) or until= (to compare restricted means).")
    if len(curves.history.groups) < 2:
        raise UsageError("There is one curve: differences need groups, by=.")
    base, pairs = group_of(curves, reference), list(paths_of(curves))
    name, asked = ("until", np.array([until])) if times is None else ("time", months(times))
    if not len(asked):
        raise UsageError("times= names no time.")
    found, groups = [], curves.history.groups
    others = np.delete(np.arange(len(groups)), base)
    if until is None:
        wanted = curves.history.matched(asked)
        check_seen(curves.history, pairs[0][1], wanted)
    else:
        wanted = np.array([_checked_until(curves, pairs[0][1], until)])
    for outcome, path in pairs:
        for shown, t in zip(asked, wanted, strict=True):
            value, matrix = _functional(curves, path, at_time(path, t) if until is None else area(path, t))
            none = without_error(np.diag(matrix), until or 1.0)
            if until is None:  # sums that cancel there leave rounding
                none |= (np.abs(value) < 1e-12) | (np.abs(1 - value) < 1e-12)
            matrix[none], matrix[:, none] = np.nan, np.nan
            columns = gaps(value, matrix, base, curves.ci_level)
            front = _front(curves, {name: shown, "outcome": outcome}).iloc[others]
            found.append(front.assign(reference=groups.names()[base], **columns))
    return _joined(found, curves)


def gaps(value: Floats, matrix: Floats, base: int, level: float) -> dict[str, Floats]:
    """Differences of groups from one of them with errors and limits: NaN where the error is zero, that is unknown.

    Parameters
    ----------
    value : ndarray, shape (G,)
    matrix : ndarray, shape (G, G)
        Their covariance.
    base : int
        Group that the others are compared with.
    level : float
    """
    others = np.delete(np.arange(len(value)), base)
    gap = value[others] - value[base]
    variance = np.diag(matrix)[others] + matrix[base, base] - 2 * matrix[others, base]
    scale = np.diag(matrix)[others] + matrix[base, base]
    error = np.sqrt(np.where(variance > 1e-13 * scale, variance, np.nan))  # what is left of numbers that cancel is none
    half, statistic = critical(level) * error, gap / error
    p = 2 * special.ndtr(-np.abs(statistic))
    ends = {"ci_low": gap - half, "ci_high": gap + half}
    return {"estimate": gap, "std_error": error, "statistic": statistic, "p_value": p} | ends


def _functional(curves: StepCurves, path: Path, of: Functional) -> tuple[Floats, Floats]:
    h = curves.history
    cluster = h.clusters[0] if h.clusters else None
    if curves.variance == "robust":
        return of.value, robust_covariance(h, path, of, cluster)
    return of.value, covariance(path, of, h.weight, cluster, robust=False)


def _front(curves: StepCurves, first: dict[str, Any]) -> pd.DataFrame:
    groups = curves.history.groups
    levels = groups.levels[list(groups.columns)]
    return pd.DataFrame(first, index=levels.index).join(levels)


def _joined(parts: list[pd.DataFrame], curves: StepCurves) -> pd.DataFrame:
    table = pd.concat(parts, ignore_index=True)
    if curves.kind == "incidence":
        table["outcome"] = pd.Categorical(table["outcome"], categories=curves.table["outcome"].cat.categories)
    return table


def _checked_until(curves: StepCurves, path: Path, until: float) -> float:
    """End of an area as one of the times of the data, where it is the same; refuse it where a curve is not known."""
    if not isinstance(until, (int, float, np.number)) or isinstance(until, bool):
        raise UsageError(f"until= must be a number on the clock, such as months, not {until!r}.")
    if not 0 < until < np.inf:
        raise UsageError(f"until={until:g} must be a time above 0.")
    h = curves.history
    end, known = float(h.matched(np.array([float(until)]))[0]), known_until(h, path)
    least = int(np.argmin(known))
    if end > known[least]:
        where = f" of {h.groups.names()[least]}" if h.groups.columns else ""
        raise UsageError(
            f"until={until:g} is later than the last exit{where}, {known[least]:g}, when some were still at risk: "
            "nothing is known of the curve there."
        )
    return end


def counts(curves: StepCurves) -> pd.DataFrame:
    """Give the spells, time at risk and events of each group; see :meth:`Curves.glance`."""
    h = curves.history
    G, code = len(h.groups), h.groups.code
    span = h.exit if h.entry is None else h.exit - h.entry
    rising = curves.kind == "incidence"
    shown = np.isin(h.event, h.code_of(curves.table["outcome"].cat.categories)) if rising else h.event > 0
    found = h.groups.levels[list(curves.by)].assign(
        n=np.bincount(code, minlength=G),
        **summed(np.bincount(code, span, minlength=G), h.unit),
        events=np.bincount(code[shown], minlength=G),
    )
    return found.assign(competing=np.bincount(code[(h.event > 0) & ~shown], minlength=G)) if rising else found


def draw(
    curves: StepCurves, ax: Axes | None, outcome: str | None, until: float | None, asked: Mapping[str, Any]
) -> Axes:
    """Draw step curves with numbers at risk; see :meth:`Curves.plot`."""
    from clemency.figures import step_curves

    h, by = curves.history, list(curves.by)
    if outcome is not None and outcome not in h.outcomes:
        raise UsageError(f"outcome={outcome!r} is not one of: {', '.join(h.outcomes) or 'no event'}.")
    table = curves.table if outcome is None else curves.table[curves.table["outcome"] == outcome]
    last = pd.Series(h.exit).groupby(h.groups.code).max()
    groups = h.groups.levels[by].assign(last=last)
    n = max(len(groups) * table["outcome"].nunique(), len(groups))
    if n > MOST_CURVES:
        raise UsageError(
            f"{n} curves in one figure cannot be told apart (at most {MOST_CURVES}): name one outcome=, or pool "
            f"the levels of {', '.join(by)}"
        )
    start = 1.0 if curves.kind == "survival" else 0.0
    options: dict[str, Any] = {"until": until, "start": start, "groups": groups, "unit": h.unit, "since": h.since}
    named = [outcome] if outcome else list(dict.fromkeys(values[0] for values, _ in parts(curves)))
    return step_curves(
        table,
        ax=ax,
        by=by,
        at_risk=partial(count_in_groups, curves.history),
        ylabel=share_label(curves.kind, [event_name(named[0], h.columns["event"])] if len(named) == 1 else named),
        **options,
        **plotted(asked, step_curves, also=("outcome", "until")),
    )
