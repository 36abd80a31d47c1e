"""A formula without covariates -> a design without columns: models of the baseline alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, Recipe, model_matrix, variables
from clemency.models.designmatrix.formula import Aside, Parsed


def is_null(formula: Any) -> bool:
    """Whether a formula is the constant alone, ``1`` or ``~ 1``.

    Examples
    --------
    >>> is_null("~ 1"), is_null("1 + age")
    (True, False)
    """
    return isinstance(formula, str) and formula.replace(" ", "").removeprefix("~") == "1"


def null_design(formula: str, n: int) -> Design:
    """Design of n rows and no column."""
    return Design(
        matrix=np.empty((n, 0)),
        terms=(),
        levels=(),
        assign=np.empty(0, dtype=np.intp),
        reference={},
        unused=(),
        recipe=Recipe(Parsed(formula, (), (), Aside("q")), {}, {}, ()),
        mean=np.empty(0),
        span=np.empty(0),
    )


def variables_if_any(formula: str, columns: Collection[Any]) -> tuple[str, ...]:
    """Columns that a formula needs, none for a constant alone; as `variables`."""
    return () if is_null(formula) else variables(formula, columns)


def matrix_if_any(formula: str, frame: Mapping[str, pd.Series], n: int) -> Design:
    """Encode the columns of a formula; none for a constant alone. As `model_matrix`."""
    return null_design(formula, n) if is_null(formula) else model_matrix(formula, frame)
