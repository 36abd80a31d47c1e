"""Three compiled files of acts -> one row per act.

Rows of one case and type are one act if their dates can mean the same day or lie within 31 days of
each other, their months do not contradict each other, and they come from different files. An
``early_release`` that a reduction, parole or medical parole of the same days explains is that act and
no second one. Totals over several cuts (``decisions/act_totals.csv``) are kept as totals; rows that are
no clemency (``decisions/act_drops.csv``) are left out and logged.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from common import Context, Row, decisions, unique_keys
from tables import valid_date

from clemency.records import dates

NEARBY = np.timedelta64(31, "D")
_EXPLAINS_RELEASE = ("sentence_reduction", "parole", "medical_parole")
_SHORT = {
    "sentence_reduction": "reduction",
    "sentence_extension": "extension",
    "medical_parole_denied": "medical-parole-denied",
}
_TERM = re.compile(r"(?<!\d )\bto (\d+(?:\.5)?) years(?! ago)|^(\d+(?:\.5)?) years\b|to (\d+) y (\d+) m")
_REPORT = re.compile(r"reported|disclosed|announced|statement date|year of the report|exchange reported")
_RELEASE = re.compile(r"date is that of release|freed|released|flown|left for US same day")


@dataclass
class Act:
    """One act with the raw rows that state it."""

    case_id: str
    rows: list[Row] = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.rows[0]["act_type"]

    @property
    def total(self) -> bool:
        return bool(self.rows[0]["_total"])


def acts(context: Context) -> list[Row]:
    found = [act for rows in _by_case(context).values() for act in _grouped(rows)]
    found = _without_explained_releases(context, found)
    rows = [_row(context, act) for act in sorted(found, key=_order)]
    for key, row in zip(unique_keys([r["act_id"] for r in rows]), rows, strict=True):
        row["act_id"] = key
    return rows


def _by_case(context: Context) -> dict[str, list[Row]]:
    keys = {(r["file"], r["case_key"]): r["case_id"] for r in decisions("keys")}
    totals = {(r["file"], r["line"]): r for r in decisions("act_totals")}
    drops = {(r["file"], r["line"]): r["why"] for r in decisions("act_drops")}
    result: dict[str, list[Row]] = defaultdict(list)
    for letter in "abc":
        for row in context.read(f"acts_{letter}"):
            place = (row["_file"], row["_line"])
            if place in drops:
                context.log(*place, "", "left out", f"{row['case_key']}, {row['act_type']}: {drops[place]}")
                continue
            row["_total"] = "total" if place in totals else ""
            row["_n"] = totals[place]["n_acts"] if place in totals else ""
            row["_date"] = valid_date(context, row, "act_date")
            result[keys[letter, row["case_key"]]].append({**row, "_case": keys[letter, row["case_key"]]})
    return result


def _grouped(rows: list[Row]) -> list[Act]:
    found: list[Act] = []
    for row in sorted(rows, key=lambda r: (r["_file"], int(r["_line"]))):
        fitting = [a for a in found if _same_act(a, row)]
        if fitting:
            min(fitting, key=lambda a: _distance(a.rows[0]["_date"], row["_date"])).rows.append(row)
        else:
            found.append(Act(row["_case"], [row]))
    return found


def _same_act(act: Act, row: Row) -> bool:
    if act.type != row["act_type"] or act.total != bool(row["_total"]):
        return False
    if any(r["_file"] == row["_file"] for r in act.rows):
        return False
    months = {r["months"] for r in [*act.rows, row] if r["months"]}
    if len(months) > 1 and not all(_close(r["_date"], row["_date"], strict=True) for r in act.rows):
        return False
    if act.total:
        return True
    return all(_close(r["_date"], row["_date"]) for r in act.rows)


def _close(one: str, other: str, strict: bool = False) -> bool:
    """Whether two dates can be of one act; an unknown date can, unless ``strict``."""
    if not one or not other:
        return not strict
    return _distance(one, other) <= NEARBY


def _distance(one: str, other: str) -> np.timedelta64:
    if not one or not other:
        return np.timedelta64(0, "D")
    a, b = dates.parse(one), dates.parse(other)
    gap = max(a.earliest, b.earliest) - min(a.latest, b.latest)
    return max(gap, np.timedelta64(0, "D"))


def _without_explained_releases(context: Context, found: list[Act]) -> list[Act]:
    kept = []
    by_case = defaultdict(list)
    for act in found:
        by_case[act.case_id].append(act)
    for act in found:
        reason = next((o for o in by_case[act.case_id] if act.type == "early_release" and _explains(o, act)), None)
        if reason is None:
            kept.append(act)
            continue
        for row in act.rows:
            when = reason.rows[0]["_date"] or "unknown date"
            why = f"{row['case_key']}: the release that the {reason.type} of {when} brought"
            context.log(row["_file"], row["_line"], "", "merged", why)
            reason.rows.append(row)
    return kept


def _explains(other: Act, release: Act) -> bool:
    if other.type not in _EXPLAINS_RELEASE or other.total:
        return False
    months = {r["months"] for r in [*other.rows, *release.rows] if r["months"]}
    return len(months) <= 1 and all(
        bool(o["_date"]) == bool(r["_date"]) or len(months) == 1
        if not (o["_date"] and r["_date"])
        else _distance(o["_date"], r["_date"]) <= NEARBY
        for o in other.rows
        for r in release.rows
    )


def _order(act: Act) -> tuple[str, str, str, str]:
    return (act.case_id, _SHORT.get(act.type, act.type), _date(act), act.rows[0]["_line"])


def _date(act: Act) -> str:
    known = [r["_date"] for r in act.rows if r["_date"]]
    spans = {d: dates.parse(d) for d in known}
    return min(known, key=lambda d: (spans[d].latest - spans[d].earliest, known.index(d))) if known else ""


def _row(context: Context, act: Act) -> Row:
    date = _date(act)
    notes = [p.strip() for r in act.rows for p in r["note"].split(";") if p.strip()]
    months = [r["months"] for r in act.rows if r["months"]]
    text = "; ".join(dict.fromkeys(notes))
    for row in act.rows:
        for column, chosen in (("act_date", date), ("months", months[0] if months else "")):
            value = row["_date"] if column == "act_date" else row["months"]
            if value and value != chosen:
                _conflict(context, act, row, column, value, chosen)
    if act.total and date:  # several acts have no one date
        text = "; ".join(p for p in (text, f"last of them by {date}") if p)
    short = _SHORT.get(act.type, act.type.replace("_", "-"))
    return {
        "act_id": "-".join(p for p in (act.case_id, short, "total" if act.total else date.split("/")[0]) if p),
        "case_id": act.case_id,
        "act_type": act.type,
        "act_date": "" if act.total else date,
        "date_basis": "" if act.total else _basis(act, date),
        "months": months[0] if months else "",
        "term_after": _term_after(act),
        "scope": "total" if act.total else "single",
        "n_acts": next((r["_n"] for r in act.rows if r["_n"]), ""),
        "authority": next((r["authority"] for r in act.rows if r["authority"]), ""),
        "destination": next((r["destination"] for r in act.rows if r["destination"]), ""),
        "certainty": _certainty(act),
        "source_ids": context.source_ids(" ".join(r["source_url"] for r in act.rows)),
        "note": text,
    }


def _conflict(context: Context, act: Act, row: Row, column: str, value: str, chosen: str) -> None:
    holder = next(r for r in act.rows if (r["_date"] if column == "act_date" else r["months"]) == chosen)
    context.conflict_rows.append(
        {
            "table": "acts",
            "key": f"{act.case_id} {act.type}",
            "column": column,
            "file_1": holder["_file"],
            "value_1": chosen,
            "file_2": row["_file"],
            "value_2": value,
            "decision": chosen,
            "basis": "the finer date" if column == "act_date" else "the order of compilation",
        }
    )


def _basis(act: Act, date: str) -> str:
    if not date:
        return ""
    text = "; ".join(r["note"] for r in act.rows if r["_date"] == date)
    if _REPORT.search(text):
        return "report"
    if act.type == "early_release" or _RELEASE.search(text):
        return "release"
    return "act"


def _term_after(act: Act) -> str:
    if act.type != "commutation_life_to_fixed":
        return ""
    for row in act.rows:
        match = _TERM.search(row["note"])
        if match:
            years, alone, whole, months = match.groups()
            value = float(whole) * 12 + float(months) if whole else float(years or alone) * 12
            return f"{value:g}"
    return ""


def _certainty(act: Act) -> str:
    text = "; ".join(r["note"] for r in act.rows)
    inferred = re.search(
        r"implied by|out about \d+ years|actual exit unconfirmed|life term originally|legal form not named", text
    )
    derived = re.search(r"derived", text)
    return "inferred" if inferred or derived else "stated"
