"""What was read of a ruling -> what contradicts arithmetic or the law's rules on who decides; nothing is changed."""

from __future__ import annotations

import calendar
import datetime as dt
from itertools import pairwise

from clemency.sources.rulings.parts.notes import Notes

_DAYS = 3  # the end of a term moves by up to three days where a month is shorter than the first day


def check(notes: Notes) -> None:
    """Note what cannot be true together.

    Notes
    -----
    The new end is the old one less the months cut; the old end is the first day and the term less earlier cuts; an act
    comes after what it rests on. High courts decide on life and reprieved death sentences (Criminal Law art. 79;
    Supreme People's Court, Interpretation of the Criminal Procedure Law 2021, art. 534).
    """
    _ends(notes)
    _order(notes)
    _competence(notes)


def _day(notes: Notes, name: str) -> dt.date | None:
    said = notes.get(name)
    return dt.date.fromisoformat(said) if said and len(said) == 10 else None


def _apart(one: dt.date, other: dt.date) -> int:
    return abs((one - other).days)


def _moved(end: dt.date, months: int) -> dt.date:
    """A last day moved by months: the day after it is the anniversary that moves."""
    start = end + dt.timedelta(1)
    years, month = divmod(12 * start.year + start.month - 1 + months, 12)
    if not 1 < years < 9000:
        return end
    day = min(start.day, calendar.monthrange(years, month + 1)[1])
    return dt.date(years, month + 1, day) - dt.timedelta(1)


def _ends(notes: Notes) -> None:
    new, months = _day(notes, "new_end"), notes.get("months")
    start, term = _day(notes, "term_start"), notes.get("sentence_months")
    if start is not None and term and notes.get("sentence_type") == "fixed" and not notes.get("sentence_days"):
        end = _day(notes, "term_end")
        if end is not None and _apart(_moved(start - dt.timedelta(1), term), end) > _DAYS:
            notes.problem("term_end: it is not the term from its first day")
    first, after = _day(notes, "new_start"), notes.get("term_after")
    if new is not None and first is not None and after and _apart(_moved(first - dt.timedelta(1), after), new) > _DAYS:
        notes.problem("new_end: it is not the new term from its first day")
    current, passed = _day(notes, "current_end"), _after_changes(notes)
    if current is not None and passed is not None and _apart(current, passed) > _DAYS:
        notes.problem("current_end: it is not the end of the term, less the earlier months")
        _forget(notes)
    until = _day(notes, "parole_end")
    if until is not None and current is None and passed is not None and _apart(until, passed) > _DAYS:
        notes.problem("parole_end: it is not the end of the term, less the earlier months")  # Criminal Law art. 83
        _forget(notes)
    if new is None or months is None or notes.get("days"):
        return
    before = current or passed
    if before is not None and _apart(_moved(before, -months), new) > _DAYS:
        notes.problem("new_end: it is not the end before, less the months")
        _forget(notes)


def _forget(notes: Notes) -> None:
    """Take back how many changes there were, where that follows from those that are told: not all may be."""
    for name in ("earlier_n", "earlier_months"):
        if name in notes.found and notes.found[name].certainty == "inferred":
            del notes.found[name]


def _after_changes(notes: Notes) -> dt.date | None:
    """Last day of the term after the earlier changes, as far as all are told."""
    end = _day(notes, "term_end")
    cuts = notes.get("earlier_months") if notes.changes else 0 if notes.get("earlier_n") in (0, None) else None
    if end is None or cuts is None or any(c["kind"] != "reduction" for c in notes.changes):
        return None
    return _moved(end, -cuts)


def _order(notes: Notes) -> None:
    names = ("birth_date", "judgment_date", "committed_date", "proposal_date", "ruling_date", "new_end")
    days = [(n, d) for n in names if (d := _day(notes, n)) is not None]
    for (early, one), (late, other) in pairwise(days):
        if other < one and (early, late) != ("ruling_date", "new_end"):
            notes.problem(f"{late}: it lies before {early}")
    ruled = _day(notes, "ruling_date")
    for change in notes.changes:
        told = change["date"]
        if ruled is not None and told and len(told) == 10 and dt.date.fromisoformat(told) > ruled:
            notes.problem("changes: one is dated after the ruling")


def _competence(notes: Notes) -> None:
    level, kind = notes.get("court_level"), str(notes.get("kind"))
    if level in ("intermediate", "basic") and kind.startswith("commutation"):
        notes.problem("court: only a high court commutes life imprisonment or a reprieved death sentence")
    if level == "basic" and kind in ("reduction", "parole"):
        notes.problem("court: a basic court decides neither reduction nor parole")
    commuted = any(c["kind"] == "commutation_to_fixed" for c in notes.changes)
    if kind == "reduction" and notes.get("sentence_type") in ("life", "death_reprieve") and not commuted:
        notes.problem("kind: months are cut from a sentence that has none")
    if notes.get("months") and notes.get("months") > 60:
        notes.problem("months: more than a single reduction can be")
