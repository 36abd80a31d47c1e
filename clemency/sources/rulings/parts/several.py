"""A ruling on several prisoners -> the stretches that concern each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clemency.sources.rulings.parts.notes import hits
from clemency.sources.rulings.patterns.partypatterns import PARTY
from clemency.sources.rulings.prose.segments import Segments


@dataclass(frozen=True, slots=True)
class Person:
    """One prisoner: the name on plain text, the stretch that introduces, and the clauses that decide."""

    name: str
    history: tuple[int, int]
    decisions: tuple[tuple[int, int], ...] | None


def people(text: str, parts: Segments) -> list[Person]:
    """Prisoners with paragraphs of their own, in their order; one or none for a usual ruling.

    The clauses of the decision are given to whom they name. Where two have one name, they are given in their order if
    there are as many clauses as prisoners, else to nobody.
    """
    start, end = parts.history[0], max(parts.history[1], parts.facts[1], parts.reasons[1])
    found = [(h.span()[0], h.match["v"]) for h in hits([PARTY], text, start, end)]
    heads = [text[at : at + 24] for at, _ in found]
    found = [one for i, one in enumerate(found) if heads[i] not in heads[:i]]  # the findings may repeat a paragraph
    if len(found) < 2:
        return [Person(name, parts.history, None) for _, name in found]
    names = [name for _, name in found]
    clauses = _clauses(text, parts.decision)
    begins = [at for at, _ in found]
    stops = [*begins[1:], parts.history[1] if parts.history[1] > begins[-1] else end]
    given = _given(text, names, clauses)
    return [Person(n, (b, s), tuple(d)) for n, b, s, d in zip(names, begins, stops, given, strict=True)]


def _clauses(text: str, within: tuple[int, int]) -> list[tuple[int, int]]:
    """Stretches of the decision that each begin with a name."""
    start, end = within
    begins = [
        start + m.start()
        for m in re.finditer(r"(?:对|将|撤销[^。；]{0,20}?|准予|准许[^。；]{0,40}?)罪犯", text[start:end])
    ]
    return list(zip(begins, [*begins[1:], end], strict=True))


def _given(text: str, names: list[str], clauses: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    if len(set(names)) == len(names) and not any(a != b and a.startswith(b) for a in names for b in names):
        return [[c for c in clauses if f"罪犯{name}" in text[slice(*c)]] for name in names]
    # Clauses in the order of the prisoners: the only sign that is left where two have one name.
    if len(clauses) == len(names) and all(f"罪犯{n}" in text[slice(*c)] for n, c in zip(names, clauses, strict=True)):
        return [[c] for c in clauses]
    return [[] for _ in names]
