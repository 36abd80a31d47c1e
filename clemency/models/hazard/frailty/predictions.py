"""A fit with a shared frailty -> predictions for new cases, of a group with a given frailty or over all groups.

Errors come from the baseline, the coefficients, the log frailties and theta together: a cumulative hazard has the
variance of a hazard regression in which the groups are covariates, held by their penalty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clemency.models.hazard.frailty.fit import FrailtyFit
from clemency.models.hazard.frailty.penalised import Curvature
from clemency.models.kernel.riskset import while_at_risk
from clemency.models.likelihood.fit import Sources
from clemency.models.modelframe.frames import new_rows
from clemency.models.postestimation.prediction import (
    base,
    check_strata,
    checked_times,
    chosen,
    ending,
    limits,
    row_names,
    strata_of,
)
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints

KINDS = ("survival", "cumulative_hazard", "incidence")


def predict(fit: FrailtyFit, newdata: Any, times: Any, kind: str | None, frailty: float | None) -> pd.DataFrame:
    """Predict for new rows; see :meth:`SharedFrailty.predict`."""
    sources = fit.needed("a prediction")
    kind = chosen(fit, sources, kind, KINDS)
    if frailty is not None and not (np.isfinite(frailty) and frailty > 0):
        raise UsageError(f"frailty={frailty!r} must be a number above zero, or None for the average over all groups")
    frame = pd.DataFrame(index=range(1)) if not fit.terms and newdata is None else new_rows(newdata)
    asked, at = checked_times(sources, times)
    stratum = strata_of(sources, frame)
    check_strata(sources, stratum, np.full(len(frame), at.max()), ending(fit, sources))
    Z = sources.design.encode(frame) - sources.data.centre if fit.terms else np.zeros((len(frame), 0))
    hazard, error = _hazards(fit, sources, Z, stratum, at, frailty)
    names = row_names(frame.index)
    out = pd.DataFrame({"row": names.repeat(len(at)), "time": np.tile(asked, len(names))})
    return out.assign(**limits(hazard.ravel(), error.ravel(), fit.ci_level, kind, "log-log"))


def _hazards(
    fit: FrailtyFit, sources: Sources, Z: Floats, stratum: Ints, at: Floats, frailty: float | None
) -> tuple[Floats, Floats]:
    """Cumulative hazards and their errors, shape (m, T) each."""
    sets, steps, theta = sources.data.sets, base(sources), fit.shared.theta
    offset = sources.data.offset
    shift = 0.0 if offset is None else float(offset.mean())
    risk = np.exp(Z @ fit.coefficients - shift) * (1.0 if frailty is None else frailty)
    hazard, error = np.zeros((len(Z), len(at))), np.zeros((len(Z), len(at)))
    bent = fit.bent() if theta > 0 else None
    for s in np.unique(stratum):
        first, last = sets.first[s], sets.first[s + 1]
        high = first + np.searchsorted(sets.time[first:last], at, side="right")
        for j, end in enumerate(high):
            passed = np.zeros(len(sets.time), dtype=bool)
            passed[first:end] = True
            total, noise, mean = steps.steps[passed].sum(), steps.noise[passed].sum(), steps.means[passed].sum(axis=0)
            groups = None if bent is None else _means(bent, passed)
            for i in np.flatnonzero(stratum == s):
                drift = risk[i] * (total * Z[i] - mean)
                of_groups = None if groups is None else -risk[i] * groups
                hazard[i, j] = risk[i] * total
                found = _variance(fit, bent, drift, of_groups, hazard[i, j], frailty)
                error[i, j] = np.sqrt(risk[i] ** 2 * noise * _shrunk(hazard[i, j], theta, frailty) ** 2 + found)
    return (hazard if frailty is not None or theta == 0 else np.log1p(theta * hazard) / theta), error


def _shrunk(hazard: float, theta: float, frailty: float | None) -> float:
    """Derivative of the cumulative hazard over all groups by that of a group with frailty one."""
    return 1.0 if frailty is not None else 1 / (1 + theta * hazard)


def _means(bent: Curvature, passed: Bools) -> Floats:
    """Share of each group in the risk sets, integrated against the baseline over some event times, shape (G,)."""
    data, at = bent.grouped.data, bent.at
    per_risk = while_at_risk(data.sets, np.where(passed, at.ties.a, 0.0))
    if data.tied is not None:
        own = np.where(passed[data.tied.times], at.ties.b, 0.0)
        per_risk[data.tied.rows] -= own[data.tied.place]
    return bent.grouped.by_group(at.risk * per_risk)


def _variance(
    fit: FrailtyFit, bent: Curvature | None, drift: Floats, groups: Floats | None, hazard: float, frailty: float | None
) -> float:
    """Variance of a cumulative hazard from coefficients, log frailties and theta."""
    shared = fit.shared
    if bent is None or groups is None:
        return float(drift @ fit.covariance @ drift)
    pull, theta = np.concatenate([drift, groups]), shared.theta
    shrunk = _shrunk(hazard, theta, frailty)
    found = shrunk**2 * float(pull @ bent.solve(pull, 1e-8))
    if np.isnan(shared.theta_variance) or fit.variance != "model":
        return found
    by_theta = shrunk * float(pull @ shared.moved)
    if frailty is None:
        by_theta += hazard * shrunk / theta - np.log1p(theta * hazard) / theta**2
    return found + by_theta**2 * shared.theta_variance
