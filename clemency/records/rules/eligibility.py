"""A case and a day -> what the rules in force allowed: the first reduction, the next one, its size, parole.

The rules are rows of the table `rules`, each with its instrument, article, dates of force and conditions; nothing is
written here but how they combine.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates as edtf
from clemency.records.arguments.days import When, one_day
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, RowError, UsageError
from clemency.records.printable import printable
from clemency.records.rules.rulebook import Rule, newest, rulebook
from clemency.records.rules.rulechecks import rule_table
from clemency.records.schema import ACTS, CASES
from clemency.records.tables.derive import charge_family
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load
from clemency.records.terms import add_months
from clemency.records.values.numbers import read_numbers

#: Offences up to the day before keep the older minimum of life sentences.
AMENDMENT_8 = np.datetime64("2011-05-01", "D")
#: The newer minimum of a life sentence is for later offences; for those before, the older one stays in force.
_NEWER_LIFE = ("AM8-78-life", "AM8-81-life", "SPC16-23-life", "SPC12-life-total")
_OLDER_LIFE = ("CL97-78-life", "CL97-81-life")
_FAMILY_GROUPS = {
    "endangering_state_security": "ess",
    "corruption": "duty_crime",
    "violent": "violent",
}
KINDS = {
    "first reduction": "min_served_before_first_reduction",
    "next reduction": "min_interval_between_reductions",
    "largest cut": "max_single_reduction",
    "service in all": "min_total_served_after_reductions",
    "parole": "parole_min_served",
    "parole bar": "parole_barred",
}
COLUMNS = [
    "question",
    "ground",
    "months",
    "earliest",
    "latest",
    "instrument",
    "article",
    "rule_id",
    "source_ids",
    "note",
]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What the rules allowed a case on a day.

    Attributes
    ----------
    case_id : str
    on : datetime64[D]
    groups : tuple of str
        Groups of prisoners to which the case was taken to belong.
    table : DataFrame
        ``question, ground, months, earliest, latest, instrument, article, rule_id, source_ids, note``: one row per
        answer. ``earliest`` and ``latest`` bound the first day that the rule allows, as wide as the case's own dates.
        Where something is not known the row has no date and the note says why.
    reduced : float
        Months cut by the dated single reductions before that day, as far as they are known.
    """

    case_id: str
    on: np.datetime64
    groups: tuple[str, ...]
    table: pd.DataFrame
    reduced: float = 0.0

    def __getitem__(self, question: str) -> pd.DataFrame:
        """Rows that answer one question, such as ``"first reduction"``."""
        if question not in KINDS:
            raise UsageError(f"{question!r} is not one of: {', '.join(KINDS)}.")
        return self.table[self.table["question"] == question].reset_index(drop=True)

    def __repr__(self) -> str:
        shown = self.table.drop(columns=["source_ids"]).to_string(index=False)
        return printable(f"Eligibility of {self.case_id} on {self.on} as {', '.join(self.groups)}\n{shown}", lines=True)

    def _repr_html_(self) -> str:
        body = self.table.drop(columns=["source_ids"]).to_html(index=False, border=0, na_rep="")
        groups = escape(", ".join(self.groups))
        return f"<p>What the rules allowed {escape(self.case_id)} on {self.on}, as {groups}</p>{body}"


