"""The table of patterns by which acts are found in a summary: what they look for, and sentences that show it.

A pattern names its trigger ``anchor``; a trigger that one pattern has claimed is not looked at by a later one, so that
the order of the table matters. ``who`` says where the person is found: ``owner`` of the sentence, ``patient`` of the
verb, or ``nearest`` person before. In the examples the record's person is *Alpha Person*; the other people are
*Beta Somebody* and *Gamma Somebody*. All are invented.
"""

from __future__ import annotations

import re

from clemency.sources.narrative.patterns.cutpatterns import CUTS, REFUSALS
from clemency.sources.narrative.patterns.exitpatterns import EXITS, SUPPOSED
from clemency.sources.narrative.patterns.phrases import CALENDAR

PATTERNS = (*REFUSALS, *SUPPOSED, *CUTS, *EXITS)
TRIGGER = re.compile(
    r"\b[Rr]educ(?:ed?|ing|tions?)\b|\b[Cc]ommut(?:ed|ing|ation)|\b[Ss]horten|\blower(?:ed|ing) (?:the|his|"
    r"her|[A-Z])|\bcut(?:ting)? (?:the|his|her|[A-Z])|[Pp]arole|"
    r"\b[Mm]edical (?:bail|release)|\bbail\b[^.]{0,60}(?:medical|health|illness)|\bahead of (?:schedule|time|"
    r"the|his|her|their)|"
    rf"\bearly (?:release|parole)|\bearly\b{CALENDAR}|\boutside\b|\bat home\b|good behav|\bpardon|\bamnest|"
    rf"\b(?:extend(?:ed|ing)|increased)\b|"
    r"\b(?:were|was)(?: \w+ly)? added\b|\blengthen|\bextension\b|\bre-?sentenced\b|\bprolonged (?:the|his|her|"
    r"[A-Z])|\b(?:eliminated|remitted)\b|\bserve out\b|\bfreed\b|(?:cut|took|taking|shaved|trimmed|"
    r"deduct\w+) \w+(?: \w+)? months|"
    r"\breleas[^.]{0,130}(?:\bhealth|\bmedical|\billness|\bill\b|\bsick|\bbefore (?:the|h|s|c)|\bprior to|"
    r"\bafter (?:s?he )?(?:had )?serv)"
)
