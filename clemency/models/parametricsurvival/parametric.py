"""Times and a formula -> a parametric survival model, with time ratios or hazard ratios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from clemency.models.imputation.regressions import pool
from clemency.models.imputation.repeated import over_imputations
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import column_names
from clemency.models.modelframe.frames import as_table
from clemency.models.modelframe.history import Names
from clemency.models.modelframe.status import CENSORED
from clemency.models.parametricsurvival.choices import Distribution, Settled, family_of, form_of
from clemency.models.parametricsurvival.columns import columns_of, needed
from clemency.models.parametricsurvival.estimate import Parametric, check_variance, cluster_counts
from clemency.models.parametricsurvival.families.hazardbases import Piecewise, Spline
from clemency.models.parametricsurvival.fitted import (
    Inner,
    cluster_lines,
    covariance_of,
    make_cases,
    names_of,
    reported,
    wald,
)
from clemency.models.parametricsurvival.goodness import later_than
from clemency.models.parametricsurvival.reading import Asked, read
from clemency.models.parametricsurvival.refusals import refuse_without_maximum
from clemency.models.parametricsurvival.search import search
from clemency.models.regression.support import make_warnings, uncounted
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError

#: Events per parameter below which limits are unreliable, as for Cox's model.
_EVENTS_PER_PARAMETER = 5
#: Share of those who will ever have the event that may be left at the end of follow-up without a warning.
_STILL_TO_COME = 0.05


def _settled(fit: Parametric) -> dict[str, Any]:
    """Cuts or knots of the first fit, for those of the other imputations."""
    family = fit.inner.family
    if isinstance(family, Piecewise):
        return {"cuts": Settled(family.cuts)}
    return {"knots": Settled(np.exp(family.knots))} if isinstance(family, Spline) else {}


@over_imputations(pool, _settled)
@typed
def parametric(
    data: Any,
    formula: str,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    distribution: Distribution = "weibull",
    form: Literal["time", "hazard"] | None = None,
    cure: str | bool | None = None,
    cuts: int | Sequence[float] | None = None,
    knots: int | Sequence[float] | None = None,
    cluster: Names = None,
    weights: str | None = None,
    robust: bool | None = None,
    ci_level: float = 0.95,
) -> Parametric:
    """Fit a parametric survival model, if asked with a share of cases to whom the event never happens.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        Spells (entry, exit] as for :func:`cox`. A cohort supplies ``entry``, ``exit``, ``event``, and clusters on
        ``person_id`` where anyone gives more than one spell.
    formula : str
        Covariates in Wilkinson's notation, without a left side; ``"1"`` for none.
    exit, event, entry, weights : str, optional
        Column names, as for :func:`cox`. An event at time zero is refused.
    lower, upper : str, optional
        In place of ``exit`` and ``event``, for times known as intervals: the last time at which the event is known not
        to have happened, and the first at which it is known to have happened. Equal: an exact time. ``upper`` missing
        or infinite: not known to have happened.
    outcome, censored, time_unit
        As for :func:`cox`: other kinds of event censor.
    distribution : {"weibull", "exponential", "lognormal", "loglogistic", "gengamma", "piecewise", "spline"}
        ``"gengamma"`` is the generalised gamma, of which Weibull (Q = 1) and log-normal (Q = 0) are cases.
        ``"piecewise"`` has a hazard that is constant between `cuts`; ``"spline"`` a log cumulative hazard that is a
        natural cubic spline in log time (Royston and Parmar). Those two have proportional hazards.
    form : {"time", "hazard"}, optional
        What the coefficients multiply. ``"time"``: log time, as in R's ``survreg``; above zero means later.
        ``"hazard"``: log hazard ratios; above zero means sooner. By default hazards for ``"piecewise"`` and
        ``"spline"``, else times; Weibull and exponential have both.
    cure : str or True, optional
        Formula of the log odds of never having the event; True for one share of all. The rest follows the distribution.
    cuts : int or sequence of float, optional
        Times at which the piecewise hazard changes, or a number of bands with as many events each; four by default.
    knots : int or sequence of float, optional
        Inner knots of the spline, or their number at quantiles of the times of events; two by default. The first and
        the last event are knots too.
    cluster : str or sequence of two str, optional
        Columns within which scores may be correlated.
    robust : bool, optional
        The sandwich variance by rows. Default: where the weights are not whole numbers.
    ci_level : float

    Returns
    -------
    Parametric
        For an imputed cohort a `PooledParametric`, by Rubin's rules, with predictions.

    Raises
    ------
    UsageError
        For arguments that contradict each other or cannot be honoured.
    DataError
        For constant or collinear terms, no event, an event at time zero, and where the likelihood has no maximum: terms
        along which it rises for ever (separation), a share that never has the event which the data do not show, bands
        of which they say nothing.

    Notes
    -----
    The log-likelihood of a case is log f(t) for an exact time, log(S(lower) - S(upper)) for an interval, log S(t)
    without the event, less log S(entry); ``docs/parametric.md`` has S and f of each distribution. It is maximised with
    its second derivatives, whose inverse gives the errors ("observed information"); robust errors have no
    small-sample factor, as in R's ``survreg``, which leaves weights out of them. With several spells of a case, whose
    covariates change, the hazard at a time is that of somebody who always had the present values.

    A share to whom the event never happens rests on the shape of the distribution beyond the data: only long follow-up,
    at whose end the curve is flat, tells it from an event that comes late. A warning says how much would still come.

    References
    ----------
    Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. (2002), chapters 2 and 3. Royston
    and Parmar, Statistics in Medicine 21 (2002), 2175-2197. Farewell, Biometrics 38 (1982), 1041-1046.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"months": [5, 8, 9, 12, 14, 20], "cut": [1, 1, 0, 1, 1, 0], "g": list("aababb")})
    >>> fit = parametric(d, "1", exit="months", event="cut", distribution="exponential")
    >>> float(fit.tidy(exponentiate=True)["estimate"].round(3).iloc[0])  # 68 months for 4 events
    17.0
    """
    check_level(ci_level)
    check_variance(robust, column_names(cluster))
    scale = form_of(distribution, form)
    given = as_table(data)
    share = _share(cure)
    wanted = (*needed(formula, given.frame.columns), *needed(share, given.frame.columns))
    if cluster is None and robust is None:
        cluster = given.person
    asked = Asked(exit, event, entry, lower, upper, outcome, censored, time_unit, cluster, weights)
    found = read(given, asked, dict.fromkeys(wanted))
    family = family_of(distribution, found, cuts, knots)
    time = columns_of(formula, found.covariates, len(found.lower))
    never = None if share is None else columns_of(share, found.covariates, len(found.lower))
    cases = make_cases(found, family, time, never)
    top = search(family, cases)
    refuse_without_maximum(top, family, time, never, found)
    if robust is None and not found.clusters:
        robust = not found.whole
    bread, covariance, variance = covariance_of(top, found.weight, bool(robust), found.clusters, found.cluster_names)
    _, turn = reported(family, scale, time, never, top.at.theta)
    inner = Inner(family, cases, found, time, never, top, bread, covariance, turn)
    return _finished(inner, scale, variance, formula, share, ci_level)


def _share(cure: str | bool | None) -> str | None:
    """Formula of the share that never has the event, or None."""
    if cure is None or cure is False:
        return None
    if cure is True:
        return "1"
    if not isinstance(cure, str):
        raise UsageError(f"cure= takes a formula, or True for one share of all, not {cure!r}.")
    return cure


def _finished(inner: Inner, form: str, variance: str, formula: str, share: str | None, ci_level: float) -> Parametric:
    family, found = inner.family, inner.found
    theta, turn = reported(family, form, inner.time, inner.never, inner.theta)
    names, logs = names_of(family, form, inner.time, inner.never)
    covariates = np.arange(len(theta)) < len(inner.time.terms)
    covariance = turn @ inner.covariance @ turn.T
    support = inner.time.support(found.event)
    what = "" if found.outcome == "event" else f", {found.outcome}"
    mixture = "" if share is None else " mixture cure"
    return Parametric(
        model=f"{family.title[0].upper()}{family.title[1:]}{mixture} model ({form} ratios){what}",
        formula=formula,
        cure=share,
        distribution=family.name,
        form=form,
        terms=tuple(term for term, _ in names),
        levels=tuple(level for _, level in names),
        logs=logs,
        covariates=covariates,
        coefficients=theta,
        covariance=covariance,
        model_covariance=turn @ inner.bread @ turn.T,
        variance=variance,
        limits=None,
        exclusions=found.exclusions,
        warnings=_warnings(inner, support),
        support=support,
        facts=_summary(inner, form, variance) | wald(theta, covariance, covariates) | _last(inner, variance),
        ci_level=ci_level,
        inner=inner,
    )


def _summary(inner: Inner, form: str, variance: str) -> dict[str, Any]:
    found, at, q = inner.found, inner.top.at, len(inner.theta)
    return found.counts | {
        "loglik": at.loglik,
        "df": q,
        "aic": 2 * q - 2 * at.loglik if found.whole else np.nan,
        "bic": q * float(np.log(found.counts["events"])) - 2 * at.loglik if found.whole else np.nan,
        "distribution": inner.family.name,
        "form": form,
    }


def _last(inner: Inner, variance: str) -> dict[str, Any]:
    found = inner.found
    return {
        "weights": found.weights or "",
        "variance": variance,
        "n_clusters": cluster_counts(found.clusters),
        "iterations": inner.top.steps,
        "excluded": int(found.exclusions["n"].sum()) if len(found.exclusions) else 0,
    }


def _warnings(inner: Inner, support: pd.DataFrame) -> pd.DataFrame:
    """Warnings to read before quoting a row: ``term, level, n_event, message``."""
    found, design, q = inner.found, inner.time.design, len(inner.theta)
    unused = () if design is None else design.unused
    table = make_warnings(support, unused, (*(() if design is None else design.alike), *found.alike))
    events = found.counts["events"]
    lines = cluster_lines(found.clusters, q)
    if events < _EVENTS_PER_PARAMETER * q:
        several = f"{events} event{'' if events == 1 else 's'} for {q} parameters"
        lines.append(f"{several}, fewer than {_EVENTS_PER_PARAMETER} for each: estimates and limits are unreliable")
    if not found.whole:
        lines.append(uncounted(found.weights, "AIC and BIC"))
    if inner.never is not None and (left := later_than(inner, found.last)) > _STILL_TO_COME:
        lines.append(
            f"at the last time in the data, {found.last:g}, {left:.0%} of those who will ever have the event still "
            "wait for it by this model: the share that never has it rests on the shape of the distribution beyond the "
            "data"
        )
    if isinstance(family := inner.family, Spline):
        begin = min(found.lower[found.lower > 0].min(), float(np.exp(family.knots[0])))
        place = len(inner.time.terms)
        if family.falls(inner.theta[place : place + len(family.knots)], begin, found.last):
            lines.append("the spline gives a cumulative hazard that falls within the data: take fewer knots, or others")
    for line in lines:
        table.loc[len(table)] = ["", "", events, line]
    return table
