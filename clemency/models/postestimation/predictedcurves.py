"""Predicted curves of new rows -> the times at which they reach shares, and the areas below them.

A predicted survival is exp(-H(t)), with H a sum of steps at event times. A step more takes from the area below the
curve all that is left of it from then on; the error of an area has therefore the same two parts as that of H, the
baseline's own noise and the coefficients [1]_.

References
----------
.. [1] D. M. Zucker (1998), Restricted mean life with covariates: modification and extension of a useful survival
   analysis method, JASA 93:702-709.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.likelihood.fit import HazardFit, Sources
from clemency.models.modelframe.arguments import shares
from clemency.models.modelframe.frames import new_rows
from clemency.models.postestimation.prediction import (
    base,
    begun,
    check_strata,
    checked_times,
    chosen,
    ending,
    limits,
    members,
    relative_risk,
    strata_of,
)
from clemency.models.regression.crossings import reaches
from clemency.models.regression.limits import critical
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints

KINDS = ("survival", "incidence")

#: Kinds of prediction that are times.
TIMES = ("median", "quantile", "mean")


@dataclass(frozen=True, slots=True)
class _Curve:
    """Predicted curve of one new row or path, D event times.

    Attributes
    ----------
    begin : float
        From when on it is followed.
    end : float
        Until when something is known of it.
    time, steps, noise : ndarray, shape (D,)
        Event times after `begin`, steps of the cumulative hazard and of its variance, given the coefficients.
    slopes : ndarray, shape (D, p)
        Steps of its derivative by the coefficients.
    """

    begin: float
    end: float
    time: Floats
    steps: Floats
    noise: Floats
    slopes: Floats


def predicted_quantiles(
    fit: HazardFit,
    newdata: Any,
    p: Any = 0.5,
    kind: str | None = None,
    *,
    given: float | str | None = None,
    id: str | None = None,
    entry: str | None = None,
    exit: str | None = None,
    transform: str = "log-log",
) -> pd.DataFrame:
    """Find when the predicted curves of new rows reach given shares.

    Parameters
    ----------
    fit : Estimate
    newdata : DataFrame or mapping of columns
        As for :meth:`Estimate.predict`.
    p : float or sequence of float
        Shares that have had the event, such as 0.5 for the median.
    kind : {"survival", "incidence"}
        As for :meth:`Estimate.predict`: it must be named where other events compete.
    given : float or str, optional
        Months that have passed without the event, or the column of ``newdata`` that has them: the shares are then of
        those without the event by that time. The quantiles stay times on the clock.
    id, entry, exit : str, optional
        Columns of ``newdata`` that make each id a path of time-varying covariates, followed to its end.
    transform : {"log-log", "cloglog", "log", "plain"}
        Scale of the limits of the curve, which reach the shares where the limits of the quantile are.

    Returns
    -------
    DataFrame
        ``row`` (or the id), ``given`` if it was, ``p, quantile, ci_low, ci_high``. Missing where the curve (or its
        limit) does not come to the share by the end of follow-up, or of the path.

    Raises
    ------
    UsageError
        For shares outside (0, 1), and as :meth:`Estimate.predict`.

    Notes
    -----
    Equal to ``quantile(survfit(fit, newdata))`` of R's survival with the same ``conf.type``, which is ``"log"`` there
    unless it is named. Where the curve equals a share for a while, the quantile is the middle of it.

    References
    ----------
    R. Brookmeyer and J. Crowley (1982), Biometrics 38:29-41, for the limits.
    """
    wanted = shares(p)
    sources = fit.needed("a quantile")
    kind = chosen(fit, sources, kind, KINDS)
    names, curves = _curves(fit, sources, newdata, given, (id, entry, exit), np.empty(0), kind)
    found = []
    for name, curve in zip(names, curves, strict=True):
        hazard, slopes = np.cumsum(curve.steps), np.cumsum(curve.slopes, axis=0)
        error = np.sqrt(np.cumsum(curve.noise) + np.einsum("ij,jk,ik->i", slopes, fit.covariance, slopes))
        chance = limits(hazard, error, fit.ci_level, kind, transform)
        gone = [chance[c] if kind == "incidence" else 1 - chance[c] for c in ("estimate", "ci_low", "ci_high")]
        rising, low, high = gone if kind == "incidence" else (gone[0], gone[2], gone[1])
        when = [reaches(curve.time, np.nan_to_num(c), wanted, curve.end) for c in (rising, high, low)]
        front = _front(name, id, given, curve, len(wanted))
        found.append(pd.DataFrame({**front, "p": wanted, "quantile": when[0], "ci_low": when[1], "ci_high": when[2]}))
    return pd.concat(found, ignore_index=True)


def predicted_times(
    fit: HazardFit,
    newdata: Any,
    kind: str,
    times: Any = None,
    *,
    quantile: float | None = None,
    until: float | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Predict medians, other quantiles and restricted means by the names that they have in :meth:`Estimate.predict`.

    Parameters
    ----------
    fit : Estimate
    newdata : DataFrame or mapping of columns
    kind : {"median", "quantile", "mean"}
    times : None
        A time is what is predicted.
    quantile : float, optional
        With that kind: the share that has had the event by the time asked for.
    until : float, optional
        With ``"mean"``: the horizon. The mean without one is not known from a hazard that is estimated to the last
        exit only; `parametric` has it.
    options
        ``given, id, entry, exit, transform``, as of :func:`predicted_quantiles`.

    Returns
    -------
    DataFrame
        ``row`` (or the id), ``given`` if it was, ``quantile`` or ``until`` if they were, ``estimate``, for means
        ``std_error``, ``ci_low, ci_high``.

    Raises
    ------
    UsageError
        For arguments that do not go with the kind, and where other events compete.
    """
    if times is not None:
        raise UsageError(f"kind={kind!r} predicts a time: leave times= out.")
    for name, value, own in (("quantile", quantile, "quantile"), ("until", until, "mean")):
        if (value is None) == (kind == own):
            what = f"say {name}= with" if value is None else f"{name}= has no meaning with"
            more = ": no mean is known beyond the last exit" if kind == "mean" and value is None else ""
            raise UsageError(f"{what} kind={kind!r}{more}.")
    sources = fit.needed("a prediction")
    of = "incidence" if fit.options.get("subdistribution") else chosen(fit, sources, None, KINDS)
    if kind == "mean":
        assert until is not None
        return predicted_means(fit, newdata, until, of, **options)
    found = predicted_quantiles(fit, newdata, 0.5 if quantile is None else quantile, of, **options)
    found = found.drop(columns="p") if kind == "median" else found
    return found.rename(columns={"quantile": "estimate"}).rename(columns={"p": "quantile"})


