"""The command ``clemency``: reports, and the tables they are made from.

Exit codes: 0 all is well, 1 something is wrong with the data, 2 the command was used wrongly or the system refused
something, 3 a fault of clemency's own, 130 stopped from the keyboard, 141 nobody reads the output any more.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import click

from clemency.records.errors import ClemencyError, DataError, Problem
from clemency.records.printable import printable
from clemency.terminal import bar, plain, print_problems, print_reproduction, print_table, status

FAULT, STOPPED, UNREAD = 3, 130, 141
_REMEDIES = {
    errno.EACCES: "Check its permissions, or close it in other programs.",
    errno.EPERM: "Check its permissions, or close it in other programs.",
    errno.ENOSPC: "Free some room, or name a place on another disk.",
    errno.EROFS: "Name a place that can be written.",
}


class _Refused(click.ClickException):
    """Something that the system does not let be done; said in one line."""

    exit_code = 2


class _Place(click.Path):
    """A path on the command line."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if "\0" in os.fsdecode(value):
            self.fail("a path holds no character of number 0", param, ctx)
        if isinstance(value, str) and not value.strip():
            self.fail("an empty text names no file or folder; '.' is the working folder", param, ctx)
        return super().convert(value, param, ctx)


class _Friendly(click.Group):
    """Turns the library's errors into messages and exit codes, never into a traceback."""

    def main(self, *args: Any, **extra: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a character shows its number instead
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **extra)
        finally:
            _flush()

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)
        except DataError as error:
            print_problems(error.problems, err=True)
            ctx.exit(1)
        except ClemencyError as error:
            raise click.UsageError(printable(error, lines=True), ctx=ctx) from None
        except BrokenPipeError:
            _let_go(UNREAD)
        except OSError as error:
            raise _Refused(_of_system(error)) from None
        except MemoryError:
            raise _Refused("The memory of this machine does not suffice for these data.") from None
        except Exception as error:
            if os.environ.get("CLEMENCY_TRACEBACK"):
                raise
            said = printable(f"{type(error).__name__}: {error}")[:500]
            click.echo(f"A fault of clemency's own, not of yours: {said}", err=True)
            click.echo("Please report it; CLEMENCY_TRACEBACK=1 before the command shows where it is.", err=True)
            ctx.exit(FAULT)


def _of_system(error: OSError) -> str:
    place = f"{printable(error.filename)}: " if error.filename else ""
    return f"{place}{error.strerror or error}. {_REMEDIES.get(error.errno or 0, 'Check the place, or name another.')}"


def _flush() -> None:
    """Write out what is left, so that a closed pipe or a full disk is met here and not while Python ends."""
    if sys.stdout is None or sys.stdout.closed:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go(UNREAD)
    except OSError as error:
        click.echo(f"Error: the output cannot be written: {error.strerror or error}.", err=True)
        _let_go(2)


