"""A place in a summary -> its clause, the person it speaks of, its date, and whether it states a fact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clemency.sources.narrative import textdates
from clemency.sources.narrative.namewords import RELATIVES
from clemency.sources.narrative.persons import Cast
from clemency.sources.narrative.plaintext import Plain, read
from clemency.sources.narrative.textdates import Mention

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
_REPORT = re.compile(
    r"\b(?:report(?:s|ed)?|said|stated|announced|indicated|indicate|revealed|noted|confirmed|told|learned|"
    r"according to)\b"
    r"(?:[^,;]{0,60}? that\b)?",
    re.I,
)
_SHORT_BRACKET = re.compile(r" ?\((?:apparently |reportedly |possibly |likely |around |on |in )*([^()]{4,40})\)")
_BEHIND_BRACKET = re.compile(r" ?\([^()]{3,60}\)(?: on| in)? ([^().;]{4,24})")
_OTHER_DAY = re.compile(r"\b(?:expected|scheduled|due|expir\w+|would end|ends|born|founded|unknown date)\b[^,;]{0,25}$")
_AFTERMATH = re.compile(r"^\W*(?:After|Following|Since|Until|Prior to|Before)\b[^,]*$")
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


@dataclass(frozen=True, slots=True)
class Context:
    """One summary as the coder reads it: plain text, people, dates."""

    plain: Plain
    cast: Cast
    dates: tuple[Mention, ...]

    @property
    def text(self) -> str:
        """The plain text."""
        return self.plain.text


@dataclass(frozen=True, slots=True)
class Clause:
    """Positions of a clause and of the sentence around it."""

    start: int
    end: int
    sentence: tuple[int, int]


def context(summary: str, names: Sequence[str]) -> Context:
    """Read a summary."""
    plain = read(summary)
    return Context(plain, Cast(plain.text, names), tuple(textdates.find(plain.text)))


def clause(context: Context, sentence: tuple[int, int], at: int) -> Clause:
    """The clause around a position."""
    start, end = sentence
    for match in _SPLIT.finditer(context.text, sentence[0], sentence[1]):
        if match.end() <= at:
            start = match.end()
        elif match.start() >= at:
            end = match.start()
            break
    return Clause(start, end, sentence)


def passive(text: str, verb: int) -> bool:
    """Whether the verb at a position is in the passive."""
    return _PASSIVE.search(text[max(0, verb - 60) : verb]) is not None


def subject(context: Context, sentence: tuple[int, int], at: int) -> bool:
    """Whether the person named last in the sentence before a position, or before the sentence, is the record's own."""
    text, cast = context.text, context.cast
    people = [p for p in cast.within(sentence[0], at) if not p.speaker]
    pronouns = list(_PRONOUN.finditer(text, sentence[0], at))
    person = people[-1] if people else None
    pronoun = pronouns[-1] if pronouns else None
    if pronoun and person and pronoun.start() > person.start and pronoun.group().lower() in ("they", "them", "their"):
        pronoun = None
    if pronoun and (person is None or pronoun.start() > person.start):
        if re.match(rf" (?:\w+ ){{0,2}}?{RELATIVES}\b", text[pronoun.end() : pronoun.end() + 40]):
            return _kin_only_speaks(text, pronoun.end(), at) and cast.last(pronoun.start())
        return bool(cast.whose(pronoun.start(), pronoun.end()))
    if person is None:
        return cast.grouped(sentence[0], at)
    if any(p.own for p in _list(text, people)):
        return not re.match(
            rf"'s? (?:\w+ ){{0,2}}?{RELATIVES}\b", text[person.end : person.end + 40]
        ) or _kin_only_speaks(text, person.end, at)
    return False


def _list(text: str, people: Sequence) -> list:
    """The last person and those joined to them: ``A, B, and C``."""
    joined = [people[-1]]
    for person in reversed(people[:-1]):
        if not re.fullmatch(r"(?:'s)?(?: \([^()]*\))?,? ?(?:and |, and )?", text[person.end : joined[-1].start]):
            break
        joined.append(person)
    return joined


