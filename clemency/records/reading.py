"""A CSV file and its declared table -> a typed frame and the list of everything wrong with it."""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.errors import Problem
from clemency.records.schema import Column, Table

FIRST_ROW = 2  # line of the first record, as an editor or a spreadsheet shows it


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as read: the frame (``None`` if there is nothing to type) and its problems."""

    frame: pd.DataFrame | None
    problems: tuple[Problem, ...]


def read_table(path: Path, table: Table) -> Reading:
    """Read and type one file, collecting every problem instead of stopping at the first."""
    text, problems = _decode(path)
    if text is None:
        return Reading(None, tuple(problems))
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        remedy = "Close the quotation marks on the line named, or write the file anew with a CSV library."
        return Reading(None, (Problem(path.name, None, "", "", f"not a readable CSV file: {error}", remedy),))
    if not records or not records[0]:
        remedy = f"Write the header line: {','.join(c.name for c in table.stored)}."
        return Reading(None, (*problems, Problem(path.name, None, "", "", "the file is empty", remedy)))
    header, rows = records[0], [r for r in records[1:] if r]
    problems += _header_problems(path.name, header, table)
    problems += [
        Problem(
            path.name,
            number,
            "",
            "",
            f"{len(row)} fields where the header has {len(header)}",
            "Quote fields that hold commas, and give every column a field.",
        )
        for number, row in enumerate(rows, FIRST_ROW)
        if len(row) != len(header)
    ]
    if problems:
        return Reading(None, tuple(problems))
    raw = pd.DataFrame(rows, columns=header, dtype=object)
    return _typed(path.name, raw, table)


def _decode(path: Path) -> tuple[str | None, list[Problem]]:
    if not path.is_file():
        remedy = f"Put {path.name} into {path.parent}, or name another folder."
        return None, [Problem(path.name, None, "", "", "the file is missing", remedy)]
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        guess = " (it reads as GB 18030, the usual Chinese encoding)" if _reads_as_gb(data) else ""
        remedy = "Save the file as UTF-8; in Excel choose 'CSV UTF-8'."
        return None, [Problem(path.name, row, "", "", f"the text is not UTF-8{guess}", remedy)]


def _reads_as_gb(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _header_problems(file: str, header: list[str], table: Table) -> list[Problem]:
    stored = [c.name for c in table.stored]
    derived = {c.name for c in table.columns if c.derived}
    found = []
    for name in sorted({n for n in header if header.count(n) > 1}):
        found.append(Problem(file, 1, name, "", "the column occurs twice", "Keep one of them."))
    for name in (n for n in stored if n not in header):
        near = difflib.get_close_matches(name, [h for h in header if h not in stored], n=1)
        remedy = f"Rename '{near[0]}' to '{name}'." if near else "Add the column; leave unknown values empty."
        found.append(Problem(file, 1, name, "", "the column is missing", remedy))
    for name in (h for h in header if h not in stored):
        if name in derived:
            remedy = "Remove it: it is derived when the table is loaded."
        else:
            near = difflib.get_close_matches(name, stored, n=1)
            remedy = f"Did you mean '{near[0]}'? Otherwise remove it." if near else "Remove the column."
        found.append(Problem(file, 1, name, "", "the column is not part of this table", remedy))
    return found


def _typed(file: str, raw: pd.DataFrame, table: Table) -> Reading:
    problems: list[Problem] = []
    columns: dict[str, object] = {}
    for column in table.stored:
        values = raw[column.name].to_numpy(dtype=object)
        columns[column.name], wrong = _TYPES[column.kind](values, column)
        wrong = [*wrong, *((i, values[i], m, r) for i, m, r in _missing(values, column))]
        problems += [Problem(file, i + FIRST_ROW, column.name, str(v), m, r) for i, v, m, r in wrong]
    problems += _duplicates(file, raw[table.key], table)
    problems.sort(key=lambda p: p.row or 0)
    return Reading(pd.DataFrame(columns)[[c.name for c in table.stored]], tuple(problems))


_Wrong = list[tuple[int, str, str, str]]


def _missing(values: np.ndarray, column: Column) -> list[tuple[int, str, str]]:
    if not column.required:
        return []
    remedy = "Every row needs this value; leave the row out if it is not known."
    return [(int(i), "an empty value in a required column", remedy) for i in np.flatnonzero(values == "")]


def _duplicates(file: str, key: pd.Series, table: Table) -> list[Problem]:
    again = key.duplicated() & (key != "")
    first = {v: i for i, v in reversed(list(enumerate(key)))}
    return [
        Problem(
            file,
            int(i) + FIRST_ROW,
            table.key,
            key.iloc[i],
            f"the key occurs already in row {first[key.iloc[i]] + FIRST_ROW}",
            "Give each row its own key, or merge the two rows.",
        )
        for i in np.flatnonzero(again)
    ]


def _emptied(values: np.ndarray) -> list[str | None]:
    return [v or None for v in values]


def _text(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    wrong = [(i, v, "blanks at the start or end", "Remove the blanks.") for i, v in enumerate(values) if v != v.strip()]
    return pd.Series(_emptied(values), dtype="string"), wrong


def _edtf(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    remedy = "Write 1989, 1998-08, 2017-05-27 or an interval 1994-02/1994-03; leave unknown dates empty."
    wrong = [(int(i), str(v), reason, remedy) for i, v, reason in dates.problems(values)]
    return pd.Series(_emptied(values), dtype="string"), wrong


def _category(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    levels = column.levels or tuple(sorted({v for v in values if v != ""}))
    wrong = []
    for i, v in enumerate(values):
        if v != "" and v not in levels:
            near = difflib.get_close_matches(v, levels, n=1)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            wrong.append((i, v, "not in the vocabulary", f"{hint}Allowed: {', '.join(levels)}; or leave it empty."))
    return pd.Series(pd.Categorical([v if v in levels else None for v in values], categories=list(levels))), wrong


def _number(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    parsed = pd.to_numeric(pd.Series(_emptied(values), dtype=object), errors="coerce")
    number = parsed.to_numpy(dtype=float)
    wrong: _Wrong = []
    for i in np.flatnonzero((values != "") & ~np.isfinite(number)):
        wrong.append((int(i), values[i], "not a number", "Write a plain number such as 96 or 0.5, without units."))
    low, high = column.minimum, column.maximum
    for i in np.flatnonzero(np.isfinite(number)):
        if (low is not None and number[i] < low) or (high is not None and number[i] > high):
            bounds = f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}".strip()
            wrong.append((int(i), values[i], f"outside the range {bounds}", "Correct the value or leave it empty."))
    return pd.Series(number), wrong


def _integer(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    number, wrong = _number(values, column)
    whole = number.isna() | (number == number.round())
    wrong += [(int(i), values[i], "not a whole number", "Write a whole number.") for i in np.flatnonzero(~whole)]
    return number.where(whole).astype("Int64"), wrong


def _boolean(values: np.ndarray, column: Column) -> tuple[pd.Series, _Wrong]:
    wrong = [
        (i, v, "neither true nor false", "Write true or false.")
        for i, v in enumerate(values)
        if v not in ("", "true", "false")
    ]
    known = {"true": True, "false": False}
    return pd.Series([known.get(v, pd.NA) for v in values], dtype="boolean"), wrong


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
