"""Dated events -> an index of bilateral relations by calendar period, which never uses the future.

At the end of a day t the index is the sum of direction x weight x 0.5 ^ (months since the event / half-life) over the
events that had happened by t. It orders periods by how many events of closer and of worse relations were recorded of
late; its unit is one fresh event of weight 1. It measures what the table of events records, not how relations were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.figures.theme.look import plotted
from clemency.records import dates as edtf
from clemency.records.arguments.days import Lasting, When, duration_months, first_day, last_day
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.translation import label, tr
from clemency.records.schema import EVENT_TYPES, EVENTS
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load
from clemency.records.terms import DAYS_PER_MONTH
from clemency.records.values.words import hint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Days = NDArray[np.datetime64]
_FREQ = ("Q", "Y", "M")
_KEPT = ("event_id", "date", "partner", "event_type", "direction", "label", "source_ids")


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Result of `relations`.

    Attributes
    ----------
    frame : DataFrame
        One row per calendar period: ``period`` (such as ``2017Q2``), its first and last day ``start, end``, ``index``
        at the end of that day, its two parts ``positive`` (0 or more) and ``negative`` (0 or less), and
        ``n_events``, the events that entered in the period.
    events : DataFrame
        What entered: the columns of the events, ``day`` on which each entered, ``weight``, ``contribution`` (direction
        x weight, before decay) and ``period`` (missing where before the first one: it still counts, decayed).
    exclusions : DataFrame
        ``event_id, date, reason``: events of the partner that did not enter.
    partner : str
    half_life : float
        Months.
    weights : dict
        Weight of each type of event that was given one; all others have 1.
    """

    frame: pd.DataFrame
    events: pd.DataFrame
    exclusions: pd.DataFrame
    partner: str
    half_life: float
    weights: dict[str, float]

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Index over time, with the events as ticks."""
        from clemency.figures import index_line

        return index_line(
            self.frame,
            self.events,
            ax=ax,
            label=tr("Relations with {partner}", partner=label(self.partner)),
            note=self.note,
            **plotted(options, index_line),
        )

    @property
    def note(self) -> str:
        """Source note: how the index was made and on how many documents it rests."""
        e = self.events
        named = e["source_ids"].dropna().astype(str).str.split().explode().nunique() if "source_ids" in e else 0
        decay = tr("no decay") if np.isinf(self.half_life) else tr("half-life {months:g} months", months=self.half_life)
        weight = tr("all types weighted equally") if not self.weights else tr("weights by type as given, else 1")
        documents = tr(" from {n} documents", n=named) if named else ""
        return tr(
            "{n} recorded events{documents}; {decay}; {weight}.",
            n=len(e),
            documents=documents,
            decay=decay,
            weight=weight,
        )

    def __repr__(self) -> str:
        f = self.frame
        return (
            f"Relations with {self.partner}, {f['period'].iloc[0]} to {f['period'].iloc[-1]}: index "
            f"{f['index'].iloc[-1]:.2f} at the end, between {f['index'].min():.2f} and {f['index'].max():.2f}.\n"
            f"{self.note} {len(self.exclusions)} left out."
        )

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.frame.tail(8), number="{:.2f}")


@typed
def relations(
    partner: str | Sequence[str],
    *,
    events: pd.DataFrame | None = None,
    freq: str = "Q",
    half_life: Lasting | float = "12 months",
    types: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    start: When | None = None,
    end: When | None = None,
    dates: str = "latest",
) -> Relations:
    """Index of bilateral relations from dated events.

    Parameters
    ----------
    partner : str or sequence of str
        Such as ``"US"``; the events of several partners are added up.
    events : DataFrame, optional
        Rows of `events`, or any frame with ``partner, event_type, direction`` (-1, 0 or 1) and ``date``, EDTF texts or
        days; the shipped table by default. Words are those of its vocabularies.
    freq : {"Q", "Y", "M"}
        Length of a period.
    half_life : str, timedelta or inf
        Time after which an event counts half, with its unit: months of 365.25/12 days (``"6 months"``), years of twelve
        of them, days or weeks (``"180D"``); ``inf`` for a sum without decay.
    types : sequence of str, optional
        Types of event that enter; all by default. To set the index beside acts of clemency leave out
        ``prisoner_release_deal``: those events are acts, and the index would explain them by themselves.
    weights : mapping from type to float, optional
        Weight of a type, 0 or more; 1 where not named. Every type weighs 1 by default, not because a summit equals an
        award but because no source says by how much they differ: give your own, and report both.
    start, end : str, date or Period, optional
        Periods run from the one that holds the first day of `start` to the last day of `end`, at which
        the last period is cut; by default from the first to the last event. Events before `start` count, decayed.
    dates : {"latest", "exact"}
        An event that is dated to a month or a year enters on the last day that it can mean, so that it never counts
        before it happened; ``exact`` leaves out events that are not dated to the day.

    Returns
    -------
    Relations

    Raises
    ------
    UsageError
        For an argument that is not one of those above, or names a partner or type that is not there.
    DataError
        For words, dates and directions that `check` would name in a file, or if no event is left.

    Notes
    -----
    The value of a period stands at its end. As a covariate of acts in a period use that of the period before: the own
    period's value holds events after the act. The first values are low because nothing is recorded before the first
    event, not because relations were neutral.

    References
    ----------
    Goldstein, Journal of Conflict Resolution 36 (1992), 369-385, weighs types of events for such sums. The types here
    are others than his, so his weights are not taken over.

    Examples
    --------
    >>> import clemency as cl
    >>> us = cl.relations("US", events=cl.load("events", edition="2026.11"), end="2017-06-30")
    >>> us.frame[["period", "n_events"]].tail(1).to_numpy().tolist()
    [['2017Q2', 7]]
    >>> before = us.frame.assign(quarter=us.frame["period"], relations=us.frame["index"].shift(1))
    >>> made = cl.cohort(cl.load("cases"), cl.load("acts"), until="2017-06-30").split(calendar="Q")
    >>> made = made.with_covariates(before[["quarter", "relations"]], on="quarter")
    """
    _check(freq, dates)
    months = duration_months(half_life, "half_life")
    first, last = _bound(start, "start", last=False), _bound(end, "end", last=True)
    table = load("events") if events is None else _checked(events)
    names = [partner] if isinstance(partner, str) else list(partner)
    found = _of_partner(table, names)
    weight = _weights(weights, types, table)
    chosen, exclusions = _entering(found, types, weight, dates, last)
    if not len(chosen):
        reason = "no event is left"
        raise DataError(
            [Problem("events", None, "", "", reason, "Choose other types, partners or an end that is later.")]
        )
    frame = _periods(chosen["day"], freq, first, last)
    frame = _with_index(frame, chosen, months)
    place = _place(frame, chosen["day"].to_numpy("datetime64[D]"))
    label = frame["period"].to_numpy(object)
    chosen["period"] = pd.array(np.where(place >= 0, label[place], None), dtype="string")
    given = {str(k): float(v) for k, v in (weights or {}).items()}
    return Relations(frame, chosen, exclusions, ", ".join(names), months, given)


def _check(freq: str, dates: str) -> None:
    if freq not in _FREQ:
        raise UsageError(f"freq={freq!r} is not one of: {', '.join(_FREQ)}.")
    if dates not in ("latest", "exact"):
        more = (
            " An earlier day would let an event count before it happened." if dates in ("earliest", "midpoint") else ""
        )
        raise UsageError(f"dates={dates!r} is not one of: latest, exact.{more}")


def _checked(events: pd.DataFrame) -> pd.DataFrame:
    missing = [c for c in ("partner", "event_type", "direction", "date") if c not in events]
    if missing:
        raise UsageError(f"The events have no column {', '.join(missing)}.")
    return checked_frame(events, EVENTS, dates=("date",), keyed=True)


def _of_partner(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    there = table["partner"].astype("string")
    unknown = [n for n in names if n not in set(there.dropna())]
    if unknown or not names:
        near = "".join(hint(n, "partner", sorted(set(there.dropna()))) for n in unknown[:1])
        raise UsageError(
            f"No event has the partner {unknown}. {near}There are: {', '.join(sorted(set(there.dropna())))}."
        )
    return table[there.isin(names).to_numpy(bool)]


def _weights(weights: Mapping[str, float] | None, types: Sequence[str] | None, table: pd.DataFrame) -> dict[str, float]:
    if isinstance(types, str):
        raise UsageError(f"types={types!r} is a text: give a list of types.")
    known = {*EVENT_TYPES, *table["event_type"].dropna().astype(str)}
    unknown = sorted({*(types or ()), *(weights or {})} - known)
    if unknown:
        near = hint(unknown[0], "event_type", sorted(known))
        raise UsageError(
            f"There is no type of event {', '.join(map(str, unknown))}. {near}There are: {', '.join(sorted(known))}."
        )
    bad = [k for k, v in (weights or {}).items() if not (isinstance(v, Real) and np.isfinite(v) and v >= 0)]
    if bad:
        raise UsageError(f"The weight of {bad[0]} must be a number of 0 or more; the direction says closer or worse.")
    idle = sorted(set(weights or ()) - set(types)) if types is not None else []
    if idle:
        raise UsageError(f"The weight of {idle[0]} has no effect: it is not among types=.")
    return {k: float((weights or {}).get(k, 1.0)) for k in known}


def _bound(value: When | None, name: str, *, last: bool) -> np.datetime64 | None:
    if value is None:
        return None
    return last_day(value, name) if last else first_day(value, name)


def _entering(
    found: pd.DataFrame,
    types: Sequence[str] | None,
    weight: Mapping[str, float],
    dates: str,
    end: np.datetime64 | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Events that enter with their day and contribution, and the others with the reason."""
    span = edtf.bounds(found["date"], table="events")
    kind = found["event_type"].astype("string")
    direction = _direction(found)
    reason = pd.Series(pd.NA, index=found.index, dtype="string")
    rules = [
        (kind.isna(), "no type"),
        (~kind.isin(list(weight if types is None else types)), "type not asked for"),
        (direction.isna(), "no direction"),
        (np.isnat(span.latest), "no last day"),
        ((span.earliest != span.latest) & (dates == "exact"), "not dated to the day"),
    ]
    if end is not None:
        rules.append((span.latest > end, "may be after the end"))
    for failed, why in rules:
        reason = reason.mask(reason.isna().to_numpy() & np.asarray(failed, dtype=bool), why)
    out = reason.notna().to_numpy()
    ids = found["event_id"] if "event_id" in found else pd.Series(found.index.astype(str), index=found.index)
    exclusions = pd.DataFrame({"event_id": ids, "date": found["date"], "reason": reason})[out].reset_index(drop=True)
    kept = found[[c for c in _KEPT if c in found]][~out].copy()
    kept["day"] = span.latest[~out].astype("datetime64[ns]")
    kept["weight"] = kind[~out].map(weight).to_numpy(dtype=float)
    kept["contribution"] = kept["weight"].to_numpy() * direction[~out].to_numpy(dtype=float)
    return kept.sort_values("day", kind="stable", ignore_index=True), exclusions


