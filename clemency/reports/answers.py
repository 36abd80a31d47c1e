"""Section that says which questions these data answer, which they leave open, and what would answer them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from clemency.cohorts import Cohort
from clemency.figures.theme.wording import words
from clemency.models.hazard.estimate import Estimate
from clemency.reports.associations.hazards import exposed_cohort, fits, fitted, forest_frame
from clemency.reports.associations.told import excludes_1, known, told
from clemency.reports.descriptions.counts import LATER, LATER_DATED, NOT_GRANTED, TOTAL, act_places
from clemency.reports.descriptions.quarterly import people_of
from clemency.reports.inputs import FEW, OUTCOMES, Inputs, persons
from clemency.reports.language import (
    act_name,
    agreed,
    counted,
    label,
    limits,
    listed,
    number,
    plain,
    plural,
    rounded,
    share,
    tr,
)
from clemency.reports.planned.section import told as told_by_plan
from clemency.reports.section import Gaps, Section, TableView, or_reason

__all__ = ["what_can_be_said"]

#: Differences below twofold are called small here; a choice, printed with the table.
LARGE = 2.0


@or_reason("answers", "What these data can and cannot say")
def what_can_be_said(i: Inputs) -> Section:
    """Verdicts on each question of the models, and what is missing for the others."""
    gaps = Gaps()
    made = gaps.tried(tr("verdicts of the models"), lambda: verdicts(exposed_cohort(i), fits(i)))
    table = pd.DataFrame() if made is None else made
    open_ = gaps.tried(tr("questions that are open"), lambda: missing(i, i.cohort(clock="sentence")))
    parts = (
        []
        if open_ is None
        else [TableView("what_is_missing", tr("Questions that are open, and what would answer them"), open_)]
    )
    if len(table):
        caption = tr("What is still possible after looking: one row per question and act")
        parts.insert(
            0,
            TableView(
                "what_is_possible",
                caption,
                _shown(table),
                data=table.drop(columns=["p_values", "levels", "left", "told"]),
            ),
        )
    possible = (
        tr(
            "'Still possible' runs from the lowest to the highest 95% limit among the groups compared, so that it may include 1 although one group differs. 'Likely to show': in four samples of five. 'No large difference' means that all limits lie between {small:g} and {large:g}; 'limits exclude 1' that those of at least one group do, as about one in twenty does by chance alone. 'After Holm's correction' says whether that is still so once the number of ratios in all models is allowed for. A group with fewer than {few} acts, or compared with one that has fewer, is unknown: it is never reported as a difference, whatever its limits.",
            small=1 / LARGE,
            large=LARGE,
            few=FEW,
        ),
    )
    notes = (
        *(possible if len(table) else ()),
        tr(
            "Finding no difference and finding that there is none are not the same: only the second bounds what is possible."
        ),
    )
    planned = gaps.tried(tr("what the plan finds"), lambda: _planned(i)) or ()
    text = (*planned, _can(i, len(table) > 0), *(() if made is None else _verdict(table)))
    return gaps.added(Section("answers", tr("What these data can and cannot say"), text, tuple(parts), notes))


def _planned(i: Inputs) -> tuple[str, ...]:
    """How many questions of the plan show a difference, in the library's own tables."""
    if not i.shipped:
        return ()
    h = told_by_plan(i).answers.hypotheses
    shown = int(h["passes"].sum())
    return (
        tr(
            "**The plan** asks {questions} of the register, and {n} of them {show} a difference ('What the register shows'). Everything else is exploratory.",
            questions=counted(len(h), "question", spelled=True),
            n=number(shown),
            show=agreed(shown, "show"),
        ),
    )


