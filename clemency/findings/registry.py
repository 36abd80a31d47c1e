"""`data/findings/` -> checked tables of published findings and of the values that they quote."""

from __future__ import annotations

import importlib
import inspect
import re
import runpy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.findings.parts import PARTS, parts_file
from clemency.findings.verdicts import RELATIONS, places
from clemency.records.environment.datafolder import data_folder, editions
from clemency.records.errors import DataError, Problem, UsageError
from clemency.records.schema import Column, Table
from clemency.records.tables.reading import read_table

FINDINGS = Table(
    "findings",
    "Published findings",
    "one claim of one publication",
    "finding_id",
    (
        Column("finding_id", "text", "Key: publication and subject.", required=True),
        Column("claim", "text", "The claim in our own words.", required=True),
        Column("publisher", "text", "Who published it.", required=True),
        Column("citation", "text", "How to cite the publication.", required=True),
        Column("address", "text", "Where it can be opened; several addresses are separated by blanks.", required=True),
        Column("place", "text", "Table, figure, page or paragraph."),
        Column("population", "text", "Whom or what the numbers count, and by which rule.", required=True),
        Column("needs", "text", "`shipped`, or the data set to fetch; empty where nothing public would do."),
        Column("function", "text", "`module.function` in `clemency.findings`; empty where it cannot be recomputed."),
        Column("edition", "text", "Edition of the data on which the verdicts were established.", required=True),
        Column(
            "last_edition",
            "text",
            "Last edition on which it had these verdicts; empty where it cannot be computed.",
            optional=True,
        ),
        Column("why_not", "text", "Why it cannot be recomputed, and what data would do it."),
        Column("note", "text", "What the columns cannot say."),
    ),
)

QUOTED = Table(
    "quoted",
    "Values quoted from published findings",
    "one published number",
    "value_id",
    (
        Column("value_id", "text", "Key: finding and quantity, joined by a colon.", required=True),
        Column("finding_id", "text", "The finding.", required=True),
        Column("quantity", "text", "Name of the quantity, as the function returns it.", required=True),
        Column("printed", "text", "The number as printed.", required=True),
        Column("relation", "category", "How a number must stand to it.", required=True, levels=RELATIONS),
        Column("value", "number", "The printed number.", required=True),
        Column("value_to", "number", "Upper end, for `between`."),
        Column("precision", "number", "Unit of the last digit that the source means.", required=True, minimum=1e-12),
        Column("unit", "text", "Unit.", required=True),
        Column(
            "basis",
            "category",
            "`printed` in the publication, from its published code (`archive`), or `derived` from printed numbers.",
            required=True,
            levels=("printed", "archive", "derived"),
        ),
        Column(
            "expected",
            "category",
            "Verdict when it was last looked at.",
            required=True,
            levels=("reproduced", "differs", "not computed"),
        ),
        Column("why", "text", "Why it differs or is not computed."),
    ),
)

