"""The page as text: its files, addresses, citations, policy, and names that pages have trouble with."""

import base64
import gzip
import hashlib
import itertools
import json
import re

import pytest
from samplepage import LONG, NAMES, records, sample, sections

from clemency.figures.theme.palette import DARK
from clemency.reports.pages.markup import Origin, numbered, sections_html
from clemency.reports.pages.page import packed
from clemency.reports.pages.printing import _with_pages, pages_of
from clemency.reports.pages.records import Records


@pytest.fixture(scope="module")
def text():
    return sample()


def unpacked(text, name):
    found = re.search(rf'<script type="application/json" id="{name}">([^<]+)</script>', text)
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def test_the_one_script_that_may_run_is_the_one_whose_hash_the_policy_names(text):
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in text
    assert not re.search(r"\son[a-z]+=|javascript:", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))


def test_every_figure_and_table_has_files_an_address_and_a_citation(text):
    for kind, name, files in (
        ("figure", "bars", ("csv", "svg", "png")),
        ("table", "people", ("csv",)),
        ("table", "folded", ("csv",)),
    ):
        block = re.search(rf'id="{kind}-{name}".*?<div class="uses">(.*?)</div>', text, re.DOTALL)[1]
        assert re.findall(r'data-file="(\w+)"', block) == list(files)
        assert f'href="tables/{name}.csv" download' in block
        assert f'href="#{kind}-{name}"' in block
        assert f"https://example.org/2017Q2/index.html#{kind}-{name}" in block
    assert re.search(r"<p>“Acts per quarter”\. A sample, edition 1, https", text)


def test_the_page_holds_the_data_of_all_its_figures_and_tables(text):
    made = {p["name"]: p["csv"] for s in sections() for p in s["parts"] if "csv" in p}
    assert unpacked(text, "files") == made
    assert len(unpacked(text, "acts-data")["rows"]) == 120


def test_identifiers_are_unique_and_headings_in_order(text):
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    levels = [int(n) for n in re.findall(r"<h(\d)", text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    for target in re.findall(r'href="#([^"]+)"', text):
        assert target in ids


def test_tables_have_heads_of_rows_and_cards_keep_the_meaning_of_tables(text):
    people = re.search(r'<table[^>]*aria-labelledby="table-people-caption".*?</table>', text, re.DOTALL)[0]
    assert people.count('scope="row"') == people.count("<tr") - 1 == 7
    assert people.count('role="row"') == 8
    counts = re.search(r'<table[^>]*aria-labelledby="table-counts-caption"[^>]*>', text)[0]
    assert 'class="held"' in counts


def test_names_are_shown_whole_as_text_and_marked(text):
    body = re.sub(r"<(script|style|svg).*?</\1>", "", text, flags=re.DOTALL)
    shown = re.sub(r"<[^>]+>", "", body)
    for name in (*NAMES[:5], LONG, "&lt;b&gt;&amp;"):
        assert name in shown
    assert "\u202eevil\u202c" in body
    assert '<bdi lang="und-Arab">ئىلھام توختى</bdi>' in body
    assert '<meta property="og:title" content="&#34;quoted&#34; &lt;title&gt;">' in text
    assert "A \\22 page\\22 " in text  # in the style, at the foot of printed pages


def test_links_are_numbered_for_print_once_for_each_address():
    links = ("https://a.org/?x=1&amp;y=2", "#b", "https://a.org/?x=1&amp;y=2", "http://d.org")
    html, addresses = numbered(" ".join(f'<a href="{address}" rel="noreferrer">text</a>' for address in links))
    assert re.findall(r'data-n="(\d+)"', html) == ["1", "1", "2"]
    assert addresses == ["https://a.org/?x=1&amp;y=2", "http://d.org"]


def test_without_an_origin_nothing_is_cited_and_without_parts_nothing_is_made():
    assert "Cite" not in "".join(sections_html(sections(), Origin()))
    assert sections_html([], Origin()) == []


def test_the_same_content_is_packed_to_the_same_bytes():
    assert packed({"a": "刘\ud800"}) == packed({"a": "刘\ud800"})
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", packed({"a": "</script>"}))


def test_series_on_a_dark_page_stand_out():
    def light(colour):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        return sum(
            w * (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4)
            for w, p in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )

    assert min((light(c) + 0.05) / (light("#191817") + 0.05) for c in DARK) > 3


def test_records_name_each_word_and_each_document_once():
    content = records(6).content()
    assert content["columns"][1] == {"label": "act", "kind": "choice", "words": ["Medical parole", "Parole"]}
    assert content["links"] == [("Bad", ""), ("Example", "https://example.org/")]
    assert content["rows"][1] == [LONG, 0, "1991-02", 1, 1]
    assert content["rows"][0][2:4] == [None, None]
    flat = records(6).flat()
    assert list(flat.columns[-2:]) == ["document", "document address"]
    assert flat["document address"].tolist() == ["", "https://example.org/"] * 3
    assert Records("none", "0 acts", {"name": "name"}, records(1).frame[["name"]].iloc[:0]).content()["rows"] == []


PDF = (
    b"5 0 obj\n<</Type /Page\n>>\nendobj\n7 0 obj\n<</Type /Page\n>>\nendobj\n8 0 obj\n<</Type /Page\n>>\nendobj\n"
    b"3 0 obj\n<</Type /Pages\n/Count 2\n/Kids [7 0 R 5 0 R]\n/Parent 4 0 R>>\nendobj\n"
    b"4 0 obj\n<</Type /Pages\n/Count 3\n/Kids [3 0 R 8 0 R]>>\nendobj\n"
    b"9 0 obj\n<</first [7 0 R /XYZ 0 700 0]\n/second [8 0 R /XYZ 0 1 0]>>\nendobj\n"
)


def test_pages_of_places_are_read_from_a_pdf_and_put_into_the_contents():
    assert pages_of(PDF) == {"first": 1, "second": 3}
    assert pages_of(b"%PDF") == {}
    contents = '<nav class="contents"><a href="#first">x</a><a href="#other">y</a></nav>'
    html = f'<a href="#first">x</a>{contents}<a href="#first">z</a>'
    assert _with_pages(html, pages_of(PDF)) == html.replace('"contents"><a href', '"contents"><a data-page="1" href')
    assert _with_pages("<p></p>", {"first": 1}) == "<p></p>"
