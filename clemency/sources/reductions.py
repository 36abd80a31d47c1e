"""One phrase about a sentence that was cut -> the acts in it: how many, what kind, when, by how much."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clemency.sources import clauses, durations
from clemency.sources.clauses import Clause, Context
from clemency.sources.durations import DURATION, NUMBER
from clemency.sources.textdates import Mention

_BY = re.compile(
    rf"\bby (?P<upto>up to |as much as |at most |between )?(?P<total>a total of )?(?:an additional |another |about |approximately |nearly |almost |more than |over |exactly |at least )*(?P<dur>{DURATION})(?P<sum>,? in total| altogether)?"
    rf"|\bfor (?P<total2>a total of )(?P<dur2>{DURATION})"
    rf"|\b(?P<total3>totaling|totalling|for a total of) (?P<dur3>{DURATION})"
)
_TO = re.compile(
    rf"\b(?:to|from) (?:(?:a )?(?:fixed[- ]term|term|sentence)(?: \w+)?(?: of)? )?(?:between )?(?P<dur>{DURATION})|\bto (?P<life>life)\b|\bto (?:a |an )?(?:\w+ )?(?P<fixed>fixed[- ]?term)"
)
_NEW = re.compile(
    rf"\bto (?:between )?(?:(?:a )?(?:fixed[- ]term(?: sentence| imprisonment)?|term|sentence) of )?(?P<dur>{DURATION})(?! early)"
)
_OLD = re.compile(rf"\bfrom (?P<dur>{DURATION})")
_NOUN = re.compile(rf"(?P<dur>{DURATION})(?: (?:sentence|prison|term))* ?$")
_NOUN_OF = re.compile(rf"^s? of (?P<upto>up to |between )?(?:about |more than )?(?P<dur>{DURATION})")
_RANGE = re.compile(rf"{NUMBER} (?:to|or|and) {NUMBER}[ -](?:years|months)|up to|between", re.I)
_COUNT = re.compile(
    r"\b(?P<twice>twice)\b|\b(?P<n>two|three|four|five|six|seven|eight|nine|ten|\d{1,2}) (?:separate )?(?:(?:sentence|term|prison) )?(?:times|occasions|reductions)\b"
    r"|\b(?P<multiple>multiple|two or more|a couple of|both)\b(?= (?:sentence |times|occasions|reductions))|\b(?P<several>several|a number of|numerous|many)\b(?= (?:sentence |times|occasions|reductions))",
    re.I,
)
_ORDINAL = re.compile(r"\b(second|third|fourth|fifth|sixth)\b(?! (?:time|intermediate))", re.I)
_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_DETAIL = re.compile(rf"(?P<dur>{DURATION})(?: (?:sentence )?reduction)? (?:in|on) ")
_STATE = re.compile(
    r"(?P<death>\bdeath (?:sentence|penalty|with)|\b(?:to|penalty of|sentence of) death\b)"
    r"|(?P<life>\blife (?:imprisonment|sentence|in prison|term)|\bto life\b|\blife for (?:him|her)\b)"
    rf"|(?P<fixed>\bfixed[- ]term|\b(?:to|for|of) (?:between )?{DURATION}|{DURATION}'? (?:in prison|imprisonment)|\b\d+-year\b(?! reprieve))"
)
_RULE = re.compile(r"\ba life sentence may be commuted[^.]*|\bsentence should have been commuted[^.]*|[^.]*\bin most cases be commuted[^.]*")
_APPEAL = re.compile(
    r"\b(?:on|upon|after|following|through|by) (?:an? |her |his |their )?(?:appeal|retrial)\b|\b(?:retried|retrial|second[- ]instance|remanded)\b|\bappeal(?:s)? (?:court|hearing|ruling|decision|verdict|trial)\b"
)
_APPEALED = re.compile(r"\bappealed\b|\bappeal\b|\bretrial\b|\bretried\b|\bremanded\b|\boverturned\b", re.I)
_CLOSED = re.compile(
    r"\b(?:upheld|uphold|reject\w*|dismiss\w*|affirm\w*|denied|turned down|sustained)\b[^.;]*\b(?:appeals?|sentences?|verdict|judgment|ruling)|appeals?[^.;]*(?:reject|dismiss|denied|upheld)|\bon appeal\b[^.;]*upheld|upheld on appeal",
    re.I,
)
_HIGHER = re.compile(r"\b(?:High(?:er)?|Intermediate|Supreme) (?:People's )?[Cc]ourt\b|\b(?:high|appeals?|higher) court\b|court of appeal")
_BRACKET = re.compile(r" ?\([^()]{4,80}\)")
_AND_BY = re.compile(r",? and (?:later |again )?by ")
_AT_ONCE = re.compile(
    r"s?(?: of [^,]{3,30}?)?,? ?(?:for [^,]{3,40} )?(?:some ?time )?(?:in|on|during|effective|dated)(?: early| late| mid|or around| about)?[ -]$|s? ?$"
)
_SENTENCED = re.compile(r"\bsentenc(?:ed|ing)\b")


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
    for start, end in _parts(context.text, phrase, noun):
        acts += _part(context, part, (start, end), span, noun, base)
    return acts


def _tail(context: Context, part: Clause, at: int) -> int:
    """End of what belongs to the trigger: the clause, with a bracket of dates after it."""
    end = part.end
    match = _BRACKET.match(context.text, end)
    if match and re.search(r"\b(?:19|20)\d\d\b", match.group()) and not re.search(r"\b(?:sentence|released)\b", match.group()):
        end = match.end()
    more = _AND_BY.match(context.text, end)
    return clauses.clause(context, part.sentence, more.end()).end if more else end


def _details(context: Context, part: Clause, at: int) -> list[tuple[float | None, str | None]]:
    """Sizes and dates told one by one: ``a 10-month reduction in 2011; 1 year in 2014``."""
    found, last = [], at
    for match in _DETAIL.finditer(context.text, at, part.sentence[1]):
        gap = context.text[last : match.start()]
        if found and not re.fullmatch(r"[,;]? ?(?:and )?(?:an? )?(?:another )?(?:by )?(?:another |a )?", gap):
            break
        if not found and not re.fullmatch(r"[^.]{0,12}?(?:--|\u2014|-|:|\() ?(?:an? )?", gap):
            break
        day = next((m for m in context.dates if m.start >= match.end() and m.start - match.end() <= 4), None)
        if day is None:
            break
        found.append((durations.months(match["dur"]), clauses.dated(context, day, part.sentence)))
        last = day.end
    return found if len(found) > 1 else []


def _parts(text: str, phrase: tuple[int, int], noun: bool) -> list[tuple[int, int]]:
    """The phrase cut before each further ``by``."""
    if noun:
        return [phrase]
    cuts = [m.start() for m in re.compile(r",? and (?:again |later )?by (?=an?|\d|\w+)|, by (?=an?|\d)").finditer(text, *phrase)]
    edges = [phrase[0], *cuts, phrase[1]]
    return [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a]


def _part(context: Context, part: Clause, piece: tuple[int, int], span: tuple[int, int], noun: bool, base: Found) -> list[Found]:
    text = context.text[piece[0] : piece[1]]
    months, total = (_noun_months if noun else _verb_months)(context.text, text, piece, span)
    first = piece[0] <= span[1]
    n = _count(context.text[max(part.start, span[0] - 30) : piece[1]] if first else text)
    days = _dates(context, piece, span[1])
    if noun and days and not _AT_ONCE.fullmatch(context.text[span[1] : days[0].start]):
        days = []
    local = [clauses.dated(context, m, part.sentence) for m in days]
    if len(local) > 1:
        n = max(n, len(local))
    elif not noun and first and not local:
        local = [clauses.date(context, part, span[1])]
    elif noun and not local:
        local = [_noun_date(context, part, span, base)]
    bound = bool(re.search(r"\band (?:before|earlier)\b", text))
    if n > 1 and len(local) < n:
        local = local + [None] * (n - len(local)) if bound or len(local) > 1 else [None] * n
    each = n == 1 or (not total and bool(re.search(r"\beach\b|\boccasions\b", text)))
    return [
        replace(base, date=local[i] if i < len(local) else None, months=months if each else None, total=total)
        for i in range(n)
    ]


def _noun_date(context: Context, part: Clause, span: tuple[int, int], base: Found) -> str | None:
    """A date before the noun in its clause, unless the clause is about a release that followed."""
    if base.pattern == "reduction-listed":
        return None
    head = context.text[part.start : span[1]]
    if re.search(r"\b(?:[Aa]fter|[Ff]ollowing|due to|because of|as a result of|with)\b[^,]*$", head):
        return None
    return clauses.date(context, part, span[1])


def _verb_months(whole: str, text: str, piece: tuple[int, int], span: tuple[int, int]) -> tuple[float | None, bool]:
    match = _BY.search(text)
    if not match:
        return None, False
    total = any(match.group(g) for g in ("total", "sum", "total2", "total3"))
    if match.group("upto") or _RANGE.match(text[match.start() + 3 :]):
        return None, total
    return durations.months(match.group("dur") or match.group("dur2") or match.group("dur3")), total


def _noun_months(whole: str, text: str, piece: tuple[int, int], span: tuple[int, int]) -> tuple[float | None, bool]:
    before = whole[piece[0] : span[1]]
    before = before[: before.rfind("reduction") if "reduction" in before else before.rfind("commutation")]
    after = whole[span[1] : piece[1]]
    total = re.search(r"\btotal(?:ing|ling)?\b", after) is not None
    of = re.match(rf"s? of (?P<upto>up to |between )?(?:about |more than )?(?P<dur>{DURATION})", after)
    if re.match(rf"s? of (?:{NUMBER} (?:to|or) {NUMBER}|up to|between)", after):
        return None, total
    if of:
        return durations.months(of["dur"]), total
    at = _NOUN.search(before.rstrip())
    remaining = re.match(r" of the remaining (?:(?P<dur>\w+ \w+)|year\b)", after)
    if remaining:
        return 12.0 if after.startswith(" of the remaining year") else durations.months(remaining["dur"] or ""), total
    return (durations.months(at["dur"]) if at and not _RANGE.search(before) else None), total


def _count(text: str) -> int:
    match = _COUNT.search(text)
    if not match:
        return 1
    if match["twice"] or match["multiple"]:
        return 2
    if match["several"]:
        return 3
    return max(1, min(12, int(durations.number(match["n"]))))


def _dates(context: Context, piece: tuple[int, int], at: int) -> list[Mention]:
    """The dates after the trigger that stand together as a list, or the one that follows at once."""
    days = [m for m in context.dates if max(at, piece[0]) <= m.start and m.end <= piece[1] and not m.bound]
    found = days[:1]
    for day in days[1:]:
        if not re.fullmatch(r",? ?(?:and |and in |in |and on )?", context.text[found[-1].end : day.start]):
            break
        found.append(day)
    return found


def ordinal(text: str) -> int:
    """2 for ``second reduction``, 3 for ``Li's third``; 0 without an ordinal."""
    match = _ORDINAL.search(text)
    return _ORDINALS[match.group(1).lower()] if match else 0


