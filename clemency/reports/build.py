"""A notebook and its parameters -> the executed notebook, one self-contained page, figures and tables."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

from clemency.records.errors import ClemencyError, UsageError
from clemency.reports.inputs import inputs
from clemency.reports.page import built, page, write_parts
from clemency.reports.section import MIME
from clemency.reports.stopping import stoppable

_HERE = Path(__file__).resolve().parent
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


def build(
    quarter: str = "2017Q2",
    data: str | PathLike[str] | None = None,
    out: str | PathLike[str] | None = None,
    pdf: bool = False,
    progress: Callable[[str], Any] | None = None,
) -> Path:
    """Build the quarterly report.

    Parameters
    ----------
    quarter : str
        Such as ``2017Q2``.
    data : path, optional
        Folder of tables; the shipped ones by default.
    out : path, optional
        Folder to write to; ``reports/<quarter>`` by default.
    pdf : bool
        Also print the page to PDF through an installed Chromium or Chrome.
    progress : callable, optional
        Called with a line of text at each step.

    Returns
    -------
    Path
        The page, ``index.html``. Beside it stand the executed notebook, ``figures/`` and ``tables/``. The same
        inputs give the same bytes but for the date of the build, which ``SOURCE_DATE_EPOCH`` sets.

    Raises
    ------
    UsageError
        If the quarter is not one, lies outside the records, or no browser is installed for the PDF.
    DataError
        If a table is missing or malformed.
    """
    say = progress or (lambda _: None)
    say("Reading the tables")
    start = inputs(quarter, data)
    browser = _browser() if pdf else None
    folder = Path(out) if out is not None else Path("reports") / str(start.quarter)
    notebook = _executed(str(start.quarter), data, say)
    sections = _sections(notebook)
    say("Writing the page")
    for section in sections:
        write_parts(folder, section)
    target = folder / "index.html"
    target.write_text(_page(str(start.quarter), start.edition, sections), encoding="utf-8")
    _write_notebook(notebook, folder / "quarterly.ipynb")
    if browser:
        say("Printing to PDF")
        _print(browser, target, folder / f"clemency-{start.quarter}.pdf")
    return target


def notebook_path() -> Path:
    """The notebook of the quarterly report, in a checkout or installed."""
    installed = _HERE.parent / "_notebooks" / "quarterly.ipynb"
    return installed if installed.is_file() else _HERE.parents[1] / "notebooks" / "quarterly.ipynb"


def _executed(quarter: str, data: Any, say: Callable[[str], Any]) -> Any:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(notebook_path(), as_version=4)
    folder = None if data is None else str(Path(data).resolve())
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = f"quarter = {quarter!r}\ndata = {folder!r}"
    code = [c for c in notebook.cells if c.cell_type == "code"]

    def started(cell: Any, cell_index: int) -> None:
        done = sum(1 for c in notebook.cells[:cell_index] if c.cell_type == "code")
        say(f"Running the notebook: {done + 1} of {len(code)}")

    # The kernel's own remarks about its transport are not for the reader of a report.
    quiet = ["--log-level=ERROR"]
    client = stoppable(NotebookClient)(
        notebook, timeout=300, kernel_name="python3", on_cell_start=started, extra_arguments=quiet
    )
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        client.execute()
    except CellExecutionError as error:
        raise ClemencyError(f"The notebook stopped: {error.ename}: {error.evalue}") from None
    return notebook


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


def _page(quarter: str, version: str, sections: list[dict[str, Any]]) -> str:
    return page(
        title=f"Clemency in China, {quarter}",
        kicker="Quarterly report",
        heading=f"Sentence reduction and medical parole in China, {quarter}",
        lead="What public, cited records say about who received an act of clemency, when, and what went with it. "
        "Documented cases are not a sample of all cases.",
        sections=sections,
        footer=(
            f"Built on {built()} from {escape(version)}. Each figure's own data stand in <code>tables/</code>, the drawings in "
            "<code>figures/</code>, the calculation in <code>quarterly.ipynb</code>.",
            "Cite the edition of the data and the documents behind the rows. The people named here are real; their names appear "
            "because organisations that work for them have published them.",
        ),
    )


def _write_notebook(notebook: Any, path: Path) -> None:
    import nbformat

    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(MIME, None)
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, path)


def _browser() -> str:
    found = next((b for b in (shutil.which(n) for n in _BROWSERS) if b), None)
    if found is None:
        raise UsageError(
            "A PDF needs an installed Chromium or Chrome, and none was found. On Debian or Ubuntu: apt install chromium. "
            "Or open index.html in any browser and print it."
        )
    return found


def _print(browser: str, page: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as profile:
        result = subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
                "--no-pdf-header-footer", f"--print-to-pdf={target.resolve()}", page.resolve().as_uri(),
            ],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    if result.returncode or not target.is_file():
        raise ClemencyError(f"{browser} did not print the page: {result.stderr.strip()[-300:]}")
