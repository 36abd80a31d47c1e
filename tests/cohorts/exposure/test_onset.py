"""Exposure from a day of each case's own: never before it, at the latest day of a partial date, never guessed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.records.errors import DataError, UsageError
from clemency.records.terms import DAYS_PER_MONTH

CASES = pd.DataFrame(
    {
        "case_id": list("abcde"),
        "person_id": list("abcde"),
        "detention_date": "2010-01-01",
        "sentence_date": "2010-07-01",
        "sentence_type": "fixed",
        "sentence_months": 120.0,
        "status": "serving",
        "status_date": "2015-01-01",
        "raised_by": [pd.NA, "one", "two", "three", pd.NA],
        "raised_date": [pd.NA, "2012-03-05", "2012", pd.NA, "2009"],
    }
)
ACTS = pd.DataFrame({"case_id": ["a"], "act_type": ["sentence_reduction"], "act_date": ["2013-01-01"], "months": [6.0]})


@pytest.fixture(scope="module")
def cohort():
    return cl.cohort(CASES, ACTS, until="2015-01-01")


def raised(cohort, cases=CASES, **options):
    return cohort.expose_from(cases, "raised_date", **{"name": "raised", "flag": "raised_by"} | options)


def spans(cohort, case):
    """Spells of a case as (first day, last day, raised)."""
    s = cohort.spells[cohort.spells["case_id"] == case]
    days = [
        (s["origin"] + pd.to_timedelta((s[c] * DAYS_PER_MONTH).round(), unit="D")).dt.strftime("%F")
        for c in ("entry", "exit")
    ]
    return list(zip(*days, s["raised"], strict=True))


def test_by_hand(cohort):
    found = raised(cohort)
    assert spans(found, "a") == [("2010-07-01", "2013-01-01", 0)]
    assert spans(found, "b") == [("2010-07-01", "2012-03-05", 0), ("2012-03-05", "2015-01-01", 1)]
    assert spans(found, "c") == [("2010-07-01", "2012-12-31", 0), ("2012-12-31", "2015-01-01", 1)]
    assert spans(found, "e") == [("2010-07-01", "2015-01-01", 1)]
    assert found.exclusions.to_numpy().tolist() == [["d", "raised, but on a date not known"]]
    assert found.spells["case_id"].nunique() + len(found.exclusions) == found.n_cases


@pytest.mark.parametrize(
    ("dates", "day"), [("earliest", "2012-01-01"), ("midpoint", "2012-07-01"), ("latest", "2012-12-31")]
)
def test_a_partial_date_stands_for_the_day_that_is_asked_for(cohort, dates, day):
    assert spans(raised(cohort, dates=dates), "c")[0] == ("2010-07-01", day, 0)


def test_cases_without_a_date_are_excluded_kept_without_a_value_or_refused(cohort):
    kept = raised(cohort, undated="missing")
    assert kept.spells.groupby("case_id")["raised"].apply(lambda v: v.isna().all()).to_dict() == {
        "a": False, "b": False, "c": False, "d": True, "e": False,
    }  # fmt: skip
    assert len(kept.exclusions) == 0
    with pytest.raises(DataError, match="d is raised, on a date not known") as caught:
        raised(cohort, undated="refuse")
    assert len(caught.value.problems) == 1
    # Without the flag nothing says that d was raised.
    assert spans(raised(cohort, flag=None), "d") == [("2010-07-01", "2015-01-01", 0)]


def test_an_open_interval_is_a_date_not_known(cohort):
    open_ended = CASES.assign(raised_date=CASES["raised_date"].where(CASES["case_id"] != "b", "2012/.."))
    assert set(raised(cohort, open_ended, flag=None).exclusions["case_id"]) == {"b"}
    assert raised(cohort, open_ended, flag=None, dates="earliest").exclusions.empty


def test_an_act_on_the_day_is_not_exposed(cohort):
    on_the_day = raised(cohort, CASES.assign(raised_date="2013-01-01"))
    assert spans(on_the_day, "a") == [("2010-07-01", "2013-01-01", 0)]
    day_before = raised(cohort, CASES.assign(raised_date="2012-12-31"))
    assert day_before.spells.query("event == 'sentence_reduction'")["raised"].tolist() == [1]


@given(st.lists(st.integers(-1500, 3000), min_size=5, max_size=5), st.integers(1, 24))
def test_nobody_is_exposed_before_the_date(offsets, every):
    days = pd.Timestamp("2010-01-01") + pd.to_timedelta(offsets, unit="D")
    made = cl.cohort(CASES, ACTS, until="2015-01-01")
    dated = CASES.assign(raised_date=days.strftime("%Y-%m-%d"))
    found = raised(made.split(clock=range(0, 121, every)), dated)
    s = found.spells.merge(pd.DataFrame({"case_id": CASES["case_id"], "day": days}), on="case_id")
    begin = (s["origin"] - s["day"]).dt.days + s["entry"] * DAYS_PER_MONTH
    end = (s["origin"] - s["day"]).dt.days + s["exit"] * DAYS_PER_MONTH
    assert (begin[s["raised"] == 1] > -1e-6).all()
    assert (end[s["raised"] == 0] < 1e-6).all()
    np.testing.assert_allclose(found.describe()["person_months"], made.describe()["person_months"])
    pd.testing.assert_frame_equal(
        found.spells, raised(made, dated).split(clock=range(0, 121, every)).spells[found.spells.columns]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cases": CASES.drop(columns="raised_date")}, "no column 'raised_date'"),
        ({"cases": CASES.iloc[1:]}, "not in the frame"),
        ({"cases": pd.concat([CASES, CASES.iloc[:1]])}, "more than once"),
        ({"name": "event"}, "already"),
        ({"undated": "guess"}, "undated"),
        ({"dates": "someday"}, "dates"),
        ({"flag": "nothing"}, "no column 'nothing'"),
    ],
)
def test_refusals(cohort, options, message):
    with pytest.raises(UsageError, match=message):
        raised(cohort, **options)


def test_a_flag_of_zeros_flags_nobody(cohort):
    flagged = CASES.assign(flag=[0, 1, 1, 0, 1])
    assert raised(cohort, flagged, flag="flag").exclusions.empty
