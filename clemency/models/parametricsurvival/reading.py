"""A cohort or frame, with times that are exact or intervals -> arrays of one kind, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.likelihood.covariance import check_clusters
from clemency.models.modelframe.arguments import summed
from clemency.models.modelframe.exclusions import column_names
from clemency.models.modelframe.frames import Table
from clemency.models.modelframe.history import History, Names, history
from clemency.models.modelframe.intervals import Intervals, intervals, kinds, refuse_no_event
from clemency.models.modelframe.status import CENSORED
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The arguments that name columns of times."""

    exit: str | None
    event: str | None
    entry: str | None
    lower: str | None
    upper: str | None
    outcome: Any
    censored: str | None
    time_unit: str | None
    cluster: Names
    weights: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """n cases (or spells) that are left.

    Attributes
    ----------
    lower, upper, entry, weight : ndarray, shape (n,)
        As in :class:`Cases`; entry is zero without one.
    covariates : mapping of Series, or DataFrame
    rows : ndarray of int, shape (n,)
        Positions in the data as given.
    frame : DataFrame
        The data as given.
    clusters : tuple of ndarray of int
    cluster_names : tuple of str
    weights : str, or None
    whole : bool
        Whether the weights are numbers of cases.
    unit : str, or None
    outcome : str
    exclusions : DataFrame
    alike : tuple of str
    counts : dict
        For the summary.
    """

    lower: Floats
    upper: Floats
    entry: Floats
    weight: Floats
    covariates: Any
    rows: Ints
    frame: pd.DataFrame
    clusters: tuple[Ints, ...]
    cluster_names: tuple[str, ...]
    weights: str | None
    whole: bool
    unit: str | None
    outcome: str
    exclusions: pd.DataFrame
    alike: tuple[str, ...]
    counts: dict[str, Any]

    @property
    def event(self) -> Bools:
        """Cases that are known to have had the event."""
        return np.isfinite(self.upper)

    @property
    def last(self) -> float:
        """Last time in the data."""
        return float(max(self.lower.max(), self.upper[self.event].max()))


def read(given: Table, asked: Asked, covariates: Iterable[str]) -> Reading:
    """Read exact times (``exit=, event=``) or intervals (``lower=, upper=``).

    Raises
    ------
    UsageError
        For arguments of both kinds.
    DataError
        Without an event, and for an event at time zero.
    """
    names = tuple(covariates)
    if asked.lower is not None or asked.upper is not None:
        found = _from_intervals(given, asked, names)
    else:
        found = _from_history(given, asked, names)
    check_clusters(found.cluster_names, found.clusters)
    _refuse_zero(found, asked)
    return found


def _from_history(given: Table, asked: Asked, covariates: tuple[str, ...]) -> Reading:
    spells = history(
        given,
        exit=asked.exit,
        event=asked.event,
        entry=asked.entry,
        cluster=asked.cluster,
        weights=asked.weights,
        covariates=covariates,
        censored=asked.censored,
        time_unit=asked.time_unit,
    )
    event = spells.has(asked.outcome)
    if not event.any():
        raise DataError([_no_event(spells, asked)])
    return Reading(
        lower=spells.exit,
        upper=np.where(event, spells.exit, np.inf),
        entry=np.zeros(len(spells)) if spells.entry is None else spells.entry,
        weight=np.ones(len(spells)) if spells.weight is None else spells.weight,
        covariates=spells.covariates,
        rows=spells.rows,
        frame=given.frame,
        clusters=spells.clusters,
        cluster_names=spells.cluster_names,
        weights=asked.weights,
        whole=spells.counted,
        unit=spells.unit,
        outcome=_outcome(asked.outcome, spells),
        exclusions=spells.exclusions,
        alike=spells.alike,
        counts={
            "n": len(spells),
            "n_cases": _persons(given.frame, spells.rows),
            "events": int(event.sum()),
            **summed(spells.person_time, spells.unit),
        },
    )


def _from_intervals(given: Table, asked: Asked, covariates: tuple[str, ...]) -> Reading:
    for name in ("exit", "event", "outcome"):
        if getattr(asked, name) is not None:
            raise UsageError(f"{name}= and lower=, upper= exclude each other: times are exact, or known as intervals")
    if asked.censored != CENSORED or asked.time_unit is not None:
        raise UsageError("with lower= and upper=, censored= and time_unit= have no meaning: leave them out")
    names = column_names(asked.cluster)
    if len(names) > 1:
        raise UsageError("with lower= and upper= clustering goes one way: name one column")
    cluster = names[0] if names else None
    found = intervals(
        given, asked.lower, asked.upper, asked.entry, weights=asked.weights, cluster=cluster, covariates=covariates
    )
    refuse_no_event(found, str(asked.upper))
    t = found.times
    return Reading(
        lower=t.lower,
        upper=t.upper,
        entry=np.maximum(t.entry, 0.0),
        weight=t.weight,
        covariates=found.frame,
        rows=found.rows,
        frame=given.frame,
        clusters=() if found.cluster is None else (found.cluster,),
        cluster_names=names,
        weights=asked.weights,
        whole=found.whole,
        unit=None,
        outcome="event",
        exclusions=found.exclusions,
        alike=(),
        counts=_interval_counts(found, given.frame),
    )


def _interval_counts(found: Intervals, frame: pd.DataFrame) -> dict[str, Any]:
    known = int(np.isfinite(found.times.upper).sum())
    each = {name: int(which.sum()) for name, which in kinds(found.times).items()}
    return {"n": len(found), "n_cases": _persons(frame, found.rows), "events": known, **each}


def _persons(frame: pd.DataFrame, rows: Ints) -> float:
    names = [n for n in ("case_id", "id", "person_id") if (frame.columns == n).sum() == 1]
    try:
        return int(frame[names[0]].iloc[rows].nunique()) if names else np.nan
    except TypeError:  # lists in cells of a column that nobody named
        return np.nan


def _outcome(outcome: Any, spells: History) -> str:
    if outcome is None:
        return spells.outcomes[0] if len(spells.outcomes) == 1 else "event"
    return outcome if isinstance(outcome, str) else " or ".join(map(str, outcome))


def _no_event(spells: History, asked: Asked) -> Problem:
    what = f"'{asked.outcome}'" if asked.outcome is not None else "event"
    message = f"no {what} among the {counted(len(spells), 'spell')}: all are censored"
    remedy = "A model of times needs events; look at the coding of the column and at the exclusions."
    return Problem("data", None, str(spells.columns["event"]), "", message, remedy)


def _refuse_zero(found: Reading, asked: Asked) -> None:
    """Refuse an event at time zero, which no such family allows."""
    at = np.flatnonzero((found.lower == found.upper) & (found.lower <= 0))
    if len(at):
        several = f" ({len(at)} rows)" if len(at) > 1 else ""
        remedy = (
            "Give the times since a moment before, or say that the event lies between 0 and a first time with lower= "
            "and upper=."
        )
        what = f"an event at time 0{several}, where these distributions have no density"
        raise DataError([Problem("data", int(found.rows[at[0]]), str(asked.exit or asked.upper), "0", what, remedy)])
