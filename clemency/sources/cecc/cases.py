"""Parsed fields of an export -> the columns of the cases table, and further columns that it has no place for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.schema import CASES, STATUSES
from clemency.records.terms import add_months
from clemency.sources.cecc.charges import Article, families, match_articles
from clemency.sources.cecc.parse import Column, Status
from clemency.sources.cecc.terms import Doubts, Outcome, Terms

PUBLISHER = "Congressional-Executive Commission on China"


# Columns that are a field as it was read.
_PLAIN = {
    "name": "main_name",
    "sex": "sex",
    "court": "sentence_court",
    "detention_date": "date_of_detention",
    "sentence_date": "sentence_date",
}
_CODES = {"phases": "legal_process", "issue_categories": "issue_category", "charge_articles": "charge_statute"}
_FURTHER = {
    **{k: k for k in ("place", "prefecture", "county", "residence_province", "religion", "occupation", "affiliation")},
    **{k: k for k in ("trial_court", "appeal_court", "appeal_ruling_court")},
}
_FURTHER_DATES = {
    "term_end_date": "sentence_ends",
    "arrest_date": "formal_arrest_date",
    "trial_date": "trial_date",
    "appeal_date": "appeal_date",
    "appeal_ruling_date": "appeal_ruling_date",
}


def stored_columns(
    parsed: dict[str, Column],
    case_ids: NDArray[Any],
    source_id: str,
    term: Terms,
    outcome: Outcome,
    matched: dict[str, Article],
) -> pd.DataFrame:
    """The stored columns of `cases`, typed; acts may still change kind and term (see `as_passed`)."""
    names, aliases, doubtful_name = _names(parsed)
    ethnicity = [v or (None, False) for v in parsed["ethnic_group"].cells]
    articles = parsed["charge_statute"].cells
    prison = _prison(parsed["place"].cells, term)
    has_term = np.isin(term.kind.astype(str), ["fixed", "suspended", "rtl"])
    months = np.where(has_term & (term.months >= 0.25) & (term.months <= 900), term.months, np.nan)
    birth = _birth(parsed)
    columns: dict[str, Any] = {name: parsed[field].cells for name, field in _PLAIN.items()} | {
        "case_id": case_ids,
        "person_id": case_ids,
        "name_zh": names,
        "aliases": aliases,
        "ethnicity": [e for e, _ in ethnicity],
        "birth_date": birth,
        "province": [None if p == "foreign" else p for p in parsed["province"].cells],
        "charge_ids": _keys(articles, matched, "stated"),
        "charge_ids_derived": _keys(articles, matched, "derived"),
        "sentence_type": term.kind,
        "sentence_months": months,
        "prison": prison,
        "status": outcome.status,
        "status_date": outcome.status_date,
        "seen_date": outcome.seen_date,
        "seen_basis": ["source_date" if d else None for d in outcome.seen_date],
        "source_ids": [source_id] * len(case_ids),
        "note": outcome.note,
    }
    unsure = {
        "name_zh": doubtful_name,
        "ethnicity": [d for _, d in ethnicity],
        "birth_date": [b is not None for b in birth],
        "sentence_type": term.inferred,
        "sentence_months": term.inferred & np.isfinite(months),
        "prison": [p is not None and "?" in p for p in prison],
        "status": outcome.inferred,
    }
    return _typed(columns | {"inferred": _inferred(unsure)}, len(case_ids))


def _prison(places: NDArray[Any], term: Terms) -> list[str | None]:
    """Places of those who serve a sentence; a place that is only a region is none."""
    serves = np.isin(term.kind.astype(str), ["fixed", "rtl", "life", "death_reprieve"])
    return [
        p.replace(";", ",") if p and s and "(general location)" not in p else None
        for p, s in zip(places, serves, strict=True)
    ]


def _typed(columns: dict[str, Any], n: int) -> pd.DataFrame:
    frame = {}
    for column in CASES.stored:
        values = columns.get(column.name)
        if values is None:
            values = np.full(n, None, dtype=object)
        if column.kind == "number":
            frame[column.name] = pd.Series(np.asarray(values, dtype=float))
        elif column.kind == "category":
            levels = column.levels or tuple(sorted({v for v in values if v}))
            levels = STATUSES if column.name == "status" else levels
            frame[column.name] = pd.Series(pd.Categorical([v or None for v in values], categories=list(levels)))
        else:
            frame[column.name] = pd.Series([v or None for v in values], dtype="string")
    return pd.DataFrame(frame)


def _names(parsed: dict[str, Column]) -> tuple[list[str | None], list[str | None], list[bool]]:
    """Name in characters and the other names, and whether the characters are doubtful."""
    zh, aliases, doubtful = [], [], []
    fields = (parsed[k].cells for k in ("main_name", "name_zh", "alternate_name", "additional_names", "pinyin_name"))
    for main, characters, *others in zip(*fields, strict=True):
        (first, *more), unsure = characters or ((None,), False)
        rest = [*more, *(name for group in others for name in group or ())]
        zh.append(first)
        doubtful.append(unsure)
        aliases.append("; ".join(dict.fromkeys(r for r in rest if r and r != main)) or None)
    return zh, aliases, doubtful


def _birth(parsed: dict[str, Column]) -> NDArray[Any]:
    """Interval of the birth date: the age is the one at detention (the database's own definition)."""
    age = np.array([np.nan if v is None else v for v in parsed["age"].cells], dtype=float)
    custody = dates.bounds(parsed["date_of_detention"].cells)
    known = np.isfinite(age) & ~np.isnat(custody.earliest)
    result = np.full(len(age), None, dtype=object)
    first = add_months(custody.earliest[known], -12 * (age[known] + 1)) + np.timedelta64(1, "D")
    last = add_months(custody.latest[known], -12 * age[known])
    result[known] = [f"{a}/{b}" for a, b in zip(first.astype(str), last.astype(str), strict=True)]
    return result


def _keys(articles: NDArray[Any], matched: dict[str, Article], kind: str) -> list[str | None]:
    lists = ((getattr(matched[a], kind) for a in (text or "").split()) for text in articles)
    return [" ".join(dict.fromkeys(k for k in keys if k)) or None for keys in lists]


def _inferred(flags: dict[str, Any]) -> list[str | None]:
    names = list(flags)
    table = np.column_stack([flags[k] for k in names])
    return [" ".join(n for n, f in zip(names, row, strict=True) if f) or None for row in table]


def articles_of(parsed: dict[str, Column], charges: pd.DataFrame, doubts: Doubts) -> dict[str, Article]:
    """Look up every article of the export; those without a key of their own become doubts."""
    texts = parsed["charge_statute"].cells
    lists = [(t or "").split() for t in texts]
    matched = match_articles(dict.fromkeys(a for row in lists for a in row), charges)
    rows = [
        (i, "charge_statute", a, matched[a].reason) for i, row in enumerate(lists) for a in row if matched[a].reason
    ]
    doubts.rows.extend(rows)
    return matched


def charge_family(cases: pd.DataFrame, parsed: dict[str, Column], matched: dict[str, Article]) -> pd.DataFrame:
    """Family and basis of the charges, also where all charges of a stated article share one family."""
    family = families(parsed["charge_statute"].cells, matched)
    levels = list(cases["charge_family"].cat.categories)
    cases["charge_family"] = pd.Categorical(family, categories=levels)
    basis = [None if f is None else "stated" for f in family]
    cases["charge_basis"] = pd.Categorical(basis, categories=["stated", "derived"])
    return cases


def further_columns(parsed: dict[str, Column], term: Terms, outcome: Outcome) -> pd.DataFrame:
    """Columns beyond the shared ones, in the order in which `read_cecc` describes them."""

    def text(cells: NDArray[Any] | list[str | None]) -> pd.Series:
        return pd.Series(list(cells), dtype="string")

    frame = pd.DataFrame(
        {
            "record": text(parsed["record"].cells),
            "detention_status": text([None if s is None else _code(s) for s in parsed["detention_status"].cells]),
            **{name: text(parsed[field].cells) for name, field in _CODES.items()},
            "term_months": term.months,
            "term_kind": text(term.term_kind),
            "age": pd.Series(list(parsed["age"].cells), dtype="Int64"),
            **{name: text(parsed[field].cells) for name, field in _FURTHER.items()},
            "release_date": text(outcome.release_date),
            **{name: text(parsed[field].cells) for name, field in _FURTHER_DATES.items()},
        }
    )
    for name in ("release_date", *_FURTHER_DATES):
        stem = name.removesuffix("_date")
        bound = dates.bounds(frame[name])
        at = list(frame.columns).index(name) + 1
        frame.insert(at, f"{stem}_earliest", np.asarray(bound.earliest, "datetime64[ns]"))
        frame.insert(at + 1, f"{stem}_latest", np.asarray(bound.latest, "datetime64[ns]"))
    return frame


def _code(status: Status) -> str:
    mark = "-" if status.detail in ("PSB", "ill", "exe") else "/"
    detail = f"{mark}{status.detail}{'?' * status.detail_doubtful}" if status.detail else ""
    return f"{status.base}{'?' * status.doubtful}{detail}"


def with_paroles(cases: pd.DataFrame, absorbed: pd.DataFrame) -> pd.DataFrame:
    """Status of those whose release ahead of the end the narrative calls a parole or medical parole: not a release."""
    kind = absorbed.drop_duplicates("record").set_index("record")["act_type"].reindex(cases["record"]).to_numpy()
    paroled = np.isin(kind.astype(str), ["parole", "medical_parole"])
    status = np.where(paroled, kind, cases["status"].astype(object).to_numpy())
    return cases.assign(status=pd.Categorical(status, categories=list(STATUSES)))
