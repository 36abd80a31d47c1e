"""Texts of rulings, whole or cut into words, -> what goes with the size of a cut, one row for each text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import takewhile
from typing import Any

import pandas as pd

from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.printable import shortened
from clemency.records.tables.derive import charge_family
from clemency.records.tables.loading import load
from clemency.sources.rulings.documents.received import column_of
from clemency.sources.rulings.names.charges import charge_keys, joined_charges
from clemency.sources.rulings.parts.findings import read_findings, read_flags
from clemency.sources.rulings.parts.notes import Notes
from clemency.sources.rulings.prose.characters import plain
from clemency.sources.rulings.prose.lengths import length
from clemency.sources.rulings.prose.numerals import NUMERAL, whole
from clemency.sources.rulings.reader import read_text

_FOUND = ("commendations", "merits", "activist_titles", "praises", "points")
_FLAGS = ("merit", "major_merit", "recidivist", "gang", "duty_crime", "principal", "deducted")
COLUMNS = (
    *("charges", "charge_family", "sentence_type", "sentence_months", "proposed_months"),
    *(*_FOUND, "property_paid", *_FLAGS),
)
#: The sentence stands within the first words of a text cut into words, behind the charges.
_SENTENCE = re.compile(
    rf"(?P<life>无期徒刑)|(?P<death>死刑)|有期徒刑(?P<length>{NUMERAL}年(?:零?{NUMERAL}个(?:月)?)?|{NUMERAL}个(?:月)?)"
)
_LEADS = tuple(map(re.compile, ("", r"^被告人因?", r".*因犯", r".*犯(?!罪)", r"^(?:该犯)?[因以]")))
_BRACKETED = re.compile(r"（[^（）]{0,12}）|，")
_NO_HEAD = re.compile(r"建议|减去|减刑|执行机关|服刑")
_PROPOSED = re.compile(
    rf"建议[^。]{{0,12}}?(?:减去有期徒刑|减刑|减去)(?P<v>(?:{NUMERAL}年)?(?:零?{NUMERAL}个月?)|{NUMERAL}年)(?!{NUMERAL})"
)
_COUNTS = (
    ("commendations", "表扬"), ("merits", "记功"), ("activist_titles", "积极分子"), ("praises", "嘉奖"),
)  # fmt: skip
_UNPAID = re.compile(r"(?:未|没有)(?:能)?(?:积极)?(?:缴纳|交纳|履行)(?:罚金|财产|赔偿|本次)?")
_PAID = re.compile(r"(?:已|全部|积极)(?:全部|足额)?(?:缴纳|交纳|履行|缴清)|(?:缴纳|交纳)罚金")
_HEAD = 160
_REMEDY = "Give the words of the ruling, bytes as decoded, and None where there is no text."


@typed
def ruling_features(texts: pd.DataFrame | pd.Series | Sequence[str], *, column: str = "text") -> pd.DataFrame:
    """What texts of rulings say of charge, term, conduct, payment and restrictions.

    Parameters
    ----------
    texts : Series, sequence of str, or DataFrame
        Whole rulings, or texts cut into words with blanks between them, from which a contest has taken digits, stop
        words and the decision: charges and sentence stand first in those.
    column : str
        Of a frame: the column of texts.

    Returns
    -------
    DataFrame, shape (n, 19)
        ``charges, charge_family, sentence_type, sentence_months, proposed_months``, counts of awards, ``points``,
        ``property_paid`` and marks (``recidivist``, ``gang`` ...), with the index of the texts. Missing is what a text
        does not say in a form that is known; a mark is True where it is said and False where it is not. Where there is
        no text, or an empty one, all is missing.

    Raises
    ------
    UsageError
        If the frame does not have the column once, or `texts` is a single text, bytes, a mapping or a set.
    DataError
        For values that are neither text nor missing.

    Examples
    --------
    >>> made_up = "盗窃罪 抢劫罪 有期徒刑 十二年 六个 执行 机关 建议 减去 有期徒刑 四个 获得 表扬 4 次 犯系 累犯"
    >>> row = ruling_features([made_up]).iloc[0]
    >>> row["charges"], float(row["sentence_months"]), float(row["proposed_months"]), bool(row["recidivist"])
    ('盗窃罪; 抢劫罪', 150.0, 4.0, True)
    """
    series = _series(texts, column)
    told = [isinstance(t, str) and bool(t.strip()) for t in series]
    rows = [_features(t) if there else {} for t, there in zip(series, told, strict=True)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), index=series.index)
    frame["charge_family"] = _families(frame["charges"])
    for name in ("sentence_months", "proposed_months", *_FOUND):
        frame[name] = pd.to_numeric(frame[name]).astype("float64")
    for name in _FLAGS:
        marks = [value is True if there else None for value, there in zip(frame[name], told, strict=True)]
        frame[name] = pd.array(marks, dtype="boolean")
    for name in ("charges", "charge_family", "sentence_type", "property_paid"):
        frame[name] = frame[name].astype("string")
    return frame


def _series(texts: Any, column: str) -> pd.Series:
    """The texts as a column; what is no text is refused with its row."""
    if isinstance(texts, pd.DataFrame):
        series = column_of(texts, column)
    elif isinstance(texts, str | bytes | Mapping | Set) or not isinstance(texts, Iterable):
        mapped = " Make a DataFrame of it: pd.DataFrame(...)." if isinstance(texts, Mapping) else ""
        remedy = " Write [text] for a single one." if isinstance(texts, str) else mapped
        raise UsageError(f"texts= takes a column or list of texts, not {shortened(repr(texts), 60)}.{remedy}")
    else:
        series = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
    problems = [
        Problem("texts", row, column, str(value), f"{type(value).__name__}, not a text", _REMEDY)
        for row, value in enumerate(series)
        if not isinstance(value, str) and not (pd.api.types.is_scalar(value) and pd.isna(value))
    ]
    if problems:
        raise DataError(problems)
    return series


def _features(text: str) -> dict[str, Any]:
    if "。" not in text:
        return _of_words(text)
    people = read_text(text).people
    return {name: people[0].get(name) for name in COLUMNS} if people else {}


def _of_words(text: str) -> dict[str, Any]:
    """Values of a text cut into words."""
    words = text.split()
    said = plain("".join(words)).text
    values: dict[str, Any] = _sentence(said, words)
    notes = Notes()
    read_findings(said, (0, len(said)), notes)
    read_flags(said, (0, len(said)), notes)
    values |= {name: notes.get(name) for name in (*_FOUND, *_FLAGS) if notes.get(name) is not None}
    if values.get("charges") and any(w in values["charges"] for w in ("贪污", "受贿罪", "挪用公款")):
        values["duty_crime"] = values["charges"] != "非国家工作人员受贿罪"
    for name, word in _COUNTS:
        values.setdefault(name, _count(words, word))
    values["property_paid"] = "unpaid" if _UNPAID.search(said) else "paid" if _PAID.search(said) else None
    found = {length(_with_months(m["v"])) for m in _PROPOSED.finditer(said)}
    only = found.pop() if len(found) == 1 else None
    values["proposed_months"] = only.months if only else None
    return values


def _with_months(said: str) -> str:
    """A length whose 月 was taken out as a stop word."""
    return said if "月" in said or "个" not in said else f"{said}月"


def _sentence(said: str, words: list[str]) -> dict[str, Any]:
    found = _SENTENCE.search(said[:_HEAD])
    if found is None:
        return {"charges": _first_words(words)}
    before = _BRACKETED.sub("", said[: found.start()]).removesuffix("有期徒刑").removesuffix("判处")
    if _NO_HEAD.search(before):  # the sentence was left out, and this is what was proposed
        return {"charges": _first_words(words)}
    names = next(filter(None, (joined_charges(lead.sub("", before, count=1)) for lead in _LEADS)), None)
    values: dict[str, Any] = {"charges": "; ".join(names) if names else None}
    if found["life"] or found["death"]:
        return {**values, "sentence_type": "life" if found["life"] else "death_reprieve"}
    told = length(_with_months(found["length"]))
    return {**values, "sentence_type": "fixed", "sentence_months": told.months if told else None}


def _first_words(words: list[str]) -> str | None:
    """Charges where no sentence follows them: the first words that end in 罪."""
    leading = list(takewhile(lambda word: word.endswith("罪"), words))
    names = joined_charges("".join(leading)) if leading else None
    return "; ".join(names) if names else None


def _count(words: list[str], word: str) -> int | None:
    """A number beside a word, where the sign for times was taken out; None where several differ."""
    found = set()
    for i, one in enumerate(words[:-1]):
        if one.endswith(word):
            after = words[i + 1] if words[i + 1] != "奖励" else words[i + 2] if i + 2 < len(words) else ""
            told = whole(after) if re.fullmatch(r"\d{1,2}", after) else None
            if told is not None:
                found.add(told)
    return found.pop() if len(found) == 1 else None


def _families(charges: pd.Series) -> pd.Series:
    """Family of each text's charges; each combination of them is looked up once."""
    told = [names for names in dict.fromkeys(charges.dropna()) if names]
    keys = {names: " ".join(charge_keys(tuple(names.split("; ")))) for names in told}
    known = {names: key for names, key in keys.items() if key}
    if not known:
        return pd.Series(pd.NA, index=charges.index, dtype="string")
    found = charge_family(
        pd.Series(list(known.values()), dtype="string"), load("charges").set_index("charge_id")["family"]
    )
    return charges.map(dict(zip(known, map(str, found), strict=True)))
