"""Interval-censored, left-truncated times -> innermost intervals, and the hazard steps in them of greatest likelihood.

Mass can only help the likelihood in the innermost intervals: from a left end to the next right end with no other left
end between, where entries count as right ends (mass before entry does not enter the conditional likelihood). In
cumulative hazard steps ``x_k >= 0`` over these cells the log-likelihood is

    sum of -(steps survived since entry) + log(1 - exp(-steps within the interval)),

which is concave, with truncation too; a cell that nobody is known to have survived takes an infinite step, unless
nobody can have had the event there either: then it has none, as in a product-limit estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import splu

from clemency.models.modelframe.intervals import Times
from clemency.typing import Bools, Floats, Ints

MOST_DENSE = 1200
DENSE = 64  # larger systems are quicker in sparse form, and do not wait for the threads of a busy machine
MAX_STEPS = 200
CERTIFIED = 1e-8
TOLERANCE = 1e-7  # of the square root of the fall, relative: the limits then have six digits and more


@dataclass(frozen=True, slots=True)
class Cells:
    """Innermost intervals, and which of them each kind of case can have and has survived.

    Attributes
    ----------
    low, high : ndarray, shape (K,)
        Ends: mass lies in (low, high], or at low where the two are equal.
    survived : ndarray, shape (K,)
        Weight of the cases that are known to have passed each cell.
    first, last : ndarray of int, shape (m,)
        First and last cell of each distinct set of possible cells; right-censored cases are not among them.
    weight : ndarray, shape (m,)
        Cases of each set.
    """

    low: Floats
    high: Floats
    survived: Floats
    first: Ints
    last: Ints
    weight: Floats


@dataclass(frozen=True, slots=True)
class Steps:
    """Cumulative hazard steps at the maximum.

    Attributes
    ----------
    size : ndarray, shape (K,)
        Zero and infinity are exact.
    loglik : float
    gap : float
        Bound on how far the log-likelihood is below its maximum.
    """

    size: Floats
    loglik: float
    gap: float

    @property
    def survival(self) -> Floats:
        """Share without the event after each cell, shape (K,)."""
        return np.exp(-np.cumsum(self.size))


def cells_of(times: Times, split: float | None = None) -> Cells:
    """Give the innermost intervals, with a time that none may straddle."""
    return make_cells(times.lower, times.upper, times.entry, times.weight, split)


def make_cells(lower: Floats, upper: Floats, entry: Floats, weight: Floats, split: float | None = None) -> Cells:
    """Find the innermost intervals.

    Parameters
    ----------
    lower, upper : ndarray, shape (n,)
        The event lies in (lower, upper], or at lower where the two are equal; ``upper`` may be infinite.
    entry : ndarray, shape (n,)
        Observed because the event came later than this; ``entry <= lower``.
    weight : ndarray, shape (n,)
    split : float, optional
        A time at which and just after which mass may be needed, since the curve's value there is to be fixed.

    Returns
    -------
    Cells

    References
    ----------
    Turnbull, Journal of the Royal Statistical Society B 38 (1976), 290-295. Frydman, the same 56 (1994), 71-74.

    Examples
    --------
    >>> import numpy as np
    >>> found = make_cells(np.array([0.0, 1.0]), np.array([2.0, 3.0]), np.zeros(2), np.ones(2))
    >>> found.low.tolist(), found.high.tolist()
    ([1.0], [2.0])
    """
    known = np.isfinite(upper)
    extra = [] if split is None else [split]
    times = np.unique(np.concatenate([lower, upper[known], entry, extra]))

    def after(t: Floats) -> Ints:  # just after a time; just before it is one less
        return 2 * np.searchsorted(times, t) + 1

    exact = lower == upper
    left = after(lower) - exact
    right = np.where(known, after(np.where(known, upper, times[-1])), 2 * len(times) + 1)
    start = after(entry)
    beside = after(np.array(extra))
    lefts = np.unique(np.r_[left, beside - 1, beside])
    rights = np.unique(np.r_[right, start, beside, 2 * len(times) + 1])
    lefts = lefts.astype(np.intp)
    nearest = rights[np.searchsorted(rights, lefts, side="right")].astype(np.intp)
    inner = nearest <= np.r_[lefts[1:], np.iinfo(np.intp).max]
    begin, end = lefts[inner], nearest[inner]
    a, c = np.searchsorted(begin, left), np.searchsorted(begin, start)
    b = np.searchsorted(end, right, side="right") - 1
    K = len(begin)
    survived = np.cumsum(np.bincount(c, weight, K + 1) - np.bincount(a, weight, K + 1))[:K]
    passed = np.cumsum(np.bincount(c, minlength=K + 1) - np.bincount(a, minlength=K + 1))[:K]
    survived = np.where(passed > 0, survived, 0.0)  # so that rounding leaves no survivor where there is none
    mine = np.isfinite(upper)
    code, place = np.unique(a[mine] * (K + 1) + b[mine], return_inverse=True)
    first, last = np.divmod(code, K + 1)
    ends = np.r_[times, np.inf]
    cases = np.bincount(place, weight[mine], len(code)).astype(np.float64)
    return Cells(ends[begin // 2], ends[end // 2], survived, first, last, cases)


def log_likelihood(cells: Cells, size: Floats) -> float:
    """Compute the log-likelihood of hazard steps, which may be infinite."""
    inside = _within(cells, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(cells.survived > 0, cells.survived * size, 0.0).sum()
        return float(cells.weight @ np.log(-np.expm1(-inside)) - lost)


def _within(cells: Cells, size: Floats) -> Floats:
    """Sum of the steps in each set of cells, shape (m,)."""
    finite = np.isfinite(size)
    total = np.r_[0.0, np.cumsum(np.where(finite, size, 0.0))]
    beyond = np.r_[0, np.cumsum(~finite)]
    inside = np.maximum(total[cells.last + 1] - total[cells.first], 0.0)
    one = cells.first == cells.last
    inside[one] = size[cells.first[one]]  # without the rounding of a difference
    return np.where(beyond[cells.last + 1] > beyond[cells.first], np.inf, inside)


def maximise(cells: Cells, pull: Floats | None = None, start: Floats | None = None) -> Steps:
    """Maximise the likelihood by a primal-dual interior-point method, and bound the distance from the maximum.

    Parameters
    ----------
    cells : Cells
    pull : ndarray, shape (K,), optional
        Added to ``survived`` while maximising: the multiplier of a fixed value of the curve.
    start : ndarray, shape (K,), optional
        Steps to start from.

    Returns
    -------
    Steps
        ``loglik`` is without the pull, ``gap`` with it.

    Notes
    -----
    With g the gradient in the steps and D the survivors, the maximum x* has sum(D x*) <= W, the weight of the cases
    with an interval, since sum(g x*) = 0 and t / (exp(t) - 1) <= 1. By concavity the log-likelihood is therefore
    below its maximum by no more than W max(g / D, 0) - sum(g x): the Kuhn-Tucker conditions g <= 0 and g x = 0 as one
    number.
    """
    survived = cells.survived if pull is None else cells.survived + pull
    endless = survived <= 1e-12 * max(1.0, float(survived.max(initial=0.0)))
    unseen = endless & (_covered(cells) == 0) & np.isfinite(cells.high)  # nobody is at risk: nothing is known to happen
    size = np.where(endless & ~unseen, np.inf, 0.0)
    problem = _finite(replace(cells, survived=survived), endless)
    gap = 0.0
    if len(problem.survived):
        begun = None if start is None else start[~endless]
        size[~endless], gap = _interior(problem, begun)
    return Steps(size, log_likelihood(cells, size), gap)


def _finite(cells: Cells, endless: Bools) -> Cells:
    """The cells with a finite step; cases that an infinite step explains add nothing any more."""
    before = np.r_[0, np.cumsum(endless)]
    open_ = before[cells.last + 1] == before[cells.first]
    shift = before[:-1]
    first, last = cells.first[open_], cells.last[open_]
    keep = ~endless
    return Cells(
        cells.low[keep],
        cells.high[keep],
        cells.survived[keep],
        first - shift[first],
        last - shift[last],
        cells.weight[open_],
    )


def _slopes(cells: Cells, size: Floats) -> tuple[Floats, Floats]:
    """Gradient in the steps, shape (K,), and curvature of each set, shape (m,)."""
    slope = 1 / np.expm1(np.minimum(_within(cells, size), 700.0))
    K = len(size)
    flow = np.bincount(cells.first, cells.weight * slope, K + 1) - np.bincount(
        cells.last + 1, cells.weight * slope, K + 1
    )
    return np.cumsum(flow)[:K] - cells.survived, cells.weight * slope * (1 + slope)


def _gap(cells: Cells, size: Floats, gradient: Floats) -> float:
    most = max(float(np.max(gradient / cells.survived)), 0.0)
    return float(cells.weight.sum()) * most - float(gradient @ size)


def hessian(cells: Cells, curvature: Floats) -> Floats:
    """Negative Hessian in the steps, shape (K, K): entry (k, l) sums the sets that hold both cells."""
    K = len(cells.survived)
    table = np.bincount(cells.first * K + cells.last, curvature, K * K).reshape(K, K)
    table = np.cumsum(np.cumsum(table, axis=0)[:, ::-1], axis=1)[:, ::-1]
    upper = np.triu(table)
    return (upper + np.triu(upper, 1).T).astype(np.float64)


def _solve(cells: Cells, curvature: Floats, barrier: Floats, right: Floats) -> Floats:
    """Solve (Hessian + diagonal) step = right."""
    K, wide = len(right), int(np.sum(cells.last > cells.first))
    if K <= DENSE and (K < 40 or 2 * wide > K):
        system = hessian(cells, curvature)
        system[np.diag_indices(K)] += barrier
        scale = 1 / np.sqrt(np.diag(system))
        system *= scale
        system *= scale[:, None]
        system[np.diag_indices(K)] += 1e-15
        return scale * linalg.cho_solve(linalg.cho_factor(system, check_finite=False), scale * right)
    # In cumulative coordinates every set and every barrier joins two points: a sparse Laplacian.
    tail = np.r_[np.arange(K) - 1, cells.first - 1]
    head = np.r_[np.arange(K), cells.last]
    weight = np.r_[barrier, curvature]
    inner = tail >= 0
    ends, both = np.r_[head, tail[inner]], np.r_[weight, weight[inner]]
    ridge = 1e-15 * np.bincount(ends, both, K)  # as above, against a pivot of exactly zero
    rows = np.r_[ends, head[inner], tail[inner], np.arange(K)]
    columns = np.r_[ends, tail[inner], head[inner], np.arange(K)]
    values = np.r_[both, -weight[inner], -weight[inner], ridge]
    system = sparse.csc_matrix((values, (rows, columns)), shape=(K, K))
    try:
        factor = splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    except RuntimeError:  # exactly singular all the same: no step, and the caller keeps the best so far
        return np.full(K, np.nan)
    total = factor.solve(right - np.r_[right[1:], 0.0])
    return np.diff(total, prepend=0.0)


def _interior(cells: Cells, start: Floats | None) -> tuple[Floats, float]:
    K, W = len(cells.survived), float(cells.weight.sum())
    if not W:
        return np.zeros(K), 0.0
    enough = 1e-2 * CERTIFIED * max(1.0, W / 100)
    if start is not None and np.all(np.isfinite(start)):
        there, gap = _climbed(cells, start, start > 0)
        if gap <= enough:
            return there, gap
    size = np.maximum(_first_guess(cells), 1e-3 * W / (K * cells.survived))
    gradient, curvature = _slopes(cells, size)
    dual = np.maximum(-gradient, 0.1 * W / K / size)
    least, waited = np.inf, 0
    for _ in range(MAX_STEPS):
        target = 0.1 * float(size @ dual) / K
        step = _solve(cells, curvature, dual / size, gradient + target / size)
        turn = target / size - dual - dual / size * step
        there = size + min(_reach(size, step), 1.0) * step
        if not (np.all(there > 0) and np.all(np.isfinite(turn))):
            break
        size, dual = there, dual + min(_reach(dual, turn), 1.0) * turn
        gradient, curvature = _slopes(cells, size)
        gap = _gap(cells, size, gradient)
        least, waited = (gap, 0) if gap < 0.5 * least else (least, waited + 1)
        if gap <= enough or waited > 8:
            break
    return _polished(cells, size, dual)


def _reach(value: Floats, step: Floats) -> float:
    down = step < 0
    return float(0.995 * np.min(-value[down] / step[down])) if down.any() else 1.0


def _first_guess(cells: Cells) -> Floats:
    """Cases shared out evenly over their cells."""
    share = cells.weight / (cells.last - cells.first + 1)
    K = len(cells.survived)
    d = np.cumsum(np.bincount(cells.first, share, K + 1) - np.bincount(cells.last + 1, share, K + 1))[:K]
    return np.log1p(np.maximum(d, 0.0) / cells.survived)


def _covered(cells: Cells) -> Ints:
    """Count the sets that hold each cell, shape (K,)."""
    K = len(cells.low)
    return np.cumsum(np.bincount(cells.first, minlength=K + 1) - np.bincount(cells.last + 1, minlength=K + 1))[:K]


def _polished(cells: Cells, size: Floats, dual: Floats) -> tuple[Floats, float]:
    """Set steps with the larger multiplier to zero, if the maximum of the rest is certified."""
    plain = _gap(cells, size, _slopes(cells, size)[0])
    found, gap = _climbed(cells, size, size * cells.survived > dual)
    return (found, gap) if gap <= max(2 * plain, 1e-3 * CERTIFIED * max(1.0, cells.weight.sum())) else (size, plain)


def _climbed(cells: Cells, size: Floats, kept: Bools) -> tuple[Floats, float]:
    """Newton's method with all other steps at zero: its end point and duality gap (infinite if it fails)."""
    kept = kept & (_covered(cells) > 0)
    place = np.r_[0, np.cumsum(kept)]
    first, last = place[cells.first], place[cells.last + 1] - 1
    if np.any(last < first):
        return size, np.inf
    fewer = Cells(cells.low[kept], cells.high[kept], cells.survived[kept], first, last, cells.weight)
    inner, best, least = size[kept], size, np.inf
    for _ in range(8):
        whole = np.zeros(len(size))
        whole[kept] = inner
        gap = abs(_gap(cells, whole, _slopes(cells, whole)[0]))
        if gap < least:
            best = whole
        elif least < 1e-3:
            break
        least = min(gap, least)
        gradient, curvature = _slopes(fewer, inner)
        step = _solve(fewer, curvature, np.zeros(len(inner)), gradient)
        inner = inner + min(1.0, _reach(inner, step)) * step
        if least == 0 or not (np.all(inner > 0) and np.all(np.isfinite(inner))):
            break
    return best, least


