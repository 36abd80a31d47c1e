"""A sentence, or a length of time, as people write it -> kind and months."""

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple

from clemency.records.schema import SENTENCE_TYPES
from clemency.records.terms import DAYS_PER_MONTH
from clemency.records.values.numbers import months_in
from clemency.records.values.words import meant
from clemency.sources.narrative.prose import durations
from clemency.sources.rulings.prose.characters import plain
from clemency.sources.rulings.prose.lengths import length
from clemency.sources.rulings.prose.numerals import whole
from clemency.sources.spreadsheets.cells.readings import IN_PART, Cell, Reader, unread, unsure

MONTHS_OF = {"years": 12.0, "months": 1.0, "days": 1 / DAYS_PER_MONTH}
_FIRST_YEAR = 1000
LONGEST = 900.0  # months, as in the table of cases

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DURATION = re.compile(durations.DURATION, re.IGNORECASE)
_RIGHTS = re.compile(
    r"[,，、;；+并和及]*\s*(?:and|with|plus|&)?\s*(?:[0-9.]+ ?(?:y|yrs?|years?)\.?'? ?(?:of )?)?"
    r"(?:剥夺政治权利|剥权|dpr\b|depriv\w* of political rights?)[^,，;；]*$",
    re.IGNORECASE,
)
_FINE = re.compile(
    r"[,，、;；+并和及]*\s*(?:and|with|plus)?\s*(?:a )?(?:处?罚金|没收|fine\b|confiscation)[^;；]*$", re.I
)
_REPRIEVED = re.compile(r"死缓|死刑.*缓|\bdswr\b|death.*(?:repriev|suspen)|(?:repriev|suspen).*death", re.I)
_LIFE = re.compile(
    r"(?:判处)?(?:无期(?:徒刑)?|终身监禁)|life(?:time|long)?(?: in (?:prison|jail)| imprisonment| sentence| term)?",
    re.I,
)
_RTL = re.compile(r"劳动?教养?|\brtl\b|re-?education(?:[- ]through)?(?: |-)?labou?r?|re-?education", re.I)
_SUSPENDED = re.compile(
    r"[,，(（]?\s*(?:(?:but |was )?suspended|susp\b\.?|with probation|probation|缓刑|缓)\s*(?:for |of |期)?", re.I
)
_SAID = re.compile(
    r"有期徒刑|徒刑|判处|判刑|判|监禁|fixed[- ]term|imprisonment|prison sentence|in (?:prison|jail)|prison|jail|"
    r"sentenced(?: to)?|"
    r"sentence|term(?: of)?|(?:a|an)\b(?= \d)",
    re.I,
)
_REDUCED = re.compile(
    r"^(?:(?:sentence|term)\s+)?(?:reduced|cut|reduction|减刑|减去|减)\s*(?:of|by|有期徒刑|刑期)?\s*[:：-]?\s*", re.I
)


class Sentence(NamedTuple):
    """Kind of a sentence, its months (None where it has none or they are not told)."""

    kind: str
    months: float | None


def sentence_reader(unit: str) -> Reader:
    """Reader of sentences in a column whose bare numbers are of a unit; empty if it is not known."""
    return partial(read_sentence, unit=unit)


def length_reader(unit: str) -> Reader:
    """Reader of lengths in a column whose bare numbers are of a unit."""
    return partial(read_length, unit=unit)


def is_bare(text: str) -> bool:
    """Whether a length is a number without a unit, and no year."""
    return _NUMBER.fullmatch(text) is not None and float(text) < _FIRST_YEAR


def months_of(text: str) -> float | None:
    """Months that a text names and nothing else, in figures or words of either language.

    Examples
    --------
    >>> [months_of(t) for t in ("6y3m", "六年三个月", "six years", "18-month", "6 to 8 years")]
    [75.0, 75.0, 72.0, 18.0, None]
    """
    said = text.casefold().strip(" .,:;-'’")
    if (found := months_in(said)) is not None:
        return found
    if (chinese := length(plain(said).text)) is not None:
        return round(chinese.months + chinese.days / DAYS_PER_MONTH, 2)
    return durations.months(said) if _DURATION.fullmatch(said) else None


def read_length(text: str, unit: str = "") -> Cell:
    """Read a length of time as months.

    Examples
    --------
    >>> read_length("减刑八个月").value, read_length("8", "months").value, read_length("1.5", "years").value
    (8.0, 8.0, 18.0)
    >>> read_length("8").alternatives
    ('8 months', '8 years')
    """
    said = _REDUCED.sub("", text) or text
    if is_bare(said):
        return _bare(said, unit)
    months = months_of(said)
    if months is None:
        return unread("not a length of time", "Write 8 months, 1 year 6 months or 一年六个月.")
    return _within(months)


