"""The shipped tables, or a folder of the same form -> typed frames with their derived columns."""

from __future__ import annotations

from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.derive import derive
from clemency.records.errors import DataError, UsageError
from clemency.records.reading import read_table
from clemency.records.schema import TABLES, Column, Table

_PACKAGE = Path(__file__).resolve().parents[1]


def data_folder(data: str | PathLike[str] | None = None) -> Path:
    """Folder of the tables: the one named, else the one shipped with the library."""
    if data is not None:
        folder = Path(data)
        if not folder.is_dir():
            raise UsageError(f"There is no data folder {folder}. Name a folder that holds {', '.join(TABLES)} as CSV.")
        return folder
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data"


def load(name: str, data: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load a table as a typed frame.

    Parameters
    ----------
    name : str
        `cases`, `acts`, `events`, `lists`, `statistics`, `rules`, `charges`, `provinces` or `sources`.
    data : path, optional
        Another folder of tables in the same form; the shipped ones by default.

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
        If there is no such table or folder.
    DataError
        If the file is missing or malformed; the error lists every problem in it.

    Examples
    --------
    >>> import clemency as cl
    >>> acts = cl.load("acts")
    >>> acts.query("act_date == '2017-05-27'")[["act_type", "months"]].to_numpy().tolist()
    [['sentence_reduction', 8.0]]
    """
    table = _table(name)
    folder = data_folder(data)
    return _load(table.name, folder, _stamp(folder)).copy()


def describe(name: str) -> pd.DataFrame:
    """Codebook of a table: each column's type, allowed values, coverage and meaning.

    Parameters
    ----------
    name : str
        Name of a table, as for `load`.

    Returns
    -------
    DataFrame
        Columns ``column, type, values, filled, description``; ``filled`` is the share of rows of the
        shipped table with a value.
    """
    table = _table(name)
    filled = load(name).notna().mean()
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
    if "source_ids" not in rows:
        raise UsageError("These rows have no column 'source_ids'; keep it when you select columns to cite.")
    named = rows["source_ids"].dropna().astype(str).str.split().explode()
    count = named.groupby(named, sort=False).size().rename("n_rows")
    sources = load("sources", data).set_index("source_id")
    unknown = [k for k in count.index if k not in sources.index]
    if unknown:
        raise UsageError(f"Not among the sources: {', '.join(unknown[:5])}. Pass the folder that the rows come from.")
    found = sources.loc[count.index, ["publisher", "title", "date", "address", "accessed"]]
    return found.assign(n_rows=count).rename_axis("source_id").reset_index()


def _table(name: str) -> Table:
    if name not in TABLES:
        raise UsageError(f"There is no table '{name}'. There are: {', '.join(TABLES)}.")
    return TABLES[name]


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Size and time of every table, so that an edited file is read again."""
    found = (folder / f"{n}.csv" for n in TABLES)
    return tuple((p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in found if p.is_file())


@lru_cache(maxsize=64)
def _load(name: str, folder: Path, stamp: tuple) -> pd.DataFrame:
    table = TABLES[name]
    reading = read_table(folder / f"{name}.csv", table)
    if reading.problems or reading.frame is None:
        raise DataError(reading.problems)
    others = {n: _load(n, folder, stamp) for n in _NEEDED.get(name, ())}
    frame = bind_levels(reading.frame, table, others)
    return with_bounds(derive(name, frame, others), table)


_NEEDED = {"cases": ("acts", "charges", "provinces"), "statistics": ("provinces",)}


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
