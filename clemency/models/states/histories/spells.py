"""Spells that end by entering a state -> arrays with the state that each was spent in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.modelframe.frames import as_frame
from clemency.models.modelframe.groups import levels_of
from clemency.models.modelframe.history import History, Names, history, refuse_taken
from clemency.models.modelframe.status import CENSORED
from clemency.models.states.histories.before import REASON, UNKNOWN, Before, before_each
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

#: Name of the state that everybody begins in, where the data do not name it.
START = "start"
#: Columns of results, which groups may not be named as.
TAKEN = (
    *("time", "state", "from", "to", "transition", "at_risk", "n_event", "estimate", "std_error", "ci_low", "ci_high"),
    *("until", "start", "n", "n_cases", "events", "person_months", "person_time", "time_unit", "reference", "row"),
    *("statistic", "p_value", "df"),
)
Allowed = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class StateSpells:
    """n spells (entry, exit], each spent in one state.

    Attributes
    ----------
    history : History
        Times, groups, weights, and as clusters the persons and what errors are clustered on.
    states : tuple of str, length S
        First those in which people begin only, then those that are entered, as declared.
    state : ndarray of int, shape (n,)
        In which each spell was spent.
    to : ndarray of int, shape (n,)
        State that was entered at its end, -1 for none.
    order : ndarray of int, shape (n,)
        Rows by person and time.
    expected : ndarray of int, shape (n,)
        State that follows from the spells before: that of the data at a person's first spell.
    allowed : tuple of tuple of int, or None
        States that may follow each state, -1 for one that nobody is ever in.
    declared : tuple of str
        Levels of the column of events, and of states, that no row has.
    """

    history: History
    states: tuple[str, ...]
    state: Ints
    to: Ints
    order: Ints
    expected: Ints
    allowed: tuple[tuple[int, ...], ...] | None
    declared: tuple[str, ...]

    @property
    def person(self) -> Ints:
        """Code of each spell's person, shape (n,)."""
        return self.history.clusters[0]

    @property
    def cluster(self) -> Ints:
        """Code of what the errors are clustered on, shape (n,)."""
        return self.history.clusters[-1]

    @property
    def entry(self) -> Floats:
        """Begin of each spell; minus infinity where the data name none."""
        h = self.history
        return np.full(len(h), -np.inf) if h.entry is None else h.entry

    @property
    def moved(self) -> Bools:
        """Whether each spell ended by entering another state."""
        return (self.to >= 0) & (self.to != self.state)

    @property
    def ends(self) -> Bools:
        """Which states nobody leaves, and none may leave if it is said what may follow what, shape (S,)."""
        if self.allowed is not None:
            return np.array([not a for a in self.allowed])
        left = np.zeros(len(self.states), dtype=bool)
        left[self.state] = True
        return ~left

    def transition(self, j: int, k: int) -> str:
        """Name of a transition."""
        return named(self.states[j], self.states[k])


def named(before: str, after: str) -> str:
    """Name of a transition from one state to another."""
    return f"{before} -> {after}"


