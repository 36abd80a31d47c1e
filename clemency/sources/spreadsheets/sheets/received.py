"""A path or a frame -> the rows of its one sheet of records as text."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.arguments.anyframe import as_pandas, columns_as_frame, is_foreign
from clemency.records.arguments.days import refuse_blank
from clemency.records.environment.extras import optional
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.files.cellformats import as_text
from clemency.records.files.textfiles import decoded, delimiter_of, read_bytes, records
from clemency.records.files.workbooks import Sheet, read_book
from clemency.sources.spreadsheets.sheets.grid import Rows

_TEXT, _BOOK, _OTHER, _PARQUET = (
    (".csv", ".tsv", ".txt", ".tab"),
    (".xlsx", ".xlsm"),
    (".ods", ".xls", ".xlsb"),
    (".parquet",),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def rows_of(source: Any, sheet: str | None, known: Callable[[str], bool]) -> Rows:
    """Read a file or a frame.

    Parameters
    ----------
    source : path or frame
        ``.csv``, ``.tsv``, ``.txt``, ``.xlsx``, ``.xlsm``, ``.ods``, ``.xls``, ``.parquet``; a pandas frame, or what
        Narwhals turns into one.
    sheet : str, optional
        Name of the sheet of a workbook.
    known : callable
        Whether a text is the name of a column.

    Raises
    ------
    UsageError, DataError
        If there is no such file or sheet, or it cannot be read.
    """
    if not isinstance(source, (str, PathLike)):
        return _from_frame(_as_pandas(source), "frame")
    refuse_blank(source, "source")
    path = Path(source)
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    ending = path.suffix.lower()
    if ending not in (*_BOOK, *_OTHER) and sheet is not None:
        raise UsageError(f"sheet={sheet!r} has no meaning for {path.name}, which has no sheets.")
    if ending in _TEXT:
        return _from_text(path)
    if ending in _BOOK or ending in _OTHER:
        _refuse_locked(path)
        return _from_book(path, _sheets(path, ending), sheet, known)
    if ending in _PARQUET:
        read_bytes(path)
        optional("pyarrow", "frames", "Reading Parquet")
        return _from_frame(pd.read_parquet(path), path.name)
    kinds = ", ".join((*_TEXT, *_BOOK, *_OTHER[:2], *_PARQUET))
    raise UsageError(f"{path.name} ends in '{ending}'. Save it as one of {kinds}, or give a frame.")


def _as_pandas(source: Any) -> pd.DataFrame:
    if isinstance(source, dict):
        return columns_as_frame("source", source)
    frame = as_pandas("source", source) if is_foreign(source) else source
    if isinstance(frame, pd.DataFrame):
        return frame
    raise UsageError(f"source= takes a path or a frame, not {type(source).__name__}.")


def _from_frame(frame: pd.DataFrame, name: str) -> Rows:
    header = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns]
    columns = [_texts(frame.iloc[:, i]) for i in range(frame.shape[1])]
    rows = [header, *map(list, zip(*columns, strict=True))]
    return Rows(
        name,
        "rows of a program" if name == "frame" else "a Parquet file",
        rows,
        list(range(-1, len(frame))),
        frame=True,
    )


def _texts(column: pd.Series) -> list[str]:
    """Cells as text; the time of day of a column of days is dropped where it is midnight throughout."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = column.dt.strftime("%Y-%m-%d")
        midnight = (column.dropna() == column.dropna().dt.normalize()).all()
        full = days if midnight else column.dt.strftime("%Y-%m-%d %H:%M:%S")
        return list(full.astype(object).where(column.notna(), ""))
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return list(column.astype(str))
    return [as_text(v).removesuffix(" 00:00:00") for v in column.astype(object)]


def _from_text(path: Path) -> Rows:
    text, encoding = decoded(path)
    parsed = records(path.name, text, delimiter_of(_widest(text)))
    if parsed is None:
        raise DataError([Problem(path.name, None, "", "", "the file is empty", "Export it anew.")])
    rows, numbers = [parsed.header, *parsed.rows], [parsed.header_line, *parsed.lines]
    width = max(len(r) for r in rows)
    return Rows(
        path.name, f"text in {encoding}", [[*r, *[""] * (width - len(r))] for r in rows], numbers, blank=parsed.blank
    )


