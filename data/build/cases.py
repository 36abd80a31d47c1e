"""Compiled case files, and reviewed facts from the CECC's database -> one row per conviction.

Which rows are one conviction is decided in ``decisions/keys.csv``; pairs that look alike and are kept
apart stand in ``decisions/possible_duplicates.csv``. `case_rows` brings each row into the columns of
`cases`; here the rows of one conviction become one:

- a value beats an empty field; a finer date beats a coarser one that it agrees with;
- a status that has ended the custody beats a stale `serving`, a named form of release beats `released`,
  `serving` beats `unknown`; the latest date at which a source shows somebody held is kept;
- of several wordings of a charge a specific one beats a general one ("counterrevolutionary crime"); then
  comes the row with a Dui Hua or CECC document, then the fuller wording. Prisons, aliases and those who raised
  the case are joined. The first date of raising is the earliest;
- where rows contradict each other (disjoint dates, other term, kind of sentence, province, sex, birth, form
  of release, or charges of which neither contains the other) ``decisions/case_choices.csv`` must decide, or
  the build stops.

Conventions that the choices keep: the province is where the court was, or failing that the detention, never the
prison; the term is the one in force after an appeal or retrial, the other stands in the note; a term that was
lengthened or cut later, in prison, is in `acts` and leaves the term alone; a person who died on medical parole
died while the sentence ran, so the status is `died_in_custody` and the parole is an act; articles rest on the
charge's wording (``decisions/charge_wording.csv``, by the law in force) and are therefore derived, unless a
choice names what a document states. Sources disagree in the open: every difference, with both values, goes to
``conflicts.csv``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from case_rows import LETTERS, OPEN, TERMED, Cleaner, earliest, latest
from common import BuildError, Context, Row, decisions, fold
from register import FILE as REGISTER_FILE
from register import LETTER as REGISTER
from register import register_rows

from clemency.records import dates

CRIMINAL_LAW_1997 = "1997-10-01"
_TRUSTED = re.compile(r"duihua|cecc\.gov|dui-hua-digest")
_DATES = ("detention_date", "sentence_date")
_STRICT = ("sex", "birth_date", "province", "sentence_type", "sentence_months", *_DATES)
_JOINED = ("aliases", "raised_by", "prison")
_PLAIN = ("name_zh", "ethnicity", "citizenship", "court", "conduct", "destination")
_STATUS = ("status", "status_date", "seen_date", "seen_basis")
_UNSTATED = {"released": 2, "unknown": 1}


def cases(context: Context) -> list[Row]:
    keys = {(r["file"], r["case_key"]): r for r in decisions("keys")}
    groups: dict[str, list[Row]] = defaultdict(list)
    people: dict[str, str] = {}
    cleaner = Cleaner(context)
    compiled = ((letter, cleaner.clean(raw)) for letter in LETTERS for raw in context.read(f"cases_{letter}"))
    for letter, row in (*compiled, *((REGISTER, row) for row in register_rows(context))):
        key = keys.pop((letter, row["_key"]), None)
        if key is None:
            raise BuildError(f"{row['_file']}: {row['_key']} is not in keys.csv.")
        groups[key["case_id"]].append(row)
        people[key["case_id"]] = key["person_id"]
    if keys:
        raise BuildError(f"keys.csv names rows that are not there: {sorted(keys)[:3]}")
    cleaner.check_all_used()
    choices = _Choices.read(groups)
    result = [
        {"case_id": case_id, "person_id": people[case_id], **_Merger(context, case_id, rows, choices).merged()}
        for case_id, rows in groups.items()
    ]
    choices.check_all_made()
    _log_possible_duplicates(context, groups)
    return result


@dataclass
class _Choices:
    """Reviewed decisions by case and column; remembers what still contradicts and which were used."""

    made: dict[tuple[str, str], Row]
    citizenship: dict[str, str]
    open: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, groups: dict[str, list[Row]]) -> _Choices:
        made = {(r["case_id"], r["column"]): r for r in decisions("case_choices")}
        citizenship = {r["case_id"]: r["citizenship"] for r in decisions("case_citizenship")}
        unknown = ({c for c, _ in made} | set(citizenship)) - set(groups)
        if unknown:
            raise BuildError(f"Decisions name cases that are not there: {sorted(unknown)}")
        return cls(made, citizenship)

    def check_all_made(self) -> None:
        if self.open:
            raise BuildError("case_choices.csv must decide:\n  " + "\n  ".join(self.open))


def _log_possible_duplicates(context: Context, groups: dict[str, list[Row]]) -> None:
    for pair in decisions("possible_duplicates"):
        for case_id in (pair["case_id"], pair["other_case_id"]):
            if case_id not in groups:
                raise BuildError(f"possible_duplicates.csv names a case that is not there: {case_id}")
        what = f"kept apart: {pair['case_id']} and {pair['other_case_id']}"
        context.log("cases", "", "case_id", what, f"possible duplicate: {pair['why']}")


class _Merger:
    """The rows of one conviction -> one row."""

    def __init__(self, context: Context, case_id: str, rows: list[Row], choices: _Choices) -> None:
        self.context, self.case_id, self.choices = context, case_id, choices
        self.rows = sorted(rows, key=lambda r: (0 if _TRUSTED.search(r["_addresses"]) else 1, r["_file"]))

    def merged(self) -> Row:
        row = {c: self._column(c) for c in (*_PLAIN, *_STRICT, "raised_date")}
        row |= {c: self._joined(c) for c in _JOINED}
        row |= self._name(row["aliases"])
        row |= self._last_status()
        row |= self._charge(row)
        row["citizenship"] = self.choices.citizenship.get(self.case_id, row["citizenship"])
        row["sentence_months"] = row["sentence_months"] if row["sentence_type"] in TERMED else ""
        row["inferred"] = self._inferred(row)
        row["note"] = self._note()
        row["source_ids"] = self._sources()
        return row

    def _choice(self, column: str) -> Row | None:
        return self.choices.made.get((self.case_id, column))

    def _column(self, column: str) -> str:
        filled = [r for r in self.rows if r[column]]
        choice = self._choice(column)
        if choice:
            self._record(column, filled, choice["value"], choice["basis"])
            return choice["value"]
        if len({r[column] for r in filled}) < 2:
            return filled[0][column] if filled else ""
        pages = [r for r in filled if r["_file"] != REGISTER_FILE]
        wordings = pages if pages and column in _PLAIN else filled
        value, basis = _RULES.get(column, _fuller)(wordings, column)
        if value is None:
            value, basis = self._by_pages(column, filled)
        self._record(column, filled, value, basis)
        return value

    def _by_pages(self, column: str, filled: list[Row]) -> tuple[str, str]:
        """The value of the public pages where the CECC's record contradicts them; open if they differ themselves."""
        pages = [r for r in filled if r["_file"] != REGISTER_FILE]
        if pages and len(pages) < len(filled):
            value = (
                pages[0][column]
                if len({r[column] for r in pages}) == 1
                else _RULES.get(column, _fuller)(pages, column)[0]
            )
            if value is not None:
                return value, "the public page; the CECC's record has another value"
        self._leave_open(column, filled)
        return filled[0][column], "undecided"

    def _leave_open(self, column: str, rows: list[Row]) -> None:
        values = ", ".join(f"{r['_file'][-1]}: {r[column]}" for r in rows)
        self.choices.open.append(f"{self.case_id}, {column}: {values}")

    def _joined(self, column: str) -> str:
        choice = self._choice(column)
        if choice:
            return choice["value"]
        return "; ".join(dict.fromkeys(p for r in self.rows for p in r[column].split("; ") if p))

    def _name(self, aliases: str) -> Row:
        """The name of the first row; the other names and spellings become aliases."""
        published = [r["name"] for r in self.rows]
        spellings = [n for n in published if fold(n) == fold(published[0])]
        choice = self._choice("name")
        name = choice["value"] if choice else max(spellings, key=lambda n: not n.isascii())
        others = {fold(o): o for o in reversed(published + aliases.split("; ")) if o}
        others.pop(fold(name), None)
        basis = choice["basis"] if choice else "the spelling with its marks, then the better source"
        self._record("name", self.rows, name, basis)
        return {"name": name, "aliases": "; ".join(reversed(others.values()))}

    def _charge(self, row: Row) -> Row:
        """The charge and its articles, stated ones apart from derived ones."""
        wording = {r["wording"]: r for r in decisions("charge_wording")}
        old = self._before_1997(row)
        filled = [r for r in self.rows if r["charge"]]
        choice = self._choice("charge")
        if choice:
            value, basis = choice["value"], choice["basis"]
        elif len({r["charge"] for r in filled}) < 2:
            value, basis = (filled[0]["charge"] if filled else ""), ""
        else:
            value, basis = self._best_charge(filled, wording, old)
        self._record("charge", filled, value, basis)
        choice = self._choice("charge_ids")
        named, derived = _ids(value, wording, old), []
        stated = choice["value"].split() if choice else self._stated(named)
        if choice or not stated:
            derived = [i for i in named if i not in stated]
        return {"charge": value, "charge_ids": " ".join(stated), "charge_ids_derived": " ".join(derived)}

    def _stated(self, named: list[str]) -> list[str]:
        """Articles that the CECC's record states, unless the charge that a page names is another."""
        stated = _stated(self.rows)
        if stated and named and not set(named) <= set(stated):
            holder = next(r for r in self.rows if r.get("charge_ids"))
            why = "the charge that the page names; the CECC's record has another article"
            page = next(r for r in self.rows if r["charge"])
            decision = " ".join(named)
            first, second = (page["_file"], decision), (holder["_file"], " ".join(stated))
            self.context.conflict(
                "cases", self.case_id, "charge_ids_derived", first, second, decision=decision, basis=why
            )
            return []
        return stated

    def _best_charge(self, filled: list[Row], wording: dict[str, Row], old: bool) -> tuple[str, str]:
        specific = [r for r in filled if not _general(r["charge"], wording)] or filled
        ids = [set(_ids(r["charge"], wording, old)) for r in specific]
        widest = max(ids, key=len)
        if any(not i <= widest for i in ids):
            self._leave_open("charge", specific)
        best = max(specific, key=lambda r: (len(_ids(r["charge"], wording, old)), -self.rows.index(r)))
        if len(specific) < len(filled):
            return best["charge"], "a specific charge before a general one"
        return best["charge"], "most charges, then Dui Hua or CECC"

    def _before_1997(self, row: Row) -> bool:
        """Whether the Criminal Law of 1979 was in force at the sentence, or failing a date, as far as known."""
        known = row["sentence_date"] or row["detention_date"]
        if known:
            return latest(known) < CRIMINAL_LAW_1997
        ends = [d for d in (row["status_date"], row["raised_date"]) if d]
        keys = [r["_key"] for r in self.rows if r["_file"] != REGISTER_FILE]
        years = [int(m.group()) for k in keys if (m := re.search(r"(?:19|20)\d\d$", k))]
        return any(latest(d) < CRIMINAL_LAW_1997 for d in ends) or bool(years and min(years) < 1997)

    def _inferred(self, row: Row) -> str:
        """Columns whose value comes only from rows that infer it."""
        added = self._choice("inferred")
        found = set(added["value"].split()) if added else set()
        for column in {c for r in self.rows for c in r["inferred"].split()}:
            agreeing = [r for r in self.rows if r[column] == row[column]]
            if row[column] and not self._choice(column) and all(column in r["inferred"].split() for r in agreeing):
                found.add(column)
        return " ".join(sorted(found))

    def _note(self) -> str:
        added = self._choice("note")
        parts = [p for r in self.rows for p in r["note"].split("; ") if p]
        return "; ".join(dict.fromkeys([*([added["value"]] if added else []), *parts]))

    def _sources(self) -> str:
        chosen = [c["address"] for (case_id, _), c in self.choices.made.items() if case_id == self.case_id]
        return self.context.source_ids(" ".join([*(r["_addresses"] for r in self.rows), *chosen]))

    def _last_status(self) -> Row:
        ended = [r for r in self.rows if r["status"] not in OPEN]
        pool = ended or self.rows
        named = [r for r in pool if r["status"] not in _UNSTATED] or pool
        choice = self._choice("status")
        basis = choice["basis"] if choice else "the later state; a named form before an unnamed one"
        if choice is None and (len({r["status"] for r in named}) > 1 or self._held_after(ended)):
            pages = [r for r in named if r["_file"] != REGISTER_FILE]
            if 0 < len(pages) < len(named) and len({r["status"] for r in pages}) == 1:
                named, basis = pages, "the public page; the CECC's record has another form of release"
                ended = [r for r in ended if r["_file"] != REGISTER_FILE]
            else:
                self._leave_open("status", self.rows)
        status = choice["value"] if choice else max(named, key=lambda r: -_UNSTATED.get(r["status"], 0))["status"]
        self._record("status", self.rows, status, basis)
        if status in OPEN:
            return {"status": status, "status_date": "", **self._seen()}
        return {"status": status, "status_date": self._status_date(ended, status), "seen_date": "", "seen_basis": ""}

    def _held_after(self, ended: list[Row]) -> bool:
        """Whether a source states that somebody was held after the day on which another says it ended."""
        ends = [latest(r["status_date"]) for r in ended if r["status_date"]]
        seen = [r["seen_date"] for r in self.rows if r["seen_basis"] == "stated"]
        return any(str(dates.parse(s).earliest) > end for s in seen for end in ends)

    def _status_date(self, ended: list[Row], status: str) -> str:
        filled = [r for r in ended if r["status_date"]]
        choice = self._choice("status_date")
        agreeing = filled if self._choice("status") else [r for r in filled if r["status"] in (status, "released")]
        if choice:
            value, basis = choice["value"], choice["basis"]
        elif len({r["status_date"] for r in agreeing}) < 2:
            value, basis = (agreeing[0]["status_date"] if agreeing else ""), "the date of the status"
        else:
            found, basis = _finest(agreeing, "status_date")
            value = found or ""
            if found is None:
                value, basis = self._by_pages("status_date", agreeing)
        self._record("status_date", filled, value, basis)
        return value

    def _seen(self) -> Row:
        choice = self._choice("seen_date")
        if choice:
            return {"seen_date": choice["value"], "seen_basis": "stated" if choice["value"] else ""}
        seen = [r for r in self.rows if r["seen_date"]]
        if not seen:
            return {"seen_date": "", "seen_basis": ""}
        # By the first day, so that a bare year never beats a month stated in it.
        last = max(seen, key=lambda r: (earliest(r["seen_date"]), r["seen_basis"] == "stated"))
        return {"seen_date": last["seen_date"], "seen_basis": last["seen_basis"]}

    def _record(self, column: str, rows: list[Row], decision: str, basis: str) -> None:
        first = {r[column]: r for r in reversed(rows) if r[column]}
        holder = first.get(decision)
        for value in dict.fromkeys(r[column] for r in rows if r[column]):
            if value != decision:
                self.context.conflict(
                    "cases",
                    self.case_id,
                    column,
                    (holder["_file"] if holder else "", decision if holder else ""),
                    (first[value]["_file"], value),
                    decision=decision,
                    basis=basis,
                )


