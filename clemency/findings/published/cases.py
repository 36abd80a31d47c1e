"""Findings that can be counted in the shipped cases and acts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clemency.findings.material import Material
from clemency.findings.published.official import figure
from clemency.records.arguments.days import last_day
from clemency.records.dates import halfway

#: The newsletter and the article of 2008 with the answers on four groups convicted of subversion.
SUBVERSION_2008 = ("dui-hua-foundation-474f38", "dui-hua-foundation-dc9d87")
OUT = ("released", "released_early", "released_on_expiry", "parole")
YEAR = 365.25


def citing(cases: pd.DataFrame, *source_ids: str) -> pd.DataFrame:
    """Cases that cite one of these sources.

    >>> two = pd.DataFrame({"case_id": ["a", "b"], "source_ids": ["x y", "xy"]})
    >>> citing(two, "x", "z")["case_id"].tolist()
    ['a']
    """
    return cases[cases["source_ids"].fillna("").str.split().apply(lambda ids: bool(set(ids) & set(source_ids)))]


def subversion_prisoners(material: Material, until: str = "2008-06-30") -> pd.DataFrame:
    """Cases here of those answered for in 2008.

    Parameters
    ----------
    material : Material
    until : str
        Day at which the state is taken.

    Returns
    -------
    DataFrame
        ``case_id, reduced, freed, medical_parole``, one row per case.
    """
    cases, acts = material.table("cases"), material.table("acts")
    cited = citing(cases, *SUBVERSION_2008)
    subversion = cited[cited["charge"].fillna("").str.contains("subversion")]
    day = pd.Timestamp(last_day(until, "until"))
    # The three acts without a date come from the article itself, so they are of before it.
    early = acts[acts["act_latest"].isna() | (acts["act_latest"] <= day)]

    def had(kind: str) -> pd.Series:
        return subversion["case_id"].isin(early.loc[early["act_type"] == kind, "case_id"])

    freed = subversion["status"].isin(OUT) & (subversion["status_latest"] <= day)
    return pd.DataFrame(
        {
            "case_id": subversion["case_id"],
            "reduced": had("sentence_reduction"),
            "freed": freed.fillna(False).astype(bool),
            "medical_parole": had("medical_parole"),
        }
    ).reset_index(drop=True)


def years_served(material: Material, sentence_type: str) -> pd.Series:
    """Years from detention to leaving prison for good or on parole, of those with both dates, at mid-interval."""
    cases = material.table("cases")
    left = cases[(cases["sentence_type"] == sentence_type) & cases["status"].isin(OUT)]
    left = left[left["detention_earliest"].notna() & left["status_earliest"].notna()]
    ends = [
        halfway(
            left[f"{what}_earliest"].to_numpy().astype("datetime64[D]"),
            left[f"{what}_latest"].to_numpy().astype("datetime64[D]"),
        )
        for what in ("detention", "status")
    ]
    days = (ends[1] - ends[0]) / np.timedelta64(1, "D")
    return pd.Series(days / YEAR, index=left["case_id"], name="years")


def time_served(material: Material) -> dict[str, float]:
    """Mean years served under a life sentence and under a reprieved death sentence."""
    return {
        "life": float(years_served(material, "life").mean()),
        "reprieve": float(years_served(material, "death_reprieve").mean()),
    }


def xinjiang_2016(material: Material) -> dict[str, float]:
    """The sentences cut at Urumqi on 2016-02-01, from life and of fixed terms."""
    key = "sentence-reductions-xinjiang-2016-02-01-ess-"
    parts = [figure(material, key + k) for k in ("life-to-19-5-20-years", "fixed-terms-cut-by-six-months")]
    return {"prisoners": sum(parts)}
