"""An English text with named fields and a language -> the text in that language, from the catalogues beside it.

English stands where it is said: ``tr("{acts} dated to {quarter}", acts=..., quarter=...)``. The English template is the
key of the Chinese one, which has the same fields in its own order. Fields that carry English grammar alone (`GRAMMAR`)
may be absent there. Names of columns and levels, which are keys of frames as well, are looked up by `label` when shown.
"""

from __future__ import annotations

import re
import textwrap
import threading
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import pandas as pd

from clemency.records.errors import UsageError

__all__ = [
    "GRAMMAR",
    "LANGUAGES",
    "catalogue",
    "check_language",
    "fields_of",
    "folded",
    "label",
    "quarter",
    "speak",
    "speaking",
    "spoken",
    "tr",
    "typeset",
]

#: Code of each language, and what a page says that it is written in.
LANGUAGES = {"en": "en", "zh": "zh-Hans"}
#: Fields that agree with an English number or begin an English noun: another language has no use for them.
GRAMMAR = frozenset(
    {"a", "appear", "are", "begin", "exclude", "grant", "have", "leave", "remain", "show", "spend", "these", "they"}
    | {"those", "verb", "were", "word"}
)
_state = threading.local()
_FIELD = re.compile(r"(?<!\{)\{(\w+)(?::[^}]*)?\}(?!\})")
_QUARTERS = "一二三四"
_HAN = "\u3000-\u303f\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"


def check_language(lang: str) -> str:
    """The code of a language that there is.

    Raises
    ------
    UsageError
        For any other.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"There is no report in '{lang}'. Choose one of: {', '.join(LANGUAGES)}.")
    return lang


def speak(lang: str) -> None:
    """Set the language of the texts that this thread makes from now on."""
    _state.lang = check_language(lang)


def spoken() -> str:
    """Code of the language in force in this thread; English, where none was set."""
    return str(getattr(_state, "lang", "en"))


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Set the language for a while."""
    before = spoken()
    speak(lang)
    try:
        yield
    finally:
        speak(before)


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """All texts of a language by their English; none for English itself."""
    found: dict[str, str] = {}
    folder = files(__package__).joinpath("catalogues", lang)
    for file in sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else ():
        if file.name.endswith(".toml"):
            for part in tomllib.loads(file.read_text(encoding="utf-8")).values():
                found |= part
    return MappingProxyType(found)


def fields_of(template: str) -> frozenset[str]:
    """Names of the fields of a template."""
    return frozenset(_FIELD.findall(template))


def tr(text: str, /, **fields: Any) -> str:
    """A text in the language in force, with its fields filled.

    Parameters
    ----------
    text : str
        In English, a literal, with named fields as `str.format` has them. What follows a ``|`` tells apart two
        uses of the same English, and is not shown.
    **fields
        A quarter is written as the language does.

    Examples
    --------
    >>> tr("{n} more", n=3)
    '3 more'
    """
    lang = spoken()
    if lang == "en":
        return text.split("|")[0].format(**fields)
    said = catalogue(lang).get(text, text.split("|")[0])
    return said.format(**{k: quarter(v) if isinstance(v, pd.Period) else v for k, v in fields.items()})


def quarter(when: Any) -> str:
    """A quarter as the language in force writes it: ``2017Q2``, ``2017年第二季度``."""
    text = str(when)
    if spoken() == "en" or not re.fullmatch(r"\d{4}Q[1-4]", text):
        return text
    return f"{text[:4]}年第{_QUARTERS[int(text[5]) - 1]}季度"


def label(text: Any) -> str:
    """A name of a column or level, or an entry, in the language in force; as it is, where the catalogue lacks it."""
    own = str(text)
    if spoken() == "en":
        return own
    return catalogue(spoken()).get(own) or quarter(own)


_FULL = str.maketrans({",": "，", ";": "；", ":": "：", "!": "！", "?": "？"})


def typeset(text: str) -> str:
    """Text for a page: in Chinese with full-width marks after Chinese characters, and no blanks between them.

    Examples
    --------
    >>> typeset("3 acts; none")
    '3 acts; none'
    """
    if spoken() == "en":
        return text
    after = rf"(?<=[{_HAN}])(\*\*)?"
    text = re.sub(rf"{after}([,;:!?])(?: |$|(?=[{_HAN}\d*]))", lambda m: (m[1] or "") + m[2].translate(_FULL), text)
    text = re.sub(rf"{after}\.(?: |$|(?=[{_HAN}]))", lambda m: f"{m[1] or ''}。", text)
    text = re.sub(rf"(?<=[{_HAN}]) \(([^()]*)\)", r"（\1）", text)
    text = re.sub(rf"(?<=[{_HAN}]) +(?=[{_HAN}\d*])|(?<=[\d%）*]) +(?=[{_HAN}])", "", text)
    return text.replace("。。", "。").replace("；。", "。").replace("，。", "。")


def folded(text: str, width: int, **options: Any) -> list[str]:
    """A text in lines of so many Latin letters; Chinese has no blanks to break at, and is twice as wide."""
    if spoken() == "en":
        return textwrap.wrap(text, width, **options)
    lines: list[str] = []
    line, used = "", 0
    for letter in re.findall(r"[A-Za-z0-9.,%'’-]+|.", text):
        wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in letter)
        if line and used + wide > width and letter not in "，。；：、）”％%":
            lines, line, used = [*lines, line.strip()], "", 0
        line, used = line + letter, used + wide
    return [*lines, line.strip()] if line.strip() else lines
