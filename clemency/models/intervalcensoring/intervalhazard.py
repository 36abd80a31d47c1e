"""Interval-censored, left-truncated times and covariates -> hazard ratios, with a baseline constant in bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from clemency.figures.theme.look import FOREST, plotted
from clemency.models.designmatrix.design import Design, check_rank, model_matrix, variables
from clemency.models.intervalcensoring.npmle import cells_of, expected_events, maximise
from clemency.models.intervalcensoring.piecewise import (
    BandData,
    BandFit,
    band_data,
    fit_bands,
    influence,
    months_in_bands,
)
from clemency.models.kernel.sametime import moved_onto
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.frames import as_table, new_rows
from clemency.models.modelframe.intervals import Intervals, Times, intervals, kinds, refuse_no_event
from clemency.models.regression.coefficients import SHOWN, coefficient_table
from clemency.models.regression.likelihoods import Likelihood, of_model_alone
from clemency.models.regression.limits import critical
from clemency.models.regression.linalg import inverse
from clemency.models.regression.sandwich import few_clusters
from clemency.models.regression.support import level_support, make_warnings, uncounted
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted, none_of
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["survival", "incidence", "cumulative_hazard", "hazard"]
MOST_TIMES = 500
_KINDS = ("survival", "incidence", "cumulative_hazard", "hazard")


@dataclass(frozen=True, slots=True, eq=False)
class IntervalHazard(FittedModel):
    """A fitted proportional-hazards model for interval-censored times.

    Attributes
    ----------
    formula : str
    terms, levels : tuple of str, length p
    cuts : ndarray, shape (M - 1,)
        Times at which the baseline hazard changes.
    fit : BandFit
        Its parameters are the p coefficients and the M log hazards at the mean of the covariates.
    covariance : ndarray, shape (p + M, p + M)
        Of all parameters; ``variance`` says which it is.
    variance : str
        ``"model"``, ``"robust"`` or ``"cluster: <column> (<number>)"``.
    df : float
        Degrees of freedom of the t distribution behind the limits: clusters less one, or infinite.
    exclusions, warnings, support : DataFrame
        As on other estimates.
    facts : dict
        The content of :meth:`glance`.
    ci_level : float
    design : Design
    last : float
        Last time in the data.
    spans : ndarray, shape (n, 2)
        The interval of each row.
    labels : Index, length n
        Of the rows.
    """

    formula: str
    terms: tuple[str, ...]
    levels: tuple[str, ...]
    cuts: Floats
    fit: BandFit
    covariance: Floats
    variance: str
    df: float
    exclusions: pd.DataFrame
    warnings: pd.DataFrame
    support: pd.DataFrame
    facts: dict[str, Any]
    ci_level: float
    design: Design = field(repr=False)
    last: float = field(repr=False)
    spans: Floats = field(repr=False)
    labels: pd.Index = field(repr=False)

    def likelihood(self) -> Likelihood:
        """Give the likelihood and what it is of, for a comparison with nested models."""
        s = self.facts
        rows = tuple((name.removeprefix("n_"), s[name]) for name in s if name.startswith("n_") or name == "n")
        rows = (*rows, ("cuts", self.cuts), ("lower", self.spans[:, 0]), ("upper", self.spans[:, 1]))
        unusable = of_model_alone(self.variance, not np.isnan(s["aic"]))
        size, X = int(s["df"]), self.design.matrix
        return Likelihood("interval hazard", self.formula, float(s["loglik"]), size, rows, X, unusable, self.labels)

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per term and level.

        Parameters
        ----------
        exponentiate : bool
            Give hazard ratios; ``std_error`` and ``statistic`` stay those of the logarithm.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.
        """
        p = len(self.terms)
        return coefficient_table(
            self.terms,
            self.levels,
            self.fit.at.theta[:p],
            np.sqrt(np.diag(self.covariance)[:p]),
            ci_level=self.ci_level,
            df=self.df,
            exponentiate=exponentiate,
        )

    def glance(self) -> pd.DataFrame:
        """One row.

        Returns
        -------
        DataFrame
            ``n, n_exact, n_interval, n_left, n_right, loglik, df, aic, bands, variance, excluded``: cases with an
            exact time, with an interval after they were last seen without the event, with one that begins at entry,
            and without the event. The log-likelihood is without any ridge; there is no ``aic`` with one, nor where
            weights are no numbers of cases.
        """
        return pd.DataFrame([self.facts])

    def baseline(self) -> pd.DataFrame:
        """Hazard per unit of the clock in each band, for numeric covariates of 0 and categories at their reference.

        Returns
        -------
        DataFrame
            ``band, start, stop, estimate, std_error, ci_low, ci_high``; the error is that of the logarithm, on which
            scale the limits are symmetric. The last band is open.
        """
        M = len(self.cuts) + 1
        turn = np.column_stack([np.tile(-self.design.mean, (M, 1)), np.eye(M)])
        log, error = turn @ self.fit.at.theta, np.sqrt(np.einsum("ij,jk,ik->i", turn, self.covariance, turn))
        start, stop = np.r_[0.0, self.cuts], np.r_[self.cuts, np.inf]
        names = [f"({a:g}, {b:g}]" for a, b in zip(start, stop, strict=True)]
        values = [np.exp(log + side * self._t() * error) for side in (0, -1, 1)]
        columns = {"band": names, "start": start, "stop": stop, "estimate": values[0], "std_error": error}
        return pd.DataFrame(columns | {"ci_low": values[1], "ci_high": values[2]})

    @typed
    def predict(self, newdata: Any, times: float | Sequence[float], kind: Kind = "survival") -> pd.DataFrame:
        """Survival, incidence or hazard of new cases at given times, since time zero.

        Parameters
        ----------
        newdata : DataFrame or mapping of columns
        times : float or sequence of float
            Up to the last time in the data.
        kind : {"survival", "incidence", "cumulative_hazard", "hazard"}

        Returns
        -------
        DataFrame
            ``row, time, estimate, std_error, ci_low, ci_high``. Errors by the delta method; limits are symmetric on
            the logarithm of the (cumulative) hazard.

        Raises
        ------
        UsageError
            For times beyond the data, unknown levels or kinds.
        """
        if kind not in _KINDS:
            raise UsageError(f"kind={kind!r} is not one of: {', '.join(_KINDS)}.")
        asked = np.atleast_1d(np.asarray(times, dtype=float))
        wanted = moved_onto(asked, self.cuts, np.array([self.last]))
        if np.any(~(wanted > 0) | (wanted > self.last)):
            raise UsageError(f"times must be above 0 and up to {self.last:g}, the last time in the data.")
        X = self.design.encode(new_rows(newdata)) - self.design.mean
        if not len(X):
            raise UsageError("newdata has no rows.")
        if kind == "hazard":
            share = (np.searchsorted(self.cuts, wanted)[:, None] == np.arange(len(self.cuts) + 1)).astype(np.float64)
        else:
            share = months_in_bands(wanted, self.cuts)
        log, error = self._log_sums(X, share)
        t = self._t()
        value, low, high = (np.exp(log + side * t * error) for side in (0, -1, 1))
        spread = value * error
        if kind in ("survival", "incidence"):
            spread = spread * np.exp(-value)
            value, low, high = np.exp(-value), np.exp(-high), np.exp(-low)
        if kind == "incidence":
            value, low, high = 1 - value, 1 - high, 1 - low
        columns: dict[str, Any] = {"row": np.repeat(np.arange(len(X)), len(wanted)), "time": np.tile(asked, len(X))}
        columns |= {"estimate": value, "std_error": spread, "ci_low": low, "ci_high": high}
        return pd.DataFrame(columns)

    def _log_sums(self, X: Floats, share: Floats) -> tuple[Floats, Floats]:
        """Logarithm of a case's weighted sum of band hazards and its error, row after row of X."""
        p, theta = X.shape[1], self.fit.at.theta
        parts = share * np.exp(theta[p:])
        total = parts.sum(axis=1)
        log = (X @ theta[:p])[:, None] + np.log(total)
        slope = np.column_stack([np.repeat(X, len(share), axis=0), np.tile(parts / total[:, None], (len(X), 1))])
        return log.ravel(), np.sqrt(np.einsum("ij,jk,ik->i", slope, self.covariance, slope))

    @typed
    def with_level(self, ci_level: float) -> IntervalHazard:
        """The same estimate with limits at another level."""
        return replace(self, ci_level=check_level(ci_level))

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the hazard ratios as a forest plot; options are those of :func:`clemency.figures.forest`."""
        from clemency.figures.estimates.forests import forest, with_support

        return forest(
            with_support(self.tidy(exponentiate=True), self.support), ax=ax, **plotted(options, forest, also=FOREST)
        )

    def _t(self) -> float:
        return critical(self.ci_level, self.df)

    def _notes(self) -> list[str]:
        s = self.facts
        notes = [
            f"{counted(s['n'], 'case')}: {s['n_exact']} exact, {s['n_interval']} in an interval, {s['n_left']} in "
            "one since "
            f"entry, {s['n_right']} without the event; {s['bands']} bands; standard errors: {self.variance}; limits: "
            f"{self.ci_level:.0%}."
        ]
        notes += [f"{r.term} {r.level}: {r.message}".strip(" :").replace("  ", " ") for r in self.warnings.itertuples()]
        return notes + left_out_lines(self.exclusions)

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        text = table.to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return "\n".join([f"Hazard, interval-censored: {self.formula}", text, *self._notes()])

    def _repr_html_(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns={"estimate": "hazard ratio"})
        return as_html(f"Hazard, interval-censored: {self.formula}", table, self._notes())


@typed
def interval_hazard(
    data: Any,
    formula: str,
    *,
    lower: str,
    upper: str,
    entry: str | None = None,
    cuts: int | Sequence[float] = 4,
    weights: str | None = None,
    cluster: str | None = None,
    penalty: float | None = None,
    ci_level: float = 0.95,
) -> IntervalHazard:
    """Proportional hazards for times that are known as intervals, under left truncation.

    Parameters
    ----------
    data : DataFrame or mapping of columns
        One row per case; covariates do not change over time.
    formula : str
        Covariates in Wilkinson's notation. The reference of a categorical is its first level.
    lower, upper : str
        Columns: the last time at which the event is known not to have happened, and the first at which it is known to
        have happened. Equal: an exact time. ``upper`` missing or infinite: not known to have happened.
    entry : str, optional
        Column of the time since which a case could have been seen; zero without it.
    cuts : int or sequence of float
        Times at which the baseline hazard may change; or into how many bands to cut time, so that each holds about as
        many events as the others are expected to by Turnbull's estimate from all cases together (fewer bands where
        such times coincide, or nobody is known to be without the event later; more than 500 distinct times are laid on
        a grid for that).
    weights : str, optional
        Column of case weights. Whole numbers count as so many cases; others give robust errors.
    cluster : str, optional
        Column to cluster the variance on, with the factor G / (G - 1) and limits from a t distribution on G - 1
        degrees of freedom.
    penalty : float, optional
        A ridge: half of it times the sum of squared coefficients is taken from the log-likelihood.
    ci_level : float

    Returns
    -------
    IntervalHazard

    Raises
    ------
    UsageError
        For arguments that contradict each other or cannot be honoured.
    DataError
        For constant, duplicate or collinear terms, no event, terms along which the likelihood rises for ever
        (separation), and bands of which the data say nothing; each is named.

    Notes
    -----
    The ends of an interval must have nothing to do with the event but through what was asked: whoever looked would
    have looked then in any case. The log-likelihood is log(S(lower) - S(upper)) for an interval, the log density for
    an exact time and log S(lower) without the event, less log S(entry); errors come from its exact second derivatives
    ("observed information"). With exact times and without intervals this is the Poisson regression of events on
    months at risk; with one band and without entry it is the exponential model of R's ``survreg``.

    References
    ----------
    Sun, The Statistical Analysis of Interval-censored Failure Time Data (2006), chapters 2 and 6. Lindsey and Ryan,
    Statistics in Medicine 17 (1998), 219-238. Friedman, Annals of Statistics 10 (1982), 101-113.

    Examples
    --------
    >>> import pandas as pd
    >>> d = pd.DataFrame({"seen": [0, 5, 3, 12, 0, 9, 4, 8], "gone": [8, 5, 9, None, 15, 9, 30, None]})
    >>> d["site"] = list("aaaabbbb")
    >>> fit = interval_hazard(d, "site", lower="seen", upper="gone", cuts=1)
    >>> fit.tidy(exponentiate=True)[["term", "level", "estimate"]].round(3).to_numpy().tolist()
    [['site', 'b', 0.733]]
    """
    check_level(ci_level)
    ridge = _checked_penalty(penalty)
    given = as_table(data)
    needed = variables(formula, given.frame.columns)
    read = intervals(given, lower, upper, entry, weights=weights, cluster=cluster, covariates=needed)
    refuse_no_event(read, upper)
    design = model_matrix(formula, read.frame)
    check_rank(design)
    edges = _cuts(cuts, read)
    arrays = band_data(read.times, design.matrix - design.mean, edges, ridge)
    _refuse_bands(arrays, edges)
    fit = fit_bands(arrays)
    _refuse_diverging(fit, design, read, edges)
    errors = _errors(fit, arrays, read, design, cluster)
    support = level_support(design, np.isfinite(read.times.upper))
    warnings = make_warnings(support, design.unused, design.alike)
    if not read.whole:
        warnings.loc[len(warnings)] = ["", "", 0, uncounted(weights, "AIC and tests by the likelihood")]
    times = read.times
    return IntervalHazard(
        formula=formula,
        terms=design.terms,
        levels=design.levels,
        cuts=edges,
        fit=fit,
        covariance=errors.covariance,
        variance=errors.variance,
        df=errors.df,
        exclusions=read.exclusions,
        warnings=warnings,
        support=support,
        facts=_summary(fit, read, len(edges) + 1, errors.variance, bool(ridge)),
        ci_level=ci_level,
        design=design,
        last=float(max(times.lower.max(), times.upper[np.isfinite(times.upper)].max())),
        spans=np.column_stack([times.lower, times.upper]),
        labels=read.frame.index,
    )


def _checked_penalty(penalty: Any) -> float:
    if penalty is None:
        return 0.0
    if isinstance(penalty, (bool, str)) or not np.isfinite(penalty) or penalty < 0:
        raise UsageError(f"penalty must be a number of zero or more, or None, not {penalty!r}.")
    return float(penalty)


def _cuts(cuts: int | Sequence[float], read: Intervals) -> Floats:
    """Edges between bands, shape (M - 1,)."""
    if isinstance(cuts, (bool, str)):
        raise UsageError(f"cuts must be a number of bands, or rising times above 0, not {cuts!r}.")
    if isinstance(cuts, (int, np.integer)):
        if cuts < 1:
            raise UsageError(f"cuts={cuts} must be at least one band, or a list of times.")
        return _equal_bands(int(cuts), read)
    edges = np.asarray(cuts, dtype=np.float64).ravel()
    if not np.all(np.isfinite(edges)) or np.any(edges <= 0) or np.any(np.diff(edges) <= 0):
        raise UsageError("cuts must be a number of bands, or rising times above 0.")
    return moved_onto(edges, read.times.lower, read.times.upper)


def _equal_bands(bands: int, read: Intervals) -> Floats:
    cells = cells_of(_coarse(read.times))
    known = np.isfinite(cells.high)
    events = np.cumsum(expected_events(cells, maximise(cells))[known])
    place = np.searchsorted(events, events[-1] * np.arange(1, bands) / bands - 1e-9)
    edges = np.unique(cells.high[known][place])
    return edges[(edges > 0) & (edges < read.times.lower.max())]


def _coarse(times: Times) -> Times:
    """Round the times to a grid if there are very many: that is accurate enough for the edges of bands, and quick."""
    if len(np.unique(np.concatenate([times.lower, times.upper, times.entry]))) <= MOST_TIMES:
        return times
    step = float(times.lower.max()) / (MOST_TIMES // 2)
    high = np.ceil(times.upper / step) * step
    low = np.where(times.lower == times.upper, high, np.floor(times.lower / step) * step)
    return Times(low, high, np.floor(times.entry / step) * step, times.weight)


def _refuse_bands(data: BandData, cuts: Floats) -> None:
    """Refuse bands in which no event can lie, or which nobody is known to have spent without the event."""
    start, stop = np.r_[0.0, cuts], np.r_[cuts, np.inf]
    problems = []
    for k, (a, b) in enumerate(zip(start, stop, strict=True)):
        what = ""
        if not (data.hit[:, k].any() or data.within[:, k].any()):
            what = "no event can lie in this band"
        elif not data.survived[:, k].any():
            what = "nobody is known to have been without the event in this band"
        if what:
            problems.append(_band(a, b, what))
    if problems:
        raise DataError(problems)


def _band(start: float, stop: float, what: str) -> Problem:
    return Problem("data", None, "band", f"({start:g}, {stop:g}]", what, "Take fewer or other cuts, so that it merges.")


def _refuse_diverging(fit: BandFit, design: Design, read: Intervals, cuts: Floats) -> None:
    """Refuse a likelihood without a maximum; name columns, or bands where no column is to blame."""
    if fit.converged:
        return
    p = len(design.terms)
    possible = np.isfinite(read.times.upper)
    problems = []
    for j in np.flatnonzero(fit.diverging[:p]):
        column, level = design.matrix[:, j], design.levels[j]
        what = "the likelihood rises for ever as its coefficient grows (separation), so it has no finite hazard ratio"
        if level and not (column[possible] != 0).any():
            what = f"{none_of((column != 0).sum(), 'case', 'is')} known to have had the event; " + what
        elif level and (column[possible] != 0).all():
            what = "no case outside this level is known to have had the event; " + what
        remedy = "Merge the level with another, leave the term out, or use penalty= (a ridge)."
        problems.append(Problem("data", None, design.terms[j], level, what, remedy))
    start, stop = np.r_[0.0, cuts], np.r_[cuts, np.inf]
    for k in [] if problems else np.flatnonzero(fit.diverging[p:]):
        what = "the likelihood is greatest with a hazard of zero or infinity in this band"
        problems.append(_band(start[k], stop[k], what))
    if not problems:
        what = f"the likelihood has not come to its maximum in {fit.steps} steps"
        problems.append(Problem("data", None, "", "", what, "Take fewer cuts or terms."))
    raise DataError(problems)


@dataclass(frozen=True, slots=True)
class _Errors:
    """Covariance, what it is, and the degrees of freedom behind the limits."""

    covariance: Floats
    variance: str
    df: float


def _errors(fit: BandFit, arrays: BandData, read: Intervals, design: Design, cluster: str | None) -> _Errors:
    """Those of the likelihood, or robust ones by cluster or, under sampling weights, by row."""
    if read.cluster is not None:
        covariance, df = few_clusters(influence(arrays, fit.at), read.cluster)
        if df < len(design.terms):
            raise UsageError(
                f"cluster='{cluster}' has {int(df) + 1} clusters, too few for {len(design.terms)} coefficients: leave "
                "terms out."
            )
        return _Errors(covariance, f"cluster: {cluster} ({int(df) + 1})", df)
    if not read.whole:
        return _Errors(few_clusters(influence(arrays, fit.at), np.arange(len(read)))[0], "robust", np.inf)
    return _Errors(inverse(fit.at.information), "model", np.inf)


def _summary(fit: BandFit, read: Intervals, bands: int, variance: str, penalised: bool) -> dict[str, Any]:
    p = len(fit.at.theta)
    return {
        "n": len(read),
        **{k: int(v.sum()) for k, v in kinds(read.times).items()},
        "loglik": fit.at.loglik,
        "df": p,
        "aic": np.nan if penalised or not read.whole else 2 * p - 2 * fit.at.loglik,
        "bands": bands,
        "variance": variance,
        "excluded": int(read.exclusions["n"].sum()),
    }
