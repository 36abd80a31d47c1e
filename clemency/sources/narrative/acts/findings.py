"""The sentences of a summary, looked through with the table of patterns -> the acts they tell of the own person."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from clemency.sources.narrative.acts import appeals, exits, owners, reductions
from clemency.sources.narrative.acts.owners import Hit
from clemency.sources.narrative.acts.reductions import Found
from clemency.sources.narrative.patterns.table import PATTERNS, TRIGGER
from clemency.sources.narrative.prose import clauses, durations, textdates
from clemency.sources.narrative.prose.clauses import Context
from clemency.sources.narrative.prose.durations import DURATION

_MOST = 50  # acts that one sentence may tell; nobody tells so many
_NOUNS = ("reduction-given", "reduction-received", "reduction-after", "reduction-listed")
_ORDERED = re.compile(r"court orders?,? ?(?:\(|$|dated)?\s*$", re.I)
_REASON = re.compile(r"\b(?:reasons?|basis|grounds?|explanation|explained?|cause|why)\b", re.I)
_EARLIER_CUT = re.compile(r"\b(?:[Aa]fter|[Rr]eceived|granted|given)\b[^.;]*?\b(?:reduction|commutation)")
_BRIEFLY = re.compile(r"\b(?:briefly|temporarily released)\b")
_AGREED = re.compile(r"\b(?:granted|approved|agreed|allowed)\b")
_AGREED_NEXT = re.compile(r"\bgranted the (?:application|request)|\bapproved the")
_NONE_MADE = re.compile(r"\b(?:no|not)\b[^.;]{0,40}?\b(?:record|application|appl)")
_BY = re.compile(rf"\bby (?:an additional |another |more than )?({DURATION})")
_FRESH = re.compile(r"\b(?:another|further|final|second|third|additional|again)\b")


def found(context: Context) -> Iterator[Found]:
    """Every act told of the record's own person, in the order of sentences and then of the table."""
    for number, sentence in enumerate(context.plain.sentences):
        if TRIGGER.search(context.text, *sentence):
            yield from islice(_told(context, sentence, number), _MOST)


def _told(context: Context, sentence: tuple[int, int], number: int) -> Iterator[Found]:
    claimed: list[tuple[int, int]] = []
    for pattern in PATTERNS:
        for match in pattern.regex.finditer(context.text, *sentence):
            anchor = owners.group(match, "anchor")
            if anchor is None or _overlaps(claimed, anchor):
                continue
            part = clauses.clause(context, sentence, anchor[0])
            acts = _acts(Hit(context, pattern, match, anchor, part, number))
            if acts is not None:
                insort(claimed, anchor)
                yield from acts


def _overlaps(claimed: list[tuple[int, int]], anchor: tuple[int, int]) -> bool:
    """Whether a trigger shares a character with one that has been claimed; these share none with each other."""
    at = bisect_left(claimed, (anchor[1], 0))  # those from here on begin behind it
    return at > 0 and claimed[at - 1][1] > anchor[0]


def _acts(hit: Hit) -> list[Found] | None:
    """Acts of one match; none where it is somebody else's or not a fact; None where the trigger stays free."""
    if not owners.together(hit):
        return None
    if hit.pattern.act == "denied":
        return _denied(hit)
    if not _is_real(hit) or not owners.own(hit):
        return []
    inferred = clauses.hedged(hit.context, hit.part) or hit.pattern.id.endswith(("supposed", "served-part"))
    base = Found(hit.pattern.act, None, None, inferred, hit.match.start(), hit.anchor[1], hit.pattern.id, hit.number)
    match hit.pattern.act:
        case "reduction":
            return _reduction(hit, base)
        case "sentence_extension":
            return _extension(hit, base)
        case "resentenced":
            return _resentenced(hit, base)
    return exits.release(hit, base)


def _is_real(hit: Hit) -> bool:
    reasons = hit.pattern.id == "early-noun" and hit.context.marks.seen(
        _REASON, hit.sentence, hit.part.start, hit.anchor[0]
    )
    if hit.pattern.id == "early-supposed" or reasons:
        return True
    if hit.pattern.id == "reduction-listed":
        return hit.context.marks.seen(_EARLIER_CUT, hit.sentence, end=hit.match.start())
    if hit.context.marks.seen(_BRIEFLY, hit.sentence, hit.part.start, hit.anchor[0]):
        return False
    if _BRIEFLY.search(hit.text[hit.anchor[1] : hit.anchor[1] + 12]):
        return False
    return clauses.real(hit.context, hit.part, hit.anchor[0])


