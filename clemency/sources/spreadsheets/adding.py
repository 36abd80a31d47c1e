"""Cases and acts of one's own, and a collection -> both together, each person once, with what came from where."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.presentation.wording import counted
from clemency.records.schema import ACTS, CASES
from clemency.records.tables.loading import load, with_bounds
from clemency.sources.linkage.pairs import Linkage, link
from clemency.sources.spreadsheets.casetable import FURTHER, typed_cases
from clemency.sources.spreadsheets.casetable import typed as as_types

_COMPARED = (
    "sex",
    "ethnicity",
    "province",
    "birth_date",
    "detention_date",
    "sentence_date",
    "sentence_type",
    "sentence_months",
    "status",
    "status_date",
)
_APART = ("detention_date", "sentence_date")


@dataclass(frozen=True, slots=True, repr=False)
class Added:
    """Two collections as one.

    Attributes
    ----------
    cases, acts : DataFrame
        As ``cl.load`` gives them, with ``origin``: ``own`` or the name of the other collection.
    duplicates : DataFrame
        ``own_id, case_id, probability, what``: own cases that are the other's already (not added again), and own cases
        of a person whose other case is there (added, under the same ``person_id``).
    differences : DataFrame
        ``own_id, case_id, column, own, other, what``: values of such a case that differ, or that only the own records
        have. The other's stand in ``cases``.
    acts_there : DataFrame
        ``act_id, case_id, act_type, act_date, same_as``: own acts that the other has already, and that were not added.
    linkage : Linkage
        Every pair of like names with its probability; :meth:`review` lists those that a reader has to decide.
    """

    cases: pd.DataFrame
    acts: pd.DataFrame
    duplicates: pd.DataFrame
    differences: pd.DataFrame
    acts_there: pd.DataFrame
    linkage: Linkage

    def review(self) -> pd.DataFrame:
        """Pairs that may be one person: fill ``decision`` with match or no, and give it back as ``decisions=``."""
        return self.linkage.review()

    def __repr__(self) -> str:
        new = (self.cases["origin"] == "own").sum()
        acts = int((self.acts["origin"] == "own").sum())
        same = (self.duplicates["what"] == "the same case").sum()
        return (
            f"Added: {counted(int(new), 'case')} and {counted(acts, 'act')} of one's own to "
            f"{counted(int(len(self.cases) - new), 'case')}; {same} were there already (.duplicates), "
            f"{counted(len(self.review()), 'pair')} to decide (.review())"
        )


@typed
def add(own: Any, to: Any = None, *, decisions: pd.DataFrame | None = None, threshold: float = 0.95) -> Added:
    """Add records of one's own to a collection, each person once.

    Parameters
    ----------
    own : Records, or (cases, acts)
        What is added, such as `read_records` gives.
    to : path, Records or (cases, acts), optional
        The collection: a folder of tables, the number of an edition, or tables; the shipped ones by default.
    decisions : DataFrame, optional
        A filled :meth:`Added.review`.
    threshold : float
        Probability from which two records count as one person; see ``cl.link``.

    Returns
    -------
    Added

    Raises
    ------
    UsageError
        If either is no collection, has no case, or the extra ``linkage`` is not installed.

    Notes
    -----
    Two records of one person are one case unless their dates of custody or of sentence are certainly different. Of such
    a case the other collection's values stay, and its acts are joined by the own ones of another kind or a date that
    cannot be the same. Pairs below the threshold are added as different people until they are decided.

    Examples
    --------
    >>> import pandas as pd
    >>> import clemency as cl
    >>> mine = pd.DataFrame({"Name": ["Zebulon Testcase"], "Sentenced": ["2014-10"], "Term": ["6 years"]})
    >>> mine = cl.read_records(mine)
    >>> both = cl.add(mine, to=(mine.cases.assign(case_id="there", person_id="there"), mine.acts))
    >>> both.duplicates[["own_id", "case_id", "what"]].values.tolist()
    [['row-0', 'there', 'the same case']]
    """
    mine, theirs = _tables(own, "own"), _tables(to, "to")
    linkage = link(mine[0], theirs[0], decisions=decisions, threshold=threshold)
    matches = linkage.matches()
    duplicates = _duplicates(matches, mine[0], theirs[0])
    same = duplicates[duplicates["what"] == "the same case"].set_index("own_id")["case_id"]
    person = theirs[0].set_index("case_id")["person_id"].astype(str)
    people = duplicates.set_index("own_id")["case_id"].map(person)
    keys = _keys(mine[0]["case_id"].astype(str), set(theirs[0]["case_id"].astype(str)), same)
    new = mine[0][~mine[0]["case_id"].isin(same.index)]
    shared = new["case_id"].map(people)
    new = new.assign(person_id=shared.where(shared.notna(), new["person_id"]), case_id=new["case_id"].map(keys))
    acts = mine[1].assign(case_id=mine[1]["case_id"].map(keys), act_id=[f"own-{k}" for k in mine[1]["act_id"]])
    acts, there = _without_known(acts, theirs[1], set(same))
    name = "shipped" if to is None else to if isinstance(to, str) else "other"
    whole_acts = _joined(theirs[1], acts, ACTS, str(name))
    return Added(
        _joined_cases(theirs[0], new, whole_acts, str(name)),
        whole_acts,
        duplicates,
        _differences(same, mine[0], theirs[0]),
        there,
        linkage,
    )


def _tables(given: Any, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases and acts of a collection."""
    if given is None and name == "to":
        return load("cases"), load("acts")
    if isinstance(given, (str, PathLike)):
        return load("cases", given), load("acts", given)
    pair = (given.cases, given.acts) if hasattr(given, "cases") and hasattr(given, "acts") else given
    if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(f, pd.DataFrame) for f in pair)):
        raise UsageError(
            f"{name}= takes what cl.read_records gives, (cases, acts), or a folder of tables, "
            f"not {type(given).__name__}."
        )
    cases, acts = pair
    for frame, table in ((cases, CASES), (acts, ACTS)):
        missing = [c.name for c in table.stored if not c.optional and c.name not in frame]
        if missing:
            raise UsageError(
                f"The {table.name} of {name}= have no column {', '.join(missing[:3])}. "
                "Read them with cl.read_records or cl.load."
            )
    return cases, acts


