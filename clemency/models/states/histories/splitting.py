"""Spells of a frame, times and a log of events -> shorter spells, with what held in each and what ended it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.kernel.sametime import made_equal
from clemency.models.modelframe.arguments import months
from clemency.models.modelframe.exclusions import column_names, require_columns
from clemency.models.modelframe.frames import as_frame, is_cohort, numbers
from clemency.models.modelframe.measures import NEEDED
from clemency.models.modelframe.status import CENSORED, event_codes
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Bools, Floats, Ints

#: Names of the columns that are made.
BEGIN, INTO = "entry", "into"


@typed
def survsplit(
    data: Any,
    cut: float | Sequence[float],
    *,
    exit: str,
    event: str,
    entry: str | None = None,
    interval: str = "interval",
    censored: str | None = CENSORED,
) -> pd.DataFrame:
    """Cut spells at given times.

    Parameters
    ----------
    data : DataFrame
        Spells (entry, exit]; a cohort has `Cohort.split`.
    cut : float or sequence of float
        Times on the clock.
    exit, event, entry : str
        Columns. Without ``entry`` spells begin at 0, and a column ``entry`` is made.
    interval : str
        Name of a new column: 0 for pieces that end at or before the first cut, 1 up to the second, and so on.
    censored : str or None
        The word in ``event`` that means censoring; None if nothing but events ends the spells as given. The pieces are
        another matter: those that end at a cut have ``"censored"`` then, which is what estimators take for it, so that
        they need no ``censored=None``.

    Returns
    -------
    DataFrame
        As the data, one row per piece, in order. Pieces that end at a cut within the spell are censored: 0, False or
        the word for it. Two times that differ by rounding alone are one.

    Raises
    ------
    UsageError
        For a cohort, and for a new column that is there already.
    DataError
        For missing, negative or reversed times.

    Notes
    -----
    As ``survSplit`` of R's survival with ``episode=``, whose numbers begin at 1.

    Examples
    --------
    >>> import pandas as pd
    >>> survsplit(pd.DataFrame({"months": [5.0, 9.0], "cut": [1, 0]}), 6, exit="months", event="cut")
       entry  months  cut  interval
    0    0.0     5.0    1         0
    1    0.0     6.0    0         0
    2    6.0     9.0    0         1
    """
    frame = _frame(data)
    require_columns(frame, [n for n in (exit, event, entry) if n is not None])
    _refuse_there([*frame.columns], [*([] if entry else [BEGIN]), interval])
    points = np.unique(months(cut, "cut"))
    start = np.zeros(len(frame)) if entry is None else numbers(frame, entry)
    start, stop, points = made_equal(start, numbers(frame, exit), points)
    _check_spells(start, stop, entry or BEGIN, exit)
    code, _ = event_codes(frame[event], event, censored)
    row = np.repeat(np.arange(len(frame)), len(points))
    inside = (np.tile(points, len(frame)) > start[row]) & (np.tile(points, len(frame)) < stop[row])
    row, begin, end = _pieces(start, stop, row[inside], np.tile(points, len(frame))[inside])
    pieces = frame.iloc[row].reset_index(drop=True)
    last = end == stop[row]
    pieces[event] = _replaced(pieces[event], ~last, frame[event], code, censored)
    pieces[exit] = end
    if entry is None:
        pieces.insert(0, BEGIN, begin)
    else:
        pieces[entry] = begin
    pieces[interval] = np.searchsorted(points, end, side="left")
    return pieces


@typed
def tmerge(
    people: Any,
    log: pd.DataFrame,
    *,
    id: str,
    exit: str,
    time: str,
    event: str | None = None,
    holds: str | Sequence[str] | None = None,
    counted: str | None = None,
    entry: str | None = None,
    end: str | None = None,
    outside: str = "refuse",
    censored: str = CENSORED,
) -> pd.DataFrame:
    """Cut the follow-up of people at the entries of a log, and say what held in each piece and what ended it.

    Parameters
    ----------
    people : DataFrame
        One row per person, or spells (entry, exit] that do not overlap.
    log : DataFrame
        One row per entry: `id`, `time`, and any of the columns below. Several logs are merged one after the other.
    id, exit : str
        Columns of `people`; `log` has `id` too.
    time : str
        Column of `log`, on the clock of `exit`.
    event : str, optional
        Column of `log` with the state entered at that time; missing where the entry is none. The spell is cut there,
        and ends in it.
    holds : str or sequence of str, optional
        Columns of `log` whose value holds from that time on, until another one. Before the first it is what the column
        of the same name in `people` says, or missing. An entry before the spell begins holds from its begin.
    counted : str, optional
        Name of a new column: entries of the log up to the begin of each piece.
    entry : str, optional
        Column of `people`; without it follow-up begins at 0, and a column ``entry`` is made.
    end : str, optional
        Column of `people` with the state entered at `exit`, or the word for censoring (or 0 and 1); it stays where no
        entry of the log ends the last piece, and the pieces before end in censoring. Columns that are not named are
        repeated on every piece: leave it out only where people have no end.
    outside : {"refuse", "drop"}
        What becomes of events of the log that do not fall into anybody's follow-up (entry, exit].
    censored : str
        The word for spells at whose end nothing is entered.

    Returns
    -------
    DataFrame
        As `people`, one row per piece in order of person and time. With `event` a column ``into`` (or `end`, if that is
        named) has what is entered at the end of each, as `multistate` takes it.

    Raises
    ------
    UsageError
        For a cohort, for columns that are not there, and a new one that is.
    DataError
        For spells of one person that overlap, entries of nobody in `people`, entries without a time, two of one person
        at one time, an event at an exit that ends in another, and events outside the follow-up, each with its row.

    Notes
    -----
    What ``tmerge`` of R's survival does with ``event()``, ``tdc()`` and ``cumtdc()``; there events outside the
    follow-up are only counted.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"who": ["a", "b"], "months": [30.0, 24.0], "left": ["release", "censored"]})
    >>> log = pd.DataFrame({"who": ["a", "a"], "at": [10.0, 18.0], "what": ["reduced 1", "reduced 2"]})
    >>> tmerge(people, log, id="who", exit="months", time="at", event="what", end="left")
      who  entry  months       left
    0   a    0.0    10.0  reduced 1
    1   a   10.0    18.0  reduced 2
    2   a   18.0    30.0    release
    3   b    0.0    24.0   censored
    """
    if outside not in ("refuse", "drop"):
        raise UsageError(f"outside={outside!r} is not one of: refuse, drop.")
    frame, values = _frame(people, "people"), list(column_names(holds, repeated=True))
    require_columns(frame, [n for n in (id, exit, entry, end) if n is not None], "people")
    require_columns(log, [n for n in (id, time, event, *values) if n is not None], "log")
    into = end or INTO
    new = [*([] if entry else [BEGIN]), *([counted] if counted else []), *([INTO] if event and not end else [])]
    _refuse_there([*frame.columns], new)
    _refuse_there([id, exit, *([entry] if entry else []), *([end] if end else []), *new], values)
    start = np.zeros(len(frame)) if entry is None else numbers(frame, entry, data="people")
    start, stop, when = made_equal(
        start, numbers(frame, exit, data="people"), numbers(log, time, mend=NEEDED, data="log")
    )
    _check_spells(start, stop, entry or BEGIN, exit, "people")
    who, names = pd.factorize(frame[id])
    _refuse_overlaps(frame[id], who, start, stop, entry or BEGIN)
    entries = _Entries(log, names.get_indexer(pd.Index(log[id])), when)
    _check_log(entries, id, time)
    spell = _placed(who, start, stop, entries)
    is_event = np.zeros(len(log), dtype=bool) if event is None else log[event].notna().to_numpy()
    _check_events(log, is_event & (spell < 0), event, outside)
    within = (spell >= 0) & (when < stop[np.maximum(spell, 0)])
    row, begin, finish = _pieces(start, stop, spell[within], when[within])
    order = np.lexsort((begin, who[row]))
    row, begin, finish = row[order], begin[order], finish[order]
    pieces = _Pieces(row, who[row], begin, finish, stop[row] == finish)
    out = _timed(frame.iloc[row].reset_index(drop=True), begin, finish, exit, entry)
    for column in values:
        out[column] = _holding(out, column, pieces, entries)
    if counted is not None:
        out[counted] = _counted(pieces, entries)
    if event is not None:
        ended = is_event & (spell >= 0)
        out[into] = _into(out, pieces, spell[ended], when[ended], log[event][ended], end=end, censored=censored)
    elif end is not None:  # without an event in the log too, only the last piece ends as the spell does
        counts = pd.api.types.is_numeric_dtype(out[end].dtype)
        own = out[end] if counts else out[end].astype(object)
        out[end] = own.where(pieces.last, own.dtype.type(0) if counts else censored)
    elif len(out) > len(frame):
        _refuse_ends(frame, [n for n in (id, exit, entry) if n], values)
    return out


def _timed(out: pd.DataFrame, begin: Floats, finish: Floats, exit: str, entry: str | None) -> pd.DataFrame:
    """Pieces with their own times; without a column for the begin, one is made before that of the end."""
    out[exit] = finish
    if entry is None:
        out.insert(list(out.columns).index(exit), BEGIN, begin)
    else:
        out[entry] = begin
    return out


@dataclass(frozen=True, slots=True)
class _Entries:
    """Rows of a log, with the number of the person of each, -1 for nobody, and its time."""

    log: pd.DataFrame
    who: Ints
    time: Floats


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Pieces of spells: row and person of each, (begin, end], and whether it ends where the spell does."""

    row: Ints
    who: Ints
    begin: Floats
    end: Floats
    last: Bools


