"""Months saved in several imputations -> one table, with asymmetric limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.models.imputation.frames import alike
from clemency.models.imputation.repeated import OfImputations, told
from clemency.models.imputation.rubin import join, spread
from clemency.models.regression.limits import critical
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEAD = "Months of imprisonment saved by sentence reductions, pooled"


@dataclass(frozen=True, slots=True, eq=False)
class ImputedMonthsSaved(OfImputations):
    """Result of `months_saved` of an imputed cohort.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    groups : DataFrame
        The content of :meth:`glance`.
    by : tuple of str
    ci_level : float
    warnings : DataFrame
        ``group, message, n_imputations``.
    fits : tuple of MonthsSaved, length m
    """

    table: pd.DataFrame
    groups: pd.DataFrame
    by: tuple[str, ...]
    ci_level: float
    warnings: pd.DataFrame
    fits: tuple[Any, ...] = field(repr=False)

    def tidy(self) -> pd.DataFrame:
        """Months saved.

        Returns
        -------
        DataFrame
            The columns of `MonthsSaved.tidy`, then ``df, riv, fmi`` on the log scale. Counts, estimates and the squares
            of ``std_error`` within are means over the imputations.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The columns of `MonthsSaved.glance`, means over the imputations, and ``m``."""
        return self.groups.copy()

    @typed
    def plot(self, ax: Axes | None = None, by_horizon: bool = False, **options: Any) -> Axes:
        """Months saved per prisoner-year, or by the horizon, under both assumptions."""
        return self.fits[0].drawn(self.table, ax, by_horizon, options)

    def _notes(self) -> list[str]:
        first = self.fits[0]
        notes = [
            f"{r.message} (in {r.n_imputations} of {len(self.fits)} imputations)" for r in self.warnings.itertuples()
        ]
        return [
            f"{len(self.fits)} imputations pooled; limits: {self.ci_level:.0%}, each side from "
            f"{first.replications} draws of people (seed {first.seed}), widened by how much the imputations differ.",
            *notes,
        ]

    def __repr__(self) -> str:
        text = self.table.to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return "\n".join([_HEAD, text, *self._notes()])

    def _repr_html_(self) -> str:
        return as_html(_HEAD, self.table, self._notes())


def pool_saved(fits: list[Any]) -> ImputedMonthsSaved:
    """Pool tables of months saved.

    Parameters
    ----------
    fits : list of MonthsSaved, length m

    Returns
    -------
    ImputedMonthsSaved

    Raises
    ------
    UsageError
        Where a group is missing from an imputation.
    """
    first = fits[0]
    keys = [*first.by, "quantity", "unknown"]
    tables = [f.table for f in fits]
    for number, table in enumerate(tables, 1):
        if not alike(table, tables[0], keys):
            raise UsageError(f"Imputations 1 and {number} do not have the same groups: pool levels of by=.")
    columns = ("estimate", "std_error", "ci_low", "ci_high")
    estimate, error, low, high = (np.array([t[c].to_numpy(dtype=float) for t in tables]) for c in columns)
    pooled = pool_sides(estimate, error, low, high, first.ci_level)
    counts = {c: _mean([t[c] for t in tables]) for c in ("n_event", "n_unknown")}
    parts = [c for c in first.groups if c not in first.by]
    groups = first.groups.assign(**{c: _mean([f.groups[c] for f in fits]) for c in parts}, m=len(fits))
    warnings = told([f.warnings for f in fits], "group")
    table = tables[0][keys].assign(**counts, **pooled)
    return ImputedMonthsSaved(table, groups, first.by, first.ci_level, warnings, tuple(fits))


def pool_sides(estimate: Floats, error: Floats, low: Floats, high: Floats, ci_level: float) -> dict[str, Floats]:
    """Pool positive quantities whose limits are not symmetric.

    Parameters
    ----------
    estimate, error, low, high : ndarray, shape (m, r)
        By imputation.
    ci_level : float

    Returns
    -------
    dict of ndarray, shape (r,)
        ``estimate, std_error, ci_low, ci_high, df, riv, fmi``.

    Notes
    -----
    Each side of the limits, on the log scale and divided by the normal quantile, is taken for the standard error that a
    normal logarithm would have on that side. Its squares are averaged, (1 + 1/m) times the variance of the logarithms
    is added, and the root times a quantile of t is the pooled side; degrees of freedom are Rubin's for the mean of both
    sides. Sides that are equal give the limits that Rubin's rules do; imputations that agree give those of each.

    Examples
    --------
    >>> import numpy as np
    >>> one, two = np.array([[2.0], [2.0]]), np.array([[0.5], [0.5]])
    >>> found = pool_sides(one, two, one - 1, one + 3, 0.95)
    >>> [float(found[c][0]) for c in ("estimate", "std_error", "ci_low", "ci_high")]
    [2.0, 0.5, 1.0, 5.0]
    """
    z = float(critical(ci_level, np.inf))
    centre, gap = spread(estimate)
    total = np.sqrt(spread(error**2)[0] + _variance(gap))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(estimate)
        sides = np.array([logs - np.log(low), np.log(high) - logs]) / z
        finite = np.isfinite(sides)
        both = np.where(finite, sides, 0.0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1)
        own = join(logs, both)
        half = critical(ci_level, own.df) * np.sqrt((sides**2).mean(axis=1) + _variance(spread(logs)[1]))
        ends = np.array([centre * np.exp(-half[0]), centre * np.exp(half[1])])
    agreed = np.array([(v == v[0]).all(axis=0) for v in (estimate, low, high)]).all(axis=0)
    lacking = ~np.isfinite(estimate).all(axis=0) | (estimate <= 0).any(axis=0) | np.isnan(low).any(axis=0)
    ends = np.where(lacking, np.nan, np.where(agreed, [low[0], high[0]], ends))
    numbers = {"df": np.where(agreed, np.inf, own.df), "riv": np.where(agreed, 0.0, own.riv)}
    numbers |= {"fmi": np.where(agreed, 0.0, own.fmi)}
    numbers = {k: np.where(lacking, np.nan, v) for k, v in numbers.items()}
    total = np.where(np.isnan(ends[0]), np.nan, total)  # as without imputations, no error without limits
    return {"estimate": centre, "std_error": total, "ci_low": ends[0], "ci_high": ends[1], **numbers}


def _variance(gap: Floats) -> Floats:
    """Contribution of deviations from the mean, shape (m, r), to the variance."""
    m = len(gap)
    return np.asarray((1 + 1 / m) * (gap**2).sum(axis=0) / (m - 1))


def _mean(columns: list[pd.Series]) -> pd.Series:
    """Mean column; whole numbers stay so where the imputations agree."""
    if all(c.equals(columns[0]) for c in columns):
        return columns[0]
    return pd.Series(spread(np.array([c.to_numpy(dtype=float) for c in columns]))[0], index=columns[0].index)
