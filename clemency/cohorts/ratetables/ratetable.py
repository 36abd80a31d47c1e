"""Cells of person-time -> a table that is saved, read again and added to that of other rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts.ratetables.cells import summed
from clemency.cohorts.ratetables.query import PERIODS
from clemency.records.arguments.signatures import typed
from clemency.records.environment.extras import optional
from clemency.records.environment.outputs import check_file
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Floats

_FORM = "clemency rate table 1"
BAND = "interval"


@dataclass(frozen=True, slots=True, eq=False)
class RateTable:
    """Result of `rate_table`: events and person-time in cells.

    Attributes
    ----------
    cells : DataFrame
        The columns of `by`; ``interval``, the months of the clock from which a band runs, if there are bands; the
        period (``quarter``, ``year``, ``month`` or ``day``), if there is a calendar; then ``spells`` (that are at risk
        in the cell), ``days`` and ``days2`` (the sum of their days in it and of the squares), and for each outcome k
        from 1 ``events<k>`` and ``event_days<k>`` (days in the cell of the spells that end in the event there).
    by, outcomes : tuple of str
    clock_breaks : ndarray
        Months at which the clock is cut.
    calendar : {"Q", "Y", "M", "D"} or None
    n_rows, n_used : int
        Rows that were read, and those in the cells.
    left_out : DataFrame
        ``reason, column, n`` of the others.
    bad_rows : DataFrame
        ``file, row, column, value, reason`` of rows set aside by ``on_error="report"``.

    Notes
    -----
    Tables of parts of the rows add up to that of all (``+``, in any order and grouping). Days are whole, or halves, and
    bands end on sixteenths of a day, so that their sums are exact in double precision and the same in any order.
    """

    cells: pd.DataFrame
    by: tuple[str, ...]
    outcomes: tuple[str, ...]
    clock_breaks: Floats
    calendar: str | None
    n_rows: int
    n_used: int
    left_out: pd.DataFrame = field(repr=False)
    bad_rows: pd.DataFrame = field(repr=False)

    @property
    def keys(self) -> list[str]:
        """Columns that say which cell it is."""
        band = [BAND] if len(self.clock_breaks) else []
        return [*self.by, *band, *([PERIODS[self.calendar]] if self.calendar else [])]

    def to_pandas(self) -> pd.DataFrame:
        """Cells as a frame: the columns of `by`, band and period, ``spells, person_months``, then the outcomes.

        Returns
        -------
        DataFrame
            One row per cell with somebody at risk. ``person_months`` are months of 365.25/12 days; each outcome has a
            column of counts by its name, as in `Cohort.panel`; ``person_months_sq`` is the sum of the squared months of
            the spells in the cell, and ``<outcome>_months`` the months in the cell of spells that end in it there: what
            errors that do not rest on the Poisson distribution ask for.
        """
        c, months = self.cells, DAYS_PER_MONTH
        out = c[self.keys].copy()
        out["spells"] = c["spells"].astype("int64")
        out["person_months"] = c["days"] / months
        for k, name in enumerate(self.outcomes, 1):
            out[name] = c[f"events{k}"].astype("int64")
        out["person_months_sq"] = c["days2"] / months**2
        for k, name in enumerate(self.outcomes, 1):
            out[f"{name}_months"] = c[f"event_days{k}"] / months
        return out

    def glance(self) -> pd.DataFrame:
        """One row: ``n_rows, n_used, n_cells, person_months`` and the events of each outcome."""
        sums = {name: int(self.cells[f"events{k}"].sum()) for k, name in enumerate(self.outcomes, 1)}
        row: dict[str, Any] = {"n_rows": self.n_rows, "n_used": self.n_used, "n_cells": len(self.cells)}
        return pd.DataFrame([{**row, "person_months": float(self.cells["days"].sum()) / DAYS_PER_MONTH, **sums}])

    def __add__(self, other: RateTable) -> RateTable:
        """Table of the rows of both."""
        if not isinstance(other, RateTable):
            return NotImplemented
        for name in ("by", "outcomes", "calendar"):
            if getattr(self, name) != getattr(other, name):
                mine, theirs = getattr(self, name), getattr(other, name)
                raise UsageError(f"The tables differ in {name} ({mine} and {theirs}): make both with the same.")
        if not np.array_equal(self.clock_breaks, other.clock_breaks):
            raise UsageError("The tables differ in clock_breaks: make both with the same.")
        left = pd.concat([self.left_out, other.left_out]).groupby(["reason", "column"], sort=False)["n"].sum()
        bad = [t for t in (self.bad_rows, other.bad_rows) if len(t)]
        return replace(
            self,
            cells=summed([self.cells, other.cells], self.keys),
            n_rows=self.n_rows + other.n_rows,
            n_used=self.n_used + other.n_used,
            left_out=left.reset_index(),
            bad_rows=pd.concat(bad, ignore_index=True) if bad else self.bad_rows,
        )

    def __radd__(self, other: Any) -> RateTable:
        """So that ``sum(tables)`` adds them up."""
        return self if other == 0 else NotImplemented

    @typed
    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the table to one file, with all that `from_parquet` needs.

        Parameters
        ----------
        path : path

        Raises
        ------
        UsageError
            If the file cannot be written.
        """
        check_file(path)
        arrow, parquet = (optional(m, "frames", "A Parquet file") for m in ("pyarrow", "pyarrow.parquet"))
        told = {
            "form": _FORM,
            "by": self.by,
            "outcomes": self.outcomes,
            "clock_breaks": self.clock_breaks.tolist(),
            "calendar": self.calendar,
            "n_rows": self.n_rows,
            "n_used": self.n_used,
            "left_out": self.left_out.astype(object).to_dict("records"),
            "bad_rows": self.bad_rows.astype(object).to_dict("records"),
        }
        table = arrow.Table.from_pandas(self.cells, preserve_index=False)
        meta = {**(table.schema.metadata or {}), b"clemency": json.dumps(told, ensure_ascii=False).encode()}
        try:
            parquet.write_table(table.replace_schema_metadata(meta), path)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error}. Name another place, or free some room.") from None

    @staticmethod
    @typed
    def from_parquet(path: str | PathLike[str]) -> RateTable:
        """Read a table that `to_parquet` wrote.

        Parameters
        ----------
        path : path

        Returns
        -------
        RateTable

        Raises
        ------
        DataError
            If there is no such file, it is damaged, or holds something else.
        """
        arrow, parquet = (optional(m, "frames", "A Parquet file") for m in ("pyarrow", "pyarrow.parquet"))
        try:
            table = parquet.read_table(path, partitioning=None)
            told = json.loads((table.schema.metadata or {}).get(b"clemency", b"{}"))
        except (OSError, ValueError, arrow.ArrowException) as error:
            text = f"it cannot be read: {str(error).splitlines()[0][:150]}"
            raise DataError([Problem(str(path), None, "", "", text, "Write it again with to_parquet.")]) from None
        if told.get("form") != _FORM:
            text = "it is no rate table: it lacks what to_parquet writes beside the cells"
            raise DataError([Problem(str(path), None, "", "", text, "rate_table(path) tabulates a file of spells.")])
        frames = {
            "left_out": pd.DataFrame(told["left_out"], columns=["reason", "column", "n"]),
            "bad_rows": pd.DataFrame(told["bad_rows"], columns=["file", "row", "column", "value", "reason"]),
        }
        by, outcomes = tuple(told["by"]), tuple(told["outcomes"])
        breaks = np.asarray(told["clock_breaks"], dtype=float)
        numbers = (int(told["n_rows"]), int(told["n_used"]))
        return RateTable(table.to_pandas(), by, outcomes, breaks, told["calendar"], *numbers, **frames)

    def __repr__(self) -> str:
        g = self.glance().iloc[0]
        acts = ", ".join(f"{int(g[name]):,} {name}" for name in self.outcomes)
        within = f" by {', '.join(self.keys)}" if self.keys else ""
        head = f"Rate table of {self.n_used:,} spells in {counted(len(self.cells), 'cell')}{within}: "
        lines = [f"{head}{g['person_months']:,.0f} person-months, {acts}", *self._told()]
        return "\n".join(lines)

    def _told(self) -> list[str]:
        return [
            f"Left out: {r.n:,} of {self.n_rows:,} rows, {r.reason} ({r.column})." for r in self.left_out.itertuples()
        ]

    def _repr_html_(self) -> str:
        lines = repr(self).splitlines()
        return as_html(lines[0], self.to_pandas().head(10), lines[1:], "{:,.2f}")
