"""Whatever holds spells (frames, relations, files) -> a place where SQL reads them, with the types of its columns."""

from __future__ import annotations

import csv
import glob
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.cohorts.ratetables.query import literal, quoted
from clemency.records.environment.extras import optional
from clemency.records.errors import DataError, Problem, UsageError

#: Name under which the queries read what was given.
GIVEN = "given_spells"
_PARQUET, _TEXT = (".parquet", ".pq"), (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_LINE = re.compile(r"CSV Error on Line: ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Source:
    """Spells where they lie.

    Attributes
    ----------
    run : callable
        Text of a query -> its result as a table of Arrow.
    types : dict of str
        Type of each column, as the engine names it.
    tables : dict of str
        SQL that reads each file, by the name of the file; of a frame one entry, ``data``.
    first_row : int
        Number of the first row of each: 2 in a text file, after its header; a frame counts from 0.
    """

    run: Callable[[str], Any]
    types: dict[str, str]
    tables: dict[str, str]
    first_row: int = 0

    def fetch(self, query: str) -> Any:
        """Run a query, for a table of Arrow; what the engine refuses is said in the words of the data."""
        with _said(self):
            return self.run(query)

    def scan(self, query: str) -> pd.DataFrame:
        """Run a query, for a frame."""
        return self.fetch(query).to_pandas()


def source_of(data: Any, memory: str | None, threads: int | None) -> Source:
    """Find out what was given, and open it.

    Raises
    ------
    UsageError
        For anything that is no table, and for files that are not there or of another kind.
    DataError
        For a file that cannot be read.
    """
    duckdb = optional("duckdb", "frames", "A rate table")
    if isinstance(data, duckdb.DuckDBPyRelation):
        return _of_relation(data, memory, threads)
    connection = duckdb.connect()
    _settings(connection, memory, threads)
    if isinstance(data, str | PathLike) or _are_paths(data):
        return _of_files(connection, data)
    if isinstance(data, pd.DataFrame) and data.columns.nlevels > 1:
        raise UsageError("the columns have names of several levels: give each a name of its own, as text")
    source = Source(lambda text: connection.sql(text).to_arrow_table(), {}, {"data": GIVEN})
    try:
        connection.register(GIVEN, data)
        return replace(source, types=_types(source))
    except (duckdb.Error, TypeError, ValueError) as error:
        if isinstance(data, pd.DataFrame):
            told = f"the frame cannot be read ({_short(error)}): give columns of one type each"
            raise UsageError(told) from error
        takes = "a cohort, a frame of pandas, Polars or PyArrow, a DuckDB relation, or the path of Parquet or CSV files"
        raise UsageError(f"data must be {takes}, not {type(data).__name__}") from error


def _are_paths(data: Any) -> bool:
    return isinstance(data, list | tuple) and bool(data) and all(isinstance(v, str | PathLike) for v in data)


def _of_relation(relation: Any, memory: str | None, threads: int | None) -> Source:
    if memory is not None or threads is not None:
        raise UsageError("A relation has a connection of its own: set memory and threads there, and leave both out.")
    types = {str(c): str(t) for c, t in zip(relation.columns, relation.types, strict=True)}
    return Source(lambda text: relation.query(GIVEN, text).to_arrow_table(), types, {"data": GIVEN})


def _settings(connection: Any, memory: str | None, threads: int | None) -> None:
    if memory is not None:
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)? ?(MB|GB|MiB|GiB)", memory):
            raise UsageError(f"memory={memory!r} is not an amount such as '2GB' or '500MB'.")
        connection.execute(f"SET memory_limit = {literal(memory)}")
    if threads is not None:
        if threads < 1:
            raise UsageError(f"threads={threads} must be 1 or more.")
        connection.execute(f"SET threads = {int(threads)}")


def _of_files(connection: Any, data: Any) -> Source:
    """Files of one kind, read in the order of their names."""
    given = [data] if isinstance(data, str | PathLike) else list(data)
    files = list(dict.fromkeys(f for one in given for f in _found(fspath(one))))
    odd = [f for f in files if not f.lower().endswith((*_PARQUET, *_TEXT))]
    if odd:
        raise UsageError(f"{odd[0]} is neither Parquet nor CSV, by its name: .parquet, .csv, .csv.gz, .tsv.")
    parquet = [f for f in files if f.lower().endswith(_PARQUET)]
    if parquet and len(parquet) < len(files):
        raise UsageError("Some files are Parquet and some are text: tabulate them apart, and add the tables.")
    reading = _parquet if parquet else _text_of(files)
    source = Source(lambda text: connection.sql(text).to_arrow_table(), {}, {f: reading([f]) for f in files}, 1)
    source = replace(source, first_row=1 if parquet else 2)
    with _said(source):
        connection.execute(f"CREATE TEMP VIEW {GIVEN} AS SELECT * FROM {reading(files)}")
        return replace(source, types=_types(source))


def _found(path: str) -> list[str]:
    """Files that a path or pattern means; a folder means those in it, however deep."""
    if not path.strip():
        raise UsageError("data='' names no file.")
    place = Path(path)
    if place.is_dir():
        inside = sorted(str(p) for p in place.rglob("*") if p.name.lower().endswith((*_PARQUET, *_TEXT)))
        if not inside:
            raise UsageError(f"The folder {path} has no Parquet or CSV files.")
        return inside
    if place.is_file():
        return [path]
    files = sorted(glob.glob(path, recursive=True))
    if not files:
        raise UsageError(f"There is no file {path}.")
    return files


def _parquet(files: Sequence[str]) -> str:
    return f"read_parquet({_listed(files)}, union_by_name = true, hive_partitioning = true)"


def _text_of(files: Sequence[str]) -> Callable[[Sequence[str]], str]:
    """Read text with the columns of its header: an engine that guesses them may take a line of data for one."""
    separator = "\t" if files[0].lower().removesuffix(".gz").endswith(".tsv") else ","
    header = _header(files[0], separator)
    for file in files[1:]:
        if _header(file, separator) != header:
            told = f"its columns are not those of {files[0]}"
            raise DataError([Problem(file, 1, "", "", told, "Give files with the same columns in the same order.")])
    columns = ", ".join(f"{quoted(c)}: 'VARCHAR'" for c in header)

    def reading(names: Sequence[str]) -> str:
        form = f"delim = {literal(separator)}, quote = '\"', escape = '\"', header = true, strict_mode = true"
        return f"read_csv({_listed(names)}, auto_detect = false, columns = {{{columns}}}, {form})"

    return reading


def _header(file: str, separator: str) -> list[str]:
    opened = gzip.open if file.lower().endswith(".gz") else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines, delimiter=separator), [])
    except (OSError, UnicodeError, csv.Error) as error:
        raise DataError([Problem(file, 1, "", "", f"the header cannot be read: {error}", "Save as UTF-8.")]) from None
    twice = [c for c in header if header.count(c) > 1]
    if not header or twice:
        told = f"'{twice[0]}' is there twice" if twice else "there is no header"
        raise DataError([Problem(file, 1, "", "", told, "Give a first line with a name for each column.")])
    return header


