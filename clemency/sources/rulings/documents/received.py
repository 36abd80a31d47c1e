"""Files, folders, archives or a column of a frame -> one document after another, as bytes or text."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pandas as pd

from clemency.records.arguments.days import refuse_blank
from clemency.records.errors import UsageError
from clemency.records.printable import shortened
from clemency.sources.rulings.documents.encodings import MOST, text_of
from clemency.sources.rulings.documents.markup import is_markup, page_text
from clemency.sources.rulings.documents.wordfiles import UnreadableError, is_word, word_text

MEMBERS = 1_000_000
UNPACKED = 20_000_000_000  # bytes of all members of one archive
_LONGEST_NAME = 255  # bytes, on every usual disk
_ARCHIVE = 4_000_000_000  # bytes of the archive itself


class Received(NamedTuple):
    """One document as it came: its name, and either its bytes, its text, or why it has neither."""

    name: str
    data: bytes | None = None
    text: str | None = None
    kind: str = ""
    reason: str = ""


class Opened(NamedTuple):
    """The text of a document with the marks of its parts; or its kind and why it is not read."""

    text: str | None
    anchors: dict[str, int]
    kind: str = ""
    reason: str = ""


Place = str | PathLike[str]
Source: TypeAlias = Place | Sequence[Place] | pd.DataFrame


def received(source: Source, column: str = "text", name: str | None = None) -> Iterator[Received]:
    """Every document that a user names, in a stable order, each read when it is asked for.

    Parameters
    ----------
    source : path, sequence of paths, or DataFrame
        Files of text, HTML or DOCX, folders of them (with those inside), ZIP archives of them; or a frame.
    column, name : str
        Of a frame: the column of texts, and that of their names (the index by default).

    Raises
    ------
    UsageError
        For a place that does not exist, or a column that is not in the frame.
    """
    if isinstance(source, pd.DataFrame):
        yield from _of_frame(source, column, name)
        return
    named: dict[str, int] = {}
    for document in (d for place in _places(source) for d in _of_place(place)):
        times = named[document.name] = named.get(document.name, 0) + 1
        if times == 1:
            yield document
            continue
        name = f"{document.name} ({times})"  # as in another folder, or twice in an archive
        while name in named:
            times += 1
            name = f"{document.name} ({times})"
        named[name] = 1
        yield document._replace(name=name)


def count(source: Source) -> int | None:
    """How many documents there are, where that is known without opening archives."""
    if isinstance(source, pd.DataFrame):
        return len(source)
    return None


def refuse_inside(source: Source, out: Place) -> None:
    """Refuse a folder for the tables that is read, or lies in one that is: they would be read as documents.

    Raises
    ------
    UsageError
    """
    refuse_blank(out, "out")
    if isinstance(source, pd.DataFrame):
        return
    target = Path(out).resolve()
    for place in _places(source):
        if place.is_dir() and target.is_relative_to(place.resolve()):
            raise UsageError(
                f"{out} is in the folder that is read, {place}: tables there would be read as documents. "
                "Name a folder outside it."
            )


def _places(source: str | PathLike[str] | Sequence[str | PathLike[str]]) -> list[Path]:
    named = [source] if isinstance(source, str | PathLike) else list(source)
    places = []
    for one in named:
        if not isinstance(one, str | PathLike):
            said = shortened(repr(one))
            raise UsageError(f"{said} names no file or folder. Give paths, or a frame with a column of texts.")
        refuse_blank(one, "source")
        if isinstance(one, str) and _is_text(one):
            raise UsageError(
                f"source= takes files and folders, and {shortened(one, 40)!r} is a text of {len(one):,} characters. "
                'Give texts as a column of a frame: pd.DataFrame({"text": [...]}).'
            )
        place = Path(one)
        if not _exists(place):
            raise UsageError(
                f"There is no {shortened(str(place))}. Name a file, a folder, or a ZIP archive of rulings; give texts "
                "as a column of a frame."
            )
        places.append(place)
    return places


def _is_text(said: str) -> bool:
    """Whether something is a text and no path: of several lines or sentences, or longer than a name can be."""
    if any(mark in said for mark in "\n\r。"):
        return not _exists(Path(said))
    return any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in Path(said).parts)


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except (OSError, ValueError):  # too long for the system, or not to be entered; a character of number 0
        return False


def column_of(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column of a frame.

    Raises
    ------
    UsageError
        If there is none of that name, or more than one.
    """
    here = [i for i, name in enumerate(frame.columns) if name == column]
    if not here:
        raise UsageError(f"The frame has no column {column!r}. Its columns are: {', '.join(map(str, frame.columns))}.")
    if len(here) > 1:
        raise UsageError(f"The frame has the column {column!r} {len(here)} times. Keep one of them.")
    return frame.iloc[:, here[0]]


def _of_frame(frame: pd.DataFrame, column: str, name: str | None) -> Iterator[Received]:
    texts = column_of(frame, column)
    names = _distinct(frame.index if name is None else column_of(frame, name), name)
    for key, text in zip(names, texts, strict=True):
        if isinstance(text, str):
            yield Received(str(key), text=text)
        else:
            empty = pd.api.types.is_scalar(text) and pd.isna(text)
            yield Received(str(key), text="") if empty else Received(str(key), kind="not_text", reason="not a text")


