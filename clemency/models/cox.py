"""Spells to hazard ratios: Cox's model under delayed entry, ties, strata, weights, clusters and competing events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from clemency.models.cautions import check_clusters, enough, uncounted
from clemency.models.coxfit import CoxData, collapsed, evaluate, make_data, state
from clemency.models.design import Design, check_rank, check_spread, design, variables
from clemency.models.endings import CENSORED
from clemency.models.estimate import Estimate, Sources, check_level, count_levels, level_support
from clemency.models.exact import evaluate_exact
from clemency.models.firth import fit_firth, without_penalty
from clemency.models.history import History, Names, as_frame, codes, column_names, history, people
from clemency.models.imputations import as_regressions, over_imputations
from clemency.models.leftout import telling_left_out
from clemency.models.maximum import Maximum, flat_columns, inverse, least_eigenvalue, maximise, solve
from clemency.models.offsets import check_offset, despite_offset
from clemency.models.passes import Sums
from clemency.models.riskset import risk_sets
from clemency.models.timeunits import summed
from clemency.models.variance import sandwich
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.signatures import typed
from clemency.records.wording import counted, none_of
from clemency.typing import Bools, Floats

Ties = Literal["efron", "breslow", "exact"]


@over_imputations(as_regressions)
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
    penalty: float | Literal["firth"] | None = None,
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
    penalty : "firth" or float, optional
        ``"firth"`` keeps hazard ratios finite and less biased where events are few, with profile-likelihood limits.
        A number is a ridge: half of it times the sum of squared coefficients is taken from the log-likelihood.
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
        For constant, duplicate or collinear terms, no event, and for terms along which the likelihood rises for ever
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
    _check_choices(ties, penalty, robust, cluster, weights)
    frame = as_frame(data)
    unheard = robust is None and (penalty == "firth" or ties == "exact")
    if cluster is None and robust is None and not unheard:
        cluster = people(data)
    spells = history(
        data,
        exit=exit,
        event=event,
        entry=entry,
        strata=strata,
        cluster=cluster,
        weights=weights,
        offset=offset,
        covariates=variables(formula, frame.columns),
        censored=censored,
        time_unit=time_unit,
    )
    check_clusters(spells.cluster_names, spells.clusters)
    happened = spells.has(outcome)
    with telling_left_out(spells):
        check_events(happened, spells, outcome)
        made = design(formula, spells.covariates)
        check_spread(made)
        if penalty is not None:
            check_rank(made)  # a penalty makes collinear columns estimable; they are refused all the same
        sets = risk_sets(spells.entry, spells.exit, happened, spells.strata.code)
        arrays = make_data(made, sets, spells.weight, spells.offset, ties)
        found = search(arrays, made, ties, penalty, ci_level, offset)
        refuse_separated(made, found.top, happened)
    if robust is None and not spells.clusters and not unheard:
        robust = not spells.counted
    options = {"ties": ties, "penalty": penalty, "outcome": outcome, "columns": spells.columns}
    options["unheard"] = _unheard(data, spells, happened, options) if unheard else ""
    at = found.top.at.state or state(arrays, found.top.at.beta)
    sources = Sources(spells, made, arrays, at, happened, frame, spells.clusters)
    return finish(found, sources, formula, options, bool(robust), check_level(ci_level))


@dataclass(frozen=True, slots=True)
class Found:
    """What the search found: the maximum, the ridge, and Firth's limits and signed roots (or None)."""

    top: Maximum
    ridge: Floats | None
    limits: Floats | None
    roots: Floats | None


