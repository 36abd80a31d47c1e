"""Event histories -> survival and cumulative incidence curves, on the risk sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.models.curves.aalenjohansen import greenwood, paths, robust_errors
from clemency.models.curves.bands import bands
from clemency.models.curves.checks import check_type, read, refuse_with_intervals, warnings_of
from clemency.models.curves.steps import StepCurves, count_in_groups, known_by_group, limits, parts
from clemency.models.curves.summaries import counts, differences, draw, quantiles, restricted_means, values_at
from clemency.models.imputation.curves import pool_curves
from clemency.models.imputation.repeated import over_imputations
from clemency.models.intervalcensoring.intervalincidence import IntervalIncidence, interval_incidence
from clemency.models.intervalcensoring.turnbull import IntervalCurves, turnbull
from clemency.models.kernel.paths import Path
from clemency.models.modelframe.arguments import at_times, shown_times
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.history import History
from clemency.models.modelframe.status import CENSORED
from clemency.models.regression.limits import critical
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.curvetext import curve_lines
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Curves(StepCurves):
    """Result of `survival` and `incidence`: step functions with limits and numbers at risk.

    Its attributes are those of :class:`StepCurves`.
    """

    __slots__ = ()

    def tidy(self) -> pd.DataFrame:
        """Columns ``time, outcome, <by>, at_risk, n_event, estimate, std_error, ci_low, ci_high``.

        Where the error is zero (no event yet, or all have had it) the limits are missing.
        """
        return self.table.copy()

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """The curves at given times.

        Parameters
        ----------
        times : float or sequence of float
            On the clock of the data: months for a cohort.

        Returns
        -------
        DataFrame
            As `tidy`: ``estimate`` is the value of the step function, ``at_risk`` the weight at risk just before the
            time, ``n_event`` the events up to and including it. The estimate and its limits are missing after the last
            exit of a group of which some were still at risk: nothing is known then. Before the first entry of a group
            its curve is 1 (an incidence 0) by convention. Limits are missing where there has been no event.

        Raises
        ------
        UsageError
            For times that are no numbers, missing, or before 0.
        """
        return values_at(self, times)

    @typed
    def quantile(self, p: float | Sequence[float] = 0.5) -> pd.DataFrame:
        """Times by which a share p has had the event.

        Parameters
        ----------
        p : float or sequence of float
            Between 0 and 1: 0.5 gives the median.

        Returns
        -------
        DataFrame
            ``p, outcome, <by>, quantile, ci_low, ci_high``. The limits are the times at which the limits of the curve
            reach p; where the curve is flat at p, the middle of that stretch. NaN where p is not reached.

        Notes
        -----
        As ``quantile`` of R's ``survfit``, but where delayed entry, weights or clusters let a limit fall and rise
        again, the first time that it reaches p counts. R. Brookmeyer and J. Crowley (1982), Biometrics 38:29-41.
        """
        return quantiles(self, p)

    @typed
    def restricted_mean(self, until: float) -> pd.DataFrame:
        """Area below each curve: mean time without the event up to a time, or mean time lost to an outcome.

        Parameters
        ----------
        until : float
            End of the area on the clock. It may be later than the last exit of a group only if all who were left then
            came to an end: its curve stays where it is.

        Returns
        -------
        DataFrame
            ``until, outcome, <by>, estimate, std_error, ci_low, ci_high``. Limits are missing where the error is zero,
            as in a group without an event by then.

        Raises
        ------
        UsageError
            For an end that is not above 0, or after the last exit of a group of which some were still at risk.

        Notes
        -----
        For survival as R's ``print(survfit, rmean=)``; for an incidence the time lost to that outcome, P. K.
        Andersen (2013), Statistics in Medicine 32:5278-5285.
        """
        return restricted_means(self, until)

    @typed
    def difference(
        self, times: float | Sequence[float] | None = None, *, until: float | None = None, reference: Any = None
    ) -> pd.DataFrame:
        """Differences of groups from one of them, of the curves at times or of the areas below them.

        Parameters
        ----------
        times : float or sequence of float, optional
            Compare the values of the curves at these times.
        until : float, optional
            Compare the restricted means up to this time instead.
        reference : value or tuple of values, optional
            Group that the others are compared with, by its values of the ``by`` columns; the first one by default.

        Returns
        -------
        DataFrame
            ``time`` or ``until``, ``outcome, <by>, reference, estimate, std_error, statistic, p_value, ci_low,
            ci_high``: group less reference. With ``cluster=`` the error honours that a person may be in both. It is
            NaN, as are the limits and the p value, where either of the two groups has none of its own: without an event
            up to then, with one in everybody (a curve at 0 or 1), or of one case under robust variance. Where nothing
            has happened the estimated variance is zero for lack of events; `logrank` and `gray_test` compare such
            groups, as they take the variance from all groups together.

        Raises
        ------
        UsageError
            Without groups or for one that is not there; for times that are no numbers or before 0, or after the last
            exit of a group of which some were still at risk.
        """
        return differences(self, times, until, reference)

    @typed
    def band(
        self,
        kind: Literal["equal-precision", "hall-wellner"] = "equal-precision",
        *,
        between: tuple[float, float] | None = None,
        conf_type: str | None = None,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Limits that hold for all times at once with probability ``ci_level``.

        Parameters
        ----------
        kind : {"equal-precision", "hall-wellner"}
            Bands proportional to the pointwise limits, or those of Hall and Wellner, which are narrower in the middle
            and may start at the first event.
        between : (float, float), optional
            Times between which the band holds; all event times with a positive error by default. A shorter stretch
            gives a narrower band.
        conf_type : {"log-log", "cloglog", "log", "plain"}, optional
            That of the curves by default.
        seed : int
            Of the simulation for incidence curves, whose band has no closed form.

        Returns
        -------
        DataFrame
            As :meth:`tidy` at the event times of that stretch, with the band as ``ci_low, ci_high`` and its
            ``critical`` value in place of the normal quantile.

        Raises
        ------
        UsageError
            With robust variance, whose increments are not independent; for Hall-Wellner bands of incidences; where a
            group has no event, or none within `between`.

        References
        ----------
        W. J. Hall and J. A. Wellner (1980), Biometrika 67:133-143; V. N. Nair (1984), Technometrics 26:265-275; D. Y.
        Lin (1997), Statistics in Medicine 16:901-910 (incidence).
        """
        return bands(self, kind, between, conf_type or self.conf_type, seed)

    def known(self) -> dict[tuple[Any, ...], float]:
        """Time up to which the curves of each group are known."""
        return known_by_group(self.history, paths(self.history, [])[0])

    def at_risk(self, group: dict[str, Any], times: Floats) -> Floats:
        """Weight at risk just before given times, in the groups with these values; shape (T,)."""
        return count_in_groups(self.history, group, times)

    def pieces(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        """Rows of the table by outcome and group, also for groups without an event."""
        return dict(parts(self))

    def glance(self) -> pd.DataFrame:
        """One row per group: spells, person-months and events.

        For incidences ``events`` are those of the outcomes shown, and ``competing`` all others. A frame whose unit is
        not the month has ``person_time, time_unit`` in place of ``person_months``.
        """
        return counts(self)

    @typed
    def plot(
        self, ax: Axes | None = None, outcome: str | None = None, until: float | None = None, **options: Any
    ) -> Axes:
        """Step curves with limits, up to a time or else the last exit; numbers at risk stand below.

        A group without an event is a flat line, and no curve goes on after the last exit of its group. Up to six curves
        are named at their ends; more stand in panels. Options: ``title, labels, palette, band, time_unit, order``, see
        :class:`clemency.figures.Look`.
        """
        return draw(self, ax, outcome, until, options)

    def notes(self) -> list[str]:
        """Warnings and exclusions, one sentence each."""
        return [*self.warnings["message"], *left_out_lines(self.exclusions)]

    def __repr__(self) -> str:
        head = f"{self.kind} curves by {', '.join(self.by)}" if self.by else f"{self.kind} curve"
        values = curve_lines(*self._at_some_times())
        return "\n".join([head, self.glance().to_string(index=False), *values, *self.notes()])

    def _repr_html_(self) -> str:
        title, values = self._at_some_times()
        return as_html(title, values, self.notes(), "{:.3f}")

    def _at_some_times(self) -> tuple[str, pd.DataFrame]:
        """A title and the curves at up to five times."""
        top = self.table["time"].max() if len(self.table) else self.history.exit.max()
        times = shown_times(float(top), self.history.unit)
        when = at_times(", ".join(f"{t:g}" for t in times), self.history.unit)
        return f"{self.kind.capitalize()} at {when}, with {self.ci_level:.0%} limits", self.at(times)


@overload
def survival(data: Any, *, lower: None = None, upper: None = None, **options: Any) -> Curves: ...


@overload
def survival(data: Any, *, lower: str | None, upper: str | None, **options: Any) -> IntervalCurves: ...


@over_imputations(pool_curves)  # type: ignore[misc]
@typed
def survival(
    data: Cohort | pd.DataFrame,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    variance: Literal["greenwood", "robust"] | None = None,
    conf_type: str = "log-log",
    ci_level: float = 0.95,
    lower: str | None = None,
    upper: str | None = None,
    limits: Literal["likelihood"] | None = "likelihood",
) -> Curves | IntervalCurves:
    """Kaplan-Meier estimate under left truncation, with Greenwood's variance; Turnbull's where times are intervals.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
    exit, event, entry : str, optional
        Columns of a data frame; ``event`` is 0/1, yes/no, alive/dead, or words of which one means censoring. Without
        ``entry`` who leaves at 0 counts, as in R; with it, and in a cohort, spells without length are left out.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored and each word is a kind of event.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count, for labels and names; a cohort counts months.
    by : str or sequence of str, optional
        Columns whose combinations get curves of their own.
    weights : str, optional
        Column of case weights. Whole numbers count as so many cases, other weights as those of a sample.
    cluster : str, optional
        Column that says which spells belong together; default the person, where a cohort has several spells of one.
    variance : {"greenwood", "robust"}, optional
        Greenwood's, from independent increments, or the infinitesimal jackknife, from cases. Robust by default with a
        cluster or with weights that are not whole, as in R.
    conf_type : {"log-log", "cloglog", "log", "plain"}
        Scale on which the limits are symmetric.
    ci_level : float
    lower, upper : str, optional
        In place of ``exit`` and ``event``, columns of times that are known as intervals: the last time at which the
        event is known not to have happened, and the first at which it is known to have happened (missing or infinite:
        not known to have happened). Equal: an exact time.
    limits : {"likelihood", None}
        For intervals: limits from the likelihood ratio, or none.

    Returns
    -------
    Curves, or IntervalCurves for intervals
        What the latter says and how is at `clemency.models.intervalcensoring.turnbull.turnbull`.

    Raises
    ------
    UsageError
        If there are several kinds of event: where ends compete, one minus Kaplan-Meier overstates every one of
        them; use `incidence`. For arguments that have no meaning for intervals. For a cohort that follows cases after
        an event; use `recurrence`.

    Notes
    -----
    ``warnings`` of the result says where everybody at risk had the event before others entered, which fixes the curve
    at 0, and whether cases of a cohort change group (see `incidence`).

    References
    ----------
    Kaplan and Meier, Journal of the American Statistical Association 53 (1958), 457-481. Turnbull, Journal of the
    Royal Statistical Society B 38 (1976), 290-295.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "e": [1, 0, 1, 1]})
    >>> survival(d, exit="t", event="e").tidy()["estimate"].tolist()
    [0.75, 0.375, 0.0]
    """
    if lower is not None or upper is not None:
        refuse_with_intervals(
            exit=exit, event=event, censored=str(censored), cluster=cluster, variance=variance, conf_type=conf_type
        )
        return turnbull(
            data, lower=lower, upper=upper, entry=entry, by=by, weights=weights, limits=limits, ci_level=ci_level,
            time_unit=time_unit,
        )  # fmt: skip
    if limits != "likelihood":
        raise UsageError("limits= is for intervals (lower=, upper=); here conf_type= and variance= make the limits.")
    check_type(conf_type, ci_level)
    given = as_table(data)
    columns: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "weights": weights}
    h, kind = read(given, variance, by, cluster, censored=censored, time_unit=time_unit, **columns)
    if len([k for k in range(1, len(h.outcomes) + 1) if (h.event == k).any()]) > 1:
        raise UsageError(
            "The events compete with each other: use cl.incidence(), since one minus Kaplan-Meier overstates each."
        )
    name = next((o for k, o in enumerate(h.outcomes, 1) if (h.event == k).any()), h.outcomes[0])
    path = paths(h, [])[0]
    table, warnings = _table(h, name, path, kind, conf_type, ci_level), warnings_of(given, h, path)
    return Curves(table, h.groups.columns, "survival", conf_type, ci_level, kind, h.exclusions, warnings, h)