def state(text: str, at: int) -> str:
    """The sentence as last told before a position: ``death``, ``life``, ``fixed`` or nothing."""
    last = ""
    rules = [m.span() for m in _RULE.finditer(text, 0, at)]
    for match in _STATE.finditer(text, 0, at):
        if any(a <= match.start() < b for a, b in rules):
            continue
        near = text[max(0, match.start() - 120) : match.end() + 30]
        if match.lastgroup == "fixed" and not re.search(r"sentenc|commut|reduc|imprison|prison", near):
            continue
        last = match.lastgroup or last
    return last


def kind(text: str, part: Clause, span: tuple[int, int], end: int) -> str:
    """Type of act of a cut: from death, from life, or within a fixed term."""
    phrase = text[max(part.start, span[0] - 60) : end]
    after = text[span[1] : end]
    old = state(text, span[0] if "life" in phrase[:80] or "death" in phrase[:80] else part.start)
    if re.search(r"\blife sentences?\b|\blife (?:imprisonment|term)", text[span[0] : span[1] + 25].split(" to ")[0]):
        old = "life"
    if re.search(r"\bdeath sentence", text[max(part.start, span[0] - 40) : span[1] + 5]):
        old = "death"
    to = _TO.search(after)
    if to and to.group("life"):
        return "commutation_death_to_life"
    if (to and not after[to.start() :].startswith("from")) or re.search(r"\bfixed[- ]term", after):
        return {"life": "commutation_life_to_fixed", "death": "commutation_death_to_fixed"}.get(old, "sentence_reduction")
    commuted = re.search(r"commut", text[span[0] : span[1]]) is not None
    if commuted and old == "life" and not re.search(r"\bby\b|remaining", after[:20]):
        return "commutation_life_to_fixed"
    return "sentence_reduction"


