"""Summaries of cases in English -> acts of clemency of the person whom each record is about, with their evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from clemency.records.errors import DataError, Problem
from clemency.sources import clauses, durations, reductions, textdates
from clemency.sources.clauses import Clause, Context
from clemency.sources.durations import DURATION
from clemency.sources.namewords import RELATIVES
from clemency.sources.patterns import CALENDAR, PATTERNS, RELEASE, TRIGGER, Pattern
from clemency.sources.reductions import Found

COLUMNS = ("record", "act_type", "granted", "date", "months", "certainty", "start", "end", "pattern")
GRANTED = (
    "sentence_reduction",
    "commutation_death_to_life",
    "commutation_death_to_fixed",
    "commutation_life_to_fixed",
    "medical_parole",
    "parole",
    "special_pardon",
    "early_release",
)
_NAMES = ("name", "alternate_name", "additional_name", "pinyin_name")
_NOUNS = ("reduction-given", "reduction-received", "reduction-after", "reduction-listed", "reduction-approved")
_VERB = re.compile(rf"\b(?:{RELEASE}|[Rr]elease|grant\w+|gave|given|approved|allowed|permitted|received|placed|paroled|detained|arrested|sentenced|denied)\b")
_TERM = re.compile(r"\b(?:sentenc\w+|imprison\w*|prison\w*|RTL|re-?education|labor camp|convicted|jail\w*|penal|to life|term)\b", re.I)
_PRETRIAL = re.compile(r"\b(?:before|prior to|pending|awaiting|await|upon|until) (?:\w+ )?(?:trial|sentencing|investigation)\b", re.I)
_HELD = re.compile(r"\b(?:detained|re-?detained|took (?:\w+ ){1,3}into custody|arrested|apprehended|raided)\b")
_SENTENCED = re.compile(r"\b(?:sentenced|sentencing|ordered|serv(?:ed|ing|e)|assigned|imprisoned|years?'? (?:in prison|imprisonment|reeducation)|RTL)\b")
_DAYS = re.compile(r"\b(?:\d+|five|seven|ten|fifteen)[ -]days?\b|\badministrative(?:ly)? deten\w+|\badministratively detained\b")
_YEARS = re.compile(r"\byears?\b|\bRTL\b|\breeducation through labor\b|\bimprisonment\b|\b[Pp]rison\b|\bmonths'")
_BEFORE_EARLY = re.compile(rf"(?P<less>less than |up to |several )?(?P<dur>{DURATION})(?: ?,)? ?$", re.I)
_ORDERED = re.compile(r"court orders?,? ?(?:\(|$|dated)?\s*$", re.I)
_ORDINAL = re.compile(r"\breduction was (?:[\w']+ )?(?:second|third|fourth|fifth)\b")
_RETURNED = re.compile(r"\b(?:returned|sent|took|taken|re-?imprisoned|imprisoned)\b[^.]*\b(?:prison|RTL|custody|again)\b")
_REASON = re.compile(r"\b(?:reasons?|basis|grounds?|explanation|explained?|cause|why)\b", re.I)


def code_acts(frame: pd.DataFrame) -> pd.DataFrame:
    """Acts of clemency, refusals, extensions and cuts on appeal that summaries tell of the record's own person.

    Parameters
    ----------
    frame : DataFrame, shape (n, k)
        Columns ``record`` (unique), ``name`` and ``summary``; tags and entities may stand in the summary. Names
        in ``alternate_name``, ``additional_name`` and ``pinyin_name`` are used where there are such columns.

    Returns
    -------
    DataFrame
        One row per act: ``record``, ``act_type`` (a type of :data:`clemency.records.schema.ACT_TYPES`, or
        ``reduction_on_appeal``), ``granted`` (False for refusals, extensions and cuts on appeal), ``date`` (EDTF,
        missing where not told), ``months`` (cut or added; before the end of the term for an early release),
        ``certainty`` (``stated`` or ``inferred``), ``start`` and ``end`` (positions of the evidence in the summary
        as given) and ``pattern`` (see :data:`clemency.sources.patterns.PATTERNS`). Sorted by record and position.

    Raises
    ------
    DataError
        If a column is missing, or a record is missing or stands twice.

    Notes
    -----
    Rules, not a fitted model; ``docs/narrative.md`` says how well they do and what they cannot do.

    Examples
    --------
    >>> text = "A court reduced Test Person's sentence by six months on May 4, 2015."
    >>> acts = code_acts(pd.DataFrame({"record": ["1"], "name": ["Test Person"], "summary": [text]}))
    >>> acts[["act_type", "date", "months"]].values.tolist()
    [['sentence_reduction', '2015-05-04', 6.0]]
    >>> text[acts.start[0] : acts.end[0]]
    "reduced Test Person's sentence by six months on May 4, 2015"
    """
    _checked(frame)
    name_columns = [c for c in _NAMES if c in frame.columns]
    rows = []
    for record, summary, *names in frame[["record", "summary", *name_columns]].itertuples(index=False, name=None):
        if not isinstance(summary, str) or not TRIGGER.search(summary):
            continue
        for act in code_text(summary, [n for n in names if isinstance(n, str)]):
            rows.append((record, *act))
    coded = pd.DataFrame(rows, columns=list(COLUMNS))
    coded = coded.astype({"granted": bool, "months": float, "start": int, "end": int})
    order = coded["record"].astype(str)
    return coded.assign(_order=order).sort_values(["_order", "start", "end", "act_type"], kind="stable").drop(columns="_order").reset_index(drop=True)


def _checked(frame: pd.DataFrame) -> None:
    problems = []
    for column in ("record", "name", "summary"):
        if column not in frame.columns:
            problems.append(Problem("frame", None, column, "", "there is no such column", "Name it, or rename yours."))
    if problems:
        raise DataError(problems)
    record = frame["record"]
    for at in (record.isna() | record.duplicated(keep=False)).to_numpy().nonzero()[0]:
        value = record.iloc[at]
        missing = pd.isna(value)
        problems.append(
            Problem(
                "frame",
                int(at),
                "record",
                "" if missing else str(value),
                "no record number" if missing else "the record stands more than once",
                "Give each summary one number of its own.",
            )
        )
    if problems:
        raise DataError(problems)


def code_text(summary: str, names: Sequence[str]) -> list[tuple]:
    """Acts in one summary, as tuples of the columns of :func:`code_acts` after ``record``."""
    context = clauses.context(summary, names)
    found = _settled(context, list(_found(context)))
    rows = []
    for act in sorted(found, key=lambda a: (a.start, a.end)):
        start, end = context.plain.place(act.start, act.end)
        sure = "inferred" if act.inferred else "stated"
        rows.append((act.act, act.act in GRANTED, act.date, act.months, sure, start, end, act.pattern))
    return rows


def _found(context: Context) -> Iterator[Found]:
    for number, (start, end) in enumerate(context.plain.sentences):
        if not TRIGGER.search(context.text, start, end):
            continue
        claimed: list[tuple[int, int]] = []
        for pattern in PATTERNS:
            for match in pattern.regex.finditer(context.text, start, end):
                anchor = _group(match, "anchor")
                if anchor is None or any(a < anchor[1] and anchor[0] < b for a, b in claimed):
                    continue
                acts = _acts(context, (start, end), number, pattern, match, anchor)
                if acts is not None:
                    claimed.append(anchor)
                    yield from acts


def _together(context: Context, sentence: tuple[int, int], verb: int, at: int, part: Clause) -> bool:
    """Whether a verb and its trigger stand in one clause, but for an aside between dashes."""
    if clauses.clause(context, sentence, verb).start == part.start:
        return True
    aside = re.sub(r" -- [^-]* -- ", " ", context.text[verb:at])
    return aside != context.text[verb:at] and not re.search(r"[;(]|--|\b(?:and|but|who)\b", aside)


def _group(match: re.Match[str], name: str) -> tuple[int, int] | None:
    """Span of the first alternative of a group (``who``, ``who2``, ...) that took part."""
    for key in (name, f"{name}2", f"{name}3"):
        if key in match.re.groupindex and match.start(key) >= 0:
            return match.span(key)
    return None


def _acts(context, sentence, number, pattern: Pattern, match, anchor) -> list[Found] | None:
    """Acts of one match; none where it is somebody else's or not a fact; None where the trigger stays free."""
    part = clauses.clause(context, sentence, anchor[0])
    verb = _verb(context, match, anchor)
    if pattern.who == "patient" and verb is not None and not _together(context, sentence, verb, anchor[0], part):
        return None
    if pattern.act == "denied":
        return _denied(context, sentence, number, pattern, match, anchor, part)
    if not _is_real(context, part, pattern, match, anchor):
        return []
    if not _own(context, sentence, pattern, match, anchor, verb):
        return []
    inferred = clauses.hedged(context, part) or pattern.id.endswith(("supposed", "served-part"))
    base = Found(pattern.act, None, None, inferred, match.start(), anchor[1], pattern.id, number)
    if pattern.act == "reduction":
        return _reduction(context, part, pattern, match, anchor, base)
    if pattern.act == "sentence_extension":
        return _extension(context, part, anchor, base)
    if pattern.act == "resentenced":
        return _resentenced(context, part, match, base)
    return _release(context, part, pattern, match, anchor, base)


