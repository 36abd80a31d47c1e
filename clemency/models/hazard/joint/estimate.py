"""The result of a joint model of acts and ends: one immutable object with a tidy table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import FOREST, plotted
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.regression.coefficients import SHOWN, coefficient_table
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.tables.hooks import FittedModel
from clemency.typing import Bools, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class JointFit:
    """A fitted joint model as data; q parameters, K ends.

    Attributes
    ----------
    kinds : tuple of str
        The act, then the ends.
    formulas : tuple of str
    parameters : ndarray, shape (q,)
        For acts and each end coefficients and log rates; then the powers alpha of the ends; then log theta.
    covariance : ndarray, shape (q, q)
    of : tuple of (str, str, str), length q
        Kind, term and level of each parameter; rates have the term ``"rate"``.
    is_coefficient : ndarray of bool, shape (q,)
    bands : DataFrame
        ``event, start, stop, n_event, person_time``.
    persons : DataFrame
        The id, ``n_event`` (acts), ``end`` ("" if none is known), ``frailty`` and ``spread`` (its mean and standard
        deviation given what happened).
    loglik_apart : float
        With the powers at zero: ends that have nothing to do with the frailty.
    exclusions, warnings : DataFrame
    facts : dict
    ci_level : float
    """

    kinds: tuple[str, ...]
    formulas: tuple[str, ...]
    parameters: Floats
    covariance: Floats
    of: tuple[tuple[str, str, str], ...]
    is_coefficient: Bools
    bands: pd.DataFrame
    persons: pd.DataFrame = field(repr=False)
    loglik_apart: float
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float


class JointFrailty(FittedModel, JointFit):
    """A fitted joint model of recurrent acts and of what ends a history.

    Its attributes are those of :class:`JointFit`.
    """

    __slots__ = ()

    def _table(self, rows: Any, exponentiate: bool) -> pd.DataFrame:
        kinds, terms, levels = (tuple(self.of[j][k] for j in rows) for k in range(3))
        error = np.sqrt(np.diag(self.covariance)[rows])
        table = coefficient_table(
            terms, levels, self.parameters[rows], error, ci_level=self.ci_level, exponentiate=exponentiate
        )
        table.insert(0, "event", kinds)
        return table

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients of acts and of each end.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios of persons with equal frailties; ``std_error`` and ``statistic`` stay those of the
            logarithm.

        Returns
        -------
        DataFrame
            ``event, term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.
        """
        return self._table(np.flatnonzero(self.is_coefficient), exponentiate)

    def heterogeneity(self) -> pd.DataFrame:
        """How persons differ, and how ends go with it.

        Returns
        -------
        DataFrame
            ``term`` (``"theta"``, then ``"alpha"`` for each end in ``event``), ``estimate, std_error, statistic,
            p_value, ci_low, ci_high``. Limits of theta are symmetric on its logarithm, and it has no test here. An
            alpha above zero: those who have more acts meet this end sooner.
        """
        K = len(self.kinds) - 1
        table = self._table(np.arange(len(self.parameters) - 1 - K, len(self.parameters)), False)
        last = table.index[-1]
        theta = float(np.exp(self.parameters[-1]))
        for c in ("estimate", "ci_low", "ci_high"):
            table.loc[last, c] = np.exp(table.loc[last, c])
        table.loc[last, ["std_error", "statistic", "p_value"]] = [theta * table.loc[last, "std_error"], np.nan, np.nan]
        order = [last, *(i for i in table.index if i != last)]
        return table.drop(columns="level").loc[order].reset_index(drop=True)

    def glance(self) -> pd.DataFrame:
        """One row.

        Returns
        -------
        DataFrame
            ``n`` spells, ``n_persons``, ``n_<event>`` of each kind, ``person_months`` (or ``person_time, time_unit``),
            ``theta, loglik, df, aic, bic`` (by persons), ``excluded``.
        """
        return pd.DataFrame([self.facts])

    def baseline(self) -> pd.DataFrame:
        """Rates of acts and ends in each band, at a frailty of one and zero or reference covariates.

        Returns
        -------
        DataFrame
            ``event, start, stop, n_event, person_time, rate, std_error`` (of its logarithm), ``ci_low, ci_high``.
        """
        rows = np.flatnonzero([term == "rate" for _, term, _ in self.of])
        error = np.sqrt(np.diag(self.covariance)[rows])
        half = special.ndtri((1 + self.ci_level) / 2) * error
        log = self.parameters[rows]
        columns = {"rate": np.exp(log), "std_error": error, "ci_low": np.exp(log - half), "ci_high": np.exp(log + half)}
        return self.bands.assign(**columns)

    def frailties(self) -> pd.DataFrame:
        """Frailty of each person, given what happened.

        Returns
        -------
        DataFrame
            The id, ``n_event`` (acts), ``end`` ("" if none is known), ``frailty`` (mean), ``spread`` (standard
            deviation).
        """
        return self.persons.copy()

    def check(self) -> pd.DataFrame:
        """Test that no end has anything to do with the frailty (all alpha zero), by the likelihood ratio.

        Returns
        -------
        DataFrame
            ``test, statistic, df, p_value``. Where it rejects, a model of acts alone that takes ends for censoring is
            wrong.
        """
        statistic = max(2 * (self.facts["loglik"] - self.loglik_apart), 0.0)
        df = len(self.kinds) - 1
        row = {"test": "ends apart from the frailty", "statistic": statistic, "df": df}
        return pd.DataFrame([row | {"p_value": float(special.chdtrc(df, statistic))}])

    @typed
    def with_level(self, ci_level: float) -> JointFrailty:
        """Give the same estimate with limits at another level."""
        return replace(self, ci_level=check_level(ci_level))

    @typed
    def plot(self, ax: Axes | None = None, *, event: str | None = None, **options: Any) -> Axes:
        """Draw the hazard ratios of one kind of event (the act, if none is named) as a forest plot."""
        from clemency.figures.estimates.forests import forest

        kind = self.kinds[0] if event is None else event
        if kind not in self.kinds:
            raise UsageError(f"event={event!r} is not one of: {', '.join(self.kinds)}")
        table = self.tidy(exponentiate=True)
        table = table[table["event"] == kind].drop(columns="event")
        if table.empty:
            raise UsageError(f"'{kind}' has no covariates, so that there is no ratio to draw")
        return forest(table, ax=ax, **{"ratio": f"hazard ratio, {kind}", **plotted(options, forest, also=FOREST)})

    def _notes(self) -> list[str]:
        s, h = self.facts, self.heterogeneity()
        first = h.iloc[0]
        powers = "; ".join(
            f"{r.event} {r.estimate:.3g} ({r.ci_low:.3g} to {r.ci_high:.3g})" for r in h.iloc[1:].itertuples()
        )
        p = self.check()["p_value"].iloc[0]
        notes = [
            f"Variance of the frailties of {s['n_persons']} persons: theta = {first['estimate']:.4g} "
            f"({first['ci_low']:.3g} to {first['ci_high']:.3g}). Powers of the frailty in the ends: {powers}; test of "
            f"none p = {p:.3g}. Limits: {self.ci_level:.0%}. Log-likelihood {s['loglik']:.2f}.",
        ]
        return notes + self.warnings["message"].tolist() + left_out_lines(self.exclusions)

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        text = table.to_string(index=False, float_format=lambda v: f"{v:.4g}") if len(table) else "No covariates."
        return "\n".join([self._title(), text, *self._notes()])

    def _title(self) -> str:
        ends, formulas = " and ".join(self.kinds[1:]), "; ".join(dict.fromkeys(self.formulas))
        return f"Joint model of {self.kinds[0]} with {ends}: {formulas}"

    def _repr_html_(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        return as_html(self._title(), table if len(table) else None, self._notes())
