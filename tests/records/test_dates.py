import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
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


@settings(max_examples=200, deadline=None)
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


@settings(max_examples=100, deadline=None)
@given(POINTS, POINTS)
def test_an_interval_spans_both_ends(one, other):
    first, last = sorted([one, other], key=lambda t: dates.parse(t).earliest)
    if dates.parse(first).earliest > dates.parse(last).latest:
        return
    whole = dates.parse(f"{first}/{last}")
    assert whole.earliest == dates.parse(first).earliest
    assert whole.latest == dates.parse(last).latest


@settings(max_examples=100, deadline=None)
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


@settings(max_examples=100, deadline=None)
@given(DAYS, st.integers(0, 600))
def test_months_are_calendar_months(day, months):
    expected = (pd.Timestamp(day) + pd.DateOffset(months=months)).to_datetime64().astype("datetime64[D]")
    assert add_months(day, months)[0] == expected
    assert term_end(day, months)[0] == expected - np.timedelta64(1, "D")


def test_terms_with_parts_of_months_and_unknown_values():
    assert str(add_months("2020-01-01", 0.5)[0]) == "2020-01-16"
    assert np.isnat(term_end(["NaT", "2020-01-01"], [12, np.nan])).all()
