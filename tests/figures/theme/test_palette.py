"""The palette for readers of every kind of sight, in grey, and on a dark page."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from colourvision import SIGHT, contrast, difference, nearest

from clemency import figures
from clemency.figures.theme.palette import ACCENT, COLOURS, DARK, HATCHES, INK, LINES, MARKERS, PAPER, QUIET
from clemency.reports.pages.page import page

# Pairs 1, 2, 3, 4, 7, 17, 25 and 34 of table 1 of Sharma, Wu and Dalal (2005).
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "published"), SHARMA)
def test_differences_are_those_of_the_published_table(one, other, published):
    assert difference(one, other) == pytest.approx(published, abs=5e-5)
    assert difference(other, one) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_colours_are_told_apart_by_every_reader(sight):
    assert nearest(COLOURS, sight) >= (6.5 if sight == "grey" else 11.0)
    assert nearest(DARK, sight) >= (5.4 if sight == "grey" else 11.0)
    assert nearest(COLOURS[:3], sight) >= (13.0 if sight == "grey" else 20.0)  # most figures have no more


def test_lines_and_texts_stand_out_from_the_page():
    for ground, colours in ((PAPER, COLOURS), ("#fdfcfa", COLOURS), ("#191817", DARK)):
        assert min(contrast(c, ground) for c in colours) >= 3
    assert min(contrast(c, PAPER) for c in (INK, QUIET, ACCENT)) >= 4.5


def test_what_is_near_in_grey_differs_by_dash_hatch_or_shape():
    assert len({str(v) for v in LINES}) == len(set(MARKERS)) == len(COLOURS)
    for n in range(len(HATCHES) - 1):
        assert HATCHES[n] != HATCHES[n + 1]


def test_the_page_sets_these_colours():
    """On a dark screen; elsewhere, and in print, a drawing keeps its own."""
    text = page(title="t", kicker="k", heading="h", lead="l", sections=[], footer=[])
    dark = text[text.index("@media screen and (prefers-color-scheme: dark)") :]
    found = [re.findall(rf"--series-{n}: (#[0-9a-f]{{6}})", text) for n in range(len(COLOURS))]
    assert found == [[c] for c in DARK]
    assert dark.index(DARK[-1]) < dark.index("}")
    axes = figures.intervals(pd.DataFrame({"label": ["a"], "estimate": [1.0], "ci_low": [0.5], "ci_high": [2.0]}))
    assert f"var(--series-0, {COLOURS[0]})" in figures.to_svg(axes.get_figure(), "t", "d")
