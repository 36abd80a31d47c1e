"""Person-time and events -> rates with exact Poisson limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from clemency.cohorts import Cohort
from clemency.models.estimate import check_level
from clemency.models.history import column_names, history, levels_of, refuse_taken
from clemency.models.imputations import as_rates, over_imputations
from clemency.records.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


COLUMNS = ("outcome", "n_event", "person_months", "estimate", "std_error", "ci_low", "ci_high")


@dataclass(frozen=True, slots=True)
class Rates:
    """Result of `rates`; ``per`` person-months are the unit."""

    table: pd.DataFrame
    by: tuple[str, ...]
    per: float
    ci_level: float
    exclusions: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """Columns of `by`, then ``outcome, n_event, person_months, estimate, std_error, ci_low, ci_high``."""
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row: ``n_groups, events, person_months, per``."""
        t = self.table
        first = t[t["outcome"] == t["outcome"].iloc[0]]
        return pd.DataFrame(
            [
                {
                    "n_groups": len(first),
                    "events": int(t["n_event"].sum()),
                    "person_months": first["person_months"].sum(),
                    "per": self.per,
                }
            ]
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Rates with their limits."""
        from clemency.figures import intervals

        label = self.table[list(self.by)].astype(str).agg(", ".join, axis=1) if self.by else self.table["outcome"]
        return intervals(self.table.assign(label=label), ax=ax, xlabel=f"per {self.per:g} person-months")

    def __repr__(self) -> str:
        return f"Rates per {self.per:g} person-months\n{self.table.to_string(index=False)}"

    def _repr_html_(self) -> str:
        head = f"Rates per {self.per:g} person-months with exact {self.ci_level:.0%} limits."
        text = f"{head} Groups with fewer than five events say little."
        return f"<p>{text}</p>{self.table.to_html(index=False, border=0, float_format='{:.2f}'.format)}"


@over_imputations(as_rates)
def rates(
    data: Cohort | pd.DataFrame,
    by: str | Sequence[str] | None = None,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    per: float = 1000.0,
    ci_level: float = 0.95,
) -> Rates:
    """Events per person-time by groups, with exact limits.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
    by : str or sequence of str, optional
        Columns whose combinations are the groups; missing values are excluded and counted.
    exit, event, entry : str, optional
        Columns of a data frame.
    outcome : str or sequence of str, optional
        Kinds of event; all by default.
    per : float
        Person-months in the denominator.
    ci_level : float

    Returns
    -------
    Rates

    Raises
    ------
    UsageError
        If a column or an outcome is not there, a column of `by` has the name of one of the result, or `per` or
        `ci_level` is no possible one.

    References
    ----------
    Garwood, Biometrika 28 (1936), 437-442.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = pd.DataFrame({"months": [12.0, 24.0, 6.0], "act": [1, 0, 1]})
    >>> rates(spells, exit="months", event="act", per=100).tidy()[["n_event", "estimate"]].round(3).to_numpy().tolist()
    [[2.0, 4.762]]
    """
    check_level(ci_level)
    if not 0 < per < np.inf:
        raise UsageError(f"per={per:g} must be a positive number of person-months.")
    groups = list(column_names(by))
    refuse_taken(groups, COLUMNS)
    h = history(data, exit=exit, event=event, entry=entry, by=groups)
    names = levels_of(outcome) or list(h.outcomes)
    code, G, parts = h.groups.code, len(h.groups), []
    months = np.bincount(code, h.exit if h.entry is None else h.exit - h.entry, G)
    for name, kind in zip(names, h.code_of(names), strict=True):
        n = np.bincount(code[h.event == kind], minlength=G)
        low, high = poisson_limits(n, ci_level)
        part = h.groups.levels[groups].assign(outcome=name, n_event=n, person_months=months)
        part = part.assign(estimate=per * n / months, std_error=per * np.sqrt(n) / months)
        parts.append(part.assign(ci_low=per * low / months, ci_high=per * high / months))
    table = pd.concat(parts, ignore_index=True)
    return Rates(table, tuple(groups), per, ci_level, h.exclusions)


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
