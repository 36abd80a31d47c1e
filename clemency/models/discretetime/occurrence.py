"""Person-periods -> the probability of an act in each: discrete-time hazards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from clemency.cohorts import Cohort
from clemency.figures.theme.look import FOREST, plotted
from clemency.models.designmatrix.design import Design, check_rank, model_matrix, variables
from clemency.models.discretetime.checks import (
    check_duration,
    cluster_warnings,
    name_columns,
    refuse_one_kind,
    refuse_separated,
    variance_clusters,
    weight_warnings,
)
from clemency.models.discretetime.duration import duration
from clemency.models.discretetime.fit import Model, OccurrenceFit
from clemency.models.discretetime.marginaleffects import effects, probabilities, wild_test
from clemency.models.discretetime.personperiods import MONTHS, Columns, of_cohort, of_frame
from clemency.models.imputation.regressions import pool
from clemency.models.imputation.repeated import over_imputations
from clemency.models.modelframe.arguments import check_level
from clemency.models.modelframe.exclusions import left_out_lines
from clemency.models.modelframe.groups import codes
from clemency.models.modelframe.history import History, history
from clemency.models.regression.binomial import BinaryFit, Link, Trials, fit_binary, fit_shrunken, profile_limits
from clemency.models.regression.coefficients import SHOWN, coefficient_table
from clemency.models.regression.likelihoods import Likelihood, of_model_alone
from clemency.models.regression.sandwich import few_clusters
from clemency.models.regression.support import level_support, make_warnings
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import counted
from clemency.tables.hooks import FittedModel
from clemency.typing import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RATIO = {"cloglog": "hazard ratio", "logit": "odds ratio"}


class Occurrence(FittedModel, OccurrenceFit):
    """A fitted discrete-time hazard.

    Its attributes are those of :class:`OccurrenceFit`.
    """

    __slots__ = ()

    @property
    def effect(self) -> str:  # type: ignore[override]
        """What an exponentiated coefficient is, in words."""
        return _RATIO[self.link]

    @typed
    def tidy(self, exponentiate: bool = False) -> pd.DataFrame:
        """Coefficients, one row per term and level.

        Parameters
        ----------
        exponentiate : bool
            Give ratios (of hazards for cloglog, of odds for logit); ``std_error`` stays that of the logarithm.

        Returns
        -------
        DataFrame
            ``term, level, estimate, std_error, statistic, p_value, ci_low, ci_high``.
        """
        k = len(self.terms)
        return coefficient_table(
            self.terms,
            self.levels,
            self.fit.beta[:k],
            np.sqrt(np.diag(self.covariance)[:k]),
            ci_level=self.ci_level,
            df=self.df,
            limits=self.limits,
            roots=self.roots,
            exponentiate=exponentiate,
        )

    def glance(self) -> pd.DataFrame:
        """One row: ``n`` person-periods, ``n_cases, events, person_months, loglik, aic, df`` and how it was made."""
        return pd.DataFrame({k: [v] for k, v in self.facts.items()})

    def likelihood(self) -> Likelihood:
        """Give the likelihood and what it is of, for a comparison with nested models."""
        m = self.model
        unusable = of_model_alone(self.variance, not np.isnan(self.facts["aic"]) or self.sigma is not None)
        if self.sigma is not None or m.trials.firth:
            unusable = "with shrunken groups or Firth's penalty it is not at the maximum of a likelihood"
        rows = (
            ("link", self.link), ("cases", m.case if m.case_name else None), ("months", m.months), ("acts", m.trials.y),
            ("lengths", m.trials.offset), ("weights", m.trials.weight),
        )  # fmt: skip
        return Likelihood(
            "occurrence", self.formula, float(self.fit.loglik), m.n_fixed, rows, m.trials.X, unusable, m.frame.index
        )  # fmt: skip

    def groups(self) -> pd.DataFrame:
        """Shrunken group effects.

        Returns
        -------
        DataFrame
            ``level, n, n_event, estimate, std_error, ci_low, ci_high``: log ratios to an average group. Where the
            groups show no spread, every estimate is zero and has no limits.

        Raises
        ------
        UsageError
            If the model has none.
        """
        if not self.model.groups:
            raise UsageError("The model has no shrunken groups: name a column with shrink=.")
        k, X = len(self.terms), self.model.trials.X
        beta, error = self.fit.beta[k:], np.sqrt(np.diag(self.fit.covariance)[k:])
        if not self.sigma:
            beta, error = np.zeros(len(beta)), np.full(len(beta), np.nan)
        half = special.ndtri((1 + self.ci_level) / 2) * error
        return pd.DataFrame(
            {
                "level": self.model.groups,
                "n": X[:, k:].sum(axis=0).astype(int),
                "n_event": (self.model.trials.y @ X[:, k:]).astype(int),
                "estimate": beta,
                "std_error": error,
                "ci_low": beta - half,
                "ci_high": beta + half,
            }
        )

    @typed
    def effects(self, variable: str, by: str | None = None, kind: str = "difference") -> pd.DataFrame:
        """Average marginal effects on the probability of an act in one period; see :mod:`.marginaleffects`."""
        return effects(self, variable, by, kind)

    @typed
    def probabilities(self, months: float, by: str | None = None, start: float = 0.0) -> pd.DataFrame:
        """Adjusted probabilities of an act within some months; see :mod:`.marginaleffects`."""
        return probabilities(self, months, by, start)

    @typed
    def wild_test(self, term: str, level: str = "", repetitions: int = 9999, seed: int = 0) -> pd.DataFrame:
        """Wild score bootstrap of one coefficient, for few clusters; see :mod:`.marginaleffects`."""
        return wild_test(self, term, level, repetitions, seed)

    @typed
    def with_level(self, ci_level: float) -> Occurrence:
        """The same estimate with limits at another level."""
        if self.limits is not None:
            raise UsageError("profile-likelihood limits belong to their level: fit again with ci_level=")
        return replace(self, ci_level=check_level(ci_level))

    @typed
    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Ratios of the covariates as a forest plot; options are those of :func:`clemency.figures.forest`."""
        from clemency.figures.estimates.forests import forest, with_support

        shown = self.tidy(exponentiate=True)
        shown = shown[~shown["term"].isin(("duration", "constant"))]
        own = {"ratio": self.effect, **plotted(options, forest, also=FOREST)}
        return forest(with_support(shown, self.support), ax=ax, **own)

    def _notes(self) -> str:
        s = self.facts
        notes = [
            f"{counted(s['n'], 'person-period')} of {counted(s['n_cases'], 'case')}, {s['events']} with an act; "
            f"{self.link} link; "
            f"standard errors: {self.variance}; limits: {self.ci_level:.0%}"
            f"{'' if self.limits is None else ' (profile likelihood)'}."
        ]
        if self.sigma is not None:
            notes.append(
                f"Group effects have standard deviation {self.sigma:.3g} and are shrunken by it."
                if self.sigma
                else "The groups show no spread beyond chance: their effects are shrunken to zero."
            )
        notes += [f"{r.term} {r.level}: {r.message}".strip(" :").replace("  ", " ") for r in self.warnings.itertuples()]
        notes += left_out_lines(self.exclusions)
        return "\n".join(notes)

    def __repr__(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns=SHOWN)
        text = table.to_string(index=False, float_format=lambda v: f"{v:.4g}")
        return f"Occurrence of {self.outcome}: {self.formula}\n{text}\n{self._notes()}"

    def _repr_html_(self) -> str:
        table = self.tidy(exponentiate=True).rename(columns={"estimate": _RATIO[self.link]})
        return as_html(f"Occurrence of {self.outcome}: {self.formula}", table, self._notes())


