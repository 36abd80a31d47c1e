"""Section that says which questions these data answer, which they leave open, and what would answer them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from clemency.cohorts import Cohort
from clemency.figures.charts import words
from clemency.reports.hazards import exposed_cohort, fitted, forest_frame
from clemency.reports.inputs import GRANTED, OUTCOMES, Inputs
from clemency.reports.quarterly import listed
from clemency.reports.section import Section, TableView

__all__ = ["what_can_be_said"]

#: Differences below twofold are called small here; a choice, printed with the table.
LARGE = 2.0


def what_can_be_said(i: Inputs) -> Section:
    """Verdicts on each question of the models, and what is missing for the others."""
    exposed = exposed_cohort(i)
    table = verdicts(exposed)
    gaps = missing(i, exposed)
    parts = [TableView("what_is_missing", "Questions that are open, and what would answer them", gaps)]
    if len(table):
        caption = "What is still possible after looking: one row per question and act"
        parts.insert(
            0, TableView("what_is_possible", caption, _shown(table), data=table.drop(columns=["p_values", "levels"]))
        )
    notes = (
        f"'Still possible' runs from the lowest to the highest 95% limit among the groups compared, so that it may hold 1 although one group differs. 'Likely to show': in four samples of five. 'No large difference' means that all limits lie "
        f"between {1 / LARGE:g} and {LARGE:g}; 'differs' that the limits of at least one group exclude 1, as about one in twenty does by chance alone.",
        "Finding no difference and finding that there is none are not the same: only the second bounds what is possible.",
    )
    return Section("answers", "What these data can and cannot say", (_can(i), *_verdict(table)), tuple(parts), notes)


def verdicts(exposed: Cohort) -> pd.DataFrame:
    """One row per act and question: ``act, question, groups, acts, lowest, highest, detectable, differ, verdict``.

    ``lowest`` and ``highest`` are the outermost limits of the ratios to the reference, ``detectable`` the ratio that
    the best known group would show in four samples of five, ``differ`` the groups whose limits exclude 1, ``p_values``
    and ``levels`` those of all groups compared.
    """
    rows = []
    for outcome in OUTCOMES:
        fit, _ = fitted(exposed.spells, outcome)
        if fit is None:
            continue
        frame = forest_frame(fit)
        frame["term"] = frame["term"].replace({"ethnicity stated as": "ethnicity"})
        compared = frame[~frame["reference"].astype(bool)]
        for term, group in compared.groupby("term", sort=False):
            differ = int(((group["ci_low"] > 1) | (group["ci_high"] < 1)).sum())
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
                    "p_values": tuple(group["p_value"]),
                    "levels": tuple(group["level"]),
                    "verdict": _word(differ, low, high),
                }
            )
    return pd.DataFrame(rows)


def _word(differ: int, low: float, high: float) -> str:
    if differ:
        return "differs"
    return "no large difference" if low >= 1 / LARGE and high <= LARGE else "cannot tell"


def missing(i: Inputs, exposed: Cohort) -> pd.DataFrame:
    """What stands in the way of an answer, counted: ``question, what stands in the way, what would answer it``."""
    known = i.cases[i.cases["detention_earliest"].isna() | (i.cases["detention_earliest"] <= i.last_day)]
    raised = known[known["raised_by"].notna()]
    undated = int(raised["raised_date"].isna().sum())
    granted = i.acts[i.acts["act_type"].isin(GRANTED)]
    granted = granted[granted["act_earliest"].isna() | (granted["act_earliest"] <= i.last_day)]
    exact = int((granted["act_earliest"].notna() & (granted["act_earliest"] == granted["act_latest"])).sum())
    spells = exposed.spells
    people = spells.groupby("case_id").agg(exit=("exit", "max"), months=("sentence_months", "first"))
    ended = spells.loc[spells["event"] != "censored", "case_id"].nunique()
    lost = people[~people.index.isin(spells.loc[spells["event"] != "censored", "case_id"])]
    seen = float((lost["exit"] / lost["months"].astype(float)).median()) if len(lost) else np.nan
    women = spells[(spells["sex"] == "F").fillna(False).astype(bool)]
    acts = int(women["event"].isin(OUTCOMES).sum())
    return pd.DataFrame(
        [
            (
                "How common are acts among all prisoners?",
                f"These {len(exposed.spells['case_id'].unique())} cases were documented, not drawn; no list of all prisoners is public.",
                "Counts of acts and of prisoners by charge and province, or a random sample of rulings.",
            ),
            (
                "Did those without a recorded act have none?",
                f"{len(people) - ended} of {len(people)} cases have no recorded end; half of them are followed for less than {seen:.0%} of the term."
                if len(lost)
                else "Every case has a recorded end.",
                "Where each prisoner is now, and the rulings of the prison's court.",
            ),
            (
                "Does being raised by other governments help?",
                f"{undated} of {len(raised)} cases that were raised have no date of it.",
                "The dates of the lists, and names of comparable prisoners who were not on them.",
            ),
            (
                "Do relations between states change the rate?",
                f"{exact} of {len(granted)} acts are dated to the day; acts become known through the same meetings that may have brought them about.",
                "Acts dated by the court's ruling, whether or not anybody asked.",
            ),
            (
                "Is a difference between women and men due to their sex?",
                f"{women['case_id'].nunique()} women, {acts} of whom had a first act: too few to tell sex from ethnicity, charge and renown.",
                "More cases of women; they are documented less often.",
            ),
        ],
        columns=["question", "what stands in the way", "what would answer it"],
    )


def _can(i: Inputs) -> str:
    granted = i.acts[i.acts["act_type"].isin(GRANTED)]
    granted = granted[granted["act_earliest"].isna() | (granted["act_earliest"] <= i.last_day)]
    people = i.cases.set_index("case_id").loc[granted["case_id"].unique(), "person_id"].nunique()
    return (
        f"**They can say** that {len(granted)} acts up to the end of {i.quarter} (or without a date) were granted to {people} people, when, and on whose word: every row names a document that can be opened. "
        "They can say which differences between documented cases are larger than chance makes likely, and how large a difference might have been missed."
    )


def _verdict(table: pd.DataFrame) -> tuple[str, ...]:
    if table.empty:
        return ("**They cannot say** who receives an act sooner: there are too few acts for a model.",)
    n = table["verdict"].value_counts().reindex(["differs", "no large difference", "cannot tell"], fill_value=0)
    told = [
        f"{n['cannot tell']} stay{'s' if n['cannot tell'] == 1 else ''} open (the limits include both no difference and one of at least {LARGE:g} to 1)",
        f"{n['no large difference']} exclude{'s' if n['no large difference'] == 1 else ''} a difference of that size",
        f"{n['differs']} show{'s' if n['differs'] == 1 else ''} a difference",
    ]
    told = [t for t in told if not t.startswith("0 ")]
    return (
        f"**They cannot say** as much as one would wish. Of {len(table)} question{'s' if len(table) > 1 else ''} put to the models "
        f"{listed(told)}.{_differences(table)} None of this is about cause.",
    )


def _differences(table: pd.DataFrame) -> str:
    """Which questions show a difference, and what is left of it once all comparisons are counted."""
    differ = table[table["verdict"] == "differs"]
    if differ.empty:
        return ""
    named = [f"{r.question} for {words(r.act)}s" for r in differ.itertuples()]
    p = np.array([v for values in table["p_values"] for v in values])
    of = [f"{words(level)} ({words(r.act)})" for r in table.itertuples() for level in r.levels]
    left = [name for name, small in zip(of, multipletests(p, method="holm")[1] <= 0.05, strict=True) if small]
    remain = (
        f"{'those' if len(left) > 1 else 'that'} of {listed(left)} still differ{'s' if len(left) == 1 else ''} from 1"
        if left
        else "none still differs from 1"
    )
    return f" The differences are by {listed(named)}. Of {len(p)} ratios some leave 1 by chance; by Holm's rule, which allows for that, {remain}."


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "act": [words(a) for a in table["act"]],
            "by": [words(q) for q in table["question"]],
            "groups": table["groups"],
            "acts": table["acts"],
            "ratios still possible": [
                f"{a:.2f} to {b:.2f}" for a, b in zip(table["lowest"], table["highest"], strict=True)
            ],
            "least ratio likely to show": [f"{v:.1f} to 1" if v == v else "" for v in table["detectable"]],
            "verdict": table["verdict"],
        }
    )
