"""A charge as people write it, in words of either language or by its article -> keys of the table of charges.

``chargewords.csv`` has what English sources call the offences that these records are about; the names of the table
itself, and every Chinese name of an offence, are known besides. A number of an article means one offence in the law of
1979 and another in that of 1997: where the cell does not name the law, the date of the sentence decides.
"""

from __future__ import annotations

import csv
import difflib
import re
from functools import lru_cache, partial
from importlib.resources import files
from typing import Literal, NamedTuple

import pandas as pd

from clemency.records.tables.loading import load
from clemency.records.values.words import fold
from clemency.sources.cecc.charges import Article, match_articles
from clemency.sources.rulings.names.charges import charge_keys, charges
from clemency.sources.rulings.prose.characters import plain
from clemency.sources.rulings.prose.numerals import whole
from clemency.sources.spreadsheets.cells.readings import IN_PART, READ, UNCERTAIN, Cell, Reader, tidy, unread, unsure

#: Laws in force when a case was judged: that of 1979, of 1997, or not known.
Era = Literal["CL79", "CL97", ""]

_NAMES_OF_LAWS = {"CL79": "1979", "CL97": "1997"}
_REMEDY = "Write the article, such as 103(2), or the name of the offence, such as 煽动分裂国家罪."
_BREAK = re.compile(r"\s*[;；\n|+]\s*|\s*(?<![0-9])/\s*|\s*/(?![0-9])\s*")
_LAW = (
    r"(?:(?:the )?(?P<{0}>1979|1997|CL ?-?79|CL ?-?97|旧刑法|79刑法|97刑法|新刑法)?[ -]*"
    r"(?:(?:PRC )?criminal (?:law|code)|CL|刑法|《刑法》)?(?: of (?P<{0}b>1979|1997))?)"
)
_NUMERAL = r"[0-9]{1,3}|[一二三四五六七八九十百零]{1,7}"
_ARTICLE = re.compile(
    rf"(?:{_LAW.format('before')}[ ,:：-]*)?(?:art(?:icle)?s?\.?|第|§|a\.)?[ ]*(?P<number>{_NUMERAL})[ ]*条?"
    rf"(?:(?:-|之)(?P<inserted>[0-9一二三四五六七八九]))?[ ]*"
    rf"(?:[(（](?P<p1>[0-9])[)）]|[ ,]*para(?:graph)?\.?[ ]*(?P<p2>[0-9])|第?(?P<p3>[一二三四五六0-9])款)?"
    rf"(?:[ ,]*(?:of )?{_LAW.format('after')})?",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LAWS = {"1979": "CL79", "79": "CL79", "旧刑法": "CL79", "1997": "CL97", "97": "CL97", "新刑法": "CL97"}
#: Rows of the table for a family whose charge is not told.
_UNSPECIFIED = {
    ("CL97", "endangering_state_security"): "CL97-I",
    ("CL97", "public_order"): "CL97-IV",
    ("CL97", "public_security_terrorism"): "CL97-T",
    ("CL97", "corruption"): "CL97-VIII",
    ("CL79", "counterrevolution"): "CL79-I:counterrevolution-chapter-i-of-part-two-charge-not-specified",
}


class Charged(NamedTuple):
    """Keys of articles that a cell states, and of those that follow from its words."""

    stated: tuple[str, ...]
    derived: tuple[str, ...]


def charge_reader(era: Era) -> Reader:
    """Reader of charges of people who were judged under a law."""
    return partial(read_charges, era=era)


def read_charges(text: str, era: Era = "") -> Cell:
    """Read the charges of a cell.

    Examples
    --------
    >>> read_charges("Art. 103(2)", "CL97").value, read_charges("第一百零三条第二款", "CL97").value
    (Charged(stated=('CL97-103(2)',), derived=()), Charged(stated=('CL97-103(2)',), derived=()))
    >>> read_charges("分裂国家罪").value, read_charges("inciting subversion").value
    (Charged(stated=(), derived=('CL97-103(1)',)), Charged(stated=(), derived=('CL97-105(2)',)))
    >>> read_charges("102").alternatives[0], read_charges("Art. 102", "CL79").alternatives
    ('CL97-102', ('CL79-102(1)', 'CL79-102(2)'))
    """
    whole_cell = _one(text, era)
    parts = [p for p in _BREAK.split(text) if p]
    if whole_cell.value is not None or len(parts) < 2:
        parts = [p for p in re.split(r"\s*(?:,|，|、|\band\b|&)\s*", text) if p]
        if whole_cell.value is not None or len(parts) < 2:
            return whole_cell
    return _joined(parts, [_one(p, era) for p in parts])


def _joined(parts: list[str], cells: list[Cell]) -> Cell:
    """Charges one after another; a part that is none is lost."""
    good = [c for c in cells if c.value is not None]
    if not good:
        return cells[0]
    value = Charged(*(tuple(dict.fromkeys(k for c in good for k in c.value[i])) for i in (0, 1)))
    doubts = [c for c in good if c.state != READ]
    if doubts:
        first = doubts[0]
        return Cell(value, first.state, first.reason, first.remedy, first.alternatives)
    lost = [p for p, c in zip(parts, cells, strict=True) if c.value is None]
    return Cell(value, IN_PART, f"{lost[0]!r} is not a charge that is known", _REMEDY) if lost else Cell(value)


def _one(text: str, era: Era) -> Cell:
    keys = _keys()
    if all(k in keys for k in text.split()):
        return Cell(Charged(tuple(text.split()), ()))
    if (found := _ARTICLE.fullmatch(text)) is not None and not text.isspace():
        return _article(found, era)
    return _in_chinese(text, era) if _HAN.search(text) else _in_english(text, era)


def _article(found: re.Match[str], era: Era) -> Cell:
    named = next((found[k] for k in ("before", "beforeb", "after", "afterb") if found[k]), "")
    law = next((v for k, v in _LAWS.items() if k in named), "") or era
    number, paragraph = whole(found["number"]), next((found[k] for k in ("p1", "p2", "p3") if found[k]), "")
    inserted = f"-{whole(found['inserted'])}" if found["inserted"] else ""
    if number is None:
        return unread("not the number of an article", _REMEDY)
    wanted = f"{number}{inserted}" + (f"({whole(paragraph)})" if paragraph else "")
    laws = [law] if law else ["CL97", "CL79"]
    matched = {one: match_articles([f"{one}-{wanted}"], _table())[f"{one}-{wanted}"] for one in laws}
    known = {one: a for one, a in matched.items() if a.stated or a.derived or a.family}
    if not known:
        return unread(f"article {wanted} is not in the table of charges", _REMEDY)
    if len(known) > 1:
        options = [k for one in known for k in _candidates(one, wanted)]
        remedy = "Give the date of the sentence, or name the law, such as CL97-102."
        return unread("an article of either Criminal Law, and no date tells which", remedy, *options)
    one, article = next(iter(known.items()))
    return _settled(one, wanted, article)


def _settled(law: str, wanted: str, article: Article) -> Cell:
    if article.stated:
        return Cell(Charged((article.stated,), ()))
    options = _candidates(law, wanted)
    key = article.derived or _UNSPECIFIED.get((law, article.family), "")
    if not key:
        return unread(article.reason, _REMEDY, *options)
    return unsure(Charged((), (key,)), article.reason, *options, remedy="Add the paragraph, such as 103(2).")


def _candidates(law: str, wanted: str) -> list[str]:
    stem = f"{law}-{wanted}"
    return [k for k in _keys() if k == stem or k.startswith((f"{stem}(", f"{stem}:"))]


def _in_chinese(text: str, era: Era) -> Cell:
    said = plain(text).text
    bare = re.sub(r"^(?:涉嫌|犯|以)|案$", "", said)
    names = charges(bare) or charges(f"{bare}罪")
    if names:
        keys = charge_keys(names, "1990" if era == "CL79" else "2000" if era == "CL97" else None)
        if keys:
            return _by_words(keys, era)
        return unread("an offence that the table of charges does not have", "Keep it; its family is not known.")
    return _in_english(text, era)


def _in_english(text: str, era: Era) -> Cell:
    said = _plain(text)
    known = _words()
    options = known.get(said, ())
    if options:
        return _by_words(_of_era(options, era), era, options)
    near = difflib.get_close_matches(said, list(known), n=2, cutoff=0.9) if len(said) > 5 else []
    if near:
        found = _of_era(known[near[0]], era)
        return unsure(Charged((), found[:1]), f"taken for '{near[0]}'", *near, remedy="Correct the spelling.")
    other = difflib.get_close_matches(said, list(known), n=3, cutoff=0.7) if len(said) > 4 else []
    return unread("not a charge that is known", _REMEDY, *other)


def _of_era(options: tuple[str, ...], era: Era) -> tuple[str, ...]:
    return tuple(k for k in options if k.startswith(era)) or options


def _by_words(keys: tuple[str, ...], era: Era, options: tuple[str, ...] = ()) -> Cell:
    """Keys that words give; of one word under both laws, that of 1997 if no date tells.

    An offence that the law of the date does not have may be right, since the milder law of the time of the deed
    applies, or a slip of the date: it is told.
    """
    laws = {k[:4] for k in options}
    if len(laws) > 1 and not era:
        later = tuple(k for k in keys if k.startswith("CL97"))[:1]
        return Cell(
            Charged((), later),
            UNCERTAIN,
            "an offence of either Criminal Law, taken for that of 1997",
            "Give the date of the sentence.",
            options,
        )
    chosen = keys if not options else keys[:1]
    if era and any(k[:4] in _NAMES_OF_LAWS and k[:4] != era for k in chosen):
        law = _NAMES_OF_LAWS[chosen[0][:4]]
        reason = f"an offence of the Criminal Law of {law} only, and the date falls under the other one"
        return unsure(Charged((), chosen), reason, *chosen, remedy="Check the charge and the date of the sentence.")
    return Cell(Charged((), chosen))


def is_charge(text: str) -> bool:
    """Whether a text is a charge or an article; a bare number is neither by itself."""
    said = tidy(text)
    return not said.isdecimal() and read_charges(said, "CL97").value is not None


def _plain(text: str) -> str:
    said = fold(
        re.sub(r"^(?:charge[ds]?(?: with)?|crime of|the crime of|suspected)\b\s*", "", text, flags=re.IGNORECASE)
    )
    return (
        said.replace("organising", "organizing")
        .replace("organisation", "organization")
        .replace("counter revol", "counterrevol")
    )


@lru_cache(maxsize=1)
def _table() -> pd.DataFrame:
    return load("charges")


@lru_cache(maxsize=1)
def _keys() -> tuple[str, ...]:
    return tuple(_table()["charge_id"].astype(str))


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[str, ...]]:
    """Keys by what their charges are called, folded."""
    found: dict[str, tuple[str, ...]] = {}
    text = files(__package__).joinpath("chargewords.csv").read_text(encoding="utf-8")
    pairs = [(row["charge_id"], said) for row in csv.DictReader(text.splitlines()) for said in row["said"].split("; ")]
    names = zip(_table()["charge_id"].astype(str), _table()["charge"].astype(str), strict=True)
    own = [(key, re.sub(r"\s*\((?:name|charge not)[^)]*\)$", "", name)) for key, name in names]
    for key, said in (*pairs, *own):
        plain_words = _plain(said)
        if key not in found.get(plain_words, ()) and not any(k[:4] == key[:4] for k in found.get(plain_words, ())):
            found[plain_words] = (*found.get(plain_words, ()), key)
    return found
