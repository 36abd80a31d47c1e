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

_SHOWN = 3


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
    """Problems by column and cause, with their number and the first few."""
    lines = []
    for (column, problem), group in some.groupby(["column", "problem"], sort=False):
        first = group.head(_SHOWN)
        where = [
            f"{row.cell or (f'row {row.row}' if pd.notna(row.row) else '')}"
            f"{f' {shortened(row.value, 40)!r}' if row.value else ''}"
            f"{f' (read as {row.read_as})' if row.read_as else ''}"
            f"{f' (may be {row.alternatives})' if row.alternatives else ''}".strip()
            for row in first.itertuples()
        ]
        n = int(group["cells"].sum()) or len(group)
        examples = "; ".join(w for w in where if w)
        more = f" and {len(group) - _SHOWN} more" if len(group) > _SHOWN else ""
        head = f"  {column + ': ' if column else ''}{problem}"
        lines.append(
            printable(f"{head} [{n}]" + (f": {examples}{more}" if examples else "") + f". {group['remedy'].iloc[0]}")
        )
    return lines
