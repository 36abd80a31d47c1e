"""A place as people write it -> the province, and the prefecture where it is one or names one.

``prefectures.csv`` has the 333 units of the second level, with their codes and characters as the National Bureau of
Statistics lists them (2023), the spelling that English sources use most, and others after it.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from clemency.records.values.words import province_meant, province_name
from clemency.sources.rulings.names.courts import province_of
from clemency.sources.spreadsheets.cells.readings import IN_PART, Cell, unread

_BREAK = re.compile(r"\s*(?:[,，/;；()（）|]|\s[-–—]\s)\s*")
_KIND = re.compile(
    r"\b(?:intermediate|people'?s|higher?|basic|court|city|municipal(?:ity)?|prefecture|(?:\w+ )?autonomous prefecture|"
    r"region|league|no\.? ?\d+ prison|prison|province)\b",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")


class Place(NamedTuple):
    """Code of a province, and the English name of the prefecture if one is named."""

    province: str
    prefecture: str


@lru_cache(maxsize=1)
def _prefectures() -> dict[str, tuple[Place, ...]]:
    found: dict[str, tuple[Place, ...]] = {}
    text = files(__package__).joinpath("prefectures.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        place = Place(row["province"], row["name"])
        names = (row["name"], row["name_zh"], row["short_zh"], *filter(None, row["also"].split("; ")))
        for name in dict.fromkeys(map(_bare, names)):
            found[name] = (*found.get(name, ()), place)
    return found


def _bare(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def read_place(text: str) -> Cell:
    """Read a place.

    Examples
    --------
    >>> read_place("XUAR").value, read_place("Kashgar").value, read_place("四川省成都市中级人民法院").value
    (Place(province='CN-XJ', prefecture=''), Place(province='CN-XJ', prefecture='Kashgar'), \
Place(province='CN-SC', prefecture='Chengdu'))
    >>> read_place("Fuzhou").alternatives, read_place("Beijing, Haidian").state
    (('Fuzhou in CN-FJ', 'Fuzhou in CN-JX'), 'in_part')
    """
    whole, near = _one(text)
    if len(whole) == 1:
        return Cell(whole[0])
    parts = [p for p in _BREAK.split(text) if p]
    if len(parts) > 1:
        return _several(text, parts)
    if _HAN.search(text):
        return _within(text)
    if whole:
        return unread(
            "a name that several places have",
            "Name the province too.",
            *(f"{p.prefecture} in {p.province}" for p in whole),
        )
    remedy = "Write a province by its name, or its code such as CN-XJ."
    return unread("not a place that is known", remedy, *(f"{c} ({province_name(c)})" for c in near))


def _one(text: str) -> tuple[tuple[Place, ...], list[str]]:
    """Places of that name; a province first."""
    code, near = province_meant(text)
    if code:
        return (Place(code, ""),), []
    known = _prefectures()
    found = known.get(_bare(text)) or known.get(_bare(_KIND.sub(" ", text))) or ()
    if not found and (plain := _KIND.sub(" ", text).strip()) and plain != text:
        code = province_meant(plain)[0]
        found = (Place(code, ""),) if code else ()
    return found, near


def _several(text: str, parts: list[str]) -> Cell:
    """Parts of a place that go together; one that is not known is lost."""
    found = [_one(p)[0] or ((c.value,) if (c := _within(p)).value else ()) for p in parts]
    provinces = set.intersection(*({p.province for p in places} for places in found if places)) if any(found) else set()
    if len(provinces) != 1:
        told = [f"{p.prefecture or province_name(p.province)} in {p.province}" for places in found for p in places]
        return unread("its parts name no one province", "Name one province.", *dict.fromkeys(told))
    province = provinces.pop()
    named = [p.prefecture for places in found for p in places if p.province == province and p.prefecture]
    lost = [part for part, places in zip(parts, found, strict=True) if not places]
    place = Place(province, named[0] if named else "")
    return Cell(place, IN_PART, f"{lost[0]!r} is not read", "Keep it in a column of its own.") if lost else Cell(place)


def _within(text: str) -> Cell:
    """A longer Chinese name that begins with a province or a prefecture."""
    if not _HAN.search(text):
        return Cell()
    code, bare = province_of(text), _bare(text)
    known = {k: v for k, v in _prefectures().items() if not k.isascii() and len(k) > 1}
    inside = [p for k, v in known.items() if (bare.startswith(k) if code is None else k in bare) for p in v]
    fitting = [p for p in inside if code is None or p.province == code]
    provinces = {p.province for p in fitting}
    if code is None and len(provinces) == 1:
        return Cell(fitting[-1])
    if code is None:
        return unread("not a place that is known", "Name the province.")
    return Cell(Place(code, fitting[-1].prefecture if len({*fitting}) == 1 else ""))
