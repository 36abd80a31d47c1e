"""The same frame in another storage, order or container, or with other names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._fuzz.places import cell, columns_of, is_text, pick, put
from benchmarks._fuzz.types import ANY, TWIN, Dirty, Given, Rng

Store = Callable[[pd.Series], Any]


def _object(values: Any, index: pd.Index) -> pd.Series:
    return pd.Series(list(values), index=index, dtype=object)


def _turned(column: pd.Series) -> pd.Series:
    values = column.to_numpy()
    return pd.Series(values.astype(values.dtype.newbyteorder(">")), index=column.index)


def _dictionary(column: pd.Series) -> pd.Series:
    import pyarrow as pa

    stored = pa.array(column.astype(object).where(column.notna(), None), pa.string()).dictionary_encode()
    return pd.Series(pd.arrays.ArrowExtensionArray(stored), index=column.index)


def _as(*dtypes: str) -> dict[str, Store]:
    return {d: lambda s, d=d: s.astype(d) for d in dtypes}  # type: ignore[misc]


_NUMBERS: dict[str, Store] = {
    **_as("int8", "int16", "uint8", "uint64", "float16", "float32", "Int8", "UInt16", "Int64", "Float32", "Float64"),
    **_as("int16[pyarrow]", "double[pyarrow]"),
    "objects of Python": lambda s: _object((v.item() for v in s.to_numpy()), s.index),
    "objects of NumPy": lambda s: _object(s.to_numpy(), s.index),
    "Decimal": lambda s: _object((Decimal(str(v)) for v in s), s.index),
    "digits": lambda s: _object((f"{v:g}" for v in s), s.index),
    "sparse": lambda s: s.astype(pd.SparseDtype(s.dtype)),
    "big-endian": _turned,
}
_TEXT: dict[str, Store] = {
    **_as("object", "string[python]", "string[pyarrow]", "category"),
    "large_string": lambda s: s.astype("string").astype("large_string[pyarrow]"),
    "dictionary": _dictionary,
    "category with more": lambda s: s.astype(pd.CategoricalDtype([*sorted(set(s.dropna())), "never there"])),
    "np.str_": lambda s: _object((v if pd.isna(v) else np.str_(v) for v in s), s.index),
}
_FLAGS: dict[str, Store] = _as("int64", "boolean", "bool[pyarrow]", "object", "float64")


def storage(rng: Rng, given: Given) -> Dirty | None:
    """One column, or all of a kind, in another storage."""
    kinds = (
        (_NUMBERS, lambda c: pd.api.types.is_numeric_dtype(c) and c.dtype != bool and c.notna().all()),
        (_TEXT, is_text),
        (_FLAGS, lambda c: c.dtype == bool),
    )
    stored, wanted = pick(rng, kinds)
    able = columns_of(given, wanted)
    if not able:
        return None
    name = pick(rng, stored)
    dirty, done = given, []
    for part, column in able if rng.random() < 0.2 else [pick(rng, able)]:
        try:
            made = stored[name](given.frames[part][column])
        except (ValueError, TypeError, OverflowError, NotImplementedError):
            continue  # pandas itself cannot store it so
        dirty = put(dirty, part, column, made)
        done.append(column)
    return Dirty(dirty, TWIN, f"{', '.join(done)} as {name}", given, stored is _FLAGS) if done else None


def missing(rng: Rng, given: Given) -> Dirty | None:
    """Missing values of other kinds; the twin has NaN or None."""
    able = columns_of(given, lambda c: c.dtype.kind == "f" or is_text(c))
    if not able:
        return None
    part, column = pick(rng, able)
    number = given.frames[part][column].dtype.kind == "f"
    n = len(given.frames[part])
    clean, dirty = given, given
    for row in rng.choice(n, min(2, n), replace=False):
        clean = cell(clean, part, column, row, np.nan if number else None)
        dirty = cell(dirty, part, column, row, pick(rng, (None, np.nan, pd.NA, pd.NaT)))
    if number:
        clean = put(clean, part, column, clean.frames[part][column].astype(float))
    return Dirty(dirty, TWIN, f"missing values in {column}", clean)


def index(rng: Rng, given: Given) -> Dirty | None:
    """Another row index."""
    dirty = given
    for part, frame in given.frames.items():
        n = len(frame)
        kinds = (
            np.zeros(n, dtype=int),
            rng.permutation(n),
            [f"r{i}" for i in range(n)],
            pd.MultiIndex.from_arrays([np.arange(n) // 2, np.arange(n)]),
            pd.date_range("2000-01-01", periods=n),
            np.arange(n)[::-1] - 5,
            [None] * n,
        )
        dirty = dirty.with_frame(part, frame.set_axis(pick(rng, kinds)))
    return Dirty(dirty, TWIN, "another index", given) if given.frames else None


def order(rng: Rng, given: Given) -> Dirty | None:
    """Rows and columns in another order."""
    dirty = given
    for part, frame in given.frames.items():
        columns = rng.permutation(len(frame.columns))
        dirty = dirty.with_frame(part, frame.iloc[rng.permutation(len(frame)), columns])
    return Dirty(dirty, TWIN, "another order", given) if given.frames else None


def beside(rng: Rng, given: Given) -> Dirty | None:
    """Further columns that nobody asked for."""
    dirty = given
    for part, frame in given.frames.items():
        n = len(frame)
        more = {
            "a list": [[1, 2]] * n,
            "spells": 1,
            "a mapping": [{"a": 1}] * n,
            "empty": None,
            "Intercept": 2.0,
            "complex": 1j,
            "$a_b$": "x",
            "名": "字",
        }
        chosen = {k: more[k] for k in rng.choice(list(more), 3, replace=False)}
        dirty = dirty.with_frame(part, frame.assign(**chosen))
    return Dirty(dirty, TWIN, "further columns", given) if given.frames else None


_NAMES = (
    "age at arrest",
    "刑期 (月)",
    "it's",
    "x.1",
    "1st",
    "class",
    "x-1",
    "Intercept",
    "spells",
    "a[b]",
    "T.x",
    "np",
    "$c$",
)


def rename(rng: Rng, given: Given) -> Dirty | None:
    """A column of plain data under another name, in the formula and the options too."""
    if "data" not in given.frames or "stop" not in given.frames["data"]:
        return None
    used = [c for c in given.frames["data"].columns if _used(given, c)]
    if not used:
        return None
    old, new = pick(rng, used), pick(rng, _NAMES)
    frames = {p: f.rename(columns={old: new}) for p, f in given.frames.items()}
    options = {k: _renamed(k, v, old, new) for k, v in given.options.items()}
    return Dirty(replace(given, frames=frames, options=options), TWIN, f"{old} called {new}", given, True)


def _used(given: Given, column: str) -> bool:
    for name, value in given.options.items():
        if name == "formula" and column in re.findall(r"\w+", str(value)):
            return True
        if value == column or (isinstance(value, list) and column in value):
            return True
    return False


def _renamed(name: str, value: Any, old: str, new: str) -> Any:
    if name == "formula" and isinstance(value, str):
        return re.sub(rf"(?<![\w.]){re.escape(old)}(?![\w(.])", lambda m: f"`{new}`", value)
    if isinstance(value, list):
        return [new if v == old else v for v in value]
    return new if value == old else value


class _Elsewhere:
    """A table of another library, as far as we need it: it can be turned into one of pandas'."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def to_pandas(self) -> pd.DataFrame:
        return self.frame


