"""Texts and a list of names -> the texts with ``[withheld]`` in place of each name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# A Chinese character, or letters and digits with the marks on them: at most thirty on each, so that they sort quickly.
_HAN = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(f"[{_HAN}]|(?:[^\\W_{_HAN}][\u0300-\u036f]{{0,30}}+)++")
_LONGEST = 12  # words of a name that are compared; more are taken as the same name
_WITHHELD = "[withheld]"
_END = ""  # marks the end of a name; no word is empty


class Withholder:
    """Takes names out of texts.

    A name is found as whole words, whatever its capitals, marks and hyphens, a name of two words also with the second
    one first, and a name in characters wherever they stand together. Where several begin at one place, the longest
    goes. The cost is linear in the text.

    Parameters
    ----------
    names : iterable of str
        Names of a single letter or character are passed over.

    Examples
    --------
    >>> withhold = Withholder(["Test Person", "Test Person Two", "\u6d4b\u8bd5\u4eba"])
    >>> withhold("PERSON, Test and Test Person Two; Test Personality")
    '[withheld] and [withheld]; Test Personality'
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._tree: dict[str, dict] = {}
        for name in names:
            words = [_plain(m[0]) for m in _TOKEN.finditer(name)][:_LONGEST]
            if len("".join(words)) > 1:
                self._add(words)
                if len(words) == 2:
                    self._add(words[::-1])

    def _add(self, words: list[str]) -> None:
        node = self._tree
        for word in words:
            node = node.setdefault(word, {})
        node[_END] = {}

    def __call__(self, text: object) -> str:
        """The text without the names."""
        whole = str(text)
        tokens = [(m.start(), m.end(), _plain(m[0])) for m in _TOKEN.finditer(whole)]
        parts, last, at = [], 0, 0
        while at < len(tokens):
            stop = self._name_at(tokens, at)
            if stop > at:
                parts += [whole[last : tokens[at][0]], _WITHHELD]
                last = tokens[stop - 1][1]
            at = max(stop, at + 1)
        return "".join([*parts, whole[last:]])

    def _name_at(self, tokens: list[tuple[int, int, str]], at: int) -> int:
        """Token behind the longest name that begins at one, or that token itself."""
        node, found = self._tree, at
        for i in range(at, len(tokens)):
            node = node.get(tokens[i][2], {})
            if not node:
                break
            if _END in node:
                found = i + 1
        return found


def _plain(word: str) -> str:
    """Small letters without marks."""
    low = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in low if not unicodedata.combining(c))
