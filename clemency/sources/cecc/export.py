"""An export of the Political Prisoner Database -> cases, acts and a source in the shipped form, with an account."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.arguments.days import one_day, refuse_blank
from clemency.records.arguments.signatures import typed
from clemency.records.presentation.wording import counted
from clemency.records.schema import CASES, SOURCES
from clemency.records.tables.derive import derive
from clemency.records.tables.loading import bind_levels, load, with_bounds
from clemency.sources.cecc import cases as table
from clemency.sources.cecc.acts import merge_acts, structural_acts
from clemency.sources.cecc.fields import FIELDS, PAST_DATES, Field
from clemency.sources.cecc.file import File, read_file
from clemency.sources.cecc.parse import Column, read_column, reader_of
from clemency.sources.cecc.passed import as_passed
from clemency.sources.cecc.terms import Doubts, legal_process, out_of_order, outcomes, terms

_ADDRESS = "https://www.ppdcecc.gov/"
_NOTHING = np.array(None, dtype=object)
_STAMP = re.compile(r"(?<!\d)(20[0-9]{2})([-_.]?)([0-9]{2})\2([0-9]{2})(?!\d)")


@dataclass(frozen=True, slots=True, repr=False)
class CeccExport:
    """An export as read.

    Attributes
    ----------
    cases, acts, sources : DataFrame
        As ``cl.load`` gives the shipped tables; `read_cecc` lists the further columns of ``cases``.
    account : DataFrame
        One row per field: ``field, column, n_rows, parsed, read_in_part, empty, could_not_be_read, not_used, note``;
        the five counts add up to ``n_rows``. Then one row per column that is no field of the database.
    unread : DataFrame
        Every cell that could not be read, or only in part: ``record, field, value, kept, reason``. ``value`` is
        the whole cell; ``kept`` is what was read of it, separated by semicolons, and missing where nothing was.
    doubts : DataFrame
        Values that were kept although something speaks against them: ``record, field, value, doubt``. Also
        articles that the charges table does not settle.
    left_out : DataFrame
        Acts told in narratives that are no acts of these cases, with ``reason``.
    raw : DataFrame
        The cells as texts, under our names of the fields.
    as_of : str or None
        The day of the export.
    """

    cases: pd.DataFrame
    acts: pd.DataFrame
    sources: pd.DataFrame
    account: pd.DataFrame
    unread: pd.DataFrame
    doubts: pd.DataFrame
    left_out: pd.DataFrame
    raw: pd.DataFrame
    as_of: str | None

    def __repr__(self) -> str:
        in_part = self.unread["kept"].notna()
        return (
            f"CeccExport as of {self.as_of or 'a day not known'}: {counted(len(self.cases), 'case')}, "
            f"{counted(len(self.acts), 'act')}, "
            f"{(~in_part).sum():,} cells that could not be read and {in_part.sum():,} that were read in part "
            f"(.unread), {len(self.doubts):,} doubts (.doubts)"
        )


@typed
def read_cecc(path: str | PathLike[str], as_of: str | None = None) -> CeccExport:
    r"""Read an export of the Political Prisoner Database of the Congressional-Executive Commission on China.

    Parameters
    ----------
    path : path
        The export as ``.csv`` (UTF-8 with or without byte order mark, or GB 18030), ``.xlsx`` or ``.RData``.
    as_of : str, optional
        Day of the export, such as ``"2020-07-23"``. Without it a date in the file's name is taken (year first);
        failing that, nobody counts as seen on a day, and undated releases have no latest day.

    Returns
    -------
    CeccExport
        Beside the shipped columns ``cases`` has ``record, detention_status, phases, issue_categories,
        charge_articles`` (codes as read, separated by blanks), ``term_months`` (the current or last sentence, or
        the time served, in months), ``term_kind`` (`sentence`, `rtl`, `administrative`, `time_served`), ``age``
        (at detention), ``place, prefecture, county`` (of custody), ``residence_province, religion, occupation,
        affiliation``, the further courts, and ``release_date, term_end_date`` (the end that the export states),
        ``arrest_date, trial_date, appeal_date, appeal_ruling_date``, each with its bounds. ``release_date`` of a
        release that the export does not date is the interval from custody or sentence to the export; ``status_date``
        then stays empty, so that no model takes the middle of that interval for a day.

    Raises
    ------
    DataError
        If the file is damaged, empty, no export, or names a record twice.
    UsageError
        If there is no such file, its ending is not known, or ``as_of`` is not a day.

    Notes
    -----
    ``docs/cecc.md`` says how each field is read. The export gives the *current or last* sentence. Where an act is known
    that changed it, ``sentence_type`` and ``sentence_months`` are those that were passed, as far as acts and narrative
    tell, and stand in ``inferred``; ``term_months`` keeps the number of the export. An early release is inferred where
    the release is surely more than 31 days before the end of the term; its ground (reduction, parole, medical parole)
    is then not known.

    References
    ----------
    Congressional-Executive Commission on China, Political Prisoner Database, https://www.ppdcecc.gov/; "How to query
    the CECC Political Prisoner Database", http://www.cecc.gov/pages/victims/instructions.php, for the age.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import clemency as cl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "export 2020-07-23.csv"
    ...     _ = file.write_text(
    ...         "CECC record number,detention status,main name,date of detention,legal process,actual date released\n"
    ...         "2004-00001,REL,Test Person One,1989/01/dd,PSB/rel,1997/02/29\n", encoding="utf-8")
    ...     export = cl.read_cecc(file)
    >>> export.cases[["name", "status", "detention_date", "release_date"]].iloc[0].tolist()
    ['Test Person One', 'released', '1989-01', '1989-01/2020-07-23']
    >>> export.unread[["field", "value", "reason"]].iloc[0].tolist()
    ['release', '1997/02/29', 'there is no day 29 in 1997-02']
    """
    refuse_blank(path, "path")
    from clemency.sources.narrative.coder import code_acts  # late: its patterns take long to compile

    return read_export(Path(path), as_of, code_acts)


def read_export(path: Path, as_of: str | None, coder: Callable[[pd.DataFrame], pd.DataFrame]) -> CeccExport:
    """Read an export with the acts that `coder` gives for the columns ``record, name, summary``; see `read_cecc`."""
    file = read_file(path)
    day = _day(path, as_of)
    parsed = {f.name: _not_after(f.name, _read(file, f), day) for f in FIELDS}
    records = zip(parsed["record"].cells, file.numbers, strict=True)
    doubts = Doubts(np.array([r or f"row-{n}" for r, n in records], dtype=object))
    cases, structural, articles = _cases(parsed, _source_id(day), day, doubts)
    texts = pd.DataFrame(
        {"record": doubts.records, "name": parsed["main_name"].cells, "summary": parsed["summary"].cells}
    )
    merged = merge_acts(coder(texts), structural, cases)
    cases = table.with_paroles(as_passed(cases, merged.acts, texts["summary"], doubts), merged.absorbed)
    cases = _derived(cases, merged.acts, parsed, articles)
    return CeccExport(
        cases,
        merged.acts,
        _sources(path, file, day),
        _account(file, parsed),
        _unread(file, parsed, doubts.records),
        doubts.frame(),
        merged.left_out,
        file.cells.astype("string"),
        day,
    )


def _cases(
    parsed: dict[str, Column], source_id: str, day: str | None, doubts: Doubts
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    legal = legal_process(parsed["legal_process"].cells)
    term = terms(parsed, legal, doubts)
    out_of_order(parsed, doubts)
    outcome = outcomes(parsed, legal, term, day, doubts)
    articles = table.articles_of(parsed, load("charges"), doubts)
    ids = np.array([f"cecc-{r}" for r in doubts.records], dtype=object)
    stored = table.stored_columns(parsed, ids, source_id, term, outcome, articles)
    further = table.further_columns(parsed, term, outcome)
    structural = structural_acts(doubts.records, parsed["release"].cells, term, outcome)
    return pd.concat([stored, further], axis=1).assign(record=doubts.records), structural, articles


def _derived(
    cases: pd.DataFrame, acts: pd.DataFrame, parsed: dict[str, Column], articles: dict[str, Any]
) -> pd.DataFrame:
    others = {name: load(name) for name in ("provinces", "charges")} | {"acts": acts}
    names = [c.name for c in CASES.stored]
    shared = derive("cases", bind_levels(cases[names].copy(), CASES, others), others)
    shared = with_bounds(table.charge_family(shared, parsed, articles), CASES)
    return pd.concat([shared, cases.drop(columns=names)], axis=1)


def _day(path: Path, as_of: str | None) -> str | None:
    """The export's day: the argument, else a date in the file's name."""
    if as_of is not None:
        return str(one_day(as_of, "as_of"))
    for match in _STAMP.finditer(path.stem):
        try:
            return datetime.date(int(match[1]), int(match[3]), int(match[4])).isoformat()
        except ValueError:
            continue
    return None


def _read(file: File, field: Field) -> Column:
    """Read a field. A cell that holds something else than its value is not empty, and not read either."""
    column = read_column(file.cells[field.name], reader_of(field))
    reasons = {i: why for (i, name), why in file.unread.items() if name == field.name}
    if not reasons:
        return column
    at = list(reasons)
    cells, empty, reason = column.cells.copy(), column.empty.copy(), column.reason.astype(object)
    cells[at], empty[at], reason[at] = None, False, list(reasons.values())
    return Column(cells, empty, reason)


def _not_after(name: str, column: Column, day: str | None) -> Column:
    """Take out dates of what had happened that lie after the export."""
    if day is None or name not in PAST_DATES:
        return column
    late = dates.bounds(column.cells).earliest > np.datetime64(day, "D")
    if not late.any():
        return column
    reason = np.where(late, f"the date lies after the export of {day}", column.reason)
    return Column(np.where(late, _NOTHING, column.cells), column.empty, reason)


def _source_id(day: str | None) -> str:
    return f"cecc-ppd-export-{day}" if day else "cecc-ppd-export"


def _sources(path: Path, file: File, day: str | None) -> pd.DataFrame:
    row = {
        "source_id": _source_id(day),
        "publisher": table.PUBLISHER,
        "title": "Political Prisoner Database, export of the query results",
        "date": day,
        "address": _ADDRESS,
        "accessed": day,
        "note": f"read from {path.name} ({file.form})",
    }
    frame = pd.DataFrame({c.name: pd.Series([row[c.name]], dtype="string") for c in SOURCES.stored})
    return with_bounds(frame, SOURCES)


def _account(file: File, parsed: dict[str, Column]) -> pd.DataFrame:
    n = len(file.cells)
    rows = []
    for field in FIELDS:
        column = parsed[field.name]
        in_part = int(column.in_part.sum())
        unread = int((column.reason != "").sum()) - in_part
        empty = int(column.empty.sum())
        used = field.reader != "unused"
        rest = n - empty - unread - in_part
        note = "" if field.name in file.headers else "the file has no such column"
        note = note or ("" if used else "kept in raw alone")
        header = file.headers.get(field.name, "")
        rows.append((field.name, header, n, rest * used, in_part, empty, unread, rest * (not used), note))
    blank = f"; {file.blank_rows} blank rows were passed over" if file.blank_rows else ""
    rows += [("", header, n, 0, 0, 0, 0, n, "not part of the export: not read") for header in file.extra]
    counts = ["parsed", "read_in_part", "empty", "could_not_be_read", "not_used"]
    names = ["field", "column", "n_rows", *counts, "note"]
    frame = pd.DataFrame(rows, columns=names)
    frame.loc[0, "note"] = f"{file.form}{blank}"
    return frame.astype({"field": "string", "column": "string", "note": "string"})


def _unread(file: File, parsed: dict[str, Column], records: Any) -> pd.DataFrame:
    rows = []
    for field in FIELDS:
        column = parsed[field.name]
        cells = file.cells[field.name].to_numpy(dtype=object)
        for i in np.flatnonzero(column.reason != ""):
            kept = None if column.cells[i] is None else "; ".join(column.cells[i])
            rows.append((i, records[i], field.name, cells[i], kept, column.reason[i]))
    frame = pd.DataFrame(rows, columns=["row", "record", "field", "value", "kept", "reason"])
    return frame.sort_values("row", kind="stable").drop(columns="row").reset_index(drop=True).astype("string")
