"""The cohort: an immutable table of spells with its exclusions, and the ways to cut it finer."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts.counts import by_frame, person_periods, person_time, summary
from clemency.cohorts.exposure.onset import onset_days, undated_problems
from clemency.cohorts.exposure.spells import Pieces, covered, cut, cut_each
from clemency.cohorts.exposure.windows import EACH_TYPE, event_windows, grouping
from clemency.cohorts.followup.actintervals import NO_ACTS, UNCLEAR, first_events, narrowed
from clemency.cohorts.followup.stops import as_timestamp, origin_days, since_last_act, snapped
from clemency.cohorts.inputs import CENSORED, noted, warned, with_more
from clemency.cohorts.keys import assigned, columns_of, near_misses
from clemency.cohorts.rules import Rules
from clemency.cohorts.timelines import Timed
from clemency.records.arguments.days import Lasting
from clemency.records.arguments.signatures import typed
from clemency.records.checks.plausible import spelled
from clemency.records.errors import DataError, UsageError
from clemency.records.presentation.wording import counted
from clemency.records.terms import DAYS_PER_MONTH

_PERIODS = {"Q": "quarter", "Y": "year", "M": "month"}
_FIXED = ("case_id", "person_id", "entry", "exit", "event", "origin")


@dataclass(frozen=True, slots=True)
class Cohort(Timed):
    """Person-time at risk.

    Attributes
    ----------
    spells : DataFrame
        One row per spell, (entry, exit] in months of 365.25/12 days since ``origin``; ``event`` is a
        categorical whose first level is ``censored``; then covariates.
    exclusions : DataFrame
        Columns ``case_id, reason``: every case that is not in ``spells``.
    rules : Rules
        The arguments with which it was made.
    n_cases : int
        Cases given; those in ``spells`` and those in ``exclusions`` add up to it.
    warnings : DataFrame
        ``table, row, case_id, column, value, message, remedy``: what the tables hold that cannot be true as it stands
        (see `check`), used as it is, and words that differ in their spelling alone and so are groups of their own;
        ``row`` counts from 0, missing where a whole column is meant.
    intake : DataFrame or None
        ``case_id, frame, acts_before``: every case given, how it became known, and whether it had an act among the
        outcomes before it could enter.
    first_acts : DataFrame or None, what `intervals` reads
    """

    spells: pd.DataFrame
    exclusions: pd.DataFrame
    rules: Rules
    n_cases: int
    warnings: pd.DataFrame = field(default_factory=lambda: warned([]), repr=False)
    intake: pd.DataFrame | None = field(default=None, repr=False)
    first_acts: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def events(self) -> list[str]:
        """Levels of ``event`` other than censoring."""
        return [str(level) for level in self.spells["event"].cat.categories[1:]]

    @typed
    def describe(self, by: str | None = None) -> pd.DataFrame:
        """One row: cases, persons, spells, person-months, median months under observation, and events by kind.

        Parameters
        ----------
        by : {"frame"}, optional
            One row for each way in which cases became known, and one for all.

        Returns
        -------
        DataFrame
            With ``by="frame"``: ``frame, n_given, n_entered, n_acts_before, n_lost, person_months`` and events by kind.
            ``n_acts_before`` are cases with a sentence and dates as asked that had an act among the outcomes before
            they could enter, followed afterwards or not; ``n_lost`` those who entered and whose last spell is censored
            before the last day of observation (`until`, else the last day of any spell).

        Raises
        ------
        UsageError
            For any other `by`, and for a cohort that was not made from tables of cases.
        """
        if by is None:
            return summary(self.spells, self.exclusions, self.events)
        if by != "frame":
            raise UsageError(f"by={by!r} is not 'frame'. For other groups there is person_time(by=).")
        if self.intake is None:
            raise UsageError("This cohort was not made from a table of cases: what came before entry is not known.")
        return by_frame(self.spells, self._days()[1], self.intake, self.rules.until, self.events)

    @typed
    def excluded(self) -> pd.DataFrame:
        """Number of cases left out by reason, the largest first."""
        return self.exclusions["reason"].value_counts().rename_axis("reason").reset_index(name="n_cases")

    @typed
    def person_time(self, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Cases, person-months and events by groups.

        Parameters
        ----------
        by : str or sequence of str, optional
            Columns of ``spells``; all together by default. Missing values are a group of their own.

        Returns
        -------
        DataFrame
            The columns of `by`, then ``n_cases, person_months`` and one column per kind of event.
        """
        return person_time(self.spells, [by] if isinstance(by, str) else list(by or []), self.events)

    @typed
    def intervals(self, ends: bool = False) -> pd.DataFrame:
        """The first act of each case as an interval, acts without a date of their own among them.

        Parameters
        ----------
        ends : bool
            Give the competing ends too, each with its kind, as `incidence` takes them.

        Returns
        -------
        DataFrame
            One row per case: ``case_id, person_id, entry, lower, upper`` in months of the clock and covariates, as
            `interval_hazard` takes them. ``upper`` is missing without an act, and equal to ``lower`` where its day is
            known. ``reason`` is empty but for cases whose interval cannot be used: keep those where it is. With `ends`
            there is an ``event`` after ``upper``: the kind of act or end, or ``censored``; an end that has a partial
            date is an interval as well, and ``upper`` is missing only for the censored, whose day is that of `dates`.

        Raises
        ------
        UsageError
            For a cohort not made from tables of cases, with ``recurrent=True``, or narrowed by a condition on spells.

        Notes
        -----
        An act without a date lies between entry and the end of the time inside, if that end is known. ``reason`` says
        where this is not sound: with entry after the sentence the act may be prevalent, and where follow-up is censored
        it may be later. A total counts as at least one act; other ends are censored without `ends`, with which `reason`
        names first acts that can be of several kinds too. Nor are ratios sound where acts are why cases are followed
        (``follow_up="documented"``): the end of an interval then depends on its act.
        """
        if self.first_acts is None:
            raise UsageError(NO_ACTS if self.rules.recurrent or self.intake is None else UNCLEAR)
        return first_events(self.first_acts, ends)

    @typed
    def where(self, mask: pd.Series | Callable[[pd.DataFrame], pd.Series], reason: str) -> Cohort:
        """Keep some spells; cases that lose all of them move to ``exclusions`` with `reason`.

        Parameters
        ----------
        mask : Series of bool, or callable
            One value per row of ``spells``, or what makes them from ``spells``.
        reason : str
            Why the others are left out.

        Returns
        -------
        Cohort
        """
        chosen = mask(self.spells) if callable(mask) else mask
        kept = self.spells[chosen.to_numpy()]
        first = narrowed(self.first_acts, self.spells, chosen.to_numpy(), mask)
        gone = sorted(set(self.spells["case_id"]) - set(kept["case_id"]))
        out = pd.concat([self.exclusions, pd.DataFrame({"case_id": gone, "reason": reason})], ignore_index=True)
        return replace(self, spells=kept.reset_index(drop=True), exclusions=out, first_acts=first)

    @typed
    def with_covariates(self, frame: pd.DataFrame, on: str = "case_id") -> Cohort:
        """Add columns of another frame.

        Parameters
        ----------
        frame : DataFrame
            One row per value of `on`. Spells whose value is not among them have missing covariates.
        on : str
            Column that both have, text or periods in both, or numbers in both; quarters and months may be text such as
            ``"2017Q2"`` in one of them.

        Returns
        -------
        Cohort

        Raises
        ------
        UsageError
            If `on` is missing, repeated or empty in a row, of another kind than in the spells or shares no value with
            them, or a column is there already.
        """
        added = columns_of(self.spells, frame, on)
        found = near_misses(self.spells[on], frame[on], on)
        told = with_more(self.warnings, [*found, *spelled(frame, "covariates", [c for c in frame if c != on])])
        return replace(self, spells=pd.concat([self.spells, added], axis=1), warnings=told)

    @typed
    def assign(self, **columns: Any | Callable[[pd.DataFrame], Any]) -> Cohort:
        """Add or replace columns of the spells.

        Parameters
        ----------
        **columns : values, or callable
            One value per spell, or a function of ``spells`` that gives them.

        Returns
        -------
        Cohort

        Raises
        ------
        UsageError
            For a column that says whose spell it is, when it was, or how it ended, and for values that are not one per
            spell.

        Examples
        --------
        >>> import clemency as cl
        >>> c = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", recurrent=True)
        >>> c = c.assign(order=lambda s: s["act_number"].clip(upper=2))
        >>> sorted(c.spells["order"].unique().tolist())
        [1, 2]
        """
        fixed = [c for c in columns if c in _FIXED]
        if fixed:
            raise UsageError(f"{', '.join(fixed)} cannot be replaced: the spells rest on it.")
        spells = assigned(self.spells, columns)
        return replace(self, spells=spells, warnings=with_more(self.warnings, spelled(spells, "spells", columns)))

    @typed
    def gap_time(self) -> Cohort:
        """Start the clock anew at each act, for models of the time between acts.

        Returns
        -------
        Cohort
            With ``entry`` and ``exit`` in months since the act before, and ``origin`` on its day. Until the first act
            the clock is the one that it was. Spells cut by `expose` or `split` keep their place since the act.

        Raises
        ------
        UsageError
            Unless the cohort was made with ``recurrent=True``, or if its clock starts at each act already.

        References
        ----------
        Prentice, Williams and Peterson, Biometrika 68 (1981), 373-379.

        Examples
        --------
        >>> import clemency as cl
        >>> c = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", recurrent=True)
        >>> gaps = c.gap_time().spells
        >>> bool((gaps.loc[gaps["act_number"] > 1, "entry"] == 0).all())
        True
        """
        if not self.rules.recurrent:
            raise UsageError("The cohort ends at the first act: make it with recurrent=True.")
        if "previous_act" not in self.spells:
            raise UsageError("The clock starts at each act already.")
        moved = since_last_act(self.spells)
        rules = replace(self.rules, clock=f"{self.rules.clock} or the act before")
        return replace(self, spells=moved, rules=rules)

    @typed
    def split(self, calendar: str | None = None, clock: Iterable[float] | None = None) -> Cohort:
        """Cut spells at calendar periods or at months of the clock.

        Parameters
        ----------
        calendar : {"Q", "Y", "M"}, optional
            Cut at the ends of quarters, years or months; adds a column ``quarter``, ``year`` or ``month``.
        clock : iterable of float, optional
            Months since the origin at which to cut; adds ``interval``, the months from which each piece runs.

        Returns
        -------
        Cohort
            With the same person-time and events.

        Raises
        ------
        UsageError
            Unless exactly one of the two is given, and for a second cut of the clock, which goes into the first.

        Examples
        --------
        >>> import clemency as cl
        >>> c = cl.cohort(cl.load("cases"), cl.load("acts"))
        >>> q = c.split(calendar="Q")
        >>> bool(abs(q.describe()["person_months"][0] - c.describe()["person_months"][0]) < 1e-6)
        True
        """
        if (calendar is None) == (clock is None):
            raise UsageError("Give either calendar= or clock=.")
        if clock is not None:
            if "interval" in self.spells:
                raise UsageError("The spells have a column 'interval', as split(clock=) adds: give all months at once.")
            return self._split_clock(np.unique(np.asarray(list(clock), dtype=float)))
        if calendar not in _PERIODS:
            raise UsageError(f"calendar={calendar!r} is not one of: Q, Y, M.")
        start, stop = self._days()
        if not len(start):
            return replace(self, spells=self.spells.assign(**{_PERIODS[calendar]: pd.Series(dtype="string")}))
        first, last = (as_timestamp(d) for d in (np.floor(start.min()), np.ceil(stop.max())))
        periods = pd.period_range(first, last, freq=calendar)
        ends = periods.end_time.to_numpy().astype("datetime64[D]").astype("int64").astype(float)
        pieces = cut(start, stop, ends)
        label = periods.astype(str).take(np.searchsorted(ends, np.ceil(pieces.stop), side="left"))
        return self._cut(pieces, {_PERIODS[calendar]: label})

    def _split_clock(self, points: np.ndarray) -> Cohort:
        entry, exit_ = self.spells["entry"].to_numpy(), self.spells["exit"].to_numpy()
        pieces = cut_each(entry, exit_, np.broadcast_to(points, (len(entry), len(points))))
        edges = np.r_[-np.inf, points]
        interval = edges[np.searchsorted(edges, pieces.start, side="right") - 1]
        return self._cut(pieces, {"interval": np.where(np.isinf(interval), 0.0, interval)}, in_days=False)

    @typed
    def expose(
        self,
        events: pd.DataFrame,
        window: Lasting = "180D",
        by: str | None = EACH_TYPE,
        name: str | None = None,
    ) -> Cohort:
        """Mark the time after events as exposed.

        Parameters
        ----------
        events : DataFrame
            Rows of `events`, or any frame with a column ``date`` of EDTF texts or days. Columns named as in `events`
            hold words of its vocabularies; kinds of your own go into a column of another name, named in `by`.
        window : str or timedelta
            How long exposure lasts: text with a unit of days or weeks (``"180D"``, ``"26W"``), or a ``timedelta`` of
            whole days. A spell is exposed in (date, date + window], so an act on the day of an event is not exposed.
        by : str, optional
            Column of `events` whose every value gives a column of its own; None for one. A `name` alone is one.
        name : str, optional
            Name of the column; ``exposed`` by default. With `by` it is the beginning of the names.

        Returns
        -------
        Cohort
            With columns of 0 and 1, named ``exposed_human_rights_dialogue`` and the like. Of an event that is not dated
            to the day the latest possible day counts, so that exposure never comes before its event.

        Raises
        ------
        UsageError
            If the frame, the window or the names cannot be used.
        DataError
            For events without a last day, and dates and words that `check` would name in a file.
        """
        by = grouping(by, name)
        columns = event_windows(self.spells, events, window, by, name)
        start, stop = self._days()
        every = np.concatenate([np.r_[o, c] for o, c in columns.values()]) if columns else np.zeros(0)
        pieces = cut(start, stop, every)
        marks = {k: (covered(pieces.start, o, c) > 0).astype(int) for k, (o, c) in columns.items()}
        told = with_more(self.warnings, spelled(events, "events", [by] if by else []))
        return replace(self._cut(pieces, marks), warnings=told)

    @typed
    def expose_from(
        self,
        frame: pd.DataFrame,
        date: str,
        *,
        name: str,
        flag: str | None = None,
        undated: str = "exclude",
        dates: str = "latest",
    ) -> Cohort:
        """Mark each case as exposed from a day of its own on, and never before.

        Parameters
        ----------
        frame : DataFrame
            One row per case, with ``case_id`` and the columns named below; the table of cases, for example.
        date : str
            Column of dates, EDTF texts or days, from which each case is exposed. A spell is exposed in (date, end], so
            an act on that day is not exposed.
        name : str
            Column of 0 and 1 to add.
        flag : str, optional
            Column that is filled (and not 0 or False) for cases known to be exposed at some time. Those without a
            usable date are then `undated`; all other cases without a date count as never exposed.
        undated : {"exclude", "missing", "refuse"}
            What to do with cases known to be exposed on a day not known, and with a date whose bound is open:
            ``exclude`` moves them to ``exclusions``; ``missing`` keeps them without a value, so that each model
            leaves them out and counts them; ``refuse`` raises and names them. Their date is never guessed.
        dates : {"latest", "midpoint", "earliest"}
            Day that a partial date stands for. Only ``latest`` keeps time before the true day from counting as exposed.

        Returns
        -------
        Cohort
            With the same person-time and events, but for excluded cases.

        Raises
        ------
        UsageError
            For columns that are missing, repeated or there already, cases that the frame lacks, or an argument
            without meaning.
        DataError
            With ``undated="refuse"``, naming each such case; and for malformed dates.

        Examples
        --------
        >>> import clemency as cl
        >>> cases = cl.load("cases")
        >>> c = cl.cohort(cases, cl.load("acts")).expose_from(cases, "raised_date", name="raised", flag="raised_by")
        >>> c.spells.groupby("case_id")["raised"].is_monotonic_increasing.all().item()
        True
        """
        day, vague = onset_days(self.spells, frame, date, name, flag, dates)
        if undated not in ("exclude", "missing", "refuse"):
            raise UsageError(f"undated={undated!r} is not one of: exclude, missing, refuse.")
        if vague.any() and undated == "refuse":
            raise DataError(undated_problems(self.spells, vague, date, name))
        start, stop = self._days()
        pieces = cut_each(start, stop, np.where(np.isnan(day), np.inf, day)[:, None])
        mark = (pieces.start >= day[pieces.source]).astype(float)
        mark[vague[pieces.source]] = np.nan
        result = self._cut(pieces)
        if undated == "missing":
            return replace(
                result, spells=result.spells.assign(**{name: pd.array(mark, dtype="Float64").astype("Int64")})
            )
        known = pd.Series(~np.isnan(mark))
        marked = replace(result, spells=result.spells.assign(**{name: np.where(known, mark, 0).astype(int)}))
        return marked.where(known, f"{name}, but on a date not known")

    @typed
    def panel(self, freq: str = "Q") -> pd.DataFrame:
        """One row per case and calendar period.

        Parameters
        ----------
        freq : {"Q", "Y", "M"}
            Length of a period.

        Returns
        -------
        DataFrame
            ``case_id, person_id``, the period, ``months`` at risk in it, one 0/1 column per kind of event, and
            the covariates as they stood at the start of the person-period.
        """
        if freq not in _PERIODS:
            raise UsageError(f"freq={freq!r} is not one of: Q, Y, M.")
        period = _PERIODS[freq]
        return person_periods(self.split(calendar=freq).spells, period, self.events)

    def _days(self) -> tuple[np.ndarray, np.ndarray]:
        zero = origin_days(self.spells).to_numpy()
        start = zero + self.spells["entry"].to_numpy() * DAYS_PER_MONTH
        stop = zero + self.spells["exit"].to_numpy() * DAYS_PER_MONTH
        # Days are whole but for arithmetic error, which must not move an act across a boundary.
        return snapped(start), snapped(stop)

    def _cut(self, pieces: Pieces, added: Mapping[str, Any] | None = None, in_days: bool = True) -> Cohort:
        s = self.spells.iloc[pieces.source].reset_index(drop=True)
        zero, unit = (origin_days(s).to_numpy(), DAYS_PER_MONTH) if in_days else (0.0, 1.0)
        s["entry"], s["exit"] = (pieces.start - zero) / unit, (pieces.stop - zero) / unit  # filled, not copied again
        s["event"] = s["event"].where(pieces.last, CENSORED)
        for name, values in (added or {}).items():
            s[name] = values
        return replace(self, spells=s)

    def __len__(self) -> int:
        return len(self.spells)

    def __repr__(self) -> str:
        d = self.describe().iloc[0]
        counts = ", ".join(f"{int(d[e])} {e}" for e in self.events)
        return (
            f"Cohort of {counted(d.n_cases, 'case')}, {d.person_months:,.0f} person-months since {self.rules.clock} "
            f"({self.rules.follow_up} follow-up): {counts}; {counted(len(self.exclusions), 'case')} excluded"
            f"{noted(self.warnings)}"
        )

    def _repr_html_(self) -> str:
        head = self.describe().to_html(index=False, border=0, float_format="{:,.1f}".format)
        out = self.excluded().to_html(index=False, border=0)
        told = self.warnings.to_html(index=False, border=0) if len(self.warnings) else ""
        told = told and f"<p>What cannot be true in the tables, or is spelled in two ways, used as it stands</p>{told}"
        return f"<p>{html.escape(repr(self))}</p>{head}<p>Left out, by reason</p>{out}{told}"
