"""How rows are read -> how many are used, how many are not and why, and which these are."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from clemency.cohorts.ratetables.intake import Intake
from clemency.cohorts.ratetables.sources import GIVEN, Source
from clemency.records.errors import DataError, Problem
from clemency.records.presentation.wording import counted

#: Rows that an error names, and that a report keeps.
_SHOWN, _KEPT = 20, 1000
_BAD = ["file", "row", "column", "value", "reason"]


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the rows.

    Attributes
    ----------
    n_rows, n_used : int
    left_out : DataFrame
        ``reason, column, n``: with `n_used` they add up to `n_rows`.
    bad_rows : DataFrame
        ``file, row, column, value, reason``: the first thousand that cannot be read, counted as an editor does in a
        text file, from 1 in Parquet and from 0 in a frame.
    first_day, last_day : float
        Days since 1970 between which the spells lie.
    repeated : bool
        Whether there are fewer than half as many different spells as spells, by an estimate of their number.
    """

    n_rows: int
    n_used: int
    left_out: pd.DataFrame
    bad_rows: pd.DataFrame
    first_day: float
    last_day: float
    repeated: bool


def account_of(source: Source, intake: Intake, on_error: str) -> Account:
    """Count rows by what is wrong with them; refuse them, or set them aside.

    Raises
    ------
    DataError
        If a row cannot be read and ``on_error`` is ``"raise"``, or none is left.
    """
    spell = ", ".join([*(f"by{k}" for k in range(1, len(intake.columns.by) + 1)), 'began, "left", zero, kind'])
    counts = source.scan(
        'SELECT flaw, count(*) AS n, min(began) AS first, max("left") AS last, '
        f"approx_count_distinct(hash({spell})) AS different FROM ({intake.classified()}) GROUP BY flaw ORDER BY flaw"
    )
    faulty = counts[counts["flaw"] > 0]
    chosen = [(intake.flaws[int(k) - 1], int(n)) for k, n in zip(faulty["flaw"], faulty["n"], strict=True)]
    roles = intake.columns.roles()
    left_out = pd.DataFrame([(f.reason, roles[f.role], n) for f, n in chosen], columns=["reason", "column", "n"])
    wrong = [int(k) for k, (f, _) in zip(faulty["flaw"], chosen, strict=True) if not f.missing]
    bad = (
        _rows(source, intake, wrong, _SHOWN if on_error == "raise" else _KEPT) if wrong else pd.DataFrame(columns=_BAD)
    )
    if wrong and on_error == "raise":
        raise DataError(_problems(bad, intake, sum(n for f, n in chosen if not f.missing)))
    used = counts[counts["flaw"] == 0]
    n_rows = int(counts["n"].sum())
    if not len(used):
        why = "; ".join(f"{r.n} {r.reason} ({r.column})" for r in left_out.itertuples())
        told = f"no row is left ({why})" if why else "there are no rows"
        raise DataError([Problem("data", None, "", "", told, "Look at these columns.")])
    first, last, n = float(used["first"].iloc[0]), float(used["last"].iloc[0]), int(used["n"].iloc[0])
    return Account(n_rows, n, left_out, bad, first, last, bool(used["different"].iloc[0] * 2 < n))


def _rows(source: Source, intake: Intake, flaws: list[int], most: int) -> pd.DataFrame:
    """The first rows with a flaw, file by file."""
    roles = intake.columns.roles()
    values = ", ".join(f"CAST(raw_{role} AS VARCHAR) AS raw_{role}" for role in roles)
    parts: list[pd.DataFrame] = []
    several = intake.columns.id is not None and len(source.tables) > 1  # a spell may come again in another file
    tables = {"data": GIVEN} if several else source.tables
    for file, table in tables.items():
        query = intake.classified(table, numbered=True)
        found = source.scan(
            f"SELECT row_number, flaw, {values} FROM ({query}) WHERE flaw IN ({', '.join(map(str, flaws))}) "
            f"ORDER BY row_number LIMIT {most - sum(map(len, parts))}"
        )
        chosen = [intake.flaws[int(k) - 1] for k in found["flaw"]]
        value = [found[f"raw_{f.role}"].iloc[i] for i, f in enumerate(chosen)]
        parts.append(
            pd.DataFrame(
                {
                    "file": file,
                    "row": found["row_number"].astype("int64") + source.first_row,
                    "column": [roles[f.role] for f in chosen],
                    "value": [str(v) for v in value],
                    "reason": [f.reason for f in chosen],
                }
            )
        )
        if sum(map(len, parts)) >= most:
            break
    return pd.concat(parts, ignore_index=True)


def _problems(bad: pd.DataFrame, intake: Intake, n: int) -> list[Problem]:
    remedy = {f.reason: f.remedy for f in intake.flaws}
    found = [Problem(r.file, int(r.row), r.column, r.value, r.reason, remedy[r.reason]) for r in bad.itertuples()]
    told = f"{counted(n, 'row')} of this kind in all"
    aside = "on_error='report' sets them aside, counted and listed."
    return [*found[:4], Problem("data", None, "", "", told, aside), *found[4:]]
