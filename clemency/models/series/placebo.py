"""Acts, time at risk and dated events -> whether the rate is higher after events, judged against placebo dates.

Events are few and come in bunches, so that a model's standard error says little. Here the dates are moved instead, and
the rate after the true dates is compared with the rates after the moved ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, ImputedCohort
from clemency.cohorts.ratetables.ratetable import RateTable
from clemency.figures.theme.look import plotted
from clemency.models.imputation.rubin import spread
from clemency.models.series.placebodates import (
    Comparison,
    calendars,
    compared,
    covered,
    joined,
    p_values,
    reordered,
    shifted,
)
from clemency.records import dates as edtf
from clemency.records.arguments.days import Lasting, duration
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.translation import tr
from clemency.records.presentation.wording import counted, left_out
from clemency.records.presentation.wording import ratio as said_ratio
from clemency.records.schema import EVENTS
from clemency.records.tables.frames import checked_frame
from clemency.typing import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """Result of `placebo`.

    Attributes
    ----------
    facts : dict
        The content of :meth:`tidy`.
    statistics : ndarray, shape (m,)
        Statistic of each placebo calendar; with shifts the first is that of the true calendar.
    ratios : ndarray, shape (m,)
        Rate ratio of each placebo calendar.
    exclusions : DataFrame
        ``item, date, reason``: events that do not count.
    imputations : DataFrame or None
        Of an imputed cohort, one row for each imputation: ``imputation, ratio, statistic, p_value, acts_after, acts,
        share_of_time``, as if it were the only one.
    """

    facts: dict[str, object]
    statistics: Floats
    ratios: Floats
    exclusions: pd.DataFrame
    imputations: pd.DataFrame | None = None

    def tidy(self) -> pd.DataFrame:
        """One row: ``ratio, statistic, p_value, acts_after, acts, share_of_time, n_events, placebos, scheme`` ...

        Events of one day count as one in ``n_days``, and one by one in ``n_events``. Of an imputed cohort,
        ``acts_after``, ``acts`` and ``share_of_time`` are means over the imputations, and there are ``m``; the
        smallest and largest number of acts, ``acts_min, acts_max``; and ``p_error``, the Monte Carlo error of the p
        value: 0 for shifts, which are gone through one by one.
        """
        return pd.DataFrame([self.facts])

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Distribution of the rate ratio over placebo dates, with that of the true ones.

        Options: ``title, palette``, see :class:`clemency.figures.Look`.
        """
        from clemency.figures import placebo_ratios

        true = float(str(self.facts["ratio"]))
        given = said_ratio(true) if np.isfinite(true) else tr("no finite ratio")
        alt = tr("Rate ratios under placebo dates; the true dates give {ratio}.", ratio=given)
        asked = plotted(options, placebo_ratios)
        return placebo_ratios(pd.DataFrame({"ratio": self.ratios}), true, ax, alt=alt, **asked)

    def __repr__(self) -> str:
        s = self.facts
        acts = f"{s['acts_after']} of {counted(s['acts'], 'act')}"
        if self.imputations is not None:
            acts = f"{s['acts_after']:.4g} of {s['acts']:.4g} acts, means of {s['m']} imputations"
        ratio = float(str(s["ratio"]))
        times = f"{ratio:.3g} times that at other times" if np.isfinite(ratio) else "no ratio, as no act fell elsewhere"
        return (
            f"Rate of acts in the {s['window']} after {counted(s['n_events'], 'event')}: {times} "
            f"({acts}, {s['share_of_time']:.0%} of the time at risk).\n"
            f"p = {s['p_value']:.3f} against {counted(s['placebos'], 'placebo calendar')} ({s['scheme']})."
            + "".join(f"\n{note}" for note in [*self._few(), *self._spread(), *left_out(self.exclusions)])
        )

    def _few(self) -> list[str]:
        """Whether the times to compare with are too short to hold an act."""
        acts, share = (float(str(self.facts[k])) for k in ("acts", "share_of_time"))
        if acts * (1 - share) >= 1:
            return []
        return [
            f"Other times are {100 * (1 - share):.2g}% of the time at risk, where not even one of so many acts is to "
            "be expected by chance: take a shorter window, or fewer events."
        ]

    def _spread(self) -> list[str]:
        """Range of the results of single imputations."""
        if self.imputations is None:
            return []
        p = self.imputations["p_value"]
        error = float(str(self.facts["p_error"]))
        told = f" Monte Carlo error of p: {error:.2g}." if error else ""
        return [
            "The statistic of every calendar is its mean over the imputations; each of them alone would give p of "
            f"{p.min():.3f} to {p.max():.3f}.{told}"
        ]

    def _repr_html_(self) -> str:
        return as_html(repr(self))


