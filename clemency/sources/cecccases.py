"""Parsed fields of an export -> the columns of the cases table, and further columns that it has no place for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.schema import CASES, STATUSES
from clemency.records.terms import add_months
from clemency.sources.cecccharges import Article, families, match_articles
from clemency.sources.ceccparse import Column, Status
from clemency.sources.ceccterms import Doubts, Outcome, Terms

PUBLISHER = "Congressional-Executive Commission on China"
FURTHER_DATES = ("release", "term_end", "arrest", "trial", "appeal", "appeal_ruling")


def stored_columns(
    parsed: dict[str, Column], case_ids: NDArray[Any], source_id: str, term: Terms, outcome: Outcome, found: dict[str, Article]
) -> pd.DataFrame:
    """The stored columns of `cases`, typed; acts may still take the term away (see `without_cut_terms`)."""
    n = len(case_ids)
    names, doubtful_name = _names(parsed)
    ethnicity = [v or (None, False) for v in parsed["ethnic_group"].values]
    province = parsed["province"].values
    articles = parsed["charge_statute"].values
    place = parsed["place"].values
    serves = np.isin(term.kind.astype(str), ["fixed", "rtl", "life", "death_reprieve"])
    prison = [v.replace(";", ",") if v and s and "(general location)" not in v else None for v, s in zip(place, serves, strict=True)]
    months = np.where(_has_term(term) & (term.months >= 0.25) & (term.months <= 900), term.months, np.nan)
    birth = _birth(parsed)
    columns: dict[str, Any] = {
        "case_id": case_ids,
        "person_id": case_ids,
        "name": parsed["main_name"].values,
        "name_zh": names[0],
        "aliases": names[1],
        "sex": parsed["sex"].values,
        "ethnicity": [e for e, _ in ethnicity],
        "birth_date": birth,
        "province": np.where(province == "foreign", None, province),
        "court": parsed["sentence_court"].values,
        "charge_ids": _keys(articles, found, "stated"),
        "charge_ids_derived": _keys(articles, found, "derived"),
        "detention_date": parsed["date_of_detention"].values,
        "sentence_date": parsed["sentence_date"].values,
        "sentence_type": term.kind,
        "sentence_months": months,
        "prison": prison,
        "status": outcome.status,
        "status_date": outcome.status_date,
        "seen_date": outcome.seen_date,
        "seen_basis": ["source_date" if d else None for d in outcome.seen_date],
        "inferred": _inferred(
            {
                "name_zh": doubtful_name,
                "ethnicity": np.array([d for _, d in ethnicity], dtype=bool),
                "birth_date": np.array([b is not None for b in birth], dtype=bool),
                "sentence_type": term.inferred,
                "sentence_months": term.inferred & np.isfinite(months),
                "prison": np.array([p is not None and "?" in p for p in prison], dtype=bool),
                "status": outcome.inferred,
            }
        ),
        "source_ids": np.full(n, source_id, dtype=object),
        "note": outcome.note,
    }
    return _typed(columns, n)


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


def _has_term(term: Terms) -> NDArray[np.bool_]:
    return np.isin(term.kind.astype(str), ["fixed", "suspended", "rtl"])


def _names(parsed: dict[str, Column]) -> tuple[tuple[list[str | None], list[str | None]], NDArray[np.bool_]]:
    """Name in characters and the other names, and whether the characters are doubtful."""
    zh, aliases, doubtful = [], [], []
    fields = (parsed[k].values for k in ("main_name", "name_zh", "alternate_name", "additional_names", "pinyin_name"))
    for main, characters, *others in zip(*fields, strict=True):
        (first, *more), unsure = characters or ((None,), False)
        rest = [*more, *(name for group in others for name in group or ())]
        zh.append(first)
        doubtful.append(unsure)
        aliases.append("; ".join(dict.fromkeys(r for r in rest if r and r != main)) or None)
    return (zh, aliases), np.array(doubtful, dtype=bool)


def _birth(parsed: dict[str, Column]) -> NDArray[Any]:
    """Interval of the birth date: the age is the one at detention (the database's own definition)."""
    age = np.array([np.nan if v is None else v for v in parsed["age"].values], dtype=float)
    custody = dates.bounds(parsed["date_of_detention"].values)
    known = np.isfinite(age) & ~np.isnat(custody.earliest)
    result = np.full(len(age), None, dtype=object)
    first = add_months(custody.earliest[known], -12 * (age[known] + 1)) + np.timedelta64(1, "D")
    last = add_months(custody.latest[known], -12 * age[known])
    result[known] = [f"{a}/{b}" for a, b in zip(first.astype(str), last.astype(str), strict=True)]
    return result


def _keys(articles: NDArray[Any], found: dict[str, Article], kind: str) -> list[str | None]:
    lists = ((getattr(found[a], kind) for a in (text or "").split()) for text in articles)
    return [" ".join(dict.fromkeys(k for k in keys if k)) or None for keys in lists]


def _inferred(flags: dict[str, NDArray[np.bool_]]) -> list[str | None]:
    names = list(flags)
    table = np.column_stack([flags[k] for k in names])
    return [" ".join(n for n, f in zip(names, row, strict=True) if f) or None for row in table]


def articles_of(parsed: dict[str, Column], charges: pd.DataFrame, doubts: Doubts) -> dict[str, Article]:
    """Look up every article of the export; those without a key of their own become doubts."""
    texts = parsed["charge_statute"].values
    lists = [(t or "").split() for t in texts]
    found = match_articles(dict.fromkeys(a for row in lists for a in row), charges)
    rows = [(i, "charge_statute", a, found[a].reason) for i, row in enumerate(lists) for a in row if found[a].reason]
    doubts.rows.extend(rows)
    return found


def charge_family(cases: pd.DataFrame, parsed: dict[str, Column], found: dict[str, Article]) -> pd.DataFrame:
    """Family and basis of the charges, also where all charges of a stated article share one family."""
    family = families(parsed["charge_statute"].values, found)
    levels = list(cases["charge_family"].cat.categories)
    cases["charge_family"] = pd.Categorical(family, categories=levels)
    basis = [None if f is None else "stated" for f in family]
    cases["charge_basis"] = pd.Categorical(basis, categories=["stated", "derived"])
    return cases


def further_columns(parsed: dict[str, Column], term: Terms, outcome: Outcome) -> pd.DataFrame:
    """Columns beyond the shared ones, in the order in which `read_cecc` describes them."""
    status = parsed["detention_status"].values
    texts = {
        "record": parsed["record"].values,
        "detention_status": [None if s is None else _code(s) for s in status],
        "phases": parsed["legal_process"].values,
        "issue_categories": parsed["issue_category"].values,
        "charge_articles": parsed["charge_statute"].values,
        "term_kind": term.term_kind,
        "place": parsed["place"].values,
        "prefecture": parsed["prefecture"].values,
        "county": parsed["county"].values,
        "residence_province": parsed["residence_province"].values,
        "religion": parsed["religion"].values,
        "occupation": parsed["occupation"].values,
        "affiliation": parsed["affiliation"].values,
        "trial_court": parsed["trial_court"].values,
        "appeal_court": parsed["appeal_court"].values,
        "appeal_ruling_court": parsed["appeal_ruling_court"].values,
        "release_date": outcome.release_date,
        "term_end_date": parsed["sentence_ends"].values,
        "arrest_date": parsed["formal_arrest_date"].values,
        "trial_date": parsed["trial_date"].values,
        "appeal_date": parsed["appeal_date"].values,
        "appeal_ruling_date": parsed["appeal_ruling_date"].values,
    }
    frame = pd.DataFrame({k: pd.Series(list(v), dtype="string") for k, v in texts.items()})
    frame.insert(5, "term_months", term.months)
    frame.insert(7, "age", pd.Series(list(parsed["age"].values), dtype="Int64"))
    for stem in FURTHER_DATES:
        bound = dates.bounds(frame[f"{stem}_date"])
        at = frame.columns.get_loc(f"{stem}_date") + 1
        frame.insert(at, f"{stem}_earliest", np.asarray(bound.earliest, "datetime64[ns]"))
        frame.insert(at + 1, f"{stem}_latest", np.asarray(bound.latest, "datetime64[ns]"))
    return frame


def _code(status: Status) -> str:
    detail = f"/{status.detail}{'?' * status.detail_doubtful}" if status.detail else ""
    return f"{status.base}{'?' * status.doubtful}{detail}"


def with_paroles(cases: pd.DataFrame, absorbed: pd.DataFrame) -> pd.DataFrame:
    """Status of those whose release ahead of the end the narrative calls a parole or medical parole: not a release."""
    kind = absorbed.drop_duplicates("record").set_index("record")["act_type"].reindex(cases["record"]).to_numpy()
    paroled = np.isin(kind.astype(str), ["parole", "medical_parole"])
    status = np.where(paroled, kind, cases["status"].astype(object).to_numpy())
    return cases.assign(status=pd.Categorical(status, categories=list(STATUSES)))


def without_cut_terms(cases: pd.DataFrame, acts: pd.DataFrame, doubts: Doubts) -> pd.DataFrame:
    """Empty the term of cases with an act that changed it.

    The export gives the current or last term, the table wants the term as passed. Where a reduction, commutation
    or extension is known the two differ, and the export does not say which one it gives: it remains in
    ``term_months``.
    """
    kinds = acts["act_type"].astype("string")
    changed = kinds.isin(["sentence_reduction", "sentence_extension"]) | kinds.str.startswith("commutation")
    hit = (cases["case_id"].isin(acts.loc[changed, "case_id"]) & cases["sentence_months"].notna()).to_numpy()
    text = cases["sentence_months"].map("{:g} months".format).to_numpy(dtype=object)
    doubts.add(hit, "term", text, "before or after the acts that changed it: kept in term_months alone")
    cases["sentence_months"] = cases["sentence_months"].mask(hit)
    return cases
