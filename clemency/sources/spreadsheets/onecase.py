"""Records of a sheet -> cases: one for each record, or one for all the records that tell of acts in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clemency.sources.spreadsheets.casetable import documents
from clemency.sources.spreadsheets.cells.readings import Column
from clemency.sources.spreadsheets.columns.fields import FIELDS
from clemency.sources.spreadsheets.columns.mapping import Spec
from clemency.sources.spreadsheets.reading import Told, shown
from clemency.sources.spreadsheets.sheets.grid import Grid

#: What each record of a case may tell of itself.
OF_RECORD = ("note", "source_ids", "destination")
# What tells people and their cases apart where no key does.
_TELLING = ("name", "birth_date", "detention_date", "sentence_date")


@dataclass(frozen=True, slots=True)
class CaseRows:
    """Cases of a sheet.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        First record of each case.
    ids : ndarray of str, shape (n,)
        Key of each case.
    columns : dict of str to list of Column
        What is known of each case, by field.
    case_of : ndarray of int
        Position of the case of each record.
    sources : ndarray of str or None
        Documents of each record.
    """

    rows: NDArray[np.intp]
    ids: NDArray[Any]
    columns: dict[str, list[Column]]
    case_of: NDArray[np.intp]
    sources: NDArray[Any]


def case_rows(
    grid: Grid, specs: Sequence[Spec], columns: Sequence[Column | None], by_act: bool, problems: Told
) -> CaseRows:
    """Find the cases.

    Parameters
    ----------
    grid : Grid
    specs, columns : sequences
        What the columns hold, and what was read in them.
    by_act : bool
        Whether a record is an act, and those of one case are to be put together.
    problems : Told
        Takes keys that occur twice, and records of one case that tell different things.
    """
    n = len(grid.cells)
    own: dict[str, list[Column]] = {}
    for spec, column in zip(specs, columns, strict=True):
        if spec.field and column is not None and not FIELDS[spec.field].of_act:
            own.setdefault(spec.field, []).append(column)
    keys = own["case_id"][0].read if "case_id" in own else np.full(n, None, dtype=object)
    sources = documents(own["source_ids"][0].read) if "source_ids" in own else np.full(n, None, dtype=object)
    if not by_act:
        return CaseRows(np.arange(n), _each_once(grid, keys, problems), own, np.arange(n), sources)
    told = _together(keys, own, n)
    first: dict[Any, int] = {}
    case_of = np.fromiter((first.setdefault(k, len(first)) for k in told), dtype=np.intp, count=n)
    rows = np.unique(case_of, return_index=True)[1]
    merged = {name: [_of_case(name, c, case_of, rows, problems) for c in found] for name, found in own.items()}
    return CaseRows(rows, _each_once(grid, keys[rows], problems, rows), merged, case_of, sources)


def _each_once(grid: Grid, keys: NDArray[Any], problems: Told, rows: NDArray[np.intp] | None = None) -> NDArray[Any]:
    """A key for each case: the sheet's own, or its row; one that occurs again gets the row behind it."""
    seen: dict[str, int] = {}
    result = np.empty(len(keys), dtype=object)
    for i, key in enumerate(keys):
        record = i if rows is None else int(rows[i])
        number = grid.numbers[record]
        own = f"row-{number}" if key is None else str(key)
        if own in seen:
            message = (
                f"the key occurs already in row {seen[own]}; this row is taken for another case, {own}-row-{number}"
            )
            problems.of_row(record, "case_id", own, message, "Give each case its own key, or keep one of the two rows.")
            own = f"{own}-row-{number}"
        seen.setdefault(own, number)
        result[i] = own
    return result


def _together(keys: NDArray[Any], own: dict[str, list[Column]], n: int) -> list[Any]:
    """What records of one case share: the key of the case, or who it is and when it began."""
    people = own["person_id"][0].read if "person_id" in own else np.full(n, None, dtype=object)
    telling = [c.read for name in _TELLING for c in own.get(name, [])]
    named = [c.read for c in own.get("name", [])]
    result: list[Any] = []
    for i in range(n):
        if keys[i] is not None:
            result.append(("case", keys[i]))
        elif people[i] is not None or any(v[i] is not None for v in named):
            result.append(("person", people[i], *(v[i] for v in telling)))
        else:
            result.append(("row", i))
    return result


def _of_case(name: str, column: Column, case_of: NDArray[np.intp], rows: NDArray[np.intp], problems: Told) -> Column:
    """What the records of a case tell of it: the first that tells anything, and the others where they differ."""
    values = column.read
    chosen = rows.copy()
    known = np.array([values[r] is not None for r in rows], dtype=bool)
    for i, case in enumerate(case_of):
        value = values[i]
        if value is None:
            continue
        if not known[case]:
            chosen[case], known[case] = i, True
        elif value != values[chosen[case]] and name not in OF_RECORD:
            message = f"another record of this case says {shown(values[chosen[case]])}, which is kept"
            problems.of_row(i, name, shown(value), message, "Correct one of the two.")
    return Column(column.place[chosen], column.texts, column.cells)
