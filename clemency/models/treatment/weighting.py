"""Person-periods until a treatment starts -> inverse-probability-of-treatment weights (marginal structural models).

A treatment here starts once and then stays, as being raised with officials does. Who has just received an act, or is
about to, may be raised for that reason; weights by the inverse of the probability of the observed course undo what
the named covariates explain of it, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from clemency.figures.theme.look import plotted
from clemency.models.designmatrix.design import variables
from clemency.models.imputation.repeated import over_imputations
from clemency.models.modelframe.frames import as_frame
from clemency.models.modelframe.periods import notes_on_people, people_alike
from clemency.models.regression.chances import (
    EventWords,
    check_truncation,
    fit_chance,
    indicators,
    standardised,
    two_formulas,
    weight_summary,
)
from clemency.models.treatment.imputed import pool_weights
from clemency.models.treatment.personperiods import Periods, person_periods
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AtEntry = Literal["modelled", "given"]
NEAR = 0.01  # a fitted chance this many times that of the other half of the weight is hardly one
LARGE = 10.0
START = EventWords(
    "starting",
    "treatment is certain or impossible along it, so that its chance has no estimate short of 0 or 1",
    'Merge the level, leave out people who could not have been treated, or use penalty="firth".',
)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Result of `treatment_weights`.

    Attributes
    ----------
    weights : Series, n rows
        One weight per row of the data, under its index; missing for people who had to be left out.
    table : DataFrame
        Coefficients of both models; see :meth:`tidy`.
    balances : DataFrame
        See :meth:`balance`.
    warnings : DataFrame
        ``term, level, n, message``: where treatment looks impossible or certain, and where weights are large.
    exclusions : DataFrame
        ``reason, column, n, who``: people without weights.
    facts : dict
        ``mean, sd, min, max`` of the weights, the effective sample size ``ess``, counts, and percentiles used.
    """

    weights: pd.Series
    table: pd.DataFrame
    balances: pd.DataFrame
    warnings: pd.DataFrame
    exclusions: pd.DataFrame
    facts: dict[str, Any]

    def tidy(self) -> pd.DataFrame:
        """Log odds of starting: ``model, term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``."""
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """The facts as one row."""
        return pd.DataFrame([self.facts])

    def balance(self) -> pd.DataFrame:
        """Differences between person-periods in which treatment started and those in which it did not.

        Returns
        -------
        DataFrame
            ``term, level, mean_started, mean_not, before, after, numerator``. ``before`` and ``after`` are differences
            of means, unweighted and weighted, in units of the same unweighted standard deviation, the root of the mean
            of both variances. What stands in the ``numerator`` is not balanced by the weights, and belongs into the
            model of the outcome. Missing where a covariate does not vary.
        """
        return self.balances.copy()

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Love plot: standardised differences before and after weighting.

        Options: ``title, labels, palette, order``, see :class:`clemency.figures.Look`.
        """
        from clemency.figures import love

        return love(self.balances, ax=ax, **plotted(options, love))

    def __repr__(self) -> str:
        s = self.facts
        lines = [
            f"Weights of {counted(s['n'], 'row')} of {counted(s['n_people'], 'person')}; treatment started in "
            f"{s['n_started']} of "
            f"{s['n_trials']} person-periods{', and before entry for ' + str(s['n_given']) if s['n_given'] else ''}.",
            f"mean {s['mean']:.4g}, sd {s['sd']:.3g}, from {s['min']:.3g} to {s['max']:.3g}; effective rows "
            f"{s['ess']:.1f}; {s['n_truncated']} truncated (untruncated: {s['min_raw']:.3g} to {s['max_raw']:.3g}).",
        ]
        return "\n".join([*lines, *notes_on_people(self.warnings, self.exclusions)])

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.balances)


@over_imputations(pool_weights)
@typed
def treatment_weights(
    data: Any,
    numerator: str | None,
    denominator: str,
    *,
    exposure: str,
    period: str,
    entry: str = "entry",
    exit: str = "exit",
    id: str = "case_id",
    stabilise: bool = True,
    truncate: tuple[float, float] | None = (0.01, 0.99),
    at_entry: AtEntry = "modelled",
    penalty: Literal["firth"] | None = None,
) -> Weights:
    """Weights by the inverse of the probability of a treatment that starts once and then stays.

    Parameters
    ----------
    data : Cohort, ImputedCohort or DataFrame
        Spells (entry, exit] without gaps, cut at fixed periods and where treatment starts. A covariate's value in a row
        is that at the beginning of the row.
    numerator, denominator : str
        Formulas for the chance of starting in a period, ``"1"`` for the same chance at all times. The numerator has
        what the model of the outcome will have too (the clock, covariates fixed at entry); the denominator has all of
        that and what changes over time. Give None for the numerator with ``stabilise=False``.
    exposure : str
        0/1 column: whether treatment has started.
    period : str
        Column that names the period of each row: ``"interval"`` after ``cohort.split(clock=...)``, ``"quarter"`` after
        ``cohort.split(calendar="Q")``.
    entry, exit, id : str
        Columns; `id` names whose course it is.
    stabilise : bool
        False puts 1 in the place of the numerator.
    truncate : (float, float), optional
        Percentiles (as fractions) of the weights of all rows to which the weights beyond are moved; None for none.
    at_entry : {"modelled", "given"}
        A person treated in the first row has either started in its period, as in a study in which everybody is seen
        from the beginning, or before being seen, which nothing is known about: ``given`` takes that as it is and gives
        the weight 1.
    penalty : "firth", optional
        Keeps the chances away from 0 and 1 where a level never starts.

    Returns
    -------
    Weights
        Of an imputed cohort, `ImputedWeights`: weights are made within each imputation, and
        ``cl.cox(found.onto(imputed), ..., weights="weight", cluster="case_id")`` pools what is made of them.

    Raises
    ------
    UsageError
        For columns or arguments that cannot be used.
    DataError
        For spells that are not cut at fixed periods, overlap or leave gaps, for a treatment that stops, for no start at
        all, and for chances that have no estimate short of 0 or 1.

    Notes
    -----
    Among those not treated before a period, the chance of starting in it is fitted by pooled logistic regression, given
    the covariates at the beginning of the period. The weight of a row is the product, over the periods up to its own,
    of numerator chance over denominator chance of what the person did, where rows of the current period before the
    start count as not started: the weight never knows the future. Someone with a missing covariate before treatment has
    no weight in any row.

    A causal reading of the weighted model needs three things that no data can show: all common causes of treatment and
    outcome are in the denominator, everyone at risk could have been treated and not treated, and the models are right.

    The errors of a weighted model clustered on `id` take the weights as known, which makes them too wide on average in
    large samples; where starts or events are few they may be far too narrow.

    References
    ----------
    Robins, Hernán and Brumback, Epidemiology 11 (2000), 550-560. Hernán, Brumback and Robins, Epidemiology 11 (2000),
    561-570. Cole and Hernán, American Journal of Epidemiology 168 (2008), 656-664.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({
    ...     "case_id": [1, 1, 2, 2, 3, 3, 4, 4], "entry": [0, 6] * 4, "exit": [6, 12] * 4, "half": [0, 6] * 4,
    ...     "ill": [0, 1, 1, 1, 0, 0, 1, 1], "raised": [0, 0, 0, 1, 0, 1, 1, 1]})
    >>> found = treatment_weights(d, "1", "ill", exposure="raised", period="half", truncate=None)
    >>> found.weights.round(3).tolist()
    [0.857, 0.98, 1.143, 0.98, 0.857, 1.102, 0.857, 0.857]
    """
    frame = as_frame(data).reset_index(drop=True)
    formulas = two_formulas(numerator, denominator, stabilise)
    check_truncation(truncate, penalty)
    if at_entry not in ("modelled", "given"):
        raise UsageError(f"at_entry={at_entry!r} is not one of: modelled, given")
    used = {k: _variables(f, frame) for k, f in formulas.items()}
    covariates = tuple(dict.fromkeys(v for names in used.values() for v in names))
    course = person_periods(
        frame, exposure=exposure, period=period, entry=entry, exit=exit, id=id, covariates=covariates, at_entry=at_entry
    )
    trials, alike = frame.iloc[course.trial_row].reset_index(drop=True), people_alike(frame[id])
    chances, tables = {}, []
    for model, formula in formulas.items():
        chances[model], table = fit_chance(formula, trials, course.started, START, penalty=penalty)
        tables.append(table.assign(model=model))
    raw = _products(course, chances["denominator"], chances.get("numerator"))
    low, high = np.quantile(raw, truncate) if truncate else (-np.inf, np.inf)
    weight = np.clip(raw, low, high)
    weights = np.full(len(frame), np.nan)
    weights[course.row] = weight
    table = pd.concat(tables, ignore_index=True)
    # The weight of a trial is that of its last row, when what happened in the period has been done.
    balances = _balance(trials, covariates, used.get("numerator", ()), course.started, weight[course.trial_last])
    return Weights(
        weights=pd.Series(weights, index=as_frame(data).index, name="weight"),
        table=table[["model", *[c for c in table if c != "model"]]],
        balances=balances,
        warnings=pd.concat([_warnings(trials, used, table, course, chances, raw), alike], ignore_index=True),
        exclusions=course.exclusions,
        facts=_summary(course, raw, weight, truncate),
    )


def _variables(formula: str, frame: pd.DataFrame) -> tuple[str, ...]:
    return () if formula == "1" else variables(formula, frame.columns)


def _products(course: Periods, below: Floats, above: Floats | None) -> Floats:
    """Weight of each kept row, shape (k,): logs of chances are added up over a person's periods."""

    def logs(eta: Floats, done: Bools) -> Floats:
        return np.asarray(np.where(done, special.log_expit(eta), special.log_expit(-eta)))

    def ratio(trial: Ints, done: Bools) -> Floats:
        top = 0.0 if above is None else logs(above[trial], done)
        return np.asarray(top - logs(below[trial], done))

    whole = np.zeros(course.n_periods)
    whole[course.trial_period] = ratio(np.arange(len(below)), course.started)
    past = pd.Series(whole).groupby(course.person_of_period).cumsum().to_numpy() - whole
    now = np.zeros(len(course.row))
    tried = course.trial_of_row >= 0
    now[tried] = ratio(course.trial_of_row[tried], course.exposed[tried])
    return np.asarray(np.exp(past[course.period_of_row] + now))


