"""Person-periods until a case is lost -> inverse-probability-of-observation weights.

A case drops out of the records when nobody writes about it any more. If those who are about to receive an act drop out
more or less often than others, whoever stays is no fair sample; weights by the inverse of the chance of having stayed
undo what the named covariates explain of that, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.figures.theme.look import plotted
from clemency.models.designmatrix.design import variables
from clemency.models.modelframe.frames import as_frame
from clemency.models.modelframe.periods import PeriodColumns, notes_on_people, people_alike
from clemency.models.regression.binomial import Link, rows_at
from clemency.models.regression.chances import EventWords, check_truncation, fit_chance, two_formulas, weight_summary
from clemency.models.selection.course import Observed, lost_of, observed
from clemency.models.selection.diagnostics import (
    WeightedPeriods,
    balance,
    positivity,
    refuse_exploding,
    summed_up,
    warnings_of,
)
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted, listed
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOSS = EventWords(
    "being lost",
    "all or none of them are lost, so that the chance has no estimate short of 0 or 1",
    'Merge the level or the period with another, put time in as a number, or use penalty="firth".',
)
_RELEASES = ("early_release", "expiry", "death")


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Result of `observation_weights`.

    Attributes
    ----------
    weights : Series, n rows
        One weight per spell of the data, under its index; missing for people who had to be left out.
    table : DataFrame
        Coefficients of both models; see :meth:`tidy`.
    balances : DataFrame
        See :meth:`balance`.
    periods : DataFrame
        See :meth:`positivity`.
    warnings : DataFrame
        ``term, level, n, message``: where hardly anybody stays, where losses are few, and where weights are large.
    exclusions : DataFrame
        ``reason, column, n, who``: people without weights.
    facts : dict
        ``mean, sd, min, max`` of the weights, the effective sample size ``ess``, counts, and percentiles used.
    """

    weights: pd.Series
    table: pd.DataFrame
    balances: pd.DataFrame
    periods: pd.DataFrame
    warnings: pd.DataFrame
    exclusions: pd.DataFrame
    facts: dict[str, Any]

    def tidy(self) -> pd.DataFrame:
        """For being lost: ``model, term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``."""
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The facts as one row."""
        return pd.DataFrame([self.facts])

    def balance(self) -> pd.DataFrame:
        """How those who stay through a period differ from all who were there at its beginning.

        Returns
        -------
        DataFrame
            ``period, term, level, n, n_lost, mean_all, mean_staying, mean_weighted, before, after, drift, numerator``.
            The means of everybody and of those who stay have the weights with which people came into the period;
            ``mean_weighted`` those with which they leave it. ``before`` and ``after`` are the differences of the last
            two from the first, in standard deviations of everybody; a period loses few, so that both are small, and
            what counts is that ``after`` is the smaller one. ``drift`` is how far those on record at the beginning
            differ without weights from the same with them: what the losses of all periods before have done, as the
            model has it. What stands in the ``numerator`` is not balanced by the weights, and belongs into the model of
            the outcome. Missing where a covariate does not vary or nobody stays.
        """
        return self.balances.copy()

    def positivity(self) -> pd.DataFrame:
        """Whether everybody had a chance to stay.

        Returns
        -------
        DataFrame
            By period: ``n`` people, ``n_lost, share_lost``; the smallest and largest chance of staying through it
            (``chance_min, chance_max``), the shares of people for whom it is below 0.1 or above 0.99
            (``near_0, near_1``); the smallest chance of still being there at its end (``until_min``) and the share for
            whom that is below 0.1 (``until_near_0``); the largest weight at its beginning and the effective number of
            people (``max_weight, ess``).
        """
        return self.periods.copy()

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Love plot: mean standardised differences over the periods, before and after weighting.

        Options: ``title, labels, palette, order``, see :class:`clemency.figures.Look`.
        """
        from clemency.figures import love

        return love(summed_up(self.balances), ax=ax, **plotted(options, love))

    def __repr__(self) -> str:
        s = self.facts
        lines = [
            f"Weights of {counted(s['n'], 'spell')} of {counted(s['n_people'], 'person')}; {s['n_lost']} lost in "
            f"{s['n_periods']} person-periods.",
            f"mean {s['mean']:.4g}, sd {s['sd']:.3g}, from {s['min']:.3g} to {s['max']:.3g}; effective spells "
            f"{s['ess']:.1f}; {s['n_truncated']} truncated (untruncated: {s['min_raw']:.3g} to {s['max_raw']:.3g}).",
        ]
        return "\n".join([*lines, *notes_on_people(self.warnings, self.exclusions)])

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.periods)


