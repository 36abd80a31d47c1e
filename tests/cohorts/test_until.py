"""The end of observation in every form, and days of every storage: the exits are counted by hand from custody."""

import datetime

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.terms import DAYS_PER_MONTH

ONE = pd.DataFrame(
    {
        "case_id": ["a"], "person_id": ["a"], "detention_date": ["2010-03-01"], "sentence_date": ["2010-09-01"],
        "sentence_type": ["fixed"], "sentence_months": [200], "status": ["serving"], "status_date": ["2020-01-01"],
    }
)  # fmt: skip
NONE = pd.DataFrame({"act_id": [], "case_id": [], "act_type": [], "act_date": [], "months": []}, dtype=object)


@pytest.mark.parametrize(
    ("until", "days"),
    [  # days from 1 March 2010: seven years, two leap days, and 121 to 30 June or 305 to 31 December
        ("2017-06-30", 7 * 365 + 2 + 121),
        ("2017-06", 7 * 365 + 2 + 121),
        ("2017Q2", 7 * 365 + 2 + 121),
        (pd.Period("2017Q2"), 7 * 365 + 2 + 121),
        (pd.Timestamp("2017-06-30", tz="Asia/Shanghai"), 7 * 365 + 2 + 121),
        (datetime.date(2017, 6, 30), 7 * 365 + 2 + 121),
        ("2017", 7 * 365 + 2 + 305),
        ("2017Q4", 7 * 365 + 2 + 305),
        (pd.Period("2017"), 7 * 365 + 2 + 305),
        (np.datetime64("2017"), 7 * 365 + 2 + 305),
    ],
)
def test_the_end_is_the_last_day_of_what_is_named(until, days):
    made = cl.cohort(ONE, NONE, until=until)
    assert made.spells["exit"].tolist() == pytest.approx([days / DAYS_PER_MONTH], rel=1e-12)
    assert made.rules.until == str(datetime.date(2010, 3, 1) + datetime.timedelta(days=days))


@pytest.mark.parametrize(
    "until", [2017, 20170630, 2017.5, True, "06/07/2017", "30/06/2017", "２０１７", "9999", "2017/.."]
)
def test_an_end_that_is_not_certain_is_refused(until):
    with pytest.raises(cl.UsageError, match="until="):
        cl.cohort(ONE, NONE, until=until)
    with pytest.raises(cl.UsageError, match="end="):
        cl.relations("US", end=until)


def test_ends_of_indices_and_series_are_the_same_days():
    text = cl.relations("US", end="2017-06-30").frame
    for end in ("2017Q2", "2017-06", pd.Period("2017Q2"), pd.Timestamp("2017-06-30 12:00", tz="Asia/Shanghai")):
        pd.testing.assert_frame_equal(cl.relations("US", end=end).frame, text)
    us = cl.load("events").query("partner == 'US' and event_type == 'human_rights_dialogue'")
    made = cl.cohort(cl.load("cases"), cl.load("acts"), clock="sentence")
    fits = [cl.event_study(made, us, leads=2, lags=2, start="1999", end=end) for end in ("2019", pd.Period("2019Q4"))]
    pd.testing.assert_frame_equal(fits[0].tidy(), fits[1].tidy())
    with pytest.raises(cl.UsageError, match="end=2019 is not a day"):
        cl.event_study(made, us, leads=2, lags=2, start="1999", end=2019)
    for at in (1995, "1/7/1995"):
        with pytest.raises(cl.UsageError, match="at="):
            cl.interrupted(made, at=at)


CASES = pd.DataFrame(
    {
        "case_id": ["b", "d"], "person_id": ["b", "d"], "detention_date": ["2011-05-15", "2010-07-01"],
        "sentence_date": ["2011-12-01", "2011-01-01"], "sentence_type": "fixed", "sentence_months": [84, 120],
        "status": "serving", "status_date": "2016-01-01",
    }
)  # fmt: skip
ACTS = pd.DataFrame(
    {
        "act_id": ["x", "y"], "case_id": ["b", "d"], "act_type": "sentence_reduction",
        "act_date": ["2014-05-20", "2013-01-01"], "months": [6, 8],
    }
)  # fmt: skip


def forms():
    day = pd.to_datetime(ACTS["act_date"])
    yield "text", ACTS["act_date"]
    yield "naive", day
    for zone in ("Asia/Shanghai", "America/New_York"):
        yield zone, day.dt.tz_localize(zone)
        yield f"{zone} objects", day.dt.tz_localize(zone).astype(object)
    yield "objects", day.astype(object)
    yield "dates", pd.Series(list(day.dt.date), dtype=object)
    yield "periods", day.dt.to_period("D")
    yield "seconds", day.astype("datetime64[s]")
    yield "category", ACTS["act_date"].astype("category")
    yield "mixed", pd.Series(["2014-05-20", day[1]], dtype=object)
    pa = pytest.importorskip("pyarrow")
    yield "arrow", day.astype(pd.ArrowDtype(pa.timestamp("ns")))
    yield (
        "arrow zone",
        day.dt.tz_localize("Asia/Shanghai").astype(pd.ArrowDtype(pa.timestamp("ns", tz="Asia/Shanghai"))),
    )
    yield "arrow dates", pd.Series(day.dt.date).astype(pd.ArrowDtype(pa.date32()))


@pytest.mark.parametrize("rule", [{}, {"dates": "impute", "m": 2, "seed": 1}, {"recurrent": True}])
@pytest.mark.parametrize(("form", "values"), [pytest.param(*pair, id=pair[0]) for pair in forms()])
def test_an_act_is_on_its_day_in_every_storage(form, values, rule):
    """From 15 May 2011 to 20 May 2014 are 1,101 days; from 1 July 2010 to 1 January 2013 are 915."""
    made = cl.cohort(CASES, ACTS.assign(act_date=values), **rule)
    for one in getattr(made, "cohorts", [made]):
        acts = one.spells[one.spells["event"] == "sentence_reduction"]
        np.testing.assert_allclose(acts["exit"], np.array([1101, 915]) / DAYS_PER_MONTH, rtol=1e-12)
        years = one.split(calendar="Y").spells.query("event == 'sentence_reduction'")["year"].tolist()
        assert years == ["2014", "2013"]


@pytest.mark.parametrize(("form", "values"), [pytest.param(*pair, id=pair[0]) for pair in forms()])
def test_events_and_onsets_are_on_their_days_in_every_storage(form, values):
    made = cl.cohort(CASES, ACTS)
    events = pd.DataFrame({"date": pd.Series(values).reset_index(drop=True)})
    text = made.expose(events.assign(date=ACTS["act_date"]), by=None, name="z").spells
    assert text["z"].sum() > 0
    pd.testing.assert_frame_equal(made.expose(events, by=None, name="z").spells, text)
    raised = pd.DataFrame({"case_id": ["b", "d"], "date": events["date"]})
    wanted = made.expose_from(raised.assign(date=ACTS["act_date"]), "date", name="raised").spells
    pd.testing.assert_frame_equal(made.expose_from(raised, "date", name="raised").spells, wanted)
    states = [
        cl.eligibility(dict(CASES.iloc[0]), on="2015-01-01", acts=ACTS.assign(act_date=v))
        for v in (values, ACTS["act_date"])
    ]
    assert states[0].reduced == states[1].reduced == 6
    pd.testing.assert_frame_equal(states[0].table, states[1].table)
