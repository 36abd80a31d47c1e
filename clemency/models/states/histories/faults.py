"""Spells in states -> what cannot be true of them, or can hardly be meant, spell by spell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.states.histories.spells import StateSpells
from clemency.records.errors import DataError, Problem
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints

#: Kinds of fault that no estimate is made of; the others are told.
REFUSED = ("overlap", "jump", "teleport", "after an end", "not allowed")
#: States that nobody leaves, whatever the call says or leaves unsaid.
DEAD = {"death", "dead", "died", "deceased", "executed", "死亡"}
COLUMNS = ("kind", "row", "id", "time", "message", "remedy")


def faults(s: StateSpells) -> pd.DataFrame:
    """Find what is wrong with spells.

    Parameters
    ----------
    s : StateSpells

    Returns
    -------
    DataFrame
        ``kind, row, id, time, message, remedy``: one row per fault; ``row`` is the position in the data.
    """
    pairs = _Pairs.of(s)
    between = (*_overlaps(s, pairs), *_jumps(s, pairs), *_teleports(s, pairs), *_gaps(s, pairs))
    found = pd.DataFrame([*between, *_moves(s)], columns=["kind", "place", "time", "message", "remedy"])
    place = found["place"].to_numpy(dtype=np.intp)
    found["row"], found["id"] = s.history.rows[place], ids_of(s).to_numpy(dtype=object)[place]
    unseen = pd.DataFrame([*_unseen(s)], columns=list(COLUMNS))
    frame = pd.concat([f for f in (found[list(COLUMNS)], unseen) if len(f)] or [unseen], ignore_index=True)
    return frame.astype({"row": "Int64", "id": object, "time": "float64"})


def refuse_faults(s: StateSpells, ids: pd.Series, found: pd.DataFrame | None = None) -> pd.DataFrame:
    """Refuse spells that no estimate can be made of, and give the faults that are left as warnings.

    Parameters
    ----------
    s : StateSpells
    ids : Series
        Column of the person in the data as given.
    found : DataFrame, optional
        Of :func:`faults`, if it is at hand.

    Raises
    ------
    DataError
        With one problem per spell.
    """
    found = faults(s) if found is None else found
    wrong = found[found["kind"].isin(REFUSED)]
    if len(wrong):
        raise DataError(
            [Problem("data", int(r.row), str(ids.name), str(r.id), r.message, r.remedy) for r in wrong.itertuples()]
        )
    return found


def ids_of(s: StateSpells) -> pd.Series:
    """Person of each spell, n values."""
    return s.history.covariates[str(s.history.columns["cluster"][0])]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Spells with the one before them of the same person.

    ``gap`` is the time between them, negative where they overlap or no entry is known; ``other`` says whether the state
    is not the one that was entered last.
    """

    later: Ints
    before: Ints
    gap: Floats
    other: Bools

    @classmethod
    def of(cls, s: StateSpells) -> _Pairs:
        same = s.person[s.order[1:]] == s.person[s.order[:-1]]
        later, before = s.order[1:][same], s.order[:-1][same]
        known = np.isfinite(s.entry[later])
        gap = np.full(len(later), -1.0)
        gap[known] = s.entry[later][known] - s.history.exit[before][known]
        return cls(later, before, gap, s.state[later] != s.expected[later])

    def where(self, which: Bools) -> Iterator[tuple[int, int]]:
        """Rows of the spell and of the one before."""
        return zip(self.later[which].tolist(), self.before[which].tolist(), strict=True)


def _overlaps(s: StateSpells, pairs: _Pairs) -> Iterator[tuple[object, ...]]:
    for i, before in pairs.where(pairs.gap < 0):
        message = (
            f"the spell overlaps with the one of row {s.history.rows[before]}, which ends at {s.history.exit[before]:g}"
        )
        if s.history.entry is None:
            message = "the person has several spells, and no entry says when each begins"
        yield _fault(s, "overlap", i, message, "Let each spell begin where the one before it ended: see cl.tmerge.")


