"""People drawn with replacement -> limits of a total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import special

from clemency.typing import Floats

#: Numbers held at once while people are drawn again.
_AT_ONCE = 2_000_000

#: Share of draws without any known size above which limits are not given.
UNDEFINED = 0.05


def drawn_people(n_persons: int, samples: int, seed: Sequence[int], n_rows: int) -> Iterator[Floats]:
    """How often each person is drawn with replacement, in blocks of shape (b, n_persons)."""
    rng, even = np.random.default_rng(seed), np.full(n_persons, 1 / n_persons)
    for size in _sizes(samples, n_rows):
        yield rng.multinomial(n_persons, even, size=size).astype(np.float64)


def without_each(n_persons: int, n_rows: int) -> Iterator[Floats]:
    """One for all people but one, in blocks of shape (b, n_persons)."""
    first = 0
    for size in _sizes(n_persons, n_rows):
        block = np.ones((size, n_persons))
        block[np.arange(size), first + np.arange(size)] = 0
        first += size
        yield block


def _sizes(count: int, n_rows: int) -> Iterator[int]:
    step = max(1, _AT_ONCE // max(n_rows, 1))
    for i in range(0, count, step):
        yield min(step, count - i)


def limits_of(value: float, drawn: Floats, without: Floats, kind: str, ci_level: float) -> tuple[float, float]:
    """Bootstrap limits.

    Parameters
    ----------
    value : float
        The estimate.
    drawn : ndarray, shape (B,)
        The estimate of each draw.
    without : ndarray, shape (P,)
        The estimate without each person.
    kind : {"bca", "percentile"}
        Bias-corrected and accelerated, or percentiles as they are.
    ci_level : float

    Returns
    -------
    low, high : float
        Missing where the draws do not vary, or too many of them have no value.

    References
    ----------
    Efron, Journal of the American Statistical Association 82 (1987), 171-185.
    """
    fine = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or len(fine) < (1 - UNDEFINED) * len(drawn) or np.ptp(fine) == 0:
        return np.nan, np.nan
    tail = np.array([(1 - ci_level) / 2, (1 + ci_level) / 2])
    if kind == "bca":
        below = (np.sum(fine < value) + 0.5 * np.sum(fine == value)) / len(fine)
        gap = np.nanmean(without) - without[np.isfinite(without)]
        spread = np.sum(gap**2) ** 1.5
        bend = float(np.sum(gap**3) / (6 * spread)) if spread > 0 else 0.0
        shift = special.ndtri(np.clip(below, 0.5 / len(fine), 1 - 0.5 / len(fine)))
        z = shift + special.ndtri(tail)
        tail = special.ndtr(shift + z / (1 - bend * z))
    low, high = np.quantile(fine, tail)
    return float(low), float(high)


def studentised(value: float, error: float, drawn: Floats, errors: Floats, ci_level: float) -> tuple[float, float]:
    """Bootstrap limits from draws of the standardised logarithm.

    Parameters
    ----------
    value, error : float
        The estimate and the standard error of its logarithm.
    drawn, errors : ndarray, shape (B,)
        The same of each draw.
    ci_level : float

    Returns
    -------
    low, high : float
        Missing as in `limits_of`. The upper limit is infinite where too many draws are zero.

    References
    ----------
    Davison and Hinkley, Bootstrap Methods and their Application (1997), section 5.2.
    """
    fine = np.isfinite(drawn)
    if not (np.isfinite(value) and value > 0 and error > 0) or fine.mean() < 1 - UNDEFINED or np.ptp(drawn[fine]) == 0:
        return np.nan, np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(drawn > 0, (np.log(drawn) - np.log(value)) / errors, -np.inf)[fine]
    low, high = np.quantile(t, [(1 + ci_level) / 2, (1 - ci_level) / 2], method="inverted_cdf")
    return float(value * np.exp(-low * error)), float(value * np.exp(-high * error))
