"""Spells that end by entering a state -> how often each state follows each, and what is wrong with the coding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.status import CENSORED
from clemency.models.states.histories.cohorts import read_states
from clemency.models.states.histories.faults import REFUSED, faults, said
from clemency.models.states.histories.spells import START, Allowed, StateSpells
from clemency.records.arguments.signatures import typed
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted

#: How spells ended at whose end nobody entered a state.
NONE = "(censored)"


@dataclass(frozen=True, slots=True, eq=False)
class StateCheck:
    """Result of `survcheck`.

    Attributes
    ----------
    transitions : DataFrame
        One row per state that people were seen in, one column per state that they entered, and ``(censored)`` for
        spells that are their person's last and end in none: how many spells ended so. Empty rows and columns are left
        out.
    events : DataFrame
        One row per state that is entered, and ``(any)``: how many people entered it never, once, twice, ...
    faults : DataFrame
        ``kind, row, id, time, message, remedy``: one row per fault. Kinds ``overlap``, ``jump`` (to another state over
        a gap), ``teleport`` (to another state without a transition), ``after an end`` and ``not allowed`` are refused
        by `multistate`; ``gap``, ``same state`` and ``not entered`` are told there.
    states : tuple of str
    n, n_cases : int
        Spells and people.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: what was left out and why.
    alike : tuple of str
        What to say of ids that differ by blanks, capitals or the form of a letter only.
    """

    transitions: pd.DataFrame
    events: pd.DataFrame
    faults: pd.DataFrame
    states: tuple[str, ...]
    n: int
    n_cases: int
    exclusions: pd.DataFrame
    alike: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found that `multistate` refuses."""
        return not self.faults["kind"].isin(REFUSED).any()

    def tidy(self) -> pd.DataFrame:
        """Transitions one below the other: ``from, to, n``, those that occur, ``(censored)`` among them."""
        table = self.transitions
        j, k = np.nonzero(table.to_numpy())
        names = {"from": table.index.take(j), "to": table.columns.take(k)}
        return pd.DataFrame(names | {"n": table.to_numpy()[j, k]})

    def glance(self) -> pd.DataFrame:
        """One row: ``n`` spells, ``n_cases`` people, ``transitions``, and the number of faults of each kind."""
        moves = self.transitions.drop(columns=NONE, errors="ignore")
        counts = self.faults["kind"].value_counts()
        row = {"n": self.n, "n_cases": self.n_cases, "transitions": int(moves.to_numpy().sum())}
        return pd.DataFrame([row | {k.replace(" ", "_"): int(counts.get(k, 0)) for k in KINDS}])

    def notes(self) -> list[str]:
        """What a reader must know, one sentence each."""
        found = said(self.faults) or ["No fault was found."]
        return [*found, *(f"{message}." for message in self.alike), *left_out_lines(self.exclusions)]

    def _title(self) -> str:
        return f"Transitions of {counted(self.n_cases, 'person')} in {counted(self.n, 'spell')}"

    def __repr__(self) -> str:
        return "\n".join([self._title(), self.transitions.to_string(), *self.notes()])

    def _repr_html_(self) -> str:
        return as_html(self._title(), self.transitions.reset_index(names="from \\ to"), self.notes())


KINDS = (*REFUSED, "gap", "same state", "not entered")


@typed
def survcheck(
    data: Any,
    *,
    id: str | None = None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    state: str | None = None,
    initial: str = START,
    allowed: Allowed | None = None,
    censored: str | None = CENSORED,
) -> StateCheck:
    """Count transitions between states, and name spells whose coding cannot be true.

    Parameters
    ----------
    data : Cohort or DataFrame
        Spells (entry, exit] of which a person has several, each ending where a state is entered or somebody is lost
        from sight. A cohort is read as by `multistate`.
    id : str
        Column of the person.
    exit, event, entry : str
        ``event`` is the state that is entered at the exit, or the word for censoring. Without ``entry`` everybody has
        one spell, from the beginning.
    state : str, optional
        Column of the state in which the spell was spent. Without it a person's first spell was in `initial`, and any
        other in the state entered last, so that there can be no jump or teleport; after a spell without an event or an
        end it is not known, and the person's later spells are left out.
    initial : str
        Name of the state that everybody begins in, if there is no `state`.
    allowed : mapping, optional
        State -> state or states that can follow it, such as ``{"inside": ["parole", "death"]}``; one that is no key is
        an end. Without it any state may follow any but death.
    censored : str or None
        The word in ``event`` that means censoring.

    Returns
    -------
    StateCheck

    Notes
    -----
    The counts and the kinds of fault are those of ``survcheck`` in R's survival.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"who": [1, 1, 2], "since": [0, 4, 0], "until": [4, 9, 6]})
    >>> d["into"] = ["ill", "death", "censored"]
    >>> survcheck(d, id="who", entry="since", exit="until", event="into").transitions
           death  ill  (censored)
    start      0    1           1
    ill        1    0           0
    """
    s = read_states(
        data,
        id=id,
        exit=exit,
        event=event,
        entry=entry,
        state=state,
        initial=initial,
        allowed=allowed,
        censored=censored,
    )
    found, h = faults(s), s.history
    people = len(np.unique(s.person))
    return StateCheck(_transitions(s), _events(s), found, s.states, len(h), people, h.exclusions, h.alike)


def _transitions(s: StateSpells) -> pd.DataFrame:
    last = np.ones(len(s.order), dtype=bool)
    last[s.order[:-1]] = s.person[s.order[1:]] != s.person[s.order[:-1]]
    size = len(s.states)
    count = np.zeros((size, size + 1), dtype=np.intp)
    ended = s.to >= 0
    np.add.at(count, (s.state[ended], s.to[ended]), 1)
    open_ = ~ended & last
    np.add.at(count, (s.state[open_], np.full(int(open_.sum()), size)), 1)
    table = pd.DataFrame(count, index=list(s.states), columns=[*s.states, NONE])
    return table.loc[count.any(axis=1), count.any(axis=0)]


def _events(s: StateSpells) -> pd.DataFrame:
    people = int(s.person.max()) + 1
    ended = s.to >= 0
    each = np.zeros((people, len(s.states)), dtype=np.intp)
    np.add.at(each, (s.person[ended], s.to[ended]), 1)
    present = np.zeros(people, dtype=bool)
    present[s.person] = True
    names = [k for k in range(len(s.states)) if each[:, k].any()]
    all_ = np.column_stack([each[present][:, names], each[present].sum(axis=1)])
    most = int(all_.max(initial=0))
    rows: Sequence[Any] = [np.bincount(column, minlength=most + 1) for column in all_.T]
    return pd.DataFrame(rows, index=[*(s.states[k] for k in names), "(any)"], columns=range(most + 1))
