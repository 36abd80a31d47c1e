"""A folder of tables -> every problem in it, each with file, row, column, value and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.arguments.signatures import typed
from clemency.records.checks.plausible import doubts
from clemency.records.environment.datafolder import data_folder
from clemency.records.errors import Problem
from clemency.records.presentation import addresses
from clemency.records.rules.rulechecks import rule_problems
from clemency.records.schema import TABLES, Table
from clemency.records.tables.loading import NEEDED, REFERENCE, Readings
from clemency.records.tables.reading import Reading

# Pairs of dates of which the first may not be later than the second.
_ORDER = {
    "cases": (("detention_date", "sentence_date"), ("detention_date", "status_date"), ("birth_date", "detention_date")),
    "rules": (("effective_from", "effective_to"),),
}


@typed
def check(data: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Check a folder of tables and report all problems at once.

    Parameters
    ----------
    data : path, optional
        Folder with tables as CSV; the shipped one by default. It needs ``cases.csv`` and ``acts.csv``, as for `load`;
        tables that it has not are not looked for.

    Returns
    -------
    DataFrame
        Columns ``file, row, column, value, message, remedy, severity``; no rows if all is well. ``row`` counts as an
        editor does: the header is row 1, and blank lines and lines inside a cell count. ``severity`` is ``error`` or,
        for what can be read but hardly be true, ``warning``: months of a life sentence, months that look like years, a
        cut larger than the term, an act after the end of the term, after release or death, one that is there twice, one
        that the kind of sentence cannot have, words that differ only in their spelling; and for what other functions
        need: a term without the kind of sentence, charges without any article. `summary` groups them.

    Raises
    ------
    UsageError
        If there is no such folder.

    Examples
    --------
    >>> import clemency as cl
    >>> len(cl.check())
    0
    """
    readings = Readings(data_folder(data))
    own = {name: readings[name] for name, origin in readings.origins.items() if origin == "own"}
    problems = [p for reading in own.values() for p in reading.problems]
    for name, reading in own.items():
        if reading.frame is not None and not len(reading.frame):
            problems.append(Problem(f"{name}.csv", None, "", "", "the table has no rows", _rows_for(name)))
    for name, reading in own.items():
        problems += readings.pointing_nowhere(name)
        problems += _orders(TABLES[name], reading)
    problems += _acts_within_cases(own)
    problems += _links(own)
    problems += _rules(own)
    problems += _doubts(own)
    problems += _without_kind(own)
    problems += _without_articles(own)
    names = ["file", "row", "column", "value", "message", "remedy", "severity"]
    found = pd.DataFrame([[getattr(p, name) for name in names] for p in problems], columns=names)
    return found.astype({"row": "Int64"})


def _rows_for(name: str) -> str:
    if name in NEEDED:
        return f"Add the {name} that are known."
    return f"Add rows, or take the file out{': the shipped table is then used' if name in REFERENCE else ''}."


def _orders(table: Table, reading: Reading) -> Iterator[Problem]:
    frame = reading.frame
    if frame is None:
        return
    for before, after in _ORDER.get(table.name, ()):
        first, second = _bounds(frame[before]), _bounds(frame[after])
        for i in np.flatnonzero(first.earliest > second.latest):
            yield Problem(
                f"{table.name}.csv",
                reading.lines[i],
                after,
                str(frame[after].iloc[i]),
                f"earlier than {before} ({frame[before].iloc[i]})",
                "Correct one of the two dates.",
            )


def _acts_within_cases(readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Acts that fall before the custody of their case."""
    found = {name: readings[name].frame for name in ("cases", "acts") if name in readings}
    acts, cases = found.get("acts"), found.get("cases")
    if acts is None or cases is None:
        return
    custody = cases.drop_duplicates("case_id").set_index("case_id")["detention_date"].reindex(acts["case_id"])
    first, second = _bounds(custody), _bounds(acts["act_date"])
    for i in np.flatnonzero(first.earliest > second.latest):
        yield Problem(
            "acts.csv",
            readings["acts"].lines[i],
            "act_date",
            str(acts["act_date"].iloc[i]),
            f"before the custody of case '{acts['case_id'].iloc[i]}' began ({custody.iloc[i]})",
            "Correct the date, or the case that the act belongs to.",
        )


def _links(readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Addresses of documents that a page may not link to."""
    reading = readings.get("sources")
    if reading is None or reading.frame is None:
        return
    for i, value in enumerate(reading.frame["address"]):
        if pd.notna(value) and value != "" and not addresses.is_web_address(value):
            message = "not an address of http or https"
            yield Problem("sources.csv", reading.lines[i], "address", str(value), message, addresses.REMEDY)


def _rules(readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Rules that would apply to nobody, or otherwise than they say."""
    reading = readings.get("rules")
    frame = None if reading is None else reading.frame
    if reading is None or frame is None or not {"applies_to", "rule_kind", "value", "unit"} <= set(frame):
        return
    yield from rule_problems(frame, "rules.csv", reading.lines)


def _doubts(readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """What can be read and cannot be true."""
    frames = {name: readings[name].frame for name in ("cases", "acts") if name in readings}
    cases, acts = (_readable(frames.get(name), TABLES[name]) for name in ("cases", "acts"))
    if cases is None or acts is None:
        return
    for d in doubts(cases, acts):
        lines = readings[d.table].lines
        line = None if d.row is None else lines[d.row]
        yield Problem(f"{d.table}.csv", line, d.column, d.value, d.said(lines), d.remedy, "warning")


def _without_kind(readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Terms whose kind of sentence is empty: no cohort can hold their cases."""
    reading = readings.get("cases")
    if reading is None or reading.frame is None:
        return
    months, kind = reading.frame["sentence_months"], reading.frame["sentence_type"]
    remedy = "Write 'fixed' in sentence_type if it is a fixed term; cl.cohort leaves out cases without a kind."
    for i in np.flatnonzero(_filled(months) & ~_filled(kind)):
        yield Problem(
            "cases.csv", reading.lines[i], "sentence_type", "", "empty beside a term in months", remedy, "warning"
        )


def _without_articles(readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Charges of which none has an article: no case then has a charge family."""
    reading = readings.get("cases")
    if reading is None or reading.frame is None:
        return
    charges = _filled(reading.frame["charge"])
    if charges.any() and not any(_filled(reading.frame[c]).any() for c in ("charge_ids", "charge_ids_derived")):
        message = f"empty in every case, though {int(charges.sum()):,} have a charge: their charge_family is not known"
        remedy = "Write keys of charges.csv there if charges are to be compared."
        yield Problem("cases.csv", None, "charge_ids_derived", "", message, remedy, "warning")


def _filled(column: pd.Series) -> NDArray[np.bool_]:
    return (column.notna() & (column.astype("string").fillna("") != "")).to_numpy(dtype=bool)


def _readable(frame: pd.DataFrame | None, table: Table) -> pd.DataFrame | None:
    """The frame without malformed dates, which are reported where the table is read."""
    if frame is None:
        return None
    usable = {}
    for column in (c for c in table.stored if c.kind == "edtf"):
        bad = [i for i, *_ in dates.problems(frame[column.name])]
        usable[column.name] = frame[column.name].mask(np.isin(np.arange(len(frame)), bad))
    return frame.assign(**usable)


def _bounds(values: pd.Series) -> dates.Bounds:
    """Bounds that pass over malformed dates, which are reported where the table is read."""
    bad = {i for i, *_ in dates.problems(values)}
    usable = [None if i in bad or pd.isna(v) else v for i, v in enumerate(values)]
    return dates.bounds(usable)
