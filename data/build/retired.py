"""Archived editions, the tables just built and reviewed decisions -> ``retired.csv``: ids that no longer stand.

An id that was published is never used for something else, and whoever cites it finds here what became of it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from itertools import pairwise
from pathlib import Path

from common import BuildError, Context, Row, decisions

from clemency.records.schema import TABLES

COLUMNS = ["table", "id", "last_edition", "withdrawn_with", "replaced_by", "why"]


def retired(context: Context, archives: Path, version: str) -> list[Row]:
    """Lines of ``retired.csv``: each id of an archived edition that the tables lack, with what stands for it."""
    standing = {name: {r[TABLES[name].key] for r in rows} for name, rows in context.tables.items()}
    gone = _gone(archives, version, standing)
    decided = {(r["table"], r["id"]): r for r in decisions("retired")}
    without, needless = sorted(gone.keys() - decided.keys()), sorted(decided.keys() - gone.keys())
    if without:
        raise BuildError(f"Ids are gone and retired.csv does not say what became of them: {without[:5]}")
    if needless:
        raise BuildError(f"retired.csv names ids that stand, or that no edition had: {needless[:5]}")
    rows = []
    for (name, key), (last, first_without) in sorted(gone.items()):
        decision = decided[name, key]
        lost = [new for new in decision["replaced_by"].split() if new not in standing[name]]
        if lost or not decision["why"]:
            raise BuildError(f"retired.csv: {key} is replaced by {lost}, which is not there, or has no reason.")
        line = (name, key, last, first_without, decision["replaced_by"], decision["why"])
        rows.append(dict(zip(COLUMNS, line, strict=True)))
    return rows


def _gone(archives: Path, version: str, standing: dict[str, set[str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Ids that archived editions have and the tables lack: the last edition that had them, the first without."""
    paths = sorted(archives.glob("*.zip"))
    had = [(path.stem, _ids(path)) for path in paths] + [(version, standing)]
    gone: dict[tuple[str, str], tuple[str, str]] = {}
    for (before, old), (after, new) in pairwise(had):
        for name, ids in old.items():
            gone |= {(name, key): (before, after) for key in ids - new.get(name, set())}
    return {(name, key): found for (name, key), found in gone.items() if key not in standing.get(name, set())}


def _ids(archive: Path) -> dict[str, set[str]]:
    found = {}
    with zipfile.ZipFile(archive) as file:
        for name, table in TABLES.items():
            if f"{name}.csv" in file.namelist():
                text = io.TextIOWrapper(file.open(f"{name}.csv"), encoding="utf-8", newline="")
                found[name] = {r[table.key] for r in csv.DictReader(text)}
    return found