def predicted_means(
    fit: HazardFit,
    newdata: Any,
    until: float,
    kind: str | None = None,
    *,
    given: float | str | None = None,
    id: str | None = None,
    entry: str | None = None,
    exit: str | None = None,
) -> pd.DataFrame:
    """Mean time without the event up to a month, for new rows: the area below the predicted curve.

    Parameters
    ----------
    fit : Estimate
    newdata : DataFrame or mapping of columns
        As for :meth:`Estimate.predict`.
    until : float
        Where the area ends, on the clock.
    kind : {"survival", "incidence"}
        As for :meth:`Estimate.predict`; ``"incidence"`` gives the mean time after the event up to ``until``.
    given : float or str, optional
        Months that have passed without the event, or the column of ``newdata`` that has them: the mean is then of the
        months still to come, from that time to ``until``, for those without the event by then (the restricted mean
        residual time).
    id, entry, exit : str, optional
        Columns of ``newdata`` that make each id a path of time-varying covariates; the area begins at its first entry.

    Returns
    -------
    DataFrame
        ``row`` (or the id), ``given`` if it was, ``until, estimate, std_error, ci_low, ci_high``. The limits are
        symmetric, within the time that there is; missing where no event is met by then, as nothing is known of an
        error. Covariates so far from the data that the curve drops to 0 at the first event, or stays at 1, leave no
        error either: the limits are then the areas below the limits of the curve.

    Raises
    ------
    UsageError
        As :meth:`Estimate.predict`, and for ``until`` not after ``given``.
    """
    sources = fit.needed("a restricted mean")
    kind = chosen(fit, sources, kind, KINDS)
    if np.ndim(until) != 0:
        raise UsageError("until= takes one time on the clock")
    asked, at = checked_times(sources, until, "until")
    names, curves = _curves(fit, sources, newdata, given, (id, entry, exit), at, kind)
    found = []
    for name, curve in zip(names, curves, strict=True):
        if not at[0] > curve.begin:
            what = "0, where the clock begins" if not curve.begin > 0 else f"{curve.begin:g}, from when on it counts"
            raise UsageError(f"until={asked[0]:g} must be later than {what}")
        area, error = _area(fit, curve, float(at[0]))
        low, high = _ends(fit, curve, area, error, float(at[0]))
        if kind == "incidence":
            span = float(at[0] - curve.begin)
            area, low, high = span - area, span - high, span - low
        columns = {"until": asked, "estimate": area, "std_error": error, "ci_low": low, "ci_high": high}
        found.append(pd.DataFrame({**_front(name, id, given, curve, 1), **columns}))
    return pd.concat(found, ignore_index=True)


