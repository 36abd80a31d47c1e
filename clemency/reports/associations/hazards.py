"""Section on hazard ratios: what goes with more or fewer acts, and how little the records can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from clemency import figures
from clemency.cohorts import Cohort
from clemency.figures.theme.wording import words
from clemency.inference.power import power
from clemency.models.hazard.cox import cox
from clemency.models.hazard.estimate import Estimate
from clemency.records.errors import DataError
from clemency.reports.associations.hazardnotes import LABELS, LEAST, WINDOW, notes
from clemency.reports.associations.told import excludes_1, known, told
from clemency.reports.inputs import FEW, NOT_CODED, NOT_STATED, OUTCOMES, Inputs
from clemency.reports.language import (
    act_name,
    agreed,
    capital,
    counted,
    english_act,
    label,
    limits,
    listed,
    number,
    plain,
    ratio,
    rounded,
    tallied,
    tr,
)
from clemency.reports.plan import PLAN
from clemency.reports.planned.section import exploratory
from clemency.reports.section import Chart, Section, TableView, or_reason

TALKS = ("summit", "human_rights_dialogue", "diplomatic_dialogue")
_TERMS = {"charge_family": "charge", "region": "region", "sex": "sex", "ethnicity": "ethnicity"}
_FORMULA = (*_TERMS.values(), "longer", "us_event")
#: Groups that others are compared with, where they are not the first of the plan.
_REFERENCE = {"sex": ("men",)}
_PLURAL = {"charge": "charges", "region": "regions", "sex": "or not stated", "ethnicity": "groups"}
#: Why cases are left out of the models.
CHOSEN = "in the tables because of an act of the register"
#: With fewer acts for each ratio, Firth's penalty is used: its profile limits cover where others do not (docs/coverage.md).
ACTS_PER_RATIO = 10


@or_reason("hazards", "Who receives an act sooner")
def hazard_ratios(i: Inputs) -> Section:
    """Cause-specific Cox models for a first reduction and a first medical parole."""
    everybody = exposed_cohort(i).spells
    spells = _with_term(everybody)
    title = tr("Who receives an act sooner")
    if spells.empty:
        why = tr("No case with a fixed term and a known date of sentence can be followed, so no model can be fitted.")
        return Section("hazards", title, (tr("{why} 'What is counted where' names the reasons.", why=why),))
    parts: list[Chart | TableView] = []
    found = fits(i)
    if not any(fit for fit, _ in found.values()):
        return Section(
            "hazards", title, tuple(t for t in (_no_model(spells, found), _chosen(i), _no_term(everybody)) if t)
        )
    text = [
        exploratory(i.shipped),
        tr(
            "Does an act come sooner for some than for others? Cox models of {cases} compare the rate of a first act in a group with that in the group marked 'reference', among cases of the same decade that are alike in all the other rows. The ratio of two such rates is called a hazard ratio: 2 means twice the rate, 0.5 half of it. **A ratio whose limits include 1 is compatible with no difference**; the limits show which differences remain possible. These are associations in documented cases, not effects.",
            cases=counted(spells["case_id"].nunique(), "case"),
        ),
    ]
    text += [t for t in (_chosen(i), _no_term(everybody)) if t]
    frames = {outcome: _with_time(fit, spells, outcome) for outcome, (fit, _) in found.items() if fit is not None}
    for outcome, (fit, left_out) in found.items():
        if fit is None:
            n = counted((spells["event"] == outcome).sum(), "first act")
            why = (
                tr("no model for {n}.{left_out}", n=n, left_out=_left_out(spells, left_out))
                if left_out
                else tr("too few acts for a model ({n}).", n=n)
            )
            text.append(f"**{capital(act_name(outcome))}**: {why}")
            continue
        frame = frames[outcome]
        caption = tr("Hazard ratios of a first {act}, with the acts behind each row", act=act_name(outcome))
        draw = partial(figures.forest, frame, key=False, counted="acts")
        parts.append(Chart.twice(f"hazard_ratios_{outcome}", caption, draw, table=False))
        caption = tr("The same as a table: {act}", act=act_name(outcome))
        parts.append(TableView(f"hazard_ratios_{outcome}", caption, _table(frame), data=frame))
        text.append(_told(fit, frame, spells, outcome, left_out))
    firth = any(fit.limits is not None for fit, _ in found.values() if fit is not None)
    every = pd.concat(list(frames.values()))
    return Section(
        "hazards", title, tuple(text), tuple(parts), notes(every, firth), _apart_from_1(list(frames.values()))
    )


def _apart_from_1(frames: list[pd.DataFrame]) -> str:
    """How many of the ratios that are known leave 1 outside their limits."""
    judged = sum(int((known(f) & ~f["reference"].astype(bool)).sum()) for f in frames)
    n = sum(int(told(f).sum()) for f in frames)
    if not judged:
        return tr("Too few acts in every group to say")
    if not n:
        return tr("No group is shown to receive an act sooner or later than its reference")
    return tr(
        "{n} of {ratios} {leave} 1 outside the limits, in an exploratory comparison",
        n=capital(number(n)),
        ratios=counted(judged, "ratio"),
        leave=agreed(n, "leave"),
    )


def _chosen(i: Inputs) -> str:
    """How many cases and first acts these models leave out because the acts are why the cases are there."""
    spells = i.cohort(clock="sentence").spells
    theirs = spells[spells["case_id"].isin(i.taken_for_acts)]
    if theirs.empty:
        return ""
    n, acts = theirs["case_id"].nunique(), int(theirs["event"].isin(OUTCOMES).sum())
    return tr(
        "{cases} with {acts} {are} left out: they are in the tables only because the register tells of an act, and what it says of them was not taken over for its other cases.",
        cases=counted(n, "case"),
        acts=counted(acts, "first act"),
        are=agreed(n, "is"),
    )


def _with_term(spells: pd.DataFrame) -> pd.DataFrame:
    """Spells of cases whose term is known, if any is: a number has no group of its own for what is missing."""
    known = spells["sentence_months"].notna()
    return spells[known] if known.any() else spells


def _no_term(spells: pd.DataFrame) -> str:
    """How many cases, with how many first acts, these models leave out because the length of the term is not known."""
    theirs = spells[~spells["case_id"].isin(_with_term(spells)["case_id"])]
    if theirs.empty:
        return ""
    n, acts = theirs["case_id"].nunique(), int(theirs["event"].isin(OUTCOMES).sum())
    return tr(
        "{cases} with {acts} {are} left out: the length of the term is not known.",
        cases=counted(n, "more case"),
        acts=counted(acts, "first act"),
        are=agreed(n, "is"),
    )


def _no_model(spells: pd.DataFrame, found: dict[str, tuple[Estimate | None, list[str]]]) -> str:
    """Why no outcome has a model."""
    n = [counted((spells["event"] == o).sum(), f"first {english_act(o)}") for o in OUTCOMES]
    cases = spells["case_id"].nunique()
    if any(left_out for _, left_out in found.values()):
        left = _left_out(spells, list(dict.fromkeys(t for _, left_out in found.values() for t in left_out)))
        return tr(
            "No model of who receives an act sooner can be fitted to the {cases} followed from the sentence, with {listed}.{left}",
            cases=counted(cases, "case"),
            listed=listed(n),
            left=left,
        )
    why = tr(
        "The {cases} followed from the sentence {have} too few acts for a model of who receives one sooner: {listed}.",
        cases=counted(cases, "case"),
        have=agreed(cases, "has"),
        listed=listed(n),
    )
    return tr("{why} At least {few} of a kind, in more than one group, are needed.", why=why, few=FEW)


def _told(fit: Estimate, frame: pd.DataFrame, spells: pd.DataFrame, outcome: str, left_out: list[str]) -> str:
    unknown = frame[~known(frame) & ~frame["reference"].astype(bool)]
    line = f"**{capital(act_name(outcome))}**: {counted(fit.glance().iloc[0]['events'], 'act')}."
    if fit.limits is not None:
        line += tr(" That is few for {ratios}, so Firth's penalty is used.", ratios=counted(len(fit.terms), "ratio"))
    if len(unknown):
        them = tr("this ratio is") if len(unknown) == 1 else tr("these ratios are")
        behind = tr(" or behind the reference") if (unknown["n_event"] >= FEW).any() else ""
        line += tr(
            " Fewer than {few} acts stand behind {rows}{behind} (drawn hollow): {them} unknown rather than large or small.",
            few=FEW,
            rows=counted(len(unknown), "row"),
            behind=behind,
            them=them,
        )
    return line + _apart(frame, spells, outcome) + _left_out(spells, left_out)


#: The column of each term, and what is said where it is the same, or missing, for every case.
_COLUMNS = {
    "charge": "charge_family",
    "region": "region",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "longer": "sentence_months",
    "us_event": "us_event",
}


def _left_out(spells: pd.DataFrame, terms: Sequence[str]) -> str:
    """Which terms a model does without, each under its own reason."""
    reasons: dict[str, list[str]] = {}
    for term in terms:
        name = next((k for k, label in LABELS.items() if label == term), term)
        reasons.setdefault(_reason(spells, name), []).append("ethnicity" if name == "ethnicity" else term)
    return "".join(
        tr(" Left out because {why}: {listed}.", why=why, listed=listed([label(n) for n in names]))
        for why, names in reasons.items()
    )


def _reason(spells: pd.DataFrame, term: str) -> str:
    column = spells.get(_COLUMNS.get(term, term))
    if column is not None and len(column):
        n = column.nunique()
        if column.isna().all():
            return tr("no article of the law is coded for any case") if term == "charge" else tr("no case has a value")
        if n == 1 and term == "longer":
            return tr("all terms are equally long")
        if n == 1 and term == "us_event":
            return tr("no time at risk, or all of it, follows such an event within the window")
        if n == 1 and column.notna().all():
            return tr("all cases are in one group")
    return tr("all or too few acts fall on one side")


def exposed_cohort(i: Inputs) -> Cohort:
    """The cohort of the models, with the time after summits and dialogues with the US."""
    return cast(Cohort, i.once("exposed", lambda: _exposed(i)))


def fits(i: Inputs) -> dict[str, tuple[Estimate | None, list[str]]]:
    """The model of each outcome, and the terms that it had to leave out."""

    def made() -> dict[str, tuple[Estimate | None, list[str]]]:
        return {outcome: fitted(exposed_cohort(i).spells, outcome) for outcome in OUTCOMES}

    return cast(dict[str, tuple[Estimate | None, list[str]]], i.once("fits", made))


def _exposed(i: Inputs) -> Cohort:
    talks = i.events[(i.events["partner"] == "US") & i.events["event_type"].isin(TALKS)]
    followed = i.cohort(clock="sentence")
    chosen = i.taken_for_acts
    if chosen and len(followed.spells):
        followed = followed.where(lambda spells: ~spells["case_id"].isin(chosen), CHOSEN)
    if followed.spells.empty:
        return followed.assign(us_event=0, decade="")
    cut = followed.split(calendar="Y")
    cut = cut.assign(decade=[f"{y // 10 * 10}s" for y in cut.spells["year"].astype(int)])
    found = cut.assign(us_event=0) if talks.empty else cut.expose(talks, window=WINDOW, by=None, name="us_event")
    return replace(found, spells=_joined(found.spells))


def _joined(spells: pd.DataFrame) -> pd.DataFrame:
    """Pieces that follow each other and differ in nothing that is compared, as one."""
    spells = spells.sort_values(["case_id", "entry"], kind="stable")
    key = spells[["case_id", "decade", "us_event"]].astype(str)
    after = spells["entry"].ne(spells["exit"].shift())
    run = (key.ne(key.shift()).any(axis=1) | after).cumsum()
    first, last = spells[~run.duplicated()], spells[~run.duplicated(keep="last")]
    return first.assign(exit=last["exit"].to_numpy(), event=last["event"].to_numpy()).reset_index(drop=True)


def _levels(spells: pd.DataFrame) -> dict[str, pd.Series]:
    """The groups of the plan, with what is missing as one of its own; the first that anybody is in is the reference."""
    found = {}
    for grouping in PLAN.groupings:
        term = _TERMS[grouping.name]
        level_of = {value: name for name, values in grouping.levels.items() for value in values}
        missing = {"charge": NOT_CODED, "ethnicity": level_of.get(NOT_STATED, NOT_STATED)}.get(term, NOT_STATED)
        value = spells[grouping.name].astype("string")
        if term == "ethnicity":
            value = value.where(value.isin(list(level_of)) | value.isna(), "other")
        level = value.map(level_of).fillna(missing)
        level = _enough(level, spells["case_id"], f"other {_PLURAL[term]}")
        order = list(dict.fromkeys([*_REFERENCE.get(term, ()), *grouping.levels, f"other {_PLURAL[term]}", missing]))
        found[term] = pd.Series(pd.Categorical(level, [v for v in order if (level == v).any()]), index=spells.index)
    return found


def _enough(level: pd.Series, case: pd.Series, rest: str) -> pd.Series:
    """Levels of at least ten cases, whatever their acts; the others together are `rest`."""
    cases = case.groupby(level.to_numpy()).nunique()
    small = list(cases.index[cases < LEAST])
    return level.where(~level.isin(small), small[0] if len(small) == 1 else rest)


def _with_time(fit: Estimate, spells: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Ratios of a model with the acts and the person-months behind them."""
    return forest_frame(fit).merge(_time_at_risk(spells, outcome), on=["term", "level"], how="left")


