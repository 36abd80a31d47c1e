"""Trials and a formula -> the probability of an event in each, and weights and balance made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.designmatrix.coding import plain
from clemency.models.designmatrix.design import check_rank, model_matrix
from clemency.models.regression.binomial import Link, Trials, fit_binary
from clemency.models.regression.separation import separated
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats

_Z = float(special.ndtri(0.975))


@dataclass(frozen=True, slots=True)
class EventWords:
    """Words for messages about an event: its noun, what separation means, and what to do then."""

    noun: str
    certain: str
    remedy: str


def fit_chance(
    formula: str,
    trials: pd.DataFrame,
    event: Bools,
    what: EventWords,
    *,
    link: Link = "logit",
    penalty: str | None = None,
) -> tuple[Floats, pd.DataFrame]:
    """Fit the probability of an event in a trial.

    Parameters
    ----------
    formula : str
        ``"1"`` for one chance.
    trials : DataFrame, m rows
        Complete in the columns of the formula.
    event : ndarray of bool, shape (m,)
    what : EventWords
    link : {"logit", "cloglog"}
    penalty : {"firth", None}

    Returns
    -------
    eta : ndarray, shape (m,)
        Linear predictor of each trial.
    table : DataFrame
        ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.

    Raises
    ------
    DataError
        For a chance that has no estimate short of 0 or 1.
    """
    ones = np.ones((len(trials), 1))
    names = [("constant", "")]
    X = ones
    if formula != "1":
        design = model_matrix(formula, trials)
        check_rank(design)
        X = np.hstack([ones, design.matrix])
        names += list(zip(design.terms, design.levels, strict=True))
    fit = fit_binary(Trials(X, event, np.zeros(len(X)), np.ones(len(X)), link, firth=penalty == "firth"))
    eta = X @ fit.beta
    if penalty is None and (not fit.converged or np.abs(eta).max() > 12):
        _refuse_separated(X, event, names, what)
    if not fit.converged:
        message = f"the model of {what.noun} does not converge"
        raise DataError([Problem("data", None, formula, "", message, 'Use penalty="firth".')])
    error = np.sqrt(np.diag(fit.covariance))
    z = fit.beta / error
    columns = {
        "term": [n for n, _ in names],
        "level": [v for _, v in names],
        "estimate": fit.beta,
        "std_error": error,
        "statistic": z,
        "p_value": 2 * special.ndtr(-np.abs(z)),
        "ci_low": fit.beta - _Z * error,
        "ci_high": fit.beta + _Z * error,
    }
    return eta, pd.DataFrame(columns)


def _refuse_separated(X: Floats, event: Bools, names: list[tuple[str, str]], what: EventWords) -> None:
    columns = [names[j] for j in separated(X, event) if names[j][0] != "constant"]
    if columns:
        raise DataError([Problem("data", None, term, level, what.certain, what.remedy) for term, level in columns])


def two_formulas(numerator: str | None, denominator: str, stabilise: bool) -> dict[str, str]:
    """Formulas of the models whose chances make weights, the numerator's only where weights are stabilised."""
    if stabilise and numerator is None:
        raise UsageError('stabilised weights need a numerator, at least "1"; or give stabilise=False')
    if not stabilise and numerator is not None:
        raise UsageError("with stabilise=False the numerator has no effect: give None")
    return {"denominator": denominator} | ({} if numerator is None else {"numerator": numerator})


def check_truncation(truncate: tuple[float, float] | None, penalty: str | None) -> None:
    """Refuse impossible percentiles of weights and unknown penalties."""
    if truncate is not None and not (len(truncate) == 2 and 0 <= truncate[0] < truncate[1] <= 1):
        raise UsageError(f"truncate={truncate!r} must be two rising fractions such as (0.01, 0.99), or None")
    if penalty not in (None, "firth"):
        raise UsageError(f"penalty={penalty!r} must be 'firth' or None")


def effective(weight: Floats) -> float:
    """Number of equal weights that say as much of a mean: (sum w)^2 / sum w^2.

    Examples
    --------
    >>> effective(np.array([1.0, 1.0, 1.0, 3.0]))
    3.0
    """
    return float(weight.sum() ** 2 / (weight**2).sum())


def weight_summary(raw: Floats, weight: Floats, truncate: tuple[float, float] | None) -> dict[str, Any]:
    """Mean, spread and range of weights, how many equal ones they are worth, and what truncation has changed."""
    return {
        "mean": float(weight.mean()),
        "sd": float(weight.std(ddof=1)) if len(weight) > 1 else np.nan,
        "min": float(weight.min()),
        "max": float(weight.max()),
        "ess": effective(weight),
        "n_truncated": int((weight != raw).sum()),
        "min_raw": float(raw.min()),
        "max_raw": float(raw.max()),
        "truncate": "none" if truncate is None else f"{truncate[0]:g} to {truncate[1]:g}",
    }


def indicators(trials: pd.DataFrame, covariates: Sequence[str]) -> list[tuple[str, str, Floats]]:
    """``(term, level, values)``: numeric covariates as they are, a column of 0 and 1 for each level of the others."""
    out: list[tuple[str, str, Floats]] = []
    for name in covariates:
        column = plain(trials[name])
        if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
            out.append((name, "", column.to_numpy(dtype=np.float64)))
            continue
        levels = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else sorted(column.unique())
        levels_present = [(name, str(v), (column == v).to_numpy(dtype=np.float64)) for v in levels]
        out += [f for f in levels_present if f[2].any()]
    return out


def standardised(values: Floats, treated: Bools, weight: Floats | None = None) -> tuple[float, float, float]:
    """Mean of the treated, of the others, and their difference in unweighted standard deviations (NaN without spread).

    Examples
    --------
    >>> import numpy as np
    >>> round(standardised(np.array([1.0, 3.0, 0.0, 2.0]), np.array([True, True, False, False]))[2], 3)
    0.707
    """
    w = np.ones(len(values)) if weight is None else weight
    means = [float(np.average(values[g], weights=w[g])) for g in (treated, ~treated)]
    spread = [float(np.var(values[g], ddof=1)) if g.sum() > 1 else 0.0 for g in (treated, ~treated)]
    sd = np.sqrt(sum(spread) / 2)
    return means[0], means[1], float((means[0] - means[1]) / sd) if sd > 0 else np.nan
