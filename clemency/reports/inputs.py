"""A quarter and a folder of tables -> what every section of the quarterly report starts from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike
from typing import cast

import numpy as np
import pandas as pd

from clemency.cohorts import Cohort, cohort
from clemency.records.errors import DataError, UsageError
from clemency.records.package import edition
from clemency.records.tables import load

GRANTED = (
    "sentence_reduction",
    "commutation_death_to_life",
    "commutation_death_to_fixed",
    "commutation_life_to_fixed",
    "medical_parole",
    "parole",
    "special_pardon",
    "early_release",
)
OUTCOMES = ("sentence_reduction", "medical_parole")
NOT_STATED = "not stated"
FEW = 5


@dataclass(frozen=True, slots=True)
class Inputs:
    """Tables and dates of one report; acts are those granted, single and dated to a quarter."""

    quarter: pd.Period
    cases: pd.DataFrame
    acts: pd.DataFrame
    dated: pd.DataFrame
    events: pd.DataFrame
    lists: pd.DataFrame
    provinces: pd.DataFrame
    sources: pd.DataFrame
    edition: str

    @property
    def first_day(self) -> pd.Timestamp:
        """First day of the quarter."""
        return self.quarter.start_time.normalize()

    @property
    def last_day(self) -> pd.Timestamp:
        """Last day of the quarter."""
        return self.quarter.end_time.normalize()

    @property
    def until(self) -> str:
        """Last day as text, for a cohort."""
        return str(self.last_day.date())

    def cohort(self, follow_up: str = "documented", clock: str = "custody") -> Cohort:
        """Fixed terms at risk of a first reduction or medical parole, as known at the end of the quarter."""
        made = cohort(self.cases, self.acts, outcome=OUTCOMES, clock=clock, until=self.until, follow_up=follow_up)
        return cast(Cohort, made)

    def granted_in(self, quarter: pd.Period) -> pd.DataFrame:
        """Acts whose date lies in a quarter."""
        return self.dated[self.dated["quarter"] == str(quarter)]


def inputs(quarter: str = "2017Q2", data: str | PathLike[str] | None = None) -> Inputs:
    """Read the tables for a report.

    Parameters
    ----------
    quarter : str
        Such as ``2017Q2``.
    data : path, optional
        Folder of tables; the shipped ones by default.

    Returns
    -------
    Inputs

    Raises
    ------
    UsageError
        If the quarter is not one, or lies outside the range of the acts.
    DataError
        If a table is missing or malformed.
    """
    period = parse_quarter(quarter)
    cases, acts = load("cases", data), load("acts", data)
    dated = _dated(acts)
    first, last = (dated["quarter"].min(), dated["quarter"].max()) if len(dated) else (None, None)
    if first is None:
        raise UsageError("No act in acts.csv is dated to a quarter, so there is nothing to report.")
    if not pd.Period(first, "Q") <= period <= pd.Period(last, "Q"):
        raise UsageError(
            f"There are no acts around {period}: the acts run from {first} to {last}. Choose a quarter between them."
        )
    try:
        version = str(edition(data))
    except DataError:
        version = "a folder of tables without an edition"
    tables = {n: load(n, data) for n in ("events", "lists", "provinces", "sources")}
    return Inputs(period, cases, acts, dated, edition=version, **tables)


def parse_quarter(text: str) -> pd.Period:
    """Read a quarter such as ``2017Q2``."""
    if not re.fullmatch(r"(19|20)\d\dQ[1-4]", str(text)):
        raise UsageError(f"'{text}' is not a quarter. Write it like 2017Q2.")
    return pd.Period(text, freq="Q")


def _dated(acts: pd.DataFrame) -> pd.DataFrame:
    """Granted single acts whose whole interval lies in one quarter."""
    ours = acts[acts["act_type"].isin(GRANTED) & (acts["scope"] == "single") & acts["act_earliest"].notna()]
    early, late = (ours[c].dt.to_period("Q") for c in ("act_earliest", "act_latest"))
    return ours[early == late].assign(quarter=early.astype(str))


def stated(column: pd.Series) -> pd.Series:
    """A categorical with missing values as a level of their own."""
    levels = [
        str(v)
        for v in (
            column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else sorted(column.dropna().unique())
        )
    ]
    text = column.astype("string").fillna(NOT_STATED)
    return pd.Series(pd.Categorical(text, categories=[*levels, NOT_STATED]), index=column.index)


def pooled(column: pd.Series, event: np.ndarray, other: str, least: int = FEW) -> pd.Series:
    """Pool levels with fewer than `least` events, and put the level with most events first.

    Two pooled levels keep their names; more of them become `other`.
    """
    text = stated(column).astype(str)
    n = pd.Series(event, index=text.index).groupby(text).sum()
    small = [v for v, k in n.items() if k < least]
    name = " or ".join(small) if len(small) == 2 else other
    text = text.where(~text.isin(small) | (len(small) < 2), name)
    order = pd.Series(event, index=text.index).groupby(text).sum().sort_values(ascending=False, kind="stable").index
    return pd.Series(pd.Categorical(text, categories=list(order)), index=column.index)
