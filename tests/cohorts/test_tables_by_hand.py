"""What a cohort says of itself, and how it is cut and joined: three cases whose months are counted by hand."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.cohorts.cohort import Cohort
from clemency.cohorts.rules import Rules
from clemency.records.errors import UsageError
from clemency.records.terms import DAYS_PER_MONTH


def day(text):
    return pd.Timestamp(text)


def since(origin, text):
    return (day(text) - day(origin)).days / DAYS_PER_MONTH


def made():
    """Two people: a, from March 2010 to an act in January 2011; b and c of one person, censored and released."""
    spells = pd.DataFrame(
        {
            "case_id": ["a", "b", "c"],
            "person_id": ["p", "q", "q"],
            "entry": [0.0, since("2010-01-01", "2010-06-30"), 0.0],
            "exit": [
                since("2010-03-01", "2011-01-31"),
                since("2010-01-01", "2010-10-01"),
                since("2011-01-01", "2011-03-31"),
            ],
            "event": pd.Categorical(["act", "censored", "release"], categories=["censored", "act", "release"]),
            "origin": pd.to_datetime(["2010-03-01", "2010-01-01", "2011-01-01"]),
            "region": ["n", "n", None],
        }
    )
    gone = pd.DataFrame({"case_id": ["d", "e", "f"], "reason": ["late", "late", "early"]})
    rules = cl.cohort(cl.load("cases"), cl.load("acts")).rules
    assert isinstance(rules, Rules)
    return Cohort(spells, gone, rules, 6)


# Days under observation: 336 from 1 March 2010 to 31 January 2011, 93 from 30 June to 1 October, 89 to 31 March.
DAYS = np.array([336, 93, 89])


def test_the_whole_in_one_row():
    row = made().describe().iloc[0].to_dict()
    assert row == {
        "n_cases": 3,
        "n_persons": 2,
        "n_spells": 3,
        "n_excluded": 3,
        "person_months": pytest.approx(518 / DAYS_PER_MONTH),
        "median_months": pytest.approx(93 / DAYS_PER_MONTH),
        "act": 1,
        "release": 1,
    }
    cut = made().split(calendar="M")
    assert cut.describe()["median_months"][0] == pytest.approx(93 / DAYS_PER_MONTH)  # of cases, not of pieces
    assert made().excluded().to_numpy().tolist() == [["late", 2], ["early", 1]]
    assert len(made()) == 3
    assert repr(made()) == (
        "Cohort of 3 cases, 17 person-months since custody (documented follow-up): 1 act, 1 release; 3 cases excluded"
    )
    assert "<td>late</td>" in made()._repr_html_()


def test_person_time_by_groups_with_the_missing_as_one():
    c = made()
    assert c.person_time().to_dict("records") == [
        {"n_cases": 3, "person_months": pytest.approx(518 / DAYS_PER_MONTH), "act": 1, "release": 1}
    ]
    by = c.person_time("region")
    assert by["n_cases"].tolist() == [2, 1]
    assert by["person_months"].tolist() == pytest.approx([429 / DAYS_PER_MONTH, 89 / DAYS_PER_MONTH])
    assert by[["act", "release"]].to_numpy().tolist() == [[1, 0], [0, 1]]
    assert by["region"].isna().tolist() == [False, True]
    assert len(c.person_time(["region", "person_id"])) == 3
    with pytest.raises(UsageError, match=r"no column sex, age\. There are: case_id"):
        c.person_time(["sex", "age"])


def test_calendar_periods_by_hand():
    spells = made().split(calendar="Y").spells
    assert spells[["case_id", "year", "event"]].astype(str).to_numpy().tolist() == [
        ["a", "2010", "censored"],
        ["a", "2011", "act"],
        ["b", "2010", "censored"],
        ["c", "2011", "release"],
    ]
    days = ((spells["exit"] - spells["entry"]) * DAYS_PER_MONTH).round(6).tolist()
    assert days == [305, 31, 93, 89]  # to the end of 31 December 2010, and on
    quarters = made().split(calendar="Q").spells
    assert quarters["quarter"].tolist() == [
        "2010Q1",
        "2010Q2",
        "2010Q3",
        "2010Q4",
        "2011Q1",
        "2010Q3",
        "2010Q4",
        "2011Q1",
    ]
    own = ((quarters["exit"] - quarters["entry"]) * DAYS_PER_MONTH).round(6).tolist()
    assert own == [30, 91, 92, 92, 31, 92, 1, 89]  # after the last day of June a spell is in the third quarter
    empty = made().where(lambda s: s["exit"] < 0, "nobody")
    assert empty.split(calendar="M").spells.columns[-1] == "month"
    assert len(empty.split(calendar="M").spells) == 0
    clock = made().split(clock=[6, 3, 6]).spells
    assert clock[clock["case_id"] == "a"][["entry", "exit"]].to_numpy().ravel().tolist() == pytest.approx(
        [0, 3, 3, 6, 6, 336 / DAYS_PER_MONTH]
    )
    assert clock[clock["case_id"] == "b"]["entry"].tolist() == pytest.approx([180 / DAYS_PER_MONTH, 6])


def test_a_panel_has_a_row_for_each_case_and_period():
    panel = made().assign(long=lambda s: s["exit"] > 6).panel("Y")
    assert panel[["case_id", "person_id", "year", "act", "release"]].to_numpy().tolist() == [
        ["a", "p", "2010", 0, 0],
        ["a", "p", "2011", 1, 0],
        ["b", "q", "2010", 0, 0],
        ["c", "q", "2011", 0, 1],
    ]
    assert (panel["months"] * DAYS_PER_MONTH).tolist() == pytest.approx([305, 31, 93, 89])
    assert panel["long"].tolist() == [True, True, True, False]
    assert made().panel()["quarter"].nunique() == 5


def test_columns_are_joined_by_their_values_and_rows_leave_with_a_reason():
    c = made().with_covariates(pd.DataFrame({"person_id": ["q", "x"], "age": [40, 1]}), on="person_id")
    assert c.spells["age"].isna().tolist() == [True, False, False]
    assert c.spells["age"].tolist()[1:] == [40, 40]
    left = made().where(pd.Series([True, False, False]), "not a")
    assert left.spells["case_id"].tolist() == ["a"]
    assert left.exclusions.to_numpy().tolist()[3:] == [["b", "not a"], ["c", "not a"]]
    part = made().split(calendar="Y").where(lambda s: s["year"] == "2011", "before 2011")
    assert part.exclusions["case_id"].tolist()[3:] == ["b"]  # a keeps a spell
    assert part.spells.index.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.split(), "Give either calendar= or clock="),
        (lambda c: c.split(calendar="Q", clock=[1]), "Give either calendar= or clock="),
        (lambda c: c.split(calendar="W"), "'W' is not one of: Q, Y, M"),
        (lambda c: c.panel("W"), "'W' is not one of: Q, Y, M"),
        (lambda c: c.with_covariates(pd.DataFrame({"x": [1]})), "need a column 'case_id'"),
        (lambda c: c.with_covariates(pd.DataFrame({"x": [1]}), on="x"), "need a column 'x'"),
        (lambda c: c.with_covariates(pd.DataFrame({"case_id": ["a", "a"]})), "occurs more than once"),
        (lambda c: c.with_covariates(pd.DataFrame({"case_id": ["a"], "region": 1})), "have region already"),
    ],
)
def test_what_cannot_be_cut_or_joined(call, message):
    with pytest.raises(UsageError, match=message):
        call(made())


def test_an_outcome_is_no_competing_end():
    with pytest.raises(UsageError, match="medical_parole cannot be an outcome and a competing end at once"):
        cl.cohort(cl.load("cases"), cl.load("acts"), outcome="medical_parole", competing=("medical_parole", "death"))
