"""Fits to several imputations of the same data -> one estimate, by Rubin's rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from clemency.cohorts import ImputedCohort
from clemency.figures.theme.look import FOREST, plotted
from clemency.models.imputation.repeated import OfImputations
from clemency.models.imputation.rubin import rubin, spread
from clemency.models.modelframe.arguments import check_level
from clemency.models.regression.coefficients import SHOWN, Moments, coefficient_table, exponentiated
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COUNTS = ("n", "n_cases", "events", "person_months", "person_time")


@dataclass(frozen=True, slots=True, eq=False)
class Pooled(FittedModel, OfImputations):
    """Result of `pool`.

    Attributes
    ----------
    model, formula, variance : str
        Those of the fits.
    terms, levels : tuple of str, length p
    m : int
        Number of imputations.
    coefficients : ndarray, shape (p,)
        Means over the fits, logarithms of ratios.
    within, between : ndarray, shape (p, p)
        Mean of the covariances, and covariance of the coefficients over the fits.
    df_complete : float
    warnings, exclusions : DataFrame
        Of all fits, with ``imputation``, counted from 1.
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    support : DataFrame
        ``term, level, n, n_event, reference``, as of the fits: ``n`` and ``n_event`` are means over the imputations.
    logs, ratios : ndarray of bool, shape (p,), or None
        Which coefficients are logarithms, and which of those are ratios to be drawn; None for all.
    fits : tuple, length m
        Those of the imputations.
    """

    model: str
    formula: str
    variance: str
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    m: int
    coefficients: Floats
    within: Floats
    between: Floats
    df_complete: float
    warnings: pd.DataFrame = field(repr=False)
    exclusions: pd.DataFrame = field(repr=False)
    facts: dict[str, Any]
    ci_level: float
    support: pd.DataFrame = field(repr=False)
    logs: Any = None
    ratios: Any = None
    fits: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def covariance(self) -> Floats:
        """Total covariance, shape (p, p): within + (1 + 1/m) between."""
        return self.within + (1 + 1 / self.m) * self.between

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per term and level.

        Parameters
        ----------
        exponentiate : bool
            Give ratios; ``std_error`` stays that of the logarithm.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``, then ``df`` of the t distribution
            behind them, ``riv`` (relative increase in variance) and ``fmi`` (fraction of missing information).
        """
        rules = rubin(np.diag(self.within), np.diag(self.between), self.m, self.df_complete)
        table = coefficient_table(
            self.terms,
            self.levels,
            self.coefficients,
            np.sqrt(np.diag(self.covariance)),
            ci_level=self.ci_level,
            df=rules.df,
            exponentiate=exponentiate and self.logs is None,
        )
        if exponentiate and self.logs is not None:
            table = exponentiated(table, self.logs)
        return table.assign(df=rules.df, riv=rules.riv, fmi=rules.fmi)

    def glance(self) -> pd.DataFrame:
        """One row: ``m``; ``n, n_cases, events, person_months`` (or ``person_time``), all means; then their spread."""
        return pd.DataFrame([self.facts])

    @typed
    def with_level(self, ci_level: float) -> Pooled:
        """Give the same estimate with limits at another level."""
        return replace(self, ci_level=check_level(ci_level))

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the ratios as a forest plot; options are those of :func:`clemency.figures.forest`."""
        from clemency.figures import forest

        table = self.tidy(exponentiate=True)
        shown = ~table["term"].isin(("duration", "constant")) if self.ratios is None else self.ratios
        if not shown.any():
            raise UsageError("a model without covariates has no ratios to draw.")
        return forest(table[shown], ax=ax, **{"ratio": self.effect, **plotted(options, forest, also=FOREST)})

    @property
    def effect(self) -> str:  # type: ignore[override]
        """What an exponentiated coefficient is, in words."""
        if self.model.startswith("Fine-Gray"):
            return "subdistribution hazard ratio"
        if "(time ratios)" in self.model:
            return "time ratio"
        return "odds ratio" if self.model.endswith(", logit") else "hazard ratio"

    def _notes(self) -> list[str]:
        table = self.tidy()
        worst = table.loc[table["fmi"].idxmax()]
        name = f"{worst['term']} {worst['level']}".strip()
        notes = [
            f"{self.m} imputations pooled by Rubin's rules; standard errors of the fits: {self.variance}; limits: "
            f"{self.ci_level:.0%}. Largest fraction of missing information: {worst['fmi']:.0%} ({name})."
        ]
        if self.facts.get("events_min") != self.facts.get("events_max"):
            low, high = self.facts["events_min"], self.facts["events_max"]
            notes.append(f"Between {low} and {high} events, by imputation.")
        if worst["fmi"] * 100 > self.m:
            notes.append(f"With that fraction, {int(np.ceil(worst['fmi'] * 100))} imputations or more are advised.")
        for (term, level, message), part in self.warnings.groupby(["term", "level", "message"], sort=False):
            notes.append(f"{term} {level}: {message}, in {len(part)} of {self.m} fits".strip(" :").replace("  ", " "))
        return notes

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        text = table.to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return "\n".join([f"{self.model}, pooled: {self.formula}", text, *self._notes()])

    def _repr_html_(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        return as_html(f"{self.model}, pooled: {self.formula}", table, self._notes())


@runtime_checkable
class Regression(Protocol):
    """What pooling needs of a fit; `Estimate` and `Occurrence` have it."""

    @property
    def formula(self) -> str:
        """The model's formula."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Term of each coefficient."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Level of each coefficient."""

    @property
    def variance(self) -> str:
        """Name of the covariance."""

    @property
    def limits(self) -> Floats | None:
        """Profile-likelihood limits, which cannot be pooled."""

    @property
    def support(self) -> pd.DataFrame:
        """Rows and events behind each level."""

    @property
    def warnings(self) -> pd.DataFrame:
        """Warnings of the fit."""

    @property
    def exclusions(self) -> pd.DataFrame:
        """What was left out."""

    @property
    def facts(self) -> dict[str, Any]:
        """Counts of the fit."""

    @property
    def ci_level(self) -> float:
        """Level of the limits."""

    def moments(self) -> Moments:
        """Give coefficients, their covariance and degrees of freedom."""


