"""Section on lists of prisoners handed over, and the answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clemency import figures
from clemency.models.incidencerates.rates import binomial_limits
from clemency.reports.inputs import Inputs
from clemency.reports.language import agreed, capital, counted, label, listed, period, share, spoken, tr
from clemency.reports.links import sources_of
from clemency.reports.section import Chart, Section, TableView, or_reason

__all__ = ["lists_and_responses"]


@or_reason("lists", "Lists and answers")
def lists_and_responses(i: Inputs) -> Section:
    """Names asked about, answers, acts, as published; rates by sex."""
    title = tr("Lists and answers")
    if "lists" in i.absent:
        return Section(
            "lists",
            title,
            (
                tr(
                    "{whose} has no table lists.csv, so nothing is said about lists and answers.",
                    whose=capital(i.whose),
                ),
            ),
        )
    counts = ["names_asked", "prisoners_responded", "acts_of_clemency", "responses_received"]
    known = i.lists.dropna(subset=counts, how="all").sort_values("period_earliest", kind="stable")
    shown = known[~(known["period_earliest"] > i.last_day)]
    if shown.empty:
        return Section(
            "lists", title, (tr("No list with a count begins before the end of {quarter}.", quarter=i.quarter),)
        )
    frame = pd.DataFrame(
        {
            "period": [period(p) for p in shown["period"]],
            "who asked whom": shown["scope"],
            "running total": ["yes" if v else "no" for v in shown["cumulative"].fillna(False)],
            "names asked": [_count(v) for v in shown["names_asked"]],
            "answered": [_count(v) for v in shown["prisoners_responded"]],
            "acts": [_count(v) for v in shown["acts_of_clemency"]],
            "source": [sources_of(i.sources, ids) for ids in shown["source_ids"]],
        }
    )
    by_sex = shown.dropna(subset=["names_asked_f", "names_asked_m", "responded_f", "responded_m"])
    by_sex = by_sex[(by_sex["names_asked_f"] > 0) & (by_sex["names_asked_m"] > 0)]
    said, chart = _answers_by_sex(by_sex.iloc[-1]) if len(by_sex) else ((), ())
    table = TableView(
        "lists",
        tr("Lists and answers as published") if i.published else tr("Lists and answers"),
        frame,
        ("source",),
        shown,
    )
    first = tr(
        "What organisations have published of lists of prisoners handed to Chinese officials, and of the answers."
    )
    text = (
        first
        if i.published
        else tr("Lists of prisoners handed to Chinese officials, and the answers, as the folder's table gives them.")
    )
    finding = _asked_and_answered(by_sex.iloc[-1]) if len(by_sex) else ""
    return Section("lists", title, (text, *said), (*chart, table), _lists_notes(i, known, shown), finding)


def _asked_and_answered(row: pd.Series) -> str:
    women, men = (row[f"responded_{s}"] / row[f"names_asked_{s}"] for s in "fm")
    return tr(
        "Officials answered on {share} of the women and {share2} of the men asked about",
        share=share(women),
        share2=share(men),
    )


def _lists_notes(i: Inputs, known: pd.DataFrame, shown: pd.DataFrame) -> tuple[str, ...]:
    later, uncounted = len(known) - len(shown), len(i.lists) - len(known)
    left = (
        [
            tr(
                "{lists} that {begin} after {quarter}",
                lists=counted(later, "list"),
                begin=agreed(later, "begin"),
                quarter=i.quarter,
            )
        ]
        if later
        else []
    )
    left += [tr("{lists} without a count", lists=counted(uncounted, "list"))] if uncounted else []
    running = shown["cumulative"].fillna(False).astype(bool).any()
    names = {
        "MOJ": tr("the Ministry of Justice"),
        "MFA": tr("the Ministry of Foreign Affairs"),
        "SCIO": tr("the State Council Information Office"),
    }
    told = [
        tr("{code} is {office}", code=k, office=v) if n == 0 else tr("{code} {office}", code=k, office=v)
        for n, (k, v) in enumerate((k, v) for k, v in names.items() if shown["scope"].str.contains(k).any())
    ]
    offices = tr("{offices}. ", offices=tr(", ").join(told)) if told else ""
    overlap = tr(
        "Running totals and single lists overlap and must not be added; a running total may go on past the quarter of this report. "
    )
    return (
        tr("{overlap}Empty means that the source gives no count.", overlap=overlap if running else ""),
        *([tr("Left out: {listed}.", listed=listed(left))] if left else []),
        tr(
            "{offices}'Answered' are prisoners on whom officials gave information, 'acts' those of clemency among the answers.",
            offices=offices,
        ),
    )


def _answers_by_sex(row: pd.Series) -> tuple[tuple[str], tuple[Chart]]:
    asked = np.array([row["names_asked_f"], row["names_asked_m"]], dtype=float)
    got = np.array([row["responded_f"], row["responded_m"]], dtype=float)
    low, high = binomial_limits(got, asked)
    limits = {"estimate": got / asked, "ci_low": low, "ci_high": high}
    rate = pd.DataFrame({"label": ["women", "men"], "n_event": got, "asked": asked, **limits})
    when = period(row["period"])
    text = tr(
        "From {when} officials gave an answer on {got:,.0f} of {women} asked about ({share}) and on {got2:,.0f} of {men} ({share2}){rest}.",
        when=when,
        got=got[0],
        women=_sex(asked[0], "woman", "women"),
        share=share(got[0] / asked[0]),
        got2=got[1],
        men=_sex(asked[1], "man", "men"),
        share2=share(got[1] / asked[1]),
        rest=_sex_not_given(row),
    )
    ax = figures.intervals(rate, xlabel=tr("share answered, with exact 95% limits"), percent=True)
    return (text,), (
        Chart(
            "answers_by_sex", tr("Share of women and men asked about whom an answer was given, {when}", when=when), ax
        ),
    )


def _sex_not_given(row: pd.Series) -> str:
    rest = row["names_asked"] - row["names_asked_f"] - row["names_asked_m"]
    return (
        tr("; of {they} the source gives no sex", they=counted(rest, "other"), n=rest)
        if not pd.isna(rest) and rest > 0
        else ""
    )


def _sex(n: float, one: str, several: str) -> str:
    return tr("{n:,.0f} {people}", n=n, people=label(one if n == 1 or spoken() != "en" else several))


def _count(value: Any) -> str:
    return "" if pd.isna(value) else f"{int(value):,}"
