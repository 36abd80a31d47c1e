"""A fitted model -> the ratios that data of this size could have shown at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from clemency.records.errors import UsageError

if TYPE_CHECKING:
    from clemency.models.estimate import Estimate
    from clemency.models.occurrence import Occurrence


def power(
    estimate: Estimate | Occurrence, *, ratio: float | None = None, wanted: float = 0.8, alpha: float = 0.05
) -> pd.DataFrame:
    """What a model could have detected: beside every ratio whose limits include 1.

    Parameters
    ----------
    estimate : Estimate or Occurrence
        A fitted Cox, Fine-Gray or occurrence model.
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
        For a chance or a level outside (0, 1), a chance not above the level, or a ratio that is not positive.

    Notes
    -----
    The test is Wald's with the standard error of the fit, of which the power is the chance that a normal variable with
    mean log(ratio) / std_error passes the critical value. Without censoring or other covariates, and with D events in
    two equal groups, this is Schoenfeld's formula, where the standard error is 2 / sqrt(D). It is no property of the
    result: computing the power at the *estimated* ratio would say nothing that its p value does not.

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
    table = estimate.tidy()
    error = table["std_error"].to_numpy()
    critical = float(stats.norm.isf(alpha / 2))
    reach = np.exp((critical + stats.norm.ppf(wanted)) * error)
    events = estimate.support[["term", "level", "n_event"]]
    found = table[["term", "level"]].merge(events, on=["term", "level"], how="left")
    found = found.assign(std_error=error, detectable_below=1 / reach, detectable_above=reach)
    if ratio is not None:
        shift = np.log(ratio) / error
        found["power"] = stats.norm.sf(critical - shift) + stats.norm.cdf(-critical - shift)
    return found
