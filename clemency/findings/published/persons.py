"""Findings on single people and on reprieved death sentences, from the shipped cases, acts and events."""

from __future__ import annotations

import pandas as pd

from clemency.findings.material import Material
from clemency.findings.published.cases import YEAR
from clemency.findings.published.official import share
from clemency.records.errors import UsageError

#: The officials that the article names as turned from a reprieve to life.
EIGHT = (
    "Liu Zhijun",
    "Xu Zongheng",
    "Chen Shaoji",
    "Wang Yi",
    "Chen Tonghai",
    "Liu Zhihua",
    "Wang Shouye",
    "Pi Qiansheng",
)
TO_LIFE, TO_TERM = "commutation_death_to_life", "commutation_death_to_fixed"


def row_of(table: pd.DataFrame, key: str, value: str) -> pd.Series:
    """The one row with this key.

    Raises
    ------
    UsageError
        If there is none, or more than one.
    """
    found = table[table[key] == value]
    if len(found) != 1:
        raise UsageError(f"{len(found)} rows have the {key} '{value}'.")
    row: pd.Series = found.iloc[0]
    return row


def reprieves(material: Material) -> dict[str, float]:
    """Reprieved death sentences that were turned into life, in percent of those turned into life or a term."""
    kinds = material.table("acts")["act_type"].value_counts()
    life, term = (int(kinds.get(kind, 0)) for kind in (TO_LIFE, TO_TERM))
    return {"to_life": share(life, life + term)}


def eight_officials(material: Material) -> dict[str, float]:
    """Those of the eight whose reprieve our tables have as turned into life before 2016-03-26."""
    cases, acts = material.table("cases"), material.table("acts")
    officials = cases[cases["name"].isin(EIGHT) & (cases["sentence_type"] == "death_reprieve")]
    done = acts[(acts["act_type"] == TO_LIFE) & (acts["act_latest"] <= pd.Timestamp("2016-03-25"))]
    return {"to_life": float(officials.loc[officials["case_id"].isin(done["case_id"]), "name"].nunique())}


def years_early(material: Material) -> dict[str, float]:
    """Years from the parole of Ngawang Sangdrol to the end of her term, and her age at the arrest by years."""
    case = row_of(material.table("cases"), "case_id", "ngawang-sangdrol-1992")
    acts = material.table("acts")
    own = acts[acts["case_id"] == case["case_id"]]
    parole = row_of(own, "act_type", "parole")
    extension = own[own["act_type"] == "sentence_extension"].sort_values("act_earliest").iloc[0]
    return {
        "years_early": (case["expiry_latest"] - parole["act_latest"]).days / YEAR,
        "age": float(case["detention_earliest"].year - case["birth_earliest"].year),
        "first_extension": float(extension["months"]) / 12,
    }


def years_held(material: Material) -> dict[str, float]:
    """Years from the arrest of Phuntsog Nyidron to her release."""
    case = row_of(material.table("cases"), "case_id", "phuntsog-nyidron-1989")
    return {"years": (case["status_latest"] - case["detention_earliest"]).days / YEAR}


def after_the_summit(material: Material) -> dict[str, float]:
    """Weeks from the meeting of the presidents in Beijing to the release of Jigme Sangpo."""
    summit = row_of(material.table("events"), "event_id", "2002-02-21-us-bush-visits-china-2002")
    act = row_of(material.table("acts"), "act_id", "jigme-sangpo-1983-medical-parole-2002-03-31")
    return {"weeks": (act["act_latest"] - summit["date_earliest"]).days / 7}
