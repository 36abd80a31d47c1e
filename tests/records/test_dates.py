import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clemency as cl
from clemency.records import dates
from clemency.records.terms import add_months, term_end

DAYS = st.dates(pd.Timestamp("1900-01-01").date(), pd.Timestamp("2100-12-31").date()).map(str)
POINTS = st.one_of(DAYS, DAYS.map(lambda d: d[:7]), DAYS.map(lambda d: d[:4]), DAYS.map(lambda d: d[:3] + "X"))
MARKED = st.tuples(POINTS, st.sampled_from(["", "~", "?", "%"])).map("".join)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("1989", "1989-01-01", "1989-12-31", "year"),
        ("1998-02", "1998-02-01", "1998-02-28", "month"),
        ("2000-02", "2000-02-01", "2000-02-29", "month"),
        ("2017-05-27", "2017-05-27", "2017-05-27", "day"),
        ("2017-05-27?", "2017-05-27", "2017-05-27", "day"),
        ("199X", "1990-01-01", "1999-12-31", "decade"),
        ("19XX", "1900-01-01", "1999-12-31", "century"),
        ("2004-XX", "2004-01-01", "2004-12-31", "year"),
        ("2004-05-XX", "2004-05-01", "2004-05-31", "month"),
        ("1994-02/1994-03", "1994-02-01", "1994-03-31", "interval"),
        ("../2003", "NaT", "2003-12-31", "interval"),
        ("2003/..", "2003-01-01", "NaT", "interval"),
    ],
)
def test_the_subset(text, earliest, latest, precision):
    date = dates.parse(text)
    assert (str(date.earliest), str(date.latest), date.precision) == (earliest, latest, precision)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2017-02-30", "no day 30"),
        ("2017-13", "no month 13"),
        ("2017-00", "no month 00"),
        ("0000", "year 0000"),
        ("98", "not a date"),
        ("1998/08/dd", "one slash"),
        ("2004-XX-05", "a month before"),
        ("199X-05", "whole year"),
        ("2003/2001", "ends before"),
        ("../..", "at least one end"),
        ("spring 1990", "not a date"),
        (" 1990", "not a date"),
    ],
)
def test_what_is_no_date(text, reason):
    with pytest.raises(ValueError, match=reason):
        dates.parse(text)
    assert [p[:2] for p in dates.problems(["1990", text])] == [(1, text)]
    with pytest.raises(cl.DataError) as caught:
        dates.bounds(["1990", text, text], name="act_date")
    assert [(p.row, p.column) for p in caught.value.problems] == [(1, "act_date"), (2, "act_date")]


@given(st.lists(st.one_of(st.none(), st.just(""), MARKED), max_size=20))
def test_arrays_say_what_scalars_say(texts):
    bound, middle = dates.bounds(texts), dates.midpoint(texts)
    for i, text in enumerate(texts):
        if not text:
            assert np.isnat(bound.earliest[i])
            assert np.isnat(middle[i])
            continue
        one = dates.parse(text)
        assert (bound.earliest[i], bound.latest[i], middle[i]) == (one.earliest, one.latest, one.midpoint)
        assert bound.earliest[i] <= middle[i] <= bound.latest[i]


@given(POINTS, POINTS)
def test_an_interval_spans_both_ends(one, other):
    first, last = sorted([one, other], key=lambda t: dates.parse(t).earliest)
    if dates.parse(first).earliest > dates.parse(last).latest:
        return
    whole = dates.parse(f"{first}/{last}")
    assert whole.earliest == dates.parse(first).earliest
    assert whole.latest == dates.parse(last).latest


@given(MARKED)
def test_marks_flag_and_do_not_widen(text):
    bare, date = dates.parse(text.rstrip("~?%")), dates.parse(text)
    assert (bare.earliest, bare.latest) == (date.earliest, date.latest)
    assert date.approximate == text.endswith(("~", "%"))
    assert date.uncertain == text.endswith(("?", "%"))


