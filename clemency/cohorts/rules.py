"""The arguments of a cohort -> its rules, each checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from clemency.cohorts.inputs import ENDS
from clemency.records.arguments.days import When, last_day
from clemency.records.errors import UsageError
from clemency.records.schema import ACT_TYPES, CASES, SENTENCE_TYPES
from clemency.records.values.words import hint

FollowUp = Literal["documented", "independent", "until_expiry", "register"]
DateRule = Literal["earliest", "midpoint", "latest", "impute"]
Clock = Literal["custody", "sentence"]
Entry = Literal["sentence", "custody", "documented"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a cohort was made; kept on the cohort so that a report can state it."""

    outcome: tuple[str, ...]
    competing: tuple[str, ...]
    clock: str
    entry: str
    until: str | None
    sentence_types: tuple[str, ...]
    follow_up: str
    dates: str
    recurrent: bool
    frame: tuple[str, ...] | None = None


def _tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _one_of(name: str, value: str, allowed: tuple[str, ...], vocabulary: str = "") -> str:
    if value not in allowed:
        near = hint(value, vocabulary, allowed)
        raise UsageError(f"{name}={value!r} is not one of: {', '.join(allowed)}. {near}".rstrip())
    return value


def read_rules(
    *,
    outcome: str | Sequence[str],
    competing: str | Sequence[str],
    clock: str,
    entry: str,
    until: When | None,
    sentence_types: str | Sequence[str],
    follow_up: str,
    dates: str,
    recurrent: bool,
    frame: str | Sequence[str] | None = None,
) -> Rules:
    """Check the arguments of :func:`clemency.cohort`, each against its words and all against each other."""
    outcomes, ends, types = _tuple(outcome), _tuple(competing), _tuple(sentence_types)
    if not outcomes:
        raise UsageError("Name at least one outcome.")
    for value in outcomes:
        _one_of("outcome", value, ACT_TYPES, "act_type")
    for value in ends:
        _one_of("competing", value, tuple(ENDS))
    for value in types:
        _one_of("sentence_types", value, SENTENCE_TYPES, "sentence_type")
    both = set(outcomes) & set(ends)
    if both:
        raise UsageError(f"{', '.join(sorted(both))} cannot be an outcome and a competing end at once.")
    return Rules(
        outcome=outcomes,
        competing=ends,
        clock=_one_of("clock", clock.removeprefix("months since "), get_args(Clock)),
        entry=_one_of("entry", entry, get_args(Entry)),
        until=None if until is None else str(last_day(until, "until")),
        sentence_types=types,
        follow_up=_one_of("follow_up", follow_up, get_args(FollowUp)),
        dates=_one_of("dates", dates, get_args(DateRule)),
        recurrent=recurrent,
        frame=_read_frame(frame, follow_up),
    )


def _read_frame(frame: str | Sequence[str] | None, follow_up: str) -> tuple[str, ...] | None:
    """Frames to include; with ``follow_up="register"`` only the register's own cases can be followed."""
    if frame is None:
        return ("register",) if follow_up == "register" else None
    frames = tuple(dict.fromkeys(_tuple(frame)))
    if not frames:
        raise UsageError("Name at least one frame, or leave frame= out for all.")
    for value in frames:
        _one_of("frame", value, CASES["frame"].levels)
    if follow_up == "register" and "register" not in frames:
        raise UsageError(
            f"follow_up='register' follows cases of the register only, and frame={frame!r} leaves them out. Take "
            "frame='register', or another follow_up."
        )
    return frames


def needs_columns(rules: Rules, columns: Iterable[str]) -> None:
    """Refuse cases that do not say how or since when they are known where that is asked.

    Raises
    ------
    UsageError
        Without the column.
    """
    if rules.entry == "documented" and "known_from" not in columns:
        raise UsageError(
            "cases has no column known_from, which entry='documented' needs. Add it: the day by which a public "
            "document has the case. Or take entry='sentence'."
        )
    if rules.frame is not None and "frame" not in columns:
        asked = "follow_up='register'" if rules.follow_up == "register" else f"frame={', '.join(rules.frame)!r}"
        raise UsageError(
            f"cases has no column frame, which {asked} needs. Add it: 'register' for a case that a register opened at "
            "detention or sentence, 'act' for one that is known because of an act, 'compiled' for others."
        )
