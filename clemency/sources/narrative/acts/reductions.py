"""One phrase about a sentence that was cut -> the acts in it: how many, what kind, when, by how much."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise

from clemency.sources.narrative.prose import clauses, durations
from clemency.sources.narrative.prose.clauses import Clause, Context
from clemency.sources.narrative.prose.durations import DURATION, NUMBER
from clemency.sources.narrative.prose.textdates import Mention

_BY = re.compile(
    rf"\bby (?P<upto>up to |as much as |at most |between )?(?P<total>a total of )?(?:an additional |another |"
    rf"about |approximately |nearly |almost |more than |over |exactly |"
    rf"at least )*(?P<dur>{DURATION})(?P<sum>,? in total| altogether)?"
    rf"|\bfor (?P<total2>a total of )(?P<dur2>{DURATION})"
    rf"|\b(?P<total3>totaling|totalling|for a total of) (?P<dur3>{DURATION})"
)
_TO = re.compile(
    rf"\b(?:to|from) (?:(?:a )?(?:fixed[- ]term|term|"
    rf"sentence)(?: \w+)?(?: of)? )?(?:between )?(?P<dur>{DURATION})|\bto (?P<life>life)\b|\bto (?:a |"
    rf"an )?(?:\w+ )?(?P<fixed>fixed[- ]?term)"
)
_NOUN = re.compile(rf"(?P<dur>{DURATION})(?: (?:sentence|prison|term))* ?$")
_RANGE = re.compile(rf"{NUMBER} (?:to|or|and) {NUMBER}[ -](?:years|months)|up to|between", re.I)
_COUNT = re.compile(
    r"\b(?P<twice>twice)\b|\b(?P<n>two|three|four|five|six|seven|eight|nine|ten|"
    r"\d{1,2}) (?:separate )?(?:(?:sentence|term|prison) )?(?:times|occasions|reductions)\b"
    r"|\b(?P<multiple>multiple|two or more|a couple of|both)\b(?= (?:sentence |times|occasions|reductions))|"
    r"\b(?P<several>several|a number of|numerous|many)\b(?= (?:sentence |times|occasions|reductions))",
    re.I,
)
_ORDINAL = re.compile(r"\b(second|third|fourth|fifth|sixth)\b(?! (?:time|intermediate))", re.I)
_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_DETAIL = re.compile(rf"(?P<dur>{DURATION})(?: (?:sentence )?reduction)? (?:in|on) ")
_STATE = re.compile(
    r"(?P<death>\bdeath (?:sentence|penalty|with)|\b(?:to|penalty of|sentence of) death\b)"
    r"|(?P<life>\blife (?:imprisonment|sentence|in prison|term)|\bto life\b|\blife for (?:him|her)\b)"
    rf"|(?P<fixed>\bfixed[- ]term|\b(?:to|for|of) (?:between )?{DURATION}|{DURATION}'? (?:in prison|"
    rf"imprisonment)|\b\d+-year\b(?! reprieve))"
)
_RULE = re.compile(
    r"\b[Aa] life sentence may be commuted|\bsentence should have been commuted|(?P<all>\bin most cases be commuted)"
)
_SENTENCE_WORD = re.compile(r"sentenc|commut|reduc|imprison|prison")
_MOST_PARTS = 12  # of one cut; more is no sentence that people write
_FAR = 160  # characters from the end of one size told to the end of the next
_CUT_AGAIN = re.compile(r",? and (?:again |later )?by (?=an?|\d|\w+)|, by (?=an?|\d)")
_TOTAL = re.compile(r"\btotal(?:ing|ling)?\b")
_EARLIER = re.compile(r"\band (?:before|earlier)\b")
_EACH = re.compile(r"\beach\b|\boccasions\b")
_FIXED_TERM = re.compile(r"\bfixed[- ]term")
_ALSO = re.compile(r"[,;]? ?(?:and )?(?:an? )?(?:another )?(?:by )?(?:another |a )?")
_OF = re.compile(rf"s? of (?P<upto>up to |between )?(?:about |more than )?(?P<dur>{DURATION})")
_OF_UNCLEAR = re.compile(rf"s? of (?:{NUMBER} (?:to|or) {NUMBER}|up to|between)")
_FIRST = re.compile(
    r"[^.]{0,12}?(?:--|\u2014|-|:|\() ?(?:an? )?|(?: \w+ (?:times|occasions)| twice)?,? by (?:an? )?|s? of (?:an? )?"
)
_BRACKET = re.compile(r" ?\([^()]{4,80}\)")
_AND_BY = re.compile(r",? and (?:later |again )?by ")
_AT_ONCE = re.compile(
    r"s?(?: of [^,]{3,30}?)?,? ?(?:for [^,]{3,40} )?(?:some ?time )?(?:in|on|during|effective|dated)(?: early|"
    r" late| mid|or around| about)?[ -]$|s? ?$"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One act found: type, date, months, whether supposed, positions in the plain text, and how to merge it."""

    act: str
    date: str | None
    months: float | None
    inferred: bool
    start: int
    end: int
    pattern: str
    sentence: int
    total: bool = False
    again: bool = False
    ordinal: int = 0


