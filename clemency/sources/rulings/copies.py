"""Rows of documents in their order -> the same with each ruling once, and its copies named in the account."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clemency.sources.rulings.columns import ACCOUNT, RULINGS
from clemency.sources.rulings.tables import Row, Rows, digest_of

_AT = {name: i for i, name in enumerate(RULINGS)}
#: What two versions of one ruling must not tell differently; the first three are enough to know a masked name by.
_TOLD = (
    *("birth_date", "ruling_date", "judgment_number", "court", "judgment_date", "decision", "kind", "months", "days"),
    *("term_after", "new_end"),
)
_KNOWN_BY = 3
_MASKED = re.compile(r"[某×Xx*＊○〇]")
_PACKED = struct.Struct(f"{len(_TOLD)}I")


class _Person(NamedTuple):
    """A prisoner in an earlier document: its name, and hashes of what it tells, 0 where it does not tell."""

    document: str
    told: bytes


@dataclass(slots=True)
class Seen:
    """Texts and prisoners of the documents so far: a few hundred bytes for each."""

    texts: dict[bytes, str] = field(default_factory=dict)
    people: dict[bytes, list[_Person]] = field(default_factory=dict)


def without_copies(rows: Rows, seen: Seen) -> Rows:
    """Leave out the prisoners of rulings that were seen before, and say in the account where.

    Parameters
    ----------
    rows : dict of str to list of tuple
        Of each table for some documents, as `rows_of` gives them.
    seen : Seen
        What came before; the new documents are added.

    Returns
    -------
    dict of str to list of tuple
        A document without a prisoner of its own has the status ``copy``.

    Notes
    -----
    A copy has the same text in one spelling of its characters; or the same number of the case and the same prisoner,
    and nothing that both tell is told differently. A masked name must agree in day of birth, day of the ruling or
    number of the judgment too. Where something differs both are kept, and the later has a problem.
    """
    kept: Rows = {table: [] for table in rows if table != "texts"}
    tables = [t for t in kept if t != "account"]
    begin = dict.fromkeys(tables, 0)
    for account, (digest, *ends) in zip(rows["account"], rows["texts"], strict=True):
        some = {t: rows[t][begin[t] : end] for t, end in zip(tables, ends, strict=True)}
        begin = dict(zip(tables, ends, strict=True))
        copies, reason = _copies(some["rulings"], account[0], digest, seen)
        kept["account"].append(_account(account, copies, reason))
        for table in tables:
            kept[table] += [row for row in some[table] if row[1] not in copies]
    return kept


def _account(row: Row, copies: dict[int, str], reason: str) -> Row:
    """The row of the account with its last column, the document that has the prisoners first."""
    told = dict(zip(ACCOUNT, (*row, None), strict=True))
    if copies:
        own = told["prisoners"] - len(copies)
        told |= {"prisoners": own, "copy_of": next(iter(copies.values()))}
        if own:
            told["reason"] = f"{len(copies)} of its {own + len(copies)} prisoners: {reason}"
        else:
            told |= {"status": "copy", "reason": reason}
    return tuple(told.values())


def _copies(people: list[Row], document: str, digest: bytes, seen: Seen) -> tuple[dict[int, str], str]:
    """Prisoners, by number, that an earlier document has, with its name; and how that is known."""
    if not people:
        return {}, ""
    if (first := seen.texts.get(digest)) is not None:
        return {row[1]: first for row in people}, "the same text as an earlier document"
    seen.texts[digest] = document
    copies: dict[int, str] = {}
    new: list[tuple[bytes, _Person]] = []
    matched: set[int] = set()  # two prisoners of one document are never copies of one
    for i, row in enumerate(people):
        key = _key(row)
        if key is None:
            continue
        told, masked = _packed(row), _MASKED.search(row[_AT["prisoner"]]) is not None
        alike = [p for p in seen.people.get(key, ()) if id(p) not in matched and (not masked or _known(p.told, told))]
        same = next((p for p in alike if not _apart(p.told, told)), None)
        if same is not None:
            matched.add(id(same))
            copies[row[1]] = same.document
            continue
        if alike:
            people[i] = _with_problem(row, _apart(alike[0].told, told))
        new.append((key, _Person(document, told)))
    for key, person in new:
        seen.people.setdefault(key, []).append(person)
    return copies, "the same number of the case and prisoner as in an earlier document"


def _key(row: Row) -> bytes | None:
    """Hash of the number of a case and its prisoner; None where either is not told or the number is not a whole one."""
    number, prisoner = row[_AT["case_number"]], row[_AT["prisoner"]]
    if not number or not prisoner or not number.startswith("（") or _MASKED.search(number):
        return None
    return digest_of(f"{number}|{prisoner}")


def _packed(row: Row) -> bytes:
    return _PACKED.pack(*(_hash(row[_AT[name]]) for name in _TOLD))


def _hash(value: Any) -> int:
    return 0 if value is None else zlib.crc32(str(value).encode("utf-8", "replace")) or 1


def _known(one: bytes, other: bytes) -> bool:
    pairs = list(zip(_PACKED.unpack(one), _PACKED.unpack(other), strict=True))[:_KNOWN_BY]
    return any(a and a == b for a, b in pairs)


def _apart(one: bytes, other: bytes) -> list[str]:
    """Columns that both tell, and differently."""
    pairs = zip(_TOLD, _PACKED.unpack(one), _PACKED.unpack(other), strict=True)
    return [name for name, a, b in pairs if a and b and a != b]


def _with_problem(row: Row, columns: list[str]) -> Row:
    said = f"case_number: an earlier document has it with this prisoner, and tells {', '.join(columns)} differently"
    return (*row[:-1], "; ".join(filter(None, (row[-1], said))))
