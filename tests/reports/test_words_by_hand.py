"""What sections say of tables made by hand: the words, counts and verdicts that follow, worked out apart."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from clemency.reports import answers
from clemency.reports.associations import hazards, leadsandlags
from clemency.reports.descriptions import provinces, recurrent
from clemency.reports.section import Section


def forest(*rows):
    """Rows of term, level, events, estimate and limits; those without limits are references."""
    frame = pd.DataFrame(rows, columns=["term", "level", "n_event", "estimate", "ci_low", "ci_high"])
    return frame.assign(reference=frame["ci_low"].isna(), detectable_below=0.5, detectable_above=2.0)


def spells(*rows):
    """Rows of case, person, exit, months of the term, event, sex, ethnicity."""
    columns = ["case_id", "person_id", "exit", "sentence_months", "event", "sex", "ethnicity"]
    return pd.DataFrame(rows, columns=columns).astype({"sex": "string", "ethnicity": "string"})


# Ratios that leave 1


PLAIN = forest(
    ("sex", "men", 20, 1.0, np.nan, np.nan),
    ("sex", "women", 6, 2.5, 1.2, 5.0),
    ("region", "North", 11, 1.0, np.nan, np.nan),
    ("region", "other_regions", 7, 0.4, 0.2, 0.9961),
    ("region", "South", 8, 1.1, 0.6, 2.0),
)
WOMEN = spells(
    ("a", "p1", 5, 60, "medical_parole", "F", "Tibetan"),
    ("b", "p2", 5, 60, "medical_parole", "F", None),
    ("c", "p2", 5, 60, "medical_parole", "F", None),
    ("d", "p3", 5, 60, "sentence_reduction", "F", "Han"),
    ("e", "p4", 5, 60, "medical_parole", "M", "Han"),
)


def test_ratios_whose_limits_exclude_1_are_named_with_those_who_are_behind_them():
    said = hazards._apart(PLAIN, WOMEN, "medical_parole")
    assert said == (
        " Limits exclude 1 for women against men (2.50; 1.20 to 5.00) and other regions against North (0.40; "
        "0.20 to 0.996). "
        "3 ratios were looked at, and of ratios that are truly 1 one in twenty is shown so by chance."
        " The two women with these three acts are, by ethnicity: Tibetan 1 and not stated 1; sex, ethnicity and renown "
        "cannot be told apart in so few."
    )
    one = hazards._apart(PLAIN, WOMEN.iloc[[0, 3, 4]], "medical_parole")
    assert one.endswith(
        "The one woman with this act is, by ethnicity: Tibetan 1; sex, ethnicity and renown cannot be told "
        "apart in so few."
    )
    without = hazards._apart(PLAIN, WOMEN.iloc[[4]], "medical_parole")
    assert without.endswith("so by chance.")


@pytest.mark.parametrize(
    ("low", "high", "apart"), [(1.0001, 2.0, True), (1.0, 2.0, False), (0.5, 1.0, False), (0.5, 0.9999, True)]
)
def test_limits_exclude_1_only_where_1_is_outside(low, high, apart):
    frame = forest(("region", "North", 11, 1.0, np.nan, np.nan), ("region", "South", 8, 1.5, low, high))
    said = hazards._apart(frame, WOMEN, "medical_parole")
    if apart:
        assert said.startswith(" Limits exclude 1 for South against North (1.50; ")
        assert "1 ratio was looked at" in said
        assert "women" not in said
    else:
        assert said == " No ratio can be told from 1."


def test_a_ratio_of_a_number_has_no_group_to_be_held_against():
    frame = forest(("term twice as long", "", 36, 0.58, 0.36, 0.95), ("sex", "M", 30, 1.0, np.nan, np.nan))
    said = hazards._apart(frame, WOMEN, "medical_parole")
    assert said.startswith(" Limits exclude 1 for a term twice as long (0.58; 0.36 to 0.95). 1 ratio was looked at")


def test_spells_that_meet_no_act_of_their_decade_have_no_part_in_the_model():
    frame = pd.DataFrame(
        {
            "entry": [0.0, 4, 5, 6, 0, 0],
            "exit": [5.0, 9, 8, 9, 4, 9],
            "decade": ["a", "a", "a", "a", "a", "b"],
        }
    )
    event = np.array([True, False, False, False, False, False])
    # The act is at 5: who enters at 5 or later, left before, or belongs to another decade does not meet it.
    assert hazards._in_a_risk_set(frame, event).tolist() == [True, True, False, False, False, False]


def test_the_group_with_the_fewest_acts_goes_first_and_a_number_last():
    event = np.array([True, True, True, False])
    assert hazards._fewest(pd.Series(["a", "a", "b", "c"]), event) == 0
    assert hazards._fewest(pd.Series(["a", "a", "b", "b"]), event) == 1
    assert hazards._fewest(pd.Series([0.5, 1.0, 2.0, 3.0]), event) == 3


def test_a_line_for_a_model_says_what_stands_behind_it():
    fit = SimpleNamespace(glance=lambda: pd.DataFrame({"events": [26]}), limits=None, terms=("a", "b", "c"))
    frame = PLAIN.assign(n_event=[20, 4, 11, 7, 8])
    said = hazards._told(fit, frame, WOMEN, "medical_parole", ["region", "sex"])
    assert said.startswith(
        "**Medical parole**: 26 acts. Fewer than 5 acts stand behind 1 row (drawn hollow): this ratio is"
    )
    assert said.endswith(" Left out because all or too few acts fall on one side: region and sex.")
    firth = SimpleNamespace(glance=lambda: pd.DataFrame({"events": [1]}), limits=object(), terms=("a", "b", "c"))
    said = hazards._told(firth, PLAIN.assign(n_event=[4, 4, 11, 7, 8]), WOMEN, "parole", [])
    assert said.startswith(
        "**Parole**: 1 act. That is few for 3 ratios, so Firth's penalty is used. Fewer than 5 acts stand"
    )
    # Only the row of women is a ratio and drawn so: that of men is the reference.
    assert "behind 1 row (drawn hollow): this ratio is unknown rather than large or small." in said
    assert "Left out" not in said
    assert "stand behind" not in hazards._told(fit, PLAIN, WOMEN, "parole", [])


def test_the_table_of_ratios_says_what_is_the_reference_and_where_acts_are_few():
    frame = PLAIN.assign(n_event=[20, 4, 5, 7, 8], detectable_below=[np.nan, 0.4, np.nan, 0.3, 0.2])
    shown = hazards._table(frame.assign(estimate=[1.0, 2.5, 1.0, np.inf, 1.1]))
    assert shown.to_dict("list") == {
        "by": ["sex", "sex", "region", "region", "region"],
        "group": ["men", "women", "North", "other regions", "South"],
        "acts": [20, 4, 5, 7, 8],
        "hazard ratio": ["1.00", "2.50", "1.00", "", "1.10"],
        "95% limits": ["reference", "1.20 to 5.00", "reference", "0.20 to 0.996", "0.60 to 2.00"],
        "could have shown": ["", "below 0.40 or above 2.0", "", "below 0.30 or above 2.0", "below 0.20 or above 2.0"],
        "warning": ["", "fewer than five acts", "", "", ""],
    }


# Verdicts


@pytest.mark.parametrize(
    ("differ", "low", "high", "word"),
    [
        (0, 0.5, 2.0, "no large difference"),
        (0, 0.4999, 2.0, "cannot tell"),
        (0, 0.5, 2.0001, "cannot tell"),
        (0, np.nan, 1.5, "cannot tell"),
        (1, 0.5, 2.0, "differs"),
        (2, 0.1, 9.0, "differs"),
    ],
)
def test_words_for_limits(differ, low, high, word):
    assert answers._word(differ, low, high) == word


def verdict_table():
    """By Holm's rule over 0.004, 0.03, 0.012 and 0.5: 4 x 0.004 and 3 x 0.012 pass 5%, 2 x 0.03 does not."""
    table = pd.DataFrame(
        {
            "act": ["sentence_reduction", "sentence_reduction", "medical_parole"],
            "question": ["sex", "us_event", "region"],
            "groups": [2, 2, 3],
            "acts": [26, 26, 14],
            "lowest": [1.2, 0.996, 0.3],
            "highest": [5.0, 1.9, np.inf],
            "detectable": [2.26, np.nan, 3.0],
            "verdict": ["differs", "no large difference", "differs"],
            "p_values": [(0.004,), (0.5,), (0.012, 0.03)],
            "levels": [("women",), ("within 180 days after",), ("other_regions", "South")],
        }
    )
    return answers._with_holm(table)


