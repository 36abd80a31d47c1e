"""A search that failed under a large offset -> the maximum after all, or the offset as the reason.

Whether a partial likelihood has a maximum does not depend on the offset: separation is a matter of who has the event
while who is at risk. What a large offset can do is to leave no information in numbers of double precision where the
search begins, as a single case then makes up the whole of each risk set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from clemency.models.likelihood.newton import Maximum
from clemency.models.likelihood.partial import CoxData
from clemency.records.errors import DataError, Problem
from clemency.typing import Floats

#: How often the way is tried again in smaller steps.
_FAILURES = 4
#: Logarithm of a hazard, relative to the mean, that a number of double precision hardly holds; and one beyond which
#: exact ties and the profiles of Firth's likelihood, which go far from the maximum, take very long.
_OVERFLOW, _NARROW = 700.0, 200.0


def despite_offset(
    data: CoxData, failed: Maximum, climb: Callable[..., Maximum], name: str | None, follow: bool = True
) -> Maximum:
    """Follow the maximum from no offset to the whole of it; refuse the offset where that cannot be done.

    Parameters
    ----------
    data : CoxData
        With an offset.
    failed : Maximum
        What the search came to.
    climb : callable
        The search, of data and optionally ``start``, where to begin.
    name : str
        Column of the offset.
    follow : bool
        Whether to look for the maximum; else the offset is refused.

    Returns
    -------
    Maximum
        Without one if the data have none without the offset either.
    """
    if data.offset is None:
        return failed
    top = climb(replace(data, offset=None))
    if top.flat.any() or top.diverging.any():
        return replace(failed, flat=top.flat, diverging=top.diverging)
    if not follow:
        raise DataError([_too_wide(data.offset, name)])
    reached, step, slope, failures = 0.0, 1 / 16, np.zeros_like(top.at.beta), 0
    while reached < 1:
        share = min(reached + step, 1.0)
        start = top.at.beta + (share - reached) * slope
        partial = climb(replace(data, offset=share * data.offset), start=start)
        known = np.diag(partial.at.information) > 1e-10 * data.span**2
        if partial.diverging.any() or not known.all():
            step, failures = step / 4, failures + 1
            if failures > _FAILURES:
                raise DataError([_too_wide(data.offset, name)])
        else:
            slope = (partial.at.beta - top.at.beta) / (share - reached)
            top, reached, step = partial, share, 2 * step
    return top


def check_offset(offset: Floats | None, name: str | None, narrow: bool = False) -> None:
    """Refuse an offset beside whose mean a hazard is too large for numbers, or for likelihoods that need more room."""
    if offset is not None and float(offset.max() - offset.mean()) > (_NARROW if narrow else _OVERFLOW):
        raise DataError([_too_wide(offset, name)])


def check_baseline(top: Maximum, offset: Floats | None, name: str | None) -> None:
    """Refuse an offset under which a model without covariates has no likelihood in double precision."""
    if offset is not None and not np.isfinite(top.at.loglik):
        raise DataError([_too_wide(offset, name)])


def _too_wide(offset: Floats, name: str | None) -> Problem:
    """Name the offset as the reason why there is no estimate."""
    width = float(np.ptp(offset))
    what = (
        f"it differs by up to {width:.4g} between spells, a factor of e^{width:.0f} in their hazards, beside which "
        "numbers cannot hold the effects of the covariates"
    )
    remedy = "Give a logarithm, such as that of an exposure, in which spells can differ by a few units only."
    return Problem("data", None, str(name), "", what, remedy)
