"""The name of a registered public data set -> its files, verified, from a local folder, the cache or the network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

from clemency.records.arguments.days import refuse_blank
from clemency.records.arguments.signatures import typed
from clemency.records.environment.cachefolder import cache_folder
from clemency.records.errors import UsageError
from clemency.records.publicfiles.registry import PublicFile, files_of, public_files
from clemency.records.publicfiles.transfer import (
    Report,
    copy,
    digest,
    discard,
    download,
    reading,
    refusal,
    right,
    verify,
)


@dataclass(frozen=True, slots=True)
class PublicData:
    """Files of a public data set, each with the registered bytes.

    Attributes
    ----------
    name : str
        Name in the registry.
    folder : Path
        Where they lie; the cache's folder if they lie in several.
    paths : mapping of str to Path
        By file name.
    citation, licence : str
        How to cite the data, and their licence as stated (``none stated`` where nothing is said).
    """

    name: str
    folder: Path
    paths: Mapping[str, Path]
    citation: str
    licence: str

    def path(self, file: str) -> Path:
        """Where a file lies; also ``data[file]``."""
        if file not in self.paths:
            raise UsageError(f"{self.name} has no file '{file}'. It has {', '.join(self.paths)}.")
        return self.paths[file]

    __getitem__ = path

    def __str__(self) -> str:
        lines = [self.name, *(f"  {p}" for p in self.paths.values()), self.citation, f"Licence: {self.licence}"]
        return "\n".join(lines)


@typed
def fetch(name: str, *, from_path: str | PathLike[str] | None = None) -> PublicData:
    """Files of a public data set that is not shipped with the library.

    Each file is looked for in the folder that ``CLEMENCY_DATA`` names, if it is set (as ``NAME/FILE`` or ``FILE``; it
    is read in place), then in the cache, then at its address. The cache is the user's own (``clemency`` in the system's
    folder of caches) or the folder that ``CLEMENCY_CACHE`` names. Every file is compared with the registered SHA-256 on
    every call; none appears under its name in the cache before it is right. A download that broke goes on where it
    stopped if the server supports that.

    Parameters
    ----------
    name : str
        As registered; ``clemency data list`` shows all.
    from_path : path, optional
        A file, or a folder that holds files as ``NAME/FILE`` or ``FILE``: they are copied into the cache, and nothing
        is downloaded.

    Returns
    -------
    PublicData

    Raises
    ------
    UsageError
        If there is no such data set or path.
    FetchError
        If a file cannot be had whole and right; the error says why and what to do.

    Notes
    -----
    A file without a stated licence may be read for research, but ask its authors before you pass it on.

    Examples
    --------
    >>> import clemency as cl
    >>> data = cl.fetch("steinert2022")                                    # doctest: +SKIP
    >>> rows = pd.read_csv(data["CHRD_fullinfo.csv"])                      # doctest: +SKIP
    >>> cl.fetch("steinert2002")
    Traceback (most recent call last):
    clemency.records.errors.UsageError: There is no public data set 'steinert2002'. Did you mean steinert2022? ...
    """
    entries = files_of(name)
    given = _given(entries, from_path)
    for entry, source in given.items():
        copy(entry, source, _cached(entry))
    paths = {e.file: _cached(e) if e in given else _obtain(e, from_path) for e in entries}
    folders = {p.parent for p in paths.values()}
    folder = folders.pop() if len(folders) == 1 else _cached(entries[0]).parent
    return PublicData(name, folder, paths, entries[0].citation, entries[0].licence)


def present() -> list[tuple[PublicFile, Path | None]]:
    """Every registered file, and where it lies on this machine if it does, with the right bytes."""
    return [(e, next((p for p in (_local(e), _cached(e)) if p and right(e, p)), None)) for e in public_files()]


def _obtain(entry: PublicFile, from_path: str | PathLike[str] | None) -> Path:
    local, target = _local(entry), _cached(entry)
    if local:
        verify(entry, local, "Replace it by the registered file, or move it elsewhere, or unset CLEMENCY_DATA.")
        return local
    if right(entry, target):
        return target
    discard(entry, target)
    if from_path is not None:
        message = f"neither in {from_path} nor in the cache ({target.parent})"
        remedy = f"Put it beside the others and call again, or download it from {entry.address}"
        raise refusal(entry, message, remedy)
    with _bar(entry) as report:
        download(entry, target, report)
    return target


def _given(entries: tuple[PublicFile, ...], path: str | PathLike[str] | None) -> dict[PublicFile, Path]:
    """Which registered file each local one shall be."""
    if path is None:
        return {}
    refuse_blank(path, "from_path")
    place = Path(path).expanduser()
    with reading(entries[0], place):
        there, folder = place.exists(), place.is_dir()
    if folder:
        return {e: inside for e in entries if (inside := _within(place, e))}
    if not there:
        raise UsageError(f"There is no file or folder {place}. Name what holds {', '.join(e.file for e in entries)}.")
    found = digest(entries[0], place)  # a browser may have renamed it, so its bytes say what it is
    same = [e for e in entries if e.sha256 == found] or [e for e in entries if e.file == place.name]
    if same or len(entries) == 1:
        return {(same or entries)[0]: place}
    names = ", ".join(f"{e.file} ({e.sha256})" for e in entries)
    message = f"{place} is none of its files: SHA-256 {names} expected, {found} found"
    raise refusal(entries[0], message, f"Obtain the registered file again, from {entries[0].address}")


def named_folder() -> Path | None:
    """Folder that ``CLEMENCY_DATA`` names, if it is set.

    Raises
    ------
    UsageError
        If it is none.
    OSError
        If it cannot be looked into.
    """
    named = os.environ.get("CLEMENCY_DATA")
    if not named:
        return None
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise UsageError(f"CLEMENCY_DATA names {folder}, which is no folder. Name one that exists, or unset it.")
    return folder


def _local(entry: PublicFile) -> Path | None:
    """Where a file lies in the folder that CLEMENCY_DATA names, right or wrong."""
    with reading(entry, Path(os.environ.get("CLEMENCY_DATA", ""))):
        folder = named_folder()
    return None if folder is None else _within(folder, entry)


def _within(folder: Path, entry: PublicFile) -> Path | None:
    with reading(entry, folder):
        return next((p for p in (folder / entry.name / entry.file, folder / entry.file) if p.is_file()), None)


def _cached(entry: PublicFile) -> Path:
    return cache_folder() / entry.name / entry.file


@contextmanager
def _bar(entry: PublicFile) -> Iterator[Report]:
    """Progress on a terminal, or in Jupyter where it can be drawn; silence elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    shown = console.is_interactive or (console.is_jupyter and find_spec("ipywidgets") is not None)
    if not shown:
        yield lambda done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(entry.label, total=entry.bytes)
        yield lambda done: progress.update(task, completed=done)
