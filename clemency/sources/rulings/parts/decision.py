"""What the court decided -> granted, refused, withdrawn or revoked; the kind, the months, the new end."""

from __future__ import annotations

from clemency.sources.rulings.parts.notes import Hit, Notes, first, hits
from clemency.sources.rulings.parts.terms import punishment
from clemency.sources.rulings.patterns.decisionpatterns import (
    COMMUTED,
    CUT,
    CUT_FROM,
    DEPRIVATION_AFTER,
    DEPRIVATION_SAME,
    FINE_CUT,
    NEW_END,
    NEW_TERM,
    NOT_FITTING,
    OUTSIDE,
    OUTSIDE_REASON,
    OUTSIDE_TERM,
    PAROLED,
    PROBATION,
    REFUSED,
    REMAINDER,
    REVOKED,
    WITHDRAWN,
)  # fmt: skip
from clemency.sources.rulings.prose.lengths import length
from clemency.sources.rulings.prose.rulingdates import iso

KINDS = {
    "减刑": "reduction",
    "减去": "reduction",
    "假释": "parole",
    "暂予监外执行": "outside",
    "收监执行": "outside",
    "罚金": "fine",
}
_MOST = 60  # months
_GRANTING = ("reduction", "commutation_to_life", "commutation_to_fixed", "parole", "outside", "fine")


def read_decision(
    text: str,
    within: tuple[int, int],
    reasons: tuple[int, int],
    notes: Notes,
    parts: list[tuple[int, int]] | None = None,
) -> None:
    """Put the decision in a stretch of text, or in its parts that concern one of several prisoners."""
    scopes = parts if parts is not None else [within]
    found: dict[tuple[str, str], Hit] = {}
    for scope in scopes:
        found.update({k: h for k, h in _decisions(text, scope, notes).items() if k not in found})
    chosen = _chosen(found, text, reasons, notes)
    if chosen is None:
        return
    (decision, kind), hit = chosen
    notes.put("decision", decision, hit.span(), hit.pattern.id)
    notes.put("kind", kind, hit.span(), hit.pattern.id)
    if decision != "granted":
        return
    for scope in scopes:
        _amounts(text, scope, kind, notes)


def _decisions(text: str, scope: tuple[int, int], notes: Notes) -> dict[tuple[str, str], Hit]:
    """Every decision for which there are words, by what was decided and its kind."""
    found: dict[tuple[str, str], Hit] = {}
    for name, patterns in (("withdrawn", [WITHDRAWN]), ("refused", list(REFUSED)), ("revoked", [REVOKED])):
        for hit in hits(patterns, text, *scope):
            groups = hit.match.groupdict()
            found.setdefault((name, KINDS[groups.get("v") or groups["w"]]), hit)
    if any(name == "withdrawn" for name, _ in found):
        return found
    for pattern in (PAROLED, OUTSIDE):
        said = first([pattern], text, *scope)
        if said and ("refused", KINDS[said.match["v"]]) not in found:
            found[("granted", KINDS[said.match["v"]])] = said
    cut = first([CUT, CUT_FROM, REMAINDER], text, *scope)
    if cut and not any(_within(cut, hit) for hit in found.values()):  # a refusal may quote what was proposed
        found[("granted", "reduction")] = cut
    commuted = first([COMMUTED], text, *scope)
    if commuted:
        to = "life" if commuted.match["life"] else "fixed"
        found[("granted", f"commutation_to_{to}")] = commuted
    fine = first([FINE_CUT], text, *scope)
    if fine and not found:
        found[("granted", "fine")] = fine
    return found


def _within(one: Hit, other: Hit) -> bool:
    (start, end), (low, high) = one.span(), other.span()
    return low <= start and end <= high


def _chosen(
    found: dict[tuple[str, str], Hit], text: str, reasons: tuple[int, int], notes: Notes
) -> tuple[tuple[str, str], Hit] | None:
    """The decision, where what is found is one; a grant against which the reasons speak is none."""
    granted = [k for k in found if k[0] == "granted"]
    others = [k for k in found if k[0] != "granted"]
    if len(granted) > 1 or len({k[0] for k in others}) > 1 or any(("granted", kind) in found for _, kind in others):
        notes.problem("decision: several that do not go together")
        return None
    if granted:
        key = granted[0]
        against = first([NOT_FITTING], text, *reasons)
        if against and KINDS.get(against.match["v"] or against.match["w"], "reduction") == key[1].split("_")[0]:
            notes.problem("decision: a grant for which the reasons say that it is not fitting")
            return None
        if others:
            notes.problem(f"decision: also {others[0][0]} {others[0][1]}")
        return key, found[key]
    return (others[0], found[others[0]]) if others else None


