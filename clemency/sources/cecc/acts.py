"""Acts that a narrative tells and acts that follow from dates -> one acts table without doubles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import ACT_TYPES, ACTS
from clemency.records.tables.loading import with_bounds
from clemency.records.terms import DAYS_PER_MONTH
from clemency.sources.cecc.terms import GRACE, Outcome, Terms

CODED = ("record", "act_type", "date", "months", "certainty", "start", "end")
STRUCTURAL = ("record", "date", "months", "basis")

# What the coder may report that is not an act of the vocabulary, and why it is left out.
_NOT_ACTS = {
    "none": "no act",
    "denied": "a refusal of a kind that the coder does not name",
    "reduction_on_appeal": "a lower sentence on appeal is not clemency",
}
_RENAMED = {"extension": "sentence_extension"}
_RELEASES = ("early_release", "parole", "medical_parole", "special_pardon")
_CUTS = ("sentence_reduction", "commutation_death_to_life", "commutation_death_to_fixed", "commutation_life_to_fixed")


@dataclass(frozen=True, slots=True)
class MergedActs:
    """Acts in the shipped form, and coded rows that are no acts of these cases.

    Attributes
    ----------
    acts : DataFrame
        As ``cl.load("acts")``.
    left_out : DataFrame
        The coded rows that were left out, with ``reason``.
    absorbed : DataFrame
        Early releases from dates that are part of a coded act: ``record, act_type`` of that act.
    """

    acts: pd.DataFrame
    left_out: pd.DataFrame
    absorbed: pd.DataFrame


def structural_acts(records: Any, release: Any, term: Terms, outcome: Outcome) -> pd.DataFrame:
    """Early releases that follow from the release date and the end of the term.

    Returns
    -------
    DataFrame
        Columns ``record, date, months, basis``; ``months`` before the end where both are known to the day and
        the stated and the computed end do not differ by more than 31 days.
    """
    at = np.flatnonzero(outcome.early)
    stated = ~np.isnat(term.stated.earliest)
    first = np.where(stated, term.stated.earliest, term.computed.earliest)
    last = np.where(stated, term.stated.latest, term.computed.latest)
    day = dates.bounds(release)
    exact = (first == last) & (day.earliest == day.latest) & (term.end.latest - term.end.earliest <= GRACE)
    ahead = (first - day.earliest).astype(float) / DAYS_PER_MONTH
    months = np.where(exact, np.round(ahead, 2), np.nan)
    basis = np.where(stated, "the end of the term that the export states", "custody and term")
    return pd.DataFrame(
        {"record": np.asarray(records)[at], "date": np.asarray(release)[at], "months": months[at], "basis": basis[at]}
    )


def merge_acts(coded: pd.DataFrame, structural: pd.DataFrame, cases: pd.DataFrame) -> MergedActs:
    """Combine acts told in narratives with early releases that follow from dates.

    An early release that follows from dates is no second act where the narrative of the same record tells of an
    early release, a parole, a medical parole or a pardon on a compatible date (or none), or of a reduction or
    commutation not after the release: the coded act stays, and its note says what the dates add. Refusals, cuts
    on appeal and acts surely before the custody of the record never become acts granted in it. Two coded acts
    are never merged: a narrative may tell of several.

    Parameters
    ----------
    coded : DataFrame
        Columns ``record, act_type, date, months, certainty, start, end``: the date in EDTF or empty, ``start``
        and ``end`` the characters of the narrative that tell of the act. ``term_after``, ``scope``, ``n_acts``,
        ``authority``, ``destination``, ``date_basis`` (`act` by default) and ``note`` are used if they are there.
    structural : DataFrame
        As `structural_acts` returns them.
    cases : DataFrame
        With ``record, case_id, detention_date, source_ids``.

    Returns
    -------
    MergedActs

    Raises
    ------
    UsageError
        If a column is missing.
    DataError
        If a coded date is not EDTF.
    """
    for name, frame, needed in (("coded", coded, CODED), ("structural", structural, STRUCTURAL)):
        missing = [c for c in needed if c not in frame]
        if missing:
            raise UsageError(f"The {name} acts have no column {', '.join(missing)}. They need {', '.join(needed)}.")
    by_record = cases.drop_duplicates("record").set_index("record")
    reason = _reasons(coded, by_record)
    kept = coded[reason == ""].reset_index(drop=True)
    rows = [_from_coded(r) for r in kept.to_dict("records")]
    told = _by_record(rows)
    absorbed = []
    for release in structural.to_dict("records"):
        match = _told_already(release, told.get(release["record"], []))
        if match is None:
            rows.append(_from_structure(release))
        else:
            _add_evidence(match, release)
            absorbed.append((release["record"], match["act_type"]))
    left_out = coded[reason != ""].assign(reason=reason[reason != ""]).reset_index(drop=True)
    return MergedActs(
        _table(rows, by_record), left_out, pd.DataFrame(absorbed, columns=["record", "act_type"], dtype=object)
    )


def _reasons(coded: pd.DataFrame, by_record: pd.DataFrame) -> pd.Series:
    """Why each coded row is left out; empty text where it is kept."""
    bad = dates.problems(coded["date"])
    if bad:
        raise DataError([Problem("coded acts", i, "date", value, message, remedy) for i, value, message, remedy in bad])
    kind = coded["act_type"].replace(_RENAMED).astype("string").fillna("")
    reason = kind.map(_NOT_ACTS).astype("string")
    reason = reason.mask(reason.isna() & ~kind.isin(ACT_TYPES), "not in the vocabulary of acts").fillna("")
    reason = reason.mask((reason == "") & ~coded["record"].isin(by_record.index), "its record is not in the export")
    custody = dates.bounds(by_record["detention_date"].reindex(coded["record"]))
    before = dates.out_of_order(custody, dates.bounds(coded["date"]))
    return reason.mask((reason == "") & before, "before the custody of this record: an earlier case")


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)) else str(value)


def _number(value: Any) -> float:
    return float(value) if _text(value) else np.nan


def _from_coded(row: dict[str, Any]) -> dict[str, Any]:
    where = (
        f"narrative, characters {_text(row['start'])} to {_text(row['end'])}" if _text(row["start"]) else "narrative"
    )
    months = _number(row["months"])
    notes = [_text(row.get("note")) or where]
    if not (np.isnan(months) or 0 <= months <= 300):
        notes.append(f"months not used: {months:g}")
        months = np.nan
    return {
        "record": row["record"],
        "act_type": _RENAMED.get(row["act_type"], row["act_type"]),
        "act_date": _text(row["date"]) or None,
        "date_basis": (_text(row.get("date_basis")) or "act") if _text(row["date"]) else None,
        "months": months,
        "term_after": _number(row.get("term_after")),
        "scope": _text(row.get("scope")) or "single",
        "n_acts": _number(row.get("n_acts")),
        "authority": _text(row.get("authority")) or None,
        "destination": _text(row.get("destination")) or None,
        "certainty": _text(row["certainty"]) or "stated",
        "notes": notes,
    }


def _from_structure(release: dict[str, Any]) -> dict[str, Any]:
    return {
        "record": release["record"],
        "act_type": "early_release",
        "act_date": release["date"],
        "date_basis": "release",
        "months": _number(release["months"]),
        "scope": "single",
        "certainty": "inferred",
        "notes": [f"from the release date and {release['basis']}; the ground of the release is not known"],
    }


def _by_record(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["record"], []).append(row)
    return groups


def _told_already(release: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The coded act that an early release is part of: a release on a compatible date first, else a cut before it."""
    released = dates.parse(release["date"])
    for kinds in (("early_release",), _RELEASES):
        for row in (r for r in rows if r["act_type"] in kinds):
            told = dates.parse(row["act_date"]) if row["act_date"] else None
            if told is None or _overlap(told, released):
                return row
    cuts = [r for r in rows if r["act_type"] in _CUTS]
    before = [r for r in cuts if not r["act_date"] or not dates.parse(r["act_date"]).earliest > released.latest]
    return before[-1] if before else None


