"""Records -> the characters in which they write a name; pairs -> whether both write it alike."""

from __future__ import annotations

import pandas as pd

from clemency.sources.linkage.names import forms, readings, written

_COLUMNS = ("name_zh", "name", "aliases")


def names_written(records: pd.DataFrame) -> list[frozenset[str]]:
    """Names in characters of each record, simplified: those of ``name_zh``, of ``name`` and of ``aliases``."""
    columns = [records[c] for c in _COLUMNS if c in records]
    rows = zip(*columns, strict=True)
    return [frozenset(h for t in row if isinstance(t, str) for p in t.split(";") for h in written(p)) for row in rows]


def compare(pairs: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame) -> list[str | None]:
    """The best level between the characters of each pair; None where one of both has none."""
    a, b = names_written(left), names_written(right)
    return [_level(a[i], b[j]) if a[i] and b[j] else None for i, j in zip(pairs["left"], pairs["right"], strict=True)]


def _level(left: frozenset[str], right: frozenset[str]) -> str:
    if left & right:
        return "same"
    return "variant" if any(_alike(a, b) for a in left for b in right) else "different"


def _alike(a: str, b: str) -> bool:
    """Other characters that may be the same name.

    Either one is not in the simplified set and both are read alike, or both sound out one Tibetan or Uyghur name.
    """
    traditional = any(not _simplified(c) for p in zip(a, b, strict=False) if p[0] != p[1] for c in p)
    if len(a) == len(b) and traditional and set(readings(a)) & set(readings(b)):
        return True
    one, other = ({k for f in forms(t) if f.spoken for k in (*f.sounds, *f.consonants)} for t in (a, b))
    return bool(one & other)


def _simplified(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