def _refuse_ends(people: pd.DataFrame, times: Sequence[str], held: Sequence[str]) -> None:
    """Refuse to repeat on every piece what may be the end of a spell: words among which one means censoring."""
    for name in people.columns.difference([*times, *held]):
        words = people[name].astype("string").str.strip().str.lower()
        if words.eq(CENSORED).any() and words.ne(CENSORED).any():
            raise UsageError(
                f"Column '{name}' says how spells end, and would be repeated on every piece: name it, end='{name}'."
            )


def _frame(data: Any, name: str = "data") -> pd.DataFrame:
    if is_cohort(data):
        raise UsageError("A cohort cuts its spells itself: use its split() and expose().")
    frame = as_frame(data, name)
    foreign = {c: d.newbyteorder("=") for c, d in frame.dtypes.items() if isinstance(d, np.dtype) and not d.isnative}
    return frame.astype(foreign) if foreign else frame  # pandas takes no rows of numbers in another order of bytes


def _refuse_there(there: Sequence[str], names: Iterable[str]) -> None:
    """Refuse to make columns of names that there are, or one name twice."""
    taken = set(there)
    for name in names:
        if name in taken:
            raise UsageError(f"There is a column '{name}' already, and one of this name is made: rename it.")
        taken.add(name)


def _check_spells(start: Floats, stop: Floats, entry: str, exit: str, data: str = "data") -> None:
    problems = []
    for name, bad, what, remedy in (
        (exit, ~np.isfinite(stop), "the time is missing", "Give it, or drop the row."),
        (entry, ~np.isfinite(start), "the time is missing", "Give it, or drop the row."),
        (entry, start < 0, "negative time", "The clock begins at 0."),
        (exit, stop < start, "exit before entry", "Look at the columns named in the call."),
    ):
        problems += [Problem(data, int(i), name, "", what, remedy) for i in np.flatnonzero(bad)]
    if problems:
        raise DataError(problems)


