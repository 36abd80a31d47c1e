"""Frames that take long to make -> a folder of the user's cache, and back again with their types.

Plain files only: values as text in CSV, types in JSON. Nothing that is read can run, and what is not byte for byte as
it was written is made anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

_TYPES = "types.json"
_PACKAGE = Path(__file__).parents[2]


@lru_cache(maxsize=8)
def code_hash(*rooms: str) -> str:
    """SHA-256 of every module of some rooms, and of the version: the name of what they make has it."""
    found = hashlib.sha256((_PACKAGE / "__init__.py").read_bytes())
    for room in rooms:
        for module in sorted((_PACKAGE / room).rglob("*.py")):
            found.update(module.read_bytes())
    return found.hexdigest()


def kept(folder: Path, name: str, make: Callable[[], dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Frames by name, from the cache if they are there, else made and kept.

    Parameters
    ----------
    folder : Path
        Folder of the cache; what cannot be written there is made anew each time.
    name : str
        Says everything on which the frames depend; another name is another entry.
    make : callable
        Makes the frames: columns of text, float, whole numbers, booleans, days or categories of text.

    Returns
    -------
    dict of str to DataFrame
    """
    place = folder / name
    try:
        return _read(place)
    except (OSError, ValueError, KeyError, TypeError):
        frames = make()
    try:
        _write(place, frames)
        return _read(place)
    except OSError:
        return frames


def _read(place: Path) -> dict[str, pd.DataFrame]:
    kept_as = json.loads((place / _TYPES).read_text(encoding="utf-8"))
    out = {}
    for name, form in kept_as.items():
        written = (place / f"{name}.csv").read_bytes()
        if hashlib.sha256(written).hexdigest() != form["sha256"]:
            raise ValueError(f"{name}.csv is not as it was written")
        out[name] = _typed(written, form["columns"])
    return out


#: From pandas 3.1 on numbers are read exactly unasked, and asking is deprecated.
_EXACT: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)


def _typed(written: bytes, columns: dict[str, list]) -> pd.DataFrame:
    numbers = {c: kind for c, (kind, _) in columns.items() if kind in ("float64", "int64", "Int64", "bool", "boolean")}
    raw = pd.read_csv(
        io.BytesIO(written),
        dtype={**dict.fromkeys(columns, "string"), **numbers},
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8",
        **_EXACT,
    )
    out = {}
    for column, (kind, levels) in columns.items():
        values = raw[column]
        if kind == "category":
            out[column] = pd.Series(pd.Categorical(values.astype(object), categories=levels), index=raw.index)
        elif kind.startswith("datetime64"):
            out[column] = pd.to_datetime(values, format="%Y-%m-%d").astype(kind)
        else:
            out[column] = values.astype(kind)
    return pd.DataFrame(out)


def _write(place: Path, frames: dict[str, pd.DataFrame]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=place.parent, prefix=".writing-"))
    try:
        forms = {}
        for name, frame in frames.items():
            written = frame.to_csv(index=False, date_format="%Y-%m-%d").encode("utf-8")
            (beside / f"{name}.csv").write_bytes(written)
            forms[name] = {
                "sha256": hashlib.sha256(written).hexdigest(),
                "columns": {c: _kind(frame[c]) for c in frame},
            }
        (beside / _TYPES).write_text(json.dumps(forms, ensure_ascii=False), encoding="utf-8")
        os.chmod(beside, 0o755)
        if place.exists():
            shutil.rmtree(place)
        beside.replace(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _kind(column: pd.Series) -> tuple[str, list[str]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "category", [str(v) for v in column.cat.categories]
    return str(column.dtype), []
