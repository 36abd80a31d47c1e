"""A grid and what its columns hold -> every cell read, and a list of all that was not read or is not certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records.checks.plausible import doubts
from clemency.records.errors import Problem
from clemency.records.presentation.wording import counted
from clemency.sources.spreadsheets.cells.chargecells import Charged, charge_reader
from clemency.sources.spreadsheets.cells.datecells import Order, ambiguous, order_of
from clemency.sources.spreadsheets.cells.lengthcells import Sentence, doubtful_unit, is_bare
from clemency.sources.spreadsheets.cells.placecells import Place
from clemency.sources.spreadsheets.cells.readings import (
    IN_PART,
    NOT_READ,
    UNCERTAIN,
    Cell,
    Column,
    read_column,
    tidy,
    unread,
)
from clemency.sources.spreadsheets.columns.fields import FIELDS, reader_of
from clemency.sources.spreadsheets.columns.guess import share, texts_of, unit_of
from clemency.sources.spreadsheets.columns.mapping import Spec
from clemency.sources.spreadsheets.sheets.grid import Grid

_NAMES = (
    "row",
    "cell",
    "column",
    "field",
    "value",
    "problem",
    "read_as",
    "alternatives",
    "remedy",
    "cells",
    "severity",
)
_DATED = ("date", "end", "act")
_SEVERITY = {NOT_READ: "error", UNCERTAIN: "warning", IN_PART: "warning"}


class CellsRead:
    """What columns hold, all decided, and what was read in them; None for those that are not used."""

    def __init__(self, specs: list[Spec], columns: list[Column | None]) -> None:
        self.specs, self.columns = specs, columns


class Told:
    """Collector of what is to be told of a reading."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.rows: list[tuple[Any, ...]] = []
        self.column_of: dict[str, str] = {}
        for note in grid.notes:
            self._around(note)

    def _around(self, note: Problem) -> None:
        row = pd.NA if note.row is None else note.row
        self.rows.append((row, "", note.column, "", note.value, note.message, "", "", note.remedy, 0, "note"))

    def note(
        self, column: str, message: str, remedy: str, cells: int = 0, severity: str = "note", alternatives: str = ""
    ) -> None:
        """Something about a whole column, or about the sheet."""
        self.rows.append((pd.NA, "", column, "", "", message, "", alternatives, remedy, cells, severity))

    def column(self, spec: Spec, column: Column, apart: Callable[[str], bool] = lambda text: False) -> None:
        """Every cell of a column that was not read, or not with certainty, but those that are told `apart`."""
        self.column_of.setdefault(spec.field, spec.column)
        odd = np.array([c.state in _SEVERITY and not apart(t) for c, t in zip(column.cells, column.texts, strict=True)])
        if not odd.any():
            return
        place = self.grid.header.index(spec.column)
        for i in np.flatnonzero(odd[column.place]):
            cell = column.cells[column.place[i]]
            where = self.grid.numbers[i], self.grid.place(int(i), place), spec.column, spec.field
            said = (
                column.texts[column.place[i]],
                cell.reason,
                shown(cell.value),
                "; ".join(cell.alternatives),
                cell.remedy,
            )
            self.rows.append((*where, *said, 1, _SEVERITY[cell.state]))

    def charges(self, index: int, column: Column, era: NDArray[Any]) -> Column:
        """A column of charges, read under the law of each row."""
        spec_column = self.grid.header[index]
        texts = self.grid.cells[spec_column].to_numpy(dtype=object)
        at = np.empty(len(texts), dtype=np.intp)
        told: list[str] = []
        cells: list[Cell] = []
        for law in ("", "CL79", "CL97"):
            rows = np.flatnonzero(era == law)
            part = read_column(pd.Series(texts[rows], dtype=object), charge_reader(law))
            at[rows] = part.place + len(cells)
            told, cells = [*told, *part.texts], [*cells, *part.cells]
        read = _with_unread(Column(at, told, cells), self.grid, index)
        self.column(Spec(spec_column, "charge"), read)
        return read

    def of_row(self, row: int, field: str, value: str, message: str, remedy: str) -> None:
        """Something that does not fit in a row of the sheet."""
        column = self.column_of.get(field, "")
        self.rows.append((self.grid.numbers[row], "", column, field, value, message, "", "", remedy, 1, "warning"))

    def of_case(self, rows: NDArray[np.intp]) -> Callable[[int, str, str, str, str], None]:
        """The same, for cases by their position."""
        return lambda i, *said: self.of_row(int(rows[i]), *said)

    def doubts(self, cases: pd.DataFrame, acts: pd.DataFrame, rows: NDArray[np.intp]) -> None:
        """What cannot be true together, as `check` says."""
        place = {str(k): int(rows[i]) for i, k in enumerate(cases["case_id"])}
        for doubt in doubts(cases, acts):
            row = place.get(str(doubt.case_id))
            number = pd.NA if row is None else self.grid.numbers[row]
            self.rows.append(
                (number, "", "", doubt.column, doubt.value, doubt.message, "", "", doubt.remedy, 0, "warning")
            )

    def frame(self) -> pd.DataFrame:
        """All of it, by row; what is about the whole first."""
        frame = pd.DataFrame(self.rows, columns=list(_NAMES))
        frame["row"] = frame["row"].astype("Int64")
        return frame.sort_values("row", kind="stable", na_position="first", ignore_index=True)


