"""Section on provinces: rates of first acts as tiles, with exact limits."""

from __future__ import annotations

import pandas as pd

from clemency import figures
from clemency.models import rates
from clemency.reports.inputs import FEW, OUTCOMES, Inputs
from clemency.reports.quarterly import listed
from clemency.reports.section import Chart, Section, TableView

__all__ = ["province_map"]


def province_map(i: Inputs) -> Section:
    """Rates of acts by province, as tiles."""
    made = i.cohort(clock="sentence")
    spells = made.spells.assign(act=made.spells["event"].isin(OUTCOMES).astype(int))
    known = spells[spells["province"].notna()]
    known = known.assign(province=known["province"].astype(str))
    table = rates(known, by="province", exit="exit", event="act", entry="entry", per=1000).tidy()
    followed = known.drop_duplicates("case_id")["province"].astype("string")
    cases = followed.value_counts().rename("cases").rename_axis("province").reset_index()
    frame = (
        i.provinces.assign(province=i.provinces["province"].astype("string"))
        .merge(cases, how="left")
        .merge(
            table.astype({"province": "string"})[
                ["province", "n_event", "person_months", "estimate", "ci_low", "ci_high"]
            ],
            how="left",
        )
    )
    frame["cases"] = frame["cases"].fillna(0).astype(int)
    frame["rate"] = frame["estimate"].where(frame["person_months"] >= 120)
    frame["text"] = [
        f"{int(n)}/{c}" if n == n else "none" for n, c in zip(frame["n_event"], frame["cases"], strict=True)
    ]
    columns = [
        "province",
        "name",
        "name_zh",
        "court_abbreviation",
        "grid_row",
        "grid_column",
        "cases",
        "n_event",
        "person_months",
        "estimate",
        "ci_low",
        "ci_high",
        "rate",
        "text",
    ]
    ax = figures.tile_map(
        frame[columns],
        "rate",
        label="shade: first acts per 1,000 person-months since sentence; figures: acts / cases followed",
        missing="less than ten person-years",
    )
    few = int((frame["n_event"].fillna(0) < FEW).sum())
    note = (
        f"In {few} of {len(frame)} provinces and units of that rank fewer than {FEW} acts are counted; their shades mean little. The table gives exact limits.",
        "The tiles are the units of the standard list (ISO 3166-2:CN). Hong Kong, Macau and Taiwan stand on it, but have courts and laws of their own.",
        f"Only cases that can be followed from their sentence count; 'none' marks a province without any. {int(i.cases['province'].isna().sum())} cases have no province. Tiles with less than ten person-years of follow-up are not shaded.",
    )
    rated = frame.dropna(subset=["n_event"])
    short = rated["person_months"] < 12
    shown = rated[~short].sort_values("n_event", ascending=False, kind="stable")
    view = pd.DataFrame(
        {
            "province": shown["name"].to_numpy(),
            "cases followed": shown["cases"].to_numpy(),
            "acts": shown["n_event"].astype(int).to_numpy(),
            "person-months": shown["person_months"].round().astype(int).to_numpy(),
            "per 1,000": shown["estimate"].round(1).to_numpy(),
            "95% limits": [f"{a:.1f} to {b:.1f}" for a, b in zip(shown["ci_low"], shown["ci_high"], strict=True)],
        }
    )
    return Section(
        "provinces",
        "Provinces",
        (
            f"First sentence reductions and medical paroles of {known['case_id'].nunique()} cases with a fixed term, by the province of the court. "
            "A rate of 5 per 1,000 means that among 1,000 prisoners followed for a month, or 100 for ten months, five have a first act.",
        ),
        (
            Chart("provinces", "First acts by province", ax),
            TableView("province_rates", "Rates by province with exact limits", view, data=frame[columns]),
        ),
        (*note, *_hardly_followed(rated[short])),
    )


def _hardly_followed(few: pd.DataFrame) -> tuple[str, ...]:
    if few.empty:
        return ()
    named = listed(
        [f"{r.name} ({r.person_months:.1f} person-months, acts: {int(r.n_event)})" for r in few.itertuples()]
    )
    return (f"Not in the table for want of a person-year of follow-up: {named}.",)
