"""A quarter -> the three numbers of its lead, beside the quarter before and the same quarter of ten years."""

from __future__ import annotations

import pandas as pd

from clemency.reports.inputs import Inputs
from clemency.reports.language import label, quarter, rounded, tr
from clemency.reports.section import TableView

__all__ = ["LEFT_PRISON", "ROWS", "numbers", "view"]

#: Acts after which somebody is out of prison, for good or on a condition.
LEFT_PRISON = ("early_release", "medical_parole", "parole", "special_pardon")
YEARS = 10
ROWS = {
    "acts": "acts of clemency granted",
    "left_prison": "of them, acts by which somebody left prison",
    "refusals": "refusals on record",
}


def numbers(i: Inputs) -> pd.DataFrame:
    """One row for each quarter that is compared: ``quarter, acts, left_prison, refusals``.

    The quarter itself, the one before, and the same quarter of the ten years before, as far back as acts are dated.
    """
    first = pd.Period(i.dated["quarter"].min(), "Q") if len(i.dated) else i.quarter
    same = [i.quarter - 4 * k for k in range(1, YEARS + 1)]
    asked = [i.quarter, *(q for q in (i.quarter - 1, *same) if q >= first)]
    denied = i.acts[i.acts["act_type"].astype(str).str.endswith("_denied") & i.acts["act_earliest"].notna()]
    inside = denied["act_earliest"].dt.to_period("Q") == denied["act_latest"].dt.to_period("Q")
    refused = denied["act_earliest"].dt.to_period("Q")[inside].astype(str).value_counts()
    granted = i.dated["quarter"].value_counts()
    out = i.dated.loc[i.dated["act_type"].isin(LEFT_PRISON), "quarter"].value_counts()
    return pd.DataFrame(
        [
            {
                "quarter": str(q),
                "acts": int(granted.get(str(q), 0)),
                "left_prison": int(out.get(str(q), 0)),
                "refusals": int(refused.get(str(q), 0)),
            }
            for q in asked
        ]
    )


def view(i: Inputs) -> TableView:
    """The numbers as a table, with the ten years as their mean and range."""
    found = numbers(i).set_index("quarter")
    now, before = str(i.quarter), str(i.quarter - 1)
    years = [q for q in found.index if q not in (now, before)]
    shown = pd.DataFrame(
        {tr("number"): [label(r) for r in ROWS.values()], quarter(now): [f"{n}" for n in found.loc[now, list(ROWS)]]}
    )
    if before in found.index:
        shown[tr("quarter before ({quarter})", quarter=quarter(before))] = [
            f"{n}" for n in found.loc[before, list(ROWS)]
        ]
    if years:
        span = years[0][:4] if len(years) == 1 else tr("{first} to {last}", first=years[-1][:4], last=years[0][:4])
        shown[tr("{quarter} of {years}", quarter=label(now[4:]), years=span)] = [
            _spread(found.loc[years, name]) for name in ROWS
        ]
    return TableView(
        "quarter_numbers", tr("{quarter} beside earlier quarters", quarter=i.quarter), shown, data=found.reset_index()
    )


def _spread(values: pd.Series) -> str:
    if len(values) == 1:
        return f"{values.iloc[0]}"
    if not values.any():
        return tr("none")
    return tr("{value} on average, {min} to {max}", value=rounded(values.mean(), 1), min=values.min(), max=values.max())
