"""Tables with partial dates -> the same tables with days, drawn in each case's own order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.cohorts.imputation.ordered import FAR, Chain, Order, Side, draw, ordered
from clemency.cohorts.inputs import CASE_DATES, ENDS, TERMINAL, bounds_of, is_total
from clemency.typing import Bools, Ints

# Places in the chain: the act that ends the time inside, if it has a date of its own, lies between sentence and status.
_CUSTODY, _SENTENCE, _RELEASE, _STATUS, _SEEN = range(5)
_CHAIN = {"detention_date": _CUSTODY, "sentence_date": _SENTENCE, "status_date": _STATUS, "seen_date": _SEEN}


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates of two tables as an order, and where each date of the tables stands in it.

    Attributes
    ----------
    order : Order
    cases, acts : DataFrame
    status_beside, act_beside : ndarray of int
        Place beside the chain of each case's status and of each act, or -1.
    act_chain : ndarray of int
        Place in the chain of the case of each act, or -1.
    intervals : DataFrame
        ``date, known, partial, median_days, longest_days, open``: what there is to draw.
    """

    order: Order
    cases: pd.DataFrame
    acts: pd.DataFrame
    status_beside: Ints
    act_beside: Ints
    act_chain: Ints
    intervals: pd.DataFrame

    def drawn(self, seed: int, number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Cases and acts of one imputation: their dates are days, or NaT where unknown or open."""
        chain, side = draw(self.order, seed, number)
        chain = np.where(self.order.known, chain, _NOT)
        beside = np.append(side, _NOT)  # the place -1 is the last one
        columns = {name: chain[:, k] for name, k in _CHAIN.items() if name in self.cases}
        columns["status_date"] = np.where(self.status_beside >= 0, beside[self.status_beside], columns["status_date"])
        row = _rows(self.cases, self.acts)
        act = np.where(self.act_chain >= 0, chain[row, self.act_chain], beside[self.act_beside])
        cases = self.cases.assign(**{k: _as_days(v) for k, v in columns.items()})
        return cases, self.acts.assign(act_date=_as_days(act))


_NOT = np.iinfo(np.int64).min  # NumPy's NaT


def _as_days(number: Ints) -> NDArray[np.datetime64]:
    return number.astype("datetime64[D]").astype("datetime64[s]")


def _rows(cases: pd.DataFrame, acts: pd.DataFrame) -> Ints:
    place = pd.Series(np.arange(len(cases)), index=cases["case_id"].to_numpy())
    return place.loc[acts["case_id"]].to_numpy()


def read_dates(cases: pd.DataFrame, acts: pd.DataFrame) -> Dates:
    """Put the dates of each case in order: custody, sentence, acts, what ends the time inside, last status, last seen.

    Parameters
    ----------
    cases, acts : DataFrame
        As `cohort` takes them, with a fresh index.

    Returns
    -------
    Dates

    Notes
    -----
    Acts have no order among themselves, but for the first early release, parole or special pardon, which no other act
    follows. Where such an act and the status that it brings about can be of the same day they are one event, which two
    tables record, and get one day; so are several such acts, an act dated by the release that followed it and that
    release, and medical parole in the two tables. A date with an open end is not drawn: nothing is known of how far it
    goes.
    """
    n, a, status = len(cases), _Acts.of(cases, acts), _text(cases, "status")
    first, last = np.zeros((n, 5), dtype=np.int64), np.zeros((n, 5), dtype=np.int64)
    known = np.zeros((n, 5), dtype=bool)
    for name, k in _CHAIN.items():
        first[:, k], last[:, k], known[:, k] = _numbers(cases, name)
    dated, ends = known[:, _STATUS].copy(), np.isin(status, TERMINAL)
    known[:, _STATUS] &= ends
    same = a.same_as_end(status, first[:, _STATUS], last[:, _STATUS], known[:, _STATUS])
    a.narrow(same, first[:, _STATUS], last[:, _STATUS])
    releases = a.releases(same, np.where(known[:, _STATUS], last[:, _STATUS], FAR))
    at = a.row[releases]
    first[at, _RELEASE], last[at, _RELEASE], known[at, _RELEASE] = -FAR, FAR, True
    a.narrow(releases, first[:, _RELEASE], last[:, _RELEASE])
    dated_by = a.dated_by_release(same, first[:, _RELEASE], last[:, _RELEASE], known[:, _RELEASE])
    a.narrow(dated_by, first[:, _RELEASE], last[:, _RELEASE])
    releases = np.r_[releases, np.flatnonzero(dated_by)]
    act_chain = np.full(len(acts), -1)
    act_chain[a.index[same]], act_chain[a.index[releases]] = _STATUS, _RELEASE
    paroled = a.medical_paroles(status, first[:, _STATUS], last[:, _STATUS], dated)
    np.maximum.at(a.first, paroled, first[a.row[paroled], _STATUS])
    np.minimum.at(a.last, paroled, last[a.row[paroled], _STATUS])
    alone = dated & ~ends
    alone[a.row[paroled]] = False
    beside = _Beside.of(a, act_chain, first[:, _STATUS], last[:, _STATUS], alone)
    act_beside, status_beside = np.full(len(acts), -1), np.full(n, -1)
    act_beside[a.index[beside.act]], status_beside[alone] = beside.place, beside.place_of_status
    status_beside[a.row[paroled]] = act_beside[a.index[paroled]]
    order = ordered(Chain(first, last, known), beside.side, _SENTENCE, _keys(cases))
    return Dates(order, cases, acts, status_beside, act_beside, act_chain, _intervals(cases, acts))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What lies beside the chains, by case: acts, and statuses that ended nothing and that no act brought about."""

    act: Ints  # which of the acts
    place: Ints  # of those acts beside the chains
    place_of_status: Ints
    side: Side

    @classmethod
    def of(cls, a: _Acts, act_chain: Ints, first: Ints, last: Ints, alone: Bools) -> _Beside:
        act = np.flatnonzero(act_chain[a.index] < 0)
        row = np.r_[a.row[act], np.flatnonzero(alone)]
        sort = np.argsort(row, kind="stable")
        place = np.empty(len(row), dtype=np.int64)
        place[sort] = np.arange(len(row))
        # Nothing follows the act that ends the time inside, but for those of its kind that can only be later.
        top = np.r_[np.where(a.ending[act], _STATUS, _RELEASE), np.full(int(alone.sum()), _RELEASE)]
        begin, end = np.r_[a.first[act], first[alone]], np.r_[a.last[act], last[alone]]
        side = Side(begin[sort], end[sort], row[sort], top[sort])
        return cls(act, place[: len(act)], place[len(act) :], side)


def _text(frame: pd.DataFrame, column: str) -> NDArray[Any]:
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].astype("string").fillna("").to_numpy(dtype=object)


