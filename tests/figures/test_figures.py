import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import clemency as cl
from clemency import figures
from clemency.figures.style import COLOURS, LINES, NO_FONT

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


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


def lightness(colour):
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


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


def test_few_events_are_drawn_hollow():
    ax = figures.forest(FOREST)
    fill = {line.get_xdata()[0]: line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"}
    assert fill[0.4] == "none"
    assert fill[3.0] != "none"


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
