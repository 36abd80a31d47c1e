"""A table of rules, shipped or given -> checked rules, or the problems in it.

A condition, a group or a number that is misspelt would make a rule apply to nobody, or to somebody else, in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import RULES, SENTENCE_TYPES
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load
from clemency.records.values.words import empty_rows, fold, hint

_NEEDED = ("rule_id", "effective_from", "effective_to", "applies_to", "rule_kind", "value", "unit")
_TOLD = ("instrument", "article", "source_ids", "note")
#: Kinds of rules of which nothing is worked out, so that their values may be words.
_ONLY_TOLD = ("medical_parole_condition", "reprieved_death_minimum")
_MONTHS = (
    *("min_months", "min_months_excl", "max_months", "max_months_excl"),
    *("remaining_months_lt", "after_cut_months_lt", "after_cut_months_ge"),
)
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_FRACTION = re.compile(r"[1-9][0-9]*/[1-9][0-9]*")
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)-([0-9]+(?:\.[0-9]+)?)")
_CONDITIONS = "Conditions are key=value, joined by ; and alternatives by |, such as sentence=fixed;group=ess|terrorism."

Found = Iterator[tuple[str, str, str, str]]


def conditions(text: Any) -> dict[str, set[str]]:
    """Conditions of a rule, by key.

    Examples
    --------
    >>> {k: sorted(v) for k, v in conditions("sentence=fixed;group=ess|terrorism").items()}
    {'sentence': ['fixed'], 'group': ['ess', 'terrorism']}
    """
    found: dict[str, set[str]] = {}
    for part in str(text).split(";"):
        key, _, value = part.partition("=")
        found[key] = set(value.split("|"))
    return found


def rule_table(rules: pd.DataFrame | None) -> pd.DataFrame:
    """The shipped rules, or those given, checked and with their values as text.

    Raises
    ------
    UsageError
        If a column is missing.
    DataError
        For dates, values, units and conditions that are none, each with its row, and rules that are there twice.
    """
    if rules is None:
        return load("rules")
    missing = [c for c in _NEEDED if c not in rules]
    if missing:
        raise UsageError(f"rules has no column {', '.join(missing)}. Use the form of cl.load('rules').")
    dated = ("effective_from", "effective_to")
    filled = ("rule_id", "effective_from", "applies_to", "rule_kind", "unit")
    rules = checked_frame(rules, RULES, dates=dated, filled=filled, keyed=True)
    if problems := rule_problems(rules, "rules"):
        raise DataError(problems)
    told = {c: pd.Series(pd.NA, index=rules.index, dtype="string") for c in _TOLD if c not in rules}
    return rules.assign(value=pd.array([_text(v) or None for v in rules["value"]], dtype="string"), **told)


def rule_problems(rules: pd.DataFrame, name: str, lines: Sequence[int] | None = None) -> list[Problem]:
    """What in a table of rules would make one apply to nobody, or otherwise than it says.

    Parameters
    ----------
    rules : DataFrame
        In the form of `rules`, dates and keys checked.
    name : str
        Of the file or frame, for messages.
    lines : sequence of int, optional
        Line of each row in a file.
    """
    columns = ("applies_to", "rule_kind", "value", "unit")
    empty = {c: set(empty_rows(rules[c]).tolist()) for c in columns}
    problems = []
    for i, values in enumerate(zip(*(rules[c] for c in columns), strict=True)):
        row = {c: None if i in empty[c] else v for c, v in zip(columns, values, strict=True)}
        row_in = i if lines is None else lines[i]
        problems += [Problem(name, row_in, *told) for told in (*_of_kind(row), *_of_value(row), *_of_conditions(row))]
    return problems + _of_dates(rules, name, lines)


def _of_dates(rules: pd.DataFrame, name: str, lines: Sequence[int] | None) -> list[Problem]:
    if lines is not None:
        return []  # told with the other dates of a file that are out of order
    first, last = (dates.bounds(rules[c], name=c, table=name) for c in ("effective_from", "effective_to"))
    message, remedy = "earlier than effective_from", "Correct one of the two dates."
    wrong = np.flatnonzero(dates.out_of_order(first, last))
    return [Problem(name, int(i), "effective_to", str(rules["effective_to"].iloc[i]), message, remedy) for i in wrong]


def _of_kind(row: dict[str, Any]) -> Found:
    kind = row["rule_kind"]
    if kind is not None and kind not in _known().kinds:
        remedy = f"{hint(kind, 'rule_kind', _known().kinds)}There are: {', '.join(_known().kinds)}."
        yield "rule_kind", str(kind), "not a kind of rule", remedy


def _of_value(row: dict[str, Any]) -> Found:
    kind, value, unit = row["rule_kind"], _text(row["value"]), str(row["unit"])
    if kind in _ONLY_TOLD or kind not in _known().kinds:
        return
    if kind == "parole_barred":
        if value not in ("0", "1"):
            yield "value", value, "neither 0 nor 1", "Write 1 for a bar to parole and 0 where there is none."
        return
    if unit not in _known().units:
        remedy = f"{hint(unit, 'unit', _known().units)}There are: {'; '.join(_known().units)}."
        yield "unit", unit, "not a unit of rules", remedy
    elif value and unit.startswith("fraction"):
        if not _FRACTION.fullmatch(value) or _share(value) > 1:
            yield "value", value, "not a fraction of one or less", "Write a fraction such as 1/2."
    elif value and not _PLAIN.fullmatch(value):
        yield "value", value, "not a number", "Write a plain number, or leave it empty if the rule names none."


def _share(text: str) -> float:
    top, bottom = map(int, text.split("/"))
    return top / bottom


def _of_conditions(row: dict[str, Any]) -> Found:
    text = row["applies_to"]
    if text is None:
        return
    if not isinstance(text, str):
        yield "applies_to", str(text), "not text", _CONDITIONS
        return
    seen: set[str] = set()
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if not equals or not value or key in seen:
            yield "applies_to", part, "the condition is there twice" if key in seen else "not a condition", _CONDITIONS
        else:
            yield from _of_condition(part, key, value.split("|"))
        seen.add(key)


def _of_condition(part: str, key: str, words: list[str]) -> Found:
    known = _known().conditions
    if key not in known:
        remedy = f"{hint(key, 'applies_to', sorted(known))}There are: {', '.join(sorted(known))}."
        yield "applies_to", part, f"no condition is called '{key}'", remedy
    elif key in _MONTHS:
        if not all(_PLAIN.fullmatch(w) for w in words):
            yield "applies_to", part, "not a number of months", "Write months such as 120."
    elif key == "after_cut_months":
        span = _SPAN.fullmatch(words[0])
        if len(words) > 1 or not span or float(span[1]) > float(span[2]):
            yield "applies_to", part, "not a span of months", "Write months such as 24-36."
    else:
        for word in words:
            if (mend := _other_word(word, key, known[key])) is not None:
                yield "applies_to", part, f"'{word}' is no {key} of the rules", mend


def _other_word(word: str, key: str, known: frozenset[str]) -> str | None:
    """What to write for a word that cannot stand; None where it can. Groups and grounds may be of one's own."""
    if word in known:
        return None
    same = [k for k in known if fold(k) == fold(word)]
    if same or word != word.strip():
        return f"Write '{same[0] if same else word.strip()}'."
    if key == "sentence":
        return f"{hint(word, 'sentence_type', sorted(known))}There are: {', '.join(sorted(known))}."
    return None if word else _CONDITIONS


def _text(value: Any) -> str:
    """A value as text, without the point that numbers of a spreadsheet get; empty if missing."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return f"{value:g}"
    return str(value)


class _Known:
    """Words of the shipped rules."""

    def __init__(self, rules: pd.DataFrame) -> None:
        self.kinds = tuple(sorted(set(rules["rule_kind"].astype(str))))
        told = rules["rule_kind"].isin(_ONLY_TOLD).to_numpy(dtype=bool)
        self.units = tuple(sorted(set(rules.loc[~told, "unit"].astype(str)) - {"yes", "no"}))
        named: dict[str, set[str]] = {"sentence": set(SENTENCE_TYPES)}
        for text in rules["applies_to"]:
            for key, words in conditions(text).items():
                named.setdefault(key, set()).update(words)
        self.conditions = {k: frozenset(v) for k, v in named.items()}


@lru_cache(maxsize=1)
def _known() -> _Known:
    return _Known(load("rules"))