@overload
def incidence(data: Any, *, lower: None = None, upper: None = None, **options: Any) -> Curves: ...


@overload
def incidence(data: Any, *, lower: str | None, upper: str | None, **options: Any) -> IntervalIncidence: ...


@over_imputations(pool_curves)  # type: ignore[misc]
@typed
def incidence(
    data: Cohort | pd.DataFrame,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    by: str | Sequence[str] | None = None,
    outcome: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    variance: Literal["greenwood", "robust"] | None = None,
    conf_type: str = "log-log",
    ci_level: float = 0.95,
    lower: str | None = None,
    upper: str | None = None,
    limits: Literal["likelihood"] | None = "likelihood",
) -> Curves | IntervalIncidence:
    """Cumulative incidence with competing ends under left truncation: Aalen and Johansen's estimate, or from intervals.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
    exit, event, entry : str, optional
        Columns of a data frame; ``event`` says in words which kind of end it was. Without ``entry`` who leaves at 0
        counts, as in R; with it, and in a cohort, spells without length are left out.
    censored : str or None
    time_unit : str, optional
        As for `survival`.
    by : str or sequence of str, optional
        Columns whose combinations get curves of their own.
    outcome : str or sequence of str, optional
        Kinds of end to return; all by default. All of them compete whichever are returned.
    weights : str, optional
        Column of case weights. Whole numbers count as so many cases, other weights as those of a sample.
    cluster : str, optional
        Column that says which spells belong together; default the person, where a cohort has several spells of one.
    variance : {"greenwood", "robust"}, optional
        Greenwood's, from independent increments, or the infinitesimal jackknife, from cases. Robust by default with a
        cluster or with weights that are not whole, as in R.
    conf_type : {"log-log", "cloglog", "log", "plain"}
        Scale of the incidence itself on which the limits are symmetric, as in R: log(-log F) by default; ``"cloglog"``,
        log(-log(1 - F)), gives one minus the limits of `survival` where there is one kind of end.
    ci_level : float
    lower, upper : str, optional
        In place of ``exit``, columns of times that are known as intervals: the last time at which no event is known to
        have happened, and the first at which one is known to have happened (missing or infinite: none is known).
        Equal: an exact time. ``event`` says of which kind. A cohort gives its `intervals`.
    limits : {"likelihood", None}
        For intervals: limits from the likelihood ratio, or none.

    Returns
    -------
    Curves, or IntervalIncidence for intervals
        ``std_error`` is by default Greenwood-type (delta method); R's ``survfit`` gives what ``variance="robust"``
        gives. Without weights, ties in clusters and delayed entry the two are equal. What the other says and how is at
        `clemency.models.intervalcensoring.intervalincidence.interval_incidence`.

    Raises
    ------
    UsageError
        For a cohort that follows cases after an event, whose share with an event this is not; use `recurrence`. For
        arguments that have no meaning for intervals.

    Notes
    -----
    Each case should be one spell, or several that follow each other without gap: a spell that is split gives the
    same curve. A frame does not say which spells are one case's, so that several events of a case are only seen in
    a cohort.

    Where cases of a cohort change group, the curve of a group is what would come about for somebody who stays in it,
    if those who leave it are like those who stay. That is a fair question, and asked of survival curves too, so it is
    answered, but ``warnings`` says that it is no share of any people. `gray_test` refuses such data, since its
    statistic has no known distribution there. ``warnings`` also says where everybody at risk had an event before others
    entered, which fixes the curve for good, and which kinds of end nobody had: their incidence is 0 without limits.

    References
    ----------
    Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978), 141-150. Marubini and Valsecchi, Analysing
    Survival Data from Clinical Trials (1995), section 10.2.

    Examples
    --------
    >>> import pandas as pd
    >>> end = pd.Categorical(["act", "censored", "death", "act"], categories=["censored", "act", "death"])
    >>> d = pd.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "end": end})
    >>> incidence(d, exit="t", event="end", outcome="act").tidy()["estimate"].tolist()
    [0.25, 0.25, 0.625]
    """
    if lower is not None or upper is not None:
        refuse_with_intervals(exit=exit, cluster=cluster, variance=variance, conf_type=conf_type)
        return interval_incidence(
            data, lower=lower, upper=upper, event=event, entry=entry, censored=censored, by=by, outcome=outcome,
            weights=weights, limits=limits, ci_level=ci_level, time_unit=time_unit,
        )  # fmt: skip
    if limits != "likelihood":
        raise UsageError("limits= is for intervals (lower=, upper=); here conf_type= and variance= make the limits.")
    check_type(conf_type, ci_level)
    given = as_table(data)
    columns: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "weights": weights}
    h, kind = read(given, variance, by, cluster, censored=censored, time_unit=time_unit, **columns)
    names = [outcome] if isinstance(outcome, str) else list(outcome or h.outcomes)
    curves = paths(h, h.code_of(names))
    parts = [_table(h, o, path, kind, conf_type, ci_level) for o, path in zip(names, curves, strict=True)]
    table = pd.concat(parts, ignore_index=True)
    table["outcome"] = pd.Categorical.from_codes(np.repeat(np.arange(len(names)), [len(p) for p in parts]), names)
    warnings = warnings_of(given, h, curves[0], names)
    return Curves(table, h.groups.columns, "incidence", conf_type, ci_level, kind, h.exclusions, warnings, h)


def _table(h: History, name: str, path: Path, variance: str, conf_type: str, level: float) -> pd.DataFrame:
    if variance == "robust":
        error = robust_errors(h, path, h.clusters[0] if h.clusters else None)
    else:
        error = np.sqrt(greenwood(path))
    low, high = limits(path.estimate, error, conf_type, critical(level))
    levels, columns = h.groups.levels, {"time": path.sets.time, "outcome": name}
    columns |= {c: levels[c].array.take(path.sets.stratum) for c in h.groups.columns}
    columns |= {"at_risk": path.at_risk, "n_event": path.n_event, "estimate": path.estimate}
    return pd.DataFrame(columns | {"std_error": error, "ci_low": low, "ci_high": high})
