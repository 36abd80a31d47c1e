"""Coefficients with their errors -> the table that every regression prints, and what pooling asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    """

    name: str
    coefficients: Floats
    covariance: Floats
    df: float
    settings: tuple[tuple[str, Any], ...] = ()
