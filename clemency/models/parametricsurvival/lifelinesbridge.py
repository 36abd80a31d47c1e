"""Spells -> a frame and names of columns as lifelines takes them; a fit of lifelines -> an estimate with `tidy()`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import column_names, left_out_lines
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.history import Names, history
from clemency.models.modelframe.status import CENSORED
from clemency.models.regression.coefficients import Moments, coefficient_table
from clemency.records.arguments.signatures import typed
from clemency.records.environment.extras import optional
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats

_TIMES = ("exit", "event", "entry", "weight")


@dataclass(frozen=True, slots=True, eq=False)
class LifelinesData:
    """Result of `to_lifelines`: ``fitter.fit(made.frame, **made.columns)``.

    Attributes
    ----------
    frame : DataFrame, n rows
        ``exit``, ``event`` (1 for the outcome, else 0); ``entry`` and ``weight`` if there are any; then the covariates
        and clusters under their own names.
    columns : dict
        ``duration_col, event_col``, and ``entry_col, weights_col`` if there are any.
    exclusions : DataFrame
        What was left out: ``reason, column, n, first_rows``.
    """

    frame: pd.DataFrame
    columns: dict[str, str]
    exclusions: pd.DataFrame

    def __repr__(self) -> str:
        used = ", ".join(f"{k}='{v}'" for k, v in self.columns.items())
        head = f"{len(self.frame)} rows for lifelines: fitter.fit(made.frame, {used})"
        return "\n".join([head, *left_out_lines(self.exclusions)])


@typed
def to_lifelines(
    data: Any,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    covariates: Names = None,
    cluster: Names = None,
    weights: str | None = None,
) -> LifelinesData:
    """Give spells as a frame with the names of columns that the fitters of lifelines take.

    Parameters
    ----------
    data : Cohort, DataFrame or mapping of columns
        Spells, as for :func:`cox`.
    exit, event, entry, weights : str, optional
        Column names; a cohort supplies the first three.
    outcome, censored
        As for :func:`cox`: other kinds of event censor.
    covariates, cluster : str or sequence of str, optional
        Columns to keep. lifelines takes every column that it is not told of for a covariate: with `cluster` name the
        covariates in its own ``formula=``.

    Returns
    -------
    LifelinesData

    Raises
    ------
    UsageError
        For columns that are not there, and covariates named like a column of the result.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"t": [5, 8, 9], "how": ["cut", "death", "censored"], "age": [30, 40, 50]})
    >>> made = to_lifelines(d, exit="t", event="how", outcome="cut", covariates="age")
    >>> made.columns
    {'duration_col': 'exit', 'event_col': 'event'}
    >>> made.frame.to_numpy().tolist()
    [[5.0, 1.0, 30.0], [8.0, 0.0, 40.0], [9.0, 0.0, 50.0]]
    """
    kept = tuple(dict.fromkeys([*column_names(covariates), *column_names(cluster)]))
    taken = [name for name in kept if name in _TIMES]
    if taken:
        raise UsageError(f"'{taken[0]}' is the name of a column of the result too: rename that column of the data.")
    given = as_table(data)
    found = history(given, exit=exit, event=event, entry=entry, weights=weights, covariates=kept, censored=censored)
    made: dict[str, Any] = {"exit": found.exit, "event": found.has(outcome).astype(np.int64)}
    columns = {"duration_col": "exit", "event_col": "event"}
    if found.entry is not None:
        made["entry"], columns["entry_col"] = found.entry, "entry"
    if found.weight is not None:
        made["weight"], columns["weights_col"] = found.weight, "weight"
    frame = pd.DataFrame(made | {name: found.covariates[name].to_numpy() for name in kept}, index=found.index)
    return LifelinesData(frame, columns, found.exclusions)


@dataclass(frozen=True, slots=True, eq=False)
class LifelinesEstimate(FittedModel):
    """A fit of lifelines with the tables of this library; all numbers are those of lifelines.

    Attributes
    ----------
    model : str
        Name of the fitter.
    formula : str
        "" where the fit has none.
    terms, levels : tuple of str, length p
        Covariates, and the parameter of the distribution that each belongs to, if it has several.
    coefficients : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Of robust errors, which lifelines keeps without their covariances, only the diagonal.
    variance : {"model", "robust"}
    support, warnings, exclusions : DataFrame
        Empty: a fit does not say.
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    limits : None
    """

    model: str
    formula: str
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    variance: str
    facts: dict[str, Any]
    ci_level: float
    limits: None = None
    support: pd.DataFrame = field(default_factory=lambda: _empty("term", "level", "n", "n_event", "reference"))
    warnings: pd.DataFrame = field(default_factory=lambda: _empty("term", "level", "n_event", "message"))
    exclusions: pd.DataFrame = field(default_factory=lambda: _empty("reason", "column", "n", "first_rows"))

    effect = "ratio"

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Parameters as lifelines has them, one row each.

        Parameters
        ----------
        exponentiate : bool
            Give the exponential of every estimate and its limits.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.
        """
        error = np.sqrt(np.diag(self.covariance))
        options: dict[str, Any] = {"ci_level": self.ci_level, "exponentiate": exponentiate}
        return coefficient_table(self.terms, self.levels, self.coefficients, error, **options)

    def glance(self) -> pd.DataFrame:
        """One row: ``n, events, loglik, df, aic, variance``."""
        return pd.DataFrame([self.facts])

    @typed
    def with_level(self, ci_level: float) -> LifelinesEstimate:
        """Give the same estimate with limits at another level."""
        return replace(self, ci_level=check_level(ci_level))

    def moments(self) -> Moments:
        """Give what Rubin's rules ask for."""
        return Moments(self.model, self.coefficients, self.covariance, np.inf)

    def __repr__(self) -> str:
        text = self.tidy().to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return f"{self.model}, by lifelines: {self.formula}\n{text}"

    def _repr_html_(self) -> str:
        return as_html(f"{self.model}, by lifelines: {self.formula}", self.tidy())


