"""Frames that take long to make -> a folder of the user's cache, and back again with their types.

Plain files only: values as text in CSV, types in JSON. Nothing that is read can run.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

_TYPES = "types.json"


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
    types = json.loads((place / _TYPES).read_text(encoding="utf-8"))
    return {name: _typed(place / f"{name}.csv", columns) for name, columns in types.items()}


def _typed(path: Path, columns: dict[str, list]) -> pd.DataFrame:
    numbers = {c: kind for c, (kind, _) in columns.items() if kind in ("float64", "int64", "Int64", "bool", "boolean")}
    raw = pd.read_csv(
        path,
        dtype={**dict.fromkeys(columns, "string"), **numbers},
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8",
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
        types = {}
        for name, frame in frames.items():
            frame.to_csv(beside / f"{name}.csv", index=False, encoding="utf-8", date_format="%Y-%m-%d")
            types[name] = {c: _kind(frame[c]) for c in frame}
        (beside / _TYPES).write_text(json.dumps(types, ensure_ascii=False), encoding="utf-8")
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
