"""A register's cases are followed to the day of its export or to their end, acts or none."""

import pandas as pd
import pytest

import clemency as cl

# All are sentenced on 1 January 2011 after a year of custody; ten years of it end on 31 December 2019, two on
# 31 December 2011.
ROWS = {
    # case: frame, months, status, status_date, seen_date
    "inside": ("register", 120.0, "serving", None, "2015-12-31"),
    "cut": ("register", 120.0, "serving", None, "2012-05-01"),
    "out": ("register", 120.0, "released", "2014-01-01", None),
    "over": ("register", 24.0, "released", None, None),
    "gone": ("register", 120.0, "released", None, None),
    "dead": ("register", 120.0, "died_in_custody", None, None),
    "life": ("register", None, "unknown", None, None),
    "by_act": ("act", 120.0, "serving", None, "2015-12-31"),
    "other": ("compiled", 120.0, "serving", None, "2015-12-31"),
    "unsaid": (None, 120.0, "serving", None, "2015-12-31"),
}
CASES = pd.DataFrame(
    [
        {
            "case_id": name,
            "person_id": name,
            "detention_date": "2010-01-01",
            "sentence_date": "2011-01-01",
            "sentence_type": "life" if name == "life" else "fixed",
            "sentence_months": months,
            "status": status,
            "status_date": status_date,
            "seen_date": seen,
            "known_from": "2013-01-01" if name == "over" else "2010-06",
            "frame": frame,
        }
        for name, (frame, months, status, status_date, seen) in ROWS.items()
    ]
)
ACTS = pd.DataFrame(
    {"case_id": ["cut", "by_act"], "act_type": ["sentence_reduction"] * 2, "act_date": ["2013-01-01"] * 2}
)
DAY = pd.Timestamp("2011-01-01")
KINDS = {"sentence_types": ("fixed", "life"), "clock": "sentence"}


def made(cases=CASES, acts=ACTS, **rules):
    return cl.cohort(cases, acts, **{"follow_up": "register", **KINDS, **rules})


def ends(cohort):
    """Kind and day of the end of each case."""
    s = cohort.spells
    day = s["origin"] + pd.to_timedelta((s["exit"] * 30.4375).round(1), unit="D")
    return dict(zip(s["case_id"], zip(s["event"].astype(str), day.dt.strftime("%Y-%m-%d"), strict=True), strict=True))


def test_every_kind_of_end_by_hand():
    found = ends(made())
    assert found == {
        # The register goes to the last day on which it saw anybody, whatever it says of the case itself.
        "inside": ("censored", "2015-12-31"),
        "cut": ("sentence_reduction", "2013-01-01"),
        "out": ("early_release", "2014-01-01"),
        # Released on a day not known, and the term is over: to its end.
        "over": ("expiry", "2011-12-31"),
        # Released or dead on a day between the sentence and the register's last: 1825 days, the middle at 912.
        "gone": ("early_release", "2013-07-01"),
        "dead": ("death", "2013-07-01"),
        "life": ("censored", "2015-12-31"),
    }
    assert made().exclusions.set_index("case_id")["reason"].to_dict() == {
        "by_act": "frame act",
        "other": "frame compiled",
        "unsaid": "frame not known",
    }


def test_an_act_keeps_nobody_under_observation():
    """The same case without its act is followed as long: to 31 December 2015, or to the day that is asked for."""
    assert ends(made(acts=ACTS[1:]))["cut"] == ("censored", "2015-12-31")
    late = ACTS.assign(act_date=["2018-01-01", "2013-01-01"])
    assert ends(made(acts=late))["cut"] == ("censored", "2015-12-31")
    assert ends(made(until="2012-06-30"))["cut"] == ("censored", "2012-06-30")
    assert ends(made(CASES.assign(seen_date=None), until="2014"))["cut"] == ("sentence_reduction", "2013-01-01")


def test_the_last_day_is_on_the_rules_and_never_after_what_was_seen():
    assert made().rules.until == made(until="2030").rules.until == "2015-12-31"
    assert made(until="2012").rules.until == "2012-12-31"
    # An act, and a sighting of another frame, say nothing of the register.
    only_others = CASES.assign(seen_date=CASES["seen_date"].where(CASES["frame"] != "register", None))
    with pytest.raises(cl.UsageError, match="no case of it has a seen_date: give until="):
        made(only_others)


