"""Words that stand for the year, month or day of an earlier date (同年, 同日, 次年) -> the date written out.

They mean the date told last before them, or the year, month or day after it. It is written out only where that date is
plain: on the same line and near, no end of a term and no birth, nothing between them that looks like a date and is
none, and not after the date that would result. Otherwise the words stay, and no date is read from them.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import NamedTuple

from clemency.sources.rulings.prose.characters import Plain
from clemency.sources.rulings.prose.rulingdates import DATE, DAY_WORDS, MONTH_WORDS, iso

#: Words for a day by another one; those not written out date nothing.
RELATIVE = r"(?:同年(?!龄)|同月(?!份)|(?<![共不相])同日(?![常用后前])|次年|翌年|次月|次日|翌日|当日(?!常)|当年)"
_WORDS = re.compile(
    rf"[同次翌](?:年(?P<month>{MONTH_WORDS})月(?:(?P<day>{DAY_WORDS})日(?!日)|(?![\d一二三四五六七八九十廿卅]))|"
    rf"月(?P<only>{DAY_WORDS})日(?!日)|(?P<that>日)(?:(?<![共不相]同日)(?<=同日)|(?<=[，。；、于].日))"
    r"(?=[，、由被经以向对移]|作出|做出|交付|送|投|入|立案|提|裁定|判决|宣))"
)
_LIKE = re.compile(r"[\d〇零一二三四五六七八九]年[\d〇零一二三四五六七八九十元]{1,3}月")
_DATE = re.compile(DATE)
_BORN = re.compile(r"(?:出生|生(?![产活效]))")
_TERM = re.compile(r"(?:自|从|至|止于)$")
_UNCLEAR = re.compile(r"(?:到|为|是)$")
_NEAR = 300  # characters


class _Told(NamedTuple):
    start: int
    end: int
    words: str


def resolved(plain: Plain) -> Plain:
    """Write out the words of a text that stand for an earlier date.

    Parameters
    ----------
    plain : Plain

    Returns
    -------
    Plain
        The same where there are none. Places in the source, line breaks and marks are kept.

    Examples
    --------
    >>> from clemency.sources.rulings.prose.characters import plain
    >>> read = resolved(plain("于2012年3月4日判处有期徒刑十年，同年6月7日交付执行，同日入监。"))
    >>> read.text
    '于2012年3月4日判处有期徒刑十年，2012年6月7日交付执行，2012年6月7日入监。'
    >>> resolved(plain("于2012年3月4日判处有期徒刑十年，次年6月7日交付执行，次日入监。")).text
    '于2012年3月4日判处有期徒刑十年，2013年6月7日交付执行，2013年6月8日入监。'
    >>> resolved(plain("刑期自2012年3月4日起至2022年3月3日止，同年6月7日交付执行。")).untied
    ('同年6月7日',)
    """
    if _WORDS.search(plain.text) is None:
        return plain
    written: list[tuple[int, int, str]] = []
    untied: list[str] = []
    told = [_Told(m.start(), m.end(), m.group()) for m in _DATE.finditer(plain.text)]
    for found in _WORDS.finditer(plain.text):
        date = _written(plain, found, told)
        if date is None:
            untied.append(found.group())
            continue
        written.append((found.start(), found.end(), date))
        told.insert(bisect_left(told, (found.start(),)), _Told(found.start(), found.end(), date))
    return _with(plain, written, tuple(dict.fromkeys(untied)))


def _written(plain: Plain, found: re.Match[str], told: list[_Told]) -> str | None:
    """The date for which the words stand, or None where that is not clear."""
    at = found.start()
    before = _before(plain, at, told)
    if before is None or plain.text[max(0, at - 1) : at] in ("至", "到"):  # the end of a time, by its beginning
        return None
    date = (_same if found[0][0] == "同" else _next)(found, before.words)
    value, earlier = (None if date is None else iso(date)), iso(before.words)
    if value is None or earlier is None:
        return None
    n = min(len(value), len(earlier))
    return date if value[:n] >= earlier[:n] else None


def _same(found: re.Match[str], before: str) -> str | None:
    """The date in the same year or month, or on the same day, as another."""
    year, month, day = _parts(before)
    if found["that"]:
        return before if day else None
    if found["only"]:
        return f"{year}年{month}月{found['only']}日" if month else None
    return f"{year}年{found['month']}月" + (f"{found['day']}日" if found["day"] else "")


def _next(found: re.Match[str], before: str) -> str | None:
    """The date in the year or month after another, or on the day after it."""
    told = iso(before) or ""
    if found["that"]:
        day = dt.date.fromisoformat(told) + dt.timedelta(1) if len(told) == 10 else None
        return f"{day.year}年{day.month}月{day.day}日" if day else None
    year, month = told[:4], told[5:7]
    if found["only"]:
        years, rest = divmod(int(month), 12) if month else (0, 0)
        return f"{int(year) + years}年{rest + 1}月{found['only']}日" if month else None
    day_told = f"{found['day']}日" if found["day"] else ""
    return f"{int(year) + 1}年{found['month']}月{day_told}" if year else None


def _before(plain: Plain, at: int, told: list[_Told]) -> _Told | None:
    """The date told last before a place, where it is one to which the words can point."""
    text = plain.text
    line = plain.breaks[max(0, bisect_right(plain.breaks, at) - 1)] if plain.breaks else 0
    start = max(line, at - _NEAR)
    for date in reversed(told[: bisect_left(told, (at,))]):
        if date.start < start or _unread(text, date.end, at, told):
            return None
        lead = text[max(0, date.start - 2) : date.start]
        if text[date.end : date.end + 1] in ("起", "止") or _TERM.search(lead):
            continue  # the first or last day of a term
        return None if _BORN.match(text, date.end) or lead == "生于" or _UNCLEAR.search(lead) else date
    return None


def _unread(text: str, start: int, end: int, told: list[_Told]) -> bool:
    """Whether something between two places looks like a date and is none that was read."""
    return any(not any(d.start <= m.start() < d.end for d in told) for m in _LIKE.finditer(text, start, end))


def _parts(words: str) -> tuple[str, str, str]:
    year, _, rest = words.partition("年")
    month, _, rest = rest.partition("月")
    return year, month, rest.removesuffix("日")


def _with(plain: Plain, written: list[tuple[int, int, str]], untied: tuple[str, ...]) -> Plain:
    """The text with dates in place of the words, and every place moved along."""
    if not written:
        return replace(plain, untied=untied) if untied else plain
    pieces: list[str] = []
    implied: list[tuple[int, int]] = []
    ends, moves = [0], [0]
    for start, end, date in written:
        pieces += [plain.text[ends[-1] : start], date]
        here = start + moves[-1]
        implied.append((here, here + len(date)))
        moves.append(moves[-1] + len(date) - (end - start))
        ends.append(end)

    def moved(at: int) -> int:
        return at + moves[bisect_right(ends, at) - 1]

    runs = {moved(at): there for at, there in plain.runs if not any(s < at < e for s, e, _ in written)}
    runs |= {moved(at): plain.place(at, at + 1)[0] for s, e, _ in written for at in (s, e) if at < len(plain.text)}
    return replace(
        plain,
        text="".join([*pieces, plain.text[ends[-1] :]]),
        breaks=tuple(moved(at) for at in plain.breaks),
        runs=tuple(sorted(runs.items())),
        anchors={name: moved(at) for name, at in plain.anchors.items()},
        implied=tuple(implied),
        untied=untied,
    )