def _balance(
    trials: pd.DataFrame, covariates: tuple[str, ...], numerator: tuple[str, ...], started: Bools, weight: Floats
) -> pd.DataFrame:
    rows = []
    for term, level, values in indicators(trials, covariates):
        treated, other, before = standardised(values, started)
        after = standardised(values, started, weight)[2]
        rows.append((term, level, treated, other, before, after, term in numerator))
    names = ["term", "level", "mean_started", "mean_not", "before", "after", "numerator"]
    return pd.DataFrame(rows, columns=names)


def _warnings(
    trials: pd.DataFrame,
    used: dict[str, tuple[str, ...]],
    table: pd.DataFrame,
    course: Periods,
    chances: dict[str, Floats],
    raw: Floats,
) -> pd.DataFrame:
    """Signs that some could not have been treated, or not been left untreated, and that weights rest on few."""
    size = int((table["model"] == "denominator").sum()) - 1
    rows = start_warnings(trials, used["denominator"], course.started, special.expit(chances["denominator"]), size)
    if "numerator" in used and raw.max() > LARGE:
        rows.append(("weight", "", int((raw > LARGE).sum()), f"weights reach {raw.max():.3g} before truncation"))
    rows += brought_in(used.get("numerator", ()), used["denominator"])
    return pd.DataFrame(rows, columns=["term", "level", "n", "message"])


