"""The name of an earlier edition -> a folder with its tables, unpacked from the archive that the library ships."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from clemency.records.environment.cachefolder import cache_folder
from clemency.records.errors import UsageError

_INDEX = "editions.csv"
_MOST = 50 * 2**20


def archived(shipped: Path) -> dict[str, str]:
    """Earlier editions in the archive, oldest first, each with the SHA-256 of its file."""
    index = shipped / "editions" / _INDEX
    if not index.is_file():
        return {}
    with index.open(encoding="utf-8", newline="") as file:
        return {row["edition"]: row["sha256"] for row in csv.DictReader(file)}


@lru_cache(maxsize=8)
def edition_folder(version: str, shipped: Path) -> Path:
    """Folder of the tables of an earlier edition.

    Parameters
    ----------
    version : str
        Edition as published, such as ``2026.11``.
    shipped : Path
        Folder of the edition that is shipped, whose ``editions`` holds the archives.

    Returns
    -------
    Path
        In the user's cache, or in a folder of its own where the cache cannot be written. Its files are unpacked anew
        unless they are the archive's, byte for byte.

    Raises
    ------
    UsageError
        If there is no such edition, or its archive is not the published one.
    """
    known = archived(shipped)
    if version not in known:
        raise UsageError(
            f"There is no edition '{version}'. There are: {', '.join(known) or 'none but the one shipped'}."
        )
    path = shipped / "editions" / f"{version}.zip"
    data = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != known[version]:
        raise UsageError(f"{path} is missing or not the published archive of edition {version}. Install clemency anew.")
    with zipfile.ZipFile(path) as archive:
        files = {i.filename: i.file_size for i in archive.infolist()}
        if sum(files.values()) > _MOST or any(Path(n).name != n for n in files):
            raise UsageError(f"{path} holds more than the tables of an edition. Install clemency anew.")
        for target in _places(version, known[version]):
            try:
                if not _same(archive, target):
                    _unpack(archive, target)
                return target
            except OSError:
                continue
    raise UsageError(
        f"Edition {version} cannot be unpacked: no folder can be written. Set CLEMENCY_CACHE to one that can."
    )


def _places(version: str, sha256: str) -> Iterator[Path]:
    name = f"{version}-{sha256[:8]}"
    yield cache_folder() / "editions" / name
    yield Path(tempfile.mkdtemp(prefix="clemency-")) / name


def _same(archive: zipfile.ZipFile, folder: Path) -> bool:
    """Whether a folder holds the archive's files and nothing else."""
    if not folder.is_dir() or {p.name for p in folder.iterdir()} != set(archive.namelist()):
        return False
    return all((folder / name).read_bytes() == archive.read(name) for name in archive.namelist())


def _unpack(archive: zipfile.ZipFile, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpacking-"))
    try:
        archive.extractall(beside)
        os.chmod(beside, 0o755)
        if target.exists():
            shutil.rmtree(target)
        beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
