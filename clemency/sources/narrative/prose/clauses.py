"""A place in a summary -> its clause, the person it speaks of, its date, and whether it states a fact."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from clemency.sources.narrative.prose import textdates
from clemency.sources.narrative.prose.marks import Marks, Stretch
from clemency.sources.narrative.prose.namewords import RELATIVES
from clemency.sources.narrative.prose.persons import Cast, Person
from clemency.sources.narrative.prose.plaintext import Citation, Plain, read
from clemency.sources.narrative.prose.textdates import Dates, Mention

_VERBED = (
    r"(?:(?:later|then|subsequently|\w+ly) )?(?:\w+ed|sent|set|held|given|left|taken|began|gave|is|was|were|had|"
    r"has|will|would|may|might|could|later|then|subsequently)"
)
_SPLIT = re.compile(
    r"; (?:and )?|, then (?=\w+ed\b)| ?-- ?| ?\u2014 ?|, (?:and|but) (?=(?:on|in|then|later|subsequently|"
    r"authorities|officials|he|she|they|the|a|an|that|again)\b)"
    rf"|,? (?:and|but) (?={_VERBED}\b)| and (?=(?:later that|the same|s?he|they|authorities|officials|that|in|"
    rf"on) )| and (?=(?:his|her|their|the) (?:release|sentence)\b)"
    r"|, (?:for which|after which|but|who|which|where|though|although|while|whereupon|when|releasing|"
    r"specifying|setting|making|leaving)\b"
    r"| (?:after|before|until|although|when|while|following) (?=[^,;]*\b(?:\w+ed|\w+ing|reductions?)\b)| \(|\)(?= |$)"
)
_REPORTED = (
    r"\b(?:report(?:s|ed)?|said|stated|announced|indicated|indicate|revealed|noted|confirmed|told|learned|"
    r"according to)\b"
)
_REPORT = re.compile(_REPORTED, re.I)
_REPORT_THAT = re.compile(rf"{_REPORTED}(?:[^,;]{{0,60}}? that\b)?", re.I)
_SHORT_BRACKET = re.compile(r" ?\((?:apparently |reportedly |possibly |likely |around |on |in )*([^()]{4,40})\)")
_BEHIND_BRACKET = re.compile(r" ?\([^()]{3,60}\)(?: on| in)? ([^().;]{4,24})")
_OTHER_DAY = re.compile(r"\b(?:expected|scheduled|due|expir\w+|would end|ends|born|founded|unknown date)\b[^,;]{0,25}$")
_AFTERMATH = re.compile(r"\W*+(?:After|Following|Since|Until|Prior to|Before)\b")
_SAME_DAY = re.compile(r"\b(?:later that|(?:on )?(?:the|that) same|that) day\b", re.I)
_SAME_YEAR = re.compile(r"\b(?:of|in|later) (?:the same|that) year\b", re.I)
_UNREAL = re.compile(
    r"\bwhether\b|\bif\b|\bnot (?:clear|known|report|state|been|receive|grant|yet|allow)|\bunclear\b|"
    r"\beligible\b|\bshould (?:have|be)\b|"
    r"\bwould\b|\bcould (?:be|have)\b|\bmay be\b|\bmight be\b|\bcan be\b|\brequest|\bappl(?:y|ied|ying|"
    r"ication)|\bsought\b|\bseek|"
    r"\bcall(?:s|ed|ing)? (?:for|on)\b|\burg(?:e|ed|ing)\b|\bdemand|\bhope|\bpetition(?:ed|ing)? (?:for|to)\b|"
    r"\bden(?:y|ied|ies|ying)\b|\brefus|"
    r"\breject|\bunless\b|\bno (?:record|publicly|information|indication|details|sentence|reductions?|"
    r"explanation)\b|\bnever\b|\bform\b|\bwithout\b|"
    r"\bpromis|\boffer(?:ed)?\b|\bexpected to\b|\bscheduled to\b|\brecommend|\bpending\b|\bappeal(?:ed|"
    r"ing)? for\b|\badvocat|\bin exchange\b|"
    r"\bineligible\b|\bfailed to\b|\bdid not (?!state|report|explain|give|provide)|\bconsider|\bplan(?:s|"
    r"ned)? to\b|\bpropos|\bcampaign",
    re.I,
)
_GRANT = re.compile(r"\b(?:grant(?:ed|ing)?|approv(?:ed|ing)|award(?:ed|ing)|received|released|allowed|agreed)\b", re.I)
_HEDGE = re.compile(
    r"\bmay have\b|\bmight have\b|\blikely\b|\bpossibl[ey]\b|\bprobabl[ey]\b|\bsuggest|\bimpl(?:y|ied|ies)\b|"
    r"\bappears? to\b|\bpresum",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:he|she|him|his|her|they|them|their)\b", re.I)
_PASSIVE = re.compile(
    r"\b(?:was|were|been|being|be|get|got|gets|is|are)(?: (?:\w+ly|again|also|later|then|further|first|once|"
    r"twice|ultimately|both))*,? ?$",
    re.I,
)
_RELEASING = re.compile(r", releasing (?:him|her|[A-Z]\w+) (?:from [\w ]+ )?on ")
_KIN = re.compile(rf" (?:\w+ ){{0,2}}?{RELATIVES}\b")
_KIN_OF = re.compile(rf"'s? (?:\w+ ){{0,2}}?{RELATIVES}\b")
_AND = re.compile(r"(?:'s)?(?: \([^()]*\))?,? ?(?:and |, and )?")
_SPEAKS = re.compile(r"\b(?:said|told|reported|stated|learned|request\w*|appl\w+|submitted|wrote|confirmed|asked)\b")
_CERTAIN = re.compile(
    r"\b(?:whether|if|not|never|would|could|should|may be|call|urg|demand|no |unless|form|deni|den|refus)", re.I
)


@dataclass(frozen=True, slots=True)
class Context:
    """One summary as the coder reads it: plain text, people, dates, and where words stand.

    ``kept`` holds what was worked out for a clause or a sentence and is asked for again.
    """

    plain: Plain
    cast: Cast
    dates: Dates
    marks: Marks
    kept: dict[tuple, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The plain text."""
        return self.plain.text

    @property
    def whole(self) -> Stretch:
        """The positions of the whole text."""
        return 0, len(self.text)


