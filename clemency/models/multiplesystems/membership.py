"""A table of people, or several lists with the links between them -> who is on which list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clemency.models.modelframe.exclusions import require_columns
from clemency.models.modelframe.groups import codes, labels
from clemency.models.modelframe.history import names_alike
from clemency.models.modelframe.measures import NEEDED, measures, refuse
from clemency.records.errors import DataError, Problem, UsageError
from clemency.sources.compilers import cited, most_cited
from clemency.typing import Bools, Floats, Ints

_WHOSE = "Write 0 where a person is not on the list."
Wanted = Mapping[str, Any] | Sequence[str]


@dataclass(frozen=True, slots=True)
class Members:
    """Who is on which list.

    Attributes
    ----------
    lists : tuple of str, length k
    on : ndarray of bool, shape (n, k)
    documents : DataFrame
        ``list, publisher, source_id, n_rows``: what was cited, where lists are publishers.
    told : list of str
        What a reader has to know.
    """

    lists: tuple[str, ...]
    on: Bools
    documents: pd.DataFrame
    told: list[str] = field(default_factory=list)


def members(frame: pd.DataFrame, lists: Wanted | None, sources: pd.DataFrame) -> Members:
    """Read who is on each list: from a column, or from the publishers of the documents that rows cite."""
    named = _named(frame, lists, sources)
    on, parts, by_citation = [], [], []
    for name, what in named.items():
        column = what if isinstance(what, str) and what in frame else None
        if column is not None:
            require_columns(frame, [column])
            on.append(_column(frame[column], column))
            continue
        wanted = [what] if isinstance(what, str) else list(what)
        if "source_ids" not in frame:
            raise UsageError(f"The data have no column {wanted[0]!r}, and no source_ids that would name a publisher.")
        found, documents = cited(frame["source_ids"], wanted, sources)
        on.append(found)
        parts.append(documents.assign(list=name))
        by_citation.append(name)
    told = []
    if by_citation:
        told.append(
            f"{', '.join(by_citation)}: a row counts as on the list if a document of the publisher is cited. Nobody "
            "looked each person up in each list, so overlaps are counted too low, and estimates come out too high."
        )
    frames = [*parts, pd.DataFrame({c: [] for c in ("list", "publisher", "source_id", "n_rows")})]
    documents = pd.concat(frames[: max(len(parts), 1)], ignore_index=True)
    members = Members(tuple(named), np.column_stack(on), documents[["list", "publisher", "source_id", "n_rows"]], told)
    told += _by_act(frame, members)
    return members


def _named(frame: pd.DataFrame, lists: Wanted | None, sources: pd.DataFrame) -> dict[str, Any]:
    if lists is None:
        if "source_ids" in frame:
            most = "; ".join(most_cited(frame["source_ids"], sources))
            raise UsageError(
                f"Name the lists with lists=: columns, or publishers, of which the most cited are: {most}."
            )
        raise UsageError("Name the lists with lists=: columns of 0 and 1, one for each list.")
    if isinstance(lists, str):
        raise UsageError(f"lists={lists!r} is one list: the method rests on the overlap of two or more.")
    named = dict(lists) if isinstance(lists, Mapping) else {name: name for name in _once(lists)}
    if len(named) < 2:
        what = f"names one list, {next(iter(named))!r}" if named else "names no list"
        raise UsageError(f"lists= {what}: the method rests on the overlap of two or more.")
    if len(named) > 10:
        raise UsageError(f"There are {len(named)} lists: take ten at most, by putting publishers of a kind together.")
    taken = [n for n in named if n in ("n", "estimate", "stratum") or not isinstance(n, str)]
    if taken:
        raise UsageError(f"{taken[0]!r} cannot be the name of a list: it is a column of the result. Use a mapping.")
    return named


def _once(lists: Sequence[Any]) -> Sequence[Any]:
    """Refuse a list that is named twice: it would not overlap with itself by chance."""
    twice = next((name for k, name in enumerate(lists) if name in lists[:k]), None)
    if twice is not None:
        raise UsageError(f"lists= names {twice!r} twice: name each list once.")
    return lists


def _column(column: pd.Series, name: str) -> Bools:
    """Whether each row is on a list: 0 and 1, yes and no, or a number of a record where there is one."""
    if isinstance(column.dtype, np.dtype | pd.BooleanDtype) and column.dtype.kind == "b":
        values: Floats = column.astype(float).to_numpy(dtype=float, na_value=np.nan)
    elif pd.api.types.is_numeric_dtype(column.dtype) or set(column.dropna().astype(str)) <= {"0", "1"}:
        values = measures(column, name, mend=NEEDED)
    else:
        return _numbered(column, name)
    refuse(~np.isnan(values) & (values != 0) & (values != 1), values, name, "not 0 or 1", "Write 1 or 0.")
    gone = np.flatnonzero(np.isnan(values))
    if len(gone):
        problems = [
            Problem("data", int(i), name, "", "it is not known whether the person is on the list", _WHOSE) for i in gone
        ]
        raise DataError(problems)
    return values == 1


#: Text that says yes or no, and is no number of a record: a row that says no would count as on the list.
_ANSWERS = {"no", "n", "false", "f", "yes", "y", "true", "t", "none", "0", "0.0", "1", "1.0", "是", "否"}


def _numbered(column: pd.Series, name: str) -> Bools:
    """Whether each row has a number of a record."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        raise UsageError(f"'{name}' holds dates, which do not say who is on a list: give 1 and 0.")
    text = column.astype(str).str.strip()
    there = (column.notna() & (text != "")).to_numpy(dtype=bool)
    answers = np.flatnonzero(there & text.str.casefold().isin(_ANSWERS).to_numpy(dtype=bool))
    if len(answers):
        why, remedy = "an answer, not the number of a record", "Write 1 for people on the list and 0 for others."
        raise DataError([Problem("data", int(i), name, str(column.iloc[i]), why, remedy) for i in answers])
    return there


