"""Acts, time at risk and dated events -> whether the rate is higher after events, judged against placebo dates.

Events are few and come in bunches, so that a model's standard error says little. Here the dates are moved instead, and
the rate after the true dates is compared with the rates after the moved ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts import Cohort
from clemency.records import dates as edtf
from clemency.records.arguments.days import Lasting, duration
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed, counted, left_out
from clemency.records.presentation.wording import ratio as said_ratio
from clemency.records.schema import EVENTS
from clemency.records.tables.frames import checked_frame
from clemency.typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHUNK = 20_000_000  # days in one block of redrawn calendars


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """Result of `placebo`.

    Attributes
    ----------
    summary : dict
        The content of :meth:`tidy`.
    statistics : ndarray, shape (m,)
        Statistic of each placebo calendar; of shifts the first one is none, the true calendar.
    ratios : ndarray, shape (m,)
        Rate ratio of each placebo calendar.
    exclusions : DataFrame
        ``item, date, reason``: events that do not count.
    """

    summary: dict[str, object]
    statistics: Floats
    ratios: Floats
    exclusions: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """One row: ``ratio, statistic, p_value, acts_after, acts, share_of_time, n_events, placebos, scheme`` ...

        Events of one day count as one in ``n_days``, and one by one in ``n_events``.
        """
        return pd.DataFrame([self.summary])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Distribution of the rate ratio over placebo dates, with that of the true ones."""
        import matplotlib.pyplot as plt

        from clemency.figures.style import ACCENT, COLOURS, QUIET, keep, style

        with style():
            if ax is None:
                _, ax = plt.subplots(figsize=(7.2, 3.4))
            drawn = self.ratios[np.isfinite(self.ratios)]  # infinite where every act is in exposed time
            ax.hist(drawn, bins=40, color=COLOURS[0], alpha=0.55)
            hidden = len(self.ratios) - len(drawn)
            if hidden:
                text = f"{counted(hidden, 'placebo calendar')} without a finite ratio {agreed(hidden, 'is')} not drawn"
                ax.text(1, 1, text, transform=ax.transAxes, ha="right", va="top", fontsize=8, color=QUIET)
            true = float(str(self.summary["ratio"]))
            if np.isfinite(true):
                ax.axvline(true, color=ACCENT, lw=2)
            ax.set(xlabel="rate after events / rate at other times", ylabel="placebo calendars")
            frame = pd.DataFrame({"ratio": self.ratios})
            given = said_ratio(true) if np.isfinite(true) else "no finite ratio"
            alt = f"Rate ratios under placebo dates; the true dates give {given}."
            return keep(ax, frame, alt=alt)

    def __repr__(self) -> str:
        s = self.summary
        return (
            f"Rate of acts in the {s['window']} after {counted(s['n_events'], 'event')}: {s['ratio']:.3g} times "
            "that at other "
            f"times ({s['acts_after']} of {counted(s['acts'], 'act')}, {s['share_of_time']:.0%} of the time at risk).\n"
            f"p = {s['p_value']:.3f} against {counted(s['placebos'], 'placebo calendar')} ({s['scheme']})."
            + "".join(f"\n{note}" for note in left_out(self.exclusions))
        )

    def _repr_html_(self) -> str:
        return as_html(repr(self))


