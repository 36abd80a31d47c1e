"""An act that a release closes is drawn before the release, one that has the day of the release on it."""

import pandas as pd
import pytest

import clemency as cl


def drawn(date):
    case = {
        "case_id": "a",
        "person_id": "a",
        "detention_date": "2001-01-01",
        "sentence_date": "2001-06-01",
        "sentence_type": "fixed",
        "sentence_months": 120.0,
        "status": "released_early",
        "status_date": "2006-02",
    }
    act = {
        "act_id": "a-1",
        "case_id": "a",
        "act_type": "sentence_reduction",
        "act_date": date,
        "date_basis": "release",
        "scope": "single",
    }
    imputed = cl.cohort(pd.DataFrame([case]), pd.DataFrame([act]), dates="impute", m=40, seed=1, clock="custody")
    return pd.Series([c.spells["exit"].iloc[0] for c in imputed.cohorts])


def test_an_interval_is_drawn_within_itself():
    exits = drawn("2003-01-01/2006-02")
    # 24.0 and 61.9 months from January 2001: two years and five years and two months.
    assert exits.between(23.9, 62.0).all()
    assert exits.max() - exits.min() > 12


def test_the_day_of_the_release_stays_the_day_of_the_release():
    assert drawn("2006-02").between(60.9, 62.0).all()


@pytest.mark.parametrize("date", ["2003-01-01/2006-02", "2006-02"])
def test_the_act_is_the_event_in_every_draw(date):
    assert len(drawn(date)) == 40