def _by_act(frame: pd.DataFrame, found: Members) -> list[str]:
    """Lists on which many are known because of an act of clemency."""
    if "frame" not in frame:
        return []
    act = (frame["frame"].astype(str) == "act").to_numpy()
    sizes = [(n, int((act & found.on[:, j]).sum()), int(found.on[:, j].sum())) for j, n in enumerate(found.lists)]
    said = [f"{name} {few} of {of:,}" for name, few, of in sizes if few]
    if not said:
        return []
    return [
        f"Known because of an act (frame 'act'): {', '.join(said)}. Who had no act had less chance to be on such a "
        "list, so that the number of those without an act is not what is estimated."
    ]


@dataclass(frozen=True, slots=True)
class Linked:
    """Records of several lists and the pairs of them that may be of one person.

    Attributes
    ----------
    lists : tuple of str, length k
    of_list, stratum : ndarray of int, shape (R,)
        List and stratum of each record; -1 for an unknown stratum.
    left, right : ndarray of int, shape (P,)
        Positions of the records of each pair.
    probability : ndarray, shape (P,)
    match : ndarray of bool, shape (P,)
        Pairs that were taken as links.
    """

    lists: tuple[str, ...]
    of_list: Ints
    stratum: Ints
    left: Ints
    right: Ints
    probability: Floats
    match: Bools

    def people(self, used: Bools) -> tuple[Bools, Ints]:
        """Persons that some of the pairs make of the records: on which lists, shape (N, k), and in which stratum."""
        n = len(self.of_list)
        edges = coo_array((np.ones(used.sum()), (self.left[used], self.right[used])), shape=(n, n))
        count, person = connected_components(edges, directed=False)
        on = np.zeros((count, len(self.lists)), dtype=bool)
        on[person, self.of_list] = True
        stratum = np.full(count, -1, dtype=np.intp)
        for i in range(n - 1, -1, -1):
            if self.stratum[i] >= 0:
                stratum[person[i]] = self.stratum[i]
        return on, stratum


def linked(
    frames: Mapping[str, pd.DataFrame], links: Any, id: str, by: Sequence[str]
) -> tuple[Linked, pd.DataFrame, list[str]]:
    """Put the records of several lists beside each other, with the pairs that linkage gave.

    Returns
    -------
    Linked, levels, told
        `levels` has the values of `by` behind each code of a stratum.
    """
    lists = tuple(frames)
    if len(lists) < 2:
        raise UsageError("One list alone has no overlap: give two or more.")
    keys: dict[str, dict[str, int]] = {}
    of_list, groups, start = [], [], 0
    for j, (name, frame) in enumerate(frames.items()):
        require_columns(frame, [id, *by])
        gone = np.flatnonzero(frame[id].isna())
        if len(gone):
            raise DataError([Problem(name, int(gone[0]), id, "", "a record without an id", "Number the records.")])
        unique = frame.drop_duplicates(id)
        keys[name] = {str(v): start + i for i, v in enumerate(unique[id])}
        start += len(unique)
        of_list.append(np.full(len(unique), j, dtype=np.intp))
        groups.append(unique[list(by)])
    together = pd.concat(groups, ignore_index=True)
    stratum, levels, alike = strata(together, by)
    left, right, probability, match, told = _pairs(keys, links)
    told += alike
    return Linked(lists, np.concatenate(of_list), stratum, left, right, probability, match), levels, told


