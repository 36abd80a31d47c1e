"""Counts, names of acts, dates and limits -> as a sentence says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from clemency.records import dates as edtf
from clemency.records.presentation.wording import (
    act_name,
    agreed,
    apart,
    counted,
    limits,
    listed,
    number,
    plain,
    plural,
    ratio,
    rounded,
    share,
)

__all__ = [
    "act_name",
    "agreed",
    "apart",
    "article",
    "capital",
    "counted",
    "dated",
    "day",
    "limits",
    "listed",
    "number",
    "period",
    "plain",
    "plural",
    "ratio",
    "rounded",
    "share",
    "tallied",
    "term",
]


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


def term(kind: Any, months: Any) -> str:
    """A sentence as passed: ``3 years 6 months``, ``life``; empty where it is not known."""
    if not pd.isna(months):
        years, rest = divmod(float(months), 12)
        parts = [f"{v:g} {unit if v == 1 else plural(unit)}" for v, unit in ((years, "year"), (rest, "month")) if v]
        return " ".join(parts) + (" (suspended)" if str(kind) == "suspended" else "")
    return {"life": "life", "death_reprieve": "death with reprieve", "death": "death"}.get(str(kind), "")


def capital(text: str) -> str:
    """With a capital at its beginning, and the rest as it is."""
    return text[:1].upper() + text[1:]
