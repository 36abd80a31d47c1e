"""Names of levels -> different levels whose names differ only by blanks, capitals or the form of a letter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any


def lookalikes(levels: Iterable[Any]) -> list[tuple[str, ...]]:
    """Names that are one but for blanks (and signs that cannot be seen), capitals, or the Unicode form of a letter.

    Parameters
    ----------
    levels : iterable
        Distinct values; what is no text is passed over.

    Returns
    -------
    list of tuple of str
        Two or more names each, in the order in which they are given.

    Examples
    --------
    >>> lookalikes(["Sichuan", "Tibet", "sichuan ", "Ｔｉｂｅｔ", "Hebei", 3])
    [('Sichuan', 'sichuan '), ('Tibet', 'Ｔｉｂｅｔ')]
    """
    found: dict[str, list[str]] = {}
    for level in levels:
        if isinstance(level, str):
            found.setdefault(bare(level), []).append(str(level))
    return [tuple(names) for names in found.values() if len(names) > 1]


def bare(name: str) -> str:
    """A name without what does not count: blanks and signs that cannot be seen, capitals, the form of its letters."""
    if name.isascii():
        return "".join(name.split()).casefold()
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


def said(column: str, pairs: Iterable[tuple[str, ...]]) -> list[str]:
    """One sentence for each of the pairs of a column.

    Examples
    --------
    >>> said("province", [("Sichuan", "sichuan ")])
    ["'Sichuan' and 'sichuan ' in 'province' differ by blanks, capitals or the form of a letter only, and are counted \
apart: write them in one way if they are one"]
    """
    return [
        f"{' and '.join(map(repr, names))} in '{column}' differ by blanks, capitals or the form of a letter only, and "
        "are counted apart: write them in one way if they are one"
        for names in pairs
    ]
