"""Fits of nested models to the same rows -> likelihood-ratio tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.likelihood.exact import evaluate_exact
from clemency.models.likelihood.fit import HazardFit
from clemency.models.likelihood.newton import maximise
from clemency.models.likelihood.partial import evaluate
from clemency.models.regression.likelihoods import Likelihood
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats


@typed
def anova(*fits: Any) -> pd.DataFrame:
    """Compare nested models by their likelihoods.

    Parameters
    ----------
    *fits : Estimate, TransitionCox, Occurrence, IntervalHazard or GroupedHazard
        Two or more fits of one kind to the same rows, each with all columns of the one before (or each without some of
        them). One fit of `cox` is compared with itself without its terms: they are added one after the other, in the
        order of the formula.

    Returns
    -------
    DataFrame
        ``formula`` (or ``term``, of one fit), ``loglik, df_model, statistic, df, p_value``: one row for each model,
        with the test against the one before.

    Raises
    ------
    UsageError
        For fits of different kinds, rows, strata, ties or offsets; for models that are not nested; and where the
        likelihood is no ground for a test: robust or clustered errors, weights that are not numbers of cases, a
        penalty, a Fine-Gray fit. For pooled fits of imputations.

    Notes
    -----
    Twice the difference of the log-likelihoods has nearly the chi-squared distribution with as many degrees of freedom
    as the models differ by, if the smaller one holds. As ``anova`` of R's survival, which does not look whether models
    are nested or have the same strata. Rows in another order are matched by the index of the data. A fit of cells
    (`grouped_hazard`) keeps no rows: there the same numbers of rows, events and person-time stand for the same rows.

    References
    ----------
    S. S. Wilks (1938), Annals of Mathematical Statistics 9:60-62; D. R. Cox (1975), Partial likelihood, Biometrika
    62:269-276.

    Examples
    --------
    >>> import pandas as pd
    >>> from clemency.models import cox
    >>> d = pd.DataFrame({"t": range(1, 13), "e": 1, "x": [3, 1, 2, 5, 2, 1, 4, 3, 2, 6, 4, 5.0], "g": [0, 1, 1] * 4})
    >>> one, two = (cox(d, f, exit="t", event="e") for f in ("x", "x + g"))
    >>> anova(one, two).round(3)
      formula  loglik  df_model  statistic   df  p_value
    0       x -18.052         1        NaN  NaN      NaN
    1   x + g -13.222         2      9.661  1.0    0.002
    """
    if not fits:
        raise UsageError("anova takes fits: two or more of nested models, or one of cox.")
    given = [_likelihood(fit, k) for k, fit in enumerate(fits, 1)]
    for k, one in enumerate(given, 1):
        if one.unusable:
            raise UsageError(f"Fit {k} ({one.formula}) has no test by its likelihood: {one.unusable}.")
    if len(fits) == 1:
        return _by_term(fits[0])
    given[1:] = [_same(given[0], one, k) for k, one in enumerate(given[1:], 2)]
    sizes = np.array([one.df for one in given])
    if not ((np.diff(sizes) > 0).all() or (np.diff(sizes) < 0).all()):
        raise UsageError(
            f"the models have {', '.join(map(str, sizes))} coefficients: put nested ones in order, from small to large."
        )
    for k in range(1, len(given)):
        small, large = sorted(given[k - 1 : k + 1], key=lambda one: one.df)
        _check_nested(small, large)
    front = pd.DataFrame({"formula": [one.formula for one in given]})
    return _table(front, np.array([one.loglik for one in given]), sizes)


def _likelihood(fit: Any, k: int) -> Likelihood:
    if hasattr(fit, "within") and hasattr(fit, "between"):
        raise UsageError(
            f"Fit {k} is pooled over imputations, which have a likelihood each: test its terms by tidy(), or compare "
            "the fits of each imputation."
        )
    if not callable(getattr(fit, "likelihood", None)):
        raise UsageError(f"Fit {k} is no fitted regression with a likelihood but {type(fit).__name__}.")
    found: Likelihood = fit.likelihood()
    return found


def _table(front: pd.DataFrame, loglik: Floats, sizes: Any) -> pd.DataFrame:
    df = np.abs(np.diff(sizes)).astype(np.float64)
    statistic = np.maximum(2 * np.abs(np.diff(loglik)), 0.0)
    return front.assign(
        loglik=loglik,
        df_model=sizes,
        statistic=np.r_[np.nan, statistic],
        df=np.r_[np.nan, df],
        p_value=np.r_[np.nan, special.chdtrc(df, statistic)],
    )


def _same(first: Likelihood, other: Likelihood, k: int) -> Likelihood:
    """Put the rows of a likelihood into the order of the first; refuse one of anything else."""
    if first.model != other.model:
        raise UsageError(f"Fit {k} is of another model ({other.model}) than fit 1 ({first.model}).")
    moved = _in_order(first, other)
    name = _differing(first, other if moved is None else moved, by_label=moved is not None)
    if not name:
        return other if moved is None else moved
    if _shuffled(first, other):
        raise UsageError(
            f"Fit {k} has the rows of fit 1 in another order, and the index does not tell which is which: fit both to "
            "one table."
        )
    raise UsageError(
        f"Fit {k} has other {name} than fit 1, so that their likelihoods cannot be compared. Where rows differ "
        "because covariates are missing, leave out before what is missing in any of the formulas."
    )


def _in_order(first: Likelihood, other: Likelihood) -> Likelihood | None:
    """The other likelihood with its rows in the order of the first; None where their labels do not match them."""
    mine, its = first.labels, other.labels
    if mine is None or its is None or len(mine) != len(its) or not (mine.is_unique and its.is_unique):
        return None
    order = its.get_indexer(mine)
    if (order < 0).any():
        return None
    rows = tuple((name, value[order] if _by_row(value, its) else value) for name, value in other.rows)
    return replace(other, rows=rows, matrix=None if other.matrix is None else other.matrix[order])


def _by_row(value: Any, labels: pd.Index) -> bool:
    return isinstance(value, np.ndarray) and len(value) == len(labels)


def _differing(first: Likelihood, other: Likelihood, by_label: bool) -> str:
    """Name of the first thing in which two likelihoods differ, "" for none; places say nothing where labels match."""
    mine = dict(first.rows)
    every = [(name, value) for name, value in other.rows if not (by_label and name == "rows")]
    return next((name for name, value in every if not _equal(mine[name], value)), "")


def _shuffled(first: Likelihood, other: Likelihood) -> bool:
    """Whether all that is the same for two likelihoods but the order of the rows."""
    if first.labels is None or other.labels is None or len(first.labels) != len(other.labels):
        return False
    mine, columns = dict(first.rows), []
    for name, value in other.rows:
        if _by_row(value, other.labels) and _by_row(mine[name], first.labels):
            columns += [] if name == "rows" else [(mine[name], value)]
        elif not _equal(mine[name], value):
            return False
    sides = [np.column_stack([np.asarray(c[k], dtype=np.float64) for c in columns]) for k in (0, 1)]
    one, two = (side[np.lexsort(side.T)] for side in sides)
    return np.array_equal(one, two)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return type(one) is type(other) and bool(one == other)


def _check_nested(small: Likelihood, large: Likelihood) -> None:
    """Refuse a smaller model with a column that the larger one, and a constant, do not make up."""
    if small.matrix is None or large.matrix is None or not small.matrix.shape[1]:
        return
    columns = [np.column_stack([np.ones(len(m.matrix)), m.matrix]) for m in (small, large) if m.matrix is not None]
    scaled = [c / np.maximum(np.linalg.norm(c, axis=0), 1e-300) for c in columns]
    rest = scaled[0] - scaled[1] @ np.linalg.lstsq(scaled[1], scaled[0], rcond=None)[0]
    if np.linalg.norm(rest, axis=0).max() > 1e-6:
        raise UsageError(
            f"'{small.formula}' is not nested in '{large.formula}': it has columns that the other does not make up."
        )


def _by_term(fit: Any) -> pd.DataFrame:
    """Add the terms of a Cox model one after the other."""
    if not isinstance(fit, HazardFit):
        raise UsageError("one fit is compared with itself without its terms for cox only: give two fits or more.")
    sources = fit.needed("a test of its terms")
    assign, data = sources.design.assign, sources.data
    names = list(dict.fromkeys(fit.terms))
    likelihood = evaluate_exact if fit.options["ties"] == "exact" else evaluate
    loglik, sizes = [float(fit.facts["loglik_null"])], [0]
    for k in range(len(names)):
        own: Bools = assign <= k
        sizes.append(int(own.sum()))
        if own.all():
            loglik.append(float(fit.facts["loglik"]))
            continue
        X = np.ascontiguousarray(data.X[:, own])
        less = replace(
            data, X=X, centre=data.centre[own], span=data.span[own], events_total=data.events_total[own]
        )  # fmt: skip
        loglik.append(maximise(less, likelihood=likelihood).at.loglik)
    return _table(pd.DataFrame({"term": ["(none)", *names]}), np.array(loglik), np.array(sizes))