@typed
def observation_weights(
    data: Any,
    numerator: str | None,
    denominator: str,
    *,
    period: str,
    lost: str | None = None,
    entry: str = "entry",
    exit: str = "exit",
    id: str = "case_id",
    stabilise: bool = True,
    truncate: tuple[float, float] | None = (0.01, 0.99),
    until: Literal["beginning", "middle", "end"] = "middle",
    link: Link = "logit",
    penalty: Literal["firth"] | None = None,
    largest: float | None = 100.0,
) -> Observation:
    """Weights by the inverse of the probability of having remained on record.

    Parameters
    ----------
    data : Cohort or DataFrame
        Spells (entry, exit] without gaps, cut at fixed periods. A covariate's value in a row is that at the beginning
        of the row.
    numerator, denominator : str
        Formulas for the chance of being lost in a period, ``"1"`` for the same chance at all times. The numerator has
        what the analysis of the outcome has too (its groups, time on the clock); the denominator has all of that and
        whatever else goes with both being lost and the outcome. Give None for the numerator with ``stabilise=False``.
    period : str
        Column that names the period of each row: ``"interval"`` after ``cohort.split(clock=...)``, ``"quarter"`` after
        ``cohort.split(calendar="Q")``.
    lost : str, optional
        0/1 column: 1 in the row at whose end the case was lost. Without it, a cohort made with ``until=`` takes every
        case as lost whose last spell is censored before that day.
    entry, exit, id : str
        Columns; `id` names whose course it is.
    stabilise : bool
        False puts 1 in the place of the numerator.
    truncate : (float, float), optional
        Percentiles (as fractions) of the weights of all rows to which the weights beyond are moved; None for none.
    until : {"middle", "beginning", "end"}
        Up to when the weight of a row makes up for losses. Cases are lost throughout a period, which the middle stands
        for; the beginning fits losses at the ends of periods only, and the end those at their beginnings, as in R's
        ``ipwtm(type = "cens")``.
    link : {"logit", "cloglog"}
        Pooled logistic regression, or a proportional hazard of being lost, grouped in periods (Cox's model for grouped
        times if the formula has one level for each period).
    penalty : "firth", optional
        Keeps the chances away from 0 and 1 where nobody of a level is lost.
    largest : float, optional
        A weight beyond it, after truncation, is refused with the cases that have it; None allows any that is finite.

    Returns
    -------
    Observation
        Its ``weights`` go in with ``cohort.assign(weight=found.weights)`` and ``weights="weight"``; cluster on the
        person.

    Raises
    ------
    UsageError
        For columns or arguments that cannot be used, and if nothing says who was lost.
    DataError
        For spells that are not cut at fixed periods, overlap, leave gaps or go on after the loss, if nobody is lost,
        for chances that have no estimate short of 0 or 1, and for weights that explode.

    Notes
    -----
    Among those there at the beginning of a period, the chance of being lost in it is fitted by pooled binary
    regression, given the covariates then. A case whose period an event or the end of the study cuts short counts as not
    lost in it. The weight of a row is the product over the case's earlier periods, and the root of that of its own
    (all of it with ``until="end"``), of the numerator's chance of staying over the denominator's. What happens within a
    period is met by and large only: choose periods in which few are lost, a tenth or less.

    The weighted analysis is right if, among people alike in the denominator, those who are lost would have fared like
    those who stay; if nobody is sure to be lost; and if the model of being lost is right. No data can show the first.
    Who is seen *because of* an act is no case for these weights: see `sampling_weights` and `selection_bounds`. Errors
    clustered on the person take the weights as known, which makes them too wide on average rather than too narrow.

    References
    ----------
    Robins and Finkelstein, Biometrics 56 (2000), 779-788. Cole and Hernán, American Journal of Epidemiology 168 (2008),
    656-664. Prentice and Gloeckler, Biometrics 34 (1978), 57-67.

    Examples
    --------
    Of the ill, one of three person-periods ended in a loss, of the others none of four. Firth's penalty makes that
    1.5 of 4 and 0.5 of 5, and the weights at the end of the first half-year 1 / (1 - 1.5 / 4) and 1 / (1 - 0.5 / 5).

    >>> import pandas as pd
    >>> d = pd.DataFrame({
    ...     "case_id": [1, 2, 3, 4, 1, 3, 4], "entry": [0, 0, 0, 0, 6, 6, 6], "exit": [6, 6, 6, 6, 12, 12, 12],
    ...     "half": [0, 0, 0, 0, 6, 6, 6], "ill": [1, 1, 0, 0, 1, 0, 0], "lost": [0, 1, 0, 0, 0, 0, 0]})
    >>> found = observation_weights(d, None, "ill", period="half", lost="lost", stabilise=False, truncate=None,
    ...                             until="beginning", penalty="firth")
    >>> found.weights.round(3).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.6, 1.111, 1.111]
    """
    frame = as_frame(data).reset_index(drop=True)
    formulas = two_formulas(numerator, denominator, stabilise)
    _check_arguments(truncate, until, link, penalty, largest)
    columns = PeriodColumns(period, entry, exit, id)
    columns.require(frame, [c for c in (lost, entry, exit, id) if c is not None])
    used = {m: () if f == "1" else variables(f, frame.columns) for m, f in formulas.items()}
    covariates = tuple(dict.fromkeys(v for u in used.values() for v in u))
    is_lost = lost_of(data, frame, lost, id)
    course = observed(frame, is_lost, columns, name=lost, covariates=covariates)
    trials = frame.iloc[course.row[course.first]].reset_index(drop=True)
    stays, table = _stays(formulas, trials, course, link, penalty)
    before, after = _products(course, stays)
    raw = {"beginning": before, "middle": np.sqrt(before) * np.sqrt(after), "end": after}[until][course.number]
    low, high = np.quantile(raw, truncate) if truncate else (-np.inf, np.inf)
    weight = np.clip(raw, low, high)
    weighed = WeightedPeriods(
        trials=trials,
        id=id,
        period=period,
        lost=course.lost,
        staying=np.exp(stays["denominator"]),
        until=np.exp(_summed(stays["denominator"], course)),
        before=np.clip(before, low, high),
        after=np.clip(after, low, high),
    )
    refuse_exploding(weighed, course.row, weight, course.number, largest)
    weights = np.full(len(frame), np.nan)
    weights[course.row] = weight
    warnings = warnings_of(weighed, used, int((table["model"] == "denominator").sum()), raw, course.number)
    return Observation(
        weights=pd.Series(weights, index=as_frame(data).index, name="weight"),
        table=table,
        balances=balance(weighed, covariates, used.get("numerator", ())),
        periods=positivity(weighed),
        warnings=pd.concat([_ends_taken_as_losses(data, lost), people_alike(frame[id]), warnings], ignore_index=True),
        exclusions=course.exclusions,
        facts=_summary(course, raw, weight, truncate),
    )


