"""A quarter -> what became known in it, and what changed since the edition before."""

from __future__ import annotations

import pandas as pd

from clemency.records.environment.datafolder import data_folder, editions
from clemency.reports.inputs import GRANTED, Inputs
from clemency.reports.language import act_name, agreed, capital, counted, dated, listed, number, tr
from clemency.reports.lead.lives import name_of
from clemency.reports.section import Passage, TableView

__all__ = ["became_known", "changes", "first_documents"]

#: More acts than these are counted and not named.
_NAMED = 12


def first_documents(i: Inputs) -> pd.DataFrame:
    """Acts granted, each with the days between which the first of its dated documents came out.

    Returns
    -------
    DataFrame
        ``act_id, case_id, act_type, act_date, quarter, first, latest, undated``: `quarter` is that of the act, missing
        where it has none; ``undated`` is True where another document has no date and may be earlier.
    """
    acts = i.acts[i.acts["act_type"].isin(GRANTED)]
    days = i.sources.drop_duplicates("source_id").set_index("source_id")[["date_earliest", "date_latest"]]
    each = (
        acts[["act_id", "source_ids"]].assign(source=acts["source_ids"].astype("string").str.split()).explode("source")
    )
    each = each.join(days, on="source")
    known = each.dropna(subset=["date_latest"]).sort_values("date_latest", kind="stable").drop_duplicates("act_id")
    known = known.set_index("act_id")
    undated = each["date_latest"].isna().groupby(each["act_id"]).any()
    quarter = i.dated.set_index("act_id")["quarter"]
    found = acts[["act_id", "case_id", "act_type", "act_date"]].assign(
        quarter=acts["act_id"].map(quarter),
        first=acts["act_id"].map(known["date_earliest"]),
        latest=acts["act_id"].map(known["date_latest"]),
        undated=acts["act_id"].map(undated).fillna(True).to_numpy(dtype=bool),
    )
    return found.reset_index(drop=True)


def became_known(i: Inputs) -> Passage:
    """Acts whose first dated document came out in the quarter, beside those dated to it, and cases first heard of in it."""
    title = tr("Became known in {quarter}", quarter=i.quarter)
    found = first_documents(i)
    documented = found[found["first"].notna()]
    inside = documented[(documented["first"] >= i.first_day) & (documented["latest"] <= i.last_day)]
    now = set(i.granted_in(i.quarter)["act_id"])
    text = [_new(i, inside, now), _still(found[found["act_id"].isin(now)], inside), _cases(i)]
    without = int(found["first"].isna().sum())
    if without and without < len(found):
        text.append(
            tr(
                "{acts} of {n:,} granted {have} no document with a date, so that nothing can be said here of when they became known.",
                acts=capital(counted(without, "act")),
                n=len(found),
                have=agreed(without, "has"),
            )
        )
    if documented.empty:
        text = [
            t
            for t in (
                _cases(i),
                tr("The tables date no document behind an act, so that they cannot tell when one became known."),
            )
            if t
        ]
    return Passage("became-known", title, tuple(t for t in text if t))


def _new(i: Inputs, inside: pd.DataFrame, now: set[str]) -> str:
    earlier = inside[~inside["act_id"].isin(now)]
    if inside.empty:
        return tr("No act in the tables first appears in a dated document of {quarter}.", quarter=i.quarter)
    both, n = len(inside) - len(earlier), len(inside)
    head = tr(
        "{acts} first {appear} in a dated document of {quarter}",
        acts=capital(counted(n, "act", spelled=True)),
        appear=agreed(n, "appear"),
        quarter=i.quarter,
    )
    if earlier.empty:
        return tr("{head}, and {verb} dated to the quarter as well.", head=head, verb="is" if n == 1 else "all are")
    names = i.cases.set_index("case_id")
    told = [
        tr("{name} ({act} {day})", name=name_of(names.loc[a.case_id]), act=act_name(a.act_type), day=dated(a.act_date))
        if isinstance(a.act_date, str)
        else tr("{name} ({act}, no date)", name=name_of(names.loc[a.case_id]), act=act_name(a.act_type))
        for a in earlier.head(_NAMED).itertuples()
    ]
    more = [tr("{n} more", n=number(len(earlier) - _NAMED))] if len(earlier) > _NAMED else []
    own = (
        tr("; {n} of them {are} dated to the quarter as well. The rest", n=number(both), are=agreed(both, "is"))
        if both
        else tr(". Dated to another time")
    )
    return tr("{head}{own}: {acts}.", head=head, own=own, acts=listed([*told, *more]))