def verdicts(exposed: Cohort, made: dict[str, tuple[Estimate | None, list[str]]] | None = None) -> pd.DataFrame:
    """One row per act and question: ``act, question, groups, acts, lowest, highest, detectable, differ, verdict``.

    ``lowest`` and ``highest`` are the outermost limits of the ratios to the reference, ``detectable`` the ratio that
    the best known group would show in four samples of five, ``differ`` the groups that may be told as different,
    ``unknown`` those whose limits exclude 1 though too few acts stand behind them, ``p_values``, ``levels`` and ``told``
    those of all groups compared, ``left`` the levels that may be told and whose p value passes 5% by Holm's rule over all
    rows, ``n_left`` how many they are.
    """
    rows = []
    for outcome in OUTCOMES:
        fit, _ = made[outcome] if made else fitted(exposed.spells, outcome)
        if fit is None:
            continue
        frame = forest_frame(fit)
        frame["term"] = frame["term"].replace({"ethnicity stated as": "ethnicity"})
        frame = frame.assign(told=told(frame), known=known(frame), out=excludes_1(frame))
        compared = frame[
            ~frame["reference"].astype(bool) & frame["level"].ne("")
        ]  # the length of the term is no question
        for term, group in compared.groupby("term", sort=False):
            differ = int(group["told"].sum())
            low, high = float(group["ci_low"].min()), float(group["ci_high"].max())
            rows.append(
                {
                    "act": outcome,
                    "question": term,
                    "groups": len(group) + 1,
                    "acts": int(frame.loc[frame["term"] == term, "n_event"].sum()),
                    "lowest": low,
                    "highest": high,
                    "detectable": float(group["detectable_above"].min()),
                    "differ": differ,
                    "unknown": int((group["out"] & ~group["known"]).sum()),
                    "p_values": tuple(group["p_value"]),
                    "levels": tuple(group["level"]),
                    "told": tuple(map(bool, group["told"])),
                    "verdict": _word(differ, low, high) if differ or group["known"].all() else "cannot tell",
                }
            )
    return _with_holm(pd.DataFrame(rows))


def _with_holm(table: pd.DataFrame) -> pd.DataFrame:
    """What is left of each question's differences once all ratios looked at are allowed for."""
    if table.empty:
        return table
    p = np.array([v for values in table["p_values"] for v in values])
    small = iter(multipletests(p, method="holm")[1] <= 0.05)
    told_ = table["told"] if "told" in table else [(True,) * len(levels) for levels in table["levels"]]
    passed = [[bool(next(small)) for _ in levels] for levels in table["levels"]]
    left = [
        tuple(level for level, p, t in zip(levels, own, may, strict=True) if p and t)
        for levels, own, may in zip(table["levels"], passed, told_, strict=True)
    ]
    return table.assign(left=left, n_left=[len(v) for v in left])


def _word(differ: int, low: float, high: float) -> str:
    if differ:
        return "differs"
    return "no large difference" if low >= 1 / LARGE and high <= LARGE else "cannot tell"


def missing(i: Inputs, cohort: Cohort) -> pd.DataFrame:
    """What stands in the way of an answer, counted: ``question, what stands in the way, what would answer it``."""
    granted = i.acts[~act_places(i).isin([NOT_GRANTED, LATER, LATER_DATED])]
    exact = int((granted["act_earliest"].notna() & (granted["act_earliest"] == granted["act_latest"])).sum())
    followed = cohort.spells["case_id"].nunique()
    return pd.DataFrame(
        [
            (
                tr("How common are acts among all prisoners?"),
                tr(
                    "{these} {cases} {were} documented, not drawn; no list of all prisoners is public.",
                    these="This" if followed == 1 else "These",
                    cases=counted(followed, "case"),
                    were=agreed(followed, "was"),
                ),
                tr("Counts of acts and of prisoners by charge and province, or a random sample of rulings."),
            ),
            (
                tr("Did those without a recorded act have none?"),
                _without_end(cohort.spells),
                tr("Where each prisoner is now, and the rulings of the prison's court."),
            ),
            (
                tr("Does being raised with officials help?"),
                _raised(i),
                tr("The dates of the lists, and names of comparable prisoners who were not on them."),
            ),
            (
                tr("Do relations between states change the rate?"),
                tr(
                    "{exact}; acts become known through the same meetings that may have brought them about.",
                    exact=_to_the_day(exact, len(granted)),
                ),
                tr("Acts dated by the court's ruling, whether or not anybody asked."),
            ),
            (
                tr("Is a difference between women and men due to their sex?"),
                _women(cohort.spells),
                tr("More cases of women; they are documented less often."),
            ),
        ],
        columns=["question", "what stands in the way", "what would answer it"],
    )


