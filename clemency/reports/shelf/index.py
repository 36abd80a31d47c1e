"""A folder of reports -> its index, a feed, a list for programs, and links from each quarter to the next."""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

from clemency.records.environment.folders import MANIFEST
from clemency.records.errors import ClemencyError, UsageError
from clemency.reports.language import LANGUAGES, counted, label, speaking, spoken, tr
from clemency.reports.language import quarter as quarter_
from clemency.reports.pages.about import CARD, About, read_about
from clemency.reports.pages.page import AROUND, page

#: What is written; the last of them lists the others with their hashes.
FILES = ("index.html", "feed.xml", "index.json")
_MARK = "reports indexed by clemency"
_TITLE = "Sentence reduction and medical parole in China"
_LEAD = "What public, cited records say about who received an act of clemency, when, and under what circumstances, quarter by quarter."


def index_reports(folder: str | PathLike[str] = "reports", *, address: str = "", force: bool = False) -> Path:
    """Write the index of a folder of reports.

    Parameters
    ----------
    folder : path
        Its folders that hold a report of this library are listed; the others are left alone, and links are not followed.
    address : str
        Where the folder will stand on the web, such as ``https://example.org/reports/``; then the feed and the shared
        cards have whole addresses. Without it they are relative, as every link on the pages is.
    force : bool
        Also write over an index, a feed or a list that this library did not write, or that was changed since.

    Returns
    -------
    Path
        ``index.html``. Beside it stand ``feed.xml`` (Atom) and ``index.json``. In every report, the links to the quarter
        before and after are those of this folder; a page that was changed by hand is left as it is.

    Raises
    ------
    UsageError
        If there is no such folder or no report in it, the address is none, or a file would be written over that is not
        the library's.

    Examples
    --------
    >>> import tempfile
    >>> from clemency.reports import index_reports
    >>> index_reports(tempfile.mkdtemp())
    Traceback (most recent call last):
        ...
    clemency.records.errors.UsageError: ... holds no report. Build one into it first: clemency report 2017Q2 --out ...
    """
    place = Path(folder)
    base = checked_address(address)
    found = _reports(place)
    with speaking(_language(place, found)):
        return _indexed(place, found, base, force)


def _indexed(place: Path, found: list[tuple[Path, About]], base: str, force: bool) -> Path:
    """Write the files of an index in the language in force."""
    check_index(place, force)
    for n, (path, about) in enumerate(found):
        before, after = found[n - 1] if n else None, found[n + 1] if n + 1 < len(found) else None
        _lead_on(path, around(about.quarter, before, after))
    newest = found[::-1]
    texts = {"index.html": _page(newest, base), "feed.xml": feed(newest, base)}
    listed = {
        "about": _MARK,
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
        "reports": [
            {"page": f"{base}{p.name}/index.html", "card": f"{base}{p.name}/{CARD}", **asdict(a)} for p, a in newest
        ],
    }
    texts["index.json"] = json.dumps(listed, ensure_ascii=False, indent=1) + "\n"
    for name, text in texts.items():
        _write(place / name, text)
    return place / "index.html"


def _language(place: Path, found: list[tuple[Path, About]]) -> str:
    """The one language of the reports of a folder."""
    tongues = sorted({about.lang for _, about in found})
    if len(tongues) > 1:
        raise UsageError(
            f"{place} holds reports in {' and '.join(tongues)}. Move those of each language into a folder of their own."
        )
    return tongues[0]


def checked_address(address: str) -> str:
    """An address of a folder on the web, with a stroke at its end; empty stays empty.

    Raises
    ------
    UsageError
        If it is none.
    """
    from clemency.records.presentation.addresses import is_web_address

    if not address:
        return ""
    if not is_web_address(address) or "?" in address or "#" in address:
        raise UsageError(
            f"'{address}' is no address of a folder on the web. Write it like https://example.org/reports/."
        )
    return address if address.endswith("/") else f"{address}/"


def around(quarter: str, before: tuple[Path, About] | None, after: tuple[Path, About] | None) -> str:
    """The way from one quarter to the next, and up to the index."""
    links = (
        [f'<a href="../{escape(before[0].name)}/index.html" rel="prev">← {quarter_(before[1].quarter)}</a>']
        if before
        else []
    )
    links.append('<a href="../index.html" rel="up">' + tr("All quarters") + "</a>")
    links += (
        [f'<a href="../{escape(after[0].name)}/index.html" rel="next">{quarter_(after[1].quarter)} →</a>']
        if after
        else []
    )
    name = tr("Quarters around {quarter}", quarter=quarter_(quarter))
    return f'<nav class="quarters" aria-label="{name}">{"".join(links)}</nav>'


def feed(newest: Sequence[tuple[Path, About]], base: str = "") -> str:
    """The reports as an Atom feed, the newest quarter first; names of entries stay the same wherever it stands."""
    entries = "".join(
        f"<entry><id>{_name(a.quarter)}</id><title>{_xml(titled(a))}</title>"
        f'<link rel="alternate" type="text/html" href="{escape(base + p.name)}/index.html"/>'
        f"<updated>{a.built}T00:00:00Z</updated><summary>{_xml(a.lead)}</summary></entry>\n"
        for p, a in newest
    )
    own = f'<link rel="self" type="application/atom+xml" href="{escape(base)}feed.xml"/>\n'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="'
        + LANGUAGES[spoken()]
        + '">\n'
        f"<id>{_name(base or 'reports')}</id><title>{label(_TITLE)}</title>\n{own}"
        f'<link rel="alternate" type="text/html" href="{escape(base)}index.html"/>\n'
        f"<author><name>clemency</name></author><updated>{max(a.built for _, a in newest)}T00:00:00Z</updated>\n{entries}</feed>\n"
    )


