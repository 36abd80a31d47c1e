"""How spells ended -> codes, 0 for censoring, and the names of the kinds of event.

A column of 0 and 1 (numbers, yes and no) says whether the one event happened; words say what happened, and one of them
means censoring. Numbers above 1 are refused: they are as likely counts as kinds, and either guess would be wrong.
"""

from __future__ import annotations

import datetime
import numbers
import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.errors import DataError, Problem, UsageError
from clemency.typing import Ints

CENSORED = "censored"
#: Pairs of words that are certain: no event, and the event; the second is a kind of its own where it names one.
_PAIRS = {
    ("no", "yes"): False,
    ("n", "y"): False,
    ("false", "true"): False,
    ("f", "t"): False,
    ("0", "1"): False,
    ("0.0", "1.0"): False,
    ("否", "是"): False,
    ("alive", "dead"): True,
    ("alive", "died"): True,
    ("alive", "deceased"): True,
    ("存活", "死亡"): True,
}
_NONE = {no for no, _ in _PAIRS}
_EMPTY = {"", "nan", "na", "n/a", "<na>", "none", "null", "nat"}
_INFERRED = {"string": "word"} | dict.fromkeys(("boolean", "integer", "floating", "mixed-integer-float"), "number")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_WORDS = "Write what ended each spell in words, with 'censored' for those that nothing ended"
_MAP = "d['{name}'].map({{0: 'censored', 1: 'sentence_reduction', 2: 'death'}})"
_ABOVE = (
    f"If they are kinds, name them: {_MAP}. If they are counts of events, give totals to cl.rates(d, count='{{name}}', "
    "exposure=...) or cl.pooled_rates, or one row for each event to cl.recurrence"
)


def event_codes(column: pd.Series, name: str, censored: str | None = CENSORED) -> tuple[Ints, tuple[str, ...]]:
    """Give codes (-1 missing, 0 censored, k the k-th outcome) and names of the outcomes.

    Parameters
    ----------
    column : Series
    name : str
        Of the column, for messages.
    censored : str or None
        The word that means censoring; None if nobody is censored.

    Raises
    ------
    UsageError
        For words of which none is known to mean censoring, dates, and a `censored` that has no meaning for the column.
    DataError
        For numbers other than 0 and 1, and for values that are no kinds of event.
    """
    if censored is not None and not isinstance(censored, str):
        raise UsageError(f"censored= is the word for censoring in '{name}', or None if nobody is, not {censored!r}")
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        levels, code = dtype.categories, np.asarray(column.cat.codes, dtype=np.intp)
        if _kind(levels, name) == "number":
            values = np.r_[levels.to_numpy(dtype=np.float64), np.nan][code]
            return _numeric_events(values, name, censored)
        return _worded(code, [str(v) for v in levels], bool(dtype.ordered), name, censored)
    if isinstance(dtype, np.dtype) and dtype.kind in "biu" and len(column) and censored == CENSORED:
        code = column.to_numpy(dtype=np.intp)
        if code.min() >= 0 and code.max() <= 1:
            return code, ("event",)
    if _kind(column, name) == "number":
        return _numeric_events(_floats(column), name, censored)
    code, found = pd.factorize(column, sort=True)
    return _worded(code.astype(np.intp, copy=False), [str(v) for v in found], None, name, censored)


