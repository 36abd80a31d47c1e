"""Frames of estimates, one of each imputation with the same rows -> one frame, by Rubin's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.imputation.rubin import Joined, join
from clemency.models.regression.limits import p_values
from clemency.typing import Floats


def alike(one: pd.DataFrame, other: pd.DataFrame, keys: Sequence[str]) -> bool:
    """Whether two frames have the same rows, by the columns that name them."""
    if len(one) != len(other):
        return False
    columns = list(keys)
    return bool((one[columns].astype(str).to_numpy() == other[columns].astype(str).to_numpy()).all())


def pool_bounded(frames: Sequence[pd.DataFrame], ci_level: float, low: float, high: float) -> pd.DataFrame:
    """Pool areas below curves, or other numbers between two bounds, as they are.

    Parameters
    ----------
    frames : sequence of DataFrame, length m
        With ``estimate, std_error, ci_low``.
    ci_level : float
    low, high : float
        The least and the greatest that they can be, at which limits are cut off.

    Returns
    -------
    DataFrame
        The first frame with ``estimate, std_error, ci_low, ci_high, df, riv, fmi``. All but the estimate are missing
        where some imputation has no limits: nothing is known of its error.
    """
    estimate, error, lower = (_values(frames, c) for c in ("estimate", "std_error", "ci_low"))
    pooled = join(estimate, np.where(np.isnan(lower), np.nan, error))
    half = pooled.half(ci_level)
    return frames[0].assign(
        estimate=pooled.estimate,
        std_error=pooled.error,
        ci_low=np.clip(pooled.estimate - half, low, None),
        ci_high=np.clip(pooled.estimate + half, None, high),
        **_rules(pooled),
    )


def pool_tested(frames: Sequence[pd.DataFrame], ci_level: float, *, exponentiate: bool = False) -> pd.DataFrame:
    """Pool coefficients or differences with their tests.

    Parameters
    ----------
    frames : sequence of DataFrame, length m
        With ``estimate, std_error``.
    ci_level : float
    exponentiate : bool
        Give estimates and limits as ratios; error and statistic stay those of the logarithm.

    Returns
    -------
    DataFrame
        The first frame with ``estimate, std_error, statistic, p_value, ci_low, ci_high, df, riv, fmi``.
    """
    pooled = join(_values(frames, "estimate"), _values(frames, "std_error"))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = pooled.estimate / pooled.error
    half = pooled.half(ci_level)
    shown = np.exp if exponentiate else np.asarray
    return frames[0].assign(
        estimate=shown(pooled.estimate),
        std_error=pooled.error,
        statistic=statistic,
        p_value=p_values(statistic, pooled.df),
        ci_low=shown(pooled.estimate - half),
        ci_high=shown(pooled.estimate + half),
        **_rules(pooled),
    )


def _values(frames: Sequence[pd.DataFrame], column: str) -> Floats:
    return np.array([f[column].to_numpy(dtype=float) for f in frames])


def _rules(pooled: Joined) -> dict[str, Any]:
    return {"df": pooled.df, "riv": pooled.riv, "fmi": pooled.fmi}
