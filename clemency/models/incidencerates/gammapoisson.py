"""Counts and exposures of groups -> the Gamma prior of their rates, and its posterior: numbers on arrays.

A count y is Poisson with mean e t, where e is the exposure and the rate t is drawn from a Gamma distribution of mean m
and rate r (shape r m, variance m / r). Counts are then negative binomial, and t given y is Gamma with shape y + r m and
rate e + r: the prior mean keeps the share r / (e + r). No variance between groups is r = infinity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import optimize, special, stats

from clemency.typing import Floats

_DROP = 25.0  # log-likelihood below its maximum at which an integral stops
_GRID = 64  # values of the relative variance between which the score is searched for roots


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior at the maximum of the marginal likelihood.

    Attributes
    ----------
    mean : float
    relative : float
        Variance over the squared mean; 0 where all groups have one rate.
    loglik, null : float
        Log-likelihood (negative binomial), and that of one rate for all (Poisson).
    """

    mean: float
    relative: float
    loglik: float
    null: float

    @property
    def variance(self) -> float:
        """Variance of the rates between groups."""
        return self.relative * self.mean**2

    @property
    def rate(self) -> float:
        """Exposure at which a group's own rate and the prior mean weigh the same; infinite without variance."""
        return np.inf if self.relative == 0 else 1 / (self.relative * self.mean)

    @property
    def ratio(self) -> float:
        """Likelihood ratio statistic against no variance."""
        return max(2 * (self.loglik - self.null), 0.0)

    @property
    def p_value(self) -> float:
        """By the mixture of chi-squared on 0 and 1 degrees of freedom, half each."""
        return 1.0 if self.relative == 0 else float(stats.chi2.sf(self.ratio, 1) / 2)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Priors with weights, over which a posterior is averaged; K of them."""

    mean: Floats
    rate: Floats
    weight: Floats


def log_likelihood(y: Floats, e: Floats, mean: float, relative: float) -> float:
    """Negative binomial log-likelihood, or that of a Poisson where the relative variance is 0.

    Parameters
    ----------
    y, e : ndarray, shape (G,)
    mean, relative : float

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> round(log_likelihood(np.array([2.0]), np.array([1.0]), 1.0, 1.0), 6)  # shape 1: (1/2)^3
    -2.079442
    """
    x = relative * e * mean
    stays = e * mean if relative == 0 else np.log1p(x) / relative
    known = y * np.log(e * mean) - special.gammaln(y + 1)
    return float(np.sum(known + rising(y, relative) - y * np.log1p(x) - stays))


def rising(y: Floats, relative: float | Floats) -> Floats:
    """Sum of log(1 + j relative) over j < y, accurate where the relative variance is tiny."""
    relative = np.broadcast_to(np.asarray(relative, dtype=float), np.shape(y))
    a = 1 / np.maximum(relative, 1e-100)
    far = a > 10
    b = np.where(far, a, 20.0)
    stirling = (b + y - 0.5) * np.log1p(y / b) - y + _tail(b + y) - _tail(b)
    near = np.where(far, 1.0, a)
    direct = special.gammaln(near + y) - special.gammaln(near) - y * np.log(near)
    return np.where(relative == 0, 0.0, np.where(far, stirling, direct))


def _tail(z: Floats) -> Floats:
    """Remainder of Stirling's formula for log Gamma, for z above 10."""
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * z**2)) / z**2) / z**2) / z


def _slope(y: Floats, e: Floats, mean: float, relative: float) -> float:
    """Derivative of the log-likelihood by the relative variance."""
    mu = e * mean
    if relative == 0:
        return float(np.sum((y - mu) ** 2 - y) / 2)
    a = 1 / relative
    if a > 10:
        step = np.log1p(y / a) + _digamma_tail(a + y) - _digamma_tail(np.array(a))
    else:
        step = special.digamma(a + y) - special.digamma(a)
    x = relative * mu
    series = 1 / 2 - x * (2 / 3 - x * (3 / 4 - x * (4 / 5 - x * 5 / 6)))
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = np.where(x < 1e-3, series, (np.log1p(x) - x / (1 + x)) / x**2)
    return float(np.sum(a * (y - a * step) + mu**2 * bend - y * mu / (1 + x)))