@typed
def placebo(
    cohort: Cohort,
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
    cohort : Cohort
        Its spells say who was at risk on which day, and when acts were made.
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

    References
    ----------
    Fisher, The Design of Experiments (1935). Rosenbaum, Observational Studies (2002), chapter 2.

    Examples
    --------
    >>> import clemency as cl
    >>> events = cl.load("events")
    >>> made = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", clock="sentence")
    >>> found = placebo(made, events[(events["partner"] == "US") & (events["event_type"] == "summit")])
    >>> bool(0 < found.tidy()["p_value"][0] <= 1)
    True
    """
    if scheme not in ("shift", "gaps"):
        raise UsageError(f"scheme={scheme!r} is not one of: shift, gaps.")
    length = duration(window, "window")
    if repetitions < 1:
        raise UsageError(f"repetitions={repetitions} must be 1 or more.")
    if outcome is None and len(cohort.rules.outcome) > 1:
        kinds = ", ".join(cohort.rules.outcome)
        raise UsageError(
            f"The cohort has several outcomes ({kinds}): say with outcome= which, or name all to add them up."
        )
    names = [outcome] if isinstance(outcome, str) else list(outcome or cohort.rules.outcome)
    unknown = [n for n in names if n not in cohort.events]
    if unknown:
        raise UsageError(f"outcome {unknown[0]!r} is not an event of the cohort: {', '.join(cohort.events)}.")
    first, acts, risk = _calendar(cohort, names)
    placed, exclusions = _placed(events, first - length, first + len(risk) - 2)
    if not len(placed):
        raise DataError([Problem("events", None, "date", "", "no event falls into the time at risk", "Choose others.")])
    inside = np.unique(placed) - first
    exposed = _covered(inside[None, :], length, len(risk))[0]
    true, ratio, after, share = _statistics(exposed[None, :], acts, risk)
    if scheme == "shift":
        statistics, ratios = _shifted(exposed, acts, risk)
        p = float(np.mean(np.abs(statistics) >= abs(true[0]) - 1e-9))
    else:
        statistics, ratios = _reordered(inside, length, acts, risk, repetitions, seed)
        p = float((1 + np.sum(np.abs(statistics) >= abs(true[0]) - 1e-9)) / (1 + len(statistics)))
    summary = {
        "ratio": float(ratio[0]),
        "statistic": float(true[0]),
        "p_value": p,
        "acts_after": int(after[0]),
        "acts": int(acts.sum()),
        "share_of_time": float(share[0]),
        "n_events": len(placed),
        "n_days": len(inside),
        "placebos": len(statistics),
        "scheme": scheme,
        "window": window if isinstance(window, str) else f"{length} days",
    }
    return Placebo(summary, statistics, ratios, exclusions)


def _placed(events: pd.DataFrame, earliest: int, latest: int) -> tuple[NDArray[np.int64], pd.DataFrame]:
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


def _calendar(cohort: Cohort, names: list[str]) -> tuple[int, Floats, Floats]:
    """First day, acts per day and people at risk per day."""
    spells = cohort.spells
    if not len(spells):
        raise DataError([Problem("cohort", None, "", "", "nobody is at risk", "Make another cohort.")])
    start, stop = (np.floor(v).astype("int64") for v in cohort._days())
    first, last = int(start.min()) + 1, int(stop.max())
    change = np.bincount(start + 1 - first, minlength=last - first + 2)[: last - first + 2].astype(np.float64)
    change -= np.bincount(stop + 1 - first, minlength=last - first + 2)[: last - first + 2]
    hit = spells["event"].isin(names).to_numpy()
    acts = np.bincount(np.maximum(stop[hit] - first, 0), minlength=last - first + 1).astype(np.float64)
    if not acts.sum():
        raise DataError([Problem("cohort", None, "event", "", "no act is in the cohort", "Choose another outcome.")])
    return first, acts, np.cumsum(change)[:-1]


def _covered(days: NDArray[np.int64], length: int, size: int) -> NDArray[np.bool_]:
    """Days in (event, event + length] of each row of events, shape (m, size)."""
    m = len(days)
    change = np.zeros((m, size + 1), dtype=np.int32)
    row = np.repeat(np.arange(m), days.shape[1])
    np.add.at(change, (row, np.clip(days + 1, 0, size).ravel()), 1)
    np.add.at(change, (row, np.clip(days + 1 + length, 0, size).ravel()), -1)
    return np.cumsum(change, axis=1)[:, :size] > 0


def _statistics(exposed: NDArray[np.bool_], acts: Floats, risk: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Statistic, rate ratio, acts in exposed time and its share, each of shape (m,)."""
    after, time = exposed @ acts, exposed @ risk
    return _compared(after, time, float(acts.sum()), float(risk.sum()))


def _compared(after: Floats, time: Floats, acts: float, risk: float) -> tuple[Floats, Floats, Floats, Floats]:
    share = time / risk
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (after - acts * share) / np.sqrt(acts * share * (1 - share))
        ratio = (after / time) / ((acts - after) / (risk - time))
    usable = (share > 0) & (share < 1)
    return np.where(usable, statistic, 0.0), np.where(usable, ratio, np.nan), after, share


def _shifted(exposed: NDArray[np.bool_], acts: Floats, risk: Floats) -> tuple[Floats, Floats]:
    """Statistics of every circular shift of the exposed days, the true calendar first."""
    turned = np.conj(np.fft.rfft(exposed.astype(np.float64)))
    n = len(exposed)
    after = np.rint(np.fft.irfft(turned * np.fft.rfft(acts), n))
    time = np.rint(np.fft.irfft(turned * np.fft.rfft(risk), n))
    found = _compared(after, time, float(acts.sum()), float(risk.sum()))
    return found[0], found[1]


def _reordered(
    days: NDArray[np.int64], length: int, acts: Floats, risk: Floats, repetitions: int, seed: int
) -> tuple[Floats, Floats]:
    """Statistics of calendars in which the distances between events come in another order."""
    if len(days) < 3:
        raise UsageError("The order of the distances needs at least three events: use scheme='shift'.")
    random = np.random.default_rng(seed)
    n = len(risk)
    gaps = np.diff(np.r_[-length - 1, days, n - 1])  # events may lie from day -length to day n - 2
    parts = []
    size = max(1, min(repetitions, _CHUNK // n))
    for begin in range(0, repetitions, size):
        order = random.permuted(np.tile(gaps, (min(size, repetitions - begin), 1)), axis=1)
        drawn = np.cumsum(order, axis=1)[:, :-1] - length - 1
        parts.append(_statistics(_covered(drawn, length, n), acts, risk)[:2])
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
