"""Baselines and predictions of a hazard regression, with standard errors from coefficients and baseline together.

For a row with covariates x the cumulative hazard is e^(x'b) times the baseline; its variance is the sum of the
baseline's own and of d'Vd, where d integrates x less the mean of the risk set [1]_. V is the covariance of the fit, so
cluster-robust fits give cluster-robust predictions (of the part that comes from the coefficients, as in R's survival).

References
----------
.. [1] A. A. Tsiatis (1981), Annals of Statistics 9:93-108; P. K. Andersen and R. D. Gill (1982), ibid. 10:1100-1120.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.designmatrix.coding import Known, as_python, column_of, grouped, read_levels
from clemency.models.kernel.riskset import at_risk, within_stratum
from clemency.models.kernel.sametime import made_equal, tolerance
from clemency.models.likelihood.fit import HazardFit, Sources
from clemency.models.likelihood.score import integrated_means
from clemency.models.modelframe.arguments import months
from clemency.models.modelframe.frames import new_rows, numbers
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.measures import NEEDED
from clemency.models.regression.limits import SCALES, share_limits
from clemency.records.errors import UsageError
from clemency.typing import Bools, Floats, Ints

KINDS = ("survival", "cumulative_hazard", "incidence", "hazard_ratio", "linear")


@dataclass(frozen=True, slots=True)
class Base:
    """The baseline at the covariates' zero (or centre, see CoxData); D event times.

    Attributes
    ----------
    steps : ndarray, shape (D,)
        Steps of the cumulative hazard.
    noise : ndarray, shape (D,)
        Steps of its variance, given the coefficients.
    means : ndarray, shape (D, p)
        Steps times the mean of the risk set.
    """

    steps: Floats
    noise: Floats
    means: Floats


def base(sources: Sources) -> Base:
    """Compute the baseline at the data's centre and mean offset."""
    ties = sources.state.ties
    return Base(ties.step, ties.a, integrated_means(sources.data, sources.state))


def baseline(fit: HazardFit) -> pd.DataFrame:
    """Tabulate the baseline at zero covariates; see :meth:`Estimate.baseline`."""
    sources = fit.needed("the baseline")
    data, sets = sources.data, sources.data.sets
    steps = base(sources)
    shift = -data.centre
    scale = np.exp(shift @ fit.coefficients - (0.0 if data.offset is None else data.offset.mean()))
    hazard = scale * within_stratum(sets, steps.steps)
    noise = scale**2 * within_stratum(sets, steps.noise)
    drift = np.empty(steps.means.shape)
    for j in range(len(shift)):
        drift[:, j] = scale * within_stratum(sets, shift[j] * steps.steps - steps.means[:, j])
    error = np.sqrt(noise + np.einsum("ij,jk,ik->i", drift, fit.covariance, drift))
    out: dict[str, Any] = {"time": sets.time}
    for name in sources.history.strata.columns:
        out[name] = sources.history.strata.levels[name].take(sets.stratum).to_numpy()
    return pd.DataFrame(
        out
        | {
            "at_risk": at_risk(sets, data.weight),
            "n_event": sets.n_event,
            "cumulative_hazard": hazard,
            "std_error": error,
            "survival": np.exp(-hazard),
        }
    )


