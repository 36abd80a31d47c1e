"""Legal process, status and term of each record -> kind of sentence, end of the term, status, release.

What the export says decides; where it leaves a choice the column stays empty or is marked as inferred.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.terms import DAYS_PER_MONTH, term_end
from clemency.sources.cecc.fields import MOST, ORDER
from clemency.sources.cecc.parse import Column, Status, distinct_texts

GRACE = np.timedelta64(31, "D")
Flags = NDArray[np.bool_]
_NAT = np.datetime64("NaT", "D")
_NOTHING = np.array(None, dtype=object)


@dataclass(frozen=True, slots=True)
class Legal:
    """Legal process of each record; all arrays have shape (n,)."""

    known: Flags
    sentenced: Flags
    alleged: Flags
    suspended: Flags
    rtl: Flags
    administrative: Flags
    doubtful: Flags
    last: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Doubts:
    """Collector of values that were kept although something speaks against them."""

    records: NDArray[Any]
    rows: list[tuple[int, str, str, str]] = field(default_factory=list)

    def add(self, where: Flags, name: str, values: Any, doubt: str) -> None:
        """Note a doubt on a field at every record of a mask."""
        self.rows.extend((int(i), name, str(values[i] or ""), doubt) for i in np.flatnonzero(where))

    def frame(self) -> pd.DataFrame:
        """Columns ``record, field, value, doubt``, by record."""
        rows = sorted(self.rows, key=lambda r: r[0])
        table = [(self.records[i], name, value, doubt) for i, name, value, doubt in rows]
        return pd.DataFrame(table, columns=["record", "field", "value", "doubt"], dtype="string")


@dataclass(frozen=True, slots=True)
class Terms:
    """Kind and length of each sentence and the interval in which it ends; shape (n,).

    ``end`` spans the end that the export states and the one that follows from custody and term; ``stated`` and
    ``computed`` are the two. ``certain`` marks terms that end and that the export does not doubt: fixed terms,
    re-education, and sentences of unknown length whose end it states.
    """

    kind: NDArray[Any]
    months: NDArray[np.float64]
    term_kind: NDArray[Any]
    inferred: Flags
    certain: Flags
    end: dates.Bounds
    stated: dates.Bounds
    computed: dates.Bounds


def legal_process(texts: NDArray[Any]) -> Legal:
    """Read the phases of each record."""
    at, distinct = distinct_texts(texts)
    rows = [_phases(t) for t in distinct]
    columns = [np.array(c, dtype=object)[at] for c in zip(*rows, strict=True)]
    known, sentenced, alleged, suspended, rtl, administrative, doubtful = (c.astype(bool) for c in columns[:-1])
    return Legal(known, sentenced, alleged, suspended, rtl, administrative, doubtful, columns[-1])


def _phases(text: str | None) -> tuple[bool, bool, bool, bool, bool, bool, bool, str]:
    parts = (text or "").split()
    sentences = [p for p in parts if p.startswith("sent")]
    first = parts[0] if parts else ""
    return (
        bool(parts),
        bool(sentences),
        any(p.endswith("?") for p in sentences),
        any(p.startswith("sent-suspend") for p in sentences),
        first.startswith("admin-RTL"),
        first.startswith("admin-other"),
        first.endswith("?"),
        parts[-1].removesuffix("?") if parts else "",
    )


def statuses(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], Flags, Flags]:
    """Base code, detail and their question marks, shape (n,) each; empty text where no status was read."""
    none = Status("", "", False, False)
    known = [v or none for v in values]
    return (
        np.array([s.base for s in known], dtype=object),
        np.array([s.detail for s in known], dtype=object),
        np.array([s.doubtful for s in known], dtype=bool),
        np.array([s.detail_doubtful for s in known], dtype=bool),
    )


def total_months(parsed: dict[str, Column]) -> NDArray[np.float64]:
    """Years, months, weeks and days as months of 365.25/12 days; NaN if none is given or one cannot be read."""
    per = {"term_years": 12.0, "term_months": 1.0, "term_weeks": 7 / DAYS_PER_MONTH, "term_days": 1 / DAYS_PER_MONTH}
    total = np.zeros(len(parsed["record"].cells))
    known = np.zeros(len(total), dtype=bool)
    for name in MOST:
        part = np.array([np.nan if v is None else v for v in parsed[name].cells], dtype=float)
        known |= np.isfinite(part)
        total += per[name] * np.where(parsed[name].empty, 0.0, part)
    return np.where(known & (total > 0), np.round(total, 4), np.nan)


def terms(parsed: dict[str, Column], legal: Legal, doubts: Doubts) -> Terms:
    """Kind of sentence, its length and its end."""
    base, detail, _, detail_doubt = statuses(parsed["detention_status"].cells)
    months = total_months(parsed)
    told = np.isfinite(months)
    kind = np.full(len(base), None, dtype=object)
    kind[legal.known & ~legal.sentenced] = "none"
    kind[legal.rtl & ~legal.sentenced] = "rtl"
    kind[legal.sentenced & told & ~legal.rtl] = "fixed"
    kind[legal.suspended | (detail == "suspend")] = "suspended"
    kind[detail == "life"] = "life"
    kind[detail == "dth-r"] = "death_reprieve"
    kind[legal.last == "exe"] = "death"
    unending = np.isin(kind.astype(str), ["life", "death_reprieve", "death"])
    text = np.char.add(np.char.mod("%g", np.nan_to_num(months)), " months").astype(object)
    doubts.add(unending & told, "term", text, "a term beside a sentence without one: not used as the sentence")
    served = np.where(legal.administrative, "administrative", "time_served").astype(object)
    served[legal.rtl] = "rtl"
    served[legal.sentenced] = "sentence"
    served[~told | ~legal.known] = None
    by_status = np.isin(detail, ["suspend", "life", "dth-r"])
    uncertain = np.where(by_status, detail_doubt, np.where(legal.sentenced, legal.alleged, legal.doubtful))
    running = np.isin(kind.astype(str), ["fixed", "rtl"])
    stated = dates.bounds(parsed["sentence_ends"].cells)
    computed = _computed(parsed, np.where(running, months, np.nan))
    end = dates.Bounds(np.fmin(stated.earliest, computed.earliest), np.fmax(stated.latest, computed.latest))
    some = kind.astype(str) != "None"
    ends = running | (legal.sentenced & ~some & ~np.isnat(stated.earliest))
    return Terms(kind, months, served, some & uncertain, ends & ~uncertain, end, stated, computed)


def _computed(parsed: dict[str, Column], months: NDArray[np.float64]) -> dates.Bounds:
    custody = dates.bounds(parsed["date_of_detention"].cells)
    sentence = dates.bounds(parsed["sentence_date"].cells)
    usable = np.where(dates.out_of_order(custody, sentence), np.nan, months)
    return dates.Bounds(term_end(custody.earliest, usable), term_end(custody.latest, usable))


def out_of_order(parsed: dict[str, Column], doubts: Doubts) -> None:
    """Note dates that lie against the order of a case whatever days they mean."""
    for before, after in ORDER:
        first, second = dates.bounds(parsed[before].cells), dates.bounds(parsed[after].cells)
        wrong = dates.out_of_order(first, second)
        for i in np.flatnonzero(wrong):
            text = f"earlier than {before} ({parsed[before].cells[i]})"
            doubts.rows.append((int(i), after, str(parsed[after].cells[i]), text))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Status of each record and what is known of its release; shape (n,)."""

    status: NDArray[Any]
    status_date: NDArray[Any]
    seen_date: NDArray[Any]
    inferred: Flags
    early: Flags
    release_date: NDArray[Any]
    note: NDArray[Any]


