"""Terms and kinds of sentence of cases with acts that changed them -> those that the court passed.

An export gives the current or last sentence. Leaving it empty where an act changed it would empty it for those with an
act and for nobody else, and a model with the term would lose its events; so it is worked out from the acts and from
what the narrative tells, and marked as inferred.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clemency.records.schema import SENTENCE_TYPES
from clemency.sources.cecc.terms import Doubts
from clemency.sources.narrative.prose import plaintext
from clemency.sources.narrative.prose.durations import DURATION, NUMBER, months, number

_CUT, _EXTENDED = "sentence_reduction", "sentence_extension"
_NEAR = 0.1  # months: days told as parts of months
_ANY = re.compile(rf"(?<![\w.])({DURATION})", re.I)
_LISTED = re.compile(rf"\b((?:{NUMBER}, ){{1,30}}+(?:and )?{NUMBER}|{NUMBER} (?:and|or) {NUMBER}) years\b", re.I)
_ONE = re.compile(rf"\b{NUMBER}(?=,| and| or|$)", re.I)
_CHANGED_TO = re.compile(
    r"\b(?:reduc|commut|cut|lower|shorten|increas|exten|lengthen)\w*[^.;]{0,80}\bto (?:an? )?$", re.I
)
_TO = re.compile(r"\bto (?:an? )?$", re.I)
_PASSED = re.compile(
    rf"\bsentenc(?:ed|ing)\b(?:(?!\breduc|\bcut\b|\bcommut)[^.;]){{0,160}}?\bto (?:serve )?({DURATION})", re.I
)


@dataclass(frozen=True, slots=True)
class Told:
    """Lengths of time in a narrative, in months.

    Attributes
    ----------
    any : tuple of float
    unchanged : tuple of float
        Without those to which a sentence was reduced or extended.
    passed : tuple of float
        Those to which somebody was sentenced.
    """

    any: tuple[float, ...]
    unchanged: tuple[float, ...]
    passed: tuple[float, ...]


def told(summary: str) -> Told:
    """Read the lengths of time in a narrative.

    Examples
    --------
    >>> told("A court sentenced him to 19 years in prison, later reduced to 16 years.")
    Told(any=(228.0, 192.0), unchanged=(228.0,), passed=(228.0,))
    """
    text = plaintext.read(summary).text
    lengths = [(m.start(), months(m[1]) or 0.0) for m in _ANY.finditer(text)]
    lengths += [(m.start(), 12 * number(one)) for m in _LISTED.finditer(text) for one in _ONE.findall(m[1])]
    unchanged = tuple(v for at, v in lengths if not _changed_to(text, at))
    passed = tuple(dict.fromkeys(months(m[1]) or 0.0 for m in _PASSED.finditer(text)))
    return Told(tuple(v for _, v in lengths), unchanged, passed)


def _changed_to(text: str, at: int) -> bool:
    """Whether a sentence was reduced or extended to the length at a place."""
    return bool(_TO.search(text, max(at - 6, 0), at) and _CHANGED_TO.search(text, max(at - 120, 0), at))


def term_passed(term: float, cut: float, extended: float, words: Told) -> tuple[float, str]:
    """Term as passed and how it is known, from the current or last one.

    Parameters
    ----------
    term : float
        Months that the export gives.
    cut, extended : float
        Months by which acts shortened and lengthened it; NaN where one of them does not say.
    words : Told

    Returns
    -------
    months : float
        NaN if nothing tells.
    basis : str

    Notes
    -----
    Either the export has taken the acts into account or it has not. The narrative decides where it names one of the
    two lengths, or one in between that was passed (some acts are taken off, or a length is rounded); if it names none
    of them, the acts are put back, for the database takes them off in most records.

    Examples
    --------
    >>> term_passed(192, 36, 0, told("He was sentenced to 19 years; in 1994 three years were taken off."))
    (228.0, 'the months of the acts are put back: the narrative tells of this length')
    >>> term_passed(72, 12, 0, told("The court commuted the six year prison sentence by one year."))
    (72.0, 'as the export gives it: the narrative tells of this length')
    """
    before = term + cut - extended
    if np.isfinite(before) and before > 0:
        close = [v for v in words.any if abs(v - before) <= _NEAR]
        if close:
            return close[0], "the months of the acts are put back: the narrative tells of this length"
        if _has(words.unchanged, term):
            return float(term), "as the export gives it: the narrative tells of this length"
        between = [v for v in words.passed if min(term, before) <= v <= max(term, before)]
        if len(between) == 1:
            return between[0], "some of the acts are put back: the narrative tells that this length was passed"
        return round(before, 4), "the months of the acts are put back: the narrative tells of no such length"
    if extended == 0:
        longer = [v for v in words.passed if v >= term - _NEAR]
        if _has(longer, term):
            return float(term), "as the export gives it: the narrative tells that it was passed"
        if len(longer) == 1:
            return longer[0], "the one length that the narrative tells was passed"
    return np.nan, "empty: neither the acts nor the narrative tell by how much it was changed"


def _has(values: tuple[float, ...] | list[float], term: float) -> bool:
    return any(abs(v - term) <= _NEAR for v in values)


def as_passed(cases: pd.DataFrame, acts: pd.DataFrame, summaries: pd.Series, doubts: Doubts) -> pd.DataFrame:
    """Put kind and term of the sentence as passed in place of the current ones, where acts changed them.

    Parameters
    ----------
    cases : DataFrame
        With ``case_id, sentence_type, sentence_months, inferred``.
    acts : DataFrame
        With ``case_id, act_type, months``.
    summaries : Series
        The narrative of each case, in their order.
    doubts : Doubts

    Returns
    -------
    DataFrame
        Commuted sentences have the kind that was commuted and no term; ``inferred`` names what was worked out.
    """
    kind = acts["act_type"].astype("string")
    rows = pd.Series(np.arange(len(cases)), index=cases["case_id"].to_numpy())
    changing = acts[kind.isin([_CUT, _EXTENDED]) | kind.str.startswith("commutation").fillna(False)]
    types = cases["sentence_type"].astype(object).to_numpy(copy=True)
    terms = cases["sentence_months"].to_numpy(dtype=float, copy=True)
    marks = cases["inferred"].astype(object).to_numpy(copy=True)
    for case, own in changing.groupby("case_id", sort=False):
        i, kinds = int(rows[case]), own["act_type"].astype(str)
        commuted = _commuted(kinds)
        if commuted and (pd.isna(types[i]) or types[i] in ("fixed", commuted)):
            if types[i] != commuted:
                _say(doubts, i, "sentence_type", str(types[i] or ""), f"commuted: {commuted} as it was passed")
                types[i], marks[i] = commuted, _marked(marks[i], "sentence_type", drop="sentence_months")
            terms[i] = np.nan
        elif np.isfinite(terms[i]):
            cut, longer = (own.loc[kinds == k, "months"].astype(float).sum(skipna=False) for k in (_CUT, _EXTENDED))
            value, basis = term_passed(terms[i], cut, longer, told(str(summaries.iloc[i] or "")))
            _say(doubts, i, "term", f"{terms[i]:g} months", f"before or after the acts that changed it; {basis}")
            terms[i] = value
            marks[i] = _marked(marks[i], "sentence_months" if np.isfinite(value) else None, drop="sentence_months")
    return cases.assign(
        sentence_type=pd.Categorical(types, categories=list(SENTENCE_TYPES)),
        sentence_months=terms,
        inferred=pd.array(marks, dtype="string"),
    )


def _commuted(kinds: pd.Series) -> str | None:
    """Kind of sentence that was commuted first, if one was."""
    if kinds.str.startswith("commutation_death").any():
        return "death_reprieve"
    return "life" if kinds.str.startswith("commutation_life").any() else None


def _marked(old: object, name: str | None, drop: str) -> str | None:
    names = [n for n in (old.split() if isinstance(old, str) else []) if n not in (drop, name)]
    return " ".join([*names, *([name] if name else [])]) or None


def _say(doubts: Doubts, row: int, field: str, value: str, doubt: str) -> None:
    doubts.rows.append((row, field, value, doubt))
