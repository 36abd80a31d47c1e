"""The argument data= -> the folder of the tables: one named, an earlier edition, or what the library ships."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path

from clemency.records.arguments.days import refuse_blank
from clemency.records.environment.editions import archived, edition_folder
from clemency.records.errors import UsageError

_PACKAGE = Path(__file__).resolve().parents[2]


def _shipped() -> Path:
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data"


def data_folder(data: str | PathLike[str] | None = None) -> Path:
    """Folder of the tables: the one named, an earlier edition by its number, else the one shipped with the library."""
    if data is None:
        return _shipped()
    refuse_blank(data, "data")
    try:
        folder = Path(data)
        is_folder, is_file = folder.is_dir(), folder.is_file()
    except (TypeError, OSError) as error:
        raise UsageError(f"data={data!r} names no folder that can be read: {error}") from None
    if not is_folder and not is_file and str(data) in archived(_shipped()):
        return edition_folder(str(data), _shipped())
    if is_file:
        raise UsageError(f"{folder} is a file. Name the folder that holds cases.csv and acts.csv.")
    if not is_folder:
        raise UsageError(f"There is no data folder {folder}. Name a folder that holds cases.csv and acts.csv.")
    return folder


def edition_named(version: str) -> Path:
    """Folder of an edition by its number: the shipped one, or one of the archive."""
    known = editions()
    if version not in known:
        raise UsageError(f"edition={version!r}: there is no such edition. There are: {', '.join(known)}.")
    return _shipped() if version == known[-1] else edition_folder(version, _shipped())


def editions() -> list[str]:
    """Editions that can be loaded, oldest first; the last is the one shipped."""
    return [*archived(_shipped()), _version(_shipped())]


def _version(shipped: Path) -> str:
    return str(json.loads((shipped / "datapackage.json").read_text(encoding="utf-8"))["version"])
