"""``registry.csv`` -> the public files that the library knows of: address, hash, size, citation and licence."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from clemency.records.errors import UsageError

REGISTRY = Path(__file__).with_name("registry.csv")


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A public file that can be had on demand; one row of the registry.

    Attributes
    ----------
    name, file : str
        Data set, and the file's name in it.
    bytes : int
        Size.
    sha256 : str
        Hash of the bytes, in hexadecimal digits.
    licence : str
        As its publisher states it; ``none stated`` where nothing is said.
    citation, address, about : str
        How to cite it, where it lies (an address whose bytes never change) and what it is.
    """

    name: str
    file: str
    bytes: int
    sha256: str
    licence: str
    citation: str
    address: str
    about: str

    @property
    def label(self) -> str:
        """Data set and file, as messages name them."""
        return f"{self.name}/{self.file}"


def public_files() -> tuple[PublicFile, ...]:
    """Read the registry, in its order."""
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        return tuple(PublicFile(**{**row, "bytes": int(row["bytes"])}) for row in csv.DictReader(file))  # type: ignore[arg-type]


def files_of(name: str) -> tuple[PublicFile, ...]:
    """Files of one data set; a name that is not registered is refused with the nearest ones."""
    files = public_files()
    if found := tuple(f for f in files if f.name == name):
        return found
    names = list(dict.fromkeys(f.name for f in files))
    near = get_close_matches(str(name), names, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    raise UsageError(f"There is no public data set '{name}'. {hint}Registered are {', '.join(names)}.")
