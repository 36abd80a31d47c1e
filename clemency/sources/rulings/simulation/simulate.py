"""A number and a seed -> so many made-up rulings with the values that a reader should find in them."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pandas as pd

from clemency.records.arguments.signatures import typed
from clemency.records.arguments.wholenumbers import whole_number
from clemency.sources.rulings.simulation import templates
from clemency.sources.rulings.simulation.facts import facts
from clemency.sources.rulings.simulation.wording import Hand

#: Columns of the reader that the simulation knows.
KNOWN = (
    "court", "court_level", "province", "case_number", "prisoner", "sex", "birth_date", "ethnicity",
    "education", "residence", "prison", "judgment_court", "judgment_date", "judgment_number", "charges",
    "sentence_type", "sentence_months", "deprivation_months", "fine_yuan", "property_paid", "appeal_court",
    "appeal_date", "appeal_number", "appeal_result", "committed_date", "term_start", "term_end", "current_end",
    "earlier_n", "earlier_months", "proposal_date", "proposal_body", "proposed_kind", "prosecutor_view",
    "commendations", "merits", "points", "recidivist", "decision", "kind", "months", "days", "term_after",
    "new_start", "new_end", "deprivation_after_months", "parole_start", "parole_end", "outside_reason",
    "ruling_date", "judges",
)  # fmt: skip
_MOST = 5_000_000


@typed
def simulate_rulings(n: int, *, seed: int = 0) -> pd.DataFrame:
    """Write rulings about nobody, with known values, for tests of the reader and for trying things out.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        Zero or more. The same seed gives the same texts.

    Returns
    -------
    DataFrame, shape (n, 1 + k)
        ``text``, and the values that :func:`read_rulings` should find, by the names of its columns. All names are
        masked (某), towns are called 某某, and the numbers are drawn at random: none of it is of a real case.

    Raises
    ------
    UsageError
        If `n` is no whole number from 1 to five millions, or `seed` none of 0 or more.

    Examples
    --------
    >>> made = simulate_rulings(3, seed=1)
    >>> made.shape[0], bool(made["text"].str.contains("某").all())
    (3, True)
    """
    n, seed = whole_number(n, "n", 1, _MOST), whole_number(seed, "seed")
    return pd.DataFrame([_one(random.Random(f"{seed}-{i}")) for i in range(n)], columns=["text", *KNOWN])


def _one(rng: random.Random) -> tuple[Any, ...]:
    made = facts(rng)
    hand = Hand(rng)
    made["_tells_term"] = bool(made["term_start"]) and rng.random() < 0.8
    made["_tells_current"] = rng.random() < 0.5
    text = written(made, hand)
    _told(made, text, hand)
    values = (made.get(c) for c in KNOWN)
    return (text, *(v.isoformat() if isinstance(v, dt.date) else v for v in values))


def written(made: dict[str, Any], hand: Hand) -> str:
    """The text: a line for each paragraph, or all on one."""
    parts = [
        *templates.head(made, hand),
        templates.party(made, hand),
        templates.judgment(made, hand),
        templates.proposal(made, hand),
        templates.facts_found(made, hand),
        templates.reasons(made, hand),
        templates.decision(made, hand),
        *templates.tail(made, hand),
    ]
    return ("\n" if hand.lines else "").join(parts)


def _told(made: dict[str, Any], text: str, hand: Hand) -> None:
    """Take out what this text does not say, and put in what it says beside the facts."""
    if not made["_tells_term"]:
        made["term_start"] = made["term_end"] = None
    told = bool(made["_changes"]) and made["_tells_current"]
    made["current_end"] = made["_end"] if told else None
    if made["decision"] == "granted" and made["kind"] == "reduction":
        made["deprivation_after_months"] = made["deprivation_months"]
