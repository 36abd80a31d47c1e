"""Forests: where arrows, points, limits and references stand, read from what is drawn."""

import numpy as np
import pandas as pd
import pytest
from reading import marks

from clemency import figures
from clemency.figures.estimates.forests import with_support


def one_row(estimate, low, high, **more):
    """A forest whose axis runs from 0.02 / 1.3 to 65: the first two rows are as wide as it gets."""
    wide = [{"estimate": 1.0, "ci_low": 0.02, "ci_high": 1.0}, {"estimate": 1.0, "ci_low": 1.0, "ci_high": 50.0}]
    rows = pd.DataFrame([*wide, {"estimate": estimate, "ci_low": low, "ci_high": high, **more}])
    return figures.forest(rows.assign(term=["a", "b", "c"], level=""), table=False, sides=None)


@pytest.mark.parametrize(
    ("numbers", "left", "right", "point", "text"),
    [
        ((2.0, 1.0, 4.0), False, False, True, []),
        ((2.0, 0.02, 50.0), False, False, True, []),
        ((2.0, 0.016, 64.0), False, False, True, []),  # the limits are just on the axis
        ((2.0, 0.015, 4.0), True, False, True, []),
        ((2.0, 1.0, 66.0), False, True, True, []),
        ((2.0, 0.001, 900.0), True, True, True, []),
        ((100.0, 60.0, 900.0), False, True, False, ["1e+02"]),
        ((100.0, 66.0, 900.0), False, True, False, ["1e+02"]),
        ((100.0, 0.001, 900.0), True, True, False, ["1e+02"]),  # the value stands at the side where it lies
        ((0.01, 0.001, 900.0), True, True, False, ["0.01"]),
        ((0.01, 0.001, 0.012), True, False, False, ["0.01"]),
    ],
)
def test_arrows_are_only_where_limits_leave_the_axis(numbers, left, right, point, text):
    ax = one_row(*numbers)
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((0.02 / 1.3, 65.0))
    assert marks(ax, "<") == ([(low, 0.0)] if left else [])
    assert marks(ax, ">") == ([(high, 0.0)] if right else [])
    assert [m for m in marks(ax, "o") if m[1] == 0] == ([(numbers[0], 0.0)] if point else [])
    assert [t.get_text() for t in ax.texts] == text
    if text:
        edge, side = (high, "right") if numbers[0] > 1 else (low, "left")
        assert ax.texts[0].xy == (edge, 0.0)
        assert ax.texts[0].get_horizontalalignment() == side
    bars = [line.get_xdata() for line in ax.lines if list(line.get_ydata()) == [0.0, 0.0]]
    if numbers[1] > high or numbers[2] < low:
        assert bars == []
    else:
        assert [list(b) for b in bars] == [[max(numbers[1], low), min(numbers[2], high)]]


@pytest.mark.parametrize(
    ("n_event", "hollow"), [(0, True), (4, True), (5, False), (31, False), (np.nan, False), (None, False)]
)
def test_points_of_fewer_than_five_events_are_hollow_and_their_limits_dotted(n_event, hollow):
    ax = one_row(2.0, 1.5, 4.0, n_event=n_event)
    (point,) = (line for line in ax.lines if line.get_marker() == "o" and line.get_ydata()[0] == 0)
    (bar,) = (line for line in ax.lines if list(line.get_ydata()) == [0.0, 0.0])
    assert (point.get_markerfacecolor() == "none") == hollow
    assert point.get_markeredgecolor() == bar.get_color()
    assert bar.get_linestyle() == (":" if hollow else "-")
    said = ax.get_xlabel().split("\n")[1:]
    shown = (
        [] if n_event is None or np.isnan(n_event) else ["in brackets: events" + "; hollow: fewer than five" * hollow]
    )
    assert said == shown
    assert ax.get_yticklabels()[2].get_text() == ("c" if not shown else f"c  ({n_event})")


def test_points_are_larger_than_the_arrows_at_the_edge():
    ax = one_row(2.0, 0.001, 900.0)
    size = {line.get_marker(): line.get_markersize() for line in ax.lines if line.get_marker() != "None"}
    assert size == {"o": 6, "<": 5, ">": 5}


