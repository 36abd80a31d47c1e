"""Names of columns and what stands below them -> a guess of what each holds, with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from clemency.records.schema import ACTS, CASES
from clemency.sources.spreadsheets.cells.chargecells import is_charge
from clemency.sources.spreadsheets.cells.datecells import order_of, read_date
from clemency.sources.spreadsheets.cells.lengthcells import is_bare, is_length
from clemency.sources.spreadsheets.cells.readings import READ, says_nothing, tidy
from clemency.sources.spreadsheets.columns.fields import FIELDS, Field, reader_of
from clemency.sources.spreadsheets.columns.headings import Meaning, meanings
from clemency.sources.spreadsheets.columns.mapping import Spec
from clemency.sources.spreadsheets.sheets.grid import Grid

_LOOKED_AT = 300  # distinct values of a column
_BY_CONTENT = ("province", "sex", "ethnicity", "status", "charge")
_OURS = {c.name for table in (CASES, ACTS) for c in table.columns}
_LONGEST_FIXED = 25  # years; no fixed term is longer, which tells years from months


def texts_of(grid: Grid, column: str) -> list[str]:
    """Distinct values of a column that say something, tidied."""
    distinct = dict.fromkeys(map(tidy, dict.fromkeys(grid.cells[column].to_numpy(dtype=object))))
    return [t for t in distinct if not says_nothing(t)]


def guess(grid: Grid) -> list[Spec]:
    """What each column most likely holds."""
    specs = []
    for column in grid.header:
        texts = texts_of(grid, column)[:_LOOKED_AT]
        options = meanings(column)
        specs.append(_by_name(column, options, texts) if options else _by_content(column, texts))
    return _each_field_once(specs)


def share(field: Field, texts: list[str], unit: str = "", sure: bool = False) -> float:
    """Share of texts that can be read as a field; a number without a unit is a length, and no date unless it is a year.

    With `sure`, only what is read whole and with certainty counts.
    """
    if not texts:
        return 0.0
    if field.kind in ("key", "text", "list", "name"):
        return 1.0
    reader = reader_of(field, unit or "months", order_of(texts) or "day", "CL97")
    cells = [reader(t) for t in texts]
    return float(np.mean([c.value is not None and (c.state == READ or not sure) for c in cells]))


def _by_name(column: str, options: tuple[Meaning, ...], texts: list[str]) -> Spec:
    scores = [share(FIELDS[o.field], texts, o.unit) for o in options]
    best = int(np.argmax([round(s, 1) for s in scores]))
    chosen, score = options[best], scores[best]
    why = f"{score:.0%} of its values can be read so" if texts else "it is empty"
    if len(options) > 1 and best > 0:
        why += f"; not {options[0].field}: {scores[0]:.0%}"
    certainty = "name and content" if score >= 0.5 else "name"
    return Spec(column, chosen.field, chosen.act, chosen.act_type, chosen.unit, None, certainty, why)


def _by_content(column: str, texts: list[str]) -> Spec:
    """A column whose name tells nothing is used only if it can hold one thing."""
    if column in _OURS:
        return Spec(column, certainty="none", why="it follows from other columns")
    if not texts:
        return Spec(column, certainty="none", why="it is empty")
    fitting = {}
    for name in _BY_CONTENT:
        usable = [t for t in texts if not t.isdecimal() and (name != "charge" or is_charge(t))]
        fitting[name] = share(FIELDS[name], usable, sure=True) * len(usable) / len(texts)
    good = [n for n, s in fitting.items() if s >= 0.8]
    if len(good) == 1:
        return Spec(column, good[0], certainty="content", why=f"{fitting[good[0]]:.0%} of its values can be read so")
    dates = np.mean([read_date(t, "day").value is not None for t in texts])
    lengths = np.mean([is_length(t) for t in texts])
    told = (
        "dates, of what is not told"
        if dates >= 0.8
        else "lengths of time, of what is not told"
        if lengths >= 0.8
        else "its name is not known"
    )
    return Spec(column, certainty="none", why=told)


def _each_field_once(specs: list[Spec]) -> list[Spec]:
    """Of two columns for one field, the first whose content fits is used."""
    taken: dict[tuple[str, str], str] = {}
    result = list(specs)
    order = sorted(range(len(specs)), key=lambda i: specs[i].certainty != "name and content")
    for i in order:
        spec = specs[i]
        if not spec.field or FIELDS[spec.field].many or (FIELDS[spec.field].of_act and spec.field == "act_note"):
            continue
        key = (spec.field, spec.act)
        if key in taken:
            why = f"the column '{taken[key]}' holds {spec.field} already"
            result[i] = replace(spec, field="", certainty="none", why=why)
        taken.setdefault(key, spec.column)
    return result


def kind_of(specs: list[Spec]) -> str:
    """Whether a sheet has a row for each case, for each act, or for each case with its acts in further columns."""
    acts = [s for s in specs if s.field and FIELDS[s.field].of_act]
    if not acts:
        return "cases"
    single = {s.field for s in acts if not s.act_type}
    plain = Counter(s.act for s in acts)
    if "act_type" in single or (single & {"act_date", "act_months"} and len(plain) == 1):
        return "acts"
    return "wide"


def unit_of(spec: Spec, texts: list[str]) -> tuple[str, bool]:
    """Unit of the numbers without one in a column, and whether that is certain; empty if there is no such number."""
    if spec.unit:
        return spec.unit, True
    numbers = [float(t) for t in texts if is_bare(t)]
    if not numbers:
        return "", True
    if spec.field == "sentence":
        return ("months", True) if max(numbers) > _LONGEST_FIXED else ("years", False)
    if spec.field == "term_after":
        return ("months", True) if max(numbers) > _LONGEST_FIXED else ("years", False)
    return "months", False
