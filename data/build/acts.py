"""Compiled files of acts -> one row per act, whose date says what it is of.

Every raw row is read with what was decided of it: ``decisions/act_dates.csv`` says what its date is of (the
decision, its
effect, a release, a report) and since when it can have happened; ``act_more.csv`` has terms, totals and certainty
where a
note told them. Rows of later files carry these columns themselves, and name the raw row with which they are one act.

Other rows of one case and type are one act if their dates can mean the same day or lie within 31 days of each other,
their
months do not contradict each other, and they come from different files. An ``early_release`` that a reduction,
parole or
medical parole of the same days explains is that act and no second one. Rows that are no clemency (``act_drops.csv``)
are
left out and logged.

Of several dates a decision or effect comes before a release, and that before a report; among those of one basis the
finest
stands, unless a row that was reviewed later settles it. What only a release or a report dates is an interval: it
ends on that
day, and begins on the last day on which the sources show that it had not happened, or else with the sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from common import BuildError, Context, Row, decisions, unique_keys
from tables import valid_date

from clemency.records import dates

NEARBY = np.timedelta64(31, "D")
FIRST, LATER = "abc", "def"
_EXPLAINS_RELEASE = ("sentence_reduction", "parole", "medical_parole")
_SHORT = {
    "sentence_reduction": "reduction",
    "sentence_extension": "extension",
    "medical_parole_denied": "medical-parole-denied",
}
_RANK = {"act": 0, "effect": 0, "": 0, "release": 1, "inferred": 2, "report": 3}
_MORE = ("term_after", "scope", "n_acts", "certainty")


@dataclass
class Act:
    """One act with the raw rows that state it."""

    case_id: str
    rows: list[Row] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Kind of act: that of the row that settles it, else of the first."""
        return self.value("act_type")

    @property
    def total(self) -> bool:
        return self.value("scope") == "total"

    @property
    def dated(self) -> Row:
        """The row whose date stands; a row without a date if none has one."""
        known = [r for r in self.rows if r["_date"]]
        settled = [r for r in known if "act_date" in r["settles"].split()]
        if settled:
            return settled[-1]
        return min(known, key=lambda r: (_RANK[r["date_basis"]], _width(r["_date"]))) if known else self.rows[0]

    def value(self, column: str) -> str:
        """Value of the row that settles a column, else of the first row that has one."""
        settled = [r[column] for r in self.rows if column in r["settles"].split()]
        return settled[-1] if settled else next((r[column] for r in self.rows if r[column]), "")


def _width(date: str) -> np.timedelta64:
    span = dates.parse(date)
    return span.latest - span.earliest


def acts(context: Context) -> list[Row]:
    """All acts of the cases that were built before."""
    found = [act for rows in _by_case(context).values() for act in _grouped(rows)]
    found = _without_explained_releases(context, found)
    since = {r["case_id"]: r["sentence_date"] or r["detention_date"] for r in context.tables["cases"]}
    rows = [_row(context, act, since[act.case_id]) for act in sorted(found, key=_order)]
    for key, row in zip(unique_keys([r["act_id"] for r in rows]), rows, strict=True):
        row["act_id"] = key
        for column in (
            "act_type",
            "act_date",
            "date_basis",
            "months",
            "term_after",
            "scope",
            "certainty",
            "authority",
            "",
        ):
            context.because("acts", key, column, row["_why"])
    return rows


def _by_case(context: Context) -> dict[str, list[Row]]:
    keys = {(r["file"], r["case_key"]): r["case_id"] for r in decisions("keys")}
    named = [r["case_id"] for r in context.tables["cases"]]
    keys = {(letter, case): case for letter in ("more", *LATER) for case in named} | keys
    result: dict[str, list[Row]] = defaultdict(list)
    for row in _all_rows(context):
        key = (row["_file"].removeprefix("acts_"), row["case_key"])
        if key not in keys:
            raise BuildError(f"{row['_file']}, line {row['_line']}: {row['case_key']} is not in keys.csv.")
        row["_date"] = valid_date(context, row, "act_date")
        if row["_date"] and not row["date_basis"] and row["scope"] != "total":
            raise BuildError(f"{row['_file']}, line {row['_line']}: nothing says what {row['_date']} is the date of.")
        result[keys[key]].append({**row, "_case": keys[key]})
    return result


def _all_rows(context: Context) -> Iterator[Row]:
    drops = {(r["file"], r["line"]): r["why"] for r in decisions("act_drops")}
    for row in [*_first_rows(context), *_later_rows(context)]:
        place = (row["_file"], row["_line"])
        if place in drops:
            context.log(*place, "", "left out", f"{row['case_key']}, {row['act_type']}: {drops[place]}")
        else:
            yield row


def _first_rows(context: Context) -> Iterator[Row]:
    """Rows of the first three files with what was decided of them."""
    dated = {r["ref"]: r for r in decisions("act_dates")}
    more = {r["ref"]: r for r in decisions("act_more")}
    for letter in FIRST:
        for row in context.read(f"acts_{letter}"):
            ref = f"{row['_file']}:{row['_line']}"
            when, what = dated.pop(ref, {}), more.pop(ref, {})
            yield {
                **row,
                "_why": "; ".join(p for p in (row.get("_why", ""), when.get("why", ""), what.get("why", "")) if p),
                "date_basis": when.get("date_basis", ""),
                "not_before": when.get("not_before", ""),
                **{c: what.get(c, "") for c in _MORE},
                "same_as": "",
                "settles": "",
            }
    if dated or more:
        raise BuildError(f"Decisions on acts that are not there: {sorted({*dated, *more})[:5]}")


