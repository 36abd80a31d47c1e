"""An act or an event that is there twice: refused where nothing tells it from the other, else told with both rows."""

import datetime

import pandas as pd
import pytest

import clemency as cl
from clemency.records.checks.plausible import doubts

CASES = pd.DataFrame(
    {
        "case_id": ["a", "b"], "detention_date": "2010-01-01", "sentence_date": "2010-06-01", "sentence_type": "fixed",
        "sentence_months": [120.0, 96.0], "status": "serving", "status_date": None, "seen_date": "2018-01-01",
    }
)  # fmt: skip
COLUMNS = ["act_id", "case_id", "act_type", "act_date", "months"]
CUT, OUT = "sentence_reduction", "medical_parole"


def acts(*rows, keys=True):
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(object)
    return frame if keys else frame.drop(columns="act_id")


def told(frame):
    return [(d.row, d.other, d.said()) for d in doubts(CASES, frame)]


TWICE = [
    [(None, "a", CUT, "2014-05-01", 8), (None, "a", CUT, "2014-05-01", 8)],
    [(None, "a", CUT, "2014-05-01", 8), (None, "b", CUT, "2014-05-01", 8), (None, "a", CUT, "2014-05-01", 8)],
    [("x", "a", CUT, "2014-05-01", 8), (None, "a", CUT, "2014-05-01", 8)],
    [("x", "a", CUT, "2014-05-01", 8), ("", "a", CUT, "2014-05-01", 8)],
    [(None, "a", CUT, "2014-05-01", 8), (None, "a", CUT, pd.Timestamp("2014-05-01"), 8.0)],
    [(None, "a", CUT, datetime.date(2014, 5, 1), "8"), (None, "a", CUT, "2014-05-01", 8)],
    [(None, "a", CUT, "2014", 8), (None, "a", CUT, "2014-XX", 8)],
    [(None, "a", OUT, "2014-05-01", None), (None, "a", OUT, "2014-05-01", None)],
]


@pytest.mark.parametrize("recurrent", [True, False])
@pytest.mark.parametrize("rows", TWICE)
def test_one_act_given_twice_without_keys_is_refused_with_both_rows(rows, recurrent):
    with pytest.raises(cl.DataError, match="the same act as in row 0, which would count twice") as caught:
        cl.cohort(CASES, acts(*rows), recurrent=recurrent)
    assert [(p.file, p.row) for p in caught.value.problems] == [("acts", len(rows) - 1)]
    assert "give each a key of its own in act_id" in str(caught.value)


def test_without_a_column_of_keys_it_is_the_same():
    with pytest.raises(cl.DataError, match="acts, row 1: the same act as in row 0"):
        cl.cohort(CASES, acts(*TWICE[0], keys=False), recurrent=True)
    one = cl.cohort(CASES, acts(*TWICE[0][:1], keys=False), recurrent=True)
    assert (one.spells["event"] == CUT).sum() == 1


def test_several_documents_of_one_act_are_one_act():
    twice = acts(*TWICE[0]).assign(source_ids=["paper", "court"], note=["", "from the ruling"])
    with pytest.raises(cl.DataError, match="the same act as in row 0"):
        cl.cohort(CASES, twice)


APART = [
    [(None, "a", CUT, "2014-05-01", 8), (None, "b", CUT, "2014-05-01", 8)],
    [(None, "a", CUT, "2014-05-01", 8), (None, "a", CUT, "2016-05-01", 8)],
    [(None, "a", CUT, "2014-05-01", 8), (None, "a", OUT, "2014-05-01", 8)],
    [(None, "a", OUT, "2014", None), (None, "a", OUT, "2016", None)],
    [("x", "a", CUT, "2014-05-01", 8), ("y", "a", CUT, "2014-06-01", 8)],
    [(None, "a", CUT, None, None), (None, "a", CUT, None, None)],
]


@pytest.mark.parametrize("rows", APART)
def test_acts_that_differ_are_taken_without_a_word(rows):
    assert len(cl.cohort(CASES, acts(*rows), recurrent=True).warnings) == 0


TOLD = [
    ([("x", "a", CUT, "2014-05-01", 8), ("y", "a", CUT, "2014-05-01", 8)], "the same act as in row 0"),
    ([("x", "a", OUT, "2014", None), ("y", "a", OUT, "2014", None)], "the same act as in row 0"),
    # Two cuts on one day whose months are not known may be two.
    ([(None, "a", CUT, "2014-05-01", None), (None, "a", CUT, "2014-05-01", None)], "the same act as in row 0"),
    ([("x", "a", CUT, "2014-05-01", 8), ("y", "a", CUT, "2014-05", 8)], "perhaps the same act as in row 0"),
    ([("x", "a", CUT, "2014-05-01", 8), ("y", "a", CUT, None, 8)], "perhaps the same act as in row 0"),
    (
        [("x", "a", CUT, "2014-05-01", 8), ("y", "a", CUT, "2014-05-01", 6)],
        "a second sentence_reduction of the case on the day of the one in row 0",
    ),
    (
        [("x", "a", CUT, "2014-05-01", 8), ("y", "a", CUT, "2014-05-01", None)],
        "a second sentence_reduction of the case on the day of the one in row 0",
    ),
]


