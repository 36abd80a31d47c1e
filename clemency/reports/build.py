"""A notebook and its parameters -> the executed notebook, one self-contained page, figures and tables."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

from clemency.records.environment.datafolder import data_folder
from clemency.records.environment.folders import swapped
from clemency.records.errors import ClemencyError
from clemency.reports.execution.kernel import check_installed, run
from clemency.reports.inputs import Inputs, inputs, parse_quarter
from clemency.reports.pages.page import built, page, write_parts
from clemency.reports.pages.printing import find_browser, print_page
from clemency.reports.section import MIME

_HERE = Path(__file__).resolve().parent


def build(
    quarter: str = "2017Q2",
    data: str | PathLike[str] | None = None,
    out: str | PathLike[str] | None = None,
    pdf: bool = False,
    progress: Callable[[str], Any] | None = None,
    force: bool = False,
) -> Path:
    """Build the quarterly report.

    Parameters
    ----------
    quarter : str
        Such as ``2017Q2``.
    data : path, optional
        Folder of tables, or the number of an earlier edition (``2026.11``); the shipped tables by default.
    out : path, optional
        Folder to write to; ``reports/<quarter>`` by default.
    pdf : bool
        Also print the page to PDF through an installed Chromium or Chrome.
    progress : callable, optional
        Called with a line of text at each step.
    force : bool
        Write to `out` although it holds other things than an earlier report. What has the name of something new is
        replaced; the rest stays.

    Returns
    -------
    Path
        The page, ``index.html``. Beside it stand the executed notebook, ``figures/`` and ``tables/``. The same
        inputs give the same bytes but for the date of the build, which ``SOURCE_DATE_EPOCH`` sets. All of it is written
        beside `out` and swapped in at the end, so that a report that fails leaves the earlier one whole.

    Raises
    ------
    UsageError
        If the quarter is not one or lies outside the records, no browser is installed for the PDF, the packages of
        reports are missing, or `out` cannot be written, is a link, or holds other things.
    DataError
        If a table is missing or malformed.
    """
    say = progress or (lambda _: None)
    day = built()
    check_installed()
    browser = find_browser() if pdf else None
    period = parse_quarter(quarter)
    folder = Path(out) if out is not None else Path("reports") / str(period)
    with swapped(folder, force) as stage:
        say("Reading the tables")
        start = inputs(quarter, data)
        tables = None if data is None else data_folder(data)
        notebook = run(notebook_path(), {"quarter": str(period)}, tables, say, start.earlier or None)
        sections = _sections(notebook)
        say("Writing the page")
        for section in sections:
            write_parts(stage, section)
        (stage / "index.html").write_text(_page(start, day, sections), encoding="utf-8")
        _write_notebook(notebook, stage / "quarterly.ipynb")
        if browser:
            say("Printing to PDF")
            print_page(browser, stage / "index.html", stage / f"clemency-{period}.pdf", say)
    return folder / "index.html"


def notebook_path() -> Path:
    """The notebook of the quarterly report, in a checkout or installed."""
    installed = _HERE.parent / "_notebooks" / "quarterly.ipynb"
    return installed if installed.is_file() else _HERE.parents[1] / "notebooks" / "quarterly.ipynb"


def _sections(notebook: Any) -> list[dict[str, Any]]:
    found = [
        output["data"][MIME]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
    if not found:
        raise ClemencyError(f"{notebook_path()} shows no section; let its cells end with one.")
    return found


def _page(start: Inputs, day: str, sections: list[dict[str, Any]]) -> str:
    quarter = str(start.quarter)
    ours = start.published
    lead = "What public, cited records say" if ours else "What the tables of one folder say"
    names = (
        "The people named here are real; their names appear because organisations that work for them have published them."
        if ours
        else "People named here may be real: whoever keeps the tables must judge who may see this page."
    )
    return page(
        title=f"Clemency in China, {quarter}",
        kicker=_kicker(start),
        heading=f"Sentence reduction and medical parole in China, {quarter}",
        lead=f"{lead} about who received an act of clemency, when, and under what circumstances. Documented cases are not a sample of all cases.",
        sections=sections,
        footer=(
            f"Built on {day} from {escape(start.edition)}. Each figure's own data stand in <code>tables/</code>, the drawings in "
            "<code>figures/</code>, the calculation in <code>quarterly.ipynb</code>.",
            f"Cite the edition of the data and the documents behind the rows. {names}" if ours else names,
        ),
    )


def _kicker(start: Inputs) -> str:
    """What the page is, above its title."""
    if start.shipped:
        return "Quarterly report"
    return f"Quarterly report on {f'edition {start.earlier} of the tables' if start.earlier else 'a folder of tables'}"


def _write_notebook(notebook: Any, path: Path) -> None:
    import nbformat

    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(MIME, None)
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, path)
