"""Cases and acts -> one row of person-time per case, and the cases that had to be left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.cohort import CENSORED, Cohort
from clemency.cohorts.followup.actintervals import Window, first_acts
from clemency.cohorts.followup.evidence import without_own_acts
from clemency.cohorts.followup.registered import extract_doubts, followed_until, of_register, register_ends, with_ends
from clemency.cohorts.followup.stops import as_days, one_after_another, stop_times
from clemency.cohorts.imputation.imputed import ImputedCohort, check_draws, impute
from clemency.cohorts.inputs import ENDS, NAT, TERMINAL, UNDATED, bounds_of, check_tables, is_total, warned
from clemency.cohorts.rules import Rules, needs_frame, read_rules
from clemency.records import dates as edtf
from clemency.records.arguments.days import When
from clemency.records.arguments.signatures import typed
from clemency.records.checks.plausible import doubts
from clemency.records.tables.derive import combined_terms
from clemency.records.terms import DAYS_PER_MONTH, term_end

# Last statuses that say that a case did not stay until the end of its term.
_SHORTER = ("released_early", "parole", "died_in_custody", "executed")
_ALWAYS = np.datetime64("9999-12-31", "D")

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
    or to `until`, if that is earlier; ``rules.until`` says to which. What it does not date is treated so:

    - Released on a day not known (``REL`` and ``REL?`` of the CECC's database alike, whose release is an interval from
      sentence to export): at risk to the end of the term. The database marks a case so when its term is over; where it
      dates releases, most are at that end. To leave these cases out would leave those whose release was reported, and
      reports come with acts.
    - Released on a day not known where the term's end is not known or later than the register's last day, and death,
      early release and parole on a day not known: the end is an interval from the sentence, the last sighting or the
      last act to the term's end or the register's last day, and `dates` takes its day from it as from any other.
    - Seen inside after the computed end of the term: to that day, without an expiry. Life and death with reprieve: to
      the register's last day. Fixed terms with neither a length nor an end nor a sighting are left out.

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
    needs_frame(rules, cases)
    found = doubts(cases, acts)
    if rules.follow_up == "independent":
        cases = without_own_acts(cases, acts, rules.outcome)
    if rules.follow_up == "register":
        rules = replace(rules, until=followed_until(cases, rules.until))
        found = [*found, *extract_doubts(cases, acts, rules.outcome)]
        cases = with_ends(cases, acts, str(rules.until), rules.outcome, rules.competing)
    told = warned(found)
    if draws is None:
        return replace(_made(cases, acts, rules), warnings=told)
    imputed = impute(cases, acts, rules, draws, _made)
    return replace(imputed, cohorts=tuple(replace(c, warnings=told) for c in imputed.cohorts))


def _made(cases: pd.DataFrame, acts: pd.DataFrame, rules: Rules) -> Cohort:
    table = _Table.of(cases, acts, rules)
    spells, window = _spells(table, rules)
    known = {c: cases[c] for c in COVARIATES if c in cases}
    acts_by = None if rules.recurrent else first_acts(cases, acts, window, rules, known)
    out, given = table.exclusions(), table.intake()
    return Cohort(spells, out, rules, len(cases), intake=given, first_acts=acts_by)


@dataclass(slots=True)
class _Table:
    """Cases with their days chosen; ``reason`` is empty while a case is still in."""

    cases: pd.DataFrame
    acts: pd.DataFrame
    custody: NDArray[np.datetime64]
    sentence: NDArray[np.datetime64]
    expiry: NDArray[np.datetime64]
    reason: NDArray[np.object_]
    before: NDArray[np.bool_]

    @classmethod
    def of(cls, cases: pd.DataFrame, acts: pd.DataFrame, rules: Rules) -> _Table:
        span_c, span_s = bounds_of(cases, "detention_date"), bounds_of(cases, "sentence_date")
        custody, sentence = _pick(span_c, rules.dates), _pick(span_s, rules.dates)
        first = _first_act(cases, acts, rules)
        # A day moves only inside its interval: custody down to the sentence, the sentence down to its first act.
        sentence = np.where(_movable(span_s, sentence, first), first, sentence)
        custody = np.where(_movable(span_c, custody, sentence), sentence, custody)
        custody = np.where(_movable(span_c, custody, span_s.latest), span_s.latest, custody)
        sentence = np.where(sentence < custody, np.minimum(custody, span_s.latest), sentence)
        reason = np.full(len(cases), "", dtype=object)
        none = np.zeros(len(cases), dtype=bool)
        table = cls(cases, acts, custody, sentence, np.full(len(cases), NAT), reason, none)
        table.expiry = _expiry(table)
        table._exclude(rules, span_c, span_s)
        return table

    def _exclude(self, rules: Rules, span_c: edtf.Bounds, span_s: edtf.Bounds) -> None:
        self._set_frame(rules)
        kinds = self.cases["sentence_type"].astype("string").fillna("not known")
        wrong = ~kinds.isin(rules.sentence_types).to_numpy()
        self._set(wrong, "sentence type " + kinds.to_numpy(dtype=object))
        needs = {"custody": self.custody, "sentence": self.sentence, "documented": _entered(self, rules)}
        entry = ("sentence", rules.entry) if rules.entry == "documented" else (rules.entry,)
        for name in dict.fromkeys((rules.clock, *entry)):
            lacking = f"date of {name} not known" if name != "documented" else "not known since when it is documented"
            self._set(np.isnat(needs[name]), lacking)
        self._set(edtf.out_of_order(span_c, span_s), "sentence before custody")
        self._set(self._with_undated_outcome(rules), UNDATED)

    def _set_frame(self, rules: Rules) -> None:
        if rules.frame is None:
            return
        frames = self.cases["frame"].astype("string").fillna("not known")
        self._set(~frames.isin(rules.frame).to_numpy(), "frame " + frames.to_numpy(dtype=object))
        if rules.follow_up == "register":
            self._set(~of_register(self.cases), "not in the register, which alone is followed")

    def _with_undated_outcome(self, rules: Rules) -> NDArray[np.bool_]:
        ours = self.acts[self.acts["act_type"].astype("string").isin(rules.outcome)]
        vague = ours[np.isnat(_pick(bounds_of(ours, "act_date"), rules.dates)) | is_total(ours)]  # unknown, or open
        return self.cases["case_id"].isin(vague["case_id"]).to_numpy()

    def _set(self, where: NDArray[np.bool_], reason: Any) -> None:
        open_ = where & (self.reason == "")
        self.reason[open_] = reason[open_] if isinstance(reason, np.ndarray) else reason

    def intake(self) -> pd.DataFrame:
        """Every case given, with its frame, and whether an act came before it entered."""
        frames = self.cases["frame"].astype("string") if "frame" in self.cases else pd.Series(pd.NA, self.cases.index)
        made = {"case_id": self.cases["case_id"], "frame": frames, "acts_before": self.before}
        return pd.DataFrame(made).astype({"frame": "string"})

    def exclusions(self) -> pd.DataFrame:
        out = self.reason != ""
        return pd.DataFrame({"case_id": self.cases["case_id"].to_numpy()[out], "reason": self.reason[out]})


def _pick(span: edtf.Bounds, rule: str) -> NDArray[np.datetime64]:
    if rule in ("midpoint", "impute"):  # a day that was drawn has no other
        return edtf.halfway(span.earliest, span.latest)
    return np.where(np.isnat(span.earliest) | np.isnat(span.latest), NAT, getattr(span, rule))


def _movable(span: edtf.Bounds, day: NDArray, down_to: NDArray) -> NDArray[np.bool_]:
    return (day > down_to) & (span.earliest <= down_to)


def _first_act(cases: pd.DataFrame, acts: pd.DataFrame, rules: Rules) -> NDArray[np.datetime64]:
    """Latest possible day of each case's first dated outcome; NaT where there is none."""
    ours = acts[acts["act_type"].astype("string").isin(rules.outcome) & acts["act_date"].notna()]
    last = pd.Series(pd.to_datetime(bounds_of(ours, "act_date").latest), index=ours["case_id"].to_numpy())
    first = last.groupby(level=0).min().reindex(cases["case_id"])
    return first.to_numpy().astype("datetime64[D]")