def test_a_point_without_limits_is_hollow_and_stands_alone():
    ax = one_row(2.0, np.nan, np.nan, n_event=31)
    (point,) = (line for line in ax.lines if line.get_marker() == "o" and line.get_ydata()[0] == 0)
    assert point.get_markerfacecolor() == "none"
    assert [(t.get_text(), t.xy) for t in ax.texts] == [("no limits", (2.0, 0.0))]
    beyond = one_row(200.0, np.nan, np.nan)
    assert [(t.get_text(), t.xy[0]) for t in beyond.texts] == [("no limits", 65.0), ("2e+02", 65.0)]
    assert marks(beyond, ">") == [(65.0, 0.0)]
    half = one_row(2.0, 1.0, np.nan)
    assert [t.get_text() for t in half.texts] == ["no limits"]


def test_the_axis_of_a_forest_holds_one_and_what_is_drawn():
    for numbers, limits in (
        ((1.0, 0.9, 1.1), (0.4, 2.5)),
        ((1.0, 0.26, 1.1), (0.2, 2.5)),
        ((3.0, 0.9, 9.0), (0.4, 11.7)),
        ((np.nan, np.nan, np.nan), (0.1, 10.0)),
        ((1.0, 0.0, np.inf), (0.4, 65.0)),
    ):
        row = dict(zip(("estimate", "ci_low", "ci_high"), numbers, strict=True))
        ax = figures.forest(pd.DataFrame([row]).assign(term="a", level=""))
        assert ax.get_xlim() == pytest.approx(limits)
        shown = [float(t.get_text()) for t in ax.get_xticklabels()]
        assert {t for t in (0.1, 0.5, 1, 2, 10) if limits[0] <= t <= limits[1]} <= set(shown)
        apart = np.diff(np.log([limits[0], limits[1]])).item() / 8
        assert len(shown) >= 3
        assert np.diff(np.log(shown)).min() >= apart


def test_ratios_are_shown_with_the_events_behind_each_level_and_the_reference_before_the_others():
    table = pd.DataFrame({"term": ["x", "g", "g", "h"], "level": ["", "b", "c", "q"], "estimate": [2.0, 3, 4, 5]})
    support = pd.DataFrame(
        {
            "term": ["x", "g", "g", "g", "h", "h", "k"],
            "level": ["", "b", "a", "c", "p", "q", "z"],
            "n_event": [9, 3, 7, 2, 1, 8, 6],
            "reference": [False, False, True, False, True, False, True],
        }
    )
    found = with_support(table, support)
    assert found[["term", "level", "estimate", "reference"]].to_numpy().tolist() == [
        ["x", "", 2.0, False],
        ["g", "a", 1.0, True],
        ["g", "b", 3.0, False],
        ["g", "c", 4.0, False],
        ["h", "p", 1.0, True],
        ["h", "q", 5.0, False],
    ]
    assert found["n_event"].fillna(-1).tolist() == [-1, 7, 3, 2, 1, 8]
    bare = with_support(table.iloc[:1], support)
    assert bare["reference"].tolist() == [False]
    assert bare["n_event"].isna().tolist() == [True]


def test_a_ratio_without_an_upper_limit_and_a_ratio_of_nothing_are_said_in_words():
    frame = pd.DataFrame({"term": "charge", "level": ["a", "b", "c"], "estimate": [np.inf, 0.0, 1.0]})
    ax = figures.forest(
        frame.assign(ci_low=[0.4, 0.0, 0.5], ci_high=[np.inf, 3.0, 2.0], n_event=[9, 0, 8]), table=False, sides=None
    )
    assert [t.get_text() for t in ax.texts] == ["no upper limit", "ratio 0"]
    assert figures.drawn(ax).alt.endswith(
        "a (9): no estimate (0.40 to no upper limit); b (0): ratio 0 (0 to 3.00); c (8): 1.00 (0.50 to 2.00)."
    )


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ((0.5, 0.25, 1.0), "0.50 (0.25–1.00)"),
        ((0.04, 0.00089, 0.26), "0.04 (<0.01–0.26)"),
        ((np.inf, 0.01, np.inf), "no estimate (0.01 or more)"),
        ((np.inf, 0.0004, np.inf), "no estimate (from below 0.01)"),
        ((7.2, 0.16, np.inf), "7.20 (0.16 or more)"),
        ((0.0, 0.0, 1024.98), "0 (0–1,025)"),
        ((2.0, np.nan, np.nan), "2.00 (no limits)"),
    ],
)
def test_ratios_are_written_as_in_the_text_of_a_report(row, text):
    frame = pd.DataFrame(
        {"term": ["a"], "level": [""], **dict(zip(["estimate", "ci_low", "ci_high"], row, strict=True))}
    )
    ax = figures.forest(frame)
    assert text in {t.get_text() for t in ax.texts}
