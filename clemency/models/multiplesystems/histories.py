"""Lists of people -> how many are on which of them: the public table of capture histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.modelframe.exclusions import column_names, require_columns
from clemency.models.modelframe.frames import as_frame, is_cohort
from clemency.models.modelframe.groups import ids_alike
from clemency.models.modelframe.history import refuse_taken
from clemency.models.modelframe.measures import NEEDED, measures, refuse_counts
from clemency.models.multiplesystems.cells import Cells, histories, pairs
from clemency.models.multiplesystems.membership import Linked, Members, collapse, linked, members, strata
from clemency.records.arguments.signatures import typed
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.presentation.markup import as_html
from clemency.records.presentation.wording import agreed, counted
from clemency.records.tables.loading import load
from clemency.typing import Bools, Floats, Ints

_LARGEST = 2.0**53
#: Columns of results, which no stratum can be called.
_TAKEN = (
    "n", "method", "known", "estimate", "std_error", "ci_low", "ci_high", "undocumented", "limits", "note", "stratum",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class CaptureHistories:
    """Result of `capture_histories`.

    Attributes
    ----------
    lists : tuple of str, length k
    by : tuple of str
        Columns that name the strata.
    levels : DataFrame, S rows
        Their values.
    counts : ndarray, shape (S, 2^k - 1)
        People by stratum and history.
    elsewhere : ndarray, shape (S,)
        People in the data who are on none of the lists.
    documents : DataFrame
        ``list, publisher, source_id, n_rows``: the documents by which people were taken to be on a list.
    warnings : tuple of str
    linked : Linked or None
        The records and their possible links, if lists were linked.
    """

    lists: tuple[str, ...]
    by: tuple[str, ...]
    levels: pd.DataFrame
    counts: Floats
    elsewhere: Floats
    documents: pd.DataFrame
    warnings: tuple[str, ...]
    linked: Linked | None = None

    def cells(self, stratum: int) -> Cells:
        """Counts of one stratum."""
        return Cells(self.counts[stratum], self.lists)

    def tidy(self) -> pd.DataFrame:
        """One row per stratum and history that somebody has.

        Returns
        -------
        DataFrame
            The strata; 0 or 1 for each list; ``n``. A row of zeros has those in the data who are on none of the lists.
        """
        shape = np.vstack([histories(len(self.lists)), np.zeros((1, len(self.lists)), dtype=bool)]).astype(int)
        parts = []
        for s in range(len(self.levels)):
            n = np.append(self.counts[s], self.elsewhere[s]).astype(np.int64)
            part = pd.DataFrame(shape, columns=list(self.lists)).assign(n=n)
            for place, name in enumerate(self.by):
                part.insert(place, name, self.levels[name].iloc[s])
            parts.append(part[part["n"] > 0])
        return pd.concat(parts, ignore_index=True)

    def overlaps(self) -> pd.DataFrame:
        """One row per pair of lists, over all strata.

        Returns
        -------
        DataFrame
            ``list, other, n, n_other, both, share, share_other``: lengths of the lists, people on both, and what share
            of each list they are. Who is on a third list counts too.
        """
        n, x = self.counts.sum(axis=0), histories(len(self.lists))
        rows = []
        for i, j in pairs(len(self.lists)):
            a, b, both = (int(n[m].sum()) for m in (x[:, i], x[:, j], x[:, i] & x[:, j]))
            shares = both / a if a else np.nan, both / b if b else np.nan
            rows.append((self.lists[i], self.lists[j], a, b, both, *shares))
        return pd.DataFrame(rows, columns=["list", "other", "n", "n_other", "both", "share", "share_other"])

    def glance(self) -> pd.DataFrame:
        """One row: strata, lists, people on one list or more, on two or more, and in the data but on none."""
        several = histories(len(self.lists)).sum(axis=1) > 1
        row = {
            "n_strata": len(self.levels),
            "n_lists": len(self.lists),
            "known": int(self.counts.sum()),
            "on_several": int(self.counts[:, several].sum()),
            "elsewhere": int(self.elsewhere.sum()),
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        return "\n".join([self._head(), self.overlaps().to_string(index=False), *self.warnings])

    def _head(self) -> str:
        g = self.glance().iloc[0]
        return (
            f"{counted(g['known'], 'person')} on {', '.join(self.lists)}, {g['on_several']:,} of them on several; "
            f"{g['elsewhere']:,} in the data {agreed(g['elsewhere'], 'is')} on none of these."
        )

    def _repr_html_(self) -> str:
        return as_html(self._head(), self.overlaps(), self.warnings, number="{:.2f}")


@typed
def capture_histories(
    data: Any,
    lists: Mapping[str, Any] | Sequence[str] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    count: str | None = None,
    id: str | None = None,
    links: Mapping[Any, Any] | None = None,
    sources: pd.DataFrame | None = None,
) -> CaptureHistories:
    """Count who is on which of several lists.

    Parameters
    ----------
    data : DataFrame, or mapping of names to DataFrames
        One row per person, per case, or per capture history with its `count`; or the lists themselves, one table each,
        whose common members `links` tells.
    lists : sequence of str, or mapping
        Names of the lists; what a mapping gives for one is a column, a publisher, or several publishers. A column has
        0 and 1, or numbers of records (``cecc_record``) where there is one. A publisher, as the table `sources` spells
        it, or the key of a document, has a row if ``source_ids`` cites it; copies and archives count as their
        publisher's.
    by : str or sequence of str, optional
        Columns that name strata. Rows without a value are left out, and counted in the warnings.
    count : str, optional
        Column of numbers of people.
    id : str, optional
        Rows with the same value are one person, who is on a list if one of the rows is. With lists as tables, the
        column that numbers their records, ``case_id`` unless named.
    links : mapping of pairs of names, optional
        ``{("mine", "register"): cl.link(mine, register)}``, or tables with ``left_id, right_id`` and perhaps
        ``probability`` and ``band``. Pairs in the band ``match``, or all where there is no band, join records.
    sources : DataFrame, optional
        Documents with ``source_id`` and ``publisher``; the shipped table by default.

    Returns
    -------
    CaptureHistories

    Raises
    ------
    UsageError
        For lists that are not named or not there, fewer than two, and arguments that have no effect.
    DataError
        For a membership that is not known, counts that are none, and one person in two strata.

    Examples
    --------
    >>> people = pd.DataFrame({"register": [1, 1, 0, 1], "mine": [0, 1, 1, 1]})
    >>> capture_histories(people, ["register", "mine"]).tidy()
       register  mine  n
    0         1     1  2
    1         1     0  1
    2         0     1  1
    """
    names = column_names(by)
    refuse_taken(names, _TAKEN)
    if is_cohort(data):
        raise UsageError("A cohort has spells, not people: pass the cases that it was made of, cl.load('cases').")
    if isinstance(data, CaptureHistories):
        raise UsageError("These are capture histories already.")
    if isinstance(data, Mapping) and data and all(isinstance(v, pd.DataFrame) for v in data.values()):
        for name, value in (("lists", lists), ("count", count)):
            if value is not None:
                raise UsageError(
                    f"data= has the lists as tables ({', '.join(map(str, data))}), one row for each record: leave "
                    f"{name}= out."
                )
        return _of_lists(data, links, id or "case_id", names)
    if links is not None:
        raise UsageError("links= joins lists that are tables of their own: pass {'name': table, ...}.")
    frame = as_frame(data)
    known = load("sources") if sources is None else sources
    found = members(frame, lists, known)
    clash = set(found.lists) & set(names)
    if clash:
        raise UsageError(f"{next(iter(clash))!r} cannot be both a list and a stratum.")
    return _of_rows(frame, found, names, count, id)


def _of_rows(
    frame: pd.DataFrame, found: Members, by: tuple[str, ...], count: str | None, id: str | None
) -> CaptureHistories:
    stratum, levels, alike = strata(frame, by)
    weight = np.ones(len(frame))
    if count is not None:
        if id is not None:
            raise UsageError(
                "count= and id= contradict each other: a row is several people, or one of a person's rows."
            )
        require_columns(frame, [count])
        weight = measures(frame[count], count, mend=NEEDED)
        gone = np.flatnonzero(np.isnan(weight))
        if len(gone):
            raise DataError([Problem("data", int(gone[0]), count, "", "no count", "Give a number; 0 is one.")])
        refuse_counts(weight, count, _LARGEST, mend=NEEDED)
    on = found.on
    if id is not None:
        require_columns(frame, [id])
        on, stratum = collapse(on, frame[id], stratum, id)
        weight = np.ones(len(on))
        alike = [*alike, *ids_alike(frame[id])]
    counts, elsewhere, told = _counted(on, stratum, weight, levels)
    return CaptureHistories(found.lists, by, levels, counts, elsewhere, found.documents, (*found.told, *alike, *told))


def _of_lists(frames: Mapping[str, pd.DataFrame], links: Any, id: str, by: tuple[str, ...]) -> CaptureHistories:
    records, levels, told = linked(frames, links, id, by)
    counts, elsewhere, more = of_people(records, records.match, levels)
    documents = pd.DataFrame({c: [] for c in ("list", "publisher", "source_id", "n_rows")})
    return CaptureHistories(records.lists, by, levels, counts, elsewhere, documents, (*told, *more), records)


def of_people(records: Linked, used: Bools, levels: pd.DataFrame) -> tuple[Floats, Floats, list[str]]:
    """Counts by stratum and history of the persons that some links make of the records."""
    on, stratum = records.people(used)
    return _counted(on, stratum, np.ones(len(on)), levels)


def _counted(on: Bools, stratum: Ints, weight: Floats, levels: pd.DataFrame) -> tuple[Floats, Floats, list[str]]:
    k = on.shape[1]
    code = (on.astype(np.intp) << np.arange(k - 1, -1, -1)).sum(axis=1)
    known = stratum >= 0
    place = stratum[known] * 2**k + code[known]
    table = np.bincount(place, weights=weight[known], minlength=len(levels) * 2**k).reshape(len(levels), 2**k)
    lost = int(weight[~known].sum())
    told = [f"{counted(lost, 'person')} without a stratum {agreed(lost, 'is')} left out."] if lost else []
    if not table[:, 1:].sum():
        raise DataError([Problem("data", None, "", "", "nobody is on any of the lists", "Check their names.")])
    return table[:, :0:-1].astype(np.float64), table[:, 0].astype(np.float64), told
