"""Acts as they were found, one after another -> one row per act: repetitions merged, totals and counts settled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from clemency.sources.narrative import reductions
from clemency.sources.narrative.clauses import Context
from clemency.sources.narrative.reductions import Found

_ORDINAL = re.compile(r"\breduction was (?:[\w']+ )?(?:second|third|fourth|fifth)\b")
_RETURNED = re.compile(
    r"\b(?:returned|sent|took|taken|re-?imprisoned|imprisoned)\b[^.]*\b(?:prison|RTL|custody|again)\b"
)


def settled(context: Context, found: list[Found]) -> list[Found]:
    """One row per act: repetitions merged, a weaker word for the same exit dropped."""
    found = sorted(found, key=lambda f: (f.sentence, f.start))
    cuts = [
        f for f in found if f.act in ("sentence_reduction", "reduction_on_appeal") or f.act.startswith("commutation")
    ]
    exits = [f for f in found if f not in cuts]
    merged = _exits(context, exits)
    told = _ORDINAL.search(context.text)
    if told and cuts:
        cuts[-1] = replace(cuts[-1], ordinal=reductions.ordinal(told.group()))
    cuts = _slots(context, _merged(cuts))
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
        blank = [
            k
            for k in kept
            if k.start == act.start and k.date is None and k.months is None and k.act == "sentence_reduction"
        ]
        told = [
            k for k in cuts if k.sentence == act.sentence and k.start > act.end and (k.date or k.months is not None)
        ]
        if len(blank) and told and re.search(r"\bfirst\b", context.text[act.start : told[0].start]):
            kept.remove(blank[-1])
    return kept


def _merged(acts: Sequence[Found]) -> list[Found]:
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
        repeats = act.date is None and act.months is None and act.sentence != old.sentence
        return repeats or (old.date == act.date and old.months == act.months)
    return old.date is None or act.date is None or old.date.startswith(act.date) or act.date.startswith(old.date)


def _weaker(act: Found, exits: Sequence[Found], cuts: Sequence[Found]) -> bool:
    """Whether ``early release`` only repeats a parole, or guesses where something is stated."""
    for other in exits:
        if other.act in ("medical_parole", "parole") and (
            other.sentence == act.sentence
            or (other.date and act.date and _one_day(other.date, act.date))
            or act.inferred
        ):
            return True
    return act.inferred and any(not c.inferred for c in cuts if c.act != "reduction_on_appeal")


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
