"""Section that follows every case and every act from the tables to the numbers of the other sections."""

from __future__ import annotations

from typing import cast

import pandas as pd

from clemency import figures
from clemency.cohorts import Cohort
from clemency.reports.inputs import GRANTED, OUTCOMES, Inputs
from clemency.reports.language import agreed, capital, counted, label, listed, number, plural, tr
from clemency.reports.section import Chart, Section, TableView

__all__ = ["act_places", "acts_table", "case_table", "may_be_later", "what_is_counted"]

#: Reasons of `cohort` as a reader says them; another one is shown as it is.
REASONS = {
    "sentence type none": "no sentence",
    "sentence type pending": "not sentenced yet when last heard of",
    "sentence type life": "life sentence: no fixed term",
    "sentence type rtl": "re-education through labour: no court sentence",
    "sentence type death_reprieve": "death sentence with reprieve: no fixed term",
    "sentence type suspended": "suspended sentence",
    "sentence type death": "death sentence",
    "sentence type not known": "kind of sentence not known",
    "date of custody not known": "date of custody not known",
    "an act among the outcomes has no date of its own": "an act that has no date of its own",
    "entered after the end of observation": "not sentenced before the end of the quarter",
    "no documented follow-up after entry": "not seen by a source after the sentence",
    "an act among the outcomes before entry": "a first act before the sentence",
}
#: Where a row of acts.csv belongs, in the order of the table.
NOT_GRANTED, LATER, LATER_DATED, TOTAL, UNDATED, VAGUE, EARLIER, NOW = (
    "refusal, extension or leave",
    "later than the quarter, not dated to one quarter",
    "later than the quarter, dated to one",
    "total over several acts",
    "no date, or one that is open at an end",
    "dated less exactly than to a quarter",
    "dated to an earlier quarter",
    "dated to the quarter",
)
_OUT, _OF = "left out: ", "of them, "
_ORDINARY = f"{_OUT}ordinary prisoners and officials, there for comparison"
#: Row of `acts_table` with the single acts dated up to the end of the quarter.
_DATED = 6
_ENDS = {
    "sentence_reduction": "first act: a sentence reduction",
    "medical_parole": "first act: a medical parole",
    "early_release": "other release",
    "expiry": "end of the term",
    "death": "death",
    "censored": "no end on record: followed as far as sources show them",
}


def act_places(i: Inputs) -> pd.Series:
    """For each row of acts.csv the place where it is counted, in the words of this module."""
    return cast(pd.Series, i.once("places", lambda: _places(i)))


def _places(i: Inputs) -> pd.Series:
    acts = i.acts
    early, late = acts["act_earliest"], acts["act_latest"]
    known = early.notna() & late.notna()
    one = known & (early.dt.to_period("Q") == late.dt.to_period("Q")) & (acts["scope"] != "total")
    later = (early > i.last_day).fillna(False)
    place = pd.Series(VAGUE, index=acts.index)
    place[one] = EARLIER
    place[one & (early >= i.first_day)] = NOW
    place[~known] = UNDATED
    place[acts["scope"].astype("string").fillna("single") == "total"] = TOTAL
    place[later] = LATER
    place[later & one] = LATER_DATED
    place[~acts["act_type"].isin(GRANTED)] = NOT_GRANTED
    return place


def upto(i: Inputs, kind: str | None = None) -> pd.DataFrame:
    """Single acts granted that are dated no later than the quarter (or may not be later), in the order of the table."""
    acts = i.acts[act_places(i).isin([VAGUE, EARLIER, NOW])]
    return acts if kind is None else acts[acts["act_type"] == kind]


def may_be_later(later: pd.Series) -> str:
    """How many acts that are counted up to the end of a quarter may have come after it, as a sentence."""
    n = int(later.sum())
    if not n:
        return ""
    who = tr("It") if len(later) == 1 else tr("{n} of them", n=capital(number(n)))
    return (
        tr(" {who} may be later: the dates between which it lies reach past the quarter.", who=who)
        if n == 1
        else tr(" {who} may be later: the dates between which they lie reach past the quarter.", who=who)
    )


def first_acts(made: Cohort) -> pd.DataFrame:
    """Cases of a cohort whose first end is an act among the outcomes."""
    return made.spells[made.spells["event"].isin(OUTCOMES)].drop_duplicates("case_id")


