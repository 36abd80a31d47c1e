"""Choices of an analysis -> the trial that it stands for, element by element, beside what is done with the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from clemency.cohorts import Cohort
from clemency.records.presentation.wording import act_name, listed

_ENTRY = {
    "sentence": "the day of the sentence",
    "custody": "the first day of custody",
    "documented": "the later of the sentence and the day by which a public document has the case",
}
_FOLLOW_UP = {
    "documented": "as long as documents show them, acts among these",
    "independent": "as long as documents other than the act show them",
    "until_expiry": "to the end of the term",
    "register": "to the recorded end, the end of the term or the day of the register's export",
}


def protocol(rows: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """The table of a protocol: ``element, target_trial, emulation``."""
    return pd.DataFrame(rows, columns=["element", "target_trial", "emulation"])


def named(events: Sequence[str]) -> str:
    """Events in words."""
    return " or ".join(act_name(e) for e in events)


def people_of(data: Any) -> str:
    """Who is in the data, from when and until when, in words."""
    if not isinstance(data, Cohort):
        return "people in the data, at risk from entry to exit"
    rules = data.rules
    frames = f"cases of the frame {listed(rules.frame)}" if rules.frame else "all cases"
    return f"{frames}, at risk from {_ENTRY[rules.entry]}, followed {_FOLLOW_UP[rules.follow_up]}"


def common_rows(outcome: Sequence[str], negative: Sequence[str], treatment: str) -> list[tuple[str, str, str]]:
    """Rows on the outcome and on the negative control."""
    first = ("outcome", f"first {named(outcome)}", "the same; other ends of being at risk compete")
    if not negative:
        return [first, ("negative control", "none", "none")]
    control = f"{named(negative)}, which {treatment} cannot bring about: a ratio away from 1 says that the arms differ"
    return [first, ("negative control", control, "the same people, follow-up, weights and model")]


def sequential_protocol(
    data: Any,
    *,
    treatment: str,
    outcome: Sequence[str],
    negative: Sequence[str],
    eligible: Sequence[str],
    limit: str,
    per_protocol: bool,
    adjust: str | None,
    denominator: str | None,
    scale: str,
    cluster: str,
) -> pd.DataFrame:
    """Protocol of trials of a treatment that one person receives and another does not.

    Parameters
    ----------
    data : Cohort or DataFrame
    treatment : str
    outcome, negative, eligible : sequence of str
        Events, and criteria in words.
    limit : str
        Length of follow-up in words; empty for none.
    per_protocol : bool
    adjust, denominator : str or None
        Formulas.
    scale : {"clock", "calendar"}
    cluster : str

    Returns
    -------
    DataFrame
    """
    criteria = "; ".join(["at risk of the outcome", f"'{treatment}' not before", *eligible])
    never = "do not start during the follow-up" if per_protocol else "do not start now; what comes later is left free"
    rest = ""
    if per_protocol:
        how = "weighted for it" if denominator else "with no weights for it"
        rest = f"; of the untreated also until '{treatment}' starts ({how})"
    alike = listed(
        [*([adjust] if adjust else []), *([f"the model of starting ({denominator})"] if denominator else [])]
    )
    alike = f"taken to be as good as random among people alike in {alike}" if alike else "taken to be as good as random"
    alike += (
        f"{',' * bool(adjust or denominator)} {'at the same time on their clock' if scale == 'clock' else 'on one day'}"
    )
    when = "the same time on their clock" if scale == "clock" else "the same day"
    length = f"{limit} or the first end" if limit else "to the first end"
    effect = "per-protocol: starting now against never starting" if per_protocol else "intention-to-treat: starting now"
    weights = ", weighted by the inverse of the chance of what they did" if denominator else ""
    model = f"Cox's model with a baseline for each trial{f', adjusted for {adjust}' if adjust else ''}{weights}"
    return protocol(
        [
            ("eligibility", criteria, f"{people_of(data)}; judged by the row at time zero"),
            ("strategies", f"start '{treatment}' at time zero; or {never}", "as observed"),
            ("assignment", "at random", f"as it came about: starting is {alike}"),
            ("time zero", "the day of assignment", f"each time at which somebody starts; the others at {when}"),
            ("follow-up", length, f"the same{rest}"),
            *common_rows(outcome, negative, f"'{treatment}'"),
            ("estimand", f"hazard ratio, {effect}", "the same, if the assumptions hold; else an association"),
            ("analysis", "Cox's model", f"{model}; robust errors clustered on {cluster}"),
        ]
    )


def event_protocol(
    data: Any,
    *,
    outcome: Sequence[str],
    negative: Sequence[str],
    eligible: Sequence[str],
    window: str,
    washout: str,
    step: str,
    reach: str,
    sides: str,
    adjust: str | None,
) -> pd.DataFrame:
    """Protocol of trials of an event that all people at risk share; arguments as in `event_trials`."""
    both = "; events with one on both sides" if sides == "both" else ""
    criteria = f"days without an event in the {washout} before; people at risk on the day"
    model = (
        f"Cox's model with a baseline for each event and its reference days{f', adjusted for {adjust}' * bool(adjust)}"
    )
    return protocol(
        [
            ("eligibility", "; ".join([criteria, *eligible]), f"{people_of(data)}; judged by the row on the day"),
            ("strategies", f"the event takes place; or it does not, nor in the {window} after", "as it happened"),
            (
                "assignment",
                "days are drawn at random, for all people at once",
                f"reference days {step} or a multiple of it before and after each event, the nearest on either side "
                f"within {reach}{both}: taken to be alike but for the event",
            ),
            ("time zero", "the day", "the day of the event, or the reference day"),
            ("follow-up", f"{window} or the first end", "the same, and no further than the next event"),
            *common_rows(outcome, negative, "the event"),
            (
                "estimand",
                "hazard ratio, days with the event against days without",
                "an association in time; see the notes",
            ),
            ("analysis", "Cox's model", f"{model}; the larger of the errors by person and by event"),
        ]
    )
