"""Counts and person-time of cells, and a formula -> hazard ratios of a piecewise-exponential model.

A hazard that is constant within cells has the likelihood of Poisson counts with the logarithm of the person-time as an
offset, so that the table of cells says all that the single cases would.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.figures.theme.look import FOREST, plotted
from clemency.models.designmatrix.design import check_rank, model_matrix, variables
from clemency.models.incidencerates.tallies import Tally, tally
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_table
from clemency.models.regression.coefficients import SHOWN, coefficient_table
from clemency.models.regression.likelihoods import Likelihood, of_model_alone
from clemency.models.regression.support import FEW_EVENTS
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel
from clemency.typing import Bools, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class GroupedHazard(FittedModel):
    """Result of `grouped_hazard` and `poisson_hazard`.

    Attributes
    ----------
    formula : str
    terms, levels : tuple of str, length p
    coefficients : ndarray, shape (p,)
        Log hazard ratios; -inf for a level without an event.
    covariance : ndarray, shape (p, p)
        NaN for these.
    baseline : float
        Log hazard per unit of person-time where all columns are 0.
    support : DataFrame
        ``term, level, cells, person_time, n_event, reference``.
    warnings, exclusions : DataFrame
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    """

    formula: str
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    baseline: float
    support: pd.DataFrame
    warnings: pd.DataFrame
    exclusions: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per term and level.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios; ``std_error`` and ``statistic`` stay those of the logarithm.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``. A level without an event has a
            ratio of 0 and no limits.
        """
        error = np.sqrt(np.diag(self.covariance))
        return coefficient_table(
            self.terms,
            self.levels,
            self.coefficients,
            error,
            ci_level=self.ci_level,
            exponentiate=exponentiate,
        )

    def likelihood(self) -> Likelihood:
        """Give the likelihood and what it is of, for a comparison with nested models."""
        s = self.facts
        same = tuple((name.replace("_", " "), s[name]) for name in ("outcome", "n_cells", "events", "person_time"))
        unusable = of_model_alone(s.get("variance", "model"), True, s.get("penalty"))
        return Likelihood("grouped hazard", self.formula, float(s["loglik"]), int(s["df"]), same, None, unusable)

    def glance(self) -> pd.DataFrame:
        """One row: ``outcome, n_cells, events, person_time, loglik, df, aic, dispersion, excluded``.

        ``dispersion`` is Pearson's chi-squared over its degrees of freedom: well above 1, the cells differ by more than
        the formula and chance explain, and the limits are too narrow.
        """
        return pd.DataFrame([self.facts])

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Ratios with their limits, without those that are not known; options are those of `forest`."""
        from clemency.figures.estimates.forests import forest, with_support

        t = self.tidy(exponentiate=True)
        t = t[t["ci_high"].notna()]
        return forest(with_support(t, self.support), ax=ax, **plotted(options, forest, also=FOREST))

    def __repr__(self) -> str:
        g = self.facts
        head = (
            f"Piecewise-exponential hazards of {g['outcome']}: {counted(g['events'], 'event')} in {g['n_cells']} cells"
        )
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        lines = _lines(self.warnings)
        return "\n".join([head, table.to_string(index=False), *lines, *left_out_lines(self.exclusions)])

    def _repr_html_(self) -> str:
        lines = _lines(self.warnings)
        head = f"Hazard ratios of {self.facts['outcome']} from counts in cells, with {self.ci_level:.0%} limits."
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        return as_html(head, table, [*lines, *left_out_lines(self.exclusions)], "{:.3f}")


@typed
def grouped_hazard(
    data: pd.DataFrame, formula: str, *, count: str, exposure: str, ci_level: float = 0.95
) -> GroupedHazard:
    """Hazard ratios from counts and person-time: a piecewise-exponential model.

    Parameters
    ----------
    data : DataFrame
        Rows of totals, such as `register_person_time` gives.
    formula : str
        Such as ``"level + period + years"``: what the hazard differs by. The first level of each, in the order of a
        category or of the alphabet, is the reference.
    count, exposure : str
        Columns of events and of the time at risk.
    ci_level : float

    Returns
    -------
    GroupedHazard

    Raises
    ------
    UsageError
        For columns that are not there, and where the reference has no event or too little is known for a fit.
    DataError
        For counts that are not whole, events without time at risk, and columns that depend on each other.

    Notes
    -----
    Poisson regression with the logarithm of the time at risk as offset, by maximum likelihood; errors are those of the
    model. One person's spells in several cells need no other errors as long as each person has one event at most.

    References
    ----------
    N. Laird and D. Olivier, Covariance analysis of censored survival data using log-linear analysis techniques, Journal
    of the American Statistical Association 76 (1981), 231-240.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"site": ["a", "b"], "acts": [10, 30], "months": [1000.0, 1500.0]})
    >>> fit = grouped_hazard(cells, "site", count="acts", exposure="months")
    >>> fit.tidy(exponentiate=True)["estimate"].round(6).tolist()
    [2.0]
    """
    check_level(ci_level)
    given = as_table(data)
    names = variables(formula, given.frame.columns)
    t = tally(given, None, count=count, exposure=exposure, covariates=names)
    design = model_matrix(formula, t.frame.reset_index(drop=True))
    check_rank(design)
    y, time = t.total(), t.length
    support = cell_support(design.groups, design.terms, design.assign, y, time)
    refuse_empty_reference(support)
    fit = _fit_levels(y, design.matrix, time)
    summary = {
        "outcome": count,
        "n_cells": len(y),
        "events": int(y.sum()),
        "person_time": float(time.sum()),
        "loglik": fit.loglik,
        "df": fit.df,
        "aic": 2 * fit.df - 2 * fit.loglik,
        "dispersion": fit.dispersion,
        "excluded": int(t.exclusions["n"].sum()) if len(t.exclusions) else 0,
    }
    return GroupedHazard(
        formula,
        design.terms,
        design.levels,
        fit.coefficients,
        fit.covariance,
        fit.constant,
        support,
        cell_warnings(support, t),
        t.exclusions,
        summary,
        ci_level,
    )


@dataclass(frozen=True, slots=True)
class _GroupedFit:
    """Coefficients and their covariance without the constant, the constant, and what is said of the fit.

    Levels without an event have a coefficient of minus infinity and no covariance; ``df`` does not count them.
    """

    coefficients: Floats
    covariance: Floats
    constant: float
    loglik: float
    df: int
    dispersion: float


def _fit_levels(y: Floats, X: Floats, time: Floats) -> _GroupedFit:
    """Fit the cells of levels that have an event; the others tell nothing of the rest."""
    void = np.array([not np.any(y[X[:, j] != 0]) and np.isin(X[:, j], (0, 1)).all() for j in range(X.shape[1])])
    inside = ~np.any(X[:, void] != 0, axis=1)
    beta, V, mu, loglik = _fit(y[inside], X[np.ix_(inside, ~void)], time[inside])
    p = X.shape[1]
    coefficients, covariance = np.full(p, -np.inf), np.full((p, p), np.nan)
    coefficients[~void] = beta[1:]
    covariance[np.ix_(~void, ~void)] = V[1:, 1:]
    k, free = len(beta), int(inside.sum()) - len(beta)
    pearson = float(np.sum((y[inside] - mu) ** 2 / mu))
    return _GroupedFit(coefficients, covariance, float(beta[0]), loglik, k, pearson / free if free else np.nan)


def _fit(y: Floats, X: Floats, time: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Coefficients with the constant first, their covariance, the fitted counts and the log likelihood."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    if not y.sum():
        raise UsageError("There is no event in these cells: nothing can be said of ratios.")
    Z = np.column_stack([np.ones(len(y)), X])
    refuse_separated(y, Z)
    model = sm.GLM(y, Z, family=sm.families.Poisson(), offset=np.log(time))
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # Both are said where each cell has a coefficient of its own; separation has been dealt with before.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = model.fit(maxiter=100, tol=1e-12, tol_criterion="params")
    if not fit.converged:
        raise UsageError("The fit did not converge: take fewer terms, or join levels with few events by their meaning.")
    return np.asarray(fit.params), np.asarray(fit.cov_params()), np.asarray(fit.mu), float(fit.llf)


def refuse_empty_reference(support: pd.DataFrame) -> None:
    """Refuse a reference without an event, to which no ratio is finite."""
    empty = support[support["reference"] & (support["n_event"] == 0)]
    if len(empty) and support["n_event"].sum():
        r = empty.iloc[0]
        raise UsageError(
            f"{r['term']} {r['level']!r} is the reference and has no event: take another reference, by the order of "
            f"the column's categories or C({r['term']}, Treatment(...)), or, if it is only adjusted for, leave its "
            "rows out, which say nothing of the ratios of other terms."
        )


def refuse_separated(y: Floats, Z: Floats) -> None:
    """Refuse cells without an event that a combination of columns can fit with a hazard of zero."""
    from scipy import optimize

    none: Bools = y == 0
    if not none.any():
        return
    scaled = Z / np.maximum(np.abs(Z).max(axis=0), 1e-300)
    found = optimize.linprog(
        scaled[none].sum(axis=0),
        A_ub=scaled[none],
        b_ub=np.zeros(int(none.sum())),
        A_eq=scaled[~none],
        b_eq=np.zeros(int((~none).sum())),
        bounds=[(-1, 1)] * Z.shape[1],
        method="highs",
    )
    if found.status != 0 or found.fun < -1e-7:
        raise UsageError(
            "Some combination of levels has no event, so that a ratio has no finite estimate: take fewer terms, or "
            "join levels by their meaning."
        )


def cell_support(groups: Any, terms: tuple[str, ...], assign: Any, y: Floats, time: Floats) -> pd.DataFrame:
    """Cells, time and events of each level: ``term, level, cells, person_time, n_event, reference``."""
    rows: list[tuple[str, str, int, float, int, bool]] = []
    for number in range(int(assign.max()) + 1):
        group, term = groups.get(number), terms[int(np.flatnonzero(assign == number)[0])]
        if group is None:
            rows.append((term, "", len(y), float(time.sum()), int(y.sum()), False))
            continue
        size = len(group.names)
        n, months, hit = (np.bincount(group.codes, w, size) for w in (np.ones(len(y)), time, y))
        for k in sorted(range(size), key=lambda k: k != group.reference):
            rows.append((term, group.names[k], int(n[k]), float(months[k]), int(hit[k]), k == group.reference))
    return pd.DataFrame(rows, columns=["term", "level", "cells", "person_time", "n_event", "reference"])


def cell_warnings(support: pd.DataFrame, t: Tally) -> pd.DataFrame:
    """Levels of few events, and what the counts gave cause to say: ``term, level, n_event, message``."""
    few = support[(support["n_event"] < FEW_EVENTS) & (support["level"] != "")]
    messages = [f"{counted(n, 'event')} in this level: the ratio is unstable" for n in few["n_event"]]
    levels = few[["term", "level", "n_event"]].assign(message=messages)
    rows = [{"term": "", "level": "", "n_event": int(t.total().sum()), "message": m} for m in t.warnings]
    return pd.concat([levels, pd.DataFrame(rows)], ignore_index=True) if rows else levels.reset_index(drop=True)


def _lines(warnings: pd.DataFrame) -> list[str]:
    return [f"{r.term} {r.level}: {r.message}" if r.term else str(r.message) for r in warnings.itertuples()]
