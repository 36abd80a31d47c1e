"""A length of time in a ruling -> whole months and the days beside them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from clemency.sources.rulings.prose.numerals import NUMERAL, whole

_NOT_AFTER = r"(?![一二三四五六七八九十两廿卅百零〇\d年月天日个])"
LENGTH = (
    rf"(?:{NUMERAL}年(?:[零又另加]?{NUMERAL}个?月)?(?:[零又]?{NUMERAL}[天日])?|{NUMERAL}个?月(?:[零又]?{NUMERAL}[天日])?)"
    rf"{_NOT_AFTER}"
)
_PARTS = re.compile(
    r"(?:(?P<y>[^年个月天日]+)年)?[零又另加]?(?:(?P<m>[^年个月天日零又另加][^年个月天日]*)个?月)?"
    r"[零又]?(?:(?P<d>[^年个月天日零又][^年个月天日]*)[天日])?"
)


class Length(NamedTuple):
    """A length of time: whole months, and days that make no month."""

    months: int
    days: int


@lru_cache(maxsize=65_536)
def length(said: str) -> Length | None:
    """Length that a text gives, or None if it is not well formed.

    Examples
    --------
    >>> length("十二年六个月"), length("七个月十五天"), length("1年零2个月"), length("一年二月")
    (Length(months=150, days=0), Length(months=7, days=15), Length(months=14, days=0), Length(months=14, days=0))
    >>> length("一二年"), length("一年十三个月")
    (None, None)
    """
    found = _PARTS.fullmatch(said)
    if found is None:
        return None
    numbers = [whole(part) if part else 0 for part in (found["y"], found["m"], found["d"])]
    years, months, days = numbers
    if years is None or months is None or days is None:
        return None
    if found["y"] and (months > 11 or not 0 < years <= 99):
        return None
    if days > 31 or months > 300 or not (years or months or days):
        return None
    if (found["m"] and not months) or (found["d"] and not days):
        return None
    return Length(12 * years + months, days)