def _direction(found: pd.DataFrame) -> pd.Series:
    return pd.Series(found["direction"].astype("Float64"))


def _periods(day: pd.Series, freq: str, start: np.datetime64 | None, end: np.datetime64 | None) -> pd.DataFrame:
    first = pd.Timestamp(day.min() if start is None else start)
    last = pd.Timestamp(day.max() if end is None else end)
    if first > last:
        raise UsageError(f"The start, {first.date()}, is after the end, {last.date()}.")
    periods = pd.period_range(first, last, freq=freq)
    begins = periods.start_time.to_numpy().astype("datetime64[D]")
    stops = periods.end_time.to_numpy().astype("datetime64[D]")
    if end is not None:
        stops[-1] = min(stops[-1], end)
    columns = {"start": begins.astype("datetime64[ns]"), "end": stops.astype("datetime64[ns]")}
    return pd.DataFrame({"period": pd.array(periods.astype(str), dtype="string"), **columns})


def _with_index(frame: pd.DataFrame, chosen: pd.DataFrame, half_life: float) -> pd.DataFrame:
    at = frame["end"].to_numpy("datetime64[D]")
    day = chosen["day"].to_numpy("datetime64[D]")
    age = (at[:, None] - day[None, :]).astype(float) / DAYS_PER_MONTH
    left = np.where(age >= 0, 0.5 ** (np.maximum(age, 0.0) / half_life), 0.0)
    c = chosen["contribution"].to_numpy()
    good, bad = left @ np.maximum(c, 0.0), left @ np.minimum(c, 0.0)
    place = _place(frame, day)
    counts = np.bincount(place[place >= 0], minlength=len(frame))
    return frame.assign(index=good + bad, positive=good, negative=bad, n_events=counts)


def _place(frame: pd.DataFrame, day: Days) -> NDArray[np.intp]:
    """Period in which each day lies, -1 before the first one."""
    return np.searchsorted(frame["start"].to_numpy("datetime64[D]"), day, side="right") - 1
