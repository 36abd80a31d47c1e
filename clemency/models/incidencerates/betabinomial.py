"""Successes and trials of groups -> the Beta prior of their shares, and its posterior: numbers on arrays.

A count y of n is binomial with a share that is drawn from a Beta distribution of mean m and size r (a = r m and
b = r (1 - m)). Counts are then beta-binomial, and the share given y is Beta with a + y and b + n - y: the prior mean
keeps the weight r / (r + n). No variance between groups is r = infinity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from clemency.models.incidencerates.gammapoisson import rising
from clemency.typing import Bools, Floats

_DROP = 38.0  # log-likelihood below its maximum at which an integral stops
#: Size of a prior, in trials of all groups, from which on all groups as good as have one share.
_FAR = 1e3


@dataclass(frozen=True, slots=True)
class SharePrior:
    """The prior at the maximum of the marginal likelihood.

    Attributes
    ----------
    mean : float
    correlation : float
        Of two trials of one group, 1 / (1 + r): the variance between groups over mean (1 - mean); 0 for one share.
    loglik, null : float
        Log-likelihood (beta-binomial), and that of one share for all, without binomial coefficients.
    """

    mean: float
    correlation: float
    loglik: float
    null: float

    @property
    def ratio(self) -> float:
        """Likelihood ratio statistic against one share for all."""
        return max(2 * (self.loglik - self.null), 0.0)

    @property
    def p_value(self) -> float:
        """By the mixture of chi-squared on 0 and 1 degrees of freedom, half each, as zero is at the boundary."""
        return 1.0 if self.correlation == 0 else float(stats.chi2.sf(self.ratio, 1) / 2)


@dataclass(frozen=True, slots=True)
class ShareNodes:
    """Priors with weights, over which a posterior is averaged; K of them.

    Attributes
    ----------
    a, b, weight : ndarray, shape (K,)
    far : ndarray of bool, shape (K,)
        Priors so narrow that all groups have one share: for its distribution they are one, of all trials together.
    pooled : tuple of float
        Posterior of that share, as the two parameters of a Beta distribution.
    """

    a: Floats
    b: Floats
    weight: Floats
    far: Bools
    pooled: tuple[float, float]


def log_likelihood(y: Floats, n: Floats, odds: Floats, size: Floats) -> Floats:
    """Beta-binomial log-likelihood without binomial coefficients, for K priors; shape (K,).

    Parameters
    ----------
    y, n : ndarray, shape (G,)
    odds, size : ndarray, shape (K,)
        Log odds of the mean, of which both ends are known so; an infinite size is one share for all.

    Examples
    --------
    >>> import numpy as np
    >>> flat = log_likelihood(np.array([1.0]), np.array([3.0]), np.array([0.0]), np.array([2.0]))
    >>> round(float(np.exp(flat[0])), 12)  # the integral of p (1 - p)^2
    0.083333333333
    """
    pairs, count = np.unique(np.column_stack([y, n - y]), axis=0, return_counts=True)
    hit, miss = pairs.T
    v, r = odds[:, None], size[:, None]
    out = hit * special.log_expit(v) + miss * special.log_expit(-v)
    one, other = 1 / (r * special.expit(v)), 1 / (r * special.expit(-v))
    out = out + _grown(hit, one) + _grown(miss, other) - _grown(hit + miss, 1 / r)
    return np.asarray(out @ count, dtype=np.float64)


def _grown(counts: Floats, relative: Floats) -> Floats:
    """Logarithm of a rising product for each prior and count, less that of its equal factors; shape (K, P)."""
    return rising(np.broadcast_to(counts, (len(relative), len(counts))), relative)


def fit_share_prior(y: Floats, n: Floats) -> SharePrior:
    """Maximise the marginal likelihood; all of one kind, or no more spread than chance, leaves one share for all."""
    pooled = float(y.sum() / n.sum())
    if pooled in (0.0, 1.0):
        return SharePrior(pooled, 0.0, 0.0, 0.0)
    middle = float(special.logit(pooled))
    null = float(log_likelihood(y, n, np.array([middle]), np.array([np.inf]))[0])

    def best(log_size: float) -> tuple[float, float]:
        size = np.array([np.exp(log_size)])

        def loss(v: float) -> float:
            return -float(log_likelihood(y, n, np.array([v]), size)[0])

        found = optimize.minimize_scalar(loss, bracket=(middle - 0.3, middle + 0.3))
        return -float(found.fun), float(special.expit(found.x))

    centre = float(np.log(n.mean()))
    grid = np.linspace(centre - 12, centre + 12, 49)
    value = np.array([best(x)[0] for x in grid])
    i = int(np.argmax(value))
    found = optimize.minimize_scalar(
        lambda x: -best(x)[0], bounds=(grid[max(i - 1, 0)], grid[min(i + 1, 48)]), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    top, mean = best(float(found.x))
    if top <= null + 1e-9:
        return SharePrior(pooled, 0.0, null, null)
    return SharePrior(mean, float(1 / (1 + np.exp(found.x))), top, null)


def share_nodes(y: Floats, n: Floats) -> ShareNodes:
    """Weigh priors by their likelihood under a vague hyperprior: flat in the mean m and in B = r / (r + mean trials).

    Parameters
    ----------
    y, n : ndarray, shape (G,)

    Returns
    -------
    ShareNodes

    Notes
    -----
    Both are integrated as log odds by the trapezoidal rule, whose error vanishes quickly for integrands that are smooth
    and fall off on both sides.
    """
    centre = float(n.mean())
    outer = np.arange(-30.0, 30.25, 0.5)
    parts = [_inner(y, n, centre * float(np.exp(x))) for x in outer]
    log = np.concatenate([p[1] + _log_logistic(x) for p, x in zip(parts, outer, strict=True)])
    size = np.repeat(centre * np.exp(outer), [len(p[0]) for p in parts])
    odds = np.concatenate([p[0] for p in parts])
    weight = np.exp(log - log.max())
    order = np.argsort(weight)
    kept = np.sort(order[np.cumsum(weight[order]) > 1e-12 * weight.sum()])
    a, b = (size[kept] * special.expit(v) for v in (odds[kept], -odds[kept]))
    hits, total = float(y.sum()), float(n.sum())
    pooled = (1 + hits, 1 + total - hits)
    return ShareNodes(a, b, weight[kept] / weight[kept].sum(), size[kept] > _FAR * total, pooled)


def _inner(y: Floats, n: Floats, size: float) -> tuple[Floats, Floats]:
    """Log odds of means at a given size of the prior, and the logarithms of their weights."""

    def height(v: Floats) -> Floats:
        return log_likelihood(y, n, v, np.full(len(v), size)) + _log_logistic(v)

    peak, top, reach = 0.0, 0.0, 40.0
    while reach > 1e-4:  # a grid around the best point of the last one
        around: Floats = peak + np.linspace(-reach, reach, 41, dtype=np.float64)
        value = height(around)
        peak, top, reach = float(around[np.argmax(value)]), float(value.max()), reach / 20
    far: Floats = 1e-4 * 1.3 ** np.arange(51, dtype=np.float64)
    low, high = (peak + side * far[_first(height(peak + side * far) <= top - _DROP)] for side in (-1, 1))
    # Where the groups hardly vary, each prior is a spike: the points must lie closer than the spikes are wide.
    spikes = 0.0 if size > _FAR * n.sum() else 20 * np.sqrt(size / n.sum())
    v = np.linspace(low, high, max(int(64 + spikes), 96), dtype=np.float64)
    return v, height(v) + np.log(v[1] - v[0])


def _first(there: Bools) -> int:
    """Place of the first that is true; the last of all if none is."""
    return int(np.argmax(there)) if there.any() else len(there) - 1


def _log_logistic(x: Floats | float) -> Floats:
    """Logarithm of the density that a flat share has in its log odds."""
    return np.asarray(-np.abs(x) - 2.0 * np.log1p(np.exp(-np.abs(x))))


def share_moments(nodes: ShareNodes, y: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Posterior means, standard deviations and weights of the prior mean; each of shape (G,)."""
    a, b = nodes.a + y[:, None], nodes.b + (n - y)[:, None]
    total, w = a + b, nodes.weight
    mean = a / total
    average = (mean * w).sum(axis=1)
    variance = (w * (mean * (b / total) / (total + 1) + (mean - average[:, None]) ** 2)).sum(axis=1)
    return average, np.sqrt(variance), (w * (nodes.a + nodes.b) / total).sum(axis=1)


def share_quantile(nodes: ShareNodes, y: float, n: float, p: float) -> float:
    """Quantile of the posterior of one group, a mixture of Beta distributions."""
    near = ~nodes.far
    a = np.r_[nodes.a[near] + y, nodes.pooled[0]]
    b = np.r_[nodes.b[near] + n - y, nodes.pooled[1]]
    weight = np.r_[nodes.weight[near], nodes.weight[nodes.far].sum()]

    def below(v: float) -> float:
        return float(weight @ special.betainc(a, b, special.expit(v))) - p

    if below(36.0) < 0:  # nearer to one than a number can be
        return 1.0
    return float(special.expit(optimize.brentq(below, -700.0, 36.0, xtol=1e-12)))