@typed
def placebo(
    cohort: Cohort | ImputedCohort | RateTable,
    events: pd.DataFrame,
    *,
    outcome: str | Sequence[str] | None = None,
    window: Lasting = "180D",
    scheme: str = "shift",
    repetitions: int = 9999,
    seed: int = 0,
) -> Placebo:
    """Compare the rate of acts after events with that after placebo dates.

    Parameters
    ----------
    cohort : Cohort, ImputedCohort or RateTable
        Its spells say who was at risk on which day, and when acts were made; a rate table needs ``calendar="D"``.
    events : DataFrame
        Rows of `events`, or any frame with a column ``date`` of EDTF texts or days; of an event not dated to the day
        the latest possible day counts, as in `Cohort.expose`. Those without one, and those whose window ends before the
        first day at risk or begins after the last, are in ``exclusions``.
    outcome : str or sequence of str, optional
        Acts that count; the cohort's outcome by default, if it has one only.
    window : str or timedelta
        Time after an event that counts as exposed, (date, date + window]: as in `Cohort.expose`.
    scheme : {"shift", "gaps"}
        ``shift`` moves all dates together along the calendar, what falls off its end coming in at its beginning: it
        keeps the number of events, their types and all distances between them, and goes through every day, so that
        nothing is random. ``gaps`` puts the distances between events in random order, with those from the beginning of
        the calendar to the first and from the last to its end among them: no window is carried over its end.
    repetitions, seed : int
        For ``gaps``.

    Returns
    -------
    Placebo

    Raises
    ------
    UsageError
        For levels, a window or a scheme that are not there, or fewer than three events for ``gaps``.
    DataError
        If no act, no event or no time at risk falls into the calendar.

    Notes
    -----
    The statistic is (a - A q) / sqrt(A q (1 - q)): of A acts, a are in the exposed share q of the person-days. The p
    value is two-sided, the share of calendars, the true one among them, whose statistic is at least as far from zero.
    It holds whatever the distribution of acts if the calendar of events might as well have been any of the others. A
    trend shared by acts and events breaks that; look at the figure of both before you believe a small p value.

    ``shift`` is exact where each of the shifts is as likely as any other: the true calendar is one of them, and ties
    count against it. Its windows are carried over the end of the calendar, so that all placebo calendars have as many
    exposed days as the true one. ``gaps`` is exact where all orders of the distances are equally likely, as they are
    if the days of events are a random sample of all days from one window before the first day at risk to the day
    before the last.

    Of an imputed cohort, the statistic of each calendar, of the true one and of every placebo calendar alike, is the
    mean over the imputations of that calendar's statistics. Acts and time at risk, the draws among them, are then one
    fixed set of data to which all calendars are put, so that the test is as exact as with whole dates whatever the
    number of imputations; more of them only let the answer depend less on the seed. All imputations have one calendar,
    from the first day at risk in any to the last in any. The ratio is that of the mean numbers of acts over the mean
    times at risk.

    References
    ----------
    Fisher, The Design of Experiments (1935). Rosenbaum, Observational Studies (2002), chapter 2.

    Examples
    --------
    >>> import clemency as cl
    >>> events = cl.load("events")
    >>> cohort = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")
    >>> found = placebo(cohort, events[(events["partner"] == "US") & (events["event_type"] == "summit")])
    >>> bool(0 < found.tidy()["p_value"][0] <= 1)
    True
    """
    length = duration(window, "window")
    names = _outcomes(cohort, outcome, scheme, repetitions)
    cohorts = cohort.cohorts if isinstance(cohort, ImputedCohort) else (cohort,)
    first, acts, risk = calendars(cohorts, names)
    placed, exclusions = _placed(events, first - length, first + len(risk) - 2)
    if not len(placed):
        raise DataError([Problem("events", None, "date", "", "no event falls into the time at risk", "Choose others.")])
    inside = np.unique(placed) - first
    exposed = covered(inside[None, :], length, len(risk))[0]
    true = compared(exposed @ acts, exposed @ risk, acts, risk)
    _refuse_whole(true.share, str(window))
    if scheme == "shift":
        moved = shifted(exposed, acts, risk)
    else:
        moved = reordered(inside, length, acts, risk, repetitions, seed)
    pooled, statistics = joined(true), joined(moved)
    p, error = p_values(pooled.statistic, statistics.statistic, scheme)
    summary: dict[str, object] = {
        "ratio": float(pooled.ratio),
        "statistic": float(pooled.statistic),
        "p_value": float(p),
        "acts_after": int(pooled.after),
        "acts": int(acts[:, 0].sum()),
        "share_of_time": float(pooled.share),
        "n_events": len(placed),
        "n_days": len(inside),
        "placebos": len(statistics.statistic),
        "scheme": scheme,
        "window": window if isinstance(window, str) else f"{length} days",
    }
    if not isinstance(cohort, ImputedCohort):
        return Placebo(summary, statistics.statistic, statistics.ratio, exclusions)
    each = _each(true, p_values(true.statistic, moved.statistic, scheme)[0])
    totals = acts.sum(axis=0)
    summary |= {"acts_after": float(pooled.after), "acts": float(spread(totals)[0]), "m": cohort.m}
    summary |= {"acts_min": int(totals.min()), "acts_max": int(totals.max()), "p_error": float(error)}
    return Placebo(summary, statistics.statistic, statistics.ratio, exclusions, each)


