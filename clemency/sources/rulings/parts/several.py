"""A ruling on several prisoners -> the stretches that concern each: introduction, findings and decision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from clemency.sources.rulings.parts.notes import hits
from clemency.sources.rulings.patterns.partypatterns import PARTY
from clemency.sources.rulings.prose.segments import Segments, sentences

_TOGETHER = re.compile(r"均|皆|分别|[二两三四五六七八九十几各上述该]+(?:名|位)?罪犯|罪犯们|以上")
_JOINING = "、和与及"


@dataclass(frozen=True, slots=True)
class Person:
    """One prisoner: the name on plain text, the stretch that introduces, the clauses that decide, and the findings.

    `decisions` is None where there is one prisoner; `findings` are the stretches that are told of this one alone.
    """

    name: str
    history: tuple[int, int]
    decisions: tuple[tuple[int, int], ...] | None
    findings: tuple[tuple[int, int], ...] = ()


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
    own = _findings(text, names, (parts.facts, parts.reasons))
    return [Person(n, (b, s), tuple(d), own[n]) for n, b, s, d in zip(names, begins, stops, given, strict=True)]


def _apart(names: list[str]) -> bool:
    """Whether each name is one prisoner's, and none the beginning of another."""
    return len(set(names)) == len(names) and not any(a != b and a.startswith(b) for a in names for b in names)


def _findings(
    text: str, names: list[str], within: tuple[tuple[int, int], ...]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Stretches of the findings that begin with one prisoner's name and tell of no other."""
    own: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    if not _apart(names):
        return dict.fromkeys(names, ())
    named = re.compile("罪犯(" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + ")")
    owner: str | None = None
    for start, end in (s for part in within for s in sentences(text, *part)):
        owner = None if start in {part[0] for part in within} else owner
        found = list(named.finditer(text, start, end))
        if _TOGETHER.search(text, start, end) or any(_joined(text, m) for m in found):
            owner = None  # it tells of several, and what follows may too
            continue
        bounds = [start, *(m.start() for m in found), end]
        for (low, high), whose in zip(pairwise(bounds), [owner, *(m[1] for m in found)], strict=True):
            if whose is not None and high > low:
                own[whose].append((low, high))
            owner = whose
    return {name: tuple(stretches) for name, stretches in own.items()}


def _joined(text: str, found: re.Match[str]) -> bool:
    """Whether a name stands in a list of names."""
    return text[found.start() - 1 : found.start()] in tuple(_JOINING) or text[found.end() : found.end() + 1] in tuple(
        _JOINING
    )


def _clauses(text: str, within: tuple[int, int]) -> list[tuple[int, int]]:
    """Stretches of the decision that each begin with a name."""
    start, end = within
    begins = [
        start + m.start()
        for m in re.finditer(r"(?:对|将|撤销[^。；]{0,20}?|准予|准许[^。；]{0,40}?)罪犯", text[start:end])
    ]
    return list(zip(begins, [*begins[1:], end], strict=True))


def _given(text: str, names: list[str], clauses: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    if _apart(names):
        return [[c for c in clauses if f"罪犯{name}" in text[slice(*c)]] for name in names]
    # Clauses in the order of the prisoners: the only sign that is left where two have one name.
    if len(clauses) == len(names) and all(f"罪犯{n}" in text[slice(*c)] for n, c in zip(names, clauses, strict=True)):
        return [[c] for c in clauses]
    return [[] for _ in names]
