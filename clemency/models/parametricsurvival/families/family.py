"""What a family of distributions is: log survival and log density, given a location and further parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from clemency.models.parametricsurvival.families.jets import Jet
from clemency.typing import Floats


@dataclass(frozen=True, slots=True)
class Seen:
    """Times as a search begins with them: n cases.

    Attributes
    ----------
    time : ndarray, shape (n,)
        Exact or last times; the middle of an interval.
    event : ndarray of float, shape (n,)
        One with the event.
    months : ndarray, shape (n,)
        From entry to `time`.
    weight : ndarray, shape (n,)
    """

    time: Floats
    event: Floats
    months: Floats
    weight: Floats


class Family(Protocol):
    """A family of distributions of times above zero.

    Its location is what covariates move: the logarithm of time, or of the hazard.
    """

    @property
    def name(self) -> str:
        """As in ``distribution=``."""

    @property
    def title(self) -> str:
        """As readers see it."""

    @property
    def hazard(self) -> bool:
        """Whether the location is that of the log hazard, and not of log time."""

    @property
    def constant(self) -> bool:
        """Whether the location has a constant; otherwise the parameters hold it."""

    @property
    def parameters(self) -> tuple[tuple[str, str, bool], ...]:
        """Term and level of each further parameter, and whether it is a logarithm."""

    @property
    def shifted(self) -> tuple[int, ...]:
        """Parameters that hold the constant, where the location has none."""

    def log_survival(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the chance of no event up to a time above zero."""

    def log_density(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the density at a time above zero."""

    def log_hazard(self, time: Floats, at: Jet, more: list[Jet]) -> Jet:
        """Log of the hazard at a time above zero, also where survival and density are below what numbers hold."""

    def starts(self, seen: Seen) -> list[Floats]:
        """Constant (if there is one) and parameters to begin with, one array for each place to begin at."""

    def within(self) -> tuple[tuple[Family, Floats], ...]:
        """Families that are this one with its last parameters at given values: a search may begin at their maxima."""

    def log_mean(self, parameters: Floats) -> tuple[float, Floats] | None:
        """Log of the mean at location zero, with its derivatives: infinite without a mean, None without a formula."""