@pytest.mark.parametrize(("rows", "said"), TOLD)
def test_what_may_be_one_act_is_told_with_both_rows(rows, said):
    assert told(acts(*rows)) == [(1, 0, said)]
    warned = cl.cohort(CASES, acts(*rows), recurrent=True).warnings
    assert warned[["table", "row", "case_id", "column"]].to_numpy().tolist() == [["acts", 1, "a", "act_date"]]
    assert warned["message"].tolist() == [said]


def test_a_total_beside_the_single_cuts_is_no_second_act():
    rows = acts(("x", "a", CUT, "2014-05-01", 8), ("y", "a", CUT, "2014-05-01", 8)).assign(scope=["single", "total"])
    assert told(rows) == []


def test_a_folder_names_the_line_of_the_other_act(tmp_path):
    stored = pd.read_csv("data/acts.csv", dtype=str, keep_default_na=False)
    again = stored.iloc[[0, 1, 2, 1]].assign(act_id=["k1", "k2", "k3", "k4"])
    again.to_csv(tmp_path / "acts.csv", index=False)
    for name in ("cases", "sources"):
        pd.read_csv(f"data/{name}.csv", dtype=str, keep_default_na=False).to_csv(tmp_path / f"{name}.csv", index=False)
    found = cl.check(tmp_path)
    mine = found[(found["file"] == "acts.csv") & (found["row"] == 5)]
    assert mine[["message", "severity"]].to_numpy().tolist() == [["the same act as in row 3", "warning"]]


EVENTS = pd.DataFrame(
    {"date": ["2012-05-01", "2012-05-01"], "partner": "US", "event_type": "summit", "direction": 1, "label": "a summit"}
)


def test_an_event_given_twice_is_refused_where_it_would_count_twice():
    made = cl.cohort(CASES, acts(("x", "a", CUT, "2014-05-01", 8)))
    for run in (
        lambda e: cl.relations("US", events=e, end="2014"),
        lambda e: cl.event_study(made, e, start="2011", end="2017", leads=1, lags=1),
        lambda e: made.expose(e),
    ):
        with pytest.raises(cl.DataError, match="events, row 1: the same event as in row 0, which would count twice"):
            run(EVENTS)
    assert cl.relations("US", events=EVENTS.iloc[:1], end="2014").frame["n_events"].sum() == 1
    assert cl.relations("US", events=EVENTS.assign(event_id=["p", "q"]), end="2014").frame["n_events"].sum() == 2
    assert cl.relations("US", events=EVENTS.assign(label=["one", "two"]), end="2014").frame["n_events"].sum() == 2


def test_bare_dates_may_be_those_of_several_events():
    made = cl.cohort(CASES, acts(("x", "a", CUT, "2014-05-01", 8)))
    assert made.expose(EVENTS[["date"]], by=None).spells["exposed"].sum() == 2


def test_acts_of_a_person_whose_eligibility_is_asked_are_read_once():
    row = {"case_id": "a", "sentence_type": "fixed", "sentence_months": 120, "detention_date": "2010-01-01",
           "sentence_date": "2010-06-01"}  # fmt: skip
    with pytest.raises(cl.DataError, match="the same act as in row 0"):
        cl.eligibility(row, on="2016-01-01", acts=acts(*TWICE[0], keys=False))
    assert cl.eligibility(row, on="2016-01-01", acts=acts(*TWICE[0][:1], keys=False)).reduced == 8.0


@pytest.mark.parametrize(
    ("kind", "sentence", "wrong"),
    [
        ("commutation_life_to_fixed", "fixed", True),
        ("commutation_life_to_fixed", "rtl", True),
        ("commutation_life_to_fixed", "life", False),
        ("commutation_life_to_fixed", "death_reprieve", False),  # commuted to life before
        ("commutation_death_to_life", "fixed", True),
        ("commutation_death_to_life", "life", True),
        ("commutation_death_to_life", "death_reprieve", False),
        ("commutation_death_to_fixed", "suspended", True),
        ("commutation_death_to_fixed", "death_reprieve", False),
        ("sentence_reduction", "none", True),
        ("sentence_reduction", "life", False),
        ("parole", "none", True),
        ("medical_parole", "rtl", False),
        ("commutation_life_to_fixed", None, False),
    ],
)
def test_an_act_that_its_sentence_cannot_have_is_told(kind, sentence, wrong):
    cases = CASES.assign(sentence_type=sentence, sentence_months=None)
    found = doubts(cases, acts((None, "b", kind, "2014-05-01", None)))
    assert [(d.row, d.column, d.value) for d in found] == ([(0, "act_type", kind)] if wrong else [])
    assert all(sentence in d.message or sentence == "none" for d in found)


def test_a_commutation_of_a_fixed_term_is_among_the_warnings_of_a_cohort():
    made = cl.cohort(CASES, acts(("x", "a", "commutation_life_to_fixed", "2014-05-01", None)))
    message = "an act that a sentence of the kind 'fixed' cannot have"
    assert made.warnings[["row", "column", "message"]].to_numpy().tolist() == [[0, "act_type", message]]
