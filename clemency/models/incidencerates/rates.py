"""Person-time and events -> rates with exact Poisson limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from clemency.cohorts import Cohort
from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.models.imputation.rates import pool_rates
from clemency.models.imputation.repeated import over_imputations
from clemency.models.incidencerates.tallies import tally
from clemency.models.modelframe.arguments import check_level, column_of, per_time, summed
from clemency.models.modelframe.exclusions import column_names, left_out_lines
from clemency.models.modelframe.history import names_alike, refuse_taken
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes


COLUMNS = ("outcome", "n_event", "person_months", "person_time", "estimate", "std_error", "ci_low", "ci_high")


@dataclass(frozen=True, slots=True)
class Rates:
    """Result of `rates`; ``per`` person-months are the unit, or as much person-time of a frame in its ``time_unit``.

    ``warnings`` names groups that look alike and are counted apart.
    """

    table: pd.DataFrame
    by: tuple[str, ...]
    per: float
    ci_level: float
    exclusions: pd.DataFrame
    time_unit: str | None = None
    warnings: tuple[str, ...] = ()

    def tidy(self) -> pd.DataFrame:
        """Columns of `by`, then ``outcome, n_event, person_months, estimate, std_error, ci_low, ci_high``.

        A frame whose unit is not the month has ``person_time`` in place of ``person_months``.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row: ``n_groups, events, person_months, per``; else ``person_time, time_unit`` for ``person_months``."""
        t = self.table
        first = t[t["outcome"] == t["outcome"].iloc[0]]
        return pd.DataFrame(
            [
                {
                    "n_groups": len(first),
                    "events": int(t["n_event"].sum()),
                    **summed(first[column_of(self.time_unit)].sum(), self.time_unit),
                    "per": self.per,
                }
            ]
        )

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Rates with their limits, the acts and the person-time behind them.

        More than eight groups of one column without an order of its own stand from the highest rate to the lowest.
        Options: ``title, labels, palette, band, order``, see :class:`clemency.figures.Look`, and ``time_unit``, the
        unit of person-time.
        """
        from clemency.figures.estimates.rates import rate_rows

        return rate_rows(self.table, self.by, (self.per, self.time_unit), ax, options)

    def __repr__(self) -> str:
        head = f"Rates {per_time(self.per, self.time_unit)}"
        return "\n".join([head, self.table.to_string(index=False), *self.warnings, *left_out_lines(self.exclusions)])

    def _repr_html_(self) -> str:
        head = f"Rates {per_time(self.per, self.time_unit)} with exact {self.ci_level:.0%} limits."
        notes = [*self.warnings, *left_out_lines(self.exclusions)]
        return as_html(f"{head} Groups with fewer than five events say little.", self.table, notes, "{:.2f}")