def _to_the_day(exact: int, n: int) -> str:
    if n < 2:
        return (
            (tr("The one act is dated to the day") if exact else tr("The one act is not dated to the day"))
            if n
            else tr("No act is on record")
        )
    return tr("{exact} of {acts} {are} dated to the day", exact=exact, acts=counted(n, "act"), are=agreed(exact, "is"))


def _without_end(spells: pd.DataFrame) -> str:
    people = spells.groupby("case_id").agg(exit=("exit", "max"), months=("sentence_months", "first"))
    lost = people[~people.index.isin(spells.loc[spells["event"] != "censored", "case_id"])]
    if people.empty:
        return tr("No case is followed.")
    if lost.empty:
        return tr("Every case has a recorded end.")
    seen = float((lost["exit"] / lost["months"].astype(float)).median())
    half = (
        tr("; half of them are followed for less than {share} of the term", share=share(seen))
        if seen == seen and len(lost) > 1
        else ""
    )
    return tr(
        "{n} of {cases} {have} no recorded end{half}.",
        n=len(lost),
        cases=counted(len(people), "case"),
        have=agreed(len(lost), "has"),
        half=half,
    )


def _raised(i: Inputs) -> str:
    known = i.cases[i.cases["detention_earliest"].isna() | (i.cases["detention_earliest"] <= i.last_day)]
    raised = known[known["raised_by"].notna()]
    undated = int(raised["raised_date"].isna().sum())
    if raised.empty:
        return tr("No case in the tables is said to have been raised.")
    if len(raised) == 1 and not undated:
        return tr("The one case that was raised has a date of it.")
    return tr(
        "{undated} of {cases} that {were} raised {have} no date of it.",
        undated=undated,
        cases=counted(len(raised), "case"),
        were=agreed(len(raised), "was"),
        have=agreed(undated, "has"),
    )


def _women(spells: pd.DataFrame) -> str:
    women = spells[(spells["sex"] == "F").fillna(False).astype(bool)]
    acted = women[women["event"].isin(OUTCOMES)]
    n, cases = women["person_id"].nunique(), women["case_id"].nunique()
    if not n:
        return tr("No woman is among those followed.")
    who = people_of(n, "woman", "women") + (tr(" in {cases} cases", cases=cases) if cases != n else "")
    first = acted["person_id"].nunique()
    if n == 1:
        had = (
            tr("who had {acts}", acts=counted(len(acted), "first act", spelled=True))
            if first
            else tr("who had no first act")
        )
        return tr("{who}, {had}: too few to tell sex from ethnicity, charge and renown.", who=who, had=had)
    acts = tr(" ({n} in all)", n=len(acted)) if len(acted) != first else ""
    return tr(
        "{who}, {first} of whom had a first act{acts}: too few to tell sex from ethnicity, charge and renown.",
        who=who,
        first=first,
        acts=acts,
    )


def _can(i: Inputs, compared: bool) -> str:
    granted = i.acts[~act_places(i).isin([NOT_GRANTED, LATER, LATER_DATED])]
    if granted.empty:
        return tr(
            "**They can say** nothing of who was granted an act: the tables hold none up to the end of {quarter}, or without a date.",
            quarter=i.quarter,
        )
    totals = int((act_places(i) == TOTAL).sum())
    of_them = (
        tr(
            " (among them {totals} {word} over several acts)",
            totals=totals,
            word="total" if totals == 1 else "totals",
        )
        if totals
        else ""
    )
    when = tr("up to the end of {quarter} or without a date{of_them}", quarter=i.quarter, of_them=of_them)
    word = tr(": every row names a document that can be opened") if i.published else ""
    return tr(
        "**They can say** that {acts} {when} {were} granted to {people}, when, and on whose word{cited}.",
        acts=counted(len(granted), "act"),
        when=when,
        were=agreed(len(granted), "was"),
        people=counted(persons(i, granted), "person"),
        cited=word,
    ) + (
        tr(
            " They can say which differences between documented cases are larger than chance makes likely, and how large a difference might have been missed."
        )
        if compared
        else ""
    )


