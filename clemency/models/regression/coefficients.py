"""Coefficients with their errors -> the table that every regression prints, and what pooling asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.regression.limits import critical, p_values
from clemency.typing import Floats

#: Names in printed tables of ratios, whose standard errors are those of the logarithm.
SHOWN = {"estimate": "ratio", "std_error": "std_error(log)"}


@dataclass(frozen=True, slots=True)
class Moments:
    """Coefficients as draws from a nearly normal distribution: what Rubin's rules ask of a fitted regression.

    Attributes
    ----------
    name : str
        Of the model, such as ``"Cox, cause-specific: sentence_reduction"``.
    coefficients : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    df : float
        Degrees of freedom of the t distribution behind the fit's own limits; infinite for the normal one.
    settings : tuple of (str, Any)
        Further choices that fits must share to be pooled, each with its name.
    logs, ratios : ndarray of bool, shape (p,), or None
        Which coefficients are logarithms, and which of those are ratios to be drawn; None for all.
    """

    name: str
    coefficients: Floats
    covariance: Floats
    df: float
    settings: tuple[tuple[str, Any], ...] = ()
    logs: Any = None
    ratios: Any = None


def exponentiated(table: pd.DataFrame, logs: Any) -> pd.DataFrame:
    """Estimates and limits of the rows that are logarithms, exponentiated; the other rows stay."""
    shown = ["estimate", "ci_low", "ci_high"]
    with np.errstate(over="ignore"):
        table.loc[logs, shown] = np.exp(table.loc[logs, shown])
    return table


def coefficient_table(
    terms: Sequence[str],
    levels: Sequence[str] | str,
    beta: Floats,
    error: Floats,
    *,
    ci_level: float,
    df: float | Floats = np.inf,
    limits: Floats | None = None,
    roots: Floats | None = None,
    exponentiate: bool = False,
) -> pd.DataFrame:
    """Tabulate coefficients with their tests and limits.

    Parameters
    ----------
    terms, levels : sequence of str, length p
    beta, error : ndarray, shape (p,)
        An error that is missing or infinite leaves limits and test missing.
    ci_level : float
    df : float or ndarray, shape (p,)
        Degrees of freedom of the t distribution of test and limits; infinite for the normal one.
    limits : ndarray, shape (p, 2), optional
        In place of those by the error, such as from the profile likelihood.
    roots : ndarray, shape (p,), optional
        Signed roots of likelihood ratios, in place of beta / error.
    exponentiate : bool
        Give ratios; the error and the statistic stay those of the logarithm.

    Returns
    -------
    DataFrame
        ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.

    Examples
    --------
    >>> import numpy as np
    >>> coefficient_table(["age"], [""], np.array([0.5]), np.array([0.25]), ci_level=0.95).round(3)
      term level  estimate  std_error  statistic  p_value  ci_low  ci_high
    0  age             0.5       0.25        2.0    0.046    0.01     0.99
    """
    usable = np.where(np.isfinite(error), error, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / usable if roots is None else roots
    half = critical(ci_level, df) * usable
    low, high = (beta - half, beta + half) if limits is None else (limits[:, 0], limits[:, 1])
    columns = [beta, low, high]
    if exponentiate:
        with np.errstate(over="ignore"):
            columns = [np.exp(c) for c in columns]
    return pd.DataFrame(
        {
            "term": terms,
            "level": levels,
            "estimate": columns[0],
            "std_error": error,
            "statistic": statistic,
            "p_value": p_values(statistic, df),
            "ci_low": columns[1],
            "ci_high": columns[2],
        }
    )
