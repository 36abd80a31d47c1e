"""Any frame of cases -> the same with region, charge family and end of the term, as `load` derives them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import CASES
from clemency.records.tables import derive as derivation
from clemency.records.tables.frames import checked_frame
from clemency.records.tables.loading import load

_TERM = ("detention_date", "sentence_type", "sentence_months")
_ACTS = ("case_id", "act_type", "act_date", "months", "term_after", "scope")


@typed
def derive(cases: pd.DataFrame, acts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Add what follows from the columns of a frame of cases: region, charge family, end of the term.

    Parameters
    ----------
    cases : DataFrame, n rows
        With any of ``province`` (codes such as CN-XJ); ``charge_ids`` and ``charge_ids_derived`` (keys of
        ``cl.load("charges")``, separated by blanks); ``detention_date``, ``sentence_type`` and ``sentence_months``.
    acts : DataFrame, optional
        Whose cuts and extensions change the end of the term, with ``case_id, act_type, act_date, months``; then `cases`
        need a ``case_id``. Without acts the end is that of the term as it was passed.

    Returns
    -------
    DataFrame, n rows
        A copy, with ``province_name, region`` if there is a province, ``charge_family, charge_basis`` if there are
        articles, and ``expiry_date, expiry_earliest, expiry_latest`` if the three columns of a fixed term are there.
        Columns of these names are replaced.

    Raises
    ------
    UsageError
        If nothing can be derived, or `acts` lack a column.
    DataError
        Naming every code, article, word, date or number that cannot be used.

    References
    ----------
    Criminal Law of the People's Republic of China, art. 47, for the end of a term.

    Examples
    --------
    >>> import pandas as pd
    >>> import clemency as cl
    >>> mine = pd.DataFrame({"province": ["CN-XJ"], "charge_ids": ["CL97-103(2)"], "detention_date": ["2014-10-01"],
    ...                      "sentence_type": ["fixed"], "sentence_months": [72]})
    >>> cl.derive(mine)[["region", "charge_family", "expiry_date"]].values.tolist()
    [['Northwest', 'endangering_state_security', '2020-09-30']]
    """
    added = [
        *(("province_name", "region") if "province" in cases else ()),
        *(("charge_family", "charge_basis") if {"charge_ids", "charge_ids_derived"} & set(cases.columns) else ()),
        *(("expiry_date",) if set(_TERM) <= set(cases.columns) else ()),
    ]
    if not added:
        needed = f"province, charge_ids, or {', '.join(_TERM)}"
        raise UsageError(
            f"Nothing can be derived: it has none of {needed}. Rename its columns, or use cl.read_records."
        )
    checked = checked_frame(cases, CASES, dates=("detention_date", "sentence_date"), columns=("province", *_TERM[1:]))
    whole = _completed(checked)
    _check_articles(whole)
    others = {"charges": load("charges"), "provinces": load("provinces"), "acts": _acts(acts, cases)}
    found = derivation.derive("cases", whole, others)
    result = cases.assign(**{name: found[name].to_numpy() if name == "expiry_date" else found[name] for name in added})
    if "expiry_date" in added:
        span = dates.bounds(found["expiry_date"])
        ends = {"expiry_earliest": span.earliest, "expiry_latest": span.latest}
        result = result.assign(**{k: np.asarray(v, "datetime64[ns]") for k, v in ends.items()})
        result["expiry_date"] = result["expiry_date"].astype("string")
    return result


def _completed(cases: pd.DataFrame) -> pd.DataFrame:
    """The columns that a derivation looks at, those that are not there empty."""
    names = ("case_id", "province", "charge_ids", "charge_ids_derived", "sentence_date", *_TERM)
    columns = {n: cases[n] if n in cases else pd.Series(pd.NA, index=cases.index, dtype="string") for n in names}
    frame = pd.DataFrame(columns, index=cases.index)
    for name in ("charge_ids", "charge_ids_derived"):
        text = frame[name].astype("string").str.strip()
        frame[name] = text.mask(text == "")
    frame["sentence_months"] = pd.to_numeric(frame["sentence_months"]).astype(float)
    return frame


def _check_articles(cases: pd.DataFrame) -> None:
    known = frozenset(load("charges")["charge_id"])
    problems = [
        Problem(
            "cases",
            i,
            name,
            key,
            "there is no such row in the table of charges",
            "Write keys of cl.load('charges'), such as CL97-105(2).",
        )
        for name in ("charge_ids", "charge_ids_derived")
        for i, text in enumerate(cases[name])
        if isinstance(text, str)
        for key in text.split()
        if key not in known
    ]
    if problems:
        raise DataError(problems)


def _acts(acts: pd.DataFrame | None, cases: pd.DataFrame) -> pd.DataFrame:
    if acts is None:
        return load("acts").iloc[:0]
    missing = [c for c in _ACTS[:4] if c not in acts]
    if missing or "case_id" not in cases:
        raise UsageError(f"acts= needs {', '.join(_ACTS[:4])}, and the cases a case_id, by which acts are theirs.")
    more = {c: np.nan if c == "term_after" else "single" for c in _ACTS[4:] if c not in acts}
    return acts.assign(**more)
