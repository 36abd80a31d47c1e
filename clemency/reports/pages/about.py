"""A report -> the few facts by which an index, a feed and a shared card name it, and back from the file that holds them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.reports.inputs import Inputs
from clemency.reports.language import rounded

FILE = "report.json"
CARD = "card.png"
YEARS = 10
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
    """

    quarter: str
    heading: str
    lead: str
    numbers: tuple[Number, ...]
    edition: str
    built: str

    def to_json(self) -> str:
        """As the file `FILE` holds it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def about_of(i: Inputs, heading: str, sections: list[dict[str, Any]], day: str) -> About:
    """The facts of one report."""
    first = next((t for s in sections for t in s["text"]), "")
    return About(str(i.quarter), heading, text_of(first), numbers_of(i), i.edition, day)


def text_of(markup: str) -> str:
    """The text of a paragraph's markup."""
    from html import unescape

    return unescape(re.sub(r"<[^>]+>", "", markup))


def numbers_of(i: Inputs) -> tuple[Number, ...]:
    """Acts dated to the quarter, those by which somebody left prison, and the people, each beside other quarters."""
    own = {
        "acts of clemency granted": i.dated,
        "reductions and commutations": i.dated[
            i.dated["act_type"].astype(str).str.startswith(("sentence_red", "commut"))
        ],
        "releases, paroles and medical paroles": i.dated[
            i.dated["act_type"].isin(["early_release", "parole", "medical_parole", "special_pardon"])
        ],
    }
    return tuple(_number(i.quarter, label, rows["quarter"].value_counts(), i) for label, rows in own.items())


def _number(quarter: pd.Period, label: str, n: pd.Series, i: Inputs) -> Number:
    first = pd.Period(i.dated["quarter"].min(), "Q") if len(i.dated) else quarter
    years = [int(n.get(str(quarter - 4 * k), 0)) for k in range(1, YEARS + 1) if quarter - 4 * k >= first]
    beside = [f"{int(n.get(str(quarter - 1), 0))} in {quarter - 1}"] if quarter - 1 >= first else []
    if years:
        same = f"Q{quarter.quarter} of {quarter.year - len(years)} to {quarter.year - 1}"
        beside.append(
            f"{rounded(sum(years) / len(years), 1)} on average in {same}"
            if len(years) > 1
            else f"{years[0]} a year before"
        )
    return Number(str(int(n.get(str(quarter), 0))), label, "; ".join(beside))


def read_about(folder: Path) -> About | None:
    """The facts of the report in a folder; None if it holds none, or none that this library wrote."""
    path = folder / FILE
    if folder.is_symlink() or path.is_symlink() or not path.is_file() or not (folder / "index.html").is_file():
        return None
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        numbers = tuple(Number(**{k: _text(n[k]) for k in ("value", "label", "beside")}) for n in read["numbers"][:3])
        texts = {k: _text(read[k]) for k in ("quarter", "heading", "lead", "edition", "built")}
        found = About(**texts, numbers=numbers)
    except (ValueError, KeyError, TypeError, OSError):
        return None
    fits = re.fullmatch(r"(19|20)\d\dQ[1-4]", found.quarter) and re.fullmatch(r"\d{4}-\d\d-\d\d", found.built)
    return found if fits else None


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MOST:
        raise TypeError("not a text of this library")
    return value
