"""The page of findings says what the reproduction says, and stands alone."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.figures import agreement, drawn
from clemency.reports.findings import _number, findings_page

FEW = ["duihua-2013-arrests", "duihua-2015-women"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("findings")
    done = cl.reproduce(FEW)
    return done, folder, findings_page(folder, done=done).read_text(encoding="utf-8")


def test_the_page_holds_every_number_and_its_source(made):
    done, folder, page = made
    text = re.sub(r"<[^>]+>", " ", page)
    assert "18.8" in text
    assert "45.6" in text
    for row in done.findings.itertuples():
        assert row.claim in text
        assert row.address.split()[0] in page
    kept = pd.read_csv(folder / "tables" / "values-dui-hua-foundation.csv")
    assert kept["recomputed"].tolist() == pytest.approx(done.table["recomputed"].tolist())
    assert (folder / "figures" / "agreement.svg").is_file()


def test_the_page_stands_alone(made):
    class Checker(HTMLParser):
        outside = ()

        def handle_starttag(self, tag, attrs):
            if tag in ("script", "link", "img", "iframe"):
                self.outside = (*self.outside, tag)

    checker = Checker()
    checker.feed(made[2])
    assert checker.outside == ()


def test_the_command_writes_it(tmp_path):
    shown = CliRunner().invoke(main, ["reproduce", "duihua-2013-arrests", "--html", str(tmp_path / "page")])
    assert shown.exit_code == 0
    assert (tmp_path / "page" / "index.html").is_file()


def test_numbers_are_shown_with_one_digit_more_than_printed():
    assert _number(18.8172, 1.0) == "18.8"
    assert _number(0.123456, 0.01) == "0.123"
    assert _number(1105.0, 1.0) == "1,105.0"
    assert _number(6000.5, float("inf")) == "6,000"
    assert _number(float("nan"), 1.0) == ""


def test_the_figure_of_agreement():
    frame = pd.DataFrame(
        {
            "finding_id": ["a", "a", "b", "b", "b"],
            "off": [0.1, -0.5, 7.0, -9.0, float("nan")],
            "verdict": ["reproduced", "reproduced", "differs", "differs", "reproduced"],
        }
    )
    ax = agreement(frame)
    kept = drawn(ax)
    assert kept.alt.startswith("4 recomputed numbers of 2 findings: 2 within half a unit")
    assert kept.note == "1 numbers without a distance (bounds, ranges, not recomputed)."
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b", "a"]
    marks = sorted(float(x) for line in ax.get_lines() if line.get_linestyle() == "None" for x in line.get_xdata())
    assert marks == [-3.0, -0.5, 0.1, 3.0]
    with pytest.raises(cl.UsageError, match="No number was recomputed"):
        agreement(frame.assign(off=float("nan")))
