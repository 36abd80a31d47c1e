"""A date per case -> the day from which each spell's case is exposed, and the cases whose day is not known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates as edtf
from clemency.records.errors import Problem, UsageError
from clemency.records.presentation.wording import agreed, counted


def onset_days(
    spells: pd.DataFrame, frame: pd.DataFrame, date: str, name: str, flag: str | None, dates: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Day since 1970 on which the exposure of each spell's case begins.

    Parameters
    ----------
    spells : DataFrame, n rows
    frame : DataFrame
        One row per ``case_id``.
    date, name, flag, dates : str
        As in `Cohort.expose_from`.

    Returns
    -------
    day : ndarray of float, shape (n,)
        NaN where the case is never exposed, or on a day not known.
    vague : ndarray of bool, shape (n,)
        Cases known to be exposed, on a day not known.
    """
    _check(spells, frame, date, name, flag)
    span = edtf.bounds(frame[date], name=date, table="the frame")
    if dates == "midpoint":
        chosen = edtf.halfway(span.earliest, span.latest)
    elif dates in ("latest", "earliest"):
        chosen = getattr(span, dates)
    else:
        raise UsageError(f"dates={dates!r} is not one of: latest, midpoint, earliest.")
    known = ~np.isnat(chosen)
    exposed = known | ~(np.isnat(span.earliest) & np.isnat(span.latest))
    if flag is not None:
        exposed = exposed | _flagged(frame[flag])
    number = np.where(known, chosen.astype("datetime64[D]").astype("int64").astype(float), np.nan)
    row = pd.Index(frame["case_id"]).get_indexer(spells["case_id"])
    return number[row], (exposed & ~known)[row]


def _check(spells: pd.DataFrame, frame: pd.DataFrame, date: str, name: str, flag: str | None) -> None:
    for column in ("case_id", date, *([flag] if flag else [])):
        if column not in frame:
            raise UsageError(f"The frame has no column '{column}'.")
    if name in spells:
        raise UsageError(f"The spells have {name} already; choose another name=.")
    if frame["case_id"].duplicated().any():
        twice = frame.loc[frame["case_id"].duplicated(), "case_id"].iloc[0]
        raise UsageError(f"The case '{twice}' occurs more than once in the frame; give one row per case.")
    lacking = sorted(set(spells["case_id"]) - set(frame["case_id"]))
    if lacking:
        some = ", ".join(map(str, lacking[:5]))
        raise UsageError(
            f"{counted(len(lacking), 'case')} of the cohort {agreed(len(lacking), 'is')} not in the frame ({some}): "
            f"whether {agreed(len(lacking), 'this')} {agreed(len(lacking), 'was')} exposed is not known."
        )


def _flagged(column: pd.Series) -> NDArray[np.bool_]:
    filled = column.notna().to_numpy(dtype=bool)
    no = column.isin([0, False, ""]).fillna(False).to_numpy(dtype=bool)
    return filled & ~no


def undated_problems(spells: pd.DataFrame, vague: NDArray[np.bool_], date: str, name: str) -> list[Problem]:
    """One problem per case that is exposed on a day not known."""
    remedy = 'Date it, or leave such cases out with undated="exclude".'
    return [
        Problem("cases", None, date, "", f"{case} is {name}, on a date not known", remedy)
        for case in dict.fromkeys(spells.loc[vague, "case_id"])
    ]
