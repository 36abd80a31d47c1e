"""Cause-specific Cox models of all ends -> the cumulative incidence of each end for new cases.

One minus the survival of a single cause-specific model is no probability of anything where ends compete. Together the
models of all ends give one: each step of time moves e^(x'b) times the baseline's steps from those still in to the
several ends [1]_.

References
----------
.. [1] J. Benichou and M. H. Gail (1990), Estimates of absolute cause-specific risk in cohort studies, Biometrics
   46:813-826; S. C. Cheng, J. P. Fine and L. J. Wei (1998), Prediction of cumulative incidence function under the
   proportional hazards model, Biometrics 54:219-228.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.likelihood.fit import HazardFit, Sources
from clemency.models.modelframe.frames import new_rows
from clemency.models.modelframe.history import History
from clemency.models.postestimation.prediction import (
    Base,
    base,
    check_strata,
    checked_times,
    limits,
    members,
    relative_risk,
    since,
    spans_of,
    strata_of,
)
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints


@typed
def absolute_risk(
    fits: Mapping[str, HazardFit],
    newdata: Any,
    times: Any,
    *,
    given: float | str | None = None,
    id: str | None = None,
    entry: str | None = None,
    exit: str | None = None,
    transform: str = "log-log",
) -> pd.DataFrame:
    """Predict the cumulative incidence of every end from cause-specific Cox models.

    Parameters
    ----------
    fits : mapping of str to Estimate
        One fit of `cox` for each end, under the name that it shall have in the result, all of the same spells. Their
        formulas may differ. Together their outcomes are all events of the data, each once.
    newdata : DataFrame or mapping of columns
        The columns of all formulas, and of the strata if there are any.
    times : float or sequence of float
        Months on the clock.
    given : float or str, optional
        Months that have passed without any of the ends, or the column of ``newdata`` that has them for each row: the
        risks are then of somebody who is still there at that time.
    id, entry, exit : str, optional
        Columns of ``newdata`` that make each id a path of time-varying covariates: the rows of an id hold in
        (entry, exit], and the prediction is for someone who is there at the path's first entry.
    transform : {"log-log", "cloglog", "log", "plain"}
        Scale of the incidence itself on which the limits are symmetric.

    Returns
    -------
    DataFrame
        ``row`` (or the id), ``given`` if it was, ``time, outcome, estimate, std_error, ci_low, ci_high``. The estimates
        of all outcomes and the chance that none has come about add up to one.

    Raises
    ------
    UsageError
        For fits of different spells or of subdistributions, an outcome that no fit or more than one has, columns that
        new data lack, times beyond the last end of follow-up or before ``given``, a path with a gap or that ends before
        the times asked for, or a path and ``given``.

    Notes
    -----
    Within a step of time that is not small, the ends share those who leave in proportion to their hazards, as in the
    multi-state predictions of R's survival. The standard errors hold for given covariates and come from coefficients
    and baselines together; those of different ends are taken as independent, which martingales of different events
    are.

    Examples
    --------
    >>> import pandas as pd
    >>> from clemency.models import cox
    >>> d = pd.DataFrame({"months": range(1, 13), "age": [30, 50, 41, 60, 35, 44, 52, 38, 47, 61, 33, 58]})
    >>> d["end"] = pd.Categorical(["cut", "death", "cut", "censored"] * 3, categories=["censored", "cut", "death"])
    >>> fits = {k: cox(d, "age", exit="months", event="end", outcome=k) for k in ("cut", "death")}
    >>> absolute_risk(fits, {"age": [45]}, 6)[["outcome", "estimate"]].round(3)
      outcome  estimate
    0     cut     0.220
    1   death     0.157
    """
    sources_of = _checked(fits)
    frame = new_rows(newdata)
    if not len(frame):
        raise UsageError("the new data have no rows")
    first = next(iter(sources_of.values()))  # all are of the same spells
    asked, at = checked_times(first, times)
    path = (id, entry, exit)
    if given is None:
        low, high = spans_of(first, frame, path, at)
    else:
        low, high = since(first, frame, given, path), np.full(len(frame), np.inf)
        if at.min() < low.max():
            raise UsageError(f"times={at.min():g} is before given={low.max():g}: ask for times from then on")
    for sources in sources_of.values():
        until = np.minimum(at.max(initial=0.0), high)
        check_strata(sources, strata_of(sources, frame), until, sources.history.event > 0)
    names, member = members(frame, id)
    causes = [_Cause.of(fits[k], s, frame) for k, s in sources_of.items()]
    tables = []
    for i, name in enumerate(names):
        rows = np.flatnonzero(member == i)
        risk, error = _risks(causes, rows, low, high, at)
        for k, outcome in enumerate(sources_of):
            with np.errstate(divide="ignore"):
                hazard, scaled = -np.log1p(-risk[k]), error[k] / (1 - risk[k])
            columns = limits(hazard, scaled, fits[outcome].ci_level, "incidence", transform)
            who = {"row" if id is None else id: [name] * len(at)}
            who |= {} if given is None else {"given": [low[i]] * len(at)}
            tables.append(pd.DataFrame({**who, "time": asked, "outcome": outcome, **columns}))
    return pd.concat(tables, ignore_index=True)


def _checked(fits: Mapping[str, HazardFit]) -> dict[str, Sources]:
    """Arrays of the fits, if these are cause-specific models of all events of the same spells."""
    if not isinstance(fits, Mapping) or not fits:
        raise UsageError("give the fits by name, such as {'medical_parole': fit, 'release': other}")
    sources_of = {str(k): fit.needed("an absolute risk") for k, fit in fits.items()}
    first = next(iter(sources_of.values())).history
    taken: dict[str, str] = {}
    for name, sources in sources_of.items():
        if fits[name].options.get("subdistribution"):
            raise UsageError(f"'{name}' is a Fine-Gray fit, which predicts its incidence alone: use its predict()")
        h = sources.history
        if not _alike(h, first):
            raise UsageError(
                f"'{name}' was fitted to other spells or weights than '{next(iter(sources_of))}' (missing covariates?)"
            )
        for code in h.code_of(fits[name].options["outcome"]):
            outcome = h.outcomes[code - 1]
            if outcome in taken:
                raise UsageError(f"'{outcome}' is an outcome of both '{taken[outcome]}' and '{name}'")
            taken[outcome] = name
    left = [o for k, o in enumerate(first.outcomes, 1) if o not in taken and (first.event == k).any()]
    if left:
        raise UsageError(f"no fit has the outcome '{left[0]}': every event that ends a spell needs a model")
    return sources_of


def _alike(one: History, other: History) -> bool:
    """Whether two fits rest on the same spells with the same weights."""
    pairs = ((one.exit, other.exit), (one.event, other.event), (one.entry, other.entry), (one.weight, other.weight))
    return all(a is b if a is None or b is None else np.array_equal(a, b) for a, b in pairs)


@dataclass(frozen=True, slots=True)
class _Cause:
    """One end: its model's baseline, and the new rows as its formula sees them."""

    base: Base
    time: Floats
    first: Ints
    Z: Floats
    risk: Floats
    stratum: Ints
    covariance: Floats

    @classmethod
    def of(cls, fit: HazardFit, sources: Sources, frame: pd.DataFrame) -> _Cause:
        Z = sources.design.encode(frame) - sources.data.centre
        sets = sources.data.sets
        risk = relative_risk(fit, Z)
        return cls(base(sources), sets.time, sets.first, Z, risk, strata_of(sources, frame), fit.covariance)

    def along(self, rows: Ints, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Times, hazard steps, their variance, and their slopes by coefficient, on the path that some rows make."""
        parts = []
        for i in rows:
            mine = slice(self.first[self.stratum[i]], self.first[self.stratum[i] + 1])
            t = self.time[mine]
            there = slice(*(mine.start + np.searchsorted(t, (low[i], high[i]), side="right")))
            step, r = self.base.steps[there], self.risk[i]
            slope = r * (step[:, None] * self.Z[i] - self.base.means[there])
            parts.append((self.time[there], r * step, r**2 * self.base.noise[there], slope))
        time, step, noise, slope = (np.concatenate(p) for p in zip(*parts, strict=True))
        order = np.argsort(time, kind="stable")
        return time[order], step[order], noise[order], slope[order]


def _risks(causes: list[_Cause], rows: Ints, low: Floats, high: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Cumulative incidence of each cause and its standard error, shapes (K, T), for one case."""
    paths = [c.along(rows, low, high) for c in causes]
    grid = np.unique(np.concatenate([p[0] for p in paths]))
    K = len(causes)
    where = [np.searchsorted(grid, p[0]) for p in paths]
    steps = np.zeros((K, len(grid)))
    for k, p in enumerate(paths):
        steps[k, where[k]] = p[1]
    total = steps.sum(axis=0)
    before = np.exp(-(np.cumsum(total) - total))  # still in just before each time
    share, slope = _shares(total)
    place = np.searchsorted(grid, at, side="right")
    out, variance = np.zeros((K, len(at))), np.zeros((K, len(at)))
    for k in range(K):
        F = np.cumsum(before * share * steps[k])
        out[k] = np.concatenate([[0.0], F])[place]
        for j, (_, _, noise, own) in enumerate(paths):
            direct = before * (share * (j == k) + slope * steps[k])
            pull = (direct + F)[where[j]]  # less F(t): what a step more at this time does to F(t)
            variance[k] += _variance(pull, noise, own, causes[j].covariance, np.searchsorted(where[j], place), out[k])
    return out, np.sqrt(variance)


def _variance(pull: Floats, noise: Floats, own: Floats, covariance: Floats, upto: Ints, F: Floats) -> Floats:
    """Variance that one cause's baseline and coefficients bring to F(t), shape (T,)."""

    def sums(values: Floats) -> Floats:
        out: Floats = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])[upto]
        return out

    base_part = sums(pull**2 * noise) - 2 * F * sums(pull * noise) + F**2 * sums(noise)
    h = sums(pull[:, None] * own) - F[:, None] * sums(own)
    return np.maximum(base_part, 0) + np.einsum("tj,jk,tk->t", h, covariance, h)


def _shares(total: Floats) -> tuple[Floats, Floats]:
    """Leavers per unit of hazard in a step, (1 - e^-L) / L, and its derivative by L."""
    small = total < 1e-4
    L = np.where(small, 1.0, total)
    share = np.where(small, 1 - total / 2 + total**2 / 6, -np.expm1(-L) / L)
    slope = np.where(small, -0.5 + total / 3 - total**2 / 8, (np.exp(-L) * (L + 1) - 1) / L**2)
    return share, slope
