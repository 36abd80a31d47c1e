"""Many reports in one folder: the index, the feed, the list, the way from one quarter to the next, and shared cards."""

import io
import json
import xml.etree.ElementTree as ET

import matplotlib.image
import pytest
from browsing import VIEWS, shown, too_wide, violations
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.records.environment.folders import swapped
from clemency.reports import index_reports
from clemency.reports.inputs import inputs
from clemency.reports.lead.numbers import ROWS, numbers
from clemency.reports.pages.about import FILE, About, Number, about_of, numbers_of, read_about
from clemency.reports.pages.page import page
from clemency.reports.shelf.cards import card
from clemency.reports.shelf.index import shared_of

ATOM = "{http://www.w3.org/2005/Atom}"


def about(quarter, lead="Six acts <b> & more."):
    numbers = (Number("6", "acts", "1 in 2017Q1; 3.5 on average"),)
    return About(quarter, f"Heading {quarter}", lead, numbers, "edition 1", f"{quarter[:4]}-12-31")


def write(place, quarter, name=None, **more):
    with swapped(place / (name or quarter)) as stage:
        facts = about(quarter, **more)
        text = page(title=quarter, kicker="k", heading=facts.heading, lead="l", sections=[], footer=())
        (stage / "index.html").write_text(text, encoding="utf-8")
        (stage / FILE).write_text(facts.to_json(), encoding="utf-8")


@pytest.fixture
def shelf(tmp_path):
    for quarter in ("2016Q4", "2017Q2", "2015Q1"):
        write(tmp_path, quarter)
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "other").mkdir()
    return tmp_path


def test_an_index_a_feed_and_a_list_name_all_reports_the_newest_first(shelf):
    made = index_reports(shelf)
    text = made.read_text(encoding="utf-8")
    places = [text.index(f'href="{q}/index.html"') for q in ("2017Q2", "2016Q4", "2015Q1")]
    assert places == sorted(places)
    assert "Six acts &lt;b&gt; &amp; more." in text
    feed = ET.fromstring((shelf / "feed.xml").read_text(encoding="utf-8"))
    assert [e.find(f"{ATOM}link").get("href") for e in feed.iter(f"{ATOM}entry")] == [
        f"{q}/index.html" for q in ("2017Q2", "2016Q4", "2015Q1")
    ]
    assert feed.find(f"{ATOM}updated").text == "2017-12-31T00:00:00Z"
    assert feed.find(f"{ATOM}entry/{ATOM}summary").text == "Six acts <b> & more."
    assert all(feed.find(f"{ATOM}{n}") is not None for n in ("id", "title", "author"))
    assert len({e.text for e in feed.iter(f"{ATOM}id")}) == 4
    listed = json.loads((shelf / "index.json").read_text(encoding="utf-8"))
    assert [r["quarter"] for r in listed["reports"]] == ["2017Q2", "2016Q4", "2015Q1"]
    assert listed["reports"][0]["numbers"][0]["value"] == "6"
    assert (shelf / "README.md").read_text() == "mine"


def test_each_report_leads_to_the_one_before_and_after_and_may_still_be_replaced(shelf):
    index_reports(shelf)
    middle = (shelf / "2016Q4" / "index.html").read_text(encoding="utf-8")
    assert '<a href="../2015Q1/index.html" rel="prev">← 2015Q1</a>' in middle
    assert '<a href="../2017Q2/index.html" rel="next">2017Q2 →</a>' in middle
    assert 'rel="prev"' not in (shelf / "2015Q1" / "index.html").read_text(encoding="utf-8")
    before = {p: p.read_bytes() for p in shelf.rglob("*") if p.is_file()}
    index_reports(shelf)
    assert {p: p.read_bytes() for p in shelf.rglob("*") if p.is_file()} == before
    write(shelf, "2016Q4")  # its list of files knows the page as it is now
    write(shelf, "2016Q1")
    index_reports(shelf)
    assert 'href="../2016Q1/index.html" rel="next"' in (shelf / "2015Q1" / "index.html").read_text(encoding="utf-8")


def test_whole_addresses_where_the_place_on_the_web_is_known(shelf):
    index_reports(shelf, address="https://example.org/r")
    assert 'href="https://example.org/r/2017Q2/index.html"' in (shelf / "feed.xml").read_text(encoding="utf-8")
    assert 'content="https://example.org/r/2017Q2/card.png"' in (shelf / "index.html").read_text(encoding="utf-8")
    for wrong in ("example.org", "javascript:alert(1)", "https://e.org/?a", "https://e.org/#a"):
        with pytest.raises(cl.UsageError, match="no address of a folder"):
            index_reports(shelf, address=wrong)


