"""What was read in each column -> the account of cells, and the report in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clemency.records.presentation.wording import counted
from clemency.records.printable import printable, shortened
from clemency.sources.spreadsheets.cells.readings import EMPTY, NOT_USED, STATES, Column
from clemency.sources.spreadsheets.columns.mapping import Spec
from clemency.sources.spreadsheets.sheets.grid import Grid

_SHOWN = 3  # examples of a cause
_KINDS = 25  # causes that a report lists


def account_of(grid: Grid, specs: Sequence[Spec], columns: Sequence[Column | None]) -> pd.DataFrame:
    """One row for each column; the counts add up to the number of records."""
    rows = []
    for spec, column in zip(specs, columns, strict=True):
        if column is None:
            filled = int((grid.cells[spec.column].str.strip() != "").sum())
            counts = {NOT_USED: filled, EMPTY: len(grid.cells) - filled}
        else:
            each = np.bincount(column.place, minlength=len(column.cells))
            counts = {}
            for cell, n in zip(column.cells, each, strict=True):
                counts[cell.state] = counts.get(cell.state, 0) + int(n)
        rows.append((spec.column, spec.field, len(grid.cells), *(counts.get(s, 0) for s in STATES)))
    return pd.DataFrame(rows, columns=["column", "field", "n_rows", *STATES])


def told_in_words(records: Any) -> str:
    """The report of a reading, as lines of text."""
    account, problems = records.account, records.problems
    n = int(account["n_rows"].iloc[0]) if len(account) else 0
    lines = [
        f"{records.file}, {records.form}: {counted(n, 'record')}, {counted(len(records.cases), 'case')}, "
        f"{counted(len(records.acts), 'act')}.",
        "",
        "How the columns were understood (.columns; change them with columns=):",
    ]
    width = max((len(printable(c)) for c in account["column"]), default=0)
    for spec in records.columns.itertuples():
        lines.append(f"  {printable(spec.column):<{width}}  {_meaning(spec)}")
    total = account[list(STATES)].sum()
    told = ", ".join(f"{total[s]:,} {s.replace('_', ' ')}" for s in STATES)
    lines += ["", f"Of {int(account['n_rows'].sum()):,} cells: {told}."]
    for severity, heading in (
        ("error", "Not read:"),
        ("warning", "Read, but not certain, or against something else:"),
        ("note", "Decided by the column, left out or not used:"),
    ):
        some = problems[problems["severity"] == severity]
        if len(some):
            lines += ["", heading, *_grouped(some)]
    return "\n".join(lines)


def _meaning(spec: Any) -> str:
    if not spec.field:
        return f"not used ({spec.why or 'as columns= says'})"
    more = [
        spec.act,
        spec.unit and f"in {spec.unit}",
        {True: "day first", False: "month first"}.get(spec.day_first, ""),
    ]
    told = ", ".join([spec.field, *(str(m) for m in more if m)])
    return f"{told}  ({spec.certainty})"


def _grouped(some: pd.DataFrame) -> list[str]:
    """Problems by column and cause, those with most cells first, with their number and the first few."""
    keys = some.groupby(["column", "problem"], sort=False)
    counts = keys["cells"].agg(["sum", "size"]).max(axis=1).sort_values(ascending=False, kind="stable")
    lines = [_line(column, problem, keys.get_group((column, problem))) for column, problem in counts.index[:_KINDS]]
    left = len(counts) - _KINDS
    return [*lines, f"  ... and {left:,} other causes (.problems has them all)"] if left > 0 else lines


def _line(column: str, problem: str, group: pd.DataFrame) -> str:
    examples = "; ".join(filter(None, (_example(row) for row in group.head(_SHOWN).itertuples())))
    more = f" and {len(group) - _SHOWN:,} more" if len(group) > _SHOWN else ""
    n = int(group["cells"].sum()) or len(group)
    head = f"  {column + ': ' if column else ''}{problem} [{n:,}]"
    return printable(head + (f": {examples}{more}" if examples else "") + f". {group['remedy'].iloc[0]}")


def _example(row: Any) -> str:
    where = row.cell or (f"row {row.row}" if pd.notna(row.row) else "")
    value = f" {shortened(row.value, 40)!r}" if row.value else ""
    read = f" (read as {row.read_as})" if row.read_as else ""
    other = f" (may be {row.alternatives})" if row.alternatives else ""
    return f"{where}{value}{read}{other}".strip()
