"""One text -> what it is, and what it says of each prisoner in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clemency.sources.rulings.checks import check
from clemency.sources.rulings.documents.kinds import READ, kind_of
from clemency.sources.rulings.parts.decision import read_decision, read_outside_reason
from clemency.sources.rulings.parts.ending import last_line, read_ending
from clemency.sources.rulings.parts.findings import read_findings, read_flags
from clemency.sources.rulings.parts.heading import read_heading
from clemency.sources.rulings.parts.history import proposal_at, read_changes, read_proposal, since_last
from clemency.sources.rulings.parts.judgment import read_judgment, read_term
from clemency.sources.rulings.parts.notes import Notes
from clemency.sources.rulings.parts.party import other_name, party_end, read_party
from clemency.sources.rulings.parts.several import Person, people
from clemency.sources.rulings.prose.characters import Plain, plain
from clemency.sources.rulings.prose.relativedates import resolved
from clemency.sources.rulings.prose.segments import Segments, segments

_EARLIER = re.compile(r"减|(?<!号刑事)裁定(?!书)|刑更|刑执|有期徒刑|无期徒刑|变更")
_DATED = ("date", "start", "end", "from", "until")  # last words of the names of dates
LONGEST = 200_000  # characters of one document; a ruling has some thousand


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of one text.

    Attributes
    ----------
    status, reason : str
        Kind of document, and what it was known by.
    plain : Plain
    people : tuple of Notes
        One for each prisoner; none for what is not read.
    """

    status: str
    reason: str
    plain: Plain
    people: tuple[Notes, ...]


def read_text(source: str, anchors: dict[str, int] | None = None) -> Read:
    """Read one document.

    Parameters
    ----------
    source : str
        Its text.
    anchors : dict of str to int, optional
        Places of the marks of the courts' site.

    Returns
    -------
    Read

    Examples
    --------
    >>> text = (
    ...     "某省某某市中级人民法院刑事裁定书（2017）豫99刑更12号罪犯李某某，男，汉族，现在某省某某监狱服刑。本院认为，"
    ...     "该犯确有悔改表现，裁定如下：对罪犯李某某减去有期徒刑八个月。本裁定送达后即发生法律效力。"
    ... )
    >>> read = read_text(text)
    >>> read.status, read.people[0].get("prisoner"), read.people[0].get("months")
    ('ruling', '李某某', 8)
    """
    if len(source) > LONGEST:
        return Read("too_long", f"more than {LONGEST:,} characters: split the file", plain(""), ())
    text = resolved(plain(source, anchors))
    parts = segments(text)
    status, reason = kind_of(text, parts)
    if status not in READ:
        return Read(status, reason, text, ())
    found = people(text.text, parts)
    if len(found) > 1:
        together = found[-1].history
        return Read(status, reason, text, tuple(_one_of(text, parts, p, together, status) for p in found))
    return Read(status, reason, text, (_only(text, parts, status),))


def _common(text: Plain, parts: Segments, status: str) -> Notes:
    notes = Notes()
    if status in ("ruling", "decision", "part"):
        read_heading(text, parts.head[1], notes)
        if parts.ordered or status == "decision":
            read_ending(text.text, parts.tail, notes, alone=status == "decision")
        if status == "decision":
            last_line(text.text, parts.decision[0], notes)
    return notes


def _history(text: Plain, history: tuple[int, int], notes: Notes) -> tuple[int, int]:
    """Read the prisoner's paragraph, the judgment and the earlier changes; return the proposal's sentence."""
    said = text.text
    read_party(text, history, notes)
    begin = party_end(said, *history) if notes.get("prisoner") else history[0]
    proposal = proposal_at(said, (begin, history[1]))
    judged = read_judgment(said, (begin, history[1]), notes)
    first = read_changes(said, (judged, max(judged, proposal[0])), notes) if judged is not None else history[1]
    read_term(said, (begin, history[1]), first, notes)
    return proposal


