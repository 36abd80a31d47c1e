"""Outcomes and ends of cases, by day -> one stop per spell; days as numbers, and gap times."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records.terms import DAYS_PER_MONTH


def stop_times(events: pd.DataFrame, end: NDArray, end_event: NDArray, recurrent: bool) -> pd.DataFrame:
    """One row per spell: its case, last day and event; if acts recur, each case goes on to its end after them."""
    tail = pd.DataFrame({"row": np.arange(len(end)), "day": end, "event": end_event})
    if not recurrent:
        tail = tail[~tail["row"].isin(events["row"])]
    # A stable sort puts an act before the end of the same day.
    return (
        pd.concat([events, tail], ignore_index=True).sort_values(["row", "day"], kind="stable").reset_index(drop=True)
    )


def one_after_another(row: NDArray, begin: NDArray, stop: NDArray) -> NDArray[np.float64]:
    """Days on which the spells of each case end, each half a day or more after the end before it."""
    place = pd.Series(row).groupby(row).cumcount().to_numpy() / 2
    latest = pd.Series(np.maximum(stop, begin + 0.5 * (place == 0)) - place).groupby(row).cummax()
    return latest.to_numpy() + place


def as_days(day: NDArray) -> NDArray[np.float64]:
    """Days since 1970, shape (n,); NaN where there is none."""
    number = day.astype("datetime64[D]").astype("int64").astype(float)
    number[np.isnat(day)] = np.nan
    return number


def origin_days(spells: pd.DataFrame) -> pd.Series:
    """Days since 1970 of each spell's origin; an act after another one of its day lies at noon."""
    return pd.Series(spells["origin"].to_numpy().astype("datetime64[s]").astype("int64") / 86400.0, index=spells.index)


def snapped(day: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days that are whole or half but for arithmetic error."""
    half = np.rint(day * 2) / 2
    return np.where(np.abs(day - half) < 1e-6, half, day)


def as_timestamp(number: float) -> pd.Timestamp:
    """Day of a number of days since 1970."""
    return pd.Timestamp("1970-01-01") + pd.Timedelta(days=float(number))


def since_last_act(spells: pd.DataFrame) -> pd.DataFrame:
    """Spells on a clock that starts anew at each act."""
    back = spells["previous_act"].fillna(0.0)
    days = pd.Series(snapped((origin_days(spells) + back * DAYS_PER_MONTH).to_numpy()), index=spells.index)
    moved = spells.assign(
        entry=spells["entry"] - back,
        exit=spells["exit"] - back,
        origin=pd.Timestamp("1970-01-01") + pd.to_timedelta(days * 86400, unit="s"),
    )
    return moved.drop(columns="previous_act")
