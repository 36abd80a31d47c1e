"""A panel with one row per group and period -> sums by period, with absent rows filled or refused.

A period that one of several provinces lacks is not seen in the sums over provinces: the series goes on, with fewer
acts and fewer months in it. What a missing row means is said, or the panel is refused, as for a series of one group.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem

#: Columns that say that rows are people: these come and go, and have no row once nobody is at risk.
_PEOPLE = ("case_id", "person_id")
#: Share of the cells of groups of numbers and periods that must be there for the numbers to be groups.
_FULL = 0.75
_SHOWN = 5
_MOST = 4  # columns that make up a group


def absent_cells(data: pd.DataFrame, period: pd.PeriodIndex, other: list[str]) -> pd.DataFrame | None:
    """Groups and periods without a row, where the columns of a panel tell groups.

    Parameters
    ----------
    data : DataFrame, n rows
    period : PeriodIndex, n
    other : list of str
        Columns that are no groups: the period, months and counts.

    Returns
    -------
    DataFrame or None
        ``period, group`` (a name) and ``months``, those of the group elsewhere (NaN where they differ). None where
        there is one row in a period, rows are people, or no column tells them apart.
    """
    names = _columns(data, period, other)
    if not names:
        return None
    group = data[names].astype(str).agg(", ".join, axis=1).to_numpy()
    months = pd.to_numeric(data["months"], errors="coerce").astype(float)
    there = pd.MultiIndex.from_arrays([period, group])
    every = pd.MultiIndex.from_product([period.unique().sort_values(), sorted(set(group))])
    gone = every[~every.isin(there)]
    span = months.groupby(group).agg(["min", "max"])
    same = (span["min"] > 0) & (span["max"] - span["min"] <= 1e-9 * span["max"])
    at = span["min"].where(same)
    who = gone.get_level_values(1)
    return pd.DataFrame({"period": gone.get_level_values(0), "group": who, "months": at.reindex(who).to_numpy()})


def filled(sums: pd.DataFrame, absent: pd.DataFrame, name: str, missing: str | None) -> pd.DataFrame:
    """Sums of the periods with what the absent rows add to them.

    Parameters
    ----------
    sums : DataFrame
        ``acts, months`` by period.
    absent : DataFrame
        From `absent_cells`, of the periods that matter.
    name : str
        Of the column of periods.
    missing : {"zero"} or None
        An absent row means no acts, and the months of all other rows of its group; else it is refused.

    Raises
    ------
    DataError
        Naming the first groups and periods without a row, or where their months cannot be known.
    """
    if absent.empty:
        return sums
    unknown = absent[absent["months"].isna()] if missing else absent
    if len(unknown):
        shown = "; ".join(f"{r.group} in {r.period}" for r in unknown.head(_SHOWN).itertuples())
        shown += " ..." if len(unknown) > _SHOWN else ""
        if missing:
            what = f"the months at risk of {shown} are not known: they differ between the other {name}s of the group"
            mend = "Add these rows, with 0 acts and the months at risk: missing='zero' cannot give them."
            raise DataError([Problem("panel", None, "months", "", what, mend)])
        what = f"{len(unknown)} {name}{'s have' if len(unknown) > 1 else ' has'} no row in some group: {shown}"
        mend = (
            "It is not said whether they had no acts, nobody at risk, or no record. Add their rows (0 acts and the "
            "months at risk, or 0 months), or say missing='zero' if nothing happened and as many as ever were at risk."
        )
        raise DataError([Problem("panel", None, name, "", what, mend)])
    more = absent.groupby("period")["months"].sum()
    return sums.assign(months=sums["months"].add(more, fill_value=0.0).reindex(sums.index))


def _columns(data: pd.DataFrame, period: pd.PeriodIndex, other: list[str]) -> list[str]:
    """Columns that together tell the rows of a period apart; none if rows are people, or one for a period."""
    if period.is_unique or any(c in data for c in _PEOPLE):
        return []
    found = [c for c in data if c not in other and _is_group(data[c], period)]
    cells = pd.DataFrame({"": period.asi8, **{c: data[c].astype(str).to_numpy() for c in found}})
    for size in range(1, min(len(found), _MOST) + 1):  # the fewest that do: others may only describe the groups
        chosen = [list(c) for c in itertools.combinations(found, size) if not cells[["", *c]].duplicated().any()]
        if chosen:
            return min(chosen, key=lambda c: len(cells[c].drop_duplicates()))
    return []


def _is_group(column: pd.Series, period: pd.PeriodIndex) -> bool:
    """Whether a column names groups: words that come again in other periods, or numbers that fill nearly all cells."""
    if column.isna().any():
        return False
    codes = pd.factorize(column.astype(str))[0]
    levels, periods = int(codes.max(initial=-1)) + 1, period.nunique()
    if levels < 2 or 2 * levels > len(column):
        return False
    if pd.Series(codes).groupby(np.asarray(period.asi8)).nunique().max() < 2:
        return False  # one value in each period, such as its year
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return True
    whole = pd.api.types.is_integer_dtype(column.dtype)
    pairs = len(np.unique(np.column_stack([codes, period.asi8]), axis=0))
    return whole and pairs == len(column) and pairs >= _FULL * levels * periods
