"""What is counted at each event time of a curve."""

from __future__ import annotations

from dataclasses import dataclass

from clemency.models.kernel.riskset import RiskSets
from clemency.typing import Bools, Floats


@dataclass(frozen=True, slots=True)
class Path:
    """A curve and what it is made of, at the D event times of all groups.

    Attributes
    ----------
    sets : RiskSets
        Of all events, the groups as strata.
    held, ends, left, ours : ndarray, shape (D,)
        Weight at risk, with any event, without one, with the event of interest.
    before, estimate : ndarray, shape (D,)
        Share free of events just before; the curve.
    mine : ndarray of bool, shape (n,), or None
        Rows with the event of interest; None for a survival curve.
    last : ndarray of bool, shape (n,), or None
        Rows whose event ends the counting, where not every event does: ``ends``, ``left`` and ``before`` are then of
        these.
    """

    sets: RiskSets
    held: Floats
    ends: Floats
    left: Floats
    ours: Floats
    before: Floats
    estimate: Floats
    mine: Bools | None
    last: Bools | None = None
