"""Section on all reductions of a prisoner, not only the first."""

from __future__ import annotations

import pandas as pd

from clemency.cohorts import cohort
from clemency.models import recurrence
from clemency.reports.inputs import Inputs
from clemency.reports.section import Chart, Section, TableView

__all__ = ["all_reductions"]


def all_reductions(i: Inputs) -> Section:
    """Mean cumulative number of sentence reductions per prisoner, with release and death as ends."""
    every = cohort(i.cases, i.acts, outcome="sentence_reduction", clock="sentence", until=i.until, recurrent=True)
    reduced = every.spells[every.spells["event"] == "sentence_reduction"]
    title = "All reductions of a prisoner"
    if reduced.empty:
        text = (f"No sentence reduction of a case with known dates had been made by the end of {i.quarter}.",)
        return Section("all-reductions", title, text)
    counted, unending = recurrence(every), recurrence(every, terminal=[])
    times = [t for t in (24, 60, 120) if t <= max(float(counted.tidy()["time"].max()), 24)]
    at, naive = counted.at(times), unending.at(times)
    number = reduced["case_id"].value_counts()
    ax = counted.plot()
    ax.set(xlabel="months since sentence", ylabel="reductions per prisoner")
    view = pd.DataFrame(
        {
            "by month": [f"{t:g}" for t in at["time"]],
            "at risk": at["at_risk"].astype(int),
            "reductions so far": at["n_event"].astype(int),
            "per 100 prisoners": [f"{100 * v:.0f}" for v in at["estimate"]],
            "95% limits": [
                f"{100 * a:.0f} to {100 * b:.0f}" if n else "none seen: no limits"
                for a, b, n in zip(at["ci_low"], at["ci_high"], at["n_event"], strict=True)
            ],
            "if nobody ever left": [f"{100 * v:.0f}" for v in naive["estimate"]],
        }
    )
    text = (
        f"{len(reduced)} reductions of {len(number)} prisoners are counted; {int((number > 1).sum())} of them had more than one. "
        "The curve is the mean number per prisoner by months since sentence, where whoever is released or dies receives no more.",
    )
    notes = (
        "Limits (the shaded band and the column) are 95% and allow for the reductions of one person going together. The last column treats release as if counting had merely been cut short; it describes nobody, and "
        "shows how much that mistake would matter.",
    )
    parts = (
        Chart("reductions_per_prisoner", "Mean number of sentence reductions per prisoner", ax, frame=counted.tidy()),
        TableView("reductions_per_prisoner_by_month", "Sentence reductions per 100 prisoners", view),
    )
    return Section("all-reductions", title, text, parts, notes)