Function = Callable[[Any], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Registry:
    """Findings and quoted values, one row each, in file order."""

    findings: pd.DataFrame
    quoted: pd.DataFrame


def registry(folder: str | PathLike[str] | None = None, functions: Mapping[str, Function] | None = None) -> Registry:
    """Read and check the registry.

    Parameters
    ----------
    folder : path, optional
        Folder with ``findings.csv`` and ``quoted.csv``; the shipped one by default.
    functions : mapping of str to callable, optional
        Functions that are not in `clemency.findings`, by the name that a row gives them.

    Raises
    ------
    DataError
        For a malformed table, a value of no finding, a function that is not there, or a printed number that does not
        fit its columns; every problem is listed.
    """
    where = Path(folder) if folder is not None else data_folder() / "findings"
    readings = {t.name: read_table(where / f"{t.name}.csv", t) for t in (FINDINGS, QUOTED)}
    problems = [p for r in readings.values() for p in r.problems]
    frames = {k: r.frame for k, r in readings.items() if r.frame is not None}
    if len(frames) == 2 and not problems:
        lines = {k: r.lines for k, r in readings.items()}
        problems += _finding_problems(frames["findings"], lines["findings"], functions or {})
        problems += _quoted_problems(frames["findings"], frames["quoted"], lines["quoted"])
        problems += _parts_problems(frames["findings"], parts_file(where))
    if problems:
        raise DataError(problems)
    return Registry(frames["findings"], frames["quoted"])


#: Modules by the names that editions of the data before the rooms give them.
_MOVED = {
    **{name: f"published.{name}" for name in ("cases", "cecc", "courts", "lists", "official", "rules", "security")},
    "steinert": "steinert.descriptives",
    "steinertcox": "steinert.hazards",
    "steinertother": "steinert.appendix",
}


def function_of(name: str, own: Mapping[str, Function] | None = None) -> Function:
    """The function that a row names.

    Raises
    ------
    LookupError
        If there is none of this name that takes one argument.
    """
    if own and name in own:
        return _taking_one(own[name], name)
    module, _, attribute = name.rpartition(".")
    if not re.fullmatch(r"([a-z][a-z0-9_]*\.)+[a-z][a-z0-9_]*", name):
        raise LookupError(f"'{name}' is not of the form module.function")
    try:
        found = getattr(importlib.import_module(f"clemency.findings.{_MOVED.get(module, module)}"), attribute)
    except (ImportError, AttributeError):
        raise LookupError(f"clemency.findings has no {name}") from None
    return _taking_one(found, name)


def functions_in(file: str | PathLike[str]) -> Mapping[str, Function]:
    """Run a Python file that somebody names, and take its functions, by ``function`` and by ``file.function``.

    Raises
    ------
    UsageError
        If it cannot be read or ends in an error.
    """
    path = Path(file)
    try:
        found = runpy.run_path(str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except Exception as error:
        raise UsageError(f"{path} ends in an error, {type(error).__name__}: {error}") from error
    own = {k: v for k, v in found.items() if inspect.isfunction(v) and not k.startswith("_")}
    return own | {f"{path.stem}.{k}": v for k, v in own.items()}


def _taking_one(found: Any, name: str) -> Function:
    if not callable(found):
        raise LookupError(f"{name} is no function but a {type(found).__name__}")
    if len(inspect.signature(found).parameters) != 1:
        raise LookupError(f"{name} does not take one argument, the material")
    return found


def _finding_problems(findings: pd.DataFrame, lines: Sequence[int], own: Mapping[str, Function]) -> Iterator[Problem]:
    file, known = "findings.csv", editions()
    for i, row in zip(lines, findings.itertuples(), strict=True):
        if row.edition not in known:
            remedy = f"Write the one on which the verdicts were established: {', '.join(known)}."
            yield Problem(file, i, "edition", str(row.edition), "no edition that can be loaded", remedy)
            continue
        if pd.notna(row.last_edition) and row.last_edition not in known[known.index(row.edition) :]:
            remedy = "Write the edition of the verdicts or a later one on which all of them were the same."
            message = "no edition after the verdicts"
            yield Problem(file, i, "last_edition", str(row.last_edition), message, remedy)
        if pd.isna(row.function) != pd.isna(row.needs):
            remedy = "Fill both, or leave both empty and say in why_not what data would do it."
            yield Problem(file, i, "function", _value(row.function), "function and needs do not go together", remedy)
        if pd.isna(row.function):
            if pd.isna(row.why_not):
                remedy = "Say why it cannot be recomputed and what data would do it."
                yield Problem(file, i, "why_not", "", "no function, and no reason why", remedy)
            continue
        try:
            function_of(str(row.function), own)
        except LookupError as error:
            yield Problem(
                file,
                i,
                "function",
                str(row.function),
                str(error),
                "Write the function and hand it over in functions=, or correct its name.",
            )


def _value(cell: Any) -> str:
    """A cell as a problem shows it: empty where there is none."""
    return "" if pd.isna(cell) else f"{cell:g}" if isinstance(cell, float) else str(cell)


def _quoted_problems(findings: pd.DataFrame, quoted: pd.DataFrame, lines: Sequence[int]) -> Iterator[Problem]:
    file, known = "quoted.csv", set(findings["finding_id"])
    for i, row in zip(lines, quoted.itertuples(), strict=True):
        if row.finding_id not in known:
            yield Problem(file, i, "finding_id", row.finding_id, "no such finding", "Add it to findings.csv.")
        if row.value_id != f"{row.finding_id}:{row.quantity}":
            remedy = f"Write {row.finding_id}:{row.quantity}."
            yield Problem(file, i, "value_id", row.value_id, "not the finding and the quantity", remedy)
        if (row.relation == "between") != pd.notna(row.value_to):
            remedy = "Give value_to for `between`, and only then."
            yield Problem(file, i, "value_to", _value(row.value_to), "does not fit the relation", remedy)
        if row.expected != "reproduced" and pd.isna(row.why):
            yield Problem(file, i, "why", "", f"'{row.expected}' without a reason", "Say why.")
        yield from _printed_problems(file, i, row)
    without = [f for f in findings["finding_id"] if f not in set(quoted["finding_id"])]
    for name in without:
        yield Problem("findings.csv", None, "finding_id", name, "quotes no value", "Add its numbers to quoted.csv.")


def _parts_problems(findings: pd.DataFrame, path: Path) -> Iterator[Problem]:
    """Published counts belong to findings, and their keys say to which."""
    if not path.is_file():
        return
    reading = read_table(path, PARTS)
    yield from reading.problems
    if reading.frame is None or reading.problems:
        return
    known = set(findings["finding_id"])
    for i, row in zip(reading.lines, reading.frame.itertuples(), strict=True):
        if row.finding_id not in known:
            yield Problem(path.name, i, "finding_id", row.finding_id, "no such finding", "Add it to findings.csv.")
        if row.part_id != f"{row.finding_id}:{row.name}":
            remedy = f"Write {row.finding_id}:{row.name}."
            yield Problem(path.name, i, "part_id", row.part_id, "not the finding and the name", remedy)


def _printed_problems(file: str, i: int, row: Any) -> Iterator[Problem]:
    """A precision may be no finer than the last digit printed and no coarser than the last that is not 0."""
    for number in (row.value, row.value_to) if row.relation == "between" else (row.value,):
        found = places(row.printed, number)
        if found is None:
            remedy = "Write the number as the source prints it; the value is the same number."
            yield Problem(file, i, "printed", row.printed, f"does not contain {number:g}", remedy)
            continue
        finest, coarsest = found
        if not finest * 0.999 <= row.precision <= coarsest * 1.001:
            message = f"precision {row.precision:g} does not follow from the digits printed"
            remedy = f"Write a power of ten from {finest:g} to {coarsest:g}."
            yield Problem(file, i, "precision", row.printed, message, remedy)