@typed
def pool(fits: Sequence[Regression], *, df_complete: float | None = None) -> Pooled:
    """Pool fits of one model to several imputations of the data.

    Parameters
    ----------
    fits : sequence of Estimate or of Occurrence
        Two or more, with the same formula, terms, levels, variance and confidence level.
    df_complete : float, optional
        Degrees of freedom that the fit would have, were nothing missing. By default those behind the limits of the fits
        themselves: infinite for hazard models, which use the normal distribution, and clusters less one for an
        occurrence model with clusters. R's mice takes events less coefficients for a Cox model.

    Returns
    -------
    Pooled
        For parametric fits with their predictions, see :class:`PooledParametric`.

    Raises
    ------
    UsageError
        For fewer than two fits, fits of different models or without errors, profile-likelihood limits (Firth's
        penalty), which these rules cannot pool, or degrees of freedom that are not positive.

    Notes
    -----
    Total variance = within + (1 + 1/m) between. Limits use the t distribution with the degrees of freedom of Barnard
    and Rubin. The fraction of missing information is Rubin's, (riv + 2 / (v + 3)) / (riv + 1) with his large-sample
    v = (m - 1) (1 + 1/riv)^2, so that it is zero where all fits agree; mice puts the adjusted degrees of freedom
    there, which makes no difference where `df_complete` is infinite. With a finite one the degrees of freedom are below
    it even where all fits agree, as Barnard and Rubin have it. Ratios are pooled as logarithms.

    The imputations must have been drawn given the outcome: see `impute_covariates`.

    References
    ----------
    Rubin, Multiple Imputation for Nonresponse in Surveys (1987), chapter 3. Barnard and Rubin, Biometrika 86 (1999),
    948-955. White, Royston and Wood, Statistics in Medicine 30 (2011), 377-399, on the number of imputations.

    Examples
    --------
    >>> import pandas as pd
    >>> from clemency.models import cox
    >>> d = pd.DataFrame({"t": range(1, 13), "e": 1, "x": [3, 1, 2, 5, 2, 1, 4, 3, 2, 6, 4, 5.0]})
    >>> fits = [cox(d.assign(x=d["x"].where(d.index != 4, guess)), "x", exit="t", event="e") for guess in (1, 3, 4)]
    >>> pool(fits).tidy()[["term", "estimate", "std_error", "df", "fmi"]].round(3)
      term  estimate  std_error        df    fmi
    0    x    -0.417      0.236  7304.396  0.017
    """
    if isinstance(fits, ImputedCohort):
        raise UsageError(
            "These are cohorts, not fits: cl.cox, cl.fine_gray and cl.occurrence take them whole and pool."
        )
    fits = list(fits)
    given = _checked(fits)
    first = fits[0]
    if df_complete is None:
        df_complete = min(g.df for g in given)
    if not df_complete > 0:
        raise UsageError(f"df_complete={df_complete:g} must be positive.")
    m = len(fits)
    covariance = np.array([g.covariance for g in given])
    mean, deviation = spread(np.array([g.coefficients for g in given]))
    names = {f.variance for f in fits}
    variance = first.variance if len(names) == 1 else _kind_of(first.variance)
    made: type[Pooled] = getattr(type(first), "POOLED", Pooled)
    return made(
        model=given[0].name,
        formula=first.formula,
        variance=variance,
        terms=first.terms,
        levels=first.levels,
        m=m,
        coefficients=mean,
        within=spread(covariance)[0],
        between=deviation.T @ deviation / (m - 1),
        df_complete=float(df_complete),
        warnings=_stacked([f.warnings for f in fits]),
        exclusions=_stacked([f.exclusions for f in fits]),
        facts=_summary(fits) | {"df_complete": float(df_complete), "variance": variance},
        ci_level=first.ci_level,
        support=_support([f.support for f in fits]),
        logs=given[0].logs,
        ratios=given[0].ratios,
        fits=tuple(fits),
    )


