"""Dates in prose: what each means, which only bound what happened, and the year of those that leave it out."""

import pytest

from clemency.sources.narrative.prose.textdates import cited, find, infer_year, iso


def read(text, year=None):
    return [m.edtf(year) for m in find(text)]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("On May 3, 2015, he left.", ["2015-05-03"]),
        ("On May 3 2015 and May 4th, 2015", ["2015-05-03", "2015-05-04"]),
        ("3 May 2015, 3 May, 2016", ["2015-05-03", "2016-05-03"]),
        ("In May of 2015", ["2015-05"]),
        ("Sept. 4, 2011; Sep. 5, 2011; Dec. 6, 2011", ["2011-09-04", "2011-09-05", "2011-12-06"]),
        ("the 2012 or early 2013 ruling", ["2012/2013"]),
        ("2013 or 2012", ["2013"]),  # an interval never runs backwards
        ("2012 or 2012", ["2012"]),
        ("May 40, 2011; May 0, 2011; February 29, 2011", ["2011-05", "2011-05", "2011-02"]),
        ("May 31, 2011; April 31, 2011; February 29, 2012", ["2011-05-31", "2011-04", "2012-02-29"]),
        ("May 1, 1811", [None]),  # a year of another century is none, and the day stays without one
        ("the 1980s, 1989's, 2015-16, 12/2011, p. 45.2011", []),
        ("2011-05-06 and 1-2011", []),
        ("She may appeal. March on, 5 people.", []),
        ("in May, by June, of July, late August, early-March", [None] * 5),
        ("some 3 June people, 3 of them", [None]),
        ("May 3,000", []),
    ],
)
def test_dates_as_written(text, dates):
    assert read(text) == dates


def test_parts_and_places_of_a_date():
    (day,) = find("xx May 3, 2015.", 3)
    assert (day.start, day.end, day.year, day.month, day.day, day.second_year) == (3, 14, 2015, 5, 3, None)
    assert find("May 3, 2015 and June 4, 2016", 5, 11)[0].year == 2015
    assert [m.month for m in find("May 3, 2015 and June 4, 2016", 12)] == [6]
    assert [m.month for m in find("May 3, 2015 and June 4, 2016", 0, 15)] == [5]


@pytest.mark.parametrize(
    "before",
    [
        "as of", "by", "before", "prior to", "until", "since", "beginning in", "starting in", "after", "following",
        "from", "through", "in or before", "up to", "dated", "no later than", "By", "AS OF", "since early",
        "before the", "by late", "until around", "after the early", "since mid-",
    ],
)  # fmt: skip
def test_words_before_a_date_that_only_bounds(before):
    """``by May 2015`` says that it had happened then, not when."""
    day = find(f"He was held {before} May 2015.")
    assert [(m.edtf(None), m.bound) for m in day] == [("2015-05", True)]


@pytest.mark.parametrize("before", ["in", "on", "of", "standby", "thereafter", "around", "by him in", "after trial in"])
def test_words_before_a_date_of_what_happened(before):
    day = find(f"He was held {before} May 2015.")
    assert [(m.edtf(None), m.bound) for m in day] == [("2015-05", False)]


def test_only_the_word_before_its_own_date_bounds():
    days = find("Held from 2012 to 2014, and since June 3, 2015, after which on May 4, 2016")
    assert [(m.edtf(None), m.bound) for m in days] == [
        ("2012", True),
        ("2014", False),
        ("2015-06-03", True),
        ("2016-05-04", False),
    ]


def test_citations():
    assert cited("RFA, 8 Jun 16; 23 May 2018, 1 Sept. 99; 3 January 59, 3 Jan 60") == [
        (2016, 6, 8),
        (2018, 5, 23),
        (1999, 9, 1),
        (2059, 1, 3),
        (1960, 1, 3),
    ]
    assert cited("June 8, 16") == []
    assert [iso(d) for d in ((2016, 2, 29), (2015, 2, 29), (2015, 4, 0), (985, 12, 31))] == [
        "2016-02-29",
        "2015-02",
        "2015-04",
        "0985-12-31",
    ]


def inferred(text, sources=()):
    *before, last = find(text)
    return infer_year(last, before, sources)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("In March 2012 he was ill. On June 2", 2012),
        ("In June 2012 he was ill. On March 2", 2012),  # a month alone does not say that the year had turned
        ("On June 20, 2012 he was ill. On March 2", 2013),
        ("On June 20, 2012 he was ill. On June 19", 2013),
        ("On June 20, 2012 he was ill. On June 20", 2012),
        ("On June 20, 2012 he was ill. On June 21", 2012),
        ("In 2012 he was ill. On March 2", 2012),
        ("On June 20, 2012, then on March 2, then on February 1", 2014),
        ("On June 20, 2012, then on March 2, then on April 1", 2013),
        ("On June 20, 2012, then in March, then on April 1", 2012),  # in March: the day is not known, nor the year
        ("In June 2012, then on March 2, then on April 1", 2012),
        ("On June 20, 2012, in 1989, then on April 1", 1989),
        ("On June 20, then on April 1", None),
        ("On April 1", None),
        ("On May 4, 2010, on July 1, 2011, on June 1, 2012 and on March 5", 2013),
    ],
)
def test_the_year_runs_on_in_a_text_without_sources(text, year):
    assert inferred(text) == year


@pytest.mark.parametrize(
    ("text", "sources", "year"),
    [
        ("On January 12", [(2014, 1, 14)], 2014),
        ("On January 14", [(2014, 1, 14)], 2014),
        ("On January 15", [(2014, 1, 14)], 2013),
        ("On December 1", [(2014, 1, 14)], 2013),
        ("In January", [(2014, 1, 14)], 2014),
        ("In February", [(2014, 1, 14)], 2013),
        ("On June 3", [(2014, 1, 14), (2014, 6, 2), (2013, 12, 31)], 2013),
        ("On June 3", [(2013, 12, 31), (2014, 6, 3), (2014, 1, 14)], 2014),
        ("On May 4, 1999 he was ill. On June 3", [(2014, 6, 3)], 2014),  # the source says more than the text
    ],
)
def test_the_year_is_the_last_before_the_latest_source(text, sources, year):
    assert inferred(text, sources) == year
