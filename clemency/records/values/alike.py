"""Words of a column -> spellings of one word that would silently become two groups.

``"A"`` and ``"A "``, ``"Xinjiang"`` and ``"xinjiang"``, one accent as one character or as two: a reader sees one level,
a computer two. Nothing is put together; the pairs are told.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from clemency.records.printable import printable
from clemency.records.values.lookalikes import bare
from clemency.records.values.words import distinct_values, known_as

#: How every message begins.
SPELLED = "spelled otherwise than"


class Spelling(NamedTuple):
    """A word that stands for another one of its column: the first row that has it, and how the two differ."""

    word: str
    usual: str
    row: int
    n: int
    how: str

    @property
    def message(self) -> str:
        """What is to be told."""
        return f"{SPELLED} '{printable(self.usual)}', from which it differs only in {self.how}: they are two groups"

    @property
    def remedy(self) -> str:
        """What to do, as a sentence."""
        return f"Write '{printable(self.usual)}' in every row if they are one."


def spellings(values: Iterable[Any], column: str = "") -> list[Spelling]:
    """Words of a column that differ from another one only in blanks, capitals or the Unicode form of characters.

    Parameters
    ----------
    values : sequence or column, shape (n,)
        In any storage; what is not text is passed over.
    column : str
        Its name: of one with a vocabulary, synonyms are alike too (``Uighur`` and ``Uyghur`` of ``ethnicity``).

    Returns
    -------
    list of Spelling
        One for each word but the most frequent one of those alike (of several, the first), in the order of rows.

    Examples
    --------
    >>> [s.message for s in spellings(["Xinjiang", "xinjiang", "Xinjiang", "Tibet"])]
    ["spelled otherwise than 'Xinjiang', from which it differs only in capitals: they are two groups"]
    """
    codes, distinct = distinct_values(values)
    words = {k: str(v) for k, v in enumerate(distinct) if isinstance(v, str)}
    groups: dict[str, list[int]] = {}
    for k, word in words.items():
        groups.setdefault(known_as(word, column) or bare(word), []).append(k)
    several = [ks for ks in groups.values() if len(ks) > 1]
    if not several:
        return []
    n = Counter(codes.tolist())
    first = {k: int(np.argmax(codes == k)) for ks in several for k in ks}
    found = []
    for ks in several:
        usual = min(ks, key=lambda k: (-n[k], first[k]))
        found += [
            Spelling(words[k], words[usual], first[k], n[k], _how(words[k], words[usual])) for k in ks if k != usual
        ]
    return sorted(found, key=lambda s: s.row)


def differing(one: str, other: str) -> str:
    """In what two texts differ, if it is no more than their spelling; empty if they are the same or differ in more."""
    return "" if one == other or bare(one) != bare(other) else _how(one, other)


def _without_blanks(text: str) -> str:
    """No blanks, and none of the characters that are not seen."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


_FORM = "the Unicode form of characters"
_WAYS: dict[str, Callable[[str], str]] = {
    "blanks": _without_blanks,
    "capitals": str.casefold,
    _FORM: lambda text: unicodedata.normalize("NFKC", text),
}


def _how(one: str, other: str) -> str:
    """The fewest ways in which two spellings differ."""
    for size in range(1, len(_WAYS) + 1):
        for names in combinations(_WAYS, size):
            if _through(one, names) == _through(other, names):
                return " and ".join([", ".join(names[:-1]), names[-1]] if size > 1 else names)
    return "the word for it" if bare(one) != bare(other) else "spelling"


def _through(text: str, names: tuple[str, ...]) -> str:
    for name in reversed(names):  # the form first, so that what follows sees whole characters
        text = _WAYS[name](text)
    return text