def test_differences_that_are_left_by_holms_rule():
    table = verdict_table()
    assert table["left"].tolist() == [("women",), (), ("other_regions",)]
    assert table["n_left"].tolist() == [1, 0, 1]
    assert answers._with_holm(table.iloc[:0]).empty
    assert answers._differences(table) == (
        " Those are sex for sentence reductions and region for medical paroles. Each was taken by itself: 4 "
        "ratios were "
        "looked at, of which some leave 1 by chance. After Holm's correction, which allows for that, only women "
        "(sentence reduction) "
        "and other regions (medical parole) remain apart from 1."
    )
    alone = answers._differences(table.iloc[:2].assign(p_values=[(0.03,), (0.5,)]))
    assert alone.startswith(" That is sex for sentence reductions.")
    assert "2 ratios were looked at" in alone
    assert alone.endswith("none remains apart from 1.")
    assert answers._differences(table.iloc[1:2]) == ""


def test_verdicts_are_counted():
    table = verdict_table()
    (said,) = answers._verdict(table)
    assert said.startswith(
        "**What the models say**: of 3 questions put to the models 1 excludes a difference of at least 2 to 1 "
        "and 2 have limits that exclude 1 for at least one group. Those are sex"
    )
    assert said.endswith(" These models are exploratory, and none of this is about cause.")
    (open_,) = answers._verdict(table.assign(verdict="cannot tell"))
    assert (
        "**Their limits are wide**: all 3 questions put to the models remain open (the limits include both "
        "no difference and one of at least 2 to 1)." in open_
    )
    (some,) = answers._verdict(table.assign(verdict=["cannot tell", "cannot tell", "no large difference"]))
    assert some.startswith("**Their limits are wide**: of 3 questions put to the models 2 remain open (")
    assert "2 to 1) and 1 excludes a difference of that size. " in some
    (one,) = answers._verdict(table.iloc[1:2].assign(verdict="cannot tell"))
    assert "**Their limits are wide**: the one question put to the models remains open (" in one
    assert answers._verdict(table.iloc[:0]) == (
        "**They cannot say** who receives an act sooner: there are too few acts for a model, or too few groups with "
        "acts.",
    )