def start_warnings(
    trials: pd.DataFrame, covariates: tuple[str, ...], started: Bools, chance: Floats, size: int
) -> list[tuple[str, str, int, str]]:
    """Levels in which treatment never or always starts, chances near 0 or 1, and a model that rests on few starts.

    Parameters
    ----------
    trials : DataFrame, m rows
        Person-periods at whose beginning treatment had not started.
    covariates : tuple of str
        Of the model of starting.
    started : ndarray of bool, shape (m,)
    chance : ndarray, shape (m,)
        Of starting, by the model.
    size : int
        Columns of the model, the constant apart.

    Returns
    -------
    list of (term, level, n, message)
    """
    rows: list[tuple[str, str, int, str]] = []
    for term, level, values in indicators(trials, covariates):
        if level:
            inside = values > 0
            n, k = int(inside.sum()), int(started[inside].sum())
            if k in (0, n):
                when = "never" if k == 0 else "always"
                rows.append((term, level, n, f"treatment {when} starts in its {counted(n, 'period')}"))
    overall = float(started.mean())
    for far, what in ((chance < NEAR * overall, "below"), (1 - chance < NEAR * (1 - overall), "above")):
        if far.any():
            bound = NEAR * overall if what == "below" else 1 - NEAR * (1 - overall)
            text = f"the chance of starting is {what} {bound:.3g} in {int(far.sum())} of {len(far)} person-periods"
            rows.append(("chance", "", int(far.sum()), f"{text}: positivity is in doubt"))
    if started.sum() < 10 * size:
        text = f"{counted(started.sum(), 'start')} for {counted(size, 'covariate column')}: the weights are unstable"
        rows.append(("denominator", "", int(started.sum()), text))
    return rows


def brought_in(above: tuple[str, ...], below: tuple[str, ...]) -> list[tuple[str, str, int, str]]:
    """Warn of what the numerator has and the denominator has not."""
    text = "in the numerator but not in the denominator, which the weights then bring in"
    return [(v, "", 0, text) for v in above if v not in below]


def _summary(course: Periods, raw: Floats, weight: Floats, truncate: tuple[float, float] | None) -> dict[str, Any]:
    return {
        "n": len(weight),
        "n_people": course.n_people,
        "n_trials": len(course.started),
        "n_started": int(course.started.sum()),
        "n_given": course.n_given,
        **weight_summary(raw, weight, truncate),
        "n_left_out": int(course.exclusions["n"].sum()),
    }
