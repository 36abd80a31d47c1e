"""The joint likelihood of recurrent acts and of the ends of a history, with its gradient.

Person i has a frailty z, gamma with mean one and variance theta. Acts come with hazard z r(t) exp(x'b), end k with
z**alpha_k l_k(t) exp(x'g_k); r and l_k are constant within bands of time. What a person adds is the integral over z,
taken in log z = mode + spread * sinh(v) by the trapezoidal rule in v, whose error falls exponentially with the number
of nodes [1]_.

References
----------
.. [1] H. Takahasi and M. Mori (1974), Double exponential formulas for numerical integration, Publications of RIMS,
   Kyoto University 9:721-741.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.models.kernel.riskset import sums_by
from clemency.typing import Bools, Floats, Ints

#: Bounds of v: the left side reaches far, since a person without events has a long tail of small frailties.
_LEFT, _RIGHT = 6.0, 3.75
#: Distance of nodes: for numbers that are given, and on the way to the top.
FINE, COARSE = 0.08, 0.25
_MODE_STEPS = 60
#: Beyond this logarithm of a power of z the integrand is zero in any number.
_HIGHEST = 300.0


@dataclass(frozen=True, slots=True)
class Process:
    """One kind of event in n spells.

    Attributes
    ----------
    X : ndarray, shape (n, p)
        Centred.
    spent : ndarray, shape (n, B)
        Time of each spell in each band.
    event : ndarray of bool, shape (n,)
    band : ndarray of int, shape (n,)
        Band of each spell's end.
    """

    X: Floats
    spent: Floats
    event: Bools
    band: Ints

    @property
    def size(self) -> int:
        """Number of parameters: coefficients, then logarithms of rates."""
        return self.X.shape[1] + self.spent.shape[1]


@dataclass(frozen=True, slots=True)
class Joint:
    """Arrays of a fit; N persons and K ends.

    Attributes
    ----------
    processes : tuple of Process
        Acts first, then the ends.
    person : ndarray of int, shape (n,)
    number : int
        N.
    """

    processes: tuple[Process, ...]
    person: Ints
    number: int

    def parts(self, theta: Floats) -> tuple[list[Floats], Floats, float]:
        """Parameters of each process, powers alpha of the ends, and log theta."""
        ends = np.cumsum([p.size for p in self.processes])
        own = [theta[e - p.size : e] for p, e in zip(self.processes, ends, strict=True)]
        return own, theta[ends[-1] : -1], float(theta[-1])


@dataclass(frozen=True, slots=True)
class Look:
    """The likelihood at one vector of parameters.

    Attributes
    ----------
    loglik : float
    score : ndarray, shape (q,)
    frailty, spread : ndarray, shape (N,)
        Mean and standard deviation of each person's frailty, given what happened.
    """

    loglik: float
    score: Floats
    frailty: Floats
    spread: Floats


def look(joint: Joint, parameters: Floats, step: float = FINE) -> Look:
    """Compute the log-likelihood and its gradient.

    Parameters
    ----------
    joint : Joint
    parameters : ndarray, shape (q,)
        For acts and each end coefficients and log rates; then the powers; then log theta.
    step : float
        Distance of the nodes.

    Returns
    -------
    Look
    """
    own, alpha, log_theta = joint.parts(parameters)
    nu, N = np.exp(-log_theta), joint.number
    hazards = [_hazard(p, b) for p, b in zip(joint.processes, own, strict=True)]
    H = np.array([sums_by(joint.person, h.sum(axis=1), N) for h in hazards])
    events = np.array([sums_by(joint.person, p.event.astype(np.float64), N) for p in joint.processes])
    fixed = sum(_at_events(p, b) for p, b in zip(joint.processes, own, strict=True))
    powers = np.concatenate([[1.0], alpha])
    log, u, pi, raised = _integrals(H, powers @ events, powers, float(nu), step)
    loglik = float(fixed + log.sum() + N * (nu * np.log(nu) - special.gammaln(nu)))
    means = np.array([(pi * r).sum(axis=1) for r in raised])
    scores = [_score(p, h, m[joint.person]) for p, h, m in zip(joint.processes, hazards, means, strict=True)]
    log_mean = (pi * u).sum(axis=1)
    turned = [
        float(events[k] @ log_mean - H[k] @ (pi * u * raised[k]).sum(axis=1)) for k in range(1, len(joint.processes))
    ]
    by_nu = (log_mean - means[0]).sum() + N * (np.log(nu) + 1 - special.digamma(nu))
    score = np.concatenate([*scores, turned, [-nu * by_nu]])
    spread = np.sqrt(np.maximum((pi * raised[0] ** 2).sum(axis=1) - means[0] ** 2, 0.0))
    return Look(loglik, score, means[0], spread)


def _hazard(process: Process, parameters: Floats) -> Floats:
    """Cumulative hazard of each spell in each band, at a frailty of one, shape (n, B)."""
    p = process.X.shape[1]
    with np.errstate(over="ignore"):
        return np.asarray(process.spent * np.exp(parameters[p:]) * np.exp(process.X @ parameters[:p])[:, None])


def _at_events(process: Process, parameters: Floats) -> float:
    """Sum of the log hazards at the events, at a frailty of one."""
    p, rows = process.X.shape[1], process.event
    return float((process.X[rows] @ parameters[:p]).sum() + parameters[p:][process.band[rows]].sum())


def _score(process: Process, hazard: Floats, frailty: Floats) -> Floats:
    """Derivatives by coefficients and log rates; `frailty` is what multiplies the hazard of each spell."""
    met = hazard * frailty[:, None]
    left = process.event - met.sum(axis=1)
    counts = np.bincount(process.band[process.event], minlength=hazard.shape[1])
    return np.concatenate([left @ process.X, counts - met.sum(axis=0)])


def _integrals(
    H: Floats, count: Floats, powers: Floats, nu: float, step: float
) -> tuple[Floats, Floats, Floats, list[Floats]]:
    """Log integrals of the persons, nodes of log z, their shares of the integral, and powers of z there.

    The integrand is exp((count + nu) u - nu exp(u) - sum of H_k exp(powers_k u)).
    """
    first = H.copy()
    first[0] += nu  # acts have the power one, as has the gamma distribution
    mode, spread = _modes(first, powers, count + nu)
    v = np.arange(-_LEFT, _RIGHT + step / 2, step)
    u = mode[:, None] + spread[:, None] * np.sinh(v)
    raised = [np.exp(np.minimum(a * u, _HIGHEST)) for a in powers]
    height = (count + nu)[:, None] * u - sum(h[:, None] * r for h, r in zip(first, raised, strict=True))
    height = height + np.log(step * np.cosh(v))
    top = height.max(axis=1, keepdims=True)
    share = np.exp(height - top)
    total = share.sum(axis=1, keepdims=True)
    log = (top + np.log(total)).ravel() + np.log(spread)
    return log, u, share / total, raised


def _modes(H: Floats, powers: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Where each integrand is highest in log z, by Newton's method, and its spread there."""
    u = np.zeros(H.shape[1])
    for _ in range(_MODE_STEPS):
        terms = [h * np.exp(a * u) for h, a in zip(H, powers, strict=True)]
        slope = count - sum(a * t for t, a in zip(terms, powers, strict=True))
        bend = sum(a * a * t for t, a in zip(terms, powers, strict=True))
        step = np.clip(slope / bend, -1.0, 1.0)
        u = u + step
        if np.abs(step).max(initial=0.0) < 1e-8:
            break
    bend = sum(a * a * h * np.exp(a * u) for h, a in zip(H, powers, strict=True))
    return u, 1 / np.sqrt(bend)
