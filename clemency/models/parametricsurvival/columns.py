"""A formula, which may be ``1``, and covariates -> centred columns, their names, and new rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, check_rank, model_matrix, variables
from clemency.models.modelframe.frames import new_rows
from clemency.models.regression.support import level_support
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """p columns of a formula.

    Attributes
    ----------
    matrix : ndarray, shape (n, p)
        Centred.
    mean : ndarray, shape (p,)
    terms, levels : tuple of str, length p
    design : Design, or None
        None for the formula ``1``.
    """

    matrix: Floats
    mean: Floats
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    design: Design | None

    def encode(self, newdata: Any) -> Floats:
        """New rows as these were, centred, shape (m, p)."""
        if self.design is None:
            rows = 1 if newdata is None else len(new_rows(newdata))
            return np.zeros((rows, 0))
        if newdata is None:
            raise UsageError("name the covariates of the cases to predict for: newdata=")
        return self.design.encode(new_rows(newdata)) - self.mean

    def support(self, event: Bools) -> pd.DataFrame:
        """Cases and events behind each level."""
        if self.design is None:
            return pd.DataFrame(
                {"term": [], "level": [], "n": np.empty(0, int), "n_event": np.empty(0, int), "reference": []}
            )
        return level_support(self.design, event)


def is_constant(formula: str | None) -> bool:
    """Whether a formula has no covariates, on purpose."""
    return formula is not None and formula.replace(" ", "") in ("1", "~1")


def needed(formula: str | None, columns: Collection[Any]) -> tuple[str, ...]:
    """Columns of the data that a formula needs."""
    return () if formula is None or is_constant(formula) else variables(formula, columns)


def columns_of(formula: str, frame: Mapping[str, pd.Series] | pd.DataFrame, n: int) -> Columns:
    """Encode a formula; constant, duplicate and collinear columns are refused by name."""
    if is_constant(formula):
        return Columns(np.zeros((n, 0)), np.zeros(0), (), (), None)
    design = model_matrix(formula, frame)
    check_rank(design)
    return Columns(design.matrix - design.mean, design.mean, design.terms, design.levels, design)