def _check_arguments(
    truncate: tuple[float, float] | None, until: str, link: str, penalty: str | None, largest: float | None
) -> None:
    check_truncation(truncate, penalty)
    if until not in ("beginning", "middle", "end"):
        raise UsageError(f"until={until!r} is not one of: beginning, middle, end")
    if link not in ("logit", "cloglog"):
        raise UsageError(f"link={link!r} is not one of: logit, cloglog")
    if penalty == "firth" and link != "logit":
        raise UsageError('penalty="firth" is for link="logit"')
    if largest is not None and not largest > 1:
        raise UsageError(f"largest={largest:g} must be above 1, the weight of a case like the others, or None")


def _stays(
    formulas: dict[str, str], trials: pd.DataFrame, course: Observed, link: Link, penalty: str | None
) -> tuple[dict[str, Floats], pd.DataFrame]:
    """Logarithm of each person-period's chance of staying by each model, and the coefficients."""
    stays, tables = {}, []
    for model, formula in formulas.items():
        eta, table = fit_chance(formula, trials, course.lost, _LOSS, link=link, penalty=penalty)
        stays[model] = rows_at(eta, np.zeros(len(eta), dtype=bool), link).loglik
        tables.append(table.assign(model=model))
    table = pd.concat(tables, ignore_index=True)
    return stays, table[["model", *[c for c in table if c != "model"]]]


def _summed(logs: Floats, course: Observed) -> Floats:
    """Sum over a person's periods up to each, itself included."""
    return pd.Series(logs).groupby(course.who).cumsum().to_numpy(dtype=np.float64)


def _products(course: Observed, stays: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Weights of each person-period at its beginning and at its end, shape (q,) each."""
    factor = -stays["denominator"] + stays.get("numerator", 0.0)
    through = _summed(factor, course)
    with np.errstate(over="ignore"):
        return np.exp(through - factor), np.exp(through)


def _ends_taken_as_losses(data: Any, lost: str | None) -> pd.DataFrame:
    """Warn if a cohort has no release or death among its ends, so that these count as losses."""
    columns = ["term", "level", "n", "message"]
    if lost is not None or not isinstance(data, Cohort):
        return pd.DataFrame(columns=columns)
    open_ = [e for e in _RELEASES if e not in (*data.rules.competing, *data.rules.outcome)]
    if not open_:
        return pd.DataFrame(columns=columns)
    text = f"{listed(open_)} not among competing= of the cohort: a case that ended so is taken as lost"
    return pd.DataFrame([("lost", "", 0, text)], columns=columns)


def _summary(course: Observed, raw: Floats, weight: Floats, truncate: tuple[float, float] | None) -> dict[str, Any]:
    return {
        "n": len(weight),
        "n_people": course.n_people,
        "n_periods": len(course.lost),
        "n_lost": int(course.lost.sum()),
        **weight_summary(raw, weight, truncate),
        "n_left_out": int(course.exclusions["n"].sum()),
    }