def _denied(hit: Hit) -> list[Found] | None:
    """A refusal, or a request whose outcome is not told."""
    text, part = hit.text, hit.part
    word = text[hit.anchor[0] : hit.anchor[1]].lower()
    act = "reduction_denied" if "reduc" in word else "parole_denied" if word == "parole" else "medical_parole_denied"
    asked = hit.pattern.id == "asked"
    if asked and hit.context.marks.seen(_AGREED, part.sentence, part.start):
        return None
    if asked and _AGREED_NEXT.search(text, part.sentence[1], part.sentence[1] + 250):
        return []
    if hit.context.marks.seen(_NONE_MADE, part.span) or not owners.concerned(hit):
        return []
    day = clauses.date(hit.context, part, hit.anchor[1])
    return [Found(act, day, None, asked, hit.match.start(), hit.match.end(), hit.pattern.id, hit.number)]


def _cut_span(hit: Hit, noun: bool) -> tuple[int, int]:
    """Positions from the verb, or from the words before the noun, to the end of the trigger."""
    if noun:
        obj = hit.span("object")
        return (obj[0] if obj else hit.anchor[0], hit.anchor[1])
    if hit.pattern.id in ("reduce-owner", "reduce-of"):
        return hit.anchor[0], max(hit.anchor[1], hit.match.end())
    return hit.anchor


def _reduction(hit: Hit, base: Found) -> list[Found]:
    """The acts of a cut, each with its kind; cuts on appeal told apart."""
    context, part = hit.context, hit.part
    noun = hit.pattern.id in _NOUNS
    span, end = _cut_span(hit, noun), part.end
    acts = reductions.expand(context, part, span, noun, base)
    if hit.pattern.id == "reduce-elided":  # what stands before belongs to the first verb
        tail = (hit.anchor[1], end)
        acts = [replace(a, date=a.date if a.date and context.text.find(a.date[:4], *tail) >= 0 else None) for a in acts]
    again = context.marks.seen(_FRESH, context.whole, max(0, span[0] - 20), end)
    number = reductions.ordinal(context.text[span[0] : hit.anchor[1]]) if noun else 0
    first = _first_kind(hit, span, noun)
    if hit.pattern.id == "reduce-off":
        acts = [replace(a, months=durations.months(hit.match["object"])) for a in acts]
    settled = []
    for i, act in enumerate(acts):
        if i == 0 and appeals.on_appeal(context, part, span, end, act.date):
            months = appeals.months(context, part, span, end, act.months)
            settled.append(replace(act, act="reduction_on_appeal", months=months, end=end))
            continue
        kind = first if i == 0 else "sentence_reduction"
        months = None if kind.startswith("commutation") else act.months
        settled.append(replace(act, act=kind, months=months, end=end, again=again, ordinal=number))
    return _ordered(hit, settled)


def _first_kind(hit: Hit, span: tuple[int, int], noun: bool) -> str:
    if hit.pattern.id == "commute-chained":
        return "commutation_life_to_fixed"
    return reductions.kind(hit.context, hit.part, hit.anchor if noun else span, hit.part.end, noun)


def _ordered(hit: Hit, acts: list[Found]) -> list[Found]:
    """Undated cuts of a sentence that cites court orders take the orders' dates, the last ones last."""
    days = {day for at, day in _orders(hit) if at >= hit.part.start}
    undated = [i for i, a in enumerate(acts) if a.date is None and a.act == "sentence_reduction"]
    free = sorted(days - {a.date for a in acts})
    for i, day in zip(undated[::-1], free[::-1], strict=False):
        acts[i] = replace(acts[i], date=day)
    return acts


def _orders(hit: Hit) -> list[tuple[int, str]]:
    """Places and days of the court orders that the sentence cites."""
    kept, key = hit.context.kept, ("orders", *hit.sentence)
    if key not in kept:
        kept[key] = []
        for citation in clauses.citations(hit.context, hit.sentence[0], hit.sentence[1] + 1):
            before = hit.text[max(0, citation.at - 20) : citation.at]
            if "court order" not in citation.text and not _ORDERED.search(before):
                continue
            for piece in citation.text.split(";"):
                own = textdates.cited(piece.split(" via ")[0])
                kept[key] += [(citation.at, textdates.iso(day)) for day in own[:1]]
    return kept[key]


def _resentenced(hit: Hit, base: Found) -> list[Found]:
    """A new sentence after a new trial or on appeal, if it is lower than the old one."""
    span = hit.match.span("anchor")
    new = appeals.months(hit.context, hit.part, span, hit.part.end, None)
    severe = reductions.state(hit.context, span[0]) in ("life", "death")
    if new is None and not severe:
        return []
    day = clauses.date(hit.context, hit.part, span[0])
    months = None if severe else new
    return [replace(base, act="reduction_on_appeal", months=months, date=day, end=hit.part.end)]


def _extension(hit: Hit, base: Found) -> list[Found]:
    by = hit.context.marks.first(_BY, hit.part.span, hit.anchor[1])
    months = durations.months(by.group(1)) if by else None
    if base.pattern in ("extension-added", "extension-given"):
        months = durations.months(hit.text[base.start : hit.anchor[0]])
    day = clauses.date(hit.context, hit.part, hit.anchor[1])
    return [replace(base, date=day, months=months, end=hit.part.end if by else base.end)]
