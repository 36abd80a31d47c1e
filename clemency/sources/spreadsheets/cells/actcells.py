"""A cell that tells of acts, one or several -> their kind, date, months and the term that they left."""

from __future__ import annotations

import re
from typing import NamedTuple

from clemency.records.schema import ACT_TYPES
from clemency.records.values.words import meant
from clemency.sources.spreadsheets.cells.datecells import Order, read_date
from clemency.sources.spreadsheets.cells.lengthcells import is_bare, months_of, read_length
from clemency.sources.spreadsheets.cells.readings import IN_PART, READ, Cell, unread
from clemency.sources.spreadsheets.cells.wordcells import read_yes

_BREAK = re.compile(r"\s*(?:[;；\n|]|(?<=\D)\s/\s)\s*")
_NUMBERED = re.compile(
    r"^(?:\(?[0-9]{1,2}[).)、]\s+|(?:1st|2nd|3rd|[4-9]th|first|second|third|fourth)[:：]?\s+|第[一二三四五六]次[:：]?)",
    re.I,
)
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?"
_DATE = re.compile(
    rf"[0-9]{{4}}\s?年(?:\s?[0-9]{{1,2}}\s?月(?:\s?[0-9]{{1,2}}\s?[日号])?)?|[0-9]{{4}}[-/.][0-9]{{1,2}}(?:[-/.][0-9]{{1,2}})?|"
    rf"[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}}|[0-9]{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH}[ ,-]*[0-9]{{4}}|"
    rf"{_MONTH}\s(?:[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s)?[0-9]{{4}}|(?<![0-9])(?:19|20)[0-9]{{2}}(?![0-9年])",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"^(?:commuted|reduced|减为|改为|变更为)?\s*(?:to|→|->|=>|为)?\s*(?:有期徒刑|fixed[- ]term(?: of)?)?\s*", re.I
)
_TO = re.compile(r"^(?:(?:commuted|reduced)\s+to|to\b|→|->|=>|减为|改为|变更为)", re.I)
_SMALL = re.compile(r"^[\s,，:：()（）.\-–—]+|[\s,，:：()（）.\-–—]+$|\b(?:in|on|of|by|dated|was|and)\b", re.I)

_WORDS = 12  # of a kind and a length


class Act(NamedTuple):
    """What a cell tells of one act: its kind (empty if it is that of the column), date, months cut, term left."""

    act_type: str = ""
    date: str = ""
    months: float | None = None
    term_after: float | None = None
    no_act: bool = False


def read_act(text: str, order: Order = "", unit: str = "") -> Cell:
    """Read one or several acts of a cell.

    Examples
    --------
    >>> [a[:3] for a in read_act("2010-03: 8 months; Oct 2012 - 1y").value]
    [('', '2010-03', 8.0), ('', '2012-10', 12.0)]
    >>> read_act("2015年6月 减为有期徒刑二十年").value[0].term_after, read_act("no").value[0].no_act
    (240.0, True)
    """
    parts = [p for p in _BREAK.split(text) if p]
    cells = [_piece(_NUMBERED.sub("", p).strip(), order, unit) for p in parts]
    good = [c for c in cells if c.value is not None]
    if not good:
        return cells[0] if cells else unread("not an act", "Write its date and months, such as 2010-03: 8 months.")
    acts = tuple(c.value for c in good)
    lost = next((c for c in cells if c.value is None), None)
    odd = next((c for c in good if c.state != READ), None)
    if lost is not None:
        return Cell(acts, IN_PART, f"one of its parts: {lost.reason}", lost.remedy, lost.alternatives)
    return Cell(acts) if odd is None else odd._replace(value=acts)


def _piece(text: str, order: Order, unit: str) -> Cell:
    whole = read_date(text, order)
    if whole.value is not None and not (is_bare(text) and len(text) < 4):
        return whole._replace(value=Act(date=whole.value))
    if whole.alternatives and not is_bare(text):
        return whole
    found = _DATE.search(text)
    date = read_date(found[0], order) if found else Cell("")
    if date.value is None:
        return date
    rest = f"{text[: found.start()]} {text[found.end() :]}" if found else text
    return _told(_trimmed(rest), date, unit)


def _trimmed(text: str) -> str:
    before = None
    while text != before:
        before, text = text, _SMALL.sub("", text).strip()
    return text


def _told(text: str, date: Cell, unit: str) -> Cell:
    """Kind and months in what stands beside a date."""
    said = str(date.value or "")
    if not text:
        return date._replace(value=Act(date=said))
    if is_bare(text) and unit and (bare := read_length(text, unit)).value is not None:
        return bare._replace(value=Act(date=said, months=bare.value))
    if (answer := read_yes(text).value) is not None:
        return Cell(Act("denied" if answer == "denied" else "", said, no_act=answer is False))
    if _TO.match(text):
        return _left(text, said)
    if (cell := read_length(text, unit)).value is not None:
        state = date if date.state != READ else cell
        return state._replace(value=Act(date=said, months=cell.value))
    certain, near = meant(text, "act_type", ACT_TYPES)
    if certain in ACT_TYPES:
        return date._replace(value=Act(certain, said))
    return _kind_and_months(text, said, near)


def _left(text: str, date: str) -> Cell:
    """A commutation, by what it left."""
    bare = _LEFT.sub("", text, count=1)
    if re.fullmatch(r"life(?: imprisonment)?|无期(?:徒刑)?", bare, re.I):
        return Cell(Act("commutation_death_to_life", date))
    months = months_of(bare)
    if months is None:
        return unread("not a term after a commutation", "Write to 20 years, or 减为有期徒刑二十年.")
    return Cell(Act("commuted", date, None, months))


def _kind_and_months(text: str, date: str, near: list[str]) -> Cell:
    """A kind with a length behind it or before it, such as ``reduction 8 months``."""
    words = text.split(" ")
    if len(words) > _WORDS:
        return unread(
            "more than a kind and a length", "Write 2010-03: 8 months, and keep the rest in a column of notes."
        )
    for i in range(1, len(words)):
        for kind, rest in ((words[:i], words[i:]), (words[i:], words[:i])):
            certain, _ = meant(" ".join(kind), "act_type", ACT_TYPES)
            months = months_of(" ".join(rest))
            if certain in ACT_TYPES and months is not None:
                return Cell(Act(certain, date, months))
    return unread("neither a date, a length nor a kind of act", "Write 2010-03: 8 months.", *near)
