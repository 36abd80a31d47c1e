"""Markup -> the same with Chinese and Tibetan text told apart from the page's own, and right-to-left text kept to itself.

A screen reader then takes the right voice, a browser the right shapes of characters, and a name in Arabic script does not
turn what stands around it.
"""

from __future__ import annotations

import re

#: What is no text of the page: comments, and elements whose content is shown to nobody or by itself.
_MARKUP = re.compile(r"<!--.*?-->|<(script|style|title|desc|metadata)\b.*?</\1\s*>|<[^>]*>", re.DOTALL)
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN = "·•‧\u3000-\u3004\u3008-\u3020\u3030-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff65"
_ARABIC = "\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufeff"
_RUNS = re.compile(
    f"(?P<zh>[{_HAN}](?:[{_HAN}{_BETWEEN}]*[{_HAN}])?)"
    "|(?P<bo>[\u0f00-\u0fff](?:[\u0f00-\u0fff ]*[\u0f00-\u0fff])?)"
    f"|(?P<ar>[{_ARABIC}](?:[{_ARABIC}\\s\u200c-\u200f]*[{_ARABIC}])?)"
    "|(?P<rtl>[\u0590-\u05ff\u0700-\u074f\u0780-\u07ff](?:[\u0590-\u07ff\\s]*[\u0590-\u07ff])?)"
)
#: Marks that turn the direction of writing until they are closed, and what closes them.
_TURNS = re.compile("[\u202a\u202b\u202d\u202e\u2066-\u2068]|(?P<close>[\u202c\u2069])")
_CLOSES = {**dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"), **dict.fromkeys("\u2066\u2067\u2068", "\u2069")}


def marked(html: str, lang: str = "en") -> str:
    """Mark the language of text in other scripts.

    Parameters
    ----------
    html : str
        Markup in which every ``>`` of an attribute is escaped.
    lang : str
        Of the page; text in it is left as it is.

    Returns
    -------
    str
        Runs of Chinese characters in elements of ``lang="zh"``, of Tibetan ``lang="bo"``, of Arabic script
        ``lang="und-Arab"``, since Uyghur and others are written with it. Every mark that turns the direction of
        writing is closed where its text ends.

    Examples
    --------
    >>> marked("<p>Liu Xiaobo (刘晓波)</p>")
    '<p>Liu Xiaobo (<span lang="zh">刘晓波</span>)</p>'
    """
    out, last, drawing = [], 0, 0
    for found in _MARKUP.finditer(html):
        out.append(_text(html[last : found.start()], lang, drawing > 0))
        out.append(found[0])
        last = found.end()
        drawing += found[0].startswith("<svg") - found[0].startswith("</svg")
    return "".join([*out, _text(html[last:], lang, drawing > 0)])


def _text(text: str, lang: str, drawing: bool) -> str:
    if text.isascii():
        return text

    def mark(found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        tongue = {"ar": ' lang="und-Arab"', "rtl": ""}.get(kind, f' lang="{kind}"')
        if kind == lang[:2]:
            return found[0]
        if drawing:
            return f"<tspan{tongue}>{found[0]}</tspan>"
        tag = "bdi" if kind in ("ar", "rtl") else "span"
        return f"<{tag}{tongue}>{found[0]}</{tag}>"

    return _RUNS.sub(mark, text) + _closing(text)


def _closing(text: str) -> str:
    """What closes the marks of direction that a text leaves open."""
    still: list[str] = []
    for found in _TURNS.finditer(text):
        if not found["close"]:
            still.append(_CLOSES[found[0]])
        elif found[0] in still:
            del still[len(still) - 1 - still[::-1].index(found[0]) :]
    return "".join(reversed(still))
