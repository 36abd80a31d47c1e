"""A text as it was typed -> one spelling of digits, brackets, stops and zeros, no blanks, and the way back to the source.

Every character is replaced by one character or left out, so that a place in the plain text has one in the source. Words
that stand for an earlier date are written out by `relativedates`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_RUN = re.compile(rf"[^\s{_UNSEEN}]+")
_SAME = {
    **{0xFF01 + i: 0x21 + i for i in range(94)},
    **dict.fromkeys(map(ord, "〔〘【〖［﹝["), "（"),
    **dict.fromkeys(map(ord, "〕〙】〗］﹞]"), "）"),
    **dict.fromkeys(map(ord, "○◯ΟО⚪Ｏ"), "〇"),
    **dict.fromkeys(map(ord, "・•‧∙●"), "·"),
    **dict.fromkeys(map(ord, "﹤<＜"), "〈"),
    **dict.fromkeys(map(ord, "﹥>＞"), "〉"),
    ord("個"): "个",
    ord("兩"): "两",
    ord("減"): "减",
    ord("｡"): "。",
    ord("､"): "、",
}
_STOPS = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "!": "！", "?": "？"}
_TABLE = str.maketrans(
    {
        **_SAME,
        **{code: _STOPS[mark] for mark in _STOPS for code in (ord(mark), ord(mark) + 0xFEE0)},
    }
)
_SPELLED = {chr(code): said if isinstance(said, str) else chr(said) for code, said in _TABLE.items()}
_OTHER = re.compile(f"[{re.escape(''.join(c for c, said in _SPELLED.items() if c != said))}]")
_END = 1 << 62  # beyond every text
# What is looked behind for stands after the character that is looked for, which finds it sooner.
_THOUSANDS = re.compile(r"，(?<=\d，)(?=\d{3}(?!\d))")
_ZERO = re.compile(r"[oO0](?<=[一二三四五六七八九〇零oO].)(?=[一二三四五六七八九〇零oO0年])")
_POINT = re.compile(r"\.(?<=\D.)(?=\D|$)")


def _spelled(found: re.Match[str]) -> str:
    return _SPELLED[found.group()]


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in one spelling.

    Attributes
    ----------
    text : str
        Without blanks.
    breaks : tuple of int
        Places in ``text`` where a line of the source begins.
    runs : tuple of (int, int)
        Where each stretch without blanks begins, in ``text`` and in the source.
    source : str
        The text as it was given.
    anchors : dict of str to int
        Places in ``text`` of the marks by which the courts' site tells the parts of a document apart.
    implied : tuple of (int, int)
        Places in ``text`` of dates that were written out for words such as 同年.
    untied : tuple of str
        Such words whose date is not clear.
    """

    text: str
    breaks: tuple[int, ...]
    runs: tuple[tuple[int, int], ...]
    source: str
    anchors: dict[str, int]
    implied: tuple[tuple[int, int], ...] = ()
    untied: tuple[str, ...] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source from which a stretch of the text was made."""
        runs = self.runs
        k = bisect_right(runs, (start, _END)) - 1
        if k >= 0 and not self.implied and start < end and (k + 1 == len(runs) or end <= runs[k + 1][0]):
            move = runs[k][1] - runs[k][0]
            return start + move, end + move  # without a blank in it
        return self._of(start), self._of(end - 1) + 1

    def printed(self, start: int, end: int) -> str:
        """A stretch as it was typed, without blanks."""
        begin, stop = self.place(start, end)
        words = self.source[begin:stop].split()
        return (" " if "".join(words).isascii() else "").join(words)

    def _of(self, at: int) -> int:
        runs = self.runs
        k = max(0, bisect_right(runs, (at, _END)) - 1)
        here, there = runs[k]
        last = runs[k + 1][1] - 1 if k + 1 < len(runs) else len(self.source)
        place, last = there + at - here, max(there, last)
        return place if place < last else last  # more than in the source where a date was written out


def plain(source: str, anchors: dict[str, int] | None = None) -> Plain:
    r"""Normalise a text.

    Parameters
    ----------
    source : str
        As it was typed or taken out of a page.
    anchors : dict of str to int, optional
        Places in the source that are to be kept.

    Returns
    -------
    Plain

    Examples
    --------
    >>> plain("刑 事 裁 定 书\n(２０１５)某刑更１号").text
    '刑事裁定书（2015）某刑更1号'
    >>> plain("二Ο一七年,罚金10,000元").text
    '二〇一七年，罚金10,000元'
    """
    turned = _OTHER.sub(_spelled, source)
    pieces, runs, breaks = [], [], []
    length = after = 0
    for found in _RUN.finditer(turned):
        start = found.start()
        if start == 0 or "\n" in (gap := turned[after:start]) or "\r" in gap:
            breaks.append(length)
        runs.append((length, start))
        pieces.append(found.group())
        length += found.end() - start
        after = found.end()
    text = _THOUSANDS.sub(",", "".join(pieces))
    text = _POINT.sub("。", _ZERO.sub("〇", text))
    result = Plain(text, tuple(breaks), tuple(runs) or ((0, 0),), source, {})
    if not anchors:
        return result
    starts = [there for _, there in result.runs]
    for name, there in anchors.items():
        k = bisect_right(starts, there) - 1
        here, begin = result.runs[max(k, 0)]
        stop = result.runs[k + 1][0] if 0 <= k < len(starts) - 1 else length
        result.anchors[name] = 0 if k < 0 else min(here + there - begin, stop)
    return result
