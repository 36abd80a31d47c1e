"""What a finding is computed from: the shipped tables, and fetched files where they are at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clemency.records.tables import load


class MissingDataError(Exception):
    """A data set that is not on this machine; its text says how to get it."""


@dataclass(frozen=True, slots=True)
class Material:
    """Data at hand.

    Attributes
    ----------
    folder : Path or None
        Where fetched data sets are looked for before ``CLEMENCY_DATA`` and the cache.
    """

    folder: Path | None = None

    def table(self, name: str) -> pd.DataFrame:
        """A shipped table, as `clemency.load` gives it."""
        return load(name)

    def file(self, dataset: str, name: str) -> Path:
        """A file of a fetched data set.

        Raises
        ------
        MissingDataError
            If it is not at hand, or is not the published one.
        """
        raise MissingDataError(f"run: clemency data fetch {dataset}")