def _digamma_tail(z: Floats) -> Floats:
    return -1 / (2 * z) - (1 / 12 - (1 / 120 - 1 / (252 * z**2)) / z**2) / z**2


def best_mean(y: Floats, e: Floats, relative: float) -> float:
    """Prior mean of greatest likelihood at a given relative variance: one root, approached from below."""
    m = 0.0
    for _ in range(500):
        q = 1 + relative * e * m
        step = np.sum((y - e * m) / q) / np.sum(e * (1 + relative * y) / q**2)
        m += float(step)
        if abs(step) <= 1e-15 * m:
            break
    return m


def fit_prior(y: Floats, e: Floats) -> Prior:
    """Maximise the marginal likelihood.

    Parameters
    ----------
    y : ndarray, shape (G,)
        Counts, one of them above 0.
    e : ndarray, shape (G,)
        Exposures, above 0.

    Returns
    -------
    Prior

    Notes
    -----
    Every root of the score within a grid over the relative variance is found, and 0; the best of them is taken.
    """
    pooled = float(y.sum() / e.sum())
    null = log_likelihood(y, e, pooled, 0.0)
    best = (null, 0.0, pooled)

    def score(log: float) -> float:
        relative = float(np.exp(log))
        return _slope(y, e, best_mean(y, e, relative), relative)

    unit = np.log(1 / max(float(y.max()), 1.0))
    grid = np.linspace(unit - 12, max(unit, 0.0) + 12, _GRID)
    value = [score(g) for g in grid]
    for i in range(_GRID - 1):
        if value[i] > 0 >= value[i + 1]:
            root = optimize.brentq(score, grid[i], grid[i + 1], xtol=1e-13, rtol=1e-14)
            relative = float(np.exp(root))
            mean = best_mean(y, e, relative)
            best = max(best, (log_likelihood(y, e, mean, relative), relative, mean))
    return Prior(best[2], best[1], best[0], null)


def profile_limits(y: Floats, e: Floats, prior: Prior, ci_level: float, relative: bool = False) -> tuple[float, float]:
    """Limits of the variance between groups by its profile likelihood; the lower one may be 0.

    Parameters
    ----------
    y, e : ndarray, shape (G,)
    prior : Prior
        From :func:`fit_prior`.
    ci_level : float
    relative : bool
        Of the relative variance instead.

    Returns
    -------
    low, high : float
    """
    allowed = float(stats.chi2.ppf(ci_level, 1)) / 2
    profile = _relative_profile(y, e) if relative else _variance_profile(y, e, prior.mean)

    def excess(log: float) -> float:
        return prior.loglik - profile(float(np.exp(log))) - allowed

    top = prior.relative if relative else prior.variance
    unit = 1 / y.max() * (1.0 if relative else prior.mean**2)
    start = float(np.log(top if top > 0 else unit * 1e-6))
    high = start + 1.0
    while excess(high) < 0:
        high += 1.0
    upper = float(np.exp(optimize.brentq(excess, high - 1.0 if high > start + 1 else start, high, xtol=1e-12)))
    if top == 0 or prior.loglik - prior.null <= allowed:
        return 0.0, upper
    low = start - 1.0
    while excess(low) < 0:
        low -= 1.0
    return float(np.exp(optimize.brentq(excess, low, start, xtol=1e-12))), upper


def _relative_profile(y: Floats, e: Floats) -> Callable[[float], float]:
    return lambda v: log_likelihood(y, e, best_mean(y, e, v), v)


def _variance_profile(y: Floats, e: Floats, mean: float) -> Callable[[float], float]:
    """Greatest likelihood over the mean at a given variance; each search starts around the last mean found."""
    last = [float(np.log(mean))]

    def at(variance: float) -> float:
        def loss(log: float) -> float:
            m = float(np.exp(log))
            return -log_likelihood(y, e, m, variance / m**2)

        found = optimize.minimize_scalar(loss, bracket=(last[0] - 0.1, last[0] + 0.1), options={"xtol": 1e-9})
        last[0] = float(found.x)
        return -float(found.fun)

    return at


