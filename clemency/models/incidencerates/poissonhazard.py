"""A rate table and a formula -> hazard ratios: the fit of single spells, from their sums in cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.models.designmatrix.design import check_rank, model_matrix, variables
from clemency.models.incidencerates.cellfit import CellFit, fit_cells, rows_covariance, void_columns
from clemency.models.incidencerates.groupedhazard import (
    GroupedHazard,
    cell_support,
    cell_warnings,
    refuse_empty_reference,
    refuse_separated,
)
from clemency.models.incidencerates.tallies import Tally, outcome_of, tally
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.groups import codes
from clemency.models.regression.sandwich import few_clusters
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.terms import DAYS_PER_MONTH
from clemency.typing import Bools, Floats

_SQUARES, _HELD, _DAYS = "person_months_sq", "_held", "_days"


@typed
def poisson_hazard(
    table: RateTable,
    formula: str,
    *,
    outcome: str | None = None,
    variance: str = "model",
    cluster: str | None = None,
    penalty: str | None = None,
    ci_level: float = 0.95,
) -> GroupedHazard:
    """Hazard ratios from a rate table: a piecewise-exponential model.

    Parameters
    ----------
    table : RateTable
    formula : str
        Such as ``"region + C(interval)"``: what the hazard differs by, of the table's groups, bands and periods.
        Without its bands the hazard is constant along the clock.
    outcome : str, optional
        One of the table's outcomes; the only one by default.
    variance : {"model", "rows"}
        Errors of the model; or robust ones, which take each spell in each cell as a row of its own (White's, without a
        factor).
    cluster : str, optional
        Column of the table by which errors are robust, with the factor G / (G - 1): provinces, or persons, where
        `rate_table` was asked for them with ``by``.
    penalty : {"firth"}, optional
        Firth's penalty, for few events: estimates stay finite where a level has none. Errors are those of the model and
        limits lie equally far to both sides, which is rough where a level has few events or none; those of `cox` with
        the same penalty follow the likelihood.
    ci_level : float

    Returns
    -------
    GroupedHazard

    Raises
    ------
    UsageError
        For anything but a rate table (`grouped_hazard` takes frames of totals), columns and outcomes that are not
        there, arguments that exclude each other, and where too little is known for a fit.
    DataError
        For columns that depend on each other.

    Notes
    -----
    A hazard that is constant within cells has the likelihood of Poisson counts, so that coefficients, errors and tests
    are those of a fit to the single pieces of spells, whatever their number. The log likelihood is that of the spells.

    References
    ----------
    N. Laird and D. Olivier, JASA 76 (1981), 231-240. D. Firth, Biometrika 80 (1993), 27-38.

    Examples
    --------
    >>> import clemency as cl
    >>> cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction")
    >>> table = cl.rate_table(cohort, by="sex", clock_breaks=[24, 60], calendar=None)
    >>> cl.poisson_hazard(table, "sex + C(interval)", outcome="sentence_reduction").tidy()["term"].tolist()
    ['sex', 'C(interval)', 'C(interval)']
    """
    check_level(ci_level)
    if not isinstance(table, RateTable):
        raise UsageError("poisson_hazard takes a table of rate_table; for a frame of totals there is grouped_hazard.")
    _check_options(variance, cluster, penalty)
    name = outcome_of(table, outcome)
    t = _read(table, formula, name, cluster)
    design = model_matrix(formula, t.frame.reset_index(drop=True))
    check_rank(design)
    y, time = t.total(), t.length
    if not y.sum():
        raise UsageError(f"There is no {name} in these cells: nothing can be said of ratios.")
    support = cell_support(design.groups, design.terms, design.assign, y, time)
    if penalty is None:
        refuse_empty_reference(support)
    found = _fit(t, design.matrix, variance, cluster, penalty == "firth")
    summary = {
        "outcome": name,
        "n_cells": len(table.cells),
        "events": int(y.sum()),
        "person_time": float(t.frame[_DAYS].sum()) / DAYS_PER_MONTH,  # sums of days are exact, however they are grouped
        "loglik": found.loglik,
        "df": found.df,
        "aic": 2 * found.df - 2 * found.loglik if penalty is None else np.nan,
        "dispersion": np.nan,
        "excluded": int(t.exclusions["n"].sum()) if len(t.exclusions) else 0,
        "variance": f"cluster: {cluster}" if cluster else variance,
        "penalty": penalty or "",
    }
    return GroupedHazard(
        formula,
        design.terms,
        design.levels,
        found.coefficients,
        found.covariance,
        found.constant,
        support,
        cell_warnings(support, t),
        t.exclusions,
        summary,
        ci_level,
    )


def _check_options(variance: str, cluster: str | None, penalty: str | None) -> None:
    if variance not in ("model", "rows"):
        raise UsageError(f"variance={variance!r} is not one of: model, rows; for groups there is cluster=.")
    if penalty not in (None, "firth"):
        raise UsageError(f"penalty={penalty!r} is not 'firth'.")
    if cluster is not None and variance != "model":
        raise UsageError("Give either cluster= or variance='rows'.")
    if penalty and (cluster is not None or variance != "model"):
        raise UsageError("Errors of a penalised fit are those of the model: leave cluster= and variance= out.")


def _read(table: RateTable, formula: str, name: str, cluster: str | None) -> Tally:
    """Sums over the cells that the formula and the clusters do not tell apart."""
    cells = table.to_pandas().rename(columns={f"{name}_months": _HELD}).assign(_all=1, **{_DAYS: table.cells["days"]})
    there = [*table.keys]
    names = variables(formula, there)
    keys = list(dict.fromkeys([*names, *([cluster] if cluster else [])]))
    if cluster is not None and cluster not in there:
        raise UsageError(f"the table has no column '{cluster}': name it with by= when the table is made")
    values = ["person_months", name, _SQUARES, _HELD, _DAYS]
    grouped = cells.groupby(keys or ["_all"], dropna=False, observed=True)[values].sum().reset_index()
    return tally(grouped, None, count=name, exposure="person_months", covariates=[*keys, *values[2:]])


@dataclass(frozen=True, slots=True)
class _Found:
    """Coefficients and covariance without the constant, the constant, the likelihood and its degrees of freedom."""

    coefficients: Floats
    covariance: Floats
    constant: float
    loglik: float
    df: int


def _fit(t: Tally, X: Floats, variance: str, cluster: str | None, firth: bool) -> _Found:
    y, time = t.total(), t.length
    void: Bools = np.zeros(X.shape[1], bool) if firth else void_columns(y, X)
    inside = ~np.any(X[:, void] != 0, axis=1)
    Z = np.column_stack([np.ones(int(inside.sum())), X[np.ix_(inside, ~void)]])
    if not firth:
        refuse_separated(y[inside], Z)
    fit = fit_cells(y[inside], Z, time[inside], firth)
    covariance = fit.inverse
    if variance == "rows":
        squares, held = (t.frame[c].to_numpy(dtype=float)[inside] for c in (_SQUARES, _HELD))
        covariance = rows_covariance(fit, Z, time[inside], squares, y[inside], held)
    elif cluster is not None:
        covariance = _clustered(fit, Z, y[inside], t.frame[cluster][inside])
    p = X.shape[1]
    beta, V = np.full(p, -np.inf), np.full((p, p), np.nan)
    beta[~void] = fit.coefficients[1:]
    V[np.ix_(~void, ~void)] = covariance[1:, 1:]
    loglik = fit.loglik - float(y[inside] @ np.log(time[inside]))
    return _Found(beta, V, float(fit.coefficients[0]), loglik, len(fit.coefficients))


def _clustered(fit: CellFit, Z: Floats, y: Floats, groups: pd.Series) -> Floats:
    influence = (Z * (y - fit.fitted)[:, None]) @ fit.inverse
    covariance, _ = few_clusters(influence, codes(groups))
    return np.asarray(covariance)
