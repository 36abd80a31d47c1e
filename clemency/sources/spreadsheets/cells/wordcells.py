"""A word as people write it -> that of the vocabulary; a yes, a key, a text."""

from __future__ import annotations

import re
from functools import partial

from clemency.records.schema import CASES, Column
from clemency.records.values.words import known_as, known_words, meant
from clemency.sources.spreadsheets.cells.readings import Cell, Reader, unread, unsure

_YES = frozenset("yes y true 1 x √ ✓ ✔ 是 有 已 granted approved 获准".split())
_NO = frozenset("no n false 0 none 否 无 没有 未 never".split())
_REFUSED = frozenset("denied refused rejected 不予 被拒 驳回 拒绝".split())
_HAN = re.compile(r"[\u3400-\u9fff·]+")
_LATIN = re.compile(r"[^\W\d_\u3400-\u9fff]")


def word_reader(column: Column) -> Reader:
    """Reader of the words of a vocabulary."""
    return partial(read_word, column=column)


def read_word(text: str, column: Column) -> Cell:
    """Read a word.

    Examples
    --------
    >>> read_word("服刑中", CASES["status"]).value, read_word("Female", CASES["sex"]).value
    ('serving', 'F')
    >>> read_word("died", CASES["status"]).reason, read_word("relased", CASES["status"]).alternatives
    ('died_in_custody if the sentence was still running', ('released',))
    """
    certain, near = meant(text, column.name, column.levels)
    if certain in column.levels:
        return Cell(certain)
    if certain:  # right only if something else holds
        word = next((w for w in column.levels if certain.startswith(w)), None)
        return unsure(word, certain, *(w for w in column.levels if w != word and w in certain))
    return unread("not a word of the vocabulary", f"Write one of: {', '.join(column.levels)}.", *near)


def read_ethnicity(text: str) -> Cell:
    """Read an ethnic group in either language.

    Examples
    --------
    >>> read_ethnicity("维吾尔族").value, read_ethnicity("Uighur").value, read_ethnicity("Martian").state
    ('Uyghur', 'Uyghur', 'uncertain')
    """
    if found := known_as(text, "ethnicity"):
        return Cell(found)
    if text in known_words(CASES["ethnicity"]):
        return Cell(text)
    if not text.isascii():
        return unread("not the name of an ethnic group that is known", "Write its English name.")
    return unsure(
        text, "not one of the groups that are known by name", remedy="Correct the name, or leave it as it is."
    )


def read_yes(text: str) -> Cell:
    """Read a yes, a no or a refusal as True, False or ``denied``."""
    said = text.casefold()
    if said in _YES or said in _NO:
        return Cell(said in _YES)
    return Cell("denied") if said in _REFUSED else unread("neither yes nor no", "Write yes or no.")


def read_text(text: str) -> Cell:
    """A text as it is."""
    return Cell(text)


def read_key(text: str) -> Cell:
    """A key as it is; blanks would end it where keys stand side by side."""
    return Cell(text.removesuffix(".0") if re.fullmatch(r"[0-9]+\.0", text) else text)


def read_list(text: str) -> Cell:
    """Several texts of a cell, joined by ``; ``."""
    return Cell("; ".join(filter(None, (t.strip() for t in re.split(r"[;；|\n]", text)))))


def read_name(text: str) -> Cell:
    """A name: what is in Latin letters and what is in characters.

    Examples
    --------
    >>> read_name("Case A 甲某").value, read_name("甲某").value
    (('Case A', '甲某'), ('', '甲某'))
    """
    chinese = "; ".join(_HAN.findall(text))
    if not chinese and _LATIN.search(text):
        return Cell((text, ""))
    latin = re.sub(r"\s+", " ", re.sub(r"[()（）\[\]]", " ", _HAN.sub(" ", text))).strip(" ,;/-")
    if not chinese:
        return Cell((text, ""))  # a number that stands for a name
    return Cell((latin if _LATIN.search(latin) else "", chinese))
