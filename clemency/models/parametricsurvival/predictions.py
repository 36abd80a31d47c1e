"""A fit and new rows -> survival, hazards, times and shares with limits by the delta method.

Errors come from the derivatives of what is predicted by all parameters. Limits are symmetric on the scale on which it
is most nearly normal: the log cumulative hazard, the log hazard, log time, or the log odds of a share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.imputation.rubin import join
from clemency.models.modelframe.arguments import months
from clemency.models.parametricsurvival.contributions import locals_of, log_density, log_hazard, log_survival
from clemency.models.parametricsurvival.families.jets import Jet
from clemency.models.parametricsurvival.fitted import Inner, ParametricFit
from clemency.models.regression.limits import critical
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints

Kind = Literal["survival", "incidence", "cumulative_hazard", "hazard", "median", "quantile", "mean", "never"]
KINDS = ("survival", "incidence", "cumulative_hazard", "hazard", "median", "quantile", "mean", "never")
OF_TIMES = KINDS[:4]
_STEPS = 200


def predict(
    fit: ParametricFit, newdata: Any, times: Any, kind: str, quantile: float | None, until: float | None
) -> pd.DataFrame:
    """Predict; see :meth:`Parametric.predict`."""
    keys, log, error = scaled(fit, newdata, times, kind, quantile, until)
    return pd.DataFrame(keys | _on_scale(kind, log, error, critical(fit.ci_level) * error))


def pooled_predictions(
    fits: Sequence[ParametricFit], ci_level: float, newdata: Any, times: Any, kind: str, *more: float | None
) -> pd.DataFrame:
    """Pool predictions on the scale on which their limits are symmetric; see :meth:`PooledParametric.predict`."""
    every = [scaled(fit, newdata, times, kind, *more) for fit in fits]
    keys, logs, errors = every[0][0], np.array([log for _, log, _ in every]), np.array([e for _, _, e in every])
    finite = np.isfinite(logs).all(axis=0)
    pooled = join(np.where(finite, logs, 0.0), np.where(finite, errors, 0.0))
    agreed = (logs == logs[0]).all(axis=0)  # as at time zero, where all have survival one
    log = np.where(finite, pooled.estimate, np.where(np.isposinf(logs).any(axis=0), np.inf, logs[0]))
    unknown = ~finite & ~agreed
    error = np.where(finite, pooled.error, np.where(agreed, errors[0], np.nan))
    half = critical(ci_level, np.where(finite, pooled.df, np.inf)) * error
    rules = {name: np.where(unknown, np.nan, np.where(finite, getattr(pooled, name), np.inf if name == "df" else 0.0))
             for name in ("df", "riv", "fmi")}  # fmt: skip
    return pd.DataFrame(keys | _on_scale(kind, log, error, half) | rules)


def scaled(
    fit: ParametricFit, newdata: Any, times: Any, kind: str, quantile: float | None, until: float | None
) -> tuple[dict[str, Any], Floats, Floats]:
    """Columns that name what is predicted, and its value and error on the scale on which limits are symmetric."""
    _check(fit, kind, times, quantile, until)
    inner = fit.inner
    X, Z = encoded(inner, newdata)
    if kind in OF_TIMES:
        asked = months(times)
        log, slope = _log_of_times(inner, X, Z, asked, kind)
        keys: dict[str, Any] = {"row": np.repeat(np.arange(len(X)), len(asked)), "time": np.tile(asked, len(X))}
    else:
        keys = {"row": np.arange(len(X))}
        if kind == "never":
            assert Z is not None
            log, slope = Z @ inner.theta[-Z.shape[1] :], _padded(Z, len(inner.theta))
        elif kind == "mean":
            log, slope = log_mean(inner, X, Z, until)
            keys |= {} if until is None else {"until": until}
        else:
            share = 0.5 if quantile is None else quantile
            log, slope = log_quantile(inner, X, Z, share)
            keys |= {"quantile": share} if kind == "quantile" else {}
    return keys, log, np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slope, inner.covariance, slope), 0.0))


def encoded(inner: Inner, newdata: Any) -> tuple[Floats, Floats | None]:
    """Columns of new rows, constants among them."""
    X = inner.time.encode(newdata)
    Z = None if inner.never is None else inner.never.encode(newdata)
    n = len(X)
    if Z is not None and len(Z) != n:  # one of the formulas has no covariates
        n = max(n, len(Z))
        X, Z = (part if len(part) == n else np.zeros((n, 0)) for part in (X, Z))
    if not n:
        raise UsageError("newdata has no rows.")
    one = np.ones((n, 1))
    X = np.column_stack([X, one]) if inner.family.constant else X
    return X, None if Z is None else np.column_stack([Z, one])


def at_times(inner: Inner, X: Floats, Z: Floats | None, time: Floats, what: Any = log_survival) -> Jet:
    """Log survival or log density of each row at a time of its own above zero."""
    with np.errstate(all="ignore"):
        made: Jet = what(inner.family, time, locals_of(inner.family, X, Z, inner.theta), Z is not None)
        return made


def by_parameters(first: Floats, X: Floats, Z: Floats | None) -> Floats:
    """Derivatives by location, further parameters and odds -> those by all coefficients, shape (n, q)."""
    inside = first[1:] if Z is None else first[1:-1]
    parts = [X * first[0][:, None], *(row[:, None] for row in inside)]
    return np.column_stack(parts if Z is None else [*parts, Z * first[-1][:, None]])


def _padded(Z: Floats, q: int) -> Floats:
    return np.column_stack([np.zeros((len(Z), q - Z.shape[1])), Z])


def _log_of_times(inner: Inner, X: Floats, Z: Floats | None, asked: Floats, kind: str) -> tuple[Floats, Floats]:
    """Log (cumulative) hazards, row after row, with their derivatives."""
    if kind == "hazard" and (asked <= 0).any():
        raise UsageError("a hazard is one at times above 0.")
    rows, time = np.repeat(np.arange(len(X)), len(asked)), np.tile(asked, len(X))
    X, Z = X[rows], None if Z is None else Z[rows]
    if kind == "hazard":
        rate = at_times(inner, X, Z, time, log_hazard)
        log, first = rate.value, rate.first
    else:
        tail = at_times(inner, X, Z, np.maximum(time, np.finfo(float).tiny))
        with np.errstate(all="ignore"):
            log = np.where(time > 0, np.log(-tail.value), -np.inf)
            first = np.where(time > 0, tail.first / tail.value, 0.0)
    _refuse_beyond(log, time, rows)
    return log, by_parameters(first, X, Z)


def _refuse_beyond(log: Floats, time: Floats, rows: Ints) -> None:
    """Refuse times whose (cumulative) hazard is beyond what numbers hold, so that no error can be told."""
    beyond = np.flatnonzero(np.isposinf(log))
    if len(beyond):
        i = beyond[0]
        raise UsageError(
            f"times={time[i]:g}: by this distribution the chance to come to it without the event is too small for a "
            f"number (row {rows[i]}), and so is its error: ask for earlier times."
        )


def log_quantile(inner: Inner, X: Floats, Z: Floats | None, share: float) -> tuple[Floats, Floats]:
    """Log of the time by which a share has had the event, infinite where it never has, with its derivatives."""
    values = locals_of(inner.family, X, Z, inner.theta)
    target, n = np.log1p(-share), len(X)

    def tail(x: Floats) -> Floats:
        with np.errstate(all="ignore"):
            return log_survival(inner.family, np.exp(x), values, Z is not None, slopes=False).value

    low, high = np.full(n, -300.0), np.full(n, 300.0)
    never = ~(tail(high) <= target)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        above = tail(middle) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    log = np.where(never, np.inf, (low + high) / 2)
    time = np.exp(np.where(never, 0.0, log))
    there = at_times(inner, X, Z, time)
    with np.errstate(all="ignore"):
        hazard = np.exp(at_times(inner, X, Z, time, log_density).value - there.value)
        slope = by_parameters(there.first / (hazard * time), X, Z)
    slope[never] = np.nan
    return log, slope


def log_mean(inner: Inner, X: Floats, Z: Floats | None, until: float | None) -> tuple[Floats, Floats]:
    """Log of the mean time, or of the mean time up to `until`, with its derivatives."""
    if until is None:
        found = inner.family.log_mean(inner.theta[X.shape[1] :])
        if found is not None:
            value, slope = found
            ends = np.column_stack([X, np.tile(slope, (len(X), 1))])
            return X @ inner.theta[: X.shape[1]] + value, ends
        end, _ = log_quantile(inner, X, Z, -np.expm1(-36.0))
        ends_at = np.exp(np.minimum(end, 300.0))
    else:
        ends_at = np.full(len(X), until)
        end = np.zeros(len(X))
    area, slope = _areas(inner, X, Z, ends_at)
    log = np.where(np.isfinite(end), np.log(area), np.inf)
    slope = slope / area[:, None]
    slope[~np.isfinite(end)] = np.nan
    return log, slope


def _areas(inner: Inner, X: Floats, Z: Floats | None, end: Floats) -> tuple[Floats, Floats]:
    """Area below the survival of each row up to a time of its own, by Gauss's rule in pieces that double in length."""
    node, weight = np.polynomial.legendre.leggauss(12)
    theta, area = inner.theta, np.zeros(len(X))
    slope = np.zeros((len(X), len(theta)))
    own = np.exp(getattr(inner.family, "knots", np.zeros(0))), getattr(inner.family, "cuts", np.zeros(0))
    inside = np.concatenate(own)
    for i, stop in enumerate(end):
        edges = np.unique(np.r_[0.0, stop * 2.0 ** -np.arange(50, -1, -1), inside[inside < stop]])
        half = np.diff(edges)[:, None] / 2
        time = (edges[:-1, None] + half * (1 + node)).ravel()
        rows = np.repeat(X[i : i + 1], len(time), axis=0)
        odds = None if Z is None else np.repeat(Z[i : i + 1], len(time), axis=0)
        tail = at_times(inner, rows, odds, time)
        value = (half * weight).ravel() * np.exp(tail.value)
        area[i] = value.sum()
        left = value > 0  # where nothing is left the derivatives have no value
        slope[i] = value[left] @ by_parameters(tail.first, rows, odds)[left]
    return area, slope


