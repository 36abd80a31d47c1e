"""A notebook and its parameters -> the executed notebook, one self-contained page, figures and tables."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.figures.theme.fonts import NO_FONT, chinese_font
from clemency.records.environment.datafolder import data_folder
from clemency.records.environment.extras import installed
from clemency.records.environment.folders import check_writable, swapped
from clemency.records.errors import ClemencyError, UsageError
from clemency.records.presentation.spreadsheets import safe_csv
from clemency.reports.execution.kernel import Kernel, check_installed, close_loop
from clemency.reports.inputs import Inputs, dated_quarters, inputs, parse_quarter
from clemency.reports.language import LANGUAGES, check_language, label, speaking, spoken, tr
from clemency.reports.language import day as said_day
from clemency.reports.lead.numbers import ROWS, numbers
from clemency.reports.pages.about import CARD, FILE, About, about_of, numbers_of
from clemency.reports.pages.markup import Origin
from clemency.reports.pages.page import built, page, write_parts
from clemency.reports.pages.printing import find_browser, print_page
from clemency.reports.pages.records import records_of
from clemency.reports.pages.word import write_document
from clemency.reports.section import MIME
from clemency.reports.shelf.cards import card
from clemency.reports.shelf.index import check_index, checked_address, index_reports, shared_of

_HERE = Path(__file__).resolve().parent


def build(
    quarter: str = "2017Q2",
    data: str | PathLike[str] | None = None,
    out: str | PathLike[str] | None = None,
    pdf: bool = False,
    progress: Callable[[str], Any] | None = None,
    force: bool = False,
    *,
    docx: bool = False,
    address: str = "",
    lang: str = "en",
) -> Path:
    """Build the quarterly report.

    Parameters
    ----------
    quarter : str
        Such as ``2017Q2``.
    data : path, optional
        Folder of tables, or the number of an earlier edition (``2026.11``); the shipped tables by default.
    out : path, optional
        Folder to write to; ``reports/<quarter>`` by default, of another language ``reports/<lang>/<quarter>``.
    pdf : bool
        Also print the page to PDF through an installed Chromium or Chrome.
    progress : callable, optional
        Called with a line of text at each step.
    force : bool
        Write to `out` although it holds other things than an earlier report. What has the name of something new is
        replaced; the rest stays.
    docx : bool
        Also write the report for Word.
    address : str
        Where the folder above `out` will stand on the web, such as ``https://example.org/reports/``. Citations and the
        card that services show of a shared page then have whole addresses.
    lang : str
        Language of the report: ``en``, or ``zh`` for simplified Chinese.

    Returns
    -------
    Path
        The page, ``index.html``. Beside it stand the executed notebook, ``figures/``, ``tables/``, ``card.png``, which is
        shown of a page that is shared, and ``report.json``, from which `index_reports` makes an index. The same
        inputs give the same bytes but for the date of the build, which ``SOURCE_DATE_EPOCH`` sets. All of it is written
        beside `out` and swapped in at the end, so that a report that fails leaves the earlier one whole.

    Raises
    ------
    UsageError
        If the quarter is not one or lies outside the records, there is no such language, no browser is installed for the PDF, the packages of
        reports or of Word files are missing, `address` is none, or `out` cannot be written, is a link, or holds other
        things.
    DataError
        If a table is missing or malformed.
    """
    say = progress or (lambda _: None)
    day = built()
    check_installed()
    looks = _looks(day, pdf, docx, address, lang)
    period = parse_quarter(quarter)
    folder = Path(out) if out is not None else _shelf(lang) / str(period)
    with Kernel(None if data is None else data_folder(data)) as kernel:
        return _one(Job(period, data, folder, looks, force), kernel, say)


@dataclass(frozen=True, slots=True)
class Looks:
    """The day that a report bears, the browser that prints it if it is printed, whether Word has it, its address and language."""

    day: str
    browser: str | None
    docx: bool
    base: str
    lang: str


def _shelf(lang: str) -> Path:
    """Where the reports of a language stand."""
    return Path("reports") if lang == "en" else Path("reports") / lang


def _looks(day: str, pdf: bool, docx: bool, address: str, lang: str) -> Looks:
    """What reports are made with, refused before anything is computed where it is missing."""
    check_language(lang)
    if docx:
        installed(("docx",), "word", "A report for Word")
    return Looks(day, find_browser() if pdf else None, docx, checked_address(address), lang)


@dataclass(frozen=True, slots=True)
class Job:
    """One report to build."""

    quarter: pd.Period
    data: str | PathLike[str] | None
    folder: Path
    looks: Looks
    force: bool


def _one(job: Job, kernel: Kernel, say: Callable[[str], Any]) -> Path:
    day, looks = job.looks.day, job.looks
    with speaking(looks.lang), swapped(job.folder, job.force) as stage:
        say("Reading the tables")
        start = inputs(str(job.quarter), job.data)
        notebook = kernel.run(
            notebook_path(), {"quarter": str(job.quarter), "lang": looks.lang}, say, start.earlier or None
        )
        sections = _sections(notebook)
        say("Writing the page")
        about = about_of(start, _heading(start), sections, day, numbers_of(start.quarter, numbers(start), ROWS))
        _write_files(stage, start, about, sections)
        (stage / "index.html").write_text(_page(start, about, sections, looks.base), encoding="utf-8")
        _write_notebook(notebook, stage / "quarterly.ipynb")
        name = f"clemency-{job.quarter}"
        if looks.docx:
            say("Writing the report for Word")
            write_document(stage / f"{name}.docx", about, _lead(start), sections, _footer(start, day))
        if looks.browser:
            say("Printing to PDF")
            print_page(looks.browser, stage / "index.html", stage / f"{name}.pdf", say)
    return job.folder / "index.html"


def build_many(
    quarters: Sequence[str],
    data: str | PathLike[str] | None = None,
    out: str | PathLike[str] | None = None,
    pdf: bool = False,
    progress: Callable[[int, str], Any] | None = None,
    force: bool = False,
    workers: int | None = None,
    *,
    docx: bool = False,
    address: str = "",
    lang: str = "en",
) -> list[Path]:
    """Build the reports of several quarters, with what they share loaded and computed once for each worker.

    Parameters
    ----------
    quarters : sequence of str
        Such as those of `quarters_of`.
    data, pdf, force, docx, address, lang
        As for `build`.
    out : path, optional
        Folder with a folder for each quarter; ``reports`` by default, of another language ``reports/<lang>``.
    progress : callable, optional
        Called with the number of reports that are done and a line of text.
    workers : int, optional
        Kernels that run at a time; one for each core by default, at most four.

    Returns
    -------
    list of Path
        The pages, in the order of the quarters. All is the same byte for byte as by `build`, but for the links to the
        quarters around: the folder has its index, feed and list at the end, as by `index_reports`.

    Raises
    ------
    UsageError, DataError
        As for `build`, before anything is computed where that can be. Reports that were done before stay.
    """
    say = progress or (lambda *_: None)
    day = built()
    check_installed()
    looks = _looks(day, pdf, docx, address, lang)
    whole = Path(out) if out is not None else _shelf(lang)
    jobs = [Job(parse_quarter(q), data, whole / q, looks, force) for q in dict.fromkeys(quarters)]
    for job in jobs:
        check_writable(job.folder, force)
    check_index(whole, force)
    number = max(1, min(workers or min(os.cpu_count() or 1, 4), len(jobs)))
    pages = _in_turn(jobs, number, None if data is None else data_folder(data), say)
    if pages:
        index_reports(whole, address=address, force=force)
    return pages


def _in_turn(jobs: list[Job], number: int, folder: Path | None, say: Callable[[int, str], Any]) -> list[Path]:
    """Give each job to the next kernel that is free."""
    waiting, made, kernels = deque(jobs), dict[pd.Period, Path](), list[Kernel]()

    def told(quarter: pd.Period, text: str) -> None:
        say(len(made), f"{quarter}: {text}")

    def work() -> None:
        try:
            with Kernel(folder) as kernel:
                kernels.append(kernel)
                while waiting:
                    job = waiting.popleft()
                    made[job.quarter] = _one(job, kernel, partial(told, job.quarter))
                    say(len(made), f"{job.quarter} is done")
        finally:
            close_loop()

    with ThreadPoolExecutor(number) as pool:
        futures = [pool.submit(work) for _ in range(number)]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            waiting.clear()
            for kernel in kernels:
                kernel.kill()
            raise
    return [made[job.quarter] for job in jobs]


def quarters_of(text: str, data: str | PathLike[str] | None = None) -> list[str]:
    """Quarters that a text names.

    Parameters
    ----------
    text : str
        ``2017Q2``; ``2017Q1..2017Q4``, both included; ``latest``, the last to which an act is dated; or ``all``, from
        the first to which an act is dated to the last.
    data : path, optional
        Folder of tables, or an earlier edition, as for `build`.

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        For any other text, a range that ends before it begins, and where no act is dated to a quarter.
    """
    said = str(text).strip()
    if said in ("latest", "all"):
        dated = dated_quarters(data)
        first, last = (dated.max() if said == "latest" else dated.min()), dated.max()
    elif ".." in said:
        first, last = (parse_quarter(part.strip()) for part in said.split("..", 1))
        if last < first:
            raise UsageError(f"{said} ends before it begins. Write the earlier quarter first: {last}..{first}.")
    else:
        return [str(parse_quarter(said))]
    return [str(q) for q in pd.period_range(first, last, freq="Q")]


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


def _write_files(stage: Path, start: Inputs, about: About, sections: list[dict[str, Any]]) -> None:
    """Figures, tables, all acts and cases, the card, and the facts by which an index names the report."""
    for section in sections:
        write_parts(stage, section)
    for table in records_of(start):
        safe_csv(table.flat(), stage / "tables" / f"all_{table.name}.csv")
    (stage / CARD).write_bytes(card(about))
    (stage / FILE).write_text(about.to_json(), encoding="utf-8")


def _heading(start: Inputs) -> str:
    return tr("Sentence reduction and medical parole in China, {quarter}", quarter=start.quarter)


def _lead(start: Inputs) -> str:
    lead = tr("What public, cited records say") if start.published else tr("What the tables of one folder say")
    return tr(
        "{records} about who received an act of clemency, when, and under what circumstances. Documented cases are not a sample of all cases.",
        records=lead,
    )


def _footer(start: Inputs, day: str) -> tuple[str, ...]:
    """Paragraphs of markup: from what the report was built, and what to beware of."""
    names = (
        tr(
            "The people named here are real; their names appear because organisations that work for them have published them."
        )
        if start.published
        else tr("People named here may be real: whoever keeps the tables must judge who may see this page.")
    )
    cite = tr("Cite the edition of the data and the documents behind the rows. {names}", names=names)
    where = tr(
        "Built on {day} from {edition}. Each figure's own data stand in {tables}, the drawings in {figures}, the calculation in {notebook}.",
        day=day if spoken() == "en" else said_day(day),
        edition=escape(start.edition),
        tables="<code>tables/</code>",
        figures="<code>figures/</code>",
        notebook="<code>quarterly.ipynb</code>",
    )
    boxes = (escape(label(NO_FONT)),) if spoken() != "en" and chinese_font() is None else ()
    return (where, cite if start.published else names, *boxes)


def _page(start: Inputs, about: About, sections: list[dict[str, Any]], base: str) -> str:
    address = f"{base}{start.quarter}/index.html" if base else ""
    title = tr("Clemency in China, {quarter}", quarter=start.quarter)
    return page(
        title=title,
        kicker=_kicker(start),
        heading=about.heading,
        lead=_lead(start),
        lang=LANGUAGES[about.lang],
        sections=sections,
        footer=_footer(start, about.built),
        records=records_of(start),
        origin=Origin(
            tr(
                "{heading}. {edition}, built on {day}",
                heading=about.heading,
                edition=f"{about.edition[0].upper()}{about.edition[1:]}",
                day=about.built,
            ),
            address,
        ),
        shared=shared_of(about, f"{base}{start.quarter}/{CARD}" if base else CARD, title, address),
    )


def _kicker(start: Inputs) -> str:
    """What the page is, above its title."""
    if start.shipped:
        return tr("Quarterly report")
    if start.earlier:
        return tr("Quarterly report on edition {edition} of the tables", edition=start.earlier)
    return tr("Quarterly report on a folder of tables")


def _write_notebook(notebook: Any, path: Path) -> None:
    import nbformat

    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(MIME, None)
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, path)
