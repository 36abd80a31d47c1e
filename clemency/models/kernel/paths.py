"""What is counted at each event time of a curve."""

from __future__ import annotations

from dataclasses import dataclass

from clemency.models.kernel.riskset import RiskSets
from clemency.typing import Bools, Floats


@dataclass(frozen=True, slots=True)
class Path:
    """A curve and its counting processes at the D event times of all groups.

    Attributes
    ----------
    sets : RiskSets
        Of all events, the groups as strata.
    at_risk, n_ending, n_free, n_event : ndarray, shape (D,)
        Weight at risk; with any event; without one; with the event of interest.
    before, estimate : ndarray, shape (D,)
        Event-free share just before; the curve.
    is_event : ndarray of bool, shape (n,), or None
        Rows with the event of interest; None for a survival curve.
    is_ending : ndarray of bool, shape (n,), or None
        Rows whose event ends the counting, where not every event does: ``n_ending``, ``n_free`` and ``before`` are then
        of these.
    """

    sets: RiskSets
    at_risk: Floats
    n_ending: Floats
    n_free: Floats
    n_event: Floats
    before: Floats
    estimate: Floats
    is_event: Bools | None
    is_ending: Bools | None = None
