"""Numerals as courts write them, Arabic or Chinese -> numbers; a numeral that is not well formed is none."""

from __future__ import annotations

import re
from functools import lru_cache

DIGITS = "〇零一二三四五六七八九两"
NUMERAL = r"(?:\d{1,3}|[一二三四五六七八九十两廿卅百零]{1,5})"
MONEY = r"(?:\d[\d,]{0,8}(?:\.\d{1,4})?万(?![\d元千百余])|(?:\d[\d,]{0,14}(?:\.\d{1,4})?[万千百亿]{0,2}|[一二三四五六七八九十两百千万亿零〇]{1,14})(?:余)?元)"
_VALUE = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_ONE = "一二三四五六七八九两"
_SECTION = re.compile(
    rf"(?:(?P<q>[{_ONE}])千(?=$|零|[{_ONE}]百))?"
    rf"(?:零(?!$))?(?:(?P<b>[{_ONE}])百(?=$|零|[{_ONE}]))?"
    rf"(?:(?<=[千百])零(?=[{_ONE}]))?(?:(?P<s>[{_ONE}])?(?P<t>十))?(?P<g>[{_ONE}])?"
)
_ELISION = re.compile(rf"(?P<n>[{_ONE}](?P<u>[百千万]))(?P<g>[{_ONE}])")
_ARABIC = re.compile(r"(\d[\d,]*(?:\.\d+)?)([万千百亿]{0,2})")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_UNIT = {"": 1, "百": 100, "千": 1_000, "万": 10_000, "亿": 10**8, "百万": 10**6, "千万": 10**7, "万亿": 10**12}


@lru_cache(maxsize=65_536)
def whole(said: str) -> int | None:
    """A whole number, or None.

    Examples
    --------
    >>> whole("12"), whole("十二"), whole("二十"), whole("一百零五"), whole("廿七")
    (12, 12, 20, 105, 27)
    >>> whole("一二"), whole("十十"), whole("二百五")
    (None, None, None)
    """
    if said.isascii():
        return int(said) if said.isdigit() else None
    if len(said) == 1 and said in _VALUE:
        return _VALUE[said]
    said = said.replace("廿", "二十").replace("卅", "三十")
    if "万" in said:
        high, _, low = said.partition("万")
        above, below = _section(high), _section(low.removeprefix("零")) if low else 0
        valid = above and below is not None and (not low or low.startswith("零") == (below < 1_000))
        return above * 10_000 + below if valid and above is not None and below is not None else None
    return _section(said)


def _section(said: str) -> int | None:
    found = _SECTION.fullmatch(said) if said else None
    if found is None:
        return None
    q, b, s, t, g = (found[k] for k in "qbstg")
    if not any((q, b, t, g)) or (t and not s and (q or b)):
        return None
    if g and not t and (q or b) and "零" not in said:
        return None
    tens = (_VALUE[s] if s else 1) if t else 0
    return sum(_VALUE[d] * u for d, u in ((q, 1000), (b, 100), (g, 1)) if d) + tens * 10


def year(said: str) -> int | None:
    """A year said digit by digit.

    Examples
    --------
    >>> year("二〇一七"), year("2017"), year("二零零九")
    (2017, 2017, 2009)
    """
    if said.isascii():
        return int(said) if len(said) == 4 and said.isdigit() else None
    if len(said) != 4 or not all(c in _VALUE and c != "两" for c in said):
        return None
    return int("".join(str(_VALUE[c]) for c in said))


def yuan(said: str) -> float | None:
    """An amount of money in yuan.

    Examples
    --------
    >>> yuan("一万元"), yuan("10,000元"), yuan("1千元"), yuan("二十二万元"), yuan("1.5万元"), yuan("三千五百元")
    (10000.0, 10000.0, 1000.0, 220000.0, 15000.0, 3500.0)
    >>> yuan("一二万元"), yuan("三万余元")
    (None, None)
    """
    said = said.removesuffix("元")
    found = _ARABIC.fullmatch(said)
    if found:
        number, unit = found.groups()
        if unit not in _UNIT or not _GROUPED.fullmatch(number):
            return None
        return round(float(number.replace(",", "")) * _UNIT[unit], 2)
    short = _ELISION.fullmatch(said)
    if short and short["u"] != "百":
        return None
    if "亿" in said:
        return None
    value = whole(said)
    return None if value is None else float(value)
