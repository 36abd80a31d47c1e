"""An export as CSV, XLSX or RData -> a frame of texts under our names of the 40 fields, and what its header held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.records.environment.extras import optional
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.files.cellformats import as_text
from clemency.records.files.textfiles import decoded, delimiter_of, read_bytes, records
from clemency.records.files.workbooks import Sheet, column_letters, read_book
from clemency.sources.cecc.fields import BY_NAME, FIELDS
from clemency.sources.cecc.parse import narrowed

_EXPORT = "Export the query results from https://www.ppdcecc.gov/ anew, with all fields and the header line."
_TEXT, _BOOK, _R = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm"), (".rdata", ".rda", ".rds")


@dataclass(frozen=True, slots=True)
class File:
    """A file as read.

    ``cells`` has one text column per field, in the order of `FIELDS`; a field that the file lacks is empty.
    ``headers`` gives the file's header of each field found, ``extra`` the headers that name no field. ``numbers`` are
    the rows as the file counts them, shape (n,). ``unread`` has the reason for each cell, by its position in the frame
    and its field, that holds something which is not its value.
    """

    cells: pd.DataFrame
    headers: dict[str, str]
    extra: tuple[str, ...]
    form: str
    blank_rows: int
    numbers: tuple[int, ...]
    unread: dict[tuple[int, str], str]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Header and rows of any of the three forms; rows that hold nothing are left out and counted."""

    header: list[str]
    header_row: int | None
    rows: list[list[str]]
    numbers: list[int]
    form: str
    blank: int = 0
    unread: dict[tuple[int, int], str] = field(default_factory=dict)


def read_file(path: Path) -> File:
    """Read any of the three forms.

    Raises
    ------
    UsageError
        If there is no such file, or its ending is none of those that can be read.
    DataError
        If it is empty, damaged, no export, or names a record twice.
    """
    ending = path.suffix.lower()
    if not path.is_file():
        raise UsageError(f"There is no file {path}. Name the export as it was saved.")
    if ending in _TEXT:
        table = _from_text(path)
    elif ending in _BOOK:
        table = _from_book(path)
    elif ending in _R:
        table = _from_r(path)
    else:
        raise UsageError(f"{path.name} ends in '{ending}'. Save the export as .csv, .xlsx or .RData.")
    where, extra = _matched(path.name, table.header, table.header_row)
    n = len(table.rows)
    if not n:
        raise _error(path, None, "", "", "the file has a header and no rows", _EXPORT)
    columns = {f.name: [r[where[f.name]] for r in table.rows] if f.name in where else [""] * n for f in FIELDS}
    cells = pd.DataFrame(columns, dtype=object)
    row_at, field_at = {r: i for i, r in enumerate(table.numbers)}, {i: name for name, i in where.items()}
    unread = {(row_at[r], field_at[p]): why for (r, p), why in table.unread.items() if r in row_at and p in field_at}
    _check_records(path.name, cells["record"], table.numbers, unread)
    headers = {k: table.header[i] for k, i in where.items()}
    return File(cells, headers, extra, table.form, table.blank, tuple(table.numbers), unread)


def _error(path: Path, row: int | None, column: str, value: str, message: str, remedy: str) -> DataError:
    return DataError([Problem(path.name, row, column, value, message, remedy)])


def _from_text(path: Path) -> _Rows:
    text, encoding = decoded(path)
    table = records(path.name, text, delimiter_of(text))
    if table is None:
        raise _error(path, None, "", "", "the file is empty", _EXPORT)
    header = table.header
    _matched(path.name, header, table.header_line)
    remedy = "Quote fields that hold the delimiter, or export the file anew."
    ragged = [
        Problem(path.name, line, "", "", f"{len(r)} fields where the header has {len(header)}", remedy)
        for line, r in zip(table.lines, table.rows, strict=True)
        if len(r) != len(header)
    ]
    if ragged:
        raise DataError(ragged)
    return _Rows(header, table.header_line, table.rows, table.lines, f"text in {encoding}", table.blank)


def _from_book(path: Path) -> _Rows:
    sheets = [s for s in read_book(path) if s.rows]
    if not sheets:
        raise _error(path, None, "", "", "no sheet of the workbook holds anything", _EXPORT)
    sheet = _chosen(path, sheets)
    header = [text or f"(column {column_letters(i)})" for i, text in enumerate(sheet.rows[0])]
    others = ", ".join(f"'{s.name}'{' (hidden)' * s.hidden}" for s in sheets if s is not sheet)
    form = f"sheet '{sheet.name}' of a workbook" + (f"; not read: sheet {others}" if others else "")
    unread = {(row, p): why for (row, p), why in sheet.unread.items() if row != sheet.numbers[0]}
    return _Rows(header, sheet.numbers[0], sheet.rows[1:], sheet.numbers[1:], form, sheet.blank, unread)


