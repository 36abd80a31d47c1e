"""Three compiled case files -> one row per conviction.

Which rows are one conviction is decided in ``decisions/keys.csv``. Within a conviction

- a value beats an empty field, and a finer date beats a coarser one that it agrees with;
- the status with the latest date wins, since statuses go stale;
- where sources contradict each other, ``decisions/case_choices.csv`` decides; without an entry there,
  the row that rests on a Dui Hua or CECC document, then the order of the files.

Every difference is written to ``conflicts.csv`` with both values.
"""

from __future__ import annotations

import re
from collections import defaultdict

from common import BuildError, Context, Row, decisions
from tables import date_in, province, valid_date

from clemency.records import dates

_STATUS = {
    "released_unknown": "released",
    "exiled": "released",
    **{
        s: s
        for s in (
            "serving",
            "medical_parole",
            "parole",
            "released_early",
            "released_on_expiry",
            "died_in_custody",
            "executed",
            "unknown",
        )
    },
}
_OPEN = ("serving", "unknown")
_TRUSTED = re.compile(r"duihua|cecc\.gov")
_SUSPENDED = re.compile(r"suspended sentence|, suspended|suspended (?:two|three|four|five|\d)")
_NOT_SUSPENDED = re.compile(r"revo|suspended or not unclear")
CRIMINAL_LAW_1997 = "1997-10-01"


def cases(context: Context) -> list[Row]:
    keys = {(r["file"], r["case_key"]): r for r in decisions("keys")}
    choices = {(r["case_id"], r["column"]): r for r in decisions("case_choices")}
    groups: dict[str, list[Row]] = defaultdict(list)
    people: dict[str, str] = {}
    cleaner = _Cleaner(context)
    for letter in "abc":
        for raw in context.read(f"cases_{letter}"):
            key = keys.pop((letter, raw["case_key"]), None)
            if key is None:
                raise BuildError(f"{raw['_file']}, line {raw['_line']}: {raw['case_key']} is not in keys.csv.")
            groups[key["case_id"]].append(cleaner.clean(raw))
            people[key["case_id"]] = key["person_id"]
    if keys:
        raise BuildError(f"keys.csv names rows that are not there: {sorted(keys)[:3]}")
    unused = {c for c, _ in choices} - set(groups)
    if unused:
        raise BuildError(f"case_choices.csv names cases that are not there: {sorted(unused)}")
    return [
        {"case_id": case_id, "person_id": people[case_id], **_merged(context, case_id, rows, choices)}
        for case_id, rows in groups.items()
    ]


