"""`data/findings/parts.csv` -> the published counts that a finding is computed from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from clemency.records.environment.datafolder import data_folder
from clemency.records.errors import DataError, UsageError
from clemency.records.schema import Column, Table
from clemency.records.tables.reading import read_table

PARTS = Table(
    "parts",
    "Published counts that findings are computed from",
    "one published count",
    "part_id",
    (
        Column("part_id", "text", "Key: finding and name, joined by a colon.", required=True),
        Column("finding_id", "text", "The finding that needs it.", required=True),
        Column("name", "text", "Name of the count, as the function takes it.", required=True),
        Column("what", "text", "Whom or what it counts.", required=True),
        Column("value", "number", "The count.", required=True),
        Column("unit", "text", "Unit.", required=True),
        Column("address", "text", "Page on which it stands.", required=True),
        Column("seen", "edtf", "When the page was opened.", required=True),
        Column("note", "text", "What the columns cannot say."),
    ),
)


def parts_file(folder: Path | None = None) -> Path:
    """The file of a registry folder, of the shipped one by default."""
    return (folder or data_folder() / "findings") / "parts.csv"


def parts_of(finding_id: str, folder: Path | None = None) -> dict[str, float]:
    """Published counts of a finding by name.

    Raises
    ------
    UsageError
        If the registry has none for it.
    DataError
        If the file is malformed.
    """
    path = parts_file(folder)
    if not path.is_file():
        raise UsageError(f"There is no {path.name} beside the findings, and {finding_id} is computed from its counts.")
    table = _read(path, path.stat().st_mtime_ns)
    own = table[table["finding_id"] == finding_id]
    if own.empty:
        raise UsageError(f"parts.csv has no counts of '{finding_id}'.")
    return dict(zip(own["name"].astype(str), own["value"].astype(float), strict=True))


@cache
def _read(path: Path, changed: int) -> pd.DataFrame:
    """The table; `changed` makes a file that was written again be read again."""
    del changed
    reading = read_table(path, PARTS)
    if reading.frame is None or reading.problems:
        raise DataError(reading.problems)
    return reading.frame
