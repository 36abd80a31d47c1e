"""Dates and durations as single arguments: what they mean is written out by hand, what is not certain is refused."""

import datetime

import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency.records.arguments.days import duration, duration_months, edtf_text, first_day, last_day, one_day
from clemency.records.errors import UsageError

SPANS = [
    ("2017-06-30", "2017-06-30", "2017-06-30"),
    ("2017-06", "2017-06-01", "2017-06-30"),
    ("2016-02", "2016-02-01", "2016-02-29"),
    ("2017", "2017-01-01", "2017-12-31"),
    ("2017Q2", "2017-04-01", "2017-06-30"),
    ("2017q4", "2017-10-01", "2017-12-31"),
    ("2017-Q1", "2017-01-01", "2017-03-31"),
    ("2017-06~", "2017-06-01", "2017-06-30"),
    ("2017-05/2017-07", "2017-05-01", "2017-07-31"),
    (pd.Period("2017Q2"), "2017-04-01", "2017-06-30"),
    (pd.Period("2017-06"), "2017-06-01", "2017-06-30"),
    (pd.Period("2017"), "2017-01-01", "2017-12-31"),
    (pd.Period("2017Q2", freq="Q-MAR"), "2016-07-01", "2016-09-30"),
    (pd.Period("2017-06-30", freq="D"), "2017-06-30", "2017-06-30"),
    (pd.Period("2017-06-30 13:00", freq="h"), "2017-06-30", "2017-06-30"),
    (datetime.date(2017, 6, 30), "2017-06-30", "2017-06-30"),
    (datetime.datetime(2017, 6, 30, 23, 59), "2017-06-30", "2017-06-30"),
    (pd.Timestamp("2017-06-30 00:30", tz="Asia/Shanghai"), "2017-06-30", "2017-06-30"),
    (pd.Timestamp("2017-06-30 23:30", tz="America/New_York"), "2017-06-30", "2017-06-30"),
    (np.datetime64("2017"), "2017-01-01", "2017-12-31"),
    (np.datetime64("2017-06"), "2017-06-01", "2017-06-30"),
    (np.datetime64("2017-06-30"), "2017-06-30", "2017-06-30"),
    (np.datetime64("1969-12-31T23:00:00"), "1969-12-31", "1969-12-31"),
    (np.str_("2017-06"), "2017-06-01", "2017-06-30"),
]


@pytest.mark.parametrize(("value", "first", "last"), SPANS)
def test_a_beginning_is_the_first_day_and_an_end_the_last(value, first, last):
    assert str(first_day(value, "start")) == first
    assert str(last_day(value, "until")) == last
    if first == last:
        assert str(one_day(value, "on")) == first
    else:
        with pytest.raises(UsageError, match=r"on=.* is not a day such as 2017-05-27"):
            one_day(value, "on")


def test_arrow_dates_are_dates():
    pa = pytest.importorskip("pyarrow")
    assert str(one_day(pa.scalar(datetime.date(2017, 6, 30)), "on")) == "2017-06-30"


NO_DATES = [
    (2017, "Write '2017' as text"),
    (2017.0, "Write '2017' as text"),
    (np.int64(20170630), "Write '2017-06-30' as text"),
    (42916, "Write (a day, such as 2017-05-27|2017-06-30, or 2017-06, 2017Q2 or 2017), as text"),
    (True, "true or false"),
    (None, "missing"),
    (pd.NaT, "missing"),
    (float("nan"), "missing"),
    ("06/07/2017", "Write 2017-07-06 or 2017-06-07, whichever is meant"),
    ("30/06/2017", r"Write 2017-06-30\."),
    ("30.6.2017", r"Write 2017-06-30\."),
    ("20170630", r"Write 2017-06-30\."),
    ("2017/06/30", r"Write 2017-06-30\."),
    ("2017-6-3", r"Write 2017-06-03\."),
    ("2017-06-30 00:00:00", r"Write 2017-06-30\."),
    ("2017-06-30T12:00", r"Write 2017-06-30\."),
    ("30 June 2017", r"Write 2017-06-30\."),
    ("June 30, 2017", r"Write 2017-06-30\."),
    ("Jun 2017", r"Write 2017-06\."),
    ("2017年6月30日", r"Write 2017-06-30\."),
    ("２０１７", r"Write 2017\."),
    ("٢٠١٧", r"Write 2017\."),
    (" 2017", r"Write 2017\."),
    ("2017–06–30", r"Write 2017-06-30\."),
    ("2017-02-30", "no day 30 in 2017-02"),
    ("9999-12-31", "outside the years 1678 to 2261"),
    ("0001", "outside the years 1678 to 2261"),
    (datetime.date(9999, 12, 31), "outside the years 1678 to 2261"),
    (np.datetime64("2017-06-30", "W"), "a week"),
    (["2017"], "list"),
    (datetime.timedelta(1), "timedelta"),
    ("soon", "Write (a day|2017-06-30)"),
    ("", "Write (a day|2017-06-30)"),
]


@pytest.mark.parametrize(("value", "message"), NO_DATES)
def test_what_is_no_date_for_certain_is_refused_with_what_is_meant(value, message):
    for read in (first_day, last_day, one_day, edtf_text):
        with pytest.raises(UsageError, match=message) as caught:
            read(value, "until")
        assert str(caught.value).startswith(f"until={value!r} is not a day")


