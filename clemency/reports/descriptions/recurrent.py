"""Section on all reductions of a prisoner, not only the first."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from clemency.models.curves.recurrent import Recurrence, recurrence
from clemency.reports.descriptions.counts import upto
from clemency.reports.inputs import FEW, Inputs
from clemency.reports.language import agreed, capital, counted, rounded, tr
from clemency.reports.section import Chart, Gaps, Section, TableView, or_reason, too_few

__all__ = ["all_reductions"]


@or_reason("all-reductions", "All reductions of a prisoner")
def all_reductions(i: Inputs) -> Section:
    """Mean cumulative number of sentence reductions per prisoner, with release and death as ends."""
    every = i.reductions()
    reduced = every.spells[every.spells["event"] == "sentence_reduction"]
    title = tr("All reductions of a prisoner")
    if reduced.empty:
        text = (
            tr(
                "No sentence reduction of a case with known dates had been made by the end of {quarter}.",
                quarter=i.quarter,
            ),
        )
        return Section("all-reductions", title, text)
    if len(reduced) < FEW:
        return too_few("all-reductions", title, len(reduced), "sentence_reduction", FEW)
    found, gaps = recurrence(every), Gaps()
    times = [t for t in (24, 60, 120) if t <= max(float(found.tidy()["time"].max()), 24)]
    at = found.at(times)
    naive = gaps.tried(tr("the number if nobody ever left"), lambda: recurrence(every, terminal=[]).at(times))
    data = at if naive is None else at.assign(if_nobody_left=naive["estimate"].to_numpy())
    mistake = tr(
        " The last column treats release as if counting had merely been cut short; it describes nobody, and shows how much that mistake would matter."
    )
    notes = (
        tr("Limits (the shaded band and the column) are 95% and allow for the reductions of one person going together.")
        + (mistake if naive is not None else ""),
    )
    parts = (
        Chart.twice(
            "reductions_per_prisoner",
            tr("Mean number of sentence reductions per prisoner"),
            lambda: _drawn(found),
            found.tidy(),
        ),
        TableView(
            "reductions_per_prisoner_by_month", tr("Sentence reductions per 100 prisoners"), _view(at, naive), data=data
        ),
    )
    return gaps.added(Section("all-reductions", title, (_text(i, reduced),), parts, notes, _in_all(at, i.chosen)))


def _in_all(at: pd.DataFrame, chosen: str) -> str:
    """How many reductions 100 prisoners have had by the last of the times."""
    last = at.iloc[-1]
    years = counted(last["time"] / 12, "year", spelled=True)
    n = rounded(100 * last["estimate"], 0)
    had = tr("{n} reduction", n=n) if n == "1" else tr("{n} reductions", n=n)
    return tr(
        "100 prisoners on record{chosen} had {had} within {years} of their sentence",
        chosen=chosen,
        had=had,
        years=years,
    )


def _view(at: pd.DataFrame, naive: pd.DataFrame | None) -> pd.DataFrame:
    view = pd.DataFrame(
        {
            "by month": [f"{t:g}" for t in at["time"]],
            "at risk": at["at_risk"].astype(int),
            "reductions so far": at["n_event"].astype(int),
            "per 100 prisoners": [rounded(100 * v, 0) for v in at["estimate"]],
            "95% limits": [
                tr("{low} to {high}", low=rounded(100 * a, 0), high=rounded(100 * b, 0))
                if n
                else tr("none seen: no limits")
                for a, b, n in zip(at["ci_low"], at["ci_high"], at["n_event"], strict=True)
            ],
        }
    )
    left = {} if naive is None else {"if nobody ever left": [rounded(100 * v, 0) for v in naive["estimate"]]}
    return view.assign(**left)


def _drawn(found: Recurrence) -> Axes:
    ax = found.plot()
    ax.set(xlabel=tr("months since sentence"), ylabel=tr("reductions per prisoner"))
    return ax


def _text(i: Inputs, reduced: pd.DataFrame) -> str:
    each = reduced["person_id"].value_counts()
    several, dated = int((each > 1).sum()), len(upto(i, "sentence_reduction"))
    more = tr("{several} of them had more than one", several=several or tr("none")) if len(each) > 1 else ""
    more = tr("; {more}.", more=more) if more else tr(".")
    rest = dated - len(reduced)
    others = (
        tr(
            " {rest:,} more of the {reductions} dated up to the end of {quarter} {are} not counted: the case is not followed, or the act falls outside the time in which it is.",
            rest=rest,
            reductions=counted(dated, "single reduction"),
            quarter=i.quarter,
            are=agreed(rest, "is"),
        )
        if rest
        else tr(
            " {which} dated up to the end of {quarter}.",
            which=tr("This is the only single reduction") if dated == 1 else tr("These are all single reductions"),
            quarter=i.quarter,
        )
    )
    return tr(
        "{reductions} of {prisoners} {are} counted{more}{others} The curve is the mean number per prisoner by months since sentence, where whoever is released or dies receives no more.",
        reductions=capital(counted(len(reduced), "sentence reduction")),
        prisoners=counted(len(each), "prisoner"),
        are=agreed(len(reduced), "is"),
        more=more,
        others=others,
    )
