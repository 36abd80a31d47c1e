"""A plain text -> the places where the parts of a ruling begin and end."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from clemency.sources.rulings.prose.characters import Plain

TITLE = re.compile(
    r"(?P<kind>(?:减刑、?假释|减刑|假释)?刑事裁定书|(?:减刑|假释)裁定书|(?:不予)?暂予监外执行决定书|(?:对暂予监外执行罪犯)?收监执行决定书|刑事决定书)"
)
ORDER = re.compile(r"(?P<word>裁定|决定)如下[：。，]?")
_FACTS = re.compile(
    r"(?:经(?:依法)?(?:公开)?(?:开庭)?(?:审理|审查|庭审|合议庭审理)?(?:查明|查实)|审理查明|本院查明|经查[，：])"
)
_REASONS = re.compile(r"本院(?:经审查|经审理|审查)?认为")
_EFFECT = re.compile(r"本(?:裁定|决定)书?(?:自)?(?:送达|宣告|作出|宣布|即日|一经|立即)[^。]{0,16}?(?:效力|生效|执行)")
_BENCH = re.compile(r"审判长|代理审判员|(?<!代理)审判员|\(?院印")
_DECIDED = re.compile(
    r"(?:依法|当庭|遂|经审理)?(?:作出|做出)?(?<!刑事)裁定[：，]|依法裁定|决定(?=将罪犯|对罪犯)|(?<!刑事)裁定(?=对罪犯|将罪犯|准予|不予)"
)
_MORE = re.compile(r"（?(?:本次)?(?:减刑后|刑期|剥夺政治权利|假释考验期)")
_PARTY = re.compile(r"罪犯(?=[^，。；的在]{1,30}[，、（])")


@dataclass(frozen=True, slots=True)
class Segments:
    """Places in a plain text; a part that is not there is empty.

    Attributes
    ----------
    head, history, facts, reasons, decision, tail : (int, int)
        History holds the prisoner's paragraph, the judgment and the proposal.
    ordered : bool
        Whether the formula 裁定如下 or 决定如下 is there.
    effective : bool
        Whether the sentence on its legal force follows.
    """

    head: tuple[int, int]
    history: tuple[int, int]
    facts: tuple[int, int]
    reasons: tuple[int, int]
    decision: tuple[int, int]
    tail: tuple[int, int]
    ordered: bool
    effective: bool


def segments(plain: Plain) -> Segments:
    """Cut a text into the parts of a ruling.

    Examples
    --------
    >>> from clemency.sources.rulings.prose.characters import plain
    >>> text = plain("罪犯某某，男。经审理查明，某事。本院认为，某事，裁定如下：对罪犯某某不予减刑。本裁定送达后即发生法律效力。")
    >>> parts = segments(text)
    >>> text.text[slice(*parts.decision)], text.text[slice(*parts.facts)]
    ('对罪犯某某不予减刑。', '经审理查明，某事。')
    """
    text, size = plain.text, len(plain.text)
    order, ordered = _order(plain)
    order_start, order_end = order
    party = _PARTY.search(text, 0, order_start)
    begin = party.start() if party else 0
    reasons = _last(_REASONS, text, begin, order_start)
    reasons_start = reasons.start() if reasons else order_start
    facts = _FACTS.search(text, begin, reasons_start)
    facts_start = facts.start() if facts else reasons_start
    effect = _EFFECT.search(text, order_end)
    bench = _BENCH.search(text, effect.end() if effect else order_end)
    end = effect.start() if effect else bench.start() if bench else plain.anchors.get("WBWB", size)
    if not ordered:
        end = min(end, _account(text, order_end))
    tail = effect.end() if effect else end
    return Segments(
        (0, begin),
        (begin, facts_start),
        (facts_start, reasons_start),
        (reasons_start, order_start),
        (order_end, max(end, order_end)),
        (max(tail, order_end), size),
        ordered,
        effect is not None,
    )


def _account(text: str, start: int) -> int:
    """Where the decision of a short account ends: after its sentence and those on the term."""
    end = text.find("。", start) + 1
    while end and (more := _MORE.match(text, end)):
        end = text.find("。", more.end()) + 1
    return end or len(text)


def _last(pattern: re.Pattern[str], text: str, start: int, end: int) -> re.Match[str] | None:
    last = deque(pattern.finditer(text, start, end), maxlen=1)
    return last[0] if last else None


def _order(plain: Plain) -> tuple[tuple[int, int], bool]:
    """Place of the words after which the decision stands, and whether they are the formula of a ruling."""
    text, size = plain.text, len(plain.text)
    last = _last(ORDER, text, 0, size)
    if last is not None:
        return last.span(), True
    if 0 < plain.anchors.get("PJJG", 0) < size:
        return (plain.anchors["PJJG"], plain.anchors["PJJG"]), True
    last = _last(_DECIDED, text, 0, size)
    return (last.span() if last is not None else (size, size)), False


def sentences(text: str, start: int, end: int, stops: str = "。") -> list[tuple[int, int]]:
    """Places of the sentences in a stretch, stops included."""
    found = []
    at = start
    if len(stops) == 1:
        while at < end:
            stop = text.find(stops, at, end) + 1 or end
            found.append((at, stop))
            at = stop
        return found
    while at < end:
        ends = [k for k in (text.find(stop, at, end) for stop in stops) if k >= 0]
        stop = min(ends) + 1 if ends else end
        found.append((at, stop))
        at = stop
    return found