@pytest.mark.parametrize("dtype", ["string", object, "category"])
def test_containers_do_not_matter(dtype):
    texts = ["1990", None, "2001-05", "1990"]
    expected = dates.bounds(texts)
    for values in (pd.Series(texts, dtype=dtype), pd.Series(texts, dtype=dtype, index=[9, 9, 1, 0])):
        found = dates.bounds(values)
        np.testing.assert_array_equal(found.earliest, expected.earliest)
        np.testing.assert_array_equal(found.latest, expected.latest)
    assert len(dates.bounds([]).earliest) == 0


@given(DAYS, st.integers(0, 600))
def test_months_are_calendar_months(day, months):
    expected = (pd.Timestamp(day) + pd.DateOffset(months=months)).to_datetime64().astype("datetime64[D]")
    assert add_months(day, months)[0] == expected
    assert term_end(day, months)[0] == expected - np.timedelta64(1, "D")


def test_terms_with_parts_of_months_and_unknown_values():
    assert str(add_months("2020-01-01", 0.5)[0]) == "2020-01-16"
    assert np.isnat(term_end(["NaT", "2020-01-01"], [12, np.nan])).all()


DAYS_AS_TEXT = ["2014-05-20", None, "1960-01-01"]
SHANGHAI = "Asia/Shanghai"


def stored():
    """The days of DAYS_AS_TEXT in every storage, some of them late in the evening or just after midnight."""
    late = pd.Series(pd.to_datetime(["2014-05-20 00:30", None, "1960-01-01 23:30"]))
    yield "naive", late
    yield "seconds", late.astype("datetime64[s]")
    yield "zone", late.dt.tz_localize(SHANGHAI)
    yield "zone west", late.dt.tz_localize("America/New_York")
    yield "index", pd.DatetimeIndex(late)
    yield "array", late.to_numpy()
    yield "timestamps", late.astype(object)
    yield "timestamps with zone", late.dt.tz_localize(SHANGHAI).astype(object)
    yield "dates", pd.Series(late.dt.date, dtype=object).where(late.notna(), None)
    yield "periods", late.dt.to_period("D")
    yield "category", late.astype("category")
    yield "category with zone", late.dt.tz_localize(SHANGHAI).astype("category")
    yield "days", np.array(["2014-05-20", "NaT", "1960-01-01"], dtype="datetime64[D]")
    yield "mixed", [late[0].tz_localize(SHANGHAI), pd.NA, "1960-01-01"]
    yield "others mixed", [late[0].date(), np.nan, np.datetime64("1960-01-01")]
    pa = pytest.importorskip("pyarrow")
    yield "arrow", late.astype(pd.ArrowDtype(pa.timestamp("ns")))
    yield "arrow zone", late.dt.tz_localize(SHANGHAI).astype(pd.ArrowDtype(pa.timestamp("us", tz=SHANGHAI)))
    yield "arrow dates", pd.Series(late.dt.date).astype(pd.ArrowDtype(pa.date32()))
    yield "arrow text", pd.Series(DAYS_AS_TEXT).astype(pd.ArrowDtype(pa.string()))
    yield "arrow dictionary", pd.Series(DAYS_AS_TEXT).astype(pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))


@pytest.mark.parametrize(("storage", "values"), [pytest.param(*pair, id=pair[0]) for pair in stored()])
def test_days_of_every_storage_are_those_of_their_wall_clock(storage, values):
    found = dates.bounds(values)
    assert found.earliest.astype(str).tolist() == ["2014-05-20", "NaT", "1960-01-01"]
    assert found.latest.astype(str).tolist() == ["2014-05-20", "NaT", "1960-01-01"]
    assert list(map(str, dates.precision(values))) == ["day", "nan", "day"]
    assert dates.problems(values) == []


def test_one_instant_in_two_zones_is_two_days():
    """Equal values, which a table of distinct values would take for one."""
    pair = [pd.Timestamp("2014-05-20", tz=SHANGHAI), pd.Timestamp("2014-05-19 16:00", tz="UTC")]
    assert pair[0] == pair[1]
    assert dates.bounds(pair).latest.astype(str).tolist() == ["2014-05-20", "2014-05-19"]