def _let_go(code: int) -> NoReturn:
    """End although the output cannot be written any more."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code)


@click.group(cls=_Friendly, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="clemency")
def main() -> None:
    """Sentence reduction and medical parole in China: data, estimates, reports."""


_folder = click.option(
    "--data",
    type=_Place(path_type=Path),
    help="Folder of tables to use instead of the shipped ones, with cases.csv and acts.csv, or an earlier edition.",
)


_force = click.option("--force", is_flag=True, help="Write to the folder although it holds other things.")


@main.command()
@click.argument("quarters", default="2017Q2")
@click.option("--all", "every", is_flag=True, help="Build every quarter from the first with an act to the last.")
@_folder
@click.option("--out", type=_Place(path_type=Path), help="Folder to write to; reports/QUARTER by default.")
@click.option("--pdf", is_flag=True, help="Also print the page to PDF, through an installed Chromium or Chrome.")
@click.option("--docx", is_flag=True, help="Also write the report for Word.")
@click.option(
    "--address", default="", help="Where the reports will stand on the web, such as https://example.org/reports/."
)
@click.option("--lang", default="en", help="Language of the report: en, or zh for simplified Chinese.")
@click.option("--workers", type=click.IntRange(1, 64), help="Quarters built at a time; one for each core by default.")
@_force
def report(
    quarters: str,
    *,
    every: bool,
    data: Path | None,
    out: Path | None,
    pdf: bool,
    docx: bool,
    address: str,
    lang: str,
    workers: int | None,
    force: bool,
) -> None:
    """Build the report for QUARTERS: 2017Q2 (the default), `latest`, or a range such as 2017Q1..2017Q4.

    `latest` is the last quarter to which an act is dated. Of several quarters each has a folder of its own in --out.
    """
    from clemency.records.environment.epoch import check_epoch

    check_epoch()
    from clemency.reports import build, build_many, quarters_of

    more: dict[str, Any] = {"docx": docx, "address": address, "lang": lang}
    named = quarters_of("all" if every else quarters, data)
    if len(named) == 1 and not every:
        with status(f"Building the report for {named[0]}") as say:
            page = build(named[0], data=data, out=out, pdf=pdf, progress=say, force=force, **more)
        click.echo(printable(page))
        return
    with bar(len(named)) as told:
        pages = build_many(named, data=data, out=out, pdf=pdf, progress=told, force=force, workers=workers, **more)
    for page in pages:
        click.echo(printable(page))


@main.command()
@click.argument("folder", default="reports", type=_Place(path_type=Path))
@click.option(
    "--address", default="", help="Where the folder will stand on the web, such as https://example.org/reports/."
)
@_force
def index(folder: Path, address: str, force: bool) -> None:
    """Make the index, the feed and the list of the reports in FOLDER (reports by default)."""
    from clemency.reports import index_reports

    click.echo(printable(index_reports(folder, address=address, force=force)))


@main.command()
@click.argument("ids", nargs=-1)
@click.option("--data", type=_Place(path_type=Path), help="Folder with fetched data sets.")
@click.option(
    "--edition",
    help="Compute all from this edition of the tables (`shipped`: that of today), not from that of each verdict.",
)
@click.option("--registry", type=_Place(path_type=Path), help="Folder with findings.csv and quoted.csv of your own.")
@click.option("--functions", type=_Place(path_type=Path), help="Python file with its functions; it is run.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one line per number as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print findings and numbers as JSON.")
@click.option("--html", type=_Place(path_type=Path), help="Folder to write a page to.")
@_force
def reproduce(
    ids: tuple[str, ...],
    *,
    data: Path | None,
    edition: str | None,
    registry: Path | None,
    functions: Path | None,
    as_csv: bool,
    as_json: bool,
    html: Path | None,
    force: bool,
) -> None:
    """Compute published findings again: all, or those whose names begin with IDS.

    Exit code 1 if a number that agreed when it was entered no longer does.
    """
    if html is not None:
        from clemency.records.environment.extras import installed
        from clemency.records.environment.folders import check_writable

        installed(("jinja2",), "report", "A page")
        check_writable(html, force)
    from clemency.findings import reproduce as run
    from clemency.findings.registry import functions_in

    with status("Reading the registry") as say:
        own = functions_in(functions) if functions is not None else None
        done = run(ids, data=data, registry=registry, functions=own, edition=edition, progress=say)
    if as_json:
        click.echo(done.to_json(), nl=False)
    elif as_csv:
        from clemency.records.presentation.spreadsheets import safe_csv

        click.echo(safe_csv(done.tidy()), nl=False)
    else:
        print_reproduction(done)
    if html is not None:
        from clemency.reports.findings import findings_page

        click.echo(printable(findings_page(html, data=data, done=done, force=force)), err=as_csv or as_json)
    if len(done.lost()):
        sys.exit(1)


@main.command()
@click.argument("source", type=_Place(path_type=Path))
@click.option("--out", required=True, type=_Place(path_type=Path), help="Folder to write to.")
@click.option("--parquet", is_flag=True, help="Write Parquet, in bounded memory; for more files than memory holds.")
@click.option("--pseudonymise", is_flag=True, help="Leave out names of prisoners, courts and prisons.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; one for each core by default.")
@_force
def rulings(source: Path, out: Path, parquet: bool, pseudonymise: bool, workers: int | None, force: bool) -> None:
    """Read the court rulings in SOURCE, a file, a folder or a ZIP archive, and write what they say.

    The account lists every file with what it is. To leave out names takes a secret of at least 16 characters, asked for
    or taken from CLEMENCY_SECRET.
    """
    from clemency.records.environment.folders import check_writable
    from clemency.sources.rulings import read_rulings, write_rulings
    from clemency.sources.rulings.documents.received import refuse_inside

    refuse_inside(source, out)
    check_writable(out, force)
    secret = None
    if pseudonymise:
        secret = os.environ.get("CLEMENCY_SECRET") or click.prompt("Secret", hide_input=True, err=True)
    if parquet:
        counts = write_rulings(source, out, workers=workers, secret=secret, force=force)
    else:
        read = read_rulings(source, workers=workers)
        read = read if secret is None else read.pseudonymised(secret)
        read.save(out, force=force)
        counts = read.counts()
        for warning in read.warnings() if len(read.rulings) else ():
            click.echo(f"Note: {warning}.", err=True)
    rows = [(plain(r.status), plain(r.documents), plain(r.prisoners)) for r in counts.itertuples()]
    print_table(("documents that are", "number", "prisoners"), rows, right=("number", "prisoners"))
    click.echo(printable(f"{counts['documents'].sum()} documents; the tables are in {out}"))


@main.command(name="rates")
@click.argument("path", nargs=-1, required=True, type=_Place(path_type=str))
@click.option("--by", default="", help="Columns of the groups, with commas between them.")
@click.option("--entry", help="Column of the day (or month of the clock) from which each spell is at risk.")
@click.option("--exit", "exit_", required=True, help="Column of its end.")
@click.option("--event", required=True, help="Column of what ended it: words, or 0 and 1.")
@click.option("--start", help="Column of the day on which the clock starts.")
@click.option("--outcome", default="", help="Events to count, with commas between them; all by default.")
@click.option("--clock", default="", help="Months of the clock at which to cut, such as 12,24,36.")
@click.option("--calendar", type=click.Choice(["Q", "Y", "M", "D", "none"]), default="Q", show_default=True)
@click.option("--out", required=True, type=_Place(path_type=Path), help="Parquet file to write the table to.")
@click.option("--memory", help="Most memory to take, such as 2GB; beyond it, the disk is used.")
@click.option("--report", "aside", is_flag=True, help="Set rows that cannot be read aside, counted, and go on.")
def tabulate(
    path: tuple[str, ...],
    *,
    by: str,
    exit_: str,
    outcome: str,
    clock: str,
    calendar: str,
    out: Path,
    aside: bool,
    **columns: str | None,
) -> None:
    """Tabulate events and person-time of the spells in PATH, Parquet or CSV files, and write the table.

    `cl.RateTable.from_parquet` reads it again, for rates, series and hazard ratios.
    """
    from clemency.cohorts.ratetables.tabulate import rate_table
    from clemency.records.environment.outputs import check_file

    check_file(out)
    asked: dict[str, Any] = {"by": _listed(by) or None, "outcome": _listed(outcome) or None, "exit": exit_, **columns}
    asked |= {"calendar": None if calendar == "none" else calendar, "on_error": "report" if aside else "raise"}
    try:
        asked["clock_breaks"] = [float(v) for v in _listed(clock)] or None
    except ValueError:
        raise click.UsageError(f"--clock {clock!r} is not a list of months such as 12,24,36.") from None
    with status("Tabulating") as say:
        table = rate_table(list(path), progress=say, **asked)
    table.to_parquet(out)
    click.echo(printable(repr(table), lines=True))
    click.echo(printable(out))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@main.group(name="data")
def data_group() -> None:
    """Look at the tables and check them."""


@data_group.command()
@click.argument("folder", required=False, type=_Place(path_type=Path))
@click.option("--all", "every", is_flag=True, help="List every problem on a line of its own.")
@click.option("--csv", "file", type=_Place(path_type=Path), help="Also write every problem to this file.")
def check(folder: Path | None, every: bool, file: Path | None) -> None:
    """Check the tables in FOLDER, and say what is wrong and what to do.

    Problems are grouped by column and cause, with a count and examples.
    """
    from clemency.records.checks.folder import check as check_tables

    if file is not None:
        from clemency.records.environment.outputs import check_file

        check_file(file)
    found = check_tables(folder)
    if file is not None:
        from clemency.records.presentation.spreadsheets import safe_csv

        safe_csv(found, file)
    if not len(found):
        click.echo("All tables are in order.")
        _print_borrowed(folder)
        return
    rows = found.astype(object).where(found.notna(), None)
    print_problems([Problem(**row) for row in rows.to_dict("records")], every=every, folder=folder, written=file)
    if (found["severity"] == "error").any():
        sys.exit(1)
    click.echo("All tables can be read and used; look at what is told above.")
    _print_borrowed(folder)


@data_group.command()
def edition() -> None:
    """Say which edition of the data is shipped and whether it is intact."""
    from clemency.records.tables.package import edition as loaded

    click.echo(printable(loaded()))


@data_group.command()
@click.argument("table")
@_folder
def describe(table: str, data: Path | None) -> None:
    """Print the codebook of TABLE."""
    from clemency.records.tables.loading import describe as codebook

    rows = []
    for row in codebook(table, data).itertuples():
        values = plain(f"\n{row.values}" if row.values else "", "dim")
        kind = row.type.replace("'; '", "semicolons")
        rows.append(
            (
                plain(row.column),
                plain(kind),
                plain(f"{row.filled:.0%}"),
                plain(row.description) + values,
            )
        )
    print_table(("column", "type", "filled", "values and meaning"), rows)


@data_group.command(name="list")
def list_public() -> None:
    """List the public data sets that can be fetched, and which files are here."""
    from rich.filesize import decimal

    from clemency.records.publicfiles.fetching import present

    rows = [
        tuple(map(plain, (entry.name, entry.file, decimal(entry.bytes), entry.licence, "yes" if path else "no")))
        for entry, path in present()
    ]
    print_table(("name", "file", "size", "licence", "here"), rows, right=("size",))


@data_group.command()
@click.argument("name")
@click.option("--from", "from_path", type=_Place(path_type=Path), help="File or folder to take instead.")
def fetch(name: str, from_path: Path | None) -> None:
    """Download the public data set NAME into the cache, or take it from a local file or folder."""
    from clemency.records.publicfiles.fetching import fetch as obtain

    data = obtain(name, from_path=from_path)
    for path in data.paths.values():
        click.echo(printable(path))
    click.echo(printable(f"Cite: {data.citation}\nLicence: {data.licence}", lines=True), err=True)


@data_group.command()
@click.argument("file", required=False, type=_Place(path_type=Path))
@click.option("--xlsx", is_flag=True, help="A workbook, with lists of words, an example and notes.")
def template(file: Path | None, xlsx: bool) -> None:
    """Write an empty sheet for records of your own to FILE (records.csv, or records.xlsx with --xlsx)."""
    from clemency.sources.spreadsheets.template import HEADINGS, write_template

    path = file or Path("records.xlsx" if xlsx else "records.csv")
    if path.exists():
        raise click.UsageError(f"{printable(path)} is there already. Name another file.")
    if xlsx and path.suffix.lower() != ".xlsx":
        raise click.UsageError(f"{printable(path)} does not end in .xlsx. Name a workbook, or leave --xlsx out.")
    click.echo(printable(write_template(path)))
    rows = [(plain(h.column), plain(h.told), plain(h.example, "dim")) for h in HEADINGS]
    print_table(("column", "what to write", "example"), rows)


@data_group.command(name="import")
@click.argument("file", type=_Place(path_type=Path))
@click.option("--to", "folder", required=True, type=_Place(path_type=Path), help="Folder to write to.")
@click.option("--columns", type=_Place(path_type=Path), help="A mapping of columns, such as an earlier columns.yaml.")
@click.option("--kind", type=click.Choice(["cases", "acts", "wide"]), help="What a row is; guessed by default.")
@click.option("--sheet", help="Sheet of a workbook.")
@click.option("--day-first/--month-first", default=None, help="Order of 03/04/2015 where no date of a column tells.")
@click.option("--as-of", help="Day to which the sheet was kept.")
@_force
def import_records(file: Path, *, folder: Path, columns: Path | None, force: bool, **reading: Any) -> None:
    """Read the spreadsheet FILE, and write its cases and acts to a folder that the other commands take.

    Says how the columns were understood and what could not be read; columns.yaml in the folder keeps the first.
    """
    from clemency.records.environment.folders import check_writable
    from clemency.sources.spreadsheets import read_records

    check_writable(folder, force)
    own = read_records(file, columns, **reading)
    own.save(folder, force=force)
    click.echo(own.report())
    click.echo(printable(f"\nThe tables are in {folder}; check them with: clemency data check {folder}", lines=True))


def _print_borrowed(folder: Path | None) -> None:
    """Which tables of a folder are not its own."""
    from clemency.records.schema import TABLES
    from clemency.records.tables.loading import origin

    whose = {name: origin(name, folder) for name in TABLES}
    borrowed, absent = ([n for n in whose if whose[n] == kind] for kind in ("borrowed", "absent"))
    if used := [n for n in borrowed if n != "sources"]:
        click.echo(f"The folder has no {', '.join(used)}: the shipped ones are used.")
    if "sources" in borrowed:
        click.echo("The folder has no sources: the keys in source_ids are not checked, and cl.cite cannot find them.")
    if absent:
        click.echo(f"The folder has no {', '.join(absent)}: taken as empty.")
