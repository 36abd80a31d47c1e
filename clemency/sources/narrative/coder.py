"""Summaries of cases in English -> acts of clemency of the person whom each record is about, with their evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem
from clemency.records.schema import GRANTED
from clemency.sources.narrative.acts import findings, settling
from clemency.sources.narrative.patterns.table import TRIGGER
from clemency.sources.narrative.prose import clauses

COLUMNS = ("record", "act_type", "granted", "date", "months", "certainty", "start", "end", "pattern")
_NAMES = ("name", "alternate_name", "additional_name", "pinyin_name")


@typed
def code_acts(frame: pd.DataFrame) -> pd.DataFrame:
    """Acts of clemency, refusals, extensions and cuts on appeal that summaries tell of the record's own person.

    Parameters
    ----------
    frame : DataFrame, shape (n, k)
        Columns ``record`` (unique), ``name`` and ``summary``; tags and entities may stand in the summary. Names
        in ``alternate_name``, ``additional_name`` and ``pinyin_name`` are used where there are such columns.

    Returns
    -------
    DataFrame
        One row per act: ``record``, ``act_type`` (a type of :data:`clemency.records.schema.ACT_TYPES`, or
        ``reduction_on_appeal``), ``granted`` (False for refusals, extensions and cuts on appeal), ``date`` (EDTF,
        missing where not told), ``months`` (cut or added; before the end of the term for an early release),
        ``certainty`` (``stated`` or ``inferred``), ``start`` and ``end`` (positions of the evidence in the summary
        as given) and ``pattern`` (see :data:`clemency.sources.narrative.patterns.table.PATTERNS`). Sorted by record and
        position.

    Raises
    ------
    DataError
        If a column is missing, or a record is missing or stands twice.

    Notes
    -----
    Rules, not a fitted model; ``docs/narrative.md`` says how well they do, what they cannot do, and how long a sentence
    may be. The cost grows with the length of the text alone, whatever it says.

    Examples
    --------
    >>> text = "A court reduced Test Person's sentence by six months on May 4, 2015."
    >>> acts = code_acts(pd.DataFrame({"record": ["1"], "name": ["Test Person"], "summary": [text]}))
    >>> acts[["act_type", "date", "months"]].values.tolist()
    [['sentence_reduction', '2015-05-04', 6.0]]
    >>> text[acts.start[0] : acts.end[0]]
    "reduced Test Person's sentence by six months on May 4, 2015"
    """
    _checked(frame)
    name_columns = [c for c in _NAMES if c in frame.columns]
    rows = []
    for record, summary, *names in frame[["record", "summary", *name_columns]].itertuples(index=False, name=None):
        if not isinstance(summary, str) or not TRIGGER.search(summary):
            continue
        for act in code_text(summary, [n for n in names if isinstance(n, str)]):
            rows.append((record, *act))
    coded = pd.DataFrame(rows, columns=list(COLUMNS))
    coded = coded.astype({"granted": bool, "months": float, "start": int, "end": int})
    order = coded["record"].astype(str)
    return (
        coded.assign(_order=order)
        .sort_values(["_order", "start", "end", "act_type"], kind="stable")
        .drop(columns="_order")
        .reset_index(drop=True)
    )


def _checked(frame: pd.DataFrame) -> None:
    problems = []
    for column in ("record", "name", "summary"):
        if column not in frame.columns:
            problems.append(Problem("frame", None, column, "", "there is no such column", "Name it, or rename yours."))
    for column in dict.fromkeys(frame.columns[frame.columns.duplicated()]):
        problems.append(Problem("frame", None, str(column), "", "the column is there twice", "Keep one of them."))
    if problems:
        raise DataError(problems)
    record = frame["record"]
    for at in (record.isna() | record.duplicated(keep=False)).to_numpy().nonzero()[0]:
        value = record.iloc[at]
        missing = pd.isna(value)
        problems.append(
            Problem(
                "frame",
                int(at),
                "record",
                "" if missing else str(value),
                "no record number" if missing else "the record stands more than once",
                "Give each summary one number of its own.",
            )
        )
    if problems:
        raise DataError(problems)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Evidence without the conjunctions, commas and stops at its ends."""
    phrase = text[start:end]
    left = re.match(r"(?:[ ,;(]|and\b)*", phrase)
    right = len(phrase.rstrip(" ,;.("))
    begin = left.end() if left else 0
    return (start + begin, start + right) if begin < right else (start, end)


def code_text(summary: str, names: Sequence[str]) -> list[tuple]:
    """Acts in one summary, as tuples of the columns of :func:`code_acts` after ``record``."""
    context = clauses.context(summary, names)
    acts = settling.settled(context, list(findings.found(context)))
    rows = []
    for act in sorted(acts, key=lambda a: (a.start, a.end)):
        start, end = context.plain.place(*_trimmed(context.text, act.start, act.end))
        sure = "inferred" if act.inferred else "stated"
        rows.append((act.act, act.act in GRANTED, act.date, act.months, sure, start, end, act.pattern))
    return rows
