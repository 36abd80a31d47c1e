"""Acts -> those beyond what the rules allowed at their date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.arguments.signatures import typed
from clemency.records.datetext import as_text
from clemency.records.errors import UsageError
from clemency.records.rules.eligibility import Eligibility, bounds, number, stated
from clemency.records.rules.rulebook import Rule, rulebook
from clemency.records.rules.rulechecks import rule_table
from clemency.records.schema import ACTS, CASES
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load

_ACT_COLUMNS = ("act_id", "case_id", "act_type", "act_date", "months", "scope")
_DATES = tuple(c.name for c in (*CASES.columns, *ACTS.columns) if c.kind == "edtf")
_CASE_COLUMNS = ("case_id", "sentence_type", "sentence_months", "detention_date", "sentence_date")


@typed
def beyond_rules(
    acts: pd.DataFrame | None = None, cases: pd.DataFrame | None = None, rules: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Reductions of fixed terms beyond what the rules allowed at their date.

    Parameters
    ----------
    acts, cases, rules : DataFrame, optional
        The shipped tables by default.

    Returns
    -------
    DataFrame
        ``act_id, case_id, act_date, check, found, limit, degree, instrument, article, rule_id``. The checks are
        ``larger than any cut``, ``before the first reduction``, ``too soon after the last`` and ``below half of the
        term``; `degree` is ``certain`` where every day within the dates breaks the rule and ``possible`` where some do.

    Raises
    ------
    UsageError
        For acts of a case that is not in `cases`, or is there twice.
    DataError
        For words, months and dates that `check` would name in a file.

    Notes
    -----
    A reduction beyond the rules is not an error of the data, nor a breach of law: special merit, a term changed on
    review, or a decision above the court may stand behind it. The first check allows every ground, even the highest.
    """
    for table, frame, needed in (("acts", acts, _ACT_COLUMNS), ("cases", cases, _CASE_COLUMNS)):
        missing = [] if frame is None else [c for c in needed if c not in frame]
        if missing:
            raise UsageError(f"{table}= has no column {', '.join(missing)}. Use the form of cl.load('{table}').")
    if acts is not None:
        filled = ("act_id", "case_id", "act_type", "scope")
        acts = checked_frame(acts, ACTS, dates=_DATES, filled=filled, keyed=True)
    if cases is not None:
        cases = checked_frame(cases, CASES, dates=_DATES, filled=("case_id",))
    acts, cases = load("acts") if acts is None else acts, load("cases") if cases is None else cases
    book = rulebook(rule_table(rules))
    single = acts[(acts["act_type"].astype("string") == "sentence_reduction") & acts["act_date"].notna()]
    single = single[single["scope"].astype("string") != "total"]
    single = single[_closed(single)]
    by_case = cases.set_index("case_id")
    if not by_case.index.is_unique:
        raise UsageError(f"The case '{by_case.index[by_case.index.duplicated()][0]}' has several rows in cases.")
    strangers = single.loc[~single["case_id"].isin(by_case.index), "case_id"]
    if len(strangers):
        raise UsageError(f"There is no case '{strangers.iloc[0]}' in cases: leave its acts out.")
    found: list[dict[str, Any]] = []
    of_case = {str(k): part for k, part in acts[acts["case_id"].isin(single["case_id"])].groupby("case_id", sort=False)}
    for act in single.to_dict("records"):
        case = by_case.loc[act["case_id"]]
        if str(case["sentence_type"]) == "fixed" and number(case["sentence_months"]) is not None:
            found += _checked(act, {**case.to_dict(), "case_id": act["case_id"]}, of_case[str(act["case_id"])], book)
    columns = ["act_id", "case_id", "act_date", "check", "found", "limit", "degree", "instrument", "article", "rule_id"]
    return pd.DataFrame(found, columns=columns)


def _closed(single: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether both ends of a date are known: an act whose date is open cannot be judged, like one without a date."""
    span = dates.bounds(single["act_date"], name="act_date", table="acts")
    return ~(np.isnat(span.earliest) | np.isnat(span.latest))


def _checked(
    act: dict[str, Any], case: dict[str, Any], acts: pd.DataFrame, rules: Sequence[Rule]
) -> list[dict[str, Any]]:
    span = bounds(act["act_date"])
    earlier = acts[acts["act_id"] != act["act_id"]]
    states = [stated(case, d, earlier, (), rules) for d in dict.fromkeys(span)]
    lines = []
    for check, one in (
        ("larger than any cut", _too_large),
        ("before the first reduction", _too_early),
        ("too soon after the last", _too_soon),
        ("below half of the term", _too_much),
    ):
        results = [one(act, span, state) for state in states]
        degrees = [r[0] for r in results]
        if any(degrees):
            sure = all(d == "certain" for d in degrees)
            _, value, limit, rule = next(r for r in results if r[0])
            lines.append(
                {
                    "act_id": act["act_id"],
                    "case_id": act["case_id"],
                    "act_date": as_text(act["act_date"]),
                    "check": check,
                    "found": value,
                    "limit": limit,
                    "degree": "certain" if sure else "possible",
                    "instrument": rule["instrument"],
                    "article": rule["article"],
                    "rule_id": rule["rule_id"],
                }
            )
    return lines


def _months(act: dict[str, Any]) -> float | None:
    return None if pd.isna(act["months"]) else float(act["months"])


Result = tuple[str, Any, Any, Any]
_FINE: Result = ("", None, None, None)


def _too_large(act: dict[str, Any], span: Any, state: Eligibility) -> Result:
    cut, rows = _months(act), state["largest cut"].dropna(subset=["months"])
    if cut is None or rows.empty or cut <= rows["months"].max():
        return _FINE
    rule = rows.loc[rows["months"].idxmax()]
    return "certain", cut, float(rule["months"]), rule


def _too_early(act: dict[str, Any], span: Any, state: Eligibility) -> Result:
    return _before(span, state["first reduction"]) if state["next reduction"].empty else _FINE


def _too_soon(act: dict[str, Any], span: Any, state: Eligibility) -> Result:
    return _before(span, state["next reduction"])


def _before(span: Any, rows: pd.DataFrame) -> Result:
    rows = rows.dropna(subset=["earliest"])
    if rows.empty:
        return _FINE
    rule = rows.iloc[0]
    early, late = (np.datetime64(rule[c], "D") for c in ("earliest", "latest"))
    if span[1] < early:
        return "certain", str(span[1]), str(early), rule
    return ("possible", str(span[0]), str(late), rule) if span[0] < late else _FINE


def _too_much(act: dict[str, Any], span: Any, state: Eligibility) -> Result:
    rows = state["service in all"].dropna(subset=["months"])
    cut = _months(act)
    if rows.empty or cut is None:
        return _FINE
    total, limit = cut + state.reduced, float(rows.iloc[0]["months"])  # what is cut is no more than what must be served
    return _FINE if total <= limit else ("certain", total, limit, rows.iloc[0])
