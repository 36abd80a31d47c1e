"""Sections as plain data -> one self-contained page, and the files of their figures and tables."""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clemency.records.errors import UsageError
from clemency.reports.section import as_html

_HERE = Path(__file__).resolve().parent
#: Nothing is loaded and nothing runs: the style is in the page, and the drawings carry theirs as attributes.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(
    *,
    title: str,
    kicker: str,
    heading: str,
    lead: str,
    sections: Sequence[dict[str, Any]],
    footer: Sequence[str],
    nav: bool = True,
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
    """
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("page.html.j2").render(
        policy=POLICY,
        title=title,
        kicker=kicker,
        heading=heading,
        lead=lead,
        footer=footer,
        nav=nav,
        sections=[{**s, "html": as_html(_apart(s))} for s in sections],
    )


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


def _apart(section: dict[str, Any]) -> dict[str, Any]:
    """Identifiers inside each drawing made its own, since one page holds many drawings."""
    parts = []
    for n, part in enumerate(section["parts"]):
        if part["kind"] == "figure":
            mark = f"{section['slug']}-{n}-"
            svg = (
                part["svg"]
                .replace(' id="', f' id="{mark}')
                .replace('href="#', f'href="#{mark}')
                .replace("url(#", f"url(#{mark}")
            )
            part = {**part, "svg": svg}
        parts.append(part)
    return {**section, "parts": parts}
