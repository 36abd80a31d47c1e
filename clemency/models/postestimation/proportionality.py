"""Tests of proportional hazards: whether coefficients change with time.

The score test for adding covariate x g(time) to the model, with the information that changes from risk set to risk
set, as ``cox.zph`` of R's survival since version 3 [1]_ (the earlier one took an average information).

References
----------
.. [1] P. M. Grambsch and T. M. Therneau (1994), Biometrika 81:515-526; T. M. Therneau, survival 3.0 (2019).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import plotted
from clemency.models.kernel.riskset import at_risk, risk_sets
from clemency.models.likelihood.fit import HazardFit
from clemency.models.likelihood.partial import CoxData, State, weighted_information
from clemency.models.postestimation.residuals import residuals, risk_means
from clemency.models.regression.linalg import solve
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.typing import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_TITLE = "Are hazards proportional? Tests of a change of each coefficient with time"
_READ = "A small p says that the ratio changes with time; plot() shows how."
TRANSFORMS = ("km", "identity", "rank", "log")


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalityTest:
    """Score tests of proportional hazards.

    Attributes
    ----------
    table : DataFrame
        ``term, statistic, df, p_value``; the last row is ``GLOBAL``. Statistic and p value are missing where the events
        say nothing of a change with time, as where all that are compared with somebody are at one time.
    transform : str
        The function of time: ``"km"`` (one minus the Kaplan-Meier estimate just before), ``"identity"``, ``"rank"``
        or ``"log"``.
    residuals : DataFrame
        Scaled Schoenfeld residuals with their ``time``: an estimate of each coefficient at each event.
    """

    table: pd.DataFrame
    transform: str
    residuals: pd.DataFrame = field(repr=False)
    coefficients: dict[str, float] = field(repr=False)
    unit: str | None = None

    def tidy(self) -> pd.DataFrame:
        """One row per term and ``GLOBAL``: ``term, statistic, df, p_value``."""
        return self.table.copy()

    def __repr__(self) -> str:
        shown = self.table.to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return f"{_TITLE} ({self.transform})\n{shown}\n{_READ}"

    def _repr_html_(self) -> str:
        return as_html(f"{_TITLE} ({self.transform})", self.table, _READ, number="{:.4g}")

    def plot(self, term: str | None = None, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw a coefficient over time: scaled Schoenfeld residuals, a smooth of them, and the fitted constant.

        Parameters
        ----------
        term : str, optional
            Column of ``residuals``; the first one if None.
        ax : Axes, optional
            A new figure is made without it.
        options
            ``title, labels, palette, time_unit``: see :class:`clemency.figures.Look`.

        Returns
        -------
        Axes
        """
        from statsmodels.nonparametric.smoothers_lowess import lowess

        from clemency.figures import coefficient_path

        names = list(self.coefficients)
        name = names[0] if term is None else term
        if name not in self.coefficients:
            raise UsageError(f"there is no coefficient '{name}'; there are: {', '.join(names)}")
        time, value = self.residuals["time"].to_numpy(), self.residuals[name].to_numpy()
        smooth, constant = lowess(value, time, frac=0.75), self.coefficients[name]
        asked = plotted(options, coefficient_path, also=("term",))
        return coefficient_path(self.residuals[["time", name]], smooth, constant, ax, self.unit, **asked)


def proportionality(fit: HazardFit, transform: str) -> ProportionalityTest:
    """Test the proportionality of a fit; see :meth:`Estimate.check`."""
    if transform not in TRANSFORMS:
        raise UsageError(f"transform must be one of {', '.join(TRANSFORMS)}, not {transform!r}")
    sources = fit.needed("the test of proportionality")
    if not fit.terms:
        raise UsageError("a model without covariates has no hazard ratio whose constancy could be tested")
    if transform == "log" and (sources.data.sets.time == 0).any():
        raise UsageError("there are events at 0, which has no logarithm: take another transform=, such as 'km'")
    if fit.options["ties"] == "exact":
        raise UsageError("the test of proportionality is not defined for the exact likelihood: fit with ties='efron'")
    g = time_scale(sources.data, sources.history.entry, sources.history.exit, transform)
    statistic, df = score_tests(sources.data, sources.state, g, sources.design.assign)
    terms = list(dict.fromkeys(fit.terms))
    table = pd.DataFrame(
        {"term": [*terms, "GLOBAL"], "statistic": statistic, "df": df, "p_value": special.chdtrc(df, statistic)}
    )
    scaled: Any = residuals(fit, "scaled_schoenfeld")
    names = [c for c in scaled.columns if c != "time"]
    return ProportionalityTest(
        table, transform, scaled, dict(zip(names, fit.coefficients.tolist(), strict=True)), sources.history.unit
    )


def time_scale(data: CoxData, entry: Floats | None, exit: Floats, transform: str) -> Floats:
    """Transform the event times and centre them over the events, shape (D,)."""
    sets = data.sets
    if transform == "km":
        pooled = risk_sets(entry, exit, data.event[: len(exit)])
        survival = np.cumprod(1 - pooled.n_event / at_risk(pooled))
        before = np.concatenate([[1.0], survival])
        g = 1 - before[np.searchsorted(pooled.time, sets.time)]
    elif transform == "rank":
        rows, own = np.flatnonzero(data.event), sets.at
        g = np.empty(len(sets.time))
        g[own[rows]] = pd.Series(exit).rank().to_numpy()[rows]
    else:
        g = np.log(sets.time) if transform == "log" else sets.time.copy()
    return np.asarray(g - (g @ sets.n_event) / sets.n_event.sum(), dtype=np.float64)


def score_tests(data: CoxData, at: State, g: Floats, assign: Ints) -> tuple[Floats, Ints]:
    """Compute the score statistic for each term's interaction with g and for all of them.

    Parameters
    ----------
    data : CoxData
    at : State
    g : ndarray, shape (D,)
    assign : ndarray of int, shape (p,)
        Term of each column.

    Returns
    -------
    statistic, df : ndarray, shape (n_terms + 1,)
        The statistic is missing where the events know nothing of a change with time, as where all are at one time.
    """
    p = data.X.shape[1]
    weight = np.ones(len(data.X)) if data.weight is None else data.weight
    rows = np.flatnonzero(data.event)
    number = data.sets.at
    own = number[rows]
    moved = (data.X[rows] - risk_means(data, at)[own]) * weight[rows, None]
    score = g[own] @ moved
    blocks = [weighted_information(data, at, power) for power in (np.ones_like(g), g, g * g)]
    information = np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])
    found, df = [], []
    for columns in [*(np.flatnonzero(assign == k) for k in range(int(assign.max()) + 1)), np.arange(p)]:
        kept = np.concatenate([np.arange(p), p + columns])
        u = np.concatenate([np.zeros(p), score[columns]])
        known = _shared(information[np.ix_(kept, kept)], p) < 1 - 1e-10
        found.append(float(u @ solve(information[np.ix_(kept, kept)], u)) if known else np.nan)
        df.append(len(columns))
    return np.array(found), np.array(df)


def _shared(information: Floats, p: int) -> float:
    """Largest squared correlation of the scores of the interactions with those of the p coefficients; 1 without any.

    It is 1 where all that the events know of coefficients they know at one time: nothing is left for a change.
    """
    own, cross, change = information[:p, :p], information[:p, p:], information[p:, p:]
    if not (np.diag(change) > 0).all():
        return 1.0
    return float(np.linalg.eigvals(solve(change, cross.T @ solve(own, cross))).real.max())
