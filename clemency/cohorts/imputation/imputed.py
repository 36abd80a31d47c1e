"""Tables with partial dates -> several cohorts, each with days drawn in the cases' own order."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from clemency.cohorts.cohort import Cohort
from clemency.cohorts.exposure.windows import EACH_TYPE
from clemency.cohorts.imputation.days import read_dates
from clemency.cohorts.rules import Rules
from clemency.records.arguments.beforehand import seed_problem
from clemency.records.arguments.days import Lasting
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError

DEFAULT_M = 20

#: Functions that fit every imputation and pool.
TAKEN_WHOLE = (
    *("cox", "shared_frailty", "fine_gray", "occurrence", "rates", "survival", "incidence", "recurrence"),
    *("logrank", "gray_test"),
    *("nelson_aalen", "multistate", "transition_cox", "parametric", "concordance", "accuracy", "pseudovalues"),
    *("placebo", "event_study", "interrupted", "leave_out", "specifications", "months_saved"),
    *("treatment_weights", "risk_set_match", "sequential_trials", "event_trials"),
)


@dataclass(frozen=True, slots=True)
class ImputedCohort:
    """Result of ``cohort(..., dates="impute")``: one cohort for every draw of the days that partial dates mean.

    Estimating functions that take it fit each of its cohorts and pool the estimates by Rubin's rules; its own methods
    apply those of `Cohort` to each.

    Attributes
    ----------
    cohorts : tuple of Cohort, length m
    seed : int
    rules : Rules
        The arguments with which it was made.
    intervals : DataFrame
        ``date, known, partial, median_days, longest_days, open``: dates of each column, those that were drawn, how long
        their intervals are, and those with an open end, which count as unknown.

    Notes
    -----
    `cox`, `fine_gray` and `occurrence` then give a `Pooled` estimate, `survival`, `incidence` and `recurrence`
    `ImputedCurves`, `rates` `ImputedRates`, `logrank` and `gray_test` an `ImputedTest`, `event_study` and `interrupted`
    an `ImputedSeries`, `months_saved` `ImputedMonthsSaved`, `treatment_weights` `ImputedWeights`, `risk_set_match`
    `ImputedMatched`, `sequential_trials` and `event_trials` `ImputedTrials`; `placebo`, `leave_out` and
    `specifications` give what they always do. Functions that are not named in `TAKEN_WHOLE` refuse it. How days are
    drawn and what they are worth is in ``docs/partial-dates.md``.

    Examples
    --------
    >>> import clemency as cl
    >>> cases, acts = cl.load("cases"), cl.load("acts")
    >>> acts_of = ["sentence_reduction", "medical_parole"]
    >>> imputed = cl.cohort(cases, acts, outcome=acts_of, dates="impute", m=3, seed=1)
    >>> cl.cox(imputed, "sex", outcome="medical_parole").tidy().columns[-3:].tolist()
    ['df', 'riv', 'fmi']
    >>> len(imputed.where(lambda s: s["sex"] == "F", "not a woman").cohorts)
    3
    """

    cohorts: tuple[Cohort, ...]
    seed: int
    rules: Rules
    intervals: pd.DataFrame

    @property
    def m(self) -> int:
        """Number of imputations."""
        return len(self.cohorts)

    @property
    def events(self) -> list[str]:
        """Levels of ``event`` other than censoring."""
        return self.cohorts[0].events

    @property
    def exclusions(self) -> pd.DataFrame:
        """Columns ``case_id, reason, n_imputations``: in how many imputations a case is left out, and why."""
        every = pd.concat([c.exclusions for c in self.cohorts], ignore_index=True)
        return every.groupby(["case_id", "reason"], sort=False).size().reset_index(name="n_imputations")

    @property
    def warnings(self) -> pd.DataFrame:
        """What the tables hold that cannot be true: see :class:`Cohort`."""
        return self.cohorts[0].warnings

    @property
    def spells(self) -> NoReturn:
        """There is no one table of spells: see ``cohorts``."""
        raise UsageError(
            f"This cohort has {self.m} imputations and no single table of spells. These functions take it whole: "
            f"{', '.join(TAKEN_WHOLE)}. With any other, fit each of its .cohorts; cl.pool() joins regressions by "
            "Rubin's rules."
        )

    @typed
    def describe(self, by: str | None = None) -> pd.DataFrame:
        """One row per ``imputation`` (and frame), with the columns of :meth:`Cohort.describe`."""
        return self._tables(lambda c: c.describe(by))

    @typed
    def excluded(self) -> pd.DataFrame:
        """Reasons with the number of cases left out: ``reason, always``, in every imputation, ``sometimes``."""
        whole = self.exclusions.assign(always=lambda d: d["n_imputations"] == self.m)
        whole["sometimes"] = ~whole["always"]
        found = whole.groupby("reason")[["always", "sometimes"]].sum().reset_index()
        return found.sort_values("always", ascending=False, kind="stable", ignore_index=True)

    @typed
    def person_time(self, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Cases, person-months and events by groups and ``imputation``: see :meth:`Cohort.person_time`."""
        return self._tables(lambda c: c.person_time(by))

    @typed
    def panel(self, freq: str = "Q") -> pd.DataFrame:
        """Person-periods of every ``imputation``: see :meth:`Cohort.panel`."""
        return self._tables(lambda c: c.panel(freq))

    @typed
    def where(self, mask: Callable[[pd.DataFrame], pd.Series], reason: str) -> ImputedCohort:
        """Keep some spells: see :meth:`Cohort.where`.

        Parameters
        ----------
        mask : callable
            Function of ``spells`` that gives one bool per row, since each imputation has spells of its own.
        reason : str
            Why the others are left out.

        Returns
        -------
        ImputedCohort

        Raises
        ------
        UsageError
            For a mask that is no function.
        """
        if not callable(mask):
            raise UsageError(
                "Each imputation has spells of its own: give mask as a function, lambda s: s['sex'] == 'F'."
            )
        return self._each(lambda c: c.where(mask(c.spells), reason))

    @typed
    def with_covariates(self, frame: pd.DataFrame, on: str = "case_id") -> ImputedCohort:
        """Add columns of another frame: see :meth:`Cohort.with_covariates`."""
        return self._each(lambda c: c.with_covariates(frame, on))

    @typed
    def assign(self, **columns: Any | Callable[[pd.DataFrame], Any]) -> ImputedCohort:
        """Add or replace columns of the spells by functions of them, or by one value: see :meth:`Cohort.assign`.

        Raises
        ------
        UsageError
            For arrays, which cannot fit the spells of every imputation.
        """
        arrays = [k for k, v in columns.items() if not callable(v) and not pd.api.types.is_scalar(v)]
        if arrays:
            raise UsageError(
                f"Each imputation has spells of its own: give {', '.join(arrays)} as a function of spells."
            )
        return self._each(lambda c: c.assign(**columns))

    @typed
    def gap_time(self) -> ImputedCohort:
        """Start the clock anew at each act: see :meth:`Cohort.gap_time`."""
        return self._each(Cohort.gap_time)

    @typed
    def split(self, calendar: str | None = None, clock: Iterable[float] | None = None) -> ImputedCohort:
        """Cut spells at calendar periods or at months of the clock: see :meth:`Cohort.split`."""
        months = None if clock is None else list(clock)
        return self._each(lambda c: c.split(calendar, months))

    @typed
    def expose(
        self,
        events: pd.DataFrame,
        window: Lasting = "180D",
        by: str | None = EACH_TYPE,
        name: str | None = None,
    ) -> ImputedCohort:
        """Mark the time after events as exposed: see :meth:`Cohort.expose`. The events' own dates are not drawn."""
        return self._each(lambda c: c.expose(events, window, by, name))

    @typed
    def expose_from(self, frame: pd.DataFrame, date: str, **options: Any) -> ImputedCohort:
        """Mark time from a day of each case's own: see :meth:`Cohort.expose_from`. Those days are not drawn."""
        return self._each(lambda c: c.expose_from(frame, date, **options))

    def _each(self, change: Callable[[Cohort], Cohort]) -> ImputedCohort:
        return replace(self, cohorts=tuple(change(c) for c in self.cohorts))

    def _tables(self, table: Callable[[Cohort], pd.DataFrame]) -> pd.DataFrame:
        parts = [table(c) for c in self.cohorts]
        for number, part in enumerate(parts, 1):
            part.insert(0, "imputation", number)
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        d = self.describe()
        counts = ", ".join(f"{_span(d[e])} {e}" for e in self.events)
        left = self.exclusions.groupby("case_id")["n_imputations"].sum()
        return (
            f"{self.m} imputations of partial dates (seed {self.seed}), each a cohort of {_span(d['n_cases'])} cases, "
            f"{_span(d['person_months'])} person-months since {self.rules.clock} ({self.rules.follow_up} follow-up): "
            f"{counts}; {int((left == self.m).sum())} cases excluded from all, {int((left < self.m).sum())} from some"
        )

    def _repr_html_(self) -> str:
        tables = [
            ("Dates that were drawn", self.intervals),
            ("Over the imputations", self.describe().drop(columns="imputation").agg(["min", "median", "max"]).T),
            ("Cases left out, by reason: in all imputations, in some", self.excluded()),
        ]
        parts = [f"<p>{html.escape(repr(self))}</p>"]
        for title, table in tables:
            body = table.to_html(index="median" in table, border=0, float_format="{:,.1f}".format)
            parts.append(f"<p>{title}</p>{body}")
        return "".join(parts)


