"""What a comparison of nested models asks of a fitted regression: its likelihood, and what it is a likelihood of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from clemency.typing import Floats


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A maximised likelihood.

    Attributes
    ----------
    model : str
        Such as ``"Cox"``: likelihoods of different models are not compared.
    formula : str
    loglik : float
    df : int
        Number of coefficients.
    rows : tuple of (str, Any)
        What must be the same for likelihoods to be compared, with its name: arrays, numbers or words.
    matrix : ndarray, shape (n, p), or None
        Columns of the model, where they are kept.
    unusable : str
        Why there is no test by this likelihood; "" if there is.
    labels : Index, length n, or None
        Of the rows, by which those of two fits to one table in two orders are matched.
    """

    model: str
    formula: str
    loglik: float
    df: int
    rows: tuple[tuple[str, Any], ...]
    matrix: Floats | None
    unusable: str
    labels: pd.Index | None = None


class HasLikelihood(Protocol):
    """A fitted regression that has one."""

    def likelihood(self) -> Likelihood:
        """Give the likelihood and what it is of."""
        ...


def of_model_alone(variance: str, counted: bool, penalty: Any = None) -> str:
    """Say why errors, weights or a penalty leave no test by the likelihood; "" if they do not."""
    if penalty not in (None, ""):
        return f"penalty={penalty!r} was given, so that it is not at the maximum of a likelihood"
    if not counted:
        return "its weights are not numbers of cases"
    if not variance.startswith("model"):
        return (
            f"its errors are robust ({variance}): a likelihood takes the rows as independent, and cannot be told that "
            "they are not. Test its terms by these errors (tidy()), or, if the rows are independent, fit it with "
            "robust=False"
        )
    return ""
