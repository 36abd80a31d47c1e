"""Columns of words -> words outside the vocabulary, each with the one that was probably meant.

A word is in the vocabulary as it is spelled there, or it is not: capitals, blanks, synonyms and Chinese words are
offered as remedies and never taken for a word.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.environment.datafolder import data_folder
from clemency.records.schema import Column

Wrong = list[tuple[int, str, str, str]]

#: Columns without a vocabulary of which some words are known by several names.
_WITH_SYNONYMS = ("ethnicity",)
#: Words before a state that say no more than that it is the present one.
_NOW = re.compile(
    r"^(?:(?:he|she|is|still|currently|presently|now|remains|at present) )+|^(?:目前|至今|现在|仍然|依然|现|仍|尚|还)+"
)
NOT_A_WORD = "not in the vocabulary"
_SIMPLE = str.maketrans(
    "減釋暫監執醫無緩獄滿處決勞動養廣東蘇遼寧龍雲貴陝肅臺灣內慶門區壯維爾別國歐聯韓麥蘭亞奧運訪問會奬獎貪污賄賂職務"
    "漢瑤納溫倫羅烏達錫鄉薩獨頗諾鮮畬彞",
    "减释暂监执医无缓狱满处决劳动养广东苏辽宁龙云贵陕肃台湾内庆门区壮维尔别国欧联韩麦兰亚奥运访问会奖奖贪污贿赂职务"
    "汉瑶纳温伦罗乌达锡乡萨独颇诺鲜畲彝",
)
_UNITS = (
    *("special administrative region", "uyghur autonomous region", "uygur autonomous region"),
    *("uighur autonomous region", "zhuang autonomous region", "hui autonomous region", "autonomous region"),
    *("province", "municipality", "city", "prov", "sheng", "shi"),
    *("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市"),
)


def wrong_words(values: Iterable[Any], column: Column) -> Wrong:
    """Position, value, message and remedy of every value that is not in a column's vocabulary; empty cells are none.

    Parameters
    ----------
    values : sequence or column, shape (n,)
        In any storage.
    column : Column
        With ``levels``, or ``refers="provinces"``.
    """
    codes, distinct = distinct_values(values)
    closed = bool(column.levels or column.refers)
    if closed:
        levels = known_words(column)
        bad = {k: v for k, v in enumerate(distinct) if not (isinstance(v, str) and v in levels)}
    else:  # any word is one, but the English one stands for those in Chinese
        bad = {k: v for k, v in enumerate(distinct) if isinstance(v, str) and _in_chinese(v, column.name)}
    rows = np.flatnonzero(np.isin(codes, list(bad)))
    mend = {k: remedy(v, column) for k, v in bad.items()}
    message = "not the code of a province" if column.refers else NOT_A_WORD if closed else "a Chinese word"
    return [(int(i), str(bad[k]), message, mend[k]) for i, k in zip(rows, codes[rows].tolist(), strict=True)]


def known_words(column: Column) -> frozenset[str]:
    """Words that a column may hold; of one that may hold others too, those with synonyms."""
    if column.refers == "provinces":
        return frozenset(_provinces())
    return frozenset(column.levels or (_synonyms(column.name).values() if column.name in _WITH_SYNONYMS else ()))


def distinct_values(values: Iterable[Any]) -> tuple[np.ndarray, list[Any]]:
    """Codes of a column in any storage, -1 where it has no value or an empty text, and the values behind them."""
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    if isinstance(series.dtype, pd.SparseDtype | pd.ArrowDtype):
        series = series.astype(object)
    try:
        codes, found = pd.factorize(series, use_na_sentinel=True)
        distinct = list(found)
    except TypeError:  # lists and the like
        distinct = [None if pd.api.types.is_scalar(v) and pd.isna(v) else v for v in series]
        codes = np.array([-1 if v is None else i for i, v in enumerate(distinct)])
    empty = [k for k, v in enumerate(distinct) if isinstance(v, str) and v == ""]
    return np.where(np.isin(codes, empty), -1, codes), [None if k in empty else v for k, v in enumerate(distinct)]


def empty_rows(values: Iterable[Any]) -> np.ndarray:
    """Positions without a value, or with an empty text."""
    return np.flatnonzero(distinct_values(values)[0] < 0)


def known_as(word: str, column: str) -> str:
    """The word that a synonym stands for; empty if it is not a synonym.

    Examples
    --------
    >>> known_as("维吾尔族", "ethnicity"), known_as("Uighur", "ethnicity"), known_as("Uyghur", "ethnicity")
    ('Uyghur', 'Uyghur', 'Uyghur')
    """
    synonyms = _synonyms(column) if column in _WITH_SYNONYMS else {}
    return synonyms.get(fold(word[:200]), "") if synonyms else ""


def _in_chinese(word: str, column: str) -> bool:
    return not word.isascii() and bool(known_as(word, column))


def remedy(value: Any, column: Column) -> str:
    """What to write instead of a value that is not in the vocabulary, as sentences."""
    if column.refers == "provinces":
        return _province(str(value))
    if not column.levels:
        return f"Write '{known_as(str(value), column.name)}', the English word that these tables have."
    certain, near = meant(str(value), column.name, column.levels)
    allowed = f"Allowed: {', '.join(column.levels)}{'.' if column.required else '; or leave it empty.'}"
    if certain:
        word = _word(certain, column.levels)
        return f"Write '{word}'{certain.removeprefix(word)}. {allowed}"
    return f"{did_you_mean(near)}{allowed}"


def did_you_mean(words: Sequence[str]) -> str:
    """``Did you mean 'this' or 'that'? ``, or nothing."""
    return f"Did you mean {' or '.join(repr(w) for w in words)}? " if words else ""


def hint(value: Any, column: str, levels: Sequence[str]) -> str:
    """Begin of a remedy for an argument that should be a word: what is meant, or nothing."""
    certain, near = meant(str(value), column, levels)
    return did_you_mean([_word(certain, levels)] if certain else near)


def _word(certain: str, levels: Sequence[str]) -> str:
    """The word itself, without what else must hold for it to be right."""
    return certain if certain in levels else certain.split(" ")[0].rstrip(",")


def fold(text: str) -> str:
    """Lower case, simplified characters, and blanks for all that is no letter or digit.

    Examples
    --------
    >>> fold(" Died-in_CUSTODY "), fold("減刑")
    ('died in custody', '减刑')
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_SIMPLE)
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def meant(value: str, column: str, levels: Sequence[str]) -> tuple[str, list[str]]:
    """Word that a text stands for with certainty, or else those that are nearest to it.

    Examples
    --------
    >>> from clemency.records.schema import STATUSES
    >>> meant("in prison", "status", STATUSES), meant("relased", "status", STATUSES)
    (('serving', []), ('', ['released']))
    """
    said = fold(value)[:200]
    same = [level for level in levels if fold(level) == said]
    if same:
        return same[0], []
    synonyms = _synonyms(column)
    known = synonyms.get(said, "") or synonyms.get(_NOW.sub("", said), "")
    if _word(known, levels) in levels:
        return known, []
    same = [level for level in levels if fold(level) == _NOW.sub("", said)]
    if same:
        return same[0], []
    return "", _nearest(said, {level: fold(level) for level in levels})