@typed
def eligibility(
    case: str | Mapping[str, Any] | pd.Series,
    *,
    on: When,
    acts: pd.DataFrame | None = None,
    groups: str | Iterable[str] = (),
    rules: pd.DataFrame | None = None,
) -> Eligibility:
    """State what the rules in force on a day allowed a case: reductions, their size, and parole.

    Parameters
    ----------
    case : str or Series or mapping
        A ``case_id`` of the shipped cases, or a row with ``sentence_type, sentence_months, detention_date,
        sentence_date`` and, if known, ``charge_family``, or ``charge_ids``, from which it follows. What else it has of
        the columns of `cases` is checked too.
    on : str, date or Period
        Day whose rules are asked for, such as ``"2017-05-27"``; anything longer is refused.
    acts : DataFrame, optional
        Earlier acts of the case, in the form of `acts`; the shipped ones for a shipped case. Those after `on` are left
        out. A total, or a reduction without a date, starts no wait: the note of the next reduction counts them.
    groups : iterable of str
        Groups besides the one that the charge family tells (``ess``, ``duty_crime``, ``violent``): such as
        ``"recidivist"``, ``"organised_crime"``, ``"unpaid_property_penalty"``.
    rules : DataFrame, optional
        Table in the form of `rules`; the shipped one by default.

    Returns
    -------
    Eligibility

    Raises
    ------
    UsageError
        For an unknown case or day, a group that no rule names, or a sentence that is neither a fixed term nor life, and
        for a row with a word, a date, months or keys of charges that are none.
    DataError
        For acts and rules whose words, numbers or dates `check` would name in a file, and an act that is there twice.

    Notes
    -----
    Half of a fixed term counts from the first day in custody (Criminal Law, articles 47 and 78). What must be served
    before a first reduction counts from the transfer to prison, which the records hardly ever give; the day of the
    sentence stands for it, so that the true day is no earlier than the one given. Minimum service under a life sentence
    counts from the final judgment. Where no rule names the case's group, that for ordinary prisoners is given. A rule
    that lets another be eased by up to a part of it (juveniles, the old and the ill: 2016, articles 19 and 20) has rows
    of its own beside those that it eases, with the most that it allows; it is for size, or for start and wait. Special
    merit lifts several of these limits, and courts may depart from rules that hold "generally".

    Examples
    --------
    >>> row = {"sentence_type": "fixed", "sentence_months": 72, "detention_date": "2014-01-15",
    ...        "sentence_date": "2014-10-20", "charge_family": "endangering_state_security"}
    >>> found = eligibility(row, on="2017-05-27")
    >>> found["first reduction"][["months", "earliest", "article"]].values.tolist()
    [[24.0, Timestamp('2016-10-20 00:00:00'), '7']]
    """
    day = one_day(on, "on")
    if acts is not None:
        acts = checked_frame(acts, ACTS, dates=("act_date",), filled=("case_id", "act_type", "scope"), keyed=True)
    row, acts = _case(case, acts)
    return stated(_checked_row(row), day, acts, groups, rulebook(rule_table(rules)))


def stated(
    row: Mapping[str, Any], day: np.datetime64, acts: pd.DataFrame, groups: Iterable[str], rules: Sequence[Rule]
) -> Eligibility:
    """State what the rules allowed a case whose row, acts and day are checked: see `eligibility`."""
    asked, lines = answers(row, day, acts, groups, rules)
    table = pd.DataFrame(lines, columns=COLUMNS)
    return Eligibility(asked.case_id, day, asked.groups, table, float(asked.reductions["months"].sum()))


def answers(
    row: Mapping[str, Any], day: np.datetime64, acts: pd.DataFrame, groups: Iterable[str], rules: Sequence[Rule]
) -> tuple[_Case, list[dict[str, Any]]]:
    """Give the case as the rules see it, and the rows of its table."""
    kind = str(row.get("sentence_type"))
    if kind not in ("fixed", "life"):
        named = "an unknown sentence" if pd.isna(row.get("sentence_type")) else f"'{kind}'"
        raise UsageError(f"Eligibility is worked out for fixed terms and life sentences, not for {named}.")
    months = number(row.get("sentence_months"))
    if kind == "fixed" and months is None:
        raise UsageError("The length of the term is not known: the rules depend on it.")
    own_groups = _groups(row, groups, rules)
    asked = _Case(
        str(row.get("case_id", "the case")),
        kind,
        months,
        bounds(row.get("detention_date")),
        bounds(row.get("sentence_date")),
        own_groups,
        *_reductions(acts, day),
    )
    in_force = _in_force(rules, asked, day)
    return asked, [line for question in KINDS for line in _answer(question, asked, in_force)]


@dataclass(frozen=True, slots=True)
class _Case:
    case_id: str
    kind: str
    months: float | None
    custody: tuple[np.datetime64, np.datetime64]
    sentence: tuple[np.datetime64, np.datetime64]
    groups: tuple[str, ...]
    reductions: pd.DataFrame
    vague: int