def test_the_table_of_what_is_possible():
    shown = answers._shown(verdict_table())
    assert shown.to_dict("list") == {
        "act": ["sentence reduction", "sentence reduction", "medical parole"],
        "by": ["sex", "us event", "region"],
        "groups": [2, 2, 3],
        "acts": [26, 26, 14],
        "ratios still possible": ["1.20 to 5.00", "0.996 to 1.90", "0.30, no upper limit"],
        "least ratio likely to show": ["2.3 to 1", "", "3.0 to 1"],
        "verdict": ["limits exclude 1", "no large difference", "limits exclude 1"],
        "after Holm's correction": ["still apart from 1", "", "still apart from 1"],
    }
    none = answers._shown(answers._with_holm(verdict_table().assign(p_values=[(0.2,), (0.5,), (0.2, 0.3)])))
    assert none["after Holm's correction"].tolist() == ["no longer", "", "no longer"]


def test_questions_of_models_that_are_made_by_hand(monkeypatch):
    monkeypatch.setattr(answers, "forest_frame", lambda fit: fit)
    made = PLAIN.assign(p_value=[np.nan, 0.01, np.nan, 0.04, 0.7], detectable_above=[np.nan, 2.2, np.nan, 3.0, 2.5])
    made.loc[made["term"] == "region", "term"] = "ethnicity stated as"
    table = answers.verdicts(None, {"sentence_reduction": (None, []), "medical_parole": (made, [])})
    assert table.drop(columns=["left"]).to_dict("records") == [
        {
            "act": "medical_parole", "question": "sex", "groups": 2, "acts": 26, "lowest": 1.2, "highest": 5.0,
            "detectable": 2.2, "differ": 1, "unknown": 0, "p_values": (0.01,), "levels": ("women",), "told": (True,),
            "verdict": "differs", "n_left": 1,
        },
        {
            "act": "medical_parole", "question": "ethnicity", "groups": 3, "acts": 26, "lowest": 0.2, "highest": 2.0,
            "detectable": 2.5, "differ": 1, "unknown": 0, "p_values": (0.04, 0.7), "levels": ("other_regions", "South"),
            "told": (True, False), "verdict": "differs", "n_left": 0,
        },
    ]  # fmt: skip


# What is missing