class _Cleaner:
    """One raw row -> the columns of `cases`, before merging."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.wording = {r["wording"]: r for r in decisions("charge_wording")}
        self.citizenship = {r["ethnicity_as_compiled"]: r for r in decisions("citizenship")}
        self.fragments = [(re.compile(r["pattern"]), r["why"]) for r in decisions("note_fragments")]
        self.abroad = _destinations(context)

    def clean(self, raw: Row) -> Row:
        name, aliases = _names(raw["name_pinyin"])
        group = self.citizenship.get(raw["ethnicity"], {"ethnicity": raw["ethnicity"], "citizenship": ""})
        charge, conduct, measure = self._charges(raw)
        note = self._note(raw)
        kind, months = _sentence(raw, measure)
        status, status_date, seen_date, basis = self._status(raw)
        inferred = [
            c for c, word in (("sentence_months", "term"), ("status_date", "release year")) if self._said(raw, word)
        ]
        return {
            "name": name,
            "name_zh": raw["name_hanzi"],
            "aliases": "; ".join(aliases),
            "sex": raw["sex"],
            "ethnicity": group["ethnicity"],
            "citizenship": group["citizenship"],
            "birth_date": self._birth(raw),
            "province": province(self.context, raw["province"], raw),
            "court": raw["court"],
            "charge": charge,
            "conduct": conduct,
            "detention_date": valid_date(self.context, raw, "detention_date"),
            "sentence_date": valid_date(self.context, raw, "sentence_date"),
            "sentence_type": kind,
            "sentence_months": months,
            "prison": raw["prison"],
            "status": status,
            "status_date": status_date,
            "destination": self.abroad.get((raw["_file"][-1], raw["case_key"]), ""),
            "seen_date": seen_date,
            "seen_basis": basis,
            "raised_by": "; ".join(p.strip() for p in raw["raised_by"].split(";") if p.strip()),
            "raised_date": valid_date(self.context, raw, "raised_date"),
            "inferred": " ".join(inferred),
            "note": note,
            "_addresses": raw["source_urls"],
            "_file": raw["_file"],
            "_key": raw["case_key"],
        }

    def _said(self, raw: Row, what: str) -> bool:
        return bool(re.search(rf"{what} (?:derived|inferred)", raw["note"]))

    def _birth(self, raw: Row) -> str:
        year = raw["birth_year"].strip()
        if year and re.search(r"birth year (?:from|derived)", raw["note"]):
            return f"{year}~"
        return year

    def _charges(self, raw: Row) -> tuple[str, str, bool]:
        charge, conduct, measure = [], [], False
        for part in (p.strip() for p in raw["charge_text"].split(";") if p.strip()):
            known = self.wording.get(part)
            if known is None:
                raise BuildError(f"{raw['_file']}, line {raw['_line']}: '{part}' is not in charge_wording.csv.")
            if known["kind"] == "measure":
                measure = True
            elif known["kind"] == "conduct":
                conduct.append(part.replace(" (charge not stated)", ""))
            else:
                charge.append(part)
        return "; ".join(charge), "; ".join(conduct), measure

    def _note(self, raw: Row) -> str:
        kept = []
        for part in (p.strip() for p in raw["note"].split(";")):
            why = next((why for pattern, why in self.fragments if pattern.fullmatch(part)), None)
            if why:
                self.context.log(raw["_file"], raw["_line"], "note", "part left out", why)
            elif part:
                kept.append(part)
        return "; ".join(kept)

    def _status(self, raw: Row) -> tuple[str, str, str, str]:
        status = _STATUS[raw["outcome"]]
        date = valid_date(self.context, raw, "outcome_date")
        if status not in _OPEN:
            return status, date, "", ""
        if date:
            return status, "", date, "stated"
        published = [d for d in (date_in(a) for a in raw["source_urls"].split()) if d]
        if status == "serving" and published:
            return status, "", max(published, key=_latest), "source_date"
        return status, "", "", ""


def _destinations(context: Context) -> dict[tuple[str, str], str]:
    found = {}
    for letter in "abc":
        for act in context.read(f"acts_{letter}"):
            if act["destination"]:
                found[letter, act["case_key"]] = act["destination"]
    return found


def _names(published: str) -> tuple[str, list[str]]:
    match = re.fullmatch(r"(.+?)\s*\((.+)\)(.*)", published)
    if match is None or "withheld" in published:
        return published, []
    return f"{match.group(1)}{match.group(3)}", [a.strip() for a in match.group(2).split(",")]


def _sentence(raw: Row, measure: bool) -> tuple[str, str]:
    kind, months = raw["sentence_type"], raw["sentence_months"]
    if measure and kind in ("", "fixed"):
        kind = "rtl"
    if kind in ("fixed", "none") and _SUSPENDED.search(raw["note"]) and not _NOT_SUSPENDED.search(raw["note"]):
        kind = "suspended"
    return kind, months if kind in ("fixed", "suspended", "rtl") else ""


def _latest(date: str) -> str:
    return str(dates.parse(date).latest)


def _rank(row: Row) -> tuple[int, str]:
    return (0 if _TRUSTED.search(row["_addresses"]) else 1, row["_file"])


_UNION = ("aliases", "raised_by", "inferred")
_LONGEST = ("name_zh", "prison", "court", "conduct", "charge")
_STATUS_COLUMNS = ("status", "status_date", "seen_date", "seen_basis")


def _merged(context: Context, case_id: str, rows: list[Row], choices: dict[tuple[str, str], Row]) -> Row:
    rows = sorted(rows, key=_rank)
    result: Row = {}
    for column in (c for c in rows[0] if not c.startswith("_") and c not in _STATUS_COLUMNS):
        result[column] = _chosen(context, case_id, column, rows, choices)
    result.update(_last_status(context, case_id, rows, choices))
    if result["sentence_type"] not in ("fixed", "suspended", "rtl"):
        result["sentence_months"] = ""
    if result["status"] not in _OPEN:
        result["seen_date"] = result["seen_basis"] = ""
    result["charge_ids"] = ""
    result["charge_ids_derived"] = _charge_ids(result)
    result["source_ids"] = context.source_ids(" ".join(r["_addresses"] for r in rows))
    return result


def _chosen(context: Context, case_id: str, column: str, rows: list[Row], choices: dict) -> str:
    filled = [r for r in rows if r[column]]
    values = list(dict.fromkeys(r[column] for r in filled))
    choice = choices.get((case_id, column))
    if choice:
        _record(context, case_id, column, filled, choice["value"], choice["basis"])
        return choice["value"]
    if len(values) <= 1:
        return values[0] if values else ""
    if column in _UNION:
        return "; ".join(dict.fromkeys(p for v in values for p in v.split("; ")))
    if column == "note":
        return "; ".join(dict.fromkeys(p for v in values for p in v.split("; ")))
    if column == "name":
        best, basis = values[0], "spelling"
    elif column in _LONGEST:
        best, basis = max(values, key=lambda v: (len(v), v)), "the fuller wording"
    elif column.endswith("_date"):
        best, basis = _finest(values)
    else:
        best, basis = values[0], "Dui Hua or CECC document first, then the order of compilation"
    _record(context, case_id, column, filled, best, basis)
    return best


def _finest(values: list[str]) -> tuple[str, str]:
    spans = {v: dates.parse(v) for v in values}
    finest = min(values, key=lambda v: (spans[v].latest - spans[v].earliest, values.index(v)))
    inside = all(s.earliest <= spans[finest].earliest and spans[finest].latest <= s.latest for s in spans.values())
    if inside:
        return finest, "the finer of two dates that agree"
    return values[0], "Dui Hua or CECC document first, then the order of compilation"


def _record(context: Context, case_id: str, column: str, rows: list[Row], decision: str, basis: str) -> None:
    shown = {r[column]: r for r in reversed(rows)}
    values = list(dict.fromkeys(r[column] for r in rows))
    for other in (v for v in values if v != decision):
        against = next((v for v in values if v == decision), "")
        left, right = shown.get(against), shown[other]
        context.conflict_rows.append(
            {
                "table": "cases",
                "key": case_id,
                "column": column,
                "file_1": left["_file"] if left else "",
                "value_1": against,
                "file_2": right["_file"],
                "value_2": other,
                "decision": decision,
                "basis": basis,
            }
        )


def _last_status(context: Context, case_id: str, rows: list[Row], choices: dict) -> Row:
    def recency(row: Row) -> tuple[str, int]:
        date = row["status_date"] or row["seen_date"]
        ended = row["status"] not in _OPEN
        return (_latest(date) if date else ("9999" if ended else "0000"), -rows.index(row))

    known = [r for r in rows if r["status"] != "unknown"] or rows
    ended = [r for r in known if r["status"] not in _OPEN]
    best = max(ended or known, key=recency)
    specific = [r for r in ended if r["status"] != "released"]
    if best["status"] == "released" and specific:
        best = max(specific, key=recency)
    result = {c: best[c] for c in _STATUS_COLUMNS}
    if best in ended:
        dated = [r["status_date"] for r in ended if r["status_date"] and _agrees(best, r)]
        if dated:
            result["status_date"] = _finest(dated)[0]
    seen = [r for r in rows if r["seen_date"]]
    if seen and result["status"] in _OPEN:
        last = max(seen, key=lambda r: _latest(r["seen_date"]))
        result["seen_date"], result["seen_basis"] = last["seen_date"], last["seen_basis"]
    for column in ("status", "status_date"):
        choice = choices.get((case_id, column))
        if choice:
            result[column] = choice["value"]
    basis = choices.get((case_id, "status"), {}).get("basis", "the latest dated status; an end beats a stale 'serving'")
    _record(context, case_id, "status", rows, result["status"], basis)
    _record(context, case_id, "status_date", [r for r in rows if r["status_date"]], result["status_date"], basis)
    return result


def _agrees(one: Row, other: Row) -> bool:
    return other["status"] in (one["status"], "released") or one["status"] == "released"


def _charge_ids(case: Row) -> str:
    wording = {r["wording"]: r for r in decisions("charge_wording")}
    known = [d for d in (case["sentence_date"], case["detention_date"]) if d]
    old = bool(known) and str(dates.parse(known[0]).latest) < CRIMINAL_LAW_1997
    column = "charge_id_1979" if old else "charge_id_1997"
    found = [wording[p][column] for p in case["charge"].split("; ") if p]
    return " ".join(dict.fromkeys(i for i in found if i))