def _kin_only_speaks(text: str, start: int, at: int) -> bool:
    """Whether a relative or lawyer is only the one who tells or asks (``his wife said that ...``)."""
    return (
        re.search(
            r"\b(?:said|told|reported|stated|learned|request\w*|appl\w+|submitted|wrote|confirmed|asked)\b",
            text[start:at],
        )
        is not None
    )


def real(context: Context, part: Clause, at: int) -> bool:
    """Whether the clause up to a position states a fact, and not a wish, a question, a rule or a refusal."""
    before = context.text[part.start : at]
    blocks = list(_UNREAL.finditer(before))
    if not blocks:
        return True
    return bool(_GRANT.search(before[blocks[-1].end() :])) and not re.search(
        r"\b(?:whether|if|not|never|would|could|should|may be|call|urg|demand|no |unless|form|deni|den|refus)",
        before[blocks[-1].start() : blocks[-1].end()],
        re.I,
    )


def hedged(context: Context, part: Clause) -> bool:
    """Whether the clause only supposes what it says."""
    return _HEDGE.search(context.text[part.start : part.end]) is not None


def date(context: Context, part: Clause, at: int) -> str | None:
    """Date of what happens at a position: in its clause, nearest, neither a bound nor a report's.

    Returns
    -------
    str or None
        EDTF; None where the clause gives no date.
    """
    text = context.text
    from_ = part.start
    for report in _REPORT.finditer(text, part.start, at):
        from_ = report.end()
    near = [
        m
        for m in context.dates
        if from_ <= m.start
        and m.end <= part.end
        and not m.bound
        and not _OTHER_DAY.search(text[max(part.start, m.start - 40) : m.start])
        and not _AFTERMATH.search(text[part.start : m.start])
    ]
    if near:
        best = min(near, key=lambda m: m.start - at if m.start >= at else at - m.end)
        return dated(context, best, part.sentence)
    releasing = re.compile(r", releasing (?:him|her|[A-Z]\w+) (?:from [\w ]+ )?on ").match(text, part.end)
    if releasing:
        found = [m for m in context.dates if m.start == releasing.end()]
        return dated(context, found[0], part.sentence) if found else None
    beside = _beside(context, part)
    if beside is not None:
        return dated(context, beside, part.sentence)
    if _SAME_DAY.search(text, part.start, part.end):
        earlier = [m for m in context.dates if part.sentence[0] <= m.start and m.end <= part.start and m.day]
        return dated(context, earlier[-1], part.sentence) if earlier else None
    return None


def of_something_else(context: Context, mention: Mention) -> bool:
    """Whether a date is that of an expected release, an expiry, a birth or the like."""
    return _OTHER_DAY.search(context.text[max(0, mention.start - 40) : mention.start]) is not None


def _beside(context: Context, part: Clause) -> Mention | None:
    """A date in a bracket after the clause, behind such a bracket, or before ``when`` at the clause's start."""
    text = context.text
    for regex in (_SHORT_BRACKET, _BEHIND_BRACKET):
        match = regex.match(text, part.end) or regex.match(text, part.end - 1)
        found = [m for m in context.dates if match and match.start() <= m.start and m.end <= match.end(1)]
        if found and match:
            return found[0]
    if text[part.sentence[0] : part.start].endswith(" when "):
        found = [m for m in context.dates if m.end == part.start - len(" when ")]
        return found[0] if found else None
    return None


def dated(context: Context, mention: Mention, sentence: tuple[int, int]) -> str | None:
    """EDTF of a date, its year from the sources of the sentence or from the dates before it."""
    if mention.year is not None:
        return mention.edtf(None)
    before = [m for m in context.dates if m.end <= mention.start]
    if _SAME_YEAR.match(context.text, mention.end + 1):
        years = [m.year for m in before if m.year is not None]
        return mention.edtf(years[-1] if years else None)
    sources = [
        day
        for citation in context.plain.citations
        if sentence[0] <= citation.at <= sentence[1]
        for day in textdates.cited(citation.text)
    ]
    return mention.edtf(textdates.infer_year(mention, before, sources))
