"""Counts, names of acts, dates and limits -> as a sentence says them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from clemency.records import dates as edtf

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

#: One act and several of it.
_ACTS = {
    "sentence_reduction": ("sentence reduction", "sentence reductions"),
    "commutation_death_to_life": ("commutation of death to life", "commutations of death to life"),
    "commutation_death_to_fixed": ("commutation of death to a fixed term", "commutations of death to a fixed term"),
    "commutation_life_to_fixed": ("commutation of life to a fixed term", "commutations of life to a fixed term"),
    "medical_parole": ("medical parole", "medical paroles"),
    "parole": ("parole", "paroles"),
    "special_pardon": ("special pardon", "special pardons"),
    "early_release": ("early release", "early releases"),
    "temporary_leave": ("temporary leave", "temporary leaves"),
    "reduction_denied": ("refusal of a reduction", "refusals of a reduction"),
    "parole_denied": ("refusal of parole", "refusals of parole"),
    "medical_parole_denied": ("refusal of medical parole", "refusals of medical parole"),
    "sentence_extension": ("sentence extension", "sentence extensions"),
}
_IRREGULAR = {"person": "people", "has": "have", "is": "are", "was": "were", "this": "these", "that": "those"}


def plural(noun: str) -> str:
    """Several of a thing: ``case`` -> ``cases``, ``entry`` -> ``entries``, ``commutation_death_to_life`` -> its words."""
    if noun in _ACTS:
        return _ACTS[noun][1]
    *before, last = noun.split(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        last = f"{last[:-1]}ies"
    else:
        last = _ended(last)
    return " ".join([*before, last])


def counted(n: Any, noun: str, spelled: bool = False) -> str:
    """A count and what is counted: ``1 case``, ``2,140 cases``; `spelled` up to twelve: ``three cases``.

    Examples
    --------
    >>> counted(2, "commutation_death_to_life"), counted(1, "person", spelled=True), counted(0, "medical_parole", spelled=True)
    ('2 commutations of death to life', 'one person', 'no medical paroles')
    """
    return f"{number(n) if spelled else f'{int(n):,}'} {act_name(noun) if int(n) == 1 else plural(noun)}"


def act_name(kind: Any) -> str:
    """An act as a sentence calls one of it; another code with blanks for its dashes."""
    return _ACTS[str(kind)][0] if str(kind) in _ACTS else str(kind).replace("_", " ")


def agreed(n: Any, verb: str) -> str:
    """A verb with its subject's number: ``agreed(1, "show") -> "shows"``, ``agreed(2, "is") -> "are"``; no forms but the third person's."""
    if verb in _IRREGULAR:
        return verb if int(n) == 1 else _IRREGULAR[verb]
    return _ended(verb) if int(n) == 1 else verb


def _ended(word: str) -> str:
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def number(n: Any) -> str:
    """A count in a sentence: in words up to twelve."""
    return _NUMBERS[int(n)] if 0 <= int(n) < len(_NUMBERS) else f"{int(n):,}"


def article(text: str) -> str:
    """``a`` or ``an``, as a text that may begin with a number is read: an 8-month, an 11-month, a 100-month."""
    first = text.split("-")[0].split(" ")[0].replace(",", "")
    if first.replace(".", "", 1).isdigit():
        whole = first.split(".")[0]
        return (
            "an"
            if whole.startswith("8") or (whole in ("11", "18") or (len(whole) in (5, 8) and whole[:2] in ("11", "18")))
            else "a"
        )
    return "an" if text[:1].lower() in tuple("aeiou") else "a"


def listed(parts: Sequence[str]) -> str:
    """Join words with commas and an and."""
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def tallied(counts: Mapping[Any, int] | pd.Series) -> str:
    """Kinds with their counts: ``Tibetan 5 and Uyghur 1``."""
    return listed([f"{k} {int(n)}" for k, n in counts.items()])


def day(text: Any) -> str:
    """A partial date as a reader says it: ``8 December 2015``, ``December 2015``, ``about 2015``, ``May 2015 to June 2015``."""
    date = edtf.parse(str(text))
    if date.precision == "interval":
        first, last = str(text).split("/")
        if not last or last == "..":
            return f"{day(first)} or later"
        return f"{day(last)} or earlier" if not first or first == ".." else f"{day(first)} to {day(last)}"
    stamp = pd.Timestamp(date.earliest)
    said = {
        "day": f"{stamp.day} {stamp:%B %Y}",
        "month": f"{stamp:%B %Y}",
        "year": f"{stamp.year}",
        "decade": f"the {stamp.year}s",
        "century": f"the years {stamp.year} to {stamp.year + 99}",
    }[date.precision]
    return f"about {said}" if date.approximate else f"{said} (uncertain)" if date.uncertain else said


def dated(text: Any) -> str:
    """A partial date with its preposition: ``on 8 December 2015``, ``in December 2015``, ``between May 2015 and June 2015``."""
    date = edtf.parse(str(text))
    if date.precision != "interval":
        return f"{'on' if date.precision == 'day' else 'in'} {day(text)}"
    first, last = str(text).split("/")
    if not last or last == "..":
        return f"{dated(first)} or later"
    if not first or first == "..":
        return f"{dated(last)} or earlier"
    return f"between {day(first)} and {day(last)}"


def period(text: Any) -> str:
    """A period as a reader says it: ``2004-11/2005`` -> ``November 2004 to 2005``."""
    return day(text)


def apart(value: float, bound: float, digits: int) -> str:
    """A number with so many decimals that it is not shown as a bound that it does not reach: 11.98 below 12, not 12.0."""
    if not math.isfinite(value):
        return "" if math.isnan(value) else "no bound"
    while digits < 12 and value != bound and round(value, digits) == round(bound, digits):
        digits += 1
    return f"{value:,.{digits}f}"


def ratio(value: float) -> str:
    """A ratio with two decimals, or as many as tell it from 1."""
    return apart(float(value), 1.0, 2)


def limits(low: float, high: float) -> str:
    """Limits of a ratio: ``0.14 to 0.996``, never ``1.00`` where 1 is outside."""
    return "" if math.isnan(low) or math.isnan(high) else f"{ratio(low)} to {ratio(high)}"


def capital(text: str) -> str:
    """With a capital at its beginning, and the rest as it is."""
    return text[:1].upper() + text[1:]
