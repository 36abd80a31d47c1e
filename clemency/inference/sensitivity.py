"""A ratio -> how strong an unmeasured confounder, or how many unrecorded acts, it would take to explain it away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clemency.cohorts import Cohort
from clemency.figures.theme.look import plotted
from clemency.models.designmatrix.coding import plain
from clemency.models.incidencerates.rates import binomial_limits
from clemency.models.modelframe.arguments import check_level, person_time
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.history import history
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted, listed
from clemency.tables.hooks import FittedModel
from clemency.typing import Bools, Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("risk_ratio", "rate_ratio", "hazard_ratio", "odds_ratio")
_ROWS = 400


@typed
def e_value(
    estimate: float | FittedModel,
    ci_low: float | None = None,
    ci_high: float | None = None,
    *,
    term: str | None = None,
    level: str | None = None,
    kind: str | None = None,
    rare: bool = True,
) -> pd.DataFrame:
    """How strong unmeasured confounding would have to be to explain a ratio away.

    Parameters
    ----------
    estimate : float or fitted model
        The ratio; or a fit, from which the ratio, its limits and its kind are taken.
    ci_low, ci_high : float, optional
        Limits of a number; both or neither.
    term, level : str, optional
        Which coefficient of a fit; not needed where it has one only.
    kind : {"hazard_ratio", "rate_ratio", "odds_ratio", "risk_ratio"}
        What a number is a ratio of, hazards by default. A ratio of rates of a first event that is not rare is to be
        named a hazard ratio.
    rare : bool
        Whether fewer than some fifteen in a hundred have the outcome by the end of follow-up, so that hazard and odds
        ratios are near risk ratios. False turns them into approximate risk ratios. It has no effect on ratios of risks
        and rates, and must then be left alone.

    Returns
    -------
    DataFrame
        Rows ``estimate`` and ``limit`` (the limit nearer to 1) with ``ratio, risk_ratio, e_value``. The E-value is the
        risk ratio that an unmeasured confounder would need with *both* exposure and outcome, beyond the covariates
        accounted for, to move the ratio to 1. It is 1 for a limit on the other side of 1.

    Raises
    ------
    UsageError
        For ratios that are not positive, limits that do not surround the estimate, or arguments without effect. For a
        fit with several coefficients of which none is named, or of ratios of another kind.

    Notes
    -----
    E = RR + sqrt(RR (RR - 1)) for RR of 1 or more, and that of 1 / RR below it. For an outcome that is not rare the
    risk ratio is taken as sqrt(OR), or as (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)). It says how strong a confounder
    would have to be, not whether there is one, and nothing about selection or unrecorded acts.

    References
    ----------
    VanderWeele and Ding, Annals of Internal Medicine 167 (2017), 268-274.

    Examples
    --------
    >>> e_value(3.9, 1.8, 8.7, kind="risk_ratio")["e_value"].round(2).tolist()
    [7.26, 3.0]
    >>> import clemency as cl
    >>> d = pd.DataFrame({"t": range(1, 13), "e": 1, "sex": ["F", "M"] * 6})
    >>> fit = cl.cox(d, "sex", exit="t", event="e")
    >>> e_value(fit)["ratio"].round(2).tolist() == fit.tidy(exponentiate=True)["estimate"].round(2).tolist() + [1.0]
    True
    """
    if isinstance(estimate, FittedModel):
        estimate, ci_low, ci_high, kind = ratio_of(estimate, (ci_low, ci_high, kind), term, level)
    elif term is not None or level is not None:
        raise UsageError("term= and level= choose a coefficient of a fit; a number has none: leave them out.")
    kind = "hazard_ratio" if kind is None else kind
    if kind not in KINDS:
        raise UsageError(f"kind={kind!r} is not one of: {', '.join(KINDS)}.")
    if not rare and kind in ("risk_ratio", "rate_ratio"):
        raise UsageError(f"rare=False has no effect on a {kind.replace('_', ' ')}: leave it out.")
    values = ratio_and_limit(estimate, ci_low, ci_high)
    risk = [risk_ratio(v, kind, rare) for v in values]
    table = {"quantity": ["estimate", "limit"][: len(values)], "ratio": values, "risk_ratio": risk}
    return pd.DataFrame({**table, "e_value": [joint_strength(r) for r in risk]})


_EFFECTS = {
    "hazard ratio": "hazard_ratio",
    "subdistribution hazard ratio": "hazard_ratio",
    "odds ratio": "odds_ratio",
    "rate ratio": "rate_ratio",
}


def ratio_of(
    fit: FittedModel, given: tuple[Any, Any, Any], term: str | None, level: str | None
) -> tuple[float, float, float, str]:
    """The ratio of one coefficient of a fit with its limits, and what it is a ratio of.

    Raises
    ------
    UsageError
        If the coefficient is not named where there are several, or its ratio is of another kind.
    """
    if any(v is not None for v in given):
        raise UsageError("a fit has limits and a kind of its own: leave ci_low=, ci_high= and kind= out.")
    if fit.effect not in _EFFECTS:
        raise UsageError(f"of a {fit.effect} there is no E-value: it is for {listed(list(_EFFECTS))}.")
    table = fit.tidy(exponentiate=True)  # type: ignore[attr-defined]
    table = table[~table["term"].isin(("constant", "duration"))]
    names = [
        f"term={t!r}" + (f", level={v!r}" if v else "") for t, v in zip(table["term"], table["level"], strict=True)
    ]
    keep = np.ones(len(table), dtype=bool)
    for column, asked in (("term", term), ("level", level)):
        keep &= asked is None or (table[column] == asked).to_numpy()
    if keep.sum() != 1:
        which = "say which coefficient" if keep.any() else "the fit has no such coefficient"
        raise UsageError(f"{which}: {'; or '.join(names) or 'it has none'}.")
    row = table[keep].iloc[0]
    return float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]), _EFFECTS[fit.effect]


def ratio_and_limit(estimate: float, ci_low: float | None, ci_high: float | None) -> list[float]:
    """Read a ratio and, if there are limits, the one nearer to 1 (1 if it lies between them).

    Raises
    ------
    UsageError
        For ratios that are not positive, one limit without the other, and limits that do not surround the estimate.
    """
    if (ci_low is None) != (ci_high is None):
        raise UsageError("Give both limits or neither.")
    values = [float(estimate)]
    if ci_low is not None and ci_high is not None:
        if not 0 <= ci_low <= estimate <= ci_high:
            raise UsageError(f"The limits {ci_low:g} and {ci_high:g} must surround the estimate {estimate:g}.")
        values.append(float(min(max(1.0, ci_low), ci_high)))
    if not all(0 < v < math.inf for v in values):
        raise UsageError(f"A ratio must be positive and finite, not {estimate:g}.")
    return values


def risk_ratio(ratio: float, kind: str, rare: bool) -> float:
    """Risk ratio that a ratio of some kind stands for."""
    if rare or kind in ("risk_ratio", "rate_ratio"):
        return ratio
    if kind == "odds_ratio":
        return math.sqrt(ratio)
    # 1 - 0.5^x, for both signs of the logarithm without cancellation
    root = math.sqrt(ratio)
    return math.expm1(-root * math.log(2)) / math.expm1(-math.log(2) / root)


def joint_strength(risk: float) -> float:
    """Strength of two associations, both this strong, whose joint bounding factor is a risk ratio."""
    above = max(risk, 1 / risk)
    return above + math.sqrt(above * (above - 1))


def ratio_limits(
    events: ArrayLike, months: ArrayLike, events0: ArrayLike, months0: ArrayLike, ci_level: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact limits of the ratio of two Poisson rates, given the sum of their events.

    Parameters
    ----------
    events, months, events0, months0 : array_like, shape (n,)
        Events and time of the first group and of the second one.
    ci_level : float

    Returns
    -------
    low, high : ndarray, shape (n,)

    References
    ----------
    Przyborowski and Wilenski, Biometrika 31 (1940), 313-323. Clopper and Pearson, Biometrika 26 (1934), 404-413.

    Examples
    --------
    >>> [round(float(v[0]), 3) for v in ratio_limits([5], [475], [11], [5900])]
    [1.538, 17.627]
    """
    a, b = np.asarray(events, dtype=float), np.asarray(events0, dtype=float)
    low, high = binomial_limits(a, a + b, ci_level)
    scale = np.asarray(months0, dtype=float) / np.asarray(months, dtype=float)
    with np.errstate(divide="ignore"):
        return low / (1 - low) * scale, high / (1 - high) * scale


