"""Candidate pairs -> the probability that both records are about one person, by the model of Fellegi and Sunter.

The model is splink's: each field adds the logarithm of a ratio, how often two records of one person agree so (``m``)
to how often records of two people with like names do (``u``). The name's ratio has the name's own frequency below it,
so that Lobsang Tenzin weighs less than a name that nobody else bears.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.errors import MissingExtraError
from clemency.records.schema import CASES
from clemency.records.values.numbers import read_numbers
from clemency.sources.linkage.ends import LIFE, agreement, days, spans
from clemency.sources.linkage.weights import FIELDS, WEIGHTS

_LEVELLED = {"name": "name_level", "name_zh": "name_zh_level", "term_end_date": "term_end_level"}
_PRIOR_FLOOR = 1e-9
_ENDS = [f"{what}_{side}" for what in ("end", "expiry", "release", "death", "trial") for side in ("low", "high")]


def require(package: str) -> Any:
    """Import a package of the extra ``linkage``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        remedy = 'Install the extra: pip install "clemency[linkage]".'
        raise MissingExtraError(f"Linkage needs the package {package}, which is not installed. {remedy}") from error


def comparable(records: pd.DataFrame) -> pd.DataFrame:
    """Fields of records in the form that the comparisons read: texts, numbers, and first and last days."""
    columns: dict[str, Any] = {}
    for column in ("sex", "ethnicity", "province", "residence_province", "origin_province"):
        text = records[column].astype(object) if column in records else pd.Series(None, index=records.index)
        columns[column] = text.where(text.notna() & (text != ""), None).to_numpy(dtype=object)
    months = records.get("sentence_months", pd.Series(np.nan, index=records.index))
    read = np.asarray(read_numbers(months, CASES["sentence_months"])[0], dtype="float64")
    if "sentence_type" in records:
        read = np.where(records["sentence_type"].astype(object).isin(["life"]).to_numpy() & np.isnan(read), LIFE, read)
    columns["sentence_months"] = read
    for column in ("detention_date", "sentence_date", "birth_date"):
        unknown = (np.full(len(records), np.nan),) * 2
        low, high = days(records[column], column) if column in records else unknown
        columns[f"{column}_low"], columns[f"{column}_high"] = low, high
    return pd.DataFrame(columns | spans(records))


def _conditions(field: str) -> dict[str, str]:
    """SQL of each level of a field's comparison, in the order in which they are tried."""
    if field in _LEVELLED:
        return {level: f"{_LEVELLED[field]}_l = '{level}'" for level in WEIGHTS[field]}
    if field == "province":
        lives = "province_l = residence_province_r or residence_province_l = province_r"
        from_l = "origin_province_l in (province_r, residence_province_r, origin_province_r)"
        from_r = "origin_province_r in (province_l, residence_province_l)"
        silent = "province_l is null or province_r is null"
        met = f"({silent}) and (coalesce({from_l}, false) or coalesce({from_r}, false))"
        return {"same": "province_l = province_r", "origin": met, "residence": lives, "moved": silent}
    if field in ("sex", "ethnicity"):
        return {"same": f"{field}_l = {field}_r"}
    if field == "sentence_months":
        apart = "abs(sentence_months_l - sentence_months_r)"
        near = f"{apart} <= greatest(6, 0.1 * greatest(sentence_months_l, sentence_months_r))"
        return {"same": f"{apart} < 0.5", "near": near}
    low, high = f"{field}_low", f"{field}_high"
    gap = f"(greatest({low}_l, {low}_r) - least({high}_l, {high}_r))"
    wide = f"greatest({high}_l - {low}_l, {high}_r - {low}_r)"
    if field == "birth_date":
        return {"agree": f"{gap} <= 0", "near": f"{gap} <= 731"}
    return {
        "day": f"{wide} = 0 and {gap} = 0",
        "month": f"{wide} <= 31 and {gap} <= 31",
        "agree": f"{gap} <= 0",
        "year": f"{gap} <= 366",
    }


def _null(field: str) -> str:
    column = _LEVELLED.get(field, f"{field}_low" if field.endswith("_date") else field)
    silent = f"{column}_l is null or {column}_r is null"
    if field == "province":
        return " or ".join(f"coalesce(province_{side}, origin_province_{side}) is null" for side in "lr")
    if field == "sentence_months":  # a life sentence may be commuted to any fixed term
        return f"{silent} or ({column}_l = {LIFE}) <> ({column}_r = {LIFE})"
    return silent


