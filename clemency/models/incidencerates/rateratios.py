"""Events and person-time of groups -> the ratio of each group's rate to that of all others, exactly, within strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.figures.theme.look import FOREST, plotted
from clemency.models.incidencerates.stratified import (
    SMALLEST_SHARE,
    Comparisons,
    Strata,
    compare,
    ratio_with_limits,
    strata_of,
)
from clemency.models.incidencerates.tallies import Tally, tally
from clemency.models.modelframe.arguments import check_level, column_of
from clemency.models.modelframe.exclusions import column_names, left_out_lines
from clemency.models.modelframe.frames import Table, as_table
from clemency.models.modelframe.groups import labels
from clemency.models.modelframe.history import names_alike, refuse_taken
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.typing import Bools

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TIME = ("person_months", "person_time")
COLUMNS = ("n_event", *_TIME, "expected", "estimate", "ci_low", "ci_high", "p_value", "p_adjusted")
#: The exact distribution costs the square of this; so many events need it no longer.
MOST = 5000


@dataclass(frozen=True, slots=True)
class RateRatios:
    """Result of `rate_ratios`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    facts : dict
        The content of :meth:`glance`.
    by, strata : tuple of str
    exclusions : DataFrame
        ``reason, column, n, first_rows``.
    warnings : tuple of str
    exact : bool
        Whether limits and p values are: not where somebody has more than one event.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    by: tuple[str, ...]
    strata: tuple[str, ...]
    exclusions: pd.DataFrame
    warnings: tuple[str, ...] = ()
    exact: bool = True

    def tidy(self) -> pd.DataFrame:
        """One row per group, with the columns below.

        Returns
        -------
        DataFrame
            The columns of `by`; ``n_event, person_months`` (or ``person_time``); ``expected``, the events that the
            group would have, of those in strata where others were at risk too, if all had one rate within each
            stratum (``n_event`` counts the others as well: ``alone`` in `glance`); ``estimate, ci_low, ci_high``, the
            ratio of its rate to that of all other groups; ``p_value``, exact where nobody has two events;
            ``p_adjusted``, for the number of groups.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row: ``outcome, n_groups, n_strata, events, alone, p_value, p_error, repetitions, ci_level``.

        ``p_value`` is that of the hypothesis that all groups have one rate within each stratum, ``p_error`` its Monte
        Carlo error. ``n_strata`` are those with an event and more than one group at risk; ``alone`` counts events where
        only one group was, which say nothing.
        """
        return pd.DataFrame([self.facts])

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Ratios with their limits; options are those of :func:`clemency.figures.forest`."""
        from clemency.figures import forest

        level = self.table[list(self.by)].astype(str).agg(", ".join, axis=1)
        frame = self.table.assign(term=", ".join(self.by), level=level, reference=False)
        own = {"ratio": "rate against all others, ratio", **plotted(options, forest, also=FOREST)}
        return forest(frame[frame["ci_high"].notna()], ax=ax, **own)

    def _notes(self) -> list[str]:
        s = self.facts
        error = f" (Monte Carlo error {s['p_error']:.2g})" if s["p_error"] else ""
        told = [f"One rate for all groups: p = {s['p_value']:.3g}{error}."]
        if s["alone"]:
            told.append(f"{counted(s['alone'], 'event')} where only one group was at risk: nothing to compare with.")
        return [*told, *self.warnings, *left_out_lines(self.exclusions)]

    def _head(self) -> str:
        within = f" within {counted(self.facts['n_strata'], 'stratum')}" if self.strata else ""
        return f"Rates of {self.facts['outcome']} against those of all other groups{within}"

    def __repr__(self) -> str:
        return "\n".join([self._head(), self.table.to_string(index=False), *self._notes()])

    def _repr_html_(self) -> str:
        head = f"{self._head()}, with {'exact ' if self.exact else ''}{self.facts['ci_level']:.0%} limits."
        return as_html(head, self.table, self._notes(), "{:.3f}")


@typed
def rate_ratios(
    data: Cohort | pd.DataFrame,
    by: str | Sequence[str],
    *,
    strata: str | Sequence[str] | None = None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    count: str | None = None,
    exposure: str | None = None,
    outcome: str | Sequence[str] | None = None,
    repetitions: int = 9999,
    seed: int = 0,
    ci_level: float = 0.95,
) -> RateRatios:
    """Compare the rate of each group with that of all others, exactly, within strata.

    Parameters
    ----------
    data : Cohort or DataFrame
    by : str or sequence of str
        Columns whose combinations are the groups; missing values are excluded and counted.
    strata : str or sequence of str, optional
        Columns within whose combinations rates are compared, such as calendar periods and years since sentence.
    exit, event, entry, censored, time_unit, outcome
        Of spells: see `rates`.
    count, exposure : str, optional
        In place of those, columns of a frame of totals: see `rates`.
    repetitions, seed : int
        For the adjustment for the number of groups, if there are more than two; a million repetitions at most.
    ci_level : float

    Returns
    -------
    RateRatios

    Raises
    ------
    UsageError
        For arguments that contradict each other, fewer than two groups, no event where groups can be compared, or more
        than 5,000 events, for which `grouped_hazard` gives the same answers at less cost.
    DataError
        For values that cannot be read, and for a time at risk too small beside that of the others in its stratum.

    Notes
    -----
    Given the number of events in each stratum, the number of a group is a sum of binomials whose probabilities depend
    on its share of the time at risk and on the ratio alone; the rates of the strata drop out. The ratio is the
    maximum of this likelihood, the limits are those of Clopper and Pearson for it, and the p value is twice the smaller
    tail at a ratio of 1. The test of all groups takes the smallest of their p values, and its distribution given the
    events of each stratum by simulation. No group has to be chosen as a reference, and none is pooled or left out for
    having few events, so that nothing about the comparison depends on what it finds.

    It is exact where events are few among those at risk, or come at a constant rate in each group and stratum, and
    nobody has two: where persons of a cohort do, a warning says so.

    References
    ----------
    D. O. Martin and H. Austin, Exact estimates for a rate ratio, Epidemiology 7 (1996), 29-33. P. H. Westfall and
    S. S. Young, Resampling-based multiple testing (1993).

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame(
    ...     {"site": list("abab"), "years": [0, 0, 1, 1], "acts": [4, 2, 8, 4], "months": [500, 1000, 900, 1800]}
    ... )
    >>> found = rate_ratios(cells, "site", strata="years", count="acts", exposure="months")
    >>> found.tidy()[["n_event", "expected", "estimate"]].round(3).to_numpy().tolist()
    [[12.0, 6.0, 4.0], [6.0, 12.0, 0.25]]
    """
    check_level(ci_level)
    if repetitions < 1:
        raise UsageError(f"repetitions={repetitions} must be 1 or more.")
    groups, within = list(column_names(by)), list(column_names(strata))
    refuse_taken(groups, COLUMNS)
    read: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "censored": censored, "time_unit": time_unit}
    given = as_table(data)
    t = tally(given, groups, **read, outcome=outcome, count=count, exposure=exposure, covariates=within)
    s = _strata(t, within, exposure or exit or "exit")
    found = compare(s, repetitions, seed)
    table = _table(t, s, found, ci_level)
    summary = {
        "outcome": ", ".join(t.hits),
        "n_groups": len(t.groups),
        "n_strata": len(s.events),
        "events": int(s.observed.sum()),
        "alone": s.alone,
        "p_value": found.joint,
        "p_error": found.error,
        "repetitions": repetitions if found.error else 0,
        "ci_level": ci_level,
    }
    alike, again = tuple(f"{message}." for message in names_alike(t.groups)), _again(given, t)
    told = (*again, *alike, *t.warnings)
    return RateRatios(table, summary, tuple(groups), tuple(within), t.exclusions, told, not again)


def _again(given: Table, t: Tally) -> tuple[str, ...]:
    """What to say of persons of a cohort with more than one event."""
    if given.person is None:
        return ()
    n = int((given.frame[given.person].iloc[t.rows[t.total() > 0]].value_counts() > 1).sum())
    if not n:
        return ()
    return (
        f"Persons with more than one event: {n}. Their events are taken as independent, so that limits and p values "
        "are not exact, and likely too narrow and too small: recurrent=False makes a cohort of first events.",
    )


def _strata(t: Tally, within: list[str], column: str) -> Strata:
    """Events and time at risk by stratum and group, of the strata that compare something."""
    G = len(t.groups)
    if G < 2:
        raise UsageError(f"{', '.join(t.groups.columns)} has one group: there is nothing to compare it with.")
    cell = labels(t.frame.reset_index(drop=True), within)
    at, size = cell.code * G + t.groups.code, len(cell) * G
    events = np.bincount(at, t.total(), size).astype(np.float64).reshape(-1, G)
    time = np.bincount(at, t.length, size).astype(np.float64).reshape(-1, G)
    slight = (time > 0) & ~(time >= SMALLEST_SHARE * time.sum(axis=1, keepdims=True))
    slight &= (events.sum(axis=1) > 0)[:, None]
    if slight.any():
        _refuse_slight(t, slight.ravel()[at], column)
    s = strata_of(events, time)
    total = int(s.observed.sum())
    if not total:
        why = "no event where more than one group was at risk"
        raise UsageError(f"There is {why}: take broader strata, or groups that were there at the same time.")
    if total > MOST:
        raise UsageError(f"{total} events are too many for exact limits (most: {MOST}): take grouped_hazard.")
    return s


def _refuse_slight(t: Tally, slight: Bools, column: str) -> None:
    """Refuse time at risk beside which that of the other groups in the stratum cannot be told from all of it."""
    i = int(np.flatnonzero(slight)[0])
    what = f"less than {SMALLEST_SHARE:g} of the time at risk in its stratum, so that no ratio can be computed"
    mend = "Give all rows in one unit of time; if they are, leave this group out of the stratum."
    raise DataError([Problem("data", int(t.rows[i]), column, f"{t.length[i]:g}", what, mend)])


def _table(t: Tally, s: Strata, found: Comparisons, ci_level: float) -> pd.DataFrame:
    G = len(t.groups)
    n = np.bincount(t.groups.code, t.total(), G).astype(np.int64)
    time = np.bincount(t.groups.code, t.length, G)
    ratios = np.array([ratio_with_limits(s, g, ci_level) for g in range(G)])
    table = t.groups.levels.assign(n_event=n, **{column_of(t.unit): time}, expected=s.expected)
    table = table.assign(estimate=ratios[:, 0], ci_low=ratios[:, 1], ci_high=ratios[:, 2])
    return table.assign(p_value=found.each, p_adjusted=found.adjusted)
