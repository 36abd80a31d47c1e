"""Files of court rulings -> tables of what they say, each value with its place, and an account of every file."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.arguments.days import When, one_day, refuse_blank
from clemency.records.arguments.signatures import typed
from clemency.records.environment.extras import optional
from clemency.records.environment.folders import swapped
from clemency.records.errors import UsageError
from clemency.records.presentation.spreadsheets import safe_csv
from clemency.records.printable import printable
from clemency.records.privacy.pseudonyms import pseudonymise
from clemency.records.rules.beyondrules import beyond_rules
from clemency.records.terms import DAYS_PER_MONTH
from clemency.sources.rulings.columns import RULINGS
from clemency.sources.rulings.copies import Seen, without_copies
from clemency.sources.rulings.disclosure import warnings_for
from clemency.sources.rulings.documents.received import count, received, refuse_inside
from clemency.sources.rulings.tables import Rows, case_keys, cases_and_acts, frame_of
from clemency.sources.rulings.withheld import check_secret, without_names
from clemency.sources.rulings.working import all_rows

_TABLES = ("rulings", "changes", "evidence", "account")


@dataclass(frozen=True, slots=True)
class Rulings:
    """What documents of courts say.

    Attributes
    ----------
    rulings : DataFrame
        One row for each prisoner in a document that was read; :meth:`columns` tells what each column holds. What was
        not read is missing, and ``problems`` says what does not fit.
    cases, acts, sources : DataFrame
        The same in the form of the tables of that name: one case for a judgment and person, one act for each change of
        the sentence, this one and earlier ones.
    changes : DataFrame
        Earlier changes of the sentence as each document tells them.
    evidence : DataFrame
        For each value its place in the document's text, its ``certainty`` (``stated``, or ``inferred`` from other
        words) and the pattern that found it.
    account : DataFrame
        One row for every document: what it is, why it was not read, how many prisoners it has.
    """

    rulings: pd.DataFrame
    cases: pd.DataFrame
    acts: pd.DataFrame
    sources: pd.DataFrame
    changes: pd.DataFrame
    evidence: pd.DataFrame
    account: pd.DataFrame

    @staticmethod
    def columns() -> pd.DataFrame:
        """What each column of ``rulings`` holds."""
        return pd.DataFrame([(name, c.kind, c.told) for name, c in RULINGS.items()], columns=["column", "type", "told"])

    def counts(self) -> pd.DataFrame:
        """Documents and prisoners by what the documents are; the documents add up to those received."""
        return counts_of(self.account)

    def warnings(self) -> list[str]:
        """What is known of how rulings of these dates were published, and what they cannot show."""
        return warnings_for(self.rulings)

    def intervals(self) -> pd.DataFrame:
        """Time from one reduction to the next within cases; see `intervals`."""
        return intervals(self)

    def beyond_rules(self) -> pd.DataFrame:
        """Reductions of fixed terms beyond what the rules allowed at their date; see `clemency.beyond_rules`."""
        return beyond_rules(self.acts, self.cases)

    def save(self, folder: str | PathLike[str], *, force: bool = False) -> Path:
        """Write the tables as CSV; ``cases.csv`` and ``acts.csv`` make a folder as `clemency.load` takes it.

        The folder is new, empty, or holds an earlier edition that nobody has changed; with `force` it may hold other
        things, of which those with the name of a table are replaced. A link is not followed.
        """
        refuse_blank(folder, "folder")
        with swapped(folder, force) as stage:
            for name in ("cases", "acts", "rulings", "changes", "account"):
                safe_csv(getattr(self, name), stage / f"{name}.csv")
        return Path(folder)

    def pseudonymised(self, secret: str) -> Rulings:
        """The same without names of prisoners, courts and prisons; see `clemency.pseudonymise`.

        The evidence and the sources, which quote them, are empty.
        """
        hidden = [without_names(frame, secret) for frame in (self.rulings, self.changes, self.account)]
        born = self.cases.assign(birth_date=self.cases["birth_date"].str[:4])
        cases, acts = (pseudonymise(frame, secret) for frame in (born, self.acts))
        return Rulings(hidden[0], cases, acts, self.sources.iloc[:0], hidden[1], self.evidence.iloc[:0], hidden[2])

    def __repr__(self) -> str:
        told = ", ".join(f"{n} {status}" for status, n in self.account["status"].value_counts().items())
        return printable(f"Rulings: {len(self.rulings)} prisoners in {len(self.account)} documents ({told})")


@typed
def read_rulings(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | pd.DataFrame,
    *,
    column: str = "text",
    name: str | None = None,
    workers: int | None = None,
    progress: bool | None = None,
    accessed: When | None = None,
) -> Rulings:
    """Read rulings on reduction, parole and service outside prison.

    Parameters
    ----------
    source : path, sequence of paths, or DataFrame
        Files (text in UTF-8, UTF-16 or GB18030; HTML, with the marks of the courts' site; DOCX), folders, ZIP archives;
        or a frame with a column of texts.
    column, name : str
        Of a frame: the column of texts, and that of the documents' names (its index by default).
    workers : int, optional
        Processes; by default one for each core on Linux once there are some hundred documents.
    progress : bool, optional
        Whether to show a bar; by default on a terminal.
    accessed : str or date, optional
        Day that ``sources`` gives as the day of reading; today by default.

    Returns
    -------
    Rulings

    Raises
    ------
    UsageError
        For a place that does not exist, a text in place of one, a column that the frame does not have once, or a day
        that is none.

    Notes
    -----
    A ruling that comes again counts once: the first document is read, and the account gives the others as ``copy``,
    with that document in ``copy_of``. Copies have the same text, or the same number of the case and prisoner and
    nothing that is told differently; only those that are read in one call are known.

    Rules, not a fitted model: a value is read where the text has it in a form that is known, and missing otherwise;
    ``docs/rulings.md`` says how well that does. The account has a row for every document, also for what is no ruling.

    Examples
    --------
    >>> made_up = (
    ...     "某省某某市中级人民法院刑事裁定书（2017）豫99刑更12号罪犯李某某，男，汉族，现在某省某某监狱服刑。本院认为，"
    ...     "该犯确有悔改表现，裁定如下：对罪犯李某某减去有期徒刑八个月。本裁定送达后即发生法律效力。"
    ... )
    >>> read = read_rulings(pd.DataFrame({"text": [made_up]}))
    >>> read.rulings[["prisoner", "decision", "kind", "months"]].values.tolist()
    [['李某某', 'granted', 'reduction', 8.0]]
    """
    shown = sys.stderr.isatty() if progress is None else progress
    rows: Rows = {table: [] for table in _TABLES}
    day = dt.date.today().isoformat() if accessed is None else str(one_day(accessed, "accessed"))
    documents, seen = received(source, column, name), Seen()
    for some in all_rows(documents, workers=_workers(workers), evidence=True, progress=shown, total=count(source)):
        once = without_copies(some, seen)
        for table in _TABLES:
            rows[table] += once[table]
    frames = {table: frame_of(table, rows[table]) for table in _TABLES}
    cases, acts, sources = cases_and_acts(frames["rulings"], frames["changes"], day)
    return Rulings(frames["rulings"], cases, acts, sources, frames["changes"], frames["evidence"], frames["account"])


def _workers(workers: int | None) -> int | None:
    if workers is not None and not 1 <= workers <= 256:
        raise UsageError(f"workers={workers} is no number of processes. Give 1 or more.")
    return workers


@typed
def write_rulings(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | pd.DataFrame,
    out: str | PathLike[str],
    *,
    column: str = "text",
    name: str | None = None,
    workers: int | None = None,
    progress: bool | None = None,
    evidence: bool = True,
    secret: str | None = None,
    force: bool = False,
) -> pd.DataFrame:
    """Read any number of rulings in bounded memory, and write the tables as Parquet.

    Parameters
    ----------
    source, column, name, workers, progress
        As in :func:`read_rulings`.
    out : path
        Folder for ``rulings.parquet``, ``changes.parquet``, ``evidence.parquet`` and ``account.parquet``.
    evidence : bool
        Whether to write the places of all values, which are most of the bytes.
    secret : str, optional
        Of at least 16 characters: names of prisoners, courts and prisons are left out, documents get keys, and the
        evidence, which quotes them, is not written.
    force : bool
        Also write to a folder that holds other things; of these, the files with the name of a table are replaced. By
        default the folder is new, empty, or holds an earlier edition that nobody has changed.

    Returns
    -------
    DataFrame
        Documents and prisoners by what the documents are.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    UsageError
        Before anything is read, for a folder that cannot be written, is a link, holds other things, or is or lies in
        the one that is read.

    Notes
    -----
    Written beside `out`, and swapped in once all is there. Copies count once, as in :func:`read_rulings`; to tell them,
    a few hundred bytes stay in memory for each ruling.
    """
    arrow = optional("pyarrow", "rulings", "Writing Parquet")
    parquet = optional("pyarrow.parquet", "rulings", "Writing Parquet")
    if secret is not None:
        check_secret(secret)
    refuse_inside(source, out)
    shown = sys.stderr.isatty() if progress is None else progress
    tables = _TABLES if evidence and secret is None else tuple(t for t in _TABLES if t != "evidence")
    with swapped(out, force) as stage:
        documents, seen = received(source, column, name), Seen()
        stream = all_rows(documents, workers=_workers(workers), evidence=evidence, progress=shown, total=count(source))
        groups = _with_end(without_copies(some, seen) for some in stream)
        return _write(groups, tables, stage, secret, (arrow, parquet))


def _write(
    groups: Iterable[Rows], tables: tuple[str, ...], place: Path, secret: str | None, arrow: Any
) -> pd.DataFrame:
    """Write each table as its rows come; return the counts of the account."""
    files: dict[str, Any] = {}
    told: list[pd.DataFrame] = []
    try:
        for some in groups:
            for table in tables:
                frame = frame_of(table, some[table])
                frame = frame if secret is None else without_names(frame, secret)
                data = arrow[0].Table.from_pandas(frame, preserve_index=False)
                if table not in files:
                    files[table] = arrow[1].ParquetWriter(place / f"{table}.parquet", data.schema)
                if len(data) or not told:
                    files[table].write_table(data.cast(files[table].schema))
            told = [counts_of(frame_of("account", some["account"])), *told]
            told = [pd.concat(told).groupby("status", as_index=False, sort=False).sum()]
    finally:
        for file in files.values():
            file.close()
    return told[0].sort_values("documents", ascending=False, kind="stable", ignore_index=True)


def _with_end(stream: Iterable[Rows]) -> Iterator[Rows]:
    """The groups of rows, and one without rows, so that every file is there."""
    yield from stream
    yield {table: [] for table in _TABLES}


def counts_of(account: pd.DataFrame) -> pd.DataFrame:
    """Documents and prisoners by status."""
    grouped = account.groupby("status", as_index=False, sort=False).agg(
        documents=("document", "size"), prisoners=("prisoners", "sum")
    )
    return grouped.sort_values("documents", ascending=False, kind="stable", ignore_index=True)


def intervals(read: Rulings) -> pd.DataFrame:
    """Time between the reductions of a case, from delivery to prison, for recurrent events.

    Parameters
    ----------
    read : Rulings

    Returns
    -------
    DataFrame
        ``case_id, number, start, stop, event, months, origin``: one row for each reduction that is dated, with `start`
        and `stop` in months since the delivery to prison, or since the first day of the term where that is not told
        (`origin` says which). Cases in which a change has no date are left out.

    Notes
    -----
    Each case is here because of a ruling: there is no time after the last one, and prisoners without any ruling are
    missing. What is estimated holds for prisoners who receive one.
    """
    first = (
        read.rulings.assign(case_id=case_keys(read.rulings))
        .groupby("case_id")[["committed_date", "term_start"]]
        .first()
    )
    acts = read.acts[read.acts["act_type"] == "sentence_reduction"]
    undated = set(acts.loc[acts["act_date"].isna(), "case_id"])
    rows = []
    for key, group in acts[~acts["case_id"].isin(undated)].groupby("case_id", sort=True):
        told = first.loc[key]
        origin = "committed_date" if isinstance(told["committed_date"], str) else "term_start"
        begin = told[origin]
        if not isinstance(begin, str) or len(begin) != 10:
            continue
        before, zero = 0.0, np.datetime64(begin, "D")
        for number, act in enumerate(group.sort_values("act_date").to_dict("records"), start=1):
            stop = (np.datetime64(act["act_date"], "D") - zero) / np.timedelta64(1, "D") / DAYS_PER_MONTH
            rows.append((key, number, before, stop, 1, act["months"], origin))
            before = stop
    return pd.DataFrame(rows, columns=["case_id", "number", "start", "stop", "event", "months", "origin"])
