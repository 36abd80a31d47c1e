"""Acts, time at risk and dated events -> rates before and after events, or before and after one break.

Both are descriptions of one series of rates. That acts are more frequent after events than before them is an
association; the test of the leads shows whether they were more frequent already before the events came.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.models.imputation.repeated import imputation
from clemency.models.series.calendar import (
    PER_YEAR,
    PERIODS,
    check_missing,
    event_counts,
    every_row,
    knows_risk,
    recorded,
    season_columns,
    shared,
    span_of,
    trend_columns,
    whole,
)
from clemency.models.series.estimate import Breaks, SeriesEstimate, Shifts, exact_break
from clemency.models.series.pooledseries import pool_series
from clemency.models.series.seriesfit import Options, Terms, fitted
from clemency.records.arguments.days import When, edtf_text, first_day, last_day
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.typing import Bools, Floats, Ints


@typed
def event_study(
    data: Cohort | ImputedCohort | RateTable | pd.DataFrame,
    events: pd.DataFrame,
    *,
    outcome: str | Sequence[str] | None = None,
    freq: str = "Q",
    leads: int = 4,
    lags: int = 4,
    base: int | None = -1,
    model: str = "poisson",
    season: bool | None = None,
    trend: str | None = "linear",
    hac: int | None = 0,
    small: bool = True,
    start: When | None = None,
    end: When | None = None,
    dates: str = "period",
    missing: str | None = None,
    ci_level: float = 0.95,
) -> SeriesEstimate:
    """Rates of acts in the periods before and after events.

    Parameters
    ----------
    data : Cohort, ImputedCohort, RateTable or DataFrame
        A rate table has the periods of `freq`. A frame has one or more rows for every period: ``quarter`` (``year``,
        ``month``), ``months`` at risk, counts.
    events : DataFrame
        Rows of `events`, or any frame with a column ``date`` in EDTF. Leave out types that are acts themselves, such as
        ``prisoner_release_deal``.
    outcome : str or sequence of str, optional
        Acts that count, added up; the cohort's outcome by default, if it has one only.
    freq : {"Q", "Y", "M"}
        Length of a period.
    leads, lags : int
        Periods before and after an event with a coefficient; lag 0 is the event's own period, in which some acts came
        before it.
    base : int or None
        Period relative to an event without a coefficient, -1 by default, the one before it. With None it has one too.
    model : {"poisson", "negbin"}
        ``negbin`` has variance mu + alpha mu^2 with alpha by maximum likelihood.
    season : bool, optional
        Columns for quarters (months) of the year; by default unless `freq` is ``"Y"``.
    trend : {"linear", "spline"} or None
        ``spline`` is a natural cubic spline with 4 columns.
    hac : int or None
        Lags of Newey and West's covariance; 0 by default, since more of them made the tests reject too often in every
        series that was simulated (see the notes). None takes the whole part of 4 (n / 100)^(2/9).
    small : bool
        Correct the scores for leverage (without lags this is HC3), and use t and F with n - p degrees of freedom
        instead of normal and chi-squared.
    start, end : str, date or Period, optional
        Dates between which the list of events is complete; from the first to the last event by default,
        because no event is known to be missing only where some are listed.
    dates : {"period", "latest"}
        Leave out events that are not dated to one period, or put them at the last day that they can mean, which makes
        effects look like leads.
    missing : {"zero"}, optional
        What a period means that has no row, between the first and the last row of a frame; or, where columns tell
        groups apart (provinces), no row in one of them. It is refused unless this says that it had no acts, and the
        time at risk that all others have. Where that is not the same in all, or nobody was at risk (``months`` of 0),
        only a row can say so. In a cohort nobody is at risk then.
    ci_level : float

    Returns
    -------
    SeriesEstimate or ImputedSeries
        ``tidy()`` has the terms ``lead 4`` ... ``lag 4``, then season and trend; ``tests`` the joint tests.

    Raises
    ------
    UsageError
        For an argument that cannot be honoured, or more coefficients than periods.
    DataError
        If the panel cannot be used, no act or no event is left.

    Notes
    -----
    log rate(t) = a + season + trend + sum over k of b(k) N(t - k), with N the number of events in a period: b(k) is the
    log rate ratio per event, k periods after it (before it where negative). b(base) is 0. Where events recur this is
    an assumption and not a mere choice of unit: rates are compared with those of periods that no window reaches
    together with those that lie at the base. ``base=None`` does without it.

    The test of the leads is a test of zero for all leads but the base. A pre-trend that it does not find may still be
    there: with few acts it finds little.

    Tests with these errors reject too often where periods are few. Share of 400 simulated series without any effect
    (100 quarters, 3 acts a quarter, log rate autocorrelated by 0.5 with standard deviation 0.4, 0.4 events a quarter
    that come independently or in bunches) in which a test at 5% rejected:

    ==========================  ==================  ==================
    .                           leads, independent  leads, in bunches
    ==========================  ==================  ==================
    ``small=False``             17%                 24%
    ``hac=None``                8%                  11%
    the default                 5%                  7%
    `SeriesEstimate.placebo`    5%                  4%
    ==========================  ==================  ==================

    Report the placebo test beside the others. It holds in samples of any size if the calendar of events might as well
    have been shifted; it takes a second or two.

    A lag whose periods hold no act has no finite ratio: its estimate is -inf, without limits, and it is named among
    the warnings. Joint tests leave it out.

    Each imputation of an imputed cohort is fitted on the same periods, those in which somebody is at risk in all, and
    the fits are pooled: see `ImputedSeries`.

    References
    ----------
    Newey and West, Econometrica 55 (1987), 703-708. Schmidheiny and Siegloch, Journal of Applied Econometrics 38
    (2023), 695-713, on what the base means where events recur.

    Examples
    --------
    >>> import clemency as cl
    >>> us = cl.load("events").query("partner == 'US' and event_type == 'human_rights_dialogue'")
    >>> cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")
    >>> fit = cl.event_study(cohort, us, leads=2, lags=2, start="1999", end="2019")
    >>> fit.tidy()["term"].head(4).tolist()
    ['lead 2', 'lag 0', 'lag 1', 'lag 2']
    >>> fit.tests["test"].tolist()
    ['leads', 'lags']
    """
    options = Options(freq, model, _seasonal(freq, season), trend, hac, bool(small), ci_level)
    _check_options(options, ("linear", "spline", None))
    offsets = _window(leads, lags, base)
    leads, lags = int(leads), int(lags)
    check_missing(data, missing)
    series = _every_series(data, outcome, freq)
    counts, left = event_counts(events, freq, dates)
    if start is None and end is None and len(counts) <= leads + lags:
        raise UsageError(
            f"The events span {counted(len(counts), 'period')}. Say between which dates the list of events is "
            "complete: "
            "start=, end=."
        )
    span = span_of(counts.index, start, end, freq)
    number = counts.reindex(span, fill_value=0).to_numpy(dtype=float)
    if not knows_risk(data):
        there = series[0].index
        first, last = max(span[0], there[0]), min(span[-1], there[-1])
        both = pd.period_range(first, last, freq=freq)
        series = [every_row(data, series[0], outcome, both, freq, missing)]
    tables, unused = shared(series, span, lags, leads, knows_risk(data))
    place = tables[0]["place"].to_numpy(dtype=np.intp)
    left = pd.concat([left, _lost(counts[~counts.index.isin(span)]), unused], ignore_index=True)
    groups = {"leads": [_name(k) for k in offsets if k < 0], "lags": [_name(k) for k in offsets if k >= 0]}
    terms = Terms(
        columns={_name(k): number[place - k] for k in offsets},
        rest=_rest(tables[0].index, place, options),
        groups={k: v for k, v in groups.items() if v},
    )
    shifts = Shifts(number, tuple(offsets), terms.beside(len(place)))
    fits = []
    for k, table in enumerate(tables, 1):
        with imputation(k, len(tables)):
            counted_events = table.assign(n_events=number[place].astype(int))
            fits.append(fitted(counted_events, terms, left, options, {"base": base}, shifts))
    return _one(data, fits)


@typed
def interrupted(
    data: Cohort | ImputedCohort | RateTable | pd.DataFrame,
    *,
    at: When,
    outcome: str | Sequence[str] | None = None,
    freq: str = "Q",
    model: str = "poisson",
    season: bool | None = None,
    trend: str | None = "linear",
    hac: int | None = 2,
    small: bool = True,
    start: When | None = None,
    end: When | None = None,
    missing: str | None = None,
    ci_level: float = 0.95,
) -> SeriesEstimate:
    """Interrupted time series: change of level and slope of the rate of acts at a date.

    Parameters
    ----------
    data, outcome, freq, model, season, small, ci_level
        As in `event_study`.
    hac : int or None
        Lags of Newey and West's covariance, 2 by default: in simulated series it was never far from the best number of
        lags, and none kept its size (see the notes). None takes the whole part of 4 (n / 100)^(2/9).
    at : str, date or Period
        Date of the break. A period belongs to the time after it if it begins on it or later; the period that
        holds it is left out unless it begins on it.
    trend : {"linear"} or None
        With a linear trend there is a slope, and a change of it; with None a change of level only.
    start, end : str, date or Period, optional
        As in `event_study`; all periods with somebody at risk by default (in every imputation, if there are several). A
        few years on both sides are better than all: the trend before the break is drawn on as a straight line.
    missing : {"zero"}, optional
        As in `event_study`, and for the periods from `start` to `end`.

    Returns
    -------
    SeriesEstimate or ImputedSeries
        Terms ``level`` (log rate ratio at the break), ``slope`` (change of the log rate per year), ``trend``, season.

    Raises
    ------
    UsageError
        For an argument that cannot be honoured, or fewer than two periods on a side.
    DataError
        If the panel cannot be used or holds no act.

    Notes
    -----
    Whatever else changed at that time is in the change of level too: one series has no control. With ``trend=None``
    ``tests`` has an exact test too, binomial given all acts (statistic: acts after the break), which knows no season
    and no serial correlation but needs no large sample; `SeriesEstimate.placebo` sets the break beside others.

    No number of lags makes the test of the break keep its size where quarters are autocorrelated. Share of 500 series
    without any break, of 3 acts a quarter, in which a test at 5% of level and slope, then of the level only, rejected:
    quarters independent, or the log rate autocorrelated by 0.5 with standard deviation 0.4.

    ================  ============  ============  ============  ============  ============
    .                 independent,  autocor-      autocor-      autocor-      autocor-
                      100 quarters  related, 40   related, 60   related, 100  related, 200
    ================  ============  ============  ============  ============  ============
    ``hac=0``         5%, 4%        9%, 9%        14%, 11%      15%, 11%      16%, 12%
    2, the default    8%, 5%        14%, 8%       15%, 8%       14%, 8%       12%, 9%
    ``hac=None``      11%, 6%       16%, 9%       19%, 8%       16%, 8%       12%, 8%
    ================  ============  ============  ============  ============  ============

    With 10 acts a quarter the three rejected in 25%, 19% and 22% of 100 quarters (level only: 18%, 11%, 10%), with an
    autocorrelation of 0.8 in 32%, 28% and 28% (25%, 19%, 17%). The exact test takes runs of good and bad quarters for
    a break: 10% and 21% (independent and autocorrelated, 100 quarters). `SeriesEstimate.placebo` rejected in 3%, 3%
    and 2%, 3% of 400 series. Report it, and no small p value of the others without it.

    Imputations of a cohort are fitted and pooled as in `event_study`. The exact test needs one number of acts after the
    break, and is given where the imputations agree about it; ``placebo()`` is exact whatever they say.

    The shipped cases hardly reach the break of mid-1995, when officials stopped to answer questions about prisoners: of
    1990 to 1999 the cohort of first acts since sentence holds five, all medical paroles. The model with slopes is
    refused; without slopes and season the rate after is 1.3 times that before (0.2 to 9), exact p = 1.

    References
    ----------
    Wagner, Soumerai, Zhang and Ross-Degnan, Journal of Clinical Pharmacy and Therapeutics 27 (2002), 299-309.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"year": [str(y) for y in range(2000, 2010)], "months": 100.0, "act": [4] * 5 + [8] * 5})
    >>> fit = interrupted(panel, at="2005-01-01", outcome="act", freq="Y", trend=None)
    >>> fit.tidy(exponentiate=True)[["term", "estimate"]].round(6).to_numpy().tolist()
    [['level', 2.0]]
    """
    options = Options(freq, model, _seasonal(freq, season), trend, hac, bool(small), ci_level)
    _check_options(options, ("linear", None))
    check_missing(data, missing)
    series = _every_series(data, outcome, freq)
    there = [own.index[own["months"] > 0] for own in series]
    span = span_of(functools.reduce(lambda one, other: one.intersection(other), there), start, end, freq)
    if not knows_risk(data):
        series = [every_row(data, series[0], outcome, span, freq, missing)]
    tables, unused = shared(series, span, 0, 0, knows_risk(data))
    table = tables[0]
    at = edtf_text(at, "at")
    before, after = _around(table.index, at)
    holds_break = ~(after | before)
    why = f"{PERIODS[freq]} that holds the break"
    unused = pd.concat(
        [unused, pd.DataFrame({"item": table.index[holds_break].astype(str), "reason": why})], ignore_index=True
    )
    zero = table["place"].to_numpy()[after].min()
    table, step = table[~holds_break], after[~holds_break].astype(np.float64)
    place = table["place"].to_numpy(dtype=np.intp)
    years = (place - zero) / PER_YEAR[freq]
    columns = {"level": step} | ({"slope": step * years} if trend else {})
    rest = ({"trend": years} if trend else {}) | _rest(table.index, place, replace(options, trend=None))
    terms = Terms(columns, rest, {"break": list(columns)})
    moves = Breaks(terms.beside(len(table)), trend is not None, int(zero))
    fits = []
    for k, own in enumerate(tables, 1):
        kept = own[~holds_break]
        with imputation(k, len(tables)):
            fit = fitted(kept, terms, unused, options, {"at": at}, moves)
        exact = [] if trend else [exact_break(kept, step)]
        fits.append(replace(fit, tests=pd.concat([fit.tests, *exact], ignore_index=True)))
    return _one(data, fits)


def _around(periods: pd.PeriodIndex, at: str) -> tuple[Bools, Bools]:
    """Which periods end before the break, and which begin on it or later; at least two each."""
    first, last = first_day(at, "at"), last_day(at, "at")
    begins = periods.start_time.to_numpy().astype("datetime64[D]")
    stops = periods.end_time.to_numpy().astype("datetime64[D]")
    after, before = begins >= last, stops < first
    if min(after.sum(), before.sum()) < 2:
        raise UsageError(
            f"at={at!r} leaves {counted(before.sum(), 'period')} before and {after.sum()} after; two on each side "
            "are needed."
        )
    return before, after


def _every_series(data: Any, outcome: Any, freq: str) -> list[pd.DataFrame]:
    """Acts and person-months by period, of each imputation where there are several."""
    cohorts = data.cohorts if isinstance(data, ImputedCohort) else (data,)
    series = []
    for k, one in enumerate(cohorts, 1):
        with imputation(k, len(cohorts)):
            series.append(recorded(one, outcome, freq))
    return series


def _one(data: Any, fits: list[SeriesEstimate]) -> Any:
    """The only fit, or those of an imputed cohort pooled."""
    return pool_series(fits) if isinstance(data, ImputedCohort) else fits[0]


def _seasonal(freq: str, season: bool | None) -> bool:
    """Whether there are terms of season, which years have none of."""
    return freq != "Y" if season is None else bool(season)


def _check_options(o: Options, trends: tuple[str | None, ...]) -> None:
    if o.freq not in PERIODS:
        raise UsageError(f"freq={o.freq!r} is not one of: Q, Y, M.")
    if o.model not in ("poisson", "negbin"):
        raise UsageError(f"model={o.model!r} is not one of: poisson, negbin.")
    if o.trend not in trends:
        raise UsageError(f"trend={o.trend!r} is not one of: {', '.join(map(str, trends))}.")
    if o.hac is not None and not whole(o.hac):
        raise UsageError(f"hac={o.hac!r} must be a whole number of lags, 0 or more.")
    if o.season and o.freq == "Y":
        raise UsageError("Years have no season: use season=False, or quarters.")


def _window(leads: int, lags: int, base: int | None) -> list[int]:
    for name, value in (("leads", leads), ("lags", lags)):
        if not whole(value):
            raise UsageError(f"{name}={value!r} must be a whole number, 0 or more.")
    leads, lags = int(leads), int(lags)
    if base is not None and base not in range(-leads, lags + 1) and not (base == -1 and not leads):
        raise UsageError(f"base={base!r} is not between {-leads} and {lags}; None gives every period a coefficient.")
    return [k for k in range(-int(leads), int(lags) + 1) if k != base]


def _name(k: int) -> str:
    return f"lag {k}" if k >= 0 else f"lead {-k}"


def _rest(period: pd.PeriodIndex, place: Ints, options: Options) -> dict[str, Floats]:
    """Terms of season and trend."""
    season = season_columns(period, options.freq) if options.season else {}
    return season | trend_columns(place, options.freq, options.trend)


def _lost(outside: pd.Series) -> pd.DataFrame:
    """One row for each event in periods outside of the span."""
    period = outside.index.repeat(outside.to_numpy()).astype(str)
    return pd.DataFrame({"item": [f"event of {p}" for p in period], "reason": "event not between start and end"})
