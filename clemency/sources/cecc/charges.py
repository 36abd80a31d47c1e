"""Articles that an export states -> keys of the charges table, as far as statute, article and paragraph settle them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from clemency.records.schema import CHARGE_FAMILIES

_ARTICLE = re.compile(r"(CL79|CL97|PSAPL)-([0-9]+(?:-[0-9]+)?)(?:\(([0-9]+)\))?")
_STEM = re.compile(r"[(:]")
_RANGE = re.compile(r"([0-9]+)-([0-9]+)")


@dataclass(frozen=True, slots=True)
class Article:
    """What the charges table says of one article.

    ``stated`` is its key if the export's own text settles it, ``derived`` the only charge of the article where
    the export leaves the paragraph out, ``family`` the family that all charges of the article share, ``reason``
    why there is no stated key.
    """

    stated: str
    derived: str
    family: str
    reason: str


def match_articles(articles: Iterable[str], charges: pd.DataFrame) -> dict[str, Article]:
    """Look up articles such as ``CL97-105(2)``.

    Parameters
    ----------
    articles : iterable of str
        As `ceccparse.read_charges` writes them.
    charges : DataFrame
        The shipped charges.

    Returns
    -------
    dict of str to Article
    """
    table = _Table(charges)
    return {a: _match(a, table) for a in articles}


class _Table:
    """The charges, looked up by key, by article and by the chapter that an article stands in."""

    def __init__(self, charges: pd.DataFrame) -> None:
        self.family = dict(zip(charges["charge_id"].astype(str), charges["family"].astype(str), strict=True))
        self.keys: dict[str, list[str]] = {}
        for key in self.family:
            self.keys.setdefault(_STEM.split(key, maxsplit=1)[0], []).append(key)
        self.paragraphs = {key.split(":")[0] for key in self.family}
        self._rows = [(str(r.statute), str(r.article), str(r.family)) for r in charges.itertuples()]
        self._chapters: dict[tuple[str, int], set[str]] = {}

    def families_of_chapter(self, statute: str, number: str) -> set[str]:
        """Families of every charge in the chapter that an article outside the table belongs to."""
        article = int(number.split("-")[0])
        if (statute, article) not in self._chapters:
            self._chapters[statute, article] = self._chapter(statute, article)
        return set(self._chapters[statute, article])

    def _chapter(self, statute: str, article: int) -> set[str]:
        found: set[str] = set()
        for of, text, family in self._rows:
            span = _RANGE.fullmatch(text) if of == statute else None
            if span is None or not int(span[1]) < int(span[2]):
                continue
            first, last = int(span[1]), int(span[2])
            if first <= article <= last:
                inside = {f for s, t, f in self._rows if s == statute and first <= _whole(t) <= last}
                found |= {family} | inside
        return found


def _match(article: str, table: _Table) -> Article:
    match = _ARTICLE.fullmatch(article)
    assert match is not None
    family = table.family
    statute, number, paragraph = match.groups()
    if statute == "PSAPL":
        return Article("", "", "", "an administrative offence (Public Security Administration Punishment Law)")
    stem = f"{statute}-{number}"
    if article in family:
        return Article(article, "", family[article], "")
    if paragraph and f"{stem}-{paragraph}" in table.paragraphs:
        other = f"{number}-{paragraph}"
        return Article("", "", "", f"paragraph {paragraph} of article {number}, or the inserted article {other}")
    if stem in family:
        return Article(stem, "", family[stem], "")
    rows = table.keys.get(stem, [])
    exact = [k for k in rows if k.startswith(f"{article}:")]
    rows = exact or rows
    shared = {family[k] for k in rows} or table.families_of_chapter(statute, number)
    common = shared.pop() if len(shared) == 1 else ""
    if not rows:
        return Article("", "", common, "not in the charges table")
    if len(rows) == 1 and not paragraph:
        return Article("", rows[0], common, f"no paragraph stated; {rows[0]} is the only charge of the article there")
    return Article("", "", common, f"several charges or other paragraphs: {', '.join(rows)}")


def _whole(article: str) -> int:
    return int(article) if article.isdigit() else -1


def families(texts: Iterable[str | None], matched: dict[str, Article]) -> list[str | None]:
    """Family of each list of articles: of several, the first in the vocabulary's order; None where none is known."""
    rank = {f: i for i, f in enumerate(CHARGE_FAMILIES)}
    result: list[str | None] = []
    for text in texts:
        known = [matched[a].family for a in (text or "").split() if matched[a].family]
        result.append(min(known, key=rank.__getitem__) if known else None)
    return result