def test_a_case_of_an_earlier_term_is_over_before_it_is_documented():
    found = made(entry="documented").exclusions.set_index("case_id")["reason"].to_dict()
    assert found["over"] == "its term or its time inside was over before entry"


def test_a_cut_does_not_end_a_term_before_it_was_decided():
    """Six months are cut from a term until 31 December 2011, on 1 October."""
    short = CASES[CASES["case_id"].isin(["over", "inside"])]
    act = pd.DataFrame({"case_id": ["over"], "act_type": ["sentence_reduction"], "act_date": ["2011-10-01"]})
    assert ends(made(short, act.assign(months=6.0)))["over"] == ("sentence_reduction", "2011-10-01")
    after = made(short, act.assign(months=6.0), outcome="medical_parole")
    assert ends(after)["over"] == ("expiry", "2011-10-01")
    beyond = act.assign(months=6.0, act_date="2012-03-01")
    assert ends(made(short, beyond))["over"] == ("expiry", "2011-06-30")


def test_a_fixed_term_without_length_end_or_sighting_is_left_out():
    cases = CASES[CASES["frame"] == "register"].assign(sentence_months=None)
    cases["sentence_months"] = cases["sentence_months"].astype(float)
    out = made(cases.assign(status="unknown", status_date=None), ACTS[:1]).exclusions.set_index("case_id")["reason"]
    # Seen on 1 May 2012, before the act; and the life sentence needs no length.
    assert set(out.index) == {"out", "over", "gone", "dead"}
    assert set(out) == {"neither its end nor that of its term is known"}


def test_undated_ends_are_drawn_after_the_acts_and_inside_their_interval():
    acts = pd.DataFrame({"case_id": ["dead"], "act_type": ["sentence_reduction"], "act_date": ["2015-06-30"]})
    drawn = made(acts=acts, dates="impute", m=20, seed=1, outcome="medical_parole")
    days = {name: [ends(c)[name][1] for c in drawn.cohorts] for name in ("dead", "gone")}
    assert len(set(days["gone"])) > 10
    assert all("2011-01-01" <= d <= "2015-12-31" for d in days["gone"])
    assert all("2015-06-30" <= d <= "2015-12-31" for d in days["dead"])


def test_an_undated_medical_parole_that_competes_is_an_interval():
    cases = CASES.assign(status=CASES["status"].mask(CASES["case_id"] == "inside", "medical_parole"))
    cases["seen_date"] = cases["seen_date"].mask(cases["case_id"] == "inside", None)
    found = ends(made(cases, until="2015-12-31", competing=("medical_parole",)))
    # The register's last sighting is now that of 1 May 2012: 486 days after the sentence, the middle at 243.
    assert found["inside"] == ("medical_parole", "2011-09-01")


def test_frames_are_chosen_and_named():
    kept = {
        name: set(cl.cohort(CASES, ACTS, frame=name, **KINDS).spells["frame"].dropna())
        for name in ("register", "act", "compiled")
    }
    assert kept == {name: {name} for name in kept}
    both = cl.cohort(CASES, ACTS, frame=["act", "compiled"], **KINDS)
    assert set(both.spells["frame"]) == {"act", "compiled"}
    assert both.rules.frame == ("act", "compiled")
    everybody = cl.cohort(CASES, ACTS, **KINDS)
    assert "unsaid" in set(everybody.spells["case_id"])


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"frame": "registry"}, "frame='registry' is not one of: .*register"),
        ({"frame": []}, "name at least one"),
        ({"frame": "act", "follow_up": "register"}, "follow_up='register' follows cases of the register only"),
    ],
)
def test_arguments_that_cannot_be_honoured(rules, said):
    with pytest.raises(cl.UsageError, match=said):
        cl.cohort(CASES, ACTS, **rules)


@pytest.mark.parametrize("rules", [{"frame": "act"}, {"follow_up": "register"}])
def test_tables_without_the_column_are_refused_with_the_remedy(rules):
    with pytest.raises(cl.UsageError, match=r"no column frame, which .* needs. Add it: 'register' for a case"):
        cl.cohort(CASES.drop(columns="frame"), ACTS, **rules)


