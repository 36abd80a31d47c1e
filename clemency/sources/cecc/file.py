"""An export as CSV, XLSX or RData -> a frame of texts under our names of the 40 fields, and what its header held."""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.reading import FIRST_ROW
from clemency.sources.cecc.fields import BY_NAME, FIELDS
from clemency.sources.cecc.parse import narrowed

_EXPORT = "Export the query results from https://www.ppdcecc.gov/ anew, with all fields and the header line."
_TEXT, _BOOK, _R = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm"), (".rdata", ".rda", ".rds")


@dataclass(frozen=True, slots=True)
class File:
    """A file as read.

    ``cells`` has one text column per field, in the order of `FIELDS`; a field that the file lacks is empty.
    ``headers`` gives the file's header of each field found, ``extra`` the headers that name no field.
    """

    cells: pd.DataFrame
    headers: dict[str, str]
    extra: tuple[str, ...]
    form: str
    blank_rows: int


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
        header, rows, form = _from_text(path)
    elif ending in _BOOK:
        header, rows, form = _from_book(path)
    elif ending in _R:
        header, rows, form = _from_r(path)
    else:
        raise UsageError(f"{path.name} ends in '{ending}'. Save the export as .csv, .xlsx or .RData.")
    where, extra = _matched(path.name, header)
    filled = [r for r in rows if any(r)]
    if not filled:
        raise _error(path, None, "", "", "the file has a header and no rows", _EXPORT)
    n = len(filled)
    columns = {f.name: [r[where[f.name]] for r in filled] if f.name in where else [""] * n for f in FIELDS}
    cells = pd.DataFrame(columns, dtype=object)
    _check_records(path.name, cells["record"], [i for i, r in enumerate(rows, FIRST_ROW) if any(r)])
    return File(cells, {k: header[i] for k, i in where.items()}, extra, form, len(rows) - n)


def _error(path: Path, row: int | None, column: str, value: str, message: str, remedy: str) -> DataError:
    return DataError([Problem(path.name, row, column, value, message, remedy)])


def _from_text(path: Path) -> tuple[list[str], list[list[str]], str]:
    text, encoding = _decoded(path)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        remedy = "Close the quotation marks, or export the file anew."
        raise _error(path, None, "", "", f"not a readable CSV file: {error}", remedy) from None
    records = [r for r in records if r]
    if not records:
        raise _error(path, None, "", "", "the file is empty", _EXPORT)
    header, rows = records[0], records[1:]
    _matched(path.name, header)
    ragged = [
        Problem(
            path.name,
            i,
            "",
            "",
            f"{len(r)} fields where the header has {len(header)}",
            "Quote fields that hold the delimiter, or export the file anew.",
        )
        for i, r in enumerate(rows, FIRST_ROW)
        if len(r) != len(header)
    ]
    if ragged:
        raise DataError(ragged)
    return header, rows, f"text in {encoding}"


def _decoded(path: Path) -> tuple[str, str]:
    data = path.read_bytes()
    if not data.strip():
        raise _error(path, None, "", "", "the file is empty", _EXPORT)
    bom = data.startswith(b"\xef\xbb\xbf")
    for encoding, label in (("utf-8-sig", "UTF-8 with byte order mark" if bom else "UTF-8"), ("gb18030", "GB 18030")):
        try:
            return data.decode(encoding), label
        except UnicodeDecodeError:
            continue
    remedy = "Open it in a spreadsheet and save it as 'CSV UTF-8', or as XLSX."
    raise _error(path, None, "", "", "the text is neither UTF-8 nor GB 18030", remedy)


def _from_book(path: Path) -> tuple[list[str], list[list[str]], str]:
    try:
        import openpyxl
    except ImportError:
        raise UsageError("Reading .xlsx needs openpyxl: pip install 'clemency[sources]', or save as CSV.") from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [[as_text(v) for v in r] for r in sheet.iter_rows(values_only=True)]
        title = sheet.title
        book.close()
    except Exception as error:  # a damaged workbook fails in the zip, XML or openpyxl's own reading
        remedy = "Open it in a spreadsheet and save it again as XLSX."
        raise _error(path, None, "", "", f"not a readable XLSX file ({error})", remedy) from None
    while rows and not any(rows[0]):
        rows.pop(0)
    if not rows:
        raise _error(path, None, "", "", "the first sheet is empty", _EXPORT)
    width = max(i + 1 for r in rows for i, v in enumerate(r) if v)
    padded = [(r + [""] * width)[:width] for r in rows]
    return padded[0], padded[1:], f"sheet '{title}' of a workbook"


def _from_r(path: Path) -> tuple[list[str], list[list[str]], str]:
    try:
        import pyreadr
    except ImportError:
        raise UsageError("Reading .RData needs pyreadr: pip install 'clemency[sources]', or save as CSV.") from None
    try:
        objects = pyreadr.read_r(str(path))
    except Exception as error:  # pyreadr raises its own errors and bare ones from its C library
        raise _error(path, None, "", "", f"not a readable R file ({error})", "Save it again from R.") from None
    frames = {k: f for k, f in objects.items() if isinstance(f, pd.DataFrame)}
    chosen = [k for k, f in frames.items() if "record" in {_BY_HEADER.get(_bare(str(c))) for c in f.columns}]
    if len(chosen) != 1:
        found = ", ".join(map(str, frames)) or "no data frame"
        message = f"it holds {found}, and {len(chosen)} of them have a record number"
        raise _error(path, None, "CECC record number", "", message, "Save the one data frame of the export alone.")
    frame = frames[chosen[0]]
    unused = [""] * len(frame)
    known = [_bare(str(c)) in _BY_HEADER for c in frame.columns]
    texts = [list(map(as_text, frame.iloc[:, i])) if known[i] else unused for i in range(len(known))]
    return [str(c) for c in frame.columns], [list(r) for r in zip(*texts, strict=True)], f"R object '{chosen[0]}'"


def as_text(value: Any) -> str:
    """A cell as text: whole numbers without a decimal point, days in ISO form, nothing for a missing value."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (datetime.datetime, pd.Timestamp)):
        return value.isoformat(sep=" ")
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value)


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


def _matched(file: str, header: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Position of each field, and the headers that name none."""
    where: dict[str, int] = {}
    problems = []
    extra = []
    for i, text in enumerate(header):
        name = _BY_HEADER.get(_bare(text))
        if name is None:
            extra.append(text)
        elif name in where:
            message = f"both '{header[where[name]]}' and '{text}' name this field"
            problems.append(Problem(file, 1, BY_NAME[name].header, "", message, "Keep one of the two columns."))
        else:
            where[name] = i
    if problems:
        raise DataError(problems)
    if not where:
        message = "none of its columns is a field of the Political Prisoner Database"
        raise DataError([Problem(file, 1, "", "", message, _EXPORT)])
    if "record" not in where:
        message = "the column with the record number is missing, and nothing else tells records apart"
        remedy = "Export it as well, or rename the column that holds it to 'CECC record number'."
        raise DataError([Problem(file, 1, "CECC record number", "", message, remedy)])
    return where, tuple(extra)


def _check_records(file: str, records: pd.Series, rows: list[int]) -> None:
    bare = records.map(narrowed)
    column = BY_NAME["record"].header
    problems = [
        Problem(file, rows[i], column, "", "the row has no record number", "Fill it in, or delete the row.")
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
