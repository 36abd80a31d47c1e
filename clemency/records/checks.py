"""A folder of tables -> every problem in it, each with file, row, column, value and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike

import numpy as np
import pandas as pd

from clemency.records import addresses, dates
from clemency.records.errors import Problem
from clemency.records.reading import FIRST_ROW, read_table
from clemency.records.schema import TABLES, Table
from clemency.records.tables import data_folder

# Pairs of dates of which the first may not be later than the second.
_ORDER = {
    "cases": (("detention_date", "sentence_date"), ("detention_date", "status_date"), ("birth_date", "detention_date")),
    "rules": (("effective_from", "effective_to"),),
}


def check(data: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Check a folder of tables and report all problems at once.

    Parameters
    ----------
    data : path, optional
        Folder with the nine tables as CSV; the shipped one by default.

    Returns
    -------
    DataFrame
        Columns ``file, row, column, value, message, remedy``; no rows if all is well. ``row`` counts as an
        editor does: the header is row 1.

    Raises
    ------
    UsageError
        If there is no such folder.

    Examples
    --------
    >>> import clemency as cl
    >>> len(cl.check())
    0
    """
    folder = data_folder(data)
    problems: list[Problem] = []
    frames: dict[str, pd.DataFrame] = {}
    for table in TABLES.values():
        reading = read_table(folder / f"{table.name}.csv", table)
        problems += reading.problems
        if reading.frame is not None:
            frames[table.name] = reading.frame
            if not len(reading.frame):
                remedy = "Add rows, or work with the shipped table."
                problems.append(Problem(f"{table.name}.csv", None, "", "", "the table has no rows", remedy))
    for table in TABLES.values():
        if table.name in frames:
            problems += _references(table, frames)
            problems += _orders(table, frames[table.name])
    problems += _acts_within_cases(frames)
    problems += _links(frames)
    rows = [(p.file, p.row, p.column, p.value, p.message, p.remedy) for p in problems]
    found = pd.DataFrame(rows, columns=["file", "row", "column", "value", "message", "remedy"])
    return found.astype({"row": "Int64"})


def _references(table: Table, frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Keys that point to nothing."""
    frame = frames[table.name]
    for column in table.stored:
        if not column.refers or column.refers not in frames:
            continue
        known = set(frames[column.refers][TABLES[column.refers].key])
        named = frame[column.name].astype("string").dropna()
        named = named.str.split().explode() if column.kind == "ids" else named
        for i, value in named[~named.isin(known)].items():
            yield Problem(
                f"{table.name}.csv",
                int(i) + FIRST_ROW,
                column.name,
                str(value),
                f"there is no such row in {column.refers}.csv",
                f"Add it to {column.refers}.csv or correct the key.",
            )


def _orders(table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    for before, after in _ORDER.get(table.name, ()):
        first, second = _bounds(frame[before]), _bounds(frame[after])
        for i in np.flatnonzero(first.earliest > second.latest):
            yield Problem(
                f"{table.name}.csv",
                int(i) + FIRST_ROW,
                after,
                str(frame[after].iloc[i]),
                f"earlier than {before} ({frame[before].iloc[i]})",
                "Correct one of the two dates.",
            )


def _acts_within_cases(frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Acts that fall before the custody of their case."""
    if not {"cases", "acts"} <= frames.keys():
        return
    acts = frames["acts"]
    cases = frames["cases"].drop_duplicates("case_id").set_index("case_id")
    custody = cases["detention_date"].reindex(acts["case_id"])
    first, second = _bounds(custody), _bounds(acts["act_date"])
    for i in np.flatnonzero(first.earliest > second.latest):
        yield Problem(
            "acts.csv",
            int(i) + FIRST_ROW,
            "act_date",
            str(acts["act_date"].iloc[i]),
            f"before the custody of case {acts['case_id'].iloc[i]} began ({custody.iloc[i]})",
            "Correct the date, or the case that the act belongs to.",
        )


def _links(frames: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Addresses of documents that a page may not link to."""
    if "sources" not in frames:
        return
    for i, value in enumerate(frames["sources"]["address"]):
        if pd.notna(value) and value != "" and not addresses.is_web_address(value):
            message = "not an address of http or https"
            yield Problem("sources.csv", i + FIRST_ROW, "address", str(value), message, addresses.REMEDY)


def _bounds(values: pd.Series) -> dates.Bounds:
    """Bounds that pass over malformed dates, which are reported where the table is read."""
    bad = {i for i, _, _ in dates.problems(values)}
    usable = [None if i in bad or pd.isna(v) else v for i, v in enumerate(values)]
    return dates.bounds(usable)
