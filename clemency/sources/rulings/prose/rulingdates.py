"""Dates in Arabic or Chinese numerals -> days in ISO 8601, as far as they are told."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from clemency.sources.rulings.prose.numerals import whole, year

_CHINESE = "〇零一二三四五六七八九"
_BEFORE = rf"(?<![\d{_CHINESE}十第].)"
_YEAR = rf"[\d{_CHINESE}]{_BEFORE}(?:(?<=\d)\d{{3}}|(?<=[{_CHINESE}])[{_CHINESE}]{{3}})"
MONTH_WORDS = r"(?:\d{1,2}|十[一二]?|[一二三四五六七八九元])"
DAY_WORDS = r"(?:\d{1,2}|[二三]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|[一二三四五六七八九])"
DAY = rf"(?:{_YEAR}年{MONTH_WORDS}月{DAY_WORDS}日(?!日))"
DATE = rf"(?:{_YEAR}年(?:{MONTH_WORDS}月(?:{DAY_WORDS}日(?!日)|(?!\d|[一二三四五六七八九十廿卅])))?)"
_PARTS = re.compile(r"(.{4})年(?:(.{1,2})月(?:(.{1,3})日)?)?")
FIRST, LAST = 1900, 2100


@lru_cache(maxsize=65_536)
def iso(said: str) -> str | None:
    """Day, month or year of a date in ISO 8601, or None if there is no such day.

    Examples
    --------
    >>> iso("二〇一四年十月三日"), iso("2014年10月3日"), iso("1987年7月"), iso("二零一五年二月三十日")
    ('2014-10-03', '2014-10-03', '1987-07', None)
    """
    found = _PARTS.fullmatch(said)
    y = year(found[1]) if found else None
    if found is None or y is None or not FIRST <= y <= LAST:
        return None
    if found[2] is None:
        return f"{y:04d}"
    month = 1 if found[2] == "元" else whole(found[2])
    if month is None or not 1 <= month <= 12:
        return None
    if found[3] is None:
        return f"{y:04d}-{month:02d}"
    day = whole(found[3])
    try:
        return None if day is None else dt.date(y, month, day).isoformat()
    except ValueError:
        return None
