"""The chance of starting a treatment in each period -> weights of people in trials, and whether all had a chance.

A weight has two parts. For the arm: one over the chance of what the person did at time zero, as in the period of time
zero. For staying in it: one over the chance of not having started in each later period, for the untreated arm of a
per-protocol reading, whose follow-up ends when treatment starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.designmatrix.design import variables
from clemency.models.regression.chances import check_truncation, fit_chance
from clemency.models.treatment.personperiods import Periods, person_periods
from clemency.models.treatment.weighting import LARGE, NEAR, START, AtEntry, brought_in, start_warnings
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Starting:
    """Models of starting treatment, by person-period.

    Attributes
    ----------
    course : Periods
    table : DataFrame
        ``model, term, level, estimate, ...`` of both models.
    positivity : DataFrame
        By period: ``n, n_started, share_started, chance_min, chance_max, near_0, near_1``.
    warnings : DataFrame
        ``term, level, n, message``.
    covariates : tuple of str
        Of the denominator.
    stays, starts : ndarray, shape (q,)
        Logarithm of the numerator's chance over the denominator's, of not starting and of starting, by person-period;
        zero where treatment had started before.
    """

    course: Periods
    table: pd.DataFrame
    positivity: pd.DataFrame
    warnings: pd.DataFrame
    covariates: tuple[str, ...]
    stays: Floats
    starts: Floats


def starting(
    frame: pd.DataFrame,
    numerator: str,
    denominator: str,
    *,
    treatment: str,
    period: str,
    entry: str,
    exit: str,
    id: str,
    at_entry: AtEntry,
    penalty: Literal["firth"] | None,
) -> Starting:
    """Fit the chance of starting in a period, among those untreated at its beginning.

    Parameters
    ----------
    frame : DataFrame
        With a default index.
    numerator, denominator : str
        Formulas, ``"1"`` for one chance.
    treatment, period, entry, exit, id : str
    at_entry, penalty
        As for `treatment_weights`.

    Returns
    -------
    Starting

    Raises
    ------
    UsageError, DataError
        As `treatment_weights` says.
    """
    used = {f: () if f == "1" else variables(f, frame.columns) for f in (denominator, numerator)}
    course = person_periods(
        frame, exposure=treatment, period=period, entry=entry, exit=exit, id=id,
        covariates=tuple(dict.fromkeys(v for names in used.values() for v in names)), at_entry=at_entry,
    )  # fmt: skip
    rows = frame.iloc[course.trial_row].reset_index(drop=True)
    eta, tables = {}, []
    for model, formula in (("denominator", denominator), ("numerator", numerator)):
        eta[model], table = fit_chance(formula, rows, course.started, START, penalty=penalty)
        tables.append(table.assign(model=model))
    table = pd.concat(tables, ignore_index=True)
    logs = {name: np.zeros(course.n_periods) for name in ("stays", "starts")}
    for name, sign in (("stays", -1.0), ("starts", 1.0)):
        top, below = (special.log_expit(sign * eta[m]) for m in ("numerator", "denominator"))
        logs[name][course.trial_period] = top - below
    chance = special.expit(eta["denominator"])
    size = int((table["model"] == "denominator").sum()) - 1
    said = start_warnings(rows, used[denominator], course.started, chance, size)
    said += brought_in(used[numerator], used[denominator])
    return Starting(
        course=course,
        table=table[["model", *[c for c in table if c != "model"]]],
        positivity=_positivity(rows[period], course.started, chance),
        warnings=pd.DataFrame(said, columns=["term", "level", "n", "message"]),
        covariates=used[denominator],
        **logs,
    )


def trial_weights(model: Starting, row: Ints, zero_row: Ints, unit: Ints, treated: Bools, per_protocol: bool) -> Floats:
    """Weight of each row of follow-up.

    Parameters
    ----------
    model : Starting
    row : ndarray of int, shape (R,)
        Position in the data of the row of which this is a part.
    zero_row : ndarray of int, shape (U,)
        Position in the data of each person's row at time zero.
    unit : ndarray of int, shape (R,)
    treated : ndarray of bool, shape (U,)
    per_protocol : bool

    Returns
    -------
    ndarray, shape (R,)
    """
    course = model.course
    number = np.full(int(max(course.row.max(), row.max())) + 1, -1)
    number[course.row] = course.period_of_row
    here, origin = number[row], number[zero_row]
    summed = pd.Series(model.stays).groupby(course.person_of_period).cumsum().to_numpy(dtype=np.float64)
    own = np.where(treated, model.starts[origin], model.stays[origin])[unit]
    if not per_protocol:
        return np.asarray(np.exp(own))
    later = np.where(treated[unit], 0.0, summed[here] - summed[origin[unit]])
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(own + later))


def truncated(raw: Floats, treated: Bools, truncate: tuple[float, float] | None) -> Floats:
    """Weights with those beyond two percentiles of their arm moved to these.

    By arm, as the treated are few: percentiles of all rows would be those of the untreated, whose weights are near 1.

    Parameters
    ----------
    raw : ndarray, shape (R,)
    treated : ndarray of bool, shape (R,)
    truncate : (float, float) or None

    Returns
    -------
    ndarray, shape (R,)
    """
    out = raw.copy()
    for arm in (treated, ~treated):
        if truncate is not None and arm.any():
            out[arm] = np.clip(raw[arm], *np.quantile(raw[arm], truncate))
    return out


def refuse_exploding(weight: Floats, largest: float | None, who: Any, row: Ints) -> None:
    """Refuse weights that are not finite or beyond the largest allowed, naming the people.

    Parameters
    ----------
    weight : ndarray, shape (R,)
    largest : float or None
    who : sequence of length R
        Key of the person of each row.
    row : ndarray of int, shape (R,)
        Positions in the data.
    """
    size = np.where(np.isfinite(weight), weight, np.inf)
    bad = np.flatnonzero((size > (np.inf if largest is None else largest)) | ~np.isfinite(weight))
    if not len(bad):
        return
    bad = bad[np.argsort(-size[bad], kind="stable")]
    names = list(dict.fromkeys(str(who[i]) for i in bad))
    some = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
    bound = "" if largest is None else f" (beyond largest={largest:g})"
    what = f"weights of {counted(len(names), 'person')} explode, up to {size[bad[0]]:.3g}{bound}: {some}"
    remedy = (
        "People like these hardly ever do what these did, and the data cannot stand for them: merge or drop the levels "
        "that foretell treatment, make the others ineligible and say so, shorten follow=, truncate=(0.01, 0.99), or "
        'penalty="firth"; largest= allows more.'
    )
    raise DataError([Problem("data", int(row[bad[0]]), "weight", f"{size[bad[0]]:.3g}", what, remedy)])


def check_weight_arguments(
    denominator: str | None, numerator: str | None, period: str | None, truncate: Any, penalty: Any, largest: Any
) -> None:
    """Refuse arguments of the weights that are impossible, contradict each other or have no effect."""
    check_truncation(truncate, penalty)
    if largest is not None and not largest > 1:
        raise UsageError(f"largest={largest:g} must be above 1, the weight of a person like the others, or None")
    if denominator is None:
        idle = {"numerator": numerator, "period": period, "penalty": penalty}
        named = [k for k, v in idle.items() if v is not None]
        if named:
            raise UsageError(f"{named[0]}= has no effect without denominator=, the model of starting: give that too")
        return
    if period is None:
        raise UsageError(
            "denominator= needs period=, the column that names the period of each spell: cut the spells first, as with "
            "cohort.split(clock=range(0, 241, 6)), whose periods are in 'interval'"
        )


def _positivity(periods: pd.Series, started: Bools, chance: Floats) -> pd.DataFrame:
    rows = []
    for value, at in periods.groupby(periods, observed=True, sort=True).indices.items():
        p = chance[at]
        rows.append(
            {
                "period": value,
                "n": len(at),
                "n_started": int(started[at].sum()),
                "share_started": float(started[at].mean()),
                "chance_min": float(p.min()),
                "chance_max": float(p.max()),
                "near_0": float((p < NEAR).mean()),
                "near_1": float((p > 1 - NEAR).mean()),
            }
        )
    return pd.DataFrame(rows)


def large_weights(raw: Floats, who: Any) -> pd.DataFrame:
    """A warning where weights before truncation are large, with the people that they are of."""
    large = np.flatnonzero(raw > LARGE)
    rows = []
    if len(large):
        names = list(dict.fromkeys(str(who[i]) for i in large[np.argsort(-raw[large], kind="stable")]))
        some = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        text = f"weights of {counted(len(names), 'person')} reach {raw[large].max():.3g} before truncation ({some})"
        rows = [("weight", "", len(names), f"{text}: truncate=, or merge what foretells treatment")]
    return pd.DataFrame(rows, columns=["term", "level", "n", "message"])
