"""Counts of capture histories -> two classes of people, one on more lists than the other: a latent-class model.

Within a class the lists are independent of each other. The likelihood is that of the known, given that they are known;
it is made greatest by the EM algorithm with those on no list among what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from clemency.models.multiplesystems.cells import Cells, histories
from clemency.typing import Bools, Floats

#: Fewest lists of which the counts tell the parameters of two classes apart (9 of them, and the number of all).
LEAST_LISTS = 4
_STEPS = 5_000
_CLOSE = 1e-9
_NEAR = 1e-7
_DRAWN = 1_000.0  # steps that one may stand for
_AWAY = 1_000.0  # times the known: the number on no list is on its way to infinity
_FAR = 25.0  # logits beyond which a chance is 0 or 1
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Classes:
    """Two classes.

    Attributes
    ----------
    share : ndarray, shape (2,)
        Of all people, on a list or not; the class on fewer lists first.
    chance : ndarray, shape (2, k)
        Chance of being on each list.
    unseen : float
    loglik : float
        Multinomial, of the known given that they are known.
    settled : bool
        Whether the algorithm came to rest.
    at_edge : bool
        Whether a chance or a share is 0 or 1.
    """

    share: Floats
    chance: Floats
    unseen: float
    loglik: float
    settled: bool
    at_edge: bool

    @property
    def parameters(self) -> int:
        """Number of parameters beside the number of all."""
        return 1 + self.chance.size


def fit_classes(cells: Cells, starts: int = 20, seed: int = 0) -> Classes:
    """Fit two classes, from several starts; the best of them is kept.

    Parameters
    ----------
    cells : Cells
        Of four lists or more.
    starts : int
        Starts drawn at random.
    seed : int
    """
    rng = np.random.default_rng(seed)
    k = cells.k
    mean = (cells.n @ histories(k)) / cells.known
    low, high = mean * rng.uniform(0.05, 0.6, (starts, k)), np.sqrt(mean) * rng.uniform(0.3, 1, (starts, k))
    chance = np.stack([low, np.maximum(high, low)], axis=1)
    share = rng.uniform(0.3, 0.95, (starts, 1))
    share = np.column_stack([share, 1 - share])
    counts = np.repeat(cells.n[None], starts, axis=0)
    share, chance, _ = _rest(counts, share, chance, 60)
    first = np.argsort(-_loglik(counts, share, chance), kind="stable")[:3]
    share, chance, settled = _rest(counts[first], share[first], chance[first], _STEPS)
    at = int(np.argmax(_loglik(counts[first], share, chance)))
    order = np.argsort(chance[at].sum(axis=1), kind="stable")
    edge = min(np.minimum(chance[at], 1 - chance[at]).min(), share[at].min()) < _EDGE
    return Classes(
        share[at][order],
        chance[at][order],
        float(_unseen(counts[first][at : at + 1], share[at : at + 1], chance[at : at + 1])[0]),
        float(_loglik(counts[first][at : at + 1], share[at : at + 1], chance[at : at + 1])[0]),
        bool(settled[at]),
        bool(edge),
    )


def refit(draws: Floats, found: Classes, steps: int = 500) -> Floats:
    """Numbers on no list of several sets of counts, shape (B,), each from the classes found as a start.

    Infinite where the algorithm has not come to rest after so many steps: the numbers are then on their way there.
    """
    b = len(draws)
    share = np.repeat(np.clip(found.share, _EDGE, 1)[None], b, axis=0)
    chance = np.repeat(np.clip(found.chance, _EDGE, 1 - _EDGE)[None], b, axis=0)
    share, chance, settled = _rest(draws, share, chance, steps, _NEAR)
    return np.where(settled, _unseen(draws, share, chance), np.inf)


def _rest(
    counts: Floats, share: Floats, chance: Floats, steps: int, close: float = _CLOSE
) -> tuple[Floats, Floats, Bools]:
    """EM steps on several sets of counts at once until they no longer move; shapes (B, C), (B, 2), (B, 2, k).

    Every two steps are drawn out in the direction that they took, as far as their change tells (Varadhan and Roland,
    Scandinavian Journal of Statistics 35 (2008), 335-353), where that lowers no likelihood.
    """
    k = chance.shape[2]
    place = _packed(share, chance)
    rows, away = np.arange(len(counts)), np.zeros(len(counts), dtype=bool)
    for _ in range(steps):
        n, start = counts[rows], place[rows]
        first = _step(n, start, k)
        second = _step(n, first, k)
        moved, turned = first - start, second - 2 * first + start
        length = np.linalg.norm(moved, axis=1) / np.maximum(np.linalg.norm(turned, axis=1), 1e-300)
        far = np.clip(length, 1.0, _DRAWN)[:, None]
        drawn = _step(n, np.clip(start + 2 * far * moved + far**2 * turned, -_FAR, _FAR), k)
        better = _loglik(n, *_unpacked(drawn, k)) >= _loglik(n, *_unpacked(second, k))
        place[rows] = np.where(better[:, None], drawn, second)
        moving = np.abs(special.expit(second) - special.expit(first)).max(axis=1) >= close
        away |= np.isin(np.arange(len(counts)), rows[_unseen(n, *_unpacked(second, k)) > _AWAY * n.sum(axis=1)])
        rows = rows[moving & ~away[rows]]
        if not len(rows):
            break
    away[rows] = True
    return *_unpacked(place, k), ~away


def _step(counts: Floats, place: Floats, k: int) -> Floats:
    """One step of the EM algorithm."""
    x = histories(k).astype(float)
    share, chance = _unpacked(place, k)
    joint = share[:, :, None] * np.exp(_log_chance(x, chance))
    member = counts[:, None, :] * joint / joint.sum(axis=1, keepdims=True)
    nobody = share * np.exp(np.log1p(-chance).sum(axis=2))
    missing = counts.sum(axis=1, keepdims=True) * nobody / (1 - nobody.sum(axis=1, keepdims=True))
    total = member.sum(axis=2) + missing
    return _packed(total / total.sum(axis=1, keepdims=True), (member @ x) / total[:, :, None])


def _packed(share: Floats, chance: Floats) -> Floats:
    """Logits of the first share and of the chances, shape (B, 1 + 2 k)."""
    inside = np.concatenate([share[:, :1], chance.reshape(len(chance), -1)], axis=1)
    return np.clip(special.logit(np.clip(inside, 0.0, 1.0)), -_FAR, _FAR)


def _unpacked(place: Floats, k: int) -> tuple[Floats, Floats]:
    inside = special.expit(place)
    return np.column_stack([inside[:, 0], 1 - inside[:, 0]]), inside[:, 1:].reshape(len(place), 2, k)


def _log_chance(x: Floats, chance: Floats) -> Floats:
    return np.log(chance) @ x.T + np.log1p(-chance) @ (1 - x.T)


def _unseen(counts: Floats, share: Floats, chance: Floats) -> Floats:
    nobody = (share * np.exp(np.log1p(-chance).sum(axis=2))).sum(axis=1)
    return counts.sum(axis=1) * nobody / (1 - nobody)


def _loglik(counts: Floats, share: Floats, chance: Floats) -> Floats:
    x = histories(chance.shape[2]).astype(float)
    each = (share[:, :, None] * np.exp(_log_chance(x, chance))).sum(axis=1)
    nobody = (share * np.exp(np.log1p(-chance).sum(axis=2))).sum(axis=1)
    known = counts.sum(axis=1)
    ways = special.gammaln(known + 1) - special.gammaln(counts + 1).sum(axis=1)
    return special.xlogy(counts, each).sum(axis=1) - known * np.log1p(-nobody) + ways
