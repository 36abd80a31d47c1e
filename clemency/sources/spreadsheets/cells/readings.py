"""A column of texts and the reader of one -> its values, and what is to be said about each cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records.datetext import UNKNOWN

READ, IN_PART, UNCERTAIN, EMPTY, NOT_READ, NOT_USED = "read", "in_part", "uncertain", "empty", "not_read", "not_used"
#: What can become of a cell; the account counts each.
STATES = (READ, IN_PART, UNCERTAIN, EMPTY, NOT_READ, NOT_USED)

_SPACES = re.compile(r"[\s\u200b\u200e\u200f\u2060\ufeff]+")
_UNKNOWN = frozenset(UNKNOWN) - {"?"} | {"无记录", "n.a.", "not known", "...", "…", "—", "–", "tbd", "#n/a", "？", "?"}


class Cell(NamedTuple):
    """What one text was read as.

    Attributes
    ----------
    value : object
        None where nothing was read.
    state : str
        One of `STATES`.
    reason, remedy : str
        Why it was not read, or not with certainty, and what to do.
    alternatives : tuple of str
        What it may mean instead.
    """

    value: Any = None
    state: str = READ
    reason: str = ""
    remedy: str = ""
    alternatives: tuple[str, ...] = ()


Reader = Callable[[str], Cell]


def unread(reason: str, remedy: str = "Correct the cell, or leave it empty.", *alternatives: str) -> Cell:
    """A cell that could not be read."""
    return Cell(None, NOT_READ, reason, remedy, alternatives)


def unsure(value: Any, reason: str, *alternatives: str, remedy: str = "") -> Cell:
    """A cell that was read as what it most likely means."""
    return Cell(value, UNCERTAIN, reason, remedy or "Write it so that it can mean one thing only.", alternatives)


def tidy(text: str) -> str:
    """A cell without blanks at its ends, doubled ones and unseen marks, in full-width forms as ASCII.

    Examples
    --------
    >>> tidy("  ２０１４／10 "), tidy("6 years")
    ('2014/10', '6 years')
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def says_nothing(text: str) -> bool:
    """Whether a cell is empty, or says that its value is not known."""
    return not text or text.casefold() in _UNKNOWN


@dataclass(frozen=True, slots=True)
class Column:
    """A column as read: the value of each cell and what became of it; all arrays have shape (n,).

    ``cells`` are the distinct readings, ``place`` the position of each row's among them.
    """

    place: NDArray[np.intp]
    texts: list[str]
    cells: list[Cell]

    @property
    def read(self) -> NDArray[Any]:
        """The values, None where nothing was read."""
        found = np.empty(len(self.cells), dtype=object)
        for i, cell in enumerate(self.cells):
            found[i] = cell.value
        return found[self.place]

    @property
    def states(self) -> NDArray[Any]:
        """What became of each cell."""
        return np.array([c.state for c in self.cells], dtype=object)[self.place]

    def with_values(self, change: Mapping[int, Cell]) -> Column:
        """The same with other readings at some rows."""
        if not change:
            return self
        rows = list(change)
        at = self.place.copy()
        at[rows] = len(self.cells) + np.arange(len(rows))
        texts = [*self.texts, *(self.texts[self.place[i]] for i in rows)]
        return replace(self, place=at, texts=texts, cells=[*self.cells, *change.values()])


def read_column(texts: pd.Series, reader: Reader, words: Collection[str] = ()) -> Column:
    """Read a column; each distinct text is read once.

    Parameters
    ----------
    texts : Series of str, shape (n,)
    reader : callable
        Takes a tidied text that says something.
    words : collection of str
        Words of a vocabulary, such as ``none``, that say something although they look as if they did not.
    """
    at, distinct = pd.factorize(texts.to_numpy(dtype=object))
    told = [str(t) for t in distinct]
    return Column(np.asarray(at, dtype=np.intp), told, [_cell(t, reader, words) for t in told])


def _cell(text: str, reader: Reader, words: Collection[str]) -> Cell:
    said = tidy(text)
    return Cell(None, EMPTY) if says_nothing(said) and said not in words else reader(said)
