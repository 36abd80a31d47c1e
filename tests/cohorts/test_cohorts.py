"""Cohorts: six cases worked by hand, invariants on the shipped records and on made-up ones."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.records.terms import DAYS_PER_MONTH

CASES = pd.DataFrame(
    [
        # case, person, custody, sentence, type, months, status, status date, seen
        ("reduced", "p1", "2010-01-01", "2010-07-01", "fixed", 60, "serving", None, "2013-06-01"),
        ("expired", "p2", "2010-01-01", "2010-07-01", "fixed", 24, "released_on_expiry", "2011-12-31", None),
        ("died", "p3", "2010-01-01", "2010-07-01", "fixed", 60, "died_in_custody", "2012-01-01", None),
        ("unseen", "p4", "2010-01-01", "2010-07-01", "fixed", 60, "unknown", None, None),
        ("life", "p5", "2010-01-01", "2010-07-01", "life", None, "serving", None, "2014-06-01"),
        ("vague", "p6", "2010-01-01", "2010-07-01", "fixed", 60, "serving", None, "2014-06-01"),
    ],
    columns=[
        "case_id",
        "person_id",
        "detention_date",
        "sentence_date",
        "sentence_type",
        "sentence_months",
        "status",
        "status_date",
        "seen_date",
    ],
)
ACTS = pd.DataFrame(
    [
        ("reduced", "sentence_reduction", "2012-01-01", 6, "single"),
        ("reduced", "sentence_reduction", "2013-01-01", 6, "single"),
        ("vague", "sentence_reduction", None, 12, "total"),
    ],
    columns=["case_id", "act_type", "act_date", "months", "scope"],
)


def months(first, last):
    return (pd.Timestamp(last) - pd.Timestamp(first)).days / DAYS_PER_MONTH


def test_six_cases_by_hand():
    c = cl.cohort(CASES, ACTS)
    spells = c.spells.set_index("case_id")
    assert set(spells.index) == {"reduced", "expired", "died"}
    np.testing.assert_allclose(spells["entry"], months("2010-01-01", "2010-07-01"))
    np.testing.assert_allclose(spells.loc["reduced", "exit"], months("2010-01-01", "2012-01-01"))
    np.testing.assert_allclose(spells.loc["expired", "exit"], months("2010-01-01", "2011-12-31"))
    assert spells["event"].to_dict() == {"reduced": "sentence_reduction", "expired": "expiry", "died": "death"}
    assert c.exclusions.set_index("case_id")["reason"].to_dict() == {
        "unseen": "no documented follow-up after entry",
        "life": "sentence type life",
        "vague": "an act among the outcomes has no date of its own",
    }


def test_until_expiry_assumes_custody_to_the_end_of_the_term():
    later = CASES.assign(seen_date=CASES["seen_date"].replace("2014-06-01", "2015-06-01"))
    spells = cl.cohort(later, ACTS, follow_up="until_expiry").spells.set_index("case_id")
    assert spells.loc["unseen", "event"] == "expiry"
    np.testing.assert_allclose(spells.loc["unseen", "exit"], months("2010-01-01", "2014-12-31"))
    cut = cl.cohort(CASES, ACTS, follow_up="until_expiry", until="2013-06-30").spells.set_index("case_id")
    assert cut.loc["unseen", "event"] == "censored"
    np.testing.assert_allclose(cut.loc["unseen", "exit"], months("2010-01-01", "2013-06-30"))


def test_an_extension_does_not_depend_on_totals_of_other_cases():
    later = CASES.assign(seen_date=CASES["seen_date"].replace("2014-06-01", "2019-06-01"))
    longer = pd.DataFrame([("unseen", "sentence_extension", "2012", 12, "single")], columns=ACTS.columns)
    for acts in (longer, pd.concat([ACTS, longer])):  # ACTS holds a total
        spells = cl.cohort(later, acts, follow_up="until_expiry").spells.set_index("case_id")
        np.testing.assert_allclose(spells.loc["unseen", "exit"], months("2010-01-01", "2015-12-31"))


def test_a_table_without_acts():
    assert cl.cohort(CASES, ACTS.iloc[:0]).spells["event"].isin(["censored", "expiry", "death"]).all()


def test_until_expiry_does_not_reach_into_the_future():
    """A term that ends after all that the tables show is no expiry."""
    spells = cl.cohort(CASES, ACTS, follow_up="until_expiry").spells.set_index("case_id")
    assert spells.loc["unseen", "event"] == "censored"
    np.testing.assert_allclose(spells.loc["unseen", "exit"], months("2010-01-01", "2014-06-01"))
    empty = CASES[CASES["case_id"] == "unseen"].assign(seen_date=None, status_date=None)
    assert cl.cohort(empty, ACTS.iloc[:0], follow_up="until_expiry").spells["event"].tolist() == ["expiry"]


@pytest.mark.parametrize("status", ["died_in_custody", "executed", "released_early", "parole"])
def test_who_is_known_not_to_have_stayed_does_not_expire(status):
    later = CASES.assign(seen_date=CASES["seen_date"].replace("2014-06-01", "2015-06-01"))
    gone = later.assign(status=CASES["status"].mask(CASES["case_id"] == "unseen", status))
    c = cl.cohort(gone, ACTS, follow_up="until_expiry")
    assert "unseen" not in set(c.spells["case_id"])
    assert c.exclusions.set_index("case_id").loc["unseen", "reason"] == "no documented follow-up after entry"


def test_independent_follow_up_is_not_made_by_the_outcome():
    """Two alike, seen by nobody: the act of one must not be what brings it in."""
    row = CASES[CASES["case_id"] == "unseen"].iloc[0].to_dict()
    cases = pd.DataFrame([row | {"case_id": k, "person_id": k} for k in ("act", "none", "seen", "late", "denied")])
    cases["seen_date"] = [None, None, "2013-01-01", "2011-06-01", None]
    acts = [(k, "sentence_reduction", "2012-01-01") for k in ("act", "seen", "late")]
    acts = pd.DataFrame([*acts, ("denied", "parole_denied", "2012-05-01")], columns=["case_id", "act_type", "act_date"])
    documented = cl.cohort(cases, acts).spells.set_index("case_id")["event"].to_dict()
    assert documented == dict.fromkeys(("act", "seen", "late"), "sentence_reduction") | {"denied": "censored"}
    c = cl.cohort(cases, acts, follow_up="independent")
    expected = {"seen": "sentence_reduction", "late": "censored", "denied": "censored"}
    assert c.spells.set_index("case_id")["event"].to_dict() == expected
    np.testing.assert_allclose(c.spells["exit"].iloc[1], months("2010-01-01", "2011-06-01"))
    assert set(c.exclusions["reason"]) == {"no documented follow-up after entry"}
    assert set(c.exclusions["case_id"]) == {"act", "none"}


def test_recurrent_acts_give_consecutive_spells():
    spells = cl.cohort(CASES, ACTS, recurrent=True, follow_up="until_expiry").spells.query("case_id == 'reduced'")
    assert spells["act_number"].tolist() == [1, 2, 3]
    assert spells["event"].tolist() == ["sentence_reduction", "sentence_reduction", "expiry"]
    assert spells["entry"].tolist()[1:] == spells["exit"].tolist()[:-1]
    # sixty months less two cuts of six
    np.testing.assert_allclose(spells["exit"].iloc[-1], months("2010-01-01", "2013-12-31"))


def test_acts_on_one_day_follow_each_other_half_a_day_apart():
    """On the day of entry, three on one day, and on the day of release: no time is counted twice."""
    days = ["2010-07-01", "2012-01-01", "2012-01-01", "2012-01-01", "2013-06-01"]
    acts = pd.DataFrame([ACTS.iloc[0].to_dict() | {"act_date": d, "months": None} for d in days])
    cases = CASES.iloc[[0]].assign(status="released_early", status_date="2013-06-01")
    spells = cl.cohort(cases, acts, recurrent=True).spells
    assert spells["event"].tolist() == ["sentence_reduction"] * 5 + ["early_release"]
    assert spells["act_number"].tolist() == [1, 2, 3, 4, 5, 6]
    assert spells["entry"].tolist()[1:] == spells["exit"].tolist()[:-1] == spells["previous_act"].tolist()[1:]
    released, later = months("2010-01-01", "2013-06-01"), np.array([0, 0.5, 1]) / DAYS_PER_MONTH
    np.testing.assert_allclose(spells["exit"].iloc[1:4], months("2010-01-01", "2012-01-01") + later)
    np.testing.assert_allclose(spells["exit"].iloc[4:], released + later[:2])


def test_gap_time_starts_at_each_act():
    every = cl.cohort(CASES, ACTS, recurrent=True, follow_up="until_expiry")
    gaps = every.gap_time()
    spells = gaps.spells.query("case_id == 'reduced'")
    np.testing.assert_allclose(spells["entry"], [months("2010-01-01", "2010-07-01"), 0, 0], atol=1e-12)
    np.testing.assert_allclose(spells["exit"], [months(a, b) for a, b in [
        ("2010-01-01", "2012-01-01"), ("2012-01-01", "2013-01-01"), ("2013-01-01", "2013-12-31")
    ]])  # fmt: skip
    assert spells["origin"].dt.strftime("%F").tolist() == ["2010-01-01", "2012-01-01", "2013-01-01"]
    # Of first acts the clock stays as it was, and the calendar is the same for all.
    assert gaps.spells["event"].tolist() == every.spells["event"].tolist()
    quarters = [c.split(calendar="Q").person_time("quarter") for c in (every, gaps)]
    pd.testing.assert_frame_equal(*quarters)
    assert "the act before" in repr(gaps)
    with pytest.raises(cl.UsageError, match="already"):
        gaps.gap_time()
    with pytest.raises(cl.UsageError, match="recurrent=True"):
        cl.cohort(CASES, ACTS).gap_time()


def test_gap_time_and_exposure_come_in_either_order():
    every = cl.cohort(cl.load("cases"), cl.load("acts"), outcome="sentence_reduction", recurrent=True)
    events = cl.load("events").query("partner == 'US'")
    a = every.expose(events, by=None).gap_time().spells
    b = every.gap_time().expose(events, by=None).spells
    assert len(a) > len(every)
    pd.testing.assert_frame_equal(a, b, check_dtype=False)
    # A piece that is left out does not move the others.
    late = every.split(clock=[40])
    kept = late.where(late.spells["interval"] == 40, "early").gap_time().spells
    both = late.gap_time().spells.query("interval == 40").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, both)


def test_columns_are_computed_from_the_spells():
    every = cl.cohort(CASES, ACTS, recurrent=True).assign(order=lambda s: s["act_number"].clip(upper=2))
    assert every.spells["order"].max() == 2
    with pytest.raises(cl.UsageError, match="cannot be replaced"):
        every.assign(exit=1)


def test_partial_dates_keep_the_order_of_a_case():
    cases = CASES.iloc[[0]].assign(detention_date="2010", sentence_date="2010-03")
    for rule in ("earliest", "midpoint", "latest"):
        spells = cl.cohort(cases, ACTS.iloc[:2], dates=rule).spells
        assert (spells["entry"] >= 0).all()
        assert (spells["exit"] > spells["entry"]).all()


def test_an_act_on_the_day_of_entry_counts_half_a_day_later():
    acts = ACTS.iloc[[0]].assign(act_date="2010-07-01")
    spells = cl.cohort(CASES.iloc[[0]], acts).spells
    np.testing.assert_allclose((spells["exit"] - spells["entry"]) * DAYS_PER_MONTH, 0.5, atol=1e-9)


def test_medical_parole_is_no_release():
    acts = ACTS.iloc[[0]].assign(act_type="medical_parole")
    assert cl.cohort(CASES.iloc[[0]], acts).spells["event"].tolist() == ["censored"]
    one = cl.cohort(CASES.iloc[[0]], acts, competing=("medical_parole", "expiry")).spells
    assert one["event"].tolist() == ["medical_parole"]


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("outcome", "mercy", "not one of"),
        ("outcome", [], "at least one"),
        ("competing", "escape", "not one of"),
        ("clock", "age", "not one of"),
        ("follow_up", "forever", "not one of"),
        ("dates", "guess", "not one of"),
        ("until", "2017-02-30", "not a day"),
        ("sentence_types", "short", "not one of"),
    ],
)
def test_arguments_without_meaning_are_refused(argument, value, message):
    with pytest.raises(cl.UsageError, match=message):
        cl.cohort(CASES, ACTS, **{argument: value})


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(cl.DataError, match="no such case"):
        cl.cohort(CASES, ACTS.assign(case_id="nobody"))
    with pytest.raises(cl.DataError, match="occurs twice"):
        cl.cohort(pd.concat([CASES, CASES]), ACTS)
    with pytest.raises(cl.UsageError, match="no column status"):
        cl.cohort(CASES.drop(columns=["status"]), ACTS)
    with pytest.raises(cl.UsageError, match="no cases"):
        cl.cohort(CASES.iloc[:0], ACTS.iloc[:0])


@pytest.fixture(scope="module")
def shipped():
    return cl.cohort(
        cl.load("cases"), cl.load("acts"), outcome=["sentence_reduction", "medical_parole"], follow_up="until_expiry"
    )


def test_every_case_is_in_the_spells_or_excluded_with_a_reason(shipped):
    assert set(shipped.spells["case_id"]).isdisjoint(shipped.exclusions["case_id"])
    assert shipped.spells["case_id"].nunique() + len(shipped.exclusions) == shipped.n_cases == len(cl.load("cases"))
    assert shipped.exclusions["reason"].ne("").all()


def test_liu_xiaobo_is_in_with_his_medical_parole(shipped):
    row = shipped.spells.query("case_id == 'liu-xiaobo-2009'").iloc[0]
    assert row["event"] == "medical_parole"
    np.testing.assert_allclose(row["exit"] - row["entry"], months("2009-12-25", "2017-06-16"))


@pytest.mark.parametrize("cut", [{"calendar": "Q"}, {"calendar": "Y"}, {"calendar": "M"}, {"clock": [6, 12, 60]}])
def test_splits_keep_person_time_and_events(shipped, cut):
    split = shipped.split(**cut)
    assert (split.spells["exit"] > split.spells["entry"]).all()
    pd.testing.assert_frame_equal(
        split.person_time("case_id").drop(columns="n_cases"), shipped.person_time("case_id").drop(columns="n_cases")
    )


def test_quarters_are_those_of_the_calendar(shipped):
    spells = shipped.split(calendar="Q").spells
    days = pd.to_datetime(spells["origin"]) + pd.to_timedelta(spells["exit"] * DAYS_PER_MONTH - 1e-3, unit="D").dt.ceil(
        "D"
    )
    assert (pd.PeriodIndex(days, freq="Q").astype(str) == spells["quarter"]).all()


def test_exposure_never_precedes_its_event_and_ends_with_its_window(shipped):
    events = cl.load("events").query("partner == 'US'")
    exposed = shipped.expose(events, window="90D", by=None, name="us")
    assert abs(exposed.describe()["person_months"][0] - shipped.describe()["person_months"][0]) < 1e-6
    s = exposed.spells
    zero = pd.to_datetime(s["origin"]).to_numpy().astype("datetime64[D]").astype(float)
    start, stop = zero + s["entry"] * DAYS_PER_MONTH, zero + s["exit"] * DAYS_PER_MONTH
    day = np.sort(events["date_latest"].dropna().to_numpy().astype("datetime64[D]").astype(float))
    last = np.searchsorted(day, start + 1e-6, side="right") - 1
    since = np.where(last >= 0, start - day[np.maximum(last, 0)], np.inf)
    assert (since[s["us"] == 1] >= -1e-6).all()
    assert (since[s["us"] == 1] < 90).all()
    assert (since[s["us"] == 0] >= 90 - 1e-6).all()
    following = np.r_[day, np.inf][np.searchsorted(day, start + 1e-6, side="right")]
    assert (stop[s["us"] == 0] <= following[s["us"] == 0] + 1e-6).all()


def test_an_act_on_the_day_of_an_event_is_not_exposed_to_it():
    events = pd.DataFrame({"date": ["2012-01-01"], "event_type": ["summit"]})
    c = cl.cohort(CASES.iloc[[0]], ACTS.iloc[:2]).expose(events)
    assert c.spells["exposed_summit"].tolist() == [0]
    earlier = cl.cohort(CASES.iloc[[0]], ACTS.iloc[:2]).expose(events.assign(date="2011-12-31"))
    assert earlier.spells["exposed_summit"].tolist() == [0, 1]
    vague = cl.cohort(CASES.iloc[[0]], ACTS.iloc[:2]).expose(events.assign(date="2011"))
    assert vague.spells["exposed_summit"].tolist() == [0, 1]
    np.testing.assert_allclose(vague.spells["exit"].iloc[0], months("2010-01-01", "2011-12-31"))


def test_exposure_by_type_and_bad_arguments(shipped):
    events = cl.load("events").query("partner == 'US'")
    exposed = shipped.expose(events, by="event_type")
    assert {"exposed_summit", "exposed_human_rights_dialogue"} <= set(exposed.spells.columns)
    for wrong in ({"window": "soon"}, {"window": "-3D"}, {"by": "nothing"}, {"by": None, "name": "sex"}):
        with pytest.raises(cl.UsageError):
            shipped.expose(events, **wrong)


def test_the_panel_adds_up(shipped):
    panel = shipped.panel("Q")
    assert not panel.duplicated(["case_id", "quarter"]).any()
    assert abs(panel["months"].sum() - shipped.describe()["person_months"][0]) < 1e-6
    assert panel["sentence_reduction"].sum() == (shipped.spells["event"] == "sentence_reduction").sum()


def test_order_of_rows_does_not_matter(shipped):
    cases, acts = cl.load("cases"), cl.load("acts")
    shuffled = cl.cohort(
        cases.sample(frac=1, random_state=1), acts.sample(frac=1, random_state=2),
        outcome=["sentence_reduction", "medical_parole"], follow_up="until_expiry",
    )  # fmt: skip
    a, b = (c.spells.sort_values(["case_id", "entry"]).reset_index(drop=True) for c in (shipped, shuffled))
    pd.testing.assert_frame_equal(a, b)


def test_columns_join_and_rows_leave_with_a_reason(shipped):
    women = shipped.where(shipped.spells["sex"] == "F", "not known to be a woman")
    assert set(women.spells["sex"]) == {"F"}
    assert women.spells["case_id"].nunique() + len(women.exclusions) == women.n_cases
    joined = shipped.with_covariates(pd.DataFrame({"case_id": ["liu-xiaobo-2009"], "laureate": [1]}))
    assert joined.spells["laureate"].sum() == 1
    with pytest.raises(cl.UsageError, match="already"):
        shipped.with_covariates(pd.DataFrame({"case_id": ["x"], "sex": ["F"]}))
    assert "<table" in shipped._repr_html_()
    assert "excluded" in repr(shipped)


DAY = st.integers(0, 4000)


@given(
    st.lists(st.tuples(DAY, st.integers(0, 900), st.integers(1, 3000), st.booleans()), min_size=1, max_size=12),
    st.lists(DAY, min_size=1, max_size=8),
    st.integers(1, 400),
)
def test_made_up_histories_keep_their_time_and_order(rows, event_days, window):
    zero = pd.Timestamp("2000-01-01")
    day = lambda n: str((zero + pd.Timedelta(days=int(n))).date())  # noqa: E731
    cases = pd.DataFrame(
        {
            "case_id": [f"c{i}" for i in range(len(rows))],
            "detention_date": [day(a) for a, *_ in rows],
            "sentence_date": [day(a + b) for a, b, *_ in rows],
            "sentence_type": "fixed",
            "sentence_months": 600.0,
            "status": "serving",
            "status_date": None,
            "seen_date": [day(a + b + c) for a, b, c, _ in rows],
        }
    )
    acts = pd.DataFrame(
        [(f"c{i}", "sentence_reduction", day(a + b + c // 2)) for i, (a, b, c, act) in enumerate(rows) if act],
        columns=["case_id", "act_type", "act_date"],
    )
    c = cl.cohort(cases, acts)
    assert c.spells["event"].eq("sentence_reduction").sum() == len(acts)
    events = pd.DataFrame({"date": [day(n) for n in event_days]})
    fine = c.split(calendar="M").expose(events, window=f"{window}D", by=None).split(clock=[1, 7, 50])
    whole, cut = c.person_time("case_id"), fine.person_time("case_id")
    np.testing.assert_allclose(whole["person_months"], cut["person_months"], rtol=1e-9)
    assert whole["sentence_reduction"].tolist() == cut["sentence_reduction"].tolist()
    assert fine.spells.groupby("case_id")["entry"].is_monotonic_increasing.all()


@given(st.lists(st.lists(st.integers(0, 40), max_size=6), min_size=1, max_size=8))
def test_made_up_recurrent_acts_keep_the_time_of_their_case(days):
    """However acts fall, on one day, at entry or at the end, spells of a case neither overlap nor leave a gap."""
    zero = pd.Timestamp("2000-01-01")
    cases = pd.DataFrame(
        {
            "case_id": [f"c{i}" for i in range(len(days))],
            "detention_date": "2000-01-01",
            "sentence_date": "2000-01-01",
            "sentence_type": "fixed",
            "sentence_months": 600.0,
            "status": "serving",
            "status_date": None,
            "seen_date": str((zero + pd.Timedelta(days=40)).date()),
        }
    )
    acts = pd.DataFrame(
        [
            (f"c{i}", "sentence_reduction", str((zero + pd.Timedelta(days=d)).date()))
            for i, one in enumerate(days)
            for d in one
        ],
        columns=["case_id", "act_type", "act_date"],
    )
    spells = cl.cohort(cases, acts, recurrent=True).spells
    assert spells["event"].eq("sentence_reduction").sum() == len(acts)
    assert (spells["exit"] > spells["entry"]).all()
    assert spells["case_id"].nunique() == len(days)
    for _, s in spells.groupby("case_id"):
        assert s["entry"].tolist() == [0.0, *s["exit"].tolist()[:-1]]
        assert s["act_number"].tolist() == list(range(1, len(s) + 1))
        last = s["exit"].iloc[-1] * DAYS_PER_MONTH
        assert 40 - 1e-9 <= last <= 40 + 0.5 * len(s)


def test_events_that_cannot_be_placed_are_refused(shipped):
    """A cohort has no place to say that an event was left out, and time after it would count as unexposed."""
    events = pd.DataFrame({"date": ["2001-05-01", None, "2003/.."], "event_type": ["summit", "summit", "summit"]})
    with pytest.raises(cl.records.errors.DataError, match=r"row 1(.|\n)*row 2.*no last day"):
        shipped.expose(events)
    with pytest.raises(cl.records.errors.UsageError, match="no event_type"):
        shipped.expose(events[:1].assign(event_type=[None]))
