"""The text of one cell -> its value, or the reason why it cannot be read.

Each reader takes the text without blanks around it, never guesses, and raises `ValueError` with a reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.sources.cecc import fields as codes

EMPTY = frozenset(("", "(na)", "NA", "NaN", "nan", "<NA>"))

# Full-width forms of the ASCII characters: the same characters as Chinese keyboards write them.
_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20, 0xA0: 0x20}
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_DATE = re.compile(
    r"([0-9]{4}|yyyy)(?:([/-])([0-9]{1,2}|mm)(?:\2([0-9]{1,2}|dd))?)?(?:[ T]00:00(?::00(?:\.0+)?)?)?(\?)?", re.I
)
_NUMBER = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,6}))?")
_STATUS = re.compile(r"([A-Z]+)(\?)?(?:[/-](\?|[A-Za-z-]+)(\?)?)?")
_CHARGE = re.compile(r"(CL79|CL97|PSAPL)-art([0-9]{1,3}(?:-[0-9]{1,2})?)(?:\(([0-9]{1,2})\))?")
_LOST = re.compile(r"\?\s*\?|\ufffd")
_LOST_WORD = re.compile(r"\?[?.·•]*\?|\ufffd+")
_BRACKET = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")
_BETWEEN_NAMES = re.compile("[,;，；、]")
_TAG = re.compile(r"<[^<>]*>")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NAME = re.compile(f"{_HAN.pattern}(?:{_HAN.pattern}|[ ·•・‧.*])*")  # dots join the parts of names from other tongues
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class Status:
    """A detention status: code, detail, and whether each is doubtful."""

    base: str
    detail: str
    doubtful: bool
    detail_doubtful: bool


@dataclass(frozen=True, slots=True)
class InPart:
    """What could be read of a cell, and why the rest of it could not."""

    value: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """A field as read: cells (None where empty or unread), where it was empty, and why it could not be read.

    All three are arrays of shape (n,); ``reason`` is empty where the cell is empty or was read as a whole. A cell
    that was read in part has both a value and a reason.
    """

    cells: NDArray[Any]
    empty: NDArray[np.bool_]
    reason: NDArray[Any]

    @property
    def in_part(self) -> NDArray[np.bool_]:
        """Where a cell was read in part, shape (n,)."""
        return (self.reason != "") & np.array([c is not None for c in self.cells], dtype=bool)


def tidied(text: str) -> str:
    """Text without invisible characters, and with single blanks between words only."""
    return " ".join(_INVISIBLE.sub("", text.replace("\xa0", " ").replace("\u3000", " ")).split())


def narrowed(text: str) -> str:
    """The text of a code, with full-width characters as the ASCII characters that they stand for."""
    return tidied(text.translate(_WIDE))


def distinct_texts(texts: Iterable[Any]) -> tuple[NDArray[np.intp], list[Any]]:
    """Position of each text among the distinct ones, and these; pandas would end a text at its first NUL."""
    place: dict[Any, int] = {}
    at = np.fromiter((place.setdefault(t, len(place)) for t in texts), dtype=np.intp)
    return at, list(place)


def read_column(raw: pd.Series, reader: Callable[[str], Any]) -> Column:
    """Read a column of texts; each distinct text is read once.

    Parameters
    ----------
    raw : Series of str, shape (n,)
        Cells as the file gives them.
    reader : callable
        Takes a tidied text; raises `ValueError` with the reason if it cannot be read, and returns an `InPart` if
        only some of it can.

    Returns
    -------
    Column
    """
    at, distinct = distinct_texts(raw)
    values = np.full(len(distinct), None, dtype=object)
    empty = np.zeros(len(distinct), dtype=bool)
    reason = np.full(len(distinct), "", dtype=object)
    for i, cell in enumerate(distinct):
        text = tidied(cell)
        if text in EMPTY:
            empty[i] = True
            continue
        try:
            values[i] = reader(text)
        except ValueError as error:
            reason[i] = str(error)
            continue
        if isinstance(values[i], InPart):
            values[i], reason[i] = values[i].value, values[i].reason
        empty[i] = values[i] is None
    return Column(values[at], empty[at], reason[at])


def read_date(text: str) -> str | None:
    """Year first, then month and day, as EDTF; letters stand for parts that are not known.

    Examples
    --------
    >>> read_date("1998/08/dd"), read_date("1989/mm/dd"), read_date("1998/08/01")
    ('1998-08', '1989', '1998-08-01')
    """
    match = _DATE.fullmatch(narrowed(text))
    if match is None:
        raise ValueError("not a date written year first, such as 1998/08/01 or 1998/08/dd")
    year, _, month, day, doubt = match.groups()
    month, day = (None if p is None or p.lower() in ("mm", "dd") else p.zfill(2) for p in (month, day))
    if year.lower() == "yyyy":
        if month or day:
            raise ValueError("a month or day without its year")
        return None
    if day and not month:
        raise ValueError("a day without its month")
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise ValueError(f"the year lies outside {_FIRST_YEAR} to {_LAST_YEAR}")
    value = "-".join(p for p in (year, month, day) if p) + (doubt or "")
    dates.parse(value)
    return value


def read_count(text: str, most: float) -> float:
    """A plain number from 0 to ``most``."""
    match = _NUMBER.fullmatch(narrowed(text))
    if match is None:
        raise ValueError("not a plain number")
    number = float(match.group(0))
    if number > most:
        raise ValueError(f"larger than {most:g}")
    return number


def read_age(text: str) -> int:
    """A whole number of years from 0 to 120."""
    number = read_count(text, 120)
    if number != int(number):
        raise ValueError("not a whole number of years")
    return int(number)


def read_record(text: str) -> str:
    """A record number such as ``2004-00001``."""
    text = narrowed(text)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{5}", text):
        raise ValueError("not a record number such as 2004-00001")
    return text


def read_status(text: str) -> Status:
    """A detention status.

    Examples
    --------
    >>> read_status("DET?/life")
    Status(base='DET', detail='life', doubtful=True, detail_doubtful=False)
    """
    match = _STATUS.fullmatch(narrowed(text))
    base, doubt, detail, detail_doubt = match.groups() if match else ("", None, None, None)
    if base not in codes.STATUS_BASES or (detail and detail not in codes.STATUS_DETAILS[base]):
        raise ValueError("a detention status that is not among the known ones")
    return Status(base, detail or "", bool(doubt), bool(detail_doubt))


def read_issues(text: str) -> str:
    """Issue categories, separated by blanks."""
    parts = [p.strip() for p in narrowed(text).split("/")]
    _known(parts, codes.ISSUES, "issue category")
    return " ".join(parts)


def read_process(text: str) -> str:
    """Phases of the legal process, separated by blanks; a question mark stays with its phase.

    Examples
    --------
    >>> read_process("chg?/tri?/sent/rel")
    'chg? tri? sent rel'
    """
    parts = [p.strip() for p in narrowed(text).removesuffix("/").split("/")]
    _known([p.removesuffix("?") for p in parts], codes.PHASES, "phase of the legal process")
    return " ".join(parts)


def _known(parts: list[str], known: dict[str, str], what: str) -> None:
    for part in parts:
        if part not in known:
            raise ValueError(f"'{part}' is not a known {what}" if part else f"a {what} is empty")


def read_charges(text: str) -> str:
    """Articles as ``CL97-105(2)``, separated by blanks.

    Examples
    --------
    >>> read_charges("CL97-art300(1)/CL97-art124")
    'CL97-300(1) CL97-124'
    """
    articles = []
    for part in re.split(r"\s*[/;,]\s*", narrowed(text)):
        match = _CHARGE.fullmatch(part)
        if match is None:
            raise ValueError("not a list of articles such as CL97-art105(2)/CL79-art102")
        statute, article, paragraph = match.groups()
        articles.append(f"{statute}-{article}" + (f"({paragraph})" if paragraph else ""))
    return " ".join(dict.fromkeys(articles))


def read_province(text: str) -> str:
    """ISO code of a province, or ``foreign``.

    Examples
    --------
    >>> read_province("Tibet [Xizang] Auto. Region"), read_province("Beijing Shi (prov.)")
    ('CN-XZ', 'CN-BJ')
    """
    text = narrowed(text)
    if text == "[foreign]":
        return "foreign"
    plain = tidied(re.sub(r" \[[A-Za-z]+\]", " ", text, count=1))
    plain = re.sub(r" (Province|Shi \(prov\.\)|Auto\. Region|Autonomous Region|Municipality|SAR)$", "", plain)
    bracket = re.findall(r"\[([A-Za-z]+)\]", text)
    if plain.lower() not in codes.PROVINCES or bracket not in ([], [codes.PINYIN.get(plain.lower())]):
        raise ValueError("not a province of the database's list")
    return codes.PROVINCES[plain.lower()]


def read_ethnicity(text: str) -> tuple[str, bool]:
    """An ethnic group in the shipped spelling, and whether it is doubtful."""
    text = narrowed(text)
    name = text.removesuffix("?")
    name = codes.ETHNIC_SPELLING.get(name, name)
    if name not in codes.ETHNIC_GROUPS:
        raise ValueError("not among the 56 ethnic groups")
    return name, text.endswith("?")


def read_sex(text: str) -> str:
    """``F`` or ``M``."""
    text = narrowed(text).upper()
    if text not in ("F", "M"):
        raise ValueError("neither F nor M")
    return text


def read_text(text: str) -> str:
    """Text as it stands, if nothing in it was lost on the way."""
    if _LOST.search(text):
        raise ValueError("characters were replaced by question marks before the file was written")
    _refuse_what_is_no_text(text)
    if not any(c.isalnum() for c in text):
        raise ValueError("no letters or digits")
    return text


def _refuse_what_is_no_text(text: str) -> None:
    if _TAG.search(text):
        raise ValueError("HTML where plain text belongs")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in text):
        raise ValueError("control or unassigned characters")


def read_summary(text: str) -> str:
    """The narrative as it stands: its links and its damage are for its own reader."""
    return text


def read_names(text: str) -> tuple[str, ...] | InPart:
    """Names separated by commas or semicolons; where characters were lost, the names that stand whole beside them.

    Examples
    --------
    >>> read_names("Test Person; Other Name")
    ('Test Person', 'Other Name')
    >>> read_names("Test Person, ??").value, read_names("Test Person (???)").value
    (('Test Person',), ('Test Person',))
    """
    try:
        return _all_names(text)
    except ValueError as error:
        _refuse_what_is_no_text(text)
        kept = dict.fromkeys(n for p in _BETWEEN_NAMES.split(text) if (n := _whole_name(p.strip())))
        if not kept:
            raise
        return InPart(tuple(kept), str(error))


def _all_names(text: str) -> tuple[str, ...]:
    parts = (p.strip() for p in _BETWEEN_NAMES.split(read_text(text)))
    return tuple(dict.fromkeys(read_text(p) for p in parts if p and p not in EMPTY))


def _whole_name(part: str) -> str:
    """The name that one part of a damaged cell surely holds; empty text if there is none.

    Lost characters in a bracket behind a name, or as words of their own before or behind a name of two words or
    more, are that name once more. One word beside them may be half a name, letters joined to them are a piece of
    one, and what stands alone in brackets may be a remark: none of these is a name.
    """
    outer = _without_lost_bracket(part)
    name = _without_lost_words(outer)
    words = [w for w in _BRACKET.sub(" ", name).split() if any(c.isalpha() for c in w)]
    doubtful = _LOST.search(name) or name in EMPTY or not _closed(name)
    return "" if doubtful or len(words) < 1 + (name != outer) else name


def _without_lost_bracket(part: str) -> str:
    """The part without a bracket at its end in which characters were lost."""
    opens = max(part.rfind(c, 0, len(part) - 1) for c in "()（）[]")
    lost = part.endswith((")", "）", "]")) and opens >= 0 and part[opens] in "(（[" and _LOST.search(part, opens)
    return part[:opens].rstrip() if lost else part


def _without_lost_words(text: str) -> str:
    """The text without words at either end of which every character was lost; one word stays."""
    words = text.split(" ")
    first = next((i for i, w in enumerate(words) if not _LOST_WORD.fullmatch(w)), len(words) - 1)
    last = next((i for i in range(len(words) - 1, first, -1) if not _LOST_WORD.fullmatch(words[i])), first)
    return " ".join(words[first : last + 1])


def _closed(name: str) -> bool:
    """Whether no bracket or quotation mark lost its other half to a comma."""
    pairs = all(name.count(a) == name.count(b) for a, b in ("()", "[]", "（）", "“”"))
    return pairs and name.count('"') % 2 == 0


def read_characters(text: str) -> tuple[tuple[str, ...], bool]:
    """Names in characters, and whether the first one is doubtful, ``王某(?)``."""
    if not _HAN.search(text):
        lost = "?" in text
        raise ValueError("the characters were replaced by question marks" if lost else "no Chinese characters")
    names = _all_names(text.replace("（", "(").replace("）", ")").replace("？", "?"))
    plain = tuple(re.sub(r" ?(\(\?\)|\?)$", "", n) for n in names)
    if any("?" in n or not n for n in plain):
        raise ValueError("some characters were replaced by question marks")
    if not all(map(_NAME.fullmatch, plain)):
        raise ValueError("more than Chinese characters")
    return plain, plain[0] != names[0]


def reader_of(field: codes.Field) -> Callable[[str], Any]:
    """The function that reads a field's cells."""
    if field.reader == "count":
        return lambda text: read_count(text, codes.MOST[field.name])
    return _READERS[field.reader]


_READERS: dict[str, Callable[[str], Any]] = {
    "record": read_record,
    "status": read_status,
    "issues": read_issues,
    "text": read_text,
    "characters": read_characters,
    "names": read_names,
    "ethnicity": read_ethnicity,
    "sex": read_sex,
    "age": read_age,
    "summary": read_summary,
    "province": read_province,
    "date": read_date,
    "process": read_process,
    "charges": read_charges,
    "unused": read_summary,
}