def _kind(values: pd.Series | pd.Index, name: str) -> str:
    """Whether values are numbers (or nothing at all) or words; a mixture and anything else is refused."""
    dtype = values.dtype
    if pd.api.types.is_complex_dtype(dtype):
        raise UsageError(f"'{name}' holds complex numbers: give 0 and 1, or words")
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return "number"
    if isinstance(dtype, pd.StringDtype):
        return "word"
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in _INFERRED:
        return _INFERRED[inferred]
    present = values.dropna()
    kinds = [_kind_of(v) for v in present]
    if not kinds or (kinds[0] != "" and kinds.count(kinds[0]) == len(kinds)):
        return kinds[0] if kinds else "number"
    dates = (datetime.date, datetime.timedelta, np.datetime64, np.timedelta64, pd.Period)
    if isinstance(present.iloc[0] if isinstance(present, pd.Series) else present[0], dates):
        raise UsageError(f"'{name}' holds dates or durations: give 0 and 1, or words for what ended each spell")
    place = next(i for i, k in enumerate(kinds) if k == "" or k != kinds[0])
    found = list(present)[place]
    row = int(np.flatnonzero(~values.isna())[place]) if isinstance(values, pd.Series) else None
    what = f"{type(found).__name__} in a column of events" if not kinds[place] else "words and numbers are mixed"
    raise DataError([Problem("data", row, name, str(found), what, f"{_WORDS}, or 0 and 1.")])


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        return "word"
    real = isinstance(value, (numbers.Number, np.bool_)) and not isinstance(value, (complex, np.complexfloating))
    return "number" if real and not isinstance(value, np.timedelta64) else ""