def _nearest(said: str, folded: dict[str, str]) -> list[str]:
    """Up to three words that a text is a misspelling or a part of."""
    if len(said) < 3:
        return []
    score = {level: difflib.SequenceMatcher(None, said, text).ratio() for level, text in folded.items()}
    best = max(score.values(), default=0.0)
    if best < 0.85:  # a word of several may be what was left of it
        tokens = [t for t in said.split() if len(t) > 3]
        for level, text in folded.items():
            if tokens and all(difflib.get_close_matches(t, text.split(), n=1, cutoff=0.8) for t in tokens):
                score[level] = max(score[level], 0.85)
    best = max(score.values(), default=0.0)
    ordered = sorted(score, key=lambda level: -score[level])
    return [level for level in ordered if score[level] >= max(0.6, best - 0.05)][:3]


@lru_cache(maxsize=32)
def _synonyms(column: str) -> dict[str, str]:
    """What people write for the words of a column, folded, and the word, with what else must hold for it to be right.

    They stand in ``synonyms.csv`` and are offered as remedies only.
    """
    with Path(__file__).with_name("synonyms.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["column"] == column]
    return {said: row["word"] for row in rows for said in row["said"].split("; ")}


@lru_cache(maxsize=1)
def _provinces() -> dict[str, tuple[str, ...]]:
    """Names of each province, by code."""
    with (data_folder() / "provinces.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["province"]: (row["name"], row["name_zh"], row["court_abbreviation"]) for row in rows}


def _province(value: str) -> str:
    code, near = province_meant(value)
    if code:
        return f"Write {code}, the ISO code of {province_name(code)}."
    if near:
        offered = " or ".join(f"{c} ({province_name(c)})" for c in near)
        return f"Did you mean {offered}? Provinces are written as ISO codes, such as CN-XJ for Xinjiang."
    return "Write the ISO code of a province, such as CN-XJ for Xinjiang, or leave it empty if it is not known."


def province_meant(value: str) -> tuple[str, list[str]]:
    """Code of the province that a text names with certainty, or else the codes of those that are nearest to it.

    Examples
    --------
    >>> province_meant("XUAR"), province_meant("四川省"), province_meant("Xinjang")
    (('CN-XJ', []), ('CN-SC', []), ('', ['CN-XJ']))
    """
    names = _province_names()
    said = _bare(fold(value)[:200])
    others = _synonyms("province")
    if code := names.get(said) or others.get(said) or others.get(fold(value)[:200]):
        return code, []
    longer = [n for n in names if not n.startswith("cn ") and (len(n) > 3 or not n.isascii())]
    near = difflib.get_close_matches(said, longer, n=3, cutoff=0.75)
    return "", list(dict.fromkeys(names[n] for n in near))


def province_name(code: str) -> str:
    """English name of a province."""
    return _provinces()[code][0]


@lru_cache(maxsize=1)
def _province_names() -> dict[str, str]:
    return {_bare(fold(n)): code for code, many in _provinces().items() for n in (*many, code, code[3:])}


def _bare(name: str) -> str:
    """A name without the kind of unit that it is."""
    for unit in _UNITS:
        if name.endswith(unit) and len(name) > len(unit) + (0 if unit.isascii() else 1):
            return name.removesuffix(unit).strip()
    return name
