"""A CSV file and its declared table -> a typed frame and the list of everything wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.errors import DataError, Problem
from clemency.records.files.textfiles import is_utf16, read_bytes, records
from clemency.records.printable import unseen
from clemency.records.schema import TABLES, Column, Table
from clemency.records.tables.headers import COMMENT, find_columns, is_comment
from clemency.records.values.numbers import read_numbers
from clemency.records.values.words import wrong_words

_TABULAR = (
    ".csv",
    ".tsv",
    ".tab",
    ".txt",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".ods",
    ".numbers",
    ".parquet",
    ".feather",
    ".dta",
    ".sav",
)
_OURS = {f"{name}.csv" for name in TABLES}
_SHOWN = 5
FIRST_ROW = 2  # line of the first record, as an editor or a spreadsheet shows it


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as read: the frame (``None`` if it has not its columns), its problems, and the line of each row."""

    frame: pd.DataFrame | None
    problems: tuple[Problem, ...]
    lines: tuple[int, ...] = ()


def read_table(path: Path, table: Table) -> Reading:
    """Read and type one file, collecting every problem instead of stopping at the first."""
    try:
        text, problems = _decode(path)
        parsed = None if text is None else records(path.name, text)
    except DataError as error:
        return Reading(None, error.problems)
    if text is None:
        return Reading(None, tuple(problems))
    if parsed is None:
        remedy = f"Write the header line: {','.join(c.name for c in table.stored)}."
        return Reading(None, (Problem(path.name, None, "", "", "the file is empty", remedy),))
    where, wrong = find_columns(path.name, parsed, table)
    if not where and parsed.header[0].lstrip().startswith("#"):
        return Reading(None, tuple(wrong))  # what stands below is read under its header
    n = len(parsed.header)
    remarks = [is_comment(row, n) for row in parsed.rows]
    whole = [i for i, row in enumerate(parsed.rows) if len(row) == n and not remarks[i]]
    wrong += [
        Problem(path.name, line, "", ",".join(row), COMMENT, "Take it out, or write it into a column such as note.")
        for line, row, remark in zip(parsed.lines, parsed.rows, remarks, strict=True)
        if remark
    ]
    remedy = "Quote fields that hold commas, and give every column a field."
    wrong += [
        Problem(path.name, line, "", "", f"{len(row)} fields where the header has {n}", remedy)
        for line, row, remark in zip(parsed.lines, parsed.rows, remarks, strict=True)
        if len(row) != n and not remark
    ]
    raw = pd.DataFrame(
        {name: [parsed.rows[i][at] for i in whole] for name, at in where.items()},
        dtype=object,
        index=range(len(whole)),
    )
    for name in (c.name for c in table.stored if c.optional and c.name not in where):
        raw[name] = ""
    lines = tuple(parsed.lines[i] for i in whole)
    frame, cells = _typed(path.name, raw, table, lines)
    return Reading(None if wrong else frame, (*wrong, *cells), lines)


def empty_reading(table: Table) -> Reading:
    """A table without rows."""
    raw = pd.DataFrame({c.name: [] for c in table.stored}, dtype=object)
    return Reading(_typed("", raw, table, ())[0], ())


def _decode(path: Path) -> tuple[str | None, list[Problem]]:
    if not path.is_file():
        return None, [Problem(path.name, None, "", "", "the file is missing", _other_name(path))]
    data = read_bytes(path)
    remedy = "Save the file as UTF-8; in Excel choose 'CSV UTF-8'."
    if is_utf16(data):
        return None, [Problem(path.name, None, "", "", "the text is UTF-16, not UTF-8", remedy)]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        guess = " (it reads as GB 18030, the usual Chinese encoding)" if _reads_as_gb(data) else ""
        return None, [Problem(path.name, row, "", "", f"the text is not UTF-8{guess}", remedy)]


def _other_name(path: Path) -> str:
    """What to do about a file that is not there: it may be there under another name."""
    for other in sorted(path.parent.iterdir()) if path.parent.is_dir() else ():
        if other.stem.strip().casefold() == path.stem and other.name != path.name and other.is_file():
            if other.suffix.lower() in (".csv", ".txt"):
                return f"Rename {other.name} to {path.name}."
            if other.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods", ".numbers"):
                return f"Open {other.name} in a spreadsheet and save its sheet as {path.name} ('CSV UTF-8')."
    there = _tables_in(path.parent)
    if there:
        last = there[-1] if len(there) <= _SHOWN else f"{len(there) - _SHOWN + 1} more"
        some = " and ".join(filter(None, (", ".join(there[:-1][: _SHOWN - 1]), last)))
        return (
            f"The folder has {some}: if one of them holds the {path.stem}, save it as {path.name} ('CSV UTF-8') with "
            f"the columns of cl.describe('{path.stem}')."
        )
    return f"Put {path.name} into {path.parent}, or name another folder."