def _listed(files: Sequence[str]) -> str:
    return f"[{', '.join(literal(f) for f in files)}]"


def _types(source: Source) -> dict[str, str]:
    described = source.run(f"DESCRIBE SELECT * FROM {GIVEN}").to_pandas()
    return dict(zip(described["column_name"].astype(str), described["column_type"].astype(str), strict=True))


@contextmanager
def _said(source: Source) -> Iterator[None]:
    """Say what the engine refused with the file, and the row where it is known, and what to do."""
    duckdb = optional("duckdb", "frames", "A rate table")
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        full = "max_temp_directory_size" in str(error) or "offload" in str(error)
        what = "the room for temporary files is full" if full else "the memory that is allowed does not suffice"
        mend = "Free some room on the disk" if full else "Allow more with memory="
        mend += ", group by fewer columns, or tabulate the files in parts and add the tables."
        raise DataError([Problem("data", None, "", "", what, mend)]) from error
    except duckdb.Error as error:
        if "No space left" in str(error):
            told = "the disk is full: temporary files could not be written"
            mend = "Free some room, or tabulate the files in parts and add the tables."
            raise DataError([Problem("data", None, "", "", told, mend)]) from error
        raise DataError([_broken(source, error)]) from error


def _broken(source: Source, error: Exception) -> Problem:
    """Which file it was: each is tried by itself."""
    line = _LINE.search(str(error))
    for file, reading in source.tables.items():
        if reading == GIVEN:
            continue
        try:
            source.run(f"SELECT count(COLUMNS(*)) FROM {reading}")
        except Exception as own:  # whatever the engine raises
            line = _LINE.search(str(own))
            mend = "Mend the line." if line else "The file is damaged or not whole: write it again, or leave it out."
            return Problem(file, int(line[1]) if line else None, "", "", f"it cannot be read: {_short(own)}", mend)
    return Problem("data", None, "", "", f"it cannot be read: {_short(error)}", "Look at the columns and their types.")


def _short(error: Exception) -> str:
    """First words of the engine's message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    head = re.sub(r"^[A-Za-z ]*(Error|Exception): ", "", lines[0]) if lines else type(error).__name__
    more = [line for line in lines[1:4] if line.startswith("Expected Number")]
    return "; ".join([head, *more])[:200]
