"""Cases and acts -> values that cannot be true together; they are reported and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.tables.sameacts import first_alike
from clemency.records.terms import term_end
from clemency.records.values.alike import spellings

# Sentences that have no length, and last states after which nothing can be decided about a prisoner. Who is on parole
# still serves: the amnesties of 2015 and 2019 reached parolees too.
_WITHOUT_TERM = ("life", "death", "death_reprieve", "pending", "none")
_OVER = ("released_early", "released", "released_on_expiry", "died_in_custody", "executed")

# Sentences that each commutation is of. A suspended death sentence becomes one of life before it becomes a fixed term.
_COMMUTED = {
    "commutation_death_to_life": ("death_reprieve", "death"),
    "commutation_death_to_fixed": ("death_reprieve", "death"),
    "commutation_life_to_fixed": ("life", "death_reprieve", "death"),
}
# What is decided about a sentence that is being served, so that there must be one.
_OF_A_TERM = ("sentence_reduction", "parole", "sentence_extension", "reduction_denied", "parole_denied")

# Keys and words of a case that no vocabulary lists.
_NAMED = ("case_id", "person_id", "ethnicity", "citizenship")

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
    other : int or None
        Position of a row of the same table with which `message` ends, if it is about two.
    """

    table: str
    row: int | None
    case_id: str
    column: str
    value: str
    message: str
    remedy: str
    other: int | None = None

    def said(self, lines: Sequence[int] | None = None) -> str:
        """The message, with the other row as it is counted in the frame, or on the lines of a file."""
        if self.other is None:
            return self.message
        return f"{self.message} {self.other if lines is None else lines[self.other]}"


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
    sentence: NDArray[Any]


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
        alone or together; acts after the term's end (as passed and extended), and acts after a release or death; an act
        that is there twice, or may be; an act that its kind of sentence cannot have; keys and words of free columns
        that differ from others in their spelling alone. Of partial dates an act counts as
        later only if it is on whatever days the two mean; the date of a report is none of the act.
    """
    found = [*_of_cases(cases), *spelled(cases, "cases", _NAMED)]
    if len(acts) and {"case_id", "act_type"} <= set(acts):
        joined = _joined(cases.drop_duplicates("case_id"), acts.reset_index(drop=True))
        found += [*_cuts(joined), *_late(joined), *_years_in_cuts(joined), *_twice(joined), *_of_another_kind(joined)]
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


def spelled(frame: pd.DataFrame, table: str, columns: Iterable[str]) -> Iterator[Doubt]:
    """Words that differ from others of their column in spelling alone, and so make groups of their own."""
    for column in (c for c in columns if c in frame):
        for s in spellings(frame[column], column):
            key = str(frame["case_id"].iloc[s.row]) if "case_id" in frame else ""
            yield Doubt(table, s.row, key, column, s.word, s.message, s.remedy)


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
    added = pd.Series(np.where(kind == "sentence_extension", months, 0.0)).groupby(acts["case_id"].to_numpy())
    longer = added.sum().where(added.count() == added.size())  # an extension without its months leaves the end open
    term = term + np.where(
        cases["case_id"].isin(longer.index), longer.reindex(cases["case_id"]).to_numpy(dtype=float), 0.0
    )
    end = term_end(_bounds(cases, "detention_date").latest, term)
    status = _text(cases, "status")
    over = np.where(np.isin(status, _OVER), _bounds(cases, "status_date").latest, np.datetime64("NaT", "D"))
    day = np.where(_text(acts, "date_basis") == "report", np.datetime64("NaT", "D"), _bounds(acts, "act_date").earliest)
    none = np.datetime64("NaT", "D")
    return _Joined(
        acts, kind, months, np.append(term, np.nan)[place], day, np.append(end, none)[place],
        np.append(over, none)[place], np.append(status, "")[place],
        np.append(_text(cases, "sentence_type"), "")[place],
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


def _of_another_kind(j: _Joined) -> Iterator[Doubt]:
    """Commutations of sentences that the case does not have, and cuts of none."""
    remedy = "Correct the kind of act, or sentence_type, or the case that it belongs to."
    for kind, fitting in _COMMUTED.items():
        for i in np.flatnonzero((j.kind == kind) & (j.sentence != "") & ~np.isin(j.sentence, fitting)):
            yield _of_act(j, i, "act_type", f"an act that a sentence of the kind '{j.sentence[i]}' cannot have", remedy)
    for i in np.flatnonzero(np.isin(j.kind, _OF_A_TERM) & (j.sentence == "none")):
        yield _of_act(j, i, "act_type", "an act on a sentence, though the case has none", remedy)


def _twice(j: _Joined) -> Iterator[Doubt]:
    """Acts that are the same as one before, or may be."""
    span = _bounds(j.acts, "act_date")
    frame = pd.DataFrame({"case": j.acts["case_id"].to_numpy(dtype=object), "kind": j.kind, "months": j.months})
    frame = frame.assign(total=_text(j.acts, "scope") == "total", first=span.earliest, last=span.latest)
    frame = frame[~np.isnat(span.latest) | ~np.isnan(j.months)]
    found = {pair[0]: _of_two(j, *pair) for pair in _on_one_day(frame)} | {
        pair[0]: _of_two(j, *pair) for pair in _of_one_length(frame)
    }
    yield from (found[i] for i in sorted(found))


def _of_two(j: _Joined, row: int, other: int, message: str) -> Doubt:
    value = j.acts["act_date"].iloc[row]
    remedy = "Keep one of the two rows if it is one act; correct one of them if they are two."
    return Doubt("acts", row, str(j.acts["case_id"].iloc[row]), "act_date", _shown(value), message, remedy, other)


def _on_one_day(frame: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    """Acts of one kind on one day with other months, or without."""
    exact = frame[frame["first"] == frame["last"]]
    first = first_alike(exact[["case", "kind", "total", "first"]])
    at, kind = exact.index.to_numpy(), exact["kind"].to_numpy()
    for i in np.flatnonzero(first >= 0):
        yield int(at[i]), int(at[first[i]]), f"a second {kind[i]} of the case on the day of the one in row"


def _of_one_length(frame: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    """Acts of one kind, with the same months, whose dates are the same or can be."""
    groups = ["case", "kind", "total", "months"]
    again = frame.duplicated(groups, keep=False)
    some = frame[again].rename_axis("row").reset_index()
    some = some.sort_values(["first", "last", "row"]).sort_values(groups, kind="stable", key=_sortable)
    follows = some.duplicated(groups).to_numpy()
    before = some.shift()
    same = follows & ((some["first"] == before["first"]) & (some["last"] == before["last"])).to_numpy()
    # A date that is not known may be any.
    near = follows & ~(some["first"] > before["last"]).to_numpy() & some["months"].notna().to_numpy()
    rows, earlier = some["row"].to_numpy(), before["row"].to_numpy()
    for i in np.flatnonzero(same | near):
        low, high = sorted((int(rows[i]), int(earlier[i])))
        yield high, low, f"{'' if same[i] else 'perhaps '}the same act as in row"


def _sortable(column: pd.Series) -> pd.Series:
    """Keys of any storage in an order in which equal ones stand together."""
    return pd.Series(pd.factorize(column)[0], index=column.index)