def _ends(fit: HazardFit, curve: _Curve, area: float, error: float, until: float) -> tuple[float, float]:
    """Limits of the area below a survival; missing before the first event.

    Where rounding leaves no error, as the curve drops to zero at once or stays at one, they are the areas below the
    limits of the curve.
    """
    span, z = until - curve.begin, critical(fit.ci_level)
    if error > 1e-12 * span:
        return max(area - z * error, 0.0), min(area + z * error, span)
    n = int(np.searchsorted(curve.time, until, side="right"))
    if not n:
        return np.nan, np.nan
    hazard, slopes = np.cumsum(curve.steps[:n]), np.cumsum(curve.slopes[:n], axis=0)
    spread = np.sqrt(np.cumsum(curve.noise[:n]) + np.einsum("ij,jk,ik->i", slopes, fit.covariance, slopes))
    ends = limits(hazard, spread, fit.ci_level, "survival", "log-log")
    width = np.diff(np.r_[curve.begin, curve.time[:n], until])
    low, high = (float(width[0] + width[1:] @ np.nan_to_num(ends[c])) for c in ("ci_low", "ci_high"))
    return low, high


def _front(name: Any, id: str | None, given: float | str | None, curve: _Curve, n: int) -> dict[str, Any]:
    front = {"row" if id is None else id: [name] * n}
    return front if given is None else front | {"given": [curve.begin] * n}


def _curves(
    fit: HazardFit,
    sources: Sources,
    newdata: Any,
    given: float | str | None,
    path: tuple[str | None, str | None, str | None],
    at: Floats,
    kind: str,
) -> tuple[pd.Index, Iterator[_Curve]]:
    """Names of the new rows or paths, and their curves, one at a time."""
    frame = new_rows(newdata)
    if not len(frame):
        raise UsageError("the new data have no rows")
    Z = sources.design.encode(frame) - sources.data.centre
    stratum = strata_of(sources, frame)
    begin, end = begun(fit, sources, frame, given, path, at)
    if len(at):
        check_strata(sources, stratum, np.minimum(at.max(), end), ending(fit, sources), "until")
    names, member = members(frame, path[0])
    parts = [np.flatnonzero(member == i) for i in range(len(names))]
    return names, _made(fit, sources, (Z, stratum, begin, end), parts)


def _made(
    fit: HazardFit, sources: Sources, rows: tuple[Floats, Ints, Floats, Floats], parts: list[Ints]
) -> Iterator[_Curve]:
    Z, stratum, begin, end = rows
    steps, sets, strata = base(sources), sources.data.sets, sources.history.strata
    risk = relative_risk(fit, Z)
    last = np.zeros(max(len(strata), 1))
    np.maximum.at(last, strata.code, sources.history.exit)
    for mine in parts:
        mine = mine[np.argsort(begin[mine], kind="stable")]
        pieces = []
        for i in mine:
            first, after = sets.first[stratum[i]], sets.first[stratum[i] + 1]
            low, high = first + np.searchsorted(sets.time[first:after], (begin[i], end[i]), side="right")
            there, r = slice(low, max(high, low)), risk[i]
            slopes = r * (steps.steps[there, None] * Z[i] - steps.means[there])
            pieces.append((sets.time[there], r * steps.steps[there], r**2 * steps.noise[there], slopes))
        until = min(float(end[mine[-1]]), float(last[stratum[mine[-1]]]))
        yield _Curve(max(float(begin[mine[0]]), 0.0), until, *(np.concatenate(v) for v in zip(*pieces, strict=True)))


def _area(fit: HazardFit, curve: _Curve, until: float) -> tuple[float, float]:
    """Area below the survival from the beginning of a curve to a time, and its standard error."""
    n = int(np.searchsorted(curve.time, until, side="right"))
    survival = np.exp(-np.r_[0.0, np.cumsum(curve.steps[:n])])
    areas = survival * np.diff(np.r_[curve.begin, curve.time[:n], until])
    beyond = np.cumsum(areas[::-1])[::-1][1:]  # what a step takes with it
    pull = beyond @ curve.slopes[:n]
    variance = beyond**2 @ curve.noise[:n] + pull @ fit.covariance @ pull
    return float(areas.sum()), float(np.sqrt(variance))
