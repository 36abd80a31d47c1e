"""A date as people write it -> EDTF; whether days or months come first is a matter of the whole column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from clemency.records import dates, datetext
from clemency.records.files.cellformats import shown
from clemency.sources.rulings.prose.characters import plain
from clemency.sources.rulings.prose.rulingdates import iso
from clemency.sources.spreadsheets.cells.readings import IN_PART, Cell, Reader, tidy, unread, unsure

Order = Literal["day", "month", "both", ""]

_REMEDY = "Write 2014, 2014-10 or 2014-10-03."
_ABOUT = re.compile(
    r"^(?:c\.?|ca\.?|circa|about|approx\.?|approximately|around|约|大约|大概)\s*(?=\S)|(?:左右|前后)$", re.I
)
_PART = re.compile(
    r"^(?:early|mid|late|end of|beginning of|spring|summer|autumn|fall|winter)[ -]+(?=.*\d)|"
    r"(?:初|底|末|中旬|上旬|下旬)$",
    re.I,
)
_OPEN = re.compile(r"^(?:before|after|by|since|until|from|not later than)\b|(?:以前|之前|以后|之后|前|后)$", re.I)
_MINGUO = re.compile(r"^(?:中华民国|民国|中華民國|民國|ROC|Minguo)\s*([0-9]{1,3})(?=\D|$)", re.I)
_DECADE = re.compile(r"([0-9]{3})0(?:s|'s|年代)")
_SHORT_YEAR = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{2})")
_MONTH_YEAR = re.compile(r"([A-Za-z]{3,9})[-' ]+'?([0-9]{2})")
_SERIAL = re.compile(r"([2-6][0-9]{4})(?:\.0+)?")
_LUNAR = re.compile(r"农历|阴历|農曆|lunar|正月|腊月|廿", re.I)
_BRACKET = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]$")


def order_of(texts: Iterable[str]) -> Order:
    """Which comes first in a column of dates such as 03/04/2015, by those of its values that can mean one day only.

    Examples
    --------
    >>> order_of(["03/04/2015", "25/04/2015"]), order_of(["03/04/2015"]), order_of(["25/04/2015", "04/25/2015"])
    ('day', '', 'both')
    """
    found: set[str] = set()
    for text in texts:
        pair = datetext.day_or_month_first(tidy(text))
        good = [which for which, t in zip(("day", "month"), pair, strict=False) if _exists(t)]
        if len(good) == 1:
            found.add(good[0])
    return "both" if len(found) == 2 else "day" if "day" in found else "month" if found else ""


def ambiguous(text: str) -> bool:
    """Whether a date means one day with the day first and another with the month first."""
    pair = [t for t in datetext.day_or_month_first(tidy(text)) if _exists(t)]
    return len(set(pair)) == 2


def date_reader(order: Order) -> Reader:
    """Reader of the dates of a column in which days or months come first; else what is ambiguous is not read."""
    return lambda text: read_date(text, order)


def read_date(text: str, order: Order = "") -> Cell:
    """Read one date.

    Examples
    --------
    >>> read_date("2014年10月3日").value, read_date("Oct 2014").value, read_date("2010.0").value
    ('2014-10-03', '2014-10', '2010')
    >>> read_date("03/04/2015").alternatives, read_date("03/04/2015", "day").value, read_date("c. 1998").value
    (('2015-04-03', '2015-03-04'), '2015-04-03', '1998~')
    """
    if _exists(text):
        return Cell(text)
    found = _slashed(text, order) or _likely(text) or _chinese(text)
    return found or _marked(text, order) or _bracketed(text, order) or _refused(text)


def _exists(text: str) -> bool:
    try:
        dates.parse(text)
    except ValueError:
        return False
    return True


def _slashed(text: str, order: Order) -> Cell | None:
    pair = datetext.day_or_month_first(text)
    if not pair:
        return None
    good = [t for t in dict.fromkeys(pair) if _exists(t)]
    if not good:
        return unread("there is no such day", _REMEDY)
    if len(good) == 2 and order not in ("day", "month"):
        why = (
            "the column has dates of both orders"
            if order == "both"
            else "no date of the column tells whether days come first"
        )
        return unread(why, "Give day_first= for the column, True or False, or write 2015-04-03.", *good)
    wanted = pair[0] if order == "day" else pair[1] if order == "month" else good[0]
    if wanted in good:
        return Cell(wanted)
    return unsure(good[0], f"the other dates of the column have the {order} first", remedy=_REMEDY)


def _likely(text: str) -> Cell | None:
    good = [t for t in dict.fromkeys(datetext.likely(text)) if _exists(t)]
    if len(good) == 1:
        return Cell(good[0])
    return unread("it can mean several dates", _REMEDY, *good) if good else None


def _chinese(text: str) -> Cell | None:
    if said := iso(plain(text).text.replace("号", "日")):
        return Cell(said)
    found = _MINGUO.match(text)
    if found is None:
        return None
    return read_date(f"{int(found[1]) + 1911}{text[found.end() :]}")


def _marked(text: str, order: Order) -> Cell | None:
    """Dates with a word or a mark beside them."""
    if found := _DECADE.fullmatch(text):
        return Cell(f"{found[1]}X")
    for mark, pattern in (("~", _ABOUT), ("?", re.compile(r"\s*[?？]$"))):
        if pattern.search(text):
            inner = read_date(pattern.sub("", text).strip(), order)
            whole = isinstance(inner.value, str) and "/" not in inner.value and inner.value[-1] not in "~?%"
            return inner._replace(value=f"{inner.value}{mark}") if whole else None
    if found := _PART.search(text):
        inner = read_date(_PART.sub("", text).strip(), order)
        if inner.value is not None:
            return Cell(
                inner.value, IN_PART, f"'{found[0].strip()}' is not read", "Write an interval such as 2014-01/2014-04."
            )
    return None


def _bracketed(text: str, order: Order) -> Cell | None:
    bare = _BRACKET.sub("", text)
    inner = read_date(bare, order) if bare and bare != text else Cell()
    if inner.value is None:
        return None
    return (
        inner
        if inner.state == "uncertain"
        else Cell(inner.value, IN_PART, f"'{text[len(bare) :].strip()}' is not read", "Move it into a column of notes.")
    )


def _refused(text: str) -> Cell:
    if found := _SERIAL.fullmatch(text):
        day = shown(float(found[1]), "day")[0]
        return unsure(day, "a number, taken for the serial number of a day in a spreadsheet", remedy=_REMEDY)
    if _LUNAR.search(text):
        return unread("a day of the lunar calendar", "Write the day of the usual calendar.")
    if _OPEN.search(text):
        return unread(
            "a bound and no date", "Write an interval with an open end, such as 2014-10-03/.. or ../2014-10-03."
        )
    if found := _SHORT_YEAR.fullmatch(text):
        long = [_year(found[4])] if _year(found[4]) else []
        options = [o for y in long for o in datetext.day_or_month_first(f"{found[1]}/{found[3]}/{y}") if _exists(o)]
        return unread("a year of two digits", _REMEDY, *dict.fromkeys(options))
    if found := _MONTH_YEAR.fullmatch(text):
        options = [t for t in datetext.likely(f"{found[1]} {_year(found[2])}") if _exists(t)]
        if options:
            return unread("it may be a year of two digits, or a day without its year", _REMEDY, *options)
    return unread("not a date", _REMEDY)


def _year(two: str) -> str:
    """The year of two digits that a prisoner of these records may have."""
    return f"20{two}" if int(two) < 40 else f"19{two}"