_Rule = Callable[[list[Row], str], tuple[str | None, str]]


def _fuller(rows: list[Row], column: str) -> tuple[str | None, str]:
    return max((r[column] for r in rows), key=len), "the fuller wording"


def _finest(rows: list[Row], column: str) -> tuple[str | None, str]:
    """The finest of dates that lie inside each other; none if they do not."""
    spans = {r[column]: dates.parse(r[column]) for r in reversed(rows)}
    order = [r[column] for r in rows]
    finest = min(spans, key=lambda v: (spans[v].latest - spans[v].earliest, order.index(v)))
    inside = all(s.earliest <= spans[finest].earliest and spans[finest].latest <= s.latest for s in spans.values())
    return (finest, "the finer of two dates that agree") if inside else (None, "undecided")


def _earliest(rows: list[Row], column: str) -> tuple[str | None, str]:
    found, basis = _finest(rows, column)
    if found:
        return found, basis
    return min((r[column] for r in rows), key=latest), "the earlier: the column is the first date"


def _one_value(rows: list[Row], column: str) -> tuple[str | None, str]:
    return None, "undecided"


def _sentence_type(rows: list[Row], column: str) -> tuple[str | None, str]:
    kinds = {r[column] for r in rows}
    if "suspended" in kinds and kinds <= {"suspended", "fixed", "none"}:
        return "suspended", "a source says that the term was suspended"
    passed = kinds - {"none", "pending"}
    if len(passed) == 1:
        return passed.pop(), "a sentence before the state of a page from before it"
    return None, "undecided"


_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_STRICT, _one_value),
    **dict.fromkeys(_DATES, _finest),
    "birth_date": _finest,
    "sentence_type": _sentence_type,
    "raised_date": _earliest,
}


def _stated(rows: list[Row]) -> list[str]:
    """Articles that the rows themselves state."""
    return list(dict.fromkeys(i for r in rows for i in r.get("charge_ids", "").split()))


def _ids(charge: str, wording: dict[str, Row], old: bool) -> list[str]:
    column = "charge_id_1979" if old else "charge_id_1997"
    return list(dict.fromkeys(i for p in charge.split("; ") if p for i in wording[p][column].split()))


def _general(charge: str, wording: dict[str, Row]) -> bool:
    return all(wording[p]["level"] == "general" for p in charge.split("; "))
