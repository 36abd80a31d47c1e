"""Raw files -> charges, provinces, events, lists, statistics, rules and sources."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from urllib.parse import urlsplit

from common import ACCESSED, BuildError, Context, Row, canonical, decisions, publisher_of, slug, unique_keys

from clemency.records import dates


def province_codes() -> dict[str, str]:
    return {r["name"]: r["province"] for r in decisions("provinces")}


def province(context: Context, name: str, row: Row) -> str:
    if not name:
        return ""
    codes = province_codes()
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
    return [
        {
            "event_id": r["event_id"],
            "date": valid_date(context, r, "date"),
            "partner": r["partner"],
            "event_type": r["event_type"],
            "direction": r["direction"],
            "place": r["place"],
            "label": r["label"],
            "source_ids": context.source_ids(r["source_url"]),
            "note": r["note"],
        }
        for r in context.read("bilateral_events")
    ]


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
    raw = context.read("official_statistics")
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
    return "secondary" if "youerw.com" in r["source_url"] else "official"


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
