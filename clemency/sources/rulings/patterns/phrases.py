"""What a pattern is, and the pieces of which patterns are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from clemency.sources.rulings.names.casenumbers import NUMBER
from clemency.sources.rulings.names.courts import COURT, PRISON
from clemency.sources.rulings.prose.lengths import LENGTH
from clemency.sources.rulings.prose.numerals import MONEY, NUMERAL
from clemency.sources.rulings.prose.rulingdates import DATE, DAY

__all__ = ["COURT", "DATE", "DAY", "LENGTH", "MONEY", "NUMBER", "NUMERAL", "PRISON", "Pattern"]

HERE = r"(?:^|(?<=[。，；：、）书号被经由]))"
OWN = rf"(?P<court>本院|我院|{COURT})"
JUDGMENT = r"《?刑事(?:附带民事)?判决"
EITHER = r"《?刑事(?:附带民事)?(?:裁定|判决)"
WHO = r"(?:原审)?(?:被告人|罪犯|该犯|上诉人|原审被告人|其)"
PUNISHMENT = (
    rf"(?:(?P<fixed>有期徒刑|拘役|管制)(?P<length>{LENGTH})|(?P<life>无期徒刑)|"
    r"(?P<reprieve>死刑[，、]?(?:宣告)?缓期(?:(?:执行)?(?:二|2|两)年(?:执行)?|执行)|死缓)|(?P<death>死刑)(?![，、]?(?:宣告)?缓))"
)
MADE = r"(?:作出|做出|作|以|的)"


@dataclass(frozen=True)
class Pattern:
    """One phrase of a ruling.

    Attributes
    ----------
    id : str
        Name, as in the column ``pattern`` of the evidence.
    field : str
        What it gives: a column of the rulings, or the step of the reader that uses it.
    expression : str
        Regular expression on plain text; the group ``v``, where there is one, is the value.
    yes : tuple of (str, str)
        Phrases in which it finds something, and what the group ``v`` (or all) then holds. All are made up.
    no : tuple of str
        Phrases in which it finds nothing.
    keys : tuple of str
        Words of which one is in whatever it finds; empty where it has none. Only their surroundings are searched.
    reach : (int, int)
        Characters before and after a key within which what it finds lies.
    """

    id: str
    field: str
    expression: str
    yes: tuple[tuple[str, str], ...] = ()
    no: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    reach: tuple[int, int] = (100, 100)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.expression)

    @cached_property
    def _key(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.keys)))

    def windows(self, text: str) -> list[tuple[int, int]]:
        """Stretches of a text in which the pattern can find something, none over another."""
        if not self.keys:
            return [(0, len(text))]
        for key in self.keys:  # most texts have none, and this tells it soonest
            if key in text:
                break
        else:
            return []
        size, (before, after) = len(text), self.reach
        found = []
        start = end = -1
        for key_found in self._key.finditer(text):
            at, stop = key_found.span()
            low = at - before if at > before else 0
            if low > end:
                if end >= 0:
                    found.append((start, end))
                start = low
            end = stop + after if stop + after < size else size
        if end >= 0:
            found.append((start, end))
        return found
