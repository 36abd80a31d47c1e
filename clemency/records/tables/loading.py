"""The shipped tables, or a folder of the same form -> typed frames with their derived columns."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.arguments.signatures import typed
from clemency.records.environment.cachefolder import cache_folder
from clemency.records.environment.datafolder import data_folder, edition_named
from clemency.records.environment.typedcache import code_hash, kept
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import TABLES, Column, Table
from clemency.records.tables.derive import derive
from clemency.records.tables.reading import Reading, empty_reading, read_table
from clemency.records.tables.references import keys_of, unknown_keys

#: Tables that a folder of one's own must have, those that the library has for everybody, and those that it has for
#: nobody else: what was published of lists and statistics is no part of another collection.
NEEDED, REFERENCE = ("cases", "acts"), ("events", "rules", "charges", "provinces", "sources")
Origin = Literal["own", "borrowed", "absent"]


def origin(name: str, data: str | PathLike[str] | None = None) -> Origin:
    """Where a table of a folder comes from.

    Parameters
    ----------
    name : str
        Name of a table, as for `load`.
    data : path, optional
        Folder of tables; the shipped ones by default.

    Returns
    -------
    str
        ``own``: its file is in the folder, or must be. ``borrowed``: the shipped table stands in, as it may for events,
        rules, charges, provinces and sources. ``absent``: there is none, and `load` gives no rows.
    """
    return next(p.origin for p in _plan(data_folder(data)) if p.name == _table(name).name)


@typed
def load(name: str, data: str | PathLike[str] | None = None, *, edition: str | None = None) -> pd.DataFrame:
    """Load a table as a typed frame.

    Parameters
    ----------
    name : str
        `cases`, `acts`, `events`, `lists`, `statistics`, `rules`, `charges`, `provinces` or `sources`.
    data : path, optional
        Another folder of tables in the same form; the shipped ones by default. It needs `cases` and `acts`. Of
        `events`, `rules`, `charges`, `provinces` and `sources`, those that it has not are the shipped ones; without a
        `sources` of its own, the keys of its documents stand as they are. `lists` and `statistics` that it has not
        have no rows.
    edition : str, optional
        An earlier edition of the shipped tables, such as ``2026.11``, so that what was published from it can be
        computed
        again. Wherever a function takes `data`, the number of an edition stands for its folder.

    Returns
    -------
    DataFrame
        One row per record. Categories are in the order of the vocabulary. A partial date stays an
        EDTF string; beside ``act_date`` stand ``act_earliest`` and ``act_latest``, the first and last
        day that it can mean. `cases` also has ``province_name, region, charge_family, charge_basis``
        and ``expiry_date``, derived on loading. `describe` explains every column.

    Raises
    ------
    UsageError
        If there is no such table, folder or edition.
    DataError
        If the file is missing or malformed, or names keys that do not exist; the error lists every problem in it.

    Examples
    --------
    >>> import clemency as cl
    >>> acts = cl.load("acts")
    >>> acts.query("act_date == '2017-05-27'")[["act_type", "months"]].to_numpy().tolist()
    [['sentence_reduction', 8.0]]
    """
    table = _table(name)
    if edition is not None and data is not None:
        raise UsageError("Give either data= or edition=: an edition is a folder of tables by its number.")
    folder = data_folder(data) if edition is None else edition_named(edition)
    return _load(table.name, folder, _plan(folder)).copy()


@typed
def describe(name: str, data: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Codebook of a table: each column's type, allowed values, coverage and meaning.

    Parameters
    ----------
    name : str
        Name of a table, as for `load`.
    data : path, optional
        Another folder of tables; the shipped ones by default.

    Returns
    -------
    DataFrame
        Columns ``column, type, values, filled, description``; ``filled`` is the share of rows with a value.
    """
    table = _table(name)
    filled = load(name, data).notna().mean().fillna(0.0)
    rows = []
    for c in table.columns:
        values = ", ".join(c.levels) or (f"keys of {c.refers}" if c.refers else c.unit)
        rows.append((c.name, _type_name(c), values, filled[c.name], c.description))
        if c.kind == "edtf":
            stem = c.name.removesuffix("_date")
            for end, which in (("earliest", "First"), ("latest", "Last")):
                told = f"{which} day that {c.name} can mean."
                rows.append((f"{stem}_{end}", "day (derived)", "", filled[f"{stem}_{end}"], told))
    return pd.DataFrame(rows, columns=["column", "type", "values", "filled", "description"]).round({"filled": 3})


