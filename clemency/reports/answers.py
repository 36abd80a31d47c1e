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
from clemency.reports.descriptions.quarterly import persons
from clemency.reports.inputs import FEW, OUTCOMES, Inputs
from clemency.reports.language import act_name, agreed, counted, limits, listed, number, plain, plural, rounded, share
from clemency.reports.planned.section import told as told_by_plan
from clemency.reports.section import Gaps, Section, TableView, or_reason

__all__ = ["what_can_be_said"]

#: Differences below twofold are called small here; a choice, printed with the table.
LARGE = 2.0


@or_reason("answers", "What these data can and cannot say")
def what_can_be_said(i: Inputs) -> Section:
    """Verdicts on each question of the models, and what is missing for the others."""
    gaps = Gaps()
    made = gaps.tried("verdicts of the models", lambda: verdicts(exposed_cohort(i), fits(i)))
    table = pd.DataFrame() if made is None else made
    open_ = gaps.tried("questions that are open", lambda: missing(i, i.cohort(clock="sentence")))
    parts = (
        []
        if open_ is None
        else [TableView("what_is_missing", "Questions that are open, and what would answer them", open_)]
    )
    if len(table):
        caption = "What is still possible after looking: one row per question and act"
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
        f"'Still possible' runs from the lowest to the highest 95% limit among the groups compared, so that it may include 1 although one group differs. 'Likely to show': in four samples of five. 'No large difference' means that all limits lie "
        f"between {1 / LARGE:g} and {LARGE:g}; 'limits exclude 1' that those of at least one group do, as about one in twenty does by chance alone. 'After Holm's correction' says whether that is still so once the number of ratios "
        f"in all models is allowed for. A group with fewer than {FEW} acts, or compared with one that has fewer, is unknown: it is never reported as a difference, whatever its limits.",
    )
    notes = (
        *(possible if len(table) else ()),
        "Finding no difference and finding that there is none are not the same: only the second bounds what is possible.",
    )
    planned = gaps.tried("what the plan finds", lambda: _planned(i)) or ()
    text = (*planned, _can(i, len(table) > 0), *(() if made is None else _verdict(table)))
    return gaps.added(Section("answers", "What these data can and cannot say", text, tuple(parts), notes))


def _planned(i: Inputs) -> tuple[str, ...]:
    """How many questions of the plan show a difference, in the library's own tables."""
    if not i.shipped:
        return ()
    h = told_by_plan(i).answers.hypotheses
    shown = int(h["passes"].sum())
    return (
        f"**The plan** asks {counted(len(h), 'question', spelled=True)} of the register, and {number(shown)} of them {agreed(shown, 'show')} a difference ('What the register shows'). Everything else is exploratory.",
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
                "How common are acts among all prisoners?",
                f"{'This' if followed == 1 else 'These'} {counted(followed, 'case')} {agreed(followed, 'was')} documented, not drawn; no list of all prisoners is public.",
                "Counts of acts and of prisoners by charge and province, or a random sample of rulings.",
            ),
            (
                "Did those without a recorded act have none?",
                _without_end(cohort.spells),
                "Where each prisoner is now, and the rulings of the prison's court.",
            ),
            (
                "Does being raised with officials help?",
                _raised(i),
                "The dates of the lists, and names of comparable prisoners who were not on them.",
            ),
            (
                "Do relations between states change the rate?",
                f"{_to_the_day(exact, len(granted))}; acts become known through the same meetings that may have brought them about.",
                "Acts dated by the court's ruling, whether or not anybody asked.",
            ),
            (
                "Is a difference between women and men due to their sex?",
                _women(cohort.spells),
                "More cases of women; they are documented less often.",
            ),
        ],
        columns=["question", "what stands in the way", "what would answer it"],
    )


def _to_the_day(exact: int, n: int) -> str:
    if n < 2:
        return f"The one act is {'' if exact else 'not '}dated to the day" if n else "No act is on record"
    return f"{exact} of {counted(n, 'act')} {agreed(exact, 'is')} dated to the day"


def _without_end(spells: pd.DataFrame) -> str:
    people = spells.groupby("case_id").agg(exit=("exit", "max"), months=("sentence_months", "first"))
    lost = people[~people.index.isin(spells.loc[spells["event"] != "censored", "case_id"])]
    if people.empty:
        return "No case is followed."
    if lost.empty:
        return "Every case has a recorded end."
    seen = float((lost["exit"] / lost["months"].astype(float)).median())
    half = (
        f"; half of them are followed for less than {share(seen)} of the term" if seen == seen and len(lost) > 1 else ""
    )
    return f"{len(lost)} of {counted(len(people), 'case')} {agreed(len(lost), 'has')} no recorded end{half}."


