"""A share with its standard error -> limits that are symmetric on a scale, between 0 and 1.

The scale is that of the share itself, whether it falls (survival) or rises (a cumulative incidence), as in R's
``survfit`` with one state or several. Where a survival is one minus an incidence, ``"cloglog"`` of the one is therefore
``"log-log"`` of the other.
"""

from __future__ import annotations

import numpy as np

from clemency.models.kernel.riskset import Floats

#: log(-log p), log(-log(1 - p)), log p, and p as it is.
SCALES = ("log-log", "cloglog", "log", "plain")


def share_limits(share: Floats, error: Floats, scale: str, z: float) -> tuple[Floats, Floats]:
    """Limits z errors wide on a scale.

    Parameters
    ----------
    share, error : ndarray, shape (n,)
    scale : {"log-log", "cloglog", "log", "plain"}
    z : float
        Normal quantile, or critical value of a band.

    Returns
    -------
    low, high : ndarray, shape (n,)
        Missing where the share is at an end of the scale.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = share_limits(np.array([0.3]), np.array([0.1]), "log-log", 1.96)
    >>> low.round(4).tolist(), high.round(4).tolist()  # 0.3 ** exp(+-1.96 * 0.1 / (0.3 * log(0.3)))
    ([0.126], [0.4967])
    """
    if scale == "cloglog":
        low, high = share_limits(1 - share, error, "log-log", z)
        return 1 - high, 1 - low
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if scale == "plain":
            low, high = share - z * error, share + z * error
        elif scale == "log":
            factor = np.exp(z * error / share)
            low, high = share / factor, share * factor
        else:
            inner = np.where(share < 1, share, np.nan)
            spread = z * error / (inner * np.log(inner))
            low, high = inner ** np.exp(-spread), inner ** np.exp(spread)
    return np.clip(low, 0, 1), np.clip(high, 0, 1)
