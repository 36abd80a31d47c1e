"""Columns of the data -> rows with a variable set to one of its values."""

from __future__ import annotations

from typing import Any

import pandas as pd

from clemency.models.designmatrix.design import Design
from clemency.records.errors import UsageError


def categorical(design: Design, column: pd.Series) -> bool:
    """Whether a variable enters as levels: as a category, inside ``C()``, or as yes and no."""
    return pd.api.types.is_bool_dtype(column.dtype) or column.name in design.levelled


def levels_to_set(column: pd.Series, categorical: bool) -> list[object]:
    """Values to which a variable is set in turn; refused for a number with many."""
    values = distinct_values(column)
    if not categorical and len(values) > 12:
        raise UsageError(f"'{column.name}' takes {len(values)} values; make it a category of fewer to set it to each.")
    return values


def repeated_value(column: pd.Series, value: object, n: int) -> Any:
    """A value repeated `n` times, with the column's dtype."""
    return pd.Series(value, index=range(n), dtype=column.dtype).array


def distinct_values(column: pd.Series) -> list[object]:
    """Values that a column takes: categories in their order, others sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.remove_unused_categories().cat.categories)
    return sorted(column.unique())
