"""The result of a regression of rates on the calendar: one immutable object with a tidy table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from clemency.figures.theme.look import plotted
from clemency.models.regression.coefficients import coefficient_table
from clemency.models.series.calendar import PER_YEAR
from clemency.models.series.counts import deviance
from clemency.records import dates as edtf
from clemency.records.arguments.signatures import typed
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted, left_out
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Shifts:
    """What placebo calendars need.

    Events per period of the span, shape (m,), the offsets with a coefficient, and the columns that stay, shape (n, q).
    """

    number: Floats
    offsets: tuple[int, ...]
    rest: Floats

    def falls(self, y: Floats, offset: Floats, place: Ints) -> dict[str, Floats]:
        """Fall of the deviance for leads and lags, with the events moved by 0, 1 ... periods, each of shape (m,)."""
        offsets, m = np.array(self.offsets), len(self.number)
        parts = {k: v for k, v in (("leads", offsets < 0), ("lags", offsets >= 0)) if v.any()}
        found = {k: np.zeros(m) for k in parts}
        for shift in range(m):
            E = np.roll(self.number, shift)[place[:, None] - offsets[None, :]]
            full = deviance(y, np.hstack([self.rest, E]), offset)
            for name, part in parts.items():
                found[name][shift] = deviance(y, np.hstack([self.rest, E[:, ~part]]), offset) - full
        return found


@dataclass(frozen=True, slots=True)
class Breaks:
    """What placebo breaks need: columns that stay, shape (n, q), whether the slope changes, the true first period."""

    rest: Floats
    slope: bool
    zero: int

    def falls(self, y: Floats, offset: Floats, place: Ints) -> dict[str, Floats]:
        """Fall of the deviance for a break at the true period, then at all others but those near the ends."""
        edge = max(2, len(place) // 8)
        others = [z for z in place[edge : len(place) - edge + 1] if z != self.zero]
        without = deviance(y, self.rest, offset)
        found = []
        for zero in (self.zero, *others):
            step = (place >= zero).astype(np.float64)
            added = [step, step * (place - zero)] if self.slope else [step]
            found.append(without - deviance(y, np.column_stack([self.rest, *added]), offset))
        return {"break": np.array(found)}


@dataclass(frozen=True, slots=True, eq=False)
class SeriesEstimate(FittedModel):
    """Result of `event_study` and `interrupted`.

    Attributes
    ----------
    kind : {"event study", "interrupted"}
    terms : tuple of str, length p
    coefficients : ndarray, shape (p,)
        Log rate ratios; -inf or NaN where there is no finite estimate, which `warnings` names.
    covariance : ndarray, shape (p, p)
    shown : tuple of str
        Terms of interest: leads and lags, or level and slope.
    tests : DataFrame
        ``test, statistic, df, df_resid, p_value``: Wald tests of the leads and of the lags (or of the break) together;
        F with ``df_resid`` degrees of freedom below, chi-squared where these are inf.
    frame : DataFrame
        One row per period in the fit: ``period, acts, months``, ``fitted`` acts, and ``n_events`` of an event study.
    support : DataFrame
        ``term, n, n_event``: periods with an event at that lag, and acts in them.
    exclusions : DataFrame
        ``item, reason``: periods and events left out.
    warnings : DataFrame
        ``term, n_event, message``.
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    place : ndarray of int, shape (n,)
        Position of each period of ``frame`` on the calendar.
    moves : Shifts or Breaks
        What :meth:`placebo` moves.
    """

    kind: str
    terms: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    shown: tuple[str, ...]
    tests: pd.DataFrame
    frame: pd.DataFrame
    support: pd.DataFrame
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float
    place: Ints = field(repr=False)
    moves: Shifts | Breaks = field(repr=False)

    effect = "rate ratio"

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients: ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.

        Parameters
        ----------
        exponentiate : bool
            Give rate ratios: ``estimate, ci_low, ci_high`` are exponentiated, the others stay those of their logs.

        Returns
        -------
        DataFrame
            Leads and lags in the order of time, or level and slope; then season and trend.
        """
        table = coefficient_table(
            self.terms,
            "",
            self.coefficients,
            np.sqrt(np.diag(self.covariance)),
            ci_level=self.ci_level,
            df=self.facts["df_resid"] if self.facts["small"] else np.inf,
            exponentiate=exponentiate,
        )
        order = [*self.shown, *[t for t in self.terms if t not in self.shown]]
        return table.set_index("term").loc[order].reset_index()

    def glance(self) -> pd.DataFrame:
        """One row: ``n`` periods, ``acts, person_months, n_coefficients, df_resid, loglik, aic, pearson, alpha`` ..."""
        return pd.DataFrame([self.facts])

    def placebo(self) -> pd.DataFrame:
        """Judge leads and lags against calendars in which the events are moved, a break against other breaks.

        All events are moved together by every number of periods, those that leave the span coming in at its beginning;
        a break is put at every period but those of the first and last eighth. The statistic is the fall of the Poisson
        deviance when the terms are added to all else; the p value is the share of calendars (breaks), the true one
        among them, with a fall at least as large.

        Returns
        -------
        DataFrame
            ``test, statistic, p_value, placebos``.

        Notes
        -----
        Its hypothesis is that acts have nothing to do with the calendar of events, before or after (with the date of
        the break). It needs no errors, and no large sample. Its p value is at least 1 / placebos.
        """
        rows = [(k, v[0], float(np.mean(v >= v[0] - 1e-6)), len(v)) for k, v in self.falls().items()]
        return pd.DataFrame(rows, columns=["test", "statistic", "p_value", "placebos"])

    def falls(self) -> dict[str, Floats]:
        """Statistics behind :meth:`placebo`: fall of the deviance by test, the true calendar (break) first."""
        y, months = self.frame["acts"].to_numpy(dtype=float), self.frame["months"].to_numpy(dtype=float)
        return self.moves.falls(y, np.log(months), self.place)

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Rate ratios by lag, or rates before and after the break with what the fit expects without it.

        Options: ``title, palette`` and of lags ``band``, of rates ``labels, time_unit``; see
        :class:`clemency.figures.Look`.
        """
        return self.drawn(self.tidy(exponentiate=True), self.frame, self.support, ax, options)

    def drawn(
        self,
        ratios: pd.DataFrame,
        frame: pd.DataFrame,
        support: pd.DataFrame,
        ax: Axes | None,
        options: Mapping[str, Any],
    ) -> Axes:
        """The figure of a table of ratios and a frame of rates, which may be those of several fits."""
        from clemency.figures import lag_plot, rates_line

        if self.kind == "interrupted":
            first = str(edtf.parse(self.facts["at"]).earliest)
            asked = plotted(options, rates_line)
            return rates_line(
                self._without_break(frame, ratios), at=first, ax=ax, note=self._notes().split("\n")[0], **asked
            )
        shown = ratios.merge(support, on="term")
        shown["lag"] = [int(t.split()[1]) * (1 if t.startswith("lag") else -1) for t in shown["term"]]
        base = self.facts["base"]
        return lag_plot(shown, base=base, freq=self.facts["freq"], ax=ax, **plotted(options, lag_plot))

    def _without_break(self, frame: pd.DataFrame, ratios: pd.DataFrame) -> pd.DataFrame:
        """Fitted acts as they would have been if rates had gone on as before the break."""
        ratio = ratios.set_index("term")["estimate"]
        assert isinstance(self.moves, Breaks)
        since = self.place - self.moves.zero
        years = since / PER_YEAR[self.facts["freq"]]
        after, change = since >= 0, ratio["level"] * ratio.get("slope", 1.0) ** years
        return frame.assign(counterfactual=frame["fitted"] / np.where(after, change, 1.0))

    def __repr__(self) -> str:
        return printed(f"{self.kind.capitalize()}, rate ratios ({self.facts['model']})", self.tidy(True), self._notes())

    def _notes(self) -> str:
        s = self.facts
        notes = [f"{counted(s['n'], 'period')}, {counted(s['acts'], 'act')}; errors: {errors_named(s)}."]
        notes += tests_told(self.tests)
        notes += [f"{r['term']}: {r['message']}.".removeprefix(": ") for r in self.warnings.to_dict("records")]
        notes += left_out(self.exclusions)
        return "\n".join(notes)

    def _repr_html_(self) -> str:
        return as_html("", as_ratios(self.tidy(True)), self._notes())


def as_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Exponentiated coefficients as they are shown."""
    return table.rename(columns={"estimate": "ratio"}).drop(columns="level")