def predict(
    fit: HazardFit,
    newdata: Any,
    times: Any = None,
    kind: str | None = None,
    *,
    given: float | str | None = None,
    id: str | None = None,
    entry: str | None = None,
    exit: str | None = None,
    transform: str = "log-log",
) -> pd.DataFrame:
    """Predict for new rows.

    Parameters
    ----------
    fit : Estimate
    newdata : DataFrame or mapping of columns
        The formula's columns, and the strata columns if the fit has any. A mapping of single values is one row.
    times : float or sequence of float, optional
        Months on the clock; not used by ``"hazard_ratio"`` and ``"linear"``.
    kind : {"survival", "cumulative_hazard", "incidence", "hazard_ratio", "linear"}
        ``"survival"`` by default; it must be named where other events compete: it then is the chance of no such event
        if no other end came first, and not one minus the share that will have it (:func:`absolute_risk`).
        ``"incidence"`` is one minus survival and is offered where no other event competes (a Fine-Gray fit, or a fit
        of all ends together). ``"linear"`` is x'b, ``"hazard_ratio"`` its exponential: the ratio to a case whose
        covariates are all zero or at the reference level.
    given : float or str, optional
        Months that have passed without the event, or the column of ``newdata`` that has them for each row: the
        prediction is then for somebody without the event by that time, S(t | T > given).
    id, entry, exit : str, optional
        Columns of ``newdata`` that make each id a path of time-varying covariates: the rows of an id hold in
        (entry, exit], and the prediction is for someone who follows the path from its first entry.
    transform : {"log-log", "cloglog", "log", "plain"}
        Scale of the limits of survival or incidence, each by itself: the limits of an incidence are one minus those of
        the survival with ``"cloglog"``, and not with ``"log-log"``.

    Returns
    -------
    DataFrame
        ``row`` (or the id), ``given`` if it was, ``time``, ``estimate, std_error, ci_low, ci_high``.

    Raises
    ------
    UsageError
        For an unknown kind, a missing column, a level or stratum that the fit has not seen, times beyond the last end
        of follow-up (in the stratum of a row, unless all who were left then had the event) or before ``given``, a path
        with a gap or that ends before the times asked for, and ``given`` with a path or in a Fine-Gray fit.
    """
    sources = fit.needed("a prediction")
    kind = chosen(fit, sources, kind, KINDS)
    frame = new_rows(newdata)
    X = sources.design.encode(frame)
    if kind in ("hazard_ratio", "linear"):
        if not fit.terms:
            raise UsageError(f"a model without covariates has no {kind}: take kind='survival'")
        if given is not None:
            raise UsageError(f"given= has no meaning for kind={kind!r}, which is of no time: leave it out")
        return _linear(fit, X, frame.index, kind)
    if times is None:
        raise UsageError("say at which times= to predict")
    asked, at = checked_times(sources, times)
    stratum = strata_of(sources, frame)
    spans = begun(fit, sources, frame, given, (id, entry, exit), at)
    if given is not None and at.min() < spans[0].max():
        raise UsageError(f"times={at.min():g} is before given={spans[0].max():g}: ask for times from then on")
    check_strata(sources, stratum, np.minimum(at.max(initial=0.0), spans[1]), ending(fit, sources))
    names, member = members(frame, id)
    rows = _Rows(X - sources.data.centre, stratum, *spans, member, len(names))
    hazard, error = _hazards(fit, sources, rows, at)
    front = {"row" if id is None else id: names.repeat(len(at))}
    front |= {} if given is None else {"given": spans[0].repeat(len(at))}
    out = pd.DataFrame({**front, "time": np.tile(asked, len(names))})
    return out.assign(**limits(hazard.ravel(), error.ravel(), fit.ci_level, kind, transform))


def _linear(fit: HazardFit, X: Floats, index: pd.Index, kind: str) -> pd.DataFrame:
    eta = X @ fit.coefficients
    error = np.sqrt(np.einsum("ij,jk,ik->i", X, fit.covariance, X))
    half = special.ndtri((1 + fit.ci_level) / 2) * error
    columns = {"estimate": eta, "std_error": error, "ci_low": eta - half, "ci_high": eta + half}
    if kind == "hazard_ratio":
        columns = {n: v if n == "std_error" else np.exp(v) for n, v in columns.items()}
        columns["std_error"] = columns["estimate"] * error
    return pd.DataFrame({"row": row_names(index), **columns})


def row_names(index: pd.Index) -> pd.Index:
    """Names of rows, one value each."""
    return index.to_flat_index() if index.nlevels > 1 else index


def members(frame: pd.DataFrame, id: str | None) -> tuple[pd.Index, Ints]:
    """Names of those for whom to predict, and to which of them each new row belongs."""
    if id is None:
        return row_names(frame.index), np.arange(len(frame))
    code, names = grouped(frame[id])
    return names, code