def levels(field: str) -> tuple[str, ...]:
    """Levels of a field from the best to the worst, as splink numbers them downwards."""
    named = tuple(_conditions(field))
    return named if field in _LEVELLED else (*named, "different")


def _comparison(field: str, weights: dict[str, dict[str, tuple[float, float]]]) -> dict[str, Any]:
    conditions = _conditions(field)
    names = levels(field)
    entries: list[dict[str, Any]] = [
        {"sql_condition": _null(field), "label_for_charts": "unknown", "is_null_level": True}
    ]
    for level in names:
        last = level == names[-1]
        m, u = weights[field][level]
        entry: dict[str, Any] = {"sql_condition": "ELSE" if last else conditions[level], "label_for_charts": level}
        entry |= {"m_probability": m, "u_probability": u}
        if field == "name" and level != "none":
            entry |= {"tf_adjustment_column": "name_key", "disable_tf_exact_match_detection": True}
        entries.append(entry)
    return {"output_column_name": field, "comparison_levels": entries}


def linker(pairs: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame, prior: float, weights: Any = None) -> Any:
    """Splink's linker over candidate pairs: one row for each pair on either side, joined by the number of the pair.

    Parameters
    ----------
    pairs : DataFrame
        ``left``, ``right`` (positions), ``name_level``, ``name_share``, ``name_zh_level``.
    left, right : DataFrame
        Results of :func:`comparable`.
    prior : float
        Probability that two records taken at random are about one person.
    weights : dict, optional
        Field -> level -> (m, u); the shipped weights unless given.
    """
    splink = require("splink")
    duckdb = require("duckdb")
    number = np.arange(len(pairs))
    shared = pd.DataFrame(
        {
            "unique_id": number,
            "name_level": pairs["name_level"].astype(object).to_numpy(),
            "name_zh_level": pairs["name_zh_level"].to_numpy(dtype=object),
            "name_key": [f"k{i}" for i in number],
        }
    )
    paired = [t.iloc[pairs[s].to_numpy()].reset_index(drop=True) for t, s in ((left, "left"), (right, "right"))]
    shared["term_end_level"] = agreement(*paired)
    sides = [t.drop(columns=_ENDS) for t in paired]
    connection = duckdb.connect(":memory:")
    connection.execute("SET threads = 1")
    api = splink.DuckDBAPI(connection=connection)
    tables = [
        api.register(pd.concat([shared, side], axis=1), dataset_display_name=name)
        for side, name in zip(sides, ("a", "b"), strict=True)
    ]
    settings = {
        "link_type": "link_only",
        "probability_two_random_records_match": float(np.clip(prior, _PRIOR_FLOOR, 1 - _PRIOR_FLOOR)),
        "comparisons": [_comparison(field, weights or WEIGHTS) for field in FIELDS],
        "blocking_rules_to_generate_predictions": ["l.unique_id = r.unique_id"],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "max_iterations": 100,
        "linker_uid": "clemency",
    }
    splink_linker = splink.Linker(tables, settings, log_level=None)
    shares = pd.DataFrame({"name_key": shared["name_key"], "tf_name_key": pairs["name_share"].to_numpy()})
    splink_linker.table_management.register_term_frequency_lookup(api.register(shares), "name_key")
    return splink_linker


def score(pairs: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame, prior: float) -> pd.DataFrame:
    """Probability and comparison of each candidate pair.

    Returns
    -------
    DataFrame
        In the order of ``pairs``: ``probability``, ``weight`` (log2 of the odds), and the level of each field, missing
        where either record is silent.
    """
    if pairs.empty:
        empty = {"probability": pd.Series(dtype="float64"), "weight": pd.Series(dtype="float64")}
        return pd.DataFrame(empty | {field: pd.Series(dtype=object) for field in FIELDS})
    scored = linker(pairs, left, right, prior).inference.predict(warning_mode="never").as_pandas_dataframe()
    scored = scored.sort_values("unique_id_l").reset_index(drop=True)
    columns = {"probability": scored["match_probability"], "weight": scored["match_weight"]}
    for field in FIELDS:
        names = levels(field)
        by_number = {len(names) - 1 - i: name for i, name in enumerate(names)}
        columns[field] = scored[f"gamma_{field}"].map(by_number).astype(object)
    return pd.DataFrame(columns)
