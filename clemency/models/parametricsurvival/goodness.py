"""A fit -> its Cox-Snell residuals beside what they are if the model holds, and other families on the same data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.models.intervalcensoring.npmle import make_cells, maximise
from clemency.models.parametricsurvival.choices import DISTRIBUTIONS, family_of
from clemency.models.parametricsurvival.contributions import locals_of, log_survival
from clemency.models.parametricsurvival.fitted import Inner, ParametricFit, make_cases
from clemency.models.parametricsurvival.search import search
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Residuals are shown up to here: beyond, few cases are left.
_LEAST_AT_RISK = 5


@dataclass(frozen=True, slots=True, eq=False)
class ParametricCheck:
    """How well a distribution fits.

    Attributes
    ----------
    families : DataFrame
        ``distribution, loglik, df, aic, difference, fitted``: each family on the same data with the same covariates,
        with cuts and knots where they are by default;
        ``difference`` is from the lowest AIC, and ``fitted`` marks the family of the fit. Those that have no maximum
        here have missing values.
    residuals : DataFrame
        ``residual, at_risk, observed, survival, expected``: cumulative hazard (Nelson-Aalen) and survival of the
        Cox-Snell residuals. If the model holds, `observed` is about `residual`, and `survival` about `expected`,
        exp(-residual). ``at_risk`` is missing for times known as intervals.
    model : str
    """

    families: pd.DataFrame
    residuals: pd.DataFrame
    model: str

    def tidy(self) -> pd.DataFrame:
        """The families, best AIC first."""
        return self.families.copy()

    @property
    def largest_gap(self) -> float:
        """Largest distance of the survival of residuals from exp(-residual), where five or more are at risk."""
        r = self.residuals
        enough = r["at_risk"].isna() | (r["at_risk"] >= _LEAST_AT_RISK)
        return float((r["survival"] - r["expected"]).abs()[enough].max())

    @typed
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the survival of the residuals, in steps, and the curve that it follows if the model holds."""
        from clemency.figures.curves.residuals import residual_curves

        return residual_curves(self.residuals, ax=ax, title=self.model)

    def _notes(self) -> list[str]:
        best = self.families.iloc[0]
        return [
            f"Cox-Snell residuals: their survival differs from exp(-residual) by up to {self.largest_gap:.3f}.",
            f"Lowest AIC: {best['distribution']}. A difference below 2 says little.",
        ]

    def __repr__(self) -> str:
        table = self.families.to_string(index=False, float_format=lambda v: f"{v:.2f}")
        return "\n".join([f"Check of {self.model}", table, *self._notes()])

    def _repr_html_(self) -> str:
        return as_html(f"Check of {self.model}", self.families, self._notes(), "{:.2f}")


def check(fit: ParametricFit) -> ParametricCheck:
    """Compute residuals, and fit the other families; see :meth:`Parametric.check`."""
    return ParametricCheck(_families(fit), cox_snell(fit.inner), fit.model)


def _families(fit: ParametricFit) -> pd.DataFrame:
    inner, rows = fit.inner, []
    for name in DISTRIBUTIONS:
        own = name == fit.distribution
        loglik, df = (fit.inner.top.at.loglik, len(fit.coefficients)) if own else _other(inner, name)
        counted = inner.found.whole
        rows.append((name, loglik, df, 2 * df - 2 * loglik if counted else np.nan, own))
    table = pd.DataFrame(rows, columns=["distribution", "loglik", "df", "aic", "fitted"])
    table.insert(4, "difference", table["aic"] - table["aic"].min())
    return table.sort_values("aic" if inner.found.whole else "loglik", kind="stable").reset_index(drop=True)


def _other(inner: Inner, name: str) -> tuple[float, float]:
    """Log-likelihood and number of parameters of another family; missing where it has no maximum."""
    try:
        family = family_of(name, inner.found, None, None)
    except DataError:
        return np.nan, np.nan
    top = search(family, make_cases(inner.found, family, inner.time, inner.never))
    return (top.at.loglik, len(top.at.theta)) if top.converged else (np.nan, np.nan)


def cumulative_hazards(inner: Inner, time: Floats) -> Floats:
    """Cumulative hazard of each case at a time of its own: zero at zero, infinite at infinity."""
    out = np.where(np.isinf(time), np.inf, 0.0)
    some = np.isfinite(time) & (time > 0)
    X, Z = inner.cases.X[some], None if inner.cases.Z is None else inner.cases.Z[some]
    values = locals_of(inner.family, X, Z, inner.theta)
    with np.errstate(all="ignore"):
        out[some] = -log_survival(inner.family, time[some], values, Z is not None, slopes=False).value
    return out


def later_than(inner: Inner, time: float) -> float:
    """Mean survival at a time of those who will ever have the event."""
    n = len(inner.cases.X)
    values = locals_of(inner.family, inner.cases.X, None, inner.theta)
    with np.errstate(all="ignore"):
        log = log_survival(inner.family, np.full(n, time), values, False, slopes=False).value
    return float(np.average(np.exp(log), weights=inner.cases.weight))


def cox_snell(inner: Inner) -> pd.DataFrame:
    """Survival and cumulative hazard of the Cox-Snell residuals, with late entry."""
    cases = inner.cases
    low, high, start = (cumulative_hazards(inner, t) for t in (cases.lower, cases.upper, cases.entry))
    if cases.between.any():
        return _of_intervals(low, high, start, cases.weight)
    event = np.isfinite(high)
    grid, place = np.unique(low[event], return_inverse=True)
    ended = np.bincount(place, cases.weight[event])
    there = _weight_above(low, cases.weight, grid, "left") - _weight_above(start, cases.weight, grid, "left")
    keep = there > 0
    steps = ended[keep] / there[keep]
    columns: dict[str, Any] = {"residual": grid[keep], "at_risk": there[keep], "observed": np.cumsum(steps)}
    columns |= {"survival": np.cumprod(1 - np.minimum(steps, 1.0)), "expected": np.exp(-grid[keep])}
    return pd.DataFrame(columns)


def _weight_above(values: Floats, weight: Floats, grid: Floats, side: Any) -> Floats:
    """Weight of the values that are no less than each point of the grid."""
    order = np.argsort(values, kind="stable")
    total = np.r_[np.cumsum(weight[order][::-1])[::-1], 0.0]
    return np.asarray(total[np.searchsorted(values[order], grid, side=side)], dtype=np.float64)


def _of_intervals(low: Floats, high: Floats, start: Floats, weight: Floats) -> pd.DataFrame:
    """Turnbull's estimate of residuals that are known as intervals, at the ends of its innermost intervals."""
    cells = make_cells(low, high, start, weight)
    steps = maximise(cells)
    kept = np.isfinite(cells.high) & np.isfinite(steps.size)
    total = np.cumsum(steps.size[kept])
    columns: dict[str, Any] = {"residual": cells.high[kept], "at_risk": np.nan, "observed": total}
    return pd.DataFrame(columns | {"survival": np.exp(-total), "expected": np.exp(-cells.high[kept])})
