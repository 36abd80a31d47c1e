"""Spells -> the cumulative hazard of an event, by the estimator of Nelson and Aalen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.figures.theme.wording import event_name, words
from clemency.models.curves.aalenjohansen import at_time, robust_covariance, robust_errors
from clemency.models.curves.checks import read
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
from clemency.models.modelframe.arguments import check_level, summed
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.history import History
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.presentation.curvetext import curve_lines
from clemency.records.presentation.markup import as_html
from clemency.typing import Bools, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def hazard_path(h: History, is_event: Bools) -> Path:
    """Cumulative hazard of each group, at the times of its events.

    Parameters
    ----------
    h : History
    is_event : ndarray of bool, shape (n,)
        Spells that ended in the event; all other ends censor.
    """
    sets = risk_sets(h.entry, h.exit, is_event, h.groups.code)
    nobody = np.zeros_like(is_event)  # no event ends the counting
    at_risk, n_ending, n_free = weight_at_risk(sets, h.weight, nobody)
    n_event = at_events(sets, h.weight, is_event)
    estimate, ones = within_stratum(sets, n_event / at_risk), np.ones(len(at_risk))
    return Path(sets, at_risk, n_ending, n_free, n_event, ones, estimate, is_event, nobody)


def poisson_variance(path: Path) -> Floats:
    """Aalen's variance at each event time: the sum of events over the squared number at risk, shape (D,)."""
    return within_stratum(path.sets, path.n_event / path.at_risk**2)


@dataclass(frozen=True, slots=True, eq=False)
class HazardCurves(CountingCurves):
    """Cumulative hazards by group; the attributes of :class:`CountingCurves`, and their variance.

    Attributes
    ----------
    variance : {"aalen", "robust"}
    """

    variance: str = "aalen"


class CumulativeHazard(HazardCurves):
    """Result of `nelson_aalen`; its attributes are those of :class:`HazardCurves`."""

    __slots__ = ()

    def tidy(self) -> pd.DataFrame:
        """Columns ``time, outcome, <by>, at_risk, n_event, estimate, std_error, ci_low, ci_high``."""
        return self.table.copy()

    @typed
    def at(self, times: float | Sequence[float]) -> pd.DataFrame:
        """Cumulative hazard at given times.

        Parameters
        ----------
        times : float or sequence of float
            On the clock of the data: months for a cohort.

        Returns
        -------
        DataFrame
            As `tidy`; ``at_risk`` is the weight at risk just before the time, ``n_event`` the events up to it. The
            estimate is missing after the last exit of a group, the limits before its first event.

        Raises
        ------
        UsageError
            For times that are no numbers, missing, or before 0.
        """
        return values_at(self, times)

    @property
    def kind(self) -> str:
        """Kind of the curves."""
        return "cumulative hazard"

    @typed
    def difference(self, times: float | Sequence[float], *, reference: Any = None) -> pd.DataFrame:
        """Differences of groups from one of them in the cumulative hazard at given times.

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
            reference; errors are missing where a group has no event by then, or is a single case under robust variance.

        Raises
        ------
        UsageError
            If there are no groups, or no such reference; for times after the last exit of a group.
        """
        return differences(self, times, reference, self._moments)

    def _moments(self, t: float) -> tuple[Floats, Floats]:
        """Value of each group's curve at a time, and their covariance."""
        h, of = self.history, at_time(self.path, t)
        if self.variance == "aalen":
            steps = np.where(self.path.sets.time <= t, self.path.n_event / self.path.at_risk**2, 0.0)
            return of.value, np.diag(np.bincount(self.path.sets.stratum, steps, minlength=len(h.groups)))
        cluster = h.clusters[0] if h.clusters else None
        return of.value, robust_covariance(h, self.path, of, cluster)

    def glance(self) -> pd.DataFrame:
        """One row per group: spells, person-months and events.

        A frame whose unit is not the month has ``person_time, time_unit`` in place of ``person_months``.
        """
        h, code, G = self.history, self.history.groups.code, len(self.history.groups)
        length = h.exit if h.entry is None else h.exit - h.entry
        return h.groups.levels[list(self.by)].assign(
            n=np.bincount(code, minlength=G),
            **summed(np.bincount(code, length, minlength=G), h.unit),
            events=np.bincount(code[self.path.is_event], minlength=G),
        )

    @typed
    def plot(self, ax: Axes | None = None, until: float | None = None, **options: Any) -> Axes:
        """Cumulative hazards with limits, up to a time if one is given; numbers at risk stand below.

        A straight line is a constant hazard, whose slope is the rate. Options: ``title, labels, palette, band,
        time_unit, order``, see :class:`clemency.figures.Look`.
        """
        name = event_name(self.outcome, self.history.columns["event"])
        of = "" if name == "event" else f" of {words(name)}"
        return draw(self, ax, until, f"cumulative hazard{of}", options)

    def __repr__(self) -> str:
        head = f"Cumulative hazard by {', '.join(self.by)}" if self.by else "Cumulative hazard"
        values = curve_lines(*self._at_some_times())
        return "\n".join([f"{head}: {self.outcome}", self.glance().to_string(index=False), *values, *self.notes()])

    def _repr_html_(self) -> str:
        title, values = self._at_some_times()
        return as_html(title, values, self.notes(), "{:.3f}")

    def _at_some_times(self) -> tuple[str, pd.DataFrame]:
        times, when = times_shown(self)
        return f"Cumulative hazard at {when}, with {self.ci_level:.0%} limits", self.at(times)


