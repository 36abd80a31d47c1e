"""A fitted discrete-time hazard as data: coefficients, their covariance, and the person-periods behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design
from clemency.models.discretetime.duration import Duration
from clemency.models.regression.binomial import BinaryFit, Link, Trials
from clemency.models.regression.coefficients import Moments
from clemency.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Model:
    """The arrays behind an occurrence model.

    Attributes
    ----------
    design : Design
        Covariates of the formula.
    duration : Duration
    trials : Trials
        Columns in the order: covariates, duration, constant, groups.
    frame : DataFrame, n rows
        Covariates as given.
    months : ndarray, shape (n,)
        Time on the clock at which each period begins.
    case : ndarray of int, shape (n,)
        Which case each row belongs to.
    groups : tuple of str
        Names of the shrunken groups.
    period : float
        Months in a full period.
    case_name : str
        Column of the cases; empty where each row is one.
    """

    design: Design
    duration: Duration
    trials: Trials
    frame: pd.DataFrame
    months: Floats
    case: Ints
    groups: tuple[str, ...]
    period: float
    case_name: str = ""

    @property
    def terms(self) -> tuple[str, ...]:
        """Terms of the covariates, then ``duration``, then ``constant``; groups are not among them."""
        return (*self.design.terms, *["duration"] * len(self.duration.names), "constant")

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of the terms."""
        return (*self.design.levels, *self.duration.names, "")

    @property
    def n_fixed(self) -> int:
        """Number of the terms."""
        return len(self.terms)

    def columns(self, frame: pd.DataFrame, months: Floats) -> Floats:
        """Encode new rows; shrunken groups are at their average."""
        parts = [self.design.encode(frame), self.duration.columns(months), np.ones((len(frame), 1))]
        return np.column_stack([*parts, np.zeros((len(frame), len(self.groups)))])


@dataclass(frozen=True, slots=True, eq=False)
class OccurrenceFit:
    """A fitted discrete-time hazard: results, and the arrays behind them.

    Attributes
    ----------
    formula, outcome : str
    link : {"cloglog", "logit"}
    terms, levels : tuple of str, length p
        Covariates, then ``duration``, then ``constant``; groups are not among them.
    fit : BinaryFit
    covariance : ndarray, shape (p, p)
        Of all columns; ``variance`` says which it is.
    variance : str
    df : float
        Degrees of freedom of the t distribution behind the limits: clusters less one, or infinite.
    limits, roots : ndarray or None
        Profile-likelihood limits and signed roots, under Firth's penalty.
    exclusions, warnings, support : DataFrame
        As on other estimates.
    facts : dict
    ci_level : float
    """

    formula: str
    outcome: str
    link: Link
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    fit: BinaryFit
    covariance: Floats
    variance: str
    df: float
    limits: Floats | None
    roots: Floats | None
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    support: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float
    model: Model = field(repr=False)
    clusters: Ints | None = field(default=None, repr=False)
    sigma: float | None = None

    def moments(self) -> Moments:
        """Give coefficients (without the groups) and covariance for pooling."""
        p = len(self.terms)
        knots = (self.model.duration.kind, self.model.duration.points)
        name = f"Occurrence of {self.outcome}, {self.link}"
        return Moments(name, self.fit.beta[:p], self.covariance[:p, :p], self.df, (("duration", knots),))
