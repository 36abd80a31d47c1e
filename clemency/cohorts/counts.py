"""Spells and cases -> numbers of cases, person-time and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts.inputs import CENSORED
from clemency.records.errors import UsageError
from clemency.typing import Floats


def summary(spells: pd.DataFrame, exclusions: pd.DataFrame, events: Sequence[str]) -> pd.DataFrame:
    """One row: cases, persons, spells, person-months, median months under observation, and events by kind."""
    spans = _held(spells)
    counts = spells["event"].value_counts().reindex(list(events))
    row: dict[str, Any] = {
        "n_cases": spells["case_id"].nunique(),
        "n_persons": spells["person_id"].nunique(),
        "n_spells": len(spells),
        "n_excluded": len(exclusions),
        "person_months": float(spans.sum()),
        "median_months": float(spans.median()) if len(spans) else np.nan,
    }
    return pd.DataFrame([{**row, **{str(k): int(v) for k, v in counts.items()}}])


def by_frame(
    spells: pd.DataFrame, stop: Floats, intake: pd.DataFrame, until: str | None, events: Sequence[str]
) -> pd.DataFrame:
    """Cases given, entered, with an act before and lost, by how they became known, and all together.

    Parameters
    ----------
    spells : DataFrame, n rows
    stop : ndarray, shape (n,)
        Last day of each spell, in days since 1970.
    intake : DataFrame
        ``case_id, frame, acts_before``.
    until : str or None
        Last day of observation; that of the last spell without it.
    events : sequence of str

    Returns
    -------
    DataFrame
        ``frame, n_given, n_entered, n_acts_before, n_lost, person_months`` and the events.
    """
    cases = intake.assign(frame=intake["frame"].fillna("not known"))
    last = spells.assign(_stop=stop).sort_values("_stop", kind="stable").drop_duplicates("case_id", keep="last")
    edge = _last_day(until, stop)
    lost = last["case_id"][((last["event"] == CENSORED) & (last["_stop"] < edge)).to_numpy()]
    cases = cases.assign(entered=cases["case_id"].isin(last["case_id"]), lost=cases["case_id"].isin(lost))
    cases["person_months"] = cases["case_id"].map(_held(spells)).fillna(0.0).astype(float)
    for kind in events:
        hit = spells.loc[spells["event"] == kind, "case_id"].value_counts()
        cases[kind] = cases["case_id"].map(hit).fillna(0).astype(int)
    sums: dict[str, Any] = {"n_given": ("case_id", "size"), "n_entered": ("entered", "sum")}
    sums |= {"n_acts_before": ("acts_before", "sum"), "n_lost": ("lost", "sum")}
    sums |= {name: (name, "sum") for name in ("person_months", *events)}
    parts = [t.groupby("frame", sort=True).agg(**sums) for t in (cases, cases.assign(frame="all"))]
    return pd.concat(parts).reset_index()


def person_time(spells: pd.DataFrame, by: Sequence[str], events: Sequence[str]) -> pd.DataFrame:
    """Cases, person-months and events by the values of some columns; a missing value is a group of its own."""
    s = spells.assign(person_months=spells["exit"] - spells["entry"], _all="all")
    for level in events:
        s[level] = (s["event"] == level).astype(int)
    columns = list(by) or ["_all"]
    missing = [c for c in columns if c not in s]
    if missing:
        raise UsageError(f"The spells have no column {', '.join(missing)}. There are: {', '.join(spells.columns)}.")
    grouped = s.groupby(columns, observed=True, dropna=False)
    result = grouped.agg(
        n_cases=("case_id", "nunique"),
        person_months=("person_months", "sum"),
        **{e: (e, "sum") for e in events},
    )
    return result.reset_index().drop(columns="_all", errors="ignore")


def person_periods(spells: pd.DataFrame, period: str, events: Sequence[str]) -> pd.DataFrame:
    """One row per case and calendar period, from spells that are cut at its ends."""
    s = spells.assign(
        months=spells["exit"] - spells["entry"], **{e: (spells["event"] == e).astype(int) for e in events}
    )
    keys = ["case_id", "person_id", period]
    groups = s.groupby(keys, sort=False, observed=True)  # the keys are text: they are told apart once for both
    told = [c for c in s if c not in (*keys, "months", *events, "event")]
    return groups[["months", *events]].sum().join(groups[told].first()).reset_index()


def _held(spells: pd.DataFrame) -> pd.Series:
    """Months under observation of each case."""
    return (spells["exit"] - spells["entry"]).groupby(spells["case_id"], observed=True).sum()


def _last_day(until: str | None, stop: Floats) -> float:
    if until is not None:
        return float(np.datetime64(until, "D").astype(int))
    return float(stop.max()) if len(stop) else np.nan