def test_periods_are_as_long_as_they_are():
    found = dates.bounds(pd.Series(pd.period_range("2017Q1", periods=2, freq="Q")))
    assert found.earliest.astype(str).tolist() == ["2017-01-01", "2017-04-01"]
    assert found.latest.astype(str).tolist() == ["2017-03-31", "2017-06-30"]
    assert dates.bounds(np.array(["2017"], dtype="datetime64[Y]")).latest.astype(str).tolist() == ["2017-12-31"]
    assert dates.precision([pd.Period("2017-06"), pd.Period("2017")]).tolist() == ["month", "year"]


def test_columns_without_a_value_have_no_day():
    for values in ([], [None, np.nan], pd.Series([np.nan, np.nan]), pd.Series([], dtype=float), ["", pd.NaT]):
        assert np.isnat(dates.bounds(values).earliest).all()
        assert len(dates.bounds(values).earliest) == len(values)


@pytest.mark.parametrize(
    ("value", "reason", "remedy"),
    [
        ("2017Q2", "not a date", "Write 2017-04/2017-06."),
        ("06/07/2017", "not a date", "Write 2017-07-06 or 2017-06-07, whichever is meant."),
        ("２０１７", "not a date", "Write 2017."),
        ("1990 ", "not a date", "Write 1990."),
        ("unknown", "not a date", "Leave it empty if the date is not known."),
        ("9999-12-31", "outside the years", "Leave it empty if the date is not known, and write an interval"),
        ("9999", "outside the years", "Leave it empty"),
        ("16XX", "outside the years", "Leave it empty"),
        ("2262-01-01", "outside the years", "Leave it empty"),
        (2017, "a number", "Write '2017' as text."),
        (20170630, "a number", "Write '2017-06-30' as text."),
        (1989.0, "a number", "Write '1989' as text."),
        (True, "true or false", "Write 1989, 1998-08"),
        ([1], "list", "Write 1989, 1998-08"),
    ],
)
def test_what_is_no_date_in_a_column_has_its_own_remedy(value, reason, remedy):
    found = dates.problems(["1990", value])
    assert [p[:2] for p in found] == [(1, str(value))]
    assert reason in found[0][2]
    assert found[0][3].startswith(remedy)
    with pytest.raises(cl.DataError, match=r"acts, row 1, act_date"):
        dates.bounds(["1990", value], name="act_date", table="acts")


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", "int64[pyarrow]", "category"])
def test_whole_numbers_are_no_dates_in_any_storage(dtype):
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    found = dates.problems(pd.Series([2017, 20170630]).astype(dtype))
    assert [p[3] for p in found] == ["Write '2017' as text.", "Write '2017-06-30' as text."]


def test_the_last_years_that_days_can_be_reckoned_in():
    whole = dates.bounds(["1678", "2261"])
    as_ns = whole.latest.astype("datetime64[ns]")
    assert as_ns.astype(str).tolist() == ["1678-12-31T00:00:00.000000000", "2261-12-31T00:00:00.000000000"]


def test_a_day_in_another_age_is_named_and_never_moved(folder, spoil):
    """In nanoseconds 9999-12-31 is a day in 1816."""
    spoil("cases", 2, "status_date", "9999-12-31")
    named = cl.check(folder)
    assert named[["file", "row", "column", "value"]].to_numpy().tolist() == [
        ["cases.csv", 2, "status_date", "9999-12-31"]
    ]
    with pytest.raises(
        cl.DataError, match=r"cases\.csv, row 2, status_date, '9999-12-31': outside the years 1678 to 2261"
    ):
        cl.load("cases", folder)


@pytest.mark.parametrize("text", ["14/06/2012", "6/7/2017", "2017/06/30"])
def test_a_day_with_slashes_is_not_called_an_interval(text):
    assert "interval" not in dates.problems([text])[0][2]
