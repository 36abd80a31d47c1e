"""Acts with their months -> how large a cut is: ratios of mean sizes, shares of the remaining term, quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design, check_rank, model_matrix, variables
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.frames import as_frame
from clemency.models.modelframe.history import History
from clemency.models.reductions.acts import read_acts, refuse_separated, size_warnings
from clemency.models.reductions.estimate import THRESHOLD, Magnitude
from clemency.models.reductions.glm import SizeFit, SizeModel, fit_sizes, model_covariance
from clemency.models.reductions.ordinal import refuse_separated_order
from clemency.models.regression.sandwich import few_clusters
from clemency.models.regression.support import level_support, uncounted
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.tables.frames import in_native_order
from clemency.typing import Floats


@typed
def magnitude(
    acts: Any,
    formula: str,
    *,
    months: str = "months",
    share_of: str | None = None,
    model: SizeModel = "gamma",
    q: float = 0.5,
    cluster: str | None = None,
    weights: str | None = None,
    ci_level: float = 0.95,
) -> Magnitude:
    """Model how large an act is: the months that it cuts, their share of another number, or a quantile.

    Parameters
    ----------
    acts : DataFrame or mapping of columns
        One row per act of one kind, in the form of ``cl.load("acts")``, with the covariates merged in.
    formula : str
        Covariates in Wilkinson's notation.
    months : str
        Column of months cut; missing where no source states them, and then counted in ``exclusions``.
    share_of : str, optional
        Column that the months are a share of, such as the months of the term that remained; for ``"fractional"``.
    model : {"gamma", "lognormal", "fractional", "quantile", "ordinal"}
        Mean months with a log link and the gamma variance; logarithms of months by least squares, with Duan's smearing
        for means; the share by a logit (Papke and Wooldridge); a quantile of months; months as categories in order by a
        cumulative logit (McCullagh), for whole months that gather at a few numbers.
    q : float
        The quantile.
    cluster : str, optional
        Column to cluster the variance on, such as ``"person_id"``: needed where a person gives more than one act. The
        variance is multiplied by G / (G - 1) and limits use the t distribution on G - 1 degrees of freedom.
    weights : str, optional
        Column of case weights, for all but the quantile.
    ci_level : float

    Returns
    -------
    Magnitude

    Raises
    ------
    UsageError
        For arguments that contradict each other, or acts of several kinds whose months mean different things.
    DataError
        For months that are not positive, a share outside [0, 1], constant, duplicate or collinear terms, where nothing
        is left to estimate an error from, and for the ordinal model where the sizes lie in the order of a term.

    Notes
    -----
    A row whose ``scope`` is ``total`` is the sum over several acts and no act's size: it is left out and counted.

    Without `cluster` the gamma and log-normal models have model-based errors and the t distribution on n - p degrees
    of freedom; the fractional and the quantile model, and all weighted fits, have robust errors with every act as a
    cluster of its own.

    The quantile is an exact optimum of its linear program; where several are, as may be with round numbers of months,
    the middle one is given and ``warnings`` says so. Its errors rest on the density of the residuals e at zero, taken
    as the same for all acts and estimated as statsmodels' ``QuantReg`` does (Epanechnikov kernel, Hall and Sheather's
    bandwidth): scores x (q - 1[e <= 0]) are summed by cluster, which without clusters is ``vcov="robust"`` there but
    for the factor n / (n - 1). With round numbers they are rough.

    The ordinal model takes every size that occurs as a category: logit P(size <= j) is threshold j less x'b, so that
    a ratio is one of the odds of a longer cut, the same at every length. It tells probabilities of sizes
    (``fit.probabilities``) and, from them, the expected size; no size outside those seen is possible. Its errors are
    those of the information, with the normal distribution.

    Sizes are known for some acts only: the model speaks of acts whose months are published.

    References
    ----------
    Duan, Journal of the American Statistical Association 78 (1983), 605-610. Papke and Wooldridge, Journal of Applied
    Econometrics 11 (1996), 619-632. Koenker and Bassett, Econometrica 46 (1978), 33-50. Parente and Santos Silva,
    Journal of Econometric Methods 5 (2016), 1-15. Hall and Sheather, Journal of the Royal Statistical Society B 50
    (1988), 381-391. McCullagh, Journal of the Royal Statistical Society B 42 (1980), 109-142.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"months": [6, 12, 9, 18, 24, 30], "site": ["a", "a", "a", "b", "b", "b"]})
    >>> fit = magnitude(rows, "site")
    >>> fit.tidy(exponentiate=True)["estimate"].round(4).tolist()
    [2.6667, 9.0]
    >>> fit.predict({"site": ["b"]})["estimate"].round(4).tolist()
    [24.0]
    """
    _check_arguments(model, share_of, q, weights)
    check_level(ci_level)
    frame = in_native_order(as_frame(acts))
    needed = variables(formula, frame.columns)
    read, y = read_acts(frame, months, share_of, weights, cluster, needed)
    design = model_matrix(formula, read.frame[list(needed)])
    check_rank(design)
    size = f"{months} / {share_of}" if share_of else months
    options = _Options(formula, model, q, size, cluster, ci_level)
    return _finished(frame.iloc[read.rows], read, design, y, options)


@dataclass(frozen=True, slots=True)
class _Options:
    """Arguments of a call that say which model is fitted, and to what."""

    formula: str
    model: SizeModel
    q: float
    size: str
    cluster: str | None
    ci_level: float


def _check_arguments(model: str, share_of: str | None, q: float, weights: str | None) -> None:
    if model not in get_args(SizeModel):
        raise UsageError(f"model={model!r} is not one of: {', '.join(get_args(SizeModel))}.")
    if (model == "fractional") != (share_of is not None):
        raise UsageError("share_of= names what the months are a share of: with model='fractional', and only there.")
    if not 0 < q < 1:
        raise UsageError(f"q={q:g} must lie between 0 and 1.")
    if model != "quantile" and q != 0.5:
        raise UsageError(f"q={q:g} has no effect on model={model!r}: choose model='quantile'.")
    if model == "quantile" and weights:
        raise UsageError("The quantile model takes no weights: leave weights= out.")


def _finished(acts: pd.DataFrame, read: History, design: Design, y: Floats, options: _Options) -> Magnitude:
    model = options.model
    X = np.column_stack([design.matrix, np.ones(len(y))])
    terms, levels = (*design.terms, "constant"), (*design.levels, "")
    if model == "fractional":
        refuse_separated(y, X, terms, levels)
    if model == "ordinal":
        terms, levels = _ordered(y, design)
    fit = fit_sizes(y, X, read.weight, model, options.q)
    whole, df, variance = _variance(fit, X, read, model, options.cluster)
    p = len(terms)
    support = level_support(design, np.ones(len(y), dtype=bool))
    weight = np.ones(len(y)) if read.weight is None else read.weight
    summary = {
        "n": len(y),
        "n_clusters": int(df) + 1 if options.cluster else len(y),
        **_summary(fit, options, p, float(np.average(y, weights=weight))),
        "variance": variance,
        "excluded": int(read.exclusions["n"].sum()),
    }
    return Magnitude(
        formula=options.formula,
        model=model,
        q=options.q,
        size=options.size,
        terms=terms,
        levels=levels,
        fit=fit,
        covariance=whole[:p, :p],
        mean_covariance=whole,
        variance=variance,
        df=df,
        exclusions=read.exclusions,
        warnings=_warnings(acts, read, design, support, variance, fit, y),
        support=support,
        facts=summary,
        ci_level=options.ci_level,
        design=design,
        frame=read.frame[list(variables(options.formula, acts.columns))],
        weight=weight,
    )


def _ordered(y: Floats, design: Design) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Terms and levels of the ordinal model, whose thresholds stand in place of a constant."""
    categories, code = np.unique(y, return_inverse=True)
    if 1 < len(categories) <= len(y) - design.matrix.shape[1]:  # else refused by what follows
        refuse_separated_order(code, design.matrix, design.terms, design.levels)
    between = [f"{low:g}|{high:g}" for low, high in pairwise(categories)]
    return (*design.terms, *[THRESHOLD] * len(between)), (*design.levels, *between)