def _only(text: Plain, parts: Segments, status: str) -> Notes:
    said = text.text
    notes = _common(text, parts, status)
    before = (parts.history[0], max(parts.history[1], parts.facts[1], parts.reasons[1]))
    history = parts.history if status != "digest" or parts.history[1] > parts.history[0] else (0, parts.decision[0])
    proposal = _history(text, history, notes)
    if status == "digest" and "judgment_court" not in notes.found:
        read_judgment(said, (parts.decision[1], len(said)), notes)
    if "prisoner" not in notes.found:
        other_name(text, parts.decision, (0, parts.decision[0]), notes)
    read_proposal(said, before, notes)
    read_findings(said, (parts.facts[0] if parts.facts[1] > parts.facts[0] else proposal[1], before[1]), notes)
    read_flags(said, before, notes)
    read_decision(said, parts.decision, parts.reasons, notes)
    read_outside_reason(said, before, notes)
    if status != "digest":
        _no_change(said, proposal, notes)
    _finish(text, notes, status, before)
    return notes


def _no_change(text: str, proposal: tuple[int, int], notes: Notes) -> None:
    """Put that nothing changed the sentence before, where judgment and proposal are told and nothing between them."""
    judged = notes.found.get("sentence_type")
    if judged is None or proposal[0] >= proposal[1] or notes.changes or since_last(text):
        return
    if notes.get("current_end") not in (None, notes.get("term_end")):
        return  # something changed it
    appeal = [notes.found[k].end for k in ("appeal_number", "appeal_result") if k in notes.found]
    between = text[max([judged.end, *appeal]) : proposal[0]]
    if not _EARLIER.search(between):
        notes.put("earlier_n", 0, (proposal[0], proposal[0] + 1), "none-told", "inferred")


def _one_of(text: Plain, parts: Segments, person: Person, together: tuple[int, int], status: str) -> Notes:
    """One of several prisoners: what is told of all together is given to none."""
    notes = _common(text, parts, status)
    proposal = _history(text, person.history, notes)
    read_proposal(text.text, person.history if proposal[1] > proposal[0] else together, notes)
    _own_findings(text.text, person, (person.history[0], proposal[0]), notes)
    if person.decisions:
        read_decision(text.text, parts.decision, (0, 0), notes, list(person.decisions))
    else:
        notes.problem("decision: it cannot be told which of the prisoners it is for")
    _finish(text, notes, status, person.history)
    return notes


def _own_findings(text: str, person: Person, history: tuple[int, int], notes: Notes) -> None:
    """What was found about one of several prisoners, where it is told of this one by name."""
    if not person.findings:
        notes.problem("several prisoners: what the court found is not told apart")
        return
    told = Notes({name: value for name, value in notes.found.items() if name == "charges"})
    read_flags(text, history, told)
    differ: dict[str, None] = {}
    for stretch in person.findings:
        part = Notes()
        read_findings(text, stretch, part)
        read_flags(text, stretch, part)
        differ |= {n: None for n, value in part.found.items() if told.get(n) not in (None, value.value)}
        told.found |= {n: value for n, value in part.found.items() if n not in told.found}
        told.problems += part.problems
    notes.found |= {n: value for n, value in told.found.items() if n not in notes.found and n not in differ}
    for said in (*told.problems, *(f"{name}: several readings" for name in differ)):
        notes.problem(said)


def _finish(text: Plain, notes: Notes, status: str, span: tuple[int, int]) -> None:
    notes.found.pop("document_kind", None)
    notes.put("document_kind", status, span, "kind")
    for name, value in notes.found.items() if text.implied else ():
        if name.endswith(_DATED) and any(value.start < end and start < value.end for start, end in text.implied):
            notes.found[name] = value._replace(certainty="inferred")
    for words in text.untied:
        notes.problem(f"dates: it is not clear which date '{words}' goes by")
    check(notes)
