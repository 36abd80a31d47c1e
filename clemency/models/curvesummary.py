"""Curves -> limits, quantiles, areas, differences between groups, and simultaneous bands."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special, stats

from clemency.models.bands import equal_precision, hall_wellner, simulated
from clemency.models.curvechecks import months, without_error
from clemency.models.curvevariance import Functional, Path, alone, area, at_time, covariance, paths
from clemency.models.history import History
from clemency.models.riskset import count_at_risk
from clemency.models.scales import SCALES, share_limits
from clemency.records.errors import UsageError
from clemency.typing import Floats

if TYPE_CHECKING:
    from clemency.models.curves import Curves

#: Differences below this are rounding: R's tolerance in the quantiles of a curve.
_FLAT = float(np.sqrt(np.finfo(float).eps))


def limits(estimate: Floats, error: Floats, kind: str, z: float) -> tuple[Floats, Floats]:
    """Limits of a curve, see :func:`clemency.models.scales.share_limits`.

    Missing where the error is zero or missing, as before the first event and where all have had it: the data say
    nothing of the error there, and limits of no width would claim certainty.
    """
    low, high = (np.where(error > 0, v, np.nan) for v in share_limits(estimate, error, kind, z))
    return low, high


def parts(curves: Curves) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
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


def values_at(curves: Curves, times: float | Sequence[float]) -> pd.DataFrame:
    """Rows of the curves at given times; see :meth:`Curves.at`."""
    asked = months(times)
    wanted, keys = curves.history.matched(asked), ["outcome", *curves.by]
    found, known = [], curves._known()
    for values, part in parts(curves):
        row = np.searchsorted(part["time"].to_numpy(), wanted, side="right") - 1
        start = {"estimate": 1.0 if curves.kind == "survival" else 0.0, "std_error": 0.0}
        start |= dict.fromkeys(("ci_low", "ci_high"), np.nan)
        here = pd.DataFrame({"time": asked, **dict(zip(keys, values, strict=True))})
        here["at_risk"] = curves._at_risk(dict(zip(keys[1:], values[1:], strict=True)), wanted)
        here["n_event"] = np.r_[0.0, np.cumsum(part["n_event"])][row + 1]
        late = wanted > known[tuple(values[1:])]
        for column, first in start.items():
            here[column] = np.where(late, np.nan, np.r_[first, part[column].to_numpy()][row + 1])
        found.append(here)
    return pd.concat(found, ignore_index=True)[curves.table.columns]


def quantiles(curves: Curves, p: float | Sequence[float]) -> pd.DataFrame:
    """Times at which the curves and their limits reach shares p; see :meth:`Curves.quantile`."""
    wanted = np.atleast_1d(np.asarray(p, dtype=float))
    if not ((wanted > 0) & (wanted < 1)).all():
        raise UsageError("p must lie between 0 and 1, such as 0.5 for the median.")
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
        when = [_reaches(time, curve, wanted, end), *(_reaches(time[sure], c[sure], wanted, end) for c in (high, low))]
        front = {"p": wanted, **dict(zip(keys, values, strict=True))}
        found.append(pd.DataFrame({**front, "quantile": when[0], "ci_low": when[1], "ci_high": when[2]}))
    return pd.concat(found, ignore_index=True)


def _reaches(time: Floats, share: Floats, p: Floats, end: float) -> Floats:
    """Time at which a rising step function reaches p; the middle of the stretch where it equals p."""
    rising = np.maximum.accumulate(share)
    steps = np.flatnonzero(np.diff(np.r_[0.0, rising]) > 0)
    level, when = rising[steps], np.r_[time[steps], np.nan]
    here = np.searchsorted(level, p - _FLAT, side="left")
    there = np.searchsorted(level, p + _FLAT, side="left")
    over = (there == len(level)) & (here < there)  # flat at p to the end of observation
    return (when[here] + np.where(over, end, when[there])) / 2


def _last_exit(curves: Curves, group: tuple[Any, ...]) -> float:
    h = curves.history
    return float(h.exit[h.groups.code == _group(curves, group)].max()) if group else float(h.exit.max())


def restricted_means(curves: Curves, until: float) -> pd.DataFrame:
    """Areas below the curves with limits; see :meth:`Curves.restricted_mean`."""
    pairs = list(_paths(curves))
    end = _checked_until(curves, pairs[0][1], until)
    z, found = stats.norm.isf((1 - curves.ci_level) / 2), []
    for outcome, path in pairs:
        value, matrix = _functional(curves, path, area(path, end))
        error = np.sqrt(np.diag(matrix))
        half = z * np.where(without_error(np.diag(matrix), until), np.nan, error)
        front = _front(curves, {"until": until, "outcome": outcome})
        low, high = np.clip(value - half, 0, None), np.clip(value + half, None, until)
        found.append(front.assign(estimate=value, std_error=error, ci_low=low, ci_high=high))
    return _joined(found, curves)


def differences(
    curves: Curves, times: float | Sequence[float] | None, until: float | None, reference: Any
) -> pd.DataFrame:
    """Differences of groups from a reference; see :meth:`Curves.difference`."""
    if (times is None) == (until is None):
        raise UsageError("Give either times= (to compare the curves) or until= (to compare restricted means).")
    if len(curves.history.groups) < 2:
        raise UsageError("There is one curve: differences need groups, by=.")
    base, pairs = _group(curves, reference), list(_paths(curves))
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
    half, statistic = stats.norm.isf((1 - level) / 2) * error, gap / error
    p = 2 * special.ndtr(-np.abs(statistic))
    ends = {"ci_low": gap - half, "ci_high": gap + half}
    return {"estimate": gap, "std_error": error, "statistic": statistic, "p_value": p} | ends


def check_seen(h: History, path: Path, times: Floats) -> None:
    """Refuse times at which a group is no longer seen, unless all of it had come to an end."""
    if not np.isfinite(times).all():
        raise UsageError("times= must be numbers on the clock.")
    for g, known in enumerate(known_until(h, path)):
        if times.max() > known:
            raise UsageError(
                f"times={times.max():g} is later than the last exit of {h.groups.names()[g]}, {known:g}: "
                "nothing is known of the curve there."
            )


def known_until(h: History, path: Path) -> Floats:
    """Last exit of each group, infinite where all of it had come to an end by then; shape (G,)."""
    seen = np.zeros(len(h.groups))
    np.maximum.at(seen, h.groups.code, h.exit)
    for g, (i, j) in enumerate(itertools.pairwise(path.sets.first)):
        if j > i and path.left[j - 1] <= 0 and path.sets.time[j - 1] >= seen[g]:
            seen[g] = np.inf
    return seen


def known_by_group(h: History, path: Path) -> dict[tuple[Any, ...], float]:
    """Give :func:`known_until` by the values of the group's columns."""
    groups = h.groups
    values = groups.levels[list(groups.columns)].itertuples(index=False, name=None) if groups.columns else [()]
    return dict(zip(values, known_until(h, path).tolist(), strict=True))