def chosen(fit: HazardFit, sources: Sources, kind: str | None, kinds: Sequence[str]) -> str:
    """Kind of a prediction: survival if none is named, but not where other events compete."""
    if kind is not None and kind not in kinds:
        raise UsageError(f"kind must be one of {', '.join(kinds)}, not {kind!r}")
    history = sources.history
    if fit.options.get("subdistribution"):
        if kind is None:
            raise UsageError("say kind='incidence': a Fine-Gray fit has no survival of its own, only one minus that")
        return kind
    of_interest = history.code_of(fit.options["outcome"])
    others = [o for k, o in enumerate(history.outcomes, 1) if k not in of_interest and (history.event == k).any()]
    if others and kind is None:
        raise UsageError(
            f"other events compete ({', '.join(others)}), and survival is the chance of no such event had none of them "
            "come first: say kind='survival' if that is meant, or take absolute_risk with a fit for each, or fine_gray"
        )
    if others and kind == "incidence":
        raise UsageError(
            "other events compete: one minus this survival is not an incidence; use absolute_risk, fine_gray or "
            "incidence"
        )
    return kind or "survival"


def ending(fit: HazardFit, sources: Sources) -> Bools:
    """Spells after which nothing is left to count: with the event or, for a subdistribution, any."""
    return sources.history.event > 0 if fit.options.get("subdistribution") else sources.event


def check_strata(sources: Sources, stratum: Ints, until: Floats, ends: Bools, name: str = "times") -> None:
    """Refuse rows that ask for times after the last exit of their stratum, unless all who left then had come to an end.

    Parameters
    ----------
    sources : Sources
    stratum : ndarray of int, shape (m,)
        Of each new row.
    until : ndarray, shape (m,)
        Last time that each row is asked for.
    ends : ndarray of bool, shape (n,)
        Spells of the fit after which nothing is left to count.
    name : str
        Of the argument that asks, for messages.
    """
    strata = sources.history.strata
    if not strata.columns:
        return
    last = np.zeros(len(strata))
    np.maximum.at(last, strata.code, sources.history.exit)
    lost = np.zeros(len(strata), dtype=bool)
    lost[strata.code[(sources.history.exit == last[strata.code]) & ~ends]] = True
    late = np.flatnonzero(lost[stratum] & (until > last[stratum]))
    if len(late):
        s = stratum[late[0]]
        more = len(np.unique(stratum[late])) - 1
        raise UsageError(
            f"{name}={until[late[0]]:g} is later than the last exit of the stratum {strata.names()[s]}, {last[s]:g}: "
            "nothing is known of it there; ask for earlier times, or leave it out"
            + (f" ({more} more are followed too briefly)" if more else "")
        )


def checked_times(sources: Sources, times: Any, name: str = "times") -> tuple[Floats, Floats]:
    """Times as asked for, and as those of the data that they are the same as; refuse those outside the follow-up."""
    asked = months(times, name)
    if not len(asked):
        raise UsageError(f"{name}= names no time")
    at, last = sources.history.matched(asked), float(sources.history.exit.max())
    if not np.isfinite(at).all() or at.min() < 0 or at.max() > last:
        raise UsageError(f"{name} must lie between 0 and {last:g}, the last end of follow-up")
    return asked, at


def strata_of(sources: Sources, frame: pd.DataFrame) -> Ints:
    """Stratum of each new row."""
    strata = sources.history.strata
    if not strata.columns:
        return np.zeros(len(frame), dtype=np.intp)
    asked, own = [], []
    for name in strata.columns:
        if name not in frame.columns:
            raise UsageError(f"the fit is stratified: new data need the column '{name}'")
        values = strata.levels[name]
        levels = tuple(dict.fromkeys(values))
        known = Known(name, "levels", levels, tuple(map(str, levels)))
        try:
            asked.append(read_levels(column_of(frame, name, "the strata"), known, "the strata"))
        except UsageError as error:
            raise UsageError(f"no stratum {_first_unknown(frame, name, known)}; {error}") from None
        own.append([known.place(v) for v in values])
    place = {combination: k for k, combination in enumerate(zip(*own, strict=True))}
    found = np.array([place.get(a, -1) for a in zip(*(a.tolist() for a in asked), strict=True)], dtype=np.intp)
    if (found < 0).any():
        odd = frame[list(strata.columns)].iloc[int(np.flatnonzero(found < 0)[0])]
        raise UsageError(f"no stratum {', '.join(map(str, odd))}; the fit has: {'; '.join(strata.names())}")
    return found