def _numbers(frame: pd.DataFrame, column: str) -> tuple[Ints, Ints, Bools]:
    span = bounds_of(frame, column)
    known: Bools = ~(np.isnat(span.earliest) | np.isnat(span.latest))
    first, last = (np.where(known, v.astype("datetime64[D]").astype(np.int64), 0) for v in (span.earliest, span.latest))
    return first, last, known


def _keys(cases: pd.DataFrame) -> NDArray[np.uint64]:
    ids = cases["case_id"]
    if pd.api.types.is_float_dtype(ids) and (ids % 1 == 0).all():  # the key 7 is one key, however it is stored
        ids = ids.astype("int64")
    return pd.util.hash_array(ids.astype(str).to_numpy(dtype=object), categorize=False)


@dataclass(frozen=True, slots=True)
class _Acts:
    """Dated acts by case, then by their bounds, kind and key, so that the order of rows does not matter."""

    index: Ints  # row of the table of acts
    row: Ints  # row of the case
    first: Ints
    last: Ints
    kind: NDArray[Any]
    single: Bools
    of_release: Bools
    ending: Bools

    @classmethod
    def of(cls, cases: pd.DataFrame, acts: pd.DataFrame) -> _Acts:
        first, last, known = _numbers(acts, "act_date")
        row, kind, single = _rows(cases, acts), _text(acts, "act_type"), ~is_total(acts)
        names = ["act_id", "act_type"]
        if "act_id" not in acts or acts["act_id"].isna().any() or acts["act_id"].duplicated().any():
            names = sorted(set(map(str, acts)) - {*names}) + names  # what else tells two acts of one interval apart
        codes = (pd.factorize(_text(acts, c), sort=True)[0] for c in names)
        index = np.lexsort((*codes, last, first, row))
        index = index[known[index]]
        # An interval that a release closes says that the act came before; a release that stands for the act is its day.
        closed = pd.Series(acts["act_date"]).astype("string").str.contains("/", regex=False).fillna(False)
        of_release = (_text(acts, "date_basis") == "release") & single & ~closed.to_numpy(dtype=bool)
        ending = np.isin(kind, ENDS["early_release"][0]) & single
        row, first, last = row[index], first[index], last[index]
        return cls(index, row, first, last, kind[index], single[index], of_release[index], ending[index])

    def _meets(self, first: Ints, last: Ints, known: Bools) -> Bools:
        return known[self.row] & (self.first <= last[self.row]) & (self.last >= first[self.row])

    def narrow(self, which: Bools | Ints, first: Ints, last: Ints) -> None:
        """Cut intervals of cases, in place, to those of some of their acts."""
        np.maximum.at(first, self.row[which], self.first[which])
        np.minimum.at(last, self.row[which], self.last[which])

    def same_as_end(self, status: NDArray[Any], first: Ints, last: Ints, known: Bools) -> Bools:
        """Acts that are the beginning of the status that ended the case, where all of a case can be of one day."""
        brings = self.ending & np.isin(status, ENDS["early_release"][1])[self.row]
        dated = self.of_release & np.isin(status, TERMINAL[:4])[self.row]
        return self._together((brings | dated) & self._meets(first, last, known), first, last)

    def dated_by_release(self, same: Bools, first: Ints, last: Ints, known: Bools) -> Bools:
        """Acts that have the date of the act that ended the time inside."""
        releases = self.of_release & ~self.ending & ~same & (self.kind != "medical_parole")
        return self._together(releases & self._meets(first, last, known), first, last)

    def _together(self, same: Bools, first: Ints, last: Ints) -> Bools:
        begin, end = first.copy(), last.copy()
        self.narrow(same, begin, end)
        return same & (begin <= end)[self.row]

    def releases(self, same: Bools, latest: Ints) -> Ints:
        """First act of each case that ends the time inside, apart from those that are its last status, and its repeats.

        Acts are sorted by their first days, so that those of one day with the first are the ones that begin before any
        of them ends; the others can only be later.
        """
        able = np.flatnonzero(self.ending & ~same & (self.first <= latest[self.row]))
        ends = pd.Series(self.last[able]).groupby(self.row[able]).cummin().to_numpy()
        return able[self.first[able] <= ends]

    def medical_paroles(self, status: NDArray[Any], first: Ints, last: Ints, known: Bools) -> Ints:
        """Last act of medical parole of each case whose status it can be the beginning of."""
        paroles = (self.kind == "medical_parole") & self.single & (status == "medical_parole")[self.row]
        able = np.flatnonzero(paroles & self._meets(first, last, known))[::-1]
        return able[np.unique(self.row[able], return_index=True)[1]]


def _intervals(cases: pd.DataFrame, acts: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for frame, name in [*((cases, c) for c in CASE_DATES if c in cases), (acts, "act_date")]:
        first, last, known = _numbers(frame, name)
        days = (last - first + 1)[known & (last > first)]
        given = int(frame[name].notna().sum())
        rows.append(
            {
                "date": name,
                "known": int(known.sum()),
                "partial": len(days),
                "median_days": float(np.median(days)) if len(days) else np.nan,
                "longest_days": float(days.max()) if len(days) else np.nan,
                "open": given - int(known.sum()),
            }
        )
    return pd.DataFrame(rows)
