"""Timelines of single cases: what stands where, from tables made by hand."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.cohorts.timelines import COLUMNS

CASE = {
    "case_id": "a-2010", "person_id": "a", "name": "Person A", "name_zh": None, "detention_date": "2010-01-01",
    "sentence_date": "2010-06-15", "sentence_type": "fixed", "sentence_months": 60.0, "status": "unknown",
    "status_date": None, "seen_date": None, "raised_date": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def tables(cases=({},), acts=()):
    """Cases that differ from `CASE`, and acts of kind, date, months and term after."""
    frame = pd.DataFrame([CASE | c for c in cases])
    rows = [
        {"act_id": f"act{n}", "case_id": "a-2010", "months": np.nan, "term_after": np.nan, "scope": "single"} | a
        for n, a in enumerate(acts)
    ]
    columns = ["act_id", "case_id", "act_type", "act_date", "months", "term_after", "scope"]
    return frame, pd.DataFrame(rows, columns=columns)


def drawn(cases=({},), acts=(), ids="a-2010"):
    return cl.timeline(ids, *tables(cases, acts)).tidy()


def bar(frame, kind):
    """Days of the one bar or mark of a kind, as text; ``-`` for none."""
    (row,) = frame[frame["kind"] == kind].to_dict("records")
    return [
        "-" if pd.isna(row[c]) else str(row[c].date()) for c in ("start", "start_latest", "end", "end_latest")
    ]  # fmt: skip


def test_a_cut_moves_the_end_of_the_term_and_not_that_of_the_term_as_passed():
    """Five years from 1 January 2010 end on 31 December 2014; a cut of six months ends them on 30 June 2014."""
    found = drawn(
        [{"status": "released_on_expiry", "status_date": "2014-06-30"}],
        [{"act_type": "sentence_reduction", "act_date": "2012-05-04", "months": 6.0}],
    )
    assert list(found) == list(COLUMNS)
    assert bar(found, "term passed") == ["2010-01-01", "2010-01-01", "2014-12-31", "2014-12-31"]
    assert bar(found, "term changed") == ["2010-01-01", "2010-01-01", "2014-06-30", "2014-06-30"]
    assert bar(found, "custody") == ["2010-01-01", "2010-01-01", "2014-06-30", "2014-06-30"]
    assert bar(found, "cut") == ["2012-05-04", "2012-05-04", "-", "-"]
    assert found.loc[found["kind"] == "cut", ["what", "months"]].to_numpy().tolist() == [
        ["sentence reduction of 6 months", 6.0]
    ]
    assert bar(found, "release") == ["2014-06-30", "2014-06-30", "-", "-"]


def test_medical_parole_ends_custody_and_runs_to_the_death():
    """A date known to the month is an interval at both bars."""
    found = drawn(
        [{"status": "died_in_custody", "status_date": "2012-09-02"}],
        [{"act_type": "medical_parole", "act_date": "2012-03"}],
    )
    assert bar(found, "custody") == ["2010-01-01", "2010-01-01", "2012-03-01", "2012-03-31"]
    assert bar(found, "medical parole") == ["2012-03-01", "2012-03-31", "2012-09-02", "2012-09-02"]
    assert bar(found, "death") == ["2012-09-02", "2012-09-02", "-", "-"]
    assert not found["open"].any()


@pytest.mark.parametrize(("status", "sure"), [("medical_parole", "2013-05-01"), ("unknown", "2012-03-04")])
def test_a_parole_that_the_last_status_does_not_confirm_may_have_ended_on_any_day(status, sure):
    found = drawn(
        [{"status": status, "seen_date": "2013-05-01"}], [{"act_type": "medical_parole", "act_date": "2012-03-04"}]
    )
    assert bar(found, "medical parole") == ["2012-03-04", "2012-03-04", sure, "2013-05-01"]
    assert found.loc[found["kind"] == "medical parole", "open"].all()


def test_a_case_without_acts_is_open_where_documents_end():
    found = drawn([{"status": "serving", "seen_date": "2011-02"}])
    assert found["kind"].tolist() == ["term passed", "custody", "sentence"]
    assert bar(found, "custody") == ["2010-01-01", "2010-01-01", "2011-02-28", "2011-02-28"]
    assert found.loc[found["kind"] == "custody", "open"].all()


def test_life_has_no_end_until_it_is_commuted():
    """Eighteen years from the ruling of 1 March 2013 end on 28 February 2031 (Criminal Law art. 80)."""
    life = {"sentence_type": "life", "sentence_months": np.nan}
    found = drawn([life], [{"act_type": "commutation_life_to_fixed", "act_date": "2013-03-01", "term_after": 216.0}])
    assert bar(found, "term passed") == ["2010-01-01", "2010-01-01", "-", "-"]
    assert bar(found, "term changed")[2:] == ["2031-02-28", "2031-02-28"]
    assert bar(found, "commutation") == ["2013-03-01", "2013-03-01", "-", "-"]
    alone = drawn([life])
    assert "term changed" not in set(alone["kind"])


def test_refusals_extensions_and_being_raised_are_marks():
    found = drawn(
        [{"raised_date": "2011"}],
        [
            {"act_type": "medical_parole_denied", "act_date": "2011-04"},
            {"act_type": "sentence_extension", "act_date": "2011-05-01", "months": 12.0},
        ],
    )
    assert bar(found, "raised") == ["2011-01-01", "2011-12-31", "-", "-"]
    assert bar(found, "refusal") == ["2011-04-01", "2011-04-30", "-", "-"]
    assert bar(found, "term changed")[2:] == ["2015-12-31", "2015-12-31"]


def test_acts_without_a_place_are_told_apart():
    """A total is never a mark, nor is an act without a date or with one that is open."""
    cases, acts = tables(
        acts=[
            {"act_type": "sentence_reduction", "act_date": None, "months": 3.0},
            {"act_type": "sentence_reduction", "act_date": "2012-01-01/..", "months": 3.0},
            {"act_type": "sentence_reduction", "act_date": "2013", "months": 9.0, "scope": "total"},
        ]
    )
    found = cl.timeline("a-2010", cases, acts)
    assert "cut" not in set(found.tidy()["kind"])
    assert found.undated["what"].tolist() == ["sentence reduction"] * 3
    assert repr(found) == "<Timelines: 1 case, 4 rows; 3 acts without a date>"


def test_the_order_is_that_of_the_keys_and_not_of_the_tables():
    other = {"case_id": "b-2011", "person_id": "b", "name": "Person B"}
    found = drawn([{}, other], ids=["b-2011", "a-2010"])
    assert list(dict.fromkeys(found["case_id"])) == ["b-2011", "a-2010"]
    shuffled, acts = tables([other, {}])
    again = cl.timeline(["b-2011", "a-2010"], shuffled.set_index(pd.Index([7, 3])), acts).tidy()
    pd.testing.assert_frame_equal(found, again)


@pytest.mark.parametrize("storage", ["numbers", "categories"])
def test_keys_are_read_in_any_storage(storage):
    cases, acts = tables([{"case_id": "7"}], [{"case_id": "7", "act_type": "parole", "act_date": "2012-01-05"}])
    clean = cl.timeline("7", cases, acts).tidy()
    kind = int if storage == "numbers" else "category"
    cases, acts = (t.assign(case_id=t["case_id"].astype(kind)) for t in (cases, acts))
    pd.testing.assert_frame_equal(cl.timeline("7", cases, acts).tidy(), clean)
    made = cl.cohort(cases, acts, outcome="sentence_reduction")
    assert set(made.timeline(cases, acts).tidy()["kind"]) == {*clean["kind"], "at risk"}


def test_a_case_without_any_date_has_no_row_and_can_be_drawn():
    cases, acts = tables([{"detention_date": None, "sentence_date": None}])
    found = cl.timeline("a-2010", cases, acts)
    assert found.tidy().empty
    assert "nothing is drawn" in cl.timeline("a-2010", cases, acts).plot()._clemency_drawn.alt


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("liu-xiaobo", r"No case has the key 'liu-xiaobo'\. Near it: .*liu-xiaobo-2009"),
        ("Liu Xiaobo", r"Near it: .*liu-xiaobo-2009"),
        ("liu-xiaobo-2019", r"Near it: liu-xiaobo-2009"),
        ("qqqq", r"cl\.load\('cases'\) has the keys"),
        ([], "names no case"),
        (["liu-xiaobo-2009", "liu-xiaobo-2009"], "names a case twice: liu-xiaobo-2009"),
        ([f"k{n}" for n in range(61)], "61 cases are too many"),
    ],
)
def test_keys_that_no_case_has_are_refused_with_those_near(key, said):
    with pytest.raises(cl.UsageError, match=said):
        cl.timeline(key)


def test_one_table_alone_and_wrong_dates_are_refused():
    cases, acts = tables()
    with pytest.raises(cl.UsageError, match="cases and acts go together"):
        cl.timeline("a-2010", cases)
    with pytest.raises(cl.DataError, match="detention_date"):
        cl.timeline("a-2010", cases.assign(detention_date="5/6/10"), acts)
    with pytest.raises(cl.UsageError, match="events has no column"):
        cl.timeline("a-2010", cases, acts, pd.DataFrame({"date": ["2011"]}))


def test_events_without_a_direction_or_a_date_are_not_drawn():
    columns = ["date", "partner", "direction", "label"]
    rows = [
        ("2011-03", "US", 1, "up"),
        ("2012", "EU", -1, "down"),
        ("2012", "EU", 0, "neither"),
        ("2013/..", "UN", 1, "?"),
    ]
    found = cl.timeline("a-2010", *tables(), pd.DataFrame(rows, columns=columns))
    assert found.events["label"].tolist() == ["up", "down"]
    assert [str(d.date()) for d in found.events["start_latest"]] == ["2011-03-31", "2012-12-31"]


def test_the_cohort_adds_the_time_at_risk():
    """From the sentence on 15 June 2010 to the end of the term on 31 December 2014."""
    cases, acts = tables([{"status": "released_on_expiry", "status_date": "2014-12-31"}])
    made = cl.cohort(cases, acts, outcome="sentence_reduction")
    found = made.timeline(cases, acts)
    assert bar(found.tidy(), "at risk") == ["2010-06-15", "2010-06-15", "2014-12-31", "2014-12-31"]
    split = made.split(calendar="Y").timeline(cases, acts, "a-2010")
    pd.testing.assert_frame_equal(split.tidy(), found.tidy())
    with pytest.raises(cl.UsageError, match="No case has the key 'zz'"):
        made.timeline(cases, acts, "zz")
    assert "in the cohort" in set(found.tidy()["what"])


def test_shipped_cases_can_be_drawn_with_their_events():
    found = cl.timeline(["liu-xiaobo-2009", "swidan-mark-2019"])
    assert len(found.events) > 400
    ax = found.plot(title="Two cases")
    assert [t.get_text() for t in ax.get_yticklabels()][1] == "Mark Swidan"
    assert ax.get_title(loc="left") == "Two cases"
    assert "death, while the sentence ran 2017-07-13" in ax._clemency_drawn.alt
