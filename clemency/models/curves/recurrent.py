"""Spells of people who may have several acts -> the mean number of acts per person by time, with terminal events."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.figures.theme.wording import words
from clemency.models.curves.aalenjohansen import alone, at_time, robust_covariance, robust_errors
from clemency.models.curves.counting import (
    CountingCurves,
    check_scale,
    differences,
    draw,
    tabulated,
    times_shown,
    values_at,
)
from clemency.models.imputation.curves import pool_curves
from clemency.models.imputation.repeated import over_imputations
from clemency.models.kernel.paths import Path
from clemency.models.kernel.riskset import at_events, risk_sets, within_stratum
from clemency.models.kernel.wideweights import weight_at_risk
from clemency.models.modelframe.arguments import check_level, hundred_years, summed
from clemency.models.modelframe.exclusions import column_names
from clemency.models.modelframe.groups import levels_of
from clemency.models.modelframe.history import History, history, refuse_taken
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.curvetext import curve_lines
from clemency.records.presentation.markup import as_html
from clemency.typing import Bools, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


ACTS = "acts"
COLUMNS = (
    *("time", "outcome", "at_risk", "n_event", "estimate", "std_error", "ci_low", "ci_high", "reference", "n"),
    *("n_cases", "person_months", "person_time", "time_unit", "events", "terminal", "rate", "statistic", "p_value"),
)


def mean_number(h: History, act: Bools, terminal: Bools) -> Path:
    """Estimate the mean number of acts of each group.

    Parameters
    ----------
    h : History
        Spells; a person's spells do not overlap.
    act, terminal : ndarray of bool, shape (n,)
        How each spell ended.

    Returns
    -------
    Path
        Its ``estimate`` is the mean number at each time of an act or terminal end, its ``before`` the share of people
        without a terminal end just before.

    Notes
    -----
    With Y(u) at risk, dN(u) acts, dD(u) terminal ends and S the product-limit estimate for terminal ends, the mean is
    the sum of S(u-) dN(u) / Y(u): somebody who has died or left has no more acts, and is not treated as censored.
    """
    sets = risk_sets(h.entry, h.exit, act | terminal, h.groups.code)
    at_risk, n_ending, n_free = weight_at_risk(sets, h.weight, terminal)
    acts = at_events(sets, h.weight, act)
    before = np.ones(len(at_risk))
    for i, j in itertools.pairwise(sets.first):
        before[i + 1 : j] = np.cumprod(
            1 - n_ending[i:j] / at_risk[i:j] if h.weight is None else n_free[i:j] / at_risk[i:j]
        )[:-1]
    return Path(
        sets, at_risk, n_ending, n_free, acts, before, within_stratum(sets, before * acts / at_risk), act, terminal
    )


class Recurrence(CountingCurves):
    """Result of `recurrence`: mean numbers of acts as step functions.

    Its attributes are those of :class:`CountingCurves`; ``outcome`` is the kind of event, or ``"acts"`` for several
    kinds and a column of 0 and 1. ``warnings`` also names kinds of event that are neither counted nor terminal. The
    clusters of ``history`` are the column of `id` and the one that errors are clustered on.
    """

    __slots__ = ()

    def tidy(self) -> pd.DataFrame:
        """Columns ``time, outcome, <by>, at_risk, n_event, estimate, std_error, ci_low, ci_high``."""
        return self.table.copy()

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """Mean number of acts by given times.

        Parameters
        ----------
        times : float or sequence of float
            On the clock of the data: months for a cohort.

        Returns
        -------
        DataFrame
            As `tidy`; ``at_risk`` is the weight at risk just before the time, ``n_event`` the acts up to it. The
            estimate is missing after the last exit of a group of which some were still at risk: nothing is known then.
            Limits are missing where there has been no act.

        Raises
        ------
        UsageError
            For times that are no numbers, missing, or before 0.
        """
        return values_at(self, times)

    @property
    def kind(self) -> str:
        """Kind of the curves."""
        return "mean number"

    @typed
    def difference(self, times: float | Sequence[float], *, reference: Any = None) -> pd.DataFrame:
        """Differences of groups from one of them in the mean number of acts by given times.

        Parameters
        ----------
        times : float or sequence of float
            On the clock of the data: months for a cohort.
        reference : value or tuple of values, optional
            Group that the others are compared with, by its values of the ``by`` columns; the first one by default.

        Returns
        -------
        DataFrame
            ``time, outcome, <by>, reference, estimate, std_error, statistic, p_value, ci_low, ci_high``: group less
            reference. The error honours that a person may be in both; it is NaN, as are the limits and the p value,
            where the data give none (a group of one person, or without an act by then).

        Raises
        ------
        UsageError
            If there are no groups, or no such reference; for times after the last exit of a group of which some were
            still at risk.
        """
        h, cluster = self.history, self.history.clusters[1]

        def moments(t: float) -> tuple[Floats, Floats]:
            of = at_time(self.path, t)
            return of.value, robust_covariance(h, self.path, of, cluster)

        return differences(self, times, reference, moments)

    def glance(self) -> pd.DataFrame:
        """One row per group: spells, cases, person-months, acts, terminal ends and acts per 100 person-years.

        Where there are weights, they are in the last four. A frame whose unit is not the month has ``person_time,
        time_unit`` in place of ``person_months``, and where it is not known the rate is per 100 units of that time.
        """
        h, code = self.history, self.history.groups.code
        length = h.exit if h.entry is None else h.exit - h.entry

        def total(value: Any) -> Floats:
            mass = np.asarray(value, dtype=np.float64) * (1.0 if h.weight is None else h.weight)
            return np.bincount(code, mass, minlength=len(h.groups)).astype(np.float64)

        months, acts, ends = total(length), total(self.path.is_event), total(self.path.is_ending)
        whole = np.int64 if h.weight is None else np.float64
        return h.groups.levels[list(self.by)].assign(
            n=np.bincount(code, minlength=len(h.groups)),
            n_cases=pd.Series(h.clusters[0]).groupby(code).nunique().to_numpy(),
            **summed(months, h.unit),
            events=acts.astype(whole),
            terminal=ends.astype(whole),
            rate=hundred_years(h.unit) * acts / np.where(months > 0, months, np.nan),
        )

    @typed
    def plot(self, ax: Axes | None = None, until: float | None = None, **options: Any) -> Axes:
        """Mean numbers with limits, up to a time if one is given; numbers at risk stand below.

        Options: ``title, labels, palette, band, time_unit, order``, see :class:`clemency.figures.Look`.
        """
        ylabel = "acts per person" if self.outcome == ACTS else f"{words(self.outcome)}s per person"
        return draw(self, ax, until, ylabel, options)

    def _what(self) -> str:
        return ACTS if self.outcome == ACTS else f"{ACTS} ({self.outcome})"

    def __repr__(self) -> str:
        head = f"Mean number of {self._what()} by {', '.join(self.by) or 'nothing'}"
        values = curve_lines(*self._at_some_times())
        return "\n".join([head, self.glance().to_string(index=False), *values, *self.notes()])

    def _repr_html_(self) -> str:
        title, values = self._at_some_times()
        return as_html(title, values, self.notes(), "{:.3f}")

    def _at_some_times(self) -> tuple[str, pd.DataFrame]:
        times, when = times_shown(self)
        title = f"Mean number of {self._what()} per person by {when}, with {self.ci_level:.0%} limits"
        return title, self.at(times)


@over_imputations(pool_curves)
@typed
def recurrence(
    data: Cohort | pd.DataFrame,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    id: str | None = None,
    cluster: str | None = None,
    outcome: str | Sequence[str] | None = None,
    terminal: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    conf_type: str = "log",
    ci_level: float = 0.95,
) -> Recurrence:
    """Mean cumulative number of acts per person, where release and death end the counting.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
        A cohort made with ``recurrent=True``, or spells (entry, exit] of which a person has several, one per act and
        one to the end of follow-up.
    exit, event, entry : str, optional
        Columns of a frame; ``event`` is 0/1, yes/no, or words that also say which ends are terminal. Without ``entry``
        who leaves at 0 counts; with it spells without length are left out.
    id : str, optional
        Column that says which spells belong together; ``case_id`` for a cohort, as each case has a clock of its own.
    cluster : str, optional
        Column to cluster the errors on; ``person_id`` for a cohort, else `id`.
    outcome : str or sequence of str, optional
        Kinds of event that are counted; the cohort's outcomes by default, else the only kind that is not terminal.
    terminal : str or sequence of str, optional
        Kinds of event after which no act is possible; a cohort's competing ends by default, else none. Pass an empty
        list to count as if those who leave were lost from sight; ``warnings`` names kinds that are taken so.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored and each word is a kind of event.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count, for labels and names; a cohort counts months.
    by : str or sequence of str, optional
        Columns whose combinations get curves of their own.
    weights : str, optional
        Column of case weights.
    conf_type : {"log", "plain"}
        Scale on which the limits are symmetric.
    ci_level : float

    Returns
    -------
    Recurrence

    Raises
    ------
    UsageError
        For a cohort that follows people to the first act only, or whose clock starts at each act; for several kinds of
        event of which none is named as counted; for levels that are not there; for a column of `by` with the name of
        one of the result.
    DataError
        If a person's spells overlap.

    Notes
    -----
    The estimate is that of Ghosh and Lin, with delayed entry and weights in the numbers at risk. Errors are by
    clusters: the infinitesimal jackknife, that is the derivative of the estimate in the weight of each, which in large
    samples is the variance of Ghosh and Lin. Where nobody is lost from sight it is that of a plain mean.

    Without a terminal kind this is the Nelson-Aalen estimate of the cumulative rate, with the error that R's
    ``survfit`` gives it under ``cluster=``. Treating release as censoring would answer another question: how many acts
    there would be if nobody ever left.

    If at some time all who are at risk come to a terminal end while others enter later, as may happen where few are at
    risk early, the estimate stays where it is from then on; ``warnings`` says so.

    References
    ----------
    Ghosh and Lin, Biometrics 56 (2000), 554-562. Lin, Wei, Yang and Ying, Journal of the Royal Statistical Society B 62
    (2000), 711-730. Cook and Lawless, Statistics in Medicine 16 (1997), 911-924. Nelson, Technometrics 30 (1988),
    423-428.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"who": [1, 1, 2, 3], "from": [0, 2, 0, 0], "to": [2, 5, 3, 4], "act": [1, 0, 0, 1]})
    >>> recurrence(d, exit="to", event="act", entry="from", id="who").tidy()[["time", "estimate"]].to_numpy().tolist()
    [[2.0, 0.3333333333333333], [4.0, 0.8333333333333333]]
    """
    check_level(ci_level)
    check_scale(conf_type)
    groups = list(column_names(by))
    refuse_taken(groups, COLUMNS)
    if isinstance(data, Cohort):
        if not data.rules.recurrent:
            raise UsageError("The cohort ends at the first act: make it with recurrent=True.")
        if "previous_act" not in data.spells:
            raise UsageError(
                "Numbers are counted on one clock, not on one that starts at each act: leave out gap_time()."
            )
        id, cluster = id or "case_id", cluster or "person_id"
        outcome = data.rules.outcome if outcome is None else outcome
        terminal = data.rules.competing if terminal is None else terminal
    if id is None:
        raise UsageError("Name the column of the person: id=.")
    read: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "censored": censored, "time_unit": time_unit}
    h = history(data, **read, by=groups, weights=weights, cluster=(id, cluster or id))
    _refuse_overlap(h, id)
    names, terminals = _kinds(h, outcome, terminal)
    path = mean_number(h, np.isin(h.event, h.code_of(names)), np.isin(h.event, h.code_of(terminals)))
    label = names[0] if len(names) == 1 and h.outcomes != ("event",) else ACTS
    table = tabulated(h, path, label, robust_errors(h, path, h.clusters[1]), (conf_type, ci_level))
    alike = [("", np.nan, f"{message}.") for message in h.alike]
    warnings = _warnings([*_neither(h, names, terminals), *_stuck(h, path), *alike])
    return Recurrence(table, tuple(groups), label, conf_type, ci_level, h.exclusions, warnings, h, path)


def _kinds(
    h: History, outcome: str | Sequence[str] | None, terminal: str | Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Kinds that are counted, and kinds that end the counting."""
    ends = levels_of(terminal)
    h.code_of(ends)
    names = levels_of(outcome) or [o for o in h.outcomes if o not in ends]
    both = set(names) & set(ends)
    if both:
        raise UsageError(f"{', '.join(sorted(both))} cannot be counted and terminal at once.")
    if not names:
        raise UsageError(f"Every kind of event is terminal ({', '.join(ends)}): nothing is left to count.")
    if outcome is None and len(names) > 1:
        raise UsageError(
            f"'{h.columns['event']}' holds several kinds of event ({', '.join(h.outcomes)}): name those that are "
            "counted with outcome=, and those after which no act is possible, such as death, with terminal="
        )
    return names, ends