def _chosen(path: Path, sheets: list[Sheet]) -> Sheet:
    """The one sheet in sight that has a record number."""
    holding = [s for s in sheets if "record" in {_BY_HEADER.get(_bare(h)) for h in s.rows[0]}]
    in_sight = [s for s in holding if not s.hidden]
    if len(in_sight) == 1:
        return in_sight[0]
    names = ", ".join(f"'{s.name}'" for s in in_sight or holding or sheets)
    if holding:
        what = f"sheets {names} all have a record number" if in_sight else f"sheet {names} is hidden"
        remedy = "Save the one sheet with the export alone." if in_sight else "Show the sheet, and save the workbook."
        raise _error(path, None, "CECC record number", "", what, remedy)
    if len(sheets) > 1:
        message = f"none of its sheets ({names}) begins with a header that names the record number"
        raise _error(path, None, "CECC record number", "", message, _EXPORT)
    return sheets[0]


def _from_r(path: Path) -> _Rows:
    pyreadr = optional("pyreadr", "sources", "Reading an R file", "save it as CSV")
    read_bytes(path)
    try:
        objects = pyreadr.read_r(str(path))
    except Exception as error:  # pyreadr raises its own errors and bare ones from its C library
        raise _error(path, None, "", "", f"not a readable R file ({error})", "Save it again from R.") from None
    frames = {k: f for k, f in objects.items() if isinstance(f, pd.DataFrame)}
    chosen = [k for k, f in frames.items() if "record" in {_BY_HEADER.get(_bare(str(c))) for c in f.columns}]
    if len(chosen) != 1:
        names = ", ".join(map(str, frames)) or "no data frame"
        message = f"it holds {names}, and {len(chosen)} of them have a record number"
        raise _error(path, None, "CECC record number", "", message, "Save the one data frame of the export alone.")
    frame = frames[chosen[0]]
    unused = [""] * len(frame)
    known = [_bare(str(c)) in _BY_HEADER for c in frame.columns]
    texts = [list(map(as_text, frame.iloc[:, i])) if known[i] else unused for i in range(len(known))]
    rows = [list(r) for r in zip(*texts, strict=True)]
    kept = [i for i, r in enumerate(rows) if any(map(str.strip, r))]
    form = f"R object '{chosen[0]}'"
    header = [str(c) for c in frame.columns]
    return _Rows(header, None, [rows[i] for i in kept], [i + 1 for i in kept], form, len(rows) - len(kept))


def _bare(header: str) -> str:
    return "".join(c for c in header.lower() if c.isalnum())


_BY_HEADER = {_bare(h): f.name for f in FIELDS for h in (f.header, *f.aliases)} | {
    _bare(h): name
    for name, h in {
        "term_years": "current_last_sentence_or_time_served_years",
        "term_months": "current_last_sentence_or_time_served_months",
        "term_weeks": "current_last_sentence_or_time_served_weeks",
        "term_days": "current_last_sentence_or_time_served_days",
    }.items()
}


def _matched(file: str, header: Sequence[str], row: int | None) -> tuple[dict[str, int], tuple[str, ...]]:
    """Position of each field, and the headers that name none; `row` is where the header stands."""
    where: dict[str, int] = {}
    problems = []
    extra = []
    for i, text in enumerate(header):
        name = _BY_HEADER.get(_bare(text))
        if name is None:
            extra.append(text)
        elif name in where:
            message = f"both '{header[where[name]]}' and '{text}' name this field"
            problems.append(Problem(file, row, BY_NAME[name].header, "", message, "Keep one of the two columns."))
        else:
            where[name] = i
    if problems:
        raise DataError(problems)
    if not where:
        message = "none of its columns is a field of the Political Prisoner Database"
        raise DataError([Problem(file, row, "", "", message, _EXPORT)])
    if "record" not in where:
        message = "the column with the record number is missing, and nothing else tells records apart"
        remedy = "Export it as well, or rename the column that holds it to 'CECC record number'."
        raise DataError([Problem(file, row, "CECC record number", "", message, remedy)])
    return where, tuple(extra)


def _check_records(file: str, texts: pd.Series, rows: Sequence[int], unread: Mapping[tuple[int, str], str]) -> None:
    bare = texts.map(narrowed)
    column = BY_NAME["record"].header
    problems = [
        Problem(file, rows[int(i)], column, "", *_no_number(unread.get((int(i), "record"))))
        for i in np.flatnonzero(bare == "")
    ]
    first: dict[str, int] = {}
    for i, value in enumerate(bare):
        if value and value in first:
            message = f"the record occurs already in row {rows[first[value]]}"
            problems.append(Problem(file, rows[i], column, value, message, "Keep one of the two rows."))
        first.setdefault(value, i)
    if problems:
        raise DataError(problems)


def _no_number(why: str | None) -> tuple[str, str]:
    if why:
        return f"the row has no record number: {why}", "Undo the merging, and fill in the number."
    return "the row has no record number", "Fill it in as the database has it."
