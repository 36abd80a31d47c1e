"""Cases and acts that can be read -> what in them cannot be true together, to be told and never to be mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.terms import term_end

# Sentences that have no length, and last states after which nothing can be decided about a prisoner. Who is on parole
# still serves: the amnesties of 2015 and 2019 reached parolees too.
_WITHOUT_TERM = ("life", "death", "death_reprieve", "none")
_OVER = ("released_early", "released", "released_on_expiry", "died_in_custody", "executed")

# A column of months is taken for one of years where so many values are known and none is larger: fixed terms run to 15,
# 20 or 25 years, and cuts of a whole year or more are rare above three.
_MANY, _TERM_IN_YEARS, _CUT_IN_YEARS = 5, 25.0, 3.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that cannot be true as it stands.

    Attributes
    ----------
    table : {"cases", "acts"}
    row : int or None
        Position in the frame; None where it is about a whole column.
    case_id, column, value, message, remedy : str
    """

    table: str
    row: int | None
    case_id: str
    column: str
    value: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Joined:
    """Acts with the terms and dates of their cases, one entry per act."""

    acts: pd.DataFrame
    kind: NDArray[Any]
    months: NDArray[np.float64]
    term: NDArray[np.float64]
    day: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    over: NDArray[np.datetime64]
    status: NDArray[Any]


def doubts(cases: pd.DataFrame, acts: pd.DataFrame) -> list[Doubt]:
    """What cannot be true in two tables whose words, numbers and dates can be read.

    Parameters
    ----------
    cases, acts : DataFrame
        In the form of `load`; columns that are not there are not looked at.

    Returns
    -------
    list of Doubt
        Months of a sentence that has none; a column of months that looks like one of years; cuts larger than the term,
        alone or together; acts after the term's end (as passed and extended), and acts after a release or death. Of
        partial dates an act counts as later only if it is on whatever days the two mean; the date of a report is none
        of the act.
    """
    found = [*_of_cases(cases)]
    if len(acts) and {"case_id", "act_type"} <= set(acts):
        joined = _joined(cases.drop_duplicates("case_id"), acts.reset_index(drop=True))
        found += [*_cuts(joined), *_late(joined), *_years_in_cuts(joined)]
    return found


def _text(frame: pd.DataFrame, column: str) -> NDArray[Any]:
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].astype("string").fillna("").to_numpy(dtype=object)


def _number(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in frame:
        return np.full(len(frame), np.nan)
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _bounds(frame: pd.DataFrame, column: str) -> dates.Bounds:
    return dates.bounds(frame[column] if column in frame else [None] * len(frame), name=column)


def _of_cases(cases: pd.DataFrame) -> Iterator[Doubt]:
    kind, months, ids = _text(cases, "sentence_type"), _number(cases, "sentence_months"), _text(cases, "case_id")
    remedy = "Leave sentence_months empty, or correct sentence_type."
    for i in np.flatnonzero(np.isin(kind, _WITHOUT_TERM) & ~np.isnan(months)):
        message = f"months of a sentence that has none ({kind[i]})"
        yield Doubt("cases", int(i), ids[i], "sentence_months", f"{months[i]:g}", message, remedy)
    terms = months[(kind == "fixed") & ~np.isnan(months)]
    if len(terms) >= _MANY and terms.max() <= _TERM_IN_YEARS:
        message = f"none of {len(terms)} fixed terms is above {_TERM_IN_YEARS:g}, as if they were years and not months"
        remedy = "Multiply them by 12 if they are years."
        yield Doubt("cases", None, "", "sentence_months", f"{terms.min():g} to {terms.max():g}", message, remedy)


def _joined(cases: pd.DataFrame, acts: pd.DataFrame) -> _Joined:
    kind, months = _text(acts, "act_type"), _number(acts, "months")
    place = pd.Index(cases["case_id"]).get_indexer(acts["case_id"])
    fixed = _text(cases, "sentence_type") == "fixed"
    term = np.where(fixed, _number(cases, "sentence_months"), np.nan)
    longer = pd.Series(np.where(kind == "sentence_extension", months, 0.0)).groupby(acts["case_id"].to_numpy()).sum()
    term = term + longer.reindex(cases["case_id"]).fillna(0.0).to_numpy()
    end = term_end(_bounds(cases, "detention_date").latest, term)
    status = _text(cases, "status")
    over = np.where(np.isin(status, _OVER), _bounds(cases, "status_date").latest, np.datetime64("NaT", "D"))
    day = np.where(_text(acts, "date_basis") == "report", np.datetime64("NaT", "D"), _bounds(acts, "act_date").earliest)
    none = np.datetime64("NaT", "D")
    return _Joined(
        acts, kind, months, np.append(term, np.nan)[place], day, np.append(end, none)[place],
        np.append(over, none)[place], np.append(status, "")[place],
    )  # fmt: skip


def _of_act(j: _Joined, i: Any, column: str, message: str, remedy: str) -> Doubt:
    return Doubt(
        "acts", int(i), str(j.acts["case_id"].iloc[i]), column, _shown(j.acts[column].iloc[i]), message, remedy
    )


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cuts(j: _Joined) -> Iterator[Doubt]:
    cut = (j.kind == "sentence_reduction") & (j.months > 0)
    remedy = "Correct the months of the cut or of the term; both are months, not years."
    large = cut & (j.months > j.term)
    for i in np.flatnonzero(large):
        yield _of_act(j, i, "months", f"a cut larger than the term of {j.term[i]:g} months", remedy)
    single = cut & ~large & (_text(j.acts, "scope") != "total")
    total = pd.Series(np.where(single, j.months, 0.0)).groupby(j.acts["case_id"].to_numpy()).transform("sum").to_numpy()
    last = ~pd.Series(np.where(single, j.acts["case_id"].astype(str), None)).duplicated(keep="last").to_numpy()
    for i in np.flatnonzero(single & last & (total > j.term)):
        message = f"cuts of {total[i]:g} months in all, more than the term of {j.term[i]:g}"
        yield _of_act(j, i, "months", message, remedy)


def _late(j: _Joined) -> Iterator[Doubt]:
    remedy = "Correct the date of the act, or the case that it belongs to."
    gone = j.day > j.over
    for i in np.flatnonzero(gone):
        said = j.status[i].replace("_", " ")
        yield _of_act(j, i, "act_date", f"after the end of the case ({said} by {j.over[i]})", remedy)
    for i in np.flatnonzero((j.day > j.end) & ~gone):
        yield _of_act(j, i, "act_date", f"after the end of the term ({j.end[i]} at the latest)", remedy)


def _years_in_cuts(j: _Joined) -> Iterator[Doubt]:
    cuts = j.months[(j.kind == "sentence_reduction") & (j.months > 0)]
    if len(cuts) >= _MANY and cuts.max() <= _CUT_IN_YEARS and cuts.min() < 1:
        message = f"none of {len(cuts)} cuts is above {_CUT_IN_YEARS:g} and some are below 1, as if they were years"
        remedy = "Multiply them by 12 if they are years."
        yield Doubt("acts", None, "", "months", f"{cuts.min():g} to {cuts.max():g}", message, remedy)
