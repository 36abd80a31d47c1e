"""Findings on lists of names and the answers to them."""

from __future__ import annotations

import pandas as pd

from clemency.findings.material import Material
from clemency.records.errors import UsageError

MILESTONE = "1999-04-2024-03-06-dui-hua-all-ministries"
FAX_OF_1994 = "1994-10-31-john-kamm-before-the-foundatio"


def of_list(material: Material, list_id: str) -> pd.Series:
    """A row of the table `lists`.

    Raises
    ------
    UsageError
        If there is none.
    """
    table = material.table("lists").set_index("list_id")
    if list_id not in table.index:
        raise UsageError(f"lists.csv has no row '{list_id}'.")
    row: pd.Series = table.loc[list_id]
    return row


def asked_and_answered(material: Material) -> pd.DataFrame:
    """Prisoners asked about and answered for since 1999: rows ``women``, ``men`` and ``unknown``."""
    row = of_list(material, MILESTONE)
    known = {
        "women": (row["names_asked_f"], row["responded_f"]),
        "men": (row["names_asked_m"], row["responded_m"]),
    }
    asked, answered = (sum(pair[i] for pair in known.values()) for i in (0, 1))
    known["unknown"] = (row["names_asked"] - asked, row["prisoners_responded"] - answered)
    return pd.DataFrame(known, index=["asked", "answered"], dtype=int).T


def answers(material: Material) -> dict[str, float]:
    """Shares answered since 1999, and those whose sex is not stated."""
    n = asked_and_answered(material)
    share = 100 * n["answered"] / n["asked"]
    return {
        "answered": float(100 * n["answered"].sum() / n["asked"].sum()),
        "women_answered": float(share["women"]),
        "men_answered": float(share["men"]),
        "unknown_asked": float(n.loc["unknown", "asked"]),
        "unknown_answered": float(n.loc["unknown", "answered"]),
    }


def answers_of_1994(material: Material) -> dict[str, float]:
    """Names of the list of 1994-10-31 on which the answer of December gave information, in percent."""
    row = of_list(material, FAX_OF_1994)
    return {"answered": float(100 * row["prisoners_responded"] / row["names_asked"])}
