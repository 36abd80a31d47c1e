"""Numbers, dates and lengths -> the ways in which courts write them."""

from __future__ import annotations

import datetime as dt
import random

_DIGITS = "〇一二三四五六七八九"


def chinese(n: int) -> str:
    """A number below 10,000 in Chinese numerals.

    Examples
    --------
    >>> chinese(8), chinese(12), chinese(20), chinese(105), chinese(3500)
    ('八', '十二', '二十', '一百零五', '三千五百')
    """
    if n < 10:
        return _DIGITS[n] if n else "零"
    if n < 20:
        return "十" + (_DIGITS[n - 10] if n > 10 else "")
    said, zero = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        d, n = divmod(n, unit)
        if d:
            said += ("零" if zero else "") + _DIGITS[d] + sign
            zero = False
        elif said and n:
            zero = True
    return said


class Hand:
    """How one document is written: the same habits throughout, with a slip here and there."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.arabic = rng.random() < 0.35
        self.zero = rng.choice("〇〇〇○ΟO零")
        self.wide = rng.random() < 0.05
        self.brackets = rng.choice(("（）", "（）", "（）", "()", "〔〕", "[]"))
        self.lines = rng.random() < 0.75
        self.spaced = rng.random() < 0.3

    def number(self, n: int) -> str:
        """A small number."""
        if self.arabic if self.rng.random() < 0.9 else not self.arabic:
            return self._digits(n)
        return chinese(n)

    def _digits(self, n: int) -> str:
        said = str(n)
        return "".join(chr(ord(c) + 0xFEE0) for c in said) if self.wide else said

    def length(self, months: int, days: int = 0) -> str:
        """A length of time."""
        years, months = divmod(months, 12)
        said = f"{self.number(years)}年" if years else ""
        if months:
            said += self.rng.choice(("", "", "", "零")) if years else ""
            said += f"{self.number(months)}个月"
        if days:
            said += f"{self.number(days)}{self.rng.choice('天日')}"
        return said

    def day(self, day: dt.date, formal: bool = False) -> str:
        """A date in Arabic digits, or below a ruling in Chinese ones."""
        if not formal:
            return f"{self._digits(day.year)}年{self._digits(day.month)}月{self._digits(day.day)}日"
        year = "".join(self.zero if c == "0" else _DIGITS[int(c)] for c in str(day.year))
        return f"{year}年{chinese(day.month)}月{chinese(day.day)}日"

    def money(self, yuan: int) -> str:
        """An amount."""
        unit = self.rng.random()
        if yuan % 10_000 == 0 and unit < 0.6:
            n = yuan // 10_000
            return f"{self._digits(n)}万元" if self.arabic else f"{chinese(n)}万元"
        if yuan % 1_000 == 0 and yuan < 10_000 and unit < 0.8:
            return f"{chinese(yuan // 1_000)}千元"
        return f"{yuan:,}元" if unit > 0.9 else f"{self._digits(yuan)}元"

    def bracketed(self, said: str) -> str:
        """In this hand's brackets."""
        return f"{self.brackets[0]}{said}{self.brackets[1]}"

    def title(self, said: str) -> str:
        """A title, spaced or not."""
        return " ".join(said) if self.spaced else said
