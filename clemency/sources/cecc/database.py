"""The CECC's database of July 2020 and the reviewed acts -> the register: its cases, and who had an act.

The database opens a record at detention or sentence, whatever comes later, so it tells how many had no act. Its file
is its
publishers' and is fetched or read from a copy of one's own; what the library ships are the acts that its narratives
tell,
read one by one, keyed by the number of the record.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.arguments.days import refuse_blank
from clemency.records.arguments.signatures import typed
from clemency.records.environment.cachefolder import cache_folder
from clemency.records.environment.typedcache import code_hash, kept
from clemency.records.errors import UsageError
from clemency.records.files.textfiles import read_bytes
from clemency.records.publicfiles.fetching import fetch
from clemency.records.schema import CASES, REGISTER_AS_OF
from clemency.records.tables.loading import load
from clemency.records.tables.package import edition
from clemency.sources.cecc.export import read_export

FILE = "complete_pprisdat.RData"
#: Columns in which a case that was read against its record and other documents stands before the record alone.
_REVIEWED = ("detention_date", "sentence_date", "sentence_type", "sentence_months", "status", "status_date")


@dataclass(frozen=True, slots=True)
class Register:
    """Cases of the CECC's Political Prisoner Database and the acts of clemency that are known of them.

    Attributes
    ----------
    cases, acts : DataFrame
        In the form of the shipped tables; see `register`.
    as_of : str
        Day of the export.
    path : Path
        The file that was read.
    """

    cases: pd.DataFrame
    acts: pd.DataFrame
    as_of: str
    path: Path

    def __repr__(self) -> str:
        return f"Register of {len(self.cases):,} cases and {len(self.acts):,} acts, as of {self.as_of}"


@typed
def register(path: str | PathLike[str] | None = None) -> Register:
    """Cases of the CECC's Political Prisoner Database, with the acts that the shipped tables know of them.

    Parameters
    ----------
    path : path, optional
        A copy of the file ``complete_pprisdat.RData``; by default it is looked for, or fetched, as
        ``fetch("steinert2022")`` does.

    Returns
    -------
    Register
        ``cases`` has a row per record: the columns of ``load("cases")`` and those that `read_cecc` adds, with `frame`
        ``register``, the record in ``cecc_record`` and, in ``known_from``, the year in which it was opened. Cases
        that are
        shipped as well have the shipped ``person_id`` and, if they have acts, the dates, sentence and status that were
        decided there from all documents. ``acts`` are the shipped acts of these cases, and early releases that
        follow from
        the database's dates alone (``certainty`` `inferred`).

    Raises
    ------
    FetchError
        If the file is neither at hand nor to be had; the error says how to get it.
    UsageError
        If `path` names no file.
    DataError
        If the file is damaged or cannot be read.

    Notes
    -----
    The first call reads the file anew, which takes some seconds; what it made is kept in the user's cache, under a name
    made of the hashes of the file and of the shipped tables.

    Examples
    --------
    >>> import clemency as cl
    >>> register = cl.register()                                           # doctest: +SKIP
    >>> cohort = cl.cohort(register.cases, register.acts, until=register.as_of)  # doctest: +SKIP
    """
    file = fetch("steinert2022")[FILE] if path is None else _at(path)
    tables = kept(cache_folder() / "register", _name(file), lambda: _made(file))
    return Register(tables["cases"], tables["acts"], REGISTER_AS_OF, file)


def _at(path: str | PathLike[str]) -> Path:
    """The file that a user names."""
    refuse_blank(path, "path")
    file = Path(path)
    if os.path.isdir(file):
        raise UsageError(f"{file} is a folder. Name the copy of {FILE} itself, such as {file / FILE}.")
    if not os.path.isfile(file):  # also for names that the system refuses
        raise UsageError(
            f"There is no file {file}. Name a copy of {FILE}, or leave path= out: then it is looked for, or fetched."
        )
    return file


def _name(file: Path) -> str:
    parts = [hashlib.sha256(read_bytes(file)).hexdigest(), edition().sha256, code_hash("records", "sources")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _made(file: Path) -> dict[str, pd.DataFrame]:
    cases, acts = load("cases"), load("acts")
    of_record = _by_record(cases)
    told = _told(acts, of_record)
    export = read_export(file, REGISTER_AS_OF, lambda _: told)
    return {"cases": _with_shipped(export.cases, cases, of_record, set(told["record"])), "acts": export.acts}


def _by_record(cases: pd.DataFrame) -> pd.Series:
    """Shipped cases by the number of their record; the first of several records of a case comes first."""
    known = cases[["case_id", "cecc_record"]].dropna()
    pairs = known.assign(record=known["cecc_record"].str.split()).explode("record")
    return pairs.drop_duplicates("record").set_index("record")["case_id"]


def _told(acts: pd.DataFrame, of_record: pd.Series) -> pd.DataFrame:
    """The shipped acts of the register's cases, as `merge_acts` takes them."""
    first = pd.Series(of_record.index, index=of_record.to_numpy()).groupby(level=0).first()
    known = acts[acts["case_id"].isin(first.index)]
    columns = {c: known[c].to_numpy() for c in ("act_type", "months", "certainty", "term_after", "scope", "n_acts")}
    columns |= {c: known[c].astype(object).to_numpy() for c in ("authority", "destination", "date_basis", "note")}
    told = pd.DataFrame(columns).assign(
        record=known["case_id"].map(first).to_numpy(),
        date=known["act_date"].astype(object).to_numpy(),
        start="",
        end="",
    )
    told["note"] = told["note"].where(told["note"].notna(), "as in the shipped acts")
    return told


