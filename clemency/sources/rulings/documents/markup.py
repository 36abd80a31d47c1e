"""A page of HTML -> its text with line breaks, and the places of the marks of the courts' site."""

from __future__ import annotations

import re
from html import unescape

_IS_MARKUP = re.compile(r"<(?:!doctype|html|head|body|div|p|table|span|a|br|meta)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})\b([^<>]{0,4000})>")
_ANCHOR = re.compile(r"\bname\s{0,4}=\s{0,4}['\"]?([A-Z]{2,12})")
_DIR = re.compile(r"\btype\s{0,4}=\s{0,4}['\"]?dir")
_BREAKS = frozenset("p div br tr h1 h2 h3 h4 h5 h6 li table title section article body".split())
_UNREAD = ("script", "style", "head")


def is_markup(text: str) -> bool:
    """Whether a text is a page or a piece of one."""
    return _IS_MARKUP.search(text[:4000]) is not None


def page_text(page: str) -> tuple[str, dict[str, int]]:
    r"""Text of a page, and where in it the marks ``<a type="dir" name="...">`` stand.

    Parameters
    ----------
    page : str
        HTML, whole or a piece; time is linear in its length whatever it holds.

    Returns
    -------
    text : str
        Blocks, rows and breaks on lines of their own; scripts, styles and heads left out.
    anchors : dict of str to int

    Examples
    --------
    >>> page_text("<a type='dir' name='PJJG'></a><div>减去 &times;</div><script>x</script>")
    ('减去 ×\n', {'PJJG': 0})
    """
    page = _without(_without_comments(page.replace("01lydyh01", "'")))  # as a copy of the site writes quotes
    pieces: list[str] = []
    anchors: dict[str, int] = {}
    length = at = 0

    def add(piece: str) -> None:
        nonlocal length
        pieces.append(piece)
        length += len(piece)

    for tag in _TAG.finditer(page):
        add(unescape(page[at : tag.start()]))
        at = tag.end()
        name = tag[2].lower()
        if name in _BREAKS and (tag[1] or name == "br"):
            add("\n")
        elif name == "a" and _DIR.search(tag[3]) and (found := _ANCHOR.search(tag[3])):
            anchors.setdefault(found[1], length)
    add(unescape(page[at:]))
    return "".join(pieces), anchors


def _without_comments(page: str) -> str:
    pieces, at = [], 0
    while (start := page.find("<!--", at)) >= 0:
        pieces.append(page[at:start])
        end = page.find("-->", start)
        at = end + 3 if end >= 0 else len(page)
    return "".join([*pieces, page[at:]])


def _without(page: str) -> str:
    """The page without scripts, styles and its head."""
    for name in _UNREAD:
        low = page.lower()
        if len(low) != len(page):  # a few characters change their number in lower case
            low = page
        pieces, at = [], 0
        opening = re.compile(rf"<{name}[\s>]")
        while found := opening.search(low, at):
            pieces.append(page[at : found.start()])
            end = low.find(f"</{name}", found.end())
            if end < 0:
                at = len(page)
                break
            at = max(low.find(">", end) + 1, end + 1)
        page = "".join([*pieces, page[at:]])
    return page
