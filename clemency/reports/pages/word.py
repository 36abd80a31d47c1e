"""Sections as plain data -> one document for Word: headings, contents, figures with their words, tables with their heads."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from clemency.records.environment.extras import optional
from clemency.reports.language import tr
from clemency.reports.pages.about import About

#: Width of a line in centimetres: A4 with margins of 2.2.
_LINE = 16.6
_ZIPPED = (1980, 1, 1, 0, 0, 0)
#: Characters that XML cannot hold.
_UNHELD = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Run:
    """A stretch of text of one look."""

    text: str
    bold: bool = False
    code: bool = False
    small: bool = False
    link: str = ""


class _Reader(HTMLParser):
    """Markup of a paragraph or a table -> runs, and rows of cells of runs."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[Run] = []
        self.rows: list[list[list[Run]]] = []
        self.look: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.runs = []
        elif tag == "br":
            self.runs.append(Run("\n"))
        elif tag == "a":
            self.look["link"] = dict(attrs).get("href") or ""
        elif name := {"strong": "bold", "code": "code", "small": "small"}.get(tag):
            self.look[name] = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append(self.runs)
            self.runs = []
        name = {"strong": "bold", "code": "code", "small": "small", "a": "link"}.get(tag)
        if name:
            self.look.pop(name, None)

    def handle_data(self, data: str) -> None:
        self.runs.append(Run(_UNHELD.sub("\ufffd", data), **self.look))


def runs_of(markup: str) -> list[Run]:
    """A paragraph's markup as stretches of text."""
    reader = _Reader()
    reader.feed(markup)
    return reader.runs


def rows_of(markup: str) -> list[list[list[Run]]]:
    """A table's markup as rows of cells of stretches of text, the head first."""
    reader = _Reader()
    reader.feed(markup)
    return reader.rows


def write_document(
    path: Path, about: About, lead: str, sections: Sequence[dict[str, Any]], footer: Sequence[str]
) -> None:
    """Write a report for Word.

    Parameters
    ----------
    path : Path
    about : About
    lead : str
        Below the heading; plain text.
    sections : sequence of dict
        From :meth:`Section.content`.
    footer : sequence of str
        Paragraphs of markup for the end.

    Raises
    ------
    MissingExtraError
        If python-docx is not installed.

    Notes
    -----
    The same report gives the same bytes: the document bears the day of the build, and its parts no time.
    """
    docx = optional("docx", "word", "A report for Word")
    document = docx.Document()
    made = _Document(docx, document)
    made.prepare(about)
    made.text(Run(about.heading), style="Title")
    made.text(Run(lead), style="Subtitle")
    made.contents([s["title"] for s in sections])
    for section in sections:
        made.section(section)
    for line in footer:
        made.text(*runs_of(line), style="Small")
    buffer = io.BytesIO()
    document.save(buffer)
    path.write_bytes(_timeless(buffer.getvalue()))


