"""An occurrence model -> effects on the scale of probability: differences, and acts per hundred.

Each one averages over the people of the sample and has limits by the delta method. The gradient is computed exactly:
an average of probabilities has the average of their slopes as its derivative.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design
from clemency.models.designmatrix.newdata import categorical, distinct_values, levels_to_set, repeated_value
from clemency.models.designmatrix.steps import step_of
from clemency.models.discretetime.fit import Model, OccurrenceFit
from clemency.models.regression.binomial import fit_binary, rows_at
from clemency.models.regression.limits import critical, p_values
from clemency.records.errors import UsageError
from clemency.typing import Floats, Ints

_STEP = 1e-4


def effects(estimate: OccurrenceFit, variable: str, by: str | None = None, kind: str = "difference") -> pd.DataFrame:
    """Average marginal effects on the probability of an act in one full period.

    Parameters
    ----------
    estimate : OccurrenceFit
    variable : str
        A categorical variable (also ``C(variable)`` in the formula) or a boolean gives each level against the first; a
        number gives the change per unit (its slope).
    by : str, optional
        Variable of the formula within whose values to average.
    kind : {"difference", "ratio"}
        Difference of average probabilities or, for a categorical, their ratio.

    Returns
    -------
    DataFrame
        ``term, level``, the column of `by`, ``estimate, std_error, statistic, p_value, ci_low, ci_high``; a ratio has
        limits that are symmetric in its logarithm, and ``std_error`` and ``statistic`` are those of the logarithm.

    Raises
    ------
    UsageError
        For a variable that the model does not have, for a ratio per unit of a number, and for a number that enters by
        steps, as in ``I(age > 50)``, ``np.where(age > 50, 1, 0)`` or ``np.floor(age)``: between these its effect per
        unit is 0. The effect of passing the step is that of a column of yes and no in the formula.

    Notes
    -----
    Every person-period is taken twice, with the variable set to one value and to the other and all else as it was.
    Shrunken groups are at their average. Those of a number are the average slopes that ``avg_slopes`` of R's
    marginaleffects gives, which are 0 for a step too; its ``avg_comparisons`` raises the number by one for everybody
    (or goes from one given value to another), which for a step depends on how far people are from it.

    References
    ----------
    Arel-Bundock, Greifer and Heiss, Journal of Statistical Software 111 (2024), no. 9.
    """
    if kind not in ("difference", "ratio"):
        raise UsageError(f"kind={kind!r} is not one of: difference, ratio.")
    _known(estimate, variable, by)
    model = estimate.model
    column = model.frame[variable]
    weight = model.trials.weight
    parts = []
    for value, chosen in _groups(model, by):
        rows, w = model.frame[chosen], weight[chosen]
        months = model.months[chosen]
        if categorical(model.design, column):
            levels = distinct_values(column)
            first = _average(
                estimate, rows.assign(**{variable: repeated_value(column, levels[0], len(rows))}), months, w
            )
            for level in levels[1:]:
                second = _average(
                    estimate, rows.assign(**{variable: repeated_value(column, level, len(rows))}), months, w
                )
                parts.append((variable, str(level), value, *_contrast(first, second, kind)))
        else:
            _refuse_slope(model.design, variable, kind)
            at, step = rows[variable].astype(np.float64), _STEP * max(float(column.astype(np.float64).std()), 1e-8)
            low = _average(estimate, rows.assign(**{variable: at - step}), months, w)
            high = _average(estimate, rows.assign(**{variable: at + step}), months, w)
            parts.append((variable, "", value, (high[0] - low[0]) / (2 * step), (high[1] - low[1]) / (2 * step)))
    return _table(estimate, parts, by, kind == "ratio")


def probabilities(estimate: OccurrenceFit, months: float, by: str | None = None, start: float = 0.0) -> pd.DataFrame:
    """Adjusted probability of an act within some months, such as 24.

    Parameters
    ----------
    estimate : OccurrenceFit
    months : float
        Length of time, in months.
    by : str, optional
        Variable of the formula that is set to each of its values in turn, for everybody.
    start : float
        Month on the clock at which the time begins.

    Returns
    -------
    DataFrame
        Column of `by`, ``months, estimate, std_error, ci_low, ci_high, out_of_100``. Limits are symmetric on the
        complementary log-log scale.

    Raises
    ------
    UsageError
        For a variable that the model does not have, or months that are not a number of full periods.

    Notes
    -----
    Each case has its first covariates throughout, and stays at risk throughout: it is the probability if no other
    end came first, so with competing ends it is higher than the share who will in fact have had an act.
    """
    model = estimate.model
    count = months / model.period
    if not (count >= 1 and abs(count - round(count)) < 1e-9):
        raise UsageError(f"months={months:g} is not a number of full periods of {model.period:g} months.")
    if by:
        _known(estimate, by)
    order = np.lexsort((model.months, model.case))
    first = order[np.unique(model.case[order], return_index=True)[1]]
    frame, weight = model.frame.iloc[first], model.trials.weight[first]
    values = levels_to_set(model.frame[by], categorical(model.design, model.frame[by])) if by else [None]
    at = (start + model.period * np.arange(round(count))).astype(np.float64)
    found = []
    for value in values:
        set_to = frame.assign(**{by: repeated_value(frame[by], value, len(frame))}) if by else frame
        mean, slope = _within(estimate, set_to, at, weight)
        error = float(np.sqrt(slope @ estimate.covariance @ slope))
        low, high = _loglog_limits(estimate, mean, error)
        row = {by: value} if by else {}
        found.append(
            row
            | {"months": float(months), "estimate": mean, "std_error": error, "ci_low": low, "ci_high": high}
            | {"out_of_100": f"{100 * mean:.0f} ({100 * low:.0f} to {100 * high:.0f})"}
        )
    return pd.DataFrame(found)


def wild_test(estimate: OccurrenceFit, term: str, level: str, repetitions: int, seed: int) -> pd.DataFrame:
    """Wild score bootstrap of one coefficient being zero, where clusters are few.

    Parameters
    ----------
    estimate : OccurrenceFit
        With a cluster variance.
    term, level : str
        As in ``tidy()``.
    repetitions : int
        Draws; with few clusters all combinations of signs are gone through instead.
    seed : int

    Returns
    -------
    DataFrame
        One row: ``term, level, statistic, n_clusters, repetitions, p_value``.

    Raises
    ------
    UsageError
        Without clusters, or for a coefficient that is not there.

    Notes
    -----
    Scores at the fit in which the coefficient is zero are summed by cluster, cleared of the other coefficients, and
    multiplied by random signs.

    References
    ----------
    Kline and Santos, Journal of Econometric Methods 1 (2012), 23-41.
    """
    if estimate.clusters is None:
        raise UsageError("The wild bootstrap needs clusters: fit with cluster=.")
    places = [j for j, t in enumerate(zip(estimate.terms, estimate.levels, strict=True)) if t == (term, level)]
    if not places:
        raise UsageError(f"There is no coefficient '{term}' with level '{level}'; see tidy().")
    own = _effective_scores(estimate, estimate.clusters, places[0])
    G = len(own)
    observed = own.sum() ** 2 / (own**2).sum()
    if repetitions >= 2**G:
        signs = 1.0 - 2 * ((np.arange(2**G)[:, None] >> np.arange(G)) & 1)
    else:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(repetitions, G))
    drawn = (signs @ own) ** 2 / (own**2).sum()
    above = int((drawn >= observed * (1 - 1e-12)).sum())
    p = above / len(drawn) if repetitions >= 2**G else (above + 1) / (len(drawn) + 1)
    row = {"term": term, "level": level, "statistic": observed, "n_clusters": G, "repetitions": len(drawn)}
    return pd.DataFrame([row | {"p_value": p}])


def _effective_scores(estimate: OccurrenceFit, clusters: Ints, j: int) -> Floats:
    """Scores of a coefficient held at zero, cleared of the other coefficients and summed by cluster."""
    trials = estimate.model.trials
    fit = fit_binary(trials, estimate.fit.beta, {j: 0.0})
    rest = np.arange(trials.X.shape[1]) != j
    pull = np.linalg.solve(fit.information[np.ix_(rest, rest)], fit.information[rest, j])
    row = fit.scores[:, j] - fit.scores[:, rest] @ pull
    _, code = np.unique(clusters, return_inverse=True)
    return np.bincount(code, weights=row).astype(np.float64)


def _known(estimate: OccurrenceFit, *names: str | None) -> None:
    for name in names:
        if name is not None and name not in estimate.model.frame:
            raise UsageError(f"The formula has no variable '{name}'. It has: {', '.join(estimate.model.frame)}.")


def _refuse_slope(design: Design, variable: str, kind: str) -> None:
    """Refuse the effect per unit of a number as a ratio, or where the number enters by steps."""
    if kind == "ratio":
        raise UsageError(f"'{variable}' is a number: its effect per unit is a difference.")
    step = step_of(design.recipe.parsed, variable)
    if step:
        raise UsageError(
            f"'{variable}' enters as {step}, by steps between which its effect per unit is 0: make a column of what "
            f"the step tells apart, such as d['above'] = d['{variable}'] > 5, put it into the formula instead, "
            "and ask for effects('above')"
        )


def _groups(model: Model, by: str | None) -> list[tuple[object, np.ndarray]]:
    frame = model.frame
    if by is None:
        return [(None, np.ones(len(frame), dtype=bool))]
    values = levels_to_set(frame[by], categorical(model.design, frame[by]))
    return [(v, (frame[by] == v).to_numpy(dtype=bool)) for v in values]


def _average(estimate: OccurrenceFit, frame: pd.DataFrame, months: Floats, weight: Floats) -> tuple[float, Floats]:
    """Average probability over rows and its gradient, shape (p,)."""
    X = estimate.model.columns(frame, months)
    at = rows_at(X @ estimate.fit.beta, np.ones(len(X), dtype=bool), estimate.link)
    share = weight / weight.sum()
    return float(share @ at.mean), X.T @ (share * at.slope)


def _within(estimate: OccurrenceFit, frame: pd.DataFrame, at: Floats, weight: Floats) -> tuple[float, Floats]:
    """Average over cases of the probability of an act in any of some periods, and its gradient."""
    kept = np.ones(len(frame))
    pull = np.zeros((len(frame), len(estimate.fit.beta)))
    for month in at:
        X = estimate.model.columns(frame, np.full(len(frame), month))
        here = rows_at(X @ estimate.fit.beta, np.ones(len(X), dtype=bool), estimate.link)
        kept = kept * (1 - here.mean)
        pull += (here.slope / (1 - here.mean))[:, None] * X
    share = weight / weight.sum()
    return float(share @ (1 - kept)), pull.T @ (share * kept)


def _contrast(first: tuple[float, Floats], second: tuple[float, Floats], kind: str) -> tuple[float, Floats]:
    if kind == "difference":
        return second[0] - first[0], second[1] - first[1]
    return float(np.log(second[0] / first[0])), second[1] / second[0] - first[1] / first[0]


def _loglog_limits(estimate: OccurrenceFit, mean: float, error: float) -> tuple[float, float]:
    t = critical(estimate.ci_level, estimate.df)
    scale = np.log(-np.log1p(-mean))
    half = t * error / ((1 - mean) * -np.log1p(-mean))
    return tuple(float(-np.expm1(-np.exp(v))) for v in (scale - half, scale + half))  # type: ignore[return-value]


def _table(estimate: OccurrenceFit, parts: list[tuple], by: str | None, ratio: bool) -> pd.DataFrame:
    value = np.array([p[3] for p in parts])
    error = np.array([np.sqrt(p[4] @ estimate.covariance @ p[4]) for p in parts])
    half = critical(estimate.ci_level, estimate.df) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        z = value / error
    shown = [np.exp(v) if ratio else v for v in (value, value - half, value + half)]
    frame = pd.DataFrame({"term": [p[0] for p in parts], "level": [p[1] for p in parts]})
    if by:
        frame[by] = [p[2] for p in parts]
    return frame.assign(
        estimate=shown[0],
        std_error=error,
        statistic=z,
        p_value=p_values(z, estimate.df),
        ci_low=shown[1],
        ci_high=shown[2],
    )