def _expiry(table: _Table, changed: float | NDArray[np.float64] = 0.0) -> NDArray[np.datetime64]:
    """Last day of each fixed term, as passed or changed by a number of months."""
    fixed = (table.cases["sentence_type"].astype("string") == "fixed").fillna(False).to_numpy(dtype=bool)
    months = table.cases["sentence_months"].to_numpy(dtype=float, na_value=np.nan)
    return term_end(table.custody, np.where(fixed, months + changed, np.nan))


def _cut_terms(table: _Table, until: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """End of each term, with the cuts and extensions known by `until`."""
    acts = table.acts
    if "months" not in acts or not len(acts):
        return table.expiry
    kind = acts["act_type"].astype("string")
    known = ~(bounds_of(acts, "act_date").earliest > until[0])
    months = acts["months"].to_numpy(dtype=float, na_value=np.nan)
    net = np.zeros(len(table.cases))
    for name, sign in (("sentence_reduction", -1.0), ("sentence_extension", 1.0)):
        mine = (kind == name).fillna(False).to_numpy(dtype=bool) & known
        change = pd.Series(np.where(mine, months, 0.0), index=acts["case_id"].to_numpy())
        # A total over several acts stands beside the single ones that it may include: the larger one counts.
        parts = (change[which].groupby(level=0).sum() for which in (is_total(acts), ~is_total(acts)))
        net += sign * np.maximum(*(p.reindex(table.cases["case_id"]).fillna(0.0).to_numpy() for p in parts))
    ends = _expiry(table, net)  # counted from custody at once: in two steps a month's end would be lost on the way
    if "term_after" not in acts:
        return ends
    anew = combined_terms(acts[known].assign(scope=acts.get("scope", "single")))
    anew = anew.reindex(table.cases["case_id"])
    again = term_end(_pick(edtf.bounds(anew["act_date"]), "midpoint"), anew["months"].to_numpy(dtype=float))
    return np.where(np.isnat(again), ends, again)


def _entered(table: _Table, rules: Rules) -> NDArray[np.datetime64]:
    """Day on which each case comes under observation; NaT where it is not known."""
    if rules.entry != "documented":
        return table.custody if rules.entry == "custody" else table.sentence
    known = bounds_of(table.cases, "known_from").latest
    return np.where(np.isnat(known) | np.isnat(table.sentence), NAT, np.maximum(known, table.sentence))


def _spells(table: _Table, rules: Rules) -> tuple[pd.DataFrame, Window]:
    until = np.datetime64(rules.until, "D") if rules.until else _last_shown(table, rules)
    caps = np.full(len(table.cases), until)
    expiry = _cut_terms(table, caps)
    start = _entered(table, rules)
    able = table.reason == ""
    end, end_event = _ends(table, rules, expiry)
    table._set(start >= caps, "entered after the end of observation")
    if rules.follow_up == "register":
        table._set(np.isnat(end), "neither its end nor that of its term is known")
        table._set(end < start, "its term or its time inside was over before entry")
    table._set(np.isnat(end) | (end < start), "no documented follow-up after entry")
    late = ~np.isnat(end) & (end > caps)
    end, end_event = np.where(late, caps, end), np.where(late, CENSORED, end_event)
    events = _outcomes(table, rules, start, end)
    table.before &= able
    if not rules.recurrent:
        events = events.drop_duplicates("row")
    stops = stop_times(events, end, end_event, rules.recurrent)
    has_outcome = np.isin(np.arange(len(table.cases)), events["row"])
    table._set(~has_outcome & (end <= start), "no documented follow-up after entry")
    keep = table.reason[stops["row"].to_numpy()] == ""
    origin = table.custody if rules.clock == "custody" else table.sentence
    able = (table.reason == "") | ((table.reason == UNDATED) & ~table.before & (start < caps))
    window = Window(origin, table.sentence, start, end, end_event != CENSORED, able)
    return _framed(table, rules, stops[keep].reset_index(drop=True), start), window


def _last_shown(table: _Table, rules: Rules) -> np.datetime64:
    """Last day on which anything is known, where the end of a term would else count as an expiry in the future."""
    spans = [bounds_of(table.cases, "status_date"), bounds_of(table.cases, "seen_date")]
    days = np.concatenate([s.latest for s in (*spans, bounds_of(table.acts, "act_date"))])
    known = days[~np.isnat(days)]
    return known.max() if rules.follow_up == "until_expiry" and len(known) else _ALWAYS


def _ends(table: _Table, rules: Rules, expiry: NDArray) -> tuple[NDArray, NDArray]:
    """Last day and kind of end of each case, outcomes apart."""
    n = len(table.cases)
    status = table.cases["status"].astype("string").fillna("unknown").to_numpy(dtype=object)
    status_day = _pick(bounds_of(table.cases, "status_date"), rules.dates)
    seen = _pick(bounds_of(table.cases, "seen_date"), rules.dates)
    by_status = {s: name for name in rules.competing for s in ENDS[name][1]}
    event = np.array([by_status.get(s, CENSORED) for s in status], dtype=object)
    near = (status == "released") & (status_day + np.timedelta64(31, "D") >= expiry)
    if "expiry" in rules.competing:
        event[near] = "expiry"
    terminal = np.isin(status, TERMINAL)
    day = np.where(np.isnat(status_day), NAT, status_day)
    act_day, act_event = _ending_acts(table, rules)
    earlier = ~np.isnat(act_day) & (np.isnat(day) | (act_day <= day) | ~terminal)
    day, event = np.where(earlier, act_day, day), np.where(earlier, act_event, event)
    ended = earlier | (terminal & ~np.isnat(status_day)) | ((event != CENSORED) & ~np.isnat(status_day))
    if rules.follow_up == "register":
        kind = "expiry" if "expiry" in rules.competing else CENSORED
        expiry = np.fmax(expiry, _last_cut(table, rules))
        return register_ends(table.cases, (day, event, ended), expiry, seen, str(rules.until), kind, CENSORED)
    last_seen = _latest_of(seen, status_day, _last_act(table, rules), table.sentence)
    day = np.where(ended, day, last_seen)
    event = np.where(ended, event, CENSORED)
    if rules.follow_up == "until_expiry":
        runs_on = ~ended & ~np.isnat(expiry) & ~(expiry < last_seen) & ~np.isin(status, _SHORTER)
        day = np.where(runs_on, expiry, day)
        event = np.where(runs_on, "expiry" if "expiry" in rules.competing else CENSORED, event)
    return day.reshape(n), event


def _last_cut(table: _Table, rules: Rules) -> NDArray[np.datetime64]:
    """Day of the last cut within the term as it was passed: what it left of the term cannot have ended before it."""
    acts = table.acts[(table.acts["act_type"].astype("string") == "sentence_reduction").fillna(False)]
    acts = acts[~is_total(acts)]
    passed = pd.Series(_expiry(table), index=table.cases["case_id"].to_numpy()).loc[acts["case_id"]].to_numpy()
    day = _pick(bounds_of(acts, "act_date"), rules.dates)
    day = pd.Series(np.where(day <= passed.astype("datetime64[D]"), day, NAT), index=acts["case_id"].to_numpy())
    return day.groupby(level=0).max().reindex(table.cases["case_id"]).to_numpy().astype("datetime64[D]")


def _ending_acts(table: _Table, rules: Rules) -> tuple[NDArray, NDArray]:
    by_type = {t: name for name in rules.competing for t in ENDS[name][0] if t not in rules.outcome}
    acts = table.acts[table.acts["act_type"].astype("string").isin(by_type) & ~is_total(table.acts)]
    day = pd.Series(_pick(bounds_of(acts, "act_date"), rules.dates), index=acts.index)
    first = acts.assign(_day=day).dropna(subset=["_day"]).sort_values("_day", kind="stable").drop_duplicates("case_id")
    found = first.set_index("case_id").reindex(table.cases["case_id"])
    kind = found["act_type"].astype("string").map(by_type).to_numpy(dtype=object)
    return found["_day"].to_numpy().astype("datetime64[D]"), kind


def _last_act(table: _Table, rules: Rules) -> NDArray[np.datetime64]:
    acts = table.acts
    if rules.follow_up == "independent":
        acts = acts[~acts["act_type"].astype("string").isin(rules.outcome)]
    day = pd.Series(_pick(bounds_of(acts, "act_date"), rules.dates), index=acts["case_id"].to_numpy())
    return day.groupby(level=0).max().reindex(table.cases["case_id"]).to_numpy().astype("datetime64[D]")


def _latest_of(*days: NDArray) -> NDArray[np.datetime64]:
    result = days[0]
    for day in days[1:]:
        result = np.fmax(result, day)
    return result


def _outcomes(table: _Table, rules: Rules, start: NDArray, end: NDArray) -> pd.DataFrame:
    """Dated single outcomes after entry and no later than the end: ``row, day, event`` in order of time."""
    position = pd.Series(np.arange(len(table.cases)), index=table.cases["case_id"].to_numpy())
    kinds = table.acts["act_type"].astype("string")
    ours = table.acts[kinds.isin(rules.outcome) & table.acts["act_date"].notna() & ~is_total(table.acts)]
    span = bounds_of(ours, "act_date")
    row = position.loc[ours["case_id"]].to_numpy()
    day = _pick(span, rules.dates)
    # No act comes before the sentence; one that can be of a day before the case was documented may be prevalent.
    floor = (table.sentence if rules.entry == "documented" else start)[row]
    day = np.where((day < floor) & (span.latest >= floor), floor, day)
    day = np.where((day > end[row]) & (span.earliest <= end[row]), end[row], day)
    frame = pd.DataFrame({"row": row, "day": day, "event": ours["act_type"].astype("string").to_numpy(dtype=object)})
    if rules.recurrent and "act_id" in ours:
        frame["act_id"] = ours["act_id"].to_numpy(dtype=object)
    table.before = np.isin(np.arange(len(table.cases)), row[day < start[row]])
    table._set(table.before, "an act among the outcomes before entry")
    return frame[(day >= start[row]) & (day <= end[row])].sort_values(["row", "day", "event"], kind="stable")


def _framed(table: _Table, rules: Rules, stops: pd.DataFrame, start: NDArray) -> pd.DataFrame:
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