def test_files_of_others_are_not_written_over_unless_forced(shelf):
    index_reports(shelf)
    (shelf / "index.html").write_text("mine")
    with pytest.raises(cl.UsageError, match=r"holds index\.html, not written here"):
        index_reports(shelf)
    assert (shelf / "index.html").read_text() == "mine"
    index_reports(shelf, force=True)
    assert "mine" not in (shelf / "index.html").read_text(encoding="utf-8")
    (shelf / "index.json").unlink()
    with pytest.raises(cl.UsageError, match=r"index\.html, feed\.xml"):
        index_reports(shelf)


def test_a_page_changed_by_hand_is_left_as_it_is(shelf):
    target = shelf / "2016Q4" / "index.html"
    changed = target.read_text(encoding="utf-8").replace("<h1>", "<h1>My ")
    target.write_text(changed, encoding="utf-8")
    index_reports(shelf)
    assert target.read_text(encoding="utf-8") == changed


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"quarter": 1}',
        json.dumps({**json.loads(about("2017Q2").to_json()), "quarter": "<b>"}),
        json.dumps({**json.loads(about("2017Q2").to_json()), "lead": "x" * 9999}),
    ],
)
def test_a_folder_that_only_looks_like_a_report_is_none(tmp_path, text):
    write(tmp_path, "2017Q2")
    (tmp_path / "2017Q2" / FILE).write_text(text, encoding="utf-8")
    assert read_about(tmp_path / "2017Q2") is None
    with pytest.raises(cl.UsageError, match="holds no report"):
        index_reports(tmp_path)


def test_links_are_not_followed(tmp_path):
    write(tmp_path / "far", "2017Q2")
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "2017Q2").symlink_to(tmp_path / "far" / "2017Q2")
    with pytest.raises(cl.UsageError, match="holds no report"):
        index_reports(tmp_path / "shelf")
    with pytest.raises(cl.UsageError, match="no folder"):
        index_reports(tmp_path / "nowhere")


def test_of_two_reports_on_a_quarter_the_folder_of_its_name_is_listed(tmp_path):
    write(tmp_path, "2017Q2", name="2017Q1-draft")
    write(tmp_path, "2017Q2")
    index_reports(tmp_path)
    listed = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert [r["page"] for r in listed["reports"]] == ["2017Q2/index.html"]


def test_the_command_makes_it(shelf):
    result = CliRunner().invoke(main, ["index", str(shelf)])
    assert result.exit_code == 0
    assert result.output.strip().endswith("index.html")
    assert CliRunner().invoke(main, ["index", str(shelf / "other")]).exit_code == 2


def test_numbers_of_a_report_are_those_of_the_acts():
    given = inputs("2017Q2")
    made = about_of(
        given,
        "Heading",
        [{"text": ["<strong>Six</strong> &amp; more"]}],
        "2017-07-14",
        numbers_of(given.quarter, numbers(given), ROWS),
    )
    dated = given.dated["quarter"].value_counts()
    years = [int(dated.get(f"{y}Q2", 0)) for y in range(2007, 2017)]
    assert made.lead == "Six & more"
    assert made.numbers[0].value == str(dated["2017Q2"])
    assert (
        made.numbers[0].beside == f"{dated['2017Q1']} in 2017Q1; {sum(years) / 10:g} on average in Q2 of 2007 to 2016"
    )


def test_a_card_is_as_large_as_services_ask_for_and_the_same_each_time():
    long = about("2017Q2", lead="Öne very long sentence. " * 60)
    made = card(long)
    assert made == card(long)
    assert matplotlib.image.imread(io.BytesIO(made)).shape == (630, 1200, 4)
    assert made != card(about("2017Q3", lead=long.lead))
    assert card(About("2017Q2", "h", "", (), "e", "2017-07-14"))
    assert dict(shared_of(long, "card.png", "t"))["og:image:alt"] == "2017Q2: 6 acts"


@pytest.mark.parametrize(("width", "theme"), VIEWS[1:3])
def test_the_index_reads_well_everywhere(chromium, shelf, width, theme):
    made = index_reports(shelf)
    assert violations(chromium, made, width, theme) == ([], [])
    with shown(chromium, made, width, theme) as page:
        assert too_wide(page) <= 0
        assert page.faults == []
        page.click("text=2016Q4")
        page.click("a[rel=next]")
        assert page.url.endswith("2017Q2/index.html")