_NOTES = {
    ("ESC", ""): "escaped",
    ("HOUSE", ""): "under house arrest",
    ("DET", "bail"): "on bail, the case still open",
    ("DET", "surveil"): "under surveillance",
    ("DET", "suspend"): "suspended sentence, not in prison",
    ("REL", "dec"): "released, since deceased",
    ("REL", "PSB"): "released by public security",
}


def outcomes(parsed: dict[str, Column], legal: Legal, term: Terms, as_of: str | None, doubts: Doubts) -> Outcome:
    """Status in the shipped vocabulary, its date, and the interval of a release that has no date."""
    base, detail, doubtful, detail_doubt = statuses(parsed["detention_status"].cells)
    release = parsed["release"].cells
    dated = np.array([r is not None for r in release], dtype=bool)
    status = np.full(len(base), "unknown", dtype=object)
    status[(base == "DET") & np.isin(detail, ["", "life", "dth-r"])] = "serving"
    status[(base == "DET") & (detail == "med")] = "medical_parole"
    status[base == "REL"] = "released"
    died = (base == "DEC") & (legal.last == "dec")
    status[died & ~dated] = "died_in_custody"
    status[(base == "DEC") & np.isin(legal.last, ["rel", "rel-PSB"])] = "released"
    status[(base == "DEC") & (detail == "exe")] = "executed"
    doubts.add(
        died & dated, "release", release, "a release and a death in custody: the export does not say which ended it"
    )
    held = np.isin(status.astype(str), ["serving", "medical_parole"]) & dated
    doubts.add(held, "release", release, "a release date beside a status of custody: the status is left unknown")
    status[held] = "unknown"
    early, expired = _against_term(parsed, term, (status == "released") & (base == "REL") & ~doubtful, doubts)
    status[early], status[expired] = "released_early", "released_on_expiry"
    ended = np.char.startswith(status.astype(str), "released") & dated
    notes = np.array([_NOTES.get((b, d), "") for b, d in zip(base, detail, strict=True)], dtype=object)
    unsure = doubtful | (detail_doubt & (detail == "med"))
    inferred = (unsure | (status == "died_in_custody") | early | expired) & (status != "unknown")
    return Outcome(
        status,
        np.where(ended, release, _NOTHING),
        _seen(status, unsure, term, as_of, doubts),
        inferred,
        early,
        _release_interval(parsed, term, np.isin(base, ["REL"]), as_of),
        notes,
    )


