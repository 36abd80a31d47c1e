"""Chinese in every format, and a note where no font has it; figures are opaque and equally wide."""

import subprocess
import sys
import warnings

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from clemency import figures
from clemency.figures.theme import fonts

ROWS = pd.DataFrame({"label": ["刘晓波", "辽宁省"], "estimate": [1.0, 2.0], "ci_low": 0.5, "ci_high": 3.0})
CHINESE = figures.chinese_font()
needs_font = pytest.mark.skipif(CHINESE is None, reason="no font with Chinese characters is installed")


@needs_font
@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_chinese_is_drawn_in_every_format(tmp_path, form):
    """A font behind the word sans-serif is the only one that matplotlib asks: Chinese was boxes."""
    ax = figures.intervals(ROWS)
    path = tmp_path / f"figure.{form}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "Glyph missing from font"
        ax.get_figure().savefig(path)
    data = path.read_bytes()
    if form == "pdf":
        assert CHINESE.replace(" ", "").lower().encode()[:11] in data.lower().replace(b" ", b"")
    if form == "svg":
        assert data.count(b"<use") > len("刘晓波辽宁省")  # glyphs as outlines


@needs_font
def test_a_page_names_the_fonts_for_its_browser():
    text = figures.to_svg(figures.intervals(ROWS).get_figure(), "T", "D")
    assert "刘晓波" in text
    assert CHINESE in text
    assert text.index("DejaVu Sans") < text.index(CHINESE)


def test_without_a_font_a_figure_with_chinese_says_what_to_install(monkeypatch):
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    with pytest.warns(figures.FontWarning, match="apt install fonts-noto-cjk"):
        figures.intervals(ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.intervals(ROWS.assign(label=["Liu Xiaobo", "Liaoning"]))


def test_only_installed_fonts_are_asked_for():
    installed = {f.name for f in mpl.font_manager.fontManager.ttflist}
    assert set(fonts.families()) <= installed
    assert "DejaVu Sans" in fonts.families()  # it comes with matplotlib
    with figures.style():
        assert mpl.rcParams["font.family"] == list(fonts.families())


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_files_are_opaque_and_a_drawing_for_a_page_is_not(tmp_path, form):
    figure = figures.intervals(ROWS.assign(label=list("ab"))).get_figure()
    path = tmp_path / f"figure.{form}"
    figure.savefig(path)
    if form == "png":
        image = plt.imread(path)
        assert image[0, 0].tolist() == [1.0, 1.0, 1.0, 1.0]
        assert image[..., 3].min() == 1.0
    if form == "svg":
        assert "fill: #ffffff" in path.read_text()
        assert "fill: #ffffff" not in figures.to_svg(figure, "T", "D")
    if form == "pdf":
        assert path.stat().st_size > 1000


def test_figures_are_equally_wide_and_narrow_where_that_is_asked():
    for draw in (figures.intervals, figures.left_out):
        frame = ROWS.assign(label=list("ab"), left_out=list("ab"))
        more = (1.0,) if draw is figures.left_out else ()
        assert draw(frame, *more).get_figure().get_size_inches()[0] == pytest.approx(7.2)
        with figures.style(width=3.9):
            assert draw(frame, *more).get_figure().get_size_inches()[0] == pytest.approx(3.9)
    assert figures.intervals(frame).get_figure().get_size_inches()[0] == pytest.approx(7.2)


def test_matplotlib_and_seaborn_come_with_the_first_figure_and_not_before():
    code = (
        "import sys, pandas as pd, clemency as cl\n"
        "d = pd.DataFrame({'t': range(1, 31), 'e': [1, 0, 1] * 10, 'x': [1, 2, 3, 5, 4] * 6})\n"
        "fit = cl.cox(d, 'x', exit='t', event='e'); cl.survival(d, exit='t', event='e')\n"
        "cl.rates(d, exit='t', event='e')\n"
        "for name in cl.__all__: getattr(cl, name)\n"
        "assert not {'seaborn', 'matplotlib'} & set(sys.modules), 'before anything is drawn'\n"
        "import matplotlib; matplotlib.use('Agg'); fit.plot()\n"
        "assert 'seaborn' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
