"""Where an input can be made dirty: columns and cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from benchmarks._fuzz.types import Given, Rng


def pick(rng: Rng, values: Any) -> Any:
    values = list(values)
    return values[int(rng.integers(len(values)))]


def columns_of(given: Given, wanted: Callable[[pd.Series], bool]) -> list[tuple[str, str]]:
    found = []
    for part, frame in given.frames.items():
        found += [(part, c) for c in frame.columns if wanted(frame[c])]
    return found


def columns_named(given: Given, names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(part, c) for part, frame in given.frames.items() for c in frame.columns if c in names]


def is_text(column: pd.Series) -> bool:
    return column.dtype == object or isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype)


def is_table(given: Given) -> bool:
    return bool({"cases", "events"} & set(given.frames))


def put(given: Given, part: str, column: str, values: Any) -> Given:
    frame = given.frames[part].copy()
    frame[column] = values if isinstance(values, pd.Series) else list(values)
    return given.with_frame(part, frame)


def cell(given: Given, part: str, column: str, row: int, value: Any) -> Given:
    frame = given.frames[part].copy()
    values = frame[column].astype(object).to_numpy(copy=True)
    values[row] = value
    frame[column] = pd.Series(values, index=frame.index, dtype=object)
    return given.with_frame(part, frame)
