"""What changed the sentence before, and what the prison proposed."""

from __future__ import annotations

import re
from typing import Any

from clemency.sources.rulings.names.casenumbers import parsed
from clemency.sources.rulings.parts.notes import Hit, Notes, agreed, first, hits
from clemency.sources.rulings.parts.terms import punishment
from clemency.sources.rulings.patterns.historypatterns import (
    ADDED,
    AUTHORITY,
    CHANGE,
    CURRENT_END,
    HEARING,
    LISTED,
    NEVER,
    PROPOSAL,
    PROPOSED,
    PROPOSED_ON,
    PROPOSER,
    PROSECUTOR,
    RULED,
    SINCE,
    SUMMED,
    THAT_PRISON,
    TIMES,
)  # fmt: skip
from clemency.sources.rulings.prose.lengths import LENGTH, length
from clemency.sources.rulings.prose.numerals import whole
from clemency.sources.rulings.prose.rulingdates import iso
from clemency.sources.rulings.prose.segments import sentences

_LENGTH = re.compile(LENGTH)
_PROPOSES = re.compile(r"建议|提请|报请|呈报|报送")
_UNPAIRED = "changes: as many days as lengths are not told"
_KINDS = {"减刑": "reduction", "减余刑": "reduction", "假释": "parole", "暂予监外执行": "outside"}
_WORK = re.compile(r"执行机关|该狱|监狱|看守所|管教所|拘役所")


def proposal_at(text: str, within: tuple[int, int]) -> tuple[int, int]:
    """The sentence of the proposal; an empty stretch at the end where there is none."""
    for start, end in sentences(text, *within):
        if PROPOSAL.regex.search(text, start, end) and _WORK.search(text, start, end):
            return start, end
    return within[1], within[1]


def read_changes(text: str, within: tuple[int, int], notes: Notes) -> int:
    """Put the earlier changes between judgment and proposal; return where the first one is told."""
    start, end = within
    notes.changes = _listed(text, within, notes) or _single(text, within, notes)
    summed = first([SUMMED], text, start, end)
    told = length(summed.match["v"]) if summed else None
    if summed and told and not notes.changes:
        notes.put("earlier_months", _months(told), summed.span("v"), summed.pattern.id)
    _count(text, within, notes)
    current = list(hits([CURRENT_END], text, start, end))
    if current:
        last = current[-1]
        told_end = last.match["v"] or last.match["w"] or last.match["x"]
        notes.put("current_end", iso(told_end), last.span("v", "w", "x"), last.pattern.id)
    if first([ADDED], text, start, end):
        notes.problem(
            "changes: the sentence was extended or a change was withdrawn; the months before are not added up"
        )
        notes.found.pop("earlier_months", None)
    return min((c["_at"] for c in notes.changes), default=end)


def _single(text: str, within: tuple[int, int], notes: Notes) -> list[dict[str, Any]]:
    """Changes told one by one: what was done, and the last date and number before it."""
    found: list[dict[str, Any]] = []
    before = within[0]
    for hit in hits([CHANGE], text, *within):
        at, end = hit.span()
        if _of_proposal(text, at, before) or _is_total(text, at, before):
            continue
        change = _change(hit, notes)
        if change is None:
            continue
        change.update(_ruled(text, before, at))
        found.append({**change, "_at": at, "start": at, "end": end})
        before = end
    return found


def _change(hit: Hit, notes: Notes) -> dict[str, Any] | None:
    groups = hit.match.groupdict()
    said = groups["v"] or groups["w"]
    if said:
        told = length(said)
        if told is None:
            notes.problem("changes: a length that is not well formed")
        return {"kind": "reduction", "months": told and told.months, "days": told and told.days, "term_after": None}
    if groups["remission"]:
        return {"kind": "reduction", "months": None, "days": None, "term_after": None}
    told_term = punishment(hit.match)
    if told_term is None:
        notes.problem("changes: a term that is not well formed")
        return None
    kind = "commutation_to_life" if told_term.kind == "life" else "commutation_to_fixed"
    return {"kind": kind, "months": None, "days": None, "term_after": told_term.months}


def _of_proposal(text: str, at: int, before: int) -> bool:
    return _PROPOSES.search(text, max(before, at - 16), at) is not None


def _is_total(text: str, at: int, before: int) -> bool:
    return re.search(r"(?:合计|累计|共|总计|共计)[^，。；]{0,4}$", text[max(before, at - 8) : at]) is not None


def _ruled(text: str, start: int, end: int) -> dict[str, Any]:
    """Date and number of the ruling told last before a change, in its sentence."""
    begin = max(start, text.rfind("。", start, end) + 1)
    dates = _dated(text, begin, end)
    numbers = [h for h in hits([RULED], text, begin, end) if h.match["number"]]
    number = parsed(numbers[-1].match["number"]) if numbers else None
    day = dates[0] if len(dates) == 1 else None
    return {"date": day, "number": number.text if number else None}