def _neither(h: History, names: list[str], ends: list[str]) -> Iterator[tuple[str, float, str]]:
    """Kinds of event that are taken for censoring."""
    for k, kind in enumerate(h.outcomes, 1):
        n = int((h.event == k).sum())
        if n and kind not in names and kind not in ends:
            message = (
                f"{kind} ({n}) is neither counted nor terminal: whoever has it is taken as lost from sight. If no act "
                "is possible after it, name it in terminal=."
            )
            yield "", np.nan, message


def _warnings(found: list[tuple[str, float, str]]) -> pd.DataFrame:
    return pd.DataFrame(found, columns=["group", "time", "message"])


def _refuse_overlap(h: History, name: str) -> None:
    person = h.clusters[0]
    start = np.full(len(h), -1.0) if h.entry is None else h.entry
    order = np.lexsort((start, person))
    same = person[order][1:] == person[order][:-1]
    bad = np.flatnonzero(same & (start[order][1:] < h.exit[order][:-1]))
    if len(bad):
        rows = h.rows[order[bad + 1]]
        raise DataError(
            [
                Problem(
                    "data", int(rows[0]), name, "",
                    f"spells of one person overlap ({len(bad)} such rows)",
                    "Let each spell begin where the one before it ended, or name another id= (such as the case).",
                )
            ]
        )  # fmt: skip


def _stuck(h: History, path: Path) -> list[tuple[str, float, str]]:
    """Groups in which everybody at risk came to an end before others entered, and groups of one case or cluster."""
    found: list[tuple[str, float, str]] = []
    sets = path.sets
    for one in np.flatnonzero(alone(h.groups.code, h.clusters[1])):
        name = h.groups.names()[one] if h.groups.columns else ""
        message = (
            f"{name}: one case or cluster only".removeprefix(": ") + ", so that there are no errors and no limits."
        )
        found.append((name, np.nan, message))
    for g, (i, j) in enumerate(itertools.pairwise(sets.first)):
        emptied = np.flatnonzero(path.n_free[i:j] <= 0)
        if len(emptied) and i + emptied[0] < j - 1:
            time = float(sets.time[i + emptied[0]])
            name = h.groups.names()[g] if h.groups.columns else ""
            where = f"{name}: " if name else ""
            message = (
                f"{where}all at risk at {time:g} came to a terminal end, so that nothing is known of those who enter "
                "later; let the counting begin after it, such as by dropping person-time before it."
            )
            found.append((name, time, message))
    return found
