"""A DOCX file -> its text, paragraph by paragraph, within bounds that are checked while it is read."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO
from xml.parsers import expat

_BODY = "word/document.xml"
_MOST = 50_000_000  # bytes of the body, unpacked
_PIECE = 1 << 16


class UnreadableError(Exception):
    """A file that cannot be read; the text says why, and `kind` what it is in the account."""

    kind = "damaged"


class TooLargeError(UnreadableError):
    """A file whose text is more than is read."""

    kind = "too_large"


def is_word(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is a DOCX file."""
    return _BODY in archive.namelist()


def word_text(data: bytes) -> str:
    """Text of a DOCX file; what was deleted under tracked changes is not in it.

    Raises
    ------
    UnreadableError
        If it is damaged, protected, too large, or declares a document type.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(_BODY) as body:
            return _parsed(body)
    except (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, ValueError, EOFError, RuntimeError,
        NotImplementedError, OSError,
    ) as error:  # fmt: skip
        raise UnreadableError(f"not a readable DOCX file ({type(error).__name__})") from None


class _Body:
    """What an XML parser tells of the body, gathered as text."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.inside = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self.inside = name == "t"
        if name in ("br", "cr"):
            self.pieces.append("\n")
        elif name == "tab":
            self.pieces.append("\t")

    def end(self, tag: str) -> None:
        self.inside = False
        if tag.rpartition(":")[2] in ("p", "tr"):
            self.pieces.append("\n")

    def data(self, said: str) -> None:
        if self.inside:
            self.pieces.append(said)

    def doctype(self, *_: object) -> None:
        raise UnreadableError("it declares a document type, as no word processor does")


def _parsed(file: IO[bytes]) -> str:
    body = _Body()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = body.start, body.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = body.data, body.doctype
    read = 0
    while piece := file.read(_PIECE):
        read += len(piece)
        if read > _MOST:
            raise TooLargeError(f"its text is more than {_MOST / 1e6:,.0f} MB unpacked")
        parser.Parse(piece)
    parser.Parse(b"", True)
    return "".join(body.pieces)
