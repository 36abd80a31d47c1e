"""A design and its events -> the spells and events behind each level, and warnings about levels with few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from clemency.models.designmatrix.design import Design
from clemency.typing import Bools

FEW_EVENTS = 5


def level_support(design: Design, event: Bools) -> pd.DataFrame:
    """Tabulate :func:`count_levels`: ``term, level, n, n_event, reference``."""
    return support_table(count_levels(design, event))


def support_table(counts: tuple[tuple[str, str, int, int, bool], ...]) -> pd.DataFrame:
    """Put the rows of :func:`count_levels` in a table."""
    return pd.DataFrame(counts, columns=["term", "level", "n", "n_event", "reference"])


def count_levels(design: Design, event: Bools) -> tuple[tuple[str, str, int, int, bool], ...]:
    """Spells and events behind each level of the categorical terms, the reference level included and first.

    All levels of a main effect are counted, whatever its coding; of products those whose columns are 0/1, and all
    levels that occur in products with a number only. A numeric term has one row with all spells and events.
    """
    counts: list[tuple[str, str, int, int, bool]] = []
    n, events = len(event), int(event.sum())
    for number in range(int(design.assign.max(initial=-1)) + 1):
        columns = np.flatnonzero(design.assign == number)
        term = design.terms[columns[0]]
        group = design.groups.get(number) or design.crossed.get(number)
        if group is not None:
            size = np.bincount(group.codes, minlength=len(group.names)).tolist()
            hits = np.bincount(group.codes[event], minlength=len(group.names)).tolist()
            order = sorted(range(len(size)), key=lambda k: k != group.reference)
            counts += [(term, group.names[k], size[k], hits[k], k == group.reference) for k in order]
        elif all(design.levels[k] == "" for k in columns):
            counts.append((term, "", n, events, False))
        elif np.isin(design.matrix[:, columns], (0, 1)).all():
            for k in columns:
                mine = design.matrix[:, k] == 1
                counts.append((design.terms[k], design.levels[k], int(mine.sum()), int(event[mine].sum()), False))
    return tuple(counts)


def make_warnings(
    support: pd.DataFrame, unused: tuple[tuple[str, str], ...], alike: Iterable[str] = ()
) -> pd.DataFrame:
    """Name levels with fewer than five events, levels declared but absent, and levels that look alike."""
    rows: list[tuple[str, str, int, str]] = []
    columns = [support[c].tolist() for c in ("term", "level", "n_event", "reference")]
    several = {term for term, n in Counter(columns[0]).items() if n > 1}  # a number has one row, and no level
    for term, level, events, reference in zip(*columns, strict=True):
        if (level != "" or term in several) and events < FEW_EVENTS:
            count = f"{events} event{'' if events == 1 else 's'} in this level{', the reference' if reference else ''}"
            rows.append((term, level, events, f"{count}: the ratio is unstable"))
    rows += [(term, level, 0, "no spell has this level: left out of the model") for term, level in unused]
    rows += [("", "", 0, message) for message in dict.fromkeys(alike)]
    return pd.DataFrame(rows, columns=["term", "level", "n_event", "message"])


def uncounted(weights: str | None, withheld: str) -> str:
    """Say which statistics are not given because the weights (a column) are not numbers of cases.

    They compare or count cases by the likelihood; under other weights that is the likelihood of no sample, and a
    multiple of the weights would change them at will.
    """
    return f"the weights ('{weights}') are not numbers of cases, so that {withheld} mean nothing and are not given"
