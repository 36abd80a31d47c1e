"""Estimates from several imputations of the same data -> one, with its error: Rubin's rules on arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.models.regression.limits import critical
from clemency.typing import Floats


@dataclass(frozen=True, slots=True)
class Rubin:
    """Pooled numbers, each of shape (p,).

    Attributes
    ----------
    riv : ndarray
        Relative increase in variance because of what is missing, (1 + 1/m) between / within.
    df : ndarray
        Degrees of freedom of Barnard and Rubin.
    fmi : ndarray
        Fraction of missing information.
    """

    riv: Floats
    df: Floats
    fmi: Floats


def rubin(within: Floats, between: Floats, m: int, df_complete: float) -> Rubin:
    """Apply Rubin's rules to each coefficient.

    Parameters
    ----------
    within : ndarray, shape (p,)
        Mean of the m variances.
    between : ndarray, shape (p,)
        Variance of the m estimates, divided by m - 1.
    m : int
    df_complete : float
        Degrees of freedom were nothing missing; infinite where limits are normal.

    Returns
    -------
    Rubin
        NaN where there is no error within.

    Examples
    --------
    >>> import numpy as np
    >>> found = rubin(np.array([2.0]), np.array([1.0]), m=2, df_complete=np.inf)
    >>> float(found.riv[0]), round(float(found.df[0]), 4), round(float(found.fmi[0]), 4)
    (0.75, 5.4444, 0.5639)
    """
    added = (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        riv = np.where(within > 0, added / within, np.nan)
        share = added / (within + added)
        old = (m - 1) / share**2
    observed = np.full_like(share, np.inf)
    if np.isfinite(df_complete):
        observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    with np.errstate(divide="ignore"):
        df = 1 / (1 / old + 1 / observed)
    return Rubin(riv, df, (riv + 2 / (old + 3)) / (riv + 1))


def spread(values: Floats) -> tuple[Floats, Floats]:
    """Mean over the first axis, shape (...), and deviations from it, shape (m, ...); those of equal values are zero."""
    gap = values - values[0]  # from the first one, so that copies of one fit agree exactly
    return values[0] + gap.mean(axis=0), gap - gap.mean(axis=0)


@dataclass(frozen=True, slots=True)
class Joined:
    """Quantities pooled one by one, each array of shape (r,): mean, standard error, and what `Rubin` holds."""

    estimate: Floats
    error: Floats
    riv: Floats
    df: Floats
    fmi: Floats

    def half(self, ci_level: float) -> Floats:
        """Half the width of the limits, from the t distribution."""
        return critical(ci_level, self.df) * self.error


def join(estimate: Floats, error: Floats, df_complete: float = np.inf) -> Joined:
    """Pool quantities one by one.

    Parameters
    ----------
    estimate, error : ndarray, shape (m, r)
        By imputation, on a scale on which they are nearly normal.
    df_complete : float

    Returns
    -------
    Joined

    Examples
    --------
    >>> import numpy as np
    >>> found = join(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]]))
    >>> float(found.estimate[0]), float(found.error[0]), float(found.riv[0])
    (2.0, 2.0, 3.0)
    """
    m = len(estimate)
    mean, gap = spread(estimate)
    within, between = spread(error**2)[0], (gap**2).sum(axis=0) / (m - 1)
    rules = rubin(within, between, m, df_complete)
    return Joined(mean, np.sqrt(within + (1 + 1 / m) * between), rules.riv, rules.df, rules.fmi)


@dataclass(frozen=True, slots=True)
class JoinedTest:
    """A pooled test: its F statistic with two degrees of freedom, and the relative increase in variance behind it."""

    statistic: float
    df: int
    df_resid: float
    p_value: float
    riv: float

    @property
    def fmi(self) -> float:
        """Fraction of missing information, as for a coefficient with that increase."""
        return (self.riv + 2 / (self.df_resid + 3)) / (self.riv + 1)


def join_tests(statistics: Floats, df: int) -> JoinedTest:
    """Pool tests from their chi-squared statistics alone (D2).

    Parameters
    ----------
    statistics : ndarray, shape (m,)
        With `df` degrees of freedom each.
    df : int

    Returns
    -------
    JoinedTest

    Notes
    -----
    With r = (1 + 1/m) times the variance of the square roots, D = (mean / df - (m + 1) / (m - 1) r) / (1 + r) is
    referred to F with df and v = df^(-3/m) (m - 1) (1 + 1/r)^2 degrees of freedom. Rough: the true level of a test at
    5% can be several points off where much is missing, and a low m costs power.

    References
    ----------
    Li, Meng, Raghunathan and Rubin, Statistica Sinica 1 (1991), 65-92.

    Examples
    --------
    >>> import numpy as np
    >>> found = join_tests(np.array([4.0, 4.0, 4.0]), 1)
    >>> found.statistic, found.df_resid, round(found.p_value, 4)
    (4.0, inf, 0.0455)
    """
    m = len(statistics)
    root = spread(np.sqrt(statistics))[1]
    riv = (1 + 1 / m) * float(root @ root) / (m - 1)
    mean = float(spread(statistics)[0])
    statistic = (mean / df - (m + 1) / (m - 1) * riv) / (1 + riv)
    rest = df ** (-3 / m) * (m - 1) * (1 + 1 / riv) ** 2 if riv > 0 else np.inf
    least = max(statistic, 0.0)  # the statistic may be negative
    p = special.fdtrc(df, rest, least) if np.isfinite(rest) else special.chdtrc(df, least * df)
    return JoinedTest(statistic, df, float(rest), float(p), riv)


def join_coefficients(estimate: Floats, within: Floats, between: Floats, m: int, df_complete: float) -> JoinedTest:
    """Test that pooled coefficients are zero together (D1).

    Parameters
    ----------
    estimate : ndarray, shape (k,)
        Means of the coefficients.
    within, between : ndarray, shape (k, k)
        Mean of their covariances, and covariance of the coefficients over the imputations.
    m : int
    df_complete : float

    Returns
    -------
    JoinedTest
        Where the imputations agree, the test of each of them.

    Notes
    -----
    With r = (1 + 1/m) tr(between within^-1) / k, D = estimate' within^-1 estimate / (k (1 + r)) is referred to F; its
    second degrees of freedom are those of Li, Raghunathan and Rubin, with a finite `df_complete` those of Reiter. One
    coefficient has those of Barnard and Rubin. Where there are too few imputations or degrees of freedom for Reiter's
    expansion they are the smaller of the first ones and of what `df_complete` leaves without anything missing.

    References
    ----------
    Li, Raghunathan and Rubin, Journal of the American Statistical Association 86 (1991), 1065-1073. Reiter, Biometrika
    94 (2007), 502-508.

    Examples
    --------
    >>> import numpy as np
    >>> found = join_coefficients(np.array([1.0, 2.0]), np.eye(2), np.diag([0.4, 0.8]), 4, np.inf)
    >>> round(found.statistic, 4), round(found.df_resid, 4)  # r = 0.75; 4 + 2 (1 + (2 / 3) / 0.75)^2
    (1.4286, 11.1358)
    """
    k = len(estimate)
    riv = (1 + 1 / m) * float(np.trace(np.linalg.solve(within, between))) / k
    statistic = float(estimate @ np.linalg.solve(within, estimate)) / k / (1 + riv)
    if riv <= 0:
        df = df_complete
    elif k == 1:
        df = float(rubin(np.diag(within), np.diag(between), m, df_complete).df[0])
    else:
        df = _df_of_several(k, m, riv, df_complete)
    p = special.fdtrc(k, df, statistic) if np.isfinite(df) else special.chdtrc(k, statistic * k)
    return JoinedTest(statistic, k, df, float(p), riv)


def _df_of_several(k: int, m: int, riv: float, df_complete: float) -> float:
    t = k * (m - 1)
    large = 4 + (t - 4) * (1 + (1 - 2 / t) / riv) ** 2 if t > 4 else t * (1 + 1 / k) * (1 + 1 / riv) ** 2 / 2
    if not np.isfinite(df_complete):
        return large
    observed = (df_complete + 1) / (df_complete + 3) * df_complete
    a = riv * t / (t - 2) if t > 2 else np.inf
    near, far = observed - 2 * (1 + a), observed - 4 * (1 + a)
    if t <= 4 or far <= 0:
        return min(large, observed)
    b = a / (1 + a)
    terms = b**2 * near / far + 4 * a * b * (1 / far + 2 * near / far**2)
    terms += 4 * a**2 / (far * near) + 16 * a**2 * near / far**3 + 8 * a**2 / far**2
    return 4 + 1 / (1 / far + terms / (t - 4))
