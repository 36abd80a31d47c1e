"""Capture histories and how sure their links are -> the histories that other links would have made."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clemency.models.multiplesystems.cells import Cells, histories, pairs, tabulated
from clemency.models.multiplesystems.histories import CaptureHistories, of_people
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats

Linkage = str | Mapping[str, float] | None
_RATES = ("false_match", "missed_match")


def checked_linkage(linkage: Linkage, found: CaptureHistories) -> Linkage:
    """Refuse rates that are none, and probabilities where there are none."""
    if linkage is None:
        return None
    if isinstance(linkage, str):
        if linkage != "probabilities":
            raise UsageError(f"linkage={linkage!r} is neither 'probabilities' nor a mapping of {' and '.join(_RATES)}.")
        if found.linked is None:
            raise UsageError("linkage='probabilities' needs lists that are linked: tables with links= between them.")
        return linkage
    unknown = [k for k in linkage if k not in _RATES]
    if unknown or not linkage:
        raise UsageError(f"linkage= takes {' and '.join(_RATES)}, not {unknown[0] if unknown else 'nothing'!r}.")
    for name, rate in linkage.items():
        if not 0 <= rate < 1:
            raise UsageError(f"linkage={{{name!r}: {rate:g}}}: a rate lies between 0 and 1, without 1.")
    if found.linked is not None and sum(linkage.values()) == 0:
        raise UsageError("Rates of 0 leave the links as they are: leave linkage= out.")
    return dict(linkage)


def relinked(found: CaptureHistories, linkage: Linkage, rng: np.random.Generator) -> Floats:
    """Counts by stratum and history under links drawn anew, shape (S, 2^k - 1)."""
    if isinstance(linkage, str):
        assert found.linked is not None
        used: Bools = rng.random(len(found.linked.probability)) < found.linked.probability
        return of_people(found.linked, used, found.levels)[0]
    assert linkage is not None
    false, missed = (float(linkage.get(name, 0.0)) for name in _RATES)
    return np.stack([with_errors(found.cells(s), false, missed, rng) for s in range(len(found.levels))])


def with_errors(cells: Cells, false_match: float, missed_match: float, rng: np.random.Generator) -> Floats:
    """Counts after links were cut that may be false, and made that may have been missed.

    Somebody on r lists is held together by r - 1 links, between the lists in an order drawn at random; each is false
    with the chance `false_match`. What is left on both lists of a pair was found with the chance 1 - `missed_match`;
    how many were missed is drawn from the negative binomial distribution that this makes, and as many people on the one
    list are put together with as many on the other, drawn at random among those who are on no list in common.
    """
    x = histories(cells.k)
    people = np.repeat(x, cells.n.astype(np.intp), axis=0)
    if false_match > 0:
        people = _cut(people, false_match, rng)
    if missed_match > 0:
        people = _joined(people, missed_match, rng)
    return tabulated(people, np.ones(len(people)))


def _cut(people: Bools, rate: float, rng: np.random.Generator) -> Bools:
    several = people.sum(axis=1) > 1
    parts = [people[~several]]
    for row in people[several]:
        order = rng.permutation(np.flatnonzero(row))
        group = np.concatenate([[0], np.cumsum(rng.random(len(order) - 1) < rate)])
        pieces = np.zeros((group[-1] + 1, people.shape[1]), dtype=bool)
        pieces[group, order] = True
        parts.append(pieces)
    return np.concatenate(parts)


def _joined(people: Bools, rate: float, rng: np.random.Generator) -> Bools:
    people = people.copy()
    gone = np.zeros(len(people), dtype=bool)
    k = people.shape[1]
    both = [int((people[:, i] & people[:, j]).sum()) for i, j in pairs(k)]
    for (i, j), found in zip(pairs(k), both, strict=True):
        missed = int(rng.negative_binomial(found, 1 - rate)) if found else 0
        for _ in range(missed):
            first = np.flatnonzero(people[:, i] & ~people[:, j] & ~gone)
            if not len(first):
                break
            a = int(rng.choice(first))
            second = np.flatnonzero(people[:, j] & ~gone & ~(people & people[a]).any(axis=1))
            if len(second):
                b = int(rng.choice(second))
                people[a] |= people[b]
                gone[b] = True
    return people[~gone]
