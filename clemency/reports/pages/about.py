"""A report -> the few facts by which an index, a feed and a shared card name it, and back from the file that holds them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.reports.inputs import Inputs
from clemency.reports.language import LANGUAGES, label, rounded, spoken, tr
from clemency.reports.language import quarter as quarter_

FILE = "report.json"
CARD = "card.png"
#: Longer texts in a file are none that this library wrote.
_MOST = 4000


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the quarter, what it counts, and what it stands beside."""

    value: str
    label: str
    beside: str


@dataclass(frozen=True, slots=True)
class About:
    """What a report is.

    Attributes
    ----------
    quarter, heading, lead : str
        ``2017Q2``; its heading; its first sentence. Plain text.
    numbers : tuple of Number
    edition, built : str
        Of the tables; day of the build.
    lang : str
        Code of the language that it is written in.
    """

    quarter: str
    heading: str
    lead: str
    numbers: tuple[Number, ...]
    edition: str
    built: str
    lang: str = "en"

    def to_json(self) -> str:
        """As the file `FILE` holds it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def about_of(i: Inputs, heading: str, sections: list[dict[str, Any]], day: str, numbers: tuple[Number, ...]) -> About:
    """The facts of one report."""
    first = next((t for s in sections for t in s["text"]), "")
    return About(str(i.quarter), heading, text_of(first), numbers, i.edition, day, spoken())


def text_of(markup: str) -> str:
    """The text of a paragraph's markup."""
    from html import unescape

    return unescape(re.sub(r"<[^>]+>", "", markup))


def numbers_of(quarter: pd.Period, counts: pd.DataFrame, labels: Mapping[str, str]) -> tuple[Number, ...]:
    """Numbers of a quarter, each beside the quarter before and the same quarter of earlier years.

    Parameters
    ----------
    quarter : Period
    counts : DataFrame
        ``quarter`` and a column for each of `labels`: the quarter itself, and those beside which it stands.
    labels : mapping
        What each column counts.
    """
    known = counts.set_index("quarter")
    return tuple(_number(quarter, label(what), known[name]) for name, what in labels.items())


def _number(quarter: pd.Period, what: str, n: pd.Series) -> Number:
    before = str(quarter - 1)
    beside = [tr("{n} in {quarter}", n=n[before], quarter=quarter_(before))] if before in n.index else []
    years = n.drop([str(quarter), before], errors="ignore")
    if len(years) > 1:
        span = tr("{first} to {last}", first=years.index.min()[:4], last=years.index.max()[:4])
        beside.append(
            tr(
                "{n} on average in {quarter} of {years}",
                n=rounded(years.mean(), 1),
                quarter=label(f"Q{quarter.quarter}"),
                years=span,
            )
        )
    elif len(years):
        beside.append(tr("{n} a year before", n=years.iloc[0]))
    return Number(str(n[str(quarter)]), what, tr("; ").join(beside))


def read_about(folder: Path) -> About | None:
    """The facts of the report in a folder; None if it holds none, or none that this library wrote."""
    path = folder / FILE
    if folder.is_symlink() or path.is_symlink() or not path.is_file() or not (folder / "index.html").is_file():
        return None
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        numbers = tuple(Number(**{k: _text(n[k]) for k in ("value", "label", "beside")}) for n in read["numbers"][:3])
        texts = {k: _text(read[k]) for k in ("quarter", "heading", "lead", "edition", "built")}
        texts["lang"] = _text(read.get("lang", "en"))
        found = About(**texts, numbers=numbers)
    except (ValueError, KeyError, TypeError, OSError):
        return None
    fits = re.fullmatch(r"(19|20)\d\dQ[1-4]", found.quarter) and re.fullmatch(r"\d{4}-\d\d-\d\d", found.built)
    return found if fits and found.lang in LANGUAGES else None


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MOST:
        raise TypeError("not a text of this library")
    return value