def _refuse_overlaps(ids: pd.Series, who: Ints, start: Floats, stop: Floats, entry: str) -> None:
    """Refuse rows of one person that overlap: an entry of the log would fall into both."""
    order = np.lexsort((stop, start, who))
    before, later = order[:-1], order[1:]
    both = (who[before] == who[later]) & (who[later] >= 0) & (start[later] < stop[before])
    problems = [
        Problem(
            "people", int(i), entry, f"{start[i]:g}",
            f"the spell of '{ids.iloc[i]}' overlaps with the one of row {k}, which ends at {stop[k]:g}",
            "Give one row per person, or let each spell begin where the one before it ended, and name entry=.",
        )
        for k, i in zip(before[both], later[both], strict=True)
    ]  # fmt: skip
    if problems:
        raise DataError(problems)


def _pieces(start: Floats, stop: Floats, row: Ints, at: Floats) -> tuple[Ints, Floats, Floats]:
    """Row, begin and end of the pieces of spells that are cut at times within them; a time twice cuts once."""
    rows, begin = np.r_[np.arange(len(start)), row], np.r_[start, at]
    order = np.lexsort((begin, rows))
    rows, begin = rows[order], begin[order]
    new = np.r_[True, (rows[1:] != rows[:-1]) | (begin[1:] != begin[:-1])][: len(rows)]
    rows, begin = rows[new], begin[new]
    last = np.r_[rows[1:] != rows[:-1], True][: len(rows)]
    return rows, begin, np.where(last, stop[rows], np.r_[begin[1:], 0.0][: len(rows)])


def _replaced(column: pd.Series, which: Bools, given: pd.Series, code: Ints, censored: str | None) -> pd.Series:
    """Events of the pieces, those that a cut ends replaced by whatever the data write for censoring."""
    none = np.flatnonzero(code == 0)
    word: Any = (
        given.iloc[none[0]]
        if len(none)
        else (0 if pd.api.types.is_numeric_dtype(given.dtype) else censored or CENSORED)
    )
    if pd.api.types.is_bool_dtype(given.dtype):
        word = False
    out = column.copy()
    if isinstance(out.dtype, pd.CategoricalDtype) and word not in out.cat.categories:
        out = out.cat.add_categories([word])
    out[which] = word
    return out