@over_imputations(pool_curves)
@typed
def nelson_aalen(
    data: Cohort | pd.DataFrame,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    variance: Literal["aalen", "robust"] | None = None,
    conf_type: Literal["log", "plain"] = "log",
    ci_level: float = 0.95,
) -> CumulativeHazard:
    """Nelson-Aalen estimate of the cumulative hazard under left truncation.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
    exit, event, entry : str, optional
        Columns of a data frame; ``event`` is 0/1, yes/no, alive/dead, or words of which one means censoring. Without
        ``entry`` who leaves at 0 counts; with it, and in a cohort, spells without length are left out.
    outcome : str or sequence of str, optional
        The event of interest where there are several kinds: the other ones censor, which makes this the cause-specific
        cumulative hazard. Several names make a composite.
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
    variance : {"aalen", "robust"}, optional
        Aalen's, as for Poisson counts, or the infinitesimal jackknife, from cases. Robust by default with a cluster or
        with weights that are not whole.
    conf_type : {"log", "plain"}
        Scale on which the limits are symmetric.
    ci_level : float

    Returns
    -------
    CumulativeHazard

    Raises
    ------
    UsageError
        For several kinds of event of which none is named, a kind or a column that is not there, arguments that
        contradict each other, and a cohort that follows cases after an event; use `recurrence`.

    Notes
    -----
    At each event time the hazard is the number of events over the number at risk, ties counted together (R's
    ``survfit(..., ctype = 1)``). Its sum is a number of events per person always at risk, not a probability: it may be
    above 1. With competing ends, one minus its exponential is not the share who will have the event; see `incidence`.

    References
    ----------
    Nelson, Technometrics 14 (1972), 945-966. Aalen, Annals of Statistics 6 (1978), 701-726.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "e": [1, 0, 1, 1]})
    >>> nelson_aalen(d, exit="t", event="e").tidy()["estimate"].tolist()
    [0.25, 0.75, 1.75]
    """
    check_level(ci_level)
    check_scale(conf_type)
    columns: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "weights": weights}
    columns |= {"censored": censored, "time_unit": time_unit}
    h, kind = read(as_table(data), variance, by, cluster, plain="aalen", **columns)
    is_event = h.has(outcome)
    path = hazard_path(h, is_event)
    if kind == "robust":
        error = robust_errors(h, path, h.clusters[0] if h.clusters else None)
    else:
        error = np.sqrt(poisson_variance(path))
    name = " or ".join([outcome] if isinstance(outcome, str) else outcome or h.outcomes)
    table = tabulated(h, path, name, error, (conf_type, ci_level))
    warnings = pd.DataFrame([("", np.nan, f"{m}.") for m in h.alike], columns=["group", "time", "message"])
    return CumulativeHazard(
        table=table,
        by=h.groups.columns,
        outcome=name,
        conf_type=conf_type,
        ci_level=ci_level,
        exclusions=h.exclusions,
        warnings=warnings,
        history=h,
        path=path,
        variance=kind,
    )
