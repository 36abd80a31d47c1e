"""A fitted model with a shared frailty as data: what a hazard regression has, and what is known of the groups."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from clemency.models.hazard.frailty.penalised import Curvature, Grouped, curvature
from clemency.models.likelihood.fit import HazardFit
from clemency.models.likelihood.partial import evaluate
from clemency.typing import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What is known of G groups and of the variance of their frailties.

    Attributes
    ----------
    columns : tuple of str
    levels : DataFrame
        Values of these columns for each group.
    n, n_event : ndarray of int, shape (G,)
        Spells and events, unweighted.
    expected : ndarray, shape (G,)
        Weighted events that the group would have with a frailty of one.
    log_frailty, error : ndarray, shape (G,)
        Errors for the given theta; missing where it is zero.
    moved : ndarray, shape (p + G,)
        Derivatives of coefficients and log frailties by theta.
    theta, theta_variance, theta_low, theta_high : float
        Limits by the profile likelihood; the variance by its curvature, missing at zero and where theta was given.
    statistic, p_value : float
        Likelihood ratio of theta = 0.
    given : bool
        Whether theta was.
    """

    columns: tuple[str, ...]
    levels: pd.DataFrame
    n: Ints
    n_event: Ints
    expected: Floats
    log_frailty: Floats
    error: Floats
    moved: Floats
    theta: float
    theta_variance: float
    theta_low: float
    theta_high: float
    statistic: float
    p_value: float
    given: bool


@dataclass(frozen=True, slots=True, eq=False)
class FrailtyFit(HazardFit):
    """A fitted Cox model with a shared gamma frailty.

    Its attributes are those of :class:`HazardFit`, and:

    Attributes
    ----------
    shared : Shared
    """

    shared: Shared

    def bent(self) -> Curvature:
        """Second derivatives at the maximum, by coefficients and log frailties; theta is above zero."""
        sources, w = self.needed("the errors"), self.shared.log_frailty
        grouped = Grouped(sources.data, sources.history.groups.code, self.shared.n_event)
        at = evaluate(sources.data, self.coefficients)
        share = grouped.by_group(sources.state.risk * sources.state.hazard)
        return curvature(grouped, at, share, w, self.shared.theta)
