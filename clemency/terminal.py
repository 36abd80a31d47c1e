"""What a terminal shows: problems with their places, tables, a bar, a line that says what is being done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from clemency.records.errors import Problem
from clemency.records.printable import printable, shortened

__all__ = ["bar", "plain", "print_problems", "print_reproduction", "print_table", "status"]


def print_problems(
    problems: Sequence[Problem],
    every: bool = False,
    err: bool = False,
    folder: Path | None = None,
    written: Path | None = None,
) -> None:
    """Print problems by kind, or each of them; ``written`` is the file that holds them all."""
    from clemency.records.checks.summary import lines_of, summary, table_of
    from clemency.records.presentation.wording import counted

    n, whether = counted(len(problems), "problem"), _severities(problems)
    if every:
        for problem in problems:
            click.echo(_line(problem), err=err)
        click.echo(click.style(f"{n}{whether}.", bold=True), err=err)
        return
    groups = summary(table_of(problems))
    for group in groups:
        if group.n == 1:
            click.echo(_line(group.first), err=err)
            continue
        first, *rest = lines_of(group)
        click.echo("\n".join((click.style(first, bold=True), *rest)), err=err)
    more = "" if len(groups) == len(problems) else f" of {counted(len(groups), 'kind')}"
    click.echo(click.style(f"{n}{more}{whether}.", bold=True), err=err)
    if any(g.of_header for g in groups) and not err:
        click.echo("The contents of missing columns are checked once the columns are there.")
    if more and not err and written is None:
        place = f" {folder}" if folder is not None else ""
        click.echo(printable(f"Each on a line of its own: clemency data check{place} --all; in a file: --csv FILE."))


def _severities(problems: Sequence[Problem]) -> str:
    """How many are only warnings, where some are."""
    from clemency.records.presentation.wording import counted

    warnings = sum(p.severity == "warning" for p in problems)
    errors = len(problems) - warnings
    if not errors:
        return ", only a warning" if warnings == 1 else ", only warnings"
    return f": {counted(errors, 'error')} and {counted(warnings, 'warning')}" if warnings else ""


def _line(problem: Problem) -> str:
    where = f"{problem.file}:{problem.row}" if problem.row else problem.file
    column = f" {problem.column}" if problem.column else ""
    value = f" '{shortened(problem.value)}'" if problem.value else ""
    said = printable(f"{column}{value}: {problem.message}. {problem.remedy} ({problem.severity})")
    return click.style(printable(where), bold=True) + said


def plain(said: object, style: str = "") -> Any:
    """Text that is printed as it is: no markup, no codes of a terminal."""
    from rich.text import Text

    return Text(printable(said, lines=True), style=style)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[str] = ()) -> None:
    """Print rows below their headings; columns in ``right`` stand to the right and are not broken."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    cells = [[heading, *(str(row[i]) for row in rows if i < len(row))] for i, heading in enumerate(headings)]
    between = 3 * len(headings) - 1  # blanks and edges
    whole = [heading in right for heading in headings]
    widths = _widths(cells, console.width - between, whole, fold=console.is_terminal)
    page = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, width in zip(headings, widths, strict=True):
        page.add_column(heading, overflow="fold", justify="right" if heading in right else "left", width=width)
    for row in rows:
        page.add_row(*row)
    if sum(widths) + between > console.width:  # a file or a pipe is as wide as it must be
        console = Console(width=sum(widths) + between)
    with console.capture() as captured:
        console.print(page)
    click.echo(captured.get(), nl=False)


_READABLE = 12  # characters; narrower columns of text are hard to read


def print_reproduction(done: Any) -> None:
    """Print what came of findings, one after another, and the line of counts."""
    from rich.text import Text

    colours = {"reproduced": "green", "differs": "yellow", "failed": "red"}
    rows: list[tuple[Text, ...]] = []
    last = ""
    for row in done.tidy().itertuples():
        if row.finding_id != last:
            rows.append((plain(row.finding_id, "bold"),))
            last = row.finding_id
        number = "" if row.recomputed != row.recomputed else f"{row.recomputed:,.6g}"
        unit = "" if _says(row.printed, row.unit) else f" {row.unit}"
        why = plain(f" {row.reason}" if row.reason else "", "dim")
        verdict = plain(row.verdict, colours.get(row.verdict, "dim")) + why
        rows.append(
            (
                plain(f"  {row.quantity}"),
                plain(row.printed) + plain(unit, "dim"),
                plain(number),
                verdict,
            )
        )
    print_table(("finding", "published", "recomputed", "verdict"), rows, right=("recomputed",))
    click.echo(printable(repr(done).splitlines()[0]))


def _says(printed: str, unit: str) -> bool:
    """Whether what was printed holds its unit: in other words, with a sign, or with more than the number at its end."""
    return unit in printed or not re.search(r"[0-9]\s*$", printed)


def _widths(cells: Sequence[Sequence[str]], room: int, whole: Sequence[bool], fold: bool) -> list[int]:
    """Width of each column: words, and cells that are `whole`, are broken only where a terminal leaves no room."""
    from rich.cells import cell_len

    widths = [max(cell_len(line) for text in column for line in text.split("\n")) for column in cells]
    least = [max(min(w, _READABLE), *map(cell_len, " ".join(c).split())) for w, c in zip(widths, cells, strict=True)]
    least = [w if all_of_it else f for w, f, all_of_it in zip(widths, least, whole, strict=True)]
    for floor in (least, [1] * len(widths)) if fold else (least,):
        while sum(widths) > room and any(w > f for w, f in zip(widths, floor, strict=True)):
            widths[max(range(len(widths)), key=lambda i: widths[i] if widths[i] > floor[i] else 0)] -= 1
    return widths


@contextmanager
def bar(total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on the terminal that says how many of several things are done, and what is being done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        task = drawn.add_task("", total=total)
        yield lambda done, text: drawn.update(task, completed=done, description=printable(text))


@contextmanager
def status(first: str) -> Iterator[Callable[[str], None]]:
    """A line on the terminal that says what is being done."""
    from rich.console import Console

    with Console(stderr=True).status(plain(first)) as line:
        yield lambda said: line.update(plain(said))
