"""Acts as they were found, one after another -> one row per act: repetitions merged, totals and counts settled."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from clemency.sources.narrative.acts import reductions
from clemency.sources.narrative.acts.reductions import Found
from clemency.sources.narrative.prose.clauses import Context

_ORDINAL = re.compile(r"\breduction was (?:[\w']+ )?(?:second|third|fourth|fifth)\b")
_RETURNED = re.compile(
    r"\b(?=((?:returned|sent|took|taken|re-?imprisoned|imprisoned)\b[^.]{0,800}?\b(?:prison|RTL|custody|again)\b))"
)
_FIRST = re.compile(r"\bfirst\b")
_MOST = 60  # earlier acts of a kind that a later one may repeat; nobody has had so many


def settled(context: Context, acts: list[Found]) -> list[Found]:
    """One row per act: repetitions merged, a weaker word for the same exit dropped."""
    acts = sorted(acts, key=lambda f: (f.sentence, f.start))
    cuts = [f for f in acts if _is_cut(f)]
    others = [f for f in acts if not _is_cut(f)]
    merged = _exits(context, others)
    told = _ORDINAL.search(context.text)
    if told and cuts:
        cuts[-1] = replace(cuts[-1], ordinal=reductions.ordinal(told.group()))
    cuts = _slots(context, _merged(cuts))
    weaker = _weaker(merged, cuts)
    return _joined(cuts, [act for act in merged if act.act != "early_release" or not weaker(act)])


def _is_cut(act: Found) -> bool:
    return act.act in ("sentence_reduction", "reduction_on_appeal") or act.act.startswith("commutation")


def _slots(context: Context, cuts: list[Found]) -> list[Found]:
    """``Reduced twice, first in a commutation and again in 1995``: the cuts told later fill those counted."""
    blanks: dict[int, list[int]] = {}
    told: dict[int, list[Found]] = {}
    for i, cut in enumerate(cuts):
        if cut.date or cut.months is not None:
            told.setdefault(cut.sentence, []).append(cut)
        elif cut.act == "sentence_reduction":
            blanks.setdefault(cut.start, []).append(i)
    filled = set()
    for act in cuts:
        blank = blanks.get(act.start)
        later = next((k for k in told.get(act.sentence, ()) if k.start > act.end), None) if blank else None
        if blank and later and _FIRST.search(context.text[act.start : later.start]):
            at = next(i for i in blank if cuts[i] == cuts[blank[-1]])
            blank.remove(at)
            filled.add(at)
    return [cut for i, cut in enumerate(cuts) if i not in filled]


def _merged(acts: Sequence[Found]) -> list[Found]:
    """Acts told more than once, or as a total, become one; missing first cuts of an ordinal are added."""
    kept: list[Found] = []
    places: dict[str, list[int]] = {}
    for act in acts:
        of_its_kind = places.setdefault(act.act, [])
        at = _same([(i, kept[i]) for i in of_its_kind[-_MOST:]], act)
        if at is None:
            of_its_kind.append(len(kept))
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


def _same(before: Sequence[tuple[int, Found]], act: Found) -> int | None:
    """Place of the act that another telling repeats; -1 for one that adds nothing; None for a new one."""
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


def _exits(context: Context, exits: Sequence[Found]) -> list[Found]:
    kept: list[Found] = []
    for act in exits:
        for i, old in enumerate(kept[-_MOST:], max(0, len(kept) - _MOST)):
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
    if ("returns",) not in context.kept:
        returns = list(_RETURNED.finditer(context.text))
        context.kept["returns",] = [m.start() for m in returns], [m.end(1) for m in returns]
    starts, ends = context.kept["returns",]
    at = bisect_left(starts, old.end)
    return at < len(ends) and ends[at] <= act.start


def _compatible(old: Found, act: Found) -> bool:
    if act.act.endswith("_denied"):
        return True
    if act.act == "sentence_extension":
        repeats = act.date is None and act.months is None and act.sentence != old.sentence
        return repeats or (old.date == act.date and old.months == act.months)
    return old.date is None or act.date is None or old.date.startswith(act.date) or act.date.startswith(old.date)


def _weaker(exits: Sequence[Found], cuts: Sequence[Found]) -> Callable[[Found], bool]:
    """Tell of an ``early release`` whether it only repeats a parole, or guesses where something is stated."""
    paroles = [act for act in exits if act.act in ("medical_parole", "parole")]
    sentences, days = {act.sentence for act in paroles}, {act.date for act in paroles if act.date}
    begun = {day[:n] for day in days for n in range(1, len(day) + 1)}
    stated = bool(paroles) or any(not c.inferred for c in cuts if c.act != "reduction_on_appeal")

    def weaker(act: Found) -> bool:
        day = act.date or ""
        same_day = day in begun or any(day[:n] in days for n in range(1, len(day)))
        return act.sentence in sentences or same_day or (act.inferred and stated)

    return weaker


def _joined(cuts: list[Found], exits: list[Found]) -> list[Found]:
    """``Released six months before the end, reducing his sentence``: one act, a reduction with that date and size."""
    drop = set()
    early: dict[int, list[Found]] = {}
    for act in exits:
        if act.act == "early_release":
            early.setdefault(act.sentence, []).append(act)
    for i, cut in enumerate(cuts):
        if cut.act == "sentence_reduction" and cut.months is None and cut.pattern == "reduce-owner":
            for act in (a for a in early.get(cut.sentence, ()) if a.start < cut.start):
                cuts[i] = replace(cut, date=act.date, months=act.months, start=act.start)
                drop.add(act)
    return cuts + [a for a in exits if a not in drop]
