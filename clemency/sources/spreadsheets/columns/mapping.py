"""Which column holds what -> a table, a YAML file, and back."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from clemency.records.environment.extras import optional
from clemency.records.errors import UsageError
from clemency.records.schema import ACT_TYPES
from clemency.records.values.words import did_you_mean, fold
from clemency.sources.spreadsheets.columns.fields import FIELDS
from clemency.sources.spreadsheets.columns.headings import UNITS

KINDS = ("cases", "acts", "wide")
COLUMNS = ("column", "field", "act", "act_type", "unit", "day_first", "certainty", "why")
_GIVEN = ("field", "act", "act_type", "unit", "day_first")


@dataclass(frozen=True, slots=True)
class Spec:
    """What one column holds.

    Attributes
    ----------
    column : str
        Its name in the sheet.
    field : str
        A name of `FIELDS`; empty if the column is not used.
    act, act_type : str
        Which act it is of (columns of one act have the same text), and the kind of that act.
    unit : str
        Of numbers without a unit: ``years``, ``months``, ``days``.
    day_first : bool or None
        Whether the day comes first in dates such as 03/04/2015; decided by the column if None.
    certainty, why : str
        How the guess was made: ``given``, ``name and content``, ``name``, ``content``, ``none``.
    """

    column: str
    field: str = ""
    act: str = ""
    act_type: str = ""
    unit: str = ""
    day_first: bool | None = None
    certainty: str = "given"
    why: str = ""


def as_table(specs: list[Spec]) -> pd.DataFrame:
    """One row for each column of the sheet."""
    return pd.DataFrame([[getattr(s, c) for c in COLUMNS] for s in specs], columns=list(COLUMNS), dtype=object)


def to_yaml(kind: str, specs: list[Spec], path: Path) -> None:
    """Write a mapping."""
    yaml = optional("yaml", "spreadsheets", "A mapping of columns")
    columns = []
    for spec in specs:
        told = {k: getattr(spec, k) for k in _GIVEN if getattr(spec, k) not in ("", None)}
        columns.append({"column": spec.column, **({"field": spec.field or None} | told)})
    text = yaml.safe_dump({"kind": kind, "columns": columns}, allow_unicode=True, sort_keys=False)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}. Name another file.") from None


def given(columns: Any) -> tuple[str, dict[str, Spec], bool]:
    """The kind (empty if not told), the columns that are told, and whether these are all.

    Raises
    ------
    UsageError
        If it is no mapping, or names a field, an act or a unit that does not exist.
    """
    if columns is None:
        return "", {}, False
    if isinstance(columns, (str, PathLike)):
        return _from_file(Path(columns))
    if isinstance(columns, pd.DataFrame):
        if "column" not in columns or "field" not in columns:
            raise UsageError("columns= as a table needs the columns 'column' and 'field', as .columns has them.")
        rows = columns.astype(object).where(columns.notna(), None).to_dict("records")
        return "", _specs(rows), True
    if isinstance(columns, Dict):
        rows = [{"column": k, **(v if isinstance(v, Dict) else {"field": v})} for k, v in columns.items()]
        return "", _specs(rows), False
    raise UsageError("columns= takes a dict of column to field, the table of a reading (.columns), or a YAML file.")


def _from_file(path: Path) -> tuple[str, dict[str, Spec], bool]:
    yaml = optional("yaml", "spreadsheets", "A mapping of columns")
    if not path.is_file():
        raise UsageError(f"There is no file {path}. Save a mapping with .save_columns().")
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        kind, rows = str(told.get("kind") or ""), list(told["columns"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path.name} is not a mapping of columns ({type(error).__name__}). Save one anew.") from None
    if not all(isinstance(row, dict) and "column" in row for row in rows) or kind not in ("", *KINDS):
        raise UsageError(f"{path.name} is not a mapping of columns: each needs 'column' and 'field'.")
    return kind, _specs(rows), True


def _specs(rows: list[dict[Any, Any]]) -> dict[str, Spec]:
    specs: dict[str, Spec] = {}
    for row in rows:
        spec = _spec(row)
        if spec.column in specs:
            raise UsageError(f"columns= has the column {spec.column!r} twice: keep one of them.")
        specs[spec.column] = spec
    return specs


def _spec(row: dict[Any, Any]) -> Spec:
    unknown = set(map(str, row)) - set(COLUMNS) - {"examples"}
    if unknown:
        raise UsageError(f"columns= has {', '.join(sorted(unknown))}; it may have {', '.join(('column', *_GIVEN))}.")
    texts = {k: str(row.get(k) or "").strip() for k in ("field", "act", "act_type", "unit")}
    day_first = row.get("day_first")
    column = str(row["column"])
    field = texts["field"]
    if field and field not in FIELDS:
        near = [f for f in FIELDS if fold(f) == fold(field) or fold(field) in fold(f)][:3]
        raise UsageError(
            f"columns= gives {column!r} the field {field!r}, which does not exist. "
            f"{did_you_mean(near)}There are: {', '.join(FIELDS)}."
        )
    if texts["unit"] not in ("", *UNITS):
        raise UsageError(f"columns= gives {column!r} the unit {texts['unit']!r}; write one of: {', '.join(UNITS)}.")
    if texts["act_type"] not in ("", "commuted", *ACT_TYPES):
        raise UsageError(
            f"columns= gives {column!r} the act_type {texts['act_type']!r}; write one of: {', '.join(ACT_TYPES)}."
        )
    if day_first is not None and not isinstance(day_first, bool):
        raise UsageError(f"columns= gives {column!r} day_first={day_first!r}; write true or false.")
    return Spec(column, field, texts["act"], texts["act_type"], texts["unit"], day_first, "given", "")


def with_given(specs: list[Spec], told: dict[str, Spec], whole: bool) -> list[Spec]:
    """The guess, with what is told in its place; of a mapping that is whole, columns that it lacks are not used.

    Raises
    ------
    UsageError
        If it tells of a column that the sheet does not have.
    """
    names = [s.column for s in specs]
    strangers = [c for c in told if c not in names]
    if strangers:
        raise UsageError(
            f"columns= tells of {strangers[0]!r}, which the sheet does not have. It has: {', '.join(names)}."
        )
    left = [
        told.get(s.column, replace(s, field="", certainty="none", why="not in columns=") if whole else s) for s in specs
    ]
    return [_with_act(s) for s in left]


def _with_act(spec: Spec) -> Spec:
    """A column of an act without a name for the act is of one of its kind."""
    if spec.field in FIELDS and FIELDS[spec.field].of_act and not spec.act and spec.act_type:
        return replace(spec, act=spec.act_type)
    return spec