def prior_nodes(y: Floats, e: Floats, points: int = 32) -> Nodes:
    """Weigh priors by their likelihood under a vague hyperprior, for integrals over the prior's two parameters.

    Parameters
    ----------
    y, e : ndarray, shape (G,)
    points : int
        Gauss-Legendre points on each side of a maximum, in both directions.

    Returns
    -------
    Nodes

    Notes
    -----
    The hyperprior is flat in log m and in B = r / (r + mean exposure), the weight of the prior mean in a group of
    average exposure. The posterior is proper as soon as there is one event.

    References
    ----------
    .. [1] C. L. Christiansen and C. N. Morris (1997), Hierarchical Poisson regression modeling, JASA 92:618-632.
    """
    centre = float(e.mean())

    def height(odds: float) -> float:  # in the logarithm of B / (1 - B), in which the integrand is smooth
        return _peak(y, e, centre * float(np.exp(odds)))[0] + float(_log_logistic(odds))

    grid = np.linspace(-32.0, 30.0, 32)
    value = np.array([height(x) for x in grid])
    i = int(np.argmax(value))
    found = optimize.minimize_scalar(
        lambda x: -height(float(x)), bounds=(grid[i - 1], grid[i + 1]), method="bounded", options={"xatol": 1e-3}
    )
    inside = np.flatnonzero(value > value[i] - _DROP)
    low, high = grid[max(inside[0] - 1, 0)], grid[min(inside[-1] + 1, len(grid) - 1)]
    odds, outer = _two_sided(float(low), float(found.x), float(high), points)
    parts = [_inner(y, e, centre * float(np.exp(x)), points) for x in odds]
    mean = np.concatenate([p[0] for p in parts])
    shift = np.log(outer) + _log_logistic(odds)
    log = np.concatenate([p[1] + v for p, v in zip(parts, shift, strict=True)])
    rate = np.repeat(centre * np.exp(odds), [len(p[0]) for p in parts])
    weight = np.exp(log - log.max())
    order = np.argsort(weight)
    kept = np.sort(order[np.cumsum(weight[order]) > 1e-10 * weight.sum()])
    return Nodes(mean[kept], rate[kept], weight[kept] / weight[kept].sum())


def _log_logistic(x: Floats | float) -> Floats:
    """Logarithm of the density that a flat B has in its log odds."""
    return np.asarray(-np.abs(x) - 2.0 * np.log1p(np.exp(-np.abs(x))))


def _by_mean(y: Floats, e: Floats, rate: float) -> Callable[[Floats], Floats]:
    """Log-likelihood by log m at a given rate r, but for a constant of y and e; shape of its argument."""
    seen, count = np.unique(y, return_counts=True)
    leave, pull = float(np.log1p(e / rate).sum()), float(-(y * np.log1p(e / rate)).sum())

    def at(log: Floats) -> Floats:
        m = np.exp(np.atleast_1d(log))
        grown = rising(np.broadcast_to(seen, (len(m), len(seen))), 1 / (rate * m)[:, None])
        grown = (grown * count).sum(axis=1)
        return np.asarray(y.sum() * np.log(m) + grown - rate * m * leave + pull)

    return at


def _peak(y: Floats, e: Floats, rate: float) -> tuple[float, float]:
    """Greatest log-likelihood over log m at a given rate, and where."""
    at = _by_mean(y, e, rate)
    # r m is between the number of groups with events and the number of events, each over the sum of log(1 + e / r).
    low, high = (float(np.log(v / (rate * np.log1p(e / rate).sum()))) for v in ((y > 0).sum(), y.sum()))
    found = optimize.minimize_scalar(
        lambda v: -float(at(v)[0]), bounds=(low - 1e-6, high + 1e-6), method="bounded", options={"xatol": 1e-2}
    )
    return -float(found.fun), float(found.x)