@dataclass(frozen=True, slots=True)
class Clause:
    """Positions of a clause and of the sentence around it."""

    start: int
    end: int
    sentence: tuple[int, int]

    @property
    def span(self) -> Stretch:
        """The positions of the clause."""
        return self.start, self.end


def context(summary: str, names: Sequence[str]) -> Context:
    """Read a summary."""
    plain = read(summary)
    return Context(plain, Cast(plain.text, names), Dates(plain.text), Marks(plain.text))


def clause(context: Context, sentence: tuple[int, int], at: int) -> Clause:
    """The clause around a position."""
    before = context.marks.last(_SPLIT, sentence, at)
    after = context.marks.first(_SPLIT, sentence, at)
    start = before.end() if before else sentence[0]
    return Clause(start, after.start() if after else sentence[1], sentence)


def passive(text: str, verb: int) -> bool:
    """Whether the verb at a position is in the passive."""
    return _PASSIVE.search(text[max(0, verb - 60) : verb]) is not None


def subject(context: Context, sentence: tuple[int, int], at: int) -> bool:
    """Whether the person named last in the sentence before a position, or before the sentence, is the record's own."""
    text, cast = context.text, context.cast
    people = cast.talked_of(sentence[0], at)
    person = people[-1] if people else None
    pronoun = context.marks.last(_PRONOUN, sentence, at)
    if pronoun and person and pronoun.start() > person.start and pronoun.group().lower() in ("they", "them", "their"):
        pronoun = None
    if pronoun and (person is None or pronoun.start() > person.start):
        if _KIN.match(text[pronoun.end() : pronoun.end() + 40]):
            return _kin_only_speaks(context, sentence, pronoun.end(), at) and cast.last(pronoun.start())
        return bool(cast.whose(pronoun.start(), pronoun.end()))
    if person is None:
        return cast.grouped(sentence[0], at)
    if any(p.own for p in _list(text, people)):
        kin = _KIN_OF.match(text[person.end : person.end + 40])
        return not kin or _kin_only_speaks(context, sentence, person.end, at)
    return False


def _list(text: str, people: Sequence[Person]) -> Iterator[Person]:
    """The last person and those joined to them: ``A, B, and C``."""
    last = people[-1]
    yield last
    for person in reversed(people[:-1]):
        if not _AND.fullmatch(text, person.end, last.start):
            return
        last = person
        yield last


def _kin_only_speaks(context: Context, sentence: Stretch, start: int, at: int) -> bool:
    """Whether a relative or lawyer is only the one who tells or asks (``his wife said that ...``)."""
    return context.marks.seen(_SPEAKS, sentence, start, at)