def expand(context: Context, part: Clause, span: tuple[int, int], noun: bool, base: Found) -> list[Found]:
    """The acts that a reduction at `span` stands for.

    Parameters
    ----------
    context : Context
    part : Clause
        Clause of the trigger.
    span : tuple of int
        Positions of the whole match, from the verb or the words before the noun, to the trigger's end.
    noun : bool
        Whether the trigger is a noun (``a reduction of``) or a verb.
    base : Found
        What all the acts share.

    Returns
    -------
    list of Found
    """
    tail_end = _tail(context, part, span[1])
    phrase = (span[0] if noun else max(part.start, span[0] - 20), tail_end)
    details = _details(context, part, span[1])
    if details:
        return [replace(base, date=d, months=m) for m, d in details]
    acts: list[Found] = []
    for start, end in _parts(context, part, phrase, noun):
        acts += _part(context, part, (start, end), span, noun, base)
    return acts


def _tail(context: Context, part: Clause, at: int) -> int:
    """End of what belongs to the trigger: the clause, with a bracket of dates after it."""
    end = part.end
    match = _BRACKET.match(context.text, end)
    if (
        match
        and re.search(r"\b(?:19|20)\d\d\b", match.group())
        and not re.search(r"\b(?:sentence|released)\b", match.group())
    ):
        end = match.end()
    more = _AND_BY.match(context.text, end)
    return clauses.clause(context, part.sentence, more.end()).end if more else end


def _details(context: Context, part: Clause, at: int) -> list[tuple[float | None, str | None]]:
    """Sizes and dates told one by one: ``a 10-month reduction in 2011; 1 year in 2014``."""
    details: list[tuple[float | None, str | None]] = []
    last = at
    while match := _DETAIL.search(context.text, at, min(at + _FAR, part.sentence[1])):
        gap = _ALSO if details else _FIRST
        day = context.dates.first(match.end(), match.end() + 4)
        if day is None or not gap.fullmatch(context.text, last, match.start()):
            break
        details.append((durations.months(match["dur"]), clauses.dated(context, day, part.sentence)))
        at, last = match.end(), day.end
    return details if len(details) > 1 else []


