"""Estimates with standard errors -> limits and p values; those of a share are symmetric on a scale, between 0 and 1.

The scale is that of the share itself, whether it falls (survival) or rises (a cumulative incidence), as in R's
``survfit`` with one state or several. Where a survival is one minus an incidence, ``"cloglog"`` of the one is therefore
``"log-log"`` of the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from clemency.records.errors import UsageError
from clemency.typing import Floats

#: log(-log p), log(-log(1 - p)), log p, and p as it is.
SCALES = ("log-log", "cloglog", "log", "plain")


def check_scale(conf_type: str) -> None:
    """Refuse a scale of limits that does not exist."""
    if conf_type not in SCALES:
        raise UsageError(f"conf_type={conf_type!r} is not one of: {', '.join(SCALES)}.")


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


def critical(ci_level: float, df: float | Floats = np.inf) -> Any:
    """Errors between an estimate and its limits: a quantile of the t distribution, of the normal one for infinite df.

    Examples
    --------
    >>> round(critical(0.95), 4), round(critical(0.95, 10), 4)
    (1.96, 2.2281)
    """
    tail, normal = (1 - ci_level) / 2, np.isposinf(df)
    quantile = np.where(normal, special.ndtri(tail), special.stdtrit(np.where(normal, 1.0, df), tail))
    return -quantile if quantile.ndim else float(-quantile)


def p_values(statistic: Floats, df: float | Floats = np.inf) -> Floats:
    """Two-sided p values of statistics with the t distribution, or the normal one for infinite df.

    Examples
    --------
    >>> float(p_values(1.96).round(4)), float(p_values(2.2281, 10).round(4))
    (0.05, 0.05)
    """
    normal, beyond = np.isposinf(df), -np.abs(statistic)
    tail = np.where(normal, special.ndtr(beyond), special.stdtr(np.where(normal, 1.0, df), beyond))
    return np.asarray(2 * tail, dtype=np.float64)