def on_appeal(context: Context, part: Clause, span: tuple[int, int], end: int, day: str | None) -> bool:
    """Whether a cut was the judgment of a higher court, or of a new trial, on the sentence itself."""
    text = context.text
    sentence = text[part.sentence[0] : part.sentence[1]]
    piece = text[part.start : end]
    head = text[part.sentence[0] : span[0]]
    closed = _CLOSED.search(head) is not None
    if re.search(r"\bappealed\b", head) and re.search(r"\b(?:but|and) (?:\w+ )?$", head):
        return True
    if _APPEAL.search(piece) or (_APPEAL.search(text[part.sentence[0] : span[1]]) and not closed):
        return True
    to_new = _NEW.search(text[span[1] : end]) is not None
    before = text[max(0, part.sentence[0] - 320) : span[0]]
    asked = [m for m in _APPEALED.finditer(before)]
    if re.search(r"\bresentenced\b|\bon appeal\b[^.]*\breduced|\breduced[^.]*\bon appeal", before[: part.start - max(0, part.sentence[0] - 320)]):
        asked = []
    if asked and not _CLOSED.search(before) and (to_new or _soon(context, part, day)):
        return True
    return to_new and _HIGHER.search(piece) is not None and _soon(context, part, day)


def _soon(context: Context, part: Clause, day: str | None) -> bool:
    """Whether a date lies within fourteen months of the last sentence told before."""
    if day is None or len(day) < 7:
        return False
    for verb in reversed(list(_SENTENCED.finditer(context.text, 0, part.start))):
        near = [m for m in context.dates if abs(m.start - verb.start()) < 120 and m.month and m.end <= part.start]
        if not near:
            continue
        best = min(near, key=lambda m: abs(m.start - verb.start()))
        told = clauses.dated(context, best, part.sentence)
        if told is None or len(told) < 7:
            return False
        gap = (int(day[:4]) - int(told[:4])) * 12 + int(day[5:7]) - int(told[5:7])
        return 0 <= gap <= 14
    return False