def search(arrays: CoxData, made: Design, ties: str, penalty: Any, ci_level: float, offset: str | None = None) -> Found:
    """Maximise the likelihood that the arguments ask for; collinear columns are refused, and an offset (a column)."""
    check_offset(arrays.offset, offset, narrow=ties == "exact" or penalty == "firth")
    none = np.zeros(arrays.X.shape[1], dtype=bool)
    if penalty == "firth":
        start = evaluate(replace(arrays, offset=None), np.zeros(arrays.X.shape[1]))
        flat, _ = flat_columns(start, arrays)
        if flat.any():
            return Found(Maximum(start, start, 0, none, flat), None, None, None)
        fit = fit_firth(arrays, ci_level)
        null = replace(fit.null.plain, loglik=fit.null.loglik)
        top = Maximum(without_penalty(fit), null, fit.steps, none, none)
        return Found(top, None, fit.limits, fit.roots)
    ridge = None if penalty is None else np.full(arrays.X.shape[1], float(penalty))
    doubtful = partial(check_rank, made)
    likelihood = evaluate_exact if ties == "exact" else evaluate
    climb = partial(maximise, ridge=ridge, likelihood=likelihood, doubtful=doubtful)
    fewer = arrays if ties == "exact" else collapsed(arrays, made.pattern)
    top = climb(fewer)
    if top.flat.any() or top.diverging.any():
        top = despite_offset(fewer, top, climb, offset, follow=ties != "exact")
    if fewer is not arrays:
        top = replace(top, at=replace(top.at, state=None, sums=None))
    return Found(top, ridge, None, None)


def _unheard(data: Any, spells: History, happened: Bools, options: dict[str, Any]) -> str:
    """Say for what the default errors would have allowed, had the likelihood that was asked for robust ones."""
    why, person = "", people(data)
    if person is not None and _several(as_frame(data).iloc[spells.rows], person, happened):
        why = f"cases or events of one person ('{person}') are taken as independent"
    elif not spells.counted:
        why = f"the weights ('{spells.columns['weights']}') are taken as numbers of cases, which they are not"
    asked = "penalty='firth'" if options["penalty"] == "firth" else "ties='exact'"
    return why and f"{asked} has no robust errors: {why}, so limits may be too narrow"


def _several(frame: pd.DataFrame, person: str, happened: Bools) -> bool:
    """Whether anyone has several events or cases: spells that a change of covariates cut are no reason for care."""
    events = pd.Series(happened, frame.index).groupby(frame[person].to_numpy()).sum()
    cases = frame["case_id"].nunique() if "case_id" in frame.columns else len(events)
    return bool((events > 1).any() or cases > len(events))


def _check_choices(ties: str, penalty: Any, robust: bool | None, cluster: Names, weights: str | None = None) -> None:
    if ties not in ("efron", "breslow", "exact"):
        raise UsageError(f"ties must be 'efron', 'breslow' or 'exact', not {ties!r}")
    if robust is False and cluster is not None:
        raise UsageError("robust=False contradicts cluster=: leave one of them out")
    if len(column_names(cluster)) > 2:
        raise UsageError(f"clustering goes one or two ways, not {len(column_names(cluster))}")
    sandwiched = robust or cluster is not None
    if ties == "exact" and (sandwiched or weights is not None or penalty == "firth"):
        raise UsageError("ties='exact' goes with the model-based variance only: no weights, robust, cluster or firth")
    if penalty == "firth" and sandwiched:
        raise UsageError("penalty='firth' gives profile-likelihood limits: it takes no robust= or cluster=")
    if penalty is None or penalty == "firth":
        return
    if isinstance(penalty, (bool, str)) or not np.isfinite(penalty) or penalty < 0:
        raise UsageError(f"penalty must be 'firth', a number of zero or more, or None, not {penalty!r}")


def check_events(happened: Bools, spells: History, outcome: Any) -> None:
    """Refuse data without the event."""
    if not happened.any():
        what = f"'{outcome}'" if outcome is not None else "event"
        raise DataError(
            [
                Problem(
                    "data",
                    None,
                    str(spells.columns["event"]),
                    "",
                    f"no {what} among the {counted(len(spells), 'spell')}",
                    "A hazard ratio needs events; look at the coding of the column and at the exclusions.",
                )
            ]
        )


def refuse_separated(made: Design, top: Maximum, happened: Bools, firth: bool = True) -> None:
    """Refuse a likelihood without a maximum and name the columns to blame; advise Firth's penalty if there is one."""
    if not top.flat.any() and not top.diverging.any():
        return
    raise DataError((_unseen if top.flat.any() else _separated)(made, top, happened, firth))


