"""A cut that a text tells -> whether it was a judgment on appeal or retrial, which is no clemency, and its size."""

from __future__ import annotations

import re

from clemency.sources.narrative.prose import clauses, durations
from clemency.sources.narrative.prose.clauses import Clause, Context
from clemency.sources.narrative.prose.durations import DURATION

_NEW = re.compile(
    rf"\bto (?:between )?(?:(?:a )?(?:fixed[- ]term(?: sentence| imprisonment)?|term|"
    rf"sentence) of )?(?P<dur>{DURATION})(?! early)"
)
_AND_SO_LONG = re.compile(rf" and {DURATION}")
_OLD = re.compile(rf"\bfrom (?P<dur>{DURATION})")
_APPEAL = re.compile(
    r"\b(?:on|upon|after|following|through|by) (?:an? |her |his |their )?(?:appeal|retrial)\b|\b(?:retried|"
    r"retrial|second[- ]instance|remanded)\b|\bappeal(?:s)? (?:court|hearing|ruling|decision|verdict|trial)\b"
)
_APPEALED = re.compile(r"\bappealed\b|\bappeal\b|\bretrial\b|\bretried\b|\bremanded\b|\boverturned\b", re.I)
_CLOSED = tuple(
    re.compile(expression, re.I)
    for expression in (
        r"\b(?:upheld|uphold|reject\w*|dismiss\w*|affirm\w*|denied|turned down|sustained)\b[^.;]*?\b(?:appeals?|"
        r"sentences?|verdict|judgment|ruling)",
        r"appeals?[^.;]*?(?:reject|dismiss|denied|upheld)",
        r"\bon appeal\b[^.;]*?upheld",
        r"upheld on appeal",
    )
)
_HIGHER = re.compile(
    r"\b(?:High(?:er)?|Intermediate|Supreme) (?:People's )?[Cc]ourt\b|\b(?:high|appeals?|higher) court\b|"
    r"court of appeal"
)
_DONE = tuple(
    re.compile(e) for e in (r"\bresentenced\b", r"\bon appeal\b[^.]*?\breduced", r"\breduced[^.]*?\bon appeal")
)
_HE_APPEALED = re.compile(r"\bappealed\b")
_AND = re.compile(r"\b(?:but|and) (?:\w+ )?$")
_BEFORE = 320  # characters before a sentence in which an appeal is looked for
_MOST_VERBS = 20  # of a text, from its end
_TOLD = re.compile(rf"\b(?:sentenc\w+|term|original sentence)[^.;]{{0,80}}?\b(?:to|of) ({DURATION})")
_SENTENCED = re.compile(r"\bsentenc(?:ed|ing)\b")


def on_appeal(context: Context, part: Clause, span: tuple[int, int], end: int, day: str | None) -> bool:
    """Whether a cut was the judgment of a higher court, or of a new trial, on the sentence itself."""
    seen, sentence = context.marks.seen, part.sentence
    closed = any(seen(e, sentence, end=span[0]) for e in _CLOSED)
    if seen(_HE_APPEALED, sentence, end=span[0]) and _AND.search(
        context.text[max(sentence[0], span[0] - 60) : span[0]]
    ):
        return True
    if seen(_APPEAL, sentence, part.start, end) or (seen(_APPEAL, sentence, end=span[1]) and not closed):
        return True
    to_new = seen(_NEW, sentence, span[1], end)
    higher = seen(_HIGHER, sentence, part.start, end)
    if _open_appeal(context, part, span[0]):
        just = higher and _just_appealed(context.text[max(0, sentence[0] - _BEFORE) : span[0]])
        if to_new or just or _soon(context, part, day):
            return True
    return to_new and higher and _soon(context, part, day)


def _open_appeal(context: Context, part: Clause, at: int) -> bool:
    """Whether shortly before a position there is an appeal whose outcome is not told."""
    seen = context.marks.seen
    around = (max(0, part.sentence[0] - _BEFORE), part.sentence[1])
    if not seen(_APPEALED, around, end=at) or any(seen(e, around, end=part.start) for e in _DONE):
        return False
    return not any(seen(e, around, end=at) for e in _CLOSED)


def _just_appealed(before: str) -> bool:
    """Whether the sentence before the last one tells of an appeal."""
    sentences, stop, last = before.rpartition(".")
    return bool(stop) and last.startswith(" ") and bool(_HE_APPEALED.search(sentences.rpartition(".")[2]))


def _soon(context: Context, part: Clause, day: str | None) -> bool:
    """Whether a date lies within fourteen months of the last sentence told before."""
    if day is None or len(day) < 7:
        return False
    for verb in reversed(context.marks.within(_SENTENCED, context.whole, end=part.start)[-_MOST_VERBS:]):
        around = verb.start() - 119, verb.start() + 119
        near = [m for m in context.dates.within(around[0], part.start) if m.start <= around[1]]
        if not near:
            continue
        best = min(near, key=lambda m: abs(m.start - verb.start()))
        told = clauses.dated(context, best, part.sentence)
        if told is None or len(told) < 7:
            return told is not None and 0 <= int(day[:4]) - int(told[:4]) <= 1
        gap = (int(day[:4]) - int(told[:4])) * 12 + int(day[5:7]) - int(told[5:7])
        return 0 <= gap <= 14
    return False


def months(context: Context, part: Clause, span: tuple[int, int], end: int, stated: float | None) -> float | None:
    """Months off on appeal: as stated, or the old sentence less the new where both are told."""
    if stated is not None:
        return stated
    new = context.marks.first(_NEW, part.sentence, span[1], end)
    if not new or re.match(r"to between\b", new.group()) or _AND_SO_LONG.match(context.text, new.end(), end):
        return None
    old = context.marks.first(_OLD, part.sentence, span[1], end)
    told = context.marks.last(_TOLD, context.whole, span[0])
    earlier = old.group("dur") if old else told.group(1) if told else None
    after, before = durations.months(new.group("dur")), durations.months(earlier) if earlier else None
    return round(before - after, 2) if before and after and before > after else None
