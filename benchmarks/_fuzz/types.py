"""What the study of dirty input passes about: inputs, public names with their numbers, and dirty inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

Rng = np.random.Generator
TWIN, REFUSE, ANY = "twin", "refuse", "any"


@dataclass(frozen=True)
class Given:
    """Frames by the part they play, files by their name, and options by keyword."""

    frames: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def with_frame(self, part: str, frame: Any) -> Given:
        return replace(self, frames={**self.frames, part: frame})

    def with_options(self, **options: Any) -> Given:
        return replace(self, options={**self.options, **options})

    def with_file(self, name: str, content: bytes) -> Given:
        return replace(self, files={**self.files, name: content})


@dataclass(frozen=True)
class Border:
    """A public name (or several), what it is given, and how its numbers are had.

    ``ordered``: the order of rows is part of the input (seeded draws take rows in turn). ``carries``: the columns of a
    table are carried and not read, so that no word, date or number of months in them need be refused.
    """

    name: str
    make: Callable[[Rng], Given]
    run: Callable[[Given], list[Any]]
    ordered: bool = False
    carries: bool = False


@dataclass(frozen=True)
class Dirty:
    """A dirty input, what is expected of it, its twin if it has one, and whether names differ between the two."""

    given: Given
    expect: str
    said: str
    twin: Given | None = None
    renamed: bool = False


Dirt = Callable[[Rng, Given], "Dirty | None"]


def canonical(found: Any) -> tuple[list[str], np.ndarray]:
    """Words and numbers of a result, in an order of its own."""
    frame = found if isinstance(found, pd.DataFrame) else pd.DataFrame({"value": [found]})
    frame = frame.reset_index(drop=True)[sorted(frame.columns, key=str)] if frame.columns.is_unique else frame
    flags = [c for c in frame if len(frame) and all(isinstance(v, bool | np.bool_) for v in frame[c])]
    frame = frame.astype(dict.fromkeys(flags, float))
    numeric = [c for c in frame if pd.api.types.is_numeric_dtype(frame[c])]
    words = frame.drop(columns=numeric).astype(str).agg("\x1f".join, axis=1) if len(numeric) < frame.shape[1] else None
    values = frame[numeric].to_numpy(dtype=float, na_value=np.nan)
    keys = [""] * len(frame) if words is None else list(words)
    order = sorted(range(len(frame)), key=lambda i: (keys[i], *map(str, np.round(values[i], 6))))
    return [keys[i] for i in order], values[order]