def _unseen(made: Design, top: Maximum, happened: Bools, firth: bool) -> list[Problem]:
    """Name columns of which no risk set knows anything, and levels without an event, which would come next."""
    problems = []
    for j in np.flatnonzero(top.flat):
        what = "it does not vary (or not apart from the others) among those at risk at any event, or within any stratum"
        remedy = "Leave the term out, or take it from the strata if it is there."
        if made.levels[j] and not (made.matrix[happened, j] != 0).any():
            size = int((made.matrix[:, j] != 0).sum())
            what = f"{none_of(size, 'spell', 'end')} in the event, and none is at risk when another one does"
            remedy = "Merge the level with another, or leave the term out."
        problems.append(Problem("data", None, made.terms[j], made.levels[j], what, remedy))
    support = level_support(made, happened)
    named = {(made.terms[j], made.levels[j]) for j in np.flatnonzero(top.flat)}
    for r in support[(support["n_event"] == 0) & (support["level"] != "")].itertuples():
        if (r.term, r.level) not in named:
            what = f"{none_of(r.n, 'spell', 'end')} in the event" + (" (it is the reference)" if r.reference else "")
            remedy = "Merge the level with another, or leave the term out" + (
                '; penalty="firth" may do.' if firth else "."
            )
            problems.append(Problem("data", None, r.term, r.level, what, remedy))
    return problems


def _separated(made: Design, top: Maximum, happened: Bools, firth: bool) -> list[Problem]:
    problems = []
    support = level_support(made, happened)
    empty = set(support.loc[support["reference"] & (support["n_event"] == 0), "term"])
    for term in empty:
        what = "the reference level has no event, so no level can be compared with it"
        remedy = "Order the categories so that a level with events comes first" + (
            ', or use penalty="firth".' if firth else "."
        )
        problems.append(Problem("data", None, term, made.reference[term], what, remedy))
    for j in np.flatnonzero(top.diverging):
        column, level = made.matrix[:, j], made.levels[j]
        what = "the likelihood rises for ever as its coefficient grows (separation), so it has no finite hazard ratio"
        if level and not (column[happened] != 0).any():
            what = f"{none_of((column != 0).sum(), 'spell', 'end')} in the event; " + what
        elif made.terms[j] in empty:
            continue
        remedy = (
            'Use penalty="firth", merge' if firth else "Merge"
        ) + " the level with another, or leave the term out."
        problems.append(Problem("data", None, made.terms[j], level, what, remedy))
    return problems


def finish(
    found: Found, sources: Sources, formula: str, options: dict[str, Any], robust: bool, ci_level: float
) -> Estimate:
    """Make the estimate from what the search found."""
    spells, made, top = sources.history, sources.design, found.top
    information = top.at.information if found.ridge is None else top.at.information + np.diag(found.ridge)
    bread = inverse(information)
    covariance, variance = _variance(sources, bread, spells.cluster_names, robust, top.at.sums)
    tests = _tests(top, covariance, found.ridge is not None, spells.counted)
    if not spells.counted:
        options["uncounted"] = uncounted(spells.columns["weights"], "likelihood-ratio and score test, AIC and BIC")
    options["alike"] = (*made.alike, *spells.alike)
    return Estimate(
        model=_name(options["outcome"], spells),
        formula=formula,
        terms=made.terms,
        levels=made.levels,
        coefficients=top.at.beta,
        covariance=covariance,
        model_covariance=bread,
        variance=variance,
        limits=found.limits,
        roots=found.roots,
        exclusions=spells.exclusions,
        counts=count_levels(made, sources.event),
        unused=made.unused,
        summary=_summary(sources, top, tests, options, variance),
        ci_level=ci_level,
        options=options,
        sources=sources,
    )


def _name(outcome: Any, spells: History) -> str:
    if outcome is None and len(spells.outcomes) == 1:
        return "Cox" if spells.outcomes[0] == "event" else f"Cox, {spells.outcomes[0]}"
    return "Cox, cause-specific: " + (outcome if isinstance(outcome, str) else " or ".join(map(str, outcome)))


def _variance(
    sources: Sources, bread: Floats, names: tuple[str, ...], robust: bool, sums: Sums | None = None
) -> tuple[Floats, str]:
    """Covariance by the clusters of the sources, by rows, or of the model; and its name. It uses up the sums."""
    data, at = sources.data, sources.state
    if sources.clusters:
        name = "cluster: " + " and ".join(names)
        if not enough(sources.clusters, len(bread)):
            return np.full_like(bread, np.nan), name
        return sandwich(data, at, bread, sources.clusters, sums), name
    if robust:
        return sandwich(data, at, bread, () if sources.parent is None else (sources.parent,), sums), "robust"
    return bread, "model"


