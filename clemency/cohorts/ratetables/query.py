"""Columns of spells, bands of the clock and calendar periods -> the text of the query that tabulates them.

Each spell is cut where it is read, first at the bands that it reaches into and then at the periods, so that a piece
exists only until it is added to its cell: nothing of the size of spells times bands is ever held. The text keeps to
what SQL engines have in common (dates as whole days since 1970, lists, one expansion of a list into rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Floats, Ints

#: Names of the columns of periods.
PERIODS = {"Q": "quarter", "Y": "year", "M": "month", "D": "day"}
_SPELL = 'cell, began, "left", zero, kind'
_NUMBER = {
    "Q": "year({0}) * 4 + quarter({0}) - 1",
    "M": "year({0}) * 12 + month({0}) - 1",
    "Y": "year({0})",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of time.

    Attributes
    ----------
    months : ndarray, shape (k,)
        Months of the clock at which it is cut, ascending and above 0.
    calendar : {"Q", "Y", "M", "D"} or None
    first : int
        Number of the first period.
    ends : ndarray of float, shape (m + 1,)
        Last day before the first period, then the last day of each.
    """

    months: Floats
    calendar: str | None
    first: int = 0
    ends: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def edges(self) -> Floats:
        """Days of the clock at which it is cut, between open ends."""
        return np.r_[-1e9, self.months * DAYS_PER_MONTH, 1e9]

    def spanning(self, first_day: float, last_day: float) -> Grid:
        """Give the same cells with the periods from one day to another."""
        if self.calendar is None:
            return self
        days = [pd.Timestamp("1970-01-01") + pd.Timedelta(days=int(d)) for d in (first_day, last_day)]
        periods = pd.period_range(*days, freq=self.calendar)
        before = (periods[:1] - 1).end_time
        ends = before.append(periods.end_time).to_numpy().astype("datetime64[D]").astype("int64")
        return Grid(self.months, self.calendar, number_of(periods[0], self.calendar), ends.astype(float))

    def starts(self) -> Floats:
        """Months from which each band runs."""
        return np.r_[0.0, self.months]

    def labels(self) -> list[str]:
        """Names of the periods, in order."""
        if self.calendar is None:
            return []
        day = pd.to_datetime(self.ends[1:], unit="D")
        return [str(p) for p in pd.PeriodIndex(day, freq=self.calendar)]


def number_of(period: pd.Period, calendar: str) -> int:
    """Number of a period, as the query counts them."""
    start = period.start_time
    per_year = {"Q": (4, start.quarter - 1), "M": (12, start.month - 1), "Y": (1, 0)}
    if calendar == "D":
        return int((start - pd.Timestamp("1970-01-01")).days)
    size, within = per_year[calendar]
    return int(start.year * size + within)