def strata(frame: pd.DataFrame, by: Sequence[str]) -> tuple[Ints, pd.DataFrame, list[str]]:
    """Codes of strata, -1 where a value is missing; the values behind each; and names that may be one."""
    require_columns(frame, list(by))
    if not by:
        return np.zeros(len(frame), dtype=np.intp), pd.DataFrame(index=range(1)), []
    whole = frame[list(by)].notna().all(axis=1).to_numpy(dtype=bool)
    found = labels(frame[whole], by)
    code = np.full(len(frame), -1, dtype=np.intp)
    used, code[whole] = np.unique(found.code, return_inverse=True)
    told = [f"{message}." for message in names_alike(found)]
    return code, found.levels.iloc[used].astype(object).reset_index(drop=True), told


def _pairs(keys: dict[str, dict[str, int]], links: Any) -> tuple[Ints, Ints, Floats, Bools, list[str]]:
    if not isinstance(links, Mapping) or not links:
        raise UsageError(
            'Several lists need links=: {("a", "b"): cl.link(a, b), ...}, for every pair of lists, or tables with '
            "left_id and right_id."
        )
    parts = []
    for pair, given in links.items():
        both = isinstance(pair, tuple) and len(pair) == 2
        unknown = [n for n in pair if n not in keys] if both else [str(pair)]
        if unknown:
            raise UsageError(f"links= names {unknown[0]!r}: its keys are pairs of lists, such as {tuple(keys)[:2]!r}.")
        parts.append(_pair(pair, getattr(given, "pairs", given), keys))
    told = [
        f"{a} and {b} were not linked: nobody counts as on both, unless through a third list."
        for i, a in enumerate(keys)
        for b in list(keys)[i + 1 :]
        if (a, b) not in links and (b, a) not in links
    ]
    left, right, probability, match = (np.concatenate([p[i] for p in parts]) for i in range(4))
    return left.astype(np.intp), right.astype(np.intp), probability.astype(float), match.astype(bool), told


def _pair(pair: tuple[str, str], frame: Any, keys: dict[str, dict[str, int]]) -> tuple[Any, Any, Any, Any]:
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"links[{pair!r}] is neither a result of cl.link nor a table with left_id and right_id.")
    require_columns(frame, ["left_id", "right_id"])
    places = []
    for side, name in zip(("left_id", "right_id"), pair, strict=True):
        at = frame[side].astype(str).map(keys[name])
        gone = np.flatnonzero(at.isna())
        if len(gone):
            i = int(gone[0])
            remedy = "Link the tables that are given."
            raise DataError(
                [Problem("links", i, side, str(frame[side].iloc[i]), f"there is no such record in {name}", remedy)]
            )
        places.append(at.to_numpy(dtype=np.intp))
    sure = np.ones(len(frame))
    probability = sure
    if "probability" in frame:
        probability = measures(frame["probability"], "probability", mend=NEEDED, data="links")
    wrong = ~((probability >= 0) & (probability <= 1))
    refuse(wrong, probability, "probability", "not between 0 and 1", NEEDED, data="links")
    match = (frame["band"] == "match").to_numpy() if "band" in frame else sure > 0
    return places[0], places[1], probability, match


def collapse(found: Bools, who: pd.Series, stratum: Ints, name: str) -> tuple[Bools, Ints]:
    """One row per person: on a list if any row is."""
    gone = np.flatnonzero(who.isna())
    if len(gone):
        raise DataError([Problem("data", int(gone[0]), name, "", "a row without an id", "Number the rows.")])
    code = codes(who)
    order = pd.DataFrame(found).groupby(code, sort=True).max().to_numpy(dtype=bool)
    first = pd.Series(stratum).groupby(code, sort=True)
    low, high = first.min().to_numpy(), first.max().to_numpy()
    moving = np.flatnonzero(low != high)
    if len(moving):
        row = int(np.flatnonzero(code == moving[0])[0])
        what = "the rows of one person are in two strata"
        remedy = "Give the person one stratum, or leave id= out and count cases."
        raise DataError([Problem("data", row, name, str(who.iloc[row]), what, remedy)])
    return order, low.astype(np.intp)