def _later_rows(context: Context) -> Iterator[Row]:
    for name in (*(f"acts_{letter}" for letter in LATER), "acts_more", "acts_register"):
        yield from context.read(name)


def _grouped(rows: list[Row]) -> list[Act]:
    found: list[Act] = []
    place: dict[str, Act] = {}
    for row in sorted(rows, key=_reading_order):
        act = _joined(row, found, place)
        if act is None:
            act = Act(row["_case"])
            found.append(act)
        act.rows.append(row)
        place[f"{row['_file']}:{row['_line']}"] = act
    return found


def _reading_order(row: Row) -> tuple[int, str, int]:
    files = [f"acts_{letter}" for letter in (*FIRST, *LATER)] + ["acts_more", "acts_register"]
    return (files.index(row["_file"]), row["_file"], int(row["_line"]))


def _joined(row: Row, found: list[Act], place: dict[str, Act]) -> Act | None:
    if row["same_as"]:
        named = row["same_as"].split()
        if unknown := [ref for ref in named if ref not in place]:
            raise BuildError(f"{row['_file']}, line {row['_line']}: {unknown} are no acts of {row['_case']}.")
        return place[named[0]]
    fitting = [a for a in found if _same_act(a, row)]
    return min(fitting, key=lambda a: _distance(a.rows[0]["_date"], row["_date"])) if fitting else None


def _same_act(act: Act, row: Row) -> bool:
    if act.type != row["act_type"] or act.total != (row["scope"] == "total"):
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
    return bool(_distance(one, other) <= NEARBY)


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
            when = reason.dated["_date"] or "unknown date"
            why = f"{row['case_key']}: the release that the {reason.type} of {when} brought"
            context.log(row["_file"], row["_line"], "", "merged", why)
            reason.rows.append({**row, "act_type": reason.type, "settles": ""})
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
    return (act.case_id, _SHORT.get(act.type, act.type), act.dated["_date"], act.rows[0]["_line"])


def _row(context: Context, act: Act, since: str) -> Row:
    dated, months, kind = act.dated, act.value("months"), act.type
    day, basis = dated["_date"], dated["date_basis"]
    _note_conflicts(context, act, {"act_date": day, "months": months, "act_type": kind})
    notes = [p.strip() for r in act.rows for p in r["note"].split(";") if p.strip()]
    if act.total and day:  # several acts have no one date
        notes.append(f"last of them by {day}")
    scope = "total" if act.total else act.value("scope") or "single"
    if kind == "sentence_extension" and act.value("term_after") and scope == "single":
        scope = "combined"
    return {
        "act_id": "-".join(
            p
            for p in (act.case_id, _SHORT.get(kind, kind.replace("_", "-")), "total" if act.total else _ending(day))
            if p
        ),
        "case_id": act.case_id,
        "act_type": kind,
        "act_date": "" if act.total else _interval(context, act, day, since),
        "date_basis": "" if act.total or not day else basis,
        "months": months,
        "term_after": act.value("term_after"),
        "scope": scope,
        "n_acts": act.value("n_acts"),
        "authority": act.value("authority"),
        "destination": act.value("destination"),
        "certainty": act.value("certainty") or "stated",
        "source_ids": context.source_ids(" ".join(r["source_url"] for r in act.rows)),
        "note": "; ".join(dict.fromkeys(notes)),
        "_why": _reasons(act),
    }


def _reasons(act: Act) -> str:
    """What corrections, decisions and rows that were reviewed later say."""
    said = [r["note"] if r["settles"] else r.get("_why", "") for r in act.rows]
    return "; ".join(dict.fromkeys(p for p in said if p))


def _ending(day: str) -> str:
    """The date as it stands in a key: what is known of an interval that a release or report closes is its end."""
    return day.split("/")[0]


def _interval(context: Context, act: Act, day: str, since: str) -> str:
    """The date, or the interval that ends with a release or report; an early release is dated by itself."""
    dated = act.dated
    itself = act.type == "early_release" and dated["date_basis"] == "release"
    if itself or dated["date_basis"] not in ("release", "report") or "/" in day:
        return day
    bare = day.rstrip("~?%")
    start = dated["not_before"] or (since or "..").split("/")[0].rstrip("~?%")
    if start != ".." and dates.parse(start).earliest > dates.parse(bare).earliest:
        context.log(dated["_file"], dated["_line"], "act_date", "open", f"{act.case_id}: {start} lies after {bare}")
        start = ".."
    return f"{start}/{bare}" if start != bare else bare


def _note_conflicts(context: Context, act: Act, chosen: Row) -> None:
    for row in act.rows:
        for column, value in chosen.items():
            other = row["_date"] if column == "act_date" else row[column]
            if other and value and other != value:
                _conflict(context, act, row, column, other, value)


def _conflict(context: Context, act: Act, row: Row, column: str, value: str, chosen: str) -> None:
    own = "_date" if column == "act_date" else column
    holder = next((r for r in act.rows if r[own] == chosen), act.rows[0])
    settled = column in holder["settles"].split()
    usual = "what the date is of, then the finer date" if column == "act_date" else "the order of compilation"
    context.conflict(
        "acts",
        f"{act.case_id} {act.type}",
        column,
        (holder["_file"], chosen),
        (row["_file"], value),
        decision=chosen,
        basis=holder["note"] or "the row reviewed later" if settled else usual,
    )