def _verb(context: Context, match: re.Match[str], anchor: tuple[int, int]) -> int | None:
    """Where the verb stands that governs the trigger: the last one before it."""
    verb = _group(match, "verb")
    if verb is None:
        return None
    last = verb[0]
    asides = [m.span() for m in re.compile(r"-- [^-]* --").finditer(context.text, verb[1], anchor[0])]
    for other in _VERB.finditer(context.text, verb[1], anchor[0]):
        if not any(a < other.start() < b for a, b in asides):
            last = other.start()
    return last


def _is_real(context: Context, part: Clause, pattern: Pattern, match: re.Match[str], anchor: tuple[int, int]) -> bool:
    before = context.text[part.start : anchor[0]]
    if pattern.id == "early-noun" and _REASON.search(before):
        return True
    if pattern.id == "early-supposed":
        return True
    if pattern.id == "reduction-listed":
        return re.search(r"\b(?:[Aa]fter|[Rr]eceived)\b[^.;]*\b(?:reduction|commutation)", context.text[part.sentence[0] : match.start()]) is not None
    if re.search(r"\b(?:briefly|temporarily released)\b", before + context.text[anchor[1] : anchor[1] + 12]):
        return False
    return clauses.real(context, part, anchor[0])


def _own(context: Context, sentence, pattern: Pattern, match, anchor, verb: int | None) -> bool:
    text, cast = context.text, context.cast
    if pattern.who == "owner":
        who = _group(match, "who")
        whose = cast.whose(*who) if who else None
        return clauses.subject(context, sentence, match.start()) if whose is None else whose
    if pattern.who == "patient" and verb is not None:
        if not clauses.passive(text, verb):
            end = re.compile(r"\w+").match(text, verb).end()
            obj = _group(match, "object")
            stop = anchor[0] if anchor[0] > end else obj[1] if obj else end
            whose = cast.whose(end, max(end, stop))
            if whose is None or not whose:
                whose = _to(context, anchor) or whose
            if whose is not None:
                return whose
        return clauses.subject(context, sentence, verb)
    if pattern.id in ("reduction-after", "reduction-listed"):
        after = _after(context, sentence, anchor[1])
        if after is not None:
            return after
    if pattern.id == "early-noun":
        return _whose_early(context, sentence, match, anchor)
    return clauses.subject(context, sentence, verb if verb is not None else anchor[0])


