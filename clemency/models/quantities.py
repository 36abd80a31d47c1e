"""Covariates of which each value would be a level of its own -> a refusal that says what they look like."""

from __future__ import annotations

import pandas as pd

from clemency.records.errors import UsageError


def refuse_quantity(column: pd.Series) -> None:
    """Refuse dates, durations, and text that looks like measured numbers: each value would be a level of its own."""
    kind = getattr(column.dtype, "kind", "O")
    if kind in "bifu":
        return
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or kind == "m":
        what = "durations" if kind == "m" else "dates"
        raise UsageError(f"'{column.name}' holds {what}: turn them into numbers, such as months, or categories first")
    if not (pd.api.types.is_object_dtype(column.dtype) or isinstance(column.dtype, pd.StringDtype)):
        return
    values = pd.Series(column.unique()).dropna()
    number = pd.to_numeric(values, errors="coerce")
    if number.notna().all() and len(values) > 2 and ((number % 1 != 0).any() or 2 * len(values) > len(column)):
        shown = ", ".join(repr(v) for v in values.head(3))
        raise UsageError(
            f"'{column.name}' looks like numbers read as text ({shown} ...): make it numeric with pd.to_numeric, or "
            f"write C({column.name}) if its {len(values)} values are groups"
        )
