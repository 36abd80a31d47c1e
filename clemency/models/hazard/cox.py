"""Spells -> hazard ratios: Cox's model under delayed entry, ties, strata, weights, clusters and competing events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from clemency.models.designmatrix.design import check_rank, check_spread
from clemency.models.designmatrix.nullmodel import is_null, matrix_if_any, variables_if_any
from clemency.models.hazard.estimate import Estimate
from clemency.models.hazard.fitting import finish, search
from clemency.models.hazard.separation import check_events, refuse_separated
from clemency.models.imputation.regressions import pool
from clemency.models.imputation.repeated import over_imputations
from clemency.models.kernel.riskset import risk_sets
from clemency.models.likelihood.covariance import Ties, check_choices, check_clusters
from clemency.models.likelihood.fit import Sources
from clemency.models.likelihood.partial import make_data, state
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.frames import Table, as_table
from clemency.models.modelframe.history import History, Names, history, telling_left_out
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.typing import Bools


@over_imputations(pool)
@typed
def cox(
    data: Any,
    formula: str,
    *,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    outcome: str | Sequence[str] | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    strata: Names = None,
    cluster: Names = None,
    weights: str | None = None,
    offset: str | None = None,
    ties: Ties = "efron",
    penalty: float | Literal["firth"] | Mapping[str, float] | None = None,
    robust: bool | None = None,
    ci_level: float = 0.95,
) -> Estimate:
    """Fit Cox's proportional hazards model.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        Spells (entry, exit]; time-varying covariates are several rows per case. A cohort supplies ``entry``,
        ``exit``, ``event``, and clusters on ``person_id`` where anyone gives more than one spell.
    formula : str
        Covariates in Wilkinson's notation, without a left side. The reference of a categorical is its first level.
        ``"1"`` fits the baseline alone (the null model), with strata and offset if there are any.
    exit, event, entry, weights, offset : str, optional
        Column names. ``event`` is 0/1, boolean, yes/no, alive/dead, or words of which ``"censored"`` (or the first
        level of an ordered categorical) means censoring; numbers above 1 are refused. Without ``entry`` a row whose
        exit is 0 stays, as in R's ``coxph``; with it, and in a cohort, spells without length are left out. The weight
        is a case weight; the offset enters the linear predictor with coefficient one.
    outcome : str or sequence of str, optional
        The event of interest where there are several kinds: the other ones censor, which makes this the
        cause-specific hazard. Several names make a composite.
    censored : str or None
        The word in ``event`` that means censoring; None if nobody is censored and each word is a kind of event.
    time_unit : {"days", "weeks", "months", "quarters", "years"}, optional
        What the times of a frame count, for labels and names; a cohort counts months.
    strata : str or sequence of str, optional
        Columns whose combinations have a baseline hazard of their own.
    cluster : str or sequence of two str, optional
        Columns within which scores may be correlated. Two give two-way clustering. One cluster is refused. No errors
        are given from fewer than 30 clusters (of the finer clustering) if they are no more than the coefficients: the
        scores of clusters add up to zero, so their covariance is singular. Where they are fewer, ``warnings`` tells.
    ties : {"efron", "breslow", "exact"}
        ``"exact"`` is the discrete (conditional logistic) likelihood.
    penalty : "firth", float or mapping, optional
        ``"firth"`` keeps hazard ratios finite and less biased where events are few, with profile-likelihood limits.
        With fewer than five events for each coefficient a profile may have two tops, and its limits be too narrow: the
        search follows the nearer one. The score test is that of the penalised likelihood too.
        A number is a ridge: half of it times the sum of squared coefficients is taken from the log-likelihood. A
        mapping of terms to numbers is a ridge of its own for each term, and none for terms that it does not name.
    robust : bool, optional
        The sandwich variance by rows. Default: where the weights are not whole numbers.
    ci_level : float
        Level of the confidence limits.

    Returns
    -------
    Estimate

    Raises
    ------
    UsageError
        For arguments that contradict each other or cannot be honoured.
    DataError
        For constant, duplicate or collinear terms, no event, and for terms with a monotone likelihood
        (complete separation); each is named.

    Notes
    -----
    Rows with a missing or impossible value in any named column are left out and counted in ``.exclusions``. The
    robust variances carry no small-sample factor, as in R's survival.

    References
    ----------
    .. [1] D. R. Cox (1972), Regression models and life-tables, JRSS B 34:187-220.
    .. [2] T. M. Therneau and P. M. Grambsch (2000), Modeling Survival Data, Springer.

    Examples
    --------
    >>> import pandas as pd
    >>> months, age = [5, 8, 9, 12, 14, 20], [40, 35, 60, 33, 51, 48]
    >>> spells = pd.DataFrame({"months": months, "cut": [1, 1, 0, 1, 1, 0], "age": age})
    >>> fit = cox(spells, "age", exit="months", event="cut")
    >>> fit.tidy().round(4)[["term", "estimate", "std_error"]]
      term  estimate  std_error
    0  age   -0.1219      0.092
    """
    check_level(ci_level)
    check_choices(ties, penalty, robust, cluster, weights)
    given = as_table(data)
    robust_ignored = robust is None and (penalty == "firth" or ties == "exact")
    if is_null(formula):
        _check_null(penalty, robust, cluster)
    elif cluster is None and robust is None and not robust_ignored:
        cluster = given.person
    spells = history(
        given,
        exit=exit,
        event=event,
        entry=entry,
        strata=strata,
        cluster=cluster,
        weights=weights,
        offset=offset,
        covariates=variables_if_any(formula, given.frame.columns),
        censored=censored,
        time_unit=time_unit,
    )
    check_clusters(spells.cluster_names, spells.clusters)
    is_event = spells.has(outcome)
    with telling_left_out(spells):
        check_events(is_event, spells, outcome)
        design = matrix_if_any(formula, spells.covariates, len(spells))
        check_spread(design)
        if penalty is not None:
            check_rank(design)  # a penalty makes collinear columns estimable; they are refused all the same
        sets = risk_sets(spells.entry, spells.exit, is_event, spells.strata.code)
        arrays = make_data(design, sets, spells.weight, spells.offset, ties)
        fit = search(arrays, design, ties, penalty, ci_level, offset)
        refuse_separated(design, fit.top, is_event)
    if robust is None and not spells.clusters and not robust_ignored and design.terms:
        robust = not spells.counted
    options = {"ties": ties, "penalty": penalty, "outcome": outcome, "columns": spells.columns}
    options["robust_ignored"] = _why_not_robust(given, spells, is_event, options) if robust_ignored else ""
    at = fit.top.at.state or state(arrays, fit.top.at.beta)
    sources = Sources(spells, design, arrays, at, is_event, given.frame, spells.clusters)
    return finish(fit, sources, formula, options, bool(robust), check_level(ci_level))


def _check_null(penalty: Any, robust: bool | None, cluster: Names) -> None:
    """Refuse what concerns coefficients only."""
    if penalty is not None:
        raise UsageError("penalty= has nothing to penalise in a model without covariates: leave it out")
    if robust or cluster is not None:
        raise UsageError(
            "robust= and cluster= are for coefficients, and a model without covariates has none: take "
            "cl.nelson_aalen(cluster=) for robust errors of a cumulative hazard"
        )


def _why_not_robust(given: Table, spells: History, is_event: Bools, options: dict[str, Any]) -> str:
    """Say why robust errors would be needed, where the chosen likelihood has none."""
    why, person = "", given.person
    if person is not None and _several(given.frame.iloc[spells.rows], person, is_event):
        why = f"cases or events of one person ('{person}') are taken as independent"
    elif not spells.counted:
        why = f"the weights ('{spells.columns['weights']}') are taken as numbers of cases, which they are not"
    asked = "penalty='firth'" if options["penalty"] == "firth" else "ties='exact'"
    return why and f"{asked} has no robust errors: {why}, so limits may be too narrow"


def _several(frame: pd.DataFrame, person: str, is_event: Bools) -> bool:
    """Whether anyone has several events or cases; several spells of one case are no problem."""
    events = pd.Series(is_event, frame.index).groupby(frame[person].to_numpy()).sum()
    cases = frame["case_id"].nunique() if "case_id" in frame.columns else len(events)
    return bool((events > 1).any() or cases > len(events))