def _on_scale(kind: str, log: Floats, error: Floats, half: Floats) -> dict[str, Floats]:
    """Estimate, its error and limits, from the scale on which limits are symmetric and `half` apart from it."""
    with np.errstate(all="ignore"):
        if kind == "never":
            value, low, high = (special.expit(log + move) for move in (0.0, -half, half))
            spread = error * value * (1 - value)
        else:
            value, low, high = (np.exp(log + move) for move in (0.0, -half, half))
            spread = value * error
        if kind in ("survival", "incidence"):
            spread = spread * np.exp(-value)
            value, low, high = np.exp(-value), np.exp(-high), np.exp(-low)
        if kind == "incidence":
            value, low, high = 1 - value, 1 - high, 1 - low
    return {"estimate": value, "std_error": spread, "ci_low": low, "ci_high": high}


def _check(fit: ParametricFit, kind: str, times: Any, quantile: float | None, until: float | None) -> None:
    if kind not in KINDS:
        raise UsageError(f"kind={kind!r} is not one of: {', '.join(KINDS)}.")
    if kind in OF_TIMES and times is None:
        raise UsageError(f'kind="{kind}" needs times=.')
    if kind not in OF_TIMES and times is not None:
        raise UsageError(f'kind="{kind}" is no function of time: leave times= out.')
    if quantile is not None and kind != "quantile":
        raise UsageError('quantile= goes with kind="quantile".')
    if kind == "quantile" and (quantile is None or not 0 < quantile < 1):
        raise UsageError('kind="quantile" needs quantile=, the share that has had the event: between 0 and 1.')
    if until is not None and kind != "mean":
        raise UsageError('until= goes with kind="mean".')
    if until is not None and not 0 < until < np.inf:
        raise UsageError(f"until={until:g} must be a time above 0.")
    if kind == "never" and fit.inner.never is None:
        raise UsageError('kind="never" asks for a share that this model does not have: fit it with cure=True.')
    if kind == "mean" and until is None and fit.inner.never is not None:
        raise UsageError("with a share that never has the event no mean is finite: give until=, a time to look ahead.")
