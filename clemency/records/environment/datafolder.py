"""The argument data= -> the folder of the tables: the one named, or the one shipped with the library."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from clemency.records.arguments.days import refuse_blank
from clemency.records.errors import UsageError

_PACKAGE = Path(__file__).resolve().parents[2]


def data_folder(data: str | PathLike[str] | None = None) -> Path:
    """Folder of the tables: the one named, else the one shipped with the library."""
    if data is None:
        installed = _PACKAGE / "_data"
        return installed if installed.is_dir() else _PACKAGE.parent / "data"
    refuse_blank(data, "data")
    try:
        folder = Path(data)
        is_folder, is_file = folder.is_dir(), folder.is_file()
    except (TypeError, OSError) as error:
        raise UsageError(f"data={data!r} names no folder that can be read: {error}") from None
    if is_file:
        raise UsageError(f"{folder} is a file. Name the folder that holds cases.csv and acts.csv.")
    if not is_folder:
        raise UsageError(f"There is no data folder {folder}. Name a folder that holds cases.csv and acts.csv.")
    return folder
