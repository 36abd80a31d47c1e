"""The result of a Cox model with a shared frailty: one immutable object with a tidy table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import special, stats

from clemency.figures.theme.look import FOREST, plotted
from clemency.models.hazard.frailty.covariance import with_theta
from clemency.models.hazard.frailty.fit import FrailtyFit
from clemency.models.hazard.frailty.predictions import predict
from clemency.models.hazard.warnings import warnings_of_fit
from clemency.models.likelihood.covariance import wald_statistic
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.postestimation.prediction import baseline
from clemency.models.postestimation.proportionality import ProportionalityTest, proportionality
from clemency.models.postestimation.residuals import residuals
from clemency.models.regression.coefficients import SHOWN, coefficient_table
from clemency.models.regression.likelihoods import Likelihood
from clemency.models.regression.support import make_warnings, support_table
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class SharedFrailty(FittedModel, FrailtyFit):
    """A fitted Cox model with a gamma frailty that the members of a group share.

    Its attributes are those of :class:`FrailtyFit`.
    """

    __slots__ = ()

    @property
    def theta(self) -> float:
        """Variance of the frailties, whose mean is one."""
        return self.shared.theta

    @property
    def support(self) -> pd.DataFrame:
        """Spells and events behind each level, the reference included: ``term, level, n, n_event, reference``."""
        return support_table(self.counts)

    @property
    def warnings(self) -> pd.DataFrame:
        """Warnings to read before quoting a row: ``term, level, n_event, message``; of the whole fit with term ""."""
        table = make_warnings(self.support, self.unused)
        events = int(self.facts["events"])
        more = [*warnings_of_fit(self), *(("", "", events, line) for line in self.options["groups"])]
        return pd.DataFrame([*table.itertuples(index=False), *more], columns=table.columns) if more else table

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per term and level.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios, which compare cases of one group; ``std_error`` and ``statistic`` stay those of the
            logarithm.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.
        """
        error = np.sqrt(np.diag(self.covariance))
        return coefficient_table(
            self.terms, self.levels, self.coefficients, error, ci_level=self.ci_level, exponentiate=exponentiate
        )

    def glance(self) -> pd.DataFrame:
        """One row.

        Returns
        -------
        DataFrame
            ``n`` spells, ``n_cases`` (distinct values of ``case_id``, ``id`` or ``person_id``, else missing),
            ``n_groups``, ``events``, ``person_months`` (or ``person_time, time_unit``); ``theta, theta_low,
            theta_high``; ``loglik`` with the frailties integrated out, ``loglik_none`` without frailties, ``df`` (theta
            counts as one), ``aic``, ``bic``; ``frailty, frailty_p`` (likelihood ratio of no frailty, half and half
            mixture); ``wald, wald_p`` of all terms; ``ties, weights, variance, excluded``.
        """
        return pd.DataFrame([self.facts])

    def heterogeneity(self) -> pd.DataFrame:
        """What is known of the variance between groups.

        Returns
        -------
        DataFrame
            One row: ``estimate`` (theta), ``std_error`` (by the curvature of the profile; missing at zero), ``ci_low,
            ci_high`` (profile likelihood), ``statistic, p_value`` (likelihood ratio of theta = 0, half and half
            mixture of zero and chi-square with one degree of freedom), ``kendall`` (tau of two members of a group,
            theta / (2 + theta)), ``ratio_90_10`` (the frailty that nine in ten groups stay below, over the one that one
            in ten does).
        """
        s = self.shared
        ends = stats.gamma.ppf([0.9, 0.1], 1 / s.theta, scale=s.theta) if s.theta > 0 else np.ones(2)
        with np.errstate(divide="ignore"):
            ratio = float(np.divide(ends[0], ends[1]))
        row = {
            "estimate": s.theta, "std_error": float(np.sqrt(s.theta_variance)), "ci_low": s.theta_low,
            "ci_high": s.theta_high, "statistic": s.statistic, "p_value": s.p_value,
            "kendall": s.theta / (2 + s.theta), "ratio_90_10": ratio,
        }  # fmt: skip
        return pd.DataFrame([row])

    def frailties(self) -> pd.DataFrame:
        """Frailty of each group: its hazard over that of a group with frailty one, pulled towards one by few events.

        Returns
        -------
        DataFrame
            The columns of the groups; ``n`` spells, ``n_event``, ``expected`` (events at a frailty of one, weighted if
            there are weights); ``frailty``, ``std_error`` (of its logarithm), ``ci_low, ci_high``; ``few`` (fewer than
            five events). Errors are missing where theta is zero: all frailties are then one. ``std_error`` allows for
            the estimation of theta unless the variance is ``"theta known"``.
        """
        s, p = self.shared, len(self.terms)
        error = s.error
        if self.variance == "model" and not np.isnan(s.theta_variance):
            error = np.sqrt(error**2 + s.moved[p:] ** 2 * s.theta_variance)
        half = special.ndtri((1 + self.ci_level) / 2) * error
        columns = {name: s.levels[name].to_numpy() for name in s.columns}
        columns |= {"n": s.n, "n_event": s.n_event, "expected": s.expected, "frailty": np.exp(s.log_frailty)}
        columns |= {"std_error": error, "ci_low": np.exp(s.log_frailty - half), "ci_high": np.exp(s.log_frailty + half)}
        return pd.DataFrame(columns | {"few": s.n_event < 5})

    @typed
    def with_variance(self, *, theta: Literal["estimated", "known"]) -> SharedFrailty:
        """Give the same estimate with errors that allow for the estimation of theta, or do not.

        Parameters
        ----------
        theta : {"estimated", "known"}
            ``"known"`` gives the errors of R's ``coxph(frailty())``, as if theta were known to be what was estimated.

        Returns
        -------
        SharedFrailty
            A new one.
        """
        if self.shared.given:
            raise UsageError("theta was given in the call, so that there is no other variance")
        p, known = len(self.terms), self.model_covariance
        estimated = with_theta(known, self.shared.moved[:p], self.shared.theta_variance)
        covariance = known if theta == "known" else estimated
        wald = wald_statistic(self.coefficients, covariance)
        p_value = float(special.chdtrc(p, wald)) if np.isfinite(wald) else np.nan
        variance = "model" if theta == "estimated" else "theta known"
        summary = self.facts | {"variance": variance, "wald": wald, "wald_p": p_value}
        return replace(self, covariance=covariance, variance=variance, facts=summary)

    @typed
    def with_level(self, ci_level: float) -> SharedFrailty:
        """Refuse: the limits of theta belong to their level."""
        check_level(ci_level)
        raise UsageError("profile-likelihood limits of theta belong to their level: fit again with ci_level=")

    @typed
    def check(self, transform: str = "km") -> ProportionalityTest:
        """Test proportional hazards, term by term and for all, given the frailties (as R's ``cox.zph``).

        Parameters
        ----------
        transform : {"km", "identity", "rank", "log"}
            Function of time with which a coefficient may change.

        Returns
        -------
        ProportionalityTest
        """
        return proportionality(self, transform)

    @typed
    def residuals(self, kind: Literal["martingale", "deviance", "schoenfeld", "scaled_schoenfeld"]) -> Any:
        """Compute residuals given the frailties, as for :meth:`clemency.models.Estimate.residuals`."""
        if kind not in ("martingale", "deviance", "schoenfeld", "scaled_schoenfeld"):
            raise UsageError(
                f"there are no residuals '{kind}' of a fit with frailties; there are: martingale, deviance, "
                "schoenfeld, scaled_schoenfeld"
            )
        return residuals(self, kind)

    def baseline(self) -> pd.DataFrame:
        """Tabulate the baseline of a group with frailty one, where all covariates are zero.

        Returns
        -------
        DataFrame
            ``time``, the strata columns, ``at_risk, n_event, cumulative_hazard, survival``. :meth:`predict` has limits.
        """
        return baseline(self).drop(columns="std_error")

    @typed
    def predict(
        self, newdata: Any = None, times: Any = None, kind: str | None = None, *, frailty: float | None = 1.0
    ) -> pd.DataFrame:
        """Predict for new rows.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
            The formula's columns, and the strata columns if the fit has any.
        times : float or sequence of float
        kind : {"survival", "cumulative_hazard", "incidence"}
            As for ``cl.cox``: it must be named where other events compete.
        frailty : float or None
            Of the group of the new cases: a number such as those of :meth:`frailties`, taken as known; one is the
            group whose frailty is the mean. None averages over the distribution of the frailties: the share of all
            cases with these covariates, whatever their group.

        Returns
        -------
        DataFrame
            ``row, time, estimate, std_error, ci_low, ci_high``. Errors come from the baseline, coefficients, frailties
            and theta; limits are symmetric on the log of the cumulative hazard.
        """
        if times is None:
            raise UsageError("say at which times= to predict")
        return predict(self, newdata, times, kind, frailty)

    def likelihood(self) -> Likelihood:
        """Give the likelihood and what it is of, for a comparison with nested models that have the same groups."""
        found = FrailtyFit.likelihood(self)
        rows = (*found.rows, ("groups", self.needed("a comparison").history.groups.code))
        df = len(self.coefficients) + (not self.shared.given)
        return replace(found, model="Cox with a shared gamma frailty", df=df, rows=rows, unusable="")

    @typed
    def plot(self, ax: Axes | None = None, *, what: Literal["ratios", "frailties"] = "ratios", **options: Any) -> Axes:
        """Draw the hazard ratios, or the frailties of the groups, as a forest plot.

        Parameters
        ----------
        ax : Axes, optional
        what : {"ratios", "frailties"}
            Of frailties at most the forty groups with the most events, the highest first. Groups with fewer than five
            events are hollow.
        **options
            To :func:`clemency.figures.forest`.
        """
        from clemency.figures.estimates.forests import forest, with_support

        if what == "frailties":
            return forest(self._shown(), ax=ax, **{"ratio": "frailty", **plotted(options, forest, also=FOREST)})
        if not self.terms:
            raise UsageError("a model without covariates has no hazard ratio to draw: plot(what='frailties')")
        own = plotted(options, forest, also=FOREST)
        return forest(with_support(self.tidy(exponentiate=True), self.support), ax=ax, **own)

    def _shown(self) -> pd.DataFrame:
        if self.shared.theta == 0:
            raise UsageError("the variance is zero, so that all frailties are one: there is nothing to draw")
        table = self.frailties().nlargest(40, "n_event").sort_values("frailty", ascending=False)
        names = table[list(self.shared.columns)].astype(str).agg(", ".join, axis=1)
        return pd.DataFrame(
            {"term": ", ".join(self.shared.columns), "level": names, "estimate": table["frailty"]}
            | {c: table[c] for c in ("ci_low", "ci_high", "n_event", "few")}
        ).reset_index(drop=True)

    def _notes(self) -> list[str]:
        s, shared = self.facts, self.shared
        where = (
            "given" if shared.given else f"{self.ci_level:.0%} limits {shared.theta_low:.3g} to {shared.theta_high:.3g}"
        )
        tested = "" if shared.given else f"; test of no frailty p = {shared.p_value:.3g} (half and half)"
        notes = [
            f"Variance of the frailties of {counted(len(shared.n), 'group')} by '{', '.join(shared.columns)}': theta = "
            f"{shared.theta:.4g} ({where}){tested}.",
            f"{counted(s['n'], 'spell')}, {counted(s['events'], 'event')}; ties: {s['ties']}; standard errors: "
            f"{self.variance}; limits: {self.ci_level:.0%}. Hazard ratios compare cases of one group.",
        ]
        if s["weights"]:
            notes.append(f"Weighted by '{s['weights']}'; spells and events are counted without weights.")
        notes += [f"{r.term} {r.level}".strip() + f": {r.message}" if r.term else r.message
                  for r in self.warnings.itertuples()]  # fmt: skip
        return notes + left_out_lines(self.exclusions)

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        text = table.to_string(index=False, float_format=lambda v: f"{v:.4g}") if self.terms else "No covariates."
        return "\n".join([f"{self.model}: {self.formula}", text, *self._notes()])

    def _repr_html_(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        return as_html(f"{self.model}: {self.formula}", table if self.terms else None, self._notes())
