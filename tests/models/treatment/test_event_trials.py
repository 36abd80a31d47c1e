"""Trials at events common to all: by hand, against R, identities, no effect where there is none, and refusals."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clemency as cl
from benchmarks.trials import calendar
from clemency.cohorts import Cohort
from clemency.cohorts.rules import read_rules
from clemency.models import event_trials
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "trials"
PEOPLE, DATES, WINDOWS, EXPECTED = (
    pd.read_csv(FOLDER / f"{n}.csv") for n in ("people", "events", "windows", "expected")
)
MONTH = 365.25 / 12
REFERENCE = {"sides": "any", "window": "90D", "washout": "120D", "negative": "death", "adjust": "clock_at_zero"}


def made(people):
    """A cohort of people with the day on which they enter, as ``origin``, and the days until they leave."""
    words = ["censored", "sentence_reduction", "death"]
    spells = pd.DataFrame(
        {
            "case_id": people["id"],
            "person_id": people.get("person", people["id"]),
            "entry": 0.0,
            "exit": people["days"] / MONTH,
            "event": pd.Categorical(people["event"], categories=words),
            "origin": pd.to_datetime(people["origin"]),
        }
    )
    rules = read_rules(
        outcome="sentence_reduction", competing="death", clock="sentence", entry="sentence", until=None,
        sentence_types="fixed", follow_up="register", dates="midpoint", recurrent=False,
    )  # fmt: skip
    return Cohort(spells, pd.DataFrame({"case_id": [], "reason": []}), rules, len(spells))


def dated(*days):
    return pd.DataFrame({"date": list(days)})


# Two events three years apart; a has an act 10 days after the first, b 20 days after the reference day a year later.
HAND = pd.DataFrame(
    [
        ("a", "2001-01-01", 161, "sentence_reduction"),  # to 2001-06-11
        ("b", "2001-01-01", 536, "sentence_reduction"),  # to 2002-06-21
        ("c", "2001-01-01", 3000, "censored"),
        ("d", "2003-01-01", 2000, "censored"),
    ],
    columns=["id", "origin", "days", "event"],
)
EVENTS = dated("2001-06-01", "2004-06-01")


def test_by_hand():
    """Before the first event nobody is at risk a year earlier; the second has days with people on both sides."""
    found = event_trials(made(HAND), EVENTS, window="30D", sides="any")
    windows = found.trials.assign(zero=found.trials["zero"].astype(str))
    assert windows[["trial", "zero", "assigned", "n", "outcome"]].to_numpy().tolist() == [
        [0, "2001-06-01", 1, 3, 1],
        [0, "2002-06-01", 0, 2, 1],
        [1, "2003-06-01", 0, 2, 0],
        [1, "2004-06-01", 1, 2, 0],
        [1, "2005-06-01", 0, 2, 0],
    ]
    days = (found.spells["stop"] * MONTH).round(6)
    assert days.tolist() == [10, 30, 30, 20, 30, 30, 30, 30, 30, 30, 30]
    assert found.spells["start"].eq(0).all()
    np.testing.assert_allclose(found.spells["clock_at_zero"][:3] * MONTH, 151)
    assert (found.facts["n_days"], found.facts["n_reference_days"]) == (2, 3)


def test_the_ratio_by_hand():
    """At 10 days a acts, one of three after the event, beside two after none; at 20 b does, one of two after none.

    The likelihood of the ratio r is r / (3 r + 2) times 1 / (2 r + 2): 1 = 3 r / (3 r + 2) + 2 r / (2 r + 2).
    """
    found = event_trials(made(HAND), EVENTS, window="30D", sides="any")
    r = np.exp(found.tidy()["estimate"][0])
    assert 3 * r / (3 * r + 2) + r / (r + 1) == pytest.approx(1)
    assert np.isnan(found.tidy()["std_error"][0])  # one trial has events: nothing is known of errors
    assert found.warnings["message"].str.contains("events in 1 trial, too few").any()


def test_windows_end_with_the_next_event_and_start_long_after_the_last():
    events = dated("2001-06-01", "2001-06-15", "2004-06-01", "2002-06-25")
    found = event_trials(made(HAND), events, window="30D", sides="any")
    first = found.trials[found.trials["trial"] == 0]
    assert (first["person_time"] * MONTH).round(6).tolist() == [10 + 14 + 14, 20 + 24]
    assert first["switched"].tolist() == [2, 1]
    left = found.exclusions.set_index("reason")["who"]
    assert left["another event in the 30D before"] == "2001-06-15"
    # The day a year before 2004 is within the washout of no event; that a year after 2002-06-25 is 2003-06-25.
    assert "2003-06-25" in set(found.trials["zero"].astype(str))


def test_both_sides_may_be_asked_for():
    found = event_trials(made(HAND), EVENTS, window="30D")
    assert found.trials["zero"].dt.year.tolist() == [2003, 2004, 2005]
    assert found.exclusions["who"].tolist() == ["2001-06-01"]
    assert "events with one on both sides" in found.protocol["emulation"][2]
    assert not found.warnings["message"].str.contains("one side only").any()


def test_reference_days_do_not_overlap():
    found = event_trials(made(HAND), dated("2002-06-01", "2004-06-10"), window="30D", reach="12 months", sides="any")
    days = set(found.trials["zero"].astype(str))
    assert days == {"2001-06-01", "2002-06-01", "2003-06-01", "2004-06-10", "2005-06-10"}  # 2003-06-10 is taken


def test_an_event_of_a_month_counts_from_its_last_day_and_one_without_is_named():
    found = event_trials(made(HAND), dated("2001-05", "2004-06-01", "2004/.."), window="30D", sides="any")
    assert str(found.trials["zero"].min().date()) == "2001-05-31"
    assert found.exclusions.iloc[0].tolist() == ["event without a last day", "event", 1, "2004/.."]


def test_a_leap_day_has_its_years():
    found = event_trials(made(HAND), dated("2004-02-29"), window="30D")
    assert found.trials["zero"].astype(str).tolist() == ["2003-02-28", "2004-02-29", "2005-02-28"]
    days = event_trials(made(HAND), dated("2004-02-29"), window="30D", step="100D", reach="120D")
    assert days.trials["zero"].astype(str).tolist() == ["2003-11-21", "2004-02-29", "2004-06-08"]


def expected(what):
    return EXPECTED[(EXPECTED["what"] == what) & (EXPECTED["term"] == "assigned")].set_index("column")["value"]


def reference(**options):
    people = PEOPLE.assign(days=PEOPLE["stop"] - PEOPLE["from"])
    return event_trials(made(people), DATES, **REFERENCE | options)


def test_windows_equal_those_found_in_r():
    found = reference().trials.sort_values(["trial", "zero"])
    days = (found["zero"] - pd.Timestamp("1970-01-01")).dt.days
    mine = list(zip(found["trial"], found["assigned"], days, strict=True))
    assert mine == sorted(WINDOWS.itertuples(index=False, name=None), key=lambda w: (w[0], w[2]))


def test_ratios_and_errors_equal_coxph():
    found = reference()
    assert found.facts["n_person_trials"] == expected("common")["n_person_trials"]
    table = found.tidy().query("term == 'assigned'").set_index("analysis")
    for analysis, word in (("outcome", "sentence_reduction"), ("negative control", "death")):
        e = expected(f"common {word}")
        np.testing.assert_allclose(table.loc[analysis, "estimate"], e["estimate"], rtol=1e-7)
        larger = max(e["std_error id"], e["std_error trial"])
        np.testing.assert_allclose(table.loc[analysis, "std_error"], larger, rtol=1e-7)
        half = stats.t.ppf(0.975, e["trials"] - 1) * larger
        np.testing.assert_allclose(table.loc[analysis, "ci_high"], e["estimate"] + half, rtol=1e-7)


def test_order_and_cuts_do_not_matter():
    people = PEOPLE.assign(days=PEOPLE["stop"] - PEOPLE["from"])
    one = reference()
    mixed = event_trials(made(people.sample(frac=1, random_state=1)), DATES.iloc[::-1], **REFERENCE)
    pd.testing.assert_frame_equal(one.tidy(), mixed.tidy())
    cut = event_trials(made(people).split(calendar="M"), DATES, **REFERENCE)
    np.testing.assert_allclose(one.tidy()["estimate"], cut.tidy()["estimate"], rtol=1e-9)
    np.testing.assert_allclose(one.tidy()["std_error"], cut.tidy()["std_error"], rtol=1e-9)


def test_eligibility_is_judged_on_the_day():
    found = reference(eligible={"two years inside": lambda s: s["entry"] >= 0})
    assert found.facts["n_person_trials"] == reference().facts["n_person_trials"]
    old = made(PEOPLE.assign(days=PEOPLE["stop"] - PEOPLE["from"])).assign(age=PEOPLE["age"])
    young = event_trials(old, DATES, **REFERENCE, eligible={"below 45": lambda s: s["age"] < 45})
    assert young.spells["age"].max() < 45
    assert young.exclusions.iloc[-1].tolist()[:2] == ["not: below 45", "control"]


def test_what_it_says_of_itself():
    found = reference()
    protocol = found.protocol.set_index("element")
    assert "120D before" in protocol.loc["eligibility", "target_trial"]
    assert "12 months" in protocol.loc["assignment", "emulation"]
    assert found.warnings["message"].tolist()[-2:] == [
        "7 days with the event: whatever else came after these few is taken for its effect",
        "2 of 7 with a reference day on one side only: a trend of the years passes for an effect",
    ]
    assert "7 trials, 662 people in them" in repr(found)
    curve = found.curves()
    assert curve.at([2.9])["estimate"].between(0, 1).all()
    assert "<table" in found._repr_html_()
    found.plot()
    mpl.pyplot.close("all")


def test_a_season_and_a_trend_do_not_pass_for_an_effect():
    rng = np.random.default_rng(4)
    plain, ours = [], []
    for _ in range(8):
        cohort, events = calendar(rng, 2000, 0.0)
        exposed = cohort.expose(events, "180D", by=None, name="after")
        plain.append(cl.cox(exposed, "after", outcome="sentence_reduction").tidy()["estimate"][0])
        ours.append(event_trials(cohort, events).tidy()["estimate"][0])
    error = np.std(ours, ddof=1) / np.sqrt(len(ours))
    assert abs(np.mean(ours)) < 3 * error
    assert np.mean(plain) > 3 * np.std(plain, ddof=1) / np.sqrt(len(plain))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"cohort": PEOPLE}, UsageError, "takes a cohort, not DataFrame"),
        ({"outcome": "nothing"}, UsageError, "not an event"),
        ({"negative": "sentence_reduction"}, UsageError, "at once"),
        ({"window": 90}, UsageError, "no unit"),
        ({"washout": "60D"}, UsageError, "windows would overlap"),
        ({"reach": "6 months"}, UsageError, "shorter than step"),
        ({"sides": "one"}, UsageError, "not one of: both, any"),
        ({"sides": "both", "events": EVENTS[:1]}, DataError, "1 no day without an event, as asked, on both sides"),
        ({"adjust": "nothing"}, UsageError, "no column 'nothing'"),
        ({"events": pd.DataFrame({"day": ["2001-01-01"]})}, UsageError, "no column 'date'"),
        ({"events": dated("1990-01-01")}, DataError, "1 nobody eligible is at risk on the day"),
        ({"events": dated("2005-01-01").iloc[:0]}, DataError, "there are none"),
        ({"reach": "12 months", "washout": "400D", "events": EVENTS[:1]}, DataError, "1 no day without an event"),
    ],
)
def test_refusals(options, error, message):
    given = {"cohort": made(HAND), "events": EVENTS, "window": "90D", "sides": "any"} | options
    with pytest.raises(error, match=message):
        event_trials(given.pop("cohort"), given.pop("events"), **given)


def test_nobody_at_risk_is_refused():
    with pytest.raises(DataError, match="nobody is at risk"):
        event_trials(made(HAND).where(lambda s: s["exit"] < 0, "all"), EVENTS)


def test_a_step_of_nothing_is_refused_as_such():
    with pytest.raises(UsageError, match="step='0 months' cannot be used: it must be more than nothing"):
        event_trials(made(HAND), EVENTS, step="0 months")
