"""Tables of cases and acts -> what they must have, what ends a case, and the bounds of their dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates as edtf
from clemency.records.checks.plausible import Doubt
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.wording import counted
from clemency.records.schema import ACTS, CASES
from clemency.records.tables.frames import checked_frame
from clemency.records.values.alike import SPELLED

NAT = np.datetime64("NaT", "D")
CENSORED = "censored"

# What each competing end means: acts (unless they are outcomes) and last statuses that bring it about.
ENDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "early_release": (
        ("early_release", "parole", "special_pardon"),
        ("released_early", "parole", "released"),
    ),
    "expiry": ((), ("released_on_expiry",)),
    "death": ((), ("died_in_custody", "executed")),
    "medical_parole": (("medical_parole",), ("medical_parole",)),
}
TERMINAL = ("released_early", "parole", "released", "released_on_expiry", "died_in_custody", "executed")

#: Why a case with an act on an unknown day has no spells.
UNDATED = "an act among the outcomes has no date of its own"
#: What the warning of an extract of a register ends with.
EXTRACT = "an extract that acts have chosen gives rates that are too high"

_CASE_COLUMNS = (
    "case_id",
    "detention_date",
    "sentence_date",
    "sentence_type",
    "sentence_months",
    "status",
    "status_date",
)
_ACT_COLUMNS = ("case_id", "act_type", "act_date")
CASE_DATES = ("detention_date", "sentence_date", "status_date", "seen_date")
#: Every column of dates is looked at, used or not, as `check` does.
_DATES = tuple(c.name for c in (*CASES.columns, *ACTS.columns) if c.kind == "edtf")


def check_tables(cases: pd.DataFrame, acts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Refuse tables that cannot make a cohort, and give the others with numbers as floats.

    Raises
    ------
    UsageError
        For a column that is missing or there twice, or no cases.
    DataError
        For words, numbers and dates that `check` would name in a file, keys that occur twice, and acts of no case.
    """
    for name, frame, needed in (("cases", cases, _CASE_COLUMNS), ("acts", acts, _ACT_COLUMNS)):
        missing = [c for c in needed if c not in frame]
        if missing:
            raise UsageError(f"{name} has no column {', '.join(missing)}. Use the form of cl.load('{name}').")
    if not len(cases):
        raise UsageError("There are no cases.")
    cases = checked_frame(cases, CASES, dates=_DATES, filled=("case_id", "person_id", "status"), keyed=True)
    acts = checked_frame(acts, ACTS, dates=_DATES, filled=("case_id", "act_type", "scope"), keyed=True)
    cases, acts = _with_plain_keys(cases), _with_plain_keys(acts)
    ids = cases["case_id"]
    problems = [
        Problem(
            "acts",
            int(i),
            "case_id",
            str(acts["case_id"].iloc[i]),
            "there is no such case",
            "Add the case or drop the act.",
        )
        for i in np.flatnonzero(~acts["case_id"].isin(ids))
    ]
    if problems:
        raise DataError(problems)
    return cases, acts


def _with_plain_keys(frame: pd.DataFrame) -> pd.DataFrame:
    """Keys that are categories as what they are: a category that nobody has is no case."""
    keys = [c for c in ("case_id", "person_id", "act_id") if c in frame]
    coded = [c for c in keys if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.assign(**{c: frame[c].astype(frame[c].cat.categories.dtype) for c in coded}) if coded else frame


def warned(found: Sequence[Doubt]) -> pd.DataFrame:
    """Doubts as the frame that a cohort keeps."""
    names = ["table", "row", "case_id", "column", "value", "message", "remedy"]
    rows = [(d.table, d.row, d.case_id, d.column, d.value, d.said(), d.remedy) for d in found]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({"row": "Int64"} | {n: "string" for n in names if n != "row"})


def with_more(warnings: pd.DataFrame, found: Iterable[Doubt]) -> pd.DataFrame:
    """What a cohort tells, and what came with columns that were added."""
    more = warned(list(found))
    return pd.concat([warnings, more], ignore_index=True).drop_duplicates() if len(more) else warnings


def noted(warnings: pd.DataFrame) -> str:
    """How much there is among the warnings, for the end of a sentence."""
    parts = int(warnings["message"].str.endswith(EXTRACT).sum())
    n, m = len(warnings) - parts, int(warnings["message"].str.contains(SPELLED, regex=False).sum())
    said = ["an extract of the register"] if parts else []
    said += [f"{counted(n - m, 'value')} that cannot be true"] if n > m else []
    said += [f"{counted(m, 'word')} in another spelling"] if m else []
    return f"; {' and '.join(said)}, see .warnings" if said else ""


def is_total(acts: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each row is a sum over several acts, shape (n,)."""
    if "scope" not in acts:
        return np.zeros(len(acts), dtype=bool)
    return (acts["scope"].astype("string") == "total").fillna(False).to_numpy(dtype=bool)


def bounds_of(frame: pd.DataFrame, column: str) -> edtf.Bounds:
    """Bounds of a column of partial dates, or of days (drawn ones); unknown where there is no such column."""
    if column not in frame:
        empty = np.full(len(frame), NAT)
        return edtf.Bounds(empty, empty.copy())
    if frame[column].dtype.kind == "M" and isinstance(frame[column].dtype, np.dtype):  # drawn: there are many
        day = frame[column].to_numpy().astype("datetime64[D]")
        return edtf.Bounds(day, day.copy())
    return edtf.bounds(frame[column], name=column)


def chosen_day(span: edtf.Bounds, rule: str) -> NDArray[np.datetime64]:
    """Day that a partial date stands for by a rule; NaT where it is unknown or open."""
    if rule in ("midpoint", "impute"):  # a day that was drawn has no other
        return edtf.halfway(span.earliest, span.latest)
    return np.where(np.isnat(span.earliest) | np.isnat(span.latest), NAT, getattr(span, rule))


@dataclass(frozen=True, slots=True)
class Spans:
    """Bounds of the dates of n cases and of k acts, each column read once.

    Attributes
    ----------
    custody, sentence, status, seen, known_from : Bounds, n dates each
    act : Bounds, k dates
    total : ndarray of bool, shape (k,)
        Whether an act is a sum over several.
    row : ndarray of int, shape (k,)
        Position of the case of each act.
    """

    custody: edtf.Bounds
    sentence: edtf.Bounds
    status: edtf.Bounds
    seen: edtf.Bounds
    known_from: edtf.Bounds
    act: edtf.Bounds
    total: NDArray[np.bool_]
    row: NDArray[np.intp]

    @classmethod
    def of(cls, cases: pd.DataFrame, acts: pd.DataFrame) -> Spans:
        """Read the dates of checked tables."""
        return cls(
            custody=bounds_of(cases, "detention_date"),
            sentence=bounds_of(cases, "sentence_date"),
            status=bounds_of(cases, "status_date"),
            seen=bounds_of(cases, "seen_date"),
            known_from=bounds_of(cases, "known_from"),
            act=bounds_of(acts, "act_date"),
            total=is_total(acts),
            row=pd.Index(cases["case_id"]).get_indexer(acts["case_id"]),
        )

    def with_status(self, cases: pd.DataFrame) -> Spans:
        """With the last statuses and sightings of cases in which these have changed."""
        return replace(self, status=bounds_of(cases, "status_date"), seen=bounds_of(cases, "seen_date"))