def _checked_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse words, dates and keys of one case that are none, and give it the family of its charges if it lacks one.

    Its months are read by `number`.
    """
    used = {c.name: c for c in CASES.columns if c.name in row and c.name != "sentence_months"}
    one = pd.DataFrame({name: pd.Series([row[name]], dtype=object) for name in used}, index=[0])
    try:
        checked_frame(one, CASES, name="case", dates=[c.name for c in used.values() if c.kind == "edtf"])
    except DataError as error:
        raise RowError([replace(p, row=None) for p in error.problems]) from None
    charges = [c for c in ("charge_ids", "charge_ids_derived") if not _is_empty(row.get(c))]
    if not charges:
        return row
    family = load("charges").set_index("charge_id")["family"].astype("string")
    wrong = [p for c in charges for p in _unknown_charges(row[c], c, family.index)]
    if wrong:
        raise RowError(wrong)
    if not _is_empty(row.get("charge_family")):
        return row
    return {**row, "charge_family": charge_family(pd.Series([row[charges[0]]], dtype="string"), family).iloc[0]}


def _is_empty(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and (pd.isna(value) or value == ""))


def _unknown_charges(value: Any, column: str, known: pd.Index) -> list[Problem]:
    remedy = "Write keys of cl.load('charges') with a blank between them, such as CL97-105(2), or leave it out."
    if not isinstance(value, str):
        return [Problem("case", None, column, str(value), "not text", remedy)]
    message = "there is no such charge"
    return [Problem("case", None, column, key, message, remedy) for key in value.split() if key not in known]


def _case(case: Any, acts: pd.DataFrame | None) -> tuple[Mapping[str, Any], pd.DataFrame]:
    if isinstance(case, str):
        cases = load("cases")
        row = cases[cases["case_id"] == case]
        if row.empty:
            raise UsageError(f"There is no case '{case}'.{_like(case, cases)}")
        every = load("acts") if acts is None else acts
        return row.iloc[0].to_dict(), every[every["case_id"] == case]
    if not isinstance(case, Mapping | pd.Series):
        raise UsageError(f"A case is a case_id or a row, not {type(case).__name__}.")
    row = dict(case)
    if acts is None:
        return row, pd.DataFrame({"act_type": [], "act_date": [], "months": [], "scope": []})
    if "case_id" not in row and "case_id" in acts and acts["case_id"].nunique() > 1:
        raise UsageError("The acts are of several cases, and the row has no case_id: give it one.")
    return row, acts[acts["case_id"] == row["case_id"]] if "case_id" in row and "case_id" in acts else acts


def _like(text: str, cases: pd.DataFrame) -> str:
    """Cases whose key or name is like a text."""
    names = cases["name"].astype(str).str.casefold()
    same = cases.loc[(names == text.casefold()) | (cases["name_zh"].astype("string") == text).fillna(False), "case_id"]
    near = list(same) or difflib.get_close_matches(text.casefold().replace(" ", "-"), list(cases["case_id"]), n=3)
    return (
        f" Did you mean {' or '.join(near)}?" if near else " The keys stand in the column case_id of cl.load('cases')."
    )


def number(value: Any) -> float | None:
    """Read a term in months; None where there is none."""
    months, wrong = read_numbers([value], CASES["sentence_months"])
    if wrong:
        _, _, message, remedy = wrong[0]
        raise UsageError(f"sentence_months={value!r} is not a number of months: {message}. {remedy}")
    return None if np.isnan(months[0]) else float(months[0])


def bounds(text: Any) -> tuple[np.datetime64, np.datetime64]:
    """First and last day that a date can mean."""
    none = np.datetime64("NaT", "D")
    if text is None:
        return none, none
    if isinstance(text, tuple):  # read before, with those of other cases
        return text
    span = edtf.bounds([text])
    return span.earliest[0], span.latest[0]


def _groups(row: Mapping[str, Any], more: Iterable[str], rules: Sequence[Rule]) -> tuple[str, ...]:
    more = [more] if isinstance(more, str) else list(more)
    known = {g for rule in rules for g in rule.groups} - {"all"}
    unknown = [g for g in more if g not in known]
    if unknown:
        raise UsageError(f"No rule names a group {unknown[0]!r}; the groups are: {', '.join(sorted(known))}.")
    family = row.get("charge_family")
    told = _FAMILY_GROUPS.get(str(family)) if family is not None and not pd.isna(family) else None
    return tuple(dict.fromkeys([g for g in (told, *more) if g])) or ("ordinary",)


def _reductions(acts: pd.DataFrame, day: np.datetime64) -> tuple[pd.DataFrame, int]:
    """Dated single reductions before a day, and how many more there are that have no date or stand for several."""
    lacking = [c for c in ("act_type", "act_date", "months") if c not in acts]
    if lacking:
        raise UsageError(f"The acts have no column '{lacking[0]}'.")
    cuts = acts[acts["act_type"].astype("string") == "sentence_reduction"]
    total = (cuts["scope"].astype("string") == "total").fillna(False) if "scope" in cuts else cuts["act_date"].isna()
    dated = cuts[cuts["act_date"].notna() & ~total]
    vague = len(cuts) - len(dated)
    if dated.empty:
        return pd.DataFrame({"early": [], "late": [], "months": []}), vague
    span = edtf.bounds(dated["act_date"])
    frame = pd.DataFrame(
        {"early": span.earliest, "late": span.latest, "months": dated["months"].astype(float).to_numpy()}
    )
    return frame[frame["late"].to_numpy().astype("datetime64[D]") < day].sort_values("late", ignore_index=True), vague


_SIMPLE = {"sentence", "group", "ground", "min_months", "min_months_excl", "max_months", "max_months_excl"}
_AFTER = "after_cut_months"
#: Article 6 of 2016 alone, of those that give a wait, asks that it be no shorter than the cut before it.
_NO_SHORTER_THAN_CUT = ("SPC16-6-int-lt10", "SPC16-6-int-ge10")


def _applies(rule: Rule, asked: _Case) -> bool:
    """Whether a rule's conditions hold; one that the records cannot decide excludes the rule."""
    c = rule.conditions
    if set(c) - _SIMPLE - {_AFTER} or not _after(c, asked) or asked.kind not in c.get("sentence", {asked.kind}):
        return False
    length = asked.months or 0.0
    if asked.kind == "fixed" and not (
        length >= max(map(float, c.get("min_months", {"0"})))
        and length > max(map(float, c.get("min_months_excl", {"-1"})))
        and length <= min(map(float, c.get("max_months", {"inf"})))
        and length < min(map(float, c.get("max_months_excl", {"inf"})))
    ):
        return False
    return bool(c.get("group", {"all"}) & {"all", "ordinary", *asked.groups})


