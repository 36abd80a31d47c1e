"""Columns of a sheet as read -> the columns of the cases table, and what does not fit together."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clemency.records.schema import CASES
from clemency.records.tables.derive import derive
from clemency.records.tables.loading import bind_levels, load, with_bounds
from clemency.sources.spreadsheets.cells.readings import UNCERTAIN, Column

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
#: Further columns that the sheet may tell, beside those of the table.
FURTHER = ("prefecture", "term_end_date")


@dataclass(slots=True)
class Parts:
    """Values of the cases by field, shape (n,), None where nothing is known.

    ``say`` takes what is to be told of a row: its position, field, value, message and remedy.
    """

    n: int
    columns: dict[str, list[Column]]
    say: Callable[[int, str, str, str, str], None]

    def one(self, name: str) -> NDArray[Any]:
        """Values of a field that one column holds."""
        found = self.columns.get(name)
        if not found:
            return np.full(self.n, None, dtype=object)
        return found[0].read

    def uncertain(self, name: str) -> NDArray[np.bool_]:
        """Where a field was read without certainty."""
        found = self.columns.get(name, [])
        result = np.zeros(self.n, dtype=bool)
        for column in found:
            result |= column.states == UNCERTAIN
        return result


def case_columns(parts: Parts, ids: NDArray[Any], source: str) -> pd.DataFrame:
    """The stored columns of `cases`, and the further ones, as objects."""
    names = [("" if v is None else v) for v in _joined_names(parts)]
    latin = [n[0] if n else "" for n in names]
    chinese = [n[1] if n else "" for n in names]
    kind, months = _sentence(parts)
    stated, derived, told = _charges(parts)
    status, since = _status(parts)
    place = parts.one("province")
    given = {c.name: parts.one(c.name) for c in CASES.stored if c.name in parts.columns}
    columns = given | {
        "case_id": ids,
        "person_id": _filled(parts.one("person_id"), ids),
        "name": [a or z or f"(no name, {i})" for a, z, i in zip(latin, chinese, ids, strict=True)],
        "name_zh": [z or None for z in chinese],
        "province": [None if p is None else p.province for p in place],
        "charge": told,
        "charge_ids": stated,
        "charge_ids_derived": derived,
        "sentence_type": kind,
        "sentence_months": months,
        "status": status,
        "status_date": since,
        "note": _notes(parts),
        "source_ids": _filled(documents(parts.one("source_ids")), np.full(parts.n, source, dtype=object)),
        "inferred": _inferred(parts),
    }
    frame = pd.DataFrame({c.name: _series(columns.get(c.name, [None] * parts.n)) for c in CASES.stored})
    frame["seen_basis"] = frame["seen_basis"].where(
        frame["seen_basis"].notna(), frame["seen_date"].map(lambda v: "stated" if v else None)
    )
    frame["prefecture"] = _series([None if p is None else p.prefecture or None for p in place])
    frame["term_end_date"] = _series(parts.one("term_end_date"))
    return frame


def _series(values: Any) -> pd.Series:
    return pd.Series(list(values), dtype=object)


def _filled(values: NDArray[Any], otherwise: NDArray[Any]) -> NDArray[Any]:
    return np.where(values == None, otherwise, values)  # noqa: E711 - elementwise


def documents(values: NDArray[Any]) -> NDArray[Any]:
    """Documents as keys, which blanks set apart; what else is told of them stays in one word."""
    told = [None if v is None else str(v).split() for v in values]
    return np.array(
        [None if t is None else (" " if all(map(_KEY.fullmatch, t)) else "-").join(t) for t in told], dtype=object
    )


def _joined_names(parts: Parts) -> list[tuple[str, str] | None]:
    """Latin letters and characters of all columns of names."""
    found: list[tuple[str, str] | None] = [None] * parts.n
    for column in parts.columns.get("name", []):
        for i, value in enumerate(column.read):
            if value is not None:
                before = found[i] or ("", "")
                found[i] = (before[0] or value[0], before[1] or value[1])
    return found


def _sentence(parts: Parts) -> tuple[list[str | None], list[float]]:
    kinds: list[str | None] = [None if v is None else v for v in parts.one("sentence_type")]
    months = [np.nan] * parts.n
    for i, value in enumerate(parts.one("sentence")):
        if value is None:
            continue
        own = kinds[i]
        if own is None or own == value.kind or value.kind == "fixed":
            kinds[i] = own or value.kind
            months[i] = np.nan if value.months is None else value.months
        else:
            parts.say(i, "sentence", value.kind, f"the column of kinds says {own}", "Correct one of the two.")
    return kinds, months


def _charges(parts: Parts) -> tuple[list[str | None], list[str | None], list[str | None]]:
    stated: list[list[str]] = [[] for _ in range(parts.n)]
    derived: list[list[str]] = [[] for _ in range(parts.n)]
    told: list[list[str]] = [[] for _ in range(parts.n)]
    for column in parts.columns.get("charge", []):
        texts = np.array(column.texts, dtype=object)[column.place]
        for i, value in enumerate(column.read):
            text = texts[i].strip()
            if text and not (value is not None and value.stated == tuple(text.split())):
                told[i].append(" ".join(text.split()))
            if value is not None:
                stated[i] += value.stated
                derived[i] += value.derived
    for i, value in enumerate(parts.one("charge_ids_derived")):
        derived[i] += (value or "").split()
    keys = [[" ".join(dict.fromkeys(k)) or None for k in side] for side in (stated, derived)]
    return keys[0], keys[1], ["; ".join(dict.fromkeys(t)) or None for t in told]


def _status(parts: Parts) -> tuple[list[str], list[str | None]]:
    """Last status: as the sheet states it, else a release or a death that it dates."""
    status = ["" if v is None else v for v in parts.one("status")]
    since = list(parts.one("status_date"))
    for name, word, others in (
        ("release_date", "released", ("released_early", "released_on_expiry", "released", "parole")),
        ("death_date", "died_in_custody", ("died_in_custody", "executed")),
    ):
        for i, value in enumerate(parts.one(name)):
            if value is None or value is False:
                continue
            day = None if value is True else value
            if name == "death_date" and status[i] in ("released", "released_early", "released_on_expiry"):
                parts.say(
                    i, name, str(day or "yes"), "died after the release that the sheet tells", "Nothing, if that is so."
                )
            elif not status[i] or status[i] in others:
                if name == "death_date" and not status[i]:
                    parts.say(
                        i,
                        name,
                        str(day or "yes"),
                        "taken for a death in custody",
                        "Give the release, if he or she died free.",
                    )
                status[i], since[i] = status[i] or word, since[i] or day
            else:
                parts.say(i, name, str(day or "yes"), f"the status says {status[i]}", "Correct one of the two.")
    return [s or "unknown" for s in status], since


def _notes(parts: Parts) -> list[str | None]:
    found: list[list[str]] = [[] for _ in range(parts.n)]
    for column in parts.columns.get("note", []):
        for i, value in enumerate(column.read):
            if value is not None:
                found[i].append(value)
    return ["; ".join(t) or None for t in found]


def _inferred(parts: Parts) -> list[str | None]:
    """Columns whose value rests on a reading that is not certain."""
    flags = {
        name: parts.uncertain(field)
        for name, field in {
            **{c.name: c.name for c in CASES.stored},
            "sentence_months": "sentence",
            "sentence_type": "sentence_type",
            "charge_ids_derived": "charge",
            "name_zh": "",
            "charge": "",
            "inferred": "",
            "charge_ids": "",
        }.items()
        if field
    }
    rows: list[list[str]] = [[] for _ in range(parts.n)]
    for name, flag in flags.items():
        for i in np.flatnonzero(flag):
            rows[int(i)].append(name)
    for n, told in enumerate(parts.one("inferred")):
        rows[n] = list(dict.fromkeys([*(told or "").split(), *rows[n]]))
    return [" ".join(r) or None for r in rows]


def typed_cases(frame: pd.DataFrame, acts: pd.DataFrame) -> pd.DataFrame:
    """Columns of the right types, derived ones and bounds of dates, as `load` gives them."""
    others = {name: load(name) for name in ("provinces", "charges")} | {"acts": acts}
    stored = typed(frame, CASES.stored)
    whole = with_bounds(derive("cases", bind_levels(stored, CASES, others), others), CASES)
    return pd.concat([whole, frame[list(FURTHER)].astype("string")], axis=1)


def typed(frame: pd.DataFrame, columns: Any) -> pd.DataFrame:
    """Objects as the types of a table."""
    result: dict[str, Any] = {}
    for column in columns:
        values = frame[column.name]
        if column.kind == "number":
            result[column.name] = values.astype(float)
        elif column.kind == "integer":
            result[column.name] = values.astype(float).astype("Int64")
        elif column.kind == "category":
            levels = list(column.levels) or sorted({v for v in values if isinstance(v, str)})
            result[column.name] = pd.Series(pd.Categorical(values, categories=levels), index=frame.index)
        else:
            result[column.name] = values.astype("string")
    return pd.DataFrame(result, index=frame.index)
