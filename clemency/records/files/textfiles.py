"""The bytes of a text file -> its records as a CSV reader sees them, each with the line on which it begins."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from clemency.records.errors import DataError, Problem

_LONGEST = 10_000_000  # characters of one cell; the standard library stops at 131,072
_QUOTES = "Close the quotation marks of this line or of one above it, or write the file anew with a CSV library."


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a file: the header and the rows that hold anything, with their line numbers.

    An editor shows the same numbers: blank lines count, and so do the lines inside a cell.
    """

    header: list[str]
    header_line: int
    rows: list[list[str]]
    lines: list[int]
    blank: int


def read_bytes(path: Path) -> bytes:
    """Bytes of a file; one that cannot be read is refused with the reason.

    Raises
    ------
    DataError
        If the system does not let it be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        remedy = "Close it in other programs, and check its permissions."
        message = f"it cannot be read: {error.strerror or error}"
        raise DataError([Problem(path.name, None, "", "", message, remedy)]) from None


def is_utf16(data: bytes) -> bool:
    """Whether a text begins as UTF-16 does, which spreadsheets call 'Unicode text'."""
    return data[:2] in (b"\xff\xfe", b"\xfe\xff")


def decoded(path: Path) -> tuple[str, str]:
    """Text of a file in UTF-8 or GB 18030, and which of them it is.

    Raises
    ------
    DataError
        If it is empty, or in neither.
    """
    data = read_bytes(path)
    if not data.strip():
        raise _error(path, "the file is empty", "Export it anew, with its header line.")
    remedy = "Open it in a spreadsheet and save it as 'CSV UTF-8', or as XLSX."
    if is_utf16(data):
        raise _error(path, "the text is UTF-16", remedy)
    bom = data.startswith(b"\xef\xbb\xbf")
    for encoding, label in (("utf-8-sig", "UTF-8 with byte order mark" if bom else "UTF-8"), ("gb18030", "GB 18030")):
        try:
            return data.decode(encoding), label
        except UnicodeDecodeError:
            continue
    raise _error(path, "the text is neither UTF-8 nor GB 18030", remedy)


def _error(path: Path, message: str, remedy: str) -> DataError:
    return DataError([Problem(path.name, None, "", "", message, remedy)])


def delimiter_of(text: str) -> str:
    """Comma, tab or semicolon: the one of which the first line has most."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",\t;", key=first.count)


def records(file: str, text: str, delimiter: str = ",") -> Records | None:
    """Split a text into records; None if it holds nothing.

    Raises
    ------
    DataError
        If the quotation marks do not pair.
    """
    numbered: list[tuple[int, list[str]]] = []
    blank = 0
    before = csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if any(map(str.strip, record)):
                numbered.append((line, record))
            elif numbered:
                blank += 1
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError([Problem(file, line, "", "", f"not a readable CSV file: {error}", _QUOTES)]) from None
    finally:
        csv.field_size_limit(before)
    if not numbered:
        return None
    (first, header), rows = numbered[0], numbered[1:]
    return Records(header, first, [r for _, r in rows], [n for n, _ in rows], blank)