def _overlap(one: dates.Edtf, other: dates.Edtf) -> bool:
    after = one.earliest > other.latest
    before = one.latest < other.earliest
    return not (after or before)


def _add_evidence(row: dict[str, Any], release: dict[str, Any]) -> None:
    months = _number(release["months"])
    ahead = "before the end of the term" if np.isnan(months) else f"{months:g} months before the end of the term"
    row["notes"].append(f"the dates agree: released {release['date']}, {ahead} by {release['basis']}")
    if row["act_type"] == "early_release":
        if not row["act_date"]:
            row["act_date"], row["date_basis"] = release["date"], "release"
        if np.isnan(row["months"]) and not np.isnan(months):
            row["months"] = months


def _table(rows: list[dict[str, Any]], by_record: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["record", *(c.name for c in ACTS.stored), "notes"])
    for name in ("case_id", "source_ids"):
        frame[name] = by_record[name].astype(object).reindex(frame["record"]).to_numpy()
    frame["note"] = ["; ".join(n) for n in frame["notes"]]
    stem = frame["case_id"].astype(str) + "-" + frame["act_type"].astype(str).str.replace("_", "-")
    stem = stem + [f"-{d.replace('/', '-to-')}" if isinstance(d, str) else "" for d in frame["act_date"]]
    again = stem.groupby(stem).cumcount() if len(frame) else pd.Series(dtype=int)
    frame["act_id"] = stem.where(again == 0, stem + "-" + (again + 1).astype(str))
    typed = {}
    for column in ACTS.stored:
        values = frame[column.name]
        if column.kind == "number":
            typed[column.name] = values.astype(float)
        elif column.kind == "integer":
            typed[column.name] = values.astype(float).astype("Int64")
        elif column.kind == "category":
            typed[column.name] = pd.Series(pd.Categorical(values, categories=list(column.levels)), index=frame.index)
        else:
            typed[column.name] = values.astype("string")
    return with_bounds(pd.DataFrame(typed), ACTS)
