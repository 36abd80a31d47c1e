"""Figures compared as pictures with those that were looked at."""

import matplotlib as mpl
import pytest
from images import BASELINES, KINDS, TOLERANCE, save
from matplotlib.testing.compare import compare_images

DRAWN_BY = (BASELINES / "matplotlib.txt").read_text(encoding="utf-8").strip()
same_version = pytest.mark.skipif(
    mpl.__version__ != DRAWN_BY, reason=f"the pictures were drawn by matplotlib {DRAWN_BY}, this is {mpl.__version__}"
)


@same_version
@pytest.mark.parametrize("name", KINDS)
def test_a_figure_is_the_one_that_was_looked_at(name, tmp_path):
    path = tmp_path / f"{name}.png"
    save(name, path)
    assert compare_images(str(BASELINES / f"{name}.png"), str(path), tol=TOLERANCE) is None


@same_version
def test_a_moved_point_is_seen(tmp_path, monkeypatch):
    """The tolerance is below what a reader would notice."""
    from clemency import figures

    drawn = KINDS["love"]

    def moved():
        ax = drawn()
        for line in ax.lines:
            line.set_xdata([x + 0.02 for x in line.get_xdata()])
        return figures.theme.kept.keep(ax, figures.drawn(ax).frame)

    monkeypatch.setitem(KINDS, "love", moved)
    save("love", tmp_path / "love.png")
    assert compare_images(str(BASELINES / "love.png"), str(tmp_path / "love.png"), tol=TOLERANCE) is not None


def test_every_picture_has_a_figure():
    assert {p.stem for p in BASELINES.glob("*.png")} == set(KINDS)
