"""What the report asks, from whom, how, and what counts as a finding: fixed for every edition from 2026.12 on.

`docs/analysis-plan.md` says the same with its reasons. No group is formed by how many acts it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clemency.records.schema import CHARGE_FAMILIES, REGIONS

__all__ = ["PLAN", "Grouping", "Hypothesis", "Occasion", "Plan"]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to divide prisoners, with all levels that are compared.

    Attributes
    ----------
    name : str
        Of `register_person_time`.
    question : str
        What is asked, as a noun with its article.
    levels : mapping of str to tuple of str
        Each level as it is told, and the values of the table that it takes in. Values that no level takes in (not
        known, cells joined because they are small) are not compared.
    """

    name: str
    question: str
    levels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Occasion:
    """A kind of event in relations with a partner, and the time after it."""

    name: str
    question: str
    partner: str
    event_types: tuple[str, ...]
    window: str


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One hypothesis of the family: that an act is as frequent in all groups, or after an occasion as at other times."""

    key: str
    outcome: str
    about: Grouping | Occasion


@dataclass(frozen=True, slots=True)
class Plan:
    """A family of hypotheses with its error rate.

    Attributes
    ----------
    outcomes : tuple of str
        First acts; the first of either kind ends the time at risk.
    sentence_types : tuple of str
    entry, follow_up : str
        Of `cohort`.
    strata : tuple of str
        Within which groups are compared.
    groupings, occasions : tuple
    level : float
        Chance of calling any question wrongly "differs", at most (Holm).
    expected : float
        Acts that a group must have to expect, were there no difference, to be told apart by itself; with fewer it is
        thin. Its time at risk decides this, with the acts of all groups together.
    repetitions, imputations, seed : int
        For p values by simulation, and for acts that have no day.
    """

    outcomes: tuple[str, ...]
    sentence_types: tuple[str, ...]
    entry: str
    follow_up: str
    strata: tuple[str, ...]
    groupings: tuple[Grouping, ...]
    occasions: tuple[Occasion, ...]
    level: float
    expected: float
    repetitions: int
    imputations: int
    seed: int

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """The family, numbered by what is asked and then by the kind of act."""
        about: tuple[Grouping | Occasion, ...] = (*self.groupings, *self.occasions)
        pairs = [(a, outcome) for a in about for outcome in self.outcomes]
        return tuple(Hypothesis(f"H{k}", outcome, a) for k, (a, outcome) in enumerate(pairs, 1))


def _alone(values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {v: (v,) for v in values}


PLAN = Plan(
    outcomes=("sentence_reduction", "medical_parole"),
    sentence_types=("fixed", "life", "death_reprieve"),
    entry="documented",
    follow_up="register",
    strata=("period", "years"),
    groupings=(
        Grouping("charge_family", "the charge", _alone(CHARGE_FAMILIES)),
        Grouping("region", "the region", _alone(REGIONS)),
        Grouping("sex", "sex", {"women": ("F",), "men": ("M",)}),
        Grouping(
            "ethnicity",
            "ethnicity",
            {"Han or none stated": ("Han", "not stated")} | _alone(("Tibetan", "Uyghur", "other")),
        ),
    ),
    occasions=(
        Occasion("summit", "a summit with the US", "US", ("summit",), "180D"),
        Occasion(
            "human_rights_dialogue", "a human rights dialogue with the US", "US", ("human_rights_dialogue",), "180D"
        ),
    ),
    level=0.05,
    expected=5.0,
    repetitions=9999,
    imputations=20,
    seed=1,
)
