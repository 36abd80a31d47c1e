"""The result of a parametric survival model: one immutable object with a tidy table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from clemency.figures.theme.look import FOREST, plotted
from clemency.models.imputation.regressions import Pooled
from clemency.models.likelihood.covariance import check_clusters
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import column_names, left_out_lines
from clemency.models.modelframe.groups import codes
from clemency.models.parametricsurvival.fitted import ParametricFit, cluster_lines, covariance_of, wald
from clemency.models.parametricsurvival.goodness import ParametricCheck, check
from clemency.models.parametricsurvival.predictions import Kind, pooled_predictions, predict
from clemency.models.regression.coefficients import SHOWN, Moments, coefficient_table, exponentiated
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel
from clemency.typing import Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class PooledParametric(Pooled):
    """Parametric fits to several imputations, pooled: a `Pooled` with predictions.

    Its attributes are those of :class:`Pooled`.
    """

    __slots__ = ()

    @typed
    def predict(
        self,
        newdata: Any = None,
        times: Any = None,
        kind: Kind = "survival",
        *,
        quantile: float | None = None,
        until: float | None = None,
    ) -> pd.DataFrame:
        """Predict for new cases, as :meth:`Parametric.predict` does.

        Parameters
        ----------
        newdata, times, kind, quantile, until
            As for :meth:`Parametric.predict`.

        Returns
        -------
        DataFrame
            Its columns, with ``df, riv, fmi``. Predictions of the fits are pooled by Rubin's rules on the scale on
            which each of them has symmetric limits: the log (cumulative) hazard, log time or log odds. A quantile that
            is not reached in some imputation is infinite, without limits.

        Raises
        ------
        UsageError
            As :meth:`Parametric.predict`.
        """
        return pooled_predictions(self.fits, self.ci_level, newdata, times, kind, quantile, until)


class Parametric(FittedModel, ParametricFit):
    """A fitted parametric survival model.

    Its attributes are those of :class:`ParametricFit`.
    """

    __slots__ = ()
    POOLED: ClassVar[type[Pooled]] = PooledParametric

    @property
    def effect(self) -> str:  # type: ignore[override]
        """What an exponentiated coefficient is, in words."""
        return f"{self.form} ratio"

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """All parameters, one row each.

        Parameters
        ----------
        exponentiate : bool
            Give time ratios or hazard ratios, scales and odds in place of their logarithms; ``std_error`` and
            ``statistic`` stay those of the logarithm. ``Q`` and the coefficients of a spline, which are no logarithms,
            stay as they are.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``: covariates; ``constant`` (where
            numbers are zero and categories at their reference); the parameters of the distribution; and, with
            ``never:`` before the term, the log odds of being one to whom the event never happens.
        """
        with np.errstate(invalid="ignore"):
            error = np.sqrt(np.diag(self.covariance))
        options: dict[str, Any] = {"ci_level": self.ci_level}
        table = coefficient_table(self.terms, self.levels, self.coefficients, error, **options)
        return exponentiated(table, self.logs) if exponentiate else table

    def glance(self) -> pd.DataFrame:
        """One row.

        Returns
        -------
        DataFrame
            ``n`` spells or cases, ``n_cases`` (distinct values of ``case_id``, ``id`` or ``person_id``, else missing),
            ``events``; ``person_months`` (or ``person_time, time_unit``), with intervals ``n_exact, n_interval, n_left,
            n_right``; ``loglik``, ``df``, ``aic``, ``bic`` (by events), which are missing where the weights are no
            numbers of cases; ``wald, wald_p`` of all covariates of the times; ``distribution, form, weights, variance,
            n_clusters, iterations, excluded``.
        """
        return pd.DataFrame([self.facts])

    @typed
    def predict(
        self,
        newdata: Any = None,
        times: Any = None,
        kind: Kind = "survival",
        *,
        quantile: float | None = None,
        until: float | None = None,
    ) -> pd.DataFrame:
        """Predict for new cases, since time zero.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns, optional
            Not needed where no formula has covariates.
        times : float or sequence of float, optional
            For the first four kinds. Times beyond the data are extrapolated by the distribution.
        kind : {"survival", "incidence", "cumulative_hazard", "hazard", "median", "quantile", "mean", "never"}
            ``"never"`` is the share to whom the event never happens; the other kinds are of all cases, those among
            them.
        quantile : float, optional
            The share that has had the event by the time asked for.
        until : float, optional
            Give the mean time up to this horizon: the area below the survival.

        Returns
        -------
        DataFrame
            ``row``, ``time`` or ``quantile`` or ``until``, ``estimate, std_error, ci_low, ci_high``. Errors by the
            delta method; limits are symmetric on the logarithm of the (cumulative) hazard or of time, or on the log
            odds. A quantile that is never reached and a mean that does not exist are infinite.

        Raises
        ------
        UsageError
            For unknown levels or kinds, arguments that do not go together, and times so late that nothing which numbers
            hold is left.
        """
        return predict(self, newdata, times, kind, quantile, until)

    def check(self) -> ParametricCheck:
        """Compare residuals with what they are if the model holds, and AIC among families.

        Returns
        -------
        ParametricCheck
            ``tidy()`` has the families, ``residuals`` the Cox-Snell residuals; ``plot()`` draws them.
        """
        return check(self)

    @typed
    def with_variance(self, *, robust: bool | None = None, cluster: Any = None) -> Parametric:
        """Give the same estimate with another variance.

        Parameters
        ----------
        robust : bool, optional
            True for the sandwich by rows, False for the model-based variance.
        cluster : str or sequence of two str, optional
            Column(s) of the data to cluster on.

        Returns
        -------
        Parametric
            A new one.

        Raises
        ------
        UsageError
            If both are given and contradict each other, neither is given, or the cluster has missing values.
        """
        if robust is None and cluster is None:
            raise UsageError("say which variance: robust=True, robust=False, or cluster=")
        names = column_names(cluster)
        check_variance(robust, names)
        groups = self._groups(names)
        inner = self.inner
        _, covariance, variance = covariance_of(inner.top, inner.cases.weight, bool(robust), groups, names)
        reported = inner.turn @ covariance @ inner.turn.T
        statistic = wald(self.coefficients, reported, self.covariates)
        old = set(cluster_lines(inner.found.clusters, len(self.terms)))
        table = self.warnings[~self.warnings["message"].isin(old)].reset_index(drop=True)
        for line in cluster_lines(groups, len(self.terms)):
            table.loc[len(table)] = ["", "", self.facts["events"], line]
        summary = self.facts | {"variance": variance, "n_clusters": cluster_counts(groups)} | statistic
        found = replace(inner.found, clusters=groups, cluster_names=names)
        return replace(
            self,
            covariance=reported,
            variance=variance,
            warnings=table,
            facts=summary,
            inner=replace(inner, covariance=covariance, found=found),
        )

    def _groups(self, names: tuple[str, ...]) -> tuple[Ints, ...]:
        found, groups = self.inner.found, []
        for name in names:
            if name not in found.frame.columns:
                raise UsageError(f"there is no column '{name}' to cluster on")
            column = found.frame[name].iloc[found.rows]
            if column.isna().any():
                several = counted(column.isna().sum(), "row")
                raise UsageError(f"'{name}' is missing in {several}: name it in the fit, which drops them")
            groups.append(codes(column))
        check_clusters(names, groups)
        return tuple(groups)

    @typed
    def with_level(self, ci_level: float) -> Parametric:
        """Give the same estimate with limits at another level."""
        return replace(self, ci_level=check_level(ci_level))

    def moments(self) -> Moments:
        """Give what Rubin's rules ask for: all parameters with their covariance."""
        settings = [("distribution", self.distribution), ("form", self.form), ("cure formula", self.cure)]
        kinds = {"logs": self.logs, "ratios": self.covariates}
        return Moments(self.model, self.coefficients, self.covariance, np.inf, tuple(settings), **kinds)

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the time or hazard ratios as a forest plot; options are those of :func:`clemency.figures.forest`."""
        from clemency.figures.estimates.forests import forest, with_support

        if not self.covariates.any():
            raise UsageError("a model without covariates has no ratios to draw: see check().plot() and predict().")
        table = self.tidy(exponentiate=True)[self.covariates]
        sides = ("sooner", "later") if self.form == "time" else ("less often", "more often")
        own = {"ratio": self.effect, "sides": sides, **plotted(options, forest, also=FOREST)}
        return forest(with_support(table, self.support), ax=ax, **own)

    def _notes(self) -> list[str]:
        s = self.facts
        notes = [
            f"{counted(s['n'], 'row')}, {counted(s['events'], 'event')}; log-likelihood {s['loglik']:.2f}; standard "
            f"errors: {self.variance}; limits: {self.ci_level:.0%}. A {self.form} ratio above one means that the event "
            + ("comes later." if self.form == "time" else "comes sooner.")
        ]
        if s["weights"]:
            notes.append(f"Weighted by '{s['weights']}'; rows and events are counted without weights.")
        notes += [f"{r.term} {r.level}".strip() + f": {r.message}" if r.term else r.message
                  for r in self.warnings.itertuples()]  # fmt: skip
        return notes + left_out_lines(self.exclusions)

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        text = table.to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return "\n".join([f"{self.model}: {self.formula}", text, *self._notes()])

    def _repr_html_(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        return as_html(f"{self.model}: {self.formula}", table, self._notes())


def check_variance(robust: bool | None, names: tuple[str, ...]) -> None:
    """Refuse variances that do not exist, or not together."""
    if robust is False and names:
        raise UsageError("robust=False contradicts cluster=: leave one of them out")
    if len(names) > 2:
        raise UsageError(f"clustering goes one or two ways, not {len(names)}")


def cluster_counts(groups: tuple[Ints, ...]) -> str:
    """Numbers of clusters, for the summary."""
    return ", ".join(str(len(np.unique(code))) for code in groups)
