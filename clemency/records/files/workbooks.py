"""An XLSX workbook -> the rows of its sheets as text, read cell by cell, with a reason wherever a cell cannot be taken.

A reader of our own for three reasons. What a sheet says about its own size is not believed. A formula whose value was
never computed is told from an empty cell. And whatever a file holds, time and memory are bounded before it is read:
`ROWS`, `COLUMNS`, `CELLS` and `SIZE` say how far.
"""

from __future__ import annotations

import math
import posixpath
import re
import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from clemency.records.errors import DataError, Problem
from clemency.records.files.cellformats import Kind, kinds_of, shown

ROWS, COLUMNS, CELLS = 200_000, 1_000, 1_000_000
SIZE = 100_000_000  # bytes of one part of the workbook, unpacked
_PACKED = 50_000_000  # bytes of the file
_PIECE = 1 << 16
_MERGED = 100_000
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SAVE = "Open it in a spreadsheet and save it again as XLSX."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows that hold anything, with the numbers that the spreadsheet shows.

    ``unread`` gives the reason for each cell, by its row number and its position, that holds something which cannot
    be taken; the text of such a cell is what the file has instead of a value. ``hidden_columns`` are positions,
    ``hidden_rows`` row numbers, and ``merged`` the first row, first position, last row and last position of each merged
    area that holds something.
    """

    name: str
    hidden: bool
    rows: list[list[str]]
    numbers: list[int]
    unread: dict[tuple[int, int], str]
    blank: int
    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()


def read_book(path: Path) -> list[Sheet]:
    """Read every worksheet of a workbook, in its order.

    Raises
    ------
    DataError
        If the file is damaged, protected, larger than the bounds, or declares a document type.
    """
    with _damage(path), zipfile.ZipFile(path) as archive:
        book = _Book(archive, path.name)
        return [book.sheet(name, hidden, part) for name, hidden, part in book.parts()]


def column_letters(position: int) -> str:
    """Letters of a column as a spreadsheet shows them; the first is at 0."""
    letters = ""
    n = position + 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _DamagedError(Exception):
    """Something in the file that no spreadsheet writes."""


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        with path.open("rb") as file:
            if file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
                _refuse(path.name, "it is protected by a password, or a workbook of before 2007", _SAVE)
        if path.stat().st_size > _PACKED:
            _refuse(path.name, f"it is larger than {_PACKED / 1e6:,.0f} MB", "Save the sheet as CSV.")
        yield
    except OSError as error:
        remedy = "Close it in other programs, and check its permissions."
        _refuse(path.name, f"it cannot be read: {error.strerror or error}", remedy)
    except (
        _DamagedError, zipfile.BadZipFile, zlib.error, expat.ExpatError,
        KeyError, ValueError, IndexError, EOFError, RuntimeError, NotImplementedError,
    ) as error:  # fmt: skip
        if isinstance(error, DataError):
            raise
        _refuse(path.name, f"not a readable XLSX file ({error})", _SAVE)


def _refuse(file: str, message: str, remedy: str, row: int | None = None) -> NoReturn:
    raise DataError([Problem(file, row, "", "", message, remedy)]) from None


class _Book:
    """The parts of a workbook that its sheets need."""

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        self.archive, self.file = archive, file
        self.cells = 0
        self.main = self._target("", "officeDocument") or "xl/workbook.xml"
        self.sheets: list[dict[str, str]] = []
        self.epoch_1904 = self.recompute = False
        self._parse(self.main, self._workbook)
        links = self._links(self.main)
        self.places = {k: place for k, (kind, place) in links.items() if kind == "worksheet"}
        by_kind = dict(links.values())
        self.kinds: list[Kind] = self._styles(by_kind["styles"]) if "styles" in by_kind else []
        self.strings = self._strings(by_kind["sharedStrings"]) if "sharedStrings" in by_kind else []

    def parts(self) -> Iterator[tuple[str, bool, str]]:
        """Name, whether it is hidden, and place in the archive of each worksheet."""
        for sheet in self.sheets:
            link = next((v for k, v in sheet.items() if k.endswith(":id")), "")
            if link in self.places:
                yield sheet.get("name", ""), sheet.get("state", "visible") != "visible", self.places[link]

    def sheet(self, name: str, hidden: bool, part: str) -> Sheet:
        """Read one sheet."""
        reader = _Cells(self, name)
        self._parse(part, reader.start, reader.end, reader.text)
        return reader.sheet(hidden)

    def _workbook(self, tag: str, given: dict[str, str]) -> None:
        if tag == "sheet":
            self.sheets.append(given)
        elif tag == "workbookPr":
            self.epoch_1904 = given.get("date1904") in ("1", "true")
        elif tag == "calcPr":
            self.recompute = given.get("fullCalcOnLoad") in ("1", "true")

    def _links(self, part: str) -> dict[str, tuple[str, str]]:
        """Kind and place of everything that a part refers to."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def link(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship" and given.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, given["Target"])).lstrip("/")
                found[given["Id"]] = (given["Type"].rpartition("/")[2], target)

        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        if listed in self.archive.NameToInfo:
            self._parse(listed, link)
        return found

    def _target(self, part: str, kind: str) -> str | None:
        return next((place for k, place in self._links(part).values() if k == kind), None)

    def _styles(self, part: str) -> list[Kind]:
        codes: dict[int, str] = {}
        used: list[int] = []
        inside = [False]

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "numFmt":
                codes[int(given["numFmtId"])] = given.get("formatCode", "")
            elif tag in ("cellXfs", "cellStyleXfs"):
                inside[0] = tag == "cellXfs"
            elif tag == "xf" and inside[0]:
                used.append(int(given.get("numFmtId", 0)))
                self.count()

        self._parse(part, start)
        return kinds_of(used, codes)

    def _strings(self, part: str) -> list[str]:
        reader = _Strings(self)
        self._parse(part, reader.start, reader.end, reader.text)
        return reader.found

    def count(self) -> None:
        """One more cell, of all sheets together."""
        self.cells += 1
        if self.cells > CELLS:
            self.too_large(f"more than {CELLS:,} cells")

    def too_large(self, what: str, row: int | None = None) -> NoReturn:
        """Refuse a sheet that is larger than any that can be read."""
        remedy = "Delete the empty rows and columns beyond the last record, or save the sheet as CSV."
        _refuse(self.file, f"a sheet has {what}", remedy, row)

    def _parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        info = self.archive.getinfo(part)
        if info.file_size > SIZE:
            _refuse(self.file, f"{part} is larger than {SIZE / 1e6:,.0f} MB when unpacked", "Save the sheet as CSV.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _DamagedError(f"{part} is packed in a way that no spreadsheet uses")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        local = _Locals()
        parser.StartElementHandler = lambda name, given: start(local[name], given)
        if end is not None:
            close = end
            parser.EndElementHandler = lambda name: close(local[name])
        if text is not None:
            parser.CharacterDataHandler = text
        with self.archive.open(info) as stream:
            while piece := stream.read(_PIECE):
                parser.Parse(piece, False)
        parser.Parse(b"", True)


def _no_doctype(*_: Any) -> NoReturn:
    raise _DamagedError("it declares a document type, as no spreadsheet does")


class _Locals(dict[str, str]):
    """Names of elements without their prefix."""

    def __missing__(self, name: str) -> str:
        if len(self) > 1000:
            raise _DamagedError("it has elements of a thousand kinds")
        self[name] = bare = name.rpartition(":")[2]
        return bare


class _Strings:
    """The table of texts that cells refer to."""

    def __init__(self, book: _Book) -> None:
        self.book, self.found, self.parts = book, list[str](), list[str]()
        self.taking = self.phonetic = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "si":
            self.parts = []
            self.book.count()
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "t":
            self.taking = not self.phonetic

    def end(self, tag: str) -> None:
        if tag == "si":
            self.found.append(unescaped("".join(self.parts)))
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "t":
            self.taking = False

    def text(self, data: str) -> None:
        if self.taking:
            self.parts.append(data)


@dataclass(slots=True)
class _Cell:
    """A cell while it is read."""

    position: int
    given: dict[str, str]
    value: str | None = None
    formula: str | None = None
    inline: list[str] = field(default_factory=list)


class _Cells:
    """The cells of one sheet, wherever they say that they stand."""

    def __init__(self, book: _Book, name: str) -> None:
        self.book, self.name = book, name
        self.rows: dict[int, dict[int, str]] = {}
        self.unread: dict[tuple[int, int], str] = {}
        self.merged: list[str] = []
        self.areas: list[tuple[int, int, int, int]] = []
        self.hidden_columns, self.hidden_rows = set[int](), set[int]()
        self.row, self.next, self.elements, self.filled = 0, 0, 0, 0
        self.cell: _Cell | None = None
        self.parts: list[str] | None = None
        self.inside = self.phonetic = False
        self.given: dict[str, str] = {}
        self.letters: dict[str, int] = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "c":
            self._begin(given)
        elif tag == "row":
            self._begin_row(given)
        elif tag == "col":
            self._column(given)
        elif tag in ("v", "f", "t") and self.inside and not self.phonetic:
            self.parts = []
            self.cell = self.cell or _Cell(self.next - 1, self.given)
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "mergeCell":
            self.merged.append(given.get("ref", ""))
            if len(self.merged) > _MERGED:
                self.book.too_large(f"more than {_MERGED:,} merged areas")

    def end(self, tag: str) -> None:
        cell = self.cell
        if tag == "c":
            self.inside = False
            if cell is not None:
                self._settle(cell)
                self.cell = None
        elif tag in ("v", "f", "t") and cell is not None and self.parts is not None:
            said, self.parts = "".join(self.parts), None
            if tag == "v":
                cell.value = said
            elif tag == "f":
                cell.formula = said
            else:
                cell.inline.append(said)
        elif tag == "rPh":
            self.phonetic = False

    def text(self, data: str) -> None:
        if self.parts is not None:
            self.parts.append(data)

    def _begin_row(self, given: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > ROWS:
            self.book.too_large(f"more than {ROWS:,} rows")
        number = int(given.get("r", self.row + 1))
        if number <= self.row:
            raise _DamagedError(f"row {number} of sheet '{self.name}' follows row {self.row}")
        self.row, self.next = number, 0
        if given.get("hidden") in ("1", "true"):
            self.hidden_rows.add(number)

    def _column(self, given: dict[str, str]) -> None:
        if given.get("hidden") in ("1", "true"):
            first, last = _whole(given.get("min", 1)), _whole(given.get("max", 1))
            self.hidden_columns |= set(range(max(first, 1) - 1, min(last, COLUMNS)))

    def _begin(self, given: dict[str, str]) -> None:
        self.book.count()
        position = self._position(given["r"]) if "r" in given else self.next
        self.next, self.inside, self.given = position + 1, True, given

    def _position(self, reference: str) -> int:
        told = _REFERENCE.fullmatch(reference)
        if told is None or int(told[2]) != self.row:
            raise _DamagedError(f"a cell of row {self.row} calls itself {reference[:20]}")
        if told[1] not in self.letters:
            self.letters[told[1]] = _ordinal(told[1])
        return self.letters[told[1]]

    def _settle(self, cell: _Cell) -> None:
        text, reason = self._taken(cell)
        if not text and not reason:
            return
        if cell.position >= COLUMNS:
            self.book.too_large(f"more than {COLUMNS:,} columns", self.row)
        if self.row > ROWS:
            self.book.too_large(f"cells below row {ROWS:,}", self.row)
        row = self.rows.setdefault(self.row, {})
        if cell.position in row:
            raise _DamagedError(f"cell {column_letters(cell.position)}{self.row} occurs twice")
        row[cell.position] = text
        if text.strip():
            self.filled = self.elements
        if reason:
            self.unread[self.row, cell.position] = reason

    def _taken(self, cell: _Cell) -> tuple[str, str]:
        """Text of a cell, and why it is not its value."""
        value, kind = cell.value, cell.given.get("t", "n")
        if cell.formula is not None and self._uncomputed(cell, kind):
            return f"={cell.formula}", "a formula without its value: open the file in a spreadsheet, and save it"
        if kind == "inlineStr":
            return unescaped("".join(cell.inline)), ""
        if not value:
            return "", ""
        if kind == "s":
            return self.book.strings[_whole(value)], ""
        if kind == "e":
            return value, f"the cell holds the error {value}"
        if kind == "b":
            return ("TRUE" if value == "1" else "FALSE"), ""
        if kind in ("str", "d"):
            return unescaped(value), ""
        number = float(value)
        if not math.isfinite(number):
            raise _DamagedError(f"a cell of row {self.row} holds the number {value[:20]}")
        style = _whole(cell.given.get("s", 0))
        return shown(number, self.book.kinds[style] if self.book.kinds else "number", self.book.epoch_1904)

    def _uncomputed(self, cell: _Cell, kind: str) -> bool:
        """Whether no spreadsheet has computed a formula; some programs write 0 until one does."""
        if cell.value in (None, ""):
            return cell.value is None or kind != "str"
        return self.book.recompute and cell.value == "0"

    def sheet(self, hidden: bool) -> Sheet:
        """Rows padded to one width; the cells that a merged area hides are not taken for empty ones."""
        numbers = [n for n, row in sorted(self.rows.items()) if any(v.strip() for v in row.values())]
        width = 1 + max((p for n in numbers for p in self.rows[n]), default=-1)
        for area in self.merged:
            self._hide(area, numbers, width)
        rows = [[self.rows[n].get(p, "") for p in range(width)] for n in numbers]
        if len(rows) * width > CELLS:
            self.book.too_large(f"more than {CELLS:,} cells between the first and the last")
        between = numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0
        blank = between + self.elements - self.filled
        out_of_sight = frozenset(self.hidden_columns), frozenset(self.hidden_rows)
        return Sheet(self.name, hidden, rows, numbers, self.unread, blank, *out_of_sight, tuple(self.areas))

    def _hide(self, area: str, numbers: list[int], width: int) -> None:
        first, last = area.split(":") if ":" in area else (area, area)
        corners = [_REFERENCE.fullmatch(c) for c in (first, last)]
        if corners[0] is None or corners[1] is None:
            raise _DamagedError(f"a merged area is called {area[:40]}")
        (top, left), (bottom, right) = ((int(c[2]), _ordinal(c[1])) for c in corners if c is not None)
        anchor = self.rows.get(top, {}).get(left, "")
        if not anchor:
            return
        self.areas.append((top, left, bottom, right))
        for n in numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]:
            for p in range(left, min(right + 1, width)):
                self.book.count()
                if p not in self.rows[n] and (n, p) != (top, left):
                    self.unread[n, p] = f"the cell is merged with {first}, and may mean the same or nothing"


def _ordinal(letters: str) -> int:
    n = 0
    for letter in letters:
        n = 26 * n + ord(letter) - 64
    return n - 1


def _whole(value: str | int) -> int:
    n = int(value)
    if n < 0:
        raise _DamagedError(f"a cell refers to number {n} of a list")
    return n


def unescaped(text: str) -> str:
    """Characters that a workbook writes as ``_x000D_``."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