def _widest(text: str) -> str:
    """Of the first lines, the one with most separators: a title stands above many a header."""
    return max(text.lstrip("\r\n").split("\n", 20)[:20], key=lambda line: max(map(line.count, ",\t;")))


def _refuse_locked(path: Path) -> None:
    data = read_bytes(path)
    if not data.startswith(_OLE):
        return
    if _LOCKED in data:
        remedy = "Open it, take the password off (File, Info, Protect Workbook, Encrypt with Password), and save it."
        raise DataError([Problem(path.name, None, "", "", "the workbook is protected by a password", remedy)])
    if path.suffix.lower() in _BOOK:
        raise DataError(
            [
                Problem(
                    path.name,
                    None,
                    "",
                    "",
                    "a workbook of before 2007 under another name",
                    "Rename it to .xls, or save it as XLSX.",
                )
            ]
        )


def _sheets(path: Path, ending: str) -> list[Sheet]:
    return read_book(path) if ending in _BOOK else _by_calamine(path)


def _by_calamine(path: Path) -> list[Sheet]:
    calamine = optional("python_calamine", "spreadsheets", "Reading this kind of workbook", "save it as XLSX")
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        told = [
            (meta, book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)) for meta in book.sheets_metadata
        ]
    except Exception as error:  # its own errors and those of its library
        raise DataError(
            [
                Problem(
                    path.name,
                    None,
                    "",
                    "",
                    f"not a readable workbook ({error})",
                    "Open it in a spreadsheet and save it again.",
                )
            ]
        ) from None
    sheets = []
    for meta, rows in told:
        texts = [[as_text(v).removesuffix(" 00:00:00") for v in row] for row in rows]
        full = [i for i, row in enumerate(texts) if any(map(str.strip, row))]
        hidden = "visible" not in str(meta.visible).lower()
        sheets.append(
            Sheet(meta.name, hidden, [texts[i] for i in full], [i + 1 for i in full], {}, len(texts) - len(full))
        )
    return sheets


def _from_book(path: Path, sheets: list[Sheet], name: str | None, known: Callable[[str], bool]) -> Rows:
    chosen = _chosen(path, [s for s in sheets if s.rows], name, known)
    merged = {
        (n, p): text
        for top, left, bottom, right in chosen.merged
        if top in chosen.numbers and (text := chosen.rows[chosen.numbers.index(top)][left])
        for n in range(top, bottom + 1)
        for p in range(left, right + 1)
    }
    others = ", ".join(f"'{s.name}'{' (hidden)' * s.hidden}" for s in sheets if s is not chosen and s.rows)
    form = f"sheet '{chosen.name}'" + (f"; not read: {others}" if others else "")
    return Rows(
        path.name,
        form,
        chosen.rows,
        chosen.numbers,
        chosen.unread,
        merged,
        chosen.hidden_columns,
        chosen.hidden_rows,
        chosen.blank,
    )


def _chosen(path: Path, sheets: list[Sheet], name: str | None, known: Callable[[str], bool]) -> Sheet:
    """The one sheet that is named, or the one in sight that has names of columns."""
    names = ", ".join(f"'{s.name}'" for s in sheets) or "nothing"
    if name is not None:
        found = [s for s in sheets if s.name == name]
        if not found:
            raise UsageError(f"{path.name} has no sheet '{name}' that holds anything. It has: {names}.")
        return found[0]
    visible = [s for s in sheets if not s.hidden]
    scores = [max(sum(map(known, set(row))) for row in s.rows[:25]) for s in visible]
    good = [s for s, score in zip(visible, scores, strict=True) if score >= 2]
    if len(good) == 1 or (len(visible) == 1 and visible):
        return good[0] if good else visible[0]
    remedy = "Name one with sheet=."
    what = (
        f"several sheets have names of columns: {', '.join(repr(s.name) for s in good)}"
        if good
        else f"no sheet in sight has names of columns that are known (it has {names})"
    )
    raise DataError([Problem(path.name, None, "", "", what, remedy)])
