"""Every pattern of the reader, in the order of a ruling's parts."""

from __future__ import annotations

from clemency.sources.rulings.patterns.decisionpatterns import DECISION_PATTERNS
from clemency.sources.rulings.patterns.findingpatterns import FINDING_PATTERNS
from clemency.sources.rulings.patterns.historypatterns import HISTORY_PATTERNS
from clemency.sources.rulings.patterns.judgmentpatterns import JUDGMENT_PATTERNS
from clemency.sources.rulings.patterns.partypatterns import PARTY_PATTERNS
from clemency.sources.rulings.patterns.phrases import Pattern

PATTERNS: tuple[Pattern, ...] = tuple(
    {
        p.id: p
        for p in (
            *PARTY_PATTERNS,
            *JUDGMENT_PATTERNS,
            *HISTORY_PATTERNS,
            *FINDING_PATTERNS,
            *DECISION_PATTERNS,
        )
    }.values()
)