def _parts(context: Context, part: Clause, phrase: tuple[int, int], noun: bool) -> list[tuple[int, int]]:
    """The phrase cut before each further ``by``."""
    if noun:
        return [phrase]
    cuts = [m.start() for m in context.marks.within(_CUT_AGAIN, part.sentence, *phrase)[:_MOST_PARTS]]
    edges = [phrase[0], *cuts, phrase[1]]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _part(
    context: Context, part: Clause, piece: tuple[int, int], span: tuple[int, int], noun: bool, base: Found
) -> list[Found]:
    marks = context.marks
    months, total = (_noun_months if noun else _verb_months)(context, part, piece, span)
    first = piece[0] <= span[1]
    start = max(part.start, span[0] - 30) if first else piece[0]
    n = _count(marks.first(_COUNT, part.sentence, start, piece[1]))
    local = _local_dates(context, part, piece, span, noun)
    if len(local) > 1:
        n = max(n, len(local))
    elif (n > 1 or total) and not local and len(_fronted(context, part, n)) > 1:
        local = _fronted(context, part, n)
        n = len(local)
    elif not noun and first and not local:
        local = [clauses.date(context, part, span[1])]
    elif noun and not local:
        local = [_noun_date(context, part, span, base)]
    bound = marks.seen(_EARLIER, part.sentence, *piece)
    if n > 1 and len(local) < n:
        local = local + [None] * (n - len(local)) if bound or len(local) > 1 else [None] * n
    each = n == 1 or (not total and marks.seen(_EACH, part.sentence, *piece))
    return [
        replace(base, date=local[i] if i < len(local) else None, months=months if each else None, total=total)
        for i in range(n)
    ]


def _local_dates(
    context: Context, part: Clause, piece: tuple[int, int], span: tuple[int, int], noun: bool
) -> list[str | None]:
    days = _dates(context, piece, span[1])
    if noun and days and not _AT_ONCE.fullmatch(context.text[span[1] : days[0].start]):
        days = []
    return [clauses.dated(context, m, part.sentence) for m in days]


def _fronted(context: Context, part: Clause, n: int) -> list[str | None]:
    """The dates of ``In 2013 and 2015, he received two reductions``, if there are as many as cuts."""
    days = [m for m in context.dates.within(*part.span) if not m.bound]
    gap = context.text[part.start : days[-1].end] if days else ""
    listed = (
        len(days) > 1
        and n in (1, len(days))
        and not re.search(r"[a-z]{4,}", re.sub(r"\b(?:and|in|on)\b", "", gap), re.I)
    )
    return [clauses.dated(context, m, part.sentence) for m in days] if listed else []


def _noun_date(context: Context, part: Clause, span: tuple[int, int], base: Found) -> str | None:
    """A date before the noun in its clause, unless the clause is about a release that followed."""
    if base.pattern == "reduction-listed":
        return None
    head = context.text[part.start : span[1]].rpartition(",")[2]
    if re.search(r"\b(?:[Aa]fter|[Ff]ollowing|due to|because of|as a result of|with)\b", head):
        return None
    return clauses.date(context, part, span[1])


def _verb_months(
    context: Context, part: Clause, piece: tuple[int, int], span: tuple[int, int]
) -> tuple[float | None, bool]:
    match = context.marks.first(_BY, part.sentence, *piece)
    if not match:
        return None, False
    total = any(match.group(g) for g in ("total", "sum", "total2", "total3"))
    if match.group("upto") or _RANGE.match(context.text, match.start() + 3, piece[1]):
        return None, total
    return durations.months(match.group("dur") or match.group("dur2") or match.group("dur3")), total


def _noun_months(
    context: Context, part: Clause, piece: tuple[int, int], span: tuple[int, int]
) -> tuple[float | None, bool]:
    before = re.sub(r"(?:reductions?|commutation|another)$", "", context.text[piece[0] : span[1]])
    after = context.text[span[1] : piece[1]]
    total = context.marks.seen(_TOTAL, part.sentence, span[1], piece[1])
    of = _OF.match(after)
    if _OF_UNCLEAR.match(after):
        return None, total
    if of:
        return durations.months(of["dur"]), total
    at = _NOUN.search(before.rstrip())
    remaining = re.match(r" of the remaining (?:(?P<dur>\w+ \w+)|year\b)", after)
    if remaining:
        return 12.0 if after.startswith(" of the remaining year") else durations.months(remaining["dur"] or ""), total
    return (durations.months(at["dur"]) if at and not _RANGE.search(before) else None), total


