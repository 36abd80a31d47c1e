"""A cohort, or a frame with one row per person-period -> person-periods as the model reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort
from clemency.models.modelframe.exclusions import require_columns
from clemency.models.modelframe.frames import as_frame, numbers
from clemency.records.errors import UsageError

MONTHS = {"M": 1.0, "Q": 3.0, "Y": 12.0}


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a frame: whether an act ended a period, when it began, its months at risk, and whose it is."""

    event: str | None
    time: str | None
    months: str | None
    case: str | None

    def named(self) -> list[str]:
        """Those that were named."""
        return [c for c in (self.event, self.time, self.months, self.case) if c]


@dataclass(frozen=True, slots=True)
class PersonPeriods:
    """Person-periods from ``_entry`` to ``_exit``, the columns of the event and of the case, and what the event is."""

    frame: pd.DataFrame
    event: str
    case: str | None
    outcome: str


def of_cohort(cohort: Cohort, outcome: Any, columns: Columns, period: str) -> PersonPeriods:
    """Cut a cohort into periods."""
    if columns.named():
        raise UsageError("A cohort brings its own columns: leave event=, entry=, months= and id= out.")
    wanted = [outcome] if isinstance(outcome, str) else list(outcome or cohort.rules.outcome)
    unknown = [w for w in wanted if w not in cohort.events]
    if unknown:
        raise UsageError(f"outcome {unknown[0]!r} is not an event of the cohort: {', '.join(cohort.events)}.")
    rows = cohort.split(calendar=period).spells
    rows = rows.assign(_event=rows["event"].isin(wanted).astype(int), _entry=rows["entry"], _exit=rows["exit"])
    return PersonPeriods(rows, "_event", "case_id", " or ".join(wanted))


def of_frame(data: Any, outcome: Any, columns: Columns, period: str) -> PersonPeriods:
    """Take the rows of a frame, each a whole period unless its months are named."""
    event, time = columns.event, columns.time
    if event is None or time is None:
        raise UsageError("Name the columns of the frame: event= and entry=.")
    if outcome is not None:
        raise UsageError("outcome= chooses among the events of a cohort; a frame has event=.")
    frame = as_frame(data)
    missing = [c for c in columns.named() if c not in frame]
    if missing:
        raise UsageError(f"The data have no column {', '.join(missing)}. There are: {', '.join(map(str, frame))}.")
    require_columns(frame, columns.named())
    start = numbers(frame, time)
    length = numbers(frame, columns.months) if columns.months else np.full(len(frame), MONTHS[period])
    stop = np.where(np.isnan(start), 1.0, start + length)  # so that a missing start is named as such
    return PersonPeriods(frame.assign(_entry=start, _exit=stop), event, columns.case, event)