def _duplicates(matches: pd.DataFrame, mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Each match, and whether the two records are one case: not if they certainly begin on different days."""
    left = mine.set_index("case_id").loc[matches["left_id"]]
    right = theirs.set_index("case_id").loc[matches["right_id"]]
    apart = np.zeros(len(matches), dtype=bool)
    for column in _APART:
        one, other = dates.bounds(left[column]), dates.bounds(right[column])
        apart |= dates.out_of_order(one, other) | dates.out_of_order(other, one)
    return pd.DataFrame(
        {
            "own_id": matches["left_id"].to_numpy(dtype=object),
            "case_id": matches["right_id"].to_numpy(dtype=object),
            "probability": matches["probability"].to_numpy(dtype=float),
            "what": np.where(apart, "another case of this person", "the same case").astype(object),
        }
    )


def _keys(own: pd.Series, taken: set[str], same: pd.Series) -> dict[str, str]:
    """Key of each own case in the whole: the other's, its own, or its own after own- if that is taken."""
    known = {str(k): str(v) for k, v in same.items()}
    return {k: known.get(k) or (k if k not in taken else f"own-{k}") for k in own}


def _without_known(acts: pd.DataFrame, others: pd.DataFrame, cases: set[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Own acts that are not there yet, and those that are: of the same kind, on a date that can be the same."""
    there: list[tuple[Any, ...]] = []
    known = others[others["case_id"].isin(cases)]
    by_case = {
        (str(c), str(t)): g
        for (c, t), g in known.groupby([known["case_id"].astype(str), known["act_type"].astype(str)])
    }
    for act in acts.itertuples():
        rivals = by_case.get((str(act.case_id), str(act.act_type)))
        for other in rivals.itertuples() if rivals is not None else ():
            after = act.act_earliest > other.act_latest
            before = act.act_latest < other.act_earliest
            if not (after or before):
                there.append((act.act_id, act.case_id, str(act.act_type), act.act_date, other.act_id))
                break
    names = ["act_id", "case_id", "act_type", "act_date", "same_as"]
    frame = pd.DataFrame(there, columns=names, dtype=object)
    return acts[~acts["act_id"].isin(frame["act_id"])], frame


def _differences(same: pd.Series, mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    own, other = mine.set_index("case_id"), theirs.set_index("case_id")
    rows = []
    for left, right in same.items():
        for column in _COMPARED:
            a, b = own.loc[left, column], other.loc[right, column]
            if pd.notna(a) and not (pd.notna(b) and a == b) and str(a) != "unknown":
                unknown = pd.isna(b) or str(b) == "unknown"
                rows.append((left, right, column, a, None if unknown else b, "only own" if unknown else "differs"))
    return pd.DataFrame(rows, columns=["own_id", "case_id", "column", "own", "other", "what"], dtype=object)


def _joined(theirs: pd.DataFrame, own: pd.DataFrame, table: Any, name: str) -> pd.DataFrame:
    frame, origin = _stored(theirs, own, table, name)
    return with_bounds(as_types(frame, table.stored), table).assign(origin=origin)


def _stored(theirs: pd.DataFrame, own: pd.DataFrame, table: Any, name: str) -> tuple[pd.DataFrame, list[str]]:
    names = [c.name for c in table.stored]
    parts = [f.reindex(columns=names).astype(object) for f in (theirs, own)]
    frame = pd.concat(parts, ignore_index=True)
    return frame.where(frame.notna(), None), [name] * len(theirs) + ["own"] * len(own)


def _joined_cases(theirs: pd.DataFrame, own: pd.DataFrame, acts: pd.DataFrame, name: str) -> pd.DataFrame:
    frame, origin = _stored(theirs, own, CASES, name)
    for column in FURTHER:
        values = [*theirs.get(column, pd.Series([None] * len(theirs))), *own.get(column, pd.Series([None] * len(own)))]
        frame[column] = pd.Series(values, dtype=object)
    return typed_cases(frame, acts).assign(origin=origin)
