"""A fitted model -> the ratios that data of this size could have shown at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize, stats

from clemency.cohorts import ImputedCohort
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError

if TYPE_CHECKING:
    from clemency.models.discretetime.occurrence import Occurrence
    from clemency.models.hazard.estimate import Estimate
    from clemency.models.imputation.regressions import Pooled
    from clemency.models.reductions.estimate import Magnitude


@typed
def power(
    estimate: Estimate | Occurrence | Magnitude | Pooled,
    *,
    ratio: float | None = None,
    wanted: float = 0.8,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """What a model could have detected: beside every ratio whose limits include 1.

    Parameters
    ----------
    estimate : Estimate, Occurrence, Magnitude or Pooled
        A fitted Cox, Fine-Gray or occurrence model, also one of an imputed cohort, or one of sizes (but no quantile,
        which has no ratios).
    ratio : float, optional
        True ratio whose chance of detection is asked for.
    wanted : float
        Chance of detection at which the smallest detectable ratios are given.
    alpha : float
        Level of the two-sided test.

    Returns
    -------
    DataFrame
        ``term, level, n_event, std_error, detectable_below, detectable_above`` and, if `ratio` is given, ``power``. A
        true ratio between the two detectable ones would have been noticed with a chance below `wanted`, so that finding
        nothing says little about it. The ratios are per unit of a number.

    Raises
    ------
    UsageError
        For a chance or a level outside (0, 1), a chance not above the level, a ratio that is not positive, or an
        estimate that has no ratios or does not count the events behind them.

    Notes
    -----
    The test is Wald's with the standard error of the fit, of which the power is the chance that a normal variable with
    mean log(ratio) / std_error passes the critical value on either side. Where the limits of the fit come from a t
    distribution, as with clusters in `occurrence` and in `magnitude`, so does the critical value, and the variable is
    of the noncentral t distribution. So it is for a fit to imputations, with the degrees of freedom of each
    coefficient: its standard error holds what partial dates cost, and ``n_event`` are means. Without censoring or other
    covariates, and with D events in two equal groups, this is Schoenfeld's formula, where the standard error is
    2 / sqrt(D). It is no property of the result: computing the power at the *estimated* ratio would say nothing that
    its p value does not.

    References
    ----------
    Schoenfeld, Biometrics 39 (1983), 499-503. Hoenig and Heisey, The American Statistician 55 (2001), 19-24.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"t": range(1, 41), "e": 1, "g": [0, 1] * 20})
    >>> from clemency.models import cox
    >>> power(cox(d, "g", exit="t", event="e")).round(2)["detectable_above"].tolist()
    [2.46]
    """
    for name, value in (("wanted", wanted), ("alpha", alpha)):
        if not 0 < value < 1:
            raise UsageError(f"{name}={value:g} must lie between 0 and 1.")
    if wanted <= alpha:
        raise UsageError(f"wanted={wanted:g} must be above alpha={alpha:g}, the chance without any effect.")
    if ratio is not None and not ratio > 0:
        raise UsageError(f"ratio={ratio:g} must be positive.")
    if isinstance(estimate, ImputedCohort):
        raise UsageError("power takes a fit, not a cohort: fit it first, as with cl.power(cl.cox(imputed, ...)).")
    if not hasattr(estimate, "support") or getattr(estimate, "model", None) == "quantile":
        raise UsageError(
            f"power takes a fit of ratios by cox, fine_gray, occurrence or magnitude, not {_name(estimate)}."
        )
    table = estimate.tidy()
    if table.empty:
        raise UsageError("power takes a fit of ratios, and a model without covariates has none.")
    error = table["std_error"].to_numpy()
    df = table["df"].to_numpy() if "df" in table else np.full(len(error), float(getattr(estimate, "df", np.inf)))
    shifts = {v: _shift(wanted, alpha, float(v)) for v in np.unique(df[~np.isnan(df)])}
    reach = np.exp(np.array([shifts.get(v, np.nan) for v in df]) * error)
    events = estimate.support[["term", "level", "n_event"]]
    detectable = table[["term", "level"]].merge(events, on=["term", "level"], how="left")
    detectable = detectable.assign(std_error=error, detectable_below=1 / reach, detectable_above=reach)
    if ratio is not None:
        detectable["power"] = [_passes(abs(np.log(ratio)) / e, alpha, v) for e, v in zip(error, df, strict=True)]
    return detectable


def _name(estimate: object) -> str:
    return "one of a quantile" if hasattr(estimate, "support") else type(estimate).__name__


def _passes(shift: float, alpha: float, df: float) -> float:
    """Chance that a t, or normal, variable with this noncentrality is beyond the critical value on either side."""
    if not np.isfinite(shift):
        return np.nan
    if np.isinf(df):
        critical = stats.norm.isf(alpha / 2)
        return float(stats.norm.sf(critical - shift) + stats.norm.cdf(-critical - shift))
    critical = stats.t.isf(alpha / 2, df)
    return float(stats.nct.sf(critical, df, shift) + stats.nct.cdf(-critical, df, shift))


def _shift(wanted: float, alpha: float, df: float) -> float:
    """Noncentrality at which the chance is as wanted."""
    high = 1.0
    while _passes(high, alpha, df) < wanted:
        high *= 2
    return float(optimize.brentq(lambda v: _passes(v, alpha, df) - wanted, 0.0, high, xtol=1e-12))
