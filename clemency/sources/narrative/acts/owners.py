"""One match of a pattern -> the verb that governs it, and whether it speaks of the record's own person."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clemency.sources.narrative.patterns.phrases import RELEASE, Pattern
from clemency.sources.narrative.prose import clauses
from clemency.sources.narrative.prose.clauses import Clause, Context

_VERB = re.compile(
    rf"\b(?:{RELEASE}|[Rr]elease|grant\w+|gave|given|approved|allowed|permitted|received|placed|paroled|detained|arrested|"
    r"sentenced|denied)\b"
)
_RELEASE = re.compile(rf"\b{RELEASE}\b")
_RELEASED_WHOM = re.compile(rf"\b{RELEASE} (?P<who>[^.,;]{{2,40}})")
_WORD = re.compile(r"\w+")
_YEAR_AND = re.compile(r"\b(?:19|20)\d\d,? and (?=[A-Z])")
_TO_WHOM = re.compile(r"\w* (?:to|for) (?P<who>[^.,;]{2,60})")
_ASIDE = re.compile(r"-- [^-]* --")


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern's match: where it stands, the positions of its trigger, its clause and its sentence's number."""

    context: Context
    pattern: Pattern
    match: re.Match[str]
    anchor: tuple[int, int]
    part: Clause
    number: int

    @property
    def sentence(self) -> tuple[int, int]:
        """Positions of the sentence."""
        return self.part.sentence

    @property
    def text(self) -> str:
        """The plain text of the summary."""
        return self.context.text

    def span(self, name: str) -> tuple[int, int] | None:
        """Positions of a group of the pattern that took part."""
        return group(self.match, name)

    @property
    def verb(self) -> int | None:
        """Where the verb stands that governs the trigger: the last one before it, asides left out."""
        verb = self.span("verb")
        if verb is None:
            return None
        last = verb[0]
        asides = [m.span() for m in _ASIDE.finditer(self.text, verb[1], self.anchor[0])]
        for other in _VERB.finditer(self.text, verb[1], self.anchor[0]):
            if not any(a < other.start() < b for a, b in asides):
                last = other.start()
        return last


def group(match: re.Match[str], name: str) -> tuple[int, int] | None:
    """Positions of the first alternative of a group (``who``, ``who2``, ...) that took part."""
    for key in (name, f"{name}2", f"{name}3"):
        if key in match.re.groupindex and match.start(key) >= 0:
            return match.span(key)
    return None


def together(hit: Hit) -> bool:
    """Whether verb and trigger stand in one clause, but for an aside between dashes."""
    verb = hit.verb
    if hit.pattern.who != "patient" or verb is None:
        return True
    if clauses.clause(hit.context, hit.sentence, verb).start == hit.part.start:
        return True
    between = hit.text[verb : hit.anchor[0]]
    bare = re.sub(r" -- [^-]* -- ", " ", between)
    return bare != between and not re.search(r"[;(]|--|\b(?:and|but|who)\b", bare)


def own(hit: Hit) -> bool:
    """Whether the match speaks of the record's own person."""
    if hit.pattern.who == "owner":
        who = hit.span("who")
        whose = hit.context.cast.whose(*who) if who else None
        return clauses.subject(hit.context, hit.sentence, hit.match.start()) if whose is None else whose
    if hit.pattern.who == "patient" and hit.verb is not None:
        return _patient(hit, hit.verb)
    if hit.pattern.id in ("reduction-after", "reduction-listed"):
        after = _released_after(hit)
        if after is not None:
            return after
    if hit.pattern.id == "early-noun":
        return _early(hit)
    return clauses.subject(hit.context, hit.sentence, hit.anchor[0] if hit.verb is None else hit.verb)


def _patient(hit: Hit, verb: int) -> bool:
    """The person who is released, granted something, and so on: the object, or the subject of a passive."""
    if not clauses.passive(hit.text, verb):
        word = _WORD.match(hit.text, verb)
        end = word.end() if word else verb
        obj = hit.span("object")
        stop = hit.anchor[0] if hit.anchor[0] > end else obj[1] if obj else end
        end = _last_object(hit, end, stop)
        whose = hit.context.cast.whose(end, max(end, stop)) or _to(hit) or hit.context.cast.whose(end, max(end, stop))
        if whose is not None:
            return whose
    return clauses.subject(hit.context, hit.sentence, verb)


def _last_object(hit: Hit, start: int, stop: int) -> int:
    """Where the last object begins in ``released Li in 2010 and Ma on parole``, which leaves its verb out."""
    glue = list(_YEAR_AND.finditer(hit.text, start, max(start, stop)))
    return glue[-1].end() if glue else start


def _to(hit: Hit) -> bool | None:
    """Whose act it is by ``to`` or ``for`` after the trigger."""
    match = _TO_WHOM.match(hit.text, hit.anchor[1])
    return hit.context.cast.whose(*match.span("who")) if match else None


def _released_after(hit: Hit) -> bool | None:
    """Whose release follows: ``after a reduction, authorities released her``."""
    if hit.context.cast.within(hit.sentence[0], hit.anchor[1]):
        return None
    for verb in hit.context.marks.within(_RELEASE, hit.sentence, hit.anchor[1]):
        match = _RELEASED_WHOM.match(hit.text, verb.start(), hit.sentence[1])
        if match:
            return hit.context.cast.whose(*match.span("who"))
    return None


def _early(hit: Hit) -> bool:
    """Whose ``the early release`` is: the one named with it, else the one whose release was told last."""
    cast = hit.context.cast
    names = cast.within(*hit.match.span("object"))
    if names:
        return any(p.own for p in names)
    pronoun = hit.match.group("object").lower() in ("his", "her", "their")
    start = hit.sentence[0] if pronoun else max(0, hit.sentence[0] - 300)
    verb = hit.context.marks.last(_RELEASE, hit.context.whole, hit.anchor[0], start)
    if verb and not clauses.passive(hit.text, verb.start()):
        whose = cast.whose(verb.end(), min(len(hit.text), verb.end() + 30))
        if whose is not None:
            return whose
    return clauses.subject(hit.context, hit.sentence, hit.anchor[0])


def concerned(hit: Hit) -> bool:
    """Whether a request, perhaps made by a relative or a lawyer, was for the record's person."""
    cast, start = hit.context.cast, hit.match.start()
    people = cast.talked_of(start, min(hit.sentence[1], hit.match.end() + 60))
    return any(p.own for p in people) if people else cast.last(start)