def case_table(i: Inputs) -> pd.DataFrame:
    """Cases from the table to the cohorts: ``step, since_sentence, since_custody``; what is left out is negative."""
    cohorts = {"since_sentence": i.cohort(clock="sentence"), "since_custody": i.cohort()}
    rows: dict[str, dict[str, int]] = {
        "cases in the tables": dict.fromkeys(cohorts, len(i.cases) + i.compared),
        _ORDINARY: dict.fromkeys(cohorts, -i.compared),
    }
    for name, made in cohorts.items():
        for row in made.excluded().itertuples():
            said = REASONS.get(str(row.reason), str(row.reason))
            rows.setdefault(f"{_OUT}{said}", {})[name] = -int(row.n_cases)
    rows["followed"] = {name: made.spells["case_id"].nunique() for name, made in cohorts.items()}
    for event, name_of_end in _ENDS.items():
        rows[f"{_OF}{name_of_end}"] = {
            name: int((made.spells.groupby("case_id")["event"].last().astype(str) == event).sum())
            for name, made in cohorts.items()
        }
    table = pd.DataFrame([{"step": step, **{n: v.get(n, 0) for n in cohorts}} for step, v in rows.items()])
    return table.astype(dict.fromkeys(cohorts, int))


def acts_table(i: Inputs) -> pd.DataFrame:
    """Acts granted from the table to the analyses: ``step`` and a column for each kind; what is left out is negative."""
    place = act_places(i)
    granted = i.acts[place != NOT_GRANTED]
    kinds = {**{o: granted["act_type"] == o for o in OUTCOMES}}
    kinds["other"] = ~granted["act_type"].isin(OUTCOMES)

    def by(mask: pd.Series, sign: int = 1) -> dict[str, int]:
        return {k: sign * int((own & mask.reindex(granted.index)).sum()) for k, own in kinds.items()}

    ours = by(place != NOT_GRANTED)
    every = i.every_act.loc[i.every_act["act_type"].isin(GRANTED), "act_type"]
    all_of = {**{o: int((every == o).sum()) for o in OUTCOMES}, "other": int((~every.isin(OUTCOMES)).sum())}
    rows = [("acts granted in the tables", all_of), (_ORDINARY, {k: ours[k] - all_of[k] for k in kinds})]
    rows += [(f"{_OUT}{p}", by(place == p, -1)) for p in (LATER_DATED, LATER, TOTAL, UNDATED)]
    rows += [("single acts dated up to the end of the quarter", by(place.isin([VAGUE, EARLIER, NOW])))]
    rows += [(f"of them, {p}", by(place == p)) for p in (NOW, EARLIER, VAGUE)]
    single = upto(i)
    for clock in ("sentence", "custody"):
        made = i.cohort(clock=clock)
        inside = single["case_id"].isin(set(made.spells["case_id"]))
        first = first_acts(made)["event"].astype(str).value_counts()
        told = {o: int((inside & (single["act_type"] == o)).sum()) for o in OUTCOMES}
        all_ = {o: int((single["act_type"] == o).sum()) for o in OUTCOMES}
        rows += [
            (f"{_OUT}of cases not followed in months since {clock}", {o: told[o] - all_[o] for o in OUTCOMES}),
            (
                f"{_OUT}not the first act, or after the case was last seen",
                {o: int(first.get(o, 0)) - told[o] for o in OUTCOMES},
            ),
            (f"first acts, in months since {clock}", {o: int(first.get(o, 0)) for o in OUTCOMES}),
        ]
    table = pd.DataFrame([{"step": step, **counts} for step, counts in rows], columns=["step", *kinds]).astype(
        dict.fromkeys(kinds, "Int64")
    )
    return table.assign(all=table[list(kinds)].sum(axis=1).where(table["other"].notna()).astype("Int64"))


def what_is_counted(i: Inputs) -> Section:
    """Cases and acts from the tables to every analysis, as a diagram and two tables."""
    cases, acts = case_table(i), acts_table(i)
    every = i.every_act
    rest = every.loc[~every["act_type"].isin(GRANTED), "act_type"].astype(str).value_counts()
    text = (
        tr(
            "Some sections count every act granted, others only the first act of a case that can be followed. This is how their numbers come from the same tables. "
            "A case is one conviction (or detention) of one person; one person may have several cases, and one case several acts."
        ),
        tr(
            "The tables hold {entries} on acts: {acts} granted and {rest}.",
            entries=counted(len(every), "entry"),
            acts=counted(len(every) - rest.sum(), "act"),
            rest=_rest(rest),
        ),
        *filter(None, [_later_told(i), i.compared_told]),
    )
    names = {"other": "other acts", "all": "all granted"} | {o: plural(o) for o in OUTCOMES}
    clocks = {f"since_{c}": tr("months since {clock}", clock=label(c)) for c in ("sentence", "custody")}
    caption = tr("From the tables to the cases that are followed and to their first acts")
    parts = (
        Chart("counts", caption, figures.flow(_diagram(i, cases, acts))),
        TableView(
            "counted_cases",
            tr("Cases"),
            _some(cases).rename(columns={"step": "cases", **clocks}),
            data=cases,
            folded=True,
        ),
        TableView(
            "counted_acts",
            tr("Acts granted"),
            _some(acts).rename(columns={"step": "acts", **names}),
            data=acts,
            folded=True,
        ),
    )
    notes = (
        tr(
            "Left out are first the cases with another kind of sentence than a fixed term, then those without a date that the analysis needs, and so on: a case with several reasons is counted under the first."
        ),
    )
    return Section("counts", tr("What is counted where"), text, parts, notes)