@typed
def from_lifelines(fitter: Any, *, ci_level: float = 0.95) -> LifelinesEstimate:
    """Give a fit of lifelines the tables of this library, such as for :func:`pool`.

    Parameters
    ----------
    fitter : fitter of lifelines with parameters
        After ``fit``: a regression, or a distribution without covariates.
    ci_level : float

    Returns
    -------
    LifelinesEstimate

    Raises
    ------
    UsageError
        For anything else, and for ``GeneralizedGammaRegressionFitter``, whose errors stand beside other parameters than
        their own (0.30.3).
    MissingExtraError
        If lifelines is not installed.
    """
    package = optional("lifelines", "parametric", "Reading a fit of lifelines")
    check_level(ci_level)
    name = type(fitter).__name__
    if isinstance(fitter, package.GeneralizedGammaRegressionFitter):
        raise UsageError(
            'its standard errors stand beside other parameters than their own: use parametric(distribution="gengamma").'
        )
    matrix = getattr(fitter, "variance_matrix_", None)
    if not isinstance(matrix, pd.DataFrame):
        raise UsageError(f"{name} is no fit of lifelines with parameters: give a fitter after .fit(...).")
    found = fitter.summary["coef"]
    keys = [key if isinstance(key, tuple) else (key,) for key in found.index]
    loglik, p = _loglik(fitter), len(found)
    summary = {"n": _total(fitter), "events": _events(fitter), "loglik": loglik, "df": p, "aic": 2 * p - 2 * loglik}
    covariance, variance = _covariance(matrix, fitter.summary["se(coef)"].to_numpy(dtype=np.float64))
    return LifelinesEstimate(
        model=name,
        formula=str(getattr(fitter, "formula", None) or ""),
        terms=tuple(str(key[-1]) for key in keys),
        levels=tuple(str(key[0]) if len(key) > 1 else "" for key in keys),
        coefficients=found.to_numpy(dtype=np.float64),
        covariance=covariance,
        variance=variance,
        facts=summary | {"variance": variance},
        ci_level=ci_level,
    )


def _covariance(matrix: pd.DataFrame, error: Floats) -> tuple[Floats, str]:
    """Covariance of the coefficients and its name, by the errors that lifelines shows."""
    covariance = matrix.to_numpy(dtype=np.float64)
    if len(covariance) == len(error) and np.allclose(np.diag(covariance), error**2, rtol=1e-8, atol=0):
        return covariance, "model"
    known = np.full((len(error), len(error)), np.nan)
    known[np.diag_indices(len(error))] = error**2
    return known, "robust"


def _loglik(fitter: Any) -> float:
    return float(getattr(fitter, "log_likelihood_", np.nan))


def _total(fitter: Any) -> float:
    weights = getattr(fitter, "weights", None)
    return float(np.size(weights)) if weights is not None else np.nan


def _events(fitter: Any) -> float:
    observed = getattr(fitter, "event_observed", None)
    return float(np.sum(observed)) if observed is not None else np.nan


def _empty(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in columns})
