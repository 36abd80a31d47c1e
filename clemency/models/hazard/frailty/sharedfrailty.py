"""Spells of groups -> hazard ratios within groups, and how much the groups differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.designmatrix.design import check_spread
from clemency.models.designmatrix.nullmodel import matrix_if_any, variables_if_any
from clemency.models.hazard.fitting import search
from clemency.models.hazard.frailty.covariance import errors_of, with_theta
from clemency.models.hazard.frailty.estimate import SharedFrailty
from clemency.models.hazard.frailty.fit import Shared
from clemency.models.hazard.frailty.penalised import Grouped, curvature
from clemency.models.hazard.frailty.profile import Profile, profiled, without_frailty
from clemency.models.hazard.frailty.refusals import check_arguments, check_groups, said_of_groups
from clemency.models.hazard.separation import check_events, refuse_separated
from clemency.models.imputation.regressions import pool
from clemency.models.imputation.repeated import over_imputations
from clemency.models.kernel.riskset import risk_sets
from clemency.models.likelihood.covariance import check_without_exact, wald_statistic
from clemency.models.likelihood.fit import Sources
from clemency.models.likelihood.partial import evaluate, make_data
from clemency.models.modelframe.arguments import check_level, summed
from clemency.models.modelframe.frames import Table, as_table
from clemency.models.modelframe.history import History, Names, history, telling_left_out
from clemency.models.modelframe.status import CENSORED
from clemency.models.regression.linalg import inverse
from clemency.models.regression.support import count_levels
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem
from clemency.typing import Floats


@over_imputations(pool)
@typed
def shared_frailty(
    data: Any,
    formula: str,
    *,
    group: Names,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    strata: Names = None,
    weights: str | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    theta: float | None = None,
    ci_level: float = 0.95,
) -> SharedFrailty:
    """Fit Cox's model with a gamma frailty that the members of a group share.

    The hazard of a case is the baseline times exp(x'b) times the frailty of its group, such as a prison or a province.
    Frailties are draws from a gamma distribution with mean one and variance theta.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        Spells (entry, exit] as for :func:`cox`. A cohort supplies ``entry``, ``exit``, ``event``.
    formula : str
        Covariates in Wilkinson's notation, without a left side; ``"1"`` for frailties alone.
    group : str or sequence of str
        Columns whose combinations are the groups.
    exit, event, entry : str, optional
        Column names, as for :func:`cox`.
    outcome, censored, time_unit, strata
        As for :func:`cox`.
    weights : str, optional
        Numbers of cases that a row stands for, whole numbers.
    ties : {"efron", "breslow"}
    theta : float, optional
        Take this variance as given in place of estimating it; 0 is the model without frailties.
    ci_level : float

    Returns
    -------
    SharedFrailty

    Raises
    ------
    UsageError
        For arguments that contradict each other, among them a column that makes the groups and is in the formula or
        the strata, and for a single group.
    DataError
        For groups of one spell each, strata of one group each, weights that are no whole numbers, terms and data that
        :func:`cox` refuses, and where the likelihood rises for ever with the variance.

    Notes
    -----
    Theta maximises the likelihood with the frailties integrated out; given theta, coefficients and frailties maximise
    the partial likelihood with a penalty, which comes to the same (``docs/frailty.md``). Estimates, log-likelihood and
    frailties are those of R's ``coxph(frailty())`` run to convergence. Standard errors allow for the estimation of
    theta; R's, which do not, are ``with_variance(theta="known")`` (R leaves more out with more than five groups).

    Under delayed entry each spell counts from its entry and the frailties are taken as gamma among the groups in the
    data at that, as in R. That is right where groups are in the data whatever their members' fate, as prisons are; it
    is not where a group (a person, a family) is in the data only if none of its members has had the event.

    References
    ----------
    .. [1] D. G. Clayton (1978), Biometrika 65:141-151; J. P. Klein (1992), Biometrics 48:795-806.
    .. [2] T. M. Therneau, P. M. Grambsch and V. S. Pankratz (2003), Journal of Computational and Graphical Statistics
       12:156-175.
    .. [3] S. G. Self and K.-Y. Liang (1987), JASA 82:605-610, for the test at the boundary.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> prison = np.repeat(np.arange(30), 20)
    >>> women = rng.integers(0, 2, 600)
    >>> months = rng.exponential(40 / (rng.gamma(2, 0.5, 30)[prison] * 1.5**women))
    >>> d = pd.DataFrame({"months": months.clip(max=60), "cut": months < 60, "women": women, "prison": prison})
    >>> fit = shared_frailty(d, "women", group="prison", exit="months", event="cut")
    >>> fit.heterogeneity().round(2)[["estimate", "ci_low", "ci_high"]]
       estimate  ci_low  ci_high
    0      0.39    0.22      0.7
    """
    check_level(ci_level)
    check_without_exact(ties, None, None)
    given = as_table(data)
    used = variables_if_any(formula, given.frame.columns)
    names = check_arguments(group, strata, used, theta)
    spells = history(
        given, exit=exit, event=event, entry=entry, strata=strata, weights=weights, by=names, covariates=used,
        censored=censored, time_unit=time_unit,
    )  # fmt: skip
    if not spells.counted:
        raise DataError([_not_counts(spells)])
    is_event = spells.has(outcome)
    with telling_left_out(spells):
        check_events(is_event, spells, outcome)
        check_groups(spells, is_event)
        design = matrix_if_any(formula, spells.covariates, len(spells))
        check_spread(design)
        sets = risk_sets(spells.entry, spells.exit, is_event, spells.strata.code)
        arrays = make_data(design, sets, spells.weight, None, ties)
        cox = search(arrays, design, ties, None, ci_level).top
        refuse_separated(design, cox, is_event, firth=False)
    code, size = spells.groups.code, len(spells.groups)
    weighted = np.bincount(code, is_event if spells.weight is None else is_event * spells.weight, minlength=size)
    grouped = Grouped(arrays, code, weighted.round().astype(np.intp))
    found = profiled(grouped, without_frailty(grouped, evaluate(arrays, cox.at.beta)), theta, ci_level)
    own = arrays if found.top.theta == 0 else grouped.with_frailties(found.top.w)
    sources = Sources(spells, design, own, found.top.state, is_event, given.frame)
    return _finished(given, sources, grouped, found, formula, outcome, ties, ci_level)


def _finished(
    given: Table,
    sources: Sources,
    grouped: Grouped,
    found: Profile,
    formula: str,
    outcome: Any,
    ties: str,
    level: float,
) -> SharedFrailty:
    spells, design, top = sources.history, sources.design, found.top
    p, shared, known = len(design.terms), *_shared(sources, grouped, found)
    covariance = with_theta(known, shared.moved[:p], shared.theta_variance)
    person = None
    if given.person is not None and given.person not in shared.columns:
        person = given.frame[given.person].iloc[spells.rows]
    options = {
        "ties": ties, "penalty": None, "outcome": outcome, "columns": spells.columns,
        "alike": (*design.alike, *spells.alike),
        "groups": tuple(said_of_groups(spells, shared, person, sources.event)),
    }  # fmt: skip
    variance = "theta given" if found.fixed else "model"
    return SharedFrailty(
        model=_name(outcome, spells),
        formula=formula,
        terms=design.terms,
        levels=design.levels,
        coefficients=top.beta,
        covariance=covariance,
        model_covariance=known,
        variance=variance,
        limits=None,
        roots=None,
        exclusions=spells.exclusions,
        counts=count_levels(design, sources.event),
        unused=design.unused,
        facts=_summary(sources, shared, found, covariance, ties, variance),
        ci_level=level,
        options=options,
        sources=sources,
        shared=shared,
    )


def _shared(sources: Sources, grouped: Grouped, found: Profile) -> tuple[Shared, Floats]:
    """What is known of the groups, and the covariance of the coefficients for the given theta."""
    top, code, groups = found.top, grouped.group, sources.history.groups
    if top.theta == 0:
        known = inverse(top.at.information) if len(top.beta) else np.zeros((0, 0))
        error = np.full(len(groups), np.nan)
    else:
        known, error = errors_of(curvature(grouped, top.at, top.share, top.w, top.theta))
    size = len(groups)
    return Shared(
        columns=groups.columns,
        levels=groups.levels,
        n=np.bincount(code, minlength=size),
        n_event=np.bincount(code[sources.event], minlength=size),
        expected=top.share / np.exp(top.w),
        log_frailty=top.w,
        error=error,
        moved=top.moved,
        theta=top.theta,
        theta_variance=found.variance,
        theta_low=found.low,
        theta_high=found.high,
        statistic=found.statistic,
        p_value=found.p_value,
        given=found.fixed,
    ), known


def _summary(
    sources: Sources, shared: Shared, found: Profile, covariance: Floats, ties: str, variance: str
) -> dict[str, Any]:
    spells, events = sources.history, int(sources.event.sum())
    p, df = len(covariance), len(covariance) + (not shared.given)
    wald = wald_statistic(found.top.beta, covariance)
    return {
        "n": len(spells),
        "n_cases": _cases(spells, sources.frame),
        "n_groups": len(shared.n),
        "events": events,
        **summed(spells.person_time, spells.unit),
        "theta": shared.theta,
        "theta_low": shared.theta_low,
        "theta_high": shared.theta_high,
        "loglik": found.top.loglik,
        "loglik_none": found.loglik_none,
        "df": df,
        "aic": 2 * df - 2 * found.top.loglik,
        "bic": df * float(np.log(events)) - 2 * found.top.loglik,
        "frailty": shared.statistic,
        "frailty_p": shared.p_value,
        "wald": wald,
        "wald_p": float(special.chdtrc(p, wald)) if np.isfinite(wald) else np.nan,
        "ties": ties,
        "weights": spells.columns["weights"] or "",
        "variance": variance,
        "n_clusters": "",
        "excluded": int(spells.exclusions["n"].sum()) if len(spells.exclusions) else 0,
    }


def _cases(spells: History, frame: pd.DataFrame) -> float:
    """Count the cases by the column that names them; missing where the data have none."""
    names = [n for n in ("case_id", "id", "person_id") if (frame.columns == n).sum() == 1]
    return int(frame[names[0]].iloc[spells.rows].nunique()) if names else np.nan


def _name(outcome: Any, spells: History) -> str:
    groups = f"gamma frailty by {', '.join(spells.groups.columns)}"
    if outcome is None and len(spells.outcomes) == 1:
        return f"Cox with {groups}" + ("" if spells.outcomes[0] == "event" else f", {spells.outcomes[0]}")
    named = outcome if isinstance(outcome, str) else " or ".join(map(str, outcome))
    return f"Cox with {groups}, cause-specific: {named}"


def _not_counts(spells: History) -> Problem:
    assert spells.weight is not None
    row = int(np.flatnonzero(spells.weight != np.floor(spells.weight))[0])
    what = "weights that are not whole numbers are no numbers of cases, and the likelihood is then that of no sample"
    remedy = "Leave weights= out, or take cl.cox(weights=, cluster=), whose errors allow for both."
    return Problem(
        "data", int(spells.rows[row]), str(spells.columns["weights"]), f"{spells.weight[row]:g}", what, remedy
    )