def _whose_early(context: Context, sentence, match, anchor) -> bool:
    """Whose ``the early release`` is: the one named with it, else the one whose release was told last."""
    names = [p for p in context.cast.within(*match.span("object"))]
    if names:
        return any(p.own for p in names)
    pronoun = match.group("object").lower() in ("his", "her", "their")
    start = sentence[0] if pronoun else max(0, sentence[0] - 300)
    verbs = list(re.compile(rf"\b{RELEASE}\b").finditer(context.text, start, anchor[0]))
    for verb in reversed(verbs):
        whose = None if clauses.passive(context.text, verb.start()) else context.cast.whose(verb.end(), verb.end() + 30)
        if whose is not None:
            return whose
        break
    return clauses.subject(context, sentence, anchor[0])


def _to(context: Context, anchor: tuple[int, int]) -> bool | None:
    """Whose act it is by ``to`` or ``for`` after the trigger."""
    match = re.compile(r"\w* (?:to|for) (?P<who>[^.,;]{2,60})").match(context.text, anchor[1])
    return context.cast.whose(*match.span("who")) if match else None


def _after(context: Context, sentence: tuple[int, int], at: int) -> bool | None:
    """Whose release follows: ``after a reduction, authorities released her``."""
    if context.cast.within(sentence[0], at):
        return None
    match = re.compile(rf"\b{RELEASE} (?P<who>[^.,;]{{2,40}})").search(context.text, at, sentence[1])
    return context.cast.whose(*match.span("who")) if match else None