def _dated(text: str, start: int, end: int) -> list[str | None]:
    """Days and months in a stretch; a year alone dates nothing; what is not well formed, or relative, is None."""
    days = [iso(h.match["date"] or "") for h in hits([RULED], text, start, end) if not h.match["number"]]
    return [day for day in days if day is None or len(day) > 4]


def _listed(text: str, within: tuple[int, int], notes: Notes) -> list[dict[str, Any]]:
    """Changes told as a list of days and a list of lengths; days are paired only where their numbers agree."""
    hit = first([LISTED], text, *within)
    if hit is None:
        return []
    at, end = hit.span()
    lengths = [length(found.group()) for found in _LENGTH.finditer(hit.match["v"])]
    begin = max(within[0], text.rfind("。", within[0], at) + 1)
    days: list[str | None] = list(_dated(text, begin, at))
    earlier = _single(text, (within[0], begin), notes)
    if len(days) != len(lengths):
        notes.problem(_UNPAIRED)
        days = [None] * len(lengths)
    listed = [
        {
            "kind": "reduction", "months": told and told.months, "days": told and told.days, "term_after": None,
            "date": day, "number": None, "_at": at, "start": at, "end": end,
        }
        for told, day in zip(lengths, days, strict=True)
    ]  # fmt: skip
    return earlier + listed + _single(text, (end, within[1]), notes)


def _months(told: Any) -> float:
    return told.months if not told.days else told.months + round(told.days / 30, 3)


def _count(text: str, within: tuple[int, int], notes: Notes) -> None:
    """How many changes there were, and the months cut where all are known."""
    n = len(notes.changes)
    span = within if not n else (notes.changes[0]["start"], notes.changes[-1]["end"])
    counted = first([TIMES], text, *within)
    said = whole(counted.match["v"] or counted.match["w"]) if counted else None
    if counted and said is not None:
        notes.put("earlier_n", said, counted.span("v", "w"), counted.pattern.id)
        if n and n != said:
            notes.problem("changes: fewer or more are told than counted")
            return
    never = first([NEVER], text, *within)
    if never and not n:
        notes.put("earlier_n", 0, never.span(), never.pattern.id)
    if n and text[slice(*_after_appeal(notes, within))].count("裁定") > n:
        notes.problem("changes: more rulings are named than changes are told")
    elif n and _UNPAIRED not in notes.problems:
        notes.put("earlier_n", n, span, "counted", "inferred")
        cuts = [c for c in notes.changes if c["kind"] == "reduction"]
        if cuts and all(c["months"] is not None and not c["days"] for c in cuts):
            notes.put("earlier_months", sum(c["months"] for c in cuts), span, "added-up", "inferred")


def _after_appeal(notes: Notes, within: tuple[int, int]) -> tuple[int, int]:
    ends = [notes.found[k].end for k in ("appeal_number", "appeal_result") if k in notes.found]
    start = max([within[0], *ends])
    return start + (2 if ends and "appeal_result" not in notes.found else 0), within[1]


def read_proposal(text: str, within: tuple[int, int], notes: Notes) -> None:
    """Put who proposed what and when, what the prosecutors said, and how the case was heard."""
    start, end = proposal_at(text, within)
    if end > start:
        _proposed(text, (start, end), notes)
    for name, patterns in (("hearing", HEARING), ("prosecutor_view", PROSECUTOR)):
        _view(text, within, notes, name, patterns)


def _proposed(text: str, sentence: tuple[int, int], notes: Notes) -> None:
    hit = first([PROPOSAL], text, *sentence)
    assert hit is not None
    kinds = {_KINDS[h.match["v"]] for h in hits([PROPOSAL], text, *sentence)}
    if len(kinds) == 1:
        notes.put("proposed_kind", kinds.pop(), hit.span("v"), hit.pattern.id)
    body = first([AUTHORITY, PROPOSER], text, *sentence)
    if body:
        notes.put("proposal_body", body.match["v"], body.span("v"), body.pattern.id)
    elif that := first([THAT_PRISON], text, *sentence):
        notes.put("proposal_body", notes.get("prison"), that.span(), that.pattern.id, "inferred")
    days = list(hits([PROPOSED_ON], text, body.span("v")[1] if body else sentence[0], sentence[1]))
    if days and (body or len(days) == 1):
        notes.put("proposal_date", iso(days[0].match["v"]), days[0].span("v"), days[0].pattern.id)
    agreed(notes, "proposed_months", [PROPOSED], text, (sentence[0], sentence[1]), _proposed_months)


def _proposed_months(said: str) -> float | None:
    told = length(said)
    return None if told is None else _months(told)


def _view(text: str, within: tuple[int, int], notes: Notes, name: str, patterns: Any) -> None:
    for pattern in reversed(patterns):  # what restricts more stands last
        hit = first([pattern], text, *within)
        if hit:
            notes.put(name, pattern.id.removeprefix("prosecutor-").replace("-", "_"), hit.span(), pattern.id)
            return


def since_last(text: str) -> bool:
    """Whether a text speaks of an earlier reduction without telling it."""
    return SINCE.regex.search(text) is not None
