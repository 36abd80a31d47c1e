"""The design of an occurrence model and its fit -> refusals that name what the data cannot support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, check_rank
from clemency.models.discretetime.duration import Duration
from clemency.models.modelframe.history import History
from clemency.models.regression.binomial import BinaryFit, Trials
from clemency.models.regression.separation import separated
from clemency.models.regression.support import uncounted
from clemency.records.errors import DataError, Problem
from clemency.typing import Floats, Ints

FEW_CLUSTERS = 10


def name_columns(exclusions: pd.DataFrame, names: Mapping[str, str | None]) -> None:
    """Name in the exclusions the columns of the data, not those made from them."""
    exclusions["column"] = exclusions["column"].replace(dict(names))


def cluster_warnings(warnings: pd.DataFrame, design: Design, clusters: Ints, p: int) -> pd.DataFrame:
    """Add to the warnings that clusters are few, in all or on one side of a covariate.

    Parameters
    ----------
    warnings : DataFrame
        ``term, level, n_event, message``.
    design : Design
    clusters : ndarray of int, shape (n,)
    p : int
        Number of coefficients.

    Returns
    -------
    DataFrame
    """
    code = np.unique(clusters, return_inverse=True)[1]
    G, more = int(code.max()) + 1, []
    for j, (term, level) in enumerate(zip(design.terms, design.levels, strict=True)):
        column = design.matrix[:, j]
        if np.isin(column, (0.0, 1.0)).all():
            sides = [np.unique(code[column == v]).size for v in (0.0, 1.0)]
            if min(sides) == 1:
                text = "all rows on one side of it are of one cluster: its limits are far too narrow"
                more.append((term, level, np.nan, text))
    if p >= G:
        more.append(("", "", np.nan, f"{G} clusters say nothing of the errors of {p} coefficients: see wild_test()"))
    elif G < FEW_CLUSTERS:
        more.append(("", "", np.nan, f"only {G} clusters: limits may be too narrow; see wild_test()"))
    return pd.DataFrame([*warnings.itertuples(index=False), *more], columns=warnings.columns) if more else warnings


def variance_clusters(read: History, cluster: str | None, case: Ints, name: str, own: bool) -> tuple[Ints | None, str]:
    """Clusters of the variance and their column: under sampling weights cases, or rows (""); None for the model's own.

    Weights that are no numbers of cases say how many others a case stands for; the likelihood's own errors would take
    them for that many cases seen. With `own` the fit (Firth's penalty, shrunken groups) has no other errors.
    """
    if cluster:
        return read.clusters[0], cluster
    return (None, "") if own or read.counted else (case, name)


def weight_warnings(warnings: pd.DataFrame, weights: str, of_model: bool) -> pd.DataFrame:
    """Add warnings about sampling weights: there is no AIC, and model-based errors may be too small."""
    more = [("", "", np.nan, uncounted(weights, "AIC and tests by the likelihood"))]
    if of_model:
        what = (
            "errors and limits take these weights as numbers of cases all the same, so that limits may be too narrow: "
            "without penalty= and shrink= they are robust"
        )
        more.append(("", "", np.nan, what))
    return pd.DataFrame([*warnings.itertuples(index=False), *more], columns=warnings.columns)


def check_duration(design: Design, shape: Duration, X: Floats) -> None:
    """Refuse duration that the covariates explain, or a band in which nobody is at risk."""
    names = shape.names
    if not names:
        return
    X = X[:, : design.matrix.shape[1] + len(names)]
    terms, levels = (*design.terms, *["duration"] * len(names)), (*design.levels, *names)
    both = replace(design, matrix=X, terms=terms, levels=levels, mean=X.mean(axis=0), span=np.ptp(X, axis=0))
    try:
        check_rank(both)
    except DataError as error:
        remedy = "Leave the covariate out, or take another duration= (None, or other months at which bands begin)."
        raise DataError([replace(p, remedy=remedy) for p in error.problems]) from None


def refuse_one_kind(trials: Trials) -> None:
    """Refuse rows of which all have an act, or none."""
    if not trials.y.any():
        raise DataError([Problem("data", None, "event", "0", "no person-period has an act", "Choose another outcome.")])
    if trials.y.all():
        raise DataError([Problem("data", None, "event", "1", "every person-period has an act", "Add those without.")])


def refuse_separated(trials: Trials, fit: BinaryFit, terms: tuple[str, ...], levels: tuple[str, ...]) -> None:
    """Refuse a likelihood without a maximum; linear programs run only if the fit looks separated."""
    k = len(terms)
    fixed = trials.X[:, :k]
    eta = fixed @ fit.beta[:k]
    if fit.converged and np.max(np.abs(eta)) < 12:
        return
    problems = [
        Problem(
            "data",
            None,
            terms[j],
            levels[j],
            "separates acts from the rest: its likelihood rises for ever, so it has no finite ratio",
            "Use penalty='firth', merge the level with another, or leave the term out.",
        )
        for j in separated(fixed, trials.y)
        if terms[j] != "constant"
    ]
    if problems:
        raise DataError(problems)
    if not fit.converged:
        raise DataError([Problem("data", None, "", "", "the likelihood has no maximum", "Use penalty='firth'.")])
