"""Scores and information -> covariance of the coefficients (model, sandwich, clusters), and tests of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import special

from clemency.models.kernel.sums import Sums
from clemency.models.likelihood.fit import HazardFit, Sources
from clemency.models.likelihood.newton import Maximum
from clemency.models.likelihood.score import sandwich
from clemency.models.modelframe.exclusions import column_names
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.history import Names
from clemency.models.regression.linalg import least_eigenvalue, solve
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Floats, Ints

#: Clusters below which the sandwich without a small-sample factor, as R's survival has it, is too small to be trusted:
#: with 12, 95% limits held the truth in 88% of the samples of docs/coverage.md. Cameron and Miller (2015), Journal of
#: Human Resources 50:317-372, call fewer than 20 to 50 few.
FEW_CLUSTERS = 30


def check_clusters(names: Sequence[str], groups: Sequence[Ints]) -> None:
    """Refuse a clustering that has one cluster: the scores of all rows add up to zero, and so would its variance."""
    for name, code in zip(names, groups, strict=True):
        if int(code.max()) == int(code.min()):
            raise UsageError(
                f"all rows are of one cluster by '{name}', which says nothing of errors: cluster on a column with "
                "more values, or take robust=True (by rows) or robust=False (of the model)"
            )


def enough(groups: Sequence[Ints], p: int) -> bool:
    """Whether clusters, of the finer clustering if there are two, are more than coefficients, or not few.

    The summed scores add up to zero, so those of G clusters span G - 1 directions; in the others the variance would be
    zero. With many clusters, as under effects of each of them, the error of a single coefficient can still be had.
    """
    return _enough(max(int(code.max()) + 1 for code in groups), p)


def _enough(clusters: int, p: int) -> bool:
    return clusters > p or clusters >= FEW_CLUSTERS


Ties = Literal["efron", "breslow", "exact"]


def check_choices(ties: str, penalty: Any, robust: bool | None, cluster: Names, weights: str | None = None) -> None:
    """Refuse ties, penalties and variances that do not exist, or not together."""
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
    if isinstance(penalty, Mapping):
        wrong = [k for k, v in penalty.items() if isinstance(v, bool | str) or not np.isfinite(v) or v < 0]
        if wrong or not penalty:
            raise UsageError(f"penalty= must give each term a number of zero or more, not {dict(penalty)!r}")
        return
    if isinstance(penalty, (bool, str)) or not np.isfinite(penalty) or penalty < 0:
        raise UsageError(
            f"penalty must be 'firth', a number of zero or more (or one for each term), or None, not {penalty!r}"
        )


def check_without_exact(ties: str, robust: bool | None, cluster: Names) -> None:
    """Refuse ties and variances that do not exist, or not together, where the exact likelihood is not to be had."""
    if ties not in ("efron", "breslow"):
        raise UsageError(f"ties must be 'efron' or 'breslow', not {ties!r}")
    if robust is False and cluster is not None:
        raise UsageError("robust=False contradicts cluster=: leave one of them out")


def covariance_of(
    sources: Sources, bread: Floats, names: tuple[str, ...], robust: bool, sums: Sums | None = None
) -> tuple[Floats, str]:
    """Covariance by the clusters of the sources, by rows, or of the model; and its name. It uses up the sums."""
    data, at = sources.data, sources.state
    if not len(bread):
        return bread, "model"
    if sources.clusters:
        name = "cluster: " + " and ".join(names)
        if not enough(sources.clusters, len(bread)):
            return np.full_like(bread, np.nan), name
        return sandwich(data, at, bread, sources.clusters, sums), name
    if robust:
        return sandwich(data, at, bread, () if sources.parent is None else (sources.parent,), sums), "robust"
    return bread, "model"


def joint_tests(top: Maximum, covariance: Floats, ridge: bool, counted: bool) -> dict[str, float]:
    """Likelihood ratio, Wald and score test that all coefficients are zero.

    No likelihood ratio under a ridge; neither that nor the score test where weights are no numbers of cases.
    """
    beta, score = top.at.beta, top.null.score
    if not len(beta):
        return {f"{name}{p}": np.nan for p in ("", "_p") for name in ("likelihood_ratio", "wald", "score")}
    tests = {
        "likelihood_ratio": 2 * (top.at.loglik - top.null.loglik) if counted and not ridge else np.nan,
        "wald": wald_statistic(beta, covariance),
        "score": float(score @ solve(top.null.information, score)) if counted else np.nan,
    }
    return tests | {f"{name}_p": _p_value(value, len(beta)) for name, value in tests.items()}


def wald_statistic(beta: Floats, covariance: Floats) -> float:
    """Wald's statistic; missing where the covariance is, or where it is singular."""
    size = np.diag(covariance)
    if not len(size):
        return np.nan
    if not (np.isfinite(size) & (size > 0)).all() or least_eigenvalue(covariance) < 1e-10:
        return np.nan
    return float(beta @ solve(covariance, beta))


def _p_value(statistic: float, df: int) -> float:
    return float(special.chdtrc(df, max(statistic, 0.0))) if np.isfinite(statistic) else np.nan


@dataclass(frozen=True, slots=True)
class Revised:
    """Another covariance of a fit, its name, and the summary and the sources that go with it."""

    covariance: Floats
    variance: str
    facts: dict[str, Any]
    sources: Sources


def revise_variance(fit: HazardFit, robust: bool | None, cluster: Names) -> Revised:
    """Compute the covariance of a fit anew from its arrays; see :meth:`Estimate.with_variance`."""
    if robust is None and cluster is None:
        raise UsageError("say which variance: robust=True, robust=False, or cluster=")
    check_choices(fit.options["ties"], fit.options["penalty"], robust, cluster)
    if not fit.terms:
        raise UsageError("a model without covariates has no coefficients to have another variance")
    sources = fit.needed("another variance")
    names = (cluster,) if isinstance(cluster, str) else tuple(cluster or ())
    groups = []
    for name in names:
        if name not in sources.frame.columns:
            raise UsageError(f"there is no column '{name}' to cluster on")
        column = sources.frame[name].iloc[sources.history.rows]
        if column.isna().any():
            raise UsageError(
                f"'{name}' is missing in {counted(column.isna().sum(), 'row')}: name it in the fit, which drops them"
            )
        groups.append(codes(column))
    check_clusters(names, groups)
    sources = replace(sources, clusters=tuple(g if sources.parent is None else g[sources.parent] for g in groups))
    covariance, variance = covariance_of(sources, fit.model_covariance, names, bool(robust))
    beta = fit.coefficients
    wald = wald_statistic(beta, covariance)
    summary = fit.facts | {
        "variance": variance,
        "n_clusters": ", ".join(str(len(np.unique(g))) for g in groups),
        "wald": wald,
        "wald_p": _p_value(wald, len(beta)),
    }
    return Revised(covariance, variance, summary, sources)