def _count(match: re.Match[str] | None) -> int:
    if not match:
        return 1
    if match["twice"] or match["multiple"]:
        return 2
    if match["several"]:
        return 3
    return max(1, min(12, int(durations.number(match["n"]))))


def _dates(context: Context, piece: tuple[int, int], at: int) -> list[Mention]:
    """The dates after the trigger that stand together as a list, or the one that follows at once."""
    days = [
        m
        for m in context.dates.within(max(at, piece[0]), piece[1])
        if not m.bound and not clauses.of_something_else(context, m)
    ]
    listed = days[:1]
    for day in days[1:]:
        if not re.fullmatch(r",? ?(?:and |and in |in |and on )?", context.text[listed[-1].end : day.start]):
            break
        listed.append(day)
    return listed


def ordinal(text: str) -> int:
    """2 for ``second reduction``, 3 for ``Li's third``; 0 without an ordinal."""
    match = _ORDINAL.search(text)
    return _ORDINALS[match.group(1).lower()] if match else 0


def state(context: Context, at: int) -> str:
    """The sentence as last told before a position: ``death``, ``life``, ``fixed`` or nothing."""
    if ("states",) not in context.kept:
        context.kept["states",] = _states(context)
    ends, names = context.kept["states",]
    before = bisect_right(ends, at)
    return names[before - 1] if before else ""


def _states(context: Context) -> tuple[list[int], list[str]]:
    """Ends and names of the sentences that a text tells, rules on sentences left out."""
    text, states = context.text, []
    rules: list[tuple[int, int]] = []
    for rule in _RULE.finditer(text):
        if not rules or rule.start() >= rules[-1][1]:
            stop = text.find(".", rule.end())
            begin = text.rfind(".", 0, rule.start()) + 1 if rule["all"] else rule.start()
            rules.append((begin, stop if stop >= 0 else len(text)))
    begins = [a for a, _ in rules]
    for match in _STATE.finditer(text):
        rule_before = bisect_right(begins, match.start())
        if rule_before and match.start() < rules[rule_before - 1][1]:
            continue
        near = text[max(0, match.start() - 120) : match.end() + 30]
        if match.lastgroup != "fixed" or _SENTENCE_WORD.search(near):
            states.append((match.end(), match.lastgroup or ""))
    return [end for end, _ in states], [name for _, name in states]


def kind(context: Context, part: Clause, span: tuple[int, int], end: int, noun: bool = False) -> str:
    """Type of act of a cut: from death, from life, or within a fixed term.

    A life sentence that a verb cuts without a size has become a fixed term, since nothing else can be less than life.
    """
    old = _old_state(context, part, span, end)
    to = context.marks.first(_TO, part.sentence, span[1], end)
    if to and to.group("life"):
        return "commutation_death_to_life"
    if (to and not to.group().startswith("from")) or context.marks.seen(_FIXED_TERM, part.sentence, span[1], end):
        return {"life": "commutation_life_to_fixed", "death": "commutation_death_to_fixed"}.get(
            old, "sentence_reduction"
        )
    sized = re.search(
        r"\bby (?!a court|the court|authorities|an? \w+ court)|remaining",
        context.text[span[1] : min(end, span[1] + 30)],
    )
    return "commutation_life_to_fixed" if old == "life" and not noun and not sized else "sentence_reduction"


def _old_state(context: Context, part: Clause, span: tuple[int, int], end: int) -> str:
    """The sentence that is cut, by the words beside the trigger or as told last before."""
    text, start = context.text, max(part.start, span[0] - 60)
    phrase = text[start : min(end, start + 80)]
    old = state(context, span[0] if "life" in phrase or "death" in phrase else part.start)
    if re.search(r"\blife sentences?\b|\blife (?:imprisonment|term)", text[span[0] : span[1] + 25].split(" to ")[0]):
        old = "life"
    if re.search(r"\bdeath sentence", text[max(part.start, span[0] - 40) : span[1] + 5]):
        old = "death"
    return old
