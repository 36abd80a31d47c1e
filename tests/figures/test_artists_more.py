"""Numbers of figures over periods, specifications, balance and provinces, read back from what is drawn."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from reading import marks, names

from clemency import figures
from clemency.figures.theme.palette import INK


def segments(collection):
    return [s.tolist() for s in collection.get_segments()]


def lines(ax, style):
    found = [line for line in ax.lines if line.get_linestyle() == style and line.get_marker() == "None"]
    return [(list(map(float, line.get_xdata())), list(map(float, line.get_ydata()))) for line in found]


# Periods


def index_frame():
    return pd.DataFrame(
        {
            "period": ["2000Q1", "2000Q2", "2000Q3"],
            "start": pd.to_datetime(["2000-01-01", "2000-04-01", "2000-07-01"]),
            "end": pd.to_datetime(["2000-03-31", "2000-06-30", "2000-09-30"]),
            "index": [1.0, -2.0, 1.5],
            "positive": [1.0, 2.0, 2.0],
            "negative": [0.0, -4.0, -0.5],
        }
    )


def test_an_index_with_its_parts_and_the_events_below():
    events = pd.DataFrame(
        {
            "day": pd.to_datetime(["1999-12-31", "2000-01-01", "2000-02-01", "2000-05-01", "2000-09-30", "2000-10-01"]),
            "contribution": [1.0, 2.0, -0.5, 0.0, 1.0, 1.0],
        }
    )
    ax = figures.index_line(index_frame(), events, label="Relations", note="a note")
    zero, index, line = ax.lines
    assert list(index.get_ydata()) == [1, -2, 1.5]
    ends = pd.to_datetime(["2000-03-31", "2000-06-30", "2000-09-30"])  # a value holds at the last day of its period
    assert list(pd.to_datetime(index.get_xdata())) == list(ends)
    days = [sorted({v[0] for p in c.get_paths() for v in p.vertices}) for c in ax.collections[:2]]
    assert days == [[(d - pd.Timestamp(1970, 1, 1)).days for d in ends]] * 2
    assert [t.get_text() for t in ax.figure.legends[0].get_texts()] == [
        "events improving relations",
        "events worsening relations",
        "index: the sum of both",
    ]
    assert set(zero.get_ydata()) == {0}
    room = 0.09 * 6
    base = -4 - 1.6 * room
    assert list(line.get_ydata()) == [pytest.approx(base)] * 2
    good, bad, neutral = ([(s[0][1], s[1][1]) for s in segments(c)] for c in ax.collections[2:])
    assert good == [(pytest.approx(base), pytest.approx(base + room))] * 2  # of the days inside the periods
    assert bad == [(pytest.approx(base), pytest.approx(base - room))]
    assert neutral == [(pytest.approx(base - 0.2 * room), pytest.approx(base + 0.2 * room))]
    assert ax.get_ylim() == pytest.approx((base - 1.5 * room, 2 + room))
    ticks = ax.get_yticks()
    assert -4 - room <= ticks.min() < ticks.max() <= 2 + room
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("Relations", "a note")
    kept = figures.drawn(ax)
    assert kept.note == "a note"
    assert kept.alt == (
        "Relations, 2000Q1 to 2000Q3: lowest -2.0 at the end of 2000Q2, highest 1.5 at the end of 2000Q3."
    )
    filled = [p.vertices[:, 1] for c in ax.collections[:2] for p in c.get_paths()]
    assert (filled[0].min(), filled[0].max(), filled[1].min(), filled[1].max()) == (0, 2, -4, 0)
    bare = figures.index_line(index_frame())
    assert len(bare.lines) == 2
    assert bare.get_xlabel() == ""


def test_whole_numbers_are_enough_on_the_axis_of_a_wide_index():
    wide = index_frame().assign(positive=[1.0, 2.0, 3.5])
    ticks = figures.index_line(wide).get_yticks()
    assert (ticks == np.rint(ticks)).all()
    narrow = figures.index_line(index_frame().assign(positive=0.4, negative=-0.2, index=0.1)).get_yticks()
    assert not (narrow == np.rint(narrow)).all()
    flat = figures.index_line(index_frame().assign(positive=0.0, negative=0.0, index=0.0))
    assert flat.get_ylim() == pytest.approx((-3.1 * 0.09, 0.09))


LAGS = pd.DataFrame(
    {
        "lag": [-2, 0, 1, 2, 3],
        "estimate": [1.5, 0.4, 0.0, np.nan, 4.0],
        "ci_low": [1.1, 0.2, np.nan, np.nan, 2.0],
        "ci_high": [2.2, 0.7, np.nan, np.nan, 8.0],
        "n_event": [9, 4, 0, 3, 5],
    }
)


def test_lags_are_filled_hollow_or_named_at_the_foot():
    ax = figures.lag_plot(LAGS)
    low, high = ax.get_ylim()
    assert (low, high) == pytest.approx((0.2 / 1.3, 8 * 1.3))
    assert marks(ax, "o") == [(-2, 1.5), (0, 0.4), (3, 4.0)]
    hollow = {float(p.get_xdata()[0]): p.get_markerfacecolor() == "none" for p in ax.lines if p.get_marker() == "o"}
    assert hollow == {-2: False, 0: True, 3: False}
    assert lines(ax, ":") == [([0, 0], [0.2, 0.7])]
    assert [line for line in lines(ax, "-") if line[0][0] == line[0][1]] == [
        ([-2, -2], [1.1, 2.2]),
        ([3, 3], [2.0, 8.0]),
    ]
    assert [(t.get_text(), t.xy[0]) for t in ax.texts] == [
        *[("no acts", 1), ("unknown", 2), ("base", -1), ("before", -0.5), ("after", -0.5)],
        ("hollow: fewer than five acts", 1),
    ]
    assert ax.texts[0].xy[1] == pytest.approx(low)
    assert lines(ax, "--") == [([-0.5, -0.5], [0, 1])]
    assert ax.get_xlabel() == "quarters since an event"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0.2", "0.5", "1", "2", "5", "10"]
    assert figures.drawn(ax).alt == ("Rate ratios by quarters since an event. -2: 1.50; +0: 0.40; +3: 4.00.")
    assert [t.get_text() for t in figures.lag_plot(LAGS, base=None, freq="M").texts][:2] == ["no acts", "unknown"]
    assert figures.lag_plot(LAGS, freq="Y").get_xlabel() == "years since an event"


def test_points_of_lags_are_larger_than_the_arrows_at_the_edge():
    ax = figures.lag_plot(LAGS.iloc[:1].assign(ci_low=0.001, ci_high=900.0))
    size = {line.get_marker(): line.get_markersize() for line in ax.lines if line.get_marker() in set("ov^")}
    assert size == {"o": 6, "v": 5, "^": 5}


def test_the_axis_of_lags_holds_a_half_and_two_and_never_more_than_fifty():
    def span(low, high):
        return figures.lag_plot(LAGS.iloc[:1].assign(ci_low=low, ci_high=high)).get_ylim()

    assert span(0.9, 1.53) == pytest.approx((0.5, 2))
    assert span(0.026, 49.0) == pytest.approx((0.02, 50))
    assert span(0.03, 30.0) == pytest.approx((0.03 / 1.3, 39))


def test_rates_before_and_after_a_break():
    frame = pd.DataFrame(
        {"period": ["2000", "2001", "2003"], "acts": [2, 1, 6], "months": [1000.0, 500, 2000], "fitted": [1, 2, 5]}
    )
    ax = figures.rates_line(frame, at="2001-01-01", note="n")
    assert [y for _, y in marks_of_days(ax)] == [2, 2, 3]
    before, after = ax.lines[1:3]
    assert before.get_ydata().tolist() == [1]
    np.testing.assert_allclose(after.get_ydata(), [4, np.nan, 2.5])  # the break is at the first day of 2001
    assert [str(d)[:10] for d in after.get_xdata()] == ["2001-01-01", "2002-01-01", "2003-01-01"]
    assert ax.lines[3].get_xdata()[0] == np.datetime64("2001-01-01")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["observed", "fitted"]
    assert figures.drawn(ax).alt == "Rates from 2000 to 2003 with a break at 2001-01-01."
    plain = figures.rates_line(frame, at="2001-06-01")
    assert [(a.get_xlabel(), figures.drawn(a).note) for a in (ax, plain)] == [("n", "n"), ("", "")]
    for periods in (["2000-01", "2000-02"], ["2000Q1", "2000Q2"]):
        made = figures.rates_line(frame.iloc[:2].assign(period=periods), at="2000-01-15")
        assert [len(line.get_xdata()) for line in made.lines[1:3]] == [1, 1]


def marks_of_days(ax):
    line = ax.lines[0]
    assert line.get_marker() == "o"
    return list(zip(line.get_xdata(), line.get_ydata(), strict=True))


# Curves known in part


def test_a_curve_is_a_line_where_it_is_known_and_a_box_where_it_is_not():
    frame = pd.DataFrame(
        {
            "lower": [2.0, 5.0, 6.0],
            "upper": [2.0, 6.0, 9.0],
            "mass": [0.25, 0.5, 0.25],
            "estimate": [0.75, 0.25, 0.0],
            "ci_low": [0.5, 0.1, 0.0],
            "ci_high": [0.9, 0.4, 0.2],
        }
    )
    ax = figures.mass_boxes(frame)
    flat, drop, low, high = (segments(c) for c in ax.collections)
    assert flat == [[[0, 1], [2, 1]], [[2, 0.75], [5, 0.75]], [[9, 0], [pytest.approx(9.27), 0]]]
    assert drop == [[[2, 0.75], [2, 1]]]
    boxes = [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in ax.patches]
    assert boxes == [(5, 0.25, 1, 0.5), (6, 0, 3, 0.25)]
    end = pytest.approx(9.27)
    assert low == [[[2, 0.5], [5, 0.5]], [[5, 0.1], [6, 0.1]], [[6, 0], [end, 0]]]
    assert high == [[[2, 0.9], [6, 0.9]], [[6, 0.4], [9, 0.4]], [[9, 0.2], [end, 0.2]]]
    assert ax.get_xlim() == (0, end)
    assert ax.get_legend() is None
    assert figures.drawn(ax).alt == (
        "Survival curves with 2 intervals in which they are not determined, shaded. 0 after 9."
    )
    cut = figures.mass_boxes(frame.assign(ci_low=np.nan), until=7)
    assert cut.get_xlim() == (0, 7)
    assert len(cut.collections) == 3  # no lower limits
    two = pd.concat([frame.assign(g="a"), frame.assign(g="b", upper=[2.0, 6.0, 8.0])])
    named = figures.mass_boxes(two, by=["g"])
    assert names(named) == ["a", "b"]
    assert figures.drawn(named).alt.endswith("a: 0 after 9; b: 0 after 8.")


# Comparability


def test_differences_before_and_after_from_the_top():
    frame = pd.DataFrame({"term": ["age_x", "g"], "level": ["", "b_c"], "before": [0.5, -0.3], "after": [0.1, 0.05]})
    ax = figures.love(frame, limit=0.2)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["g: b c", "age x"]
    assert marks(ax, "o") == [(-0.3, 0), (0.5, 1)]
    assert marks(ax, "s") == [(0.05, 0), (0.1, 1)]
    assert segments(ax.collections[0]) == [[[-0.3, 0], [0.05, 0]], [[0.5, 1], [0.1, 1]]]
    (band,) = ax.patches
    assert (band.get_x(), band.get_width()) == pytest.approx((-0.2, 0.4))
    assert figures.drawn(ax).alt == (
        "Standardised differences. age x: 0.50 before, 0.10 after; g: b c: -0.30 before, 0.05 after."
    )
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["before", "after"]


def test_a_ratio_against_what_nobody_recorded():
    frame = pd.DataFrame(
        {"unrecorded": [0, 1, 2], "estimate": [3.0, 2.0, 1.5], "ci_low": [0.0, 0.9, 0.8], "ci_high": [9.0, 5.0, np.inf]}
    )
    ax = figures.tipping(frame)
    assert list(ax.lines[0].get_ydata()) == [3, 2, 1.5]
    assert set(ax.lines[1].get_ydata()) == {1}
    band = np.concatenate([p.vertices for p in ax.collections[0].get_paths()])
    assert set(band[:, 0]) == {1}  # only there both limits are finite and above zero
    assert ax.get_yscale() == "log"
    assert len(ax.get_yticks()) > 2  # it had the 1 alone
    assert figures.drawn(ax).alt == ("Ratio of rates by the number of unrecorded acts: 3.00 without any, 1.50 with 2.")


# Specifications


SPECS = pd.DataFrame(
    {
        "how": ["a", "b", "a", "b"],
        "estimate": [2.0, 0.9, np.nan, 60.0],
        "ci_low": [1.2, 0.01, np.nan, 40.0],
        "ci_high": [3.0, 1.5, np.nan, 90.0],
        "main": [True, False, False, False],
    }
)


def test_specifications_stand_in_rising_order_with_their_choices_below():
    ax = figures.specification_curve(SPECS, {"how": ["a", "b"]}, name="effect")
    low, high = ax.get_ylim()
    assert (low, high) == pytest.approx((0.02 / 1.15, 57.5))
    assert segments(ax.collections[0]) == [
        [[1, pytest.approx(low)], [1, 1.5]],
        [[2, 1.2], [2, 3.0]],
        [[3, 40.0], [3, pytest.approx(high)]],
    ]
    assert segments(ax.collections[1]) == [[[2, 1.2], [2, 3.0]]]
    assert [(x, y) for x, y in marks(ax, "o") if y == y] == [(1, 0.9), (2, 2.0)]
    assert marks(ax, "^") == [(3, pytest.approx(high))]
    assert marks(ax, "v") == [(1, pytest.approx(low))]
    assert [t.get_text() for t in ax.texts] == ["main", "1 refused"]
    assert (ax.texts[0].xy, ax.texts[1].get_position()) == ((2, 3.0), (0.01, 0.98))
    assert ax.get_xlim() == (0.4, 3.6)
    assert ax.get_ylabel() == "effect (ratio, log scale)"
    below = next(a for a in ax.figure.axes if a.get_label() == "choices")
    assert [t.get_text() for t in below.get_yticklabels()] == ["how", "a", "b"]
    assert list(below.get_yticks()) == [0, -1, -2]
    assert sorted(marks(below, "s")) == [(1, -2), (2, -1), (3, -2)]
    assert below.get_xlim() == (0.4, 3.6)
    assert below.get_ylim() == pytest.approx((-2.7, 0.7))
    kept = figures.drawn(ax)
    assert kept.frame["rank"].fillna(0).tolist() == [1, 2, 3, 0]
    assert kept.alt == (
        "Specification curve of effect: 3 of 4 specifications estimated, from 0.90 to 60.00, median 2.00, "
        "the main one 2.00."
    )


def test_specifications_that_were_refused_are_said():
    none = figures.specification_curve(
        SPECS.assign(estimate=np.nan, ci_low=np.nan, ci_high=np.nan), {"how": ["a"]}, name="e"
    )
    assert figures.drawn(none).alt == "Specification curve of e: all 4 specifications were refused."
    assert [t.get_text() for t in none.texts] == ["4 refused"]
    other = figures.specification_curve(
        SPECS.assign(main=[False, False, True, False]), {"how": ["a", "b"]}, ratio=False
    )
    assert figures.drawn(other).alt.endswith("the main one refused.")
    assert other.get_yscale() == "linear"
    assert other.get_ylim() == pytest.approx((0 - 5.4, 90 + 5.4))
    assert other.get_ylabel() == "(estimate)"
    assert [line.get_ydata()[0] for line in other.lines if len(set(line.get_ydata())) == 1][-1:] == [0]


def test_choices_stand_below_in_the_place_that_the_axes_had():
    """Two choices of which one has two labels and one has one: 5 lines of 0.19 inches, against 2.4 of the curve."""
    figure = plt.figure()
    ax = figure.add_axes((0.1, 0.2, 0.8, 0.6))
    figures.specification_curve(SPECS.assign(also="x"), {"how": ["a", "b"], "also": ["x"]}, ax=ax)
    below = next(a for a in figure.axes if a.get_label() == "choices")
    share = 5 * 0.19 / 2.4
    lower = 0.6 * share / (1 + share)  # 0.1701 of the figure
    assert ax.get_position().bounds == pytest.approx((0.1, 0.2 + lower, 0.8, 0.6 - lower))
    assert below.get_position().bounds == pytest.approx((0.1, 0.2, 0.8, 0.96 * lower))
    assert lower == pytest.approx(0.17015, abs=1e-5)
    _, grid = plt.subplots()
    figures.specification_curve(SPECS.assign(also="x"), {"how": ["a", "b"], "also": ["x"]}, ax=grid)
    beneath = next(a for a in grid.figure.axes if a.get_label() == "choices")
    ratios = grid.get_subplotspec().get_gridspec().get_height_ratios()
    assert [float(v) for v in ratios] == pytest.approx([1, share])
    assert beneath.get_position().y1 <= grid.get_position().y0


@pytest.mark.parametrize(("n", "width"), [(1, 2.0), (60, 2.0), (100, 1.2), (240, 0.5), (1000, 0.5)])
def test_limits_are_as_wide_as_there_is_room(n, width):
    """120 points of width among the specifications, from half a point to two each."""
    many = pd.DataFrame(
        {"how": "a", "estimate": np.linspace(0.5, 2, n), "ci_low": 0.4, "ci_high": 2.5, "main": np.arange(n) == 0}
    )
    ax = figures.specification_curve(many, {"how": ["a"]})
    assert ax.collections[0].get_linewidths()[0] == pytest.approx(width)
    small = next(line for line in ax.lines if line.get_marker() == "o" and line.get_color() == INK) if n > 1 else None
    assert small is None or small.get_markersize() == pytest.approx(2 + width)


def test_what_only_looks_is_as_it_was_drawn():
    """Sizes that nothing else holds: names of choices, and axes of names without ticks or a line."""
    ax = figures.specification_curve(SPECS, {"how": ["a", "b"]})
    below = next(a for a in ax.figure.axes if a.get_label() == "choices")
    assert [t.get_fontsize() for t in below.get_yticklabels()] == [8.5, 8.5, 8.5]
    assert [t.get_fontweight() for t in below.get_yticklabels()] == ["bold", "normal", "normal"]
    forest = figures.forest(
        pd.DataFrame({"term": ["a"], "level": [""], "estimate": [1.5], "ci_low": [1.1], "ci_high": [2.0]})
    )
    left = figures.left_out(SPECS.head(2).assign(left_out=["x", "y"]), 1.5)
    for own in (below, forest, left):
        assert {t.get_markersize() for t in own.yaxis.get_ticklines()} == {0}
        assert not own.spines["left"].get_visible()
    assert not below.spines["bottom"].get_visible()
    strip = figures.months_strip(
        pd.DataFrame(
            {"year": [2001.5, 2002.5, 2003.5], "months": [10, 20, 30], "where": ["a", "b", "b"], "name": list("xyz")}
        )
    )
    assert [(line.get_linestyle(), line.get_markersize()) for line in strip.lines] == [("None", 6.5)] * 2
    handles = strip.get_legend().legend_handles
    assert [(h.get_linestyle(), h.get_marker()) for h in handles] == [("None", "o"), ("None", "s")]


# Provinces


def test_a_tile_says_its_value_and_is_as_dark_as_its_share_of_the_largest():
    frame = pd.DataFrame(
        {"province": ["CN-BJ", "CN-SC"], "rate": [8.0, 2.0], "events": [12, 5], "person_months": [9.0, 7.0]}
    )
    ax = figures.tile_map(frame, "rate", label="per 1,000")
    shown = [t.get_text().split("\n")[0] for t in ax.texts]
    assert shown[shown.index("Beijing") + 1] == "8"
    assert shown[shown.index("Sichuan") + 1] == "2"
    assert shown[shown.index("Tibet") + 1] == "–"
    assert "fewer than five events" not in [t.get_text() for t in ax.get_legend().get_texts()]
    few = figures.tile_map(frame.assign(events=[12, 4]), "rate")
    assert [t.get_text() for t in few.get_legend().get_texts()][:4] == ["0", "4", "8", "fewer than five events"]
    assert [p.get_hatch() for p in few.patches].count("////") == 1
    named = figures.tile_map(frame.assign(text=["x", None]), "rate")
    words = [t.get_text().split("\n")[0] for t in named.texts]
    assert words[words.index("Beijing") + 1] == "x"
    assert words[words.index("Sichuan") + 1] == "2"


def test_what_is_drawn_is_kept_with_a_fresh_index():
    frame = pd.DataFrame({"term": ["a"], "level": "", "estimate": 1.0, "ci_low": 0.5, "ci_high": 2.0}, index=[7])
    kept = figures.drawn(figures.forest(frame))
    assert kept.frame.index.tolist() == [0]
    with pytest.raises(AttributeError):
        figures.drawn(mpl.pyplot.subplots()[1])


def test_a_style_holds_inside_its_block_only_and_leaves_the_display_on():
    before = dict(mpl.rcParams)
    with figures.style():
        assert mpl.rcParams["svg.hashsalt"] == "clemency"
        assert mpl.rcParams["axes.spines.top"] is False
        mpl.rcParams["interactive"] = not before["interactive"]
    assert mpl.rcParams["interactive"] is not before["interactive"]
    mpl.rcParams["interactive"] = before["interactive"]
    assert dict(mpl.rcParams) == before


def test_a_drawing_takes_its_ink_from_the_page():
    ax = figures.intervals(pd.DataFrame({"label": ["a"], "estimate": 5.0, "ci_low": 4.0, "ci_high": 6.0}))
    text = figures.to_svg(ax.get_figure(), "T", "D & E")
    head = text[: text.index("<title>")]
    assert head.startswith("<svg")
    assert ' role="img"' in head
    assert " width=" not in head
    assert " height=" not in head
    assert "<title>T</title><desc>D &amp; E</desc>" in text
    assert "<metadata>" not in text
    assert "var(--ink, #1c1b1a)" in text
    assert "var(--quiet, #6d6964)" in text
    png = figures.to_png(ax.get_figure())
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width = int.from_bytes(png[16:20], "big")
    assert width == round(ax.get_figure().get_size_inches()[0] * 200)