def _summary(fits: Sequence[Regression]) -> dict[str, Any]:
    """Counts of the fits: their means, and the range of the events."""
    summary: dict[str, Any] = {"m": len(fits)}
    summary |= {k: float(np.mean([f.facts[k] for f in fits])) for k in _COUNTS if all(k in f.facts for f in fits)}
    if "time_unit" in fits[0].facts:
        summary["time_unit"] = fits[0].facts["time_unit"]
    if all("events" in f.facts for f in fits):
        counts = [f.facts["events"] for f in fits]
        summary |= {"events_min": min(counts), "events_max": max(counts)}
    return summary


def _support(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows and events by level, whole numbers where the fits agree; a fit without the level has none."""
    if all(t.equals(tables[0]) for t in tables):
        return tables[0]
    keys = [c for c in tables[0] if c not in ("n", "n_event")]
    sums = pd.concat(tables).groupby(keys, sort=False, dropna=False)[["n", "n_event"]].sum() / len(tables)
    return sums.reset_index()[list(tables[0])]


def _kind_of(variance: str) -> str:
    """Name of a variance without the number of clusters, which imputations of dates may change."""
    return re.sub(r" \(\d+\)", "", variance)


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [t.assign(imputation=i + 1) for i, t in enumerate(tables) if len(t)]
    return pd.concat(parts, ignore_index=True) if parts else tables[0].assign(imputation=pd.Series(dtype=int))


def _checked(fits: Sequence[Regression]) -> list[Moments]:
    """Moments of the fits; refuse those that have none, or not of one model."""
    if len(fits) < 2:
        raise UsageError(
            f"Pooling needs two fits or more, not {len(fits)}: the spread between them is part of the error."
        )
    given = []
    for i, fit in enumerate(fits):
        if not isinstance(fit, Regression):
            raise UsageError(f"Fit {i + 1} is no Estimate or Occurrence but {type(fit).__name__}.")
        if fit.limits is not None:
            raise UsageError(
                f"Fit {i + 1} has profile-likelihood limits, which Rubin's rules cannot pool: fit it without Firth."
            )
        given.append(fit.moments())
        if not len(given[-1].coefficients):
            raise UsageError(
                f"Fit {i + 1} has no covariates, so that there is nothing to pool: cl.nelson_aalen pools hazards."
            )
        if np.isnan(np.diag(given[-1].covariance)).any():
            raise UsageError(
                f"Fit {i + 1} has coefficients without errors (too few clusters?): there is nothing to pool."
            )
    first = _identity(fits[0], given[0])
    for i, (fit, moments) in enumerate(zip(fits[1:], given[1:], strict=True), 2):
        for (what, one), (_, other) in zip(first, _identity(fit, moments), strict=False):
            if one != other:
                raise UsageError(
                    f"Fit {i} has another {what} than fit 1: {other} instead of {one}.{_REMEDY.get(what, '')}"
                )
    return given


_REMEDY = {
    "levels": " Declare the levels of each column as a categorical, so that all fits have them.",
    "duration": " Name the months in duration=, so that all fits have the same.",
}


def _identity(fit: Regression, moments: Moments) -> list[tuple[str, Any]]:
    """What fits must have in common, the model first."""
    return [
        ("model", moments.name),
        ("formula", fit.formula),
        ("terms", fit.terms),
        ("levels", fit.levels),
        ("variance", _kind_of(fit.variance)),
        ("ci_level", fit.ci_level),
        *moments.settings,
    ]
