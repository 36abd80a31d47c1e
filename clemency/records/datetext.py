"""A value that should be a date -> its text in EDTF, or why it is not a date and what to write instead.

What Python, NumPy, pandas and Arrow call a date or a period is certain: it has one text. With a time zone it is the
day on that wall clock. Numbers are never dates, and text is not guessed at: its likely meaning goes into the remedy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

FIRST_YEAR, LAST_YEAR = 1678, 2261
ALLOWED = "Write 1989, 1998-08, 2017-05-27 or an interval 1994-02/1994-03; leave unknown dates empty."

_QUARTER = re.compile(r"([0-9]{4})-?Q([1-4])", re.IGNORECASE)
_LONGEST = 40  # characters; nothing longer is looked at for what it may mean
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?",
    re.IGNORECASE,
)
#: Words that may stand in a date beside the name of its month.
_BESIDE = frozenset(
    ["st", "nd", "rd", "th", "of", "the", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "t", "z", "utc", "gmt"]
)
_TRIPLE = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})(?=$|[T ][0-9]{1,2}:)")
#: What people write into a cell that they leave empty.
UNKNOWN = ("nan", "nat", "none", "null", "<na>", "na", "n/a", "unknown", "?", "-", "--", "不详", "未知")


def as_text(value: Any) -> str:
    """Text in EDTF of one value that is not missing.

    Parameters
    ----------
    value : str, date, datetime, Timestamp, Period, datetime64, or an Arrow scalar of one of these

    Returns
    -------
    str
        Text as it is; otherwise the day, the month or year that a Period or datetime64 of that length means, or the
        interval of any other Period.

    Raises
    ------
    ValueError
        For anything else, saying what it is.

    Examples
    --------
    >>> as_text(pd.Timestamp("2014-05-20 00:30", tz="Asia/Shanghai")), as_text(pd.Period("2017Q2"))
    ('2014-05-20', '2017-04/2017-06')
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, pd.Period):
        return _of_period(value)
    if isinstance(value, np.datetime64):
        unit = np.datetime_data(value.dtype)[0]
        if unit == "W":
            raise ValueError("a week, not a date")
        return str(value if unit in ("Y", "M") else value.astype("datetime64[D]"))
    if isinstance(value, date):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    if hasattr(value, "as_py"):
        return as_text(value.as_py())
    raise ValueError(_kind(value))


def _kind(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true or false, not a date"
    if isinstance(value, (int, float, np.number)):
        return "a number, not a date"
    return f"{type(value).__name__}, not a date"


def _of_period(period: pd.Period) -> str:
    first, last = (np.datetime64(int(period.asfreq("D", how=h).ordinal), "D") for h in ("S", "E"))
    text = f"{first}/{last}"
    if first == last:
        return str(first)
    month, year = str(first.astype("datetime64[M]")), str(first.astype("datetime64[Y]"))
    if text == f"{year}-01-01/{year}-12-31":
        return year
    if first != first.astype("datetime64[M]") or (last + 1) != (last + 1).astype("datetime64[M]"):
        return text
    end = str(last.astype("datetime64[M]"))
    return month if month == end else f"{month}/{end}"


def of_quarter(text: str) -> str | None:
    """Interval of the three months that a text such as ``2017Q2`` names; None where it names none."""
    match = _QUARTER.fullmatch(text)
    if match is None:
        return None
    year, number = match[1], int(match[2])
    return f"{year}-{3 * number - 2:02d}/{year}-{3 * number:02d}"


def remedy(value: Any, readable: Callable[[str], Any], otherwise: str = ALLOWED) -> str:
    """What to write instead of a value that is no date, as a sentence.

    Parameters
    ----------
    value : object
    readable : callable
        Raises ValueError for a text that is no date, so that nothing is proposed that would be refused too.
    otherwise : str
        The sentence where the value has no likely meaning.
    """
    if isinstance(value, str) and value.strip().casefold() in UNKNOWN:
        return "Leave it empty if the date is not known."
    found = []
    for text in dict.fromkeys(likely(value)):
        try:
            readable(text)
        except ValueError:
            continue
        found.append(text)
    if not found:
        return otherwise
    quoted = [f"'{t}'" if not isinstance(value, str) else t for t in found]
    which = ", whichever is meant" if len(found) > 1 else ""
    return f"Write {' or '.join(quoted)}{' as text' if not isinstance(value, str) else ''}{which}."


def likely(value: Any) -> Iterator[str]:
    """Texts in EDTF that somebody may have meant, not all of them dates that exist.

    Examples
    --------
    >>> [t for t in likely("03/04/2015")][1:], [t for t in likely("3 Oct 2014")][-1]
    (['03/04/2015', '2015-04-03', '2015-03-04'], '2014-10-03')
    """
    if isinstance(value, (bool, np.bool_)):
        return
    if isinstance(value, (int, float, np.integer, np.floating)):
        number = float(value)
        value = f"{number:.0f}" if abs(number) < 1e9 and number == int(number) else ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return
    text = ascii_digits(unicodedata.normalize("NFKC", value)).translate(_DASHES).strip()
    yield text
    yield text.removesuffix(".0")
    if quarter := of_quarter(text):
        yield quarter
    yield from _numeric(text)
    yield from _named(text)


def _numeric(text: str) -> Iterator[str]:
    if match := re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text):
        yield "-".join(match.groups())
    # A time of day may follow: the day is what counts.
    if match := re.match(r"([0-9]{4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})(?=$|[T ][0-9]{1,2}:)", text):
        yield _dated(*match.groups())
    if match := re.fullmatch(r"([0-9]{4})[-/. ]([0-9]{1,2})", text):
        yield _dated(*match.groups())
    if match := re.fullmatch(r"([0-9]{4}) ?年(?: ?([0-9]{1,2}) ?月(?: ?([0-9]{1,2}) ?[日号])?)?", text):
        yield _dated(*match.groups())
    yield from day_or_month_first(text)
    if match := re.fullmatch(r"([0-9]{1,2})[-/. ]([0-9]{4})", text):
        yield _dated(match[2], match[1])


def day_or_month_first(text: str) -> tuple[str, ...]:
    """A day, a month and a year in figures, read with the day first and with the month first; empty if it is none.

    Examples
    --------
    >>> day_or_month_first("03/04/2015"), day_or_month_first("2015-04-03")
    (('2015-04-03', '2015-03-04'), ())
    """
    match = _TRIPLE.match(text)
    if match is None:
        return ()
    one, two, year = match.groups()
    return _dated(year, two, one), _dated(year, one, two)


def _named(text: str) -> Iterator[str]:
    """Dates with the English name of a month."""
    words = re.findall(r"[0-9]+|[A-Za-z]+", text)
    names = [w for w in words if _MONTH.fullmatch(w)]
    years = [w for w in words if re.fullmatch(r"[0-9]{4}", w)]
    days = [w for w in words if re.fullmatch(r"[0-9]{1,2}", w)]
    others = [w for w in words if w not in (*names, *years, *days) and w.casefold() not in _BESIDE]
    if len(names) == len(years) == 1 and len(days) <= 1 and not others:
        yield _dated(years[0], str(_MONTHS.index(names[0][:3].casefold()) + 1), *days)


def _dated(year: str, month: str | None = None, day: str | None = None) -> str:
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


def ascii_digits(text: str) -> str:
    """The same text with digits of any script as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)
