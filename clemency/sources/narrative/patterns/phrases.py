"""The phrases out of which patterns are made, and what a pattern is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from clemency.sources.narrative.prose.durations import DURATION
from clemency.sources.narrative.prose.persons import WORD
from clemency.sources.narrative.prose.textdates import MONTH

_PERSON = rf"{WORD}(?: {WORD}){{0,3}}+(?:'s?)?+"
NAMES = rf"{_PERSON}(?:(?:, and |, | and ){_PERSON})*+"
OWNERS = rf"(?:{NAMES}|[Hh]is|[Hh]er|[Tt]heir|[Ww]hose|both|the (?:\d+ |[a-z]+ )?[a-z]+s')"
KIND = (
    r"(?:(?>prison|jail|original|reprieved|suspended|initial|life|death|fixed-term|fixed|RTL|"
    r"reeducation-through-labor|reeducation through labor|custodial|"
    rf"total|entire|overall|own|remaining|{DURATION}) )*+"
)
TERM = (
    rf"(?:{KIND}(?:sentences?|sentenced|terms?|prison terms?|imprisonment|penalty|punishment)(?: (?:length|"
    rf"term)s?)?\b(?! of deprivation))"
)
REDUCE = r"(?:reduced?|reducing|shorten(?:ed|ing)?|commut(?:ed|ing)|lower(?:ed|ing)|cut(?:ting)?)"
ADVERBS = r"(?: (?:\w+ly|later|again|also|further|then|since|twice|first))*"
RELEASE = r"(?:releas(?:ed|ing)|free(?:d|ing)|discharged|let go)"
GIVE = r"(?:grant(?:ed|ing)?|g(?:ave|iven|iving)|award(?:ed|ing)|approv(?:ed|ing))"
GET = r"(?:receiv(?:ed|ing|es)|obtain(?:ed|ing)|earn(?:ed|ing)|won|got|gain(?:ed|ing))"
MEDICAL = (
    r"(?:[Mm]edical (?:parole|bail|release)|parole (?:for|on) medical (?:reasons|grounds|treatment)|"
    r"bail for medical (?:reasons|treatment|care))"
)
OUTSIDE = r"(?:outside (?:of )?(?:the |an? )?(?:prison|jail|center|centre|RTL|detention|labor camp|camp)|at home)"
CALENDAR = (
    rf"(?! ?(?:in (?:the|{MONTH}|\d{{4}})|that |this |\d|{MONTH}|morning|spring|summer|fall|autumn|winter|evening|"
    rf"hours|next|19|20|-|Rain|the |and mid|or mid))"
)


@dataclass(frozen=True)
class Pattern:
    """One construction.

    Attributes
    ----------
    id : str
        Name, as in the output's column ``pattern``.
    act : str
        Act type, or the family that the engine settles: ``reduction``.
    who : {"owner", "patient", "nearest"}
        Where the person is found.
    expression : str
        Regular expression on plain text; groups ``anchor``, ``verb``, ``who``, ``object``.
    yes, no : tuple of str
        Sentences that give an act of this type, and sentences that give none of it.
    """

    id: str
    act: str
    who: str
    expression: str
    yes: tuple[str, ...] = field(default=())
    no: tuple[str, ...] = field(default=())

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.expression)
