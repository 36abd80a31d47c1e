"""A cohort's spells, or any frame's -> spells in states: serving, after each cut, medical parole, and the ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.models.modelframe.arguments import unit_of
from clemency.models.modelframe.exclusions import require_columns
from clemency.models.modelframe.frames import as_frame, is_cohort, numbers
from clemency.models.states.histories.spells import START, StateSpells, state_spells
from clemency.records.errors import UsageError

CUT, PAROLE, SERVING = "sentence_reduction", "medical_parole", "serving"
#: Columns that are made for a cohort.
STATE, INTO = "state", "into"


def read_states(data: Any, *, cuts: int | None = None, share_of: str | None = None, **given: Any) -> StateSpells:
    """Read spells in states; a cohort supplies their columns.

    Parameters
    ----------
    data : Cohort, DataFrame or mapping of columns
    cuts : int, optional
        For a cohort, how many cuts are states of their own (2): further ones stay in the last of them.
    share_of : str, optional
        Column of a length by which the times are divided, such as that of the term as passed.
    **given
        Arguments of `state_spells`.

    Returns
    -------
    StateSpells

    Raises
    ------
    UsageError
        For an imputed cohort, one whose clock starts anew at each act, and `cuts` for a frame.
    """
    if isinstance(data, ImputedCohort):
        raise UsageError("States of an imputed cohort are not pooled: take each of its .cohorts by itself.")
    of_cohort = is_cohort(data)
    if of_cohort:
        data, given = _of_cohort(data, cuts, given)
    elif cuts is not None:
        raise UsageError("cuts= is for a cohort, whose acts it numbers: a frame names its states itself.")
    if share_of is None:
        return state_spells(data, **given)
    if given.get("time_unit") is not None and not of_cohort:
        raise UsageError("share_of= gives times without a unit: leave time_unit= out.")
    frame = as_frame(data)
    require_columns(frame, [n for n in (share_of, given.get("exit"), given.get("entry")) if n is not None])
    length = numbers(frame, share_of)
    for name in ("entry", "exit"):
        column = given.get(name)
        if column is not None:  # named for what it is, so that a row without the length is told so
            with np.errstate(divide="ignore", invalid="ignore"):
                frame = frame.assign(**{f"{column} / {share_of}": numbers(frame, column) / length})
            given[name] = f"{column} / {share_of}"
    return state_spells(frame, **(given | {"time_unit": None}))


def _of_cohort(data: Any, cuts: int | None, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Spells of a cohort, and the names of their columns."""
    if isinstance(data, Cohort) and data.rules.recurrent and "previous_act" not in data.spells:
        raise UsageError("States follow each other on one clock, not on one that starts at each act: no gap_time().")
    case = "case_id" if "case_id" in data.spells else None
    given = given | {"id": given.get("id") or case} | {n: given.get(n) or n for n in ("entry", "exit")}
    given["time_unit"] = unit_of(True, given.get("time_unit"))
    if given.get("cluster") is None and "person_id" in data.spells:
        given["cluster"] = "person_id"
    if given.get("event") is not None or not isinstance(data, Cohort):
        return data.spells, given
    if given.get("initial") in (None, START):
        given["initial"] = SERVING
    return in_states(data, 2 if cuts is None else cuts), given | {"event": INTO, "state": given.get("state") or STATE}


def in_states(cohort: Cohort, cuts: int = 2) -> pd.DataFrame:
    """Spells of a cohort with the state in which each was spent, and the one entered at its end.

    Parameters
    ----------
    cohort : Cohort
        Made with ``recurrent=True``, or else nothing is known after the first act.
    cuts : int
        Cuts that are states of their own; further ones stay in the last, whose name then ends in ``+``.

    Returns
    -------
    DataFrame
        The spells with ``state`` and ``into`` (``censored`` where nothing is entered). An act other than a cut or
        medical parole is a state of its own name. A cut or an act on medical parole leaves the person there: the tables
        have no act for a return to prison, so that a return is only seen where the user names states in columns of
        their own.
    """
    if isinstance(cuts, bool) or cuts < 1:
        raise UsageError(f"cuts={cuts!r} must be 1 or more.")
    spells, kinds = cohort.spells, [str(o) for o in cohort.rules.outcome]
    event = spells["event"].astype(str).to_numpy(dtype=object)
    order = np.lexsort((spells["entry"].to_numpy(), pd.factorize(spells["case_id"])[0]))
    case = spells["case_id"].to_numpy(dtype=object)
    reduced = [f"reduced {k}" + ("+" if k == cuts and cohort.rules.recurrent else "") for k in range(1, cuts + 1)]
    state, into = np.empty(len(spells), dtype=object), np.empty(len(spells), dtype=object)
    now, count, before = SERVING, 0, None
    for i in order:
        if case[i] != before:
            now, count, before = SERVING, 0, case[i]
        state[i], kind = now, event[i]
        into[i] = after = kind.replace("_", " ")
        if kind == CUT:
            count += 1
            into[i] = after = now if now == "medical parole" else reduced[min(count, cuts) - 1]
        if kind in kinds:
            now = after
    # staying in a state is no event
    into[(state == into)] = "censored"
    names = [SERVING, *reduced, *(k.replace("_", " ") for k in kinds if k != CUT)]
    ends = [str(c).replace("_", " ") for c in cohort.rules.competing]
    ends = [e for e in ends if e not in names]
    levels = dict.fromkeys([*names, *ends])
    return spells.assign(
        **{
            STATE: pd.Categorical(state, categories=names),
            INTO: pd.Categorical(into, categories=["censored", *(n for n in levels if n != SERVING)]),
        }
    )