@typed
def cite(rows: pd.DataFrame, data: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Documents on which rows rest.

    Parameters
    ----------
    rows : DataFrame
        Any rows that have a ``source_ids`` column.
    data : path, optional
        Folder that the rows come from; the shipped tables by default.

    Returns
    -------
    DataFrame
        One row per document, in the order in which the rows name them, with ``n_rows``, the number
        of rows that rest on it.

    Raises
    ------
    UsageError
        If the frame has no ``source_ids``.
    """
    if not rows.columns.is_unique and isinstance(rows.get("source_ids"), pd.DataFrame):
        raise UsageError("These rows have the column 'source_ids' twice: keep one of them.")
    if "source_ids" not in rows:
        raise UsageError("These rows have no column 'source_ids'; keep it when you select columns to cite.")
    named = rows["source_ids"].dropna().astype(str).str.split().explode()
    count = named.groupby(named, sort=False).size().rename("n_rows")
    sources = load("sources", data).set_index("source_id")
    if data is not None:  # tables that the folder borrows rest on the shipped documents
        shipped = load("sources").set_index("source_id")
        sources = pd.concat([sources, shipped[~shipped.index.isin(sources.index)]])
    unknown = [k for k in count.index if k not in sources.index]
    if unknown:
        remedy = "Pass the folder that the rows come from; its sources.csv has a row for each of its documents."
        if data is not None and origin("sources", data) != "own":
            remedy = "The folder has no sources.csv: add one, with a row for each of its documents."
        raise UsageError(f"Not among the sources: {', '.join(unknown[:5])}. {remedy}")
    found = sources.loc[count.index, ["publisher", "title", "date", "address", "accessed"]]
    return found.assign(n_rows=count).rename_axis("source_id").reset_index()


def _table(name: str) -> Table:
    if not isinstance(name, str) or name not in TABLES:
        near = difflib.get_close_matches(str(name).strip().lower()[:100], TABLES, n=1)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        raise UsageError(f"There is no table '{name}'.{meant} There are: {', '.join(TABLES)}.")
    return TABLES[name]


class _Place(NamedTuple):
    """Where a table comes from, with size and time of its file, so that an edited one is read again."""

    name: str
    origin: Origin
    path: Path
    stamp: tuple[int, int] | None


_Plan = tuple[_Place, ...]


def _plan(folder: Path) -> _Plan:
    shipped = data_folder()
    try:
        whole = folder.samefile(shipped)
        declared = "" if whole else _declared(folder)
        places = []
        for name in TABLES:
            stamp = _stamp(path := folder / f"{name}.csv")
            origin: Origin = "own"  # an edition has all that it declares
            if not (whole or stamp or name in NEEDED or f'"{name}.csv"' in declared):
                origin = "borrowed" if name in REFERENCE else "absent"
                stamp = _stamp(path := shipped / f"{name}.csv") if origin == "borrowed" else None
            places.append(_Place(name, origin, path, stamp))
        return tuple(places)
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror or error}. Check its permissions.") from None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (found.st_mtime_ns, found.st_size)


def _declared(folder: Path) -> str:
    try:
        return (folder / "datapackage.json").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, IsADirectoryError):
        return ""


class Readings(Mapping[str, Reading]):
    """The tables of a folder as read, with all that is wrong with them; those that are absent have no rows."""

    def __init__(self, folder: Path) -> None:
        self.plan = _plan(folder)
        self.origins = {p.name: p.origin for p in self.plan}

    def __getitem__(self, name: str) -> Reading:
        place = next(p for p in self.plan if p.name == name)
        return empty_reading(TABLES[name]) if place.origin == "absent" else _read(place.name, place.path, place.stamp)

    def __iter__(self) -> Iterator[str]:
        return iter(self.origins)

    def __len__(self) -> int:
        return len(self.origins)

    def pointing_nowhere(self, name: str) -> Iterator[Problem]:
        """Keys of a table that do not exist; those of documents only where the folder has a list of its own."""
        table = TABLES[name]
        named = {c.refers for c in table.stored if c.refers}
        if self.origins["sources"] == "borrowed":
            named.discard("sources")
        return unknown_keys(table, self[name], {n: keys_of(n, self[n]) for n in named})


def _read(name: str, path: Path, stamp: tuple[int, int] | None) -> Reading:
    found = _kept(name, path, stamp)
    if found.frame is None:
        _kept.cache_clear()  # a file that was locked may be read the next time, and looks the same
    return found


@lru_cache(maxsize=64)
def _kept(name: str, path: Path, stamp: tuple[int, int] | None) -> Reading:
    return read_table(path, TABLES[name])


@lru_cache(maxsize=64)
def _load(name: str, folder: Path, plan: _Plan) -> pd.DataFrame:
    if not folder.samefile(data_folder()):
        return _made(name, folder, plan)
    key = _key_of(plan)
    if key is None:
        return _made(name, folder, plan)
    return kept(cache_folder() / "tables", f"{name}-{key}", lambda: {name: _made(name, folder, plan)})[name]


@lru_cache(maxsize=4)
def _key_of(plan: _Plan) -> str | None:
    """Name of the typed form of the shipped tables: it changes with any byte of them and of the code that reads."""
    found = hashlib.sha256(code_hash("records").encode())
    try:
        for place in plan:
            found.update(place.path.read_bytes())
    except OSError:
        return None
    return found.hexdigest()[:16]


def _made(name: str, folder: Path, plan: _Plan) -> pd.DataFrame:
    table = TABLES[name]
    readings = Readings(folder)
    reading = readings[name]
    unknown = readings.pointing_nowhere(name) if readings.origins[name] == "own" else ()
    problems = [*reading.problems, *unknown]
    if problems or reading.frame is None:
        raise DataError(problems)
    others = {n: _load(n, folder, plan) for n in _DERIVED_FROM.get(name, ())}
    frame = bind_levels(reading.frame.copy(), table, others)
    return with_bounds(derive(name, frame, others), table)


_DERIVED_FROM = {"cases": ("acts", "charges", "provinces"), "statistics": ("provinces",)}


def bind_levels(frame: pd.DataFrame, table: Table, others: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Give categories that refer to another table the order of that table."""
    for column in table.stored:
        if column.kind == "category" and column.refers in others:
            levels = list(others[column.refers][TABLES[column.refers].key])
            frame[column.name] = frame[column.name].cat.set_categories(levels)
    return frame


def with_bounds(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Put the earliest and latest day of each partial date beside it."""
    parts: dict[str, pd.Series] = {}
    for column in table.columns:
        parts[column.name] = frame[column.name]
        if column.kind == "edtf":
            stem = column.name.removesuffix("_date")
            bound = dates.bounds(frame[column.name])
            parts[f"{stem}_earliest"] = pd.Series(np.asarray(bound.earliest, "datetime64[ns]"), index=frame.index)
            parts[f"{stem}_latest"] = pd.Series(np.asarray(bound.latest, "datetime64[ns]"), index=frame.index)
    return pd.DataFrame(parts)


def _type_name(column: Column) -> str:
    names = {
        "edtf": "partial date",
        "ids": "keys, separated by blanks",
        "list": "texts, separated by '; '",
        "boolean": "true or false",
    }
    return names.get(column.kind, column.kind) + (" (derived)" if column.derived else "")
