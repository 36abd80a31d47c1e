"""Counts of one stratum -> the number of all people by each method, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clemency.models.multiplesystems import lowerbound
from clemency.models.multiplesystems.cells import Cells, histories, pairs
from clemency.models.multiplesystems.coverage import sample_coverage
from clemency.models.multiplesystems.latentclass import LEAST_LISTS, Classes, fit_classes, refit
from clemency.models.multiplesystems.limits import (
    averaged_draws,
    log_normal_limits,
    percentiles,
    profile_limits,
    redrawn,
)
from clemency.models.multiplesystems.loglinear import Models, all_models, averaged, fit_models, stepwise
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats

#: Methods, in the order of the result.
METHODS = ("chapman", "chao", "loglinear", "average", "latent_class", "coverage")
NAMES = {
    "chapman": "Chapman, two lists",
    "chao": "Chao, lower bound",
    "loglinear": "log-linear, best model",
    "average": "log-linear, averaged",
    "latent_class": "two latent classes",
    "coverage": "sample coverage",
}
#: Most lists of which every set of interactions is fitted.
MOST_LISTS = 5
FEW = 5
_WINDOW = 1e-3


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for: see `undocumented`; `interactions` are pairs of names, or None for all models."""

    methods: tuple[str, ...]
    criterion: str
    interactions: tuple[tuple[str, str], ...] | None
    replications: int
    ci_level: float
    seed: int


@dataclass(frozen=True, slots=True)
class Found:
    """The number of all people by one method.

    Attributes
    ----------
    method : str
    unseen, std_error : float
        Number on no list.
    low, high : float
        Limits of the number of all.
    limits : str
        How these were had.
    note : str
    draws : ndarray, shape (B,), or None
        Numbers on no list from the bootstrap.
    """

    method: str
    unseen: float
    std_error: float
    low: float
    high: float
    limits: str
    note: str = ""
    draws: Floats | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """All methods of one stratum; `refusal` says why there is none."""

    cells: Cells
    found: tuple[Found, ...] = ()
    refusal: str = ""
    models: Models | None = None
    weight: Floats | None = None
    classes: Classes | None = None
    left_out: tuple[str, ...] = ()


def without_empty(cells: Cells) -> tuple[Cells, tuple[str, ...]]:
    """Lists with anyone on them, in the order of their names, and the names of the others."""
    x = histories(cells.k)
    used = [j for j in sorted(range(cells.k), key=lambda j: cells.lists[j]) if cells.n[x[:, j]].sum() > 0]
    empty = [j for j in range(cells.k) if j not in used]
    if not used:
        return Cells(np.zeros(1), cells.lists[:1]), cells.lists
    kept = ~x[:, empty].any(axis=1)
    code = (x[kept][:, used].astype(np.intp) << np.arange(len(used) - 1, -1, -1)).sum(axis=1)
    n = np.bincount(code, weights=cells.n[kept], minlength=2 ** len(used))[:0:-1]
    return Cells(n.astype(np.float64), tuple(cells.lists[j] for j in used)), tuple(cells.lists[j] for j in empty)


def refusal(cells: Cells) -> str:
    """Why the lists of a stratum tell nothing of those on none; empty if they may."""
    if cells.k < 2:
        return "only one list has anyone" if cells.known else "nobody is on any list"
    if not cells.several():
        return "nobody is on two lists, so nothing tells how many are on none"
    x = histories(cells.k)
    size = cells.n @ x
    for (i, j), both in zip(pairs(cells.k), cells.pair_counts(), strict=True):
        for small, large in ((i, j), (j, i)):
            if both == size[small]:
                who = f"{cells.lists[small]} is on {cells.lists[large]} too"
                why = "too few to tell" if both < FEW else "one may be a copy of the other"
                return f"everyone on {who} ({counted(both, 'person')}): {why}"
    return ""


def answer(given: Cells, options: Options, key: Sequence[int]) -> Answer:
    """Estimate by each method; `key` makes the draws of a stratum its own."""
    cells, left_out = without_empty(given)
    why = refusal(cells)
    if why:
        return Answer(cells, refusal=why, left_out=left_out)
    found: list[Found] = []
    models, weight, classes = None, None, None
    wanted = _possible(cells.k, options.methods)
    if "chapman" in wanted or "chao" in wanted:
        found.append(_bound(cells, options))
    if "loglinear" in wanted or "average" in wanted:
        models = fit_models(cells, _interactions(cells, options))
        weight = averaged(models, options.criterion, cells.known)[0]
        fits = _loglinear(cells, models, weight, options, _rng(options, key, 1))
        found += [f for f in fits if f.method in wanted]
    if "latent_class" in wanted:
        classes = fit_classes(cells, seed=options.seed)
        found.append(_latent(cells, classes, options, _rng(options, key, 2)))
    if "coverage" in wanted:
        found.append(_coverage(cells, options, _rng(options, key, 3)))
    return Answer(cells, tuple(found), "", models, weight, classes, left_out)