def test_those_without_an_end_and_how_long_they_are_followed():
    """Two of three have no end, seen for 6 of 60 and 54 of 60 months: half of them for less than 50% of the term."""
    table = spells(
        ("a", "p1", 3.0, 60, "censored", "M", None),
        ("a", "p1", 6.0, 60, "censored", "M", None),
        ("b", "p2", 54.0, 60, "censored", "M", None),
        ("c", "p3", 6.0, 60, "censored", "M", None),
        ("c", "p3", 9.0, 60, "death", "M", None),
    )
    assert answers._without_end(table) == (
        "2 of 3 cases have no recorded end; half of them are followed for less than 50% of the term."
    )
    assert answers._without_end(table.iloc[[0, 1, 4]]) == "1 of 2 cases has no recorded end."
    assert answers._without_end(table.iloc[[4]]) == "Every case has a recorded end."
    assert answers._without_end(table.iloc[:0]) == "No case is followed."


def raised(*rows):
    cases = pd.DataFrame(rows, columns=["detention_earliest", "raised_by", "raised_date"])
    cases["detention_earliest"] = pd.to_datetime(cases["detention_earliest"])
    return answers._raised(SimpleNamespace(cases=cases, last_day=pd.Timestamp("2010-06-30")))


def test_cases_that_were_raised_and_when():
    assert (
        raised(
            ("2009-01-01", "US", "2009"),
            (None, "EU", None),
            ("2010-06-30", "US", None),
            ("2010-07-01", "US", None),  # detained after the quarter
            ("2001-01-01", None, None),
        )
        == "2 of 3 cases that were raised have no date of it."
    )
    assert raised(("2009-01-01", "US", None)) == "1 of 1 case that was raised has no date of it."
    assert (
        raised(("2009-01-01", "US", "2009"), (None, "EU", "2001"))
        == "0 of 2 cases that were raised have no date of it."
    )
    assert raised(("2009-01-01", None, None)) == "No case in the tables is said to have been raised."


def test_women_are_people_and_not_cases():
    tail = "too few to tell sex from ethnicity, charge and renown."
    assert answers._women(WOMEN) == f"3 women in 4 cases, 3 of whom had a first act (4 in all): {tail}"
    assert answers._women(WOMEN.iloc[[0, 3]]) == f"2 women, 2 of whom had a first act: {tail}"
    assert answers._women(WOMEN.iloc[[0]].assign(event="death")) == f"1 woman, who had no first act: {tail}"
    assert answers._women(WOMEN.iloc[[0]]) == f"1 woman, who had one first act: {tail}"
    assert answers._women(WOMEN.iloc[[1, 2]]) == f"1 woman in 2 cases, who had two first acts: {tail}"
    assert answers._women(WOMEN.iloc[[4]]) == "No woman is among those followed."


# Quarters around events


def points(*rows):
    return pd.DataFrame(rows, columns=["term", "act", "estimate", "ci_low", "ci_high"])


def test_single_quarters_are_named_by_their_place():
    none = points(("lead 2", "parole", 1.5, 0.5, 3.0), ("lag 0", "parole", 0.5, 0.1, 1.0))
    assert leadsandlags._single(none) == "No single quarter of 2 has limits that exclude 1."
    some = points(
        ("lead 2", "medical_parole", 3.0, 1.0004, 9.0),
        ("lag 0", "medical_parole", 0.2, 0.1, 0.9),
        ("lag 3", "sentence_reduction", 0.9, 0.5, 2.0),
    )
    assert leadsandlags._single(some) == (
        "Of the 3 single quarters two have limits that exclude 1: the second quarter before for medical "
        "paroles (3.00; 1.0004 "
        "to 9.00) and the quarter of the event for medical paroles (0.20; 0.10 to 0.90). One in twenty does "
        "by chance alone."
    )
    assert leadsandlags._single(some.iloc[:1]).startswith("The only single quarter that is known has limits that excl")
    places = [leadsandlags._place(t) for t in ("lead 1", "lag 1", "lag 2", "lag 4")]
    assert places == [
        f"the {p}"
        for p in ("first quarter before", "first quarter after", "second quarter after", "fourth quarter after")
    ]


