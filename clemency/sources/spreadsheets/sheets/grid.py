"""Rows as text, a header somewhere among the first -> the records below it, and every other row with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem
from clemency.records.files.workbooks import column_letters

_LOOKED_AT = 25  # rows among which the header is looked for
_TOTAL = re.compile(
    r"(?:grand |sub)?totals?\b|合计|总计|共计|小计|总数|sum\b|average\b|mean\b|count\b|平均", re.IGNORECASE
)
_REMARK = re.compile(
    r"(?:sources?|notes?|remarks?|last updated?|updated?|来源|资料来源|注|备注|说明)\s*[:：]|[*†‡#]|©", re.IGNORECASE
)
_PART = re.compile(
    r"(?:dates?|months?|mths?|years?|type|kind|by|to|length|amount|日期|时间|月|月数|幅度|年|种类|类型)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a sheet as text, of one width, with the numbers that its program shows.

    ``unread`` has the reason for each cell, by row number and position, that holds something that cannot be taken;
    ``merged`` the text of the cell with which it is merged. ``remarks`` are sentences about the whole.
    """

    file: str
    form: str
    rows: list[list[str]]
    numbers: list[int]
    unread: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: Mapping[tuple[int, int], str] = field(default_factory=dict)
    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    blank: int = 0
    frame: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Records of a sheet.

    Attributes
    ----------
    file, form : str
        What it is called, and what it is.
    header : list of str
        A name for each column, each once.
    numbers : list of int
        Row of each record as its program shows it, or its position in a frame.
    cells : DataFrame, one column for each of `header`
        Texts.
    unread : dict
        Reason by position of the record and of the column.
    merged : dict
        The text of the cell with which such a cell is merged.
    notes : list of Problem
        What stands around the records and was left out, and what is out of sight.
    letters : bool
        Whether columns have letters.
    """

    file: str
    form: str
    header: list[str]
    numbers: list[int]
    cells: pd.DataFrame
    unread: dict[tuple[int, int], str]
    merged: dict[tuple[int, int], str]
    notes: list[Problem]
    letters: bool

    def place(self, record: int, column: int) -> str:
        """Cell as a spreadsheet calls it, such as ``F12``; of a text or a frame, its row."""
        return f"{column_letters(column) if self.letters else ''}{self.numbers[record]}"


def grid_of(sheet: Rows, known: Callable[[str], bool]) -> Grid:
    """Find the header and the records.

    Parameters
    ----------
    sheet : Rows
    known : callable
        Whether a text is the name of a column.

    Raises
    ------
    DataError
        If no row has names of columns, or there is no record below it.
    """
    at, second = (0, False) if sheet.frame else _header_at(sheet, known)
    header = _names(sheet, at, second)
    first = at + 1 + second
    notes = [_note(sheet, i, "a line above the header, not read") for i in range(at)]
    if second:
        told = f"rows {sheet.numbers[at]} and {sheet.numbers[at + 1]} are read as one header"
        notes.append(
            Problem(
                sheet.file,
                sheet.numbers[at + 1],
                "",
                " | ".join(header)[:200],
                told,
                "Give each column one name in one row.",
                "warning",
            )
        )
    kept = _records(sheet, first, header, notes)
    if not kept:
        raise DataError([Problem(sheet.file, None, "", "", "there is no record below the header", "Add the records.")])
    numbers = [sheet.numbers[i] for i in kept]
    columns = list(zip(*(sheet.rows[i] for i in kept), strict=True))
    cells = pd.DataFrame({i: np.array(c, dtype=object) for i, c in enumerate(columns)})
    place = {n: i for i, n in enumerate(numbers)}
    unread = {(place[n], p): why for (n, p), why in sheet.unread.items() if n in place}
    merged = {(place[n], p): text for (n, p), text in sheet.merged.items() if n in place}
    used = [i for i in range(len(header)) if header[i] or cells[i].str.strip().any()]
    notes += _out_of_sight(sheet, header, used, numbers)
    names = _each_once([header[i] or f"(column {column_letters(i)})" for i in used])
    return Grid(
        sheet.file,
        sheet.form,
        names,
        numbers,
        cells[used].set_axis(names, axis=1),
        _moved(unread, used),
        _moved(merged, used),
        notes,
        "sheet" in sheet.form,
    )


def _moved(cells: Mapping[tuple[int, int], str], used: Sequence[int]) -> dict[tuple[int, int], str]:
    place = {p: k for k, p in enumerate(used)}
    return {(i, place[p]): text for (i, p), text in cells.items() if p in place}


def _header_at(sheet: Rows, known: Callable[[str], bool]) -> tuple[int, bool]:
    """Position of the header, and whether the row below belongs to it."""
    scores = [sum(known(cell) for cell in dict.fromkeys(row) if cell.strip()) for row in sheet.rows[:_LOOKED_AT]]
    if not scores or max(scores) == 0:
        remedy = "Give the columns names in one row, such as Name, Sentenced, Term, Charge; or name them with columns=."
        raise DataError([Problem(sheet.file, None, "", "", "no row has the names of columns that are known", remedy)])
    at = int(np.argmax(scores))
    if at and _parts_only(sheet.rows[at]) and len(set(sheet.rows[at - 1])) > 1:
        return at - 1, True
    return at, at + 1 < len(sheet.rows) and _parts_only(sheet.rows[at + 1], sheet, at)


def _parts_only(row: Sequence[str], sheet: Rows | None = None, above: int = 0) -> bool:
    """Whether a row has words that go with those above, such as date and months, and nothing else."""
    filled = [c.strip() for c in row if c.strip()]
    share = sum(_PART.fullmatch(c) is not None for c in filled)
    if share < 2 or share < 0.5 * len(filled):
        return False
    return sheet is None or any(not cell.strip() for cell in sheet.rows[above])


def _names(sheet: Rows, at: int, second: bool) -> list[str]:
    """Names of columns; of two rows, the upper one holds on to the right where it is empty or merged."""
    upper = [" ".join(c.split()) for c in sheet.rows[at]]
    if not second:
        return upper
    names, last = [], ""
    for above, below in zip(upper, (" ".join(c.split()) for c in sheet.rows[at + 1]), strict=True):
        last = above or last
        names.append(f"{last} {below}".strip() if below else above)
    return names


def _each_once(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def _note(sheet: Rows, i: int, why: str) -> Problem:
    text = " | ".join(c.strip() for c in sheet.rows[i] if c.strip())
    return Problem(sheet.file, sheet.numbers[i], "", text[:200], why, "Nothing, if it is no record.", "warning")


def _records(sheet: Rows, first: int, header: list[str], notes: list[Problem]) -> list[int]:
    """Positions of the rows that are records; the others are noted."""
    kept, seen = [], dict[tuple[str, ...], int]()
    for i in range(first, len(sheet.rows)):
        row = sheet.rows[i]
        filled = [c.strip() for c in row if c.strip()]
        if not filled:
            continue
        if not sheet.frame and _TOTAL.match(filled[0]) and len(filled) < max(2, 0.6 * sum(map(bool, header))):
            notes.append(_note(sheet, i, "a total, not a record"))
        elif not sheet.frame and len(filled) == 1 and (_REMARK.match(filled[0]) or len(filled[0]) > 80):
            notes.append(_note(sheet, i, "a remark, not a record"))
        elif not sheet.frame and [" ".join(c.split()) for c in row] == header:
            notes.append(_note(sheet, i, "the header again, not a record"))
        elif (key := tuple(row)) in seen:
            notes.append(_note(sheet, i, f"the same as row {seen[key]} in every cell, counted once"))
        else:
            seen[key] = sheet.numbers[i]
            kept.append(i)
    return kept


def _out_of_sight(sheet: Rows, header: list[str], used: Sequence[int], numbers: Sequence[int]) -> list[Problem]:
    """Hidden columns and rows, which are read."""
    remedy = "Delete it, or set its field to nothing in columns=, if it is not meant to be read."
    found = [
        Problem(
            sheet.file,
            None,
            header[p] or column_letters(p),
            "",
            "the column is hidden in the workbook; it is read",
            remedy,
            "warning",
        )
        for p in used
        if p in sheet.hidden_columns
    ]
    hidden = [n for n in numbers if n in sheet.hidden_rows]
    if hidden:
        shown = ", ".join(map(str, hidden[:10])) + (" and more" if len(hidden) > 10 else "")
        found.append(
            Problem(
                sheet.file,
                hidden[0],
                "",
                "",
                f"{len(hidden)} rows are hidden or filtered out; they are read: {shown}",
                "Delete them if they are not meant to be read.",
                "warning",
            )
        )
    return found
