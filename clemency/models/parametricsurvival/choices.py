"""distribution=, form=, cuts= and knots= -> a family, or a refusal that says what goes together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from clemency.models.parametricsurvival.families.family import Family
from clemency.models.parametricsurvival.families.generalisedgamma import GeneralisedGamma
from clemency.models.parametricsurvival.families.hazardbases import Piecewise, Spline
from clemency.models.parametricsurvival.families.locationscale import LocationScale
from clemency.models.parametricsurvival.reading import Reading
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Floats

Distribution = Literal["exponential", "weibull", "lognormal", "loglogistic", "gengamma", "piecewise", "spline"]
DISTRIBUTIONS = ("exponential", "weibull", "lognormal", "loglogistic", "gengamma", "piecewise", "spline")
BOTH_FORMS = ("exponential", "weibull")
BANDS, INNER_KNOTS = 4, 2


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Times of all cuts or knots, as an earlier fit has laid them."""

    times: Floats


def form_of(distribution: str, form: str | None) -> str:
    """``"time"`` or ``"hazard"``: what the coefficients multiply.

    Raises
    ------
    UsageError
        For a family that has no such coefficients.
    """
    if distribution not in DISTRIBUTIONS:
        raise UsageError(f"distribution={distribution!r} is not one of: {', '.join(DISTRIBUTIONS)}.")
    if form not in (None, "time", "hazard"):
        raise UsageError(f'form={form!r} is not "time" (coefficients of log time) or "hazard" (log hazard ratios).')
    own = "hazard" if distribution in ("piecewise", "spline") else "time"
    if form is None or form == own:
        return own
    if distribution in BOTH_FORMS:
        return form
    if form == "hazard":
        raise UsageError(
            f'hazards of the {distribution} family are not proportional: form="hazard" goes with distribution='
            '"exponential", "weibull", "piecewise" or "spline".'
        )
    raise UsageError(
        f'distribution="{distribution}" has proportional hazards and no time ratios: leave form= out, or choose '
        "another distribution."
    )


def family_of(distribution: str, found: Reading, cuts: Any, knots: Any) -> Family:
    """Make the family, with cuts or knots laid where the events are.

    Raises
    ------
    UsageError
        For cuts and knots that another family would need, or that are no rising times above zero.
    DataError
        For bands of which the data say nothing.
    """
    for name, value, own in (("cuts", cuts, "piecewise"), ("knots", knots, "spline")):
        if value is not None and distribution != own:
            raise UsageError(f'{name}= goes with distribution="{own}" only: leave it out.')
    if distribution == "piecewise":
        edges = _edges(BANDS if cuts is None else cuts, found)
        _refuse_bands(edges, found)
        return Piecewise(edges)
    if distribution == "spline":
        return Spline(np.log(_knots(INNER_KNOTS if knots is None else knots, found)))
    return GeneralisedGamma() if distribution == "gengamma" else LocationScale(distribution)


def event_times(found: Reading) -> tuple[Floats, Floats]:
    """Times of the events, the middle of an interval, in order, with their weights."""
    mine = found.event
    times = (found.lower[mine] + found.upper[mine]) / 2
    order = np.argsort(times, kind="stable")
    return times[order], found.weight[mine][order]


def _quantiles(shares: Floats, found: Reading) -> Floats:
    times, weight = event_times(found)
    return np.asarray(times[np.searchsorted(np.cumsum(weight), shares * weight.sum() * (1 - 1e-12))], dtype=np.float64)


def _edges(cuts: int | Sequence[float] | Settled, found: Reading) -> Floats:
    if isinstance(cuts, Settled):
        return cuts.times
    if isinstance(cuts, (bool, str)):
        raise UsageError(f"cuts must be a number of bands, or rising times above 0, not {cuts!r}.")
    if isinstance(cuts, (int, np.integer)):
        if cuts < 1:
            raise UsageError(f"cuts={cuts} must be at least one band, or a list of times.")
        edges = np.unique(_quantiles(np.arange(1, cuts) / cuts, found))
        return edges[edges < found.lower.max()]
    return _rising(cuts, "cuts must be a number of bands, or rising times above 0.")


def _rising(values: Any, otherwise: str) -> Floats:
    edges = np.asarray(values, dtype=np.float64).ravel()
    if not np.all(np.isfinite(edges)) or np.any(edges <= 0) or np.any(np.diff(edges) <= 0):
        raise UsageError(otherwise)
    return edges


def _knots(knots: int | Sequence[float] | Settled, found: Reading) -> Floats:
    """All knots, the first and the last event among them."""
    if isinstance(knots, Settled):
        return knots.times
    if isinstance(knots, (bool, str)):
        raise UsageError(f"knots must be a number of inner knots, or rising times above 0, not {knots!r}.")
    times, _ = event_times(found)
    ends = times[[0, -1]]
    if isinstance(knots, (int, np.integer)):
        if not 0 <= knots <= 10:
            raise UsageError(f"knots={knots} must be a number of inner knots from 0 to 10, or a list of times.")
        inner = np.unique(_quantiles(np.arange(1, knots + 1) / (knots + 1), found))
        inner = inner[(inner > ends[0]) & (inner < ends[1])]
    else:
        inner = _rising(knots, "knots must be a number of inner knots, or rising times above 0.")
        if len(inner) and not (ends[0] < inner[0] and inner[-1] < ends[1]):
            raise UsageError(
                f"inner knots lie between the first and the last event ({ends[0]:g} and {ends[1]:g}): knots={knots!r}."
            )
    if not ends[0] < ends[1]:
        what = "all events are at one time, which leaves no room for a spline"
        raise DataError([Problem("data", None, "", f"{ends[0]:g}", what, 'Take distribution="exponential".')])
    return np.r_[ends[0], inner, ends[1]]


def _refuse_bands(edges: Floats, found: Reading) -> None:
    start, stop = np.r_[0.0, edges], np.r_[edges, np.inf]
    problems = []
    for a, b in zip(start, stop, strict=True):
        known = found.upper[found.event]
        low = found.lower[found.event]
        possible = ((low < b) & (known > a)) | ((low == known) & (known > a) & (known <= b))
        what = ""
        if not possible.any():
            what = "no event can lie in this band"
        elif not ((found.lower > a) & (found.entry < b)).any():
            what = "nobody is known to have been without the event in this band"
        if what:
            problems.append(
                Problem("data", None, "band", f"({a:g}, {b:g}]", what, "Take fewer or other cuts, so that it merges.")
            )
    if problems:
        raise DataError(problems)
