"""Events and person-time of many groups -> rates shrunk towards their common mean, with ranks and tests.

The largest and the smallest raw rates belong to the groups of which least is known. Here the groups' rates come from
one distribution, whose spread is estimated; each group's estimate weighs its own rate against the mean of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from clemency.cohorts import Cohort
from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.figures.theme.look import plotted
from clemency.models.incidencerates import gammapoisson as gp
from clemency.models.incidencerates.rates import binomial_limits, poisson_limits
from clemency.models.incidencerates.tallies import Tally, exclusions_of, lost_levels, tally, totals_of
from clemency.models.modelframe.arguments import column_of, per_time, person_time, summed
from clemency.models.modelframe.exclusions import column_names, left_out_lines
from clemency.models.modelframe.frames import Table, as_table
from clemency.models.modelframe.history import names_alike, refuse_taken
from clemency.models.modelframe.status import CENSORED
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 5


@dataclass(frozen=True, slots=True)
class _Options:
    """Arguments of a call that say how rates are pooled and shown."""

    groups: list[str]
    strata: list[str]
    expected: str | None
    per: float | None
    ci_level: float
    uncertainty: str
    replications: int | None
    top: int | None
    draws: int

    @property
    def standardised(self) -> bool:
        """Whether rates are observed / expected."""
        return bool(self.expected or self.strata)

    @property
    def unit(self) -> float:
        """Person-time in the denominator of a rate, or 1."""
        return 1.0 if self.standardised else 1000.0 if self.per is None else float(self.per)


COLUMNS = (
    *("events", "person_months", "person_time", "time_unit", "expected", "rate", "rate_low", "rate_high"),
    *("estimate", "std_error", "ci_low"),
    *("ci_high", "shrinkage", "expected_rank", "rank_low", "rank_high", "p_top", "p_bottom", "ratio", "p_value"),
    *("p_holm", "p_bh", "months", "exposure"),
)


@dataclass(frozen=True, slots=True, eq=False)
class PooledRates:
    """Result of `pooled_rates`.

    Attributes
    ----------
    table : DataFrame
        The content of :meth:`tidy`.
    facts : dict
        The content of :meth:`glance`.
    by : tuple of str
    unit : str
        What a rate is: ``per 1000 person-months`` (or what else the data count), or ``observed / expected``.
    exclusions : DataFrame
        ``reason, column, n, first_rows``: rows that were left out, and groups without follow-up by name.
    warnings : tuple of str
        What to know before the figures are used.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    by: tuple[str, ...]
    unit: str
    exclusions: pd.DataFrame
    warnings: tuple[str, ...]

    def tidy(self) -> pd.DataFrame:
        """One row per group.

        Returns
        -------
        DataFrame
            Columns of `by`; ``events, person_months`` (``person_time`` for a frame whose unit is not the month) and
            ``expected`` if there is a standard; the raw ``rate`` with exact limits
            ``rate_low, rate_high``; the pooled ``estimate, std_error, ci_low, ci_high``; ``shrinkage``, the weight of
            the common mean (1: nothing of the group's own is left); ``expected_rank`` with ``rank_low, rank_high``,
            where 1 is the highest rate; ``p_top, p_bottom``, the probability of being among the k highest or lowest.
        """
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """One row.

        Returns
        -------
        DataFrame
            ``groups, events, person_months`` (or ``person_time, time_unit``);
            ``prior_mean`` and ``prior_variance`` of the rates at the maximum of the
            likelihood; ``variance_low, variance_high`` by profile likelihood; ``prior_cv, cv_low, cv_high``, the same
            as standard deviation over mean; ``lr, p_value`` of no variance; ``uncertainty, top, ci_level``.
        """
        return pd.DataFrame([self.facts])

    def tests(self) -> pd.DataFrame:
        """Compare each group with all others together, exactly, with adjustment for the number of groups.

        Returns
        -------
        DataFrame
            Columns of `by`; ``events, expected`` (at the rate of all together); ``ratio`` to the rate of the others
            with exact limits ``ci_low, ci_high``; ``p_value`` (two-sided, given the events of all) and
            ``p_holm, p_bh``, adjusted after Holm, and after Benjamini and Hochberg.

        Notes
        -----
        Holm's values bound the chance of any false claim, whatever the dependence. Benjamini and Hochberg's bound the
        share of false ones among the claims; tests of each group against the rest depend a little on each other, which
        their proof does not cover.
        """
        from statsmodels.stats.multitest import multipletests

        t = self.table
        exposure = t[next(c for c in ("expected", "person_months", "person_time") if c in t)].to_numpy()
        y, total, whole = t["events"].to_numpy(), int(t["events"].sum()), exposure.sum()
        share, rest = exposure / whole, whole - exposure
        p = np.array([stats.binomtest(int(k), total, s).pvalue for k, s in zip(y, share, strict=True)])
        low, high = binomial_limits(y, np.full(len(y), total), float(self.facts["ci_level"]))
        with np.errstate(divide="ignore"):
            ratio, low, high = (v / (1 - v) * rest / exposure for v in (y / total, low, high))
        table = t[list(self.by)].assign(events=y, expected=share * total, ratio=ratio, ci_low=low, ci_high=high)
        adjusted = {f"p_{n}": multipletests(p, method=m)[1] for n, m in (("holm", "holm"), ("bh", "fdr_bh"))}
        return table.assign(p_value=p, **adjusted)

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Caterpillar figure: raw rates hollow, pooled ones full with their limits, in order.

        Options: ``title, labels, palette, band, order``, see :class:`clemency.figures.Look`.
        """
        from clemency.figures import caterpillar

        label = self.table[list(self.by)].astype(str).agg(", ".join, axis=1)
        frame, asked = self.table.assign(label=label), plotted(options, caterpillar)
        return caterpillar(frame, ax=ax, xlabel=self.unit, reference=float(self.facts["prior_mean"]), **asked)

    def __repr__(self) -> str:
        return "\n".join([f"Pooled rates, {self.unit}", self.table.to_string(index=False), *self.warnings])

    def _repr_html_(self) -> str:
        head = f"Pooled rates, {self.unit}, with {self.facts['ci_level']:.0%} limits."
        return as_html(head, self.table, self.warnings)


@typed
def pooled_rates(
    data: Cohort | RateTable | pd.DataFrame,
    by: str | Sequence[str],
    *,
    outcome: str | Sequence[str] | None = None,
    expected: str | None = None,
    adjust: str | Sequence[str] | None = None,
    exit: str | None = None,
    event: str | None = None,
    entry: str | None = None,
    censored: str | None = CENSORED,
    time_unit: str | None = None,
    count: str | None = None,
    exposure: str | None = None,
    per: float | None = None,
    ci_level: float = 0.95,
    uncertainty: str = "integrated",
    replications: int | None = None,
    top: int | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> PooledRates:
    """Compare rates of acts across groups by empirical Bayes.

    Parameters
    ----------
    data : Cohort, RateTable or DataFrame
        Spells or totals, as `rates` takes them.
    by : str or sequence of str
        Columns whose combinations are the groups: provinces, charges, prisons.
    outcome : str or sequence of str, optional
        Acts that count; must be named where spells have several kinds of event.
    expected : str, optional
        Column with the events expected of each row under a standard of your own. Rates are then observed / expected.
    adjust : str or sequence of str, optional
        Columns of an indirect standardisation: the expected events of a group are those that its time at risk would
        have had at the rates of all groups together within each combination of these columns.
    exit, event, entry, censored, time_unit, count, exposure : str, optional
        Columns of a data frame and their unit, as for `rates`; ``count`` is one column.
    per : float, optional
        Units of person-time in the denominator, 1,000 if not given.
    ci_level : float
    uncertainty : {"integrated", "bootstrap", "none"}
        How the posterior allows for not knowing the prior's mean and variance; see the notes.
    replications : int, optional
        Bootstrap samples, 400 if not given.
    top : int, optional
        The k of the k highest and the k lowest; five, or half of the groups if there are fewer than ten.
    draws, seed : int
        Draws from the posterior by which groups are ranked. The seed is that of the bootstrap too.

    Returns
    -------
    PooledRates

    Raises
    ------
    UsageError
        For columns, outcomes or options that are not there or without effect, or fewer than two groups.
    DataError
        If there is no event, or an expectation is negative or missing where there are events.

    Notes
    -----
    Counts are Poisson given a group's rate, and rates are Gamma distributed between groups, so that counts are negative
    binomial; mean and variance of the rates are reported where that likelihood is greatest. Its variance may be zero:
    all groups then have the pooled rate, which ``warnings`` says. The test of zero takes its p value from a half and
    half mixture of chi-squared with 0 and 1 degrees of freedom, as zero is at the boundary.

    ``integrated`` averages the posterior over all priors, weighed by their likelihood under a vague hyperprior
    (Christiansen and Morris), by quadrature: what Morris' correction approximates. An estimated variance of zero is
    then no certainty: limits stay wide enough for the variances that the data allow, and groups are not pooled
    completely. ``bootstrap`` averages over priors fitted to samples from the fitted one (Laird and Louis, type III; not
    the calibrated levels of Carlin and Gelfand, which are undefined where a variance is estimated at zero). ``none``
    takes the fitted prior as known; with a variance of zero its limits are the exact ones of the pooled rate.

    In 500 simulated samples of 300 cases in 25 provinces with about 60 events and Gamma distributed rates (a standard
    deviation of half the mean), 95% limits of ``integrated`` held the true rates in 94.1% (Monte Carlo error 0.3),
    those of ``none`` in 79.7% (1.0) and the exact limits of raw rates, more than twice as wide, in 98.3% (0.1);
    the root mean square error fell from 7.3 (raw) to 2.2 events per 1,000 person-months (`benchmarks/pooling.py`). The
    coverage of ``bootstrap`` has not been studied.

    A Poisson model with a log-normal effect of each group (`glmer` of R's lme4) has another prior: its intercept is the
    median, not the mean, of the rates, its variance is that of their logarithm, and what it predicts are modes. On the
    reference data of 25 groups its mean is 0.00790 (here 0.00799) and its standard deviation over mean 0.49 (0.47).

    The rates by which `adjust` standardises are taken as known. Acts of one person are taken as independent.

    References
    ----------
    C. L. Christiansen and C. N. Morris, JASA 92 (1997), 618-632. N. M. Laird and T. A. Louis, JASA 82 (1987), 739-750,
    and J. Educ. Stat. 14 (1989), 29-46 (ranks). B. P. Carlin and A. E. Gelfand, JASA 85 (1990), 105-114.

    Examples
    --------
    >>> import pandas as pd
    >>> months, acts = [50.0] * 12 + [80.0] * 10 + [6.0] * 2, [1] * 9 + [0] * 3 + [1] * 2 + [0] * 8 + [1, 0]
    >>> spells = pd.DataFrame({"prison": list("a" * 12 + "b" * 10 + "c" * 2), "months": months, "act": acts})
    >>> found = pooled_rates(spells, "prison", exit="months", event="act")
    >>> found.tidy()[["prison", "events", "rate", "estimate", "shrinkage"]].round(2)
      prison  events   rate  estimate  shrinkage
    0      a       9  15.00     13.14       0.35
    1      b       2   2.50      4.61       0.30
    2      c       1  83.33     17.35       0.92
    """
    groups, strata = list(column_names(by)), list(column_names(adjust))
    options = _Options(groups, strata, expected, per, ci_level, uncertainty, replications, top, draws)
    _check_options(options)
    given = as_table(data)
    read: dict[str, Any] = {"exit": exit, "event": event, "entry": entry, "censored": censored, "time_unit": time_unit}
    covariates = [*strata, *([expected] if expected else [])]
    h = tally(
        data if isinstance(data, RateTable) else given,
        groups,
        **read,
        outcome=outcome,
        count=count,
        exposure=exposure,
        covariates=covariates,
    )
    frame = totals_of(h, expected, strata)
    lost = lost_levels(given, h, frame)
    frame = frame[frame["exposure"] > 0].reset_index(drop=True)
    _check_groups(frame, groups, top, h.unit)
    y, e = frame["events"].to_numpy(dtype=float), frame["exposure"].to_numpy()
    options = replace(options, top=top or min(FEW, max(len(y) // 2, 1)))
    prior = gp.fit_prior(y, e)
    rng = np.random.default_rng(seed)
    nodes = _nodes(y, e, prior, options, rng)
    table = frame[groups].assign(**{"events": frame["events"], column_of(h.unit): frame["months"]})
    if options.standardised:
        table["expected"] = e
    low, high, per = *poisson_limits(y, ci_level), options.unit
    table = table.assign(rate=per * y / e, rate_low=per * low / e, rate_high=per * high / e)
    table = table.assign(**_posterior(nodes, y, e, options), **_ranks(nodes, y, e, options, rng))
    summary = _summary(frame, h.unit, prior, options)
    unit = "observed / expected" if options.standardised else per_time(per, h.unit)
    warnings = _warnings(given, h, table, prior, lost, options)
    return PooledRates(table, summary, tuple(groups), unit, exclusions_of(h, lost, groups), warnings)


def _check_options(o: _Options) -> None:
    """Refuse options that are impossible or contradict each other."""
    if not o.groups:
        raise UsageError("name at least one column of groups with by=")
    refuse_taken(o.groups, COLUMNS)
    both = set(o.strata) & set(o.groups)
    if o.expected and o.strata:
        raise UsageError("give either expected= or adjust=: the second would compute what the first supplies")
    if both:
        raise UsageError(f"'{next(iter(both))}' cannot be both a group and adjusted for")
    if o.per is not None and o.standardised:
        raise UsageError("per= has no effect on observed / expected: leave it out")
    if o.per is not None and not o.per > 0:
        raise UsageError(f"per={o.per:g} must be positive.")
    if not 0 < o.ci_level < 1:
        raise UsageError(f"ci_level={o.ci_level:g} must lie between 0 and 1.")
    if o.uncertainty not in ("integrated", "bootstrap", "none"):
        raise UsageError(f"uncertainty={o.uncertainty!r} is not known: it is 'integrated', 'bootstrap' or 'none'")
    if o.replications is not None and (o.uncertainty != "bootstrap" or o.replications < 2):
        raise UsageError("replications= is a number from 2 on, for uncertainty='bootstrap' only")


def _check_groups(frame: pd.DataFrame, groups: list[str], top: int | None, unit: str | None) -> None:
    named = ", ".join(groups)
    if len(frame) < 2:
        raise UsageError(
            f"by='{named}' has {len(frame)} group(s) with follow-up: there is nothing to compare; use rates()"
        )
    if not frame["events"].sum():
        problem = f"no group has an event, in {frame['months'].sum():.0f} {person_time(unit)}"
        raise DataError([Problem("data", None, named, "", problem, "rates() gives the upper limits of such groups.")])
    if top is not None and not 1 <= top < len(frame):
        raise UsageError(f"top={top} must lie between 1 and {len(frame) - 1}, with {len(frame)} groups.")


def _nodes(y: Floats, e: Floats, prior: gp.Prior, options: _Options, rng: np.random.Generator) -> gp.Nodes | float:
    """Priors to average over; a single rate if the prior has no variance."""
    if options.uncertainty == "integrated":
        return gp.prior_nodes(y, e)
    if options.uncertainty == "bootstrap":
        return gp.bootstrap_nodes(y, e, prior, options.replications or 400, rng)
    if prior.relative == 0:
        return prior.mean
    return gp.Nodes(np.array([prior.mean]), np.array([prior.rate]), np.ones(1))


def _posterior(nodes: gp.Nodes | float, y: Floats, e: Floats, options: _Options) -> dict[str, Floats]:
    G, tail, per = len(y), (1 - options.ci_level) / 2, options.unit
    if isinstance(nodes, float):
        low, high = (np.full(G, v / e.sum()) for v in poisson_limits(y.sum(), options.ci_level))
        mean, error, share = np.full(G, nodes), np.full(G, np.sqrt(y.sum()) / e.sum()), np.ones(G)
    else:
        mean, error, share = gp.moments(nodes, y, e)
        low, high = (np.array([gp.quantile(nodes, *ye, p) for ye in zip(y, e, strict=True)]) for p in (tail, 1 - tail))
    return {
        "estimate": per * mean,
        "std_error": per * error,
        "ci_low": per * low,
        "ci_high": per * high,
        "shrinkage": share,
    }


def _ranks(
    nodes: gp.Nodes | float, y: Floats, e: Floats, options: _Options, rng: np.random.Generator
) -> dict[str, Floats]:
    """Ranks from draws; groups of the same events and exposure share theirs, whatever the order of the groups."""
    G, draws, top = len(y), options.draws, options.top or 1
    if isinstance(nodes, float):
        flat = {"expected_rank": (G + 1) / 2, "rank_low": 1, "rank_high": G, "p_top": top / G, "p_bottom": top / G}
        return {k: np.full(G, v) for k, v in flat.items()}
    pairs, member = np.unique(np.column_stack([e, y]), axis=0, return_inverse=True)
    member = np.ravel(member)
    order = np.argsort(member, kind="stable")
    node = rng.choice(len(nodes.weight), size=draws, p=nodes.weight)
    rank = np.empty((draws, G), dtype=np.int32)
    for part in np.array_split(np.arange(draws), max(1, draws * G // 2_000_000)):
        m, r = nodes.mean[node[part], None], nodes.rate[node[part], None]
        drawn = rng.standard_gamma(y[order] + r * m) / (e[order] + r)
        rank[part] = np.argsort(np.argsort(-drawn, axis=1), axis=1) + 1
    tail = (1 - options.ci_level) / 2
    cut = np.searchsorted(member[order], np.arange(len(pairs) + 1))
    shared = [rank[:, cut[i] : cut[i + 1]] for i in range(len(pairs))]
    ends = np.array([np.quantile(s, [tail, 1 - tail], method="inverted_cdf") for s in shared])
    columns = {
        "expected_rank": np.array([s.mean() for s in shared]),
        "rank_low": ends[:, 0].astype(int),
        "rank_high": ends[:, 1].astype(int),
        "p_top": np.array([(s <= top).mean() for s in shared]),
        "p_bottom": np.array([(s > G - top).mean() for s in shared]),
    }
    return {k: v[member] for k, v in columns.items()}


def _summary(frame: pd.DataFrame, unit: str | None, prior: gp.Prior, options: _Options) -> dict[str, Any]:
    y, e, per = frame["events"].to_numpy(dtype=float), frame["exposure"].to_numpy(), options.unit
    low, high = gp.profile_limits(y, e, prior, options.ci_level)
    cv_low, cv_high = np.sqrt(gp.profile_limits(y, e, prior, options.ci_level, relative=True))
    return {
        "groups": len(y),
        "events": int(y.sum()),
        **summed(float(frame["months"].sum()), unit),
        "prior_mean": per * prior.mean,
        "prior_variance": per**2 * prior.variance,
        "variance_low": per**2 * low,
        "variance_high": per**2 * high,
        "prior_cv": float(np.sqrt(prior.relative)),
        "cv_low": float(cv_low),
        "cv_high": float(cv_high),
        "lr": prior.ratio,
        "p_value": prior.p_value,
        "uncertainty": options.uncertainty,
        "top": options.top,
        "ci_level": options.ci_level,
    }


def _warnings(
    given: Table, h: Tally, table: pd.DataFrame, prior: gp.Prior, lost: dict[str, list[str]], options: _Options
) -> tuple[str, ...]:
    messages = []
    if prior.relative == 0:
        rate = f"{options.unit * prior.mean:.3g}"
        pooled = f"the estimated variance between groups is zero, and every group's rate the pooled one, {rate}"
        rest = {
            "integrated": " The estimates still differ a little, since the data do not exclude a variance above zero.",
            "bootstrap": " The estimates still differ a little, since some bootstrap samples have a variance.",
            "none": " The limits are the exact ones of the pooled rate; ranks say nothing.",
        }[options.uncertainty]
        messages.append(f"The raw rates differ no more than by chance: {pooled}.{rest}")
    few = int((table["events"] < FEW).sum())
    if few:
        own = "its own rate says" if few == 1 else "their own rates say"
        messages.append(f"{few} of {len(table)} groups {agreed(few, 'has')} fewer than five events: {own} little.")
    if len(table) < 5 or (table["events"] > 0).sum() < 3:
        messages.append(
            "So few groups (with events) say little about the variance between groups; limits rest on the prior."
        )
    messages += [*(f"{message}." for message in names_alike(h.groups)), *h.warnings]
    messages += [f"{len(v)} left out, {k}: {', '.join(v)}." for k, v in lost.items()]
    messages += left_out_lines(h.exclusions)
    who = given.person
    if who is not None:
        acts = given.frame[who].iloc[h.rows[h.total() > 0]].value_counts()
        if (acts > 1).any():
            n = int((acts > 1).sum())
            messages.append(f"Persons with more than one act: {n}. Their acts are counted as independent.")
    return tuple(messages)
