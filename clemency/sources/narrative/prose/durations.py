"""English phrases for lengths of time -> months."""

from __future__ import annotations

import re

from clemency.records.terms import DAYS_PER_MONTH

_UNITS = {"year": 12.0, "month": 1.0, "week": 7 / DAYS_PER_MONTH, "day": 1 / DAYS_PER_MONTH}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
NUMBERS = {w: float(i) for i, w in enumerate(_SMALL)} | {
    "a": 1.0,
    "an": 1.0,
    "another": 1.0,
    "thirty": 30.0,
    "forty": 40.0,
    "half": 0.5,
}
_WORD = r"(?:" + "|".join(sorted((w for w in NUMBERS if w != "zero"), key=len, reverse=True)) + r")"
_TENS = r"(?:twenty|thirty|forty)-(?:one|two|three|four|five|six|seven|eight|nine)"
_DIGITS = r"(?<!\d)(?<!\d[.,\u2024])\d{1,4}(?:[.\u2024]\d{1,4})?+"  # a number, never the end of a longer one
NUMBER = rf"(?:{_DIGITS}(?: ?½| 1/2)?|{_TENS}|half an?|{_WORD}(?: and (?:one-half|a half|one half)|-and-a-half)?)"
_UNIT = r"(?:years?|months?|weeks?|days?)'?"
_AND = r"(?:,? and |, | )"
_YEARS, _MONTHS, _DAYS = (rf"{NUMBER}[ -]{u}s?'?(?: and a half\b)?" for u in ("year", "month", "day"))
DURATION = rf"(?:{_YEARS}(?:{_AND}{_MONTHS})?(?:{_AND}{_DAYS})?|{_MONTHS}(?:{_AND}{_DAYS})?|{NUMBER}[ -]weeks?|{_DAYS})"
_PIECES = re.compile(rf"({NUMBER})[ -]({_UNIT})( and a half\b)?", re.I)


def number(text: str) -> float:
    """Value of a number in digits or words.

    Examples
    --------
    >>> number("two and one-half"), number("twenty-one"), number("6 ½"), number("1.5")
    (2.5, 21.0, 6.5, 1.5)
    """
    text = text.lower().strip()
    half = 0.5 if re.search(r"(?:and (?:one-half|a half|one half)|-and-a-half|½|1/2)$", text) else 0.0
    text = re.sub(r"(?: and (?:one-half|a half|one half)|-and-a-half| ?½| 1/2)$", "", text)
    if text in ("half a", "half an"):
        return 0.5
    if text[:1].isdigit():
        return float(text.replace("\u2024", ".")) + half
    return sum(NUMBERS[part] for part in text.split("-")) + half


def months(text: str) -> float | None:
    """Months in a phrase, weeks and days as parts of a month of 365.25/12 days; None without a length.

    Examples
    --------
    >>> months("one year and six months"), months("6 months and 15 days"), months("18-month"), months("soon")
    (18.0, 6.49, 18.0, None)
    """
    total = 0.0
    pieces = _PIECES.findall(text)
    for value, unit, half in pieces:
        total += (number(value) + (0.5 if half else 0.0)) * _UNITS[unit.lower().rstrip("'").rstrip("s")]
    return round(total, 2) if pieces else None