@over_imputations(pool, lambda fit: {"duration": fit.model.duration})
@typed
def occurrence(
    data: Cohort | pd.DataFrame,
    formula: str,
    *,
    outcome: str | Sequence[str] | None = None,
    event: str | None = None,
    entry: str | None = None,
    months: str | None = None,
    id: str | None = None,
    freq: str = "Q",
    link: Link = "cloglog",
    duration: str | Sequence[float] | None = "spline",
    shrink: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    penalty: str | None = None,
    ci_level: float = 0.95,
) -> Occurrence:
    """Model the probability of an act in each period at risk.

    Parameters
    ----------
    data : Cohort, ImputedCohort, DataFrame or mapping of columns
        A cohort is cut into person-periods of the calendar, and where a covariate changes within one (an exposure),
        into its parts; a frame has one row per person-period.
    formula : str
        Covariates in Wilkinson's notation.
    outcome : str or sequence of str, optional
        Acts of a cohort that count; all its outcomes by default. In the model of one kind of act another ends the
        time at risk.
    event, entry, months, id : str, optional
        Columns of a frame: event (0/1 or yes/no), months on the clock at which the period begins, months at risk in it
        (a full period by default), and the key of the case (every row a case of its own by default).
    freq : {"Q", "M", "Y"}
        Length of a period.
    link : {"cloglog", "logit"}
        Complementary log-log gives hazard ratios, as a proportional hazard in continuous time does whatever the
        length of the period; logit gives odds ratios per period.
    duration : {"spline", "linear"} or sequence of float or None
        How the hazard may change with time on the clock: see `clemency.models.discretetime.duration.duration`.
    shrink : str, optional
        Column, such as ``"province"``, whose levels get effects drawn from a normal distribution; its spread is
        estimated and the effects are shrunken by it.
    cluster : str, optional
        Column to cluster the variance on; ``person_id`` for a cohort. The variance is multiplied by G / (G - 1) and
        limits use the t distribution on G - 1 degrees of freedom, for G clusters. With no more clusters than
        coefficients there are no errors, and ``warnings`` says so: see `Occurrence.wild_test`.
    weights : str, optional
        Column of case weights. Whole numbers count as so many cases. Others are sampling weights, under which errors
        are robust: clustered on `cluster`, else on `id`, else on rows. Firth's penalty and shrunken groups have no
        such errors, and ``warnings`` says so.
    penalty : {"firth"}, optional
        Firth's penalty, with profile-likelihood limits: finite ratios where a group has no act.
    ci_level : float

    Returns
    -------
    Occurrence

    Raises
    ------
    UsageError
        For arguments that contradict each other.
    DataError
        For constant, duplicate or collinear terms, and where covariates separate acts from the rest.

    Notes
    -----
    A period of which a case was at risk for a part only enters with the logarithm of that part as offset. Limits
    under `shrink` take its spread as known; ``loglik`` is then that of the acts given the group effects, and there is
    no AIC.

    References
    ----------
    Prentice and Gloeckler, Biometrics 34 (1978), 57-67. Allison, Sociological Methodology 13 (1982), 61-98. Firth,
    Biometrika 80 (1993), 27-38. Heinze and Schemper, Statistics in Medicine 21 (2002), 2409-2419.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"act": [0, 1, 0, 0, 1, 0, 0, 1], "x": [0, 0, 1, 1, 1, 1, 0, 1]})
    >>> rows["month"] = [0, 3, 0, 3, 0, 3, 0, 3]
    >>> fit = occurrence(rows, "x", event="act", entry="month", duration=None, link="logit")
    >>> fit.tidy()["estimate"].round(4).tolist()
    [0.2877, -0.6931]
    """
    options = _Options(formula, freq, link, duration, shrink, cluster, penalty, ci_level)
    _check_options(options)
    columns = Columns(event, entry, months, id)
    periods = (
        of_cohort(data, outcome, columns, freq) if isinstance(data, Cohort) else of_frame(data, outcome, columns, freq)
    )
    if isinstance(data, Cohort) and not penalty and not shrink:
        options = replace(options, cluster=cluster or "person_id")
    read = history(
        periods.frame,
        exit="_exit",
        event=periods.event,
        entry="_entry",
        weights=weights,
        cluster=options.cluster,
        covariates=dict.fromkeys([*variables(formula, periods.frame.columns), *_named(shrink, periods.case)]),
        time_unit="months",
    )
    if not isinstance(data, Cohort):
        name_columns(read.exclusions, {"_entry": entry, "_exit": months or entry})
    if len(read.outcomes) > 1:
        kinds = ", ".join(read.outcomes)
        raise UsageError(f"'{event}' holds several kinds of event ({kinds}): make it 1 for the act and 0 for the rest.")
    design = model_matrix(formula, read.frame)
    check_rank(design)
    model = _model(read, design, options, periods.case)
    check_duration(design, model.duration, model.trials.X)
    return _finished(model, read, periods.outcome, options)