def _after(conditions: dict[str, set[str]], asked: _Case) -> bool:
    """Whether the last cut was as large as a rule on the wait after large cuts asks."""
    if _AFTER not in conditions:
        return True
    low, high = map(float, next(iter(conditions[_AFTER])).split("-"))
    return bool(len(asked.reductions)) and low <= float(asked.reductions["months"].iloc[-1]) <= high


def _in_force(rules: Sequence[Rule], asked: _Case, day: np.datetime64) -> list[Rule]:
    old = asked.kind == "life" and asked.custody[1] < AMENDMENT_8

    def live(rule: Rule) -> bool:
        if not rule.start <= day:
            return False
        if old and rule.rule_id in _OLDER_LIFE:
            return True
        return bool(np.isnat(rule.stop) or rule.stop >= day) and not (old and rule.rule_id in _NEWER_LIFE)

    return [rule for rule in rules if live(rule) and _applies(rule, asked)]


def _most_special(rules: Sequence[Rule], groups: tuple[str, ...]) -> list[Rule]:
    """Rules of the newest instrument that name the case's group, else those for ordinary prisoners and for all."""
    own = [r for r in rules if r.groups & set(groups) - {"ordinary"}]
    return newest(own or [r for r in rules if (r.groups or {"all"}) & {"ordinary", "all"}])


