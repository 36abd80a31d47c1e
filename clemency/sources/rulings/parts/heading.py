"""The head of a ruling -> court, its level and province, kind of document and number of the case."""

from __future__ import annotations

import re
from bisect import bisect_right

from clemency.sources.rulings.names.casenumbers import CaseNumber, parsed, province_by_number
from clemency.sources.rulings.names.courts import COURT, court_level, province_of
from clemency.sources.rulings.parts.notes import Notes
from clemency.sources.rulings.patterns.phrases import NUMBER
from clemency.sources.rulings.prose.characters import Plain
from clemency.sources.rulings.prose.segments import TITLE

_COURT = re.compile(COURT)
_ENDS = re.compile(rf"(?:^|[书号）：。”“\"'>])(?P<v>{COURT})$")
_NUMBER = re.compile(NUMBER)
_BETWEEN = re.compile(r"(?:（[^（）\d]{1,12}）)?(?:案号)?：?")
_FAR = 1500  # characters within which a head ends


def read_heading(plain: Plain, end: int, notes: Notes) -> None:
    """Put what the head says: the text up to ``end``, where the prisoner's paragraph begins."""
    text = plain.text
    for title in TITLE.finditer(text, 0, min(max(end, 1), _FAR)):
        court = _court_before(plain, title.start())
        if court is None:
            continue
        start, name = court
        notes.put("court", name, (start, title.start()), "heading")
        notes.put("document_kind", "ruling" if "裁定" in title["kind"] else "decision", title.span(), "heading")
        number = _NUMBER.match(text, _after(text, title.end()))
        if number and number.end() <= max(end, title.end()) + 1:
            _number(notes, number, name)
        break
    _levels(notes)


def _after(text: str, at: int) -> int:
    """Where the number begins: behind a word in brackets, and behind what announces it."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _court_before(plain: Plain, title: int) -> tuple[int, str] | None:
    """The court whose name ends where a title begins: from the beginning of a line, else after a mark."""
    for at in reversed(plain.breaks[: bisect_right(plain.breaks, title - 1)]):
        if title - at > 45:
            break
        if _COURT.fullmatch(plain.text, at, title):
            return at, plain.text[at:title]
    low = max(0, title - 45)
    found = _ENDS.search(plain.text[low:title])
    return (low + found.start("v"), found["v"]) if found else None


def _number(notes: Notes, found: re.Match[str], court: str) -> None:
    number = parsed(found.group(), court)
    if number is not None:
        notes.put("case_number", number.text, found.span(), "heading")
        _province(notes, number, found.span())


def _province(notes: Notes, number: CaseNumber, span: tuple[int, int]) -> None:
    by_number = province_by_number(number)
    named = province_of(notes.get("court") or "")
    if by_number and named and by_number != named:
        notes.problem("province: the court's name and the number of the case differ")
        return
    if not named:
        notes.put("province", number.province, span, "case-number", "inferred")


def _levels(notes: Notes) -> None:
    court = notes.found.get("court")
    if court is None:
        return
    notes.put("court_level", court_level(court.value), (court.start, court.end), "heading")
    if "province: the court's name and the number of the case differ" not in notes.problems:
        notes.put("province", province_of(court.value), (court.start, court.end), "heading")
