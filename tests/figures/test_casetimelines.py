"""The swimmer plot: where bars, blocks and marks stand, and what becomes of names of any kind."""

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from clemency.figures.calendar.casetimelines import MARKS, case_timelines
from clemency.figures.theme.files import to_png, to_svg
from clemency.records.errors import UsageError

COLUMNS = ["case_id", "name", "kind", "what", "start", "start_latest", "end", "end_latest", "open", "months", "date"]
DAYS = ["start", "start_latest", "end", "end_latest"]


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def rows(*given, name="Person A"):
    """Rows of kind, first and last day of the beginning, first and last day of the end."""
    made = [("a", name, kind, kind, *(list(days) + [None] * 4)[:4], False, np.nan, None) for kind, *days in given]
    return pd.DataFrame(made, columns=COLUMNS).astype(dict.fromkeys(DAYS, "datetime64[ns]"))


def number(day):
    return mdates.date2num(pd.Timestamp(day))


CUSTODY = ("custody", "2010-01-01", "2010-01-01", "2012-01-01", "2012-01-31")


def test_a_bar_is_solid_where_it_surely_was_and_pale_where_it_may_have_been():
    ax = case_timelines(rows(CUSTODY))
    solid, pale = ax.patches
    assert (solid.get_x(), solid.get_x() + solid.get_width()) == (number("2010-01-01"), number("2012-01-01") + 1)
    assert (pale.get_x(), pale.get_x() + pale.get_width()) == (number("2012-01-01") + 1, number("2012-01-31") + 1)
    assert solid.get_alpha() is None
    assert pale.get_alpha() < 0.5


def test_a_bar_that_may_be_of_no_length_is_pale_alone():
    ax = case_timelines(rows(("medical parole", "2010-01-01", "2010-12-31", "2010-06-01", "2011-06-01")))
    wide = [p for p in ax.patches if p.get_width() > 0]
    assert all(p.get_alpha() is not None and p.get_alpha() < 0.5 for p in wide)


def test_a_mark_of_a_month_stands_at_its_end_in_a_pale_block():
    ax = case_timelines(rows(CUSTODY, ("cut", "2011-05-01", "2011-05-31")))
    (mark,) = [line for line in ax.lines if line.get_marker() == MARKS["cut"][0]]
    assert mark.get_xdata()[0] == number("2011-05-31")
    block = ax.patches[-1]
    assert (block.get_x(), block.get_width()) == (number("2011-05-01"), 31)
    exact = case_timelines(rows(CUSTODY, ("cut", "2011-05-04", "2011-05-04")))
    assert len(exact.patches) == len(ax.patches) - 1


def test_events_are_ticks_up_and_down_and_only_those_in_the_figure():
    events = pd.DataFrame(
        {
            "direction": [1, -1, 1],
            "start": pd.to_datetime(["2011-01-05", "2011-06-01", "1999-01-01"]),
            "start_latest": pd.to_datetime(["2011-01-05", "2011-06-30", "1999-01-01"]),
        }
    )
    ax = case_timelines(rows(CUSTODY), events)
    segments = [s for c in ax.collections for s in c.get_segments()]
    assert sorted(round(float(s[0][0])) for s in segments) == [
        round(number("2011-01-05")),
        round((number("2011-06-01") + number("2011-06-30")) / 2),
    ]
    up = next(s for s in segments if round(s[0][0]) == round(number("2011-01-05")))
    assert up[1][1] > up[0][1]
    assert not case_timelines(rows(CUSTODY), events.iloc[2:]).collections


@pytest.mark.parametrize(
    "name",
    ["A" * 300, "Wort " * 60, "محمد عبد الله", "a\u0301\u0323\u0302 b\u0301", "$x_1$ \\frac{1}{2}", "", "习<b>&\n"],
    ids=["one long word", "many words", "right to left", "combining", "formula", "empty", "markup and a line"],
)
@pytest.mark.filterwarnings("ignore:Glyph")
def test_names_of_any_kind_are_drawn_in_two_lines(name):
    ax = case_timelines(rows(CUSTODY, ("death", "2012-01-31", "2012-01-31"), name=name))
    (label,) = ax.get_yticklabels()
    assert label.get_text().count("\n") <= 1
    assert all(len(line) <= 26 for line in label.get_text().split("\n"))
    svg = to_svg(ax.figure, "t", ax._clemency_drawn.alt)
    assert svg.startswith("<svg")
    assert len(to_png(ax.figure)) > 5000
    width = ax.get_window_extent().width / ax.figure.bbox.width
    assert width > 0.5  # the names leave the drawing at least half of the figure


def test_the_key_names_what_is_there_and_nothing_else():
    ax = case_timelines(rows(CUSTODY, ("death", "2012-01-31", "2012-01-31")))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["custody", "death", "day not known"]


def test_acts_without_a_date_are_told_beside_the_name():
    undated = pd.DataFrame({"case_id": ["a", "a"], "what": ["parole", "parole"]})
    ax = case_timelines(rows(CUSTODY), undated=undated)
    assert ax.get_yticklabels()[0].get_text() == "Person A\n+ 2 undated"
    assert ax._clemency_drawn.alt == "Timelines. Person A: 2 without a date."


def test_an_axes_that_is_given_is_drawn_on():
    _, ax = plt.subplots()
    assert case_timelines(rows(CUSTODY), ax=ax, mark=("2011-01-01", "2011-03-31")) is ax


def test_the_timelines_take_a_title_names_and_an_order_and_refuse_the_rest():
    both = pd.concat([rows(CUSTODY), rows(CUSTODY, name="Person B").assign(case_id="b")])
    ax = case_timelines(both, title="Two", labels={"a": "First"}, order=["b"])
    assert ax.get_title(loc="left") == "Two"
    names = {t.get_text(): y for y, t in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)}
    assert names == {"First": 0, "Person B": 1}
    with pytest.raises(UsageError, match="labels= names 'zz'"):
        case_timelines(both, labels={"zz": "Nobody"})
    with pytest.raises(UsageError, match="has no use for palette="):
        case_timelines(both, palette="Set2")
