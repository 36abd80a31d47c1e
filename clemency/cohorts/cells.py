"""The CECC's database -> person-time and acts by group, calendar period and year since sentence, or the shipped counts.

The database is not shipped; counts of it are, and they come from the function that counts the database itself. No cell
of fewer than five cases stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from itertools import chain, combinations
from typing import cast

import numpy as np
import pandas as pd

from clemency.cohorts.build import cohort
from clemency.cohorts.cohort import Cohort
from clemency.records.arguments.signatures import typed
from clemency.records.errors import UsageError
from clemency.records.tables.loading import load
from clemency.sources.cecc import Register

FEWEST = 5
POOLED = "(groups of fewer than five cases)"
OUTCOMES = ("sentence_reduction", "medical_parole")
EVENTS = (*OUTCOMES, "early_release", "expiry", "death")
#: Months since sentence at which the grid is cut; the last band is open.
BANDS = (12, 24, 36, 60, 96)
SINGLE = ("all", "charge_family", "region", "sex", "ethnicity", "term")
#: All pairs of the groupings, each with the names in this order.
PAIRS = tuple(combinations(SINGLE[1:], 2))
COLUMNS = ["entry", "by", "level", "period", "years", "cases", "person_months", *EVENTS]
_TYPES = ("fixed", "life", "death_reprieve")
_BROAD = ("Han", "Tibetan", "Uyghur")
_TERMS = ("under 3 years", "3 to 5 years", "5 to 10 years", "10 to 15 years", "15 years and more")
_FOUND_ENTRY = ("documented", "sentence")


@typed
def register_person_time(
    by: str = "all", *, entry: str = "documented", register: Register | None = None
) -> pd.DataFrame:
    """Person-time and first acts of the CECC's database by group, five calendar years and years since sentence.

    Parameters
    ----------
    by : str
        ``all``, ``charge_family``, ``region``, ``sex``, ``ethnicity`` or ``term``; or a pair of the last five in this
        order, such as ``charge_family; region``: pairs have no years since sentence.
    entry : {"documented", "sentence"}
        When cases come under observation: see `cohort`.
    register : Register, optional
        The database, where its file is at hand (`register`): it is counted anew. Without it the shipped counts are
        taken, which are the same numbers.

    Returns
    -------
    DataFrame
        ``level, period, years, start, stop, cases, person_months`` and the first acts and ends of the five kinds:
        ``sentence_reduction, medical_parole, early_release, expiry, death``. ``start`` and ``stop`` are months since
        sentence, ``stop`` missing in the last band, which is open, and both missing for pairs.

    Raises
    ------
    UsageError
        For a grouping or an entry that is not counted.

    Notes
    -----
    The cohort is ``cohort(cases, acts, outcome=["sentence_reduction", "medical_parole"], clock="sentence",
    entry=entry, sentence_types=["fixed", "life", "death_reprieve"], follow_up="register", until=as_of)``: each case
    leaves at the first act of either kind. Groups of fewer than five cases in a period and band are joined in a level
    of their own, events and time alike, so that a level may lack its thinnest cells. Person-months are rounded to a
    tenth.

    Examples
    --------
    >>> import clemency as cl
    >>> table = cl.register_person_time("region")
    >>> cl.rates(table, "level", count="medical_parole", exposure="person_months").tidy().shape[1]
    8
    """
    if entry not in _FOUND_ENTRY:
        raise UsageError(f"entry={entry!r} is not one of: {', '.join(_FOUND_ENTRY)}.")
    known = (*SINGLE, *("; ".join(pair) for pair in PAIRS))
    if by not in known:
        raise UsageError(f"by={by!r} is not counted. There are: {', '.join(repr(k) for k in known)}.")
    table = load("register_cells") if register is None else rounded(_of_entry(register, entry))
    mine = table[(table["entry"] == entry).to_numpy() & (table["by"] == by).to_numpy()]
    named = {_years(float(a)): (float(a), float(b)) for a, b in zip((0, *BANDS), (*BANDS, np.nan), strict=True)}
    span = [named.get(str(y), (np.nan, np.nan)) for y in mine["years"]]
    cells = mine[["level", "period", "years"]].astype(str)
    cells = cells.assign(start=[a for a, _ in span], stop=[b for _, b in span])
    counts = mine[["cases", *EVENTS]].astype("int64").assign(person_months=mine["person_months"].astype(float))
    cells = cells.join(counts)[["level", "period", "years", "start", "stop", "cases", "person_months", *EVENTS]]
    cells = cells.assign(**{c: _ordered(cells[c]) for c in ("level", "period")}, years=_ordered(cells["years"], named))
    return cells.sort_values(["level", "period", "start"], kind="stable", ignore_index=True)


def _ordered(values: pd.Series, order: Iterable[str] = ()) -> pd.Categorical:
    """Levels in the order given, else in that of the alphabet with what was joined at the end."""
    place = {name: k for k, name in enumerate(order)}
    found = sorted(set(values), key=lambda v: (v == POOLED, place.get(v, 0), v))
    return pd.Categorical(values, categories=found)


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Cells as they are shipped."""
    return table.assign(person_months=table["person_months"].round(1))