def _denied(context, sentence, number, pattern: Pattern, match, anchor, part: Clause) -> list[Found] | None:
    text = context.text
    word = text[anchor[0] : anchor[1]].lower()
    act = "reduction_denied" if "reduc" in word else "parole_denied" if word == "parole" else "medical_parole_denied"
    asked = pattern.id == "asked"
    if asked and re.search(r"\b(?:granted|approved|agreed|allowed)\b", text[part.start : part.sentence[1]]):
        return None
    if asked and re.search(r"\bgranted the (?:application|request)|\bapproved the", text[part.sentence[1] : part.sentence[1] + 250]):
        return []
    if re.search(r"\b(?:no|not)\b[^.;]{0,40}\b(?:record|application|appl)", text[part.start : part.end]):
        return []
    if not _concerns(context, sentence, match, anchor):
        return []
    day = clauses.date(context, part, anchor[1])
    return [Found(act, day, None, asked, match.start(), match.end(), pattern.id, number)]


def _concerns(context: Context, sentence, match, anchor) -> bool:
    """Whether a request, perhaps made by a relative or a lawyer, was for the record's person."""
    cast = context.cast
    start, end = match.start(), match.end()
    people = [p for p in cast.within(start, min(sentence[1], end + 60)) if not p.speaker]
    if people:
        return any(p.own for p in people)
    return cast.last(start)


def _reduction(context, part: Clause, pattern: Pattern, match, anchor, base: Found) -> list[Found]:
    noun = pattern.id in _NOUNS
    if noun:
        obj = _group(match, "object")
        span = (obj[0] if obj else anchor[0], anchor[1])
    elif pattern.who == "owner" and pattern.id != "reduce-passive":
        span = (anchor[0], max(anchor[1], match.end() if pattern.id in ("reduce-owner", "reduce-of") else anchor[1]))
    else:
        span = anchor
    end = part.end
    acts = reductions.expand(context, part, span, noun, base)
    if pattern.id == "reduce-elided":  # what stands before belongs to the first verb
        after = context.text[anchor[1] : end]
        acts = [replace(a, date=a.date if a.date and a.date[:4] in after else None) for a in acts]
    words = context.text[span[0] - 20 if span[0] > 20 else 0 : end]
    settled = []
    for act in acts:
        kind = reductions.kind(context.text, part, span if not noun else anchor, end)
        if pattern.id == "commute-chained":
            kind = "commutation_life_to_fixed"
        if reductions.on_appeal(context, part, span, end, act.date) and act is acts[0]:
            months = reductions.appeal_months(context, span, end, act.months)
            settled.append(replace(act, act="reduction_on_appeal", months=months, end=end))
            continue
        if kind != "sentence_reduction" and act is not acts[0]:
            kind = "sentence_reduction"
        again = re.search(r"\b(?:another|further|final|second|third|additional|again)\b", words) is not None
        number = reductions.ordinal(context.text[span[0] : anchor[1]]) if noun else 0
        settled.append(replace(act, act=kind, months=None if kind.startswith("commutation") else act.months, end=end, again=again, ordinal=number))
    return _ordered(context, part, settled)


def _ordered(context: Context, part: Clause, acts: list[Found]) -> list[Found]:
    """Undated cuts of a sentence that cites court orders take the orders' dates, the last ones last."""
    days: list[str] = []
    for citation in context.plain.citations:
        if not part.start <= citation.at <= part.sentence[1] + 1:
            continue
        if "court order" not in citation.text and not _ORDERED.search(context.text[max(0, citation.at - 20) : citation.at]):
            continue
        for piece in citation.text.split(";"):
            own = textdates.cited(piece.split(" via ")[0])
            days += [f"{y:04d}-{m:02d}-{d:02d}" for y, m, d in own[:1]]
    undated = [i for i, a in enumerate(acts) if a.date is None and a.act == "sentence_reduction"]
    days = sorted(set(days) - {a.date for a in acts})
    for i, day in zip(undated[::-1], days[::-1], strict=False):
        acts[i] = replace(acts[i], date=day)
    return acts


