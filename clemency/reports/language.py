"""Counts, names of acts, dates and limits -> as a sentence says them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from clemency.records import dates as edtf
from clemency.records.presentation.translation import (
    LANGUAGES,
    catalogue,
    check_language,
    folded,
    label,
    quarter,
    speak,
    speaking,
    spoken,
    tr,
    typeset,
)
from clemency.records.presentation.wording import (
    act_name,
    agreed,
    apart,
    counted,
    english_act,
    limits,
    listed,
    number,
    plain,
    plural,
    ratio,
    rounded,
    share,
)
from clemency.records.tables.loading import load

__all__ = [
    "LANGUAGES",
    "act_name",
    "agreed",
    "apart",
    "article",
    "capital",
    "charged",
    "check_language",
    "counted",
    "dated",
    "day",
    "english_act",
    "folded",
    "label",
    "length",
    "limits",
    "listed",
    "number",
    "period",
    "plain",
    "plural",
    "quarter",
    "ratio",
    "rounded",
    "share",
    "speak",
    "speaking",
    "spoken",
    "tallied",
    "term",
    "tr",
    "typeset",
    "undressed",
]


def article(text: str) -> str:
    """``a`` or ``an``, as a text that may begin with a number is read: an 8-month, an 11-month, a 100-month."""
    if spoken() != "en":
        return ""
    first = text.split("-")[0].split(" ")[0].replace(",", "")
    if first.replace(".", "", 1).isdigit():
        whole = first.split(".")[0]
        return (
            "an"
            if whole.startswith("8") or (whole in ("11", "18") or (len(whole) in (5, 8) and whole[:2] in ("11", "18")))
            else "a"
        )
    return "an" if text[:1].lower() in tuple("aeiou") else "a"


def tallied(counts: Mapping[Any, int] | pd.Series) -> str:
    """Kinds with their counts: ``Tibetan 5 and Uyghur 1``."""
    return listed([tr("{kind} {n}", kind=label(k), n=int(n)) for k, n in counts.items()])


def day(text: Any) -> str:
    """A partial date as a reader says it: ``8 December 2015``, ``December 2015``, ``about 2015``, ``May 2015 to June 2015``."""
    date = edtf.parse(str(text))
    if date.precision == "interval":
        first, last = str(text).split("/")
        if not last or last == "..":
            return tr("{day} or later", day=day(first))
        if not first or first == "..":
            return tr("{day} or earlier", day=day(last))
        return tr("{first} to {last}", first=day(first), last=day(last))
    stamp = pd.Timestamp(date.earliest)
    parts = {"year": stamp.year, "month": stamp.month, "day": stamp.day, "name": f"{stamp:%B}", "last": stamp.year + 99}
    said = {
        "day": lambda: tr("{day} {name} {year}", **parts),
        "month": lambda: tr("{name} {year}", **parts),
        "year": lambda: tr("the year {year}", **parts) if spoken() != "en" else f"{stamp.year}",
        "decade": lambda: tr("the {year}s", **parts),
        "century": lambda: tr("the years {year} to {last}", **parts),
    }[date.precision]()
    return (
        tr("about {day}", day=said)
        if date.approximate
        else tr("{day} (uncertain)", day=said)
        if date.uncertain
        else said
    )


def dated(text: Any) -> str:
    """A partial date with its preposition: ``on 8 December 2015``, ``in December 2015``, ``between May 2015 and June 2015``."""
    date = edtf.parse(str(text))
    if date.precision != "interval":
        return tr("on {day}", day=day(text)) if date.precision == "day" else tr("in {day}", day=day(text))
    first, last = str(text).split("/")
    if not last or last == "..":
        return tr("{day} or later", day=dated(first))
    if not first or first == "..":
        return tr("{day} or earlier", day=dated(last))
    return tr("between {first} and {last}", first=day(first), last=day(last))


def undressed(text: Any) -> str:
    """A partial date as `dated` says it, without the first of its prepositions."""
    return dated(text).split(" ", 1)[1] if spoken() == "en" else dated(text)


@cache
def _charges() -> dict[str, str]:
    """The Chinese names that laws have for charges, by the English of the table."""
    table = load("charges")[["charge", "charge_zh"]].dropna()
    return dict(zip(table["charge"].astype(str), table["charge_zh"].astype(str), strict=True))


def charged(text: Any) -> str:
    """A charge or conduct as a case has it, each of several in the language in force."""
    if spoken() == "en":
        return str(text)
    told = catalogue(spoken())
    return tr("; ").join(told.get(w) or _charges().get(w) or w for w in str(text).split("; "))


def period(text: Any) -> str:
    """A period as a reader says it: ``2004-11/2005`` -> ``November 2004 to 2005``."""
    return day(text)


def term(kind: Any, months: Any) -> str:
    """A sentence as passed: ``3 years 6 months``, ``life``; empty where it is not known."""
    if not pd.isna(months):
        years, rest = divmod(float(months), 12)
        parts = [length(v, unit) for v, unit in ((years, "year"), (rest, "month")) if v]
        passed = tr("a term of {length}", length="".join(parts)) if spoken() != "en" else " ".join(parts)
        return tr("{length} (suspended)", length=passed) if str(kind) == "suspended" else passed
    known = {
        "life": tr("life|sentence"),
        "death_reprieve": tr("death with reprieve|sentence"),
        "death": tr("death|sentence"),
    }
    return known.get(str(kind), "")


def length(n: float, unit: str) -> str:
    """A number that may be broken, of a unit of time: ``3 years``, ``1.5 months``."""
    if spoken() == "en":
        return f"{n:g} {unit if n == 1 else plural(unit)}"
    return tr("{n:g} {unit}", n=n, unit=label(f"{unit}|unit"))


def capital(text: str) -> str:
    """With a capital at its beginning, and the rest as it is."""
    return text[:1].upper() + text[1:] if spoken() == "en" else text
