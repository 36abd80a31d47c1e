"""Section on provinces: rates of first acts as tiles, with exact limits."""

from __future__ import annotations

import pandas as pd

from clemency import figures
from clemency.models.incidencerates.rates import rates
from clemency.reports.inputs import FEW, OUTCOMES, Inputs
from clemency.reports.language import agreed, apart, capital, counted, label, listed, number, plain, rounded, tr
from clemency.reports.section import Chart, Section, TableView, or_reason, too_few

__all__ = ["province_map"]


#: Person-months below which a tile is not shaded, and a province has no row in the table.
_SHADED, _LISTED = 120, 12
_COLUMNS = (
    *("province", "name", "name_zh", "court_abbreviation", "grid_row", "grid_column"),
    *("cases", "n_event", "person_months", "estimate", "ci_low", "ci_high", "rate", "text"),
)


@or_reason("provinces", "Provinces")
def province_map(i: Inputs) -> Section:
    """Rates of acts by province, as tiles."""
    spells = i.cohort(clock="sentence").spells
    known = spells[spells["province"].notna()]
    if known.empty:
        return Section(
            "provinces", tr("Provinces"), (tr("No case that can be followed from its sentence has a province."),)
        )
    acts = int(known["event"].isin(OUTCOMES).sum())
    if acts < FEW:
        return too_few("provinces", tr("Provinces"), acts, "first act", FEW)
    frame = _frame(i, known)
    ax = figures.tile_map(
        frame,
        "rate",
        label=tr("shade: first acts per 1,000 person-months since sentence; figures: acts / cases followed"),
        missing=tr("less than ten person-years"),
    )
    rated = frame.dropna(subset=["n_event"])
    short = rated["person_months"] < _LISTED
    text = (
        tr(
            "First sentence reductions and medical paroles of {cases} with a fixed term, by the province of the court. A rate of 5 per 1,000 means that among 1,000 prisoners followed for a month, or 100 for ten months, five have a first act.",
            cases=counted(known["case_id"].nunique(), "case"),
        ),
    )
    view = _view(rated[~short].sort_values("n_event", ascending=False, kind="stable"))
    parts: list[Chart | TableView] = [Chart("provinces", tr("First acts by province"), ax)]
    if len(view):
        parts.append(TableView("province_rates", tr("Rates by province with exact limits"), view, data=frame))
    notes = (*_notes(i, frame, spells), *_hardly_followed(rated[short]))
    return Section("provinces", tr("Provinces"), text, tuple(parts), notes, _enough(rated["n_event"]))


def _enough(acts: pd.Series) -> str:
    """In how many of the provinces there are acts enough to speak of a rate."""
    n, enough = len(acts), int((acts >= FEW).sum())
    if n < 2:
        return ""
    which = capital(number(enough)) if enough else tr("None")
    return tr(
        "{which} of {provinces} {have} {n} first acts or more, enough for a rate",
        which=which,
        provinces=counted(n, "province"),
        have=agreed(enough or 1, "has"),
        n=number(FEW),
    )


def _frame(i: Inputs, known: pd.DataFrame) -> pd.DataFrame:
    """One row for each province with its cases, acts, time and rate."""
    known = known.assign(act=known["event"].isin(OUTCOMES).astype(int), province=known["province"].astype(str))
    table = rates(known, by="province", exit="exit", event="act", entry="entry", per=1000, time_unit="months").tidy()
    followed = known.drop_duplicates("case_id")["province"].astype("string")
    cases = followed.value_counts().rename("cases").rename_axis("province").reset_index()
    own = ["province", "n_event", "person_months", "estimate", "ci_low", "ci_high"]
    frame = (
        i.provinces.assign(province=i.provinces["province"].astype("string"))
        .merge(cases, how="left")
        .merge(table.astype({"province": "string"})[own], how="left")
    )
    frame["cases"] = frame["cases"].fillna(0).astype(int)
    frame["rate"] = frame["estimate"].where(frame["person_months"] >= _SHADED)
    frame["text"] = [
        f"{int(n)}/{c}" if n == n else "none" for n, c in zip(frame["n_event"], frame["cases"], strict=True)
    ]
    return frame[list(_COLUMNS)]


def _view(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "province": rows["name"].to_numpy(),
            "cases followed": rows["cases"].to_numpy(),
            "acts": rows["n_event"].astype(int).to_numpy(),
            "person-months": [apart(v, _SHADED, 0) for v in rows["person_months"]],
            "per 1,000": [rounded(v, 1) for v in rows["estimate"]],
            "95% limits": [
                tr("{low} to {high}", low=rounded(a, 1), high=rounded(b, 1))
                for a, b in zip(rows["ci_low"], rows["ci_high"], strict=True)
            ],
        }
    )


def _notes(i: Inputs, frame: pd.DataFrame, spells: pd.DataFrame) -> tuple[str, ...]:
    unplaced = spells[spells["province"].isna()]
    acts = int(unplaced["event"].isin(OUTCOMES).sum())
    n = unplaced["case_id"].nunique()
    without = (
        tr(
            " {cases} {are} followed but {have} no province, with {acts}.",
            cases=capital(counted(n, "case", spelled=True)),
            are=agreed(n, "is"),
            have=agreed(n, "has"),
            acts=counted(acts, "first act"),
        )
        if n
        else ""
    )
    return (
        _few(frame["n_event"].dropna()),
        tr(
            "The tiles are the units of the standard list (ISO 3166-2:CN). Hong Kong, Macau and Taiwan stand on it, but have courts and laws of their own."
        ),
        tr(
            "Only cases that can be followed from their sentence count; 'none' marks a province without any.{without} Tiles with less than ten person-years of follow-up are not shaded.",
            without=without,
        ),
    )


def _few(acts: pd.Series) -> str:
    """How many of the provinces in which anybody is followed have few acts."""
    few, n = int((acts < FEW).sum()), len(acts)
    exact = tr("The table gives exact limits.")
    if n == 1:
        found = tr("fewer than {few} acts", few=FEW) if few else counted(acts.iloc[0], "act")
        return tr(
            "In the one province with cases that are followed {found} {are} counted. {exact}",
            found=found,
            are=agreed(acts.iloc[0] if not few else 2, "is"),
            exact=exact,
        )
    if not few:
        return tr(
            "In each of the {provinces} with cases that are followed at least {few} acts are counted. {exact}",
            provinces=counted(n, "province"),
            few=FEW,
            exact=exact,
        )
    which = (
        tr("each of the {provinces}", provinces=counted(n, "province"))
        if few == n
        else tr("{few} of the {provinces}", few=few, provinces=counted(n, "province"))
    )
    return tr(
        "In {which} with cases that are followed fewer than {few} acts are counted; {shade} little. {exact}",
        which=which,
        few=FEW,
        shade=tr("its shade means") if few == 1 else tr("their shades mean"),
        exact=exact,
    )


def _hardly_followed(few: pd.DataFrame) -> tuple[str, ...]:
    if few.empty:
        return ()
    named = listed(
        [
            tr(
                "{name} ({months} person-months, {acts})",
                name=plain(label(r.name)),
                months=apart(r.person_months, _LISTED, 1),
                acts=counted(r.n_event, "act", spelled=True),
            )
            for r in few.itertuples()
        ]
    )
    return (
        tr(
            "Not in the table, since {they} followed for less than {listed} person-months: {named}.",
            they=tr("it was") if len(few) == 1 else tr("they were"),
            listed=_LISTED,
            named=named,
        ),
    )
