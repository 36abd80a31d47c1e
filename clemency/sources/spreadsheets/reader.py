"""The public reader: a spreadsheet -> cases and acts, with an account of its cells and all that is not certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records import dates
from clemency.records.arguments.days import When, one_day
from clemency.records.arguments.signatures import typed
from clemency.records.environment.folders import swapped
from clemency.records.errors import UsageError
from clemency.records.presentation.spreadsheets import safe_csv
from clemency.records.presentation.wording import counted
from clemency.records.schema import ACTS, CASES
from clemency.sources.rulings.names.charges import NEW_LAW
from clemency.sources.spreadsheets.account import account_of, told_in_words
from clemency.sources.spreadsheets.acttable import acts_of, typed_acts
from clemency.sources.spreadsheets.casetable import Parts, case_columns, typed_cases
from clemency.sources.spreadsheets.cells.readings import Column
from clemency.sources.spreadsheets.columns.fields import FIELDS
from clemency.sources.spreadsheets.columns.guess import guess, kind_of
from clemency.sources.spreadsheets.columns.headings import known
from clemency.sources.spreadsheets.columns.mapping import Spec, as_table, given, to_yaml, with_given
from clemency.sources.spreadsheets.onecase import CaseRows, case_rows
from clemency.sources.spreadsheets.reading import Told, read_cells
from clemency.sources.spreadsheets.sheets.grid import Grid, grid_of
from clemency.sources.spreadsheets.sheets.received import rows_of


@dataclass(frozen=True, slots=True, repr=False)
class Records:
    """A spreadsheet as read.

    Attributes
    ----------
    cases, acts : DataFrame
        As ``cl.load`` gives the shipped tables. ``cases`` also has ``prefecture`` and ``term_end_date``.
    problems : DataFrame
        Whatever was not read, or is not certain: ``row`` (as the program of the file shows it; the position in a
        frame), ``cell``, ``column``, ``field``, ``value``, ``problem``, ``read_as`` (empty if nothing was read),
        ``alternatives``, ``remedy``, ``cells`` (how many cells it is about), ``severity``: ``error`` for what was not
        read, ``warning`` for what was read without certainty, ``note`` for what was decided by the column or left out.
    columns : DataFrame
        Which column holds what, one row each: ``column, field, act, act_type, unit, day_first, certainty, why``.
        Edit it and give it back as ``columns=``.
    account : DataFrame
        One row for each column: ``column, field, n_rows, read, in_part, uncertain, empty, not_read, not_used``; the
        last six add up to ``n_rows``, the number of records.
    kind : str
        ``cases``, ``acts`` or ``wide``.
    file, form : str
        What was read.
    """

    cases: pd.DataFrame
    acts: pd.DataFrame
    problems: pd.DataFrame
    columns: pd.DataFrame
    account: pd.DataFrame
    kind: str
    file: str
    form: str

    def report(self) -> str:
        """What was read, how the columns were understood, and every problem by column and cause, as text."""
        return told_in_words(self)

    @typed
    def save_columns(self, path: str | PathLike[str]) -> Path:
        """Write which column holds what as YAML, for ``columns=`` of a later reading of the same kind of sheet."""
        rows = self.columns.astype(object).where(self.columns.notna(), None).to_dict("records")
        to_yaml(self.kind, [Spec(**{str(k): v for k, v in row.items()}) for row in rows], Path(path))
        return Path(path)

    @typed
    def save(self, folder: str | PathLike[str], *, force: bool = False) -> Path:
        """Write a folder that ``cl.load(..., data=folder)`` and ``clemency report --data`` take.

        Parameters
        ----------
        folder : path
            New, empty, or written by an earlier call and unchanged since.
        force : bool
            Also write to a folder that holds other things.

        Returns
        -------
        Path
            With ``cases.csv``, ``acts.csv``, ``problems.csv``, ``account.csv`` and ``columns.yaml``.
        """
        with swapped(folder, force) as stage:
            for name, table in (("cases", CASES), ("acts", ACTS)):
                safe_csv(getattr(self, name)[[c.name for c in table.stored]], stage / f"{name}.csv")
            safe_csv(self.problems, stage / "problems.csv")
            safe_csv(self.account, stage / "account.csv")
            self.save_columns(stage / "columns.yaml")
        return Path(folder)

    def __repr__(self) -> str:
        count = self.problems.groupby("severity")["cells"].sum()
        return (
            f"Records of {self.file} ({self.kind}): {counted(len(self.cases), 'case')}, "
            f"{counted(len(self.acts), 'act')}; "
            f"{counted(int(self.account['not_read'].sum()), 'cell')} not read, {int(count.get('warning', 0)):,} read "
            "without certainty (.problems; .report() in words, .columns for how the columns were understood)"
        )


@typed
def read_records(
    source: Any,
    columns: Any = None,
    kind: Literal["cases", "acts", "wide"] | None = None,
    *,
    sheet: str | None = None,
    day_first: bool | None = None,
    as_of: When | None = None,
) -> Records:
    """Read a spreadsheet of one's own, whatever its columns are called and however its cells are written.

    Parameters
    ----------
    source : path or DataFrame
        ``.csv``, ``.tsv`` (UTF-8 or GB 18030), ``.xlsx``, ``.ods``, ``.xls``, ``.parquet``; or a frame of pandas,
        Polars, Arrow or DuckDB, such as a query gives.
    columns : dict, DataFrame or path, optional
        Which column holds what. A dict tells some columns, ``{"Prov": "province", "Memo": None}``, or more of one:
        ``{"Term": {"field": "sentence", "unit": "years"}}``; the rest is guessed. The table ``.columns`` of an earlier
        reading, edited, or a file of :meth:`Records.save_columns`, tells all of them.
    kind : {"cases", "acts", "wide"}, optional
        A row for each case; for each act, the case repeated; or for each case with its acts in further columns.
        Guessed from the columns by default.
    sheet : str, optional
        Of a workbook; by default the one in sight that has names of columns.
    day_first : bool, optional
        Whether the day comes first in dates such as 03/04/2015, for columns whose own dates do not tell.
    as_of : str or date, optional
        Day to which the sheet was kept. Cases that it does not show as ended are then seen on that day; without it
        nobody is, and such a case is followed to its last dated act or status only.

    Returns
    -------
    Records

    Raises
    ------
    UsageError
        If there is no such file or sheet, or `columns` tells of a column or field that does not exist.
    DataError
        If the file is empty, damaged or protected, or no row has names of columns.

    Notes
    -----
    Nothing is guessed silently. Each cell is read, read in part, read without certainty, empty, or not read, and
    ``account`` counts them; all but the first and the empty ones stand in ``problems``, with what else they may mean.
    Whether days or months come first is decided by the whole column, never by the row; so is the unit of numbers.
    ``docs/own-records.md`` lists what is read, and goes through an example.

    Examples
    --------
    >>> import pandas as pd
    >>> import clemency as cl
    >>> mine = pd.DataFrame({
    ...     "Name": ["Case A", "Case B"], "Sentenced": ["3 Oct 2014", "2015年6月"], "Term": ["6y3m", "死缓"],
    ...     "Charge": ["Art. 105(2)", "分裂国家罪"], "Prov": ["Sichuan", "XUAR"], "Red1 date": ["2017-05", None],
    ...     "Red1": ["8 months", None]})
    >>> own = cl.read_records(mine)
    >>> own.cases[["sentence_date", "sentence_type", "sentence_months", "region", "charge_family"]].values.tolist()
    [['2014-10-03', 'fixed', 75.0, 'Southwest', 'endangering_state_security'], \
['2015-06', 'death_reprieve', nan, 'Northwest', 'endangering_state_security']]
    >>> own.acts[["case_id", "act_type", "act_date", "months"]].values.tolist()
    [['row-0', 'sentence_reduction', '2017-05', 8.0]]
    """
    day = None if as_of is None else str(one_day(as_of, "as_of"))
    told_kind, told, whole = given(columns)
    grid = grid_of(rows_of(source, sheet, lambda text: text in told or known(text)), lambda t: t in told or known(t))
    specs = with_given(guess(grid), told, whole)
    chosen = kind or told_kind or kind_of(specs)
    if chosen == "cases":
        specs = [_unused_act(s) for s in specs]
    if chosen == "acts" and all(s.field != "act_note" for s in specs):  # what a record notes is of its act
        specs = [replace(s, field="act_note") if s.field == "note" else s for s in specs]
    _needed(specs, chosen)
    problems = Told(grid)
    read = read_cells(grid, specs, day_first, problems)
    columns_read = _by_era(grid, read.specs, read.columns, problems)
    records = case_rows(grid, read.specs, columns_read, chosen == "acts", problems)
    cases, acts = _tables(grid, read.specs, columns_read, records, problems)
    cases = _seen(cases, day, problems)
    problems.doubts(cases, acts, records.rows)
    account = account_of(grid, read.specs, columns_read)
    return Records(cases, acts, problems.frame(), as_table(read.specs), account, chosen, grid.file, grid.form)


def _unused_act(spec: Spec) -> Spec:
    if spec.field and FIELDS[spec.field].of_act:
        return replace(spec, field="", certainty="none", why="of an act, and kind= is cases")
    return spec


def _needed(specs: Sequence[Spec], kind: str) -> None:
    fields = {s.field for s in specs if s.field}
    if not fields & {"name", "case_id", "person_id"}:
        raise UsageError("No column tells who a row is about. Name one with columns=, such as {'Prisoner': 'name'}.")
    if kind in ("acts", "wide") and not any(FIELDS[f].of_act for f in fields):
        raise UsageError(
            f"kind='{kind}', and no column is one of acts. Name them with columns=, such as "
            "{'Cut': {'field': 'act_months', 'act_type': 'sentence_reduction'}}."
        )


def _by_era(grid: Grid, specs: list[Spec], columns: list[Column | None], problems: Told) -> list[Column | None]:
    """Charges read again under the law of each row: that of 1979 or of 1997, by the date of sentence or custody."""
    era = np.full(len(grid.cells), "", dtype=object)
    for name in ("detention_date", "sentence_date"):  # the sentence, where it is known, counts
        for spec, column in zip(specs, columns, strict=True):
            if spec.field == name and column is not None:
                span = dates.bounds(column.read)
                era = np.where(span.earliest >= np.datetime64(NEW_LAW), "CL97", era)
                era = np.where(span.latest < np.datetime64(NEW_LAW), "CL79", era)
    return [
        column if column is None or spec.field != "charge" else problems.charges(i, column, era)
        for i, (spec, column) in enumerate(zip(specs, columns, strict=True))
    ]


def _tables(
    grid: Grid, specs: list[Spec], columns: list[Column | None], records: CaseRows, problems: Told
) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts = Parts(len(records.rows), records.columns, problems.of_case(records.rows))
    stem = "-".join(grid.file.rsplit(".", 1)[0].split()) or "frame"
    raw = case_columns(parts, records.ids, f"own-{stem}")
    pairs = [
        (s, c) for s, c in zip(specs, columns, strict=True) if s.field and FIELDS[s.field].of_act and c is not None
    ]
    kinds = raw["sentence_type"].to_numpy(dtype=object)[records.case_of]
    sources = np.where(
        pd.isna(records.sources), raw["source_ids"].to_numpy(dtype=object)[records.case_of], records.sources
    )
    found = acts_of([s for s, _ in pairs], [c for _, c in pairs], kinds, problems.of_row)
    ids: NDArray[Any] = records.ids[records.case_of]
    acts = typed_acts(found, ids, sources)
    return typed_cases(raw, acts), acts


def _seen(cases: pd.DataFrame, day: str | None, problems: Told) -> pd.DataFrame:
    """Cases that the sheet does not show as ended are seen on the day to which it was kept."""
    over = cases["status"].isin(["released_early", "released_on_expiry", "released", "died_in_custody", "executed"])
    left = (cases["seen_date"].isna() & ~over).to_numpy(dtype=bool)
    if not left.any():
        return cases
    if day is None:
        problems.note(
            "",
            f"{left.sum()} cases have no release, death or date at which they were last seen",
            "Give as_of=, the day to which the sheet was kept; else they are followed to their last act or status.",
        )
        return cases
    seen = cases["seen_date"].mask(left, day)
    days = pd.Series(np.datetime64(day, "ns"), index=cases.index)
    basis = cases["seen_basis"].mask(left, "source_date")
    ends = {c: cases[c].mask(left, days) for c in ("seen_earliest", "seen_latest")}
    return cases.assign(seen_date=seen, seen_basis=basis, **ends)