def cells(register: Register) -> pd.DataFrame:
    """Every cell, for cases that enter with their sentence and for those that enter when documented."""
    return pd.concat([_of_entry(register, entry) for entry in _FOUND_ENTRY], ignore_index=True)


def _of_entry(register: Register, entry: str) -> pd.DataFrame:
    followed = cohort(
        register.cases,
        register.acts,
        outcome=OUTCOMES,
        competing=("early_release", "expiry", "death"),
        clock="sentence",
        entry=entry,
        until=register.as_of,
        sentence_types=_TYPES,
        follow_up="register",
    )
    spells = pieces(cast(Cohort, followed))
    of_one = [cells_of(spells, (one,), ["period", "years"]) for one in SINGLE]
    of_two = [cells_of(spells, pair, ["period"]) for pair in PAIRS]
    return pd.concat([part.assign(entry=entry) for part in chain(of_one, of_two)], ignore_index=True)[COLUMNS]


def pieces(followed: Cohort) -> pd.DataFrame:
    """Spells of a cohort since the sentence, cut as the cells are, with their groups and counts beside them.

    Parameters
    ----------
    followed : Cohort
        With the clock ``sentence``.

    Returns
    -------
    DataFrame
        The spells with ``all, charge_family, region, sex, ethnicity, term, period, years, person_months`` and a column
        of 0 and 1 for each kind of act and end.
    """
    spells = followed.split(calendar="Y").split(clock=BANDS).spells
    people = spells["ethnicity"].astype(object).where(spells["ethnicity"].notna(), "not stated")
    months = spells["sentence_months"]
    term = pd.cut(months, [0, 36, 60, 120, 180, np.inf], right=False).astype(object)
    names = dict(zip(pd.cut([1, 40, 70, 130, 200], [0, 36, 60, 120, 180, np.inf], right=False), _TERMS, strict=True))
    unfixed = spells["sentence_type"].astype(str).isin(_TYPES[1:])
    return spells.assign(
        all="all",
        ethnicity=[p if p in (*_BROAD, "not stated") else "other" for p in people],
        term=np.where(unfixed, "life or death with reprieve", term.map(names).fillna("not known")),
        **{
            c: spells[c].astype(object).where(spells[c].notna(), "not known")
            for c in ("charge_family", "region", "sex")
        },
        period=[_period(int(y)) for y in spells["year"]],
        years=[_years(float(m)) for m in spells["interval"]],
        person_months=spells["exit"] - spells["entry"],
        **{e: (spells["event"] == e).astype(int) for e in EVENTS},
    )


def _period(year: int) -> str:
    first = year // 5 * 5
    return f"{first}/{first + 4}"


def _years(months: float) -> str:
    starts = (0, *BANDS)
    at = int(np.searchsorted(starts, months, side="right")) - 1
    return f"{starts[at] // 12} and more" if at == len(BANDS) else f"{starts[at] // 12} to {starts[at + 1] // 12}"


def cells_of(spells: pd.DataFrame, by: tuple[str, ...], within: list[str]) -> pd.DataFrame:
    """Counts and person-months of `pieces` by some groupings together, within periods and bands of years."""
    keys = [*within, "level"]
    level = reduce(lambda one, other: one + "; " + other, (spells[b].astype(object) for b in by))
    spells = spells.assign(level=level)
    known = spells.drop_duplicates([*keys, "case_id"])
    counts = spells.groupby(keys, sort=True)[["person_months", *EVENTS]].sum()
    counts = counts.assign(cases=known.groupby(keys).size()).reset_index()
    people = dict(iter(known.groupby(within)[["level", "case_id"]]))
    cells = pd.concat([_pooled(part, people[cell]) for cell, part in counts.groupby(within, sort=True)])
    cells = cells if "years" in within else cells.assign(years="all")
    columns = ["level", "period", "cases", "person_months", *EVENTS, "years"]
    return cells[columns].reset_index(drop=True).assign(by="; ".join(by))


def _pooled(part: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Cells of one period, whose people are given; the smallest are joined until none has fewer than five cases."""
    sizes = part.set_index("level")["cases"].sort_values(kind="stable")
    small = list(sizes.index[sizes < FEWEST])
    if not small:
        return part
    rest = [name for name in sizes.index if name not in small]

    def joined() -> int:
        return int(people.loc[people["level"].isin(small), "case_id"].nunique())

    while rest and joined() < FEWEST:
        small.append(rest.pop(0))
    within = part["level"].isin(small)
    sums = part.loc[within, ["person_months", *EVENTS]].sum()
    pooled = part[within].head(1).assign(level=POOLED, cases=joined(), **sums.to_dict())
    cells = pd.concat([part[~within], pooled]).astype({e: part[e].dtype for e in EVENTS}).sort_values("level")
    return cells[cells["cases"] >= FEWEST]
