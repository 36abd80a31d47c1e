"""Tables as users give them -> tables that can be linked, or an error that says what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import ACTS, CASES
from clemency.records.tables.frames import frame_problems
from clemency.records.values.numbers import read_numbers
from clemency.records.values.words import known_as
from clemency.sources.linkage.ends import STATED
from clemency.sources.linkage.names import LONGEST, characters, letters

DECISIONS = ("match", "no")
_DATES = (
    "birth_date",
    "detention_date",
    "trial_date",
    "sentence_date",
    *STATED,
    "release_date",
    "status_date",
    "death_date",
)
_FEW = 3  # values from which a column that holds none of its kind is refused, not listed
_UNREAD = ["side", "id", "column", "value", "reason"]
_COMPARED = ("sex", "province", "sentence_months")


def checked(records: pd.DataFrame, key: str, side: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A copy sorted by its identifier, so that the order of rows cannot matter, and the values that cannot be compared.

    Raises
    ------
    UsageError, DataError
        As :func:`clemency.sources.linkage.pairs.link` says.
    """
    missing = [c for c in (key, "name") if c not in records]
    if missing:
        raise UsageError(
            f"The {side} table has no column {' or '.join(map(repr, missing))}. Rename yours, or name the identifier "
            f"with {side}_id=."
        )
    if records.empty:
        raise UsageError(f"The {side} table is empty: there is nothing to link.")
    wrong = _values(records, side)
    problems = [*_identifiers(records, key, side), *_other_columns(records, wrong)]
    if problems:
        raise DataError(problems)
    unread = [(side, records[key].iloc[p.row], p.column, p.value, p.message) for p in wrong]
    records = _without(records, wrong)
    order = np.argsort(records[key].astype(object).astype(str).to_numpy(dtype=str), kind="stable")
    table = records.iloc[order].reset_index(drop=True)
    listed = pd.DataFrame([*unread, *_unread(table, key, side)], columns=_UNREAD)
    if "ethnicity" in table:
        table["ethnicity"] = table["ethnicity"].astype(object).map(_ethnicity, na_action="ignore")
    return table, listed


def _ethnicity(text: Any) -> str:
    return known_as(str(text), "ethnicity") or letters(str(text)).strip().capitalize()


def _problem(side: str, i: int, column: str, value: Any, message: str, remedy: str) -> Problem:
    return Problem(f"{side} table", i, column, "" if pd.isna(value) else str(value), message, remedy)


def _identifiers(records: pd.DataFrame, key: str, side: str) -> list[Problem]:
    column = records[key].astype(object)
    empty = column.isna() | (column.astype(str) == "")
    repeated = column.astype(str).duplicated(keep=False) & ~empty
    problems = [
        _problem(side, i, key, column.iloc[i], "there is no identifier", "Give every record one.")
        for i, bad in enumerate(empty)
        if bad
    ]
    remedy = "Give each record its own; link records of one table with link(left) alone."
    return problems + [
        _problem(side, i, key, column.iloc[i], "the identifier stands more than once", remedy)
        for i, bad in enumerate(repeated)
        if bad
    ]


def _values(records: pd.DataFrame, side: str) -> list[Problem]:
    """Values that are no date, sex, province or number."""
    name = f"{side} table"
    problems = frame_problems(records, CASES, name=name, columns=_COMPARED)
    if "origin_province" in records:
        origin = records[["origin_province"]].rename(columns={"origin_province": "province"})
        found = frame_problems(origin, CASES, name=name, columns=("province",))
        problems += [replace(p, column="origin_province") for p in found]
    for column in (c for c in _DATES if c in records):
        wrong = dates.problems(records[column])
        problems += [Problem(name, i, column, value, message, remedy) for i, value, message, remedy in wrong]
    if "months_cut" in records:
        wrong = read_numbers(records["months_cut"], ACTS["months"])[1]
        problems += [Problem(name, i, "months_cut", value, message, remedy) for i, value, message, remedy in wrong]
    return problems


def _other_columns(records: pd.DataFrame, wrong: list[Problem]) -> list[Problem]:
    """Problems of columns in which nothing can be read: they hold something else, or write it in a way of their own."""
    counts = pd.Series([p.column for p in wrong], dtype=object).value_counts()
    stated = {c: int((records[c].notna() & (records[c].astype(str).str.strip() != "")).sum()) for c in counts.index}
    refused = {c for c, n in counts.items() if n >= max(stated[c], _FEW)}
    return [p for p in wrong if p.column in refused]


def _without(records: pd.DataFrame, wrong: list[Problem]) -> pd.DataFrame:
    changed = {}
    for column in dict.fromkeys(p.column for p in wrong):
        values = records[column].astype(object).to_numpy(copy=True)
        values[[p.row for p in wrong if p.column == column]] = None
        changed[column] = pd.Series(values, index=records.index, dtype=object)
    return records.assign(**changed)


def _unread(table: pd.DataFrame, key: str, side: str) -> list[tuple[Any, ...]]:
    rows = []
    if "name_zh" in table:
        for record, value in zip(table[key], table["name_zh"], strict=True):
            if isinstance(value, str) and value and not characters(value):
                rows.append((side, record, "name_zh", value, "holds no Chinese character"))
    for column in (c for c in ("name", "name_zh", "aliases") if c in table):
        for record, value in zip(table[key], table[column], strict=True):
            if isinstance(value, str) and len(value) > LONGEST:
                long = (n.strip() for n in value.split(";") if len(n) > LONGEST)
                rows += [(side, record, column, n, f"more than {LONGEST} characters are no name") for n in long]
    return rows


def decided(decisions: pd.DataFrame | None, ids: tuple[pd.Series, pd.Series], *, single: bool) -> pd.DataFrame:
    """Decisions as positions: ``left``, ``right``, ``decision``; rows left empty are not in it.

    Raises
    ------
    UsageError
        For a missing column, an unknown word or identifier, or one pair decided both ways.
    """
    columns = ["left_id", "right_id", "decision"]
    if decisions is None:
        return pd.DataFrame(
            {"left": pd.Series(dtype=int), "right": pd.Series(dtype=int), "decision": pd.Series(dtype=object)}
        )
    missing = [c for c in columns if c not in decisions]
    if missing:
        raise UsageError(f"decisions= has no column {', '.join(missing)}: give a filled .review().")
    given = decisions[columns].astype(object)
    given["decision"] = given["decision"].fillna("").astype(str).str.strip().str.lower()
    unknown = sorted(set(given["decision"]) - {*DECISIONS, ""})
    if unknown:
        raise UsageError(f"decisions= holds {unknown}: write match or no, or leave the cell empty.")
    given = given[given["decision"] != ""]
    rows = {"decision": given["decision"].to_numpy()}
    for side, column in zip(("left", "right"), ids, strict=True):
        position = pd.Series(range(len(column)), index=column.astype(str).to_numpy())
        known = given[f"{side}_id"].astype(str)
        strangers = sorted(set(known) - set(position.index))
        if strangers:
            raise UsageError(
                f"decisions= names {strangers[:5]}, which the {side} table does not hold: give decisions made for it."
            )
        rows[side] = position.loc[known].to_numpy()
    frame = pd.DataFrame(rows)[["left", "right", "decision"]]
    if single:
        low, high = frame[["left", "right"]].min(axis=1), frame[["left", "right"]].max(axis=1)
        frame["left"], frame["right"] = low, high
    frame = frame.drop_duplicates()
    if frame.duplicated(["left", "right"]).any():
        raise UsageError("decisions= decides a pair both ways: keep one row for each pair.")
    return frame.reset_index(drop=True)