def limits_at(times: Times, t: float, loglik: float, drop: float) -> tuple[float, float]:
    """Least and greatest value at a time of all curves whose log-likelihood is near the maximum.

    Parameters
    ----------
    times : Times
    t : float
    loglik : float
        The maximum.
    drop : float
        How far below it the log-likelihood may be.

    Returns
    -------
    low, high : float

    Notes
    -----
    The value is fixed by a multiplier, which adds to the survivors of every cell up to the time as Thomas and
    Grunkemeier (1975) do for the product-limit estimate; it is searched for until the likelihood has fallen by `drop`.
    """
    cells = _possible(cells_of(times, t))
    early = (cells.high <= t).astype(np.float64)
    J = int(early.sum())
    if not J:
        return 1.0, 1.0

    last = [maximise(cells).size]

    def fall(pull: float) -> tuple[float, float]:
        found = maximise(cells, pull * early, last[-1])
        last.append(found.size)
        share = float(np.exp(-found.size[:J].sum()))
        return float(np.sqrt(max(loglik - found.loglik, 0.0) / drop)) - 1, share

    scale, fewest = float(np.sqrt(cells.weight.sum())), float(cells.survived[:J].min())
    low = 0.0 if fewest <= 0 else _lowest(fall, fewest, min(scale, fewest / 2), drop)
    if not np.any(cells.last < J) and loglik - _without(cells, J) <= drop:
        return low, 1.0
    return low, root(fall, scale, np.inf)


