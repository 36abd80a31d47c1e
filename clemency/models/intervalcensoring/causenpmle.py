"""Factors of a likelihood in the masses of cells -> the masses of greatest likelihood, with a certificate.

Without late entry the log-likelihood is concave in the masses. Each entry adds a convex term, -log S(entry), so that
the Hessian need not be definite: as much of that part is then left out as makes it so, and the steps still climb.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import splu

from clemency.models.intervalcensoring.causecells import Factors, fewer
from clemency.models.intervalcensoring.npmle import CERTIFIED
from clemency.typing import Bools, Floats

MAX_STEPS = 1000
STEADY = 30  # steps of self-consistency before the first of Newton's
PATIENCE = 12
SLOW = 60  # the same under late entry, where steps along a ridge are short
STARTS = 6  # besides the first, where there may be several maxima
MOST_SEARCHED = 400  # cells


@dataclass(frozen=True, slots=True)
class Masses:
    """Masses at the maximum.

    Attributes
    ----------
    size : ndarray, shape (M,)
        Of each cell; zero is exact, and the sum is one.
    loglik : float
    gap : float
        Without late entry a bound on how far the log-likelihood is below its maximum; with it the same number tells how
        far the Kuhn-Tucker conditions are from holding.
    """

    size: Floats
    loglik: float
    gap: float


@dataclass(frozen=True, slots=True)
class Point:
    """Where a search is: masses, the sums of the factors, the slope less the cost of mass, and the gap."""

    size: Floats
    sums: Floats
    slope: Floats
    gap: float


def sums(f: Factors, size: Floats) -> Floats:
    """Each factor's sum of masses, shape (m,)."""
    if f.table is not None:
        return np.asarray(f.table @ size)
    out = np.empty(len(size))
    for i, j in itertools.pairwise(f.first):
        out[i:j] = np.cumsum(size[i:j][::-1])[::-1]
    return np.asarray(f.rows @ out)


def to_cells(f: Factors, values: Floats) -> Floats:
    """Sum over the factors that hold each cell, shape (M,)."""
    if f.table is not None:
        return np.asarray(f.table.T @ values)
    out = np.asarray(f.rows.T @ values)
    for i, j in itertools.pairwise(f.first):
        out[i:j] = np.cumsum(out[i:j])
    return out


def log_likelihood(f: Factors, size: Floats) -> float:
    """Log-likelihood of masses, whatever they sum to; minus infinity where a factor has none."""
    found = sums(f, size)
    if np.any(found <= 0):
        return -np.inf
    return float(f.power @ np.log(found) - f.total * np.log(size.sum()))


def maximise(f: Factors, start: Floats | None = None) -> Masses:
    """Maximise the likelihood: self-consistency, an interior-point method, Newton's on the cells that keep mass.

    Parameters
    ----------
    f : Factors
    start : ndarray, shape (M,), optional
        Masses to start from.

    Returns
    -------
    Masses

    Notes
    -----
    The powers sum to the total N. With the cost N of mass in place of the power of the sum of all masses, the maximum
    has masses that sum to one. With g the slope less that cost, concavity gives
    ``l(q) - l(p) <= sum(g q) - sum(g p) <= max(g, 0) - sum(g p)``: the Kuhn-Tucker conditions g <= 0 and g p = 0 as one
    number. Under late entry the log-likelihood of several kinds is not concave in the masses, and may have other
    maxima: see `highest`.

    References
    ----------
    Turnbull, Journal of the Royal Statistical Society B 38 (1976), 290-295 (self-consistency). Wright, Primal-Dual
    Interior-Point Methods (1997).
    """
    if f.total <= 0 or len(f) == 1:  # nothing is known but where the event lies
        size = np.full(len(f), 1 / len(f))
        return Masses(size, log_likelihood(f, size), 0.0)
    enough = 1e-2 * CERTIFIED * max(1.0, f.total / 100)
    best = None if start is None else _climbed(f, _point(f, start), start > 0)
    if best is None or best.gap > enough:
        best = _interior(f, enough, start)
    size = best.size / best.size.sum()
    return Masses(size, log_likelihood(f, size), best.gap)