def _floats(column: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    if column.dtype == object:
        return np.array([np.nan if gone else float(v) for v, gone in zip(column, column.isna(), strict=True)])
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _numeric_events(values: Any, name: str, censored: str | None) -> tuple[Ints, tuple[str, ...]]:
    if censored not in (None, CENSORED):
        raise UsageError(f"censored={censored!r} has no meaning for '{name}', whose numbers say it: 0 is censored")
    gone = np.isnan(values)
    wrong = np.flatnonzero(~gone & (values != 0) & (values != 1))
    if len(wrong):
        raise DataError([_not_a_code(values, wrong, name)])
    if censored is None and (values == 0).any():
        row = int(np.flatnonzero(values == 0)[0])
        what = "0 says that nothing ended this spell, and censored=None that something did"
        raise DataError([Problem("data", row, name, "0", what, "Leave censored= out.")])
    return np.where(gone, -1.0, values).astype(np.intp), ("event",)


def _not_a_code(values: Any, wrong: Ints, name: str) -> Problem:
    """Name the first number that is neither 0 nor 1, and what to do about it."""
    value = values[wrong[0]]
    found = values[wrong]
    if np.isfinite(found).all() and (found > 1).all() and (found == np.floor(found)).all():
        several = f" ({len(wrong)} rows have such numbers)" if len(wrong) > 1 else ""
        several += "" if (values == 0).any() else ", and none is 0 (censored)"
        what = f"a whole number above 1 is a count or a kind, and no event code{several}"
        if set(values[~np.isnan(values)]) == {1.0, 2.0}:
            mend = f"If 1 is censored and 2 is the event, give 0 and 1: d['{name}'] - 1. {_ABOVE.format(name=name)}."
        else:
            mend = f"{_ABOVE.format(name=name)}."
    else:
        what, mend = "not an event code", f"Use 0 for censored and 1 for the event, or words. {_WORDS}."
    return Problem("data", int(wrong[0]), name, f"{value:g}", what, mend)


def _word(level: str) -> str:
    return unicodedata.normalize("NFKC", level).strip().casefold()


def _worded(
    code: Ints, levels: list[str], ordered: bool | None, name: str, censored: str | None
) -> tuple[Ints, tuple[str, ...]]:
    """Codes and kinds of a column of words, of which none, one or several spellings mean censoring."""
    if not levels:
        return code, ("event",)
    seen = np.zeros(len(levels) + 1, dtype=bool)
    seen[code] = True
    used = [i for i in range(len(levels)) if seen[i]]
    words = [_word(level) for level in levels]
    outside = _outside(levels, words, used, ordered, name, censored)
    kinds = [i for i in range(len(levels)) if i not in outside]
    pair = _pair(words) if censored == CENSORED else None
    if pair is None:
        explicit = censored not in (None, CENSORED) and len(levels) == 2
        _check_kinds(code, levels, words, [i for i in kinds if seen[i]], name, explicit)
    place = np.zeros(len(levels) + 1, dtype=np.intp)
    place[-1] = -1  # code -1, a missing value, reads the last place
    if pair is not None:
        place[kinds] = 1
        return place[code], (levels[kinds[0]] if kinds and _PAIRS[pair] else "event",)
    place[kinds] = np.arange(1, len(kinds) + 1)
    return place[code], tuple(levels[i] for i in kinds) or ("event",)


def _outside(
    levels: list[str], words: list[str], used: list[int], ordered: bool | None, name: str, censored: str | None
) -> list[int]:
    """Places of the levels that are no kind of event: those that mean censoring."""
    if censored is None:
        return [i for i, w in enumerate(words) if i not in used and (w == CENSORED or w in _NONE)]
    exact = [i for i, level in enumerate(levels) if level == censored]
    found = exact if censored != CENSORED and exact else [i for i, w in enumerate(words) if w == _word(censored)]
    if found:
        return found
    if censored != CENSORED:
        raise UsageError(
            f"censored={censored!r} is no value of '{name}' ({_some(levels)}): name the one that means censoring, or "
            "say censored=None if nobody is censored"
        )
    pair = _pair(words)
    if pair is not None and not (ordered and len(set(words)) == 2 and words[0] != pair[0]):
        return [i for i, w in enumerate(words) if w == pair[0]]
    if ordered and pair is None:
        return [0]
    raise UsageError(_unknown(levels, ordered, name))


def _pair(words: list[str]) -> tuple[str, str] | None:
    """The pair that all words belong to; a single letter is not certain enough."""
    if len(set(words)) == 1 and words[0].isascii() and words[0].isalpha() and len(words[0]) == 1:
        return None
    return next((p for p in _PAIRS if set(words) <= set(p)), None)


def _unknown(levels: list[str], ordered: bool | None, name: str) -> str:
    if ordered:
        return (
            f"'{name}' is ordered {_some(levels)}, as if '{levels[0]}' were censoring: say which value means it with "
            "censored=, or order the categories with it first"
        )
    if all(_NUMBER.fullmatch(_word(level)) for level in levels):
        return f"'{name}' holds numbers as text ({_some(levels)}), not 0 and 1. {_ABOVE.format(name=name)}"
    mend = (
        "name the one for censoring with censored='...', say censored=None if nobody is censored and each is a kind of "
        "event, or make it an ordered categorical, censoring first"
    )
    if ordered is None:
        return f"'{name}' is text without the value '{CENSORED}' ({_some(levels)}): {mend}"
    return (
        f"'{name}' is a categorical of which no level is '{CENSORED}' ({_some(levels)}), and its levels have no order: "
        f"{mend} (cat.set_categories with ordered=True), or rename it (cat.rename_categories)"
    )


def _check_kinds(code: Ints, levels: list[str], words: list[str], kinds: list[int], name: str, explicit: bool) -> None:
    """Refuse words that cannot be a kind of event, and one kind spelled in two ways."""
    row = {i: int(np.flatnonzero(code == i)[0]) for i in kinds}
    numeric = not explicit and all(_NUMBER.fullmatch(w) for w in words)  # "2" beside "censored" is a name
    for i in sorted(kinds, key=row.__getitem__):
        word, mend = words[i], f"{_WORDS}."
        twin = next((levels[j] for j in kinds if words[j] == word and row[j] < row[i]), None)
        if word in _EMPTY:
            what, mend = "this says that the end is not known", "Make it missing (None), or name what ended the spell."
        elif numeric:
            what, mend = "a number as text", f"{_ABOVE.format(name=name)}."
        elif (word in _NONE or word == CENSORED) and not explicit:
            what = "this says that nothing ended the spell, but stands as a kind of event"
            mend = "Give one word to all spells that nothing ended, 'censored' or what censored= names."
        elif twin is not None:
            what, mend = f"one kind of event is written in two ways, here and as '{twin}'", "Write it in one way."
        else:
            continue
        raise DataError([Problem("data", row[i], name, levels[i], what, mend)])


def _some(levels: list[str]) -> str:
    return ", ".join(levels[:8]) + (" ..." if len(levels) > 8 else "")
