"""The edition of before and the tables just built -> ``CHANGES.csv``: what changed in which row, and why.

One line per field that changed, one per row that came or went; columns that an edition adds or takes away have one
line for
the whole table. The reasons are those of the corrections, choices and reviewed rows; where a rule of the build
changed a
value, the line says which.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from common import Context, Row

from clemency.records.schema import TABLES

COLUMNS = ["table", "key", "field", "old", "new", "why"]
_RULES = {
    ("acts", "act_date"): "what only a release or a report dates is an interval that ends there",
    ("acts", "date_basis"): "read again: what the date is of",
    ("acts", "scope"): "an extension that passed a new combined term",
    ("acts", "note"): "the notes of all rows of the act",
    ("cases", "note"): "the notes of all rows of the case",
    ("cases", "inferred"): "follows the value that stands",
    ("cases", "charge_ids_derived"): "follows the charge, its date and the kinds of articles",
    ("sources", "address"): "the address that opens",
    ("sources", "date"): "the date that the document or its address carries",
}


def changes(context: Context, archive: Path) -> list[Row]:
    """Lines of ``CHANGES.csv`` against an archived edition."""
    found: list[Row] = []
    with zipfile.ZipFile(archive) as file:
        for name, table in TABLES.items():
            if f"{name}.csv" not in file.namelist():
                found.append(_line(name, "", "", "", "a new table", "see the codebook"))
                continue
            text = io.TextIOWrapper(file.open(f"{name}.csv"), encoding="utf-8", newline="")
            before = {r[table.key]: r for r in csv.DictReader(text)}
            after = {r[table.key]: r for r in context.tables[name]}
            columns = [c.name for c in table.stored]
            found += [_line(name, *line) for line in _of_table(context, name, columns, before, after)]
    return sorted(found, key=lambda r: [r[c] for c in COLUMNS])


def _line(table: str, key: str, field: str, old: str, new: str, why: str) -> Row:
    return dict(zip(COLUMNS, (table, key, field, old, new, why), strict=True))


_Line = tuple[str, str, str, str, str]


def _of_table(
    context: Context, name: str, columns: list[str], before: dict[str, Row], after: dict[str, Row]
) -> Iterator[_Line]:
    had = list(next(iter(before.values())))
    for column in columns:
        if column not in had:
            yield "", column, "", "a new column", "see the codebook"
    for key in sorted(after.keys() - before.keys()):
        yield key, "", "", "a new row", context.reason(name, key, "") or "from the files added in this edition"
    for key in sorted(before.keys() - after.keys()):
        yield key, "", "a row", "", context.reason(name, key, "") or _gone(context, name, key, before[key], after)
    for key in sorted(before.keys() & after.keys()):
        for column in (c for c in columns if c in had):
            old, new = before[key][column], after[key].get(column, "")
            if old != new:
                yield key, column, old, new, _why(context, name, key, column, old, new)


def _gone(context: Context, name: str, key: str, row: Row, after: dict[str, Row]) -> str:
    """Why a row is gone: an act whose kind or date changed has another key."""
    if name == "acts":
        same = [k for k, r in after.items() if r["case_id"] == row["case_id"]]
        return f"corrected, moved or left out; the acts of the case are now: {', '.join(sorted(same)) or 'none'}"
    return "joined with another row, or left out"


def _why(context: Context, table: str, key: str, column: str, old: str, new: str) -> str:
    stated = context.reason(table, key, column)
    if stated:
        return stated
    if column == "source_ids":
        return "a document was added" if set(old.split()) < set(new.split()) else "the documents behind the row"
    if (table, column) in _RULES:
        return _RULES[table, column]
    return (
        "a row added in this edition fills it"
        if not old
        else "a row added in this edition has the finer or other value"
    )
