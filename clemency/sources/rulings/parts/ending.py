"""The end of a ruling -> its date and the number of judges."""

from __future__ import annotations

import re

from clemency.sources.rulings.parts.notes import Notes, hits
from clemency.sources.rulings.patterns.decisionpatterns import JUDGE
from clemency.sources.rulings.patterns.phrases import DAY
from clemency.sources.rulings.prose.rulingdates import iso

_DAY = re.compile(DAY)
_LAST = re.compile(rf"(?P<v>{DAY})(?:（院印）)?$")
_FAR = 400


def read_ending(text: str, within: tuple[int, int], notes: Notes) -> None:
    """Put the date below the decision, the first one that stands there, and the size of the bench."""
    start, end = within
    end = min(end, start + _FAR)
    found = _DAY.search(text[start:end])
    if found:
        notes.put("ruling_date", iso(found.group()), (start + found.start(), start + found.end()), "ending")
        if "ruling_date" not in notes.found:
            notes.problem("ruling_date: not well formed")
    judges = list(hits([JUDGE], text, start, end))
    bench = text[start : start + found.start()] if found else text[start:end]
    if judges and bench.count("审") == len(judges) == sum(
        map(bench.count, "员长")
    ):  # else a word of the bench is misspelt
        notes.put("judges", len(judges), (judges[0].span()[0], judges[-1].span()[1]), JUDGE.id)


def last_line(text: str, start: int, notes: Notes) -> None:
    """Put the date with which a document ends, where nothing says where its end begins."""
    found = _LAST.search(text, max(start, len(text) - 24))
    if found:
        notes.put("ruling_date", iso(found["v"]), found.span("v"), "ending")
