"""Cells as an engine gives them -> a frame in order, and frames of several tables -> their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.typing import Ints


def framed(groups: Any, names: Mapping[str, str], kinds: Mapping[str, Any]) -> pd.DataFrame:
    """Groups as a frame in which text is a category: millions of cells repeat a few words.

    Parameters
    ----------
    groups : pyarrow.Table
        From the query of `combinations`.
    names : mapping of str to str
        Columns of the table, and what they are called.
    kinds : mapping of str to dtype
        Of columns that were categories, in an order of their own.
    """
    columns: dict[str, Any] = {}
    order = np.argsort(groups.column("cell").to_numpy())
    for inner, name in names.items():
        read = groups.column(inner).to_pandas()
        if isinstance(kinds.get(name), pd.CategoricalDtype):
            read = read.astype(kinds[name])
        elif pd.api.types.infer_dtype(read, skipna=True) in ("string", "categorical"):
            read = read.astype(object).where(read.notna(), None)
            read = read.astype(pd.CategoricalDtype(sorted(v for v in set(read) if v is not None)))
        columns[name] = read.iloc[order].reset_index(drop=True)
    return pd.DataFrame(columns)


def located(table: Any, groups: pd.DataFrame, bands: Any, periods: list[str], names: Sequence[str]) -> pd.DataFrame:
    """Cells with the values of their groups, bands and periods in place of their numbers, in their order.

    Parameters
    ----------
    table : pyarrow.Table
        From the query of `tabulation`.
    groups : DataFrame
        One row for each group, in the order of their numbers.
    bands : ndarray of float
    periods : list of str
        Names of the periods.
    names : sequence of str
        Of the columns of bands and periods; "" for none.
    """
    number = {name: table.column(name).to_numpy().astype(np.int64) for name in ("cell", "band", "period")}
    place = (number["cell"] * (len(bands) + 1) + number["band"]) * (len(periods) + 1) + number["period"]
    order = np.argsort(place, kind="stable")
    del place
    out = {c: groups[c].take(number["cell"][order] - 1).reset_index(drop=True) for c in groups}
    if names[0]:
        out[names[0]] = np.asarray(bands)[number["band"][order]]
    if names[1]:
        out[names[1]] = pd.Categorical.from_codes(number["period"][order], categories=periods)
    for field in table.schema:
        if field.name not in number:
            kind = np.float64 if "days" in field.name else np.int64
            values = table.column(field.name).fill_null(0).to_numpy()[order]
            out[field.name] = values.astype(kind, copy=False)
    return pd.DataFrame(out, copy=False)


def summed(parts: Sequence[pd.DataFrame], keys: Sequence[str]) -> pd.DataFrame:
    """Cells of several tables as one; a missing value is a group of its own."""
    cells = pd.concat(_alike(parts, keys), ignore_index=True)
    values = [c for c in cells if c not in keys]
    place = _place(cells, keys) if len(keys) else np.zeros(len(cells), dtype=np.intp)
    order = np.argsort(place, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(place[order]) != 0])
    out = cells[list(keys)].iloc[order[first]].reset_index(drop=True)
    return out.assign(**{c: np.add.reduceat(cells[c].to_numpy()[order], first) for c in values})


def _place(cells: pd.DataFrame, keys: Sequence[str]) -> Ints:
    """Number of each row's combination of keys, in their order; a missing value comes last."""
    place = np.zeros(len(cells), dtype=np.int64)
    size = 1
    for key in keys:
        code, n = _codes(cells[key])
        if size * n > 2**62:  # more combinations than can be numbered: number those that are there
            _, place = np.unique(place, return_inverse=True)
            size = int(place.max()) + 1
        place, size = place * n + code, size * n
    return place


def _codes(column: pd.Series) -> tuple[Ints, int]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        code, n = column.cat.codes.to_numpy().astype(np.int64), len(column.cat.categories)
    else:
        code, levels = pd.factorize(column, sort=True)
        code, n = code.astype(np.int64), len(levels)
    return np.where(code < 0, n, code), n + 1


def _alike(parts: Sequence[pd.DataFrame], keys: Sequence[str]) -> list[pd.DataFrame]:
    """Parts whose categories are joined: in the order of the first where it has all of them, else of the alphabet."""
    parts = list(parts)
    for key in keys:
        kinds = [p[key].dtype for p in parts]
        if all(isinstance(k, pd.CategoricalDtype) for k in kinds) and len(set(kinds)) > 1:
            levels = list(dict.fromkeys(v for k in kinds for v in k.categories))
            levels = levels if set(levels) == set(kinds[0].categories) else sorted(levels)
            parts = [p.assign(**{key: p[key].astype(pd.CategoricalDtype(levels))}) for p in parts]
    return parts