def shown(value: Any) -> str:
    """A value that was read, for a table of problems."""
    if value is None:
        return ""
    if isinstance(value, Sentence):
        return value.kind if value.months is None else f"{value.kind}, {value.months:g} months"
    if isinstance(value, Charged):
        return " ".join((*value.stated, *value.derived))
    if isinstance(value, Place):
        return f"{value.province} {value.prefecture}".strip()
    if isinstance(value, tuple):
        return "; ".join(
            " ".join(str(p) for p in v if p not in ("", None, False)) if isinstance(v, tuple) else str(v) for v in value
        )
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_cells(grid: Grid, specs: Sequence[Spec], day_first: bool | None, problems: Told) -> CellsRead:
    """Read all columns that are used.

    Parameters
    ----------
    grid : Grid
    specs : sequence of Spec
        One for each column of the grid.
    day_first : bool or None
        For columns whose own dates do not tell.
    problems : Told
        Takes what is to be told.
    """
    settled, columns = [], list[Column | None]()
    for index, spec in enumerate(specs):
        if not spec.field:
            settled.append(spec)
            columns.append(None)
            _unused(spec, grid, problems)
            continue
        texts = texts_of(grid, spec.column)
        order, spec = _ordered(spec, texts, day_first, grid, problems)
        unit, certain = unit_of(spec, texts) if FIELDS[spec.field].kind in ("sentence", "length", "act") else ("", True)
        field = FIELDS[spec.field]
        words = field.column.levels if field.column else ()
        column = read_column(grid.cells[spec.column], reader_of(field, unit, order), words)
        column = column if certain else _doubtful(spec, column, unit, problems)
        column = _with_unread(column, grid, index)
        if spec.field != "charge":
            problems.column(spec, column, (lambda t: False) if certain else (lambda t: is_bare(tidy(t))))
        _certainty(spec, texts, problems)
        settled.append(replace(spec, unit=unit if unit else spec.unit))
        columns.append(column)
    return CellsRead(settled, columns)


def _unused(spec: Spec, grid: Grid, problems: Told) -> None:
    filled = int((grid.cells[spec.column].str.strip() != "").sum())
    if filled and spec.certainty != "given":
        problems.note(
            spec.column, f"the column is not used: {spec.why}", "Say what it holds with columns=, or leave it.", filled
        )


def _ordered(spec: Spec, texts: list[str], day_first: bool | None, grid: Grid, problems: Told) -> tuple[Order, Spec]:
    """Whether days come first in the dates of a column, and the same on its spec."""
    if FIELDS[spec.field].kind not in _DATED:
        return "", spec
    asked = spec.day_first if spec.day_first is not None else None
    own = order_of(texts)
    order: Order = own
    if asked is not None or (own == "" and day_first is not None):
        order = "day" if (asked if asked is not None else day_first) else "month"
    unclear = {t for t in texts if ambiguous(t)}
    if asked is None and order in ("day", "month") and unclear:
        n = int(grid.cells[spec.column].map(tidy).isin(unclear).sum())
        why = "as day_first= says" if own == "" else "as other dates of the column tell"
        problems.note(
            spec.column,
            f"{counted(n, 'date')} such as {min(unclear)} read with the {order} first, {why}",
            f"Say day_first: {str(order != 'day').lower()} in columns= if that is wrong.",
        )
    settled = order in ("day", "month") and (asked is not None or bool(unclear))
    return order, replace(spec, day_first=order == "day") if settled else spec


def _doubtful(spec: Spec, column: Column, unit: str, problems: Told) -> Column:
    """A column whose numbers have no unit but the likely one: read so, and told once."""
    bare = [is_bare(tidy(t)) for t in column.texts]
    cells = list(column.cells)
    for k, (text, cell) in enumerate(zip(column.texts, column.cells, strict=True)):
        if bare[k] and cell.value is not None:
            doubt = doubtful_unit(tidy(text), unit)
            cells[k] = doubt._replace(value=cell.value)
    n = int(np.array([b and c.state == UNCERTAIN for b, c in zip(bare, cells, strict=True)])[column.place].sum())
    other = "months" if unit == "years" else "years"
    if n:
        problems.note(
            spec.column,
            f"{counted(n, 'number')} without a unit, taken for {unit}",
            f"Say {unit} or {other} in the header, or as unit in columns=.",
            n,
            "warning",
            other,
        )
    wrong = {k for k, (b, c) in enumerate(zip(bare, cells, strict=True)) if b and c.value is None}
    for i in np.flatnonzero(np.isin(column.place, list(wrong))):
        problems.of_row(
            int(i),
            spec.field,
            column.texts[column.place[i]],
            cells[column.place[i]].reason,
            cells[column.place[i]].remedy,
        )
    return Column(column.place, column.texts, cells)


def _with_unread(column: Column, grid: Grid, index: int) -> Column:
    """Cells that hold something which is not their value, such as those of a merged area."""
    found = {}
    for (i, p), why in grid.unread.items():
        if p == index:
            other = grid.merged.get((i, p), "")
            remedy = "Undo the merging, and fill in the cell." if other else "Correct the cell, or leave it empty."
            found[i] = unread(why, remedy, *filter(None, (other,)))
    return column.with_values(found)


def _certainty(spec: Spec, texts: list[str], problems: Told) -> None:
    """A guess that only the name, or only the content, of a column supports."""
    if spec.certainty == "content":
        problems.note(
            spec.column,
            f"taken for {spec.field} by what it holds: {spec.why}",
            "Say what it holds with columns=.",
            severity="warning",
        )
    elif spec.certainty == "name" and texts and share(FIELDS[spec.field], texts[:300], spec.unit) < 0.5:
        problems.note(
            spec.column,
            f"taken for {spec.field} by its name, although only {spec.why}",
            "Say what it holds with columns=.",
            severity="warning",
        )
