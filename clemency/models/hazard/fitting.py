"""Arrays -> the maximum of the likelihood that was asked for -> an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, check_rank
from clemency.models.hazard.estimate import Estimate
from clemency.models.likelihood.covariance import covariance_of, joint_tests
from clemency.models.likelihood.exact import evaluate_exact
from clemency.models.likelihood.firth import fit_firth, without_penalty
from clemency.models.likelihood.fit import Sources
from clemency.models.likelihood.newton import Maximum, flat_columns, maximise
from clemency.models.likelihood.offsets import check_baseline, check_offset, despite_offset
from clemency.models.likelihood.partial import CoxData, collapsed, evaluate
from clemency.models.modelframe.arguments import summed
from clemency.models.modelframe.history import History
from clemency.models.regression.linalg import inverse
from clemency.models.regression.support import count_levels, uncounted
from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Floats

#: Standard errors off the maximum at which a search has not found it.
UNDECIDED = 1e-3


@dataclass(frozen=True, slots=True)
class Maximised:
    """Where the search ended: the maximum, the ridge, and Firth's limits and signed roots (or None)."""

    top: Maximum
    ridge: Floats | None
    limits: Floats | None
    roots: Floats | None


def search(
    arrays: CoxData, design: Design, ties: str, penalty: Any, ci_level: float, offset: str | None = None
) -> Maximised:
    """Maximise the chosen likelihood; collinear columns are refused, and so is an offset that prevents it."""
    check_offset(arrays.offset, offset, narrow=ties == "exact" or penalty == "firth")
    none = np.zeros(arrays.X.shape[1], dtype=bool)
    if penalty == "firth":
        start = evaluate(replace(arrays, offset=None), np.zeros(arrays.X.shape[1]))
        flat, _ = flat_columns(start, arrays)
        if flat.any():
            return Maximised(Maximum(start, start, 0, none, flat), None, None, None)
        fit = fit_firth(arrays, ci_level)
        if fit.off > UNDECIDED:
            message = f"the search under Firth's penalty ended {fit.off:.2g} standard errors off the maximum"
            raise DataError([Problem("data", None, "", "", message, "Leave terms out, or merge their levels.")])
        null = replace(fit.null.plain, loglik=fit.null.loglik, score=fit.null.score)
        top = Maximum(without_penalty(fit), null, fit.steps, none, none)
        return Maximised(top, None, fit.limits, fit.roots)
    ridge = _ridge(penalty, design)
    doubtful = partial(check_rank, design)
    likelihood = evaluate_exact if ties == "exact" else evaluate
    climb = partial(maximise, ridge=ridge, likelihood=likelihood, doubtful=doubtful)
    fewer = arrays if ties == "exact" else collapsed(arrays, design.pattern)
    top = climb(fewer)
    if not design.terms:
        check_baseline(top, arrays.offset, offset)
    if top.flat.any() or top.diverging.any():
        top = despite_offset(fewer, top, climb, offset, follow=ties != "exact")
    if fewer is not arrays:
        top = replace(top, at=replace(top.at, state=None, sums=None))
    return Maximised(top, ridge, None, None)


def _ridge(penalty: Any, design: Design) -> Floats | None:
    """Penalty of each column, shape (p,): one number for all, or that of its term; None without a penalty."""
    if not isinstance(penalty, Mapping):
        return None if penalty is None else np.full(len(design.terms), float(penalty))
    unknown = [str(name) for name in penalty if name not in design.terms]
    if unknown:
        terms = ", ".join(dict.fromkeys(design.terms))
        raise UsageError(f"penalty= names '{unknown[0]}', which is no term of the formula; there are: {terms}")
    return np.array([float(penalty.get(term, 0.0)) for term in design.terms])


def finish(
    result: Maximised, sources: Sources, formula: str, options: dict[str, Any], robust: bool, ci_level: float
) -> Estimate:
    """Make the estimate from what the search found."""
    spells, design, top = sources.history, sources.design, result.top
    information = top.at.information if result.ridge is None else top.at.information + np.diag(result.ridge)
    bread = inverse(information)
    covariance, variance = covariance_of(sources, bread, spells.cluster_names, robust, top.at.sums)
    tests = joint_tests(top, covariance, result.ridge is not None, spells.counted)
    if not spells.counted:
        options["uncounted"] = uncounted(spells.columns["weights"], "likelihood-ratio and score test, AIC and BIC")
    options["alike"] = (*design.alike, *spells.alike)
    return Estimate(
        model=_name(options["outcome"], spells),
        formula=formula,
        terms=design.terms,
        levels=design.levels,
        coefficients=top.at.beta,
        covariance=covariance,
        model_covariance=bread,
        variance=variance,
        limits=result.limits,
        roots=result.roots,
        exclusions=spells.exclusions,
        counts=count_levels(design, sources.event),
        unused=design.unused,
        facts=_summary(sources, top, tests, options, variance),
        ci_level=ci_level,
        options=options,
        sources=sources,
    )


def _name(outcome: Any, spells: History) -> str:
    if outcome is None and len(spells.outcomes) == 1:
        return "Cox" if spells.outcomes[0] == "event" else f"Cox, {spells.outcomes[0]}"
    return "Cox, cause-specific: " + (outcome if isinstance(outcome, str) else " or ".join(map(str, outcome)))


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
    try:
        return int(frame[names[0]].iloc[spells.rows].nunique()) if names else np.nan
    except TypeError:  # lists in cells of a column that nobody named
        return np.nan