@dataclass(frozen=True, slots=True)
class _Options:
    """Arguments of a call that say which model is fitted, and how."""

    formula: str
    period: str
    link: Link
    duration: Any
    shrink: str | None
    cluster: str | None
    penalty: str | None
    ci_level: float


def _named(*columns: str | None) -> list[str]:
    return [c for c in columns if c]


def _check_options(o: _Options) -> None:
    if o.period not in MONTHS:
        raise UsageError(f"freq={o.period!r} is not one of: Q, M, Y.")
    if o.link not in _RATIO:
        raise UsageError(f"link={o.link!r} is not one of: cloglog, logit.")
    if o.penalty not in (None, "firth"):
        raise UsageError(f"penalty={o.penalty!r} is not one of: None, 'firth'.")
    if o.penalty and o.cluster:
        raise UsageError("penalty='firth' has profile-likelihood limits, which know no cluster: leave one of them out.")
    if o.shrink and (o.penalty or o.cluster):
        raise UsageError("shrink= has limits of its own: leave penalty= and cluster= out.")
    check_level(o.ci_level)


def _model(read: History, design: Design, options: _Options, case: str | None) -> Model:
    n, period = len(read), MONTHS[options.period]
    entry = np.zeros(n) if read.entry is None else read.entry
    y = read.event > 0
    shape = duration(options.duration, entry, y)
    groups: tuple[str, ...] = ()
    parts = [design.matrix, shape.columns(entry), np.ones((n, 1))]
    if options.shrink:
        factor = pd.Categorical(read.frame[options.shrink].astype(str))
        groups = tuple(str(c) for c in factor.categories)
        parts.append((factor.codes[:, None] == np.arange(len(groups))).astype(float))
    name = case if case and case != options.shrink else ""
    codes_of_case = codes(read.frame[name]) if name else np.arange(n)
    length = np.log((read.exit - entry) / period)
    weight = np.ones(n) if read.weight is None else read.weight
    trials = Trials(np.column_stack(parts), y, length, weight, options.link, options.penalty == "firth")
    return Model(design, shape, trials, read.frame, entry, codes_of_case, groups, period, name)


