"""Section on acts in the quarters before and after summits and dialogues with the United States."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt

from clemency import figures
from clemency.figures.charts import words
from clemency.models import SeriesEstimate, event_study
from clemency.records.errors import DataError, UsageError
from clemency.reports.hazards import TALKS
from clemency.reports.inputs import OUTCOMES, Inputs
from clemency.reports.section import Chart, Section, TableView

__all__ = ["before_and_after"]

LEADS, LAGS = 2, 4


def before_and_after(i: Inputs) -> Section:
    """Event study of first acts, in leads and lags of a quarter."""
    ours = i.events[(i.events["partner"] == "US") & i.events["event_type"].isin(TALKS)]
    ours = ours[ours["date_latest"] <= pd.Timestamp(i.until)]
    fits, refused = _fits(i, ours)
    title = "Before and after an event"
    if not fits:
        return Section("event-study", title, refused)
    with figures.style():
        _, axes = plt.subplots(1, len(fits), figsize=(8.6, 3.4), sharey=True, squeeze=False)
        for ax, (outcome, fit) in zip(axes.flat, fits.items(), strict=True):
            fit.plot(ax=ax)
            ax.set_title(f"{words(outcome).capitalize()}s")
            if ax is not axes[0, 0]:
                ax.set_ylabel("")
        limits = [v for fit in fits.values() for r in _lags(fit) for v in (r.ci_low, r.ci_high) if 0 < v < float("inf")]
        axes[0, 0].set_ylim(min(limits) / 1.15, max(limits) * 1.15)
    table = pd.concat([_tests(fit, outcome) for outcome, fit in fits.items()], ignore_index=True)
    drawn = pd.concat([fit.tidy(exponentiate=True).assign(act=outcome) for outcome, fit in fits.items()])
    alt = "Rate ratios by quarter around an event. " + "; ".join(
        f"{words(o)}s: {', '.join(f'{r.term} {r.estimate:.2f} ({r.ci_low:.2f} to {r.ci_high:.2f})' for r in _lags(fit))}"
        for o, fit in fits.items()
    )
    caption = "Rate of first acts by quarters before and after a summit or dialogue with the US, the quarter before it being 1"
    parts = (
        Chart("event_study", caption, axes[0, 0], drawn, alt),
        TableView(
            "event_study_tests", "Are the quarters before, or those after, different at all?", _shown(table), data=table
        ),
    )
    return Section("event-study", title, (_opening(fits), _verdict(table), *refused), parts, _NOTES)


_NOTES = (
    "Quarters before an event ('leads') are a check: a rate that already differs before an event was not changed by it. A test that finds no lead does not show that there is none: "
    "with so few acts it finds little.",
    "'p among moved calendars' is the share of calendars, made by moving all events together to every other quarter, in which these quarters differ as much; it needs no large sample. "
    "'p' is that of the model, which is too small too often in series like this.",
    "The model: a Poisson regression of quarterly counts, with the time at risk, the season and a linear trend; each event adds the ratios of its own quarters before ('leads') and after ('lags'). Limits are 95%, "
    "with errors corrected for single quarters that weigh much (leverage); F is the statistic of the test that all ratios of a row are 1.",
)


def _fits(i: Inputs, events: pd.DataFrame) -> tuple[dict[str, SeriesEstimate], tuple[str, ...]]:
    """A fit for each outcome, and why there is none."""
    made = i.cohort(clock="sentence")
    fits: dict[str, SeriesEstimate] = {}
    refused = []
    for outcome in OUTCOMES:
        try:
            fits[outcome] = event_study(made, events, outcome=outcome, leads=LEADS, lags=LAGS, end=i.until)
        except (DataError, UsageError):
            refused.append(
                f"{words(outcome).capitalize()}s: too few acts or events by the end of {i.quarter} for leads and lags."
            )
    return fits, tuple(refused)


def _lags(fit: SeriesEstimate) -> list:
    table = fit.tidy(exponentiate=True)
    return list(table[table["term"].isin(fit.shown)].itertuples())


def _tests(fit: SeriesEstimate, outcome: str) -> pd.DataFrame:
    moved = fit.placebo()[["test", "p_value", "placebos"]].rename(columns={"p_value": "p_placebo"})
    wald = fit.tests[["test", "statistic", "df", "df_resid", "p_value"]]
    return wald.merge(moved, on="test").assign(act=outcome, acts=int(fit.summary["acts"]), quarters=fit.summary["n"])


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    when = {"leads": f"{LEADS} quarters before it", "lags": f"that of the event to {LAGS} after it"}
    return pd.DataFrame(
        {
            "act": [words(a) for a in table["act"]],
            "quarters tested": table["test"].map(when),
            "acts": table["acts"],
            "F": [f"{v:.2f}" if v == v else "" for v in table["statistic"]],
            "p": [f"{v:.2f}" if v == v else "" for v in table["p_value"]],
            "p among moved calendars": [f"{v:.2f}" for v in table["p_placebo"]],
        }
    )


def _opening(fits: dict[str, SeriesEstimate]) -> str:
    acts = " and ".join(f"{int(f.summary['acts'])} first {words(o)}s" for o, f in fits.items())
    quarters = max(int(f.summary["n"]) for f in fits.values())
    return (
        "Do acts gather before an event, to prepare it, or after it, as what it yielded? The figure follows the rate from two quarters before to "
        f"four after a summit or dialogue with the United States: {acts} in {quarters} quarters. Each point is the rate in such a quarter over that in the quarter before the event, "
        "which is the base and stands at 1; the line through it is its 95% limits. Quarters so near the first or last event that some before or after them are not known are left out."
    )


def _verdict(table: pd.DataFrame) -> str:
    lags, leads = (table[table["test"] == k] for k in ("lags", "leads"))
    least = lags.loc[lags["p_placebo"].idxmin()]
    found = (
        "No pattern after events stands out from moved calendars"
        if least["p_placebo"] > 0.05
        else f"The quarters after events stand out for {words(least['act'])}s among moved calendars"
    )
    before = "" if leads.empty else f"; for the quarters before, the smallest is {leads['p_placebo'].min():.2f}"
    return f"**{found}**: the smallest p value for the quarters after is {least['p_placebo']:.2f}{before}."
