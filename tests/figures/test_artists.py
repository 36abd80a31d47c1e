"""Numbers of figures read back from what is drawn: bars, ticks, bands, marks, words beside them."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from reading import marks

from clemency import figures
from clemency.figures.theme.kept import keep
from clemency.figures.theme.palette import INK
from clemency.records.errors import UsageError


def texts(ax):
    return [t.get_text() for t in ax.texts]


def heights(ax):
    return [[round(float(p.get_height()), 9) for p in bars] for bars in ax.containers]


def ticks_of(axis):
    return dict(zip([t.get_text() for t in axis.get_ticklabels()], axis.get_ticklocs(), strict=True))


# Acts by quarter


ACTS = pd.DataFrame(
    {
        "quarter": ["1999Q4", "2000Q1", "2000Q1", "2000Q3"],
        "act_type": ["parole", "parole", "medical_parole", "medical_parole"],
        "n": [2, 1, 4, 1],
    }
)


def test_bars_stand_on_one_another_and_no_quarter_is_left_out():
    ax = figures.timeline(ACTS)
    medical, parole = ax.containers
    assert [b.get_label() for b in ax.containers] == ["medical parole", "parole"]
    assert [p.get_height() for p in medical] == [0, 4, 0, 1]
    assert [p.get_height() for p in parole] == [2, 1, 0, 0]
    assert [p.get_y() for p in parole] == [0, 4, 0, 1]
    assert [p.get_x() + p.get_width() / 2 for p in parole] == pytest.approx([0, 1, 2, 3])
    assert [p.get_width() for p in [*medical, *parole]] == pytest.approx([0.9] * 8)  # a tenth of a quarter is the gap
    assert ticks_of(ax.xaxis) == {"2000": 1}  # the first quarter of each fifth year
    assert ax.get_xlim() == (-1, 4)
    assert figures.drawn(ax).alt == "Bars of acts per quarter from 1999Q4 to 2000Q3: 5 medical parole, 3 parole."
    assert texts(ax) == []


def test_bars_are_named_below_the_axis_in_their_order():
    ax = figures.timeline(ACTS)
    legend = ax.get_legend()
    assert [t.get_text() for t in legend.get_texts()] == ["medical parole", "parole"]
    shown = [p.get_facecolor() for p in legend.get_patches()]
    assert shown == [bars[0].get_facecolor() for bars in ax.containers]
    assert shown[0] != shown[1]
    ax.figure.canvas.draw()
    box, axis = legend.get_window_extent(), ax.get_window_extent()
    assert box.y1 <= axis.y0  # not over the bars
    assert box.x0 >= axis.x0
    assert len({round(t.get_window_extent().y0) for t in legend.get_texts()}) == 1  # in one line


def test_the_quarter_of_the_report_is_marked_above_its_bar():
    ax = figures.timeline(ACTS, highlight="2000Q1")
    assert [(t.get_text(), t.xy) for t in ax.texts] == [("2000Q1", (1, pytest.approx(5.1)))]
    (band,) = [p for p in ax.patches if p.get_width() == pytest.approx(1) and p.get_alpha() == 0.18]
    assert band.get_x() == pytest.approx(0.5)
    assert texts(figures.timeline(ACTS, highlight="2004Q1")) == []


def test_ticks_of_events_go_up_for_the_better_and_are_longest_for_six():
    events = pd.DataFrame(
        {
            "quarter": ["1999Q4"] * 7 + ["2000Q1"] * 3 + ["2000Q3"] * 3 + ["2004Q1"],
            "direction": [1] * 7 + [1, -1, 0] + [-1, -1, -1] + [1],
        }
    )
    ax = figures.timeline(ACTS, events)
    line = 5 * 1.22
    up, down = ([segment.tolist() for segment in c.get_segments()] for c in ax.collections)
    whole = 5 * 0.14
    assert up == [
        [[0, line], [0, pytest.approx(line + whole)]],
        [[1, line], [1, pytest.approx(line + whole / 6)]],
    ]
    assert down == [
        [[1, line], [1, pytest.approx(line - whole / 6)]],
        [[3, line], [3, pytest.approx(line - whole / 2)]],
    ]
    # Seven events are drawn as six, and said.
    assert [t.get_text().split("\n")[0] for t in ax.texts] == ["7", "events with"]
    assert ax.texts[0].xy == (0, pytest.approx(line + whole))
    assert ax.texts[1].get_position() == (4, line)
    assert ax.texts[1].get_text().endswith("\n(longer ones carry\ntheir number)")
    # The axis of the bars ends with them: the strip above has another scale.
    assert max(ax.get_yticks()) <= 5
    assert ax.spines["left"].get_bounds() == (0, 5)
    assert {to_hex(c) for ticks in ax.collections for c in ticks.get_color()} == {INK}
    assert figures.timeline(ACTS, events.iloc[7:]).texts[0].get_text().endswith("worse ↓")
    assert len(figures.timeline(ACTS, events.iloc[:0]).collections) == 0


# Curves


CURVES = pd.DataFrame(
    {
        "outcome": "act",
        "g": ["a", "a", "b"],
        "time": [2.0, 5.0, 4.0],
        "estimate": [0.1, 0.3, 0.2],
        "ci_low": [0.05, 0.2, 0.1],
        "ci_high": [0.2, 0.5, 0.4],
    }
)


def test_a_curve_begins_at_its_start_and_ends_where_it_is_asked_to():
    ax = figures.step_curves(CURVES, by=["g"])
    assert [list(line.get_xdata()) for line in ax.lines] == [[0, 2, 5, 5], [0, 4, 5]]
    assert [list(line.get_ydata()) for line in ax.lines] == [[0, 0.1, 0.3, 0.3], [0, 0.2, 0.2]]
    cut = figures.step_curves(CURVES, by=["g"], until=4, unit="months")
    assert [list(line.get_xdata()) for line in cut.lines] == [[0, 2, 4], [0, 4, 4]]
    assert cut.get_xlim() == (0, 4)
    assert figures.drawn(cut).alt == "Curves of a, b over 4 months."
    assert cut.get_xlabel() == "months"
    assert ax.get_xlabel() == "time"
    assert figures.drawn(ax).alt == "Curves of a, b up to 5."
    years = figures.step_curves(CURVES, by=["g"], unit="years")
    assert figures.drawn(years).alt == "Curves of a, b up to 5 years."
    assert figures.step_curves(CURVES.assign(estimate=[0.51, 0.3, 0.9])).lines[0].get_ydata()[0] == 1
    assert figures.step_curves(CURVES.assign(estimate=[0.5, 0.3, 0.9]), by=["g"]).lines[1].get_ydata()[0] == 0
    assert figures.step_curves(CURVES, start=0.7).lines[0].get_ydata()[0] == 0.7
    for until in (0, -1, np.inf, np.nan):
        with pytest.raises(UsageError, match="above 0"):
            figures.step_curves(CURVES, until=until)


def test_limits_are_shaded_only_where_they_are_asked_for():
    ax = figures.step_curves(CURVES, by=["g"])
    edge = ax.collections[0].get_paths()[0].vertices
    assert {(x, y) for x, y in edge.round(9).tolist() if x == 2} == {(2, 0), (2, 0.05), (2, 0.2)}
    assert len(ax.collections) == 2
    assert len(figures.step_curves(CURVES, by=["g"], band=False).collections) == 0
    assert figures.step_curves(CURVES, by=["g"]).get_legend() is not None
    assert figures.step_curves(CURVES[:2], by=["g"]).get_legend() is None


def test_numbers_at_risk_stand_below_their_months_once_for_each_group():
    two = pd.concat([CURVES, CURVES.assign(outcome="death")])
    asked = []

    def at_risk(group, times):
        asked.append((group, times.tolist()))
        return np.arange(len(times)) + (10 if group["g"] == "a" else 20)

    ax = figures.step_curves(two, by=["g"], at_risk=at_risk, until=6)
    assert [g for g, _ in asked] == [{"g": "a"}, {"g": "b"}]
    assert asked[0][1] == [1e-9, 1, 2, 3, 4, 5, 6]
    assert texts(ax) == ["at risk", *map(str, range(10, 17)), "a", *map(str, range(20, 27)), "b"]
    place = {t.get_text(): (t.xy[0], t.get_position()[1]) for t in ax.texts}
    assert place["at risk"] == (0, -40)
    assert (place["10"], place["16"], place["20"]) == ((0, -53), (6, -53), (0, -66))
    assert place["a"] == (6, -53)


# Estimates with limits


def test_rows_of_estimates_from_the_top_with_few_events_hollow():
    frame = pd.DataFrame(
        {
            "label": ["one_a", "b"],
            "n_event": [4, 5],
            "estimate": [0.2, 0.5],
            "ci_low": [0.1, 0.4],
            "ci_high": [0.3, 0.7],
        }
    )
    ax = figures.intervals(frame, xlabel="share", percent=True)
    assert ticks_of(ax.yaxis) == {"b": 0, "one a": 1}
    assert marks(ax, "o") == [(0.5, 0), (0.2, 1)]
    faces = [line.get_markerfacecolor() == "none" for line in ax.lines if line.get_marker() == "o"]
    assert faces == [False, True]
    bars = [(list(line.get_xdata()), line.get_linestyle()) for line in ax.lines if line.get_marker() == "None"]
    assert bars == [([0.4, 0.7], "-"), ([0.1, 0.3], ":")]
    assert ax.xaxis.get_major_formatter()(0.25) == "25%"
    assert ax.get_xlim()[0] == 0
    assert ax.get_ylim() == (-0.6, 1.6)
    assert figures.drawn(ax).alt == "Estimates with limits. one a: 0.2 (0.1 to 0.3); b: 0.5 (0.4 to 0.7)."
    plain = figures.intervals(frame.drop(columns="n_event"))
    assert [line.get_linestyle() for line in plain.lines if line.get_marker() == "None"] == ["-", "-"]


def test_points_of_estimates_and_of_raw_rates_are_as_large_as_the_legend_shows_them():
    frame = pd.DataFrame(
        {"label": ["a"], "events": [9], "rate": [5.0], "estimate": [4.0], "ci_low": [3.0], "ci_high": [5.5]}
    )
    assert [line.get_markersize() for line in figures.intervals(frame).lines if line.get_marker() == "o"] == [6]
    ax = figures.caterpillar(frame)
    drawn = {line.get_markerfacecolor(): line.get_markersize() for line in ax.lines if line.get_marker() == "o"}
    raw, pooled = ax.figure.legends[0].legend_handles[:2]
    assert drawn == {raw.get_markerfacecolor(): 6.5, pooled.get_markerfacecolor(): 5.5}
    assert [h.get_markersize() for h in (raw, pooled)] == [6.5, 5.5]


def test_paroles_at_home_and_abroad_are_told_apart():
    frame = pd.DataFrame(
        {
            "year": [1998.5, 2001.0, 2003.2],
            "months": [30.0, 12.0, 80.0],
            "where": ["abroad", "home", "abroad"],
            "name": "x",
        }
    )
    ax = figures.months_strip(frame)
    assert [sorted(zip(*line.get_data(), strict=True)) for line in ax.lines] == [
        [(1998.5, 30.0), (2003.2, 80.0)],
        [(2001.0, 12.0)],
    ]
    assert [line.get_markerfacecolor() == "none" for line in ax.lines] == [False, True]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["abroad", "home"]
    assert ax.get_ylim()[0] == 0
    assert "2 abroad, 1 home; median 30 months" in figures.drawn(ax).alt


def test_a_caterpillar_puts_the_highest_first_and_rates_beyond_the_axis_at_its_edge():
    frame = pd.DataFrame(
        {
            "label": ["b", "a", "c"],
            "events": [9, 5, 4],
            "rate": [5.0, 20.0, 90.0],
            "estimate": [4.0, 4.0, 6.0],
            "ci_low": [3.0, 1.0, 2.0],
            "ci_high": [5.5, 11.0, 10.0],
        }
    )
    ax = figures.caterpillar(frame, xlabel="rate")
    assert ticks_of(ax.yaxis) == {"b  (9)": 0, "a  (5)": 1, "c  (4)": 2}  # of equal ones the first name
    assert ax.get_xlim() == pytest.approx((0, 1.08 * 20))
    assert marks(ax, ">") == [(pytest.approx(21.6), 2)]
    assert sorted(marks(ax, "o")) == [(4, 0), (4, 1), (5, 0), (6, 2), (20, 1)]
    bars = [(list(line.get_xdata()), line.get_linestyle()) for line in ax.lines if line.get_marker() == "None"]
    assert bars == [([2, 10], ":"), ([1, 11], "-"), ([3, 5.5], "-")]
    names = [t.get_text() for t in ax.figure.legends[0].get_texts()]
    assert names == ["raw rate", "pooled, with limits", "fewer than five events"]
    marked = figures.caterpillar(frame, reference=4.2)
    assert [t.get_text() for t in marked.figure.legends[0].get_texts()][3:] == ["common mean"]
    assert [line.get_xdata()[0] for line in marked.lines if line.get_linestyle() == "--"] == [4.2]
    assert figures.drawn(ax).alt.endswith("c: 6 (2 to 10), raw 90; a: 4 (1 to 11), raw 20; b: 4 (3 to 5.5), raw 5.")


def test_legal_limits_are_lines_with_their_articles():
    ax = figures.intervals(pd.DataFrame({"label": ["a"], "estimate": 5.0, "ci_low": 4.0, "ci_high": 6.0}))
    cuts = pd.DataFrame(
        {
            "months": [12.0, 12.0, 24.0, np.nan, 180.0],
            "ground": ["merit", None, "major_merit", None, None],
            "article": ["6", "7", "6", "8", "9"],
            "note": ["", "", "", "", "the term resulting"],
        }
    )
    figures.limit_lines(ax, cuts)
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [12, 24]
    assert texts(ax) == ["12 (art. 6, art. 7)", "24 (art. 6)"]
    assert ax.get_xlim()[1] == pytest.approx(26.4)
    assert figures.drawn(ax).alt.endswith(
        "Legal limits of one cut: 12 months (art. 6, art. 7: merit), 24 months (art. 6: major merit)."
    )
    few = figures.intervals(pd.DataFrame({"label": ["a"], "estimate": 5.0, "ci_low": 4.0, "ci_high": 60.0}))
    right = few.get_xlim()[1]
    figures.limit_lines(few, cuts.drop(columns="note").iloc[:2])
    assert few.get_xlim()[1] == right
    assert figures.drawn(figures.limit_lines(few, cuts.iloc[3:4])).alt.endswith("one cut: none.")
    keep(few, figures.drawn(few).frame, note="Of 7 cuts.")
    assert figures.drawn(figures.limit_lines(few, cuts)).note == "Of 7 cuts."


# Recomputed beside printed


def agreements(off, verdict="reproduced", name="f"):
    return pd.DataFrame({"off": off, "verdict": verdict, "finding_id": name})


def test_points_of_a_row_are_in_the_order_of_their_distance_and_far_ones_are_counted():
    frame = pd.concat(
        [
            agreements([0.2, -0.4, 0.1], name="first"),
            agreements([0.6, 5.0, 9.0, -4.0, np.nan], ["differs"] * 4 + ["failed"], name="second"),
        ]
    )
    ax = figures.agreement(frame)
    assert ticks_of(ax.yaxis) == {"second": 0, "first": 1}
    points = marks(ax, "o")
    assert sorted(points) == [(-0.4, 0.75), (0.1, 1.0), (0.2, 1.25), (0.6, pytest.approx(-1 / 12))]
    assert marks(ax, ">") == [(3.0, 0)]
    assert marks(ax, "<") == [(-3.0, 0)]
    assert texts(ax) == ["2", "1", "0 of 4", "3 of 3", "reproduced"]  # what failed was not recomputed
    assert ax.get_xlim() == (-3.25, 3.25)
    kept = figures.drawn(ax)
    assert kept.note == "Not drawn: 1 number not recomputed (failed)."
    assert kept.alt == (
        "7 recomputed numbers of 2 findings: 3 within half a unit of the last digit printed, 4 further away."
    )
    assert len(kept.frame) == 7
    assert "2 quantities" not in figures.drawn(figures.agreement(frame.assign(q="x"), by="q")).alt
    assert "numbers of 1 q:" in figures.drawn(figures.agreement(frame.assign(q="x"), by="q")).alt


def test_colours_of_counts_warn_of_what_differs():
    def colour(verdicts):
        ax = figures.agreement(agreements([0.0] * len(verdicts), verdicts))
        return next(t.get_color() for t in ax.texts if " of " in t.get_text())

    fine = colour(["reproduced", "cannot be recomputed"])
    assert colour(["reproduced", "differs"]) == colour(["reproduced", "failed"]) != fine
    assert colour(["reproduced"] * 2) == fine


def test_a_row_of_many_numbers_is_a_histogram_and_what_differs_a_mark():
    off = np.r_[np.zeros(40), np.full(10, 0.34), np.full(10, -0.12), 0.49]
    frame = agreements(np.r_[off, 0.8, 4.0, -3.5], ["reproduced"] * 61 + ["differs"] * 3)
    ax = figures.agreement(frame)
    (bars,) = ax.containers
    left = [round(p.get_x(), 6) for p in bars]
    # Bars a ninth wide: 40 about 0; 0.34, -0.12 and 0.49 in those about 3/9, -1/9 and 4/9.
    assert left == pytest.approx([-1.5 / 9, -0.5 / 9, 2.5 / 9, 3.5 / 9], abs=1e-6)
    assert [p.get_width() for p in bars] == pytest.approx([1 / 9] * 4)
    size = [0.84 * np.sqrt(n / 40) for n in (10, 40, 10, 1)]
    assert [p.get_height() for p in bars] == pytest.approx(size)
    assert [p.get_y() for p in bars] == pytest.approx([-s / 2 for s in size])
    assert marks(ax, "o") == [(0.8, 0.0)]
    assert len(figures.agreement(agreements(np.zeros(60))).containers) == 0
    assert len(figures.agreement(agreements(np.zeros(61))).containers) == 1
    with pytest.raises(UsageError, match="nothing to draw"):
        figures.agreement(agreements([np.nan]))


def test_recomputed_and_printed_ratios_stand_beside_each_other():
    frame = pd.DataFrame(
        {
            "label": ["a", "b"],
            "estimate": [2.0, 0.5],
            "ci_low": [1.0, 0.2],
            "ci_high": [4.0, 0.9],
            "printed": [2.1, 0.6],
            "printed_low": [1.1, 0.0],
            "printed_high": [4.2, 1.0],
        }
    )
    ax = figures.beside(frame)
    assert ticks_of(ax.yaxis) == {"b": 0, "a": 1}
    assert marks(ax, "o") == [(0.5, 0.14), (2.0, pytest.approx(1.14))]
    assert marks(ax, "D") == [(0.6, -0.14), (2.1, 0.86)]
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((0.2 / 1.15, 4.2 * 1.15))
    ours, theirs = ([s[:, 0].tolist() for s in c.get_segments()] for c in ax.collections)
    assert ours == [[0.2, 0.9], [1.0, 4.0]]
    assert theirs == [[pytest.approx(low), 1.0], [1.1, 4.2]]  # a limit of zero ends at the edge of the log axis
    assert figures.drawn(ax).alt == "Hazard ratios, recomputed and of the archive. a: 2 and 2.1; b: 0.5 and 0.6."
    (legend,) = ax.figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["recomputed", "of the archive"]


# Other choices


CHOICES = pd.DataFrame(
    {
        "variant": ["published", "no limits on it", "turned", "far"],
        "estimate": [2.0, 1.5, 0.8, 90.0],
        "ci_low": [1.2, 0.9, 0.5, 60.0],
        "ci_high": [3.0, 2.5, 1.3, 150.0],
        "stands": [True, False, False, True],
        "n": [12, 8, 7, np.nan],
    }
)


def test_variants_are_filled_hollow_or_red_and_arrows_at_the_edge():
    ax = figures.variants(CHOICES)
    assert ticks_of(ax.yaxis) == {
        "far": 0,
        "turned\xa0\xa0(7)": 1,
        "no limits on it\xa0\xa0(8)": 2,
        "published\xa0\xa0(12)": 3,
    }
    points = {float(line.get_ydata()[0]): line for line in ax.lines if line.get_marker() == "o"}
    assert {y: float(p.get_xdata()[0]) for y, p in points.items()} == {3: 2.0, 2: 1.5, 1: 0.8}
    assert points[2].get_markerfacecolor() == "none"
    assert points[3].get_markerfacecolor() == points[3].get_markeredgecolor() == points[2].get_markeredgecolor()
    assert points[1].get_markerfacecolor() == points[1].get_markeredgecolor() != points[3].get_markeredgecolor()
    assert marks(ax, ">") == [(60.0, 0)]
    assert marks(ax, "<") == []
    assert ax.get_xlim() == pytest.approx((0.5 / 1.2, 60))
    dashed = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert dashed == [2.0]
    bars = {
        line.get_ydata()[0]: list(line.get_xdata())
        for line in ax.lines
        if len(set(line.get_ydata())) < len(line.get_ydata())
    }
    assert bars[2] == [0.9, 2.5]
    assert bars[0] == [60.0, 60.0]
    assert figures.drawn(ax).alt == (
        "Ratios with limits, one row per variant. 2 in the first, 0.8 to 90 in all, stands in 2 of 4, "
        "on the other side in 1."
    )
    names = [t.get_text() for t in ax.figure.legends[0].get_texts()]
    assert names == ["stands", "same sign, not clear", "other sign"]


def test_variants_of_several_claims_share_their_rows():
    other = CHOICES.assign(claim="two", estimate=[0.5, 0.004, 0.001, 0.9], ci_low=0.0005, ci_high=1.2, stands=False)
    both = pd.concat([CHOICES.assign(claim="one"), other])
    ax = figures.variants(both, xlabel="ratio")
    first, second = ax.figure.axes
    assert (first.get_title("left"), second.get_title("left")) == ("one", "two")
    assert (first.get_xlabel(), second.get_xlabel()) == ("", "ratio")
    assert marks(second, "<") == [(pytest.approx(0.002 / 1.2), y) for y in (3, 2, 1, 0)]
    assert marks(second, "o") == [(0.5, 3), (0.004, 2), (0.9, 0)]
    shown = [t.get_text() for t in second.get_xticklabels()]
    assert shown == ["0.01", "0.1", "1"]  # over so wide a range fewer labels than the usual ones
    assert (
        "; two: 0.5 in the first, 0.001 to 0.9 in all, stands in 0 of 4, on the other side in 0."
        in figures.drawn(ax).alt
    )
    mine = mpl.pyplot.subplots()[1]
    assert figures.variants(CHOICES, ax=mine) is mine
    assert mine.figure.legends == []
    with pytest.raises(UsageError, match="2 claims do not fit into one axes"):
        figures.variants(both, ax=mine)
    with pytest.raises(UsageError, match="same variants in the same order"):
        figures.variants(pd.concat([CHOICES.assign(claim="one"), other.iloc[::-1]]))


def test_estimates_without_each_value_and_those_refused():
    frame = pd.DataFrame(
        {
            "left_out": ["Q1", "x_y", "z"],
            "estimate": [np.nan, 2.0, 60.0],
            "ci_low": [np.nan, 0.01, 1.5],
            "ci_high": [np.nan, 3.0, 90.0],
        }
    )
    ax = figures.left_out(frame, 1.7, name="age")
    assert ticks_of(ax.yaxis) == {"without z": 0, "without x y": 1, "without Q1": 2}
    assert [(t.get_text().strip(), t.get_position()) for t in ax.texts] == [("refused", (1.7, 2))]
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((0.02 / 1.15, 57.5))
    assert marks(ax, "o") == [(2.0, 1)]
    assert marks(ax, "<") == [(low, 1)]
    assert marks(ax, ">") == [(high, 0)]
    assert [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] == 0][
        :2
    ] == [1, 1.7]
    assert ax.get_xlabel() == "age (ratio, log scale); dashed: with all"
    assert figures.drawn(ax).alt == "age: 1.70 with all; without Q1 refused; without x y 2.00; without z 60.00."
    plain = figures.left_out(frame.iloc[1:].assign(estimate=[-2.0, 3.0], ci_low=-4.0, ci_high=6.0), 1.7, ratio=False)
    assert plain.get_xlim() == pytest.approx((-4.6, 6.6))
    assert plain.get_xscale() == "linear"
    assert plain.get_xlabel().endswith("(estimate); dashed: with all")


def test_more_events_than_a_tick_shows_are_said_in_numbers_and_words():
    rows = [("1999Q4", 1, 14), ("2000Q3", -1, 9), ("2000Q1", 1, 6), ("2000Q1", 0, 8), ("2004Q1", 1, 20)]
    events = pd.DataFrame([(q, d) for q, d, n in rows for _ in range(n)], columns=["quarter", "direction"])
    ax = figures.timeline(ACTS, events)
    line, whole = 5 * 1.22, 5 * 0.14
    assert [t.get_text() for t in ax.texts[:-1]] == ["14", "9"]
    assert ax.texts[0].xy == (0, pytest.approx(line + whole))
    assert ax.texts[1].xy == (3, pytest.approx(line - whole))
    assert figures.drawn(ax).alt.endswith(
        "Quarters with more than 6 events of a kind: 14 closer in 1999Q4, 9 worse in 2000Q3."
    )
    assert "more than 6" not in figures.drawn(figures.timeline(ACTS, events.iloc[:6])).alt