def _tests(top: Maximum, covariance: Floats, ridge: bool, counted: bool) -> dict[str, float]:
    """Likelihood ratio, Wald and score test that all coefficients are zero.

    No likelihood ratio under a ridge; neither that nor the score test where weights are no numbers of cases.
    """
    beta, score = top.at.beta, top.null.score
    found = {
        "likelihood_ratio": 2 * (top.at.loglik - top.null.loglik) if counted and not ridge else np.nan,
        "wald": _wald(beta, covariance),
        "score": float(score @ solve(top.null.information, score)) if counted else np.nan,
    }
    return found | {f"{name}_p": _p_value(value, len(beta)) for name, value in found.items()}


def _wald(beta: Floats, covariance: Floats) -> float:
    """Wald's statistic; missing where the covariance is, or where it is singular."""
    size = np.diag(covariance)
    if not (np.isfinite(size) & (size > 0)).all() or least_eigenvalue(covariance) < 1e-10:
        return np.nan
    return float(beta @ solve(covariance, beta))


def _p_value(statistic: float, df: int) -> float:
    return float(special.chdtrc(df, max(statistic, 0.0))) if np.isfinite(statistic) else np.nan


def _summary(
    sources: Sources, top: Maximum, tests: dict[str, float], options: dict[str, Any], variance: str
) -> dict[str, Any]:
    spells, penalty = sources.history, options["penalty"]
    p, events = len(top.at.beta), int(sources.event.sum())
    return {
        "n": len(spells),
        "n_cases": _cases(spells, sources.frame, options.get("id")),
        "events": events,
        **summed(spells.person_time, spells.unit),
        "loglik": top.at.loglik,
        "aic": 2 * p - 2 * top.at.loglik if spells.counted else np.nan,
        "bic": p * float(np.log(events)) - 2 * top.at.loglik if spells.counted else np.nan,
        "loglik_null": top.null.loglik,
        "df": p,
        **tests,
        "ties": options["ties"],
        "penalty": "" if penalty is None else str(penalty),
        "weights": spells.columns["weights"] or "",
        "variance": variance,
        "n_clusters": ", ".join(str(len(np.unique(c))) for c in spells.clusters),
        "iterations": top.steps,
        "excluded": int(spells.exclusions["n"].sum()) if len(spells.exclusions) else 0,
    }


def _cases(spells: History, frame: pd.DataFrame, id: str | None) -> float:
    """Count the cases by the column that names them; missing where the data have none."""
    names = [n for n in (id, "case_id", "id", "person_id") if n is not None and (frame.columns == n).sum() == 1]
    return int(frame[names[0]].iloc[spells.rows].nunique()) if names else np.nan


def revise_variance(estimate: Estimate, robust: bool | None, cluster: Names) -> Estimate:
    """Recompute the covariance of an estimate from its arrays; see :meth:`Estimate.with_variance`."""
    if robust is None and cluster is None:
        raise UsageError("say which variance: robust=True, robust=False, or cluster=")
    _check_choices(estimate.options["ties"], estimate.options["penalty"], robust, cluster)
    kept = estimate.needed("another variance")
    names = (cluster,) if isinstance(cluster, str) else tuple(cluster or ())
    groups = []
    for name in names:
        if name not in kept.frame.columns:
            raise UsageError(f"there is no column '{name}' to cluster on")
        column = kept.frame[name].iloc[kept.history.rows]
        if column.isna().any():
            raise UsageError(
                f"'{name}' is missing in {counted(column.isna().sum(), 'row')}: name it in the fit, which drops them"
            )
        groups.append(codes(column))
    check_clusters(names, groups)
    kept = replace(kept, clusters=tuple(g if kept.parent is None else g[kept.parent] for g in groups))
    covariance, variance = _variance(kept, estimate.model_covariance, names, bool(robust))
    beta = estimate.coefficients
    wald = _wald(beta, covariance)
    summary = estimate.summary | {
        "variance": variance,
        "n_clusters": ", ".join(str(len(np.unique(g))) for g in groups),
        "wald": wald,
        "wald_p": _p_value(wald, len(beta)),
    }
    return replace(
        estimate,
        covariance=covariance,
        variance=variance,
        summary=summary,
        limits=None,
        roots=None,
        sources=kept,
    )
