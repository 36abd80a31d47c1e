"""Raw files -> charges, provinces, events, lists, statistics, rules and sources."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from urllib.parse import urlsplit

from common import ACCESSED, REGISTER, BuildError, Context, Row, canonical, decisions, publisher_of, slug, unique_keys

from clemency.records import dates


def province_codes() -> dict[str, str]:
    return {r["name"]: r["province"] for r in decisions("provinces")}


def province(context: Context, name: str, row: Row) -> str:
    if not name:
        return ""
    codes = province_codes()
    if name in codes.values():
        return name
    if name not in codes:
        raise BuildError(f"{row['_file']}, line {row['_line']}: no province '{name}'.")
    return codes[name]


def valid_date(context: Context, row: Row, column: str) -> str:
    """The date if it is in the subset of EDTF; otherwise empty, and logged."""
    value = row[column].strip()
    if value:
        try:
            dates.parse(value)
        except ValueError as error:
            context.log(row["_file"], row["_line"], column, "emptied", f"'{value}': {error}")
            return ""
    return value


def charges(context: Context) -> list[Row]:
    raw = context.read("charges")
    stem = [f"{r['statute']}-{r['article'] or 'I'}" + (f"({r['paragraph']})" if r["paragraph"] else "") for r in raw]
    shared = Counter(stem)
    rows = []
    for s, r in zip(stem, raw, strict=True):
        rows.append(
            {
                "charge_id": s if shared[s] == 1 else f"{s}:{slug(r['charge_en'], 80)}",
                "statute": r["statute"],
                "article": r["article"] or "90-104",
                "paragraph": r["paragraph"],
                "charge": r["charge_en"],
                "charge_zh": r["charge_zh"],
                "family": r["family"],
                "predecessor": r["predecessor"],
                "source_ids": context.source_ids(r["source_url"]),
            }
        )
    by_id = {r["charge_id"]: r for r in rows}
    for r in decisions("charges_added"):
        like, address = by_id[r.pop("address_of")], r.pop("address")
        rows.append({**r, "source_ids": context.source_ids(address) if address else like["source_ids"]})
    return rows


def provinces(context: Context) -> list[Row]:
    sources = " ".join(r["address"] for r in decisions("provinces_sources"))
    return [{**r, "source_ids": context.source_ids(sources)} for r in decisions("provinces")]


def events(context: Context) -> list[Row]:
    """Events of all files; days of meetings and rows that are one event stand in ``decisions/``."""
    days = {r["event_id"]: r for r in decisions("event_days")}
    merges = {(r["file"], r["event_id"]): r for r in decisions("event_merges")}
    raw = [r for name in _EVENT_FILES for r in context.read(name)]
    found = {r["event_id"]: r for r in raw if (r["_file"], r["event_id"]) not in merges}
    if missing := (set(days) | {m["into"] for m in merges.values()}) - set(found):
        raise BuildError(f"Decisions name events that are not there: {sorted(missing)}")
    for r in raw:
        merge = merges.get((r["_file"], r["event_id"]))
        if merge:
            _merge_event(context, found[merge["into"]], r, merge["why"])
    return [_event(context, r, days.get(r["event_id"])) for r in found.values()]


_EVENT_FILES = ("bilateral_events", "events_d", "events_g")


def _merge_event(context: Context, into: Row, row: Row, why: str) -> None:
    first, second = (into["_file"], into["date"]), (row["_file"], row["date"])
    context.conflict("events", into["event_id"], "date", first, second, decision=row["date"], basis=why)
    into["date"], into["source_url"] = row["date"], f"{into['source_url']} {row['source_url']}"


def _event(context: Context, r: Row, day: Row | None) -> Row:
    addresses, date = r["source_url"], valid_date(context, r, "date")
    if day:
        if day["date_as_compiled"] != date:
            raise BuildError(
                f"event_days.csv: {r['event_id']} is dated '{date}' and no longer '{day['date_as_compiled']}'."
            )
        if day["date"] != date:
            context.because("events", r["event_id"], "date", day["why"])
            context.log(r["_file"], r["_line"], "date", f"{date} -> {day['date']}", day["why"])
        addresses, date = f"{addresses} {day['address']}", day["date"]
    return {
        "event_id": r["event_id"],
        "date": date,
        "partner": r["partner"],
        "event_type": r["event_type"],
        "direction": r["direction"],
        "place": r["place"],
        "label": r["label"],
        "source_ids": context.source_ids(addresses),
        "note": "; ".join(
            p for p in r["note"].split("; ") if "in events.csv" not in p and "merge, do not add" not in p
        ),
    }


def lists(context: Context) -> list[Row]:
    raw = context.read("dui_hua_lists")
    keys = unique_keys([f"{slug(r['year'])}-{slug(r['scope'], 30)}" for r in raw])
    same = [
        "lists_submitted",
        "names_asked",
        "responses_received",
        "prisoners_responded",
        "acts_of_clemency",
        "scope",
        "names_asked_f",
        "names_asked_m",
        "responded_f",
        "responded_m",
        "note",
    ]
    return [
        {
            **{c: r[c] for c in same},
            "list_id": key,
            "period": valid_date(context, r, "year"),
            "cumulative": {"yes": "true", "no": "false"}[r["cumulative"]],
            "database_names": r["ppdb_names"],
            "source_ids": context.source_ids(r["source_url"]),
        }
        for key, r in zip(keys, raw, strict=True)
    ]


def statistics(context: Context) -> list[Row]:
    dropped = {(r["file"], r["line"]): r["why"] for r in decisions("statistic_drops")}
    every = [
        r
        for name in ("official_statistics", "statistics_d", "statistics_g", "statistics_h")
        for r in context.read(name)
    ]
    raw = [r for r in every if (r["_file"], r["_line"]) not in dropped]
    for r in every:
        if (r["_file"], r["_line"]) in dropped:
            context.log(r["_file"], r["_line"], "", "left out", dropped[r["_file"], r["_line"]])
    keys = unique_keys(
        [slug("-".join([r["measure"], r["province"] or "china", r["year"], r["subgroup"]]), 80) for r in raw]
    )
    return [
        {
            "statistic_id": key,
            "period": valid_date(context, r, "year"),
            "level": r["level"],
            "province": province(context, r["province"], r),
            "measure": r["measure"],
            "value": r["value"],
            "unit": r["unit"],
            "subgroup": r["subgroup"],
            "certainty": _certainty(r),
            "source_ids": context.source_ids(r["source_url"]),
            "note": r["note"],
        }
        for key, r in zip(keys, raw, strict=True)
    ]


def _certainty(r: Row) -> str:
    if "derived" in r["note"] or "computed" in r["note"]:
        return "derived"
    return "secondary" if "youerw.com" in r["source_url"] or "secondary page" in r["note"] else "official"


def register_cells(context: Context) -> list[Row]:
    """Counts of the CECC's database, as ``register_cells.py`` makes them."""
    parts = ("entry", "by", "level", "period", "years")
    return [_counted(context, r, "cell_id", parts) for r in context.read("register_cells")]


