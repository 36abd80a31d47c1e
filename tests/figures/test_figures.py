import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency import figures
from clemency.figures.theme.fonts import NO_FONT
from clemency.figures.theme.palette import COLOURS, LINES
from clemency.models.intervalcensoring.turnbull import turnbull

mpl.use("Agg")

FOREST = pd.DataFrame(
    {
        "term": ["charge", "charge", "charge", "age"],
        "level": ["security", "cult", "other", ""],
        "estimate": [1, 0.4, 3.0, 1.1],
        "ci_low": [np.nan, 0.1, 0.9, 1.0],
        "ci_high": [np.nan, 0.9, 9.0, 1.2],
        "n_event": [20, 3, 8, 31],
        "reference": [True, False, False, False],
    }
)


FLOW = pd.DataFrame(
    [
        ("cases", 0, True, "in the tables", 1000),
        ("cases", 1, False, "without a date of the sentence, which is a reason of two lines", 30),
        ("cases", 1, False, "life", 20),
        ("cases", 1, True, "followed", 950),
        ("acts", 0, True, "granted", 7),
        ("acts", 1, True, "dated", 7),
    ],
    columns=["of", "step", "kept", "label", "n"],
)


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


def lightness(colour):
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_bars_of_two_types_differ_in_grey_or_by_hatch():
    kinds = ["sentence_reduction", "medical_parole", "early_release", "parole", "commutation"]
    frame = pd.DataFrame({"quarter": "2017Q2", "act_type": pd.Categorical(kinds, categories=kinds), "n": 1})
    looks = [(b.get_hatch(), lightness(b.get_facecolor()[:3])) for b in figures.timeline(frame).patches]
    assert len(looks) == len(kinds)
    for k, (hatch, light) in enumerate(looks):
        assert all(h != hatch or abs(v - light) > 0.08 for h, v in looks[:k])


def test_neighbouring_colours_stay_apart_in_grey_or_by_line():
    first = sorted(lightness(c) for c in (COLOURS[0], COLOURS[2], COLOURS[3]))
    assert min(np.diff(first)) > 0.1
    assert len(set(map(str, LINES))) == len(COLOURS)


def test_every_figure_keeps_the_frame_that_it_draws():
    ax = figures.forest(FOREST)
    kept = figures.drawn(ax)
    pd.testing.assert_frame_equal(kept.frame, FOREST)
    assert "cult (3): 0.40" in kept.alt.replace("  ", " ")
    assert ax.get_xscale() == "log"


def test_a_flow_shows_every_count_once_and_in_order():
    ax = figures.flow(FLOW)
    shown = [(round(t.get_position()[1], 3), t.get_text()) for t in ax.texts if t.get_text()]
    numbers = [text for _, text in shown if text.replace(",", "").isdigit()]
    assert sorted(numbers) == sorted(["1,000", "30", "20", "950", "7", "7"])
    height = {text: y for y, text in shown}
    assert height["1,000"] > height["30"] > height["20"] > height["950"]
    assert {"without a date of the sentence,", "which is a reason of two lines"} <= set(height)
    assert figures.drawn(ax).alt == (
        "Counts from the tables down to the analyses. cases: 1,000 in the tables; without 30 without a date of the "
        "sentence, which is a reason of two lines, 20 life, 950 followed; acts: 7 granted; 7 dated."
    )


