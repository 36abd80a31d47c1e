"""A table of rules -> rules as plain objects, read once however many cases are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clemency.records import dates as edtf
from clemency.records.rules.rulechecks import conditions


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table, with its conditions by key and the first and last day of its force (NaT: still)."""

    rule_id: str
    kind: str
    value: Any
    unit: str
    instrument: Any
    article: Any
    source_ids: Any
    note: Any
    conditions: dict[str, set[str]]
    start: np.datetime64
    stop: np.datetime64

    @property
    def groups(self) -> set[str]:
        """Groups of prisoners that it names; none if it names none."""
        return self.conditions.get("group", set())


def rulebook(rules: pd.DataFrame) -> tuple[Rule, ...]:
    """Rules of a checked table, in its order."""
    columns = ("rule_id", "rule_kind", "value", "unit", "instrument", "article", "source_ids", "note")
    values = [rules[c].astype(object).tolist() for c in columns]
    starts = edtf.bounds(rules["effective_from"]).earliest
    stops = edtf.bounds(rules["effective_to"]).latest
    read = [conditions(text) for text in rules["applies_to"]]
    rows = zip(*values, read, starts, stops, strict=True)
    return tuple(Rule(r[0], str(r[1]), r[2], str(r[3]), *r[4:]) for r in rows)


def newest(rules: Sequence[Rule]) -> list[Rule]:
    """Those of the newest instrument."""
    last = max((r.start for r in rules), default=None)
    return [r for r in rules if r.start == last]
