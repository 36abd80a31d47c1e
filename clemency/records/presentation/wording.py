"""Counts, ratios, rates and p values -> words for sentences and tables.

Every sentence with a number in it takes the number from here, with its noun and verb.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from clemency.records.presentation.translation import catalogue, label, spoken, tr

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
_IRREGULAR = {
    "person": "people",
    "stratum": "strata",
    "has": "have",
    "is": "are",
    "was": "were",
    "this": "these",
    "that": "those",
}


def plural(noun: str) -> str:
    """Several of a thing: ``case`` -> ``cases``, ``entry`` -> ``entries``, an act's code -> its words."""
    if spoken() != "en":
        return act_name(noun)
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
    >>> counted(2, "commutation_death_to_life"), counted(1, "person", spelled=True), counted(0, "parole", spelled=True)
    ('2 commutations of death to life', 'one person', 'no paroles')
    """
    if spoken() != "en":
        return _measured(n, noun)
    return f"{number(n) if spelled else f'{int(n):,}'} {act_name(noun) if int(n) == 1 else plural(noun)}"


def _measured(n: Any, noun: str) -> str:
    """A count in a language that counts things with a measure word, which the catalogue has by the English noun."""
    known = catalogue(spoken()).get(f"{{n}} {english_act(noun)}")
    return known.format(n=f"{int(n):,}") if known else f"{int(n):,} {act_name(noun)}"


def act_name(kind: Any) -> str:
    """An act as a sentence calls one of it; another code with blanks for its dashes."""
    return label(english_act(kind))


def english_act(kind: Any) -> str:
    """An act in English, whatever the language in force: the name of a level."""
    return _ACTS[str(kind)][0] if str(kind) in _ACTS else str(kind).replace("_", " ")


def agreed(n: Any, verb: str) -> str:
    """A verb in the third person with its subject's number: ``agreed(1, "show")`` is ``shows``, of 2 ``show``."""
    if spoken() != "en":
        return ""
    if verb in _IRREGULAR:
        return verb if int(n) == 1 else _IRREGULAR[verb]
    return _ended(verb) if int(n) == 1 else verb


def _ended(word: str) -> str:
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def number(n: Any) -> str:
    """A count in a sentence: in words up to twelve."""
    if spoken() != "en":
        return f"{int(n):,}"
    return _NUMBERS[int(n)] if 0 <= int(n) < len(_NUMBERS) else f"{int(n):,}"


def listed(parts: Sequence[str]) -> str:
    """Join words with commas and an and."""
    if not parts:
        return ""
    if len(parts) == 1:
        return parts[0]
    return tr("{some} and {last}", some=tr(", ").join(parts[:-1]), last=parts[-1])


def none_of(n: Any, noun: str, verb: str) -> str:
    """What holds for none of a thing's own: ``none of its 3 spells ends``, ``its only spell does not end``."""
    if int(n) != 1:
        return f"none of its {counted(n, noun)} {agreed(1, verb)}"
    return f"its only {noun} {'is not' if verb == 'is' else f'does not {verb}'}"


def left_out(exclusions: pd.DataFrame) -> list[str]:
    """Notes on the events and periods that were left out, by ``reason``, such as ``Left out: 2 events, no date.``."""
    found = exclusions["reason"].astype(str).value_counts()
    noun = {why: "event" if why.startswith(("event ", "window ")) else "period" for why in found.index}
    return [f"Left out: {counted(n, noun[why])}, {why}." for why, n in found.items()]


def plain(value: Any) -> str:
    r"""A value from data as text in which a section of a report sees no mark: its asterisks stay asterisks.

    Examples
    --------
    >>> print(plain("**A** and *"))
    \*\*A\*\* and \*
    """
    return str(value).replace("\\", "\\\\").replace("*", "\\*")


def rounded(value: float, digits: int) -> str:
    """A number with so many decimals, and never as a nought that it is not: ``<0.01``; 0 itself is ``0``.

    Examples
    --------
    >>> rounded(0.004, 2), rounded(-0.004, 2), rounded(0, 1), rounded(1234.56, 1), rounded(float("inf"), 2)
    ('<0.01', '>-0.01', '0', '1,234.6', 'no upper limit')
    """
    value = float(value)
    if not math.isfinite(value):
        return "" if math.isnan(value) else tr("no upper limit") if value > 0 else tr("no lower limit")
    if value == 0:
        return "0"
    if round(value, digits) == 0:
        return f"{'<' if value > 0 else '>-'}{10.0**-digits:.{digits}f}"
    return f"{value:,.{digits}f}"


def share(value: float) -> str:
    """A share in per cent, and never as none or all of something that it is not: ``<1%``, ``>99%``."""
    if math.isnan(value):
        return ""
    if 0 < value < 1 and round(value, 2) in (0, 1):
        return "<1%" if value < 0.5 else ">99%"
    return f"{value:.0%}"


def apart(value: float, bound: float, digits: int) -> str:
    """A number with enough decimals not to be shown as a bound that it does not reach: 11.98 below 12, not 12.0."""
    if math.isfinite(value):
        while digits < 12 and value != bound and round(value, digits) == round(bound, digits):
            digits += 1
    return rounded(value, digits)


def ratio(value: float) -> str:
    """A ratio with two decimals, or as many as tell it from 1; ``<0.01`` below what two decimals show."""
    return apart(float(value), 1.0, 2)


def limits(low: float, high: float) -> str:
    """Limits of a ratio: ``0.14 to 0.996``, never ``1.00`` where 1 is outside; ``0.14, no upper limit``."""
    if math.isnan(low) or math.isnan(high):
        return ""
    if math.isfinite(high):
        return tr("{low} to {high}", low=ratio(low), high=ratio(high))
    return tr("{low}, {high}", low=ratio(low), high=ratio(high))
