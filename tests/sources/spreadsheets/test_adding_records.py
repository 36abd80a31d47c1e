"""Own records and a collection become one: each person once, nothing overwritten, and what was there already is shown."""

import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import UsageError

pytest.importorskip("splink")

OWN = pd.DataFrame(
    {
        "ID": ["one", "two", "three"],
        "Name": ["Zebulon Testcase", "Xerxes Madeupname", "Yolanda Fictional"],
        "Detained": ["2009-11-02", "2015-02-03", "2001-01-01"],
        "Sentenced": ["2010-10-03", "2015-10-03", "2001-06-07"],
        "Term": ["6 years", "8 years", "3 years"],
        "Prov": ["Sichuan", "Gansu", "Beijing"],
        "Red1 date": ["2012-05-06", "2017-05-06", ""],
        "Red1": ["8 months", "9 months", ""],
        "Red2 date": ["2014-05", "", ""],
        "Red2": ["6 months", "", ""],
    }
)
THERE = pd.DataFrame(
    {
        "ID": ["there-1", "there-2", "one"],
        "Name": ["Testcase Zebulon", "Xerxes Madeupname", "Wilfred Invented"],
        "Detained": ["2009-11-02", "2005-02-03", "1999-01-01"],
        "Sentenced": ["2010-10-03", "2005-10-03", "1999-12-31"],
        "Term": ["7 years", "2 years", "life"],
        "Prov": ["Sichuan", "Gansu", "Xinjiang"],
        "Red1 date": ["2012-05", "", ""],
        "Red1": ["8 months", "", ""],
    }
)


@pytest.fixture(scope="module")
def both():
    own, there = cl.read_records(OWN), cl.read_records(THERE)
    people = pd.DataFrame(
        {"left_id": ["one", "two"], "right_id": ["there-1", "there-2"], "decision": ["match", "match"]}
    )
    return cl.add(own, to=(there.cases, there.acts), decisions=people)


def test_a_case_that_is_there_is_not_added_again(both):
    assert both.cases["case_id"].tolist() == ["there-1", "there-2", "one", "two", "three"]
    assert both.cases["origin"].tolist() == ["other"] * 3 + ["own"] * 2
    told = both.duplicates.sort_values("own_id")[["own_id", "case_id", "what"]].to_numpy().tolist()
    assert told == [["one", "there-1", "the same case"], ["two", "there-2", "another case of this person"]]
    people = both.cases.set_index("case_id")["person_id"]
    assert people["two"] == people["there-2"] == "there-2"


def test_its_values_stay_and_the_differences_are_shown(both):
    assert both.cases.set_index("case_id").loc["there-1", "sentence_months"] == 84
    assert both.differences[["own_id", "column", "own", "other", "what"]].to_numpy().tolist() == [
        ["one", "sentence_months", 72.0, 84.0, "differs"]
    ]


def test_acts_are_added_once(both):
    assert both.acts_there[["case_id", "act_date"]].to_numpy().tolist() == [["there-1", "2012-05-06"]]
    acts = both.acts[["case_id", "act_date", "months", "origin"]].to_numpy().tolist()
    assert acts == [
        ["there-1", "2012-05", 8, "other"],
        ["there-1", "2014-05", 6, "own"],
        ["two", "2017-05-06", 9, "own"],
    ]
    assert both.acts["act_id"].is_unique
    ends = both.cases.set_index("case_id")["expiry_date"]
    assert ends["there-1"] == "2015-09-01"  # 84 months from 2 November 2009, less 8 and 6


def test_both_together_make_a_cohort(both):
    cohort = cl.cohort(both.cases, both.acts, until="2018-12-31")
    assert cohort.spells["case_id"].nunique() + len(cohort.exclusions) == 5
    assert "1 case of one's own" not in repr(both)
    assert "2 cases and 2 acts of one's own to 3 cases; 1 were there already" in repr(both)


@pytest.mark.parametrize(
    ("own", "said"), [(3, "own= takes what"), ((pd.DataFrame(), pd.DataFrame()), "have no column case_id")]
)
def test_what_is_no_collection(own, said):
    with pytest.raises(UsageError, match=said):
        cl.add(own)