def _possible(k: int, methods: tuple[str, ...]) -> tuple[str, ...]:
    """Methods that so many lists allow; with two, Chapman's estimate in place of all others."""
    if k == 2:
        return ("chapman",)
    least = {"latent_class": LEAST_LISTS}
    fits = [m for m in methods if m != "chapman" and k >= least.get(m, 3)]
    return tuple(m for m in fits if m != "average" or k <= MOST_LISTS)


def _rng(options: Options, key: Sequence[int], which: int) -> np.random.Generator:
    return np.random.default_rng([options.seed, which, *key])


def _bound(cells: Cells, options: Options) -> Found:
    bound = lowerbound.lower_bound(cells)
    low, high = log_normal_limits(bound.unseen, bound.std_error, options.ci_level)
    method = "chapman" if cells.k == 2 else "chao"
    note = (
        "nothing shows whether the two lists depend on each other"
        if cells.k == 2
        else "a lower bound: there may be more"
    )
    return Found(method, bound.unseen, bound.std_error, cells.known + low, cells.known + high, "log-normal", note)


def _interactions(cells: Cells, options: Options) -> Bools:
    """The models to fit, shape (M, pairs)."""
    if options.interactions is not None:
        asked = {frozenset(p) for p in options.interactions}
        return np.array([[frozenset((cells.lists[i], cells.lists[j])) in asked for i, j in pairs(cells.k)]])
    return all_models(cells.k) if cells.k <= MOST_LISTS else stepwise(cells, options.criterion)[None]


def _loglinear(cells: Cells, models: Models, weight: Floats, options: Options, rng: np.random.Generator) -> list[Found]:
    """The model with the best criterion, and the average of all."""
    n = cells.known
    if not weight.any():
        why = next(p for p in models.problem if p)
        gone = [_none(m, f"no model has an estimate: {why}") for m in ("loglinear", "average")]
        return gone[:1] if len(models.unseen) == 1 else gone
    at = int(np.argmax(weight))
    low, high, _ = profile_limits(cells, models.interactions[at], options.ci_level)
    chosen = options.interactions is None
    note = "its limits leave out that it was chosen" if chosen else "the model that was named"
    best = Found(
        "loglinear", float(models.unseen[at]), float(models.std_error[at]), n + low, n + high,
        "profile likelihood", note,
    )  # fmt: skip
    if len(weight) == 1:
        return [best]
    used = weight > 0
    unseen = float(weight[used] @ models.unseen[used])
    kept = models.interactions if cells.k < MOST_LISTS else models.interactions[weight >= _WINDOW * weight.max()]
    samples = redrawn(cells, unseen, options.replications, rng)
    draws = averaged_draws(samples, cells.k, kept, options.criterion)
    return [best, _from_draws("average", cells, unseen, samples, draws, options)]


def _none(method: str, why: str) -> Found:
    return Found(method, np.nan, np.nan, np.nan, np.nan, "", why)


def _from_draws(method: str, cells: Cells, unseen: float, samples: Floats, draws: Floats, options: Options) -> Found:
    """An estimate with percentile limits."""
    low, high = percentiles(samples.sum(axis=1) + draws, options.ci_level)
    finite = draws[np.isfinite(draws)]
    lost = len(draws) - len(finite)
    note = f"{lost} of {len(draws)} samples have no estimate and count as infinite" if lost else ""
    error = float(np.std(finite, ddof=1)) if len(finite) > 1 else np.nan
    total = samples.sum(axis=1) + draws - cells.known
    return Found(method, unseen, error, max(low, cells.known), high, "bootstrap", note, total)


def _latent(cells: Cells, classes: Classes, options: Options, rng: np.random.Generator) -> Found:
    if not classes.settled:
        return _none("latent_class", "the estimate is not finite: one class may be of any number")
    samples = redrawn(cells, classes.unseen, options.replications, rng)
    with np.errstate(all="ignore"):
        draws = refit(samples, classes)
    draws = np.where(np.isfinite(draws), draws, np.inf)
    found = _from_draws("latent_class", cells, classes.unseen, samples, draws, options)
    edge = "a chance or a share is 0 or 1" if classes.at_edge else ""
    note = "; ".join(p for p in (found.note, edge) if p)
    return Found(found.method, found.unseen, found.std_error, found.low, found.high, found.limits, note, found.draws)


def _coverage(cells: Cells, options: Options, rng: np.random.Generator) -> Found:
    share, total = sample_coverage(cells.n, cells.k)
    unseen = float(total) - cells.known
    if not np.isfinite(unseen) or unseen < 0:
        return _none("coverage", "the estimate lies below the number of the known")
    samples = redrawn(cells, unseen, options.replications, rng)
    totals = sample_coverage(samples, cells.k)[1]
    draws = np.where(np.isfinite(totals), totals, np.inf) - samples.sum(axis=1)
    found = _from_draws("coverage", cells, unseen, samples, draws, options)
    note = f"the lists cover {float(share):.0%}"
    note = "; ".join(p for p in (note, found.note) if p)
    return Found(found.method, unseen, found.std_error, found.low, found.high, found.limits, note, found.draws)
