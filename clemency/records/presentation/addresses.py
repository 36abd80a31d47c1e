"""The address of a document -> whether it may be shown as a link: a web page, and nothing that runs or hides."""

from __future__ import annotations

import re
import unicodedata

#: http or https, a host that names no user, and no character that a browser drops, turns or takes for another.
_WEB = re.compile(r"https?://[^\s/?#@\\<>\"'`{}|^]+(?:[/?#][^\s\\<>\"`{}|^]*)?", re.IGNORECASE)
REMEDY = "Write the whole address of the page, beginning with https:// or http://, without blanks."


def is_web_address(address: object) -> bool:
    """Whether an address is one of http or https that leads where it seems to.

    Parameters
    ----------
    address : object
        As found in the data; what is no text is no address.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_web_address("https://duihua.org/?p=1"), is_web_address("javascript:alert(1)"), is_web_address("//duihua.org")
    (True, False, False)
    """
    if not isinstance(address, str) or not _WEB.fullmatch(address):
        return False
    if address.isascii():
        return address.isprintable()
    # Control and format characters: line breaks, zero width, and those that turn the direction of writing.
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") for c in address)