def quoted(name: str) -> str:
    """Name of a column, as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Text, as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def combinations(rows: str, by: Sequence[str]) -> str:
    """Query of the groups that there are and their numbers from 1, in their order: `cell` and the columns of `by`.

    Parameters
    ----------
    rows : str
        Query of the usable spells.
    by : sequence of str
    """
    keys = ", ".join(by)
    return f"SELECT {keys}, row_number() OVER (ORDER BY {keys}) AS cell FROM ({rows}) GROUP BY {keys}"


def tabulation(rows: str, by: Sequence[str], grid: Grid, kinds: int, collapse: bool = False) -> str:
    """Query of the cells.

    Parameters
    ----------
    rows : str
        Query of the usable spells: the columns of `by`; ``began``, ``left`` and ``zero``, days since 1970 at which the
        spell begins and ends and its clock starts; and ``kind``, the number of its event from 1, or 0.
    by : sequence of str
    grid : Grid
    kinds : int
        Number of outcomes.
    collapse : bool
        Count spells that are the same in all columns first, and cut them once.

    Returns
    -------
    str
        Query of ``cell`` (number of the group, as in `combinations`), ``band, period, spells, days, days2``, then
        ``events1, event_days1`` ...
    """
    steps = [f"spells AS ({rows})"]
    if by:
        same = " AND ".join(f"spells.{c} IS NOT DISTINCT FROM combos.{c}" for c in by)
        steps += [
            f"combos AS MATERIALIZED ({combinations('SELECT * FROM spells', by)})",
            f"keyed AS (SELECT {_SPELL} FROM spells JOIN combos ON {same})",
        ]
    else:
        steps.append(f"keyed AS (SELECT {_SPELL.replace('cell', '1 AS cell', 1)} FROM spells)")
    grouped = f", count(*) AS n FROM keyed GROUP BY {_SPELL}" if collapse else ", 1 AS n FROM keyed"
    steps += [f"coded AS (SELECT {_SPELL}{grouped})", *_banded(grid), *_dated(grid)]
    n, times = ("sum(n)", "n * ") if collapse else ("count(*)", "")
    sums = [f"CAST({n} AS BIGINT) AS spells", f"sum({times}held) AS days", f"sum({times}held * held) AS days2"]
    for k in range(1, kinds + 1):
        here = f"FILTER (kind = {k})"
        sums += [f"CAST({n} {here} AS BIGINT) AS events{k}", f"sum({times}held) {here} AS event_days{k}"]
    steps.append(
        "pieces AS (SELECT cell, band, period, n, left_at - began AS held, "
        'CASE WHEN left_at = "left" THEN kind ELSE 0 END AS kind FROM dated)'
    )
    return (
        f"WITH {', '.join(steps)} SELECT cell, band, period, {', '.join(sums)} FROM pieces GROUP BY cell, band, period"
    )


def _banded(grid: Grid) -> list[str]:
    """Cut at the clock: a list says for each whole day of it how many cuts come before."""
    if not len(grid.months):
        return ['banded AS (SELECT cell, began, "left" AS left_at, "left", kind, n, 0 AS band FROM coded)']
    edges = grid.edges
    days = int(edges[-2]) + 2
    before = np.searchsorted(edges[1:-1], np.arange(days), side="right")
    places, cuts = _list(before, "INTEGER"), _list(edges, "DOUBLE")

    def at(day: str) -> str:
        return f"{places}[CAST(least(floor({day}), {days - 1}) AS INTEGER) + 1]"

    low, high = at("began - zero"), at('ceil("left" - zero) - 1')
    return [
        f"looked AS (SELECT *, {low} AS low, {high} AS high FROM coded)",
        f'ranged AS (SELECT cell, began, "left", zero, kind, n, unnest(generate_series('
        f"low + CAST({cuts}[low + 2] <= began - zero AS INTEGER), "
        f'high + CAST({cuts}[high + 2] < "left" - zero AS INTEGER))) AS band FROM looked)',
        f"banded AS (SELECT cell, greatest(began, zero + {cuts}[band + 1]) AS began, "
        f'least("left", zero + {cuts}[band + 2]) AS left_at, "left", kind, n, band FROM ranged)',
    ]


def _dated(grid: Grid) -> list[str]:
    """Cut at the ends of periods; a day belongs to the period that it lies in, with its end."""
    if grid.calendar is None:
        return ["dated AS (SELECT *, 0 AS period FROM banded)"]

    def number(day: str) -> str:
        if grid.calendar == "D":
            return f"{day} - {grid.first}"
        return f"{_NUMBER[str(grid.calendar)].format(f'(DATE {chr(39)}1970-01-01{chr(39)} + {day})')} - {grid.first}"

    first = number("(CAST(floor(began) AS INTEGER) + 1)")
    last = number("CAST(ceil(left_at) AS INTEGER)")
    ends = _list(grid.ends, "DOUBLE")
    before, end = f"{ends}[period + 1]", f"{ends}[period + 2]"
    if grid.calendar == "D":
        before, end = (f"CAST(period + {grid.first + k} AS DOUBLE)" for k in (-1, 0))
    return [
        f"spread AS (SELECT *, unnest(generate_series({first}, {last})) AS period FROM banded)",
        f'dated AS (SELECT cell, band, period, kind, n, "left", greatest(began, {before}) AS began, '
        f"least(left_at, {end}) AS left_at FROM spread)",
    ]


def _list(values: Floats | Ints, kind: str) -> str:
    """Give a list of numbers, each of one type: without it an engine may take them for decimals, which are slow."""
    texts = [repr(float(v)) for v in values] if kind == "DOUBLE" else [str(int(v)) for v in values]
    return f"CAST([{', '.join(texts)}] AS {kind}[])"
