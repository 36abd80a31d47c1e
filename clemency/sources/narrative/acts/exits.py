"""A match about a way out of prison -> the act, if a term was being served, its date, and the months before the end."""

from __future__ import annotations

import re
from dataclasses import replace

from clemency.sources.narrative.acts.owners import Hit
from clemency.sources.narrative.acts.reductions import Found
from clemency.sources.narrative.patterns.phrases import RELEASE
from clemency.sources.narrative.prose import clauses, durations
from clemency.sources.narrative.prose.clauses import Clause, Context
from clemency.sources.narrative.prose.durations import DURATION

_TERM = re.compile(
    r"\b(?:sentenc\w+|imprison\w*|prison\w*|RTL|re-?education|labor camp|convicted|jail\w*|penal|to life|term)\b", re.I
)
_PRETRIAL = re.compile(
    r"\b(?:before|prior to|pending|awaiting|await|upon|until) (?:\w+ )?(?:trial|sentencing|investigation)\b", re.I
)
_HELD = re.compile(r"\b(?:detained|re-?detained|took (?:\w+ ){1,3}into custody|arrested|apprehended|raided)\b")
_SENTENCED = re.compile(
    r"\b(?:sentenced|sentencing|ordered|serv(?:ed|ing|e)|assigned|imprisoned|years?'? (?:in prison|imprisonment|"
    r"reeducation)|RTL)\b"
)
_INSIDE = re.compile(r"\b(?:prison|RTL|labor camp)\b", re.I)
_DAYS = re.compile(
    r"\b(?:\d+|five|seven|ten|fifteen)[ -]days?\b|\badministrative(?:ly)? deten\w+|\badministratively detained\b"
)
_YEARS = re.compile(r"\byears?\b|\bRTL\b|\breeducation through labor\b|\bimprisonment\b|\b[Pp]rison\b|\bmonths'")
_SIZE = re.compile(rf"(?P<less>less than |up to |several )?(?P<dur>{DURATION})$", re.I)
_UNITS = ("year", "years", "month", "months", "week", "weeks", "day", "days", "'", "half")
_RELEASE = re.compile(rf"\b{RELEASE}\b")
_FAR = 120  # characters; no length of time has more
_MOST_VERBS = 20  # of a sentence, from its end
_STRICT = ("medical-bail", "early-health", "early-good-behavior")  # no word for a legal form: a term must be running


def release(hit: Hit, base: Found) -> list[Found]:
    """The act of a match, or none where nobody was serving a sentence."""
    part, at = hit.part, hit.anchor[0]
    context = hit.context
    if context.marks.seen(_PRETRIAL, part.sentence, *part.span):
        return []
    if hit.pattern.id != "early" and not context.marks.seen(_TERM, context.whole, end=part.sentence[1]):
        return []
    if hit.pattern.id in _STRICT and not _serving(context, part, at):
        return []
    if hit.pattern.act == "early_release" and _of_days(hit):
        return []
    return [replace(base, date=_date(hit, base), months=_months(hit), end=max(hit.anchor[1], base.end))]


def _months(hit: Hit) -> float | None:
    size = _size(hit)[0]
    return durations.months(size["dur"]) if size and not size["less"] else None


def _size(hit: Hit) -> tuple[re.Match[str] | None, int]:
    """How long before the end it was, as told just before the trigger, and the position before both."""
    at = hit.anchor[0]
    if hit.pattern.id not in ("early", "early-ahead"):
        return None, at
    first = max(hit.part.start, at - _FAR)
    before = hit.text[first:at].rstrip(" ,")
    size = _SIZE.search(before) if before.lower().endswith(_UNITS) else None
    return size, first + size.start() if size else at


def _of_days(hit: Hit) -> bool:
    """Whether the term is one of days, which is no sentence: the one told in the trigger itself, or last before it.

    The days by which a release came early are no term, and no term of days can end a month early.
    """
    size, before = _size(hit)
    if size and (durations.months(size["dur"]) or 0) >= 1:
        return False
    for start, end in (hit.anchor, (0, before)):
        days, years = (_last(hit.context, regex, end, start) for regex in (_DAYS, _YEARS))
        if days != years:
            return days > years
    return False


def _date(hit: Hit, base: Found) -> str | None:
    context, part, verb = hit.context, hit.part, hit.verb
    linked = hit.pattern.id in ("early-noun", "early-supposed")
    day = None
    if hit.pattern.id != "early-supposed":
        if verb is not None and verb < part.start and hit.pattern.who == "patient":
            part = clauses.clause(context, part.sentence, verb)
        at = hit.anchor[0] if verb is None or verb < part.start else verb
        day = clauses.date(context, part, at)
        together = re.search(r"\b(?:all|the|both)\b", hit.text[at : hit.anchor[0]])
        if together and ":" in hit.text[hit.anchor[1] : part.sentence[1]]:
            day = _listed(context, part, hit.anchor[1]) or day
    if base.inferred and hit.pattern.act == "medical_parole":
        return _linked(context, base.sentence - 1, hit.anchor[0]) or day
    return _linked(context, base.sentence, hit.anchor[0]) if linked and day is None else day


def _listed(context: Context, part: Clause, at: int) -> str | None:
    """The own date in ``released all three early: Li on May 1; Ma on June 2``."""
    for person in context.cast.within(at, part.sentence[1]):
        if person.own:
            end = context.text.find(";", person.end, part.sentence[1])
            end = part.sentence[1] if end < 0 else end
            day = context.dates.first(person.end, end)
            return clauses.dated(context, day, part.sentence) if day and day.end <= end else None
    return None


def _serving(context: Context, part: Clause, at: int) -> bool:
    """Whether a term was being served: sentenced after the last detention told, or released from a prison."""
    if context.marks.seen(_INSIDE, part.sentence, *part.span):
        return True
    return _last(context, _SENTENCED, at) > _last(context, _HELD, at)


def _last(context: Context, regex: re.Pattern[str], at: int, start: int = 0) -> int:
    """Where an expression stands last before a position; -1 where it does not."""
    match = context.marks.last(regex, context.whole, at, start)
    return match.start() if match else -1


def _linked(context: Context, number: int, at: int) -> str | None:
    """Date of the release that ``the early release`` refers to, at most three sentences back."""
    for back in range(number, max(-1, number - 4), -1):
        sentence = context.plain.sentences[back]
        verbs = context.marks.within(_RELEASE, sentence, end=min(sentence[1], at))
        for verb in reversed(verbs[-_MOST_VERBS:]):
            key = ("released", verb.start())
            if key not in context.kept:
                part = clauses.clause(context, sentence, verb.start())
                context.kept[key] = clauses.date(context, part, verb.end())
            if context.kept[key] is not None:
                return context.kept[key]
    return None
