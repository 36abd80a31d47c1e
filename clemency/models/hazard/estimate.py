"""The result of a hazard regression: one immutable object with a tidy table."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clemency.figures.theme.look import FOREST, plotted
from clemency.figures.theme.wording import event_name, words
from clemency.models.hazard.warnings import warnings_of_fit
from clemency.models.likelihood.covariance import revise_variance
from clemency.models.likelihood.fit import HazardFit
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.postestimation.concordance import Concordance, concordance
from clemency.models.postestimation.predictedcurves import TIMES, predicted_means, predicted_quantiles, predicted_times
from clemency.models.postestimation.prediction import baseline, predict
from clemency.models.postestimation.proportionality import ProportionalityTest, proportionality
from clemency.models.postestimation.residuals import residuals
from clemency.models.postestimation.standardisation import standardise
from clemency.models.regression.coefficients import SHOWN, coefficient_table
from clemency.models.regression.support import make_warnings, support_table
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_NO_TERMS = "No covariates: baseline() and predict() show the hazard that all have in common."


class Estimate(FittedModel, HazardFit):
    """A fitted hazard regression.

    Its attributes are those of :class:`HazardFit`.
    """

    __slots__ = ()

    @property
    def effect(self) -> str:  # type: ignore[override]
        """What an exponentiated coefficient is, in words."""
        return "subdistribution hazard ratio" if self.options.get("subdistribution") else "hazard ratio"

    @property
    def tests(self) -> pd.DataFrame:
        """Likelihood ratio, Wald and score test of all terms together: ``test, statistic, df, p_value``."""
        names = {"likelihood ratio": "likelihood_ratio", "Wald": "wald", "score": "score"}
        return pd.DataFrame(
            {
                "test": list(names),
                "statistic": [self.facts[k] for k in names.values()],
                "df": len(self.coefficients),
                "p_value": [self.facts[f"{k}_p"] for k in names.values()],
            }
        )

    @property
    def support(self) -> pd.DataFrame:
        """Spells and events behind each level, the reference included: ``term, level, n, n_event, reference``."""
        return support_table(self.counts)

    @property
    def warnings(self) -> pd.DataFrame:
        """Warnings to read before quoting a row: ``term, level, n_event, message``.

        Levels with few events or none; for the whole fit, with term "": few clusters, fewer than five events per
        coefficient, statistics that the weights do not allow, and robust errors that a penalty left out.
        """
        table = make_warnings(self.support, self.unused)
        more = warnings_of_fit(self)
        return pd.DataFrame([*table.itertuples(index=False), *more], columns=table.columns) if more else table

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per term and level.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios: ``estimate``, ``ci_low`` and ``ci_high`` are exponentiated; ``std_error`` and
            ``statistic`` stay those of the log hazard ratio.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``. A numeric
            term has level "".
        """
        with np.errstate(invalid="ignore"):
            error = np.sqrt(np.diag(self.covariance))  # two-way clustering may give a negative variance
        return coefficient_table(
            self.terms,
            self.levels,
            self.coefficients,
            error,
            ci_level=self.ci_level,
            limits=self.limits,
            roots=self.roots,
            exponentiate=exponentiate,
        )

    def glance(self) -> pd.DataFrame:
        """Summarise the fit in one row.

        Returns
        -------
        DataFrame
            ``n`` spells, ``n_cases`` (distinct values of ``case_id``, ``id`` or ``person_id``, else missing),
            ``events``, ``person_months`` (of a frame whose unit is not the month ``person_time``, ``time_unit``),
            ``loglik``, ``loglik_null``, ``df``, ``aic``, ``bic`` (by events), the three tests of all terms (Wald's is
            missing where the covariance is singular; the others, and ``aic`` and ``bic``, where the weights are no
            numbers of cases, see :attr:`warnings`), ``ties``, ``penalty``, ``weights``
            (the column, "" if there is none), ``variance``, ``n_clusters``, ``excluded``.
        """
        return pd.DataFrame({name: [value] for name, value in self.facts.items()})

    @typed
    def with_variance(self, *, robust: bool | None = None, cluster: Any = None) -> Estimate:
        """Give the same estimate with another variance.

        Parameters
        ----------
        robust : bool, optional
            True for the sandwich by rows, False for the model-based variance.
        cluster : str or sequence of two str, optional
            Column(s) of the data to cluster on.

        Returns
        -------
        Estimate
            A new one.

        Raises
        ------
        UsageError
            If both are given and contradict each other, neither is given, or the cluster has missing values.
        """
        revised = revise_variance(self, robust, cluster)
        return replace(
            self,
            covariance=revised.covariance,
            variance=revised.variance,
            facts=revised.facts,
            sources=revised.sources,
            limits=None,
            roots=None,
        )

    @typed
    def with_level(self, ci_level: float) -> Estimate:
        """Give the same estimate with limits at another level."""
        if self.limits is not None:
            raise UsageError("profile-likelihood limits belong to their level: fit again with ci_level=")
        return replace(self, ci_level=check_level(ci_level))

    def _event(self) -> str:
        """What happens, for an axis, where the call or the column names it."""
        of = self.model.partition(": ")[2] or self.model.partition(", ")[2] or "event"
        named = event_name(of, self.options["columns"]["event"])
        return "" if named == "event" else f"{words(named)}: "

    @typed
    def check(self, transform: str = "km") -> ProportionalityTest:
        """Test proportional hazards, term by term and for all.

        Parameters
        ----------
        transform : {"km", "identity", "rank", "log"}
            Function of time with which a coefficient may change.

        Returns
        -------
        ProportionalityTest
            ``tidy()`` has ``term, statistic, df, p_value``, last row ``GLOBAL``; ``plot()`` shows a coefficient over
            time. The model-based information is used, whatever the fit's variance.
        """
        return proportionality(self, transform)

    @typed
    def residuals(self, kind: str) -> pd.Series | pd.DataFrame:
        """Compute residuals.

        Parameters
        ----------
        kind : {"martingale", "deviance", "score", "dfbeta", "dfbetas", "schoenfeld", "scaled_schoenfeld"}
            As in R's survival: dfbeta and dfbetas are multiplied by the weights, the others are not.

        Returns
        -------
        Series or DataFrame
            On the index of the data: one row per spell, or for Schoenfeld's one per event, by stratum and ``time``.
        """
        return residuals(self, kind)

    @typed
    def concordance(self, weighting: Literal["harrell", "uno"] = "harrell") -> Concordance:
        """Compute the concordance with the fit's own data, which honours strata, weights and one-way clusters.

        Parameters
        ----------
        weighting : {"harrell", "uno"}
            Harrell's counts each comparable pair, also under delayed entry. Uno's counts a pair the more, the likelier
            its event was to be censored before, so that it does not depend on the censoring.

        Returns
        -------
        Concordance

        See Also
        --------
        clemency.concordance : of any score, of new data, and of several models on the same rows.
        """
        return concordance(self, weighting)

    def baseline(self) -> pd.DataFrame:
        """Tabulate the baseline where all covariates (and the offset) are zero.

        Returns
        -------
        DataFrame
            ``time``, the strata columns, ``at_risk, n_event, cumulative_hazard, std_error, survival``; the standard
            error is that of the cumulative hazard.
        """
        return baseline(self)

    @typed
    def predict(self, newdata: Any, times: Any = None, kind: str | None = None, **options: Any) -> pd.DataFrame:
        """Predict for new rows; see :func:`clemency.models.postestimation.prediction.predict`.

        ``kind="median"``, ``kind="quantile", quantile=`` and ``kind="mean", until=`` give times, as
        :func:`clemency.models.postestimation.predictedcurves.predicted_times` does.
        """
        if kind in TIMES:
            return predicted_times(self, newdata, kind, times, **options)
        return predict(self, newdata, times, kind, **options)

    @typed
    def quantile(self, newdata: Any, p: Any = 0.5, kind: str | None = None, **options: Any) -> pd.DataFrame:
        """Predict medians and other quantiles with limits for new rows.

        See :func:`clemency.models.postestimation.predictedcurves.predicted_quantiles`.
        """
        return predicted_quantiles(self, newdata, p, kind, **options)

    @typed
    def restricted_mean(self, newdata: Any, until: float, kind: str | None = None, **options: Any) -> pd.DataFrame:
        """Predict the mean time without the event up to a month, or what is still to come of it, for new rows.

        See :func:`clemency.models.postestimation.predictedcurves.predicted_means`.
        """
        return predicted_means(self, newdata, until, kind, **options)

    @typed
    def standardise(
        self, by: str, times: Any, kind: str | None = None, *, id: str | None = None, transform: str = "log-log"
    ) -> pd.DataFrame:
        """Average predictions over the cases; see :mod:`clemency.models.postestimation.standardisation`."""
        return standardise(self, by, times, kind, id, transform)

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the ratios as a table and forest plot; options are those of :func:`clemency.figures.forest`.

        Beside each level stand the events behind it, those of the reference too; with fewer than five it is hollow.
        """
        from clemency.figures.estimates.forests import forest, with_support

        if not self.terms:
            raise UsageError("a model without covariates has no hazard ratio to draw; see baseline() and predict()")
        kind = f"{self._event()}{self.effect}"
        own = {"ratio": kind, **plotted(options, forest, also=FOREST)}
        return forest(with_support(self.tidy(exponentiate=True), self.support), ax=ax, **own)

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        shown = table.to_string(index=False, float_format=lambda v: f"{v:.4g}") if self.terms else _NO_TERMS
        return f"{self.model}: {self.formula}\n{shown}\n{self._notes()}"

    def _notes(self) -> str:
        s = self.facts
        errors = f"standard errors: {self.variance}; limits: " if self.terms else "limits: "
        notes = [
            f"{counted(s['n'], 'spell')}, {counted(s['events'], 'event')}; ties: {s['ties']}; {errors}"
            f"{self.ci_level:.0%}{'' if self.limits is None else ' (profile likelihood)'}."
        ]
        if s.get("weights"):
            notes.append(f"Weighted by '{s['weights']}'; spells and events are counted without weights.")
        notes += [
            f"{r.term} {r.level}".strip() + f": {r.message}" if r.term else r.message
            for r in self.warnings.itertuples()
        ]
        notes += left_out_lines(self.exclusions)
        if self.terms and self.limits is None:
            notes.append("fit.check() tests whether hazards are proportional.")
        return "\n".join(notes)

    def _repr_html_(self) -> str:
        return as_html(self)


def as_html(estimate: Estimate) -> str:
    """Render the table of ratios with the events behind each row, its warnings, and what was left out."""
    table = estimate.tidy(exponentiate=True).to_dict("list")
    counted = estimate.support.to_dict("list")
    events = dict(zip(zip(counted["term"], counted["level"], strict=True), counted["n_event"], strict=True))
    warned = set(zip(estimate.warnings["term"], estimate.warnings["level"], strict=True))
    shaky = {
        t
        for t, v, r in zip(counted["term"], counted["level"], counted["reference"], strict=True)
        if r and (t, v) in warned
    }
    rows = []
    for i, key in enumerate(zip(estimate.terms, estimate.levels, strict=True)):
        name = html.escape(": ".join(part for part in key if part)) + (" *" if key in warned or key[0] in shaky else "")
        p, limits = table["p_value"][i], f"{table['ci_low'][i]:.2f} to {table['ci_high'][i]:.2f}"
        shown = "&lt; 0.001" if p < 0.001 else f"{p:.3f}"
        if np.isnan(p):
            limits = shown = "not known"
        rows.append(
            f"<tr><th scope='row' style='text-align:left'>{name}</th><td>{table['estimate'][i]:.2f}</td>"
            f"<td>{limits}</td><td>{shown}</td><td>{events.get(key, '')}</td></tr>"
        )
    head = "".join(
        f"<th scope='col'>{h}</th>"
        for h in ("", "hazard ratio", f"{estimate.ci_level:.0%} interval", "p", "events in level")
    )
    notes = "<br>".join(html.escape(line) for line in estimate._notes().split("\n"))
    title = html.escape(f"{estimate.model}: {estimate.formula}")
    if not rows:
        return f"<p>{title}. {_NO_TERMS}</p><p style='font-size:smaller'>{notes}</p>"
    return (
        f"<table><caption style='text-align:left'>{title}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table><p style='font-size:smaller'>{notes}</p>"
    )