def _first_unknown(frame: pd.DataFrame, name: str, known: Known) -> str:
    return next((str(as_python(v)) for v in frame[name] if known.place(v) < 0), "")


def begun(
    fit: HazardFit,
    sources: Sources,
    frame: pd.DataFrame,
    given: float | str | None,
    path: tuple[str | None, str | None, str | None],
    at: Floats,
) -> tuple[Floats, Floats]:
    """When each new row holds: as `spans_of`, or from `given` on."""
    if given is None:
        return spans_of(sources, frame, path, at)
    if fit.options.get("subdistribution"):
        raise UsageError(
            "given= has no meaning in a Fine-Gray fit, which keeps those with another event at risk: take "
            "absolute_risk(given=) with a fit for each end"
        )
    return since(sources, frame, given, path), np.full(len(frame), np.inf)


def since(
    sources: Sources, frame: pd.DataFrame, given: float | str, path: tuple[str | None, str | None, str | None]
) -> Floats:
    """Time that each new row has come to without the event, shape (m,)."""
    if any(name is not None for name in path):
        raise UsageError("given= says from when on a row is followed, and a path's first entry does: give one of them")
    if isinstance(given, str):
        if given not in frame.columns:
            raise UsageError(f"new data lack the column '{given}', which given= names")
        begin = numbers(frame, given, mend=NEEDED, data="new data")
        if not np.isfinite(begin).all():
            row = frame.index[int(np.flatnonzero(~np.isfinite(begin))[0])]
            raise UsageError(f"'{given}' is missing in row {row} of the new data: give 0 where nothing has passed")
    else:
        begin = months(given, "given")
        if len(begin) != 1:
            raise UsageError("given= takes one time, or the name of a column of the new data with one for each row")
        begin = begin.repeat(len(frame))
    begin, last = sources.history.matched(begin), float(sources.history.exit.max())
    if len(begin) and not (begin.min() >= 0 and begin.max() < last):
        odd = begin.min() if begin.min() < 0 else begin.max()
        raise UsageError(f"given={odd:g} must lie between 0 and {last:g}, the last end of follow-up")
    return begin


def spans_of(
    sources: Sources, frame: pd.DataFrame, path: tuple[str | None, str | None, str | None], at: Floats
) -> tuple[Floats, Floats]:
    """When each new row holds: always, or (entry, exit] on a path, which must reach to the last of the times `at`.

    Times that are the same as those of the fit, or as others of the path, are made equal to them.
    """
    id, entry, exit = path
    given = [n for n, v in (("id", id), ("entry", entry), ("exit", exit)) if v is not None]
    if not given:
        return np.full(len(frame), -np.inf), np.full(len(frame), np.inf)
    if id is None or entry is None or exit is None:
        raise UsageError("a path needs id=, entry= and exit= together")
    for name in (id, entry, exit):
        if name not in frame.columns:
            raise UsageError(f"new data lack the column '{name}'")
    history = sources.history
    starts, ends = (history.matched(numbers(frame, c, mend=NEEDED, data="new data")) for c in (entry, exit))
    starts, ends, at = made_equal(starts, ends, at, within=tolerance(history.entry, history.exit))
    if not (starts < ends).all():
        raise UsageError("a path has a row whose exit is not after its entry")
    who = codes(frame[id])
    if (who < 0).any():
        raise UsageError(f"a path has no '{id}'")
    order = np.lexsort((starts, who))
    names, begin, end = frame[id].to_numpy()[order], starts[order], ends[order]
    same = who[order][1:] == who[order][:-1]
    if (same & (begin[1:] < end[:-1])).any():
        raise UsageError("a path has rows that overlap")
    gap = np.flatnonzero(same & (begin[1:] > end[:-1]))
    if len(gap):
        i = gap[0]
        raise UsageError(
            f"the path of {as_python(names[i])!r} has a gap between {end[i]:g} and {begin[i + 1]:g}: fill it"
        )
    short = np.flatnonzero(np.append(~same, True) & (end < at.max(initial=-np.inf)))
    if len(short):
        i = short[0]
        raise UsageError(
            f"the path of {as_python(names[i])!r} ends at {end[i]:g}, before times={at.max():g}: nothing is known of "
            "it from then on, so say which covariates hold, or ask for earlier times"
        )
    return starts, ends