def test_what_entered_what_came_before_and_what_was_lost_by_frame():
    cases = CASES.assign(known_from="2012-01-01")
    acts = pd.DataFrame(
        {
            "case_id": ["inside", "cut", "by_act"],
            "act_type": ["sentence_reduction"] * 3,
            "act_date": ["2011-06-01", "2013-01-01", "2013-01-01"],
        }
    )
    cohort = cl.cohort(cases, acts, entry="documented", until="2016-06-30", **KINDS)
    told = cohort.describe(by="frame").set_index("frame")
    # Of the register: "inside" had its act before, "cut" has one, "out" an end; nothing shows the others.
    assert told.loc["register", ["n_given", "n_entered", "n_acts_before", "n_lost"]].tolist() == [7, 2, 1, 0]
    assert told.loc["act", ["n_given", "n_entered", "n_acts_before", "n_lost"]].tolist() == [1, 1, 0, 0]
    # Seen until the end of 2015, half a year before the end of observation.
    assert told.loc["compiled", ["n_given", "n_entered", "n_acts_before", "n_lost"]].tolist() == [1, 1, 0, 1]
    assert told.loc["not known", "n_lost"] == 1
    assert told.loc["all", ["n_given", "n_entered", "n_acts_before", "n_lost"]].tolist() == [10, 5, 1, 2]
    assert told.loc["all", "sentence_reduction"] == 2
    whole = cohort.describe().iloc[0]
    assert told.loc["all", "person_months"] == pytest.approx(whole["person_months"])
    cut = cohort.split(calendar="M").describe(by="frame")
    pd.testing.assert_frame_equal(cut, cohort.describe(by="frame"))
    with pytest.raises(cl.UsageError, match="person_time"):
        cohort.describe(by="sex")


def test_an_act_that_can_be_of_before_the_document_is_not_moved_behind_it():
    """Between 2011 and 2013, in the middle 2 July 2012; the document has the case from 2013 on."""
    cases = CASES.assign(known_from="2012-12-31")
    acts = ACTS.assign(act_date=["2011/2013", "2012-06/2013-12"])
    cases["seen_date"] = cases["seen_date"].mask(cases["case_id"] == "cut", "2015-12-31")
    cohort = cl.cohort(cases, acts, entry="documented", **KINDS)
    assert cohort.exclusions.set_index("case_id")["reason"]["cut"] == "an act among the outcomes before entry"
    assert ends(cohort)["by_act"] == ("sentence_reduction", "2013-03-17")


def test_an_extract_that_acts_have_chosen_is_told():
    cases = CASES[CASES["frame"] == "register"]
    acts = pd.DataFrame({"case_id": ["cut", "inside"], "act_type": "sentence_reduction", "act_date": "2012-01-01"})
    told = made(cases, acts).warnings
    assert told["message"].tolist() == [
        "2 of 7 cases of the register have an act; an extract that acts have chosen gives rates that are too high"
    ]
    assert "an extract of the register, see .warnings" in repr(made(cases, acts))
    assert made().warnings.empty


@pytest.mark.parametrize("store", ["days", "objects", "categories", "strings"])
def test_the_storage_of_the_columns_does_not_matter(store):
    cases = CASES.copy()
    dates = ["detention_date", "sentence_date", "status_date", "seen_date"]
    if store == "days":
        cases[dates] = cases[dates].apply(pd.to_datetime)
    elif store == "objects":
        cases[dates] = cases[dates].apply(lambda c: pd.to_datetime(c).astype(object))
    elif store == "categories":
        cases["frame"], cases["status"] = cases["frame"].astype("category"), cases["status"].astype("category")
    else:
        cases[[*dates, "frame"]] = cases[[*dates, "frame"]].astype("string")
    assert ends(made(cases)) == ends(made())
    drawn, expected = (made(c, dates="impute", m=3, seed=2).describe(by="frame") for c in (cases, CASES))
    pd.testing.assert_frame_equal(drawn, expected)


def test_the_order_of_the_rows_does_not_matter():
    assert ends(made(CASES[::-1], ACTS[::-1])) == ends(made())