def _answer(question: str, asked: _Case, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    some = [r for r in rules if r.kind == KINDS[question]]
    if question == "parole bar":
        own = [r for r in some if r.groups & set(asked.groups)]
        return [_line(question, asked, r, "barred from parole") for r in own if r.value == "1"]
    if question == "next reduction":
        if asked.reductions.empty:
            return [_line(question, asked, None, _vague(asked))] if asked.vague else []
        special = [r for r in some if _AFTER in r.conditions]
        some = special or some  # made for a cut such as the last, it replaces the general one
    eased = _most_special([r for r in some if r.unit.startswith("fraction, maximum")], asked.groups)
    some = _most_special([r for r in some if not r.unit.startswith("fraction, maximum")], asked.groups)
    if not some:
        return [_line(question, asked, None, "the table of rules has none for this sentence, group and day")]
    note = _vague(asked) if question == "next reduction" else _NOTES.get(question, "")
    return [_line(question, asked, r, note) for r in some] + [
        _line(question, asked, e, note, r) for e in eased for r in some
    ]


def _vague(asked: _Case) -> str:
    n = asked.vague
    return f"{n} reduction{'s' * (n > 1)} without a date, or a total of several, not counted" if n else ""


_NOTES = {
    "first reduction": "counted from the sentence; the rule counts from the transfer to prison, so it may be later",
}


def _months(rule: Any, asked: _Case) -> float | None:
    text = str(rule.value)
    if "/" in text:
        return None if asked.months is None else asked.months * _fraction(text)
    return None if text in ("", "nan", "<NA>", "None") else float(text)


def _fraction(text: str) -> float:
    top, bottom = map(float, text.split("/"))
    return top / bottom


def _eased(rule: Any, plain: Any, asked: _Case) -> tuple[float | None, str]:
    """Months of a rule for all at the most that another lets it be shortened or enlarged, and how that came about."""
    months, share = _months(plain, asked), str(rule.value)
    if months is None or str(plain.unit) != "months":
        return (
            None,
            f"up to {share} in favour of the prisoner beside {plain.rule_id}, which gives no months to take it of",
        )
    down = "shortening" in str(rule.unit)
    eased = months * (1 - _fraction(share)) if down else months * (1 + _fraction(share))
    return round(
        eased, 6
    ), f"{'shortened' if down else 'enlarged'} by {share}, the most, from {months:g} months ({plain.rule_id})"


def _line(question: str, asked: _Case, rule: Any, note: str, plain: Any = None) -> dict[str, Any]:
    """One answer; where a rule eases another, that one is `plain`."""
    if rule is None:
        return {"question": question, "note": note}
    months, how = None, ""
    if plain is not None:
        months, how = _eased(rule, plain, asked)
    elif question != "parole bar":
        months = _months(rule, asked)
    floor = (rule if plain is None else plain).rule_id in _NO_SHORTER_THAN_CUT
    early, late, why = _days(question, asked, months, floor)
    grounds = (rule if plain is None else plain).conditions.get("ground", set())
    ground = " or ".join(sorted(grounds)).replace("_", " ")
    unit = str(rule.unit)
    notes = [note, how, why, unit if question == "largest cut" and "resulting" in unit else "", _clean(rule.note)]
    return {
        "question": question,
        "ground": ground or None,
        "months": months,
        "earliest": pd.Timestamp(early),
        "latest": pd.Timestamp(late),
        "instrument": rule.instrument,
        "article": _clean(rule.article),
        "rule_id": rule.rule_id,
        "source_ids": rule.source_ids,
        "note": "; ".join(n for n in notes if n),
    }


def _clean(text: Any) -> str:
    return "" if text is None or pd.isna(text) else str(text)


def _days(
    question: str, asked: _Case, months: float | None, floor: bool = False
) -> tuple[np.datetime64, np.datetime64, str]:
    none = np.datetime64("NaT", "D")
    if question in ("largest cut", "parole bar"):
        return none, none, ""
    if months is None:
        return none, none, "no number in the rule"
    if question == "next reduction":
        last = asked.reductions.iloc[-1]
        before = float(last["months"]) if floor and last["months"] == last["months"] else 0.0
        wait = max(months, before)
        span = (last["early"], last["late"])
        why = "" if wait == months else f"no shorter than the cut before, {before:g} months"
        return (*(add_months(np.datetime64(d, "D"), wait)[0] for d in span), why)
    runs = asked.custody if asked.kind == "fixed" and question != "first reduction" else asked.sentence
    if np.isnat(runs[0]):
        what = "start of custody" if runs is asked.custody else "date of the sentence"
        return none, none, f"the {what} is not known"
    return add_months(runs[0], months)[0], add_months(runs[1], months)[0], ""
