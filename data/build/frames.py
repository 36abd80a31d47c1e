"""Cases, acts and dated documents -> how each case became known: `cecc_record`, `known_from` and `frame`.

Which records of the CECC's database are which case is decided in ``decisions/register_links.csv``. The number of a
record
begins with the year in which it was opened; the first years of the database, from 2004 on, took in many cases of
before. A
document has a case from its date of publication on; documents without a date bound nothing.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from common import BuildError, Context, Row, decisions

from clemency.records import dates

#: Day of the copy of the database whose records are linked.
EXPORT = "2020-07-23"
GRANTED_NOT = ("reduction_denied", "parole_denied", "medical_parole_denied", "sentence_extension")


def frame_cases(context: Context) -> None:
    """Fill the columns in the cases that were built before; needs the acts."""
    records = _records({r["case_id"] for r in context.tables["cases"]})
    political = {r["case_id"]: r["political"] for r in decisions("political")}
    granted = defaultdict(list)
    for act in context.tables["acts"]:
        if act["act_type"] not in GRANTED_NOT:
            granted[act["case_id"]].append(act["act_date"])
    dated = {r["source_id"]: r["date"] for r in context.tables["sources"]}
    for row in context.tables["cases"]:
        of_case = records.get(row["case_id"], [])
        known = _known_from(dated, row, of_case)
        row["cecc_record"] = " ".join(of_case)
        row["known_from"] = known
        row["frame"] = _frame(bool(of_case), granted.get(row["case_id"]), known)
        row["political"] = political.pop(row["case_id"], "yes")
    if political:
        raise BuildError(f"political.csv names cases that are not there: {sorted(political)[:5]}")


def _records(cases: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for r in decisions("register_links"):
        if r["case_id"] not in cases:
            raise BuildError(f"register_links.csv names a case that is not there: {r['case_id']}")
        if r["relation"] == "case":
            found[r["case_id"]].append(r["record"])
    return {case: sorted(set(r)) for case, r in found.items()}


def _known_from(dated: dict[str, str], row: Row, records: list[str]) -> str:
    """From the earliest to the latest day on which the first of the dated documents can have appeared.

    What is older than the custody tells of another case of the person: a document of before, or a record that was
    opened for an earlier detention and went on. Such a record has the case by the day of the export.
    """
    spans = [dated[s] for s in row["source_ids"].split()]
    spans = [s for s in spans if s] + [r[:4] for r in records] + [EXPORT] * bool(records)
    spans = [s for s in spans if not np.isnat(dates.parse(s).latest)]
    custody = dates.parse(row["detention_date"]).earliest if row["detention_date"] else np.datetime64("NaT")
    if not np.isnat(custody):
        spans = [s for s in spans if dates.parse(s).latest >= custody]
    if not spans:
        return ""
    read = [dates.parse(s) for s in spans]
    last = min(s.latest for s in read)
    first = min(s.earliest for s in read)
    if not np.isnat(custody) and first < custody:
        first = custody
    same = [t for t, s in zip(spans, read, strict=True) if (s.earliest, s.latest) == (first, last)]
    return same[0] if same else str(first) if first == last else f"{first}/{last}"


def _frame(in_register: bool, granted: list[str] | None, known: str) -> str:
    if in_register:
        return "register"
    if granted is None:
        return "compiled"
    ends = [dates.parse(d).latest for d in granted if d]
    before = known and ends and dates.parse(known).latest < min(ends)
    return "compiled" if before else "act"
