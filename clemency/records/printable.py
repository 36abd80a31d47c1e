"""Text from data -> text that is safe in a terminal: control and bidirectional characters are spelled out."""

from __future__ import annotations

import re
import unicodedata

_SPELLED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JOINERS = "\u180e\u200c\u200d"  # spelling in Mongolian, Persian, Uyghur and Indic scripts needs these
_KINDS = ("Cc", "Cf", "Cs", "Zl", "Zp")
#: Variation selectors and fillers that are not seen, and tags, which can carry a text of their own.
_UNSEEN = re.compile("[\u115f\u1160\u3164\uffa0\U000e0000-\U000e01ef]")


def printable(text: object, lines: bool = False) -> str:
    r"""Spell out the characters that a reader does not see or that steer a terminal.

    Parameters
    ----------
    text : object
        Its ``str``.
    lines : bool
        Leave line breaks and tabs as they are.

    Returns
    -------
    str
        Control characters as ``\x1b``, direction marks and other unseen ones as ``<U+202E>``.

    Examples
    --------
    >>> printable("\x1b[31mred\u202e")
    '\\x1b[31mred<U+202E>'
    """
    said = str(text)
    if said.isprintable() and not _UNSEEN.search(said):
        return said
    return "".join(c if lines and c in "\n\t" else _spelled(c) for c in said)


def unseen(text: str) -> str:
    """Characters that no text needs, each once, spelled out; empty if there are none.

    Line breaks and tabs in a cell are text.
    """
    if text.isprintable() and not _UNSEEN.search(text):
        return ""
    return ", ".join(dict.fromkeys(s for c in text if c not in _SPELLED and (s := _spelled(c)) != c))


def _spelled(char: str) -> str:
    if char in _SPELLED:
        return _SPELLED[char]
    if char in _JOINERS or not (unicodedata.category(char) in _KINDS or _UNSEEN.match(char)):
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 0xA0 else f"<U+{ord(char):04X}>"


def shortened(text: str, most: int = 200) -> str:
    """A value as it is shown: whole up to so many characters, else its beginning."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
