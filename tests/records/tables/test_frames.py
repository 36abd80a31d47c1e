"""Frames are checked as `check` checks files: by every public name, with the same words for the same fault."""

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.errors import DataError, UsageError
from clemency.records.schema import ACTS, CASES
from clemency.records.tables.frames import checked_frame

CASE = {
    "case_id": "b", "person_id": "b", "detention_date": "2011-05-15", "sentence_date": "2011-12-01",
    "sentence_type": "fixed", "sentence_months": 84, "status": "serving", "status_date": None,
    "seen_date": "2016-01-01", "sex": "M", "province": "CN-BJ", "charge_family": "cult",
}  # fmt: skip
ACT = {
    "act_id": "b-1", "case_id": "b", "act_type": "sentence_reduction", "act_date": "2014-05-20", "months": 6,
    "scope": "single", "date_basis": "act", "certainty": "stated",
}  # fmt: skip
EVENT = {"event_id": "e", "date": "2014-01-10", "partner": "US", "event_type": "summit", "direction": 1, "label": "x"}


def frame(row, **changed):
    return pd.DataFrame([{**row, **changed}])


def made(**changed):
    return cl.cohort(frame(CASE), frame(ACT), **changed)


OF_CASES = {
    "cohort": lambda cases: cl.cohort(cases, frame(ACT)),
    "cohort imputed": lambda cases: cl.cohort(cases, frame(ACT), dates="impute", seed=1),
    "beyond_rules": lambda cases: cl.beyond_rules(frame(ACT), cases),
    "eligibility": lambda cases: cl.eligibility(cases.iloc[0], on="2015-01-01", acts=frame(ACT)),
}
OF_ACTS = {
    "cohort": lambda acts: cl.cohort(frame(CASE), acts),
    "beyond_rules": lambda acts: cl.beyond_rules(acts, frame(CASE)),
    "eligibility": lambda acts: cl.eligibility(CASE, on="2015-01-01", acts=acts),
    "months_saved": lambda acts: cl.months_saved(made(recurrent=True), acts, replications=100),
    "magnitude": lambda acts: cl.magnitude(acts, "certainty"),
}
OF_EVENTS = {
    "relations": lambda events: cl.relations("US", events=events),
    "expose": lambda events: made().expose(events),
    "placebo": lambda events: cl.placebo(made(), events),
    "event_study": lambda events: cl.event_study(made(), events),
}


def refused(use, value, column, table):
    with pytest.raises((DataError, UsageError)) as caught:
        use(value)
    said = str(caught.value)
    assert column in said
    return said


WRONG_CASES = [
    ("status", "died", "died_in_custody"),
    ("status", "Serving", "Write 'serving'"),
    ("sentence_type", "Fixed", "Write 'fixed'"),
    ("sentence_type", "有期徒刑", "Write 'fixed'"),
    ("sex", "male", "Write 'M'"),
    ("province", "Beijing", "CN-BJ"),
    ("charge_family", "Corruption", "Write 'corruption'"),
    ("sentence_months", "8 yr", "96"),
    ("sentence_months", "1,000", "1000"),
    ("sentence_months", True, "true or false"),
    ("sentence_months", -60, "range"),
    ("detention_date", "15/05/2011", "2011-05-15"),
    ("sentence_date", 2011, "'2011' as text"),
    ("sentence_date", "9999-12-31", "outside the years"),
]
UNASKED = {"eligibility": ("status", "sex", "province"), "months_saved": ("act_date",), "magnitude": ("act_date",)}


@pytest.mark.parametrize(
    ("name", "column", "value", "offered"),
    [(n, *wrong) for n in OF_CASES for wrong in WRONG_CASES if wrong[0] not in UNASKED.get(n, ())],
)
def test_cases_with_a_value_that_is_none(name, column, value, offered):
    said = refused(OF_CASES[name], frame(CASE, **{column: value}), column, "cases")
    assert offered in said
    assert str(value) in said


WRONG_ACTS = [
    ("act_type", "减刑", "Write 'sentence_reduction'"),
    ("act_type", "sentence reduction", "Write 'sentence_reduction'"),
    ("act_type", "Parole", "Write 'parole'"),
    ("scope", "Total", "Write 'total'"),
    ("months", "10个月", "Write 10"),
    ("months", "half", "plain number"),
    ("months", np.inf, "finite"),
    ("act_date", "20/05/2014", "2014-05-20"),
    ("act_date", 2014, "'2014' as text"),
]


@pytest.mark.parametrize(
    ("name", "column", "value", "offered"),
    [(n, *wrong) for n in OF_ACTS for wrong in WRONG_ACTS if wrong[0] not in UNASKED.get(n, ())],
)
def test_acts_with_a_value_that_is_none(name, column, value, offered):
    said = refused(OF_ACTS[name], frame(ACT, **{column: value}), column, "acts")
    assert offered in said
    assert "row 0" in said