def bands(curves: Curves, kind: str, between: tuple[float, float] | None, conf_type: str, seed: int) -> pd.DataFrame:
    """Simultaneous limits; see :meth:`Curves.band`."""
    _check_band(curves, kind, conf_type)
    rising = curves.kind == "incidence"
    first, last = (0.0, np.inf) if between is None else curves.history.matched(np.asarray(between, dtype=float))
    random, found = np.random.default_rng(seed), []
    for outcome, path in _paths(curves):
        sets = path.sets
        rows = curves.table[curves.table["outcome"] == outcome] if rising else curves.table
        error = rows["std_error"].to_numpy()
        for g in range(len(sets.first) - 1):
            own = np.arange(sets.first[g], sets.first[g + 1])
            if not path.ours[own].any():
                raise UsageError(f"{_without_event(curves, g, outcome)}: there is no band of a curve without events.")
            open_ = (path.estimate > 0) & (path.estimate < 1) & (error > 0)
            own = own[open_[own] & (sets.time[own] >= first) & (sets.time[own] <= last)]
            if not len(own):
                raise UsageError(f"no event time lies between {first:g} and {last:g} in every group: widen between=.")
            if rising:
                critical = simulated(path, g, own, error[own], curves.ci_level, random)
                scale = error[own]
            else:
                relative = error[own] / path.estimate[own]  # its square is the variance of the cumulative hazard
                n = _most_at_risk(curves, g)
                share = n * relative**2 / (1 + n * relative**2)
                if kind == "hall-wellner":
                    critical = hall_wellner(share[0], share[-1], curves.ci_level)
                    scale = path.estimate[own] * (1 + n * relative**2) / np.sqrt(n)
                else:
                    critical, scale = equal_precision(share[0], share[-1], curves.ci_level), error[own]
            low, high = limits(path.estimate[own], scale, conf_type, critical)
            found.append(rows.iloc[own].assign(ci_low=low, ci_high=high, critical=critical))
    return pd.concat(found, ignore_index=True)