def _still(now: pd.DataFrame, inside: pd.DataFrame) -> str:
    """Acts of the quarter that became known at another time, as far as documents have dates."""
    n = int((now["first"].notna() & ~now["act_id"].isin(inside["act_id"])).sum())
    if not n:
        return ""
    of = (
        tr("{n} of the {whole} acts", n=number(n).capitalize(), whole=number(len(now)))
        if len(now) > 1
        else tr("The one act")
    )
    return tr(
        "{of} dated to the quarter first {appear} in a dated document of another time.",
        of=of,
        appear=agreed(n, "appear"),
    )


def _cases(i: Inputs) -> str:
    if "known_from" not in i.cases or i.cases["known_from"].isna().all():
        return ""
    inside = (i.cases["known_from_earliest"] >= i.first_day) & (i.cases["known_from_latest"] <= i.last_day)
    n = int(inside.sum())
    if not n:
        return tr("No case in the tables was first on public record in the quarter.")
    return tr(
        "{cases} in the tables {were} first on public record in the quarter.",
        cases=capital(counted(n, "case", spelled=True)),
        were=agreed(n, "was"),
    )


def changes(i: Inputs) -> tuple[Passage | TableView, ...]:
    """What this edition changed in the acts and people of the quarter; nothing for tables that are not the library's own."""
    path, known = data_folder() / "CHANGES.csv", editions()
    if not i.shipped or not path.is_file() or len(known) < 2:
        return ()
    every = pd.read_csv(path, dtype=str, keep_default_na=False)
    acts = i.acts[(i.acts["act_earliest"] >= i.first_day) & (i.acts["act_latest"] <= i.last_day)]
    keys = {"acts": set(acts["act_id"]), "cases": set(acts["case_id"])}
    ours = every[[key in keys.get(table, ()) for table, key in zip(every["table"], every["key"], strict=True)]]
    values = ours[(ours["field"] != "") & ~ours["field"].isin(_DULL)]
    text = _changed(i, acts, ours, len(values))
    found: list[Passage | TableView] = [
        Passage("changes", tr("Changed since edition {edition}", edition=known[-2]), text)
    ]
    if len(values):
        found.append(_values(i, values))
    return tuple(found)


def _changed(i: Inputs, acts: pd.DataFrame, ours: pd.DataFrame, values: int) -> tuple[str, ...]:
    if acts.empty:
        return (
            tr("The tables have no act, refusal or extension of {quarter} that could have changed.", quarter=i.quarter),
        )
    if ours.empty:
        return (tr("Nothing on record for {quarter} changed with this edition.", quarter=i.quarter),)
    whole = ours["field"] == ""
    new, fresh = (ours[whole & (ours["table"] == t)]["key"].nunique() for t in ("acts", "cases"))
    all_of = (
        tr("all {n}", n=number(new))
        if new == len(acts) > 1
        else tr("{n} of {whole}", n=number(new), whole=number(len(acts)))
    )
    said = [tr("{n} entries on acts of the quarter {are} new", n=all_of, are=agreed(new, "is"))] if new else []
    said += (
        [
            tr("{n} of the case is new", n=number(fresh))
            if fresh == 1
            else tr("{n} of the cases are new", n=number(fresh))
        ]
        if fresh
        else []
    )
    said += [tr("{values} changed", values=counted(values, "value", spelled=True))] if values else []
    dull = int(ours["field"].isin(_DULL).sum())
    said += (
        [
            tr(
                "{changes} {are} of sources, notes, prisons and courts only",
                changes=counted(dull, "change", spelled=True),
                are=agreed(dull, "is"),
            )
        ]
        if dull
        else []
    )
    return (
        tr(
            "{changes}. Every change of the edition is in data/CHANGES.csv of the library.",
            changes=capital(tr("; ").join(said)),
        ),
    )


def _values(i: Inputs, rows: pd.DataFrame) -> TableView:
    names, of_act = i.cases.set_index("case_id")["name"], i.acts.set_index("act_id")["case_id"]
    who = [str(names[k if t == "cases" else of_act[k]]) for t, k in zip(rows["table"], rows["key"], strict=True)]
    shown = pd.DataFrame(
        {
            "person": who,
            "what": rows["field"].str.replace("_", " ").to_numpy(),
            tr("before|value"): rows["old"].replace("", tr("not known")).to_numpy(),
            tr("now|value"): rows["new"].replace("", tr("not known")).to_numpy(),
            "why": rows["why"].to_numpy(),
        }
    )
    return TableView(
        "changed_values", tr("Values that changed"), shown, data=rows.reset_index(drop=True), folded=True, stacked=True
    )


#: Columns whose changes are counted only.
_DULL = (
    "source_ids",
    "note",
    "court",
    "prison",
    "aliases",
    "inferred",
    "seen_basis",
    "charge_ids",
    "charge_ids_derived",
    "date_basis",
)
