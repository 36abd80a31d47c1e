"""The prisoner's paragraph -> name, sex, birth, ethnic group, schooling, residence and prison."""

from __future__ import annotations

import re

from clemency.sources.rulings.names.people import ETHNIC
from clemency.sources.rulings.parts.notes import Notes, agreed, first, hits
from clemency.sources.rulings.patterns.partypatterns import (
    ALIAS,
    BARE_NAME,
    BIRTH,
    EDUCATION,
    ETHNICITY,
    HELD,
    NAME_IN_ACCOUNT,
    PARTY,
    RESIDENCE,
    SEX,
)  # fmt: skip
from clemency.sources.rulings.prose.characters import Plain
from clemency.sources.rulings.prose.rulingdates import iso
from clemency.sources.rulings.prose.segments import sentences

_NO_NAME = re.compile(r"机关|监狱|人民|犯罪|法院|服刑|减刑|假释|刑期|因犯|一案|的")
_OTHER = re.compile(r"判决|裁定|作出|被告人|执行机关|罪，|交付执行|判处")
_NO_PLACE = re.compile(
    r"^[籍地所住]|罪犯|文化|[男女]，|出生|现在|服刑|毕业|公民|本市人|徒刑|判处|\d年|[一二三四五六七八九十]年|个月"
)
_GROUP = re.compile(rf"(?:{ETHNIC})族")
_LONGEST = 500


def party_end(text: str, start: int, end: int) -> int:
    """Where the prisoner's paragraph ends: before the first sentence that tells of a judgment."""
    end = min(end, start + _LONGEST)
    for begin, stop in sentences(text, start, end):
        if begin > start and _OTHER.search(text, begin, stop):
            return begin
    return end


def read_party(plain: Plain, within: tuple[int, int], notes: Notes) -> None:
    """Put what the prisoner's paragraph says."""
    text = plain.text
    start, end = within
    part = (start, party_end(text, start, end))
    _name(plain, part, notes)
    agreed(notes, "sex", [SEX], text, part, lambda said: {"男": "M", "女": "F"}[said])
    agreed(notes, "birth_date", BIRTH, text, part, iso)
    agreed(notes, "ethnicity", [ETHNICITY], text, part, str)
    education = first([EDUCATION], text, *part)
    if education:
        notes.put("education", education.match["v"], education.span("v"), education.pattern.id)
    alias = first([ALIAS], text, *part)
    if alias:
        notes.put("alias", alias.match["v"], alias.span("v"), alias.pattern.id)
    for hit in hits(RESIDENCE, text, *part):
        if _is_place(hit.match["v"]):
            notes.put("residence", hit.match["v"].strip("，、"), hit.span("v"), hit.pattern.id)
            break
    agreed(notes, "prison", [HELD], text, part, str)


def _name(plain: Plain, part: tuple[int, int], notes: Notes) -> None:
    text = plain.text
    hit = first([PARTY], text, *part) if part[1] > part[0] else None
    if hit is None:
        return
    start, end = hit.span("v")
    name = text[start:end]
    sexless = first([SEX], text, end, part[1]) is None
    if _NO_NAME.search(name) or (name[-1] in "男女" and sexless):
        notes.problem("prisoner: the name cannot be told from what follows")
        return
    notes.put("prisoner", plain.printed(start, end), (start, end), hit.pattern.id)


def other_name(plain: Plain, decision: tuple[int, int], within: tuple[int, int], notes: Notes) -> None:
    """Put the name that the decision gives, or a short account, where there is no paragraph of the prisoner."""
    if "prisoner: the name cannot be told from what follows" in notes.problems:
        return
    hit = first([BARE_NAME], plain.text, *decision) or first([NAME_IN_ACCOUNT], plain.text, *within)
    if hit and not _NO_NAME.search(hit.match["v"]):
        start, end = hit.span("v")
        notes.put("prisoner", plain.printed(start, end), (start, end), hit.pattern.id)


def _is_place(said: str) -> bool:
    group = _GROUP.match(said)
    joined = group is not None and "自治" not in said[group.end() : group.end() + 8] and "族自治" not in said[:12]
    return not (_NO_PLACE.search(said) or joined)
