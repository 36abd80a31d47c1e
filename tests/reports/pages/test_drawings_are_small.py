"""A drawing on a page shows what its file shows, in fewer bytes."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from clemency import figures
from clemency.figures import style, to_svg
from clemency.figures.theme.settings import NARROW, WIDTH
from clemency.reports.pages.drawings import apart, classed, small
from clemency.reports.pages.markup import Origin, sections_html
from clemency.reports.section import Chart, Section

ROWS = pd.DataFrame({"label": ["a", "b"], "estimate": [1.0, 2.0], "ci_low": [0.5, 1.0], "ci_high": [2.0, 3.0]})


@pytest.fixture(scope="module")
def svg():
    with style():
        figure, ax = plt.subplots(figsize=(4, 3))
        ax.step(np.linspace(0, 10, 300), np.repeat(np.arange(30), 10), where="post")
        ax.bar([1, 2], [3, 4], hatch="......", color="#123456", edgecolor="#ffffff", label="é <b>")
        ax.legend()
    text = to_svg(figure, "A", "B")
    plt.close(figure)
    return text


def test_a_staircase_keeps_its_corners_and_loses_the_points_between():
    path = (
        '<svg viewBox="0 0 9 9"><path d="M 0 0 \nL 1.23456 0 \nL 2 0 \nL 2 5.0001 \nL 2 3 z" style="fill: none"/></svg>'
    )
    assert small(path) == '<svg viewBox="0 0 9 9"><path d="M0 0L2 0L2 5L2 3z" style="fill:none"/></svg>'


def test_curves_and_negative_numbers_stay():
    path = '<path d="M 0 -0.001 \nC 1.111111 2 3 4 5.5 6 \nQ 1 2 3 4 \n"/>'
    assert small(path) == '<path d="M0 0C1.11 2 3 4 5.5 6Q1 2 3 4"/>'


def test_all_text_and_all_marks_stay_in_a_third_of_the_bytes(svg):
    made = small(svg)
    letters = [re.findall(r">([^<>]+)</text>", s) for s in (svg, made)]
    assert letters[0] == letters[1]
    assert svg.count("<use") == made.count("<use")
    assert len(made) < len(svg) / 3
    assert re.findall(r'href="#([^"]+)"', made) == re.findall(r'href="#([^"]+)"', svg)
    assert re.search(r"url\(#", made)
    assert not re.search(r' id="(figure|patch|axes)_', made)


def test_dots_are_a_small_tile_that_repeats(svg):
    before, after = (re.search(r"<pattern.*?</pattern>", s, re.DOTALL)[0] for s in (svg, small(svg)))
    side = float(re.search(r'width="([\d.]+)"', after)[1])
    dots = np.array([[float(v) for v in m] for m in re.findall(r"M (-?[\d.]+) (-?[\d.]+)", before)])
    inside = dots[((dots > -0.005) & (dots < 71.995)).all(axis=1)]
    assert (72 / side) == pytest.approx(round(72 / side))
    places = {tuple(np.round(d % side, 1) % round(side, 1)) for d in inside}
    assert len(places) * round(72 / side) ** 2 == len(inside)
    assert len(after) < len(before) / 20


def test_drawings_of_one_page_share_no_name_and_say_each_style_once(svg):
    one, two = (classed(apart(small(svg), m), m) for m in ("f1-", "f2-"))
    names = [set(re.findall(r' (?:id|class)="([^"]+)"', s)) for s in (one, two)]
    assert names[0]
    assert not names[0] & names[1]
    assert "style=" not in one
    assert one.index("</desc>") < one.index("<style>")
    for name in set(re.findall(r' class="([^"]+)"', one)):
        assert f".{name}{{" in one


def test_a_figure_that_is_drawn_twice_shows_one_drawing_at_a_time():
    """Both stand on the page with identifiers of their own; the style shows one of them."""
    chart = Chart.twice("bars", "Bars", lambda **more: figures.intervals(ROWS, **more), title="Narrow")
    content = Section("s", "S", (), (chart,)).content()
    (part,) = content["parts"]
    wide, narrow = (float(re.search(r'viewBox="0 0 ([\d.]+)', part[k])[1]) for k in ("svg", "narrow"))
    assert (wide, narrow) == (pytest.approx(72 * WIDTH, abs=1), pytest.approx(72 * NARROW, abs=1))
    assert "Narrow" in part["narrow"]
    assert "Narrow" not in part["svg"]
    (html,) = sections_html([content], Origin())
    assert [html.count(f"drawing {kind}") for kind in ("for-wide", "for-narrow")] == [1, 1]
    names = re.findall(r' id="(f1-[^"]+)"', html)
    assert names
    assert len(names) == len(set(names))
