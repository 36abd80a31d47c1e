"""Schemas and files -> ``datapackage.json`` (Frictionless Data Package) and the edition that is loaded."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

from clemency.records.arguments.signatures import typed
from clemency.records.environment.datafolder import data_folder
from clemency.records.errors import DataError, Problem
from clemency.records.printable import printable
from clemency.records.schema import TABLES, Column, Table

_FRICTIONLESS = {"integer": "integer", "number": "number", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Edition:
    """The edition of a data folder.

    Attributes
    ----------
    version : str
        Edition as published, such as ``2026.11``.
    sha256 : str
        Hash over the hashes of all tables; cite it with the version.
    changed : tuple of str
        Files that differ from the published edition; empty if it is intact.
    folder : Path
        Where it was read.
    """

    version: str
    sha256: str
    changed: tuple[str, ...]
    folder: Path

    @property
    def intact(self) -> bool:
        """Whether every file is the published one, byte for byte."""
        return not self.changed

    def __str__(self) -> str:
        state = "" if self.intact else f", changed: {', '.join(self.changed)}"
        return printable(f"clemency data, edition {self.version} (sha256 {self.sha256[:12]}{state})")

    def _repr_html_(self) -> str:
        state = "intact" if self.intact else f"changed: {escape(', '.join(self.changed))}"
        return (
            f"<p><b>clemency data, edition {escape(self.version)}</b>, {state}<br><code>sha256 {self.sha256}</code></p>"
        )


@typed
def edition(data: str | PathLike[str] | None = None) -> Edition:
    """Say which edition of the data is loaded and whether its files are unchanged.

    Parameters
    ----------
    data : path, optional
        Folder with a ``datapackage.json``; the shipped one by default.

    Returns
    -------
    Edition

    Raises
    ------
    UsageError
        If there is no such folder.
    DataError
        If the folder has no readable ``datapackage.json``.

    Examples
    --------
    >>> import clemency as cl
    >>> cl.edition().intact
    True
    """
    folder = data_folder(data)
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        published = {_own_file(r["path"]): str(r["hash"]).removeprefix("sha256:") for r in package["resources"]}
        version = str(package["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = "Folders of your own need none for loading and checking; an edition has one."
        problem = Problem("datapackage.json", None, "", "", f"missing or not readable: {error}", remedy)
        raise DataError([problem]) from None
    hashes = {name: file_hash(folder / name) for name in published}
    changed = tuple(name for name in published if hashes[name] != published[name])
    return Edition(version, _hash_of_hashes(hashes), changed, folder)


def _own_file(path: Any) -> str:
    """A file of the folder itself; a path to elsewhere is nothing that an edition has."""
    if not isinstance(path, str) or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_. -]*", path):
        raise ValueError(f"{path!r} is no name of a file in the folder")
    return path


def descriptor(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Frictionless Data Package descriptor of a folder of tables.

    Parameters
    ----------
    folder : Path
        Holds one CSV file per table.
    about : dict
        Name, version, title, licences and the like, as the format defines them.

    Returns
    -------
    dict
        With one resource per table: schema, size and SHA-256 of the file.
    """
    return {**about, "resources": [_resource(folder / f"{t.name}.csv", t) for t in TABLES.values()]}


def file_hash(path: Path) -> str:
    """SHA-256 of a file, or an empty text if it is missing."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _hash_of_hashes(hashes: dict[str, str]) -> str:
    lines = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()


def _resource(path: Path, table: Table) -> dict[str, Any]:
    keys = [
        {"fields": [c.name], "reference": {"resource": c.refers, "fields": [TABLES[c.refers].key]}}
        for c in table.stored
        if c.refers and c.kind != "ids"
    ]
    schema: dict[str, Any] = {
        "fields": [_field(c, table) for c in table.stored],
        "primaryKey": [table.key],
        "missingValues": [""],
    }
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": table.name,
        "title": table.title,
        "description": f"One row is {table.row}.",
        "path": path.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{file_hash(path)}",
        "profile": "tabular-data-resource",
        "schema": schema,
    }


def _field(column: Column, table: Table) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _FRICTIONLESS.get(column.kind, "string"),
        "description": column.description,
    }
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.name == table.key:
        constraints["unique"] = True
    if column.levels:
        constraints["enum"] = list(column.levels)
    if column.minimum is not None:
        constraints["minimum"] = column.minimum
    if column.maximum is not None:
        constraints["maximum"] = column.maximum
    if constraints:
        field["constraints"] = constraints
    if column.kind == "edtf":
        field["rdfType"] = "http://id.loc.gov/datatypes/edtf"
    return field