def _possible(cells: Cells) -> Cells:
    """Leave out cells in which no event is possible and which nobody survived."""
    kept = (cells.survived > 0) | (_covered(cells) > 0)
    place = np.r_[0, np.cumsum(kept)]
    first, last = place[cells.first], place[cells.last + 1] - 1
    return Cells(cells.low[kept], cells.high[kept], cells.survived[kept], first, last, cells.weight)


def _without(cells: Cells, J: int) -> float:
    """Greatest log-likelihood with no mass in the first J cells."""
    first = np.maximum(cells.first, J) - J
    rest = Cells(cells.low[J:], cells.high[J:], cells.survived[J:], first, cells.last - J, cells.weight)
    return maximise(rest).loglik


def _lowest(fall: Callable[[float], tuple[float, float]], fewest: float, first: float, drop: float) -> float:
    """Lower limit; a cell without possible events takes mass only once the pull undoes all of its survivors."""
    edge = -fewest * (1 - 1e-7)
    f, share = fall(edge)
    if f >= 0:
        return root(fall, -first, edge)
    return share * float(np.exp(-drop * (1 - (1 + f) ** 2) / fewest))


def root(fall: Callable[[float], tuple[float, float]], first: float, bound: float) -> float:
    """Value of the curve at the multiplier for which the likelihood has fallen enough; the fall is nearly linear."""
    a, fa, b = 0.0, -1.0, first
    for _ in range(60):
        fb, share = fall(b)
        if fb >= 0:
            return _refined(fall, (a, fa), (b, fb)) if fb > TOLERANCE else share
        if abs(fb) <= TOLERANCE:
            return share
        a, fa = b, fb
        further = b * min(1.15 / max(1 + fb, 0.15), 8.0)
        b = further if abs(further) < abs(bound) else (b + bound) / 2
    return share


