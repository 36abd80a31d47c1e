"""Trials at every start of treatment: by hand, against R, identities, a known marginal effect, and refusals."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clemency as cl
from benchmarks.weighting import sample
from clemency import figures
from clemency.models import cox, risk_set_match, sequential_trials
from clemency.records.errors import DataError, UsageError

mpl.use("Agg")
FOLDER = Path(__file__).resolve().parents[2] / "reference" / "trials"
DATA, EXPANDED, EXPECTED = (pd.read_csv(FOLDER / f"{n}.csv") for n in ("data", "expanded", "expected"))
NAMES = {"treatment": "raised", "outcome": "act", "negative": "expiry", "id": "id", "cluster": "person", "follow": 24}
WEIGHTS = {"denominator": "entry + age + ill", "numerator": "entry + age", "period": "period", "truncate": None}
ITT = {"estimand": "intention_to_treat"}

# a is raised at 5 and acts at 9; b acts at 8; c is raised at 6 and leaves at 7; d enters at 1; e was raised when seen.
HAND = pd.DataFrame(
    [
        ("a", 0, 5, "censored", 0, 40),
        ("a", 5, 9, "act", 1, 40),
        ("b", 0, 8, "act", 0, 50),
        ("c", 0, 6, "censored", 0, 60),
        ("c", 6, 7, "censored", 1, 60),
        ("d", 1, 12, "death", 0, 70),
        ("e", 2, 10, "act", 1, 40),
    ],
    columns=["case_id", "entry", "exit", "event", "raised", "age"],
)
HANDED = {"treatment": "raised", "outcome": "act"}


def made(data=DATA, **options):
    return sequential_trials(data, **NAMES | options)


def rows(found):
    return found.spells[["trial", "case_id", "assigned", "start", "stop", "end"]].to_numpy().tolist()


def test_by_hand():
    """At 5 a is raised, with b, c and d for comparison; at 6 c is, with b and d; c leaves the first trial then."""
    found = sequential_trials(HAND, **HANDED)
    assert rows(found) == [
        [0, "a", 1, 0, 4, "outcome"],
        [0, "b", 0, 0, 3, "outcome"],
        [0, "c", 0, 0, 1, "censored"],
        [0, "d", 0, 0, 7, "other end"],
        [1, "c", 1, 0, 1, "censored"],
        [1, "b", 0, 0, 2, "outcome"],
        [1, "d", 0, 0, 6, "other end"],
    ]
    assert found.trials.to_numpy().tolist() == [
        [0, 5, 0, 3, 11, 1, 0, 1, 1],
        [0, 5, 1, 1, 4, 1, 0, 0, 0],
        [1, 6, 0, 2, 8, 1, 0, 1, 0],
        [1, 6, 1, 1, 1, 0, 0, 0, 0],
    ]
    assert found.exclusions.to_numpy().tolist() == [["treated when first seen or before", "treated person", 1, "e"]]
    counts = found.glance().iloc[0]
    assert counts[["n_trials", "n_person_trials", "n_people", "n_treated", "n_untreated_people"]].tolist() == [
        2,
        7,
        4,
        2,
        3,
    ]
    assert counts[["events_treated", "events_untreated", "n_switched", "person_time"]].tolist() == [1, 1, 1, 24]


def test_the_ratio_by_hand():
    """In the first trial b acts at 3 beside a and d, then a at 4 beside d; in the second b at 2, beside d alone.

    The likelihood of the ratio r is 1 / (r + 2) times r / (r + 1), so that 1 = r / (r + 2) + r / (r + 1): r^2 = 2.
    """
    found = sequential_trials(HAND, **HANDED)
    r = np.exp(found.tidy()["estimate"][0])
    assert r == pytest.approx(np.sqrt(2), rel=1e-8)


def test_intention_to_treat_by_hand():
    """Who is raised later stays where they were assigned: c is followed to 7, 2 months after the first time zero."""
    found = sequential_trials(HAND, **HANDED, **ITT)
    assert rows(found)[2:4] == [[0, "c", 0, 0, 1, "censored"], [0, "c", 0, 1, 2, "censored"]]
    assert found.facts["n_switched"] == 0
    assert found.trials["person_time"].tolist() == [12, 4, 8, 1]


def test_follow_up_ends_as_asked():
    """An act on the last day counts, one after it does not; a start on the last day ends nothing."""
    found = sequential_trials(HAND, **HANDED, follow=3)
    assert rows(found)[:2] == [[0, "a", 1, 0, 3, "censored"], [0, "b", 0, 0, 3, "outcome"]]
    assert sequential_trials(HAND, **HANDED, follow=1).facts["n_switched"] == 0


def test_eligibility_by_hand():
    """At 5 nobody below 45 is eligible, so that a starts nothing; c's trial has b and d; 72 is nobody's age."""
    words = {"at least 45": lambda s: s["age"] >= 45}
    found = sequential_trials(HAND, **HANDED, eligible=words)
    assert rows(found)[0][:3] == [0, "c", 1]
    assert found.exclusions.to_numpy().tolist() == [
        ["treated when first seen or before", "treated person", 1, "e"],
        ["not: at least 45", "treated person", 1, "a"],
    ]
    assert "at least 45" in found.protocol.set_index("element").loc["eligibility", "target_trial"]
    young = {"below 65": lambda s: s["age"] < 65}
    assert sequential_trials(HAND, **HANDED, eligible=young).exclusions.iloc[1].tolist() == [
        "not: below 65",
        "control",
        2,
        "",
    ]
    vague = {"known": lambda s: s["age"].lt(65).astype("boolean").mask(s["case_id"] == "b")}
    left = sequential_trials(HAND, **HANDED, eligible=vague).exclusions
    nobody = "nobody eligible and untreated at that time"  # at 6 there are b, of whom it is not known, and d
    assert left["reason"].tolist()[1:] == [nobody, "not known whether: known", "not: known"]


def test_a_trial_without_controls_is_named():
    found = sequential_trials(HAND[HAND["case_id"].isin(["a", "c"])].assign(raised=[0, 1, 0, 1]), **HANDED)
    assert found.exclusions.to_numpy().tolist() == [
        ["nobody eligible and untreated at that time", "treated person", 1, "c"]
    ]


def test_at_entry_modelled_lets_the_first_row_start():
    found = sequential_trials(HAND, **HANDED, at_entry="modelled")
    assert found.trials["zero"].unique().tolist() == [2, 5, 6]
    assert found.trials.loc[0, "n"] == 4  # a, b, c and d at 2


def test_people_start_together_in_one_trial():
    both = HAND.replace({"entry": {6: 5}, "exit": {6: 5}})
    assert sequential_trials(both, **HANDED).trials["n"].tolist() == [2, 2]


def test_what_comes_after_the_first_event_does_not_count():
    """With acts that recur, follow-up ends at the first one, of the outcome or of the negative control."""
    again = pd.concat(
        [HAND, pd.DataFrame([("a", 9, 11, "death", 1, 40), ("b", 8, 9, "act", 0, 50)], columns=HAND.columns)]
    )
    found = sequential_trials(again, **HANDED, negative="death")
    plain = sequential_trials(HAND, **HANDED, negative="death")
    pd.testing.assert_frame_equal(found.spells, plain.spells)


def test_who_acts_before_being_raised_did_not_switch():
    late = pd.concat([HAND, pd.DataFrame([("b", 8, 9, "censored", 1, 50)], columns=HAND.columns)])
    assert sequential_trials(late, **HANDED).facts["n_switched"] == 1


# --- R ---------------------------------------------------------------------------------------------------------------


def expected(what, term="assigned"):
    return EXPECTED[(EXPECTED["what"] == what) & (EXPECTED["term"] == term)].set_index("column")["value"]


RUNS = {
    "itt": ITT,
    "itt adjusted": ITT | {"adjust": "age"},
    "itt weighted": ITT | WEIGHTS | {"adjust": "age"},
    "pp": {},
    "pp adjusted": {"adjust": "age"},
    "pp weighted": WEIGHTS | {"adjust": "age"},
}


@pytest.mark.parametrize("run", RUNS)
def test_ratios_equal_coxph_on_trials_made_in_r(run):
    found = made(**RUNS[run])
    table = found.tidy().set_index(["analysis", "term"])
    for analysis, word in (("outcome", "act"), ("negative control", "expiry")):
        for term in table.loc[analysis].index:
            for column in ("estimate", "std_error"):
                value = expected(f"{run} {word}", term)[column]
                np.testing.assert_allclose(table.loc[(analysis, term), column], value, rtol=1e-7)
    assert found.facts["n_person_trials"] == expected(run)["n_person_trials"]
    np.testing.assert_allclose(found.facts["person_time"], expected(run)["person_time"], rtol=1e-12)


def test_person_trials_and_weights_equal_those_made_in_r():
    spells = made(**WEIGHTS).spells.sort_values(["trial", "assigned", "id", "start"]).reset_index(drop=True)
    words = {"outcome": "act", "negative control": "expiry"}
    spells = spells.assign(end=spells["end"].astype(str).replace(words))
    assert len(spells) == len(EXPANDED)
    for column in ("trial", "id", "assigned", "end"):
        assert spells[column].tolist() == EXPANDED[column].tolist()
    for column in ("start", "stop"):
        np.testing.assert_allclose(spells[column], EXPANDED[column], atol=1e-12)
    np.testing.assert_allclose(spells["weight"], EXPANDED["weight"], rtol=1e-9)


def test_one_trial_is_coxph():
    """Only those who start at the fourth time are eligible to start; nobody is followed shorter for it."""
    zero = made().trials["zero"].unique()[3]
    found = made(follow=None, eligible={"then": lambda s: (s["raised"] == 0) | (s["entry"] == zero)})
    assert found.facts["n_trials"] == 1
    table = found.tidy().set_index("analysis")
    for analysis, word in (("outcome", "act"), ("negative control", "expiry")):
        for column in ("estimate", "std_error"):
            np.testing.assert_allclose(table.loc[analysis, column], expected(f"single {word}")[column], rtol=1e-7)


# --- Identities ------------------------------------------------------------------------------------------------------


def test_matching_with_everybody_is_the_same_trials():
    """Risk-set matching on nothing, with all who could be controls, is the per-protocol reading without weights."""
    few = DATA[DATA["id"] <= 80].assign(all="x")
    matched = risk_set_match(few, exposure="raised", on=["all"], ratio=10_000, replace=True, id="id").spells
    own = matched.drop_duplicates(["matched_at", "id", "entry"])
    fit = cox(own.assign(act=own["event"] == "act"), "treated", entry="entry", exit="exit", event="act",
              strata="matched_at", cluster="person")  # fmt: skip
    found = made(few, follow=None).tidy().iloc[0]
    assert found["estimate"] == pytest.approx(fit.tidy()["estimate"][0], rel=1e-8)
    assert found["std_error"] == pytest.approx(fit.tidy()["std_error"][0], rel=1e-8)


def test_its_spells_are_data_for_cox():
    found = made(**WEIGHTS)
    fit = cox(found.spells, "assigned", entry="start", exit="stop", event="end", outcome="outcome", strata="trial",
              weights="weight", cluster="person")  # fmt: skip
    pd.testing.assert_frame_equal(found.fits["outcome"].tidy(), fit.tidy())
    columns = list(fit.tidy())
    pd.testing.assert_frame_equal(found.tidy().iloc[:1][columns], fit.tidy(), check_dtype=False)


def test_without_confounders_weights_are_one():
    """A denominator that is the numerator leaves every weight at 1, and the ratio as it is."""
    found = made(denominator="age", numerator="age", period="period", truncate=None)
    np.testing.assert_allclose(found.spells["weight"], 1, rtol=1e-9)
    assert found.tidy()["estimate"][0] == pytest.approx(made().tidy()["estimate"][0], rel=1e-7)


def test_covariates_that_are_adjusted_for_are_those_at_time_zero():
    found = made(adjust="ill").spells
    assert (found.groupby(["trial", "id"])["ill"].nunique() == 1).all()
    assert (made().spells.groupby(["trial", "id"])["ill"].nunique() > 1).any()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_order_of_rows_and_cuts_do_not_matter(seed, per_protocol):
    options = {"estimand": "per_protocol" if per_protocol else "intention_to_treat"}
    one = made(**options)
    mixed = made(DATA.sample(frac=1, random_state=seed), **options)
    pd.testing.assert_frame_equal(one.tidy(), mixed.tidy())
    pd.testing.assert_frame_equal(one.trials, mixed.trials)
    i = seed % len(DATA)
    half = (DATA.loc[i, "entry"] + DATA.loc[i, "exit"]) / 2
    more = pd.concat([DATA, DATA.loc[[i]]], ignore_index=True)
    more.loc[i, ["exit", "event"]] = [half, "censored"]
    more.loc[len(DATA), "entry"] = half
    np.testing.assert_allclose(made(more, **options).tidy()["estimate"], one.tidy()["estimate"], rtol=1e-9)


def test_the_scale_of_the_calendar_is_the_clock_where_all_clocks_begin_together():
    dated = DATA.assign(origin=pd.Timestamp("2001-01-01"))
    clock, calendar = (made(dated, scale=s, time_unit="months") for s in ("clock", "calendar"))
    np.testing.assert_allclose(clock.tidy()["estimate"], calendar.tidy()["estimate"], rtol=1e-9)
    assert calendar.trials["zero"].iloc[0] == pd.Timestamp("2001-07-03")  # six months of 30.4375 days, to the day
    assert np.allclose(clock.spells["year_at_zero"], 2001 + clock.spells["zero"] / 12, atol=0.002)
    assert np.allclose(
        calendar.spells.groupby("trial")["clock_at_zero"].first(), clock.spells.groupby("trial")["zero"].first()
    )


def test_a_year_needs_months_and_a_day():
    dated = DATA.assign(origin=pd.Timestamp("2001-01-01"))
    assert "year_at_zero" not in made(dated).spells
    with pytest.raises(DataError, match="year_at_zero: it does not vary"):
        made(dated, adjust="year_at_zero", time_unit="months")
    other = dated.assign(origin=dated["origin"] + pd.to_timedelta(200 * (dated["id"] % 9), unit="D"))
    assert np.isfinite(made(other, adjust="year_at_zero", time_unit="months").tidy()["estimate"]).all()
    with pytest.raises(UsageError, match="no column 'year_at_zero'"):
        made(dated, adjust="year_at_zero", time_unit="days")
    with pytest.raises(DataError, match="it is missing"):
        made(dated.assign(origin=dated["origin"].where(dated["id"] != 3)), time_unit="months")


def test_trials_on_the_calendar_compare_people_on_one_day():
    later = DATA.assign(origin=pd.Timestamp("2001-01-01") + pd.to_timedelta(31 * (DATA["id"] % 5), unit="D"))
    found = made(later, scale="calendar", adjust="clock_at_zero", time_unit="months")
    day = (found.spells["zero"] - found.spells["origin"]) / pd.Timedelta(days=1)
    np.testing.assert_allclose(found.spells["clock_at_zero"], day / 30.4375, atol=0.02)
    assert np.isfinite(found.tidy()["estimate"]).all()


def test_a_person_of_whom_it_is_not_known_is_left_out_and_counted():
    vague = DATA.assign(raised=DATA["raised"].astype(float).where(DATA["id"] != 7))
    found = made(vague)
    assert found.exclusions.iloc[0].tolist() == ["'raised' is missing", "person", 1, "7"]
    pd.testing.assert_frame_equal(found.tidy(), made(DATA[DATA["id"] != 7]).tidy())
    gone = made(DATA.assign(age=DATA["age"].where(DATA["id"] != 9)), adjust="age")
    assert "'age' is missing" in gone.exclusions["reason"].tolist()
    without = made(DATA.assign(ill=DATA["ill"].where(DATA["id"] != 9)), **WEIGHTS)
    assert without.exclusions["reason"].str.startswith("no weight").any()
    assert 9 not in set(without.spells["id"])


# --- What it says ----------------------------------------------------------------------------------------------------


def test_curves_of_both_arms_by_hand():
    """In two trials with one treated each the arms count alike: in the first each of three untreated has a third."""
    found = sequential_trials(HAND, **HANDED)
    assert found.spells["arm_weight"].tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 1, 1 / 2, 1 / 2])
    at = found.curves().at([3]).set_index("arm")["estimate"]
    # Untreated: 2 at risk; c (1/3) leaves at 1, b acts with 1/2 of 5/3 at 2, then with 1/3 of 7/6 at 3.
    after = 1 - (1 - 0.5 / (5 / 3)) * (1 - (1 / 3) / (7 / 6))
    assert at.to_dict() == pytest.approx({"untreated": after, "treated": 0.0})


def test_balance_of_the_arms():
    found = made(**WEIGHTS).balance().set_index("term")
    assert abs(found.loc["ill", "after"]) < abs(found.loc["ill", "before"])
    first = made().spells.groupby(["trial", "id"], sort=False).first()
    treated = first[first["assigned"] == 1]["ill"].mean()
    assert found.loc["ill", "mean_treated"] == pytest.approx(treated)


def test_what_it_says_of_itself():
    found = made(**WEIGHTS, adjust="age")
    assert found.protocol["element"].tolist() == [
        "eligibility", "strategies", "assignment", "time zero", "follow-up", "outcome", "negative control", "estimand",
        "analysis",
    ]  # fmt: skip
    for text in ("706 people in them", "negative control: expiry", "per protocol", "Left out: 7 treated people"):
        assert text in repr(found)
    assert "2 people treated: robust errors rest on so few" in repr(sequential_trials(HAND, **HANDED))
    assert "<table" in found._repr_html_()
    ax = found.plot()
    assert (
        figures.drawn(ax).frame["estimate"].tolist()
        == found.tidy(exponentiate=True).query("term == 'assigned'")["estimate"].tolist()
    )
    mpl.pyplot.close("all")
    even = made(denominator="1", period="period").positivity()
    early = DATA.groupby("id")["raised"].transform("first") == 1
    assert even["n_started"].sum() == DATA[(DATA["raised"] == 1) & ~early]["id"].nunique()
    share = even["n_started"].sum() / even["n"].sum()
    np.testing.assert_allclose(even[["chance_min", "chance_max"]], share, rtol=1e-9)
    with pytest.raises(UsageError, match="without denominator="):
        made().positivity()
    with pytest.raises(UsageError, match="no negative control"):
        sequential_trials(HAND, **HANDED).curves("negative control")


def test_an_arm_without_events_has_no_estimate_and_the_other_stays():
    quiet = DATA.assign(event=DATA["event"].where((DATA["event"] != "expiry") | (DATA["raised"] == 0), "censored"))
    found = made(quiet)
    table = found.tidy().set_index("analysis")
    assert np.isnan(table.loc["negative control", "estimate"])
    assert np.isfinite(table.loc["outcome", "estimate"])
    assert "no estimate: no expiry among the treated" in found.warnings["message"].tolist()
    assert "no estimate" in repr(found)
    found.plot()
    mpl.pyplot.close("all")


def test_few_events_in_an_arm_are_told_and_hollow():
    found = sequential_trials(HAND, **HANDED)
    told = found.warnings["message"].tolist()
    assert "fewer than five events (act): 1 among the untreated and 1 among the treated" in told
    assert figures.drawn(found.plot()).frame["few"].all()
    mpl.pyplot.close("all")


def test_a_cohort_brings_its_columns():
    cases, acts = cl.load("cases", edition="2026.11"), cl.load("acts", edition="2026.11")
    base = cl.cohort(cases, acts, outcome=["sentence_reduction", "medical_parole"])
    raised = base.expose_from(cases, "raised_date", name="raised", flag="raised_by")
    found = sequential_trials(raised, treatment="raised", outcome=list(base.rules.outcome), follow="60 months")
    assert found.cluster == "person_id"
    assert found.unit == "months"
    assert found.spells["stop"].max() <= 60
    assert "the day of the sentence" in found.protocol["emulation"][0]
    with pytest.raises(UsageError, match="several kinds of event"):
        sequential_trials(raised, treatment="raised")
    with pytest.raises(UsageError, match="has no unit"):
        sequential_trials(raised, treatment="raised", outcome="medical_parole", follow=60)


# --- A known effect --------------------------------------------------------------------------------------------------


def test_weights_recover_a_known_marginal_ratio():
    d = sample(np.random.default_rng(3), 6000, 0.7)
    options = {"treatment": "raised", "id": "id", "at_entry": "modelled"}
    weights = {"denominator": "entry + ill", "numerator": "entry", "period": "period", "truncate": None}
    plain = sequential_trials(d, **options).tidy().iloc[0]
    found = sequential_trials(d, **options, **weights).tidy().iloc[0]
    assert plain["ci_low"] > 0.7
    assert found["ci_low"] < 0.7 < found["ci_high"]
    assert found["std_error"] < 0.06


# --- Refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"treatment": "nothing"}, UsageError, "no column 'nothing'"),
        ({"outcome": "nothing"}, UsageError, "not an event"),
        ({"negative": "act"}, UsageError, "at once"),
        ({"outcome": None, "negative": None}, UsageError, "several kinds of event"),
        ({"follow": "24 months"}, UsageError, "must be a number above 0"),
        ({"follow": 0}, UsageError, "must be a number above 0"),
        ({"estimand": "as_treated"}, UsageError, "not one of: per_protocol"),
        ({"scale": "calendar"}, UsageError, "origin"),
        ({"scale": "calendar", "data": DATA.assign(origin="2001-01-01"), "time_unit": "months"}, UsageError, "of days"),
        (
            {"scale": "calendar", "data": DATA.assign(origin=pd.Timestamp("2001-01-01"))},
            UsageError,
            "time_unit='months'",
        ),
        ({"time_unit": "hours"}, UsageError, "not one of: days"),
        ({"at_entry": "maybe"}, UsageError, "at_entry"),
        ({"numerator": "age"}, UsageError, "has no effect without denominator="),
        ({"period": "period"}, UsageError, "has no effect without denominator="),
        ({"denominator": "age"}, UsageError, "needs period="),
        ({**WEIGHTS, "truncate": (0.9, 0.1)}, UsageError, "rising fractions"),
        ({**WEIGHTS, "largest": 0.5}, UsageError, "must be above 1"),
        ({"adjust": "nothing"}, UsageError, "no column 'nothing'"),
        ({"adjust": "year_at_zero"}, UsageError, "no column 'year_at_zero'"),
        ({"eligible": {"x": lambda s: s["age"]}}, UsageError, "must give yes or no"),
        ({"eligible": {"x": lambda s: True}}, UsageError, "one yes or no for each row"),
        ({"data": DATA.assign(trial=1)}, UsageError, "already"),
        ({"data": DATA.assign(raised=1 - DATA["raised"])}, DataError, "treatment stops"),
        ({"data": DATA.assign(raised=0)}, DataError, "nobody starts treatment"),
        ({"data": DATA.assign(raised=np.nan)}, DataError, "missing for everybody"),
        (
            {"data": DATA.assign(event=DATA["event"].where(DATA["id"] != 3))},
            DataError,
            "how the spell ended is missing",
        ),
        ({"data": DATA.assign(exit=DATA["exit"].where(DATA.index != 5, DATA["exit"] + 1))}, DataError, "overlap|a gap"),
    ],
)
def test_refusals(options, error, message):
    with pytest.raises(error, match=message):
        made(**options)


def test_everybody_raised_before_being_seen_leaves_no_trial():
    with pytest.raises(DataError, match="no trial can begin: 1 treated when first seen or before") as caught:
        sequential_trials(HAND[HAND["case_id"].isin(["b", "d", "e"])], **HANDED, censored=None)
    assert "see entry=" in str(caught.value)


def test_weights_that_explode_are_refused_with_who_has_them():
    with pytest.raises(DataError, match=r"weights of \d+ (person|people) explode, up to .* .beyond largest=1.01"):
        made(**WEIGHTS, largest=1.01)
    assert made(**WEIGHTS | {"truncate": (0.2, 0.8)}).facts["n_truncated"] > 0


def test_positivity_warns():
    sure = DATA.assign(kind=np.where(DATA["id"] % 7 == 0, "never", "may"))
    sure.loc[sure["id"] % 7 == 0, "raised"] = 0
    found = made(sure, denominator="kind", period="period", penalty="firth")
    assert found.warnings["message"].str.contains("treatment never starts in its").any()
    few = made(**WEIGHTS)
    assert few.warnings["message"].str.contains("robust errors rest on so few").sum() == (few.facts["n_treated"] < 30)


def test_nobody_is_eligible_after_the_first_act():
    """b acts at 4 already, and would have been the only other one at 5 and 6 beside d, and have acted again at 8."""
    again = pd.DataFrame([("b", 4, 8, "act", 0, 50)], columns=HAND.columns)
    data = pd.concat([HAND.assign(exit=HAND["exit"].where(HAND["case_id"] != "b", 4)), again], ignore_index=True)
    found, once = sequential_trials(data, **HANDED), sequential_trials(data.iloc[:-1], **HANDED)
    assert rows(found) == rows(once)
    assert not any(r[1] == "b" for r in rows(found))
    assert found.exclusions.iloc[0].tolist() == ["spells after the first act", "person", 1, "b"]
    # nor does what came after the control count; what is neither ends nothing here
    both = sequential_trials(data, **HANDED | {"outcome": "death", "negative": "act"})
    assert both.exclusions.iloc[0].tolist() == ["spells after the first death or act", "person", 1, "b"]


def test_criteria_are_taken_by_index():
    old = {"50 or more": lambda d: d["age"] >= 50}
    expected = sequential_trials(HAND, **HANDED, eligible=old | {"any": lambda d: d["age"] > 0}).trials
    turned = {"50 or more": lambda d: (d["age"] >= 50)[::-1], "any": lambda d: d["age"].to_numpy() > 0}
    young = {"not 60": lambda d: d["age"] != 60}
    back = {"not 60": lambda d: (d["age"] != 60).sort_values()}
    pd.testing.assert_frame_equal(
        sequential_trials(HAND, **HANDED, eligible=young).trials,
        sequential_trials(HAND, **HANDED, eligible=back).trials,
    )
    for criteria in (old, turned):
        with pytest.raises(DataError, match="no trial can begin"):
            sequential_trials(HAND[HAND["case_id"] != "c"], **HANDED, eligible=criteria)
    assert expected["zero"].tolist() == [6, 6]


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (lambda d: d.set_index("case_id")["age"] > 0, "eligible='old' gives values under another index"),
        (lambda d: d["nothing"] > 0, r"eligible='old' cannot be judged: its function raised KeyError \('nothing'\)"),
    ],
)
def test_criteria_that_fail_are_named(test, message):
    with pytest.raises(UsageError, match=message):
        sequential_trials(HAND, **HANDED, eligible={"old": test})


def test_a_cohort_that_goes_on_after_the_act_is_refused():
    made = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", recurrent=True)
    with pytest.raises(UsageError, match=r"first act.*make the cohort with recurrent=False"):
        sequential_trials(made.assign(raised=0), treatment="raised")
    with pytest.raises(UsageError, match=r"first act.*make the cohort with recurrent=False"):
        cl.event_trials(made, cl.load("events"))


def test_a_treatment_that_is_not_0_or_1_is_named_with_its_row():
    data = HAND.assign(raised=[None, 1, 0, 0, 2, 0, 1])  # a is left out, and rows are those of the data still
    with pytest.raises(DataError, match=r"data, row 4, raised, '2(\.0)?': not 0 or 1 \(of 'c'\)"):
        sequential_trials(data, **HANDED)
    turned = HAND.assign(raised=[0, 1, 0, 0, 2, 0, 1]).iloc[::-1]
    with pytest.raises(DataError, match=r"data, row 2, raised, '2': not 0 or 1 \(of 'c'\)"):
        risk_set_match(turned, exposure="raised", on=["age"])


def test_ids_that_differ_by_a_blank_are_told_once():
    data = HAND.assign(case_id=["a", "a", "b", "c", "c", "b ", "e"])
    said = sequential_trials(data, **HANDED).warnings["message"]
    assert said.str.startswith("'b' and 'b ' in 'case_id' differ by blanks").sum() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"truncate": (1, 2)}, r"truncate=\(1, 2\) must be two rising fractions"),
        ({"largest": 0.5}, "largest=0.5 must be above 1"),
        ({"adjust": "exit"}, "adjust= has 'exit', how a spell ends"),
        ({"adjust": "event"}, "adjust= has 'event', how a spell ends"),
    ],
)
def test_impossible_arguments_are_refused_without_weights_too(given, said):
    d = pd.DataFrame({"case_id": ["a", "a", "b"], "entry": [0, 5, 0], "exit": [5, 9, 8], "event": [0, 1, 1]})
    with pytest.raises(UsageError, match=said):
        cl.sequential_trials(d.assign(raised=[0, 1, 0]), treatment="raised", **given)