@dataclass(frozen=True, slots=True)
class _Errors:
    """Covariance, what it is, the degrees of freedom behind the limits, and the clusters if there are any."""

    covariance: Floats
    variance: str
    df: float
    clusters: Ints | None


def _errors(model: Model, read: History, fit: BinaryFit, options: _Options) -> _Errors:
    """Those of the likelihood, or robust ones by cluster, by case or by row."""
    own = options.penalty is not None or bool(model.groups)
    clusters, by = variance_clusters(read, options.cluster, model.case, model.case_name, own)
    if clusters is None:
        return _Errors(fit.covariance, "model, Firth's penalty" if options.penalty else "model", np.inf, None)
    covariance, df = few_clusters(fit.scores @ fit.covariance, clusters)
    if df < model.n_fixed:  # the sums of scores by cluster lie in a space too small for them
        covariance = np.full_like(covariance, np.nan)
    return _Errors(covariance, f"cluster: {by} ({int(df) + 1})" if by else "robust", df, clusters)


def _told(model: Model, read: History, errors: _Errors, support: pd.DataFrame) -> pd.DataFrame:
    """Warnings: ``term, level, n_event, message``."""
    design = model.design
    warnings = make_warnings(support, design.unused, (*design.alike, *read.alike))
    if errors.clusters is not None:
        warnings = cluster_warnings(warnings, design, errors.clusters, model.n_fixed)
    if not read.counted:
        warnings = weight_warnings(warnings, str(read.columns["weights"]), errors.variance.startswith("model"))
    return warnings


def _fit(model: Model) -> tuple[BinaryFit, float | None]:
    """The fit, and the standard deviation of the groups where they are shrunken."""
    if not model.groups:
        return fit_binary(model.trials), None
    shrunken = fit_shrunken(model.trials, np.r_[np.zeros(model.n_fixed, bool), np.ones(len(model.groups), bool)])
    return shrunken.fit, shrunken.sigma


def _finished(model: Model, read: History, outcome: str, options: _Options) -> Occurrence:
    trials, p = model.trials, model.n_fixed
    refuse_one_kind(trials)
    fit, sigma = _fit(model)
    if options.penalty is None:
        refuse_separated(trials, fit, model.terms, model.levels)
    errors, support = _errors(model, read, fit, options), level_support(model.design, trials.y)
    limits, roots = profile_limits(trials, fit, np.arange(p), options.ci_level) if options.penalty else (None, None)
    summary = {
        "n": len(trials.y),
        "n_cases": int(model.case.max()) + 1,
        "events": int(trials.y.sum()),
        "person_months": read.person_time,
        "loglik": fit.loglik,
        "df": p,
        "aic": np.nan if sigma is not None or not read.counted else 2 * p - 2 * fit.loglik,
        "link": trials.link,
        "variance": errors.variance,
        "excluded": int(read.exclusions["n"].sum()),
    }
    return Occurrence(
        formula=options.formula,
        outcome=outcome,
        link=trials.link,
        terms=model.terms,
        levels=model.levels,
        fit=fit,
        covariance=errors.covariance,
        variance=errors.variance,
        df=errors.df,
        limits=limits,
        roots=roots,
        exclusions=read.exclusions,
        warnings=_told(model, read, errors, support),
        support=support,
        facts=summary,
        ci_level=options.ci_level,
        model=model,
        clusters=errors.clusters,
        sigma=sigma,
    )
