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


def read_ending(text: str, within: tuple[int, int], notes: Notes, alone: bool = False) -> None:
    """Put the date below the decision, the first one that stands there, and the size of the bench.

    A bench has an odd number of members (Criminal Procedure Law art. 183), and one judge decides `alone` only outside
    rulings (Supreme People's Court, Provisions on procedure of 2014, art. 4); another number says that not all stand
    there.
    """
    start, end = within
    end = min(end, start + _FAR)
    found = _DAY.search(text[start:end])
    if found:
        notes.put("ruling_date", iso(found.group()), (start + found.start(), start + found.end()), "ending")
        if "ruling_date" not in notes.found:
            notes.problem("ruling_date: not well formed")
    judges = list(hits([JUDGE], text, start, end))
    bench = text[start : start + found.start()] if found else text[start:end]
    n = len(judges)
    if not n or bench.count("审") != n or sum(map(bench.count, "员长")) != n:  # a word of the bench is misspelt
        return
    if n % 2 == 0 or (n == 1 and not alone):
        notes.problem(f"judges: {n} are named, which is no whole bench")
    else:
        notes.put("judges", n, (judges[0].span()[0], judges[-1].span()[1]), JUDGE.id)


def last_line(text: str, start: int, notes: Notes) -> None:
    """Put the date with which a document ends, where nothing says where its end begins."""
    found = _LAST.search(text, max(start, len(text) - 24))
    if found:
        notes.put("ruling_date", iso(found["v"]), found.span("v"), "ending")