def test_open_ends_and_doubts_are_no_days():
    assert str(last_day("../2003", "end")) == "2003-12-31"
    with pytest.raises(UsageError, match="has no first day"):
        first_day("../2003", "start")
    with pytest.raises(UsageError, match="has no last day"):
        last_day("2003/..", "end")
    with pytest.raises(UsageError, match="its mark makes it uncertain"):
        one_day("2017-06-30?", "on")


def test_the_text_of_what_was_given():
    assert edtf_text("2017Q2", "at") == "2017-04-01/2017-06-30"
    assert edtf_text(pd.Timestamp("2017-06-30"), "at") == "2017-06-30"
    assert edtf_text("2017-06~", "at") == "2017-06~"


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("180D", 180),
        ("180d", 180),
        ("180 days", 180),
        ("1 day", 1),
        ("26W", 182),
        ("2 weeks", 14),
        ("P180D", 180),
        (datetime.timedelta(days=180), 180),
        (pd.Timedelta("180D"), 180),
        (pd.Timedelta("72h"), 3),
        (np.timedelta64(26, "W"), 182),
        (np.timedelta64(48, "h"), 2),
        (pd.offsets.Day(5), 5),
    ],
)
def test_a_duration_has_a_number_and_a_unit(value, days):
    assert duration(value, "window") == days
    # A month is 365.25/12 = 30.4375 days.
    assert duration_months(value, "half_life") == pytest.approx(days / 30.4375, rel=1e-15)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (180, "Write '180D' for days"),
        (180.0, "Write '180D' for days"),
        ("180", "Write '180D' for days"),
        (True, "true or false"),
        (None, "missing"),
        (pd.NaT, "missing"),
        (np.timedelta64("NaT"), "missing"),
        (float("nan"), "no unit"),
        (float("inf"), "no unit"),
        ("180s", "'s' is not a unit of a day or longer. Write '180D'"),
        ("12h", "'h' is not a unit"),
        ("3min", "'min' is not a unit"),
        ("180m", "minutes or for months. Write '5479D' for 180 months"),
        ("1M", "Write '30D' for 1 months"),
        ("6 months", "no fixed number of days. Write '183D'"),
        ("1Y", "Write '365D'"),
        (np.timedelta64(6, "M"), "no fixed number of days"),
        (np.timedelta64(6), "no unit"),
        (pd.DateOffset(months=6), "DateOffset"),
        ("0D", "one or more"),
        ("-3D", "not a number and a unit"),
        (datetime.timedelta(days=-3), "one or more"),
        ("1.5D", "whole days"),
        (pd.Timedelta("36h"), "whole days"),
        ("99999999999D", "no more than a thousand years"),
        ("１８０D", "Write '180D'"),
        (" 180D", "Write '180D'"),
        ("soon", "Write days or weeks"),
        ("inf", "Write days or weeks"),
    ],
)
def test_a_duration_without_a_certain_length_is_refused(value, message):
    with pytest.raises(UsageError, match=message) as caught:
        duration(value, "window")
    assert str(caught.value).startswith(f"window={value!r}")


def test_months_are_a_duration_where_they_have_a_length():
    assert duration_months("6 months", "half_life") == 6
    assert duration_months("1.5 years", "half_life") == 18
    assert duration_months(np.inf, "half_life") == np.inf
    for value in (12, 12.0, "12"):
        with pytest.raises(UsageError, match="Write '12 months', or '12D' for days"):
            duration_months(value, "half_life")
    for value in (0, -1, np.nan, -np.inf, "0 months", True, "6m", "6M", "inf", pd.NaT):
        with pytest.raises(UsageError, match="half_life="):
            duration_months(value, "half_life")


EVENTS = pd.DataFrame({"date": ["2005-01-10", "2006-03-01", "2007-01-02"], "event_type": "summit"})


@pytest.mark.parametrize("window", [180, "180", "180s", "6 months", True, None])
def test_every_window_is_read_by_the_same_rules(window):
    made = cl.cohort(cl.load("cases"), cl.load("acts"))
    for use in (made.expose, lambda e, window: cl.placebo(made, e, window=window)):
        with pytest.raises(UsageError, match="window="):
            use(EVENTS, window=window)


def test_a_window_may_be_any_of_its_forms():
    made = cl.cohort(cl.load("cases"), cl.load("acts"))
    text = made.expose(EVENTS, window="182D").spells
    marked = text["exposed_summit"].sum()
    assert marked > 0
    for window in ("26W", datetime.timedelta(days=182), np.timedelta64(26, "W")):
        pd.testing.assert_frame_equal(made.expose(EVENTS, window=window).spells, text)
    assert (
        cl.placebo(made, EVENTS, window="182D").tidy()["ratio"][0]
        == (cl.placebo(made, EVENTS, window=datetime.timedelta(days=182)).tidy()["ratio"][0])
    )


@pytest.mark.parametrize("vague", ["201X", "20XX", "2017-XX", "2017-06-XX", "2010/201X"])
@pytest.mark.parametrize("which", [first_day, last_day])
def test_digits_that_are_not_specified_are_no_choice_of_a_day(vague, which):
    with pytest.raises(UsageError, match=r"until='.*' has digits that are not specified"):
        which(vague, "until")


def test_the_day_that_unspecified_digits_may_mean_is_offered():
    with pytest.raises(UsageError, match="Write '2019-12-31' if this last day is meant"):
        last_day("201X", "until")
    with pytest.raises(UsageError, match="Write '2010-01-01' if this first day is meant"):
        first_day("201X", "start")