@dataclass(slots=True)
class _Document:
    docx: Any
    document: Any
    marks: int = 0
    pictures: int = field(default=0)

    def prepare(self, about: About) -> None:
        """Page, letters and the facts that a document has about itself."""
        shared, document = self.docx.shared, self.document
        page = document.sections[0]
        page.page_width, page.page_height = shared.Cm(21), shared.Cm(29.7)
        page.left_margin = page.right_margin = shared.Cm(2.2)
        page.top_margin = page.bottom_margin = shared.Cm(2.2)
        looks = {
            "Normal": ("Calibri", 10.5),
            "Title": ("Georgia", 24),
            "Subtitle": ("Calibri", 12),
            "Heading 1": ("Georgia", 16),
            "Heading 2": ("Georgia", 12.5),
        }
        for name, (font, size) in looks.items():
            _letters(self.docx, document.styles[name], font, size)
        small = document.styles.add_style("Small", self.docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
        small.base_style = document.styles["Normal"]
        _letters(self.docx, small, "Calibri", 8.5)
        facts = document.core_properties
        facts.title, facts.author, facts.comments, facts.language = (
            about.heading,
            "clemency",
            about.edition,
            {"en": "en", "zh": "zh-CN"}[about.lang],
        )
        facts.created = facts.modified = dt.datetime.fromisoformat(about.built)
        foot = page.footer.paragraphs[0]
        foot.alignment = self.docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
        foot.style = small
        self.write(foot, [Run(f"{about.heading}    ")])
        self.field(foot, "PAGE", "1")

    def text(self, *runs: Run, style: str | None = None) -> Any:
        """A paragraph."""
        paragraph = self.document.add_paragraph(style=style)
        self.write(paragraph, runs)
        return paragraph

    def write(self, paragraph: Any, runs: Sequence[Run], size: float | None = None) -> None:
        """Stretches of text, those in Chinese marked as such, those with an address as links."""
        for run in runs:
            place = paragraph
            if run.link.startswith(("http://", "https://")):
                place = self.link(paragraph, run.link)
            for piece, chinese in _pieces(run.text):
                made = self.docx.text.run.Run(self.docx.oxml.OxmlElement("w:r"), paragraph)
                (place if place is not paragraph else paragraph._p).append(made._r)
                made.text = piece
                made.bold = run.bold or None
                if run.code:
                    made.font.name = "Consolas"
                if size or run.small:
                    made.font.size = self.docx.shared.Pt(size or 8.5)
                if place is not paragraph:
                    made.font.underline = True
                if chinese:
                    self._lang(made, "zh-CN")

    def link(self, paragraph: Any, address: str) -> Any:
        """A link to a page on the web, to be filled."""
        kind = self.docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK
        found = self.docx.oxml.OxmlElement("w:hyperlink")
        found.set(self.docx.oxml.ns.qn("r:id"), paragraph.part.relate_to(address, kind, is_external=True))
        paragraph._p.append(found)
        return found

    def field(self, paragraph: Any, code: str, shown: str) -> None:
        """A field that Word computes, such as the number of a page."""
        for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", shown), ("end", "")):
            run = paragraph.add_run(shown if kind == "text" else None)
            if kind == "":
                told = self.docx.oxml.OxmlElement("w:instrText")
                told.text = text
                run._r.append(told)
            elif kind != "text":
                mark = self.docx.oxml.OxmlElement("w:fldChar")
                mark.set(self.docx.oxml.ns.qn("w:fldCharType"), kind)
                if kind == "begin":  # Word computes it when it opens the document
                    mark.set(self.docx.oxml.ns.qn("w:dirty"), "true")
                run._r.append(mark)

    def contents(self, titles: Sequence[str]) -> None:
        """The sections by name, each a link to its heading and the number of its page."""
        for n, title in enumerate(titles):
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.space_after = self.docx.shared.Pt(1)
            paragraph.paragraph_format.tab_stops.add_tab_stop(
                self.docx.shared.Cm(_LINE),
                self.docx.enum.text.WD_TAB_ALIGNMENT.RIGHT,
                self.docx.enum.text.WD_TAB_LEADER.DOTS,
            )
            found = self.docx.oxml.OxmlElement("w:hyperlink")
            found.set(self.docx.oxml.ns.qn("w:anchor"), f"section{n}")
            run = self.docx.text.run.Run(self.docx.oxml.OxmlElement("w:r"), paragraph)
            run.text = title
            found.append(run._r)
            paragraph._p.append(found)
            paragraph.add_run("\t")
            self.field(paragraph, f"PAGEREF section{n}", "…")

    def section(self, section: dict[str, Any]) -> None:
        """A section: heading, paragraphs, parts, notes."""
        found = (
            tr(": {finding}", finding="".join(r.text for r in runs_of(section["finding"])))
            if section["finding"]
            else ""
        )
        heading = self.document.add_heading(f"{section['title']}{found}", 1)
        self._mark(heading, f"section{self.marks}")
        self.marks += 1
        for line in section["text"]:
            self.text(*runs_of(line))
        for part in section["parts"]:
            self.part(part)
        for line in section["notes"]:
            self.text(*runs_of(line), style="Small")

    def part(self, part: dict[str, Any]) -> None:
        """A part of a section, of any kind; a folded table is left to its file."""
        if part["kind"] in ("passage", "entries"):
            self.document.add_heading("".join(r.text for r in runs_of(part["title"])), 2)
            for n, line in enumerate(part.get("text", part.get("items", ()))):
                of = part["sources"][n] if part["kind"] == "entries" else ""
                self.text(*runs_of(line), *(runs_of(f" <small>{of}</small>") if of else ()))
            return
        caption = self.text(*[Run(r.text, bold=True) for r in runs_of(part["caption"])])
        caption.paragraph_format.keep_with_next = True
        if part["kind"] == "figure":
            self._figure(part)
        elif part.get("folded"):
            self.text(Run(f"tables/{part['name']}.csv"), style="Small")
        else:
            self._table(rows_of(part["table"]))

    def _figure(self, part: dict[str, Any]) -> None:
        shape = self.document.add_picture(io.BytesIO(base64.b64decode(part["png"])), width=self.docx.shared.Cm(_LINE))
        about = shape._inline.docPr
        about.set("descr", _UNHELD.sub("\ufffd", part.get("alt", "")))
        about.set("title", _UNHELD.sub("\ufffd", "".join(r.text for r in runs_of(part["caption"]))))

    def _table(self, rows: list[list[list[Run]]]) -> None:
        """A table whose head comes again on every page and whose rows are not broken."""
        if not rows or not rows[0]:
            return
        table = self.document.add_table(rows=0, cols=len(rows[0]))
        table.style = "Table Grid"
        size = 8.5 if len(rows[0]) < 8 else 7
        for n, row in enumerate(rows):
            line = table.add_row()
            about = line._tr.get_or_add_trPr()
            about.append(self.docx.oxml.OxmlElement("w:cantSplit"))
            if not n:
                about.append(self.docx.oxml.OxmlElement("w:tblHeader"))
            for cell, runs in zip(line.cells, row, strict=False):
                self.write(cell.paragraphs[0], [Run(r.text, bold=r.bold or not n, link=r.link) for r in runs], size)
        self.document.add_paragraph().paragraph_format.space_after = self.docx.shared.Pt(2)

    def _mark(self, paragraph: Any, name: str) -> None:
        qn = self.docx.oxml.ns.qn
        for kind in ("bookmarkStart", "bookmarkEnd"):
            mark = self.docx.oxml.OxmlElement(f"w:{kind}")
            mark.set(qn("w:id"), str(self.marks))
            if kind == "bookmarkStart":
                mark.set(qn("w:name"), name)
            paragraph._p.append(mark)

    def _lang(self, run: Any, language: str) -> None:
        mark = self.docx.oxml.OxmlElement("w:lang")
        mark.set(self.docx.oxml.ns.qn("w:eastAsia"), language)
        run._r.get_or_add_rPr().append(mark)


def _letters(docx: Any, style: Any, font: str, size: float) -> None:
    style.font.name, style.font.size = font, docx.shared.Pt(size)
    style.font.color.rgb = docx.shared.RGBColor(0x1C, 0x1B, 0x1A)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    fonts.set(docx.oxml.ns.qn("w:eastAsia"), "Microsoft YaHei")


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """A text in pieces that are Chinese or not."""
    for piece in re.split("([\u2e80-\u9fff\uf900-\ufaff·]+)", text):
        if piece:
            yield piece, bool(re.search("[\u2e80-\u9fff\uf900-\ufaff]", piece))


def _timeless(blob: bytes) -> bytes:
    """A document whose parts bear no time."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blob)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            written.writestr(zipfile.ZipInfo(name, _ZIPPED), read.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
