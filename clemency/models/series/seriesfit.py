"""Counts by calendar period and columns of terms -> an estimate with its tests and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.modelframe.arguments import check_level
from clemency.models.regression.support import FEW_EVENTS
from clemency.models.series.counts import CountFit, aliased, bandwidth, fit_counts, wald
from clemency.models.series.estimate import Breaks, SeriesEstimate, Shifts
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Floats

_LEAST = 10  # acts per coefficient below which a warning is given


@dataclass(frozen=True, slots=True)
class Options:
    """Arguments of a call that say which model of counts is fitted."""

    freq: str
    model: str
    season: bool
    trend: str | None
    hac: int | None
    small: bool
    ci_level: float

    def told(self, **own: Any) -> dict[str, Any]:
        """What a summary tells of them, with arguments of one function only."""
        said = {"freq": self.freq, "model": self.model, "season": self.season, "trend": self.trend or "none"}
        return said | own | {"hac": self.hac, "small": self.small, "ci_level": self.ci_level}


@dataclass(frozen=True, slots=True)
class Terms:
    """Columns of a model of n periods.

    Attributes
    ----------
    columns, rest : dict of ndarray, shape (n,)
        Terms of interest, and the others.
    groups : dict of list of str
        Terms that are tested together, by the name of the test.
    """

    columns: dict[str, Floats]
    rest: dict[str, Floats]
    groups: dict[str, list[str]]

    def beside(self, n: int) -> Floats:
        """Intercept and the other terms, shape (n, 1 + k): what stays when events or a break are moved."""
        return np.column_stack([np.ones(n), *self.rest.values()])


def fitted(
    table: pd.DataFrame, terms: Terms, left: pd.DataFrame, options: Options, own: dict[str, Any], moves: Shifts | Breaks
) -> SeriesEstimate:
    """Fit the terms of interest beside the others, with tests and warnings.

    Parameters
    ----------
    table : DataFrame, n rows
        ``acts, months, place`` of the periods in the fit.
    terms : Terms
    left : DataFrame
        What was left out.
    options : Options
    own : dict
        Arguments of one function only, for the summary.
    moves : Shifts or Breaks

    Returns
    -------
    SeriesEstimate

    Raises
    ------
    UsageError
        For terms that the periods do not tell apart, too few acts for them, or more lags than periods.
    """
    level, small, columns = check_level(options.ci_level), options.small, terms.columns
    y, months = table["acts"].to_numpy(dtype=float), table["months"].to_numpy(dtype=float)
    place = table["place"].to_numpy(dtype=np.intp)
    never = [k for k, v in columns.items() if not np.any(v)]
    named = {k: v for k, v in columns.items() if k not in never} | terms.rest
    X = np.column_stack([np.ones(len(table)), *named.values()])
    _told_apart(X, list(named))
    if y.sum() <= X.shape[1]:
        raise UsageError(
            f"{counted(y.sum(), 'act')} cannot carry {counted(X.shape[1], 'coefficient')}: ask for fewer leads and "
            "lags, season=False, "
            "trend=None, or more acts."
        )
    lags = bandwidth(len(table)) if options.hac is None else int(options.hac)
    if lags >= len(table):
        raise UsageError(f"hac={lags} must be less than the {len(table)} periods in the fit.")
    negbin = options.model == "negbin"
    fit = fit_counts(y, X, np.log(months), place, negbin=negbin, lags=lags, small=small)
    names = list(named)
    support = _support(y, columns)
    frame = pd.DataFrame({"period": table.index.astype(str), **table.drop(columns="place").reset_index(drop=True)})
    return SeriesEstimate(
        kind="event study" if isinstance(moves, Shifts) else "interrupted",
        terms=(*never, *names),
        coefficients=np.r_[np.full(len(never), np.nan), fit.coefficients[1:]],
        covariance=_padded(fit.covariance[1:, 1:], len(never)),
        shown=tuple(columns),
        tests=_tests(fit, terms.groups, names, small),
        frame=frame.assign(fitted=fit.mu),
        support=support,
        exclusions=left,
        warnings=_warnings(y, support, fit, names, never, negbin and not fit.alpha),
        facts=_summary(fit, y, months) | options.told(**own) | {"hac": lags, "excluded": len(left)},
        ci_level=level,
        place=place,
        moves=moves,
    )


def _tests(fit: CountFit, groups: dict[str, list[str]], terms: list[str], small: bool) -> pd.DataFrame:
    rows = [
        (name, *wald(fit, np.array([terms.index(t) + 1 for t in members if t in terms], dtype=np.intp), small))
        for name, members in groups.items()
    ]
    return pd.DataFrame(rows, columns=["test", "statistic", "df", "df_resid", "p_value"])


def _summary(fit: CountFit, y: Floats, months: Floats) -> dict[str, Any]:
    finite = int(np.isfinite(fit.coefficients).sum())
    return {
        "n": len(y),
        "acts": int(y.sum()),
        "person_months": float(months.sum()),
        "n_coefficients": finite,
        "df_resid": fit.df_resid,
        "loglik": fit.loglik,
        "aic": 2 * (finite + (fit.alpha > 0) - fit.loglik),
        "pearson": fit.pearson,
        "alpha": fit.alpha,
    }


def _padded(covariance: Floats, n: int) -> Floats:
    out = np.full((n + len(covariance),) * 2, np.nan)
    out[n:, n:] = covariance
    return out


def _told_apart(X: Floats, names: list[str]) -> None:
    aliases = [n for n, bad in zip(["intercept", *names], aliased(X), strict=True) if bad]
    if aliases:
        raise UsageError(
            f"The periods do not tell {', '.join(aliases)} apart. Ask for fewer leads and lags, no trend or season, or "
            "choose more periods with start= and end=."
        )


def _support(y: Floats, columns: dict[str, Floats]) -> pd.DataFrame:
    rows = [(k, int(np.sum(v > 0)), int(y[v > 0].sum())) for k, v in columns.items()]
    return pd.DataFrame(rows, columns=["term", "n", "n_event"])


def _few(support: pd.DataFrame, never: list[str]) -> list[tuple[str, int, str]]:
    rows: list[tuple[str, int, str]] = []
    for r in support.to_dict("records"):
        n, acts = r["n"], r["n_event"]
        if r["term"] in never:
            rows.append((r["term"], 0, "no period in the fit has an event there: nothing is known"))
        elif acts == 0:
            rows.append(
                (
                    r["term"],
                    0,
                    f"no act in the {counted(n, 'period')} with an event there: the ratio has no finite estimate",
                )
            )
        elif acts < FEW_EVENTS:
            rows.append(
                (r["term"], acts, f"{acts} act{'s' if acts > 1 else ''} in these periods: the ratio is unstable")
            )
    return rows


def _warnings(
    y: Floats, support: pd.DataFrame, fit: CountFit, terms: list[str], never: list[str], poisson: bool
) -> pd.DataFrame:
    b, rows = fit.coefficients, _few(support, never)
    acts = dict(zip(support["term"], support["n_event"], strict=True))
    done = {r[0] for r in rows}
    for term, value, error in zip(terms, b[1:], np.diag(fit.covariance)[1:], strict=True):
        if not np.isfinite(value) and term not in done:
            rows.append((term, 0, "periods without an act leave no finite estimate"))
        elif np.isfinite(value) and not np.isfinite(error):
            rows.append((term, acts.get(term, 0), "it rests on one period only: no error can be computed"))
    total, free = int(y.sum()), int(np.isfinite(b).sum())
    if total < _LEAST * free:
        rows.append(
            (
                "",
                total,
                f"{counted(total, 'act')} for {counted(free, 'coefficient')}, fewer than {_LEAST} each: intervals "
                "and tests are rough",
            )
        )
    if poisson:
        rows.append(("", total, "the counts vary no more than Poisson's: the dispersion is 0"))
    return pd.DataFrame(rows, columns=["term", "n_event", "message"])
