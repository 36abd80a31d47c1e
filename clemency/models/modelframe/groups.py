"""Columns -> groups of rows: a code for each row, and the values behind each code."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.models.designmatrix.coding import grouped
from clemency.records.values.lookalikes import lookalikes, said
from clemency.typing import Ints

_ONE_GROUP = pd.DataFrame(index=range(1))


@dataclass(frozen=True, slots=True)
class Labels:
    """A grouping of the rows: codes 0 to G - 1 and a frame of G rows with the value of each column for each code.

    ``columns`` is empty (and G is 1) where nothing was named. Order of groups: categories as declared, else sorted.
    """

    columns: tuple[str, ...]
    code: Ints
    levels: pd.DataFrame

    def __len__(self) -> int:
        return len(self.levels)

    def names(self) -> list[str]:
        """One readable name per group, such as ``"Sichuan"`` or ``"Sichuan, female"``."""
        return [", ".join(str(v) for v in row) for row in self.levels.itertuples(index=False)]


def labels(frame: pd.DataFrame, columns: Sequence[str]) -> Labels:
    """Code the combinations of some columns that occur in the frame; one that is named twice counts once."""
    columns = list(dict.fromkeys(columns))
    if not columns:
        return Labels((), np.zeros(len(frame), dtype=np.intp), _ONE_GROUP)
    parts = [_factor(frame[c]) for c in columns]
    first, code = np.unique(parts[0][0], return_inverse=True)
    chosen = [first]
    for more, levels in parts[1:]:
        # Numbered anew after each column: codes stay below rows times levels, whatever the product of all levels is.
        used, code = np.unique(code.astype(np.int64) * len(levels) + more, return_inverse=True)
        before, place = np.divmod(used, len(levels))
        chosen = [*(c[before] for c in chosen), place]
    values = {c: levels.take(at) for c, (_, levels), at in zip(columns, parts, chosen, strict=True)}
    return Labels(tuple(columns), code.astype(np.intp), pd.DataFrame(values))


def codes(column: pd.Series) -> Ints:
    """Codes 0 to G - 1 of a column's distinct values, in no particular order; -1 where missing."""
    return grouped(column)[0]


def ids_alike(column: pd.Series) -> list[str]:
    """A message if ids that are text differ only by blanks, capitals or the form of a letter, and so are two people.

    Examples
    --------
    >>> ids_alike(pd.Series(["1", "1 ", "2"], name="id"))
    ["'1' and '1 ' in 'id' differ by blanks, capitals or the form of a letter only, and are counted apart: write them \
in one way if they are one"]
    """
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return []
    found = lookalikes(column.dropna().unique())
    lines = said(str(column.name), found[:3])
    more = f"{len(found) - 3} more ids in '{column.name}' differ from others in nothing else either"
    return [*lines, *([more] if len(found) > 3 else [])]


def levels_of(values: Any) -> list[str]:
    """Names of one level (text or a number) or of several, each once and in this order; none for None."""
    if values is None:
        return []
    several = [values] if isinstance(values, Hashable) and not isinstance(values, tuple) else list(values)
    return list(dict.fromkeys(str(v) for v in several))


def _factor(column: pd.Series) -> tuple[Ints, pd.Index]:
    """Codes and levels of a column; a categorical keeps its order, anything else is sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.intp), pd.Index(
            pd.CategoricalIndex(column.cat.categories, dtype=column.dtype)
        )
    return grouped(column, ordered=True)
