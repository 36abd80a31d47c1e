"""An estimate and its counts -> limits: from the profile likelihood, a log-normal, or the bootstrap over models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

from clemency.models.multiplesystems.cells import Cells, in_pairs, pair_margins
from clemency.models.multiplesystems.loglinear import design, fit_rows, newton, weights
from clemency.typing import Bools, Floats

_FAR = 1e8  # times the number of known people
_ROWS = 8192  # fits in memory at once


def profile_limits(cells: Cells, interactions: Bools, ci_level: float) -> tuple[float, float, float]:
    """Limits of the number on no list under one model, and where its likelihood is greatest.

    The likelihood is multinomial given the number of all, N, which is what the limits are of; the greatest one lies a
    little below the estimate of the Poisson model, which conditions on the known.

    Parameters
    ----------
    cells : Cells
    interactions : ndarray of bool, shape (k (k - 1) / 2,)
    ci_level : float

    Returns
    -------
    low, high, top : float
        `high` is infinite where the likelihood does not fall that far.

    References
    ----------
    Cormack, Biometrics 48 (1992), 567-576.
    """
    profile = _profile(cells, interactions)
    scale = max(cells.known, 1)
    found = optimize.minimize_scalar(lambda t: -profile(np.exp(t)), bounds=(np.log(1e-6), np.log(_FAR * scale)))
    top = float(np.exp(found.x))
    best = max(profile(top), profile(0.0))
    top = top if profile(top) >= profile(0.0) else 0.0
    drop = special.ndtri((1 + ci_level) / 2) ** 2 / 2  # half a quantile of chi-squared

    def over(t: float) -> float:
        return profile(t) - best + drop

    low = 0.0 if over(0.0) >= 0 or top == 0 else optimize.brentq(over, 0.0, top, xtol=1e-9 * max(top, 1))
    far = max(2 * top, 1.0)
    while over(far) > 0 and far < _FAR * scale:
        far *= 2
    high = float("inf") if over(far) > 0 else optimize.brentq(over, top, far, xtol=1e-9 * far)
    return float(low), float(high), top


def _profile(cells: Cells, interactions: Bools) -> Callable[[float], float]:
    """Log likelihood of a number on no list, the other parameters at their best."""
    k, y = cells.k, cells.n
    empty = interactions & (pair_margins(y, k) == 0)
    kept = ~(in_pairs(k)[:, empty].any(axis=1))
    x = design(k)
    active = np.concatenate([np.ones(1 + k, dtype=bool), interactions & ~empty])[None]
    nobody = np.zeros((1, x.shape[1]))
    nobody[0, 0] = 1.0
    wide, rows = np.vstack([x[kept], nobody]), np.ones((1, int(kept.sum()) + 1), dtype=bool)

    def profile(t: float) -> float:
        counts: Floats = np.append(y[kept], t)
        beta = newton(counts[None], wide, rows, active)[0][0]
        total = counts.sum()
        ways = special.gammaln(total + 1) - special.gammaln(t + 1) - total * np.log(total)
        return float(counts @ (wide @ beta) + ways)

    return profile


def log_normal_limits(unseen: float, std_error: float, ci_level: float) -> tuple[float, float]:
    """Limits of a number on no list whose logarithm is about normal (Chao 1987): never below 0.

    Examples
    --------
    >>> log_normal_limits(0.0, 0.0, 0.95)
    (0.0, 0.0)
    """
    if not unseen > 0:
        return unseen, unseen
    factor = np.exp(special.ndtri((1 + ci_level) / 2) * np.sqrt(np.log1p((std_error / unseen) ** 2)))
    return float(unseen / factor), float(unseen * factor)


def redrawn(cells: Cells, unseen: float, replications: int, rng: np.random.Generator) -> Floats:
    """Counts of as many samples, shape (B, 2^k - 1).

    How many of all are known is binomial, and those are divided among the histories as they were observed: no model
    is believed but for the number of all.

    References
    ----------
    Norris and Pollock, Environmental and Ecological Statistics 3 (1996), 235-244. Buckland, Burnham and Augustin,
    Biometrics 53 (1997), 603-618.
    """
    known = cells.known
    total = max(round(known + unseen), known)
    found = rng.binomial(total, known / total, size=replications)
    return rng.multinomial(found, cells.n / known).astype(float)


def averaged_draws(draws: Floats, k: int, interactions: Bools, criterion: str) -> Floats:
    """Numbers on no list of each sample, averaged over models that are weighed anew, shape (B,).

    Infinite where no model has an estimate: the sample does not bound the number.
    """
    models = len(interactions)
    found = []
    for part in np.array_split(draws, max(1, len(draws) * models // _ROWS)):
        rows = np.repeat(part, models, axis=0)
        fits = fit_rows(rows, k, np.tile(interactions, (len(part), 1)), exact=False)
        values = fits.criterion(criterion, np.maximum(rows.sum(axis=1), 1)).reshape(len(part), models)
        weight = weights(values)
        unseen = np.where(weight > 0, fits.unseen.reshape(weight.shape), 0.0)
        found.append(np.where(weight.any(axis=1), (weight * unseen).sum(axis=1), np.inf))
    return np.concatenate(found) if found else np.empty(0)


def percentiles(values: Floats, ci_level: float) -> tuple[float, float]:
    """Percentile limits; infinite values are as large as any."""
    tail = (1 - ci_level) / 2
    low, high = np.quantile(values, [tail, 1 - tail], method="inverted_cdf")
    return float(low), float(high)
