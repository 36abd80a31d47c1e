"""The report for Word: everything of the page, the same bytes each time, and what is said without its library."""

import sys
import zipfile

import pytest
from samplepage import LONG, NAMES, sections

from clemency.records.errors import MissingExtraError
from clemency.reports import build
from clemency.reports.pages.about import About
from clemency.reports.pages.word import rows_of, runs_of, write_document

ABOUT = About("2017Q2", f"A heading {LONG}", "Six acts.", (), "edition 1", "2017-07-14")
FOOTER = ("Built from <code>tables/</code>.",)


def test_without_its_library_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'clemency\[word\]'"):
        build("2017Q2", out=tmp_path / "out", docx=True)
    assert not (tmp_path / "out").exists()


def test_markup_is_read_as_stretches_of_text():
    made = runs_of('a <strong>b &lt;c&gt;</strong> <a href="https://d.org">d</a><br><code>e</code>\x00')
    assert [(r.text, r.bold, r.code, r.link) for r in made] == [
        ("a ", False, False, ""),
        ("b <c>", True, False, ""),
        (" ", False, False, ""),
        ("d", False, False, "https://d.org"),
        ("\n", False, False, ""),
        ("e", False, True, ""),
        ("\ufffd", False, False, ""),
    ]
    rows = rows_of("<table><thead><tr><th>x</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>")
    assert [[[r.text for r in cell] for cell in row] for row in rows] == [[["x"]], [["1"]]]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    pytest.importorskip("docx", reason="python-docx is not installed: pip install 'clemency[word]'")
    target = tmp_path_factory.mktemp("word") / "a.docx"
    write_document(target, ABOUT, "What it says.", sections(), FOOTER)
    return target


def test_it_holds_headings_figures_with_their_words_and_tables_with_their_heads(path):
    import docx

    document = docx.Document(path)
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith(("Title", "Heading"))]
    assert headings == [
        ("Title", f"A heading {LONG}"),
        ("Heading 1", "Who received an act"),
        ("Heading 2", "And more"),
        ("Heading 1", "How often"),
    ]
    people, counts, stacked = document.tables
    assert [c.text for c in people.columns[0].cells] == ["name", *NAMES]
    assert people.rows[1].cells[-1].paragraphs[0].hyperlinks[0].address == "https://example.org/?a=1&b=2"
    assert all("tblHeader" in t.rows[0]._tr.xml for t in (people, counts, stacked))
    assert all("cantSplit" in r._tr.xml for r in people.rows)
    assert [s._inline.docPr.get("title") for s in document.inline_shapes] == ["Acts per quarter"]
    assert document.inline_shapes[0]._inline.docPr.get("descr").startswith("Bars of acts per quarter")
    assert 'w:eastAsia="zh-CN"' in document.element.xml
    assert document.core_properties.created.isoformat()[:10] == "2017-07-14"
    assert "PAGEREF section1" in document.element.xml
    assert ">PAGE<" in document.sections[0].footer._element.xml


def test_the_same_report_gives_the_same_bytes_without_a_time(path, tmp_path):
    write_document(tmp_path / "b.docx", ABOUT, "What it says.", sections(), FOOTER)
    assert (tmp_path / "b.docx").read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as read:
        assert {i.date_time for i in read.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_report_without_sections_is_a_document(tmp_path):
    docx = pytest.importorskip("docx", reason="python-docx is not installed: pip install 'clemency[word]'")
    write_document(tmp_path / "c.docx", ABOUT, "Nothing.", [], ())
    assert docx.Document(tmp_path / "c.docx").paragraphs[1].text == "Nothing."