def _jumps(s: StateSpells, pairs: _Pairs) -> Iterator[tuple[object, ...]]:
    for i, before in pairs.where((pairs.gap > 0) & pairs.other):
        message = (
            f"after a gap from {s.history.exit[before]:g} the person is in '{s.states[s.state[i]]}', though last known "
            f"in '{s.states[s.expected[i]]}'"
        )
        yield _fault(s, "jump", i, message, "Add the spell at whose end the state was entered, or give a new id.")


def _teleports(s: StateSpells, pairs: _Pairs) -> Iterator[tuple[object, ...]]:
    for i, _ in pairs.where((pairs.gap == 0) & pairs.other):
        message = (
            f"the spell is in '{s.states[s.state[i]]}', but the one before it left the person in "
            f"'{s.states[s.expected[i]]}'"
        )
        yield _fault(s, "teleport", i, message, "Name the state that was entered in the row before, or mend this.")


def _gaps(s: StateSpells, pairs: _Pairs) -> Iterator[tuple[object, ...]]:
    for i, before in pairs.where((pairs.gap > 0) & ~pairs.other):
        message = f"the person is not seen between {s.history.exit[before]:g} and {s.entry[i]:g}"
        remedy = "Right if nobody would have known of a change meanwhile; else close the gap."
        yield _fault(s, "gap", i, message, remedy)


def _moves(s: StateSpells) -> Iterator[tuple[object, ...]]:
    """Transitions that cannot be, or that lead nowhere."""
    names, (can, ends) = s.states, _possible(s)
    for i in np.flatnonzero(ends[s.state]):
        message = f"the spell is in '{names[s.state[i]]}', which is an end: nobody is at risk of anything after it"
        yield _fault(s, "after an end", i, message, "Drop the spell, or name in allowed= what may follow that state.")
    for i in np.flatnonzero(s.moved & ~ends[s.state] & ~can[s.state, np.maximum(s.to, 0)]):
        message = f"'{names[s.to[i]]}' cannot follow '{names[s.state[i]]}'"
        remedy = "Mend the state, add the one between, or name the transition in allowed=."
        yield _fault(s, "not allowed", i, message, remedy, time=s.history.exit[i])
    for i in np.flatnonzero((s.to >= 0) & (s.to == s.state)):
        message = f"the spell ends by entering '{names[s.to[i]]}', in which the person is already"
        remedy = "It counts as no transition; number the states ('reduced 1', 'reduced 2') if each is one of its own."
        yield _fault(s, "same state", i, message, remedy, time=s.history.exit[i])


def _possible(s: StateSpells) -> tuple[Bools, Bools]:
    """Which state may follow which, shape (S, S), and after which none may: as the call says, else death alone."""
    size = len(s.states)
    if s.allowed is None:
        ends = np.array([name.casefold() in DEAD for name in s.states])
        return np.repeat(~ends, size).reshape(size, size), ends
    can = np.zeros((size, size), dtype=bool)
    for j, after in enumerate(s.allowed):
        can[j, [k for k in after if k >= 0]] = True
    return can, np.array([not after for after in s.allowed])


def _unseen(s: StateSpells) -> Iterator[tuple[object, ...]]:
    """States that are declared and have nobody."""
    for name in s.declared:
        message = f"nobody is ever in the state '{name}', nor enters it"
        remedy = (
            "It is left out; look whether it is written in another way in the data, in its categories or in allowed=."
        )
        yield ("not entered", pd.NA, None, np.nan, message, remedy)


def _fault(
    s: StateSpells, kind: str, i: Any, message: str, remedy: str, time: float | None = None
) -> tuple[object, ...]:
    begin = 0.0 if s.history.entry is None else float(s.history.entry[i])
    when = begin if time is None else float(time)
    return (kind, int(i), when, message, remedy)


def said(found: pd.DataFrame, most: int = 3) -> list[str]:
    """Faults in sentences, one for each kind."""
    lines = []
    for kind, part in found.groupby("kind", sort=False):
        if kind == "not entered":
            lines += [f"{r.message}. {r.remedy}" for r in part.itertuples()]
            continue
        rows = ", ".join(str(r) for r in part["row"].head(most)) + (" ..." if len(part) > most else "")
        first = part.iloc[0]
        lines.append(f"{counted(len(part), 'spell')} with '{kind}' (row {rows}): {first.message}. {first.remedy}")
    return lines
