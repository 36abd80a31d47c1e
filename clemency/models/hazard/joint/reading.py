"""Spells of persons -> arrays of a joint model of acts and ends, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, check_rank
from clemency.models.designmatrix.nullmodel import is_null, matrix_if_any
from clemency.models.hazard.joint.likelihood import Joint, Process
from clemency.models.modelframe.groups import levels_of
from clemency.models.modelframe.history import History
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

#: Events of one band below which its rate says little; the number of bands that is taken unasked.
_PER_BAND, BANDS = 10, 5


@dataclass(frozen=True, slots=True)
class Read:
    """Arrays, and what they were made of.

    Attributes
    ----------
    joint : Joint
    kinds : tuple of str
        The act, then the ends.
    designs : tuple of Design
    cuts : tuple of ndarray
        Inner bounds of the bands of each kind.
    """

    joint: Joint
    kinds: tuple[str, ...]
    designs: tuple[Design, ...]
    cuts: tuple[Floats, ...]


def kinds_of(spells: History, recurrent: str, terminal: Any) -> tuple[str, ...]:
    """Act and ends by name; every kind of event has its part, and is there."""
    ends = levels_of(terminal)
    if not ends:
        raise UsageError("name what ends a history with terminal=, such as ['release', 'death']")
    if recurrent in ends:
        raise UsageError(f"{recurrent!r} is named with recurrent= and with terminal=: acts recur, ends do not")
    kinds, there = (recurrent, *ends), spells.outcomes
    for kind in kinds:
        if kind not in there or not spells.has(kind).any():
            raise UsageError(f"nobody has {kind!r}; the events in the data are: {', '.join(there)}")
    rest = [k for k in there if k not in kinds and spells.has(k).any()]
    if rest:
        raise UsageError(
            f"{rest[0]!r} is neither recurrent= nor terminal=: name it with terminal=, or make it censoring in the "
            "data if it says nothing of a person"
        )
    return kinds


def check_paths(spells: History, person: Ints, ends: Bools, name: str) -> None:
    """Refuse spells of a person that overlap, and those after an end."""
    entry = np.zeros(len(spells)) if spells.entry is None else spells.entry
    order = np.lexsort((spells.exit, person))
    same = person[order][1:] == person[order][:-1]
    overlap, after = same & (entry[order][1:] < spells.exit[order][:-1]), same & ends[order][:-1]
    for wrong, what, remedy in (
        (overlap, "its spells overlap", "Name entry=, or cut the spells where the next one begins."),
        (after, "spells follow an end", "An end must be the last that is known of a person."),
    ):
        if wrong.any():
            row = int(order[1 + int(np.flatnonzero(wrong)[0])])
            raise DataError([Problem("data", int(spells.rows[row]), name, "", what, remedy)])


def arrays(
    spells: History, kinds: tuple[str, ...], formula: str | Mapping[str, str], cuts: int | Sequence[float] | None
) -> Read:
    """Make the arrays of acts and ends."""
    person = spells.clusters[0]
    designs, inner, processes = [], [], []
    for kind in kinds:
        event = spells.has(kind)
        own = formula if isinstance(formula, str) else formula[kind]
        design = matrix_if_any(own, spells.covariates, len(spells))
        if not is_null(own):
            check_rank(design)
            _check_levels(design, event, kind)
        bounds = bands(spells, event, cuts, kind)
        X = np.ascontiguousarray(design.matrix - design.mean)
        processes.append(Process(X, _spent(spells, bounds), event, np.searchsorted(bounds, spells.exit, side="left")))
        designs.append(design)
        inner.append(bounds)
    joint = Joint(tuple(processes), person, int(person.max()) + 1)
    return Read(joint, kinds, tuple(designs), tuple(inner))


def formulas(formula: str | Mapping[str, str], kinds: tuple[str, ...]) -> list[str]:
    """One formula for each kind."""
    if isinstance(formula, str):
        return [formula] * len(kinds)
    missing = [k for k in kinds if k not in formula]
    if missing or set(formula) - set(kinds):
        odd = missing[0] if missing else sorted(set(formula) - set(kinds))[0]
        raise UsageError(f"formula= must have one for each of {', '.join(kinds)}, and '{odd}' does not match")
    return [formula[k] for k in kinds]


def bands(spells: History, event: Bools, cuts: int | Sequence[float] | None, kind: str) -> Floats:
    """Inner bounds of the bands of one kind, each with events in it."""
    times = spells.exit[event]
    if cuts is None or isinstance(cuts, int | np.integer):
        asked = min(BANDS, max(len(times) // _PER_BAND, 1)) if cuts is None else int(cuts)
        if asked < 1:
            raise UsageError(f"cuts={cuts!r} must be a number of bands, or the times between them")
        found = np.quantile(times, np.arange(1, asked) / asked)
        return np.unique(found[(found > times.min()) & (found < times.max())])
    bounds = np.unique(np.asarray(cuts, dtype=np.float64))
    if not np.isfinite(bounds).all() or (bounds <= 0).any():
        raise UsageError(f"cuts={list(cuts)!r} must be times above 0")
    counts = np.bincount(np.searchsorted(bounds, times, side="left"), minlength=len(bounds) + 1)
    if (counts == 0).any():
        empty = int(np.flatnonzero(counts == 0)[0])
        edges = np.concatenate([[0.0], bounds, [np.inf]])
        raise UsageError(
            f"no '{kind}' falls between {edges[empty]:g} and {edges[empty + 1]:g}: a rate cannot be estimated there. "
            "Take fewer cuts="
        )
    return bounds


def _spent(spells: History, bounds: Floats) -> Floats:
    """Time of each spell in each band, shape (n, B)."""
    edges = np.concatenate([[0.0], bounds, [np.inf]])
    entry = np.zeros(len(spells)) if spells.entry is None else spells.entry
    reached = np.clip(spells.exit[:, None], edges[:-1], edges[1:])
    return np.asarray(reached - np.clip(entry[:, None], edges[:-1], edges[1:]))


def _check_levels(design: Design, event: Bools, kind: str) -> None:
    """Refuse levels of which nobody has the event: their ratio would be zero."""
    problems = []
    for j in np.flatnonzero(np.array([level != "" for level in design.levels])):
        if not (design.matrix[event, j] != 0).any():
            what = f"nobody of this level has '{kind}', so that its ratio would be zero"
            remedy = "Merge the level with another, or leave the term out for this kind: formula={...}."
            problems.append(Problem("data", None, design.terms[j], design.levels[j], what, remedy))
    if problems:
        raise DataError(problems)


def counted_by(spells: History, read: Read) -> pd.DataFrame:
    """Events of each kind in each band, with the time spent there."""
    rows = []
    for kind, process, bounds in zip(read.kinds, read.joint.processes, read.cuts, strict=True):
        edges = np.concatenate([[0.0], bounds, [float(spells.exit.max())]])
        n = np.bincount(process.band[process.event], minlength=len(bounds) + 1)
        for b in range(len(bounds) + 1):
            rows.append((kind, edges[b], edges[b + 1], int(n[b]), float(process.spent[:, b].sum())))
    return pd.DataFrame(rows, columns=["event", "start", "stop", "n_event", "person_time"])