def _warnings(
    acts: pd.DataFrame, read: History, design: Design, support: pd.DataFrame, variance: str, fit: SizeFit, y: Floats
) -> pd.DataFrame:
    """Warnings: ``term, level, n_event, message``."""
    n = len(acts)
    code = read.clusters[0] if read.clusters else None
    within = np.arange(n) if variance == "robust" else code
    warnings = size_warnings(design, support, acts, within, code is not None, fit.unique)
    once = [] if fit.categories is None else fit.categories[np.bincount(np.unique(y, return_inverse=True)[1]) == 1]
    if len(once):
        seen = ", ".join(f"{v:g}" for v in once)
        warnings.loc[len(warnings)] = ["", "", n, f"seen once only: {seen}; the thresholds beside rest on one act"]
    if not read.counted:
        message = uncounted(str(read.columns["weights"]), "log-likelihood and AIC")
        warnings.loc[len(warnings)] = ["", "", n, message]
    return warnings


def _summary(fit: SizeFit, options: _Options, p: int, mean: float) -> dict[str, Any]:
    count = p + (options.model in ("gamma", "lognormal"))  # their dispersion is a parameter too
    return {
        "model": options.model,
        "q": options.q if options.model == "quantile" else np.nan,
        "mean": mean,
        "dispersion": fit.dispersion,
        "loglik": fit.loglik,
        "aic": 2 * count - 2 * fit.loglik,
        "df": count,
    }


def _variance(
    fit: SizeFit, X: Floats, read: History, model: SizeModel, cluster: str | None
) -> tuple[Floats, float, str]:
    """Covariance with that of the smearing factor, its degrees of freedom, and what to call it."""
    n, p = len(X), len(fit.beta)
    if cluster:
        covariance, df = few_clusters(fit.influence, read.clusters[0])
        if df < p:
            raise UsageError(
                f"cluster='{cluster}' has {df + 1:.0f} clusters, too few for {p} coefficients: leave terms out."
            )
        return covariance, df, f"cluster: {cluster} ({df + 1:.0f})"
    if model in ("fractional", "quantile") or read.weight is not None:
        return *few_clusters(fit.influence, np.arange(n)), "robust"
    df = np.inf if model == "ordinal" else float(n - p)
    return model_covariance(fit, X), df, "model"