def _later_told(i: Inputs) -> str:
    single = upto(i)
    said = may_be_later(single["act_latest"] > i.last_day)
    dated = tr(
        "{acts} {are} dated up to the end of {quarter}.",
        acts=counted(len(single), "single act"),
        are=agreed(len(single), "is"),
        quarter=i.quarter,
    )
    return f"{dated}{said}" if said else ""


def _some(table: pd.DataFrame) -> pd.DataFrame:
    """The table without reasons for which nothing was left out."""
    none = table.drop(columns="step").fillna(0).eq(0).all(axis=1)
    kept = table[~(none & table["step"].str.startswith(_OUT))]
    return kept.assign(step=[_step(s) for s in kept["step"]])


def _step(step: str) -> str:
    """A step as a reader sees it."""
    if step.startswith(_OUT):
        return tr("left out: {why}", why=label(step.removeprefix(_OUT)))
    if step.startswith(_OF):
        return tr("of them, {which}", which=label(step.removeprefix(_OF)))
    return label(step)


def _rest(rest: pd.Series) -> str:
    if rest.empty:
        return tr("none that grants nothing")
    return tr(
        "{n:,} that {grant} nothing ({kinds})",
        n=int(rest.sum()),
        grant=agreed(rest.sum(), "grant"),
        kinds=listed([counted(n, kind) for kind, n in rest.items()]),
    )


def _diagram(i: Inputs, cases: pd.DataFrame, acts: pd.DataFrame) -> pd.DataFrame:
    """The two tables, as steps of `figures.flow`."""
    since = cases.set_index("step")["since_sentence"]
    left = {k.removeprefix(_OUT): -n for k, n in since.items() if str(k).startswith(_OUT)}
    sentence, custody = i.cohort(clock="sentence"), i.cohort()
    gone = custody.exclusions[custody.exclusions["case_id"].isin(sentence.spells["case_id"])]["reason"].value_counts()
    outcomes = acts[list(OUTCOMES)].sum(axis=1).to_numpy()
    granted, single = acts["all"].iloc[0], acts["all"].iloc[_DATED]
    later = {k.removeprefix(_OUT): -n for k, n in zip(acts["step"][1:_DATED], acts["all"][1:_DATED], strict=True)}
    first, custodial = outcomes[_DATED + 6], outcomes[_DATED + 9]
    not_counted = {
        "of another kind": acts["other"].iloc[_DATED],
        "of cases that are not followed": -outcomes[_DATED + 4],
        "not the first of the case, or after it was last seen": -outcomes[_DATED + 5],
    }
    rows = [
        *_level("cases", 0, {}, tr("case in the tables"), len(i.cases) + i.compared),
        *_level("cases", 1, left, _followed(i, sentence), since["followed"]),
        *_level(
            "cases", 2, {REASONS.get(str(k), str(k)): n for k, n in gone.items()},
            tr("case followed in months since custody: 'How long until an act'"), custody.spells["case_id"].nunique(),
        ),
        *_level("acts", 0, {}, tr("act granted in the tables"), granted),
        *_level("acts", 1, later, tr("single act dated up to the end of {quarter}", quarter=i.quarter), single),
        *_level("acts", 2, not_counted, tr("first reduction or medical parole of a case followed from the sentence"), first),
        *_level(
            "acts", 3, {"of cases whose custody date is not known": first - custodial},
            tr("of cases followed in months since custody"), custodial,
        ),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["of", "step", "kept", "label", "n"])


def _followed(i: Inputs, sentence: Cohort) -> str:
    """What the cases followed from the sentence serve, with those of them that an analysis has to do without."""
    cases = sentence.spells.drop_duplicates("case_id")
    modelled = cases[~cases["case_id"].isin(i.taken_for_acts)]
    with_term = int(modelled["sentence_months"].notna().sum())  # models leave out the others, if any term is known
    counts = {
        "models": with_term or len(modelled),
        "provinces": int(cases["province"].notna().sum()),
        "events|use": len(cases),
    }
    uses = [tr(k) if n == len(cases) else tr("{use} ({n:,} of them)", use=tr(k), n=n) for k, n in counts.items()]
    return tr("case followed from the sentence: {uses}", uses=tr(", ").join(uses))


def _level(of: str, step: int, left: dict[str, int], name: str, n: int) -> list[tuple[str, int, bool, str, int]]:
    """Rows of one step; the label is that of one thing."""
    if n != 1:
        for one, several in _SEVERAL.items():
            name = name.replace(one, several, 1) if name.startswith(one) else name
    return [*((of, step, False, label(k), int(v)) for k, v in left.items() if v), (of, step, True, name, int(n))]


_SEVERAL = {
    "case ": "cases ",
    "act ": "acts ",
    "single act ": "single acts ",
    "first reduction or medical parole of a case": "first reductions and medical paroles of cases",
}