def _amounts(text: str, scope: tuple[int, int], kind: str, notes: Notes) -> None:
    if kind == "reduction":
        _cut(text, scope, notes)
    elif kind.startswith("commutation"):
        hit = first([COMMUTED], text, *scope)
        told = punishment(hit.match) if hit else None
        if hit and told:
            notes.put("term_after", told.months, hit.span(), hit.pattern.id)
        elif hit:
            notes.problem("term_after: not well formed")
    if kind == "parole":
        _parole(text, scope, notes)
    elif kind == "outside":
        _outside(text, scope, notes)
    else:
        _new_end(text, scope, notes)
    _deprivation(text, scope, notes)


def _cut(text: str, scope: tuple[int, int], notes: Notes) -> None:
    rest = first([REMAINDER], text, *scope)
    if rest:
        notes.put("remainder", True, rest.span(), rest.pattern.id)
        return
    found = [
        (length(h.match["v"] or h.match.groupdict().get("w") or ""), h) for h in hits([CUT, CUT_FROM], text, *scope)
    ]
    values = {told for told, _ in found}
    if len(values) != 1 or None in values:
        if found:
            notes.problem("months: several readings" if None not in values else "months: not well formed")
        return
    told, hit = found[0]
    groups = [g for g in ("v", "w") if g in hit.match.groupdict()]
    assert told is not None
    if told.months > _MOST:  # a commutation that lost a character reads like that
        notes.problem("months: more than a single reduction can be")
        return
    notes.put("months", told.months, hit.span(*groups), hit.pattern.id)
    if told.days:
        notes.put("days", told.days, hit.span(*groups), hit.pattern.id)


def _new_end(text: str, scope: tuple[int, int], notes: Notes) -> None:
    term = list(hits([NEW_TERM], text, *scope))
    if len(term) == 1:
        notes.put("new_start", iso(term[0].match["start"]), term[0].span("start"), term[0].pattern.id)
        notes.put("new_end", iso(term[0].match["end"]), term[0].span("end"), term[0].pattern.id)
        return
    ends = list(hits([NEW_END], text, *scope))
    if not term and len({h.match["v"] or h.match["w"] for h in ends}) == 1:
        notes.put("new_end", iso(ends[0].match["v"] or ends[0].match["w"]), ends[0].span("v", "w"), ends[0].pattern.id)
    elif term or ends:
        notes.problem("new_end: several readings")


def _parole(text: str, scope: tuple[int, int], notes: Notes) -> None:
    hit = first([PROBATION], text, *scope)
    if hit is None:
        return
    start = hit.match["start"] or hit.match["other"]
    if start and "年" in start:
        notes.put("parole_start", iso(start), hit.span("start", "other"), hit.pattern.id)
    notes.put("parole_end", iso(hit.match["end"]), hit.span("end"), hit.pattern.id)


def _outside(text: str, scope: tuple[int, int], notes: Notes) -> None:
    hit = first([OUTSIDE_TERM], text, *scope)
    if hit:
        notes.put("outside_from", iso(hit.match["start"]), hit.span("start"), hit.pattern.id)
        notes.put("outside_until", iso(hit.match["end"]), hit.span("end"), hit.pattern.id)


def read_outside_reason(text: str, within: tuple[int, int], notes: Notes) -> None:
    """Put why service outside prison was decided, where one reason is told."""
    if notes.get("kind") != "outside" or notes.get("decision") != "granted":
        return
    found = {h.pattern.id: h for h in hits(OUTSIDE_REASON, text, *within)}
    if len(found) == 1:
        name, hit = found.popitem()
        notes.put("outside_reason", name, hit.span("v"), hit.pattern.id)
    elif found:
        notes.problem("outside_reason: several readings")


def _deprivation(text: str, scope: tuple[int, int], notes: Notes) -> None:
    hit = first([DEPRIVATION_AFTER], text, *scope)
    if hit:
        said = hit.match["v"]
        told = -1 if said == "终身" else (length(said) or (None,))[0]
        notes.put("deprivation_after_months", told, hit.span("v"), hit.pattern.id)
        return
    same = first([DEPRIVATION_SAME], text, *scope)
    if same:
        notes.put("deprivation_unchanged", True, same.span("v"), same.pattern.id)