def read_sentence(text: str, unit: str = "") -> Cell:
    """Read a sentence.

    Examples
    --------
    >>> [tuple(read_sentence(t).value) for t in ("6y3m", "life", "死缓", "判三缓五", "3 years suspended for 5")]
    [('fixed', 75.0), ('life', None), ('death_reprieve', None), ('suspended', 36.0), ('suspended', 36.0)]
    >>> read_sentence("15 years, 4 years deprivation of political rights").state
    'in_part'
    """
    lost = [pattern for pattern in (_FINE, _RIGHTS) if pattern.search(text)]
    said = text
    for pattern in lost:
        said = pattern.sub("", said).strip(" ,，;；")
    cell = _kind_and_length(said, unit) if said else unread("no sentence of imprisonment", "Correct the cell.")
    if lost and cell.value is not None and cell.state == "read":
        rest = text.replace(said, "").strip(" ,，;；")
        return Cell(cell.value, IN_PART, f"'{rest}' has no column", "Keep it in a column of notes.")
    return cell


def _kind_and_length(text: str, unit: str) -> Cell:
    if is_bare(text):
        return _as_sentence(_bare(text, unit), "fixed")
    if _REPRIEVED.search(text):
        return Cell(Sentence("death_reprieve", None))
    if _LIFE.fullmatch(text):
        return Cell(Sentence("life", None))
    certain, near = meant(text, "sentence_type", SENTENCE_TYPES)
    if certain:
        return Cell(Sentence(certain, None))
    if _RTL.search(text):
        return _rest(_RTL.sub(" ", text), "rtl", unit)
    if _SUSPENDED.search(text):
        return _suspended(text)
    bare = _SAID.sub(" ", text).strip()
    if not bare:
        return Cell(Sentence("fixed", None))
    cell = _as_sentence(_bare(bare, unit) if is_bare(bare) else _length_only(bare), "fixed")
    return cell._replace(alternatives=tuple(near)) if cell.value is None and near else cell


def _suspended(text: str) -> Cell:
    first, *rest = _SUSPENDED.split(text, maxsplit=1)
    first = _SAID.sub(" ", first).strip(" ,，(（")
    if not first:  # "suspended 3 years": which of the two lengths it is is not told
        return unread(
            "a suspended sentence whose length may be that of the probation", "Write 3 years suspended for 5."
        )
    if (short := whole(first)) and rest and not first.isascii():  # 判三缓五
        return Cell(Sentence("suspended", 12.0 * short))
    return _as_sentence(_length_only(first), "suspended")


def _rest(text: str, kind: str, unit: str) -> Cell:
    said = re.sub(r"^\W+|\W+$", "", _SAID.sub(" ", text))
    said = re.sub(r"^(?:of|for|to)\b\s*|\s*\b(?:of|for|to)$", "", said).strip()
    if not said:
        return Cell(Sentence(kind, None))
    return _as_sentence(_bare(said, unit) if is_bare(said) else _length_only(said), kind)


def _length_only(text: str) -> Cell:
    months = months_of(text)
    if months is None:
        return unread("not a sentence", "Write 6 years 3 months, 六年三个月, life, 死缓 or suspended.")
    return _within(months)


def _as_sentence(cell: Cell, kind: str) -> Cell:
    return cell if cell.value is None else cell._replace(value=Sentence(kind, cell.value))


def _bare(text: str, unit: str) -> Cell:
    if unit in MONTHS_OF:
        return _within(round(float(text) * MONTHS_OF[unit], 2))
    return unread(
        "a number without its unit",
        "Name the unit of the column, or write 8 months.",
        f"{text} months",
        f"{text} years",
    )


def _within(months: float) -> Cell:
    if not 0 < months <= LONGEST:
        return unread(f"{months:g} months are no term", "Correct the value or leave it empty.")
    return Cell(months)


def is_length(text: str) -> bool:
    """Whether a text tells a sentence or a length with its unit."""
    return not is_bare(text) and read_sentence(text).value is not None


def doubtful_unit(text: str, unit: str) -> Cell:
    """A bare number of a column whose unit only its values tell."""
    cell = _bare(text, unit)
    other = "months" if unit == "years" else "years"
    if cell.value is None:
        return cell
    return unsure(
        cell.value,
        f"a number without its unit, taken for {unit}",
        f"{text} {other}",
        remedy=f"Say {unit} or {other} in the header, or as unit in columns=.",
    )