def _check_log(entries: _Entries, id: str, time: str) -> None:
    log, whose, when = entries.log, entries.who, entries.time
    problems = [
        Problem(
            "log", int(i), id, str(log[id].iloc[i]), "nobody of that name is in people", "Add the person, or drop it."
        )
        for i in np.flatnonzero(whose < 0)
    ]
    problems += [
        Problem("log", int(i), time, "", "the time is missing", "Give it, or drop the row.")
        for i in np.flatnonzero(np.isnan(when))
    ]
    if problems:
        raise DataError(problems)
    order = np.lexsort((when, whose))
    twice = order[1:][(whose[order][1:] == whose[order][:-1]) & (when[order][1:] == when[order][:-1])]
    if len(twice):
        what = "the person has another entry at that time"
        remedy = "Say which came first by other times, such as half a day apart, or merge them one after the other."
        raise DataError([Problem("log", int(i), time, f"{when[i]:g}", what, remedy) for i in twice])


def _last_before(group: Ints, at: Floats, whose: Ints, when: Floats, strictly: bool) -> Ints:
    """For each (group, at) the last (whose, when) of that group which is not later, or earlier, -1 for none."""
    own = np.lexsort((when, whose))
    both = np.r_[np.ones(len(own)), np.zeros(len(at))] if strictly else np.r_[np.zeros(len(own)), np.ones(len(at))]
    merged = np.lexsort((both, np.r_[when[own], at], np.r_[whose[own], group]))
    mine = merged >= len(own)
    place = np.empty(len(at), dtype=np.intp)
    place[merged[mine] - len(own)] = np.cumsum(~mine)[mine] - 1
    if not len(own):
        return np.full(len(at), -1, dtype=np.intp)
    found = own[np.maximum(place, 0)]
    return np.where((place >= 0) & (whose[found] == group), found, -1)


def _placed(who: Ints, start: Floats, stop: Floats, entries: _Entries) -> Ints:
    """Spell within which, or at whose end, each entry of a log falls, -1 for none."""
    spell = _last_before(entries.who, entries.time, who, start, strictly=True)
    return np.where((spell >= 0) & (entries.time <= stop[np.maximum(spell, 0)]), spell, -1)


def _check_events(log: pd.DataFrame, beyond: Bools, event: str | None, outside: str) -> None:
    lost = np.flatnonzero(beyond)
    if len(lost) and outside == "refuse":
        what = "the event does not fall into the person's follow-up (entry, exit]"
        remedy = "Mend the time or the follow-up, or say outside='drop' to leave such events out."
        raise DataError([Problem("log", int(i), str(event), str(log[event].iloc[i]), what, remedy) for i in lost])


def _holding(out: pd.DataFrame, column: str, pieces: _Pieces, entries: _Entries) -> pd.Series:
    """Value of the log that holds at the begin of each piece; that of people, if any, where there is none yet."""
    given = np.flatnonzero(entries.log[column].notna().to_numpy())
    last = _last_before(pieces.who, pieces.begin, entries.who[given], entries.time[given], strictly=False)
    known = last >= 0
    values = entries.log[column].iloc[given[last[known]]].set_axis(out.index[known]).reindex(out.index)
    return values.where(pd.Series(known, index=out.index), out[column]) if column in out.columns else values


def _counted(pieces: _Pieces, entries: _Entries) -> Ints:
    """Entries of the log up to the begin of each piece."""
    whose, when = entries.who, entries.time
    order = np.lexsort((when, whose))
    number = np.empty(len(when), dtype=np.intp)
    number[order] = np.arange(1, len(when) + 1) - np.searchsorted(whose[order], whose[order])
    last = _last_before(pieces.who, pieces.begin, whose, when, strictly=False)
    return np.where(last >= 0, number[last] if len(number) else 0, 0)


def _into(
    out: pd.DataFrame, p: _Pieces, spell: Ints, when: Floats, what: pd.Series, *, end: str | None, censored: str
) -> pd.Series:
    """What is entered at the end of each piece; refuse an event at an exit that ends in another."""
    own = out[end].astype(object).to_numpy() if end is not None else np.full(len(out), censored, dtype=object)
    found = np.where(p.last, own, censored).astype(object)
    place = pd.MultiIndex.from_arrays([p.row, p.end]).get_indexer(pd.MultiIndex.from_arrays([spell, when]))
    for i, name in zip(place, what, strict=True):
        if p.last[i] and found[i] != censored and found[i] != name:
            text = f"the log enters '{name}' at the exit, which ends in '{found[i]}'"
            raise DataError(
                [Problem("people", int(p.row[i]), str(end), str(found[i]), text, "Say which of the two it was.")]
            )
        found[i] = name
    return pd.Series(found, index=out.index)
