"""Whatever holds spells -> a frame, and its columns as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.models.modelframe.measures import EMPTY, measures
from clemency.records.errors import UsageError
from clemency.typing import Floats


@dataclass(frozen=True, slots=True)
class Table:
    """Data as a frame: read once in a call, and passed on in place of what was given.

    Attributes
    ----------
    frame : DataFrame
    cohort : Cohort, or None for other data
    """

    frame: pd.DataFrame
    cohort: Any = None

    @property
    def case(self) -> str | None:
        """Column that says whose case a spell is; None for a frame, which does not say."""
        return "case_id" if self.cohort is not None and "case_id" in self.frame else None

    @property
    def person(self) -> str | None:
        """Column of a cohort by which spells cluster: ``person_id`` where anyone gives more than one spell."""
        if self.cohort is None or "person_id" not in self.frame or self.frame["person_id"].is_unique:
            return None
        return "person_id"


def as_table(data: Any, name: str = "data") -> Table:
    """Read a cohort, DataFrame, mapping of columns, record array or anything with ``to_pandas()``, given as `name`.

    Raises
    ------
    UsageError
        For anything else, columns of unequal length, and names of several levels.
    """
    if isinstance(data, Table):
        return data
    frame = _read(data, name)
    if frame.columns.nlevels > 1:
        raise UsageError("the columns have names of several levels: give each a name of its own, as text")
    return Table(frame, data if is_cohort(data) else None)


def as_frame(data: Any, name: str = "data") -> pd.DataFrame:
    """As `as_table`, where only the frame is wanted."""
    return as_table(data, name).frame


def is_cohort(data: Any) -> bool:
    """Whether data have spells that name their columns themselves; a table with a column ``spells`` is no cohort."""
    if isinstance(data, pd.DataFrame | Mapping | np.ndarray):
        return False
    return isinstance(data, Cohort | ImputedCohort) or isinstance(getattr(data, "spells", None), pd.DataFrame)


def _read(data: Any, name: str) -> pd.DataFrame:
    if is_cohort(data):
        return data.spells
    if isinstance(data, pd.DataFrame):
        return data
    if callable(getattr(data, "to_pandas", None)):
        return data.to_pandas()
    if isinstance(data, Mapping) or (isinstance(data, np.ndarray) and data.dtype.names):
        try:
            return pd.DataFrame(data)
        except ValueError as error:
            sizes = {k: np.size(v) for k, v in data.items()} if isinstance(data, Mapping) else {}
            said = ", ".join(f"{k}: {n} values" for k, n in sizes.items())
            raise UsageError(f"the columns make no table ({said or error}): give columns of equal length") from error
    raise UsageError(f"{name} must be a Cohort, a DataFrame or a mapping of columns, not {type(data).__name__}")


def numbers(frame: pd.DataFrame, name: str, *, infinite: bool = False, mend: str = EMPTY, data: str = "data") -> Floats:
    """Read a column as float, missing where empty; what is no finite number is refused by row. As `measures`."""
    return measures(frame[name], name, infinite=infinite, mend=mend, data=data)


def new_rows(newdata: Any) -> pd.DataFrame:
    """Take new data as a frame; single values in a mapping are one row, and so is a mapping of nothing."""
    if isinstance(newdata, Mapping) and not newdata:
        return pd.DataFrame(index=range(1))  # for a model without covariates
    if isinstance(newdata, Mapping) and newdata and all(pd.api.types.is_scalar(v) for v in newdata.values()):
        newdata = {name: [value] for name, value in newdata.items()}
    try:
        return as_frame(newdata)
    except (TypeError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"the new data are no table ({error}): give columns of equal length") from error