def titled(about: About) -> str:
    """The quarter and what the reports are about."""
    return tr("{quarter}: {title}", quarter=quarter_(about.quarter), title=label(_TITLE))


def _name(what: str) -> str:
    own = what if spoken() == "en" else f"{spoken()}/{what}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'clemency/{own}')}"


def _xml(text: str) -> str:
    """Text for XML, without the characters that it cannot hold."""
    return escape(re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text), quote=False)


def _reports(place: Path) -> list[tuple[Path, About]]:
    """Reports of a folder, oldest quarter first; of two on one quarter the folder of that name, else the first."""
    if not place.is_dir():
        raise UsageError(f"There is no folder {place}.")
    read = [(p, read_about(p)) for p in sorted(place.iterdir()) if p.is_dir() and not p.is_symlink()]
    found = [(p, a) for p, a in read if a is not None]
    if not found:
        raise UsageError(
            f"{place} holds no report. Build one into it first: clemency report 2017Q2 --out {place / '2017Q2'}"
        )
    found.sort(key=lambda pair: (pair[1].quarter, pair[0].name != pair[1].quarter, pair[0].name))
    return [pair for n, pair in enumerate(found) if not n or found[n - 1][1].quarter != pair[1].quarter]


def check_index(place: Path, force: bool = False) -> None:
    """Refuse to write over an index, a feed or a list that this library did not write, unless that is asked for."""
    if force:
        return
    known: dict[str, Any] = {}
    try:
        read = json.loads((place / "index.json").read_text(encoding="utf-8"))
        known = dict(read["files"]) if read["about"] == _MARK else {}
    except (ValueError, KeyError, TypeError, OSError):
        pass
    others = [
        n
        for n in FILES
        if os.path.lexists(place / n) and not (_hash(place / n) == known.get(n) if n != "index.json" else known)
    ]
    if others:
        raise UsageError(
            f"{place} holds {', '.join(others)}, not written here or changed since. Move it away, or write over it with --force "
            "(force=True in Python)."
        )


def _hash(path: Path) -> str:
    return "" if path.is_symlink() or not path.is_file() else hashlib.sha256(path.read_bytes()).hexdigest()


def _lead_on(folder: Path, links: str) -> None:
    """Write the way to other quarters into a page that is as it was built, and its new hash into the list of files."""
    manifest, target = folder / MANIFEST, folder / "index.html"
    try:
        read = json.loads(manifest.read_text(encoding="utf-8"))
        if manifest.is_symlink() or read["files"]["index.html"] != _hash(target):
            return
    except (ValueError, KeyError, TypeError, OSError):
        return
    text = target.read_bytes().decode("utf-8")
    first, last = AROUND
    start, end = text.find(first), text.find(last)
    if not 0 <= start < end or text[start + len(first) : end] == links:
        return
    text = text[: start + len(first)] + links + text[end:]
    _write(target, text)
    read["files"]["index.html"] = hashlib.sha256(text.encode()).hexdigest()
    _write(manifest, json.dumps(read, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    """Replace a file in one step; a link is replaced, not followed."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(text.encode("utf-8"))
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ClemencyError(f"{path} could not be written: {error.strerror or error}.") from None


def _page(newest: Sequence[tuple[Path, About]], base: str) -> str:
    years: dict[str, list[str]] = {}
    for path, about in newest:
        years.setdefault(about.quarter[:4], []).append(
            f'<li><a href="{escape(path.name)}/index.html">{quarter_(about.quarter)}</a><div><p>{escape(about.lead, quote=False)}</p></div></li>'
        )
    sections = [
        {
            "slug": f"y{year}",
            "title": year,
            "text": [],
            "parts": [{"kind": "markup", "html": f'<ol class="editions">{"".join(rows)}</ol>'}],
            "notes": [],
            "finding": "",
        }
        for year, rows in years.items()
    ]
    text = page(
        title=label(_TITLE),
        kicker=tr("Quarterly reports"),
        heading=label(_TITLE),
        lang=LANGUAGES[spoken()],
        lead=tr("{lead} {reports}, the newest first.", lead=label(_LEAD), reports=counted(len(newest), "report")),
        sections=sections,
        footer=(
            tr(
                "The same list for programs: {json}; for readers of feeds: {feed}.",
                json='<a href="index.json">index.json</a>',
                feed='<a href="feed.xml">feed.xml</a>',
            ),
        ),
        nav=len(years) > 2,
        shared=shared_of(newest[0][1], f"{base}{newest[0][0].name}/{CARD}", label(_TITLE), base),
    )
    return text.replace(
        "<style>", '<link rel="alternate" type="application/atom+xml" title="Atom" href="feed.xml">\n<style>', 1
    )


def shared_of(about: About, picture: str, title: str, address: str = "") -> list[tuple[str, str]]:
    """What a service shows of a page that somebody shares: properties of Open Graph, and their values."""
    found = [
        ("description", about.lead),
        ("og:type", "article"),
        ("og:title", title),
        ("og:description", about.lead),
        ("og:image", picture),
        ("og:image:width", "1200"),
        ("og:image:height", "630"),
        (
            "og:image:alt",
            tr(
                "{quarter}: {numbers}",
                quarter=quarter_(about.quarter),
                numbers=tr("; ").join(tr("{value} {what}", value=n.value, what=n.label) for n in about.numbers),
            ),
        ),
        ("twitter:card", "summary_large_image"),
    ]
    return [*found, ("og:url", address)] if address else found
