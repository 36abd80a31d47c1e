"""The problems that `check` found -> one row for each cause, with a count, examples and one remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from clemency.records.errors import Problem, Severity
from clemency.records.presentation.wording import counted
from clemency.records.printable import printable, shortened
from clemency.records.schema import TABLES

COLUMNS = ["file", "row", "column", "value", "message", "remedy", "severity"]
_SHOWN = 3
#: What a message says of one cell: quoted text, text in brackets, words with digits.
_OWN = re.compile(r"'[^']*'|\([^()]*\)|\S*\d\S*")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_HEADER = "the column "


@dataclass(frozen=True, slots=True)
class Example:
    """A value with the row where it stands first, how often it occurs, and what to do about it alone."""

    row: int | None
    value: str
    n: int
    hint: str


@dataclass(frozen=True, slots=True)
class Group:
    """Problems of one file and column with one cause and severity; ``first`` is the first of them.

    For columns that are missing or foreign, ``column`` is empty and the examples are those columns, all of them.
    """

    file: str
    column: str
    message: str
    n: int
    distinct: int
    examples: tuple[Example, ...]
    remedy: str
    first: Problem

    @property
    def of_header(self) -> bool:
        """Whether it is about the columns of a file and not about cells."""
        return not self.column and self.message.startswith(_HEADER)


def table_of(problems: Sequence[Problem]) -> pd.DataFrame:
    """Problems as the frame that `check` gives."""
    rows = [(p.file, p.row, p.column, p.value, p.message, p.remedy, p.severity) for p in problems]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"row": "Int64"})


def summary(found: pd.DataFrame) -> list[Group]:
    """Group problems by file, column, cause and severity, in the order in which they were found.

    Parameters
    ----------
    found : DataFrame
        As `check` gives it.

    Returns
    -------
    list of Group

    Examples
    --------
    >>> found = table_of([Problem("a.csv", r, "sex", "male", "not in the vocabulary", "Write M.") for r in (2, 5)])
    >>> [(g.column, g.n, g.examples[0].row, g.remedy) for g in summary(found)]
    [('sex', 2, 2, 'Write M.')]
    """
    cells: dict[_Key, list[_Cell]] = {}
    rows = found[COLUMNS].astype(object)
    rows = rows.where(rows.notna(), "")
    for file, row, column, value, message, remedy, severity in rows.itertuples(index=False, name=None):
        at = int(row) if row != "" else None
        key, said = _Key(str(file), str(column), _cause(message), "", severity), str(value)
        if str(message).startswith(_HEADER):
            what = "Rename" if remedy.startswith("Rename '") else remedy
            key, said = _Key(str(file), "", message, what, severity), str(column)
        cells.setdefault(key, []).append(_Cell(at, said, str(message), str(remedy), (str(column), str(value))))
    files = list(dict.fromkeys(k.file for k in cells))
    order = sorted(cells, key=lambda k: (files.index(k.file), k.remedy != "Rename", _position(k)))
    return [_group(key, cells[key]) for key in order]


class _Key(NamedTuple):
    file: str
    column: str
    cause: str
    remedy: str
    severity: Severity


class _Cell(NamedTuple):
    row: int | None
    value: str
    message: str
    remedy: str
    where: tuple[str, str]


def _position(key: _Key) -> int:
    """Where a column stands in its table: -1 for the header, and last for those of no table."""
    table = TABLES.get(key.file.removesuffix(".csv"))
    names = [c.name for c in table.stored] if table else []
    return names.index(key.column) if key.column in names else len(names) if key.column else -1


def lines_of(group: Group) -> list[str]:
    """A group as lines for a terminal; nothing in them steers it."""
    what = "column" if group.of_header else "time"
    count = f"{group.first.severity}, {counted(group.n, what)}"
    if group.distinct > _SHOWN and not group.of_header:
        count += f", {group.distinct:,} different values"
    place = f"{group.file}, {group.column}" if group.column else group.file
    told = [f"{place}: {group.message} ({count})"]
    examples = [_example(group, e) for e in group.examples]
    if group.of_header:
        told.append(f"    {group.file}:{group.examples[0].row} {', '.join(e.value for e in group.examples)}")
        told += [f"    {e.hint}" for e in group.examples if e.hint]
    elif any(e.hint for e in group.examples):
        told += [f"    {e}" for e in examples]
    else:
        told.append(f"    {', '.join(examples)}")
    if group.remedy:
        told.append(f"    {group.remedy}")
    return [printable(line) for line in told]


def _example(group: Group, example: Example) -> str:
    where = f"{group.file}:{example.row}" if example.row is not None else group.file
    value = f" '{shortened(example.value, 60)}'" if example.value else ""
    times = f" ({example.n:,} times)" if example.n > 1 else ""
    return f"{where}{value}{times}{': ' if example.hint else ''}{example.hint}"


def _cause(message: str) -> str:
    return _OWN.sub("…", message[:300])


def _group(key: _Key, cells: list[_Cell]) -> Group:
    said = list(dict.fromkeys(c.message for c in cells))
    by_value: dict[str, list[_Cell]] = {}
    for cell in cells:
        by_value.setdefault(cell.value, []).append(cell)
    shared, own = _shared(list(dict.fromkeys(c.remedy for c in cells)))
    header = not key.column and key.cause.startswith(_HEADER)
    if len(by_value) == 1 and not header:
        examples = [Example(c.row, c.value, 1, "") for c in cells[:_SHOWN]]
        shared = cells[0].remedy
    else:
        frequent = sorted(by_value.values(), key=lambda many: -len(many))
        shown = list(by_value.values()) if header else frequent[:_SHOWN]
        examples = [Example(many[0].row, many[0].value, len(many), own[many[0].remedy]) for many in shown]
    message = said[0] if len(said) == 1 else key.cause
    first = Problem(key.file, cells[0].row, *cells[0].where, cells[0].message, cells[0].remedy, key.severity)
    return Group(key.file, key.column, message, len(cells), len(by_value), tuple(examples), shared, first)


def _shared(remedies: list[str]) -> tuple[str, dict[str, str]]:
    """Sentences that all remedies have, and what each has of its own."""
    parts = {remedy: _SENTENCE.split(remedy) for remedy in remedies}
    if len(remedies) == 1:
        return remedies[0], {remedies[0]: ""}
    common = [s for s in parts[remedies[0]] if all(s in p for p in parts.values())]
    return " ".join(common), {r: " ".join(s for s in p if s not in common) for r, p in parts.items()}
