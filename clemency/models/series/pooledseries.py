"""Regressions on the calendar of several imputations -> one, by Rubin's rules, and one test against moved calendars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.models.imputation.repeated import told
from clemency.models.imputation.rubin import join_coefficients, rubin, spread
from clemency.models.regression.coefficients import coefficient_table
from clemency.models.series.estimate import SeriesEstimate, as_ratios, errors_named, printed, tests_told
from clemency.records.arguments.signatures import typed
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted, left_out
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class ImputedSeries(FittedModel):
    """Result of `event_study` and `interrupted` of an imputed cohort.

    Attributes
    ----------
    kind : {"event study", "interrupted"}
    terms : tuple of str, length p
        Terms of interest, then season and trend.
    coefficients : ndarray, shape (p,)
        Means of the log rate ratios; -inf where an imputation has no finite estimate.
    within, between : ndarray, shape (p, p)
        Mean of the covariances, and covariance of the coefficients over the imputations.
    df_complete : float
        Degrees of freedom with nothing missing, the fewest of the fits.
    tests : DataFrame
        ``test, statistic, df, df_resid, p_value, riv``: Wald tests of leads and of lags (or of the break) together,
        from the pooled coefficients and covariances; F, or chi-squared where ``df_resid`` is inf.
    frame, support : DataFrame
        Those of the fits, their numbers means over the imputations.
    exclusions : DataFrame
        ``item, reason``: periods and events left out.
    warnings : DataFrame
        ``term, message, n_imputations``.
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    fits : tuple of SeriesEstimate, length m
    """

    kind: str
    terms: tuple[str, ...]
    coefficients: Floats
    within: Floats
    between: Floats
    df_complete: float
    tests: pd.DataFrame
    frame: pd.DataFrame
    support: pd.DataFrame
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float
    fits: tuple[SeriesEstimate, ...] = field(repr=False)

    @property
    def m(self) -> int:
        """Number of imputations."""
        return len(self.fits)

    @property
    def covariance(self) -> Floats:
        """Total covariance, shape (p, p): within + (1 + 1/m) between."""
        return self.within + (1 + 1 / self.m) * self.between

    effect = "rate ratio"

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients: ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high, df, riv, fmi``.

        Parameters
        ----------
        exponentiate : bool
            Give rate ratios: ``estimate, ci_low, ci_high`` are exponentiated, the others stay those of their logs.

        Returns
        -------
        DataFrame
            Degrees of freedom are those of Barnard and Rubin, and those of the fits where all agree.
        """
        within, between = np.diag(self.within), np.diag(self.between)
        rules = rubin(within, between, self.m, self.df_complete)
        df = np.where(between == 0, self.df_complete, rules.df)
        error = np.sqrt(np.diag(self.covariance))
        table = coefficient_table(
            self.terms, "", self.coefficients, error, ci_level=self.ci_level, df=df, exponentiate=exponentiate
        )
        return table.assign(df=df, riv=rules.riv, fmi=np.where(between == 0, 0.0, rules.fmi))

    def glance(self) -> pd.DataFrame:
        """One row: ``m``, ``n`` periods, ``acts, person_months``, means, ``acts_min, acts_max``, ``df_complete`` ..."""
        return pd.DataFrame([self.facts])

    def placebo(self) -> pd.DataFrame:
        """Judge leads and lags against calendars in which the events are moved, a break against other breaks.

        The statistic of every calendar (break), the true one and the others alike, is the mean over the imputations of
        the fall of the Poisson deviance, so that the test is as exact as `SeriesEstimate.placebo`.

        Returns
        -------
        DataFrame
            ``test, statistic, p_value, placebos``, then ``p_min, p_max``, those that single imputations would give.
        """
        falls = [f.falls() for f in self.fits]
        rows = []
        for name in falls[0]:
            every = np.array([f[name] for f in falls])
            mean = np.asarray(spread(every)[0])
            alone = np.mean(every >= every[:, :1] - 1e-6, axis=1)
            p = float(np.mean(mean >= mean[0] - 1e-6))
            rows.append((name, float(mean[0]), p, len(mean), float(alone.min()), float(alone.max())))
        return pd.DataFrame(rows, columns=["test", "statistic", "p_value", "placebos", "p_min", "p_max"])

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Rate ratios by lag, or mean rates before and after the break; options as of :meth:`SeriesEstimate.plot`."""
        return self.fits[0].drawn(self.tidy(exponentiate=True), self.frame, self.support, ax, options)

    def __repr__(self) -> str:
        head = f"{self.kind.capitalize()}, rate ratios ({self.facts['model']}), pooled"
        return printed(head, self.tidy(True), self._notes())

    def _notes(self) -> str:
        s = self.facts
        low, high = s["acts_min"], s["acts_max"]
        acts = counted(low, "act") if low == high else f"{low} to {high} acts"
        notes = [
            f"{counted(s['n'], 'period')}, {acts}; {self.m} imputations pooled by Rubin's rules; errors of the fits: "
            f"{errors_named(s)}.",
            *tests_told(self.tests),
        ]
        for r in self.warnings.to_dict("records"):
            where = "" if r["n_imputations"] == self.m else f", in {r['n_imputations']} of {self.m} imputations"
            notes.append(f"{r['term']}: {r['message']}{where}.".removeprefix(": "))
        return "\n".join([*notes, *left_out(self.exclusions)])

    def _repr_html_(self) -> str:
        return as_html("", as_ratios(self.tidy(True)), self._notes())


def pool_series(fits: Sequence[SeriesEstimate]) -> ImputedSeries:
    """Pool fits to the same periods of several imputations.

    Parameters
    ----------
    fits : sequence of SeriesEstimate, length m

    Returns
    -------
    ImputedSeries

    Notes
    -----
    A coefficient without a finite estimate or an error in one imputation has none together, and joint tests leave it
    out. The exact test of a break is kept where the imputations agree about its numbers; else only `placebo` is exact.
    """
    first, j = fits[0], _joined(fits)
    rows = [_test(t, first.shown, j) for t in first.tests["test"] if t in _TERMS]
    warnings = told([f.warnings for f in fits], "term")
    exact = [f.tests[f.tests["test"] == "break, exact"].reset_index(drop=True) for f in fits]
    if len(exact[0]) and all(e.equals(exact[0]) for e in exact):
        rows.append((*exact[0].iloc[0], 0.0))
    elif len(exact[0]):
        low, high = (f(int(e["statistic"].iloc[0]) for e in exact) for f in (min, max))
        text = f"no exact test, since {low} to {high} acts come after the break by imputation: see placebo()"
        warnings.loc[len(warnings)] = ["", text, len(fits)]
    return ImputedSeries(
        kind=first.kind,
        terms=j.terms,
        coefficients=j.mean,
        within=j.within,
        between=j.between,
        df_complete=j.df,
        tests=pd.DataFrame(rows, columns=[*first.tests.columns, "riv"]),
        frame=_means([f.frame for f in fits]),
        support=_means([f.support for f in fits]),
        exclusions=first.exclusions,
        warnings=warnings,
        facts=_summary(fits, j.df),
        ci_level=first.ci_level,
        fits=tuple(fits),
    )


#: Beginnings of the terms of each joint test.
_TERMS = {"leads": ("lead ",), "lags": ("lag ",), "break": ("level", "slope")}


@dataclass(frozen=True, slots=True)
class _Moments:
    """Terms in order with their pooled coefficients, covariances within and between, and degrees of freedom."""

    terms: tuple[str, ...]
    mean: Floats
    within: Floats
    between: Floats
    m: int
    df: float


def _joined(fits: Sequence[SeriesEstimate]) -> _Moments:
    first, m = fits[0], len(fits)
    terms = (*first.shown, *[t for t in first.terms if t not in first.shown])
    place = np.array([first.terms.index(t) for t in terms])
    every = np.array([f.coefficients for f in fits])[:, place]
    covariance = np.array([f.covariance for f in fits])[:, place][:, :, place]
    finite = np.isfinite(every).all(axis=0)
    mean = np.where(np.isneginf(every).any(axis=0), -np.inf, np.nan)
    gap = np.full(every.shape, np.nan)
    mean[finite], gap[:, finite] = spread(every[:, finite])
    within, between = spread(covariance)[0], gap.T @ gap / (m - 1)
    within[~finite, :], within[:, ~finite] = np.nan, np.nan
    df = float(min(f.facts["df_resid"] for f in fits)) if first.facts["small"] else np.inf
    return _Moments(terms, mean, within, between, m, df)


def _test(name: str, shown: Sequence[str], j: _Moments) -> tuple[Any, ...]:
    """Row of a joint test of the terms that have an error in every imputation."""
    known = dict(zip(j.terms, np.isfinite(np.diag(j.within)), strict=True))
    at = np.array([j.terms.index(t) for t in shown if t.startswith(_TERMS[name]) and known[t]], dtype=np.intp)
    inside = np.ix_(at, at)
    if not len(at) or np.linalg.matrix_rank(j.within[inside]) < len(at):
        return name, np.nan, len(at), np.nan, np.nan, np.nan
    pooled = join_coefficients(j.mean[at], j.within[inside], j.between[inside], j.m, j.df)
    value = pooled.statistic if np.isfinite(pooled.df_resid) else pooled.statistic * pooled.df
    return name, value, pooled.df, pooled.df_resid, pooled.p_value, pooled.riv


def _means(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of one form as one, with the means of their numbers."""
    numbers = tables[0].select_dtypes("number").columns
    means = spread(np.array([t[numbers].to_numpy(dtype=float) for t in tables]))[0]
    return tables[0].assign(**dict(zip(numbers, means.T, strict=True)))


def _summary(fits: Sequence[SeriesEstimate], df: float) -> dict[str, Any]:
    first = fits[0].facts
    acts = [f.facts["acts"] for f in fits]
    means = {k: float(spread(np.array([f.facts[k] for f in fits], dtype=float))[0]) for k in ("acts", "person_months")}
    row = {"m": len(fits), "n": first["n"], **means, "acts_min": min(acts), "acts_max": max(acts), "df_complete": df}
    others = ("freq", "model", "season", "trend", "base", "at", "hac", "small", "ci_level", "excluded")
    return row | {k: first[k] for k in others if k in first}
