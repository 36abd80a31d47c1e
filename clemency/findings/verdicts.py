"""A printed number and how it was printed -> the numbers that agree with it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

RELATIONS = ("equals", "above", "below", "between")

_NUMBER = re.compile(r"[-−–]?\d[\d,  ]*(?:\.\d+)?|[-−–]?\.\d+")
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "percent": 0, "万": 4, "亿": 8}
_WORDS = re.findall(
    "[a-z]+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty",
)
_SPELLED = re.compile(rf"\b({'|'.join(_WORDS)})\b(?!-)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers that agree with what was printed: from `low` to `high`, the ends included unless `open`."""

    low: float
    high: float
    open: bool = False

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int | float) or not math.isfinite(number):
            return False
        if self.open:
            return self.low < number < self.high
        # One step of the last bit outwards: 48.35 as a double may lie on either side of itself.
        return math.nextafter(self.low, -math.inf) <= number <= math.nextafter(self.high, math.inf)


def span(relation: str, value: float, precision: float, value_to: float = math.nan) -> Span:
    """Numbers that a source would have printed like this.

    Parameters
    ----------
    relation : {"equals", "above", "below", "between"}
        ``equals``: rounding gives the printed number, whichever way halves go. ``above`` ("more than"), ``below``
        ("fewer than"): strictly. ``between``: rounding gives a number from the one to the other.
    value, value_to : float
        The printed number; the upper end for ``between``.
    precision : float
        Unit of the last digit that the source means.

    Returns
    -------
    Span

    Examples
    --------
    >>> 48.42 in span("equals", 48.4, 0.1), 48.46 in span("equals", 48.4, 0.1), 6000 in span("above", 6000, 1)
    (True, False, False)
    """
    if relation == "above":
        return Span(value, math.inf, open=True)
    if relation == "below":
        return Span(-math.inf, value, open=True)
    last = value_to if relation == "between" else value
    half = Decimal(repr(precision)) / 2
    return Span(float(Decimal(repr(value)) - half), float(Decimal(repr(last)) + half))


def places(printed: str, number: float) -> tuple[float, float] | None:
    """Units of the last digit printed and of the last one that is not 0, of a number within a text.

    None if the text does not contain the number. Whole numbers up to twenty may be spelled out.

    Examples
    --------
    >>> places("more than 37,000", 37000), places("48.4 percent", 48.4), places("3.55 million", 3550000)
    ((1.0, 1000.0), (0.1, 0.1), (10000.0, 10000.0))
    >>> places("nine of the nineteen", 9), places("60多万", 600000)
    ((1.0, 1.0), (10000.0, 100000.0))
    """
    printed = _SPELLED.sub(lambda word: str(_WORDS.index(word.group(1).lower())), printed)
    for match in _NUMBER.finditer(printed):
        text = re.sub(r"[,  ]", "", match.group()).replace("−", "-").lstrip("–")
        word = re.match(r"\s*[余多]?([a-z]+|[万亿])", printed[match.end() :])
        power = _SCALES.get(word.group(1), 0) if word else 0
        decimal = Decimal(text).scaleb(power)
        # A hyphen before a number may be a dash of a range: accept either sign.
        if float(decimal) != number and float(-decimal) != number:
            continue
        digits = text.lstrip("-")
        decimals = len(digits.partition(".")[2])
        finest = power - decimals
        stripped = digits.replace(".", "").rstrip("0")
        zeros = len(digits.replace(".", "")) - len(stripped) if stripped else 0
        return float(Decimal(1).scaleb(finest)), float(Decimal(1).scaleb(finest + zeros))
    return None
