"""One compiled row of a case -> the columns of `cases`, before rows are merged.

Moves what the compiled columns mix: conduct out of the charge, citizenship out of the ethnic group, the
legal form of a release apart from where it led, dates at which a source shows somebody held apart from
dates of an end. Every choice that needs judgement is a row in ``decisions/``:

- ``charge_wording``: what each wording of a charge is (charge, conduct, measure) and the articles it stands for;
- ``legal_forms``: the form of release of those who were sent abroad;
- ``seen``: as-of dates that a note states; ``inferred``: columns whose value a note calls inferred;
- ``names``, ``places``, ``raised_by``, ``citizenship``: one spelling per name, place, body and country;
- ``note_fragments``: what is cut from notes, namely remarks on the compiled file, relatives and illnesses.
"""

from __future__ import annotations

import re

from common import BuildError, Context, Row, decisions
from tables import province, published, valid_date

from clemency.records import dates

#: Files of compiled rows, in the order in which they were compiled.
LETTERS = "abcdef"
OPEN = ("serving", "unknown")
_STATUS = {
    "released_unknown": "released",
    **{
        s: s
        for s in (
            *OPEN,
            "medical_parole",
            "parole",
            "released_early",
            "released_on_expiry",
            "died_in_custody",
            "executed",
        )
    },
}
TERMED = ("fixed", "suspended", "rtl")
_SUSPENDED = re.compile(r"suspended sentence|, suspended|suspended (?:for )?(?:two|three|four|five|\d)")
_NOT_SUSPENDED = re.compile(r"revo|suspended or not unclear")
_RELEASES = ("medical_parole", "parole", "early_release", "sentence_reduction")


def earliest(date: str) -> str:
    return str(dates.parse(date).earliest)


def latest(date: str) -> str:
    return str(dates.parse(date).latest)