def _resentenced(context: Context, part: Clause, match: re.Match[str], base: Found) -> list[Found]:
    """A new sentence after a new trial or on appeal, if it is lower than the old one."""
    span = match.span("anchor")
    new = reductions.appeal_months(context, span, part.end, None)
    severe = reductions.state(context.text, span[0]) in ("life", "death")
    if new is None and not severe:
        return []
    day = clauses.date(context, part, span[0])
    return [replace(base, act="reduction_on_appeal", months=None if severe else new, date=day, end=part.end)]


def _extension(context: Context, part: Clause, anchor, base: Found) -> list[Found]:
    tail = context.text[anchor[1] : part.end]
    by = re.search(rf"\bby (?:an additional |another |more than )?({DURATION})", tail)
    months = durations.months(by.group(1)) if by else None
    if base.pattern in ("extension-added", "extension-given"):
        months = durations.months(context.text[base.start : anchor[0]])
    day = clauses.date(context, part, anchor[1])
    return [replace(base, date=day, months=months, end=part.end if by else base.end)]


def _release(context: Context, part: Clause, pattern: Pattern, match, anchor, base: Found) -> list[Found]:
    text = context.text
    near = text[part.start : part.end]
    if _PRETRIAL.search(near) or not (pattern.id == "early" or _TERM.search(text, 0, part.sentence[1])):
        return []
    strict = pattern.id in ("medical-bail", "early-health", "early-good-behavior")
    if strict and not _serving(text, part, anchor[0]):
        return []
    if pattern.act == "early_release" and _short_detention(text[: anchor[0]]):
        return []
    verb = _verb(context, match, anchor)
    at = anchor[0] if verb is None or verb < part.start else verb
    if pattern.id == "early-supposed":
        day = None
    elif verb is not None and verb < part.start and pattern.who == "patient":
        day = clauses.date(context, clauses.clause(context, part.sentence, verb), verb)
    else:
        day = clauses.date(context, part, at)
    if re.search(r"\b(?:all|the|both)\b", text[at : anchor[0]]) and ":" in text[anchor[1] : part.sentence[1]]:
        day = _listed(context, part, anchor[1]) or day
    months = None
    if base.inferred and pattern.act == "medical_parole":
        day = _linked(context, base.sentence - 1, anchor[0]) or day
    if pattern.id in ("early", "early-ahead"):
        size = _BEFORE_EARLY.search(text[part.start : anchor[0]].rstrip())
        months = durations.months(size["dur"]) if size and not size["less"] else None
    if pattern.id in ("early-noun", "early-supposed") and day is None:
        day = _linked(context, base.sentence, anchor[0])
    return [replace(base, date=day, months=months, end=max(anchor[1], base.end))]


def _listed(context: Context, part: Clause, at: int) -> str | None:
    """The own date in ``released all three early: Li on May 1; Ma on June 2``."""
    for person in context.cast.within(at, part.sentence[1]):
        if person.own:
            end = re.compile(r"[^;]*").match(context.text, person.end, part.sentence[1]).end()
            days = [m for m in context.dates if person.end <= m.start and m.end <= end]
            return clauses.dated(context, days[0], part.sentence) if days else None
    return None


def _serving(text: str, part: Clause, at: int) -> bool:
    """Whether a term was being served: sentenced after the last detention told, or released from a prison."""
    if re.search(r"\b(?:prison|RTL|labor camp)\b", text[part.start : part.end], re.I):
        return True
    held = max((m.start() for m in _HELD.finditer(text, 0, at)), default=-1)
    served = max((m.start() for m in _SENTENCED.finditer(text, 0, at)), default=-1)
    return served > held