def _raised(i: Inputs) -> str:
    known = i.cases[i.cases["detention_earliest"].isna() | (i.cases["detention_earliest"] <= i.last_day)]
    raised = known[known["raised_by"].notna()]
    undated = int(raised["raised_date"].isna().sum())
    if raised.empty:
        return "No case in the tables is said to have been raised."
    if len(raised) == 1 and not undated:
        return "The one case that was raised has a date of it."
    return f"{undated} of {counted(len(raised), 'case')} that {agreed(len(raised), 'was')} raised {agreed(undated, 'has')} no date of it."


def _women(spells: pd.DataFrame) -> str:
    women = spells[(spells["sex"] == "F").fillna(False).astype(bool)]
    acted = women[women["event"].isin(OUTCOMES)]
    n, cases = women["person_id"].nunique(), women["case_id"].nunique()
    if not n:
        return "No woman is among those followed."
    who = f"{n} {'woman' if n == 1 else 'women'}" + (f" in {cases} cases" if cases != n else "")
    first = acted["person_id"].nunique()
    if n == 1:
        had = f"who had {counted(len(acted), 'first act', spelled=True)}" if first else "who had no first act"
        return f"{who}, {had}: too few to tell sex from ethnicity, charge and renown."
    acts = f" ({len(acted)} in all)" if len(acted) != first else ""
    return f"{who}, {first} of whom had a first act{acts}: too few to tell sex from ethnicity, charge and renown."


def _can(i: Inputs, compared: bool) -> str:
    granted = i.acts[~act_places(i).isin([NOT_GRANTED, LATER, LATER_DATED])]
    if granted.empty:
        return f"**They can say** nothing of who was granted an act: the tables hold none up to the end of {i.quarter}, or without a date."
    totals = int((act_places(i) == TOTAL).sum())
    of_them = f" (among them {totals} {'total' if totals == 1 else 'totals'} over several acts)" if totals else ""
    when = f"up to the end of {i.quarter} or without a date{of_them}"
    word = ": every row names a document that can be opened" if i.published else ""
    return (
        f"**They can say** that {counted(len(granted), 'act')} {when} {agreed(len(granted), 'was')} granted to {counted(persons(i, granted), 'person')}, when, and on whose word{word}."
        + (
            " They can say which differences between documented cases are larger than chance makes likely, and how large a difference might have been missed."
            if compared
            else ""
        )
    )


def _verdict(table: pd.DataFrame) -> tuple[str, ...]:
    if table.empty:
        return (
            "**They cannot say** who receives an act sooner: there are too few acts for a model, or too few groups with acts.",
        )
    n = table["verdict"].value_counts().reindex(["cannot tell", "no large difference", "differs"], fill_value=0)
    few = f", or fewer than {FEW} acts stand behind a group" if table.get("unknown", pd.Series(0)).any() else ""
    size = "that size" if n["cannot tell"] else f"at least {LARGE:g} to 1"
    said_of = {
        "cannot tell": f"{agreed(n['cannot tell'], 'remain')} open (the limits include both no difference and one of at least {LARGE:g} to 1{few})",
        "no large difference": f"{agreed(n['no large difference'], 'exclude')} a difference of {size}",
        "differs": f"{agreed(n['differs'], 'has')} limits that exclude 1 for at least one group",
    }
    some = {k: v for k, v in said_of.items() if n[k]}
    put = "put to the models"
    if len(table) == 1:
        said = f"the one question {put} {next(iter(some.values()))}."
    elif len(some) == 1:
        said = f"all {len(table)} questions {put} {next(iter(some.values()))}."
    else:
        said = f"of {len(table)} questions {put} {listed([f'{n[k]} {v}' for k, v in some.items()])}."
    lead = "Their limits are wide" if n["cannot tell"] else "What the models say"
    return (f"**{lead}**: {said}{_differences(table)} These models are exploratory, and none of this is about cause.",)


def _differences(table: pd.DataFrame) -> str:
    """Which questions show a difference, and what is left of it once all comparisons are counted."""
    differ = table[table["verdict"] == "differs"]
    if differ.empty:
        return ""
    looked = sum(len(v) for v in table["levels"])
    named = listed([f"{r.question} for {plural(r.act)}" for r in differ.itertuples()])
    left = [f"{plain(words(level))} ({act_name(r.act)})" for r in _with_holm(table).itertuples() for level in r.left]
    stand = f"only {listed(left)} {agreed(len(left), 'remain')}" if left else "none remains"
    return (
        f" {'That is' if len(differ) == 1 else 'Those are'} {named}. Each was taken by itself: {counted(looked, 'ratio')} {agreed(looked, 'was')} looked at, of which some leave 1 by chance. "
        f"After Holm's correction, which allows for that, {stand} apart from 1."
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
            "least ratio likely to show": [f"{rounded(v, 1)} to 1" if v < np.inf else "" for v in table["detectable"]],
            "verdict": verdict,
            "after Holm's correction": [
                "" if v != "differs" else "still apart from 1" if n else "no longer"
                for v, n in zip(table["verdict"], table["n_left"], strict=True)
            ],
        }
    )