@over_imputations(pool_rates)
@typed
def rates(
    data: Cohort | RateTable | pd.DataFrame,
    by: str | Sequence[str] | None = None,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    count: str | Sequence[str] | None = None,
    exposure: str | None = None,
    outcome: str | Sequence[str] | None = None,
    per: float = 1000.0,
    ci_level: float = 0.95,
) -> Rates:
    """Events per person-time by groups, with exact limits.

    Parameters
    ----------
    data : Cohort, ImputedCohort, RateTable or DataFrame
    by : str or sequence of str, optional
        Columns whose combinations are the groups; missing values are excluded and counted.
    exit, event, entry : str, optional
        Columns of a data frame of spells; ``event`` is 0/1, yes/no, alive/dead, or words of which one means censoring.
        Without ``entry`` an event at 0 counts, and adds no time at risk; a group whose spells all end at 0 has no rate.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored and each word is a kind of event.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count, for labels and names; a cohort counts months.
    count, exposure : str, optional
        In place of those, columns of a frame of totals: events (whole numbers) and the time at risk in which they fell.
        Several columns of counts are so many outcomes. Rows without time at risk and events are left out and counted.
    outcome : str or sequence of str, optional
        Kinds of event of spells; all by default.
    per : float
        Units of person-time in the denominator: person-months for a cohort.
    ci_level : float

    Returns
    -------
    Rates

    Raises
    ------
    UsageError
        If a column or an outcome is not there, a column of `by` has the name of one of the result, arguments for spells
        and for totals are mixed, or `per` or `ci_level` is no possible one.
    DataError
        For values that cannot be read: among others counts that are not whole, and events without time at risk.

    References
    ----------
    Garwood, Biometrika 28 (1936), 437-442.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = pd.DataFrame({"months": [12.0, 24.0, 6.0], "act": [1, 0, 1]})
    >>> rates(spells, exit="months", event="act", per=100).tidy()[["n_event", "estimate"]].round(3).to_numpy().tolist()
    [[2.0, 4.762]]
    >>> totals = pd.DataFrame({"province": ["a", "a", "b", "b"], "acts": [2, 2, 0, 2], "years": [100, 120, 80, 90]})
    >>> found = rates(totals, "province", count="acts", exposure="years", time_unit="years")
    >>> found.tidy()["estimate"].round(2).tolist()
    [18.18, 11.76]
    """
    check_level(ci_level)
    if not 0 < per < np.inf:
        raise UsageError(f"per={per:g} must be a positive amount of person-time.")
    groups = list(column_names(by))
    refuse_taken(groups, COLUMNS)
    read: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "censored": censored, "time_unit": time_unit}
    t = tally(data, groups, **read, outcome=outcome, count=count, exposure=exposure, each=True)
    code, G, parts = t.groups.code, len(t.groups), []
    time = np.bincount(code, t.length, G)
    at_risk = np.where(time > 0, time, np.nan)  # where all left at 0 there is no time at risk, and no rate
    for name, hit in t.hits.items():
        n = np.bincount(code, hit, G).astype(np.int64)
        low, high = poisson_limits(n, ci_level)
        part = t.groups.levels[groups].assign(outcome=name, n_event=n, **{column_of(t.unit): time})
        part = part.assign(estimate=per * n / at_risk, std_error=per * np.sqrt(n) / at_risk)
        parts.append(part.assign(ci_low=per * low / at_risk, ci_high=per * high / at_risk))
    table = pd.concat(parts, ignore_index=True)
    alike = tuple(f"{message}." for message in names_alike(t.groups))
    return Rates(table, tuple(groups), per, ci_level, t.exclusions, t.unit, (*alike, *t.warnings))


def poisson_limits(count: ArrayLike, ci_level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exact limits of Poisson counts.

    Parameters
    ----------
    count : array_like, shape (n,)
    ci_level : float

    Returns
    -------
    low, high : ndarray, shape (n,)
    """
    n = np.asarray(count, dtype=float)
    tail = (1 - ci_level) / 2
    low = np.where(n > 0, stats.gamma.ppf(tail, np.maximum(n, 1e-300)), 0.0)
    return low, stats.gamma.isf(tail, n + 1)


def binomial_limits(
    count: ArrayLike, total: ArrayLike, ci_level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exact limits of a proportion (Clopper and Pearson, Biometrika 26, 1934, 404-413).

    Parameters
    ----------
    count, total : array_like, shape (n,)
    ci_level : float

    Returns
    -------
    low, high : ndarray, shape (n,)

    Examples
    --------
    >>> [float(round(v, 4)) for v in np.ravel(binomial_limits([13], [20]))]
    [0.4078, 0.8461]
    """
    k, n = np.asarray(count, dtype=float), np.asarray(total, dtype=float)
    tail = (1 - ci_level) / 2
    low = np.where(k > 0, stats.beta.ppf(tail, np.maximum(k, 1e-300), n - k + 1), 0.0)
    return low, np.where(k < n, stats.beta.isf(tail, k + 1, np.maximum(n - k, 1e-300)), 1.0)
