"""Bytes of a file -> its text, or what kind of file it is instead."""

from __future__ import annotations

import codecs

MOST = 20_000_000  # bytes of one document
_KINDS = (
    (b"%PDF", "pdf", "a PDF: take the text out of it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_word", "a Word file of before 2007: save it as DOCX"),
    (b"{\\rtf", "rtf", "a rich text file: save it as DOCX or text"),
    (b"\x89PNG", "image", "an image: it holds no text"),
    (b"\xff\xd8\xff", "image", "an image: it holds no text"),
    (b"GIF8", "image", "an image: it holds no text"),
    (b"II*\x00", "image", "an image: it holds no text"),
    (b"MM\x00*", "image", "an image: it holds no text"),
    (b"BM", "image", "an image: it holds no text"),
    (b"Rar!", "archive", "an archive of another kind: unpack it first"),
    (b"7z\xbc\xaf", "archive", "an archive of another kind: unpack it first"),
    (b"\x1f\x8b", "archive", "an archive of another kind: unpack it first"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CUT = 3  # bytes of a character that a cut-off file can lack


def text_of(data: bytes) -> tuple[str | None, str, str]:
    """Text of a file, or None with its kind and what to do.

    Parameters
    ----------
    data : bytes
        The whole file. UTF-8, UTF-16 and UTF-32 with their marks, and GB18030 (with GBK and GB2312) are told apart by
        what the bytes can be.

    Returns
    -------
    text : str or None
    kind : str
        Of a file that is no text: ``pdf``, ``old_word``, ``image``, ``archive`` ...; else empty.
    reason : str

    Examples
    --------
    >>> text_of("裁定".encode("gb18030")), text_of(b"%PDF-1.4")[1]
    (('裁定', '', ''), 'pdf')
    """
    if len(data) > MOST:
        return None, "too_large", f"more than {MOST / 1e6:,.0f} MB: split the file"
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), "", ""
    for start, kind, reason in _KINDS:
        if data.startswith(start):
            return None, kind, reason
    if b"\0" in data[:4096]:
        return None, "not_text", "neither text nor a form that is known"
    said = _decoded(data)
    return (said, "", "") if said is not None else (None, "not_text", "its characters are neither UTF-8 nor GB18030")


def _decoded(data: bytes) -> str | None:
    """Text in UTF-8 or GB18030, also where the last character is cut off."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - _CUT and error.start > 0:
            return data[: error.start].decode("utf-8")
    for cut in (0, 1):
        try:
            return data[: len(data) - cut].decode("gb18030")
        except UnicodeDecodeError:
            continue
    return None
