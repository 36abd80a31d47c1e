"""A page as readers meet it: on a phone, in the dark, by keyboard, by ear, without a network."""

import re

import pytest
from browsing import VIEWS, shown, too_wide, until, violations
from samplepage import sample

from clemency.reports.pages.printing import pages_of


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    target = tmp_path_factory.mktemp("page") / "index.html"
    target.write_text(sample(), encoding="utf-8")
    return target


@pytest.mark.parametrize(("width", "theme"), VIEWS)
def test_axe_finds_nothing_on_any_screen_in_any_theme(chromium, path, width, theme):
    assert violations(chromium, path, width, theme) == ([], [])


def brightness(colour):
    parts = [int(p) / 255 for p in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, two):
    light, dark = sorted((brightness(one), brightness(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_right():
    assert contrast("rgb(255, 255, 255)", "rgb(0, 0, 0)") == pytest.approx(21)
    assert contrast("rgb(118, 118, 118)", "rgb(255, 255, 255)") == pytest.approx(
        4.54, abs=0.005
    )  # the WCAG's own example


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_letters_and_lines_of_drawings_stand_out(chromium, path, theme):
    look = (
        "(found, what) => [...new Set(found.map((e) => getComputedStyle(e)[what]))].filter((c) => c.startsWith('rgb('))"
    )
    with shown(chromium, path, theme=theme) as page:
        page.click("#acts-caption")
        page.wait_for_selector(".records tbody tr")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        letters = page.locator("svg text").evaluate_all(look, "fill")
        assert letters
        assert {c: contrast(c, ground) for c in letters if contrast(c, ground) < 4.5} == {}
        edges = page.locator(".asked :is(input, select), .button").evaluate_all(look, "borderTopColor")
        ticks = page.locator("svg use").evaluate_all(look, "stroke")
        assert edges
        assert ticks
        assert {c: contrast(c, ground) for c in edges + ticks if contrast(c, ground) < 3} == {}


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_the_page_never_scrolls_sideways_and_asks_for_nothing(chromium, path, width):
    with shown(chromium, path, width) as page:
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        page.wait_for_selector(".records tbody tr")
        assert too_wide(page) <= 0
        assert page.asked == [path.resolve().as_uri()]
        assert page.faults == []


def test_what_is_wider_than_a_phone_says_so_and_can_be_scrolled_by_keyboard(chromium, path):
    with shown(chromium, path, 390) as page:
        box = page.locator("#figure-bars .scroll")
        assert box.get_attribute("tabindex") == "0"
        assert page.locator("#figure-bars .more").is_visible()
        heights = "(found) => found.map((text) => text.getBoundingClientRect().height)"
        assert min(page.locator("#figure-bars text").evaluate_all(heights)) >= 7
        box.focus()
        page.keyboard.press("ArrowRight")
        assert until(page, "document.querySelector('#figure-bars .scroll').scrollLeft > 0")
        # Rows of words are cards; rows of numbers keep the column that says what they are.
        assert page.locator("#table-people tbody tr").first.evaluate("(e) => getComputedStyle(e).display") == "block"
        first = page.locator("#table-counts tbody th").first
        before = first.bounding_box()["x"]
        page.locator("#table-counts .scroll").evaluate("(e) => { e.scrollLeft = 200 }")
        assert first.bounding_box()["x"] == pytest.approx(before, abs=1)
    with shown(chromium, path, 1200) as page:
        assert page.locator("#figure-bars .scroll").get_attribute("tabindex") is None
        assert not page.locator("#figure-bars .more").is_visible()


def test_the_keyboard_skips_to_the_text_and_its_place_is_seen(chromium, path):
    with shown(chromium, path) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the text"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("width", [390, 1200])
def test_what_is_pressed_is_large_enough(chromium, path, width):
    small = """() => [...document.querySelectorAll('.uses a, .uses summary, .contents a, button, select, input')]
        .filter((e) => e.offsetParent).map((e) => e.getBoundingClientRect())
        .filter((r) => r.width < 24 || r.height < 24).length"""
    with shown(chromium, path, width) as page:
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        page.wait_for_selector(".records tbody tr")
        assert page.evaluate(small) == 0


def test_records_are_searched_chosen_and_sorted(chromium, path):
    with shown(chromium, path) as page:
        page.click("#acts-caption")
        told = page.locator("#acts .told")
        assert told.inner_text() == "50 of 120 rows that fit, 120 in all"
        page.click("#acts .button:has-text('Show 50 more')")
        assert page.locator("#acts tbody tr").count() == 100
        page.fill("#acts input", "XIAOBO")
        page.select_option("#acts select >> nth=0", label="Parole")
        assert told.inner_text() == "9 of 9 rows that fit, 120 in all"
        page.click("#acts thead button:has-text('months')")
        page.click("#acts thead button:has-text('months')")
        months = page.locator("#acts tbody td[data-label=months]").all_inner_texts()
        assert months == sorted([m for m in months if m], key=int, reverse=True) + [""] * months.count("")
        assert "" in months
        assert page.locator("#acts th[aria-sort=descending]").inner_text() == "months"
        page.fill("#acts input", "nobody of this name")
        assert told.inner_text() == "No row fits; there are 120 in all"


def test_text_of_records_is_no_markup_and_leads_nowhere_but_to_the_web(chromium, path):
    with shown(chromium, path) as page:
        page.click("#acts-caption")
        page.fill("#acts input", "<b>&")
        assert page.locator("#acts tbody th").first.inner_text() == "<b>&"
        assert page.locator("#acts tbody b").count() == 0
        page.fill("#acts input", "")
        assert set(page.locator("#acts tbody a").evaluate_all("(found) => found.map((a) => a.href)")) == {
            "https://example.org/"
        }
        assert page.locator("#acts tbody [lang=zh]").first.inner_text() == "刘晓波"


def test_a_page_that_stands_alone_gives_the_files_of_its_figures(chromium, path, tmp_path):
    with shown(chromium, path) as page:
        for kind, begins in (("csv", b"quarter,act_type,n"), ("svg", b"<svg"), ("png", b"\x89PNG")):
            with page.expect_download() as found:
                page.click(f"#figure-bars [data-file={kind}]")
            assert found.value.suggested_filename == f"bars.{kind}"
            found.value.save_as(tmp_path / kind)
            assert (tmp_path / kind).read_bytes().startswith(begins)
        assert page.faults == []
    assert b"var(--series-0, #" in (tmp_path / "svg").read_bytes()


def test_marks_say_what_they_are_where_a_pointer_rests(chromium, path):
    with shown(chromium, path) as page:
        found = page.locator("#figure-bars svg g > title").all_text_contents()
        assert "2017Q1, parole: 2" in found
        box = page.locator("#figure-bars svg g:has(> title)").first.bounding_box()
        assert box["width"] > 1


def test_print_has_numbers_of_pages_contents_addresses_and_heads_of_tables(chromium, path, tmp_path):
    target = tmp_path / "page.pdf"
    with shown(chromium, path) as page:
        page.emulate_media(media="print")
        for unwanted in (".uses", ".records-all", ".more", ".skip"):
            assert not page.locator(unwanted).first.is_visible()
        assert page.locator(".addresses li").all_inner_texts() == ["https://example.org/?a=1&b=2"]
        seen = page.locator("#table-people tbody a").first.evaluate("(e) => getComputedStyle(e, '::after').content")
        assert "[" in seen
        assert page.locator("thead").first.evaluate("(e) => getComputedStyle(e).display") == "table-header-group"
        assert page.locator("tr").first.evaluate("(e) => getComputedStyle(e).breakInside") == "avoid"
        page.pdf(path=target, prefer_css_page_size=True)
    pages = pages_of(target.read_bytes())
    assert pages["first"] == 1
    assert pages["second"] > 1
    assert re.search(rb"/MediaBox \[0 0 59[45]", target.read_bytes())
