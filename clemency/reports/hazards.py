"""Section on hazard ratios: what goes with more or fewer acts, and how little the records can tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clemency import figures
from clemency.cohorts import Cohort
from clemency.figures.charts import words
from clemency.models import Estimate, cox, power
from clemency.records.errors import DataError
from clemency.reports.inputs import FEW, OUTCOMES, Inputs, pooled
from clemency.reports.quarterly import listed
from clemency.reports.section import Chart, Section, TableView

WINDOW = "180D"
TALKS = ("summit", "human_rights_dialogue", "diplomatic_dialogue")
_FORMULA = ("charge", "region", "sex", "ethnicity", "us_event")
#: With fewer acts for each ratio, Firth's penalty is used: its profile limits cover where others do not (docs/coverage.md).
ACTS_PER_RATIO = 10
_LABELS = {"us_event": "summits and dialogues with the US", "ethnicity": "ethnicity stated as"}


def hazard_ratios(i: Inputs) -> Section:
    """Cause-specific Cox models for a first reduction and a first medical parole."""
    exposed = exposed_cohort(i)
    parts: list = []
    text = [
        f"Does an act come sooner for some than for others? Cox models of {exposed.spells['case_id'].nunique()} cases compare the rate of a first "
        "act in a group with that in the group marked 'reference', among cases alike in all the other rows. The ratio of two such rates is called a hazard ratio: 2 "
        "means twice the rate, 0.5 half of it. **A ratio whose limits include 1 cannot be told from no difference**; the "
        "limits show which differences remain possible. These are associations in documented cases, not effects.",
    ]
    for outcome in OUTCOMES:
        fit, left_out = fitted(exposed.spells, outcome)
        if fit is None:
            text.append(f"{words(outcome).capitalize()}: too few acts for a model.")
            continue
        frame = forest_frame(fit)
        few = frame[frame["n_event"] < FEW]
        ax = figures.forest(frame, key=False)
        parts.append(
            Chart(
                f"hazard_ratios_{outcome}",
                f"Hazard ratios of a first {words(outcome)}; acts behind each row in brackets",
                ax,
            )
        )
        parts.append(
            TableView(f"hazard_ratios_{outcome}", f"The same as a table: {words(outcome)}", _table(frame), data=frame)
        )
        g = fit.glance().iloc[0]
        line = f"**{words(outcome).capitalize()}**: {int(g['events'])} acts."
        if fit.limits is not None:
            line += f" That is few for {len(fit.terms)} ratios, so Firth's penalty is used."
        if len(few):
            line += f" Fewer than {FEW} acts stand behind {len(few)} row{'s' if len(few) > 1 else ''} (drawn hollow): these ratios are unknown rather than large or small."
        line += _apart(frame, exposed.spells, outcome)
        if left_out:
            line += f" Left out because all or too few acts fall on one side: {', '.join(left_out)}."
        text.append(line)
    notes = (
        "Time runs in months since sentence here, because the start of custody is not known for many cases. Limits are 95%, with a variance "
        "clustered on the person unless Firth's penalty is used. A missing value is a group of its own, 'not stated'; groups with fewer than five acts, that one too, "
        "are pooled into 'other ...' or '... or ...'.",
        "Firth's penalty is a correction without which ratios from few acts come out too far from 1; its limits, from the profile likelihood, are lopsided.",
        "'Ethnicity not stated' means only that no source states it; it is not the same as Han.",
        "Counterrevolution is the name that the law had before October 1997 for much of what it has since called endangering state security: to compare the two is to compare two times as well.",
        "'Could have shown' gives the ratios that data of this size detect in four samples of five. Where a ratio's limits include 1, a true "
        "ratio between the two would mostly have gone unnoticed: finding nothing is then no finding.",
        "Exposure begins the day after an event and lasts 180 days; nobody is exposed before it.",
    )
    return Section("hazards", "Who receives an act sooner", tuple(text), tuple(parts), notes)


def exposed_cohort(i: Inputs) -> Cohort:
    """The cohort of the models, with the time after summits and dialogues with the US."""
    talks = i.events[(i.events["partner"] == "US") & i.events["event_type"].isin(TALKS)]
    return i.cohort(clock="sentence").expose(talks, window=WINDOW, by=None, name="us_event")


def fitted(spells: pd.DataFrame, outcome: str) -> tuple[Estimate | None, list[str]]:
    """The model of an outcome, and the terms that it had to leave out; None where there are too few acts."""
    event = (spells["event"] == outcome).to_numpy()
    frame = pd.DataFrame(
        {
            **{c: spells[c] for c in ("case_id", "person_id", "entry", "exit", "event")},
            "us_event": pd.Categorical.from_codes(
                spells["us_event"], ["other times", f"within {WINDOW.rstrip('D')} days after"]
            ),
            "charge": pooled(spells["charge_family"], event, "other charges"),
            "region": pooled(spells["region"], event, "other regions"),
            "sex": pooled(spells["sex"].cat.rename_categories({"F": "women", "M": "men"}), event, "other"),
            "ethnicity": pooled(spells["ethnicity"].astype("string"), event, "other groups"),
        }
    )
    terms: list[str] = []
    left_out: list[str] = []
    for term in _FORMULA:
        n = frame.loc[event, term].value_counts()
        enough = frame[term].nunique() > 1 and (n > 0).sum() > 1 and n.max() < event.sum()
        (terms if enough else left_out).append(term)
    names: dict[str, Any] = {"exit": "exit", "event": "event", "entry": "entry", "outcome": outcome}
    while terms:
        formula = " + ".join(terms)
        ratios = sum(frame[t].nunique() - 1 for t in terms)
        firth: dict[str, Any] = {"penalty": "firth"}
        ways = (firth,) if event.sum() < ACTS_PER_RATIO * ratios else ({"cluster": "person_id"}, firth)
        for how in ways:
            try:
                return cox(frame, formula, **names, **how), [_LABELS.get(t, t) for t in left_out]
            except DataError:
                continue  # a group without an act has no finite ratio but under Firth's penalty
        # What even the penalty cannot tell apart: leave out the term with the emptiest group.
        worst = min(
            terms, key=lambda t: frame.loc[event, t].value_counts().reindex(frame[t].unique(), fill_value=0).min()
        )
        terms.remove(worst)
        left_out.append(worst)
    return None, [_LABELS.get(t, t) for t in left_out]


def _apart(frame: pd.DataFrame, spells: pd.DataFrame, outcome: str) -> str:
    """Say which ratios differ from 1, and who the few people behind them are."""
    found = frame[(frame["ci_low"] > 1) | (frame["ci_high"] < 1)]
    if found.empty:
        return " No ratio can be told from 1."
    against = frame[frame["reference"].astype(bool)].set_index("term")["level"]
    named = [
        f"{words(r.level)} against {words(against[r.term])} ({r.estimate:.2f}; {r.ci_low:.2f} to {r.ci_high:.2f})"
        for r in found.itertuples()
    ]
    compared = int((~frame["reference"].astype(bool)).sum())
    line = (
        f" Limits exclude 1 for {listed(named)}. {compared} ratio{'s were' if compared > 1 else ' was'} looked at, and of ratios that are truly 1 one in twenty is "
        "shown so by chance."
    )
    acts = spells[spells["event"] == outcome]
    women = acts[acts["sex"] == "F"]
    if (found["level"] == "women").any() and len(women):
        kinds = women["ethnicity"].astype("string").fillna("not stated").value_counts()
        who = ", ".join(f"{k} {n}" for k, n in kinds.items())
        line += f" The {len(women)} women with this act are, by ethnicity: {who}; sex, ethnicity and renown cannot be told apart in so few."
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
    frame["term"] = frame["term"].map(lambda t: _LABELS.get(t, t))
    return frame


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    limits = [
        "reference" if r else f"{a:.2f} to {b:.2f}"
        for r, a, b in zip(frame["reference"], frame["ci_low"], frame["ci_high"], strict=True)
    ]
    return pd.DataFrame(
        {
            "by": [words(t) for t in frame["term"]],
            "group": [words(v) for v in frame["level"]],
            "acts": frame["n_event"].astype(int),
            "hazard ratio": [f"{v:.2f}" if np.isfinite(v) else "" for v in frame["estimate"]],
            "95% limits": limits,
            "could have shown": [
                f"below {a:.2f} or above {b:.1f}" if a == a else ""
                for a, b in zip(frame["detectable_below"], frame["detectable_above"], strict=True)
            ],
            "warning": ["fewer than five acts" if n < FEW else "" for n in frame["n_event"]],
        }
    )
