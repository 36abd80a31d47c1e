"""What a finding is computed from: the shipped tables, and fetched files where they are at hand."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import pandas as pd

from clemency.findings.parts import parts_of
from clemency.records.arguments.days import refuse_blank
from clemency.records.errors import UsageError
from clemency.records.publicfiles.fetching import named_folder, present
from clemency.records.publicfiles.registry import files_of
from clemency.records.publicfiles.transfer import right
from clemency.records.tables.loading import load


class MissingDataError(Exception):
    """A data set that is not on this machine; its text says how to get it."""


@dataclass(frozen=True, slots=True)
class Material:
    """Data at hand.

    Attributes
    ----------
    folder : Path or None
        Where fetched data sets are looked for before ``CLEMENCY_DATA`` and the cache.
    edition : str or None
        Edition of the tables, such as ``2026.11``; the shipped one if None.
    registry : Path or None
        Folder of the registry, whose published counts are used; the shipped one if None.
    """

    folder: Path | None = None
    edition: str | None = None
    registry: Path | None = None

    def table(self, name: str) -> pd.DataFrame:
        """A table of the edition, as `clemency.load` gives it."""
        return load(name, edition=self.edition)

    def parts(self, finding_id: str) -> dict[str, float]:
        """Published counts that a finding is computed from, by name.

        Raises
        ------
        UsageError
            If the registry has none for it.
        """
        return parts_of(finding_id, self.registry)

    def file(self, dataset: str, name: str) -> Path:
        """A file of a public data set, with the registered bytes. Nothing is downloaded.

        Raises
        ------
        MissingDataError
            If it is not at hand.
        UsageError
            If there is no such data set.
        """
        found = _found(dataset, name, self.folder)
        if found is None:
            raise MissingDataError(f"get the data with: clemency data fetch {dataset}")
        return found


def fetched_folder(data: str | PathLike[str] | None) -> Path | None:
    """Folder that fetched data sets are looked for in, if one is named.

    Raises
    ------
    UsageError
        If it, or the one that ``CLEMENCY_DATA`` names, does not exist: numbers that need its files would seem to lack
        them.
    """
    refuse_blank(data, "data")
    try:
        named_folder()
        folder = None if data is None else Path(data)
        found = folder is None or folder.is_dir()
    except OSError as error:
        raise UsageError(f"{data or 'CLEMENCY_DATA'} cannot be read: {error.strerror or error}.") from None
    if not found:
        raise UsageError(f"There is no data folder {folder}. Name the one that holds the fetched data sets.")
    return folder


def _found(dataset: str, name: str, folder: Path | None) -> Path | None:
    entry = next((e for e in files_of(dataset) if e.file == name), None)
    if entry is None:
        raise LookupError(f"{dataset} has no file {name}")
    places = [folder / dataset / name, folder / name] if folder else []
    for place in places:
        if place.is_file() and right(entry, place):
            return place
    return next((path for e, path in present() if e == entry), None)
