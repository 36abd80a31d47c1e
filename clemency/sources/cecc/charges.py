"""Articles that an export states -> keys of the charges table, as far as statute, article and paragraph settle them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from clemency.records.schema import CHARGE_FAMILIES

_ARTICLE = re.compile(r"(CL79|CL97|PSAPL)-([0-9]+(?:-[0-9]+)?)(?:\(([0-9]+)\))?")
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
    family = dict(zip(charges["charge_id"].astype(str), charges["family"].astype(str), strict=True))
    return {a: _match(a, family, charges) for a in articles}


def _match(article: str, family: dict[str, str], charges: pd.DataFrame) -> Article:
    match = _ARTICLE.fullmatch(article)
    assert match is not None
    statute, number, paragraph = match.groups()
    if statute == "PSAPL":
        return Article("", "", "", "an administrative offence (Public Security Administration Punishment Law)")
    stem = f"{statute}-{number}"
    if article in family:
        return Article(article, "", family[article], "")
    if paragraph and f"{stem}-{paragraph}" in {k.split(":")[0] for k in family}:
        other = f"{number}-{paragraph}"
        return Article("", "", "", f"paragraph {paragraph} of article {number}, or the inserted article {other}")
    if stem in family:
        return Article(stem, "", family[stem], "")
    rows = [k for k in family if re.fullmatch(re.escape(stem) + r"([(:].*)?", k)]
    exact = [k for k in rows if k.startswith(f"{article}:")]
    rows = exact or rows
    shared = {family[k] for k in rows} or _families_of_chapter(statute, number, family, charges)
    common = shared.pop() if len(shared) == 1 else ""
    if not rows:
        return Article("", "", common, "not in the charges table")
    if len(rows) == 1 and not paragraph:
        return Article("", rows[0], common, f"no paragraph stated; {rows[0]} is the only charge of the article there")
    return Article("", "", common, f"several charges or other paragraphs: {', '.join(rows)}")


def _families_of_chapter(statute: str, number: str, family: dict[str, str], charges: pd.DataFrame) -> set[str]:
    """Families of every charge in the chapter that an article outside the table belongs to."""
    found: set[str] = set()
    for row in charges[charges["statute"].astype(str) == statute].itertuples():
        span = _RANGE.fullmatch(str(row.article))
        if span is None or int(span[1]) >= int(span[2]):
            continue
        first, last = int(span[1]), int(span[2])
        if first <= int(number.split("-")[0]) <= last:
            inside = charges[
                (charges["statute"].astype(str) == statute) & charges["article"].map(_whole).between(first, last)
            ]
            found |= {family[str(row.charge_id)]} | set(inside["family"].astype(str))
    return found


def _whole(article: str) -> int:
    return int(article) if str(article).isdigit() else -1


def families(texts: Iterable[str | None], found: dict[str, Article]) -> list[str | None]:
    """Family of each list of articles: of several, the first in the vocabulary's order; None where none is known."""
    rank = {f: i for i, f in enumerate(CHARGE_FAMILIES)}
    result: list[str | None] = []
    for text in texts:
        known = [found[a].family for a in (text or "").split() if found[a].family]
        result.append(min(known, key=rank.__getitem__) if known else None)
    return result