def test_few_events_are_drawn_hollow():
    ax = figures.forest(FOREST)
    fill = {line.get_xdata()[0]: line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"}
    assert fill[0.4] == "none"
    assert fill[3.0] != "none"


def marks(ax, marker):
    own = [line.get_data() for line in ax.lines if line.get_marker() == marker]
    return [(float(x[0]), float(y[0])) for x, y in own]


def test_a_fit_draws_levels_with_few_events_hollow_and_its_reference():
    """The plot knew of no events, so that every point was filled, and of no reference level."""
    d = pd.DataFrame({"t": range(1, 61), "e": [1, 0, 0] * 20, "x": np.sin(range(60))})
    d["g"] = np.where(d.index.isin([3, 4, 20, 30]), "b", "a")
    fit = cl.cox(d, "g + x", exit="t", event="e")
    ax = fit.plot()
    labels = {t.get_text(): y for t, y in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    assert list(labels) == ["g", "a  (18)", "b  (2)", "x"]
    face = {line.get_ydata()[0]: line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"}
    assert face[labels["b  (2)"]] == "none"
    assert face[labels["x"]] != "none"
    assert labels["a  (18)"] not in face
    assert [t.get_text() for t in ax.texts] == ["reference"]
    assert ax.texts[0].xy == (1, labels["a  (18)"])
    assert "in brackets: events; hollow: fewer than five" in ax.get_xlabel()
    drawn = figures.drawn(ax).frame
    pd.testing.assert_frame_equal(drawn[~drawn["reference"]][list(fit.tidy())].reset_index(drop=True), fit.tidy(True))


def test_a_number_does_not_look_like_a_level_of_the_term_above():
    frame = FOREST.assign(estimate=FOREST["estimate"].astype(float))
    ax = figures.forest(frame, key=False)
    y = ax.get_yticks()
    assert np.diff(y).round(9).tolist() == [-1, -1, -1, -1.6]
    weight = {t.get_text().split("  ")[0]: t.get_fontweight() for t in ax.get_yticklabels()}
    assert weight == {"charge": "bold", "security": "normal", "cult": "normal", "other": "normal", "age": "bold"}
    assert ax.get_xlabel() == "hazard ratio (log scale)"
    alone = figures.forest(frame[frame["level"] == ""])
    assert [t.get_fontweight() for t in alone.get_yticklabels()] == ["normal"]


def test_a_ratio_beyond_the_axis_is_an_arrow_with_its_value():
    """It was a point at the edge, as if its value were there."""
    frame = pd.DataFrame({"term": ["a", "b", "c", "d"], "level": "", "estimate": [1e120, 1.2, 1e-9, 80.0]})
    frame = frame.assign(ci_low=[1e80, 0.8, 1e-12, 5.0], ci_high=[1e160, 1.9, 1e-7, 900.0])
    ax = figures.forest(frame)
    assert marks(ax, "o") == [(1.2, 2.0)]
    low, high = ax.get_xlim()
    assert marks(ax, ">") == [(high, 3.0), (high, 0.0)]
    assert marks(ax, "<") == [(low, 1.0)]
    assert [t.get_text() for t in ax.texts] == ["1e+120", "1e-09", "80"]
    assert "a: 1e+120" in figures.drawn(ax).alt


def test_rows_without_limits_or_support_are_no_references():
    frame = pd.DataFrame({"term": ["a", "b", "c"], "level": ["", "", ""], "estimate": [2.0, np.nan, 3.0]})
    frame = frame.assign(ci_low=[np.nan, np.nan, 2.0], ci_high=[np.nan, np.nan, 4.0], reference=[np.nan, False, np.nan])
    ax = figures.forest(frame)
    assert [t.get_text() for t in ax.texts] == ["no limits", "no estimate"]
    assert [x for x, _ in marks(ax, "o")] == [2.0, 3.0]


SPELLS = pd.DataFrame({"t": range(1, 31), "e": ["cut", "death", "censored"] * 10, "x": np.sin(range(30))})


def test_subdistribution_ratios_are_called_so():
    ax = cl.fine_gray(SPELLS, "x", exit="t", event="e", outcome="cut").plot()
    assert ax.get_xlabel() == "subdistribution hazard ratio (log scale)"
    assert figures.drawn(ax).alt.startswith("Forest plot of subdistribution hazard ratios")
    for fit, word in ((cl.fine_gray, "subdistribution hazard ratio"), (cl.cox, "hazard ratio")):
        own = fit(SPELLS, "x", exit="t", event="e", outcome="cut")
        for result in (own, cl.pool([own, own])):
            assert result.plot().get_xlabel() == f"{word} (log scale)"


CALENDAR = {"period": ["2001", "2002"], "start": pd.to_datetime(["2001-01-01", "2002-01-01"])}
CALENDAR |= {"end": pd.to_datetime(["2001-12-31", "2002-12-31"]), "index": [1.0, 2], "positive": [1.0, 2]}
CALENDAR |= {"negative": [0.0, 0], "acts": [1, 2], "months": [9.0, 9], "fitted": [1.0, 2]}
RATIOS = pd.DataFrame({"label": ["a"], "estimate": 1.5, "ci_low": 1.0, "ci_high": 2.0, "n_event": 9, "lag": 0})
RATIOS = RATIOS.assign(events=9, rate=1.4, left_out="a", main=True, kind="x", unrecorded=0, printed=1.5, stands=True)
RATIOS = RATIOS.assign(printed_low=1.0, printed_high=2.0, term="x", level="", before=0.2, after=0.1, variant="a")
RATIOS = RATIOS.assign(off=0.1, verdict="reproduced", finding_id="f", year=2001.5, where="home", time=2.0, outcome="x")
RATIOS = RATIOS.assign(lower=1.0, upper=2.0, mass=0.5, quarter="2001Q1", act_type="x", n=1, province="CN-BJ", months=3)
DRAW = {
    "agreement": figures.agreement,
    "beside": figures.beside,
    "caterpillar": figures.caterpillar,
    "check": lambda _: cl.cox(SPELLS, "x", exit="t", event="e", outcome="cut").check().plot(),
    "flow": lambda _: figures.flow(FLOW),
    "forest": figures.forest,
    "index_line": lambda _: figures.index_line(pd.DataFrame(CALENDAR)),
    "intervals": figures.intervals,
    "lag_plot": figures.lag_plot,
    "left_out": lambda f: figures.left_out(f, 1.5),
    "love": figures.love,
    "mass_boxes": figures.mass_boxes,
    "months_strip": figures.months_strip,
    "rates_line": lambda _: figures.rates_line(pd.DataFrame(CALENDAR), "2002-01-01"),
    "grid_curves": lambda f: figures.grid_curves(f.assign(outcome="x", time=range(1, len(f) + 1))),
    "selection_region": lambda _: figures.selection_region(cl.selection_bounds(1.5, 1.1, 2.0).region),
    "specification_curve": lambda f: figures.specification_curve(f, {"kind": ["x"]}),
    "residual_curves": lambda _: figures.residual_curves(
        pd.DataFrame({"residual": [0.5, 1.0], "survival": [0.6, 0.3], "expected": [0.61, 0.37]})
    ),
    "stacked_months": lambda _: figures.stacked_months(
        pd.DataFrame({"who": ["a", "b"], "state": "in", "estimate": 1.0}), "who"
    ),
    "stacked_states": lambda _: figures.stacked_states(pd.DataFrame({"time": [0, 9], "state": "in", "estimate": 1.0})),
    "step_curves": figures.step_curves,
    "tile_map": lambda f: figures.tile_map(f, "estimate"),
    "timeline": figures.timeline,
    "tipping": figures.tipping,
    "variants": figures.variants,
}


def test_every_figure_is_listed_here():
    others = {"Drawn", "chinese_font", "drawn", "limit_lines", "style", "to_png", "to_svg", "words"}
    assert set(DRAW) - {"check"} == set(figures.__all__) - others


@pytest.mark.parametrize("name", DRAW)
def test_a_figure_without_axes_is_a_new_one(name):
    """The test of proportionality drew over the plot of the fit, whose axes were the current ones."""
    before = figures.intervals(RATIOS)
    lines = len(before.lines)
    ax = DRAW[name](RATIOS)
    assert ax.figure is not before.figure
    assert len(before.lines) == lines
    assert figures.drawn(ax).alt


@pytest.mark.parametrize("draw", [lambda f: figures.left_out(f, 1.5), lambda f: figures.specification_curve(f, {})])
def test_estimates_beyond_the_axis_have_no_point(draw):
    beyond = pd.concat([RATIOS, RATIOS.assign(estimate=1e9, ci_low=np.nan, ci_high=np.nan, main=False)])
    ax = draw(beyond)
    points = [v for line in ax.lines if line.get_marker() == "o" for v in (*line.get_xdata(), *line.get_ydata())]
    assert max(v for v in points if v == v) < 3
    assert marks(ax, ">") + marks(ax, "^")


def test_curves_step_to_the_right_and_show_who_is_at_risk():
    d = pd.DataFrame({"t": [2.0, 5.0, 7.0, 9.0], "e": [1, 0, 1, 0]})
    curves = cl.survival(d, exit="t", event="e")
    ax = curves.plot()
    x, y = ax.lines[0].get_data()
    assert list(zip(x, y, strict=True))[:3] == [(0, 1.0), (2, 0.75), (7, 0.375)]
    assert ax.lines[0].get_drawstyle() == "steps-post"
    texts = [t.get_text() for t in ax.texts]
    assert "at risk" in texts
    assert "4" in texts


def test_rates_and_estimates_plot_themselves():
    d = pd.DataFrame({"t": [2.0, 5.0, 7.0, 9.0], "e": [1, 0, 1, 0], "g": list("aabb")})
    assert figures.drawn(cl.rates(d, by="g", exit="t", event="e").plot()).frame["label"].tolist() == ["a", "b"]
    from lifelines.datasets import load_rossi

    fit = cl.cox(load_rossi(), "fin + age", exit="week", event="arrest")
    assert figures.drawn(fit.plot()).frame["term"].tolist() == ["fin", "age"]


def test_the_map_has_a_tile_for_each_province():
    provinces = cl.load("provinces")
    frame = provinces.assign(rate=np.arange(len(provinces), dtype=float), text="1")
    ax = figures.tile_map(frame, "rate")
    assert len(ax.texts) == 2 * len(provinces)
    assert not provinces.duplicated(["grid_row", "grid_column"]).any()


def test_drawings_are_the_same_bytes_and_describe_themselves():
    one, two = (figures.to_svg(figures.forest(FOREST).get_figure(), "A <title>", "What it shows") for _ in range(2))
    assert one == two
    assert "<title>A &lt;title&gt;</title><desc>What it shows</desc>" in one
    assert "var(--ink" in one
    png = [figures.to_png(figures.forest(FOREST).get_figure()) for _ in range(2)]
    assert png[0] == png[1]


def test_a_missing_font_is_said_clearly():
    assert "fonts-noto-cjk" in NO_FONT
    assert figures.chinese_font() is None or isinstance(figures.chinese_font(), str)


def test_the_map_marks_few_events_and_no_follow_up():
    frame = pd.DataFrame(
        {
            "province": ["CN-BJ", "CN-SC", "CN-XZ"],
            "rate": [8.0, 2.0, 0.0],
            "events": [12, 2, 0],
            "person_months": [900.0, 700.0, 0.0],
        }
    )
    ax = figures.tile_map(frame, "rate", label="per 1,000 person-months")
    assert [p.get_hatch() for p in ax.patches].count("////") == 1  # Sichuan
    shades = [mpl.colors.to_hex(p.get_facecolor()) for p in ax.patches if p.get_hatch() is None]
    assert shades.count("#c4c4c4") == len(cl.load("provinces")) - 2  # Tibet among them
    kept = figures.drawn(ax)
    assert len(kept.frame) == len(cl.load("provinces"))
    assert "Tibet" in kept.alt
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "0",
        "4",
        "8",
        "fewer than five events",
        "no follow-up",
    ]


def test_the_text_on_every_shade_is_legible():
    from clemency.figures.groups.tiles import _NONE, _SHADES, _ink

    shades = [mpl.colors.to_hex(_SHADES(s)) for s in np.linspace(0, 1, 50)]
    light = [lightness(s) for s in shades]
    assert (np.diff(light) < 0).all()
    for shade in [*shades, _NONE]:
        low, high = sorted((lightness(shade), lightness(_ink(shade))))
        assert (high + 0.05) / (low + 0.05) > 4.2


def test_the_map_refuses_what_it_cannot_place():
    from clemency.records.errors import UsageError

    frame = pd.DataFrame({"province": ["CN-BJ", "CN-BJ"], "rate": [1.0, 2.0]})
    with pytest.raises(UsageError, match="several rows"):
        figures.tile_map(frame, "rate")
    with pytest.raises(UsageError, match="'Beijing' is no ISO code"):
        figures.tile_map(frame.assign(province=["Beijing", "CN-SC"]), "rate")
    with pytest.raises(UsageError, match="no province"):
        figures.tile_map(frame.assign(province=["CN-BJ", None]), "rate")
    with pytest.raises(UsageError, match="0 or more"):
        figures.tile_map(frame.assign(province=["CN-BJ", "CN-SC"], rate=-1.0), "rate")
    with pytest.raises(UsageError, match="needs the column 'value'"):
        figures.tile_map(frame, "value")


def test_a_caterpillar_is_ordered_and_marks_few_events():
    frame = pd.DataFrame(
        {
            "label": ["a", "b", "c"],
            "events": [9, 1, 0],
            "rate": [5.0, 90.0, 0.0],
            "estimate": [4.0, 6.0, 3.0],
            "ci_low": [3.0, 1.0, 0.5],
            "ci_high": [5.5, 11.0, 7.0],
        }
    )
    ax = figures.caterpillar(frame, reference=4.2)
    assert figures.drawn(ax).frame["label"].tolist() == ["b", "a", "c"]
    markers = [(line.get_marker(), line.get_markerfacecolor()) for line in ax.lines if line.get_marker() != "None"]
    assert [m for m, fill in markers if fill == "none"] == [">", "o", "o"]  # raw rates, b's beyond the axis
    assert [line.get_linestyle() for line in ax.lines if len(line.get_xdata()) == 2][1:] == [":", "-", ":"]


ENDS = pd.DataFrame({"t": [2.0, 5, 7, 9, 3, 4, 12], "e": ["x", "", "x", "y", "", "", ""], "g": list("aaaabbc")})
ENDS["e"] = ENDS["e"].replace("", "censored")


@pytest.mark.parametrize(("kind", "start"), [(cl.survival, 1.0), (cl.incidence, 0.0)])
def test_groups_without_events_are_drawn_and_no_curve_outlives_its_group(kind, start):
    acted = ENDS.assign(e=(ENDS["e"] == "x").astype(int))
    ax = kind(acted, by="g", exit="t", event="e").plot()
    lines = [line.get_data() for line in ax.lines]
    assert [x[-1] for x, _ in lines] == [9, 4, 12]  # the figure ends at the last exit, each group at its own
    assert ax.get_xlim()[1] == 12
    assert ax.get_ylabel() == ("share without the event" if start else "share with the event")
    assert lines[1][1].tolist() == lines[2][1].tolist() == [start, start]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list("abc")
    texts = [t.get_text() for t in ax.texts]
    assert texts[texts.index("a") + 1 : texts.index("b") + 1] == ["2", "2", "1", "0", "0", "0", "0", "b"]  # at risk
    with pytest.raises(cl.records.errors.UsageError, match="not one of"):
        kind(acted, by="g", exit="t", event="e").plot(outcome="parade")


def test_limits_are_shaded_up_to_where_there_are_none():
    ended = pd.DataFrame({"t": [1.0, 2, 4, 8], "e": [0, 1, 1, 1]})
    ax = cl.survival(ended, exit="t", event="e").plot()
    shaded = np.concatenate([p.vertices for p in ax.collections[0].get_paths()])
    inside = shaded[(shaded[:, 0] > 4) & (shaded[:, 1] > 0)]
    low, high = cl.survival(ended, exit="t", event="e").at(4)[["ci_low", "ci_high"]].iloc[0]
    assert inside[:, 0].max() == 8  # the limits of month 4 hold up to the last event, which has none
    assert {low, high} == set(inside[:, 1])


def test_groups_without_events_have_a_line_for_each_outcome():
    ax = cl.incidence(ENDS, by="g", exit="t", event="e").plot()
    names = ["a, x", "b, x", "c, x", "a, y", "b, y", "c, y"]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == names
    assert [line.get_ydata()[-1] for line in ax.lines] == pytest.approx([0.625, 0, 0, 0.375, 0, 0])


def test_curves_without_any_event_are_flat():
    for by in (None, "g"):
        ax = cl.survival(ENDS.assign(e=0), by=by, exit="t", event="e").plot()
        assert ax.lines[-1].get_data()[0].tolist() == [0, 12]
        assert [set(line.get_ydata()) for line in ax.lines] == [{1.0}] * (1 if by is None else 3)


def test_tiles_touch_the_tiles_of_neighbours():
    """Some borders and coasts that a reader would miss: directions from one unit to another, on the map and in fact."""
    at = cl.load("provinces").set_index("province")[["grid_row", "grid_column"]].astype(int)
    step = {"N": (-1, 0), "S": (1, 0), "E": (0, 1), "W": (0, -1)}
    facts = (
        "HE S SD, HE E TJ, SD W HA, SD S AH, JS W AH, JS E SH, JS S ZJ, ZJ S FJ, FJ E TW, FJ W GD, GX E GD, GX S HI, "
        "GD S MO, MO E HK, HI E MO, GZ W YN, GZ E HN, XZ E SC, SC S YN, QH E GS, LN E JL, JL N HL, BJ S HE, SX E HE"
    )
    for fact in facts.split(", "):
        one, way, other = fact.split()
        apart = at.loc[f"CN-{other}"] - at.loc[f"CN-{one}"]
        assert tuple(apart) == step[way], fact


def test_lags_without_limits_stand_where_they_are_and_triangles_mark_what_goes_beyond():
    frame = pd.DataFrame(
        {
            "lag": [-2, 0, 1, 2],
            "estimate": [9.0, 1.2, 80.0, 0.9],
            "ci_low": [np.nan, 0.8, 60.0, 0.001],
            "ci_high": [np.nan, 1.8, 99.0, 1.4],
            "n_event": [9] * 4,
        }
    )
    ax = figures.lag_plot(frame)
    points = {line.get_xdata()[0]: line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o"}
    assert points == {-2: 9.0, 0: 1.2, 2: 0.9}
    marks = {(line.get_xdata()[0], line.get_marker()) for line in ax.lines if line.get_marker() in ("^", "v")}
    assert marks == {(1, "^"), (2, "v")}


def test_a_fitted_line_does_not_cross_a_gap():
    quarters = [q for q in pd.period_range("2000Q1", periods=12, freq="Q").astype(str) if q != "2000Q4"]
    frame = pd.DataFrame({"period": quarters, "acts": 1, "months": 10.0, "fitted": 1.0})
    before, after = (line.get_ydata() for line in figures.rates_line(frame, at="2001-07-01").lines[1:3])
    assert np.isnan(before).tolist() == [False, False, False, True, False, False]
    assert not np.isnan(after).any()


def test_names_in_figures_are_shown_letter_by_letter():
    """Two dollar signs made what stands between them mathematics, and legends left out names that begin with "_"."""
    d = pd.DataFrame({"m": range(1, 41), "e": [1, 1, 0, 1] * 10, "g": ["$5 to $10", "_x", "{y} \\frac", "$a"] * 10})
    curves = cl.survival(d, by="g", exit="m", event="e").plot()
    boxes = turnbull(d.assign(u=d["m"] + 1), lower="m", upper="u", by="g").plot()
    for ax in (curves, boxes):
        ax.figure.canvas.draw()
        texts = ax.get_legend().get_texts()
        assert {t.get_text().strip().lstrip("_") for t in texts} == {"$5 to $10", "x", "{y} \\frac", "$a"}
        assert not any(t.get_parse_math() for t in [*texts, *ax.texts])
    ax = cl.rates(d, by="g", exit="m", event="e").plot()
    assert not any(t.get_parse_math() for t in ax.get_yticklabels())
