"""Intervals with kinds of event, one incidence held at a time -> limits within which the likelihood stays high."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clemency.models.intervalcensoring.causecells import Caused, Factors, factors_of, fewer
from clemency.models.intervalcensoring.causenpmle import Masses, highest, log_likelihood, maximise
from clemency.models.intervalcensoring.npmle import root
from clemency.typing import Bools


def incidence_limits(data: Caused, kind: int, t: float, drop: float) -> tuple[float, float]:
    """Least and greatest incidence of a kind at a time of all masses whose log-likelihood is near the maximum.

    Parameters
    ----------
    data : Caused
    kind : int
    t : float
    drop : float
        How far below the maximum the log-likelihood may be.

    Returns
    -------
    low, high : float

    Notes
    -----
    The incidence is fixed by cases that are made up, of whom only this is known: that they have, or have not, had an
    event of the kind by then. Their number is searched for until the likelihood of the true cases has fallen by `drop`
    (for one kind and exact times, the multiplier of Thomas and Grunkemeier, 1975).
    """
    f = factors_of(data, (kind, t))
    inside = (f.kind == kind) & (f.high <= t)
    if not inside.any() or t <= data.entry.min():
        return 0.0, 0.0
    best = highest(f)[0]
    return _least(f, inside, best, drop), 1 - _least(f, ~inside, best, drop)


def _least(f: Factors, part: Bools, best: Masses, drop: float) -> float:
    """Least share of the mass in a part of the cells."""
    rest = fewer(f, ~part)
    if rest is not None and best.loglik - maximise(rest).loglik <= drop:
        return 0.0
    more, last = f.with_factor(~part), [best.size]

    def fall(cases: float) -> tuple[float, float]:
        found = maximise(replace(more, power=np.r_[f.power, cases], total=f.total + cases), last[-1])
        last.append(found.size)
        lost = best.loglik - log_likelihood(f, found.size)
        return float(np.sqrt(max(lost, 0.0) / drop)) - 1, float(found.size[part].sum())

    return root(fall, float(np.sqrt(f.total)), np.inf)
