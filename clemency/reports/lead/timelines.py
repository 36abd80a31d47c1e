"""The people of a quarter -> the figure of their timelines."""

from __future__ import annotations

import pandas as pd

from clemency.cohorts.timelines import made
from clemency.figures.calendar.casetimelines import case_timelines
from clemency.reports.inputs import Inputs
from clemency.reports.language import capital, counted, tr
from clemency.reports.section import Chart

__all__ = ["chart"]

#: More people than these make the figure longer than a page.
_DRAWN = 14


def chart(i: Inputs, now: pd.DataFrame) -> Chart | None:
    """Timelines of the people of the quarter, in the order of their acts; None where nothing of them is dated."""
    ids = list(now.sort_values("act_earliest", kind="stable")["case_id"].drop_duplicates())
    found = made(ids[:_DRAWN], i.cases, i.acts, i.events)
    if found.frame.empty:
        return None
    axes = case_timelines(found.frame, found.events, undated=found.undated, mark=(i.first_day, i.last_day))
    rest = (
        tr("; {people} not drawn", people=counted(len(ids) - _DRAWN, "more person", spelled=True))
        if len(ids) > _DRAWN
        else ""
    )
    caption = tr(
        "{cases} from custody to the last that is known; {quarter} is shaded{rest}",
        cases=capital(counted(min(len(ids), _DRAWN), "case")),
        quarter=i.quarter,
        rest=rest,
    )
    return Chart("people_timelines", caption, axes)