@dataclass(frozen=True, slots=True)
class _Rows:
    """k new rows: centred covariates (k, p), stratum, begin and end of each, and which of n members it belongs to."""

    Z: Floats
    stratum: Ints
    begin: Floats
    end: Floats
    member: Ints
    n: int


def _hazards(fit: HazardFit, sources: Sources, rows: _Rows, at: Floats) -> tuple[Floats, Floats]:
    """Cumulative hazard and its standard error for each member (new row or path) and time, shapes (n, T)."""
    sets, baseline_hazard, Z, stratum, member = sources.data.sets, base(sources), rows.Z, rows.stratum, rows.member
    risk = relative_risk(fit, Z)
    hazard, noise = np.zeros((rows.n, len(at))), np.zeros((rows.n, len(at)))
    drift = np.zeros((rows.n, len(at), Z.shape[1]))
    totals = [np.concatenate([[0.0], np.cumsum(v)]) for v in (baseline_hazard.steps, baseline_hazard.noise)]
    means = np.concatenate([np.zeros((1, Z.shape[1])), np.cumsum(baseline_hazard.means, axis=0)])
    for i in range(len(Z)):
        first, last = sets.first[stratum[i]], sets.first[stratum[i] + 1]
        own = sets.time[first:last]
        low = first + np.searchsorted(own, rows.begin[i], side="right")
        high = first + np.searchsorted(own, np.minimum(at, rows.end[i]), side="right")
        high = np.maximum(high, low)
        step = totals[0][high] - totals[0][low]
        hazard[member[i]] += risk[i] * step
        noise[member[i]] += risk[i] ** 2 * (totals[1][high] - totals[1][low])
        drift[member[i]] += risk[i] * (step[:, None] * Z[i] - (means[high] - means[low]))
    spread = np.einsum("itj,jk,itk->it", drift, fit.covariance, drift)
    return hazard, np.sqrt(noise + spread)


#: Largest logarithm of a hazard ratio whose square is still a number.
_FARTHEST = 300.0


def relative_risk(fit: HazardFit, Z: Floats) -> Floats:
    """Hazard of each new row, covariates Z from the centre of the fit, by that of the centre; refuse what overflows."""
    log = Z @ fit.coefficients
    far = np.flatnonzero(np.abs(log) > _FARTHEST)
    if len(far):
        raise UsageError(
            f"row {far[0]} of the new data: its covariates make the hazard e^{log[far[0]]:.0f} times that of the "
            "middle of the fit, beyond what numbers hold; look at their units"
        )
    return np.asarray(np.exp(log), dtype=np.float64)


def limits(hazard: Floats, error: Floats, ci_level: float, kind: str, transform: str) -> dict[str, Floats]:
    """Turn cumulative hazards and their errors into the asked kind with limits."""
    z = float(special.ndtri((1 + ci_level) / 2))
    if kind == "cumulative_hazard":
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            factor = np.where(hazard > 0, np.exp(z * error / hazard), 1.0)
        return {"estimate": hazard, "std_error": error, "ci_low": hazard / factor, "ci_high": hazard * factor}
    if transform not in SCALES:
        raise UsageError(f"transform must be one of {', '.join(SCALES)}, not {transform!r}")
    survival, rising = np.exp(-hazard), kind == "incidence"
    share = -np.expm1(-hazard) if rising else survival
    if transform == ("cloglog" if rising else "log-log"):  # the logarithm of the hazard
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            factor = np.where(hazard > 0, np.exp(z * error / hazard), 1.0)
        low, high = hazard / factor, hazard * factor
        low, high = (-np.expm1(-low), -np.expm1(-high)) if rising else (np.exp(-high), np.exp(-low))
    elif transform == "log" and not rising:
        low, high = np.exp(-hazard - z * error), np.minimum(np.exp(-hazard + z * error), 1.0)
    else:
        low, high = share_limits(share, survival * error, transform, z)
        ends = (hazard <= 0) | (share >= 1)  # nothing has happened by then, or as good as all
        low, high = (np.where(ends & np.isfinite(error), share, v) for v in (low, high))
    return {"estimate": share, "std_error": survival * error, "ci_low": low, "ci_high": high}
