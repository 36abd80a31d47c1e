"""Marks say in the SVG what they are; what the axes cannot tell is left without words."""

import re

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.ticker import PercentFormatter

from clemency import figures
from clemency.figures import style, to_svg
from clemency.figures.groups import tiles
from clemency.figures.theme import settings
from clemency.figures.theme.hover import name_marks


@pytest.fixture
def axes():
    with style():
        figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def titles(ax):
    return re.findall(r"<title>(.*?)</title>", to_svg(ax.figure, "t", "d"))[1:]


def test_bars_say_series_place_and_length(axes):
    axes.bar([0, 1, 2], [3, 0, 1234.2], label="men & women")
    axes.set_xticks([0, 1, 2], ["a", "b", "<c>"])
    assert titles(axes) == ["men &amp; women, a: 3", "men &amp; women, &lt;c&gt;: 1,234"]


def test_lying_bars_of_shares_say_them_as_their_axis_does(axes):
    axes.barh([0, 1], [0.25, 0.5])
    axes.set_yticks([0, 1], ["men", "women"])
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    assert titles(axes) == ["men: 25%", "women: 50%"]


def test_points_say_what_they_are_where_an_axis_names_them(axes):
    axes.plot([0.5, 2], [0, 1], "o")
    axes.set_yticks([0, 1], ["cult", "other charges"])
    assert titles(axes) == ["cult: 0.5", "other charges: 2"]


def test_what_they_are_can_be_said(axes):
    name_marks(axes.bar([0, 1], [1, 2]), ["first", ""])
    name_marks(axes.scatter([0, 1], [1, 2]), ["p", "q"])
    assert titles(axes) == ["first", "p", "q"]


def test_points_on_axes_of_numbers_and_lines_without_marks_say_nothing(axes):
    axes.plot([0, 1], [1, 2])
    axes.scatter([0, 1], [1, 2])
    assert titles(axes) == []


def test_a_figure_gives_the_same_bytes_again(axes):
    axes.bar([0], [1])
    assert to_svg(axes.figure, "t", "d") == to_svg(axes.figure, "t", "d")


def test_a_tile_tells_its_names_in_both_scripts_and_what_is_printed_on_it():
    frame = pd.DataFrame({"province": ["CN-XJ", "CN-BJ"], "rate": [2.5, 1.0], "text": ["3/40", None]})
    told = titles(figures.tile_map(frame, "rate"))
    assert "Xinjiang 新疆: 3/40; 2.5" in told
    assert "Beijing 北京: 1" in told
    assert "Tibet 西藏: no value" in told
    assert len(told) == 34


def test_tiles_have_names_in_characters_where_a_font_has_them(monkeypatch):
    frame = pd.DataFrame({"province": ["CN-NM"], "rate": [2.5]})
    for family, name in (
        (["DejaVu Sans"], "Inner\nMongolia"),
        (["DejaVu Sans", "Some Font"], "Inner\nMongolia\n内蒙古"),
    ):
        monkeypatch.setattr(settings, "families", lambda family=family: family)
        monkeypatch.setattr(tiles, "chinese_font", lambda: "Some Font")
        texts = [t.get_text() for t in figures.tile_map(frame, "rate").texts]
        assert name in texts