def container(rng: Rng, given: Given) -> Dirty | None:
    """The data as another kind of table."""
    if "data" not in given.frames:
        return None
    data = given.frames["data"]
    kinds: dict[str, Callable[[], Any]] = {
        "mapping of lists": lambda: {c: list(data[c]) for c in data},
        "mapping of series": lambda: {c: data[c] for c in data},
        "records": lambda: data.to_records(index=False),
        "other library": lambda: _Elsewhere(data),
        "nothing": lambda: None,
        "list": lambda: data.to_dict("records"),
        "array": lambda: data.to_numpy(),
    }
    name = pick(rng, kinds)
    return Dirty(given.with_frame("data", kinds[name]()), TWIN, f"data as {name}", given)


def columns(rng: Rng, given: Given) -> Dirty | None:
    """Columns that are twice there, of several levels, or missing, and no rows."""
    if not given.frames:
        return None
    part = pick(rng, given.frames)
    frame = given.frames[part]
    which = pick(rng, ("a column twice", "levels of columns", "a column less", "no rows"))
    if which == "a column twice":
        made = pd.concat([frame, frame.iloc[:, [int(rng.integers(frame.shape[1]))]]], axis=1)
    elif which == "levels of columns":
        made = frame.set_axis(pd.MultiIndex.from_product([["a"], list(frame.columns)]), axis=1)
    elif which == "a column less":
        made = frame.drop(columns=pick(rng, frame.columns))
    else:
        made = frame.iloc[:0]
    return Dirty(given.with_frame(part, made), ANY, f"{part}: {which}")
