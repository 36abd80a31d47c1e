"""Residuals of a hazard regression: arrays of the fit -> one frame per kind, on the index of the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.models.kernel.riskset import at_events
from clemency.models.kernel.sums import by_itself
from clemency.models.likelihood.fit import HazardFit, Sources
from clemency.models.likelihood.partial import CoxData, State, first_moments
from clemency.models.likelihood.score import score_residuals
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints

KINDS = ("martingale", "deviance", "score", "dfbeta", "dfbetas", "schoenfeld", "scaled_schoenfeld")


def residuals(fit: HazardFit, kind: str) -> pd.Series | pd.DataFrame:
    """Compute residuals of one kind; see :meth:`Estimate.residuals`."""
    if kind not in KINDS:
        raise UsageError(f"there are no residuals '{kind}'; there are: {', '.join(KINDS)}")
    sources = fit.needed("residuals")
    if fit.options["ties"] == "exact" and kind not in ("martingale", "deviance"):
        raise UsageError(f"{kind} residuals are not defined for the exact likelihood: fit with ties='efron'")
    if kind not in ("martingale", "deviance") and not fit.terms:
        raise UsageError(f"{kind} residuals are not defined for a model without covariates")
    index = sources.frame.index[sources.history.rows]
    if kind in ("martingale", "deviance"):
        values = sources.folded(expected(sources.data, sources.state, precise=kind == "deviance"))
        values = sources.event - values if kind == "martingale" else deviance(values, sources.event)
        return pd.Series(values, index=index, name=kind)
    names = column_names(fit)
    if kind in ("schoenfeld", "scaled_schoenfeld"):
        return _schoenfeld_frame(fit, sources, index, names, kind == "scaled_schoenfeld")
    values = sources.folded(score_residuals(sources.data, sources.state))
    if kind != "score":
        values = values @ fit.model_covariance
        if sources.history.weight is not None:
            values *= sources.history.weight[:, None]
    if kind == "dfbetas":
        values /= np.sqrt(np.diag(fit.model_covariance))
    return pd.DataFrame(values, index=index, columns=names)


def column_names(fit: HazardFit) -> list[str]:
    """Name each coefficient by term and level."""
    return [t if not v else f"{t}[{v}]" for t, v in zip(fit.terms, fit.levels, strict=True)]


def expected(data: CoxData, at: State, precise: bool = False) -> Floats:
    """Expected events of each row, unweighted, shape (n,).

    Where hazards of very different size are summed (strata, late entries, weights over many powers of ten), that of a
    row is the difference of large numbers, good enough beside its event; ``precise`` sums it by itself then.
    """
    risk, hazard = at.risk if data.weight is None else at.risk / data.weight, at.hazard
    if precise:
        hazard = by_itself(data.sets, data.tied, at.ties, hazard.copy())
    return np.asarray(risk * hazard, dtype=np.float64)


def deviance(expected: Floats, event: Bools) -> Floats:
    """Residuals of events less expected events, made more symmetric, shape (n,).

    By the logarithm of what is expected itself, which one less a number near one no longer knows.
    """
    martingale = event - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(expected < 0.5, np.log(expected), np.log1p(-martingale))
    inner = martingale + np.where(event, log, 0.0)
    return np.sign(martingale) * np.sqrt(np.maximum(-2 * inner, 0))


def risk_means(data: CoxData, at: State) -> Floats:
    """Mean of the covariates in each risk set, averaged over the stages of a tie, shape (D, p)."""
    S1, T1 = first_moments(data, at)
    mean = S1 * at.ties.step[:, None]
    if data.tied is not None and T1 is not None:
        mean[data.tied.times] -= T1 * at.ties.own[:, None]
    weight = data.sets.n_event.astype(float) if data.weight is None else at_events(data.sets, data.weight)
    return np.asarray(mean / weight[:, None], dtype=np.float64)


def schoenfeld(data: CoxData, at: State) -> tuple[Ints, Floats]:
    """Covariates of each event less the mean of its risk set.

    Returns
    -------
    rows : ndarray of int, shape (n_events,)
        Rows with an event, by stratum and time.
    values : ndarray, shape (n_events, p)
    """
    own = data.sets.at
    rows = np.flatnonzero(data.event)
    rows = rows[np.argsort(own[rows], kind="stable")]
    return rows, data.X[rows] - risk_means(data, at)[own[rows]]


def _schoenfeld_frame(
    fit: HazardFit, sources: Sources, index: pd.Index, names: list[str], scaled: bool
) -> pd.DataFrame:
    rows, values = schoenfeld(sources.data, sources.state)
    if scaled:
        values = values @ fit.model_covariance * len(rows) + fit.coefficients
    out = pd.DataFrame(values, index=index[rows], columns=names)
    out.insert(0, "time", sources.history.exit[rows])
    return out
