"""Dates written in English prose -> partial dates, the year taken from the context where it is left out."""

from __future__ import annotations

import calendar
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_NAMES = [calendar.month_name[i] for i in range(1, 13)]
_MONTHS = {name[:3].lower(): i for i, name in enumerate(_NAMES, 1)}
MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|(?:Jan|Feb|Mar|Apr|"
    r"Aug|Sept?|Oct|Nov|Dec)[.\u2024])"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"\b(?P<m1>{MONTH})(?: (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:-\d{{1,2}}|"
    rf" or \d{{1,2}})?\b(?!,? ?000))?(?:,? (?:of )?(?P<y1>{_YEAR})\b)?"
    rf"|\b(?P<d2>\d{{1,2}}) (?P<m2>{MONTH})(?:,? (?P<y2>{_YEAR}))?"
    rf"|(?<![-/\d.])\b(?P<y3>{_YEAR})\b(?![-/]\d|'s|s\b)(?P<or> or (?:early |late |mid-)?(?P<y4>{_YEAR}))?"
)
_SHORT = re.compile(r"\b(\d{1,2}) ?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? ?((?:19|20)?\d\d)\b")
_BOUND = re.compile(
    r"\b(?:as of|by|before|prior to|until|since|beginning in|starting in|after|following|from|through|in or before|"
    r"up to|dated|no later than)"
    r"(?: (?:the|early|late|around)| mid-)* ?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One date in a text: positions, parts (None where left out), whether it only bounds, text before."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    bound: bool
    second_year: int | None = None

    def edtf(self, year: int | None) -> str | None:
        """The date in EDTF with `year` where its own is left out; an impossible day gives the month."""
        year = self.year if self.year is not None else year
        if year is None:
            return None
        if self.second_year is not None and self.second_year > year:
            return f"{year:04d}/{self.second_year:04d}"
        if self.month is None:
            return f"{year:04d}"
        if self.day is None or not 1 <= self.day <= calendar.monthrange(year, self.month)[1]:
            return f"{year:04d}-{self.month:02d}"
        return f"{year:04d}-{self.month:02d}-{self.day:02d}"


def find(text: str, start: int = 0, end: int | None = None) -> list[Mention]:
    """Every date in part of a text, in order.

    Examples
    --------
    >>> [m.edtf(2016) for m in find("On 4 May, and in late fall 2011, and February 29, 2010")]
    ['2016-05-04', '2011', '2010-02']
    """
    mentions = []
    for match in _DATE.finditer(text, start, len(text) if end is None else end):
        got = match.groupdict()
        month = got["m1"] or got["m2"]
        day, year = got["d1"] or got["d2"], got["y1"] or got["y2"] or got["y3"]
        if (
            month
            and not (day or year)
            and not re.search(
                r"\b(?:in|since|of|by|late|early|mid-?|around)[ -]$",
                text[max(0, match.start() - 8) : match.start()],
                re.I,
            )
        ):
            continue
        mentions.append(
            Mention(
                match.start(),
                match.end(),
                int(year) if year else None,
                _MONTHS[month[:3].lower()] if month else None,
                int(day) if day else None,
                _BOUND.search(text[max(0, match.start() - 30) : match.start()]) is not None,
                int(got["y4"]) if got["y4"] else None,
            )
        )
    return mentions


def cited(text: str) -> list[tuple[int, int, int]]:
    """Year, month and day of dates such as ``8 Jun 16`` in a citation.

    Examples
    --------
    >>> cited("RFA, 8 Jun 16; 23 May 2018")
    [(2016, 6, 8), (2018, 5, 23)]
    """
    return [(_full(int(y)), _MONTHS[m.lower()], int(d)) for d, m, y in _SHORT.findall(text)]


def iso(day: tuple[int, int, int]) -> str:
    """EDTF of a year, month and day; an impossible day gives the month."""
    year, month, number = day
    if not 1 <= number <= calendar.monthrange(year, month)[1]:
        return f"{year:04d}-{month:02d}"
    return f"{year:04d}-{month:02d}-{number:02d}"


def _full(year: int) -> int:
    if year >= 100:
        return year
    return 2000 + year if year < 60 else 1900 + year


def infer_year(mention: Mention, before: Sequence[Mention], sources: Sequence[tuple[int, int, int]]) -> int | None:
    """Year of a date that leaves it out.

    Parameters
    ----------
    mention : Mention
        A date with a month.
    before : sequence of Mention
        Dates earlier in the text, in order.
    sources : sequence of tuple
        Year, month and day of the sources cited with the sentence, which cannot be before what they report.

    Returns
    -------
    int or None
        The last year in which the date is not after the latest source; without a source the year of the
        last dated mention, or the next one where the month and day would run backwards.
    """
    known = _NOTHING
    for m in before if not sources else ():
        known = known.after(m)
    return _year(mention, known, max(sources, default=None))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the dates up to a place tell: the year, counted on where days run backwards, and the last day."""

    year: int | None = None
    last: tuple[int, int] = (0, 0)
    stated: int | None = None  # the last year that a date gives itself

    def after(self, m: Mention) -> _Known:
        if m.year is not None:
            return _Known(m.year, (m.month or 0, m.day or 0), m.year)
        if m.month is None or self.year is None:
            return self
        here = (m.month, m.day or 0)
        on = here < self.last and m.day and self.last[1]
        return _Known(self.year + 1 if on else self.year, here, self.stated)


_NOTHING = _Known()


def _year(mention: Mention, known: _Known, source: tuple[int, int, int] | None) -> int | None:
    month, day = mention.month or 1, mention.day or 1
    if source is not None:
        year, source_month, source_day = source
        return year if (month, day) <= (source_month, source_day) else year - 1
    if known.year is None:
        return None
    return known.year + 1 if known.last[1] and (month, day) < known.last else known.year


class Dates:
    """The dates of one text, looked up by their places.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text: str) -> None:
        self.mentions = find(text)
        self._starts = [m.start for m in self.mentions]
        self._ends = [m.end for m in self.mentions]
        self._known = [_NOTHING]
        for mention in self.mentions:
            self._known.append(self._known[-1].after(mention))

    def within(self, start: int, end: int) -> list[Mention]:
        """Dates that begin at `start` or later and end at `end` or before, in order."""
        return self.mentions[bisect_left(self._starts, start) : bisect_right(self._ends, end)]

    def first(self, start: int, last_start: int) -> Mention | None:
        """The first date that begins between two places."""
        at = bisect_left(self._starts, start)
        return self.mentions[at] if at < len(self._starts) and self._starts[at] <= last_start else None

    def year(self, mention: Mention, source: tuple[int, int, int] | None) -> int | None:
        """Year of a date that leaves it out, as :func:`infer_year` says, from the latest source or the dates before."""
        return _year(mention, self._known[bisect_right(self._ends, mention.start)], source)

    def year_before(self, mention: Mention) -> int | None:
        """The last year given before a date."""
        return self._known[bisect_right(self._ends, mention.start)].stated
