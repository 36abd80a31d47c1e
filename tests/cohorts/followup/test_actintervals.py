"""The first act of each case as an interval, from dates that are days, parts of dates, or none."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl

DAY = np.timedelta64(1, "D")
SENTENCE = pd.Timestamp("2011-01-01")
ROWS = {
    # case: status, status_date, acts as (date, scope)
    "exact": ("serving", None, [("2012-01-01", "single")]),
    "month": ("serving", None, [("2012-03", "single")]),
    "none": ("serving", None, []),
    "undated": ("released", "2014-01-01", [(None, "single")]),
    "total": ("released", "2014-01-01", [(None, "total"), ("2013-05-01", "single")]),
    "open": ("released", "2014-01-01", [("2012-06-01/..", "single")]),
    "inside": ("serving", None, [(None, "single")]),
    "two": ("serving", None, [("2012-01/2013-12", "single"), ("2012-06/2013-03", "single")]),
    "late": ("serving", None, [("2017-01-01", "single")]),
    "astride": ("serving", None, [("2015", "single")]),
}
CASES = pd.DataFrame(
    {
        "case_id": list(ROWS),
        "person_id": list(ROWS),
        "detention_date": "2010-01-01",
        "sentence_date": "2011-01-01",
        "sentence_type": "fixed",
        "sentence_months": 120.0,
        "status": [r[0] for r in ROWS.values()],
        "status_date": [r[1] for r in ROWS.values()],
        "seen_date": "2015-06-30",
        "known_from": "2010-06",
        "frame": "register",
        "region": "North",
    }
)
ACTS = pd.DataFrame(
    [
        {"case_id": name, "act_type": "sentence_reduction", "act_date": date, "scope": scope}
        for name, r in ROWS.items()
        for date, scope in r[2]
    ]
)


def made(cases=CASES, **rules):
    return cl.cohort(cases, ACTS, clock="sentence", **{"follow_up": "register", **rules})


def days(frame):
    """Bounds as days."""
    return {
        r.case_id: tuple(
            None if np.isnan(v) else str((SENTENCE + pd.Timedelta(days=round(v * 30.4375, 1))).date())
            for v in (r.lower, r.upper)
        )
        for r in frame.itertuples()
    }


def test_every_kind_of_date_by_hand():
    found = made().intervals()
    usable = found[found["reason"] == ""]
    assert days(usable) == {
        "exact": ("2012-01-01", "2012-01-01"),
        "month": ("2012-02-29", "2012-03-31"),
        "none": ("2015-06-30", None),
        "undated": ("2011-01-01", "2014-01-01"),
        # Any of the acts in the total can be the first, at the latest the one that has a date.
        "total": ("2011-01-01", "2013-05-01"),
        "open": ("2012-05-31", "2014-01-01"),
        # The first of two: after the earlier of their first days, by the earlier of their last ones.
        "two": ("2011-12-31", "2013-03-31"),
        "late": ("2015-06-30", None),
        "astride": ("2014-12-31", "2015-12-31"),
    }
    assert found.set_index("case_id")["reason"]["inside"] == (
        "the first act has no date and can be of after the end of follow-up"
    )
    assert (found["entry"] == 0).all()
    assert found["region"].eq("North").all()


def test_spells_still_have_no_day_for_an_act_without_one():
    out = made().exclusions.set_index("case_id")["reason"]
    assert set(out.index) == {"undated", "total", "open", "inside"}
    assert set(out) == {"an act among the outcomes has no date of its own"}


def test_an_act_that_can_be_prevalent_is_no_event():
    cases = CASES.assign(known_from="2012-01-15")
    found = made(cases, entry="documented").intervals().set_index("case_id")
    assert found["reason"][["undated", "total", "two"]].unique().tolist() == ["the first act can be of before entry"]
    # The first on 1 January 2012 came before; the others certainly came after.
    assert "exact" not in found.index
    assert (found["reason"][["month", "none", "open", "astride"]] == "").all()
    assert found["entry"].unique() == pytest.approx([379 / 30.4375])


def test_cases_that_were_taken_out_stay_out():
    cohort = made().where(lambda s: s["case_id"] != "month", "not this one")
    assert set(made().intervals()["case_id"]) - set(cohort.intervals()["case_id"]) == {"month"}
    assert "undated" in set(cohort.intervals()["case_id"])


def test_a_condition_holds_for_cases_without_spells_too():
    cases = CASES.assign(
        region=["Southwest" if name in ("exact", "undated", "two") else "North" for name in CASES["case_id"]]
    )
    cohort = made(cases)
    south = cohort.where(lambda s: s["region"] == "Southwest", "North")
    assert set(south.intervals()["case_id"]) == {"exact", "undated", "two"}
    assert set(south.where(lambda s: s["case_id"] != "undated", "not this one").intervals()["case_id"]) == {
        "exact",
        "two",
    }
    # What holds of all spells leaves nothing out.
    assert len(cohort.where(lambda s: s["exit"] > 0, "none").intervals()) == len(CASES)
    unclear = [
        lambda c: c.where(lambda s: s["exit"] > 30, "short"),  # a case without a spell has no exit
        lambda c: c.where(c.spells["region"] == "Southwest", "North"),  # values, of cases with spells alone
        lambda c: c.where(lambda s: s["case_id"].str.len() > s["case_id"].str.len().median(), "short"),
        lambda c: c.split(clock=[20]).where(lambda s: s["entry"] < 20, "later"),  # a part of most
    ]
    for narrow in unclear:
        with pytest.raises(cl.UsageError, match="take intervals\\(\\) before, and choose among its rows"):
            narrow(cohort).intervals()
    dated = cases[~cases["case_id"].isin(["undated", "total", "open", "inside"])]
    acts = ACTS[ACTS["case_id"].isin(dated["case_id"])]
    whole = cl.cohort(dated, acts, clock="sentence", follow_up="register")
    assert set(whole.where(whole.spells["region"] == "Southwest", "North").intervals()["case_id"]) == {"exact", "two"}


def test_intervals_need_first_acts():
    with pytest.raises(cl.UsageError, match="recurrent=False"):
        made(recurrent=True).intervals()


def test_ends_are_intervals_of_their_own_kind_by_hand():
    cases = CASES.assign(
        status=["released_early", "died_in_custody", "serving", *CASES["status"][3:]],
        status_date=["2014-05-05", "2014-02", None, *CASES["status_date"][3:]],
    )
    # "exact" and "month" have an act first; without it their end is what is known.
    found = cl.cohort(cases, ACTS[:0], clock="sentence", follow_up="register").intervals(ends=True)
    assert list(found.columns[:6]) == ["case_id", "person_id", "entry", "lower", "upper", "event"]
    assert list(found["event"].cat.categories) == [
        *("censored", "sentence_reduction", "early_release", "expiry", "death"),
    ]
    ends, kind = days(found), found.set_index("case_id")["event"].astype(str)
    assert (kind["exact"], ends["exact"]) == ("early_release", ("2014-05-05", "2014-05-05"))
    assert (kind["month"], ends["month"]) == ("death", ("2014-01-31", "2014-02-28"))
    assert (kind["none"], ends["none"]) == ("censored", ("2015-06-30", None))
    with_acts = cl.cohort(cases, ACTS, clock="sentence", follow_up="register")
    both = with_acts.intervals(ends=True).set_index("case_id")["event"].astype(str)
    assert both["exact"] == both["month"] == "sentence_reduction"
    plain = with_acts.intervals().set_index("case_id")
    assert "event" not in plain
    assert plain.loc["none", "upper"] != plain.loc["none", "upper"]


def test_an_act_without_a_date_is_as_late_as_the_end_of_its_case_can_be():
    cases = CASES.assign(status_date=CASES["status_date"].where(CASES["case_id"] != "undated", "2014"))
    found = days(made(cases).intervals())
    assert found["undated"] == ("2011-01-01", "2014-12-31")
    assert found["open"] == ("2012-05-31", "2014-01-01")


def test_a_first_act_of_several_kinds_is_named():
    more = pd.DataFrame(
        [
            {"case_id": "undated", "act_type": "medical_parole", "act_date": "2013-05-01", "scope": "single"},
            {"case_id": "exact", "act_type": "medical_parole", "act_date": "2012-01-01", "scope": "single"},
            {"case_id": "month", "act_type": "medical_parole", "act_date": "2012-05-01", "scope": "single"},
        ]
    )
    acts = pd.concat([ACTS, more], ignore_index=True)
    cohort = cl.cohort(
        CASES, acts, outcome=["sentence_reduction", "medical_parole"], clock="sentence", follow_up="register"
    )
    found = cohort.intervals(ends=True).set_index("case_id")
    # The reduction without a date can be of before or after the parole.
    assert found["reason"]["undated"] == "the first act can be of several kinds"
    assert cohort.intervals().set_index("case_id")["reason"]["undated"] == ""
    # Of one day, the first by name, as in the spells; March comes before May.
    assert found["event"][["exact", "month"]].tolist() == ["medical_parole", "sentence_reduction"]
    spells = cohort.spells.set_index("case_id")["event"]
    assert spells[["exact", "month"]].tolist() == ["medical_parole", "sentence_reduction"]


def test_ends_that_another_day_would_make_another_kind_are_told():
    # Released in 2020: before December 2020, when the term ends, an early release, and after it an expiry.
    cases = CASES.assign(sentence_months=131.0, seen_date="2020-12-31")
    cases = cases.assign(status_date=cases["status_date"].mask(cases["case_id"] == "none", "2020"))
    cases = cases.assign(status=cases["status"].mask(cases["case_id"] == "none", "released"))
    cohort = made(cases)
    row = cohort.intervals(ends=True).set_index("case_id").loc["none"]
    spell = cohort.spells.set_index("case_id").loc["none"]
    assert row["event"] == spell["event"] == "early_release"
    assert row["lower"] == row["upper"] == spell["exit"]
    said = cl.incidence(cohort, lower="lower", upper="upper", limits=None).warnings["message"]
    assert said.str.contains("1 end has a partial date within which the kind changes: taken as exact").any()
    assert (
        not cl.incidence(made(), lower="lower", upper="upper", limits=None)
        .warnings["message"]
        .str.contains("kind")
        .any()
    )


def test_several_cases_of_a_person_are_told():
    same = made(CASES.assign(person_id="one"))
    said = cl.incidence(same, lower="lower", upper="upper", limits=None).warnings["message"]
    assert said.str.contains("1 person has several cases: limits take them as independent").any()


def test_incidence_takes_a_cohort_and_names_what_it_cannot_use():
    cohort = made()
    found = cl.incidence(cohort, lower="lower", upper="upper", limits=None)
    assert found.exclusions[["reason", "n", "first_rows"]].to_numpy().tolist() == [
        ["the first act has no date and can be of after the end of follow-up", 1, "inside"]
    ]
    assert found.outcomes == ("sentence_reduction", "early_release", "expiry", "death")
    by_name = cohort.intervals(ends=True).query("reason == ''")
    same = cl.incidence(by_name, lower="lower", upper="upper", entry="entry", event="event", limits=None)
    pd.testing.assert_frame_equal(found.tidy(), same.tidy())
    with pytest.raises(cl.UsageError, match="days drawn within the intervals"):
        cl.incidence(made(dates="impute", m=2, seed=1), lower="lower", upper="upper")


@pytest.mark.parametrize("rules", [{"clock": "sentence"}, {"clock": "custody"}, {"entry": "documented"}])
def test_where_every_day_is_known_intervals_say_what_the_spells_say(rules):
    rng = np.random.default_rng(8)
    n = 150
    detained = np.datetime64("2000-01-01") + rng.integers(0, 900, n) * DAY
    sentence = detained + rng.integers(100, 500, n) * DAY
    left = rng.choice(["serving", "released_early", "died_in_custody"], n, p=[0.5, 0.35, 0.15])
    cases = pd.DataFrame(
        {
            "case_id": np.arange(n).astype(str),
            "person_id": np.arange(n).astype(str),
            "detention_date": detained.astype(str),
            "sentence_date": sentence.astype(str),
            "sentence_type": "fixed",
            "sentence_months": rng.integers(60, 200, n).astype(float),
            "status": left,
            "status_date": np.where(left == "serving", None, (sentence + rng.integers(50, 1500, n) * DAY).astype(str)),
            "seen_date": "2009-01-01",
            "known_from": (sentence + rng.integers(-50, 400, n) * DAY).astype(str),
            "frame": "register",
        }
    )
    rows = rng.choice(n, 70, replace=False)
    days_ = (sentence[rows] + rng.integers(20, 1800, 70) * DAY).astype(str)
    kinds = rng.choice(["sentence_reduction", "medical_parole"], 70)
    acts = pd.DataFrame({"case_id": rows.astype(str), "act_type": kinds, "act_date": days_})
    outcomes = ["sentence_reduction", "medical_parole"]
    cohort = cl.cohort(cases, acts, outcome=outcomes, follow_up="register", **rules)
    spells = cl.incidence(cohort)
    intervals = cl.incidence(cohort, lower="lower", upper="upper", limits=None)
    assert intervals.glance()["n"].item() == cohort.describe()["n_cases"].item()
    assert spells.glance()["events"].item() == intervals.glance()["events"].item() > 80
    expected, found = spells.at([12, 24, 36, 48, 60]), intervals.at([12, 24, 36, 48, 60])
    both = expected.merge(found, on=["time", "outcome"], suffixes=("_spells", ""))
    both = both[both["estimate_spells"].notna()]
    assert len(both) >= 20
    np.testing.assert_allclose(both["estimate"], both["estimate_spells"], rtol=1e-9, atol=1e-12)


def test_models_take_them_and_exact_days_give_the_hazard_by_hand():
    """Three exact acts and one case without: with one band the hazard is events over time at risk."""
    cases = CASES[CASES["case_id"].isin(["exact", "none", "late"])]
    acts = ACTS[ACTS["case_id"] == "exact"]
    intervals = cl.cohort(cases, acts, clock="sentence", follow_up="register").intervals()
    held = intervals["upper"].fillna(intervals["lower"]).sum() - intervals["entry"].sum()
    assert held == pytest.approx((365 + 1641 + 1641) / 30.4375)
    curve = cl.survival(intervals, lower="lower", upper="upper", time_unit="months")
    # One of three has had the act by its day, and nobody else.
    assert curve.at([24.0])["estimate"].iloc[0] == pytest.approx(2 / 3, abs=1e-6)


def test_intervals_recover_the_ratio_that_exclusion_of_undated_acts_changes():
    """Two groups, a ratio of 2, and half of the acts without a date: all of it is in the intervals."""
    rng = np.random.default_rng(5)
    n = 3000
    group = rng.integers(0, 2, n)
    act = rng.exponential(60 / np.where(group == 1, 2.0, 1.0), n) * 30.4375
    end = rng.uniform(300, 2500, n).round()
    had, vague = act < end, rng.random(n) < 0.5
    sentence = np.datetime64("2000-01-01")
    cases = pd.DataFrame(
        {
            "case_id": np.arange(n).astype(str),
            "person_id": np.arange(n).astype(str),
            "detention_date": "2000-01-01",
            "sentence_date": "2000-01-01",
            "sentence_type": "fixed",
            "sentence_months": 240.0,
            "status": "released",
            "status_date": (sentence + end.astype(int) * DAY).astype(str),
            "frame": "register",
            "sex": np.where(group == 1, "F", "M"),
        }
    )
    dates = np.where(vague, None, (sentence + np.ceil(act).astype(int) * DAY).astype(str))
    acts = pd.DataFrame({"case_id": cases["case_id"], "act_type": "sentence_reduction", "act_date": dates})[had]
    cohort = cl.cohort(cases, acts, clock="sentence", follow_up="register", until="2010")
    found = cohort.intervals()
    assert len(found) == n
    fit = cl.interval_hazard(found, "sex", lower="lower", upper="upper", entry="entry").tidy().iloc[0]
    # M over F is one half; the error is that of some 1,100 acts, of which half are intervals.
    assert abs(fit["estimate"] - np.log(0.5)) < 2 * fit["std_error"] < 0.2
    left = cl.cox(cohort, "sex", outcome="sentence_reduction").tidy().iloc[0]
    dated = had.sum() - (had & vague).sum()
    assert cohort.describe()["sentence_reduction"][0] == dated
    assert fit["std_error"] < left["std_error"]