def _verdict(table: pd.DataFrame) -> tuple[str, ...]:
    if table.empty:
        return (
            tr(
                "**They cannot say** who receives an act sooner: there are too few acts for a model, or too few groups with acts."
            ),
        )
    n = table["verdict"].value_counts().reindex(["cannot tell", "no large difference", "differs"], fill_value=0)
    few = (
        tr(", or fewer than {few} acts stand behind a group", few=FEW)
        if table.get("unknown", pd.Series(0)).any()
        else ""
    )
    size = tr("that size") if n["cannot tell"] else tr("at least {large:g} to 1", large=LARGE)
    said_of = {
        "cannot tell": tr(
            "{remain} open (the limits include both no difference and one of at least {large:g} to 1{few})",
            remain=agreed(n["cannot tell"], "remain"),
            large=LARGE,
            few=few,
        ),
        "no large difference": tr(
            "{exclude} a difference of {size}",
            exclude=agreed(n["no large difference"], "exclude"),
            size=size,
        ),
        "differs": tr(
            "{have} limits that exclude 1 for at least one group",
            have=agreed(n["differs"], "has"),
        ),
    }
    some = {k: v for k, v in said_of.items() if n[k]}
    if len(table) == 1:
        said = tr("the one question put to the models {verdict}.", verdict=next(iter(some.values())))
    elif len(some) == 1:
        said = tr("all {n} questions put to the models {verdict}.", n=len(table), verdict=next(iter(some.values())))
    else:
        said = tr(
            "of {n} questions put to the models {verdicts}.",
            n=len(table),
            verdicts=listed([tr("{n} {verdict}", n=n[k], verdict=v) for k, v in some.items()]),
        )
    head = tr("Their limits are wide") if n["cannot tell"] else tr("What the models say")
    return (
        tr(
            "**{head}**: {said}{differences} These models are exploratory, and none of this is about cause.",
            head=head,
            said=said,
            differences=_differences(table),
        ),
    )


def _differences(table: pd.DataFrame) -> str:
    """Which questions show a difference, and what is left of it once all comparisons are counted."""
    differ = table[table["verdict"] == "differs"]
    if differ.empty:
        return ""
    looked = sum(len(v) for v in table["levels"])
    named = listed(
        [
            tr("{question} for {acts}", question=label(words(r.question)), acts=plural(r.act))
            for r in differ.itertuples()
        ]
    )
    left = [
        tr("{level} ({act})", level=plain(words(level)), act=act_name(r.act))
        for r in _with_holm(table).itertuples()
        for level in r.left
    ]
    stand = (
        tr("only {ratios} {remain}", ratios=listed(left), remain=agreed(len(left), "remain"))
        if left
        else tr("none remains")
    )
    return tr(
        " {those} {named}. Each was taken by itself: {ratios} {were} looked at, of which some leave 1 by chance. After Holm's correction, which allows for that, {stand} apart from 1.",
        those="That is" if len(differ) == 1 else "Those are",
        named=named,
        ratios=counted(looked, "ratio"),
        were=agreed(looked, "was"),
        stand=stand,
    )


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    verdict = table["verdict"].replace({"differs": "limits exclude 1"})
    if "unknown" in table:
        few = (table["unknown"] > 0) & (table["verdict"] == "cannot tell")
        verdict = verdict.mask(few, "cannot tell: too few acts")
    return pd.DataFrame(
        {
            "act": [act_name(a) for a in table["act"]],
            "by": [words(q) for q in table["question"]],
            "groups": table["groups"],
            "acts": table["acts"],
            "ratios still possible": [limits(a, b) for a, b in zip(table["lowest"], table["highest"], strict=True)],
            "least ratio likely to show": [
                tr("{ratio} to 1", ratio=rounded(v, 1)) if v < np.inf else "" for v in table["detectable"]
            ],
            "verdict": verdict,
            "after Holm's correction": [
                "" if v != "differs" else tr("still apart from 1") if n else tr("no longer")
                for v, n in zip(table["verdict"], table["n_left"], strict=True)
            ],
        }
    )