def _against_term(parsed: dict[str, Column], term: Terms, free: Flags, doubts: Doubts) -> tuple[Flags, Flags]:
    """Releases that are surely before the end of the term, and those within a month of it."""
    released = dates.bounds(parsed["release"].cells)
    custody = dates.bounds(parsed["date_of_detention"].cells)
    sentence = dates.bounds(parsed["sentence_date"].cells)
    orderly = ~(dates.out_of_order(custody, released) | dates.out_of_order(sentence, released))
    usable = free & orderly & term.certain
    early = usable & (released.latest + GRACE < term.end.earliest)
    expired = usable & (term.end.latest - released.earliest <= GRACE) & (released.latest - term.end.earliest <= GRACE)
    late = usable & (released.earliest > term.end.latest + GRACE)
    doubts.add(late, "release", parsed["release"].cells, "more than 31 days after the end of the term")
    return early, expired


def _seen(status: NDArray[Any], doubtful: Flags, term: Terms, as_of: str | None, doubts: Doubts) -> NDArray[Any]:
    """The export's date for those whom it shows in custody without a question mark."""
    seen = np.full(len(status), None, dtype=object)
    if as_of is None:
        return seen
    shown = np.isin(status.astype(str), ["serving", "medical_parole"]) & ~doubtful
    over = shown & (term.end.latest + GRACE < np.datetime64(as_of, "D"))
    text = term.end.latest.astype(str).astype(object)
    doubts.add(over, "detention_status", text, "still in custody after the end of the term: not counted as seen")
    seen[shown & ~over] = as_of
    return seen


def _release_interval(parsed: dict[str, Column], term: Terms, free: Flags, as_of: str | None) -> NDArray[Any]:
    """The stated release; else, for the released, from custody or sentence to the export's date."""
    result = parsed["release"].cells.copy()
    custody, sentence = parsed["date_of_detention"].cells, parsed["sentence_date"].cells
    first, second = dates.bounds(custody), dates.bounds(sentence)
    later = (term.kind == "fixed") & (second.earliest > first.earliest)
    begins = np.where(later | np.isnat(first.earliest), sentence, custody)
    start = dates.bounds(begins).earliest
    limit = _NAT if as_of is None else np.datetime64(as_of, "D")
    for i in np.flatnonzero(free & np.array([r is None for r in result]) & ~np.isnat(start) & ~(start > limit)):
        result[i] = f"{begins[i]}/{as_of or '..'}"
    return result
