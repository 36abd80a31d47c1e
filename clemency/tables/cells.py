"""Numbers of a result -> the text of a table's cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clemency.records.presentation.wording import limits, ratio, rounded

#: Below so many events a row is marked.
FEW = 5
MARK = "†"

_COUNTS = ("n", "at_risk", "granted", "decisions", "imputations", "intervals", "trials")


def estimate_text(row: dict[str, Any], shown: tuple[str, ...], is_ratio: bool, digits: int) -> str:
    """An estimate with what stands behind it in brackets; ``not known`` where there is none."""
    value = float(row["estimate"])
    if np.isnan(value):
        return "not known"
    text = ratio(value) if is_ratio else rounded(value, digits)
    behind = []
    if "limits" in shown:
        behind.append(limits_text(row["ci_low"], row["ci_high"], is_ratio, digits))
    if "error" in shown and not np.isnan(row["std_error"]):
        behind.append(f"SE {rounded(row['std_error'], max(digits, 2))}")
    behind = [b for b in behind if b]
    return f"{text} ({'; '.join(behind)})" if behind else text


def limits_text(low: float, high: float, is_ratio: bool, digits: int) -> str:
    """Limits of a ratio or of another number: ``0.14 to 0.996``."""
    if is_ratio:
        return limits(float(low), float(high))
    if np.isnan(low) or np.isnan(high):
        return ""
    return f"{rounded(low, digits)} to {rounded(high, digits)}"


def p_text(p: float) -> str:
    """A p value with three decimals: ``0.040``, ``<0.001``."""
    if np.isnan(p):
        return ""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def count_text(n: Any) -> str:
    """A count, whole where it is: ``1,204``; a mean of imputations with one decimal."""
    if pd.isna(n):
        return ""
    return f"{int(n):,}" if float(n).is_integer() else f"{float(n):,.1f}"


def statistic_text(name: str, value: Any) -> str:
    """A statistic of a whole fit: counts whole, likelihoods with one decimal, words as they are."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_ | str):
        return str(value)
    if name.startswith(("p_", "wald_p", "score_p", "likelihood_ratio_p")) or name.endswith("_p"):
        return p_text(float(value))
    number = float(value)
    if name in ("person_months", "person_time") and number >= 100:
        return f"{number:,.0f}"
    return f"{int(number):,}" if number.is_integer() else rounded(number, 1 if abs(number) >= 10 else 3)


def column_texts(values: pd.Series, digits: int) -> list[str]:
    """A column of any table as text: whole numbers without decimals, p values and others with theirs."""
    name = str(values.name)
    if values.dtype.kind == "b":
        return ["yes" if v else "no" for v in values]
    if values.dtype.kind not in "iuf":
        return ["" if pd.isna(v) else str(v) for v in values]
    numbers = values.to_numpy(dtype=float)
    if name == "p_value" or name.endswith("_p"):
        return [p_text(v) for v in numbers]
    if is_count(name) or np.all(np.isnan(numbers) | (numbers == np.round(numbers))):
        return [count_text(v) if np.isfinite(v) else rounded(v, 0) for v in numbers]
    return [rounded(v, digits) for v in numbers]


def is_count(name: str) -> bool:
    """Whether a column of that name counts people or events."""
    return name.startswith(("n_", "events")) or name in _COUNTS