def _outcomes(
    cohort: Cohort | ImputedCohort | RateTable,
    outcome: str | Sequence[str] | None,
    scheme: str,
    repetitions: int,
) -> list[str]:
    """Acts that count, where the other arguments can be honoured too."""
    if scheme not in ("shift", "gaps"):
        raise UsageError(f"scheme={scheme!r} is not one of: shift, gaps.")
    if repetitions < 1:
        raise UsageError(f"repetitions={repetitions} must be 1 or more.")
    if isinstance(cohort, RateTable) and cohort.calendar != "D":
        raise UsageError(
            f"The table has calendar={cohort.calendar!r}: make it with calendar='D', since events have days."
        )
    acts, levels = (
        (cohort.outcomes, list(cohort.outcomes))
        if isinstance(cohort, RateTable)
        else (cohort.rules.outcome, cohort.events)
    )
    if outcome is None and len(acts) > 1:
        kinds = ", ".join(acts)
        raise UsageError(
            f"The cohort has several outcomes ({kinds}): say with outcome= which, or name all to add them up."
        )
    names = [outcome] if isinstance(outcome, str) else list(outcome or acts)
    unknown = [n for n in names if n not in levels]
    if unknown:
        raise UsageError(f"outcome {unknown[0]!r} is not an event of the cohort: {', '.join(levels)}.")
    return names


def _refuse_whole(share: Floats, window: str) -> None:
    """Refuse windows that leave no time at risk outside them."""
    if np.any(share >= 1):
        raise UsageError(
            f"window={window!r} after each event covers all of the time at risk, which leaves none to compare with: "
            "take a shorter window, or fewer events."
        )


def _placed(events: pd.DataFrame, earliest: int, latest: int) -> tuple[Ints, pd.DataFrame]:
    """Days since 1970 of events with a window that somebody at risk is in, and the other events with the reason."""
    if "date" not in events:
        raise UsageError("The events have no column 'date'.")
    events = checked_frame(events, EVENTS, dates=("date",), keyed=True)
    known = edtf.bounds(events["date"], table="events").latest
    undated, day = np.isnat(known), known.astype("int64")
    reason = np.select(
        [undated, (day < earliest) | (day > latest)],
        ["event without a last day", "window outside the time at risk"],
        default="",
    )
    ids = events["event_id"] if "event_id" in events else events["date"]
    left = pd.DataFrame(
        {"item": ids.astype("string").to_numpy(), "date": events["date"].astype("string").to_numpy(), "reason": reason}
    )
    return day[reason == ""], left[reason != ""].reset_index(drop=True)


def _each(true: Comparison, p: Floats) -> pd.DataFrame:
    columns = {"ratio": true.ratio, "statistic": true.statistic, "p_value": p, "acts_after": true.after.astype(int)}
    columns |= {"acts": true.acts.astype(int), "share_of_time": true.share}
    return pd.DataFrame({"imputation": np.arange(1, len(p) + 1)} | columns)