def _span(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return f"{low:,.0f}" if f"{low:,.0f}" == f"{high:,.0f}" else f"{low:,.0f} to {high:,.0f}"


def check_draws(dates: str, m: int | None, seed: int | None) -> tuple[int, int] | None:
    """Number of imputations and seed; None where dates are not drawn.

    Raises
    ------
    UsageError
        For a missing or impossible seed, fewer than two imputations, and for either argument with another rule.
    """
    if dates != "impute":
        if m is not None or seed is not None:
            raise UsageError(
                f"m= and seed= have no effect with dates={dates!r}: leave them out, or write dates='impute'."
            )
        return None
    whole = (int, np.integer)
    if seed is None or seed_problem("seed", seed) or seed >= 2**63:
        raise UsageError("dates='impute' draws at random: name a whole number of zero or more, such as seed=1.")
    m = DEFAULT_M if m is None else m
    if not isinstance(m, whole) or isinstance(m, bool) or m < 2:
        raise UsageError(
            f"m={m!r} must be a whole number of two or more: the spread between draws is part of the error."
        )
    return int(m), int(seed)


def impute(
    cases: pd.DataFrame,
    acts: pd.DataFrame,
    rules: Rules,
    draws: tuple[int, int],
    make: Callable[[pd.DataFrame, pd.DataFrame, Rules], Cohort],
) -> ImputedCohort:
    """Draw days, and make a cohort of each draw.

    Parameters
    ----------
    cases, acts : DataFrame
        Checked, with a fresh index.
    rules : Rules
    draws : (int, int)
        Number of imputations, and seed.
    make : callable
        Cohort of cases and acts whose dates are days.

    Returns
    -------
    ImputedCohort
    """
    m, seed = draws
    dates = read_dates(cases, acts)
    cohorts = tuple(make(*dates.drawn(seed, number), rules) for number in range(m))
    return ImputedCohort(cohorts, seed, rules, dates.intervals)
