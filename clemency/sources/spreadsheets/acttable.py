"""Columns of acts as read -> the rows of the acts table: in columns, in a cell, or a row for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records.schema import ACTS
from clemency.records.tables.loading import with_bounds
from clemency.sources.spreadsheets.casetable import typed
from clemency.sources.spreadsheets.cells.actcells import Act
from clemency.sources.spreadsheets.cells.readings import UNCERTAIN, Column
from clemency.sources.spreadsheets.columns.mapping import Spec

Say = Callable[[int, str, str, str, str], None]
_COLUMNS = (
    "row",
    "act_type",
    "act_date",
    "months",
    "term_after",
    "authority",
    "note",
    "certainty",
    "date_basis",
    "scope",
    "n_acts",
)
_DENIED = {
    "sentence_reduction": "reduction_denied",
    "parole": "parole_denied",
    "medical_parole": "medical_parole_denied",
}
_TELLING = ("act", "act_date", "act_type", "act_months", "term_after")
_COMMUTED = {"life": "commutation_life_to_fixed", "death_reprieve": "commutation_death_to_fixed"}


class Found(NamedTuple):
    """One act of a row, before its case is known."""

    row: int
    act_type: str
    act_date: str | None
    months: float
    term_after: float
    authority: str | None
    note: str | None
    certainty: str
    date_basis: str | None = None
    scope: str | None = None
    n_acts: float = np.nan


def acts_of(specs: Sequence[Spec], columns: Sequence[Column], kinds: NDArray[Any], say: Say) -> pd.DataFrame:
    """Acts that the columns of acts tell.

    Parameters
    ----------
    specs, columns : sequences of the same length
        The columns of acts, and what was read in them.
    kinds : ndarray of str or None, shape (n,)
        Kind of each row's sentence, which says what a commutation is.
    say : callable
        Takes what is to be told of a row.

    Returns
    -------
    DataFrame
        ``row, act_type, act_date, months, term_after, authority, note, certainty``, by row and column.
    """
    found: list[Found] = []
    for act in dict.fromkeys(s.act for s in specs):
        own = [(s, c) for s, c in zip(specs, columns, strict=True) if s.act == act]
        found += _of_group(own, kinds, say)
    found.sort(key=lambda f: f.row)
    return pd.DataFrame(found, columns=list(_COLUMNS))


def _of_group(own: Sequence[tuple[Spec, Column]], kinds: NDArray[Any], say: Say) -> list[Found]:
    """Acts of the columns that belong to one act."""
    n = len(kinds)
    values = {s.field: c.read for s, c in own}
    unsure = np.zeros(n, dtype=bool)
    some = np.zeros(n, dtype=bool)
    for spec, column in own:
        unsure |= (column.states == UNCERTAIN) & (spec.field != "act_note")
        if spec.field in _TELLING:
            some |= np.array([v is not None for v in column.read], dtype=bool)
    act_type = next((s.act_type for s, _ in own if s.act_type), "")
    found = []
    for i in np.flatnonzero(some):
        row = {name: column[i] for name, column in values.items() if column[i] is not None}
        told: tuple[Act, ...] = row.get("act", ()) or (Act(),)
        for act in told:
            one = _one(int(i), act, row, act_type, kinds[i], say)
            if one is not None:
                certain = "inferred" if unsure[i] else row.get("certainty") or "stated"
                found.append(one._replace(certainty=certain))
    return found


def _one(i: int, act: Act, row: dict[str, Any], act_type: str, sentence: Any, say: Say) -> Found | None:
    """One act of a row: what its cell tells, else what the columns beside it tell."""
    if act.no_act:
        return None
    date = act.date or row.get("act_date")
    months = act.months if act.months is not None else row.get("act_months")
    after = act.term_after if act.term_after is not None else row.get("term_after")
    kind = _kind(i, act, row.get("act_type") or act_type, sentence, (date, months, say))
    if not kind:
        return None
    return Found(
        i,
        kind,
        date or None,
        np.nan if months is None else months,
        np.nan if after is None else after,
        row.get("authority"),
        row.get("act_note"),
        "",
        row.get("date_basis"),
        row.get("scope"),
        float(row["n_acts"]) if str(row.get("n_acts", "")).isdecimal() else np.nan,
    )


def _kind(i: int, act: Act, column: str, sentence: Any, told: tuple[Any, Any, Say]) -> str:
    """Kind of an act; empty if it cannot be told."""
    date, months, say = told
    kind = act.act_type or column
    shown = str(date or months or kind or "yes")
    if kind == "denied":
        if (refused := _DENIED.get(column)) is None:
            say(i, "act_type", shown, "a refusal of what is not told; left out", "Name the kind of act.")
        return refused or ""
    if kind == "commuted" or (act.term_after is not None and kind in ("", "sentence_reduction")):
        if sentence in _COMMUTED:
            return _COMMUTED[sentence]
        say(
            i,
            "act_type",
            shown,
            "commuted, and the sentence is not known as one of life or death with reprieve; left out",
            "Give the sentence, or the kind of act.",
        )
        return ""
    if not kind and months is not None:
        say(
            i,
            "act_type",
            shown,
            "months without the kind of act, taken for a sentence reduction",
            "Name the kind of act.",
        )
        return "sentence_reduction"
    if not kind:
        say(i, "act_type", shown, "an act of a kind that is not told; left out", "Name the kind of act.")
    return kind


def typed_acts(found: pd.DataFrame, ids: NDArray[Any], source: NDArray[Any]) -> pd.DataFrame:
    """The acts in the form of `load`; ``ids`` and ``source`` are the case and documents of each row of the sheet."""
    rows = found["row"].to_numpy(dtype=np.intp)
    case = pd.Series(ids[rows] if len(found) else [], dtype=object)
    stem = case.astype(str) + "-" + found["act_type"].astype(str).str.replace("_", "-").reset_index(drop=True)
    dates = found["act_date"].reset_index(drop=True)
    stem = stem + pd.Series([f"-{d.replace('/', '-to-')}" if isinstance(d, str) else "" for d in dates], dtype=object)
    again = stem.groupby(stem).cumcount() if len(found) else pd.Series(dtype=int)
    frame = pd.DataFrame({c.name: pd.Series([None] * len(found), dtype=object) for c in ACTS.stored})
    for name in ("act_type", "act_date", "months", "term_after", "authority", "note", "certainty", "n_acts"):
        frame[name] = found[name].to_numpy(dtype=object)
    frame["case_id"] = case
    frame["act_id"] = stem.where(again == 0, stem + "-" + (again + 1).astype(str))
    plain = frame["act_date"].map(lambda d: "act" if isinstance(d, str) else None)
    told = pd.Series(found["date_basis"].to_numpy(dtype=object), dtype=object)
    frame["date_basis"] = told.where(told.notna(), plain)
    frame["scope"] = [s or "single" for s in found["scope"]]
    frame["source_ids"] = source[rows] if len(found) else []
    return with_bounds(typed(frame, ACTS.stored), ACTS)
