"""A table of cases and a day -> what the rules in force allowed each of them, in one table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates as edtf
from clemency.records.arguments.days import When, one_day
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.rules.eligibility import COLUMNS, answers, number
from clemency.records.rules.rulebook import rulebook
from clemency.records.rules.rulechecks import rule_table
from clemency.records.schema import ACTS, CASES
from clemency.records.tables.derive import charge_family
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load

_NEEDED = ("case_id", "sentence_type", "sentence_months", "detention_date", "sentence_date")


@typed
def eligibilities(
    cases: pd.DataFrame,
    *,
    on: When,
    acts: pd.DataFrame | None = None,
    groups: str | Iterable[str] = (),
    rules: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """State what the rules in force on a day allowed each of many cases: `eligibility` over a table.

    Parameters
    ----------
    cases : DataFrame
        In the form of `cases`: one row per ``case_id``.
    on, groups, rules
        As in `eligibility`; the groups are taken for all cases.
    acts : DataFrame, optional
        Earlier acts of these cases, in the form of `acts`; none without it.

    Returns
    -------
    DataFrame
        ``case_id`` and the columns of an `Eligibility`, one row per answer. A case for which nothing can be worked out
        has one row without a question, whose note says why.

    Raises
    ------
    UsageError
        For columns that are missing, a case that is there twice, and as `eligibility`.
    DataError
        For words, numbers and dates that `check` would name in a file, each with its row.

    Examples
    --------
    >>> import clemency as cl
    >>> found = cl.eligibilities(cl.load("cases").head(20), on="2017-05-27", acts=cl.load("acts"))
    >>> found["case_id"].nunique()
    20
    """
    day, book = one_day(on, "on"), rulebook(rule_table(rules))
    missing = [c for c in _NEEDED if c not in cases]
    if missing:
        raise UsageError(f"cases= has no column {', '.join(missing)}. Use the form of cl.load('cases').")
    dated = [c.name for c in CASES.columns if c.kind == "edtf" and c.name in cases]
    cases = _with_families(checked_frame(cases, CASES, dates=dated, filled=("case_id",)))
    if cases["case_id"].duplicated().any():
        twice = cases.loc[cases["case_id"].duplicated(), "case_id"].iloc[0]
        raise UsageError(f"The case '{twice}' is there twice: give one row per case.")
    none = pd.DataFrame({"act_type": [], "act_date": [], "months": [], "scope": []})
    of_case: dict[str, pd.DataFrame] = {}
    if acts is not None:
        acts = checked_frame(acts, ACTS, dates=("act_date",), filled=("case_id", "act_type", "scope"), keyed=True)
        cuts = acts[acts["act_type"].astype("string") == "sentence_reduction"]
        of_case = {str(k): part for k, part in cuts.groupby("case_id", sort=False)}
    lines: list[dict[str, Any]] = []
    used = [c for c in (*_NEEDED, "charge_family") if c in cases]
    more = [groups] if isinstance(groups, str) else list(groups)
    read = cases[used].astype(object)
    for name in ("detention_date", "sentence_date"):
        span = edtf.bounds(cases[name], name=name, table="cases")
        read[name] = pd.Series(list(zip(span.earliest, span.latest, strict=True)), index=read.index, dtype=object)
    for row in read.to_dict("records"):
        key = str(row["case_id"])
        note = _not_worked_out(row)
        if note:
            lines.append({"case_id": key, "note": note})
            continue
        _, found = answers(row, day, of_case.get(key, none), more, book)
        lines += [{"case_id": key, **line} for line in found]
    return pd.DataFrame(lines, columns=["case_id", *COLUMNS])


def _not_worked_out(row: dict[str, Any]) -> str:
    kind = str(row["sentence_type"])
    if kind not in ("fixed", "life"):
        named = "an unknown sentence" if pd.isna(row["sentence_type"]) else f"'{kind}'"
        return f"worked out for fixed terms and life sentences, not for {named}"
    if kind == "fixed" and number(row["sentence_months"]) is None:
        return "the length of the term is not known, on which the rules depend"
    return ""


def _with_families(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases with the family of their charges where they lack one."""
    if "charge_ids" not in cases:
        return cases
    family = load("charges").set_index("charge_id")["family"].astype("string")
    given = (
        cases["charge_family"].astype("string") if "charge_family" in cases else pd.Series(pd.NA, cases.index, "string")
    )
    told = np.asarray(given.notna(), dtype=bool)
    derived = charge_family(cases["charge_ids"].astype("string"), family)
    return cases.assign(charge_family=given.where(told, pd.Series(np.asarray(derived, dtype=object), cases.index)))
