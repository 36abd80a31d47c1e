"""A cut that a text tells -> whether it was a judgment on appeal or retrial, which is no clemency, and its size."""

from __future__ import annotations

import re

from clemency.sources.narrative import clauses, durations
from clemency.sources.narrative.clauses import Clause, Context
from clemency.sources.narrative.durations import DURATION

_NEW = re.compile(
    rf"\bto (?:between )?(?:(?:a )?(?:fixed[- ]term(?: sentence| imprisonment)?|term|"
    rf"sentence) of )?(?P<dur>{DURATION})(?! early)"
)
_OLD = re.compile(rf"\bfrom (?P<dur>{DURATION})")
_APPEAL = re.compile(
    r"\b(?:on|upon|after|following|through|by) (?:an? |her |his |their )?(?:appeal|retrial)\b|\b(?:retried|"
    r"retrial|second[- ]instance|remanded)\b|\bappeal(?:s)? (?:court|hearing|ruling|decision|verdict|trial)\b"
)
_APPEALED = re.compile(r"\bappealed\b|\bappeal\b|\bretrial\b|\bretried\b|\bremanded\b|\boverturned\b", re.I)
_CLOSED = re.compile(
    r"\b(?:upheld|uphold|reject\w*|dismiss\w*|affirm\w*|denied|turned down|sustained)\b[^.;]*\b(?:appeals?|"
    r"sentences?|verdict|judgment|ruling)|appeals?[^.;]*(?:reject|dismiss|denied|upheld)|"
    r"\bon appeal\b[^.;]*upheld|upheld on appeal",
    re.I,
)
_HIGHER = re.compile(
    r"\b(?:High(?:er)?|Intermediate|Supreme) (?:People's )?[Cc]ourt\b|\b(?:high|appeals?|higher) court\b|"
    r"court of appeal"
)
_DONE = re.compile(r"\bresentenced\b|\bon appeal\b[^.]*\breduced|\breduced[^.]*\bon appeal")
_JUST = re.compile(r"\bappealed\b[^.]*\. [^.]*$")
_SENTENCED = re.compile(r"\bsentenc(?:ed|ing)\b")


def on_appeal(context: Context, part: Clause, span: tuple[int, int], end: int, day: str | None) -> bool:
    """Whether a cut was the judgment of a higher court, or of a new trial, on the sentence itself."""
    text = context.text
    piece = text[part.start : end]
    head = text[part.sentence[0] : span[0]]
    closed = _CLOSED.search(head) is not None
    if re.search(r"\bappealed\b", head) and re.search(r"\b(?:but|and) (?:\w+ )?$", head):
        return True
    if _APPEAL.search(piece) or (_APPEAL.search(text[part.sentence[0] : span[1]]) and not closed):
        return True
    to_new = _NEW.search(text[span[1] : end]) is not None
    before = text[max(0, part.sentence[0] - 320) : span[0]]
    settled = _DONE.search(before[: part.start - max(0, part.sentence[0] - 320)])
    if _APPEALED.search(before) and not settled and not _CLOSED.search(before):
        just = _JUST.search(before) is not None and _HIGHER.search(piece) is not None
        if to_new or just or _soon(context, part, day):
            return True
    return to_new and _HIGHER.search(piece) is not None and _soon(context, part, day)


def _soon(context: Context, part: Clause, day: str | None) -> bool:
    """Whether a date lies within fourteen months of the last sentence told before."""
    if day is None or len(day) < 7:
        return False
    for verb in reversed(list(_SENTENCED.finditer(context.text, 0, part.start))):
        near = [m for m in context.dates if abs(m.start - verb.start()) < 120 and m.end <= part.start]
        if not near:
            continue
        best = min(near, key=lambda m: abs(m.start - verb.start()))
        told = clauses.dated(context, best, part.sentence)
        if told is None or len(told) < 7:
            return told is not None and 0 <= int(day[:4]) - int(told[:4]) <= 1
        gap = (int(day[:4]) - int(told[:4])) * 12 + int(day[5:7]) - int(told[5:7])
        return 0 <= gap <= 14
    return False


def months(context: Context, span: tuple[int, int], end: int, stated: float | None) -> float | None:
    """Months off on appeal: as stated, or the old sentence less the new where both are told."""
    if stated is not None:
        return stated
    tail = context.text[span[1] : end]
    new = _NEW.search(tail)
    if not new or re.match(r"to between\b", new.group()) or re.match(rf" and {DURATION}", tail[new.end() :]):
        return None
    old = _OLD.search(tail)
    earlier = old.group("dur") if old else _last_term(context.text[: span[0]])
    after, before = durations.months(new.group("dur")), durations.months(earlier) if earlier else None
    return round(before - after, 2) if before and after and before > after else None


def _last_term(text: str) -> str | None:
    found = re.findall(rf"\b(?:sentenc\w+|term|original sentence)[^.;]{{0,80}}?\b(?:to|of) ({DURATION})", text)
    return found[-1] if found else None