def _time_at_risk(spells: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Person-months behind each row of a model: of those in a risk set, as its acts are."""
    frame, _ = _in_the_model(spells, outcome)
    months = frame["exit"] - frame["entry"]
    rows = [
        (LABELS.get(t, t), str(level), float(n))
        for t in (*_TERMS.values(), "us_event")
        for level, n in months.groupby(frame[t], observed=True).sum().items()
    ]
    return pd.DataFrame(rows, columns=["term", "level", "person_months"])


def fitted(spells: pd.DataFrame, outcome: str) -> tuple[Estimate | None, list[str]]:
    """The model of an outcome, and the terms that it had to leave out; None where there are too few acts.

    Groups are those of the plan, whatever acts they have; cases are compared within the same decade.
    """
    spells = _with_term(spells)
    if (spells["event"] == outcome).sum() < FEW:
        return None, []
    frame, event = _in_the_model(spells, outcome)
    terms: list[str] = []
    left_out: list[str] = []
    for term in _FORMULA:
        n = frame.loc[event, term].value_counts()
        enough = frame[term].nunique() > 1 and (n > 0).sum() > 1 and n.max() < event.sum()
        (terms if enough else left_out).append(term)
    names: dict[str, Any] = {"exit": "exit", "event": "event", "entry": "entry", "outcome": outcome, "strata": "decade"}
    while terms:
        formula = " + ".join(terms)
        ratios = sum(1 if t == "longer" else frame[t].nunique() - 1 for t in terms)
        firth: dict[str, Any] = {"penalty": "firth"}
        ways = (firth,) if event.sum() < ACTS_PER_RATIO * ratios else ({"cluster": "person_id"}, firth)
        for how in ways:
            try:
                return cox(frame, formula, **names, **how), [LABELS.get(t, t) for t in left_out]
            except DataError:
                continue  # a group without an act has no finite ratio but under Firth's penalty
        # What even the penalty cannot tell apart: leave out the term with the emptiest group.
        worst = min(terms, key=lambda t: _fewest(frame[t], event))
        terms.remove(worst)
        left_out.append(worst)
    return None, [LABELS.get(t, t) for t in left_out]


def _in_the_model(spells: pd.DataFrame, outcome: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Spells that the model of an outcome compares, with their groups; and which of them end in it."""
    event = (spells["event"] == outcome).to_numpy()
    frame = spells[["case_id", "person_id", "entry", "exit", "event", "decade"]].assign(
        us_event=pd.Categorical.from_codes(
            spells["us_event"], ["other times", f"within {WINDOW.rstrip('D')} days after"]
        ),
        longer=np.log2(spells["sentence_months"].astype(float)),
        **_levels(spells),
    )
    met = _in_a_risk_set(frame, event)
    frame, event = frame[met].copy(), event[met]
    for term in _TERMS.values():
        frame[term] = frame[term].cat.remove_unused_categories()
    return frame, event


def _in_a_risk_set(frame: pd.DataFrame, event: np.ndarray) -> np.ndarray:
    """Spells at risk at some act of their decade; the others change no ratio, and a group of them alone has none."""
    met = np.zeros(len(frame), dtype=bool)
    for _, rows in frame.groupby("decade").indices.items():
        times = np.sort(frame["exit"].to_numpy()[rows][event[rows]])
        first = np.searchsorted(times, frame["entry"].to_numpy()[rows], side="right")
        met[rows] = first < np.searchsorted(times, frame["exit"].to_numpy()[rows], side="right")
    return met


def _fewest(term: pd.Series, event: np.ndarray) -> int:
    """Acts in the group that has the fewest; a number has no groups, and all acts."""
    if pd.api.types.is_numeric_dtype(term):
        return int(event.sum())
    return int(term[event].value_counts().reindex(term.unique(), fill_value=0).min())


def _compared(term: str, level: str, against: pd.Series) -> str:
    """What a ratio compares: a group with its reference, or a term of twice the length with the shorter one."""
    if term not in against.index:
        return f"a {plain(words(term))}"
    return tr("{level} against {against}", level=plain(words(level)), against=plain(words(against[term])))


def _apart(frame: pd.DataFrame, spells: pd.DataFrame, outcome: str) -> str:
    """Say which ratios differ from 1, and who the few people behind them are."""
    found = frame[told(frame)]
    others = (excludes_1(frame) & ~known(frame)).any()
    if found.empty:
        return tr(" None of the others can be told from 1.") if others else tr(" No ratio can be told from 1.")
    against = frame[frame["reference"].astype(bool)].set_index("term")["level"]
    named = [
        f"{_compared(r.term, r.level, against)} ({ratio(r.estimate)}; {limits(r.ci_low, r.ci_high)})"
        for r in found.itertuples()
    ]
    compared = int((~frame["reference"].astype(bool)).sum())
    line = tr(
        " {which} exclude 1 for {listed}. {ratios} {were} looked at, and of ratios that are truly 1 one in twenty is shown so by chance.",
        which=tr("Of the others, limits") if others else tr("Limits"),
        listed=listed(named),
        ratios=counted(compared, "ratio"),
        were=agreed(compared, "was"),
    )
    acts = spells[(spells["event"] == outcome) & (spells["sex"] == "F")]
    women = acts.drop_duplicates("person_id")
    if (found["level"] == "women").any() and len(women):
        kinds = women["ethnicity"].astype("string").fillna(NOT_STATED).value_counts()
        who = tr("{n} women", n=number(len(women))) if len(women) > 1 else tr("one woman")
        what = tr("this act") if len(acts) == len(women) else tr("these {n} acts", n=number(len(acts)))
        line += tr(
            " The {who} with {what} {are}, by ethnicity: {listed}; sex, ethnicity and renown cannot be told apart in so few.",
            who=who,
            what=what,
            are=agreed(len(women), "is"),
            listed=plain(tallied(kinds)),
        )
    return line


def forest_frame(fit: Estimate) -> pd.DataFrame:
    """Ratios with their limits, the acts behind them, and what could have been shown."""
    table = fit.tidy(exponentiate=True)
    support = fit.support[["term", "level", "n_event", "reference"]]
    frame = support.merge(
        table[["term", "level", "estimate", "std_error", "ci_low", "ci_high", "p_value"]],
        on=["term", "level"],
        how="left",
    )
    reach = power(fit)[["term", "level", "detectable_below", "detectable_above"]]
    frame = frame.merge(reach, on=["term", "level"], how="left")
    frame["estimate"] = frame["estimate"].where(~frame["reference"].astype(bool), 1.0)
    frame["term"] = frame["term"].map(lambda t: LABELS.get(t, t))
    return frame


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    shown = [
        "reference" if r else limits(a, b)
        for r, a, b in zip(frame["reference"], frame["ci_low"], frame["ci_high"], strict=True)
    ]
    return pd.DataFrame(
        {
            "by": [words(t) for t in frame["term"]],
            "group": [words(v) for v in frame["level"]],
            "acts": frame["n_event"].astype(int),
            "hazard ratio": [ratio(v) if np.isfinite(v) else "" for v in frame["estimate"]],
            "95% limits": shown,
            "could have shown": [
                _shows(a, b) for a, b in zip(frame["detectable_below"], frame["detectable_above"], strict=True)
            ],
            "warning": [
                tr("fewer than five acts") if n < FEW else "" if k else tr("reference with fewer than five acts")
                for n, k in zip(frame["n_event"], known(frame), strict=True)
            ],
        }
    )


def _shows(low: float, high: float) -> str:
    """The ratios that would have shown."""
    if low != low:
        return ""
    above = tr("above {value}", value=rounded(high, 1)) if np.isfinite(high) else ""
    below = tr("below {value}", value=rounded(low, 2)) if low >= 0.005 else tr("far below 0.01") if low > 0 else ""
    return tr(" or ").join(v for v in (below, above) if v) or tr("none")
