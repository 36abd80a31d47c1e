"""A summary with tags, entities and citations -> plain sentences whose places in the text given are known."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

INNER = "\u2024"  # a stop that ends no sentence
_QUOTES = str.maketrans("\u2018\u2019\u201b\u02bc`\u201c\u201d\u00ab\u00bb\u2013", "'''''\"\"\"\"-")
_GAP = re.compile(r"(?:\s|<[^<>]*>|&nbsp;|&#160;){2,}|<[^<>]*>|[^\S ]|&(?:[A-Za-z]{2,8}|#\d{1,6});")
_TAG = re.compile(r"<[^<>]*>")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DAY = re.compile(rf"\b\d{{1,2}} ?{_MONTH} ?(?:19|20)?\d\d(?:-[a-z])?\b")
_BRACKET = re.compile(r" ?\(([^()]{0,600})\)")
_LAW = re.compile(r"^ ?(?:PRC )?(?:CL|CPL|Criminal (?:Procedure )?Law)\b")
_VERBS = re.compile(r"\b(?:reduc|releas|parole|commut|sentenced|early|originally|later|granted|until|after)", re.I)
_END = re.compile(
    r"(?<=[.!?])[\"')\]]* +(?=[\"'(\[]*[^\W_])"  # a stop, closing marks, a blank
    r"|(?<=[a-z)\d]\.)(?=[A-Z][a-z])"  # a blank left out
)
_OPENING = re.compile(r"[ \"'(\[]*+(.)", re.S)
_LONGEST = 1_500  # characters in a sentence; the longest among ten thousand summaries has 763
_ABBREVIATIONS = frozenset(
    "no nos art arts int st dr mr mrs ms jr sr rev prof fr gen sgt col u.s u.k u.n e.g i.e a.k.a approx jan feb mar "
    "apr jun jul aug sep sept oct nov dec vol ch para cf vs etc ed dist co inc ltd dept".split()
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A source in brackets that was taken out: its text and where it stood in the plain text."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain text, the place of each of its characters in the text given, citations and sentences.

    ``sentences`` are pairs of positions in ``text``; ``origin`` has one entry per character.
    """

    text: str
    origin: tuple[int, ...]
    citations: tuple[Citation, ...]
    sentences: tuple[tuple[int, int], ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Positions in the text given of the plain characters from `start` up to `end`."""
        return self.origin[start], self.origin[max(start, end - 1)] + 1


def read(text: str) -> Plain:
    """Take out tags, entities and bracketed citations, and find the sentences.

    Examples
    --------
    >>> plain = read('A court (<a href="x">RFA</a>, 3 May 16) cut  it.')
    >>> plain.text, plain.citations[0].text, plain.place(0, 7)
    ('A court cut it.', 'RFA, 3 May 16', (0, 7))
    """
    bare, places = _without_tags(text.translate(_QUOTES))
    plain, origin, citations = _without_citations(bare, places)
    sentences = _sentences(plain)
    return Plain(_without_inner_stops(plain, sentences), tuple(origin), tuple(citations), tuple(sentences))


def _without_inner_stops(text: str, sentences: list[tuple[int, int]]) -> str:
    """Put another sign for stops within sentences, so that ``[^.]`` stays in the sentence but passes ``No. 2``."""
    parts, last = [], 0
    for start, end in sentences:
        stop = end - 1 if text[end - 1 : end] == "." else end
        parts += [text[last:start], text[start:stop].replace(".", INNER), text[stop:end]]
        last = end
    parts.append(text[last:])
    return "".join(parts)


def _without_tags(text: str) -> tuple[str, list[int]]:
    parts: list[str] = []
    places: list[int] = []
    last = 0
    for match in _GAP.finditer(text):
        start, end = match.span()
        parts.append(text[last:start])
        places.extend(range(last, start))
        put = _replacement(match.group())
        parts.append(put)
        places.extend([start] * len(put))
        last = end
    parts.append(text[last:])
    places.extend(range(last, len(text)))
    return "".join(parts), places


def _replacement(gap: str) -> str:
    if gap[0] == "&" and not gap.startswith(("&nbsp;", "&#160;")):
        return html.unescape(gap)[:1].translate(_QUOTES)
    return " " if "<" not in gap or re.search(r"\s|&", _TAG.sub("", gap)) else ""


def _without_citations(text: str, places: list[int]) -> tuple[str, list[int], list[Citation]]:
    parts: list[str] = []
    origin: list[int] = []
    citations: list[Citation] = []
    last = length = 0
    for match in _BRACKET.finditer(text):
        inside = match.group(1)
        if not (_LAW.match(inside) or _DAY.search(inside)) or _VERBS.search(inside):
            continue
        start, end = match.span()
        parts.append(text[last:start])
        origin.extend(places[last:start])
        length += start - last
        citations.append(Citation(length, inside))
        last = end
    parts.append(text[last:])
    origin.extend(places[last:])
    return "".join(parts), origin, citations


def _sentences(text: str) -> list[tuple[int, int]]:
    sentences: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _abbreviated(text, start, match.start()):
            continue
        sentences += _pieces(text, start, match.start())
        start = match.end()
    return sentences + _pieces(text, start, len(text)) if text[start:].strip() else sentences


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence, cut at blanks where it is longer than any that people write."""
    pieces = []
    while end - start > _LONGEST:
        blank = text.rfind(" ", start + 1, start + _LONGEST)
        stop = start + _LONGEST if blank < 0 else blank
        pieces.append((start, stop))
        start = stop if blank < 0 else stop + 1
    return [*pieces, (start, end)]


def _abbreviated(text: str, start: int, stop: int) -> bool:
    """Whether the stop before `stop` ends an abbreviation, an initial or nothing."""
    words = text[max(start, stop - 24) : stop].rstrip("\"')] ").split()
    if not words:
        return False
    word = words[-1].lstrip("\"'([")
    if not word.endswith("."):
        return False
    if word[:-1].lower() in _ABBREVIATIONS or re.fullmatch(r"(?:[A-Z]\.)+", word):
        return True
    follows = _OPENING.match(text, stop)
    return follows is not None and follows[1].islower() and len(word) < 5 and not word[0].isdigit()