class Cleaner:
    """Cleans rows by the decisions, which it reads once; notes which decisions were used."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.wording = {r["wording"]: r for r in decisions("charge_wording")}
        self.citizenship = {r["ethnicity_as_compiled"]: r for r in decisions("citizenship")}
        self.fragments = [(re.compile(r["pattern"]), r["replacement"], r["why"]) for r in decisions("note_fragments")]
        self.names = {r["as_compiled"]: r for r in decisions("names")}
        self.places = {r["as_compiled"]: r["place"] for r in decisions("places")}
        self.bodies = {r["as_compiled"]: r["body"] for r in decisions("raised_by")}
        self.by_row = {
            name: {(r["file"], r["case_key"]): r for r in decisions(name)}
            for name in ("legal_forms", "seen", "inferred")
        }
        self.unused = {(name, *key) for name, rows in self.by_row.items() for key in rows}
        self.abroad = _destinations(context)

    def clean(self, raw: Row) -> Row:
        name, aliases = self._names(raw["name_pinyin"])
        group = self.citizenship.get(raw["ethnicity"], {"ethnicity": raw["ethnicity"], "citizenship": ""})
        charge, conduct, measure = self._charges(raw)
        kind, months = _sentence(raw, measure)
        if kind != raw["sentence_type"]:
            told = f"{raw['sentence_type'] or 'empty'} -> {kind}"
            self.context.log(raw["_file"], raw["_line"], "sentence_type", told, "as the note or the charge has it")
        inferred = self._decided("inferred", raw).get("columns", "")
        return {
            "name": name,
            "name_zh": raw["name_hanzi"],
            "aliases": "; ".join(aliases),
            "sex": raw["sex"],
            "ethnicity": group["ethnicity"],
            "citizenship": group["citizenship"],
            "birth_date": raw["birth_year"] + ("~" if "birth_date" in inferred else ""),
            "province": province(self.context, raw["province"], raw),
            "court": self._place(raw["court"]),
            "charge": charge,
            "conduct": conduct,
            "detention_date": valid_date(self.context, raw, "detention_date"),
            "sentence_date": valid_date(self.context, raw, "sentence_date"),
            "sentence_type": kind,
            "sentence_months": months,
            "prison": "; ".join(self._place(p) for p in _parts(raw["prison"])),
            "destination": self.abroad.get((raw["_file"][-1], raw["case_key"]), ""),
            **self._status(raw),
            "raised_by": "; ".join(self._raised(raw)),
            "raised_date": valid_date(self.context, raw, "raised_date"),
            "inferred": inferred,
            "note": self._note(raw),
            "_addresses": raw["source_urls"],
            "_file": raw["_file"],
            "_key": raw["case_key"],
        }

    def check_all_used(self) -> None:
        if self.unused:
            raise BuildError(f"Decisions for rows that are not there: {sorted(self.unused)[:5]}")

    def _decided(self, name: str, raw: Row) -> Row:
        key = (raw["_file"][-1], raw["case_key"])
        self.unused.discard((name, *key))
        return self.by_row[name].get(key, {})

    def _names(self, published_name: str) -> tuple[str, list[str]]:
        known = self.names.get(published_name)
        if known:
            return known["name"], _parts(known["aliases"])
        match = re.fullmatch(r"(.+?)\s*\((.+)\)(.*)", published_name)
        if match is None or "withheld" in published_name:
            return published_name, []
        return f"{match.group(1)}{match.group(3)}", [a.strip() for a in match.group(2).split(",")]

    def _place(self, as_compiled: str) -> str:
        text = re.sub(r"\bNumber (One|Two|Three|Four|Five|Six)\b", _number, as_compiled)
        return self.places.get(text, text)

    def _raised(self, raw: Row) -> list[str]:
        named = _parts(raw["raised_by"])
        for body in named:
            if not self.bodies.get(body, body):
                self.context.log(raw["_file"], raw["_line"], "raised_by", "left out", f"'{body}' names nobody")
        return list(dict.fromkeys(self.bodies.get(b, b) for b in named if self.bodies.get(b, b)))

    def _charges(self, raw: Row) -> tuple[str, str, bool]:
        found: dict[str, list[str]] = {"charge": [], "conduct": [], "measure": []}
        for part in _parts(raw["charge_text"]):
            if part not in self.wording:
                raise BuildError(f"{raw['_file']}, line {raw['_line']}: '{part}' is not in charge_wording.csv.")
            found[self.wording[part]["kind"]].append(part.replace(" (charge not stated)", ""))
        return "; ".join(found["charge"]), "; ".join(found["conduct"]), bool(found["measure"])

    def _note(self, raw: Row) -> str:
        return "; ".join(p for p in (self._kept(part, raw) for part in _parts(raw["note"])) if p)

    def _kept(self, part: str, raw: Row) -> str:
        for pattern, replacement, why in self.fragments:
            shorter = pattern.sub(replacement, part).strip(" ,")
            if shorter != part:
                what = "note shortened" if shorter else "part of the note left out"
                self.context.log(raw["_file"], raw["_line"], "note", what, why)
                part = shorter
        return part

    def _status(self, raw: Row) -> Row:
        form = self._decided("legal_forms", raw).get("status")
        if raw["outcome"] == "exiled" and not form:
            raise BuildError(
                f"{raw['_file']}, line {raw['_line']}: no legal form for {raw['case_key']} in legal_forms.csv."
            )
        status = form or _STATUS[raw["outcome"]]
        date = valid_date(self.context, raw, "outcome_date")
        if status not in OPEN:
            return {"status": status, "status_date": date, "seen_date": "", "seen_basis": ""}
        seen, basis = self._seen(raw, status, date)
        return {"status": status, "status_date": "", "seen_date": seen, "seen_basis": basis}

    def _seen(self, raw: Row, status: str, date: str) -> tuple[str, str]:
        stated = self._decided("seen", raw)
        if stated or date:
            return (stated["seen_date"] if stated else date), "stated"
        known = [d for d in (published(a) for a in raw["source_urls"].split()) if d]
        if status == "serving" and known:
            return max(known, key=earliest), "source_date"
        return "", ""


def _parts(text: str) -> list[str]:
    return [p.strip() for p in text.split(";") if p.strip()]


def _number(match: re.Match[str]) -> str:
    return f"No. {1 + ('One', 'Two', 'Three', 'Four', 'Five', 'Six').index(match.group(1))}"


def _destinations(context: Context) -> dict[tuple[str, str], str]:
    """Where a release led, from the acts; a row of acts has one where the page says so."""
    return {
        (letter, act["case_key"]): act["destination"]
        for letter in LETTERS
        for act in context.read(f"acts_{letter}")
        if act["destination"] and act["act_type"] in _RELEASES
    }


def _sentence(raw: Row, measure: bool) -> tuple[str, str]:
    kind, months = raw["sentence_type"], raw["sentence_months"]
    if measure and kind in ("", "fixed"):
        kind = "rtl"
    if kind in ("fixed", "none") and _SUSPENDED.search(raw["note"]) and not _NOT_SUSPENDED.search(raw["note"]):
        kind = "suspended"
    return kind, months if kind in TERMED else ""