def highest(f: Factors) -> tuple[Masses, bool]:
    """The highest of several searches, and whether they met more than one maximum.

    Without late entry, and of one kind of event, there is one, and one search is enough. It is all there is for more
    than `MOST_SEARCHED` cells.
    """
    first = maximise(f)
    if not np.any(f.power < 0) or len(np.unique(f.kind[f.kind > 0])) < 2 or not 2 < len(f) <= MOST_SEARCHED:
        return first, False
    rng = np.random.default_rng(len(f))
    starts = (rng.dirichlet(np.full(len(f), 0.2 if i % 2 else 1.0)) + 1e-9 for i in range(STARTS))
    found = [first, *(maximise(f, start / start.sum()) for start in starts)]
    top = max(m.loglik for m in found) - 1e-7
    best = min((m for m in found if m.loglik >= top), key=lambda m: m.gap)
    certified = CERTIFIED * max(1.0, f.total)
    return best, any(m.gap <= certified and m.loglik < top for m in found)


def _point(f: Factors, size: Floats) -> Point:
    found = sums(f, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = to_cells(f, f.power / found) - f.total
        gap = max(float(slope.max()), 0.0) - float(slope @ size)
    return Point(size, found, slope, gap if np.isfinite(gap) else np.inf)


def _interior(f: Factors, enough: float, start: Floats | None) -> Point:
    """Follow the maxima with a barrier, mu times the logarithms of the masses, as mu falls."""
    M, patience = len(f), SLOW if np.any(f.power < 0) else PATIENCE
    here = best = _point(f, _self_consistent(f, start))
    near = least = asked = 1e-3 * max(1.0, f.total)
    mu, waited = 0.1 * f.total / M, 0
    dual = np.maximum(-here.slope, mu / here.size)
    for _ in range(MAX_STEPS):
        least, waited = (here.gap, 0) if here.gap < 0.5 * least else (least, waited + (here.gap < near))
        if here.gap < asked or waited > patience:
            asked = 0.03 * here.gap
            best = min(best, here, _climbed(f, here, here.size * f.total > dual), key=lambda point: point.gap)
            if best.gap <= enough or waited > patience:
                break
        while here.gap <= 3 * M * mu and mu > 1e-3 * enough / M:
            mu *= 0.1
        right = here.slope + mu / here.size
        step = _step(f, here.sums, dual / here.size, right)
        if step is None:
            break
        size = _further(f, here, mu, step, right)
        turn = mu / here.size - dual - dual / here.size * step
        dual = dual + min(_reach(dual, turn), 1.0) * turn
        dual = np.clip(dual, 1e-3 * mu / size, 1e3 * mu / size)
        here = _point(f, size)
    return min(best, here, key=lambda point: point.gap)


def _self_consistent(f: Factors, start: Floats | None) -> Floats:
    """Masses after some steps of self-consistency, none of them too small to grow."""
    size = np.full(len(f), 1 / len(f)) if start is None else np.maximum(start, 1e-3 / len(f))
    for _ in range(STEADY):
        share = f.power / sums(f, size)
        size = size * to_cells(f, np.maximum(share, 0.0)) / (f.total + to_cells(f, np.maximum(-share, 0.0)))
    return np.maximum(size, 1e-3 / len(f))


def _further(f: Factors, here: Point, mu: float, step: Floats, right: Floats) -> Floats:
    """Go along a step until the likelihood with its barrier has risen."""

    def value(size: Floats, found: Floats) -> float:
        return float(f.power @ np.log(found) - f.total * size.sum() + mu * np.log(size).sum())

    length, rise, now = min(_reach(here.size, step), 1.0), float(right @ step), value(here.size, here.sums)
    for _ in range(50):
        size = here.size + length * step
        found = sums(f, size)
        if np.all(found > 0) and value(size, found) >= now + 1e-4 * length * rise - 1e-13 * (1 + abs(now)):
            return size
        length /= 2
    return here.size


def _reach(value: Floats, step: Floats) -> float:
    down = step < 0
    return float(0.995 * np.min(-value[down] / step[down])) if down.any() else 1.0


def _step(f: Factors, found: Floats, barrier: Floats, right: Floats) -> Floats | None:
    """Newton's step, with as much of the curvature of entries as leaves it a climb; None if there is no such."""
    bent = f.power / found**2
    for part in (1.0, 0.5, 0.2, 0.0) if np.any(bent < 0) else (1.0,):
        curvature = np.where(bent < 0, part * bent, bent)
        step = (_sparse if f.table is None else _dense)(f, curvature, barrier, right)
        if step is not None and np.all(np.isfinite(step)):
            return step
    return None


def _dense(f: Factors, curvature: Floats, barrier: Floats, right: Floats) -> Floats | None:
    """Solve (curvature of the factors + diagonal) step = right; None if that is not positive definite."""
    table = np.asarray(f.table)
    system = (table.T * curvature) @ table
    system[np.diag_indices(len(right))] += barrier
    size = np.diag(system)
    if not (np.all(size > 0) and np.all(np.isfinite(system))):
        return None
    scale = 1 / np.sqrt(size)
    system *= scale
    system *= scale[:, None]
    system[np.diag_indices(len(right))] += 1e-15
    try:
        return np.asarray(scale * linalg.cho_solve(linalg.cho_factor(system), scale * right))
    except linalg.LinAlgError:
        return None


def _sparse(f: Factors, curvature: Floats, barrier: Floats, right: Floats) -> Floats | None:
    """The same in sums from each cell to the last of its kind, of which each factor has few."""
    M = len(right)
    follows = np.ones(M, dtype=bool)
    follows[f.first[:-1]] = False
    after = np.flatnonzero(follows)
    diagonal = barrier + np.bincount(after, barrier[after - 1], M)
    row, column = np.r_[np.arange(M), after - 1, after], np.r_[np.arange(M), after, after - 1]
    values = np.r_[diagonal, -barrier[after - 1], -barrier[after - 1]]
    band = sparse.csr_array((values, (row, column)), shape=(M, M))
    system = ((f.rows.T * curvature) @ f.rows + band).tocoo()
    size = system.diagonal()
    if not (np.all(size > 0) and np.all(np.isfinite(system.data))):
        return None
    scale = 1 / np.sqrt(size)
    entries = system.data * scale[system.row] * scale[system.col] + 1e-15 * (system.row == system.col)
    system = sparse.csc_array((entries, (system.row, system.col)), shape=(M, M))
    try:
        factor = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    except RuntimeError:  # exactly singular
        return None
    if not np.all(factor.U.diagonal() > 0):  # not positive definite: the pivots stand on the diagonal
        return None
    total = scale * factor.solve(scale * (right - np.where(follows, np.r_[0.0, right[:-1]], 0.0)))
    return np.asarray(total - np.where(np.r_[follows[1:], False], np.r_[total[1:], 0.0], 0.0))


def _climbed(f: Factors, start: Point, kept: Bools) -> Point:
    """Climb by Newton's method with no mass in all other cells: the best place on the way, of endless gap if none."""
    few = fewer(f, kept) if kept.any() else None
    best = replace(start, gap=np.inf)
    if few is None:
        return best
    inner = start.size[kept]
    for _ in range(10):
        whole = np.zeros(len(f))
        whole[kept] = inner
        here = _point(f, whole)
        if not here.gap < best.gap and best.gap < 1e-3:
            break
        best = here if here.gap < best.gap else best
        step = _step(few, here.sums, np.zeros(len(inner)), here.slope[kept])
        if step is None or here.gap == 0:
            break
        inner = inner + min(1.0, _reach(inner, step)) * step
        if not np.all(inner > 0):
            break
    return best
