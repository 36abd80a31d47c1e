"""Curves as data: step functions by group with the spells behind them, and what can be read off both."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.curves.aalenjohansen import paths
from clemency.models.kernel.paths import Path
from clemency.models.kernel.riskset import count_at_risk
from clemency.models.modelframe.history import History
from clemency.models.regression.limits import share_limits
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class StepCurves:
    """Step functions with limits, and the spells behind them.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    by : tuple of str
    kind : {"survival", "incidence"}
    conf_type : {"log-log", "cloglog", "log", "plain"}
    ci_level : float
    variance : {"greenwood", "robust"}
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    warnings : DataFrame
        ``group, time, message``: where a curve says less than it seems to, and what to do.
    history : History
        The spells, from which numbers at risk, areas and differences are computed.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    kind: str
    conf_type: str
    ci_level: float
    variance: str
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    history: History = field(repr=False)


def count_in_groups(h: History, group: dict[str, Any], times: Floats) -> Floats:
    """Weight at risk just before given times, in the groups with these values; shape (T,)."""
    rows = rows_of(h.groups.levels, {k: v for k, v in group.items() if k in h.groups.columns})[h.groups.code]
    entry, weight = (None if v is None else v[rows] for v in (h.entry, h.weight))
    return count_at_risk(times, entry, h.exit[rows], weight)


def limits(estimate: Floats, error: Floats, kind: str, z: float) -> tuple[Floats, Floats]:
    """Limits of a curve, see :func:`clemency.models.regression.limits.share_limits`.

    Missing where the error is zero or missing, as before the first event and where all have had it: the data say
    nothing of the error there, and limits of no width would claim certainty.
    """
    low, high = (np.where(error > 0, v, np.nan) for v in share_limits(estimate, error, kind, z))
    return low, high


def parts(curves: StepCurves) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    """Outcome and group of each curve with its rows of the table: none where the group has no event of any kind."""
    table = curves.table
    if curves.kind == "incidence":
        outcomes = list(table["outcome"].cat.categories)
    else:
        outcomes = [table["outcome"].iloc[0] if len(table) else curves.history.outcomes[0]]
    levels = curves.history.groups.levels[list(curves.by)]
    groups = list(levels.itertuples(index=False, name=None)) if curves.by else [()]
    for outcome in outcomes:
        for group in groups:
            mine = (table["outcome"] == outcome).to_numpy()
            for column, value in zip(curves.by, group, strict=True):
                mine = mine & (table[column] == value).to_numpy()
            yield (outcome, *group), table[mine]


def check_seen(h: History, path: Path, times: Floats) -> None:
    """Refuse times at which a group is no longer seen, unless all of it had come to an end."""
    if not np.isfinite(times).all():
        raise UsageError("times= must be numbers on the clock.")
    for g, known in enumerate(known_until(h, path)):
        if times.max() > known:
            where = f" of {h.groups.names()[g]}" if h.groups.columns else ""
            raise UsageError(
                f"times={times.max():g} is later than the last exit{where}, {known:g}: nothing is known of the curve "
                "there."
            )


def known_until(h: History, path: Path) -> Floats:
    """Last exit of each group, infinite where all of it had come to an end by then; shape (G,)."""
    seen = np.zeros(len(h.groups))
    np.maximum.at(seen, h.groups.code, h.exit)
    for g, (i, j) in enumerate(itertools.pairwise(path.sets.first)):
        if j > i and path.n_free[j - 1] <= 0 and path.sets.time[j - 1] >= seen[g]:
            seen[g] = np.inf
    return seen


def known_by_group(h: History, path: Path) -> dict[tuple[Any, ...], float]:
    """Give :func:`known_until` by the values of the group's columns."""
    groups = h.groups
    values = groups.levels[list(groups.columns)].itertuples(index=False, name=None) if groups.columns else [()]
    return dict(zip(values, known_until(h, path).tolist(), strict=True))


def paths_of(curves: StepCurves) -> Iterator[tuple[Any, Path]]:
    """Outcomes with the estimates behind their curves."""
    h = curves.history
    if curves.kind == "survival":
        yield curves.table["outcome"].iloc[0] if len(curves.table) else h.outcomes[0], paths(h, [])[0]
        return
    names = list(curves.table["outcome"].cat.categories)
    yield from zip(names, paths(h, h.code_of(names)), strict=True)


def group_of(curves: StepCurves, reference: Any) -> int:
    """Number of the group with these values; the first if none is named."""
    groups = curves.history.groups
    if reference is None:
        return 0
    wanted = reference if isinstance(reference, tuple) else (reference,)
    for i, values in enumerate(groups.levels[list(groups.columns)].itertuples(index=False)):
        if tuple(values) == wanted:
            return i
    raise UsageError(f"There is no group {reference!r}; there are: {'; '.join(groups.names())}.")


def rows_of(frame: pd.DataFrame, label: dict[str, Any]) -> Bools:
    """Which rows have all these values."""
    found = np.ones(len(frame), dtype=bool)
    for column, value in label.items():
        found &= (frame[column] == value).to_numpy(dtype=bool)
    return found