def _short_detention(before: str) -> bool:
    """Whether the last term told is one of days, which is no sentence."""
    days = max((m.start() for m in _DAYS.finditer(before)), default=-1)
    years = max((m.start() for m in _YEARS.finditer(before)), default=-1)
    return days > years


def _linked(context: Context, number: int, at: int) -> str | None:
    """Date of the release that ``the early release`` refers to, at most three sentences back."""
    for back in range(number, max(-1, number - 4), -1):
        sentence = context.plain.sentences[back]
        verbs = list(re.compile(rf"\b{RELEASE}\b").finditer(context.text, sentence[0], min(sentence[1], at)))
        for verb in reversed(verbs):
            day = clauses.date(context, clauses.clause(context, sentence, verb.start()), verb.end())
            if day is not None:
                return day
    return None


def _settled(context: Context, found: list[Found]) -> list[Found]:
    """One row per act: repetitions merged, a weaker word for the same exit dropped."""
    found = sorted(found, key=lambda f: (f.sentence, f.start))
    cuts = [f for f in found if f.act in ("sentence_reduction", "reduction_on_appeal") or f.act.startswith("commutation")]
    exits = [f for f in found if f not in cuts]
    merged = _exits(context, exits)
    told = _ORDINAL.search(context.text)
    if told and cuts:
        cuts[-1] = replace(cuts[-1], ordinal=reductions.ordinal(told.group()))
    cuts = _slots(context, reductions.merge(cuts))
    kept = []
    for act in merged:
        if act.act == "early_release" and _weaker(act, merged, cuts):
            continue
        kept.append(act)
    return _joined(cuts, kept)


def _slots(context: Context, cuts: list[Found]) -> list[Found]:
    """``Reduced twice, first in a commutation and again in 1995``: the cuts told later fill those counted."""
    kept = list(cuts)
    for act in cuts:
        blank = [k for k in kept if k.start == act.start and k.date is None and k.months is None and k.act == "sentence_reduction"]
        told = [k for k in cuts if k.sentence == act.sentence and k.start > act.end and (k.date or k.months is not None)]
        if len(blank) and told and re.search(r"\bfirst\b", context.text[act.start : told[0].start]):
            kept.remove(blank[-1])
    return kept


def _exits(context: Context, exits: Sequence[Found]) -> list[Found]:
    kept: list[Found] = []
    for act in exits:
        for i, old in enumerate(kept):
            if old.act == act.act and _compatible(old, act) and not _back_inside(context, old, act):
                kept[i] = replace(
                    old,
                    date=max(old.date or "", act.date or "") or None,
                    months=old.months if old.months is not None else act.months,
                    inferred=old.inferred and act.inferred,
                )
                break
        else:
            kept.append(act)
    return kept


def _back_inside(context: Context, old: Found, act: Found) -> bool:
    """Whether the person was taken back to a prison or centre between two tellings of an exit."""
    return _RETURNED.search(context.text[old.end : act.start]) is not None


def _compatible(old: Found, act: Found) -> bool:
    if act.act.endswith("_denied"):
        return True
    if act.act == "sentence_extension":
        return old.date == act.date and old.months == act.months
    return old.date is None or act.date is None or old.date.startswith(act.date) or act.date.startswith(old.date)


def _weaker(act: Found, exits: Sequence[Found], cuts: Sequence[Found]) -> bool:
    """Whether ``early release`` only repeats a parole, or guesses where something is stated."""
    for other in exits:
        if other.act in ("medical_parole", "parole") and (
            other.sentence == act.sentence or (other.date and act.date and _near(other.date, act.date)) or act.inferred
        ):
            return True
    return act.inferred and any(not c.inferred for c in cuts if c.act != "reduction_on_appeal")


def _near(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def _joined(cuts: list[Found], exits: list[Found]) -> list[Found]:
    """``Released six months before the end, reducing his sentence``: one act, a reduction with that date and size."""
    drop = []
    for i, cut in enumerate(cuts):
        for act in exits:
            same = act.act == "early_release" and act.sentence == cut.sentence and act.start < cut.start
            if same and cut.act == "sentence_reduction" and cut.months is None and cut.pattern == "reduce-owner":
                cuts[i] = replace(cut, date=act.date, months=act.months, start=act.start)
                drop.append(act)
    return cuts + [a for a in exits if a not in drop]
