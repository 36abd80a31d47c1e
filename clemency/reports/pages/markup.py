"""A section as plain data -> its markup on a page: figures and tables with their files, an address, how to cite them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from clemency.reports.language import tr
from clemency.reports.pages.drawings import apart, classed, small
from clemency.reports.section import as_html, block

#: A point of a drawing is so many pixels wide, where there is room: its letters are then those of a table.
SIZE = 1.4
#: And no less than this on a narrow screen, where the drawing scrolls sideways.
LEAST = 1.05
MORE = "Wider than this screen: scroll it sideways."
_FIRST = re.compile(r"<tr><td([^>]*)>(.+?)</td>")
_OUTSIDE = re.compile(r'<a href="(https?://[^"]+)"')
_ROLES = {
    "<table ": '<table role="table" ',
    "<thead>": '<thead role="rowgroup">',
    "<tbody>": '<tbody role="rowgroup">',
    "<tr>": '<tr role="row">',
    "<td ": '<td role="cell" ',
    '<th scope="col"': '<th role="columnheader" scope="col"',
    '<th scope="row"': '<th role="rowheader" scope="row"',
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What the parts of a page belong to.

    Attributes
    ----------
    citation : str
        How the page is cited, without a full stop at its end; empty where its parts need none of their own.
    address : str
        Where the page will stand on the web; empty where nobody has said so.
    """

    citation: str = ""
    address: str = ""

    def cited(self, caption: str, name: str) -> str:
        """How a part of the page is cited: its caption, the page, and the address or the name by which it is found."""
        return tr(
            "\N{LEFT DOUBLE QUOTATION MARK}{caption}\N{RIGHT DOUBLE QUOTATION MARK}. {report}, {address}#{name}",
            caption=caption,
            report=self.citation,
            address=self.address or "index.html",
            name=name,
        )


def sections_html(sections: Sequence[dict[str, Any]], origin: Origin) -> list[str]:
    """Markup of all sections of a page, whose drawings share no identifier."""
    drawn = 0

    def shown(part: dict[str, Any]) -> str:
        nonlocal drawn
        if part["kind"] == "figure":
            drawn += 1
            return _figure(part, origin, f"f{drawn}-")
        if part["kind"] == "entries":
            return block(part) + _uses({**part, "caption": part["title"]}, origin, part["name"])
        if part["kind"] == "markup":
            return str(part["html"])
        return _table(part, origin) if part["kind"] == "table" else block(part)

    return [as_html(s, shown) for s in sections]


def _figure(part: dict[str, Any], origin: Origin, mark: str) -> str:
    name = f"figure-{part['name']}"
    both = "narrow" in part
    drawings = _drawing(part["svg"], name, mark, "scroll drawing for-wide" if both else "scroll drawing")
    drawings += f'<p class="more">{tr(MORE)}</p>'
    if both:
        drawings += _drawing(part["narrow"], name, f"{mark}n-", "drawing for-narrow")
    return (
        f'<figure class="figure" id="{name}"><figcaption id="{name}-caption">{part["caption"]}</figcaption>'
        f"{drawings}{_uses(part, origin, name)}</figure>"
    )


def _drawing(svg: str, name: str, mark: str, kind: str) -> str:
    svg = classed(apart(small(svg), mark), mark)
    width = re.search(r'viewBox="0 0 ([\d.]+)', svg)
    points = float(width[1]) if width else 500.0
    sizes = f"--wide:{SIZE * points:.0f}px;--least:{LEAST * points:.0f}px"
    return f'<div class="{kind}" role="group" aria-labelledby="{name}-caption" style="{sizes}">{svg}</div>'


def _table(part: dict[str, Any], origin: Origin) -> str:
    name = f"table-{part['name']}"
    inner = (
        f'<div class="scroll" role="group" aria-labelledby="{name}-caption">{_accessible(part["table"], name)}</div>'
        f'<p class="more">{tr(MORE)}</p>{_uses(part, origin, name)}'
    )
    if part.get("folded"):
        where = f'<p class="printed">{part["caption"]}: tables/{part["name"]}.csv</p>'
        return f'<details id="{name}"><summary id="{name}-caption">{part["caption"]}</summary>{inner}</details>{where}'
    return f'<figure class="table" id="{name}"><figcaption id="{name}-caption">{part["caption"]}</figcaption>{inner}</figure>'


def _accessible(table: str, name: str) -> str:
    """A table whose rows have heads; one that becomes cards keeps its meaning, and one of numbers keeps its first column."""
    table = _FIRST.sub(r'<tr><th scope="row"\1>\2</th>', table)
    heads = re.findall(r'<th scope="col"[^>]*>', table)
    numbers = sum('class="n"' in head for head in heads)
    if 'class="wide"' in table and 2 * numbers >= len(heads):
        table = table.replace('class="wide"', 'class="held"', 1)
    table = table.replace("<table", f'<table aria-labelledby="{name}-caption"', 1)
    if re.match(r'<table [^>]*class="[^"]*(wide|stacked)', table):
        for plain, told in _ROLES.items():
            table = table.replace(plain, told)
    return table


def _uses(part: dict[str, Any], origin: Origin, name: str) -> str:
    """Files of a figure or table, its address, and how to cite it."""
    file = escape(part["name"])
    kinds = [("csv", f"tables/{file}.csv", "CSV")]
    if part["kind"] == "figure":
        kinds += [(k, f"figures/{file}.{k}", k.upper()) for k in ("svg", "png")]
    of = tr(" of {caption}|part", caption=re.sub("<[^>]+>", "", part["caption"]))
    of = f'<span class="unseen">{of}</span>'
    links = "".join(f'<a href="{path}" download data-file="{kind}">{said}{of}</a>' for kind, path, said in kinds)
    link, cite = tr("Link"), tr("Cite")
    links += f'<a href="#{name}">{link}{of}</a>'
    if origin.citation:
        cited = origin.cited(re.sub("<[^>]+>", "", part["caption"]), name)
        links += f"<details><summary>{cite}{of}</summary><p>{cited}</p></details>"
    return f'<div class="uses">{links}</div>'


def numbered(html: str) -> tuple[str, list[str]]:
    """Markup whose links to other places carry numbers for print, and the addresses in the order of these numbers."""
    addresses: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        n = addresses.setdefault(found[1], len(addresses) + 1)
        return f'<a data-n="{n}" href="{found[1]}"'

    return _OUTSIDE.sub(number, html), list(addresses)
