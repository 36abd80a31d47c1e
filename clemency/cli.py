"""The command ``clemency``: reports, and the tables they are made from.

Exit codes: 0 all is well, 1 something is wrong with the data, 2 the command was used wrongly.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from clemency.records.errors import ClemencyError, DataError, Problem


class _Friendly(click.Group):
    """Turns the library's errors into messages and exit codes, never into a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataError as error:
            _print_problems(error.problems)
            ctx.exit(1)
        except ClemencyError as error:
            raise click.UsageError(str(error), ctx=ctx) from error


@click.group(cls=_Friendly, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="clemency")
def main() -> None:
    """Sentence reduction and medical parole in China: data, estimates, reports."""


_folder = click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of tables to use instead of the shipped ones."
)


@main.command()
@click.argument("quarter", default="2017Q2")
@_folder
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to; reports/QUARTER by default.")
@click.option("--pdf", is_flag=True, help="Also print the page to PDF, through an installed Chromium or Chrome.")
def report(quarter: str, data: Path | None, out: Path | None, pdf: bool) -> None:
    """Build the report for QUARTER (2017Q2 by default)."""
    from rich.console import Console

    from clemency.reports import build

    console = Console(stderr=True)
    with console.status(f"Building the report for {quarter}") as status:
        page = build(quarter, data=data, out=out, pdf=pdf, progress=status.update)
    click.echo(page)


@main.command()
@click.argument("ids", nargs=-1)
@click.option("--data", type=click.Path(path_type=Path), help="Folder with fetched data sets.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one line per number as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print findings and numbers as JSON.")
@click.option("--html", type=click.Path(path_type=Path), help="Folder to write a page to.")
def reproduce(ids: tuple[str, ...], data: Path | None, as_csv: bool, as_json: bool, html: Path | None) -> None:
    """Compute published findings again: all, or those whose names begin with IDS.

    Exit code 1 if a number that agreed when it was entered no longer does.
    """
    from rich.console import Console

    from clemency.findings import reproduce as run

    console = Console(stderr=True)
    with console.status("Reading the registry") as status:
        done = run(ids, data=data, progress=status.update)
    if as_json:
        click.echo(done.to_json(), nl=False)
    elif as_csv:
        click.echo(done.tidy().to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        _print_reproduction(done)
    if html is not None:
        from clemency.reports.findings import findings_page

        click.echo(findings_page(html, data=data, done=done), err=as_csv or as_json)
    if len(done.lost()):
        sys.exit(1)


def _print_reproduction(done: Any) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    colours = {"reproduced": "green", "differs": "yellow", "failed": "red"}
    page = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("finding", "published", "recomputed", "verdict"):
        page.add_column(heading, overflow="fold", justify="right" if heading == "recomputed" else "left")
    last = ""
    for row in done.tidy().itertuples():
        if row.finding_id != last:
            page.add_row(f"[bold]{row.finding_id}[/bold]", "", "", "")
            last = row.finding_id
        number = "" if row.recomputed != row.recomputed else f"{row.recomputed:,.6g}"
        colour = colours.get(row.verdict, "dim")
        why = f" [dim]{row.reason}[/dim]" if row.reason else ""
        page.add_row(
            f"  {row.quantity}",
            row.printed if row.unit in row.printed else f"{row.printed} [dim]{row.unit}[/dim]",
            number,
            f"[{colour}]{row.verdict}[/{colour}]{why}",
        )
    console = Console()
    console.print(page)
    console.print(repr(done).splitlines()[0])


@main.group(name="data")
def data_group() -> None:
    """Look at the tables and check them."""


@data_group.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check(folder: Path | None) -> None:
    """Check the tables in FOLDER and list every problem."""
    from clemency.records.checks import check as check_tables

    found = check_tables(folder)
    if len(found):
        rows = found.astype(object).where(found.notna(), None)
        _print_problems([Problem(**row) for row in rows.to_dict("records")])
        sys.exit(1)
    click.echo("All tables are in order.")


@data_group.command()
def edition() -> None:
    """Say which edition of the data is shipped and whether it is intact."""
    from clemency.records.package import edition as loaded

    click.echo(str(loaded()))


@data_group.command()
@click.argument("table")
def describe(table: str) -> None:
    """Print the codebook of TABLE."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from clemency.records.tables import describe as codebook

    page = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("column", "type", "filled", "values and meaning"):
        page.add_column(heading, overflow="fold")
    for row in codebook(table).itertuples():
        values = f"\n[dim]{row.values}[/dim]" if row.values else ""
        page.add_row(str(row.column), str(row.type), f"{row.filled:.0%}", f"{row.description}{values}")
    Console().print(page)


@data_group.command(name="list")
def list_public() -> None:
    """List the public data sets that can be fetched, and which files are here."""
    from rich import box
    from rich.console import Console
    from rich.filesize import decimal
    from rich.table import Table

    from clemency.records.fetching import present

    page = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("name", "file", "size", "licence", "here"):
        page.add_column(heading, overflow="fold", justify="right" if heading == "size" else "left")
    for entry, path in present():
        page.add_row(entry.name, entry.file, decimal(entry.bytes), entry.licence, "yes" if path else "no")
    Console().print(page)


@data_group.command()
@click.argument("name")
@click.option("--from", "from_path", type=click.Path(path_type=Path), help="File or folder to take instead.")
def fetch(name: str, from_path: Path | None) -> None:
    """Download the public data set NAME into the cache, or take it from a local file or folder."""
    from clemency.records.fetching import fetch as obtain

    data = obtain(name, from_path=from_path)
    for path in data.paths.values():
        click.echo(path)
    click.echo(f"Cite: {data.citation}\nLicence: {data.licence}", err=True)


def _print_problems(problems: list[Problem] | tuple[Problem, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False)
    for p in problems:
        where = f"{p.file}:{p.row}" if p.row else p.file
        column = f" {p.column}" if p.column else ""
        value = f" '{p.value}'" if p.value else ""
        said = f"[bold]{escape(where)}[/bold]{escape(column + value)}: {escape(p.message)}. {escape(p.remedy)}"
        console.print(said, soft_wrap=True)  # an address cut in two cannot be followed
    console.print(f"[bold]{len(problems)} problem{'' if len(problems) == 1 else 's'}.[/bold]")
