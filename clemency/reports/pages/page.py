"""Sections as plain data -> one self-contained page, and the files of their figures and tables."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clemency.figures.theme.palette import DARK
from clemency.records.errors import UsageError
from clemency.reports.language import spoken, tr
from clemency.reports.pages.foreign import marked
from clemency.reports.pages.markup import Origin, numbered, sections_html
from clemency.reports.pages.records import Records, records_html

_HERE = Path(__file__).resolve().parent
#: Nothing is loaded, and nothing runs but the one script whose hash is named: text of the data can bring no other. A
#: drawing becomes a PNG by way of an image that the script makes of it.
POLICY = "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline'; img-src blob:; base-uri 'none'; form-action 'none'"
#: Between these stands the way to other quarters, written once it is known which there are.
AROUND = ("<!-- quarters -->", "<!-- end of quarters -->")


def page(
    *,
    title: str,
    kicker: str,
    heading: str,
    lead: str,
    sections: Sequence[dict[str, Any]],
    footer: Sequence[str],
    nav: bool = True,
    records: Sequence[Records] = (),
    origin: Origin | None = None,
    shared: Sequence[tuple[str, str]] = (),
    lang: str = "en",
) -> str:
    """A page that needs nothing but itself.

    Parameters
    ----------
    title, kicker, heading, lead : str
        Of the browser's tab; above the heading; the heading; below it. Plain text.
    sections : sequence of dict
        From :meth:`Section.content`.
    footer : sequence of str
        Paragraphs of markup.
    nav : bool
        Name the sections below the heading.
    records : sequence of Records
        Tables that can be searched and sorted, behind the sections.
    origin : Origin, optional
        What its parts are cited as belonging to.
    shared : sequence of (str, str)
        What a service shows of a page that somebody shares: properties such as ``og:title``, and their values.
    lang : str
        Language of the page.

    Returns
    -------
    str
    """
    from jinja2 import Environment, FileSystemLoader

    script = _read("page.js")
    of_page = origin or Origin()
    shown = [*sections_html(sections, of_page), *([records_html(records)] if records else [])]
    joined, addresses = numbered("\0".join(shown))
    contents = [(s["slug"], s["title"]) for s in sections] + (
        [("records", tr("All acts and cases"))] if records else []
    )
    files = {p["name"]: p["csv"] for s in sections for p in s["parts"] if "csv" in p}
    data = [("files", packed(files)), *((f"{r.name}-data", packed(r.content())) for r in records)]
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    text = environment.get_template("page.html.j2").render(
        policy=POLICY.format(script=hashed(script)),
        style=_style(title),
        script=script,
        title=title,
        kicker=kicker,
        heading=heading,
        lead=lead,
        footer=footer,
        nav=nav,
        contents=contents,
        sections=joined.split("\0"),
        addresses=_addresses(addresses),
        around="".join(AROUND),
        skip=tr("Skip to the text"),
        contents_name=tr("Contents"),
        shared=shared,
        data=data,
        lang=lang,
    )
    return marked(text, lang)


#: Chinese may be broken between any two characters: a column of words is not made so narrow that each stands alone.
_CELLS = "th, td { min-width: 4.3em; } th.n, td.n { min-width: 2.2em; }"


def packed(content: Any) -> str:
    """Data for the page's script, in letters that end no element; the same bytes for the same content."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8", "backslashreplace"), mtime=0)).decode()


def hashed(script: str) -> str:
    """The hash by which a policy names a script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def write_parts(folder: Path, section: dict[str, Any]) -> None:
    """Write a section's figures (SVG and PNG) and the tables behind everything (CSV)."""
    for name in ("figures", "tables"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for part in section["parts"]:
        if part["kind"] == "passage":
            continue
        (folder / "tables" / f"{part['name']}.csv").write_text(part["csv"], encoding="utf-8")
        if part["kind"] == "figure":
            (folder / "figures" / f"{part['name']}.svg").write_text(part["svg"], encoding="utf-8")
            (folder / "figures" / f"{part['name']}.png").write_bytes(base64.b64decode(part["png"]))


def built() -> str:
    """Date of the build; ``SOURCE_DATE_EPOCH`` sets it.

    Raises
    ------
    UsageError
        If it is not a number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return dt.datetime.now(dt.UTC).strftime("%Y-%m-%d")
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"SOURCE_DATE_EPOCH={epoch!r} is not a number of seconds since 1970. Set it to one such as 1500000000, or unset it."
        ) from None


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _style(title: str) -> str:
    """The style of the page, with the colours of the drawings and the title at the foot of printed pages."""
    dark = "".join(f"    --series-{n}: {c};\n" for n, c in enumerate(DARK))
    said = "".join(c if c.isalnum() or c in " .,:()-" else f"\\{ord(c):x} " for c in title)
    style = _read("page.css").replace("{{ dark }}", dark.rstrip()).replace("{{ running }}", f'"{said}"')
    return style if spoken() == "en" else f"{style}\n{_CELLS}"


def _addresses(addresses: Sequence[str]) -> str:
    """The list of addresses that print shows in place of links."""
    if not addresses:
        return ""
    rows = "".join(f"<li>{a}</li>" for a in addresses)
    return f'<section class="printed addresses"><h2>{tr("Addresses")}</h2><ol>{rows}</ol></section>'
