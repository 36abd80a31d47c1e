"""Names in a formula -> formulaic's bases of a column and codings of levels; loaded when a formula uses one."""

from __future__ import annotations

from typing import Any

import numpy as np
from formulaic.transforms import TRANSFORMS
from formulaic.transforms.contrasts import (
    UNSET,
    Contrasts,
    CustomContrasts,
    DiffContrasts,
    HelmertContrasts,
    SASContrasts,
    SumContrasts,
    TreatmentContrasts,
)

from clemency.models.designmatrix.coding import Known
from clemency.records.errors import UsageError
from clemency.typing import Floats

#: What stands before a level that is not compared with the reference, but with a mean or the level before.
_MARKS: dict[type, str] = {SumContrasts: "S.", HelmertContrasts: "H.", DiffContrasts: "D."}


def transform(name: str) -> Any:
    """A transform by its name in a formula."""
    return TRANSFORMS[name]


def contrast(name: str) -> Any:
    """A coding by its name in a formula, such as ``Sum`` or ``contr.sum``."""
    return getattr(TRANSFORMS["contr"], name.removeprefix("contr.")) if "." in name else TRANSFORMS[name]


def custom(numbers: Any) -> Any:
    """A coding written out as numbers for each level."""
    return CustomContrasts(numbers)


def coded(known: Known, contrasts: Any) -> tuple[Floats | None, tuple[str, ...], int | None]:
    """Values of the columns of a coding (None for indicators), their names, and the reference level, if there is one.

    Raises
    ------
    UsageError
        For something else than a coding, and a reference that is not a level.
    """
    if not isinstance(contrasts, Contrasts):
        raise UsageError(f"C({known.name}, ...) takes a coding such as contr.sum, not {contrasts!r}")
    if isinstance(contrasts, TreatmentContrasts):
        base = _base(contrasts, known)
        return None, tuple(n for k, n in enumerate(known.names) if k != base), base
    matrix = np.asarray(contrasts.get_coding_matrix(list(known.levels), reduced_rank=True), dtype=np.float64)
    named = contrasts.get_coding_column_names(list(known.names), reduced_rank=True)
    mark = _MARKS.get(type(contrasts), "")
    return matrix, tuple(f"{mark}{v}" for v in named), None


def _base(contrasts: TreatmentContrasts, known: Known) -> int:
    """Number of the reference level: the one asked for, or the first (with SAS's coding the last)."""
    asked = contrasts.base
    if asked is UNSET:
        return len(known.levels) - 1 if isinstance(contrasts, SASContrasts) else 0
    place = known.place(asked)
    if place < 0:
        raise UsageError(f"the reference {asked!r} is no level of {known.name}; there are: {', '.join(known.names)}")
    return place
