"""The maximum of a likelihood -> a fit as data: coefficients as they are reported, covariances, and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.likelihood.covariance import FEW_CLUSTERS, enough, wald_statistic
from clemency.models.parametricsurvival.columns import Columns
from clemency.models.parametricsurvival.contributions import Cases
from clemency.models.parametricsurvival.families.family import Family
from clemency.models.parametricsurvival.reading import Reading
from clemency.models.parametricsurvival.search import Top
from clemency.models.regression.linalg import inverse
from clemency.models.regression.sandwich import clustered
from clemency.typing import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class ParametricFit:
    """A fitted parametric survival model.

    Attributes
    ----------
    model, formula : str
    cure : str, or None
        Formula of the share to whom the event never happens.
    distribution : str
    form : {"time", "hazard"}
        What the coefficients multiply.
    terms, levels : tuple of str, length q
        Of all parameters: covariates, constant, parameters of the family, and, with "never: " before the term, the
        share to whom the event never happens.
    logs : ndarray of bool, shape (q,)
        Which of them are logarithms.
    covariates : ndarray of bool, shape (q,)
        Which of them are ratios of times or of hazards.
    coefficients : ndarray, shape (q,)
    covariance, model_covariance : ndarray, shape (q, q)
    variance : str
        ``"model"``, ``"robust"`` or ``"cluster: <columns>"``.
    limits : None
        There are none by profile likelihood.
    exclusions, warnings, support : DataFrame
    facts : dict
        The content of ``glance``.
    ci_level : float
    inner : Inner
        What predictions and other variances need.
    """

    model: str
    formula: str
    cure: str | None
    distribution: str
    form: str
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    logs: Any
    covariates: Any
    coefficients: Floats
    covariance: Floats
    model_covariance: Floats
    variance: str
    limits: None
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    support: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float
    inner: Inner = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    """The fit as it was searched for: centred covariates, and the family's own parameters.

    Attributes
    ----------
    family : Family
    cases : Cases
    found : Reading
    time : Columns
    never : Columns, or None
    top : Top
    bread, covariance : ndarray, shape (q, q)
        Of the parameters of the search, by the model and as asked.
    turn : ndarray, shape (q, q)
        Derivatives of the reported parameters by those of the search.
    """

    family: Family
    cases: Cases
    found: Reading
    time: Columns
    never: Columns | None
    top: Top
    bread: Floats
    covariance: Floats
    turn: Floats

    @property
    def theta(self) -> Floats:
        """Parameters of the search, shape (q,)."""
        return self.top.at.theta

    @property
    def last(self) -> float:
        """Last time in the data."""
        return self.found.last


def make_cases(found: Reading, family: Family, time: Columns, never: Columns | None) -> Cases:
    """Lay out the arrays of the likelihood, constants last."""
    one = np.ones((len(found.lower), 1))
    X = np.column_stack([time.matrix, one]) if family.constant else time.matrix
    Z = None if never is None else np.column_stack([never.matrix, one])
    return Cases(found.lower, found.upper, found.entry, found.weight, X, Z)


def reported(family: Family, form: str, time: Columns, never: Columns | None, theta: Floats) -> tuple[Floats, Floats]:
    """Parameters at covariates of zero, in the form asked for, and their derivatives by those of the search."""
    p, m = len(time.mean), len(family.parameters)
    first = p + family.constant
    turn = np.eye(len(theta))
    for place in (p,) if family.constant else tuple(first + k for k in family.shifted):
        turn[place, :p] = -time.mean
    if never is not None:
        turn[-1, first + m : -1] = -never.mean
    plain = turn @ theta
    if form == "time" or family.hazard:
        return plain, turn
    scale = np.exp(-plain[first]) if m else 1.0
    out, slope = plain.copy(), np.eye(len(theta))
    out[:first] = -plain[:first] * scale
    slope[:first, :first] = -scale * np.eye(first)
    if m:
        out[first] = -plain[first]
        slope[:first, first] = plain[:first] * scale
        slope[first, first] = -1.0
    return out, slope @ turn


def names_of(family: Family, form: str, time: Columns, never: Columns | None) -> tuple[list[tuple[str, str]], Any]:
    """Term and level of every parameter, and which are logarithms."""
    rows = [(term, level, True) for term, level in zip(time.terms, time.levels, strict=True)]
    if family.constant:
        rows.append(("constant", "", True))
    if form == "hazard" and not family.hazard:
        rows += [("shape", "", True) for _ in family.parameters]
    else:
        rows += list(family.parameters)
    if never is not None:
        rows += [(f"never: {term}", level, True) for term, level in zip(never.terms, never.levels, strict=True)]
        rows.append(("never: constant", "", True))
    return [(term, level) for term, level, _ in rows], np.array([log for *_, log in rows])


def covariance_of(
    top: Top, weight: Floats, robust: bool, clusters: tuple[Ints, ...], names: tuple[str, ...]
) -> tuple[Floats, Floats, str]:
    """Inverse information, the covariance that was asked for, and its name.

    The sandwich has no small-sample factor, as in R's ``survreg``.
    """
    bread = inverse(top.at.information)
    if not clusters and not robust:
        return bread, bread, "model"
    influence = weight[:, None] * top.at.scores @ bread
    if not clusters:
        return bread, influence.T @ influence, "robust"
    name = "cluster: " + " and ".join(names)
    if not enough(clusters, len(bread)):
        return bread, np.full_like(bread, np.nan), name
    return bread, clustered(influence, clusters), name


def wald(coefficients: Floats, covariance: Floats, which: Any) -> dict[str, float]:
    """Wald's test that the ratios are all one, as entries of a summary; missing without covariates."""
    statistic = wald_statistic(coefficients[which], covariance[np.ix_(which, which)]) if which.any() else np.nan
    p = float(special.chdtrc(int(which.sum()), max(statistic, 0.0))) if np.isfinite(statistic) else np.nan
    return {"wald": statistic, "wald_p": p}


def cluster_lines(clusters: tuple[Ints, ...], q: int) -> list[str]:
    """What to say of few clusters."""
    if not clusters:
        return []
    numbers = [len(np.unique(code)) for code in clusters]
    if not enough(clusters, q):
        return [f"{max(numbers)} clusters say nothing of the errors of {q} parameters: none are given"]
    if min(numbers) < FEW_CLUSTERS:
        return [f"only {min(numbers)} clusters: errors are too small and limits too narrow (docs/coverage.md)"]
    return []
