"""Cases and acts -> one row of person-time per case, and the cases that had to be left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.cohort import Cohort
from clemency.cohorts.followup.actintervals import Window, first_acts
from clemency.cohorts.followup.casetable import CaseTable, entry_days
from clemency.cohorts.followup.ends import case_ends, end_bounds, last_shown
from clemency.cohorts.followup.evidence import without_own_acts
from clemency.cohorts.followup.registered import extract_doubts, followed_until, with_ends
from clemency.cohorts.followup.stops import as_days, one_after_another, stop_times
from clemency.cohorts.imputation.imputed import ImputedCohort, check_draws, impute
from clemency.cohorts.inputs import CENSORED, UNDATED, Spans, check_tables, chosen_day, warned
from clemency.cohorts.rules import Rules, needs_columns, read_rules
from clemency.records.arguments.days import When
from clemency.records.arguments.signatures import typed
from clemency.records.checks.plausible import doubts
from clemency.records.terms import DAYS_PER_MONTH

COVARIATES = (
    "name",
    "sex",
    "ethnicity",
    "citizenship",
    "province",
    "province_name",
    "region",
    "charge_family",
    "sentence_type",
    "sentence_months",
    "frame",
    "political",
)


@typed
def cohort(
    cases: pd.DataFrame,
    acts: pd.DataFrame,
    *,
    outcome: str | Sequence[str] = "sentence_reduction",
    competing: str | Sequence[str] = ("early_release", "expiry", "death"),
    clock: str = "custody",
    entry: str = "sentence",
    until: When | None = None,
    sentence_types: str | Sequence[str] = ("fixed",),
    follow_up: str = "documented",
    dates: str = "midpoint",
    recurrent: bool = False,
    frame: str | Sequence[str] | None = None,
    m: int | None = None,
    seed: int | None = None,
) -> Cohort | ImputedCohort:
    """Person-time at risk of acts of clemency.

    Each case enters when its sentence is passed (left truncation: nobody can have an act before) and
    leaves at the first of an outcome, a competing end, the end of its follow-up and `until`.

    Parameters
    ----------
    cases, acts : DataFrame
        Tables in the form of `load`: words as in its vocabularies, months as numbers, dates as EDTF texts or as days.
    outcome : str or sequence of str
        Act types that count as the outcome; each is a level of ``event``.
    competing : str or sequence of str
        Ends after which no outcome is possible: ``early_release`` (early release, parole, special pardon,
        and release of an unknown form before the term's end), ``expiry``, ``death``, ``medical_parole``.
        An act type that is an outcome is never also a competing end. Medical parole is not a release:
        unless it is named here or as an outcome, a person on medical parole stays at risk.
    clock : {"custody", "sentence"}
        Origin of the analysis clock: start of custody, or the sentence.
    entry : {"sentence", "custody", "documented"}
        When a case comes under observation. ``documented``: on the last day of `known_from`, by which a public document
        has the case, and not before its sentence. Without it, the months before anybody knew of a case count as months
        in which an act would have been seen.
    until : str, date or Period, optional
        Last day of observation; what came later is not known to the analysis. A year, a quarter (``"2017Q2"``), a month
        or a Period means its last day. Without it, ``until_expiry`` goes no further than the last day on which the
        tables show anything.
    sentence_types : str or sequence of str
        Kinds of sentence to include.
    follow_up : {"documented", "independent", "until_expiry", "register"}
        ``documented``: a case that is not known to have ended is followed to the last date at which a
        source shows it. Cases known only through an act then have no other follow-up, which makes acts look
        frequent. ``independent``: the same, but an act among the outcomes does not itself show a case, nor does a last
        status or a sighting that is that act: medical parole, parole or release that can be of its day, anything else
        but a death that is to the day of the same date. An act after the last other date is not counted, and a case
        without one is left out. ``until_expiry``: it is assumed to have stayed in custody to
        the end of its term, which makes acts look rare, since acts and releases that nobody reported are read as
        none; one that is known to have left or died earlier, on a day not known, is followed as documented.
        ``register``: a case of a register is followed to its recorded end, the end of its term or the day to which the
        register goes, whichever is first; see the notes. An act is evidence of none of them.
    dates : {"earliest", "midpoint", "latest", "impute"}
        Day that a partial date stands for. Within their intervals, days are moved so that custody comes no
        later than sentence and sentence no later than act. ``impute`` draws days `m` times, uniformly within their
        intervals given that custody <= sentence <= acts <= release <= last seen (``docs/partial-dates.md``).
    recurrent : bool
        Keep a case at risk after an outcome: one spell per act, numbered in ``act_number``, and one to the end of
        its follow-up. ``previous_act`` is the month of the act before, missing until there is one; ``act_id`` the act
        that ends the spell, if the acts have this column.
    frame : str or sequence of str, optional
        How cases became known: ``register``, ``act``, ``compiled``, as in the column ``frame`` of `cases`. Cases of
        other frames are left out with that reason. All by default, and ``register`` with ``follow_up="register"``.
    m, seed : int, optional
        Number of imputations (20), and the seed that ``dates="impute"`` needs; refused with any other rule.

    Returns
    -------
    Cohort, or ImputedCohort with ``dates="impute"``
        ``spells`` in months of 365.25/12 days, ``exclusions`` with one reason per case left out, ``warnings`` with what
        the tables hold that cannot be true.

    Raises
    ------
    UsageError
        If an argument has no meaning here, cases have no ``frame`` that `frame` or `follow_up` ask for, or nothing says
        to what day a register goes.
    DataError
        For words, months and dates that `check` would name in a file, acts that belong to no case, and keys that occur
        twice.

    Notes
    -----
    Acts without a date, or with one whose end is open, and totals over several acts are never events. A case with
    such an act among the outcomes is excluded, since the day of its first act is not known; where the case itself
    bounds it, `Cohort.intervals` has the interval. It is not drawn with ``dates="impute"``: days drawn evenly from the
    whole time under observation would say that the hazard is even. An act on the day of
    entry, or on that of another act of the same case, counts half a day after it.

    A case with an act among the outcomes before its entry is no longer at risk of a first one and is left out; such
    acts are counted apart (``describe(by="frame")``) and are never events.

    ``follow_up="register"``. The register goes to the last day on which it saw one of its cases inside (``seen_date``),
    or to `until`, if that is earlier; the shipped cases, which have numbers of its records (``cecc_record``), go to the
    day of the export, 23 July 2020, at the latest. ``rules.until`` says to which. What it does not date is treated so:

    - Released on a day not known (``REL`` and ``REL?`` of the CECC's database alike, whose release is an interval from
      sentence to export): at risk to the end of the term. The database marks a case so when its term is over; where it
      dates releases, most are at that end. To leave these cases out would leave those whose release was reported, and
      reports come with acts.
    - Released on a day not known where the term's end is not known or later than the register's last day, and death,
      early release and parole on a day not known: the end is an interval from the sentence, the last sighting or the
      last act to the term's end or the register's last day, and `dates` takes its day from it as from any other.
    - Seen inside after the computed end of the term: to that day, without an expiry. Life and death with reprieve: to
      the register's last day, unless a commutation on a known day set a fixed term, which then ends as any other. Fixed
      terms with neither a length nor an end nor a sighting are left out.

    A table in which more than one in five of the register's cases have an act is an extract that acts have chosen, such
    as the shipped cases; ``warnings`` says so. `register` has them all.

    Examples
    --------
    >>> import clemency as cl
    >>> c = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", until="2017-06-30")
    >>> list(c.spells.columns[:5])
    ['case_id', 'person_id', 'entry', 'exit', 'event']
    """
    rules = read_rules(
        outcome=outcome,
        competing=competing,
        clock=clock,
        entry=entry,
        until=until,
        sentence_types=sentence_types,
        follow_up=follow_up,
        dates=dates,
        recurrent=recurrent,
        frame=frame,
    )
    draws = check_draws(dates, m, seed)
    cases, acts = check_tables(cases, acts)
    cases, acts = cases.reset_index(drop=True), acts.reset_index(drop=True)
    needs_columns(rules, cases)
    doubted = doubts(cases, acts)
    spans = Spans.of(cases, acts)
    if rules.follow_up == "independent":
        cases = without_own_acts(cases, acts, spans, rules.outcome)
    if rules.follow_up == "register":
        rules = replace(rules, until=followed_until(cases, spans, rules.until))
        doubted = [*doubted, *extract_doubts(cases, acts, rules.outcome)]
        cases = with_ends(cases, acts, spans, rules)
    warnings = warned(doubted)
    if draws is None:
        cohort = _followed(cases, acts, spans.with_status(cases), rules)
        return replace(cohort, warnings=warnings)
    imputed = impute(cases, acts, rules, draws, _drawn)
    return replace(imputed, cohorts=tuple(replace(c, warnings=warnings) for c in imputed.cohorts))


def _drawn(cases: pd.DataFrame, acts: pd.DataFrame, rules: Rules) -> Cohort:
    """Cohort of one draw of all days."""
    return _followed(cases, acts, Spans.of(cases, acts), rules)


def _followed(cases: pd.DataFrame, acts: pd.DataFrame, spans: Spans, rules: Rules) -> Cohort:
    table = CaseTable.of(cases, acts, spans, rules)
    spells, window = _spells(table, rules)
    covariates = {c: cases[c] for c in COVARIATES if c in cases}
    first = None if rules.recurrent else first_acts(table, window, rules, covariates)
    return Cohort(spells, table.exclusions(), rules, len(cases), intake=table.intake(), first_acts=first)


def _spells(table: CaseTable, rules: Rules) -> tuple[pd.DataFrame, Window]:
    until = np.datetime64(rules.until, "D") if rules.until else last_shown(table, rules)
    caps = np.full(len(table.cases), until)
    expiry = table.terms(rules).ends(until)
    start = entry_days(table, rules)
    able = table.reason == ""
    end, end_event = case_ends(table, rules, expiry)
    earliest, latest, turns = end_bounds(table, rules, expiry, end, end_event)
    table.exclude(start >= caps, "entered after the end of observation")
    if rules.follow_up == "register":
        table.exclude(np.isnat(end), "neither its end nor that of its term is known")
        table.exclude(end < start, "its term or its time inside was over before entry")
    table.exclude(np.isnat(end) | (end < start), "no documented follow-up after entry")
    late = ~np.isnat(end) & (end > caps)
    end, end_event = np.where(late, caps, end), np.where(late, CENSORED, end_event)
    events = _outcomes(table, rules, start, end)
    table.before &= able
    if not rules.recurrent:
        events = events.drop_duplicates("row")
    stops = stop_times(events, end, end_event, rules.recurrent)
    has_outcome = np.isin(np.arange(len(table.cases)), events["row"])
    table.exclude(~has_outcome & (end <= start), "no documented follow-up after entry")
    keep = table.reason[stops["row"].to_numpy()] == ""
    origin = table.custody if rules.clock == "custody" else table.sentence
    able = (table.reason == "") | ((table.reason == UNDATED) & ~table.before & (start < caps))
    earliest, latest = (np.where(late, caps, np.minimum(day, caps)) for day in (earliest, latest))
    window = Window(origin, table.sentence, start, end, earliest, latest, turns & ~late, end_event, able)
    return _framed(table, rules, stops[keep].reset_index(drop=True), start), window


def _outcomes(table: CaseTable, rules: Rules, start: NDArray, end: NDArray) -> pd.DataFrame:
    """Dated single outcomes after entry and no later than the end: ``row, day, event`` in order of time."""
    which = table.acts_of(rules.outcome) & table.acts["act_date"].notna().to_numpy() & ~table.spans.total
    acts, span, row = table.acts[which], table.spans.act.at(which), table.spans.row[which]
    day = chosen_day(span, rules.dates)
    # No act comes before the sentence; one that can be of a day before the case was documented may be prevalent.
    floor = (table.sentence if rules.entry == "documented" else start)[row]
    day = np.where((day < floor) & (span.latest >= floor), floor, day)
    day = np.where((day > end[row]) & (span.earliest <= end[row]), end[row], day)
    frame = pd.DataFrame({"row": row, "day": day, "event": acts["act_type"].astype("string").to_numpy(dtype=object)})
    if rules.recurrent and "act_id" in acts:
        frame["act_id"] = acts["act_id"].to_numpy(dtype=object)
    table.before = np.isin(np.arange(len(table.cases)), row[day < start[row]])
    table.exclude(table.before, "an act among the outcomes before entry")
    return frame[(day >= start[row]) & (day <= end[row])].sort_values(["row", "day", "event"], kind="stable")


def _framed(table: CaseTable, rules: Rules, stops: pd.DataFrame, start: NDArray) -> pd.DataFrame:
    row = stops["row"].to_numpy()
    origin = (table.custody if rules.clock == "custody" else table.sentence)[row]
    stop = as_days(stops["day"].to_numpy().astype("datetime64[D]"))
    begin = as_days(start[row])
    follows = np.r_[False, row[1:] == row[:-1]][: len(row)]  # no row where everybody is left out
    stop = np.where(stops["event"] == CENSORED, stop, one_after_another(row, begin, stop))
    begin[follows] = stop[:-1][follows[1:]]
    cases = table.cases.iloc[row].reset_index(drop=True)
    zero = as_days(origin)
    data: dict[str, Any] = {
        "case_id": cases["case_id"],
        "person_id": cases["person_id"] if "person_id" in cases else cases["case_id"],
        "entry": (begin - zero) / DAYS_PER_MONTH,
        "exit": (stop - zero) / DAYS_PER_MONTH,
        "event": pd.Categorical(stops["event"], categories=[CENSORED, *rules.outcome, *rules.competing]),
        "origin": pd.to_datetime(origin),
    }
    if rules.recurrent:
        data["act_number"] = stops.groupby("row").cumcount().to_numpy() + 1
        data["previous_act"] = np.where(follows, (begin - zero) / DAYS_PER_MONTH, np.nan)
        if "act_id" in stops:
            data["act_id"] = stops["act_id"].astype("string")
    data.update({c: cases[c] for c in COVARIATES if c in cases})
    data["sentence_year"] = pd.Series(pd.to_datetime(table.sentence[row])).dt.year.astype("Int64")
    frame = pd.DataFrame(data)
    return frame[frame["exit"] > frame["entry"]].reset_index(drop=True)
