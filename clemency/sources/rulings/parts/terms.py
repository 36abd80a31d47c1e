"""A stretch of a judgment -> the punishment in it: its kind, months and days."""

from __future__ import annotations

import re
from typing import NamedTuple

from clemency.sources.rulings.parts.notes import Hit, hits
from clemency.sources.rulings.patterns.judgmentpatterns import EXECUTED, MERGED, SENTENCED, SUSPENDED
from clemency.sources.rulings.prose.lengths import length


class Punishment(NamedTuple):
    """Kind of sentence by the vocabulary of `cases`, and the length of a fixed one."""

    kind: str
    months: int | None
    days: int
    detail: str


def punishment(found: re.Match[str]) -> Punishment | None:
    """The punishment in a match of ``PUNISHMENT``; None if its length is not well formed."""
    if found["life"]:
        return Punishment("life", None, 0, "无期徒刑")
    if found["reprieve"]:
        return Punishment("death_reprieve", None, 0, "死缓")
    if found["death"]:
        return Punishment("death", None, 0, "死刑")
    told = length(found["length"])
    return None if told is None else Punishment("fixed", told.months, told.days, found["fixed"])


def sentence_in(text: str, start: int, end: int) -> tuple[Punishment, Hit] | None:
    """The sentence that a stretch of text says is to be served.

    Where several offences were punished together, the term that was then fixed counts; without it none does.
    """
    executed = list(hits([EXECUTED], text, start, end))
    if executed:
        told = punishment(executed[-1].match)
        return None if told is None else (told, executed[-1])
    if MERGED.regex.search(text, start, end):
        return None
    found = list(hits([SENTENCED], text, start, end))
    if len(found) != 1:
        return None
    told = punishment(found[0].match)
    return None if told is None else (told, found[0])


def is_suspended(text: str, start: int, end: int) -> bool:
    """Whether the execution of the sentence was suspended."""
    return SUSPENDED.regex.search(text, start, end) is not None