def _with_shipped(
    cases: pd.DataFrame, shipped: pd.DataFrame, of_record: pd.Series, with_acts: set[str]
) -> pd.DataFrame:
    own = cases["record"].map(of_record)
    rows = shipped.set_index("case_id")
    out = cases.copy()
    known = own.notna().to_numpy()
    out.loc[known, "person_id"] = rows.loc[own[known], "person_id"].astype(object).to_numpy()
    read = known & cases["record"].isin(with_acts).to_numpy()
    for column in _REVIEWED:
        names = [column, *(f"{column.removesuffix('_date')}_{end}" for end in ("earliest", "latest"))]
        for name in (n for n in names if n in out and n in rows):
            values = rows.loc[own[read], name]
            filled = values.notna().to_numpy() & rows.loc[own[read], column].notna().to_numpy()
            at = np.flatnonzero(read)[filled]
            out.iloc[at, out.columns.get_loc(name)] = values.to_numpy()[filled]
    year = _opened(out)
    out["frame"] = pd.Categorical(["register"] * len(out), categories=list(CASES["frame"].levels))
    out["political"] = pd.Categorical(["yes"] * len(out), categories=list(CASES["political"].levels))
    out["cecc_record"] = out["record"].astype("string")
    out["known_from"] = year.astype("string")
    return out.assign(**_bounds(out["known_from"]))


def _opened(cases: pd.DataFrame) -> pd.Series:
    """Year of the record; for one that was opened for an earlier detention, from the custody to the export."""
    year = cases["record"].str[:4]
    custody = cases["detention_earliest"]
    earlier = (pd.to_datetime(year + "-12-31") < custody).to_numpy()
    since = custody.dt.strftime("%Y-%m-%d") + f"/{REGISTER_AS_OF}"
    return year.astype(object).where(~earlier, since.astype(object))


def _bounds(known: pd.Series) -> dict[str, NDArray[np.datetime64]]:
    span = dates.bounds(known)
    return {
        "known_from_earliest": np.asarray(span.earliest, "datetime64[ns]"),
        "known_from_latest": np.asarray(span.latest, "datetime64[ns]"),
    }
