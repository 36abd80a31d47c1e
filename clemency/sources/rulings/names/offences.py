"""The table of names of offences -> which offence a charge is the name of.

``offences.csv`` beside this module has every name that the highest court and procuratorate gave to an offence of the
Criminal Law of 1997, those withdrawn since, and names of the law before; ``offencesources.csv`` has the documents, each
with its address. Standing: ``official``, ``former`` (withdrawn by a later document), ``old_law`` (before October
1997), ``section`` (title of a section of the law) or ``short`` (another spelling). Where an offence has alternatives, a
charge may be part of the name: ``parts`` has them in square brackets (``[走私|贩卖|运输|制造]毒品``). The court said so
of one such name: charges follow the act and its object (source ``concealing-2021``).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_SIGNS = str.maketrans("", "", "、（）")
_PIECE = re.compile(r"\[([^]]*)\]|[^[]+")


@dataclass(frozen=True, slots=True)
class Offence:
    """A name of an offence.

    Attributes
    ----------
    name : str
        As its document has it.
    parts : str
        The name without 罪, its alternatives in square brackets; empty where it has none.
    standing : str
        ``official``, ``former``, ``old_law``, ``section`` or ``short``.
    law, article : str
        ``CL97`` or ``CL79`` and the articles, as far as they were seen.
    named_by, withdrawn_by : str
        Keys of documents; empty for names that no document of the series gave or withdrew.
    now : str
        The names that took its place, joined by ``; ``.
    charge_id : str
        Key of the table of charges: that of the name, else of the one that took its place; empty where it has none.
    source_ids : str
        Keys of documents, separated by blanks.
    note : str
    """

    name: str
    parts: str
    standing: str
    law: str
    article: str
    named_by: str
    withdrawn_by: str
    now: str
    charge_id: str
    source_ids: str
    note: str


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()))


OFFENCES = tuple(Offence(**row) for row in _rows("offences.csv"))
#: Documents by key: title, date, first day in force, address, note.
DOCUMENTS = {row["source_id"]: row for row in _rows("offencesources.csv")}


def _expression(parts: str, sign: str) -> str:
    """Regular expression of a name with its alternatives, one or several of which stand in each bracket."""
    written = []
    for piece in _PIECE.finditer(parts):
        if piece[1] is None:
            written.append(re.escape(piece[0]))
            continue
        one = "|".join(re.escape(word) for word in sorted(piece[1].split("|"), key=len, reverse=True))
        written.append(f"(?:{one})(?:{sign}(?:{one}))*")
    return "".join(written)


def _by(names: Iterable[tuple[str, Offence]]) -> dict[str, tuple[Offence, ...]]:
    found: dict[str, tuple[Offence, ...]] = {}
    for name, offence in names:
        found[name] = (*found.get(name, ()), offence)
    return found


_NAMED = _by((o.name.removesuffix("罪"), o) for o in OFFENCES)
_JOINED = _by((o.name.removesuffix("罪").translate(_SIGNS), o) for o in OFFENCES)
_PARTED = tuple((re.compile(_expression(o.parts, "、")), o) for o in OFFENCES if o.parts)
_PARTED_JOINED = tuple((re.compile(_expression(o.parts.translate(_SIGNS), "")), o) for o in OFFENCES if o.parts)
LONGEST = max(len(o.name) for o in OFFENCES)


@lru_cache(maxsize=16_384)
def offences(said: str) -> tuple[Offence, ...]:
    """Offences of which a text is the name, part of the name, or the name with its signs left out.

    Parameters
    ----------
    said : str
        A charge without its last character 罪.

    Returns
    -------
    tuple of Offence
        Several where laws or documents share a name or a part; empty where it is none.

    Examples
    --------
    >>> [(o.name, o.standing) for o in offences("贩卖毒品")]
    [('走私、贩卖、运输、制造毒品罪', 'official')]
    >>> [(o.standing, o.withdrawn_by, o.now) for o in offences("偷税")]
    [('former', 'supplement-4', '逃税罪')]
    >>> offences("抢窃")
    ()
    """
    if said in _NAMED:
        return _NAMED[said]
    found = tuple(o for pattern, o in _PARTED if pattern.fullmatch(said))
    return found if found or "、" in said else joined(said)


@lru_cache(maxsize=16_384)
def joined(said: str) -> tuple[Offence, ...]:
    """The same for a text without signs between words."""
    plain = said.translate(_SIGNS)
    return _JOINED.get(plain) or tuple(o for pattern, o in _PARTED_JOINED if pattern.fullmatch(plain))