def real(context: Context, part: Clause, at: int) -> bool:
    """Whether the clause up to a position states a fact, and not a wish, a question, a rule or a refusal."""
    block = context.marks.last(_UNREAL, part.sentence, at, part.start)
    if block is None:
        return True
    return context.marks.seen(_GRANT, part.sentence, block.end(), at) and not _CERTAIN.search(block.group())


def hedged(context: Context, part: Clause) -> bool:
    """Whether the clause only supposes what it says."""
    return context.marks.seen(_HEDGE, part.sentence, *part.span)


def date(context: Context, part: Clause, at: int) -> str | None:
    """Date of what happens at a position: in its clause, nearest, neither a bound nor a report's.

    Returns
    -------
    str or None
        EDTF; None where the clause gives no date.
    """
    text = context.text
    report = context.marks.last(_REPORT, part.sentence, at, part.start)
    told = _REPORT_THAT.match(text, report.start(), at) if report else None
    from_ = told.end() if told else part.start
    near = [m for m in _own_dates(context, part) if from_ <= m.start]
    if near:
        best = min(near, key=lambda m: m.start - at if m.start >= at else at - m.end)
        return dated(context, best, part.sentence)
    releasing = _RELEASING.match(text, part.end)
    if releasing:
        found = context.dates.first(releasing.end(), releasing.end())
        return dated(context, found, part.sentence) if found else None
    beside = _beside(context, part)
    if beside is not None:
        return dated(context, beside, part.sentence)
    if context.marks.seen(_SAME_DAY, part.sentence, *part.span):
        earlier = [m for m in context.dates.within(part.sentence[0], part.start) if m.day]
        return dated(context, earlier[-1], part.sentence) if earlier else None
    return None


def _own_dates(context: Context, part: Clause) -> list[Mention]:
    """The dates in a clause that are no bounds, nor of something else."""
    key = ("dates", part.start, part.end)
    if key not in context.kept:
        text, start = context.text, part.start
        after = _AFTERMATH.match(text, start, part.end)
        comma = text.find(",", after.end() if after else start, part.end)
        context.kept[key] = [
            m
            for m in context.dates.within(start, part.end)
            if not m.bound
            and not _OTHER_DAY.search(text[max(start, m.start - 40) : m.start])
            and not (after and after.end() <= m.start and not 0 <= comma < m.start)
        ]
    return context.kept[key]


def of_something_else(context: Context, mention: Mention) -> bool:
    """Whether a date is that of an expected release, an expiry, a birth or the like."""
    key = ("else", mention.start)
    if key not in context.kept:
        before = context.text[max(0, mention.start - 40) : mention.start]
        context.kept[key] = _OTHER_DAY.search(before) is not None
    return context.kept[key]


def _beside(context: Context, part: Clause) -> Mention | None:
    """A date in a bracket after the clause, behind such a bracket, or before ``when`` at the clause's start."""
    text = context.text
    for regex in (_SHORT_BRACKET, _BEHIND_BRACKET):
        match = regex.match(text, part.end) or regex.match(text, part.end - 1)
        mentions = context.dates.within(match.start(), match.end(1)) if match else []
        if mentions:
            return mentions[0]
    if text.endswith(" when ", part.sentence[0], part.start):
        end = part.start - len(" when ")
        mentions = [m for m in context.dates.within(part.sentence[0], end)[-1:] if m.end == end]
        return mentions[0] if mentions else None
    return None


def dated(context: Context, mention: Mention, sentence: tuple[int, int]) -> str | None:
    """EDTF of a date, its year from the sources of the sentence or from the dates before it."""
    if mention.year is not None:
        return mention.edtf(None)
    if _SAME_YEAR.match(context.text, mention.end + 1):
        return mention.edtf(context.dates.year_before(mention))
    return mention.edtf(context.dates.year(mention, _latest_source(context, sentence)))


def citations(context: Context, start: int, end: int) -> Sequence[Citation]:
    """The citations that stood between two positions."""
    every = context.plain.citations
    return every[bisect_left(every, start, key=_place) : bisect_right(every, end, key=_place)]


def _place(citation: Citation) -> int:
    return citation.at


def _latest_source(context: Context, sentence: Stretch) -> tuple[int, int, int] | None:
    key = ("source", *sentence)
    if key not in context.kept:
        days = (day for c in citations(context, *sentence) for day in textdates.cited(c.text))
        context.kept[key] = max(days, default=None)
    return context.kept[key]