@pytest.mark.parametrize("name", OF_EVENTS)
@pytest.mark.parametrize(
    ("column", "value", "offered"),
    [
        ("partner", "USA", "Write 'US'"),
        ("event_type", "Summit", "Write 'summit'"),
        ("direction", "better", "Write 1 for closer relations"),
        ("direction", 2, "Write 1 for closer relations"),
        ("date", "10.01.2014", "2014-10-01 or 2014-01-10|2014-01-10 or 2014-10-01"),
        ("date", 20140110, "'2014-01-10' as text"),
    ],
)
def test_events_with_a_value_that_is_none(name, column, value, offered):
    said = refused(OF_EVENTS[name], frame(EVENT, **{column: value}), column, "events")
    assert any(text in said for text in offered.split("|"))
    assert f"events, row 0, {column}, '{value}'" in said


def test_what_the_check_says_of_a_file_a_function_says_of_a_frame(folder, spoil):
    spoil("acts", 2, "act_type", "减刑")
    spoil("acts", 3, "months", "8 yr")
    found = cl.check(folder)
    acts = cl.load("acts").astype(object)
    acts.iloc[0, acts.columns.get_loc("act_type")] = "减刑"
    acts.iloc[1, acts.columns.get_loc("months")] = "8 yr"
    with pytest.raises(DataError) as caught:
        cl.cohort(cl.load("cases"), acts)
    same = [(p.row + 2, p.column, p.value, p.message, p.remedy) for p in caught.value.problems]
    assert same == list(found[["row", "column", "value", "message", "remedy"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("dtype", ["string", "category", "string[pyarrow]", object])
def test_good_words_of_every_storage_give_the_same_cohort(dtype):
    if "pyarrow" in str(dtype):
        pytest.importorskip("pyarrow")
    cases, acts = frame(CASE), frame(ACT)
    words = dict.fromkeys(("status", "sentence_type", "sex", "province"), dtype)
    c = cl.cohort(cases.astype(words), acts.astype({"act_type": dtype, "scope": dtype}))
    assert c.spells["event"].tolist() == ["sentence_reduction"]
    assert c.spells["exit"].tolist() == made().spells["exit"].tolist()
    for value in ("84", 84.0, np.int8(84)):
        again = cl.cohort(frame(CASE, sentence_months=value), acts)
        assert again.spells["sentence_months"].tolist() == [84.0]


def test_an_empty_word_that_is_needed_is_named():
    for column, changed in (("act_type", None), ("act_type", ""), ("scope", None)):
        with pytest.raises(DataError, match=rf"acts, row 0, {column}: an empty value in a required column"):
            cl.cohort(frame(CASE), frame(ACT, **{column: changed}))
    with pytest.raises(DataError, match=r"cases, row 0, status: an empty value.*Write 'unknown'"):
        cl.cohort(frame(CASE, status=None), frame(ACT))


def test_empty_texts_are_missing():
    c = cl.cohort(frame(CASE, sex="", seen_date="", status_date="2016-01-01"), frame(ACT, date_basis=""))
    assert c.spells["sex"].isna().all()
    assert cl.beyond_rules(frame(ACT, act_date=""), frame(CASE)).empty
    state = cl.eligibility(CASE, on="2015-01-01", acts=frame(ACT, act_date=""))
    assert "1 reduction without a date" in state["next reduction"]["note"][0]


def test_an_act_that_is_open_at_an_end_cannot_be_judged_like_one_without_a_date():
    long = ACT | {"months": 40.0, "act_date": "2014-01-01"}
    judged = cl.beyond_rules(pd.DataFrame([long]), frame(CASE))
    assert "larger than any cut" in set(judged["check"])
    assert cl.beyond_rules(pd.DataFrame([long | {"act_date": "../2014-01-01"}]), frame(CASE)).empty


def test_frames_that_are_none():
    with pytest.raises(UsageError, match="must be a DataFrame, not dict"):
        checked_frame(ACT, ACTS)
    twice = pd.concat([frame(ACT), frame(ACT)[["months"]]], axis=1)
    with pytest.raises(UsageError, match="the column 'months' twice"):
        cl.cohort(frame(CASE), twice)
    deep = frame(CASE)
    deep.columns = pd.MultiIndex.from_product([["x"], deep.columns])
    with pytest.raises(UsageError, match="several levels"):
        checked_frame(deep, CASES)


def test_columns_of_other_names_are_free():
    events = frame(EVENT).assign(kind="a kind of our own")
    spells = made().expose(events, by="kind").spells
    assert "exposed_a kind of our own" in spells


def test_arguments_that_are_words_are_answered_with_the_nearest():
    for use, near in (
        (lambda: made(outcome="减刑"), "Did you mean 'sentence_reduction'"),
        (lambda: made(sentence_types="Fixed"), "Did you mean 'fixed'"),
        (lambda: cl.relations("USA"), "Did you mean 'US'"),
        (lambda: cl.relations("US", types=["sumit"]), "Did you mean 'summit'"),
    ):
        with pytest.raises(UsageError, match=near):
            use()