def test_what_the_quarters_show_together():
    table = pd.DataFrame(
        {
            "test": ["lags", "leads", "lags", "leads"],
            "act": ["sentence_reduction", "sentence_reduction", "medical_parole", "medical_parole"],
            "p_placebo": [0.05, 0.3, 0.0504, 0.051],
        }
    )
    assert leadsandlags._verdict(table) == (
        "**The quarters after events stand out for sentence reductions among moved calendars** (smallest p "
        "value 0.05). "
        "**No pattern before events stands out among moved calendars** (smallest p value 0.051)."
    )
    early = leadsandlags._verdict(table.assign(p_placebo=[0.2, 0.01, 0.3, 0.02]).iloc[:2])
    assert early == (
        "**No pattern after events stands out among moved calendars** (p value 0.20). "
        "**The quarters before events stand out for sentence reductions among moved calendars** (p value 0.01). "
        "A rate that differs before events already was not changed by them."
    )
    assert leadsandlags._verdict(table[table["test"] == "lags"]).count("**") == 2


# Provinces and reductions


def test_provinces_hardly_followed_are_named_with_their_months():
    few = pd.DataFrame({"name": ["Yunnan", "Hainan"], "person_months": [11.98, 3.0], "n_event": [1.0, 0.0]})
    assert provinces._hardly_followed(few) == (
        "Not in the table, since they were followed for less than 12 person-months: Yunnan (11.98 "
        "person-months, one act) "
        "and Hainan (3.0 person-months, no acts).",
    )
    assert provinces._hardly_followed(few.iloc[:0]) == ()


def test_the_view_of_provinces_and_the_notes_below():
    rows = pd.DataFrame(
        {
            "name": ["Yunnan"], "cases": [3], "n_event": [2.0], "person_months": [119.6], "estimate": [16.722],
            "ci_low": [2.02], "ci_high": [60.4],
        }
    )  # fmt: skip
    assert provinces._view(rows).to_dict("records") == [
        {
            "province": "Yunnan",
            "cases followed": 3,
            "acts": 2,
            "person-months": "119.6",
            "per 1,000": "16.7",
            "95% limits": "2.0 to 60.4",
        }
    ]
    frame = pd.DataFrame({"n_event": [4, 5, np.nan]})
    unplaced = pd.DataFrame(
        {
            "province": [None, None, "CN-BJ", None],
            "case_id": ["a", "a", "b", "c"],
            "event": ["censored", "medical_parole", "medical_parole", "death"],
        }
    )
    first, _, last = provinces._notes(None, frame, unplaced)
    assert first.startswith(
        "In 1 of the 2 provinces with cases that are followed fewer than 5 acts are counted; its shade means little."
    )
    assert " Two cases are followed but have no province, with 1 first act. Tiles" in last
    *_, last = provinces._notes(None, frame, unplaced.iloc[2:3])
    assert "marks a province without any. Tiles" in last


def test_reductions_in_a_table_per_hundred_prisoners():
    at = pd.DataFrame(
        {
            "time": [24.0, 60],
            "at_risk": [100.0, 50],
            "n_event": [0.0, 12],
            "estimate": [0.0, 0.246],
            "ci_low": [np.nan, 0.144],
            "ci_high": [np.nan, 0.356],
        }
    )
    assert recurrent._view(at, pd.DataFrame({"estimate": [0.0, 0.3]})).to_dict("list") == {
        "by month": ["24", "60"],
        "at risk": [100, 50],
        "reductions so far": [0, 12],
        "per 100 prisoners": ["0", "25"],
        "95% limits": ["none seen: no limits", "14 to 36"],
        "if nobody ever left": ["0", "30"],
    }


def test_reductions_counted_and_not_counted(monkeypatch):
    reduced = pd.DataFrame({"person_id": ["p", "p", "q", "r"]})
    given = SimpleNamespace(quarter="2017Q2")
    monkeypatch.setattr(recurrent, "upto", lambda i, kind: range(6))
    said = recurrent._text(given, reduced)
    assert said.startswith(
        "4 sentence reductions of 3 prisoners are counted; 1 of them had more than one. 2 more of the 6 "
        "single reductions"
    )
    assert "up to the end of 2017Q2 are not counted: the case is not followed" in said
    monkeypatch.setattr(recurrent, "upto", lambda i, kind: range(4))
    assert "These are all single reductions dated up to the end of 2017Q2." in recurrent._text(given, reduced)


# Markup


def test_strong_words_and_signs_of_markup():
    made = Section("s", "A < B", ("**bold** & <b>", "plain"), notes=("1 < 2",)).content()
    assert made["text"] == ["<strong>bold</strong> &amp; &lt;b&gt;", "plain"]
    assert made["notes"] == ["1 &lt; 2"]
