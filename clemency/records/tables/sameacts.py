"""Acts or events -> duplicate rows, which would be counted twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.errors import Problem
from clemency.records.schema import Table
from clemency.records.values.numbers import read_numbers

Rows = NDArray[np.intp]

# What says which act or event a row is. Sources, notes and the like differ where two documents tell of one act.
_TELLING = {
    "acts": ("case_id", "act_type", "act_date", "months", "term_after", "scope"),
    "events": ("date", "partner", "event_type", "direction", "label"),
}
# Two acts of these kinds may differ in their months, where these are not known.
_WITH_MONTHS = ("sentence_reduction", "sentence_extension")
_REMEDY = "Take one of them out, or give each a key of its own in {key} if they are two."


def repeated_rows(frame: pd.DataFrame, table: Table, name: str) -> list[Problem]:
    """Rows that are the same as one before them in all that tells acts or events apart, and that no key tells from it.

    Parameters
    ----------
    frame : DataFrame
        In the form of the table, its dates and numbers read; columns that are not there are not compared.
    table : Table
        Of tables other than `acts` and `events` no row is looked at.
    name : str
        What the frame is called in a message.

    Returns
    -------
    list of Problem
        One for each such row, naming the first.
    """
    columns = [c for c in _TELLING.get(table.name, ()) if c in frame]
    key = frame[table.key] if table.key in frame else pd.Series(pd.NA, index=frame.index)
    none = (key.isna() | (key.astype(object) == "")).to_numpy(dtype=bool)
    if not columns or len(frame) < 2 or not none.any():
        return []
    parts = {f"{c}{k}": part for c in columns for k, part in enumerate(_comparable(frame[c], table, c))}
    first = first_alike(pd.DataFrame(parts))
    if (first < 0).all():
        return []
    again = np.flatnonzero((first >= 0) & (none | none[first]) & _told_apart(frame, table))
    remedy = _REMEDY.format(key=table.key)
    message = f"the same {table.name.removesuffix('s')} as in row"
    return [Problem(name, int(i), "", "", f"{message} {first[i]}, which would count twice", remedy) for i in again]


def _told_apart(frame: pd.DataFrame, table: Table) -> NDArray[np.bool_]:
    """Rows that are specific enough that an identical one must be a duplicate."""
    if table.name == "events":  # a bare date may be that of several
        return np.full(len(frame), "event_type" in frame or "label" in frame)
    if not {"act_type", "act_date"} <= set(frame):
        return np.zeros(len(frame), dtype=bool)
    span = dates.bounds(frame["act_date"], name="act_date")
    dated = ~np.isnat(span.earliest) & ~np.isnat(span.latest)
    months = frame["months"].notna().to_numpy(dtype=bool) if "months" in frame else np.zeros(len(frame), dtype=bool)
    vague = frame["act_type"].astype("string").isin(_WITH_MONTHS).fillna(False).to_numpy(dtype=bool)
    return np.asarray(dated & (months | (~vague & (span.earliest == span.latest))))


def _comparable(values: pd.Series, table: Table, column: str) -> Sequence[NDArray]:
    """Arrays that are equal where the values mean the same."""
    kind = table[column].kind
    if kind == "edtf":
        span = dates.bounds(values, name=column)
        return span.earliest, span.latest
    if kind in ("number", "integer"):
        return (read_numbers(values, table[column])[0],)
    return (values.astype(object).where(values.notna(), None).to_numpy(dtype=object),)


def first_alike(columns: pd.DataFrame) -> Rows:
    """Position of the first row that is equal to each in every column, -1 for that row itself; missing is missing."""
    place = pd.Series(np.arange(len(columns)))
    group = columns.groupby(list(columns), sort=False, dropna=False).ngroup().to_numpy()
    first = place.groupby(group).transform("min").to_numpy()
    return np.where(first == place.to_numpy(), -1, first).astype(np.intp)
