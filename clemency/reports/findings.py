"""A reproduction of published findings -> one page: every claim, its numbers, the verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.findings import Reproduction, reproduce
from clemency.records.package import edition
from clemency.reports.page import built, page, write_parts
from clemency.reports.section import Chart, Section, TableView

__all__ = ["findings_page", "findings_sections"]

_ORDER = ("reproduced", "differs", "failed", "needs data", "cannot be recomputed")
_MEANING = {
    "reproduced": "rounded as the source rounds, the recomputed number is the printed one",
    "differs": "it is not, and the table says why",
    "needs data": "a public data set is not on this machine",
    "cannot be recomputed": "no public data would do",
    "failed": "the computation stopped",
}


def findings_page(
    out: str | PathLike[str],
    *,
    data: str | PathLike[str] | None = None,
    progress: Callable[[str], Any] | None = None,
    done: Reproduction | None = None,
) -> Path:
    """Write the page of published findings.

    Parameters
    ----------
    out : path
        Folder to write to: ``index.html``, ``figures/`` and ``tables/``.
    data : path, optional
        Folder with fetched data sets, as for `reproduce`.
    progress : callable, optional
        Called with a line of text at each finding.
    done : Reproduction, optional
        If it is already made.

    Returns
    -------
    Path
        The page.
    """
    folder = Path(out)
    done = done if done is not None else reproduce(data=data, progress=progress)
    sections = [s.content() for s in findings_sections(done)]
    for section in sections:
        write_parts(folder, section)
    text = page(
        title="Published findings, computed again",
        kicker="Findings",
        heading="Published findings, computed again",
        lead="What others have printed about sentence reduction, parole and release in China, beside the same numbers computed from public data.",
        sections=sections,
        footer=(
            f"Built on {built()} from {escape(str(edition()))} The tables stand in <code>tables/</code>, the drawings in <code>figures/</code>.",
            "That a number can be reproduced does not make its conclusion true.",
        ),
    )
    target = folder / "index.html"
    target.write_text(text, encoding="utf-8")
    return target


def findings_sections(done: Reproduction) -> list[Section]:
    """An overview, and one section per publisher."""
    sections = [_overview(done)]
    for publisher, rows in done.findings.groupby("publisher", sort=False):
        table = done.table[done.table["finding_id"].isin(rows["finding_id"])]
        sections.append(_publisher(str(publisher), rows, table))
    return sections


def _overview(done: Reproduction) -> Section:
    g = done.glance().iloc[0]
    n = done.table["verdict"].value_counts().reindex(_ORDER, fill_value=0)
    counts = pd.DataFrame(
        {"verdict": n.index, "numbers": n.to_numpy(), "meaning": [_MEANING[v] for v in n.index]}
    ).query("numbers > 0")
    text = (
        f"**{g['findings']} findings** quote {g['values']} numbers. {g['recomputed']} findings have at least one number that could be computed again here. "
        "A number agrees if rounding it as the source did gives what was printed; no tolerance is chosen.",
    )
    parts: list[Chart | TableView] = [TableView("verdicts", "Numbers by verdict", counts)]
    if done.table["off"].notna().any():
        caption = "Recomputed less printed, in units of the last digit printed: in the band, rounding gives the printed number"
        parts.append(Chart("agreement", caption, done.plot()))
    return Section("overview", "Overview", text, tuple(parts))


def _publisher(name: str, findings: pd.DataFrame, table: pd.DataFrame) -> Section:
    slug = "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")
    text = tuple(
        f"**{row.claim}** {row.citation}" + (f", {row.place}" if pd.notna(row.place) else "") + f". {row.population}."
        for row in findings.itertuples()
    )
    links = findings.set_index("finding_id")["address"]
    view = pd.DataFrame(
        {
            "finding": [_linked(k, links[k]) for k in table["finding_id"]],
            "quantity": [q.replace("_", " ") for q in table["quantity"]],
            "printed": [
                f"{p} ({b})" if b != "printed" else p for p, b in zip(table["printed"], table["basis"], strict=True)
            ],
            "recomputed": [
                _number(v, p) for v, p in zip(table["recomputed"], table["high"] - table["low"], strict=True)
            ],
            "unit": table["unit"].astype(str),
            "verdict": table["verdict"].astype(str),
            "why": table["reason"].astype(str),
        }
    )
    caption = f"{name}: printed and recomputed"
    return Section(slug, name, text, (TableView(f"values-{slug}", caption, view, ("finding",), data=table),))


def _linked(name: str, address: str) -> str:
    first = address.split()[0]
    return f'<a href="{escape(first)}">{escape(name)}</a>'


def _number(value: float, width: float) -> str:
    """One digit more than was printed, or plain where nothing says how many."""
    if value != value:
        return ""
    if not 0 < width < float("inf"):
        return f"{value:,.4g}"
    digits = max(0, 1 - math.floor(math.log10(width)))
    return f"{value:,.{min(digits, 8)}f}"