def _inner(y: Floats, e: Floats, rate: float, points: int) -> tuple[Floats, Floats]:
    """Points in m and the logarithms of their weights at a given rate."""
    at = _by_mean(y, e, rate)
    value, peak = _peak(y, e, rate)
    ends = []
    for side in (-1, 1):
        far = 0.3
        while at(np.array(peak + side * far))[0] > value - _DROP:
            far *= 1.5
        ends.append(peak + side * far)
    # Where the groups hardly vary, each prior is a spike: the points must lie closer than the spikes are wide.
    spikes = 0.75 * (ends[1] - ends[0]) * np.sqrt(rate) * np.exp(peak / 2)
    log, weight = _two_sided(ends[0], peak, ends[1], int(np.clip(spikes, points, 256)))
    return np.exp(log), at(log) + np.log(weight)


@lru_cache(maxsize=256)
def _gauss_legendre(points: int) -> tuple[Floats, Floats]:
    """Points and weights on (-1, 1); finding them anew each time was nearly all the time of a fit."""
    return np.polynomial.legendre.leggauss(points)


def _two_sided(low: float, middle: float, high: float, points: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre points and weights on (low, middle) and (middle, high)."""
    x, w = _gauss_legendre(points)
    parts = [(a + (b - a) * (x + 1) / 2, w * (b - a) / 2) for a, b in ((low, middle), (middle, high)) if b > a]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def bootstrap_nodes(y: Floats, e: Floats, prior: Prior, replications: int, rng: np.random.Generator) -> Nodes:
    """Priors fitted to samples drawn from the fitted prior, with equal weights.

    Parameters
    ----------
    y, e : ndarray, shape (G,)
    prior : Prior
    replications : int
    rng : Generator

    Returns
    -------
    Nodes

    Notes
    -----
    Samples without any event have no prior and are drawn again. Where no variance is left, a relative variance of 1e-12
    stands for it.

    References
    ----------
    .. [1] N. M. Laird and T. A. Louis (1987), Empirical Bayes confidence intervals based on bootstrap samples, JASA
       82:739-750 (their type III).
    """
    fits: list[Prior] = []
    while len(fits) < replications:
        spread = prior.relative
        rates = prior.mean * (rng.gamma(1 / spread, spread, len(e)) if spread else np.ones(len(e)))
        drawn = rng.poisson(e * rates).astype(float)
        if drawn.any():
            fits.append(fit_prior(drawn, e))
    mean = np.array([f.mean for f in fits])
    rate = 1 / (np.maximum([f.relative for f in fits], 1e-12) * mean)
    return Nodes(mean, rate, np.full(replications, 1 / replications))


def moments(nodes: Nodes, y: Floats, e: Floats) -> tuple[Floats, Floats, Floats]:
    """Posterior means, standard deviations and weights of the prior mean; each of shape (G,)."""
    total = e[:, None] + nodes.rate
    share = nodes.rate / total
    mean = (y[:, None] + nodes.rate * nodes.mean) / total
    w = nodes.weight
    average = (mean * w).sum(axis=1)
    variance = (w * (mean / total + (mean - average[:, None]) ** 2)).sum(axis=1)
    return average, np.sqrt(variance), (share * w).sum(axis=1)


def quantile(nodes: Nodes, y: float, e: float, p: float) -> float:
    """Quantile of the posterior of one group, a mixture of Gamma distributions."""
    shape, rate = y + nodes.rate * nodes.mean, e + nodes.rate

    def below(log: float) -> float:
        return float((nodes.weight * special.gammainc(shape, rate * np.exp(log))).sum()) - p

    if len(nodes.weight) == 1:
        return float(special.gammaincinv(shape[0], p) / rate[0])
    start = float(np.log((nodes.weight * shape / rate).sum()))
    low, high = start - 0.5, start + 0.5
    while below(low) > 0:
        low -= 1.0
    while below(high) < 0:
        high += 0.5
    return float(np.exp(optimize.brentq(below, low, high, xtol=1e-10)))