def appeal_months(context: Context, span: tuple[int, int], end: int, stated: float | None) -> float | None:
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


def merge(acts: Sequence[Found]) -> list[Found]:
    """Acts told more than once, or as a total, become one; missing first cuts of an ordinal are added."""
    kept: list[Found] = []
    for act in acts:
        at = _same(kept, act)
        if at is None:
            kept.append(act)
        elif at >= 0:
            old = kept[at]
            kept[at] = replace(
                old,
                date=max(old.date or "", act.date or "", key=len) or None,
                months=old.months if old.months is not None else (None if act.total else act.months),
                inferred=old.inferred and act.inferred,
            )
    return _filled(kept)


def _same(kept: Sequence[Found], act: Found) -> int | None:
    """Place of the act that another telling repeats; -1 for one that adds nothing; None for a new one."""
    before = [(i, k) for i, k in enumerate(kept) if k.act == act.act]
    if not before:
        return None
    if act.inferred and not act.date and act.months is None:
        return -1
    if act.total and any(k.pattern != act.pattern or k.start != act.start for _, k in before):
        return -1
    for i, k in before:
        if k.start == act.start and k.pattern == act.pattern:
            continue
        if k.date and act.date and _one_day(k.date, act.date) and _one_size(k.months, act.months):
            return i
        if act.act == "reduction_on_appeal" and act.sentence - k.sentence <= 1 and not (k.date and act.date):
            return i
    if act.date is None and act.months is None and not act.again and "reduction" in act.pattern:
        fresh = [i for i, k in before if k.start != act.start]
        return fresh[-1] if fresh else None
    return None


def _one_day(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def _one_size(a: float | None, b: float | None) -> bool:
    return a is None or b is None or a == b


def _filled(acts: list[Found]) -> list[Found]:
    """Add undated cuts that an ordinal says came before."""
    highest = max(acts, key=lambda a: a.ordinal, default=None)
    if highest is None or not highest.ordinal:
        return acts
    cuts = [a for a in acts if a.act in ("sentence_reduction", "commutation_life_to_fixed")]
    missing = highest.ordinal - len(cuts)
    extra = [replace(highest, date=None, months=None, ordinal=0) for _ in range(max(0, missing))]
    return acts + extra