def state_spells(
    data: Any,
    *,
    id: str | None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    state: str | None = None,
    initial: str = START,
    allowed: Allowed | None = None,
    by: Names = None,
    cluster: str | None = None,
    weights: str | None = None,
    covariates: Sequence[str] = (),
    censored: str | None = CENSORED,
    time_unit: str | None = None,
) -> StateSpells:
    """Read spells in states.

    Parameters
    ----------
    data : Cohort, DataFrame or mapping of columns
    id : str
        Column of the person.
    exit, event, entry : str
        ``event`` is the state that was entered at the exit, or the word for censoring.
    state : str, optional
        Column of the state in which the spell was spent. Without it a person's first spell was in `initial`, and any
        other in the state entered last, also where the spell at whose end it was entered is left out. After a spell
        without an event or an end it is not known, and the person's later spells are left out.
    initial : str
    allowed : mapping, optional
        State -> states that can follow it; one that is no key, or has none, is an end.
    by, cluster, weights, covariates, censored, time_unit
        As for `history`.

    Returns
    -------
    StateSpells
    """
    if id is None:
        raise UsageError("Name the column of the person: id=.")
    if cluster is not None and not isinstance(cluster, str):
        raise UsageError("cluster= must name one column.")
    refuse_taken(by, TAKEN)
    h, before = _read(
        as_frame(data), data, state is None, exit=exit, event=event, entry=entry, by=by, cluster=(id, cluster or id),
        weights=weights, covariates=[id, *covariates, *([state] if state else [])], censored=censored,
        time_unit=time_unit,
    )  # fmt: skip
    seen = {*np.unique(h.event).tolist(), *np.unique(before.entered[h.rows]).tolist()}
    entered = [o for k, o in enumerate(h.outcomes, 1) if k in seen]
    own = None if state is None else _own(h.covariates[state])
    begun = [initial] if own is None else own[1]
    states = tuple(dict.fromkeys([*(s for s in begun if s not in entered), *entered]))
    if len(states) < 2:
        raise DataError([_nobody_moves(h, states)])
    place = np.array([-1, *(states.index(o) if o in entered else -1 for o in h.outcomes)], dtype=np.intp)
    to = place[h.event]
    now = None if own is None else np.array([states.index(s) for s in own[1]], dtype=np.intp)[own[0]]
    start = np.zeros(len(h)) if h.entry is None else h.entry
    order = np.lexsort((h.exit, start, h.clusters[0]))
    expected = _expected(before, h.rows, order, place, states.index(initial) if now is None else now)
    may = None if allowed is None else {str(k): levels_of(v) for k, v in allowed.items()}
    places = {name: k for k, name in enumerate(states)}
    rules = None if may is None else tuple(tuple(places.get(v, -1) for v in may.get(n, [])) for n in states)
    lacking = _declared(as_frame(data), [c for c in (str(h.columns["event"]), state) if c], may or {}, states, censored)
    return StateSpells(h, states, expected if now is None else now, to, order, expected, rules, lacking)


def _own(column: pd.Series) -> tuple[Ints, list[str]]:
    """Codes and names of the states that the data give, in order of the categories or of the alphabet."""
    own = column.astype("category").cat.remove_unused_categories()
    code, names = own.cat.codes, [str(v) for v in own.cat.categories]
    twice = [n for n in names if names.count(n) > 1]
    if twice:
        raise UsageError(f"'{column.name}' has two states whose name is '{twice[0]}': rename one.")
    return np.asarray(code, dtype=np.intp), names


def _read(frame: pd.DataFrame, data: Any, derived: bool, **columns: Any) -> tuple[History, Before]:
    """Read the spells, and what those before each say of its state, also the ones that are left out.

    A person whose earlier spell has no weight was where that spell ended; one of whom an end or an event is missing is
    nobody knows where, and later spells whose states are to be derived are left out with it.
    """
    h = history(data, **columns)
    names = {n: h.columns[n] for n in ("exit", "event", "entry")}
    before = before_each(frame, id=h.columns["cluster"][0], censored=columns["censored"], **names)
    lost = before.entered == UNKNOWN
    if derived and lost[h.rows].any():
        h = history(data, **columns, without=(lost, REASON, str(names["event"])))
    return h, before


def _expected(before: Before, rows: Ints, order: Ints, place: Ints, first: Ints | int) -> Ints:
    """State in which each spell must have been spent: the one entered last, or before that the person's first."""
    entered = before.entered[rows]
    if isinstance(first, np.ndarray):  # where nothing was entered, that of the first spell which is not left out
        _, at, run = np.unique(before.run[rows][order], return_index=True, return_inverse=True)
        own = np.empty(len(rows), dtype=np.intp)
        own[order] = first[order][at][run]
        first = own
    return np.where(entered > 0, place[np.maximum(entered, 0)], first)


def _declared(
    frame: pd.DataFrame,
    columns: list[str],
    may: Mapping[str, Sequence[str]],
    states: Sequence[str],
    censored: str | None,
) -> tuple[str, ...]:
    """States that columns of categories declare, or the call allows, and no spell has."""
    found: dict[str, None] = dict.fromkeys([*may, *(v for several in may.values() for v in several)])
    for name in columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            found |= dict.fromkeys(str(v) for v in frame[name].cat.categories)
    none = {str(censored).casefold(), CENSORED}
    return tuple(v for v in found if v not in states and v.casefold() not in none)


def _nobody_moves(h: History, states: Sequence[str]) -> Problem:
    what = f"nobody enters any other state than '{states[0]}'"
    remedy = "The column says which state is entered at the end of each spell; look at its words and at the exclusions."
    return Problem("data", None, str(h.columns["event"]), "", what, remedy)
