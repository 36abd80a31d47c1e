"""Where expressions stand in one text, found once for each stretch of it and then looked up.

A rule asks for the last verb before a place, or the next length after it, at every trigger. Searched anew each time, a
text of many triggers would cost the square of its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Stretch = tuple[int, int]
_Found = tuple[Sequence[int], Sequence[int], Sequence[re.Match[str]]]
_NOTHING: _Found = ((), (), ())


class Marks:
    """Matches of expressions in a text.

    Parameters
    ----------
    text : str

    Notes
    -----
    Within a stretch, matches are those of ``finditer``: in order, and none overlaps another. The expressions are
    constants of modules, so that their identity can stand for them.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[tuple[int, int, int], _Found] = {}

    def within(
        self, regex: re.Pattern[str], stretch: Stretch, start: int | None = None, end: int | None = None
    ) -> Sequence[re.Match[str]]:
        """Matches in a stretch that begin at `start` or later and end at `end` or before."""
        matches, first, last = self._range(regex, stretch, start, end)
        return matches[first:last]

    def first(self, regex: re.Pattern[str], stretch: Stretch, start: int, end: int | None = None) -> re.Match | None:
        """The first match that begins at `start` or later, if it ends at `end` or before."""
        matches, first, last = self._range(regex, stretch, start, end)
        return matches[first] if first < last else None

    def last(self, regex: re.Pattern[str], stretch: Stretch, end: int, start: int | None = None) -> re.Match | None:
        """The last match that ends at `end` or before, if it begins at `start` or later."""
        matches, first, last = self._range(regex, stretch, start, end)
        return matches[last - 1] if first < last else None

    def seen(self, regex: re.Pattern[str], stretch: Stretch, start: int | None = None, end: int | None = None) -> bool:
        """Whether there is a match between two places of a stretch."""
        _, first, last = self._range(regex, stretch, start, end)
        return first < last

    def _range(
        self, regex: re.Pattern[str], stretch: Stretch, start: int | None, end: int | None
    ) -> tuple[Sequence[re.Match[str]], int, int]:
        """The matches in a stretch, and from which to which of them lie between two places."""
        starts, ends, matches = self._matches(regex, stretch)
        first = 0 if start is None else bisect_left(starts, start)
        return matches, first, len(ends) if end is None else bisect_right(ends, end)

    def _matches(self, regex: re.Pattern[str], stretch: Stretch) -> _Found:
        key = (id(regex), *stretch)
        found = self._found.get(key)
        if found is None:
            matches = list(regex.finditer(self.text, *stretch))
            found = ([m.start() for m in matches], [m.end() for m in matches], matches) if matches else _NOTHING
            self._found[key] = found
        return found