def _refined(
    fall: Callable[[float], tuple[float, float]], inner: tuple[float, float], outer: tuple[float, float]
) -> float:
    """Regula falsi with Illinois's correction."""
    (a, fa), (b, fb) = inner, outer
    share, side = 0.0, 0
    for _ in range(60):
        c = (a * fb - b * fa) / (fb - fa)
        fc, share = fall(c)
        if abs(fc) <= TOLERANCE or abs(b - a) <= 1e-13 * abs(b):
            break
        if fc > 0:
            b, fb, fa, side = c, fc, fa / 2 if side == 1 else fa, 1
        else:
            a, fa, fb, side = c, fc, fb / 2 if side == -1 else fb, -1
    return share


def unique(cells: Cells, steps: Steps) -> bool | None:
    """Whether no other steps reach the maximum; None for more cells than a dense matrix should hold.

    The likelihood is strictly concave in the sums over sets of cells, so the steps are unique if those that are not
    held at zero by a positive multiplier are determined by these sums (Gentleman and Geyer, Biometrika 81 (1994)).
    """
    if len(cells.low) > MOST_DENSE:
        return None
    endless = np.isinf(steps.size)
    rest = _finite(cells, endless)
    if not len(rest.survived):
        return True
    size = steps.size[~endless]
    gradient, _ = _slopes(rest, size)
    free = (size > 0) | (gradient > -1e-7 * rest.survived)
    if not free.any():
        return True
    matrix = hessian(rest, np.ones(len(rest.first)))[np.ix_(free, free)]
    return bool(np.linalg.matrix_rank(matrix, hermitian=True) == len(matrix))


def expected_events(cells: Cells, steps: Steps) -> Floats:
    """Expected number of events in each cell, given what is known of each case and the estimate, shape (K,)."""
    out = np.zeros(len(cells.low))
    for a, b, weight in zip(cells.first, cells.last, cells.weight, strict=True):
        after = np.exp(-np.cumsum(steps.size[a : b + 1]))
        out[a : b + 1] -= weight * np.diff(after, prepend=1.0) / (1 - after[-1])
    return out