def printed(head: str, table: pd.DataFrame, notes: str) -> str:
    """A head, exponentiated coefficients and notes as text."""
    return f"{head}\n{as_ratios(table).to_string(index=False, float_format='{:.4g}'.format)}\n{notes}"


def errors_named(summary: dict[str, Any]) -> str:
    """Name the errors of a series, and the distributions behind its tests."""
    law = "t and F" if summary["small"] else "normal and chi-squared"
    return f"Newey and West, {counted(summary['hac'], 'lag')}, {law}"


def tests_told(tests: pd.DataFrame) -> list[str]:
    """One line for each joint test."""
    lines = []
    for r in tests.to_dict("records"):
        p = "p < 0.001" if r["p_value"] < 0.001 else f"p = {r['p_value']:.3f}"
        result = f"statistic {r['statistic']:.3g} on {r['df']} df, {p}" if np.isfinite(r["p_value"]) else "no test"
        lines.append(f"{r['test']}: {result}.")
    return lines


def exact_break(table: pd.DataFrame, step: Floats) -> pd.DataFrame:
    """Exact test that the rates before and after are equal, given the acts in all and the time at risk."""
    y, months = table["acts"].to_numpy(), table["months"].to_numpy()
    after, share = round(float(y @ step)), float(months @ step / months.sum())
    p = stats.binomtest(after, round(float(y.sum())), share).pvalue
    return pd.DataFrame(
        [("break, exact", after, 1, np.nan, p)], columns=["test", "statistic", "df", "df_resid", "p_value"]
    )