def _tables_in(folder: Path) -> list[str]:
    """Files of a folder that may hold a table, but for the tables that we know by name."""
    if not folder.is_dir():
        return []
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith((".", "~"))]
    return [p.name for p in files if p.suffix.lower() in _TABULAR and p.name not in _OURS]


def _reads_as_gb(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _typed(
    file: str, raw: pd.DataFrame, table: Table, lines: Sequence[int]
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """The columns that are there, typed, and what is wrong with their cells."""
    problems: list[Problem] = []
    columns: dict[str, object] = {}
    for column in (c for c in table.stored if c.name in raw):
        values = raw[column.name].to_numpy(dtype=object)
        columns[column.name], wrong = _TYPES[column.kind](values, column)
        wrong = [*wrong, *((i, values[i], m, r) for i, m, r in _missing(values, column))]
        problems += [Problem(file, lines[i], column.name, str(v), m, r) for i, v, m, r in wrong]
    if table.key in raw:
        problems += _duplicates(file, raw[table.key], table, lines)
    problems.sort(key=lambda p: p.row or 0)
    return pd.DataFrame(columns), tuple(problems)


_Wrong = list[tuple[int, str, str, str]]


def _missing(values: np.ndarray, column: Column) -> list[tuple[int, str, str]]:
    if not column.required:
        return []
    remedy = _fill(column)
    return [(i, "an empty value in a required column", remedy) for i, v in enumerate(values) if not v.strip()]


def _fill(column: Column) -> str:
    """How to fill a column in which nothing may be missing."""
    if "unknown" in column.levels:
        return "Write 'unknown' where no source tells."
    if column.levels:
        return f"Write one of: {', '.join(column.levels)}."
    if column.refers == "sources":
        return "Name the document that states the row, by its key in sources.csv."
    if column.refers:
        return f"Write the key that the row has in {column.refers}.csv."
    if column.name == "person_id":
        return "Give each person a key; the cases of one person share it."
    if column.name.endswith("_id"):
        return "Give each row a key of its own: letters, digits and hyphens, such as li-wei-2004."
    return "Fill it in from the document that states the row."


def _duplicates(file: str, key: pd.Series, table: Table, lines: Sequence[int]) -> list[Problem]:
    again = key.duplicated() & (key != "")
    first = {v: i for i, v in reversed(list(enumerate(key)))}
    reference = table.name in ("charges", "provinces", "sources")
    remedy = "Keep one of the two rows." if reference else "Give each row its own key, or merge the two rows."
    return [
        Problem(
            file, lines[int(i)], table.key, key.iloc[i],
            f"the key occurs already in row {lines[first[key.iloc[i]]]}", remedy,
        )
        for i in np.flatnonzero(again)
    ]  # fmt: skip


def _emptied(values: np.ndarray) -> list[str | None]:
    return [v or None for v in values]


def _text(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    wrong: _Wrong = []
    for i, v in enumerate(values):
        if v != v.strip() and (v.strip() or not column.required):
            wrong.append((i, v, "blanks at the start or end", "Remove the blanks."))
        if hidden := unseen(v):
            wrong.append((i, v, f"characters that cannot be seen ({hidden})", "Delete them, or type the text anew."))
    return pd.Series(_emptied(values), dtype="string"), wrong


def _edtf(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    wrong = dates.problems(values)
    return pd.Series(_emptied(values), dtype="string"), wrong


def _category(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    if column.levels:
        levels, wrong = list(column.levels), wrong_words(values, column)
    else:
        wrong = [] if column.refers else wrong_words(values, column)
        levels = sorted({v for v in values if v != ""} - {w[1] for w in wrong})
    return pd.Series(pd.Categorical([v if v in levels else None for v in values], categories=levels)), wrong


def _number(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    number, wrong = read_numbers(values, column)
    return pd.Series(number), wrong


def _integer(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    number, wrong = read_numbers(values, column)
    return pd.Series(number).astype("Int64"), wrong


def _boolean(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    known = {"true": True, "false": False}
    wrong = []
    for i, v in enumerate(values):
        if v != "" and v not in known:
            likely = next((w for w, said in _TRUTH.items() if v.strip().casefold() in said), "true or false")
            wrong.append((i, v, "neither true nor false", f"Write {likely}."))
    return pd.Series([known.get(v, pd.NA) for v in values], dtype="boolean"), wrong


_TRUTH = {"true": ("true", "yes", "y", "t", "1", "1.0", "是"), "false": ("false", "no", "n", "f", "0", "0.0", "否")}
_TYPES = {
    "text": _text,
    "ids": _text,
    "list": _text,
    "edtf": _edtf,
    "category": _category,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
}
