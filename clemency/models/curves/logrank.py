"""Spells in groups -> tests that the groups share one hazard (log-rank) or one cumulative incidence (Gray).

Both count, at every event time, how many of each group are at risk and how many have the event; everything else is
sums over these tables, shape (D, K), for K groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.curves.checks import refuse_recurrent, uncompared
from clemency.models.curves.comparisons import (
    HazardTables,
    IncidenceTables,
    Tables,
    TimeWeights,
    Weighting,
    count_at_risk,
    count_events,
    pairs_of_groups,
    quadratic_form,
    trend_of_groups,
)
from clemency.models.imputation.grouptests import pool_tests
from clemency.models.imputation.repeated import over_imputations
from clemency.models.kernel.riskset import risk_sets
from clemency.models.modelframe.arguments import summed
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import Table, as_table
from clemency.models.modelframe.history import History, Names, history
from clemency.models.modelframe.history import left_out as rows_left_out
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Bools, Floats

_SEVERAL = (
    "the test takes events as independent, and those of one person are not. Use cl.cox(), which clusters on the "
    "person, or cl.recurrence(by=...).difference() for mean numbers; recurrent=False compares the times to the first "
    "act."
)


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """Result of `logrank` and `gray_test`.

    Attributes
    ----------
    name : str
        Such as ``"log-rank test"``.
    statistic : float
        Chi-squared under the hypothesis that the groups do not differ.
    df : int
        Number of independent differences between groups.
    groups : DataFrame
        ``<by columns>, n, n_event, observed, expected``: one row per group. ``observed`` and ``expected`` are weighted
        as the test and the cases are; without weights ``observed`` is the number of events.
    difference : ndarray, shape (K,)
        Observed less expected (for Gray's test its score), group by group.
    covariance : ndarray, shape (K, K)
        Of ``difference``.
    facts : dict
        The content of :meth:`glance`.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    warnings : DataFrame
        ``group, message``: groups that are not compared, as no row of theirs is left, or as nobody of them was at risk
        beside another group at an event.
    tables : Tables
        Numbers at risk and of events, from which pairs of groups are compared.
    """

    __test__: ClassVar[bool] = False  # pytest takes classes of this name for tests

    name: str
    statistic: float
    df: int
    groups: pd.DataFrame
    difference: Floats
    covariance: Floats
    facts: dict[str, Any]
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    tables: Tables = field(repr=False)

    @property
    def p_value(self) -> float:
        """Probability of a statistic at least this large if the groups do not differ."""
        return float(special.chdtrc(self.df, self.statistic))

    def tidy(self) -> pd.DataFrame:
        """One row: ``statistic, df, p_value``."""
        return pd.DataFrame({"statistic": [self.statistic], "df": [self.df], "p_value": [self.p_value]})

    def glance(self) -> pd.DataFrame:
        """One row: ``test, outcome, n, events, person_months, groups, strata, rho, gamma``.

        A frame has ``person_time, time_unit`` in place of ``person_months`` unless its unit is the month.
        """
        return pd.DataFrame([self.facts])

    @typed
    def pairs(self, adjust: str = "holm") -> pd.DataFrame:
        """Compare each two groups by themselves, with p values corrected for their number.

        Parameters
        ----------
        adjust : {"holm", "bonferroni", "bh", "none"}
            Holm's and Bonferroni's corrections bound the chance of any false difference, Benjamini and Hochberg's
            (``"bh"``) the share of false ones among those found.

        Returns
        -------
        DataFrame
            ``group, other, statistic, p_value, p_adjusted``: chi-squared on one degree of freedom, missing for two
            groups that are never at risk together at an event, which count for nothing in the correction.

        Notes
        -----
        Each is the same test of the rows of these two groups alone, so that its weights (numbers at risk, pooled
        survival) are theirs too.
        """
        return pairs_of_groups(self.tables, self._names(), adjust)

    @typed
    def trend(self, scores: Any = None) -> pd.DataFrame:
        """Test whether events come sooner or later as a score of the groups rises.

        Parameters
        ----------
        scores : mapping of str to float, optional
            Number of each group. By default groups that are numbers are their own scores, and those of an ordered
            categorical count 1, 2, 3 ...

        Returns
        -------
        DataFrame
            One row, ``statistic, p_value``: a standard normal statistic, positive where more events than expected go
            with higher scores.

        Notes
        -----
        (s'D)^2 / s'Vs, with D the differences of observed and expected events and V their covariance [1]_. It sees a
        trend and nothing else.

        References
        ----------
        .. [1] R. E. Tarone (1975), Tests for trend in life table analysis, Biometrika 62:679-682.
        """
        return trend_of_groups(self.difference, self.covariance, self.groups.iloc[:, :-4], scores)

    def _names(self) -> list[str]:
        return [", ".join(str(v) for v in row) for row in self.groups.iloc[:, :-4].itertuples(index=False)]

    def __repr__(self) -> str:
        head = f"{self.name}: {self.statistic:.4g} on {self.df} df, p = {self.p_value:.3g}"
        return "\n".join([head, self.groups.to_string(index=False), *self._notes()])

    def _repr_html_(self) -> str:
        head = f"{self.name.capitalize()}: {self.statistic:.3f} on {self.df} df, p = {self.p_value:.3g}"
        return as_html(head, self.groups, self._notes(), "{:.3f}")

    def _notes(self) -> list[str]:
        notes_of_groups = [f"{r.group}: {r.message}.".removeprefix(": ") for r in self.warnings.itertuples()]
        return notes_of_groups + left_out_lines(self.exclusions)


@over_imputations(pool_tests)
@typed
def logrank(
    data: Any,
    *,
    by: str | Sequence[str],
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    strata: Names = None,
    weights: str | None = None,
    weighting: Weighting = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
) -> Test:
    """Test whether groups have the same hazard: the log-rank test and its weighted versions.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        Spells (entry, exit]. A cohort supplies ``entry``, ``exit`` and ``event``.
    by : str or sequence of str
        Columns whose combinations are the groups.
    exit, event, entry : str, optional
        Columns of a data frame. Without ``entry`` who leaves at 0 counts, as in R; with it, and in a cohort, spells
        without length are left out.
    outcome : str, optional
        Kind of event; needed where there are several. The test is then of its cause-specific hazard, the other kinds
        counting as censored. For its cumulative incidence see `gray_test`.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored and each word is a kind of event.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count, for labels and names; a cohort counts months.
    strata : str or sequence of str, optional
        Groups are compared within strata and the differences added up.
    weights : str, optional
        Column of case weights: whole numbers, each of which says how many cases a row stands for.
    weighting : {"logrank", "gehan", "tarone-ware", "peto"}
        How much an event time counts: all alike; by the number at risk, n (Gehan's generalised Wilcoxon test); by its
        root; or by Peto and Peto's estimate of survival, the product of 1 - d/(n + 1) up to that time [3]_. The later
        ones stress early differences, Gehan's the more, the more are censored.
    rho, gamma : float
        Weight of each event time, S(t-)^rho (1 - S(t-))^gamma, with S the Kaplan-Meier estimate of all groups together
        in the stratum [2]_: ``rho=1`` for early differences (R's version of Peto and Peto's test), ``gamma=1`` for
        late ones.

    Returns
    -------
    Test

    Raises
    ------
    UsageError
        With fewer than two groups; with several kinds of event and none named; where no two groups are ever at risk
        together at an event; for a negative ``rho`` or ``gamma``, or one beside another ``weighting``; for weights
        that are not whole numbers; for a cohort that follows cases after an event.

    Notes
    -----
    Events at the same time are taken as drawn without replacement from those at risk (hypergeometric variance), so the
    statistic is that of the score test of Cox's model with exact ties. Spells that follow each other count as one. The
    test takes events as independent: where people have several, use `cox` with ``cluster=``. A cohort shows that its
    cases have several, and is refused; a frame does not.

    References
    ----------
    .. [1] N. Mantel (1966), Cancer Chemotherapy Reports 50:163-170; R. Peto and J. Peto (1972), JRSS A 135:185-207.
    .. [2] T. R. Fleming and D. P. Harrington (1991), Counting Processes and Survival Analysis, chapter 7.
    .. [3] E. A. Gehan (1965), Biometrika 52:203-223; R. E. Tarone and J. Ware (1977), Biometrika 64:156-160; J. P.
       Klein and M. L. Moeschberger (2003), Survival Analysis, 2nd ed., section 7.3.

    Examples
    --------
    >>> import pandas as pd
    >>> act = [1, 1, 1, 0, 1, 0, 1, 0]
    >>> spells = pd.DataFrame({"months": [3, 5, 7, 9, 4, 8, 11, 13], "act": act, "where": [*"aaaabbbb"]})
    >>> logrank(spells, by="where", exit="months", event="act").tidy().round(4)
       statistic  df  p_value
    0     1.3933   1   0.2379
    """
    for name, power in (("rho", rho), ("gamma", gamma)):
        if not 0 <= power < np.inf:
            raise UsageError(f"{name} must be zero or more, not {power!r}")
    if weighting not in _TESTS:
        raise UsageError(f"weighting={weighting!r} is not one of: {', '.join(_TESTS)}.")
    if weighting != "logrank" and (rho or gamma):
        raise UsageError(f"rho= and gamma= are weights too: leave them out, or weighting={weighting!r}.")
    given = as_table(data)
    read: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "censored": censored, "time_unit": time_unit}
    h = history(given, **read, strata=strata, by=by, weights=weights)
    refuse_recurrent(given, h, _SEVERAL)
    is_event, weight = _grouped(h, outcome), _numbers_of_cases(h)
    sets = risk_sets(h.entry, h.exit, is_event, h.strata.code)
    counts = (
        count_at_risk(sets, h.groups.code, len(h.groups), weight),
        count_events(sets, h.groups.code, is_event, len(h.groups), weight),
    )
    name = _TESTS[weighting]
    if rho or gamma:
        name = f"Fleming-Harrington test, rho = {rho:g}, gamma = {gamma:g}"
    tables = HazardTables(sets, *counts, TimeWeights(weighting, rho, gamma))
    return _result(given, h, tables, _Asked(name, outcome or h.outcomes[0], is_event, rho, gamma))


_TESTS: dict[str, str] = {
    "logrank": "log-rank test",
    "gehan": "Gehan's test",
    "tarone-ware": "Tarone and Ware's test",
    "peto": "Peto and Peto's test",
}


def _numbers_of_cases(h: History) -> Floats | None:
    """Weights, if they are numbers of cases, for which alone the variance of the test holds."""
    if not h.counted:
        raise UsageError(
            f"the weights ('{h.columns['weights']}') are not whole numbers, so that the variance of the test does not "
            "hold: compare the groups with cl.cox(..., weights=), whose errors are robust then."
        )
    return h.weight


@over_imputations(pool_tests)
@typed
def gray_test(
    data: Any,
    *,
    by: str | Sequence[str],
    outcome: str,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    id: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    strata: Names = None,
    rho: float = 0.0,
) -> Test:
    """Test whether groups have the same cumulative incidence of one of several competing events.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        A cohort supplies ``entry``, ``exit``, ``event`` and ``case_id`` as ``id``.
    by : str or sequence of str
        Columns whose combinations are the groups.
    outcome : str
        The event whose incidence is compared; all other events compete.
    exit, event : str, optional
        Columns of a data frame. Without ``entry`` who leaves at 0 counts, as in ``cmprsk::cuminc``.
    entry, id : str, optional
        Only where a case has several spells, which must follow each other from 0 on: ``id`` says which are one case's.
    censored : str or None
    time_unit : str, optional
        As for `logrank`.
    strata : str or sequence of str, optional
        Groups are compared within strata and the differences added up.
    rho : float
        Weight of each event time, (1 - F(t-))^rho, with F the incidence of all groups together.

    Returns
    -------
    Test
        ``expected`` in its ``groups`` is the number of events if the groups had one subdistribution hazard.

    Raises
    ------
    UsageError
        Under delayed entry, for which Gray's test is not defined, and where cases change group: `fine_gray` with the
        groups as covariate compares them then. Otherwise as `logrank`.

    Notes
    -----
    Equal to ``Tests`` of ``cuminc`` in R's cmprsk. Without competing events it differs from the log-rank test by its
    estimate of the variance.

    References
    ----------
    R. J. Gray (1988), Annals of Statistics 16:1141-1154.

    Examples
    --------
    >>> import pandas as pd
    >>> end = ["act", "act", "death", "censored", "act", "death", "act", "act", "death", "censored"]
    >>> spells = pd.DataFrame({"months": [2, 3, 4, 6, 7, 3, 5, 8, 9, 11], "end": end, "where": [*"aaaaabbbbb"]})
    >>> gray_test(spells, by="where", exit="months", event="end", outcome="act").tidy()["df"].item()
    1
    """
    if not np.isfinite(rho):
        raise UsageError(f"rho must be a number, not {rho!r}")
    given = as_table(data)
    id = id or given.case
    read: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "censored": censored, "time_unit": time_unit}
    h = history(given, **read, strata=strata, by=by, cluster=id)
    refuse_recurrent(given, h, _SEVERAL)
    is_event = _grouped(h, outcome)
    _refuse_delay(h, id)
    K = len(h.groups)
    sets = risk_sets(h.entry, h.exit, h.event > 0, h.strata.code)
    at_risk = count_at_risk(sets, h.groups.code, K)
    n_event, n_competing = (
        count_events(sets, h.groups.code, which, K) for which in (is_event, (h.event > 0) & ~is_event)
    )
    tables = IncidenceTables(sets, at_risk, n_event, n_competing, rho)
    name = "Gray's test" if rho == 0 else f"Gray's test, rho = {rho:g}"
    return _result(given, h, tables, _Asked(name, outcome, is_event, rho, 0.0))


def _grouped(h: History, outcome: str | None) -> Bools:
    if outcome is not None and not isinstance(outcome, str):
        raise UsageError(f"outcome must name one event, not {outcome!r}")
    is_event = h.has(outcome)
    if len(h.groups) < 2:
        raise UsageError(
            f"by={', '.join(h.groups.columns) or None} gives {len(h.groups)} group: a test needs two or more"
            f"{f'; {rows_left_out(h)}' if len(h.exclusions) else ''}"
        )
    if not is_event.any():
        raise UsageError("no such event in the data: there is nothing to compare")
    return is_event


def _refuse_delay(h: History, id: str | None) -> None:
    """Accept later entries only where they continue an earlier spell of the case in its group."""
    if h.entry is None or not (h.entry > 0).any():
        return
    remedy = (
        'Gray\'s test is not defined for it. Make the cohort with clock="sentence", on which nobody enters late, '
        "or compare the groups with cl.fine_gray(data, formula, outcome=...)."
    )
    if id is None:
        raise UsageError(f"Some spells enter after 0 (delayed entry): {remedy}")
    case = h.clusters[0]
    order = np.lexsort((h.exit, case))
    same = np.r_[False, case[order][1:] == case[order][:-1]]
    previous = np.roll(order, 1)
    joined = same & (h.exit[previous] == h.entry[order]) & (h.event[previous] == 0)
    joined &= (h.groups.code[previous] == h.groups.code[order]) & (h.strata.code[previous] == h.strata.code[order])
    if not (joined | (h.entry[order] == 0)).all():
        raise UsageError(f"Some cases enter after 0 (delayed entry) or change group: {remedy}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is tested: name of the test, outcome, which spells ended in it, and the powers of the weights."""

    test: str
    outcome: str
    event: Bools
    rho: float
    gamma: float


def _result(given: Table, h: History, tables: Tables, asked: _Asked) -> Test:
    comparison = tables.compare(np.arange(len(h.groups)))
    difference = comparison.observed - comparison.expected
    statistic, df = quadratic_form(difference, comparison.covariance)
    K, code = len(h.groups), h.groups.code
    groups = h.groups.levels.assign(
        n=np.bincount(code, minlength=K),
        n_event=np.bincount(code[asked.event], minlength=K),
        observed=comparison.observed,
        expected=comparison.expected,
    )
    summary = {
        "test": asked.test,
        "outcome": asked.outcome,
        "n": len(h),
        "events": int(asked.event.sum()),
        **summed(h.person_time, h.unit),
        "groups": K,
        "strata": len(h.strata),
        "rho": asked.rho,
        "gamma": asked.gamma,
    }
    warnings = uncompared(given, h, comparison.covariance)
    covariance = comparison.covariance
    return Test(asked.test, statistic, df, groups, difference, covariance, summary, h.exclusions, warnings, tables)
