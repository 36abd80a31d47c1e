"""Columns as given -> SQL that reads each row as a spell in days, or says what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from clemency.cohorts.ratetables.query import literal, quoted
from clemency.cohorts.ratetables.sources import GIVEN, Source
from clemency.records.errors import UsageError
from clemency.records.terms import DAYS_PER_MONTH

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_REALS = ("FLOAT", "DOUBLE", "DECIMAL")
#: Days since 1970 of 1800 and 2200: a day beyond is a slip, and would give a table thousands of empty periods.
_EARLIEST, _LATEST = -62091, 84006
_LEVELS = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the spells says what."""

    by: tuple[str, ...]
    entry: str | None
    exit: str
    event: str
    start: str | None
    id: str | None = None

    def roles(self) -> dict[str, str]:
        """Column of each role that has one."""
        every = {"start": self.start, "entry": self.entry, "exit": self.exit, "event": self.event, "id": self.id}
        return {role: name for role, name in every.items() if name}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a row cannot be used: SQL that finds it, its role, what to say and to do, and whether a value is missing."""

    when: str
    role: str
    reason: str
    remedy: str = "Mend the row, or empty the cell."
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Intake:
    """How rows are read.

    Attributes
    ----------
    columns : Columns
    began, left, zero, kind : str
        SQL of the days on which a spell begins and ends and its clock starts, and of the number of its event.
    outcomes : tuple of str
    flaws : tuple of Flaw
        In the order in which they are looked for.
    """

    columns: Columns
    began: str
    left: str
    zero: str
    kind: str
    outcomes: tuple[str, ...]
    flaws: tuple[Flaw, ...]

    def classified(self, table: str = GIVEN, numbered: bool = False) -> str:
        """Query of all rows: ``by1, by2 ..., raw_...``, the four above, and ``flaw``, a number from 1, or 0."""
        id = self.columns.id is not None
        by = [f"{quoted(c)} AS by{k}" for k, c in enumerate(self.columns.by, 1)]
        raw = [f"{quoted(c)} AS raw_{role}" for role, c in self.columns.roles().items()]
        number = ["row_number() OVER () - 1 AS row_number"] if numbered or id else []
        query = f"SELECT {', '.join([*by, *raw, *number])} FROM {table}"
        query = f"SELECT *, {self.zero} AS zero FROM ({query})"
        query = f'SELECT *, {self.began} AS began, {self.left} AS "left", {self.kind} AS kind FROM ({query})'
        cases = " ".join(f"WHEN {f.when} THEN {k}" for k, f in enumerate(self.flaws, 1))
        if not id:
            return f"SELECT *, CASE {cases} ELSE 0 END AS flaw FROM ({query})"
        query = f"SELECT *, CASE {cases} ELSE 0 END AS fault FROM ({query})"
        again = "row_number() OVER (PARTITION BY raw_id, zero, began, fault ORDER BY row_number) > 1"
        return f"SELECT *, CASE WHEN fault = 0 AND {again} THEN {len(self.flaws)} ELSE fault END AS flaw FROM ({query})"

    def usable(self) -> str:
        """Query of the rows without a flaw."""
        by = "".join(f"by{k}, " for k in range(1, len(self.columns.by) + 1))
        return f'SELECT {by}began, "left", zero, kind FROM ({self.classified()}) WHERE flaw = 0'


def read_columns(
    source: Source,
    columns: Columns,
    calendar: str | None,
    outcome: Sequence[str],
    censored: str | None,
    levels: Sequence[str] | None,
) -> Intake:
    """Decide how the columns are read, by their types.

    Raises
    ------
    UsageError
        For columns that are not there or of a type that says no time, and outcomes that no row has.
    """
    _refuse_missing(source, columns)
    times: list[str] = [role for role in ("start", "entry", "exit") if role in columns.roles()]
    is_day = {role: _is_day(source, columns.roles()[role]) for role in times}
    if not is_day.get("start", True):
        raise UsageError(f"start={columns.start!r} is no column of days: it says on which day each clock starts.")
    if is_day["exit"] != is_day.get("entry", is_day["exit"]):
        raise UsageError("entry= and exit= are days in both columns, or months since start= in both.")
    if calendar and not is_day["exit"] and columns.start is None:
        raise UsageError(
            f"calendar={calendar!r} needs days: name with start= the day on which each clock starts, or say "
            "calendar=None."
        )
    if is_day["exit"] and columns.start is None and columns.entry is None:
        raise UsageError("exit= is a day: name with entry= (or start=) the day from which it is counted.")
    read = {role: _time(role, source.types[columns.roles()[role]], is_day[role]) for role in times}
    kind, outcomes, unread = _events(source, columns.event, outcome, censored, levels)
    zero = read["start"] if columns.start else (read["entry"] if is_day["exit"] else "0.0")
    if is_day["exit"]:
        began, left = read.get("entry", "zero") if columns.start else "zero", read["exit"]
    else:
        began = _snapped(f"zero + {read['entry']} * {DAYS_PER_MONTH!r}") if columns.entry else "zero"
        left = _snapped(f"zero + {read['exit']} * {DAYS_PER_MONTH!r}")
    flaws = _flaws(source, columns, read, is_day, unread)
    return Intake(columns, began, left, zero, kind, outcomes, flaws)


def _refuse_missing(source: Source, columns: Columns) -> None:
    for name in (*columns.by, *columns.roles().values()):
        if name not in source.types:
            near = difflib.get_close_matches(name, source.types, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"there is no column '{name}'; the columns are: {', '.join(source.types)}.{hint}")


def _is_day(source: Source, name: str) -> bool:
    """Whether a column holds days, else numbers of months; of text the first thousand values decide."""
    kind = source.types[name]
    if kind == "DATE" or (kind.startswith("TIMESTAMP") and "ZONE" not in kind):
        return True
    if kind.startswith((*_NUMBERS, *_REALS)):
        return False
    if not _is_text(kind):
        raise UsageError(f"'{name}' is of type {kind}: give days without a time zone, or months since start=.")
    text = f"CAST({quoted(name)} AS VARCHAR)"
    some = f"SELECT {text} AS value FROM {GIVEN} WHERE {text} <> '' LIMIT 1000"
    found = source.scan(f"SELECT count(*) AS n, count(TRY_CAST(value AS DOUBLE)) AS numbers FROM ({some})")
    return bool(found["numbers"][0] * 2 < found["n"][0]) or not found["n"][0]


def _time(role: str, kind: str, day: bool) -> str:
    """SQL of a time as days since 1970, or as a number of months; NULL where it cannot be read."""
    raw = f"raw_{role}"
    if not day:
        number = f"TRY_CAST(CAST({raw} AS VARCHAR) AS DOUBLE)" if _is_text(kind) else f"CAST({raw} AS DOUBLE)"
        return f"(CASE WHEN isfinite({number}) THEN {number} END)"
    if kind == "DATE":
        return f"CAST({raw} - DATE '1970-01-01' AS DOUBLE)"
    if kind.startswith("TIMESTAMP"):
        return f"(epoch(CAST({raw} AS TIMESTAMP)) / 86400.0)"
    text = f"CAST({raw} AS VARCHAR)"
    return f"(CASE WHEN length({text}) = 10 THEN CAST(TRY_CAST({text} AS DATE) - DATE '1970-01-01' AS DOUBLE) END)"


def _is_text(kind: str) -> bool:
    return kind in ("VARCHAR", '"NULL"') or kind.startswith("ENUM")


def _snapped(days: str) -> str:
    """Days that are whole or half but for rounding, which must not move an event across the end of a period."""
    half = f"(round(({days}) * 2) / 2)"
    return f"(CASE WHEN abs({days} - {half}) < 1e-6 THEN {half} ELSE {days} END)"


def _events(
    source: Source, name: str, outcome: Sequence[str], censored: str | None, levels: Sequence[str] | None
) -> tuple[str, tuple[str, ...], str]:
    """SQL of the number of an event, the outcomes, and SQL of what is no event that is known."""
    kind = source.types[name]
    text = "CAST(raw_event AS VARCHAR)"
    if not _is_text(kind):
        if kind != "BOOLEAN" and not kind.startswith((*_NUMBERS, *_REALS)):
            raise UsageError(f"event={name!r} is of type {kind}: give 0 and 1, or words for what ended each spell.")
        number = "CAST(raw_event AS INTEGER)" if kind == "BOOLEAN" else "raw_event"
        return _of_numbers(name, outcome, number)
    found = source.scan(
        f"SELECT DISTINCT CAST({quoted(name)} AS VARCHAR) AS event FROM {GIVEN} "
        f"WHERE {quoted(name)} IS NOT NULL LIMIT {_LEVELS + 1}"
    )
    words = sorted(str(v) for v in found["event"] if str(v))
    if words and set(words) <= {"0", "1"} and levels is None:
        return _of_numbers(name, outcome, text, text=True)
    if levels is None and len(words) > _LEVELS:
        raise UsageError(
            f"event={name!r} holds more than {_LEVELS} different words: say with levels= which it may hold."
        )
    known = list(levels) if levels is not None else words
    chosen = list(outcome) if outcome else [w for w in known if w != censored]
    if not outcome and censored is not None and censored not in known:
        raise UsageError(
            f"no row has {censored!r} in '{name}', which holds {', '.join(words)}: say with censored= which word means "
            "censoring (None: nobody is censored), or with outcome= which words count."
        )
    unknown = [w for w in chosen if w not in known]
    if unknown:
        raise UsageError(f"no row has the outcome {unknown[0]!r}; '{name}' holds: {', '.join(known)}.")
    cases = " ".join(f"WHEN {literal(w)} THEN {k}" for k, w in enumerate(chosen, 1))
    unread = "FALSE"
    if levels is not None:
        unread = f"{text} NOT IN ({', '.join(literal(w) for w in known)})"
    return f"CASE {text} {cases} ELSE 0 END", tuple(chosen), unread


def _of_numbers(name: str, outcome: Sequence[str], number: str, text: bool = False) -> tuple[str, tuple[str, ...], str]:
    if len(outcome) > 1:
        raise UsageError(
            f"event={name!r} is 0 or 1, one kind of event: outcome= gives it one name, not {len(outcome)}."
        )
    no, yes = ("'0'", "'1'") if text else ("0", "1")
    named = (outcome[0] if outcome else name,)
    return f"CASE WHEN {number} = {yes} THEN 1 ELSE 0 END", named, f"{number} NOT IN ({no}, {yes})"


def _flaws(
    source: Source, columns: Columns, read: dict[str, str], is_day: dict[str, bool], unread: str
) -> tuple[Flaw, ...]:
    """Why a row can be refused: first what is missing, then what cannot be read, then what cannot be."""
    roles = columns.roles()
    empty = {role: _empty(f"raw_{role}", source.types[name]) for role, name in roles.items()}
    flaws = [Flaw(empty[role], role, "missing value", missing=True) for role in roles]
    for role, value in read.items():
        what = "not a day such as 2017-05-31" if is_day[role] else "not a finite number of months"
        flaws.append(Flaw(f"({value}) IS NULL", role, what))
    flaws.append(Flaw(unread, "event", "not an event that is known", "Mend the word, or add it to levels=."))
    for role, value in read.items():
        if is_day[role]:
            flaws.append(Flaw(f"({value}) NOT BETWEEN {_EARLIEST} AND {_LATEST}", role, "not between 1800 and 2200"))
    beyond = f'"left" NOT BETWEEN {_EARLIEST} AND {_LATEST}'
    flaws.append(Flaw(beyond, "exit", "more months than can be", "Give months, not days."))
    flaws.append(Flaw('"left" <= began', "exit", "the exit is not after the entry", "Mend one of the two."))
    before = "the entry is before the start of the clock"
    flaws.append(Flaw("began < zero", "entry" if columns.entry else "exit", before, "Mend one of the two."))
    if columns.id:  # found by what comes before it
        flaws.append(Flaw("FALSE", "id", "the same spell comes twice", "Leave one of the rows out."))
    return tuple(flaws)


def _empty(raw: str, kind: str) -> str:
    if kind in ("FLOAT", "DOUBLE"):
        return f"({raw} IS NULL OR isnan({raw}))"
    return f"({raw} IS NULL OR CAST({raw} AS VARCHAR) = '')" if _is_text(kind) else f"{raw} IS NULL"