@dataclass(frozen=True, slots=True, eq=False)
class TippingPoint:
    """Result of `tipping_point`.

    Attributes
    ----------
    table : DataFrame
        ``unrecorded, estimate, ci_low, ci_high``: the ratio of rates by the number of unrecorded acts.
    facts : dict
        ``to_one``: the number that brings the ratio to 1 or below; ``to_include_one``: the number at which the interval
        includes 1; the counts behind the ratio; ``n_cases`` of the unexposed.
    exclusions : DataFrame
        ``reason, column, n, first_rows``.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    exclusions: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The ratio of rates and its exact limits by the number of unrecorded acts."""
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The summary as one row."""
        return pd.DataFrame([self.facts])

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """The ratio and its limits against the number of unrecorded acts."""
        from clemency.figures import tipping

        return tipping(self.table, ax=ax, **plotted(options, tipping))

    def __repr__(self) -> str:
        s, first = self.facts, self.table.iloc[0]
        name = "months" if "months" in s else "time"
        what = person_time("months" if name == "months" else s["time_unit"])
        text = (
            f"{counted(s['events'], 'act')} in {s[name]:,.0f} {what} exposed, {s['events_unexposed']} in "
            f"{s[f'{name}_unexposed']:,.0f} not: ratio {first['estimate']:.3g} "
            f"({first['ci_low']:.3g} to {first['ci_high']:.3g}).\n"
        )
        if s["to_include_one"]:
            text += (
                f"{counted(s['to_include_one'], 'unrecorded act')} among the {counted(s['n_cases'], 'case')} while "
                f"unexposed would make the interval include 1, {s['to_one']} would bring the ratio to 1."
            )
        else:
            more = f"; {s['to_one']} unrecorded acts among the unexposed would bring the ratio to 1"
            text += f"The interval includes 1 as it is{more if s['to_one'] else ''}."
        return "\n".join([text, *left_out_lines(self.exclusions)])

    def _repr_html_(self) -> str:
        return as_html(repr(self))


@typed
def tipping_point(
    data: Any,
    exposure: str,
    *,
    outcome: str | Sequence[str] | None = None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    id: str = "case_id",
    ci_level: float = 0.95,
) -> TippingPoint:
    """How many unrecorded acts among the unexposed would undo a ratio of rates.

    Those who are raised are watched, and their acts get known; of the others, acts may go unrecorded. The time at risk
    stays as it is.

    Parameters
    ----------
    data : Cohort or DataFrame
        Spells.
    exposure : str
        0/1 column.
    outcome : str or sequence of str, optional
        Acts that count; several count together. All outcomes of a cohort by default.
    exit, event, entry : str, optional
        Columns of a frame.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored and each word is a kind of event.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count, for labels and names; a cohort counts months.
    id : str
        Column whose distinct values are counted as cases; without it every row is one.
    ci_level : float

    Returns
    -------
    TippingPoint

    Raises
    ------
    UsageError
        For an exposure that is not 0 or 1, or a ratio below 1 whose interval excludes 1: more acts among the unexposed
        would only lower it.
    DataError
        If a group has no time at risk, or there is no act at all.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"months": [100.0] * 8, "act": [1, 1, 1, 1, 0, 0, 0, 1], "raised": [1] * 4 + [0] * 4})
    >>> found = tipping_point(d, "raised", exit="months", event="act")
    >>> found.facts["to_include_one"], found.facts["to_one"]
    (0, 3)
    """
    check_level(ci_level)
    given = as_table(data)
    read: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "censored": censored, "time_unit": time_unit}
    spells = history(given, **read, covariates=[exposure])
    if outcome is None and isinstance(data, Cohort):
        outcome = data.rules.outcome
    is_event = spells.has(outcome)
    on = _zero_or_one(spells.frame[exposure], exposure)
    length = spells.exit if spells.entry is None else spells.exit - spells.entry
    a, b = int(is_event[on].sum()), int(is_event[~on].sum())
    months, months0 = float(length[on].sum()), float(length[~on].sum())
    _check_groups(a, b, months, months0, exposure)
    low, high = (float(v) for v in ratio_limits(a, months, b, months0, ci_level))
    if high < 1:
        ratio = (a / months) / (b / months0)
        raise UsageError(
            f"The ratio is {ratio:.3g} ({low:.3g} to {high:.3g}): more acts among the unexposed would only lower it. "
            f"Ask the reverse with a column 1 - {exposure}."
        )
    to_one = max(math.ceil(a * months0 / months - b - 1e-9), 0)
    to_include = _first_including(a, months, b, months0, to_one, ci_level)
    rows = spells.rows[~on]
    name = "months" if spells.unit == "months" else "time"
    summary = {
        "to_one": to_one,
        "to_include_one": to_include,
        "events": a,
        name: months,
        "events_unexposed": b,
        f"{name}_unexposed": months0,
        "n_cases": int(codes(given.frame[id].iloc[rows]).max(initial=-1) + 1) if id in given.frame else len(rows),
        "ci_level": ci_level,
        **({} if name == "months" else {"time_unit": spells.unit or ""}),
    }
    counts = np.unique(np.r_[np.linspace(0, to_one + 2, min(to_one + 3, _ROWS)).astype(int), to_include, to_one])
    return TippingPoint(_tipping_table(a, months, b, months0, counts, ci_level), summary, spells.exclusions)


def _tipping_table(a: int, months: float, b: int, months0: float, counts: Any, ci_level: float) -> pd.DataFrame:
    low, high = ratio_limits(a, months, b + counts, months0, ci_level)
    with np.errstate(divide="ignore"):
        ratio = (a / months) / ((b + counts) / months0)
    return pd.DataFrame({"unrecorded": counts, "estimate": ratio, "ci_low": low, "ci_high": high})


def _first_including(a: int, months: float, b: int, months0: float, top: int, ci_level: float) -> int:
    """Smallest number of further acts at which the lower limit is at most 1; it falls with each."""
    low, high = 0, top
    while low < high:
        middle = (low + high) // 2
        if float(ratio_limits(a, months, b + middle, months0, ci_level)[0]) <= 1:
            high = middle
        else:
            low = middle + 1
    return low


def _zero_or_one(column: pd.Series, name: str) -> Bools:
    values = pd.to_numeric(plain(column), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isin(values, (0.0, 1.0)).all():
        raise UsageError(f"'{name}' must be 0 or 1.")
    return values == 1


def _check_groups(a: int, b: int, months: float, months0: float, exposure: str) -> None:
    for time, value in ((months, 1), (months0, 0)):
        if not time > 0:
            raise DataError(
                [Problem("data", None, exposure, str(value), "no time at risk", "There is nothing to compare with.")]
            )
    if not a + b:
        raise DataError([Problem("data", None, "", "", "no act in either group", "A ratio of rates needs acts.")])
