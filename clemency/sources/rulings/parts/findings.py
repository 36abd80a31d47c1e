"""What the court found -> awards, points, grounds, payment of what was ordered, and what restricts a change."""

from __future__ import annotations

import re

from clemency.sources.rulings.parts.notes import Notes, agreed, first, hits
from clemency.sources.rulings.patterns.findingpatterns import (
    ACTIVIST,
    COMMENDATIONS,
    DEDUCTED,
    DUTY,
    ENDED,
    GANG,
    MAJOR_MERIT,
    MERIT,
    MERITS,
    NEGATED,
    NOT_REPENTED,
    PAID,
    PART_PAID,
    POINTS,
    PRAISES,
    PRINCIPAL,
    RECIDIVIST,
    REPENTED,
    UNPAID,
)  # fmt: skip
from clemency.sources.rulings.patterns.phrases import Pattern
from clemency.sources.rulings.prose.numerals import whole

_NEGATED = re.compile(NEGATED)
_LAW = re.compile(r"《[^》]{0,60}》|〈[^〉]{0,60}〉")
_COUNTS = (COMMENDATIONS, MERITS, ACTIVIST, PRAISES)
_FLAGS = (RECIDIVIST, GANG, DUTY, PRINCIPAL, DEDUCTED)
_DUTY_CHARGES = ("贪污", "受贿罪", "挪用公款", "滥用职权", "玩忽职守", "徇私", "私分国有资产", "巨额财产来源不明")
_PRIVATE = "非国家工作人员受贿罪"


def read_findings(text: str, within: tuple[int, int], notes: Notes) -> None:
    """Put awards, points, grounds and restrictions from the court's findings and reasons."""
    for pattern in _COUNTS:
        agreed(notes, pattern.field, [pattern], text, within, whole)
    agreed(notes, "points", [POINTS], text, within, float)
    _grounds(text, within, notes)


def read_flags(text: str, within: tuple[int, int], notes: Notes) -> None:
    """Put the marks that restrict, wherever before the decision the text has them."""
    for pattern in _FLAGS:
        _flag(text, within, notes, pattern)
    served = [c for c in str(notes.get("charges") or "").split("; ") if c != _PRIVATE]
    if any(word in charge for charge in served for word in _DUTY_CHARGES):
        span = notes.found["charges"]
        notes.put("duty_crime", True, (span.start, span.end), "charges", "inferred")
    _payment(text, within, notes)


def _flag(text: str, within: tuple[int, int], notes: Notes, pattern: Pattern) -> None:
    for hit in hits([pattern], text, *within):
        at, end = hit.span()
        if _negated(text, within[0], at) or _quoted(text, at, end):
            continue
        notes.put(pattern.field, True, (at, end), pattern.id)
        return


def _negated(text: str, start: int, at: int) -> bool:
    return _NEGATED.search(text[max(start, at - 12) : at]) is not None


def _quoted(text: str, at: int, end: int) -> bool:
    """Whether a place is within the title of a law."""
    return any(m.start() <= at - max(0, at - 64) < m.end() for m in _LAW.finditer(text[max(0, at - 64) : end + 64]))


def _grounds(text: str, within: tuple[int, int], notes: Notes) -> None:
    refused = first([NOT_REPENTED], text, *within)
    if refused:
        notes.put("repented", False, refused.span(), refused.pattern.id)
    else:
        _flag(text, within, notes, REPENTED)
    _flag(text, within, notes, MAJOR_MERIT)
    _flag(text, within, notes, MERIT)


def _payment(text: str, within: tuple[int, int], notes: Notes) -> None:
    found = [
        (state, hit)
        for state, pattern in (("part", PART_PAID), ("unpaid", UNPAID), ("ended", ENDED), ("paid", PAID))
        if (hit := first([pattern], text, *within))
    ]
    states = {state for state, _ in found}
    if len(states) > 1:
        if states == {"paid", "part"} or states == {"unpaid", "part"}:
            found, states = [f for f in found if f[0] == "part"], {"part"}
        else:
            notes.problem("property_paid: several readings")
            return
    if found:
        notes.put("property_paid", found[0][0], found[0][1].span(), found[0][1].pattern.id)
