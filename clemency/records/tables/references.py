"""A table as read and the keys of the others -> its foreign keys without a target."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping

from clemency.records.errors import Problem
from clemency.records.schema import TABLES, Column, Table
from clemency.records.tables.reading import Reading
from clemency.records.values.words import remedy as word_for


def keys_of(name: str, reading: Reading) -> frozenset[str] | None:
    """Keys of a table; None if it could not be read."""
    key = TABLES[name].key
    if reading.frame is None or key not in reading.frame:
        return None
    return frozenset(reading.frame[key].dropna())


def unknown_keys(table: Table, reading: Reading, keys: Mapping[str, Collection[str] | None]) -> Iterator[Problem]:
    """Keys that point to nothing.

    Parameters
    ----------
    table : Table
    reading : Reading
        Of this table.
    keys : mapping
        Keys that there are, by table; a table that is not named, or None, is not looked at.
    """
    for column in table.stored:
        known = keys.get(column.refers) if column.refers else None
        if known is None or reading.frame is None:
            continue
        named = reading.frame[column.name].astype("string").dropna()
        named = named.str.split().explode() if column.kind == "ids" else named
        unknown = named[~named.isin(known)]
        same = {_folded(k): k for k in known} if len(unknown) else {}
        for i, value in unknown.items():
            row, message = reading.lines[int(i)], f"there is no such row in {column.refers}.csv"
            remedy = _remedy(column, str(value), same)
            yield Problem(f"{table.name}.csv", row, column.name, str(value), message, remedy)


def _remedy(column: Column, value: str, same: Mapping[str, str]) -> str:
    """What to write. Keys that are merely alike are not offered: they are other persons and other documents."""
    if (key := same.get(_folded(value))) is not None:
        apart = "; several keys stand side by side, with a blank between them" if column.kind == "ids" else ""
        return f"Write {key}{apart}."
    if column.refers == "provinces":
        return word_for(value, column)
    other = {
        "charges": "Write keys of charges.csv, such as CL97-105(2), or leave it empty.",
        "sources": "Add the document to sources.csv, or correct the key.",
        "cases": "Correct the key, or add the case to cases.csv.",
    }
    return other.get(column.refers, f"Correct the key, or add the row to {column.refers}.csv.")


def _folded(key: str) -> str:
    return unicodedata.normalize("NFKC", key).casefold().strip(" ,;|/、")