def register_coverage(context: Context) -> list[Row]:
    """Records of the CECC's database, as ``register_cells.py`` counts them."""
    return [_counted(context, r, "coverage_id", ("by", "level")) for r in context.read("register_coverage")]


def _counted(context: Context, row: Row, key: str, parts: tuple[str, ...]) -> Row:
    name = slug("-".join(row[p] for p in parts), 120)
    return {
        **{k: v for k, v in row.items() if not k.startswith("_")},
        key: name,
        "source_ids": context.source_ids(REGISTER),
    }


def rules(context: Context) -> list[Row]:
    same = [
        "rule_id",
        "effective_from",
        "effective_to",
        "instrument",
        "article",
        "applies_to",
        "rule_kind",
        "value",
        "unit",
        "note",
    ]
    return [
        {**{c: r[c] for c in same}, "source_ids": context.source_ids(r["source_url"])}
        for r in context.read("legal_rules")
    ]


def sources(context: Context) -> list[Row]:
    seen = {canonical(r["address"]): r for r in decisions("titles")}
    rows = []
    for key, address in context.addresses.items():
        title = seen.get(canonical(address), {})
        rows.append(
            {
                "source_id": key,
                "publisher": publisher_of(address),
                "title": title.get("title", ""),
                "date": title.get("date") or published(address),
                "address": address,
                "accessed": ACCESSED,
                "note": title.get("note", ""),
            }
        )
    return rows


_QUARTERS = {"1": "01/{y}-03", "2": "04/{y}-06", "3": "07/{y}-09", "4": "10/{y}-12"}


def published(address: str) -> str:
    """Date of publication as far as known: decided in ``source_dates.csv``, else as the address carries it."""
    decided = _source_dates().get(canonical(address))
    return date_in(address) if decided is None else decided


@cache
def _source_dates() -> dict[str, str]:
    return {canonical(r["address"]): r["date"] for r in decisions("source_dates")}


def date_in(address: str) -> str:
    """Date of publication that an address carries, as EDTF; empty if it carries none."""
    path = urlsplit(address).path
    patterns = (
        r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>\d{1,2})[/-](?P<d>\d{1,2})(?:/|$|-)",
        r"[-/](?P<m>\d\d)(?P<d>\d\d)(?P<y>(?:19|20)\d\d)\d{6}\.html",
        r"/(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)/(?P<d>\d\d)/",
        r"/(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)/",
        r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>\d\d)(?:/|$)",
        r"/(?P<y>(?:19|20)\d\d)(?:/|$)",
    )
    quarter = re.search(r"prisoner-updates-((?:19|20)\d\d)-quarter-(\d)", path)
    if quarter:
        y, q = quarter.groups()
        return f"{y}-{_QUARTERS[q].format(y=y)}"
    issue = re.search(r"prisoner-updates-((?:19|20)\d\d)-(\d{1,2})/?$", path)
    if issue:
        return issue.group(1)
    for pattern in patterns:
        match = re.search(pattern, path)
        if match:
            parts = match.groupdict()
            text = "-".join(f"{int(parts[k]):02d}" for k in "ymd" if k in parts)
            try:
                dates.parse(text)
            except ValueError:
                continue
            return text
    return ""
