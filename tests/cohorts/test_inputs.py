"""Keys and dates of the tables that a cohort is made of: one that is missing or is none is named with its row."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clemency as cl

CASES = pd.DataFrame(
    {
        "case_id": ["a", "b", "c"], "person_id": ["p", "q", "q"], "detention_date": "2010-01-01",
        "sentence_date": "2010-06-01", "sentence_type": "fixed", "sentence_months": 120.0, "status": "serving",
        "status_date": None, "seen_date": "2018-01-01",
    }
).astype(object)  # fmt: skip
ACTS = pd.DataFrame(
    {"case_id": ["a", "b"], "act_type": "sentence_reduction", "act_date": ["2014-05-01", "2015"], "months": [8.0, 6.0]}
).astype(object)
MISSING = [None, np.nan, pd.NA, pd.NaT, ""]


def changed(frame, column, value, row=1):
    made = frame.copy()
    made[column] = pd.Series([*frame[column][:row], value, *frame[column][row + 1 :]], dtype=object)
    return made


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize("column", ["case_id", "person_id"])
def test_a_case_or_a_person_without_a_key_is_refused(column, value):
    with pytest.raises(cl.DataError, match=f"cases, row 1, {column}: an empty value in a required column"):
        cl.cohort(changed(CASES, column, value), ACTS)


@pytest.mark.parametrize("value", MISSING)
def test_an_act_of_nobody_is_refused_also_where_a_case_has_no_key_either(value):
    acts = changed(ACTS, "case_id", value)
    for cases in (CASES, changed(CASES, "case_id", value)):
        with pytest.raises(cl.DataError, match="row 1, case_id: an empty value in a required column"):
            cl.cohort(cases, acts)


@pytest.mark.parametrize("first", MISSING)
@pytest.mark.parametrize("second", MISSING)
def test_two_cases_without_a_key_are_refused_alike_whatever_stands_there(first, second):
    cases = changed(changed(CASES, "case_id", first, 0), "case_id", second, 1)
    with pytest.raises(cl.DataError) as caught:
        cl.cohort(cases, ACTS)
    assert [(p.row, p.column, p.message) for p in caught.value.problems] == [
        (row, "case_id", "an empty value in a required column") for row in (0, 1)
    ]


@pytest.mark.parametrize("value", [["a"], {"a": 1}])
@pytest.mark.parametrize("table", ["cases", "acts"])
def test_a_list_is_no_key(table, value):
    frames = {"cases": CASES, "acts": ACTS}
    frames[table] = changed(frames[table], "case_id", value)
    with pytest.raises(cl.DataError, match=f"{table}, row 1, case_id, .* in a cell is no key"):
        cl.cohort(frames["cases"], frames["acts"])
    with pytest.raises(cl.DataError, match=r"acts, row 1, act_id, .* in a cell is no key"):
        cl.cohort(CASES, changed(ACTS.assign(act_id=["x", "y"]), "act_id", value))


@pytest.mark.parametrize("column", ["birth_date", "raised_date", "seen_date", "status_date"])
@pytest.mark.parametrize("value", [20170630.0, "30/06/2017", True])
def test_every_column_of_dates_is_read(column, value):
    with pytest.raises(cl.DataError, match=rf"cases, row 1, {column}"):
        cl.cohort(changed(CASES.assign(birth_date="1970", raised_date=None), column, value), ACTS)


@pytest.mark.parametrize("until", ["201X", "20XX", "2017-XX", "2017-06-XX"])
def test_the_end_of_observation_has_no_digits_left_open(until):
    with pytest.raises(cl.UsageError, match="has digits that are not specified"):
        cl.cohort(CASES, ACTS, until=until)
    with pytest.raises(cl.UsageError, match="has digits that are not specified"):
        cl.relations("US", start=until)


def test_categories_that_nobody_has_are_no_cases():
    """Two people, in custody from 2010: b from the sentence to 2018, the other to an act and on."""
    keys = pd.CategoricalDtype(["x", "a", "b", "c", "y"])
    coded = CASES.assign(case_id=CASES["case_id"].astype(keys), person_id=CASES["person_id"].astype("category"))
    for kind in (coded, coded.assign(person_id=CASES["person_id"])):
        for acts in (ACTS, ACTS.assign(case_id=ACTS["case_id"].astype(keys))):
            plain, made = cl.cohort(CASES, ACTS), cl.cohort(kind, acts)
            pd.testing.assert_frame_equal(made.describe(), plain.describe())
            pd.testing.assert_frame_equal(made.panel("Y"), plain.panel("Y"), check_dtype=False)
            assert made.spells["case_id"].tolist() == ["a", "b", "c"]
    # 1 June 2010 to 1 May 2014, to mid-2015 and to 1 January 2018: 1430, 1857 and 2771 days.
    assert made.describe()["median_months"][0] == pytest.approx(1857 / (365.25 / 12))


def test_a_column_of_categories_given_later_groups_by_those_that_are_there():
    made = cl.cohort(CASES, ACTS).assign(group=pd.Categorical(["u", "u", "v"], categories=["t", "u", "v"]))
    coded = replace(made, spells=made.spells.astype({"case_id": pd.CategoricalDtype(["a", "b", "c", "z"])}))
    assert coded.describe()["median_months"][0] == made.describe()["median_months"][0]
    assert len(coded.panel("Y")) == len(made.panel("Y"))