def _distinct(names: pd.Index | pd.Series, column: str | None) -> list[str]:
    """Names of the documents as text; rows of the tables are joined by them.

    Raises
    ------
    UsageError
        If two documents have one name, or one has none.
    """
    told = [None if pd.api.types.is_scalar(n) and pd.isna(n) else str(n) for n in names]
    where = "The index" if column is None else f"The column {column!r}"
    remedy = "Call reset_index(drop=True)," if column is None else "Give another column,"
    seen: dict[str, int] = {}
    for row, said in enumerate(told):
        if said is None:
            raise UsageError(f"{where} has no name for the document in row {row}. {remedy} or fill it.")
        if said in seen:
            raise UsageError(
                f"{where} gives two documents the name {shortened(said)!r}, in rows {seen[said]} and {row}. {remedy} "
                "or make the names distinct."
            )
        seen[said] = row
    return [said for said in told if said is not None]


def _of_place(place: Path) -> Iterator[Received]:
    if not place.is_dir():
        yield from _of_file(place, place.name)
        return
    for folder, folders, files in os.walk(place, followlinks=False):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for file in sorted([*files, *links]):
            path = Path(folder) / file
            if file in links:
                reason = "a link to a folder: name that folder itself to read it"
                yield Received(path.relative_to(place).as_posix(), kind="unreadable", reason=reason)
                continue
            yield from _of_file(path, path.relative_to(place).as_posix())


def _of_file(path: Path, name: str) -> Iterator[Received]:
    try:
        if not path.is_file():
            yield Received(name, kind="unreadable", reason="no usual file")
            return
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4)
            packed = start == b"PK\x03\x04"
            if size > (_ARCHIVE if packed else MOST):
                yield Received(name, kind="too_large", reason=f"{size / 1e6:,.0f} MB: split the file")
                return
            if not packed:
                yield Received(name, data=start + file.read())
                return
        yield from _of_archive(path, name)
    except OSError as error:
        yield Received(name, kind="unreadable", reason=f"it cannot be read: {error.strerror or error}")


def _of_archive(path: Path, name: str) -> Iterator[Received]:
    try:
        with zipfile.ZipFile(path) as archive:
            if is_word(archive):
                small = path.stat().st_size <= MOST
                yield (
                    Received(name, data=path.read_bytes())
                    if small
                    else Received(name, kind="too_large", reason="a DOCX of more than 20 MB")
                )
                return
            yield from _members(archive, name)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        yield Received(name, kind="damaged", reason=f"not a readable archive ({type(error).__name__})")


def _members(archive: zipfile.ZipFile, name: str) -> Iterator[Received]:
    members = sorted((m for m in archive.infolist() if not m.is_dir()), key=lambda m: m.filename)
    if len(members) > MEMBERS:
        yield Received(name, kind="too_large", reason=f"an archive of more than {MEMBERS:,} files")
        return
    unpacked = 0
    for member in members:
        inner = f"{name}:{_member_name(member)}"
        if unpacked > UNPACKED:
            yield Received(inner, kind="too_large", reason="the archive unpacks to more than is read")
            continue
        try:
            with archive.open(member) as file:
                data = file.read(MOST + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            RuntimeError,
            NotImplementedError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            name = "its packed bytes are broken" if isinstance(error, zlib.error) else type(error).__name__
            reason = "it is protected by a password" if member.flag_bits & 1 else f"damaged ({name})"
            yield Received(inner, kind="damaged", reason=reason)
            continue
        unpacked += len(data)
        yield Received(inner, data=data)


def _member_name(member: zipfile.ZipInfo) -> str:
    """Name of a member; without the mark for UTF-8 it is taken for GBK, as Chinese systems write it."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


def opened(document: Received) -> Opened:
    r"""The text of a document, taken out of HTML or DOCX where it is one.

    Examples
    --------
    >>> opened(Received("a.html", data="<div>裁定</div>".encode())).text
    '裁定\n'
    >>> opened(Received("a.pdf", data=b"%PDF-1.4")).kind
    'pdf'
    """
    if document.kind:
        return Opened(None, {}, document.kind, document.reason)
    text = document.text
    if text is None:
        data = document.data or b""
        if data[:4] == b"PK\x03\x04":
            return _packed(data)
        text, kind, reason = text_of(data)
        if text is None:
            return Opened(None, {}, kind, reason)
    if is_markup(text):
        said, anchors = page_text(text)
        return Opened(said, anchors)
    return Opened(text, {})


def _packed(data: bytes) -> Opened:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if not is_word(archive):
                return Opened(None, {}, "archive", "an archive within an archive: unpack it first")
        return Opened(word_text(data), {})
    except UnreadableError as error:
        return Opened(None, {}, error.kind, str(error))
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError):
        return Opened(None, {}, "damaged", "not a readable DOCX file")
