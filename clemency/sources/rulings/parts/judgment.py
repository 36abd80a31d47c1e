"""The judgment that is served -> court, date, number, charges, sentence, what goes with it, and the appeal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clemency.sources.rulings.names.casenumbers import parsed
from clemency.sources.rulings.names.charges import charge_keys, charges, without_key
from clemency.sources.rulings.parts.notes import Hit, Notes, first, hits
from clemency.sources.rulings.parts.terms import is_suspended, sentence_in
from clemency.sources.rulings.patterns.judgmentpatterns import (
    APPEAL,
    APPEALED,
    CHANGED,
    CHARGES,
    COMMITTED,
    CONFISCATION,
    DEPRIVATION,
    EXECUTED,
    FINE,
    JUDGMENTS,
    LIFE_WITHOUT,
    RESTRICTED,
    RETRIAL,
    SPENT,
    TERM,
    UPHELD,
)  # fmt: skip
from clemency.sources.rulings.patterns.phrases import Pattern
from clemency.sources.rulings.prose.lengths import length
from clemency.sources.rulings.prose.numerals import yuan
from clemency.sources.rulings.prose.rulingdates import iso
from clemency.sources.rulings.prose.segments import sentences

_OWN = ("本院", "我院")
_GUILTY = re.compile(r"犯(?!罪)[\u4e00-\u9fff、（）]{2,80}?罪(?=[，。；（]|判处)")
LIFELONG = -1  # stands for 终身 among months


def read_judgment(text: str, within: tuple[int, int], notes: Notes) -> int | None:
    """Put the judgment that is served; return where its sentence ends, or None if there is none."""
    found = _served(text, within)
    if found is None:
        return None
    hit, scope = found
    _decided(hit, notes, ("judgment_court", "judgment_date", "judgment_number"))
    _charges(text, scope, notes)
    _sentence(text, scope, notes)
    after = (scope[1], within[1])
    for name, pattern, convert in (
        ("deprivation_months", DEPRIVATION, _deprivation),
        ("fine_yuan", FINE, yuan),
    ):
        _beside(text, scope, notes, name, pattern, convert)
    seized = first([CONFISCATION], text, *scope)
    if seized:
        notes.put("confiscation", "all" if "全" in seized.match["v"] else "part", seized.span("v"), seized.pattern.id)
    for name, pattern in (("restricted_reduction", RESTRICTED), ("life_without_reduction", LIFE_WITHOUT)):
        marked = first([pattern], text, *scope)
        if marked:
            notes.put(name, True, marked.span(), marked.pattern.id)
    _appeal(text, after, notes)
    return scope[1]


def _served(text: str, within: tuple[int, int]) -> tuple[Hit, tuple[int, int]] | None:
    """The first judgment that is not of a spent conviction, and its sentence."""
    for start, end in sentences(text, *within):
        parts = [(start, end)]
        if SPENT.regex.search(text, start, end):
            parts = [p for p in sentences(text, start, end, "；") if not SPENT.regex.search(text, *p)]
        for begin, stop in parts:
            found = [h for h in hits(JUDGMENTS, text, begin, stop) if not _second(h)]
            if found:
                hit = min(found, key=lambda h: (h.match.start(), -h.match.end()))
                return hit, (max(begin, hit.span()[0] - 60), stop)
    return None


def _second(hit: Hit) -> bool:
    said = hit.match.groupdict().get("number") or ""
    return any(mark in said for mark in ("终", "再", "核", "执", "更", "减", "假"))


def _decided(hit: Hit, notes: Notes, names: tuple[str, str, str]) -> None:
    """Court, date and number of a decision; 本院 is the court of the ruling itself."""
    groups = hit.match.groupdict()
    court, day, number = names
    name = groups.get("court")
    if name in _OWN:
        own = notes.get("court")
        notes.put(court, own, hit.span("court"), hit.pattern.id)
        name = own
    elif name:
        notes.put(court, name, hit.span("court"), hit.pattern.id)
    if groups.get("date"):
        notes.put(day, iso(groups["date"]), hit.span("date"), hit.pattern.id)
        if day not in notes.found:
            notes.problem(f"{day}: not well formed")
    if groups.get("number"):
        read = parsed(groups["number"], name or "")
        notes.put(number, read.text if read else None, hit.span("number"), hit.pattern.id)


def _charges(text: str, scope: tuple[int, int], notes: Notes) -> None:
    names: list[str] = []
    spans = []
    for hit in sorted(hits(CHARGES, text, *scope), key=lambda h: h.match.start()):
        found = charges(hit.match["v"])
        if found is None:
            notes.problem(f"charges: '{hit.match['v'][:40]}' is no offence that is known")
            return
        names += [name for name in found if name not in names]
        spans.append(hit)
    if len(_GUILTY.findall(text, *scope)) > len(spans):
        notes.problem("charges: one of several is told in a form that is not known")
    elif names:
        span = (spans[0].span("v")[0], spans[-1].span("v")[1])
        told, judged = tuple(names), notes.get("judgment_date")
        notes.put("charges", "; ".join(names), span, spans[0].pattern.id)
        notes.put("charge_ids", " ".join(charge_keys(told, judged)) or None, span, "table-of-charges", "inferred")
        lacking = "; ".join(without_key(told, judged)) or None
        notes.put("charges_without_id", lacking, span, "table-of-charges", "inferred")


def _sentence(text: str, scope: tuple[int, int], notes: Notes, name: str = "sentence") -> None:
    found = sentence_in(text, *scope)
    if found is None:
        notes.problem("sentence: not told, or several without the one to be served")
        return
    told, hit = found
    kind = "suspended" if told.kind == "fixed" and is_suspended(text, *scope) else told.kind
    notes.put(f"{name}_type", kind, hit.span(), hit.pattern.id)
    notes.put(f"{name}_months", told.months, hit.span(), hit.pattern.id)
    if told.days:
        notes.put(f"{name}_days", told.days, hit.span(), hit.pattern.id)
    if told.detail in ("拘役", "管制"):
        notes.put("punishment", told.detail, hit.span(), hit.pattern.id)


def _deprivation(said: str) -> int | None:
    if said == "终身":
        return LIFELONG
    told = length(said)
    return None if told is None or told.days else told.months


def _beside(
    text: str,
    scope: tuple[int, int],
    notes: Notes,
    name: str,
    pattern: Pattern,
    convert: Callable[[str], Any],
) -> None:
    """What goes with the sentence: what follows the term to be served, else the only one that is told."""
    start, end = scope
    executed = list(hits([EXECUTED], text, *scope))
    if executed:
        start = executed[-1].span()[1]
    found = list(hits([pattern], text, start, end))
    if not found:
        return
    values = {convert(h.match["v"]) for h in found}
    if len(values) > 1 or None in values:
        notes.problem(f"{name}: several readings")
        return
    notes.put(name, values.pop(), found[0].span("v"), pattern.id)


def _appeal(text: str, after: tuple[int, int], notes: Notes) -> None:
    """The second instance, if there was one; a sentence that it changed takes the place of the first."""
    start, end = after
    hit = next((h for h in hits(APPEAL, text, start, end) if _on_appeal(h, text, start)), None)
    if hit is None:
        return
    stop = next((e for s, e in sentences(text, *after) if s <= hit.span()[0] < e), end)
    _decided(hit, notes, ("appeal_court", "appeal_date", "appeal_number"))
    changed, upheld = (first([p], text, hit.span()[1], stop) for p in (CHANGED, UPHELD))
    if RETRIAL.regex.search(text, *hit.span()):
        notes.put("retrial", True, hit.span(), RETRIAL.id)
    if changed:
        notes.put("appeal_result", "changed", changed.span(), changed.pattern.id)
        _retold(text, (changed.span()[0], stop), notes)
    elif upheld:
        notes.put("appeal_result", "upheld", upheld.span(), upheld.pattern.id)


def _on_appeal(hit: Hit, text: str, start: int) -> bool:
    """Whether a decision is one of a second instance, of a review or of a retrial, by its number or by what is said."""
    number = hit.match.groupdict().get("number") or ""
    if any(mark in number for mark in ("终", "再", "核", "复")):
        return True
    early = hit.span()[0]
    return not number and APPEALED.regex.search(text, max(start, early - 60), early) is not None


def _retold(text: str, scope: tuple[int, int], notes: Notes) -> None:
    """The sentence on appeal; without one that is well told none is left."""
    found = sentence_in(text, *scope)
    names = ("sentence_type", "sentence_months", "sentence_days", "deprivation_months", "fine_yuan")
    for name in names if "判处" in text[slice(*scope)] or "改判" in text[slice(*scope)] else names[:3]:
        notes.found.pop(name, None)
    if found is None:
        notes.problem("sentence: changed on appeal, and the new one is not told")
        return
    _sentence(text, scope, notes)
    _beside(text, scope, notes, "deprivation_months", DEPRIVATION, _deprivation)
    _beside(text, scope, notes, "fine_yuan", FINE, yuan)


def read_term(text: str, within: tuple[int, int], first_change: int, notes: Notes) -> None:
    """Put the term that follows from the judgment, and the day on which the prisoner came to prison."""
    start, end = within
    for hit in hits([TERM], text, start, min(end, first_change)):
        before = text[max(start, hit.span()[0] - 6) : hit.span()[0]]
        if any(word in before for word in ("减刑", "现", "变更", "缓期", "考验")):
            continue
        notes.put("term_start", iso(hit.match["start"]), hit.span("start"), hit.pattern.id)
        notes.put("term_end", iso(hit.match["end"]), hit.span("end"), hit.pattern.id)
        break
    entered = first([COMMITTED], text, *within)
    if entered:
        notes.put("committed_date", iso(entered.match["v"]), entered.span("v"), entered.pattern.id)