def _check_band(curves: Curves, kind: str, conf_type: str) -> None:
    if kind not in ("equal-precision", "hall-wellner"):
        raise UsageError(f"kind={kind!r} is not one of: equal-precision, hall-wellner.")
    if conf_type not in SCALES:
        raise UsageError(f"conf_type={conf_type!r} is not one of: {', '.join(SCALES)}.")
    if curves.variance == "robust":
        raise UsageError(
            "A band needs independent increments, which clustered or weighted data do not have: with "
            "variance='greenwood' it is computed as if they had."
        )
    if curves.kind == "incidence" and kind == "hall-wellner":
        raise UsageError("Hall-Wellner bands are of survival curves: use kind='equal-precision' for incidences.")


def _without_event(curves: Curves, group: int, outcome: Any) -> str:
    groups = curves.history.groups
    event = "event" if outcome == "event" else f"event of kind {outcome}"
    return f"{groups.names()[group]} has no {event}" if groups.columns else f"There is no {event}"


def _most_at_risk(curves: Curves, group: int) -> float:
    """Most that are ever at risk together: the size of the group where nobody enters late; splits do not change it."""
    h = curves.history
    rows = h.groups.code == group
    weight = None if h.weight is None else h.weight[rows]
    if h.entry is None:
        return float(rows.sum() if weight is None else weight.sum())
    entry = h.entry[rows]
    return float(count_at_risk(np.nextafter(np.unique(entry), np.inf), entry, h.exit[rows], weight).max())


def _paths(curves: Curves) -> Iterator[tuple[Any, Path]]:
    h = curves.history
    if curves.kind == "survival":
        yield curves.table["outcome"].iloc[0] if len(curves.table) else h.outcomes[0], paths(h, [])[0]
        return
    names = list(curves.table["outcome"].cat.categories)
    yield from zip(names, paths(h, h.code_of(names)), strict=True)


def _functional(curves: Curves, path: Path, of: Functional) -> tuple[Floats, Floats]:
    h = curves.history
    cluster, robust = h.clusters[0] if h.clusters else None, curves.variance == "robust"
    matrix = covariance(path, of, h.weight, cluster, robust)
    if robust:
        one = alone(h.groups.code, cluster)
        matrix[one], matrix[:, one] = np.nan, np.nan
    return of.value, matrix


def _front(curves: Curves, first: dict[str, Any]) -> pd.DataFrame:
    groups = curves.history.groups
    levels = groups.levels[list(groups.columns)]
    return pd.DataFrame(first, index=levels.index).join(levels)


def _joined(parts: list[pd.DataFrame], curves: Curves) -> pd.DataFrame:
    table = pd.concat(parts, ignore_index=True)
    if curves.kind == "incidence":
        table["outcome"] = pd.Categorical(table["outcome"], categories=curves.table["outcome"].cat.categories)
    return table


def _checked_until(curves: Curves, path: Path, until: float) -> float:
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


def _group(curves: Curves, reference: Any) -> int:
    groups = curves.history.groups
    if reference is None:
        return 0
    wanted = reference if isinstance(reference, tuple) else (reference,)
    for i, values in enumerate(groups.levels[list(groups.columns)].itertuples(index=False)):
        if tuple(values) == wanted:
            return i
    raise UsageError(f"There is no group {reference!r}; there are: {'; '.join(groups.names())}.")
