"""Names of levels -> different levels whose names differ only by blanks, capitals or the form of a letter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

#: Blanks of ASCII, as `str.split` has them, each to be taken out.
_BLANKS = dict.fromkeys((*range(9, 14), *range(28, 33)))


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
    names = [str(level) for level in levels if isinstance(level, str)]
    found: dict[str, list[str]] = {}
    if _all_differ(names):
        return []
    for name in names:
        found.setdefault(bare(name), []).append(name)
    return [tuple(names) for names in found.values() if len(names) > 1]


def _all_differ(names: list[str]) -> bool:
    """Whether ASCII names are certain to be no lookalikes: `bare` of all of them at once, for a million ids."""
    whole = "\0".join(names)
    if not whole.isascii():
        return False
    plain = whole.translate(_BLANKS).casefold().split("\0")
    return len(plain) == len(names) and len(set(plain)) == len(names)


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
