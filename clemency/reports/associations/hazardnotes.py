"""Groups of the models of who receives an act sooner -> the small print on them."""

from __future__ import annotations

import pandas as pd

from clemency.reports.inputs import NOT_CODED, NOT_STATED
from clemency.reports.language import capital, label, tr

__all__ = ["LABELS", "LEAST", "WINDOW", "notes"]

WINDOW = "180D"
#: Cases that a group needs to be compared by itself in these models.
LEAST = 10
LABELS = {
    "longer": "term twice as long",
    "us_event": "summits and dialogues with the US",
    "ethnicity": "ethnicity stated as",
}


def notes(frame: pd.DataFrame, firth: bool) -> tuple[str, ...]:
    """Small print on what the tables hold, and on nothing else."""
    levels = {term: " ".join(part.astype(str)) for term, part in frame.groupby("term")["level"]}
    some = " ".join(v for k, v in levels.items() if k != LABELS["us_event"])
    missing = (
        tr(
            " A missing value is a group of its own, 'not stated'; only cases without a known length of the term are left out."
        )
        if NOT_STATED in some
        else ""
    )
    pooled_ = (
        tr(" Groups of fewer than {least} cases are joined, whatever their acts.", least=LEAST)
        if "other " in some
        else ""
    )
    variance = tr("Limits are 95%, with a variance clustered on the person") + (
        tr(" unless Firth's penalty is used.") if firth else tr(".")
    )
    notes = {
        tr(
            "Time runs in months since sentence here, so that cases whose start of custody is not known can be compared too. {variance}{missing}{pooled}",
            variance=variance,
            missing=missing,
            pooled=pooled_,
        ): True,
        tr(
            "Firth's penalty is a correction without which ratios from few acts come out too far from 1; its limits, from the profile likelihood, are lopsided."
        ): firth,
        **_notes_on_levels(levels),
    }
    return tuple(note for note, there in notes.items() if there)


def _notes_on_levels(levels: dict[str, str]) -> dict[str, bool]:
    """What groups and columns are, each with whether it is there."""
    return {
        tr(
            "'{level}' are cases for whose charge no source states the article of the law and none follows from its wording, or whose charge is not stated at all.",
            level=capital(label(NOT_CODED)),
        ): NOT_CODED in levels.get("charge", ""),
        tr(
            "'Han or none stated' takes in all whose ethnicity no source states: it is stated mostly for those who are not Han."
        ): "none stated" in levels.get(LABELS["ethnicity"], ""),
        tr(
            "Counterrevolution is the name that the law had before October 1997 for much of what it has since called endangering state security: to compare the two is to compare two times as well."
        ): all(f in levels.get("charge", "") for f in ("counterrevolution", "endangering")),
        tr(
            "'Could have shown' gives the ratios that data of this size detect in four samples of five. Where a ratio's limits include 1, a true ratio between the two would mostly have gone unnoticed: finding nothing is then no finding."
        ): True,
        tr(
            "Exposure begins the day after an event and lasts {days} days; nobody is exposed before it.",
            days=WINDOW.rstrip("D"),
        ): LABELS["us_event"] in levels,
    }
