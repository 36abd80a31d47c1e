"""A table of acts -> their sizes as numbers, with refusals and warnings that name row, column and remedy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design
from clemency.models.modelframe.history import History, history
from clemency.models.regression.separation import separated
from clemency.models.regression.support import FEW_EVENTS, make_warnings
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import ACTS, Column
from clemency.records.tables.frames import frame_problems
from clemency.records.values.numbers import read_numbers
from clemency.typing import Bools, Floats, Ints

FEW_CLUSTERS = 10


def read_acts(
    frame: pd.DataFrame,
    months: str,
    share_of: str | None,
    weights: str | None,
    cluster: str | None,
    covariates: Sequence[str],
) -> tuple[History, Floats]:
    """Read the acts of a table once, with what was left out and why.

    Parameters
    ----------
    frame : DataFrame
    months, share_of, weights, cluster : str or None
        Columns.
    covariates : sequence of str

    Returns
    -------
    read : History, n rows
        Its ``exclusions`` count totals over several acts apart from missing values.
    size : ndarray, shape (n,)
        Months, or their share.

    Raises
    ------
    UsageError
        For a missing column, or acts of several kinds.
    DataError
        For months that are no numbers or not positive, a share outside [0, 1], and an ``act_type`` or ``scope`` that is
        in no vocabulary.
    """
    used = [months, *([share_of] if share_of else [])]
    missing = [c for c in used if c not in frame]
    if missing:
        raise UsageError(f"The data have no column {', '.join(missing)}. There are: {', '.join(map(str, frame))}.")
    words = frame_problems(frame, ACTS, name="data", columns=("act_type", "scope"))
    if words:
        raise DataError(words)
    total = _totals(frame)
    numbers = {name: _numbers(frame[name], name) for name in used}
    _refuse_sizes(numbers, months, share_of, ~total)
    read = history(
        frame.assign(**numbers, _single=np.where(total, np.nan, 1.0), _one=1),
        exit="_single", event="_one", offset=months, weights=weights, cluster=cluster,
        covariates=dict.fromkeys([*used, *covariates]),
    )  # fmt: skip
    totals = read.exclusions["column"] == "_single"
    read.exclusions.loc[totals, ["reason", "column"]] = ["a total over several acts", "scope"]
    _refuse_mixed(frame.iloc[read.rows], covariates)
    size = np.asarray(read.offset, dtype=np.float64)
    return read, size if share_of is None else size / read.frame[share_of].to_numpy(dtype=np.float64)


def _totals(frame: pd.DataFrame) -> Bools:
    if "scope" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return (frame["scope"].astype("string") == "total").fillna(False).to_numpy(dtype=bool)


def _numbers(column: pd.Series, name: str) -> Floats:
    value, wrong = read_numbers(column, Column(name, "number", "", unit="months"))
    if wrong:
        raise DataError([Problem("data", i, name, text, message, remedy) for i, text, message, remedy in wrong])
    return value


def _refuse_sizes(numbers: dict[str, Floats], months: str, share_of: str | None, single: Bools) -> None:
    size, mend = numbers[months], "Leave acts that cut nothing out, or empty the cell."
    if share_of is None:
        problems = _where(single & ((size <= 0) | np.isinf(size)), months, size, "must be positive and finite", mend)
    else:
        whole = numbers[share_of]
        empty = single & ((whole <= 0) | np.isinf(whole))
        problems = _where(empty, share_of, whole, "must be positive and finite", "Mend or empty the cell.")
        with np.errstate(divide="ignore", invalid="ignore"):
            share = size / whole
        bad = single & ~empty & ((share < 0) | (share > 1))
        remedy = f"Check '{months}' and '{share_of}': no more can be cut than there was."
        problems += _where(bad, f"{months} / {share_of}", share, "a share must lie in [0, 1]", remedy)
    if problems:
        raise DataError(problems)


def _where(bad: Bools, column: str, value: Floats, message: str, remedy: str) -> list[Problem]:
    return [Problem("data", int(i), column, f"{value[i]:g}", message, remedy) for i in np.flatnonzero(bad)]


def _refuse_mixed(frame: pd.DataFrame, needed: Sequence[str]) -> None:
    if "act_type" in frame and "act_type" not in needed:
        kinds = sorted(frame["act_type"].dropna().astype(str).unique())
        if len(kinds) > 1:
            raise UsageError(
                f"The acts are of several kinds ({', '.join(kinds)}), whose months mean different things: choose one, "
                "such as acts.query(\"act_type == 'sentence_reduction'\")."
            )


def refuse_separated(y: Floats, X: Floats, terms: tuple[str, ...], levels: tuple[str, ...]) -> None:
    """Refuse separation of shares of 0 and 1; a share in between counts on both sides."""
    if not ((y == 0) | (y == 1)).any():
        return
    columns = separated(
        np.vstack([X[y > 0], X[y < 1]]), np.r_[np.ones((y > 0).sum(), bool), np.zeros((y < 1).sum(), bool)]
    )
    problems = [
        Problem(
            "data", None, terms[j], levels[j],
            "every share that it tells of is 0, or every one is 1, so it has no finite coefficient",
            "Merge the level with another, or leave the term out.",
        )
        for j in columns
    ]  # fmt: skip
    if problems:
        raise DataError(problems)


def size_warnings(
    design: Design, support: pd.DataFrame, frame: pd.DataFrame, code: Ints | None, clustered: bool, unique: bool
) -> pd.DataFrame:
    """Levels of few acts or few clusters, few clusters in all, and acts of one person taken as independent.

    Parameters
    ----------
    design : Design
    support : DataFrame
        From `level_support`.
    frame : DataFrame, n rows
        The acts that were used, with all their columns.
    code : ndarray of int, shape (n,), or None
        The clusters of a robust variance, which are the acts themselves where none were named.
    clustered : bool
        Whether they were named.
    unique : bool
        Whether the coefficients are the only ones.

    Returns
    -------
    DataFrame
        ``term, level, n_event, message``.
    """
    warnings = make_warnings(support, design.unused, design.alike)
    for old, new in (("event", "act"), ("the ratio", "its size"), ("no spell", "no act")):
        warnings["message"] = warnings["message"].str.replace(old, new)
    more = [] if unique else [("", "", len(frame), "several quantiles fit as well: the middle one is given")]
    more += [] if clustered else _repeated(frame)
    more += [] if code is None else _few_clusters(design, code)
    return pd.DataFrame([*warnings.itertuples(index=False), *more], columns=warnings.columns)


def _few_clusters(design: Design, code: Ints) -> list[tuple[str, str, int, str]]:
    more: list[tuple[str, str, int, str]] = []
    for number, group in design.groups.items():
        term = design.terms[int(np.flatnonzero(design.assign == number)[0])]
        for k, level in enumerate(group.names):
            inside = group.codes == k
            acts, clusters = int(inside.sum()), int(np.unique(code[inside]).size)
            if clusters == 1 or clusters < min(FEW_EVENTS, acts):
                of = f"{acts} act{'' if acts == 1 else 's'} of {clusters} cluster{'' if clusters == 1 else 's'}"
                more.append((term, level, acts, f"{of} in this level: its limits are too narrow"))
    G = int(np.unique(code).size)
    if G < FEW_CLUSTERS:
        more.append(("", "", len(code), f"only {G} clusters: limits may be too narrow"))
    return more


def _repeated(frame: pd.DataFrame) -> list[tuple[str, str, int, str]]:
    for name in ("person_id", "case_id"):
        if name in frame and frame[name].duplicated().any():
            n = int(frame[name].duplicated(keep=False).sum())
            text = f"{n} acts share their {name} with another and are taken as independent: name cluster='{name}'"
            return [("", "", n, text)]
    return []
